"""Reports from the public: numbered, logged without words or addresses, answered by the LME."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from alignment.domain.refusal import Missing, Refusal, Stale, Unfit
from alignment.services import reports
from alignment.services.reports import Given, TooMany
from alignment.tables import Report
from tests.conftest import NOW
from tests.rounds import events
from tests.working import a_world

REPORT = Given("error", "/programmes/rmi-cobalt", "The date is wrong.", "reader@place.example")


def send(session: Session, given: Given = REPORT, **more: Any) -> str:
    return reports.receive(session, given=given, answer_days=20, **{"now": NOW, **more})


def test_a_report_gets_a_number_and_a_day_and_the_log_has_neither_words_nor_address(session: Session) -> None:
    number = send(session)
    row = session.get(Report, number)
    assert row is not None
    assert number.startswith("R-2026-")
    assert row.answer_due_on == date(2026, 12, 11)
    logged = events(session, f"public_report:{number}")
    assert [(event.actor, event.act) for event in logged] == [("public:reader", "received")]
    assert "place.example" not in logged[0].after
    assert "wrong" not in logged[0].after


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Given("praise", "x", "y"), "kind"),
        (Given("error", " ", "y"), "about"),
        (Given("error", "x" * 301, "y"), "about"),
        (Given("error", "x", ""), "text"),
        (Given("error", "x", "y" * 5001), "text"),
        (Given("error", "x", "y", "no address"), "email"),
    ],
)
def test_a_report_that_says_nothing_is_refused_by_field(session: Session, given: Given, field: str) -> None:
    with pytest.raises(Unfit) as refused:
        send(session, given)
    assert set(refused.value.faults) == {field}
    assert session.exec(select(Report)).first() is None


def test_a_flood_is_stopped_for_an_hour(session: Session) -> None:
    for _ in range(reports.MOST_AN_HOUR):
        send(session)
    with pytest.raises(TooMany):
        send(session)
    send(session, now=NOW + timedelta(minutes=61))


def test_the_lme_answers_and_a_later_answer_takes_the_place_of_an_earlier_one(session: Session) -> None:
    world = a_world(session)
    number = send(session)
    reports.answer(session, actor=world.publisher, number=number, text="Mended.", public=True, version=1, now=NOW)
    row = session.get(Report, number)
    assert row is not None
    assert (row.answer, row.answer_public, row.answered_at) == ("Mended.", True, NOW)
    with pytest.raises(Stale):
        reports.answer(session, actor=world.publisher, number=number, text="x", public=True, version=1, now=NOW)
    with pytest.raises(Unfit):
        reports.answer(session, actor=world.publisher, number=number, text=" ", public=True, version=2, now=NOW)
    with pytest.raises(Refusal):
        reports.answer(session, actor=world.owner, number=number, text="x", public=True, version=2, now=NOW)
    with pytest.raises(Missing):
        reports.answer(session, actor=world.decider, number="R-0", text="x", public=True, version=1, now=NOW)
    assert [event.act for event in events(session, f"public_report:{number}")] == ["received", "answered"]
