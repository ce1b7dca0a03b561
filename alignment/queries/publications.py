"""Market updates: the list, one frozen copy, and the facts from which a new one is frozen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, or_, select
from sqlmodel import col

from alignment.domain.assessment import Certainty
from alignment.domain.differing import Between, between, frozen_grounds
from alignment.domain.frozen import dataclass
from alignment.domain.insertion import Section, sections, topics
from alignment.domain.publication import Content, Update, content_of, is_public, issuer_of
from alignment.domain.refusal import Refusal
from alignment.domain.table import Value, printed
from alignment.domain.when import When, parse_when
from alignment.queries.facts import Rows, SourceRef, in_force, known, sure_when, when
from alignment.queries.sources import example_sources
from alignment.queries.status import status_rows
from alignment.tables import Publication, PublicationFile, Source, Statement


@dataclass(frozen=True, slots=True)
class PublicationLine:
    """One market update in the list. ``published`` is its own date, ``recorded_at`` when this register froze it."""

    number: str
    title: str
    label: str
    issuer: str
    as_at: date
    published: When
    recorded_at: datetime
    digest: str
    programmes: int
    corrects: str
    corrected_by: str
    source: SourceRef | None = None


@dataclass(frozen=True)
class PublicationPage:
    """A frozen copy with its digest: nothing else enters its page, so that nothing published later can change it."""

    content: Content
    digest: str

    @property
    def number(self) -> str:
        return str(self.content["number"])

    @property
    def as_at(self) -> date:
        return date.fromisoformat(self.content["as_at"])

    @property
    def published(self) -> When:
        return parse_when(self.content["published"])

    @property
    def issuer(self) -> str:
        return issuer_of(self.content)

    @property
    def source_issued(self) -> When | None:
        issued = (self.content["source"] or {}).get("issued")
        return parse_when(issued) if issued else None

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        return sections(self.content["text"])


@dataclass(frozen=True, slots=True)
class StatementRow:
    """Something said by somebody, in our words and in their name, with where it stands."""

    id: str
    subject: str
    topic: str
    said_by: str
    title: str
    text: str
    effective: When
    source: SourceRef
    certainty: Certainty


def publications(
    connection: Connection, *, as_at: date | None = None, known_at: datetime | None = None
) -> tuple[PublicationLine, ...]:
    """All market updates, newest first: there are a few a year. One query.

    With ``as_at`` those published by that day, with ``known_at`` those that the register held then.
    """
    statement = select(Publication.__table__).order_by(*newest_first())  # type: ignore[attr-defined]
    if as_at:
        statement = statement.where(col(Publication.published_on) <= as_at)
    if known_at:
        statement = statement.where(col(Publication.recorded_at) <= known_at)
    rows = connection.execute(statement).all()
    corrected_by = _corrections(rows)
    return tuple(_line(row, corrected_by.get(row.number, "")) for row in rows)


def _line(row: Row[Any], corrected_by: str) -> PublicationLine:
    content = json.loads(row.content)
    return PublicationLine(
        number=row.number,
        title=row.title,
        label=content["label"],
        issuer=issuer_of(content),
        as_at=row.as_at,
        published=sure_when(row.published_on, row.published_precision),
        recorded_at=row.recorded_at,
        digest=row.digest,
        programmes=len(content["table"]["rows"]),
        corrects=row.corrects or "",
        corrected_by=corrected_by,
        source=_frozen_source(content["source"]),
    )


def _frozen_source(source: Content | None) -> SourceRef | None:
    """The document that a market update stands on, as its copy names it."""
    if not source:
        return None
    issued = source.get("issued")
    return SourceRef(source["id"], source["title"], source["issuer"], parse_when(issued) if issued else None)


def newest_first() -> tuple[Any, Any]:
    return col(Publication.as_at).desc(), col(Publication.number).desc()


def _corrections(rows: Sequence[Any]) -> dict[str, str]:
    """Which update corrects which: of several, the newest."""
    return {row.corrects: row.number for row in reversed(rows) if row.corrects}


def publication(connection: Connection, number: str) -> PublicationPage | None:
    """One market update by its number: its copy as frozen, with no join; None where there is none. One query."""
    row = connection.execute(
        select(col(Publication.content), col(Publication.digest)).where(col(Publication.number) == number)
    ).first()
    return PublicationPage(json.loads(row.content), row.digest) if row else None


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What became of a market update: what corrects it, and what else this register froze later, newest first.

    ``earlier`` and ``next`` are its neighbours by number.
    """

    line: PublicationLine
    corrections: tuple[PublicationLine, ...]
    later: tuple[PublicationLine, ...]
    earlier: str
    next: str


def _frozen(line: PublicationLine) -> tuple[datetime, date, str]:
    return line.recorded_at, line.as_at, line.number


def afterwards(
    connection: Connection, number: str, *, as_at: date | None = None, known_at: datetime | None = None
) -> Afterwards | None:
    """What followed a market update, as at a day and as known at a moment; None where it was not held. One query."""
    lines = publications(connection, as_at=as_at, known_at=known_at)
    at = next((place for place, line in enumerate(lines) if line.number == number), None)
    if at is None:
        return None
    corrections = tuple(line for line in lines if line.corrects == number)
    frozen = sorted(lines, key=_frozen, reverse=True)
    later = tuple(line for line in frozen[: frozen.index(lines[at])] if line not in corrections)
    earlier = lines[at + 1].number if at + 1 < len(lines) else ""
    return Afterwards(lines[at], corrections, later, earlier, lines[at - 1].number if at else "")


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """What one publication says differently from another. ``grounded`` says that the later froze its grounds."""

    found: Between
    before: Content
    after: Content
    grounded: bool


def publication_changes(connection: Connection, before: str, after: str) -> ChangesPage | tuple[str, ...]:
    """What two publications say differently, from their copies alone; the numbers that are not held. One query.

    The grounds are those that were frozen with the later one and with all between the two.
    """
    rows = connection.execute(
        select(col(Publication.number), col(Publication.as_at), col(Publication.content)).order_by(
            col(Publication.as_at), col(Publication.number)
        )
    ).all()
    at = {row.number: place for place, row in enumerate(rows)}
    if missing := tuple(dict.fromkeys(number for number in (before, after) if number not in at)):
        return missing
    one, *later = (json.loads(row.content) for row in rows[at[before] : at[after] + 1] or [rows[at[before]]])
    other = later[-1] if later else json.loads(rows[at[after]].content)
    grounded = bool(later) and all("changes" in each for each in later)
    return ChangesPage(between(one, other, frozen_grounds(later)), one, other, grounded)


def publication_file(connection: Connection, path: str) -> bytes | None:
    """What stands under a path as it was first sent, whatever the public address was; None if none is kept."""
    rows = connection.execute(
        select(col(PublicationFile.address), col(PublicationFile.content))
        .where(col(PublicationFile.address).endswith(path, autoescape=True))
        .order_by(col(PublicationFile.made_at))
    ).all()
    return next((bytes(content) for address, content in rows if is_public(address)), None)


def kept_under(connection: Connection) -> dict[str, list[str]]:
    """The pages and PDFs of market updates that are kept, by the address of the register that stands in them."""
    kept: dict[str, list[str]] = {}
    for address in connection.execute(select(col(PublicationFile.address)).order_by(col(PublicationFile.address))):
        origin, found, name = address[0].rpartition(_UPDATES)
        if found:
            kept.setdefault(origin, []).append(name)
    return kept


_UPDATES = "/publications/"


def statements(
    connection: Connection, *, topic: str, as_at: date | None = None, known_at: datetime | None = None
) -> tuple[StatementRow, ...]:
    """What was said on a topic, in the order of print, with source and place; one query."""
    statement = statement_rows().where(col(Statement.topic) == topic, col(Statement.source_id).is_not(None))
    rows = in_force(connection.execute(known(statement, Statement, known_at)).all())
    return tuple(read_statement(row) for row in rows if as_at is None or row.effective_on <= as_at)


def statement_rows(*, example: bool = False) -> Rows:
    """Every statement with its document, if it has one, in the order of print; of the worked example its own alone."""
    documents = col(Source.id)
    ours = (
        documents.in_(example_sources()) if example else or_(documents.is_(None), documents.not_in(example_sources()))
    )
    return (
        select(
            col(Statement.id), col(Statement.corrects), col(Statement.subject), col(Statement.topic),
            col(Statement.said_by), col(Statement.title), col(Statement.text), col(Statement.effective_on),
            col(Statement.effective_precision), col(Statement.certainty), col(Statement.place),
            col(Source.id).label("source"), col(Source.title).label("source_title"), col(Source.issuer),
            col(Source.issued_on), col(Source.issued_precision),
        )
        .outerjoin(Source, col(Source.id) == Statement.source_id)
        .where(ours)
        .order_by(col(Statement.position), col(Statement.id))
    )  # fmt: skip


def read_statement(row: Row[Any]) -> StatementRow:
    """A statement from its row."""
    return StatementRow(
        id=row.id,
        subject=row.subject,
        topic=row.topic,
        said_by=row.said_by,
        title=row.title,
        text=row.text,
        effective=sure_when(row.effective_on, row.effective_precision),
        source=SourceRef(
            row.source or "",
            row.source_title or "",
            row.issuer or "",
            when(row.issued_on, row.issued_precision),
            row.place,
        ),
        certainty=Certainty(row.certainty),
    )


# --- what a new market update is frozen from -----------------------------------------------------------


def content_for(connection: Connection, update: Update, *, policy_age: timedelta) -> Content:
    """The content of a market update, derived from what the register knows now.

    Refusal where the text asks for what is not held. The policy age decides nothing that is frozen.
    """
    rows = status_rows(connection, as_at=update.as_at, policy_age=policy_age)
    said = [
        frozen_statement(statement)
        for topic in topics(update.text)
        for statement in statements(connection, topic=topic, as_at=update.as_at)
    ]
    return content_of(update, [printed(row) for row in rows], said, _document(connection, update.source))


def frozen_statement(statement: StatementRow) -> dict[str, Value]:
    """A statement as it is frozen."""
    return {
        "id": statement.id,
        "topic": statement.topic,
        "said_by": statement.said_by,
        "title": statement.title,
        "text": statement.text,
        "effective": statement.effective.iso(),
        "source": statement.source.id,
        "source_title": statement.source.title,
        "place": statement.source.place,
        "certainty": statement.certainty.value,
    }


def _document(connection: Connection, source: str) -> dict[str, Value]:
    """The document that a market update stands on, as plain values."""
    row = connection.execute(
        select(
            col(Source.id), col(Source.title), col(Source.issuer), col(Source.address),
            col(Source.issued_on), col(Source.issued_precision), col(Source.remark),
        ).where(col(Source.id) == source)
    ).first()  # fmt: skip
    if row is None:
        raise Refusal(f"the register holds no source “{source}”: enter it before the market update that rests on it")
    issued = when(row.issued_on, row.issued_precision)
    return {
        "id": row.id,
        "title": row.title,
        "issuer": row.issuer,
        "address": row.address or None,
        "issued": issued.iso() if issued else None,
        "remark": row.remark or None,
    }
