"""One programme on one date: from the facts held about it to what its status depends on."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from alignment.domain.action import Actions, ActionState, Timing, timing, together
from alignment.domain.assessment import Progress, ResultKind, Route, Scope
from alignment.domain.catalogue import Part
from alignment.domain.decision import Approval, Decision, Standing, in_order, standing
from alignment.domain.rating import Level, worse
from alignment.domain.recognition import RecognitionAct
from alignment.domain.status import Facts, PartState, decision_due, sentence
from alignment.domain.when import Dated, NotKnown, Precision, When, holding


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


@dataclass(frozen=True, slots=True, eq=False)
class Assessed:
    """What is true of a programme on a date whatever the LME has decided and whenever somebody reported last.

    Programmes share the few of these that there are: each is made once and is equal to itself alone.
    """

    parts: dict[Part, PartState]
    overall: Level | None
    actions: Actions
    unconfirmed: int
    overdue: int
    recognition: RecognitionAct | None
    recognised_on: When | None


def state(held: Held, as_at: date) -> State:
    """The state of a programme on a date (model, sections 3 and 5)."""
    found = assessed(held, as_at)
    since = found.recognised_on
    return _stated(
        held.route,
        held.superseded,
        found,
        standing(held.decisions, as_at),
        since is not None and any(since.on <= decision.effective.on <= as_at for decision in held.decisions),
        max((day for day in held.reported if day <= as_at), default=None),
    )


def assessed(held: Held, as_at: date) -> Assessed:
    """How far a programme has come on a date, by the assessor, by its owner's actions and by other authorities."""
    parts = _by_part(*(part_state(held, part, as_at) for part in Part))
    recognition = holding(held.recognitions, as_at)
    given = recognition if isinstance(recognition, RecognitionFact) else None
    timings = [action.timing(as_at) for action in held.actions]
    return _shared(
        tuple(parts.values()),
        overall_result(held, parts, as_at),
        together(found for action in held.actions if (found := action.state(as_at)) is not None),
        timings.count(Timing.UNCONFIRMED),
        timings.count(Timing.OVERDUE),
        given.act if given else None,
        given.effective if given else None,
    )


@lru_cache(maxsize=1024)
def _shared(parts: tuple[PartState, ...], *others: Any) -> Assessed:
    return Assessed(_by_part(*parts), *others)


def _stated(
    route: Route, superseded: bool, found: Assessed, stands: Standing, decided_since: bool, last_report: date | None
) -> State:
    said, due = _said(route, superseded, found, stands.approval, decided_since)
    return State(
        standing=stands,
        sentence=said,
        parts=found.parts,
        overall=found.overall,
        actions=found.actions,
        unconfirmed=found.unconfirmed,
        overdue=found.overdue,
        recognition=found.recognition,
        recognised_on=found.recognised_on,
        decision_due=due,
        last_report=last_report,
    )


@lru_cache(maxsize=1024)
def _said(route: Route, superseded: bool, found: Assessed, approval: Approval, decided_since: bool) -> tuple[str, bool]:
    """The sentence, and whether a decision is due."""
    facts = Facts(
        route=route,
        standards=found.parts[Part.STANDARDS],
        implementation=found.parts[Part.IMPLEMENTATION],
        overall=found.overall,
        actions=found.actions,
        recognition=found.recognition,
        recognised_on=found.recognised_on,
        decided_since=decided_since,
        approval=approval,
        superseded=superseded,
    )
    return sentence(facts), decision_due(facts)


@dataclass(frozen=True, slots=True)
class Course:
    """The state of one programme on any day, packed: thousands of them fit, and a day is looked up, not derived.

    ``turns`` are the days (as ordinals) from which ``assessed`` is the next one; ``decided`` those of the decisions,
    whose ids stand in one text; ``begun`` are the dates of all other facts, in order.
    """

    route: Route
    superseded: bool
    turns: array[int]
    assessed: tuple[Assessed, ...]
    begun: tuple[When, ...]
    undecided: Standing
    decided: array[int]
    precisions: tuple[Precision, ...]
    approvals: tuple[Approval, ...]
    ids: str
    reported: array[int]

    def on(self, as_at: date) -> State:
        """What ``state`` says of this date."""
        day, place = as_at.toordinal(), self.place(as_at)
        found = self.assessed[bisect_right(self.turns, day)]
        given = found.recognised_on
        reports = bisect_right(self.reported, day)
        return _stated(
            self.route,
            self.superseded,
            found,
            self._standing(place),
            given is not None and bisect_left(self.decided, given.on.toordinal()) <= place,
            date.fromordinal(self.reported[reports - 1]) if reports else None,
        )

    @property
    def held(self) -> bool:
        """Whether any fact is held at all."""
        return bool(self.decided or self.begun)

    def approval(self, as_at: date) -> Approval:
        """The same, of the LME's approval alone."""
        place = self.place(as_at)
        return self.approvals[place] if place >= 0 else self.undecided.approval

    def place(self, as_at: date) -> int:
        """Which of the decisions, in the order in which they take effect, stands on a date; -1 where none does."""
        return bisect_right(self.decided, as_at.toordinal()) - 1

    def _standing(self, place: int) -> Standing:
        if place < 0:
            return self.undecided
        since = When(date.fromordinal(self.decided[place]), self.precisions[place])
        return Standing(self.approvals[place], since, self.ids.split("\n")[place])

    def turned(self, after: date, until: date) -> When | None:
        """When the newest fact other than a decision began to hold, of those after one date and until another."""
        newest = bisect_right(self.begun, until, key=_on) - 1
        found = self.begun[newest] if newest >= 0 else None
        return found if found and found.on > after else None


def course(held: Held) -> Course:
    """The facts of a programme as its course."""
    ordered = list(in_order(held.decisions))
    steps = (step for action in held.actions for step in action.steps)
    facts: tuple[Dated, ...] = (*held.progress, *held.results, *held.recognitions, *steps)
    begun = tuple(sorted(fact.effective for fact in facts))
    limits = (limit for action in held.actions for limit in (action.due, action.expected) if limit)
    # What is due on a day is late from the next one on.
    late = {limit + timedelta(days=1) for limit in limits if limit < date.max}
    turns = sorted({each.on for each in begun} | late)
    return Course(
        route=held.route,
        superseded=held.superseded,
        turns=_days(turns),
        assessed=tuple(assessed(held, day) for day in (date.min, *turns)),
        begun=begun,
        undecided=standing(held.decisions, date.min),
        decided=_days(decision.effective.on for decision, _ in ordered),
        precisions=tuple(decision.effective.precision for decision, _ in ordered),
        approvals=tuple(approval for _, approval in ordered),
        ids="\n".join(decision.id for decision, _ in ordered),
        reported=_days(sorted(set(held.reported))),
    )


def _days(days: Iterable[date]) -> array[int]:
    return array("i", (day.toordinal() for day in days))


def _on(when: When) -> date:
    return when.on


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
