"""The schema at head on both databases: equal to the tables, guarded, and checked by the database itself."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    CheckConstraint,
    Connection,
    Engine,
    PrimaryKeyConstraint,
    Table,
    TypeDecorator,
    UniqueConstraint,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.types import TypeEngine

from alignment.database import configuration, make_engine, migrate, newest_revision, revision
from alignment.domain.event import canonical
from alignment.queries.readiness import expected_triggers, triggers
from alignment.tables import APPEND_ONLY, KEPT, metadata
from tests.postgres import Server

TABLES = {table.name: table for table in metadata.sorted_tables}
# The longest name that PostgreSQL keeps whole; a longer one it would cut, and then not find again.
LONGEST_NAME = 63


def test_every_step_of_the_way_follows_another_one_by_one() -> None:
    steps = list(ScriptDirectory.from_config(configuration()).walk_revisions())
    assert [step.revision for step in reversed(steps)] == [f"{number:04d}" for number in range(1, len(steps) + 1)]
    assert all(step.doc for step in steps)


def test_the_names_of_the_files_say_which_step_is_the_newest() -> None:
    script = ScriptDirectory.from_config(configuration())
    assert newest_revision() == script.get_current_head()
    assert all(Path(step.path).name.startswith(f"{step.revision}_") for step in script.walk_revisions())


def test_an_empty_database_is_brought_to_the_newest_schema(engine: Engine) -> None:
    assert revision(engine) == newest_revision()
    assert set(TABLES) | {"alembic_version"} == set(inspect(engine).get_table_names())


def test_migrating_again_changes_nothing(seeded_engine: Engine) -> None:
    before = contents(seeded_engine)
    migrate(seeded_engine)
    assert contents(seeded_engine) == before


def contents(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in TABLES}


def test_a_new_database_has_no_schema_yet(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> None:
    file = tmp_path_factory.mktemp("new") / "new.sqlite3"
    for url in (f"sqlite:///{file}", postgres.create("without_schema")):
        engine = make_engine(url)
        assert revision(engine) is None
        engine.dispose()


def test_the_migrated_schema_is_the_one_that_the_tables_describe(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_alembic_finds_nothing_left_to_migrate(engine: Engine) -> None:
    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.check(config)


def test_history_is_never_dropped_by_a_downgrade(engine: Engine) -> None:
    config = configuration()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        with pytest.raises(RuntimeError, match="restore a backup"):
            command.downgrade(config, "base")
    assert revision(engine) == newest_revision()


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path, postgres: Server) -> Iterator[Connection]:
    """A connection to a register of the schema before conditions had times; what it does is rolled back."""
    name = f"old_{request.node.originalname[-20:]}"
    url = f"sqlite:///{tmp_path}/old.sqlite3" if request.param == "sqlite" else postgres.create(name)
    engine = make_engine(url)
    with engine.execution_options(writes=True).connect() as connection:
        to_step(connection, "0005")
        yield connection
        connection.rollback()
    engine.dispose()


def to_step(connection: Connection, step: str) -> None:
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, step)


def an_old_condition(connection: Connection, *, events: bool = True) -> None:
    """A condition that was met, and met again, and an appeal with its outcome, as they were stored once."""
    with without_references(connection):
        connection.exec_driver_sql(
            "INSERT INTO decision_condition (id, decision_id, text, met_on, met_statement, position, version) "
            "VALUES ('c-1', 'c', 'Repair', '2026-01-06', 'Second.', 1, 3)"
        )
        connection.exec_driver_sql(
            "INSERT INTO appeal (id, decision_id, by_organisation, text, filed_on, outcome, outcome_on, outcome_text, "
            "recorded_by, recorded_at, version) VALUES "
            "('a-1', 'c', 'RMI', 'Strict.', '2026-01-01', 'upheld', '2026-01-06', 'Yes.', 'person:x', '2026-01-01', 2)"
        )
    told = [
        ("person:dora", "met", "decision_condition:c-1", '{"met_on":"2026-01-05","met_statement":"First."}'),
        ("person:ben", "met", "decision_condition:c-1", '{"met_on":"2026-01-06","met_statement":"Second."}'),
        ("person:ben", "settled", "appeal:a-1", "{}"),
    ]
    for seq, (actor, act, subject, after) in enumerate(told if events else (), 1):
        row = {"seq": seq, "at": f"2026-02-0{seq}T09:30:00.000000Z", "actor": actor, "act": act, "subject": subject}
        row |= {"before": "{}", "after": after, "previous": "", "hash": str(seq)}
        connection.execute(TABLES["event"].insert().values(row))


def test_a_condition_met_and_an_appeal_settled_before_have_the_times_of_their_events(old: Connection) -> None:
    an_old_condition(old)
    with without_references(old):
        to_step(old, "head")
    word = TABLES["condition_met"].c
    found = old.execute(select(word.met_on, word.statement, word.recorded_by, word.recorded_at).order_by(word.number))
    moments = [datetime(2026, 2, day, 9, 30, tzinfo=UTC) for day in (1, 2, 3)]
    assert [tuple(row) for row in found] == [
        (date(2026, 1, 5), "First.", "person:dora", moments[0]),
        (date(2026, 1, 6), "Second.", "person:ben", moments[1]),
    ]
    assert old.execute(select(TABLES["appeal"].c.outcome_recorded_at)).scalars().all() == moments[2:]
    assert triggers(old) == expected_triggers(old.dialect.name)


def test_a_condition_met_of_which_no_event_tells_is_given_no_time(old: Connection) -> None:
    an_old_condition(old, events=False)
    with pytest.raises(RuntimeError, match=r"no event says when these conditions were met.*: c-1"):
        to_step(old, "head")


def test_a_ledger_with_all_that_refers_to_it_takes_an_entry_that_declares_another_void(old: Connection) -> None:
    to_step(old, "0007")
    referred_to = ("organisation", "source", "standard", "programme", "person")
    for name in (*referred_to, "decision", "decision_condition", "condition_met", "appeal", "proposal", "vote"):
        insert(old, TABLES[name])
    refers = {"corrects": "x", "based_on": "x"}
    insert(old, TABLES["proposal"], id="y", **refers)
    kept = {name: old.execute(text(f"SELECT * FROM {name}")).all() for name in ("decision", "proposal", "vote")}
    to_step(old, "head")
    old.commit()  # nothing is taken for lost
    assert {name: old.execute(text(f"SELECT * FROM {name}")).all() for name in kept} == kept
    assert triggers(old) == expected_triggers(old.dialect.name)
    insert(old, TABLES["decision"], id="z", act="void", corrects="x")
    insert(old, TABLES["proposal"], id="z", act="void", **refers)
    for name in ("decision", "proposal"):
        with pytest.raises(IntegrityError, match=f"ck_{name}_void"), old.begin_nested():
            insert(old, TABLES[name], id="nothing", act="void")
    with pytest.raises(IntegrityError), old.begin_nested():
        insert(old, TABLES["vote"], proposal_id="nowhere")


def test_what_records_said_before_is_taken_from_their_events(old: Connection) -> None:
    metals = {"copper": {"excluded": False, "condition": ""}}
    told: list[tuple[int, str, Any, Any]] = [
        (1, "organisation:own", None, {"id": "own", "name": "Owner", "country": ""}),
        (1, "programme:prog", None, {"short_name": "P", "metals_said": "copper", "all_minerals": False}),
        (1, "programme_metal:prog/copper", None, {"metal_id": "copper", "excluded": False, "condition": ""}),
        (1, "programme_stage:prog/refiner", None, {"stage": "refiner"}),
        (2, "organisation:own", {}, {"id": "own", "name": "Owner", "country": "Chile"}),
        (3, "programme_metal:prog/tin", None, {"metal_id": "tin", "excluded": True, "condition": "dredged"}),
        (4, "programme_stage:prog/mine", None, {"stage": "mine"}),
        (5, "programme:prog", {}, {"short_name": "New", "metals_said": "copper", "all_minerals": True,
                                   "metals": metals, "stages": ["mine"]}),
        (5, "organisation:own", {}, {"name": "Owners", "country": "Chile"}),
        (6, "programme_metal:gone/tin", None, {"metal_id": "tin", "excluded": True, "condition": ""}),
    ]  # fmt: skip
    for seq, (day, subject, before, after) in enumerate(told, 1):
        row = {"seq": seq, "at": f"2026-02-0{day}T09:30:00.000000Z", "actor": "person:dora", "act": "changed"}
        row |= {"subject": subject, "before": canonical(before), "after": canonical(after), "previous": ""}
        old.execute(TABLES["event"].insert().values(row | {"hash": str(seq)}))
    with without_references(old):
        to_step(old, "head")
    change = TABLES["kept_change"].c
    found = old.execute(
        select(change.recorded_at, change.subject, change.field, change.number, change.before, change.after)
        .where(change.effective_on.is_(None))
        .order_by(change.recorded_at, change.subject, change.field)
    )  # fmt: skip
    both = canonical({**metals, "tin": {"excluded": True, "condition": "dredged"}})
    assert [(row.recorded_at.day, *row[1:]) for row in found] == [
        (3, "programme:prog", "metals", 1, canonical(metals), both),
        (4, "programme:prog", "stages", 1, '["refiner"]', '["mine","refiner"]'),
        (5, "organisation:own", "name", 1, "Owner", "Owners"),
        (5, "programme:prog", "all_minerals", 1, "false", "true"),
        (5, "programme:prog", "metals", 2, both, canonical(metals)),
        (5, "programme:prog", "short_name", 1, "P", "New"),
        (5, "programme:prog", "stages", 2, '["mine","refiner"]', '["mine"]'),
    ]
    assert triggers(old) == expected_triggers(old.dialect.name)


# --- guards ----------------------------------------------------------------------------------------


UNGUARDED = {
    "action_criterion": "belongs to an action, which is kept",
    "action_evidence": "belongs to an action, which is kept",
    "brand_site": "belongs to a brand, which is kept",
    "follow": "what somebody wants to be told of: ends when they like",
    "programme_metal": "belongs to a programme, which is kept",
    "programme_stage": "belongs to a programme, which is kept",
    "rating_evidence": "belongs to a rating, which is kept",
    "standard_owner": "belongs to a standard, which is kept",
    "presence": "who is looking just now: no fact",
    "recovery_code": "ends when new ones are made",
    "signed_in": "ends when somebody signs out",
}


def test_a_table_without_guard_is_named_here_with_the_reason() -> None:
    assert set(APPEND_ONLY) & set(KEPT) == set()
    assert set(TABLES) - set(APPEND_ONLY) - set(KEPT) == set(UNGUARDED)


def test_the_guards_at_head_are_those_that_the_doctor_looks_for(engine: Engine) -> None:
    with engine.connect() as connection:
        assert triggers(connection) == expected_triggers(engine.dialect.name)


def test_the_expected_guards_follow_from_the_lists_of_tables() -> None:
    assert "event_no_update" in expected_triggers("sqlite")
    assert "rating_no_update" not in expected_triggers("sqlite")
    assert "rating_no_delete" in expected_triggers("sqlite")
    assert expected_triggers("postgresql") - expected_triggers("sqlite") == {
        f"{table}_no_truncate" for table in (*APPEND_ONLY, *KEPT)
    }
    assert expected_triggers("sqlite") - expected_triggers("postgresql") == {
        *(f"{table}_no_replace" for table in (*APPEND_ONLY, *KEPT)),
        *(f"{table}_no_displace" for table in KEPT),
    }


@pytest.fixture
def full(seeded_engine: Engine) -> Iterator[Connection]:
    """A connection to a register with a row in every guarded table; what it does is rolled back."""
    with seeded_engine.connect() as connection:
        with without_references(connection):
            for name in [*APPEND_ONLY, *KEPT]:
                if connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() == 0:
                    insert(connection, TABLES[name])
        yield connection
        connection.rollback()


@pytest.mark.parametrize("act", ["UPDATE", "DELETE"])
def test_no_row_of_an_append_only_table_is_changed_or_deleted(full: Connection, act: str) -> None:
    for name in APPEND_ONLY:
        column = next(iter(TABLES[name].primary_key)).name
        statement = f"UPDATE {name} SET {column} = {column}" if act == "UPDATE" else f"DELETE FROM {name}"
        refused(full, statement, f"{name} is append-only: {act} refused")


def test_no_row_of_a_kept_table_is_deleted(full: Connection) -> None:
    for name in KEPT:
        refused(full, f"DELETE FROM {name}", f"{name} is append-only: DELETE refused")


def test_a_row_of_a_kept_table_may_gain_facts(seeded_engine: Engine) -> None:
    changed = []
    with seeded_engine.connect() as connection:
        for name in KEPT:
            column = next(iter(TABLES[name].primary_key)).name
            if connection.execute(text(f"UPDATE {name} SET {column} = {column}")).rowcount:
                changed.append(name)
        connection.rollback()
    assert len(changed) > 10


@pytest.mark.parametrize("seeded_url", ["postgresql"], indirect=True)  # SQLite has no TRUNCATE
def test_no_guarded_table_is_emptied_at_once(full: Connection) -> None:
    for name in (*APPEND_ONLY, *KEPT):
        refused(full, f"TRUNCATE {name} CASCADE", "append-only: TRUNCATE refused")


@pytest.fixture
def client(seeded_engine: Engine) -> Iterator[sqlite3.Connection]:
    """Another program at the file, with SQLite's own defaults, and two rows at least in every guarded table."""
    with closing(sqlite3.connect(str(seeded_engine.url.database), isolation_level=None)) as connection:
        assert connection.execute("PRAGMA recursive_triggers").fetchone() == (0,)
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("BEGIN")
        for name in (*APPEND_ONLY, *KEPT):
            for number in ("-7", "-8"):
                row = ", ".join([number] * len(TABLES[name].columns))
                connection.execute(f"INSERT INTO {name} VALUES ({row})")
        connection.execute("PRAGMA ignore_check_constraints = OFF")
        yield connection
        connection.execute("ROLLBACK")


def keys(name: str) -> list[str]:
    """The columns by which SQLite takes two rows of a table for the same, each with commas between."""
    unique = (PrimaryKeyConstraint, UniqueConstraint)
    found = [each.columns.keys() for each in TABLES[name].constraints if isinstance(each, unique)]
    assert not [index for index in TABLES[name].indexes if index.unique]
    return ["rowid", *(", ".join(columns) for columns in found)]


def not_replaced(client: sqlite3.Connection, name: str, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=f"^{name} is append-only: a row of this key is there, REPLACE"):
        client.execute(statement)


ON_SQLITE = pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)  # PostgreSQL has no REPLACE


@ON_SQLITE
def test_no_row_takes_the_place_of_another_as_it_is_inserted(client: sqlite3.Connection) -> None:
    for name in (*APPEND_ONLY, *KEPT):
        there = f"FROM {name} WHERE rowid = (SELECT max(rowid) FROM {name})"
        rows = client.execute(f"SELECT rowid, * FROM {name}").fetchall()
        not_replaced(client, name, f"INSERT OR REPLACE INTO {name} SELECT * {there}")
        for key in keys(name):
            not_replaced(client, name, f"INSERT OR REPLACE INTO {name} ({key}) SELECT {key} {there}")
        assert client.execute(f"SELECT rowid, * FROM {name}").fetchall() == rows


@ON_SQLITE
def test_no_row_takes_the_place_of_another_as_it_is_changed(client: sqlite3.Connection) -> None:
    for name in KEPT:
        first, last = (f"(SELECT {which}(rowid) FROM {name})" for which in ("min", "max"))
        rows = client.execute(f"SELECT rowid, * FROM {name}").fetchall()
        for key in keys(name):
            taken = f"({key}) = (SELECT {key} FROM {name} WHERE rowid = {last})"
            not_replaced(client, name, f"UPDATE OR REPLACE {name} SET {taken} WHERE rowid = {first}")
        assert client.execute(f"SELECT rowid, * FROM {name}").fetchall() == rows


@ON_SQLITE
def test_a_guard_against_replacing_finds_the_row_by_an_index(client: sqlite3.Connection) -> None:
    for name in (*APPEND_ONLY, *KEPT):
        (said,) = client.execute("SELECT sql FROM sqlite_master WHERE name = ?", (f"{name}_no_replace",)).fetchone()
        asked = re.findall(r"EXISTS \((SELECT 1 FROM .*?)\)", re.sub(r"NEW[.]\w+", "?1", said))
        assert len(asked) == len(keys(name)) - (name == "event"), "the number of an event is its rowid"
        for each in asked:
            plan = client.execute(f"EXPLAIN QUERY PLAN {each}", ("x",)).fetchall()
            assert [step[3].partition(" USING ")[0] for step in plan] == [f"SEARCH {name}"]


def test_an_upsert_changes_no_row_of_an_append_only_table(full: Connection) -> None:
    for name in APPEND_ONLY:
        columns = TABLES[name].primary_key.columns.keys()
        upsert = (
            f"INSERT INTO {name} SELECT * FROM {name} WHERE true LIMIT 1 "
            f"ON CONFLICT ({', '.join(columns)}) DO UPDATE SET {columns[0]} = excluded.{columns[0]}"
        )
        refused(full, upsert, f"{name} is append-only: (UPDATE|a row of this key is there, REPLACE) refused")


def refused(connection: Connection, statement: str, reason: str) -> None:
    with pytest.raises(DBAPIError, match=reason), connection.begin_nested():
        connection.exec_driver_sql(statement)


# --- constraints -----------------------------------------------------------------------------------


def checks() -> list[tuple[str, str, str]]:
    """Table, name and column of every CHECK that a column holds one of some words."""
    return [
        (table.name, str(constraint.name), match[1])
        for table in TABLES.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
        and (match := re.match(r"(?:\w+ IS NULL OR )?(\w+) IN \(", str(constraint.sqltext)))
    ]


def test_there_are_checks_on_words_to_try() -> None:
    assert len(checks()) > 40


def test_every_check_refuses_a_word_that_is_not_known(engine: Engine) -> None:
    with engine.connect() as connection, without_references(connection):
        for table, name, column in checks():
            with pytest.raises(IntegrityError, match=rf"\b{name}\b"), connection.begin_nested():
                insert(connection, TABLES[table], **{column: "no such word"})
        connection.rollback()


@pytest.mark.parametrize(
    ("table", "column"), [("programme", "number"), ("assessment", "round")], ids=["place in the table", "round"]
)
def test_numbers_begin_at_one(engine: Engine, table: str, column: str) -> None:
    with engine.connect() as connection, without_references(connection):
        with pytest.raises(IntegrityError, match=rf"\bck_{table}_{column}\b"), connection.begin_nested():
            insert(connection, TABLES[table], **{column: 0})
        connection.rollback()


def test_a_row_that_fits_every_check_is_taken(engine: Engine) -> None:
    with engine.connect() as connection, without_references(connection):
        for table in TABLES.values():
            insert(connection, table)
            assert connection.execute(text(f"SELECT count(*) FROM {table.name}")).scalar_one() == 1
        connection.rollback()


def test_a_reference_to_what_is_not_there_is_refused(engine: Engine) -> None:
    with engine.connect() as connection:
        with pytest.raises(IntegrityError), connection.begin_nested():
            insert(connection, TABLES["decision"], source_id="nowhere", programme_id="nowhere")
        connection.rollback()


def test_every_constraint_and_index_has_a_name_that_both_databases_keep_whole(engine: Engine) -> None:
    inspected = inspect(engine)
    names: list[str | None] = []
    for table in TABLES:
        names.append(inspected.get_pk_constraint(table)["name"])
        for found in (
            inspected.get_foreign_keys(table), inspected.get_unique_constraints(table),
            inspected.get_check_constraints(table), inspected.get_indexes(table),
        ):  # fmt: skip
            names += [each["name"] for each in found]
    assert len(names) > 150
    assert [name for name in names if not name or len(name.encode()) > LONGEST_NAME] == []
    expected = {str(each.name) for table in TABLES.values() for each in (*table.constraints, *table.indexes)}
    assert {name for name in expected if len(name.encode()) > LONGEST_NAME} == set()
    assert expected - set(map(str, names)) == set()


@contextmanager
def without_references(connection: Connection) -> Iterator[None]:
    """Let rows stand alone for a while: what is tried is their own checks."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        yield
        return
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    yield
    connection.exec_driver_sql("SET LOCAL session_replication_role = origin")


def insert(connection: Connection, table: Table, **given: Any) -> None:
    """A row with the first allowed word in every checked column and something in every other."""
    words = {
        match[1]: match[2]
        for each in table.constraints
        if isinstance(each, CheckConstraint) and (match := re.search(r"(\w+) IN \('(\w*)'", str(each.sqltext)))
    }
    values = {column.name: words.get(column.name, something(column.type)) for column in table.columns}
    optional = {column.name: None for column in table.columns if column.nullable and column.name not in words}
    connection.execute(table.insert().values(values | optional | given))


def something(of: TypeEngine[Any]) -> object:
    """A value that a column of this type takes."""
    values = {
        str: "x", int: 1, bool: False, bytes: b"x", date: date(2026, 1, 1), datetime: datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return values[(of.impl_instance if isinstance(of, TypeDecorator) else of).python_type]
