"""What an import entered that its files no longer say."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select
from sqlmodel import col

from alignment.domain.decision import Act
from alignment.queries.entered import held_of
from alignment.tables import Decision, Event


def held_beside(connection: Connection, said: Collection[str], *, actor: str) -> list[str]:
    """The subjects of records that an import entered, that are still held, and that its files do not say any more.

    A decision that was declared void says of itself that it never held, and is not among them.
    """
    entered = select(col(Event.subject)).where(col(Event.actor) == actor, col(Event.act) == "recorded")
    left = [subject for subject in connection.execute(entered).scalars() if subject not in said]
    held = held_of(connection, left) if left else set()
    void = _void(connection) if held else set()
    return sorted(held - void)


def _void(connection: Connection) -> set[str]:
    """The decisions whose newest word is that they never held."""
    rows = connection.execute(select(col(Decision.id), col(Decision.corrects), col(Decision.act))).all()
    corrected = {row.id: row.corrects for row in rows if row.corrects}
    newest = {row.id for row in rows} - set(corrected.values())
    void = set()
    for row in rows:
        if row.act == Act.VOID and row.id in newest:
            each = row.id
            while each in corrected:
                each = corrected[each]
            void.add(f"decision:{each}")
    return void
