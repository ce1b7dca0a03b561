"""A reminder as a mail: what stands in it, and that nothing people wrote becomes a header of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from alignment.domain.reminder import Due, DueKind, Reminder
from alignment.exchange.mail import NotSent, mail, mail_server, reminder_mail
from alignment.settings import Settings

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
SETTINGS = Settings(
    base_url="https://register.example", smtp_host="mail.example", mail_from="Register <register@lme.example>"
)


def due(title: str, on: date, stage: int, kind: DueKind = DueKind.ACTION) -> Reminder:
    return Reminder(Due(kind, f"action:{title}", title, on, "/actions/1", "Example, round 2"), stage)


def sent(*reminders: Reminder, name: str = "Ann") -> tuple[str, str]:
    """Subject and text of a mail as they arrive."""
    made = reminder_mail(
        SETTINGS, name=name, email="ann@owner.example", reminders=reminders, today=TODAY, now=NOW
    )  # fmt: skip
    read = message_from_bytes(made.as_bytes(), policy=default)
    assert read["To"] == f"{name} <ann@owner.example>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Message-ID"].endswith("@register.example>")
    return str(read["Subject"]), read.get_content()


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (30, "due in 30 days, on 21 December 2026"),
        (7, "due in 7 days, on 28 November 2026"),
        (1, "due tomorrow, on 22 November 2026"),
        (-1, "was due yesterday, on 20 November 2026"),
        (-7, "was due 7 days ago, on 14 November 2026"),
        (-30, "was due 30 days ago, on 22 October 2026"),
    ],
)
def test_each_of_the_six_reminders_says_how_far_away_its_day_is(days: int, says: str) -> None:
    subject, text = sent(due("Train the auditors", TODAY + timedelta(days=days), days))
    assert subject == f"Train the auditors: {says}"
    assert f"{says[:1].upper()}{says[1:]}" in text
    assert "https://register.example/actions/1" in text
    assert "https://register.example/reminders" in text


def test_several_matters_make_one_mail_in_the_order_given() -> None:
    subject, text = sent(due("First", TODAY, 1), due("Second", TODAY + timedelta(days=7), 7))
    assert subject == "2 reminders, the first: First"
    assert text.index("* First") < text.index("* Second")


def test_evidence_expires_and_is_not_due() -> None:
    assert (
        sent(due("Audit report", TODAY, 1, DueKind.EVIDENCE))[0] == "Audit report: expires today, on 21 November 2026"
    )


def test_a_title_with_line_ends_begins_no_other_header() -> None:
    subject, _ = sent(due("Train\r\nBcc: all@example.org", TODAY, 1))
    assert subject.startswith("Train Bcc: all@example.org: due today")
    made = mail(SETTINGS, name="Ann\nBcc: x@y.example", email="ann@owner.example", subject="s", text="t", now=NOW)
    assert made["Bcc"] is None
    assert "\n" not in str(made["To"])


@pytest.mark.parametrize("address", ["", "ann", "ann@", "a b@c.example\r\nBcc: x@y.example"])
def test_an_address_that_is_none_is_refused_with_what_to_do(address: str) -> None:
    with pytest.raises(NotSent, match="put it right on the page of people"):
        mail(SETTINGS, name="Ann", email=address, subject="s", text="t", now=NOW)


@pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
def test_a_server_that_is_not_there_is_named_with_the_settings_to_check(tls: str) -> None:
    settings = Settings(smtp_host="127.0.0.1", smtp_port=9, smtp_tls=tls, smtp_password="hidden")
    named = r"127\.0\.0\.1:9 cannot be used .*ALIGNMENT_SMTP_HOST"
    with pytest.raises(NotSent, match=named) as refused, mail_server(settings):
        pass
    assert "hidden" not in str(refused.value)
