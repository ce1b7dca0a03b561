"""Rounds of assessment as readers meet them: ratings, evidence, the rule worked through, and every refusal."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine

from alignment.catalogue import load_all
from alignment.database import reading
from alignment.files import folder
from alignment.queries.assessments import NoRound, RatingFilters, RoundPage, round_page
from alignment.tables import Assessment, Rating, RatingVersion
from tests.conftest import NOW
from tests.web.site import Site, counted_queries, site_on, site_on_copy
from tests.web.test_programmes import enter, said, section, words

FIRST = "/programmes/example-meridian/assessments/1"
SECOND = "/programmes/example-meridian/assessments/2"
COBALT = "/programmes/rmi-cobalt/assessments/1"


@pytest.fixture(scope="module")
def site(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_example, tmp_path_factory)


def evidence_of(assessment: str) -> list[dict[str, Any]]:
    """The evidence of a round of the worked example, as its files have it."""
    rounds = yaml.safe_load((folder("seeds") / "example" / "assessments.yaml").read_text("utf-8"))
    return next(each["evidence"] for each in rounds if each["id"] == assessment)


def rate(*ratings: tuple[str, str, str | None], version: int = 1, on: date = date(2026, 1, 5)) -> list[Any]:
    """Rows that rate criteria of the published round of RMI Cobalt."""
    rows: list[Any] = []
    for part, criterion, level in ratings:
        values: dict[str, Any] = {
            "assessment_id": "rmi-cobalt-1", "part": part, "criterion": criterion, "level": level,
            "rationale": "**Seen** in two files.", "rated_by": "assessor@example.org", "rated_at": NOW,
            "version": version,
        }  # fmt: skip
        rows.append(RatingVersion(**values, effective_on=on))
        rows += [Rating(**values)] if version == 1 else []
    return rows


# --- the page ----------------------------------------------------------------------------------------


def test_a_round_is_shown_with_five_queries_with_or_without_ratings(site: Site) -> None:
    for address in (FIRST, COBALT):
        with counted_queries() as asked:
            assert site.get(f"{address}?as_at=2026-01-03").status_code == 200
        assert len([each for each in asked if "max(event.seq)" not in each]) == 5


def test_both_databases_show_the_same_round(example_engine: Engine) -> None:
    catalogues, _ = load_all()
    asks: dict[str, Any] = {"as_at": NOW.date(), "known_at": NOW, "filters": RatingFilters(), "catalogues": catalogues}
    with reading(example_engine) as connection:
        page = round_page(connection, "example-meridian", 2, **asks)
        assert isinstance(page, RoundPage)
        assert (page.rated, page.in_all, page.shown) == (195, 195, 195)
        assert round_page(connection, "example-meridian", 9, **asks) == NoRound("Example: Meridian (fictional)", (1, 2))
        assert round_page(connection, "rmi-gold", 1, **asks) is None


def test_a_round_says_who_judged_what_against_which_edition(site: Site) -> None:
    page = words(site.get("/programmes/jdds-copper-mark/assessments/2").text)
    assert "Round 2 of assessment: updated report" in page
    assert "Kumi Consulting, assessor" in page
    assert "Judged against Alignment with the OECD Minerals Guidance, 2018 edition" in page
    assert "Follows Round 1" in page
    assert "The assessor’s name is not known" in words(site.get(COBALT).text)


def test_a_round_without_published_ratings_says_so_and_counts_nothing(site: Site) -> None:
    page = site.get(COBALT).text
    assert "No criterion rating of this round is published" in section(page, "ra")
    assert "shown as unknown, never as zero" in section(page, "ra")
    assert "The rule cannot be run on this round" in section(page, "ru")
    assert "No evidence of this round is published" in section(page, "ev")
    findings = section(page, "fi")
    assert "Implementation 8 Partially aligned in the group OP." in findings
    told = said(site, f"{COBALT}.json")
    assert (told["working"], told["groups"], told["computed_overall"]) == ([], [], None)


# --- the rule ----------------------------------------------------------------------------------------


def test_the_rule_is_worked_through_with_exact_fractions(site: Site) -> None:
    worked = section(site.get(FIRST).text, "ru")
    assert "12 of the 13 gating criteria that apply are fully aligned: not passed, because of PR-AU-5" in worked
    assert "72½ of 75 points, 29/30, 96.7 %, against a threshold of 80 %: reached" in worked
    assert "85 of 88 points, 85/88, 96.6 %, against a floor of 50 %" in worked
    assert "governance does not enter the overall result" in worked
    assert "70 % 80 % 90 % 100 % Strict" in worked
    assert "this project's reading" in worked


def test_sensitivity_is_shown_for_every_part_and_every_threshold(site: Site) -> None:
    working = said(site, f"{FIRST}.json")["working"]
    assert [each["part"] for each in working] == ["standards", "implementation", "governance"]
    sensitivity = {each["part"]: each["outcome"]["sensitivity"] for each in working}
    assert sensitivity["standards"] == [["7/10", "fully"], ["4/5", "fully"], ["9/10", "fully"], ["1/1", "partially"]]
    assert working[0]["outcome"]["strict"] == "partially"


# --- ratings -----------------------------------------------------------------------------------------


def test_every_rating_is_shown_with_reasons_citations_and_a_place_of_its_own(site: Site) -> None:
    page = site.get(FIRST).text
    anchors = re.findall(r'<li id="((?:standards|implementation|governance)-[^"]+)"', page)
    assert len(anchors) == len(set(anchors)) == 195
    ratings = section(page, "ra")
    assert "OP-01 Risk-based effort Fully aligned gating Clause 2.1 sets three depths of work" in ratings
    assert "Standard: Meridian Copper Standard 2, clause 2.1." in ratings
    assert "195 of 195 criteria, counted once a part" in ratings


def test_filters_narrow_the_ratings_and_say_how_many_are_left(site: Site) -> None:
    page = site.get(f"{FIRST}?part=implementation&level=partially").text
    ratings = section(page, "ra")
    assert "6 of 195 criteria" in ratings
    assert "Standards part" not in ratings
    assert set(re.findall(r'<li id="(implementation-[^"]+)"', page)) == {
        f"implementation-{code}" for code in ("S1-C-5", "S2-B-2", "S3-B-5", "S3-B-7", "PR-AU-5", "PR-AU-8")
    }
    assert "18 of 195 criteria" in section(site.get(f"{FIRST}?section=D").text, "ra")
    none = section(site.get(f"{FIRST}?section=D&level=unrated").text, "ra")
    assert "No rating fits these filters" in none


def test_ratings_carried_over_from_an_earlier_round_are_marked(site: Site) -> None:
    page = site.get(f"{SECOND}?part=standards").text
    assert page.count("carried from round 1") == 88
    assert "carried from" not in site.get(FIRST).text


def test_ratings_are_shown_as_they_stood_on_the_date(site: Site) -> None:
    assert "No criterion rating of this round is published" in words(site.get(f"{FIRST}?as_at=2023-01-01").text)
    told = said(site, f"{FIRST}.json?as_at=2023-02-08")
    assert 0 < told["rated"] < 88
    assert told["working"][0]["outcome"]["result"] is None


def test_a_part_rated_in_part_has_no_result_but_what_is_still_within_reach(
    sqlite_example: Path, tmp_path: Path
) -> None:
    path = tmp_path / "half.sqlite3"
    path.write_bytes(sqlite_example.read_bytes())
    enter(path, *rate(("implementation", "OP-01", "fully"), ("implementation", "OP-02", "not")))
    enter(path, *rate(("implementation", "OP-02", "partially"), version=2, on=date(2026, 2, 1)))
    enter(path, *rate(("implementation", "OP-03", "fully")), *rate(("implementation", "OP-03", None), version=2))
    site = site_on(f"sqlite:///{path}")
    page = site.get(COBALT).text
    ratings = section(page, "ra")
    assert "89 of 89 criteria, counted once a part; 87 not yet rated" in ratings
    assert "OP-02 Ongoing, proactive and reactive Partially aligned gating revised Seen in two files." in ratings
    assert "<strong>Seen</strong>" in page
    assert "OP-03 Full Annex II risk scope Not yet rated gating" in ratings
    assert "assessor@example.org" not in page + site.get(f"{COBALT}.json").text
    assert "At best Partially, at worst Not" in section(page, "ru")
    results = section(page, "pr")
    assert "A Overarching principles 1 1 0 0 10 of 12" in results
    assert "Implementation part: Partially published" in results
    earlier = section(site.get(f"{COBALT}?as_at=2026-01-31").text, "ra")
    assert "OP-02 Ongoing, proactive and reactive Not aligned" in earlier
    holds = section(site.get("/programmes/rmi-cobalt").text, "hb")
    assert "1 is below: OP-02" in holds
    assert "87 criteria are not yet rated" in holds


# --- what is not public ------------------------------------------------------------------------------


def test_confidential_evidence_is_counted_and_never_shown(site: Site) -> None:
    evidence = evidence_of("example-meridian-1")
    secret = [each for each in evidence if each.get("confidential")]
    assert secret
    assert len(secret) < len(evidence)
    page, file = site.get(FIRST).text, site.get(f"{FIRST}.json").text
    for each in evidence:
        assert (" ".join(each["reference"].split()) in words(page)) is not bool(each.get("confidential"))
    for each in secret:
        assert each["reference"] not in file
        assert each["id"] not in page + file
    totals = said(site, f"{FIRST}.json")["evidence_totals"]
    assert sum(each["confidential"] for each in totals) == len(secret)
    assert sum(each["public"] for each in totals) == len(evidence) - len(secret)


def test_an_unpublished_round_is_not_there_and_none_of_it_shows_on_the_programme(
    sqlite_example: Path, tmp_path: Path
) -> None:
    path = tmp_path / "draft.sqlite3"
    path.write_bytes(sqlite_example.read_bytes())
    draft = Assessment(
        id="rmi-cobalt-2", programme_id="rmi-cobalt", edition="oecd-minerals-2018", round=2, label="draft label",
        published=False, source_id="memo-2024-09", recorded_at=NOW,
    )  # fmt: skip
    rating = RatingVersion(
        assessment_id="rmi-cobalt-2", part="implementation", criterion="OP-01", level="not", version=1,
        rationale="A draft of a reason.", rated_by="x", rated_at=NOW - timedelta(days=1), effective_on=date(2026, 1, 5),
    )  # fmt: skip
    enter(path, draft, rating)
    site = site_on(f"sqlite:///{path}")
    page = site.get("/programmes/rmi-cobalt/assessments/2")
    assert page.status_code == 404
    assert (
        "RMI Cobalt Refiner Standard has no published round “2” of assessment. Its published rounds are: 1."
        in words(page.text)
    )
    for address in ("/programmes/rmi-cobalt", "/programmes/rmi-cobalt.json", COBALT):
        shown = site.get(address).text
        assert "draft" not in shown
        assert "assessments/2" not in shown
    assert site.get("/programmes/rmi-cobalt/changes/round-1..round-2").status_code == 404


def test_a_fictional_round_says_so_and_asks_robots_to_stay_away(site: Site) -> None:
    page = site.get(FIRST).text
    assert "Worked example, fictional." in page
    assert '<meta name="robots" content="noindex">' in page


# --- refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["9", "0", "x", "1.csv", "99999999999999999999", "²"])
def test_an_unknown_round_is_a_404_that_names_those_there_are(site: Site, number: str) -> None:
    page = site.get(f"/programmes/example-meridian/assessments/{number}")
    assert page.status_code == 404
    assert "Its published rounds are: 1, 2." in words(page.text)


def test_rounds_of_a_programme_that_has_none_or_is_not_there_are_a_404(site: Site) -> None:
    none = site.get("/programmes/lbma-rgg-9/assessments/1.json")
    assert (none.status_code, none.headers["content-type"]) == (404, "application/problem+json")
    assert "It has no published round." in none.json()["detail"]
    unknown = site.get("/programmes/rmi-gold/assessments/1")
    assert unknown.status_code == 404
    assert "No programme of this register has the address “rmi-gold”." in words(unknown.text)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("part=credibility", "“credibility” is not known as part: it takes standards, implementation, governance."),
        ("section=E", "“E” is not known as section: it takes A, B, C, D."),
        ("level=good", "“good” is not known as level: it takes fully, partially, not, not_applicable, unrated."),
    ],
)
def test_a_filter_that_is_not_known_is_a_400_that_names_the_known_ones(site: Site, query: str, sentence: str) -> None:
    page = site.get(f"{FIRST}?{query}")
    assert page.status_code == 400
    assert sentence in words(page.text)
