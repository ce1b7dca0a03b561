"""Programmes as readers meet them: the page and its JSON on any date, what changed, and every refusal."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from alignment.catalogue import load_all
from alignment.database import make_engine, reading, unit_of_work
from alignment.domain.catalogue import Part
from alignment.domain.people import SEED_IMPORT
from alignment.queries.programmes import programme_page
from alignment.services import ledger
from alignment.tables import Decision, PartProgress, RatingVersion, Result
from tests.conftest import NOW
from tests.web.site import Site, counted_queries, site_on, site_on_copy

PROGRAMMES = (
    "asi-v3", "chinese-guidelines-2", "jdds-copper-mark", "lbma-rgg-9", "rmi-cobalt", "rmi-all-minerals",
    "rmi-tin-tantalum", "jdds-rmap", "ita-rmi-rmap", "ita-rmi-tin-code",
)  # fmt: skip
MEMO = date(2024, 9, 30)
YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def site(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The register with the worked example beside it."""
    return site_on_copy(sqlite_example, tmp_path_factory)


def words(page: str) -> str:
    """What a reader reads, on one line."""
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    return re.sub(r" ([,.;])", r"\1", text)


def section(page: str, heading: str) -> str:
    """The words of one section of a page, by the id of its heading."""
    found = re.search(rf'<section class="entry[^>]*aria-labelledby="{heading}">(.*?)</section>', page, re.DOTALL)
    assert found, f"the page has no section {heading}"
    return words(found[1])


def said(site: Site, address: str) -> Any:
    """What a JSON file says."""
    answer = site.get(address)
    assert answer.status_code == 200, answer.text
    return answer.json()["says"]


# --- every programme ---------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", PROGRAMMES)
def test_every_programme_has_a_page_and_the_same_as_json_with_at_most_eight_queries(site: Site, slug: str) -> None:
    with counted_queries() as asked:
        page = site.get(f"/programmes/{slug}")
    assert page.status_code == 200
    assert len([each for each in asked if "max(event.seq)" not in each]) <= 8
    told = said(site, f"/programmes/{slug}.json")
    text = words(page.text)
    assert told["programme"]["name"] in text
    assert told["state"]["sentence"] in text
    assert told["as_at"] == NOW.date().isoformat()
    assert "stale after 365 days" in text  # no report of any of the ten is a year old or younger


def test_a_page_needs_four_queries_whatever_the_programme_holds(site: Site) -> None:
    for slug in ("lbma-rgg-9", "rmi-cobalt", "example-meridian"):
        with counted_queries() as asked:
            site.get(f"/programmes/{slug}?as_at=2026-01-02")  # a day nobody else asks for: nothing is kept
        assert len([each for each in asked if "max(event.seq)" not in each]) == 4


def test_both_databases_say_the_same_of_every_programme(seeded_engine: Engine) -> None:
    catalogues, _ = load_all()
    with reading(seeded_engine) as connection:
        for slug in PROGRAMMES:
            page = programme_page(
                connection, slug, as_at=NOW.date(), known_at=NOW, policy_age=YEAR, catalogues=catalogues
            )
            assert page is not None
            assert page.learned
            assert page.reasons[-1].ground is not None
            assert page.ledger[0].entry.recorded_at == NOW


def test_every_address_that_a_page_links_to_answers(site: Site) -> None:
    pages = [
        "/programmes/rmi-cobalt", "/programmes/jdds-copper-mark",
        "/programmes/rmi-cobalt/changes/2024-01-01..2026-11-21",
        "/programmes/example-meridian", "/programmes/rmi-cobalt/assessments/1",
        "/programmes/example-meridian/changes/round-1..round-2",
    ]  # fmt: skip
    links: set[str] = set()
    for page in pages:
        main = site.get(page).text.partition("<main")[2].partition("</main>")[0]
        links |= {unescape(each) for each in re.findall(r'href="(/[^"#]*)', main)}
    answers = {link: site.get(link).status_code for link in sorted(links)}
    assert {link: status for link, status in answers.items() if status != 200} == {}


# --- what the two pilots say -------------------------------------------------------------------------


def test_rmi_cobalt_shows_the_eight_findings_as_a_group_and_unknown_as_unknown(site: Site) -> None:
    page = site.get("/programmes/rmi-cobalt").text
    results = section(page, "pr")
    assert "A Overarching principles ? not known 8 ? not known ? not known 4 of 12" in results
    assert "B Step 1 Management systems ? not known ? not known ? not known ? not known 19 of 19" in results
    assert "88 criteria; no rating is published" in results
    rows = said(site, "/programmes/rmi-cobalt.json")["results"][1]["rows"]
    assert [row["fully"] for row in rows] == [None] * 7
    assert [row["partially"] for row in rows] == [8, *[None] * 6]


def test_rmi_cobalt_says_that_gate_one_fails_and_that_all_eight_would_have_to_rise(site: Site) -> None:
    holds = section(site.get("/programmes/rmi-cobalt").text, "hb")
    assert (
        "Gate 1 is not passed. Each of the 13 gating criteria that applies has to be fully aligned; 8 are below."
        in holds
    )
    assert "Nothing less than all 8 together" in holds
    assert "Whether gate 2 is passed, the threshold over all other criteria, is not known" in holds
    assert "this project’s reading" in holds


def test_rmi_cobalt_never_shows_what_is_reported_as_verified_nor_what_is_expected_as_due(site: Site) -> None:
    actions = said(site, "/programmes/rmi-cobalt.json")["actions"]
    assert [(each["state"], each["as_reported"], each["verified"]) for each in actions] == [
        *[("implemented", True, None)] * 4,
        ("under_way", True, None),
    ]
    assert [each["timing"] for each in actions] == [*["none"] * 4, "unconfirmed"]
    told = section(site.get("/programmes/rmi-cobalt").text, "ca")
    assert "None set; expected by 31 December 2024, which binds nobody" in told
    assert "1 entry unconfirmed." in told
    assert "our reading; the source names none" in told
    assert "one entry for an unpublished number" in told


def test_the_joint_standard_with_the_copper_mark_has_its_names_rounds_sibling_and_equivalence(site: Site) -> None:
    page = site.get("/programmes/jdds-copper-mark").text
    programme = section(page, "wh")
    assert "“Joint Due Diligence Standard for Copper, Lead, Molybdenum, Nickel and Zinc”" in programme
    assert "section 3.1, heading and first paragraph" in programme
    assert "Joint Standard, RMAP, with the Responsible Minerals Assurance Process" in programme
    assert "Copper Mark Criteria for Responsible Production, for: Joint Due Diligence Standard" in programme
    rounds = section(page, "ro")
    assert "Round 2 updated report Kumi Consulting Fully Fully not published Fully" in rounds
    assert "Round 1 first report Kumi Consulting Fully Partially not published Partially" in rounds
    assert "Nothing: standards and implementation are fully aligned." in section(page, "hb")
    assert "Audits against the Joint Due Diligence Standard are to be watched further" in section(page, "mo")
    assert "Rests on: The result of the first report." in section(page, "st")
    assert "this register’s reading of the source" in section(page, "st")


def test_a_part_that_is_complete_without_a_result_is_neither_aligned_nor_empty(site: Site) -> None:
    page = site.get("/programmes/asi-v3").text
    results = section(page, "pr")
    assert "Standards part: Complete no result of it is held Sections A to C 88 criteria" in results
    assert "Implementation part: In progress no result yet" in results
    assert "No result of standards or implementation is held, so nothing can be said." in section(page, "hb")
    assert "Standards Complete No result of it is held. By September 2024" in section(page, "st")
    assert "That none is published does not show that none was agreed." in section(page, "ca")


def test_a_finding_that_need_not_lie_in_a_gating_criterion_decides_no_gate(site: Site) -> None:
    holds = section(site.get("/programmes/example-harbour").text, "hb")
    assert "Three criteria on the facts of red-flagged supply are partially aligned" in holds
    assert "Gate 1 is not passed" not in holds


def test_a_refused_recognition_and_a_suspension_are_shown_with_their_reasons(site: Site) -> None:
    page = site.get("/programmes/example-delta").text
    assert "Recognition Refused" in section(page, "st")
    assert "Suspended: no advice; this lies in the LME’s discretion." in section(page, "ad")
    assert "Reason given: The recognition on which the conditional approval rested was refused" in section(page, "de")
    assert "LME approval Suspended 10 March 2025 still so" in section(page, "tl")


# --- equivalence, advice, ledger ---------------------------------------------------------------------


def test_the_recognition_of_tin_and_tantalum_says_what_it_covers_and_that_a_decision_is_due(site: Site) -> None:
    page = site.get("/programmes/rmi-tin-tantalum").text
    ledger_said = section(page, "de")
    assert "with its standards for tin and tantalum, tungsten, and gold" in ledger_said
    assert "not schemes that the RMI cross-recognises" in ledger_said
    assert (
        "A decision of the LME is due. Until it is taken the approval stands unchanged: conditionally approved."
        in ledger_said
    )
    assert "Implementing Decision (EU) 2025/2071" in ledger_said
    assert "The LME decides: its decision is due since the recognition of 16 October 2025" in words(page)
    assert "No result by part: the equivalence route" in section(page, "pr")


def test_the_ledger_runs_from_new_to_old_and_shows_when_something_was_announced(site: Site) -> None:
    ledger_said = section(site.get("/programmes/lbma-rgg-9").text, "de")
    assert ledger_said.index("Outcome awaited") < ledger_said.index("Conditionally approved")
    assert "1 January 2023 · decided by the London Metal Exchange · recorded 21 November 2026, 09:00 UTC" in ledger_said
    assert "Announced 19 January 2023." in ledger_said


@pytest.mark.parametrize(
    ("slug", "standing", "following"),
    [
        ("rmi-cobalt", True, [("approved", False)]),
        ("jdds-copper-mark", True, []),
        ("asi-v3", None, [("approved", False)]),
        ("jdds-rmap", True, [("approved", False)]),
        ("lbma-rgg-9", True, [("approved", None)]),
        ("rmi-tin-tantalum", True, [("approved", None)]),
    ],
)
def test_advice_is_given_only_on_facts_that_are_held(
    site: Site, slug: str, standing: bool | None, following: list[tuple[str, bool | None]]
) -> None:
    told = said(site, f"/programmes/{slug}.json")
    assert told["standing_advice"]["supported"] is standing
    assert [(each["act"], each["supported"]) for each in told["advice"]] == following
    assert "the LME alone decides" in section(site.get(f"/programmes/{slug}").text, "ad")


# --- dates -------------------------------------------------------------------------------------------


def test_as_at_the_memo_nothing_is_stale_and_nothing_later_is_shown(site: Site) -> None:
    page = site.get("/programmes/rmi-tin-tantalum?as_at=2024-09-30").text
    assert "stale after" not in page
    assert "Awaiting outcome of the Recognition of Equivalence" in section(page, "st")
    assert "2025" not in section(page, "de")
    assert 'href="/programmes/rmi-tin-tantalum"' in page  # the way back to today


def test_before_anything_is_known_the_page_says_not_known_and_not_never(site: Site) -> None:
    told = said(site, "/programmes/rmi-cobalt.json?as_at=2023-01-01")
    assert told["state"]["standing"]["approval"] == "not_known"
    assert told["actions"] == []
    assert told["ledger"] == []
    status = section(site.get("/programmes/rmi-cobalt?as_at=2023-01-01").text, "st")
    assert "first seen by September 2024" in status
    assert "First reported by September 2024; for the time before nothing is held." in status


def test_a_programme_that_was_not_decided_yet_says_so(site: Site) -> None:
    page = site.get("/programmes/rmi-all-minerals?as_at=2023-01-01").text
    assert "Not decided yet" in section(page, "st")
    assert "take effect later" in section(page, "de")


def test_before_the_register_learned_anything_the_page_says_that_it_knew_nothing(site: Site) -> None:
    page = site.get("/programmes/rmi-cobalt?known_at=2026-11-20")
    assert page.status_code == 200
    assert "At that moment the register knew nothing of this programme’s status" in words(page.text)
    assert "Conditionally approved" not in page.text


def test_links_within_a_page_of_another_date_keep_the_date(site: Site) -> None:
    page = site.get("/programmes/jdds-copper-mark?as_at=2025-01-01&known_at=2026-11-21").text
    assert 'href="/programmes/jdds-rmap?as_at=2025-01-01&amp;known_at=2026-11-21T23%3A59%3A59.999999%2B00%3A00"' in page


def test_a_correction_takes_the_place_of_what_it_corrects_and_the_earlier_knowledge_stays(
    sqlite_seeded: Path, tmp_path: Path
) -> None:
    path = tmp_path / "corrected.sqlite3"
    path.write_bytes(sqlite_seeded.read_bytes())
    corrected = Decision(
        id="rmi-cobalt-conditional~2", programme_id="rmi-cobalt", act="conditionally_approved", reason="Read again.",
        effective_on=date(2024, 6, 3), effective_precision="day", recorded_at=NOW + timedelta(hours=1), position=99,
        corrects="rmi-cobalt-conditional", source_id="memo-2024-09", place="section 3.2",
    )  # fmt: skip
    enter(path, corrected)
    site = site_on(f"sqlite:///{path}")
    now = section(site.get("/programmes/rmi-cobalt").text, "de")
    assert "3 June 2024" in now
    assert "correction of an earlier entry" in now
    assert "See what it said before" in now
    ledger_page = site.get("/decisions?programme=rmi-cobalt").text
    assert 'href="#rmi-cobalt-conditional">of an earlier entry</a>, before: by September 2024' in ledger_page
    assert 'href="#rmi-cobalt-conditional~2">See the correction</a>' in ledger_page
    assert 'id="rmi-cobalt-conditional"' in ledger_page
    assert "The LME continues to recognise" not in now
    before = section(site.get("/programmes/rmi-cobalt?known_at=2026-11-21T09:30:00Z").text, "de")
    assert "The LME continues to recognise" in before
    assert "Read again" not in before


def enter(path: Path, *rows: Any) -> None:
    """Store rows as the import does, each with its event."""
    engine = make_engine(f"sqlite:///{path}")
    with unit_of_work(engine) as session:
        for row in rows:
            ledger.enter(session, row, actor=SEED_IMPORT, act="recorded", now=NOW + timedelta(hours=1))
    engine.dispose()


# --- the years ---------------------------------------------------------------------------------------


def test_the_timeline_shows_unknown_then_known_then_stale(site: Site) -> None:
    told = said(site, "/programmes/rmi-cobalt.json")["timeline"]
    approval = told["lanes"][0]
    assert [(span["tone"], span["stale"], span["since"]) for span in approval["spans"]] == [
        ("unknown", False, "2022-01-01"),
        ("part", False, "2024-09-30"),
        ("part", True, "2025-10-01"),
    ]
    actions = [row for row in told["rows"] if row["matter"] == "Corrective actions"]
    assert [(row["word"], row["began"]) for row in actions] == [
        ("Not known", None),
        ("Open", "by 2024-09-30"),
        ("Unconfirmed", "2025-01-01"),
    ]


def test_the_table_beside_the_timeline_says_the_same_in_words(site: Site) -> None:
    years = section(site.get("/programmes/rmi-tin-tantalum").text, "tl")
    assert "LME approval Conditionally approved by April 2023 still so 18 April 2024 to 30 September 2024" in years
    assert "Recognition Outcome awaited by September 2024 16 October 2025" in years


# --- published and computed --------------------------------------------------------------------------


def test_a_fully_rated_programme_shows_counts_and_both_results(site: Site) -> None:
    results = section(site.get("/programmes/example-meridian").text, "pr")
    assert "Implementation part: Fully published; Fully computed. Round 2" in results
    assert "A Overarching principles 12 0 0 0 0" in results
    assert "Overall, computed from the ratings: Fully aligned" in results


def test_where_published_and_computed_differ_both_are_shown_with_the_reason(
    sqlite_example: Path, tmp_path: Path
) -> None:
    path = tmp_path / "differs.sqlite3"
    path.write_bytes(sqlite_example.read_bytes())
    enter(
        path,
        published("example-meridian-2", "implementation", "partially"),
        published("example-polar-1", "implementation", "fully"),
        published("example-polar-1", "governance", "fully"),
    )
    site = site_on(f"sqlite:///{path}")
    results = section(site.get("/programmes/example-meridian").text, "pr")
    assert "Implementation part: Partially published; Fully computed" in results
    assert "give fully aligned: both of its gates are passed. The assessor’s published result stands" in results
    results = section(site.get("/programmes/example-polar").text, "pr")
    assert "gate 1 is not passed, because OP-04, OP-09 are below fully aligned" in results
    assert "give partially aligned: the criteria behind gate 2 stay below its threshold of 80 %" in results
    assert "Overall, computed from the ratings: Partially aligned" in results


def published(assessment: str, part: str, level: str) -> Result:
    """A published result, newer than any other of its round."""
    return Result(
        id=f"{assessment}-{part}-again", assessment_id=assessment, scope=part, level=level,
        effective_on=date(2026, 1, 2), recorded_at=NOW, position=999, source_id="memo-2024-09", place="a test",
    )  # fmt: skip


def rated(assessment: str, part: Part, level: str) -> list[RatingVersion]:
    """A rating of every criterion of a part at one level."""
    catalogues, track_a = load_all()
    return [
        RatingVersion(
            assessment_id=assessment, part=part.value, criterion=criterion.code, version=1, level=level,
            rated_by="a test", rated_at=NOW, effective_on=date(2026, 1, 2),
        )
        for criterion in catalogues[track_a.edition].in_part[part]
    ]  # fmt: skip


def complete(assessment: str, part: str) -> PartProgress:
    """The news that a part is complete."""
    return PartProgress(
        id=f"{assessment}-{part}-done", assessment_id=assessment, part=part, progress="complete",
        effective_on=date(2026, 1, 2), recorded_at=NOW, position=999, source_id="memo-2024-09", place="a test",
    )  # fmt: skip


def test_a_computed_result_stands_only_where_none_is_published_and_says_that_it_is_computed(
    sqlite_seeded: Path, tmp_path: Path
) -> None:
    path = tmp_path / "computed.sqlite3"
    path.write_bytes(sqlite_seeded.read_bytes())
    enter(path, *rated("jdds-rmap-1", Part.GOVERNANCE, "fully"), *rated("asi-v3-1", Part.GOVERNANCE, "not"))
    enter(path, published("asi-v3-1", "governance", "partially"))
    site = site_on(f"sqlite:///{path}")
    page = site.get("/programmes/jdds-rmap").text
    assert "Governance Fully aligned Computed from the published ratings by the edition’s rule" in section(page, "st")
    assert "Governance part: Fully computed from the ratings; no published result" in section(page, "pr")
    results = section(site.get("/programmes/asi-v3").text, "pr")
    assert "give not aligned: all criteria together stay below its floor of 50 %" in results


def test_an_overall_result_that_nobody_published_is_marked_as_derived(sqlite_seeded: Path, tmp_path: Path) -> None:
    path = tmp_path / "derived.sqlite3"
    path.write_bytes(sqlite_seeded.read_bytes())
    enter(path, complete("jdds-rmap-1", "implementation"), published("jdds-rmap-1", "implementation", "not"))
    enter(path, complete("asi-v3-1", "implementation"))
    site = site_on(f"sqlite:///{path}")
    page = site.get("/programmes/jdds-rmap").text
    assert "Overall Not aligned Derived by this register: the worse of standards and implementation." in section(
        page, "st"
    )
    assert "The part is not aligned. Which criteria hold it back is not published." in section(page, "hb")
    assert "Overall Not known Both parts are complete." in section(site.get("/programmes/asi-v3").text, "st")


def test_what_is_overdue_is_the_next_thing_to_settle(site: Site) -> None:
    page = site.get("/programmes/example-polar").text
    assert "owes what is overdue, or an extension" in words(page)
    assert "Under way overdue 30 June 2026" in section(page, "ca")
    assert "Corrective actions: overdue" in section(page, "tl")


def test_a_recognition_that_is_first_heard_of_later_is_not_known(site: Site) -> None:
    page = site.get("/programmes/rmi-tin-tantalum?as_at=2023-06-01").text
    assert "Recognition Not known" in section(page, "st")
    assert "Recognition Not known before 2019 still so" in section(page, "tl")
    assert words(page).count("whether a recognition is under way is not known") == 2
    assert "no recognition is under way" not in words(page)


def test_what_of_the_cobalt_findings_is_this_registers_reading_is_called_so(site: Site) -> None:
    page = words(site.get("/programmes/rmi-cobalt").text)
    assert "that they are criteria of group OP, which has twelve, is this register’s filing" in page
    assert "PR-AU-7 is named because the pace of audits is its subject" in page
    told = words(site.get("/criteria/oecd-minerals-2018/PR-AU-7").text)
    assert "The published findings are filed in group OP by this register’s reading; none is filed on this" in told


def test_what_else_the_same_assurance_is_accepted_for_stands_on_its_programmes(site: Site) -> None:
    for slug in ("rmi-cobalt", "rmi-all-minerals", "rmi-tin-tantalum"):
        told = section(site.get(f"/programmes/{slug}").text, "hi")
        assert "by September 2024 · LME The RMI ESG standard counts for the ISO requirements" in told
        assert "update to market, section 3.2, third paragraph · September 2024" in told


def test_an_application_for_recognition_is_held_from_when_a_source_reports_it(site: Site) -> None:
    page = site.get("/programmes/lbma-rgg-9?as_at=2023-02-01").text
    assert "Recognition Outcome awaited" in section(page, "st")
    assert "By December 2020" in section(page, "st")
    assert "Advice from the facts of that day: supported; an accepted recognition is under way" in words(page)


@pytest.mark.parametrize("day", ["2021-06-01", "2021-12-05"])
def test_a_part_is_not_known_before_the_first_fact_about_it(site: Site, day: str) -> None:
    page = site.get(f"/programmes/jdds-copper-mark?as_at={day}").text
    said = "Standards Not known First reported for 16 December 2021; for the time before nothing is held."
    assert said in section(page, "st")
    assert "Not started" not in words(page)
    assert "not started" not in words(page)


def test_what_holds_a_rated_part_back_is_computed_from_its_ratings(site: Site) -> None:
    holds = section(site.get("/programmes/example-meridian?as_at=2024-04-01").text, "hb")
    assert (
        "Gate 1 is not passed. Every gating criterion that applies has to be fully aligned; 1 is below: PR-AU-5"
        in holds
    )
    assert "It would take this one criterion, raised to fully aligned, to make the part fully aligned: PR-AU-5" in holds


# --- the worked example stands apart -----------------------------------------------------------------


def test_a_fictional_programme_says_so_and_asks_robots_to_stay_away(site: Site) -> None:
    for address in ("/programmes/example-meridian", "/programmes/example-meridian/changes/round-1..round-2"):
        page = site.get(address).text
        assert "Worked example, fictional." in page
        assert '<meta name="robots" content="noindex">' in page
    assert "fictional" not in site.get("/programmes/rmi-cobalt").text
    assert "schemes-consistent-expectations" not in site.get("/programmes/example-meridian.json").text


# --- refusals ----------------------------------------------------------------------------------------


def test_an_unknown_programme_is_a_404_that_names_the_programmes_there_are(site: Site) -> None:
    with counted_queries() as asked:
        page = site.get("/programmes/rmi-gold")
    assert page.status_code == 404
    assert len(asked) <= 8
    assert "No programme of this register has the address “rmi-gold”." in words(page.text)
    for slug in PROGRAMMES:
        assert f'href="/programmes/{slug}"' in page.text
    assert "example-" not in page.text
    problem = site.get("/programmes/rmi-gold.json")
    assert problem.status_code == 404
    assert problem.headers["content-type"] == "application/problem+json"
    assert "rmi-cobalt" in problem.json()["detail"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("as_at=yesterday", "“yesterday” is no day for as_at: write it as 2024-09-30."),
        ("as_at=1066-10-14", "as_at takes a day between 1990-01-01 and 2199-12-31"),
        ("known_at=soon", "“soon” is no moment for known_at"),
    ],
)
def test_a_date_that_cannot_be_read_is_a_400_in_plain_words(site: Site, query: str, sentence: str) -> None:
    for address in ("rmi-cobalt", "rmi-cobalt/assessments/1", "rmi-cobalt/changes/round-1..round-1"):
        page = site.get(f"/programmes/{address}?{query}")
        assert page.status_code == 400
        assert sentence in words(page.text)


def test_the_list_of_programmes_is_the_front_page(site: Site) -> None:
    answer = site.get("/programmes")
    assert (answer.status_code, answer.headers["location"]) == (301, "/")


def test_a_register_without_programmes_says_what_to_do(sqlite_url: str) -> None:
    page = site_on(sqlite_url).get("/programmes/rmi-cobalt")
    assert page.status_code == 404
    assert "alignment load-seeds" in page.text


# --- what changed ------------------------------------------------------------------------------------


def test_changes_between_two_days_are_said_with_the_facts_behind_them(site: Site) -> None:
    with counted_queries() as asked:
        page = site.get("/programmes/rmi-tin-tantalum/changes/2024-09-30..2025-10-16")
    assert page.status_code == 200
    assert len([each for each in asked if "max(event.seq)" not in each]) <= 8
    differs = section(page.text, "ch")
    assert "Recognition Outcome awaited Recognised" in differs
    assert "Decision of the LME Not due Due" in differs
    assert "LME approval" not in differs
    facts = section(page.text, "fa")
    assert "16 October 2025 · Recognition" in facts
    assert "press release on the recognition" in facts
    told = said(site, "/programmes/rmi-tin-tantalum/changes/2024-09-30..2025-10-16.json")
    due = {"matter": "Decision of the LME", "before": "Not due", "after": "Due", "ground": None}
    assert due in told["changes"]


def test_between_a_day_and_itself_nothing_differs(site: Site) -> None:
    page = site.get("/programmes/rmi-cobalt/changes/2025-01-01..2025-01-01").text
    assert "Nothing differs" in section(page, "ch")
    assert "No fact took effect between these days" in section(page, "fa")


def test_a_status_that_only_grew_old_is_said_to_have_changed_by_the_passing_of_time(site: Site) -> None:
    page = site.get("/programmes/asi-v3/changes/2025-09-30..2025-10-01").text
    assert "Age of the status Within the policy age Stale: over 365 days" in section(page, "ch")
    assert "the passing of time" in section(page, "fa")


def test_changes_between_two_rounds_name_the_criteria_that_rose(site: Site) -> None:
    page = site.get("/programmes/example-meridian/changes/round-1..round-2").text
    assert "Implementation Partially aligned Fully aligned" in section(page, "ch")
    ratings = section(page, "rt")
    assert "PR-AU-5 Auditors test full risk scope Implementation Partially Fully" in ratings
    told = said(site, "/programmes/example-meridian/changes/round-1..round-2.json")
    assert told["compared"] == 195
    assert 0 < told["carried"] < 195
    assert [each["criterion"] for each in told["ratings"]] == ["S1-C-5", "S2-B-2", "S3-B-5", "PR-AU-5", "PR-AU-8"]


def test_rounds_without_published_ratings_are_not_compared_by_rating(site: Site) -> None:
    page = site.get("/programmes/jdds-copper-mark/changes/round-1..round-2").text
    assert "Overall Partially aligned Fully aligned" in section(page, "ch")
    assert "Ratings cannot be compared" in section(page, "rt")


@pytest.mark.parametrize(
    "span",
    [
        "2024-09-30",
        "2025-01-01..2024-01-01",
        "2024-02-30..2024-03-01",
        "round-1..2024-01-01",
        "round-0..round-1",
        "...",
    ],
)
def test_a_span_that_names_no_two_days_or_rounds_is_a_400_that_says_how(site: Site, span: str) -> None:
    page = site.get(f"/programmes/rmi-cobalt/changes/{span}")
    assert page.status_code == 400
    assert "write two days, the earlier first, as 2024-09-30..2026-11-21" in words(page.text)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("rmi-cobalt/changes/round-1..round-2", "its published rounds are 1."),
        ("lbma-rgg-9/changes/round-1..round-2", "it has no published round."),
        ("rmi-gold/changes/round-1..round-2", "There is no such programme"),
        ("rmi-gold/changes/2024-01-01..2025-01-01", "There is no such programme"),
    ],
)
def test_rounds_or_programmes_that_are_not_there_are_a_404(site: Site, address: str, sentence: str) -> None:
    page = site.get(f"/programmes/{address}")
    assert page.status_code == 404
    assert sentence in words(page.text)
