"""The event log, in order, read in portions so that its length does not matter."""

from __future__ import annotations

from collections.abc import Generator

from sqlalchemy import Connection, select
from sqlmodel import col

from alignment.domain.event import Event
from alignment.tables import Event as EventRow


def events(connection: Connection) -> Generator[Event, None, None]:
    """Every event from the first on. Close it before the connection where you stop early."""
    statement = select(
        col(EventRow.seq), col(EventRow.at), col(EventRow.actor), col(EventRow.act), col(EventRow.subject),
        col(EventRow.before), col(EventRow.after), col(EventRow.previous), col(EventRow.hash),
    ).order_by(col(EventRow.seq))  # fmt: skip
    with connection.execute(statement.execution_options(yield_per=1000)) as rows:
        for row in rows:
            yield Event(*row)
