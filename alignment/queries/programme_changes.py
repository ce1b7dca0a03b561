"""What changed in a programme between two days, or between two rounds of its assessment, and on what grounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from alignment.domain.assessment import Route, Scope
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.frozen import dataclass
from alignment.domain.programme import State, state
from alignment.domain.rating import Level
from alignment.domain.when import apart
from alignment.queries.facts import ProgrammeRow
from alignment.queries.programmes import round_cell
from alignment.queries.reasons import action_views
from alignment.queries.record_rows import read_records
from alignment.queries.records import Entry, Ground, PrintedName, RatingRecord, Records, Round
from alignment.queries.status import part_cell


@dataclass(frozen=True, slots=True)
class Change:
    """One matter that is said otherwise afterwards; with its ground where no fact below tells it."""

    matter: str
    before: str
    after: str
    ground: Ground | None = None


@dataclass(frozen=True, slots=True)
class FactBetween:
    """A fact that took effect after the first day and by the second."""

    kind: str
    said: str
    entry: Entry

    @property
    def ground(self) -> Ground | None:
        return self.entry.ground


@dataclass(frozen=True, slots=True)
class DayChanges:
    """What a programme's page says differently on two days, and the facts behind it, in order of time.

    ``first_seen`` are those that began on an unknown earlier day.
    """

    programme: ProgrammeRow
    known_at: datetime | None
    before: date
    after: date
    changes: tuple[Change, ...]
    facts: tuple[FactBetween, ...]
    first_seen: tuple[FactBetween, ...]


@dataclass(frozen=True, slots=True)
class RatingChange:
    """A criterion whose published level is another one in the later round; None where none is published."""

    part: Part
    criterion: str
    title: str
    before: Level | None
    after: Level | None


@dataclass(frozen=True, slots=True)
class RoundChanges:
    """What differs between two published rounds: results, then ratings where both publish any."""

    programme: ProgrammeRow
    as_at: date
    known_at: datetime | None
    before: Round
    after: Round
    changes: tuple[Change, ...]
    compared: int
    carried: int
    ratings: tuple[RatingChange, ...]


def day_changes(
    connection: Connection, slug: str, before: date, after: date, *, known_at: datetime | None, policy_age: timedelta
) -> DayChanges | None:
    """The changes between two days, None where there is no such programme. Four queries."""
    records = read_records(connection, slug, known_at, as_at=after)
    if records is None:
        return None
    was, now = (dict(_matters(records, day, policy_age)) for day in (before, after))
    between = (fact for fact in _facts(records) if before < fact.entry.effective.on <= after)
    facts, first_seen = apart(between, lambda fact: fact.entry.effective)
    return DayChanges(
        programme=records.programme,
        known_at=known_at,
        before=before,
        after=after,
        changes=(
            *_renamed(records, before, after),
            *(Change(matter, was[matter], now[matter]) for matter in now if was[matter] != now[matter]),
        ),
        facts=facts,
        first_seen=first_seen,
    )


def _matters(records: Records, day: date, policy_age: timedelta) -> Iterator[tuple[str, str]]:
    """Everything that the status of a programme consists of on a day, in words; the same matters for every day."""
    found = state(records.held, day)
    yield from state_matters(found, records.programme.route, recognised=bool(records.recognitions))
    known = {view.action.id: view.said for view in action_views(records, day)}
    for action in records.actions:
        yield f"Corrective action: {action.title}", known.get(action.id, "Not known")
    yield AGE, said_age(found.last_report, day, policy_age)


def state_matters(found: State, route: Route, *, recognised: bool) -> Iterator[tuple[str, str]]:
    """What the register derives of a programme on a day, matter by matter; ``recognised``: where acts are held."""
    yield "LME approval", found.standing.approval.label
    yield "Alignment assessment", found.sentence
    if route is Route.OECD:
        for part in Part:
            result = found.parts[part].result
            yield f"{part.label} part", result.label if result else part_cell(part, found.parts[part]).label
        yield "Overall result", found.overall.label if found.overall else "None"
    if recognised:
        yield "Recognition", found.recognition_said
        yield "Decision of the LME", "Due" if found.decision_due else "Not due"


def renamed(before: str, after: str, ground: Ground | None = None) -> Iterator[Change]:
    """That a programme is printed under another name."""
    if before != after:
        yield Change("Printed name", before, after, ground)


def _renamed(records: Records, before: date, after: date) -> Iterator[Change]:
    was, now = (_printed(records, day) for day in (before, after))
    if was and now:
        yield from renamed(was.name, now.name, now.ground)


def _printed(records: Records, day: date) -> PrintedName | None:
    """The name in the table on a day."""
    names = [each for each in records.names if each.in_table and (each.since or date.min) <= day]
    return max(names, key=lambda each: each.since or date.min, default=None)


AGE = "Age of the status"


def said_age(last_report: date | None, day: date, policy_age: timedelta) -> str:
    """Whether the status is stale on a day."""
    stale = last_report is not None and day > last_report + policy_age
    return f"Stale: over {policy_age.days} days" if stale else "Within the policy age"


def _facts(records: Records) -> Iterator[FactBetween]:
    yield from _judged(records)
    yield from _acted(records)
    for point in records.monitoring:
        yield FactBetween("Monitoring", point.statement, point)
    for statement in records.statements:
        yield FactBetween("History", statement.title or statement.text, statement)
    for equivalence in records.equivalences:
        yield FactBetween("Equivalence", equivalence.statement, equivalence)


def _judged(records: Records) -> Iterator[FactBetween]:
    for progress in records.progress:
        yield FactBetween("Part progress", f"{progress.part.label}: {progress.progress.label.lower()}", progress)
    for result in records.results:
        said = f"{result.scope.label}: {result.level.label.lower()} ({result.kind.value}). {result.statement}"
        yield FactBetween("Result", said, result)
    for finding in records.findings:
        said = f"{finding.part.label}: {finding.number} {finding.level.label.lower()}. {finding.statement}"
        yield FactBetween("Finding", said, finding)


def _acted(records: Records) -> Iterator[FactBetween]:
    for decision in records.decisions:
        yield FactBetween("Decision of the LME", f"{decision.act.label}. {decision.reason}", decision)
    for recognition in records.recognitions:
        said = f"{recognition.act.label} by {recognition.authority}, under {recognition.under}. {recognition.statement}"
        yield FactBetween("Recognition", said, recognition)
    for action in records.actions:
        for step in action.steps:
            said = f"{action.title}: {step.state.label.lower()}. {step.statement}"
            yield FactBetween("Corrective action", said, step)


def round_changes(
    connection: Connection,
    slug: str,
    before: int,
    after: int,
    *,
    as_at: date,
    known_at: datetime | None,
    catalogues: Mapping[str, Catalogue],
) -> RoundChanges | tuple[int, ...] | None:
    """The changes between two rounds; the numbers of the published ones where one of them is not. Four queries."""
    records = read_records(connection, slug, known_at, as_at=as_at)
    if records is None:
        return None
    rounds = {each.number: each for each in records.rounds if each.published}
    if before not in rounds or after not in rounds:
        return tuple(rounds)
    was, now = (records.standing_ratings(number, as_at) for number in (before, after))
    return RoundChanges(
        programme=records.programme,
        as_at=as_at,
        known_at=known_at,
        before=rounds[before],
        after=rounds[after],
        changes=tuple(_result_changes(records, before, after, as_at)),
        compared=len(was.keys() & now.keys()),
        carried=sum(bool(rating.carried_from) for rating in now.values()),
        ratings=tuple(_rating_changes(was, now, catalogues.get(rounds[after].edition))) if was and now else (),
    )


def _result_changes(records: Records, before: int, after: int, as_at: date) -> Iterator[Change]:
    for scope in Scope:
        said = []
        for number in (before, after):
            cell = round_cell(records, number, scope, as_at)
            level = cell.result.level if cell.result else cell.derived
            said.append(level.label if level else cell.progress.label if cell.progress else "Not published")
        if said[0] != said[1]:
            yield Change(scope.label, said[0], said[1])


Ratings = Mapping[tuple[Part, str], RatingRecord]


def _rating_changes(was: Ratings, now: Ratings, catalogue: Catalogue | None) -> Iterator[RatingChange]:
    """In the order of the catalogue of the later round; criteria of another edition come last, by code."""
    criteria = catalogue.by_code if catalogue else {}
    last = len(criteria)
    keys = was.keys() | now.keys()
    for part, code in sorted(keys, key=lambda key: (list(Part).index(key[0]), _order(criteria, key[1], last), key[1])):
        before, after = was.get((part, code)), now.get((part, code))
        levels = (before.level if before else None, after.level if after else None)
        if levels[0] is not levels[1]:
            yield RatingChange(part, code, criteria[code].title if code in criteria else "", *levels)


def _order(criteria: Mapping[str, object], code: str, last: int) -> int:
    return getattr(criteria[code], "order", last) if code in criteria else last
