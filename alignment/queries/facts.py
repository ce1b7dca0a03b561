"""The dated facts of programmes, read with few wide queries and handed to the domain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache, lru_cache
from operator import attrgetter
from sys import intern
from typing import Any, NamedTuple, TypeAlias

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

from alignment.domain.assessment import PartStage, Progress, Route
from alignment.domain.catalogue import Stage
from alignment.domain.when import Precision, When
from alignment.tables import (
    Assessment,
    AssuranceProcess,
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
    RoundTeam,
    Standard,
)

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


def known(statement: Rows, table: Any, known_at: datetime | None) -> Rows:
    """Only what the register had learned by a moment."""
    return statement.where(table.recorded_at <= known_at) if known_at else statement


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
