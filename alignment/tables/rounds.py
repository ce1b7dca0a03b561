"""A round of assessment as the rules see it, read in two statements.

By services before they write, by queries before they show.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, Row, bindparam, cast, null, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.round import Member, Planned, Reached, Round
from alignment.tables.base import ZERO, Utc, constant
from alignment.tables.facts import Assessment
from alignment.tables.people import Person
from alignment.tables.register import AssuranceProcess, Organisation, Programme, StandardOwner
from alignment.tables.work import ObserverInvitation, PartStageStep, Reconciliation, RoundTeam

__all__ = ["Member", "Planned", "Reached", "Round", "read_planned", "read_round", "write_planned"]


def read_round(connection: Connection | Session, assessment: str, now: datetime) -> Round | None:
    """The round of an assessment; None where there is none, or one that was only recorded from elsewhere."""
    asked = {"assessment": assessment}
    plain = connection.connection() if isinstance(connection, Session) else connection
    row = plain.execute(_one(), asked).first()
    return _round(row, plain.execute(_many(), asked).all(), now) if row else None


def _round(row: Row[Any], many: Sequence[Row[Any]], now: datetime) -> Round:
    steps: dict[Part, list[Reached]] = {part: [] for part in Part}
    for each in sorted((each for each in many if each.kind == "step"), key=lambda each: each.number):
        steps[Part(each.about)].append(Reached(PartStage(each.word), each.at, each.by, each.said, each.number))
    owners = {each.word for each in many if each.kind == "owner"} | {row.owner_id, row.process_owner}
    return Round(
        id=row.id,
        programme=row.programme_id,
        programme_name=row.short_name,
        example=bool(row.example),
        edition=row.edition,
        number=row.round,
        label=row.label,
        published=bool(row.published),
        follows=row.follows or "",
        follows_number=row.follows_number or 0,
        assessor=row.assessor_id,
        assessor_name=row.assessor_name,
        owners=frozenset(owner for owner in owners if owner),
        lead=Member(row.lead_id, row.lead_name),
        second=Member(row.second_id, row.second_name) if row.second_id else None,
        blind=bool(row.blind),
        opened_on=row.opened_on,
        planned=read_planned(row.planned),
        version=row.version,
        steps={part: tuple(reached) for part, reached in steps.items()},
        observers=tuple(
            Member(each.word, each.said) for each in many if each.kind == "observer" and not _over(each, now)
        ),
        reconciled=frozenset(Part(each.about) for each in many if each.kind == "reconciliation"),
    )


def _over(row: Row[Any], now: datetime) -> bool:
    return row.at is not None and row.at <= now


def read_planned(stored: str) -> dict[Part, Planned]:
    """The planned days of each part, from ``round_team.planned``."""
    held = json.loads(stored)
    return {part: _planned(held.get(part.value, {})) for part in Part}


def _planned(held: Mapping[str, str]) -> Planned:
    days = (date.fromisoformat(held[name]) if held.get(name) else None for name in ("starts", "closes"))
    return Planned(*days)


def write_planned(planned: Mapping[Part, Planned]) -> str:
    """The planned days as ``round_team.planned`` keeps them: what nobody has said is left out."""
    said = {
        part.value: {
            name: day.isoformat() for name in ("starts", "closes") if (day := getattr(planned[part], name)) is not None
        }
        for part in Part
        if part in planned
    }
    return json.dumps({part: days for part, days in said.items() if days}, sort_keys=True)


@lru_cache
def _one() -> Executable:
    lead, second, earlier = aliased(Person), aliased(Person), aliased(Assessment)
    told: list[Any] = [
        Assessment.id, Assessment.programme_id, Assessment.edition, Assessment.round, Assessment.label,
        Assessment.published, Assessment.follows, Assessment.assessor_id, col(Organisation.name).label("assessor_name"),
        Programme.short_name, Programme.example, Programme.owner_id,
        col(AssuranceProcess.owner_id).label("process_owner"), RoundTeam.lead_id,
        col(lead.name).label("lead_name"), RoundTeam.second_id, col(second.name).label("second_name"),
        RoundTeam.blind, RoundTeam.opened_on, RoundTeam.planned, RoundTeam.version,
        col(earlier.round).label("follows_number"),
    ]  # fmt: skip
    return (
        select(*told)
        .join(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .join(Organisation, col(Organisation.id) == Assessment.assessor_id)
        .join(lead, col(lead.id) == RoundTeam.lead_id)
        .outerjoin(second, col(second.id) == RoundTeam.second_id)
        .outerjoin(earlier, col(earlier.id) == Assessment.follows)
        .outerjoin(AssuranceProcess, col(AssuranceProcess.id) == Programme.assurance_process_id)
        .where(col(Assessment.id) == bindparam("assessment"))
    )


@lru_cache
def _many() -> Executable:
    """What a round has several of, in one shape; the first branch gives the columns their types."""
    steps: Any = select(
        constant("step").label("kind"), col(PartStageStep.part).label("about"), col(PartStageStep.stage).label("word"),
        col(PartStageStep.by_id).label("by"), col(PartStageStep.reason).label("said"),
        col(PartStageStep.at).label("at"), col(PartStageStep.position).label("number"),
    ).where(col(PartStageStep.assessment_id) == bindparam("assessment"))  # fmt: skip
    nothing = cast(null(), Utc)
    owners: Any = (
        select(
            constant("owner"), constant(""), col(StandardOwner.organisation_id), constant(""), constant(""), nothing,
            ZERO,
        )
        .join(Programme, col(Programme.standard_id) == StandardOwner.standard_id)
        .join(Assessment, col(Assessment.programme_id) == Programme.id)
        .where(col(Assessment.id) == bindparam("assessment"))
    )  # fmt: skip
    observers: Any = (
        select(
            constant("observer"), constant(""), col(Person.id), constant(""), col(Person.name),
            col(ObserverInvitation.until), ZERO,
        )
        .join(Person, col(Person.id) == ObserverInvitation.person_id)
        .where(col(ObserverInvitation.assessment_id) == bindparam("assessment"))
    )  # fmt: skip
    reconciled: Any = select(
        constant("reconciliation"), col(Reconciliation.part), constant(""), col(Reconciliation.by_id),
        col(Reconciliation.reason), col(Reconciliation.at), ZERO,
    ).where(col(Reconciliation.assessment_id) == bindparam("assessment"))  # fmt: skip
    return union_all(steps, owners, observers, reconciled)
