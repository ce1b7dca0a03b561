"""The producers' own record: scope and edition of certificates, what is not public, what is withdrawn"""

import sqlalchemy as sa
from alembic import op

from alignment.migrations.guards import protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WITHDRAWN = ("certificate", "checklist_answer", "claim", "declaration")
PUBLIC = ("certificate", "checklist_answer", "claim")


def upgrade() -> None:
    for table in WITHDRAWN:
        op.add_column(table, sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))
    for table in PUBLIC:
        op.add_column(table, sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.true()))
    for column in ("edition", "sites"):
        op.add_column("certificate", sa.Column(column, sa.Text(), nullable=False, server_default=""))
    _several_sites()
    protect(("certificate",))


def _several_sites() -> None:
    """A certificate names the sites of its scope; until now it named one at most."""
    on = " ON certificate" if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(f"DROP TRIGGER certificate_no_update{on}")
    op.execute("UPDATE certificate SET sites = site_id WHERE site_id IS NOT NULL")
    with op.batch_alter_table("certificate") as batch:
        batch.drop_constraint("fk_certificate_site_id_site", type_="foreignkey")
        batch.drop_column("site_id")


def downgrade() -> None:
    raise RuntimeError("recorded history is not dropped: restore a backup instead")
