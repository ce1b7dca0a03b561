"""Figures that a producer states: what counts as shares of a whole, and what is said where they do not add up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.shares import WHOLE, does_not_add_up, figures, number, plain

CONCENTRATE = {"Chile": 28, "Indonesia": 18, "Australia": 16, "Peru": 12, "Canada": 11, "Panama": 7}


def test_shares_short_of_the_whole_say_how_much_is_not_stated() -> None:
    found = figures("sourcing_origin", CONCENTRATE)
    assert found.shares
    assert found.sum_said == "92"
    assert found.missing == 8
    assert found.sentence == "The shares add up to 92 %; nothing is stated of the other 8 %."


def test_shares_that_fill_the_whole_say_nothing() -> None:
    found = figures("secondary_material", {"domestic": 25, "abroad": 75})
    assert found.shares
    assert found.sentence == ""
    assert found.missing == 0


def test_shares_over_the_whole_say_by_how_much() -> None:
    found = figures("sourcing_origin", {"Chile": "60.5", "Peru": "45"})
    assert found.sentence == "The shares add up to 105.5 %, 5.5 % more than the whole."
    assert found.missing == 0


def test_parts_of_a_count_are_added_up_and_are_no_shares() -> None:
    found = figures("area_list", {"Africa": 24, "Asia": 12, "South America": 4, "Europe": 2})
    assert not found.shares
    assert found.counted == "24 + 12 + 4 + 2 = 42"
    assert found.sentence == ""


@pytest.mark.parametrize(
    ("field", "stated"),
    [
        ("sourcing_origin", {"tons imported": 1640000}),
        ("sourcing_origin", {"Chile": 450, "Peru": 300}),
        ("sourcing_origin", {"Chile": 28}),
        ("sourcing_origin", {"Chile": 28, "Peru": "some"}),
        ("red_flags", {"open": 3, "closed": 5}),
        ("commitment", {"track": "A", "programme": "joint-standard"}),
        ("policy", {}),
    ],
)
def test_tonnages_single_figures_words_and_other_fields_are_never_added_up(
    field: str, stated: dict[str, object]
) -> None:
    found = figures(field, stated)
    assert not found.shares
    assert found.sum is None
    assert (found.sum_said, found.sentence, found.counted) == ("", "", "")
    assert [row.label for row in found.rows] == list(stated)


@pytest.mark.parametrize(
    ("text", "said"), [("1640000", "1\u00a0640\u00a0000"), ("12.50", "12.5"), ("100", "100"), ("0.1", "0.1")]
)
def test_numbers_are_exact_and_written_as_people_write_them(text: str, said: str) -> None:
    found = number(text)
    assert found is not None
    assert plain(found) == said


@pytest.mark.parametrize("text", ["some", "", "NaN", "Infinity"])
def test_what_is_no_number_is_kept_as_text(text: str) -> None:
    assert number(text) is None
    assert figures("survey", {"kind": text}).rows[0].plain == text


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=12))
def test_tenths_of_a_percent_add_up_without_rounding(tenths: list[int]) -> None:
    shares = [Decimal(each) / 10 for each in tenths]
    assert (does_not_add_up(shares) == "") is (sum(tenths) == WHOLE * 10)
