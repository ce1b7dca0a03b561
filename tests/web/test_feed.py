"""Feeds as readers of feeds ask for them: what is in them, what never is, and what stays the same for ever."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest

from alignment.database import make_engine, unit_of_work
from alignment.domain.people import SEED_IMPORT
from alignment.services import ledger
from alignment.tables import ActionStep, Assessment, CorrectiveAction, Decision, Programme, ProgrammeName, Result
from tests.conftest import NOW
from tests.web.site import Site, counted_queries, site_on, site_on_copy

LATER = NOW + timedelta(days=1)


@pytest.fixture(scope="module")
def site(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_example, tmp_path_factory)


def read(site: Site, address: str) -> Any:
    answer = site.get(address)
    assert answer.status_code == 200
    read = feedparser.parse(answer.content)
    assert not read.bozo
    return read


def titles(site: Site, address: str) -> list[str]:
    return [each["title"] for each in site.get(address).json()["items"]]


def url_of(site_file: Path, folders: pytest.TempPathFactory) -> str:
    copy = folders.mktemp("feed") / "copy.sqlite3"
    shutil.copyfile(site_file, copy)
    return f"sqlite:///{copy}"


def test_everything_learned_is_in_both_forms_in_the_same_order(site: Site) -> None:
    atom, feed = read(site, "/feed.atom"), site.get("/feed.json").json()
    assert [each.id for each in atom.entries] == [each["id"] for each in feed["items"]]
    assert len(feed["items"]) > 40
    assert {tag.term for each in atom.entries for tag in each.tags} == {
        "status", "decision", "recognition", "action", "publication",
    }  # fmt: skip
    assert "Joint Standard, Copper Mark: approved by the London Metal Exchange" in titles(site, "/feed.json")
    assert "Market update 2024-09: Track A standard alignment assessments: update to the market" in titles(
        site, "/feed.json"
    )
    assert "not verified: Stronger technical assistance" in " ".join(titles(site, "/feed.json"))


def test_every_entry_leads_to_a_page_that_has_the_place(site: Site) -> None:
    for each in site.get("/feed.json").json()["items"]:
        address, _, place = each["url"].removeprefix("https://register.example").partition("#")
        answer = site.get(address)
        assert answer.status_code == 200, each["url"]
        assert not place or f'id="{place}"' in answer.text, each["url"]


def test_a_feed_of_a_programme_holds_that_programme_and_one_of_a_metal_those_that_cover_it(site: Site) -> None:
    programme = titles(site, "/programmes/rmi-cobalt/feed.json")
    assert programme
    assert all(each.startswith("RMI Cobalt Refiner Standard: ") for each in programme)
    metal = titles(site, "/feed.json?metal=cobalt")
    assert {each.partition(": ")[0] for each in metal} == {
        "RMI Cobalt Refiner Standard", "Chinese Guidelines, 2nd ed.", "Market update 2024-09",
    }  # fmt: skip
    assert read(site, "/feed.atom?metal=cobalt").feed.links[0].href == "https://register.example/feed.atom?metal=cobalt"
    assert read(site, "/feed.atom?metal=cobalt").feed.id != read(site, "/feed.atom").feed.id


def test_the_worked_example_is_in_no_feed(site: Site) -> None:
    example = re.findall(r'href="/programmes/([^"/?]+)"', site.get("/example").text)
    assert example
    for slug in example:
        assert site.get(f"/programmes/{slug}/feed.atom").status_code == 404
        assert slug not in site.get("/feed.json").text


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/feed.atom?metal=unobtainium", 400, "is not known as metal: it takes aluminium"),
        ("/feed.json?as_at=soon", 400, "is no day for as_at"),
        ("/feed.json?known_at=soon", 400, "is no moment for known_at"),
        ("/programmes/nobody/feed.json", 404, "There are: asi-v3"),
    ],
)
def test_a_feed_that_there_is_not_says_which_there_are(site: Site, address: str, status: int, sentence: str) -> None:
    answer = site.get(address)
    assert answer.status_code == status
    assert sentence in answer.text


def test_feeds_answer_for_both_times(site: Site) -> None:
    earlier = titles(site, "/feed.json?as_at=2021-12-31")
    assert earlier
    assert len(earlier) < len(titles(site, "/feed.json"))
    assert not any("Market update" in each for each in earlier)
    assert titles(site, "/feed.json?known_at=2020-01-01") == []


def test_a_feed_asked_for_with_a_date_is_another_document_with_a_name_of_its_own(site: Site) -> None:
    queries = ("", "?as_at=2024-10-01", "?known_at=2027-01-01T00:00:00Z", "?as_at=2024-10-01&known_at=2027-01-01")
    feeds = [read(site, f"{path}{query}").feed for path in ("/feed.atom", "/programmes/asi-v3/feed.atom")
             for query in queries]  # fmt: skip
    own = [site.get(f"/feed.json{query}").json()["feed_url"] for query in queries]
    for names in ([each.id for each in feeds], [each.links[0].href for each in feeds], own):
        assert len(set(names)) == len(names)
    for each in feeds:
        for link in each.links:
            assert site.get(link.href.removeprefix("https://register.example")).status_code == 200
    assert read(site, "/feed.atom?known_at=2027-01-01T01:00:00%2B01:00").feed.id == feeds[2].id


def test_a_market_update_is_dated_by_the_day_it_was_published_everywhere(site: Site) -> None:
    [event] = site.get("/api/v1/events?kind=publication").json()["items"]
    [update] = site.get("/api/v1/publications").json()["items"]
    assert event["effective"] == update["effective"]
    assert event["recorded_at"] == update["recorded_at"]
    [entry] = [each for each in site.get("/feed.json").json()["items"] if "Market update" in each["title"]]
    assert "Table as at 30 September 2024." in entry["content_text"]
    assert "from September 2024" not in entry["content_text"]
    assert "Published September 2024." in entry["content_text"]


def test_who_has_a_feed_already_is_told_so_without_a_body(site: Site) -> None:
    first = site.get("/feed.atom")
    again = site.get("/feed.atom", if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert site.get("/feed.json").headers["content-type"] == "application/feed+json; charset=utf-8"


def test_pages_name_the_feeds_in_their_heads(site: Site) -> None:
    for address in ("/", "/coverage", "/programmes/rmi-cobalt"):
        page = site.get(address).text
        assert 'type="application/atom+xml" title="All that the register learns" href="/feed.atom"' in page
        assert 'type="application/feed+json"' in page
    assert 'href="/programmes/rmi-cobalt/feed.atom"' in site.get("/programmes/rmi-cobalt").text
    assert "/feed.atom?metal=tin" in site.get("/?metal=tin").text


def test_addresses_and_identities_survive_a_rename(
    sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = url_of(sqlite_seeded, tmp_path_factory)
    before = site_on(url).get("/programmes/rmi-cobalt/feed.json").json()
    engine = make_engine(url)
    with unit_of_work(engine) as session:
        row = session.get(Programme, "rmi-cobalt")
        assert row is not None
        ledger.change(session, row, {"short_name": "Renamed"}, actor=SEED_IMPORT, act="changed", now=LATER)
        name = ProgrammeName(
            id="renamed", programme_id="rmi-cobalt", name="Renamed", use="table", since=date(2026, 11, 1), position=9
        )
        ledger.enter(session, name, actor=SEED_IMPORT, act="named", now=LATER)
    engine.dispose()
    after = site_on(url).get("/programmes/rmi-cobalt/feed.json").json()
    assert after["title"].endswith("Renamed")
    told, *others = after["items"]
    assert told["title"] == "Renamed: printed under another name"
    assert "In the status table it is “Renamed”." in told["content_text"]
    assert [(each["id"], each["url"], each["date_modified"]) for each in others] == [
        (each["id"], each["url"], each["date_modified"]) for each in before["items"]
    ]


def test_nothing_unpublished_is_told_and_a_correction_takes_the_place_of_what_it_corrects(
    sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = url_of(sqlite_seeded, tmp_path_factory)
    engine = make_engine(url)
    dated: dict[str, Any] = {"effective_on": date(2026, 11, 1), "recorded_at": LATER, "position": 1}
    rows = [
        Assessment(id="r9", programme_id="rmi-cobalt", edition="oecd-minerals-2018", round=9, recorded_at=LATER),
        Result(id="secret-result", assessment_id="r9", scope="standards", level="not", statement="SECRET", **dated),
        CorrectiveAction(id="secret", assessment_id="r9", title="SECRET", position=1, recorded_at=LATER),
        ActionStep(id="secret-step", action_id="secret", state="agreed", statement="SECRET", **dated),
        Decision(
            id="corrected", programme_id="rmi-cobalt", act="conditionally_approved", reason="Put right",
            corrects="rmi-cobalt-conditional", **dated,
        ),
    ]  # fmt: skip
    with unit_of_work(engine) as session:
        for row in rows:
            ledger.enter(session, row, actor=SEED_IMPORT, act="recorded", now=LATER)
    engine.dispose()
    site = site_on(url)
    feed = site.get("/programmes/rmi-cobalt/feed.json")
    assert "SECRET" not in feed.text
    assert feed.json()["items"][0]["title"].startswith("Correction: RMI Cobalt Refiner Standard: conditionally")
    assert sum("conditionally approved" in each["title"] for each in feed.json()["items"]) == 1
    held = site.get(f"/programmes/rmi-cobalt/feed.json?known_at={NOW:%Y-%m-%d}").json()["items"]
    assert not any(each["title"].startswith("Correction") for each in held)


def test_a_feed_takes_the_same_few_queries_whatever_it_is_about(site: Site) -> None:
    for address in ("/feed.atom?as_at=2026-01-01", "/programmes/asi-v3/feed.atom?as_at=2026-01-01"):
        with counted_queries() as asked:
            site.get(address)
        assert sum("max(event.seq)" not in each for each in asked) <= 8


def test_an_empty_register_has_an_empty_feed(sqlite_url: str) -> None:
    site = site_on(sqlite_url)
    assert site.get("/feed.json").json()["items"] == []
    assert not read(site, "/feed.atom").entries
