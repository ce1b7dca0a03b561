"""Coverage as a page: the map for a metal and stage, with every fact that its verdicts rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Connection, Row

from alignment.domain import coverage as judging
from alignment.domain.action import ActionState, Timing
from alignment.domain.assessment import Route
from alignment.domain.catalogue import Catalogue, Part, Section, Stage, TrackA
from alignment.domain.coverage import Cell, Resolution, Said, Verdict
from alignment.domain.coverage import Ground as PartGround
from alignment.domain.coverage_facts import (
    Inclusion,
    OpenAction,
    PartAsked,
    Programme,
    include,
    question,
)
from alignment.domain.coverage_map import CoverageMap, Metal, draw
from alignment.domain.decision import Ahead
from alignment.domain.frozen import dataclass
from alignment.domain.programme import State, state
from alignment.domain.refusal import Refusal
from alignment.domain.status import PartState
from alignment.domain.when import When, say_age
from alignment.queries.coverage_read import (
    Fact,
    Read,
    decided_fact,
    fact_of,
    grounds_of,
    judged_programme,
    read_facts,
    rounds_to_read,
)
from alignment.queries.coverage_rows import Levels, ground, read_levels, read_metals
from alignment.queries.facts import Chosen, Named, ProgrammeRow, named_on, named_programmes
from alignment.queries.records import Ground
from alignment.queries.status import part_cell

TOGETHER = 12
"""Up to so many programmes stand beside one another in one map."""

COLUMNS = 6
"""More come in pages of so many, which can be read without turning a word."""

LISTED = 100
"""Up to so many programmes, those out of scope are listed too, each with the reason."""

OF_THE_BRAND = ("A", "B")
"""The sections whose criteria are asked of a brand; the others are about the programmes themselves."""


@dataclass(frozen=True, slots=True)
class CoverageFacts:
    """All that maps of a few programmes are drawn from, of any metal and stage, on a day as known at a moment."""

    known_at: datetime | None
    example: bool
    metals: tuple[Row[Any], ...]
    named: tuple[Named, ...]
    ids: Collection[str]
    read: Read
    levels: Levels


@dataclass(frozen=True, slots=True)
class ActionLine:
    """An open corrective action: whose it is, until when, and for which criteria, the last where they are held."""

    action: OpenAction
    owner: str
    due: date | None
    expected: date | None
    number_known: bool
    criteria: tuple[str, ...]
    our_reading: bool
    ground: Ground | None

    @property
    def said(self) -> str:
        """The state in words. An implementation is its owner’s report until an assessor has verified it."""
        state = self.action.state
        said = "Implemented as its owner reports, not verified" if state is ActionState.IMPLEMENTED else state.label
        return said if self.action.timing is Timing.NONE else f"{said}, {self.action.timing.value}"


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Another way of declaring a programme that the LME accepts."""

    id: str
    name: str
    programme: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class ProgrammeLine:
    """One programme of the map: its approval, how its verdicts count, and how old the last report is."""

    row: ProgrammeRow
    programme: Programme
    since: When | None
    ahead: tuple[Ahead, ...]
    decision: Fact | None
    counts: tuple[tuple[Verdict, int], ...]
    last_report: date | None
    age: str
    stale: bool

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def scope(self) -> Inclusion:
        return self.programme.scope


@dataclass(frozen=True, slots=True)
class OwnCell:
    """What is held of one section about the programme itself, in one part."""

    label: str
    tone: str
    mark: str
    small: str


@dataclass(frozen=True)
class CoveragePage:
    """The map with what stands behind it. ``declared`` are the programmes that a brand would declare, if any.

    ``facts`` and ``actions``, on which single cells rest, are read for the page of a few programmes alone.
    """

    map: CoverageMap
    known_at: datetime | None
    example: bool
    metals: tuple[Metal, ...]
    metal_ground: Ground | None
    lines: tuple[ProgrammeLine, ...]
    declared: tuple[str, ...]
    facts: Mapping[tuple[str, str], Fact]
    actions: Mapping[str, ActionLine]
    equivalents: tuple[Equivalent, ...]
    own: tuple[tuple[ProgrammeLine, tuple[OwnCell, ...]], ...]
    own_heads: tuple[tuple[Section, Part], ...]
    empty_because: str
    named: Mapping[str, str]
    first: int = 1

    def place(self, programme: str) -> int:
        """Where in every row of the map a programme stands."""
        return self._places[programme]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {each.id: place for place, each in enumerate(self.map.programmes)}

    @property
    def shown(self) -> set[str]:
        """The programmes that have a line."""
        return {each.id for each in self.lines}

    @property
    def columns_in_all(self) -> int:
        """How many programmes have the metal and stage in their scope."""
        return sum(programme.scope.inside for programme in self.map.programmes)

    @property
    def left_out(self) -> tuple[tuple[str, int], ...]:
        """How many programmes are out of scope and not listed, by reason."""
        listed = self.shown
        out = (each for each in self.map.programmes if not each.scope.inside and each.id not in listed)
        return tuple(Counter(each.scope.reason for each in out).items())

    @property
    def inside(self) -> tuple[ProgrammeLine, ...]:
        """The programmes whose scope has the metal and stage."""
        return tuple(each for each in self.lines if each.scope.inside)

    def line(self, programme: str) -> ProgrammeLine:
        return next(each for each in self.lines if each.id == programme)

    def cell(self, requirement: str, programme: str) -> Cell | None:
        """One cell; None where there is no such requirement or programme, or it is not asked."""
        row = next((row for row in self.map.rows if row.code == requirement), None)
        return row.cell(programme) if row else None


def coverage_facts(
    connection: Connection,
    ids: Collection[str],
    *,
    catalogue: Catalogue,
    as_at: date,
    known_at: datetime | None = None,
    example: bool = False,
    named: Sequence[Named] = (),
) -> CoverageFacts:
    """What maps of these programmes are drawn from: eight queries, however many they are.

    ``named`` are all programmes under each of their names, where somebody has read them already.
    """
    metals = tuple(read_metals(connection))
    named = tuple(named or named_programmes(connection, example=example))
    about = [row for row in named_on(named, as_at, known_at) if row.id in ids]
    chosen = Chosen(tuple(row.id for row in about))
    read = Read(catalogue, as_at, *read_facts(connection, about, known_at, example=example, chosen=chosen))
    levels = read_levels(connection, rounds_to_read(read, chosen.ids), as_at=as_at, known_at=known_at)
    return CoverageFacts(known_at, example, metals, named, chosen.ids, read, levels)


def coverage_map(
    facts: CoverageFacts,
    *,
    track_a: TrackA,
    metal: str,
    stage: str = "",
    policy_age: timedelta,
    programmes: Sequence[str] = (),
) -> CoveragePage:
    """The map of a few programmes with all that its cells rest on; no query.

    Refusal, naming what is known, for an unknown metal, stage or programme.
    """
    read, as_at = facts.read, facts.read.as_at
    metals = known_metals(facts.metals, metal)
    chosen, at_stage = chosen_metal(metal, metals), known_stage(stage)
    rows = named_on(facts.named, as_at, facts.known_at)
    inclusions = scopes(rows, facts.named, chosen, at_stage)
    listed = [row for row in rows if row.id in facts.ids]
    drawn = draw(
        as_at=as_at, metal=chosen, stage=at_stage, catalogue=read.catalogue, track_a=track_a,
        programmes=[judged_programme(read, facts.levels, row, inclusions[row.id]) for row in listed],
    )  # fmt: skip
    pairs = zip(listed, drawn.programmes, strict=True)
    lines = tuple(_line(read, row, programme, drawn, policy_age) for row, programme in pairs)
    accepted = equivalents_of(row for each in read.rows["equivalence"].values() for row in each)
    own = own_parts(read.catalogue)
    return CoveragePage(
        map=drawn,
        known_at=facts.known_at,
        example=facts.example,
        metals=tuple(_metal(row, said) for said, row in metals.items()),
        metal_ground=ground(metals[metal]),
        lines=lines,
        named={row.id: row.short_name for row in listed},
        declared=declared_by(programmes, rows, accepted),
        facts=grounds_of(read),
        actions=_action_lines(read, drawn),
        equivalents=begun(accepted, as_at),
        own=own_table(lines, own),
        own_heads=tuple((section, part.part) for section, part in own),
        empty_because="",
    )


def shown(drawn: CoverageMap, declared: Iterable[str], first: int | None) -> tuple[Collection[str], int]:
    """The programmes that a page of columns shows, and the number of its first column.

    All where they are few, where none is in scope or where no column is the first; else those in scope from a column
    on, and what is declared.
    """
    inside = [each.id for each in drawn.programmes if each.scope.inside]
    if first is None or not inside or (len(inside) <= TOGETHER and len(drawn.programmes) <= LISTED):
        return {each.id for each in drawn.programmes}, 1
    start = min(first - 1, len(inside) - 1) // COLUMNS * COLUMNS
    return {*inside[start : start + COLUMNS], *declared}, start + 1


T = TypeVar("T")


def _known(what: str, said: str, known: Mapping[str, T]) -> T:
    if said not in known:
        raise Refusal(f"“{said[:40]}” is not known as {what}; known are {', '.join(known) or 'none'}.")
    return known[said]


def known_metals(rows: Iterable[Row[Any]], said: str) -> dict[str, Row[Any] | None]:
    """The metals by their ids. An empty register knows no word at all; its pages say that it is empty."""
    return {row.id: row for row in rows} or {said: None}


def chosen_metal(said: str, metals: Mapping[str, Row[Any] | None]) -> Metal:
    """A metal by its id; Refusal, naming those that are known, for another."""
    return _metal(_known("metal", said, metals), said)


def known_stage(said: str) -> Stage | None:
    """A stage by its id, None for none; Refusal, naming those that are known, for another."""
    return _known("stage", said, {each.value: each for each in Stage}) if said else None


def _metal(row: Row[Any] | None, said: str) -> Metal:
    return Metal(row.id, row.name, bool(row.lme_settled)) if row else Metal(said, said.capitalize(), False)


def scopes(
    rows: Sequence[ProgrammeRow], named: Sequence[Named], metal: Metal, stage: Stage | None
) -> dict[str, Inclusion]:
    """Whether each of the programmes has the metal and stage in its scope."""
    names = _names(rows, named)
    return {row.id: _included(row, metal, stage, names) for row in rows}


def ever_inside(named: Iterable[Named], metal: Metal) -> set[str]:
    """The programmes that have the metal in their scope on some day, as known at some moment."""
    return {row.id for each in named for row in each.ever() if _included(row, metal, None, {}).inside}


def scopes_on(
    rows: Sequence[ProgrammeRow], named: Sequence[Named], metal: Metal, stage: Stage | None
) -> dict[str, Inclusion]:
    """The scopes of a day, of those programmes alone that may say something else today, or what supersedes them."""
    changed = {each.row.id for each in named if each.changes}
    names = _names(rows, named)
    others = (row for row in rows if row.id in changed or row.superseded_by in changed)
    return {row.id: _included(row, metal, stage, names) for row in others}


def _names(rows: Iterable[ProgrammeRow], named: Iterable[Named]) -> dict[str, str]:
    """The short names of a day, and those of today where a programme had none yet."""
    return {each.row.id: each.row.short_name for each in named} | {row.id: row.short_name for row in rows}


def _included(row: ProgrammeRow, metal: Metal, stage: Stage | None, names: Mapping[str, str]) -> Inclusion:
    named = next((each for each in row.metals if each.id == metal.id), None)
    return include(
        metal=metal.name, settled=metal.settled, covers=row.covers_metal(metal.id),
        excluded=named is not None and named.excluded, condition=named.condition if named else "",
        superseded_by=names.get(row.superseded_by, row.superseded_by),
        stages=row.stages, stage=stage,
    )  # fmt: skip


def declared_by(
    asked: Iterable[str], rows: Sequence[ProgrammeRow], equivalents: Sequence[Equivalent]
) -> tuple[str, ...]:
    """The programmes asked for, each once, in their order; an accepted equivalent stands for its programme."""
    known = {row.id: row.id for row in rows} | {each.id: each.programme for each in equivalents}
    wanted = {_known("programme", each, known) for each in asked}
    return tuple(row.id for row in rows if row.id in wanted)


# --- what the page says of it ------------------------------------------------------------------------------


def _line(
    read: Read, row: ProgrammeRow, programme: Programme, drawn: CoverageMap, policy_age: timedelta
) -> ProgrammeLine:
    found = state(read.held[row.id], read.as_at)
    decision = next((each for each in read.of("decision", row.id) if each.id == found.standing.decision_id), None)
    said = decided_fact(decision) if decision is not None else None
    return line(row, programme, drawn, found, policy_age, decision=said)


def line(
    row: ProgrammeRow,
    programme: Programme,
    drawn: CoverageMap,
    found: State,
    policy_age: timedelta,
    decision: Fact | None = None,
) -> ProgrammeLine:
    """A programme of the map in the state in which it is."""
    counted = Counter(drawn.offers[row.id])
    last = found.last_report
    return ProgrammeLine(
        row=row,
        programme=programme,
        since=found.standing.since if found.standing.decision_id else None,
        ahead=found.ahead,
        decision=decision,
        counts=tuple((verdict, counted[verdict]) for verdict in Verdict if counted[verdict]),
        last_report=last,
        age=say_age(last, drawn.as_at) if last else "",
        stale=last is not None and drawn.as_at > last + policy_age,
    )


def _action_lines(read: Read, drawn: CoverageMap) -> dict[str, ActionLine]:
    """The open actions of every programme that is shown, by id."""
    found: dict[str, ActionLine] = {}
    for programme in drawn.programmes:
        rows = {row.id: row for row in read.of("action", programme.id)}
        for action in programme.actions:
            row = rows[action.id]
            answers = [each for each in read.of("answer", programme.id) if each.about == action.id]
            found[action.id] = ActionLine(
                action=action, owner=row.more or "", due=row.on, expected=row.until_on, number_known=bool(row.flag),
                criteria=tuple(sorted(each.title for each in answers)),
                our_reading=bool(answers) and not action.certain, ground=ground(row),
            )  # fmt: skip
    return found


def equivalents_of(rows: Iterable[Row[Any]]) -> tuple[Equivalent, ...]:
    """Other ways of declaring a programme, in order."""
    ordered = sorted(rows, key=lambda row: (row.position, row.id))
    return tuple(Equivalent(row.id, row.title, row.programme, fact_of(row, row.about, row.said)) for row in ordered)


def begun(equivalents: Iterable[Equivalent], as_at: date) -> tuple[Equivalent, ...]:
    """Those that are accepted by a day."""
    return tuple(each for each in equivalents if each.fact.effective.on <= as_at)


# --- the programmes themselves -----------------------------------------------------------------------------


def own_parts(catalogue: Catalogue) -> tuple[tuple[Section, PartAsked], ...]:
    """The sections that are not asked of a brand, in each part that judges them."""
    found = []
    for section in catalogue.sections:
        if section.code not in OF_THE_BRAND:
            asked = question(section.code, section.title, section.criteria, catalogue)
            found += [(section, part) for part in asked.parts] if asked else []
    return tuple(found)


def own_table(
    lines: Iterable[ProgrammeLine], own: Sequence[tuple[Section, PartAsked]]
) -> tuple[tuple[ProgrammeLine, tuple[OwnCell, ...]], ...]:
    """What is held of those sections about each of the programmes in scope."""
    return tuple((each, _own_cells(each, own)) for each in lines if each.scope.inside)


def _own_cells(line: ProgrammeLine, own: Iterable[tuple[Section, PartAsked]]) -> tuple[OwnCell, ...]:
    if line.row.route is Route.EQUIVALENCE:
        return ()
    return tuple(_own_cell(judging.read(part, line.programme.part(part.part))) for _, part in own)


def _own_cell(read: PartGround) -> OwnCell:
    if read.said is Said.UNKNOWN:
        cell = part_cell(read.part, PartState(read.facts.progress))
        return OwnCell(cell.label, cell.tone, cell.mark, "")
    level = read.facts.result
    if read.resolution is Resolution.WHOLE_PART and level is not None:
        return OwnCell(level.label, level.tone, f"m-{level.tone}", "whole part")
    mark = {"full": "m-full", "na": "m-na", "part": "m-part", "not": "m-not", "unknown": "m-unknown"}[read.said.tone]
    if read.resolution is Resolution.CRITERION:
        counted = (
            f"{number} {level.short.lower()}" if level else f"{number} not rated" for level, number in read.counts
        )
        return OwnCell(read.said.label, read.said.tone, mark, ", ".join(counted))
    found = (f"{each.number} in {each.group} {each.level.short.lower()}" for each in read.findings)
    return OwnCell(read.said.label, read.said.tone, mark, ", ".join(found))
