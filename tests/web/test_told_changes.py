"""A change whose wording the LME accepted, and a new printed name: told wherever the register tells what it learned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from alignment.database import make_engine, reading, unit_of_work
from alignment.domain.people import Role, Someone
from alignment.queries.changes import last_event
from alignment.queries.feed import EVERYTHING, news_since
from alignment.services import monitoring
from alignment.services import register as keep
from alignment.services.monitoring import Report
from tests.conftest import NOW
from tests.web.site import Site, site_on
from tests.working import make_person

WORDING = "Two auditors from 2027."
CHANGE = "A new assurance process"
NAME = "RMI Cobalt Standard, anew"
TODAY = NOW.date().isoformat()
YESTERDAY = (NOW.date() - timedelta(days=1)).isoformat()


@pytest.fixture
def engine(seeded_sqlite_url: str) -> Iterator[Engine]:
    engine = make_engine(seeded_sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def people(engine: Engine) -> dict[str, Someone]:
    with unit_of_work(engine) as session:
        return {
            "owner": make_person(session, "Olga Owner", "rmi", Role.SCHEME_OWNER),
            "publisher": make_person(session, "Paula Publisher", "lme", Role.PUBLISHER),
        }


@pytest.fixture
def reported(engine: Engine, people: dict[str, Someone]) -> str:
    with unit_of_work(engine) as session:
        said = Report("rmi-cobalt", CHANGE, "Audits change.", date(2027, 1, 1), date(2027, 6, 30), "")
        return monitoring.report_change(session, actor=people["owner"], act=said, now=NOW)


def accept(engine: Engine, people: dict[str, Someone], change: str) -> None:
    with unit_of_work(engine) as session:
        monitoring.accept_change(
            session, actor=people["publisher"], change=change, public_wording=WORDING,
            transition_until=date(2027, 6, 30), version=1, now=NOW,
        )  # fmt: skip


def rename(engine: Engine, people: dict[str, Someone]) -> None:
    values = {
        "name": NAME, "use": "table", "since": TODAY, "source": "memo-2024-09", "place": "page 2",
        "certainty": "found", "remark": "",
    }  # fmt: skip
    with unit_of_work(engine) as session:
        keep.print_name(session, actor=people["publisher"], programme_id="rmi-cobalt", values=values, now=NOW)


def test_an_accepted_change_is_told_by_feeds_the_interface_and_the_digest_and_not_before(
    seeded_sqlite_url: str, engine: Engine, people: dict[str, Someone], reported: str
) -> None:
    site = site_on(seeded_sqlite_url)
    feeds = ("/feed{}", "/programmes/rmi-cobalt/feed{}", "/feed{}?metal=cobalt")
    addresses = [each.format(form) for each in feeds for form in (".json", ".atom")]
    for address in addresses:
        assert CHANGE not in site.get(address).text
    assert site.get("/api/v1/programmes/rmi-cobalt").json()["changes"] == []
    with reading(engine) as connection:
        before = last_event(connection)
    accept(engine, people, reported)
    site = site_on(seeded_sqlite_url)
    for address in addresses:
        text = site.get(address).text
        assert CHANGE in text
        assert f"{WORDING} Transition until 30 June 2027." in text
        assert "Holds from 1 January 2027." in text
    assert CHANGE not in site.get("/feed.json?metal=copper").text
    assert CHANGE not in site.get("/feed.json?known_at=2026-01-01").text
    [change] = site.get("/api/v1/programmes/rmi-cobalt").json()["changes"]
    assert (change["title"], change["wording"]) == (CHANGE, WORDING)
    assert (change["effective_on"], change["transition_until"]) == ("2027-01-01", "2027-06-30")
    events = site.get("/api/v1/events?kind=change").json()["items"]
    assert [each["programme"] for each in events] == ["rmi-cobalt"]
    with reading(engine) as connection:
        told = news_since(connection, EVERYTHING, before, last_event(connection))
    assert [(each.kind.value, each.record) for each in told] == [("change", f"significant_change:{reported}")]


def test_a_change_that_is_only_reported_is_no_news(engine: Engine, people: dict[str, Someone], reported: str) -> None:
    with reading(engine) as connection:
        assert news_since(connection, EVERYTHING, last_event(connection) - 1, last_event(connection)) == ()


def says(site: Site, address: str) -> dict[str, Any]:
    found: dict[str, Any] = site.get(address).json()["says"]
    return found


def test_a_new_printed_name_is_a_change_between_two_days_with_its_ground(
    seeded_sqlite_url: str, engine: Engine, people: dict[str, Someone]
) -> None:
    with reading(engine) as connection:
        before = last_event(connection)
    rename(engine, people)
    site = site_on(seeded_sqlite_url)
    span = f"{YESTERDAY}..{TODAY}"
    found = says(site, f"/changes/{span}.json")
    [cobalt] = [each for each in found["programmes"] if each["programme"]["id"] == "rmi-cobalt"]
    assert cobalt["changes"][0]["matter"] == "Printed name"
    assert cobalt["changes"][0]["before"].startswith("Responsible Minerals Initiative (RMI) Cobalt")
    assert cobalt["changes"][0]["after"] == NAME
    [fact] = cobalt["facts"]
    assert (fact["kind"], fact["source_id"], fact["place"]) == ("name", "memo-2024-09", "page 2")
    assert "rmi-cobalt" not in [each["id"] for each in found["unchanged"]]
    assert f"In the status table it is “{NAME}”." in site.get(f"/changes/{span}").text
    own = says(site, f"/programmes/rmi-cobalt/changes/{span}.json")
    assert [(each["matter"], each["after"]) for each in own["changes"]] == [("Printed name", NAME)]
    assert own["changes"][0]["ground"]["source"] == "memo-2024-09"
    page = site.get(f"/programmes/rmi-cobalt/changes/{span}").text
    assert NAME in page[page.index("Printed name") :]
    assert 'href="/sources/memo-2024-09"' in page[page.index("Printed name") :]
    earlier = says(site, f"/changes/2026-01-01..{YESTERDAY}.json")
    assert "rmi-cobalt" in [each["id"] for each in earlier["unchanged"]]
    with reading(engine) as connection:
        told = news_since(connection, EVERYTHING, before, last_event(connection))
    assert [each.kind.value for each in told] == ["name"]
    item = site.get("/programmes/rmi-cobalt/feed.json").json()["items"][0]
    assert item["_alignment"] == {
        "kind": "name", "programme": "rmi-cobalt", "act": None, "effective": TODAY, "correction": False,
        "source": "memo-2024-09",
    }  # fmt: skip
