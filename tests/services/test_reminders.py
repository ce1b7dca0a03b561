"""Reminders by mail, each once, through a real mail server on this machine."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from alignment.database import reading, unit_of_work
from alignment.domain.catalogue import Part
from alignment.domain.evidence import Described, EvidenceKind
from alignment.domain.people import Someone
from alignment.domain.refusal import Refusal
from alignment.domain.reminder import Due, DueKind
from alignment.domain.round import Planned, Round
from alignment.queries.reminders import dues, reminders
from alignment.reminding import remind_all
from alignment.services import evidence
from alignment.services.evidence import Limits
from alignment.services.reminders import TRYING, claim, see, settle
from alignment.settings import Settings
from alignment.tables import Event, ReminderSent
from tests.conftest import NOW
from tests.mailbox import Mailbox, mailbox
from tests.rounds import a_round, catalogues, close, codes, rate_all
from tests.undertakings import SOON, TODAY, Desk, desk_on
from tests.working import World, a_world


def settings(url: str, port: int) -> Settings:
    return Settings(
        database_url=url, smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none", mail_from="register@scheme.example"
    )


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with desk_on(database_url) as made:
        yield made


def remind(desk: Desk, box: Mailbox, now: datetime = NOW) -> list[str]:
    return remind_all(desk.engine, settings(desk.url, box.server_address[1]), now=now).said


def test_each_reminder_goes_out_once_however_often_the_command_is_run(desk: Desk) -> None:
    desk.undertake()
    with mailbox() as box:
        assert len(remind(desk, box)) == 3
        assert remind(desk, box) == ["nobody is to be reminded of anything"]
        assert len(box.kept) == 3
        remind(desk, box, NOW + timedelta(days=4))
        assert len(box.kept) == 6
    to_owner = next(each for each in box.kept if b"owner@people.example" in each)
    message = email.message_from_bytes(to_owner, policy=email.policy.default)
    assert message["Subject"] == "Train the auditors: due in 5 days, on 26 November 2026"
    assert message.get_content_type() == "text/plain"
    assert "/actions/" in message.get_content()
    with Session(desk.engine) as session:
        told = session.exec(select(Event).where(col(Event.act) == "reminded")).all()
    assert len(told) == 6
    assert all("@" not in each.after for each in told)


def test_a_mail_that_is_not_taken_is_told_and_tried_again(desk: Desk) -> None:
    desk.undertake()
    with mailbox(refuses=True) as box:
        done = remind_all(desk.engine, settings(desk.url, box.server_address[1]), now=NOW)
        assert len(done.faults) == 3
        assert all("did not take a mail" in each and "@" not in each for each in done.faults)
    with mailbox() as box:
        remind(desk, box)
        assert len(box.kept) == 3


def test_without_a_mail_server_only_a_dry_run_says_who_would_be_reminded(desk: Desk) -> None:
    desk.undertake()
    with pytest.raises(Refusal, match="no mail server is set"):
        remind_all(desk.engine, Settings(database_url=desk.url), now=NOW)
    said = remind_all(desk.engine, Settings(database_url=desk.url), now=NOW, dry_run=True).said
    assert "Owner: Train the auditors, due in 5 days, on 26 November 2026" in said
    with Session(desk.engine) as session:
        assert session.exec(select(ReminderSent)).all() == []


def test_a_mail_server_that_does_not_answer_is_named_and_no_password_is(desk: Desk) -> None:
    desk.undertake()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    closed = Settings(
        database_url=desk.url, smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none", smtp_user="me",
        smtp_password="open sesame", mail_from="register@scheme.example",
    )  # fmt: skip
    with pytest.raises(Refusal, match=f"127.0.0.1:{port} cannot be used") as refused:
        remind_all(desk.engine, closed, now=NOW)
    assert "open sesame" not in str(refused.value)


def test_two_runs_at_once_send_a_reminder_once_and_a_broken_run_is_made_up_for(desk: Desk) -> None:
    desk.undertake()
    owner = desk.world.owner
    with reading(desk.engine) as connection:
        found = [each.reminder for each in reminders(connection, owner, NOW)]
    late = NOW + TRYING + timedelta(seconds=1)
    with unit_of_work(desk.engine) as session:
        assert claim(session, person_id=owner.id, reminders=found, now=NOW) == found
        assert claim(session, person_id=owner.id, reminders=found, now=NOW) == []
        assert claim(session, person_id=owner.id, reminders=found, now=late) == found
        settle(session, person_id=owner.id, reminders=found, sent=True, now=late)
        assert claim(session, person_id=owner.id, reminders=found, now=late + TRYING * 2) == []


def test_what_was_seen_here_is_not_sent(desk: Desk) -> None:
    desk.undertake()
    with reading(desk.engine) as connection:
        found = [each.reminder for each in reminders(connection, desk.world.owner, NOW)]
    with unit_of_work(desk.engine) as session:
        see(session, actor=desk.world.owner, reminder=found[0], now=NOW)
    with mailbox() as box:
        remind(desk, box)
    assert [each for each in box.kept if b"owner@people.example" in each] == []


def test_planned_days_and_expiring_evidence_fall_due_for_the_team(desk: Desk) -> None:
    lead = desk.world.lead
    secret = Described(EvidenceKind.EXPERT, "Whistle-blower", TODAY, SOON, confidential=True)
    with unit_of_work(desk.engine) as session:
        planned = {Part.STANDARDS: Planned(TODAY, SOON)}
        second = a_round(session, desk.world, planned=planned)
        evidence.add_evidence(session, actor=lead, assessment=second.id, said=secret, limits=Limits(1_000_000), now=NOW)
    with reading(desk.engine) as connection:
        found = dues(connection, lead, NOW)
        assert dues(connection, desk.world.reviewer, NOW) == []
    assert {(each.kind, each.title, each.on) for each in found} == {
        (DueKind.PART, "Begin rating the standards part", TODAY),
        (DueKind.PART, "Close the standards part", SOON),
        (DueKind.EVIDENCE, "Confidential evidence", SOON),
    }
    assert all(isinstance(each, Due) for each in found)


# --- evidence of a round that was followed ------------------------------------------------------------------

GOVERNANCE, STANDARDS = Part.GOVERNANCE, Part.STANDARDS
OF_FIRST, CARRIED = "The programme, round 1", "The programme, round 2, carried over from round 1"


def entered(session: Session, world: World, found: Round, name: str, part: Part | None, *, secret: bool = False) -> str:
    """A piece of evidence that expires soon, behind a rating where a part is named."""
    said = Described(EvidenceKind.DOCUMENT, name, TODAY, SOON, confidential=secret)
    id = evidence.add_evidence(
        session, actor=world.lead, assessment=found.id, said=said, limits=Limits(1_000_000), now=NOW
    )
    if part:
        rest(session, world, found, part, [id])
    return id


def rest(
    session: Session, world: World, found: Round, part: Part, held: list[str], shown: Collection[str] = ()
) -> None:
    criterion = codes(part)[0]
    catalogue = catalogues()[found.edition]
    evidence.link_evidence(
        session, actor=world.lead, assessment=found.id, part=part, criterion=criterion, evidence=held,
        shown=shown or held, catalogue=catalogue, now=NOW,
    )  # fmt: skip


def expiring(session: Session, who: Someone) -> dict[str, tuple[str, str]]:
    """What expires for somebody: by its title the round that it is told of, and its address."""
    found = [each for each in dues(session.connection(), who, NOW) if each.kind is DueKind.EVIDENCE]
    assert len({each.subject for each in found}) == len(found)
    return {each.title: (each.about, each.address) for each in found}


def test_evidence_of_a_followed_round_falls_due_where_it_stands_now(session: Session) -> None:
    world = a_world(session)
    first = a_round(session, world, rating=[GOVERNANCE, STANDARDS])
    carried = entered(session, world, first, "Carried", GOVERNANCE)
    secret = entered(session, world, first, "Whistle-blower", GOVERNANCE, secret=True)
    open_still = entered(session, world, first, "Of an open part", STANDARDS)
    nothing = entered(session, world, first, "Behind nothing", None)
    before = {
        name: (OF_FIRST, f"/evidence/{id}")
        for name, id in [
            ("Carried", carried), ("Confidential evidence", secret), ("Of an open part", open_still),
            ("Behind nothing", nothing),
        ]
    }  # fmt: skip
    assert expiring(session, world.lead) == expiring(session, world.second) == before
    rate_all(session, world.lead, first.id, GOVERNANCE)
    close(session, world, first.id, GOVERNANCE)
    second = a_round(session, world, follows=first.id, second=world.reviewer.id, rating=[GOVERNANCE])

    stays = {"Of an open part": (OF_FIRST, f"/evidence/{open_still}")}
    told_of_secret = {"Confidential evidence": (CARRIED, f"/evidence/{secret}")}
    goes_on = {"Carried": (CARRIED, f"/rounds/{second.id}/evidence")}
    assert expiring(session, world.lead) == stays | told_of_secret | goes_on
    assert expiring(session, world.second) == stays | told_of_secret  # in the first team alone
    assert expiring(session, world.reviewer) == goes_on  # in the second team alone

    rest(session, world, second, GOVERNANCE, [], shown=[carried, secret])
    assert expiring(session, world.lead) == expiring(session, world.second) == stays
    assert expiring(session, world.reviewer) == {}


def test_what_stands_in_two_rounds_is_told_once_of_the_newer(session: Session) -> None:
    world = a_world(session)
    first = a_round(session, world, rating=[GOVERNANCE, STANDARDS])
    both = entered(session, world, first, "Behind both parts", GOVERNANCE)
    rest(session, world, first, STANDARDS, [both])
    rate_all(session, world.lead, first.id, GOVERNANCE)
    close(session, world, first.id, GOVERNANCE)
    second = a_round(session, world, follows=first.id)
    assert expiring(session, world.lead) == {"Behind both parts": (CARRIED, f"/rounds/{second.id}/evidence")}
