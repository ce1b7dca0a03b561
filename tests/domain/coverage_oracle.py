"""The coverage table once more, written from the model's words alone: criterion by criterion, slow and plain.

Everything is words and sets; no code is shared with the program. A part holds a result, ratings by criterion
and findings; a finding is a group, a level, a number and perhaps a criterion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

FINE_TO_COARSE = ("criterion", "group", "whole_part")
BEST_TO_WORST = (
    "covered", "covered_conditionally", "partly_covered", "not_known", "not_covered", "not_approved", "out_of_scope",
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    group: str
    level: str
    number: int
    criterion: str | None = None


@dataclass(frozen=True)
class PartHeld:
    result: str | None = None
    ratings: Mapping[str, str] = field(default_factory=dict)
    findings: Sequence[Found] = ()

    @property
    def below(self) -> list[Found]:
        return [found for found in self.findings if found.level in ("partially", "not")]


@dataclass(frozen=True)
class Oracle:
    """The criteria behind one requirement and the whole catalogue: which group, which parts, each."""

    asked: Sequence[str]
    group_of: Mapping[str, str]
    parts_of: Mapping[str, Sequence[str]]

    def known(self, part: str, held: PartHeld, code: str) -> tuple[str, str | None]:
        """What is known of one criterion in one part, and at which resolution."""
        if code in held.ratings:
            return held.ratings[code], "criterion"
        group = self.group_of[code]
        naming = [found for found in held.below if found.criterion == code]
        grouped = [found for found in held.below if found.criterion is None and found.group == group]
        size = sum(1 for other, its in self.group_of.items() if its == group and part in self.parts_of[other])
        lost = sum(found.number for found in held.below if found.group == group and found.level == "not")
        if lost >= size or any(found.level == "not" for found in naming):
            return "not", "group"
        if naming or grouped:
            return "below", "group"
        if held.result is None:
            return "unknown", None
        if held.result == "fully":
            return "fully", "whole_part"
        return ("no finding", "group") if held.below else (held.result, "whole_part")

    def part(self, part: str, held: PartHeld) -> tuple[str, str | None, list[str]]:
        """What a part says of the requirement, at which resolution, and the single levels."""
        judged = [code for code in self.asked if part in self.parts_of[code]]
        known = [self.known(part, held, code) for code in judged]
        levels = [level for level, _ in known]
        applying = [(level, how) for level, how in known if level != "not_applicable"]
        if not applying:
            return "nothing against it", "criterion", levels
        if all(level == "not" for level, _ in applying):
            return "none", _coarsest(how for _, how in applying), levels
        below = [how for level, how in applying if level in ("partially", "not", "below")]
        if below:
            return "below", min(below, key=lambda how: FINE_TO_COARSE.index(how)), levels
        for word, how in (("unknown", None), ("no finding", "group")):
            if word in levels:
                return word, how, levels
        return "fully", _coarsest(how for _, how in applying), levels

    def verdict(
        self, *, in_scope: bool, condition: bool, approval: str, held: Mapping[str, PartHeld]
    ) -> tuple[str, str | None]:
        """The first line that fits."""
        if not in_scope:
            return "out_of_scope", None
        if approval in ("none", "not_approved", "suspended", "withdrawn"):
            return "not_approved", None
        parts = [part for part in held if any(part in self.parts_of[code] for code in self.asked)]
        said = {part: self.part(part, held[part]) for part in parts}
        standards, how_standards, levels = said["standards"]
        if approval == "not_known" or all(level == "unknown" for level in levels):
            return "not_known", None
        for word, verdict in (("none", "not_covered"), ("below", "partly_covered")):
            shown = [how for what, how, _ in said.values() if what == word]
            if shown:
                return verdict, min(shown, key=lambda how: FINE_TO_COARSE.index(how or ""))
        if standards == "unknown":
            return "not_known", None  # unknown never counts as covered
        fully = {part: how for part, (what, how, _) in said.items() if what in ("fully", "nothing against it")}
        resolution = _coarsest([how_standards, *fully.values()])
        if approval == "approved" and len(fully) == len(said) and not condition:
            return "covered", resolution
        return "covered_conditionally", resolution


def _coarsest(resolutions: object) -> str | None:
    return max(resolutions, key=lambda how: FINE_TO_COARSE.index(how))  # type: ignore[call-overload, no-any-return]


def smallest_sets(offers: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """By trying every set."""

    def reached(chosen: Sequence[str]) -> list[str]:
        columns = zip(*(offers[each] for each in chosen), strict=True)
        return [min(column, key=BEST_TO_WORST.index) for column in columns]

    goal = reached(list(offers)) if offers else []
    for size in range(1, len(offers) + 1):
        found = [chosen for chosen in combinations(sorted(offers), size) if reached(chosen) == goal]
        if found:
            return found
    return []
