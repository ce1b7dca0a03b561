"""The answer to a report reaches the one who left an address, once, and nobody else."""

from __future__ import annotations

import email
import email.policy
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alignment.database import make_engine, unit_of_work
from alignment.domain.people import Role
from alignment.domain.refusal import Refusal
from alignment.reminding import send_answers
from alignment.services.reports import claim_mail
from alignment.settings import Settings
from alignment.tables import Event
from tests.conftest import NOW
from tests.mailbox import Mailbox, mailbox
from tests.working import Client, app_again, client_for, close, make_person

READER = "reader@place.example"
WORDS = "The date is wrong, says the reader."
ANSWER = "It is put right: thank you."


@dataclass
class Desk:
    """A register with a mail server, and the one who answers."""

    engine: Engine
    settings: Settings
    box: Mailbox
    client: Client

    def report(self, email: str = READER) -> str:
        form = {"kind": "error", "about": "/programmes/rmi-cobalt", "text": WORDS, "email": email}
        answer = self.client.post("/report", form)
        assert answer.status_code == 303
        return str(answer.headers["location"]).removeprefix("/report/")

    def answer(self, number: str, version: int = 1, text: str = ANSWER) -> int:
        return self.client.post(f"/reports/{number}", {"answer": text, "version": str(version)}).status_code

    def mails(self) -> list[EmailMessage]:
        read = [email.message_from_bytes(each, policy=email.policy.default) for each in self.box.kept]
        self.box.kept.clear()
        return [each for each in read if isinstance(each, EmailMessage)]

    def run(self, now: datetime = NOW, **more: bool) -> tuple[list[str], list[str]]:
        done = send_answers(self.engine, self.settings, now=now, **more)
        return done.said, done.faults

    def acts(self, number: str) -> list[str]:
        with Session(self.engine) as session:
            found = session.exec(select(Event).where(col(Event.subject) == f"public_report:{number}")).all()
        assert all(READER not in f"{each.after}{each.before}" for each in found)
        return [each.act for each in found]


@pytest.fixture
def desk(sqlite_seeded: Path, tmp_path: Path) -> Iterator[Desk]:
    shutil.copyfile(sqlite_seeded, tmp_path / "a.sqlite3")
    with mailbox() as box:
        url = f"sqlite:///{tmp_path}/a.sqlite3"
        given: dict[str, Any] = {
            "base_url": "https://register.example", "smtp_host": "127.0.0.1", "smtp_port": box.server_address[1],
            "smtp_tls": "none", "mail_from": "register@scheme.example",
        }  # fmt: skip
        engine = make_engine(url)
        with unit_of_work(engine) as session:
            who = make_person(session, "Paula Publisher", "lme", Role.PUBLISHER)
        app = app_again(url, **given)
        with client_for(app, engine, who) as client:
            yield Desk(engine, Settings(database_url=url, **given), box, client)
        close(app)
        engine.dispose()


def test_the_answer_is_mailed_once_to_the_address_that_was_left(desk: Desk) -> None:
    assert "the answer is sent there, and nothing else" in desk.client.get("/report").text
    number = desk.report()
    assert desk.mails() == [], "the receipt is shown and not mailed"
    assert desk.answer(number) == 303
    (message,) = desk.mails()
    assert message["To"] == READER
    assert message["Subject"] == f"Answer to your report {number}"
    said = message.get_content()
    assert ANSWER in said
    assert f"https://register.example/report/{number}" in said
    assert WORDS not in said
    assert "Paula" not in said
    assert desk.acts(number) == ["received", "answered", "mail begun", "mailed"]
    assert desk.run() == (["answers to reports: 0 sent"], [])
    assert desk.answer(number, version=2, text="It is put right, and more.") == 303
    (changed,) = desk.mails()
    assert "and more" in changed.get_content()


def test_who_left_no_address_is_mailed_nothing(desk: Desk) -> None:
    number = desk.report(email="")
    assert desk.answer(number) == 303
    assert desk.mails() == []
    assert desk.acts(number) == ["received", "answered"]


def test_a_mail_that_is_not_taken_keeps_the_answer_and_is_tried_again(desk: Desk) -> None:
    number = desk.report()
    desk.box.refuses = True
    assert desk.answer(number) == 303
    assert ANSWER in desk.client.get(f"/report/{number}").text
    said, faults = desk.run()
    assert said == ["answers to reports: 0 sent"]
    assert len(faults) == 1
    assert READER not in faults[0]
    desk.box.refuses = False
    assert desk.run(dry_run=True) == (["answers to reports: 1 would be sent"], [])
    assert desk.run(NOW + timedelta(days=8)) == (["answers to reports: 0 sent"], []), "what is old stays unsent"
    assert desk.run() == (["answers to reports: 1 sent"], [])
    assert desk.run() == (["answers to reports: 0 sent"], [])
    assert len(desk.mails()) == 1


def test_two_runs_at_once_send_one_and_what_was_begun_and_never_ended_is_tried_later(desk: Desk) -> None:
    number = desk.report()
    desk.box.refuses = True
    desk.answer(number)
    desk.box.refuses = False

    with unit_of_work(desk.engine) as session:
        assert claim_mail(session, number=number, now=NOW) is not None
    assert desk.run() == (["answers to reports: 0 sent"], [])
    assert desk.run(NOW + timedelta(hours=1)) == (["answers to reports: 1 sent"], [])


def test_a_server_that_is_not_there_is_told_and_without_one_the_command_says_what_to_set(desk: Desk) -> None:
    number = desk.report()
    desk.box.refuses = True
    desk.answer(number)
    away = Settings(
        database_url=desk.settings.database_url, smtp_host="127.0.0.1", smtp_port=1, smtp_tls="none",
        mail_from="register@scheme.example",
    )  # fmt: skip
    assert len(send_answers(desk.engine, away, now=NOW).faults) == 1
    with pytest.raises(Refusal, match="no mail server is set"):
        send_answers(desk.engine, Settings(database_url=desk.settings.database_url), now=NOW)
    assert desk.acts(number)[-1] == "not mailed", "nothing is claimed where nothing can be sent"
