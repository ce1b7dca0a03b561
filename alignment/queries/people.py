"""People as the rules see them: their roles on a moment, and the interests they declared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, literal, or_, select, union_all
from sqlmodel import col

from alignment.domain.people import Role, Someone
from alignment.queries.facts import Rows
from alignment.tables import ConflictDeclaration, Membership, Person, SignedIn


@dataclass(frozen=True, slots=True)
class Visit:
    """A session that is good at a moment: who it is, and its CSRF secret."""

    someone: Someone
    csrf: str
    keys_on: bool
    seen_at: datetime


def visit(connection: Connection, secret_hash: str, now: datetime) -> Visit | None:
    """The session behind a cookie, with the person's roles and declarations: two queries, None if ended."""
    row = connection.execute(
        select(col(Person.id), col(Person.name), col(Person.keys_on), col(SignedIn.csrf), col(SignedIn.seen_at))
        .join(Person, col(Person.id) == SignedIn.person_id)
        .where(col(SignedIn.secret_hash) == secret_hash, col(SignedIn.expires_at) > now, col(Person.active).is_(True))
    ).first()
    if row is None:
        return None
    return Visit(someone(connection, row.id, row.name, now), row.csrf, row.keys_on, row.seen_at)


def someone(connection: Connection, person_id: str, name: str, now: datetime) -> Someone:
    """A person with the roles held at a moment and the newest declaration for each programme: one query."""
    roles: Rows = select(
        literal("role").label("kind"), col(Membership.organisation_id).label("about"),
        col(Membership.role).label("word"), literal(False).label("flag"), col(Membership.since).label("at"),
    ).where(
        col(Membership.person_id) == person_id,
        col(Membership.since) <= now,
        or_(col(Membership.until).is_(None), col(Membership.until) > now),
    )  # fmt: skip
    declared: Rows = select(
        literal("interest"), col(ConflictDeclaration.programme_id), literal(""),
        col(ConflictDeclaration.has_interest), col(ConflictDeclaration.filed_at),
    ).where(col(ConflictDeclaration.person_id) == person_id)  # fmt: skip
    rows: list[Row[Any]] = sorted(connection.execute(union_all(roles, declared)), key=lambda row: row.at)
    return Someone(
        person_id,
        name,
        frozenset((row.about, Role(row.word)) for row in rows if row.kind == "role"),
        {row.about: bool(row.flag) for row in rows if row.kind == "interest"},
    )
