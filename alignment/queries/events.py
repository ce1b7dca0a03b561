"""The event log, in order, read in portions so that its length does not matter."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, Row, SQLColumnExpression, case, cast, func, select
from sqlmodel import col

from alignment.domain.event import Event, first_break
from alignment.domain.refusal import Refusal
from alignment.tables import Event as EventRow


class Unreadable(Refusal):
    """An event holds something that is no text; the sentence names it."""


def events(connection: Connection) -> Generator[Event, None, None]:
    """Every event from the first on. Close it before the connection where you stop early."""
    columns = [
        col(EventRow.at), col(EventRow.actor), col(EventRow.act), col(EventRow.subject),
        col(EventRow.before), col(EventRow.after), col(EventRow.previous), col(EventRow.hash),
    ]  # fmt: skip
    sqlite = connection.dialect.name == "sqlite"
    said: Sequence[SQLColumnExpression[Any]] = [_bytes(column) for column in columns] if sqlite else columns
    statement = select(col(EventRow.seq), *said).order_by(col(EventRow.seq))
    with connection.execute(statement.execution_options(yield_per=1000)) as rows:
        for row in rows:
            yield _decoded(row) if sqlite else Event(*row)


def stored_break(stored: Iterable[Event]) -> str | None:
    """None for an unbroken chain, else a sentence that names the first event that is no text or does not fit."""
    try:
        return first_break(stored)
    except Unreadable as unreadable:
        return str(unreadable)


def _bytes(column: SQLColumnExpression[str]) -> ColumnElement[Any]:
    """The bytes of a text, NULL for what is none: SQLite keeps any bytes, its driver stops at what is no UTF-8."""
    return case((func.typeof(column) == "text", cast(column, LargeBinary)))


def _decoded(row: Row[Any]) -> Event:
    said: tuple[Any, ...] = tuple(row)[1:]
    try:
        return Event(row[0], *(each.decode() for each in said))
    except (AttributeError, UnicodeDecodeError):  # NULL has nothing to decode
        raise Unreadable(f"event {row[0]} cannot be read as text: it was changed") from None
