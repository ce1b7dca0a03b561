"""Triggers that keep what was recorded: on both databases, renewed by every migration that touches a table.

A batch migration on SQLite rebuilds the table and drops its triggers, so such a migration calls
``protect`` again for the tables that it rebuilt, and since 0007 ``refuse_replacing`` as well.
"""

from collections.abc import Collection, Iterable

from alembic import op

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused; record a correction instead', TG_TABLE_NAME, TG_OP;
END;
$$ LANGUAGE plpgsql
"""


def protect(append_only: Iterable[str] = (), kept: Iterable[str] = ()) -> None:
    """Refuse UPDATE and DELETE on append-only tables, and DELETE on kept ones."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(_FUNCTION)
    for table in append_only:
        _refuse(table, "UPDATE", postgresql)
        _refuse(table, "DELETE", postgresql)
    for table in kept:
        _refuse(table, "DELETE", postgresql)


def _refuse(table: str, act: str, postgresql: bool) -> None:
    name = f"{table}_no_{act.lower()}"
    if postgresql:
        op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()")
        if act == "DELETE":
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return
    op.execute(f"DROP TRIGGER IF EXISTS {name}")
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN "
        f"SELECT RAISE(ABORT, '{table} is append-only: {act} refused; record a correction instead'); END"
    )


def refuse_replacing(append_only: Collection[str] = (), kept: Collection[str] = ()) -> None:
    """Refuse INSERT OR REPLACE, and UPDATE OR REPLACE where a table takes an UPDATE, as SQLite alone has them.

    They delete the rows that are in the way, and fire no DELETE trigger unless the client asked for it with
    ``PRAGMA recursive_triggers``. On PostgreSQL an INSERT … ON CONFLICT DO UPDATE fires the triggers of UPDATE.
    """
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in (*append_only, *kept):
        # A rowid that is not given reads as -1 before the INSERT; those that SQLite gives are greater than 0.
        _refuse_if(table, "replace", "INSERT", "NEW.rowid > 0")
    for table in kept:
        _refuse_if(table, "displace", "UPDATE", "NEW.rowid <> OLD.rowid", " AND rowid <> OLD.rowid")


def _refuse_if(table: str, name: str, act: str, moves: str, other: str = "") -> None:
    there = [f"({moves} AND EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid))"]  # noqa: S608
    for columns in _unique(table):
        same = " AND ".join(f"{column} = NEW.{column}" for column in columns)
        there.append(f"EXISTS (SELECT 1 FROM {table} WHERE {same}{other})")  # noqa: S608
    op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{name}")
    op.execute(
        f"CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table} WHEN {' OR '.join(there)} BEGIN "
        f"SELECT RAISE(ABORT, '{table} is append-only: a row of this key is there, REPLACE refused; "
        "record a correction instead'); END"
    )


def _unique(table: str) -> list[list[str]]:
    """The columns of each unique index: of the primary key and of every constraint."""
    ask = op.get_bind().exec_driver_sql
    indexes = ask(f"SELECT name FROM pragma_index_list('{table}') WHERE \"unique\" ORDER BY seq DESC").scalars()  # noqa: S608
    return [
        list(ask("SELECT name FROM pragma_index_info(?) ORDER BY seqno", (index,)).scalars()) for index in indexes.all()
    ]
