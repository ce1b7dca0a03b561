"""Market updates as readers meet them: the page and its files from the frozen copy, and every refusal."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from alignment.database import make_engine, unit_of_work
from alignment.domain.people import SEED_IMPORT
from alignment.domain.publication import Content, check_file
from alignment.services.publications import publish
from tests.conftest import NOW
from tests.domain.update import content
from tests.web.site import Site, counted_queries, site_on, site_on_copy

PAGE = "/publications/2024-09"


@pytest.fixture(scope="module")
def site(sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_seeded, tmp_path_factory)


def site_with(database_url: str, *contents: Content) -> Site:
    """The application on a database with these market updates and nothing else."""
    engine = make_engine(database_url)
    with unit_of_work(engine) as session:
        for day, each in enumerate(contents):
            publish(session, actor=SEED_IMPORT, content=each, now=NOW - timedelta(days=9 - day))
    engine.dispose()
    return site_on(database_url)


def words(page: str) -> str:
    """What a reader reads, on one line."""
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


# The list


def test_the_list_leads_to_the_update_of_september_2024_and_says_what_it_is(site: Site) -> None:
    said = site.get("/publications")
    assert said.status_code == 200
    assert f'<a href="{PAGE}">' in said.text
    assert "reconstruction" in said.text
    assert "September 2024 · London Metal Exchange · table as at 30 September 2024" in words(said.text)


def test_the_list_marks_what_was_corrected_and_by_what(sqlite_url: str) -> None:
    corrected = {**content(number="2024-10", as_at=date(2024, 10, 31)), "corrects": "2024-09"}
    said = site_with(sqlite_url, content(), corrected).get("/publications").text
    assert said.index("2024-10: Update") < said.index("2024-09: Update")
    assert "corrected by 2024-10" in words(said)
    assert "Corrects 2024-09." in words(said)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "No market update is held yet"),
        ("?as_at=2020-01-01", "Nothing was published by then"),
        ("?known_at=2020-01-01", "Nothing was held then"),
    ],
)
def test_an_empty_list_says_why_and_what_to_do(sqlite_url: str, query: str, sentence: str) -> None:
    said = site_on(sqlite_url).get(f"/publications{query}")
    assert said.status_code == 200
    assert sentence in said.text


def test_the_list_honours_both_dates(site: Site) -> None:
    assert PAGE in site.get("/publications?as_at=2024-09-01").text
    assert f'href="{PAGE}"' not in site.get("/publications?as_at=2024-08-31").text
    assert f'href="{PAGE}"' not in site.get("/publications?known_at=2026-01-01").text


@pytest.mark.parametrize("query", ["as_at=then", "known_at=never"])
def test_the_list_refuses_what_is_no_date(site: Site, query: str) -> None:
    answer = site.get(f"/publications?{query}")
    assert answer.status_code == 400
    assert "write it as" in answer.text


# The page


def test_the_page_says_what_it_is_as_at_when_and_by_whom(site: Site) -> None:
    said = words(site.get(PAGE).text)
    for sentence in (
        "Publication 2024-09 · market update",
        "Published September 2024 · table as at 30 September 2024 · frozen",
        "Original title: “Track A standard alignment assessment update to market”",
        "reconstruction",
        "The memo issued by the London Metal Exchange is authoritative.",
        "Table 1. Status of alignment assessments and of LME approval, as at 30 September 2024",
        "OECD, as reported in “Track A standard alignment assessment update to market”, in our words:",
        "No source at hand gives the address behind it, so there is no link.",
        "alignment verify 2024-09.json",
    ):
        assert sentence in said


def test_the_page_prints_the_ten_programmes_with_word_shape_and_link(site: Site) -> None:
    page = site.get(PAGE).text
    assert len(set(re.findall(r'href="/programmes/([a-z0-9-]+)\?as_at=2024-09-30"', page))) == 10
    assert page.count('<use href="#a-cond"/>') == 9
    assert page.count('<use href="#a-yes"/>') == 1
    assert page.count('<span class="small nowrap">(published here)</span>') == 2


def test_the_page_shows_the_digest_that_its_json_gives(site: Site) -> None:
    [shown] = re.findall(r'<code class="digest">([0-9a-f ]+)</code>', site.get(PAGE).text)
    document = site.get(f"{PAGE}.json").json()
    canonical = json.dumps(document["content"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert shown.replace(" ", "") == document["digest"] == hashlib.sha256(canonical.encode()).hexdigest()


def test_the_page_has_no_insertion_left_and_no_heading_out_of_order(site: Site) -> None:
    page = site.get(PAGE).text
    assert "{{" not in page
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= before + 1 for before, later in pairwise(levels))


def test_the_page_links_to_nothing_that_is_not_promised(site: Site) -> None:
    page = site.get(PAGE).text
    assert 'href="/publications/2024-09..' not in page


def test_html_in_a_frozen_text_is_printed_and_not_obeyed(sqlite_url: str) -> None:
    evil = "<script>alert(1)</script>"
    made = content(title=evil, label=evil, text=f"## {evil}\n\n{evil}\n\n{{{{ status_table }}}}\n")
    page = site_with(sqlite_url, made).get(PAGE).text
    assert evil not in page
    assert "&lt;script&gt;" in page


def test_what_corrects_an_update_and_what_follows_it_stand_at_an_address_that_its_page_names(sqlite_url: str) -> None:
    correction = {**content(number="2024-10", as_at=date(2024, 10, 31)), "corrects": "2024-09"}
    site = site_with(sqlite_url, content(number="2023-01", as_at=date(2023, 1, 31)), content(), correction)
    assert f'<a href="{PAGE}/later">Corrections and later market updates</a>' in site.get(PAGE).text
    said = site.get(f"{PAGE}/later").text
    assert '<b>Corrected.</b> <a href="/publications/2024-10">Publication 2024-10</a> corrects this one' in said
    assert 'href="/publications/2023-01" rel="prev">Earlier: 2023-01' in said
    assert 'href="/publications/2024-10" rel="next">Later: 2024-10' in said
    assert 'href="/publications/2023-01..2024-09"' in said
    assert "Nothing but what corrects it was published after 2024-09." in words(said)
    assert "2024-10 is the newest" in words(site.get("/publications/2024-10/later").text)
    assert "No correction was published by" in (first := words(site.get("/publications/2023-01/later").text))
    assert "The newest market update is 2024-10" in first
    assert "This publication corrects 2024-09." in words(site.get("/publications/2024-10").text)


def test_links_and_tables_that_are_held_are_shown_as_held(sqlite_url: str) -> None:
    made = content(text="Before the first heading.\n\n{{ status_table }}\n")
    made["table"]["rows"][1]["approval_address"] = "https://example.org/report"
    made["source"] |= {"address": "https://example.org/memo", "issued": None}
    page = site_with(sqlite_url, made).get(PAGE).text
    assert '<a href="https://example.org/report">(published here)</a>' in page
    assert "No source at hand gives the address" not in page
    assert '<a href="https://example.org/memo">“A memo”</a>, undated' in page


# The files


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [
        ("", "text/html; charset=utf-8"),
        (".json", "application/json"),
        (".csv", "text/csv; header=present; charset=utf-8"),
        (".md", "text/markdown; charset=utf-8"),
    ],
)
def test_each_form_has_its_media_type_and_an_etag(site: Site, suffix: str, media_type: str) -> None:
    answer = site.get(PAGE + suffix)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert site.get(PAGE + suffix, if_none_match=answer.headers["etag"]).status_code == 304


def test_the_json_passes_the_offline_check_byte_for_byte(site: Site) -> None:
    data = site.get(f"{PAGE}.json").content
    assert check_file(data) is None
    assert "the content was changed" in str(check_file(data.replace(b"eight criteria", b"nine criteria")))


def test_the_csv_and_the_markdown_have_the_frozen_table(site: Site) -> None:
    rows = list(csv.DictReader(io.StringIO(site.get(f"{PAGE}.csv").text, newline="")))
    frozen = site.get(f"{PAGE}.json").json()["content"]["table"]["rows"]
    assert [row["Standard"] for row in rows] == [row["standard"] for row in frozen]
    markdown = site.get(f"{PAGE}.md").text
    assert all(f"| {row['standard']} |" in markdown for row in frozen)
    assert "{{" not in markdown


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/publications/2020-01", "No market update has the number “2020-01”"),
        ("/publications/nonsense", "No market update has the number “nonsense”"),
        ("/publications/2020-01.csv", "No market update has the number “2020-01”"),
        ("/publications/2024-09.xlsx", "is not kept as “.xlsx”: add .json, .csv, .md or .pdf"),
        ("/publications/2020-01.pdf", "No market update has the number “2020-01”"),
        ("/publications/2020-01/later", "No market update has the number “2020-01”"),
        ("/static/none.css", "Nothing of this name belongs"),
        ("/publications/2020-01..2024-09", "No market update has the number “2020-01”"),
        ("/publications/2020-01..2020-02", "has the number “2020-01” or “2020-02”"),
        ("/publications/2024-09..2024-09.csv", "Changes are not kept as “.csv”"),
        ("/publications/2024-09.", "is not kept as “.”"),
        ("/publications/2024-09.csv.json", "is not kept as “.csv.json”"),
        ("/publications/<script>", "No market update has the number “&lt;script&gt;”"),
        ("/publications/%00", "No market update has the number"),
    ],
)
def test_an_unknown_number_or_form_is_a_page_in_plain_words(site: Site, address: str, sentence: str) -> None:
    answer = site.get(address)
    assert answer.status_code == 404
    said = answer.json()["detail"] if address.endswith(".json") else answer.text
    assert sentence in said


def test_an_unknown_number_asked_for_as_json_is_a_problem(site: Site) -> None:
    answer = site.get("/publications/2020-01.json")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["detail"].startswith("No market update has the number “2020-01”")


@pytest.mark.parametrize("address", ["/publications", PAGE, f"{PAGE}.json", f"{PAGE}.csv", f"{PAGE}.md"])
def test_a_page_takes_two_queries_at_most_and_none_the_second_time(site: Site, address: str) -> None:
    site.get(PAGE)  # whoever asks first has its files laid down, once and for good
    fresh = f"{address}?never-asked-before"
    with counted_queries() as asked:
        site.get(fresh)
    with counted_queries() as again:
        site.get(fresh)
    assert (len(asked) <= 2, again) == (True, [])
