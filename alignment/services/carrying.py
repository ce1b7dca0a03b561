"""Takes the ratings of an earlier round over into a follow-up round."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session, col

from alignment.domain.assessment import PartStage
from alignment.domain.carrying import carries
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.people import Someone
from alignment.domain.refusal import Unfit
from alignment.services import ledger
from alignment.services.seeds import seal_edition
from alignment.tables import Assessment, PartStageStep, Rating, RatingVersion, RoundTeam


def earlier_round(session: Session, programme: str, follows: str) -> Assessment:
    """The round whose ratings are taken over. Unfit where it is none of the programme, or none of it is closed."""
    row = session.get(Assessment, follows)
    if row is None or row.programme_id != programme:
        raise Unfit({"follows": "Choose an earlier round of this programme, or none."})
    if not row.published:
        raise Unfit({"follows": "That round has no closed part yet: what is not closed cannot be taken over."})
    return row


def carry(
    session: Session,
    row: Assessment,
    earlier: Assessment,
    catalogues: Mapping[str, Catalogue],
    *,
    actor: Someone,
    now: datetime,
) -> None:
    """Take over the ratings of closed parts whose criteria still say the same, each to be confirmed."""
    before = catalogues.get(earlier.edition)
    if before is None:
        raise Unfit(
            {"follows": f"The content of edition {earlier.edition} is not held any more: nothing can be taken over."}
        )
    seal_edition(session, before, actor=actor.actor, now=now)
    held = {
        (Part(each.part), each.criterion): each
        for each in session.execute(
            select(
                col(Rating.part), col(Rating.criterion), col(Rating.level), col(Rating.rationale),
                col(Rating.cites_standard), col(Rating.cites_guidance),
            ).where(col(Rating.assessment_id) == earlier.id, col(Rating.level).is_not(None))
        )
    }  # fmt: skip
    closed = _closed_parts(session, earlier.id)
    taken: list[dict[str, Any]] = [
        {
            "assessment_id": row.id, "part": part.value, "criterion": code, "level": found.level,
            "rationale": found.rationale, "cites_standard": found.cites_standard,
            "cites_guidance": found.cites_guidance, "carried_from": earlier.id, "to_confirm": True,
            "rated_by": actor.actor.id, "rated_at": now, "version": 1,
        }
        for part in closed
        for code, old in carries(before, catalogues[row.edition], part).items()
        if (found := held.get((part, old))) is not None
    ]  # fmt: skip
    if not taken:
        return
    session.execute(insert(Rating), taken)
    session.execute(insert(RatingVersion), [{**each, "effective_on": now.date()} for each in taken])
    after = [{**each, "rated_at": ledger.moment(now)} for each in taken]
    ledger.record(
        session, actor=actor.actor, act="carried", subject=ledger.subject_of(row), before=None, after=after, now=now
    )


def _closed_parts(session: Session, assessment: str) -> list[Part]:
    """The parts whose ratings are final: all of a round that was recorded from its publication."""
    if session.get(RoundTeam, assessment) is None:
        return list(Part)
    closed = session.execute(
        select(col(PartStageStep.part)).where(
            col(PartStageStep.assessment_id) == assessment, col(PartStageStep.stage) == PartStage.CLOSED.value
        )
    ).scalars()
    return [Part(each) for each in closed]
