"""An entry of the ledger that was made by mistake is declared void, by an entry that corrects it"""

import sqlalchemy as sa
from alembic import op

from alignment.migrations.guards import protect, refuse_replacing

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("decision", "proposal")
DECIDING = "'conditionally_approved', 'approved', 'not_approved', 'suspended', 'reinstated', 'withdrawn'"
ACTS = f"act IN ({DECIDING}, 'void')"
CORRECTS = "act <> 'void' OR corrects IS NOT NULL"


def upgrade() -> None:
    for table in TABLES:
        if op.get_bind().dialect.name == "sqlite":
            _rebuild(table)
        else:
            op.drop_constraint(op.f(f"ck_{table}_act"), table, type_="check")
            op.create_check_constraint(op.f(f"ck_{table}_act"), table, ACTS)
            op.create_check_constraint(op.f(f"ck_{table}_void"), table, CORRECTS)
    # On SQLite both tables were built anew, and their triggers went with the old ones.
    protect(append_only=TABLES)
    refuse_replacing(append_only=TABLES)


def _rebuild(table: str) -> None:
    """The table of the same name with other checks, for SQLite cannot alter one.

    Not by a batch, which fills the new table under another name: then what refers to a row would be taken for lost.
    """
    bind = op.get_bind()
    said = sa.text("SELECT sql FROM sqlite_master WHERE tbl_name = :table AND type = :type AND sql IS NOT NULL")
    (old,) = bind.execute(said, {"table": table, "type": "table"}).scalars().all()
    indexes = bind.execute(said, {"table": table, "type": "index"}).scalars().all()
    checks = f"CHECK ({ACTS}), \n\tCONSTRAINT ck_{table}_void CHECK ({CORRECTS})"
    new = old.replace(f"CHECK (act IN ({DECIDING}))", checks)
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {table}")  # noqa: S608
    op.execute(f"DROP TABLE {table}")
    for statement in (new, *indexes):
        bind.exec_driver_sql(statement)
    op.execute(f"INSERT INTO {table} SELECT * FROM kept")  # noqa: S608
    op.execute("DROP TABLE kept")


def downgrade() -> None:
    raise RuntimeError("recorded history is not dropped: restore a backup instead")
