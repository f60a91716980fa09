"""Templates whose arguments are written as people write them, where gdb wants the compiler's words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support import programs

from trapline import Inferior, LocationError

_STRING = "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >"
_STRINGS = f"std::vector<{_STRING}, std::allocator<{_STRING} > >"
_PAIR = f"std::pair<{_STRING} const, int>"
_MAP = f"std::map<{_STRING}, int, std::less<{_STRING} >, std::allocator<{_PAIR} > >"

SPELLINGS = [
    ("twice<std::string>", f"twice<{_STRING} >"),
    ("twice< std::string >", f"twice<{_STRING} >"),
    ("twice(std::string)", f"twice<{_STRING} >"),
    ("twice<std::basic_string<char>>", f"twice<{_STRING} >"),
    ("twice<Number>", "twice<int>"),
    ("twice<Names>", f"twice<{_STRINGS} >"),
    ("twice<std::vector<std::string>>", f"twice<{_STRINGS} >"),
    ("Box<std::vector<int>>::size", "Box<std::vector<int, std::allocator<int> > >::size"),
    ("Box<std::map<std::string, Number>>::size", f"Box<{_MAP} >::size"),
    ("Box<unsigned>::size", "Box<unsigned int>::size"),
    ("pair_of<Number, std::string>", f"pair_of<int, {_STRING} >"),
]


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_what_is_meant_is_found(launch: Callable[..., Inferior], compiler: str) -> None:
    inferior = launch([programs.build("template_names.cpp", compiler=compiler)])
    for written, whole in SPELLINGS:
        found = inferior.places(written)
        assert len(found) == 1, written
        assert found == inferior.places(whole), written
    for another in ("twice<float>", "Box<std::vector<long>>::size", "twice<std::wstring>"):
        with pytest.raises(LocationError):
            inferior.places(another)
    assert inferior.type_of("Box<std::map<std::string, Number>>").size == 48
