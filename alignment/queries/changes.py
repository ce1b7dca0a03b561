"""How far the register has come, and whether it is still the same one."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, text
from sqlmodel import col

from alignment.tables import Event


def last_event(connection: Connection) -> int:
    """The number of the last event, 0 for an empty register."""
    return connection.execute(select(func.max(col(Event.seq)))).scalar() or 0


# A register that was put back from a copy may end with an event of the same number as before. It is told
# apart by what putting back changes: SQLite's user version (``backup.py``), the identity of PostgreSQL's table.
_COPY = {
    "sqlite": "SELECT user_version FROM pragma_user_version",
    "postgresql": "CAST(CAST('event' AS regclass) AS bigint)",
}


def reading_mark(connection: Connection) -> tuple[int, int]:
    """A value that differs after every event and after every restore: the last event, and which copy holds it."""
    newest = select(func.coalesce(func.max(col(Event.seq)), 0), text(f"({_COPY[connection.dialect.name]})"))
    event, copy = connection.execute(newest).one()
    return event, copy
