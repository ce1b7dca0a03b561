"""People: as the rules see them, as they see themselves, and as an administrator sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, Row, bindparam, false, func, or_, select, union_all
from sqlmodel import col

from alignment.domain.frozen import dataclass
from alignment.domain.people import Role, Someone
from alignment.queries.facts import Rows
from alignment.tables import (
    ConflictDeclaration,
    Invitation,
    Membership,
    Organisation,
    Person,
    Programme,
    RecoveryCode,
    SignedIn,
    SignInAttempt,
    Token,
)
from alignment.tables.base import Utc, constant


@dataclass(frozen=True, slots=True)
class Visit:
    """A session that is good at a moment: who it is, and its CSRF secret."""

    someone: Someone
    csrf: str
    keys_on: bool
    seen_at: datetime


def visit(connection: Connection, secret_hash: str, now: datetime) -> Visit | None:
    """The session behind a cookie, with the person's roles and declarations: one query, None if ended."""
    rows = connection.execute(_visit(), {"secret_hash": secret_hash, "now": now}).all()
    found = next((row for row in rows if row.kind == "way in"), None)
    if found is None:
        return None
    return Visit(_someone(found.about, found.word, rows), found.said, bool(found.flag), found.at)


def someone(connection: Connection, person_id: str, name: str, now: datetime) -> Someone:
    """A person with the roles held at a moment and the newest declaration for each programme: one query."""
    return _someone(person_id, name, connection.execute(_of_person(), {"person_id": person_id, "now": now}).all())


def _someone(person_id: str, name: str, rows: Sequence[Row[Any]]) -> Someone:
    declared = sorted((row for row in rows if row.kind == "interest"), key=lambda row: row.at)
    return Someone(
        person_id,
        name,
        frozenset((row.about, Role(row.word)) for row in rows if row.kind == "role"),
        {row.about: bool(row.flag) for row in declared},
    )


_NOW = bindparam("now", type_=Utc)

# Made once each, as every request of somebody signed in runs one of them.


@lru_cache
def _visit() -> Executable:
    good = (
        col(SignedIn.secret_hash) == bindparam("secret_hash"),
        col(SignedIn.expires_at) > _NOW,
        col(SignedIn.second_factor_due).is_(False),
    )
    return _way_in(col(SignedIn.person_id), col(SignedIn.csrf), col(Person.keys_on), col(SignedIn.seen_at), *good)


def _way_in(whose: Any, said: Any, flag: Any, used: Any, *good: ColumnElement[bool]) -> Executable:
    """A way in that is good, of a person who is active, and what that person holds and declared."""
    found: Rows = select(
        constant("way in").label("kind"), col(Person.id).label("about"), col(Person.name).label("word"),
        flag.label("flag"), used.label("at"), said.label("said"),
    )  # fmt: skip
    person: Rows = select(whose)
    found, person = (
        each.join(Person, col(Person.id) == whose).where(*good, col(Person.active).is_(True))
        for each in (found.select_from(whose.table), person)
    )
    return union_all(found, *_held_and_declared(person.scalar_subquery()))


@lru_cache
def _of_person() -> Executable:
    return union_all(*_held_and_declared(bindparam("person_id")))


def _held_and_declared(person: ColumnElement[str]) -> tuple[Rows, Rows]:
    """Roles and declarations of a person in one shape."""
    roles: Rows = select(
        constant("role").label("kind"), col(Membership.organisation_id).label("about"),
        col(Membership.role).label("word"), false().label("flag"), col(Membership.since).label("at"),
        constant("").label("said"),
    ).where(
        col(Membership.person_id) == person,
        col(Membership.since) <= _NOW,
        or_(col(Membership.until).is_(None), col(Membership.until) > _NOW),
    )  # fmt: skip
    declared: Rows = select(
        constant("interest"), col(ConflictDeclaration.programme_id), constant(""),
        col(ConflictDeclaration.has_interest), col(ConflictDeclaration.filed_at), constant(""),
    ).where(col(ConflictDeclaration.person_id) == person)  # fmt: skip
    return roles, declared


@dataclass(frozen=True, slots=True)
class Account:
    """An account as far as signing in asks about it."""

    id: str
    name: str
    email: str
    password_hash: str
    second_factor: bool


def account(connection: Connection, *, email: str = "", person_id: str = "") -> Account | None:
    """The active account of an address or a person."""
    asked = col(Person.id) == person_id if person_id else col(Person.email) == email.strip().lower()
    row = connection.execute(
        select(
            col(Person.id), col(Person.name), col(Person.email), col(Person.password_hash), col(Person.totp_secret)
        ).where(asked, col(Person.active).is_(True))
    ).first()
    return row and Account(row.id, row.name, row.email, row.password_hash, bool(row.totp_secret))


def half_session(connection: Connection, secret_hash: str, now: datetime) -> Account | None:
    """Whose second factor is awaited behind a cookie."""
    row = connection.execute(
        select(col(SignedIn.person_id)).where(
            col(SignedIn.secret_hash) == secret_hash,
            col(SignedIn.second_factor_due).is_(True),
            col(SignedIn.expires_at) > now,
        )
    ).first()
    return account(connection, person_id=row.person_id) if row else None


# --- one's own account ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role for an organisation, from when until when."""

    id: str
    role: Role
    organisation: str
    since: datetime
    until: datetime | None
    version: int

    def holds(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or self.until > now)


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session of one's own; ``begins`` names it, and is no secret."""

    begins: str
    agent: str
    created_at: datetime
    seen_at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class OwnToken:
    """A personal token, without its secret."""

    id: str
    label: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    def works(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now


@dataclass(frozen=True, slots=True)
class Try:
    """One try to sign in and how it ended."""

    id: str
    at: datetime
    email: str
    name: str
    place: str
    outcome: str


@dataclass(frozen=True, slots=True)
class AccountPage:
    """What people see of their own account."""

    name: str
    email: str
    keys_on: bool
    second_factor: bool
    codes_left: int
    roles: tuple[HeldRole, ...]
    sessions: tuple[OwnSession, ...]
    tokens: tuple[OwnToken, ...]
    tries: tuple[Try, ...]


def account_page(connection: Connection, person_id: str, here: str, now: datetime) -> AccountPage:
    """One's own account: six queries. ``here`` is what is kept of the secret of the session that asks."""
    person = connection.execute(
        select(col(Person.name), col(Person.email), col(Person.keys_on), col(Person.totp_secret)).where(
            col(Person.id) == person_id
        )
    ).one()
    sessions = connection.execute(
        select(col(SignedIn.secret_hash), col(SignedIn.agent), col(SignedIn.created_at), col(SignedIn.seen_at))
        .where(
            col(SignedIn.person_id) == person_id,
            col(SignedIn.expires_at) > now,
            col(SignedIn.second_factor_due).is_(False),
        )
        .order_by(col(SignedIn.seen_at).desc())
    )
    tokens = connection.execute(
        select(
            col(Token.id), col(Token.label), col(Token.created_at), col(Token.expires_at), col(Token.used_at),
            col(Token.revoked_at),
        ).where(col(Token.person_id) == person_id).order_by(col(Token.created_at).desc())
    )  # fmt: skip
    codes = connection.execute(
        select(func.count()).where(col(RecoveryCode.person_id) == person_id, col(RecoveryCode.used_at).is_(None))
    ).scalar_one()
    return AccountPage(
        name=person.name,
        email=person.email,
        keys_on=person.keys_on,
        second_factor=bool(person.totp_secret),
        codes_left=codes,
        roles=tuple(_roles(connection, person_id).get(person_id, ())),
        sessions=tuple(
            OwnSession(row.secret_hash[:12], row.agent, row.created_at, row.seen_at, row.secret_hash == here)
            for row in sessions
        ),
        tokens=tuple(OwnToken(*row) for row in tokens),
        tries=tuple(tries(connection, email=person.email, most=10)),
    )


def _roles(connection: Connection, person_id: str = "") -> dict[str, list[HeldRole]]:
    """Roles by person, oldest first, ended ones included."""
    statement: Rows = (
        select(
            col(Membership.id), col(Membership.person_id), col(Membership.role), col(Organisation.name),
            col(Membership.since), col(Membership.until), col(Membership.version),
        )
        .join(Organisation, col(Organisation.id) == Membership.organisation_id)
        .order_by(col(Membership.since), col(Membership.id))
    )  # fmt: skip
    if person_id:
        statement = statement.where(col(Membership.person_id) == person_id)
    found: dict[str, list[HeldRole]] = {}
    for row in connection.execute(statement):
        role = HeldRole(row.id, Role(row.role), row.name, row.since, row.until, row.version)
        found.setdefault(row.person_id, []).append(role)
    return found


def tries(connection: Connection, *, email: str = "", before: str = "", most: int = 50) -> list[Try]:
    """How tries to sign in ended, newest first: of one address or of all, older than one that was seen."""
    statement: Rows = (
        select(
            col(SignInAttempt.id), col(SignInAttempt.at), col(SignInAttempt.email),
            func.coalesce(col(Person.name), "").label("name"), col(SignInAttempt.place), col(SignInAttempt.outcome),
        )
        .outerjoin(Person, col(Person.id) == SignInAttempt.person_id)
        .where(col(SignInAttempt.outcome) != "tried")
        .order_by(col(SignInAttempt.id).desc())
        .limit(most)
    )  # fmt: skip
    if email:
        statement = statement.where(col(SignInAttempt.email) == email)
    if before:
        statement = statement.where(col(SignInAttempt.id) < before)
    return [Try(*row) for row in connection.execute(statement)]


@dataclass(frozen=True, slots=True)
class Declared:
    """A programme, and what a person declared about it last."""

    programme_id: str
    programme: str
    example: bool
    has_interest: bool | None
    statement: str
    filed_at: datetime | None
    earlier: int
    """How many declarations it replaces."""


def declarations(connection: Connection, person_id: str) -> list[Declared]:
    """Every programme with one person's newest declaration: two queries."""
    filed: dict[str, list[Row[Any]]] = {}
    mine: Rows = (
        select(
            col(ConflictDeclaration.programme_id), col(ConflictDeclaration.has_interest),
            col(ConflictDeclaration.statement), col(ConflictDeclaration.filed_at),
        )
        .where(col(ConflictDeclaration.person_id) == person_id)
        .order_by(col(ConflictDeclaration.filed_at), col(ConflictDeclaration.id))
    )  # fmt: skip
    for row in connection.execute(mine):
        filed.setdefault(row.programme_id, []).append(row)
    programmes: Rows = select(col(Programme.id), col(Programme.short_name), col(Programme.example)).order_by(
        col(Programme.example), col(Programme.number)
    )
    found = []
    for row in connection.execute(programmes):
        of_it = filed.get(row.id, [])
        newest = of_it[-1] if of_it else None
        found.append(
            Declared(
                row.id, row.short_name, row.example,
                bool(newest.has_interest) if newest else None,
                newest.statement if newest else "",
                newest.filed_at if newest else None,
                max(0, len(of_it) - 1),
            )
        )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation, without its secret."""

    id: str
    email: str
    name: str
    role: Role | None
    organisation: str
    person_id: str | None
    created_at: datetime
    expires_at: datetime
    version: int


def invitation(connection: Connection, secret_hash: str, now: datetime) -> Invited | None:
    """The open invitation behind a link."""
    return next(iter(_invitations(connection, now, col(Invitation.secret_hash) == secret_hash)), None)


def open_invitations(connection: Connection, now: datetime) -> list[Invited]:
    """Invitations that nobody has taken up and that still work, newest first."""
    return _invitations(connection, now)


def _invitations(connection: Connection, now: datetime, *asked: Any) -> list[Invited]:
    rows = connection.execute(
        select(
            col(Invitation.id), col(Invitation.email), col(Invitation.name), col(Invitation.role),
            func.coalesce(col(Organisation.name), "").label("organisation"), col(Invitation.person_id),
            col(Invitation.created_at), col(Invitation.expires_at), col(Invitation.version),
        )
        .outerjoin(Organisation, col(Organisation.id) == Invitation.organisation_id)
        .where(*works_at(now), *asked)
        .order_by(col(Invitation.created_at).desc(), col(Invitation.id))
    )  # fmt: skip
    return [
        Invited(
            row.id, row.email, row.name, Role(row.role) if row.role else None, row.organisation, row.person_id,
            row.created_at, row.expires_at, row.version,
        )
        for row in rows
    ]  # fmt: skip


def works_at(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What holds of an invitation that can still be taken up."""
    return (
        col(Invitation.used_at).is_(None), col(Invitation.withdrawn_at).is_(None), col(Invitation.expires_at) > now,
    )  # fmt: skip


# --- as an administrator sees people ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody with an account, in a list."""

    id: str
    name: str
    email: str
    active: bool
    ready: bool
    """Whether a password was ever chosen."""
    second_factor: bool
    roles: tuple[HeldRole, ...]
    last_in: datetime | None
    version: int


def everybody(connection: Connection) -> list[PersonLine]:
    """Everybody with an account, by name: three queries."""
    return _lines(connection)


def _lines(connection: Connection, person_id: str = "") -> list[PersonLine]:
    statement: Rows = select(
        col(Person.id), col(Person.name), col(Person.email), col(Person.active), col(Person.password_hash),
        col(Person.totp_secret), col(Person.version),
    ).order_by(func.lower(col(Person.name)), col(Person.id))  # fmt: skip
    ins: Rows = (
        select(col(SignInAttempt.person_id), func.max(col(SignInAttempt.at)).label("at"))
        .where(col(SignInAttempt.outcome) == "signed in")
        .group_by(col(SignInAttempt.person_id))
    )
    if person_id:
        statement = statement.where(col(Person.id) == person_id)
        ins = ins.where(col(SignInAttempt.person_id) == person_id)
    roles = _roles(connection, person_id)
    last = {row.person_id: row.at for row in connection.execute(ins)}
    return [
        PersonLine(
            row.id, row.name, row.email, row.active, bool(row.password_hash), bool(row.totp_secret),
            tuple(roles.get(row.id, ())), last.get(row.id), row.version,
        )
        for row in connection.execute(statement)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person, with what they declared and how they signed in."""

    person: PersonLine
    declared: tuple[Declared, ...]
    tries: tuple[Try, ...]


def person_page(connection: Connection, person_id: str) -> PersonPage | None:
    """One person as an administrator sees them: six queries; None for nobody."""
    line = next(iter(_lines(connection, person_id)), None)
    if line is None:
        return None
    declared = tuple(each for each in declarations(connection, person_id) if each.filed_at is not None)
    return PersonPage(line, declared, tuple(tries(connection, email=line.email, most=20)))


def organisation_choices(connection: Connection) -> list[tuple[str, str, str]]:
    """Every organisation as value, name and kind, by name."""
    rows = connection.execute(
        select(col(Organisation.id), col(Organisation.name), col(Organisation.kind)).order_by(
            func.lower(col(Organisation.name)), col(Organisation.id)
        )
    )
    return [(row.id, row.name, row.kind) for row in rows]


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that works: its id, whose it is, and when it was noted to be used last."""

    token_id: str
    someone: Someone
    used_at: datetime | None


def bearer(connection: Connection, secret_hash: str, now: datetime) -> Bearer | None:
    """The token behind a secret that a program sent, and whose it is: one query, None for one that does not work."""
    rows = connection.execute(_bearer(), {"secret_hash": secret_hash, "now": now}).all()
    found = next((row for row in rows if row.kind == "way in"), None)
    return Bearer(found.said, _someone(found.about, found.word, rows), found.at) if found else None


@lru_cache
def _bearer() -> Executable:
    good = (
        col(Token.secret_hash) == bindparam("secret_hash"),
        col(Token.expires_at) > _NOW,
        col(Token.revoked_at).is_(None),
    )
    return _way_in(col(Token.person_id), col(Token.id), false(), col(Token.used_at), *good)
