"""What coverage is judged from: the facts of programmes as read, and what they say of each part on a day."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select
from sqlmodel import col

from alignment.domain.assessment import Progress, ResultKind
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.coverage_facts import (
    Finding,
    Inclusion,
    OpenAction,
    PartFacts,
    Programme,
    Ratings,
    bits,
    packed,
)
from alignment.domain.decision import Act, standing
from alignment.domain.frozen import dataclass
from alignment.domain.programme import Held, part_state
from alignment.domain.rating import Level
from alignment.domain.when import When
from alignment.queries.coverage_rows import Levels, Rows, ground, read_levels, read_rows
from alignment.queries.facts import Chosen, ProgrammeRow, in_force, sure_when
from alignment.queries.held import held
from alignment.queries.records import Ground
from alignment.queries.stated import own_ground
from alignment.queries.status import why_unknown
from alignment.tables import Event


@dataclass(frozen=True, slots=True)
class Fact:
    """A dated fact that verdicts rest on: what it is, what it says, on what it rests, by which source."""

    title: str
    said: str
    rests_on: str
    effective: When
    ground: Ground | None


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

    def facts(self, programme: str, levels: Levels) -> tuple[dict[Part, PartFacts], tuple[OpenAction, ...]]:
        """What is held on the day of the parts, and the actions that are open."""
        parts = {part: _part_facts(self, levels, programme, part) for part in Part}
        return parts, tuple(_open_actions(self, programme))


class Rated(NamedTuple):
    """A rating with the day and the moment from which on a verdict can rest on it."""

    day: date
    since: datetime
    version: Row[Any]


def told(rows: Rows, versions: Iterable[Any]) -> Iterator[Rated]:
    """The ratings of one programme that are ever told: a part is told once it is complete, and never before."""
    complete = _completed(rows)
    for version in versions:
        round, part, _, _, day, since = version
        if begun := complete.get((round, part)):
            yield Rated(max(begun[0], day), max(begun[1], since), version)


def _completed(rows: Rows) -> dict[tuple[str, str], tuple[date, datetime]]:
    """From which day on each part of each round was complete, and since when that was known, at the earliest."""
    rounds = {row.round: row.id for row in rows["round"]}
    found: dict[tuple[str, str], tuple[date, datetime]] = {}
    for row in rows["progress"]:
        if row.word == Progress.COMPLETE.value:
            key = rounds[row.round], row.about
            day, since = found.get(key, (row.on, row.recorded_at))
            found[key] = min(day, row.on), min(since, row.recorded_at)
    return found


@dataclass(frozen=True, slots=True)
class History:
    """All that was ever learned of one programme.

    ``known`` is what was held of it before the first of the moments ``since`` and from each on; ``rows`` are all that
    was recorded of its rounds, what was corrected later included.
    """

    catalogue: Catalogue
    programme: str
    since: Sequence[datetime]
    known: Sequence[Held]
    rows: Rows
    rated: Sequence[Rated]

    @property
    def moments(self) -> list[datetime]:
        """Those from which on what coverage rests on may be something else."""
        held = (
            moment
            for moment, (before, after) in zip(self.since, pairwise(self.known), strict=True)
            if (before.progress, before.actions) != (after.progress, after.actions)
        )
        recorded = (row.recorded_at for rows in self.rows.values() for row in rows)
        return sorted({*held, *recorded, *(each.since for each in self.rated)})

    def at(self, moment: datetime) -> Read:
        """What was known at a moment."""
        rows: dict[str, dict[str, list[Row[Any]]]] = defaultdict(dict)
        for kind, learned in self.rows.items():
            rows[kind][self.programme] = in_force([row for row in learned if row.recorded_at <= moment])
        held = self.known[bisect_right(self.since, moment)]
        return Read(self.catalogue, date.max, {self.programme: held}, rows)

    def rated_by(self, moment: datetime) -> list[Rated]:
        """The ratings that were known at a moment."""
        return [each for each in self.rated if each.since <= moment]


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
    levels = read_levels(connection, rounds_to_read(read, few.ids), as_at=as_at, known_at=known_at)
    return Reading(
        programmes=tuple(judged_programme(read, levels, row, Inclusion(True)) for row in chosen),
        held=read.held,
        facts=grounds_of(read),
        nothing="" if any(map(_anything, read.held.values())) else _why_nothing(connection, known_at),
    )


def _anything(facts: Held) -> bool:
    return bool(facts.decisions or facts.progress or facts.recognitions)


def _why_nothing(connection: Connection, known_at: datetime | None) -> str:
    return why_unknown(connection.execute(select(func.min(col(Event.at)))).scalar(), known_at)


def rounds_to_read(read: Read, programmes: Iterable[str]) -> list[str]:
    """The rounds whose ratings are asked for: of each programme the newest one that is told, part by part."""
    rounds = (_rated_round(read, programme, part) for programme in programmes for part in Part)
    return sorted({row.id for row in rounds if row is not None})


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


def judged_programme(read: Read, levels: Levels, row: ProgrammeRow, inclusion: Inclusion) -> Programme:
    """A programme with its approval and what is held of its parts on the day, as coverage is judged from it."""
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
        if reached is None or not reached.is_open or fact.id not in titles:
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


# --- what verdicts can rest on ---------------------------------------------------------------------------


def decided_fact(row: Row[Any]) -> Fact:
    """A decision of the LME as a fact that an approval rests on."""
    said = fact_of(row, Act(row.word).label, row.said, f"Conditions: {row.more}" if row.more else "")
    return said if said.ground else replace(said, ground=own_ground(row.id))


def fact_of(row: Row[Any], title: str, said: str, rests_on: str = "") -> Fact:
    """A row as a fact with its date and document."""
    return Fact(title, said, rests_on, sure_when(row.on, row.precision), ground(row))


def grounds_of(read: Read) -> dict[tuple[str, str], Fact]:
    """What verdicts can rest on: results and findings by id, how far a part has come by programme and part."""
    found: dict[tuple[str, str], Fact] = {}
    for programme in read.rows["progress"]:
        for row in sorted(read.begun("progress", programme), key=lambda row: (row.on, row.position)):
            found["progress", f"{programme} {row.about}"] = fact_of(row, Progress(row.word).label, "")
    for rows in read.rows["result"].values():
        found |= {("result", row.id): fact_of(row, Level(row.word).label, row.said, row.more) for row in rows}
    for rows in read.rows["finding"].values():
        found |= {("finding", row.id): fact_of(row, _finding_title(row), row.said) for row in rows}
    return found


def _finding_title(row: Row[Any]) -> str:
    named = row.more or f"{row.number} of {row.title}"
    return f"{named} {Level(row.word).label.lower()}"
