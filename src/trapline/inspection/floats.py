"""Floating-point formats: bytes to exact numbers and back, and gdb's text of them.

Numbers are exact fractions, so a long double loses nothing between its bytes and its text.

Source: IEEE 754-2019 §3.4, §3.5; Intel SDM 1 §4.2.2 (80-bit); psABI §3.1.2 (which type has which).
"""

from __future__ import annotations

import struct

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from fractions import Fraction

    Number: TypeAlias = Fraction | float
    """A finite number exactly, or an infinity or NaN as a float."""


class FloatFormat(NamedTuple):
    """A binary format: its exponent and mantissa bits; the 80-bit one stores the leading 1 as well."""

    exponent_bits: int
    mantissa_bits: int
    explicit_one: bool = False

    @property
    def precision(self) -> int:
        """Significant bits."""
        return self.mantissa_bits + (not self.explicit_one)

    @property
    def digits(self) -> int:
        """Decimal digits that give the number back: C's DECIMAL_DIG for the format."""
        return -(-(1_000_000 + self.precision * 301_030) // 1_000_000)

    @property
    def bytes(self) -> int:
        """Bytes that are used; a long double has padding behind them."""
        return (1 + self.exponent_bits + self.mantissa_bits) // 8


HALF = FloatFormat(5, 10)
BFLOAT16 = FloatFormat(8, 7)
SINGLE = FloatFormat(8, 23)
DOUBLE = FloatFormat(11, 52)
X87 = FloatFormat(15, 64, True)
QUAD = FloatFormat(15, 112)


def format_of(size: int, name: str | None) -> FloatFormat | None:
    """Return the format of a type by its size in bytes, and by its name where the size is not enough."""
    name = name or ""
    if size == 2:
        return BFLOAT16 if "bf" in name else HALF
    if size in (10, 12, 16):
        return QUAD if "128" in name else X87
    return {4: SINGLE, 8: DOUBLE}.get(size)


def decode(data: bytes, form: FloatFormat) -> Number | None:
    """Return the number that bytes hold, exactly; None for an encoding that the processor refuses."""
    from fractions import Fraction

    if form in (DOUBLE, SINGLE):
        value = _native(data, form)
        return Fraction(value) if value - value == 0 and value != 0 else value
    negative, exponent, mantissa = fields(data, form)
    sign = -1 if negative else 1
    top = (1 << form.exponent_bits) - 1
    fraction = mantissa
    if form.explicit_one:
        one = mantissa >> (form.mantissa_bits - 1)
        if (exponent == 0) != (one == 0):
            return None
        fraction &= (1 << (form.mantissa_bits - 1)) - 1
    if exponent == top:
        return sign * float("nan" if fraction else "inf")
    if mantissa == 0 and (exponent == 0 or form.explicit_one):
        return -0.0 if negative else 0.0
    if not form.explicit_one and exponent:
        mantissa |= 1 << form.mantissa_bits
    scale = max(exponent, 1) - (top >> 1) - (form.precision - 1)
    return sign * (Fraction(mantissa << scale) if scale >= 0 else Fraction(mantissa, 1 << -scale))


def _native(data: bytes, form: FloatFormat) -> float:
    """Return the number that bytes of one of Python's own formats hold."""
    value: float = struct.unpack("<d" if form == DOUBLE else "<f", data[: form.bytes])[0]
    return value


def fields(data: bytes, form: FloatFormat) -> tuple[bool, int, int]:
    """Return sign, biased exponent and stored mantissa."""
    bits = int.from_bytes(data[: form.bytes], "little")
    mantissa = bits & ((1 << form.mantissa_bits) - 1)
    exponent = bits >> form.mantissa_bits & ((1 << form.exponent_bits) - 1)
    return bool(bits >> (form.mantissa_bits + form.exponent_bits) & 1), exponent, mantissa


def encode(number: Number | int, form: FloatFormat, size: int) -> bytes:
    """Return the bytes of the nearest number, ties to even; too large ones become infinite.

    Args:
        number: what to encode.
        form: the format.
        size: bytes of the result, zeros behind the format's own.
    """
    top = (1 << form.exponent_bits) - 1
    negative = number < 0 or (isinstance(number, float) and struct.pack("<d", number)[7] & 0x80 != 0)
    if isinstance(number, float) and number - number != 0:
        exponent, mantissa = top, 0 if number == number else 1 << (form.precision - 2)
        if form.explicit_one:
            mantissa |= 1 << (form.mantissa_bits - 1)
    else:
        from fractions import Fraction

        exponent, mantissa = _rounded(abs(Fraction(number)), form)
    bits = mantissa | exponent << form.mantissa_bits
    bits |= int(negative) << (form.mantissa_bits + form.exponent_bits)
    return bits.to_bytes(form.bytes, "little").ljust(size, b"\0")


def _rounded(magnitude: Fraction, form: FloatFormat) -> tuple[int, int]:
    """Return the biased exponent and the mantissa of a number that is not negative."""
    top = (1 << form.exponent_bits) - 1
    if magnitude == 0:
        return 0, 0
    power = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if _scaled(magnitude, -power) < 1:
        power -= 1
    biased = max(power + (top >> 1), 1)
    scale = biased - (top >> 1) - (form.precision - 1)
    mantissa = round(_scaled(magnitude, -scale))
    if mantissa >> form.precision:
        mantissa >>= 1
        biased += 1
    if biased >= top:
        return top, 1 << (form.mantissa_bits - 1) if form.explicit_one else 0
    if not mantissa >> (form.precision - 1):
        return 0, mantissa
    return biased, mantissa if form.explicit_one else mantissa & ((1 << form.mantissa_bits) - 1)


def _scaled(number: Fraction, power: int) -> Fraction:
    return number * (1 << power) if power >= 0 else number / (1 << -power)


def text(data: bytes, form: FloatFormat) -> str:
    """Return a number as gdb prints it: `%g` with as many digits as tell all numbers of the format apart."""
    number = _native(data, form) if form in (DOUBLE, SINGLE) else decode(data, form)
    if number is None:
        return "<invalid float value>"
    negative, _, mantissa = fields(data, form)
    sign = "-" if negative else ""
    if isinstance(number, float) and number != number:
        return f"{sign}nan(0x{_mantissa_text(mantissa, form.mantissa_bits)})"
    if number - number != 0:
        return f"{sign}inf"
    if form.precision <= DOUBLE.precision:
        return f"{float(number):.{form.digits}g}"
    return _general(number, form.digits) if number else f"{sign}0"


def _mantissa_text(mantissa: int, bits: int) -> str:
    """Return a NaN's payload: whole 32-bit words in eight digits behind a first one without zeros."""
    rest = (bits - 1) // 32 * 32
    words = [f"{mantissa >> rest:x}"]
    words += [f"{mantissa >> at & 0xFFFFFFFF:08x}" for at in range(rest - 32, -1, -32)]
    return "".join(words)


def _general(number: Number, digits: int) -> str:
    """Return `%.{digits}g` of an exact number."""
    from decimal import Context, Decimal
    from fractions import Fraction

    exact = Fraction(number)
    context = Context(prec=digits, Emax=999999, Emin=-999999)
    rounded = context.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    sign, figures, _ = rounded.as_tuple()
    power = rounded.adjusted()
    shown = "".join(map(str, figures)).rstrip("0") or "0"
    if -4 <= power < digits:
        if power < 0:
            body = "0." + "0" * (-power - 1) + shown
        else:
            shown = shown.ljust(power + 1, "0")
            body = shown[: power + 1] + ("." + shown[power + 1 :] if len(shown) > power + 1 else "")
    else:
        body = shown[0] + ("." + shown[1:] if len(shown) > 1 else "")
        body += f"e{'-' if power < 0 else '+'}{abs(power):02d}"
    return "-" + body if sign else body


def decimal_text(data: bytes) -> str:
    """Return a decimal floating-point number (`_Decimal64` and its like) in its binary encoding.

    Source: IEEE 754-2019 §3.5.2; psABI §3.1.2: binary integer decimal.
    """
    from decimal import Decimal

    bits = len(data) * 8
    whole = int.from_bytes(data, "little")
    sign = whole >> (bits - 1)
    precision = {32: 7, 64: 16, 128: 34}[bits]
    exponent_bits = {32: 8, 64: 10, 128: 14}[bits]
    bias = {32: 101, 64: 398, 128: 6176}[bits]
    mark = "-" if sign else ""
    combination = whole >> (bits - 6) & 0x1F
    if combination == 0x1F:
        return f"{mark}NaN"
    if combination == 0x1E:
        return f"{mark}Infinity"
    if combination >> 3 == 3:
        low = bits - 3 - exponent_bits
        exponent = whole >> low & ((1 << exponent_bits) - 1)
        mantissa = 8 << low | (whole & ((1 << low) - 1))
    else:
        low = bits - 1 - exponent_bits
        exponent = whole >> low & ((1 << exponent_bits) - 1)
        mantissa = whole & ((1 << low) - 1)
    if mantissa >= 10**precision:
        mantissa = 0
    return str(Decimal((sign, tuple(map(int, str(mantissa))), exponent - bias)))
