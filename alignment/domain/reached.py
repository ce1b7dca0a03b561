"""Which requirements the ratings of a programme reach in full, as one integer: thousands of brands at a stroke.

A requirement is reached where every criterion behind it is fully aligned, or not applicable, in every part that
judges it. That is the ratings' side of *covered*; approval, scope and the date are judged by ``coverage``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from alignment.domain.catalogue import Catalogue, Part, Requirement

PARTS = (Part.STANDARDS, Part.IMPLEMENTATION)
"""The parts that judge what is asked of a brand."""

MOST_KNOWN = 20_000
"""So many answers are known by heart: many programmes fall short of the same criteria."""


@dataclass(frozen=True)
class Layout:
    """Which requirements each criterion of a part stands behind, a bit for each; ``all`` are the bits of every one."""

    behind: Mapping[Part, Mapping[str, int]]
    all: int
    _known: dict[tuple[Part, str], int] = field(default_factory=dict)

    def of_programme(self, short: Mapping[Part, str]) -> int:
        """The requirements that a programme reaches in every part, from the criteria that fall short in each.

        They are codes with a blank between. A part that is missing is not rated, and reaches nothing.
        """
        found = self.all
        for part in PARTS:
            found &= self._reached(part, short[part]) if part in short else 0
        return found

    def _reached(self, part: Part, short: str) -> int:
        key = (part, short)
        if key not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            lost = 0
            for code in short.split():
                lost |= self.behind[part].get(code, 0)
            self._known[key] = self.all & ~lost
        return self._known[key]


def layout(catalogue: Catalogue, requirements: Iterable[Requirement]) -> Layout:
    """The layout of an edition for the requirements of Track A, the first of which has the lowest bit."""
    listed = tuple(requirements)
    behind = {part: dict.fromkeys((each.code for each in catalogue.in_part[part]), 0) for part in PARTS}
    for at, requirement in enumerate(listed):
        for part in PARTS:
            for code in behind[part].keys() & set(requirement.criteria):
                behind[part][code] |= 1 << at
    return Layout(behind, (1 << len(listed)) - 1)
