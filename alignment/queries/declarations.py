"""What brands declare: the track from when on and, for Track A, by which programmes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlmodel import col

from alignment.domain.brand import Track
from alignment.domain.checklist import ProgrammeFacts, Said
from alignment.domain.when import When
from alignment.queries.claims import ClaimLine
from alignment.queries.facts import Rows
from alignment.queries.records import Ground
from alignment.queries.stated import begun, effective_of, ground_of, moment, said_of, standing_rows
from alignment.tables import Declaration


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


def declared_in(claims: Sequence[ClaimLine], facts: Mapping[str, ProgrammeFacts]) -> tuple[DeclarationLine, ...]:
    """The tracks that the producer's own text names for its brands, where no declaration is on record."""
    found = []
    for claim in claims:
        stated = {row.label: row.said for row in claim.figures.rows}
        if stated.get("track") in set(Track):
            ids = stated.get("programme", "").split()
            named = tuple((each, facts[each].name if each in facts else each) for each in ids)
            line = DeclarationLine(
                claim.id, Track(stated["track"]), named, "", claim.value, claim.effective, claim.said, claim.ground
            )
            found.append(line)
    return tuple(sorted(found, key=lambda line: line.effective, reverse=True))


def tracks_on(connection: Connection, known_at: datetime | None, as_at: date) -> dict[str, Track]:
    """The track that each brand declares on the day."""
    statement: Rows = (
        select(
            col(Declaration.id), col(Declaration.corrects), col(Declaration.brand_id), col(Declaration.track),
            col(Declaration.effective_on), col(Declaration.withdrawn),
        )
        .where(col(Declaration.recorded_at) <= moment(known_at))
        .order_by(col(Declaration.effective_on), col(Declaration.position))
    )  # fmt: skip
    found = standing_rows(connection.execute(statement).all(), private=True)
    return {row.brand_id: Track(row.track) for row in begun(found, as_at)}
