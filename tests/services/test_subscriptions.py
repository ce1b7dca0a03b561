"""Subscriptions and what they are told, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Engine
from sqlmodel import select

from alignment.database import reading, unit_of_work
from alignment.domain.people import SEED_IMPORT
from alignment.queries.changes import last_event
from alignment.queries.feed import EVERYTHING, news, news_since, topics
from alignment.queries.subscriptions import subscribers
from alignment.services import ledger, subscriptions
from alignment.tables import Decision, Subscription
from tests.conftest import NOW

LATER = NOW + timedelta(days=1)


def test_a_subscriber_is_told_of_what_comes_after_the_confirmation_once(seeded_engine: Engine) -> None:
    with unit_of_work(seeded_engine) as session:
        asked = subscriptions.ask(session, email="r@p.example", topic="all", topics={"all"}, now=NOW)
        assert asked is not None
        subscriptions.confirm(session, value=asked.confirm, now=NOW)
    with unit_of_work(seeded_engine) as session:
        row = Decision(
            id="d1", programme_id="rmi-cobalt", act="suspended", recorded_at=LATER, effective_on=date(2026, 11, 22),
            position=1,
        )  # fmt: skip
        ledger.enter(session, row, actor=SEED_IMPORT, act="decided", now=LATER)
    with reading(seeded_engine) as connection:
        last = last_event(connection)
        (whom,) = subscribers(connection, last, LATER)
        assert [each.record for each in news_since(connection, EVERYTHING, whom.sent_until, last)] == ["decision:d1"]
        cobalt = next(topic for topic in topics(connection) if topic.key == "metal:cobalt")
        assert news(connection, cobalt, after=date(2026, 1, 1), as_at=date(2026, 12, 1), known_at=LATER)[0].record == (
            "decision:d1"
        )
    with unit_of_work(seeded_engine) as session:
        assert subscriptions.claim(session, id=whom.id, sent_until=whom.sent_until, now=LATER)
        subscriptions.settle(session, id=whom.id, sent_until=last, now=LATER)
    with reading(seeded_engine) as connection:
        assert list(subscribers(connection, last, LATER)) == []
    with unit_of_work(seeded_engine) as session:
        subscriptions.leave(session, value=asked.leave, now=LATER)
        assert session.exec(select(Subscription)).one().left_at == LATER
