"""One edition of the criteria catalogue: sections, groups, criteria, scale and rule, as frozen data."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from alignment.domain.frozen import dataclass


class Part(StrEnum):
    """What an assessment consists of; governance is called credibility in newer OECD wording."""

    STANDARDS = "standards"
    IMPLEMENTATION = "implementation"
    GOVERNANCE = "governance"

    @property
    def label(self) -> str:
        return self.value.capitalize()


PRIMARY = (Part.STANDARDS, Part.IMPLEMENTATION)


class Position(StrEnum):
    """Where in the supply chain a criterion is asked; *scheme* is about the programme itself."""

    ALL = "all"
    GOLD = "all (gold explicit)"
    UPSTREAM = "upstream"
    REFINER = "upstream (smelter/refiner)"
    DOWNSTREAM = "downstream"
    SCHEME = "scheme"


class Stage(StrEnum):
    """Where a brand's site stands in the supply chain."""

    MINE = "mine"
    REFINER = "refiner"
    DOWNSTREAM = "downstream"

    @property
    def label(self) -> str:
        return {"mine": "Mine", "refiner": "Smelter or refiner", "downstream": "Downstream"}[self.value]


ASKED_AT: dict[Stage, frozenset[Position]] = {
    Stage.MINE: frozenset({Position.ALL, Position.GOLD, Position.UPSTREAM}),
    Stage.REFINER: frozenset({Position.ALL, Position.GOLD, Position.UPSTREAM, Position.REFINER}),
    Stage.DOWNSTREAM: frozenset({Position.ALL, Position.GOLD, Position.DOWNSTREAM}),
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """The one thing judged. ``text`` and the guidance are Markdown source."""

    code: str
    title: str
    section: str
    group: str
    step: int | None
    parts: tuple[Part, ...]
    position: Position
    reference: str
    external_code: str | None
    text: str
    look_in_text: str
    look_in_practice: str
    fully_or_partially: str
    order: int

    def asked_at(self, stage: Stage | None) -> bool:
        """Whether a company at this stage is asked for it; without a stage everything is asked."""
        return stage is None or self.position in ASKED_AT[stage]


@dataclass(frozen=True, slots=True)
class Group:
    """A step element (1.A), the overarching principles, or a theme of sections C and D."""

    code: str
    title: str
    section: str
    step: int | None
    intro: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A overarching principles, B five steps, C programme responsibilities, D governance."""

    code: str
    title: str
    groups: tuple[Group, ...]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(criterion for group in self.groups for criterion in group.criteria)


@dataclass(frozen=True, slots=True)
class Rule:
    """The rating rule of an edition: exact points, two gates, and where the rule comes from."""

    threshold: Fraction
    floor: Fraction
    partial_credit: Fraction
    gating: frozenset[str]
    sensitivity: tuple[Fraction, ...]
    provenance: str


@dataclass(frozen=True)
class Catalogue:
    """One dated edition. ``digest`` is the SHA-256 of its files, by which a change is noticed.

    ``steps`` has the titles of the steps by number.
    """

    edition: str
    title: str
    issued: str
    status: str
    introduction: str
    rule: Rule
    scale: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    digest: str
    steps: dict[int, str] = field(default_factory=dict)

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria in catalogue order."""
        return tuple(c for section in self.sections for c in section.criteria)

    @cached_property
    def by_code(self) -> dict[str, Criterion]:
        return {criterion.code: criterion for criterion in self.criteria}

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        return tuple(group for section in self.sections for group in section.groups)

    @cached_property
    def in_part(self) -> dict[Part, tuple[Criterion, ...]]:
        """The criteria judged in each part, in catalogue order."""
        return {part: tuple(c for c in self.criteria if part in c.parts) for part in Part}

    def gating_in(self, part: Part) -> frozenset[str]:
        """The gating criteria that are judged in a part."""
        return frozenset(c.code for c in self.in_part[part] if c.code in self.rule.gating)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of the coverage map, with the section A and B criteria behind it."""

    code: str
    title: str
    step: int | None
    criteria: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One line of the Track A checklist, TA-01 to TA-18."""

    code: str
    title: str
    basis: str
    text: str
    answered_by: str


@dataclass(frozen=True)
class TrackA:
    """What Track A asks of a brand: requirements and checklist, with their provenance."""

    edition: str
    requirements: tuple[Requirement, ...]
    checklist: tuple[ChecklistItem, ...]
    provenance: str
    checklist_provenance: str
