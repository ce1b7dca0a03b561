"""The elements of a producer’s system as stated, claimed apart from verified, and where each stands in its record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row
from sqlmodel import col

from alignment.domain.catalogue import Requirement, TrackA
from alignment.domain.checklist import Said
from alignment.domain.frozen import dataclass
from alignment.domain.shares import Figures, figures
from alignment.domain.when import When
from alignment.queries.records import Ground
from alignment.queries.stated import effective_of, ground_of, moment, said_of, sourced, standing_rows
from alignment.tables import Claim

FIELDS = {
    "scope": "Scope",
    "sourcing_origin": "Origin of material",
    "secondary_material": "Secondary material",
    "transit_control": "Transit routes",
    "policy": "Policy",
    "commitment": "Commitments",
    "accountable_role": "Accountable role",
    "organisation": "Organisation",
    "training": "Training",
    "traceability": "Traceability",
    "material_control": "Control of material",
    "retention": "Record retention",
    "supplier_management": "Suppliers",
    "code_of_conduct": "Code of conduct",
    "survey": "Surveys",
    "area_list": "High-risk areas",
    "risk_method": "Risk method",
    "red_flags": "Red flags",
    "mitigation": "Mitigation",
    "monitoring": "Monitoring",
    "grievance": "Grievance channel",
    "audit": "Audits",
    "certificate": "Certificates",
    "iso": "ISO 14001 and ISO 45001",
    "reporting": "Reporting",
}
"""The fields of a producer record in the order in which they are shown."""

ANSWERED_IN = {
    "TA-08": ("audit", "certificate"),
    "TA-09": ("certificate",),
    "TA-12": ("red_flags", "area_list"),
    "TA-13": ("reporting",),
    "TA-14": ("iso",),
    "TA-15": ("iso",),
    "TA-18": ("grievance",),
}
"""The fields of the producer record that speak to a point of the checklist, without answering it."""


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One element of a producer's system as stated, with what it speaks to and on what it rests."""

    id: str
    field: str
    title: str
    value: str
    criteria: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    figures: Figures
    gap: bool
    effective: When
    said: Said
    ground: Ground | None
    public: bool = True


def field_name(field: str) -> str:
    """The heading of a field."""
    return FIELDS.get(field, field.replace("_", " ").capitalize())


def read_claims(
    connection: Connection, producer: str | None, known_at: datetime | None, private: bool = False
) -> list[Row[Any]]:
    statement = sourced(Claim).where(col(Claim.recorded_at) <= moment(known_at)).order_by(col(Claim.position))
    if producer is not None:
        statement = statement.where(col(Claim.producer_id) == producer)
    return standing_rows(connection.execute(statement).all(), private)


def claim_lines(rows: Iterable[Row[Any]], track_a: TrackA) -> list[ClaimLine]:
    behind: dict[str, Requirement] = {code: each for each in track_a.requirements for code in each.criteria}
    return [_claim(row, behind) for row in rows]


def _claim(row: Row[Any], behind: Mapping[str, Requirement]) -> ClaimLine:
    codes = tuple(row.criteria.split())
    return ClaimLine(
        id=row.id, field=row.field, title=row.title, value=row.value, criteria=codes,
        requirements=tuple(dict.fromkeys(behind[code] for code in codes if code in behind)),
        figures=figures(row.field, json.loads(row.data) if row.data else {}),
        gap=row.gap, effective=effective_of(row), said=said_of(row), ground=ground_of(row), public=row.public,
    )  # fmt: skip
