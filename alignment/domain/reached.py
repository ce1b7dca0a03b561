"""Which requirements the ratings of a programme reach in full, as one integer: thousands of brands at a stroke.

A requirement is reached where every criterion behind it is fully aligned, or not applicable, in every part that
judges it. That is the ratings' side of *covered*; approval, scope and the date are judged by ``coverage``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from alignment.domain.catalogue import Catalogue, Part, Requirement
from alignment.domain.frozen import dataclass

PARTS = (Part.STANDARDS, Part.IMPLEMENTATION)
"""The parts that judge what is asked of a brand."""

MOST_KNOWN = 20_000
"""So many answers are known by heart: many programmes fall short of the same criteria."""


@dataclass(frozen=True)
class Layout:
    """Which requirements each rating stands behind, a bit for each; ``all`` are the bits of every one.

    A rating is named by its part and criterion: ``standards/S1-A-1``.
    """

    behind: Mapping[str, int]
    all: int
    _known: dict[str, int] = field(default_factory=dict)

    def reached(self, short: str) -> int:
        """The requirements that a round reaches, from the ratings that fall short, with a blank between.

        What is not rated falls short: the caller names it too.
        """
        if short not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            lost = 0
            for rating in short.split():
                lost |= self.behind.get(rating, 0)
            self._known[short] = self.all & ~lost
        return self._known[short]


def layout(catalogue: Catalogue, requirements: Iterable[Requirement]) -> Layout:
    """The layout of an edition for the requirements of Track A, the first of which has the lowest bit."""
    listed = tuple(requirements)
    behind = {f"{part}/{each.code}": 0 for part in PARTS for each in catalogue.in_part[part]}
    for at, requirement in enumerate(listed):
        for rating in behind.keys() & {f"{part}/{code}" for part in PARTS for code in requirement.criteria}:
            behind[rating] |= 1 << at
    return Layout(behind, (1 << len(listed)) - 1)
