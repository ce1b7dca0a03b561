"""A change that was reported by mistake is returned by the LME, or withdrawn by its owner, with a reason"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("ended", "ended_reason"):
        op.add_column("significant_change", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    raise RuntimeError("recorded history is not dropped: restore a backup instead")
