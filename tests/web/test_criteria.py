"""The criteria as readers meet them: editions, the catalogue, one criterion, Track A."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlencode

import pytest

from alignment.catalogue import load_all
from alignment.queries.criteria import POSITIONS, position_word
from alignment.queries.editions import edition_changes
from alignment.web.render import Pages
from tests.web.site import Site, counted_queries, site_on_copy

EDITION = "/criteria/oecd-minerals-2018"
CATALOGUES, TRACK_A = load_all()
CATALOGUE = CATALOGUES[TRACK_A.edition]


@pytest.fixture(scope="module")
def site(sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_seeded, tmp_path_factory)


def words(page: str) -> str:
    """What a reader reads, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# Editions


def test_the_criteria_lead_on_to_the_edition_and_to_track_a(site: Site) -> None:
    said = site.get("/criteria")
    assert said.status_code == 200
    assert f'<a href="{EDITION}">' in said.text
    assert '<a href="/criteria/lme-track-a">' in said.text
    assert "There is one edition." in said.text
    assert "it is not the OECD’s assessment tool" in said.text


def test_two_editions_are_compared_at_an_address_that_names_both(site: Site) -> None:
    said = site.get(f"{EDITION}..oecd-minerals-2018")
    assert said.status_code == 200
    assert "The two say the same" in said.text
    assert site.get(f"{EDITION}..oecd-2030").status_code == 404
    assert site.get("/criteria/...").status_code == 404


def test_a_second_edition_is_led_to_with_what_it_changed() -> None:
    later = replace(CATALOGUE, edition="oecd-2030", rule=replace(CATALOGUE.rule, threshold=Fraction(9, 10)))
    pages = Pages()
    listed = pages.render("criteria/editions.html", {"editions": [CATALOGUE, later], "track_a": TRACK_A})
    assert '<a href="/criteria/oecd-minerals-2018..oecd-2030">' in listed
    assert "There is one edition." not in listed
    compared = pages.render("criteria/changes.html", {"page": edition_changes(CATALOGUE, later)})
    assert "<del>80\u00a0%</del>" in compared
    assert "<ins>90\u00a0%</ins>" in compared


# The catalogue


def test_the_catalogue_lists_every_criterion_with_its_code_title_parts_and_position(site: Site) -> None:
    said = site.get(EDITION).text
    for criterion in CATALOGUE.criteria:
        row = said[said.index(f'href="{EDITION}/{criterion.code}"') :].partition("</tr>")[0]
        assert criterion.title in words(row).replace("&#39;", "'")
        assert re.findall(r'<abbr title="(\w+)">', row) == [part.label for part in criterion.parts]
        assert POSITIONS[criterion.position] in row
        assert (">gating<" in row) == (criterion.code in CATALOGUE.rule.gating)
    assert said.count(f'href="{EDITION}/') == len(CATALOGUE.criteria) + 1  # the gate that stands alone, in the rule


def test_the_catalogue_has_its_scale_its_rule_and_where_the_rule_comes_from(site: Site) -> None:
    said = words(site.get(EDITION).text)
    for expected in (
        "Fully aligned What the Guidance recommends is there in substance.",
        "together reach 80 % of their points",
        "all of section A (12) and PR-AU-5",
        "No source at hand says in words how the OECD turns the ratings",
        "Two gates: all overarching principles and PR-AU-5 full",
        f"{CATALOGUE.digest[:12]}",
    ):
        assert expected in said


def test_every_place_in_the_contents_is_on_the_page(site: Site) -> None:
    for address in (EDITION, f"{EDITION}?section=B", "/criteria/lme-track-a", f"{EDITION}/OP-03"):
        said = site.get(address).text
        ids = set(re.findall(r' id="([^"]+)"', said))
        assert set(re.findall(r'href="#([^"]+)"', said)) - ids == set()
        assert len(ids) == len(re.findall(r' id="', said)), "an id stands twice"


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"gating": "yes"}, 13),
        ({"part": "implementation", "section": "C"}, 16),
        ({"position": "refiner"}, 9),
        ({"section": "D", "gating": "yes"}, 0),
    ],
)
def test_the_address_filters_the_catalogue(site: Site, asked: dict[str, str], number: int) -> None:
    said = site.get(f"{EDITION}?{urlencode(asked)}")
    assert said.status_code == 200
    assert f"<b>{number} of 108 criteria</b> fit the filters." in said.text
    for name, value in asked.items():
        select = said.text[said.text.index(f'name="{name}"') :].partition("</select>")[0]
        assert f'<option value="{value}" selected>' in select
    assert ("No criterion fits these filters" in said.text) == (number == 0)


def test_every_choice_of_the_filters_is_taken(site: Site) -> None:
    asked = [("part", part) for part in ("standards", "implementation", "governance")]
    asked += [("section", section.code) for section in CATALOGUE.sections]
    asked += [("position", position_word(position)) for position in POSITIONS]
    for name, value in asked:
        assert site.get(f"{EDITION}?{name}={value}").status_code == 200, (name, value)


@pytest.mark.parametrize("asked", ["section=Z", "part=all", "position=moon", "gating=maybe"])
def test_an_unknown_filter_is_refused_with_the_known_ones(site: Site, asked: str) -> None:
    said = site.get(f"{EDITION}?{asked}")
    assert said.status_code == 400
    assert "is not known as" in said.text
    assert "it takes " in said.text


# One criterion


def test_a_criterion_has_its_text_guidance_place_and_weight(site: Site) -> None:
    criterion = CATALOGUE.by_code["PR-AU-5"]
    said = words(site.get(f"{EDITION}/PR-AU-5").text).replace("&#39;", "'").replace("&quot;", '"')
    for expected in (
        "PR-AU-5 Auditors test full risk scope gating",
        "Step 4.A; Annex II; memo 3.1",
        "Gating, chosen singly",
        "None: section C is about the programme itself",
        "None held.",
        "PR-AU-4 Auditor training and calibration",
        "PR-AU-6 Programme reviews audit quality",
        *(
            part.partition(". ")[0]
            for part in (criterion.look_in_text, criterion.look_in_practice, criterion.fully_or_partially)
        ),
    ):
        assert expected in said


def test_every_criterion_has_a_page(site: Site) -> None:
    for criterion in CATALOGUE.criteria:
        assert site.get(f"{EDITION}/{criterion.code}").status_code == 200, criterion.code


def test_a_whole_part_result_never_poses_as_a_criterion_result(site: Site) -> None:
    said = site.get(f"{EDITION}/S1-A-2").text
    table = said[said.index('class="restack fares"') : said.index("</table>", said.index('class="restack fares"'))]
    assert table.count("The part as a whole is fully aligned; no criterion result is published.") == 6
    assert 'class="lv is-full"' not in table
    assert table.count(">whole part<") == 7


def test_a_group_finding_and_an_earlier_round_are_told_with_their_source(site: Site) -> None:
    cobalt = words(site.get(f"{EDITION}/OP-03").text)
    assert "8 of the 12 criteria of group OP are partially aligned; which ones is not published." in cobalt
    copper = site.get(f"{EDITION}/PR-AU-5").text
    assert "Before, in the first report:" in copper
    assert "This register’s reading of the source" in copper
    assert '<a href="/sources/memo-2024-09">' in copper


def test_a_date_and_a_moment_are_honoured_and_kept_in_links(site: Site) -> None:
    then = site.get(f"{EDITION}/OP-03?as_at=2024-09-29").text
    assert "group OP" not in then.partition("restack fares")[2]
    assert '<a href="/programmes/rmi-cobalt?as_at=2024-09-29">' in then
    before = site.get(f"{EDITION}/OP-03?known_at=2020-01-01")
    assert before.status_code == 200
    assert "No programme had a row in the status table" in before.text


@pytest.mark.parametrize("asked", ["as_at=yesterday", "as_at=1200-01-01", "known_at=soon"])
def test_a_date_that_is_none_is_refused_with_a_sentence(site: Site, asked: str) -> None:
    said = site.get(f"{EDITION}/OP-03?{asked}")
    assert said.status_code == 400
    assert "write it as" in said.text or "takes a day between" in said.text


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (
            "/criteria/oecd-2030",
            "There is no edition “oecd-2030” of the criteria; there are /criteria/oecd-minerals-2018, "
            "/criteria/lme-track-a.",
        ),
        ("/criteria/oecd-2030/OP-01", "There is no edition “oecd-2030”"),
        (f"{EDITION}/XX-99", "has no criterion “XX-99”"),
        (f"{EDITION}/op-99", "has no criterion “op-99”"),
        (f"{EDITION}/%3Cscript%3E", "has no criterion “&lt;script&gt;”"),
    ],
)
def test_an_unknown_edition_or_code_is_a_plain_page(site: Site, address: str, told: str) -> None:
    said = site.get(address)
    assert said.status_code == 404
    assert told in said.text


def test_a_code_in_small_letters_leads_for_good_to_the_one_address_of_the_criterion(site: Site) -> None:
    moved = site.get(f"{EDITION}/op-03?as_at=2024-09-30")
    assert (moved.status_code, moved.headers["location"]) == (301, f"{EDITION}/OP-03?as_at=2024-09-30")


def test_the_worked_example_stands_on_no_page_of_a_criterion(
    sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    said = site_on_copy(sqlite_example, tmp_path_factory).get(f"{EDITION}/OP-03").text
    assert "example" not in said.partition('class="restack fares"')[2].lower()


# Track A


def test_track_a_shows_each_requirement_with_the_criteria_behind_it_and_the_checklist(site: Site) -> None:
    said = site.get("/criteria/lme-track-a").text
    assert said.count('href="/sources/memo-2024-09#equivalence-rmi-esg-iso"') == 2
    for requirement in TRACK_A.requirements:
        row = said[said.index(f'<tr id="{requirement.code}">') :].partition("</tr>")[0]
        assert re.findall(rf'href="{EDITION}/([^"]+)"', row) == list(requirement.criteria)
    for item in TRACK_A.checklist:
        row = words(said[said.index(f'<tr id="{item.code}">') :].partition("</tr>")[0]).replace("&#39;", "'")
        assert item.title in row
        assert item.basis in row
    assert "No answer here is one of the LME" in said


# Cost


@pytest.mark.parametrize(
    ("address", "most"), [("/criteria", 0), (EDITION, 0), ("/criteria/lme-track-a", 0), (f"{EDITION}/OP-03", 7)]
)
def test_a_page_takes_few_queries(
    sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory, address: str, most: int
) -> None:
    site = site_on_copy(sqlite_seeded, tmp_path_factory)  # where nothing is kept yet
    site.get("/accessibility")
    with counted_queries() as asked:
        assert site.get(address).status_code == 200
    looks = [query for query in asked if "max(event.seq)" in query]  # whether anything was written since
    assert len(asked) - len(looks) == most
