"""The catalogue as a page, and how every programme fares on one criterion, on either database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import Engine

from alignment import tables
from alignment.catalogue import load_all
from alignment.database import reading, unit_of_work
from alignment.domain.assessment import Certainty
from alignment.domain.catalogue import Catalogue, Part, TrackA
from alignment.domain.coverage import Resolution
from alignment.domain.people import SEED_IMPORT
from alignment.domain.rating import Level
from alignment.domain.when import Precision, When
from alignment.queries.criteria import (
    CriterionPage,
    Filters,
    catalogue_page,
    criterion_page,
    illustrations,
    introduction,
    percent,
    requirements_by_step,
    weight,
)
from alignment.queries.fares import Fares, Published, tell
from alignment.queries.sources import Cited
from alignment.services import ledger
from tests.conftest import NOW, connected
from tests.web.site import counted_queries

TODAY = date(2026, 11, 21)
LATER = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
S, I, G = Part.STANDARDS, Part.IMPLEMENTATION, Part.GOVERNANCE  # noqa: E741
FULLY, PARTIALLY, NOT = Level.FULLY, Level.PARTIALLY, Level.NOT


@pytest.fixture(scope="module")
def content() -> tuple[Catalogue, TrackA]:
    catalogues, track_a = load_all()
    return catalogues[track_a.edition], track_a


@pytest.fixture
def edition(content: tuple[Catalogue, TrackA]) -> Catalogue:
    return content[0]


@pytest.fixture
def ask(seeded_engine: Engine, content: tuple[Catalogue, TrackA]) -> Any:
    """``ask("OP-03", as_at=…)`` is the page of one criterion."""
    return asking(seeded_engine, content)


def asking(engine: Engine, content: tuple[Catalogue, TrackA]) -> Any:
    def asked(code: str, as_at: date = TODAY, known_at: datetime | None = None) -> CriterionPage:
        catalogue, track_a = content
        with reading(engine) as connection:
            return criterion_page(
                connection, catalogue, track_a, catalogue.by_code[code], as_at=as_at, known_at=known_at
            )

    return asked


def of(page: CriterionPage, programme: str) -> Fares:
    return next(fare for fare in page.fares if fare.programme.id == programme)


# The catalogue


def test_without_filters_every_criterion_is_shown_once_and_in_order(edition: Catalogue) -> None:
    shown = [
        criterion.code
        for section in catalogue_page(edition).sections
        for run in section.runs
        for block in run.blocks
        for criterion in block.criteria
    ]
    assert shown == [criterion.code for criterion in edition.criteria]


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        (Filters(gating="yes"), 13),
        (Filters(gating="no"), 95),
        (Filters(part="governance"), 18),
        (Filters(section="B", position="downstream"), 7),
        (Filters(section="D", gating="yes"), 0),
    ],
)
def test_filters_narrow_the_catalogue_together(edition: Catalogue, filters: Filters, number: int) -> None:
    page = catalogue_page(edition, filters)
    assert page.number == number
    assert all(run.blocks for section in page.sections for run in section.runs)


def test_the_gates_are_named_as_whole_sections_and_single_criteria(edition: Catalogue) -> None:
    page = catalogue_page(edition)
    assert [section.code for section in page.gating_sections] == ["A"]
    assert page.gating_single == ("PR-AU-5",)


def test_an_introduction_falls_into_passages_that_keep_their_links(edition: Catalogue) -> None:
    lead, passages = introduction("Opens [here][a].\n\n## One two\n\nSays [there][a].\n\n[a]: https://x.example\n")
    assert lead == "Opens [here][a].\n\n[a]: https://x.example"
    assert [(each.id, each.title) for each in passages] == [("one-two", "One two")]
    assert passages[0].text == "Says [there][a].\n\n[a]: https://x.example"
    assert len(introduction(edition.introduction)[1]) == edition.introduction.count("\n## ")


def test_the_requirements_stand_under_their_steps(content: tuple[Catalogue, TrackA]) -> None:
    catalogue, track_a = content
    steps = requirements_by_step(track_a, catalogue)
    assert [number for number, _, _ in steps] == [0, 1, 2, 3, 4, 5]
    assert steps[1][1] == "Step 1 Management systems"
    assert [each for _, _, rows in steps for each in rows] == list(track_a.requirements)


@pytest.mark.parametrize(
    ("share", "printed"),
    [(Fraction(4, 5), "80\u00a0%"), (Fraction(121, 152), "79.6\u00a0%"), (Fraction(1), "100\u00a0%")],
)
def test_a_share_is_printed_exactly_where_it_is_whole(share: Fraction, printed: str) -> None:
    assert percent(share) == printed


def test_the_weight_says_what_a_rating_does_in_the_rule(edition: Catalogue) -> None:
    said = {code: weight(edition, edition.by_code[code]) for code in ("OP-01", "PR-AU-5", "S1-A-1", "GV-AS-1")}
    assert said["OP-01"].startswith("Gating, as is every criterion of section A")
    assert said["PR-AU-5"].startswith("Gating, chosen singly")
    assert said["S1-A-1"].startswith("Not gating: it counts with the others towards the threshold of 80")
    assert "governance stands apart" in said["GV-AS-1"]


def test_the_rule_at_work_shows_both_sides_of_its_threshold(edition: Catalogue) -> None:
    shown = {each.title: each.outcome for each in illustrations(edition)}
    assert (shown["One gate"].result, shown["One gate"].failing) == (PARTIALLY, ("PR-AU-5",))
    assert len(shown["Several gates"].failing) == 8
    enough, short = shown["Just enough"], shown["One too many"]
    assert (enough.result, short.result) == (FULLY, PARTIALLY)
    assert enough.score is not None
    assert short.score is not None
    assert enough.score >= edition.rule.threshold > short.score
    assert shown["The floor"].result is PARTIALLY


def test_a_rule_of_other_numbers_is_illustrated_by_them(edition: Catalogue) -> None:
    strict = replace(edition, rule=replace(edition.rule, threshold=Fraction(1), gating=frozenset()))
    assert [each.title for each in illustrations(strict)] == ["One too many", "The floor"]
    lenient = replace(edition, rule=replace(edition.rule, partial_credit=Fraction(1)))
    assert "One too many" not in [each.title for each in illustrations(lenient)]


# What is told of a criterion


def published(kind: str, level: Level, **more: Any) -> Published:
    given: dict[str, Any] = {
        "kind": kind, "round": 1, "label": "round 1", "part": I, "level": level, "group": "", "criterion": "",
        "number": 0, "says": "", "more": "", "effective": When(date(2024, 1, 1)), "order": 1, "cited": None,
    }  # fmt: skip
    return Published(**given | more)


WHOLE = published("result", PARTIALLY, more="published")
GROUP = published("finding", PARTIALLY, group="OP", number=8)
NAMED = published("finding", NOT, group="OP", criterion="OP-03", number=1, says="Annex II is cut short.")
RATED = published("rating", FULLY, group="OP", criterion="OP-03", says="All of it is there.")
ELSEWHERE = published("finding", PARTIALLY, group="S1-A", number=2)
OURS = replace(ELSEWHERE, cited=Cited("a-source", "A source", "", None, Certainty.OUR_READING))


@pytest.mark.parametrize(
    ("said", "resolution", "level", "words"),
    [
        ([WHOLE, GROUP, NAMED, RATED], Resolution.CRITERION, FULLY, "All of it is there."),
        ([WHOLE, GROUP, NAMED], Resolution.CRITERION, NOT, "Annex II is cut short."),
        ([WHOLE, GROUP], Resolution.GROUP, PARTIALLY, "8 of the 12 criteria of group OP are partially aligned"),
        ([WHOLE, ELSEWHERE], Resolution.WHOLE_PART, PARTIALLY, "findings are filed in group S1-A; none is filed on"),
        ([WHOLE, OURS], Resolution.WHOLE_PART, PARTIALLY, "filed in group S1-A by this register’s reading; none is"),
        ([WHOLE], Resolution.WHOLE_PART, PARTIALLY, "as a whole is partially aligned; no criterion result is"),
        ([ELSEWHERE], None, None, "No result of the part is held."),
    ],
)
def test_the_finest_that_a_round_says_is_told_and_named_as_what_it_is(
    edition: Catalogue, said: list[Published], resolution: Resolution | None, level: Level | None, words: str
) -> None:
    for order in (said, said[::-1]):
        told = tell(edition.by_code["OP-03"], I, order, 12)
        assert told is not None
        assert (told.resolution, told.level) == (resolution, level)
        assert words in told.says


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (replace(GROUP, number=12), "All 12 criteria of group OP are partially aligned."),
        (replace(GROUP, number=1), "1 of the 12 criteria of group OP is partially aligned; which one it is is not"),
    ],
)
def test_a_finding_on_a_group_says_how_many_and_never_which(edition: Catalogue, finding: Published, words: str) -> None:
    told = tell(edition.by_code["OP-03"], I, [finding], 12)
    assert told is not None
    assert words in told.says


def test_the_newest_round_is_told_and_what_earlier_ones_said_of_the_criterion_is_kept(edition: Catalogue) -> None:
    rounds = [WHOLE, NAMED, replace(WHOLE, round=2, level=FULLY), replace(WHOLE, round=3, level=FULLY)]
    told = tell(edition.by_code["OP-03"], I, rounds, 12)
    assert told is not None
    assert (told.resolution, told.level) == (Resolution.WHOLE_PART, FULLY)
    assert [(each.resolution, each.level) for each in told.earlier] == [(Resolution.CRITERION, NOT)]


def test_a_published_result_stands_before_a_computed_one_which_says_what_it_is(edition: Catalogue) -> None:
    computed = replace(WHOLE, more="computed", level=NOT, effective=When(date(2025, 1, 1)))
    told = [tell(edition.by_code["OP-03"], I, each, 12) for each in ([WHOLE, computed], [computed])]
    assert [each.level for each in told if each] == [PARTIALLY, NOT]
    assert told[1] is not None
    assert told[1].says.startswith("By the edition’s rule the part as a whole is not aligned")


def test_nothing_said_of_a_part_is_told_as_nothing(edition: Catalogue) -> None:
    assert tell(edition.by_code["OP-03"], S, [WHOLE], 12) is None
    assert tell(edition.by_code["OP-03"], I, [], 12) is None


# How programmes fare, from the seeds


def test_each_programme_is_told_at_the_resolution_that_is_published(ask: Any) -> None:
    page = ask("OP-03")
    assert [fare.programme.number for fare in page.fares] == list(range(1, 11))
    cobalt = of(page, "rmi-cobalt").told
    assert [(each.part, each.resolution) for each in cobalt] == [(S, Resolution.WHOLE_PART), (I, Resolution.GROUP)]
    assert cobalt[1].says.startswith("8 of the 12 criteria of group OP")
    assert cobalt[1].cited == Cited(
        "memo-2024-09",
        "Track A standard alignment assessment update to market",
        "section 3.2, second paragraph",
        When(date(2024, 9, 1), Precision.MONTH),
        Certainty.OUR_READING,
        "The memo says how many and on what; that they are criteria of group OP, which has twelve, is this register’s "
        "filing, as the catalogue is its own.",
    )
    assert {each.resolution for each in of(page, "asi-v3").told} == {None}
    assert "equivalence route" in of(page, "lbma-rgg-9").told[0].says
    assert page.by_resolution == (
        ("for its group", 1), ("for the part as a whole only", 4), ("not known", 5),
    )  # fmt: skip


def test_a_result_taken_over_says_what_it_rests_on(ask: Any) -> None:
    standards = of(ask("S1-A-2"), "jdds-rmap").told[0]
    assert standards.remark.startswith("Rests on: The standards result of December 2021")


def test_what_the_first_report_found_is_kept_beside_the_updated_one(ask: Any) -> None:
    told = of(ask("PR-AU-5"), "jdds-copper-mark").told[0]
    assert (told.resolution, told.level) == (Resolution.WHOLE_PART, FULLY)
    (before,) = told.earlier
    assert (before.resolution, before.level, before.round) == (Resolution.CRITERION, PARTIALLY, "first report")
    assert before.cited is not None
    assert before.cited.sure is Certainty.OUR_READING


def test_before_a_result_was_seen_nothing_is_told_of_it(ask: Any) -> None:
    told = of(ask("OP-03", as_at=date(2024, 9, 29)), "rmi-cobalt").told
    assert {each.resolution for each in told} == {None}


def test_a_programme_known_not_to_be_decided_yet_is_left_out(ask: Any) -> None:
    page = ask("OP-03", as_at=date(2023, 1, 1))
    assert "rmi-all-minerals" not in {fare.programme.id for fare in page.fares}


def test_before_the_register_learned_anything_no_programme_is_told_of(ask: Any) -> None:
    assert ask("OP-03", known_at=datetime(2020, 1, 1, tzinfo=UTC)).fares == ()


def test_a_criterion_has_its_neighbours_and_its_requirement(ask: Any) -> None:
    first, last = ask("OP-01"), ask("GV-LE-1")
    assert (first.before, last.after) == (None, None)
    assert first.after is not None
    assert (first.after.code, first.requirement.code, first.step) == ("OP-02", "OP", "")
    assert (last.requirement, ask("S3-B-1").step) == (None, "Step 3 Respond to risk")


def test_the_worked_example_is_left_out(
    seeded_sqlite_url: str, example_engine: Engine, content: tuple[Catalogue, TrackA]
) -> None:
    for without in connected(seeded_sqlite_url):
        assert asking(example_engine, content)("OP-03") == asking(without, content)("OP-03")


def test_one_criterion_takes_seven_queries_whatever_it_is(ask: Any) -> None:
    for code in ("OP-03", "PR-AU-5", "GV-AS-1"):
        with counted_queries() as asked:
            ask(code)
        assert len(asked) == 7


# Ratings


@pytest.fixture
def rated(seeded_engine: Engine) -> Engine:
    """Two versions of a published rating, and a draft of another programme's."""
    with unit_of_work(seeded_engine) as session:
        draft = tables.Assessment(
            id="all-minerals-draft", programme_id="rmi-all-minerals", edition="oecd-minerals-2018", round=2,
            recorded_at=LATER,
        )  # fmt: skip
        ledger.enter(session, draft, actor=SEED_IMPORT, act="opened", now=LATER)
        for assessment, version, level, day in (
            ("asi-v3-1", 1, "partially", 1), ("asi-v3-1", 2, "fully", 2), ("all-minerals-draft", 1, "not", 1),
        ):  # fmt: skip
            row = tables.RatingVersion(
                assessment_id=assessment, part="standards", criterion="OP-03", version=version, level=level,
                rationale=f"Version {version}.", cites_standard="clause 9", rated_by="someone", rated_at=LATER,
                effective_on=date(2026, 11, day),
            )  # fmt: skip
            ledger.enter(session, row, actor=SEED_IMPORT, act="rated", now=LATER)
    return seeded_engine


def test_a_published_rating_is_told_by_its_newest_version(rated: Engine, ask: Any) -> None:
    told = of(ask("OP-03"), "asi-v3").told[0]
    assert (told.resolution, told.level, told.says) == (Resolution.CRITERION, FULLY, "Version 2.")
    assert told.cited is not None
    assert told.cited.place == "clause 9"


def test_an_earlier_day_shows_the_version_of_that_day(rated: Engine, ask: Any) -> None:
    assert of(ask("OP-03", as_at=date(2026, 11, 1)), "asi-v3").told[0].says == "Version 1."
    assert of(ask("OP-03", as_at=date(2026, 10, 31)), "asi-v3").told[0].resolution is None
    assert of(ask("OP-03", known_at=NOW), "asi-v3").told[0].resolution is None


def test_a_rating_taken_back_is_no_longer_told(rated: Engine, ask: Any) -> None:
    with unit_of_work(rated) as session:
        row = tables.RatingVersion(
            assessment_id="asi-v3-1", part="standards", criterion="OP-03", version=3, level=None,
            rated_by="someone", rated_at=LATER, effective_on=date(2026, 11, 3),
        )  # fmt: skip
        ledger.enter(session, row, actor=SEED_IMPORT, act="rated", now=LATER)
    assert of(ask("OP-03"), "asi-v3").told[0].resolution is None


def test_a_result_entered_without_a_document_is_told_without_one(seeded_engine: Engine, ask: Any) -> None:
    with unit_of_work(seeded_engine) as session:
        row = tables.Result(
            id="asi-result", assessment_id="asi-v3-1", scope="standards", level="partially", position=99,
            effective_on=TODAY, recorded_at=LATER,
        )  # fmt: skip
        ledger.enter(session, row, actor=SEED_IMPORT, act="recorded", now=LATER)
    told = of(ask("S1-A-1"), "asi-v3").told[0]
    assert (told.level, told.cited, told.remark) == (PARTIALLY, None, "")


def test_a_draft_is_never_told(rated: Engine, ask: Any) -> None:
    assert of(ask("OP-03"), "rmi-all-minerals").told[0].resolution is None


def test_a_corrected_result_gives_way_to_its_correction(seeded_engine: Engine, ask: Any) -> None:
    with unit_of_work(seeded_engine) as session:
        held = session.get(tables.Result, "rmi-cobalt-1-standards-fully")
        assert held is not None
        values = held.model_dump() | {
            "id": f"{held.id}~2", "corrects": held.id, "level": "partially", "recorded_at": LATER,
        }  # fmt: skip
        ledger.enter(session, tables.Result(**values), actor=SEED_IMPORT, act="corrected", now=LATER)
    assert of(ask("S1-A-1"), "rmi-cobalt").told[0].level is PARTIALLY
    assert of(ask("S1-A-1", known_at=NOW), "rmi-cobalt").told[0].level is FULLY
