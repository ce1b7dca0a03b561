"""``python -m tests.bench``: every goal with its figures, its limit, and met or missed.

Exit codes: 0 all met, 1 a goal is missed, 2 this system cannot say.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.goals import LONG, QUICK
from tests.bench.measuring import supported
from tests.bench.workshop import TINY, USUAL, Workshop


def main() -> int:
    """Measure what was asked for and print it as it is found."""
    asked = arguments()
    if not supported():
        print("bench: only Linux says what a process took; run it there", file=sys.stderr)
        return 2
    families = {**(LONG if asked.long else QUICK)}
    if asked.only:
        families = {name: families[name] for name in families if name in asked.only}
    effort = TINY if asked.tiny else USUAL
    if asked.rounds:
        effort = replace(effort, rounds=asked.rounds)
    began, missed = time.perf_counter(), 0
    with TemporaryDirectory(prefix="alignment-bench-") as folder:
        shop = Workshop(Path(folder), effort)
        for name, measure in families.items():
            print(f"\n{name}: {measure.__doc__}", flush=True)
            for found in measure(shop):
                print("\n".join(found.lines()), flush=True)
                missed += found.missed
    goals = "every goal is met" if not missed else "1 goal is missed" if missed == 1 else f"{missed} goals are missed"
    print(f"\n{goals}, after {time.perf_counter() - began:.0f} s")
    return 1 if missed else 0


def arguments() -> argparse.Namespace:
    names = list(dict.fromkeys([*QUICK, *LONG]))
    parser = argparse.ArgumentParser(
        "python -m tests.bench", description="Speed against limits measured in the same run."
    )
    parser.add_argument("--long", action="store_true", help="growth up to 10,000 programmes, and memory over time")
    parser.add_argument("--only", nargs="+", choices=names, metavar="FAMILY", help=f"some of: {', '.join(names)}")
    parser.add_argument("--rounds", type=int, help="how often everything compared takes its turn (default: 5)")
    parser.add_argument("--tiny", action="store_true", help="only to see that it runs: its figures say nothing")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
