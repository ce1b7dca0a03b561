"""The LME's acts: what stands on a date, what can follow, and advice with reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.decision import (
    ALLOWED,
    DECIDING,
    Act,
    Approval,
    Decision,
    advise,
    ahead,
    put_right,
    standing,
    taken_ahead,
)
from alignment.domain.rating import Level
from alignment.domain.when import parse_when


def decisions(*acts: tuple[str, Act]) -> list[Decision]:
    return [Decision(f"d{order}", act, parse_when(when), order) for order, (when, act) in enumerate(acts)]


HISTORY = decisions(("2021-12-16", Act.CONDITIONALLY_APPROVED), ("by 2024-09-30", Act.APPROVED))


@pytest.mark.parametrize(
    ("day", "approval"),
    [
        ("2021-12-15", Approval.NONE),
        ("2021-12-16", Approval.CONDITIONALLY_APPROVED),
        ("2024-09-29", Approval.CONDITIONALLY_APPROVED),
        ("2024-09-30", Approval.APPROVED),
    ],
)
def test_the_last_known_approval_stands_until_a_by_date(day: str, approval: Approval) -> None:
    assert standing(HISTORY, date.fromisoformat(day)).approval is approval


def test_before_a_first_by_date_the_approval_is_not_known() -> None:
    held = decisions(("by 2024-09-30", Act.CONDITIONALLY_APPROVED))
    stands = standing(held, date(2023, 1, 1))
    assert stands.approval is Approval.NOT_KNOWN
    assert stands.decision_id is None
    assert str(stands.since) == "by September 2024"


def test_before_a_first_exact_date_there_is_no_approval() -> None:
    held = decisions(("2023-04-18", Act.CONDITIONALLY_APPROVED))
    assert standing(held, date(2023, 1, 1)).approval is Approval.NONE


def test_without_any_decision_there_is_no_approval() -> None:
    assert standing([], date(2024, 1, 1)).approval is Approval.NONE


def test_reinstating_brings_back_what_the_suspension_interrupted() -> None:
    held = decisions(
        ("2022-01-01", Act.APPROVED), ("2023-01-01", Act.SUSPENDED), ("2023-02-01", Act.SUSPENDED),
        ("2024-01-01", Act.REINSTATED),
    )  # fmt: skip
    assert standing(held, date(2023, 6, 1)).approval is Approval.SUSPENDED
    assert standing(held, date(2024, 1, 1)).approval is Approval.APPROVED


def test_reinstating_what_is_not_held_leaves_the_approval_not_known() -> None:
    held = decisions(("2024-01-01", Act.REINSTATED))
    assert standing(held, date(2024, 1, 2)).approval is Approval.NOT_KNOWN


def test_a_conditional_approval_is_renewed_and_stands_since_its_first_day() -> None:
    held = decisions(("2022-08-01", Act.CONDITIONALLY_APPROVED), ("2026-11-22", Act.CONDITIONALLY_APPROVED))
    stands = standing(held, date(2026, 12, 1))
    assert (stands.approval, str(stands.since), stands.decision_id) == (
        Approval.CONDITIONALLY_APPROVED, "1 August 2022", "d1",
    )  # fmt: skip
    taken_back = [held[0], replace(held[1], replaces=True)]
    assert standing(taken_back, date(2026, 12, 1)).decision_id == "d0"


@pytest.mark.parametrize("day", [date(2021, 12, 16), date(2024, 9, 30), date(2026, 1, 1)])
def test_an_entry_that_declares_another_void_leaves_the_approval_to_the_others(day: date) -> None:
    declared = Decision("v", Act.VOID, parse_when("by 2022-01-01"), 9)
    assert standing([*HISTORY, declared], day) == standing(HISTORY, day)
    assert standing([declared], day).approval is standing([declared], date(2020, 1, 1)).approval is Approval.NONE


@pytest.mark.parametrize(
    ("effective", "recorded", "announced", "taken"),
    [
        ("2026-12-15", "2026-11-22", None, "2026-11-22"),
        ("2026-12", "2026-11-22", "2026-11-20", "2026-11-20"),
        ("2026-12-15", "2027-01-10", "2026-11-20", "2026-11-20"),
        ("2026-12-15", "2026-11-22", "2026-12-20", "2026-11-22"),
        ("2026-11-22", "2026-11-22", None, None),
        ("by 2026-12-15", "2026-11-22", None, None),
    ],
)
def test_a_decision_is_taken_ahead_where_it_was_recorded_or_announced_before_its_day(
    effective: str, recorded: str, announced: str | None, taken: str | None
) -> None:
    found = taken_ahead(
        parse_when(effective), date.fromisoformat(recorded), date.fromisoformat(announced) if announced else None
    )
    assert found == (date.fromisoformat(taken) if taken else None)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-11-21", []),
        ("2026-11-22", ["decided, takes effect on 15 December 2026: suspended"]),
        (
            "2026-12-01",
            ["decided, takes effect on 15 December 2026: suspended", "decided, takes effect in 2028: approved"],
        ),
        ("2026-12-15", ["decided, takes effect in 2028: approved"]),
        ("2028-01-01", []),
    ],
)
def test_what_is_decided_and_takes_effect_later_is_said_from_the_day_of_the_decision(day: str, said: list[str]) -> None:
    later = [
        Decision("s", Act.SUSPENDED, parse_when("2026-12-15"), 8, date(2026, 11, 22)),
        Decision("r", Act.REINSTATED, parse_when("2028"), 9, date(2026, 12, 1)),
    ]
    assert [each.said for each in ahead([*later, *HISTORY], date.fromisoformat(day))] == said


@given(st.permutations(HISTORY), st.dates(min_value=date(2020, 1, 1), max_value=date(2027, 1, 1)))
def test_the_order_in_which_decisions_are_given_does_not_matter(held: list[Decision], day: date) -> None:
    assert standing(held, day) == standing(HISTORY, day)


def test_every_approval_says_what_can_follow_it() -> None:
    assert set(ALLOWED) == set(Approval)
    reached = set().union(*ALLOWED.values())
    assert reached == set(DECIDING) == set(Act) - {Act.VOID}


def test_every_approval_has_a_word_a_tone_and_a_mark() -> None:
    assert len({approval.label for approval in Approval}) == len(Approval)
    assert all(approval.tone and approval.mark for approval in Approval)
    assert [approval for approval in Approval if approval.stands] == [
        Approval.APPROVED, Approval.CONDITIONALLY_APPROVED,
    ]  # fmt: skip
    assert Act.CONDITIONALLY_APPROVED.label == "Conditionally approved"


@pytest.mark.parametrize(
    ("act", "standards", "overall", "under_way", "approval", "supported", "reason"),
    [
        (Act.CONDITIONALLY_APPROVED, Level.FULLY, None, False, Approval.NONE, True, "standards part is fully"),
        (Act.CONDITIONALLY_APPROVED, None, None, True, Approval.NONE, True, "recognition is under way"),
        (Act.CONDITIONALLY_APPROVED, Level.PARTIALLY, None, False, Approval.NONE, False, "is partially aligned"),
        (Act.CONDITIONALLY_APPROVED, None, None, False, Approval.NONE, False, "is not held"),
        (Act.APPROVED, Level.FULLY, Level.FULLY, False, Approval.CONDITIONALLY_APPROVED, True, "is fully aligned"),
        (Act.APPROVED, Level.FULLY, Level.PARTIALLY, False, Approval.NONE, False, "is partially aligned"),
        (Act.NOT_APPROVED, None, Level.NOT, False, Approval.NONE, True, "is not aligned"),
        (Act.NOT_APPROVED, None, Level.FULLY, False, Approval.NONE, False, "is fully aligned"),
        (Act.SUSPENDED, None, None, False, Approval.APPROVED, True, "discretion"),
        (Act.REINSTATED, None, None, False, Approval.APPROVED, False, "does not follow"),
    ],
)
def test_advice_gives_its_reason(
    act: Act, standards: Level | None, overall: Level | None, under_way: bool, approval: Approval, supported: bool,
    reason: str,
) -> None:  # fmt: skip
    advice = advise(act, standards=standards, overall=overall, recognition_under_way=under_way, approval=approval)
    assert advice.supported is supported
    assert reason in advice.reason


@pytest.mark.parametrize(
    ("act", "effective", "said"),
    [
        (Act.APPROVED, "2022-08", ""),
        (Act.APPROVED, "2022-08-15", "August 2022"),
        (Act.SUSPENDED, "2022-08", "Approved"),
        (Act.SUSPENDED, "2022-08-15", "Approved, August 2022"),
    ],
)
def test_a_correction_says_what_it_puts_right(act: Act, effective: str, said: str) -> None:
    assert put_right((Act.APPROVED, parse_when("2022-08")), (act, parse_when(effective))) == said
