"""The documents relied on, which facts rest on each, and what was said in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, exists, func, literal, select
from sqlmodel import col

from alignment import tables
from alignment.domain.assessment import Certainty
from alignment.domain.frozen import dataclass
from alignment.domain.people import EXAMPLE_IMPORT
from alignment.domain.when import When, say_age
from alignment.queries.facts import Rows, sure_when, when
from alignment.queries.source_facts import Fact, Kind, Subject, as_fact, how_sure, subjects, topic_name
from alignment.queries.source_rows import facts_resting, standing_on

NAMED_IN_A_ROW = 12
"""As many pages are named beside one document in the list; its own page names all."""


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
    def host(self) -> str:
        """The site of the address, as people name it."""
        return self.link.partition("://")[2].partition("/")[0]

    @property
    def file(self) -> str:
        return "" if self.link else self.address

    def age(self, as_at: date) -> str:
        return say_age(self.issued.on, as_at) if self.issued else "not known"


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


def sources_page(connection: Connection, *, as_at: date, known_at: datetime | None = None) -> SourcesPage:
    """Every document and what rests on it. Three queries, however many facts."""
    facts = facts_resting(as_at, known_at)
    statement = select(facts.c.source, facts.c.kind, facts.c.subject, func.count()).where(facts.c.source.is_not(None))
    counts: dict[str, dict[Kind, int]] = defaultdict(lambda: defaultdict(int))
    about: dict[str, set[str]] = defaultdict(set)
    for source, kind, subject, number in connection.execute(
        statement.group_by(facts.c.source, facts.c.kind, facts.c.subject)
    ):
        counts[source][Kind(kind)] += number
        about[source].add(subject)
    documents = [each for each in _documents(connection) if not each.example]
    named = subjects(connection, {subject for each in about.values() for subject in each}, as_at, known_at)
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
    facts = facts_resting(as_at, known_at)
    rows = connection.execute(select(facts).where(facts.c.source == source).order_by(facts.c.position)).all()
    named = subjects(connection, {row.subject for row in rows}, as_at, known_at)
    by_kind: dict[Kind, list[Fact]] = defaultdict(list)
    for row in rows:
        by_kind[Kind(row.kind)].append(as_fact(row, named))
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
    return Cited(row.source, row.document.strip("[]"), row.place, issued, how_sure(row.certainty), row.remark or "")


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
