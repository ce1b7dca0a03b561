"""The history of the Copper Mark replayed by hand on the real register: Partially on PR-AU-5, repaired, Fully."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from alignment.database import make_engine, unit_of_work
from alignment.domain.catalogue import Part
from alignment.domain.people import SYSTEM
from alignment.domain.rating import Level
from alignment.domain.round import Round
from alignment.queries.status import packed_facts, status_rows
from alignment.services import people
from alignment.tables import Result
from tests.conftest import NOW
from tests.rounds import a_round, close, codes, save
from tests.web.site import site_on
from tests.web.test_programmes import enter, section, words
from tests.working import World, a_world, again

COPPER = "jdds-copper-mark"
PAGE = f"/programmes/{COPPER}"
BEFORE = "Alignment assessment complete; ‘Fully Aligned’ rating"
AFTER = (
    "Alignment assessment complete; Standard rating is 'Fully Aligned' and Implementation rating is "
    "'Partially Aligned' with no corrective action agreed"
)


def on_copper(session: Session, now: datetime) -> World:
    """The people of a round, who have declared that nothing binds them to the Copper Mark."""
    world = a_world(session, now=now)
    for who in (world.lead, world.second, world.reviewer):
        people.declare(
            session, actor=SYSTEM, person_id=who.id, programme_id=COPPER, has_interest=False, statement="", now=now
        )
    return World({name: again(session, who.id, now=now) for name, who in world.people.items()}, programme=COPPER)


def judged(session: Session, world: World, now: datetime, failing: str = "", follows: str = "") -> Round:
    """A round with both primary parts rated fully but for one criterion, and closed."""
    rating = (Part.STANDARDS, Part.IMPLEMENTATION)
    found = a_round(session, world, rating=rating, follows=follows, now=now)
    for part in rating:
        for code in codes(part):
            low = code == failing and part is Part.IMPLEMENTATION
            level = Level.PARTIALLY if low else Level.FULLY
            save(session, world.lead, found.id, part, code, level=level, rationale=f"Why {code}.", now=now)
        close(session, world, found.id, part, now=now)
    return found


def test_the_closed_parts_of_a_later_round_end_the_reign_of_the_overall_result_published_before(
    sqlite_seeded: Path, tmp_path: Path
) -> None:
    path = tmp_path / "replay.sqlite3"
    path.write_bytes(sqlite_seeded.read_bytes())
    engine = make_engine(f"sqlite:///{path}")
    with unit_of_work(engine) as session:
        judged(session, on_copper(session, NOW), NOW, failing="PR-AU-5")
    site = site_on(f"sqlite:///{path}")
    page = site.get(PAGE).text
    grounds = section(page, "st")
    assert "Overall Partially aligned Derived by this register: the worse of standards and implementation." in grounds
    assert "the one published for round 2, fully aligned, stood until a part of a later one was closed" in grounds
    assert AFTER in words(page)
    assert "Approved: not supported" in words(page)
    results = section(site.get(f"{PAGE}/assessments/3").text, "rs")
    assert "Overall Partially aligned Derived by this register" in results
    assert BEFORE in words(site.get(f"{PAGE}?as_at=2024-09-30").text)
    with unit_of_work(engine) as session:
        asked = {"as_at": NOW.date(), "policy_age": timedelta(days=365)}
        read = {row.id: row.sentence for row in status_rows(session.connection(), **asked)}
        packed = packed_facts(session.connection()).page(**asked)
        assert {row.id: row.sentence for row in packed.rows} == read
        assert read[COPPER] == AFTER


def test_an_overall_result_published_for_the_round_itself_stands_beside_the_computed_one_with_the_reason(
    sqlite_seeded: Path, tmp_path: Path
) -> None:
    path = tmp_path / "published.sqlite3"
    path.write_bytes(sqlite_seeded.read_bytes())
    engine = make_engine(f"sqlite:///{path}")
    with unit_of_work(engine) as session:
        found = judged(session, on_copper(session, NOW), NOW, failing="PR-AU-5")
    enter(
        path,
        Result(
            id="published-for-three", assessment_id=found.id, scope="overall", level="fully", recorded_at=NOW,
            effective_on=NOW.date(), position=999, source_id="memo-2024-09", place="a test",
        ),
    )  # fmt: skip
    site = site_on(f"sqlite:///{path}")
    page = site.get(PAGE).text
    assert BEFORE in words(page)
    reason = "by the edition’s rule the ratings make implementation partially aligned"
    assert reason in section(page, "pr")
    assert reason in section(site.get(f"{PAGE}/assessments/3").text, "ru")
