"""Who may do what: accounts, invitations, roles and declared interests.

Events say what was done to whom by the ids of persons: no address, secret or private statement enters the
chain, which is kept for ever and handed on.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

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
from alignment.domain.refusal import Missing, Refusal, Stale, fit
from alignment.services import ledger
from alignment.services.accounts import end_sessions, end_tokens, person_of
from alignment.services.passwords import hash_password, hashed, secret
from alignment.tables import (
    ConflictDeclaration,
    Invitation,
    Membership,
    Organisation,
    Person,
    Programme,
    RecoveryCode,
    Token,
)

INVITATION_LASTS = timedelta(days=14)

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


def _address(email: str) -> str:
    """An address as it is kept."""
    return email.strip().lower()


def _faults_of_account(session: Session, email: str, name: str) -> dict[str, str]:
    """Why nobody can be known by this address and name, by field."""
    faults, at = {}, _address(email)
    if len(at) > 254 or not re.fullmatch(r"[^\s@<>,;:\"()]+@[^\s@<>,;:\"()]+\.[^\s@<>,;:\"()]+", at):
        faults["email"] = f"“{email.strip()[:60]}” is no e-mail address: write it as name@example.org."
    elif session.exec(select(Person).where(col(Person.email) == at)).first():
        faults["email"] = f"{at} has an account already: give that person a role instead."
    if not name.strip():
        faults["name"] = "A name is needed."
    elif len(_name(name)) > 120:
        faults["name"] = "A name has at most 120 characters."
    return faults


def _name(name: str) -> str:
    return " ".join(name.split())


def add_person(
    session: Session, *, actor: Someone | Actor, name: str, email: str, password: str, now: datetime
) -> Person:
    """A new account. Refusal where the address has one already."""
    doer = may(actor, Do.MANAGE_PEOPLE)
    return _new_person(
        session, doer, name=name, email=email, stored=hash_password(password) if password else "", now=now
    )


def _new_person(session: Session, doer: Actor, *, name: str, email: str, stored: str, now: datetime) -> Person:
    fit(_faults_of_account(session, email, name))
    person = Person(
        id=secrets.token_hex(8), name=_name(name), email=_address(email), password_hash=stored, created_at=now
    )
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


def _within(actor: Someone | Actor, email: str) -> None:
    """Refusal where a demonstration administrator reaches beyond demonstration people."""
    fit(_beyond(actor, email=email))


def _beyond(actor: Someone | Actor, *, email: str, organisation_id: str = "") -> dict[str, str]:
    """Where a demonstration administrator reaches beyond demonstration people and the worked example, by field."""
    if not isinstance(actor, Someone) or not actor.is_demonstration:
        return {}
    faults = {}
    if not is_demo_address(email):
        faults["email"] = f"A demonstration takes addresses at {DEMO_DOMAIN} alone: somebody@{DEMO_DOMAIN}."
    if organisation_id and not organisation_id.startswith(EXAMPLE):
        faults["organisation"] = "A demonstration gives roles for organisations of the worked example alone."
    return faults


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
    person = person_of(session, person_id)
    _within(actor, person.email)
    _fresh(person, version)
    if not person.active:
        raise Refusal(f"{person.name} is not active already.")
    _keep_an_administrator(session, person_id, now)
    person.active = False
    person.version += 1
    end_sessions(session, person_id=person_id)
    end_tokens(session, person_id, now)
    _say(session, doer, "deactivated", f"person:{person_id}", now, {"active": True}, {"active": False})


def reactivate(session: Session, *, actor: Someone | Actor, person_id: str, now: datetime) -> None:
    """The person may sign in again, with the password they had."""
    doer = may(actor, Do.MANAGE_PEOPLE)
    person = person_of(session, person_id)
    _within(actor, person.email)
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
    person = person_of(session, person_id)
    begins = since or now
    overlapping = _held_between(session, person_id, begins, until)
    faults = _faults_of_role(session, role, organisation_id)
    if until is not None and until <= begins:
        faults["until"] = "A role ends after it begins: choose a later day, or leave the end open."
    if any((each.organisation_id, each.role) == (organisation_id, role.value) for each in overlapping):
        faults["role"] = f"{person.name} holds this role for this organisation already."
    elif reason := why_not_hold({Role(each.role) for each in overlapping}, role):
        faults["role"] = f"{person.name} cannot be made {_an(role)}: {reason}."
    fit(faults | _beyond(actor, email=person.email, organisation_id=organisation_id))
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


def _held_between(session: Session, person_id: str, begins: datetime, until: datetime | None) -> list[Membership]:
    """The roles that somebody has at some time of a span, open at its end where it has none."""
    held = session.exec(
        select(Membership).where(
            col(Membership.person_id) == person_id, (col(Membership.until).is_(None)) | (col(Membership.until) > begins)
        )
    )
    return [each for each in held if until is None or each.since < until]


def _faults_of_role(session: Session, role: Role, organisation_id: str) -> dict[str, str]:
    """Why nobody can have the role for the organisation, by field."""
    if not organisation_id:
        return {"organisation": "Choose an organisation."}
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        return {"organisation": "There is no such organisation: it has to stand in the register first."}
    if _ONLY_FOR.get(role, organisation.kind) != organisation.kind:
        return {"role": f"{_an(role).capitalize()} acts for the exchange: {organisation.name} cannot have one."}
    return {}


def end_role(
    session: Session, *, actor: Someone | Actor, membership_id: str, now: datetime, version: int | None = None
) -> None:
    """The role ends now; that it was held stays known."""
    doer = may(actor, Do.MANAGE_PEOPLE)
    ledger.take_turn(session)
    row = session.get(Membership, membership_id)
    if row is None:
        raise Missing("There is no such role.")
    _within(actor, person_of(session, row.person_id).email)
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
    at = _address(email)
    faults = _beyond(actor, email=at, organisation_id=organisation_id) | _faults_of_account(session, email, name)
    fit(_faults_of_role(session, role, organisation_id) | faults)
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
    person = person_of(session, person_id)
    _within(actor, person.email)
    if not person.active:
        raise Refusal(f"{person.name} is not active: reactivate the account first.")
    _forget(session, person)
    end_sessions(session, person_id=person_id)
    end_tokens(session, person_id, now)
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
    _within(actor, row.email)
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
        person = person_of(session, row.person_id)
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


# --- interests ------------------------------------------------------------------------------------------------


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
    said = statement.strip()
    faults = {}
    if not programme_id:
        faults["programme"] = "Choose a programme."
    elif session.get(Programme, programme_id) is None:
        faults["programme"] = "There is no such programme: choose one from the list."
    if has_interest and not said:
        faults["statement"] = "Say in a sentence what the interest is: a post, a share, a contract, a relative."
    elif len(said) > 4000:
        faults["statement"] = "The statement has at most 4,000 characters."
    fit(faults)
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
