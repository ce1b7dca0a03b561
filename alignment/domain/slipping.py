"""What becomes of a programme's status with one of its corrective actions, said before it happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from alignment.domain.action import ALLOWED, ActionState, Timing
from alignment.domain.frozen import dataclass
from alignment.domain.programme import ActionFact, Held, State, StepFact, state
from alignment.domain.when import When, say_day


@dataclass(frozen=True, slots=True)
class Case:
    """One way things may go: what happens, the day it is looked at, and what the table would say then."""

    what: str
    on: date
    state: State
    timing: Timing

    @property
    def says(self) -> str:
        """What the public pages add to the sentence of the status."""
        return {
            Timing.OVERDUE: "the action is shown as overdue",
            Timing.UNCONFIRMED: "the action is shown as unconfirmed: it is owed by no date, and no evidence was seen",
            Timing.NONE: "",
        }[self.timing]


def cases(held: Held, action: str, today: date) -> tuple[Case, ...]:
    """Today, then each way the action may go, all else as it is. Empty where the programme has no such action.

    No case moves the approval: that is decided by the LME and never follows from a date.
    """
    fact = next((each for each in held.actions if each.id == action), None)
    if fact is None:
        return ()
    found = [_case("As it stands today", held, fact, today)]
    now = fact.state(today)
    until = fact.due or fact.expected
    if now is not None and now.is_owed and until is not None:
        day = max(until, today) + timedelta(days=1)
        found.append(_case(f"Nothing is reported by {say_day(until)}", held, fact, day))
    for to, what in ((ActionState.VERIFIED, "It is verified"), (ActionState.INEFFECTIVE, "It is found ineffective")):
        if now is not None and (to in ALLOWED[now] or (to is ActionState.VERIFIED and now.is_open)):
            found.append(_case(what, held, _with(fact, to, today), today))
    return tuple(found)


def _with(fact: ActionFact, to: ActionState, today: date) -> ActionFact:
    """The action as if it had reached a state today."""
    order = max((step.order for step in fact.steps), default=0) + 1
    return replace(fact, steps=(*fact.steps, StepFact(to, When(today), order)))


def _case(what: str, held: Held, fact: ActionFact, on: date) -> Case:
    actions = tuple(fact if each.id == fact.id else each for each in held.actions)
    return Case(what, on, state(replace(held, actions=actions), on), fact.timing(on))
