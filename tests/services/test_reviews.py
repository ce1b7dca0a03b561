"""Submitting, reviewing, checking facts, replying and closing: who may, what holds it up, what it leaves."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.people import SYSTEM, Someone
from alignment.domain.rating import Level
from alignment.domain.refusal import Faults, Refusal, Stale, Unfit
from alignment.domain.result import judge_part
from alignment.domain.review import Reviewed, Speech, Verdict
from alignment.domain.round import Round
from alignment.queries.assessments import NoRound, RatingFilters, RoundPage, round_page
from alignment.queries.fares import fares
from alignment.services import comments, ledger, reviews, teams
from alignment.services.comments import Say
from alignment.services.reviews import Move, Review
from alignment.services.sheets import Key
from alignment.tables import Assessment, Comment, Decision, PartProgress, PartStageStep, RatingReview, Result
from tests.conftest import NOW
from tests.remembered import remembered
from tests.rounds import (
    a_round,
    accept_all,
    advance,
    catalogue,
    catalogues,
    close,
    codes,
    events,
    rate_all,
    reread,
    save,
)
from tests.working import World, a_world

PART, CODE = Part.GOVERNANCE, "GV-LE-1"
SCOPING, RATING, REVIEW, CHECK, CLOSED = PartStage


@remembered
def rated(session: Session, level: Level = Level.FULLY) -> tuple[World, Round]:
    """A round whose governance part the lead has rated throughout."""
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    rate_all(session, world.lead, found.id, PART, level)
    return world, found


@remembered
def submitted(session: Session, level: Level = Level.FULLY) -> tuple[World, Round]:
    world, found = rated(session, level)
    advance(session, world.lead, found.id, PART, RATING, REVIEW)
    return world, found


@remembered
def checking(session: Session) -> tuple[World, Round]:
    """The same with the part at its check of facts."""
    world, found = submitted(session)
    accept_all(session, world.reviewer, found.id, PART)
    advance(session, world.lead, found.id, PART, REVIEW, CHECK)
    return world, found


def judge(session: Session, who: Someone, found: Round, verdict: Verdict, reason: str = "", version: int = 1) -> None:
    act = Review(Key(found.id, PART, CODE), version, verdict, reason)
    reviews.review(session, actor=who, act=act, now=NOW)


def speak(session: Session, who: Someone, found: Round, kind: Speech, text: str = "Hm.", **given: object) -> str:
    act = Say(found.id, kind, text, **{"part": PART, **given})  # type: ignore[arg-type]
    return comments.say(session, actor=who, act=act, catalogue=catalogue(), now=NOW)


# --- submitting --------------------------------------------------------------------------------------


def test_an_incomplete_part_is_not_submitted_and_says_what_is_missing(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    rate_all(session, world.lead, found.id, PART)
    save(session, world.lead, found.id, PART, CODE, 1, rationale="Not sure any more.")
    with pytest.raises(Faults) as refused:
        advance(session, world.second, found.id, PART, RATING, REVIEW)
    assert refused.value.faults == ["GV-LE-1 is not yet rated."]
    assert reread(session, found).stage(PART) is RATING


def test_a_complete_part_goes_to_review_and_is_no_longer_rated(session: Session) -> None:
    world, found = submitted(session)
    found = reread(session, found)
    assert (found.stage(PART), found.reached(PART).by) == (REVIEW, f"person:{world.lead.id}")
    with pytest.raises(Refusal, match="at the stage review"):
        save(session, world.lead, found.id, PART, CODE, 1, level="not")
    with pytest.raises(Stale, match="at the stage review by now"):
        advance(session, world.lead, found.id, PART, RATING, REVIEW)


@pytest.mark.parametrize("to", [SCOPING, RATING, CLOSED])
def test_no_stage_is_left_out_and_none_repeated(session: Session, to: PartStage) -> None:
    world, found = rated(session)
    with pytest.raises(Refusal, match="does not go from rating to"):
        advance(session, world.lead, found.id, PART, RATING, to)


def test_only_those_whose_it_is_move_a_part(session: Session) -> None:
    world, found = submitted(session)
    accept_all(session, world.reviewer, found.id, PART)
    with pytest.raises(Refusal, match="only the lead assessor of this round may"):
        advance(session, world.second, found.id, PART, REVIEW, CHECK)
    with pytest.raises(Refusal, match="it takes the role of an assessor"):
        advance(session, world.owner, found.id, PART, REVIEW, RATING, reason="No.")


# --- reviewing ---------------------------------------------------------------------------------------


def test_a_review_is_of_a_version_by_somebody_else_and_leaves_its_event(session: Session) -> None:
    world, found = submitted(session)
    with pytest.raises(Refusal, match="you did this yourself"):
        judge(session, world.lead, found, Verdict.ACCEPTED)
    judge(session, world.second, found, Verdict.ACCEPTED)
    row = session.exec(select(RatingReview)).one()
    assert (row.of_version, row.verdict, row.by_id) == (1, "accepted", world.second.id)
    assert reviews.standing(session, found.id, PART)[CODE].review is Reviewed.ACCEPTED
    assert [each.act for each in events(session, f"rating_review:{row.id}")] == ["accepted"]


def test_a_return_needs_a_reason_and_a_review_the_version_that_stands(session: Session) -> None:
    world, found = submitted(session)
    with pytest.raises(Unfit, match="a return needs a reason"):
        judge(session, world.second, found, Verdict.RETURNED, " ")
    with pytest.raises(Unfit, match="Shorten the reason"):
        judge(session, world.second, found, Verdict.RETURNED, "x" * 5_001)
    with pytest.raises(Stale, match="look at version 1"):
        judge(session, world.second, found, Verdict.ACCEPTED, version=3)
    assert session.exec(select(RatingReview)).all() == []


def test_what_is_not_rated_is_not_reviewed(session: Session) -> None:
    world, found = submitted(session)
    with pytest.raises(Refusal, match="there is nothing to review"):
        reviews.review(
            session, actor=world.second, act=Review(Key(found.id, PART, "OP-01"), 0, Verdict.ACCEPTED), now=NOW
        )


def test_returned_ratings_go_back_and_hold_the_part_until_they_are_answered(session: Session) -> None:
    world, found = submitted(session)
    accept_all(session, world.second, found.id, PART)
    judge(session, world.second, found, Verdict.RETURNED, "Say how many.")
    with pytest.raises(Faults, match="GV-LE-1 is returned and not yet answered"):
        advance(session, world.lead, found.id, PART, REVIEW, CHECK)
    with pytest.raises(Unfit, match="Say why the part goes back"):
        advance(session, world.second, found.id, PART, REVIEW, RATING)
    advance(session, world.second, found.id, PART, REVIEW, RATING, reason="One was returned.")
    with pytest.raises(Faults, match="GV-LE-1 is returned"):
        advance(session, world.lead, found.id, PART, RATING, REVIEW)
    save(session, world.lead, found.id, PART, CODE, 1, level="fully", rationale="Five of five.")
    assert reviews.standing(session, found.id, PART)[CODE].review is Reviewed.ANSWERED
    advance(session, world.lead, found.id, PART, RATING, REVIEW)
    with pytest.raises(Faults) as refused:
        advance(session, world.lead, found.id, PART, REVIEW, CHECK)
    assert refused.value.faults == ["GV-LE-1 is not yet accepted."]
    judge(session, world.second, found, Verdict.ACCEPTED, version=2)
    advance(session, world.lead, found.id, PART, REVIEW, CHECK)


def test_a_change_after_acceptance_reopens_the_rating(session: Session) -> None:
    world, found = submitted(session)
    accept_all(session, world.second, found.id, PART)
    advance(session, world.second, found.id, PART, REVIEW, RATING, reason="A fact was wrong.")
    save(session, world.lead, found.id, PART, CODE, 1, level="partially", rationale="New.")
    assert reviews.standing(session, found.id, PART)[CODE].review is Reviewed.CHANGED
    assert reviews.standing(session, found.id, PART)["GV-AS-1"].review is Reviewed.ACCEPTED


def test_several_are_accepted_at_once_but_never_ones_own_nor_an_older_version(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    save(session, world.second, found.id, PART, CODE, level="fully")
    for code in codes(PART)[:-1]:
        save(session, world.lead, found.id, PART, code, level="fully")
    advance(session, world.lead, found.id, PART, RATING, REVIEW)
    picked = [(code, 1) for code in codes(PART)[:-2]] + [(CODE, 1), (codes(PART)[-2], 4)]
    done, left = reviews.accept_many(
        session, actor=world.second, assessment=found.id, part=PART, picked=picked, now=NOW
    )
    assert done == len(codes(PART)) - 2
    assert left == (
        (CODE, "is your own rating: somebody else has to judge it"), (codes(PART)[-2], "was changed meanwhile"),
    )  # fmt: skip


# --- the scheme owner, observers ---------------------------------------------------------------------


def test_the_scheme_owner_raises_points_of_fact_and_they_are_answered_before_closing(session: Session) -> None:
    world, found = checking(session)
    point = speak(session, world.owner, found, Speech.ACCURACY, "It was 2025.", criterion=CODE)
    whole = speak(session, world.owner, found, Speech.ACCURACY, "The name is older.")
    with pytest.raises(Faults, match="2 points of fact wait for an answer") as refused:
        advance(session, world.lead, found.id, PART, CHECK, CLOSED)
    assert refused.value.faults == ["2 points of fact wait for an answer."]
    answer = speak(session, world.second, found, Speech.ANSWER, "Mended.", answers=point, part=None)
    speak(session, world.second, found, Speech.ANSWER, "Kept.", answers=whole, part=None)
    row = session.get(Comment, answer)
    assert row is not None
    assert (row.part, row.criterion, row.answers, row.for_organisation) == (PART.value, CODE, point, "the-assessor")
    advance(session, world.lead, found.id, PART, CHECK, CLOSED)
    assert [each.act for each in events(session, f"comment:{point}")] == ["said"]


@pytest.mark.parametrize("about", [PART, None, Part.STANDARDS])
def test_a_comment_on_a_part_or_on_its_round_is_answered_before_the_part_is_closed(
    session: Session, about: Part | None
) -> None:
    world, found = checking(session)
    teams.invite_observer(session, actor=world.lead, assessment=found.id, person=world.observer.id, now=NOW)
    said = speak(session, world.observer, found, Speech.COMMENT, "Look again.", part=about)
    if about is not Part.STANDARDS:
        with pytest.raises(Faults, match=r"^1 comment waits for an answer\.$"):
            advance(session, world.lead, found.id, PART, CHECK, CLOSED)
        speak(session, world.second, found, Speech.ANSWER, "We did.", answers=said)
    advance(session, world.lead, found.id, PART, CHECK, CLOSED)


def test_points_of_fact_are_for_the_owner_and_its_stage_alone(session: Session) -> None:
    world, found = submitted(session)
    with pytest.raises(Refusal, match="at the stage review; this needs accuracy check"):
        speak(session, world.owner, found, Speech.ACCURACY)
    accept_all(session, world.reviewer, found.id, PART)
    advance(session, world.lead, found.id, PART, REVIEW, CHECK)
    for someone in (world.other_owner, world.lead, world.decider, world.observer):
        with pytest.raises(Refusal, match="scheme owner"):
            speak(session, someone, found, Speech.ACCURACY)
    with pytest.raises(Refusal, match="Say which part"):
        speak(session, world.owner, found, Speech.ACCURACY, part=None)
    with pytest.raises(Refusal, match="is not judged in the governance part"):
        speak(session, world.owner, found, Speech.ACCURACY, criterion="OP-01")


def test_a_reply_stands_beside_the_result_and_may_come_after_closing(session: Session) -> None:
    world, found = checking(session)
    first = speak(session, world.owner, found, Speech.REPLY, "We thank the assessor.")
    advance(session, world.lead, found.id, PART, CHECK, CLOSED)
    second = speak(session, world.owner, found, Speech.REPLY, "And have begun the repair.")
    rows = [session.get(Comment, each) for each in (first, second)]
    assert [(row.public, row.for_organisation, row.position) for row in rows if row] == [
        (True, "the-owner", 1), (True, "the-owner", 2),
    ]  # fmt: skip


def test_invited_observers_comment_and_change_nothing(session: Session) -> None:
    world, found = rated(session)
    with pytest.raises(Refusal, match="needs an invitation"):
        speak(session, world.observer, found, Speech.COMMENT)
    teams.invite_observer(session, actor=world.lead, assessment=found.id, person=world.observer.id, now=NOW)
    before = reviews.standing(session, found.id, PART)
    said = speak(session, world.observer, found, Speech.COMMENT, "Look again.", criterion=CODE)
    assert reviews.standing(session, found.id, PART) == before
    with pytest.raises(Refusal, match="rate a criterion"):
        save(session, world.observer, found.id, PART, CODE, 1, level="not")
    speak(session, world.lead, found, Speech.ANSWER, "We did.", answers=said)
    with pytest.raises(Refusal, match="no comment and no point of fact"):
        speak(session, world.lead, found, Speech.ANSWER, answers="nothing")
    with pytest.raises(Unfit, match="Write what you want to say"):
        speak(session, world.observer, found, Speech.COMMENT, "  ")
    with pytest.raises(Unfit, match="10,001 characters"):
        speak(session, world.observer, found, Speech.COMMENT, "x" * 10_001)
    rows = session.exec(select(Comment).order_by(col(Comment.position))).all()
    assert [(each.kind, each.public, each.for_organisation) for each in rows] == [
        ("comment", False, "the-authority"), ("answer", False, "the-assessor"),
    ]  # fmt: skip


# --- closing -----------------------------------------------------------------------------------------


def test_closing_fixes_the_result_with_its_working_and_makes_the_round_public(session: Session) -> None:
    world, found = rated(session, Level.PARTIALLY)
    close(session, world, found.id, PART)
    result = session.exec(select(Result)).one()
    assert (result.scope, result.kind, result.level, result.effective_on) == (
        "governance", "computed", "partially", NOW.date(),
    )  # fmt: skip
    said = json.loads(result.working)
    assert set(said["ratings"]) == set(codes(PART))
    levels = {code: Level(each["level"]) for code, each in said["ratings"].items()}
    assert judge_part(catalogue(), PART, levels).result is Level.PARTIALLY
    told = session.exec(select(PartProgress).order_by(col(PartProgress.position))).all()
    assert [each.progress for each in told] == ["in_progress", "complete"]
    assessment = session.get(Assessment, found.id)
    assert assessment is not None
    assert (assessment.published, assessment.version) == (True, 2)
    assert [each.act for each in events(session, f"assessment:{found.id}")] == ["opened", "published"]
    assert [each.act for each in events(session, f"result:{result.id}")] == ["closed"]
    steps = session.exec(
        select(PartStageStep.stage).where(col(PartStageStep.part) == PART.value).order_by(col(PartStageStep.position))
    ).all()
    assert steps == ["scoping", "rating", "review", "accuracy_check", "closed"]


def test_a_rating_is_public_from_the_closing_of_its_part_and_not_from_the_day_it_was_given(session: Session) -> None:
    world, found = rated(session, Level.PARTIALLY)
    approved = Decision(
        id="decision", programme_id=found.programme, act="approved", effective_on=NOW.date(), recorded_at=NOW,
        position=1,
    )  # fmt: skip
    ledger.enter(session, approved, actor=SYSTEM, act="recorded", now=NOW)
    closed = NOW + timedelta(days=40)
    close(session, world, found.id, PART, now=closed)

    def asked(as_at: date, known_at: datetime) -> RoundPage | NoRound | None:
        return round_page(
            session.connection(), found.programme, found.number, as_at=as_at, known_at=known_at,
            filters=RatingFilters(), catalogues=catalogues(),
        )  # fmt: skip

    def shown(as_at: date, known_at: datetime) -> int:
        page = asked(as_at, known_at)
        assert isinstance(page, RoundPage)
        how = fares(
            session.connection(), catalogue(), catalogue().by_code["GV-LE-1"], as_at=as_at, known_at=known_at
        )  # fmt: skip
        told = [each for row in how for each in row.told if each.level is Level.PARTIALLY]
        assert bool(told) == bool(page.rated)
        return page.rated

    day_before = closed - timedelta(days=1)
    assert shown(closed.date(), closed) == len(codes(PART))
    assert shown(day_before.date(), closed) == 0
    assert isinstance(asked(closed.date(), day_before), NoRound)  # as it was answered then


def test_a_part_in_which_nothing_applies_closes_without_a_result(session: Session) -> None:
    world, found = rated(session, Level.NOT_APPLICABLE)
    close(session, world, found.id, PART)
    assert session.exec(select(Result)).all() == []
    assert reread(session, found).published


def test_a_closed_part_stays_closed(session: Session) -> None:
    world, found = rated(session)
    close(session, world, found.id, PART)
    for to in PartStage:
        with pytest.raises(Refusal, match="A part does not go from closed"):
            reviews.move(
                session, actor=world.lead, act=Move(found.id, PART, CLOSED, to), catalogue=catalogue(), now=NOW
            )
    with pytest.raises(Refusal, match="at the stage closed"):
        save(session, world.lead, found.id, PART, CODE, 1, level="not")
