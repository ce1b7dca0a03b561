"""A producer's record through its services, on both databases: each act with its row, its event, its refusal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alignment.catalogue import load_all
from alignment.database import reading, unit_of_work
from alignment.domain.checklist import Answer
from alignment.domain.claim import KINDS
from alignment.domain.merging import Clash
from alignment.domain.people import Role, Someone
from alignment.domain.producer_record import ANSWER, BRAND, CERTIFICATE, DECLARATION, PRODUCER, SITE
from alignment.domain.refusal import Missing, Refusal, Stale, Unfit
from alignment.queries.brands import BrandPage, brand_page, declarable_facts
from alignment.queries.producers import producer_page
from alignment.services import producer_records as keep
from alignment.services.producer_records import Entry
from alignment.tables import Brand, Certificate, Claim, Declaration, Event
from tests.conftest import NOW
from tests.domain.test_entering import ANSWERED, BRANDED, CERTIFIED, DECLARED
from tests.working import make_person

LATER = NOW + timedelta(hours=1)
TODAY = NOW.date()
US = "northern-copper"
CU = f"{US}-nc-1"
_, TRACK_A = load_all()
ITEMS = {item.code: item.title for item in TRACK_A.checklist}
CLAIM: dict[str, Any] = {
    "title": "Policy", "value": "The board adopted it.", "effective": "2025", "adopted": "2025-03-01", "shown_in": "",
    "gap": False, "public": True, "remark": "",
}  # fmt: skip


class House:
    """The record of a producer with a site and a brand, and the people who may and may not write in it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with unit_of_work(engine) as session:
            self.us = make_person(session, "Petra Producer", US, Role.PRODUCER)
            self.other = make_person(session, "Otto Other", "other-metals", Role.PRODUCER)
            self.lme = make_person(session, "Dee Decider", "lme", Role.DECIDER)
            self.owner = make_person(session, "Cora Copper", "copper-mark", Role.SCHEME_OWNER)
            values = {"name": "Northern Copper", "country": "Chile", "summary": ""}
            keep.begin_record(session, actor=self.us, producer=US, values=values, now=NOW)
            site = Entry(SITE, US, {"name": "North", "country": "", "kind": "Refinery"})
            self.site = keep.add(session, actor=self.us, entry=site, items=ITEMS, now=NOW)
            brand = Entry(BRAND, US, {**BRANDED, "name": "NC-1", "sites": [self.site]})
            keep.add(session, actor=self.us, entry=brand, items=ITEMS, now=NOW)

    def state(self, noun: Any, values: Any, *, corrects: str = "", actor: Someone | None = None, **changed: Any) -> str:
        kind = "policy" if noun.id == "claims" else ""
        entry = Entry(noun, US, {**values, **changed}, "" if kind else CU, kind, corrects)
        with unit_of_work(self.engine) as session:
            return keep.state(session, actor=actor or self.us, entry=entry, items=ITEMS, now=LATER)

    def report(self, noun: Any, values: Any) -> str:
        entry = Entry(noun, US, values, "", "reporting")
        with unit_of_work(self.engine) as session:
            return keep.state(session, actor=self.us, entry=entry, items=ITEMS, now=LATER)

    def certify(self, **changed: Any) -> str:
        values = {"programme": "jdds-copper-mark", "sites": [self.site], "edition": "revision 3", **changed}
        return self.state(CERTIFICATE, CERTIFIED, **values)

    def page(self, *, private: bool = False) -> BrandPage:
        with reading(self.engine) as connection:
            offered = declarable_facts(connection).on(TODAY)
            found = brand_page(connection, CU, offered, track_a=TRACK_A, as_at=TODAY, private=private)
        assert found is not None
        return found

    def point(self, code: str) -> Any:
        return next(each.point for each in self.page().checklist if each.item.code == code)

    def events(self, subject: str) -> list[Event]:
        with Session(self.engine) as session:
            return list(session.exec(select(Event).where(col(Event.subject) == subject).order_by(col(Event.seq))))


@pytest.fixture
def house(seeded_engine: Engine) -> Iterator[House]:
    return House(seeded_engine)


def test_a_record_is_begun_once_by_its_own_people_under_the_id_of_their_organisation(house: House) -> None:
    values = {"name": "X", "country": "", "summary": ""}
    with unit_of_work(house.engine) as session:
        with pytest.raises(Refusal, match="begun already"):
            keep.begin_record(session, actor=house.us, producer=US, values=values, now=NOW)
        with pytest.raises(Refusal, match="it takes the role of a producer for this producer"):
            keep.begin_record(session, actor=house.other, producer=US, values=values, now=NOW)
        with pytest.raises(Missing, match="no record of a producer “other-metals” yet"):
            keep.add(session, actor=house.other, entry=Entry(SITE, "other-metals", {}), items=ITEMS, now=NOW)
    assert [each.act for each in house.events(f"producer:{US}")] == ["begun"]
    assert [each.act for each in house.events(f"brand:{CU}")] == ["added"]


def test_a_declaration_with_its_history_and_a_fuller_standard(house: House) -> None:
    first = house.state(DECLARATION, DECLARED, programmes=["jdds-rmap"])
    second = house.state(
        DECLARATION, DECLARED, programmes=[], by_equivalence="copper-mark-criteria", effective="2026-01-01"
    )
    page = house.page()
    assert page.declared is not None
    assert [each.id for each in page.declarations] == [second, first]
    assert page.declared.id == second
    assert [each for each, _ in page.declared.programmes] == ["jdds-copper-mark"]
    assert page.declared.equivalent == "Copper Mark Criteria for Responsible Production"
    assert house.point("TA-04").answer is Answer.MET
    third = house.state(DECLARATION, DECLARED, corrects=second, programmes=["jdds-rmap"], remark="The wrong one.")
    assert [each.id for each in house.page().declarations] == [third, first]
    with pytest.raises(Stale, match="corrected or withdrawn meanwhile"):
        house.state(DECLARATION, DECLARED, corrects=second, programmes=["jdds-rmap"])
    assert [each.act for each in house.events(f"declaration:{third}")] == ["corrected"]


def test_what_is_withdrawn_no_longer_stands_and_what_stood_before_it_does_not_come_back(house: House) -> None:
    first = house.state(DECLARATION, DECLARED, programmes=["jdds-rmap"])
    told = {"noun": DECLARATION, "producer": US, "id": first, "now": LATER}
    with unit_of_work(house.engine) as session, pytest.raises(Unfit) as refused:
        keep.withdraw(session, actor=house.us, reason=" ", **told)
    assert refused.value.faults == {"reason": "Say why it is withdrawn: the reason stays in the history."}
    with unit_of_work(house.engine) as session, pytest.raises(Unfit, match="at most 500"):
        keep.withdraw(session, actor=house.us, reason="x" * 501, **told)
    with unit_of_work(house.engine) as session, pytest.raises(Refusal):
        keep.withdraw(session, actor=house.lme, reason="x", **told)
    with unit_of_work(house.engine) as session:
        keep.withdraw(session, actor=house.us, reason="Filed by mistake.", **told)
    assert house.page().declarations == ()
    with unit_of_work(house.engine) as session:
        rows = session.exec(select(Declaration).order_by(col(Declaration.position))).all()
        assert [(row.withdrawn, row.remark) for row in rows] == [(False, ""), (True, "Filed by mistake.")]
        with pytest.raises(Stale):
            keep.withdraw(session, actor=house.us, reason="Again.", **told)


def test_a_certificate_is_claimed_until_somebody_outside_the_producer_verifies_it(house: House) -> None:
    id = house.certify(number="CM-7")
    assert house.point("TA-07").answer is Answer.UNKNOWN
    house.state(DECLARATION, DECLARED, programmes=["jdds-copper-mark"])
    assert (house.point("TA-08").answer, house.point("TA-05").answer) == (Answer.UNKNOWN, Answer.MET)
    assert house.point("TA-07").answer is Answer.MET
    told = {"noun": CERTIFICATE, "producer": US, "id": id, "now": LATER}
    for actor, says in ((house.us, "your own organisation"), (house.other, "it takes the role")):
        with unit_of_work(house.engine) as session, pytest.raises(Refusal, match=says):
            keep.verify(session, actor=actor, seen="The list", **told)
    for seen, says in (("", "Say what you have seen"), ("x" * 501, "at most 500")):
        with unit_of_work(house.engine) as session, pytest.raises(Unfit, match=says):
            keep.verify(session, actor=house.owner, seen=seen, **told)
    with unit_of_work(house.engine) as session:
        keep.verify(session, actor=house.owner, seen="Our public list of 20 November 2026", **told)
    (line,) = house.page().certificates
    assert (line.said.by, line.said.on, line.edition) == ("The Copper Mark", TODAY, "revision 3")
    assert house.point("TA-08").answer is Answer.MET
    with unit_of_work(house.engine) as session, pytest.raises(Refusal, match="verified already, by The Copper Mark"):
        keep.verify(session, actor=house.lme, seen="x", noun=CERTIFICATE, producer=US, id=line.id, now=LATER)
    house.state(CERTIFICATE, CERTIFIED, corrects=line.id, programme="jdds-copper-mark", sites=[house.site])
    assert not house.page().certificates[0].said.verified
    assert [each.act for each in house.events(f"certificate:{line.id}")] == ["verified"]


def test_nothing_is_stored_half(house: House) -> None:
    with pytest.raises(Unfit) as refused:
        house.certify(expires_on="2020-01-01", metals=["tin"], programme="rmi-tin-tantalum")
    assert set(refused.value.faults) == {"programme", "metals", "expires_on"}
    house.certify(number="CM-7")
    with pytest.raises(Unfit, match="cm-7 already"):
        house.certify(number="cm-7")
    with Session(house.engine) as session:
        assert len(session.exec(select(Certificate)).all()) == 1


def test_what_is_not_public_is_read_by_its_producer_and_the_lme_and_the_chain_tells_only_that_it_is_there(
    house: House,
) -> None:
    noun = KINDS["policy"].noun
    id = house.state(noun, CLAIM, public=False, value="A supplier is under review.")
    house.certify(public=False)
    with reading(house.engine) as connection:
        shown, whole = (
            producer_page(connection, US, track_a=TRACK_A, as_at=TODAY, private=each) for each in (False, True)
        )
    assert shown is not None
    assert whole is not None
    assert (shown.stated, whole.stated) == (0, 1)
    assert (len(house.page().certificates), len(house.page(private=True).certificates)) == (0, 1)
    (event,) = house.events(f"claim:{id}")
    assert "supplier" not in event.after
    assert '"public":false' in event.after


def test_a_corrected_claim_keeps_speaking_to_what_it_spoke_to(house: House) -> None:
    noun = KINDS["policy"].noun
    id = house.state(noun, CLAIM)
    with unit_of_work(house.engine) as session:
        assert session.get_one(Claim, id).criteria == "S1-A-1 S1-A-2"
    again = house.state(noun, CLAIM, corrects=id, title="The policy")
    with unit_of_work(house.engine) as session:
        row = session.get_one(Claim, again)
        assert (row.title, row.criteria, row.corrects) == ("The policy", "S1-A-1 S1-A-2", id)
    with pytest.raises(Missing):
        house.state(noun, CLAIM, corrects="none")


def test_an_answer_fills_what_no_fact_settles(house: House) -> None:
    house.state(ANSWER, ANSWERED, item="TA-17", evidence="Filed on 30 June 2026.")
    assert (house.point("TA-17").answer, house.point("TA-17").said.verified) == (Answer.MET, False)
    with pytest.raises(Unfit, match="TA-99"):
        house.state(ANSWER, ANSWERED, item="TA-99")


def test_a_brand_changes_from_version_to_version_and_two_at_once_lose_nothing(house: House) -> None:
    def change(version: int, **values: Any) -> bool:
        entry = Entry(BRAND, US, {**BRANDED, "name": "NC-1", "sites": [], **values})
        with unit_of_work(house.engine) as session:
            return keep.change(
                session, actor=house.us, entry=entry, id=CU, version=version, items=ITEMS, now=LATER
            )  # fmt: skip

    assert change(1, product="Cathode")
    assert not change(2, product="Cathode")
    with pytest.raises(Clash) as clash:
        change(1, product="Wire")
    assert [(each.name, each.theirs) for each in clash.value.fields if each.differs] == [("product", "Cathode")]
    with unit_of_work(house.engine) as session:
        row = session.get_one(Brand, CU)
        assert (row.version, row.product) == (2, "Cathode")
        values = {"name": "Them", "country": "", "summary": ""}
        with pytest.raises(Missing):
            keep.change(
                session, actor=house.us, entry=Entry(PRODUCER, US, values), id="ls-mnm", version=1, items=ITEMS,
                now=LATER,
            )  # fmt: skip
    assert [each.act for each in house.events(f"brand:{CU}")] == ["added", "changed"]


def test_names_that_make_one_address_get_a_number(house: House) -> None:
    entries = [Entry(BRAND, US, {**BRANDED, "name": name, "sites": []}) for name in ("NC 1", "铜")]
    with unit_of_work(house.engine) as session:
        ids = [keep.add(session, actor=house.us, entry=each, items=ITEMS, now=LATER) for each in entries]
    assert ids == [f"{CU}-2", f"{US}-brand"]
