"""Search as readers meet it: hits with marks, codes first, and a page that explains itself."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.web.site import Site, counted_queries, site_on_copy


@pytest.fixture(scope="module")
def site(sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_seeded, tmp_path_factory)


def words(page: str) -> str:
    """What a reader reads, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def asked(site: Site, query: str) -> str:
    said = site.get(f"/search?q={quote(query)}")
    assert said.status_code == 200
    return said.text


def test_without_a_query_the_page_says_what_can_be_searched(site: Site) -> None:
    said = site.get("/search")
    assert said.status_code == 200
    assert "What can be searched" in said.text
    assert "108 criteria" in said.text
    assert '<a href="/search?q=S1-A-2">' in said.text


def test_a_code_stands_first_and_links_to_its_page(site: Site) -> None:
    said = asked(site, "s1-a-2")
    assert said.index('id="exact"') < said.index('href="/criteria/oecd-minerals-2018/S1-A-2"')
    assert "By this code" in said


def test_hits_are_grouped_counted_and_marked(site: Site) -> None:
    said = asked(site, "griev")
    assert re.search(r"<b>\d+ entries</b> for “griev”\.", said)
    assert "<mark>grievance</mark>" in said
    assert '<h2 id="criterion">Criteria' in said


def test_more_hits_than_are_shown_are_counted(site: Site) -> None:
    said = words(asked(site, "the"))
    assert re.search(r"Criteria 20 of \d\d", said)
    assert "The first 20 are shown. Add a word to narrow them down." in said


def test_nothing_found_says_how_often_each_word_is_found_alone(site: Site) -> None:
    said = asked(site, "cobalt xyzzy")
    assert "Nothing has all of these words" in said
    assert '<a href="/search?q=cobalt">cobalt</a> alone:' in said
    assert "xyzzy</a>" not in said
    assert "What can be searched" in said


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "' OR 1=1 --", "\x00", "%%%", "🦄"],
)
def test_what_is_typed_is_shown_and_not_obeyed(site: Site, hostile: str) -> None:
    said = asked(site, hostile)
    main = said.partition("<main")[2]
    assert "<script>" not in main
    assert "<img" not in main
    assert "49" not in main.partition("What can be searched")[0]


def test_marks_are_built_from_escaped_text(site: Site) -> None:
    said = asked(site, "OECD & <b>guidance</b>")
    assert "<b>guidance" not in said
    assert "&lt;b&gt;guidance" in said


def test_bytes_that_are_no_text_are_answered_all_the_same(site: Site) -> None:
    assert site.get("/search?q=%ff%fe").status_code == 200
    assert site.get("/search?q=%ED%A0%80").status_code == 200


def test_a_very_long_query_is_cut_and_says_so(site: Site) -> None:
    said = asked(site, "tin " * 500)
    assert "Only the first 200 characters were read." in said


def test_answers_to_queries_are_not_kept_and_not_indexed(site: Site) -> None:
    said = site.get("/search?q=tin")
    assert said.headers["cache-control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in said.text
    assert "noindex" not in site.get("/search").text


def test_the_worked_example_is_not_found(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    site = site_on_copy(sqlite_example, tmp_path_factory)
    assert "Nothing has all of these words" in asked(site, "Meridian Council")


def test_every_hit_leads_to_a_page_and_a_place_that_are_there(site: Site) -> None:
    pages: dict[str, str] = {}
    for query in ("PR-AU-5", "TA-04", "3.B", "S4-A", "policy", "OECD", "audit", "2024-09"):
        for address in re.findall(r'<li><p>.*?<a href="([^"]+)">', asked(site, query)):
            page, _, place = address.partition("#")
            if page.split("/")[1] not in ("criteria", "sources"):
                continue  # pages of other nouns have tests of their own
            if page not in pages:
                answer = site.get(page)
                assert answer.status_code == 200, address
                pages[page] = answer.text
            assert not place or f'id="{place}"' in pages[page], address
    assert len(pages) > 10


def test_a_search_takes_six_queries(site: Site) -> None:
    site.get("/search?q=tin")
    with counted_queries() as queries:
        site.get("/search?q=copper")
    assert len([query for query in queries if "max(event.seq)" not in query]) == 6
