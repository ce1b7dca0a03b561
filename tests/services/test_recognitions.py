"""What others published: entered with source and both times, refused where it does not follow."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, select

from alignment.domain.assessment import Scope
from alignment.domain.catalogue import Part
from alignment.domain.people import Someone
from alignment.domain.programme import state
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.refusal import Missing, Refusal, Unfit
from alignment.domain.when import parse_when
from alignment.queries.people import someone
from alignment.queries.status import status_rows
from alignment.queries.work import Asked, decisions_due
from alignment.services import recognitions
from alignment.services.holding import held_of
from alignment.services.recognitions import From, Recognise, Tell
from alignment.tables import Assessment, Decision, PartProgress, Programme, Recognition, Result, Source
from tests.conftest import NOW
from tests.rounds import a_round, events
from tests.working import OECD, PROGRAMME, a_world

EDITION = "oecd-minerals-2018"
JOURNAL = From(title="Official Journal", issuer="Commission", issued=parse_when("2026-11"), place="page 3")


def recognise(session: Session, who: Someone, act: RecognitionAct, when: str, **given: Any) -> str:
    asked: dict[str, Any] = {"authority": OECD, "under": "Regulation (EU) 2017/821", "source": JOURNAL}
    told = Recognise(PROGRAMME, act=act, effective=parse_when(when), **{**asked, **given})
    return recognitions.recognise(session, actor=who, act=told, now=NOW)


def tell(session: Session, who: Someone, scope: Scope, outcome: str, **given: Any) -> str:
    asked: dict[str, Any] = {"effective": parse_when("2025-03-01"), "source": JOURNAL, "edition": EDITION}
    act = Tell(PROGRAMME, scope, outcome, **{**asked, **given})
    return recognitions.tell(session, actor=who, act=act, editions=frozenset({EDITION}), now=NOW)


def the_programme(session: Session) -> Programme:
    row = session.get(Programme, PROGRAMME)
    assert row is not None
    return row


def test_a_recognition_keeps_its_source_and_both_times(session: Session) -> None:
    world = a_world(session)
    id = recognise(session, world.publisher, RecognitionAct.AWAITED, "by 2024-09-30", reference="C(2024) 1")
    row = session.get(Recognition, id)
    assert row is not None
    source = session.get(Source, row.source_id)
    assert source is not None
    assert (row.effective.iso(), row.recorded_at, row.place) == ("by 2024-09-30", NOW, "page 3")
    assert (source.title, source.issuer, source.issued_on) == ("Official Journal", "Commission", date(2026, 11, 1))
    assert [event.actor for event in events(session, f"recognition:{id}")] == [world.publisher.actor.id]


def test_one_awaited_and_then_given_raises_a_decision_due_for_the_deciders(session: Session) -> None:
    world = a_world(session)
    row = the_programme(session)
    recognise(session, world.publisher, RecognitionAct.AWAITED, "2024-09-30")
    who = someone(session.connection(), world.decider.id, "Decider", NOW)
    session.add(
        Decision(id="d", programme_id=PROGRAMME, act="conditionally_approved", effective_on=date(2024, 10, 1),
                 effective_precision="day", recorded_at=NOW, position=1)
    )  # fmt: skip

    def due() -> list[str]:
        rows = status_rows(session.connection(), as_at=NOW.date(), policy_age=NOW - NOW)
        return [item.remark for item in decisions_due(session.connection(), Asked(who, NOW, rows))]

    assert (row.route, due()) == ("oecd", [])
    recognise(session, world.publisher, RecognitionAct.RECOGNISED, "2026-10-16", source=From(source="official-journal"))
    assert state(held_of(session, row), NOW.date()).decision_due
    (said,) = due()
    assert said.endswith("outcome of the recognition that was awaited: 16 October 2026; LME decision due")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"authority": "nobody"}, "authority"),
        ({"under": " "}, "under"),
        ({"source": From()}, "source"),
        ({"source": From(source="nowhere")}, "source"),
        ({"source": From(title="x", issuer="y", address="javascript:1")}, "source_address"),
        ({"statement": "x" * 4001}, "statement"),
        ({"corrects": "elsewhere"}, "corrects"),
    ],
)
def test_a_recognition_with_something_missing_is_refused_by_field(
    session: Session, given: dict[str, Any], field: str
) -> None:
    world = a_world(session)
    with pytest.raises(Unfit) as refused:
        recognise(session, world.publisher, RecognitionAct.AWAITED, "2024-09-30", **given)
    assert field in refused.value.faults
    assert session.exec(select(Recognition)).first() is None
    assert session.exec(select(Source)).first() is None


def test_an_act_that_does_not_follow_is_refused_and_a_correction_takes_the_place_of_one(session: Session) -> None:
    world = a_world(session)
    first = recognise(session, world.publisher, RecognitionAct.AWAITED, "2024-09-30")
    with pytest.raises(Unfit) as refused:
        recognise(session, world.publisher, RecognitionAct.AWAITED, "2025-09-30")
    assert "“Outcome awaited” does not follow" in refused.value.faults["recognition_act"]
    second = recognise(session, world.publisher, RecognitionAct.AWAITED, "2024-08-30", corrects=first)
    assert [fact.effective.iso() for fact in held_of(session, the_programme(session)).recognitions] == ["2024-08-30"]
    assert session.get(Recognition, second) is not None


def test_acts_entered_out_of_order_follow_one_another_both_ways(session: Session) -> None:
    world = a_world(session)
    first = recognise(session, world.publisher, RecognitionAct.RECOGNISED, "2026-10-16")
    with pytest.raises(Unfit) as refused:
        recognise(session, world.publisher, RecognitionAct.RECOGNISED, "2010-01-01")
    assert refused.value.faults["recognition_act"] == (
        "This would leave the later act “Recognised” of 16 October 2026 without ground. “Recognised” does not follow: "
        "the last act held is “Recognised”; what can follow is “Recognition withdrawn”. Correct that entry first."
    )
    recognise(session, world.publisher, RecognitionAct.AWAITED, "2024-09-30")
    with pytest.raises(Unfit):
        recognise(session, world.publisher, RecognitionAct.WITHDRAWN, "2023-01-01", corrects=first)
    assert recognise(session, world.publisher, RecognitionAct.REFUSED, "2026-10-17", corrects=first)


def test_the_lmes_people_alone_enter_what_others_published(session: Session) -> None:
    world = a_world(session)
    for who in (world.lead, world.owner, world.administrator):
        with pytest.raises(Refusal, match="You cannot keep the register"):
            recognise(session, who, RecognitionAct.AWAITED, "2024-09-30")
        with pytest.raises(Refusal):
            tell(session, who, Scope.STANDARDS, "fully")
    act = Tell("nowhere", Scope.STANDARDS, "fully", parse_when("2025"), JOURNAL)
    with pytest.raises(Missing):
        recognitions.tell(session, actor=world.decider, act=act, editions=frozenset({EDITION}), now=NOW)


def test_a_published_result_completes_its_part_in_a_round_of_its_own(session: Session) -> None:
    world = a_world(session)
    round = tell(session, world.decider, Scope.STANDARDS, "fully", assessor="the-assessor")
    tell(session, world.decider, Scope.IMPLEMENTATION, "in_progress", round=round)
    tell(session, world.decider, Scope.STANDARDS, "partially", round=round, effective=parse_when("2025-09-01"))
    row = session.get(Assessment, round)
    assert row is not None
    assert (row.round, row.published, row.edition, row.assessor_id) == (1, True, EDITION, "the-assessor")
    found = state(held_of(session, the_programme(session)), NOW.date())
    assert found.parts[Part.STANDARDS].result is Level.PARTIALLY
    assert (
        found.sentence
        == "Standard assessment complete with ‘Partially Aligned’ rating; implementation assessment in progress"
    )
    assert len(session.exec(select(PartProgress)).all()) == 2
    assert len(session.exec(select(Result)).all()) == 2


@pytest.mark.parametrize(
    ("scope", "outcome", "given", "field"),
    [
        (Scope.STANDARDS, "perhaps", {}, "outcome"),
        (Scope.OVERALL, "in_progress", {}, "outcome"),
        (Scope.STANDARDS, "fully", {"effective": parse_when("2027-01-01")}, "effective"),
        (Scope.STANDARDS, "fully", {"edition": "elsewhere"}, "edition"),
        (Scope.STANDARDS, "fully", {"round": "elsewhere"}, "round"),
        (Scope.STANDARDS, "fully", {"assessor": "nobody"}, "assessor"),
        (Scope.STANDARDS, "fully", {"source": From()}, "source"),
    ],
)
def test_a_result_that_cannot_be_entered_is_refused_by_field(
    session: Session, scope: Scope, outcome: str, given: dict[str, Any], field: str
) -> None:
    world = a_world(session)
    with pytest.raises(Unfit) as refused:
        tell(session, world.decider, scope, outcome, **given)
    assert field in refused.value.faults
    assert session.exec(select(Assessment)).first() is None


def test_results_of_a_round_that_is_worked_on_here_come_from_its_own_closing(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world)
    with pytest.raises(Unfit, match="worked on in this register"):
        tell(session, world.decider, Scope.STANDARDS, "fully", round=found.id)
