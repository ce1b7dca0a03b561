"""The producer's side: producers, brands, sites, what they claim, and what counts in its place."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from alignment.domain.assessment import Certainty
from alignment.domain.brand import Track
from alignment.tables.base import Recorded, Sourced, Utc, one_of, recorded_checks, text_field


class Producer(Sourced, table=True):
    """A company that makes listed metal, or one outside the LME's scope."""

    __tablename__ = "producer"
    __table_args__ = (one_of("certainty", Certainty),)

    id: str = Field(primary_key=True)
    name: str = text_field()
    country: str = text_field(default="")
    summary: str = text_field(default="")
    position: int = 0
    version: int = 1


class Brand(Sourced, table=True):
    """What a producer makes of one metal. ``in_lme_scope`` follows the metal; ``listing`` is as claimed."""

    __tablename__ = "brand"
    __table_args__ = (one_of("certainty", Certainty),)

    id: str = Field(primary_key=True)
    producer_id: str = Field(foreign_key="producer.id", index=True)
    name: str = text_field()
    metal_id: str = Field(foreign_key="metal.id")
    product: str = text_field(default="")
    stage: str = text_field(default="")
    listing: str = text_field(default="")
    by_product: bool = False
    position: int = 0
    version: int = 1


class Claim(Recorded, table=True):
    """One element of a producer's system as the producer states it: claimed, until somebody verifies it.

    ``criteria`` are the catalogue codes it speaks to, blank-separated; ``field`` its place in the
    producer record; ``gap`` marks what the text does not show. Here and below a row that is not ``public`` is
    read by its producer and the LME alone, and one that is ``withdrawn`` takes away what it corrects.
    """

    __tablename__ = "claim"
    __table_args__ = (*recorded_checks(), Index("ix_claim_producer_id", "producer_id"))

    producer_id: str = Field(foreign_key="producer.id")
    field: str = text_field()
    title: str = text_field()
    value: str = text_field()
    criteria: str = text_field(default="")
    data: str = text_field(default="")
    gap: bool = False
    verified_by: str = text_field(default="")
    verified_on: date | None = None
    public: bool = True
    withdrawn: bool = False


class Equivalence(Recorded, table=True):
    """What the LME accepts in place of something else: an equivalent certification, or a fuller standard.

    ``kind`` is ``certification`` (RMI ESG standard for ISO 14001 and 45001) or ``declaration`` (the full
    Copper Mark Criteria for the Joint Standard with the Copper Mark).
    """

    __tablename__ = "equivalence"
    __table_args__ = recorded_checks()

    kind: str = text_field()
    name: str = text_field()
    stands_for: str = text_field()
    programme_id: str | None = Field(default=None, foreign_key="programme.id")
    statement: str = text_field(default="")


class Place(SQLModel, table=True):
    """Where else to look: a register or page kept by others. An address is held only where a source gives one."""

    __tablename__ = "place_to_look"

    id: str = Field(primary_key=True)
    name: str = text_field()
    kept_by: str = text_field()
    address: str = text_field(default="")
    statement: str = text_field(default="")
    source_id: str | None = Field(default=None, foreign_key="source.id")
    place: str = text_field(default="")
    position: int = 0
    version: int = 1


class Site(SQLModel, table=True):
    """A place that makes a producer's metal."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("producer_id", "name"),)

    id: str = Field(primary_key=True)
    producer_id: str = Field(foreign_key="producer.id", index=True)
    name: str = text_field()
    country: str = text_field(default="")
    kind: str = text_field(default="")
    version: int = 1


class BrandSite(SQLModel, table=True):
    """Which sites make a brand."""

    __tablename__ = "brand_site"

    brand_id: str = Field(foreign_key="brand.id", primary_key=True)
    site_id: str = Field(foreign_key="site.id", primary_key=True)


class Declaration(Recorded, table=True):
    """Which track a brand uses from when, and for Track A by which programmes (ids, blank-separated).

    ``by_equivalence`` names a fuller standard that stands for the programme, as the sources allow it.
    """

    __tablename__ = "declaration"
    __table_args__ = (*recorded_checks(), one_of("track", Track), Index("ix_declaration_brand_id", "brand_id"))

    brand_id: str = Field(foreign_key="brand.id")
    track: str = text_field()
    programmes: str = text_field(default="")
    by_equivalence: str | None = Field(default=None, foreign_key="equivalence.id")
    statement: str = text_field(default="")
    declared_by: str = text_field(default="")
    verified_by: str = text_field(default="")
    verified_on: date | None = None
    withdrawn: bool = False


class Certificate(Recorded, table=True):
    """Conformance of sites under a programme, or to ISO 14001 or 45001 or an equivalent. Claimed until verified.

    ``sites`` and ``metals`` are its scope (ids, blank-separated); ``edition`` is the standard's, as printed on it.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        *recorded_checks(),
        CheckConstraint("kind IN ('programme', 'iso_14001', 'iso_45001', 'equivalent')", name="kind"),
        CheckConstraint(
            "conformance IN ('conformant', 'corrective_plan', 'not_conformant', 'not_known')", name="conformance"
        ),
        CheckConstraint("expires_on IS NULL OR expires_on >= effective_on", name="period"),
        Index("ix_certificate_brand_id", "brand_id"),
    )

    brand_id: str = Field(foreign_key="brand.id")
    kind: str = text_field()
    programme_id: str | None = Field(default=None, foreign_key="programme.id")
    equivalence_id: str | None = Field(default=None, foreign_key="equivalence.id")
    issuer: str = text_field(default="")
    number: str = text_field(default="")
    edition: str = text_field(default="")
    metals: str = text_field(default="")
    sites: str = text_field(default="")
    expires_on: date | None = None
    conformance: str = text_field(default="not_known")
    statement: str = text_field(default="")
    verified_by: str = text_field(default="")
    verified_on: date | None = None
    public: bool = True
    withdrawn: bool = False


class ChecklistAnswer(Recorded, table=True):
    """A brand's answer to one item of the Track A checklist, with what shows it."""

    __tablename__ = "checklist_answer"
    __table_args__ = (
        *recorded_checks(),
        CheckConstraint("answer IN ('met', 'not_met', 'unknown')", name="answer"),
        Index("ix_checklist_answer_brand_id_item", "brand_id", "item"),
    )

    brand_id: str = Field(foreign_key="brand.id")
    item: str = text_field()
    answer: str = text_field()
    evidence: str = text_field(default="")
    verified_by: str = text_field(default="")
    verified_on: date | None = None
    public: bool = True
    withdrawn: bool = False


class Follow(SQLModel, table=True):
    """What somebody wants to hear about: ``metal:copper``, ``programme:ID`` or ``brand:ID``. Rows may go."""

    __tablename__ = "follow"

    person_id: str = Field(foreign_key="person.id", primary_key=True)
    subject: str = Field(primary_key=True)
    since: datetime = Field(sa_type=Utc)
