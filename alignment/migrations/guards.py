"""Triggers that keep what was recorded: on both databases, renewed by every migration that touches a table.

A batch migration on SQLite rebuilds the table and drops its triggers, so such a migration calls
``protect`` again for the tables that it rebuilt.
"""

from collections.abc import Iterable

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
