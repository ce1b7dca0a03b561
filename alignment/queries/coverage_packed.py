"""Coverage for one metal on any day, looked up: what is held of the programmes in its scope, read once and packed."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from alignment.domain.catalogue import Catalogue, Part, Stage, TrackA
from alignment.domain.coverage_facts import Inclusion, OpenAction, PartFacts, Programme
from alignment.domain.coverage_map import Known, Metal, draw
from alignment.domain.decision import Approval
from alignment.queries.changes import reading_mark
from alignment.queries.coverage import (
    CoveragePage,
    Equivalent,
    chosen_metal,
    declared_by,
    equivalents_of,
    ever_inside,
    known_stage,
    line,
    own_parts,
    own_table,
    scopes,
    scopes_on,
    shown,
)
from alignment.queries.coverage_read import Read, read_facts
from alignment.queries.coverage_rows import Levels, ground, levels_of, read_equivalences, read_metals, read_versions
from alignment.queries.facts import Chosen, ProgrammeRow, named_on
from alignment.queries.records import Ground
from alignment.queries.status import AT_A_TIME, StatusFacts, without
from alignment.queries.touched import Mark, touched

MOST_KINDS = 1000
"""Of so many kinds of programmes what was judged is kept; then it is judged anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What verdicts on a programme rest on beside its approval and scope. Programmes that are alike share it."""

    parts: Mapping[Part, PartFacts]
    actions: tuple[OpenAction, ...]


_OUTSIDE = Facts({}, ())


@dataclass(frozen=True, slots=True)
class Turns:
    """The facts of one programme on any day: ``days`` (as ordinals) are those from which the next ones hold."""

    days: array[int]
    facts: tuple[Facts, ...]

    def on(self, day: int) -> Facts:
        return self.facts[bisect_right(self.days, day)]


@dataclass(frozen=True)
class PackedCoverage:
    """All that is known of the programmes in whose scope a metal is, and what was judged of it so far, by stage.

    All events up to ``mark`` are in it.
    """

    status: StatusFacts
    metal: Metal
    metals: tuple[Metal, ...]
    ground: Ground | None
    turns: Mapping[str, Turns]
    equivalents: tuple[Equivalent, ...]
    mark: Mark
    judged: dict[Stage | None, Known]
    scopes: dict[Stage | None, Mapping[str, Inclusion]] = field(default_factory=dict)

    def page(
        self,
        *,
        catalogue: Catalogue,
        track_a: TrackA,
        stage: str,
        as_at: date,
        policy_age: timedelta,
        programmes: Sequence[str] = (),
        first: int = 1,
    ) -> CoveragePage:
        """What ``coverage_map`` says of a day, as far as a page of columns shows it; no query.

        The facts behind single cells are not packed: they are read when a cell is opened.
        """
        courses = self.status.courses
        rows = named_on(self.status.named, as_at)
        declared = declared_by(programmes, rows, self.equivalents)
        at_stage = known_stage(stage)
        today, known = self._at(at_stage)
        inclusions = {**today, **scopes_on(rows, self.status.named, self.metal, at_stage)}
        day = as_at.toordinal()
        drawn = draw(
            as_at=as_at, metal=self.metal, stage=at_stage, catalogue=catalogue, track_a=track_a, known=known,
            programmes=[self._programme(row, courses[row.id].approval(as_at), inclusions[row.id], day)
                        for row in rows],
        )  # fmt: skip
        ids, first = shown(drawn, declared, first)
        lines = tuple(
            line(row, programme, drawn, courses[row.id].on(as_at), policy_age)
            for row, programme in zip(rows, drawn.programmes, strict=True)
            if row.id in ids
        )
        own = own_parts(catalogue)
        return CoveragePage(
            map=drawn,
            known_at=None,
            example=self.status.example,
            metals=self.metals,
            metal_ground=self.ground,
            lines=lines,
            named={row.id: row.short_name for row in rows},
            declared=declared,
            facts={},
            actions={},
            equivalents=tuple(each for each in self.equivalents if each.fact.effective.on <= as_at),
            own=own_table(lines, own),
            own_heads=tuple((section, part.part) for section, part in own),
            empty_because="",
            first=first,
            bare=True,
        )

    def _at(self, stage: Stage | None) -> tuple[Mapping[str, Inclusion], Known]:
        if stage not in self.scopes:
            self.scopes[stage] = scopes(named_on(self.status.named, date.max), self.metal, stage)
        known = self.judged.setdefault(stage, {})
        if len(known) > MOST_KINDS:
            known.clear()
        return self.scopes[stage], known

    def _programme(self, row: ProgrammeRow, approval: Approval, scope: Inclusion, day: int) -> Programme:
        facts = self.turns[row.id].on(day) if scope.inside else _OUTSIDE
        return Programme(row.id, row.name, approval, scope, facts.parts, facts.actions)


def packed_coverage(
    connection: Connection,
    status: StatusFacts,
    *,
    catalogue: Catalogue,
    metal: str,
    before: PackedCoverage | None = None,
) -> PackedCoverage | None:
    """The facts for a metal, read so many programmes at a time; None where no fact about any programme is held.

    ``before`` is the same before some writes: programmes that no event touched since are not read again.
    Refusal, naming what is known, for an unknown metal.
    """
    if not any(course.held() for course in status.courses.values()):
        return None
    mark = reading_mark(connection)  # before the facts: what is written meanwhile will count as later
    kept = _untouched(connection, before, mark)
    metals = {row.id: row for row in read_metals(connection)}
    chosen = chosen_metal(metal, metals)
    ever = ever_inside(status.named, chosen)
    inside = [row for row in named_on(status.named, date.max) if row.id in ever]
    wanted = [row for row in inside if row.id not in kept]
    starts = range(0, len(wanted), AT_A_TIME)
    shared: dict[Any, Any] = {}
    parts = (_packed(connection, wanted[start : start + AT_A_TIME], catalogue, shared) for start in starts)
    found = {id: turns for part in parts for id, turns in part} | kept
    return PackedCoverage(
        status=status,
        metal=chosen,
        metals=tuple(chosen_metal(said, metals) for said in metals),
        ground=ground(metals[metal]),
        turns={row.id: found[row.id] for row in inside},
        equivalents=equivalents_of(read_equivalences(connection, example=status.example)),
        mark=mark,
        judged=before.judged if before else {},
    )


def _untouched(connection: Connection, before: PackedCoverage | None, mark: Mark) -> dict[str, Turns]:
    """What was packed before of the programmes that no event touched since."""
    found = touched(connection, before.mark, mark) if before else None
    return without(before.turns, found.programmes) if before and found else {}


def _packed(
    connection: Connection, rows: Sequence[ProgrammeRow], catalogue: Catalogue, shared: dict[Any, Any]
) -> Iterator[tuple[str, Turns]]:
    chosen = Chosen(tuple(row.id for row in rows))
    read = Read(catalogue, date.max, *read_facts(connection, rows, None, example=rows[0].example, chosen=chosen))
    rounds = {each.id: row.id for row in rows for each in read.of("round", row.id) if each.flag}
    versions: dict[str, list[Row[Any]]] = defaultdict(list)
    for version in read_versions(connection, rounds, known_at=None):
        versions[rounds[version.assessment_id]].append(version)
    for row in rows:
        yield row.id, _turns(read, row.id, versions[row.id], shared)


def _turns(read: Read, programme: str, versions: Sequence[Row[Any]], shared: dict[Any, Any]) -> Turns:
    """Each day on which a fact begins to hold or falls due, with what is derived on it where that is something else."""
    told = read.told_from(programme)  # before that day, no verdict rests on a rating
    rated = {version.effective_on for version in versions if told and version.effective_on > told}
    days, found, levels = array("i"), [_derived(read, programme, date.min, {}, shared)], levels_of(())
    for day in sorted({*read.turning(programme), *rated}):
        if day in rated or day == told:
            levels = levels_of(version for version in versions if version.effective_on <= day)
        facts = _derived(read, programme, day, levels, shared)
        if facts is not found[-1]:
            days.append(day.toordinal())
            found.append(facts)
    return Turns(days, tuple(found))


def _derived(read: Read, programme: str, day: date, levels: Levels, shared: dict[Any, Any]) -> Facts:
    """The facts on a day, those of others where they are the same. Which result is meant says the opened cell."""
    parts, actions = replace(read, as_at=day).facts(programme, levels)
    bare = tuple(replace(part, result_id="") for part in parts.values())
    for each in bare:
        shared.setdefault(each, each)
    key = (tuple(shared[each] for each in bare), actions)
    if key not in shared:
        shared[key] = Facts(dict(zip(parts, key[0], strict=True)), actions)
    found: Facts = shared[key]
    return found
