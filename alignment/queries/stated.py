"""Rows of what producers state: with their documents, as known at a moment and standing on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlmodel import col

from alignment.domain.assessment import Certainty
from alignment.domain.checklist import Said
from alignment.domain.people import EXAMPLE
from alignment.domain.when import When
from alignment.queries.facts import in_force, own_entry, sure_when, when
from alignment.queries.records import Ground
from alignment.tables import Source


def in_register(statement: Any, table: Any) -> Any:
    """A statement about brands or producers without the worked example."""
    return statement.where(col(table.id).not_like(f"{EXAMPLE}%"))


def names_in_register(connection: Connection, table: Any) -> tuple[tuple[str, str], ...]:
    """The ids and names of what a table holds of the register, in its order."""
    statement = in_register(select(col(table.id), col(table.name)), table).order_by(col(table.position))
    return tuple((row.id, row.name) for row in connection.execute(statement))


def sourced(table: Any, *more: Any) -> Any:
    """All columns of a table and of the document that each row rests on."""
    return select(
        *table.__table__.columns, col(Source.title).label("source_title"), col(Source.issuer).label("source_issuer"),
        col(Source.issued_on).label("source_issued_on"), col(Source.issued_precision).label("source_issued_precision"),
        col(Source.remark).label("source_remark"), *more,
    ).outerjoin(Source, col(Source.id) == table.source_id)  # fmt: skip


def ground_of(row: Row[Any]) -> Ground | None:
    """The document behind such a row; None for what rests on none."""
    if not row.source_id:
        return None
    return Ground(
        source=row.source_id, title=row.source_title, issuer=row.source_issuer,
        date=when(row.source_issued_on, row.source_issued_precision), place=row.place,
        how_sure=Certainty(row.certainty), remark=row.remark, about_source=row.source_remark,
    )  # fmt: skip


def own_ground(decision: str) -> Ground:
    """What a decision rests on that was taken here: its own entry in the ledger."""
    ref = own_entry(decision)
    return Ground(ref.id, ref.title, ref.issuer, None, ref.place, Certainty.FOUND, "", "")


def standing_rows(rows: Sequence[Row[Any]], private: bool) -> list[Row[Any]]:
    """The rows in force that nobody withdrew; those that are not public only for who may read them."""
    return [row for row in in_force(rows) if not row.withdrawn and (private or getattr(row, "public", True))]


def shown(table: Any) -> tuple[Any, Any]:
    """The same of public rows in SQL: what is public and was not withdrawn."""
    return col(table.public).is_(True), col(table.withdrawn).is_(False)


def begun(rows: Iterable[Row[Any]], as_at: date) -> list[Row[Any]]:
    """The facts that hold by the day."""
    return [row for row in rows if row.effective_on <= as_at]


def said_of(row: Row[Any]) -> Said:
    """Whose word it is."""
    return Said(row.verified_by, row.verified_on)


def effective_of(row: Row[Any]) -> When:
    """From when it holds."""
    return sure_when(row.effective_on, row.effective_precision)


def moment(known_at: datetime | None) -> datetime:
    """The moment up to which records are read: where none is asked for, every one."""
    return known_at or _ALWAYS


_ALWAYS = datetime.max.replace(tzinfo=UTC)
