"""The producer's side: producers, brands, sites, what they claim, and what counts in its place."""

from datetime import date

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from alignment.domain.assessment import Certainty
from alignment.tables.base import Recorded, Sourced, one_of, recorded_checks, text_field


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
    producer record; ``gap`` marks what the text does not show.
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
