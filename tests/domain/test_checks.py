"""The standing checks: what fails, what a reason waives, and what is printed of it."""

from __future__ import annotations

import pytest

from alignment.domain.checks import Check, Fault, failing, judge, printed, waivers_of, why_not_waive
from alignment.domain.refusal import Faults

OLD = Fault(Check.STALE, "alpha", "Alpha: nothing newer than 2 years is held.")
OTHER = Fault(Check.STALE, "beta", "Beta: nothing newer than 3 years is held.")
DUE = Fault(Check.DECISION_DUE, "alpha", "Alpha: LME decision due.", "/decisions/alpha")
MARKER = Fault(Check.MARKER, "1", "line 3 of the text: “{table: x}” is no insertion")
FOUND = (OLD, OTHER, DUE, MARKER)


def test_every_check_is_listed_in_order_with_its_words_whatever_is_found() -> None:
    checked = judge((), {})
    assert [each.check for each in checked] == list(Check)
    assert all(each.passes and each.check.label and each.check.says for each in checked)
    assert failing(checked) == ()


def test_without_a_waiver_everything_fails() -> None:
    assert failing(judge(FOUND, {})) == (OLD, OTHER, DUE, MARKER)


def test_a_reason_waives_the_fault_that_it_was_given_for_and_no_other() -> None:
    checked = judge(FOUND, {OLD.code: "No newer report."})
    assert failing(checked) == (OTHER, DUE, MARKER)
    [stale] = [each for each in checked if each.check is Check.STALE]
    assert stale.waived == ((OLD, "No newer report."),)
    assert not stale.passes


def test_a_blank_reason_waives_nothing() -> None:
    assert failing(judge((OLD,), {OLD.code: "  "})) == (OLD,)


def test_no_reason_waives_an_insertion_that_does_not_work() -> None:
    assert [check for check in Check if not check.waivable] == [Check.REFUSED, Check.PRINT, Check.MARKER]
    assert failing(judge((MARKER,), {MARKER.code: "Let it be."})) == (MARKER,)


def test_what_is_printed_names_each_reason_once_with_all_that_it_waives() -> None:
    waivers = {OLD.code: "No newer report.", OTHER.code: "No newer report.", DUE.code: "In December."}
    assert printed(judge((OLD, OTHER, DUE), waivers)) == [
        {"check": "stale", "title": "Stale status", "faults": [OLD.said, OTHER.said], "reason": "No newer report."},
        {"check": "decision-due", "title": "Decision due", "faults": [DUE.said], "reason": "In December."},
    ]


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [("", "A reason is needed"), (" ", "A reason is needed"), ("x" * 1001, "at most 1,000 characters; it has 1,001")],
)
def test_a_reason_that_is_none_is_refused(reason: str, sentence: str) -> None:
    assert sentence in str(why_not_waive(reason))


def test_a_reason_is_taken() -> None:
    assert why_not_waive("No newer report.") is None


# At the command line


def test_a_check_waives_all_that_it_finds_and_a_subject_one() -> None:
    assert waivers_of(["stale=No = report"], FOUND) == {OLD.code: "No = report", OTHER.code: "No = report"}
    assert waivers_of(["stale:beta=One"], FOUND) == {OTHER.code: "One"}


def test_everything_that_is_no_waiver_is_told_at_once() -> None:
    with pytest.raises(Faults) as refused:
        waivers_of(["stale", "old=x", "marker=x", "overdue=x", "stale:gamma=x", "stale= "], FOUND)
    assert [fault.partition(":")[0] for fault in refused.value.faults] == [
        "“stale” waives nothing",
        "“old=x” waives nothing",
        "“marker” cannot be waived",
        "“overdue” finds nothing wrong, so there is nothing to waive",
        "“stale",
        "--waive stale",
    ]
    assert "no-source, stale, no-citations" in refused.value.faults[0]
