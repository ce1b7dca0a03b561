"""How far two assessors who rated blind agree: Cohen's kappa over the criteria that both have rated.

Cohen (1960): the share of criteria on which both gave the same level, less the share that chance would give
two people who use the levels as often as these two did, over what chance leaves. Levels are taken as names,
without weights: fully against not counts like fully against partially.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction

from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two assessors compared; exact fractions.

    ``counts`` has how often the first gave one level and the second another. ``kappa`` is None where nothing
    was rated by both, and where both gave one and the same level throughout: chance then explains everything.
    """

    counts: Mapping[tuple[Level, Level], int]
    both: int
    agreed: int
    observed: Fraction | None
    expected: Fraction | None
    kappa: Fraction | None

    def row(self, first: Level) -> tuple[int, ...]:
        """How often the second gave each level where the first gave this one, in the order of the levels."""
        return tuple(self.counts.get((first, second), 0) for second in Level)


def agreement(pairs: Iterable[tuple[Level, Level]]) -> Agreement:
    """Compare the levels that two assessors gave the same criteria."""
    counts = Counter(pairs)
    both = sum(counts.values())
    agreed = sum(number for (one, other), number in counts.items() if one is other)
    if not both:
        return Agreement(counts, 0, 0, None, None, None)
    first, second = Counter[Level](), Counter[Level]()
    for (one, other), number in counts.items():
        first[one] += number
        second[other] += number
    observed = Fraction(agreed, both)
    expected = Fraction(sum(first[level] * second[level] for level in Level), both * both)
    kappa = None if expected == 1 else (observed - expected) / (1 - expected)
    return Agreement(counts, both, agreed, observed, expected, kappa)
