"""A rating is carried over where the criterion says the same, whatever its code, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from alignment.domain.carrying import carries, content_hash
from alignment.domain.catalogue import Catalogue, Criterion, Part, Position
from tests.domain.catalogue_108 import catalogue_108

CATALOGUE = catalogue_108()


def edition(change: dict[str, dict[str, Any]]) -> Catalogue:
    """The catalogue with some of its criteria changed."""

    def changed(criterion: Criterion) -> Criterion:
        return replace(criterion, **change.get(criterion.code, {}))

    sections = tuple(
        replace(
            section,
            groups=tuple(replace(each, criteria=tuple(map(changed, each.criteria))) for each in section.groups),
        )
        for section in CATALOGUE.sections
    )
    return replace(CATALOGUE, sections=sections, edition="later", digest="other")


@pytest.mark.parametrize("part", Part)
def test_within_one_edition_every_criterion_carries(part: Part) -> None:
    assert dict(carries(CATALOGUE, CATALOGUE, part)) == {each.code: each.code for each in CATALOGUE.in_part[part]}


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Other words."},
        {"title": "Another title"},
        {"look_in_text": "Look elsewhere."},
        {"look_in_practice": "Ask others."},
        {"fully_or_partially": "Another line between the two."},
        {"reference": "Step 5"},
        {"position": Position.UPSTREAM},
    ],
)
def test_a_criterion_whose_words_changed_does_not_carry(change: dict[str, Any]) -> None:
    found = carries(CATALOGUE, edition({"OP-03": change}), Part.STANDARDS)
    assert "OP-03" not in found
    assert len(found) == len(CATALOGUE.in_part[Part.STANDARDS]) - 1


def test_a_criterion_that_only_got_another_code_carries_from_the_old_one() -> None:
    found = carries(CATALOGUE, edition({"OP-03": {"code": "OP-30", "order": 900}}), Part.STANDARDS)
    assert found["OP-30"] == "OP-03"


def test_criteria_that_say_the_same_each_carry_from_their_own_code() -> None:
    alike = edition({"OP-04": {"title": "Title of OP-03"}})
    assert content_hash(alike.by_code["OP-04"]) == content_hash(alike.by_code["OP-03"])
    found = carries(alike, alike, Part.STANDARDS)
    assert (found["OP-03"], found["OP-04"]) == ("OP-03", "OP-04")
