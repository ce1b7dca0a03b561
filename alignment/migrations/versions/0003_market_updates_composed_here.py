"""Market updates composed here"""

import sqlalchemy as sa
from alembic import op

from alignment.migrations.guards import protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "publication_file",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("publication", sa.String(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication"], ["publication.number"], name=op.f("fk_publication_file_publication_publication")
        ),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_publication_file")),
    )
    op.create_index("ix_publication_file_publication", "publication_file", ["publication"], unique=False)
    op.add_column("publication_draft", sa.Column("statements", sa.Text(), nullable=False, server_default="[]"))
    with op.batch_alter_table("advance_notice", recreate="auto") as batch:
        batch.add_column(sa.Column("number", sa.Integer(), nullable=False, server_default="1"))
        batch.drop_constraint("pk_advance_notice", type_="primary")
        batch.create_primary_key("pk_advance_notice", ["draft_id", "organisation_id", "number"])
    # On SQLite the batch rebuilt the table, and its triggers went with the old one.
    protect(append_only=("advance_notice", "publication_file"))


def downgrade() -> None:
    raise RuntimeError("recorded history is not dropped: restore a backup instead")
