"""Copies of the register that are checked before anybody relies on them."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, inspect
from sqlalchemy.exc import DatabaseError

from alignment.domain.refusal import Refusal
from alignment.queries.events import events, stored_break


def back_up(engine: Engine, file: Path) -> None:
    """Write a checked copy to a new file, while the register is in use. Nothing is overwritten."""
    if file.exists():
        raise Refusal(f"{file} exists already: name a new file, nothing is overwritten")
    if not file.parent.is_dir():
        raise Refusal(f"there is no folder {file.parent}: make it first")
    unfinished = file.with_name(file.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        if engine.dialect.name == "postgresql":
            with _postgresql(engine) as address:
                _run("pg_dump", "--format=custom", f"--file={unfinished}", f"--dbname={address}")
            _run("pg_restore", "--list", str(unfinished))
        else:
            _copy(engine, unfinished)
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _copy(engine: Engine, file: Path) -> None:
    try:
        with closing(sqlite3.connect(_sqlite_file(engine))) as connection:
            connection.execute("VACUUM INTO ?", (str(file),))
    except sqlite3.Error as error:
        raise Refusal(
            f"the copy could not be written ({error}): is there room for it, and may it be written?"
        ) from error
    if fault := sqlite_fault(file):
        raise Refusal(f"the copy is not sound and was thrown away: {fault}")


def restore(engine: Engine, file: Path) -> None:
    """Put a copy in place of the register, after checking it; the change is all or nothing."""
    if not file.is_file():
        raise Refusal(f"there is no file {file}")
    if engine.dialect.name == "postgresql":
        with _postgresql(engine) as address:
            _run("pg_restore", "--list", str(file))
            _run("pg_restore", "--clean", "--if-exists", "--single-transaction", "--no-owner", f"--dbname={address}",
                 str(file))  # fmt: skip
        return
    if fault := sqlite_fault(file):
        raise Refusal(f"{file} was not put in place: {fault}")
    engine.dispose()
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
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        return "a row refers to another that is missing"
    if not {"event", "programme", "alembic_version"} <= set(inspect(connection).get_table_names()):
        return "it is no copy of a register"
    with closing(events(connection)) as stored:
        broken = stored_break(stored)
    return f"its event chain is broken: {broken}" if broken else None


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


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise Refusal(f"{program} is not installed: it comes with PostgreSQL’s client programs")
    done = subprocess.run([found, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise Refusal(f"{program} failed: {' '.join(done.stderr.split())}")
