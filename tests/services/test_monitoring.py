"""Points to watch, reviews and what they trigger, and changes that scheme owners report."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from alignment.domain.decision import Act
from alignment.domain.people import Someone
from alignment.domain.refusal import Missing, Refusal, Stale, Unfit
from alignment.domain.when import parse_when
from alignment.queries.monitoring import own_programmes
from alignment.queries.record_rows import read_records
from alignment.queries.records import PublicChange
from alignment.queries.triggers import triggers
from alignment.queries.work import sections
from alignment.services import decisions, ledger, monitoring
from alignment.services.decisions import Decide
from alignment.services.monitoring import Report, Watch
from alignment.tables import MonitoringPoint, MonitoringReview, SignificantChange, Source
from tests.conftest import NOW
from tests.rounds import events
from tests.services.test_decisions import an_assessed_world
from tests.working import PROGRAMME, World, a_world


def a_point(session: Session, who: Someone, **given: Any) -> str:
    if session.get(Source, "report") is None:
        ledger.enter(
            session, Source(id="report", title="Report", issuer="OECD"), actor=who.actor, act="recorded", now=NOW
        )
    asked: dict[str, Any] = {
        "statement": "The audits, so that training leads to lasting quality.",
        "recommended_by": "The assessor",
        "effective": parse_when("2024-09"),
        "source": "report",
        "programme": PROGRAMME,
    }
    return monitoring.add_point(session, actor=who, act=Watch(**{**asked, **given}), now=NOW)


def review(session: Session, who: Someone, point: str, outcome: str = "bad", triggers: str = "", **given: Any) -> str:
    asked: dict[str, Any] = {"reviewed_on": date(2026, 11, 20), "statement": "Two audits were thin.", "now": NOW}
    return monitoring.review(session, actor=who, point=point, outcome=outcome, triggers=triggers, **{**asked, **given})


def test_a_point_is_kept_with_its_source_and_reviewed(session: Session) -> None:
    world = a_world(session)
    point = a_point(session, world.publisher)
    done = review(session, world.decider, point, "good")
    row = session.get(MonitoringReview, done)
    assert row is not None
    assert (row.outcome, row.triggers, row.by_id) == ("good", "", world.decider.id)
    assert [event.act for event in events(session, f"monitoring_point:{point}")] == ["recorded"]
    assert [event.act for event in events(session, f"monitoring_review:{done}")] == ["reviewed"]
    assert triggers(session.connection()) == ()


@pytest.mark.parametrize("trigger", ["condition", "suspension"])
def test_a_bad_review_puts_something_to_the_deciders_until_they_have_decided(session: Session, trigger: str) -> None:
    world = an_assessed_world(session)
    review(session, world.publisher, a_point(session, world.publisher), triggers=trigger)
    assert [each.triggers for each in triggers(session.connection())] == [trigger]
    later = NOW + timedelta(hours=1)
    act = Decide(PROGRAMME, Act.APPROVED, parse_when("2026-11-21"), "It is so.")
    decisions.propose(session, actor=world.decider, act=act, quorum=1, now=later)
    assert triggers(session.connection()) == ()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"statement": ""}, "statement"),
        ({"recommended_by": "x" * 301}, "recommended_by"),
        ({"owner": "x" * 301}, "owner"),
        ({"source": "nowhere"}, "source"),
        ({"effective": parse_when("2027")}, "effective"),
    ],
)
def test_a_point_with_something_missing_is_refused_by_field(
    session: Session, given: dict[str, Any], field: str
) -> None:
    world = a_world(session)
    with pytest.raises(Unfit) as refused:
        a_point(session, world.decider, **given)
    assert field in refused.value.faults
    assert session.exec(select(MonitoringPoint)).first() is None


@pytest.mark.parametrize(
    ("outcome", "trigger", "given", "field"),
    [
        ("perhaps", "", {}, "outcome"),
        ("good", "suspension", {}, "triggers"),
        ("bad", "everything", {}, "triggers"),
        ("bad", "", {"statement": ""}, "review_statement"),
        ("bad", "", {"reviewed_on": date(2026, 11, 22)}, "reviewed_on"),
        ("bad", "", {"reviewed_on": date(2024, 8, 31)}, "reviewed_on"),
    ],
)
def test_a_review_that_does_not_hold_is_refused_by_field(
    session: Session, outcome: str, trigger: str, given: dict[str, Any], field: str
) -> None:
    world = a_world(session)
    point = a_point(session, world.decider)
    with pytest.raises(Unfit) as refused:
        review(session, world.decider, point, outcome, trigger, **given)
    assert field in refused.value.faults


def test_a_point_about_all_programmes_triggers_nothing_and_only_the_lme_reviews(session: Session) -> None:
    world = a_world(session)
    point = a_point(session, world.decider, programme="")
    with pytest.raises(Unfit, match="about all programmes"):
        review(session, world.decider, point, triggers="suspension")
    with pytest.raises(Refusal):
        review(session, world.owner, point)
    with pytest.raises(Missing):
        review(session, world.decider, "nowhere")


# --- significant changes --------------------------------------------------------------------------------


def report(session: Session, who: Someone, **given: Any) -> str:
    asked: dict[str, Any] = {
        "programme": PROGRAMME,
        "title": "A new assurance process",
        "text": "Audits are done by two people.",
        "effective_on": date(2027, 1, 1),
        "transition_until": date(2027, 6, 30),
        "public_wording": "From 2027 audits are done by two people.",
    }
    return monitoring.report_change(session, actor=who, act=Report(**{**asked, **given}), now=NOW)


def accept(session: Session, who: Someone, change: str, **given: Any) -> None:
    asked: dict[str, Any] = {"public_wording": "Two auditors from 2027.", "transition_until": date(2027, 6, 30)}
    monitoring.accept_change(session, actor=who, change=change, now=NOW, **{"version": 1, **asked, **given})


def public_changes(session: Session, known_at: datetime | None) -> tuple[PublicChange, ...]:
    records = read_records(session.connection(), PROGRAMME, known_at)
    assert records is not None
    return records.changes


def test_a_change_is_public_in_the_lmes_wording_once_it_is_accepted(session: Session) -> None:
    world = a_world(session)
    id = report(session, world.owner)
    assert public_changes(session, None) == ()
    accept(session, world.publisher, id)
    change = public_changes(session, None)[0]
    assert (change.title, change.wording) == ("A new assurance process", "Two auditors from 2027.")
    assert [change.in_transition(date(2027, month, 1)) for month in (1, 6, 7)] == [True, True, False]
    assert public_changes(session, NOW - timedelta(seconds=1)) == ()
    assert [event.act for event in events(session, f"significant_change:{id}")] == ["reported", "accepted"]


def test_only_an_owner_reports_and_only_the_lme_accepts(session: Session) -> None:
    world = a_world(session)
    for who in (world.other_owner, world.decider, world.lead):
        with pytest.raises(Refusal, match="Only an owner of the programme reports its changes"):
            report(session, who)
    id = report(session, world.owner)
    with pytest.raises(Refusal):
        accept(session, world.owner, id)
    assert [each for each, _ in own_programmes(session.connection(), world.owner)] == [PROGRAMME]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": ""}, "title"),
        ({"text": "x" * 4001}, "text"),
        ({"transition_until": date(2026, 12, 31)}, "transition_until"),
        ({"public_wording": "x" * 1001}, "public_wording"),
    ],
)
def test_a_change_that_does_not_hold_is_refused_by_field(session: Session, given: dict[str, Any], field: str) -> None:
    world = a_world(session)
    with pytest.raises(Unfit) as refused:
        report(session, world.owner, **given)
    assert field in refused.value.faults
    assert session.exec(select(SignificantChange)).first() is None


def end(session: Session, who: Someone, change: str, **given: Any) -> None:
    monitoring.end_change(
        session, actor=who, change=change, now=NOW, **{"reason": "By mistake.", "version": 1, **given}
    )


@pytest.mark.parametrize(("who", "how"), [("publisher", "returned"), ("owner", "withdrawn")])
def test_a_report_made_by_mistake_is_returned_or_withdrawn_with_a_reason(session: Session, who: str, how: str) -> None:
    world = a_world(session)
    id = report(session, world.owner)
    with pytest.raises(Unfit, match="This is needed"):
        end(session, getattr(world, who), id, reason=" ")
    with pytest.raises(Refusal):
        end(session, world.other_owner, id)
    end(session, getattr(world, who), id)
    row = session.get(SignificantChange, id)
    assert row is not None
    assert (row.ended, row.ended_reason) == (how, "By mistake.")
    assert [event.act for event in events(session, f"significant_change:{id}")] == ["reported", how]
    waits = [item.title for each in sections(session.connection(), world.publisher, NOW) for item in each.items]
    assert not [each for each in waits if "A new assurance process" in each]
    mine = [item.title for each in sections(session.connection(), world.owner, NOW) for item in each.items]
    assert any("“A new assurance process” was returned" in each for each in mine) is (how == "returned")
    for act in (accept, end):
        with pytest.raises(Stale):
            act(session, world.publisher, id, version=2)
    with pytest.raises(Missing):
        end(session, world.publisher, "nowhere")


def test_what_is_public_is_put_right_by_its_wording_and_not_returned(session: Session) -> None:
    world = a_world(session)
    id = report(session, world.owner)
    accept(session, world.publisher, id)
    with pytest.raises(Stale, match="What is public is put right by wording"):
        end(session, world.publisher, id, version=2)


def test_a_wording_is_needed_and_an_old_form_clashes(session: Session) -> None:
    world: World = a_world(session)
    id = report(session, world.owner)
    with pytest.raises(Unfit, match="This is needed"):
        accept(session, world.publisher, id, public_wording=" ")
    with pytest.raises(Stale):
        accept(session, world.publisher, id, version=4)
    with pytest.raises(Missing):
        accept(session, world.publisher, "nowhere")
