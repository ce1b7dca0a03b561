"""Review, check of facts, reply and comments over HTTP; and what waits for whom on the first page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlmodel import col, select

from alignment.database import unit_of_work
from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.review import Speech
from alignment.queries.discussion import Reply, public_reply_rows, replies_of
from alignment.services import reviews, teams
from alignment.tables import Comment
from tests.conftest import NOW
from tests.rounds import advance, codes, rate_all, save
from tests.web.shop import Shop, open_shop
from tests.web.site import counted_queries

GOVERNANCE, CODE = Part.GOVERNANCE, "GV-LE-1"


@pytest.fixture(scope="module")
def shop(sqlite_empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    yield from open_shop(sqlite_empty, tmp_path_factory)


def said(shop: Shop, round_id: str) -> list[Comment]:
    with unit_of_work(shop.engine) as session:
        found = [row for row in session.exec(select(Comment)) if row.assessment_id == round_id]
        for row in found:
            session.expunge(row)
    return sorted(found, key=lambda row: row.position)


def standing(shop: Shop, round_id: str) -> dict[str, str]:
    with unit_of_work(shop.engine) as session:
        return {code: each.review.value for code, each in reviews.standing(session, round_id, GOVERNANCE).items()}


# --- review ----------------------------------------------------------------------------------------------


def test_a_reviewer_accepts_what_is_selected_and_nobody_their_own(shop: Shop) -> None:
    round_id = shop.round(at=PartStage.REVIEW)
    page = f"/rounds/{round_id}/governance/review"
    text = shop.client("second").get(page).text
    assert text.count('name="picked"') == len(codes(GOVERNANCE))
    own = shop.client("lead").get(page).text
    assert 'name="picked"' not in own
    assert "you did this yourself: somebody else has to judge it" in own
    picked = [f"{code}:1" for code in codes(GOVERNANCE)[1:]]
    assert shop.client("second").post(page, {"picked": picked}).status_code == 303
    assert [code for code, state in standing(shop, round_id).items() if state != "accepted"] == [codes(GOVERNANCE)[0]]
    left = shop.client("lead").post(page, {"picked": f"{CODE}:1"})
    assert left.headers["location"] == f"{page}?left={CODE}"
    assert f"or were changed meanwhile: {CODE}." in shop.client("lead").get(left.headers["location"]).text
    assert shop.client("second").post(page, {}).status_code == 422
    assert shop.client("second").post(page, {"picked": "nothing:1"}).status_code == 422


def test_no_rating_arrives_selected_that_a_reader_will_ask_about(shop: Shop) -> None:
    round_id = shop.round()
    with unit_of_work(shop.engine) as session:
        rate_all(session, shop.world.lead, round_id, GOVERNANCE)
        save(session, shop.world.lead, round_id, GOVERNANCE, CODE, 1, level="fully")
        advance(session, shop.world.lead, round_id, GOVERNANCE, PartStage.RATING, PartStage.REVIEW)
    page = f"/rounds/{round_id}/governance/review"
    chosen = {
        word: len(re.findall('name="picked"[^>]* checked', shop.client("second").get(f"{page}{word}").text))
        for word in ("", "?select=all", "?select=none")
    }
    assert chosen == {"": len(codes(GOVERNANCE)) - 1, "?select=all": len(codes(GOVERNANCE)), "?select=none": 0}
    assert 'review?show=unsupported&amp;select=all"' in shop.client("second").get(f"{page}?show=unsupported").text
    assert shop.client("second").get(f"{page}?select=some").status_code == 400


def test_one_rating_is_returned_with_a_reason_and_becomes_work_for_its_rater(shop: Shop) -> None:
    round_id = shop.round(at=PartStage.REVIEW)
    address = f"/rounds/{round_id}/governance/review/{CODE}"
    client = shop.client("second")
    empty = client.post(address, {"version": "1", "verdict": "returned"})
    assert empty.status_code == 422
    assert "a return needs a reason" in empty.text
    stale = client.post(address, {"version": "7", "verdict": "returned", "reason": "How many firms?"})
    assert stale.status_code == 409
    assert "How many firms?" in stale.text
    returned = client.post(address, {"version": "1", "verdict": "returned", "reason": "How many firms?"})
    assert returned.headers["location"] == f"/rounds/{round_id}/governance/review#rating-{CODE}"
    assert standing(shop, round_id)[CODE] == "returned"
    work = shop.client("lead").get("/work").text
    assert f"/rounds/{round_id}/governance?show=returned#rating-{CODE}" in work
    assert "How many firms?" in work
    lead, sheet = shop.client("lead"), f"/rounds/{round_id}/governance"
    returned = lead.get(f"{sheet}?show=returned").text
    assert returned.count('<section class="crit') == returned.count('class="rate"') == 1
    assert "Returned by Second:" in returned
    assert lead.get(sheet).text.count('class="rate"') == 1, "all else stands as it was submitted"
    for version, level in (("1", "partially"), ("2", "fully")):
        assert lead.post(f"{sheet}/{CODE}", {"version": version, "level": level, "act": "save"}).status_code == 303
    other = codes(GOVERNANCE)[0]
    assert lead.post(f"{sheet}/{other}", {"version": "1", "level": "not", "act": "save"}).status_code == 403
    assert "Bring version 1 back" in lead.get(f"{sheet}/{CODE}/history").text
    assert f"rating-{CODE}" not in lead.get("/work").text
    assert client.post(address, {"version": "3", "verdict": "accepted"}).status_code == 303
    assert lead.post(f"{sheet}/{CODE}", {"version": "3", "level": "not", "act": "save"}).status_code == 403
    assert lead.post(address, {"version": "3", "verdict": "accepted"}).status_code == 403


def test_a_review_shows_why_it_cannot_be_made_now(shop: Shop) -> None:
    round_id = shop.round()
    answer = shop.client("second").get(f"/rounds/{round_id}/governance/review")
    assert "this needs review or accuracy check" in answer.text
    assert shop.client("owner").get(f"/rounds/{round_id}/governance/review").status_code == 403
    assert shop.client("lead").get(f"/rounds/{round_id}/governance/review?show=below").status_code == 200
    assert shop.client("lead").get(f"/rounds/{round_id}/governance/review?show=x").status_code == 400
    assert shop.client("lead").post(f"/rounds/{round_id}/governance/review/OP-01", {}).status_code == 404


# --- facts, replies -----------------------------------------------------------------------------------------


def test_the_owner_raises_a_point_it_is_answered_and_the_part_is_closed(shop: Shop) -> None:
    round_id = shop.round(at=PartStage.ACCURACY_CHECK)
    page, comments = f"/rounds/{round_id}/governance/facts", f"/rounds/{round_id}/comments"
    work = shop.client("owner").get("/work").text
    assert page in work
    assert "with you since 21 November 2026" in work
    assert "Raise this point" in shop.client("owner").get(page).text
    point = {"kind": "accuracy", "back": "facts", "part": "governance", "criterion": CODE}
    empty = shop.client("owner").post(comments, {**point, "text": " "})
    assert empty.status_code == 422
    assert "Write what you want to say." in empty.text
    sent = shop.client("owner").post(comments, {**point, "text": "It was **2025**."})
    (row,) = said(shop, round_id)
    assert sent.headers["location"] == f"{page}#said-{row.id}"
    assert "It was <strong>2025</strong>." in shop.client("lead").get(page).text
    stage = {"at": "accuracy_check", "to": "closed"}
    held = shop.client("lead").post(f"/rounds/{round_id}/governance/stage", stage)
    assert held.status_code == 422
    assert held.text.count("1 point of fact waits for an answer.") == 2  # why it was refused, and at the control
    assert held.text.count(f'<a href="#said-{row.id}">Point of fact on GV-LE-1, governance</a>') == 2
    with unit_of_work(shop.engine) as session:
        invited = {"assessment": round_id, "person": shop.world.observer.id}
        teams.invite_observer(session, actor=shop.world.lead, **invited, now=NOW)
    remark = {"kind": "comment", "text": "Is that so?", "part": "", "criterion": ""}
    shop.client("observer").post(comments, remark)
    before = shop.client("lead").get(f"/rounds/{round_id}").text
    assert "1 comment and 1 point of fact wait for an answer." in before
    assert before.count("waits for an answer</span>") == 2
    assert "comment" not in shop.client("owner").get(f"/rounds/{round_id}").text.split("Close the part")[0]
    remark_id = next(each.id for each in said(shop, round_id) if each.kind == Speech.COMMENT.value)
    answered = {"kind": "answer", "answers": remark_id, "text": "It is."}
    assert shop.client("lead").post(comments, answered).status_code == 303
    assert "Point of fact on GV-LE-1" in shop.client("lead").get("/work").text
    answer = {"kind": "answer", "answers": row.id, "text": "Mended.", "back": "facts", "part": "governance"}
    assert shop.client("owner").post(comments, answer).status_code == 403
    assert shop.client("lead").post(comments, answer).headers["location"] == f"{page}#said-{row.id}"
    assert "Mended." in shop.client("owner").get(page).text
    assert shop.client("lead").post(f"/rounds/{round_id}/governance/stage", stage).status_code == 303


def public_replies(
    connection: Connection, round_id: str, as_at: date | None = None, known_at: datetime | None = None
) -> tuple[Reply, ...]:
    """The replies of one round as the public page puts them together."""
    rows = connection.execute(public_reply_rows().where(col(Comment.assessment_id) == round_id))
    return replies_of(rows, as_at, known_at)


def test_a_reply_is_public_once_the_part_is_closed_and_not_before(shop: Shop) -> None:
    round_id = shop.round(at=PartStage.ACCURACY_CHECK)
    reply = {"kind": "reply", "back": "facts", "part": "governance", "text": "We have begun."}
    assert shop.client("owner").post(f"/rounds/{round_id}/comments", reply).status_code == 303
    with unit_of_work(shop.engine) as session:
        assert public_replies(session.connection(), round_id) == ()
    shop.client("lead").post(f"/rounds/{round_id}/governance/stage", {"at": "accuracy_check", "to": "closed"})
    with unit_of_work(shop.engine) as session:
        (found,) = public_replies(session.connection(), round_id, as_at=NOW.date(), known_at=NOW)
        assert (found.text, found.organisation, found.part) == ("We have begun.", "The owner", GOVERNANCE)
        assert public_replies(session.connection(), round_id, as_at=NOW.date().replace(day=20)) == ()
        programme, number = round_id.rpartition("-")[::2]
    with counted_queries() as asked:
        page = shop.client("").get(f"/programmes/{programme}/assessments/{number}")
    assert page.status_code == 200
    assert "Right of reply" in page.text
    assert "We have begun." in page.text
    assert len([each for each in asked if "max(event.seq)" not in each]) == 5


def test_confidential_work_is_not_open_to_owners_before_their_stage(shop: Shop) -> None:
    for at in (PartStage.RATING, PartStage.REVIEW):
        round_id = shop.round(at=at)
        assert shop.client("owner").get(f"/rounds/{round_id}/governance/facts").status_code == 403
        assert shop.client("owner").get(f"/rounds/{round_id}/governance").status_code == 403
        assert shop.client("owner").get(f"/rounds/{round_id}/governance/{CODE}/history").status_code == 403
    assert shop.client("other owner").get(f"/rounds/{shop.round(at=PartStage.CLOSED)}").status_code == 403


# --- comments ------------------------------------------------------------------------------------------------


def test_an_observer_comments_and_is_answered(shop: Shop) -> None:
    round_id = shop.round()
    with unit_of_work(shop.engine) as session:
        invited = {"assessment": round_id, "person": shop.world.observer.id}
        teams.invite_observer(session, actor=shop.world.lead, **invited, now=NOW)
    comments = f"/rounds/{round_id}/comments"
    work = shop.client("observer").get("/work").text
    assert "Rounds you are invited to" in work
    assert f'href="/rounds/{round_id}"' in work
    assert f"/rounds/{round_id}" not in shop.client("other observer").get("/work").text
    text = {"kind": "comment", "text": "Is that so?", "part": "governance", "criterion": CODE}
    assert shop.client("observer").post(comments, text).status_code == 303
    (row,) = said(shop, round_id)
    assert (row.kind, row.part, row.criterion) == (Speech.COMMENT.value, "governance", CODE)
    assert "Comment on GV-LE-1" in shop.client("lead").get("/work").text
    answer = {"kind": "answer", "answers": row.id, "text": "It is."}
    assert shop.client("second").post(comments, answer).headers["location"] == f"/rounds/{round_id}#said-{row.id}"
    assert f"/rounds/{round_id}#said-{row.id}" in shop.client("observer").get("/work").text
    page = shop.client("observer").get(f"/rounds/{round_id}").text
    assert "Is that so?" in page
    assert "It is." in page
    assert "2 remarks" in shop.client("lead").get(f"/rounds/{round_id}/governance").text  # the comment and its answer


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"kind": "comment", "text": ""}, 422, "Write what you want to say."),
        ({"kind": "comment", "text": "x" * 10_001}, 422, "10,001 characters"),
        ({"kind": "comment", "text": "Kept text", "criterion": "OP-01"}, 422, "Choose the part in which OP-01"),
        ({"kind": "reply", "text": "Kept text", "part": "governance"}, 403, "scheme owner"),
        ({"kind": "answer", "text": "Kept text", "answers": "nothing"}, 403, "no comment and no point of fact"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_reason(
    shop: Shop, fields: dict[str, str], status: int, says: str
) -> None:
    round_id = shop.round()
    answer = shop.client("lead").post(f"/rounds/{round_id}/comments", fields)
    assert answer.status_code == status
    assert says in answer.text
    assert said(shop, round_id) == []


def test_a_mistyped_criterion_is_told_beside_its_field_and_the_text_is_kept(shop: Shop) -> None:
    fields = {"kind": "comment", "text": "Kept text", "part": "governance", "criterion": "ZZ"}
    answer = shop.client("lead").post(f"/rounds/{shop.round()}/comments", fields)
    assert answer.status_code == 422
    assert '<p class="error" id="comment-criterion-error">ZZ is not judged in the governance part' in answer.text
    assert 'id="comment-error"' not in answer.text
    assert "Kept text" in answer.text


def test_parts_to_review_wait_for_the_house_and_not_for_their_rater(shop: Shop) -> None:
    round_id = shop.round(at=PartStage.REVIEW)
    assert f"/rounds/{round_id}/governance/review" in shop.client("reviewer").get("/work").text
    assert f"/rounds/{round_id}/governance/review" not in shop.client("lead").get("/work").text
    assert f"/rounds/{round_id}/governance/review" not in shop.client("other assessor").get("/work").text
