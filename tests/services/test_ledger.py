"""Every write leaves its event, in one unbroken chain that shows any later change."""

from __future__ import annotations

import json
import multiprocessing
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from alignment import tables
from alignment.checking import verify_database, verify_file
from alignment.database import make_engine, reading, unit_of_work
from alignment.domain.event import FIRST, Event, canonical, first_break
from alignment.domain.people import SEED_IMPORT, SYSTEM
from alignment.domain.refusal import Faults
from alignment.exchange.chain import chain_lines, read_chain
from alignment.queries.events import events
from alignment.services import ledger
from alignment.tables import Decision, Organisation, ProgrammeMetal
from tests.conftest import NOW, connected
from tests.postgres import Server

TABLES = [getattr(tables, name) for name in tables.__all__ if name not in ("APPEND_ONLY", "KEPT", "Event", "metadata")]


def organisation(id_: str, name: str = "Example") -> Organisation:
    return Organisation(id=id_, name=name, kind="other")


def enter(session: Session, *ids: str) -> None:
    for id_ in ids:
        ledger.enter(session, organisation(id_), actor=SYSTEM, act="recorded", now=NOW)


def chain(engine: Engine) -> list[Event]:
    with reading(engine) as connection:
        return list(events(connection))


# --- one act, one event ----------------------------------------------------------------------------


def test_a_stored_row_and_its_event_come_together(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        ledger.enter(session, organisation("oecd", "OECD"), actor=SEED_IMPORT, act="recorded", now=NOW)
    (event,) = chain(engine)
    assert (event.seq, event.previous) == (1, FIRST)
    assert (event.actor, event.act, event.subject) == ("import:seeds", "recorded", "organisation:oecd")
    assert event.at == "2026-11-21T09:00:00.000000Z"
    assert event.before == "null"
    assert json.loads(event.after) == {
        "id": "oecd", "name": "OECD", "short_name": "", "kind": "other", "country": "", "address": "",
        "position": 0, "version": 1,
    }  # fmt: skip


def test_a_changed_row_says_what_it_was_and_counts_its_version(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        enter(session, "oecd")
    with unit_of_work(engine) as session:
        row = session.get_one(Organisation, "oecd")
        ledger.change(session, row, {"name": "OECD"}, actor=SYSTEM, act="corrected", now=NOW)
    last = chain(engine)[-1]
    assert (json.loads(last.before)["name"], json.loads(last.before)["version"]) == ("Example", 1)
    assert (json.loads(last.after)["name"], json.loads(last.after)["version"]) == ("OECD", 2)
    with unit_of_work(engine) as session:
        assert session.get_one(Organisation, "oecd").version == 2


def test_many_rows_at_once_leave_an_event_each_in_the_same_chain(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        for some in (["a", "b"], [], ["c"]):
            rows = [organisation(id_) for id_ in some]
            session.add_all(rows)
            happened = [(ledger.subject_of(row), ledger.values_of(row)) for row in rows]
            ledger.record_all(session, happened, actor=SYSTEM, act="recorded", now=NOW)
        enter(session, "d")
    told = chain(engine)
    assert [each.subject.partition(":")[2] for each in told] == ["a", "b", "c", "d"]
    assert [json.loads(each.after)["id"] for each in told] == ["a", "b", "c", "d"]
    assert first_break(told) is None


def test_what_raises_leaves_neither_row_nor_event(engine: Engine) -> None:
    def fail() -> None:
        with unit_of_work(engine) as session:
            enter(session, "one", "two")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert chain(engine) == []
    with unit_of_work(engine) as session:
        assert session.exec(select(Organisation)).all() == []
        enter(session, "three")
    assert [event.seq for event in chain(engine)] == [1]


def test_a_row_that_the_database_refuses_leaves_no_event(engine: Engine) -> None:
    def fail() -> None:
        with unit_of_work(engine) as session:
            row = ProgrammeMetal(programme_id="nowhere", metal_id="none")
            ledger.enter(session, row, actor=SYSTEM, act="recorded", now=NOW)

    with pytest.raises(Exception, match=r"(?i)foreign key"):
        fail()
    assert chain(engine) == []


def test_an_event_names_a_row_by_its_table_and_its_whole_key() -> None:
    assert ledger.subject_of(organisation("oecd")) == "organisation:oecd"
    assert ledger.subject_of(ProgrammeMetal(programme_id="asi-v3", metal_id="tin")) == "programme_metal:asi-v3/tin"


def test_a_moment_is_kept_in_utc_and_always_as_wide() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert ledger.moment(datetime(2026, 11, 21, 3, 0, tzinfo=tokyo)) == "2026-11-20T18:00:00.000000Z"
    assert ledger.moment(datetime(2026, 11, 21, 18, 0, 0, 7, tzinfo=UTC)) == "2026-11-21T18:00:00.000007Z"


def test_dates_and_moments_of_a_row_are_kept_as_text() -> None:
    row = Decision(
        id="x", programme_id="asi-v3", act="approved", effective_on=date(2024, 9, 30), recorded_at=NOW, position=1
    )
    values = ledger.values_of(row)
    assert (values["effective_on"], values["recorded_at"]) == ("2024-09-30", "2026-11-21T09:00:00.000000Z")
    assert ledger.unchanged(row, {"effective_on": date(2024, 9, 30), "act": "approved"})
    assert not ledger.unchanged(row, {"effective_on": date(2024, 9, 29), "act": "approved"})


def test_every_row_of_the_register_has_its_event(seeded_engine: Engine) -> None:
    subjects = {event.subject for event in chain(seeded_engine)}
    with unit_of_work(seeded_engine) as session:
        stored = {ledger.subject_of(row) for table in TABLES for row in session.exec(select(table)).all()}
    assert stored == subjects
    assert len(stored) > 500


# --- one chain, whoever writes ---------------------------------------------------------------------


def test_the_events_of_one_act_follow_each_other(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        enter(session, "one", "two", "three")
    found = chain(engine)
    assert [event.seq for event in found] == [1, 2, 3]
    assert [event.previous for event in found] == [FIRST, found[0].hash, found[1].hash]


def test_writers_at_once_keep_one_unbroken_chain(engine: Engine) -> None:
    def write(name: str) -> None:
        for number in range(6):
            with unit_of_work(engine) as session:
                enter(session, f"{name}-{number}-a", f"{name}-{number}-b")

    together(*(lambda name=name: write(name) for name in "wxyz"))
    found = chain(engine)
    assert len(found) == 48
    assert first_break(found) is None
    for first, second in zip(found[::2], found[1::2], strict=True):  # an act's events stay together
        assert first.subject.removesuffix("-a") == second.subject.removesuffix("-b")


def together(*acts: Callable[[], None]) -> None:
    """Run each in a thread of its own; a fault in any of them fails the test."""
    faults: list[BaseException] = []
    begin = threading.Barrier(len(acts))

    def run(act: Callable[[], None]) -> None:
        try:
            begin.wait(30)
            act()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert faults == []


def write_alone(url: str, name: str) -> None:
    (engine,) = connected(url)
    for number in range(6):
        with unit_of_work(engine) as session:
            enter(session, f"{name}-{number}")
    engine.dispose()


_IMPATIENT = text("SET LOCAL lock_timeout = '100ms'")


def test_ratings_of_two_rounds_are_written_at_once_and_all_else_waits_for_them(
    postgres: Server, postgresql_empty: str
) -> None:
    def enter_another(session: Session) -> None:
        enter(session, "another")

    engine = make_engine(postgres.create("turns", template=postgresql_empty))
    with unit_of_work(engine) as first:
        ledger.take_turn_at(first, "one")
        with unit_of_work(engine) as second:
            second.connection().execute(_IMPATIENT)
            ledger.take_turn_at(second, "two")
            ledger.take_turn_at(second, "three")
            with Session(engine) as other:
                other.connection().execute(_IMPATIENT)
                with pytest.raises(OperationalError, match="lock timeout"):
                    ledger.take_turn_at(other, "three")
            enter(second, "two")
        for wait in (lambda session: ledger.take_turn_at(session, "one"), ledger.take_turn, enter_another):
            with Session(engine) as other:
                other.connection().execute(_IMPATIENT)
                with pytest.raises(OperationalError, match="lock timeout"):
                    wait(other)
        enter(first, "one")
    assert [event.subject for event in chain(engine)] == ["organisation:two", "organisation:one"]
    engine.dispose()


def test_a_turn_that_was_taken_in_what_is_rolled_back_is_taken_again(postgres: Server, postgresql_empty: str) -> None:
    engine = make_engine(postgres.create("turns_again", template=postgresql_empty))
    with unit_of_work(engine) as session:
        undo = session.begin_nested()
        ledger.take_turn(session)
        undo.rollback()
        ledger.take_turn(session)
        with Session(engine) as other:
            other.connection().execute(_IMPATIENT)
            with pytest.raises(OperationalError, match="lock timeout"):
                ledger.take_turn(other)
    engine.dispose()


def test_processes_at_once_keep_one_unbroken_chain(database_url: str) -> None:
    spawning = multiprocessing.get_context("spawn")
    writers = [spawning.Process(target=write_alone, args=(database_url, name)) for name in "xyz"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(100)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    engine = make_engine(database_url)
    assert len(chain(engine)) == 18
    assert verify_database(engine).fault is None
    engine.dispose()


# --- what was changed afterwards shows -------------------------------------------------------------


@contextmanager
def without_guards(engine: Engine) -> Iterator[Any]:
    """A connection on which even events can be changed, as by somebody who owns the database."""
    with engine.begin() as connection:
        for act in ("update", "delete"):
            on = " ON event" if engine.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER event_no_{act}{on}"))
        yield connection


COLUMNS = ["at", "actor", "act", "subject", "before", "after", "previous", "hash"]


@pytest.mark.parametrize("column", COLUMNS)
def test_one_changed_byte_of_a_stored_event_is_found_and_named(seeded_engine: Engine, column: str) -> None:
    with without_guards(seeded_engine) as connection:
        for seq in (1, 250):
            said = connection.execute(text(f"SELECT {column} FROM event WHERE seq = {seq}")).scalar_one()
            at = len(said) // 2
            other = "0" if said[at] != "0" else "1"
            change = text(f"UPDATE event SET {column} = :said WHERE seq = {seq}")
            connection.execute(change, {"said": said[:at] + other + said[at + 1 :]})
            with closing(events(connection)) as found:
                fault = first_break(found) or ""
            connection.execute(change, {"said": said})
            assert fault.startswith(f"event {seq} ") or (column, fault[:10]) == ("hash", f"event {seq + 1} "[:10])
    assert verify_database(seeded_engine).fault is None


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.characters(codec="utf-8", exclude_characters="\n"))
def test_any_changed_byte_is_found(exported_lines: list[str], number: int, at: int, other: str) -> None:
    number %= len(exported_lines)
    line = exported_lines[number]
    at %= len(line)
    assume(line[at] != other)
    changed = [*exported_lines[:number], line[:at] + other + line[at + 1 :], *exported_lines[number + 1 :]]
    assert re.search(rf"(line|event) ({number + 1}|{number + 2})\b", fault_of(changed))


def fault_of(lines: list[str]) -> str:
    try:
        return first_break(read_chain(lines)) or "nothing was found"
    except Faults as faults:
        return faults.faults[0]


@pytest.fixture(scope="module")
def exported_lines(seeded_sqlite_events: list[Event]) -> list[str]:
    return [line.removesuffix("\n") for line in chain_lines(seeded_sqlite_events)]


@pytest.fixture(scope="module")
def seeded_sqlite_events(sqlite_seeded: Path) -> list[Event]:
    engine = make_engine(f"sqlite:///{sqlite_seeded}")
    found = chain(engine)
    engine.dispose()
    return found


def test_a_removed_event_is_found_and_named(seeded_engine: Engine) -> None:
    with without_guards(seeded_engine) as connection:
        connection.execute(text("DELETE FROM event WHERE seq = 100"))
    assert verify_database(seeded_engine).fault == "the event chain is broken: event 100 is missing: after 99 comes 101"


# --- the chain as a file ---------------------------------------------------------------------------


@pytest.fixture
def exported(seeded_sqlite_events: list[Event], tmp_path: Path) -> Path:
    """The chain of the seeds as a file, apart from any register."""
    file = tmp_path / "chain.jsonl"
    file.write_text("".join(chain_lines(seeded_sqlite_events)), encoding="utf-8")
    return file


def rewrite(file: Path, change: Callable[[list[str]], None]) -> str | None:
    """The fault that is found after the lines of a file were changed."""
    lines = file.read_text(encoding="utf-8").split("\n")
    change(lines)
    file.write_text("\n".join(lines), encoding="utf-8")
    return verify_file(file).fault


def test_an_exported_chain_is_checked_without_a_register(exported: Path, seeded_sqlite_events: list[Event]) -> None:
    verdict = verify_file(exported)
    assert verdict.fault is None
    last = seeded_sqlite_events[-1]
    assert verdict.said == f"the event chain is whole: {last.seq} events, last hash {last.hash}"


def test_an_exported_event_that_was_changed_is_named(exported: Path) -> None:
    def change(lines: list[str]) -> None:
        lines[41] = lines[41].replace("import:seeds", "import:other")

    assert (rewrite(exported, change) or "").startswith("chain.jsonl: the event chain is broken: event 42 (recorded ")


def test_lines_cut_from_the_middle_are_missed(exported: Path) -> None:
    def cut(lines: list[str]) -> None:
        del lines[10:20]

    assert rewrite(exported, cut) == (
        "chain.jsonl: the event chain is broken: event 11 is missing: after 10 comes 21"
    )  # fmt: skip


def test_a_line_cut_short_is_named(exported: Path) -> None:
    def cut(lines: list[str]) -> None:
        lines[7] = lines[7][:50]

    assert rewrite(exported, cut) == "chain.jsonl: line 8 is no JSON object: the file was cut or changed"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[]", "line 1 is no JSON object"),
        ("{}\n{}", "line 1 is no event: it needs exactly seq, at, actor, act, subject, before, after, previous, hash"),
        ("1" * 5000, "line 1 is no JSON object"),
        ("[" * 100_000, "line 1 is no JSON object"),
        ("\ufeff", "line 1 is no JSON object"),
    ],
)
def test_a_file_that_is_no_chain_is_refused_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "chain.jsonl"
    file.write_text(line, encoding="utf-8")
    assert (verify_file(file).fault or "").startswith(f"chain.jsonl: {said}")


def test_an_event_with_values_of_another_kind_is_a_break_and_no_accident(exported: Path) -> None:
    event = json.loads(exported.read_text(encoding="utf-8").split("\n")[0])
    for name, value in [("seq", "1"), ("after", {"level": 1}), ("hash", None)]:
        exported.write_text(canonical(event | {name: value}) + "\n", encoding="utf-8")
        assert "event 1" in (verify_file(exported).fault or "")


def test_a_line_that_was_written_anew_is_not_the_exported_one(exported: Path) -> None:
    event = json.loads(exported.read_text(encoding="utf-8").split("\n")[0])
    for line in (json.dumps(event), canonical(event) + " ", json.dumps(event | {"subject": "\ud800"})):
        exported.write_text(line + "\n", encoding="utf-8")
        assert verify_file(exported).fault == (
            "chain.jsonl: line 1 is not written as it was exported: the file was changed"
        )


def test_text_with_every_kind_of_line_end_in_it_stays_on_its_line(engine: Engine, tmp_path: Path) -> None:
    name = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\rh\ni\r\n"
    with unit_of_work(engine) as session:
        ledger.enter(session, organisation("x", name), actor=SYSTEM, act="recorded", now=NOW)
        enter(session, "y")
    file = tmp_path / "chain.jsonl"
    with reading(engine) as connection:
        file.write_text("".join(chain_lines(events(connection))), encoding="utf-8")
    assert verify_file(file).fault is None
    assert json.loads(chain(engine)[0].after)["name"] == name


def test_a_line_is_canonical_json_so_that_any_program_can_check_it(seeded_sqlite_events: list[Event]) -> None:
    line = next(chain_lines(seeded_sqlite_events))
    assert line == canonical(json.loads(line)) + "\n"
