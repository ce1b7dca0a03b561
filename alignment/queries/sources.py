"""The documents relied on, which facts rest on each, and what was said in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Row,
    String,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col

from alignment import tables
from alignment.domain.action import ActionState
from alignment.domain.assessment import Certainty, Progress, ResultKind, Scope
from alignment.domain.catalogue import Part
from alignment.domain.decision import Act
from alignment.domain.people import EXAMPLE_IMPORT
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import When, say_age, say_day
from alignment.queries.facts import Rows, sure_when, when

NAMED_IN_A_ROW = 12
"""As many pages are named beside one document in the list; its own page names all."""


class Kind(StrEnum):
    """What sort of fact rests on a document, in the order of the page."""

    STATEMENT = "statement"
    DECISION = "decision"
    RECOGNITION = "recognition"
    RESULT = "result"
    FINDING = "finding"
    PROGRESS = "progress"
    ACTION = "action"
    STEP = "step"
    MONITORING = "monitoring"
    EVIDENCE = "evidence"
    PROGRAMME = "programme"
    NAME = "name"
    ASSESSMENT = "assessment"
    STANDARD = "standard"
    PROCESS = "process"
    METAL = "metal"
    EQUIVALENCE = "equivalence"
    PLACE = "place"
    PRODUCER = "producer"
    BRAND = "brand"
    CLAIM = "claim"

    @property
    def label(self) -> str:
        """The kind as a heading."""
        return _KINDS[self][1]

    def counted(self, number: int) -> str:
        """So many of them: 1 decision, 11 decisions."""
        one, many = _KINDS[self]
        return f"{number} {one}" if number == 1 else f"{number} {many[0].lower()}{many[1:]}"


_KINDS = {
    Kind.STATEMENT: ("statement", "Statements"),
    Kind.DECISION: ("decision of the LME", "Decisions of the LME"),
    Kind.RECOGNITION: ("recognition", "Recognitions by other authorities"),
    Kind.RESULT: ("result", "Results"),
    Kind.FINDING: ("published finding", "Published findings"),
    Kind.PROGRESS: ("state of a part", "States of parts"),
    Kind.ACTION: ("corrective action", "Corrective actions"),
    Kind.STEP: ("step of an action", "Steps of actions"),
    Kind.MONITORING: ("monitoring point", "Monitoring points"),
    Kind.EVIDENCE: ("piece of evidence", "Pieces of evidence"),
    Kind.PROGRAMME: ("programme", "Programmes"),
    Kind.NAME: ("printed name", "Printed names"),
    Kind.ASSESSMENT: ("assessment", "Assessments"),
    Kind.STANDARD: ("standard", "Standards"),
    Kind.PROCESS: ("assurance process", "Assurance processes"),
    Kind.METAL: ("metal", "Metals"),
    Kind.EQUIVALENCE: ("equivalence", "Equivalences"),
    Kind.PLACE: ("place to look", "Places to look"),
    Kind.PRODUCER: ("producer", "Producers"),
    Kind.BRAND: ("brand", "Brands"),
    Kind.CLAIM: ("claim of a producer", "Claims of producers"),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A document relied on. A title in square brackets describes a page whose own title is not held."""

    id: str
    title: str
    issuer: str
    address: str
    issued: When | None
    seen: date | None
    remark: str
    example: bool

    @property
    def described(self) -> bool:
        return self.title.startswith("[")

    @property
    def name(self) -> str:
        """The title, or its description without the brackets."""
        return self.title.strip("[]")

    @property
    def link(self) -> str:
        """The address where it can be followed; the three documents at hand have only a file name."""
        return self.address if self.address.startswith(("https://", "http://")) else ""

    @property
    def file(self) -> str:
        return "" if self.link else self.address

    def age(self, as_at: date) -> str:
        return say_age(self.issued.on, as_at) if self.issued else "not known"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a fact is about, with the page that shows it where there is one."""

    label: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact that rests on a document: what it says, when it holds, where it stands, how sure it is."""

    kind: Kind
    id: str
    subject: Subject
    topic: str
    head: str
    says: str
    by: str
    effective: When | None
    announced: date | None
    until: date | None
    place: str
    certainty: Certainty | None
    remark: str
    criteria: tuple[str, ...] = ()
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """The statements of one topic about one subject, in their order."""

    name: str
    subject: Subject
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Relied:
    """One document in the list, how many facts of each kind rest on it, and the pages that show them."""

    document: Document
    counts: tuple[tuple[Kind, int], ...]
    subjects: tuple[Subject, ...]
    more: int
    age: str

    @property
    def number(self) -> int:
        return sum(number for _, number in self.counts)


@dataclass(frozen=True, slots=True)
class SourcesPage:
    """All documents of the register, in their order; those of the worked example are not among them."""

    as_at: date
    known_at: datetime | None
    relied: tuple[Relied, ...]
    unused: tuple[Relied, ...]

    @property
    def number(self) -> int:
        return sum(each.number for each in self.relied)


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One document and every fact that rests on it."""

    as_at: date
    known_at: datetime | None
    document: Document
    age: str
    topics: tuple[Topic, ...]
    facts: tuple[tuple[Kind, tuple[Fact, ...]], ...]

    @property
    def number(self) -> int:
        told = sum(len(topic.facts) for topic in self.topics)
        return told + sum(len(facts) for _, facts in self.facts)


@dataclass(frozen=True, slots=True)
class Cited:
    """A document that a fact rests on, with the place in it and how sure the fact is."""

    id: str
    title: str
    place: str
    date: When | None
    sure: Certainty | None
    remark: str = ""

    @property
    def href(self) -> str:
        return f"/sources/{self.id}"

    @property
    def certainty(self) -> str:
        """How sure, in words; nothing is said of what the source says outright."""
        return "" if self.sure in (None, Certainty.FOUND) else self.sure.label


@dataclass(frozen=True, slots=True)
class Said:
    """A statement with its source, for pages that are not about one document."""

    id: str
    subject: str
    topic: str
    by: str
    title: str
    text: str
    effective: When
    until: date | None
    cited: Cited | None


# --- pages -----------------------------------------------------------------------------------------


def sources_page(connection: Connection, *, as_at: date, known_at: datetime | None = None) -> SourcesPage:
    """Every document and what rests on it. Three queries, however many facts."""
    facts = _facts(as_at, known_at)
    statement = select(facts.c.source, facts.c.kind, facts.c.subject, func.count()).where(facts.c.source.is_not(None))
    counts: dict[str, dict[Kind, int]] = defaultdict(lambda: defaultdict(int))
    about: dict[str, set[str]] = defaultdict(set)
    for source, kind, subject, number in connection.execute(
        statement.group_by(facts.c.source, facts.c.kind, facts.c.subject)
    ):
        counts[source][Kind(kind)] += number
        about[source].add(subject)
    documents = [each for each in _documents(connection) if not each.example]
    named = _subjects(connection, {subject for each in about.values() for subject in each})
    rows = [_relied(each, counts[each.id], about[each.id], named, as_at) for each in documents]
    return SourcesPage(
        as_at, known_at, tuple(row for row in rows if row.number), tuple(row for row in rows if not row.number)
    )


def source_page(
    connection: Connection, source: str, *, as_at: date, known_at: datetime | None = None
) -> SourcePage | None:
    """One document with all its facts; None where there is no such document. Three queries."""
    found = _documents(connection, source)
    if not found:
        return None
    facts = _facts(as_at, known_at)
    rows = connection.execute(select(facts).where(facts.c.source == source).order_by(facts.c.position)).all()
    named = _subjects(connection, {row.subject for row in rows})
    by_kind: dict[Kind, list[Fact]] = defaultdict(list)
    for row in rows:
        by_kind[Kind(row.kind)].append(_fact(row, named))
    topics = _topics(by_kind.pop(Kind.STATEMENT, []))
    ordered = tuple((kind, tuple(by_kind[kind])) for kind in Kind if kind in by_kind)
    return SourcePage(as_at, known_at, found[0], found[0].age(as_at), topics, ordered)


def statements(
    connection: Connection, subjects: Sequence[str], *, as_at: date, known_at: datetime | None = None
) -> tuple[Said, ...]:
    """What was said about some subjects, in the order in which it was entered. One query."""
    table, source = tables.Statement, tables.Source
    statement: Rows = (
        select(
            col(table.id), col(table.subject), col(table.topic), col(table.said_by), col(table.title).label("head"),
            col(table.text), col(table.effective_on), col(table.effective_precision), col(table.until_on),
            col(table.place), col(table.certainty), col(table.remark), col(source.id).label("source"),
            col(source.title).label("document"), col(source.issued_on), col(source.issued_precision),
        )
        .outerjoin(source, col(source.id) == table.source_id)
        .where(col(table.subject).in_(subjects), *standing_on(table, as_at, known_at))
        .order_by(col(table.position))
    )  # fmt: skip
    return tuple(
        Said(
            row.id, row.subject, row.topic, row.said_by, row.head, row.text,
            sure_when(row.effective_on, row.effective_precision), row.until_on, cited(row),
        )
        for row in connection.execute(statement)
    )  # fmt: skip


def cited(row: Any) -> Cited | None:
    """The source of a row that has ``source``, ``document``, ``issued_on``, ``place``, ``certainty``, ``remark``."""
    if not row.source:
        return None
    issued = when(row.issued_on, row.issued_precision)
    return Cited(row.source, row.document.strip("[]"), row.place, issued, _certainty(row.certainty), row.remark or "")


# --- which facts there are -------------------------------------------------------------------------

WORDS = ("topic", "head", "says", "word", "by", "more")
"""What a fact may say besides its subject; each kind puts them together in its own way."""

# Read as they are in SQL, where every attribute is a column.
_T: Any = tables


def _facts(as_at: date, known_at: datetime | None) -> Any:
    """All facts that rest on a source, hold on a date and were known at a moment, as one table in SQL.

    Statements come first: a union takes the types of its columns from its first part.
    """
    t, read = _T, partial(_rows, as_at=as_at, known_at=known_at)
    parts = (
        read(t.Statement, Kind.STATEMENT, t.Statement.subject, topic=t.Statement.topic,
            head=t.Statement.title, says=t.Statement.text, by=t.Statement.said_by),
        *_facts_of_decisions(read), *_facts_of_assessments(read), *_facts_of_actions(read),
        *_facts_of_the_register(read), *_facts_of_producers(read),
    )  # fmt: skip
    return union_all(*parts).subquery()


def _facts_of_decisions(read: Callable[..., Rows]) -> Iterable[Rows]:
    t = _T
    yield read(
        t.Decision, Kind.DECISION, _about("programme", t.Decision.programme_id), word=t.Decision.act,
        says=t.Decision.reason, more=t.Decision.published_note, by="London Metal Exchange",
    )  # fmt: skip
    yield read(
        t.Recognition, Kind.RECOGNITION, _about("programme", t.Recognition.programme_id), word=t.Recognition.act,
        topic=t.Recognition.under, says=t.Recognition.statement, more=t.Recognition.reference,
        by=t.Organisation.name,
    ).join(t.Organisation, t.Organisation.id == t.Recognition.authority_id)  # fmt: skip
    yield read(
        t.MonitoringPoint, Kind.MONITORING, _about("programme", t.MonitoringPoint.programme_id),
        says=t.MonitoringPoint.statement, by=t.MonitoringPoint.recommended_by, more=t.MonitoringPoint.owner,
    )  # fmt: skip
    yield read(
        t.Equivalence, Kind.EQUIVALENCE, _about("programme", t.Equivalence.programme_id), head=t.Equivalence.name,
        says=t.Equivalence.statement, more=t.Equivalence.stands_for,
    )  # fmt: skip


def _facts_of_assessments(read: Callable[..., Rows]) -> Iterable[Rows]:
    t = _T
    assessed = _about("programme", t.Assessment.programme_id)
    yield read(t.Assessment, Kind.ASSESSMENT, assessed, head=t.Assessment.label, word=_number(t.Assessment.round))
    facts = (
        (t.PartProgress, Kind.PROGRESS, {
            "topic": t.PartProgress.part, "word": t.PartProgress.progress, "head": t.Assessment.label}),
        (t.Result, Kind.RESULT, {
            "topic": t.Result.scope, "word": t.Result.level, "says": t.Result.statement,
            "head": t.Assessment.label, "by": t.Result.kind, "more": t.Result.rests_on}),
        (t.Finding, Kind.FINDING, {
            "topic": t.Finding.part, "word": t.Finding.level, "says": t.Finding.statement,
            "by": _number(t.Finding.number), "head": t.Finding.group,
            "more": func.coalesce(t.Finding.criterion, "")}),
        (t.CorrectiveAction, Kind.ACTION, {
            "head": t.CorrectiveAction.title, "says": t.CorrectiveAction.root_cause,
            "word": _day(t.CorrectiveAction.due_on), "more": _day(t.CorrectiveAction.expected_on)}),
    )  # fmt: skip
    for table, kind, words in facts:
        yield read(table, kind, assessed, **words).join(t.Assessment, t.Assessment.id == table.assessment_id)
    evidence = read(t.Evidence, Kind.EVIDENCE, assessed, head=t.Evidence.reference, word=t.Evidence.kind)
    yield evidence.join(t.Assessment, t.Assessment.id == t.Evidence.assessment_id).where(
        t.Evidence.confidential.is_(False), t.Assessment.published.is_(True)
    )


def _facts_of_actions(read: Callable[..., Rows]) -> Iterable[Rows]:
    t = _T
    steps = read(
        t.ActionStep, Kind.STEP, _about("programme", t.Assessment.programme_id), head=t.CorrectiveAction.title,
        word=t.ActionStep.state, says=t.ActionStep.statement, by=func.coalesce(t.Organisation.name, ""),
    )  # fmt: skip
    yield (
        steps.join(t.CorrectiveAction, t.CorrectiveAction.id == t.ActionStep.action_id)
        .join(t.Assessment, t.Assessment.id == t.CorrectiveAction.assessment_id)
        .outerjoin(t.Organisation, t.Organisation.id == t.ActionStep.by_id)
    )


def _facts_of_the_register(read: Callable[..., Rows]) -> Iterable[Rows]:
    t = _T
    yield read(
        t.Programme, Kind.PROGRAMME, _about("programme", t.Programme.id), head=t.Programme.short_name,
        says=t.Programme.metals_said, more=t.Programme.stages_said,
    )  # fmt: skip
    yield read(
        t.ProgrammeName, Kind.NAME, _about("programme", t.ProgrammeName.programme_id), head=t.ProgrammeName.name,
        word=t.ProgrammeName.use,
    )  # fmt: skip
    yield read(t.Standard, Kind.STANDARD, "", head=t.Standard.name, says=t.Standard.summary, more=t.Standard.edition)
    yield read(t.AssuranceProcess, Kind.PROCESS, "", head=t.AssuranceProcess.name, says=t.AssuranceProcess.summary)
    yield read(t.Metal, Kind.METAL, "", head=t.Metal.name, word=_flag(t.Metal.lme_settled, "settled"))
    yield read(t.Place, Kind.PLACE, "", head=t.Place.name, says=t.Place.statement, by=t.Place.kept_by)


def _facts_of_producers(read: Callable[..., Rows]) -> Iterable[Rows]:
    t = _T
    yield read(
        t.Producer, Kind.PRODUCER, _about("producer", t.Producer.id), head=t.Producer.name, says=t.Producer.summary
    )
    yield read(
        t.Brand, Kind.BRAND, _about("producer", t.Brand.producer_id), head=t.Brand.name, says=t.Brand.product,
        more=t.Brand.listing,
    )  # fmt: skip
    yield read(
        t.Claim, Kind.CLAIM, _about("producer", t.Claim.producer_id), topic=t.Claim.field, head=t.Claim.title,
        says=t.Claim.value, more=t.Claim.criteria, word=_flag(t.Claim.gap, "gap"),
    )  # fmt: skip


def _rows(table: Any, kind: Kind, subject: Any, *, as_at: date, known_at: datetime | None, **words: Any) -> Rows:
    """The rows of one table as facts, all with the same columns; a word is a column or a fixed text."""
    has = table.model_fields

    def column(name: str, otherwise: Any) -> Any:
        return (getattr(table, name) if name in has else otherwise).label(name)

    nothing = cast(null(), Date)
    statement: Rows = select(
        literal(kind.value).label("kind"),
        table.id.label("id"),
        table.source_id.label("source"),
        _text(subject).label("subject"),
        *(_text(words.get(name, "")).label(name) for name in WORDS),
        column("effective_on", nothing),
        column("effective_precision", literal("")),
        column("announced_on", nothing),
        column("until_on", nothing),
        column("place", literal("")),
        column("certainty", literal("")),
        column("remark", literal("")),
        column("position", literal(0)),
    ).select_from(table)
    return statement.where(*standing_on(table, as_at, known_at)) if "effective_on" in has else statement


def standing_on(table: Any, as_at: date, known_at: datetime | None) -> tuple[ColumnElement[bool], ...]:
    """Begun by the date, learned by the moment, and not corrected by then."""
    later = aliased(table)
    corrections = select(later.corrects).where(later.corrects.is_not(None))
    conditions = [table.effective_on <= as_at]
    if known_at:
        conditions.append(table.recorded_at <= known_at)
        corrections = corrections.where(later.recorded_at <= known_at)
    return (*conditions, table.id.not_in(corrections))


def _text(given: Any) -> Any:
    return literal(given) if isinstance(given, str) else given


def _number(column: Any) -> ColumnElement[str]:
    return cast(column, String)


def _day(column: Any) -> ColumnElement[str]:
    return func.coalesce(cast(column, String), "")


def _flag(column: Any, word: str) -> ColumnElement[str]:
    return case((column, literal(word)), else_=literal(""))


def _about(kind: str, column: Any) -> ColumnElement[str]:
    """The subject of a fact, as ``programme:asi-v3``; empty where the column is."""
    return case((column.is_(None), literal("")), else_=literal(f"{kind}:").concat(column))


# --- from rows to facts ----------------------------------------------------------------------------


def _documents(connection: Connection, only: str | None = None) -> list[Document]:
    table, event = tables.Source, tables.Event
    example = exists().where(
        col(event.subject) == literal("source:").concat(col(table.id)), col(event.actor) == EXAMPLE_IMPORT.id
    )
    statement: Rows = select(
        col(table.id), col(table.title).label("name"), col(table.issuer), col(table.address),
        col(table.issued_on), col(table.issued_precision), col(table.seen_on), col(table.remark),
        example.label("example"),
    ).order_by(col(table.position), col(table.id))  # fmt: skip
    if only is not None:
        statement = statement.where(col(table.id) == only)
    return [
        Document(
            row.id, row.name, row.issuer, row.address, when(row.issued_on, row.issued_precision),
            row.seen_on, row.remark, bool(row.example),
        )
        for row in connection.execute(statement)
    ]  # fmt: skip


def example_sources() -> Rows:
    """The ids of the documents of the worked example, for the WHERE of another query."""
    table, event = tables.Source, tables.Event
    subject = literal("source:").concat(col(table.id))
    return select(col(table.id)).join(event, (col(event.subject) == subject) & (col(event.actor) == EXAMPLE_IMPORT.id))


_FIXED = {
    "": Subject(""),
    "method": Subject("the method", "/method#method"),
    "policy": Subject("the LME’s policy", "/method#policy"),
    "pilots": Subject("the pilots", "/method#pilots"),
}
_NAMED: Mapping[str, tuple[type[SQLModel], str, str]] = {
    "programme": (tables.Programme, "short_name", "/programmes/"),
    "producer": (tables.Producer, "name", "/producers/"),
    "standard": (tables.Standard, "name", ""),
    "process": (tables.AssuranceProcess, "name", ""),
    "organisation": (tables.Organisation, "name", ""),
}


def _subjects(connection: Connection, asked: Iterable[str]) -> dict[str, Subject]:
    """The subjects by their keys: one query for all of them."""
    keys: dict[str, list[str]] = defaultdict(list)
    for key in asked:
        kind, _, name = key.partition(":")
        keys[kind].append(name)
    found = {key: Subject(key.partition(":")[2] or key) for key in asked} | _FIXED
    for name in keys["edition"]:
        found[f"edition:{name}"] = Subject(f"criteria, edition {name}", f"/criteria/{name}")
    selects = [
        select(literal(f"{kind}:").concat(col(table.id)), col(getattr(table, column)), literal(page))  # type: ignore[attr-defined]
        .where(col(table.id).in_(sorted(keys[kind])))  # type: ignore[attr-defined]
        for kind, (table, column, page) in _NAMED.items()
        if keys[kind]
    ]  # fmt: skip
    for key, label, page in connection.execute(union_all(*selects)) if selects else ():
        found[key] = Subject(label, f"{page}{key.partition(':')[2]}" if page else "")
    return found


def _relied(
    document: Document,
    counts: Mapping[Kind, int],
    about: Iterable[str],
    named: Mapping[str, Subject],
    as_at: date,
) -> Relied:
    subjects = sorted({named[key] for key in about if named[key].address}, key=lambda each: each.label.lower())
    return Relied(
        document,
        tuple((kind, counts[kind]) for kind in Kind if kind in counts),
        tuple(subjects[:NAMED_IN_A_ROW]),
        max(0, len(subjects) - NAMED_IN_A_ROW),
        document.age(as_at),
    )


def _topics(told: Iterable[Fact]) -> tuple[Topic, ...]:
    grouped: dict[tuple[str, Subject], list[Fact]] = defaultdict(list)
    for fact in told:
        grouped[(fact.topic, fact.subject)].append(fact)
    return tuple(Topic(topic_name(topic), subject, tuple(facts)) for (topic, subject), facts in grouped.items())


def topic_name(topic: str) -> str:
    """A topic as a heading: Evidence for the rule."""
    words = topic.replace("-", " ")
    return words[:1].upper() + words[1:]


def _fact(row: Row[Any], named: Mapping[str, Subject]) -> Fact:
    kind = Kind(row.kind)
    return Fact(
        kind=kind,
        id=row.id,
        subject=named[row.subject],
        topic=row.topic,
        head=_HEADS[kind](row) if kind in _HEADS else row.head,
        says=_says(kind, row),
        by=row.by if kind in _HAVE_A_SPEAKER else "",
        effective=when(row.effective_on, row.effective_precision),
        announced=row.announced_on,
        until=row.until_on,
        place=row.place,
        certainty=_certainty(row.certainty),
        remark=row.remark,
        criteria=tuple(row.more.split()) if kind is Kind.CLAIM else (),
        gap=row.word == "gap",
    )


def _certainty(word: str) -> Certainty | None:
    return Certainty(word) if word else None


_HAVE_A_SPEAKER = frozenset({Kind.STATEMENT, Kind.DECISION, Kind.RECOGNITION, Kind.STEP, Kind.MONITORING, Kind.PLACE})


def _of_round(row: Row[Any], said: str) -> str:
    return f"{said}, {row.head}" if row.head else said


def _result(row: Row[Any]) -> str:
    kind = "" if row.by == ResultKind.PUBLISHED else ", computed by the edition’s rule"
    return _of_round(row, f"{Scope(row.topic).label}: {Level(row.word).label.lower()}{kind}")


def _finding(row: Row[Any]) -> str:
    criteria = "criterion" if row.by == "1" else "criteria"
    where = f"{row.head}, filed under {row.more}" if row.more else row.head
    return f"{Part(row.topic).label}: {row.by} {criteria} of {where} {Level(row.word).label.lower()}"


def _standard(row: Row[Any]) -> str:
    return f"{row.head}, edition {row.more}" if row.more and row.more not in row.head else row.head


_HEADS: Mapping[Kind, Callable[[Row[Any]], str]] = {
    Kind.DECISION: lambda row: Act(row.word).label,
    Kind.RECOGNITION: lambda row: f"{RecognitionAct(row.word).label}, {row.topic}",
    Kind.RESULT: _result,
    Kind.FINDING: _finding,
    Kind.PROGRESS: lambda row: _of_round(row, f"{Part(row.topic).label}: {Progress(row.word).label.lower()}"),
    Kind.STEP: lambda row: f"{row.head}: {ActionState(row.word).label.lower()}",
    Kind.EVIDENCE: lambda row: f"{topic_name(row.word.replace('_', '-'))}: {row.head}",
    Kind.ASSESSMENT: lambda row: _of_round(row, f"Round {row.word}"),
    Kind.STANDARD: _standard,
    Kind.MONITORING: lambda row: f"To be watched by {row.more}" if row.more else "To be watched",
    Kind.NAME: lambda row: row.head,
    Kind.METAL: lambda row: f"{row.head}, {'settled' if row.word else 'not settled'} on the LME",
    Kind.EQUIVALENCE: lambda row: f"{row.head} stands for {row.more}",
}


def _says(kind: Kind, row: Row[Any]) -> str:
    """The words of a fact, with what belongs to them in its kind."""
    lead = f"Metals: {row.says}." if kind is Kind.PROGRAMME else row.says
    return f"{lead} {_ENDINGS[kind](row)}".strip() if kind in _ENDINGS else lead


def _dates(row: Row[Any]) -> str:
    due = f"Due on {say_day(date.fromisoformat(row.word))}." if row.word else "No due date was set."
    expected = row.more and f" Expected by {say_day(date.fromisoformat(row.more))}, which binds nobody."
    return f"{due}{expected}"


_ENDINGS: Mapping[Kind, Callable[[Row[Any]], str]] = {
    Kind.DECISION: lambda row: row.more and f"Printed with “{row.more}”.",
    Kind.RECOGNITION: lambda row: row.more and f"{row.more}.",
    Kind.RESULT: lambda row: row.more and f"Rests on: {row.more}",
    Kind.ACTION: _dates,
    Kind.PROGRAMME: lambda row: row.more and f"Stages: {row.more}.",
    Kind.NAME: lambda row: "The name in the status table." if row.word == "table" else "Also printed so.",
    Kind.BRAND: lambda row: row.more and f"Listing: {row.more}.",
}
