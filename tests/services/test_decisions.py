"""Proposals, votes, entries, conditions and appeals: who may, what is refused, what it leaves."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alignment.database import unit_of_work
from alignment.domain.assessment import Scope
from alignment.domain.decision import Act
from alignment.domain.people import Role, Someone
from alignment.domain.refusal import Missing, Refusal, Unfit
from alignment.domain.when import parse_when
from alignment.queries.decision_ledger import ConditionLine, public_ledger
from alignment.queries.decisions import overview
from alignment.queries.facts import programmes
from alignment.queries.held import held
from alignment.queries.reminders import dues
from alignment.queries.status import status_rows
from alignment.queries.work import sections
from alignment.services import decisions, recognitions
from alignment.services.decisions import Asked, Decide
from alignment.services.holding import held_of
from alignment.services.people import Stale, declare
from alignment.services.recognitions import From, Tell
from alignment.tables import Appeal, Condition, ConditionMet, Decision, Event, Programme, Proposal, Vote
from tests.conftest import NOW
from tests.remembered import remembered
from tests.rounds import events
from tests.working import LME, OTHER_PROGRAMME, PROGRAMME, World, a_world, make_person

EDITION = "oecd-minerals-2018"
MEMO = From(title="Memo", issuer="Exchange", place="section 1")


@remembered
def an_assessed_world(session: Session, implementation: str = "fully") -> World:
    """A programme whose results were published elsewhere, and everybody in relation to it."""
    world = a_world(session)
    found = ""
    for scope, outcome in ((Scope.STANDARDS, "fully"), (Scope.IMPLEMENTATION, implementation)):
        act = Tell(PROGRAMME, scope, outcome, parse_when("2025-03-01"), MEMO, round=found, edition=EDITION)
        found = recognitions.tell(session, actor=world.decider, act=act, editions=frozenset({EDITION}), now=NOW)
    return world


def second(session: Session, name: str = "Second decider") -> Someone:
    return make_person(session, name, LME, Role.DECIDER, declares=(PROGRAMME, OTHER_PROGRAMME))


def a_decision(**given: Any) -> Decide:
    asked: dict[str, Any] = {
        "programme": PROGRAMME,
        "act": Act.APPROVED,
        "effective": parse_when("2026-11-21"),
        "reason": "The overall result is fully aligned.",
    }
    return Decide(**{**asked, **given})


def put(session: Session, who: Someone, quorum: int = 1, now: datetime = NOW, **given: Any) -> tuple[str, bool]:
    return decisions.propose(session, actor=who, act=a_decision(**given), quorum=quorum, now=now)


def rows(session: Session, table: Any) -> list[Any]:
    return list(session.exec(select(table)))


# --- one decider ------------------------------------------------------------------------------------------


def test_with_a_quorum_of_one_a_decision_stands_in_the_ledger_at_once_with_its_events(session: Session) -> None:
    world = an_assessed_world(session)
    conditions = (Asked("Repair the method", date(2027, 3, 1)), Asked("Report each year"))
    id, taken = put(
        session, world.decider, conditions=conditions, published_note=" published  here ",
        published_link="https://exchange.example/notice",
    )  # fmt: skip
    row = session.get(Decision, id)
    assert taken
    assert row is not None
    assert (row.act, row.effective.iso(), row.reason) == ("approved", "2026-11-21", a_decision().reason)
    assert row.conditions == "Repair the method, by 1 March 2027; Report each year."
    assert (row.published_note, row.published_link) == ("published here", "https://exchange.example/notice")
    kept = session.exec(select(Condition).order_by(col(Condition.position))).all()
    assert [(each.text, each.due_on) for each in kept] == [
        ("Repair the method", date(2027, 3, 1)),
        ("Report each year", None),
    ]
    assert [each.act for each in events(session, f"proposal:{id}")] == ["proposed"]
    event = events(session, f"decision:{id}")[0]
    assert (event.act, event.actor) == ("decided", world.decider.actor.id)
    assert json.loads(event.after)["reason"] == a_decision().reason


@pytest.mark.parametrize("who", ["lead", "owner", "observer", "publisher", "administrator", "producer", "no_role"])
def test_nobody_but_a_decider_decides(session: Session, who: str) -> None:
    world = an_assessed_world(session)
    with pytest.raises(Refusal, match="You cannot decide on a programme"):
        put(session, getattr(world, who))
    assert rows(session, Proposal) == []


def test_a_decider_without_declaration_or_with_an_interest_is_refused_with_the_sentence(session: Session) -> None:
    an_assessed_world(session)
    none = make_person(session, "Undeclared", LME, Role.DECIDER)
    interested = make_person(session, "Interested", LME, Role.DECIDER, interest_in=(PROGRAMME,))
    with pytest.raises(Refusal, match="you have not filed a conflict-of-interest declaration"):
        put(session, none)
    with pytest.raises(Refusal, match="you declared an interest in this programme"):
        put(session, interested)


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"reason": "  "}, "reason", "needs its reason"),
        ({"reason": "x" * 4001}, "reason", "At most 4,000 characters"),
        ({"effective": parse_when("2025-02-28")}, "effective", "before its assessment"),
        ({"act": Act.REINSTATED}, "act", "does not follow"),
        ({"corrects": "elsewhere"}, "corrects", "no such entry in force"),
        ({"published_note": "x" * 201}, "published_note", "at most 200"),
        ({"published_link": "javascript:alert(1)"}, "published_link", "https://"),
        ({"conditions": (Asked("x"),) * 21}, "conditions", "At most 20 conditions"),
        ({"conditions": (Asked("Repair", date(2026, 1, 1)),)}, "conditions", "before the decision takes effect"),
        ({"act": Act.NOT_APPROVED}, "against_advice", "goes against the advice"),
        ({"against_advice": "Because."}, "against_advice", "do not advise against this"),
    ],
)
def test_what_cannot_be_entered_is_refused_by_field_and_nothing_is_kept(
    session: Session, given: dict[str, Any], field: str, sentence: str
) -> None:
    world = an_assessed_world(session)
    with pytest.raises(Unfit) as refused:
        put(session, world.decider, **given)
    assert sentence in refused.value.faults[field]
    assert rows(session, Proposal) == rows(session, Decision) == []


def test_a_decision_against_the_advice_shows_both_in_the_ledger(session: Session) -> None:
    world = an_assessed_world(session, "partially")
    id, _ = put(session, world.decider, against_advice="The repairs are nearly done.")
    row, proposal = session.get(Decision, id), session.get(Proposal, id)
    assert row is not None
    assert proposal is not None
    assert row.against_advice == "The repairs are nearly done."
    assert proposal.advice == "Not supported: the overall result is partially aligned."


def test_a_programme_that_is_not_there_is_missing(session: Session) -> None:
    world = a_world(session)
    with pytest.raises(Missing):
        put(session, world.decider, programme="nowhere")


def test_a_correction_is_a_new_entry_and_the_old_one_stays(session: Session) -> None:
    world = an_assessed_world(session)
    old, _ = put(session, world.decider)
    new, _ = put(session, world.decider, corrects=old, based_on=old, effective=parse_when("2026-11-20"))
    assert len(rows(session, Decision)) == 2
    assert [event.act for event in events(session, f"decision:{new}")] == ["corrected"]
    programme = session.get(Programme, PROGRAMME)
    assert programme is not None
    assert [each.id for each in held_of(session, programme).decisions] == [new]


def test_a_decision_entered_by_mistake_is_taken_back_and_shows_where_it_is_asked_for(session: Session) -> None:
    world = an_assessed_world(session)
    approved, _ = put(session, world.decider)
    mistake, _ = decisions.propose(
        session, actor=world.decider, act=a_decision(act=Act.SUSPENDED, based_on=approved), quorum=1,
        now=NOW + timedelta(hours=1),
    )  # fmt: skip
    put_back = a_decision(reason="Entered by mistake.", corrects=mistake, based_on=mistake)
    decisions.propose(session, actor=world.decider, act=put_back, quorum=1, now=NOW + timedelta(hours=2))

    def stood(hours: int) -> tuple[str, str]:
        moment = NOW + timedelta(hours=hours)
        (row,) = status_rows(
            session.connection(), as_at=NOW.date(), known_at=moment, policy_age=timedelta(365), only=PROGRAMME
        )
        return row.approval.value, row.state.standing.decision_id or ""

    assert [stood(hours) for hours in range(3)] == [("approved", approved), ("suspended", mistake), stood(0)]


# --- several deciders -------------------------------------------------------------------------------------


def test_the_last_voice_that_is_needed_makes_the_decision(session: Session) -> None:
    world = an_assessed_world(session)
    id, taken = put(session, world.decider, quorum=3)
    assert not taken
    assert not decisions.vote(session, actor=second(session), proposal=id, word="for", now=NOW)
    assert session.get(Decision, id) is None
    assert decisions.vote(session, actor=second(session, "Third decider"), proposal=id, word="for", now=NOW)
    assert session.get(Decision, id) is not None
    assert len(rows(session, Vote)) == 2


def test_a_voice_against_ends_the_proposal_and_needs_its_reason(session: Session) -> None:
    world = an_assessed_world(session)
    other = second(session)
    id, _ = put(session, world.decider, quorum=2)
    with pytest.raises(Unfit, match="Say why"):
        decisions.vote(session, actor=other, proposal=id, word="against", now=NOW)
    decisions.vote(session, actor=other, proposal=id, word="against", reason="Too early.", now=NOW)
    assert decisions.open_proposal(session, PROGRAMME) is None
    with pytest.raises(Stale, match="decided or ended already"):
        decisions.vote(session, actor=second(session, "Third"), proposal=id, word="for", now=NOW)


def test_who_put_a_proposal_has_no_second_voice_and_alone_withdraws_it(session: Session) -> None:
    world = an_assessed_world(session)
    other = second(session)
    id, _ = put(session, world.decider, quorum=2)
    with pytest.raises(Refusal, match="has your voice already"):
        decisions.vote(session, actor=world.decider, proposal=id, word="for", now=NOW)
    with pytest.raises(Refusal, match="Only who put a proposal withdraws it"):
        decisions.vote(session, actor=other, proposal=id, word="withdrawn", reason="No.", now=NOW)
    decisions.vote(session, actor=world.decider, proposal=id, word="withdrawn", reason="Premature.", now=NOW)
    assert decisions.open_proposal(session, PROGRAMME) is None


def test_a_decider_votes_once_and_in_words_that_are_known(session: Session) -> None:
    world = an_assessed_world(session)
    other = second(session)
    id, _ = put(session, world.decider, quorum=3)
    with pytest.raises(Unfit, match="Choose"):
        decisions.vote(session, actor=other, proposal=id, word="perhaps", now=NOW)
    decisions.vote(session, actor=other, proposal=id, word="for", now=NOW)
    with pytest.raises(Stale, match="voted on this proposal already"):
        decisions.vote(session, actor=other, proposal=id, word="for", now=NOW)
    with pytest.raises(Missing):
        decisions.vote(session, actor=other, proposal="nowhere", word="for", now=NOW)


def test_a_voice_that_has_since_declared_an_interest_does_not_count(session: Session) -> None:
    world = an_assessed_world(session)
    id, _ = put(session, world.decider, quorum=2)
    later = NOW + timedelta(hours=1)
    declare(
        session, actor=world.decider.actor, person_id=world.decider.id, programme_id=PROGRAMME, has_interest=True,
        statement="I bought shares.", now=later,
    )  # fmt: skip
    with pytest.raises(Refusal, match="has declared an interest in this programme since"):
        decisions.vote(session, actor=second(session), proposal=id, word="for", now=later)
    assert session.get(Decision, id) is None
    with pytest.raises(Refusal):
        decisions.vote(session, actor=interested(world.decider), proposal=id, word="for", now=later)
    decisions.vote(session, actor=interested(world.decider), proposal=id, word="withdrawn", reason="Mine.", now=later)
    put(session, second(session, "Third decider"))


def interested(who: Someone) -> Someone:
    """The same person once their declaration says that they have an interest."""
    return replace(who, interests={**who.interests, PROGRAMME: True})


# --- two at once ------------------------------------------------------------------------------------------


def test_the_second_of_two_who_decide_on_what_they_both_saw_is_refused(session: Session) -> None:
    world = an_assessed_world(session)
    first, _ = put(session, world.decider, act=Act.CONDITIONALLY_APPROVED)
    with pytest.raises(Stale, match="Another decision on this programme was entered while you were writing"):
        put(session, second(session))
    put(session, second(session, "Third decider"), based_on=first)


def test_a_second_proposal_waits_until_the_first_is_settled(session: Session) -> None:
    world = an_assessed_world(session)
    put(session, world.decider, quorum=2)
    with pytest.raises(Stale, match="A proposal for this programme waits already: “Approved”"):
        put(session, second(session), quorum=2)


def test_two_deciders_at_the_same_moment_leave_one_decision(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        world = an_assessed_world(session)
        people = [world.decider, second(session)]

    def decide(who: Someone) -> str:
        try:
            with unit_of_work(engine) as session:
                put(session, who)
        except Stale as stale:
            return str(stale)
        return "taken"

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(decide, people), key=len)
    assert answers[0] == "taken"
    assert "Another decision" in answers[1]
    with unit_of_work(engine) as session:
        assert len(rows(session, Decision)) == 1


# --- looking ahead --------------------------------------------------------------------------------------


def test_what_is_supposed_is_seen_and_leaves_nothing(session: Session) -> None:
    an_assessed_world(session)
    last = session.exec(select(Event.seq).order_by(col(Event.seq).desc())).first()
    with decisions.supposed(session, act=a_decision(), now=NOW) as connection:
        found = held(connection, programmes(connection, only=PROGRAMME), None)[PROGRAMME]
        assert [each.act for each in found.decisions] == [Act.APPROVED]
    assert rows(session, Decision) == []
    assert session.exec(select(Event.seq).order_by(col(Event.seq).desc())).first() == last


def test_what_a_decision_rests_on_is_what_the_public_pages_hold(seeded_engine: Engine) -> None:
    with unit_of_work(seeded_engine) as session:
        connection = session.connection()
        every = programmes(connection)
        public = held(connection, every, None)
        for row in every:
            programme = session.get(Programme, row.id)
            assert programme is not None
            mine, theirs = held_of(session, programme), public[row.id]
            for name in ("route", "superseded", "progress", "results", "recognitions", "decisions"):
                one, other = getattr(mine, name), getattr(theirs, name)
                assert one == other if not isinstance(one, tuple) else set(one) == set(other)


# --- conditions -----------------------------------------------------------------------------------------


@pytest.fixture
@remembered
def conditioned(session: Session) -> tuple[World, str]:
    world = an_assessed_world(session)
    id, _ = put(session, world.decider, conditions=(Asked("Repair the method", date(2027, 3, 1)),))
    return world, f"{id}-1"


def meet(session: Session, who: Someone, condition: str, **given: Any) -> str:
    asked = {"met_on": date(2026, 11, 20), "statement": "The new method is in force.", "version": 0, "now": NOW}
    return decisions.meet_condition(session, actor=who, condition=condition, **{**asked, **given})


def test_a_condition_is_met_on_a_day_with_what_shows_it(session: Session, conditioned: tuple[World, str]) -> None:
    world, id = conditioned
    assert meet(session, world.decider, id) == PROGRAMME
    row = session.get_one(ConditionMet, (id, 1))
    assert (row.met_on, row.statement) == (date(2026, 11, 20), "The new method is in force.")
    assert (row.recorded_at, row.recorded_by) == (NOW, f"person:{world.decider.id}")
    assert [event.act for event in events(session, f"decision_condition:{id}")] == ["set"]
    assert [event.act for event in events(session, f"condition_met:{id}/1")] == ["met"]


def test_a_word_on_a_condition_is_put_right_by_another_and_none_is_lost(
    session: Session, conditioned: tuple[World, str]
) -> None:
    world, id = conditioned
    hours = [NOW + timedelta(hours=number) for number in range(3)]
    meet(session, world.decider, id)
    meet(session, world.decider, id, met_on=date(2026, 11, 18), statement="Two days before.", version=1, now=hours[1])
    meet(session, world.decider, id, met_on=None, statement="It was another method.", version=2, now=hours[2])
    assert [event.act for number in (1, 2, 3) for event in events(session, f"condition_met:{id}/{number}")] == [
        "met", "corrected", "corrected",
    ]  # fmt: skip

    def known(at: datetime) -> ConditionLine:
        found = public_ledger(session.connection(), as_at=date(2027, 12, 31), known_at=at)
        return found.entries[0].conditions[0]

    day = date(2026, 11, 19)
    assert [known(at).met(day) is not None for at in hours] == [False, True, False]
    assert [known(at).met(date(2026, 11, 20)) is not None for at in hours] == [True, True, False]
    assert [len(known(at).said(day)) for at in hours] == [0, 2, 3]
    assert [known(hours[2]).overdue(date(2027, 3, number)) for number in (1, 2)] == [False, True]
    with pytest.raises(Unfit) as refused:
        meet(session, world.decider, id, met_on=None, statement="", version=3)
    assert refused.value.faults["met_on"] == "Say on which day it was met."
    meet(session, world.decider, id, version=3)
    with pytest.raises(Unfit, match="Say why it is not met after all"):
        meet(session, world.decider, id, met_on=None, statement=" ", version=4)


def test_what_waits_for_a_condition_ends_when_it_is_met_and_begins_again_when_that_is_put_right(
    session: Session, conditioned: tuple[World, str]
) -> None:
    world, id = conditioned
    late = datetime(2027, 3, 2, tzinfo=UTC)

    def waits() -> list[str]:
        found = sections(session.connection(), world.decider, late)
        return [item.title for section in found for item in section.items if "Repair" in item.title]

    assert len(waits()) == 1
    meet(session, world.decider, id)
    assert waits() == []
    meet(session, world.decider, id, met_on=None, statement="It was another method.", version=1)
    assert len(waits()) == 1


def test_a_condition_is_not_met_ahead_of_time_without_grounds_or_from_an_old_form(
    session: Session, conditioned: tuple[World, str]
) -> None:
    world, id = conditioned
    with pytest.raises(Unfit) as refused:
        meet(session, world.decider, id, met_on=date(2026, 11, 22), statement="")
    assert set(refused.value.faults) == {"met_on", "met_statement"}
    with pytest.raises(Stale):
        meet(session, world.decider, id, version=7)
    with pytest.raises(Refusal):
        meet(session, world.owner, id)
    with pytest.raises(Missing):
        meet(session, world.decider, "nowhere")


# --- appeals --------------------------------------------------------------------------------------------


def file(session: Session, who: Someone, decision: str, **given: Any) -> str:
    asked = {"text": "The audits were read too strictly.", "filed_on": date(2026, 11, 21), "now": NOW}
    return decisions.appeal(session, actor=who, programme=PROGRAMME, decision=decision, **{**asked, **given})


def test_an_owner_appeals_in_its_own_name_and_a_decider_settles_it(session: Session) -> None:
    world = an_assessed_world(session)
    id, _ = put(session, world.decider)
    appeal = file(session, world.owner, id, by_organisation="Somebody else")
    row = session.get(Appeal, appeal)
    assert row is not None
    assert row.by_organisation == "The owner"
    settled = {"outcome": "rejected", "outcome_on": date(2026, 11, 21), "text": "They were read as written."}
    done = decisions.settle_appeal(session, actor=world.decider, appeal=appeal, version=1, now=NOW, **settled)  # type: ignore[arg-type]
    assert done == PROGRAMME
    assert (row.outcome, row.outcome_text) == ("rejected", "They were read as written.")
    assert [event.act for event in events(session, f"appeal:{appeal}")] == ["appealed", "settled"]
    with pytest.raises(Stale):
        decisions.settle_appeal(session, actor=world.decider, appeal=appeal, version=1, now=NOW, **settled)  # type: ignore[arg-type]


def test_an_appeal_needs_a_decision_in_force_a_text_a_name_and_a_day_that_fits(session: Session) -> None:
    world = an_assessed_world(session)
    id, _ = put(session, world.decider)
    with pytest.raises(Unfit) as refused:
        file(session, world.publisher, "elsewhere", text=" ", filed_on=date(2026, 11, 22))
    assert set(refused.value.faults) == {"decision", "by_organisation", "appeal_text", "filed_on"}
    with pytest.raises(Unfit) as early:
        file(session, world.owner, id, filed_on=date(2026, 11, 20))
    assert "before the decision" in early.value.faults["filed_on"]
    with pytest.raises(Refusal, match="entered by the owner of the programme, or by the LME"):
        file(session, world.other_owner, id)


def test_a_second_appeal_against_an_entry_waits_for_the_outcome_of_the_first(session: Session) -> None:
    world = an_assessed_world(session)
    id, _ = put(session, world.decider)
    first = file(session, world.owner, id)
    with pytest.raises(Unfit) as refused:
        file(session, world.publisher, id, by_organisation="Somebody else")
    assert refused.value.faults == {
        "decision": "An appeal against this entry is open already: of The owner, filed on 21 November 2026. It has its "
        "outcome first."
    }
    settle(session, world.decider, first, "rejected")
    assert file(session, world.owner, id)


def settle(session: Session, who: Someone, appeal: str, outcome: str, now: datetime = NOW) -> None:
    decisions.settle_appeal(
        session, actor=who, appeal=appeal, outcome=outcome, outcome_on=date(2026, 11, 21), text="As written.",
        version=1, now=now,
    )  # fmt: skip


@pytest.mark.parametrize("then", ["void", "corrected", "decided"])
def test_an_appeal_that_is_upheld_makes_a_decision_due_until_something_is_decided(session: Session, then: str) -> None:
    world = an_assessed_world(session)
    id, _ = put(session, world.decider)
    appeal = file(session, world.owner, id)
    settle(session, world.decider, appeal, "upheld", NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    assert "decision due, the appeal of The owner was upheld" in " ".join(waits(session, world.decider))
    assert [row.upheld for row in overview(session.connection(), today=NOW.date(), example=False) if row.upheld]
    given: dict[str, Any] = {
        "void": {"act": Act.VOID, "corrects": id},
        "corrected": {"act": Act.APPROVED, "corrects": id, "reason": "Put right."},
        "decided": {"act": Act.SUSPENDED},
    }[then]
    put(session, world.decider, now=later, based_on=id, **given)
    assert "was upheld" not in " ".join(waits(session, world.decider))
    assert not [row for row in overview(session.connection(), today=NOW.date(), example=False) if row.upheld]


def waits(session: Session, who: Someone) -> list[str]:
    return [item.title for each in sections(session.connection(), who, NOW) for item in each.items]


def test_the_owner_is_told_of_the_decision_and_of_the_outcome_of_the_appeal(session: Session) -> None:
    world = an_assessed_world(session)
    id, _ = put(session, world.decider)
    settle(session, world.decider, file(session, world.owner, id), "upheld")
    told = " ".join(due.title for due in dues(session.connection(), world.owner, NOW))
    assert ": approved" in told
    assert ": the appeal against “Approved” was upheld" in told
    assert dues(session.connection(), world.other_owner, NOW) == []


def test_an_outcome_needs_a_word_a_day_and_a_reason(session: Session) -> None:
    world = an_assessed_world(session)
    id, _ = put(session, world.decider)
    appeal = file(session, world.publisher, id, by_organisation="The owner")
    with pytest.raises(Unfit) as refused:
        decisions.settle_appeal(
            session, actor=world.decider, appeal=appeal, outcome="perhaps", outcome_on=date(2026, 11, 1), text="",
            version=1, now=NOW,
        )  # fmt: skip
    assert set(refused.value.faults) == {"outcome", "outcome_on", "outcome_text"}
    with pytest.raises(Missing):
        decisions.settle_appeal(
            session, actor=world.decider, appeal="nowhere", outcome="upheld", outcome_on=date(2026, 11, 21), text="x",
            version=1, now=NOW,
        )  # fmt: skip
