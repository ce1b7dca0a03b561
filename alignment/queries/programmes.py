"""One programme as at a date: its status with reasons, results, actions, ledger, years and sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select
from sqlmodel import col

from alignment.domain.assessment import Progress, ResultKind, Route, Scope
from alignment.domain.catalogue import PRIMARY, Catalogue, Part
from alignment.domain.deciding import Advised, advised
from alignment.domain.decision import Approval
from alignment.domain.frozen import dataclass
from alignment.domain.programme import State, reigning_overall, state
from alignment.domain.rating import Level, worse
from alignment.domain.when import holding, say_age
from alignment.queries.facts import ProgrammeRow
from alignment.queries.reasons import ActionView, Reason, action_views, advice, next_step, reasons
from alignment.queries.record_rows import read_records
from alignment.queries.records import (
    AppealLine,
    DecisionEntry,
    Document,
    Entry,
    EquivalenceEntry,
    Ground,
    MonitoringEntry,
    PrintedName,
    PublicChange,
    RecognitionEntry,
    Records,
    ResultEntry,
    Round,
    Sibling,
    StatementEntry,
    begun,
)
from alignment.queries.results import (
    HoldingBack,
    PartResults,
    computed_overall,
    holding_back,
    newest_results,
    overall_differs,
    progress_in,
    result_in,
)
from alignment.queries.timeline import Timeline, timeline
from alignment.tables import Programme


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A decision or a recognition; for a decision, what the facts of that day advised.

    ``ahead``: it was decided by the day of the page and takes effect after it.
    """

    entry: DecisionEntry | RecognitionEntry
    decision: DecisionEntry | None
    recognition: RecognitionEntry | None
    advice: Advised | None
    stands: bool
    ahead: bool = False
    appeals: tuple[AppealLine, ...] = ()


@dataclass(frozen=True, slots=True)
class RoundCell:
    """What a round had for one part, or for the whole, on the date: its result, or else how far it had come.

    ``derived`` is the overall result that the parts give where nobody published one: the worse of the two.
    """

    scope: Scope
    result: ResultEntry | None
    progress: Progress | None
    derived: Level | None = None


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round with what it had on the date, for the three parts and the whole."""

    round: Round
    cells: tuple[RoundCell, ...]


@dataclass(frozen=True, slots=True)
class UsedSource:
    """A document that something on the page rests on, and what."""

    ground: Ground
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProgrammePage:
    """All that the page of a programme says, as at a date and as known at a moment."""

    as_at: date
    known_at: datetime | None
    learned: bool
    programme: ProgrammeRow
    ground: Ground | None
    names: tuple[PrintedName, ...]
    standard: Document
    standard_owners: tuple[str, ...]
    process: Document | None
    siblings: tuple[Sibling, ...]
    state: State
    last_report: date | None
    last_report_by: Ground | None
    status_age: str
    stale: bool
    stale_since: date | None
    next: str
    reasons: tuple[Reason, ...]
    standing_advice: Advised | None
    advice: tuple[Advised, ...]
    results: tuple[PartResults, ...]
    computed_overall: Level | None
    overall_differs: str
    holding_back: tuple[HoldingBack, ...]
    actions: tuple[ActionView, ...]
    ledger: tuple[LedgerLine, ...]
    rounds: tuple[RoundLine, ...]
    monitoring: tuple[MonitoringEntry, ...]
    statements: tuple[StatementEntry, ...]
    equivalences: tuple[EquivalenceEntry, ...]
    timeline: Timeline
    sources: tuple[UsedSource, ...]
    changes: tuple[PublicChange, ...]
    later: int

    @property
    def id(self) -> str:
        return self.programme.id

    @property
    def history(self) -> tuple[tuple[str, tuple[StatementEntry, ...]], ...]:
        """The statements under what they are about, each group in the order of the files."""
        about = {"programme": "This programme", "standard": "The standard", "process": "The assurance process"}
        groups = {kind: tuple(each for each in self.statements if each.about == kind) for kind in about}
        return tuple((about[kind], statements) for kind, statements in groups.items() if statements)

    @property
    def approval(self) -> Approval:
        return self.state.standing.approval


def programme_page(
    connection: Connection,
    slug: str,
    *,
    as_at: date,
    known_at: datetime | None,
    policy_age: timedelta,
    catalogues: Mapping[str, Catalogue],
) -> ProgrammePage | None:
    """The page of a programme, None where there is no such programme. Four queries."""
    records = read_records(connection, slug, known_at, as_at=as_at)
    return programme_as_at(records, as_at, policy_age, catalogues) if records else None


def programme_names(connection: Connection, *, example: bool = False) -> tuple[tuple[str, str], ...]:
    """Address and short name of every programme of the register, in its order: for whoever missed one, for choices."""
    statement = (
        select(col(Programme.id), col(Programme.short_name))
        .where(col(Programme.example).is_(example))
        .order_by(col(Programme.number))
    )
    return tuple((row.id, row.short_name) for row in connection.execute(statement))


def programme_as_at(
    records: Records, as_at: date, policy_age: timedelta, catalogues: Mapping[str, Catalogue]
) -> ProgrammePage:
    """The records of a programme, judged on a date; what takes effect later is only counted."""
    found = state(records.held, as_at)
    results = newest_results(records, catalogues, as_at) if records.programme.route is Route.OECD else ()
    actions = action_views(records, as_at)
    stale_since = found.last_report + policy_age if found.last_report else None
    stale = stale_since is not None and as_at > stale_since
    ledger = _ledger(records, found, as_at)
    return ProgrammePage(
        as_at=as_at,
        known_at=records.known_at,
        learned=records.learned,
        programme=records.programme,
        ground=records.ground,
        names=records.names,
        standard=records.standard,
        standard_owners=records.standard_owners,
        process=records.process,
        siblings=records.siblings,
        state=found,
        last_report=found.last_report,
        last_report_by=_last_ground(records, as_at),
        status_age=say_age(found.last_report, as_at) if found.last_report else "",
        stale=stale,
        stale_since=stale_since,
        next=next_step(records.programme, found, actions, stale=stale),
        reasons=tuple(reasons(records, found, results, actions, as_at)),
        standing_advice=_standing_advice(records.programme.route, found, ledger),
        advice=advice(records.programme.route, found),
        results=results,
        computed_overall=computed_overall(results),
        overall_differs=overall_differs(reigning_overall(records.results, as_at), results),
        holding_back=holding_back(results, records, catalogues),
        actions=actions,
        ledger=ledger,
        rounds=_rounds(records, as_at),
        monitoring=begun(records.monitoring, as_at),
        statements=begun(records.statements, as_at),
        equivalences=begun(records.equivalences, as_at),
        timeline=timeline(records.held, as_at, policy_age),
        sources=_sources(records, as_at),
        changes=records.changes,
        later=sum(entry.effective.on > as_at for entry in records.entries),
    )


def _last_ground(records: Records, as_at: date) -> Ground | None:
    """What the newest report rests on, of those by which the age of a status is counted."""
    told = (*records.progress, *records.results, *records.decided, *records.recognitions)
    known = [entry for entry in told if entry.reported_on <= as_at]
    newest = max(known, key=lambda entry: (entry.reported_on, entry.effective.on, entry.order), default=None)
    return newest.ground if newest else None


# --- ledger and rounds -------------------------------------------------------------------------


def _standing_advice(route: Route, found: State, ledger: Sequence[LedgerLine]) -> Advised | None:
    """What the facts of the date say about the decision that stands."""
    stands = next((line.decision for line in ledger if line.decision and line.stands), None)
    return advised(stands.act, route, found) if stands else None


def _ledger(records: Records, found: State, as_at: date) -> tuple[LedgerLine, ...]:
    """Decisions and recognitions, newest first, each decision with what the facts of its day advised."""
    recognition = holding(records.recognitions, as_at)
    lines = [
        LedgerLine(
            entry, entry, None,
            advised(entry.act, records.programme.route, state(records.held, min(entry.effective.on, as_at))),
            entry.id == found.standing.decision_id, entry.effective.on > as_at,
            tuple(each.on(as_at) for each in records.appeals.get(entry.id, ()) if each.filed_on <= as_at),
        )
        for entry in records.decisions
        if entry.effective.on <= as_at or (entry.taken_on is not None and entry.taken_on <= as_at)
    ]  # fmt: skip
    lines += [
        LedgerLine(entry, None, entry, None, entry is recognition) for entry in begun(records.recognitions, as_at)
    ]
    return tuple(sorted(lines, key=lambda line: (line.entry.effective.on, line.entry.order), reverse=True))


def _rounds(records: Records, as_at: date) -> tuple[RoundLine, ...]:
    """The rounds of which something is held on the date, newest first."""
    lines = []
    for each in reversed(records.rounds):
        cells = tuple(round_cell(records, each.number, scope, as_at) for scope in Scope)
        if any(cell.result or cell.progress for cell in cells) or records.levels(each.number, as_at):
            lines.append(RoundLine(each, cells))
    return tuple(lines)


def round_cell(records: Records, number: int, scope: Scope, as_at: date) -> RoundCell:
    """The result of a round, the published one before the computed, or how far it had come."""
    found = result_of_round(records, number, scope, as_at)
    if scope is not Scope.OVERALL:
        return RoundCell(scope, found, progress_in(records, number, Part(scope.value), as_at))
    parts = [result_of_round(records, number, Scope(part.value), as_at) for part in PRIMARY]
    return RoundCell(scope, found, None, None if found else worse(*(part.level if part else None for part in parts)))


def result_of_round(records: Records, number: int, scope: Scope, as_at: date) -> ResultEntry | None:
    """The result that a round has of a part or of the whole, the published one before the computed."""
    return result_in(records.results, number, scope, ResultKind.PUBLISHED, as_at) or result_in(
        records.results, number, scope, ResultKind.COMPUTED, as_at
    )


# --- sources -----------------------------------------------------------------------------------------


def _sources(records: Records, as_at: date) -> tuple[UsedSource, ...]:
    """The documents that the page rests on, in the order in which it first uses them."""
    used: list[tuple[str, Ground | None]] = [("scope", records.ground), ("the standard", records.standard.ground)]
    used += [("assurance process", records.process.ground)] if records.process else []
    used += [("printed names", name.ground) for name in records.names]
    for label, entries in _labelled(records):
        used += [(label, entry.ground) for entry in entries if entry.effective.on <= as_at]
    used += [("corrective actions", action.ground) for action in records.actions]
    grounds: dict[str, Ground] = {}
    facts: dict[str, list[str]] = {}
    for label, ground in used:
        if ground is not None and not ground.own:
            grounds.setdefault(ground.source, ground)
            facts.setdefault(ground.source, []).append(label)
    return tuple(UsedSource(ground, tuple(dict.fromkeys(facts[source]))) for source, ground in grounds.items())


def _labelled(records: Records) -> Iterator[tuple[str, Sequence[Entry]]]:
    yield "part progress", records.progress
    yield "results", records.results
    yield "findings", records.findings
    yield "corrective actions", [step for action in records.actions for step in action.steps]
    yield "decisions", records.decisions
    yield "recognitions", records.recognitions
    yield "monitoring", records.monitoring
    yield "history", records.statements
    yield "equivalences", records.equivalences
