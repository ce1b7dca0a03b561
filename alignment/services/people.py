"""Accounts, invitations, roles, declarations, tokens and sessions.

Events say what was done to whom by the ids of persons: no address, secret or private statement enters the
chain, which is kept for ever and handed on.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from hmac import compare_digest
from itertools import count
from threading import BoundedSemaphore, Semaphore
from typing import TYPE_CHECKING, NamedTuple

from sqlmodel import Session, col, delete, func, select

from alignment.domain.people import (
    DEMO_DOMAIN,
    EXAMPLE,
    Actor,
    ActorKind,
    Do,
    Role,
    Someone,
    is_demo_address,
    why_not,
    why_not_hold,
)
from alignment.domain.refusal import Missing, Refusal, Stale, Unfit
from alignment.services import ledger
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

if TYPE_CHECKING:
    from pwdlib import PasswordHash

SESSION_LASTS = timedelta(hours=12)
SECOND_FACTOR_WITHIN = timedelta(minutes=5)
INVITATION_LASTS = timedelta(days=14)
TOKEN_LASTS = timedelta(days=365)
TRIES_WITHIN = timedelta(minutes=15)
TRIES_A_PERSON = 5
TRIES_A_PLACE = 30
PASSWORD_LEAST, PASSWORD_MOST = 12, 200
RECOVERY_CODES = 8
STEP = 30
"""Seconds for which a code of the second factor holds."""


class Busy(Exception):  # noqa: N818  (it is no error of the program)
    """More people sign in at once than this machine checks passwords for."""


# --- secrets and passwords ------------------------------------------------------------------------

# One check takes 0.1 s and 64 MiB: more than a few at once would let strangers use up the machine,
# and more than a few that wait would leave no thread for readers.
_hashing = Semaphore(2)
_waiting = BoundedSemaphore(8)


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


@contextmanager
def _turn() -> Iterator[None]:
    if not _waiting.acquire(blocking=False):
        raise Busy
    try:
        with _hashing:
            yield
    finally:
        _waiting.release()


def hash_password(password: str) -> str:
    """Argon2id with its own salt. Busy where too many ask at once."""
    with _turn():
        return _hasher().hash(password)


def password_fits(password: str, stored: str) -> bool:
    """Whether a password is the stored one; takes as long for an account without one. Busy as above."""
    with _turn():
        return _hasher().verify(password[:PASSWORD_MOST], stored or _decoy()) and bool(stored)


@cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_hex(16))


def check_password(password: str, *, name: str, email: str) -> None:
    """Refusal for a password that is too short, too long, or the person's own name or address."""
    if len(password) < PASSWORD_LEAST:
        raise Unfit(
            {"password": f"A password needs at least {PASSWORD_LEAST} characters: three or four words will do."}
        )
    if len(password) > PASSWORD_MOST:
        raise Unfit({"password": f"A password has at most {PASSWORD_MOST} characters."})
    if len(set(password)) < 5 or password.lower() in (name.lower(), email.lower()):
        raise Unfit({"password": "That password would be guessed at once: choose another."})


# --- accounts ------------------------------------------------------------------------------------------


def may(actor: Someone | Actor, act: Do) -> Actor:
    """The actor for the event, if the act is theirs: a person by the rules, the command by its operator's right."""
    if isinstance(actor, Actor):
        return actor
    reason = why_not(actor, act)
    if reason:
        raise Refusal(reason)
    return actor.actor


def _say(session: Session, actor: Actor, act: str, subject: str, now: datetime, before: object, after: object) -> None:
    ledger.record(session, actor=actor, act=act, subject=subject, before=before, after=after, now=now)


def address(email: str) -> str:
    """An address as it is kept. Refusal for what is none."""
    found = email.strip().lower()
    if len(found) > 254 or not re.fullmatch(r"[^\s@<>,;:\"()]+@[^\s@<>,;:\"()]+\.[^\s@<>,;:\"()]+", found):
        raise Unfit({"email": f"“{email.strip()[:60]}” is no e-mail address: write it as name@example.org."})
    return found


def _name(name: str) -> str:
    found = " ".join(name.split())
    if not found:
        raise Unfit({"name": "A name is needed."})
    if len(found) > 120:
        raise Unfit({"name": "A name has at most 120 characters."})
    return found


def add_person(
    session: Session, *, actor: Someone | Actor, name: str, email: str, password: str, now: datetime
) -> Person:
    """A new account. Refusal where the address has one already."""
    doer = may(actor, Do.MANAGE_PEOPLE)
    return _new_person(
        session, doer, name=name, email=email, stored=hash_password(password) if password else "", now=now
    )


def _new_person(session: Session, doer: Actor, *, name: str, email: str, stored: str, now: datetime) -> Person:
    at = address(email)
    if session.exec(select(Person).where(col(Person.email) == at)).first():
        raise Unfit({"email": f"{at} has an account already: give that person a role instead."})
    person = Person(id=secrets.token_hex(8), name=_name(name), email=at, password_hash=stored, created_at=now)
    session.add(person)
    session.flush()
    _say(session, doer, "added", f"person:{person.id}", now, None, {"active": True})
    return person


def add_demonstrator(
    session: Session,
    *,
    actor: Actor,
    name: str,
    email: str,
    stored: str,
    organisation_id: str,
    role: Role,
    also: str = "",
    declares: bool,
    now: datetime,
) -> None:
    """A demonstration person with a role, ``also`` for a second organisation where one is named.

    They have no interest in any programme of the worked example.
    """
    person = _new_person(session, actor, name=name, email=email, stored=stored, now=now)
    for organisation in filter(None, (organisation_id, also)):
        grant(session, actor=actor, person_id=person.id, organisation_id=organisation, role=role, now=now)
    programmes = session.exec(select(Programme.id).where(col(Programme.example).is_(True))).all() if declares else ()
    for programme in programmes:
        declare(
            session, actor=actor, person_id=person.id, programme_id=programme, has_interest=False,
            statement="Declared for the demonstration.", now=now,
        )  # fmt: skip


def _within(actor: Someone | Actor, *, email: str = "", organisation_id: str = "") -> None:
    """Refusal where a demonstration administrator reaches beyond demonstration people and the worked example."""
    if not isinstance(actor, Someone) or not actor.is_demonstration:
        return
    if email and not is_demo_address(email):
        raise Unfit({"email": f"A demonstration takes addresses at {DEMO_DOMAIN} alone: somebody@{DEMO_DOMAIN}."})
    if organisation_id and not organisation_id.startswith(EXAMPLE):
        raise Unfit({"organisation": "A demonstration gives roles for organisations of the worked example alone."})


def _person(session: Session, person_id: str) -> Person:
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise Missing("There is no such person.")
    return person


def by_email(session: Session, email: str) -> Person:
    """The account of an address. Refusal where there is none."""
    person = session.exec(select(Person).where(col(Person.email) == email.strip().lower())).first()
    if person is None:
        raise Refusal(f"nobody has an account under {email}: “alignment user list” shows who has")
    return person


def _fresh(row: Person | Membership | Invitation | Token, version: int | None) -> None:
    if version is not None and row.version != version:
        raise Stale("This was changed by somebody else meanwhile: look at it as it is now, then decide again.")


def deactivate(
    session: Session, *, actor: Someone | Actor, person_id: str, now: datetime, version: int | None = None
) -> None:
    """Nobody signs in as this person any more; sessions and tokens end. What they did stays theirs."""
    doer = may(actor, Do.MANAGE_PEOPLE)
    ledger.take_turn(session)
    person = _person(session, person_id)
    _within(actor, email=person.email)
    _fresh(person, version)
    if not person.active:
        raise Refusal(f"{person.name} is not active already.")
    _keep_an_administrator(session, person_id, now)
    person.active = False
    person.version += 1
    end_sessions(session, person_id=person_id)
    _end_tokens(session, person_id, now)
    _say(session, doer, "deactivated", f"person:{person_id}", now, {"active": True}, {"active": False})


def reactivate(session: Session, *, actor: Someone | Actor, person_id: str, now: datetime) -> None:
    """The person may sign in again, with the password they had."""
    doer = may(actor, Do.MANAGE_PEOPLE)
    person = _person(session, person_id)
    _within(actor, email=person.email)
    if person.active:
        raise Refusal(f"{person.name} is active already.")
    person.active = True
    person.version += 1
    _say(session, doer, "reactivated", f"person:{person_id}", now, {"active": False}, {"active": True})


def _keep_an_administrator(session: Session, without: str, now: datetime) -> None:
    """Refusal where nobody would be left who can manage people."""
    administrators = _administrators(session, now)
    if administrators == {without}:
        raise Refusal("This is the last administrator: make somebody else an administrator first.")


def _administrators(session: Session, now: datetime) -> set[str]:
    return set(
        session.exec(
            select(Membership.person_id)
            .join(Person, col(Person.id) == Membership.person_id)
            .where(
                col(Membership.role) == Role.ADMINISTRATOR.value,
                col(Person.active).is_(True),
                (col(Membership.until).is_(None)) | (col(Membership.until) > now),
            )
        )
    )


# --- roles -------------------------------------------------------------------------------------------------

# The LME decides and publishes, and nobody else does (model, section 2).
_ONLY_FOR = {Role.DECIDER: "exchange", Role.PUBLISHER: "exchange"}


def grant(
    session: Session,
    *,
    actor: Someone | Actor,
    person_id: str,
    organisation_id: str,
    role: Role,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Membership:
    """Give a person a role for an organisation. Refusal where it is held, or does not go with what is held."""
    doer = may(actor, Do.MANAGE_PEOPLE)
    person = _person(session, person_id)
    _within(actor, email=person.email, organisation_id=organisation_id)
    _check_role_for(session, role, organisation_id)
    begins = since or now
    if until is not None and until <= begins:
        raise Unfit({"until": "A role ends after it begins: choose a later day, or leave the end open."})
    held = session.exec(
        select(Membership).where(
            col(Membership.person_id) == person_id, (col(Membership.until).is_(None)) | (col(Membership.until) > begins)
        )
    ).all()
    overlapping = [each for each in held if until is None or each.since < until]
    if any((each.organisation_id, each.role) == (organisation_id, role.value) for each in overlapping):
        raise Unfit({"role": f"{person.name} holds this role for this organisation already."})
    reason = why_not_hold({Role(each.role) for each in overlapping}, role)
    if reason:
        raise Unfit({"role": f"{person.name} cannot be made {_an(role)}: {reason}."})
    row = Membership(
        id=secrets.token_hex(8),
        person_id=person_id,
        organisation_id=organisation_id,
        role=role.value,
        since=begins,
        until=until,
        granted_by=doer.id,
    )
    ledger.enter(session, row, actor=doer, act="granted", now=now)
    return row


def _an(role: Role) -> str:
    label = role.label.lower()
    return f"an {label}" if label[0] in "aeiou" else f"a {label}"


def _check_role_for(session: Session, role: Role, organisation_id: str) -> None:
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise Unfit({"organisation": "There is no such organisation: it has to stand in the register first."})
    if _ONLY_FOR.get(role, organisation.kind) != organisation.kind:
        raise Unfit({"role": f"{_an(role).capitalize()} acts for the exchange: {organisation.name} cannot have one."})


def end_role(
    session: Session, *, actor: Someone | Actor, membership_id: str, now: datetime, version: int | None = None
) -> None:
    """The role ends now; that it was held stays known."""
    doer = may(actor, Do.MANAGE_PEOPLE)
    ledger.take_turn(session)
    row = session.get(Membership, membership_id)
    if row is None:
        raise Missing("There is no such role.")
    _within(actor, email=_person(session, row.person_id).email)
    _fresh(row, version)
    if row.until is not None and row.until <= now:
        raise Refusal("This role has ended already.")
    if row.role == Role.ADMINISTRATOR.value and _administrator_roles(session, row.person_id, now) == 1:
        _keep_an_administrator(session, row.person_id, now)
    ledger.change(session, row, {"until": max(now, row.since)}, actor=doer, act="ended", now=now)


def _administrator_roles(session: Session, person_id: str, now: datetime) -> int:
    return session.exec(
        select(func.count())
        .select_from(Membership)
        .where(
            col(Membership.person_id) == person_id,
            col(Membership.role) == Role.ADMINISTRATOR.value,
            (col(Membership.until).is_(None)) | (col(Membership.until) > now),
        )
    ).one()


# --- invitations ----------------------------------------------------------------------------------------------


def invite(
    session: Session,
    *,
    actor: Someone | Actor,
    email: str,
    name: str,
    organisation_id: str,
    role: Role,
    now: datetime,
) -> str:
    """Invite somebody new to a role; the secret for their link, which is kept nowhere and shown once."""
    doer = may(actor, Do.MANAGE_PEOPLE)
    at = address(email)
    _within(actor, email=at, organisation_id=organisation_id)
    if session.exec(select(Person).where(col(Person.email) == at)).first():
        raise Unfit({"email": f"{at} has an account already: give that person a role instead."})
    _check_role_for(session, role, organisation_id)
    return _invitation(
        session, doer, Invitation.model_validate(
            {
                "id": secrets.token_hex(8), "secret_hash": "", "email": at, "name": _name(name),
                "organisation_id": organisation_id, "role": role.value, "invited_by": doer.id,
                "created_at": now, "expires_at": now + INVITATION_LASTS,
            }
        ), now,
    )  # fmt: skip


def reset(session: Session, *, actor: Someone | Actor, person_id: str, now: datetime) -> str:
    """Sign a person out everywhere, end their tokens, password and second factor; the secret of a new link."""
    doer = may(actor, Do.MANAGE_PEOPLE)
    person = _person(session, person_id)
    _within(actor, email=person.email)
    if not person.active:
        raise Refusal(f"{person.name} is not active: reactivate the account first.")
    _forget(session, person)
    end_sessions(session, person_id=person_id)
    _end_tokens(session, person_id, now)
    _say(session, doer, "reset", f"person:{person_id}", now, None, None)
    return _invitation(
        session, doer, Invitation.model_validate(
            {
                "id": secrets.token_hex(8), "secret_hash": "", "email": person.email, "name": person.name,
                "person_id": person.id, "invited_by": doer.id,
                "created_at": now, "expires_at": now + INVITATION_LASTS,
            }
        ), now,
    )  # fmt: skip


def _forget(session: Session, person: Person) -> None:
    person.password_hash = ""
    person.totp_secret = ""
    person.calendar_hash = None
    person.version += 1
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person.id))


def _invitation(session: Session, doer: Actor, row: Invitation, now: datetime) -> str:
    """Store an invitation in place of any open one for the address."""
    for older in session.exec(
        select(Invitation).where(
            col(Invitation.email) == row.email,
            col(Invitation.used_at).is_(None),
            col(Invitation.withdrawn_at).is_(None),
        )
    ):
        older.withdrawn_at = now
        older.version += 1
        _say(session, doer, "withdrawn", f"invitation:{older.id}", now, None, None)
    value = secret()
    row.secret_hash = hashed(value)
    session.add(row)
    session.flush()
    after = {"person_id": row.person_id, "organisation_id": row.organisation_id, "role": row.role}
    _say(session, doer, "invited", f"invitation:{row.id}", now, None, after)
    return value


def withdraw(
    session: Session, *, actor: Someone | Actor, invitation_id: str, now: datetime, version: int | None = None
) -> None:
    """An invitation that nobody can use any more."""
    doer = may(actor, Do.MANAGE_PEOPLE)
    row = session.get(Invitation, invitation_id)
    if row is None:
        raise Missing("There is no such invitation.")
    _within(actor, email=row.email)
    _fresh(row, version)
    if row.used_at or row.withdrawn_at:
        raise Refusal("This invitation was used or withdrawn already.")
    row.withdrawn_at = now
    row.version += 1
    _say(session, doer, "withdrawn", f"invitation:{row.id}", now, None, None)


def accept(session: Session, *, value: str, name: str, stored: str, now: datetime) -> Person:
    """Take an invitation up, once, with a password that was hashed before; the account that is ready to sign in."""
    row = session.exec(select(Invitation).where(col(Invitation.secret_hash) == hashed(value)).with_for_update()).first()
    if row is None or row.used_at or row.withdrawn_at or row.expires_at <= now:
        raise Refusal("This link is used, withdrawn or too old. Ask the administrator for a new one.")
    row.used_at = now
    row.version += 1
    if row.person_id is not None:
        person = _person(session, row.person_id)
        if not person.active:
            raise Refusal("This account is not active. Ask the administrator.")
        person.password_hash = stored
        person.version += 1
        _say(session, _self(person), "accepted", f"invitation:{row.id}", now, None, {"person_id": person.id})
        return person
    inviter = Actor(row.invited_by, row.invited_by, _kind(row.invited_by))
    person = _new_person(session, inviter, name=name, email=row.email, stored=stored, now=now)
    _say(session, _self(person), "accepted", f"invitation:{row.id}", now, None, {"person_id": person.id})
    if row.organisation_id and row.role:
        role = Role(row.role)
        grant(session, actor=inviter, person_id=person.id, organisation_id=row.organisation_id, role=role, now=now)
    return person


def _kind(actor_id: str) -> ActorKind:
    return ActorKind.PERSON if actor_id.startswith("person:") else ActorKind.SYSTEM


def _self(person: Person) -> Actor:
    return Someone(person.id, person.name).actor


# --- what people do with their own account --------------------------------------------------------------------


def declare(
    session: Session,
    *,
    actor: Someone | Actor,
    person_id: str,
    programme_id: str,
    has_interest: bool,
    statement: str,
    now: datetime,
) -> ConflictDeclaration:
    """File what a person says about their own interests in a programme; the newest counts."""
    if isinstance(actor, Someone) and actor.id != person_id:
        raise Refusal("Everybody declares their own interests: nobody else can do it for them.")
    if session.get(Programme, programme_id) is None:
        raise Unfit({"programme": "There is no such programme: choose one from the list."})
    said = statement.strip()
    if has_interest and not said:
        raise Unfit({"statement": "Say in a sentence what the interest is: a post, a share, a contract, a relative."})
    if len(said) > 4000:
        raise Unfit({"statement": "The statement has at most 4,000 characters."})
    row = ConflictDeclaration(
        id=secrets.token_hex(8),
        person_id=person_id,
        programme_id=programme_id,
        has_interest=has_interest,
        statement=said,
        filed_at=now,
    )
    session.add(row)
    session.flush()
    doer = actor.actor if isinstance(actor, Someone) else actor
    after = {"person_id": person_id, "programme_id": programme_id, "has_interest": has_interest}
    _say(session, doer, "declared", f"conflict_declaration:{row.id}", now, None, after)
    return row


def change_password(session: Session, *, actor: Someone, stored: str, keep: str, now: datetime) -> None:
    """A new password, hashed before; every session but the one with the hash ``keep`` ends."""
    person = _person(session, actor.id)
    person.password_hash = stored
    person.version += 1
    session.exec(delete(SignedIn).where(col(SignedIn.person_id) == actor.id, col(SignedIn.secret_hash) != keep))
    _say(session, actor.actor, "changed password", f"person:{actor.id}", now, None, None)


def set_keys(session: Session, *, actor: Someone, on: bool, now: datetime) -> None:
    """Keyboard shortcuts on or off."""
    person = _person(session, actor.id)
    if person.keys_on != on:
        _say(session, actor.actor, "set", f"person:{actor.id}", now, {"keys_on": person.keys_on}, {"keys_on": on})
        person.keys_on = on
        person.version += 1


def make_token(session: Session, *, actor: Someone, label: str, now: datetime) -> str:
    """A personal token for programs, good for a year; its secret, shown once."""
    said = " ".join(label.split())
    if not said:
        raise Unfit({"label": "Say what the token is for, so that you know later which to revoke."})
    if len(said) > 80:
        raise Unfit({"label": "The purpose has at most 80 characters."})
    value = f"alignment_{secret()}"
    row = Token(
        id=secrets.token_hex(8),
        secret_hash=hashed(value),
        person_id=actor.id,
        label=said,
        created_at=now,
        expires_at=now + TOKEN_LASTS,
    )
    session.add(row)
    session.flush()
    _say(session, actor.actor, "made", f"token:{row.id}", now, None, {"person_id": actor.id, "label": said})
    return value


def revoke_token(session: Session, *, actor: Someone, token_id: str, now: datetime) -> None:
    """A token of one's own that no program can use any more."""
    row = session.get(Token, token_id)
    if row is None or row.person_id != actor.id:
        raise Missing("You have no such token.")
    if row.revoked_at is None:
        row.revoked_at = now
        row.version += 1
        _say(session, actor.actor, "revoked", f"token:{row.id}", now, None, None)


def _end_tokens(session: Session, person_id: str, now: datetime) -> None:
    for row in session.exec(select(Token).where(col(Token.person_id) == person_id, col(Token.revoked_at).is_(None))):
        row.revoked_at = now
        row.version += 1


# --- signing in -----------------------------------------------------------------------------------------------


def begin_try(session: Session, *, email: str, place: str, now: datetime) -> timedelta | None:
    """Count one try to sign in; how long to wait, where there were too many for the account or the place.

    A try counts from its beginning, so that many at once are not more than as many one after another.
    """
    ledger.take_turn(session)
    at = email.strip().lower()[:254]
    wait = _wait(session, at, place, now)
    _note(session, email=at, person_id=None, place=place, outcome="tried" if wait is None else "limited", now=now)
    return wait


def _wait(session: Session, email: str, place: str, now: datetime) -> timedelta | None:
    since = now - TRIES_WITHIN
    rows = session.exec(
        select(SignInAttempt.at, SignInAttempt.email, SignInAttempt.place, SignInAttempt.outcome)
        .where(
            col(SignInAttempt.at) > since,
            (col(SignInAttempt.email) == email) | (col(SignInAttempt.place) == place),
            col(SignInAttempt.outcome).in_(("tried", "signed in", "confirmed")),
        )
        .order_by(col(SignInAttempt.at), col(SignInAttempt.id))
    ).all()
    of_account: list[datetime] = []
    of_place: list[datetime] = []
    for at, whose, where, outcome in rows:
        if whose == email:
            of_account = [*of_account, at] if outcome == "tried" else []
        if where == place:
            of_place = [*of_place, at] if outcome == "tried" else of_place[:-1]
    full = [
        tries[-most] for tries, most in ((of_account, TRIES_A_PERSON), (of_place, TRIES_A_PLACE)) if len(tries) >= most
    ]
    return max(full) - since if full else None


def note_try(session: Session, *, email: str, person_id: str | None, place: str, outcome: str, now: datetime) -> None:
    """How a try ended: signed in, refused, refused code, code awaited."""
    _note(session, email=email.strip().lower()[:254], person_id=person_id, place=place, outcome=outcome, now=now)


_tries = count()


def _note(session: Session, *, email: str, person_id: str | None, place: str, outcome: str, now: datetime) -> None:
    # In the order of time, and of this process where several have the same.
    number = f"{int(now.timestamp() * 1_000_000):016x}-{next(_tries):09x}-{secrets.token_hex(4)}"
    session.add(SignInAttempt(id=number, at=now, email=email, person_id=person_id, place=place, outcome=outcome))
    session.flush()


class Begun(NamedTuple):
    """A session that began: the secret of its cookie, and whether a code is still awaited."""

    value: str
    second_factor_due: bool


def begin_session(session: Session, *, person: Person, agent: str, now: datetime, half: bool = False) -> str:
    """A new session; the secret for its cookie. While it is ``half``, the second factor is awaited."""
    value = secret()
    session.add(
        SignedIn(
            secret_hash=hashed(value),
            person_id=person.id,
            csrf=secret(),
            created_at=now,
            seen_at=now,
            expires_at=now + (SECOND_FACTOR_WITHIN if half else SESSION_LASTS),
            agent=agent[:200],
            second_factor_due=half,
        )
    )
    session.flush()
    return value


def sign_in(session: Session, *, person_id: str, agent: str, replaces: str, now: datetime) -> Begun:
    """A session for somebody whose password was right. The session of the cookie that came along ends."""
    person = _person(session, person_id)
    end_session(session, secret_hash=replaces)
    session.exec(delete(SignedIn).where(col(SignedIn.person_id) == person_id, col(SignedIn.expires_at) <= now))
    half = bool(person.totp_secret)
    return Begun(begin_session(session, person=person, agent=agent, now=now, half=half), half)


def second_factor(session: Session, *, secret_hash: str, code: str, agent: str, now: datetime) -> str | None:
    """The secret of a whole session, under a new cookie, for a code that fits; None for one that does not."""
    half = session.get(SignedIn, secret_hash)
    if half is None or not half.second_factor_due or half.expires_at <= now:
        return None
    person = _person(session, half.person_id)
    if not (_use_code(person, code, now) or _use_recovery(session, person.id, code, now)):
        return None
    end_session(session, secret_hash=secret_hash)
    return begin_session(session, person=person, agent=agent, now=now)


def seen(session: Session, *, secret_hash: str, now: datetime) -> None:
    """When a session was last used, for the list of one's own sessions."""
    row = session.get(SignedIn, secret_hash)
    if row is not None:
        row.seen_at = now


def token_seen(session: Session, *, token_id: str, now: datetime) -> None:
    """When a token was last used, for the list of one's own tokens."""
    row = session.get(Token, token_id)
    if row is not None:
        row.used_at = now


def end_sessions(session: Session, *, person_id: str) -> None:
    """Sign a person out everywhere."""
    session.exec(delete(SignedIn).where(col(SignedIn.person_id) == person_id))


def end_session(session: Session, *, secret_hash: str) -> None:
    """Sign out here."""
    session.exec(delete(SignedIn).where(col(SignedIn.secret_hash) == secret_hash))


def end_one_of(session: Session, *, actor: Someone, begins: str) -> None:
    """End one of one's own sessions, named by the beginning of what is kept of its secret."""
    session.exec(
        delete(SignedIn).where(
            col(SignedIn.person_id) == actor.id, func.substr(col(SignedIn.secret_hash), 1, 12) == begins[:12]
        )
    )


# --- the second factor ----------------------------------------------------------------------------------------


def new_totp_secret() -> str:
    """A secret for an authenticator, in base 32."""
    import pyotp

    return pyotp.random_base32()


def totp_link(totp_secret: str, email: str, issuer: str) -> str:
    """The address by which an authenticator takes a secret over."""
    import pyotp

    return pyotp.TOTP(totp_secret).provisioning_uri(name=email, issuer_name=issuer)


def enrol(session: Session, *, actor: Someone, totp_secret: str, code: str, now: datetime) -> list[str]:
    """Turn the second factor on, once a code shows that the authenticator has it; the recovery codes, shown once."""
    person = _person(session, actor.id)
    if person.totp_secret:
        raise Refusal("The second factor is on already.")
    if not re.fullmatch("[A-Z2-7]{32}", totp_secret):
        raise Unfit({"code": "This page is too old: open it again and scan the new code."})
    person.totp_secret = totp_secret
    person.last_totp = 0
    if not _use_code(person, code, now):
        raise Unfit({"code": "That code does not fit: check the clock of your device and enter the newest code."})
    person.version += 1
    _say(session, actor.actor, "set", f"person:{actor.id}", now, {"second_factor": False}, {"second_factor": True})
    return recovery_codes(session, person_id=actor.id, now=now)


def recovery_codes(session: Session, *, person_id: str, now: datetime) -> list[str]:
    """New recovery codes in place of the old ones."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person_id))
    codes = ["-".join(secrets.token_hex(10)[i : i + 5] for i in range(0, 20, 5)) for _ in range(RECOVERY_CODES)]
    for code in codes:
        session.add(RecoveryCode(code_hash=hashed(_bare(code)), person_id=person_id, created_at=now))
    session.flush()
    return codes


def disable_second_factor(session: Session, *, actor: Someone, now: datetime) -> None:
    """Turn the second factor off; the password was asked for before."""
    person = _person(session, actor.id)
    if person.totp_secret:
        person.totp_secret = ""
        person.version += 1
        session.exec(delete(RecoveryCode).where(col(RecoveryCode.person_id) == actor.id))
        _say(session, actor.actor, "set", f"person:{actor.id}", now, {"second_factor": True}, {"second_factor": False})


def _use_code(person: Person, code: str, now: datetime) -> bool:
    """Whether a code is the authenticator's for now, a step before or after; each step is used once."""
    import pyotp

    digits = "".join(code.split()).encode()
    step = int(now.timestamp()) // STEP
    for each in (step - 1, step, step + 1):
        if each > person.last_totp and compare_digest(pyotp.TOTP(person.totp_secret).at(each * STEP).encode(), digits):
            person.last_totp = each
            return True
    return False


def _use_recovery(session: Session, person_id: str, code: str, now: datetime) -> bool:
    row = session.get(RecoveryCode, hashed(_bare(code)))
    if row is None or row.person_id != person_id or row.used_at is not None:
        return False
    row.used_at = now
    return True


def _bare(code: str) -> str:
    return re.sub(r"[^0-9a-f]", "", code.lower())
