"""What corrective actions can be undertaken: the rounds that have gaps to repair, and the form of a new action."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, String, bindparam, exists, literal, or_, select, union_all
from sqlmodel import col

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Matter, Someone, why_not
from alignment.domain.rating import Level
from alignment.domain.undertaking import why_not_undertake
from alignment.queries.facts import Rows
from alignment.tables import (
    Assessment,
    AssuranceProcess,
    Organisation,
    PartStageStep,
    Programme,
    Rating,
    RoundTeam,
    StandardOwner,
)


@dataclass(frozen=True, slots=True)
class Round:
    """A round that an action can be undertaken for."""

    id: str
    number: int
    programme: str
    edition: str
    below: tuple[tuple[Part, str, Level], ...]
    worked_on: bool


@dataclass(frozen=True, slots=True)
class NewPage:
    """What the form of a new action offers: the round, its criteria below fully first, who may own it."""

    round: Round
    owners: tuple[tuple[str, str], ...]
    agrees: bool
    why_not: str | None


def new_page(connection: Connection, assessment: str, someone: Someone) -> NewPage | None:
    """The form of a new action of a round; None where there is no such round. Three queries."""
    row = connection.execute(
        select(
            col(Assessment.id), col(Assessment.round), col(Assessment.edition), col(Assessment.assessor_id),
            col(Assessment.programme_id), col(Programme.short_name), col(RoundTeam.lead_id), col(RoundTeam.second_id),
        )
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .outerjoin(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .where(col(Assessment.id) == assessment)
    ).first()  # fmt: skip
    if row is None:
        return None
    owners = connection.execute(
        select(col(Organisation.id), col(Organisation.name))
        .where(col(Organisation.id).in_(owning_organisations()))
        .order_by(col(Organisation.name)),
        {"programme": row.programme_id},
    ).all()
    matter = Matter(
        programme=row.programme_id,
        owners=frozenset(each.id for each in owners),
        assessor=row.assessor_id or "",
        lead=row.lead_id or "",
        second=row.second_id or "",
    )
    closed = exists().where(
        col(PartStageStep.assessment_id) == Rating.assessment_id,
        col(PartStageStep.part) == Rating.part,
        col(PartStageStep.stage) == PartStage.CLOSED.value,
    )
    below: Rows = (
        select(col(Rating.part), col(Rating.criterion), col(Rating.level))
        .where(
            col(Rating.assessment_id) == assessment,
            col(Rating.level).in_([Level.PARTIALLY.value, Level.NOT.value]),
            closed if row.lead_id else literal(True),
        )
        .order_by(col(Rating.criterion), col(Rating.part))
    )
    return NewPage(
        round=Round(
            row.id,
            row.round,
            row.short_name,
            row.edition,
            tuple((Part(each.part), each.criterion, Level(each.level)) for each in connection.execute(below)),
            worked_on=row.lead_id is not None,
        ),
        owners=tuple((each.id, each.name) for each in owners),
        agrees=why_not(someone, Do.AGREE_ACTION, matter) is None,
        why_not=why_not_undertake(someone, matter),
    )


def rounds_to_act_on(connection: Connection, someone: Someone) -> list[tuple[str, str]]:
    """The rounds for which somebody may undertake an action, by id and name: two queries."""
    statement: Rows = (
        select(
            col(Assessment.id), col(Assessment.round), col(Assessment.assessor_id), col(Assessment.programme_id),
            col(Programme.short_name), col(Programme.owner_id), col(Programme.standard_id),
            col(AssuranceProcess.owner_id).label("process_owner"),
        )
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .outerjoin(AssuranceProcess, col(AssuranceProcess.id) == Programme.assurance_process_id)
        .outerjoin(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .where(or_(col(Assessment.published).is_(True), col(RoundTeam.lead_id).is_(None)))
        .order_by(col(Programme.example), col(Programme.number), col(Assessment.round).desc())
    )  # fmt: skip
    owning: dict[str, set[str]] = defaultdict(set)
    for each in connection.execute(select(col(StandardOwner.standard_id), col(StandardOwner.organisation_id))):
        owning[each.standard_id].add(each.organisation_id)
    found = []
    for row in connection.execute(statement):
        owners = owning[row.standard_id] | {each for each in (row.owner_id, row.process_owner) if each}
        matter = Matter(programme=row.programme_id, owners=frozenset(owners), assessor=row.assessor_id or "")
        if why_not_undertake(someone, matter) is None:
            found.append((row.id, f"{row.short_name}, round {row.round}"))
    return found


def owning_organisations() -> Any:
    """The organisations that own a programme: of its standard, of its assurance process, its own."""
    programme = bindparam("programme", type_=String)
    return union_all(
        select(col(StandardOwner.organisation_id))
        .join(Programme, col(Programme.standard_id) == StandardOwner.standard_id)
        .where(col(Programme.id) == programme),
        select(col(Programme.owner_id)).where(col(Programme.id) == programme),
        select(col(AssuranceProcess.owner_id))
        .join(Programme, col(Programme.assurance_process_id) == AssuranceProcess.id)
        .where(col(Programme.id) == programme),
    )
