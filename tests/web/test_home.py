"""The front page: the table on any date, filtered, as known at any moment, and every question it refuses."""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine

from alignment.database import make_engine, reading, unit_of_work
from alignment.domain.people import SEED_IMPORT
from alignment.domain.refusal import Refusal
from alignment.prepare import load_example
from alignment.queries.status import AT_A_TIME, status_facts, status_page
from alignment.services import ledger
from alignment.settings import Settings
from alignment.tables import Decision, PartProgress
from alignment.web.app import create_app
from tests.bench.stores import grown
from tests.conftest import NOW
from tests.seeds.memo import PROGRAMMES, TABLE_1, plain
from tests.web.site import Site, counted_queries, site_on_copy
from tests.working import app_again, app_for, close

MOST_QUERIES = 8
YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def site(sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_seeded, tmp_path_factory)


Opening: TypeAlias = Callable[..., Site]


@pytest.fixture
def opened() -> Iterator[Opening]:
    """Opens the application on a database, and ends it after the test as a server does."""
    sites: list[Site] = []

    def open_site(url: str, now: datetime = NOW) -> Site:
        make = app_for if sites else app_again  # of which there is but one
        sites.append(Site(make(url, clock=lambda: now)))
        return sites[-1]

    yield open_site
    for site in sites:
        close(site.app)


def words(page: str) -> str:
    """What a reader reads, on one line."""
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    return re.sub(r" ([,.:;])", r"\1", text)


def rows(site: Site, query: str = "") -> list[str]:
    """The programmes in the table, by id."""
    page = site.get(f"/{query}")
    assert page.status_code == 200
    table = page.text.partition("<tbody")[2].partition("</tbody>")[0]
    return re.findall(r'<a href="/programmes/([a-z0-9-]+)', table)


def refusal(site: Site, address: str) -> str:
    """What a page that answers 400 says, in words."""
    answer = site.get(address)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    return words(answer.text.partition("<main")[2].partition("</main>")[0])


# --- the table -------------------------------------------------------------------------------------


def test_the_front_page_has_the_ten_programmes_in_the_order_of_the_memo(site: Site) -> None:
    assert tuple(rows(site)) == PROGRAMMES
    assert tuple(rows(site, "?as_at=2024-09-30")) == PROGRAMMES


def test_as_at_the_memos_day_every_cell_of_table_1_can_be_read(site: Site) -> None:
    said = plain(words(site.get("/?as_at=2024-09-30").text))
    for cells in TABLE_1:
        for cell in cells:
            assert plain(cell).removesuffix(" (published here)") in said


def test_the_page_says_what_it_is_as_at_when_who_says_so_and_what_next(site: Site) -> None:
    today = words(site.get("/").text)
    assert "Status of alignment assessments" in today
    assert "As at 21 November 2026" in today
    assert "Says Derived by this register from dated, sourced facts" in today
    assert "Known at Everything learned up to now" in today
    assert "Next The last market update, 2024-09" in today
    memo = words(site.get("/?as_at=2024-09-30").text)
    assert "Says London Metal Exchange, market update 2024-09, Table 1" in memo
    assert "Next The table as it stands today" in memo


def test_ages_staleness_and_the_decision_that_is_due_are_shown(site: Site) -> None:
    said = words(site.get("/").text)
    assert "10 programmes under Track A" in said
    assert "one approved, nine conditionally approved" in said
    assert "Recognised under Regulation (EU) 2017/821 on 16 October 2025; LME decision due decision due" in said
    assert "10 statuses stale. They have passed the age of 365 days without a newer report." in said
    assert "2 years, 1 month since the last report" in said


def test_what_changed_since_the_last_update_is_told_with_its_day(site: Site) -> None:
    changed = words(site.get("/").text.partition('id="since"')[2])
    assert "What changed Since market update 2024-09" in changed
    assert "16 October 2025 · Alignment assessment RMI Tin and Tantalum: Recognised under Regulation" in changed
    assert "before: Awaiting outcome of the Recognition" in changed
    nothing = words(site.get("/?as_at=2025-10-15").text)
    assert "Nothing that the register has learned changes a row of market update 2024-09." in nothing
    assert "What changed" not in words(site.get("/?as_at=2024-09-30").text)


def test_at_the_beginning_of_2023_unknown_approvals_stand_there_as_unknown(site: Site) -> None:
    assert rows(site, "?as_at=2023-01-01") == [each for each in PROGRAMMES if each != "rmi-all-minerals"]
    said = words(site.get("/?as_at=2023-01-01").text)
    assert "Not known until" in said
    assert "five conditionally approved, four not known" in said


# --- dates and knowledge ---------------------------------------------------------------------------


def test_before_anything_was_learned_the_table_is_empty_and_says_why(site: Site) -> None:
    page = site.get("/?known_at=2026-11-20")
    assert page.status_code == 200
    said = words(page.text)
    assert "The table is empty This register learned its first fact on 2026-11-21 at 09:00 UTC" in said
    assert "Known at 20 November 2026, 23:59 UTC" in said


def test_an_empty_register_says_what_to_run(database_url: str, opened: Opening) -> None:
    said = words(opened(database_url).get("/").text)
    assert "This register holds nothing yet: run “alignment load-seeds”." in said


@pytest.mark.parametrize(
    "known_at",
    ["2026-11-21", "2026-11-21T09:00:00Z", "2026-11-21T18:00:00+09:00", "2026-11-21T18:00:00%2B09:00",
     "2026-11-21 09:00", "2026-11-21+09:00", "20261121", "9999-12-31"],
)  # fmt: skip
def test_a_moment_may_be_written_in_any_usual_form(site: Site, known_at: str) -> None:
    assert len(rows(site, f"?known_at={known_at}")) == 10


def test_the_links_of_a_page_ask_for_the_same_date_and_the_same_knowledge(site: Site) -> None:
    page = site.get("/?as_at=2024-09-30&known_at=2026-11-21T10:00:00Z").text
    addresses = [unescape(each) for each in re.findall(r'href="(/(?:programmes/|status\.)[^"]*)"', page)]
    assert len(addresses) > 12
    for address in addresses:
        if address != "/status.csv-metadata.json":
            assert parse_qs(urlsplit(address).query) == {
                "as_at": ["2024-09-30"],
                "known_at": ["2026-11-21T10:00:00+00:00"],
            }
            assert site.get(address).status_code == 200
    plain_links = re.findall(r'href="(/(?:programmes/|status\.)[^"]*)"', site.get("/").text)
    assert [each for each in plain_links if "?" in each] == []


def test_what_was_learned_later_changes_no_page_of_what_was_known(seeded_url: str, opened: Opening) -> None:
    later = datetime(2026, 11, 25, tzinfo=UTC)
    record(seeded_url, later, "withdrawn", date(2025, 1, 1))
    site = opened(seeded_url, later)
    assert "Withdrawn" in words(site.get("/").text)
    assert "Withdrawn" not in words(site.get("/?known_at=2026-11-24").text.partition("<table")[2])


def record(url: str, at: datetime, act: str, effective: date) -> None:
    engine = make_engine(url)
    with unit_of_work(engine) as session:
        row = Decision(
            id="later", programme_id="asi-v3", act=act, effective_on=effective, recorded_at=at, position=99,
            source_id="memo-2024-09", place="test", published_note="",
        )  # fmt: skip
        ledger.enter(session, row, actor=SEED_IMPORT, act="recorded", now=at)
    engine.dispose()


def test_a_change_is_dated_by_the_fact_that_changed_it(seeded_engine: Engine, seeded_url: str, opened: Opening) -> None:
    with unit_of_work(seeded_engine) as session:
        row = PartProgress(
            id="later", assessment_id="asi-v3-1", part="implementation", progress="complete",
            effective_on=date(2025, 3, 14), recorded_at=NOW, position=99, source_id="memo-2024-09", place="test",
        )  # fmt: skip
        ledger.enter(session, row, actor=SEED_IMPORT, act="recorded", now=NOW)
    changed = words(opened(seeded_url).get("/").text.partition('id="since"')[2])
    assert "14 March 2025 · Alignment assessment ASI Performance Standard V3: Alignment assessment complete" in changed


# --- filters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?metal=aluminium", ["asi-v3", "chinese-guidelines-2", "rmi-all-minerals"]),
        ("?metal=cobalt", ["chinese-guidelines-2", "rmi-cobalt"]),
        ("?approval=approved", ["jdds-copper-mark"]),
        ("?approval=not_known&as_at=2023-01-01",
         ["chinese-guidelines-2", "rmi-cobalt", "rmi-tin-tantalum", "ita-rmi-rmap"]),
        ("?stage=downstream", ["asi-v3", "chinese-guidelines-2"]),
        ("?metal=tin&stage=mine", ["chinese-guidelines-2", "ita-rmi-tin-code"]),
    ],
)  # fmt: skip
def test_filters_leave_the_rows_that_fit_and_say_how_many(site: Site, query: str, found: list[str]) -> None:
    assert rows(site, query) == found
    in_all = 9 if "2023" in query else 10
    assert f"{len(found)} of {in_all} programmes fit the filters." in words(site.get(f"/{query}").text)


def test_all_minerals_leaves_out_what_it_excludes(site: Site) -> None:
    for metal in ("tin", "cobalt"):
        assert "rmi-all-minerals" not in rows(site, f"?metal={metal}")
    assert "rmi-all-minerals" in rows(site, "?metal=nickel")


def test_filters_that_nothing_fits_say_so_and_lead_back(site: Site) -> None:
    page = site.get("/?approval=suspended&as_at=2024-09-30")
    said = words(page.text)
    assert "No programme fits these filters" in said
    assert "The table has 10 programmes on this date; none of them has all that was asked for." in said
    assert 'href="/?as_at=2024-09-30">Show all programmes' in page.text


def test_what_was_chosen_stays_chosen(site: Site) -> None:
    page = site.get("/?as_at=2023-01-01&metal=tin&approval=not_known&stage=refiner&known_at=2026-11-21").text
    assert 'name="as_at" value="2023-01-01"' in page
    for value in ("tin", "not_known", "refiner"):
        assert f'<option value="{value}" selected>' in page
    assert 'name="known_at" value="2026-11-21T23:59:59.999999+00:00"' in page


def test_empty_fields_of_the_form_are_as_good_as_none(site: Site) -> None:
    assert tuple(rows(site, "?as_at=&metal=&approval=&stage=&known_at=")) == PROGRAMMES


# --- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("as_at=yesterday", "“yesterday” is no day for as_at: write it as 2024-09-30."),
        ("as_at=2024-02-30", "“2024-02-30” is no day for as_at: write it as 2024-09-30."),
        ("as_at=0001-01-01", "as_at takes a day between 1990-01-01 and 2199-12-31, not 0001-01-01."),
        ("as_at=9999-12-31", "as_at takes a day between 1990-01-01 and 2199-12-31, not 9999-12-31."),
        ("known_at=noon", "“noon” is no moment for known_at: write it as 2026-11-21T14:00:00Z or as a day."),
        ("known_at=0001-01-01T00:00%2B14:00", "“0001-01-01T00:00+14:00” is no moment for known_at"),
        ("metal=gold", "“gold” is not known as metal: it takes aluminium, "),
        ("metal=Copper", "“Copper” is not known as metal"),
        ("approval=none", "“none” is not known as approval: it takes approved, conditionally_approved, "),
        ("stage=smelter", "“smelter” is not known as stage: it takes mine, refiner, downstream."),
        ("metal=%3Cscript%3Ealert(1)%3C/script%3E", "“<script>alert(1)</script>” is not known as metal"),
        ("as_at=%00", "is no day for as_at"),
        ("as_at=%FF%FE", "is no day for as_at"),
        ("metal=" + "x" * 5000, f"“{'x' * 40}” is not known as metal"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_in_one_sentence(site: Site, query: str, said: str) -> None:
    assert said in refusal(site, f"/?{query}")


def test_what_was_asked_for_is_shown_and_never_obeyed(site: Site) -> None:
    assert "<script>alert" not in site.get("/?metal=%3Cscript%3Ealert(1)%3C/script%3E").text


@pytest.mark.parametrize("address", ["/nope", "/index.html", "/status", "/status.xml", "/%00", "/../etc/passwd"])
def test_what_is_not_there_is_a_plain_page(site: Site, address: str) -> None:
    answer = site.get(address)
    assert answer.status_code == 404
    assert "There is no such page" in words(answer.text)
    assert "Traceback" not in answer.text


def test_an_unknown_question_is_no_hindrance(site: Site) -> None:
    assert tuple(rows(site, "?utm_source=letter")) == PROGRAMMES


# --- how it is answered ----------------------------------------------------------------------------


def test_the_page_sets_no_cookie_and_carries_the_security_headers(site: Site) -> None:
    for address in ("/", "/nope", "/?as_at=x"):
        headers = site.get(address).headers
        assert "set-cookie" not in headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert "x-frozen" not in headers


def test_a_page_that_is_held_already_is_not_sent_again(site: Site) -> None:
    page = site.get("/?as_at=2024-09-30")
    again = site.get("/?as_at=2024-09-30", if_none_match=page.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert site.get("/", if_none_match=page.headers["etag"]).status_code == 200


def test_an_error_is_never_kept(site: Site) -> None:
    assert site.get("/?as_at=x").headers["cache-control"] == "no-store"


def test_head_is_answered_like_get_without_the_page(site: Site) -> None:
    page, head = site.get("/"), site.head("/")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-type", "content-length"):
        assert head.headers[name] == page.headers[name]


@pytest.mark.parametrize("query", ["", "?as_at=2024-09-30", "?metal=tin&known_at=2026-11-21", "?approval=suspended"])
def test_the_number_of_queries_is_small_and_does_not_grow(seeded_url: str, opened: Opening, query: str) -> None:
    site = opened(seeded_url)
    with counted_queries() as asked:
        assert site.get(f"/{query}").status_code == 200
    # One more asks whether anything was written since.
    assert len([each for each in asked if "max(event.seq)" not in each]) <= MOST_QUERIES


def test_a_page_is_made_once_until_something_is_written(seeded_url: str, opened: Opening) -> None:
    site = opened(seeded_url)
    site.get("/")
    with counted_queries() as asked:
        site.get("/")
    assert [each for each in asked if "max(event.seq)" not in each] == []


def asked_again(number: int) -> str:
    """An address that nobody asked for before, of all that is known."""
    return f"/?known_at=2099-01-01T00:00:00.{number:06}Z"


def table(site: Site, address: str) -> str:
    """What the table and all that follows it say."""
    return words(site.get(address).text.partition("<table")[2])


def test_the_facts_are_read_once_whatever_is_asked_of_them(seeded_url: str, opened: Opening) -> None:
    site = opened(seeded_url)
    with counted_queries() as asked:
        for address in ("/?as_at=2024-09-30", "/?metal=tin", "/status.csv?as_at=2025-10-16", asked_again(1)):
            assert site.get(address).status_code == 200
    assert [each for each in asked if "max(event.seq)" not in each] == []


def test_what_another_process_writes_is_shown_a_moment_later(seeded_url: str, opened: Opening) -> None:
    site = opened(seeded_url)
    assert "Withdrawn" not in table(site, asked_again(0))
    record(seeded_url, NOW, "withdrawn", date(2025, 1, 1))
    for number in range(1, 100):
        if "Withdrawn" in (said := table(site, asked_again(number))):
            break
        time.sleep(0.1)
    assert "Withdrawn" in said


def test_a_new_day_is_shown_at_once(sqlite_seeded: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{shutil.copyfile(sqlite_seeded, tmp_path / 'midnight.sqlite3')}"
    times = [datetime(2025, 10, 15, 23, 59, 59, tzinfo=UTC)]
    site = Site(create_app(Settings(database_url=url), clock=lambda: times[-1]))
    assert "Recognised under Regulation" not in words(site.get(asked_again(1)).text)
    times.append(datetime(2025, 10, 16, 0, 0, 0, tzinfo=UTC))
    page = words(site.get(asked_again(2)).text)
    assert "As at 16 October 2025" in page
    assert "Recognised under Regulation" in page


def test_what_was_known_before_the_last_fact_is_read_and_kept_by_itself(seeded_url: str, opened: Opening) -> None:
    record(seeded_url, datetime(2026, 11, 25, tzinfo=UTC), "withdrawn", date(2025, 1, 1))
    site = opened(seeded_url, datetime(2026, 11, 26, tzinfo=UTC))
    for _ in range(2):
        assert "Withdrawn" in table(site, "/")
        assert "Withdrawn" not in table(site, "/?known_at=2026-11-24")
        assert "Withdrawn" in table(site, "/?known_at=2026-11-25")


def test_a_table_of_hundreds_is_the_same_in_spans_and_is_sent_while_it_is_made(
    sqlite_seeded: Path, tmp_path: Path, opened: Opening
) -> None:
    path = grown(sqlite_seeded, tmp_path / "grown.sqlite3", AT_A_TIME + 30)
    engine = make_engine(f"sqlite:///{path}")
    with reading(engine) as connection:
        in_spans = status_page(connection, as_at=NOW.date(), policy_age=YEAR)
        at_once = status_facts(connection).page(NOW.date(), YEAR)
    engine.dispose()
    assert in_spans == at_once
    site = opened(f"sqlite:///{path}")
    shown = rows(site, asked_again(1)[1:])
    assert shown == [row.id for row in at_once.rows]
    assert site.get("/").text.endswith("</html>")


# --- the worked example ----------------------------------------------------------------------------


def test_the_example_stands_apart_labelled_and_unindexed(sqlite_seeded: Path, tmp_path: Path, opened: Opening) -> None:
    url = f"sqlite:///{shutil.copyfile(sqlite_seeded, tmp_path / 'example.sqlite3')}"
    before = opened(url).get("/example")
    assert "The worked example is not loaded" in words(before.text)
    engine = make_engine(url)
    load_example(engine, now=NOW)
    engine.dispose()
    site = opened(url)
    page = site.get("/example")
    assert "Fictional. These programmes do not exist." in words(page.text)
    assert '<meta name="robots" content="noindex">' in page.text
    assert tuple(rows(site)) == PROGRAMMES
    assert "example-" not in site.get("/status.csv").text


def test_a_damage_that_is_met_on_the_first_page_stops_the_start_with_its_reason(seeded_sqlite_url: str) -> None:
    file = Path(seeded_sqlite_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as held:
        pages = held.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = 'programme' AND rootpage").fetchall()
        (size,) = held.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as spoilt:
        for (page,) in pages:
            spoilt.seek((page - 1) * size)
            spoilt.write(b"x" * size)
    with pytest.raises(Refusal, match="malformed"):
        create_app(Settings(database_url=seeded_sqlite_url))
