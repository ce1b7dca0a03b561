"""What is held is what its events say, or somebody changed it behind the register's back and is found out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text, update
from sqlmodel import Session, col, select

from alignment.checking import MOST_NAMED, examine, verify_database
from alignment.database import reading
from alignment.domain.catalogue import Part
from alignment.domain.evidence import Described, EvidenceKind
from alignment.domain.keeping import PROGRAMMES
from alignment.domain.people import Role
from alignment.prepare import load_register
from alignment.queries.entered import differences
from alignment.queries.readiness import triggers
from alignment.services import evidence, register
from alignment.services.evidence import Given, Limits
from alignment.settings import Settings
from alignment.tables import EvidenceFile, KeptChange, PublicationFile, RatingVersion, StoredFile, kept
from tests.conftest import NOW
from tests.documents import pdf
from tests.rounds import a_round, catalogue, close, codes, rate_all, save
from tests.seeds.small import put, write
from tests.working import LME, a_world, make_organisation, make_person

PART = Part.GOVERNANCE
SAYS = "what is held is not what its events say: "
INTERVIEW = Described(EvidenceKind.INTERVIEW, "Head of audit", date(2026, 11, 2), date(2027, 11, 2))


@contextmanager
def unguarded(engine: Engine, *tables: str) -> Iterator[Any]:
    """Changes as by somebody who owns the database, and leaves its guards as they were."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            for table in tables:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            yield connection
            for table in tables:
                connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
            return
        kept = [name for name in triggers(connection) if any(name.startswith(f"{table}_no_") for table in tables)]
        made = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        again = [sql for name, sql in made if name in kept]
        for name in kept:
            connection.execute(text(f"DROP TRIGGER {name}"))
        yield connection
        for sql in again:
            connection.exec_driver_sql(sql)


def change(engine: Engine, statement: str, *tables: str) -> None:
    with unguarded(engine, *tables) as connection:
        connection.execute(text(statement))


def found(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(differences(connection))


def told(session: Session) -> list[str]:
    session.flush()
    return list(differences(session.connection()))


def test_the_seeds_and_the_example_are_held_as_their_events_say(example_engine: Engine) -> None:
    assert found(example_engine) == []


def test_an_emptied_log_and_an_altered_approval_are_found(seeded_url: str, seeded_engine: Engine) -> None:
    with unguarded(seeded_engine, "event", "decision") as connection:
        connection.execute(text("UPDATE decision SET act = 'approved' WHERE act = 'conditionally_approved'"))
        connection.execute(text("DELETE FROM event"))
    fault = verify_database(seeded_engine).fault or ""
    assert fault.startswith(f"{SAYS}edition_seal:oecd-minerals-2018 is held and no event tells of it; ")
    assert fault.count(";") == MOST_NAMED
    assert fault.endswith(f"; and {len(found(seeded_engine)) - MOST_NAMED:,} more")
    examined = examine(replace(Settings(), database_url=seeded_url), now=NOW)
    assert [each.said for each in examined if each.serious] == [fault]


def test_an_altered_decision_is_named_with_what_differs(seeded_engine: Engine) -> None:
    change(seeded_engine, "UPDATE decision SET act = 'approved' WHERE id = 'asi-v3-conditional'", "decision")
    said = "decision:asi-v3-conditional is held with another “act” than its event says"
    assert found(seeded_engine) == [said]
    assert verify_database(seeded_engine).fault == f"{SAYS}{said}"


def test_the_end_of_the_chain_is_not_cut_off_unseen(seeded_engine: Engine) -> None:
    change(seeded_engine, "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)", "event")
    assert found(seeded_engine) == ["publication:2024-09 is held and no event tells of it"]


def test_a_record_that_was_taken_out_is_found(seeded_engine: Engine) -> None:
    change(seeded_engine, "DELETE FROM decision WHERE id = 'asi-v3-conditional'", "decision")
    assert found(seeded_engine) == ["decision:asi-v3-conditional is told of by an event and not held"]


@pytest.mark.parametrize(
    ("table", "column", "id"), [("programme", "short_name", "asi-v3"), ("source", "title", "memo-2024-09")]
)
def test_a_record_that_may_change_is_as_its_last_event_says(
    seeded_engine: Engine, table: str, column: str, id: str
) -> None:
    change(seeded_engine, f"UPDATE {table} SET {column} = 'Another' WHERE id = '{id}'")
    assert found(seeded_engine) == [f"{table}:{id} is held with another “{column}” than its event says"]


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)  # PostgreSQL keeps no such day
def test_a_record_that_cannot_be_read_is_found(seeded_engine: Engine) -> None:
    change(seeded_engine, "UPDATE decision SET effective_on = 'soon'", "decision")
    assert found(seeded_engine) == ["a record of decision cannot be read: it was changed"]


def test_what_was_kept_of_a_market_update_gives_its_digest(seeded_engine: Engine) -> None:
    with seeded_engine.begin() as connection:
        slipped_in = {"publication": "2024-09", "sha256": "f00", "content": b"x", "made_at": NOW}
        address = "https://x.example/publications/2024-09"
        connection.execute(insert(PublicationFile).values(address=address, **slipped_in))
    kept = "publication_file:https://x.example/publications/2024-09"
    assert found(seeded_engine) == [
        f"{kept} is held and no event tells of it",
        f"{kept} is held with another content than its SHA-256 says",
    ]


# --- ratings ------------------------------------------------------------------------------------------


def test_ratings_saved_and_carried_over_are_as_their_events_say(session: Session) -> None:
    world = a_world(session)
    first = a_round(session, world, rating=[PART])
    rate_all(session, world.lead, first.id, PART)
    save(session, world.lead, first.id, PART, codes(PART)[0], 1, level="partially", rationale="On second thoughts.")
    close(session, world, first.id, PART)
    second = a_round(session, world, follows=first.id, now=NOW + timedelta(days=1))
    assert session.exec(select(RatingVersion).where(col(RatingVersion.assessment_id) == second.id)).first()
    assert told(session) == []
    rating = f"rating:{first.id}/{PART.value}/{codes(PART)[0]}"
    session.connection().execute(text("UPDATE rating SET level = 'not' WHERE version = 2"))
    assert told(session) == [f"{rating} is not held as the newest of its versions says"]
    session.connection().execute(text("UPDATE rating SET level = 'fully', version = 1 WHERE version = 2"))
    assert told(session) == [f"{rating} is not held as the newest of its versions says"]


def test_a_version_of_a_rating_that_was_altered_or_slipped_in_is_found(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        world = a_world(session)
        held = a_round(session, world, rating=[PART])
        save(session, world.lead, held.id, PART, codes(PART)[0], level="partially", rationale="In part.")
    with unguarded(engine, "rating_version") as connection:
        for table in ("rating_version", "rating"):
            connection.execute(text(f"UPDATE {table} SET level = 'fully'"))
    key = f"{held.id}/{PART.value}/{codes(PART)[0]}"
    assert found(engine) == [f"rating_version:{key}/1 is held with another “level” than its event says"]
    with unguarded(engine, "rating_version") as connection:
        for table in ("rating_version", "rating"):
            connection.execute(text(f"UPDATE {table} SET level = 'partially', version = 2"))
    assert found(engine) == [f"rating_version:{key}/2 is held and no event tells of it"]


# --- evidence ---------------------------------------------------------------------------------------------


def test_evidence_its_files_and_its_withdrawal_are_as_their_events_say(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        world = a_world(session)
        held = a_round(session, world, rating=[PART])
        asked: dict[str, Any] = {"actor": world.lead, "now": NOW}
        given = {"assessment": held.id, "said": INTERVIEW, "limits": Limits(20_000_000), **asked}
        one = evidence.add_evidence(session, files=[Given("notes.pdf", pdf())], **given)
        evidence.link_evidence(
            session, assessment=held.id, part=PART, criterion=codes(PART)[0], evidence=[one], shown=[],
            catalogue=catalogue(), **asked,
        )  # fmt: skip
        later = evidence.correct_evidence(session, evidence=one, said=replace(INTERVIEW, confidential=True), **asked)
        two = evidence.add_evidence(session, files=[], **given)
        evidence.withdraw_evidence(session, evidence=two, reason="Another round's.", **asked)
        assert {each.evidence_id for each in session.exec(select(EvidenceFile))} == {one, later}
        digest = session.exec(select(StoredFile)).one().sha256
    assert found(engine) == []
    change(engine, "UPDATE evidence_withdrawal SET reason = 'Not ours.'", "evidence_withdrawal")
    change(engine, f"UPDATE evidence_file SET name = 'other.pdf' WHERE evidence_id = '{one}'", "evidence_file")
    with unguarded(engine, "stored_file") as connection:
        connection.execute(update(StoredFile).values(content=b"other"))
    assert sorted(found(engine)) == sorted(
        [
            f"evidence_file:{one}/other.pdf/1 is held with another “name” than its event says",
            f"evidence_withdrawal:{two} is held with another “reason” than its event says",
            f"stored_file:{digest} is held with another content than its SHA-256 says",
        ]
    )


# --- what kept records said before --------------------------------------------------------------------------


def test_what_a_kept_record_said_before_is_as_the_event_of_its_change_says(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load_register(engine, now=NOW, root=root)
    with Session(engine) as session, session.begin():
        make_organisation(session, LME, "exchange")
        keeper = make_person(session, "Keeper", LME, Role.DECIDER)
        connection = session.connection()
        for since, stages in ((date(2026, 11, 1), ["mine"]), (date(2026, 11, 2), ["refiner"])):
            told_now = kept.told(connection, PROGRAMMES, "programme-1")
            assert told_now is not None
            values, version = told_now
            assert register.change(
                session, actor=keeper, noun=PROGRAMMES, id="programme-1", values={**values, "stages": stages},
                version=version, since=since, now=NOW + timedelta(days=1),
            )  # fmt: skip
    put(root, "metals.yaml", "name: Tin", "name: Sn")
    put(root, "organisations.yaml", "Owner of Standards", "Owner")
    load_register(engine, now=NOW + timedelta(days=2), root=root)
    assert found(engine) == []
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM kept_change")).scalar_one() > 1
    change(
        engine,
        "UPDATE kept_change SET effective_on = '2020-01-01' WHERE number = 1 AND field = 'stages'",
        "kept_change",
    )
    kept_change = "kept_change:programme:programme-1/stages/1"
    assert found(engine) == [f"{kept_change} is held with another “effective_on” than its event says"]
    with unguarded(engine, "kept_change") as connection:
        connection.execute(update(KeptChange).values(recorded_at=NOW - timedelta(days=1)))
    assert f"{kept_change} is held and no event tells of it" in found(engine)
