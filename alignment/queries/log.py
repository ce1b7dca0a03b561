"""The event log as a page: filtered, read from a cursor backwards, each event with the name behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlmodel import col

from alignment.queries.events import events, stored_break
from alignment.queries.facts import Rows
from alignment.tables import Event, Person

PAGE = 100


# What is public, or the LME's own: only of these the log shows what changed. Of all else, such as the work of
# assessors or what belongs to an account, it says that it was done and by whom; the words are for who may read them.
SHOWN = frozenset({
    "assessor_approval", "assurance_process", "brand", "claim", "decision", "edition_seal", "equivalence", "finding",
    "metal", "organisation", "part_progress", "place_to_look", "producer", "programme", "programme_metal",
    "programme_name", "programme_stage", "publication", "recognition", "source", "standard", "standard_owner",
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
    def chosen(self) -> bool:
        return bool(self.actor or self.act or self.subject or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Changed:
    """A value that an event changed."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One event: when, who, what, about what, and what it changed."""

    seq: int
    at: str
    actor: str
    name: str
    act: str
    subject: str
    changed: tuple[Changed, ...]
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
    """Events that fit, from a cursor backwards; 0 begins at the newest. Two queries."""
    statement: Rows = (
        select(
            col(Event.seq), col(Event.at), col(Event.actor), col(Person.name), col(Event.act), col(Event.subject),
            col(Event.before), col(Event.after), col(Event.hash),
        )
        .outerjoin(Person, "person:" + col(Person.id) == col(Event.actor))
        .order_by(col(Event.seq).desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    rows = connection.execute(_narrowed(statement, filters, before)).all()
    acts = connection.execute(select(col(Event.act)).distinct().order_by(col(Event.act))).scalars().all()
    return LogPage(
        lines=tuple(_line(row) for row in rows[:PAGE]),
        filters=filters,
        before=rows[PAGE - 1].seq if len(rows) > PAGE else 0,
        newer=bool(before),
        acts=tuple(acts),
    )


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


def _line(row: Row[Any]) -> Line:
    shown = row.subject.partition(":")[0] in SHOWN
    changed = tuple(_changed(json.loads(row.before), json.loads(row.after))) if shown else ()
    return Line(row.seq, row.at, row.actor, row.name or row.actor, row.act, row.subject, changed, row.hash)


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
