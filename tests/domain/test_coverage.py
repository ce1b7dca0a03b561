"""Verdicts of coverage: every line of the model's table at every resolution, and an independent table agrees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment.domain.action import ActionState
from alignment.domain.assessment import Progress
from alignment.domain.catalogue import Catalogue, Group, Part, Position, Requirement, Section, Stage
from alignment.domain.coverage import RANK, Cell, Ground, Resolution, Said, Verdict, cover, read
from alignment.domain.coverage_facts import (
    Finding,
    Inclusion,
    OpenAction,
    PartFacts,
    Programme,
    Question,
    Ratings,
    asked,
    bits,
    include,
    packed,
    question,
)
from alignment.domain.coverage_words import needs, part_says, small, why
from alignment.domain.decision import Approval
from alignment.domain.rating import Level
from tests.domain.catalogue_108 import catalogue_108, make_catalogue, make_criterion, make_rule
from tests.domain.coverage_oracle import BEST_TO_WORST, Found, Oracle, PartHeld

FULLY, PARTIALLY, NOT, NA = Level.FULLY, Level.PARTIALLY, Level.NOT, Level.NOT_APPLICABLE
STANDARDS, IMPLEMENTATION = Part.STANDARDS, Part.IMPLEMENTATION
CATALOGUE = catalogue_108()
POLICY = Requirement("1.A", "Supply chain policy", 1, ("S1-A-1", "S1-A-2", "S1-A-3"), "")
PRINCIPLES = Requirement("OP", "Overarching principles", None, tuple(f"OP-{n:02}" for n in range(1, 13)), "")


def ask(requirement: Requirement = POLICY, stage: Stage | None = None) -> Question:
    found = asked(requirement, CATALOGUE, stage)
    assert found is not None
    return found


def rated(*levels: Level, requirement: Requirement = POLICY) -> PartFacts:
    """The criteria behind a requirement rated one by one, the rest not rated."""
    return PartFacts(ratings=packed(dict(zip(requirement.criteria, levels, strict=False)), CATALOGUE))


def whole(result: Level, *findings: Finding) -> PartFacts:
    """A published part result and nothing finer but findings."""
    return PartFacts(progress=Progress.COMPLETE, result=result, findings=findings)


def finding(group: str, level: Level, number: int = 1, criterion: str = "") -> Finding:
    bit = bits([CATALOGUE.by_code[criterion]]) if criterion else 0
    return Finding(f"{group} {level}", group, level, number, bit)


INSIDE = Inclusion(True)
CONDITIONAL = "approved conditionally."
UNDER_WAY = PartFacts(progress=Progress.IN_PROGRESS)
ALL_FULLY, WHOLE_FULLY = rated(FULLY, FULLY, FULLY), whole(FULLY)


def verdict_on(
    standards: PartFacts,
    implementation: PartFacts,
    *,
    approval: Approval = Approval.APPROVED,
    scope: Inclusion = INSIDE,
    requirement: Requirement = POLICY,
    actions: Iterable[OpenAction] = (),
) -> Cell:
    parts = {STANDARDS: standards, IMPLEMENTATION: implementation}
    return cover(ask(requirement), Programme("p", "Programme", approval, scope, parts, tuple(actions)))


# --- the words ---------------------------------------------------------------------------------------------


def test_verdicts_stand_from_best_to_worst_as_the_model_has_them() -> None:
    assert tuple(verdict.value for verdict in Verdict) == BEST_TO_WORST


def test_every_verdict_has_a_word_a_colour_and_a_mark_of_its_own() -> None:
    assert len({(verdict.label, verdict.mark) for verdict in Verdict}) == len(Verdict)
    assert Verdict.COVERED_CONDITIONALLY.label == "Covered, conditionally"
    assert {verdict.tone for verdict in Verdict} <= {"full", "part", "not", "unknown", "na"}


def test_only_covered_and_conditionally_covered_close_a_requirement() -> None:
    closing = [verdict for verdict in Verdict if not verdict.leaves_open]
    assert closing == [Verdict.COVERED, Verdict.COVERED_CONDITIONALLY]


def test_every_resolution_and_every_saying_of_a_part_can_be_printed() -> None:
    assert [each.label for each in Resolution] == ["by criterion", "group of criteria", "whole part"]
    assert all(each.says for each in Resolution)
    assert len({said.label for said in Said}) == len(Said)
    assert {said.tone for said in Said} == {"full", "na", "part", "not", "unknown"}


# --- what is asked -----------------------------------------------------------------------------------------


def positioned(*positions: Position) -> tuple[Catalogue, Requirement]:
    criteria = tuple(
        replace(
            make_criterion(f"G-{at}", parts=[STANDARDS], section="B", group="G", step=1, order=at), position=position
        )
        for at, position in enumerate(positions)
    )
    group = Group("G", "", "B", 1, "", criteria)
    catalogue = make_catalogue([Section("B", "", (group,))], make_rule([]))
    return catalogue, Requirement("1.X", "", 1, tuple(each.code for each in criteria), "")


@pytest.mark.parametrize(
    ("stage", "codes"),
    [
        (None, ["G-0", "G-1", "G-2", "G-3", "G-4"]),
        (Stage.MINE, ["G-0", "G-1", "G-2"]),
        (Stage.REFINER, ["G-0", "G-1", "G-2", "G-3"]),
        (Stage.DOWNSTREAM, ["G-0", "G-1", "G-4"]),
    ],
)
def test_only_criteria_of_the_position_stand_behind_a_requirement(stage: Stage | None, codes: list[str]) -> None:
    catalogue, requirement = positioned(
        Position.ALL, Position.GOLD, Position.UPSTREAM, Position.REFINER, Position.DOWNSTREAM
    )
    found = asked(requirement, catalogue, stage)
    assert found is not None
    assert [criterion.code for criterion in found.criteria] == codes


def test_a_requirement_with_no_criterion_of_the_position_is_not_asked() -> None:
    catalogue, requirement = positioned(Position.DOWNSTREAM, Position.DOWNSTREAM)
    assert asked(requirement, catalogue, Stage.REFINER) is None
    assert asked(requirement, catalogue, None) is not None


def test_a_criterion_that_is_not_asked_at_the_stage_does_not_count_against_a_requirement() -> None:
    catalogue, requirement = positioned(Position.ALL, Position.DOWNSTREAM)
    held = PartFacts(ratings=packed({"G-0": FULLY, "G-1": NOT}, catalogue))
    programme = Programme("p", "", Approval.APPROVED, parts={STANDARDS: held})
    verdicts = [
        cover(found, programme).verdict
        for stage in (Stage.REFINER, Stage.DOWNSTREAM)
        if (found := asked(requirement, catalogue, stage))
    ]
    assert verdicts == [Verdict.COVERED, Verdict.PARTLY_COVERED]


def test_a_question_can_be_made_of_the_criteria_about_the_programmes_themselves() -> None:
    own = question("C", "", CATALOGUE.sections[2].criteria, CATALOGUE)
    assert own is not None
    assert [part.part for part in own.parts] == [STANDARDS, IMPLEMENTATION]


def test_ratings_of_codes_that_the_edition_does_not_have_are_left_out() -> None:
    assert packed({"S1-A-1": FULLY, "XX-1": NOT}, CATALOGUE) == Ratings(fully=bits([CATALOGUE.by_code["S1-A-1"]]))


# --- scope -------------------------------------------------------------------------------------------------


def test_a_metal_that_the_lme_does_not_settle_is_out_of_scope_whoever_covers_it() -> None:
    found = include(metal="Tungsten", settled=False, covers=True)
    assert found == Inclusion(False, "the LME settles no contract in tungsten physically")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"covers": False, "excluded": True}, "tin is excluded"),
        ({"covers": False}, "tin is not among its metals"),
        ({"superseded_by": "Edition 2"}, "this edition is superseded by Edition 2"),
        ({"stages": [Stage.REFINER], "stage": Stage.MINE}, "mines are not among its stages"),
        ({"stages": [Stage.MINE], "stage": Stage.REFINER}, "smelters and refiners are not among its stages"),
        ({"stages": [Stage.MINE], "stage": Stage.DOWNSTREAM}, "downstream companies are not among its stages"),
    ],
)
def test_the_decision_on_scope_says_why(given: Mapping[str, object], reason: str) -> None:
    found = include(**{"metal": "Tin", "settled": True, "covers": True, **given})  # type: ignore[arg-type]
    assert found == Inclusion(False, reason)


def test_a_condition_comes_with_the_scope_and_no_stage_asks_for_none() -> None:
    found = include(metal="Tin", settled=True, covers=True, condition="only with gold", stages=[])
    assert found == Inclusion(True, "", "only with gold")


# --- the table, line by line -------------------------------------------------------------------------------


def test_out_of_scope_comes_before_everything() -> None:
    cell = verdict_on(ALL_FULLY, ALL_FULLY, approval=Approval.NOT_KNOWN, scope=Inclusion(False, "tin is excluded"))
    assert (cell.verdict, cell.resolution) == (Verdict.OUT_OF_SCOPE, None)
    assert (small(cell), why(cell), needs(cell)) == ("tin is excluded", "Tin is excluded.", "")


@pytest.mark.parametrize(
    ("approval", "reason"),
    [
        (Approval.NONE, "The LME has not decided on it by this date."),
        (Approval.NOT_APPROVED, "The LME decided not to approve it."),
        (Approval.SUSPENDED, "Its approval is suspended."),
        (Approval.WITHDRAWN, "Its approval is withdrawn."),
    ],
)
def test_without_a_standing_approval_nothing_is_covered_however_good_the_results(
    approval: Approval, reason: str
) -> None:
    cell = verdict_on(ALL_FULLY, ALL_FULLY, approval=approval)
    assert (cell.verdict, cell.resolution, why(cell)) == (Verdict.NOT_APPROVED, None, reason)
    assert small(cell) == approval.label.lower()
    assert needs(cell) == "an approval by the LME"


def test_an_approval_that_is_not_known_makes_the_verdict_not_known() -> None:
    cell = verdict_on(ALL_FULLY, ALL_FULLY, approval=Approval.NOT_KNOWN)
    assert (cell.verdict, cell.resolution) == (Verdict.NOT_KNOWN, None)
    assert small(cell) == "approval not known"
    assert why(cell) == "Whether the LME approved it on this date is not known."
    assert needs(cell) == "a source for the approval on this date"


@pytest.mark.parametrize("implementation", [PartFacts(), ALL_FULLY, whole(NOT), rated(PARTIALLY, FULLY, FULLY)])
def test_without_any_standards_result_the_verdict_is_not_known_whatever_implementation_says(
    implementation: PartFacts,
) -> None:
    cell = verdict_on(PartFacts(progress=Progress.COMPLETE), implementation)
    assert (cell.verdict, cell.resolution) == (Verdict.NOT_KNOWN, None)
    assert small(cell) == "no standards result held"
    assert why(cell) == "No standards result of any resolution is held for the criteria behind it."
    assert needs(cell) == "a published standards result, or ratings of all the criteria behind it"


def test_standards_rated_in_part_and_well_are_still_not_known() -> None:
    cell = verdict_on(rated(FULLY, FULLY), ALL_FULLY)
    assert cell.verdict is Verdict.NOT_KNOWN
    assert small(cell) == "standards rated in part"
    assert why(cell).startswith("1 of the 3 criteria behind it are not rated in standards")


def test_standards_rated_in_part_do_not_hide_what_implementation_shows() -> None:
    assert verdict_on(rated(FULLY), rated(PARTIALLY, FULLY, FULLY)).verdict is Verdict.PARTLY_COVERED


@pytest.mark.parametrize(
    ("standards", "implementation", "resolution"),
    [
        (rated(NOT, NOT, NOT), ALL_FULLY, Resolution.CRITERION),
        (rated(NOT, NA, NOT), ALL_FULLY, Resolution.CRITERION),
        (ALL_FULLY, rated(NOT, NOT, NOT), Resolution.CRITERION),
        (WHOLE_FULLY, whole(NOT), Resolution.WHOLE_PART),
        (whole(NOT), PartFacts(), Resolution.WHOLE_PART),
        (WHOLE_FULLY, whole(NOT, finding("S1-A", NOT, 3)), Resolution.GROUP),
        (WHOLE_FULLY, whole(FULLY, finding("S1-A", NOT, 2), finding("S1-A", NOT, 1, "S1-A-2")), Resolution.GROUP),
        (whole(NOT), rated(NOT, NOT, NOT), Resolution.CRITERION),
        (replace(rated(NOT), result=NOT), ALL_FULLY, Resolution.WHOLE_PART),
    ],
)
def test_all_criteria_not_aligned_in_a_part_is_not_covered(
    standards: PartFacts, implementation: PartFacts, resolution: Resolution
) -> None:
    cell = verdict_on(standards, implementation)
    assert (cell.verdict, cell.resolution) == (Verdict.NOT_COVERED, resolution)
    assert "not aligned" in why(cell)


@pytest.mark.parametrize(
    ("standards", "implementation", "resolution", "reason"),
    [
        (
            rated(FULLY, PARTIALLY, NOT), UNDER_WAY, Resolution.CRITERION,
            "In standards, S1-A-2 partially aligned and S1-A-3 not aligned.",
        ),
        (ALL_FULLY, rated(NOT, FULLY, FULLY), Resolution.CRITERION, "In implementation, S1-A-1 not aligned."),
        (
            WHOLE_FULLY, whole(PARTIALLY), Resolution.WHOLE_PART,
            "The implementation part as a whole is partially aligned, and no published finding says where.",
        ),
        (
            WHOLE_FULLY, whole(PARTIALLY, finding("S1-A", PARTIALLY, 2)), Resolution.GROUP,
            "In implementation, 2 criteria of S1-A partially aligned (which ones is not published).",
        ),
        (
            whole(FULLY, finding("S1-A", PARTIALLY)), WHOLE_FULLY, Resolution.GROUP,
            "In standards, one criterion of S1-A partially aligned (which one is not published).",
        ),
        (
            WHOLE_FULLY, whole(PARTIALLY, finding("S1-A", NOT, 1, "S1-A-3")), Resolution.GROUP,
            "In implementation, S1-A-3 not aligned.",
        ),
        (
            replace(rated(PARTIALLY), result=FULLY), WHOLE_FULLY, Resolution.CRITERION,
            "In standards, S1-A-1 partially aligned.",
        ),
        (
            whole(PARTIALLY), rated(FULLY, FULLY, PARTIALLY), Resolution.CRITERION,
            "The standards part as a whole is partially aligned, and no published finding says where; "
            "in implementation, S1-A-3 partially aligned.",
        ),
    ],
)  # fmt: skip
def test_anything_below_fully_aligned_is_partly_covered_and_says_where(
    standards: PartFacts, implementation: PartFacts, resolution: Resolution, reason: str
) -> None:
    cell = verdict_on(standards, implementation)
    assert (cell.verdict, cell.resolution) == (Verdict.PARTLY_COVERED, resolution)
    assert why(cell) == f"{reason}"
    assert small(cell) == resolution.label
    assert needs(cell).startswith("the criteria rated again as fully aligned; no open corrective action")


@pytest.mark.parametrize(
    ("standards", "implementation", "approval", "said"),
    [
        (ALL_FULLY, UNDER_WAY, Approval.APPROVED, "by criterion: standards"),
        (WHOLE_FULLY, UNDER_WAY, Approval.CONDITIONALLY_APPROVED, "whole part: standards"),
        (WHOLE_FULLY, PartFacts(progress=Progress.COMPLETE), Approval.APPROVED, "whole part: standards"),
        (WHOLE_FULLY, rated(FULLY, FULLY), Approval.APPROVED, "whole part: standards"),
        (ALL_FULLY, ALL_FULLY, Approval.CONDITIONALLY_APPROVED, "by criterion, approval conditional"),
        (ALL_FULLY, WHOLE_FULLY, Approval.CONDITIONALLY_APPROVED, "whole part, approval conditional"),
        (
            WHOLE_FULLY, whole(PARTIALLY, finding("OP", PARTIALLY, 8)), Approval.APPROVED,
            "whole part: standards, no finding published",
        ),
        (
            whole(PARTIALLY, finding("OP", PARTIALLY, 8)), ALL_FULLY, Approval.APPROVED,
            "group of criteria: implementation, no finding published",
        ),
        (
            whole(PARTIALLY, finding("OP", PARTIALLY)), whole(NOT, finding("PR-AU", NOT)), Approval.APPROVED,
            "group of criteria, no finding published",
        ),
    ],
)  # fmt: skip
def test_fully_aligned_standards_with_something_missing_are_covered_conditionally(
    standards: PartFacts, implementation: PartFacts, approval: Approval, said: str
) -> None:
    cell = verdict_on(standards, implementation, approval=approval)
    assert cell.verdict is Verdict.COVERED_CONDITIONALLY
    assert small(cell) == said
    assert why(cell).endswith("the programme is " + ("approved." if approval is Approval.APPROVED else CONDITIONAL))
    assert needs(cell)


@pytest.mark.parametrize(
    ("standards", "implementation", "resolution"),
    [
        (ALL_FULLY, ALL_FULLY, Resolution.CRITERION),
        (ALL_FULLY, rated(NA, FULLY, NA), Resolution.CRITERION),
        (ALL_FULLY, rated(NA, NA, NA), Resolution.CRITERION),
        (WHOLE_FULLY, WHOLE_FULLY, Resolution.WHOLE_PART),
        (ALL_FULLY, WHOLE_FULLY, Resolution.WHOLE_PART),
        (replace(rated(FULLY, FULLY), result=FULLY), ALL_FULLY, Resolution.WHOLE_PART),
        (whole(FULLY, finding("S1-B", PARTIALLY)), WHOLE_FULLY, Resolution.WHOLE_PART),
        (replace(ALL_FULLY, result=PARTIALLY), ALL_FULLY, Resolution.CRITERION),
    ],
)
def test_approved_and_fully_aligned_in_every_part_is_covered_at_its_coarsest_resolution(
    standards: PartFacts, implementation: PartFacts, resolution: Resolution
) -> None:
    cell = verdict_on(standards, implementation)
    assert (cell.verdict, cell.resolution) == (Verdict.COVERED, resolution)
    assert why(cell).endswith("the programme is approved.")
    assert (small(cell), needs(cell)) == (resolution.label, "")


def test_parts_that_say_the_same_are_told_together() -> None:
    assert why(verdict_on(WHOLE_FULLY, WHOLE_FULLY)) == (
        "The standards and implementation parts as a whole are fully aligned, and no criterion result is published; "
        "the programme is approved."
    )


def test_a_requirement_of_which_nothing_applies_has_nothing_against_it_and_says_so() -> None:
    cell = verdict_on(rated(NA, NA, NA), rated(NA, NA, NA))
    assert cell.verdict is Verdict.COVERED
    assert small(cell) == "by criterion, not applicable"
    assert why(cell).startswith("No criterion behind it applies in standards and implementation")


def test_what_is_served_only_under_a_condition_is_at_best_covered_conditionally() -> None:
    cell = verdict_on(ALL_FULLY, ALL_FULLY, scope=Inclusion(True, condition="only beside gold"))
    assert cell.verdict is Verdict.COVERED_CONDITIONALLY
    assert small(cell) == "by criterion, under a condition"
    assert why(cell).endswith("its scope names a condition: only beside gold.")
    assert needs(cell) == "evidence that the condition holds at the site"


def test_findings_without_a_part_result_leave_the_other_groups_unknown() -> None:
    held = PartFacts(findings=(finding("OP", PARTIALLY, 8),))
    assert verdict_on(held, held).verdict is Verdict.NOT_KNOWN
    assert verdict_on(held, held, requirement=PRINCIPLES).verdict is Verdict.PARTLY_COVERED


def test_a_finding_at_full_alignment_says_nothing_against_a_requirement() -> None:
    assert verdict_on(whole(FULLY, finding("S1-A", FULLY, 3)), WHOLE_FULLY).verdict is Verdict.COVERED


def test_a_rating_speaks_before_a_finding_about_the_same_criterion() -> None:
    held = replace(rated(FULLY), result=FULLY, findings=(finding("S1-A", NOT, 1, "S1-A-1"),))
    assert verdict_on(held, WHOLE_FULLY).verdict is Verdict.COVERED


def test_the_cobalt_standard_is_partly_covered_where_its_findings_lie_and_conditionally_elsewhere() -> None:
    implementation = whole(PARTIALLY, finding("OP", PARTIALLY, 8))
    cells = [
        verdict_on(WHOLE_FULLY, implementation, requirement=each, approval=Approval.CONDITIONALLY_APPROVED)
        for each in (PRINCIPLES, POLICY)
    ]
    assert [cell.verdict for cell in cells] == [Verdict.PARTLY_COVERED, Verdict.COVERED_CONDITIONALLY]
    assert [cell.resolution for cell in cells] == [Resolution.GROUP, Resolution.WHOLE_PART]


# --- actions -----------------------------------------------------------------------------------------------


def action(name: str, *codes: str, certain: bool = True) -> OpenAction:
    mask = bits(CATALOGUE.by_code[code] for code in codes)
    return OpenAction(name, name, ActionState.UNDER_WAY, criteria=mask, certain=certain and bool(codes))


ACTIONS = (action("mine", "S1-A-2"), action("other", "S2-B-1"), action("read", "S2-B-1", certain=False), action("any"))


@pytest.mark.parametrize(
    ("implementation", "named"),
    [
        (rated(FULLY, PARTIALLY, FULLY), ["mine"]),
        (whole(PARTIALLY), ["mine", "read", "any"]),
        (whole(PARTIALLY, finding("S1-A", PARTIALLY)), ["mine", "read", "any"]),
        (whole(NOT), ["mine", "read", "any"]),
        (whole(FULLY), []),
        (UNDER_WAY, []),
    ],
)
def test_open_actions_are_named_that_answer_what_keeps_a_requirement_from_being_covered(
    implementation: PartFacts, named: list[str]
) -> None:
    cell = verdict_on(WHOLE_FULLY, implementation, actions=ACTIONS)
    assert [each.id for each in cell.actions] == named


def test_what_is_needed_counts_the_open_actions() -> None:
    one = verdict_on(WHOLE_FULLY, rated(PARTIALLY, FULLY, FULLY), actions=[action("a", "S1-A-1")])
    two = verdict_on(WHOLE_FULLY, whole(PARTIALLY), actions=ACTIONS[::3])
    assert needs(one) == "1 open corrective action verified, and the criteria rated again as fully aligned"
    assert needs(two).startswith("2 open corrective actions verified")


# --- what one part says ------------------------------------------------------------------------------------


def ground(facts: PartFacts) -> Ground:
    return read(ask().parts[1], facts)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (ALL_FULLY, "Every criterion behind it that applies is fully aligned in implementation."),
        (rated(NA, NA, NA), "No criterion behind it applies in implementation."),
        (
            WHOLE_FULLY,
            "The implementation part as a whole is fully aligned, and no criterion result is published.",
        ),
        (PartFacts(), "No result of implementation is held."),
        (PartFacts(progress=Progress.NOT_STARTED), "No result of implementation is held, it has not started."),
        (UNDER_WAY, "No result of implementation is held, it is in progress."),
        (PartFacts(progress=Progress.COMPLETE), "No result of implementation is held, though it is complete."),
        (
            whole(PARTIALLY, finding("OP", PARTIALLY)),
            "The implementation part is partially aligned, and no finding is published in its group.",
        ),
        (rated(NOT, NOT, NOT), "In implementation, S1-A-1, S1-A-2, S1-A-3 not aligned."),
    ],
)
def test_each_part_says_what_it_shows(facts: PartFacts, says: str) -> None:
    assert part_says(ask(), ground(facts)) == says


def test_the_counts_of_a_part_add_up_to_its_criteria_and_name_what_is_not_rated() -> None:
    counts = ground(rated(FULLY, NA)).counts
    assert counts == ((FULLY, 1), (NA, 1), (None, 1))


def test_a_requirement_names_its_criteria_by_their_bits() -> None:
    mask = ground(rated(FULLY, FULLY)).unrated
    assert [criterion.code for criterion in ask().named(mask)] == ["S1-A-3"]


# --- an independent table agrees ---------------------------------------------------------------------------

GROUPS = {"G1": 3, "G2": 2, "OWN": 2}
LEVELS = st.sampled_from([level.value for level in Level])


Codes = tuple[tuple[str, str], ...]
CODES: Codes = tuple((f"{group}-{at}", group) for group, size in GROUPS.items() for at in range(size))


@dataclass(frozen=True)
class Scene:
    """A requirement in a small catalogue, and facts about one programme, in plain words."""

    parts: Mapping[str, list[str]]
    behind: list[str]
    held: Mapping[str, PartHeld]
    approval: str
    in_scope: bool
    condition: bool

    @property
    def asked(self) -> Question:
        found = asked(Requirement("R", "", 1, tuple(self.behind), ""), self.catalogue, None)
        assert found is not None
        return found

    @cached_property
    def catalogue(self) -> Catalogue:
        criteria = [
            make_criterion(
                code, parts=map(Part, self.parts[code]), section="B", group=group, step=1, order=at
            )
            for at, (code, group) in enumerate(CODES)
        ]  # fmt: skip
        groups = tuple(
            Group(name, "", "B", 1, "", tuple(each for each in criteria if each.group == name)) for name in GROUPS
        )
        return make_catalogue([Section("B", "", groups)], make_rule([]))

    @property
    def programme(self) -> Programme:
        scope = Inclusion(self.in_scope, "x is excluded", "only there" if self.condition else "")
        parts = {Part(word): self.facts(its) for word, its in self.held.items()}
        return Programme("p", "P", Approval(self.approval), scope, parts)

    def facts(self, its: PartHeld) -> PartFacts:
        findings = tuple(
            Finding(str(at), each.group, Level(each.level), each.number, self.bit(each.criterion))
            for at, each in enumerate(its.findings)
        )
        ratings = packed({code: Level(level) for code, level in its.ratings.items()}, self.catalogue)
        return PartFacts(result=Level(its.result) if its.result else None, ratings=ratings, findings=findings)

    def bit(self, code: str | None) -> int:
        return bits([self.catalogue.by_code[code]]) if code else 0

    @property
    def cell(self) -> Cell:
        return cover(self.asked, self.programme)


@st.composite
def parts_held(draw: st.DrawFn) -> PartHeld:
    ratings = draw(st.dictionaries(st.sampled_from([code for code, _ in CODES]), LEVELS, max_size=len(CODES)))
    findings = []
    for _ in range(draw(st.integers(0, 3))):
        code, group = draw(st.sampled_from(CODES))
        level, number = draw(LEVELS), draw(st.integers(1, 3))
        findings.append(Found(group, level, number) if draw(st.booleans()) else Found(group, level, 1, code))
    return PartHeld(draw(st.sampled_from([None, "fully", "partially", "not"])), ratings, findings)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    places = st.sampled_from([["standards"], ["standards", "implementation"]])
    of_the_brand = [code for code, group in CODES if group != "OWN"]
    return Scene(
        parts={code: draw(places) for code, _ in CODES},
        behind=sorted(draw(st.lists(st.sampled_from(of_the_brand), min_size=1, unique=True))),
        held={part: draw(parts_held()) for part in ("standards", "implementation")},
        approval=draw(st.sampled_from([each.value for each in Approval])),
        in_scope=draw(st.sampled_from([True, True, True, False])),
        condition=draw(st.booleans()),
    )


@settings(max_examples=700)
@given(scenes())
def test_an_independently_written_table_agrees_on_random_facts(scene: Scene) -> None:
    oracle = Oracle(scene.behind, dict(CODES), scene.parts)
    expected = oracle.verdict(
        in_scope=scene.in_scope, condition=scene.condition, approval=scene.approval, held=scene.held
    )
    cell = scene.cell
    assert (cell.verdict.value, cell.resolution.value if cell.resolution else None) == expected


@settings(max_examples=200)
@given(scenes())
def test_every_verdict_can_be_said_in_words(scene: Scene) -> None:
    cell = scene.cell
    assert small(cell)
    assert why(cell)[0] == why(cell)[0].upper()
    assert why(cell).endswith(".")
    assert "None" not in why(cell) + small(cell) + needs(cell)
    assert bool(needs(cell)) is (cell.verdict not in (Verdict.COVERED, Verdict.OUT_OF_SCOPE))


@settings(max_examples=200)
@given(scenes(), st.sampled_from(CODES))
def test_raising_a_rating_to_fully_never_worsens_a_verdict_that_is_known(scene: Scene, code: tuple[str, str]) -> None:
    held = {word: replace(its, ratings={**its.ratings, code[0]: "fully"}) for word, its in scene.held.items()}
    before, after = scene.cell.verdict, replace(scene, held=held).cell.verdict
    if Verdict.NOT_KNOWN not in (before, after):
        assert RANK[after] <= RANK[before]
