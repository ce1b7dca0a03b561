"""Programmes side by side: what is held of each, row by row, and whether that differs.

A row is a part, a group of criteria or one criterion. A result is compared only at the grain at which it is held:
the result of a whole part says nothing about one of its groups, so there it reads as not held.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import combinations

from alignment.domain.catalogue import Catalogue, Criterion, Part
from alignment.domain.coverage import Ground, Resolution, Said, read
from alignment.domain.coverage_facts import Finding, PartAsked, PartFacts, Programme, question
from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level
from alignment.domain.refusal import Refusal

MOST = 6
"""So many programmes can be read side by side."""


class Grain(StrEnum):
    """How finely programmes are compared."""

    PART = "part"
    GROUP = "group"
    CRITERION = "criterion"

    @property
    def label(self) -> str:
        return {"part": "Whole part", "group": "Group", "criterion": "Criterion"}[self.value]


class Agreement(StrEnum):
    """Whether programmes say the same of a row. Nothing that is not known makes a difference, or agreement."""

    DIFFER = "differ"
    NOT_KNOWN = "not_known"
    SAME = "same"

    @property
    def label(self) -> str:
        return {"differ": "Differ", "not_known": "Cannot be told", "same": "The same"}[self.value]


@dataclass(frozen=True, slots=True)
class Cell:
    """What is held of one programme for one row. ``held``: at the grain of the row itself."""

    ground: Ground
    held: bool

    @property
    def result(self) -> Level | None:
        """The result of the part as a whole."""
        return self.ground.facts.result

    @property
    def says(self) -> Said:
        """What is held at the grain of the row; unknown where only something coarser is."""
        return self.ground.said if self.held else Said.UNKNOWN

    @property
    def resolution(self) -> Resolution | None:
        """How finely that is held; of what is not held, how finely anything is."""
        return self.ground.resolution


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison, a cell for each programme."""

    part: Part
    grain: Grain
    code: str
    title: str
    cells: tuple[Cell, ...]
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class PartTable:
    """One part: the row of the whole part, and what is finer beneath it."""

    whole: Row
    rows: tuple[Row, ...]

    @property
    def part(self) -> Part:
        return self.whole.part

    @property
    def anything(self) -> bool:
        """Whether any programme has a result as fine as the rows."""
        return any(cell.held for row in self.rows for cell in row.cells)

    @property
    def differing(self) -> tuple[Row, ...]:
        return tuple(row for row in (self.whole, *self.rows) if row.agreement is Agreement.DIFFER)


def why_not_compare(ids: Sequence[str]) -> str | None:
    """None where so many programmes can be compared, else the reason."""
    if len(ids) > MOST:
        return f"{len(ids)} programmes are too many to read side by side: choose at most {MOST}."
    return None


def chosen(asked: Iterable[str], known: Sequence[str], covering: Sequence[str]) -> tuple[str, ...]:
    """The programmes to compare, in the order of print: those asked for, else the first that cover the metal.

    Refusal for one that is not known, or for too many.
    """
    wanted = list(dict.fromkeys(asked))
    for each in wanted:
        if each not in known:
            raise Refusal(f"“{each[:40]}” is not known as programme; known are {', '.join(known) or 'none'}.")
    if reason := why_not_compare(wanted):
        raise Refusal(reason)
    return tuple(each for each in known if each in wanted) if wanted else tuple(covering[:MOST])


def compare(programmes: Sequence[Programme], catalogue: Catalogue, grain: Grain) -> tuple[PartTable, ...]:
    """Every part with its rows, in the order of the catalogue."""
    return tuple(
        PartTable(_whole(part, catalogue, programmes), tuple(_rows(part, catalogue, programmes, grain)))
        for part in Part
    )


def _whole(part: Part, catalogue: Catalogue, programmes: Sequence[Programme]) -> Row:
    asked = _asked(part, catalogue.in_part[part], catalogue)
    cells = []
    for each in programmes:
        facts = each.part(part)
        cells.append(Cell(read(asked, facts), facts.result is not None))
    results = {cell.result for cell in cells if cell.held}
    agreement = Agreement.DIFFER if len(results) > 1 else _unless_unknown(cells)
    return Row(part, Grain.PART, part.value, f"{part.label} part as a whole", tuple(cells), agreement)


def _rows(part: Part, catalogue: Catalogue, programmes: Sequence[Programme], grain: Grain) -> Iterable[Row]:
    if grain is Grain.PART:
        return
    for group in catalogue.groups:
        judged = [criterion for criterion in group.criteria if part in criterion.parts]
        if judged and grain is Grain.GROUP:
            yield _row(part, grain, group.code, group.title, judged, catalogue, programmes)
        elif judged:
            for each in judged:
                yield _row(part, grain, each.code, each.title, [each], catalogue, programmes)


def _row(
    part: Part,
    grain: Grain,
    code: str,
    title: str,
    criteria: Sequence[Criterion],
    catalogue: Catalogue,
    programmes: Sequence[Programme],
) -> Row:
    asked = _asked(part, criteria, catalogue)
    cells = tuple(_cell(asked, each.part(part), grain) for each in programmes)
    return Row(part, grain, code, title, cells, _agreement(cells))


def _asked(part: Part, criteria: Sequence[Criterion], catalogue: Catalogue) -> PartAsked:
    asked = question("", "", criteria, catalogue)
    assert asked is not None, "every row has criteria"
    return next(each for each in asked.parts if each.part is part)


def _cell(asked: PartAsked, facts: PartFacts, grain: Grain) -> Cell:
    ground = read(asked, facts)
    return Cell(ground, ground.said is not Said.UNKNOWN and _fine(ground, grain))


def _fine(ground: Ground, grain: Grain) -> bool:
    if ground.resolution is Resolution.CRITERION:
        return True
    if ground.resolution is not Resolution.GROUP:
        return False
    return grain is Grain.GROUP or any(finding.bit for finding in ground.findings)


def _agreement(cells: Sequence[Cell]) -> Agreement:
    told = [cell for cell in cells if cell.held and cell.says is not Said.NO_FINDING]
    if any(_differ(one, other) for one, other in combinations(told, 2)):
        return Agreement.DIFFER
    return _unless_unknown(cells, told)


def _unless_unknown(cells: Sequence[Cell], told: Sequence[Cell] | None = None) -> Agreement:
    told = [cell for cell in cells if cell.held] if told is None else told
    return Agreement.SAME if cells and len(told) == len(cells) else Agreement.NOT_KNOWN


def _differ(one: Cell, other: Cell) -> bool:
    if one.says is not other.says:
        return True
    resolutions = {one.resolution, other.resolution}
    if resolutions == {Resolution.CRITERION}:
        return _levels(one) != _levels(other)
    if resolutions == {Resolution.GROUP}:
        return _found(one.ground.findings) != _found(other.ground.findings)
    return False


def _levels(cell: Cell) -> tuple[int, ...]:
    held, mask = cell.ground.facts.ratings, cell.ground.mask
    return tuple(each & mask for each in (held.fully, held.partially, held.not_aligned, held.not_applicable))


def _found(findings: Iterable[Finding]) -> list[tuple[str, str, int, int]]:
    return sorted((each.group, each.level.value, each.number, each.bit) for each in findings)
