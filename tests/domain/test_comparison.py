"""Programmes side by side: compared only as finely as results are held, and never by what is not known."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.assessment import Progress
from alignment.domain.catalogue import Part
from alignment.domain.comparison import MOST, Agreement, Grain, PartTable, Row, chosen, compare
from alignment.domain.coverage import Resolution, Said
from alignment.domain.coverage_facts import Finding, PartFacts, Programme, bits, packed
from alignment.domain.decision import Approval
from alignment.domain.rating import Level
from alignment.domain.refusal import Refusal
from tests.domain.catalogue_108 import catalogue_108

CATALOGUE = catalogue_108()
STANDARDS = Part.STANDARDS
NOTHING = PartFacts()
FULLY, PARTIALLY = (PartFacts(Progress.COMPLETE, level) for level in (Level.FULLY, Level.PARTIALLY))


def rated(**levels: Level) -> PartFacts:
    """All standards criteria fully aligned but those named, with _ for the hyphen of a code."""
    held = {each.code: Level.FULLY for each in CATALOGUE.in_part[STANDARDS]}
    held |= {code.replace("_", "-"): level for code, level in levels.items()}
    return PartFacts(Progress.COMPLETE, Level.FULLY, ratings=packed(held, CATALOGUE))


def found(group: str, number: int = 1, criterion: str = "") -> PartFacts:
    bit = bits([CATALOGUE.by_code[criterion]]) if criterion else 0
    return PartFacts(Progress.COMPLETE, Level.PARTIALLY, findings=(Finding("f", group, Level.PARTIALLY, number, bit),))


def standards(*held: PartFacts, grain: Grain = Grain.GROUP) -> PartTable:
    programmes = [
        Programme(f"p{at}", f"P{at}", Approval.APPROVED, parts={STANDARDS: facts}) for at, facts in enumerate(held)
    ]
    return compare(programmes, CATALOGUE, grain)[0]


def row(table: PartTable, code: str) -> Row:
    return next(each for each in table.rows if each.code == code)


@pytest.mark.parametrize(
    ("held", "agreement"),
    [
        ((FULLY, FULLY), Agreement.SAME),
        ((FULLY, PARTIALLY), Agreement.DIFFER),
        ((FULLY, NOTHING), Agreement.NOT_KNOWN),
        ((FULLY, PARTIALLY, NOTHING), Agreement.DIFFER),
        ((NOTHING, NOTHING), Agreement.NOT_KNOWN),
    ],
)
def test_whole_parts_are_compared_by_their_results(held: tuple[PartFacts, ...], agreement: Agreement) -> None:
    assert standards(*held).whole.agreement is agreement


def test_the_result_of_a_whole_part_never_poses_as_one_of_a_group_or_criterion() -> None:
    for grain in (Grain.GROUP, Grain.CRITERION):
        table = standards(FULLY, PARTIALLY, grain=grain)
        assert not table.anything
        assert {cell.says for each in table.rows for cell in each.cells} == {Said.UNKNOWN}
        assert {each.agreement for each in table.rows} == {Agreement.NOT_KNOWN}
        assert table.differing == (table.whole,)


def test_ratings_of_criteria_are_compared_criterion_by_criterion_also_where_groups_say_the_same() -> None:
    table = standards(rated(S1_A_1=Level.PARTIALLY), rated(S1_A_2=Level.PARTIALLY))
    assert row(table, "S1-A").agreement is Agreement.DIFFER
    assert {cell.says for cell in row(table, "S1-A").cells} == {Said.BELOW}
    assert row(table, "S1-B").agreement is Agreement.SAME
    by_criterion = standards(rated(S1_A_1=Level.PARTIALLY), rated(S1_A_2=Level.PARTIALLY), grain=Grain.CRITERION)
    assert [each.code for each in by_criterion.differing] == ["S1-A-1", "S1-A-2"]
    assert len(by_criterion.rows) == len(CATALOGUE.in_part[STANDARDS])


def test_findings_by_group_are_compared_by_group_and_not_by_criterion() -> None:
    table = standards(found("OP", 8), found("OP", 2))
    assert row(table, "OP").agreement is Agreement.DIFFER
    assert row(standards(found("OP", 8), found("OP", 8)), "OP").agreement is Agreement.SAME
    assert row(table, "S1-A").agreement is Agreement.NOT_KNOWN
    assert {cell.says for cell in row(table, "S1-A").cells} == {Said.NO_FINDING}
    fine = standards(found("OP", 8), rated(), grain=Grain.CRITERION)
    assert {each.agreement for each in fine.rows} == {Agreement.NOT_KNOWN}
    assert row(standards(found("OP", 8), rated()), "OP").agreement is Agreement.DIFFER


def test_a_finding_that_names_its_criterion_is_held_by_criterion() -> None:
    table = standards(found("PR-AU", criterion="PR-AU-6"), rated(), grain=Grain.CRITERION)
    assert row(table, "PR-AU-6").cells[0].says is Said.BELOW
    assert row(table, "PR-AU-6").cells[0].resolution is Resolution.GROUP
    assert row(table, "PR-AU-6").agreement is Agreement.DIFFER
    assert row(standards(found("OP"), rated(OP_01=Level.PARTIALLY)), "OP").agreement is Agreement.SAME


def test_compared_by_part_there_are_no_finer_rows() -> None:
    assert standards(rated(), rated(), grain=Grain.PART).rows == ()


@given(st.lists(st.sampled_from([NOTHING, FULLY, PARTIALLY, rated(), found("OP")]), min_size=2, max_size=4))
def test_the_order_of_programmes_makes_no_difference(held: list[PartFacts]) -> None:
    said = {
        tuple(each.agreement for each in (table.whole, *table.rows))
        for table in (standards(*order) for order in list(permutations(held))[:6])
    }
    assert len(said) == 1


@given(st.lists(st.sampled_from([FULLY, PARTIALLY, rated(), found("OP")]), min_size=2, max_size=4))
def test_what_is_not_known_of_one_makes_no_row_differ_or_agree(held: list[PartFacts]) -> None:
    before, after = standards(*held), standards(*held, NOTHING)
    for was, now in zip((before.whole, *before.rows), (after.whole, *after.rows), strict=True):
        assert now.agreement is (Agreement.DIFFER if was.agreement is Agreement.DIFFER else Agreement.NOT_KNOWN)


def test_programmes_are_shown_in_the_order_of_print_each_once() -> None:
    assert chosen(["c", "a", "c"], ["a", "b", "c"], []) == ("a", "c")
    assert chosen([], ["a", "b", "c"], ["b", "c"]) == ("b", "c")
    many = [str(number) for number in range(9)]
    assert chosen([], many, many) == tuple(many[:MOST])


def test_too_many_or_unknown_programmes_are_refused() -> None:
    many = [str(number) for number in range(MOST + 1)]
    with pytest.raises(Refusal, match="7 programmes are too many to read side by side: choose at most 6"):
        chosen(many, many, [])
    with pytest.raises(Refusal, match="“x” is not known as programme; known are a"):
        chosen(["x"], ["a"], [])
    with pytest.raises(Refusal, match="known are none"):
        chosen(["x"], [], [])


def test_every_grain_and_agreement_has_a_word() -> None:
    assert [each.label for each in Grain] == ["Whole part", "Group", "Criterion"]
    assert len({each.label for each in Agreement}) == len(Agreement)
