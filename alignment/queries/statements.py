"""What others said as the LME's people keep it: the list, one statement with its form, and how it came to this."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, literal, select
from sqlmodel import col

from alignment.domain.frozen import dataclass
from alignment.domain.keeping import Values
from alignment.domain.statement import STATEMENT, as_entered
from alignment.queries.facts import in_force
from alignment.queries.publications import StatementRow, read_statement, statement_rows
from alignment.queries.register import Choices, Past, changes_in_words, choices, said_actor
from alignment.tables import Event, Person, Statement


@dataclass(frozen=True, slots=True)
class KeptStatement:
    """One statement: what it says, what corrects it if anything does, and every entry from the first, newest first."""

    id: str
    row: StatementRow
    values: Values
    corrected_by: str | None
    choices: Choices
    history: tuple[Past, ...]


def kept_statements(connection: Connection, *, example: bool) -> tuple[StatementRow, ...]:
    """The statements in somebody's name that hold, the newest said first: one query."""
    rows = in_force(connection.execute(statement_rows(example=example)).all())
    found = [read_statement(row) for row in rows if row.said_by]
    return tuple(sorted(found, key=lambda each: each.effective.on, reverse=True))


def kept_statement(connection: Connection, id: str, *, example: bool) -> KeptStatement | None:
    """One statement and the entries that it corrects: three queries; None where there is none."""
    rows = {row.id: row for row in connection.execute(statement_rows(example=example))}
    if id not in rows:
        return None
    row, every = read_statement(rows[id]), choices(connection)
    chain = [id]
    while (corrects := rows[chain[-1]].corrects) in rows:
        chain.append(corrects)
    kept = {
        "said_by": row.said_by, "title": row.title, "text": row.text, "effective": row.effective.iso(),
        "source": row.source.id, "place": row.source.place, "certainty": row.certainty.value,
    }  # fmt: skip
    remarks = select(col(Statement.remark)).where(col(Statement.id) == id)
    return KeptStatement(
        id=id,
        row=row,
        values=as_entered({**kept, "remark": connection.execute(remarks).scalar_one()}),
        corrected_by=next((each.id for each in rows.values() if each.corrects == id), None),
        choices=every,
        history=_history(connection, chain, every),
    )


def _history(connection: Connection, chain: list[str], every: Choices) -> tuple[Past, ...]:
    """Each entry with what it says differently from the one that it corrects."""
    rows = connection.execute(
        select(col(Event.seq), col(Event.at), col(Event.actor), col(Event.act), col(Event.after), col(Person.name))
        .outerjoin(Person, literal("person:").concat(col(Person.id)) == col(Event.actor))
        .where(col(Event.subject).in_([f"statement:{id}" for id in chain]))
        .order_by(col(Event.seq))
    ).all()
    found: list[Past] = []
    before: Mapping[str, object] = {}
    for row in rows:
        after = json.loads(row.after) | {"about": "", "wording": ""}
        changed = changes_in_words(STATEMENT, before, after, every)
        found.append(Past(row.seq, datetime.fromisoformat(row.at), row.name or said_actor(row.actor), row.act, changed))
        before = after
    return tuple(reversed(found))
