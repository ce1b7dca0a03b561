"""What `check`, `verify` and `doctor` find, and that they find it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from alignment.checking import Finding, check_content, examine, verify_database, verify_file
from alignment.database import reading, unit_of_work
from alignment.domain.people import SEED_IMPORT
from alignment.domain.refusal import Refusal
from alignment.exchange.chain import chain_lines
from alignment.files import folder
from alignment.queries.events import events
from alignment.queries.log import verify
from alignment.services import ledger
from alignment.settings import Settings
from alignment.tables import Source
from tests.conftest import NOW
from tests.postgres import Server, free_port
from tests.seeds.small import put


def findings(url: str, **settings: int) -> list[Finding]:
    return examine(replace(Settings(), database_url=url, **settings), now=NOW)


def serious(found: list[Finding]) -> list[str]:
    return [finding.said for finding in found if finding.serious]


def change(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def drop(engine: Engine, trigger: str, table: str) -> str:
    on = f" ON {table}" if engine.dialect.name == "postgresql" else ""
    return f"DROP TRIGGER {trigger}{on}"


# --- the running system ----------------------------------------------------------------------------


def test_a_sound_register_has_nothing_serious(seeded_url: str) -> None:
    found = findings(seeded_url)
    assert serious(found) == []
    said = [finding.said for finding in found if finding.good]
    assert said[0] == "content has no mistake"
    assert said[1].startswith("the database at ")
    assert said[2].startswith("the event chain is whole: ")
    assert "append-only guards are in place" in said
    assert "edition oecd-minerals-2018 is as it was sealed" in said


def test_what_is_stale_or_due_is_noted_and_not_serious(seeded_url: str) -> None:
    notes = [finding.said for finding in findings(seeded_url) if not finding.good]
    assert len(notes) == 2
    assert notes[0].startswith("10 of 10 statuses are stale: ASI Performance Standard V3, ")
    assert notes[1] == "an LME decision is due for RMI Tin and Tantalum"


def test_what_is_stale_follows_the_policy_age(seeded_url: str) -> None:
    notes = [finding.said for finding in findings(seeded_url, policy_age_days=500) if not finding.good]
    assert notes[0].startswith("9 of 10 statuses are stale: ")
    assert "Tantalum" not in notes[0]


def test_a_missing_guard_is_named(seeded_engine: Engine, seeded_url: str) -> None:
    change(seeded_engine, drop(seeded_engine, "decision_no_update", "decision"))
    assert serious(findings(seeded_url)) == ["guards are missing: decision_no_update"]


@pytest.mark.parametrize("seeded_url", ["postgresql"], indirect=True)  # SQLite's triggers cannot be switched off
def test_a_guard_that_is_switched_off_is_as_good_as_missing(seeded_engine: Engine, seeded_url: str) -> None:
    change(seeded_engine, "ALTER TABLE event DISABLE TRIGGER event_no_delete")
    assert serious(findings(seeded_url)) == ["guards are missing: event_no_delete"]


def test_what_the_seeds_no_longer_have_is_noted(seeded_engine: Engine, seeded_url: str) -> None:
    with unit_of_work(seeded_engine) as session:
        row = Source(id="letter", title="A letter", issuer="Somebody")
        ledger.enter(session, row, actor=SEED_IMPORT, act="recorded", now=NOW)
    noted = [finding.said for finding in findings(seeded_url) if not finding.good and not finding.serious]
    assert noted[0].startswith("1 record is held that the seeds no longer have: source:letter; ")


def test_a_missing_table_is_named_without_its_guards(seeded_engine: Engine, seeded_url: str) -> None:
    change(seeded_engine, "DROP TABLE vote")
    assert serious(findings(seeded_url)) == ["tables are missing: vote"]


def test_a_broken_seal_is_told_with_what_to_do(seeded_engine: Engine, seeded_url: str) -> None:
    change(seeded_engine, "UPDATE edition_seal SET digest = 'f00'")
    behind, said = serious(findings(seeded_url))
    assert behind.endswith("edition_seal:oecd-minerals-2018 is held with another “digest” than its event says")
    assert said.startswith("the content of edition oecd-minerals-2018 changed since assessments referred to it")
    assert "“alignment seal oecd-minerals-2018 --reason …”" in said


def test_an_edition_whose_content_is_gone_is_told(seeded_engine: Engine, seeded_url: str) -> None:
    change(seeded_engine, "INSERT INTO edition_seal VALUES ('oecd-minerals-2031', 'f00', '2026-11-21')")
    behind, said = serious(findings(seeded_url))
    assert behind.endswith("edition_seal:oecd-minerals-2031 is held and no event tells of it")
    assert said == "edition oecd-minerals-2031 is referred to and its content is missing"


def test_a_changed_event_is_told(seeded_engine: Engine, seeded_url: str) -> None:
    change(
        seeded_engine,
        drop(seeded_engine, "event_no_update", "event"),
        "UPDATE event SET actor = 'person:x' WHERE seq = 3",
    )
    said = serious(findings(seeded_url))
    assert any(each.startswith("the event chain is broken: event 3 (recorded ") for each in said)
    assert "guards are missing: event_no_update" in said


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)  # PostgreSQL has nothing of the kind to ask
def test_a_reference_to_a_missing_row_is_told(seeded_engine: Engine, seeded_url: str) -> None:
    with seeded_engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("DELETE FROM programme_metal")
        raw.execute("DROP TRIGGER metal_no_delete")
        raw.execute("DELETE FROM metal WHERE id = 'copper'")
    behind, *said = serious(findings(seeded_url))
    assert behind.endswith("metal:copper is told of by an event and not held")
    assert said == ["guards are missing: metal_no_delete", "a row of brand refers to a missing one"]


def test_a_register_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    file = tmp_path / "register.sqlite3"
    assert serious(findings(f"sqlite:///{file}")) == [
        f"there is no register at sqlite:///{file}: run “alignment load-seeds”"
    ]
    assert not file.exists()


def test_a_server_that_does_not_answer_is_a_finding_beside_the_others() -> None:
    found = findings(f"postgresql://me:secret@127.0.0.1:{free_port()}/register")
    assert found[0] == Finding("content has no mistake")
    (said,) = serious(found)
    assert "me:***@127.0.0.1" in said


def test_a_database_without_tables_is_a_finding(tmp_path: Path, postgres: Server) -> None:
    new = tmp_path / "new.sqlite3"
    new.touch()
    for url in (f"sqlite:///{new}", postgres.create("without_tables")):
        (said,) = serious(findings(url))
        assert said.endswith("has no tables yet: run “alignment migrate”")


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_damaged_file_is_a_finding_and_no_accident(seeded_url: str) -> None:
    file = Path(seeded_url.removeprefix("sqlite:///"))
    data = bytearray(file.read_bytes())
    for page in range(5, len(data) // 4096 - 1):
        data[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    file.write_bytes(bytes(data))
    (said,) = serious(findings(seeded_url))
    assert "malformed" in said


# --- the chain and the market updates of a register ------------------------------------------------


def test_a_sound_register_says_how_long_its_chain_is_and_where_it_ends(seeded_engine: Engine) -> None:
    verdict = verify_database(seeded_engine)
    assert verdict.fault is None
    assert verdict.said.startswith("the event chain is whole: 5")


def test_an_empty_register_is_whole(engine: Engine) -> None:
    assert verify_database(engine).said == "the event chain is whole: 0 events, last hash none"


UNREADABLE = ["CAST(x'ff41' AS TEXT)", "CAST(x'eda080' AS TEXT)", "CAST(act AS BLOB)"]


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)  # PostgreSQL keeps no such text
@pytest.mark.parametrize("said", UNREADABLE)
def test_an_event_that_is_no_text_is_named(seeded_engine: Engine, said: str) -> None:
    change(
        seeded_engine, drop(seeded_engine, "event_no_update", "event"), f"UPDATE event SET act = {said} WHERE seq = 9"
    )
    fault = "event 9 cannot be read as text: it was changed"
    assert verify_database(seeded_engine).fault == f"the event chain is broken: {fault}"
    with reading(seeded_engine) as connection:
        assert verify(connection).fault == fault
    change(seeded_engine, "UPDATE event SET actor = 'person:x' WHERE seq = 5")
    assert (verify_database(seeded_engine).fault or "").startswith("the event chain is broken: event 5 (recorded ")


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_flipped_bit_in_an_exported_chain_is_named_with_its_line(seeded_engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "chain.jsonl"
    with reading(seeded_engine) as connection:
        lines = [line.encode() for line in chain_lines(events(connection))]
    lines[8] = lines[8][:40] + bytes([lines[8][40] | 0x80]) + lines[8][41:]
    file.write_bytes(b"".join(lines))
    assert verify_file(file).fault == "chain.jsonl: line 9 cannot be read as text: the file was changed"


@pytest.mark.parametrize("content", ["replace(content, 'Fully', 'Partially')", "'{}'", "'not JSON'"])
def test_a_changed_market_update_is_named(seeded_engine: Engine, content: str) -> None:
    change(
        seeded_engine,
        drop(seeded_engine, "publication_no_update", "publication"),
        f"UPDATE publication SET content = {content}",
    )
    assert verify_database(seeded_engine).fault == "market update 2024-09 differs from its digest"


@pytest.mark.parametrize("suffix", [".csv", ".md", ".pdf"])
def test_of_a_market_update_only_the_json_can_be_checked_and_that_is_said(tmp_path: Path, suffix: str) -> None:
    (file := tmp_path / f"2024-09{suffix}").write_bytes(b"anything")
    with pytest.raises(Refusal, match=r"carries no digest: of a market update only its \.json can be checked"):
        verify_file(file)


@pytest.mark.parametrize("said", ["", "\n", " "])
def test_an_empty_file_is_refused(tmp_path: Path, said: str) -> None:
    file = tmp_path / "chain.jsonl"
    file.write_text(said)
    with pytest.raises(Refusal, match=r"is empty: there is nothing to verify$"):
        verify_file(file)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"chain.jsonl cannot be read: No such file or directory$"):
        verify_file(tmp_path / "chain.jsonl")
    (tmp_path / "picture").write_bytes(b"\x89PNG\xff")
    with pytest.raises(Refusal, match=r"picture is not UTF-8 text, so it is neither an event chain nor a market"):
        verify_file(tmp_path / "picture")


def test_a_market_update_is_verified_as_a_file(tmp_path: Path) -> None:
    file = tmp_path / "2024-09.json"
    file.write_text(json.dumps({"number": "2024-09", "digest": "f00"}))
    assert (verify_file(file).fault or "").startswith("2024-09.json: ")


# --- the content -----------------------------------------------------------------------------------


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of everything that `check` reads, to put something wrong in."""
    for name in ("criteria", "seeds"):
        shutil.copytree(folder(name), tmp_path / name)  # type: ignore[arg-type]
    return tmp_path


def test_the_content_of_this_program_has_no_mistake(content: Path) -> None:
    assert check_content() == []
    assert check_content(content) == []


def test_mistakes_in_the_register_and_in_the_example_are_told_together(content: Path) -> None:
    put(content / "seeds", "decisions.yaml", "act: conditionally_approved", "act: perhaps")
    put(content / "seeds/example", "decisions.yaml", "act: ", "act: maybe_")
    faults = check_content(content)
    assert [fault.partition(":")[0] for fault in faults] == ["seeds/decisions.yaml", "seeds/example/decisions.yaml"]


def test_mistakes_in_the_criteria_and_in_the_seeds_are_told_together(content: Path) -> None:
    put(content / "criteria/oecd-minerals-2018/B", "S1-A.md", "S1-A-1", "S1-A-2")
    put(content / "seeds", "decisions.yaml", "act: conditionally_approved", "act: perhaps")
    put(content / "seeds/example", "decisions.yaml", "act: ", "act: maybe_")
    files = [fault.partition(":")[0] for fault in check_content(content)]
    assert files[0].startswith("criteria/")
    # What the broken edition would have to say of criteria is no mistake of the seeds.
    assert files[-2:] == ["seeds/decisions.yaml", "seeds/example/decisions.yaml"]
    assert sum(file.startswith("seeds") for file in files) == 2


def test_seeds_are_held_against_an_edition_that_a_mistake_elsewhere_leaves_whole(content: Path) -> None:
    put(content / "criteria/lme-track-a", "requirements.md", "criteria: ", "criteria: S9-Z-9, ")
    put(content / "seeds/example", "assessments.yaml", "oecd-minerals-2018", "oecd-minerals-2031")
    faults = check_content(content)
    assert faults[0].startswith("criteria/lme-track-a/requirements.md:")
    assert faults[-1].endswith("edition: no edition has the id “oecd-minerals-2031”")


def test_without_a_folder_of_criteria_the_seeds_wait(content: Path) -> None:
    shutil.rmtree(content / "criteria")
    (fault,) = check_content(content)
    assert "there is no such folder: the criteria files belong there" in fault


def test_the_state_is_examined_at_the_time_given(seeded_url: str) -> None:
    early = examine(replace(Settings(), database_url=seeded_url), now=NOW - timedelta(days=780))
    assert [finding.said for finding in early if not finding.good] == []
