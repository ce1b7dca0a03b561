"""The way to the store: addresses, units of work, and one sentence for everything that can be in the way."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from alignment.database import (
    Unreachable,
    address,
    make_engine,
    migrate,
    newest_revision,
    reading,
    require_newest,
    revision,
    unit_of_work,
)
from alignment.domain.refusal import Refusal
from alignment.tables import Organisation
from tests.conftest import connected
from tests.postgres import Server, connect, free_port


def organisation(id_: str) -> Organisation:
    return Organisation(id=id_, name="Example", kind="other")


def organisations(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return {row.id for row in connection.execute(text("SELECT id FROM organisation"))}


def refusal_of(url: str) -> str:
    with pytest.raises(Refusal) as refused:
        revision(make_engine(url))
    return str(refused.value)


# --- units of work ---------------------------------------------------------------------------------


def test_returning_commits(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        session.add(organisation("kept"))
    assert organisations(engine) == {"kept"}


def test_raising_rolls_back(engine: Engine) -> None:
    def fail() -> None:
        with unit_of_work(engine) as session:
            session.add(organisation("lost"))
            session.flush()
            raise Refusal("no")

    with pytest.raises(Refusal, match="no"):
        fail()
    assert organisations(engine) == set()


def test_what_a_reader_does_is_not_kept(engine: Engine) -> None:
    with reading(engine) as connection:
        connection.execute(text("INSERT INTO organisation VALUES ('lost', 'x', '', 'other', '', '', 0, 1)"))
    assert organisations(engine) == set()


def test_a_reader_is_not_kept_waiting_by_a_writer_and_sees_nothing_half_done(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        session.add(organisation("later"))
        session.flush()
        assert organisations(engine) == set()
    assert organisations(engine) == {"later"}


def test_writers_take_turns(engine: Engine) -> None:
    writers = [threading.Thread(target=count_up, args=(engine,)) for _ in range(4)]
    with unit_of_work(engine) as session:
        session.add(organisation("0"))
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert organisations(engine) == {str(number) for number in range(21)}


def count_up(engine: Engine) -> None:
    """Five times, add the number after the greatest: two writers at once would meet at the same one."""
    for _ in range(5):
        with unit_of_work(engine) as session:
            if engine.dialect.name == "postgresql":
                session.execute(text("LOCK TABLE organisation IN EXCLUSIVE MODE"))
            last = session.execute(text("SELECT max(CAST(id AS INTEGER)) FROM organisation")).scalar_one()
            session.add(organisation(str(last + 1)))


def test_a_connection_that_ended_while_it_lay_idle_is_opened_anew(postgres: Server) -> None:
    engine = make_engine(postgres.create("idle"))
    end_connections(engine, postgres)
    time.sleep(1.1)
    with reading(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()


def test_a_connection_that_ended_at_work_is_said_and_the_next_one_is_new(postgres: Server) -> None:
    engine = make_engine(postgres.create("busy"))
    end_connections(engine, postgres)
    with pytest.raises(Unreachable, match="cannot be used"), reading(engine) as connection:
        connection.execute(text("SELECT 1"))
    with reading(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()


def end_connections(engine: Engine, postgres: Server) -> None:
    """Let the server end what the engine keeps open, as a restart does."""
    with reading(engine) as one, reading(engine) as other:
        pids = [each.execute(text("SELECT pg_backend_pid()")).scalar_one() for each in (one, other)]
    with connect(postgres.port) as server:
        for pid in pids:
            server.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])


def test_a_fault_of_the_program_is_no_refusal(engine: Engine) -> None:
    def enter_twice() -> None:
        with unit_of_work(engine) as session:
            session.add(organisation("twice"))
            session.flush()
            session.execute(text("INSERT INTO organisation SELECT * FROM organisation"))

    with pytest.raises(IntegrityError):
        enter_twice()


def test_sqlite_keeps_references_and_what_it_acknowledged(sqlite_url: str) -> None:
    (engine,) = connected(sqlite_url)
    with reading(engine) as connection:
        asked = ("foreign_keys", "synchronous", "journal_mode", "busy_timeout")
        said = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    engine.dispose()
    assert said == [1, 2, "wal", 5000]


# --- what can be in the way ------------------------------------------------------------------------


def test_a_server_that_does_not_answer_is_named_with_the_password_hidden() -> None:
    port = free_port()
    said = refusal_of(f"postgresql://me:secret@127.0.0.1:{port}/register")
    assert said.startswith(
        f"the database at postgresql+psycopg://me:***@127.0.0.1:{port}/register cannot be used (connection failed: "
    )
    assert said.endswith("check host, port, user and database in ALIGNMENT_DATABASE_URL, and that the server runs")
    assert "secret" not in said
    assert "\n" not in said


def test_a_database_that_the_server_does_not_have_is_named(postgres: Server) -> None:
    said = refusal_of(postgres.url("not_here"))
    assert 'database "not_here" does not exist' in said
    assert "check host, port, user and database in ALIGNMENT_DATABASE_URL" in said


def test_a_folder_that_is_missing_is_named_and_not_made(tmp_path: Path) -> None:
    file = tmp_path / "missing" / "register.sqlite3"
    assert refusal_of(f"sqlite:///{file}") == (
        f"the database at sqlite:///{file} cannot be made: there is no folder {file.parent}, make it first"
    )
    assert not file.parent.exists()


def test_a_file_that_is_no_database_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear all, " * 200)
    before = file.read_bytes()
    assert refusal_of(f"sqlite:///{file}") == (
        f"the database at sqlite:///{file} cannot be used (file is not a database): name another file or, if this was "
        "the register, move it away and put a copy in its place with “alignment restore”"
    )
    assert file.read_bytes() == before


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    assert refusal_of(f"sqlite:///{tmp_path}") == (
        f"the database at sqlite:///{tmp_path} cannot be used (unable to open database file): "
        "check ALIGNMENT_DATABASE_URL, and that the file and its folder can be read and written"
    )


def test_a_file_that_another_program_keeps_is_told_as_that(sqlite_url: str) -> None:
    (engine,) = connected(sqlite_url)
    with reading(engine) as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unreachable, match="another program keeps it"), unit_of_work(engine) as session:
            session.add(organisation("kept"))
    engine.dispose()


def test_nothing_is_written_to_a_file_that_was_taken_away_and_no_other_is_made(sqlite_url: str, tmp_path: Path) -> None:
    file, away = Path(sqlite_url.removeprefix("sqlite:///")), tmp_path / "away"
    (engine,) = connected(sqlite_url)
    assert organisations(engine) == set()

    def enter() -> None:
        with unit_of_work(engine) as session:
            session.add(organisation("kept"))

    file.rename(away)
    for _ in range(2):
        with pytest.raises(Unreachable, match=f"{file} cannot be used: its file is gone since it was opened"):
            enter()
    assert not file.exists()
    shutil.copyfile(away, file)
    with pytest.raises(Unreachable, match="its file was replaced by another since it was opened"):
        organisations(engine)
    away.rename(file)
    enter()
    assert organisations(engine) == {"kept"}
    engine.dispose()


def test_a_register_that_lost_a_table_is_damaged_and_not_new(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE vote"))
    with pytest.raises(Unreachable, match=r"is damaged .*: put a copy in its place"), reading(engine) as connection:
        connection.execute(text("SELECT * FROM vote"))


def test_what_is_no_text_in_a_damaged_file_is_not_repeated(sqlite_url: str) -> None:
    (engine,) = connected(sqlite_url)
    with (
        pytest.raises(Unreachable, match=r"\(Could not decode to UTF-8 column 'said'\): name") as refused,
        reading(engine) as connection,
    ):
        connection.execute(text("SELECT CAST(x'736563726574ff' AS text) AS said")).all()
    assert "secret" not in str(refused.value)
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://me:secret@host/register", "mysql is no kind of database that the register can use"),
        ("postgres://me:secret@host/register", "postgres is no kind of database that the register can use"),
        ("postgresql+asyncpg://host/register", "postgresql+asyncpg is no kind of database"),
        ("register.sqlite3", "“register.sqlite3” is no database address"),
        ("postgresql://me:secret@host:port/register", "“postgresql://me:***@host:port/register” is no database"),
        ("sqlite://", "“sqlite://” names no file"),
        ("sqlite:///:memory:", "“sqlite:///:memory:” names no file"),
        ("sqlite:///x?mode=memory&uri=true", "names no file"),
    ],
)
def test_an_address_of_no_use_is_refused_with_one_that_is(url: str, said: str) -> None:
    sentence = refusal_of(url)
    assert said in sentence
    assert sentence.endswith("write sqlite:///alignment.sqlite3 or postgresql://user:password@host/name")
    assert "secret" not in sentence


def test_what_does_not_answer_is_told_apart_from_what_is_not_allowed(tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        make_engine(f"sqlite:///{tmp_path}/missing/register.sqlite3")
    with pytest.raises(Unreachable):
        revision(make_engine(f"postgresql://127.0.0.1:{free_port()}/register"))


def test_a_database_without_tables_says_what_to_run(tmp_path: Path, postgres: Server) -> None:
    for url in (f"sqlite:///{tmp_path}/new.sqlite3", postgres.create("new")):
        for engine in connected(url):
            with pytest.raises(Refusal, match=r"has no tables yet: run “alignment migrate”$"):
                require_newest(engine)
            with pytest.raises(Refusal, match=r"has no tables yet: run “alignment migrate”$"), reading(engine) as it:
                it.execute(text("SELECT * FROM event"))


OTHERS = {
    "a table": ("CREATE TABLE note (id integer)",),
    "a table called as one of ours": ("CREATE TABLE event (id integer)", "CREATE TABLE programme (id integer)"),
    "a version without a number": (
        "CREATE TABLE alembic_version (id integer)", "INSERT INTO alembic_version VALUES (1)",
    ),
    "a version table alone": ("CREATE TABLE alembic_version (id integer)",),
    "another program's version": (
        "CREATE TABLE alembic_version (version_num varchar(32))", "INSERT INTO alembic_version VALUES ('ae10')",
    ),
    "a version called as one of ours": (
        "CREATE TABLE alembic_version (version_num varchar(32))", "INSERT INTO alembic_version VALUES ('0001')",
        "CREATE TABLE event (id integer)",
    ),
}  # fmt: skip


def test_the_tables_of_another_program_are_refused_and_left_as_they_are(tmp_path: Path, postgres: Server) -> None:
    for number, statements in enumerate(OTHERS.values()):
        for url in (f"sqlite:///{tmp_path}/{number}.sqlite3", postgres.create(f"others_{number}")):
            for engine in connected(url):
                with engine.begin() as connection:
                    for each in statements:
                        connection.execute(text(each))
                before = schema(engine)
                for act in (require_newest, migrate, revision):
                    with pytest.raises(
                        Refusal, match=r"no register and holds another program’s tables \(.*: name another"
                    ):
                        act(engine)
                with pytest.raises(Unreachable, match="holds another program’s tables"), reading(engine) as it:
                    it.execute(text("SELECT * FROM vote"))
                assert schema(engine) == before


def schema(engine: Engine) -> dict[str, list[str]]:
    """Every table with its columns."""
    found = inspect(engine)
    return {table: [column["name"] for column in found.get_columns(table)] for table in found.get_table_names()}


def test_a_user_of_postgresql_without_rights_is_told_which_to_grant(postgres: Server, postgresql_seeded: str) -> None:
    bare, held = postgres.create("bare"), postgres.create("held", template=postgresql_seeded)
    with connect(postgres.port) as server:
        server.execute("CREATE ROLE newcomer LOGIN")
    new, reader = (make_engine(url.replace("postgres@", "newcomer@")) for url in (bare, held))
    owner = make_engine(held)

    def told(act: Callable[[Engine], object], engine: Engine) -> str:
        with pytest.raises(Unreachable) as refused:
            act(engine)
        assert f"the database at {address(engine)} cannot be used (" in str(refused.value)
        return str(refused.value).partition("): ")[2]

    lacks = "its user “newcomer” lacks rights, so let the owner run GRANT "
    assert told(migrate, new) == f'{lacks}USAGE, CREATE ON SCHEMA public TO "newcomer"'
    rights = 'SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "newcomer"'
    assert told(revision, reader) == told(organisations, reader) == lacks + rights
    with owner.begin() as connection:
        connection.execute(text("GRANT " + rights))
    assert organisations(reader)
    assert told(alter, reader) == "let the owner of its tables do this, or make the user “newcomer” their owner"
    with owner.begin() as connection:
        connection.execute(text("REVOKE USAGE ON SCHEMA public FROM PUBLIC"))
    assert told(alter, reader) == f'{lacks}USAGE, CREATE ON SCHEMA public TO "newcomer"'
    for engine in (new, reader, owner):
        engine.dispose()


def alter(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        session.execute(text("ALTER TABLE public.organisation ADD COLUMN more text"))


def test_a_table_of_versions_with_nothing_else_is_as_good_as_none(tmp_path: Path) -> None:
    for engine in connected(f"sqlite:///{tmp_path}/new.sqlite3"):
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num varchar(32))"))
        migrate(engine)
        assert revision(engine) == newest_revision()


def test_the_address_of_an_engine_hides_the_password() -> None:
    engine = make_engine("postgresql://me:secret@host/register?options=x&password=secret")
    assert address(engine) == "postgresql+psycopg://me:***@host/register?options=x&password=***"


# --- schema versions -------------------------------------------------------------------------------


def at_schema(engine: Engine, version: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def test_an_older_schema_says_what_to_run(engine: Engine) -> None:
    at_schema(engine, "0001")
    with pytest.raises(Refusal, match=f"is at schema 0001, this program needs {newest_revision()}: run “alignment"):
        require_newest(engine)


def test_a_schema_of_a_newer_program_is_left_alone(engine: Engine) -> None:
    at_schema(engine, "9999")
    for act in (require_newest, migrate):
        with pytest.raises(Refusal, match="is at schema 9999, which this program does not know"):
            act(engine)
    assert revision(engine) == "9999"


def test_two_processes_that_start_together_migrate_once(tmp_path: Path, postgres: Server) -> None:
    for url in (f"sqlite:///{tmp_path}/shared.sqlite3", postgres.create("shared")):
        faults: list[BaseException] = []
        starts = [threading.Thread(target=migrate_alone, args=(url, faults)) for _ in range(3)]
        for each in starts:
            each.start()
        for each in starts:
            each.join(60)
        assert faults == []
        for engine in connected(url):
            assert revision(engine) == newest_revision()


def migrate_alone(url: str, faults: list[BaseException]) -> None:
    try:
        for engine in connected(url):
            migrate(engine)
    except BaseException as fault:
        faults.append(fault)
