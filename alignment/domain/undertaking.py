"""Who may do what with a corrective action: the same answer refuses an act and explains a control that is off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from alignment.domain.action import ALLOWED, ActionState
from alignment.domain.people import Do, Matter, Someone, why_none, why_not


class Stands(Protocol):
    """An action as far as the rules ask about it."""

    @property
    def state(self) -> ActionState: ...

    @property
    def carried_out_by(self) -> tuple[str, ...]:
        """Who reported what was done, as the event log names them."""
        ...

    def matter(self, done_by: str = "") -> Matter: ...


# Which act each state needs.
NEEDS: Mapping[ActionState, Do] = {
    ActionState.PROPOSED: Do.PROPOSE_ACTION,
    ActionState.AGREED: Do.AGREE_ACTION,
    ActionState.UNDER_WAY: Do.CARRY_OUT_ACTION,
    ActionState.IMPLEMENTED: Do.CARRY_OUT_ACTION,
    ActionState.VERIFIED: Do.VERIFY_ACTION,
    ActionState.INEFFECTIVE: Do.VERIFY_ACTION,
    ActionState.WITHDRAWN: Do.AGREE_ACTION,
}

# The control of each step, as its button says it, and what is asked for with it; empty where words are optional.
SAYS: Mapping[ActionState, tuple[str, str]] = {
    ActionState.PROPOSED: ("Propose it", ""),
    ActionState.AGREED: ("Agree it", ""),
    ActionState.UNDER_WAY: ("Report it under way", ""),
    ActionState.IMPLEMENTED: ("Report it implemented", "Say what was done, and what shows it."),
    ActionState.VERIFIED: ("Verify it", "Say what you saw that shows it was done."),
    ActionState.INEFFECTIVE: ("Find it ineffective", "Say what shows that it does not work."),
    ActionState.WITHDRAWN: ("Withdraw it", "Say why it is withdrawn."),
}


def next_steps(state: ActionState) -> tuple[ActionState, ...]:
    """What can follow a state, in the order of the states. A verified action is reopened by a check of its effect."""
    if state is ActionState.VERIFIED:
        return ()
    return tuple(each for each in ActionState if each in ALLOWED[state])


def _waiting_for(*acts: Do) -> frozenset[ActionState]:
    """The states from which one of these acts leads on; to withdraw an action is to leave it."""
    return frozenset(
        state
        for state in ActionState
        if any(NEEDS[to] in acts for to in next_steps(state) if to is not ActionState.WITHDRAWN)
    )


TO_JUDGE = _waiting_for(Do.AGREE_ACTION, Do.VERIFY_ACTION)
"""Where an action waits for the assessor."""
TO_CARRY_OUT = _waiting_for(Do.CARRY_OUT_ACTION)
"""Where an action waits for its owner."""


def why_not_take(who: Someone | None, found: Stands, to: ActionState) -> str | None:
    """Why somebody may not take an action to a state. What is only proposed, its owner may take back."""
    if NEEDS[to] is Do.VERIFY_ACTION:
        return why_not_judge(who, found, Do.VERIFY_ACTION)
    if to is ActionState.WITHDRAWN:
        acts = (Do.AGREE_ACTION, *((Do.PROPOSE_ACTION,) if found.state is ActionState.PROPOSED else ()))
        return why_none(who, acts, found.matter(), "withdraw a corrective action")
    return why_not(who, NEEDS[to], found.matter())


def why_not_judge(who: Someone | None, found: Stands, act: Do, *, said: str = "") -> str | None:
    """Why somebody may not verify, check or extend an action: nobody who carried it out does."""
    doers = found.carried_out_by or ("",)
    return next((reason for each in doers if (reason := why_not(who, act, found.matter(each), said=said))), None)


def why_not_extend(who: Someone | None, found: Stands) -> str | None:
    """Why somebody may not grant a later due date: there is none to extend before its agreement sets one, or after."""
    if found.state is ActionState.PROPOSED:
        return "This action is proposed: its agreement sets the due date, and that can be extended later."
    if not found.state.is_open:
        return f"This action is {found.state.label.lower()}: nothing of it is owed any more."
    return why_not_judge(who, found, Do.EXTEND_ACTION)


def why_not_check(who: Someone | None, found: Stands) -> str | None:
    """Why somebody may not check whether a verified action still works."""
    return why_not_judge(who, found, Do.VERIFY_ACTION, said="check whether a corrective action works")


def why_not_work(who: Someone | None, found: Stands) -> str | None:
    """Why somebody may not add milestones and evidence: its owner may, and the assessors."""
    return why_none(who, (Do.CARRY_OUT_ACTION, Do.AGREE_ACTION), found.matter(), "add to a corrective action")


def why_not_see_confidential(who: Someone | None, found: Stands) -> str | None:
    """Why somebody may not see confidential evidence of what was done: the team of the round alone may."""
    return why_not(who, Do.SEE_CONFIDENTIAL, found.matter())


def why_not_confide(who: Someone | None, found: Stands) -> str | None:
    """Why somebody may not give evidence as confidential: its owner may, who is then not shown it, and the team."""
    if not found.matter().team:
        return "This round has no team of assessors here: nobody could open what is confidential."
    return why_none(who, (Do.SEE_CONFIDENTIAL, Do.CARRY_OUT_ACTION), found.matter(), "give confidential evidence")


def why_not_change(who: Someone | None, found: Stands) -> str | None:
    """Why somebody may not change what the action says: its owner until it is agreed, assessors while it is open."""
    if not found.state.is_open:
        return f"This action is {found.state.label.lower()}: nothing of it is owed any more."
    acts = (*((Do.PROPOSE_ACTION,) if found.state is ActionState.PROPOSED else ()), Do.AGREE_ACTION)
    return why_none(who, acts, found.matter(), "change what a corrective action says")


def why_not_undertake(who: Someone | None, matter: Matter) -> str | None:
    """Why somebody may not enter an action: its owner proposes one, an assessor of the round enters what is agreed."""
    return why_none(who, (Do.PROPOSE_ACTION, Do.AGREE_ACTION), matter, "enter a corrective action")
