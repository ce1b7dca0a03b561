"""What the published ratings reach: kept, renewed by events alone, and the same on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col
from sqlmodel import select as sql

from alignment.catalogue import load_all
from alignment.database import make_engine, reading, unit_of_work
from alignment.domain.catalogue import Part
from alignment.domain.people import EXAMPLE_IMPORT
from alignment.domain.reached import PARTS, Layout, layout
from alignment.prepare import load_example
from alignment.queries.coverage_rows import read_levels
from alignment.queries.reached import BrandReached, Reached
from alignment.services import ledger
from alignment.tables import Assessment, Declaration, PartStageStep, Person, Rating, RoundTeam
from tests.conftest import NOW
from tests.web.site import counted_queries

CATALOGUES, TRACK_A = load_all()
CATALOGUE = CATALOGUES[TRACK_A.edition]
LAYOUT = layout(CATALOGUE, TRACK_A.requirements)
TODAY = NOW.date()


@pytest.fixture
def engine(seeded_engine: Engine) -> Engine:
    """The seeds with the worked example, whose first brand declares its rated programme and whose second none."""
    load_example(seeded_engine, now=NOW)
    with unit_of_work(seeded_engine) as session:
        declare(session, "example-lodestar-south", "", track="B")
    return seeded_engine


def declare(session: Session, brand: str, programmes: str, **given: Any) -> None:
    row = Declaration(
        id=f"{brand}-{len(programmes)}", brand_id=brand, programmes=programmes, effective_on=TODAY,
        recorded_at=NOW, position=len(programmes), **{"track": "A"} | given,
    )  # fmt: skip
    ledger.enter(session, row, actor=EXAMPLE_IMPORT, act="stated", now=NOW)


def found(engine: Engine, kept: Reached) -> dict[str, BrandReached]:
    with reading(engine) as connection:
        return {each.id: each for each in kept.brands(connection, example=True)}


def by_hand(engine: Engine, programme: str) -> int:
    """The same, one criterion at a time."""
    with reading(engine) as connection:
        rounds = connection.execute(
            select(Assessment.id, Assessment.round).where(  # type: ignore[call-overload]
                Assessment.programme_id == programme, Assessment.published
            )
        ).all()
        newest = max(rounds, key=lambda row: row.round).id
        levels = read_levels(connection, [newest], as_at=TODAY, known_at=None)
    judged = {part: {each.code for each in CATALOGUE.in_part[part]} for part in PARTS}
    full: dict[Part, set[str]] = {
        part: {
            code for code, level in levels.get((newest, part), {}).items() if level.value.startswith(("fully", "not_"))
        }
        for part in PARTS
    }
    return sum(
        all(code in full[part] for part in PARTS for code in each.criteria if code in judged[part])
        for each in TRACK_A.requirements
    )


def test_the_count_is_the_one_that_is_made_by_hand_and_changes_with_a_rating(engine: Engine) -> None:
    kept = Reached(LAYOUT)
    before = found(engine, kept)["example-lodestar-north"]
    assert before.reached == by_hand(engine, "example-meridian")
    assert before.reached
    assert found(engine, kept)["example-lodestar-south"].reached is None
    with unit_of_work(engine) as session:
        newest = session.exec(
            sql(Assessment.id)
            .where(Assessment.programme_id == "example-meridian")
            .order_by(col(Assessment.round).desc())
        ).first()
        row = session.get_one(Rating, (newest, "standards", "S1-A-1"))
        assert row.level == "fully"
        ledger.change(session, row, {"level": "not"}, actor=EXAMPLE_IMPORT, act="rated", now=NOW)
    after = found(engine, kept)["example-lodestar-north"].reached
    assert after in (before.reached, before.reached - 1)
    assert after == found(engine, Reached(LAYOUT))["example-lodestar-north"].reached


def test_nothing_is_read_again_where_nothing_happened_and_little_where_little_did(engine: Engine) -> None:
    kept = Reached(LAYOUT)
    found(engine, kept)
    with counted_queries() as asked:
        found(engine, kept)
    assert not asked, "nothing but the look for what was written since"
    with unit_of_work(engine) as session:
        declare(session, "example-lodestar-south", "example-meridian example-cascade")
    with counted_queries() as asked:
        assert found(engine, kept)["example-lodestar-south"].reached is not None
    assert len(asked) == 3
    with unit_of_work(engine) as session:
        row = session.get_one(Assessment, "example-meridian-1")
        ledger.change(session, row, {"published": True}, actor=EXAMPLE_IMPORT, act="published", now=NOW)
    assert found(engine, kept)["example-lodestar-south"].reached


def test_what_falls_short_takes_away_the_requirements_that_it_stands_behind() -> None:
    assert LAYOUT.reached("") == LAYOUT.all
    assert LAYOUT.reached(" ".join(LAYOUT.behind)) == 0
    short = LAYOUT.reached("standards/S1-A-1 standards/S1-A-2 governance/GV-LE-1")
    (lost,) = [each.code for at, each in enumerate(TRACK_A.requirements) if not short >> at & 1]
    assert lost == "1.A"


def newest_of(session: Session, programme: str) -> str:
    found = sql(Assessment.id).where(Assessment.programme_id == programme).order_by(col(Assessment.round).desc())
    return session.exec(found.limit(1)).one()


def test_a_rating_that_was_taken_back_falls_short_and_nothing_else_does(engine: Engine) -> None:
    before = found(engine, Reached(LAYOUT))["example-lodestar-north"].reached
    with unit_of_work(engine) as session:
        row = session.get_one(Rating, (newest_of(session, "example-meridian"), "standards", "S1-A-1"))
        ledger.change(session, row, {"level": None}, actor=EXAMPLE_IMPORT, act="rated", now=NOW)
    assert before
    assert found(engine, Reached(LAYOUT))["example-lodestar-north"].reached == before - 1


def test_a_criterion_with_no_rating_falls_short_and_nothing_else_does(engine: Engine) -> None:
    before = found(engine, Reached(LAYOUT))["example-lodestar-north"].reached
    first = LAYOUT.reached("standards/S1-A-1") ^ LAYOUT.all
    one_more = Layout(LAYOUT.behind | {"standards/S9-Z-9": first}, LAYOUT.all)
    assert before
    assert found(engine, Reached(one_more))["example-lodestar-north"].reached == before - 1


def test_a_part_that_people_work_on_reaches_nothing_until_it_is_closed(engine: Engine) -> None:
    before = found(engine, Reached(LAYOUT))["example-lodestar-north"].reached
    kept = Reached(LAYOUT)
    with unit_of_work(engine) as session:
        session.add(Person(id="lead", name="Lead", email="lead@example.org", created_at=NOW))
        session.flush()
        newest = newest_of(session, "example-meridian")
        team = RoundTeam(assessment_id=newest, lead_id="lead", opened_on=TODAY)
        ledger.enter(session, team, actor=EXAMPLE_IMPORT, act="opened", now=NOW)
    assert found(engine, kept)["example-lodestar-north"].reached == 0
    for at, part in enumerate(PARTS):
        with unit_of_work(engine) as session:
            step = PartStageStep(
                id=f"closed-{part}", assessment_id=newest, part=part, position=1, stage="closed", by_id="lead", at=NOW
            )
            ledger.enter(session, step, actor=EXAMPLE_IMPORT, act="closed", now=NOW)
        assert found(engine, kept)["example-lodestar-north"].reached == (before if at else 0)


def test_what_is_known_by_heart_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alignment.domain.reached.MOST_KNOWN", 2)
    fresh = layout(CATALOGUE, TRACK_A.requirements)
    for code in ("S1-A-1", "S1-A-2", "S1-A-3"):
        fresh.reached(f"standards/{code}")
    assert len(fresh._known) <= 2


def test_an_empty_register_has_no_brand(sqlite_url: str, tmp_path: Path) -> None:
    empty = make_engine(sqlite_url)
    assert found(empty, Reached(LAYOUT)) == {}
    empty.dispose()
