"""Reminders on their page, and a private calendar that other programs read."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta

import icalendar
import pytest
from sqlmodel import Session, select

from alignment.tables import Event
from tests.conftest import NOW
from tests.undertakings import SOON, Desk, desk_on
from tests.web.site import counted_queries
from tests.working import Client


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    with desk_on(sqlite_url) as made:
        yield made


def renewed(client: Client) -> str:
    return address(client.post("/calendar/renew").text)


def address(page: str) -> str:
    found = re.search(r"/calendar/[\w-]+\.ics", page)
    assert found is not None
    return found[0]


def test_what_is_due_is_listed_marked_as_seen_and_then_no_longer_on_my_work(desk: Desk) -> None:
    action = desk.undertake()
    with desk.act(desk.world.owner) as client:
        with counted_queries() as asked:
            page = client.get("/reminders")
        assert len(asked) <= 11
        assert "due in 5 days" in page.text
        assert "due in 5 days" in client.get("/work").text
        assert client.post("/reminders/seen", {"subject": f"action:{action}"}).status_code == 303
        assert "Mark as seen" not in client.get("/reminders").text
        assert "due in 5 days" not in client.get("/work").text
    with desk.act(desk.world.owner, now=NOW + timedelta(days=4)) as client:
        assert "due tomorrow" in client.get("/reminders").text


def test_nobody_is_reminded_of_what_is_not_theirs(desk: Desk) -> None:
    action = desk.undertake()
    for who in ("decider", "other owner", "other assessor", "reviewer"):
        with desk.act(desk.world.people[who]) as client:
            assert "Train the auditors" not in client.get("/reminders").text
            assert client.post("/reminders/seen", {"subject": f"action:{action}"}).status_code == 303
    with desk.act(desk.world.owner) as client:
        assert "Mark as seen" in client.get("/reminders").text


def test_the_calendar_is_read_by_other_programs_and_keeps_its_identities(desk: Desk) -> None:
    action = desk.undertake("Train; the auditors, all\\of them " + "ü" * 60)
    with desk.act(desk.world.owner) as client:
        address = renewed(client)
    with desk.act(None) as client:
        answer = client.get(address)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["UID"]) == f"action-{action}@127.0.0.1"
    assert event.decoded("DTSTART") == SOON
    assert "Train; the auditors, all\\of them " + "ü" * 60 in str(event["SUMMARY"])


def test_a_renewed_address_ends_the_one_before_and_an_ended_one_is_gone(desk: Desk) -> None:
    with desk.act(desk.world.owner) as client:
        assert "Make a private address" in client.get("/calendar").text
        pages = [client.post("/calendar/renew").text for _ in range(2)]
        assert ["has stopped working" in page for page in pages] == [False, True]
        first, second = (address(page) for page in pages)
        assert client.get(first).status_code == 404
        assert client.get(second).status_code == 200
        assert client.get(second.removesuffix(".ics")).status_code == 404
        assert client.post("/calendar/end").status_code == 303
        assert client.get(second).status_code == 404
        assert "You have no address yet" in client.get("/calendar").text


def test_the_secret_stands_in_no_event_and_no_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with desk.act(desk.world.owner) as client:
        value = renewed(client).removeprefix("/calendar/").removesuffix(".ics")
        client.get(f"/calendar/{value}.ics")
        client.post("/calendar/end")
        client.get(f"/calendar/{value}.ics")
    with Session(desk.engine) as session:
        chain = " ".join(f"{each.act} {each.before} {each.after}" for each in session.exec(select(Event)))
    assert "renewed_calendar" in chain
    assert value not in chain
    assert [record for record in caplog.records if record.name.startswith("alignment") and value in str(record)] == []
