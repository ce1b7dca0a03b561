"""Whether the database still answers as a register, asked by a probe every few seconds."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, literal_column, select, text
from sqlmodel import SQLModel


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
    tables = SQLModel.metadata.sorted_tables
    if dialect == "sqlite":
        row: ColumnElement[int] = literal_column("rowid")
        asked = [select(end(row)).select_from(table) for table in tables for end in (func.min, func.max)]
    else:
        asked = [select(literal(1)).select_from(table).limit(1) for table in tables]
    return select(*(each.scalar_subquery() for each in asked))
