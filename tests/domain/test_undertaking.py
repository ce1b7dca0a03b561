"""Who may do what with a corrective action: each step, each relation, and nobody on what they did themselves."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import pytest

from alignment.domain.action import ALLOWED, ActionState
from alignment.domain.people import Do, Matter
from alignment.domain.undertaking import (
    NEEDS,
    SAYS,
    next_steps,
    why_not_change,
    why_not_confide,
    why_not_extend,
    why_not_judge,
    why_not_see_confidential,
    why_not_take,
    why_not_undertake,
    why_not_work,
)
from tests.domain.test_people import HOUSE, PEOPLE, ROUND, TEAM


@dataclass(frozen=True)
class Action:
    """An action in a state, carried out by somebody."""

    state: ActionState = ActionState.AGREED
    carried_out_by: tuple[str, ...] = ()

    def matter(self, done_by: str = "") -> Matter:
        return replace(ROUND, done_by=done_by)


class Unteamed(Action):
    """An action of a round that was recorded from elsewhere."""

    def matter(self, done_by: str = "") -> Matter:
        return replace(ROUND, lead="", second="", done_by=done_by)


OWNER = {"scheme owner"}
MAY_TAKE = {
    ActionState.PROPOSED: OWNER,
    ActionState.AGREED: HOUSE,
    ActionState.UNDER_WAY: OWNER,
    ActionState.IMPLEMENTED: OWNER,
    ActionState.VERIFIED: HOUSE,
    ActionState.INEFFECTIVE: HOUSE,
    ActionState.WITHDRAWN: HOUSE,
}


@pytest.mark.parametrize(("to", "who"), list(itertools.product(ActionState, PEOPLE)))
def test_each_step_is_taken_by_exactly_those_whose_it_is(to: ActionState, who: str) -> None:
    reason = why_not_take(PEOPLE[who], Action(), to)
    assert (reason is None) is (who in MAY_TAKE[to])
    assert reason is None or reason.startswith("You cannot ")


def test_every_state_says_what_it_needs_and_how_its_control_is_called() -> None:
    assert set(NEEDS) == set(SAYS) == set(MAY_TAKE) == set(ActionState)


@pytest.mark.parametrize("state", ActionState)
def test_what_can_follow_is_what_the_table_allows_but_a_verified_action_is_reopened_by_a_check(
    state: ActionState,
) -> None:
    assert set(next_steps(state)) == (set() if state is ActionState.VERIFIED else set(ALLOWED[state]))


@pytest.mark.parametrize("who", PEOPLE)
def test_what_is_only_proposed_its_owner_may_take_back_too(who: str) -> None:
    reason = why_not_take(PEOPLE[who], Action(ActionState.PROPOSED), ActionState.WITHDRAWN)
    assert (reason is None) is (who in HOUSE | OWNER)


@pytest.mark.parametrize("act", [Do.VERIFY_ACTION, Do.EXTEND_ACTION])
def test_nobody_judges_an_action_that_they_carried_out_in_part(act: Do) -> None:
    done = Action(ActionState.IMPLEMENTED, ("person:x", "person:second"))
    assert "did this yourself" in (why_not_judge(PEOPLE["second assessor"], done, act) or "")
    assert why_not_judge(PEOPLE["lead assessor"], done, act) is None


def test_a_due_date_is_extended_from_the_agreement_on_and_while_it_is_owed() -> None:
    lead = PEOPLE["lead assessor"]
    assert why_not_extend(lead, Action()) is None
    assert "its agreement sets the due date" in (why_not_extend(lead, Action(ActionState.PROPOSED)) or "")
    assert "nothing of it is owed" in (why_not_extend(lead, Action(ActionState.VERIFIED)) or "")
    assert "You cannot extend" in (why_not_extend(PEOPLE["scheme owner"], Action()) or "")


@pytest.mark.parametrize("who", PEOPLE)
def test_milestones_and_evidence_come_from_its_owner_and_the_assessors(who: str) -> None:
    assert (why_not_work(PEOPLE[who], Action()) is None) is (who in HOUSE | OWNER)
    assert (why_not_undertake(PEOPLE[who], ROUND) is None) is (who in HOUSE | OWNER)


@pytest.mark.parametrize("who", PEOPLE)
def test_what_its_owner_gives_as_confidential_the_team_of_the_round_alone_sees(who: str) -> None:
    assert (why_not_confide(PEOPLE[who], Action()) is None) is (who in TEAM | OWNER)
    assert (why_not_see_confidential(PEOPLE[who], Action()) is None) is (who in TEAM)


@pytest.mark.parametrize("who", PEOPLE)
def test_nobody_confides_anything_to_a_round_that_has_no_team(who: str) -> None:
    assert "nobody could open" in (why_not_confide(PEOPLE[who], Unteamed()) or "")
    assert why_not_see_confidential(PEOPLE[who], Unteamed()) is not None


@pytest.mark.parametrize(("state", "who"), list(itertools.product(ActionState, PEOPLE)))
def test_what_an_action_says_is_changed_by_its_owner_until_it_is_agreed(state: ActionState, who: str) -> None:
    may = (HOUSE | OWNER if state is ActionState.PROPOSED else HOUSE) if state.is_open else set()
    reason = why_not_change(PEOPLE[who], Action(state))
    assert (reason is None) is (who in may)
    if not state.is_open:
        assert reason == f"This action is {state.value}: nothing of it is owed any more."
