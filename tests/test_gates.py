"""The gates judge rightly, and say what is missing and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.gates import judge_coverage, judge_skipped


def measured(lines: int, *, of: int, missing: list[int] | None = None) -> dict[str, Any]:
    """One file of a coverage report, without branches unless a jump is missing."""
    summary = {"covered_lines": lines, "missing_lines": of - lines, "covered_branches": 0, "missing_branches": 0}
    return {"summary": summary, "missing_lines": missing or [], "missing_branches": []}


def judged(tmp_path: Path, files: dict[str, Any]) -> list[tuple[bool, str]]:
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"files": files}))
    return [(each.passed, each.sentence) for each in judge_coverage(report)]


def test_a_domain_reached_whole_and_a_rest_at_95_percent_pass(tmp_path: Path) -> None:
    verdicts = judged(
        tmp_path,
        {"alignment/domain/rating.py": measured(30, of=30), "alignment/files.py": measured(95, of=100)},
    )
    assert [passed for passed, _ in verdicts] == [True, True]


def test_lines_missing_in_the_domain_fail_and_are_named(tmp_path: Path) -> None:
    files = {
        "alignment/domain/rating.py": measured(290, of=300, missing=[17]),
        "alignment/files.py": measured(1, of=1),
    }
    (passed, sentence), (rest_passed, _) = judged(tmp_path, files)
    assert not passed
    assert rest_passed
    assert "96.6 % of alignment/domain" in sentence
    assert "alignment/domain/rating.py: lines 17" in sentence


def test_a_rest_just_below_95_percent_fails(tmp_path: Path) -> None:
    files = {"alignment/domain/rating.py": measured(1, of=1), "alignment/files.py": measured(949, of=1000)}
    assert [passed for passed, _ in judged(tmp_path, files)] == [True, False]


def test_a_report_that_measured_nothing_fails(tmp_path: Path) -> None:
    assert [passed for passed, _ in judged(tmp_path, {})] == [False, False]


def test_a_branch_not_taken_counts_and_is_named_by_its_jump(tmp_path: Path) -> None:
    one = measured(10, of=10)
    one["summary"] |= {"covered_branches": 1, "missing_branches": 1}
    one["missing_branches"] = [[4, -1]]
    (passed, sentence), _ = judged(
        tmp_path, {"alignment/domain/rating.py": one, "alignment/files.py": measured(1, of=1)}
    )
    assert not passed
    assert "jumps 4→0" in sentence


def test_a_skipped_test_fails_the_run_and_is_named() -> None:
    verdict = judge_skipped(["tests/test_one.py::test_it"])
    assert not verdict.passed
    assert "tests/test_one.py::test_it" in verdict.sentence
    assert judge_skipped([]).passed
