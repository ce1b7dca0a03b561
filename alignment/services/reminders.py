"""Reminders that went out or were seen, each once; and the private address of a calendar.

A reminder is claimed before its mail is sent and settled afterwards, each in a unit of work of its own: two
runs at once send it once, and one that breaks off is made up for by the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from alignment.domain.people import SYSTEM, Someone
from alignment.domain.refusal import Refusal
from alignment.domain.reminder import Reminder
from alignment.services import ledger
from alignment.services.passwords import hashed, secret
from alignment.tables import Person, ReminderSent

TRYING = timedelta(minutes=15)
"""How long a run may take to send what it claimed before another may try."""


def claim(session: Session, *, person_id: str, reminders: Iterable[Reminder], now: datetime) -> list[Reminder]:
    """The reminders that nobody has sent, seen or is about to send; they are this run's to send."""
    ledger.take_turn(session)
    claimed = []
    for each in reminders:
        row = _row(session, person_id, each)
        if row is None:
            row = ReminderSent(**_key(person_id, each), at=now)
        elif row.sent_at or row.seen_at or (row.trying_until and row.trying_until > now):
            continue
        row.at, row.trying_until = now, now + TRYING
        session.add(row)
        claimed.append(each)
    session.flush()
    return claimed


def settle(session: Session, *, person_id: str, reminders: Iterable[Reminder], sent: bool, now: datetime) -> None:
    """Say what became of claimed reminders: sent, with an event, or to be tried again."""
    subjects = []
    for each in reminders:
        row = _row(session, person_id, each)
        assert row is not None, "what is settled was claimed"
        row.trying_until = None
        row.sent_at = now if sent else None
        session.add(row)
        subjects.append({"subject": each.due.subject, "due_on": each.due.on.isoformat(), "days": each.stage})
    session.flush()
    if sent and subjects:
        ledger.record(
            session, actor=SYSTEM, act="reminded", subject=f"person:{person_id}", before=None, after=subjects, now=now
        )


def see(session: Session, *, actor: Someone, reminder: Reminder, now: datetime) -> None:
    """Somebody has seen a reminder of theirs: it is not shown as new, nor sent."""
    row = _row(session, actor.id, reminder) or ReminderSent(**_key(actor.id, reminder), at=now)
    if row.seen_at is None:
        row.seen_at = now
        session.add(row)
        session.flush()


def _row(session: Session, person_id: str, reminder: Reminder) -> ReminderSent | None:
    key = _key(person_id, reminder)
    return session.get(ReminderSent, (key["person_id"], key["subject"], key["due_on"], key["days"]))


def _key(person_id: str, reminder: Reminder) -> dict[str, Any]:
    due = reminder.due
    return {"person_id": person_id, "subject": due.subject, "due_on": due.on, "days": reminder.stage}


# --- the private address of a calendar ----------------------------------------------------------------------


def renew_calendar(session: Session, *, actor: Someone, now: datetime) -> str:
    """A new secret for somebody's calendar, told once; the address before it stops working."""
    value = secret()
    _set_calendar(session, actor, hashed(value), "renewed_calendar", now)
    return value


def end_calendar(session: Session, *, actor: Someone, now: datetime) -> None:
    """End somebody's private calendar address."""
    _set_calendar(session, actor, None, "ended_calendar", now)


def _set_calendar(session: Session, actor: Someone, value: str | None, act: str, now: datetime) -> None:
    row = session.get(Person, actor.id)
    if row is None:
        raise Refusal("There is no such person.")
    row.calendar_hash = value
    session.add(row)
    session.flush()
    subject = f"person:{actor.id}"
    ledger.record(session, actor=actor.actor, act=act, subject=subject, before=None, after=None, now=now)
