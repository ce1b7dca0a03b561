"""Around the LME's decisions: proposals and votes, conditions, appeals, reviews, reports, subscriptions."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from alignment.domain.decision import Act
from alignment.domain.when import Precision
from alignment.tables.base import Utc, one_of, text_field


class Proposal(SQLModel, table=True):
    """A decision on its way: what is proposed, by whom, and how many deciders it takes. Append-only.

    It becomes a decision of the same id with the last vote it needs, or ends withdrawn or refused by a vote
    against. ``based_on`` is the newest entry of the ledger that the proposer saw.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        one_of("act", Act),
        CheckConstraint("act <> 'void' OR corrects IS NOT NULL", name="void"),
        one_of("effective_precision", Precision),
        CheckConstraint("quorum > 0", name="quorum"),
        Index("ix_proposal_programme_id", "programme_id"),
    )

    id: str = Field(primary_key=True)
    programme_id: str = Field(foreign_key="programme.id")
    act: str = text_field()
    reason: str = text_field()
    against_advice: str = text_field(default="")
    advice: str = text_field(default="")
    published_note: str = text_field(default="")
    published_link: str = text_field(default="")
    effective_on: date
    effective_precision: str = text_field(default=Precision.DAY.value)
    corrects: str | None = Field(default=None, foreign_key="decision.id")
    based_on: str | None = Field(default=None, foreign_key="decision.id")
    quorum: int = 1
    conditions: str = text_field(default="[]")
    proposed_by: str = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Utc)


class Vote(SQLModel, table=True):
    """A decider's word on a proposal. Append-only; one a person."""

    __tablename__ = "vote"
    __table_args__ = (CheckConstraint("word IN ('for', 'against', 'withdrawn')", name="word"),)

    proposal_id: str = Field(foreign_key="proposal.id", primary_key=True)
    person_id: str = Field(foreign_key="person.id", primary_key=True)
    word: str = text_field()
    reason: str = text_field(default="")
    decision_id: str | None = Field(default=None, foreign_key="decision.id")
    at: datetime = Field(sa_type=Utc)


class Condition(SQLModel, table=True):
    """What a decision asks of a programme, with the day it is due. Append-only, as the decision is."""

    __tablename__ = "decision_condition"
    __table_args__ = (Index("ix_decision_condition_decision_id", "decision_id"),)

    id: str = Field(primary_key=True)
    decision_id: str = Field(foreign_key="decision.id")
    text: str = text_field()
    due_on: date | None = None
    position: int


class ConditionMet(SQLModel, table=True):
    """A word on a condition: the day it was met and what shows it, and when that was recorded and by whom.

    Append-only: a later ``number`` puts an earlier one right; one without a day says that it is not met after all.
    """

    __tablename__ = "condition_met"
    __table_args__ = (CheckConstraint("number > 0", name="number"),)

    condition_id: str = Field(foreign_key="decision_condition.id", primary_key=True)
    number: int = Field(default=1, primary_key=True)
    met_on: date | None = None
    statement: str = text_field()
    recorded_by: str = text_field()
    recorded_at: datetime = Field(sa_type=Utc)


class Appeal(SQLModel, table=True):
    """An appeal against a decision and its outcome. Kept; ``outcome`` is empty while it is open."""

    __tablename__ = "appeal"
    __table_args__ = (
        CheckConstraint("outcome IN ('', 'upheld', 'rejected', 'withdrawn')", name="outcome"),
        Index("ix_appeal_decision_id", "decision_id"),
    )

    id: str = Field(primary_key=True)
    decision_id: str = Field(foreign_key="decision.id")
    by_organisation: str = text_field()
    text: str = text_field()
    filed_on: date
    outcome: str = text_field(default="")
    outcome_on: date | None = None
    outcome_text: str = text_field(default="")
    outcome_recorded_at: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    recorded_by: str = text_field()
    recorded_at: datetime = Field(sa_type=Utc)
    version: int = 1


class MonitoringReview(SQLModel, table=True):
    """A look at a monitoring point: good, or bad and what it triggers. Append-only."""

    __tablename__ = "monitoring_review"
    __table_args__ = (
        CheckConstraint("outcome IN ('good', 'bad')", name="outcome"),
        CheckConstraint("triggers IN ('', 'round', 'condition', 'suspension')", name="triggers"),
        Index("ix_monitoring_review_point_id", "point_id"),
    )

    id: str = Field(primary_key=True)
    point_id: str = Field(foreign_key="monitoring_point.id")
    reviewed_on: date
    outcome: str = text_field()
    statement: str = text_field()
    triggers: str = text_field(default="")
    by_id: str = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Utc)


class SignificantChange(SQLModel, table=True):
    """A change of its programme that a scheme owner reports, with the transition and its public wording.

    ``ended`` is returned, by the LME, or withdrawn, by the owner, where it was reported by mistake; else empty.
    """

    __tablename__ = "significant_change"
    __table_args__ = (Index("ix_significant_change_programme_id", "programme_id"),)

    id: str = Field(primary_key=True)
    programme_id: str = Field(foreign_key="programme.id")
    title: str = text_field()
    text: str = text_field()
    effective_on: date
    transition_until: date | None = None
    public_wording: str = text_field(default="")
    accepted_at: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    ended: str = text_field(default="", sa_column_kwargs={"server_default": ""})
    ended_reason: str = text_field(default="", sa_column_kwargs={"server_default": ""})
    reported_by: str = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Utc)
    version: int = 1


class Report(SQLModel, table=True):
    """What the public reports about a listing: an error or a complaint, and the answer. Kept.

    The address of the one who reports is never public; the answer is where ``answer_public`` says so.
    """

    __tablename__ = "public_report"
    __table_args__ = (
        CheckConstraint("kind IN ('error', 'complaint')", name="kind"),
        Index("ix_public_report_answered_at", "answered_at"),
    )

    id: str = Field(primary_key=True)
    kind: str = text_field()
    about: str = text_field()
    text: str = text_field()
    email: str = text_field(default="")
    received_at: datetime = Field(sa_type=Utc)
    answer_due_on: date
    answer: str = text_field(default="")
    answer_public: bool = False
    answered_by: str | None = text_field(default=None, nullable=True)
    answered_at: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    version: int = 1


class Draft(SQLModel, table=True):
    """A market update being composed: its text, number and date; frozen when it is published.

    ``statements`` are the ids of those chosen, ``waivers`` reasons by the code of the fault that each waives, both
    as JSON; ``notice_at`` is when the embargo of its advance notices ends, ``published`` the number it became.
    ``aside`` is why it was set aside; empty while it is being composed.
    """

    __tablename__ = "publication_draft"

    id: str = Field(primary_key=True)
    number: str = text_field()
    title: str = text_field()
    as_at: date
    text: str = text_field(default="")
    label: str = text_field(default="")
    corrects: str | None = text_field(default=None, nullable=True)
    statements: str = text_field(default="[]")
    waivers: str = text_field(default="{}")
    notice_at: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    published: str | None = text_field(default=None, nullable=True)
    aside: str = text_field(default="", sa_column_kwargs={"server_default": ""})
    by_id: str = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Utc)
    version: int = 1


class Notice(SQLModel, table=True):
    """An advance notice under embargo to those whose status would change. Append-only; a later one counts on."""

    __tablename__ = "advance_notice"

    draft_id: str = Field(foreign_key="publication_draft.id", primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", primary_key=True)
    number: int = Field(default=1, primary_key=True)
    text: str = text_field()
    embargo_until: datetime = Field(sa_type=Utc)
    at: datetime = Field(sa_type=Utc)


class Subscription(SQLModel, table=True):
    """An address that asked for the digest, confirmed or not; secrets are kept as SHA-256.

    ``sent_until`` is the number of the last event that it was told of, ``tries`` how often in a row a digest could
    not be sent, ``trying_until`` until when a run has it in hand.
    """

    __tablename__ = "subscription"

    id: str = Field(primary_key=True)
    email: str = text_field()
    topic: str = text_field(default="all")
    confirm_hash: str = Field(unique=True)
    leave_hash: str = Field(unique=True)
    asked_at: datetime = Field(sa_type=Utc)
    confirmed_at: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    left_at: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    sent_until: int = 0
    trying_until: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    version: int = 1
