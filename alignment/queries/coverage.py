"""Coverage as a page: the map for a metal and stage, with every fact that its verdicts rest on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, func, select
from sqlmodel import col

from alignment.domain import coverage as judging
from alignment.domain.action import ActionState, Timing
from alignment.domain.assessment import Progress, ResultKind, Route
from alignment.domain.catalogue import Catalogue, Part, Section, Stage, TrackA
from alignment.domain.coverage import Cell, Resolution, Said, Verdict
from alignment.domain.coverage import Ground as PartGround
from alignment.domain.coverage_facts import (
    Finding,
    Inclusion,
    OpenAction,
    PartAsked,
    PartFacts,
    Programme,
    Ratings,
    bits,
    include,
    packed,
    question,
)
from alignment.domain.coverage_map import CoverageMap, Metal, draw
from alignment.domain.decision import Act, standing
from alignment.domain.programme import Held, State, part_state, state
from alignment.domain.rating import Level
from alignment.domain.refusal import Refusal
from alignment.domain.status import PartState
from alignment.domain.when import When, say_age
from alignment.queries.coverage_rows import Levels, ground, read_levels, read_metals, read_rows
from alignment.queries.facts import Chosen, Named, ProgrammeRow, named_on, named_programmes, sure_when
from alignment.queries.held import held
from alignment.queries.records import Ground
from alignment.queries.status import part_cell
from alignment.tables import Event

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
    """All that maps of any metal, stage and day are drawn from but the ratings, as known at a moment."""

    known_at: datetime | None
    example: bool
    metals: tuple[Row[Any], ...]
    named: tuple[Named, ...]
    held: Mapping[str, Held]
    rows: Mapping[str, Mapping[str, list[Row[Any]]]]
    nothing: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A dated fact that verdicts rest on: what it is, what it says, on what it rests, by which source."""

    title: str
    said: str
    rests_on: str
    effective: When
    ground: Ground | None


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

    ``bare``: the facts that single cells rest on were not read.
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
    bare: bool = False

    def columns(self, first: int) -> CoveragePage:
        """The same with the lines of one page of columns, where there are more than fit on one."""
        ids, first = shown(self.map, self.declared, first)
        lines = tuple(each for each in self.lines if each.id in ids)
        return replace(self, lines=lines, own=tuple(each for each in self.own if each[0].id in ids), first=first)

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


def coverage_map(
    connection: Connection,
    *,
    catalogue: Catalogue,
    track_a: TrackA,
    metal: str,
    stage: str = "",
    as_at: date,
    known_at: datetime | None = None,
    policy_age: timedelta,
    programmes: Sequence[str] = (),
    example: bool = False,
    facts: CoverageFacts | None = None,
    named: Sequence[Named] = (),
    only: str = "",
) -> CoveragePage:
    """The map on a date: eight queries however many programmes, one where the facts were read before.

    ``named`` are all programmes under each of their names, where somebody has read them already; ``only`` draws the
    map of one of them.

    Refusal, naming what is known, for an unknown metal, stage or programme.
    """
    facts = facts or coverage_facts(connection, known_at=known_at, example=example, named=named, only=only)
    metals: dict[str, Row[Any] | None] = {row.id: row for row in facts.metals}
    if not metals:  # an empty register knows no word at all; it says below that it is empty
        metals = {metal: None}
    chosen, at_stage = chosen_metal(metal, metals), known_stage(stage)
    rows, nothing = named_on(facts.named, as_at, known_at), facts.nothing
    read = Read(catalogue, as_at, facts.held, facts.rows)
    inclusions = {} if nothing else scopes(rows, chosen, at_stage)
    listed = [row for row in rows if row.id in inclusions and only in ("", row.id)]
    rounds = _rounds_to_read(read, {row.id: inclusions[row.id] for row in listed})
    levels = read_levels(connection, rounds, as_at=as_at, known_at=known_at)
    drawn = draw(
        as_at=as_at, metal=chosen, stage=at_stage, catalogue=catalogue, track_a=track_a,
        programmes=[_programme(read, levels, row, inclusions[row.id]) for row in listed],
    )  # fmt: skip
    pairs = zip(listed, drawn.programmes, strict=True)
    lines = tuple(_line(read, row, programme, drawn, policy_age) for row, programme in pairs)
    accepted = (row for programme in read.rows["equivalence"] for row in read.begun("equivalence", programme))
    equivalents = equivalents_of(accepted)
    own = own_parts(catalogue)
    return CoveragePage(
        map=drawn,
        known_at=known_at,
        example=example,
        metals=tuple(_metal(row, said) for said, row in metals.items()),
        metal_ground=ground(metals[metal]),
        lines=lines,
        named={row.id: row.short_name for row in listed},
        declared=declared_by(programmes, rows, equivalents),
        facts=_facts(read),
        actions=_action_lines(read, drawn),
        equivalents=equivalents,
        own=own_table(lines, own),
        own_heads=tuple((section, part.part) for section, part in own),
        empty_because=nothing,
    )


def coverage_facts(
    connection: Connection,
    *,
    known_at: datetime | None = None,
    example: bool = False,
    named: Sequence[Named] = (),
    only: str = "",
) -> CoverageFacts:
    """What maps are drawn from, or ``only`` that of one programme: seven queries, eight where nothing is held."""
    metals = tuple(read_metals(connection))
    named = tuple(named or named_programmes(connection, example=example))
    few = Chosen((only,)) if only else None
    about = [row for row in named_on(named, date.max) if only in ("", row.id)]
    facts, kinds = read_facts(connection, about, known_at, example=example, chosen=few)
    nothing = _why_nothing(connection, facts, known_at, example=example, few=bool(only))
    return CoverageFacts(known_at, example, metals, named, facts, kinds, nothing)


def shown(drawn: CoverageMap, declared: Iterable[str], first: int) -> tuple[Collection[str], int]:
    """The programmes that a page of columns shows, and the number of its first column.

    All where they are few, or where none is in scope; else those in scope from a column on, and what is declared.
    """
    inside = [each.id for each in drawn.programmes if each.scope.inside]
    if not inside or (len(inside) <= TOGETHER and len(drawn.programmes) <= LISTED):
        return {each.id for each in drawn.programmes}, 1
    start = min(first - 1, len(inside) - 1) // COLUMNS * COLUMNS
    return {*inside[start : start + COLUMNS], *declared}, start + 1


T = TypeVar("T")


def _known(what: str, said: str, known: Mapping[str, T]) -> T:
    if said not in known:
        raise Refusal(f"“{said[:40]}” is not known as {what}; known are {', '.join(known) or 'none'}.")
    return known[said]


def chosen_metal(said: str, metals: Mapping[str, Row[Any] | None]) -> Metal:
    """A metal by its id; Refusal, naming those that are known, for another."""
    return _metal(_known("metal", said, metals), said)


def known_stage(said: str) -> Stage | None:
    """A stage by its id, None for none; Refusal, naming those that are known, for another."""
    return _known("stage", said, {each.value: each for each in Stage}) if said else None


def _metal(row: Row[Any] | None, said: str) -> Metal:
    return Metal(row.id, row.name, bool(row.lme_settled)) if row else Metal(said, said.capitalize(), False)


def scopes(rows: Sequence[ProgrammeRow], metal: Metal, stage: Stage | None) -> dict[str, Inclusion]:
    """Whether each of the programmes has the metal and stage in its scope."""
    names = {row.id: row.short_name for row in rows}
    return {row.id: _included(row, metal, stage, names) for row in rows}


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


# --- what was read -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Read:
    """All that is held, by programme, and the day on which it is looked at."""

    catalogue: Catalogue
    as_at: date
    held: Mapping[str, Held]
    rows: Mapping[str, Mapping[str, list[Row[Any]]]]

    def of(self, kind: str, programme: str) -> list[Row[Any]]:
        return self.rows[kind].get(programme, [])

    def begun(self, kind: str, programme: str) -> list[Row[Any]]:
        """The dated facts of a kind that hold by the day."""
        return [row for row in self.of(kind, programme) if row.on <= self.as_at]

    def turning(self, programme: str) -> set[date]:
        """The days from which what coverage rests on may be something else; ratings aside."""
        facts = self.held[programme]
        steps = (step for action in facts.actions for step in action.steps)
        limits = (limit for action in facts.actions for limit in (action.due, action.expected) if limit)
        return {
            *(fact.effective.on for fact in facts.progress),
            *(step.effective.on for step in steps),
            *(row.on for kind in ("result", "finding") for row in self.of(kind, programme)),
            # What is due on a day is late from the next one on.
            *(limit + timedelta(days=1) for limit in limits if limit < date.max),
        }

    def told_from(self, programme: str) -> date | None:
        """The day on which the first part of any round is complete, until which ratings are not told; None for none."""
        complete = (fact for fact in self.held[programme].progress if fact.progress is Progress.COMPLETE)
        return min((fact.effective.on for fact in complete), default=None)

    def facts(self, programme: str, levels: Levels) -> tuple[dict[Part, PartFacts], tuple[OpenAction, ...]]:
        """What is held on the day of the parts, and the actions that are open."""
        parts = {part: _part_facts(self, levels, programme, part) for part in Part}
        return parts, tuple(_open_actions(self, programme))


def read_facts(
    connection: Connection,
    rows: Sequence[ProgrammeRow],
    known_at: datetime | None,
    *,
    example: bool,
    chosen: Chosen | None = None,
) -> tuple[Mapping[str, Held], Mapping[str, Mapping[str, list[Row[Any]]]]]:
    """The dated facts of programmes: for their status, and by kind and programme."""
    facts = held(connection, rows, known_at, chosen)
    kinds: dict[str, dict[str, list[Row[Any]]]] = defaultdict(lambda: defaultdict(list))
    for kind, found in read_rows(connection, known_at=known_at, example=example, chosen=chosen).items():
        for row in found:
            kinds[kind][row.programme].append(row)
    return facts, kinds


@dataclass(frozen=True, slots=True)
class Reading:
    """Programmes as coverage judges them, with the facts beneath: for pages that set them side by side."""

    programmes: tuple[Programme, ...]
    held: Mapping[str, Held]
    facts: Mapping[tuple[str, str], Fact]
    nothing: str


def read_programmes(
    connection: Connection,
    chosen: Sequence[ProgrammeRow],
    *,
    catalogue: Catalogue,
    as_at: date,
    known_at: datetime | None,
    example: bool,
) -> Reading:
    """What is held of the chosen programmes, whatever their scope; five queries, six where nothing is held."""
    few = Chosen(tuple(row.id for row in chosen))
    read = Read(catalogue, as_at, *read_facts(connection, chosen, known_at, example=example, chosen=few))
    everywhere = Inclusion(True)
    wanted = {row.id: everywhere for row in chosen}
    levels = read_levels(connection, _rounds_to_read(read, wanted), as_at=as_at, known_at=known_at)
    return Reading(
        programmes=tuple(_programme(read, levels, row, everywhere) for row in chosen),
        held=read.held,
        facts=_facts(read),
        nothing=_why_nothing(connection, read.held, known_at, example=example, few=True),
    )


def _why_nothing(
    connection: Connection,
    held: Mapping[str, Held],
    known_at: datetime | None,
    *,
    example: bool,
    few: bool = False,
) -> str:
    """Why there is nothing to show; empty where there is something, or may be about others than these few."""
    if any(facts.decisions or facts.progress or facts.recognitions for facts in held.values()):
        return ""
    if example and not few:
        return "The worked example is not loaded: run “alignment load-example”."
    first = connection.execute(select(func.min(col(Event.at)))).scalar()
    if first is None:
        return "This register holds nothing yet: run “alignment load-seeds”."
    if known_at is not None and known_at < datetime.fromisoformat(first):
        learned = f"{first[:10]} at {first[11:16]} UTC"
        return f"This register learned its first fact on {learned}; before that it knew nothing."
    return "" if few else "This register holds no fact about any programme."


def _rounds_to_read(read: Read, inclusions: Mapping[str, Inclusion]) -> list[str]:
    """The rounds whose ratings are asked for: of programmes in scope, the newest one that is told, part by part."""
    found = {
        row.id
        for programme, inclusion in inclusions.items()
        if inclusion.inside
        for part in Part
        if (row := _rated_round(read, programme, part)) is not None
    }
    return sorted(found)


def _rated_round(read: Read, programme: str, part: Part) -> Row[Any] | None:
    """The newest published round in which a part is complete; none where a newer result stands without ratings.

    A round under way takes nothing back that was told, and its ratings are not public yet.
    """
    complete = {
        fact.round
        for fact in read.held[programme].progress
        if fact.part is part and fact.progress is Progress.COMPLETE and fact.effective.on <= read.as_at
    }
    rounds = [row for row in read.of("round", programme) if row.round in complete and row.flag]
    newest = max(rounds, key=lambda row: int(row.round), default=None)
    if newest is None or newest.about != read.catalogue.edition:
        return None
    result = _standing_result(read, programme, part)
    return newest if result is None or newest.round >= result.round else None


def _standing_result(read: Read, programme: str, part: Part) -> Row[Any] | None:
    """The result that stands: of the newest round, the published before the computed one."""
    if not part_state(read.held[programme], part, read.as_at).complete:
        return None
    found = [row for row in read.begun("result", programme) if row.about == part.value]
    return max(
        found, key=lambda row: (row.round, row.title == ResultKind.PUBLISHED.value, row.on, row.position), default=None
    )


# --- what coverage is judged from --------------------------------------------------------------------------


def _programme(read: Read, levels: Levels, row: ProgrammeRow, inclusion: Inclusion) -> Programme:
    approval = standing(read.held[row.id].decisions, read.as_at).approval
    return Programme(row.id, row.name, approval, inclusion, *read.facts(row.id, levels))


def _part_facts(read: Read, levels: Levels, programme: str, part: Part) -> PartFacts:
    result, rated = _standing_result(read, programme, part), _rated_round(read, programme, part)
    basis = result if result is not None else rated
    findings = [
        _finding(row, read.catalogue)
        for row in read.begun("finding", programme)
        if basis is not None and row.round == basis.round and row.about == part.value
    ]
    return PartFacts(
        progress=part_state(read.held[programme], part, read.as_at).progress,
        result=Level(result.word) if result is not None else None,
        result_id=result.id if result is not None else "",
        ratings=packed(levels.get((rated.id, part), {}), read.catalogue) if rated is not None else Ratings(),
        findings=tuple(findings),
    )


def _finding(row: Row[Any], catalogue: Catalogue) -> Finding:
    criterion = catalogue.by_code.get(row.more or "")
    return Finding(row.id, row.title, Level(row.word), row.number, bits([criterion]) if criterion else 0)


def _open_actions(read: Read, programme: str) -> Iterator[OpenAction]:
    titles = {row.id: row.title for row in read.of("action", programme)}
    for fact in read.held[programme].actions:
        reached = fact.state(read.as_at)
        if reached is None or not reached.is_open:
            continue
        answers = [row for row in read.of("answer", programme) if row.about == fact.id]
        yield OpenAction(
            id=fact.id,
            title=titles[fact.id],
            state=reached,
            timing=fact.timing(read.as_at),
            criteria=bits(read.catalogue.by_code[row.title] for row in answers if row.title in read.catalogue.by_code),
            certain=any(not row.flag for row in answers),
        )


# --- what the page says of it ------------------------------------------------------------------------------


def _line(
    read: Read, row: ProgrammeRow, programme: Programme, drawn: CoverageMap, policy_age: timedelta
) -> ProgrammeLine:
    found = state(read.held[row.id], read.as_at)
    decision = next((each for each in read.of("decision", row.id) if each.id == found.standing.decision_id), None)
    said = _decision(decision) if decision is not None else None
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
        decision=decision,
        counts=tuple((verdict, counted[verdict]) for verdict in Verdict if counted[verdict]),
        last_report=last,
        age=say_age(last, drawn.as_at) if last else "",
        stale=last is not None and drawn.as_at > last + policy_age,
    )


def _decision(row: Row[Any]) -> Fact:
    return _fact(row, Act(row.word).label, row.said, f"Conditions: {row.more}" if row.more else "")


def _fact(row: Row[Any], title: str, said: str, rests_on: str = "") -> Fact:
    return Fact(title, said, rests_on, sure_when(row.on, row.precision), ground(row))


def _facts(read: Read) -> dict[tuple[str, str], Fact]:
    """What verdicts can rest on: results and findings by id, how far a part has come by programme and part."""
    found: dict[tuple[str, str], Fact] = {}
    for programme in read.rows["progress"]:
        for row in sorted(read.begun("progress", programme), key=lambda row: (row.on, row.position)):
            found["progress", f"{programme} {row.about}"] = _fact(row, Progress(row.word).label, "")
    for rows in read.rows["result"].values():
        found |= {("result", row.id): _fact(row, Level(row.word).label, row.said, row.more) for row in rows}
    for rows in read.rows["finding"].values():
        found |= {("finding", row.id): _fact(row, _finding_title(row), row.said) for row in rows}
    return found


def _finding_title(row: Row[Any]) -> str:
    named = row.more or f"{row.number} of {row.title}"
    return f"{named} {Level(row.word).label.lower()}"


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
    """Other ways of declaring a programme."""
    return tuple(Equivalent(row.id, row.title, row.programme, _fact(row, row.about, row.said)) for row in rows)


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
