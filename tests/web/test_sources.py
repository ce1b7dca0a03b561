"""Sources and the method as readers meet them: every fact of a document, and how results are reached."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape

from alignment import tables
from alignment.catalogue import load_all
from alignment.domain.coverage import Verdict
from alignment.seeds import read_seeds
from tests.web.site import Site, counted_queries, site_on, site_on_copy

CATALOGUES, TRACK_A = load_all()
MEMO = "/sources/memo-2024-09"


@pytest.fixture(scope="module")
def site(sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_seeded, tmp_path_factory)


@pytest.fixture(scope="module")
def rows() -> list[Any]:
    return [entry.row for entry in read_seeds(CATALOGUES).entries]


def words(page: str) -> str:
    """What a reader reads, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def printed(said: str) -> str:
    return " ".join(str(escape(said)).split())


# The list


def test_every_document_is_listed_with_issuer_date_address_and_what_rests_on_it(site: Site, rows: list[Any]) -> None:
    said = site.get("/sources")
    assert said.status_code == 200
    for row in rows:
        if isinstance(row, tables.Source):
            assert f'<a href="/sources/{row.id}">' in said.text
            assert printed(row.issuer) in said.text
            assert printed(row.title.strip("[]")) in said.text
            assert (f'href="{printed(row.address)}"' in said.text) == row.address.startswith("http")
    text = words(said.text)
    assert "file 001_8ca899ff966ad26d.txt" in text
    assert "2 years, 2 months" in text
    assert "seen 21 November 2026" in text
    assert '<a href="/programmes/rmi-cobalt">' in said.text


def test_documents_on_which_nothing_rests_stand_apart(site: Site) -> None:
    apart = site.get("/sources").text.partition('id="un"')[2]
    assert "named by the memo, not read" in apart
    assert 'href="/sources/cm-alignment-report"' in apart


def test_a_register_without_facts_says_what_to_do(sqlite_url: str) -> None:
    said = site_on(sqlite_url).get("/sources")
    assert said.status_code == 200
    assert "run <code>alignment load-seeds</code>" in said.text


# One document


def test_every_statement_of_every_document_can_be_read_in_full_at_its_anchor(site: Site, rows: list[Any]) -> None:
    pages: dict[str, str] = {}
    for row in rows:
        if isinstance(row, tables.Statement):
            assert row.source_id is not None
            page = pages.setdefault(row.source_id, site.get(f"/sources/{row.source_id}").text)
            told = page[page.index(f'<li id="statement-{row.id}">') :].partition("</li>")[0]
            for expected in (row.text, row.title, row.said_by, row.place, row.remark):
                assert printed(expected) in " ".join(told.split()), row.id
    assert len(pages) > 50


def test_the_facts_of_the_memo_stand_on_its_page_with_place_date_and_how_sure(site: Site) -> None:
    said = words(site.get(MEMO).text)
    for expected in (
        "Issued by London Metal Exchange",
        "September 2024 , 2 years, 2 months ago",
        "file 001_8ca899ff966ad26d.txt , a copy at hand",
        "Section 5.2 is the rule for recognising standards.",
        "Larger volumes.",
        "No complacency.",
        "Implementation: 8 criteria of OP partially aligned",
        "This register’s reading of the source",
        "To be watched by Copper Mark",
        "RMI ESG standard stands for ISO 14001 and ISO 45001",
        "Expected by 31 December 2024, which binds nobody.",
        "Aluminium Stewardship Initiative (ASI) Performance Standard V3",
    ):
        assert expected in said, expected


def test_a_producers_own_words_are_marked_as_claimed_and_gaps_as_gaps(site: Site) -> None:
    said = site.get("/sources/ls-mnm").text
    assert '<span class="tag">claimed</span>' in said
    assert '<span class="tag warn">gap</span>' in said
    assert '<a href="/producers/ls-mnm">' in said
    assert '<a href="/criteria/oecd-minerals-2018/S5-A-1">' in said


def test_a_document_that_only_has_a_description_says_so(site: Site) -> None:
    said = site.get("/sources/ls-mnm").text
    assert "the document’s own title is not held" in said
    assert "No fact rests on this document" in site.get("/sources/cm-alignment-report").text


def test_every_anchor_of_the_contents_is_there_once(site: Site) -> None:
    for address in (MEMO, "/sources/ls-mnm", "/sources", "/method"):
        said = site.get(address).text
        ids = re.findall(r' id="([^"]+)"', said)
        assert set(re.findall(r'href="#([^"]+)"', said)) <= set(ids)
        assert len(ids) == len(set(ids)), address


def test_dates_and_moments_are_honoured(site: Site) -> None:
    early = site.get(f"{MEMO}?as_at=2024-09-29").text
    assert "decision-jdds-copper-mark-approved" not in early
    assert "as at <time" in early
    assert "No fact rests on this document" in site.get(f"{MEMO}?known_at=2020-01-01").text
    assert "No fact rests on a document on this date" in site.get("/sources?as_at=1990-01-01&known_at=2020-01-01").text
    for address in ("/sources", MEMO, "/method"):
        assert site.get(f"{address}?as_at=2024-02-30").status_code == 400
        assert site.get(f"{address}?known_at=x").status_code == 400


@pytest.mark.parametrize("name", ["nothing", "%3Cb%3E", "memo-2024-09%00", "a" * 300])
def test_an_unknown_document_is_a_plain_page(site: Site, name: str) -> None:
    said = site.get(f"/sources/{name}")
    assert said.status_code == 404
    assert "All documents are listed at /sources." in said.text
    assert "<b>" not in said.text.partition("<main")[2]


def test_the_worked_example_is_marked_as_fictional_and_in_no_list(
    sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = site_on_copy(sqlite_example, tmp_path_factory)
    said = site.get("/sources/example-source").text
    assert "Worked example, fictional." in said
    assert '<meta name="robots" content="noindex">' in said
    assert "noindex" not in site.get(MEMO).text
    for address in ("/sources", "/method"):
        assert "fictional" not in site.get(address).text.lower()


# How results are reached


def test_the_method_shows_the_rule_with_its_numbers_and_where_they_come_from(site: Site) -> None:
    said = words(site.get("/method").text)
    for expected in (
        "Standards what is written",
        "together reach 80 % of their points",
        "30 of the 76 others partially aligned passed 80.3 % Fully aligned",
        "31 of the 76 others partially aligned passed 79.6 % Partially aligned",
        "PR-AU-5 partially aligned failed 100 % Partially aligned",
        "No source at hand says in words how the OECD turns the ratings",
        "E4: one partial criterion holds back a whole result.",
        "Standard assessment complete; implementation assessment in progress",
        "Recognised under Regulation (EU) 2017/821 on 16 October 2025; LME decision due",
        "by September 2024 by a day",
        "older than 365 days is marked stale",
        "The OECD certifies nobody.",
    ):
        assert expected in said, expected
    for verdict in Verdict:
        assert verdict.label in said


def test_every_statement_on_method_pilots_and_policy_is_on_the_page_with_a_link_to_its_source(
    site: Site, rows: list[Any]
) -> None:
    said = " ".join(site.get("/method").text.split())
    number = 0
    for row in rows:
        if isinstance(row, tables.Statement) and row.subject in ("method", "pilots", "policy"):
            number += 1
            assert printed(row.text) in said, row.id
            assert f'href="/sources/{row.source_id}#statement-{row.id}"' in said
    assert number > 70


def test_the_five_concerns_and_the_timeline_stand_in_order(site: Site) -> None:
    said = words(site.get("/method").text)
    assert "5 concerns about metals other than tin, tantalum, tungsten and gold" in said
    concerns = ["More or fewer production steps", "Larger volumes", "More traders", "Other risks", "Other regions"]
    assert [said.index(each) for each in concerns] == sorted(said.index(each) for each in concerns)
    timeline = said[said.index("Timeline November 2017") :]
    assert timeline.index("Position paper") < timeline.index("Requirements announced") < timeline.index("A tenth of")


def test_the_method_of_a_register_without_facts_is_still_told(sqlite_url: str) -> None:
    said = site_on(sqlite_url).get("/method")
    assert said.status_code == 200
    assert "together reach 80" in said.text
    assert "No statement on the pilots is held on this date." in said.text


def test_accessibility_says_what_was_checked_and_claims_no_more(site: Site) -> None:
    said = site.get("/accessibility")
    assert said.status_code == 200
    assert "no conformance is claimed" in said.text


# Cost


@pytest.mark.parametrize(("address", "most"), [("/sources", 3), (MEMO, 3), ("/method", 1), ("/accessibility", 0)])
def test_a_page_takes_few_queries(
    sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory, address: str, most: int
) -> None:
    site = site_on_copy(sqlite_seeded, tmp_path_factory)  # where nothing is kept yet
    site.get("/criteria")
    with counted_queries() as asked:
        assert site.get(address).status_code == 200
    looks = [query for query in asked if "max(event.seq)" in query]  # whether anything was written since
    assert len(asked) - len(looks) == most
