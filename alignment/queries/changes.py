"""How far the register has come: the number of its last event."""

from __future__ import annotations

from sqlalchemy import Connection, func, select
from sqlmodel import col

from alignment.tables import Event


def last_event(connection: Connection) -> int:
    """The number of the last event, 0 for an empty register."""
    return connection.execute(select(func.max(col(Event.seq)))).scalar() or 0
