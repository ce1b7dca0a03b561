"""What a kept row says, as the plain values of its form, and back: read by pages, compared and stored by services.

No statement here changes anything.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import SQLModel, col

from alignment.domain.catalogue import Stage
from alignment.domain.event import canonical
from alignment.domain.keeping import NAME, NOUNS, PROGRAMMES, Field, Noun, Shape, Values
from alignment.domain.when import Precision, When, parse_when
from alignment.tables.register import ProgrammeMetal, ProgrammeStage, StandardOwner

TABLES: dict[str, type[SQLModel]] = {
    mapper.class_.__tablename__: mapper.class_
    for mapper in SQLModel._sa_registry.mappers
    if mapper.class_.__tablename__ in {each.table for each in (*NOUNS, NAME)}
}
"""The table class of each noun, by the name of its table."""

# Where a field stands under another name: an id in a column that says so, a date in two columns.
_OTHERWISE = {
    "source": "source_id",
    "standard": "standard_id",
    "assurance_process": "assurance_process_id",
    "owner": "owner_id",
}
_APART = frozenset({"owners", "metals", "stages"})


def columns(noun: Noun, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says, as the columns of the noun's own table."""
    found: dict[str, Any] = {}
    for field in noun.fields:
        value = values[field.name]
        if field.name in _APART:
            continue
        if field.shape is Shape.WHEN:
            when = parse_when(value) if value else None
            found[f"{field.name}_on"] = when and when.on
            found[f"{field.name}_precision"] = when and when.precision.value
        elif field.shape is Shape.DAY:
            found[field.name] = date.fromisoformat(value) if value else None
        else:
            found[_OTHERWISE.get(field.name, field.name)] = None if field.shape is Shape.ONE and not value else value
    return found


def says(noun: Noun, row: Any) -> Values:
    """What a row of the noun's own table says."""
    found: Values = {}
    for field in noun.fields:
        if field.name in _APART:
            continue
        if field.shape is Shape.WHEN:
            on, precision = getattr(row, f"{field.name}_on"), getattr(row, f"{field.name}_precision")
            found[field.name] = When(on, Precision(precision or "day")).iso() if on else ""
        else:
            value = getattr(row, _OTHERWISE.get(field.name, field.name))
            found[field.name] = value.isoformat() if isinstance(value, date) else "" if value is None else value
    return found


def told(connection: Connection, noun: Noun, id: str) -> tuple[Values, int] | None:
    """What a record says, with what lies in tables beside its own, and its version; None for no such record.

    One query, and one for each table beside.
    """
    table: Any = TABLES[noun.table]
    row = connection.execute(select(table.__table__).where(table.__table__.c.id == id)).first()
    if row is None:
        return None
    values = says(noun, row)
    for name in (field.name for field in noun.fields if field.name in _APART):
        values[name] = _BESIDE[name](connection, id)
    return {field.name: values[field.name] for field in noun.fields}, row.version


def _owners(connection: Connection, id: str) -> list[str]:
    rows = connection.execute(
        select(col(StandardOwner.organisation_id)).where(col(StandardOwner.standard_id) == id)
    ).scalars()
    return sorted(rows)


def _metals(connection: Connection, id: str) -> dict[str, Values]:
    rows = connection.execute(
        select(col(ProgrammeMetal.metal_id), col(ProgrammeMetal.excluded), col(ProgrammeMetal.condition))
        .where(col(ProgrammeMetal.programme_id) == id)
        .order_by(col(ProgrammeMetal.metal_id))
    )
    return {row.metal_id: {"excluded": row.excluded, "condition": row.condition} for row in rows}


def _stages(connection: Connection, id: str) -> list[str]:
    held = set(
        connection.execute(select(col(ProgrammeStage.stage)).where(col(ProgrammeStage.programme_id) == id)).scalars()
    )
    return [stage for stage in ("mine", "refiner", "downstream") if stage in held]


_BESIDE = {"owners": _owners, "metals": _metals, "stages": _stages}


# --- what fields said before they were changed ------------------------------------------------------------


def as_stored(value: Any) -> str:
    """A value of a dated field as the table of changes holds it: a text as it is, everything else as JSON."""
    return value if isinstance(value, str) else canonical(value)


def as_said(field: Field, stored: str) -> Any:
    """The same as the form says it."""
    return stored if field.shape is Shape.TEXT else json.loads(stored)


def dated_values(connection: Connection) -> dict[str, tuple[Noun, Values]]:
    """What the dated fields of every record say now, by the subject of its events: a query a table."""
    scopes = _scopes(connection)
    found = {}
    for noun in (each for each in NOUNS if each.dated):
        table: Any = TABLES[noun.table]
        for row in connection.execute(select(table.__table__)):
            said = says(noun, row) | (scopes[row.id] if noun is PROGRAMMES else {})
            found[f"{noun.table}:{row.id}"] = (noun, {field.name: said[field.name] for field in noun.dated})
    return found


def _scopes(connection: Connection) -> Mapping[str, Values]:
    """The metals and stages of every programme, as its form says them."""
    found: dict[str, Values] = defaultdict(lambda: {"metals": {}, "stages": []})
    metal, stage = ProgrammeMetal.__table__, ProgrammeStage.__table__  # type: ignore[attr-defined]
    for row in connection.execute(select(metal).order_by(metal.c.metal_id)):
        found[row.programme_id]["metals"][row.metal_id] = {"excluded": row.excluded, "condition": row.condition}
    held = {(row.programme_id, row.stage) for row in connection.execute(select(stage))}
    for programme in {programme for programme, _ in held}:
        found[programme]["stages"] = [each.value for each in Stage if (programme, each.value) in held]
    return found
