"""What becomes of the status with an action, said beforehand, and never of the approval."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from alignment.domain.action import ActionState, Timing
from alignment.domain.assessment import Progress, ResultKind, Route, Scope
from alignment.domain.catalogue import Part
from alignment.domain.decision import Act, Approval, Decision
from alignment.domain.programme import ActionFact, Held, ProgressFact, ResultFact, StepFact
from alignment.domain.rating import Level
from alignment.domain.slipping import cases
from alignment.domain.when import When

TODAY = date(2026, 11, 21)
DUE = TODAY + timedelta(days=30)
BEGAN = When(date(2026, 1, 1))


def action(state: ActionState, due: date | None = DUE, expected: date | None = None) -> ActionFact:
    return ActionFact("a", (StepFact(state, BEGAN, 1),), due, expected, 1)


def held(*actions: ActionFact) -> Held:
    return Held(
        route=Route.OECD,
        progress=tuple(ProgressFact(part, Progress.COMPLETE, BEGAN, 1, 1) for part in Part),
        results=(
            ResultFact(Scope.STANDARDS, ResultKind.COMPUTED, Level.FULLY, BEGAN, 1, 1),
            ResultFact(Scope.IMPLEMENTATION, ResultKind.COMPUTED, Level.PARTIALLY, BEGAN, 2, 1),
        ),
        actions=actions,
        decisions=(Decision("d", Act.CONDITIONALLY_APPROVED, BEGAN, 1),),
    )


def test_what_slips_is_shown_as_overdue_the_day_after_it_was_due() -> None:
    now, slips, verified = cases(held(action(ActionState.UNDER_WAY)), "a", TODAY)
    assert (now.what, now.on, now.timing, now.says) == ("As it stands today", TODAY, Timing.NONE, "")
    assert (slips.what, slips.on, slips.timing) == (
        "Nothing is reported by 21 December 2026", DUE + timedelta(days=1), Timing.OVERDUE,
    )  # fmt: skip
    assert slips.says == "the action is shown as overdue"
    assert slips.state.overdue == 1
    assert slips.state.sentence == now.state.sentence
    assert now.state.sentence.endswith("with corrective actions underway to address findings")
    assert verified.state.sentence.endswith("with all corrective actions verified, awaiting re-rating")


def test_one_verified_action_of_two_leaves_the_status_as_it_is() -> None:
    other = replace(action(ActionState.UNDER_WAY), id="b")
    found = cases(held(action(ActionState.IMPLEMENTED), other), "a", TODAY)
    assert [each.what for each in found] == ["As it stands today", "It is verified", "It is found ineffective"]
    assert len({each.state.sentence for each in found}) == 1


def test_a_verified_action_that_is_found_ineffective_opens_the_findings_again() -> None:
    now, ineffective = cases(held(action(ActionState.VERIFIED)), "a", TODAY)
    assert now.state.sentence.endswith("awaiting re-rating")
    assert ineffective.state.sentence.endswith("underway to address findings")


def test_what_is_only_expected_is_unconfirmed_and_not_overdue() -> None:
    found = cases(held(action(ActionState.AGREED, None, TODAY - timedelta(days=90))), "a", TODAY)
    assert [each.timing for each in found[:2]] == [Timing.UNCONFIRMED, Timing.UNCONFIRMED]
    assert found[1].on == TODAY + timedelta(days=1)
    assert found[1].says.startswith("the action is shown as unconfirmed")


def test_what_has_no_date_cannot_slip() -> None:
    assert [each.what for each in cases(held(action(ActionState.AGREED, None)), "a", TODAY)] == [
        "As it stands today", "It is verified",
    ]  # fmt: skip


def test_what_is_only_proposed_is_owed_by_nobody() -> None:
    found = cases(held(action(ActionState.PROPOSED)), "a", TODAY)
    assert [each.what for each in found] == ["As it stands today", "It is verified"]


def test_what_was_withdrawn_goes_nowhere() -> None:
    assert [each.what for each in cases(held(action(ActionState.WITHDRAWN)), "a", TODAY)] == ["As it stands today"]


@pytest.mark.parametrize("state", ActionState)
def test_no_action_moves_the_approval(state: ActionState) -> None:
    found = cases(held(action(state)), "a", TODAY)
    assert {each.state.standing.approval for each in found} == {Approval.CONDITIONALLY_APPROVED}


def test_an_action_whose_state_is_not_known_yet_is_shown_as_it_stands() -> None:
    later = ActionFact("a", (StepFact(ActionState.AGREED, When(TODAY + timedelta(days=5)), 1),), DUE, None, 1)
    assert [each.what for each in cases(held(later), "a", TODAY)] == ["As it stands today"]


def test_an_action_of_another_programme_has_no_cases() -> None:
    assert cases(held(), "a", TODAY) == ()
