"""Corrective actions: their states, which step can follow which, and what is derived from dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum


class ActionState(StrEnum):
    """Where a corrective action stands. *Implemented* is the owner's report, *verified* the assessor's."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    UNDER_WAY = "under_way"
    IMPLEMENTED = "implemented"
    VERIFIED = "verified"
    INEFFECTIVE = "ineffective"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return "Under way" if self is ActionState.UNDER_WAY else self.value.capitalize()

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes something."""
        return self not in (ActionState.VERIFIED, ActionState.WITHDRAWN)

    @property
    def is_owed(self) -> bool:
        """Whether it is to be carried out: what is only proposed binds nobody, what is implemented was done."""
        return self.is_open and self not in (ActionState.PROPOSED, ActionState.IMPLEMENTED)

    @property
    def reached(self) -> int:
        """How many of the five steps from proposed to verified are behind it, for the pips."""
        return _REACHED[self]


_REACHED = {
    ActionState.PROPOSED: 1,
    ActionState.AGREED: 2,
    ActionState.UNDER_WAY: 3,
    ActionState.IMPLEMENTED: 4,
    ActionState.VERIFIED: 5,
    ActionState.INEFFECTIVE: 3,
    ActionState.WITHDRAWN: 0,
}

ALLOWED: dict[ActionState | None, frozenset[ActionState]] = {
    None: frozenset({ActionState.PROPOSED, ActionState.AGREED}),
    ActionState.PROPOSED: frozenset({ActionState.AGREED, ActionState.WITHDRAWN}),
    ActionState.AGREED: frozenset({ActionState.UNDER_WAY, ActionState.WITHDRAWN}),
    ActionState.UNDER_WAY: frozenset({ActionState.IMPLEMENTED, ActionState.WITHDRAWN}),
    ActionState.IMPLEMENTED: frozenset({ActionState.VERIFIED, ActionState.INEFFECTIVE}),
    ActionState.VERIFIED: frozenset({ActionState.INEFFECTIVE}),
    ActionState.INEFFECTIVE: frozenset({ActionState.UNDER_WAY, ActionState.WITHDRAWN}),
    ActionState.WITHDRAWN: frozenset(),
}


class Timing(StrEnum):
    """What dates say about an action that is still open (model, sections 3 and 5)."""

    NONE = "none"
    OVERDUE = "overdue"
    UNCONFIRMED = "unconfirmed"


def timing(*, state: ActionState, due: date | None, expected: date | None, as_at: date) -> Timing:
    """Overdue only where somebody set a due date; past an expectation with no evidence: unconfirmed.

    Nobody owes yet what is only proposed, and what is reported as implemented is no longer overdue: its verification
    is the assessor's to give.
    """
    if not state.is_owed:
        return Timing.NONE
    if due is not None:
        return Timing.OVERDUE if as_at > due else Timing.NONE
    if expected is not None and as_at > expected:
        return Timing.UNCONFIRMED
    return Timing.NONE


class Actions(StrEnum):
    """The actions of a programme taken together, as its status needs them."""

    NONE = "none"
    OPEN = "open"
    VERIFIED = "verified"


def together(states: Iterable[ActionState]) -> Actions:
    """None agreed, some open, or all verified. Proposed and withdrawn ones do not count as agreed."""
    counted = [state for state in states if state not in (ActionState.PROPOSED, ActionState.WITHDRAWN)]
    if not counted:
        return Actions.NONE
    return Actions.OPEN if any(state.is_open for state in counted) else Actions.VERIFIED
