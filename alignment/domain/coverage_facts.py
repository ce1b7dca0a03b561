"""What coverage is judged from: the criteria that a requirement asks, and what is held about a programme.

Criteria are bits here, ``1 << criterion.order`` of their catalogue: what is held about a programme in a part is
four integers, so a verdict costs a few operations on them and a register can keep them for many programmes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from alignment.domain.action import ActionState, Timing
from alignment.domain.assessment import Progress
from alignment.domain.catalogue import Catalogue, Criterion, Part, Requirement, Stage
from alignment.domain.decision import Approval
from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level

# --- what a requirement asks -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GroupBits:
    """The asked criteria of one group in a part, and how many the group has there in all."""

    code: str
    mask: int
    size: int


@dataclass(frozen=True, slots=True)
class PartAsked:
    """The asked criteria that are judged in one part."""

    part: Part
    mask: int
    groups: tuple[GroupBits, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A requirement as it is asked at a stage: the criteria behind it, part by part, standards first."""

    code: str
    title: str
    criteria: tuple[Criterion, ...]
    mask: int
    parts: tuple[PartAsked, ...]

    def named(self, mask: int) -> tuple[Criterion, ...]:
        """The criteria behind it that a mask holds, in catalogue order."""
        return tuple(criterion for criterion in self.criteria if mask >> criterion.order & 1)


def asked(requirement: Requirement, catalogue: Catalogue, stage: Stage | None) -> Question | None:
    """What a requirement asks at a stage; None where no criterion of that position stands behind it."""
    criteria = [catalogue.by_code[code] for code in requirement.criteria]
    return question(requirement.code, requirement.title, [each for each in criteria if each.asked_at(stage)], catalogue)


def question(code: str, title: str, criteria: Iterable[Criterion], catalogue: Catalogue) -> Question | None:
    """A question made of any criteria, such as those about the programmes themselves; None for none."""
    behind = tuple(sorted(criteria, key=lambda criterion: criterion.order))
    if not behind:
        return None
    parts = tuple(
        _part_asked(part, judged, catalogue) for part in Part if (judged := [c for c in behind if part in c.parts])
    )
    return Question(code, title, behind, bits(behind), parts)


def _part_asked(part: Part, judged: Sequence[Criterion], catalogue: Catalogue) -> PartAsked:
    codes = {criterion.group for criterion in judged}
    groups = tuple(
        GroupBits(
            group.code,
            bits(criterion for criterion in judged if criterion.group == group.code),
            sum(part in criterion.parts for criterion in group.criteria),
        )
        for group in catalogue.groups
        if group.code in codes
    )
    return PartAsked(part, bits(judged), groups)


def bits(criteria: Iterable[Criterion]) -> int:
    """The criteria as one integer."""
    return sum({1 << criterion.order for criterion in criteria})


# --- what is held about a programme ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ratings:
    """The ratings of one part, one integer a level; a criterion with no bit is not rated."""

    fully: int = 0
    partially: int = 0
    not_aligned: int = 0
    not_applicable: int = 0

    @property
    def below(self) -> int:
        return self.partially | self.not_aligned

    @property
    def rated(self) -> int:
        return self.fully | self.partially | self.not_aligned | self.not_applicable

    def level(self, criterion: Criterion) -> Level | None:
        """The rating of one criterion; None where it is not rated."""
        masks = (self.fully, self.partially, self.not_aligned, self.not_applicable)
        pairs = zip(Level, masks, strict=True)
        return next((level for level, mask in pairs if mask >> criterion.order & 1), None)


def packed(levels: Mapping[str, Level], catalogue: Catalogue) -> Ratings:
    """Ratings by criterion code as integers. Codes that the edition does not have are left out."""
    held = dict.fromkeys(Level, 0)
    for code, level in levels.items():
        if code in catalogue.by_code:
            held[level] |= 1 << catalogue.by_code[code].order
    return Ratings(*(held[level] for level in Level))


@dataclass(frozen=True, slots=True)
class Finding:
    """A published finding: so many criteria of a group at a level; ``bit`` is 0 unless it names the criterion."""

    id: str
    group: str
    level: Level
    number: int
    bit: int = 0


@dataclass(frozen=True, slots=True)
class PartFacts:
    """What is held of one part on the date, of one round."""

    progress: Progress = Progress.NOT_KNOWN
    result: Level | None = None
    result_id: str = ""
    ratings: Ratings = Ratings()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenAction:
    """A corrective action that somebody still owes; ``certain``: its source names the criteria it answers."""

    id: str
    title: str
    state: ActionState
    timing: Timing = Timing.NONE
    criteria: int = 0
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Whether a brand's metal and stage lie in a programme's scope, why not, and under which condition."""

    inside: bool
    reason: str = ""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme on a date, as far as coverage depends on it."""

    id: str
    name: str
    approval: Approval
    scope: Inclusion = Inclusion(True)
    parts: Mapping[Part, PartFacts] = field(default_factory=dict)
    actions: tuple[OpenAction, ...] = ()

    def part(self, part: Part) -> PartFacts:
        return self.parts.get(part, _NOTHING_HELD)


_NOTHING_HELD = PartFacts()

_COMPANIES = {
    Stage.MINE: "mines",
    Stage.REFINER: "smelters and refiners",
    Stage.DOWNSTREAM: "downstream companies",
}


def include(
    *,
    metal: str,
    settled: bool,
    covers: bool,
    excluded: bool = False,
    condition: str = "",
    superseded_by: str = "",
    stages: Iterable[Stage] = (),
    stage: Stage | None = None,
) -> Inclusion:
    """The decision on scope, with its reason; ``metal`` is its name, ``covers`` whether the programme names it."""
    metal = metal.lower()
    if not settled:
        return Inclusion(False, f"the LME settles no contract in {metal} physically")
    if excluded:
        return Inclusion(False, f"{metal} is excluded")
    if not covers:
        return Inclusion(False, f"{metal} is not among its metals")
    if superseded_by:
        return Inclusion(False, f"this edition is superseded by {superseded_by}")
    if stage is not None and stage not in stages:
        return Inclusion(False, f"{_COMPANIES[stage]} are not among its stages")
    return Inclusion(True, condition=condition)
