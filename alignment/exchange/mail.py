"""Plain mails and the way to the operator's mail server, with the standard library alone.

What few processes ever do with it is imported where it is done: a reader's page needs none of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from alignment.domain.news import News
from alignment.domain.refusal import Refusal
from alignment.domain.reminder import Reminder, say
from alignment.settings import Settings

if TYPE_CHECKING:
    from email.policy import EmailPolicy, Policy
    from smtplib import SMTP

PATIENCE = 20
"""Seconds to wait for an answer of the mail server."""


class NotSent(Refusal):
    """A mail that the server did not take, with its reason; no address or password stands in it."""


def reminder_mail(
    settings: Settings, *, name: str, email: str, reminders: Iterable[Reminder], today: date, now: datetime
) -> EmailMessage:
    """One mail with all that somebody is reminded of, what is due first at the top."""
    reminders = list(reminders)
    first = reminders[0]
    subject = f"{first.due.title}: {say(first.due, today)}"
    if len(reminders) > 1:
        subject = f"{len(reminders)} reminders, the first: {first.due.title}"
    lines = [f"{name},", "", "this is due, or was:", ""]
    for each in reminders:
        lines += [f"* {each.due.title}", f"  {say(each.due, today)[:1].upper()}{say(each.due, today)[1:]}"]
        lines += [f"  {each.due.about}"] if each.due.about else []
        lines += [f"  {settings.base_url}{each.due.address}", ""]
    lines += [
        "You get this because you work on it. What you mark as seen there is not sent again:",
        f"{settings.base_url}/reminders",
    ]
    return mail(settings, name=name, email=email, subject=subject, text="\n".join(lines), now=now)


def digest_mail(
    settings: Settings, *, email: str, about: str, news: Sequence[News], leave: str, now: datetime
) -> EmailMessage:
    """What the register learned since the last digest, with the way to end it (RFC 2369, RFC 8058)."""
    first = news[0].heading
    subject = first if len(news) == 1 else f"{len(news)} news of the register, the first: {first}"
    lines = [f"What the register learned about {about} since the last digest:", ""]
    for each in news:
        lines += [f"* {each.heading}", *(f"  {said}" for said in each.paragraphs)]
        lines += [f"  {settings.base_url}{each.address}", ""]
    lines += ["A rating judges a programme, never a company. The OECD certifies nobody.", "", *_ending(settings, leave)]
    message = mail(settings, name="", email=email, subject=subject, text="\n".join(lines), now=now)
    return _with_way_out(settings, message, leave)


def confirmation_mail(
    settings: Settings, *, email: str, about: str, confirm: str, leave: str, days: int, now: datetime
) -> EmailMessage:
    """The mail by which somebody confirms a subscription; without a secret to confirm, that they have it already."""
    if confirm:
        subject = "Confirm the digest of the Track A alignment register"
        lines = [
            f"Somebody asked that this address be sent a digest of what the register learns about {about}.", "",
            f"To confirm, open this page within {days} days:",
            f"{settings.base_url}/subscribe/confirm/{confirm}", "",
            "If it was not you, do nothing: without this no digest is sent.",
        ]  # fmt: skip
    else:
        subject = "You have the digest of the Track A alignment register"
        lines = [
            f"Somebody asked that this address be sent a digest of what the register learns about {about}.",
            "It has this digest already, so nothing changes.", "", *_ending(settings, leave),
        ]  # fmt: skip
    message = mail(settings, name="", email=email, subject=subject, text="\n".join(lines), now=now)
    return _with_way_out(settings, message, leave)


def answer_mail(settings: Settings, *, email: str, number: str, answer: str, now: datetime) -> EmailMessage:
    """The answer to a report, for the one who left an address with it; what was reported is not repeated."""
    lines = [
        f"this is the answer to your report {number}:", "", answer, "",
        "Your report and its answer stand here, for whoever knows the number:",
        f"{settings.base_url}/report/{number}", "",
        "You get this because this address was left with the report. No other mail follows but a changed answer.",
    ]  # fmt: skip
    subject = f"Answer to your report {number}"
    return mail(settings, name="", email=email, subject=subject, text="\n".join(lines), now=now)


def _ending(settings: Settings, leave: str) -> list[str]:
    return ["To end the digest, with one click:", f"{settings.base_url}/subscribe/leave/{leave}"]


def _with_way_out(settings: Settings, message: EmailMessage, leave: str) -> EmailMessage:
    message["List-Unsubscribe"] = f"<{settings.base_url}/subscribe/leave/{leave}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return message


def mail(settings: Settings, *, name: str, email: str, subject: str, text: str, now: datetime) -> EmailMessage:
    """A plain text mail from the register to one person. Refusal for an address that is none."""
    from email.headerregistry import Address

    message = EmailMessage(_policy())
    message["From"] = settings.mail_from
    try:
        message["To"] = Address(display_name=_line(name), addr_spec=email)
    except (ValueError, IndexError) as error:
        raise NotSent("The address of this person is no mail address: put it right on the page of people.") from error
    message["Subject"] = _line(subject)[:200]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=urlsplit(settings.base_url).hostname or "register")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


@cache
def _policy() -> EmailPolicy[EmailMessage]:
    """How the head of a mail is written: an address in it whole, on one line and in plain letters (RFC 2369).

    The standard library would fold and encode one that is longer than a line, and no mail program finds it then.
    """
    from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
    from email.policy import EmailPolicy

    class Whole(UnstructuredHeader, BaseHeader):
        def fold(self, *, policy: Policy) -> str:
            return f"{self.name}: {self}{policy.linesep}"

    registry = HeaderRegistry()
    for name in ("list-unsubscribe", "message-id"):
        registry.map_to_type(name, Whole)
    return EmailPolicy(header_factory=registry)


def _line(said: str) -> str:
    """One line: nothing that people wrote begins another header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())


@contextmanager
def mail_server(settings: Settings) -> Iterator[SMTP]:
    """The operator's mail server, encrypted as they set it and signed in to where they gave a name.

    NotSent with a plain sentence where it cannot be reached or does not let the register in.
    """
    try:
        server = _connected(settings)
    except OSError as error:
        raise NotSent(
            f"The mail server {settings.smtp_host}:{settings.smtp_port} cannot be used ({_reason(error)}): check "
            "ALIGNMENT_SMTP_HOST, ALIGNMENT_SMTP_PORT, ALIGNMENT_SMTP_TLS and the name and password."
        ) from error
    try:
        yield server
    finally:
        try:
            server.quit()
        except OSError:
            server.close()


def _connected(settings: Settings) -> SMTP:
    import ssl
    from smtplib import SMTP, SMTP_SSL

    trusted = ssl.create_default_context()
    if settings.smtp_tls == "tls":
        server: SMTP = SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=PATIENCE, context=trusted)
    else:
        server = SMTP(settings.smtp_host, settings.smtp_port, timeout=PATIENCE)
    try:
        if settings.smtp_tls == "starttls":
            server.starttls(context=trusted)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
    except BaseException:
        server.close()
        raise
    return server


def send(server: SMTP, message: EmailMessage) -> None:
    """Hand one mail over; NotSent where the server does not take it."""
    try:
        server.send_message(message, from_addr=parseaddr(message["From"])[1])
    except OSError as error:
        raise NotSent(f"The mail server did not take a mail ({_reason(error)}).") from error


def _reason(error: Exception) -> str:
    """Why, without what the server repeats of names and addresses."""
    code = getattr(error, "smtp_code", None)
    return f"it answered {code}" if code else type(error).__name__
