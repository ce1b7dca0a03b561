"""What waits for somebody, by role: a small query a section; every noun adds its own to SECTIONS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select
from sqlmodel import col

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.people import Role, Someone
from alignment.domain.when import say_age
from alignment.queries.facts import Rows
from alignment.queries.people import open_invitations
from alignment.queries.status import StatusRow, status_rows
from alignment.tables import Assessment, ConflictDeclaration, PartStageStep, Programme, RoundTeam

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
    _rows: list[tuple[StatusRow, ...]] = field(default_factory=list)

    def status(self, connection: Connection) -> tuple[StatusRow, ...]:
        """The rows of the status table: of the worked example for demonstration people."""
        if not self._rows:
            self._rows.append(
                status_rows(
                    connection,
                    as_at=self.now.date(),
                    policy_age=self.policy_age,
                    example=self.someone.is_demonstration,
                )
            )
        return self._rows[0]


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
    """Rounds in which somebody is lead or second assessor, until every part is closed."""
    newest = (
        select(
            col(PartStageStep.assessment_id),
            col(PartStageStep.part),
            func.max(col(PartStageStep.position)).label("last"),
        )
        .group_by(col(PartStageStep.assessment_id), col(PartStageStep.part))
        .subquery()
    )
    statement: Rows = (
        select(
            col(Assessment.id), col(Programme.short_name), col(Assessment.round), col(RoundTeam.lead_id),
            col(PartStageStep.part), col(PartStageStep.stage), col(PartStageStep.at),
        )
        .join(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .join(newest, newest.c.assessment_id == Assessment.id)
        .join(
            PartStageStep,
            (col(PartStageStep.assessment_id) == Assessment.id)
            & (col(PartStageStep.part) == newest.c.part)
            & (col(PartStageStep.position) == newest.c.last),
        )
        .where(or_(col(RoundTeam.lead_id) == asked.someone.id, col(RoundTeam.second_id) == asked.someone.id))
        .order_by(col(Programme.short_name), col(Assessment.round))
    )  # fmt: skip
    rounds: dict[str, Item] = {}
    said: dict[str, dict[Part, str]] = {}
    for row in connection.execute(statement):
        stage = PartStage(row.stage)
        if stage is not PartStage.CLOSED:
            as_what = "lead" if row.lead_id == asked.someone.id else "second"
            rounds[row.id] = Item(f"{row.short_name}, round {row.round} ({as_what})", f"/rounds/{row.id}")
            said.setdefault(row.id, {})[Part(row.part)] = (
                f"{Part(row.part).label}: {stage.label.lower()} for {say_age(row.at.date(), asked.now.date())}"
                if row.at.date() < asked.now.date()
                else f"{Part(row.part).label}: {stage.label.lower()} since today"
            )
    return [
        Item(item.title, item.address, "; ".join(said[id][part] for part in Part if part in said[id]))
        for id, item in rounds.items()
    ]


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
        Item(row.programme.short_name, f"/programmes/{row.id}", row.sentence, urgent=True)
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
        "You are lead or second assessor of no open round. A round is opened under Rounds.",
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
