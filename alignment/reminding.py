"""One run of reminders: who is due what, claimed, mailed, and settled, person by person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from smtplib import SMTP

from sqlalchemy import Engine

from alignment.database import reading, unit_of_work
from alignment.domain.people import is_demo_address
from alignment.domain.refusal import Refusal
from alignment.domain.reminder import Reminder, say
from alignment.exchange.mail import NotSent, mail_server, reminder_mail, send
from alignment.queries.reminders import Reminded, everybody, reminders
from alignment.services.reminders import claim, settle
from alignment.settings import Settings


@dataclass
class Done:
    """What a run did, and what went wrong; neither holds an address or a password."""

    said: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def remind_all(engine: Engine, settings: Settings, *, now: datetime, dry_run: bool = False) -> Done:
    """Remind everybody of what stands for them and was neither sent nor seen.

    Refusal where no mail server is set. A mail that is not taken is told and tried again by the next run.
    """
    if not dry_run and not settings.smtp_host:
        raise Refusal("no mail server is set: set ALIGNMENT_SMTP_HOST and ALIGNMENT_MAIL_FROM, or use --dry-run")
    waiting = _waiting(engine, now)
    done = Done()
    if not waiting:
        done.said.append("nobody is to be reminded of anything")
    elif dry_run:
        for whom, found in waiting:
            done.said += [f"{whom.someone.name}: {each.due.title}, {say(each.due, now.date())}" for each in found]
    else:
        with mail_server(settings) as server:
            for whom, found in waiting:
                _remind(engine, settings, server, whom, found, done, now)
    return done


def _waiting(engine: Engine, now: datetime) -> list[tuple[Reminded, list[Reminder]]]:
    with reading(engine) as connection:
        found = [
            (
                whom,
                [each.reminder for each in reminders(connection, whom.someone, now) if not (each.seen or each.sent_at)],
            )
            for whom in everybody(connection, now)
            if not is_demo_address(whom.email)
        ]
    return [(whom, each) for whom, each in found if each]


def _remind(
    engine: Engine, settings: Settings, server: SMTP, whom: Reminded, found: list[Reminder], done: Done, now: datetime
) -> None:
    person = whom.someone
    with unit_of_work(engine) as session:
        claimed = claim(session, person_id=person.id, reminders=found, now=now)
    if not claimed:
        return
    sent = False
    try:
        message = reminder_mail(
            settings, name=person.name, email=whom.email, reminders=claimed, today=now.date(), now=now
        )
        send(server, message)
        sent = True
        done.said.append(f"{person.name}: {len(claimed)} sent")
    except NotSent as refused:
        done.faults.append(f"{person.name}: {refused}")
    finally:
        with unit_of_work(engine) as session:
            settle(session, person_id=person.id, reminders=claimed, sent=sent, now=now)
