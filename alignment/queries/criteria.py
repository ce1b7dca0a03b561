"""The criteria of an edition as pages: the catalogue, one criterion and how every programme fares on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby

from sqlalchemy import Connection

from alignment.domain.catalogue import Catalogue, Criterion, Group, Part, Position, Requirement, Section, TrackA
from alignment.domain.coverage import Resolution
from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level
from alignment.domain.result import PartOutcome, judge_part
from alignment.queries.fares import Fares, fares

POSITIONS: Mapping[Position, str] = {
    Position.ALL: "All",
    Position.GOLD: "All, gold explicitly",
    Position.UPSTREAM: "Upstream",
    Position.REFINER: "Upstream, smelter or refiner",
    Position.DOWNSTREAM: "Downstream",
    Position.SCHEME: "The programme itself",
}
"""Where in the supply chain a criterion is asked, in words."""

GATING = ("yes", "no")


# --- the catalogue -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filters:
    """Which criteria the reader asked to see; empty means all. ``position`` is the name of a Position."""

    section: str = ""
    part: str = ""
    position: str = ""
    gating: str = ""

    @property
    def chosen(self) -> bool:
        return bool(self.section or self.part or self.position or self.gating)

    def fits(self, criterion: Criterion, gating: frozenset[str]) -> bool:
        return (
            self.section in ("", criterion.section)
            and (not self.part or Part(self.part) in criterion.parts)
            and self.position in ("", position_word(criterion.position))
            and (not self.gating or (criterion.code in gating) == (self.gating == "yes"))
        )


@dataclass(frozen=True, slots=True)
class Block:
    """One group with those of its criteria that fit."""

    group: Group
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """The groups of one step, or of a section without steps, whose number is 0."""

    step: int
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One section with its groups by step."""

    section: Section
    runs: tuple[Run, ...]

    @property
    def number(self) -> int:
        return sum(len(block.criteria) for run in self.runs for block in run.blocks)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an edition's introduction under its heading, in Markdown."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """One edition as the reader asked to see it."""

    catalogue: Catalogue
    filters: Filters
    sections: tuple[Shown, ...]
    lead: str
    passages: tuple[Passage, ...]

    @property
    def number(self) -> int:
        return sum(shown.number for shown in self.sections)

    @property
    def gating_sections(self) -> tuple[Section, ...]:
        """The sections all of whose criteria are gating."""
        gating = self.catalogue.rule.gating
        return tuple(each for each in self.catalogue.sections if gating.issuperset(c.code for c in each.criteria))

    @property
    def gating_single(self) -> tuple[str, ...]:
        """The gating criteria outside those sections."""
        whole = {section.code for section in self.gating_sections}
        return tuple(
            each.code
            for each in self.catalogue.criteria
            if each.code in self.catalogue.rule.gating and each.section not in whole
        )


def catalogue_page(catalogue: Catalogue, filters: Filters = Filters()) -> CataloguePage:
    """The catalogue with the criteria that fit the filters. No query: an edition is content."""
    shown = (Shown(section, _runs(catalogue, section, filters)) for section in catalogue.sections)
    lead, passages = introduction(catalogue.introduction)
    return CataloguePage(catalogue, filters, tuple(each for each in shown if each.runs), lead, passages)


def _runs(catalogue: Catalogue, section: Section, filters: Filters) -> tuple[Run, ...]:
    runs = []
    for step, groups in groupby(section.groups, key=lambda group: group.step or 0):
        blocks = (
            Block(group, tuple(each for each in group.criteria if filters.fits(each, catalogue.rule.gating)))
            for group in groups
        )
        if fitting := tuple(block for block in blocks if block.criteria):
            runs.append(Run(step, _step(catalogue, step), fitting))
    return tuple(runs)


def _step(catalogue: Catalogue, step: int) -> str:
    return f"Step {step} {catalogue.steps.get(step, '')}".strip() if step else ""


def requirements_by_step(track_a: TrackA, catalogue: Catalogue) -> tuple[tuple[int, str, tuple[Requirement, ...]], ...]:
    """The requirements of the coverage map under the titles of their steps; 0 is no step."""
    return tuple(
        (step, _step(catalogue, step) or "Across all steps", tuple(those))
        for step, those in groupby(track_a.requirements, key=lambda each: each.step or 0)
    )


def position_word(position: Position) -> str:
    """A position as it stands in an address: refiner."""
    return position.name.lower()


def introduction(markdown: str) -> tuple[str, tuple[Passage, ...]]:
    """The opening of an introduction, and its passages by heading of level 2.

    The addresses of its links stand at its end and are given to each piece.
    """
    addresses = "\n".join(_ADDRESS.findall(markdown))
    lead, *rest = re.split(r"(?m)^## ", _ADDRESS.sub("", markdown))
    passages = []
    for piece in rest:
        title, _, text = piece.partition("\n")
        name = re.sub(r"\W+", "-", title.strip().lower()).strip("-")
        passages.append(Passage(name, title.strip(), f"{text.strip()}\n\n{addresses}"))
    return f"{lead.strip()}\n\n{addresses}", tuple(passages)


_ADDRESS = re.compile(r"(?m)^\[[^\]\n]+\]: \S+$")


# --- one criterion -----------------------------------------------------------------------------------


_FINEST: Mapping[Resolution | None, str] = {
    Resolution.CRITERION: "for the criterion itself",
    Resolution.GROUP: "for its group",
    Resolution.WHOLE_PART: "for the part as a whole only",
    None: "not known",
}


@dataclass(frozen=True, slots=True)
class CriterionPage:
    """One criterion, its place in the catalogue, its weight in the rule, and how programmes fare on it."""

    catalogue: Catalogue
    criterion: Criterion
    group: Group
    section: Section
    weight: str
    requirement: Requirement | None
    before: Criterion | None
    after: Criterion | None
    as_at: date
    known_at: datetime | None
    fares: tuple[Fares, ...]

    @property
    def gating(self) -> bool:
        return self.criterion.code in self.catalogue.rule.gating

    @property
    def step(self) -> str:
        return _step(self.catalogue, self.criterion.step or 0)

    @property
    def by_resolution(self) -> tuple[tuple[str, int], ...]:
        """How many programmes are known at each resolution, by the finest that any part has."""
        finest = [fare.finest for fare in self.fares]
        return tuple((label, n) for each, label in _FINEST.items() if (n := finest.count(each)))


def criterion_page(
    connection: Connection,
    catalogue: Catalogue,
    track_a: TrackA,
    criterion: Criterion,
    *,
    as_at: date,
    known_at: datetime | None = None,
) -> CriterionPage:
    """One criterion and how every programme fares on it. Seven queries, however many programmes."""
    order = catalogue.criteria.index(criterion)
    behind = track_a.requirements if track_a.edition == catalogue.edition else ()
    return CriterionPage(
        catalogue=catalogue,
        criterion=criterion,
        group=next(group for group in catalogue.groups if group.code == criterion.group),
        section=next(section for section in catalogue.sections if section.code == criterion.section),
        weight=weight(catalogue, criterion),
        requirement=next((each for each in behind if criterion.code in each.criteria), None),
        before=catalogue.criteria[order - 1] if order else None,
        after=next(iter(catalogue.criteria[order + 1 :]), None),
        as_at=as_at,
        known_at=known_at,
        fares=fares(connection, catalogue, criterion, as_at=as_at, known_at=known_at),
    )


def weight(catalogue: Catalogue, criterion: Criterion) -> str:
    """What a rating of the criterion does in the rule, in a sentence."""
    rule = catalogue.rule
    if criterion.code in rule.gating:
        together = [each.code for each in catalogue.criteria if each.section == criterion.section]
        why = (
            f"as is every criterion of section {criterion.section}"
            if rule.gating.issuperset(together)
            else "chosen singly by this register’s reading of the published results"
        )
        return f"Gating, {why}: below fully aligned it alone keeps its part from being fully aligned."
    threshold = percent(rule.threshold)
    if criterion.parts == (Part.GOVERNANCE,):
        return (
            f"Not gating: governance stands apart and does not enter the overall result. With the others of "
            f"its part the criterion counts towards {threshold}, below which a warning is shown."
        )
    return f"Not gating: it counts with the others towards the threshold of {threshold}."


def percent(share: Fraction) -> str:
    """A share as a percentage, exact where it is whole, else to one place: 80 %, 79.6 %."""
    exact = share * 100
    said = str(exact.numerator) if exact.denominator == 1 else f"{round(exact * 10) / 10:.1f}"
    return f"{said}\u00a0%"


# --- the rule at work --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Illustration:
    """The rule run on made-up ratings of one part, to show what it does. Nobody's ratings."""

    title: str
    ratings: str
    outcome: PartOutcome


def illustrations(catalogue: Catalogue, part: Part = Part.IMPLEMENTATION) -> tuple[Illustration, ...]:
    """What the edition's rule makes of some sets of ratings of a part, made up from its own numbers.

    Every criterion is fully aligned but for those named, which are partially aligned.
    """
    codes = [each.code for each in catalogue.in_part[part]]
    gating = catalogue.gating_in(part)
    gates = [code for code in codes if code in gating]
    others = [code for code in codes if code not in gating]
    most = _most_partial(catalogue, len(others))
    sets = (
        ("One gate", "".join(gates[-1:]), gates[-1:]),
        ("Several gates", f"{len(gates[:8])} gating criteria", gates[:8]),
        ("Just enough", f"{most} of the {len(others)} others", others[:most]),
        ("One too many", f"{most + 1} of the {len(others)} others", others[: most + 1] if most < len(others) else []),
        ("The floor", "every criterion", codes),
    )
    fully = dict.fromkeys(codes, Level.FULLY)
    return tuple(
        Illustration(
            title,
            f"{said} partially aligned",
            judge_part(catalogue, part, fully | dict.fromkeys(below, Level.PARTIALLY)),
        )
        for title, said, below in sets
        if below
    )


def _most_partial(catalogue: Catalogue, number: int) -> int:
    """How many of so many criteria can be partial while together they still reach the threshold."""
    rule = catalogue.rule
    lost = 1 - rule.partial_credit
    return number if not lost else min(number, int(number * (1 - rule.threshold) / lost))
