"""How values are written for the client: one line each, with a number to ask for their parts with.

An object of C++ is shown as what it really is, as the command line does (`set print object on`).
"""

from __future__ import annotations

from trapline.base.errors import DebuggerError, StaleError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.dap.problems import one_line
from trapline.dap.scopes import Group, Parts, Single
from trapline.inspection import parts
from trapline.inspection.briefs import Brief, Briefs
from trapline.inspection.format import Options, text as written

if TYPE_CHECKING:
    from trapline.dap.messages import Variable
    from trapline.dap.scopes import Item
    from trapline.dap.session import Session
    from trapline.inspection.value import Value

_BRIEF = Options(elements=200, depth=1, top=False)
"""A whole structure in one line: what is in it is opened with the tree's arrows."""
_WALKED = 1000
"""Elements of a list that does not know its length before it is only shown when it is asked for."""
_HEXADECIMAL = _BRIEF._replace(letter="x")


def briefs(*, hexadecimal: bool = False) -> Briefs:
    """Return what makes the lines of many variables."""
    return Briefs(_HEXADECIMAL if hexadecimal else _BRIEF)


def shown(session: Session, item: Item | Group, made: Briefs, *, hexadecimal: bool = False) -> Variable:
    """Return a variable as the protocol has it."""
    if isinstance(item, Group):
        return {"name": item.name, "value": "", "variablesReference": session.containers.add(item.container)}
    brief = None if item.text else made.brief(item.value)
    return _looked_at(session, item, hexadecimal) if brief is None else _brief(session, item, brief)


def _brief(session: Session, item: Item, brief: Brief) -> Variable:
    text, type_, (named, indexed), memory = brief
    found: Variable = {"name": item.name, "value": text, "type": type_, "variablesReference": 0}
    expression = item.expression
    if expression:
        found["evaluateName"] = expression
    if named or indexed:
        found["variablesReference"] = session.containers.add(Parts(item.value, expression))
        if indexed:
            found["indexedVariables"] = indexed
            found["namedVariables"] = named
    found["memoryReference"] = hex(memory)
    return found


def _looked_at(session: Session, item: Item, hexadecimal: bool) -> Variable:
    """Return a variable that is unlike others of its type."""
    name, value, expression, own_text, _ = item
    real = value.dynamic
    if not item.is_wanted and parts.is_long(real, _WALKED):
        # Each step would walk through all of it again; who wants to see it asks for the one variable beneath.
        return {
            "name": name,
            "value": f"more than {_WALKED} elements, which have to be counted",
            "type": str(real.type),
            "presentationHint": {"lazy": True},
            "variablesReference": session.containers.add(Single(name, value, expression)),
        }
    found: Variable = {
        "name": name,
        "value": own_text or text(real, hexadecimal=hexadecimal),
        "type": str(real.type),
        "variablesReference": 0,
    }
    if expression:
        found["evaluateName"] = expression
    found.update(tree(session, value, real, expression))  # type: ignore[typeddict-item]  # keys of Variable
    if value.unavailable is not None:
        found["presentationHint"] = {"attributes": ["readOnly"]}
    return found


def result(session: Session, value: Value, expression: str, *, hexadecimal: bool = False) -> dict[str, Any]:
    """Return the body of an answer to `evaluate`."""
    real = value.dynamic
    return {
        "result": text(real, hexadecimal=hexadecimal),
        "type": str(real.type),
        "variablesReference": 0,
        **tree(session, value, real, expression),
    }


def assigned(session: Session, value: Value, expression: str, *, hexadecimal: bool) -> dict[str, Any]:
    """Return the body of an answer to `setVariable` and `setExpression`."""
    body = result(session, value, expression, hexadecimal=hexadecimal)
    body["value"] = body.pop("result")
    return body


def tree(session: Session, value: Value, real: Value, expression: str) -> dict[str, Any]:
    """Return `variablesReference`, how much is behind it, and where the value is in memory.

    Args:
        session: keeps what is behind it.
        value: as it is declared.
        real: as it is.
        expression: how it is written; "" where it cannot be.
    """
    named, indexed = parts.count(real)
    found: dict[str, Any] = {}
    if named or indexed:
        found["variablesReference"] = session.containers.add(Parts(value, expression))
        if indexed:
            found["indexedVariables"] = indexed
            found["namedVariables"] = named
    address = parts.memory(value)
    if address is not None:
        found["memoryReference"] = f"{address:#x}"
    return found


def text(value: Value, *, hexadecimal: bool = False) -> str:
    """Return a value in one line; what is wrong with it where it has none."""
    try:
        return written(value, _HEXADECIMAL if hexadecimal else _BRIEF)
    except StaleError:
        raise
    except DebuggerError as error:
        return f"<{one_line(error)}>"
