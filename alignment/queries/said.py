"""What texts of kept records said on a day, as known at a moment, in SQL: names above all."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import aliased

from alignment.tables import KeptChange


def said(table: Any, name: str, as_at: Any = None, known_at: Any = None) -> ColumnElement[str]:
    """The column of a record's row as it stood, the rule of ``domain.kept.said_on`` once more: the newest change that
    holds says it, and before all of them the first one. With neither time it is what the row says today.
    """
    column: ColumnElement[str] = getattr(table, name)
    if as_at is None and known_at is None:
        return column
    change: Any = aliased(KeptChange)
    mine = and_(change.subject == literal(f"{_table(table)}:").concat(table.id), change.field == name)
    holds = []
    if as_at is not None:
        holds.append(or_(change.effective_on.is_(None), change.effective_on <= as_at))
    if known_at is not None:
        holds.append(change.recorded_at <= known_at)
    newest = select(change.after).where(mine, *holds).order_by(change.number.desc()).limit(1)
    first = select(change.before).where(mine, change.number == 1)
    return func.coalesce(
        newest.correlate_except(change).scalar_subquery(), first.correlate_except(change).scalar_subquery(), column
    )


def _table(table: Any) -> str:
    return str(table.__table__.name if hasattr(table, "__table__") else table.__tablename__)
