"""What two editions of the criteria differ in."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from alignment.catalogue import load_all
from alignment.domain.catalogue import Catalogue, Criterion, Group, Position, Section
from alignment.queries.editions import Change, edition_changes


@pytest.fixture(scope="module")
def edition() -> Catalogue:
    catalogues, track_a = load_all()
    return catalogues[track_a.edition]


def with_criteria(edition: Catalogue, *criteria: Criterion) -> Catalogue:
    """Another edition with these criteria, all of one group."""
    group = Group("OP", "Principles", "A", None, "", criteria)
    return replace(edition, edition="later", sections=(Section("A", "Principles", (group,)),))


def test_an_edition_differs_in_nothing_from_itself(edition: Catalogue) -> None:
    found = edition_changes(edition, edition)
    assert (found.number, found.same) == (0, 108)


def test_new_and_gone_criteria_are_told_apart_by_their_codes(edition: Catalogue) -> None:
    first, second, *_ = edition.criteria
    new = replace(second, code="OP-99")
    found = edition_changes(edition, with_criteria(edition, first, new))
    assert found.added == (new,)
    assert [each.code for each in found.removed] == [each.code for each in edition.criteria[1:]]
    assert (found.changed, found.same) == ((), 1)


def test_every_difference_of_a_criterion_is_named_with_both_sides(edition: Catalogue) -> None:
    was = edition.criteria[0]
    now = replace(
        was, title="Another title", position=Position.UPSTREAM, external_code="M.1", parts=was.parts[:1], text="New."
    )
    later = with_criteria(edition, now)
    later = replace(later, rule=replace(later.rule, gating=frozenset()))
    (changed,) = edition_changes(edition, later).changed
    assert changed.criterion is now
    assert {change.what: (change.before, change.after) for change in changed.changes} == {
        "Title": (was.title, "Another title"),
        "Text": (was.text, "New."),
        "Judged in": ("Standards, Implementation", "Standards"),
        "Position": ("All", "Upstream"),
        "External code": ("none held", "M.1"),
        "Weight": ("gating", "not gating"),
    }


def test_the_rule_is_compared_number_by_number(edition: Catalogue) -> None:
    stricter = replace(edition, rule=replace(edition.rule, threshold=Fraction(9, 10), sensitivity=(Fraction(1),)))
    assert edition_changes(edition, stricter).rule == (
        Change("Threshold", "80\u00a0%", "90\u00a0%"),
        Change("Also shown at", "70\u00a0%, 80\u00a0%, 90\u00a0%, 100\u00a0%", "100\u00a0%"),
    )
