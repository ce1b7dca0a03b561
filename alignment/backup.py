"""Copies of the register that are checked before anybody relies on them."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from alignment.domain.refusal import Refusal


def back_up(engine: Engine, file: Path) -> None:
    """Write a checked copy to a new file, while the register is in use. Nothing is overwritten."""
    if file.exists():
        raise Refusal(f"{file} exists already: name a new file, nothing is overwritten")
    if not file.parent.is_dir():
        raise Refusal(f"there is no folder {file.parent}: make it first")
    if engine.dialect.name == "postgresql":
        _run("pg_dump", "--format=custom", f"--file={file}", _postgres_address(engine))
        return
    unfinished = file.with_name(file.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(_sqlite_file(engine))) as connection:
        connection.execute("VACUUM INTO ?", (str(unfinished),))
    fault = sqlite_fault(unfinished)
    if fault:
        unfinished.unlink()
        raise Refusal(f"the copy is not sound and was thrown away: {fault}")
    unfinished.replace(file)


def restore(engine: Engine, file: Path) -> None:
    """Put a copy in place of the register, after checking it; the change is all or nothing."""
    if not file.is_file():
        raise Refusal(f"there is no file {file}")
    if engine.dialect.name == "postgresql":
        _run("pg_restore", "--clean", "--if-exists", "--single-transaction", "--no-owner",
             f"--dbname={_postgres_address(engine)}", str(file))  # fmt: skip
        return
    fault = sqlite_fault(file)
    if fault:
        raise Refusal(f"{file} was not put in place: {fault}")
    engine.dispose()
    with closing(sqlite3.connect(file)) as copy, closing(sqlite3.connect(_sqlite_file(engine))) as held:
        copy.backup(held)


def sqlite_fault(file: Path) -> str | None:
    """What is wrong with an SQLite file as a copy of a register; None for a sound one."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            said = connection.execute("PRAGMA integrity_check").fetchone()[0]
            if said != "ok":
                return f"its pages are damaged ({said})"
            if connection.execute("PRAGMA foreign_key_check").fetchone():
                return "a row refers to another that is missing"
            names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        return f"it is no SQLite database ({error})"
    return None if {"event", "programme", "alembic_version"} <= names else "it is no copy of a register"


def _sqlite_file(engine: Engine) -> str:
    name = engine.url.database
    if not name or name == ":memory:":
        raise Refusal("a register in memory cannot be copied: set ALIGNMENT_DATABASE_URL to a file")
    return name


def _postgres_address(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise Refusal(f"{program} is not installed: it comes with PostgreSQL’s client programs")
    done = subprocess.run([found, *arguments], capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise Refusal(f"{program} failed: {' '.join(done.stderr.split())}")
