"""What falls due for somebody, from every noun that has days: for the page, the calendar and the mails alike.

Another noun adds its own function to SOURCES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Row,
    Subquery,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Role, Someone
from alignment.domain.reminder import Due, DueKind, Reminder, say, standing
from alignment.queries import relied_on
from alignment.queries.facts import Rows
from alignment.queries.people import someone
from alignment.queries.relied_on import Owing
from alignment.queries.wordings import is_newest, own_evidence
from alignment.queries.work import Asked, Item, Waiting
from alignment.tables import (
    ActionMilestone,
    Assessment,
    Evidence,
    PartStageStep,
    Person,
    Programme,
    RatingEvidence,
    ReminderSent,
    RoundTeam,
)
from alignment.tables.rounds import read_planned
from alignment.tables.undertaken import Undertaken

Source = Callable[[Owing], list[Due]]


def dues(connection: Connection, whose: Someone, now: datetime) -> list[Due]:
    """All that falls due for somebody, whenever it does: a few queries a role, none for roles that have no days."""
    asked = Owing(connection, whose, now)
    return [due for source in SOURCES for due in source(asked)]


# --- sources ------------------------------------------------------------------------------------------------


def _actions(asked: Owing) -> list[Due]:
    """Due actions that are not yet reported as implemented, and milestones not yet reached."""
    whose = asked.whose
    if not (whose.is_a(Role.SCHEME_OWNER) or whose.is_a(Role.ASSESSOR)):
        return []
    owed = {action.id: action for action in asked.actions if action.state.is_owed and _concerns(whose, action)}
    found = [
        Due(DueKind.ACTION, f"action:{each.id}", each.title, each.due_on, f"/actions/{each.id}", _about(each))
        for each in owed.values()
        if each.due_on is not None
    ]
    if not owed:
        return found
    rows: Rows = select(
        col(ActionMilestone.id), col(ActionMilestone.action_id), col(ActionMilestone.title),
        col(ActionMilestone.due_on),
    ).where(
        col(ActionMilestone.action_id).in_(sorted(owed)),
        col(ActionMilestone.due_on).is_not(None),
        col(ActionMilestone.done_on).is_(None),
    )  # fmt: skip
    for row in asked.connection.execute(rows):
        action = owed[row.action_id]
        address = f"/actions/{action.id}#milestones"
        about = f"{action.title}: {_about(action)}"
        found.append(Due(DueKind.MILESTONE, f"milestone:{row.id}", row.title, row.due_on, address, about))
    return found


def _about(action: Undertaken) -> str:
    return f"{action.programme_name}, round {action.round}"


def _concerns(whose: Someone, action: Undertaken) -> bool:
    """An action is its owner's to carry out and its team's to verify."""
    owners = frozenset({action.owner}) if action.owner else action.owners
    return whose.is_for(Role.SCHEME_OWNER, owners) or whose.id in (action.lead, action.second)


def _rounds(asked: Owing) -> list[Due]:
    """Days of rounds in whose team somebody is: of parts while they have not been reached, of evidence that expires.

    Calendars and mails leave the house, so of confidential evidence they tell only that it expires. A piece that stands
    in two rounds is told of the newer one. One query.
    """
    if not asked.whose.is_a(Role.ASSESSOR):
        return []
    found: list[Due] = []
    rows = asked.connection.execute(union_all(_teams(asked.whose), _expiring(asked.whose)).order_by("number")).all()
    reached = {(row.id, row.part): PartStage(row.stage) for row in rows if row.part}
    for row in {row.id: row for row in rows if row.kind == "team"}.values():
        about = f"{row.short_name}, round {row.round}"
        for part, planned in read_planned(row.said).items():
            stage = reached.get((row.id, part.value), PartStage.SCOPING)
            found += _planned(row.id, part, stage, about, planned)
    standing_in = sorted((row for row in rows if row.kind == "evidence"), key=lambda row: row.round)
    return found + [_expires(row) for row in {row.id: row for row in standing_in}.values()]


def _expires(row: Row[Any]) -> Due:
    """What was carried over is opened from the list of the round where it stands, which leads on for whoever may."""
    carried = row.number != row.round
    return Due(
        DueKind.EVIDENCE,
        f"evidence:{row.id}",
        "Confidential evidence" if row.flag else row.said,
        row.on,
        f"/rounds/{row.place}/evidence" if carried and not row.flag else f"/evidence/{row.id}",
        f"{row.short_name}, round {row.round}" + (f", carried over from round {row.number}" if carried else ""),
    )


def _of_team(whose: Someone, team: type[RoundTeam] = RoundTeam) -> ColumnElement[bool]:
    return or_(col(team.lead_id) == whose.id, col(team.second_id) == whose.id)


def _teams(whose: Someone) -> Rows:
    """The rounds of somebody's teams with what is planned, a row for each stage that a part of them reached."""
    return (
        select(
            literal("team").label("kind"), col(RoundTeam.assessment_id).label("id"),
            col(RoundTeam.planned).label("said"), col(Assessment.round).label("round"),
            col(Programme.short_name).label("short_name"), col(PartStageStep.part).label("part"),
            col(PartStageStep.stage).label("stage"), func.coalesce(col(PartStageStep.position), 0).label("number"),
            cast(null(), Date).label("on"), literal(False).label("flag"), literal("").label("place"),
        )
        .select_from(RoundTeam)
        .join(Assessment, col(Assessment.id) == RoundTeam.assessment_id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .outerjoin(PartStageStep, col(PartStageStep.assessment_id) == RoundTeam.assessment_id)
        .where(_of_team(whose), col(RoundTeam.planned) != "{}")
    )  # fmt: skip


def _expiring(whose: Someone) -> Rows:
    """The evidence that expires while something rests on it, for the team of the round where it stands now.

    What is confidential is told to the team of its own round, which alone may know the day.
    """
    stands = _stands(whose)
    own, here = aliased(RoundTeam), aliased(RoundTeam)
    begun, now_in = aliased(Assessment), aliased(Assessment)
    secret = col(Evidence.confidential)
    return (
        select(
            literal("evidence"), col(Evidence.id), col(Evidence.reference), col(now_in.round),
            col(Programme.short_name), null(), null(), col(begun.round), col(Evidence.expires_on), secret,
            col(now_in.id),
        )
        .select_from(stands)
        .join(Evidence, col(Evidence.id) == stands.c.evidence)
        .join(begun, col(begun.id) == Evidence.assessment_id)
        .join(now_in, col(now_in.id) == stands.c.round)
        .join(Programme, col(Programme.id) == now_in.programme_id)
        .outerjoin(own, col(own.assessment_id) == begun.id)
        .outerjoin(here, col(here.assessment_id) == now_in.id)
        .where(
            col(Evidence.expires_on).is_not(None),
            is_newest(),
            own_evidence(),
            or_(and_(secret, _of_team(whose, own)), and_(~secret, _of_team(whose, here))),
        )
    )  # fmt: skip


def _stands(whose: Someone) -> Subquery:
    """Which evidence stands in which round, of somebody's rounds and of what was entered in them.

    In a round that none follows, all of it and what its ratings were carried over with; in one that is followed, only
    what a part rests on that is not closed: of the others the follow-up has taken over what still holds.
    """
    theirs = select(col(RoundTeam.assessment_id)).where(_of_team(whose))
    entered = select(col(Evidence.id)).where(col(Evidence.assessment_id).in_(theirs))
    after = aliased(Assessment)
    followed = select(col(after.follows)).where(col(after.follows).is_not(None))
    closed = exists().where(
        col(PartStageStep.assessment_id) == RatingEvidence.assessment_id,
        col(PartStageStep.part) == RatingEvidence.part,
        col(PartStageStep.stage) == PartStage.CLOSED.value,
    )
    rests: Rows = select(
        col(RatingEvidence.evidence_id).label("evidence"), col(RatingEvidence.assessment_id).label("round")
    ).where(
        or_(col(RatingEvidence.assessment_id).in_(theirs), col(RatingEvidence.evidence_id).in_(entered)),
        or_(col(RatingEvidence.assessment_id).not_in(followed), ~closed),
    )  # fmt: skip
    there: Rows = select(col(Evidence.id), col(Evidence.assessment_id)).where(
        col(Evidence.assessment_id).in_(theirs), col(Evidence.assessment_id).not_in(followed)
    )
    return union(rests, there).subquery()


def _planned(assessment: str, part: Part, stage: PartStage, about: str, planned: Any) -> Iterable[Due]:
    address, name = f"/rounds/{assessment}#{part.value}", f"part:{assessment}/{part.value}"
    if planned.starts and stage is PartStage.SCOPING:
        said = f"Begin rating the {part.value} part"
        yield Due(DueKind.PART, f"{name}/starts", said, planned.starts, address, about)
    if planned.closes and stage is not PartStage.CLOSED:
        said = f"Close the {part.value} part"
        yield Due(DueKind.PART, f"{name}/closes", said, planned.closes, address, about)


SOURCES: list[Source] = [_actions, _rounds, *relied_on.SOURCES]


# --- reminders ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """A reminder that stands, and whether the person has seen it or was sent it."""

    reminder: Reminder
    said: str
    seen: bool
    sent_at: datetime | None


def reminders(connection: Connection, whose: Someone, now: datetime) -> list[Standing]:
    """The reminders that stand for somebody today, what is due first at the top: seven queries at most."""
    today = now.date()
    found = standing(dues(connection, whose, now), today)
    if not found:
        return []
    told = {
        (row.subject, row.due_on, row.days): row
        for row in connection.execute(
            select(
                col(ReminderSent.subject), col(ReminderSent.due_on), col(ReminderSent.days), col(ReminderSent.sent_at),
                col(ReminderSent.seen_at),
            ).where(col(ReminderSent.person_id) == whose.id)
        )
    }  # fmt: skip
    return [
        Standing(each, say(each.due, today), bool(row and row.seen_at), row.sent_at if row else None)
        for each in found
        for row in [told.get((each.due.subject, each.due.on, each.stage))]
    ]


def waiting(connection: Connection, asked: Asked) -> list[Item]:
    """The reminders that somebody has not seen yet, for *My work*."""
    today = asked.now.date()
    return [
        Item(each.reminder.due.title, each.reminder.due.address, each.said, urgent=each.reminder.due.on < today)
        for each in reminders(connection, asked.someone, asked.now)
        if not each.seen
    ]


WAITING = Waiting("reminders", "Reminders", frozenset(), waiting, "Nothing of yours is due within thirty days.")


@dataclass(frozen=True, slots=True)
class Reminded:
    """Somebody who may be reminded: who they are to the rules, and where mail reaches them."""

    someone: Someone
    email: str


def everybody(connection: Connection, now: datetime) -> list[Reminded]:
    """Everybody with an active account, in the order of their names."""
    rows = connection.execute(
        select(col(Person.id), col(Person.name), col(Person.email))
        .where(col(Person.active).is_(True))
        .order_by(col(Person.name), col(Person.id))
    ).all()
    return [Reminded(someone(connection, row.id, row.name, now), row.email) for row in rows]


def calendar_owner(connection: Connection, secret_hash: str, now: datetime) -> Someone | None:
    """Whose private calendar an address is; None for an address that was ended or never was."""
    row = connection.execute(
        select(col(Person.id), col(Person.name)).where(
            col(Person.calendar_hash) == secret_hash, col(Person.active).is_(True)
        )
    ).first()
    return someone(connection, row.id, row.name, now) if row else None


def has_calendar(connection: Connection, person_id: str) -> bool:
    """Whether somebody has a private calendar address; the address itself is not kept."""
    return bool(
        connection.execute(select(col(Person.calendar_hash)).where(col(Person.id) == person_id)).scalar_one_or_none()
    )
