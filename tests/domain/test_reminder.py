"""Reminders thirty, seven and one day before something is due and after it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.reminder import STAGES, Due, DueKind, Reminder, say, say_left, stage, standing
from alignment.domain.when import Precision, say_day

TODAY = date(2026, 11, 21)


def due(days: int, kind: DueKind = DueKind.ACTION, title: str = "Train the auditors") -> Due:
    return Due(kind, f"{kind.value}:{title}", title, TODAY + timedelta(days=days), "/actions/a")


@pytest.mark.parametrize(
    ("days", "at"),
    [
        (31, None), (30, 30), (8, 30), (7, 7), (2, 7), (1, 1), (0, 1), (-1, -1), (-6, -1), (-7, -7), (-29, -7),
        (-30, -30), (-400, -30),
    ],
)  # fmt: skip
def test_the_newest_reminder_that_was_reached_stands(days: int, at: int | None) -> None:
    assert stage(TODAY + timedelta(days=days), TODAY) == at


@given(st.integers(-500, 500))
def test_as_days_go_by_reminders_come_in_their_order_and_each_stands_at_least_a_day(first: int) -> None:
    seen = [at for day in range(600) if (at := stage(TODAY + timedelta(days=first), TODAY + timedelta(days=day)))]
    assert seen == sorted(seen, reverse=True)
    assert set(seen) <= set(STAGES)
    if first > 30:
        assert set(seen) == set(STAGES) or first + 30 > 599


def test_reminders_stand_by_the_day_that_they_are_about() -> None:
    late, soon, far = due(-3), due(5, DueKind.MILESTONE), due(90)
    assert standing([far, soon, late], TODAY) == [Reminder(late, -1), Reminder(soon, 7)]


@pytest.mark.parametrize(
    ("days", "said"),
    [(12, "in 12 days"), (1, "tomorrow"), (0, "today"), (-1, "yesterday"), (-9, "9 days ago")],
)
def test_how_far_away_a_day_is_is_said_in_words(days: int, said: str) -> None:
    assert say_left(TODAY + timedelta(days=days), TODAY) == said


@pytest.mark.parametrize(
    ("kind", "days", "said"),
    [
        (DueKind.ACTION, 7, "due in 7 days, on 28 November 2026"),
        (DueKind.PART, -1, "was due yesterday, on 20 November 2026"),
        (DueKind.EVIDENCE, 0, "expires today, on 21 November 2026"),
        (DueKind.EVIDENCE, -7, "expired 7 days ago, on 14 November 2026"),
    ],
)
def test_what_is_due_is_said_with_its_day(kind: DueKind, days: int, said: str) -> None:
    assert say(due(days, kind), TODAY) == said


def test_every_kind_has_its_words() -> None:
    assert [kind.label for kind in DueKind] == [
        "Corrective action", "Milestone", "Planned work on a part", "Evidence that expires",
        "Advance notice under embargo", "Certificate that expires", "Yearly report", "A change in what you rely on",
    ]  # fmt: skip


@pytest.mark.parametrize(("days", "stands"), [(-1, False), (0, True), (30, True), (31, False)])
def test_a_change_is_told_once_within_thirty_days_of_it(days: int, stands: bool) -> None:
    due = Due(DueKind.CHANGE, "decision:x", "Suspended", TODAY, "/programmes/x")
    found = standing([due], TODAY + timedelta(days=days))
    assert [each.stage for each in found] == ([0] if stands else [])
    assert say(due, TODAY + timedelta(days=5)) == f"since {say_day(TODAY)}"


@pytest.mark.parametrize(
    ("on", "precision", "said"),
    [
        (date(2027, 2, 1), Precision.DAY, "from 1 February 2027, recorded on 21 November 2026"),
        (date(2026, 10, 1), Precision.DAY, "since 1 October 2026, recorded on 21 November 2026"),
        (date(2026, 10, 1), Precision.MONTH, "since October 2026, recorded on 21 November 2026"),
        (date(2026, 9, 30), Precision.BY, "by September 2026, recorded on 21 November 2026"),
    ],
)
def test_a_change_is_told_from_the_day_it_was_recorded_and_says_from_when_it_holds(
    on: date, precision: Precision, said: str
) -> None:
    due = Due(DueKind.CHANGE, "decision:x", "Withdrawn", on, "/programmes/x", "", TODAY, precision)
    for days, stands in ((-1, False), (0, True), (30, True), (31, False)):
        assert bool(standing([due], TODAY + timedelta(days=days))) is stands
    assert say(due, TODAY) == said
