"""Two blind ratings of a part side by side, and how far they agree."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select
from sqlmodel import col

from alignment.domain.agreement import Agreement, agreement
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Someone, why_not
from alignment.domain.rating import Judgement, Level
from alignment.domain.round import Member, Round
from alignment.tables import BlindRating, Rating


@dataclass(frozen=True, slots=True)
class Side:
    """What one of two assessors said of a criterion; version 0 is nothing."""

    who: str
    version: int
    says: Judgement


@dataclass(frozen=True, slots=True)
class Pair:
    """Both assessors on one criterion, and the rating that stands."""

    code: str
    title: str
    gating: bool
    lead: Side
    second: Side
    version: int
    level: Level | None

    @property
    def agree(self) -> bool:
        """Whether both gave one level."""
        return self.lead.says.level is not None and self.lead.says.level is self.second.says.level


@dataclass(frozen=True, slots=True)
class ReconcilePage:
    """Both blind ratings of a part side by side, those still to reconcile first."""

    round: Round
    part: Part
    pairs: tuple[Pair, ...]
    agreement: Agreement
    to_take: int
    why_not_rate: str | None

    @property
    def address(self) -> str:
        return f"/rounds/{self.round.id}/{self.part.value}/reconcile"

    @property
    def left(self) -> int:
        return sum(each.level is None for each in self.pairs)


def reconcile_page(
    connection: Connection, found: Round, part: Part, who: Someone, catalogue: Catalogue
) -> ReconcilePage:
    """The two blind ratings of a part that were opened to each other: two queries."""
    assert found.second is not None, "two rate blind"
    rows: Any = connection.execute(
        select(
            col(BlindRating.person_id), col(BlindRating.criterion), col(BlindRating.version), col(BlindRating.level),
            col(BlindRating.rationale), col(BlindRating.cites_standard), col(BlindRating.cites_guidance),
        ).where(col(BlindRating.assessment_id) == found.id, col(BlindRating.part) == part.value)
    ).all()  # fmt: skip
    own = {(row.person_id, row.criterion): row for row in rows}
    standing = {
        row.criterion: row
        for row in connection.execute(
            select(col(Rating.criterion), col(Rating.version), col(Rating.level)).where(
                col(Rating.assessment_id) == found.id, col(Rating.part) == part.value
            )
        )
    }
    pairs = []
    for criterion in catalogue.in_part[part]:
        row = standing.get(criterion.code)
        lead, second = (_side(member, own.get((member.id, criterion.code))) for member in (found.lead, found.second))
        pairs.append(
            Pair(
                criterion.code, criterion.title, criterion.code in catalogue.rule.gating, lead, second,
                row.version if row else 0, Level(row.level) if row and row.level else None,
            )
        )  # fmt: skip
    both = [
        (each.lead.says.level, each.second.says.level)
        for each in pairs
        if each.lead.says.level is not None and each.second.says.level is not None
    ]
    return ReconcilePage(
        round=found,
        part=part,
        pairs=tuple(pairs),
        agreement=agreement(both),
        to_take=sum(each.agree and each.level is None for each in pairs),
        why_not_rate=why_not(who, Do.RATE, found.matter(part)),
    )


def _side(member: Member, row: Row[Any] | None) -> Side:
    if row is None:
        return Side(member.name, 0, Judgement())
    level = Level(row.level) if row.level else None
    return Side(member.name, row.version, Judgement(level, row.rationale, row.cites_standard, row.cites_guidance))
