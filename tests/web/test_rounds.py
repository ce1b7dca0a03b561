"""Rounds over HTTP: opening, the page of one, team, plan, observers, scope, stages, reconciling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from alignment.database import unit_of_work
from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.people import SYSTEM
from alignment.domain.review import Speech
from alignment.domain.round import Round
from alignment.services import comments, people
from alignment.services.comments import Say
from alignment.tables import Assessment, Rating
from alignment.tables.rounds import read_round
from tests.conftest import NOW
from tests.rounds import catalogue, codes, rate_all, save
from tests.web.shop import Shop, counted_for_page, open_shop

GOVERNANCE = Part.GOVERNANCE


@pytest.fixture(scope="module")
def shop(sqlite_empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    yield from open_shop(sqlite_empty, tmp_path_factory)


def now(shop: Shop, round_id: str) -> Round:
    with unit_of_work(shop.engine) as session:
        found = read_round(session, round_id, NOW)
    assert found is not None
    return found


def form(shop: Shop, **said: str) -> dict[str, str]:
    world = shop.world
    return {"programme": world.programme, "assessor": world.assessor, "lead": world.lead.id, **said}


# --- list, opening -------------------------------------------------------------------------------------


def test_everybody_finds_the_rounds_that_are_theirs_and_no_other(shop: Shop) -> None:
    open_one, closed = shop.round(), shop.round(at=PartStage.CLOSED)
    for name, sees in {
        "lead": {open_one, closed}, "reviewer": {open_one, closed}, "owner": {closed}, "other assessor": set(),
        "other owner": set(), "observer": set(), "decider": set(), "no role": set(),
    }.items():  # fmt: skip
        text = shop.client(name).get("/rounds").text
        assert {each for each in (open_one, closed) if f'"/rounds/{each}"' in text} == sees, name
    assert shop.client("").get("/rounds").status_code == 303


def test_the_list_and_the_page_of_a_round_take_few_queries(shop: Shop) -> None:
    round_id = shop.round(at=PartStage.REVIEW)
    for path in ("/rounds", f"/rounds/{round_id}", f"/rounds/{round_id}/governance/review", "/rounds/new"):
        shop.client("lead").get(path)
        with counted_for_page() as queries:
            shop.client("lead").get(path)
        assert len(queries) <= 10, path


def test_a_round_is_opened_with_its_plan_and_leads_to_its_page(shop: Shop) -> None:
    assert "Open the round" in shop.client("lead").get("/rounds/new").text
    said = form(shop, second=shop.world.second.id, blind="yes", label="first report", standards_closes="2027-03-01")
    answer = shop.client("lead").post("/rounds/new", said)
    assert answer.status_code == 303
    text = shop.client("lead").get(answer.headers["location"]).text
    assert "first report" in text
    found = now(shop, answer.headers["location"].removeprefix("/rounds/"))
    assert found.blind
    assert found.planned[Part.STANDARDS].closes == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("said", "status", "says"),
    [
        ({"programme": ""}, 422, "Choose a programme of the register."),
        ({"lead": ""}, 422, "Choose somebody who has an account."),
        ({"blind": "yes"}, 422, "Blind rating takes two assessors"),
        ({"standards_starts": "soon"}, 422, "“soon” is no day"),
        ({"standards_starts": "2026-12-01", "standards_closes": "2026-11-01"}, 422, "before its work begins"),
        ({"follows": "nothing"}, 422, "Choose an earlier round"),
        (
            {"standards_starts": "soon", "standards_closes": "2026-11-01", "governance_starts": "2026-12-01",
             "governance_closes": "2026-11-01", "lead": "", "assessor": "", "blind": "yes"},
            422,
            "“soon” is no day|cannot be closed before|Choose somebody|Choose an assessor|takes two assessors",
        ),
    ],
)  # fmt: skip
def test_a_round_that_cannot_be_opened_so_says_all_that_is_wrong_at_its_fields_and_keeps_the_rest(
    shop: Shop, said: dict[str, str], status: int, says: str
) -> None:
    answer = shop.client("lead").post("/rounds/new", form(shop, label="My label") | said)
    assert answer.status_code == status
    assert [each for each in says.split("|") if each not in answer.text] == []
    assert answer.text.count('<li><a href="#') == len(says.split("|"))
    assert "My label" in answer.text


def test_who_may_not_open_a_round_is_told_why(shop: Shop) -> None:
    assert "You cannot open a round" in shop.client("owner").get("/rounds/new").text
    assert shop.client("owner").post("/rounds/new", form(shop)).status_code == 403
    assert "has not approved your organisation" in shop.client("other assessor").get("/rounds/new").text


# --- the page of a round ---------------------------------------------------------------------------------


def test_the_page_says_where_each_part_stands_and_what_holds_it_up(shop: Shop) -> None:
    round_id = shop.round()
    with unit_of_work(shop.engine) as session:
        rate_all(session, shop.world.lead, round_id, GOVERNANCE)
        save(session, shop.world.lead, round_id, GOVERNANCE, "GV-LE-1", 1, level="partially")
        save(session, shop.world.lead, round_id, GOVERNANCE, "GV-AS-1", 1)
    text = shop.client("lead").get(f"/rounds/{round_id}").text
    assert "<b>17 of 18</b> rated" in text
    assert "1 criterion holds this up" in text
    assert "no citation from the standard, no citation from the Guidance, no rationale" in text
    assert 'aria-disabled="true" aria-describedby="governance-review-held"' in text


def test_a_round_that_is_not_there_or_not_ones_own_is_not_shown(shop: Shop) -> None:
    round_id = shop.round()
    assert shop.client("lead").get("/rounds/nothing").status_code == 404
    for name in ("owner", "observer", "decider", "other assessor"):
        assert shop.client(name).get(f"/rounds/{round_id}").status_code == 403, name


def test_the_owner_sees_the_part_that_is_theirs_to_check_and_no_comment_of_others(shop: Shop) -> None:
    round_id = shop.round(at=PartStage.ACCURACY_CHECK)
    with unit_of_work(shop.engine) as session:
        act = Say(round_id, Speech.COMMENT, "Between us.")
        comments.say(session, actor=shop.world.lead, act=act, catalogue=catalogue(), now=NOW)
    text = shop.client("owner").get(f"/rounds/{round_id}").text
    assert "Check of facts and reply" in text
    assert "You cannot see the work on the standards part: the part is at the stage scoping; this needs" in text
    assert "Between us." not in text
    assert "Team, plan, observers" not in text
    assert "Between us." in shop.client("reviewer").get(f"/rounds/{round_id}").text


def test_the_team_changes_and_an_older_page_is_told(shop: Shop) -> None:
    round_id = shop.round()
    said = {"version": "1", "lead": shop.world.second.id, "second": shop.world.reviewer.id}
    assert shop.client("lead").post(f"/rounds/{round_id}/team", said).status_code == 303
    assert now(shop, round_id).lead.name == "Second"
    other = {**said, "lead": shop.world.lead.id, "second": ""}
    again = shop.client("lead").post(f"/rounds/{round_id}/team", other)
    assert again.status_code == 409
    assert "Somebody else changed this while you were writing" in again.text
    wrong = {"version": "2", "lead": shop.world.second.id, "second": shop.world.second.id}
    answer = shop.client("lead").post(f"/rounds/{round_id}/team", wrong)
    assert answer.status_code == 422
    assert "two people" in answer.text


def test_the_plan_is_set_and_a_day_that_is_none_is_refused(shop: Shop) -> None:
    round_id = shop.round()
    said = {"version": "1", "governance_starts": "2026-11-01", "governance_closes": "2026-11-20"}
    assert shop.client("lead").post(f"/rounds/{round_id}/plan", said).status_code == 303
    text = shop.client("lead").get(f"/rounds/{round_id}").text
    assert "<b>late</b>" in text
    wrong = shop.client("lead").post(f"/rounds/{round_id}/plan", {"version": "2", "governance_closes": "2026-02-30"})
    assert wrong.status_code == 422
    assert "2026-02-30" in wrong.text


def test_observers_are_invited_and_let_go(shop: Shop) -> None:
    round_id = shop.round()
    said = {"observer": shop.world.observer.id}
    assert shop.client("lead").post(f"/rounds/{round_id}/observers", said).status_code == 303
    assert shop.client("observer").get(f"/rounds/{round_id}").status_code == 200
    assert shop.client("lead").post(f"/rounds/{round_id}/observers", {**said, "act": "end"}).status_code == 303
    assert shop.client("observer").get(f"/rounds/{round_id}").status_code == 403
    wrong = shop.client("lead").post(f"/rounds/{round_id}/observers", {"observer": shop.world.owner.id})
    assert wrong.status_code == 422
    assert shop.client("owner").post(f"/rounds/{round_id}/observers", said).status_code == 403


# --- stages ----------------------------------------------------------------------------------------------


def test_a_part_goes_from_stage_to_stage_by_plain_forms(shop: Shop) -> None:
    round_id = shop.round(at=PartStage.SCOPING)
    client, stage = shop.client("lead"), f"/rounds/{round_id}/governance/stage"
    assert client.post(stage, {"at": "scoping", "to": "rating"}).status_code == 303
    refused = client.post(stage, {"at": "rating", "to": "review"})
    assert refused.status_code == 422
    assert refused.text.count("is not yet rated.") == 18
    with unit_of_work(shop.engine) as session:
        rate_all(session, shop.world.lead, round_id, GOVERNANCE)
    assert client.post(stage, {"at": "rating", "to": "review"}).status_code == 303
    stale = client.post(stage, {"at": "rating", "to": "review"})
    assert stale.status_code == 409
    assert "at the stage review by now" in stale.text
    back = shop.client("second").post(stage, {"at": "review", "to": "rating", "reason": " "})
    assert back.status_code == 422
    assert "Say why the part goes back to rating." in back.text
    again = shop.client("second").post(stage, {"at": "review", "to": "rating", "reason": "Look again."})
    assert again.headers["location"] == f"/rounds/{round_id}#governance"
    assert "Rating: Look again." in client.get(f"/rounds/{round_id}").text


@pytest.mark.parametrize("said", [{}, {"at": "rating", "to": "heaven"}, {"at": "x", "to": "review"}])
def test_a_stage_that_is_none_is_not_found(shop: Shop, said: dict[str, str]) -> None:
    assert shop.client("lead").post(f"/rounds/{shop.round()}/governance/stage", said).status_code == 404


def test_a_closed_part_shows_its_result_and_the_round_is_public(shop: Shop) -> None:
    round_id = shop.round(at=PartStage.CLOSED)
    text = shop.client("lead").get(f"/rounds/{round_id}").text
    assert "Result by the rule" in text
    with unit_of_work(shop.engine) as session:
        assert session.get_one(Assessment, round_id).published


# --- scope ---------------------------------------------------------------------------------------------------


def test_criteria_are_put_out_of_scope_and_back_again(shop: Shop) -> None:
    round_id = shop.round(at=PartStage.SCOPING)
    page = f"/rounds/{round_id}/governance/scope"
    client = shop.client("lead")
    said = {"out": ["GV-LE-1", "GV-AS-1"], "reason-GV-LE-1": "It has none.", "reason-GV-AS-1": "No such role."}
    assert client.post(page, said).status_code == 303
    text = client.get(page).text
    assert text.count(" checked") == 2
    assert "No such role." in text
    back = {"was": ["GV-LE-1", "GV-AS-1"], "out": "GV-AS-1", "reason-GV-AS-1": "No such role.",
            "version-GV-LE-1": "1", "version-GV-AS-1": "1"}  # fmt: skip
    assert client.post(page, back).status_code == 303
    with unit_of_work(shop.engine) as session:
        rows = {row.criterion: row.level for row in session.exec(select(Rating)) if row.assessment_id == round_id}
    assert rows == {"GV-LE-1": None, "GV-AS-1": "not_applicable"}


def test_a_scope_without_a_reason_comes_back_with_what_was_typed(shop: Shop) -> None:
    round_id = shop.round(at=PartStage.SCOPING)
    page = f"/rounds/{round_id}/governance/scope"
    said = {"out": ["GV-LE-1", "GV-AS-1"], "reason-GV-AS-1": "No such role."}
    answer = shop.client("lead").post(page, said)
    assert answer.status_code == 422
    assert "Say why GV-LE-1 does not apply." in answer.text
    assert "No such role." in answer.text
    with unit_of_work(shop.engine) as session:
        save(session, shop.world.lead, shop.round(), GOVERNANCE, "GV-LE-1", level="fully")
    refused = shop.client("reviewer").post(page, {**said, "reason-GV-LE-1": "It has none."})
    assert refused.status_code == 403
    assert "only the lead and the second assessor" in refused.text


# --- blind ---------------------------------------------------------------------------------------------------


def both_rated(shop: Shop) -> str:
    round_id = shop.round(blind=True)
    with unit_of_work(shop.engine) as session:
        for who in (shop.world.lead, shop.world.second):
            rate_all(session, who, round_id, GOVERNANCE)
        said = {"rationale": "There is none at all.", "cites_standard": "Clause 1", "cites_guidance": "Step 1"}
        save(session, shop.world.second, round_id, GOVERNANCE, "GV-LE-1", 1, level="not", **said)
    return round_id


def test_blind_ratings_are_opened_reconciled_and_their_agreement_reported(shop: Shop) -> None:
    round_id = both_rated(shop)
    page = f"/rounds/{round_id}/governance/reconcile"
    client = shop.client("lead")
    assert client.get(page).status_code == 403
    assert "There is none at all." not in client.get(f"/rounds/{round_id}/governance").text
    assert client.post(page, {}).status_code == 303
    text = client.get(page).text
    assert "gave the same level in 17" in text
    assert "There is none at all." in text
    assert client.post(page, {"act": "take"}).status_code == 303
    text = client.get(page).text
    assert text.count('<form class="pair clash"') == 1
    form_text = text[text.index('id="pair-GV-LE-1"') :]
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form_text.split("</form>")[0]))
    sent.pop("csrf")
    left_open = client.post(f"{page}/GV-LE-1", {**sent, "pick-level": "theirs"})
    assert left_open.status_code == 422
    assert "Choose one of the two, or another." in left_open.text
    wrong = {**sent, "pick-rationale": "third", "third-rationale": "x" * 20_001}
    all_at_once = client.post(f"{page}/GV-LE-1", wrong)
    assert all_at_once.status_code == 422
    at = [all_at_once.text.index(said) for said in ("or another.", "has 20,001 characters")]
    assert at == sorted(at)
    assert "x" * 20_001 in all_at_once.text
    chosen = {**sent, "pick-level": "third", "third-level": "partially", "pick-rationale": "yours"}
    answer = client.post(f"{page}/GV-LE-1", chosen)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{page}#pair-GV-LE-1")
    with unit_of_work(shop.engine) as session:
        row = session.get_one(Rating, (round_id, "governance", "GV-LE-1"))
        assert (row.level, row.rationale) == ("partially", "There is none at all.")
    assert "Everything is settled." in client.get(page).text
    # The same words again are no clash and change nothing; other words from the old version are one.
    assert client.post(f"{page}/GV-LE-1", chosen).status_code == 303
    assert client.post(f"{page}/GV-LE-1", {**chosen, "third-level": "fully"}).status_code == 409
    with unit_of_work(shop.engine) as session:
        row = session.get_one(Rating, (round_id, "governance", "GV-LE-1"))
        assert (row.level, row.version) == ("partially", 1)
    said = client.get(f"/rounds/{round_id}").text
    assert "Cohen’s kappa: <b>0.00</b> (0)" in said


def test_opening_early_takes_the_lead_and_a_reason(shop: Shop) -> None:
    round_id = shop.round(blind=True)
    page = f"/rounds/{round_id}/governance/reconcile"
    refused = shop.client("second").post(page, {})
    assert refused.status_code == 403
    assert "before that only the lead can open the ratings" in refused.text
    assert shop.client("lead").post(page, {}).status_code == 422
    assert shop.client("lead").post(page, {"reason": "One left."}).status_code == 303
    text = shop.client("lead").get(page).text
    assert "No criterion was rated by both." in text
    assert text.count("Neither has rated it.") == len(codes(GOVERNANCE))


def test_a_part_that_was_not_rated_blind_has_nothing_to_reconcile(shop: Shop) -> None:
    assert shop.client("lead").get(f"/rounds/{shop.round()}/governance/reconcile").status_code == 404


def test_two_who_plan_a_round_at_once_take_no_day_back_from_each_other(shop: Shop) -> None:
    round_id = shop.round()
    address = f"/rounds/{round_id}"
    sent = {"version": "1", "standards_starts": "2027-01-04", "governance_closes": ""}
    assert shop.client("lead").post(f"{address}/plan", sent).status_code == 303
    mine = {"version": "1", "standards_starts": "", "governance_closes": "2027-06-30"}
    clash = shop.client("second").post(f"{address}/plan", mine)
    assert clash.status_code == 409
    assert "Standards: work begins" in clash.text
    assert "4 January 2027" in clash.text
    for name, day in (("standards_starts", "2027-01-04"), ("governance_closes", "2027-06-30")):
        assert f'name="{name}" value="{day}"' in clash.text
    # A plan that was changed keeps nobody from changing the team.
    team = {"version": "1", "lead": shop.world.lead.id, "second": shop.world.second.id, "blind": ""}
    assert shop.client("lead").post(f"{address}/team", {**team, "second": ""}).status_code == 303
    clash = shop.client("second").post(f"{address}/team", {**team, "blind": "yes"})
    assert clash.status_code == 409
    assert "theirs, taken over" in clash.text


def test_an_interest_declared_in_the_middle_of_a_round_is_told_wherever_the_work_was(shop: Shop) -> None:
    round_id = shop.round(blind=True)
    with unit_of_work(shop.engine) as session:
        declare(session, shop, "A cousin works there.", NOW + timedelta(minutes=1))
    try:
        sheet = shop.client("lead").get(f"/rounds/{round_id}/governance").text
        assert "Blind rating." in sheet
        assert "You cannot rate a criterion: you declared an interest in this programme." in sheet
        work = shop.client("lead").get("/work").text
        assert "governance part: hand the round over" in work
        assert "you declared an interest in this programme" in work
        assert "Rate: The programme" not in work
        assert "You declared an interest in this programme" in shop.client("lead").get(f"/rounds/{round_id}").text
        team = shop.client("second").get(f"/rounds/{round_id}").text
        assert "Lead declared an interest in this programme and can no longer work on this round" in team
    finally:
        with unit_of_work(shop.engine) as session:
            declare(session, shop, "", NOW + timedelta(minutes=2))


def declare(session: Session, shop: Shop, interest: str, now: datetime) -> None:
    people.declare(
        session, actor=SYSTEM, person_id=shop.world.lead.id, programme_id=shop.world.programme,
        has_interest=bool(interest), statement=interest, now=now,
    )  # fmt: skip
