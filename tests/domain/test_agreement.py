"""Cohen's kappa of two assessors, against figures worked out by hand and against its own laws."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.agreement import agreement
from alignment.domain.rating import Level

FULLY, PARTIALLY, NOT, NONE = Level
LEVELS = st.sampled_from(list(Level))
PAIRS = st.lists(st.tuples(LEVELS, LEVELS), max_size=60)


def test_kappa_of_a_two_by_two_table_worked_out_by_hand() -> None:
    # 20 and 15 on the diagonal, 5 and 10 beside it: seen 35/50, by chance 1/2.
    pairs = [(FULLY, FULLY)] * 20 + [(FULLY, NOT)] * 5 + [(NOT, FULLY)] * 10 + [(NOT, NOT)] * 15
    found = agreement(pairs)
    assert (found.both, found.agreed) == (50, 35)
    assert (found.observed, found.expected, found.kappa) == (Fraction(7, 10), Fraction(1, 2), Fraction(2, 5))
    assert found.row(FULLY) == (20, 0, 5, 0)
    assert found.row(NOT) == (10, 0, 15, 0)


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        ([(FULLY, FULLY), (NOT, NOT)], Fraction(1)),
        ([(FULLY, NOT), (NOT, FULLY)], Fraction(-1)),
        ([(FULLY, FULLY), (FULLY, NOT), (NOT, FULLY), (NOT, NOT)], Fraction(0)),
        ([(FULLY, FULLY), (PARTIALLY, PARTIALLY), (NOT, NONE)], Fraction(4, 7)),
        ([(FULLY, FULLY)] * 3, None),
        ([], None),
    ],
)
def test_kappa_is_one_for_the_same_zero_for_chance_and_none_where_chance_explains_all(
    pairs: list[tuple[Level, Level]], kappa: Fraction | None
) -> None:
    assert agreement(pairs).kappa == kappa


@given(PAIRS)
def test_kappa_does_not_ask_who_is_first_nor_in_which_order(pairs: list[tuple[Level, Level]]) -> None:
    found = agreement(pairs)
    assert agreement([(other, one) for one, other in reversed(pairs)]).kappa == found.kappa
    assert found.both == len(pairs) == sum(sum(found.row(level)) for level in Level)


@given(PAIRS)
def test_kappa_is_at_most_one_and_one_only_where_all_agree(pairs: list[tuple[Level, Level]]) -> None:
    found = agreement(pairs)
    if found.kappa is not None:
        assert -1 <= found.kappa <= 1
        assert (found.kappa == 1) is (found.agreed == found.both)
