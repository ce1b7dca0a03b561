"""What happened and when: assessments, results, ratings, actions, decisions, recognitions, statements.

Every table here is append-only in the database itself, except where its docstring says otherwise.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from alignment.domain.action import ActionState
from alignment.domain.assessment import Certainty, Progress, ResultKind, Scope
from alignment.domain.catalogue import Part
from alignment.domain.decision import Act
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.tables.base import Recorded, Sourced, Utc, one_of, recorded_checks, text_field


class Event(SQLModel, table=True):
    """One link of the event chain; before and after are canonical JSON, kept as the text that was hashed."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject_seq", "subject", "seq"),)

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: str = text_field()
    actor: str = text_field()
    act: str = text_field()
    subject: str = text_field()
    before: str = text_field()
    after: str = text_field()
    previous: str = text_field()
    hash: str = Field(unique=True)


class Assessment(Sourced, table=True):
    """One programme judged against one edition in one round. Rows may gain facts; ``version`` counts.

    ``label`` is how the round is called in print; ``published`` says whether its ratings are public.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        one_of("certainty", Certainty),
        UniqueConstraint("programme_id", "round"),
        CheckConstraint("round > 0", name="round"),
    )

    id: str = Field(primary_key=True)
    programme_id: str = Field(foreign_key="programme.id", index=True)
    edition: str = text_field()
    round: int
    label: str = text_field(default="")
    assessor_id: str | None = Field(default=None, foreign_key="organisation.id")
    follows: str | None = Field(default=None, foreign_key="assessment.id")
    published: bool = False
    recorded_at: datetime = Field(sa_type=Utc)
    version: int = 1


class PartProgress(Recorded, table=True):
    """How far a part had come from a date on."""

    __tablename__ = "part_progress"
    __table_args__ = (
        *recorded_checks(),
        one_of("part", Part),
        one_of("progress", Progress),
        Index("ix_part_progress_assessment_id_part", "assessment_id", "part"),
    )

    assessment_id: str = Field(foreign_key="assessment.id")
    part: str = text_field()
    progress: str = text_field()


class Result(Recorded, table=True):
    """The outcome of a part or of the whole: published by the assessor, or computed by the edition's rule.

    ``rests_on`` names what a result was taken over from, as for the Joint Standard under its second
    assurance process. ``working`` holds the rule's own working for a computed result, as JSON.
    """

    __tablename__ = "result"
    __table_args__ = (
        *recorded_checks(),
        one_of("scope", Scope),
        one_of("kind", ResultKind),
        CheckConstraint("level IN ('fully', 'partially', 'not')", name="level"),
        Index("ix_result_assessment_id_scope", "assessment_id", "scope"),
    )

    assessment_id: str = Field(foreign_key="assessment.id")
    scope: str = text_field()
    kind: str = text_field(default=ResultKind.PUBLISHED.value)
    level: str = text_field()
    statement: str = text_field(default="")
    rests_on: str = text_field(default="")
    working: str = text_field(default="")


class Finding(Recorded, table=True):
    """A published finding below criterion resolution: so many criteria of a group at a level."""

    __tablename__ = "finding"
    __table_args__ = (
        *recorded_checks(),
        one_of("part", Part),
        one_of("level", Level),
        Index("ix_finding_assessment_id_part", "assessment_id", "part"),
    )

    assessment_id: str = Field(foreign_key="assessment.id")
    part: str = text_field()
    group: str = text_field()
    level: str = text_field()
    number: int
    criterion: str | None = text_field(default=None, nullable=True)
    statement: str = text_field(default="")


class Rating(SQLModel, table=True):
    """The rating that stands now for one criterion in one part: changes with each save, under a version.

    Its whole history is in ``rating_version``. ``carried_from`` is the earlier round that it was taken over
    from unchanged; ``to_confirm`` says that nobody of this round has confirmed it yet.
    """

    __tablename__ = "rating"
    __table_args__ = (
        one_of("part", Part),
        one_of("level", Level, optional=True),
        Index("ix_rating_programme_part_criterion_level", "assessment_id", "part", "criterion", "level"),
    )

    assessment_id: str = Field(foreign_key="assessment.id", primary_key=True)
    part: str = Field(primary_key=True)
    criterion: str = Field(primary_key=True)
    level: str | None = text_field(default=None, nullable=True)
    rationale: str = text_field(default="")
    cites_standard: str = text_field(default="")
    cites_guidance: str = text_field(default="")
    carried_from: str | None = text_field(default=None, nullable=True)
    to_confirm: bool = False
    rated_by: str = text_field()
    rated_at: datetime = Field(sa_type=Utc)
    version: int = 1


class RatingVersion(SQLModel, table=True):
    """Every version of every rating, append-only."""

    __tablename__ = "rating_version"
    __table_args__ = (one_of("part", Part), one_of("level", Level, optional=True))

    assessment_id: str = Field(foreign_key="assessment.id", primary_key=True)
    part: str = Field(primary_key=True)
    criterion: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    level: str | None = text_field(default=None, nullable=True)
    rationale: str = text_field(default="")
    cites_standard: str = text_field(default="")
    cites_guidance: str = text_field(default="")
    carried_from: str | None = text_field(default=None, nullable=True)
    to_confirm: bool = False
    rated_by: str = text_field()
    rated_at: datetime = Field(sa_type=Utc)
    effective_on: date


class Evidence(Recorded, table=True):
    """What a rating rests on. ``confidential`` evidence is counted in public and never shown."""

    __tablename__ = "evidence"
    __table_args__ = (
        *recorded_checks(),
        CheckConstraint("kind IN ('document', 'interview', 'shadow_assessment', 'site_visit', 'expert')", name="kind"),
        Index("ix_evidence_assessment_id", "assessment_id"),
    )

    assessment_id: str = Field(foreign_key="assessment.id")
    kind: str = text_field()
    reference: str = text_field()
    collected_on: date | None = None
    expires_on: date | None = None
    confidential: bool = False
    link: str = text_field(default="")


class RatingEvidence(SQLModel, table=True):
    """Which evidence a rating rests on."""

    __tablename__ = "rating_evidence"
    __table_args__ = (one_of("part", Part),)

    assessment_id: str = Field(foreign_key="assessment.id", primary_key=True)
    part: str = Field(primary_key=True)
    criterion: str = Field(primary_key=True)
    evidence_id: str = Field(foreign_key="evidence.id", primary_key=True)


class CorrectiveAction(Sourced, table=True):
    """What a programme undertakes because of ratings below fully. Its states are in ``action_step``."""

    __tablename__ = "corrective_action"
    __table_args__ = (one_of("certainty", Certainty),)

    id: str = Field(primary_key=True)
    assessment_id: str = Field(foreign_key="assessment.id", index=True)
    title: str = text_field()
    root_cause: str = text_field(default="")
    owner_id: str | None = Field(default=None, foreign_key="organisation.id")
    due_on: date | None = None
    expected_on: date | None = None
    number_known: bool = True
    position: int
    recorded_at: datetime = Field(sa_type=Utc)
    version: int = 1


class ActionCriterion(SQLModel, table=True):
    """A criterion that an action answers, in one part. ``our_reading`` where the source names none."""

    __tablename__ = "action_criterion"
    __table_args__ = (one_of("part", Part),)

    action_id: str = Field(foreign_key="corrective_action.id", primary_key=True)
    part: str = Field(primary_key=True)
    criterion: str = Field(primary_key=True)
    our_reading: bool = False


class ActionStep(Recorded, table=True):
    """A state that an action reached, who says so, and what shows it."""

    __tablename__ = "action_step"
    __table_args__ = (
        *recorded_checks(),
        one_of("state", ActionState),
        Index("ix_action_step_action_id", "action_id"),
    )

    action_id: str = Field(foreign_key="corrective_action.id")
    state: str = text_field()
    as_reported: bool = False
    by_id: str | None = Field(default=None, foreign_key="organisation.id")
    statement: str = text_field(default="")


class Decision(Recorded, table=True):
    """The LME's own act on a programme, with its reason and published link."""

    __tablename__ = "decision"
    __table_args__ = (
        *recorded_checks(),
        one_of("act", Act),
        CheckConstraint("act <> 'void' OR corrects IS NOT NULL", name="void"),
        Index("ix_decision_programme_id", "programme_id"),
    )

    programme_id: str = Field(foreign_key="programme.id")
    act: str = text_field()
    reason: str = text_field(default="")
    conditions: str = text_field(default="")
    against_advice: str = text_field(default="")
    published_note: str = text_field(default="")
    published_link: str = text_field(default="")


class Recognition(Recorded, table=True):
    """Another authority's act on a programme, and under which rules."""

    __tablename__ = "recognition"
    __table_args__ = (
        *recorded_checks(),
        one_of("act", RecognitionAct),
        Index("ix_recognition_programme_id", "programme_id"),
    )

    programme_id: str = Field(foreign_key="programme.id")
    authority_id: str = Field(foreign_key="organisation.id")
    under: str = text_field()
    act: str = text_field()
    reference: str = text_field(default="")
    statement: str = text_field(default="")


class MonitoringPoint(Recorded, table=True):
    """What an assessor, the OECD or the LME recommends to keep watching after a result."""

    __tablename__ = "monitoring_point"
    __table_args__ = (*recorded_checks(), Index("ix_monitoring_point_programme_id", "programme_id"))

    programme_id: str | None = Field(default=None, foreign_key="programme.id")
    recommended_by: str = text_field()
    owner: str = text_field(default="")
    statement: str = text_field()


class Statement(Recorded, table=True):
    """Something said by somebody, in our own words and in their name; or a dated fact of history.

    ``subject`` is ``programme:ID``, ``standard:ID``, ``process:ID``, ``method``, ``policy`` or ``pilots``.
    """

    __tablename__ = "statement"
    __table_args__ = (*recorded_checks(), Index("ix_statement_subject", "subject"))

    subject: str = text_field()
    topic: str = text_field()
    said_by: str = text_field(default="")
    title: str = text_field(default="")
    text: str = text_field()
    until_on: date | None = None


class Publication(SQLModel, table=True):
    """A market update: an immutable, numbered copy. ``content`` is canonical JSON, ``digest`` its SHA-256."""

    __tablename__ = "publication"

    number: str = Field(primary_key=True)
    title: str = text_field()
    as_at: date
    published_on: date
    published_precision: str = text_field()
    recorded_at: datetime = Field(sa_type=Utc)
    corrects: str | None = Field(default=None, foreign_key="publication.number")
    content: str = text_field()
    digest: str = text_field()


class PublicationFile(SQLModel, table=True):
    """What another release would write otherwise, kept as it was first sent, under its whole public address.

    It is a market update's page or PDF, or the style and script that its page names.
    """

    __tablename__ = "publication_file"
    __table_args__ = (Index("ix_publication_file_publication", "publication"),)

    address: str = Field(primary_key=True)
    publication: str = Field(foreign_key="publication.number")
    sha256: str = text_field()
    content: bytes
    made_at: datetime = Field(sa_type=Utc)
