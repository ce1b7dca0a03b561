"""The rating rule once more, written from the model's words alone: slow, plain, no code shared with ours.

Levels are plain words, shares are fractions, and what holds a result back is found by trying every set.
A part is the list of its criteria in catalogue order and the set of those that gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

RANKS = ("not", "partially", "fully")


@dataclass(frozen=True)
class Oracle:
    criteria: Sequence[str]
    gating: frozenset[str]
    threshold: Fraction
    floor: Fraction
    partial_credit: Fraction

    def points(self, level: str) -> Fraction:
        """Credit: fully 1, partially the partial credit, not 0."""
        return {"fully": Fraction(1), "partially": self.partial_credit, "not": Fraction(0)}[level]

    def share(self, levels: Iterable[str]) -> Fraction | None:
        """Not applicable leaves numerator and denominator."""
        applicable = [level for level in levels if level != "not_applicable"]
        if not applicable:
            return None
        return sum((self.points(level) for level in applicable), Fraction(0)) / len(applicable)

    def gate_1(self, ratings: Mapping[str, str]) -> bool:
        """Every gating criterion that applies in the part is fully aligned."""
        return all(level in ("fully", "not_applicable") for code, level in ratings.items() if code in self.gating)

    def score(self, ratings: Mapping[str, str]) -> Fraction | None:
        return self.share(level for code, level in ratings.items() if code not in self.gating)

    def gate_2(self, ratings: Mapping[str, str], threshold: Fraction) -> bool:
        """The part's other criteria together reach the threshold; nothing but gating criteria passes."""
        score = self.score(ratings)
        return score is None or score >= threshold

    def rated_result(self, ratings: Mapping[str, str], threshold: Fraction | None = None) -> str | None:
        """The result with what is unrated left out."""
        pooled = self.share(ratings.values())
        if pooled is None:
            return None
        at = self.threshold if threshold is None else threshold
        if self.gate_1(ratings) and self.gate_2(ratings, at):
            return "fully"
        return "partially" if pooled >= self.floor else "not"

    def complete(self, ratings: Mapping[str, str]) -> bool:
        return all(code in ratings for code in self.criteria)

    def result(self, ratings: Mapping[str, str], threshold: Fraction | None = None) -> str | None:
        """No result for an incomplete part."""
        return self.rated_result(ratings, threshold) if self.complete(ratings) else None

    def strict(self, ratings: Mapping[str, str]) -> str | None:
        """Any criterion below fully makes the part partial; below the floor it is not aligned."""
        pooled = self.share(ratings.values())
        if pooled is None or not self.complete(ratings):
            return None
        if pooled < self.floor:
            return "not"
        below = any(level in ("partially", "not") for level in ratings.values())
        return "partially" if below else "fully"

    def filled(self, ratings: Mapping[str, str], level: str) -> dict[str, str]:
        return {code: ratings.get(code, level) for code in self.criteria}

    def gate_passed(self, ratings: Mapping[str, str]) -> bool | None:
        if not self.gate_1(ratings):
            return False
        return None if any(code in self.gating and code not in ratings for code in self.criteria) else True

    def failing(self, ratings: Mapping[str, str]) -> list[str]:
        return [code for code in self.criteria if code in self.gating and ratings.get(code) in ("partially", "not")]

    def below(self, ratings: Mapping[str, str]) -> list[str]:
        return [code for code in self.criteria if ratings.get(code) in ("partially", "not")]

    def reaches(self, ratings: Mapping[str, str], raised: Iterable[str], level: str) -> bool:
        """Whether the rise of these criteria to fully aligned gives that result or a better one."""
        result = self.rated_result({**ratings, **dict.fromkeys(raised, "fully")})
        return result is not None and RANKS.index(result) >= RANKS.index(level)

    def next_level(self, ratings: Mapping[str, str]) -> str | None:
        now = self.rated_result(ratings)
        return None if now is None or now == "fully" else RANKS[RANKS.index(now) + 1]

    def holding_back(self, ratings: Mapping[str, str]) -> list[tuple[str, ...]]:
        """All smallest sets that reach the next result, in catalogue order, by trying every set."""
        level = self.next_level(ratings)
        if level is None:
            return []
        below = self.below(ratings)
        for size in range(1, len(below) + 1):
            found = [raised for raised in combinations(below, size) if self.reaches(ratings, raised, level)]
            if found:
                return found
        raise AssertionError("raising everything to fully aligned gives fully aligned")

    def smallest(self, ratings: Mapping[str, str]) -> tuple[int, int]:
        """Size and number of the smallest sets, by counting sets by their size and gain, one by one."""
        level = self.next_level(ratings)
        if level is None:
            return 0, 0
        gating = set(self.failing(ratings)) if level == "fully" else set()
        counted = {code: ratings[code] for code in ratings if level == "partially" or code not in self.gating}
        applicable = [word for word in counted.values() if word != "not_applicable"]
        held = sum((self.points(word) for word in applicable), Fraction(0))
        goal = (self.threshold if level == "fully" else self.floor) * len(applicable)
        ways: dict[tuple[int, Fraction], int] = {(0, held): 1}
        for code in self.below(counted):
            with_it = dict(ways)
            for (size, points), number in ways.items():
                risen = (size + 1, points + 1 - self.points(counted[code]))
                with_it[risen] = with_it.get(risen, 0) + number
            ways = with_it
        size = min(size for size, points in ways if points >= goal)
        number = sum(number for (sized, points), number in ways.items() if sized == size and points >= goal)
        return size + len(gating), number


def worse(one: str | None, other: str | None) -> str | None:
    """Overall: the worse of standards and implementation."""
    return None if one is None or other is None else RANKS[min(RANKS.index(one), RANKS.index(other))]
