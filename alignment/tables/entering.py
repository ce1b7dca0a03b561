"""What an entry in a producer's record is judged by, and how it lies in its row: for services and queries alike.

No statement here changes anything.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, String, cast, literal, null, select, union_all
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
    """All that an entry of one producer is judged by: one query. ``items`` are the points of the checklist."""
    kinds: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(union_all(*_offered(example), *_own(producer)).order_by("position", "name")):
        kinds[row.kind].append(row)
    scopes, made = _sets(kinds["scope"]), _sets(kinds["made"])
    accepted = _standing(kinds["equivalence"])
    return Known(
        metals={row.id: row.name for row in kinds["metal"]},
        settled=frozenset(row.id for row in kinds["metal"] if row.flag),
        programmes={
            row.id: ProgrammeKnown(
                row.id, row.name, {metal: not excluded for metal, excluded in scopes[row.id]}, bool(row.flag)
            )
            for row in kinds["programme"]
        },
        declared_by={} if example else _equivalents(accepted, "declaration"),
        certifications=_equivalents(accepted, "certification"),
        items=items,
        sites={row.id: row.name for row in kinds["site"]},
        brands={
            row.id: BrandKnown(row.id, row.name, row.of, frozenset(site for site, _ in made[row.id]))
            for row in kinds["brand"]
        },
        certificates=frozenset(
            (row.of, row.word, row.name.casefold())
            for row in _standing(kinds["certificate"])
            if row.name and not row.flag
        ),
    )  # fmt: skip


def _sets(rows: Iterable[Row[Any]]) -> Mapping[str, set[tuple[str, bool]]]:
    """What each thing has several of, with a mark."""
    found: dict[str, set[tuple[str, bool]]] = defaultdict(set)
    for row in rows:
        found[row.id].add((row.of, bool(row.flag)))
    return found


def _standing(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The newest word on each matter."""
    corrected = {row.corrects for row in rows}
    return [row for row in rows if row.id not in corrected]


def _equivalents(rows: Iterable[Row[Any]], kind: str) -> dict[str, EquivalentKnown]:
    """What is accepted in place of a certificate, or of a way of declaring."""
    return {row.id: EquivalentKnown(row.id, row.name, row.of or "") for row in rows if row.word == kind}


def _branch(kind: str, table: Any, id: Any, **told: Any) -> Any:
    """Rows of a kind in the shape of all."""
    usual = {
        "of": literal(""), "name": literal(""), "word": literal(""), "corrects": cast(null(), String),
        "flag": literal(False), "position": literal(0),
    }  # fmt: skip
    columns = (told.get(name, column).label(name) for name, column in usual.items())
    return select(literal(kind).label("kind"), id.label("id"), *columns).select_from(table)


def _offered(example: bool) -> list[Any]:
    """What the register offers to choose from."""
    return [
        _branch("metal", Metal, col(Metal.id), name=col(Metal.name), flag=col(Metal.lme_settled)),
        _branch(
            "equivalence", Equivalence, col(Equivalence.id), of=col(Equivalence.programme_id),
            name=col(Equivalence.name), word=col(Equivalence.kind), corrects=col(Equivalence.corrects),
            position=col(Equivalence.position),
        ),
        _branch(
            "programme", Programme, col(Programme.id), name=col(Programme.short_name),
            flag=col(Programme.all_minerals), position=col(Programme.number),
        ).where(col(Programme.example).is_(example)),
        _branch(
            "scope", ProgrammeMetal, col(ProgrammeMetal.programme_id), of=col(ProgrammeMetal.metal_id),
            flag=col(ProgrammeMetal.excluded),
        ),
    ]  # fmt: skip


def _own(producer: str) -> list[Any]:
    """The producer's own sites, brands with where they are made, and certificates."""
    certificates = _branch(
        "certificate", Certificate, col(Certificate.id), of=col(Certificate.brand_id), name=col(Certificate.number),
        word=col(Certificate.kind), corrects=col(Certificate.corrects), flag=col(Certificate.withdrawn),
    )  # fmt: skip
    made = _branch("made", BrandSite, col(BrandSite.brand_id), of=col(BrandSite.site_id))
    return [
        _branch("site", Site, col(Site.id), name=col(Site.name)).where(col(Site.producer_id) == producer),
        _branch(
            "brand", Brand, col(Brand.id), of=col(Brand.metal_id), name=col(Brand.name), position=col(Brand.position)
        ).where(col(Brand.producer_id) == producer),
        made.join(Brand, col(Brand.id) == BrandSite.brand_id).where(col(Brand.producer_id) == producer),
        certificates.join(Brand, col(Brand.id) == Certificate.brand_id).where(col(Brand.producer_id) == producer),
    ]


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
