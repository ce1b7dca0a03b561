"""Opens rounds of assessment: a programme, an edition, an assessor that the LME approves, a team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from secrets import token_hex

from sqlalchemy import func, select
from sqlmodel import Session, col

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Matter, Someone
from alignment.domain.refusal import fit
from alignment.domain.round import Planned, Round
from alignment.services import ledger
from alignment.services.carrying import carry, earlier_round
from alignment.services.seeds import seal_edition
from alignment.services.stages import begin_stage, require, the_round
from alignment.services.teams import faults_of_plan, faults_of_team
from alignment.tables import (
    Assessment,
    AssessorApproval,
    AssuranceProcess,
    Organisation,
    Programme,
    RoundTeam,
    StandardOwner,
)
from alignment.tables.rounds import write_planned


@dataclass(frozen=True, slots=True)
class OpenRound:
    """A round to open. ``follows`` is the earlier round whose ratings it takes over, or empty."""

    programme: str
    assessor: str
    lead: str
    second: str = ""
    blind: bool = False
    label: str = ""
    follows: str = ""
    planned: Mapping[Part, Planned] = field(default_factory=dict)


def open_round(
    session: Session,
    *,
    actor: Someone,
    act: OpenRound,
    catalogues: Mapping[str, Catalogue],
    edition: str,
    now: datetime,
) -> Round:
    """Open a round against an edition; each part begins with its scope. Ratings of an earlier round come along.

    The edition is sealed: what is judged against it can no longer change silently. Refusal where the rules do
    not allow it; Unfit, with the field, where what was entered does not fit.
    """
    ledger.take_turn(session)
    programme = session.get(Programme, act.programme)
    assessor = session.get(Organisation, act.assessor)
    matter = None
    if programme is not None and assessor is not None:
        matter = _matter(session, programme, act.assessor, now.date())
        require(actor, Do.OPEN_ROUND, matter)
    faults = {} if programme else {"programme": "Choose a programme of the register."}
    faults |= {} if assessor else {"assessor": "Choose an assessor organisation."}
    faults |= faults_of_team(session, matter, act.lead, act.second, act.blind, now)
    earlier, sentence = earlier_round(session, act.programme, act.follows, catalogues)
    if programme and sentence:
        faults["follows"] = sentence
    faults |= faults_of_plan(act.planned)
    fit(faults)
    number = _next_number(session, act.programme)
    row = Assessment(
        id=_new_id(session, act.programme, number),
        programme_id=act.programme,
        edition=edition,
        round=number,
        label=act.label.strip(),
        assessor_id=act.assessor,
        follows=act.follows or None,
        recorded_at=now,
    )
    seal_edition(session, catalogues[edition], actor=actor.actor, now=now)
    ledger.enter(session, row, actor=actor.actor, act="opened", now=now)
    team = RoundTeam(
        assessment_id=row.id,
        lead_id=act.lead,
        second_id=act.second or None,
        blind=act.blind,
        opened_on=now.date(),
        planned=write_planned(act.planned),
    )
    ledger.enter(session, team, actor=actor.actor, act="opened", now=now)
    for part in Part:
        begin_stage(session, row.id, part, PartStage.SCOPING, 1, actor=actor, reason="", now=now)
    if earlier is not None:
        carry(session, row, earlier, catalogues, actor=actor, now=now)
    return the_round(session, row.id, now)


def _matter(session: Session, programme: Programme, assessor: str, on: date) -> Matter:
    owners = set(
        session.execute(
            select(col(StandardOwner.organisation_id)).where(col(StandardOwner.standard_id) == programme.standard_id)
        ).scalars()
    )
    process = session.get(AssuranceProcess, programme.assurance_process_id) if programme.assurance_process_id else None
    owners |= {each for each in (programme.owner_id, process.owner_id if process else None) if each}
    return Matter(
        programme=programme.id,
        owners=frozenset(owners),
        assessor=assessor,
        assessor_approved=assessor_approved(session, assessor, on),
    )


def assessor_approved(session: Session, organisation: str, on: date) -> bool:
    """Whether the LME approves an organisation as an assessor on a day."""
    newest = session.execute(
        select(col(AssessorApproval.approved))
        .where(col(AssessorApproval.organisation_id) == organisation, col(AssessorApproval.effective_on) <= on)
        .order_by(col(AssessorApproval.effective_on).desc(), col(AssessorApproval.recorded_at).desc())
        .limit(1)
    ).scalar()
    return bool(newest)


def _next_number(session: Session, programme: str) -> int:
    last = session.execute(
        select(func.max(col(Assessment.round))).where(col(Assessment.programme_id) == programme)
    ).scalar()
    return (last or 0) + 1


def _new_id(session: Session, programme: str, number: int) -> str:
    wanted = f"{programme}-{number}"
    return wanted if session.get(Assessment, wanted) is None else f"{wanted}-{token_hex(3)}"
