"""The digest from the form to the mail and out again, through a real mail server on this machine."""

from __future__ import annotations

import email
import email.policy
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from alignment.database import make_engine, unit_of_work
from alignment.domain.people import SEED_IMPORT
from alignment.domain.refusal import Refusal
from alignment.reminding import Done, send_digests
from alignment.services import ledger, subscriptions
from alignment.settings import Settings
from alignment.tables import Assessment, Decision, Event, Result, Subscription
from alignment.web.app import create_app
from tests.conftest import NOW
from tests.mailbox import Mailbox, mailbox
from tests.working import Browser, app_again, close

READER = "reader@people.example"
LATER = NOW + timedelta(days=1)


@dataclass
class Desk:
    """A register with a mail server, and a reader in front of it."""

    engine: Engine
    settings: Settings
    box: Mailbox
    browser: Browser

    def ask(self, email: str = READER, topic: str = "all", **more: str) -> httpx.Response:
        return self.browser.post("/subscribe", data={"email": email, "topic": topic, **more}, follow_redirects=False)

    def mails(self) -> list[EmailMessage]:
        read = [email.message_from_bytes(each, policy=email.policy.default) for each in self.box.kept]
        self.box.kept.clear()
        return [each for each in read if isinstance(each, EmailMessage)]

    def subscribe(self, email: str = READER, topic: str = "all") -> str:
        """Ask and confirm; the address that ends it."""
        self.ask(email, topic)
        (message,) = self.mails()
        assert self.browser.post(link(message, "confirm")).status_code == 200
        return str(message["List-Unsubscribe"]).strip("<>").removeprefix(self.settings.base_url)

    def digests(self, now: datetime = LATER, **more: bool) -> Done:
        return send_digests(self.engine, self.settings, now=now, **more)

    def decide(self, id: str, programme: str = "rmi-cobalt") -> None:
        with unit_of_work(self.engine) as session:
            row = Decision(
                id=id, programme_id=programme, act="suspended", reason="A reason given.", recorded_at=LATER,
                effective_on=date(2026, 11, 22), position=1,
            )  # fmt: skip
            ledger.enter(session, row, actor=SEED_IMPORT, act="decided", now=LATER)

    def rows(self) -> list[Subscription]:
        with Session(self.engine) as session:
            return list(session.exec(select(Subscription)).all())


def link(message: EmailMessage, act: str) -> str:
    found = re.search(rf"https://register\.example(/subscribe/{act}/\S+)", message.get_content())
    assert found
    return found[1]


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
        browser = Browser(app_again(url, **given))
        yield Desk(engine, Settings(database_url=url, **given), box, browser)
        close(browser.app)
        engine.dispose()


# --- asking and confirming -----------------------------------------------------------------------------


def test_nothing_is_sent_before_somebody_confirms_and_opening_the_link_confirms_nothing(desk: Desk) -> None:
    answer = desk.ask()
    assert answer.status_code == 200
    assert "If mail reaches the address" in answer.text
    (message,) = desk.mails()
    assert message["To"] == READER
    assert message["Subject"] == "Confirm the digest of the Track A alignment register"
    page = desk.browser.get(link(message, "confirm"))
    assert "Confirm the digest" in page.text
    assert page.headers["cache-control"] == "no-store"
    desk.decide("d1")
    assert desk.digests().said == ["digests: none to send"]
    assert "The digest has begun" in desk.browser.post(link(message, "confirm")).text
    assert "The digest has begun" in desk.browser.get(link(message, "confirm")).text
    desk.decide("d2")
    assert desk.digests().said == ["digests: 1 sent"]


def test_the_page_says_the_same_whether_an_address_has_the_digest_or_not(desk: Desk) -> None:
    first = desk.ask().text
    desk.browser.post(link(desk.mails()[0], "confirm"))
    assert desk.ask(READER.upper()).text == first
    (message,) = desk.mails()
    assert "It has this digest already" in message.get_content()
    assert "/subscribe/confirm/" not in message.get_content()
    assert desk.ask().text == first
    assert len(desk.mails()) == 1
    assert desk.ask().text == first, "a fourth time in a day nothing is sent, and nothing says so"
    assert desk.mails() == []


def test_the_way_out_stands_in_the_head_of_a_mail_as_it_is_sent_so_that_mail_programs_offer_it(desk: Desk) -> None:
    leave = desk.subscribe()
    desk.box.kept.clear()
    desk.ask("another@reader.example")
    desk.decide("d1")
    desk.digests()
    confirmation, digest = (sent.partition(b"\r\n\r\n")[0].split(b"\r\n") for sent in desk.box.kept)
    assert f"List-Unsubscribe: <https://register.example{leave}>".encode() in digest
    for head in (confirmation, digest):
        assert any(
            re.fullmatch(rb"List-Unsubscribe: <https://register\.example/subscribe/leave/\w+>", line) for line in head
        )
        assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head


def test_secrets_and_addresses_stand_in_no_event_and_only_hashes_are_kept(desk: Desk) -> None:
    leave = desk.subscribe()
    desk.decide("d1")
    desk.digests()
    with Session(desk.engine) as session:
        told = " ".join(f"{each.subject} {each.before} {each.after}" for each in session.exec(select(Event)).all())
    (row,) = desk.rows()
    assert READER not in told
    assert row.id not in told
    assert leave.rpartition("/")[2] not in str(row.model_dump())


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": "no address"}, "This is no mail address"),
        ({"email": ""}, "This is no mail address"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "This is no mail address"),
        ({"email": "a,b@c.example"}, "This is no mail address"),
        ({"email": f"{'a' * 250}@b.example"}, "This is no mail address"),
        ({"topic": "metal:unobtainium"}, "Choose what the digest is to be about"),
    ],
)
def test_what_cannot_be_asked_for_is_said_beside_its_field_with_what_was_typed(
    desk: Desk, fields: dict[str, str], sentence: str
) -> None:
    answer = desk.ask(**{"email": READER, "topic": "all"} | fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert desk.mails() == []
    assert desk.rows() == []


def test_programs_that_fill_in_everything_and_those_who_ask_too_often_are_not_heard(desk: Desk) -> None:
    assert desk.ask(website="x").status_code == 303
    assert desk.rows() == []
    for number in range(5):
        assert desk.ask(f"reader{number}@people.example").status_code == 200
    refused = desk.ask("reader9@people.example")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0


def test_everybody_together_is_limited_too(desk: Desk) -> None:
    with unit_of_work(desk.engine) as session:
        for number in range(subscriptions.MOST_AN_HOUR):
            subscriptions.ask(session, email=f"r{number}@p.example", topic="all", topics={"all"}, now=NOW)
        with pytest.raises(subscriptions.TooMany, match="in the last hour"):
            subscriptions.ask(session, email=READER, topic="all", topics={"all"}, now=NOW)
    assert desk.ask().status_code == 429


def test_an_old_or_unknown_link_confirms_nothing(desk: Desk) -> None:
    assert desk.browser.get("/subscribe/confirm/nobody").status_code == 404
    assert desk.browser.post("/subscribe/confirm/nobody").status_code == 404
    assert desk.browser.post("/subscribe/leave/nobody").status_code == 404
    assert desk.browser.get("/subscribe/leave/nobody").status_code == 404
    with unit_of_work(desk.engine) as session:
        asked = subscriptions.ask(
            session, email=READER, topic="all", topics={"all"}, now=NOW - subscriptions.CONFIRM_WITHIN
            - timedelta(minutes=1),
        )  # fmt: skip
    assert asked is not None
    assert desk.browser.post(f"/subscribe/confirm/{asked.confirm}").status_code == 404


def test_of_two_links_that_are_confirmed_one_digest_comes(desk: Desk) -> None:
    desk.ask()
    desk.ask()
    for message in desk.mails():
        assert desk.browser.post(link(message, "confirm")).status_code in (200, 404)
    desk.decide("d1")
    assert desk.digests().said == ["digests: 1 sent"]


def test_a_mail_server_that_takes_nothing_is_told_and_points_to_the_feeds(sqlite_seeded: Path, tmp_path: Path) -> None:
    shutil.copyfile(sqlite_seeded, tmp_path / "a.sqlite3")
    with mailbox(refuses=True) as box:
        settings = Settings(
            database_url=f"sqlite:///{tmp_path}/a.sqlite3", smtp_host="127.0.0.1", smtp_tls="none",
            smtp_port=box.server_address[1], mail_from="register@scheme.example",
        )  # fmt: skip
        browser = Browser(create_app(settings, clock=lambda: NOW))
        answer = browser.post("/subscribe", data={"email": READER, "topic": "all"})
    assert answer.status_code == 503
    assert "follow the feeds" in answer.text


def test_without_a_mail_server_the_page_points_to_the_feeds(sqlite_seeded: Path, tmp_path: Path) -> None:
    shutil.copyfile(sqlite_seeded, tmp_path / "a.sqlite3")
    browser = Browser(create_app(Settings(database_url=f"sqlite:///{tmp_path}/a.sqlite3"), clock=lambda: NOW))
    page = browser.get("/subscribe")
    assert "Digests by mail are not offered here" in page.text
    assert "<form" not in page.text
    assert 'href="/feed.atom?metal=copper"' in page.text
    assert 'href="/programmes/rmi-cobalt/feed.json"' in page.text
    assert browser.post("/subscribe", data={"email": READER, "topic": "all"}).status_code == 404


# --- the digest ------------------------------------------------------------------------------------------


def test_a_digest_tells_what_is_new_once_however_often_the_command_is_run(desk: Desk) -> None:
    desk.subscribe()
    assert desk.digests().said == ["digests: none to send"]
    desk.decide("d1")
    assert desk.digests(dry_run=True).said == ["digests: 1 would be sent"]
    assert desk.digests().said == ["digests: 1 sent"]
    assert desk.digests().said == ["digests: none to send"]
    (message,) = desk.mails()
    assert message["Subject"] == "RMI Cobalt Refiner Standard: suspended by the London Metal Exchange"
    said = message.get_content()
    assert "A reason given." in said
    assert "https://register.example/programmes/rmi-cobalt#d1" in said
    assert "conditionally approved" not in said, "what was known before is not told again"
    desk.decide("d2")
    desk.decide("d3", "asi-v3")
    desk.digests()
    (message,) = desk.mails()
    assert message["Subject"].startswith("2 news of the register, the first: ")
    assert "#d1" not in message.get_content()


def test_a_digest_is_about_its_topic(desk: Desk) -> None:
    desk.subscribe("a@people.example", "programme:asi-v3")
    desk.subscribe("b@people.example", "metal:cobalt")
    desk.decide("d1", "rmi-cobalt")
    assert desk.digests().said == ["digests: 1 sent"]
    assert [each["To"] for each in desk.mails()] == ["b@people.example"]


def test_results_are_told_when_their_round_is_published_and_not_before(desk: Desk) -> None:
    desk.subscribe()
    round_ = Assessment(id="r9", programme_id="rmi-cobalt", edition="oecd-minerals-2018", round=9, recorded_at=LATER)
    result = Result(
        id="new", assessment_id="r9", scope="standards", level="fully", effective_on=date(2026, 11, 1),
        recorded_at=LATER, position=1,
    )  # fmt: skip
    with unit_of_work(desk.engine) as session:
        ledger.enter(session, round_, actor=SEED_IMPORT, act="recorded", now=LATER)
        ledger.enter(session, result, actor=SEED_IMPORT, act="recorded", now=LATER)
    assert desk.digests().said == ["digests: none to send"]
    with unit_of_work(desk.engine) as session:
        row = session.get(Assessment, "r9")
        assert row is not None
        ledger.change(session, row, {"published": True}, actor=SEED_IMPORT, act="published", now=LATER)
    assert desk.digests().said == ["digests: 1 sent"]
    assert "standards result fully aligned" in desk.mails()[0].get_content()


def test_one_click_ends_it_without_a_session_and_every_mail_carries_it(desk: Desk) -> None:
    leave = desk.subscribe()
    desk.decide("d1")
    desk.digests()
    (message,) = desk.mails()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"] == f"<https://register.example{leave}>"
    assert link(message, "leave") == leave
    assert "End the digest" in desk.browser.get(leave).text
    desk.decide("d2")
    answer = desk.browser.post(leave, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "The digest has ended" in answer.text
    assert desk.browser.post(leave).status_code == 200
    assert desk.digests().said == ["digests: none to send"]
    (row,) = desk.rows()
    assert row.left_at is not None


def test_a_digest_that_is_not_taken_is_tried_again_a_few_times_and_then_no_more(desk: Desk) -> None:
    desk.subscribe()
    desk.decide("d1")
    with mailbox(refuses=True) as closed:
        settings = Settings(
            database_url=desk.settings.database_url, smtp_host="127.0.0.1", smtp_tls="none",
            smtp_port=closed.server_address[1], mail_from="register@scheme.example",
        )  # fmt: skip
        done = send_digests(desk.engine, settings, now=LATER)
        assert done.said == ["digests: 0 sent"]
        assert len(done.faults) == 1
        assert "@" not in done.faults[0]
        assert desk.digests().said == ["digests: 1 sent"], "and after the mail server works again, it is sent"
        desk.decide("d2")
        for _ in range(subscriptions.MOST_TRIES):
            send_digests(desk.engine, settings, now=LATER)
    assert desk.digests().said == ["digests: none to send"]
    assert desk.rows()[0].left_at is not None


def test_what_one_run_has_in_hand_no_other_sends(desk: Desk) -> None:
    desk.subscribe()
    desk.decide("d1")
    (row,) = desk.rows()
    with unit_of_work(desk.engine) as session:
        assert subscriptions.claim(session, id=row.id, sent_until=row.sent_until, now=LATER)
        assert not subscriptions.claim(session, id=row.id, sent_until=row.sent_until, now=LATER)
        assert not subscriptions.claim(session, id="nobody", sent_until=0, now=LATER)
    assert desk.digests().said == ["digests: none to send"]
    assert desk.digests(LATER + subscriptions.TRYING).said == ["digests: 1 sent"]


def test_without_a_mail_server_the_command_says_what_to_set(desk: Desk) -> None:
    desk.subscribe()
    desk.decide("d1")
    with pytest.raises(Refusal, match="no mail server is set"):
        send_digests(desk.engine, Settings(database_url=desk.settings.database_url), now=LATER)
