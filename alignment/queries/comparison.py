"""The page that sets programmes side by side, with the facts that each result rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from alignment.domain.catalogue import Catalogue
from alignment.domain.comparison import Grain, PartTable, Row, chosen, compare
from alignment.domain.coverage_facts import Programme
from alignment.domain.frozen import dataclass
from alignment.domain.programme import State, state
from alignment.domain.refusal import Refusal
from alignment.domain.when import say_age
from alignment.queries.coverage_read import Fact, read_programmes
from alignment.queries.facts import MetalScope, ProgrammeRow
from alignment.queries.facts import programmes as programme_rows
from alignment.queries.publications import StatementRow, statements

WATCHED = "comment-monitoring"
"""The statement of the OECD on expectations where several programmes cover the same chain."""


@dataclass(frozen=True, slots=True)
class Column:
    """One programme of the comparison."""

    row: ProgrammeRow
    programme: Programme
    state: State
    age: str
    stale: bool
    scope: MetalScope | None

    @property
    def id(self) -> str:
        return self.row.id


@dataclass(frozen=True, slots=True)
class Choice:
    """A programme that can be chosen, and whether it is and covers the metal."""

    id: str
    short_name: str
    chosen: bool
    covers: bool


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """Programmes side by side as at a date; without columns it says what to choose."""

    as_at: date
    known_at: datetime | None
    metal: str
    metal_name: str
    grain: Grain
    example: bool
    choices: tuple[Choice, ...]
    metals: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    tables: tuple[PartTable, ...]
    facts: dict[str, Fact]
    watched: StatementRow | None
    empty_because: str

    @property
    def differing(self) -> tuple[Row, ...]:
        """Every row in which the programmes are known to differ, in the order of the parts."""
        return tuple(row for table in self.tables for row in table.differing)

    @property
    def left_out(self) -> tuple[Choice, ...]:
        """The programmes that cover the metal and are not shown."""
        return tuple(each for each in self.choices if each.covers and not each.chosen) if self.metal else ()


def comparison(
    connection: Connection,
    *,
    catalogue: Catalogue,
    programmes: Sequence[str],
    metal: str,
    grain: Grain,
    as_at: date,
    known_at: datetime | None,
    policy_age: timedelta,
    example: bool = False,
    rows: Sequence[ProgrammeRow] = (),
) -> ComparisonPage:
    """Programmes side by side: eight queries at most, however many programmes there are.

    ``rows`` are all programmes by their names of the day, where somebody has read them already.

    Refusal, naming what is known, for an unknown programme or metal, or for more programmes than fit.
    """
    rows = rows or programme_rows(connection, example=example, as_at=as_at, known_at=known_at)
    metals = dict(sorted((each.id, each.name) for row in rows for each in row.metals))
    if metal and rows and metal not in metals:
        raise Refusal(f"“{metal[:40]}” is not known as metal; known are {', '.join(metals)}.")
    covering = [row.id for row in rows if metal and row.covers_metal(metal)]
    wanted = chosen(programmes, [row.id for row in rows], covering)
    shown = [row for row in rows if row.id in wanted]
    read = read_programmes(connection, shown, catalogue=catalogue, as_at=as_at, known_at=known_at, example=example)
    told = read.programmes if len(shown) > 1 and not read.nothing else ()
    said = statements(connection, topic="comment", as_at=as_at, known_at=known_at) if told and not example else ()
    columns = tuple(
        _column(row, programme, state(read.held[row.id], as_at), as_at, policy_age, metal)
        for row, programme in zip(shown, read.programmes, strict=True)
    )
    return ComparisonPage(
        as_at=as_at,
        known_at=known_at,
        metal=metal,
        metal_name=metals.get(metal, ""),
        grain=grain,
        example=example,
        choices=tuple(Choice(row.id, row.short_name, row.id in wanted, row.id in covering) for row in rows),
        metals=tuple(metals.items()),
        columns=columns if told else (),
        tables=compare(told, catalogue, grain) if told else (),
        facts={id: fact for (kind, id), fact in read.facts.items() if kind == "result"},
        watched=next((each for each in said if each.id.partition("~")[0] == WATCHED), None),
        empty_because=read.nothing or _why_empty(shown, metals.get(metal, "")),
    )


def _column(
    row: ProgrammeRow, programme: Programme, found: State, as_at: date, policy_age: timedelta, metal: str
) -> Column:
    last = found.last_report
    return Column(
        row=row,
        programme=programme,
        state=found,
        age=say_age(last, as_at) if last else "",
        stale=last is not None and as_at > last + policy_age,
        scope=next((each for each in row.metals if each.id == metal), None),
    )


def _why_empty(shown: Sequence[ProgrammeRow], metal: str) -> str:
    if len(shown) > 1:
        return ""
    if shown and metal:
        return f"Only one programme covers {metal.lower()}: {shown[0].short_name}. There is nothing to set beside it."
    if shown:
        return f"Only {shown[0].short_name} is chosen: choose at least one more."
    if metal:
        return f"No programme covers {metal.lower()}."
    return "Choose two to six programmes, or a metal: then the programmes that cover it are set side by side."
