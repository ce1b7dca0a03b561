"""Digests by mail: a mail that is on its way, and how often it could not be sent"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscription", sa.Column("trying_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscription", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    raise RuntimeError("recorded history is not dropped: restore a backup instead")
