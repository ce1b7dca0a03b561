"""Producers: what each makes and states of itself, claimed apart from verified, by field and by requirement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlmodel import col

from alignment.domain.catalogue import Requirement, TrackA
from alignment.domain.frozen import dataclass
from alignment.domain.people import EXAMPLE
from alignment.queries.brands import BrandLine, brand_line, brand_rows
from alignment.queries.claims import FIELDS, ClaimLine, claim_lines, field_name, read_claims
from alignment.queries.declarations import tracks_on
from alignment.queries.records import Ground
from alignment.queries.stated import begun, ground_of, in_register, names_in_register, sourced
from alignment.tables import (
    Brand,
    Metal,
    Producer,
)


@dataclass(frozen=True, slots=True)
class ProducerLine:
    """A producer in the list, with how much of it is held."""

    id: str
    name: str
    country: str
    metals: tuple[tuple[str, bool], ...]
    brands: int
    claims: int
    verified: int
    gaps: int

    @property
    def outside(self) -> bool:
        """Whether it makes nothing that the LME settles."""
        return not any(settled for _, settled in self.metals)


@dataclass(frozen=True, slots=True)
class ProducerPage:
    """One producer: its brands, its claims by field, its gaps, and both by requirement."""

    id: str
    name: str
    country: str
    summary: str
    example: bool
    as_at: date
    known_at: datetime | None
    ground: Ground | None
    brands: tuple[BrandLine, ...]
    fields: tuple[tuple[str, str, tuple[ClaimLine, ...]], ...]
    gaps: tuple[ClaimLine, ...]
    requirements: tuple[tuple[Requirement, tuple[ClaimLine, ...], tuple[ClaimLine, ...]], ...]
    verified: int
    stated: int
    later: int

    @property
    def outside(self) -> bool:
        """Whether it makes nothing that the LME settles; a producer with no brand is not judged."""
        return bool(self.brands) and not any(brand.settled for brand in self.brands)

    @property
    def not_adding_up(self) -> tuple[ClaimLine, ...]:
        return tuple(claim for _, _, claims in self.fields for claim in claims if claim.figures.sentence)


def producers(connection: Connection, *, as_at: date, known_at: datetime | None = None) -> tuple[ProducerLine, ...]:
    """The producers of the register in their order: three queries."""
    rows = connection.execute(in_register(select(Producer.__table__), Producer).order_by(col(Producer.position)))  # type: ignore[attr-defined]
    made: dict[str, list[Any]] = defaultdict(list)
    brand_rows = select(col(Brand.producer_id), col(Metal.name), col(Metal.lme_settled)).join(
        Metal, col(Metal.id) == col(Brand.metal_id)
    )
    for row in connection.execute(brand_rows.order_by(col(Brand.position))):
        made[row.producer_id].append(row)
    claims: dict[str, list[Row[Any]]] = defaultdict(list)
    for claim in begun(read_claims(connection, None, known_at), as_at):
        claims[claim.producer_id].append(claim)
    return tuple(
        ProducerLine(
            id=row.id, name=row.name, country=row.country,
            metals=tuple(dict.fromkeys((each.name, each.lme_settled) for each in made[row.id])),
            brands=len(made[row.id]),
            claims=sum(not each.gap for each in claims[row.id]),
            verified=sum(bool(each.verified_by) for each in claims[row.id]),
            gaps=sum(each.gap for each in claims[row.id]),
        )
        for row in rows
    )  # fmt: skip


def producer_names(connection: Connection) -> tuple[tuple[str, str], ...]:
    """The producers of the register, to choose from."""
    return names_in_register(connection, Producer)


def producer_page(
    connection: Connection,
    producer: str,
    *,
    track_a: TrackA,
    as_at: date,
    known_at: datetime | None = None,
    private: bool = False,
) -> ProducerPage | None:
    """One producer with all that it states: four queries; None where there is none of that name.

    What is not public is left out but for those who may read it (``private``), here and for a brand.
    """
    row = connection.execute(sourced(Producer).where(col(Producer.id) == producer)).first()
    if row is None:
        return None
    made = connection.execute(brand_rows().where(col(Brand.producer_id) == producer)).all()
    tracks = tracks_on(connection, as_at, known_at=known_at)
    learned = read_claims(connection, producer, known_at, private)
    lines = claim_lines(begun(learned, as_at), track_a)
    stated = [claim for claim in lines if not claim.gap]
    gaps = tuple(claim for claim in lines if claim.gap)
    return ProducerPage(
        id=row.id, name=row.name, country=row.country, summary=row.summary, example=row.id.startswith(EXAMPLE),
        as_at=as_at, known_at=known_at, ground=ground_of(row),
        brands=tuple(brand_line(each, tracks.get(each.id)) for each in made),
        fields=_by_field(stated),
        gaps=gaps,
        requirements=tuple(
            (each, _speaking_to(each, stated), _speaking_to(each, gaps)) for each in track_a.requirements
        ),
        verified=sum(claim.said.verified for claim in stated),
        stated=len(stated),
        later=len(learned) - len(lines),
    )  # fmt: skip


def _by_field(claims: Sequence[ClaimLine]) -> tuple[tuple[str, str, tuple[ClaimLine, ...]], ...]:
    """The claims under the headings of the producer record; a field that it does not name comes last."""
    found: dict[str, list[ClaimLine]] = defaultdict(list)
    for claim in claims:
        found[claim.field].append(claim)
    order = [*(each for each in FIELDS if each in found), *sorted(set(found) - set(FIELDS))]
    return tuple((each, field_name(each), tuple(found[each])) for each in order)


def _speaking_to(requirement: Requirement, claims: Iterable[ClaimLine]) -> tuple[ClaimLine, ...]:
    return tuple(claim for claim in claims if requirement in claim.requirements)
