"""Freezing market updates: once, with an event, and never otherwise."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from alignment.database import unit_of_work
from alignment.domain.event import Event, first_break
from alignment.domain.people import SEED_IMPORT, Actor, ActorKind
from alignment.domain.publication import Content, digest_of
from alignment.domain.refusal import Refusal
from alignment.services.publications import publish, record_update
from alignment.tables import Event as EventRow
from alignment.tables import Publication
from tests.domain.update import Written, content

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
EDITOR = Actor("person:editor", "An editor", ActorKind.PERSON)


def events(session: Session) -> list[EventRow]:
    return list(session.exec(select(EventRow).order_by(col(EventRow.seq))).all())


def numbers(session: Session) -> list[str]:
    return list(session.exec(select(Publication.number).order_by(Publication.number)).all())


def correction() -> Content:
    return {**content(number="2024-10"), "corrects": "2024-09"}


def test_a_market_update_is_stored_as_canonical_json_with_its_digest(session: Session) -> None:
    assert publish(session, actor=EDITOR, content=content(), now=NOW)
    held = session.get_one(Publication, "2024-09")
    assert json.loads(held.content) == content()
    assert held.digest == digest_of(content())
    assert (held.title, held.as_at.isoformat()) == ("Update of September", "2024-09-30")
    assert (held.published_on.isoformat(), held.published_precision) == ("2024-09-01", "month")
    assert (held.recorded_at, held.corrects) == (NOW, None)


def test_the_event_says_who_published_what_and_when(session: Session) -> None:
    publish(session, actor=EDITOR, content=content(), now=NOW)
    [event] = events(session)
    assert (event.actor, event.act, event.subject) == ("person:editor", "published", "publication:2024-09")
    assert json.loads(event.after)["digest"] == digest_of(content())
    assert first_break([Event(**event.model_dump())]) is None


def test_the_same_content_again_changes_nothing_and_leaves_no_event(session: Session) -> None:
    publish(session, actor=EDITOR, content=content(), now=NOW)
    assert not publish(session, actor=EDITOR, content=content(), now=LATER)
    assert len(events(session)) == 1
    assert session.get_one(Publication, "2024-09").recorded_at == NOW


def test_an_empty_table_is_never_frozen(session: Session) -> None:
    empty = {**content(), "table": {**content()["table"], "rows": []}}
    with pytest.raises(Refusal, match="market update 2024-09 has no row in its table"):
        publish(session, actor=EDITOR, content=empty, now=NOW)
    assert numbers(session) == []


def test_other_content_under_the_same_number_is_refused_and_nothing_is_kept(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        publish(session, actor=EDITOR, content=content(), now=NOW)

    def one_good_and_one_refused() -> None:
        with unit_of_work(engine) as session:
            publish(session, actor=EDITOR, content=content(number="2024-11"), now=NOW)
            publish(session, actor=EDITOR, content=content(title="Another"), now=NOW)

    with pytest.raises(Refusal, match="publish a correction under a new number"):
        one_good_and_one_refused()
    with unit_of_work(engine) as session:
        assert numbers(session) == ["2024-09"]
        assert len(events(session)) == 1


def test_what_is_no_number_is_refused(session: Session) -> None:
    with pytest.raises(Refusal, match="is no number for a market update"):
        publish(session, actor=EDITOR, content=content(number="september"), now=NOW)
    assert numbers(session) == []


def test_a_correction_points_at_the_update_it_corrects(session: Session) -> None:
    publish(session, actor=EDITOR, content=content(), now=NOW)
    publish(session, actor=EDITOR, content=correction(), now=LATER)
    assert session.get_one(Publication, "2024-10").corrects == "2024-09"


def test_a_correction_of_nothing_held_is_refused(session: Session) -> None:
    with pytest.raises(Refusal, match="corrects 2024-09, which this register does not hold: publish that first"):
        publish(session, actor=EDITOR, content=correction(), now=NOW)


@pytest.mark.parametrize("statement", ["UPDATE publication SET title = 'x'", "DELETE FROM publication"])
def test_the_database_itself_keeps_what_is_frozen(engine: Engine, statement: str) -> None:
    with unit_of_work(engine) as session:
        publish(session, actor=EDITOR, content=content(), now=NOW)
    with pytest.raises(DBAPIError), unit_of_work(engine) as session:
        session.connection().exec_driver_sql(statement)


# What was published elsewhere and is recorded here


def never() -> Content:
    raise AssertionError("a held update is not derived again")


def test_an_update_published_elsewhere_is_recorded_once(session: Session) -> None:
    assert record_update(session, Written(), content, actor=SEED_IMPORT, now=NOW)
    assert not record_update(session, Written(), never, actor=SEED_IMPORT, now=LATER)
    [event] = events(session)
    assert (event.actor, event.act) == ("import:seeds", "recorded")


def test_a_frozen_update_whose_words_were_changed_is_refused(session: Session) -> None:
    record_update(session, Written(), content, actor=SEED_IMPORT, now=NOW)
    with pytest.raises(Refusal, match="2024-09 is frozen and its label changed since"):
        record_update(session, Written(label="Official"), never, actor=SEED_IMPORT, now=LATER)
