"""Evidence that was corrected: its old wordings are shown where the newest is, to those who may read all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import httpx
import pytest
from sqlmodel import Session, col, select

from alignment.database import unit_of_work
from alignment.domain.evidence import Described, EvidenceKind
from alignment.domain.people import Someone
from alignment.services import actions, evidence
from alignment.tables import Evidence
from tests.conftest import NOW
from tests.undertakings import Desk, desk_on
from tests.working import PROGRAMME

ROUND = f"/programmes/{PROGRAMME}/assessments/1"
RECEIPT = Described(EvidenceKind.DOCUMENT, "First wording", date(2026, 11, 2))
LIMITS = evidence.Limits(1_000_000)


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    with desk_on(sqlite_url) as made:
        yield made


def give(desk: Desk, action: str) -> str:
    with unit_of_work(desk.engine) as session:
        return actions.give_evidence(
            session, actor=desk.world.owner, action=action, said=RECEIPT, limits=LIMITS, now=NOW
        )


def correct(desk: Desk, id: str, reference: str, *, confidential: bool = False, who: Someone | None = None) -> str:
    said = replace(RECEIPT, reference=reference, confidential=confidential)
    with unit_of_work(desk.engine) as session:
        actor = who or desk.world.lead
        return evidence.correct_evidence(session, actor=actor, evidence=id, said=said, now=NOW + timedelta(hours=1))


def withdraw(desk: Desk, id: str) -> None:
    with unit_of_work(desk.engine) as session:
        evidence.withdraw_evidence(session, actor=desk.world.lead, evidence=id, reason="By mistake", now=NOW)


PLACES = (
    ROUND, f"{ROUND}.json", f"{ROUND}?known_at=2026-11-21T12:30:00Z", f"{ROUND}.json?known_at=2026-11-21T12:30:00Z",
    "/rounds/{round}/evidence", "/sources", "/api/v1/ratings", "/api/v1/ratings?known_at=2026-11-21T12:30:00Z",
)  # fmt: skip


@pytest.mark.parametrize("end", ["open", "confidential", "withdrawn"])
def test_no_wording_of_what_was_given_with_an_action_becomes_evidence_of_the_assessment(desk: Desk, end: str) -> None:
    second = correct(desk, give(desk, desk.undertake()), "Second wording")
    third = correct(desk, second, "Third wording", confidential=end == "confidential")
    if end == "withdrawn":
        withdraw(desk, third)
    for who in (None, desk.world.observer, desk.world.owner, desk.world.reviewer, desk.world.lead):
        with desk.act(who) as client:
            for place in PLACES:
                page = client.get(place.format(round=desk.round)).text
                for wording in ("First", "Second", "Third"):
                    assert f"{wording} wording" not in page, (who, place)


# --- confidential, given with an action -------------------------------------------------------------------

WORDS = ("Names of workers", "workers.txt", "The words of the workers.", "https://confided.example/workers")
SECRET = {
    "kind": "interview", "reference": WORDS[0], "collected_on": "2026-11-02", "link": WORDS[3], "confidential": "yes",
}  # fmt: skip
READERS = {"lead", "second"}


def confide(desk: Desk, action: str, who: str = "owner", **fields: str) -> httpx.Response:
    files = [("files", (WORDS[1], WORDS[2].encode()))]
    with desk.act(desk.world.people[who]) as client:
        return client.post(f"/actions/{action}/evidence", {**SECRET, **fields}, files=files)


def wordings(desk: Desk) -> list[str]:
    with Session(desk.engine) as session:
        return list(session.exec(select(Evidence.id).order_by(col(Evidence.position))))


@pytest.mark.parametrize("way", ["given", "corrected by the owner", "corrected by the lead"])
def test_what_the_owner_confides_the_team_of_the_round_alone_can_open(desk: Desk, way: str) -> None:
    action = desk.undertake()
    given = confide(desk, action, **({} if way == "given" else {"confidential": ""}))
    assert given.headers["location"] == f"/actions/{action}#evidence"
    if way != "given":
        who = "owner" if way == "corrected by the owner" else "lead"
        with desk.act(desk.world.people[who]) as client:
            (id,) = wordings(desk)
            done = client.post(f"/evidence/{id}", SECRET)
            there = f"/evidence/{wordings(desk)[-1]}" if who == "lead" else f"/actions/{action}#evidence"
            assert (done.status_code, done.headers["location"]) == (303, there)
    digest = sha256(WORDS[2].encode()).hexdigest()
    pieces = [f"/evidence/{id}" for id in wordings(desk)]
    addresses = [*pieces, *(f"{piece}/files/{digest}" for piece in pieces)]
    for name, who in desk.world.people.items():
        with desk.act(who) as client:
            for address in addresses:
                answer = client.get(address)
                assert (answer.status_code == 200) is (name in READERS), (name, address)
                assert name in READERS or not any(word in answer.text for word in WORDS), (name, address)
            page = client.get(f"/actions/{action}").text
            assert (WORDS[0] in page) is (name in READERS), name
            if name in {"owner", "reviewer", "decider"}:
                assert "confidential, not shown" in page
                assert re.search(r"entered\s+<time[^>]*>21 November 2026", page)
                assert "1 piece is confidential: only the lead and the second assessor" in page


def test_who_confides_is_told_before_that_they_will_not_see_it_again(desk: Desk) -> None:
    action = desk.undertake()
    with desk.act(desk.world.owner) as client:
        page = client.get(f"/actions/{action}").text
    for said in (
        "Only the lead and the second assessor of the round see it",
        "you and your organisation see that it was given, its kind and the day, and nothing more",
        "ask them to have it corrected or withdrawn",
    ):
        assert said in page
    with desk.act(desk.world.lead) as client:
        assert "nothing more" not in client.get(f"/actions/{action}").text


def test_who_neither_carries_out_nor_judges_confides_nothing_and_what_was_typed_is_kept(desk: Desk) -> None:
    action = desk.undertake()
    with desk.act(desk.world.reviewer) as client:
        assert "You cannot give confidential evidence" in client.get(f"/actions/{action}").text
    answer = confide(desk, action, who="reviewer")
    assert answer.status_code == 403
    assert f'value="{WORDS[0]}"' in answer.text
    assert wordings(desk) == []
