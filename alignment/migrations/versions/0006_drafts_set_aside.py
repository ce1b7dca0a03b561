"""Market updates that are set aside"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("publication_draft", sa.Column("aside", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    raise RuntimeError("recorded history is not dropped: restore a backup instead")
