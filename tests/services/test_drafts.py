"""Drafts of market updates on both databases: each act with its event, versions, notices, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alignment.database import unit_of_work
from alignment.domain.checks import Check, Fault
from alignment.domain.draft import Written
from alignment.domain.merging import Clash
from alignment.domain.people import SYSTEM, Role, Someone
from alignment.domain.refusal import Missing, Refusal, Stale, Unfit
from alignment.services import drafts
from alignment.services.drafts import Told
from alignment.services.publications import keep_file, publish
from alignment.tables import Draft, Event, Notice, Publication, PublicationFile
from tests.conftest import NOW
from tests.domain.update import content
from tests.working import LME, OWNER, make_organisation, make_person

WRITTEN = Written("2026-11", "An update", date(2026, 11, 21), "{table: status}\n")
LATER = NOW + timedelta(days=3)
STALE = Fault(Check.STALE, "alpha", "Alpha: old.")


@pytest.fixture
def publisher(session: Session) -> Someone:
    return make_person(session, "Paula", LME, Role.PUBLISHER)


def acts(session: Session, draft: str) -> list[tuple[str, str]]:
    """The events of a draft and its notices: act and actor."""
    rows = session.exec(select(Event).order_by(col(Event.seq))).all()
    return [(row.act, row.actor) for row in rows if draft in row.subject]


def begun(session: Session, publisher: Someone, written: Written = WRITTEN) -> str:
    return drafts.begin(session, actor=publisher, written=written, now=NOW)


def test_a_draft_is_begun_saved_and_published_each_with_its_event(session: Session, publisher: Someone) -> None:
    draft = begun(session, publisher)
    chosen = replace(WRITTEN, statements=("b", "a"), label=" A remark ")
    drafts.save(session, actor=publisher, draft=draft, written=chosen, version=1, now=NOW)
    row = session.get_one(Draft, draft)
    assert drafts.written_of(row) == replace(chosen, label="A remark")
    made = content(number="2026-11")
    drafts.publish(session, actor=publisher, draft=draft, version=2, content=made, failing=(), now=NOW)
    assert row.published == "2026-11"
    assert session.get_one(Publication, "2026-11").title == made["title"]
    who = f"person:{publisher.id}"
    assert acts(session, draft) == [("begun", who), ("saved", who), ("published", who)]


def test_saving_the_same_again_is_no_event(session: Session, publisher: Someone) -> None:
    draft = begun(session, publisher)
    drafts.save(session, actor=publisher, draft=draft, written=WRITTEN, version=1, now=NOW)
    assert len(acts(session, draft)) == 1
    assert session.get_one(Draft, draft).version == 1


def test_a_stale_version_is_a_clash_with_both_texts(session: Session, publisher: Someone) -> None:
    draft = begun(session, publisher)
    drafts.save(session, actor=publisher, draft=draft, written=replace(WRITTEN, text="Theirs."), version=1, now=NOW)
    mine = replace(WRITTEN, text="Mine.", statements=("a", "b"))
    with pytest.raises(Clash) as clash:
        drafts.save(session, actor=publisher, draft=draft, written=mine, version=1, now=NOW)
    assert clash.value.version == 2
    [text, _] = [each for each in clash.value.fields if each.differs]
    assert (text.name, text.theirs, text.yours) == ("text", "Theirs.", "Mine.")
    assert drafts.written_as(clash.value.kept) == mine
    with pytest.raises(Clash) as clash:
        drafts.save(session, actor=publisher, draft=draft, written=replace(mine, text=WRITTEN.text), version=1, now=NOW)
    assert drafts.written_as(clash.value.kept) == replace(mine, text="Theirs.")
    with pytest.raises(Stale, match="saved again since you looked at it"):
        drafts.publish(session, actor=publisher, draft=draft, version=1, content=content(), failing=(), now=NOW)


def test_reasons_are_kept_by_the_fault_that_they_waive_and_taken_back(session: Session, publisher: Someone) -> None:
    draft = begun(session, publisher)
    other = Fault(Check.STALE, "beta", "Beta: old.")
    drafts.waive(session, actor=publisher, draft=draft, faults=[STALE, other], reason=" Known. ", now=NOW)
    row = session.get_one(Draft, draft)
    assert json.loads(row.waivers) == {"stale:alpha": "Known.", "stale:beta": "Known."}
    drafts.waive(session, actor=publisher, draft=draft, faults=[STALE], reason="", now=NOW)
    assert json.loads(row.waivers) == {"stale:beta": "Known."}


@pytest.mark.parametrize(
    ("faults", "reason", "sentence"),
    [
        ([], "Known.", "There is nothing to waive"),
        ([STALE], "x" * 1001, "at most 1,000 characters"),
        ([Fault(Check.MARKER, "1", "No.")], "Known.", "cannot be waived: put right what it names"),
    ],
)
def test_what_cannot_be_waived_is_refused(
    session: Session, publisher: Someone, faults: list[Fault], reason: str, sentence: str
) -> None:
    draft = begun(session, publisher)
    with pytest.raises(Unfit, match=sentence):
        drafts.waive(session, actor=publisher, draft=draft, faults=faults, reason=reason, now=NOW)


def test_notices_count_on_and_what_was_told_last_is_not_told_twice(session: Session, publisher: Someone) -> None:
    make_organisation(session, OWNER)
    draft = begun(session, publisher)

    def tell(text: str, until: datetime = LATER) -> int:
        told = [Told(OWNER, text)]
        return drafts.tell(session, actor=publisher, draft=draft, told=told, embargo_until=until, now=NOW)

    assert [tell("One."), tell("One."), tell("Two.")] == [1, 0, 1]
    held = session.exec(select(Notice).order_by(col(Notice.number))).all()
    assert [(each.number, each.text, each.embargo_until) for each in held] == [(1, "One.", LATER), (2, "Two.", LATER)]
    assert session.get_one(Draft, draft).notice_at == LATER
    with pytest.raises(Unfit, match="Those told first were told"):
        tell("Three.", LATER + timedelta(days=1))
    assert [act for act, _ in acts(session, draft)] == ["begun", "told", "embargoed", "told"]


def test_an_embargo_that_is_over_is_refused(session: Session, publisher: Someone) -> None:
    draft = begun(session, publisher)
    with pytest.raises(Unfit, match="has to end later than now"):
        drafts.tell(session, actor=publisher, draft=draft, told=[], embargo_until=NOW, now=NOW)


def test_a_failing_check_a_day_ahead_and_a_number_that_is_taken_are_refused_together(
    session: Session, publisher: Someone
) -> None:
    publish(session, actor=SYSTEM, content=content(), now=NOW)
    draft = begun(session, publisher)
    ahead = content(as_at=date(2030, 1, 1))
    with pytest.raises(Unfit) as refused:
        drafts.publish(session, actor=publisher, draft=draft, version=1, content=ahead, failing=[STALE], now=NOW)
    assert set(refused.value.faults) == {"stale:alpha", "refused:as_at", "refused:number"}
    assert session.get_one(Draft, draft).published is None


def test_a_published_draft_and_one_that_is_not_there_take_no_more(session: Session, publisher: Someone) -> None:
    draft = begun(session, publisher)
    made = content(number="2026-11")
    drafts.publish(session, actor=publisher, draft=draft, version=1, content=made, failing=(), now=NOW)
    with pytest.raises(Refusal, match="published as 2026-11 and stays as it was"):
        drafts.save(session, actor=publisher, draft=draft, written=WRITTEN, version=2, now=NOW)
    with pytest.raises(Missing):
        drafts.save(session, actor=publisher, draft="none", written=WRITTEN, version=1, now=NOW)


def test_a_draft_set_aside_is_kept_with_its_reason_and_goes_on_only_when_taken_up_again(
    session: Session, publisher: Someone
) -> None:
    draft = begun(session, publisher)
    drafts.set_aside(session, actor=publisher, draft=draft, reason=" Nothing changed. ", version=1, now=NOW)
    row = session.get_one(Draft, draft)
    assert (row.aside, row.text, row.version) == ("Nothing changed.", WRITTEN.text, 2)
    with pytest.raises(Refusal, match="take it up again first"):
        drafts.save(session, actor=publisher, draft=draft, written=WRITTEN, version=2, now=NOW)
    with pytest.raises(Refusal, match="take it up again first"):
        drafts.publish(session, actor=SYSTEM, draft=draft, content=content(), failing=(), now=NOW)
    drafts.take_up(session, actor=publisher, draft=draft, version=2, now=NOW)
    drafts.save(session, actor=publisher, draft=draft, written=replace(WRITTEN, text="Anew."), version=3, now=NOW)
    who = f"person:{publisher.id}"
    assert acts(session, draft) == [("begun", who), ("set aside", who), ("taken up", who), ("saved", who)]
    [event] = [each for each in session.exec(select(Event)).all() if each.act == "set aside"]
    assert json.loads(event.after)["aside"] == "Nothing changed."


def test_setting_aside_takes_a_reason_the_newest_version_and_a_publisher(session: Session, publisher: Someone) -> None:
    draft = begun(session, publisher)
    for reason in (" ", "x" * 1001):
        with pytest.raises(Unfit, match="Say why, in at most 1,000 characters"):
            drafts.set_aside(session, actor=publisher, draft=draft, reason=reason, version=1, now=NOW)
    with pytest.raises(Stale, match="saved again since you looked at it"):
        drafts.set_aside(session, actor=publisher, draft=draft, reason="Old.", version=0, now=NOW)
    with pytest.raises(Refusal, match="is not set aside"):
        drafts.take_up(session, actor=publisher, draft=draft, version=1, now=NOW)
    decider = make_person(session, "Dora", LME, Role.DECIDER)
    for act in (
        lambda: drafts.set_aside(session, actor=decider, draft=draft, reason="No.", version=1, now=NOW),
        lambda: drafts.take_up(session, actor=decider, draft=draft, version=1, now=NOW),
    ):
        with pytest.raises(Refusal, match="it takes the role of a publisher"):
            act()
    assert [act for act, _ in acts(session, draft)] == ["begun"]


def test_only_publishers_and_the_operator_publish(session: Session, publisher: Someone) -> None:
    decider = make_person(session, "Dora", LME, Role.DECIDER)
    draft = begun(session, publisher)
    with pytest.raises(Refusal, match="it takes the role of a publisher"):
        drafts.save(session, actor=decider, draft=draft, written=WRITTEN, version=1, now=NOW)
    with pytest.raises(Refusal, match="it takes the role of a publisher"):
        drafts.publish(session, actor=decider, content=content(), failing=(), now=NOW)
    drafts.publish(session, actor=SYSTEM, content=content(), failing=(), now=NOW)
    assert session.get_one(Publication, "2024-09").recorded_at == NOW


def test_a_file_is_kept_once_wherever_the_register_is_served_with_an_event(engine: Engine) -> None:
    origin, path = "https://register.example", "/publications/2024-09.pdf"
    named = {"path": path, "number": "2024-09"}
    with unit_of_work(engine) as session:
        publish(session, actor=SYSTEM, content=content(), now=NOW)
        assert keep_file(session, origin=origin, **named, content=b"first", now=NOW) == b"first"
    with unit_of_work(engine) as session:
        later = datetime(2027, 1, 1, tzinfo=UTC)
        for where in (origin, "https://moved.example"):
            assert keep_file(session, origin=where, **named, content=b"second", now=later) == b"first"
        assert session.get_one(PublicationFile, origin + path).made_at == NOW
        [event] = [each for each in session.exec(select(Event)).all() if each.act == "rendered"]
        assert json.loads(event.after)["size"] == 5
