"""One programme on one date: from the facts held about it to what its status depends on."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol, TypeAlias, TypeVar

from alignment.domain.action import Actions, ActionState, Timing, timing, together
from alignment.domain.assessment import Progress, ResultKind, Route, Scope
from alignment.domain.catalogue import PRIMARY, Part
from alignment.domain.decision import Ahead, Approval, Decision, Standing, ahead, in_order, standing
from alignment.domain.frozen import dataclass
from alignment.domain.learned import NOW, Layer, layered, seen, ticks
from alignment.domain.rating import Level, worse
from alignment.domain.recognition import RecognitionAct
from alignment.domain.status import Facts, PartState, due_said, sentence
from alignment.domain.when import Dated, Precision, When, holding


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
    """A corrective action of a round with the states it reached."""

    id: str
    steps: tuple[StepFact, ...]
    due: date | None
    expected: date | None
    round: int

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
    recognition_known: bool
    due_said: str
    last_report: date | None
    ahead: tuple[Ahead, ...] = ()

    @property
    def decision_due(self) -> bool:
        """Whether the LME has to decide; ``due_said`` is the sentence that says so."""
        return bool(self.due_said)

    @property
    def recognition_said(self) -> str:
        """Where another authority's recognition stands, in words: none is not the same as not known."""
        if self.recognition:
            return self.recognition.label
        return "None held" if self.recognition_known else "Not known"


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
    recognition_known: bool
    awaited: bool


def state(held: Held, as_at: date) -> State:
    """The state of a programme on a date (model, sections 3 and 5)."""
    found = assessed(held, as_at)
    stands, given = standing(held.decisions, as_at), found.recognised_on
    decided = next((each.effective for each in held.decisions if each.id == stands.decision_id), None)
    return _stated(
        held.route,
        held.superseded,
        found,
        stands,
        given is not None and decided is not None and given.on <= decided.on,
        max((day for day in held.reported if day <= as_at), default=None),
        ahead(held.decisions, as_at),
    )


def assessed(held: Held, as_at: date) -> Assessed:
    """How far a programme has come on a date, by the assessor, by its owner's actions and by other authorities."""
    parts = _by_part(*(part_state(held, part, as_at) for part in Part))
    recognition = holding(held.recognitions, as_at)
    given = recognition if isinstance(recognition, RecognitionFact) else None
    timings = [action.timing(as_at) for action in held.actions]
    overall = overall_result(held, parts, as_at)
    return _shared(
        tuple(parts.values()),
        overall,
        _actions(held, overall, as_at),
        timings.count(Timing.UNCONFIRMED),
        timings.count(Timing.OVERDUE),
        given.act if given else None,
        given.effective if given else None,
        given is not None or _none_asked_for(held),
        given is not None and any(_awaited_before(given, fact) for fact in held.recognitions),
    )


def _none_asked_for(held: Held) -> bool:
    """Whether it is known, before the first act held of another authority, that none had been asked for one.

    On the equivalence route one was asked at some time; on the other no fact says that anybody was.
    """
    first = min(held.recognitions, key=lambda fact: (fact.effective.on, fact.order), default=None)
    if first is None:
        return held.route is Route.OECD
    return first.act is RecognitionAct.AWAITED and not first.effective.is_by


def _actions(held: Held, overall: Level | None, as_at: date) -> Actions:
    """The actions together. What was verified for an earlier round was re-rated in the newest: where that one found
    something below fully aligned again, it is no longer what awaits a re-rating.
    """
    newest = [standing_result(held.results, Scope(part.value), as_at) for part in PRIMARY]
    rated = max((part.round for part in newest if part), default=0)
    found = [(action.state(as_at), action.round) for action in held.actions]
    return together(
        state
        for state, round in found
        if state and not (state is ActionState.VERIFIED and round < rated and overall is not Level.FULLY)
    )


def _awaited_before(given: RecognitionFact, fact: RecognitionFact) -> bool:
    earlier = (fact.effective.on, fact.order) < (given.effective.on, given.order)
    return fact.act is RecognitionAct.AWAITED and earlier


@lru_cache(maxsize=1024)
def _shared(parts: tuple[PartState, ...], *others: Any) -> Assessed:
    return Assessed(_by_part(*parts), *others)


def _stated(
    route: Route, superseded: bool, found: Assessed, stands: Standing, decided_since: bool, last_report: date | None,
    later: tuple[Ahead, ...],
) -> State:  # fmt: skip
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
        recognition_known=found.recognition_known,
        due_said=due,
        last_report=last_report,
        ahead=later,
    )


@lru_cache(maxsize=1024)
def _said(route: Route, superseded: bool, found: Assessed, approval: Approval, decided_since: bool) -> tuple[str, str]:
    """The sentence, and the one by which a decision is due, if it is."""
    facts = Facts(
        route=route,
        standards=found.parts[Part.STANDARDS],
        implementation=found.parts[Part.IMPLEMENTATION],
        overall=found.overall,
        actions=found.actions,
        recognition=found.recognition,
        recognised_on=found.recognised_on,
        recognition_known=found.recognition_known,
        decided_since=decided_since,
        approval=approval,
        superseded=superseded,
        awaited=found.awaited,
    )
    return sentence(facts), due_said(facts)


@dataclass(frozen=True, slots=True)
class Course:
    """The state of one programme on any day as known at any moment, packed: thousands of them fit, and a day is looked
    up, not derived.

    ``moments`` are those at which something was learned of it. Then come, each with its layer, what ``assessed`` says
    from a day on, the LME's decisions with the approvals that they leave (their ids stand in one text), the dates of
    all other facts, and the days on which somebody reported. ``taken`` are the places of the few decisions that were
    taken ahead of their day, each with the day on which they were.
    """

    route: Route
    superseded: bool
    moments: array[int]
    turns: Layer
    assessed: tuple[Assessed, ...]
    decided: Layer
    precisions: tuple[Precision, ...]
    approvals: tuple[Approval, ...]
    ids: str
    taken: tuple[tuple[int, int], ...]
    begun: Layer
    begins: tuple[When, ...]
    reported: Layer

    def seen(self, known_at: int | None) -> int:
        """The state of knowledge at a moment (a ``tick``), for all that follows; None is all that is known."""
        return seen(self.moments, known_at)

    def on(self, as_at: date, seen: int = NOW) -> State:
        """What ``state`` says of this date."""
        return self.placed(as_at, seen)[0]

    def placed(self, as_at: date, seen: int = NOW) -> tuple[State, int]:
        """The same with the ``place`` of the decision that stands."""
        day = as_at.toordinal()
        place = self.decided.place(day, seen)
        found = self.assessed[self.turns.place(day, seen)]
        given = found.recognised_on
        said = _stated(
            self.route,
            self.superseded,
            found,
            self._standing(place, seen),
            given is not None and place >= 0 and given.on.toordinal() <= self.decided.days[place],
            self.last_report(as_at, seen),
            self.ahead(as_at, seen) if self.taken else (),
        )
        return said, place

    def ahead(self, as_at: date, seen: int = NOW) -> tuple[Ahead, ...]:
        """What was decided by this date and takes effect after it."""
        day, ids = as_at.toordinal(), self.decisions
        return tuple(
            Ahead(self.approvals[place], self._decided_on(place), ids[place])
            for place, taken in self.taken
            if taken <= day < self.decided.days[place] and self.decided.known(place, seen)
        )

    def last_report(self, as_at: date, seen: int = NOW) -> date | None:
        """On which day somebody reported last by a date; None where nobody did."""
        place = self.reported.place(as_at.toordinal(), seen)
        return date.fromordinal(self.reported.days[place]) if place >= 0 else None

    def differs(self, before: date, after: date, seen: int = NOW) -> bool:
        """Whether ``on`` may say anything else of a later date, but for the last report and what lies ahead."""
        days = before.toordinal(), after.toordinal()
        return self.decided.turned(*days, seen) or self.turns.turned(*days, seen)

    def held(self, seen: int = NOW) -> bool:
        """Whether any fact is held at all."""
        return self.decided.first(seen) >= 0 or self.begun.first(seen) >= 0

    def approval(self, as_at: date, seen: int = NOW) -> Approval:
        """The same, of the LME's approval alone."""
        place = self.place(as_at, seen)
        return self.approvals[place] if place >= 0 else self._standing(place, seen).approval

    def place(self, as_at: date, seen: int = NOW) -> int:
        """Which of the decisions stands on a date, in the order of ``decisions``; -1 where none does."""
        return self.decided.place(as_at.toordinal(), seen)

    @property
    def decisions(self) -> tuple[str, ...]:
        """The ids of the decisions, one as often as it leaves another approval in another state of knowledge."""
        return tuple(self.ids.split("\n")) if self.ids else ()

    def _standing(self, place: int, seen: int) -> Standing:
        if place >= 0:
            first = self._first_of(place, seen)
            return Standing(self.approvals[place], self._decided_on(first), self.ids.split("\n")[place])
        first = self.decided.first(seen)
        if first >= 0 and self.precisions[first] is Precision.BY:
            return Standing(Approval.NOT_KNOWN, self._decided_on(first))
        return Standing(Approval.NONE)

    def _first_of(self, place: int, seen: int) -> int:
        """The decision from which the approval stands that a later one may have renewed."""
        for earlier in range(place - 1, -1, -1):
            if self.decided.known(earlier, seen):
                if self.approvals[earlier] is not self.approvals[place]:
                    break
                place = earlier
        return place

    def _decided_on(self, place: int) -> When:
        return When(date.fromordinal(self.decided.days[place]), self.precisions[place])

    def turned(self, after: date, until: date, seen: int = NOW) -> When | None:
        """When the newest fact other than a decision began to hold, of those after one date and until another."""
        newest = self.begun.place(until.toordinal(), seen)
        found = self.begins[newest] if newest >= 0 else None
        return found if found and found.on > after else None


def course(*known: Held, moments: Iterable[datetime] = ()) -> Course:
    """The facts of a programme as its course: what was held before the first of the moments, and from each of them on.

    Without moments there is one state of knowledge, whatever the moment.
    """
    turns, found = layered(_unlike(known, _decisive, _turns))
    decided, approvals = layered(_unlike(known, lambda held: (held.decisions,), _approvals))
    begun, begins = layered(_unlike(known, _decisive, _begins))
    reported, _ = layered(_unlike(known, lambda held: (held.reported,), _reports))
    return Course(
        route=known[-1].route,
        superseded=known[-1].superseded,
        moments=ticks(moments),
        turns=turns,
        assessed=found,
        decided=decided,
        precisions=tuple(precision for _, precision, _, _ in approvals),
        approvals=tuple(approval for approval, _, _, _ in approvals),
        ids="\n".join(id for _, _, id, _ in approvals),
        taken=tuple((place, day.toordinal()) for place, (_, _, _, day) in enumerate(approvals) if day),
        begun=begun,
        begins=begins,
        reported=reported,
    )


V = TypeVar("V", bound=Hashable)
Things: TypeAlias = Sequence[tuple[Any, V]]


def _unlike(
    known: Iterable[Held], of: Callable[[Held], tuple[object, ...]], derive: Callable[[Held], Things[V]]
) -> Iterator[Things[V]]:
    """What is derived from each, derived anew only where the facts that it depends on are others."""
    before: tuple[object, ...] | None = None
    found: Things[V] = ()
    for held in known:
        if (facts := of(held)) != before:
            before, found = facts, derive(held)
        yield found


def _decisive(held: Held) -> tuple[object, ...]:
    """What ``assessed`` depends on."""
    return held.progress, held.results, held.actions, held.recognitions


def _begins(held: Held) -> Things[When]:
    steps = (step for action in held.actions for step in action.steps)
    facts: tuple[Dated, ...] = (*held.progress, *held.results, *held.recognitions, *steps)
    return [((fact.effective.on, fact.effective.precision), fact.effective) for fact in facts]


def _turns(held: Held) -> Things[Assessed]:
    limits = (limit for action in held.actions for limit in (action.due, action.expected) if limit)
    # What is due on a day is late from the next one on.
    late = {limit + timedelta(days=1) for limit in limits if limit < date.max}
    days = sorted({date.min, *late, *(when.on for _, when in _begins(held))})
    found = [((day,), assessed(held, day)) for day in days]
    return [each for before, each in zip([None, *found], found, strict=False) if not before or before[1] is not each[1]]


def _approvals(held: Held) -> Things[tuple[Approval, Precision, str, date | None]]:
    return [
        ((each.effective.on, each.order, each.id), (approval, each.effective.precision, each.id, each.taken_on))
        for each, approval in in_order(held.decisions)
    ]


def _reports(held: Held) -> Things[None]:
    return [((day,), None) for day in held.reported]


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
    return PartState(stands.progress if isinstance(stands, ProgressFact) else _progress_before(told))


def _progress_before(told: Sequence[ProgressFact]) -> Progress:
    """How far a part had come before the first fact about it.

    That is known only where this fact is a beginning: the first round, in progress from a day on, or seen not to have
    started. What came out on a day was begun at an unknown earlier one.
    """
    first = min(told, key=lambda fact: (fact.effective.on, fact.order), default=None)
    if first is None or first.round > 1:
        return Progress.NOT_KNOWN
    began = first.progress is Progress.IN_PROGRESS and not first.effective.is_by
    return Progress.NOT_STARTED if began or first.progress is Progress.NOT_STARTED else Progress.NOT_KNOWN


class Outcome(Dated, Protocol):
    """A result as far as it is weighed against others."""

    @property
    def round(self) -> int: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def kind(self) -> ResultKind: ...
    @property
    def level(self) -> Level: ...


R = TypeVar("R", bound=Outcome)


def standing_result(results: Iterable[R], scope: Scope, as_at: date) -> R | None:
    """The result that stands: of the newest round, the published before the computed one."""
    held = [each for each in results if each.scope is scope and each.effective.on <= as_at]
    return max(held, key=_authority, default=None)


def result_of(results: Iterable[ResultFact], scope: Scope, as_at: date) -> Level | None:
    """The level of the result that stands."""
    stands = standing_result(results, scope, as_at)
    return stands.level if stands else None


def reigning_overall(results: Sequence[R], as_at: date) -> R | None:
    """The published overall result that stands: of the round of both primary parts, or of a later one.

    It was given on its own round and those before, and while a newer round is in progress it still stands. Once a
    part of that one is closed it would contradict the parts beside it: they say from then on what the whole is.
    """
    given = standing_result(results, Scope.OVERALL, as_at)
    parts = [standing_result(results, Scope(part.value), as_at) for part in PRIMARY]
    closed_since = any(part and given and part.round > given.round for part in parts)
    return None if closed_since and all(parts) else given


def overall_result(held: Held, parts: dict[Part, PartState], as_at: date) -> Level | None:
    """The published overall result that stands, or else the worse of the two primary parts."""
    if not all(parts[part].complete for part in PRIMARY):
        return None
    reigns = reigning_overall(held.results, as_at)
    return reigns.level if reigns else worse(*(parts[part].result for part in PRIMARY))


def _authority(fact: Outcome) -> tuple[int, bool, date, int]:
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
