"""What one mapped file's debug information says: the door to its DWARF, scopes, types and lines.

The readers below speak file addresses; this is where they meet the load bias.  Nothing is opened before
it is asked for; a file that is missing or broken answers with nothing, and `problems` says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trapline.base.address import FileAddress, LoadAddress, LoadBias, to_file, to_load
from trapline.base.errors import BadData
from trapline.dwarf.names import Names
from trapline.dwarf.units import Dwarf
from trapline.symbols.lines import Lines
from trapline.symbols.scopes import Scopes
from trapline.symbols.split import SplitFiles

if TYPE_CHECKING:
    from trapline.elf.image import Image
    from trapline.symbols.files import DebugFiles
    from trapline.symbols.functions import CallSite, Function
    from trapline.symbols.type_reader import TypeReader


class DebugInfo:
    """The debug information of one module.

    `image` is the file that was mapped, `debug_image` the one that holds the debug information: the same,
    or the separate one.  `dwarf`, `lines` and `scopes` speak file addresses.
    """

    __slots__ = ("_opened", "_split", "bias", "debug_image", "dwarf", "image", "lines", "scopes")

    def __init__(self, image: Image, debug_image: Image, bias: LoadBias) -> None:
        """Read nothing yet.

        Raises:
            BadData: the sections with the debug information lie outside the file.
        """
        self.image = image
        self.debug_image = debug_image
        self.bias = bias
        self._opened = [] if debug_image is image else [debug_image]
        self.dwarf = Dwarf(debug_image)
        self._split = SplitFiles(image.name, debug_image.name)
        self.dwarf.find_split = self._split.find
        self.lines = Lines(self.dwarf, image)
        self.scopes = Scopes(self.dwarf, Names(self.dwarf), self.lines)

    @classmethod
    def find(cls, image: Image, bias: LoadBias, files: DebugFiles) -> DebugInfo | None:
        """Return the debug information of a mapped file, in itself or a separate file; None: nowhere.

        Raises:
            BadData: it is there and cannot be read.
        """
        debug_image = image if image.section(".debug_info") is not None else files.separate(image)
        if debug_image is None:
            return None
        found = cls(image, debug_image, bias)

        def supplementary() -> Dwarf | None:
            other = files.supplementary(debug_image)
            if other is None:
                return None
            found._opened.append(other)
            return Dwarf(other)

        found.dwarf.find_supplementary = supplementary
        return found

    def close(self) -> None:
        """Close the separate files; the mapped one belongs to the module."""
        self._split.close()
        for image in self._opened:
            image.close()

    @property
    def types(self) -> TypeReader:
        """The types that the file describes."""
        return self.scopes.types

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the file, as far as it was read."""
        own = self.types.problem
        found = [*self.dwarf.problems, *self._split.problems]
        return (*found, *((own,) if own and own not in found else ()))

    def to_load(self, address: FileAddress) -> LoadAddress:
        """Return the load address of a file address."""
        return to_load(address, self.bias)

    def to_file(self, address: LoadAddress) -> FileAddress:
        """Return the file address of a load address."""
        return to_file(address, self.bias)

    def functions_at(self, address: LoadAddress) -> list[Function]:
        """Return the function at a load address behind the inlined calls that are there, innermost first.

        What they say of themselves is in file addresses.
        """
        return self.scopes.functions_at(self.to_file(address))

    def call_site(self, return_address: LoadAddress) -> CallSite | None:
        """Return the call that comes back to a load address, None where the file describes none."""
        return self.scopes.call_site(self.to_file(return_address))


def open_debug_info(image: Image, bias: LoadBias, files: DebugFiles) -> tuple[DebugInfo | None, str | None]:
    """Return a file's debug information and None, or None and why it cannot be read (None: it has none)."""
    try:
        return DebugInfo.find(image, bias, files), None
    except BadData as error:
        return None, str(error)
