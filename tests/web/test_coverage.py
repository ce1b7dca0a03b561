"""Coverage as readers meet it: the map, the grounds of a cell, what stays open, what-ifs, files, refusals."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from pathlib import Path

import pytest

from alignment.domain.coverage_map import LIMITS
from alignment.queries.coverage import COLUMNS, TOGETHER
from tests.bench import stores
from tests.web.site import Site, counted_queries, site_on, site_on_copy

MEMO = "as_at=2024-09-30"
EXAMPLE = "/coverage?metal=copper&example=yes"


@pytest.fixture(scope="module")
def site(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_example, tmp_path_factory)


def words(page: str) -> str:
    """What a reader reads, on one line."""
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    return re.sub(r" ([,.;:])", r"\1", text)


def section(page: str, heading: str) -> str:
    """The words of one section of a page, by the id of its heading."""
    found = re.search(rf'<section class="entry[^>]*aria-labelledby="{heading}">(.*?)</section>', page, re.DOTALL)
    assert found, f"the page has no section {heading}"
    return words(found[1])


def shown(site: Site, address: str) -> str:
    answer = site.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


# --- the map -----------------------------------------------------------------------------------------------


def test_a_first_visit_shows_copper_and_says_so(site: Site) -> None:
    page = shown(site, "/coverage")
    assert "<h1>Coverage for copper</h1>" in page
    assert "Copper is shown; choose your metal" in words(page)


def test_the_map_shows_each_verdict_in_words_with_its_resolution(site: Site) -> None:
    found = section(shown(site, f"/coverage?metal=copper&stage=refiner&{MEMO}"), "map")
    assert "Step 1: management systems" in found
    assert "1.A Supply chain policy Not known no standards result held Covered whole part" in found
    assert "Covered, conditionally whole part: standards" in found
    assert "2.D Smelters and refiners in the chain Not asked at the smelter or refiner" in found


def test_the_map_has_a_column_for_each_programme_in_scope_and_the_list_has_every_programme(site: Site) -> None:
    page = shown(site, f"/coverage?metal=cobalt&{MEMO}")
    assert section(page, "map").count("Partly covered group of criteria") == 1
    lines = section(page, "each")
    assert "RMI All Minerals Conditionally approved Since 18 April 2023 Out of scope: cobalt is excluded" in lines
    assert "RMI Cobalt Refiner Standard Conditionally approved By September 2024 17 covered, conditionally" in lines


def test_every_view_carries_the_standing_statement_of_limits(site: Site) -> None:
    for address in ("/coverage", "/coverage?metal=tungsten", EXAMPLE, "/coverage?known_at=2020-01-01"):
        assert LIMITS in words(shown(site, address))


def test_the_programmes_themselves_stand_under_the_map_and_are_not_counted(site: Site) -> None:
    found = section(shown(site, f"/coverage?metal=copper&{MEMO}"), "own")
    assert "never counted as coverage" in found
    assert "Joint Standard, Copper Mark Fully aligned whole part Fully aligned whole part Not published" in found
    assert "Equivalence route, no result by part" in found


def test_a_date_long_after_the_last_report_marks_it_stale(site: Site) -> None:
    assert "Stale: no newer report than 365 days" in section(shown(site, "/coverage?metal=copper"), "each")
    assert "Stale" not in section(shown(site, f"/coverage?metal=copper&{MEMO}"), "each")


def test_before_the_register_learned_anything_the_page_says_so(site: Site) -> None:
    page = shown(site, "/coverage?metal=copper&known_at=2020-01-01")
    assert "learned its first fact on 2026-11-21" in words(page)
    assert "What stays open" not in words(page)


# --- the grounds of a cell ---------------------------------------------------------------------------------


def test_each_cell_leads_to_its_grounds_on_the_same_page(site: Site) -> None:
    page = shown(site, f"/coverage?metal=copper&stage=refiner&{MEMO}")
    address = "/coverage?metal=copper&amp;stage=refiner&amp;as_at=2024-09-30&amp;cell=1.A%3Ajdds-rmap#grounds"
    assert f'href="{address}"' in page
    assert 'id="grounds"' not in page


def test_the_grounds_say_scope_approval_results_criteria_and_sources(site: Site) -> None:
    found = section(shown(site, f"/coverage?metal=copper&stage=refiner&{MEMO}&cell=1.A:jdds-rmap"), "grounds")
    for told in (
        "Covered, conditionally whole part: standards",
        "only the result of the part as a whole is held; no criterion result is published",
        "A better verdict would take a fully aligned implementation result for it and full approval by the LME",
        "Rests on: The standards result of December 2021 reported for the Joint Due Diligence Standard.",
        "Since 16 December 2021. Source: Multi-metal Coalition’s Joint Standard recognised",
        "No result of implementation is held, it is in progress. By September 2024. Source: Track A standard alignment",
        "S1-A-1 Public supply chain policy Not published Not published",
    ):
        assert told in found


def test_the_grounds_of_a_group_name_the_finding_and_the_open_actions(site: Site) -> None:
    found = section(shown(site, f"/coverage?metal=cobalt&{MEMO}&cell=OP:rmi-cobalt"), "grounds")
    for told in (
        "In implementation, 8 criteria of OP partially aligned (which ones is not published).",
        "8 of OP partially aligned. Eight criteria on the overarching due diligence principles",
        "New resources to curb over-reliance on schemes: implemented as its owner reports, not verified",
        "expected by 31 December 2024, which is no due date",
        "Which criteria it answers is not published.",
    ):
        assert told in found
    assert found.count("Open action") == 5


def test_the_grounds_by_criterion_show_each_rating(site: Site) -> None:
    found = section(shown(site, f"{EXAMPLE}&cell=2.B:example-polar"), "grounds")
    assert "S2-B-2 On-the-ground assessment Fully Not" in found
    assert "In standards, S2-B-4 partially aligned; in implementation, S2-B-1 partially aligned and S2-B-2" in found
    assert "due 26 February 2027. Answers OP-09, S1-C-2, S2-A-5, S2-B-1." in found


def test_the_grounds_of_what_is_out_of_scope_say_why(site: Site) -> None:
    found = section(shown(site, "/coverage?metal=tin&cell=1.A:rmi-all-minerals"), "grounds")
    assert "Out of scope tin is excluded" in found
    unsettled = section(shown(site, "/coverage?metal=gold&cell=1.A:lbma-rgg-9"), "grounds")
    assert "the LME settles no contract in gold physically" in unsettled
    assert "not in the list of physically settled contracts" in unsettled


def test_a_cell_that_is_not_asked_at_the_stage_says_so(site: Site) -> None:
    found = section(shown(site, "/coverage?metal=copper&stage=refiner&cell=2.D:jdds-rmap"), "grounds")
    assert "2.D Smelters and refiners in the chain is not asked at the smelter or refiner" in found


# --- what stays open ---------------------------------------------------------------------------------------


def test_what_stays_open_speaks_of_all_programmes_until_some_are_declared(site: Site) -> None:
    found = section(shown(site, f"/coverage?metal=copper&{MEMO}"), "open")
    assert "If a brand could rely on every listed programme, nothing stays open" in found


def test_declared_programmes_have_their_own_open_requirements_and_what_would_close_them(site: Site) -> None:
    found = section(shown(site, f"/coverage?metal=cobalt&{MEMO}&p=rmi-cobalt"), "open")
    assert (
        "With RMI Cobalt Refiner Standard, 1 of 18 requirements stays open. 17 requirements are covered only" in found
    )
    assert "5 open corrective actions verified, and the criteria rated again as fully aligned" in found
    assert "No other listed programme" in found


def test_a_brand_that_declares_rmap_sees_that_the_copper_mark_does_better_already(site: Site) -> None:
    found = section(shown(site, f"/coverage?metal=copper&{MEMO}&p=jdds-rmap"), "open")
    assert "All 18 requirements Covered, conditionally" in found
    assert "full approval by the LME. Joint Standard, Copper Mark" in found


def test_a_brand_of_aluminium_sees_everything_open_and_that_no_set_helps(site: Site) -> None:
    page = shown(site, f"/coverage?metal=aluminium&{MEMO}")
    assert "18 of 18 requirements stay open" in section(page, "open")
    assert "No programme is known to cover any requirement" in section(page, "sets")


def test_the_full_copper_mark_criteria_can_be_declared(site: Site) -> None:
    page = shown(site, f"/coverage?metal=copper&{MEMO}&p=copper-mark-criteria")
    assert "With Joint Standard, Copper Mark, nothing stays open" in section(page, "open")
    assert 'value="copper-mark-criteria" checked' in page
    assert "Copper Mark Criteria for Responsible Production count as Joint Standard, Copper Mark" in words(page)


def test_the_smallest_sets_are_listed_by_name(site: Site) -> None:
    found = section(shown(site, f"/coverage?metal=tin&{MEMO}"), "sets")
    assert found.endswith("ITA-RMI Criteria, RMAP ITA-RMI Criteria, Tin Code")
    assert "Example: Cascade (fictional) with Example: Meridian (fictional)" in section(shown(site, EXAMPLE), "sets")


# --- what if -----------------------------------------------------------------------------------------------


def test_every_loss_and_addition_is_told_at_a_stroke(site: Site) -> None:
    found = section(shown(site, f"/coverage?metal=copper&{MEMO}&p=jdds-rmap"), "if")
    assert (
        "Joint Standard, RMAP it lost its approval 18 requirements from covered, conditionally to not approved" in found
    )
    assert (
        "Joint Standard, Copper Mark it were declared too 18 requirements from covered, conditionally to covered"
        in found
    )
    assert "RMI All Minerals it were declared too Nothing changes" in found


def test_a_loss_is_shown_requirement_by_requirement(site: Site) -> None:
    found = section(shown(site, f"/coverage?metal=copper&{MEMO}&lose=jdds-copper-mark"), "if")
    assert "What if Joint Standard, Copper Mark lost its approval? 18 requirements from covered to covered" in found
    assert "1.A Supply chain policy Covered Covered, conditionally" in found


def test_an_addition_is_shown_and_can_be_declared(site: Site) -> None:
    page = shown(site, f"/coverage?metal=copper&{MEMO}&p=jdds-rmap&add=jdds-copper-mark")
    assert "1.A Supply chain policy Covered, conditionally Covered" in section(page, "if")
    assert "p=jdds-rmap&amp;p=jdds-copper-mark#open" in page


def test_an_addition_that_changes_nothing_says_so(site: Site) -> None:
    found = section(shown(site, f"/coverage?metal=copper&{MEMO}&p=jdds-rmap&add=rmi-all-minerals"), "if")
    assert "Nothing changes: every requirement keeps its best verdict." in found


# --- out of scope ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metal", "told"),
    [
        ("tungsten", "These programmes have tungsten in their own scope all the same: Chinese Guidelines, 2nd ed."),
        ("gold", "LBMA Responsible Gold Guidance v9"),
        ("mica", "Chinese Guidelines, 2nd ed."),
    ],
)
def test_a_metal_that_the_lme_does_not_settle_is_explained(site: Site, metal: str, told: str) -> None:
    page = shown(site, f"/coverage?metal={metal}")
    found = section(page, "map")
    assert f"the LME settles no contract in {metal} physically" in found
    assert told in found
    assert "this register’s reading of the source" in found
    assert 'class="grid' not in page


def test_a_stage_that_no_programme_covers_is_explained(site: Site) -> None:
    found = section(shown(site, f"{EXAMPLE}&stage=downstream"), "map")
    assert "No programme of the register covers copper at the downstream company" in found


# --- the worked example ------------------------------------------------------------------------------------


def test_the_example_shows_all_three_resolutions_under_its_banner_and_is_not_indexed(site: Site) -> None:
    page = shown(site, EXAMPLE)
    assert "Worked example, fictional." in words(page)
    assert '<meta name="robots" content="noindex">' in page
    found = section(page, "map")
    for told in ("Covered by criterion", "Partly covered group of criteria", "Covered, conditionally whole part"):
        assert told in found


def test_the_example_stands_in_no_file_and_links_to_none(site: Site) -> None:
    page = shown(site, EXAMPLE)
    assert "/coverage.csv" not in page
    assert "/coverage.json" not in page
    for suffix in ("csv", "json"):
        assert site.get(f"/coverage.{suffix}?metal=copper&example=yes").status_code == 400
        assert "example-" not in site.get(f"/coverage.{suffix}?metal=copper").text


def test_the_register_never_shows_the_example(site: Site) -> None:
    page = shown(site, "/coverage?metal=copper")
    assert "example-" not in page
    assert "noindex" not in page


@pytest.mark.parametrize("more", ["", "&cell=1.A:example-polar", "&lose=example-polar"])
def test_the_example_that_is_not_loaded_says_how_to_load_it(seeded_sqlite_url: str, more: str) -> None:
    assert "alignment load-example" in shown(site_on(seeded_sqlite_url), f"{EXAMPLE}{more}")


# --- files -------------------------------------------------------------------------------------------------


def test_the_json_answers_as_the_command_does(site: Site) -> None:
    answer = site.get(f"/coverage.json?metal=cobalt&stage=refiner&{MEMO}&p=rmi-cobalt")
    found = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert (found["metal"], found["stage"], found["as_at"]) == ("cobalt", "refiner", "2024-09-30")
    assert (found["open"], found["declared"]) == (["OP"], ["rmi-cobalt"])
    assert [each["code"] for each in found["requirements"] if not each["asked"]] == ["2.D", "3.E"]


def test_the_programmes_are_taken_by_the_name_that_the_command_has_for_them_too(site: Site) -> None:
    asked = f"metal=cobalt&stage=refiner&{MEMO}"
    for suffix in ("", ".json", ".csv"):
        short, long = (site.get(f"/coverage{suffix}?{asked}&{name}=rmi-cobalt").text for name in ("p", "programme"))
        assert short == long
    assert site.get(f"/coverage.json?{asked}&p=rmi-cobalt&programme=rmi-cobalt").json()["declared"] == ["rmi-cobalt"]
    assert site.get(f"/coverage.json?{asked}&programme=nobody").status_code == 400


def test_the_csv_has_the_same_cells_and_a_name_for_its_file(site: Site) -> None:
    answer = site.get(f"/coverage.csv?metal=copper&stage=refiner&{MEMO}")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(rows) == 16 * 10 + 2
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="track-a-coverage-copper-refiner-2024-09-30.csv"' in answer.headers["content-disposition"]


def test_the_page_names_its_files_and_asks_them_for_the_same(site: Site) -> None:
    page = shown(site, f"/coverage?metal=copper&stage=mine&{MEMO}&p=jdds-rmap")
    for suffix in ("csv", "json"):
        address = f"/coverage.{suffix}?metal=copper&amp;stage=mine&amp;as_at=2024-09-30&amp;p=jdds-rmap"
        assert f'href="{address}"' in page
        assert site.get(unescape(address)).status_code == 200


# --- refusals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("metal=unobtainium", ["unobtainium", "copper", "tungsten"]),
        ("metal=copper&stage=moon", ["moon", "mine, refiner, downstream"]),
        ("metal=copper&p=nobody", ["nobody", "jdds-copper-mark"]),
        ("metal=copper&p=example-polar", ["example-polar", "jdds-copper-mark"]),
        ("metal=copper&as_at=yesterday", ["yesterday", "2024-09-30"]),
        ("metal=copper&known_at=soon", ["soon"]),
        ("metal=copper&cell=9.Z:jdds-rmap", ["9.Z:jdds-rmap", "1.A"]),
        ("metal=copper&cell=1.A:nobody", ["1.A:nobody", "jdds-rmap"]),
        ("metal=copper&cell=x", ["names no cell"]),
        ("metal=copper&lose=nobody", ["nobody", "jdds-rmap"]),
        ("metal=copper&p=jdds-rmap&lose=rmi-cobalt", ["rmi-cobalt", "jdds-rmap"]),
        ("metal=copper&add=nobody", ["nobody", "jdds-rmap"]),
        ("metal=copper&example=perhaps", ["perhaps", "yes"]),
        ("metal=%00%0a<script>", ["not known as metal"]),
    ],
)
def test_an_unknown_word_is_a_plain_page_that_names_the_known_ones(site: Site, query: str, names: list[str]) -> None:
    answer = site.get(f"/coverage?{query}")
    assert answer.status_code == 400
    said = words(answer.text)
    assert [name for name in names if name not in said] == []
    assert "<script>" not in answer.text


def test_an_unknown_word_is_a_problem_for_programs(site: Site) -> None:
    answer = site.get("/coverage.json?metal=unobtainium")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert "known are aluminium, cobalt, copper" in answer.json()["detail"]
    assert site.get("/coverage.csv?metal=unobtainium").status_code == 400


# --- the whole -----------------------------------------------------------------------------------------------

PAGES = (
    "/coverage", "/coverage?metal=tungsten", f"/coverage?metal=cobalt&stage=refiner&{MEMO}&p=rmi-cobalt",
    "/coverage?metal=copper&p=jdds-rmap&lose=jdds-rmap", EXAMPLE,
    f"{EXAMPLE}&cell=1.C:example-polar", "/coverage?metal=copper&known_at=2020-01-01", "/coverage.csv",
    "/coverage.json",
)  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_no_page_takes_more_than_eight_queries_and_six_for_the_cell_that_is_opened(
    sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory, address: str
) -> None:
    fresh = site_on_copy(sqlite_example, tmp_path_factory)
    fresh.get("/example")  # what all pages of the example share; that of the register is read before anybody asks
    with counted_queries() as asked:
        assert fresh.get(address).status_code == 200
    # How far the register has come is looked up once a second, whatever page is asked for.
    own = [each for each in asked if "max(event.seq)" not in each]
    assert 0 < len(own) <= 8 + 6 * ("cell=" in address), own


def test_any_day_and_moment_of_a_map_once_read_takes_no_query_and_a_cell_only_the_facts_of_its_programme(
    site: Site,
) -> None:
    shown(site, "/coverage?metal=cobalt")
    with counted_queries() as asked:
        shown(site, "/coverage?metal=cobalt&stage=refiner&as_at=2023-02-01")
        shown(site, "/coverage?metal=cobalt&as_at=2023-02-04&known_at=2026-11-22")
        assert site.get("/coverage.json?metal=cobalt&as_at=2023-02-03").status_code == 200
    assert [each for each in asked if "max(event.seq)" not in each] == []
    with counted_queries() as asked:
        shown(site, "/coverage?metal=cobalt&as_at=2023-02-02&cell=1.A:rmi-cobalt")
    own = [each for each in asked if "max(event.seq)" not in each]
    assert 0 < len(own) <= 6, own


@pytest.mark.parametrize("address", [*PAGES[:7], "/coverage?metal=copper&cell=1.A:jdds-rmap"])
def test_every_link_of_a_page_to_coverage_itself_answers(site: Site, address: str) -> None:
    page = shown(site, address)
    own = {unescape(each).partition("#")[0] for each in re.findall(r'href="(/coverage[^"]*)"', page)}
    fragments = set(re.findall(r'href="#([^"]+)"', page))
    assert own
    assert {each: site.get(each).status_code for each in sorted(own)[:30]} == dict.fromkeys(sorted(own)[:30], 200)
    assert fragments <= set(re.findall(r'id="([^"]+)"', page))


def test_an_id_stands_once_on_a_page(site: Site) -> None:
    page = shown(site, "/coverage?metal=copper&p=jdds-rmap&lose=jdds-rmap&cell=1.A:jdds-rmap")
    ids = re.findall(r' id="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))


def test_the_page_can_be_kept_until_a_fact_changes(site: Site) -> None:
    answer = site.get("/coverage?metal=copper")
    assert answer.headers["etag"]
    assert site.get("/coverage?metal=copper", if_none_match=answer.headers["etag"]).status_code == 304


# --- more programmes than fit beside one another ---------------------------------------------------------------


@pytest.fixture(scope="module")
def wide(sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A register with a hundred programmes more, of which about thirty have copper in their scope."""
    path = tmp_path_factory.mktemp("wide") / "register.sqlite3"
    return site_on(f"sqlite:///{stores.grown(sqlite_seeded, path, 100)}")


def columns(page: str) -> list[str]:
    head = re.search(r'<div class="grid.*?<thead>(.*?)</thead>', page, re.DOTALL)
    assert head
    return re.findall(r'<a href="/programmes/([^"?]+)', head[1])


def test_a_wide_map_comes_in_pages_of_columns_and_says_which(wide: Site) -> None:
    first = shown(wide, "/coverage?metal=copper")
    inside = [each["id"] for each in wide.get("/coverage.json?metal=copper").json()["programmes"] if each["in_scope"]]
    assert len(inside) > 2 * COLUMNS
    assert columns(first) == inside[:COLUMNS]
    assert f"Programmes 1 to {COLUMNS} of the {len(inside)} in scope" in section(first, "map")
    next_one = re.search(r'href="(/coverage[^"]*)#map">The next', first)
    assert next_one
    second = shown(wide, unescape(next_one[1]))
    assert columns(second) == inside[COLUMNS : 2 * COLUMNS]
    assert f"The {COLUMNS} before · The next {COLUMNS}" in section(second, "map")
    last = section(shown(wide, f"/coverage?metal=copper&from={len(inside)}"), "map")
    assert f"to {len(inside)} of the {len(inside)} in scope" in last
    assert "The next" not in last


@pytest.mark.parametrize("known", ["", "&known_at=2099-01-01"])
def test_a_place_within_or_beyond_the_columns_shows_the_page_that_is_nearest(wide: Site, known: str) -> None:
    second = columns(shown(wide, f"/coverage?metal=copper&from={COLUMNS + 1}"))
    assert columns(shown(wide, f"/coverage?metal=copper&from={COLUMNS + 2}{known}")) == second
    inside = [each["id"] for each in wide.get("/coverage.json?metal=copper").json()["programmes"] if each["in_scope"]]
    assert columns(shown(wide, f"/coverage?metal=copper&from=9999999{known}"))[-1] == inside[-1]


@pytest.mark.parametrize("place", ["0", "-1", "two", "99999999", "²"])
def test_what_is_no_place_among_the_columns_is_refused_with_a_sentence(wide: Site, place: str) -> None:
    answer = wide.get(f"/coverage?metal=copper&from={place}")
    assert answer.status_code == 400
    assert "write a number from 1 on" in words(answer.text)


def test_what_a_brand_declares_stands_on_every_page_of_a_wide_map(wide: Site) -> None:
    page = shown(wide, f"/coverage?metal=copper&from={COLUMNS + 1}&p=jdds-copper-mark")
    assert "jdds-copper-mark" in columns(page)
    assert "and those declared" in section(page, "map")


def test_a_wide_map_says_how_many_are_out_of_scope_and_its_files_have_them_all(wide: Site) -> None:
    said = section(shown(wide, "/coverage?metal=copper"), "each")
    outside = re.search(r"Out of scope and not listed here: (\d+) programmes, because copper is not among", said)
    assert outside
    found = wide.get("/coverage.json?metal=copper").json()
    reasons = [each["out_of_scope_because"] for each in found["programmes"]]
    assert reasons.count("copper is not among its metals") == int(outside[1])
    assert {len(row["cells"]) for row in found["requirements"]} == {len(found["programmes"])} == {110}
    lines = list(csv.DictReader(io.StringIO(wide.get("/coverage.csv?metal=copper").text)))
    assert [(each["Requirement"], each["Programme"], each["Verdict"], each["Why"]) for each in lines] == [
        (row["code"], each["programme"], each["verdict"], each["why"])
        for row in found["requirements"] for each in row["cells"]
    ]  # fmt: skip


def test_a_wide_map_names_a_dozen_programmes_and_counts_the_others(wide: Site) -> None:
    said = section(shown(wide, "/coverage?metal=copper&p=jdds-rmap"), "open")
    assert re.search(r"Joint Standard, Copper Mark, (Measured \d+, ){11}and \d+ more", said)


def test_a_cell_out_of_sight_opens_its_grounds(wide: Site) -> None:
    inside = [each["id"] for each in wide.get("/coverage.json?metal=copper").json()["programmes"] if each["in_scope"]]
    page = shown(wide, f"/coverage?metal=copper&cell=1.A:{inside[-1]}")
    assert inside[-1] not in columns(page)
    assert "criteria behind 1.A" in section(page, "grounds")


def test_a_cell_that_is_none_is_told_some_of_the_programmes(wide: Site) -> None:
    answer = wide.get("/coverage?metal=copper&cell=1.A:nobody")
    assert answer.status_code == 400
    assert f"and {110 - TOGETHER} more" in words(answer.text)
