"""What waits for somebody, by role: a small query a section; every noun adds its own to SECTIONS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.people import Role, Someone
from alignment.domain.when import say_age
from alignment.queries.facts import Rows
from alignment.queries.people import open_invitations
from alignment.queries.status import StatusRow, status_rows
from alignment.tables import (
    Assessment,
    ConflictDeclaration,
    PartStageStep,
    Programme,
    Rating,
    RoundTeam,
)

MOST = 25
"""So many things stand in a section; who has more begins with these."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits: what, where to do it, and what to know about it."""

    title: str
    address: str
    remark: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose work is asked for, and when. What several sections ask for is read once."""

    someone: Someone
    now: datetime
    policy_age: timedelta
    _kept: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, read: Callable[[], Any]) -> Any:
        """What several sections ask for."""
        if name not in self._kept:
            self._kept[name] = read()
        return self._kept[name]

    def status(self, connection: Connection) -> tuple[StatusRow, ...]:
        """The rows of the status table: of the worked example for demonstration people."""
        found: tuple[StatusRow, ...] = self.once(
            "status",
            lambda: status_rows(
                connection,
                as_at=self.now.date(),
                policy_age=self.policy_age,
                example=self.someone.is_demonstration,
            ),
        )
        return found


Query = Callable[[Connection, Asked], list[Item]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A section: its heading, who sees it (holders of any of the roles; everybody without), what it says when empty."""

    id: str
    title: str
    roles: frozenset[Role]
    query: Query
    empty: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section with what it holds now."""

    id: str
    title: str
    items: tuple[Item, ...]
    empty: str


def sections(connection: Connection, someone: Someone, now: datetime, policy_age: timedelta) -> list[Section]:
    """What waits for somebody: the sections of their roles, those that hold something first."""
    asked = Asked(someone, now, policy_age)
    held = {role for _, role in someone.roles}
    found = [
        Section(each.id, each.title, tuple(each.query(connection, asked)[:MOST]), each.empty)
        for each in SECTIONS
        if not each.roles or each.roles & held
    ]
    return sorted(found, key=lambda section: not section.items)


def rounds_of_mine(connection: Connection, asked: Asked) -> list[Item]:
    """The parts in which somebody is lead or second assessor and that are not closed: those to rate first."""
    later = aliased(PartStageStep)
    rated = (
        select(func.count())
        .where(
            col(Rating.assessment_id) == PartStageStep.assessment_id,
            col(Rating.part) == PartStageStep.part,
            col(Rating.level).is_not(None),
        )
        .scalar_subquery()
    )
    statement: Rows = (
        select(
            col(Assessment.id), col(Programme.short_name), col(Assessment.round), col(RoundTeam.lead_id),
            col(RoundTeam.blind), col(PartStageStep.part), col(PartStageStep.stage), col(PartStageStep.at),
            rated.label("rated"),
        )
        .join(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .join(PartStageStep, col(PartStageStep.assessment_id) == Assessment.id)
        .where(
            or_(col(RoundTeam.lead_id) == asked.someone.id, col(RoundTeam.second_id) == asked.someone.id),
            col(PartStageStep.stage) != PartStage.CLOSED.value,
            ~exists().where(
                col(later.assessment_id) == PartStageStep.assessment_id,
                col(later.part) == PartStageStep.part,
                col(later.position) > PartStageStep.position,
            ),
        )
        .order_by(col(Programme.short_name), col(Assessment.round))
    )  # fmt: skip
    rows = sorted(connection.execute(statement), key=_to_rate_first)
    return [_part_of_mine(row, asked) for row in rows]


def _to_rate_first(row: Row[Any]) -> tuple[bool, str, int, int]:
    return (row.stage != PartStage.RATING.value, row.short_name, row.round, list(Part).index(Part(row.part)))


def _part_of_mine(row: Row[Any], asked: Asked) -> Item:
    """A part of a round: to its sheet while it is rated, otherwise to its place on the round's page."""
    part, stage = Part(row.part), PartStage(row.stage)
    rating = stage is PartStage.RATING
    since = row.at.date()
    said = [
        stage.label,
        f"for {say_age(since, asked.now.date())}" if since < asked.now.date() else "since today",
        *([f"with {row.rated} rated"] if rating and not row.blind else []),
    ]
    return Item(
        f"{'Rate: ' if rating else ''}{row.short_name}, round {row.round}, {part.label.lower()} part",
        f"/rounds/{row.id}/{part.value}" if rating else f"/rounds/{row.id}#{part.value}",
        f"{' '.join(said)}; you are {'lead' if row.lead_id == asked.someone.id else 'second'} assessor",
    )


def declarations_missing(connection: Connection, asked: Asked) -> list[Item]:
    """Programmes on which somebody cannot act yet, because they have declared nothing."""
    filed = select(col(ConflictDeclaration.programme_id)).where(col(ConflictDeclaration.person_id) == asked.someone.id)
    statement: Rows = (
        select(col(Programme.id), col(Programme.short_name))
        .where(col(Programme.example).is_(asked.someone.is_demonstration), col(Programme.id).not_in(filed))
        .order_by(col(Programme.number))
        .limit(MOST)
    )
    return [
        Item(row.short_name, f"/account/declarations?programme={row.id}", "no declaration of interest filed")
        for row in connection.execute(statement)
    ]


def decisions_due(connection: Connection, asked: Asked) -> list[Item]:
    """Programmes of which the status says that the LME has to decide."""
    return [
        Item(row.programme.short_name, f"/decisions/{row.id}", row.sentence, urgent=True)
        for row in asked.status(connection)
        if row.state.decision_due
    ]


def stale_facts(connection: Connection, asked: Asked) -> list[Item]:
    """Programmes whose newest fact is older than the policy age."""
    return [
        Item(row.programme.short_name, f"/programmes/{row.id}", f"nothing newer than {row.status_age} is held")
        for row in asked.status(connection)
        if row.stale
    ]


def invitations_open(connection: Connection, asked: Asked) -> list[Item]:
    """Invitations that nobody has taken up."""
    return [
        Item(f"{each.name}, {each.email}", "/people#invited", f"works until {each.expires_at:%d %B %Y}")
        for each in open_invitations(connection, asked.now)
    ]


ASSESSORS = frozenset({Role.ASSESSOR})
LME = frozenset({Role.DECIDER, Role.PUBLISHER})

SECTIONS: list[Waiting] = [
    Waiting(
        "rounds",
        "Your rounds",
        ASSESSORS,
        rounds_of_mine,
        "You are lead or second assessor of no part that is open. A round is opened under Rounds.",
    ),
    Waiting(
        "decisions",
        "Decisions due",
        frozenset({Role.DECIDER}),
        decisions_due,
        "No programme waits for a decision of the London Metal Exchange.",
    ),
    Waiting(
        "declarations",
        "Declarations to file",
        frozenset({Role.ASSESSOR, Role.DECIDER}),
        declarations_missing,
        "You have declared your interests for every programme.",
    ),
    Waiting(
        "stale",
        "Facts that grow old",
        LME,
        stale_facts,
        "Every programme has a fact younger than the policy age.",
    ),
    Waiting(
        "invitations",
        "Open invitations",
        frozenset({Role.ADMINISTRATOR}),
        invitations_open,
        "Nobody has an invitation that is not taken up.",
    ),
]
"""In the order of the page. One query each, bounded to what a person can look through."""
