"""Who is on a sheet now: noted without an event, for it is no record of anything."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from alignment.domain.catalogue import Part
from alignment.domain.people import Someone
from alignment.tables import Presence

FORGOTTEN = timedelta(minutes=10)


def note(session: Session, *, actor: Someone, assessment: str, part: Part, criterion: str, now: datetime) -> None:
    """Note that somebody looks at a sheet, and forget those who left it."""
    row = session.get(Presence, (assessment, part.value, actor.id))
    if row is None:
        row = Presence(assessment_id=assessment, part=part.value, person_id=actor.id, at=now)
    row.criterion, row.at = criterion, now
    session.add(row)
    session.exec(
        delete(Presence).where(
            col(Presence.assessment_id) == assessment,
            col(Presence.part) == part.value,
            col(Presence.at) < now - FORGOTTEN,
        )
    )
