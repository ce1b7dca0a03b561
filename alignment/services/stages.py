"""What every act on a round begins with, and the record of the stages that its parts reach."""

from __future__ import annotations

from datetime import datetime
from secrets import token_hex

from sqlalchemy import select
from sqlmodel import Session, col

from alignment.domain.assessment import PartStage, Progress
from alignment.domain.catalogue import Part
from alignment.domain.people import Do, Matter, Someone, why_not
from alignment.domain.refusal import Refusal
from alignment.domain.round import Round
from alignment.services import ledger
from alignment.tables import PartProgress, PartStageStep
from alignment.tables.rounds import read_round


def the_round(session: Session, assessment: str, now: datetime) -> Round:
    """The round as it is now, and as it stays until this act is over. Refusal where there is no such round."""
    ledger.take_turn(session)
    return _found(session, assessment, now)


def the_round_to_rate(session: Session, assessment: str, now: datetime) -> Round:
    """The same for an act that writes nothing but ratings: assessors of other rounds do not wait for each other."""
    ledger.take_turn_at(session, assessment)
    return _found(session, assessment, now)


def _found(session: Session, assessment: str, now: datetime) -> Round:
    found = read_round(session, assessment, now)
    if found is None:
        raise Refusal("There is no such round to work on: it was never opened here, or only recorded from elsewhere.")
    return found


def require(who: Someone, act: Do, matter: Matter) -> None:
    """Refuse what the rules do not allow, with their reason."""
    reason = why_not(who, act, matter)
    if reason:
        raise Refusal(reason)


def begin_stage(
    session: Session,
    assessment: str,
    part: Part,
    stage: PartStage,
    position: int,
    *,
    actor: Someone,
    reason: str,
    now: datetime,
) -> None:
    """Record that a part reached a stage, and what the market is told of it once that is something new."""
    row = PartStageStep(
        id=token_hex(8),
        assessment_id=assessment,
        part=part.value,
        position=position,
        stage=stage.value,
        reason=reason,
        by_id=actor.actor.id,
        at=now,
    )
    ledger.enter(session, row, actor=actor.actor, act="moved", now=now)
    told = session.execute(
        select(col(PartProgress.progress), col(PartProgress.position))
        .where(col(PartProgress.assessment_id) == assessment, col(PartProgress.part) == part.value)
        .order_by(col(PartProgress.position).desc())
        .limit(1)
    ).first()
    if stage.progress is Progress.NOT_STARTED or (told and told.progress == stage.progress.value):
        return
    progress = PartProgress(
        id=f"{assessment}-{part.value}-{token_hex(4)}",
        assessment_id=assessment,
        part=part.value,
        progress=stage.progress.value,
        effective_on=now.date(),
        recorded_at=now,
        position=told.position + 1 if told else 1,
    )
    ledger.enter(session, progress, actor=actor.actor, act="recorded", now=now)
