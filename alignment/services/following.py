"""Following a metal, a programme or a brand. A preference of one's own: it leaves no event, and its row may go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from alignment.domain.following import Followed, subject
from alignment.domain.people import Someone
from alignment.domain.refusal import Missing
from alignment.tables import Brand, Follow, Metal, Programme

_TABLES: dict[Followed, Any] = {Followed.METAL: Metal, Followed.PROGRAMME: Programme, Followed.BRAND: Brand}


def follow(session: Session, *, actor: Someone, said: str, now: datetime) -> None:
    """Begin to follow what a word names; once is enough. Missing where there is nothing of that name."""
    named = subject(said)
    if named is None or session.get(_TABLES[named.kind], named.id) is None:
        raise Missing("There is no such metal, programme or brand to follow.")
    if session.get(Follow, (actor.id, str(named))) is None:
        session.add(Follow(person_id=actor.id, subject=str(named), since=now))
        session.flush()


def unfollow(session: Session, *, actor: Someone, said: str) -> None:
    """Follow something no longer; nothing happens where it was not followed."""
    row = session.get(Follow, (actor.id, said))
    if row is not None:
        session.delete(row)
        session.flush()
