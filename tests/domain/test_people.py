"""Who may do what: every role, act and relation, and a reason for every refusal."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from alignment.domain.assessment import STAGES, PartStage, Progress
from alignment.domain.people import (
    ABOUT,
    APART,
    NOTHING,
    RULES,
    Do,
    Matter,
    Role,
    Someone,
    at_best,
    is_demo_address,
    why_not,
    why_not_hold,
)

LME, ASSESSOR, OWNER, OTHER, PRODUCER = "lme", "assessor-house", "scheme", "other", "smelter"
ROUND = Matter(
    programme="p",
    owners=frozenset({OWNER}),
    assessor=ASSESSOR,
    lead="lead",
    second="second",
    observers=frozenset({"observer"}),
    producer=PRODUCER,
)
FREE = {"p": False}


def person(who: str, *roles: tuple[str, Role], interests: dict[str, bool] | None = None) -> Someone:
    return Someone(who, who.capitalize(), frozenset(roles), FREE if interests is None else interests)


PEOPLE = {
    "nobody in particular": person("x"),
    "lead assessor": person("lead", (ASSESSOR, Role.ASSESSOR)),
    "second assessor": person("second", (ASSESSOR, Role.ASSESSOR)),
    "assessor of the house": person("third", (ASSESSOR, Role.ASSESSOR)),
    "assessor of another house": person("far", (OTHER, Role.ASSESSOR)),
    "scheme owner": person("owner", (OWNER, Role.SCHEME_OWNER)),
    "owner of another scheme": person("stranger", (OTHER, Role.SCHEME_OWNER)),
    "invited observer": person("observer", ("oecd", Role.OBSERVER)),
    "observer": person("watcher", ("oecd", Role.OBSERVER)),
    "decider": person("decider", (LME, Role.DECIDER)),
    "publisher": person("publisher", (LME, Role.PUBLISHER)),
    "administrator": person("admin", (LME, Role.ADMINISTRATOR)),
    "producer": person("maker", (PRODUCER, Role.PRODUCER)),
    "another producer": person("rival", (OTHER, Role.PRODUCER)),
}
TEAM = {"lead assessor", "second assessor"}
HOUSE = TEAM | {"assessor of the house"}
SEEING = HOUSE | {"invited observer"}
MAY = {
    Do.KEEP_REGISTER: {"decider", "publisher"},
    Do.ANSWER_REPORTS: {"decider", "publisher"},
    Do.APPROVE_ASSESSOR: {"decider"},
    Do.OPEN_ROUND: HOUSE,
    Do.SET_UP_ROUND: HOUSE,
    Do.SCOPE: TEAM,
    Do.RATE: TEAM,
    Do.ADD_EVIDENCE: TEAM,
    Do.SEE_WORK: SEEING,
    Do.SEE_CONFIDENTIAL: TEAM,
    Do.SUBMIT: TEAM,
    Do.REVIEW: HOUSE,
    Do.START_ACCURACY_CHECK: {"lead assessor"},
    Do.CHECK_FACTS: {"scheme owner"},
    Do.REPLY: {"scheme owner"},
    Do.COMMENT: SEEING,
    Do.ANSWER: TEAM,
    Do.CLOSE: {"lead assessor"},
    Do.SEE_ACTION: SEEING | {"scheme owner", "decider", "publisher"},
    Do.PROPOSE_ACTION: {"scheme owner"},
    Do.AGREE_ACTION: HOUSE,
    Do.CARRY_OUT_ACTION: {"scheme owner"},
    Do.EXTEND_ACTION: HOUSE | {"decider"},
    Do.VERIFY_ACTION: HOUSE,
    Do.DECIDE: {"decider"},
    Do.COMPOSE: {"publisher"},
    Do.PUBLISH: {"publisher"},
    Do.MANAGE_PEOPLE: {"administrator"},
    Do.SEE_LOG: {"administrator", "decider", "publisher"},
    Do.KEEP_BRAND: {"producer"},
    Do.KEEP_RECORDS: {"producer", "another producer"},
    Do.SEE_RECORDS: {"decider", "publisher"},
    Do.SEE_RECORD: {"producer", "decider", "publisher"},
    Do.VERIFY_CLAIM: {"scheme owner", "decider", "publisher"},
}


@pytest.mark.parametrize(("act", "who"), list(itertools.product(Do, PEOPLE)))
def test_each_act_is_allowed_to_exactly_those_whose_it_is(act: Do, who: str) -> None:
    reason = why_not(PEOPLE[who], act, ROUND)
    assert (reason is None) is (who in MAY[act])
    if reason is not None:
        assert reason.startswith(f"You cannot {act.said}: ")
        assert reason.endswith(".")


def test_every_act_has_its_rule() -> None:
    assert set(RULES) == set(Do) == set(MAY)


@pytest.mark.parametrize("act", Do)
def test_without_signing_in_nothing_is_done(act: Do) -> None:
    assert why_not(None, act, ROUND) == f"You cannot {act.said}: sign in first."


ASSESSING = [
    Do.OPEN_ROUND,
    Do.SET_UP_ROUND,
    Do.SCOPE,
    Do.RATE,
    Do.SUBMIT,
    Do.REVIEW,
    Do.CLOSE,
    Do.VERIFY_ACTION,
    Do.AGREE_ACTION,
    Do.SEE_CONFIDENTIAL,
]


@pytest.mark.parametrize("act", [*ASSESSING, Do.DECIDE])
@pytest.mark.parametrize(
    ("interests", "reason"), [({}, "have not filed a conflict-of-interest"), ({"p": True}, "declared an interest")]
)
def test_rating_verifying_and_deciding_need_a_declaration_of_no_interest(
    act: Do, interests: dict[str, bool], reason: str
) -> None:
    who = replace(PEOPLE["decider" if act is Do.DECIDE else "lead assessor"], interests=interests)
    assert reason in (why_not(who, act, ROUND) or "")


@pytest.mark.parametrize("act", [*ASSESSING, Do.DECIDE])
def test_nobody_rates_verifies_or_decides_on_a_programme_of_their_own_organisation(act: Do) -> None:
    who = PEOPLE["decider" if act is Do.DECIDE else "lead assessor"]
    own = replace(who, roles=who.roles | {(OWNER, Role.PRODUCER)})
    assert "belongs to your own organisation" in (why_not(own, act, ROUND) or "")


@pytest.mark.parametrize("act", ASSESSING)
@pytest.mark.parametrize("role", [Role.DECIDER, Role.OBSERVER, Role.ADMINISTRATOR])
def test_deciders_observers_and_administrators_never_assess(act: Do, role: Role) -> None:
    who = PEOPLE["lead assessor"]
    both = replace(who, roles=who.roles | {(OTHER, role)})
    assert "never does this" in (why_not(both, act, ROUND) or "")


@pytest.mark.parametrize("role", [Role.ASSESSOR, Role.OBSERVER, Role.ADMINISTRATOR])
def test_assessors_observers_and_administrators_never_decide(role: Role) -> None:
    who = PEOPLE["decider"]
    both = replace(who, roles=who.roles | {(OTHER, role)})
    assert "never does this" in (why_not(both, Do.DECIDE, ROUND) or "")


def test_an_assessor_house_that_the_lme_has_not_approved_opens_no_round() -> None:
    reason = why_not(PEOPLE["lead assessor"], Do.OPEN_ROUND, replace(ROUND, assessor_approved=False))
    assert "has not approved" in (reason or "")


@pytest.mark.parametrize("done_by", ["lead", "person:lead"])
@pytest.mark.parametrize("act", [Do.REVIEW, Do.VERIFY_ACTION, Do.EXTEND_ACTION])
def test_nobody_judges_what_they_did_themselves(act: Do, done_by: str) -> None:
    matter = replace(ROUND, done_by=done_by)
    assert "did this yourself" in (why_not(PEOPLE["lead assessor"], act, matter) or "")
    assert why_not(PEOPLE["second assessor"], act, matter) is None


ALLOWED_AT = {
    Do.SCOPE: {PartStage.SCOPING, PartStage.RATING},
    Do.RATE: {PartStage.RATING},
    Do.SUBMIT: {PartStage.RATING},
    Do.START_ACCURACY_CHECK: {PartStage.REVIEW},
    Do.CLOSE: {PartStage.ACCURACY_CHECK},
    Do.REVIEW: {PartStage.REVIEW, PartStage.ACCURACY_CHECK},
    Do.ADD_EVIDENCE: set(PartStage) - {PartStage.CLOSED},
}


@pytest.mark.parametrize(("act", "stage"), list(itertools.product(ALLOWED_AT, PartStage)))
def test_each_act_has_its_stage(act: Do, stage: PartStage) -> None:
    reason = why_not(PEOPLE["lead assessor"], act, replace(ROUND, stage=stage))
    assert (reason is None) is (stage in ALLOWED_AT[act])


@pytest.mark.parametrize("stage", PartStage)
def test_what_a_reviewer_returned_is_rated_until_the_part_is_closed(stage: PartStage) -> None:
    reason = why_not(PEOPLE["second assessor"], Do.RATE, replace(ROUND, stage=stage, returned=True))
    assert (reason is None) is (stage in {PartStage.RATING, PartStage.REVIEW, PartStage.ACCURACY_CHECK})


@pytest.mark.parametrize(("act", "stage"), list(itertools.product([Do.CHECK_FACTS, Do.REPLY], PartStage)))
def test_the_owner_checks_facts_at_their_stage_and_can_still_reply_afterwards(act: Do, stage: PartStage) -> None:
    allowed = {PartStage.ACCURACY_CHECK} | ({PartStage.CLOSED} if act is Do.REPLY else set())
    reason = why_not(PEOPLE["scheme owner"], act, replace(ROUND, stage=stage))
    assert (reason is None) is (stage in allowed)


def test_stages_lead_from_scoping_to_closed_and_the_market_sees_their_progress() -> None:
    assert set(STAGES) == set(PartStage)
    assert [stage.progress for stage in PartStage] == [
        Progress.NOT_STARTED, Progress.IN_PROGRESS, Progress.IN_PROGRESS, Progress.IN_PROGRESS, Progress.COMPLETE,
    ]  # fmt: skip
    assert STAGES[PartStage.CLOSED] == frozenset()
    assert PartStage.ACCURACY_CHECK.label == "Accuracy check"


def test_people_have_an_actor_and_organisations() -> None:
    who = person("lead", (ASSESSOR, Role.ASSESSOR))
    assert who.actor.id == "person:lead"
    assert who.organisations == {ASSESSOR}
    assert Role.SCHEME_OWNER.label == "Scheme owner"


# Demonstration people: those who act for organisations of the worked example alone

DEMO_DECIDER = person("demo", ("example-exchange", Role.DECIDER), interests={"p": False, "example-p": False})


def test_demonstration_people_act_on_the_worked_example_alone() -> None:
    assert DEMO_DECIDER.is_demonstration
    assert why_not(DEMO_DECIDER, Do.DECIDE, replace(ROUND, programme="example-p")) is None
    assert why_not(DEMO_DECIDER, Do.DECIDE, ROUND) == (
        "You cannot decide on a programme: demonstration people act on the worked example alone."
    )


def test_demonstration_people_never_publish_to_the_market() -> None:
    publisher = person("demo", ("example-exchange", Role.PUBLISHER))
    assert "demonstration" in (why_not(publisher, Do.PUBLISH) or "")
    assert why_not(publisher, Do.COMPOSE) is None
    assert "demonstration" in (why_not(publisher, Do.ANSWER_REPORTS) or "")
    assert why_not(PEOPLE["publisher"], Do.PUBLISH) is None


def test_who_acts_for_a_real_organisation_too_is_no_demonstration_person() -> None:
    assert not person("both", ("example-exchange", Role.DECIDER), (LME, Role.PUBLISHER)).is_demonstration
    assert not person("nobody").is_demonstration


@pytest.mark.parametrize(
    ("email", "demo"),
    [("lead@demo.invalid", True), (" Lead@DEMO.invalid ", True), ("lead@demo.invalid.example", False)],
)
def test_demonstration_people_have_addresses_that_nobody_can_have(email: str, demo: bool) -> None:
    assert is_demo_address(email) is demo


# Roles that nobody holds together


@pytest.mark.parametrize("pair", APART, ids=lambda pair: "+".join(sorted(pair)))
def test_roles_that_are_apart_are_refused_together_in_either_order(pair: frozenset[Role]) -> None:
    one, other = pair
    assert "nobody is both" in (why_not_hold({one}, other) or "")
    assert "nobody is both" in (why_not_hold({other}, one) or "")


@pytest.mark.parametrize("role", list(Role))
def test_every_role_goes_with_none_and_with_itself_elsewhere(role: Role) -> None:
    assert why_not_hold(set(), role) is None
    assert why_not_hold({role}, role) is None


def test_assessing_and_deciding_are_apart() -> None:
    assert why_not_hold({Role.ASSESSOR}, Role.DECIDER) == "they are an assessor, and nobody is both"
    assert why_not_hold({Role.PUBLISHER}, Role.DECIDER) is None


def test_nobody_verifies_what_their_own_organisation_claims_or_what_they_entered() -> None:
    both = person("both", (PRODUCER, Role.PRODUCER), (OWNER, Role.SCHEME_OWNER))
    assert "your own organisation that claims it" in (why_not(both, Do.VERIFY_CLAIM, ROUND) or "")
    entered = replace(ROUND, done_by="person:decider")
    assert "you did this yourself" in (why_not(PEOPLE["decider"], Do.VERIFY_CLAIM, entered) or "")


@pytest.mark.parametrize("name", PEOPLE)
def test_before_anything_is_chosen_an_act_is_open_to_whoever_has_the_role_of_somebody_who_may(name: str) -> None:
    who = PEOPLE[name]
    alike = [each for each in PEOPLE.values() if {role for _, role in each.roles} == {role for _, role in who.roles}]
    for act in ABOUT:
        could = any(why_not(each, act, ROUND) is None for each in alike)
        assert (at_best(who, act, NOTHING) is None) == could, act


def test_reasons_of_several_roles_are_told_as_one() -> None:
    reason = why_not(PEOPLE["producer"], Do.EXTEND_ACTION, ROUND)
    assert reason is not None
    assert "the role of an assessor for the organisation that makes the assessment or of a decider." in reason
