"""The assessors' work: stages, reviews, blind ratings, comments, files, and what actions need besides states."""

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.rating import Level
from alignment.domain.review import Speech, Verdict
from alignment.tables.base import Utc, one_of, text_field


class RoundTeam(SQLModel, table=True):
    """Who assesses a round, and how: lead, second, blind or not, planned dates a part (JSON), opened when."""

    __tablename__ = "round_team"

    assessment_id: str = Field(foreign_key="assessment.id", primary_key=True)
    lead_id: str = Field(foreign_key="person.id", index=True)
    second_id: str | None = Field(default=None, foreign_key="person.id", index=True)
    blind: bool = False
    opened_on: date
    planned: str = text_field(default="{}")
    version: int = 1


class PartStageStep(SQLModel, table=True):
    """The stage of work that a part of a round reached, by whom and why. Append-only."""

    __tablename__ = "part_stage_step"
    __table_args__ = (
        one_of("part", Part),
        one_of("stage", PartStage),
        UniqueConstraint("assessment_id", "part", "position"),
    )

    id: str = Field(primary_key=True)
    assessment_id: str = Field(foreign_key="assessment.id")
    part: str = text_field()
    position: int
    stage: str = text_field()
    reason: str = text_field(default="")
    by_id: str = text_field()
    at: datetime = Field(sa_type=Utc)


class RatingReview(SQLModel, table=True):
    """A reviewer's word on one version of a rating: accepted, or returned with a reason. Append-only."""

    __tablename__ = "rating_review"
    __table_args__ = (
        one_of("part", Part),
        one_of("verdict", Verdict),
        UniqueConstraint("assessment_id", "part", "criterion", "position"),
    )

    id: str = Field(primary_key=True)
    assessment_id: str = Field(foreign_key="assessment.id")
    part: str = text_field()
    criterion: str = text_field()
    position: int
    of_version: int
    verdict: str = text_field()
    reason: str = text_field(default="")
    by_id: str = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Utc)


class BlindRating(SQLModel, table=True):
    """One assessor's own rating before reconciliation; changes with each save under a version."""

    __tablename__ = "blind_rating"
    __table_args__ = (one_of("part", Part), one_of("level", Level, optional=True))

    assessment_id: str = Field(foreign_key="assessment.id", primary_key=True)
    part: str = Field(primary_key=True)
    criterion: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", primary_key=True)
    level: str | None = text_field(default=None, nullable=True)
    rationale: str = text_field(default="")
    cites_standard: str = text_field(default="")
    cites_guidance: str = text_field(default="")
    rated_at: datetime = Field(sa_type=Utc)
    version: int = 1


class Reconciliation(SQLModel, table=True):
    """That two blind ratings of a part were opened to each other, by whom and when. Append-only."""

    __tablename__ = "reconciliation"
    __table_args__ = (one_of("part", Part),)

    assessment_id: str = Field(foreign_key="assessment.id", primary_key=True)
    part: str = Field(primary_key=True)
    reason: str = text_field(default="")
    by_id: str = text_field()
    at: datetime = Field(sa_type=Utc)


class Comment(SQLModel, table=True):
    """What somebody says about a round, a part or a criterion; it changes no rating. Append-only.

    ``kind`` is comment, accuracy (a scheme owner's factual point), reply (its right of reply, public once
    ``public`` and the part is closed), or answer.
    """

    __tablename__ = "comment"
    __table_args__ = (
        one_of("part", Part, optional=True),
        one_of("kind", Speech),
        UniqueConstraint("assessment_id", "position"),
    )

    id: str = Field(primary_key=True)
    assessment_id: str = Field(foreign_key="assessment.id")
    part: str | None = text_field(default=None, nullable=True)
    criterion: str | None = text_field(default=None, nullable=True)
    position: int
    kind: str = text_field()
    answers: str | None = Field(default=None, foreign_key="comment.id")
    text: str = text_field()
    public: bool = False
    by_id: str = Field(foreign_key="person.id")
    for_organisation: str = text_field(default="")
    at: datetime = Field(sa_type=Utc)


class ObserverInvitation(SQLModel, table=True):
    """That an observer may read a round and comment. Ended by ``until``."""

    __tablename__ = "observer_invitation"

    assessment_id: str = Field(foreign_key="assessment.id", primary_key=True)
    person_id: str = Field(foreign_key="person.id", primary_key=True)
    since: datetime = Field(sa_type=Utc)
    until: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    version: int = 1


class StoredFile(SQLModel, table=True):
    """The bytes of a file under their SHA-256: kept once, in the same transaction as what refers to them."""

    __tablename__ = "stored_file"

    sha256: str = Field(primary_key=True)
    size: int
    media_type: str = text_field()
    content: bytes = Field(sa_type=LargeBinary)
    added_at: datetime = Field(sa_type=Utc)


class EvidenceFile(SQLModel, table=True):
    """A version of a file of a piece of evidence. Append-only."""

    __tablename__ = "evidence_file"

    evidence_id: str = Field(foreign_key="evidence.id", primary_key=True)
    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    sha256: str = Field(foreign_key="stored_file.sha256")
    added_by: str = text_field()
    added_at: datetime = Field(sa_type=Utc)


class ActionMilestone(SQLModel, table=True):
    """A step on the way of an action, with the day it is due and the day it was done."""

    __tablename__ = "action_milestone"
    __table_args__ = (Index("ix_action_milestone_action_id", "action_id"),)

    id: str = Field(primary_key=True)
    action_id: str = Field(foreign_key="corrective_action.id")
    title: str = text_field()
    due_on: date | None = None
    done_on: date | None = None
    position: int
    version: int = 1


class ActionExtension(SQLModel, table=True):
    """A new due date for an action: who granted it, when and why. Append-only."""

    __tablename__ = "action_extension"
    __table_args__ = (Index("ix_action_extension_action_id", "action_id"),)

    id: str = Field(primary_key=True)
    action_id: str = Field(foreign_key="corrective_action.id")
    from_on: date | None = None
    to_on: date
    reason: str = text_field()
    granted_by: str = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Utc)


class EvidenceWithdrawal(SQLModel, table=True):
    """That a piece of evidence was entered by mistake, and why: it is no longer counted or shown. Append-only."""

    __tablename__ = "evidence_withdrawal"

    evidence_id: str = Field(foreign_key="evidence.id", primary_key=True)
    reason: str = text_field()
    by_id: str = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Utc)


class ActionEvidence(SQLModel, table=True):
    """Which evidence shows what was done for an action.

    ``given`` marks evidence that came with the action, from those who carry it out or judge it: it is none of
    the assessment itself and is not counted with it.
    """

    __tablename__ = "action_evidence"

    action_id: str = Field(foreign_key="corrective_action.id", primary_key=True)
    evidence_id: str = Field(foreign_key="evidence.id", primary_key=True)
    given: bool = False


class EffectivenessCheck(SQLModel, table=True):
    """Whether a verified action still works later on. Append-only."""

    __tablename__ = "effectiveness_check"
    __table_args__ = (Index("ix_effectiveness_check_action_id", "action_id"),)

    id: str = Field(primary_key=True)
    action_id: str = Field(foreign_key="corrective_action.id")
    effective: bool
    checked_on: date
    statement: str = text_field(default="")
    by_id: str = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Utc)


class Presence(SQLModel, table=True):
    """Who is on a sheet now. No record: rows come and go without events."""

    __tablename__ = "presence"

    assessment_id: str = Field(foreign_key="assessment.id", primary_key=True)
    part: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", primary_key=True)
    criterion: str = text_field(default="")
    at: datetime = Field(sa_type=Utc)


class ReminderSent(SQLModel, table=True):
    """One reminder to one person, so that it goes out once: sent by mail, or seen here, whichever was first.

    A run that sends claims it until ``trying_until``, so that two runs at once send it once.
    """

    __tablename__ = "reminder_sent"

    person_id: str = Field(foreign_key="person.id", primary_key=True)
    subject: str = Field(primary_key=True)
    due_on: date = Field(primary_key=True)
    days: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Utc)
    trying_until: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    sent_at: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    seen_at: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
