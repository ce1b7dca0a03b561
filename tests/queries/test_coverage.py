"""Coverage on the seeds and on the worked example, on either database: what each producer would see."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine
from sqlmodel import Session

from alignment.catalogue import load_all
from alignment.database import reading, unit_of_work
from alignment.domain.action import ActionState, Timing
from alignment.domain.catalogue import Part, Stage
from alignment.domain.coverage import Cell, Resolution, Said, Verdict
from alignment.domain.decision import Approval
from alignment.domain.people import SEED_IMPORT
from alignment.domain.refusal import Refusal
from alignment.files import folder
from alignment.queries.coverage import CoveragePage, coverage_facts, coverage_map
from alignment.queries.coverage_packed import PackedCoverage, packed_coverage
from alignment.queries.facts import named_programmes
from alignment.queries.status import status_facts
from alignment.services import ledger
from alignment.tables import Assessment, Decision, Finding, PartProgress, Programme, RatingVersion, Result
from tests.conftest import ENGINES, NOW, connected, copied
from tests.domain.coverage_oracle import BEST_TO_WORST, Found, Oracle, PartHeld
from tests.web.site import counted_queries

MEMO, TODAY = date(2024, 9, 30), date(2026, 11, 21)
YEAR = timedelta(days=365)
CATALOGUES, TRACK_A = load_all()
CATALOGUE = CATALOGUES[TRACK_A.edition]
STEPS = [each.code for each in TRACK_A.requirements if each.code != "OP"]
UNSETTLED = ("gold", "silver", "molybdenum", "tantalum", "tungsten", "mica")


@pytest.fixture(scope="module", params=ENGINES)
def seeds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A copy of the seeds on either database, for tests that only read."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("coverage") / "seeds.sqlite3"
        path.write_bytes(request.getfixturevalue("sqlite_seeded").read_bytes())
        yield from connected(f"sqlite:///{path}")
        return
    for url in copied(request, request.param, "seeded"):
        yield from connected(url)


def page(
    engine: Engine,
    metal: str,
    *,
    as_at: date = MEMO,
    known_at: datetime | None = None,
    example: bool = False,
    only: Sequence[str] = (),
    **asked: Any,
) -> CoveragePage:
    """The map as it is read and derived for one day and one moment: of all programmes, or only of some."""
    with reading(engine) as connection:
        named = named_programmes(connection, example=example)
        facts = coverage_facts(
            connection, only or {each.row.id for each in named}, catalogue=CATALOGUE, as_at=as_at, known_at=known_at,
            example=example, named=named,
        )  # fmt: skip
    return coverage_map(facts, track_a=TRACK_A, metal=metal, policy_age=YEAR, **asked)


def cell(found: CoveragePage, requirement: str, programme: str) -> Cell:
    one = found.cell(requirement, programme)
    assert one is not None
    return one


def verdicts(found: CoveragePage, programme: str) -> set[tuple[Verdict, Resolution | None]]:
    cells = [cell(found, row.code, programme) for row in found.map.asked]
    return {(each.verdict, each.resolution) for each in cells}


def add(engine: Engine, *rows: Any, at: datetime = NOW) -> None:
    """Further facts, recorded as an import records them."""
    with unit_of_work(engine) as session:
        for row in rows:
            ledger.enter(session, row, actor=SEED_IMPORT, act="recorded", now=at)


def fact(**given: Any) -> dict[str, Any]:
    return {
        "effective_on": MEMO, "effective_precision": "day", "recorded_at": NOW, "position": 900,
        "source_id": "memo-2024-09", "place": "for this test", **given,
    }  # fmt: skip


# --- what producers see ------------------------------------------------------------------------------------


def test_a_copper_brand_under_the_joint_standard_with_the_copper_mark_is_covered_by_whole_parts(
    seeds: Engine,
) -> None:
    found = page(seeds, "copper")
    assert verdicts(found, "jdds-copper-mark") == {(Verdict.COVERED, Resolution.WHOLE_PART)}
    assert found.map.open(["jdds-copper-mark"]) == ()
    assert found.map.smallest_sets == (("jdds-copper-mark",),)


def test_the_same_standard_with_rmap_is_covered_conditionally_on_the_result_of_december_2021(
    seeds: Engine,
) -> None:
    found = page(seeds, "copper")
    assert verdicts(found, "jdds-rmap") == {(Verdict.COVERED_CONDITIONALLY, Resolution.WHOLE_PART)}
    standards, implementation = cell(found, "1.A", "jdds-rmap").grounds
    fact = found.facts["result", standards.facts.result_id]
    assert fact.rests_on == "The standards result of December 2021 reported for the Joint Due Diligence Standard."
    assert fact.ground is not None
    assert fact.ground.source == "cm-lme21"
    assert implementation.said is Said.UNKNOWN


def test_a_cobalt_brand_sees_the_principles_partly_covered_with_the_actions_named_and_the_steps_conditionally(
    seeds: Engine,
) -> None:
    found = page(seeds, "cobalt")
    principles = cell(found, "OP", "rmi-cobalt")
    assert (principles.verdict, principles.resolution) == (Verdict.PARTLY_COVERED, Resolution.GROUP)
    assert [action.id for action in principles.actions] == [
        "rmi-cobalt-reliance", "rmi-cobalt-cycle-times", "rmi-cobalt-technical-assistance",
        "rmi-cobalt-repeat-findings", "rmi-cobalt-others",
    ]  # fmt: skip
    (finding,) = principles.grounds[1].findings
    assert found.facts["finding", finding.id].title == "8 of OP partially aligned"
    for code in STEPS:
        step = cell(found, code, "rmi-cobalt")
        assert (step.verdict, step.actions) == (Verdict.COVERED_CONDITIONALLY, ())
        assert step.grounds[1].said is Said.NO_FINDING
    assert found.map.open() == ("OP",)


def test_what_an_owner_reports_as_implemented_is_never_shown_as_verified(seeds: Engine) -> None:
    found = page(seeds, "cobalt")
    line = found.actions["rmi-cobalt-reliance"]
    assert line.said == "Implemented as its owner reports, not verified"
    assert (line.criteria, line.our_reading) == (("OP-04", "PR-CR-1"), True)
    others = page(seeds, "cobalt", as_at=TODAY).actions["rmi-cobalt-others"]
    assert (others.said, others.action.timing) == ("Under way, unconfirmed", Timing.UNCONFIRMED)
    assert (others.expected, others.due, others.number_known) == (date(2024, 12, 31), None, False)


def test_an_aluminium_brand_sees_a_conditional_approval_and_no_verdict_for_want_of_a_result(
    seeds: Engine,
) -> None:
    found = page(seeds, "aluminium")
    assert verdicts(found, "asi-v3") == {(Verdict.NOT_KNOWN, None)}
    line = found.line("asi-v3")
    assert line.programme.approval is Approval.CONDITIONALLY_APPROVED
    assert line.decision is not None
    assert line.decision.ground is not None
    assert line.decision.ground.source == "asi-lme22"
    assert len(found.map.open()) == len(TRACK_A.requirements)


@pytest.mark.parametrize("metal", UNSETTLED)
def test_a_metal_that_the_lme_does_not_settle_is_out_of_scope_with_every_programme(seeds: Engine, metal: str) -> None:
    found = page(seeds, metal)
    assert len(found.lines) == 10
    assert {verdict for line in found.lines for verdict in verdicts(found, line.id)} == {(Verdict.OUT_OF_SCOPE, None)}
    assert {line.scope.reason for line in found.lines} == {f"the LME settles no contract in {metal} physically"}
    assert found.metal_ground is not None
    assert found.metal_ground.source == "tele24"


@pytest.mark.parametrize("metal", ["tin", "cobalt"])
def test_a_metal_that_all_minerals_excludes_is_out_of_its_scope(seeds: Engine, metal: str) -> None:
    found = page(seeds, metal)
    assert verdicts(found, "rmi-all-minerals") == {(Verdict.OUT_OF_SCOPE, None)}
    assert found.line("rmi-all-minerals").scope.reason == f"{metal} is excluded"


@pytest.mark.parametrize(
    ("metal", "inside"),
    [
        ("aluminium", ["asi-v3", "chinese-guidelines-2", "rmi-all-minerals"]),
        ("copper", ["chinese-guidelines-2", "jdds-copper-mark", "lbma-rgg-9", "rmi-all-minerals", "jdds-rmap"]),
        ("lead", ["chinese-guidelines-2", "jdds-copper-mark", "lbma-rgg-9", "rmi-all-minerals", "jdds-rmap"]),
        ("nickel", ["chinese-guidelines-2", "jdds-copper-mark", "lbma-rgg-9", "rmi-all-minerals", "jdds-rmap"]),
        ("zinc", ["chinese-guidelines-2", "jdds-copper-mark", "lbma-rgg-9", "rmi-all-minerals", "jdds-rmap"]),
        ("cobalt", ["chinese-guidelines-2", "rmi-cobalt"]),
        ("tin", ["chinese-guidelines-2", "lbma-rgg-9", "rmi-tin-tantalum", "ita-rmi-rmap", "ita-rmi-tin-code"]),
    ],
)
def test_each_metal_that_the_lme_settles_has_its_programmes(seeds: Engine, metal: str, inside: list[str]) -> None:
    assert [line.id for line in page(seeds, metal).inside] == inside


def test_the_gold_guidance_is_listed_for_refineries_of_several_metals_as_not_known_with_its_condition(
    seeds: Engine,
) -> None:
    found = page(seeds, "nickel")
    assert verdicts(found, "lbma-rgg-9") == {(Verdict.NOT_KNOWN, None)}
    assert "refinery of several metals" in found.line("lbma-rgg-9").scope.condition


def test_a_declaration_by_the_full_copper_mark_criteria_counts_as_the_joint_standard_with_the_copper_mark(
    seeds: Engine,
) -> None:
    found = page(seeds, "copper", programmes=["copper-mark-criteria"])
    assert found.declared == ("jdds-copper-mark",)
    (equivalent,) = found.equivalents
    assert equivalent.fact.ground is not None
    assert equivalent.fact.ground.place == "section 3.1, third paragraph"


def test_a_refiner_is_not_asked_what_only_downstream_companies_owe(seeds: Engine) -> None:
    found = page(seeds, "copper", stage="refiner")
    assert [row.code for row in found.map.rows if not row.asked] == ["2.D", "3.E"]
    assert found.cell("2.D", "jdds-copper-mark") is None
    assert "2.D" not in found.map.open(["lbma-rgg-9"])


def test_a_mine_and_a_downstream_company_are_out_of_the_scope_of_a_refiners_standard(seeds: Engine) -> None:
    for stage, reason in (("mine", "mines"), ("downstream", "downstream companies")):
        found = page(seeds, "cobalt", stage=stage)
        assert verdicts(found, "rmi-cobalt") == {(Verdict.OUT_OF_SCOPE, None)}
        assert found.line("rmi-cobalt").scope.reason == f"{reason} are not among its stages"


def test_the_programmes_themselves_stand_apart_from_what_is_asked_of_a_brand(seeds: Engine) -> None:
    found = page(seeds, "cobalt")
    assert [(section.code, part) for section, part in found.own_heads] == [
        ("C", Part.STANDARDS), ("C", Part.IMPLEMENTATION), ("D", Part.GOVERNANCE),
    ]  # fmt: skip
    said = {line.id: [(each.label, each.small) for each in cells] for line, cells in found.own}
    assert said["rmi-cobalt"] == [
        ("Fully aligned", "whole part"), ("No finding published", ""), ("Not published", ""),
    ]  # fmt: skip
    assert said["chinese-guidelines-2"] == [("Complete", ""), ("In progress", ""), ("Not published", "")]
    own = {criterion for section in "CD" for criterion in _codes_of(section)}
    assert not own & {c.code for row in found.map.rows if row.question for c in row.question.criteria}


def _codes_of(section: str) -> Sequence[str]:
    return [criterion.code for criterion in CATALOGUE.criteria if criterion.section == section]


def test_a_programme_on_the_equivalence_route_has_no_result_by_part(seeds: Engine) -> None:
    found = page(seeds, "tin")
    assert {line.id: cells for line, cells in found.own}["rmi-tin-tantalum"] == ()


# --- two times ---------------------------------------------------------------------------------------------


def test_before_a_by_date_the_approval_is_not_known_and_before_a_first_decision_there_is_none(
    seeds: Engine,
) -> None:
    found = page(seeds, "copper", as_at=date(2021, 10, 1))
    assert found.line("chinese-guidelines-2").programme.approval is Approval.NOT_KNOWN
    assert verdicts(found, "chinese-guidelines-2") == {(Verdict.NOT_KNOWN, None)}
    assert found.line("jdds-copper-mark").programme.approval is Approval.NONE
    assert verdicts(found, "jdds-copper-mark") == {(Verdict.NOT_APPROVED, None)}


def test_the_joint_standard_with_the_copper_mark_was_covered_only_conditionally_in_2022(
    seeds: Engine,
) -> None:
    found = page(seeds, "copper", as_at=date(2022, 6, 1))
    assert verdicts(found, "jdds-copper-mark") == {(Verdict.COVERED_CONDITIONALLY, Resolution.WHOLE_PART)}


def test_before_the_register_learned_anything_the_map_is_empty_and_says_why(seeds: Engine) -> None:
    found = looked_up(packed(seeds, "copper"), as_at=MEMO, known_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert (found.lines, found.map.programmes, found.map.smallest_sets) == ((), (), ())
    assert "learned its first fact on 2026-11-21" in found.empty_because


def test_an_empty_register_says_what_to_do(engine: Engine) -> None:
    found = looked_up(packed(engine, "copper"), as_at=MEMO)
    assert found.empty_because == "This register holds nothing yet: run “alignment load-seeds”."
    assert (found.lines, found.metal_ground) == ((), None)
    add(engine, _metal())
    found = looked_up(packed(engine, "copper"), as_at=MEMO)
    assert found.empty_because == "This register holds no fact about any programme."


def _metal() -> Any:
    from alignment.tables import Metal

    return Metal(id="copper", name="Copper", lme_settled=True)


def test_a_suspension_makes_everything_not_approved_from_its_day_on_and_only_since_it_was_learned(
    seeded_engine: Engine,
) -> None:
    later = NOW + timedelta(hours=2)
    row = Decision(id="stop", programme_id="jdds-copper-mark", act="suspended", **fact(effective_on=TODAY))
    row.recorded_at = later
    add(seeded_engine, row, at=later)
    assert verdicts(page(seeded_engine, "copper", as_at=TODAY), "jdds-copper-mark") == {(Verdict.NOT_APPROVED, None)}
    assert cell(page(seeded_engine, "copper"), "1.A", "jdds-copper-mark").verdict is Verdict.COVERED
    before = page(seeded_engine, "copper", as_at=TODAY, known_at=NOW + timedelta(hours=1))
    assert cell(before, "1.A", "jdds-copper-mark").verdict is Verdict.COVERED


def test_an_edition_that_is_superseded_is_out_of_scope_and_says_by_which(seeded_engine: Engine) -> None:
    with unit_of_work(seeded_engine) as session:
        row = session.get(Programme, "jdds-rmap")
        ledger.change(
            session, row, {"superseded_by": "jdds-copper-mark"}, actor=SEED_IMPORT, act="corrected", now=NOW
        )  # fmt: skip
    found = page(seeded_engine, "copper")
    assert found.line("jdds-rmap").scope.reason == "this edition is superseded by Joint Standard, Copper Mark"


# --- rounds, findings and ratings --------------------------------------------------------------------------


def test_findings_of_an_earlier_round_do_not_bear_on_a_newer_result(seeds: Engine) -> None:
    implementation = cell(page(seeds, "copper"), "OP", "jdds-copper-mark").grounds[1]
    assert (implementation.facts.findings, implementation.said) == ((), Said.FULLY)


def test_a_corrected_result_no_longer_counts(seeded_engine: Engine) -> None:
    corrected = Result(
        id="jdds-rmap-1-standards-fully~2", assessment_id="jdds-rmap-1", scope="standards", level="partially",
        **fact(corrects="jdds-rmap-1-standards-fully", effective_on=date(2021, 12, 16)),
    )  # fmt: skip
    add(seeded_engine, corrected)
    found = page(seeded_engine, "copper")
    assert verdicts(found, "jdds-rmap") == {(Verdict.PARTLY_COVERED, Resolution.WHOLE_PART)}


def test_a_finding_that_names_a_criterion_bears_on_its_requirement_alone(seeded_engine: Engine) -> None:
    named = Finding(
        id="f", assessment_id="jdds-rmap-1", part="standards", group="S1-A", level="partially", number=1,
        criterion="S1-A-2", **fact(),
    )  # fmt: skip
    add(seeded_engine, named)
    found = page(seeded_engine, "copper")
    assert cell(found, "1.A", "jdds-rmap").verdict is Verdict.PARTLY_COVERED
    assert cell(found, "1.B", "jdds-rmap").verdict is Verdict.COVERED_CONDITIONALLY
    assert found.facts["finding", "f"].title == "S1-A-2 partially aligned"


def rate(
    engine: Engine, assessment: str, part: str, levels: dict[str, str], *, on: date = MEMO, at: datetime = NOW
) -> None:
    rows = [
        RatingVersion(
            assessment_id=assessment, part=part, criterion=code, version=1, level=level, rated_by="x",
            rated_at=at, effective_on=on,
        )
        for code, level in levels.items()
    ]  # fmt: skip
    with unit_of_work(engine) as session:
        for row in rows:
            ledger.enter(session, row, actor=SEED_IMPORT, act="recorded", now=NOW)


def test_ratings_give_resolution_by_criterion_where_every_criterion_is_rated(seeded_engine: Engine) -> None:
    rate(seeded_engine, "jdds-rmap-1", "standards", {f"S1-A-{n}": "fully" for n in (1, 2, 3)} | {"S1-B-1": "fully"})
    found = page(seeded_engine, "copper")
    resolutions = {code: cell(found, code, "jdds-rmap").resolution for code in ("1.A", "1.B", "1.C")}
    assert resolutions == {
        "1.A": Resolution.CRITERION, "1.B": Resolution.WHOLE_PART, "1.C": Resolution.WHOLE_PART,
    }  # fmt: skip


def test_ratings_of_a_part_that_is_still_under_way_are_nobodys_to_see(seeded_engine: Engine) -> None:
    rate(seeded_engine, "jdds-rmap-1", "implementation", {f"S1-A-{n}": "not" for n in (1, 2, 3)})
    assert cell(page(seeded_engine, "copper"), "1.A", "jdds-rmap").verdict is Verdict.COVERED_CONDITIONALLY


def test_ratings_of_a_round_that_is_not_published_are_nobodys_to_see(seeded_engine: Engine) -> None:
    add(
        seeded_engine,
        Assessment(
            id="jdds-rmap-2", programme_id="jdds-rmap", edition=CATALOGUE.edition, round=2, recorded_at=NOW,
            source_id="memo-2024-09",
        ),
        PartProgress(id="p2", assessment_id="jdds-rmap-2", part="standards", progress="complete", **fact()),
    )  # fmt: skip
    rate(seeded_engine, "jdds-rmap-2", "standards", {f"S1-A-{n}": "not" for n in (1, 2, 3)})
    assert cell(page(seeded_engine, "copper"), "1.A", "jdds-rmap").verdict is Verdict.COVERED_CONDITIONALLY


def test_a_rating_made_after_the_date_is_not_held_on_it_and_one_completed_is_not_held_after_it(
    seeded_engine: Engine,
) -> None:
    rate(seeded_engine, "jdds-rmap-1", "standards", {f"S1-A-{n}": "partially" for n in (1, 2, 3)}, on=TODAY)
    assert cell(page(seeded_engine, "copper"), "1.A", "jdds-rmap").verdict is Verdict.COVERED_CONDITIONALLY
    assert cell(page(seeded_engine, "copper", as_at=TODAY), "1.A", "jdds-rmap").verdict is Verdict.PARTLY_COVERED
    known = page(seeded_engine, "copper", as_at=TODAY, known_at=NOW)
    assert cell(known, "1.A", "jdds-rmap").verdict is Verdict.PARTLY_COVERED
    with unit_of_work(seeded_engine) as session:
        for number in (1, 2, 3):
            _take_back(session, f"S1-A-{number}")
    assert cell(page(seeded_engine, "copper", as_at=TODAY), "1.A", "jdds-rmap").resolution is Resolution.WHOLE_PART


def _take_back(session: Session, code: str) -> None:
    row = RatingVersion(
        assessment_id="jdds-rmap-1", part="standards", criterion=code, version=2, level=None, rated_by="x",
        rated_at=NOW, effective_on=TODAY,
    )  # fmt: skip
    ledger.enter(session, row, actor=SEED_IMPORT, act="recorded", now=NOW)


# --- refusals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"metal": "unobtainium"}, ["unobtainium", "copper", "tungsten"]),
        ({"metal": "copper", "stage": "moon"}, ["moon", "mine, refiner, downstream"]),
        ({"metal": "copper", "programmes": ["nobody"]}, ["nobody", "jdds-copper-mark", "copper-mark-criteria"]),
        ({"metal": "copper", "programmes": ["example-polar"]}, ["example-polar", "jdds-rmap"]),
    ],
)
def test_an_unknown_word_is_refused_and_the_known_ones_are_named(
    seeds: Engine, asked: dict[str, Any], names: list[str]
) -> None:
    with pytest.raises(Refusal) as refusal:
        page(seeds, **asked)
    assert [name for name in names if name not in str(refusal.value)] == []


def test_declared_programmes_count_once_in_the_order_of_the_table(seeds: Engine) -> None:
    asked = ["jdds-rmap", "copper-mark-criteria", "jdds-copper-mark", "jdds-rmap"]
    assert page(seeds, "copper", programmes=asked).declared == ("jdds-copper-mark", "jdds-rmap")


# --- cost --------------------------------------------------------------------------------------------------


def test_the_map_takes_eight_queries_however_many_programmes_and_metals(example_engine: Engine) -> None:
    for metal, example in (("copper", False), ("tungsten", False), ("copper", True)):
        with counted_queries() as asked:
            page(example_engine, metal, example=example, as_at=TODAY)
        assert len(asked) <= 8, asked
    with counted_queries() as asked:
        page(example_engine, "copper", known_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert len(asked) <= 8, asked
    with reading(example_engine) as connection:
        status = status_facts(connection)
        with counted_queries() as asked:
            packed_coverage(connection, status, catalogue=CATALOGUE, metal="copper")
    assert len(asked) <= 8, asked


# --- the worked example ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def example(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The register with the worked example beside it, for tests that only read."""
    copy = tmp_path_factory.mktemp("coverage") / "example.sqlite3"
    copy.write_bytes(sqlite_example.read_bytes())
    yield from connected(f"sqlite:///{copy}")


def test_the_example_shows_all_three_resolutions_side_by_side(example: Engine) -> None:
    found = page(example, "copper", as_at=TODAY, example=True)
    held = {cell.resolution for row in found.map.asked for cell in row.cells}
    assert held >= set(Resolution)
    assert {line.id for line in found.lines} == {
        "example-meridian", "example-polar", "example-harbour", "example-cascade", "example-delta",
    }  # fmt: skip


def test_the_example_never_stands_among_the_programmes_of_the_register(example: Engine) -> None:
    found = page(example, "copper", as_at=TODAY)
    assert len(found.lines) == 10
    assert not [name for name in (*found.actions, *map(str, found.facts)) if "example" in name]


def test_the_example_that_is_not_loaded_says_how_to_load_it(seeds: Engine) -> None:
    found = looked_up(packed(seeds, "copper", example=True), as_at=MEMO)
    assert "alignment load-example" in found.empty_because


def test_a_follow_up_round_under_way_takes_nothing_back(example: Engine) -> None:
    during = page(example, "copper", as_at=date(2024, 10, 1), example=True)
    after = page(example, "copper", as_at=TODAY, example=True)
    assert cell(during, "2.B", "example-meridian").verdict is Verdict.PARTLY_COVERED
    assert [each.state for each in cell(during, "2.B", "example-meridian").actions] == [ActionState.IMPLEMENTED]
    assert cell(after, "2.B", "example-meridian").verdict is Verdict.COVERED
    assert cell(after, "3.B", "example-meridian").verdict is Verdict.PARTLY_COVERED


def _entries(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((folder("seeds") / "example" / f"{name}.yaml").read_text())
    return found


def _newest(assessments: Sequence[dict[str, Any]], programme: str) -> dict[str, Any]:
    mine = [each for each in assessments if each["programme"] == programme]
    return max(mine, key=lambda each: each["round"], default={"id": ""})


def _held(assessment: dict[str, Any], part: str) -> PartHeld:
    path = folder("seeds") / "example" / "ratings" / f"{assessment['id']}.csv"
    rows = list(csv.DictReader(path.read_text().splitlines())) if path.is_file() else []
    results = [each["level"] for each in assessment.get("results", []) if each["scope"] == part]
    findings = [
        Found(each["group"], each["level"], int(each["number"]), each.get("criterion"))
        for each in assessment.get("findings", [])
        if each["part"] == part
    ]
    ratings = {row["criterion"]: row["level"] for row in rows if row["part"] == part}
    return PartHeld(results[0] if results else None, ratings, findings)


STAGES = ("", *(stage.value for stage in Stage))


@pytest.mark.parametrize("metal", ["copper", "nickel", "cobalt", "tin", "lead", "aluminium"])
@pytest.mark.parametrize("stage", STAGES)
def test_an_oracle_agrees_on_every_verdict_of_the_example(example: Engine, metal: str, stage: str) -> None:
    found = page(example, metal, stage=stage, as_at=TODAY, example=True)
    assessments, decisions = _entries("assessments"), _entries("decisions")
    groups = {criterion.code: criterion.group for criterion in CATALOGUE.criteria}
    parts = {criterion.code: [str(part) for part in criterion.parts] for criterion in CATALOGUE.criteria}
    checked = 0
    for programme in _entries("programmes"):
        newest = _newest(assessments, programme["id"])
        held = {part: _held(newest, part) for part in ("standards", "implementation")}
        approval = [each["act"] for each in decisions if each["programme"] == programme["id"]][-1]
        inside = metal in programme["metals"] and (not stage or stage in programme["stages"])
        for requirement in TRACK_A.requirements:
            asked = [
                code for code in requirement.criteria
                if CATALOGUE.by_code[code].asked_at(Stage(stage) if stage else None)
            ]  # fmt: skip
            one = found.cell(requirement.code, programme["id"])
            if not asked:
                assert one is None
                continue
            assert one is not None
            expected = Oracle(asked, groups, parts).verdict(
                in_scope=inside, condition=False, approval=approval, held=held
            )
            assert (one.verdict.value, one.resolution.value if one.resolution else None) == expected, one
            checked += 1
    assert checked >= 5 * 16
    assert {verdict.value for verdict in Verdict} == set(BEST_TO_WORST)


# --- packed: any day and moment is looked up ---------------------------------------------------------------


def packed(engine: Engine, metal: str, *, example: bool = False) -> PackedCoverage:
    with reading(engine) as connection:
        status = status_facts(connection, example=example)
        return packed_coverage(connection, status, catalogue=CATALOGUE, metal=metal)


def looked_up(found: PackedCoverage, *, as_at: date, stage: str = "", **asked: Any) -> CoveragePage:
    asked = {"catalogue": CATALOGUE, "track_a": TRACK_A, "policy_age": YEAR, "first": None, **asked}
    return found.page(stage=stage, as_at=as_at, **asked)


def told(found: CoveragePage) -> dict[str, Any]:
    """All that a page and a file say of a map, grounds of single cells aside."""
    drawn = found.map
    return {
        "lines": [
            (line.row, line.programme.approval, line.scope, line.since, line.counts, line.last_report, line.age,
             line.stale)
            for line in found.lines
        ],
        "map": [(row.code, row.asked, row.judged) for row in drawn.rows],
        "programmes": [(each.id, each.name, each.approval, each.scope) for each in drawn.programmes],
        "open": (drawn.open(found.declared), drawn.closings(found.declared), drawn.conditions(found.declared)),
        "sets": (drawn.smallest_sets, drawn.impacts(found.declared)),
        "own": ([(line.id, cells) for line, cells in found.own], found.own_heads),
        "rest": (found.metals, found.metal_ground, found.declared, found.equivalents, found.named,
                 found.empty_because, found.left_out, found.first),
    }  # fmt: skip


def turning(found: PackedCoverage) -> list[date]:
    """Days before, on and after which something is held that was not."""
    days = {day for turns in found.turns.values() for day in turns.days.days if day > 1}
    days |= {day for course in found.status.courses.values() for day in course.decided.days}
    return [date.fromordinal(day + by) for day in sorted(days) for by in (-1, 0)] + [TODAY, date(2005, 1, 1)]


@pytest.mark.parametrize("metal", ["aluminium", "cobalt", "copper", "tin", "tungsten"])
@pytest.mark.parametrize("stage", ["", "refiner", "mine"])
def test_what_is_looked_up_on_any_day_is_what_is_read_and_derived_on_it(seeds: Engine, metal: str, stage: str) -> None:
    found = packed(seeds, metal)
    for day in turning(found):
        assert told(looked_up(found, stage=stage, as_at=day)) == told(page(seeds, metal, stage=stage, as_at=day)), day


def test_the_worked_example_is_looked_up_as_it_is_read(example: Engine) -> None:
    found = packed(example, "copper", example=True)
    assert len(turning(found)) > 20
    for day in turning(found):
        assert told(looked_up(found, as_at=day)) == told(page(example, "copper", as_at=day, example=True)), day


def test_every_verdict_shared_by_programmes_that_are_alike_is_that_of_their_own_cell(example: Engine) -> None:
    found = packed(example, "copper", example=True)
    for day in turning(found):
        for row in looked_up(found, as_at=day).map.asked:
            cells = [(each.verdict, each.resolution, tuple(action.id for action in each.actions)) for each in row.cells]
            assert [(each.verdict, each.resolution, each.actions) for each in row.judged] == cells


def test_a_rating_counts_only_since_it_was_given_and_only_since_its_part_is_known_to_be_complete(
    seeded_engine: Engine,
) -> None:
    given, completed = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    rate(seeded_engine, "jdds-rmap-1", "standards", {f"S1-A-{n}": "not" for n in (1, 2, 3)}, at=given)
    rate(seeded_engine, "jdds-rmap-1", "implementation", {f"S1-A-{n}": "not" for n in (1, 2, 3)}, at=NOW)
    complete = PartProgress(id="late", assessment_id="jdds-rmap-1", part="implementation", progress="complete",
                            **fact(recorded_at=completed))  # fmt: skip
    add(seeded_engine, complete, at=completed)
    found = packed(seeded_engine, "copper")
    said = []
    for hours in (0, 1, 2):
        known_at = NOW + timedelta(hours=hours)
        shown = looked_up(found, as_at=TODAY, known_at=known_at)
        assert told(shown) == told(page(seeded_engine, "copper", as_at=TODAY, known_at=known_at))
        said.append([ground.said for ground in cell(shown, "1.A", "jdds-rmap").grounds])
    assert said == [
        [Said.FULLY, Said.UNKNOWN],
        [Said.NONE_ALIGNED, Said.UNKNOWN],
        [Said.NONE_ALIGNED, Said.NONE_ALIGNED],
    ]


def test_a_map_of_one_programme_has_the_same_cells_with_the_facts_behind_them(seeds: Engine) -> None:
    whole, alone = page(seeds, "cobalt"), page(seeds, "cobalt", only=["rmi-cobalt"])
    assert [line.id for line in alone.lines] == ["rmi-cobalt"]
    assert alone.line("rmi-cobalt").since == whole.line("rmi-cobalt").since
    for row in whole.map.asked:
        one, other = cell(whole, row.code, "rmi-cobalt"), cell(alone, row.code, "rmi-cobalt")
        assert (one.verdict, one.resolution, one.grounds, one.actions) == (
            other.verdict, other.resolution, other.grounds, other.actions,
        )  # fmt: skip
        for ground in other.grounds:
            assert not ground.facts.result_id or ("result", ground.facts.result_id) in alone.facts
