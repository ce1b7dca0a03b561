"""The market status: one row a programme, derived on a date from what was known at a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from sys import intern
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlencode

from sqlalchemy import Connection, Executable, func, literal, null, select, union_all
from sqlmodel import col

from alignment.domain.assessment import Progress, Route
from alignment.domain.catalogue import Part, Stage
from alignment.domain.decision import Approval
from alignment.domain.frozen import dataclass
from alignment.domain.learned import tick
from alignment.domain.programme import Course, Difference, State, course, differences, state
from alignment.domain.rating import Level
from alignment.domain.status import PartState
from alignment.domain.when import When, say_age
from alignment.queries.changes import reading_mark
from alignment.queries.facts import (
    Chosen,
    Named,
    ProgrammeRow,
    Rows,
    SourceRef,
    Span,
    Width,
    alone,
    asked_of,
    named_on,
    named_programmes,
    own_entry,
    programmes,
    when,
    width,
    within,
)
from alignment.queries.held import held, histories
from alignment.queries.touched import Mark, touched
from alignment.tables import (
    ActionStep,
    Decision,
    Event,
    KeptChange,
    Metal,
    PartProgress,
    Programme,
    Publication,
    Recognition,
    Result,
    Source,
)

T = TypeVar("T")


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
class Change:
    """What a row says differently since the last market update, and from when on."""

    what: str
    before: str
    after: str
    effective: When | None


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
    changes: tuple[tuple[StatusRow, tuple[Change, ...]], ...]
    grown_stale: tuple[StatusRow, ...]
    empty_because: str
    in_all_by: tuple[tuple[Approval, int], ...]

    def asked(self, filters: Filters, known_at: datetime | None) -> StatusPage:
        """The same table with the rows that fit, under the moment that the reader named."""
        rows = tuple(row for row in self.rows if _fits(row, filters)) if filters.chosen else self.rows
        return replace(self, rows=rows, filters=filters, known_at=known_at)

    def dated(self, today: date) -> str:
        """The query that asks for this date and this knowledge again; empty for what stands today."""
        asked = {"as_at": self.as_at.isoformat()} if self.as_at != today else {}
        if self.known_at:
            asked["known_at"] = self.known_at.isoformat()
        return f"?{urlencode(asked)}" if asked else ""

    @property
    def said_counts(self) -> str:
        """The approvals in one sentence: one approved, nine conditionally approved."""
        said = [
            f"{_SMALL[number] if number < len(_SMALL) else number} {approval.label.lower()}"
            for approval, number in self.in_all_by
        ]
        return f"{', '.join(said)}."


@dataclass(frozen=True, slots=True)
class Printed:
    """How a decision was printed, and where it was reported. Decisions share these: most are printed alike."""

    note: str
    link: str
    announced_on: date | None
    source: SourceRef | None


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """All that the table is derived from on any date, as known at any moment.

    ``named`` are the programmes under each of their names, in the order of print; ``printed`` says of each how its
    decisions were printed, in the order of its course; ``updates`` are the market updates with the moment of their
    record, the newest first. They are packed: of a thousand programmes with twenty years of decisions they take about
    four MiB. All events up to ``mark`` are in them.
    """

    named: tuple[Named, ...]
    courses: Mapping[str, Course]
    printed: Mapping[str, tuple[Printed, ...]]
    updates: tuple[tuple[datetime, PublicationRef], ...]
    metals: tuple[tuple[str, str], ...]
    first_learned: str | None
    example: bool
    mark: Mark = (0, 0)

    def page(self, as_at: date, policy_age: timedelta, known_at: datetime | None = None) -> StatusPage:
        """The whole table on a date as known at a moment, None for all that is known; no query."""
        known = tick(known_at) if known_at else None
        named = named_on(self.named, as_at, known_at)
        rows = tuple(self._rows(named, as_at, policy_age, known))
        learned = (update for since, update in self.updates if known_at is None or since <= known_at)
        told = (update for update in learned if update.as_at <= as_at)
        last = next(told, None) if rows and not self.example else None
        return StatusPage(
            as_at=as_at,
            known_at=known_at,
            rows=rows,
            in_all=len(rows),
            filters=Filters(),
            metals=self.metals,
            last=last,
            changes=_changes(rows, self, last.as_at, as_at, known) if last and last.as_at < as_at else (),
            grown_stale=tuple(row for row in rows if row.stale),
            empty_because="" if rows else _why_empty(self.first_learned, known_at),
            in_all_by=_counted(rows),
        )

    def _rows(
        self, named: Iterable[ProgrammeRow], as_at: date, policy_age: timedelta, known: int | None
    ) -> Iterator[StatusRow]:
        for programme in named:
            course = self.courses[programme.id]
            seen = course.seen(known)
            derived, place = course.placed(as_at, seen)
            if derived.standing.approval is not Approval.NONE:
                printed = self.printed[programme.id][place] if place >= 0 else None
                yield _row(programme, derived, printed, as_at, policy_age)


def status_facts(
    connection: Connection,
    *,
    example: bool = False,
    span: Span | Chosen | None = None,
    courses_of: CoursesOf | None = None,
) -> StatusFacts:
    """What the table is derived from: seven queries, however many programmes. ``courses_of`` reads their courses."""
    named = named_programmes(connection, example=example, span=span)
    updates, metals, first_learned = _around(connection)
    courses = (courses_of or _courses)(connection, {each.row.id: each.row for each in named}.values(), span)
    printed = _printed(connection, span)
    return StatusFacts(
        named=named,
        courses=courses,
        printed={id: tuple(printed[one] for one in each.decisions) for id, each in courses.items()},
        updates=updates,
        metals=metals,
        first_learned=first_learned,
        example=example,
    )


CoursesOf: TypeAlias = Callable[[Connection, Iterable[ProgrammeRow], Span | Chosen | None], dict[str, Course]]


def _courses(connection: Connection, rows: Iterable[ProgrammeRow], span: Span | Chosen | None) -> dict[str, Course]:
    found = histories(connection, rows, span)
    return {id: course(*known, moments=moments) for id, (moments, known) in found.items()}


def packed_facts(connection: Connection, *, example: bool = False) -> StatusFacts:
    """The same of the whole register, or of its worked example, read so many programmes at a time: reading takes more
    room than what is kept.
    """
    mark = reading_mark(connection)  # before the facts: what is written meanwhile will count as later
    parts = [status_facts(connection, example=example, span=span) for span in _spans(connection)]
    named = (each for part in parts for each in part.named)
    return replace(
        parts[0],
        named=_in_print(named),
        courses={id: each for part in parts for id, each in part.courses.items()},
        printed={id: each for part in parts for id, each in part.printed.items()},
        mark=mark,
    )


def renewed_facts(connection: Connection, facts: StatusFacts) -> StatusFacts:
    """The same after what was written since: programmes that no event touched are not read again."""
    mark = reading_mark(connection)
    found = touched(connection, facts.mark, mark)
    if found is None:
        return packed_facts(connection, example=facts.example)
    if not found.around:
        return replace(facts, mark=mark)
    again = status_facts(connection, example=facts.example, span=Chosen(tuple(sorted(found.programmes))))
    others = (each for each in facts.named if each.row.id not in found.programmes)
    return replace(
        again,
        named=_in_print([*others, *again.named]),
        courses={**without(facts.courses, found.programmes), **again.courses},
        printed={**without(facts.printed, found.programmes), **again.printed},
        mark=mark,
    )


def without(values: Mapping[str, T], gone: Collection[str]) -> dict[str, T]:
    """The values less some."""
    return {id: each for id, each in values.items() if id not in gone}


def _in_print(named: Iterable[Named]) -> tuple[Named, ...]:
    return tuple(sorted(named, key=lambda each: (each.row.number, each.since)))


def status_page(
    connection: Connection,
    *,
    as_at: date,
    known_at: datetime | None = None,
    filters: Filters = Filters(),
    policy_age: timedelta,
    example: bool = False,
) -> StatusPage:
    """The table for a date, read and derived: so many programmes at a time, with seven queries each time.

    So what a large table takes of memory is its rows, not all the facts behind them.
    """

    def known(connection: Connection, rows: Iterable[ProgrammeRow], span: Span | Chosen | None) -> dict[str, Course]:
        return {id: course(each) for id, each in held(connection, rows, known_at, span).items()}

    pages = [
        status_facts(connection, example=example, span=span, courses_of=known).page(as_at, policy_age, known_at)
        for span in _spans(connection)
    ]
    return _together(pages).asked(filters, known_at)


AT_A_TIME = 250
"""Of so many programmes the facts are read together."""

KEPT = 1200
"""Of so many programmes, those that the register knows in all, the facts are kept in memory, packed."""


def _spans(connection: Connection) -> Sequence[Span | None]:
    """The programmes in spans of at most so many each; None is all of them, where they are few."""
    ids = [row.id for row in connection.execute(_ids())]
    if len(ids) <= AT_A_TIME:
        return [None]
    starts = range(0, len(ids), AT_A_TIME)
    return [Span(ids[start], ids[min(start + AT_A_TIME, len(ids)) - 1]) for start in starts]


@cache
def _ids() -> Rows:
    return select(col(Programme.id)).order_by(col(Programme.id))


def _together(pages: Sequence[StatusPage]) -> StatusPage:
    """One table of several, in the order of print."""
    if len(pages) == 1:
        return pages[0]
    rows = tuple(sorted((row for page in pages for row in page.rows), key=_number))
    changes = (change for page in pages for change in page.changes)
    return replace(
        pages[0],
        rows=rows,
        in_all=len(rows),
        last=next((page.last for page in pages if page.last), None),
        changes=tuple(sorted(changes, key=lambda change: _number(change[0]))),
        grown_stale=tuple(row for row in rows if row.stale),
        empty_because="" if rows else pages[0].empty_because,
        in_all_by=_counted(rows),
    )


def _number(row: StatusRow) -> int:
    return row.programme.number


def extent(connection: Connection) -> int:
    """How many programmes there are."""
    return int(connection.execute(_number_of()).scalar_one())


def newest_fact(connection: Connection) -> datetime | None:
    """When the last fact of a table was learned: known then is all that is known."""
    *moments, named = connection.execute(_newest()).one()
    moments += [datetime.fromisoformat(named)] if named else []
    return max(filter(None, moments), default=None)


@cache
def _number_of() -> Rows:
    return select(func.count(col(Programme.id)))


@cache
def _newest() -> Rows:
    tables: tuple[Any, ...] = (PartProgress, Result, ActionStep, Decision, Recognition, Publication, KeptChange)
    newest = [select(func.max(col(table.recorded_at))).scalar_subquery() for table in tables]
    of_names = col(Event.subject).between("programme_name:", "programme_name;")
    return select(*newest, select(func.max(col(Event.at))).where(of_names).scalar_subquery())


_SMALL = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def _counted(rows: Sequence[StatusRow]) -> tuple[tuple[Approval, int], ...]:
    """How many rows have each approval that some have."""
    numbers = Counter(row.approval for row in rows)
    return tuple((each, numbers[each]) for each in Approval if numbers[each])


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
    known = programmes(connection, example=example, only=only, as_at=as_at, known_at=known_at)
    facts = held(connection, known, known_at)
    states = [(row, state(facts[row.id], as_at)) for row in known]
    return _rows(states, _printed(connection, alone(only)), as_at, policy_age, every=only is not None)


def _rows(
    states: Iterable[tuple[ProgrammeRow, State]],
    printed: Mapping[str, Printed],
    as_at: date,
    policy_age: timedelta,
    *,
    every: bool = False,
) -> tuple[StatusRow, ...]:
    rows = []
    for programme, derived in states:
        if derived.standing.approval is Approval.NONE and not every:
            continue
        rows.append(_row(programme, derived, printed.get(derived.standing.decision_id or ""), as_at, policy_age))
    return tuple(rows)


def _row(
    programme: ProgrammeRow, derived: State, printed: Printed | None, as_at: date, policy_age: timedelta
) -> StatusRow:
    since, last = derived.standing.since, derived.last_report
    stale_since = last + policy_age if last else None
    label = derived.standing.approval.label
    return StatusRow(
        programme=programme,
        state=derived,
        parts=part_cells(programme.route, derived),
        approval_printed=f"{label} ({printed.note})" if printed and printed.note else label,
        published_link=printed.link if printed else "",
        announced_on=printed.announced_on if printed else None,
        source=(printed.source or own_entry(derived.standing.decision_id or "")) if printed else None,
        approval_age=_approval_age(since, derived, as_at),
        status_age=intern(say_age(last, as_at)) if last else "",
        stale=stale_since is not None and as_at > stale_since,
        stale_since=stale_since,
    )


def _approval_age(since: When | None, derived: State, as_at: date) -> str:
    if since is None or not derived.standing.decision_id:
        return "start not known"
    age = intern(say_age(since.on, as_at))
    return f"at least {age}" if since.is_by and since.on < as_at else "start not known" if since.is_by else age


def part_cells(route: Route, derived: State) -> tuple[PartCell, ...]:
    """The cells of the three parts; the equivalence route has none."""
    if route is Route.EQUIVALENCE:
        return ()
    return _cells(*derived.parts.values())


@lru_cache(maxsize=1024)
def _cells(*found: PartState) -> tuple[PartCell, ...]:
    return tuple(part_cell(part, state) for part, state in zip(Part, found, strict=True))


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


def _printed(connection: Connection, span: Span | Chosen | None) -> dict[str, Printed]:
    """How each decision was printed and where it was reported, by its id."""
    found = connection.execute(_decisions(width(span)), asked_of(span))
    return {row.id: _as_printed(*row[1:]) for row in found}


@cache
def _decisions(width: Width) -> Rows:
    statement: Rows = select(
        col(Decision.id), col(Decision.published_note), col(Decision.published_link), col(Decision.announced_on),
        col(Decision.place), col(Source.id).label("source"), col(Source.title), col(Source.issuer),
        col(Source.issued_on), col(Source.issued_precision),
    ).outerjoin(Source, col(Source.id) == Decision.source_id)  # fmt: skip
    return within(statement, col(Decision.programme_id), width)


@lru_cache(maxsize=1024)
def _as_printed(
    note: str, link: str, announced_on: date | None, place: str, source: str | None, title: str, issuer: str,
    on: date | None, precision: str | None,
) -> Printed:  # fmt: skip
    reference = SourceRef(source, title, issuer, when(on, precision), place) if source else None
    return Printed(note, link, announced_on, reference)


def _around(
    connection: Connection,
) -> tuple[tuple[tuple[datetime, PublicationRef], ...], tuple[tuple[str, str], ...], str | None]:
    """What stands around the rows, in one query: the market updates with the moment of their record, newest first; the
    metals that the LME settles, in their order; and when the first event was."""
    found = connection.execute(_around_rows()).all()
    updates = [(row.at, PublicationRef(row.id, row.name, row.as_at)) for row in found if row.kind == "update"]
    metals = sorted((row.position, row.id, row.name) for row in found if row.kind == "metal")
    return (
        tuple(sorted(updates, key=lambda update: (update[1].as_at, update[1].number), reverse=True)),
        tuple((id, name) for _, id, name in metals),
        next((row.id for row in found if row.kind == "first"), None),
    )


@cache
def _around_rows() -> Executable:
    first = select(func.min(col(Event.seq))).scalar_subquery()
    return union_all(
        select(
            literal("update").label("kind"), col(Publication.number).label("id"), col(Publication.title).label("name"),
            col(Publication.as_at).label("as_at"), literal(0).label("position"),
            col(Publication.recorded_at).label("at"),
        ),
        select(literal("metal"), col(Metal.id), col(Metal.name), null(), col(Metal.position), null()).where(
            col(Metal.lme_settled).is_(True)
        ),
        select(literal("first"), col(Event.at), literal(""), null(), literal(0), null()).where(col(Event.seq) == first),
    )  # fmt: skip


def _changes(
    rows: Sequence[StatusRow], facts: StatusFacts, since: date, as_at: date, known: int | None
) -> tuple[tuple[StatusRow, tuple[Change, ...]], ...]:
    """What the table says differently since a date; a programme with no fact begun since says the same."""
    found = []
    for row in rows:
        course = facts.courses[row.id]
        seen = course.seen(known)
        turned = course.turned(since, as_at, seen)
        if turned or course.place(since, seen) != course.place(as_at, seen):
            differ = differences([(row.id, course.on(since, seen))], [(row.id, row.state)])
            if differ:
                found.append((row, tuple(_change(each, row, turned) for each in differ)))
    return tuple(found)


def _change(difference: Difference, row: StatusRow, turned: When | None) -> Change:
    """A decision changed the approval; the newest other fact changed what is said of the assessment."""
    effective = row.since if difference.what == "LME approval" else turned or row.since
    return Change(difference.what, difference.before, difference.after, effective)


def metal_names(connection: Connection) -> tuple[tuple[str, str], ...]:
    """The metals that the LME settles, for the filter."""
    return tuple((row.id, row.name) for row in connection.execute(_settled_metals()))


@cache
def _settled_metals() -> Rows:
    return select(col(Metal.id), col(Metal.name)).where(col(Metal.lme_settled).is_(True)).order_by(col(Metal.position))


def _fits(row: StatusRow, filters: Filters) -> bool:
    return (
        (not filters.metal or row.programme.covers_metal(filters.metal))
        and (not filters.approval or row.approval.value == filters.approval)
        and (not filters.stage or Stage(filters.stage) in row.programme.stages)
    )


def _why_empty(first: str | None, known_at: datetime | None) -> str:
    return why_unknown(first, known_at) or "No programme was decided on by this date, as far as the register knows."


def why_unknown(first: str | None, known_at: datetime | None) -> str:
    """Why the register knew nothing at a moment, by that of its first event; empty where it may have known something.

    ``known_at`` None is now.
    """
    if first is None:
        return "This register holds nothing yet: run “alignment load-seeds”."
    if known_at is not None and known_at < datetime.fromisoformat(first):
        learned = f"{first[:10]} at {first[11:16]} UTC"
        return f"This register learned its first fact on {learned}; before that it knew nothing."
    return ""
