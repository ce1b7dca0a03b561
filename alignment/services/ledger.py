"""The one way into the store: a row and its event, in one flush."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, insert, select, text
from sqlmodel import Session, SQLModel, col

from alignment.domain.event import FIRST, canonical, plain, seal
from alignment.domain.event import moment as moment  # services say it of the ledger
from alignment.domain.people import Actor
from alignment.tables import Event

# Any numbers, the same for every process: PostgreSQL's locks for a turn, and for a place in the chain.
_CHAIN_LOCK, _TURN_LOCK = 5_202_024, 5_202_026
_TAKE_TURN = text("SELECT pg_advisory_xact_lock(:turn)")
_TAKE_TURN_AT = text("SELECT pg_advisory_xact_lock_shared(:turn), pg_advisory_xact_lock(1, hashtext(:round))")
_TAKE_END = text("SELECT pg_advisory_xact_lock(:chain)")
_TURN, _SHARED_TURN, _END = "turn", "shared turn", "end of the chain"

# Made once: every act of everybody runs these two.
_LAST = select(col(Event.seq), col(Event.hash)).order_by(col(Event.seq).desc()).limit(1)
_APPEND = insert(Event)


def enter(session: Session, row: SQLModel, *, actor: Actor, act: str, now: datetime) -> None:
    """Store a new row and its event. ``act`` is a verb of the past: recorded, rated, decided."""
    session.add(row)
    record(session, actor=actor, act=act, subject=subject_of(row), before=None, after=values_of(row), now=now)


def change(
    session: Session, row: SQLModel, values: Mapping[str, Any], *, actor: Actor, act: str, now: datetime
) -> None:
    """Change a row that is kept, and record what it was before; its version counts on."""
    before = values_of(row)
    for name, value in values.items():
        setattr(row, name, value)
    if "version" in before:
        row.version = before["version"] + 1
    session.add(row)
    record(session, actor=actor, act=act, subject=subject_of(row), before=before, after=values_of(row), now=now)


def record(
    session: Session, *, actor: Actor, act: str, subject: str, before: object, after: object, now: datetime
) -> int:
    """Append one event to the chain and return its number. Writers queue: a chain has one end."""
    _take_end(session)
    session.flush()
    connection = session.connection()
    last = connection.execute(_LAST).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, FIRST)
    connection.execute(_APPEND, _sealed(seq, previous, actor, act, subject, before, after, moment(now)))
    return seq


def record_all(
    session: Session, happened: Iterable[tuple[str, object]], *, actor: Actor, act: str, now: datetime
) -> None:
    """Append an event for each of many rows that are new: its subject, and what it says. One statement for all."""
    _take_end(session)
    session.flush()
    connection = session.connection()
    last = connection.execute(_LAST).first()
    seq, previous = (last.seq, last.hash) if last else (0, FIRST)
    at = moment(now)
    events = []
    for subject, after in happened:
        seq += 1
        events.append(_sealed(seq, previous, actor, act, subject, None, after, at))
        previous = events[-1]["hash"]
    if events:
        connection.execute(_APPEND, events)


def _sealed(
    seq: int, previous: str, actor: Actor, act: str, subject: str, before: object, after: object, at: str
) -> dict[str, Any]:
    """An event as it is stored, bound to the one before it."""
    event: dict[str, Any] = {
        "seq": seq, "at": at, "actor": actor.id, "act": act, "subject": subject,
        "before": canonical(before), "after": canonical(after), "previous": previous,
    }  # fmt: skip
    return event | {"hash": seal(**event)}


def take_turn(session: Session) -> None:
    """Wait until no other act is being written, so that what is read from here on stays true.

    On SQLite a unit of work has its turn from its beginning. On PostgreSQL there are three locks, always taken
    in this order: the turn, the round, the end of the chain.
    """
    _wait(session, _TURN, _TAKE_TURN, {"turn": _TURN_LOCK})


def take_turn_at(session: Session, assessment: str) -> None:
    """The same for an act that writes nothing but ratings: those of other rounds may be written meanwhile.

    What it reads of the round and of its ratings stays true; everything that is not a rating waits for it. An act
    that writes more than ratings takes its whole turn before anything else.
    """
    if not _has(session, _TURN):
        _wait(session, f"round {assessment}", _TAKE_TURN_AT, {"turn": _TURN_LOCK, "round": assessment})
        session.info[_SHARED_TURN] = _transaction(session)


def _take_end(session: Session) -> None:
    """Wait until the end of the chain is one's own: taken last, for everybody queues for it."""
    if not _has(session, _SHARED_TURN):
        take_turn(session)
    _wait(session, _END, _TAKE_END, {"chain": _CHAIN_LOCK})


def _wait(session: Session, what: str, statement: TextClause, locks: Mapping[str, object]) -> None:
    """Take locks that the transaction keeps to its end, unless it has them."""
    if _has(session, what):
        return
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(statement, locks)
    session.info[what] = _transaction(session)


def _has(session: Session, what: str) -> bool:
    return session.info.get(what) is _transaction(session)


def _transaction(session: Session) -> object:
    """The innermost transaction: what was locked in one that is rolled back is free again."""
    connection = session.connection()
    return connection.get_nested_transaction() or connection.get_transaction()


def began_from(session: Session, subject: str, changes: int) -> dict[str, Any]:
    """What was said of something before the newest so many changes of it; nothing where no event tells."""
    if changes < 1:
        return {}
    told = (
        select(col(Event.before))
        .where(col(Event.subject) == subject, col(Event.before) != "null")
        .order_by(col(Event.seq).desc())
        .offset(changes - 1)
        .limit(1)
    )
    found = session.execute(told).scalar()
    said = json.loads(found) if found else {}
    return said if isinstance(said, dict) else {}


def subject_of(row: SQLModel) -> str:
    """What an event is about: table and key, as ``decision:jdds-copper-mark-approved``."""
    keys = (str(getattr(row, column.name)) for column in row.__table__.primary_key)  # type: ignore[attr-defined]
    return f"{row.__tablename__}:{'/'.join(keys)}"


def values_of(row: SQLModel) -> dict[str, Any]:
    """The row as JSON values: dates and moments as ISO text."""
    return {name: plain(value) for name, value in row.model_dump().items()}


def unchanged(row: SQLModel, values: Mapping[str, Any]) -> bool:
    """Whether a stored row already says all of this."""
    return all(plain(getattr(row, name)) == plain(value) for name, value in values.items())
