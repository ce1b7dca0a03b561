"""Who works on a round, who may look on, and when its parts are planned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from alignment.domain.catalogue import Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Matter, Role, Someone, why_not
from alignment.domain.refusal import Refusal, Unfit, fit
from alignment.domain.round import Planned, Round
from alignment.services import ledger
from alignment.services.clashes import stand_clear
from alignment.services.stages import require, the_round
from alignment.tables import (
    BlindRating,
    ConflictDeclaration,
    Membership,
    ObserverInvitation,
    Person,
    RoundTeam,
)
from alignment.tables.rounds import read_planned, write_planned


@dataclass(frozen=True, slots=True)
class Team:
    """Who works on a round, from the version of it that was on the page."""

    assessment: str
    version: int
    lead: str
    second: str = ""
    blind: bool = False


def faults_of_team(
    session: Session, matter: Matter | None, lead: str, second: str, blind: bool, now: datetime
) -> dict[str, str]:
    """What is wrong with a team, by field. Everybody on it could open the round themselves: the same rules bind all.

    With no ``matter``, while it is not settled what is assessed by whom, only what holds for any.
    """
    faults = {}
    for name, person in (("lead", lead), ("second", second)):
        sentence = _why_not_member(session, matter, person, now) if person or name == "lead" else ""
        if sentence:
            faults[name] = sentence
    if lead and lead == second:
        faults["second"] = "The lead and the second assessor are two people: choose another, or none."
    if blind and not second:
        faults["blind"] = "Blind rating takes two assessors: choose a second one."
    return faults


def _why_not_member(session: Session, matter: Matter | None, person: str, now: datetime) -> str:
    found = _someone(session, person, now)
    if found is None:
        return "Choose somebody who has an account."
    reason = why_not(found, Do.OPEN_ROUND, matter) if matter else None
    if not reason:
        return ""
    why = reason.removeprefix("You cannot open a round: ").rstrip(".")
    return f"{found.name} cannot be on the team: {_of_them(why)}."


def _of_them(reason: str) -> str:
    """A reason that speaks to somebody, told of somebody."""
    return (
        reason.replace("you have", "they have")
        .replace("you declared", "they declared")
        .replace("your own", "their own")
    )


def _someone(session: Session, person: str, now: datetime) -> Someone | None:
    row = session.get(Person, person)
    if row is None or not row.active:
        return None
    roles = session.execute(
        select(col(Membership.organisation_id), col(Membership.role), col(Membership.until)).where(
            col(Membership.person_id) == person, col(Membership.since) <= now
        )
    ).all()
    declared = session.execute(
        select(col(ConflictDeclaration.programme_id), col(ConflictDeclaration.has_interest))
        .where(col(ConflictDeclaration.person_id) == person)
        .order_by(col(ConflictDeclaration.filed_at))
    ).all()
    return Someone(
        person,
        row.name,
        frozenset((each.organisation_id, Role(each.role)) for each in roles if each.until is None or each.until > now),
        {each.programme_id: bool(each.has_interest) for each in declared},
    )


def faults_of_plan(planned: Mapping[Part, Planned]) -> dict[str, str]:
    """A sentence for each part that would be closed before its work begins."""
    return {
        f"{part.value}_closes": "The part cannot be closed before its work begins: put one day right."
        for part, days in planned.items()
        if days.starts and days.closes and days.closes < days.starts
    }


def change_team(session: Session, *, actor: Someone, act: Team, now: datetime) -> None:
    """Change who leads, who is second, and whether both rate blind. Stale where it was changed meanwhile."""
    found = the_round(session, act.assessment, now)
    require(actor, Do.SET_UP_ROUND, found.matter())
    row = session.get_one(RoundTeam, found.id)
    yours = {"lead": act.lead, "second": act.second, "blind": "yes" if act.blind else ""}
    stand_clear(session, row, act.version, yours=yours, typed=_typed_team, labels=TEAM)
    faults = faults_of_team(session, found.matter(), act.lead, act.second, act.blind, now)
    team = {found.lead.id, found.second.id if found.second else ""}
    if found.blind and (not act.blind or {act.lead, act.second} != team) and _rated_blind(session, found):
        faults["blind"] = "Ratings have been made blind: open them to each other first, then change the team."
    fit(faults)
    values = {"lead_id": act.lead, "second_id": act.second or None, "blind": act.blind}
    if not ledger.unchanged(row, values):
        ledger.change(session, row, values, actor=actor.actor, act="changed", now=now)


TEAM = {"lead": "Lead assessor", "second": "Second assessor", "blind": "Rating"}
"""The fields of the form of a team."""


def _typed_team(values: Mapping[str, Any]) -> dict[str, str]:
    return {"lead": values["lead_id"], "second": values["second_id"] or "", "blind": "yes" if values["blind"] else ""}


def _rated_blind(session: Session, found: Round) -> bool:
    """Whether a part that is still rated blind has any blind rating."""
    open_parts = [part.value for part in Part if found.rated_blind(part)]
    return bool(
        session.execute(
            select(col(BlindRating.criterion))
            .where(col(BlindRating.assessment_id) == found.id, col(BlindRating.part).in_(open_parts))
            .limit(1)
        ).first()
    )


def plan(
    session: Session, *, actor: Someone, assessment: str, version: int, planned: Mapping[Part, Planned], now: datetime
) -> None:
    """Say when work on each part is planned to begin and to be closed."""
    found = the_round(session, assessment, now)
    require(actor, Do.SET_UP_ROUND, found.matter())
    fit(faults_of_plan(planned))
    row = session.get_one(RoundTeam, found.id)
    stand_clear(session, row, version, yours=_typed_days(planned), typed=_typed_plan, labels=DAYS)
    said = write_planned({**read_planned(row.planned), **planned})
    if said != row.planned:
        ledger.change(session, row, {"planned": said}, actor=actor.actor, act="planned", now=now)


DAYS = {
    f"{part.value}_{field}": f"{part.label}: {said}"
    for part in Part
    for field, said in (("starts", "work begins"), ("closes", "to be closed"))
}
"""The fields of the form of planned days."""


def _typed_plan(values: Mapping[str, Any]) -> dict[str, str]:
    return _typed_days(read_planned(values["planned"]))


def _typed_days(planned: Mapping[Part, Planned]) -> dict[str, str]:
    return {
        f"{part.value}_{field}": day.isoformat() if day else ""
        for part, days in planned.items()
        for field, day in (("starts", days.starts), ("closes", days.closes))
    }


def invite_observer(session: Session, *, actor: Someone, assessment: str, person: str, now: datetime) -> None:
    """Let an observer read a round and comment on it."""
    found = the_round(session, assessment, now)
    require(actor, Do.SET_UP_ROUND, found.matter())
    observer = _someone(session, person, now)
    if observer is None or not observer.is_a(Role.OBSERVER):
        raise Unfit({"observer": "Choose somebody who holds the role of an observer."})
    row = session.get(ObserverInvitation, (assessment, person))
    if row is None:
        row = ObserverInvitation(assessment_id=assessment, person_id=person, since=now)
        ledger.enter(session, row, actor=actor.actor, act="invited", now=now)
    elif row.until is not None:
        ledger.change(session, row, {"since": now, "until": None}, actor=actor.actor, act="invited", now=now)


def end_observer(session: Session, *, actor: Someone, assessment: str, person: str, now: datetime) -> None:
    """End an observer's invitation to a round; what they said stays."""
    found = the_round(session, assessment, now)
    require(actor, Do.SET_UP_ROUND, found.matter())
    row = session.get(ObserverInvitation, (assessment, person))
    if row is None:
        raise Refusal("They are not invited to this round.")
    if row.until is None:
        ledger.change(session, row, {"until": now}, actor=actor.actor, act="ended", now=now)
