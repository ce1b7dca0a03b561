"""Who is to be sent a digest, and from which event on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, or_, select
from sqlmodel import col

from alignment.domain.frozen import dataclass
from alignment.tables import Subscription


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An address that confirmed, its topic, and the last event it was told of."""

    id: str
    email: str
    topic: str
    sent_until: int


def subscribers(connection: Connection, last: int, now: datetime) -> Iterator[Subscriber]:
    """Those who were not told of everything up to an event, and whom no other run has in hand: one query."""
    columns = (col(Subscription.id), col(Subscription.email), col(Subscription.topic), col(Subscription.sent_until))
    statement = (
        select(*columns)
        .where(
            col(Subscription.confirmed_at).is_not(None),
            col(Subscription.left_at).is_(None),
            col(Subscription.sent_until) < last,
            or_(col(Subscription.trying_until).is_(None), col(Subscription.trying_until) <= now),
        )
        .order_by(col(Subscription.asked_at), col(Subscription.id))
    )
    for row in connection.execute(statement):
        yield Subscriber(*row)
