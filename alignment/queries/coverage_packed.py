"""Coverage for one metal on any day as known at any moment, looked up: what is held of the programmes in its scope,
read once and packed.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from alignment.domain.catalogue import Catalogue, Part, Stage, TrackA
from alignment.domain.coverage_facts import Inclusion, OpenAction, PartFacts, Programme
from alignment.domain.coverage_map import Known, Metal, draw
from alignment.domain.frozen import dataclass
from alignment.domain.learned import Layer, layered, seen, tick, ticks
from alignment.queries.coverage import (
    CoveragePage,
    Equivalent,
    begun,
    chosen_metal,
    declared_by,
    equivalents_of,
    ever_inside,
    known_metals,
    known_stage,
    line,
    own_parts,
    own_table,
    scopes,
    scopes_on,
    shown,
)
from alignment.queries.coverage_read import History, Read, told
from alignment.queries.coverage_rows import (
    Levels,
    ground,
    levels_of,
    read_equivalences,
    read_learned,
    read_metals,
    read_versions,
)
from alignment.queries.facts import Chosen, ProgrammeRow, in_force, named_on
from alignment.queries.held import histories
from alignment.queries.records import Ground
from alignment.queries.status import AT_A_TIME, StatusFacts, why_unknown, without
from alignment.queries.touched import Mark, touched

MOST_KINDS = 1000
"""Of so many kinds of programmes what was judged is kept; then it is judged anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What verdicts on a programme rest on beside its approval and scope. Programmes that are alike share it."""

    parts: Mapping[Part, PartFacts]
    actions: tuple[OpenAction, ...]


_OUTSIDE = Facts({}, ())
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Turns:
    """The facts of one programme on any day as known at any moment: ``moments`` are those at which they became others,
    ``days`` say from when on they hold, each day in the states of knowledge in which it does.
    """

    moments: array[int]
    days: Layer
    facts: tuple[Facts, ...]

    def on(self, day: int, known_at: int | None) -> Facts:
        """What is held on a day (an ordinal) as known at a moment (a ``tick``), None for all that is known."""
        return self.facts[self.days.place(day, seen(self.moments, known_at))]


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
    accepted: tuple[Row[Any], ...]
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
        known_at: datetime | None = None,
        policy_age: timedelta,
        programmes: Sequence[str] = (),
        first: int | None = 1,
    ) -> CoveragePage:
        """The map on a day as known at a moment, None for all that is known, as far as a page of columns shows it; all
        columns where none is the first. No query.

        The facts behind single cells are not packed: they are read when a cell is opened.
        Refusal, naming what is known, for an unknown stage or programme.
        """
        at_stage, known = known_stage(stage), tick(known_at) if known_at else None
        named = named_on(self.status.named, as_at, known_at)
        accepted = self._accepted(known_at)
        declared = declared_by(programmes, named, accepted)
        nothing = self._nothing(known_at)
        rows = [] if nothing else named
        drawn = draw(
            as_at=as_at, metal=self.metal, stage=at_stage, catalogue=catalogue, track_a=track_a,
            programmes=list(self._programmes(rows, at_stage, as_at, known)), known=self._known(at_stage),
        )  # fmt: skip
        ids, first = shown(drawn, declared, first)
        lines = tuple(
            line(row, programme, drawn, course.on(as_at, course.seen(known)), policy_age)
            for row, programme in zip(rows, drawn.programmes, strict=True)
            if row.id in ids
            for course in [self.status.courses[row.id]]
        )
        own = own_parts(catalogue)
        return CoveragePage(
            map=drawn,
            known_at=known_at,
            example=self.status.example,
            metals=self.metals,
            metal_ground=self.ground,
            lines=lines,
            named={row.id: row.short_name for row in rows},
            declared=declared,
            facts={},
            actions={},
            equivalents=begun(accepted, as_at),
            own=own_table(lines, own),
            own_heads=tuple((section, part.part) for section, part in own),
            empty_because=nothing,
            first=first,
        )

    def _programmes(
        self, rows: Iterable[ProgrammeRow], stage: Stage | None, as_at: date, known: int | None
    ) -> Iterator[Programme]:
        rows, day = list(rows), as_at.toordinal()
        inclusions = {**self._scopes(stage), **scopes_on(rows, self.status.named, self.metal, stage)}
        for row in rows:
            course, scope = self.status.courses[row.id], inclusions[row.id]
            facts = self.turns[row.id].on(day, known) if scope.inside else _OUTSIDE
            approval = course.approval(as_at, course.seen(known))
            yield Programme(row.id, row.name, approval, scope, facts.parts, facts.actions)

    def _scopes(self, stage: Stage | None) -> Mapping[str, Inclusion]:
        if stage not in self.scopes:
            named = self.status.named
            self.scopes[stage] = scopes(named_on(named, date.max), named, self.metal, stage)
        return self.scopes[stage]

    def _known(self, stage: Stage | None) -> Known:
        known = self.judged.setdefault(stage, {})
        if len(known) > MOST_KINDS:
            known.clear()
        return known

    def _accepted(self, known_at: datetime | None) -> tuple[Equivalent, ...]:
        return equivalents_of(in_force([row for row in self.accepted if not known_at or row.recorded_at <= known_at]))

    def _nothing(self, known_at: datetime | None) -> str:
        """Why there is nothing to show; empty where some fact about a programme is known."""
        known, status = tick(known_at) if known_at else None, self.status
        if any(course.held(course.seen(known)) for course in status.courses.values()):
            return ""
        if status.example:
            return "The worked example is not loaded: run “alignment load-example”."
        return why_unknown(status.first_learned, known_at) or "This register holds no fact about any programme."


def packed_coverage(
    connection: Connection,
    status: StatusFacts,
    *,
    catalogue: Catalogue,
    metal: str,
    before: PackedCoverage | None = None,
) -> PackedCoverage:
    """The facts for a metal, read so many programmes at a time.

    ``before`` is the same before some writes: programmes that no event touched since are not read again.
    Refusal, naming what is known, for an unknown metal.
    """
    found = touched(connection, before.mark, status.mark) if before else None
    kept = without(before.turns, found.programmes) if before and found else {}
    metals = known_metals(read_metals(connection), metal)
    chosen = chosen_metal(metal, metals)
    again = [each for each in status.named if not found or each.row.id in found.programmes]
    ever = {*kept, *ever_inside(again, chosen)}
    inside = [row for row in named_on(status.named, date.max) if row.id in ever]
    wanted = [row for row in inside if row.id not in kept]
    starts = range(0, len(wanted), AT_A_TIME)
    shared: dict[Any, Any] = {}
    parts = (_packed(connection, wanted[start : start + AT_A_TIME], catalogue, shared) for start in starts)
    turns = {id: each for part in parts for id, each in part} | kept
    return PackedCoverage(
        status=status,
        metal=chosen,
        metals=tuple(chosen_metal(said, metals) for said in metals),
        ground=ground(metals[metal]),
        turns={row.id: turns[row.id] for row in inside},
        accepted=tuple(read_equivalences(connection, example=status.example)),
        mark=status.mark,  # what was written since counts as later, though some of it may have been read
        judged=before.judged if before else {},
    )


def _packed(
    connection: Connection, rows: Sequence[ProgrammeRow], catalogue: Catalogue, shared: dict[Any, Any]
) -> Iterator[tuple[str, Turns]]:
    chosen = Chosen(tuple(row.id for row in rows))
    held, learned = histories(connection, rows, chosen), read_learned(connection, chosen)
    rounds = {each.id: row.id for row in rows for each in learned[row.id]["round"] if each.flag}
    versions: dict[str, list[Row[Any]]] = defaultdict(list)
    for version in read_versions(connection, rounds, known_at=None):
        versions[rounds[version.assessment_id]].append(version)
    for row in rows:
        rated = tuple(told(learned[row.id], versions[row.id]))
        yield row.id, _turns(History(catalogue, row.id, *held[row.id], learned[row.id], rated), shared)


def _turns(history: History, shared: dict[Any, Any]) -> Turns:
    """Each moment at which something is learned, and each day on which a fact begins to hold or falls due, with what
    is derived on it then, where that is something else.
    """
    moments: list[datetime] = []
    known = [_on_each_day(history, _NEVER, shared)]
    for moment in history.moments:
        found = _on_each_day(history, moment, shared)
        if found != known[-1]:
            moments.append(moment)
            known.append(found)
    return Turns(ticks(moments), *layered(known))


def _on_each_day(history: History, moment: datetime, shared: dict[Any, Any]) -> list[tuple[tuple[date], Facts]]:
    """What is derived from some day on, as known at a moment."""
    read, rated = history.at(moment), history.rated_by(moment)
    beginnings, levels = {each.day for each in rated}, levels_of(())
    found: list[tuple[tuple[date], Facts]] = []
    for day in sorted({date.min, *read.turning(history.programme), *beginnings}):
        if day in beginnings:
            levels = levels_of(each.version for each in rated if each.day <= day)
        facts = _derived(replace(read, as_at=day), history.programme, levels, shared)
        if not found or facts is not found[-1][1]:
            found.append(((day,), facts))
    return found


def _derived(read: Read, programme: str, levels: Levels, shared: dict[Any, Any]) -> Facts:
    """The facts on a day, those of others where they are the same. Which result is meant says the opened cell."""
    parts, actions = read.facts(programme, levels)
    bare = tuple(replace(part, result_id="") for part in parts.values())
    for each in bare:
        shared.setdefault(each, each)
    key = (tuple(shared[each] for each in bare), actions)
    if key not in shared:
        shared[key] = Facts(dict(zip(parts, key[0], strict=True)), actions)
    found: Facts = shared[key]
    return found
