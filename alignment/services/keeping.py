"""What kept records said before they were changed, stored with the day from which they say something else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from alignment.domain.keeping import Noun, Values
from alignment.domain.kept import changed_values
from alignment.tables import KeptChange, kept


def keep_changes(
    session: Session, subject: str, changed: Mapping[str, tuple[Any, Any]], *, since: date | None, now: datetime
) -> None:
    """Keep what fields of a record said and say now; the event of the change itself is its caller's."""
    counted = select(KeptChange.field, func.count()).where(col(KeptChange.subject) == subject)
    numbers = dict(session.exec(counted.group_by(col(KeptChange.field))).all())
    for field, (before, after) in changed.items():
        row = KeptChange(
            subject=subject, field=field, number=numbers.get(field, 0) + 1, before=kept.as_stored(before),
            after=kept.as_stored(after), effective_on=since, recorded_at=now,
        )  # fmt: skip
        session.add(row)
    session.flush()


def keep_corrections(session: Session, before: Mapping[str, tuple[Noun, Values]], *, now: datetime) -> None:
    """Keep what an import corrected since all dated fields were read: what it says was always so."""
    for subject, (noun, values) in kept.dated_values(session.connection()).items():
        if subject in before and (changed := changed_values(noun, before[subject][1], values)):
            keep_changes(session, subject, changed, since=None, now=now)
