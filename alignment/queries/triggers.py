"""What bad reviews put to somebody, as long as nothing was done about it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, exists, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.decision import Act
from alignment.domain.frozen import dataclass
from alignment.queries.facts import Rows
from alignment.queries.work import Asked, shaped
from alignment.tables import Assessment, MonitoringPoint, MonitoringReview, Programme
from alignment.tables import Decision as DecisionRow


@dataclass(frozen=True, slots=True)
class Trigger:
    """A bad review that puts something to somebody, and nothing has been done about it since."""

    programme_id: str
    programme: str
    example: bool
    triggers: str
    statement: str
    reviewed_on: date


def triggers(connection: Connection) -> tuple[Trigger, ...]:
    """What bad reviews have put to somebody, until a decision, or a round, was entered after them: one query."""
    statement = put_by_reviews(
        col(Programme.id), col(Programme.short_name), col(Programme.example), col(MonitoringReview.triggers),
        col(MonitoringReview.statement), col(MonitoringReview.reviewed_on),
    ).order_by(col(MonitoringReview.at))  # fmt: skip
    return tuple(
        Trigger(row.id, row.short_name, bool(row.example), row.triggers, row.statement, row.reviewed_on)
        for row in connection.execute(statement)
    )


def put_by_reviews(*told: Any) -> Rows:
    """Reviews that put something to somebody, as long as nothing was done about it; what was corrected was not."""
    later = aliased(DecisionRow)
    decided = (
        select(col(DecisionRow.id))
        .where(
            col(DecisionRow.programme_id) == Programme.id,
            col(DecisionRow.recorded_at) > MonitoringReview.at,
            col(DecisionRow.act) != Act.VOID.value,
            ~exists().where(col(later.corrects) == DecisionRow.id),
        )
        .exists()
    )
    opened = (
        select(col(Assessment.id))
        .where(col(Assessment.programme_id) == Programme.id, col(Assessment.recorded_at) > MonitoringReview.at)
        .exists()
    )
    return (
        select(*told)
        .select_from(MonitoringReview)
        .join(MonitoringPoint, col(MonitoringPoint.id) == MonitoringReview.point_id)
        .join(Programme, col(Programme.id) == MonitoringPoint.programme_id)
        .where(
            ((col(MonitoringReview.triggers) == "round") & ~opened)
            | (col(MonitoringReview.triggers).in_(("condition", "suspension")) & ~decided)
        )
    )


def triggered(asked: Asked) -> Rows:
    """What bad reviews have put to somebody."""
    return put_by_reviews(
        *shaped(
            "trigger", order=(col(MonitoringReview.at),), id=col(Programme.id), name=col(Programme.short_name),
            word=col(MonitoringReview.triggers), on=col(MonitoringReview.reviewed_on),
        )
    ).where(col(Programme.example).is_(asked.someone.is_demonstration))  # fmt: skip
