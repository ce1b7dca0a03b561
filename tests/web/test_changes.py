"""What changed between two days in all programmes: the page, its JSON, both times, and every refusal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.web.site import Site, counted_queries, site_on, site_on_copy

RECENT = "/changes/2024-09-30..2026-11-21"


@pytest.fixture(scope="module")
def site(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_example, tmp_path_factory)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_since_the_memo_the_recognition_changed_a_status_and_all_grew_stale(site: Site) -> None:
    said = site.get(f"{RECENT}.json").json()["says"]
    by_id = {each["programme"]["id"]: each for each in said["programmes"]}
    tin = by_id["rmi-tin-tantalum"]
    changed = {each["matter"]: (each["before"], each["after"]) for each in tin["changes"]}
    assert changed["Decision of the LME"] == ("Not due", "Due")
    assert changed["Alignment assessment"][1].startswith("Recognised under Regulation (EU) 2017/821")
    assert "LME approval" not in changed
    (fact,) = tin["facts"]
    assert (fact["kind"], fact["effective"]) == ("recognition", "2025-10-16")
    assert fact["source_id"]
    stale = {each["matter"] for each in by_id["asi-v3"]["changes"]}
    assert stale == {"Age of the status"}
    assert by_id["asi-v3"]["facts"] == []


def test_what_was_only_seen_by_a_day_did_not_happen_between_the_two(site: Site) -> None:
    span = "/changes/2024-09-29..2024-09-30"
    cobalt = next(
        each
        for each in site.get(f"{span}.json").json()["says"]["programmes"]
        if each["programme"]["id"] == "rmi-cobalt"
    )
    assert cobalt["facts"] == []
    assert {each["effective"] for each in cobalt["first_seen"]} == {"by 2024-09-30"}
    for address in (span, f"/programmes/rmi-cobalt{span}"):
        page = words(site.get(address).text)
        assert "First seen by this date, begun on an unknown earlier day" in page
        assert "Facts that took effect" not in page
        assert "passing of time" not in page


def test_the_page_groups_by_programme_and_names_the_grounds(site: Site) -> None:
    page = site.get(RECENT).text
    start = page.index('id="p-rmi-tin-tantalum"')
    own = page[start : page.index("</section>", start)]
    assert "Decision of the LME Not due Due" in words(own)
    assert 'href="/sources/' in own
    assert "/programmes/rmi-tin-tantalum/changes/2024-09-30..2026-11-21" in own
    assert f'href="{RECENT}.json"' in page
    assert page.index('id="p-rmi-tin-tantalum"') < page.index('id="aged"')
    assert 'id="p-asi-v3"' not in page
    assert "9 statuses of another age" in words(page)


def test_market_updates_and_what_stayed_the_same_are_told(site: Site) -> None:
    page = site.get("/changes/2023-04-19..2024-09-30").text
    assert "Market update 2024-09" in page
    quiet = site.get("/changes/2023-01-01..2023-04-17").text
    assert "The same on both days" in quiet or "Nothing changed between these days" in quiet


def test_without_a_span_the_page_speaks_of_the_time_since_the_last_market_update(site: Site) -> None:
    assert "What changed from 30 September 2024 to 21 November 2026" in words(site.get("/changes").text)
    asked = site.get("/changes?from=2021-12-31&to=2022-12-31").text
    assert "What changed from 31 December 2021 to 31 December 2022" in words(asked)


def test_the_worked_example_is_not_among_them(site: Site) -> None:
    example = re.findall(r'href="/programmes/([^"/?]+)"', site.get("/example").text)
    page = site.get("/changes/1990-01-01..2026-11-21").text
    assert example
    assert not any(f"/programmes/{slug}" in page for slug in example)


def test_before_anything_was_learned_nothing_changed(site: Site) -> None:
    answer = site.get(f"{RECENT}?known_at=2020-01-01")
    assert "as far as the register knew by then" in words(answer.text)
    assert site.get(f"{RECENT}.json?known_at=2020-01-01").json()["says"]["programmes"] == []


@pytest.mark.parametrize(
    "address",
    [
        "/changes/x..y", "/changes/2026-01-01..2024-01-01", "/changes/2024-09-30", "/changes/1024-09-30..2026-01-01",
        "/changes?from=2026-12-01&to=2026-01-01", "/changes/x..y.json", "/changes?from=soon",
        "/changes/2024-09-30..2026-11-21?known_at=soon",
    ],
)  # fmt: skip
def test_what_names_no_two_days_is_refused_with_an_example(site: Site, address: str) -> None:
    answer = site.get(address)
    assert answer.status_code == 400
    assert "2024-09-30" in answer.text or "2026-11-21" in answer.text


def test_the_page_takes_the_same_queries_however_many_programmes(site: Site) -> None:
    with counted_queries() as asked:
        site.get("/changes/2021-01-01..2026-11-20")
    assert sum("max(event.seq)" not in each for each in asked) <= 11


def test_the_first_page_leads_there(site: Site) -> None:
    assert f'href="{RECENT}"' in site.get("/").text


def test_an_empty_register_has_no_changes(sqlite_url: str) -> None:
    assert "Nothing changed between these days" in site_on(sqlite_url).get("/changes").text
