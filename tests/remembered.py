"""What many tests begin with is made once by the real services; after that its rows are put into each new database."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Table, exists, insert, select
from sqlmodel import Session, SQLModel, col

from alignment.tables import Event

Made = TypeVar("Made")
Rows = list[tuple[Table, list[dict[str, Any]]]]


def remembered(make: Callable[..., Made]) -> Callable[..., Made]:
    """``make(session, …)`` on an empty database, from memory the second time; on any other it is simply called."""
    kept: dict[str, tuple[Made, Rows]] = {}

    @functools.wraps(make)
    def recall(session: Session, *args: Any, **given: Any) -> Made:
        if session.scalar(select(exists().where(col(Event.seq) > 0))):
            return make(session, *args, **given)
        key = repr((args, sorted(given.items())))
        if key not in kept:
            made = make(session, *args, **given)
            session.flush()
            kept[key] = made, _rows(session)
        made, rows = kept[key]
        if not session.scalar(select(exists().where(col(Event.seq) > 0))):
            for table, values in rows:
                session.connection().execute(insert(table), values)
        return copy.deepcopy(made)

    return recall


def _rows(session: Session) -> Rows:
    """Every row of every table, in an order in which each finds what it refers to."""
    found = []
    for table in SQLModel.metadata.sorted_tables:
        assert table.autoincrement_column is None, f"{table.name} counts for itself: its counter is not remembered"
        own = [column.name for column in table.columns if any(key.column.table is table for key in column.foreign_keys)]
        rows = [dict(row._mapping) for row in session.connection().execute(select(table))]
        if rows:
            found.append((table, sorted(rows, key=lambda row: sum(row[name] is not None for name in own))))
    return found
