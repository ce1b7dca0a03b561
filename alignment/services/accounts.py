"""One's own account: signing in and out, password, second factor and tokens.

Events say what was done to whom by the ids of persons: no address or secret enters the chain, which is kept
for ever and handed on.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from hmac import compare_digest
from itertools import count
from typing import NamedTuple

from sqlmodel import Session, col, delete, func, select

from alignment.domain.people import Someone
from alignment.domain.refusal import Missing, Refusal, Unfit
from alignment.services import ledger
from alignment.services.passwords import hashed, secret
from alignment.tables import Person, RecoveryCode, SignedIn, SignInAttempt, Token

SESSION_LASTS = timedelta(hours=12)
SECOND_FACTOR_WITHIN = timedelta(minutes=5)
TOKEN_LASTS = timedelta(days=365)
TRIES_WITHIN = timedelta(minutes=15)
TRIES_A_PERSON = 5
TRIES_A_PLACE = 30
RECOVERY_CODES = 8
STEP = 30
"""Seconds for which a code of the second factor holds."""


def person_of(session: Session, person_id: str) -> Person:
    """The row of a person, locked until the act ends. Missing where there is none."""
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise Missing("There is no such person.")
    return person


def _say(
    session: Session, actor: Someone, act: str, subject: str, now: datetime, before: object, after: object
) -> None:
    ledger.record(session, actor=actor.actor, act=act, subject=subject, before=before, after=after, now=now)


def change_password(session: Session, *, actor: Someone, stored: str, keep: str, now: datetime) -> None:
    """A new password, hashed before; every session but the one with the hash ``keep`` ends."""
    person = person_of(session, actor.id)
    person.password_hash = stored
    person.version += 1
    session.exec(delete(SignedIn).where(col(SignedIn.person_id) == actor.id, col(SignedIn.secret_hash) != keep))
    _say(session, actor, "changed password", f"person:{actor.id}", now, None, None)


def set_keys(session: Session, *, actor: Someone, on: bool, now: datetime) -> None:
    """Keyboard shortcuts on or off."""
    person = person_of(session, actor.id)
    if person.keys_on != on:
        _say(session, actor, "set", f"person:{actor.id}", now, {"keys_on": person.keys_on}, {"keys_on": on})
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
    _say(session, actor, "made", f"token:{row.id}", now, None, {"person_id": actor.id, "label": said})
    return value


def revoke_token(session: Session, *, actor: Someone, token_id: str, now: datetime) -> None:
    """A token of one's own that no program can use any more."""
    row = session.get(Token, token_id)
    if row is None or row.person_id != actor.id:
        raise Missing("You have no such token.")
    if row.revoked_at is None:
        row.revoked_at = now
        row.version += 1
        _say(session, actor, "revoked", f"token:{row.id}", now, None, None)


def end_tokens(session: Session, person_id: str, now: datetime) -> None:
    """No program reads as this person any more."""
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
    person = person_of(session, person_id)
    end_session(session, secret_hash=replaces)
    session.exec(delete(SignedIn).where(col(SignedIn.person_id) == person_id, col(SignedIn.expires_at) <= now))
    half = bool(person.totp_secret)
    return Begun(begin_session(session, person=person, agent=agent, now=now, half=half), half)


def second_factor(session: Session, *, secret_hash: str, code: str, agent: str, now: datetime) -> str | None:
    """The secret of a whole session, under a new cookie, for a code that fits; None for one that does not."""
    half = session.get(SignedIn, secret_hash)
    if half is None or not half.second_factor_due or half.expires_at <= now:
        return None
    person = person_of(session, half.person_id)
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


def is_totp_secret(said: str) -> bool:
    """Whether this can be a secret that was made here."""
    return bool(re.fullmatch("[A-Z2-7]{32}", said))


def totp_link(totp_secret: str, email: str, issuer: str) -> str:
    """The address by which an authenticator takes a secret over."""
    import pyotp

    return pyotp.TOTP(totp_secret).provisioning_uri(name=email, issuer_name=issuer)


def enrol(session: Session, *, actor: Someone, totp_secret: str, code: str, now: datetime) -> list[str]:
    """Turn the second factor on, once a code shows that the authenticator has it; the recovery codes, shown once."""
    person = person_of(session, actor.id)
    if person.totp_secret:
        raise Refusal("The second factor is on already.")
    if not is_totp_secret(totp_secret):
        raise Unfit({"code": "The form came without its secret: scan the new one here and enter its first code."})
    person.totp_secret = totp_secret
    person.last_totp = 0
    if not _use_code(person, code, now):
        raise Unfit({"code": "That code does not fit: check the clock of your device and enter the newest code."})
    person.version += 1
    _say(session, actor, "set", f"person:{actor.id}", now, {"second_factor": False}, {"second_factor": True})
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
    person = person_of(session, actor.id)
    if person.totp_secret:
        person.totp_secret = ""
        person.version += 1
        session.exec(delete(RecoveryCode).where(col(RecoveryCode.person_id) == actor.id))
        _say(session, actor, "set", f"person:{actor.id}", now, {"second_factor": True}, {"second_factor": False})


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
