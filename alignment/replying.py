"""The answers to reports, mailed to those who left an address: claimed, handed over, and settled."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from alignment.database import reading, unit_of_work
from alignment.domain.refusal import Refusal
from alignment.exchange.mail import NotSent, answer_mail, mail_server, send
from alignment.queries.reports import to_mail
from alignment.services.reports import MAILED_WITHIN, ToMail, claim_mail, settle_mail
from alignment.settings import Settings


@dataclass
class Replied:
    """How many answers went out, and what went wrong; neither holds an address."""

    number: int = 0
    faults: list[str] = field(default_factory=list)


def reply(engine: Engine, settings: Settings, *, now: datetime, dry_run: bool = False) -> Replied:
    """Mail each answer once to the one who left an address; safe to run twice, and twice at once.

    Refusal where no mail server is set and an answer waits. A mail that is not taken is tried again by the next run.
    """
    with reading(engine) as connection:
        numbers = to_mail(connection, now - MAILED_WITHIN)
    if not numbers:
        return Replied()
    with unit_of_work(engine) as session:
        claimed = [found for each in numbers if (found := claim_mail(session, number=each, now=now))]
        if dry_run:
            session.rollback()
            return Replied(len(claimed))
        if claimed and not settings.smtp_host:
            raise Refusal("no mail server is set: set ALIGNMENT_SMTP_HOST and ALIGNMENT_MAIL_FROM, or use --dry-run")
    return _send(engine, settings, claimed, now) if claimed else Replied()


def _send(engine: Engine, settings: Settings, claimed: list[ToMail], now: datetime) -> Replied:
    done, sent = Replied(), set[str]()
    try:
        with mail_server(settings) as server:
            for each in claimed:
                try:
                    message = answer_mail(settings, email=each.email, number=each.number, answer=each.answer, now=now)
                    send(server, message)
                    sent.add(each.number)
                except NotSent as refused:
                    done.faults.append(f"the answer to {each.number}: {refused}")
    except NotSent as refused:
        done.faults.append(str(refused))
    finally:
        with unit_of_work(engine) as session:
            for each in claimed:
                settle_mail(session, number=each.number, sent=each.number in sent, now=now)
    done.number = len(sent)
    return done
