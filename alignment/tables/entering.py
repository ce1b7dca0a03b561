"""What an entry in a producer's record is judged by, and how it lies in its row: for services and queries alike.

No statement here changes anything.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import col

from alignment.domain.claim import KINDS, claim_of, values_of
from alignment.domain.entering import BrandKnown, EquivalentKnown, Known, ProgrammeKnown
from alignment.domain.keeping import Noun, Values
from alignment.domain.producer_record import ANSWER, BRAND, CERTIFICATE, DECLARATION, PRODUCER, SITE
from alignment.domain.when import Precision, When, parse_when
from alignment.tables.brands import (
    Brand,
    BrandSite,
    Certificate,
    ChecklistAnswer,
    Claim,
    Declaration,
    Equivalence,
    Producer,
    Site,
)
from alignment.tables.register import Metal, Programme, ProgrammeMetal


def known_to(connection: Connection, producer: str, *, example: bool, items: Mapping[str, str]) -> Known:
    """All that an entry of one producer is judged by: seven queries. ``items`` are the points of the checklist."""
    metals = connection.execute(select(col(Metal.id), col(Metal.name), col(Metal.lme_settled)).order_by(Metal.name))
    rows = metals.all()
    accepted = _equivalents(connection)
    return Known(
        metals={row.id: row.name for row in rows},
        settled=frozenset(row.id for row in rows if row.lme_settled),
        programmes=_programmes(connection, example),
        declared_by={} if example else accepted["declaration"],
        certifications=accepted["certification"],
        items=items,
        sites=_sites(connection, producer),
        brands=_brands(connection, producer),
        certificates=_certificates(connection, producer),
    )


def _programmes(connection: Connection, example: bool) -> dict[str, ProgrammeKnown]:
    named: dict[str, dict[str, bool]] = {}
    for row in connection.execute(
        select(col(ProgrammeMetal.programme_id), col(ProgrammeMetal.metal_id), col(ProgrammeMetal.excluded))
    ):
        named.setdefault(row.programme_id, {})[row.metal_id] = not row.excluded
    programmes = select(col(Programme.id), col(Programme.short_name), col(Programme.all_minerals)).where(
        col(Programme.example).is_(example)
    )
    return {
        row.id: ProgrammeKnown(row.id, row.short_name, named.get(row.id, {}), row.all_minerals)
        for row in connection.execute(programmes.order_by(col(Programme.number)))
    }


def _equivalents(connection: Connection) -> dict[str, dict[str, EquivalentKnown]]:
    """What is accepted in place of a certificate and of a way of declaring, the newest word on each."""
    statement = select(
        col(Equivalence.id), col(Equivalence.kind), col(Equivalence.name), col(Equivalence.programme_id),
        col(Equivalence.corrects),
    ).order_by(col(Equivalence.position))  # fmt: skip
    rows = connection.execute(statement).all()
    corrected = {row.corrects for row in rows}
    found: dict[str, dict[str, EquivalentKnown]] = {"certification": {}, "declaration": {}}
    for row in rows:
        if row.id not in corrected:
            found[row.kind][row.id] = EquivalentKnown(row.id, row.name, row.programme_id or "")
    return found


def _sites(connection: Connection, producer: str) -> dict[str, str]:
    statement = select(col(Site.id), col(Site.name)).where(col(Site.producer_id) == producer)
    return {row.id: row.name for row in connection.execute(statement.order_by(col(Site.name)))}


def _brands(connection: Connection, producer: str) -> dict[str, BrandKnown]:
    made: dict[str, set[str]] = {}
    rows: Any = connection.execute(
        select(col(Brand.id), col(Brand.name), col(Brand.metal_id), col(BrandSite.site_id))
        .outerjoin(BrandSite, col(BrandSite.brand_id) == Brand.id)
        .where(col(Brand.producer_id) == producer)
        .order_by(col(Brand.position))
    )
    found: dict[str, BrandKnown] = {}
    for row in rows:
        made.setdefault(row.id, set()).update([row.site_id] if row.site_id else [])
        found[row.id] = BrandKnown(row.id, row.name, row.metal_id, frozenset(made[row.id]))
    return found


def _certificates(connection: Connection, producer: str) -> frozenset[tuple[str, str, str]]:
    """Brand, kind and number of every certificate that stands, to know one that is entered twice."""
    rows = connection.execute(
        select(
            col(Certificate.id), col(Certificate.brand_id), col(Certificate.kind), col(Certificate.number),
            col(Certificate.corrects), col(Certificate.withdrawn),
        )
        .join(Brand, col(Brand.id) == Certificate.brand_id)
        .where(col(Brand.producer_id) == producer)
    ).all()  # fmt: skip
    corrected = {row.corrects for row in rows}
    return frozenset(
        (row.brand_id, row.kind, row.number.casefold())
        for row in rows
        if row.number and row.id not in corrected and not row.withdrawn
    )


# --- an entry as a row, and back --------------------------------------------------------------------------------

KEPT: dict[str, Any] = {PRODUCER.id: Producer, SITE.id: Site, BRAND.id: Brand}
"""Tables of what changes from version to version."""

STATED: dict[str, Any] = {
    DECLARATION.id: Declaration,
    CERTIFICATE.id: Certificate,
    ANSWER.id: ChecklistAnswer,
    "claims": Claim,
}
"""Tables of what is never changed, only corrected."""

# Where a field stands under another name, and where several stand as one text.
_OTHERWISE = {
    "metal": "metal_id",
    "programme": "programme_id",
    "equivalent": "equivalence_id",
}
_SEVERAL = frozenset({"programmes", "metals", "sites"})
_MAY_BE_NONE = frozenset({"programme_id", "equivalence_id", "by_equivalence", "expires_on"})


def columns(noun: Noun, values: Values, known: Known, kind: str = "") -> dict[str, Any]:
    """What a form says, as the columns of its table."""
    if noun.id == "claims":
        title, figures = claim_of(KINDS[kind], values)
        said = json.dumps(figures, ensure_ascii=False) if figures else ""
        found = {"field": kind, "title": title, "data": said, "criteria": " ".join(KINDS[kind].criteria)}
        found |= {name: values[name] for name in ("value", "gap", "public", "remark")}
        return found | _dated(values["effective"])
    row: dict[str, Any] = {}
    for field in noun.fields:
        value = values[field.name]
        name = _OTHERWISE.get(field.name, field.name)
        if field.name == "effective":
            row |= _dated(value)
        elif field.name == "expires_on":
            row[name] = date.fromisoformat(value) if value else None
        elif field.name in _SEVERAL:
            row[name] = " ".join(value)
        else:
            row[name] = None if name in _MAY_BE_NONE and not value else value
    if noun is BRAND:
        del row["sites"]
    if noun is DECLARATION and values["by_equivalence"]:
        accepted = known.declared_by[values["by_equivalence"]].programme
        row["programmes"] = " ".join(sorted({*values["programmes"], *([accepted] if accepted else [])}))
    return row


def _dated(said: str) -> dict[str, Any]:
    when = parse_when(said)
    return {"effective_on": when.on, "effective_precision": when.precision.value}


def says(noun: Noun, row: Any, sites: list[str] | None = None) -> Values:
    """What a row says, as the values of its form; ``sites`` are those of a brand."""
    if noun.id == "claims":
        kind = KINDS[row.field]
        values = values_of(kind, row.title, json.loads(row.data) if row.data else {})
        values |= {"value": row.value, "gap": row.gap, "public": row.public, "remark": ""}
        return values | {"effective": When(row.effective_on, Precision(row.effective_precision)).iso()}
    found: Values = {}
    for field in noun.fields:
        if noun is BRAND and field.name == "sites":
            found["sites"] = sorted(sites or [])
        elif field.name == "effective":
            found["effective"] = row.effective_on.isoformat()
        elif field.name == "remark":
            found["remark"] = ""
        else:
            value = getattr(row, _OTHERWISE.get(field.name, field.name))
            if field.name in _SEVERAL:
                value = value.split()
            found[field.name] = value.isoformat() if isinstance(value, date) else "" if value is None else value
    return found
