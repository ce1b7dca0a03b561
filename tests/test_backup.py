"""Copies that can be relied on: whole, checked, made while others write, put back only when sound."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from alignment import backup
from alignment.backup import back_up, restore, sqlite_fault
from alignment.checking import verify_database
from alignment.database import make_engine, migrate, reading, revision, unit_of_work
from alignment.domain.people import SYSTEM
from alignment.domain.refusal import Refusal
from alignment.queries.changes import reading_mark
from alignment.queries.readiness import expected_triggers, triggers
from alignment.services import ledger
from alignment.tables import Organisation
from tests.conftest import NOW, connected
from tests.postgres import Server


def act(engine: Engine, id_: str) -> None:
    """Something that a register without it does not know."""
    with unit_of_work(engine) as session:
        row = Organisation(id=id_, name="Example", kind="other")
        ledger.enter(session, row, actor=SYSTEM, act="recorded", now=NOW)


def known(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return {row.id for row in connection.execute(text("SELECT id FROM organisation"))}


@pytest.fixture
def other(seeded_engine: Engine, tmp_path: Path, postgres: Server) -> Iterator[Engine]:
    """An empty place of the same kind, to restore into."""
    if seeded_engine.dialect.name == "sqlite":
        yield from connected(f"sqlite:///{tmp_path}/other.sqlite3")
        return
    name = f"other_{tmp_path.name}"[:60]
    yield from connected(postgres.create(name))
    postgres.drop(name)


# --- a copy and back -------------------------------------------------------------------------------


def test_a_copy_put_elsewhere_is_the_same_register(seeded_engine: Engine, other: Engine, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    back_up(seeded_engine, copy)
    restore(other, copy)
    assert verify_database(other) == verify_database(seeded_engine)
    assert verify_database(other).fault is None
    with reading(other) as connection:
        assert triggers(connection) == expected_triggers(other.dialect.name)


def test_what_was_done_after_the_copy_is_gone_once_it_is_put_back(seeded_engine: Engine, tmp_path: Path) -> None:
    back_up(seeded_engine, tmp_path / "copy")
    act(seeded_engine, "after")
    assert "after" in known(seeded_engine)
    restore(seeded_engine, tmp_path / "copy")
    assert "after" not in known(seeded_engine)
    act(seeded_engine, "again")
    assert verify_database(seeded_engine).fault is None


def test_a_server_sees_that_a_copy_was_put_back_though_the_last_event_has_the_same_number(
    seeded_engine: Engine, tmp_path: Path
) -> None:
    back_up(seeded_engine, tmp_path / "copy")
    seen = [_mark(seeded_engine)]
    for id_ in ("one", "another"):
        restore(seeded_engine, tmp_path / "copy")
        seen.append(_mark(seeded_engine))
        act(seeded_engine, id_)
        seen.append(_mark(seeded_engine))
    assert seen[1][0] == seen[3][0] == seen[0][0]
    assert len(set(seen)) == len(seen)


def _mark(engine: Engine) -> tuple[int, int]:
    with reading(engine) as connection:
        return reading_mark(connection)


def test_a_copy_made_while_others_write_is_whole(seeded_engine: Engine, other: Engine, tmp_path: Path) -> None:
    stop = threading.Event()
    faults: list[BaseException] = []

    def write() -> None:
        try:
            for number in range(500):
                act(seeded_engine, f"number-{number}")
                if stop.is_set():
                    return
        except BaseException as fault:
            faults.append(fault)

    writer = threading.Thread(target=write)
    writer.start()
    back_up(seeded_engine, tmp_path / "copy")
    stop.set()
    writer.join(60)
    assert faults == []
    restore(other, tmp_path / "copy")
    assert verify_database(other).fault is None
    assert known(other) <= known(seeded_engine)


def test_nothing_is_left_lying_about(seeded_engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    back_up(seeded_engine, folder / "copy")
    assert [file.name for file in folder.iterdir()] == ["copy"]


# --- what is refused -------------------------------------------------------------------------------


def refusal_of(act: Callable[..., None], *given: object) -> str:
    with pytest.raises(Refusal) as refused:
        act(*given)
    return str(refused.value)


def test_nothing_is_overwritten_by_a_copy(seeded_engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "letter"
    file.write_text("Dear all")
    assert refusal_of(back_up, seeded_engine, file) == f"{file} exists already: name a new file, nothing is overwritten"
    assert file.read_text() == "Dear all"


def test_a_folder_that_is_missing_is_named(seeded_engine: Engine, tmp_path: Path) -> None:
    assert refusal_of(back_up, seeded_engine, tmp_path / "no" / "copy") == (
        f"there is no folder {tmp_path}/no: make it first"
    )


def test_a_copy_that_is_missing_is_named(seeded_engine: Engine, tmp_path: Path) -> None:
    assert refusal_of(restore, seeded_engine, tmp_path / "copy") == f"there is no file {tmp_path}/copy"


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (("DROP TABLE vote",), "tables are missing: vote"),
        (("DROP TRIGGER event_no_update ON event", "DROP TRIGGER metal_no_delete ON metal"),
         "guards are missing: event_no_update, metal_no_delete"),
    ],
)  # fmt: skip
def test_a_register_that_lost_a_table_or_guards_is_neither_copied_nor_put_back(
    seeded_engine: Engine, other: Engine, tmp_path: Path, lost: tuple[str, ...], said: str
) -> None:
    with seeded_engine.begin() as connection:
        for statement in lost:
            on_any = statement if seeded_engine.dialect.name == "postgresql" else statement.partition(" ON ")[0]
            connection.execute(text(on_any))
    copy = tmp_path / "copy"
    assert refusal_of(back_up, seeded_engine, copy) == f"the copy is not sound and was thrown away: {said}"
    assert not copy.exists()
    backup._copy(seeded_engine, copy)  # as a release did that looked less closely
    assert refusal_of(restore, other, copy) == f"{copy} was not put in place: {said}"
    assert revision(other) is None


def test_a_copy_does_not_take_the_place_of_another_programs_tables(
    seeded_engine: Engine, other: Engine, tmp_path: Path
) -> None:
    back_up(seeded_engine, tmp_path / "copy")
    with other.begin() as connection:
        connection.execute(text("CREATE TABLE note (id integer)"))
    assert "holds another program’s tables (note): name another" in refusal_of(restore, other, tmp_path / "copy")
    assert inspect(other).get_table_names() == ["note"]


def test_a_file_that_is_no_copy_replaces_nothing(seeded_engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "letter"
    file.write_text("Dear all, " * 1000)
    before = verify_database(seeded_engine)
    assert str(file) in refusal_of(restore, seeded_engine, file) or seeded_engine.dialect.name == "postgresql"
    assert verify_database(seeded_engine) == before


def test_a_copy_cut_short_replaces_nothing(seeded_engine: Engine, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    back_up(seeded_engine, copy)
    copy.write_bytes(copy.read_bytes()[:-20_000])
    act(seeded_engine, "after")
    before = verify_database(seeded_engine)
    refusal_of(restore, seeded_engine, copy)
    assert verify_database(seeded_engine) == before
    assert "after" in known(seeded_engine)


def test_a_server_that_does_not_answer_is_told_without_the_password(tmp_path: Path, postgres: Server) -> None:
    engine = make_engine(postgres.url("not_here").replace("@", ":secret@"))
    said = refusal_of(back_up, engine, tmp_path / "copy")
    assert said.startswith("pg_dump failed: ")
    assert "not_here" in said
    assert "secret" not in said
    assert list(tmp_path.iterdir()) == []


def test_the_programs_of_postgresql_are_missed_by_name(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = make_engine(postgres.url("not_here"))
    assert refusal_of(back_up, engine, tmp_path / "copy") == (
        "pg_dump is not installed: it comes with PostgreSQL’s client programs"
    )


def test_a_password_is_handed_over_in_a_file_and_not_where_others_see_it() -> None:
    engine = make_engine("postgresql://me:se:cr\\et@127.0.0.1/register")
    with backup._postgresql(engine) as address:
        assert "cr" not in address
        assert address.startswith("postgresql://me@127.0.0.1/register?passfile=")
        file = Path(address.partition("passfile=")[2].replace("%2F", "/"))
        assert file.read_text() == "*:*:*:*:se\\:cr\\\\et\n"
        assert file.stat().st_mode & 0o077 == 0
    assert not file.exists()


# --- what is wrong with an SQLite file -------------------------------------------------------------


@pytest.fixture
def copy(sqlite_seeded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(sqlite_seeded, tmp_path / "a copy, 100% #1?.sqlite3"))


def test_a_sound_copy_has_no_fault_whatever_its_name(copy: Path) -> None:
    assert sqlite_fault(copy) is None


def test_a_damaged_page_is_found(copy: Path) -> None:
    data = bytearray(copy.read_bytes())
    data[50_000:54_000] = b"\x00" * 4_000
    copy.write_bytes(bytes(data))
    assert sqlite_fault(copy)


def changed(file: Path, *statements: str) -> str | None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return sqlite_fault(file)


def test_a_changed_event_is_found_and_named(copy: Path) -> None:
    fault = changed(copy, "DROP TRIGGER event_no_update", "UPDATE event SET actor = 'x' WHERE seq = 7")
    assert (fault or "").startswith("its event chain is broken: event 7 (recorded ")


@pytest.mark.parametrize("value", ["CAST(x'ff' || actor AS text)", "CAST(actor AS blob)"])
def test_an_event_that_is_no_text_is_named_as_verify_names_it(copy: Path, value: str) -> None:
    fault = changed(copy, "DROP TRIGGER event_no_update", f"UPDATE event SET actor = {value} WHERE seq = 7")
    assert fault == "its event chain is broken: event 7 cannot be read as text: it was changed"


def test_a_missing_row_is_found(copy: Path) -> None:
    fault = changed(copy, "DROP TRIGGER metal_no_delete", "DELETE FROM metal WHERE id = 'tin'")
    assert fault == "a row refers to another that is missing"


def test_another_database_is_no_register(tmp_path: Path) -> None:
    assert changed(tmp_path / "other.sqlite3", "CREATE TABLE event (seq)") == "it is no copy of a register"


def test_a_text_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear all, " * 1000)
    assert sqlite_fault(tmp_path / "letter") == "it cannot be read as a register (file is not a database)"


def test_a_copy_is_put_in_place_of_a_file_only_if_that_is_a_database(copy: Path, tmp_path: Path) -> None:
    held = tmp_path / "letter"
    held.write_text("Dear all, " * 1000)
    (engine,) = connected(f"sqlite:///{held}")
    assert refusal_of(restore, engine, copy) == (
        f"{held} could not be replaced (file is not a database): it is as it was"
    )
    assert held.read_text() == "Dear all, " * 1000


def test_a_copy_goes_into_a_register_that_others_have_open(sqlite_seeded: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    (engine,) = connected(f"sqlite:///{shutil.copyfile(sqlite_seeded, tmp_path / 'held.sqlite3')}")
    (reader,) = connected(str(engine.url))
    back_up(engine, copy)
    act(reader, "after")
    restore(engine, copy)
    assert "after" not in known(reader)
    migrate(reader)
    assert verify_database(reader).fault is None
    engine.dispose()
    reader.dispose()
