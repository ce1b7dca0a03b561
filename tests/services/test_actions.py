"""Corrective actions from their proposal to the check of their effect; state and event at each step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from alignment.domain.action import ActionState
from alignment.domain.assessment import PartStage, Scope
from alignment.domain.catalogue import Part
from alignment.domain.evidence import Described, EvidenceKind
from alignment.domain.merging import Clash
from alignment.domain.people import Role, Someone
from alignment.domain.programme import state
from alignment.domain.rating import Level
from alignment.domain.refusal import Refusal, Stale, Unfit
from alignment.domain.round import Round
from alignment.queries.facts import programmes
from alignment.queries.held import held
from alignment.services import actions, evidence
from alignment.services.actions import LONGEST, MOST_MILESTONES, Plan, Take
from alignment.services.evidence import Given, Limits
from alignment.tables import (
    ActionCriterion,
    ActionEvidence,
    ActionExtension,
    ActionMilestone,
    ActionStep,
    Assessment,
    CorrectiveAction,
    EffectivenessCheck,
    Evidence,
    Rating,
    Result,
)
from alignment.tables.undertaken import Undertaken, read_action, read_actions
from tests.conftest import NOW
from tests.documents import pdf
from tests.remembered import remembered
from tests.rounds import a_round, advance, catalogues, close, codes, events, rate_all, save
from tests.working import OTHER_OWNER, OWNER, World, a_world, make_person

PART, CODE = Part.GOVERNANCE, "GV-LE-1"
IMPLEMENTATION, AUDITS = Part.IMPLEMENTATION, "PR-AU-5"
TODAY = NOW.date()
DUE = TODAY + timedelta(days=90)
LIMITS = Limits(20_000_000)
PLAN = Plan("Train the auditors", "Auditors were never taught how.", OWNER, DUE, None, frozenset({(PART, CODE)}))


@remembered
def opened(session: Session) -> tuple[World, Round]:
    """A round with a closed part in which one criterion is partially aligned, one not aligned and one left out."""
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    levels = {CODE: "partially", "GV-IM-1": "not", "GV-TR-1": "not_applicable"}
    for code in codes(PART):
        save(session, world.lead, found.id, PART, code, level=levels.get(code, "fully"), rationale="So it is.")
    close(session, world, found.id, PART)
    return world, found


def undertake(
    session: Session, who: Someone, found: Round | str, plan: Plan = PLAN, statement: str = "", now: datetime = NOW
) -> str:
    return actions.undertake(
        session,
        actor=who,
        assessment=found if isinstance(found, str) else found.id,
        plan=plan,
        statement=statement,
        catalogues=catalogues(),
        now=now,
    )


def take(session: Session, who: Someone, action: str, to: ActionState, statement: str = "Done.", **more: Any) -> None:
    at = it(session, action).state
    given: Mapping[str, Any] = {"at": at, "on": TODAY, "statement": statement, **more}
    actions.take(session, actor=who, act=Take(action=action, to=to, **given), now=NOW)


def it(session: Session, action: str) -> Undertaken:
    found = read_action(session, action, NOW)
    assert found is not None
    return found


def to_verified(session: Session, world: World, action: str) -> None:
    for who, to in (
        (world.owner, ActionState.UNDER_WAY),
        (world.owner, ActionState.IMPLEMENTED),
        (world.lead, ActionState.VERIFIED),
    ):
        take(session, who, action, to)


# --- undertaking --------------------------------------------------------------------------------------


def test_a_scheme_owner_proposes_an_action_with_all_that_belongs_to_it(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.owner, found, statement="We will do this.")
    row = session.get_one(CorrectiveAction, action)
    assert (row.title, row.root_cause, row.owner_id, row.due_on) == (
        "Train the auditors", "Auditors were never taught how.", OWNER, DUE,
    )  # fmt: skip
    (step,) = session.exec(select(ActionStep)).all()
    assert (step.state, step.by_id, step.as_reported, step.statement) == ("proposed", OWNER, False, "We will do this.")
    (link,) = session.exec(select(ActionCriterion)).all()
    assert (link.part, link.criterion, link.our_reading) == ("governance", CODE, False)
    assert [each.act for each in events(session, f"corrective_action:{action}")] == ["proposed"]
    assert [each.actor for each in events(session, f"action_step:{step.id}")] == [f"person:{world.owner.id}"]
    assert it(session, action).owners == {OWNER}


def test_what_an_assessor_of_the_round_enters_is_agreed(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    step = it(session, action).steps[0]
    assert (step.state, step.organisation, step.actor) == (
        ActionState.AGREED, "The assessor", f"person:{world.lead.id}",
    )  # fmt: skip


def test_nobody_else_undertakes_anything(session: Session) -> None:
    world, found = opened(session)
    for someone in (world.other_owner, world.other_assessor, world.observer, world.decider, world.no_role):
        with pytest.raises(Refusal, match="You cannot enter a corrective action"):
            undertake(session, someone, found)
    assert session.exec(select(CorrectiveAction)).all() == []


@pytest.mark.parametrize(
    ("plan", "field", "says"),
    [
        (Plan(" ", criteria=PLAN.criteria), "title", "Say in one line"),
        (Plan("x" * 201, criteria=PLAN.criteria), "title", "shorten it to 200"),
        (Plan("x", "y" * (LONGEST["root_cause"] + 1), criteria=PLAN.criteria), "root_cause", "shorten it to 5,000"),
        (Plan("x", owner=OTHER_OWNER, criteria=PLAN.criteria), "owner", "that owns the programme"),
        (Plan("x"), "criteria", "at least one criterion"),
        (
            Plan("x", criteria=frozenset({(Part.STANDARDS, "PR-AU-5")})),
            "criteria",
            "PR-AU-5 is not judged in that part",
        ),
        (Plan("x", criteria=frozenset({(Part.STANDARDS, "OP-01")})), "criteria", "standards part is not closed yet"),
        (Plan("x", criteria=frozenset({(PART, "NO-1")})), "criteria", "NO-1 is not judged"),
        (Plan("x", criteria=frozenset({(PART, "GV-TR-2")})), "criteria", "GV-TR-2 is fully aligned"),
        (Plan("x", criteria=frozenset({(PART, "GV-TR-1")})), "criteria", "GV-TR-1 is not applicable"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(session: Session, plan: Plan, field: str, says: str) -> None:
    world, found = opened(session)
    with pytest.raises(Unfit, match=says) as refused:
        undertake(session, world.owner, found, plan)
    assert refused.value.field == field
    assert session.exec(select(CorrectiveAction)).all() == []


def test_a_statement_has_its_limit_and_a_round_has_to_be_there(session: Session) -> None:
    world, found = opened(session)
    with pytest.raises(Unfit, match="shorten it to 5,000"):
        undertake(session, world.owner, found, statement="x" * 5001)
    with pytest.raises(Refusal, match="no such round"):
        undertake(session, world.owner, "nothing")
    with pytest.raises(Refusal, match="no such corrective action"):
        actions.take(
            session, actor=world.lead, act=Take("x", ActionState.AGREED, ActionState.UNDER_WAY, TODAY), now=NOW
        )


def test_a_round_that_was_only_recorded_can_have_actions_of_its_owner(session: Session) -> None:
    world = a_world(session)
    row = Assessment(
        id="recorded", programme_id=world.programme, edition="oecd-minerals-2018", round=1, recorded_at=NOW
    )
    session.add(row)
    session.flush()
    action = undertake(session, world.owner, "recorded")
    assert it(session, action).state is ActionState.PROPOSED
    with pytest.raises(Refusal, match="the organisation that makes the assessment"):
        take(session, world.lead, action, ActionState.AGREED)


# --- steps ----------------------------------------------------------------------------------------------


def test_an_action_goes_from_its_proposal_to_its_verification_by_those_whose_step_it_is(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.owner, found)
    take(session, world.second, action, ActionState.AGREED, due_on=DUE)
    take(session, world.owner, action, ActionState.UNDER_WAY, "Begun.")
    take(session, world.owner, action, ActionState.IMPLEMENTED, "All trained.")
    take(session, world.lead, action, ActionState.VERIFIED, "I saw the training records.")
    steps = it(session, action).steps
    assert [(each.state.value, each.as_reported, each.organisation) for each in steps] == [
        ("proposed", False, "The owner"),
        ("agreed", False, "The assessor"),
        ("under_way", True, "The owner"),
        ("implemented", True, "The owner"),
        ("verified", False, "The assessor"),
    ]
    assert [each.position for each in steps] == [1, 2, 3, 4, 5]
    assert it(session, action).carried_out_by == (f"person:{world.owner.id}",)
    last = session.exec(select(ActionStep).where(col(ActionStep.state) == "verified")).one()
    (event,) = events(session, f"action_step:{last.id}")
    assert (event.act, event.actor) == ("verified", f"person:{world.lead.id}")


def test_the_agreement_sets_the_due_date_or_none(session: Session) -> None:
    world, found = opened(session)
    dated, undated = (undertake(session, world.owner, found) for _ in range(2))
    take(session, world.lead, dated, ActionState.AGREED, due_on=DUE + timedelta(days=1))
    take(session, world.lead, undated, ActionState.AGREED, due_on=None)
    assert it(session, dated).due_on == DUE + timedelta(days=1)
    assert it(session, undated).due_on is None
    changed = events(session, f"corrective_action:{undated}")[-1]
    assert (json.loads(changed.before)["due_on"], json.loads(changed.after)["due_on"]) == (DUE.isoformat(), None)
    third = undertake(session, world.owner, found)
    with pytest.raises(Unfit, match="cannot be due before it is agreed"):
        take(session, world.lead, third, ActionState.AGREED, due_on=TODAY - timedelta(days=1))


def test_a_step_that_does_not_follow_or_comes_too_late_is_refused(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    with pytest.raises(Refusal, match="that is agreed cannot become verified"):
        take(session, world.lead, action, ActionState.VERIFIED)
    take(session, world.owner, action, ActionState.UNDER_WAY)
    with pytest.raises(Stale, match="is under way by now"):
        take(session, world.owner, action, ActionState.UNDER_WAY, at=ActionState.AGREED)


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"statement": " "}, "statement", "Say what was done, and what shows it"),
        ({"statement": "x" * 5001}, "statement", "shorten it to 5,000"),
        ({"on": TODAY + timedelta(days=1)}, "on", "still to come"),
        ({"on": TODAY - timedelta(days=1)}, "on", "It was under way on 21 November 2026"),
    ],
)
def test_what_is_wrong_with_a_step_is_said_at_its_field(
    session: Session, given: dict[str, Any], field: str, says: str
) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    take(session, world.owner, action, ActionState.UNDER_WAY)
    with pytest.raises(Unfit, match=says) as refused:
        take(session, world.owner, action, ActionState.IMPLEMENTED, **given)
    assert refused.value.field == field
    assert it(session, action).state is ActionState.UNDER_WAY


def test_who_carried_an_action_out_verifies_none_of_it_whatever_their_roles(session: Session) -> None:
    world, found = opened(session)
    both = make_person(
        session, "Both", OWNER, Role.SCHEME_OWNER, ("the-assessor", Role.ASSESSOR), declares=[world.programme]
    )
    action = undertake(session, world.lead, found)
    take(session, both, action, ActionState.UNDER_WAY)
    take(session, both, action, ActionState.IMPLEMENTED)
    with pytest.raises(Refusal, match="belongs to your own organisation"):
        take(session, both, action, ActionState.VERIFIED)
    with pytest.raises(Refusal, match="You cannot verify a corrective action"):
        take(session, world.owner, action, ActionState.VERIFIED)


def test_an_owner_takes_back_only_what_is_not_agreed(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.owner, found)
    take(session, world.owner, action, ActionState.WITHDRAWN, "Replaced by another.")
    assert it(session, action).state is ActionState.WITHDRAWN
    agreed = undertake(session, world.lead, found)
    with pytest.raises(Refusal, match="You cannot withdraw a corrective action"):
        take(session, world.owner, agreed, ActionState.WITHDRAWN)
    take(session, world.lead, agreed, ActionState.WITHDRAWN, "The criterion does not apply.")


# --- the check of its effect ------------------------------------------------------------------------------


def check(session: Session, who: Someone, action: str, effective: bool, **more: Any) -> None:
    given = {"on": TODAY, "statement": "I looked at three audits.", **more}
    actions.check_effect(session, actor=who, action=action, effective=effective, now=NOW, **given)


def test_a_verified_action_that_does_not_work_is_open_again_and_counted(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    to_verified(session, world, action)
    check(session, world.second, action, True)
    assert it(session, action).state is ActionState.VERIFIED
    check(session, world.second, action, False)
    now = it(session, action)
    assert (now.state, now.reopened) == (ActionState.INEFFECTIVE, 1)
    to_verified(session, world, action)
    rows = session.exec(select(EffectivenessCheck).order_by(col(EffectivenessCheck.effective))).all()
    assert [(each.effective, each.by_id, each.checked_on) for each in rows] == [
        (False, world.second.id, TODAY),
        (True, world.second.id, TODAY),
    ]
    assert [events(session, f"effectiveness_check:{each.id}")[0].act for each in rows] == ["checked", "checked"]


def test_what_is_reported_and_does_not_do_goes_back_without_a_check(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    take(session, world.owner, action, ActionState.UNDER_WAY)
    take(session, world.owner, action, ActionState.IMPLEMENTED)
    take(session, world.lead, action, ActionState.INEFFECTIVE, "The records are of another course.")
    assert it(session, action).reopened == 1


def test_only_a_verified_action_is_checked_by_somebody_who_did_not_do_it_and_in_words(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    with pytest.raises(Refusal, match="this one is agreed"):
        check(session, world.lead, action, True)
    to_verified(session, world, action)
    with pytest.raises(Refusal, match="You cannot check whether"):
        check(session, world.owner, action, True)
    with pytest.raises(Unfit, match="what it shows"):
        check(session, world.lead, action, True, statement="")
    with pytest.raises(Unfit, match="still to come") as refused:
        check(session, world.lead, action, True, on=TODAY + timedelta(days=1))
    assert refused.value.field == "checked_on"
    with pytest.raises(Refusal, match="cannot become ineffective"):
        take(session, world.lead, action, ActionState.INEFFECTIVE)


# --- due dates ------------------------------------------------------------------------------------------


def extend(
    session: Session,
    who: Someone,
    action: str,
    to_on: date,
    reason: str = "Two auditors left.",
    version: int | None = None,
) -> None:
    version = it(session, action).version if version is None else version
    actions.extend(session, actor=who, action=action, version=version, to_on=to_on, reason=reason, now=NOW)


def test_an_extension_keeps_who_granted_it_why_and_every_earlier_date(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    extend(session, world.second, action, DUE + timedelta(days=30))
    extend(session, world.decider, action, DUE + timedelta(days=60), "Agreed with the committee.")
    rows = session.exec(select(ActionExtension).order_by(col(ActionExtension.to_on))).all()
    assert [(each.from_on, each.to_on, each.granted_by) for each in rows] == [
        (DUE, DUE + timedelta(days=30), world.second.id),
        (DUE + timedelta(days=30), DUE + timedelta(days=60), world.decider.id),
    ]
    assert it(session, action).due_on == DUE + timedelta(days=60)
    assert events(session, f"action_extension:{rows[0].id}")[0].act == "extended"


def test_a_first_due_date_is_set_in_the_same_way(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found, Plan("Train", criteria=PLAN.criteria))
    assert it(session, action).due_on is None
    extend(session, world.lead, action, DUE)
    (row,) = session.exec(select(ActionExtension)).all()
    assert (row.from_on, row.to_on) == (None, DUE)
    assert events(session, f"action_extension:{row.id}")[0].act == "set"


def test_an_extension_has_its_rules(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    with pytest.raises(Refusal, match="You cannot extend a due date"):
        extend(session, world.owner, action, DUE + timedelta(days=1))
    with pytest.raises(Unfit, match="leads to a later day"):
        extend(session, world.lead, action, DUE)
    with pytest.raises(Unfit, match="Say why"):
        extend(session, world.lead, action, DUE + timedelta(days=1), " ")
    extend(session, world.lead, action, DUE + timedelta(days=1))
    with pytest.raises(Stale, match="is due on"):
        extend(session, world.lead, action, DUE + timedelta(days=2), version=1)
    with pytest.raises(Stale, match="meanwhile"):
        actions.extend(
            session, actor=world.lead, action=action, version=9, to_on=DUE + timedelta(days=1), reason="x", now=NOW
        )
    undated = undertake(session, world.lead, found, Plan("Train", criteria=PLAN.criteria))
    with pytest.raises(Unfit, match="still to come"):
        extend(session, world.lead, undated, TODAY)
    to_verified(session, world, action)
    with pytest.raises(Refusal, match="nothing of it is owed"):
        extend(session, world.lead, action, DUE + timedelta(days=1))


# --- what it says -----------------------------------------------------------------------------------------


def change(session: Session, who: Someone, action: str, plan: Plan, version: int | None = None) -> None:
    actions.change_plan(
        session,
        actor=who,
        action=action,
        version=version if version is not None else it(session, action).version,
        plan=plan,
        catalogues=catalogues(),
        now=NOW,
    )


def test_what_an_action_says_is_changed_under_its_version_with_both_texts_in_the_record(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.owner, found)
    wanted = frozenset({(PART, "GV-IM-1")})
    change(session, world.owner, action, Plan("Train all auditors", "None was taught.", OWNER, None, DUE, wanted))
    now = it(session, action)
    assert (now.title, now.expected_on, now.due_on, now.version) == ("Train all auditors", DUE, DUE, 2)
    assert [each.criterion for each in now.criteria] == ["GV-IM-1"]
    event = events(session, f"corrective_action:{action}")[-1]
    assert (json.loads(event.before)["title"], json.loads(event.after)["title"]) == (
        "Train the auditors", "Train all auditors",
    )  # fmt: skip
    assert [each.act for each in events(session, f"action_criterion:{action}/governance/{CODE}")] == [
        "linked", "unlinked",
    ]  # fmt: skip
    with pytest.raises(Clash, match="while you were writing"):
        change(session, world.owner, action, PLAN, version=1)


def test_two_who_change_an_action_at_once_take_nothing_back_from_each_other(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    change(session, world.second, action, replace(PLAN, root_cause="Nobody had the time."))
    with pytest.raises(Clash) as clash:
        change(session, world.lead, action, replace(PLAN, title="Train and test the auditors"), version=1)
    assert clash.value.version == 2
    assert {each.name: each.changed.value for each in clash.value.fields if each.differs} == {
        "title": "yours", "root_cause": "theirs",
    }  # fmt: skip
    assert clash.value.kept["root_cause"] == "Nobody had the time."
    assert clash.value.kept["title"] == "Train and test the auditors"
    # What somebody changed elsewhere stops nobody: nothing of it is taken back, by the same words or by a new date.
    change(session, world.lead, action, replace(PLAN, root_cause="Nobody had the time."), version=1)
    extend(session, world.lead, action, DUE + timedelta(days=9), version=1)


def test_criteria_that_somebody_changed_are_not_linked_back_by_an_older_form(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.owner, found)
    wanted = frozenset({(PART, "GV-IM-1")})
    change(session, world.owner, action, replace(PLAN, criteria=wanted))
    with pytest.raises(Clash):
        change(session, world.lead, action, replace(PLAN, title="Train"), version=1)
    assert [each.criterion for each in it(session, action).criteria] == ["GV-IM-1"]


def test_saying_the_same_again_is_no_change(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.owner, found)
    change(session, world.owner, action, PLAN)
    assert it(session, action).version == 1


def test_once_agreed_only_assessors_change_what_an_action_says_and_once_done_nobody(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    with pytest.raises(Refusal, match="You cannot change what a corrective action says"):
        change(session, world.owner, action, PLAN)
    to_verified(session, world, action)
    with pytest.raises(Refusal, match="nothing of it is owed"):
        change(session, world.lead, action, PLAN)


# --- milestones and evidence ----------------------------------------------------------------------------


def milestone(session: Session, who: Someone, action: str, title: str = "Course written") -> str:
    return actions.add_milestone(session, actor=who, action=action, title=title, due_on=DUE, now=NOW)


def test_milestones_are_set_reached_and_reopened(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    id = milestone(session, world.owner, action)
    for version, on in ((1, TODAY), (2, TODAY), (2, None)):
        given = {"milestone": id, "version": version, "on": on}
        actions.reach_milestone(session, actor=world.owner, action=action, now=NOW, **given)
    row = session.get_one(ActionMilestone, id)
    assert (row.title, row.due_on, row.done_on, row.version) == ("Course written", DUE, None, 3)
    assert [each.act for each in events(session, f"action_milestone:{id}")] == ["set", "reached", "reopened"]


def test_milestones_have_their_rules(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    with pytest.raises(Refusal, match="You cannot add to a corrective action: it takes the role of a scheme owner"):
        milestone(session, world.decider, action)
    for title, says in (("", "Say what will"), ("x" * 201, "Shorten it")):
        with pytest.raises(Unfit, match=says):
            milestone(session, world.owner, action, title)
    id = milestone(session, world.owner, action)
    for given, error in (
        ({"version": 9, "on": TODAY}, Stale),
        ({"version": 1, "on": TODAY + timedelta(days=1)}, Unfit),
    ):
        with pytest.raises(error):
            actions.reach_milestone(session, actor=world.owner, action=action, milestone=id, now=NOW, **given)
    with pytest.raises(Refusal, match="no such milestone"):
        actions.reach_milestone(session, actor=world.owner, action=action, milestone="x", version=1, on=None, now=NOW)
    for number in range(MOST_MILESTONES - 1):
        milestone(session, world.owner, action, str(number))
    with pytest.raises(Unfit, match="50 milestones at most"):
        milestone(session, world.owner, action)


DONE = Described(EvidenceKind.DOCUMENT, "Certificates of the course", TODAY)


def give(session: Session, who: Someone, action: str, said: Described = DONE) -> str:
    return actions.give_evidence(
        session, actor=who, action=action, said=said, files=[Given("a.pdf", pdf())], limits=LIMITS, now=NOW
    )


def test_those_who_carry_an_action_out_give_evidence_of_it(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    id = give(session, world.owner, action)
    link = session.get_one(ActionEvidence, (action, id))
    assert link.given
    assert session.get_one(Evidence, id).assessment_id == found.id
    assert [each.act for each in events(session, f"action_evidence:{action}/{id}")] == ["given"]
    with pytest.raises(Refusal, match="You cannot add to a corrective action"):
        give(session, world.decider, action)


def test_evidence_of_an_action_is_corrected_and_withdrawn_by_those_who_work_on_it(session: Session) -> None:
    world, found = opened(session)
    action = undertake(session, world.lead, found)
    old = give(session, world.owner, action)
    said = Described(EvidenceKind.DOCUMENT, "Certificates of both courses", TODAY)
    new = evidence.correct_evidence(session, actor=world.owner, evidence=old, said=said, now=NOW)
    assert session.get(ActionEvidence, (action, old)) is None
    assert session.get_one(ActionEvidence, (action, new)).given
    more = Given("b.pdf", pdf("b"))
    evidence.add_file(session, actor=world.owner, evidence=new, given=more, limits=LIMITS, now=NOW)
    with pytest.raises(Refusal, match="You cannot add to a corrective action"):
        evidence.add_file(session, actor=world.decider, evidence=new, given=more, limits=LIMITS, now=NOW)
    secret = evidence.correct_evidence(
        session, actor=world.owner, evidence=new, said=replace(said, confidential=True), now=NOW
    )
    for who in (world.reviewer, world.owner):  # once confided it is no longer the giver's to change
        for act in (
            lambda who=who: evidence.add_file(
                session, actor=who, evidence=secret, given=Given("c.pdf", pdf("c")), limits=LIMITS, now=NOW
            ),
            lambda who=who: evidence.correct_evidence(session, actor=who, evidence=secret, said=said, now=NOW),
            lambda who=who: evidence.withdraw_evidence(session, actor=who, evidence=secret, reason="Mine", now=NOW),
        ):
            with pytest.raises(Refusal, match="You cannot see confidential evidence"):
                act()
    with pytest.raises(Refusal, match="You cannot give confidential evidence"):
        give(session, world.reviewer, action, replace(DONE, confidential=True))
    evidence.withdraw_evidence(session, actor=world.lead, evidence=secret, reason="Of another year", now=NOW)
    assert session.get(ActionEvidence, (action, secret)) is None


# --- a whole history --------------------------------------------------------------------------------------


def test_the_history_of_the_copper_mark_can_be_replayed_by_hand(session: Session) -> None:
    """Partially on how auditors review risk, an action, the training verified, re-rated, Fully."""
    world = a_world(session)
    first = a_round(session, world, rating=list(Part), label="First report")
    for part in Part:
        if part is IMPLEMENTATION:
            save(
                session,
                world.lead,
                first.id,
                IMPLEMENTATION,
                AUDITS,
                level="partially",
                rationale="The depth of review varies.",
            )
            for code in codes(IMPLEMENTATION):
                if code != AUDITS:
                    save(session, world.lead, first.id, IMPLEMENTATION, code, level="fully", rationale="So it is.")
        else:
            rate_all(session, world.lead, first.id, part)
        close(session, world, first.id, part)
    assert results(session, first.id) == {"standards": "fully", "implementation": "partially", "governance": "fully"}
    assert told(session, world).startswith("Alignment assessment complete; Standard rating is 'Fully Aligned'")
    assert told(session, world).endswith("with no corrective action agreed")

    plan = Plan(
        "A training package", "Its depth was left to each auditor.", criteria=frozenset({(IMPLEMENTATION, AUDITS)})
    )
    action = undertake(session, world.owner, first, plan, "For all auditors.")
    take(session, world.lead, action, ActionState.AGREED, due_on=None)
    assert told(session, world).endswith("with corrective actions underway to address findings")
    to_verified(session, world, action)
    assert told(session, world).endswith("with all corrective actions verified, awaiting re-rating")

    later = NOW + timedelta(days=200)
    second = a_round(session, world, follows=first.id, label="Updated report", now=later)
    for part in Part:
        advance(session, world.lead, second.id, part, PartStage.SCOPING, PartStage.RATING, now=later)
        for code in codes(part):
            row = session.get_one(Rating, (second.id, part.value, code))
            assert (row.carried_from, row.to_confirm) == (first.id, True)
            says = {
                "rationale": row.rationale, "cites_standard": row.cites_standard, "cites_guidance": row.cites_guidance,
            }  # fmt: skip
            if (part, code) == (IMPLEMENTATION, AUDITS):
                says["rationale"] = "The training package was reviewed and found satisfactory."
            save(session, world.lead, second.id, part, code, row.version, level="fully", now=later, **says)
        close(session, world, second.id, part, now=later)
    assert results(session, second.id)["implementation"] == "fully"
    assert told(session, world, later.date()) == "Alignment assessment complete; ‘Fully Aligned’ rating"
    # Nothing of the past was overwritten.
    assert session.get_one(Rating, (first.id, IMPLEMENTATION.value, AUDITS)).level == Level.PARTIALLY.value
    assert told(session, world).endswith("awaiting re-rating")


def results(session: Session, assessment: str) -> dict[str, str]:
    rows = session.exec(select(Result).where(col(Result.assessment_id) == assessment))
    return {each.scope: each.level for each in rows if each.scope != Scope.OVERALL.value}


def told(session: Session, world: World, as_at: date = TODAY) -> str:
    """The status of the programme in words, as the public table derives it."""
    connection = session.connection()
    rows = programmes(connection, only=world.programme)
    return state(held(connection, rows, None)[world.programme], as_at).sentence


def test_all_actions_are_read_in_the_order_of_programmes_and_entry(session: Session) -> None:
    world, found = opened(session)
    made = [undertake(session, world.lead, found) for _ in range(3)]
    assert [each.id for each in read_actions(session, NOW)] == made
    assert read_action(session, "nothing", NOW) is None


def test_what_nobody_agreed_is_neither_due_in_the_past_nor_extended(session: Session) -> None:
    world, found = opened(session)
    with pytest.raises(Unfit, match="This day is over"):
        undertake(session, world.owner, found, replace(PLAN, due_on=TODAY - timedelta(days=1)))
    action = undertake(session, world.owner, found)
    with pytest.raises(Refusal, match="its agreement sets the due date"):
        extend(session, world.lead, action, DUE + timedelta(days=1))
