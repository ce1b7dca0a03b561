"""What several programmes do together: union, open requirements, smallest sets, losses and additions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment.domain.catalogue import Catalogue, Group, Part, Position, Requirement, Section, Stage, TrackA
from alignment.domain.coverage import Verdict
from alignment.domain.coverage_facts import Finding, Inclusion, PartFacts, Programme
from alignment.domain.coverage_map import (
    LIMITS,
    MOST_IN_SETS,
    CoverageMap,
    Metal,
    draw,
    lost,
    smallest_sets,
    tally,
    union,
)
from alignment.domain.decision import Approval
from alignment.domain.rating import Level
from tests.domain import coverage_oracle
from tests.domain.catalogue_108 import make_catalogue, make_criterion, make_rule

COPPER = Metal("copper", "Copper", True)
COVERED, CONDITIONALLY, PARTLY = Verdict.COVERED, Verdict.COVERED_CONDITIONALLY, Verdict.PARTLY_COVERED
NOT_KNOWN, NOT_APPROVED, OUTSIDE = Verdict.NOT_KNOWN, Verdict.NOT_APPROVED, Verdict.OUT_OF_SCOPE
WHOLE, NOTHING, INSIDE = PartFacts(result=Level.FULLY), PartFacts(), Inclusion(True)


def small_catalogue() -> Catalogue:
    """Two criteria each behind OP and 1.A, and one behind 2.D that is asked downstream alone."""
    groups, order = [], 0
    for code, section, size in (("OP", "A", 2), ("S1-A", "B", 2), ("S2-D", "B", 1)):
        criteria = []
        for number in range(1, size + 1):
            made = make_criterion(
                f"{code}-{number}", parts=(Part.STANDARDS, Part.IMPLEMENTATION), section=section, group=code,
                step=None, order=order,
            )  # fmt: skip
            criteria.append(replace(made, position=Position.DOWNSTREAM) if code == "S2-D" else made)
            order += 1
        groups.append(Group(code, "", section, None, "", tuple(criteria)))
    return make_catalogue([Section("A", "", (groups[0],)), Section("B", "", (groups[1], groups[2]))], make_rule([]))


CATALOGUE = small_catalogue()
REQUIREMENTS = tuple(
    Requirement(code, f"Title of {code}", None, tuple(c.code for c in CATALOGUE.criteria if c.group == group), "")
    for code, group in (("OP", "OP"), ("1.A", "S1-A"), ("2.D", "S2-D"))
)
TRACK_A = TrackA("oecd-minerals-2018", REQUIREMENTS, (), "", "")


def programme(
    name: str,
    approval: Approval = Approval.APPROVED,
    *,
    standards: PartFacts = WHOLE,
    implementation: PartFacts = WHOLE,
    scope: Inclusion = INSIDE,
) -> Programme:
    return Programme(
        name, f"Programme {name}", approval, scope, {Part.STANDARDS: standards, Part.IMPLEMENTATION: implementation}
    )


FULL = programme("full")
PENDING = programme("pending", Approval.CONDITIONALLY_APPROVED, implementation=NOTHING)
FOUND = programme(
    "found",
    Approval.CONDITIONALLY_APPROVED,
    implementation=PartFacts(result=Level.PARTIALLY, findings=(Finding("f", "OP", Level.PARTIALLY, 1),)),
)
BLANK = programme("blank", standards=NOTHING, implementation=NOTHING)
ELSEWHERE = programme("elsewhere", scope=Inclusion(False, "copper is excluded"))


def mapped(*programmes: Programme, stage: Stage | None = None) -> CoverageMap:
    return draw(
        as_at=date(2024, 9, 30), metal=COPPER, stage=stage, programmes=programmes, catalogue=CATALOGUE, track_a=TRACK_A
    )


# --- the map -----------------------------------------------------------------------------------------------


def test_the_map_has_a_row_for_each_requirement_and_a_cell_for_each_programme() -> None:
    found = mapped(FULL, FOUND)
    assert [row.code for row in found.rows] == ["OP", "1.A", "2.D"]
    assert [[cell.programme.id for cell in row.cells] for row in found.rows] == [["full", "found"]] * 3
    assert found.offers == {"full": (COVERED,) * 3, "found": (PARTLY, CONDITIONALLY, CONDITIONALLY)}


def test_a_cell_is_found_by_its_programme() -> None:
    row = mapped(FULL, FOUND).rows[0]
    cell = row.cell("found")
    assert cell is not None
    assert cell.verdict is PARTLY
    assert row.cell("nobody") is None


def test_without_a_stage_every_requirement_is_asked() -> None:
    assert mapped(BLANK).open() == ("OP", "1.A", "2.D")


def test_what_the_stage_does_not_ask_has_no_cells_and_is_never_open() -> None:
    found = mapped(BLANK, stage=Stage.REFINER)
    assert [row.asked for row in found.rows] == [True, True, False]
    assert found.rows[2].cells == ()
    assert found.open() == ("OP", "1.A")
    assert found.offers == {"blank": (NOT_KNOWN, NOT_KNOWN)}


def test_with_no_programme_at_all_everything_is_open_and_there_is_no_set() -> None:
    found = mapped()
    assert found.open() == ("OP", "1.A", "2.D")
    assert found.best() == {"OP": None, "1.A": None, "2.D": None}
    assert found.smallest_sets == ()


def test_the_standing_limits_say_whom_a_rating_judges_who_certifies_and_who_stays_responsible() -> None:
    for words in ("judges a programme", "OECD certifies nobody", "responsibility", "never counts as covered"):
        assert words in LIMITS


# --- together ----------------------------------------------------------------------------------------------


def test_a_requirement_takes_its_best_verdict_over_the_programmes_that_are_declared() -> None:
    found = mapped(FULL, FOUND, BLANK)
    assert found.best(["found", "blank"]) == {"OP": PARTLY, "1.A": CONDITIONALLY, "2.D": CONDITIONALLY}
    assert found.open(["found", "blank"]) == ("OP",)
    assert found.open(["blank"]) == ("OP", "1.A", "2.D")


def test_without_declared_programmes_all_listed_ones_count() -> None:
    assert mapped(FULL, FOUND, BLANK).open() == ()


def test_losing_a_programme_shows_what_becomes_of_each_requirement_that_rested_on_it() -> None:
    changes = mapped(FULL, PENDING).if_lost("full")
    assert [(change.requirement.code, change.before, change.after) for change in changes] == [
        (code, COVERED, CONDITIONALLY) for code in ("OP", "1.A", "2.D")
    ]


def test_losing_the_only_programme_leaves_nothing_approved() -> None:
    changes = mapped(FULL, PENDING).if_lost("full", ["full"])
    assert {(change.before, change.after) for change in changes} == {(COVERED, NOT_APPROVED)}


def test_losing_a_programme_that_adds_nothing_changes_nothing() -> None:
    assert mapped(FULL, PENDING).if_lost("pending") == ()


def test_what_lies_outside_a_programmes_scope_stays_there_when_it_loses_approval() -> None:
    assert lost([COVERED, OUTSIDE, NOT_KNOWN]) == (NOT_APPROVED, OUTSIDE, NOT_APPROVED)


def test_adding_a_programme_shows_what_it_would_close() -> None:
    changes = mapped(FULL, FOUND, BLANK).if_added("full", ["found"])
    assert [(change.requirement.code, change.before, change.after) for change in changes] == [
        ("OP", PARTLY, COVERED), ("1.A", CONDITIONALLY, COVERED), ("2.D", CONDITIONALLY, COVERED),
    ]  # fmt: skip


def test_every_programme_in_scope_has_its_loss_or_its_addition_worked_out() -> None:
    impacts = mapped(FULL, FOUND, BLANK, ELSEWHERE).impacts(["found"])
    assert [(each.programme, each.counts, len(each.changes)) for each in impacts] == [
        ("full", False, 3), ("found", True, 3), ("blank", False, 0),
    ]  # fmt: skip
    stopped = programme("stopped", Approval.SUSPENDED)
    assert [each.programme for each in mapped(FULL, stopped).impacts(["full", "stopped"])] == ["full"]
    assert [each.programme for each in mapped(FULL, stopped).impacts(["full"])] == ["full", "stopped"]


def test_what_would_close_a_requirement_names_who_covers_it_already_and_what_the_declared_ones_lack() -> None:
    (closing,) = mapped(FULL, FOUND, BLANK, ELSEWHERE).closings(["found", "elsewhere"])
    assert [requirement.code for requirement in closing.requirements] == ["OP"]
    assert (closing.best, closing.by) == (PARTLY, ("full",))
    assert [each for each, _ in closing.needs] == ["found"]
    assert closing.needs[0][1].startswith("the criteria rated again as fully aligned")


def test_requirements_that_the_same_would_close_are_told_together() -> None:
    (closing,) = mapped(PENDING, BLANK).closings(["blank"])
    assert [requirement.code for requirement in closing.requirements] == ["OP", "1.A", "2.D"]
    assert closing.by == ("pending",)


def test_what_would_lift_a_condition_names_who_covers_without_one_and_what_the_best_lack() -> None:
    drawn = mapped(FULL, PENDING, BLANK)
    (lifting,) = drawn.conditions(["pending", "blank"])
    assert (lifting.best, lifting.by) == (CONDITIONALLY, ("full",))
    assert [each for each, _ in lifting.needs] == ["pending"]
    assert lifting.needs[0][1] == "a fully aligned implementation result for it and full approval by the LME"
    assert drawn.conditions() == ()


def test_changes_are_counted_by_what_they_change() -> None:
    changes = mapped(FULL, FOUND).if_lost("full")
    assert tally(changes) == ((COVERED, PARTLY, 1), (COVERED, CONDITIONALLY, 2))


def test_nothing_open_needs_no_closing() -> None:
    assert mapped(FULL).closings() == ()


# --- the smallest sets -------------------------------------------------------------------------------------

OFFERS = st.integers(0, 4).flatmap(
    lambda width: st.dictionaries(
        st.sampled_from("abcdefg"), st.lists(st.sampled_from(list(Verdict)), min_size=width, max_size=width), max_size=7
    )
)


@settings(max_examples=600)
@given(OFFERS)
def test_trying_every_set_finds_the_same_smallest_sets(offers: dict[str, list[Verdict]]) -> None:
    width = len(next(iter(offers.values()), []))
    expected = coverage_oracle.smallest_sets(offers) if width else []
    assert smallest_sets(offers) == tuple(expected)


@settings(max_examples=300)
@given(OFFERS)
def test_every_smallest_set_gets_the_best_verdict_on_everything(offers: dict[str, list[Verdict]]) -> None:
    width = len(next(iter(offers.values()), []))
    for chosen in smallest_sets(offers) or ():
        assert union({each: offers[each] for each in chosen}, width) == union(offers, width)


def test_ties_stand_in_order_of_programme_id() -> None:
    offers = {"z": [COVERED, NOT_KNOWN], "a": [NOT_KNOWN, COVERED], "m": [NOT_KNOWN, COVERED]}
    assert smallest_sets(offers) == (("a", "z"), ("m", "z"))


def test_a_greedy_choice_would_miss_the_smallest_set() -> None:
    offers = {
        "big": [COVERED, COVERED, COVERED, COVERED, NOT_KNOWN, NOT_KNOWN],
        "left": [COVERED, COVERED, NOT_KNOWN, NOT_KNOWN, COVERED, NOT_KNOWN],
        "right": [NOT_KNOWN, NOT_KNOWN, COVERED, COVERED, NOT_KNOWN, COVERED],
    }
    assert smallest_sets(offers) == (("left", "right"),)


def test_where_all_lies_outside_every_scope_each_programme_alone_is_a_smallest_set() -> None:
    assert smallest_sets({"b": [OUTSIDE], "a": [OUTSIDE]}) == (("a",), ("b",))


@pytest.mark.parametrize("seed", range(3))
def test_twenty_programmes_are_worked_out_exactly(seed: int) -> None:
    random = Random(seed)
    offers = {f"p{at:02}": [random.choice([COVERED, NOT_KNOWN, NOT_KNOWN]) for _ in range(18)] for at in range(20)}
    found = smallest_sets(offers)
    assert found
    best = union(offers, 18)
    assert all(union({each: offers[each] for each in chosen}, 18) == best for chosen in found)
    assert found == tuple(coverage_oracle.smallest_sets(offers))


def test_beyond_twenty_programmes_nothing_is_claimed_but_idle_ones_do_not_count() -> None:
    many = {f"p{at:02}": [COVERED] for at in range(MOST_IN_SETS + 1)}
    assert smallest_sets(many) is None
    idle = {f"p{at:02}": [NOT_KNOWN] for at in range(MOST_IN_SETS + 1)}
    assert smallest_sets({**idle, "best": [COVERED]}) == (("best",),)
