"""Takes the ratings of an earlier round over into a follow-up round, with what they rest on.

The evidence stays in its round, with its confidentiality: a carried rating keeps its links to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session, col

from alignment.domain.assessment import PartStage
from alignment.domain.carrying import carries
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.people import Someone
from alignment.services import ledger
from alignment.services.seeds import seal_edition
from alignment.tables import Assessment, PartStageStep, Rating, RatingEvidence, RatingVersion, RoundTeam


def earlier_round(
    session: Session, programme: str, follows: str, catalogues: Mapping[str, Catalogue]
) -> tuple[Assessment | None, str]:
    """The round whose ratings are taken over, or a sentence that says why it cannot be; neither where none is named."""
    if not follows:
        return None, ""
    row = session.get(Assessment, follows)
    if row is None or row.programme_id != programme:
        return None, "Choose an earlier round of this programme, or none."
    if not row.published:
        return None, "That round has no closed part yet: what is not closed cannot be taken over."
    if row.edition not in catalogues:
        return None, f"The content of edition {row.edition} is not held any more: nothing can be taken over."
    return row, ""


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
    before = catalogues[earlier.edition]
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
    carried = {
        (part, code): (part, old)
        for part in _closed_parts(session, earlier.id)
        for code, old in carries(before, catalogues[row.edition], part).items()
        if (part, old) in held
    }
    if not carried:
        return
    taken: list[dict[str, Any]] = [
        {
            "assessment_id": row.id, "part": part.value, "criterion": code, "level": held[old].level,
            "rationale": held[old].rationale, "cites_standard": held[old].cites_standard,
            "cites_guidance": held[old].cites_guidance, "carried_from": earlier.id, "to_confirm": True,
            "rated_by": actor.actor.id, "rated_at": now, "version": 1,
        }
        for (part, code), old in carried.items()
    ]  # fmt: skip
    session.execute(insert(Rating), taken)
    session.execute(insert(RatingVersion), [{**each, "effective_on": now.date()} for each in taken])
    rests = _rests(session, earlier.id)
    links = [
        {"assessment_id": row.id, "part": part.value, "criterion": code, "evidence_id": evidence}
        for (part, code), old in carried.items()
        for evidence in rests[old]
    ]
    if links:
        session.execute(insert(RatingEvidence), links)
    after = [
        {**each, "rated_at": ledger.moment(now), "evidence": rests[old]}
        for each, old in zip(taken, carried.values(), strict=True)
    ]
    ledger.record(
        session, actor=actor.actor, act="carried", subject=ledger.subject_of(row), before=None, after=after, now=now
    )


def _rests(session: Session, assessment: str) -> Mapping[tuple[Part, str], list[str]]:
    """The evidence of each rating of a round, by id."""
    found: dict[tuple[Part, str], list[str]] = defaultdict(list)
    for each in session.execute(
        select(col(RatingEvidence.part), col(RatingEvidence.criterion), col(RatingEvidence.evidence_id))
        .where(col(RatingEvidence.assessment_id) == assessment)
        .order_by(col(RatingEvidence.evidence_id))
    ):
        found[Part(each.part), each.criterion].append(each.evidence_id)
    return found


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
