"""The dated facts of programmes, read with few wide queries and handed to the domain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache, lru_cache
from operator import attrgetter
from sys import intern
from typing import Any, NamedTuple, Protocol, TypeAlias

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)  # fmt: skip
from sqlmodel import col

from alignment.domain.action import ActionState
from alignment.domain.assessment import PartStage, Progress, ResultKind, Route, Scope
from alignment.domain.catalogue import Part, Stage
from alignment.domain.decision import Act, Decision
from alignment.domain.programme import ActionFact, Held, ProgressFact, RecognitionFact, ResultFact, StepFact
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import Precision, When
from alignment.tables import (
    ActionStep,
    Assessment,
    AssuranceProcess,
    CorrectiveAction,
    Event,
    Metal,
    Organisation,
    PartProgress,
    PartStageStep,
    Programme,
    ProgrammeMetal,
    ProgrammeName,
    ProgrammeStage,
    Rating,
    RatingEvidence,
    RatingVersion,
    Recognition,
    Result,
    RoundTeam,
    Source,
    Standard,
)
from alignment.tables import Decision as DecisionRow

Rows: TypeAlias = "Select[*tuple[Any, ...]]"


def made_public(table: type[RatingVersion] | type[RatingEvidence]) -> ColumnElement[bool]:
    """Whether rows about ratings are public: of a published round and, where people work on it, of a closed part.

    Of such a part only the versions that stood when it closed are told, never the drafts before them.
    """
    of_round = col(table.assessment_id)
    worked = exists().where(col(RoundTeam.assessment_id) == of_round)
    closed = exists().where(
        col(PartStageStep.assessment_id) == of_round,
        col(PartStageStep.part) == col(table.part),
        col(PartStageStep.stage) == PartStage.CLOSED.value,
    )
    final: ColumnElement[bool] = true()
    if table is RatingVersion:
        final = exists().where(
            col(Rating.assessment_id) == of_round,
            col(Rating.part) == col(table.part),
            col(Rating.criterion) == col(table.criterion),
            col(Rating.version) == col(RatingVersion.version),
        )
    return and_(col(Assessment.published).is_(True), or_(~worked, and_(closed, final)))


def public_on() -> ColumnElement[date]:
    """From which day a rating is public: its own or, where people work on the round, that of the part's closing."""
    closed = _closing(col(PartProgress.effective_on))
    return case((_worked(), closed), else_=col(RatingVersion.effective_on))


def public_at() -> ColumnElement[datetime]:
    """From which moment the public could know a rating: when it was recorded, or when its part was closed."""
    closed = _closing(col(PartProgress.recorded_at))
    return case((_worked(), closed), else_=col(RatingVersion.rated_at))


def _worked() -> ColumnElement[bool]:
    return exists().where(col(RoundTeam.assessment_id) == RatingVersion.assessment_id)


def _closing(told: Any) -> Any:
    """What the record that a rating's part is complete tells; a part that people worked on is closed once."""
    return (
        select(func.max(told, type_=told.type))
        .where(
            col(PartProgress.assessment_id) == RatingVersion.assessment_id,
            col(PartProgress.part) == RatingVersion.part,
            col(PartProgress.progress) == Progress.COMPLETE.value,
        )
        .scalar_subquery()
    )


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A document a fact rests on, with the place in it."""

    id: str
    title: str
    issuer: str
    issued: When | None
    place: str = ""


@dataclass(frozen=True, slots=True)
class MetalScope:
    """A metal that a programme covers, leaves out, or serves under a condition."""

    id: str
    name: str
    excluded: bool
    condition: str


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """What the register says of a programme whatever the date."""

    id: str
    number: int
    name: str
    short_name: str
    standard: str
    standard_id: str
    standard_edition: str
    process: str
    process_id: str
    owner: str
    route: Route
    metals_said: str
    stages_said: str
    all_minerals: bool
    superseded_by: str
    example: bool
    remark: str
    metals: tuple[MetalScope, ...] = ()
    stages: tuple[Stage, ...] = ()

    def covers_metal(self, metal: str) -> bool:
        """Whether a metal is in scope, exclusions respected."""
        named = {scope.id: scope for scope in self.metals}
        if metal in named:
            return not named[metal].excluded
        return self.all_minerals

    def condition_for(self, metal: str) -> str:
        """Under which condition alone a metal is served; empty where none is recorded."""
        return next((scope.condition for scope in self.metals if scope.id == metal), "")


def when(on: date | None, precision: str | None) -> When | None:
    """The date of a row with its precision."""
    return When(on, Precision(precision)) if on is not None and precision else None


@lru_cache(maxsize=4096)
def sure_when(on: date, precision: str) -> When:
    """The date of a fact, which always has one; facts share dates, so each is made once."""
    return When(on, Precision(precision))


def in_force(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The rows that no later row corrects."""
    corrected = {row.corrects for row in rows if row.corrects}
    return [row for row in rows if row.id not in corrected]


class Span(NamedTuple):
    """Which programmes are read: those whose ids lie from one to another, in the database's order."""

    first: str
    last: str


class Chosen(NamedTuple):
    """Which programmes are read: these few."""

    ids: tuple[str, ...]


class Width(Enum):
    """How many programmes a statement reads."""

    ALL = 0
    ONE = 1
    SOME = 2
    CHOSEN = 3


def alone(only: str | None) -> Span | None:
    """The span of one programme; None for None, which is all of them."""
    return Span(only, only) if only is not None else None


def width(span: Span | Chosen | None) -> Width:
    """How wide a span is."""
    if isinstance(span, Chosen):
        return Width.CHOSEN
    return Width.ALL if span is None else Width.ONE if span.first == span.last else Width.SOME


def asked_of(span: Span | Chosen | None) -> dict[str, Any]:
    """The parameters of a statement for a span."""
    return span._asdict() if span else {}


def within(statement: Rows, column: Any, width: Width) -> Rows:
    """A statement for the programmes of a span."""
    match width:
        case Width.ALL:
            return statement
        case Width.ONE:
            return statement.where(column == bindparam("first"))
        case Width.SOME:
            return statement.where(column.between(bindparam("first"), bindparam("last")))
        case Width.CHOSEN:
            return statement.where(column.in_(bindparam("ids", expanding=True)))


class Named(NamedTuple):
    """A programme under a name of the table: from which day it was printed, and when the register learned it."""

    since: date
    learned: datetime
    row: ProgrammeRow


def programmes(
    connection: Connection,
    *,
    example: bool = False,
    only: str | None = None,
    as_at: date | None = None,
    known_at: datetime | None = None,
) -> list[ProgrammeRow]:
    """The programmes in the order in which they are printed, with metals and stages: two queries.

    Each under the name that was printed on the day asked for, as known at the moment; the newest where none is.
    """
    return named_on(named_programmes(connection, example=example, span=alone(only)), as_at or date.max, known_at)


def named_on(named: Iterable[Named], day: date, known_at: datetime | None = None) -> list[ProgrammeRow]:
    """Each programme under the name that was printed on a day, as known at a moment; None is all that is known.

    Those with no name by then are left out.
    """
    learned = (each for each in named if known_at is None or each.learned <= known_at)
    return list({each.row.id: each.row for each in learned if each.since <= day}.values())


def named_programmes(
    connection: Connection, *, example: bool = False, span: Span | Chosen | None = None
) -> tuple[Named, ...]:
    """The programmes in the order in which they are printed, each once for every name, from when on: two queries."""
    metals, stages = _scopes(connection, span)
    found = connection.execute(_programmes(width(span)), {"example": example, **asked_of(span)})
    return tuple(
        Named(
            row.since,
            _moment(row.learned),
            ProgrammeRow(
                id=row.id, number=row.number, name=row.name, short_name=row.short_name, standard=row.standard,
                standard_id=row.standard_id, standard_edition=row.edition, process=row.process or "",
                process_id=row.process_id or "", owner=row.owner or "", route=Route(row.route),
                metals_said=intern(row.metals_said), stages_said=intern(row.stages_said),
                all_minerals=row.all_minerals, superseded_by=row.superseded_by or "", example=row.example,
                remark=row.remark, metals=metals[row.id], stages=stages[row.id],
            ),
        )
        for row in found
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _moment(said: str | None) -> datetime:
    """When an event was; what no event tells of was always known. Names share moments, so each is made once."""
    return datetime.fromisoformat(said) if said else datetime.min.replace(tzinfo=UTC)


def said_moment(moment: datetime) -> str:
    """A moment as events say theirs."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def round_told(by: Any) -> ColumnElement[bool]:
    """Whether a round was public by a moment, said as events say theirs, in SQL: an event tells that it is.

    What no event tells of was always known.
    """
    tells = exists().where(
        col(Event.subject) == literal("assessment:").concat(col(Assessment.id)),
        col(Event.after).contains('"published":true', autoescape=True),
    )
    return or_(tells.where(col(Event.at) <= by), ~tells)


def name_learned() -> Any:
    """When the register learned a printed name, in SQL: a name carries no time of its own, its first event does."""
    named = literal("programme_name:").concat(col(ProgrammeName.id))
    return select(func.min(col(Event.at))).where(col(Event.subject) == named).correlate(ProgrammeName).scalar_subquery()


# A statement is put together once for each way of asking and then run with its parameters: doing it
# for every reader would take longer than the database does.


@cache
def _programmes(width: Width) -> Rows:
    statement: Rows = (
        select(
            col(Programme.id), col(Programme.number), col(ProgrammeName.name), col(Programme.short_name),
            col(Standard.name).label("standard"), col(Standard.id).label("standard_id"),
            col(Standard.edition).label("edition"), col(AssuranceProcess.name).label("process"),
            col(AssuranceProcess.id).label("process_id"), col(Organisation.name).label("owner"),
            col(Programme.route), col(Programme.metals_said), col(Programme.stages_said),
            col(Programme.all_minerals), col(Programme.superseded_by), col(Programme.example),
            col(Programme.remark), func.coalesce(col(ProgrammeName.since), date.min).label("since"),
            name_learned().label("learned"),
        )
        .join(ProgrammeName, (col(ProgrammeName.programme_id) == Programme.id) & (col(ProgrammeName.use) == "table"))
        .join(Standard, col(Standard.id) == Programme.standard_id)
        .outerjoin(AssuranceProcess, col(AssuranceProcess.id) == Programme.assurance_process_id)
        .outerjoin(Organisation, col(Organisation.id) == Programme.owner_id)
        .order_by(col(Programme.number), func.coalesce(col(ProgrammeName.since), date.min))
    )  # fmt: skip
    if width is not Width.ONE:
        statement = statement.where(col(Programme.example) == bindparam("example"))
    return within(statement, col(Programme.id), width)


_position = attrgetter("position")
# Programmes share their scopes, as they share dates: each is made once.
_metal_scope = lru_cache(maxsize=1024)(MetalScope)


def _scopes(
    connection: Connection, span: Span | Chosen | None
) -> tuple[Mapping[str, tuple[MetalScope, ...]], Mapping[str, tuple[Stage, ...]]]:
    metals: dict[str, tuple[MetalScope, ...]] = defaultdict(tuple)
    stages: dict[str, set[str]] = defaultdict(set)
    found = connection.execute(_scope_rows(width(span)), asked_of(span))
    for row in sorted(found, key=_position):
        if row.kind == "metal":
            metals[row.programme] += (_metal_scope(row.word, row.name, bool(row.excluded), row.condition),)
        else:
            stages[row.programme].add(row.word)
    in_order = {programme: tuple(stage for stage in Stage if stage in words) for programme, words in stages.items()}
    return metals, defaultdict(tuple, in_order)


@cache
def _scope_rows(width: Width) -> CompoundSelect[*tuple[Any, ...]]:
    of_metals: Rows = select(
        col(ProgrammeMetal.programme_id).label("programme"), literal("metal").label("kind"),
        col(Metal.id).label("word"), col(Metal.name).label("name"), col(ProgrammeMetal.excluded).label("excluded"),
        col(ProgrammeMetal.condition).label("condition"), col(Metal.position).label("position"),
    ).join(Metal, col(Metal.id) == ProgrammeMetal.metal_id)  # fmt: skip
    of_stages: Rows = select(
        col(ProgrammeStage.programme_id), literal("stage"), col(ProgrammeStage.stage), literal(""),
        literal(False), literal(""), literal(0),
    )  # fmt: skip
    return union_all(
        within(of_metals, col(ProgrammeMetal.programme_id), width),
        within(of_stages, col(ProgrammeStage.programme_id), width),
    )


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
            return "decisions", Decision(row.id, Act(row.word), _effective(row), row.position), _reported(row)
        case "recognition":
            fact = RecognitionFact(RecognitionAct(row.word), _effective(row), row.position)
            return "recognitions", fact, _reported(row)
        case "step":
            key = (row.action, row.due_on, row.expected_on)
            return "actions", (key, StepFact(ActionState(row.word), _effective(row), row.position)), ()
    kind, scope, level = ResultKind(row.kind), Scope(row.what), Level(row.word)
    return "results", ResultFact(scope, kind, level, _effective(row), row.position, row.round), _reported(row)


def _effective(row: Row[Any]) -> When:
    return sure_when(row.effective_on, row.effective_precision)


def _reported(row: Row[Any]) -> tuple[date, ...]:
    """The days on which a fact was seen to hold: its own, and that of its source where it is later."""
    effective: date = row.effective_on
    return (effective, row.issued_on) if row.issued_on and row.issued_on > effective else (effective,)


def known(statement: Rows, table: Any, known_at: datetime | None) -> Rows:
    """Only what the register had learned by a moment."""
    return statement.where(table.recorded_at <= known_at) if known_at else statement


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
        col(DecisionRow.recorded_at).label("recorded_at"),
    ).outerjoin(Source, col(Source.id) == DecisionRow.source_id)  # fmt: skip
    recognitions: Rows = select(
        col(Recognition.id), col(Recognition.corrects),
        col(Recognition.programme_id), literal("recognition"), col(Recognition.act),
        col(Recognition.effective_on), col(Recognition.effective_precision), col(Recognition.position),
        col(Source.issued_on), col(Recognition.recorded_at),
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
            col(CorrectiveAction.expected_on), col(Assessment.programme_id).label("programme"),
        )
        .join(CorrectiveAction, col(CorrectiveAction.id) == ActionStep.action_id)
        .join(Assessment, col(Assessment.id) == CorrectiveAction.assessment_id)
        .order_by(col(CorrectiveAction.position), col(ActionStep.position))
    )  # fmt: skip
    return _learned(within(statement, col(Assessment.programme_id), width), ActionStep, known)


def _actions(steps: Iterable[tuple[tuple[str, date | None, date | None], StepFact]]) -> tuple[ActionFact, ...]:
    """The actions with the states that they reached."""
    reached: dict[tuple[str, date | None, date | None], list[StepFact]] = defaultdict(list)
    for key, step in steps:
        reached[key].append(step)
    return tuple(ActionFact(action, tuple(found), due, expected) for (action, due, expected), found in reached.items())
