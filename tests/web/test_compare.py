"""The page that sets programmes side by side: what it shows, at which resolution, and every refusal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.web.site import Site, counted_queries, site_on, site_on_copy

EXAMPLE = re.compile(r'name="p" value="([^"]+)"')


@pytest.fixture(scope="module")
def site(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_example, tmp_path_factory)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def section(page: str, id: str) -> str:
    start = page.index(f'aria-labelledby="{id}"')
    return page[start : page.index("</section>", start)]


def test_without_a_choice_the_page_says_how_to_choose(site: Site) -> None:
    page = site.get("/compare").text
    assert "Choose two to six programmes, or a metal" in page
    assert "/compare?metal=copper" in page
    assert 'value="rmi-cobalt"' in page
    only = site.get("/compare?p=rmi-cobalt").text
    assert "Only RMI Cobalt" in only
    assert 'value="rmi-cobalt" checked' in only


def test_a_metal_picks_the_programmes_that_cover_it_and_the_oecd_is_cited_with_its_source(site: Site) -> None:
    page = site.get("/compare?metal=cobalt").text
    why = section(page, "why")
    assert "above all where several schemes cover the same supply chains" in why
    assert 'href="/sources/memo-2024-09"' in why
    assert "section 5, third paragraph" in why
    assert page.index('id="differ"') < page.index('id="are"') < page.index('id="standards"')
    assert site.get("/compare.json?metal=cobalt").json()["programmes"][1]["id"] == "rmi-cobalt"


def test_the_statement_is_not_cited_before_it_was_made(site: Site) -> None:
    assert 'id="why"' not in site.get("/compare?metal=cobalt&as_at=2024-01-01").text


def test_findings_by_group_stand_at_group_resolution_and_whole_parts_never_finer(site: Site) -> None:
    said = site.get("/compare.json?p=rmi-cobalt&p=jdds-copper-mark&as_at=2024-09-30").json()
    implementation = said["parts"][1]
    assert [cell["says"] for cell in implementation["whole"]["cells"]] == ["fully", "partially"]
    assert implementation["whole"]["agreement"] == "differ"
    op = implementation["rows"][0]
    assert op["cells"][1] == {
        "programme": "rmi-cobalt", "says": "below", "resolution": "group", "counts": None, "whole_part": "partially",
    }  # fmt: skip
    assert op["cells"][0]["says"] is None
    assert op["cells"][0]["whole_part"] == "fully"
    assert op["agreement"] == "not_known"
    page = site.get("/compare?p=rmi-cobalt&p=jdds-copper-mark&as_at=2024-09-30").text
    assert "only the part as a whole: fully aligned" in words(section(page, "implementation"))
    assert "Partially whole part" in words(section(page, "differ"))
    assert "nothing finer than a result of the part as a whole is published" in words(section(page, "standards"))


def test_the_worked_example_compares_by_criterion_and_stands_in_no_file(site: Site) -> None:
    listed = EXAMPLE.findall(site.get("/compare?example=yes").text)
    assert len(listed) > 1
    asked = "&".join(f"p={each}" for each in listed[:3])
    page = site.get(f"/compare?example=yes&by=criterion&{asked}").text
    assert "by criterion: 1 fully" in words(section(page, "standards"))
    assert "Worked example, fictional" in page
    assert "compare.json" not in page
    refused = site.get("/compare.json?example=yes")
    assert refused.status_code == 400
    assert site.get(f"/compare?{asked}").status_code == 400


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("metal=unobtainium", "is not known as metal; known are aluminium"),
        ("p=nobody", "is not known as programme; known are asi-v3"),
        ("by=chapter", "is not known as by: it takes part, group, criterion"),
        (
            "&".join(
                f"p={each}"
                for each in (
                    "asi-v3", "chinese-guidelines-2", "jdds-copper-mark", "lbma-rgg-9", "rmi-cobalt",
                    "rmi-all-minerals", "jdds-rmap",
                )
            ),
            "7 programmes are too many",
        ),
        ("as_at=yesterday", "is no day for as_at"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused_with_what_is_known(site: Site, query: str, sentence: str) -> None:
    for path in ("/compare", "/compare.json"):
        answer = site.get(f"{path}?{query}")
        assert answer.status_code == 400
        assert sentence in answer.text


def test_before_anything_was_learned_nothing_is_compared(site: Site) -> None:
    page = site.get("/compare?metal=copper&known_at=2020-01-01").text
    assert "before that it knew nothing" in page
    assert 'id="differ"' not in page


def test_an_empty_register_says_so(sqlite_url: str) -> None:
    page = site_on(sqlite_url).get("/compare?metal=copper")
    assert page.status_code == 200
    assert "This register holds nothing yet" in page.text


def test_a_metal_of_one_programme_has_nothing_beside_it(site: Site) -> None:
    assert site.get("/compare.json?metal=mica").json()["empty_because"] is not None


def test_the_page_takes_eight_queries_however_many_programmes(site: Site) -> None:
    for query in ("metal=copper&by=criterion&as_at=2026-01-02", "p=jdds-rmap&p=rmi-cobalt&as_at=2026-01-03"):
        with counted_queries() as asked:
            assert site.get(f"/compare?{query}").status_code == 200
        assert sum("max(event.seq)" not in each for each in asked) <= 8  # that one looks for other processes' writes


def test_other_pages_lead_there(site: Site) -> None:
    assert "/compare?p=rmi-cobalt" in site.get("/programmes/rmi-cobalt").text
    assert "/compare?metal=cobalt" in site.get("/?metal=cobalt").text
    assert "/compare?metal=copper" in site.get("/coverage?metal=copper").text
