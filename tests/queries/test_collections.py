"""Public records in portions: what is public, on which day, known when; no portion tells twice or leaves out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from alignment.database import reading, unit_of_work
from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.people import SEED_IMPORT
from alignment.domain.rating import Level
from alignment.exchange.collections import BY_NAME, COLLECTIONS
from alignment.exchange.portion import record_json
from alignment.queries.collection_rows import Asked, unheld
from alignment.queries.collections import Record, portion
from alignment.services import ledger
from alignment.tables import (
    Assessment,
    Brand,
    Certificate,
    Decision,
    Evidence,
    EvidenceWithdrawal,
    Metal,
    PartProgress,
    Producer,
    RatingEvidence,
    RatingVersion,
    Result,
    Site,
)
from tests.conftest import NOW
from tests.rounds import advance, codes, save
from tests.undertakings import CODE, PART, closed_round
from tests.web.site import counted_queries
from tests.working import PROGRAMME, World, make_person, make_programme

TODAY = NOW.date()
LATER = NOW + timedelta(days=1)
READ = tuple(each for each in COLLECTIONS if each.name != "programmes")


def read(engine: Engine, collection: str, **asked: Any) -> tuple[Record, ...]:
    with reading(engine) as connection:
        return portion(connection, collection, Asked(**{"as_at": TODAY, "most": 1000, **asked})).records


def ids(engine: Engine, collection: str, **asked: Any) -> list[str]:
    return [each.id for each in read(engine, collection, **asked)]


def enter(engine: Engine, *rows: Any, now: datetime = LATER) -> None:
    with unit_of_work(engine) as session:
        for row in rows:
            ledger.enter(session, row, actor=SEED_IMPORT, act="recorded", now=now)


def dated(**given: Any) -> dict[str, Any]:
    return {"effective_on": date(2026, 11, 1), "recorded_at": LATER, "position": 1, **given}


@pytest.fixture
def closed(engine: Engine) -> tuple[Engine, World, str]:
    """A round of which one part is closed and another is being rated."""
    with unit_of_work(engine) as session:
        world, found = closed_round(session)
    return engine, world, found


# --- portions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("collection", [each.name for each in READ])
def test_portions_together_are_the_whole_each_record_once(example_engine: Engine, collection: str) -> None:
    whole = ids(example_engine, collection)
    found: list[str] = []
    after: tuple[str | int, ...] | None = ()
    with reading(example_engine) as connection:
        while after is not None:
            some = portion(connection, collection, Asked(TODAY, most=2, after=after))
            assert 0 < len(some.records) <= 2 or not whole
            found += [each.id for each in some.records]
            after = some.last
    assert found == whole
    assert len(found) == len(set(found))


def test_a_portion_goes_on_where_it_ended_whatever_was_added_before_and_after(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        first = portion(connection, "decisions", Asked(TODAY, most=3))
    rest = ids(seeded_engine, "decisions")[3:]
    assert first.last == (first.records[-1].id,)
    enter(
        seeded_engine,
        Decision(id="aaa", programme_id="asi-v3", act="suspended", **dated()),
        Decision(id="zzz", programme_id="asi-v3", act="reinstated", **dated()),
    )
    assert ids(seeded_engine, "decisions", after=first.last) == [*rest, "zzz"]


@pytest.mark.parametrize("collection", READ, ids=lambda each: each.name)
def test_a_record_is_found_by_its_id_and_says_all_that_the_table_promises(
    example_engine: Engine, collection: Any
) -> None:
    for record in read(example_engine, collection.name, most=5):
        key = (record.id,) if collection.path == ("id",) or collection.path == ("number",) else record.key
        [alone] = read(example_engine, collection.name, exactly=key)
        said = record_json(collection, alone, "https://register.example")
        assert said == record_json(collection, record, "https://register.example")
        assert said["href"].startswith("https://register.example/")


@pytest.mark.parametrize("collection", [each.name for each in READ])
def test_a_portion_takes_the_same_few_queries_however_long_it_is(example_engine: Engine, collection: str) -> None:
    asked = []
    for most in (1, 200):
        with reading(example_engine) as connection, counted_queries() as found:
            portion(connection, collection, Asked(TODAY, NOW, most=most))
        asked.append(len(found))
    assert asked[0] == asked[1] <= 7


def test_the_worked_example_is_in_no_collection(example_engine: Engine) -> None:
    for collection in READ:
        for record in read(example_engine, collection.name):
            assert "example" not in record.id
            assert "example" not in record.address


# --- both times ------------------------------------------------------------------------------------


@pytest.mark.parametrize("collection", [each.name for each in READ])
def test_before_the_register_learned_anything_there_is_nothing(seeded_engine: Engine, collection: str) -> None:
    assert ids(seeded_engine, collection, known_at=NOW - timedelta(days=1)) == []


def test_a_correction_takes_the_place_of_what_it_corrects_once_it_is_known(seeded_engine: Engine) -> None:
    old, new = "rmi-cobalt-conditional", "corrected"
    enter(
        seeded_engine,
        Decision(id=new, programme_id="rmi-cobalt", act="conditionally_approved", corrects=old, **dated()),
    )
    only = {"programme": "rmi-cobalt"}
    assert ids(seeded_engine, "decisions", only=only) == [new]
    assert ids(seeded_engine, "decisions", only=only, known_at=NOW) == [old]
    assert ids(seeded_engine, "decisions", only=only, as_at=date(2026, 10, 31)) == []


def test_what_holds_from_a_later_day_is_told_on_that_day(seeded_engine: Engine) -> None:
    enter(
        seeded_engine,
        Decision(id="next", programme_id="asi-v3", act="approved", **dated(effective_on=date(2027, 1, 1))),
    )
    assert "next" not in ids(seeded_engine, "decisions")
    assert "next" in ids(seeded_engine, "decisions", as_at=date(2027, 1, 1))


def test_an_action_is_as_it_stood_on_the_day(seeded_engine: Engine) -> None:
    [now] = read(seeded_engine, "actions", exactly=("jdds-copper-mark-auditor-training",))
    assert now.says["state"] == "verified"
    assert [step.says["state"] for step in now.says["steps"]][-1] == "verified"  # type: ignore[attr-defined]
    assert now.effective == now.says["steps"][-1].effective  # type: ignore[index]
    assert read(seeded_engine, "actions", exactly=("jdds-copper-mark-auditor-training",), as_at=date(2015, 1, 1)) == ()


# --- what is public --------------------------------------------------------------------------------


def test_ratings_are_told_of_closed_parts_alone_and_from_their_closing(closed: tuple[Engine, World, str]) -> None:
    engine, world, found = closed
    with unit_of_work(engine) as session:
        save_draft(session, world, found)
    [rating] = read(engine, "ratings", only={"criterion": CODE})
    assert rating.id == f"{PROGRAMME}/1/{PART.value}/{CODE}"
    assert rating.address == f"/programmes/{PROGRAMME}/assessments/1#{PART.value}-{CODE}"
    assert (rating.says["level"], rating.says["rationale"]) == (Level.PARTIALLY, "So it is.")
    assert rating.effective is not None
    assert (rating.effective.on, rating.recorded_at) == (TODAY, NOW)
    assert len(ids(engine, "ratings")) == len(codes(PART))
    assert ids(engine, "ratings", as_at=TODAY - timedelta(days=1)) == []
    assert ids(engine, "ratings", known_at=NOW - timedelta(seconds=1)) == []
    assert ids(engine, "ratings", only={"part": "standards"}) == []
    for only in ({"programme": PROGRAMME}, {"assessment": f"{PROGRAMME}/1"}, {"part": PART.value}):
        assert len(ids(engine, "ratings", only=only)) == len(codes(PART))
    assert ids(engine, "ratings", only={"assessment": f"{PROGRAMME}/2"}) == []


def save_draft(session: Session, world: World, found: str) -> None:
    """A rating of a part that is still open."""
    advance(session, world.lead, found, Part.STANDARDS, PartStage.SCOPING, PartStage.RATING)
    save(session, world.lead, found, Part.STANDARDS, "OP-01", level="not", rationale="A draft.")


def test_of_ratings_published_elsewhere_the_newest_of_the_day_stands_and_one_taken_back_is_none(
    seeded_engine: Engine,
) -> None:
    def version(number: int, level: str | None, on: date, at: datetime) -> RatingVersion:
        return RatingVersion(
            assessment_id="rmi-cobalt-1", part="standards", criterion="OP-01", version=number, level=level,
            rated_by="import:seeds", rated_at=at, effective_on=on,
        )  # fmt: skip

    enter(seeded_engine, version(1, "partially", date(2024, 1, 1), NOW), version(2, "fully", date(2025, 1, 1), LATER))
    only = {"assessment": "rmi-cobalt/1", "criterion": "OP-01"}

    def levels(**asked: Any) -> list[object]:
        return [each.says["level"] for each in read(seeded_engine, "ratings", only=only, **asked)]

    assert levels() == ["fully"]
    assert levels(as_at=date(2024, 6, 1)) == ["partially"]
    assert levels(known_at=NOW) == ["partially"]
    assert levels(as_at=date(2023, 6, 1)) == []
    enter(seeded_engine, version(3, None, date(2026, 1, 1), LATER))
    assert levels() == []
    assert levels(as_at=date(2025, 6, 1)) == ["fully"]


def evidence(id: str, **given: Any) -> Evidence:
    """Evidence of the round of RMI Cobalt; its reference is its id in capitals."""
    said = {"assessment_id": "rmi-cobalt-1", "kind": "document", "reference": id.upper()}
    return Evidence(**{"id": id, **said, **dated(), **given})


def test_a_rating_tells_the_evidence_that_is_public_and_counts_what_is_confidential(seeded_engine: Engine) -> None:
    key = {"assessment_id": "rmi-cobalt-1", "part": "standards", "criterion": "OP-01"}
    told = {"version": 1, "level": "fully", "rated_by": "import:seeds", "rated_at": NOW}
    pieces = [
        evidence("public", link="https://example.org/report", source_id="memo-2024-09", collected_on=date(2026, 1, 1)),
        evidence("secret", kind="interview", confidential=True),
        evidence("opened"),
        evidence("hidden-since", corrects="opened", confidential=True),
        evidence("withdrawn"),
        evidence("later", effective_on=date(2026, 12, 1)),
    ]
    links = [RatingEvidence(**key, evidence_id=each.id) for each in pieces]
    enter(seeded_engine, RatingVersion(**key, **told, effective_on=date(2026, 1, 1)), *pieces)
    with unit_of_work(seeded_engine) as session:
        session.add_all(links)
        person = make_person(session, "Somebody")
        ledger.enter(
            session, EvidenceWithdrawal(evidence_id="withdrawn", reason="A mistake.", by_id=person.id, at=NOW),
            actor=SEED_IMPORT, act="withdrawn", now=NOW,
        )  # fmt: skip
    [rating] = read(seeded_engine, "ratings", only={"criterion": "OP-01"})
    said: Any = record_json(BY_NAME["ratings"], rating, "")
    assert [(each["id"], each["reference"], each["link"]) for each in said["evidence"]] == [
        ("public", "PUBLIC", "https://example.org/report")
    ]
    assert said["evidence"][0]["source"]["id"] == "memo-2024-09"
    assert said["confidential"] == 2
    [earlier] = read(seeded_engine, "ratings", only={"criterion": "OP-01"}, known_at=NOW)
    assert (earlier.says["evidence"], earlier.says["confidential"]) == ([], 0)


def test_nothing_of_a_round_is_told_before_it_is_published(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        make_programme(session)
    enter(
        engine,
        Assessment(id="r1", programme_id=PROGRAMME, edition="oecd-minerals-2018", round=1, recorded_at=LATER),
        Result(id="secret", assessment_id="r1", scope="standards", level="not", **dated()),
        PartProgress(id="known", assessment_id="r1", part="standards", progress="complete", **dated()),
    )
    for collection in ("assessments", "results", "ratings", "actions"):
        assert ids(engine, collection) == []
    with reading(engine) as connection:
        assert unheld(connection, {"assessment": f"{PROGRAMME}/1", "programme": PROGRAMME}) == {"assessment"}
    with unit_of_work(engine) as session:
        row = session.get(Assessment, "r1")
        assert row is not None
        ledger.change(session, row, {"published": True}, actor=SEED_IMPORT, act="published", now=LATER)
    assert ids(engine, "assessments") == [f"{PROGRAMME}/1"]
    assert ids(engine, "results") == ["secret"]
    assert ids(engine, "assessments", as_at=date(2026, 10, 31)) == []
    assert ids(engine, "assessments", known_at=NOW) == []
    with reading(engine) as connection:
        assert unheld(connection, {"assessment": f"{PROGRAMME}/1", "programme": PROGRAMME}) == frozenset()


def test_a_round_of_which_ratings_alone_are_public_is_listed(closed: tuple[Engine, World, str]) -> None:
    engine, _, _ = closed
    assert ids(engine, "assessments") == [f"{PROGRAMME}/1"]
    assert ids(engine, "assessments", as_at=TODAY - timedelta(days=1)) == []


def certificate(id: str, **given: Any) -> Certificate:
    return Certificate(**{"id": id, "brand_id": "a-brand", "kind": "iso_14001", "sites": "a-site", **dated(), **given})


def test_certificates_are_told_where_public_and_not_withdrawn_and_claimed_until_verified(engine: Engine) -> None:
    enter(
        engine,
        Metal(id="copper", name="Copper", lme_settled=True),
        Producer(id="a-producer", name="A producer"),
        Brand(id="a-brand", producer_id="a-producer", name="A brand", metal_id="copper", stage="refiner"),
        Site(id="a-site", producer_id="a-producer", name="A site"),
        certificate("claimed", metals="copper lead"),
        certificate("verified", verified_by="An auditor", verified_on=date(2026, 11, 2)),
        certificate("private", public=False),
        certificate("stated"),
        certificate("taken-back", corrects="stated", withdrawn=True),
    )
    found = {each.id: each.says for each in read(engine, "certificates", only={"brand": "a-brand"})}
    assert {name: says["standing"] for name, says in found.items()} == {"claimed": "claimed", "verified": "verified"}
    assert found["claimed"]["sites"] == ["A site"]
    assert found["claimed"]["metals"] == ["copper", "lead"]
    assert ids(engine, "brands") == ["a-brand"]
    assert ids(engine, "brands", known_at=NOW) == []
    with reading(engine) as connection:
        assert unheld(connection, {"brand": "a-brand"}) == frozenset()
        assert unheld(connection, {"brand": "none", "part": "standards"}) == {"brand"}


def test_an_id_of_a_round_that_is_none_is_held_by_nobody(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        for said in ("", "rmi-cobalt", "rmi-cobalt/x", "rmi-cobalt/999999999999", "rmi-cobalt/²", "/1"):
            assert unheld(connection, {"assessment": said}) == {"assessment"}
        assert unheld(connection, {"assessment": "rmi-cobalt/1"}) == frozenset()


def test_events_are_narrowed_by_programme_and_kind(seeded_engine: Engine) -> None:
    found = read(seeded_engine, "events", only={"programme": "rmi-cobalt", "kind": "decision"})
    assert found
    assert {(each.says["programme"], each.says["kind"]) for each in found} == {("rmi-cobalt", "decision")}
    assert all(each.id.startswith("urn:uuid:") for each in found)
