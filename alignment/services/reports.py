"""What the public reports about a listing: taken without sign-in, numbered, answered within a set time.

The chain of events tells that there is a report and when it was answered, never the words or the address of the
one who sent it: the chain is kept for ever and handed on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import choice
from typing import Any

from sqlmodel import Session, col, func, select

from alignment.domain.frozen import dataclass
from alignment.domain.people import NOTHING, SYSTEM, Actor, ActorKind, Do, Someone
from alignment.domain.refusal import Missing, Refusal, Unfit, fit
from alignment.services import ledger
from alignment.services.clashes import stand_clear
from alignment.services.decisions import require
from alignment.tables import Event, Report

READER = Actor("public:reader", "A reader", ActorKind.SYSTEM)
KINDS = {"error": "An error in what the register says", "complaint": "A complaint about a listed programme"}
MOST_TEXT = 5000
MOST_AN_HOUR = 60
"""Reports that are taken in an hour from everybody together; more are no readers."""

MAILED_WITHIN = timedelta(days=7)
"""How long after an answer its mail is tried."""
TRYING = timedelta(minutes=15)
"""How long a run may take to send what it claimed before another may try."""

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class TooMany(Refusal):
    """More is sent than people can answer."""


@dataclass(frozen=True, slots=True)
class Given:
    """A report as somebody sent it. ``about`` is the address of the page that it is about, or a name."""

    kind: str
    about: str
    text: str
    email: str = ""


def receive(session: Session, *, given: Given, answer_days: int, now: datetime) -> str:
    """Take a report; its receipt number, which nobody can guess. Unfit by field; TooMany where too many come."""
    ledger.take_turn(session)
    faults = {}
    if given.kind not in KINDS:
        faults["kind"] = "Say whether it is an error or a complaint."
    if not given.about.strip() or len(given.about) > 300:
        faults["about"] = "Say what it is about, in at most 300 characters: a programme, or the address of a page."
    if not given.text.strip() or len(given.text) > MOST_TEXT:
        faults["text"] = f"Say what is wrong, in at most {MOST_TEXT:,} characters."
    if given.email and (len(given.email) > 254 or not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", given.email.strip())):
        faults["email"] = "This is no mail address: write name@place.example, or leave it empty."
    fit(faults)
    recent = session.exec(
        select(func.count()).select_from(Report).where(col(Report.received_at) > now - timedelta(hours=1))
    ).one()
    if recent >= MOST_AN_HOUR:
        raise TooMany("More reports came in the last hour than can be taken: please send yours again in an hour.")
    number = f"R-{now.year}-" + "".join(choice(_LETTERS) for _ in range(8))
    row = Report(
        id=number,
        kind=given.kind,
        about=" ".join(given.about.split()),
        text=given.text.strip(),
        email=given.email.strip(),
        received_at=now,
        answer_due_on=now.date() + timedelta(days=answer_days),
    )
    session.add(row)
    told = {"kind": row.kind, "answer_due_on": row.answer_due_on.isoformat()}
    ledger.record(
        session, actor=READER, act="received", subject=f"public_report:{number}", before=None, after=told, now=now
    )
    return number


ANSWERED = {"answer": "Answer", "public": "In public"}
"""The fields of the form of an answer."""


def _answered(values: Mapping[str, Any]) -> dict[str, str]:
    return {"answer": values["answer"], "public": "yes" if values["answer_public"] else ""}


def answer(
    session: Session, *, actor: Someone, number: str, text: str, public: bool, version: int, now: datetime
) -> None:
    """Answer a report; in public too, with what was asked, where that is wanted. A later answer takes its place."""
    ledger.take_turn(session)
    require(actor, Do.ANSWER_REPORTS, NOTHING)
    row = session.get(Report, number)
    if row is None:
        raise Missing("There is no report of this number.")
    yours = {"answer": text.strip(), "public": "yes" if public else ""}
    stand_clear(session, row, version, yours=yours, typed=_answered, labels=ANSWERED)
    if not text.strip() or len(text) > MOST_TEXT:
        raise Unfit({"answer": f"Write the answer, in at most {MOST_TEXT:,} characters."})
    if row.answered_at and (row.answer, row.answer_public) == (text.strip(), public):
        return  # the same answer once more
    before = {"answer": row.answer, "answer_public": row.answer_public, "version": row.version}
    row.answer, row.answer_public = text.strip(), public
    row.answered_by, row.answered_at, row.version = actor.id, now, row.version + 1
    session.add(row)
    after = {"answer": row.answer, "answer_public": row.answer_public, "version": row.version}
    ledger.record(
        session, actor=actor.actor, act="answered", subject=f"public_report:{number}", before=before, after=after,
        now=now,
    )  # fmt: skip


# --- the answer by mail -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToMail:
    """An answer for the one who left an address, claimed by this run."""

    number: str
    email: str
    answer: str


def claim_mail(session: Session, *, number: str, now: datetime) -> ToMail | None:
    """The answer to mail; None where it was mailed, or another run has it in hand. The chain tells which."""
    ledger.take_turn(session)
    row = session.get(Report, number)
    if row is None or not row.email or row.answered_at is None or row.answered_at < now - MAILED_WITHIN:
        return None
    subject = col(Event.subject) == f"public_report:{number}"
    last = session.exec(select(Event).where(subject).order_by(col(Event.seq).desc()).limit(1)).one()
    if last.act == "mailed" or (last.act == "mail begun" and datetime.fromisoformat(last.at) > now - TRYING):
        return None
    _note_mail(session, number, "mail begun", now)
    return ToMail(number, row.email, row.answer)


def settle_mail(session: Session, *, number: str, sent: bool, now: datetime) -> None:
    """What became of a claimed mail; one that was not taken is tried again by the next run."""
    _note_mail(session, number, "mailed" if sent else "not mailed", now)


def _note_mail(session: Session, number: str, act: str, now: datetime) -> None:
    ledger.record(session, actor=SYSTEM, act=act, subject=f"public_report:{number}", before=None, after=None, now=now)
