"""What was brought in from files: for whoever did not see the end of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select
from sqlmodel import col

from alignment.domain.bringing_in import BROUGHT_IN
from alignment.domain.frozen import dataclass
from alignment.tables import Event


@dataclass(frozen=True, slots=True)
class LastBrought:
    """The newest file that was stored whole: into whose record, of what, how many rows, when."""

    producer: str
    kind: str
    rows: int
    at: datetime


def last_brought(connection: Connection, producers: Iterable[str]) -> LastBrought | None:
    """The newest of these producers' records; None where none was ever brought in. One query."""
    subjects = [f"producer:{each}" for each in producers]
    found = connection.execute(
        select(col(Event.subject), col(Event.after), col(Event.at))
        .where(col(Event.subject).in_(subjects), col(Event.act) == BROUGHT_IN)
        .order_by(col(Event.seq).desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    told = json.loads(found.after)
    return LastBrought(found.subject.partition(":")[2], told["kind"], told["rows"], datetime.fromisoformat(found.at))
