"""Rounds: who may open one, what it takes over, its scope, its team, and blind rating; state and event."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import Session, col, select

from alignment.domain.assessment import PartStage, Progress
from alignment.domain.catalogue import Part
from alignment.domain.evidence import Described, EvidenceKind
from alignment.domain.merging import Clash
from alignment.domain.people import Do, Role, Someone, why_not
from alignment.domain.rating import Level
from alignment.domain.refusal import Refusal, Stale, Unfit
from alignment.domain.round import Planned
from alignment.services import evidence, reconciling, rounds, scopes, teams
from alignment.services.scopes import Scope
from alignment.services.teams import Team
from alignment.tables import (
    EditionSeal,
    ObserverInvitation,
    PartProgress,
    PartStageStep,
    Rating,
    RatingEvidence,
    RatingVersion,
    Reconciliation,
    RoundTeam,
)
from tests.conftest import NOW
from tests.rounds import a_round, catalogue, close, codes, events, rate_all, reread, save
from tests.working import ASSESSOR, a_world, approve_assessor, make_person

STANDARDS, GOVERNANCE = Part.STANDARDS, Part.GOVERNANCE
LATER = NOW + timedelta(days=30)


# --- opening ---------------------------------------------------------------------------------------


def test_a_round_opens_with_its_team_its_parts_in_scoping_and_its_edition_sealed(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, label="first report")
    assert (found.number, found.lead.name, found.second and found.second.name) == (1, "Lead", "Second")
    assert {part: found.stage(part) for part in Part} == dict.fromkeys(Part, PartStage.SCOPING)
    assert found.owners == {"the-owner"}
    assert not found.published
    seal = session.get(EditionSeal, found.edition)
    assert seal is not None
    assert seal.digest == catalogue().digest
    assert [each.act for each in events(session, f"assessment:{found.id}")] == ["opened"]
    assert [each.actor for each in events(session, f"round_team:{found.id}")] == [f"person:{world.lead.id}"]


def test_opening_a_round_tells_the_market_nothing_until_rating_begins(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world)
    assert session.exec(select(PartProgress)).all() == []
    a_round(session, world, rating=[STANDARDS])
    told = session.exec(select(PartProgress)).all()
    assert [(each.part, each.progress, each.effective_on) for each in told] == [
        ("standards", Progress.IN_PROGRESS.value, NOW.date())
    ]
    assert told[0].assessment_id != found.id


def test_an_assessor_that_the_lme_has_not_approved_on_the_day_opens_no_round(session: Session) -> None:
    world = a_world(session)
    approve_assessor(session, on=NOW.date() + timedelta(days=3), approved=False)
    a_round(session, world)
    with pytest.raises(Refusal, match="has not approved this organisation as an assessor on the day"):
        a_round(session, world, now=NOW + timedelta(days=3))


def test_who_may_not_assess_opens_no_round(session: Session) -> None:
    world = a_world(session)
    for someone in (world.owner, world.decider, world.observer, world.other_assessor, world.administrator):
        act = rounds.OpenRound(world.programme, world.assessor, world.lead.id)
        with pytest.raises(Refusal, match="You cannot open a round"):
            rounds.open_round(session, actor=someone, act=act, catalogues={}, edition="oecd-minerals-2018", now=NOW)
    assert session.exec(select(RoundTeam)).all() == []


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"programme": "nothing"}, "programme", "Choose a programme"),
        ({"assessor": "nobody"}, "assessor", "Choose an assessor"),
        ({"lead": "nobody"}, "lead", "Choose somebody who has an account"),
        ({"second": ""}, "blind", "takes two assessors"),
        ({"follows": "nothing"}, "follows", "Choose an earlier round"),
        ({"planned": {STANDARDS: Planned(date(2026, 5, 1), date(2026, 4, 1))}}, "standards_closes", "before its work"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(
    session: Session, given: dict[str, object], field: str, says: str
) -> None:
    world = a_world(session)
    with pytest.raises(Unfit, match=says) as refused:
        a_round(session, world, **{"blind": True, **given})
    assert refused.value.field == field


def test_the_lead_and_the_second_assessor_are_two_people_bound_by_the_same_rules(session: Session) -> None:
    world = a_world(session)
    with pytest.raises(Unfit, match="two people"):
        a_round(session, world, second=world.lead.id)
    with pytest.raises(Unfit, match="Other assessor cannot be on the team: it takes the role"):
        a_round(session, world, second=world.other_assessor.id)
    undeclared = make_person(session, "Undeclared", ASSESSOR, Role.ASSESSOR)
    with pytest.raises(Unfit, match="Undeclared cannot be on the team: they have not filed"):
        a_round(session, world, lead=undeclared.id)


def test_planned_days_are_kept_and_changed_by_part(session: Session) -> None:
    world = a_world(session)
    first = {STANDARDS: Planned(date(2026, 12, 1), date(2027, 3, 1))}
    found = a_round(session, world, planned=first)
    assert found.planned[STANDARDS] == first[STANDARDS]
    assert found.planned[GOVERNANCE] == Planned()
    act = {GOVERNANCE: Planned(None, date(2027, 6, 1))}
    teams.plan(session, actor=world.second, assessment=found.id, version=1, planned=act, now=NOW)
    teams.plan(session, actor=world.second, assessment=found.id, version=2, planned=act, now=NOW)
    found = reread(session, found)
    assert found.planned[STANDARDS] == first[STANDARDS]
    assert found.planned[GOVERNANCE].closes == date(2027, 6, 1)
    assert [each.act for each in events(session, f"round_team:{found.id}")] == ["opened", "planned"]


# --- team and observers ------------------------------------------------------------------------------


def test_the_team_changes_under_its_version(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world)
    act = Team(found.id, 1, world.second.id, world.reviewer.id)
    teams.change_team(session, actor=world.reviewer, act=act, now=NOW)
    found = reread(session, found)
    assert (found.lead.id, found.second and found.second.id) == (world.second.id, world.reviewer.id)
    teams.change_team(session, actor=world.reviewer, act=act, now=NOW)  # the same once more changes nothing
    with pytest.raises(Clash) as clash:
        teams.change_team(session, actor=world.lead, act=replace(act, lead=world.lead.id, second=""), now=NOW)
    assert [each.name for each in clash.value.fields if each.differs] == ["lead", "second"]
    with pytest.raises(Refusal, match="set up a round"):
        teams.change_team(session, actor=world.owner, act=act, now=NOW)
    assert [each.act for each in events(session, f"round_team:{found.id}")] == ["opened", "changed"]


def test_an_observer_reads_a_round_once_invited_and_no_longer_once_that_ends(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world)
    assert why_not(world.observer, Do.SEE_WORK, found.matter()) is not None
    invite = {"assessment": found.id, "person": world.observer.id}
    teams.invite_observer(session, actor=world.lead, **invite, now=NOW)
    teams.invite_observer(session, actor=world.lead, **invite, now=NOW)
    assert why_not(world.observer, Do.SEE_WORK, reread(session, found).matter()) is None
    teams.end_observer(session, actor=world.lead, **invite, now=LATER)
    teams.end_observer(session, actor=world.lead, **invite, now=LATER)
    assert why_not(world.observer, Do.SEE_WORK, reread(session, found, now=LATER).matter()) is not None
    teams.invite_observer(session, actor=world.lead, **invite, now=LATER)
    row = session.get(ObserverInvitation, (found.id, world.observer.id))
    assert row is not None
    assert row.until is None
    said = [each.act for each in events(session, f"observer_invitation:{found.id}/{world.observer.id}")]
    assert said == ["invited", "ended", "invited"]


def test_only_observers_are_invited_and_only_the_invited_are_let_go(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world)
    with pytest.raises(Unfit, match="role of an observer"):
        teams.invite_observer(session, actor=world.lead, assessment=found.id, person=world.owner.id, now=NOW)
    with pytest.raises(Refusal, match="not invited"):
        teams.end_observer(session, actor=world.lead, assessment=found.id, person=world.observer.id, now=NOW)


# --- scope -------------------------------------------------------------------------------------------


def test_criteria_out_of_scope_are_not_applicable_with_their_reason_and_come_back(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world)
    out = {"PR-TR-1": "The programme runs no traceability system.", "OP-01": " It has none. "}
    act = Scope(found.id, STANDARDS, out)
    assert scopes.set_scope(session, actor=world.lead, act=act, catalogue=catalogue(), now=NOW) == 2
    row = session.get(Rating, (found.id, "standards", "OP-01"))
    assert row is not None
    assert (row.level, row.rationale, row.version) == ("not_applicable", "It has none.", 1)
    again = Scope(found.id, STANDARDS, out, frozenset(), {"PR-TR-1": 1, "OP-01": 1})
    assert scopes.set_scope(session, actor=world.lead, act=again, catalogue=catalogue(), now=NOW) == 0
    back = Scope(found.id, STANDARDS, {}, frozenset({"OP-01", "OP-02"}), {"OP-01": 1})
    assert scopes.set_scope(session, actor=world.lead, act=back, catalogue=catalogue(), now=NOW) == 1
    session.expire_all()
    assert (row.level, row.rationale, row.version) == (None, "", 2)
    assert [each.act for each in events(session, f"rating:{found.id}/standards/OP-01")] == ["scoped", "scoped"]
    assert len(session.exec(select(RatingVersion)).all()) == 3


def test_a_scope_without_a_reason_or_on_an_older_version_stores_nothing(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[STANDARDS])
    save(session, world.second, found.id, STANDARDS, "OP-02", level="fully")

    def refused(who: Someone, kind: type[Refusal], says: str, **out: str) -> None:
        act = Scope(found.id, STANDARDS, {code.replace("_", "-"): reason for code, reason in out.items()})
        with pytest.raises(kind, match=says):
            scopes.set_scope(session, actor=who, act=act, catalogue=catalogue(), now=NOW)

    refused(world.lead, Unfit, "Say why OP-02 does not apply", OP_02=" ")
    refused(world.lead, Stale, "OP-02 was rated by somebody else meanwhile", OP_02="None.")
    refused(world.lead, Unfit, "Shorten the reason", OP_02="x" * 20_001)
    refused(world.lead, Refusal, "GV-LE-1 is not judged in this part", GV_LE_1="None.")
    refused(world.reviewer, Refusal, "only the lead and the second assessor", OP_03="None.")
    row = session.get(Rating, (found.id, "standards", "OP-02"))
    assert row is not None
    assert row.level == "fully"


# --- follow-up rounds --------------------------------------------------------------------------------


def test_a_follow_up_carries_the_ratings_of_closed_parts_each_to_be_confirmed(session: Session) -> None:
    world = a_world(session)
    first = a_round(session, world, rating=[GOVERNANCE, STANDARDS])
    rate_all(session, world.lead, first.id, GOVERNANCE, Level.PARTIALLY)
    save(session, world.lead, first.id, STANDARDS, "OP-01", level="fully")
    with pytest.raises(Unfit, match="no closed part yet"):
        a_round(session, world, follows=first.id)
    piece, other = (
        evidence.add_evidence(
            session, actor=world.lead, assessment=first.id, said=Described(EvidenceKind.EXPERT, "Said"),
            limits=evidence.Limits(1), now=NOW,
        )
        for _ in range(2)
    )  # fmt: skip
    code = codes(GOVERNANCE)[0]
    rests = {"part": GOVERNANCE, "criterion": code, "catalogue": catalogue(), "now": NOW}
    evidence.link_also(session, actor=world.lead, assessment=first.id, evidence=piece, **rests)
    close(session, world, first.id, GOVERNANCE)
    second = a_round(session, world, follows=first.id, now=LATER)
    assert second.number == 2
    carried = session.exec(select(Rating).where(col(Rating.assessment_id) == second.id)).all()
    assert {each.criterion for each in carried} == set(codes(GOVERNANCE))
    assert {(each.level, each.carried_from, each.to_confirm, each.version) for each in carried} == {
        ("partially", first.id, True, 1)
    }
    versions = session.exec(select(RatingVersion).where(col(RatingVersion.assessment_id) == second.id)).all()
    assert len(versions) == len(carried)
    opened, taken = events(session, f"assessment:{second.id}")
    assert (opened.act, taken.act) == ("opened", "carried")
    assert {each["criterion"]: each["evidence"] for each in json.loads(taken.after)} == {
        **{each: [] for each in codes(GOVERNANCE)}, code: [piece],
    }  # fmt: skip
    held = select(RatingEvidence).where(col(RatingEvidence.assessment_id) == second.id)
    assert [(each.criterion, each.evidence_id) for each in session.exec(held)] == [(code, piece)]
    asked = {"actor": world.lead, "assessment": second.id, **rests}
    with pytest.raises(Stale, match="look at the list as it is now"):
        evidence.link_also(session, evidence=other, **asked)
    assert evidence.link_evidence(session, evidence=[piece], shown=[piece], **asked) == (0, 0)
    assert evidence.link_evidence(session, evidence=[], shown=[piece], **asked) == (0, 1)
    assert session.get(RatingEvidence, (first.id, GOVERNANCE.value, code, piece)) is not None


def test_a_round_of_another_programme_or_of_lost_content_cannot_be_followed(session: Session) -> None:
    world = a_world(session)
    first = a_round(session, world, rating=[GOVERNANCE])
    rate_all(session, world.lead, first.id, GOVERNANCE)
    close(session, world, first.id, GOVERNANCE)
    with pytest.raises(Unfit, match="Choose an earlier round of this programme"):
        a_round(session, world, follows=first.id, programme="another-programme")


# --- blind rating ------------------------------------------------------------------------------------


def test_blind_ratings_open_once_both_are_done_and_agreed_ones_are_taken_over(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, blind=True, rating=[GOVERNANCE])
    asked = {"assessment": found.id, "part": GOVERNANCE, "catalogue": catalogue(), "now": NOW}
    rate_all(session, world.lead, found.id, GOVERNANCE)
    with pytest.raises(Refusal, match="Second has 18 to rate"):
        reconciling.reconcile(session, actor=world.second, reason="", **asked)
    rate_all(session, world.second, found.id, GOVERNANCE)
    save(
        session, world.second, found.id, GOVERNANCE, "GV-LE-1", 1, level="not", rationale="There is none.",
        cites_standard="Clause 2", cites_guidance="Step 1",
    )  # fmt: skip
    assert session.exec(select(Rating)).all() == []
    with pytest.raises(Refusal, match="not open yet"):
        reconciling.take_agreed(session, actor=world.lead, **asked)
    reconciling.reconcile(session, actor=world.second, reason="", **asked)
    assert not reread(session, found).rated_blind(GOVERNANCE)
    with pytest.raises(Refusal, match="open to both assessors already"):
        reconciling.reconcile(session, actor=world.lead, reason="", **asked)
    assert reconciling.take_agreed(session, actor=world.lead, **asked) == 17
    assert reconciling.take_agreed(session, actor=world.lead, **asked) == 0
    row = session.get(Rating, (found.id, "governance", "GV-AS-1"))
    assert row is not None
    assert (row.level, row.rationale, row.cites_standard) == ("fully", "Why GV-AS-1.", "Clause 1")
    assert session.get(Rating, (found.id, "governance", "GV-LE-1")) is None
    assert [each.act for each in events(session, f"reconciliation:{found.id}/governance")] == ["opened"]


def test_the_lead_may_open_blind_ratings_early_with_a_reason(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, blind=True, rating=[GOVERNANCE])
    asked = {"assessment": found.id, "part": GOVERNANCE, "catalogue": catalogue(), "now": NOW}
    with pytest.raises(Unfit, match="say why the ratings are opened now"):
        reconciling.reconcile(session, actor=world.lead, reason=" ", **asked)
    reconciling.reconcile(session, actor=world.lead, reason="The second assessor left.", **asked)
    row = session.get(Reconciliation, (found.id, "governance"))
    assert row is not None
    assert row.reason == "The second assessor left."


def test_words_of_both_are_kept_where_two_agree_on_a_level(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, blind=True, rating=[GOVERNANCE])
    asked = {"assessment": found.id, "part": GOVERNANCE, "catalogue": catalogue(), "now": NOW}
    save(session, world.lead, found.id, GOVERNANCE, "GV-LE-1", level="fully", rationale="A.", cites_standard="1")
    save(session, world.second, found.id, GOVERNANCE, "GV-LE-1", level="fully", rationale="B.", cites_standard="2")
    reconciling.reconcile(session, actor=world.lead, reason="Enough.", **asked)
    reconciling.take_agreed(session, actor=world.second, **asked)
    row = session.get(Rating, (found.id, "governance", "GV-LE-1"))
    assert row is not None
    assert (row.rationale, row.cites_standard) == ("A.\n\nB.", "1; 2")


def test_what_is_out_of_scope_is_not_asked_of_blind_assessors(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, blind=True, rating=[GOVERNANCE])
    out = dict.fromkeys(codes(GOVERNANCE)[1:], "No such role.")
    scopes.set_scope(session, actor=world.lead, act=Scope(found.id, GOVERNANCE, out), catalogue=catalogue(), now=NOW)
    assert reconciling.blind_left(session, found, GOVERNANCE, catalogue()) == {"Lead": 1, "Second": 1}


def test_a_team_that_has_rated_blind_is_not_changed_under_its_ratings(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, blind=True, rating=[GOVERNANCE])
    swap = Team(found.id, 1, world.second.id, world.lead.id, blind=True)
    teams.change_team(session, actor=world.lead, act=swap, now=NOW)
    save(session, world.lead, found.id, GOVERNANCE, "GV-LE-1", level="fully")
    other = Team(found.id, 2, world.lead.id, world.reviewer.id, blind=True)
    with pytest.raises(Unfit, match="open them to each other first"):
        teams.change_team(session, actor=world.lead, act=other, now=NOW)
    with pytest.raises(Unfit, match="open them to each other first"):
        teams.change_team(session, actor=world.lead, act=Team(found.id, 2, world.lead.id, world.second.id), now=NOW)


def test_stages_stand_in_the_event_chain_with_who_took_them(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[GOVERNANCE])
    steps = session.exec(
        select(PartStageStep).where(col(PartStageStep.part) == "governance").order_by(col(PartStageStep.position))
    ).all()
    assert [(each.stage, each.position) for each in steps] == [("scoping", 1), ("rating", 2)]
    assert [each.act for each in events(session, f"part_stage_step:{steps[1].id}")] == ["moved"]
    assert found.reached(GOVERNANCE).at == NOW
