"""Whether the database still is a register: does each table answer, and is every table and every guard there?"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, inspect, literal, literal_column, select, text

from alignment.tables import APPEND_ONLY, KEPT, metadata


def touch_tables(connection: Connection) -> None:
    """Read a little of every table, and so meet those that are gone or spoilt; three statements, whatever they hold.

    SQLite answers from what it remembers where it can. Made to forget, it reads its file again: the first page, the
    list of its tables, and where each of them begins and ends. Whether all between is sound, the doctor finds out.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA shrink_memory")
        connection.execute(text("SELECT count(*) FROM sqlite_master"))
    connection.execute(_touching(connection.dialect.name)).one()


@lru_cache
def _touching(dialect: str) -> Select[Any]:
    tables = metadata.sorted_tables
    if dialect == "sqlite":
        row: ColumnElement[int] = literal_column("rowid")
        asked = [select(end(row)).select_from(table) for table in tables for end in (func.min, func.max)]
    else:
        asked = [select(literal(1)).select_from(table).limit(1) for table in tables]
    return select(*(each.scalar_subquery() for each in asked))


def held_tables(connection: Connection) -> set[str]:
    """The tables that are really there."""
    return set(inspect(connection).get_table_names())


def triggers(connection: Connection) -> set[str]:
    """The triggers that are really there and at work."""
    asked = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
    }
    return {row[0] for row in connection.execute(text(asked[connection.dialect.name]))}


def lost_tables(tables: Collection[str]) -> str:
    """Which tables of the schema at head are not among these; empty where none is missing."""
    lost = sorted(set(metadata.tables).difference(tables))
    return f"tables are missing: {', '.join(lost)}" if lost else ""


def lost_guards(dialect: str, tables: Collection[str], guards: Collection[str]) -> str:
    """Which guards that these tables have at head are not among those; empty where none is missing."""
    lost = sorted(expected_triggers(dialect, tables).difference(guards))
    return f"guards are missing: {', '.join(lost)}" if lost else ""


def expected_triggers(dialect: str, tables: Collection[str] = (*APPEND_ONLY, *KEPT)) -> set[str]:
    """The guards that tables have at head on that kind of database, by name."""
    acts = {"sqlite": ("delete", "replace"), "postgresql": ("delete", "truncate")}[dialect]
    append_only, kept = (set(names).intersection(tables) for names in (APPEND_ONLY, KEPT))
    guards = {f"{table}_no_{act}" for table in append_only | kept for act in acts}
    guards |= {f"{table}_no_update" for table in append_only}
    return guards | {f"{table}_no_displace" for table in kept if dialect == "sqlite"}
