"""The register that all else hangs on: organisations, sources, standards, programmes, metals."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from alignment.domain.assessment import Certainty, Route
from alignment.domain.catalogue import Stage
from alignment.domain.when import Precision
from alignment.tables.base import Sourced, Utc, one_of, text_field


class Source(SQLModel, table=True):
    """A document relied on. ``address`` is its file's own name or its public address."""

    __tablename__ = "source"
    __table_args__ = (one_of("issued_precision", Precision, optional=True),)

    id: str = Field(primary_key=True)
    title: str = text_field()
    issuer: str = text_field()
    address: str = text_field(default="")
    issued_on: date | None = None
    issued_precision: str | None = text_field(default=None, nullable=True)
    seen_on: date | None = None
    remark: str = text_field(default="")
    position: int = 0
    version: int = 1


class Organisation(SQLModel, table=True):
    """A scheme owner, assessor, authority, exchange or company."""

    __tablename__ = "organisation"

    id: str = Field(primary_key=True)
    name: str = text_field()
    short_name: str = text_field(default="")
    kind: str = text_field()
    country: str = text_field(default="")
    address: str = text_field(default="")
    position: int = 0
    version: int = 1


class Metal(Sourced, table=True):
    """A metal or mineral; ``lme_settled`` says whether the LME settles it physically."""

    __tablename__ = "metal"
    __table_args__ = (one_of("certainty", Certainty),)

    id: str = Field(primary_key=True)
    name: str = text_field()
    lme_settled: bool = False
    position: int = 0
    version: int = 1


class Standard(Sourced, table=True):
    """A written due diligence standard in one edition."""

    __tablename__ = "standard"
    __table_args__ = (one_of("certainty", Certainty), one_of("issued_precision", Precision, optional=True))

    id: str = Field(primary_key=True)
    name: str = text_field()
    edition: str = text_field(default="")
    issued_on: date | None = None
    issued_precision: str | None = text_field(default=None, nullable=True)
    supersedes: str | None = Field(default=None, foreign_key="standard.id")
    summary: str = text_field(default="")
    position: int = 0
    version: int = 1


class StandardOwner(SQLModel, table=True):
    """Who owns a standard; the Joint Standard has several owners."""

    __tablename__ = "standard_owner"

    standard_id: str = Field(foreign_key="standard.id", primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", primary_key=True)
    position: int = 0


class AssuranceProcess(Sourced, table=True):
    """How companies are checked against a standard."""

    __tablename__ = "assurance_process"
    __table_args__ = (one_of("certainty", Certainty),)

    id: str = Field(primary_key=True)
    name: str = text_field()
    owner_id: str | None = Field(default=None, foreign_key="organisation.id")
    summary: str = text_field(default="")
    position: int = 0
    version: int = 1


class Programme(Sourced, table=True):
    """One standard edition with one assurance process: what is assessed, approved and printed as a row.

    ``number`` is its place in Table 1. ``example`` marks the fictional worked example, which stands in
    no public table.
    """

    __tablename__ = "programme"
    __table_args__ = (
        one_of("route", Route),
        one_of("certainty", Certainty),
        UniqueConstraint("number", "example"),
        CheckConstraint("number > 0", name="number"),
    )

    id: str = Field(primary_key=True)
    number: int
    short_name: str = text_field()
    standard_id: str = Field(foreign_key="standard.id", index=True)
    assurance_process_id: str | None = Field(default=None, foreign_key="assurance_process.id", index=True)
    owner_id: str | None = Field(default=None, foreign_key="organisation.id")
    route: str = text_field(default=Route.OECD.value)
    metals_said: str = text_field()
    stages_said: str = text_field(default="")
    all_minerals: bool = False
    superseded_by: str | None = Field(default=None, foreign_key="programme.id")
    example: bool = False
    version: int = 1


class ProgrammeName(Sourced, table=True):
    """A name under which a programme was printed. ``use`` is ``table`` for those of the status table.

    There the newest counts whose day ``since`` has come; the first has none.
    """

    __tablename__ = "programme_name"
    __table_args__ = (one_of("certainty", Certainty), UniqueConstraint("programme_id", "name", "use", "since"))

    id: str = Field(primary_key=True)
    programme_id: str = Field(foreign_key="programme.id", index=True)
    name: str = text_field()
    use: str = text_field(default="also")
    since: date | None = None
    position: int = 0


class ProgrammeMetal(SQLModel, table=True):
    """A metal that a programme covers or expressly leaves out."""

    __tablename__ = "programme_metal"

    programme_id: str = Field(foreign_key="programme.id", primary_key=True)
    metal_id: str = Field(foreign_key="metal.id", primary_key=True)
    excluded: bool = False
    condition: str = text_field(default="")


class ProgrammeStage(SQLModel, table=True):
    """A stage of the supply chain that a programme covers."""

    __tablename__ = "programme_stage"
    __table_args__ = (one_of("stage", Stage),)

    programme_id: str = Field(foreign_key="programme.id", primary_key=True)
    stage: str = Field(primary_key=True)


class KeptChange(SQLModel, table=True):
    """A field of a kept record was changed: what it said, what it says, and from which day on. Never changed itself.

    ``subject`` is that of the record's events. A text stands as it is, everything else as canonical JSON. With no
    ``effective_on`` it was always so: a mistake was put right.
    """

    __tablename__ = "kept_change"
    __table_args__ = (CheckConstraint("number > 0", name="number"),)

    subject: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    before: str = text_field()
    after: str = text_field()
    effective_on: date | None = None
    recorded_at: datetime = Field(sa_type=Utc)


class EditionSeal(SQLModel, table=True):
    """The content hash of an edition that ratings refer to: it cannot change silently."""

    __tablename__ = "edition_seal"

    edition: str = Field(primary_key=True)
    digest: str = text_field()
    sealed_at: str = text_field()
