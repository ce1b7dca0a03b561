"""Review of ratings, and the steps of a part from rating to its closing: the result is fixed and made public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from alignment.domain.assessment import PartStage, ResultKind
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.event import canonical
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Someone
from alignment.domain.rating import Level
from alignment.domain.refusal import Faults, Refusal, Stale, Unfit
from alignment.domain.result import judge_part
from alignment.domain.review import (
    SEND_BACK,
    Missing,
    Reviewed,
    Speech,
    Stands,
    Step,
    Verdict,
    missing_to_accept,
    missing_to_submit,
    reviewed,
    step_to,
    waiting,
    working,
)
from alignment.domain.round import Round
from alignment.services import ledger
from alignment.services.seeds import seal_edition
from alignment.services.sheets import SHARED, Key
from alignment.services.stages import begin_stage, require, the_round
from alignment.tables import Assessment, Comment, Rating, RatingReview, Result

LONGEST_REASON = 5_000


@dataclass(frozen=True, slots=True)
class Review:
    """A reviewer's word on the version of a rating that was on their page."""

    key: Key
    version: int
    verdict: Verdict
    reason: str = ""


def review(session: Session, *, actor: Someone, act: Review, now: datetime) -> None:
    """Accept a rating, or return it with a reason. Stale where it was changed since the page was read."""
    found = the_round(session, act.key.assessment, now)
    held = SHARED.held(session, act.key)
    require(actor, Do.REVIEW, found.matter(act.key.part, done_by=held.rated_by))
    reason = act.reason.strip()
    if act.verdict is Verdict.RETURNED and not reason:
        raise Unfit({"reason": f"Say what is to be put right in {act.key.criterion}: a return needs a reason."})
    if len(reason) > LONGEST_REASON:
        raise Unfit({"reason": f"Shorten the reason to {LONGEST_REASON:,} characters at most."})
    if held.says.level is None:
        raise Refusal(f"{act.key.criterion} is not rated: there is nothing to review.")
    if held.version != act.version:
        raise Stale(f"{act.key.criterion} was changed meanwhile: look at version {held.version}, then review it.")
    _put_review(session, act.key, held.version, act.verdict, reason, actor=actor, now=now)


def accept_many(
    session: Session, *, actor: Someone, assessment: str, part: Part, picked: Sequence[tuple[str, int]], now: datetime
) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Accept several ratings; how many, and those left alone with the reason."""
    found = the_round(session, assessment, now)
    require(actor, Do.REVIEW, found.matter(part))
    done, left = 0, []
    for code, version in picked:
        key = Key(assessment, part, code)
        held = SHARED.held(session, key)
        if held.rated_by == actor.actor.id:
            left.append((code, "is your own rating: somebody else has to judge it"))
        elif held.version != version or held.says.level is None:
            left.append((code, "was changed meanwhile"))
        else:
            _put_review(session, key, version, Verdict.ACCEPTED, "", actor=actor, now=now)
            done += 1
    return done, tuple(left)


def _put_review(
    session: Session, key: Key, version: int, verdict: Verdict, reason: str, *, actor: Someone, now: datetime
) -> None:
    last = session.execute(
        select(func.max(col(RatingReview.position))).where(
            col(RatingReview.assessment_id) == key.assessment,
            col(RatingReview.part) == key.part.value,
            col(RatingReview.criterion) == key.criterion,
        )
    ).scalar()
    row = RatingReview(
        id=token_hex(8),
        **key.columns,
        position=(last or 0) + 1,
        of_version=version,
        verdict=verdict.value,
        reason=reason,
        by_id=actor.id,
        at=now,
    )
    ledger.enter(session, row, actor=actor.actor, act=verdict.value, now=now)


# --- stages ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Move:
    """A step of work on a part, from the stage that was on the page."""

    assessment: str
    part: Part
    at: PartStage
    to: PartStage
    reason: str = ""


def move(session: Session, *, actor: Someone, act: Move, catalogue: Catalogue, now: datetime) -> None:
    """Take a part to another stage. Faults lists every criterion that holds it up."""
    found = the_round(session, act.assessment, now)
    stage = found.stage(act.part)
    if stage is not act.at:
        raise Stale(f"This part is at the stage {stage.label.lower()} by now: look at it again, then decide.")
    step = step_to(stage, act.to)
    if step is None:
        raise Refusal(f"A part does not go from {stage.label.lower()} to {act.to.label.lower()}.")
    require(actor, step.act, found.matter(act.part))
    reason = act.reason.strip()
    if step.needs_reason and not reason:
        raise Unfit({"reason": "Say why the part goes back to rating."})
    if len(reason) > LONGEST_REASON:
        raise Unfit({"reason": f"Shorten the reason to {LONGEST_REASON:,} characters at most."})
    _check(session, found, act.part, step, catalogue)
    position = found.reached(act.part).position + 1
    begin_stage(session, found.id, act.part, act.to, position, actor=actor, reason=reason, now=now)
    if act.to is PartStage.CLOSED:
        _close(session, found, act.part, catalogue, actor=actor, now=now)


def _check(session: Session, found: Round, part: Part, step: Step, catalogue: Catalogue) -> None:
    """Faults with everything that holds the step up, for people to work through."""
    if step is SEND_BACK or not (step.complete or step.accepted):
        return
    codes = [criterion.code for criterion in catalogue.in_part[part]]
    rated = standing(session, found.id, part)
    missing = missing_to_accept(codes, rated) if step.accepted else missing_to_submit(codes, rated)
    faults = [_said(each) for each in missing]
    if step.to is PartStage.CLOSED and (said := waiting(_unanswered(session, found.id, part))):
        faults.append(said)
    if faults:
        raise Faults(faults)


def _said(missing: Missing) -> str:
    return f"{missing.code} is {missing.why}."


def standing(session: Session, assessment: str, part: Part) -> dict[str, Stands]:
    """Every rating of a part with where it stands in review: two queries."""
    newest: dict[str, Any] = {}
    for row in session.execute(
        select(col(RatingReview.criterion), col(RatingReview.verdict), col(RatingReview.of_version))
        .where(col(RatingReview.assessment_id) == assessment, col(RatingReview.part) == part.value)
        .order_by(col(RatingReview.position))
    ):
        newest[row.criterion] = row
    rated = session.execute(
        select(col(Rating.criterion), col(Rating.level), col(Rating.version), col(Rating.to_confirm)).where(
            col(Rating.assessment_id) == assessment, col(Rating.part) == part.value
        )
    )
    return {row.criterion: _stands(row, newest.get(row.criterion)) for row in rated}


def _stands(row: Any, review: Any) -> Stands:
    level = Level(row.level) if row.level else None
    where = reviewed(row.version, Verdict(review.verdict), review.of_version) if review else Reviewed.OPEN
    return Stands(level, row.version, bool(row.to_confirm), where)


def _unanswered(session: Session, assessment: str, part: Part) -> list[Speech]:
    """Comments and points of fact that nobody has answered: they hold the closing up."""
    said = session.execute(
        select(col(Comment.id), col(Comment.part), col(Comment.kind), col(Comment.answers)).where(
            col(Comment.assessment_id) == assessment
        )
    ).all()
    answered = {each.answers for each in said}
    return [
        Speech(each.kind)
        for each in said
        if each.id not in answered and Speech(each.kind).holds_up(Part(each.part) if each.part else None, part)
    ]


def _close(session: Session, found: Round, part: Part, catalogue: Catalogue, *, actor: Someone, now: datetime) -> None:
    """Fix the part's result with the rule's working, and make the round public."""
    seal_edition(session, catalogue, actor=actor.actor, now=now)
    rated = {
        code: (stands.level, stands.version)
        for code, stands in standing(session, found.id, part).items()
        if stands.level is not None
    }
    outcome = judge_part(catalogue, part, {code: level for code, (level, _) in rated.items()})
    if outcome.result is not None:
        row = Result(
            id=f"{found.id}-{part.value}-{token_hex(4)}",
            assessment_id=found.id,
            scope=part.value,
            kind=ResultKind.COMPUTED.value,
            level=outcome.result.value,
            statement="Computed by the rule of the edition from the accepted ratings, on the day the part was closed.",
            working=canonical(working(catalogue, outcome, _in_order(rated))),
            effective_on=now.date(),
            recorded_at=now,
            position=list(Part).index(part) + 1,
        )
        ledger.enter(session, row, actor=actor.actor, act="closed", now=now)
    assessment = session.get(Assessment, found.id)
    assert assessment is not None, "a round that was read has its assessment"
    if not assessment.published:
        ledger.change(session, assessment, {"published": True}, actor=actor.actor, act="published", now=now)


def _in_order(rated: Mapping[str, tuple[Level, int]]) -> dict[str, tuple[Level, int]]:
    return {code: rated[code] for code in sorted(rated)}
