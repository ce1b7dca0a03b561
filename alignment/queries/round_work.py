"""What waits in rounds, for everybody's first page: returned ratings, parts to review, facts, invitations, answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.people import Role
from alignment.domain.review import Speech, Verdict
from alignment.domain.when import say_day
from alignment.queries.facts import Rows
from alignment.queries.work import Asked, Item, Waiting, branch
from alignment.tables import (
    Assessment,
    Comment,
    ObserverInvitation,
    PartStageStep,
    Programme,
    Rating,
    RatingReview,
    RoundTeam,
    StandardOwner,
)


def _returned(asked: Asked) -> Rows:
    """Ratings that were returned to their rater and not answered since, the newest first."""
    later = aliased(RatingReview)
    return (
        branch(
            "returned", order=(col(RatingReview.at).desc(), col(Rating.criterion)), id=col(Rating.assessment_id),
            of=col(Rating.criterion), name=col(Programme.short_name), number=col(Assessment.round),
            word=col(Rating.part), said=col(RatingReview.reason),
        )
        .select_from(Rating)
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
            _in_team(asked),
            col(Rating.rated_by) == asked.someone.actor.id,
            col(RatingReview.verdict) == Verdict.RETURNED.value,
            ~exists().where(
                col(later.assessment_id) == Rating.assessment_id,
                col(later.part) == Rating.part,
                col(later.criterion) == Rating.criterion,
                col(later.position) > RatingReview.position,
            ),
        )
    )  # fmt: skip


def returned_to(connection: Connection, asked: Asked) -> list[Item]:
    """Ratings that wait for somebody's answer to a reviewer."""
    return [
        Item(
            f"{row.of}, {_title(row)}", f"/rounds/{row.id}/{row.word}?show=returned#rating-{row.of}", row.said,
            urgent=True,
        )
        for row in asked.rows["returned"]
    ]  # fmt: skip


def _to_review(asked: Asked) -> Rows:
    """Parts at review in one's house that hold ratings of others."""
    houses = [where for where, role in asked.someone.roles if role is Role.ASSESSOR]
    others = exists().where(
        col(Rating.assessment_id) == Assessment.id,
        col(Rating.rated_by) != asked.someone.actor.id,
        col(Rating.level).is_not(None),
    )
    return _at("to review", PartStage.REVIEW).where(col(Assessment.assessor_id).in_(houses), others)


def to_review(connection: Connection, asked: Asked) -> list[Item]:
    """Parts that somebody may review."""
    return [
        Item(_part(row), f"/rounds/{row.id}/{row.word}/review", f"at review since {_day(row)}")
        for row in asked.rows["to review"]
    ]


def _to_check(asked: Asked) -> Rows:
    """Parts of one's programmes that the assessor sent for a check of facts."""
    owned = [where for where, role in asked.someone.roles if role is Role.SCHEME_OWNER]
    owner = exists().where(
        col(StandardOwner.standard_id) == Programme.standard_id, col(StandardOwner.organisation_id).in_(owned)
    )
    return _at("to check", PartStage.ACCURACY_CHECK).where(or_(owner, col(Programme.owner_id).in_(owned)))


def facts_to_check(connection: Connection, asked: Asked) -> list[Item]:
    """Parts whose facts somebody is to check."""
    return [
        Item(_part(row), f"/rounds/{row.id}/{row.word}/facts", f"with you since {_day(row)}", urgent=True)
        for row in asked.rows["to check"]
    ]


def _unanswered(asked: Asked) -> Rows:
    """Points of fact and comments in rounds of one's team that nobody has answered."""
    answer = aliased(Comment)
    return (
        branch(
            "to answer", order=(col(Comment.at), col(Comment.id)), id=col(Comment.assessment_id), of=col(Comment.id),
            name=col(Programme.short_name), number=col(Assessment.round), word=col(Comment.kind),
            said=func.coalesce(col(Comment.criterion), col(Comment.part), "the round"), at=col(Comment.at),
        )
        .select_from(Comment)
        .join(RoundTeam, col(RoundTeam.assessment_id) == Comment.assessment_id)
        .join(Assessment, col(Assessment.id) == Comment.assessment_id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .where(
            _in_team(asked),
            col(Comment.kind).in_([Speech.COMMENT.value, Speech.ACCURACY.value]),
            ~exists().where(col(answer.answers) == Comment.id),
        )
    )  # fmt: skip


def to_answer(connection: Connection, asked: Asked) -> list[Item]:
    """What was said in rounds of one's team and wants an answer."""
    return [
        Item(
            f"{Speech(row.word).label} on {row.said}, {_title(row)}", f"/rounds/{row.id}#said-{row.of}",
            f"since {_day(row)}", urgent=row.word == Speech.ACCURACY.value,
        )
        for row in asked.rows["to answer"]
    ]  # fmt: skip


def _invited_to(asked: Asked) -> Rows:
    """The rounds that somebody may read as an observer, the newest invitation first."""
    return (
        branch(
            "invited to", order=(col(ObserverInvitation.since).desc(), col(Assessment.id)), id=col(Assessment.id),
            name=col(Programme.short_name), number=col(Assessment.round), at=col(ObserverInvitation.since),
        )
        .select_from(ObserverInvitation)
        .join(Assessment, col(Assessment.id) == ObserverInvitation.assessment_id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .where(*_observes(asked))
    )  # fmt: skip


def rounds_observed(connection: Connection, asked: Asked) -> list[Item]:
    """The rounds that somebody reads and comments on."""
    return [
        Item(_title(row), f"/rounds/{row.id}", f"invited on {_day(row)}: you read and comment")
        for row in asked.rows["invited to"]
    ]


def _answered(asked: Asked) -> Rows:
    """What was answered lately to one's own comments on rounds that one still observes, the newest first."""
    asking = aliased(Comment)
    return (
        branch(
            "answered", order=(col(Comment.at).desc(), col(Comment.id)), id=col(Comment.assessment_id),
            of=col(asking.id), name=col(Programme.short_name), number=col(Assessment.round),
            said=func.coalesce(col(asking.criterion), col(asking.part), "the round"), at=col(Comment.at),
        )
        .select_from(Comment)
        .join(asking, col(asking.id) == Comment.answers)
        .join(ObserverInvitation, col(ObserverInvitation.assessment_id) == Comment.assessment_id)
        .join(Assessment, col(Assessment.id) == Comment.assessment_id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .where(*_observes(asked), col(asking.by_id) == asked.someone.id, col(Comment.at) > asked.now - LATELY)
    )  # fmt: skip


def answers_to(connection: Connection, asked: Asked) -> list[Item]:
    """Answers to what somebody said as an observer."""
    return [
        Item(f"On {row.said}, {_title(row)}", f"/rounds/{row.id}#said-{row.of}", f"answered on {_day(row)}")
        for row in asked.rows["answered"]
    ]


def _observes(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    until = col(ObserverInvitation.until)
    return col(ObserverInvitation.person_id) == asked.someone.id, or_(until.is_(None), until > asked.now)


def _in_team(asked: Asked) -> ColumnElement[bool]:
    return or_(col(RoundTeam.lead_id) == asked.someone.id, col(RoundTeam.second_id) == asked.someone.id)


def _at(kind: str, stage: PartStage) -> Rows:
    """The parts that are at a stage now, the longest first."""
    later = aliased(PartStageStep)
    return (
        branch(
            kind, order=(col(PartStageStep.at), col(Assessment.id)), id=col(Assessment.id),
            name=col(Programme.short_name), number=col(Assessment.round), word=col(PartStageStep.part),
            at=col(PartStageStep.at),
        )
        .select_from(Assessment)
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
    )  # fmt: skip


def _title(row: Any) -> str:
    return f"{row.name}, round {row.number}"


def _part(row: Any) -> str:
    return f"{_title(row)}: {Part(row.word).label.lower()}"


def _day(row: Any) -> str:
    return say_day(row.at.date())


ASSESSOR, OBSERVER = frozenset({Role.ASSESSOR}), frozenset({Role.OBSERVER})
LATELY = timedelta(days=30)
"""So long an answer is news to the one who asked."""
WAITING = (
    Waiting(
        "returned", "Ratings returned to you", ASSESSOR, returned_to, "No rating of yours is returned.", (_returned,)
    ),
    Waiting(
        "to-review", "Parts to review", ASSESSOR, to_review, "No part of your house waits for a reviewer.",
        (_to_review,),
    ),
    Waiting(
        "to-answer", "To answer", ASSESSOR, to_answer, "Every comment and point of fact is answered.", (_unanswered,)
    ),
    Waiting(
        "facts",
        "Facts to check",
        frozenset({Role.SCHEME_OWNER}),
        facts_to_check,
        "No assessor has sent you a part to check.",
        (_to_check,),
    ),
    Waiting(
        "invited-to", "Rounds you are invited to", OBSERVER, rounds_observed,
        "No round invites you now: its assessors invite observers.", (_invited_to,),
    ),
    Waiting(
        "answers", "Answers to your comments", OBSERVER, answers_to,
        "No comment of yours was answered within thirty days.", (_answered,),
    ),
)  # fmt: skip
"""The sections that rounds add to everybody's first page."""
