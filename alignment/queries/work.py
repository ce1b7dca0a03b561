"""What waits for somebody, by role: every noun adds a section to SECTIONS, with the rows that it is made of.

The rows of all sections have one shape, so that they are read together: a ``branch`` for each kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Row,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Role, Someone, why_not
from alignment.domain.when import say_age
from alignment.queries.facts import Rows
from alignment.queries.people import works_at
from alignment.queries.status import StatusRow
from alignment.tables import (
    Assessment,
    ConflictDeclaration,
    Invitation,
    PartStageStep,
    Programme,
    Rating,
    RoundTeam,
)
from alignment.tables.base import Utc

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
    """Whose work is asked for, and when; the rows of their sections by kind, and of the status table where it is asked.

    ``status`` are the rows of the worked example for demonstration people.
    """

    someone: Someone
    now: datetime
    status: Sequence[StatusRow] = ()
    rows: Mapping[str, Sequence[Row[Any]]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.date()


Branch = Callable[[Asked], Rows]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A section: its heading, who sees it (holders of any of the roles; everybody without), what it says when empty.

    One that leads to an ``act`` is for those who may do it: of nothing else it can be said that it does not wait.
    ``branches`` are the kinds of rows that its items are made from.
    """

    id: str
    title: str
    roles: frozenset[Role]
    items: Callable[[Connection, Asked], list[Item]]
    empty: str
    branches: tuple[Branch, ...] = ()
    act: Do | None = None

    def is_for(self, someone: Someone) -> bool:
        held = {role for _, role in someone.roles}
        return (not self.roles or bool(self.roles & held)) and (self.act is None or why_not(someone, self.act) is None)


# The columns of every branch, with what stands where a branch has nothing to say.
_USUAL: dict[str, ColumnElement[Any]] = {
    "id": literal(""), "of": literal(""), "name": literal(""), "word": literal(""), "said": literal(""),
    "number": literal(0), "many": literal(0), "flag": literal(False), "at": cast(null(), Utc),
    "on": cast(null(), Date),
}  # fmt: skip


def shaped(kind: str, *, order: Sequence[Any], **told: Any) -> list[Any]:
    """The columns of a kind of rows in the shape of all; those first in order stand on the page."""
    rank = func.row_number().over(order_by=list(order)).label("rank")
    return [literal(kind).label("kind"), rank, *(told.get(name, usual).label(name) for name, usual in _USUAL.items())]


def branch(kind: str, *, order: Sequence[Any], **told: Any) -> Rows:
    """Rows of a kind in the shape of all."""
    return select(*shaped(kind, order=order, **told))


@dataclass(frozen=True, slots=True)
class Section:
    """A section with what it holds now."""

    id: str
    title: str
    items: tuple[Item, ...]
    empty: str


def sections(
    connection: Connection, someone: Someone, now: datetime, status: Sequence[StatusRow] = ()
) -> list[Section]:
    """What waits for somebody: the sections of their roles, those that hold something first.

    One query for the rows of all, and those that reminders take.
    """
    seen = [each for each in SECTIONS if each.is_for(someone)]
    asked = Asked(someone, now, status)
    branches = dict.fromkeys(branch for each in seen for branch in each.branches)
    asked = replace(asked, rows=_read(connection, [branch(asked) for branch in branches]))
    found = [Section(each.id, each.title, tuple(each.items(connection, asked)[:MOST]), each.empty) for each in seen]
    return sorted(found, key=lambda section: not section.items)


def reads_status(someone: Someone) -> bool:
    """Whether a section of somebody's first page is made from the status table."""
    return any(someone.is_a(role) for role in (Role.DECIDER, Role.PUBLISHER, Role.SCHEME_OWNER))


def _read(connection: Connection, branches: Sequence[Rows]) -> Mapping[str, Sequence[Row[Any]]]:
    """The first rows of each kind, in their order."""
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    if branches:
        every = union_all(*branches).subquery()
        for row in connection.execute(select(every).where(every.c.rank <= MOST).order_by(every.c.kind, every.c.rank)):
            found[row.kind].append(row)
    return found


def _rounds(asked: Asked) -> Rows:
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
    return (
        branch(
            "round",
            order=(
                col(PartStageStep.stage) != PartStage.RATING.value, col(Programme.short_name), col(Assessment.round),
            ),
            id=col(Assessment.id), of=col(Programme.id), name=col(Programme.short_name),
            number=col(Assessment.round), word=col(PartStageStep.part), said=col(PartStageStep.stage),
            flag=col(RoundTeam.lead_id) == asked.someone.id,
            many=case((col(RoundTeam.blind), None), else_=rated), at=col(PartStageStep.at),
        )
        .select_from(Assessment)
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
    )  # fmt: skip


def rounds_of_mine(connection: Connection, asked: Asked) -> list[Item]:
    """The parts of somebody's rounds."""
    return [_part_of_mine(row, asked) for row in sorted(asked.rows["round"], key=_to_rate_first)]


def _to_rate_first(row: Row[Any]) -> tuple[bool, str, int, int]:
    return (row.said != PartStage.RATING.value, row.name, row.number, list(Part).index(Part(row.word)))


def _part_of_mine(row: Row[Any], asked: Asked) -> Item:
    """A part of a round: to its sheet while it is rated, otherwise to its place on the round's page."""
    part, stage = Part(row.word), PartStage(row.said)
    rating = stage is PartStage.RATING
    since = row.at.date()
    said = [
        stage.label,
        f"for {say_age(since, asked.today)}" if since < asked.today else "since today",
        *([f"with {row.many} rated"] if rating and row.many is not None else []),
    ]
    place = "lead" if row.flag else "second"
    if asked.someone.interests.get(row.of):
        return Item(
            f"{row.name}, round {row.number}, {part.label.lower()} part: hand the round over",
            f"/rounds/{row.id}#set-up",
            f"you cannot work on it as {place} assessor: you declared an interest in this programme. Ask somebody of "
            "your house to change the team",
            urgent=True,
        )
    return Item(
        f"{'Rate: ' if rating else ''}{row.name}, round {row.number}, {part.label.lower()} part",
        f"/rounds/{row.id}/{part.value}" if rating else f"/rounds/{row.id}#{part.value}",
        f"{' '.join(said)}; you are {place} assessor",
    )


def _undeclared(asked: Asked) -> Rows:
    filed = select(col(ConflictDeclaration.programme_id)).where(col(ConflictDeclaration.person_id) == asked.someone.id)
    return branch(
        "undeclared", order=(col(Programme.number),), id=col(Programme.id), name=col(Programme.short_name)
    ).where(col(Programme.example).is_(asked.someone.is_demonstration), col(Programme.id).not_in(filed))


def declarations_missing(connection: Connection, asked: Asked) -> list[Item]:
    """Programmes on which somebody cannot act yet, because they have declared nothing."""
    return [
        Item(row.name, f"/account/declarations?programme={row.id}", "no declaration of interest filed")
        for row in asked.rows["undeclared"]
    ]


def decisions_due(connection: Connection, asked: Asked) -> list[Item]:
    """Programmes of which the status says that the LME has to decide."""
    return [
        Item(row.programme.short_name, f"/decisions/{row.id}", row.state.due_said, urgent=True)
        for row in asked.status
        if row.state.decision_due
    ]


def stale_facts(connection: Connection, asked: Asked) -> list[Item]:
    """Programmes whose newest fact is older than the policy age."""
    return [
        Item(row.programme.short_name, f"/programmes/{row.id}", f"nothing newer than {row.status_age} is held")
        for row in asked.status
        if row.stale
    ]


def _invited(asked: Asked) -> Rows:
    return branch(
        "invited", order=(col(Invitation.created_at).desc(), col(Invitation.id)), name=col(Invitation.name),
        said=col(Invitation.email), at=col(Invitation.expires_at),
    ).where(*works_at(asked.now))  # fmt: skip


def invitations_open(connection: Connection, asked: Asked) -> list[Item]:
    """Invitations that nobody has taken up."""
    return [
        Item(f"{row.name}, {row.said}", "/people#invited", f"works until {row.at:%d %B %Y}")
        for row in asked.rows["invited"]
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
        (_rounds,),
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
        (_undeclared,),
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
        (_invited,),
    ),
]
"""In the order of the page."""
