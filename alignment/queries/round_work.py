"""What waits in rounds, for everybody's first page: returned ratings, parts to review, facts to check, answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, exists, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.people import Role
from alignment.domain.review import Speech, Verdict
from alignment.domain.when import say_day
from alignment.queries.work import MOST, Asked, Item, Waiting
from alignment.tables import (
    Assessment,
    Comment,
    PartStageStep,
    Programme,
    Rating,
    RatingReview,
    RoundTeam,
    StandardOwner,
)


def returned_to(connection: Connection, asked: Asked) -> list[Item]:
    """Ratings that were returned to their rater and not answered since, the newest first."""
    later = aliased(RatingReview)
    told: list[Any] = [
        Rating.assessment_id, Rating.part, Rating.criterion, RatingReview.reason, Programme.short_name,
        Assessment.round,
    ]  # fmt: skip
    rows = connection.execute(
        select(*told)
        .join(RoundTeam, col(RoundTeam.assessment_id) == Rating.assessment_id)
        .join(
            RatingReview,
            (col(RatingReview.assessment_id) == Rating.assessment_id)
            & (col(RatingReview.part) == Rating.part)
            & (col(RatingReview.criterion) == Rating.criterion)
            & (col(RatingReview.of_version) == Rating.version),
        )
        .join(Assessment, col(Assessment.id) == Rating.assessment_id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .where(
            or_(col(RoundTeam.lead_id) == asked.someone.id, col(RoundTeam.second_id) == asked.someone.id),
            col(Rating.rated_by) == asked.someone.actor.id,
            col(RatingReview.verdict) == Verdict.RETURNED.value,
            ~exists().where(
                col(later.assessment_id) == Rating.assessment_id,
                col(later.part) == Rating.part,
                col(later.criterion) == Rating.criterion,
                col(later.position) > RatingReview.position,
            ),
        )
        .order_by(col(RatingReview.at).desc(), col(Rating.criterion))
        .limit(MOST)
    )
    return [
        Item(
            f"{row.criterion}, {_title(row)}",
            f"/rounds/{row.assessment_id}/{row.part}?show=returned#rating-{row.criterion}",
            row.reason,
            urgent=True,
        )
        for row in rows
    ]


def to_review(connection: Connection, asked: Asked) -> list[Item]:
    """Parts at review in one's house that hold ratings of others."""
    houses = [where for where, role in asked.someone.roles if role is Role.ASSESSOR]
    others = exists().where(
        col(Rating.assessment_id) == Assessment.id,
        col(Rating.rated_by) != asked.someone.actor.id,
        col(Rating.level).is_not(None),
    )
    rows = connection.execute(_at(PartStage.REVIEW).where(col(Assessment.assessor_id).in_(houses), others).limit(MOST))
    return [Item(_part(row), f"/rounds/{row.id}/{row.part}/review", f"at review since {_day(row)}") for row in rows]


def facts_to_check(connection: Connection, asked: Asked) -> list[Item]:
    """Parts of one's programmes that the assessor sent for a check of facts."""
    owned = [where for where, role in asked.someone.roles if role is Role.SCHEME_OWNER]
    owner = exists().where(
        col(StandardOwner.standard_id) == Programme.standard_id, col(StandardOwner.organisation_id).in_(owned)
    )
    rows = connection.execute(
        _at(PartStage.ACCURACY_CHECK).where(or_(owner, col(Programme.owner_id).in_(owned))).limit(MOST)
    )
    return [
        Item(
            _part(row), f"/rounds/{row.id}/{row.part}/facts", f"with you since {row.at.date().isoformat()}", urgent=True
        )
        for row in rows
    ]


def to_answer(connection: Connection, asked: Asked) -> list[Item]:
    """Points of fact and comments in rounds of one's team that nobody has answered."""
    answer = aliased(Comment)
    told: list[Any] = [
        Comment.id, Comment.assessment_id, Comment.kind, Comment.part, Comment.criterion, Programme.short_name,
        Assessment.round, Comment.at,
    ]  # fmt: skip
    rows = connection.execute(
        select(*told)
        .join(RoundTeam, col(RoundTeam.assessment_id) == Comment.assessment_id)
        .join(Assessment, col(Assessment.id) == Comment.assessment_id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .where(
            or_(col(RoundTeam.lead_id) == asked.someone.id, col(RoundTeam.second_id) == asked.someone.id),
            col(Comment.kind).in_([Speech.COMMENT.value, Speech.ACCURACY.value]),
            ~exists().where(col(answer.answers) == Comment.id),
        )
        .order_by(col(Comment.at), col(Comment.id))
        .limit(MOST)
    )
    return [
        Item(
            f"{Speech(row.kind).label} on {row.criterion or row.part or 'the round'}, {_title(row)}",
            f"/rounds/{row.assessment_id}#said-{row.id}",
            f"since {_day(row)}",
            urgent=row.kind == Speech.ACCURACY.value,
        )
        for row in rows
    ]


def _at(stage: PartStage) -> Any:
    """The parts that are at a stage now, the longest first."""
    later = aliased(PartStageStep)
    told: list[Any] = [
        Assessment.id, Programme.short_name, Assessment.round, PartStageStep.part, PartStageStep.at,
    ]  # fmt: skip
    return (
        select(*told)
        .join(PartStageStep, col(PartStageStep.assessment_id) == Assessment.id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .where(
            col(PartStageStep.stage) == stage.value,
            ~exists().where(
                col(later.assessment_id) == PartStageStep.assessment_id,
                col(later.part) == PartStageStep.part,
                col(later.position) > PartStageStep.position,
            ),
        )
        .order_by(col(PartStageStep.at), col(Assessment.id))
    )


def _title(row: Any) -> str:
    return f"{row.short_name}, round {row.round}"


def _part(row: Any) -> str:
    return f"{_title(row)}: {Part(row.part).label.lower()}"


def _day(row: Any) -> str:
    return say_day(row.at.date())


ASSESSOR = frozenset({Role.ASSESSOR})
WAITING = (
    Waiting("returned", "Ratings returned to you", ASSESSOR, returned_to, "No rating of yours is returned."),
    Waiting("to-review", "Parts to review", ASSESSOR, to_review, "No part of your house waits for a reviewer."),
    Waiting("to-answer", "To answer", ASSESSOR, to_answer, "Every comment and point of fact is answered."),
    Waiting(
        "facts",
        "Facts to check",
        frozenset({Role.SCHEME_OWNER}),
        facts_to_check,
        "No assessor has sent you a part to check.",
    ),
)
"""The sections that rounds add to everybody's first page."""
