"""The market status: one row a programme, derived on a date from what was known at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select
from sqlmodel import col

from alignment.domain.assessment import Progress, Route
from alignment.domain.catalogue import Part, Stage
from alignment.domain.decision import Approval
from alignment.domain.programme import Difference, State, differences, state
from alignment.domain.rating import Level
from alignment.domain.status import PartState
from alignment.domain.when import When, say_age
from alignment.queries.facts import ProgrammeRow, Rows, SourceRef, held, programmes, when
from alignment.tables import Decision, Event, Metal, Publication, Source


@dataclass(frozen=True, slots=True)
class PartCell:
    """One part of an assessment as the table shows it: letter, word, colour and circle."""

    part: Part
    label: str
    tone: str
    mark: str


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One programme as printed, with what stands behind the words."""

    programme: ProgrammeRow
    state: State
    parts: tuple[PartCell, ...]
    approval_printed: str
    published_link: str
    announced_on: date | None
    source: SourceRef | None
    approval_age: str
    status_age: str
    stale: bool
    stale_since: date | None

    @property
    def id(self) -> str:
        return self.programme.id

    @property
    def approval(self) -> Approval:
        return self.state.standing.approval

    @property
    def since(self) -> When | None:
        return self.state.standing.since

    @property
    def sentence(self) -> str:
        return self.state.sentence


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked to see; empty means everything."""

    metal: str = ""
    approval: str = ""
    stage: str = ""

    @property
    def chosen(self) -> bool:
        return bool(self.metal or self.approval or self.stage)


@dataclass(frozen=True, slots=True)
class PublicationRef:
    """A market update, by number and date."""

    number: str
    title: str
    as_at: date


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The status table as at a date, as known at a moment, and what changed since the last market update."""

    as_at: date
    known_at: datetime | None
    rows: tuple[StatusRow, ...]
    in_all: int
    filters: Filters
    metals: tuple[tuple[str, str], ...]
    last: PublicationRef | None
    changes: tuple[tuple[StatusRow, tuple[Difference, ...]], ...]
    grown_stale: tuple[StatusRow, ...]
    empty_because: str
    in_all_by: tuple[tuple[Approval, int], ...]

    @property
    def said_counts(self) -> str:
        """The approvals in one sentence: one approved, nine conditionally approved."""
        said = [
            f"{_SMALL[number] if number < len(_SMALL) else number} {approval.label.lower()}"
            for approval, number in self.in_all_by
        ]
        return f"{', '.join(said)}."


def status_page(
    connection: Connection,
    *,
    as_at: date,
    known_at: datetime | None = None,
    filters: Filters = Filters(),
    policy_age: timedelta,
    example: bool = False,
) -> StatusPage:
    """The table for a date. Eight queries at most, however many programmes."""
    rows = status_rows(connection, as_at=as_at, known_at=known_at, policy_age=policy_age, example=example)
    last = None if example else last_publication(connection, as_at)
    changed = _changes(connection, rows, last, known_at, policy_age) if last and last.as_at < as_at else ()
    shown = tuple(row for row in rows if _fits(row, filters))
    return StatusPage(
        as_at=as_at,
        known_at=known_at,
        rows=shown,
        in_all=len(rows),
        filters=filters,
        metals=metal_names(connection),
        last=last,
        changes=changed,
        grown_stale=tuple(row for row in rows if row.stale),
        empty_because="" if rows else _why_empty(connection, known_at, as_at),
        in_all_by=tuple((each, number) for each in Approval if (number := _having(rows, each))),
    )


_SMALL = (
    "none",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def _having(rows: Sequence[StatusRow], approval: Approval) -> int:
    return sum(row.approval is approval for row in rows)


def status_rows(
    connection: Connection,
    *,
    as_at: date,
    known_at: datetime | None = None,
    policy_age: timedelta,
    example: bool = False,
    only: str | None = None,
) -> tuple[StatusRow, ...]:
    """The rows that the table has on a date; a programme known not to be decided yet has none."""
    known = programmes(connection, example=example, only=only)
    facts = held(connection, known, known_at)
    printed = _printed(connection, only)
    rows = []
    for programme in known:
        derived = state(facts[programme.id], as_at)
        approval = derived.standing.approval
        if approval is Approval.NONE and not only:
            continue
        rows.append(_row(programme, derived, printed.get(derived.standing.decision_id or ""), as_at, policy_age))
    return tuple(rows)


def _row(programme: ProgrammeRow, derived: State, printed: Any, as_at: date, policy_age: timedelta) -> StatusRow:
    since, last = derived.standing.since, derived.last_report
    stale_since = last + policy_age if last else None
    label = derived.standing.approval.label
    return StatusRow(
        programme=programme,
        state=derived,
        parts=part_cells(programme.route, derived),
        approval_printed=f"{label} ({printed.published_note})" if printed and printed.published_note else label,
        published_link=printed.published_link if printed else "",
        announced_on=printed.announced_on if printed else None,
        source=_source(printed) if printed else None,
        approval_age=_approval_age(since, derived, as_at),
        status_age=say_age(last, as_at) if last else "",
        stale=stale_since is not None and as_at > stale_since,
        stale_since=stale_since,
    )


def _approval_age(since: When | None, derived: State, as_at: date) -> str:
    if since is None or not derived.standing.decision_id:
        return "start not known"
    age = say_age(since.on, as_at)
    return f"at least {age}" if since.is_by and since.on < as_at else "start not known" if since.is_by else age


def part_cells(route: Route, derived: State) -> tuple[PartCell, ...]:
    """The cells of the three parts; the equivalence route has none."""
    if route is Route.EQUIVALENCE:
        return ()
    return tuple(part_cell(part, derived.parts[part]) for part in Part)


def part_cell(part: Part, found: PartState) -> PartCell:
    """One part in a word and a circle: its result, or how far it has come."""
    if found.result is not None:
        return PartCell(part, found.result.short, found.result.tone, _CIRCLE[found.result])
    if found.progress is Progress.COMPLETE:
        return PartCell(part, "Complete", "open", "m-done")
    if found.progress is Progress.NOT_KNOWN:
        label = "Not published" if part is Part.GOVERNANCE else "Not known"
        return PartCell(part, label, "unknown", "m-unknown")
    return PartCell(part, found.progress.label, "open", "m-open")


_CIRCLE = {Level.FULLY: "m-full", Level.PARTIALLY: "m-part", Level.NOT: "m-not", Level.NOT_APPLICABLE: "m-na"}


def _printed(connection: Connection, only: str | None) -> dict[str, Any]:
    """How each decision was printed and where it was reported, by its id."""
    statement: Rows = select(
        col(Decision.id), col(Decision.published_note), col(Decision.published_link), col(Decision.announced_on),
        col(Decision.place), col(Source.id).label("source"), col(Source.title), col(Source.issuer),
        col(Source.issued_on), col(Source.issued_precision),
    ).outerjoin(Source, col(Source.id) == Decision.source_id)  # fmt: skip
    if only:
        statement = statement.where(col(Decision.programme_id) == only)
    return {row.id: row for row in connection.execute(statement)}


def _source(row: Any) -> SourceRef | None:
    if not row.source:
        return None
    return SourceRef(row.source, row.title, row.issuer, when(row.issued_on, row.issued_precision), row.place)


def last_publication(connection: Connection, as_at: date) -> PublicationRef | None:
    """The newest market update that is not after a date."""
    row = connection.execute(
        select(col(Publication.number), col(Publication.title), col(Publication.as_at))
        .where(col(Publication.as_at) <= as_at)
        .order_by(col(Publication.as_at).desc(), col(Publication.number).desc())
        .limit(1)
    ).first()
    return PublicationRef(row.number, row.title, row.as_at) if row else None


def _changes(
    connection: Connection,
    rows: Sequence[StatusRow],
    last: PublicationRef,
    known_at: datetime | None,
    policy_age: timedelta,
) -> tuple[tuple[StatusRow, tuple[Difference, ...]], ...]:
    facts = held(connection, [row.programme for row in rows], known_at)
    before = [(row.id, state(facts[row.id], last.as_at)) for row in rows]
    found = differences(before, [(row.id, row.state) for row in rows])
    return tuple((row, mine) for row in rows if (mine := tuple(each for each in found if each.programme == row.id)))


def metal_names(connection: Connection) -> tuple[tuple[str, str], ...]:
    """The metals that the LME settles, for the filter."""
    rows = connection.execute(
        select(col(Metal.id), col(Metal.name)).where(col(Metal.lme_settled).is_(True)).order_by(col(Metal.position))
    )
    return tuple((row.id, row.name) for row in rows)


def _fits(row: StatusRow, filters: Filters) -> bool:
    return (
        (not filters.metal or row.programme.covers_metal(filters.metal))
        and (not filters.approval or row.approval.value == filters.approval)
        and (not filters.stage or Stage(filters.stage) in row.programme.stages)
    )


def _why_empty(connection: Connection, known_at: datetime | None, as_at: date) -> str:
    first = connection.execute(select(func.min(col(Event.at)))).scalar()
    if first is None:
        return "This register holds nothing yet: run “alignment load-seeds”."
    if known_at is not None and known_at < datetime.fromisoformat(first):
        learned = f"{first[:10]} at {first[11:16]} UTC"
        return f"This register learned its first fact on {learned}; before that it knew nothing."
    return "No programme was decided on by this date, as far as the register knows."
