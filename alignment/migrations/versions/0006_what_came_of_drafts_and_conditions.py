"""Market updates that are set aside; when it was recorded that a condition was met, and how an appeal ended"""

import json
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from alignment.migrations.guards import protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WORD = sa.table(
    "condition_met",
    sa.column("condition_id", sa.String),
    sa.column("number", sa.Integer),
    sa.column("met_on", sa.Date),
    sa.column("statement", sa.Text),
    sa.column("recorded_by", sa.Text),
    sa.column("recorded_at", sa.DateTime(timezone=True)),
)
CONDITION = sa.table("decision_condition", sa.column("id", sa.String), sa.column("met_on", sa.Date))
APPEAL = sa.table(
    "appeal",
    sa.column("id", sa.String),
    sa.column("outcome", sa.Text),
    sa.column("outcome_recorded_at", sa.DateTime(timezone=True)),
)
EVENT = sa.table(
    "event",
    sa.column("seq", sa.Integer),
    *(sa.column(name, sa.Text) for name in ("at", "actor", "act", "subject", "after")),
)


def upgrade() -> None:
    op.add_column("publication_draft", sa.Column("aside", sa.Text(), nullable=False, server_default=""))
    _conditions()
    _appeals()


def _conditions() -> None:
    """A condition is met by a record of its own; until now the day stood in the row of the condition."""
    met = set(op.get_bind().execute(sa.select(CONDITION.c.id).where(CONDITION.c.met_on.is_not(None))).scalars())
    # First, while nothing refers to the table: on SQLite the batch makes it anew.
    with op.batch_alter_table("decision_condition") as batch:
        for column in ("met_on", "met_statement", "version"):
            batch.drop_column(column)
    op.create_table(
        "condition_met",
        sa.Column("condition_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_condition_met_number")),
        sa.ForeignKeyConstraint(
            ["condition_id"], ["decision_condition.id"], name=op.f("fk_condition_met_condition_id_decision_condition")
        ),
        sa.PrimaryKeyConstraint("condition_id", "number", name=op.f("pk_condition_met")),
    )
    told: dict[str, int] = {}
    for event in _events("met", "decision_condition:"):
        id, after = event.subject.removeprefix("decision_condition:"), json.loads(event.after)
        told[id] = told.get(id, 0) + 1
        row = {
            "condition_id": id,
            "number": told[id],
            "met_on": date.fromisoformat(after["met_on"]),
            "statement": after["met_statement"],
            "recorded_by": event.actor,
            "recorded_at": _moment(event.at),
        }
        op.execute(WORD.insert().values(**row))
    if unsaid := sorted(met - set(told)):
        raise RuntimeError(f"no event says when these conditions were met, run “alignment verify”: {', '.join(unsaid)}")
    protect(append_only=("condition_met", "decision_condition"))


def _appeals() -> None:
    """The outcome of an appeal is learned later than the appeal."""
    op.add_column("appeal", sa.Column("outcome_recorded_at", sa.DateTime(timezone=True), nullable=True))
    for event in _events("settled", "appeal:"):
        settled = APPEAL.update().where(APPEAL.c.id == event.subject.removeprefix("appeal:"), APPEAL.c.outcome != "")
        op.execute(settled.values(outcome_recorded_at=_moment(event.at)))


def _events(act: str, about: str) -> list[sa.Row[Any]]:
    statement = sa.select(EVENT).where(EVENT.c.act == act, EVENT.c.subject.startswith(about)).order_by(EVENT.c.seq)
    return list(op.get_bind().execute(statement))


def _moment(said: str) -> datetime:
    """A moment as events carry it."""
    return datetime.fromisoformat(said).astimezone(UTC)


def downgrade() -> None:
    raise RuntimeError("recorded history is not dropped: restore a backup instead")
