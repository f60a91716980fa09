"""The files that compilers split debug information off to: `.dwo` beside objects, `.dwp` beside programs.

Source: DWARF 5 §7.3.2, §7.3.5; the GDB manual, Debugging Information in Separate Files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf.file import Dwarf
from trapline.elf.image import Image

if TYPE_CHECKING:
    from trapline.dwarf.units import Unit

_MOST_PROBLEMS = 20  # that are told of the files of one program
_MOST_OPEN = 512  # files; a program of more is read from a package, or in part


class SplitFiles:
    """Opens the split files of one program; `program` is its path, `debug` that of its debug information.

    `problems` names what was found and could not be used, and the files that were not found.
    """

    __slots__ = ("_debug", "_known", "_opened", "_package", "_program", "_was_searched", "problems")

    def __init__(self, program: str, debug: str) -> None:
        """Open nothing yet."""
        self._program = program
        self._debug = debug
        self._known: dict[tuple[str, str], Dwarf | None] = {}
        self._opened: list[Image] = []
        self._package: Dwarf | None = None
        self._was_searched = False
        self.problems: list[str] = []

    def find(self, unit: Unit) -> Dwarf | None:
        """Return the file that holds the unit which completes a skeleton, None when there is none."""
        package = self._find_package()
        if package is not None and package.split_unit(unit.signature) is not None:
            return package
        name = unit.split_name
        if name is None:
            return None
        key = unit.directory or "", name
        if key not in self._known:
            self._known[key] = self._open_first(self._candidates(*key))
            if self._known[key] is None:
                self._note(f"{self._program}: its debug information in {name} was not found")
        found = self._known[key]
        if found is not None and found.split_unit(unit.signature) is None:
            reason = found.problems[0] if found.problems else f"{found.file}: it is of another compilation"
            self._note(f"{reason}: {self._program} needs unit {unit.signature:#x} of it")
        return found

    def _note(self, problem: str) -> None:
        if problem not in self.problems and len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(problem)

    def close(self) -> None:
        """Close what was opened."""
        for image in self._opened:
            image.close()

    def _find_package(self) -> Dwarf | None:
        if not self._was_searched:
            self._was_searched = True
            stems = dict.fromkeys((self._program, os.path.realpath(self._program), self._debug))
            self._package = self._open_first(f"{stem}.dwp" for stem in stems)
        return self._package

    def _candidates(self, directory: str, name: str) -> Iterator[str]:
        """Yield where a file may be: where the compiler left it, then beside the program."""
        yield os.path.join(directory, name)
        folder = os.path.dirname(os.path.realpath(self._program))
        if not os.path.isabs(name):
            yield os.path.join(folder, name)
        yield os.path.join(folder, os.path.basename(name))

    def _open_first(self, paths: Iterator[str]) -> Dwarf | None:
        for path in paths:
            if len(self._opened) >= _MOST_OPEN:
                return None
            try:
                image = Image.open(path)
            except OSError:
                continue
            except BadData as error:
                self._note(str(error))
                continue
            self._opened.append(image)
            try:
                return Dwarf(image, split=True)
            except BadData as error:
                self._note(str(error))
        return None
