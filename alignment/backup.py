"""Copies of the register that are checked before anybody relies on them."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine
from sqlalchemy.exc import DatabaseError

from alignment.database import Unreachable, newest_revision, revision
from alignment.domain.refusal import Refusal
from alignment.queries.events import events, stored_break
from alignment.queries.readiness import held_tables, lost_guards, lost_tables, triggers


def back_up(engine: Engine, file: Path) -> None:
    """Write a checked copy to a new file, while the register is in use. Nothing is overwritten."""
    if file.exists():
        raise Refusal(f"{file} exists already: name a new file, nothing is overwritten")
    if not file.parent.is_dir():
        raise Refusal(f"there is no folder {file.parent}: make it first")
    unfinished = file.with_name(file.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        _copy(engine, unfinished)
        if fault := _copy_fault(engine, unfinished):
            raise Refusal(f"the copy is not sound and was thrown away: {fault}")
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _copy(engine: Engine, file: Path) -> None:
    if engine.dialect.name == "postgresql":
        with _postgresql(engine) as address:
            _run("pg_dump", "--format=custom", f"--file={file}", f"--dbname={address}")
        return
    try:
        with closing(sqlite3.connect(_sqlite_file(engine))) as connection:
            connection.execute("VACUUM INTO ?", (str(file),))
    except sqlite3.Error as error:
        raise Refusal(
            f"the copy could not be written ({error}): is there room for it, and may it be written?"
        ) from error


def _copy_fault(engine: Engine, file: Path) -> str | None:
    return _dump_fault(file) if engine.dialect.name == "postgresql" else sqlite_fault(file)


def restore(engine: Engine, file: Path) -> None:
    """Put a copy in place of the register, after checking it; the change is all or nothing."""
    if not file.is_file():
        raise Refusal(f"there is no file {file}")
    if fault := _copy_fault(engine, file):
        raise Refusal(f"{file} was not put in place: {fault}")
    with suppress(Unreachable):  # a damaged register may be replaced, another program's database is refused
        revision(engine)
    engine.dispose()
    if engine.dialect.name == "postgresql":
        with _postgresql(engine) as address:
            _run("pg_restore", "--clean", "--if-exists", "--single-transaction", "--no-owner", f"--dbname={address}",
                 str(file))  # fmt: skip
        return
    held = _sqlite_file(engine)
    try:
        with closing(sqlite3.connect(file)) as copy, closing(sqlite3.connect(held)) as there:
            marks = [each.execute("PRAGMA user_version").fetchone()[0] for each in (copy, there)]
            copy.backup(there)
            # A server that is running sees by this that what it remembers is of another copy.
            there.execute(f"PRAGMA user_version = {max(marks) + 1}")
    except sqlite3.Error as error:
        raise Refusal(f"{held} could not be replaced ({error}): it is as it was") from error


def sqlite_fault(file: Path) -> str | None:
    """What is wrong with an SQLite file as a copy of a register; None for a sound one."""
    opened = partial(sqlite3.connect, f"{file.resolve().as_uri()}?mode=ro", uri=True)
    try:
        with create_engine("sqlite://", creator=opened, poolclass=NullPool).connect() as connection:
            return _fault(connection)
    except DatabaseError as error:
        return f"it cannot be read as a register ({error.orig})"


def _fault(connection: Connection) -> str | None:
    said = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    if said != "ok":
        return f"its pages are damaged ({' '.join(said.split())})"
    tables = held_tables(connection)
    if not tables >= _IN_EVERY_COPY:
        return _NO_COPY
    # What an older schema lacks is made when it is brought up.
    newest = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == newest_revision()
    if newest and (lost := lost_tables(tables)):
        return lost
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        return "a row refers to another that is missing"
    with closing(events(connection)) as stored:
        broken = stored_break(stored)
    if broken:
        return f"its event chain is broken: {broken}"
    return (newest and lost_guards("sqlite", tables, triggers(connection))) or None


_IN_EVERY_COPY = {"event", "programme", "alembic_version"}
_NO_COPY = "it is no copy of a register"


def _dump_fault(file: Path) -> str | None:
    """What is wrong with PostgreSQL's kind of copy as one of a register: by its list of contents, and its version."""
    listed = _run("pg_restore", "--list", str(file))
    tables = set(re.findall(r"^\d+; \d+ \d+ TABLE (?!DATA )\S+ (\S+) ", listed, re.MULTILINE))
    if not tables >= _IN_EVERY_COPY:
        return _NO_COPY
    version = _run("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(file))
    if f"\n{newest_revision()}\n" not in version:
        return None
    guards = set(re.findall(r"^\d+; \d+ \d+ TRIGGER \S+ \S+ (\S+) ", listed, re.MULTILINE))
    return lost_tables(tables) or lost_guards("postgresql", tables, guards) or None


def _sqlite_file(engine: Engine) -> str:
    assert engine.url.database, "a register lies in a file"
    return engine.url.database


@contextmanager
def _postgresql(engine: Engine) -> Iterator[str]:
    """The address for PostgreSQL's own programs; the password goes by a file that only we can read."""
    url = engine.url.set(drivername="postgresql")
    if not url.password:
        yield url.render_as_string()
        return
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="alignment-") as written:
        written.write("*:*:*:*:" + str(url.password).replace("\\", "\\\\").replace(":", "\\:") + "\n")
        written.flush()
        yield url._replace(password=None).update_query_dict({"passfile": written.name}).render_as_string()


def _run(program: str, *arguments: str) -> str:
    """What a program of PostgreSQL writes; Refusal with its words where it fails."""
    found = shutil.which(program)
    if found is None:
        raise Refusal(f"{program} is not installed: it comes with PostgreSQL’s client programs")
    done = subprocess.run([found, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise Refusal(f"{program} failed: {' '.join(done.stderr.split())}")
    return done.stdout
