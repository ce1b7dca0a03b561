"""Whether what is held is what its events say: no record without the event that entered it, none otherwise, none lost.

The chain of events proves itself; this holds the records against it. Both are read in portions, in one direction
each: every record has its event, and every event of a record has its record.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Row,
    Select,
    Table,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
    tuple_,
)
from sqlmodel import col

from alignment.domain.bringing_in import BROUGHT_IN
from alignment.domain.event import differing, moment
from alignment.tables import APPEND_ONLY, KEPT, Event, Evidence, metadata
from alignment.tables.kept import as_stored

PORTION = 200
"""How many records are held against their events at once."""

# Of these no event tells: who tried to sign in, what goes out by mail, and the bytes behind a file that an event names.
_UNTOLD = {"event", "sign_in_attempt", "subscription", "reminder_sent", "stored_file"}
_TABLES = frozenset({*APPEND_ONLY, *KEPT} - _UNTOLD)

# What was done about a record and does not say what it is: what was refused, the evidence behind a rating that may
# still be missing, who took an invitation up, how many records came into another.
_BESIDE = {
    "blind_rating": ("set_aside",),
    "invitation": ("accepted",),
    "producer": (BROUGHT_IN,),
    "rating": ("linked", "set_aside"),
}

Told = Mapping[str, Any]
"""What an event says a record is, by field."""
Record = Row[Any]


def differences(connection: Connection) -> Iterator[str]:
    """A sentence for each record that is not what its events say; none where all are."""
    for table in metadata.sorted_tables:
        if table.name in _TABLES:
            yield from _of_table(connection, table)
    yield from _spoilt(connection)
    yield from _lost(connection)


def _of_table(connection: Connection, table: Table) -> Iterator[str]:
    """The records of a table that no event tells of, or otherwise."""
    if table.name == "rating":
        yield from _ratings(connection)
        return
    columns = [column for column in table.c if not isinstance(column.type, LargeBinary)]
    statement = select(*columns).order_by(*table.primary_key)
    told_of = _TOLD.get(table.name, _told_by_subject)
    try:
        for rows in _portions(connection, statement):
            told = told_of(connection, table, rows)
            for row in rows:
                if fault := _why_not(row, told.get(_key(table, row))):
                    yield f"{_subject(table, row)} {fault}"
    except (TypeError, ValueError):  # what is no date or no number cannot be read as one
        yield f"a record of {table.name} cannot be read: it was changed"


def _portions(connection: Connection, statement: Select[Any], size: int = PORTION) -> Iterator[Sequence[Record]]:
    with connection.execute(statement.execution_options(yield_per=size)) as rows:
        yield from rows.partitions()


def _key(table: Table, row: Record) -> tuple[Any, ...]:
    return tuple(row._mapping[column.name] for column in table.primary_key)


def _subject(table: Table, row: Record) -> str:
    return f"{table.name}:{'/'.join(map(str, _key(table, row)))}"


def _why_not(row: Record, told: Told | None) -> str:
    if told is None:
        return "is held and no event tells of it"
    name = differing(row._asdict(), told)
    return f"is held with another “{name}” than its event says" if name else ""


# --- what events tell of records, by key ------------------------------------------------------------------


def _told_by_subject(connection: Connection, table: Table, rows: Sequence[Record]) -> dict[tuple[Any, ...], Told]:
    """Of what is never changed the first event counts, and of what may change the last one."""
    subjects = {_subject(table, row): _key(table, row) for row in rows}
    which = func.min if table.name in APPEND_ONLY else func.max
    counted = (
        select(which(col(Event.seq))).where(col(Event.subject).in_(subjects), _tells()).group_by(col(Event.subject))
    )
    found = connection.execute(select(col(Event.subject), col(Event.after)).where(col(Event.seq).in_(counted)))
    return {subjects[subject]: json.loads(after) for subject, after in found}


def _tells() -> ColumnElement[bool]:
    """An event that says what a record is has its fields."""
    beside = (
        and_(col(Event.subject).startswith(f"{table}:", autoescape=True), col(Event.act).in_(acts))
        for table, acts in _BESIDE.items()
    )
    return and_(col(Event.after).startswith("{"), ~or_(*beside))


def _told_of_versions(connection: Connection, table: Table, rows: Sequence[Record]) -> dict[tuple[Any, ...], Told]:
    """Versions of ratings: each entered by itself, or saved on a sheet, or carried over with a whole round."""
    subjects = {_subject(table, row) for row in rows}
    subjects |= {f"rating:{row.assessment_id}/{row.part}/{row.criterion}" for row in rows}
    rounds = {f"assessment:{row.assessment_id}" for row in rows}
    found = connection.execute(
        select(col(Event.after)).where(
            or_(col(Event.subject).in_(subjects), col(Event.subject).in_(rounds) & (col(Event.act) == "carried"))
        )
    ).scalars()
    names = [column.name for column in table.primary_key]
    told: dict[tuple[Any, ...], Told] = {}
    for after in map(json.loads, found):
        for each in after if isinstance(after, list) else [after]:
            if isinstance(each, dict) and each.keys() >= set(names):
                told[tuple(each[name] for name in names)] = each
    return told


def _told_of_files(connection: Connection, table: Table, rows: Sequence[Record]) -> dict[tuple[Any, ...], Told]:
    """Files of evidence: each filed with it, or with what it corrects."""
    return {
        _key(table, row): filed
        for row in rows
        for filed in _filed(connection, row.evidence_id)
        if (filed["sha256"], filed["version"]) == (row.sha256, row.version)
    }


def _filed(connection: Connection, evidence: str | None) -> Iterator[Told]:
    while evidence:
        found = select(col(Event.after)).where(col(Event.subject) == f"evidence:{evidence}", col(Event.act) == "filed")
        yield from map(json.loads, connection.execute(found).scalars().all())
        evidence = connection.execute(select(col(Evidence.corrects)).where(col(Evidence.id) == evidence)).scalar()


def _told_of_withdrawals(connection: Connection, table: Table, rows: Sequence[Record]) -> dict[tuple[Any, ...], Told]:
    """Evidence that was withdrawn: told by an event of the evidence."""
    subjects = {f"evidence:{row.evidence_id}": _key(table, row) for row in rows}
    found = connection.execute(
        select(col(Event.subject), col(Event.after)).where(
            col(Event.subject).in_(subjects), col(Event.act) == "withdrew"
        )
    )
    return {subjects[subject]: json.loads(after) for subject, after in found}


def _told_of_changes(connection: Connection, table: Table, rows: Sequence[Record]) -> dict[tuple[Any, ...], Told]:
    """What kept records said before: told by the event of the change, or, of an import, by those of its moment."""
    moments = {moment(row.recorded_at) for row in rows}
    changes = connection.execute(
        select(col(Event.subject), col(Event.at), col(Event.before), col(Event.after)).where(
            col(Event.subject).in_({row.subject for row in rows}), col(Event.act) == "changed"
        )
    )
    changed: dict[tuple[str, str], list[tuple[Told, Told]]] = defaultdict(list)
    for each in changes:
        changed[each.subject, each.at].append((json.loads(each.before), json.loads(each.after)))
    imported = set(
        connection.execute(
            select(col(Event.at)).distinct().where(col(Event.at).in_(moments), col(Event.actor).startswith("import:"))
        ).scalars()
    )
    told: dict[tuple[Any, ...], Told] = {}
    for row in rows:
        at = moment(row.recorded_at)
        said = [_change(row.field, before, after) for before, after in changed[row.subject, at]]
        if said or at in imported:
            # Of changes at one moment the one counts that says so.
            told[_key(table, row)] = next((each for each in said if not differing(row._asdict(), each)), (*said, {})[0])
    return told


def _change(field: str, before: Told, after: Told) -> Told:
    """What the event of a change tells of one field."""
    said = {"before": as_stored(before.get(field)), "after": as_stored(after.get(field))}
    return {**said, "effective_on": after.get("holds_from")}


_TOLD: Mapping[str, Callable[[Connection, Table, Sequence[Record]], dict[tuple[Any, ...], Told]]] = {
    "rating_version": _told_of_versions,
    "evidence_file": _told_of_files,
    "evidence_withdrawal": _told_of_withdrawals,
    "kept_change": _told_of_changes,
}


def _ratings(connection: Connection) -> Iterator[str]:
    """Ratings that stand and are not the newest of their versions, which events tell of."""
    table, versions = metadata.tables["rating"], metadata.tables["rating_version"]
    same = [versions.c[column.name] == column for column in table.primary_key]
    as_it_stands = [versions.c[column.name].is_not_distinct_from(column) for column in table.c]
    statement = select(*table.primary_key).where(
        or_(
            ~exists().where(*as_it_stands),
            exists().where(*same, versions.c.version > table.c.version),
        )
    )
    for rows in _portions(connection, statement.order_by(*table.primary_key)):
        yield from (f"{_subject(table, row)} is not held as the newest of its versions says" for row in rows)


# --- bytes, and what is gone -------------------------------------------------------------------------------


def _spoilt(connection: Connection) -> Iterator[str]:
    """Files whose bytes do not give the SHA-256 that they are kept under."""
    for name in ("stored_file", "publication_file"):
        table = metadata.tables[name]
        statement = select(
            *table.primary_key, table.c.sha256.label("digest"), cast(table.c.content, LargeBinary).label("content")
        )
        for (row,) in _portions(connection, statement.order_by(*table.primary_key), size=1):
            if hashlib.sha256(row.content).hexdigest() != row.digest:
                yield f"{_subject(table, row)} is held with another content than its SHA-256 says"


def _lost(connection: Connection) -> Iterator[str]:
    """Records that an event tells of and that are not held any more."""
    statement = select(col(Event.subject)).distinct().where(_tells()).order_by(col(Event.subject))
    for rows in _portions(connection, statement):
        told = [subject for (subject,) in rows if subject.partition(":")[0] in _TABLES]
        held = held_of(connection, told)
        yield from (f"{subject} is told of by an event and not held" for subject in told if subject not in held)


def held_of(connection: Connection, subjects: Iterable[str]) -> set[str]:
    """Those of the subjects whose records are held; a query a table."""
    by_table: dict[str, dict[tuple[Any, ...], str]] = defaultdict(dict)
    for subject in subjects:
        name = subject.partition(":")[0]
        by_table[name][_key_of(metadata.tables[name], subject)] = subject
    held = set()
    for name, keys in by_table.items():
        columns = list(metadata.tables[name].primary_key)
        rows = connection.execute(select(*columns).where(tuple_(*columns).in_(keys)))
        held |= {keys[tuple(row)] for row in rows}
    return held


def _key_of(table: Table, subject: str) -> tuple[Any, ...]:
    """The key of a record by its subject; an address, which is a key of its own, has slashes in it."""
    columns = list(table.primary_key)
    words = subject.partition(":")[2].split("/") if len(columns) > 1 else [subject.partition(":")[2]]
    return tuple(
        int(word) if isinstance(column.type, Integer) else word for column, word in zip(columns, words, strict=True)
    )
