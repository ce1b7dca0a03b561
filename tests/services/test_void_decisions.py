"""An entry of the ledger that was made by mistake is declared void: who may, what falls away, what was known before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alignment.database import reading
from alignment.domain.decision import Act, Approval
from alignment.domain.learned import tick
from alignment.domain.refusal import Refusal, Unfit
from alignment.domain.reminder import DueKind
from alignment.domain.when import parse_when
from alignment.queries.all_changes import all_changes
from alignment.queries.decision_ledger import LedgerEntry, public_ledger
from alignment.queries.feed import news
from alignment.queries.programme_changes import day_changes
from alignment.queries.programmes import programme_as_at
from alignment.queries.record_rows import read_records
from alignment.queries.reminders import dues
from alignment.queries.status import packed_facts, status_rows
from alignment.queries.triggers import triggers
from alignment.queries.work import sections
from alignment.services import decisions, following
from alignment.services.decisions import Asked
from alignment.services.people import Stale
from alignment.tables import Decision, Event, Proposal
from tests.conftest import NOW
from tests.rounds import events
from tests.seeds.small import put as put_in
from tests.seeds.small import write
from tests.services.test_decisions import a_decision, an_assessed_world, file, meet, put, rows, second
from tests.services.test_monitoring import a_point, review
from tests.services.test_seeds import LATER, load
from tests.working import PROGRAMME, World

YEAR = timedelta(days=365)
TODAY = NOW.date()
MISTAKE = "It was meant for another programme."
HOUR = timedelta(hours=1)


def declare_void(session: Session, world: World, entry: str, *, now: datetime = NOW + HOUR, **given: Any) -> str:
    """Declare an entry void that was the newest of its ledger, from its own day."""
    held = session.get_one(Decision, entry)
    asked = {"act": Act.VOID, "effective": held.effective, "reason": MISTAKE, "corrects": entry, "based_on": entry}
    act = a_decision(**{**asked, **given})
    return decisions.propose(session, actor=world.decider, act=act, quorum=1, now=now)[0]


@dataclass
class Mistaken:
    """A first decision with a condition, and the entry that declares it void an hour later."""

    world: World
    entry: str
    void: str


@pytest.fixture
def mistaken(session: Session) -> Mistaken:
    world = an_assessed_world(session)
    entry, _ = put(session, world.decider, conditions=(Asked("Repair the method", date(2026, 12, 1)),))
    return Mistaken(world, entry, declare_void(session, world, entry))


def approval(session: Session, known_at: datetime | None = None, as_at: date = TODAY) -> tuple[Approval, str]:
    """What the status table says, derived anew, and what its packed facts say of the same."""
    (row,) = status_rows(session.connection(), as_at=as_at, known_at=known_at, policy_age=YEAR, only=PROGRAMME)
    course = packed_facts(session.connection()).courses[PROGRAMME]
    assert course.on(as_at, course.seen(tick(known_at) if known_at else None)) == row.state
    return row.approval, row.state.standing.decision_id or ""


def test_a_first_decision_stands_as_it_was_known_before_and_never_held_afterwards(
    session: Session, mistaken: Mistaken
) -> None:
    assert approval(session, NOW) == (Approval.APPROVED, mistaken.entry)
    assert approval(session, NOW + HOUR) == approval(session) == (Approval.NONE, "")
    assert {row.id for row in rows(session, Decision)} == {mistaken.entry, mistaken.void}
    (event,) = events(session, f"decision:{mistaken.void}")
    assert (event.act, event.actor) == ("corrected", mistaken.world.decider.actor.id)
    said = json.loads(event.after)
    assert (said["act"], said["corrects"], said["reason"]) == ("void", mistaken.entry, MISTAKE)
    proposal = session.get_one(Proposal, mistaken.void)
    assert proposal.advice == "No advice: whether an entry was made by mistake is known to the LME alone."


def test_the_decision_before_it_stands_on_and_a_day_not_known_before_stays_so(session: Session) -> None:
    world = an_assessed_world(session)
    first, _ = put(session, world.decider, act=Act.CONDITIONALLY_APPROVED, effective=parse_when("by 2026-03-01"))
    later = a_decision(based_on=first)
    entry, _ = decisions.propose(session, actor=world.decider, act=later, quorum=1, now=NOW + HOUR)
    assert approval(session)[0] is Approval.APPROVED
    declare_void(session, world, entry, now=NOW + 2 * HOUR)
    assert approval(session) == (Approval.CONDITIONALLY_APPROVED, first)
    assert approval(session, as_at=date(2026, 2, 1))[0] is Approval.NOT_KNOWN


def test_the_ledger_keeps_both_entries_and_says_of_the_first_who_declared_it_void_when_and_why(
    session: Session, mistaken: Mistaken
) -> None:
    def ledger(known_at: datetime | None) -> dict[str, LedgerEntry]:
        found = public_ledger(session.connection(), as_at=TODAY, known_at=known_at)
        return {each.id: each for each in found.entries}

    (before,) = ledger(NOW).values()
    assert (before.in_force, before.void) == (True, None)
    now = ledger(None)
    assert set(now) == {mistaken.entry, mistaken.void}
    void = now[mistaken.entry].void
    assert void is not None
    assert (void.id, void.at, void.by, void.reason) == (
        mistaken.void, NOW + HOUR, mistaken.world.decider.name, MISTAKE,
    )  # fmt: skip
    assert (now[mistaken.void].voids, now[mistaken.void].in_force) == (Act.APPROVED, True)


def test_its_conditions_fall_away_from_the_work_list_and_take_no_word(session: Session) -> None:
    world = an_assessed_world(session)
    entry, _ = put(session, world.decider, conditions=(Asked("Repair the method", date(2026, 12, 1)),))

    def waits() -> list[str]:
        found = sections(session.connection(), world.decider, NOW)
        return [item.title for section in found for item in section.items if "Repair" in item.title]

    assert len(waits()) == 1
    declare_void(session, world, entry)
    assert waits() == []
    with pytest.raises(Stale, match="the condition fell with it"):
        meet(session, world.decider, f"{entry}-1")
    with pytest.raises(Unfit, match="in force"):
        file(session, world.owner, entry)


def test_what_a_review_put_to_the_deciders_waits_again(session: Session) -> None:
    world = an_assessed_world(session)
    review(session, world.publisher, a_point(session, world.publisher), triggers="suspension")
    entry, _ = decisions.propose(session, actor=world.decider, act=a_decision(), quorum=1, now=NOW + HOUR)
    assert triggers(session.connection()) == ()
    declare_void(session, world, entry, now=NOW + 2 * HOUR)
    assert [each.triggers for each in triggers(session.connection())] == ["suspension"]


def test_it_takes_as_many_deciders_as_any_decision_and_nobody_else(session: Session) -> None:
    world = an_assessed_world(session)
    entry, _ = put(session, world.decider)
    wanted = a_decision(act=Act.VOID, reason=MISTAKE, corrects=entry, based_on=entry)
    for who in (world.lead, world.owner, world.publisher):
        with pytest.raises(Refusal, match="You cannot decide on a programme"):
            decisions.propose(session, actor=who, act=wanted, quorum=1, now=NOW)
    id, taken = decisions.propose(session, actor=world.decider, act=wanted, quorum=2, now=NOW)
    assert not taken
    assert approval(session)[0] is Approval.APPROVED
    assert decisions.vote(session, actor=second(session), proposal=id, word="for", now=NOW + HOUR)
    assert approval(session)[0] is Approval.NONE


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"corrects": ""}, "corrects"),
        ({"effective": parse_when("2026-11-20")}, "effective"),
        ({"conditions": (Asked("Repair"),)}, "conditions"),
        ({"against_advice": "Because."}, "against_advice"),
    ],
)
def test_what_cannot_be_declared_void_is_refused_by_field_and_nothing_is_kept(
    session: Session, given: dict[str, Any], field: str
) -> None:
    world = an_assessed_world(session)
    entry, _ = put(session, world.decider)
    with pytest.raises(Unfit) as refused:
        declare_void(session, world, entry, **given)
    assert list(refused.value.faults) == [field]
    assert [row.id for row in rows(session, Decision)] == [entry]


def test_what_was_declared_void_by_mistake_is_entered_again_by_a_correction(
    session: Session, mistaken: Mistaken
) -> None:
    with pytest.raises(Unfit, match="correct it by entering what was decided"):
        declare_void(session, mistaken.world, mistaken.void)
    again = a_decision(reason="It was right after all.", corrects=mistaken.void, based_on=mistaken.void)
    id, _ = decisions.propose(session, actor=mistaken.world.decider, act=again, quorum=1, now=NOW + 2 * HOUR)
    known = [approval(session, NOW + hours * HOUR)[0] for hours in range(3)]
    assert known == [Approval.APPROVED, Approval.NONE, Approval.APPROVED]
    assert approval(session) == (Approval.APPROVED, id)


def test_what_is_supposed_void_is_seen_and_leaves_nothing(session: Session) -> None:
    world = an_assessed_world(session)
    entry, _ = put(session, world.decider)
    last = session.exec(select(Event.seq).order_by(col(Event.seq).desc())).first()
    wanted = a_decision(act=Act.VOID, corrects=entry, based_on=entry)
    with decisions.supposed(session, act=wanted, now=NOW) as connection:
        assert status_rows(connection, as_at=TODAY, policy_age=YEAR) == ()
    assert approval(session) == (Approval.APPROVED, entry)
    assert session.exec(select(Event.seq).order_by(col(Event.seq).desc())).first() == last


# --- what others are told --------------------------------------------------------------------------------


def test_feeds_and_changes_between_two_days_tell_it_with_the_entry_that_never_held(
    session: Session, mistaken: Mistaken
) -> None:
    connection = session.connection()
    (told,) = [each for each in news(connection) if each.record == f"decision:{mistaken.void}"]
    assert told.heading == (
        "Correction: The programme: the entry “Approved”, 21 November 2026, declared void by the London Metal Exchange"
    )
    assert told.paragraphs == (
        MISTAKE,
        "It never held, and its conditions fell away with it.",
        "Source: London Metal Exchange, “Decision ledger of this register”.",
    )
    assert [each.record for each in news(connection) if each.record == f"decision:{mistaken.entry}"] == []
    assert [each.correction for each in news(connection, known_at=NOW) if "decision:" in each.record] == [False]
    days = (date(2026, 11, 1), TODAY)
    found = day_changes(connection, PROGRAMME, *days, known_at=None, policy_age=YEAR)
    assert found is not None
    assert [each.said for each in found.facts if each.ground and each.ground.own] == [f"Entry declared void. {MISTAKE}"]
    assert "LME approval" not in {each.matter for each in found.changes}
    every = all_changes(connection, packed_facts(connection), *days, known_at=None, policy_age=YEAR)
    (programme,) = every.programmes
    assert [each.record for each in programme.facts] == [f"decision:{mistaken.void}"]


def test_the_age_of_a_status_is_not_that_of_what_never_held(session: Session, mistaken: Mistaken) -> None:
    def page(known_at: datetime | None) -> Any:
        records = read_records(session.connection(), PROGRAMME, known_at, as_at=TODAY)
        assert records is not None
        return programme_as_at(records, TODAY, YEAR, {})

    assert page(NOW).state.last_report == TODAY
    found = page(None)
    assert found.state.last_report == date(2025, 3, 1)
    assert found.last_report_by is not None
    assert [line.entry.id for line in found.ledger if line.decision] == [mistaken.void]


def test_whoever_relies_on_the_programme_is_told_however_long_past_the_entry_is(session: Session) -> None:
    world = an_assessed_world(session)
    following.follow(session, actor=world.producer, said=f"programme:{PROGRAMME}", now=NOW)
    entry, _ = put(session, world.decider, effective=parse_when("2025-03-01"))

    def told() -> list[tuple[str, date]]:
        found = dues(session.connection(), world.producer, NOW + HOUR)
        return [(each.title, each.on) for each in found if each.kind is DueKind.CHANGE]

    assert told() == []
    declare_void(session, world, entry)
    assert told() == [("The programme: entry declared void", TODAY)]


# --- recorded decisions ---------------------------------------------------------------------------------

WAS = "act: conditionally_approved"
IS = "act: void, reason: Never decided."


def test_a_recorded_decision_is_declared_void_in_its_file_and_decided_again_there(
    engine: Engine, tmp_path: Path
) -> None:
    root = write(tmp_path)
    load(engine, root)
    put_in(root, "decisions.yaml", WAS, IS)
    assert load(engine, root, LATER).corrected == 1
    assert load(engine, root, LATER).corrected == 0

    def known(at: datetime | None) -> list[str]:
        with reading(engine) as connection:
            found = status_rows(connection, as_at=date(2026, 1, 1), known_at=at, policy_age=YEAR)
        return [row.approval.value for row in found]

    assert known(NOW) == ["conditionally_approved"]
    assert known(None) == []
    put_in(root, "decisions.yaml", IS, WAS)
    load(engine, root, LATER + HOUR)
    assert (known(LATER), known(None)) == ([], ["conditionally_approved"])


def test_a_record_that_was_never_entered_here_is_not_declared_void(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    put_in(root, "decisions.yaml", WAS, IS)
    load(engine, root)
    with Session(engine) as session:
        assert rows(session, Decision) == []
