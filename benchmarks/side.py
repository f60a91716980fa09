"""One peer's side of one question, inside that peer's Python: `main(question, peer, run)`.

python -m benchmarks.side QUESTION PEER OUT COUNT PROGRAM [ARGUMENTS...]
"""

from __future__ import annotations

import importlib
import sys

from benchmarks.question import Run


def main(words: list[str]) -> None:
    """Run a question's `in_PEER`."""
    name, peer, out, count, program, *arguments = words
    question = importlib.import_module(f"benchmarks.{name}")
    getattr(question, f"in_{peer}")(Run(program, tuple(arguments), int(count), out))


if __name__ == "__main__":
    main(sys.argv[1:])
