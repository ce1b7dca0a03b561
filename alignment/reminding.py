"""One run of reminders and digests: who is due what, claimed, mailed, and settled, address by address."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from smtplib import SMTP

from sqlalchemy import Engine

from alignment.database import reading, unit_of_work
from alignment.domain.news import News
from alignment.domain.people import is_demo_address
from alignment.domain.refusal import Refusal
from alignment.domain.reminder import Reminder, say
from alignment.exchange.mail import NotSent, digest_mail, mail_server, reminder_mail, send
from alignment.queries.changes import last_event
from alignment.queries.feed import Topic, news_since, topics
from alignment.queries.reminders import Reminded, everybody, reminders
from alignment.queries.subscriptions import Subscriber, subscribers
from alignment.replying import reply
from alignment.services import subscriptions
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


# --- digests -----------------------------------------------------------------------------------------


def send_digests(engine: Engine, settings: Settings, *, now: datetime, dry_run: bool = False) -> Done:
    """Mail every subscriber what became public since their last digest; who missed nothing gets nothing.

    Safe to run twice, and twice at once. Refusal where no mail server is set and somebody waits for a digest.
    """
    last, waiting = _told(engine, now)
    done = Done()
    full = [(whom, topic, found) for whom, topic, found in waiting if found]
    if dry_run:
        done.said.append(f"digests: {len(full)} would be sent")
        return done
    for whom, _, found in waiting:
        if not found:
            with unit_of_work(engine) as session:
                if subscriptions.claim(session, id=whom.id, sent_until=whom.sent_until, now=now):
                    subscriptions.settle(session, id=whom.id, sent_until=last, now=now)
    if not full:
        done.said.append("digests: none to send")
        return done
    if not settings.smtp_host:
        raise Refusal("no mail server is set: set ALIGNMENT_SMTP_HOST and ALIGNMENT_MAIL_FROM, or use --dry-run")
    with mail_server(settings) as server:
        sent = sum(_digest(engine, settings, server, *each, last, done, now) for each in full)
    done.said.append(f"digests: {sent} sent")
    return done


Waiting = tuple[Subscriber, Topic, tuple[News, ...]]


def _told(engine: Engine, now: datetime) -> tuple[int, list[Waiting]]:
    """The last event, and for everybody who was not told of it what is new to them; alike is worked out once."""
    with reading(engine) as connection:
        last = last_event(connection)
        known = {topic.key: topic for topic in topics(connection)}
        found: dict[tuple[str, int], tuple[News, ...]] = {}
        waiting: list[Waiting] = []
        for whom in list(subscribers(connection, last, now)):
            topic = known.get(whom.topic, Topic(whom.topic, whom.topic, ()))
            key = (whom.topic, whom.sent_until)
            if key not in found:
                found[key] = news_since(connection, topic, whom.sent_until, last)
            waiting.append((whom, topic, found[key]))
    return last, waiting


def _digest(
    engine: Engine,
    settings: Settings,
    server: SMTP,
    whom: Subscriber,
    topic: Topic,
    news: tuple[News, ...],
    last: int,
    done: Done,
    now: datetime,
) -> int:
    """Send one digest; 1 where it was sent."""
    with unit_of_work(engine) as session:
        if not subscriptions.claim(session, id=whom.id, sent_until=whom.sent_until, now=now):
            return 0
    told: int | None = None
    try:
        leave = subscriptions.leave_secret(whom.id)
        send(server, digest_mail(settings, email=whom.email, about=topic.label, news=news, leave=leave, now=now))
        told = last
    except NotSent as refused:
        done.faults.append(f"a digest: {refused}")
    finally:
        with unit_of_work(engine) as session:
            subscriptions.settle(session, id=whom.id, sent_until=told, now=now)
    return int(told is not None)


# --- answers to reports --------------------------------------------------------------------------------


def send_answers(engine: Engine, settings: Settings, *, now: datetime, dry_run: bool = False) -> Done:
    """Mail the answers that did not go out when they were given."""
    found = reply(engine, settings, now=now, dry_run=dry_run)
    return Done([f"answers to reports: {found.number} {'would be sent' if dry_run else 'sent'}"], found.faults)
