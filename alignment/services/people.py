"""Accounts, roles, declarations and sessions."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache
from threading import Semaphore
from typing import TYPE_CHECKING

from sqlmodel import Session, col, delete, select

from alignment.domain.people import Actor, Role
from alignment.domain.refusal import Refusal
from alignment.services import ledger
from alignment.tables import ConflictDeclaration, Membership, Person, SignedIn

if TYPE_CHECKING:
    from pwdlib import PasswordHash

SESSION_LASTS = timedelta(hours=12)
# One check takes 0.1 s and 64 MiB: more than a few at once would let strangers use up the machine.
_hashing = Semaphore(2)


def secret() -> str:
    """A secret that nobody guesses, for a cookie, link or token."""
    return secrets.token_urlsafe(32)


def hashed(value: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(value.encode()).hexdigest()


@cache
def _hasher() -> PasswordHash:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    return PasswordHash((Argon2Hasher(),))


def hash_password(password: str) -> str:
    """Argon2id with its own salt."""
    with _hashing:
        return _hasher().hash(password)


def password_fits(password: str, stored: str) -> bool:
    """Whether a password is the stored one; takes as long for an account without one."""
    with _hashing:
        return _hasher().verify(password, stored or _decoy())


@cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_hex(16))


def add_person(session: Session, *, actor: Actor, name: str, email: str, password: str, now: datetime) -> Person:
    """A new account. Refusal where the address has one already."""
    address = email.strip().lower()
    if session.exec(select(Person).where(col(Person.email) == address)).first():
        raise Refusal(f"{address} has an account already")
    person = Person(
        id=secrets.token_hex(8),
        name=name.strip(),
        email=address,
        password_hash=hash_password(password) if password else "",
        created_at=now,
    )
    session.add(person)
    # The event names the account and nothing that would let anybody use it.
    after = {"id": person.id, "name": person.name, "email": person.email}
    ledger.record(session, actor=actor, act="added", subject=f"person:{person.id}", before=None, after=after, now=now)
    return person


def grant(
    session: Session, *, actor: Actor, person_id: str, organisation_id: str, role: Role, now: datetime
) -> Membership:
    """Give a person a role for an organisation."""
    row = Membership(
        id=secrets.token_hex(8),
        person_id=person_id,
        organisation_id=organisation_id,
        role=role.value,
        since=now,
        granted_by=actor.id,
    )
    ledger.enter(session, row, actor=actor, act="granted", now=now)
    return row


def declare(
    session: Session,
    *,
    actor: Actor,
    person_id: str,
    programme_id: str,
    has_interest: bool,
    statement: str,
    now: datetime,
) -> ConflictDeclaration:
    """File what a person says about their interests in a programme."""
    row = ConflictDeclaration(
        id=secrets.token_hex(8),
        person_id=person_id,
        programme_id=programme_id,
        has_interest=has_interest,
        statement=statement.strip(),
        filed_at=now,
    )
    ledger.enter(session, row, actor=actor, act="declared", now=now)
    return row


def begin_session(session: Session, *, person: Person, agent: str, now: datetime) -> str:
    """A new session; the secret for its cookie."""
    value = secret()
    session.add(
        SignedIn(
            secret_hash=hashed(value),
            person_id=person.id,
            csrf=secret(),
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_LASTS,
            agent=agent[:200],
        )
    )
    session.flush()
    return value


def end_sessions(session: Session, *, person_id: str) -> None:
    """Sign a person out everywhere."""
    session.exec(delete(SignedIn).where(col(SignedIn.person_id) == person_id))


def end_session(session: Session, *, secret_hash: str) -> None:
    """Sign out here."""
    session.exec(delete(SignedIn).where(col(SignedIn.secret_hash) == secret_hash))
