"""Subscriptions to the digest: asked for, confirmed by mail, ended by one click; nobody learns who has one.

No event tells of them: the chain is kept for ever and handed on, and an address is the reader's own. A row is kept
so that what was asked and ended can be shown to whoever it concerns.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from alignment.domain.frozen import dataclass
from alignment.domain.refusal import Missing, Refusal, fit
from alignment.services import ledger
from alignment.services.passwords import hashed, secret
from alignment.tables import Event, Subscription

CONFIRM_WITHIN = timedelta(days=7)
TRYING = timedelta(minutes=15)
"""How long a run may take to send what it claimed before another may try."""
MOST_AN_HOUR = 60
"""Confirmations that are sent in an hour to everybody together."""
MOST_A_DAY = 3
"""Mails that one address is sent in a day because somebody typed it here."""
MOST_TRIES = 5
"""Digests in a row that a mail server may refuse before the subscription ends."""


class TooMany(Refusal):
    """More is asked for than can be sent."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to send: the secret that confirms, or none where the address has the subscription already."""

    email: str
    topic: str
    confirm: str
    leave: str


def ask(session: Session, *, email: str, topic: str, topics: set[str], now: datetime) -> Asked | None:
    """Note that somebody asks for the digest. None where the address was sent enough mails today.

    Unfit by field; TooMany where too many ask. What the page says afterwards is the same in every case.
    """
    ledger.take_turn(session)
    address = email.strip()
    faults = {}
    if len(address) > 254 or not re.fullmatch(r"[^\s@<>\"(),:;\[\]\\]+@[^\s@<>\"(),:;\[\]\\]+\.[^\s@<>.]+", address):
        faults["email"] = "This is no mail address: write name@place.example."
    if topic not in topics:
        faults["topic"] = "Choose what the digest is to be about."
    fit(faults)
    if _asked(session, now - timedelta(hours=1)) >= MOST_AN_HOUR:
        raise TooMany("More people asked in the last hour than can be written to: please try again in an hour.")
    if _asked(session, now - timedelta(days=1), address) >= MOST_A_DAY:
        return None
    held = _live(session, address, topic)
    id, confirm = secret(), secret()
    row = Subscription(
        id=id, email=address, topic=topic, confirm_hash=hashed(confirm), leave_hash=hashed(leave_secret(id)),
        asked_at=now,
    )  # fmt: skip
    if held is not None:  # the row only counts that a mail goes out
        row.left_at = now
    session.add(row)
    session.flush()
    if held is not None:
        return Asked(address, topic, "", leave_secret(held.id))
    return Asked(address, topic, confirm, leave_secret(id))


def _asked(session: Session, since: datetime, email: str = "") -> int:
    statement = select(func.count()).select_from(Subscription).where(col(Subscription.asked_at) > since)
    if email:
        statement = statement.where(func.lower(Subscription.email) == email.lower())
    return session.exec(statement).one()


def _live(session: Session, email: str, topic: str) -> Subscription | None:
    return session.exec(
        select(Subscription).where(
            func.lower(Subscription.email) == email.lower(),
            Subscription.topic == topic,
            col(Subscription.confirmed_at).is_not(None),
            col(Subscription.left_at).is_(None),
        )
    ).first()


def leave_secret(id: str) -> str:
    """The secret of the link that ends a subscription: the same in every mail, and nowhere stored."""
    return hashed(f"leave {id}")


def to_confirm(session: Session, value: str, now: datetime) -> Subscription:
    """The subscription behind a link to confirm. Missing where the link is unknown, old, or was ended."""
    row = session.exec(select(Subscription).where(Subscription.confirm_hash == hashed(value))).first()
    if row is None or row.left_at or (row.confirmed_at is None and row.asked_at + CONFIRM_WITHIN < now):
        raise Missing("This link confirms nothing, or not any more: ask for the digest again.")
    return row


def confirm(session: Session, *, value: str, now: datetime) -> None:
    """Begin the digest: from here on, what the register learns is told. Doing it twice changes nothing."""
    ledger.take_turn(session)
    row = to_confirm(session, value, now)
    if row.confirmed_at is None:
        if _live(session, row.email, row.topic):  # another link was confirmed before: one digest is enough
            row.left_at = now
        row.confirmed_at = now
        row.sent_until = session.exec(select(func.max(Event.seq))).one() or 0
        row.version += 1
        session.add(row)
        session.flush()


def to_leave(session: Session, value: str) -> Subscription:
    """The subscription behind a link that ends it. Missing where there is none."""
    row = session.exec(select(Subscription).where(Subscription.leave_hash == hashed(value))).first()
    if row is None:
        raise Missing("This link ends no subscription: check it letter by letter.")
    return row


def leave(session: Session, *, value: str, now: datetime) -> None:
    """End a subscription. Doing it twice changes nothing."""
    ledger.take_turn(session)
    row = to_leave(session, value)
    if row.left_at is None:
        row.left_at = now
        row.version += 1
        session.add(row)
        session.flush()


# --- sending -----------------------------------------------------------------------------------------


def claim(session: Session, *, id: str, sent_until: int, now: datetime) -> bool:
    """Whether this run may send a digest: nobody else has it in hand, has sent it, or has ended it meanwhile."""
    ledger.take_turn(session)
    row = session.get(Subscription, id)
    if row is None or row.left_at or row.sent_until != sent_until or (row.trying_until and row.trying_until > now):
        return False
    row.trying_until = now + TRYING
    session.add(row)
    session.flush()
    return True


def settle(session: Session, *, id: str, sent_until: int | None, now: datetime) -> None:
    """What became of a claimed digest: sent up to an event, or, with None, to be tried again a few times."""
    row = session.get(Subscription, id)
    assert row is not None, "what is settled was claimed"
    row.trying_until = None
    if sent_until is not None:
        row.sent_until, row.tries = sent_until, 0
    else:
        row.tries += 1
        if row.tries >= MOST_TRIES and row.left_at is None:
            row.left_at = now
    row.version += 1
    session.add(row)
    session.flush()
