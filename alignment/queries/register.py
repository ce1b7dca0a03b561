"""The kept records as the LME's people see them: lists, one record with its choices and history, assessors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, literal, select, union_all
from sqlmodel import col

from alignment.domain.frozen import dataclass
from alignment.domain.keeping import NAME, Field, Noun, Shape, Values
from alignment.domain.when import say_day
from alignment.queries.facts import Rows
from alignment.tables import (
    AssessorApproval,
    AssuranceProcess,
    Event,
    Metal,
    Organisation,
    Person,
    Programme,
    ProgrammeName,
    Source,
    Standard,
    kept,
)

# The words by which a record of each noun is known, and where it stands in a list.
_KNOWN_BY: dict[str, tuple[Any, Any]] = {
    "organisations": (Organisation, Organisation.name),
    "sources": (Source, Source.title),
    "metals": (Metal, Metal.name),
    "standards": (Standard, Standard.name),
    "processes": (AssuranceProcess, AssuranceProcess.name),
    "programmes": (Programme, Programme.short_name),
}
HISTORY_MOST = 200

Choices = Mapping[str, list[tuple[str, str]]]
"""Of each noun, every record as id and words."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field before and after, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Past:
    """One event of a record's history. ``holds`` says since when what is new holds, where that is kept."""

    seq: int
    at: datetime
    who: str
    act: str
    changes: tuple[Change, ...]
    holds: str = ""


@dataclass(frozen=True, slots=True)
class PrintedName:
    """A name under which a programme was printed."""

    name: str
    use: str
    since: date | None
    source: str
    place: str
    certainty: str
    remark: str


@dataclass(frozen=True, slots=True)
class Record:
    """One kept record: what it says, its version, what may be chosen in its form, and how it came to this."""

    id: str
    title: str
    values: Values
    version: int
    choices: Choices
    names: tuple[PrintedName, ...]
    history: tuple[Past, ...]


def counts(connection: Connection) -> dict[str, int]:
    """How many records of each noun there are: one query."""
    rows = connection.execute(
        union_all(*(select(literal(noun), func.count()).select_from(table) for noun, (table, _) in _KNOWN_BY.items()))
    )
    return {row[0]: row[1] for row in rows}


def choices(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """Every record of every noun as id and words: one query."""
    parts = [
        select(
            literal(noun).label("noun"), table.id.label("id"), words.label("words"),
            (table.edition if noun == "standards" else literal("")).label("more"),
        )
        for noun, (table, words) in _KNOWN_BY.items()
    ]  # fmt: skip
    found: dict[str, list[tuple[str, str]]] = {noun: [] for noun in _KNOWN_BY}
    for row in connection.execute(union_all(*parts)):
        found[row.noun].append((row.id, f"{row.words}, {row.more}" if row.more else row.words))
    for listed in found.values():
        listed.sort(key=lambda pair: (pair[1].casefold(), pair[0]))
    return found


def record(connection: Connection, noun: Noun, id: str) -> Record | None:
    """One record with everything its page shows: at most six queries; None where there is none."""
    found = kept.told(connection, noun, id)
    if found is None:
        return None
    values, version = found
    every = choices(connection)
    names = _names(connection, id) if noun.table == "programme" else ()
    return Record(
        id=id,
        title=dict(every[noun.id])[id],
        values=values,
        version=version,
        choices=every,
        names=names,
        history=history(connection, noun, id, every),
    )


def _names(connection: Connection, programme_id: str) -> tuple[PrintedName, ...]:
    rows = connection.execute(
        select(
            col(ProgrammeName.name), col(ProgrammeName.use), col(ProgrammeName.since),
            func.coalesce(col(Source.title), "").label("source"), col(ProgrammeName.place),
            col(ProgrammeName.certainty), col(ProgrammeName.remark),
        )
        .outerjoin(Source, col(Source.id) == ProgrammeName.source_id)
        .where(col(ProgrammeName.programme_id) == programme_id)
        .order_by(col(ProgrammeName.use).desc(), func.coalesce(col(ProgrammeName.since), date.min).desc(),
                  col(ProgrammeName.position))
    )  # fmt: skip
    return tuple(PrintedName(*row) for row in rows)


# --- history ------------------------------------------------------------------------------------------


def history(connection: Connection, noun: Noun, id: str, every: Choices) -> tuple[Past, ...]:
    """What was done to a record, newest first, from the event log: one query."""
    subjects: Rows = select(literal(f"{noun.table}:{id}"))
    wanted: Any = col(Event.subject) == f"{noun.table}:{id}"
    if noun.table == "programme":
        subjects = select(literal("programme_name:").concat(col(ProgrammeName.id))).where(
            col(ProgrammeName.programme_id) == id
        )
        wanted = wanted | col(Event.subject).in_(subjects)
    rows = connection.execute(
        select(
            col(Event.seq), col(Event.at), col(Event.actor), col(Event.act), col(Event.subject), col(Event.before),
            col(Event.after), col(Person.name),
        )
        .outerjoin(Person, literal("person:").concat(col(Person.id)) == col(Event.actor))
        .where(wanted)
        .order_by(col(Event.seq).desc())
        .limit(HISTORY_MOST)
    )  # fmt: skip
    return tuple(
        Past(
            row.seq,
            datetime.fromisoformat(row.at),
            row.name or said_actor(row.actor),
            row.act,
            changes_in_words(
                NAME if row.subject.startswith("programme_name:") else noun,
                json.loads(row.before),
                json.loads(row.after),
                every,
            ),
            _holds(json.loads(row.after)),
        )
        for row in rows
    )


def _holds(after: Any) -> str:
    """Since when what an event tells of holds, where it says so."""
    if not isinstance(after, dict) or "holds_from" not in after:
        return ""
    since = after["holds_from"]
    return f"holds from {say_day(date.fromisoformat(since))}" if since else "a mistake put right: it was always so"


def said_actor(actor: str) -> str:
    """An actor that is no person, in words."""
    return {
        "import:seeds": "Seed import",
        "import:example": "Worked example import",
        "import:file": "Import from a file",
        "system": "The register",
    }.get(actor, actor)


def changes_in_words(noun: Noun, before: Any, after: Any, every: Choices) -> tuple[Change, ...]:
    """What differs between two states of a record, in the words of its form."""
    old, new = _as_form(noun, before), _as_form(noun, after)
    found = (
        Change(field.label, in_words(field, old.get(field.name), every), in_words(field, new.get(field.name), every))
        for field in noun.fields
        if old.get(field.name) != new.get(field.name)
    )
    return tuple(change for change in found if change.before or change.after)


_COLUMNS = {"source_id": "source", "standard_id": "standard", "assurance_process_id": "assurance_process",
            "owner_id": "owner", "issued_on": "issued", "effective_on": "effective"}  # fmt: skip


def _as_form(noun: Noun, state: Any) -> Mapping[str, Any]:
    """A state as its event holds it, under the names of the form: imports record columns, people record forms."""
    if not isinstance(state, dict):
        return {}
    named = {_COLUMNS.get(name, name): value for name, value in state.items()}
    known = {field.name for field in noun.fields}
    return {name: "" if value is None else value for name, value in named.items() if name in known}


def in_words(field: Field, value: Any, every: Choices) -> str:
    """A value of a field as people read it; nothing for an empty one."""
    if value in (None, "", [], {}):
        return ""
    match field.shape:
        case Shape.FLAG:
            return "yes" if value else "no"
        case Shape.WORD:
            return dict(field.words).get(value, str(value))
        case Shape.WORDS:
            return ", ".join(dict(field.words).get(each, each) for each in value)
        case Shape.FIGURES:
            return "; ".join(f"{label} {figure}" for label, figure in value.items())
        case Shape.ONE:
            return dict(every[field.of]).get(value, str(value))
        case Shape.MANY:
            return "; ".join(dict(every[field.of]).get(each, each) for each in value)
        case Shape.METALS:
            return ", ".join(_metal(dict(every["metals"]).get(id, id), said) for id, said in value.items())
        case _:
            return str(value)


def _metal(name: str, said: Mapping[str, Any]) -> str:
    left_out = f"{name} left out" if said["excluded"] else name
    return f"{left_out} ({said['condition']})" if said["condition"] else left_out


# --- assessors that the LME approves --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ApprovalEntry:
    """One entry of the dated list: from when an organisation is approved, or no longer."""

    approved: bool
    effective_on: date
    reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Assessor:
    """An organisation that assesses, and whether the LME approves it on a day; None where it never decided."""

    id: str
    name: str
    approved: bool | None
    since: date | None
    entries: tuple[ApprovalEntry, ...]


def assessors(connection: Connection, on: date) -> list[Assessor]:
    """Every assessor with the dated list of what the LME decided about it: two queries."""
    entries: dict[str, list[ApprovalEntry]] = {}
    rows: Rows = (
        select(
            col(AssessorApproval.organisation_id), col(AssessorApproval.approved), col(AssessorApproval.effective_on),
            col(AssessorApproval.reason), col(AssessorApproval.recorded_at), col(AssessorApproval.recorded_by),
            col(Person.name),
        )
        .outerjoin(Person, literal("person:").concat(col(Person.id)) == col(AssessorApproval.recorded_by))
        .order_by(
            col(AssessorApproval.effective_on).desc(), col(AssessorApproval.recorded_at).desc(),
            col(AssessorApproval.id),
        )
    )  # fmt: skip
    for row in connection.execute(rows):
        entry = ApprovalEntry(
            row.approved, row.effective_on, row.reason, row.recorded_at, row.name or said_actor(row.recorded_by)
        )
        entries.setdefault(row.organisation_id, []).append(entry)
    houses = connection.execute(
        select(col(Organisation.id), col(Organisation.name))
        .where(col(Organisation.kind) == "assessor")
        .order_by(func.lower(col(Organisation.name)))
    )
    found = []
    for house in houses:
        of_it: Sequence[ApprovalEntry] = entries.get(house.id, ())
        now = next((each for each in of_it if each.effective_on <= on), None)
        found.append(
            Assessor(
                house.id, house.name, now.approved if now else None, now.effective_on if now else None, tuple(of_it)
            )
        )
    return found
