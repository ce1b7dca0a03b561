"""What kept records said before they were changed: names, scopes and short names hold from a day, as learned"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from alignment.migrations.guards import protect, refuse_replacing

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

EVENT = sa.table(
    "event", sa.column("seq", sa.Integer), *(sa.column(name, sa.Text) for name in ("at", "subject", "before", "after"))
)
CHANGE = sa.table(
    "kept_change",
    sa.column("subject", sa.String),
    sa.column("field", sa.String),
    sa.column("number", sa.Integer),
    sa.column("before", sa.Text),
    sa.column("after", sa.Text),
    sa.column("recorded_at", sa.DateTime(timezone=True)),
)
DATED = {
    "organisation": ("name",),
    "standard": ("name", "edition"),
    "assurance_process": ("name",),
    "programme": ("short_name", "metals_said", "metals", "all_minerals", "stages_said", "stages"),
}
STAGES = ("mine", "refiner", "downstream")


def upgrade() -> None:
    op.create_table(
        "kept_change",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_kept_change_number")),
        sa.PrimaryKeyConstraint("subject", "field", "number", name=op.f("pk_kept_change")),
    )
    _from_events()
    protect(append_only=("kept_change",))
    refuse_replacing(append_only=("kept_change",))


def _from_events() -> None:
    """Until now a change was held by its event alone, and what a record said was said of every day.

    So each counts as the correction that it was shown as, known from the moment of its event.
    """
    numbers: dict[tuple[str, str], int] = defaultdict(int)
    for subject, at, before, after in _changes():
        for field in DATED[subject.partition(":")[0]]:
            if field not in before or before[field] == after[field]:
                continue
            numbers[subject, field] += 1
            row = {
                "subject": subject,
                "field": field,
                "number": numbers[subject, field],
                "before": _stored(before[field]),
                "after": _stored(after[field]),
                "recorded_at": datetime.fromisoformat(at).astimezone(UTC),
            }
            op.execute(CHANGE.insert().values(**row))


def _changes() -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Each change of a record with what it said before and after, in the order of the events.

    An import entered the metals and stages of a programme as rows of their own: those of the moment at which it
    entered the programme are what it began with, and every later one changed it.
    """
    said: dict[str, dict[str, Any]] = {}
    begun: dict[str, str] = {}
    for event in op.get_bind().execute(sa.select(EVENT).where(_wanted()).order_by(EVENT.c.seq)):
        table, _, key = event.subject.partition(":")
        after = json.loads(event.after)
        if table in ("programme_metal", "programme_stage"):
            subject = f"programme:{key.partition('/')[0]}"
            if subject not in said or not isinstance(after, dict):
                continue
            values = _scope(said[subject], table, after)
        else:
            subject, values = event.subject, {**said.get(event.subject, {}), **after}
            if table == "programme":
                values = {"metals": {}, "stages": [], **values}
        if subject in said and begun[subject] != event.at:
            yield subject, event.at, said[subject], values
        said[subject] = values
        begun.setdefault(subject, event.at)


def _wanted() -> sa.ColumnElement[bool]:
    tables = (*DATED, "programme_metal", "programme_stage")
    return sa.or_(*(EVENT.c.subject.startswith(f"{table}:", autoescape=True) for table in tables))


def _scope(said: dict[str, Any], table: str, row: dict[str, Any]) -> dict[str, Any]:
    """What a programme says with a row of its metals or stages."""
    if table == "programme_stage":
        held = {*said["stages"], row["stage"]}
        return {**said, "stages": [stage for stage in STAGES if stage in held]}
    metals = {**said["metals"], row["metal_id"]: {name: row[name] for name in ("excluded", "condition")}}
    return {**said, "metals": dict(sorted(metals.items()))}


def _stored(value: Any) -> str:
    """A text as it is, everything else as canonical JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def downgrade() -> None:
    raise RuntimeError("recorded history is not dropped: restore a backup instead")
