"""What is held of programmes, now or as known at any moment: the facts from which their status is derived."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Protocol

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Row,
    bindparam,
    literal,
    select,
    union_all,
)  # fmt: skip
from sqlmodel import col

from alignment.domain.action import ActionState
from alignment.domain.assessment import Progress, ResultKind, Route, Scope
from alignment.domain.catalogue import Part
from alignment.domain.decision import Act, Decision, taken_ahead
from alignment.domain.frozen import dataclass
from alignment.domain.programme import ActionFact, Held, ProgressFact, RecognitionFact, ResultFact, StepFact
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import When
from alignment.queries.facts import Chosen, Rows, Span, Width, alone, asked_of, replaces, sure_when, width, within
from alignment.tables import (
    ActionStep,
    Assessment,
    CorrectiveAction,
    PartProgress,
    Recognition,
    Result,
    Source,
)
from alignment.tables import Decision as DecisionRow


class Derived(Protocol):
    """What has to be known of a programme itself for its status to be derived."""

    @property
    def id(self) -> str: ...
    @property
    def route(self) -> Route: ...
    @property
    def superseded_by(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Learned:
    """A fact with the field of ``Held`` in which it stands, when it was learned, and when something corrected it.

    ``reported`` are the days on which it was seen to hold.
    """

    field: str
    fact: Any
    since: datetime
    until: datetime
    reported: tuple[date, ...] = ()


def held(
    connection: Connection, rows: Iterable[Derived], known_at: datetime | None, span: Span | Chosen | None = None
) -> dict[str, Held]:
    """The dated facts of the given programmes as known at a moment: three queries for any number of them.

    ``span`` is the one that the programmes were read by, where there was one, or they themselves where they are few.
    """
    rows = list(rows)
    learned = _learned_of(connection, rows, known_at, span)
    stands = {row.id: [each for each in learned[row.id] if each.until is _NEVER] for row in rows}
    return {row.id: _holding(_nothing(row), stands[row.id], _FIELDS) for row in rows}


def histories(
    connection: Connection, rows: Iterable[Derived], span: Span | Chosen | None = None
) -> dict[str, tuple[Sequence[datetime], Sequence[Held]]]:
    """The same as known at every moment: those at which something was learned of a programme, in order, and what was
    held before the first of them and from each on. Three queries.
    """
    rows = list(rows)
    learned = _learned_of(connection, rows, None, span)
    return {row.id: _history(_nothing(row), learned[row.id]) for row in rows}


def _history(nothing: Held, learned: Sequence[Learned]) -> tuple[Sequence[datetime], Sequence[Held]]:
    moments, known = sorted({each.since for each in learned}), [nothing]
    for moment in moments:
        stands = [each for each in learned if each.since <= moment < each.until]
        touched = {each.field for each in learned if moment in (each.since, each.until)}
        known.append(_holding(known[-1], stands, touched))
    return moments, known


def _nothing(row: Derived) -> Held:
    return Held(route=row.route, superseded=bool(row.superseded_by))


def _holding(before: Held, stands: Sequence[Learned], touched: Collection[str]) -> Held:
    """What is held when these facts stand, of which the touched fields may say something else than before."""
    fields: dict[str, Any] = {
        field: tuple(each.fact for each in stands if each.field == field) for field in touched if field != "actions"
    }
    if "actions" in touched:
        fields["actions"] = _actions(each.fact for each in stands if each.field == "actions")
    return replace(before, reported=tuple(day for each in stands for day in each.reported), **fields)


_FIELDS = ("progress", "results", "actions", "recognitions", "decisions")
_NEVER = datetime.max.replace(tzinfo=UTC)


def _learned_of(
    connection: Connection, rows: Sequence[Derived], known_at: datetime | None, span: Span | Chosen | None
) -> Mapping[str, list[Learned]]:
    """All that was learned of the given programmes until a moment, by programme, what was corrected included."""
    span = alone(rows[0].id) if len(rows) == 1 else span
    asked = {"known_at": known_at, **asked_of(span)}
    way = (width(span), known_at is not None)
    found: dict[str, list[Learned]] = defaultdict(list)
    for statement in (_states, _steps, _acts):
        told = connection.execute(statement(*way), asked).all()
        corrected = _corrected(told)
        for row in told:
            field, fact, reported = _fact(row)
            until = corrected.get(row.id, _NEVER)
            found[row.programme].append(Learned(field, fact, row.recorded_at, until, reported))
    return found


def _corrected(rows: Sequence[Row[Any]]) -> dict[str, datetime]:
    """When the first row was learned that corrects another, by the id of that one."""
    found: dict[str, datetime] = {}
    for row in rows:
        if row.corrects:
            found[row.corrects] = min(row.recorded_at, found.get(row.corrects, _NEVER))
    return found


def _fact(row: Row[Any]) -> tuple[str, Any, tuple[date, ...]]:
    """Where a row stands in ``Held``, as what, and on which days it was seen to hold."""
    match row.kind:
        case "progress":
            fact: Any = ProgressFact(Part(row.what), Progress(row.word), _effective(row), row.position, row.round)
            return "progress", fact, _reported(row)
        case "decision":
            effective = _effective(row)
            taken = taken_ahead(effective, row.recorded_at.date(), row.announced_on)
            decision = Decision(row.id, Act(row.word), effective, row.position, taken, bool(row.replaces))
            return "decisions", decision, () if decision.act is Act.VOID else _reported(row)
        case "recognition":
            fact = RecognitionFact(RecognitionAct(row.word), _effective(row), row.position)
            return "recognitions", fact, _reported(row)
        case "step":
            key = (row.action, row.due_on, row.expected_on, row.round)
            return "actions", (key, StepFact(ActionState(row.word), _effective(row), row.position)), ()
    kind, scope, level = ResultKind(row.kind), Scope(row.what), Level(row.word)
    return "results", ResultFact(scope, kind, level, _effective(row), row.position, row.round), _reported(row)


def _effective(row: Row[Any]) -> When:
    return sure_when(row.effective_on, row.effective_precision)


def _reported(row: Row[Any]) -> tuple[date, ...]:
    """The days on which a fact was seen to hold: its own, and that of its source where it is later."""
    effective: date = row.effective_on
    return (effective, row.issued_on) if row.issued_on and row.issued_on > effective else (effective,)


def _learned(statement: Rows, table: Any, known: bool) -> Rows:
    return statement.where(table.recorded_at <= bindparam("known_at")) if known else statement


@cache
def _states(width: Width, known: bool) -> CompoundSelect[*tuple[Any, ...]]:
    progress: Rows = (
        select(
            col(PartProgress.id).label("id"), col(PartProgress.corrects).label("corrects"),
            col(Assessment.programme_id).label("programme"),
            col(Assessment.round).label("round"), literal("progress").label("kind"),
            col(PartProgress.part).label("what"), col(PartProgress.progress).label("word"),
            col(PartProgress.effective_on).label("effective_on"),
            col(PartProgress.effective_precision).label("effective_precision"),
            col(PartProgress.position).label("position"), col(Source.issued_on).label("issued_on"),
            col(PartProgress.recorded_at).label("recorded_at"),
        )
        .join(Assessment, col(Assessment.id) == PartProgress.assessment_id)
        .outerjoin(Source, col(Source.id) == PartProgress.source_id)
    )  # fmt: skip
    results: Rows = (
        select(
            col(Result.id), col(Result.corrects), col(Assessment.programme_id),
            col(Assessment.round), col(Result.kind), col(Result.scope), col(Result.level),
            col(Result.effective_on), col(Result.effective_precision), col(Result.position), col(Source.issued_on),
            col(Result.recorded_at),
        )
        .join(Assessment, col(Assessment.id) == Result.assessment_id)
        .outerjoin(Source, col(Source.id) == Result.source_id)
        .where(col(Assessment.published).is_(True))  # a result is told with its round, not before
    )  # fmt: skip
    progress = within(progress, col(Assessment.programme_id), width)
    results = within(results, col(Assessment.programme_id), width)
    return union_all(_learned(progress, PartProgress, known), _learned(results, Result, known))


@cache
def _acts(width: Width, known: bool) -> CompoundSelect[*tuple[Any, ...]]:
    decisions: Rows = select(
        col(DecisionRow.id).label("id"), col(DecisionRow.corrects).label("corrects"),
        col(DecisionRow.programme_id).label("programme"),
        literal("decision").label("kind"), col(DecisionRow.act).label("word"),
        col(DecisionRow.effective_on).label("effective_on"),
        col(DecisionRow.effective_precision).label("effective_precision"),
        col(DecisionRow.position).label("position"), col(Source.issued_on).label("issued_on"),
        col(DecisionRow.recorded_at).label("recorded_at"), col(DecisionRow.announced_on).label("announced_on"),
        replaces().label("replaces"),
    ).outerjoin(Source, col(Source.id) == DecisionRow.source_id)  # fmt: skip
    recognitions: Rows = select(
        col(Recognition.id), col(Recognition.corrects),
        col(Recognition.programme_id), literal("recognition"), col(Recognition.act),
        col(Recognition.effective_on), col(Recognition.effective_precision), col(Recognition.position),
        col(Source.issued_on), col(Recognition.recorded_at), col(Recognition.announced_on),
        literal(False),
    ).outerjoin(Source, col(Source.id) == Recognition.source_id)  # fmt: skip
    decisions = within(decisions, col(DecisionRow.programme_id), width)
    recognitions = within(recognitions, col(Recognition.programme_id), width)
    return union_all(_learned(decisions, DecisionRow, known), _learned(recognitions, Recognition, known))


@cache
def _steps(width: Width, known: bool) -> Rows:
    statement: Rows = (
        select(
            col(ActionStep.id), col(ActionStep.corrects), literal("step").label("kind"),
            col(ActionStep.state).label("word"), col(ActionStep.effective_on), col(ActionStep.effective_precision),
            col(ActionStep.position), col(ActionStep.recorded_at),
            col(CorrectiveAction.id).label("action"), col(CorrectiveAction.due_on),
            col(CorrectiveAction.expected_on), col(Assessment.programme_id).label("programme"), col(Assessment.round),
        )
        .join(CorrectiveAction, col(CorrectiveAction.id) == ActionStep.action_id)
        .join(Assessment, col(Assessment.id) == CorrectiveAction.assessment_id)
        .order_by(col(CorrectiveAction.position), col(ActionStep.position))
    )  # fmt: skip
    return _learned(within(statement, col(Assessment.programme_id), width), ActionStep, known)


def _actions(steps: Iterable[tuple[tuple[str, date | None, date | None, int], StepFact]]) -> tuple[ActionFact, ...]:
    """The actions with the states that they reached."""
    reached: dict[tuple[str, date | None, date | None, int], list[StepFact]] = defaultdict(list)
    for key, step in steps:
        reached[key].append(step)
    return tuple(
        ActionFact(action, tuple(found), due, expected, round)
        for (action, due, expected, round), found in reached.items()
    )
