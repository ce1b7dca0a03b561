"""What the public will read if a decision is taken: the table row by row, and the coverage of metals and brands.

``look`` reads the store through the very queries that public pages use, before and with the decision supposed;
``compare`` says what is different.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import Connection

from alignment.domain.catalogue import Catalogue, TrackA
from alignment.domain.coverage import Verdict
from alignment.domain.coverage_map import CoverageMap
from alignment.domain.frozen import dataclass
from alignment.domain.table import COLUMNS, Column, Value, printed
from alignment.queries.coverage import coverage_facts, coverage_map
from alignment.queries.declarations import Standing, declared_on
from alignment.queries.facts import ProgrammeRow
from alignment.queries.status import StatusRow, metal_names, status_rows


@dataclass(frozen=True, slots=True)
class Looked:
    """What the store says on a date: the table, and coverage by metal and by brand."""

    rows: tuple[StatusRow, ...]
    metals: Mapping[str, CoverageMap]
    brands: tuple[tuple[Standing, CoverageMap], ...]


def look(
    connection: Connection,
    programme: ProgrammeRow,
    *,
    as_at: date,
    catalogue: Catalogue,
    track_a: TrackA,
    policy_age: timedelta,
) -> Looked:
    """Everything public that a decision on a programme can change."""
    brands = [each for each in declared_on(connection, as_at) if each.uses(programme.id)]
    few = {programme.id, *(id for brand in brands for id in brand.programmes)}
    facts = coverage_facts(connection, few, catalogue=catalogue, as_at=as_at, example=programme.example)

    def drawn(metal: str, stage: str = "") -> CoverageMap:
        return coverage_map(facts, track_a=track_a, metal=metal, stage=stage, policy_age=policy_age).map

    settled = [metal for metal, _ in metal_names(connection) if programme.covers_metal(metal)]
    return Looked(
        rows=status_rows(connection, as_at=as_at, policy_age=policy_age, example=programme.example),
        metals={metal: drawn(metal) for metal in settled},
        brands=tuple((brand, drawn(brand.metal, brand.stage)) for brand in brands),
    )


# --- what is different --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CellChange:
    """A column of the table that a row says otherwise."""

    column: Column
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row of the table as it is printed before and after; None where there is none."""

    name: str
    before: StatusRow | None
    after: StatusRow | None
    cells: tuple[CellChange, ...]


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """So many requirements go from one verdict to another."""

    before: Verdict | None
    after: Verdict | None
    number: int


@dataclass(frozen=True, slots=True)
class MetalChange:
    """What the programme's column of the coverage map says otherwise, for metals that change alike."""

    metals: tuple[str, ...]
    changes: tuple[VerdictChange, ...]


@dataclass(frozen=True, slots=True)
class BrandChange:
    """What a brand's coverage says otherwise, and which requirements it newly leaves open, or closes."""

    brand: Standing
    changes: tuple[VerdictChange, ...]
    opened: tuple[str, ...]
    closed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """How the public pages of a date will change."""

    as_at: date
    rows: tuple[RowChange, ...]
    unchanged: int
    metals: tuple[MetalChange, ...]
    same_metals: tuple[str, ...]
    brands: tuple[BrandChange, ...]


def compare(
    before: Looked, after: Looked, programme: str, *, as_at: date, metals: Sequence[tuple[str, str]]
) -> Preview:
    """The differences between two looks at the same date."""
    rows = _rows(before.rows, after.rows)
    grouped: dict[tuple[VerdictChange, ...], list[str]] = {}
    for metal, name in metals:
        if metal in before.metals:
            changed = _verdicts(_column(before.metals[metal], programme), _column(after.metals[metal], programme))
            grouped.setdefault(changed, []).append(name)
    same = tuple(grouped.pop((), ()))
    pairs = zip(before.brands, after.brands, strict=True)
    return Preview(
        as_at=as_at,
        rows=rows,
        unchanged=len({row.id for row in (*before.rows, *after.rows)}) - len(rows),
        metals=tuple(MetalChange(tuple(names), changes) for changes, names in grouped.items()),
        same_metals=same,
        brands=tuple(_brand(brand, was, now) for (brand, was), (_, now) in pairs),
    )  # fmt: skip


UNSEEN = ("approval", "source_place")
"""Columns that a preview leaves out: a code beside its word, and the place of an entry that is not there yet."""


def _rows(before: Sequence[StatusRow], after: Sequence[StatusRow]) -> tuple[RowChange, ...]:
    """What each row says otherwise, for people: the approval as it is printed, and not its code once more."""
    was = {row.id: row for row in before}
    now = {row.id: row for row in after}
    found = []
    for id, row in {**was, **now}.items():
        one, other = was.get(id), now.get(id)
        said = printed(one) if one else {}
        says = printed(other) if other else {}
        cells = tuple(
            CellChange(column, said.get(column.name), says.get(column.name))
            for column in COLUMNS
            if column.name not in UNSEEN and said.get(column.name) != says.get(column.name)
        )
        if cells:
            found.append(RowChange(row.programme.name, one, other, cells))
    return tuple(found)


def _column(drawn: CoverageMap, programme: str) -> dict[str, Verdict | None]:
    """What one programme does for each requirement that is asked."""
    cells = {row.code: row.cell(programme) for row in drawn.asked}
    return {code: cell.verdict if cell else None for code, cell in cells.items()}


def _verdicts(before: Mapping[str, Verdict | None], after: Mapping[str, Verdict | None]) -> tuple[VerdictChange, ...]:
    counted: dict[tuple[Verdict | None, Verdict | None], int] = {}
    for code in dict.fromkeys((*before, *after)):
        pair = (before.get(code), after.get(code))
        if pair[0] is not pair[1]:
            counted[pair] = counted.get(pair, 0) + 1
    return tuple(VerdictChange(*pair, number) for pair, number in counted.items())


def _brand(brand: Standing, was: CoverageMap, now: CoverageMap) -> BrandChange:
    counting = {programme.id for programme in was.programmes} & set(brand.programmes)
    ids = tuple(each for each in brand.programmes if each in counting)
    open_before, open_after = set(was.open(ids)), set(now.open(ids))
    return BrandChange(
        brand=brand,
        changes=_verdicts(was.best(ids), now.best(ids)),
        opened=tuple(sorted(open_after - open_before)),
        closed=tuple(sorted(open_before - open_after)),
    )
