"""One programme on one date: from the facts held about it to what its status depends on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from sys import intern

from alignment.domain.action import Actions, ActionState, Timing, timing, together
from alignment.domain.assessment import Progress, ResultKind, Route, Scope
from alignment.domain.catalogue import Part
from alignment.domain.decision import Decision, Standing, standing
from alignment.domain.rating import Level, worse
from alignment.domain.recognition import RecognitionAct
from alignment.domain.status import Facts, PartState, decision_due, sentence
from alignment.domain.when import Dated, NotKnown, When, holding


@dataclass(frozen=True, slots=True)
class ProgressFact:
    """How far a part had come from a date on, in one round."""

    part: Part
    progress: Progress
    effective: When
    order: int
    round: int


@dataclass(frozen=True, slots=True)
class ResultFact:
    """An outcome of a part or of the whole, in one round."""

    scope: Scope
    kind: ResultKind
    level: Level
    effective: When
    order: int
    round: int


@dataclass(frozen=True, slots=True)
class StepFact:
    """A state that an action reached."""

    state: ActionState
    effective: When
    order: int


@dataclass(frozen=True, slots=True)
class ActionFact:
    """A corrective action with the states it reached."""

    id: str
    steps: tuple[StepFact, ...]
    due: date | None
    expected: date | None

    def state(self, as_at: date) -> ActionState | None:
        """The state on a date; None where none is known yet."""
        step = holding(self.steps, as_at)
        return step.state if isinstance(step, StepFact) else None

    def timing(self, as_at: date) -> Timing:
        """Overdue, unconfirmed or neither, on a date."""
        state = self.state(as_at)
        if state is None:
            return Timing.NONE
        return timing(state=state, due=self.due, expected=self.expected, as_at=as_at)


@dataclass(frozen=True, slots=True)
class RecognitionFact:
    """An act of another authority."""

    act: RecognitionAct
    effective: When
    order: int


@dataclass(frozen=True, slots=True)
class Held:
    """All dated facts held about one programme, whatever their dates."""

    route: Route
    superseded: bool = False
    progress: tuple[ProgressFact, ...] = ()
    results: tuple[ResultFact, ...] = ()
    actions: tuple[ActionFact, ...] = ()
    recognitions: tuple[RecognitionFact, ...] = ()
    decisions: tuple[Decision, ...] = ()
    reported: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """What is true of a programme on a date, as the register derives it."""

    standing: Standing
    sentence: str
    parts: dict[Part, PartState]
    overall: Level | None
    actions: Actions
    unconfirmed: int
    overdue: int
    recognition: RecognitionAct | None
    recognised_on: When | None
    decision_due: bool
    last_report: date | None


def state(held: Held, as_at: date) -> State:
    """The state of a programme on a date (model, sections 3 and 5)."""
    parts = _by_part(*(part_state(held, part, as_at) for part in Part))
    stands = standing(held.decisions, as_at)
    recognition = holding(held.recognitions, as_at)
    given = recognition if isinstance(recognition, RecognitionFact) else None
    actions = together(found for action in held.actions if (found := action.state(as_at)) is not None)
    overall = overall_result(held, parts, as_at)
    facts = Facts(
        route=held.route,
        standards=parts[Part.STANDARDS],
        implementation=parts[Part.IMPLEMENTATION],
        overall=overall,
        actions=actions,
        recognition=given.act if given else None,
        recognised_on=given.effective if given else None,
        decided_since=given is not None and _decided_since(held.decisions, given.effective.on, as_at),
        approval=stands.approval,
        superseded=held.superseded,
    )
    timings = [action.timing(as_at) for action in held.actions]
    return State(
        standing=stands,
        sentence=intern(sentence(facts)),
        parts=parts,
        overall=overall,
        actions=actions,
        unconfirmed=timings.count(Timing.UNCONFIRMED),
        overdue=timings.count(Timing.OVERDUE),
        recognition=facts.recognition,
        recognised_on=facts.recognised_on,
        decision_due=decision_due(facts),
        last_report=max((day for day in held.reported if day <= as_at), default=None),
    )


def turning_days(held: Held) -> tuple[date, ...]:
    """The days on which the state of a programme may become another, in order: from one to the next it stays."""
    steps = (step for action in held.actions for step in action.steps)
    facts: tuple[Dated, ...] = (*held.progress, *held.results, *held.recognitions, *held.decisions, *steps)
    limits = (limit for action in held.actions for limit in (action.due, action.expected) if limit)
    # What is due on a day is late from the next one on.
    late = {limit + timedelta(days=1) for limit in limits if limit < date.max}
    return tuple(sorted({*(fact.effective.on for fact in facts), *held.reported, *late}))


@dataclass(frozen=True, slots=True)
class Course:
    """The state of one programme on any day, each derived once."""

    held: Held
    days: tuple[date, ...]
    states: dict[int, State] = field(default_factory=dict)

    def on(self, as_at: date) -> State:
        """What ``state`` says of this date."""
        place = bisect_right(self.days, as_at)
        if place not in self.states:
            self.states[place] = state(self.held, as_at)
        return self.states[place]


# Programmes share the few states that three parts can be in together, so each is made once. Nobody writes to it.
@lru_cache(maxsize=1024)
def _by_part(*states: PartState) -> dict[Part, PartState]:
    return dict(zip(Part, states, strict=True))


def part_state(held: Held, part: Part, as_at: date) -> PartState:
    """A part once complete stays complete: a follow-up round under way takes nothing back that was told."""
    told = [fact for fact in held.progress if fact.part is part]
    done = [fact for fact in told if fact.progress is Progress.COMPLETE and fact.effective.on <= as_at]
    if done:
        return PartState(Progress.COMPLETE, result_of(held.results, Scope(part.value), as_at))
    stands = holding(told, as_at)
    if isinstance(stands, NotKnown):
        return PartState(Progress.NOT_KNOWN)
    if stands is None:
        return PartState(Progress.NOT_STARTED if told else Progress.NOT_KNOWN)
    return PartState(stands.progress)


def result_of(results: Iterable[ResultFact], scope: Scope, as_at: date) -> Level | None:
    """The result that stands: of the newest round, the published before the computed one."""
    held = [fact for fact in results if fact.scope is scope and fact.effective.on <= as_at]
    if not held:
        return None
    return max(held, key=_authority).level


def overall_result(held: Held, parts: dict[Part, PartState], as_at: date) -> Level | None:
    """The published overall result, or else the worse of the two primary parts."""
    if not (parts[Part.STANDARDS].complete and parts[Part.IMPLEMENTATION].complete):
        return None
    published = result_of(held.results, Scope.OVERALL, as_at)
    return published or worse(parts[Part.STANDARDS].result, parts[Part.IMPLEMENTATION].result)


def _authority(fact: ResultFact) -> tuple[int, bool, date, int]:
    return (fact.round, fact.kind is ResultKind.PUBLISHED, fact.effective.on, fact.order)


def _decided_since(decisions: Sequence[Decision], day: date, as_at: date) -> bool:
    return any(day <= decision.effective.on <= as_at for decision in decisions)


@dataclass(frozen=True, slots=True)
class Difference:
    """What one programme's row says differently on two dates."""

    programme: str
    what: str
    before: str
    after: str


def differences(before: Sequence[tuple[str, State]], after: Sequence[tuple[str, State]]) -> tuple[Difference, ...]:
    """What changed between two tables, programme by programme, in the order of the later one."""
    earlier = dict(before)
    found: list[Difference] = []
    for programme, now in after:
        then = earlier.get(programme)
        for what, say in _COMPARED:
            was, is_now = say(then) if then else "", say(now)
            if was != is_now:
                found.append(Difference(programme, what, was, is_now))
    return tuple(found)


_COMPARED: tuple[tuple[str, Callable[[State], str]], ...] = (
    ("LME approval", lambda state: state.standing.approval.label),
    ("Alignment assessment", lambda state: state.sentence),
)
