"""`python -m benchmarks [NAMES]`: ask, print Markdown, write JSON."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.harness import QUESTIONS, ROOT, Bench


def main() -> int:
    """Run the chosen questions."""
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measure, with peers beside us.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(QUESTIONS)}; all by default")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is asked (5)")
    parser.add_argument("--json", type=Path, default=ROOT / "benchmarks" / "results" / "latest.json")
    parser.add_argument("--spread", action="store_true", help="use all processors, not one")
    options = parser.parse_args()
    unknown = set(options.names) - set(QUESTIONS)
    if unknown:
        parser.error(f"no question {', '.join(sorted(unknown))}; there are {', '.join(QUESTIONS)}")

    def say(text: str) -> None:
        print(f"bench: {text}", file=sys.stderr, flush=True)

    bench = Bench(options.names, options.rounds, pin=not options.spread, say=say)
    bench.ask()
    print(bench.table())
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(bench.as_json(), indent=1) + "\n")
    say(f"every round is in {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
