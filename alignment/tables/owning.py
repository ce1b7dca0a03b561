"""Whose a programme is: the matter that the rules ask about, read by services and queries alike."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select
from sqlmodel import Session, col

from alignment.domain.people import Matter
from alignment.tables.register import AssuranceProcess, Programme, StandardOwner


def programme_matter(connection: Connection | Session, programme: str) -> Matter | None:
    """A programme with everybody who owns a piece of it: itself, its standard, its assurance process. One query."""
    rows = connection.execute(_owners(), {"programme": programme}).all()
    if not rows:
        return None
    owners = {each for row in rows for each in (row.runs, row.wrote, row.checks) if each}
    return Matter(programme=programme, owners=frozenset(owners))


@cache
def _owners() -> Select[*tuple[Any, ...]]:
    return (
        select(
            col(Programme.owner_id).label("runs"),
            col(StandardOwner.organisation_id).label("wrote"),
            col(AssuranceProcess.owner_id).label("checks"),
        )
        .outerjoin(StandardOwner, col(StandardOwner.standard_id) == Programme.standard_id)
        .outerjoin(AssuranceProcess, col(AssuranceProcess.id) == Programme.assurance_process_id)
        .where(col(Programme.id) == bindparam("programme"))
    )
