"""The event log as a page and as an extract: filtered, each event with as much of it as its readers may see."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.event import Event as Sealed
from alignment.domain.event import Withheld
from alignment.domain.frozen import dataclass
from alignment.queries.events import events, stored_break
from alignment.queries.facts import Rows, made_public
from alignment.tables import Assessment, Event, Person, RatingVersion

PAGE = 100
PORTION = 1000


# What is public, or the LME's own: only of these the log shows what changed, and of ratings what their closed part
# made public. Of all else, such as the work of assessors or what belongs to an account, it says that it was done and
# by whom; the words are for who may read them.
SHOWN = frozenset({
    "assessor_approval", "assurance_process", "brand", "claim", "decision", "edition_seal", "equivalence", "finding",
    "metal", "organisation", "part_progress", "place_to_look", "producer", "programme", "programme_metal",
    "programme_name", "programme_stage", "publication", "recognition", "result", "source", "standard", "standard_owner",
    "statement",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked to see; empty means everything. A subject is asked for by its beginning."""

    actor: str = ""
    act: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def asked(self) -> dict[str, str]:
        """What was asked for, as an address and an export carry it."""
        return {name: str(value) for name, value in asdict(self).items() if value}

    @property
    def chosen(self) -> bool:
        return bool(self.asked)


@dataclass(frozen=True, slots=True)
class Changed:
    """A value that an event changed."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One event: when, who, what, about what, and what it changed, or why that is ``withheld``."""

    seq: int
    at: str
    actor: str
    name: str
    act: str
    subject: str
    changed: tuple[Changed, ...]
    withheld: str
    hash: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """A hundred events, the newest first, and the cursors to those before and after them."""

    lines: tuple[Line, ...]
    filters: Filters
    before: int
    newer: bool
    acts: tuple[str, ...]


def log_page(connection: Connection, filters: Filters, before: int) -> LogPage:
    """Events that fit, from a cursor backwards; 0 begins at the newest. Three queries."""
    statement: Rows = (
        select(
            col(Event.seq), col(Event.at), col(Event.actor), col(Person.name), col(Event.act), col(Event.subject),
            col(Event.before), col(Event.after), col(Event.hash),
        )
        .outerjoin(Person, _acted())
        .order_by(col(Event.seq).desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    rows = connection.execute(_narrowed(statement, filters, before)).all()
    acts = connection.execute(select(col(Event.act)).distinct().order_by(col(Event.act))).scalars().all()
    told = _told(connection, rows[:PAGE])
    return LogPage(
        lines=tuple(_line(row, says) for row, says in zip(rows, told, strict=False)),
        filters=filters,
        before=rows[PAGE - 1].seq if len(rows) > PAGE else 0,
        newer=bool(before),
        acts=tuple(acts),
    )


def _acted() -> ColumnElement[bool]:
    return "person:" + col(Person.id) == col(Event.actor)


def _narrowed(statement: Rows, filters: Filters, before: int) -> Rows:
    if filters.actor:
        wanted = filters.actor.lower()
        statement = statement.where(
            (func.lower(col(Event.actor)) == wanted)
            | func.lower(func.coalesce(col(Person.name), "")).contains(wanted, autoescape=True)
        )
    if filters.act:
        statement = statement.where(col(Event.act) == filters.act)
    if filters.subject:
        statement = statement.where(col(Event.subject).startswith(filters.subject, autoescape=True))
    if filters.since:
        statement = statement.where(col(Event.at) >= filters.since.isoformat())
    if filters.until:
        statement = statement.where(col(Event.at) < (filters.until + timedelta(days=1)).isoformat())
    return statement.where(col(Event.seq) < before) if before else statement


def _line(row: Row[Any], told: Told | None) -> Line:
    changed = tuple(_changed(*told)) if told is not None else ()
    withheld = "" if told is not None else _LATER if _noun(row) in _RATINGS else _OTHERS
    return Line(row.seq, row.at, row.actor, row.name or row.actor, row.act, row.subject, changed, withheld, row.hash)


_LATER = "not shown: of a rating the words that stand when its part is closed"
_OTHERS = "not shown: for those whose work it is"
_RATINGS = {"rating", "rating_version"}

Told = tuple[Any, Any]
"""What an event says of before and after, as far as readers of the log may see it."""


def _told(connection: Connection, rows: Sequence[Row[Any]]) -> list[Told | None]:
    """What each event changed; None where that is withheld. Of a rating, as it was made public. At most one query."""
    said = [(json.loads(row.before), json.loads(row.after)) if _noun(row) in SHOWN | _RATINGS else None for row in rows]
    keys = [
        _rating(row, *each) if each and _noun(row) in _RATINGS else None for row, each in zip(rows, said, strict=True)
    ]
    public = _public_ratings(connection, [key for key in keys if key])
    return [
        each if _noun(row) in SHOWN else (None, each[1]) if each and key in public else None
        for row, each, key in zip(rows, said, keys, strict=True)
    ]


def _noun(row: Row[Any]) -> str:
    noun: str = row.subject.partition(":")[0]
    return noun


Rated = tuple[str, str, str, int]
"""A version of a rating: assessment, part, criterion, version."""


def _rating(row: Row[Any], before: Any, after: Any) -> Rated | None:
    """The version of a rating that an event made; None for one that made none, as a save that was set aside."""
    version = after.get("version") if isinstance(after, dict) else None
    assessment, part, criterion = row.subject.partition(":")[2].removesuffix(f"/{version}").rsplit("/", 2)
    return (assessment, part, criterion, version) if isinstance(version, int) else None


def _public_ratings(connection: Connection, keys: Sequence[Rated]) -> set[Rated]:
    """Those of the versions that everybody can read."""
    if not keys:
        return set()
    of = (RatingVersion.assessment_id, RatingVersion.part, RatingVersion.criterion, RatingVersion.version)
    rows = connection.execute(
        select(*map(col, of))
        .join(Assessment, col(Assessment.id) == RatingVersion.assessment_id)
        .where(made_public(RatingVersion), tuple_(*map(col, of)).in_(keys))
    )
    return {(row.assessment_id, row.part, row.criterion, row.version) for row in rows}


def _changed(before: Any, after: Any) -> list[Changed]:
    """What differs, value by value; one line where an event is no set of values."""
    if not isinstance(before, dict | None) or not isinstance(after, dict | None):
        return [Changed("", _said(before), _said(after))]
    old, new = before or {}, after or {}
    names = [*old, *(name for name in new if name not in old)]
    return [
        Changed(name, _said(old.get(name)), _said(new.get(name)))
        for name in names
        if old.get(name) != new.get(name) and (old.get(name) or new.get(name))
    ]


def _said(value: Any) -> str:
    if value is None:
        return ""
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return said if len(said) <= 300 else f"{said[:300]}…"


@dataclass(frozen=True, slots=True)
class Extent:
    """How many events fit, and how long the chain is of which they are: its events and its last hash."""

    events: int
    chain: int
    last: str


def extent(connection: Connection, filters: Filters) -> Extent:
    """How much an extract has: one query."""
    counted: Rows = select(func.count(col(Event.seq))).select_from(Event).outerjoin(Person, _acted())
    fit = _narrowed(counted, filters, 0).scalar_subquery()
    last = aliased(Event)
    row = connection.execute(select(fit, col(last.seq), col(last.hash)).order_by(col(last.seq).desc()).limit(1)).first()
    return Extent(*tuple(row)) if row else Extent(0, 0, "")


def extract(connection: Connection, filters: Filters, after: int, upto: int) -> list[Sealed | Withheld]:
    """A portion of the events that fit, in their order, between two numbers; empty at the end. Two queries.

    An event is told whole or without what it changed, so that what is told gives its hash.
    """
    statement: Rows = (
        select(
            col(Event.seq), col(Event.at), col(Event.actor), col(Event.act), col(Event.subject), col(Event.before),
            col(Event.after), col(Event.previous), col(Event.hash),
        )
        .outerjoin(Person, _acted())
        .where(col(Event.seq) > after)
        .order_by(col(Event.seq))
        .limit(PORTION)
    )  # fmt: skip
    rows = connection.execute(_narrowed(statement, filters, upto + 1)).all()
    return [_sealed(row, told) for row, told in zip(rows, _told(connection, rows), strict=True)]


def _sealed(row: Row[Any], told: Told | None) -> Sealed | Withheld:
    if told is not None and told == (json.loads(row.before), json.loads(row.after)):
        return Sealed(*tuple(row))
    return Withheld(row.seq, row.at, row.actor, row.act, row.subject, row.previous, row.hash)


@dataclass(frozen=True, slots=True)
class Verified:
    """What walking the chain found."""

    number: int
    last: str
    fault: str


def verify(connection: Connection) -> Verified:
    """Walk the whole chain, from the first event to the last."""
    number, last = 0, ""

    def walked() -> Any:
        nonlocal number, last
        for event in events(connection):
            number, last = event.seq, event.hash
            yield event

    fault = stored_break(walked())
    return Verified(number, last, fault or "")
