"""What a whole run must reach beyond passing tests, each judged in one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOMAIN = "alignment/domain/"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sentence about one gate, and whether the run may pass it."""

    passed: bool
    sentence: str


def judge_coverage(report: Path) -> list[Verdict]:
    """99 % of the domain is tested, and 95 % of the rest; from the report that ``reach.py`` writes."""
    files: dict[str, Any] = json.loads(report.read_text())["files"]
    domain = {name: each for name, each in files.items() if name.startswith(DOMAIN)}
    rest = {name: each for name, each in files.items() if name not in domain}
    return [judge_files("alignment/domain", 99, domain), judge_files("the rest of the package", 95, rest)]


def judge_files(what: str, least: int, files: dict[str, Any]) -> Verdict:
    """One verdict over several files, counting lines and branches alike."""
    summaries = [each["summary"] for each in files.values()]
    reached = sum(each["covered_lines"] + each["covered_branches"] for each in summaries)
    all_of_it = reached + sum(each["missing_lines"] + each["missing_branches"] for each in summaries)
    # Nothing measured proves nothing: a wrong setting must not pass for a good result.
    passed = all_of_it > 0 and reached * 100 >= least * all_of_it
    # Cut, not rounded: 99.96 % must not read as 100.
    tenths = reached * 1000 // max(all_of_it, 1)
    sentence = (
        f"Tests reach {tenths / 10:.1f} % of {what} ({reached} of {all_of_it} lines and branches); "
        f"at least {least} % is asked."
    )
    if not passed:
        sentence += "".join(f"\n  {gap}" for gap in gaps(files))
    return Verdict(passed, sentence)


def gaps(files: dict[str, Any]) -> Iterable[str]:
    """What no test reaches, a line per file: its lines, and its jumps from line to line (0 leaves)."""
    for name, each in sorted(files.items()):
        lines = ", ".join(map(str, each["missing_lines"]))
        jumps = ", ".join(f"{start}→{max(end, 0)}" for start, end in each["missing_branches"])
        found = "; ".join(
            part for part in (f"lines {lines}" if lines else "", f"jumps {jumps}" if jumps else "") if part
        )
        if found:
            yield f"{name}: {found}"


def judge_skipped(names: list[str]) -> Verdict:
    """A test that does not run proves nothing: none is skipped and none is expected to fail."""
    if names:
        return Verdict(False, "Every test must run; these did not:" + "".join(f"\n  {name}" for name in names))
    return Verdict(True, "No test was skipped.")
