"""The dated facts of programmes, read with few wide queries and handed to the domain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
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
    Date,
    Row,
    Select,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)  # fmt: skip
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.assessment import PartStage, Progress, Route
from alignment.domain.catalogue import Stage
from alignment.domain.frozen import dataclass
from alignment.domain.keeping import NOUNS, PROGRAMMES, Field, Shape, Values
from alignment.domain.kept import KeptChange, said_on
from alignment.domain.when import Precision, When
from alignment.tables import (
    Assessment,
    AssuranceProcess,
    Decision,
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
    kept,
)
from alignment.tables import KeptChange as KeptChangeRow
from alignment.tables.base import Utc

Rows: TypeAlias = "Select[*tuple[Any, ...]]"
Changes: TypeAlias = "tuple[tuple[str, tuple[KeptChange, ...]], ...]"
_ALWAYS = datetime.min.replace(tzinfo=UTC)


def replaces() -> ColumnElement[bool]:
    """Whether a decision takes the place of one that decided something else."""
    earlier = aliased(Decision)
    return exists().where(col(earlier.id) == Decision.corrects, col(earlier.act) != Decision.act)


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

    @property
    def href(self) -> str:
        """Where the register shows it: the list of documents, or for what was decided here the ledger."""
        return self.place if self.id == LEDGER else f"/sources/{self.id}"


LEDGER, LEDGER_TITLE, EXCHANGE = "decision-ledger", "Decision ledger of this register", "London Metal Exchange"
"""What a decision that was taken in this register rests on: no document, but its own entry."""


def own_entry(decision: str) -> SourceRef:
    """The source of a decision that was taken here: its entry in the ledger, which stands at that place."""
    return SourceRef(LEDGER, LEDGER_TITLE, EXCHANGE, None, f"/decisions#{decision}")


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
    """A programme under a name of the table: from which day it was printed, and when the register learned it.

    ``row`` says what is held of the programme today; ``changes``, by the name of its field, how it came to that.
    """

    since: date
    learned: datetime
    row: ProgrammeRow
    changes: Changes = ()

    def on(self, day: date, known_at: datetime | None) -> ProgrammeRow:
        """The programme as it stood on a day, as known at a moment; None is all that is known."""
        if all(changes[-1].holds(day, known_at) for _, changes in self.changes):
            return self.row
        return replace(self.row, **{name: said_on(each, day, known_at) for name, each in self.changes})

    def ever(self) -> Iterator[ProgrammeRow]:
        """The programme as it stood on any day, as known at any moment."""
        every = [each for _, changes in self.changes for each in changes]
        days = {date.min, *(each.since for each in every if each.since)}
        moments = {_ALWAYS, *(each.learned for each in every)}
        yield from {self.on(day, moment) for day in days for moment in moments}


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
    found = {each.row.id: each for each in learned if each.since <= day}
    return [each.on(day, known_at) for each in found.values()]


def named_programmes(
    connection: Connection, *, example: bool = False, span: Span | Chosen | None = None
) -> tuple[Named, ...]:
    """The programmes in the order in which they are printed, each once for every name, from when on: two queries."""
    metals, stages, changes = _scopes(connection, span)
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
            changes[row.id],
        )
        for row in found
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _moment(said: str | None) -> datetime:
    """When an event was; what no event tells of was always known. Names share moments, so each is made once."""
    return datetime.fromisoformat(said) if said else _ALWAYS


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
Metals: TypeAlias = tuple[MetalScope, ...]


def _scopes(
    connection: Connection, span: Span | Chosen | None
) -> tuple[Mapping[str, Metals], Mapping[str, tuple[Stage, ...]], Mapping[str, Changes]]:
    """The metals and stages of programmes, and how what is said of them came to that."""
    kinds: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_scope_rows(width(span)), asked_of(span)):
        kinds[row.kind].append(row)
    names = {row.word: row.name for row in sorted(kinds.pop("named", ()), key=_position)}
    metals: dict[str, Values] = defaultdict(dict)
    for row in kinds.pop("metal", ()):
        metals[row.programme][row.word] = {"excluded": bool(row.flag), "condition": row.name}
    stages: dict[str, set[str]] = defaultdict(set)
    for row in kinds.pop("stage", ()):
        stages[row.programme].add(row.word)
    return (
        defaultdict(tuple, {programme: _metals(said, names) for programme, said in metals.items()}),
        defaultdict(tuple, {programme: _stages(said) for programme, said in stages.items()}),
        _changes([row for rows in kinds.values() for row in rows], names),
    )


def _metals(said: Values, names: Mapping[str, str]) -> Metals:
    """What a programme says of metals, in their order."""
    return tuple(_metal_scope(id, name, **said[id]) for id, name in names.items() if id in said)


def _stages(said: Collection[str]) -> tuple[Stage, ...]:
    return tuple(stage for stage in Stage if stage in said)


def _changes(rows: Iterable[Row[Any]], names: Mapping[str, str]) -> Mapping[str, Changes]:
    """The changes of each field of each programme, in the order in which they were learned."""
    found: dict[str, dict[str, tuple[KeptChange, ...]]] = defaultdict(lambda: defaultdict(tuple))
    for row in sorted(rows, key=_position):
        field = _DATED[row.kind, row.word]
        before, after = (_said(field, stored, names) for stored in (row.name, row.more))
        change = KeptChange(before, after, row.effective_on, row.recorded_at)
        found[row.programme][_SHOWN[row.kind, row.word]] += (change,)
    return defaultdict(tuple, {programme: tuple(fields.items()) for programme, fields in found.items()})


def _said(field: Field, stored: str, names: Mapping[str, str]) -> Any:
    """A value of a field as the row of a programme shows it."""
    value = kept.as_said(field, stored)
    match field.shape:
        case Shape.METALS:
            return _metals(value, names)
        case Shape.WORDS:
            return _stages(value)
    return value


_DATED = {(noun.table, field.name): field for noun in NOUNS for field in noun.dated}
_SHOWN = {
    **{("programme", field.name): field.name for field in PROGRAMMES.dated},
    ("standard", "name"): "standard",
    ("standard", "edition"): "standard_edition",
    ("assurance_process", "name"): "process",
    ("organisation", "name"): "owner",
}
"""Where the row of a programme shows a dated field of a record."""


@cache
def _scope_rows(width: Width) -> CompoundSelect[*tuple[Any, ...]]:
    named = _scope_row("named", literal(""), word=col(Metal.id), name=col(Metal.name), position=col(Metal.position))
    of_metals = _scope_row(
        "metal", col(ProgrammeMetal.programme_id), word=col(ProgrammeMetal.metal_id),
        name=col(ProgrammeMetal.condition), flag=col(ProgrammeMetal.excluded),
    )  # fmt: skip
    of_stages = _scope_row("stage", col(ProgrammeStage.programme_id), word=col(ProgrammeStage.stage))
    return union_all(
        named,
        within(of_metals, col(ProgrammeMetal.programme_id), width),
        within(of_stages, col(ProgrammeStage.programme_id), width),
        *(
            within(_changed(table, key), col(Programme.id), width)
            for table, key in (
                ("programme", Programme.id), ("standard", Programme.standard_id),
                ("assurance_process", Programme.assurance_process_id), ("organisation", Programme.owner_id),
            )
        ),
    )  # fmt: skip


def _scope_row(kind: str, programme: Any, **told: Any) -> Rows:
    usual = {
        "word": literal(""), "name": literal(""), "more": literal(""), "flag": literal(False), "position": literal(0),
        "effective_on": cast(null(), Date), "recorded_at": cast(null(), Utc),
    }  # fmt: skip
    columns = (told.get(name, column).label(name) for name, column in usual.items())
    return select(literal(kind).label("kind"), programme.label("programme"), *columns)


def _changed(table: str, key: Any) -> Rows:
    """The changes of the records of a table that programmes name."""
    told = {
        "word": col(KeptChangeRow.field), "name": col(KeptChangeRow.before), "more": col(KeptChangeRow.after),
        "position": col(KeptChangeRow.number), "effective_on": col(KeptChangeRow.effective_on),
        "recorded_at": col(KeptChangeRow.recorded_at),
    }  # fmt: skip
    about = literal(f"{table}:").concat(col(key))
    return _scope_row(table, col(Programme.id), **told).join(KeptChangeRow, col(KeptChangeRow.subject) == about)
