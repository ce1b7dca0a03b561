"""Corrective actions: steps, what dates say, and all of them together."""

from __future__ import annotations

from datetime import date

import pytest

from alignment.domain import action, assessment, recognition
from alignment.domain.action import Actions, ActionState, Timing, timing, together
from alignment.domain.diagram import TABLES, mermaid, plain

S = ActionState
DAY = date(2026, 11, 21)
BEFORE, AFTER = date(2026, 11, 20), date(2026, 11, 22)


@pytest.mark.parametrize(
    ("state", "due", "expected", "found"),
    [
        (S.UNDER_WAY, None, None, Timing.NONE),
        (S.UNDER_WAY, AFTER, None, Timing.NONE),
        (S.UNDER_WAY, DAY, None, Timing.NONE),
        (S.UNDER_WAY, BEFORE, None, Timing.OVERDUE),
        (S.UNDER_WAY, None, BEFORE, Timing.UNCONFIRMED),
        (S.UNDER_WAY, None, DAY, Timing.NONE),
        (S.UNDER_WAY, AFTER, BEFORE, Timing.NONE),
        (S.INEFFECTIVE, BEFORE, None, Timing.OVERDUE),
        (S.PROPOSED, BEFORE, None, Timing.NONE),
        (S.PROPOSED, None, BEFORE, Timing.NONE),
        (S.AGREED, BEFORE, None, Timing.OVERDUE),
        (S.IMPLEMENTED, BEFORE, BEFORE, Timing.NONE),
        (S.VERIFIED, BEFORE, BEFORE, Timing.NONE),
        (S.WITHDRAWN, BEFORE, None, Timing.NONE),
    ],
)
def test_overdue_needs_a_due_date_and_an_expectation_only_leaves_it_unconfirmed(
    state: ActionState, due: date | None, expected: date | None, found: Timing
) -> None:
    assert timing(state=state, due=due, expected=expected, as_at=DAY) is found


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ([], Actions.NONE),
        ([S.PROPOSED, S.WITHDRAWN], Actions.NONE),
        ([S.AGREED], Actions.OPEN),
        ([S.VERIFIED, S.IMPLEMENTED], Actions.OPEN),
        ([S.VERIFIED, S.INEFFECTIVE], Actions.OPEN),
        ([S.VERIFIED, S.VERIFIED, S.WITHDRAWN], Actions.VERIFIED),
    ],
)
def test_actions_are_taken_together(states: list[ActionState], found: Actions) -> None:
    assert together(states) is found


@pytest.mark.parametrize("table", [action.ALLOWED, assessment.ALLOWED, recognition.ALLOWED])
def test_every_state_has_its_row_and_can_be_reached(table: dict[object, frozenset[object]]) -> None:
    states = {state for state in table if state is not None}
    kind = type(next(iter(states)))
    assert states == set(kind)  # type: ignore[call-overload]
    first = {assessment.Progress.NOT_KNOWN}
    assert set().union(*table.values()) | first >= states


def test_every_state_has_a_word_and_its_pips() -> None:
    assert [state.label for state in S] == [
        "Proposed", "Agreed", "Under way", "Implemented", "Verified", "Ineffective", "Withdrawn",
    ]  # fmt: skip
    assert [state.reached for state in S] == [1, 2, 3, 4, 5, 3, 0]
    assert recognition.RecognitionAct.AWAITED.label == "Outcome awaited"
    assert recognition.RecognitionAct.REFUSED.label == "Refused"
    assert assessment.Progress.IN_PROGRESS.label == "In progress"
    assert assessment.Scope.OVERALL.label == "Overall"
    assert all(certainty.label for certainty in assessment.Certainty)


@pytest.mark.parametrize("name", TABLES)
def test_diagrams_show_every_allowed_step(name: str) -> None:
    steps = sum(len(after) for after in TABLES[name].values())
    assert mermaid(name).count("-->") == steps
    assert len(plain(name).splitlines()) == len(TABLES[name])


def test_a_state_that_nothing_follows_says_so() -> None:
    assert "withdrawn -> nothing" in plain("actions")
    assert "(first) -> proposed, agreed" in plain("actions")
