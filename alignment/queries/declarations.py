"""What brands declare: the track from when on and, for Track A, by which programmes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlmodel import col

from alignment.domain.brand import Track
from alignment.domain.checklist import ProgrammeFacts, Said
from alignment.domain.frozen import dataclass
from alignment.domain.when import When
from alignment.queries.facts import Rows
from alignment.queries.records import Ground
from alignment.queries.stated import begun, effective_of, ground_of, moment, said_of, standing_rows
from alignment.tables import Brand, Declaration, Producer


@dataclass(frozen=True, slots=True)
class DeclarationLine:
    """One declaration with its programmes by name, in the brand's history."""

    id: str
    track: Track
    programmes: tuple[tuple[str, str], ...]
    equivalent: str
    statement: str
    effective: When
    said: Said
    ground: Ground | None


def declaration_lines(rows: Sequence[Row[Any]], facts: Mapping[str, ProgrammeFacts]) -> tuple[DeclarationLine, ...]:
    """The declarations of a brand, newest first."""
    newest = sorted(rows, key=lambda row: (row.effective_on, row.position), reverse=True)
    return tuple(
        DeclarationLine(
            id=row.id, track=Track(row.track),
            programmes=tuple((each, facts[each].name if each in facts else each) for each in row.programmes.split()),
            equivalent=row.equivalence_name or "", statement=row.statement, effective=effective_of(row),
            said=said_of(row), ground=ground_of(row),
        )
        for row in newest
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """What a brand declares on a day."""

    brand: str
    name: str
    producer: str
    producer_name: str
    metal: str
    stage: str
    track: Track
    programmes: tuple[str, ...]
    effective: When

    def uses(self, programme: str) -> bool:
        """Whether it is Track A by this programme."""
        return self.track is Track.A and programme in self.programmes


def declared_on(connection: Connection, as_at: date, *, known_at: datetime | None = None) -> tuple[Standing, ...]:
    """The newest declaration of each brand that has one by the day: one query."""
    statement: Rows = (
        select(
            col(Declaration.id), col(Declaration.corrects), col(Declaration.brand_id), col(Declaration.track),
            col(Declaration.programmes), col(Declaration.effective_on), col(Declaration.effective_precision),
            col(Declaration.withdrawn), col(Brand.name), col(Brand.metal_id), col(Brand.stage),
            col(Brand.producer_id), col(Producer.name).label("producer_name"),
        )
        .join(Brand, col(Brand.id) == Declaration.brand_id)
        .join(Producer, col(Producer.id) == Brand.producer_id)
        .where(col(Declaration.recorded_at) <= moment(known_at))
        .order_by(col(Declaration.effective_on), col(Declaration.position))
    )  # fmt: skip
    standing = standing_rows(connection.execute(statement).all(), private=True)
    newest = {row.brand_id: row for row in begun(standing, as_at)}
    return tuple(
        Standing(
            brand=row.brand_id, name=row.name, producer=row.producer_id, producer_name=row.producer_name,
            metal=row.metal_id, stage=row.stage, track=Track(row.track), programmes=tuple(row.programmes.split()),
            effective=effective_of(row),
        )
        for row in newest.values()
    )  # fmt: skip


def tracks_on(connection: Connection, as_at: date, *, known_at: datetime | None = None) -> dict[str, Standing]:
    """What each brand declares on the day, by its id: one query."""
    return {each.brand: each for each in declared_on(connection, as_at, known_at=known_at)}
