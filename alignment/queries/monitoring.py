"""What is watched after a result, what scheme owners change, and what waits because of both."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlmodel import col

from alignment.domain.frozen import dataclass
from alignment.domain.people import Role, Someone
from alignment.domain.when import When, say_day
from alignment.queries.facts import Rows, SourceRef, in_force, sure_when, when
from alignment.queries.relied_on import owned_by
from alignment.queries.triggers import triggered
from alignment.queries.work import SECTIONS, Asked, Item, Waiting, branch, shaped
from alignment.tables import (
    MonitoringPoint,
    MonitoringReview,
    Person,
    Programme,
    SignificantChange,
    Source,
)


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A look at a point: when, by whom, how it came out, and what it triggers."""

    reviewed_on: date
    outcome: str
    statement: str
    triggers: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PointLine:
    """A monitoring point with its reviews, newest first; no programme where it is about all."""

    id: str
    programme_id: str
    programme: str
    statement: str
    recommended_by: str
    owner: str
    effective: When
    source: SourceRef | None
    reviews: tuple[ReviewLine, ...]


def points(connection: Connection, *, example: bool) -> tuple[PointLine, ...]:
    """Every point in force with its reviews: two queries. One about all programmes is the register's alone."""
    reviews: dict[str, list[ReviewLine]] = defaultdict(list)
    looked = connection.execute(
        select(
            col(MonitoringReview.point_id), col(MonitoringReview.reviewed_on), col(MonitoringReview.outcome),
            col(MonitoringReview.statement), col(MonitoringReview.triggers), col(Person.name),
            col(MonitoringReview.at),
        )
        .join(Person, col(Person.id) == MonitoringReview.by_id)
        .order_by(col(MonitoringReview.reviewed_on).desc(), col(MonitoringReview.at).desc())
    )  # fmt: skip
    for row in looked:
        reviews[row.point_id].append(
            ReviewLine(row.reviewed_on, row.outcome, row.statement, row.triggers, row.name, row.at)
        )
    statement: Rows = (
        select(
            col(MonitoringPoint.id), col(MonitoringPoint.corrects), col(MonitoringPoint.programme_id),
            col(Programme.short_name), col(Programme.example), col(MonitoringPoint.statement),
            col(MonitoringPoint.recommended_by), col(MonitoringPoint.owner), col(MonitoringPoint.effective_on),
            col(MonitoringPoint.effective_precision), col(MonitoringPoint.place), col(Source.id).label("source"),
            col(Source.title), col(Source.issuer), col(Source.issued_on), col(Source.issued_precision),
        )
        .outerjoin(Programme, col(Programme.id) == MonitoringPoint.programme_id)
        .outerjoin(Source, col(Source.id) == MonitoringPoint.source_id)
        .order_by(col(Programme.number), col(MonitoringPoint.position))
    )  # fmt: skip
    return tuple(
        _point(row, reviews)
        for row in in_force(connection.execute(statement).all())
        if (bool(row.example) if row.programme_id else False) is example
    )


def _point(row: Row[Any], reviews: dict[str, list[ReviewLine]]) -> PointLine:
    ref = None
    if row.source:
        ref = SourceRef(row.source, row.title, row.issuer, when(row.issued_on, row.issued_precision), row.place)
    return PointLine(
        row.id, row.programme_id or "", row.short_name or "", row.statement, row.recommended_by, row.owner,
        sure_when(row.effective_on, row.effective_precision), ref, tuple(reviews[row.id]),
    )  # fmt: skip


# --- significant changes --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change that a scheme owner reports, with its transition and the wording that the public reads."""

    id: str
    programme_id: str
    programme: str
    title: str
    text: str
    effective_on: date
    transition_until: date | None
    public_wording: str
    accepted_at: datetime | None
    by: str
    at: datetime
    version: int
    ended: str
    ended_reason: str


def changes(connection: Connection, *, example: bool) -> tuple[ChangeLine, ...]:
    """Every change that was reported, newest first: one query."""
    statement: Rows = (
        select(
            col(SignificantChange.id), col(SignificantChange.programme_id), col(Programme.short_name),
            col(SignificantChange.title), col(SignificantChange.text), col(SignificantChange.effective_on),
            col(SignificantChange.transition_until), col(SignificantChange.public_wording),
            col(SignificantChange.accepted_at), col(Person.name), col(SignificantChange.at),
            col(SignificantChange.version), col(SignificantChange.ended), col(SignificantChange.ended_reason),
        )
        .join(Programme, col(Programme.id) == SignificantChange.programme_id)
        .join(Person, col(Person.id) == SignificantChange.reported_by)
        .where(col(Programme.example).is_(example))
        .order_by(col(SignificantChange.at).desc())
    )  # fmt: skip
    return tuple(ChangeLine(*row) for row in connection.execute(statement))


def own_programmes(connection: Connection, someone: Someone) -> tuple[tuple[str, str], ...]:
    """The programmes for which somebody speaks as a scheme owner: one query."""
    rows = connection.execute(
        owned_by(someone, col(Programme.id), col(Programme.short_name), col(Programme.number)).order_by(
            col(Programme.number)
        )
    )
    return tuple({row.id: (row.id, row.short_name) for row in rows}.values())


# --- what waits ------------------------------------------------------------------------------------------

LME = frozenset({Role.DECIDER, Role.PUBLISHER})


def _unsettled(asked: Asked) -> Rows:
    return (
        branch(
            "change", order=(col(SignificantChange.at).desc(),), name=col(Programme.short_name),
            said=col(SignificantChange.title), at=col(SignificantChange.at),
        )
        .select_from(SignificantChange)
        .join(Programme, col(Programme.id) == SignificantChange.programme_id)
        .where(
            col(Programme.example).is_(asked.someone.is_demonstration),
            col(SignificantChange.accepted_at).is_(None),
            col(SignificantChange.ended) == "",
        )
    )  # fmt: skip


def to_settle(connection: Connection, asked: Asked) -> list[Item]:
    """Changes whose wording is not accepted yet."""
    return [
        Item(f"{row.name}: {row.said}", "/monitoring/changes", f"reported {say_day(row.at.date())}")
        for row in asked.rows["change"]
    ]


def rounds_wanted(connection: Connection, asked: Asked) -> list[Item]:
    """Programmes for which a bad review asks for a new round that nobody has opened since."""
    return [
        Item(f"{row.name}: a new round", f"/programmes/{row.id}", f"review of {say_day(row.on)}")
        for row in asked.rows["trigger"]
        if row.word == "round"
    ]


def _mine(asked: Asked) -> Rows:
    told = shaped("own programme", order=(col(Programme.number),), id=col(Programme.id), name=col(Programme.short_name))
    return owned_by(asked.someone, *told)


def _returned(asked: Asked) -> Rows:
    """The reports of somebody's programmes that were returned, for a quarter of a year."""
    told = shaped(
        "returned", order=(col(SignificantChange.at).desc(),), id=col(SignificantChange.id),
        name=col(Programme.short_name), said=col(SignificantChange.title), word=col(SignificantChange.ended_reason),
    )  # fmt: skip
    return (
        owned_by(asked.someone, *told)
        .join(SignificantChange, col(SignificantChange.programme_id) == Programme.id)
        .where(col(SignificantChange.ended) == "returned", col(SignificantChange.at) > asked.now - TOLD_FOR)
    )


TOLD_FOR = timedelta(days=90)


def own_matters(connection: Connection, asked: Asked) -> list[Item]:
    """The programmes that somebody speaks for: changes are reported, and decisions appealed against, from here. First
    stand the reports that the LME returned."""
    mine = {row.id: row.name for row in asked.rows["own programme"]}
    returned = {row.id: row for row in asked.rows["returned"]}.values()
    back = [
        Item(f"{row.name}: “{row.said}” was returned", f"/monitoring/changes#{row.id}", row.word) for row in returned
    ]
    reports = [Item(f"{name}: report a change", f"/monitoring/changes?programme={id}") for id, name in mine.items()]
    return (
        back
        + reports
        + [Item(f"{name}: appeal against a decision", f"/decisions/{id}/appeal") for id, name in mine.items()]
    )


def own_stale(connection: Connection, asked: Asked) -> list[Item]:
    """Those of somebody's programmes of which nothing is held that is younger than the policy age."""
    old = {row.id: row.status_age for row in asked.status if row.stale}
    mine = {row.id: row.name for row in asked.rows["own programme"]}
    return [
        Item(
            f"{name}: report what changed", f"/monitoring/changes?programme={id}",
            f"nothing newer than {old[id]} is held",
        )
        for id, name in mine.items()
        if id in old
    ]  # fmt: skip


SECTIONS += [
    Waiting(
        "own-stale",
        "Facts about your programmes that grow old",
        frozenset({Role.SCHEME_OWNER}),
        own_stale,
        "Every programme of yours has a fact younger than the policy age.",
        (_mine,),
    ),
    Waiting(
        "own-programmes",
        "Your programmes",
        frozenset({Role.SCHEME_OWNER}),
        own_matters,
        "No programme of the register belongs to your organisation.",
        (_mine, _returned),
    ),
    Waiting(
        "changes",
        "Changes that scheme owners report",
        LME,
        to_settle,
        "Every reported change is settled.",
        (_unsettled,),
    ),
    Waiting(
        "rounds-wanted",
        "Rounds that a review asks for",
        LME | {Role.ASSESSOR},
        rounds_wanted,
        "No review asks for a new round.",
        (triggered,),
    ),
]
