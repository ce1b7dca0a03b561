"""What falls due for a producer and what changes in what somebody relies on, on both databases; and following."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from alignment.database import reading, unit_of_work
from alignment.domain.claim import KINDS
from alignment.domain.people import SYSTEM, Someone
from alignment.domain.producer_record import BRAND, DECLARATION, SITE
from alignment.domain.refusal import Missing
from alignment.domain.reminder import STAGES, Due, DueKind
from alignment.queries.relied_on import Owing, followed, relied_on
from alignment.queries.reminders import dues, reminders
from alignment.reminding import remind_all
from alignment.services import following, ledger
from alignment.services import producer_records as keep
from alignment.services.producer_records import Entry
from alignment.settings import Settings
from alignment.tables import CorrectiveAction, Decision, Follow
from tests.conftest import NOW
from tests.domain.test_entering import BRANDED, DECLARED
from tests.services.test_producer_records import CLAIM, CU, US, House

TODAY = NOW.date()
SOON = TODAY + timedelta(days=7)


@pytest.fixture
def house(seeded_engine: Engine) -> House:
    return House(seeded_engine)


def due(house: House, who: Someone, *kinds: DueKind, now: datetime = NOW) -> list[Due]:
    with reading(house.engine) as connection:
        return [each for each in dues(connection, who, now) if each.kind in kinds]


def follow(house: House, who: Someone, said: str) -> None:
    with unit_of_work(house.engine) as session:
        following.follow(session, actor=who, said=said, now=NOW)


def decide(house: House, programme: str, act: str, *, effective: date = TODAY) -> None:
    row = Decision(
        id=f"{programme}-{act}", programme_id=programme, act=act, effective_on=effective, recorded_at=NOW, position=99,
    )  # fmt: skip
    with unit_of_work(house.engine) as session:
        ledger.enter(session, row, actor=SYSTEM, act="decided", now=NOW)


def test_a_certificate_falls_due_on_its_last_expiry_at_each_site_for_its_own_people_alone(house: House) -> None:
    house.certify(number="CM-1", expires_on="2026-01-31")
    assert [each.on for each in due(house, house.us, DueKind.CERTIFICATE)] == [date(2026, 1, 31)]
    renewed = house.certify(number="CM-2", expires_on=SOON.isoformat())
    house.certify(kind="iso_14001", programme="", number="E-1", expires_on="")
    (found,) = due(house, house.us, DueKind.CERTIFICATE)
    assert (found.on, found.about, found.subject) == (SOON, "NC-1", f"certificate:{renewed}")
    assert found.title.endswith(", CM-2")
    assert due(house, house.other, DueKind.CERTIFICATE) == []
    assert due(house, house.lme, DueKind.CERTIFICATE) == []
    with unit_of_work(house.engine) as session:
        site = Entry(SITE, US, {"name": "South", "country": "", "kind": "Refinery"})
        south = keep.add(session, actor=house.us, entry=site, items={}, now=NOW)
        brand = Entry(BRAND, US, {**BRANDED, "name": "NC-1", "sites": [house.site, south]})
        keep.change(session, actor=house.us, entry=brand, id=CU, version=1, items={}, now=NOW)
    both = house.certify(number="CM-3", sites=[house.site, south], expires_on="2026-03-31")
    assert {each.subject for each in due(house, house.us, DueKind.CERTIFICATE)} == {
        f"certificate:{renewed}", f"certificate:{both}",
    }  # fmt: skip
    later = house.certify(number="CM-4", sites=[south], expires_on="2027-03-31")
    assert {each.subject for each in due(house, house.us, DueKind.CERTIFICATE)} == {
        f"certificate:{renewed}", f"certificate:{later}",
    }  # fmt: skip


def test_the_yearly_report_falls_due_on_the_day_that_the_last_one_set(house: House) -> None:
    noun = KINDS["reporting"].noun
    said: dict[str, Any] = {name: value for name, value in CLAIM.items() if name != "adopted"}

    def report(year: str, due_on: str) -> None:
        house.report(noun, said | {"effective": year, "address": "", "next": due_on})

    report("2024", "2025-06-30")
    report("2025", SOON.isoformat())
    report("2023", "")
    (found,) = due(house, house.us, DueKind.REPORT)
    assert (found.on, found.subject, found.about) == (SOON, f"report:{US}", "Northern Copper")
    with reading(house.engine) as connection:
        for days in STAGES:
            told = reminders(connection, house.us, NOW + (SOON - TODAY) - timedelta(days=days))
            assert [(each.reminder.due.subject, each.reminder.stage) for each in told] == [(f"report:{US}", days)]
        assert reminders(connection, house.us, NOW + (SOON - TODAY) - timedelta(days=31)) == []


def test_a_decision_on_what_a_brand_declares_is_told_once_by_mail_and_page(house: House, seeded_url: str) -> None:
    house.state(DECLARATION, DECLARED, programmes=["jdds-rmap"])
    assert due(house, house.us, DueKind.CHANGE) == []
    decide(house, "jdds-rmap", "suspended")
    decide(house, "jdds-copper-mark", "suspended")
    (found,) = due(house, house.us, DueKind.CHANGE)
    assert (found.title, found.on, found.about) == ("Joint Standard, RMAP: suspended", TODAY, "NC-1")
    settings = Settings(database_url=seeded_url)
    decide(house, "jdds-rmap", "withdrawn", effective=date(2027, 2, 1))
    told = [each for each in due(house, house.us, DueKind.CHANGE) if each.title.endswith("withdrawn")]
    assert [(each.on, each.recorded) for each in told] == [(date(2027, 2, 1), TODAY)]
    later = NOW + timedelta(days=10)
    for now in (NOW, later):
        said = remind_all(house.engine, settings, now=now, dry_run=True).said
        assert "Cora Copper: Joint Standard, Copper Mark: suspended, since 21 November 2026" in said, "it owns them"
        assert [each for each in said if each.startswith("Petra")] == [
            "Petra Producer: Joint Standard, RMAP: suspended, since 21 November 2026",
            "Petra Producer: Joint Standard, RMAP: withdrawn, from 1 February 2027, recorded on 21 November 2026",
        ]
    with reading(house.engine) as connection:
        assert {each.reminder.stage for each in reminders(connection, house.us, later)} == {0}
        assert reminders(connection, house.us, NOW + timedelta(days=31)) == []


def test_what_took_effect_long_ago_is_no_news(house: House) -> None:
    follow(house, house.us, "programme:jdds-rmap")
    decide(house, "jdds-rmap", "suspended", effective=date(2025, 1, 1))
    assert due(house, house.us, DueKind.CHANGE) == []


def test_a_corrective_action_that_slips_is_told_to_those_who_rely_on_its_programme(house: House) -> None:
    follow(house, house.other, "metal:cobalt")
    with unit_of_work(house.engine) as session:
        action = session.exec(
            select(CorrectiveAction).where(CorrectiveAction.assessment_id.startswith("rmi-cobalt"))  # type: ignore[attr-defined]
        ).first()
        assert action is not None
        ledger.change(
            session, action, {"due_on": TODAY - timedelta(days=2)}, actor=SYSTEM, act="changed", now=NOW
        )  # fmt: skip
    (found,) = due(house, house.other, DueKind.CHANGE)
    assert (found.on, found.about, found.address) == (
        TODAY - timedelta(days=1), "you follow cobalt", "/programmes/rmi-cobalt",
    )  # fmt: skip
    assert "is past its date" in found.title


def test_what_is_followed_is_listed_once_and_may_be_let_go(house: House) -> None:
    house.state(DECLARATION, DECLARED, programmes=["jdds-rmap"])
    for said in ("metal:copper", "programme:rmi-cobalt", f"brand:{CU}", "metal:copper"):
        follow(house, house.lme, said)
    with reading(house.engine) as connection:
        assert {each.name for each in followed(connection, house.lme.id)} == {
            "Copper",
            "RMI Cobalt Refiner Standard",
            "NC-1",
        }
        relied = relied_on(Owing(connection, house.lme, NOW))[0]
    assert relied["rmi-cobalt"] == "you follow it"
    assert relied["jdds-rmap"] == "NC-1, you follow copper"
    assert relied["rmi-all-minerals"] == "you follow copper"
    assert "rmi-tin-tantalum" not in relied
    for strange in ("metal:mithril", "person:x", "metal", "metal:"):
        with unit_of_work(house.engine) as session, pytest.raises(Missing, match="no such metal"):
            following.follow(session, actor=house.lme, said=strange, now=NOW)
    with unit_of_work(house.engine) as session:
        following.unfollow(session, actor=house.lme, said="metal:copper")
        following.unfollow(session, actor=house.lme, said="metal:copper")
    with Session(house.engine) as session:
        assert len(session.exec(select(Follow)).all()) == 2
