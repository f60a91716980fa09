"""What an argument can become and what not: structures, arrays and numbers in C, functions by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support import gdb
from tests.support.stops import at_mark

from trapline import DebuggerError, EvaluationError, Inferior

Launch = Callable[..., Inferior]

IMPOSSIBLE = {
    "by_value(pairs)": "struct pair [2] cannot become struct pair",
    "by_value(word)": "char [5] cannot become struct pair",
    'by_value("ab")': "char [3] cannot become struct pair",
    "by_value(unlike)": "struct other cannot become struct pair",
    "by_value(n)": "nameless cannot become struct pair",
    "by_value(e)": "union either cannot become struct pair",
    "by_value(3)": "int cannot become struct pair",
    "by_value(d)": "double cannot become struct pair",
    "by_value(&one)": "struct pair * cannot become struct pair",
    "by_value(main)": "int (void) cannot become struct pair",
    "by_value($nothing)": "void cannot become struct pair",
    "named(i)": "int cannot become nameless",
    "one_of(n)": "nameless cannot become union either",
    "number(one)": "struct pair cannot become int",
    "number(numbers)": "int [3] cannot become int",
    "number(&one)": "struct pair * cannot become int",
    "number(main)": "int (void) cannot become int",
    "number((void)0)": "void cannot become int",
    "real(numbers)": "int [3] cannot become double",
    "real(&i)": "int * cannot become double",
    "pointed(one)": "struct pair cannot become struct pair *",
    "pointed(d)": "double cannot become struct pair *",
    "truth(one)": "struct pair cannot become _Bool",
    "i = one": "struct pair cannot become int",
    "i = pairs": "struct pair [2] cannot become int",
    "d = &i": "int * cannot become double",
    "one = unlike": "struct other cannot be assigned to struct pair",
    "one = pairs": "struct pair [2] cannot be assigned to struct pair",
}
POSSIBLE = {
    "by_value(one)": "{a = 5, b = 5, c = 6}", "by_value(pairs[0])": "{a = 2, b = 2, c = 3}", "number(d)": "2",
    "number('a')": "97", "real(i)": "4", "truth(word)": "1", "truth(&one)": "1", "truth(0.5)": "1",
    "text(word)": "119", 'text("x")': "120", "pointed(0)": "0", "pointed(pairs) == (long)pairs": "1",
    "number((int)(long)&one) != 0": "1", "named(n)": "7", "one_of(e)": "8",
}  # fmt: skip

FUNCTIONS = (
    "apply(sides, shape)", "apply(&corners, shape)", "apply(*counter, shape)",
    "apply_reference(corners, shape)", "apply_reference(*counter, shape)",
    "counter == sides", "counter == &sides", "counter != corners", "counter = corners", "counter",
    "*counter", "(*counter)(shape)", "(**counter)(shape)", "&sides", "*sides", "(&sides)(shape)",
    "(*sides)(shape)", "(flag ? sides : corners)(shape)", "apply(flag ? sides : corners, shape)",
    "counters[0] == sides", "counters[0] = corners", "apply(&Table::of, shape)", "!sides", "sides + 1",
    "apply((Counter)corners, shape)",
)  # fmt: skip
CHOSEN = {
    "apply_double(over, 1.5)": "3", "apply_double(&over, 1.5)": "3", "(f = over) == f": "true",
    "f(1.5)": "3", "g = over": "(int (*)(int)) * <over(int)>", "$kept = sides": "{int (Shape &)} * <*>",
    "many(1, sides, &shape)": "5", "$kept(shape)": "4", "apply($kept, shape)": "4",
}  # fmt: skip
"""What gdb has no words for: an overload by the type that is taken, a function that the session keeps."""


def test_what_c_cannot_convert_is_refused(launch: Launch) -> None:
    inferior = at_mark(launch, "impossible.c", "stop")
    for text, reason in IMPOSSIBLE.items():
        with pytest.raises(DebuggerError) as caught:
            inferior.evaluate(text)
        assert (text, str(caught.value)) == (text, reason)
    answers = {text: str(inferior.evaluate(text)).split(" '")[0] for text in POSSIBLE}
    assert answers == POSSIBLE


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_a_function_is_given_by_its_name(launch: Launch, compiler: str) -> None:
    inferior = at_mark(launch, "given_functions.cpp", "stop", compiler=compiler)
    answers = {text: str(inferior.evaluate(text)) for text in FUNCTIONS}
    assert answers == gdb.at_mark("given_functions.cpp", "stop", FUNCTIONS, compiler=compiler)


def test_the_type_that_is_taken_chooses_an_overload(launch: Launch) -> None:
    import fnmatch

    inferior = at_mark(launch, "given_functions.cpp", "stop", compiler="g++")
    for text, pattern in CHOSEN.items():
        answer = str(inferior.evaluate(text))
        assert fnmatch.fnmatchcase(answer, pattern), (text, answer)
    for text in ("apply(over, shape)", "counter = over", "f = sides"):
        with pytest.raises(EvaluationError, match=r"cannot become .*: write a cast"):
            inferior.evaluate(text)
    assert str(inferior.evaluate("counter == sides")) == "true"  # nothing was assigned
