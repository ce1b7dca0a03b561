"""Which requirements the published ratings reach, for every brand at once: one integer a programme, kept.

What is kept is read whole once; afterwards only what the event log says has changed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlmodel import col

from alignment.domain.assessment import PartStage
from alignment.domain.brand import Track
from alignment.domain.catalogue import Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import EXAMPLE
from alignment.domain.reached import PARTS, Layout
from alignment.queries.facts import Rows, in_force
from alignment.tables import Assessment, Brand, Declaration, Event, PartStageStep, Rating, RoundTeam


@dataclass(frozen=True, slots=True)
class BrandReached:
    """How many requirements the programmes that a brand declares reach together; None where it declares none."""

    id: str
    name: str
    producer: str
    metal: str
    programmes: tuple[str, ...] | None
    reached: int | None


class Reached:
    """The requirements that each programme reaches, an integer each, and what brands declare, kept between requests."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._turn = threading.Lock()
        self._seen = -1
        self._programmes: dict[str, int] = {}
        self._brands: list[_Declared] = []

    def brands(self, connection: Connection, *, example: bool = False) -> list[BrandReached]:
        """Every brand with what its declared programmes reach together, as at now.

        One small query where nothing happened since the last time; where one rating changed, one programme more.
        """
        with self._turn:
            self._renew(connection)
            held = self._programmes
            return [
                BrandReached(
                    each.id, each.name, each.producer, each.metal, each.programmes, _together(held, each.programmes)
                )
                for each in self._brands
                if each.example == example
            ]

    def _renew(self, connection: Connection) -> None:
        last = connection.execute(_LAST).scalar() or 0
        if last == self._seen:
            return
        about, rounds = self._happened(connection, last)
        if self._seen < 0 or about & _OF_ROUNDS:
            self._programmes = self._read(connection, None)
        elif rounds:
            self._programmes |= self._read(connection, rounds)
        if self._seen < 0 or about & _OF_BRANDS:
            self._brands = _declared(connection)
        self._seen = last

    def _happened(self, connection: Connection, last: int) -> tuple[set[str], list[str]]:
        """What events since the last time are about: tables, and the rounds whose ratings changed."""
        if self._seen < 0:
            return set(), []
        about, rounds = set(), set()
        for (subject,) in connection.execute(_SINCE, {"seen": self._seen, "last": last}):
            table, _, key = subject.partition(":")
            about.add(table)
            if table in ("rating", "rating_version"):
                rounds.add(key.partition("/")[0])
        return about, sorted(rounds)

    def _read(self, connection: Connection, only: list[str] | None) -> dict[str, int]:
        rounds = _newest_rounds(connection, only)
        open_parts = _open_parts(connection)
        short: dict[str, str] = {}
        uneven = []
        rows = connection.execute(_short(only is not None), {"only": only} if only else {}).all()
        for assessment, rated, codes in rows:
            if rated == len(self.layout.behind) and assessment not in open_parts:
                short[assessment] = codes or ""
            elif assessment in rounds:
                uneven.append(assessment)
        short |= self._missing(connection, uneven, open_parts)
        return {
            programme: self.layout.reached(short[each]) if each in short else 0 for each, programme in rounds.items()
        }

    def _missing(self, connection: Connection, uneven: list[str], open_parts: Mapping[str, set[str]]) -> dict[str, str]:
        """A round that is rated in places falls short wherever it has no rating: read criterion by criterion."""
        if not uneven:
            return {}
        missing = {assessment: set(self.layout.behind) for assessment in uneven}
        statement: Rows = select(col(Rating.assessment_id), col(Rating.part), col(Rating.criterion)).where(
            col(Rating.assessment_id).in_(uneven), col(Rating.level).in_(FULL)
        )
        for assessment, part, criterion in connection.execute(statement):
            if part not in open_parts.get(assessment, ()):
                missing[assessment].discard(f"{part}/{criterion}")
        return {assessment: " ".join(sorted(each)) for assessment, each in missing.items()}


FULL = ("fully", "not_applicable")
"""The levels that stand in the way of nothing."""


@cache
def _short(named: bool) -> Any:
    """Of each round, how many ratings it has and which of them fall short: one walk along an index, in its order.

    A row a round and not one a part, and every rating counted, also one without a level: both cost less.
    """
    falls_short = and_(*(col(Rating.level).is_distinct_from(level) for level in FULL))
    names = func.aggregate_strings(col(Rating.part) + "/" + col(Rating.criterion), " ").filter(falls_short)
    statement = (
        select(col(Rating.assessment_id), func.count(), names)
        .where(*(col(Rating.part) != part.value for part in Part if part not in PARTS))
        .group_by(col(Rating.assessment_id))
    )
    return statement.where(col(Rating.assessment_id).in_(bindparam("only", expanding=True))) if named else statement


def _newest_rounds(connection: Connection, only: list[str] | None) -> dict[str, str]:
    """The newest published round of each programme with its programme; of these rounds alone, where they are named."""
    statement: Rows = (
        select(col(Assessment.id), col(Assessment.programme_id))
        .where(col(Assessment.published).is_(True))
        .order_by(col(Assessment.round))
    )
    if only is not None:
        of_them = select(col(Assessment.programme_id)).where(col(Assessment.id).in_(only))
        statement = statement.where(col(Assessment.programme_id).in_(of_them))
    newest = {programme: id for id, programme in connection.execute(statement)}
    return {id: programme for programme, id in newest.items() if only is None or id in only}


def _open_parts(connection: Connection) -> Mapping[str, set[str]]:
    """By round, the parts that people still work on: their ratings are drafts, and count nowhere."""
    worked = connection.execute(select(col(RoundTeam.assessment_id))).scalars()
    open_parts = {each: {part.value for part in PARTS} for each in worked}
    closed: Rows = select(col(PartStageStep.assessment_id), col(PartStageStep.part)).where(
        col(PartStageStep.stage) == PartStage.CLOSED.value
    )
    for assessment, part in connection.execute(closed):
        if assessment in open_parts:
            open_parts[assessment].discard(part)
    return {assessment: parts for assessment, parts in open_parts.items() if parts}


@dataclass(frozen=True, slots=True)
class _Declared:
    """A brand and the programmes of its newest declaration; None where it declares no Track A."""

    id: str
    name: str
    producer: str
    metal: str
    programmes: tuple[str, ...] | None
    example: bool


def _declared(connection: Connection) -> list[_Declared]:
    """Every brand with what it declares: two queries."""
    statement: Rows = select(
        col(Declaration.id), col(Declaration.corrects), col(Declaration.withdrawn), col(Declaration.brand_id),
        col(Declaration.track), col(Declaration.programmes),
    ).order_by(col(Declaration.effective_on), col(Declaration.position))  # fmt: skip
    newest = {row.brand_id: row for row in in_force(connection.execute(statement).all()) if not row.withdrawn}
    chosen = {id: tuple(row.programmes.split()) for id, row in newest.items() if row.track == Track.A.value}
    rows: Rows = select(col(Brand.id), col(Brand.name), col(Brand.producer_id), col(Brand.metal_id))
    return [
        _Declared(id, name, producer, metal, chosen.get(id), id.startswith(EXAMPLE))
        for id, name, producer, metal in connection.execute(rows.order_by(col(Brand.position)))
    ]


def _together(held: dict[str, int], programmes: tuple[str, ...] | None) -> int | None:
    if programmes is None:
        return None
    found = 0
    for each in programmes:
        found |= held.get(each, 0)
    return found.bit_count()


# Whose events make what is kept be read anew.
_OF_ROUNDS = frozenset({"assessment", "round_team", "part_stage_step"})
_OF_BRANDS = frozenset({"brand", "declaration"})
_LAST = select(func.max(col(Event.seq)))
_SINCE = select(col(Event.subject)).where(col(Event.seq) > bindparam("seen"), col(Event.seq) <= bindparam("last"))
