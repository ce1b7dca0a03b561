"""What the register learned, newest first: changes of status, decisions, recognitions, actions, market updates.

Only what is public: results and corrective actions of published rounds, frozen market updates; the worked example
never.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Executable,
    Row,
    Select,
    and_,
    bindparam,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)  # fmt: skip
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.action import ActionState
from alignment.domain.assessment import Progress, ResultKind, Scope
from alignment.domain.catalogue import Part
from alignment.domain.decision import Act, taken_ahead
from alignment.domain.frozen import dataclass
from alignment.domain.news import News, NewsKind, newest_first
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import When, say_day
from alignment.queries.facts import (
    EXCHANGE,
    LEDGER,
    LEDGER_TITLE,
    ProgrammeRow,
    name_learned,
    programmes,
    said_moment,
    sure_when,
)
from alignment.queries.said import said
from alignment.tables import (
    ActionStep,
    Appeal,
    Assessment,
    CorrectiveAction,
    Decision,
    Event,
    Organisation,
    PartProgress,
    Programme,
    ProgrammeName,
    Publication,
    Recognition,
    Result,
    SignificantChange,
    Source,
)
from alignment.tables.base import Utc

MOST = 100
"""Entries that a feed holds."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a feed or a mail is about: everything, a metal or a programme. ``key`` never changes."""

    key: str
    label: str
    programmes: tuple[str, ...] | None

    def about(self, news: News) -> bool:
        """Whether a matter belongs to it. A market update is about everything and every metal."""
        if self.programmes is None:
            return True
        if news.kind is NewsKind.PUBLICATION:
            return self.key.startswith("metal:")
        return news.programme in self.programmes


EVERYTHING = Topic("all", "all programmes", None)


def topics(connection: Connection) -> tuple[Topic, ...]:
    """Everything that can be followed: all, each metal, each programme. Two queries."""
    return topics_of(programmes(connection))


def topics_of(rows: Sequence[ProgrammeRow]) -> tuple[Topic, ...]:
    """The same from programmes that were read already."""
    return (EVERYTHING, *_metals(rows), *(_of_programme(row) for row in rows))


def _of_programme(row: ProgrammeRow) -> Topic:
    return Topic(f"programme:{row.id}", row.short_name, (row.id,))


def _metals(rows: Sequence[ProgrammeRow]) -> Iterable[Topic]:
    names = dict(sorted((each.id, each.name) for row in rows for each in row.metals if not each.excluded))
    for id, name in names.items():
        yield Topic(f"metal:{id}", name, tuple(row.id for row in rows if row.covers_metal(id)))


def news(
    connection: Connection,
    topic: Topic = EVERYTHING,
    *,
    as_at: date | None = None,
    known_at: datetime | None = None,
    after: date | None = None,
    most: int | None = MOST,
) -> tuple[News, ...]:
    """What was learned about a topic, newest first: six queries.

    ``known_at`` asks for what was recorded by then, ``after`` for what began to hold later than that day, ``as_at``
    for no later.
    """
    bounds = _Bounds(topic.programmes, as_at, known_at, after)
    found: list[News] = []
    for read in (_of_parts, _decisions, _recognitions, _steps, _of_programmes, _publications):
        found += read(connection, bounds)
    return newest_first((each for each in found if topic.about(each)), most)


TOLD = (
    "part_progress", "result", "decision", "appeal", "recognition", "action_step", "programme_name", "publication",
)  # fmt: skip
"""The tables whose events make news."""
OPENED = {"assessment": "published", "significant_change": "accepted"}
"""Those whose rows become news by one act: a round when it is published, a change when its wording is accepted."""


def news_since(connection: Connection, topic: Topic, seq: int, last: int) -> tuple[News, ...]:
    """What became public with the events after one and up to another, newest first: seven queries."""
    subject = col(Event.subject)
    of_news = or_(*(subject.startswith(f"{table}:", autoescape=True) for table in (*TOLD, *OPENED)))
    statement = select(subject, col(Event.act)).where(col(Event.seq) > seq, col(Event.seq) <= last, of_news)
    events = connection.execute(statement).all()
    told = {_record_of(row.subject, row.act) for row in events if row.subject.partition(":")[0] in TOLD}
    opened = {row.subject for row in events if OPENED.get(row.subject.partition(":")[0]) == row.act}
    if not told and not opened:
        return ()
    found = news(connection, topic, most=None)
    return tuple(each for each in found if each.record in told or not opened.isdisjoint((each.record, each.within)))


def _record_of(subject: str, act: str) -> str:
    """The record that an event makes news of. The outcome of an appeal is news apart from the appeal."""
    return f"{subject}{OUTCOME}" if act == "settled" else subject


OUTCOME = "/outcome"


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Of which programmes, held between when and when, learned by when; in a statement, the parameters for these."""

    programmes: Any = None
    as_at: Any = None
    known_at: Any = None
    after: Any = None

    def rows(self, connection: Connection, *told: Told) -> Sequence[Row[Any]]:
        """The rows of a kind, or of several that have the same columns, that no later row corrects."""
        return connection.execute(_together(told, frozenset(self.given)), self.given).all()

    @property
    def given(self) -> dict[str, Any]:
        """What is asked for, by the names of its parameters."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def name(self, table: Any, name: str) -> ColumnElement[str]:
        """The name of a kept record on the day that is asked for, as known at the moment."""
        return said(table, name, self.as_at, self.known_at)

    def fits(self, on: date) -> bool:
        """Whether a fact of that day is asked for."""
        return (self.as_at is None or on <= self.as_at) and (self.after is None or on > self.after)


Told: TypeAlias = "Callable[[_Bounds], tuple[Select[Any], Any]]"
"""A select of facts with their table, for bounds."""

_PARAMETERS: Mapping[str, Any] = {
    "programmes": bindparam("programmes", expanding=True), "as_at": bindparam("as_at", type_=Date),
    "known_at": bindparam("known_at", type_=Utc), "after": bindparam("after", type_=Date),
}  # fmt: skip


@lru_cache
def _together(told: tuple[Told, ...], given: frozenset[str]) -> Executable:
    parts = [_in_force(each, given) for each in told]
    return union_all(*parts) if len(parts) > 1 else parts[0]


@lru_cache
def _in_force(told: Told, given: frozenset[str]) -> Select[Any]:
    """Facts of a kind within the bounds that are given, less those that a later row corrects, whatever its day."""
    statement, fits = _known(told, given)
    return statement.where(fits)


def _known(told: Told, given: frozenset[str]) -> tuple[Select[Any], ColumnElement[bool]]:
    """All facts of a kind that were learned, and which of them no later one corrects and are of a day asked for."""
    bounds = _Bounds(**{name: _PARAMETERS[name] for name in given})
    statement, table = told(bounds)
    statement = statement.where(col(Programme.example).is_(False))
    if bounds.programmes is not None:
        statement = statement.where(col(Programme.id).in_(bounds.programmes))
    if bounds.known_at is not None:
        statement = statement.where(table.recorded_at <= bounds.known_at)
    corrected = statement.with_only_columns(table.corrects).where(table.corrects.is_not(None)).correlate(None)
    statement = statement.add_columns(bounds.name(Programme, "short_name").label("short_name"))
    fits: list[ColumnElement[bool]] = [table.id.not_in(corrected)]
    if bounds.as_at is not None:
        fits.append(table.effective_on <= bounds.as_at)
    if bounds.after is not None:
        fits.append(table.effective_on > bounds.after)
    return statement, and_(*fits)


def _facts(table: Any, *more: Any) -> Select[Any]:
    """A select of recorded facts with their programme and source."""
    return select(
        table.id, table.corrects, table.recorded_at, table.effective_on, table.effective_precision, table.place,
        table.source_id,
        col(Programme.id).label("programme"), col(Source.title).label("source"),
        col(Source.issuer), *more,
    ).outerjoin(Source, col(Source.id) == table.source_id)  # fmt: skip


def _entry(row: Row[Any], kind: NewsKind, table: Any, *, title: str, text: str, address: str, within: str = "") -> News:
    return News(
        kind=kind,
        record=f"{table.__tablename__}:{row.id}",
        title=f"{row.short_name}: {title}",
        text=text.strip(),
        programme=row.programme,
        address=f"/programmes/{row.programme}{address}",
        effective=sure_when(row.effective_on, row.effective_precision),
        recorded_at=row.recorded_at,
        source=_cited(row),
        source_id=row.source_id or "",
        place=row.place if row.source else "",
        within=f"assessment:{within}" if within else "",
        correction=bool(row.corrects),
    )


def _cited(row: Row[Any]) -> str:
    """Who issued the document behind a row, its title and the place in it; nothing where none is named."""
    return ", ".join(filter(None, (row.issuer, f"“{row.source}”", row.place))) if row.source else ""


def _of_round(statement: Select[Any], table: Any) -> Select[Any]:
    return statement.join(Assessment, col(Assessment.id) == table.assessment_id).join(
        Programme, col(Programme.id) == Assessment.programme_id
    )


def _of_parts(connection: Connection, bounds: _Bounds) -> Iterable[News]:
    """How far the parts of rounds have come, and what came of them."""
    for row in bounds.rows(connection, _progress_told, _results_told):
        yield _result(row) if row.kind else _progress(row)


def _progress_told(_: _Bounds) -> tuple[Select[Any], Any]:
    columns: tuple[Any, ...] = (
        literal("").label("kind"), col(PartProgress.part).label("scope"), col(PartProgress.progress).label("level"),
        literal("").label("statement"), Assessment.round, PartProgress.assessment_id,
    )  # fmt: skip
    return _of_round(_facts(PartProgress, *columns), PartProgress), PartProgress


def _progress(row: Row[Any]) -> News:
    title = f"{Part(row.scope).value} part {Progress(row.level).label.lower()}"
    address = f"?as_at={row.effective_on.isoformat()}"
    told = _entry(row, NewsKind.STATUS, PartProgress, title=title, text="", address=address)
    return replace(told, act=row.level)


def _results_told(_: _Bounds) -> tuple[Select[Any], Any]:
    columns: tuple[Any, ...] = (
        Result.kind, Result.scope, Result.level, Result.statement, Assessment.round, Result.assessment_id,
    )  # fmt: skip
    return _of_round(_facts(Result, *columns), Result).where(col(Assessment.published).is_(True)), Result


def _result(row: Row[Any]) -> News:
    computed = ", computed from the ratings" if row.kind == ResultKind.COMPUTED.value else ""
    title = f"{Scope(row.scope).label.lower()} result {Level(row.level).label.lower()}{computed}"
    told = _entry(
        row, NewsKind.STATUS, Result, title=title, text=row.statement, address=f"/assessments/{row.round}",
        within=row.assessment_id,
    )  # fmt: skip
    return replace(told, act=row.level)


def _decisions_told(_: _Bounds) -> tuple[Select[Any], Any]:
    taken = aliased(Decision)
    columns: tuple[Any, ...] = (
        Decision.act, Decision.reason, Decision.conditions, col(taken.act).label("taken"),
        col(Appeal.id).label("appeal"), Appeal.by_organisation, col(Appeal.text).label("appeal_text"), Appeal.filed_on,
        col(Appeal.recorded_at).label("appealed_at"), Appeal.outcome, Appeal.outcome_on, Appeal.outcome_text,
        Appeal.outcome_recorded_at,
    )  # fmt: skip
    statement = (
        _facts(Decision, *columns)
        .join(Programme, col(Programme.id) == Decision.programme_id)
        .outerjoin(taken, col(taken.id) == Decision.corrects)
        .outerjoin(Appeal, col(Appeal.decision_id) == Decision.id)
    )
    return statement, Decision


@lru_cache
def _with_appeals(given: frozenset[str]) -> Select[Any]:
    """Decisions within the bounds that are given, and those with an appeal, which has days of its own."""
    statement, fits = _known(_decisions_told, given)
    return statement.add_columns(fits.label("fits")).where(fits | col(Appeal.id).is_not(None))


def _decisions(connection: Connection, bounds: _Bounds) -> Iterable[News]:
    """Decisions, and the appeals against them."""
    rows = connection.execute(_with_appeals(frozenset(bounds.given)), bounds.given).all()
    yield from _appealed((row for row in rows if row.appeal), bounds)
    for row in {row.id: row for row in rows if row.fits}.values():
        conditions = f" Conditions: {row.conditions}" if row.conditions else ""
        told = _entry(
            row, NewsKind.DECISION, Decision, title=f"{_decided(row)} by the London Metal Exchange",
            text=f"{row.reason}{conditions}", address=f"#{row.id}",
        )  # fmt: skip
        if not told.source_id:
            told = replace(told, source=f"{EXCHANGE}, “{LEDGER_TITLE}”", source_id=LEDGER)
        yield replace(told, void=row.act == Act.VOID, act=row.act)


def _appealed(rows: Iterable[Row[Any]], bounds: _Bounds) -> Iterable[News]:
    """Appeals against decisions, and apart from them their outcomes."""
    for row in rows:
        against = f"against “{Act(row.act).label}”"
        told = [
            ("", f"appeal {against}", f"Of {row.by_organisation}: {row.appeal_text}", row.filed_on, row.appealed_at)
        ]
        if row.outcome:
            title = f"appeal {against} {row.outcome}"
            told.append((OUTCOME, title, row.outcome_text, row.outcome_on, row.outcome_recorded_at))
        for part, title, text, on, at in told:
            if bounds.fits(on) and (bounds.known_at is None or at <= bounds.known_at):
                yield News(
                    NewsKind.APPEAL, f"appeal:{row.appeal}{part}", f"{row.short_name}: {title}", text, row.programme,
                    f"/programmes/{row.programme}#{row.id}", When(on), at,
                )  # fmt: skip


def _decided(row: Row[Any]) -> str:
    """What was decided, with its day where that lay ahead; of one that declares another void, which one that is."""
    effective = sure_when(row.effective_on, row.effective_precision)
    if row.act == Act.VOID:
        return f"the entry “{Act(row.taken).label}”, {effective}, declared void"
    label = Act(row.act).label.lower()
    return f"to be {label} from {effective}" if taken_ahead(effective, row.recorded_at.date()) else label


def _recognitions_told(bounds: _Bounds) -> tuple[Select[Any], Any]:
    columns: tuple[Any, ...] = (
        Recognition.act,
        Recognition.under,
        Recognition.statement,
        bounds.name(Organisation, "name").label("authority"),
    )
    statement = (
        _facts(Recognition, *columns)
        .join(Organisation, col(Organisation.id) == Recognition.authority_id)
        .join(Programme, col(Programme.id) == Recognition.programme_id)
    )
    return statement, Recognition


def _recognitions(connection: Connection, bounds: _Bounds) -> Iterable[News]:
    for row in bounds.rows(connection, _recognitions_told):
        title = f"{RecognitionAct(row.act).label.lower()}: {row.authority}, {row.under}"
        text = f"{row.statement} A recognition changes no approval of the London Metal Exchange."
        told = _entry(row, NewsKind.RECOGNITION, Recognition, title=title, text=text, address=f"#{row.id}")
        yield replace(told, act=row.act)


def _steps_told(_: _Bounds) -> tuple[Select[Any], Any]:
    columns: tuple[Any, ...] = (
        ActionStep.state, ActionStep.as_reported, ActionStep.statement, col(CorrectiveAction.title).label("action"),
        CorrectiveAction.assessment_id,
    )  # fmt: skip
    statement = (
        _facts(ActionStep, *columns)
        .join(CorrectiveAction, col(CorrectiveAction.id) == ActionStep.action_id)
        .join(Assessment, col(Assessment.id) == CorrectiveAction.assessment_id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .where(col(Assessment.published).is_(True))
    )
    return statement, ActionStep


def _steps(connection: Connection, bounds: _Bounds) -> Iterable[News]:
    for row in bounds.rows(connection, _steps_told):
        reported = " as its owner reports, not verified" if row.as_reported else ""
        title = f"corrective action {ActionState(row.state).label.lower()}{reported}: {row.action}"
        told = _entry(
            row, NewsKind.ACTION, ActionStep, title=title, text=row.statement, address="#ca", within=row.assessment_id
        )
        yield replace(told, act=row.state)


def _of_programmes(connection: Connection, bounds: _Bounds) -> Iterable[News]:
    """Changes that their owners reported, in the wording that the LME accepted; and new names in the status table."""
    learned = {"learned_by": said_moment(bounds.known_at)} if bounds.known_at else {}
    for row in connection.execute(_said_of_programmes(frozenset(bounds.given)), bounds.given | learned):
        if bounds.fits(row.on):
            yield _said(row)


@lru_cache
def _said_of_programmes(given: frozenset[str]) -> Executable:
    """Neither carries the moment at which the public could know it: its event does."""
    bounds = _Bounds(**{name: _PARAMETERS[name] for name in given})
    change, name, accepted = SignificantChange, ProgrammeName, _accepted()
    short_name = bounds.name(Programme, "short_name").label("short_name")
    changes: Select[Any] = select(
        literal("change").label("kind"), col(change.id), col(change.title), col(change.public_wording).label("said"),
        col(change.effective_on).label("on"), col(change.transition_until).label("until_on"), accepted.label("at"),
        col(Programme.id).label("programme"), short_name, literal("").label("source"), literal("").label("issuer"),
        literal("").label("source_id"), literal("").label("place"),
    ).join(Programme, col(Programme.id) == change.programme_id).where(accepted.is_not(None))  # fmt: skip
    names: Select[Any] = (
        select(
            literal("name"), col(name.id), literal("printed under another name"), col(name.name), col(name.since),
            null(), name_learned(), col(Programme.id), short_name, func.coalesce(Source.title, ""),
            func.coalesce(Source.issuer, ""), func.coalesce(name.source_id, ""), col(name.place),
        )
        .join(Programme, col(Programme.id) == name.programme_id)
        .outerjoin(Source, col(Source.id) == name.source_id)
        .where(col(name.use) == "table", col(name.since).is_not(None))
    )  # fmt: skip
    return union_all(_bounded(changes, bounds, accepted), _bounded(names, bounds, name_learned()))


def _bounded(statement: Select[Any], bounds: _Bounds, learned: Any) -> Select[Any]:
    """Of the programmes of the register that are asked for, what was learned by the moment asked for."""
    if bounds.programmes is not None:
        statement = statement.where(col(Programme.id).in_(bounds.programmes))
    if bounds.known_at is not None:
        statement = statement.where(learned <= bindparam("learned_by"))
    return statement.where(col(Programme.example).is_(False))


def _accepted() -> Any:
    """When the LME accepted the wording of a change, as its event says it, in SQL; null where it did not."""
    subject = literal("significant_change:").concat(col(SignificantChange.id))
    return (
        select(func.min(col(Event.at)))
        .where(col(Event.subject) == subject, col(Event.act) == OPENED["significant_change"])
        .correlate(SignificantChange)
        .scalar_subquery()
    )


def _said(row: Row[Any]) -> News:
    is_name = row.kind == "name"
    until = f" Transition until {say_day(row.until_on)}." if row.until_on else ""
    return News(
        kind=NewsKind.NAME if is_name else NewsKind.CHANGE,
        record=f"{'programme_name' if is_name else 'significant_change'}:{row.id}",
        title=f"{row.short_name}: {row.title}",
        text=f"In the status table it is “{row.said}”." if is_name else f"{row.said}{until}",
        programme=row.programme,
        address=f"/programmes/{row.programme}{'' if is_name else '#sc'}",
        effective=When(row.on),
        recorded_at=datetime.fromisoformat(row.at),
        source=_cited(row),
        source_id=row.source_id,
        place=row.place,
    )


def _publications(connection: Connection, bounds: _Bounds) -> Iterable[News]:
    statement = select(
        col(Publication.number), col(Publication.title), col(Publication.as_at), col(Publication.published_on),
        col(Publication.published_precision), col(Publication.recorded_at), col(Publication.corrects),
        col(Publication.digest),
    )  # fmt: skip
    if bounds.known_at is not None:
        statement = statement.where(col(Publication.recorded_at) <= bounds.known_at)
    for row in connection.execute(statement):
        if bounds.fits(row.published_on):
            corrects = f" It corrects {row.corrects}." if row.corrects else ""
            yield News(
                kind=NewsKind.PUBLICATION,
                record=f"publication:{row.number}",
                title=f"Market update {row.number}: {row.title}",
                text=f"Table as at {say_day(row.as_at)}. SHA-256 of its content: {row.digest}.{corrects}",
                programme="",
                address=f"/publications/{row.number}",
                effective=sure_when(row.published_on, row.published_precision),
                recorded_at=row.recorded_at,
                correction=bool(row.corrects),
            )
