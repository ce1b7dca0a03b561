"""The engine, the unit of work, and the way to the newest schema."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, InvalidatePoolError, OperationalError
from sqlmodel import Session

from alignment.domain.refusal import Refusal
from alignment.settings import hide_password

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = [
    "Connection", "Engine", "Session", "Unreachable", "address", "configuration", "make_engine", "migrate",
    "newest_revision", "reached", "reading", "require_newest", "revision", "unit_of_work",
]  # fmt: skip

# One writer at a time in this process: SQLite has one write lock, and queueing for it here is fair
# and quick, where its busy handler sleeps and starves (p99 of 0.9 s against 0.03 s).
_writing = threading.RLock()


# Any number, the same for every process: PostgreSQL's lock that lets one process migrate at a time.
_MIGRATION_LOCK = 5_202_025


class Unreachable(Refusal):
    """The database does not answer; the sentence names its address, for those who run the register."""


def make_engine(url: str) -> Engine:
    """An engine for an SQLite file or a PostgreSQL database; Refusal for any other address."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise Refusal(f"“{hide_password(url)}” is no database address: {_EXAMPLES}") from error
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "postgresql+psycopg":
        patience = {} if "connect_timeout" in parsed.query else {"connect_timeout": 10}
        # Whoever waits for a turn holds a connection, and opening one takes longer than a save: twenty are kept.
        engine = create_engine(parsed, pool_size=20, max_overflow=20, connect_args=patience)
        event.listen(engine, "connect", _note_use)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_ask_if_idle, engine))
        return engine
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise Refusal(f"{parsed.drivername} is no kind of database that the register can use: {_EXAMPLES}")
    file = _require_file(parsed, url)
    engine = create_engine(parsed, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    _hold_to(file, engine)
    return engine


_IDLE = 1.0
"""Seconds for which a connection counts as alive after it was used: busy people are spared a question each time."""


def _note_use(connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _ask_if_idle(engine: Engine, connection: Any, record: Any, _: object) -> None:
    """Ask the server of a connection that lay idle whether it is still there; the pool then opens new ones."""
    if time.monotonic() - record.info.get("used", 0.0) < _IDLE:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _require_file(parsed: URL, url: str) -> Path:
    """The file of a register, which lasts: so it is one, and in a folder that is there."""
    if not parsed.database or parsed.database == ":memory:" or parsed.host or parsed.query:
        raise Refusal(f"“{url}” names no file: {_EXAMPLES}")
    file = Path(parsed.database)
    if not file.parent.is_dir():
        raise Unreachable(f"the database at {url} cannot be made: there is no folder {file.parent}, make it first")
    return file


def _hold_to(file: Path, engine: Engine) -> None:
    """The file that was opened first is the one: Unreachable once it is gone, or another lies in its place.

    SQLite itself would go on reading and writing the one that nobody can find any more, and make an empty one for
    the next connection.
    """
    opened: list[tuple[int, int]] = []

    def require(*_: object) -> None:
        if opened and _identity(file) != opened[0]:
            what = "was replaced by another" if file.exists() else "is gone"
            raise Unreachable(
                f"the database at {address(engine)} cannot be used: its file {what} since it was opened, "
                "so put it back, or stop and start again with the one that is to be used"
            )

    def note(*_: object) -> None:
        if not opened and (found := _identity(file)):
            opened.append(found)

    event.listen(engine, "do_connect", require)
    event.listen(engine, "connect", note)
    event.listen(engine, "checkout", require)


def _identity(file: Path) -> tuple[int, int] | None:
    """What tells a file from another that takes its name; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def address(engine: Engine) -> str:
    """The address of the database for people, its password hidden."""
    if engine.dialect.name == "sqlite":
        return f"sqlite:///{engine.url.database}"  # a path as it is written, not as a URL quotes it
    return hide_password(engine.url.render_as_string(hide_password=False))


_EXAMPLES = "write sqlite:///alignment.sqlite3 or postgresql://user:password@host/name"


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[Session]:
    """A session for one act: returning commits, raising rolls back. Services never commit."""
    with _write_lock(engine), reached(engine), engine.connect() as connection:
        # Said of the connection: an engine with options of its own is made anew each time, listeners and all.
        connection.execution_options(writes=True)
        with Session(connection) as session, session.begin():
            yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for queries; nothing it does is kept."""
    with reached(engine), engine.connect() as connection:
        yield connection


@contextmanager
def _write_lock(engine: Engine) -> Iterator[None]:
    if engine.dialect.name != "sqlite":
        yield
        return
    with _writing:
        yield


@contextmanager
def reached(engine: Engine) -> Iterator[None]:
    """Turns a database that does not answer into one sentence with its address and what to check."""
    try:
        yield
    except DatabaseError as error:
        said = _why_not(engine, error)
        if said is None:
            raise
        raise Unreachable(said) from error


def _why_not(engine: Engine, error: DatabaseError) -> str | None:
    """Why a database cannot be used and what to do about it; None for a fault of the program."""
    # What SQLite’s driver met in place of text is nobody’s business, in a log either.
    reason = " ".join(str(error.orig).partition(" with text ")[0].split())
    state = getattr(error.orig, "sqlstate", None) or ""
    if state in _LACKING or reason.startswith(("no such table", "no such column")):
        return _lacking(engine, reason)
    if state in _NOT_ALLOWED:
        advice: str | None = _to_grant(engine, reason)
    else:
        advice = _about_file(error, reason) if engine.dialect.name == "sqlite" else _about_server(error, state)
    return advice and f"the database at {address(engine)} cannot be used ({reason}): {advice}"


_LACKING = ("42P01", "42703")
"""PostgreSQL's codes for a table and a column that are not there."""

_PUT_BACK = "put a copy in its place with “alignment restore”"


def _about_file(error: DatabaseError, reason: str) -> str | None:
    # What SQLite says of a strange or spoilt file, and its driver of a text that is none.
    if type(error) is DatabaseError or reason.startswith("Could not decode"):
        return f"name another file or, if this was the register, move it away and {_PUT_BACK}"
    if not isinstance(error, OperationalError):
        return None
    checks = "check ALIGNMENT_DATABASE_URL, and that the file and its folder can be read and written"
    return {
        "database is locked": "another program keeps it, so end that one or try again",
        "database or disk is full": "make room for it",
    }.get(reason, checks)


def _about_server(error: DatabaseError, state: str) -> str | None:
    if state.startswith("XX"):  # the server met damage in its own files
        return _PUT_BACK
    if not isinstance(error, OperationalError):
        return None
    return "check host, port, user and database in ALIGNMENT_DATABASE_URL, and that the server runs"


_NOT_ALLOWED = ("42501", "3F000")
"""PostgreSQL's codes for a right that is missing, and for no schema in which one may make anything."""

_RIGHTS = {
    "schema": "USAGE, CREATE ON SCHEMA {schema}",
    "table": "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema}",
    "sequence": "USAGE ON ALL SEQUENCES IN SCHEMA {schema}",
}


def _to_grant(engine: Engine, reason: str) -> str:
    """What the owner of a database has to allow its user. Migrations change tables, so they are the owner's to run."""
    with reading(engine) as connection:
        user, schema = connection.execute(text("SELECT current_user, coalesce(current_schema(), 'public')")).one()
    if reason.startswith("must be owner"):
        return f"let the owner of its tables do this, or make the user “{user}” their owner"
    denied = re.match(r'permission denied for (schema|table|sequence) "?(\w+)', reason)
    kind, name = denied.groups() if denied else ("schema", schema)
    right = _RIGHTS[kind].format(schema=name if kind == "schema" else schema)
    return f'its user “{user}” lacks rights, so let the owner run GRANT {right} TO "{user}"'


def _lacking(engine: Engine, reason: str) -> str:
    """What to do about a table or a column that is missing: tables were never made, or somebody took them away."""
    try:
        require_newest(engine)
    except Refusal as refusal:
        return str(refusal)
    return f"the database at {address(engine)} is damaged ({reason}): {_PUT_BACK}"


# Alembic takes longer to import than a page to make, so it is imported where there is something to migrate.

_MIGRATIONS = Path(__file__).parent / "migrations"


def configuration() -> Config:
    """Alembic’s configuration for the migrations in this package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest version, all or nothing; processes that start together take turns."""
    if revision(engine) == newest_revision():
        return
    from alembic import command

    config = configuration()
    with reached(engine), _write_lock(engine), engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        found = _revision(engine, connection)
        if found and found not in _revisions():
            raise Refusal(_too_new(engine, found))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision(engine: Engine) -> str | None:
    """The schema version that the database is at; None for an empty one. Refusal where it holds no register."""
    with reading(engine) as connection:
        return _revision(engine, connection)


def _revision(engine: Engine, connection: Connection) -> str | None:
    """What Alembic wrote down; None where there is no table yet. Refusal where the tables are another program's."""
    tables = set(inspect(connection).get_table_names())
    found, ours = None, not tables
    if "alembic_version" in tables:  # every program that uses Alembic has this one
        said = connection.execute(text("SELECT * FROM alembic_version")).mappings()
        numbered = "version_num" in said.keys()  # noqa: SIM118  (a result is no mapping)
        found = next((each.get("version_num") for each in said), None)
        ours = numbered and (tables >= _OURS if found else len(tables) == 1)
    if not ours:
        raise Refusal(_strange(engine, sorted(tables)))
    return found


_OURS = {"event", "programme", "publication"}
"""Tables that a register has from its first version on."""


def _strange(engine: Engine, tables: list[str]) -> str:
    named = ", ".join(tables[:3]) + (f" and {len(tables) - 3} more" if len(tables) > 3 else "")
    other, clear = ("file", "move it away") if engine.dialect.name == "sqlite" else ("database", "empty it")
    return (
        f"the database at {address(engine)} is no register and holds another program’s tables ({named}): "
        f"name another {other} or, if this was the register, {clear} and {_PUT_BACK}"
    )


def newest_revision() -> str:
    """The schema version that this program expects."""
    return max(_revisions())


def _revisions() -> set[str]:
    """The numbers of this program's migrations, with which the names of their files begin."""
    return {path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")}


def require_newest(engine: Engine) -> None:
    """Refusal that says what to run, where the schema is not the one this program expects."""
    found = revision(engine)
    if found == newest_revision():
        return
    if found and found not in _revisions():
        raise Refusal(_too_new(engine, found))
    what = f"is at schema {found}, this program needs {newest_revision()}" if found else "has no tables yet"
    raise Refusal(f"the database at {address(engine)} {what}: run “alignment migrate”")


def _too_new(engine: Engine, found: str) -> str:
    return (
        f"the database at {address(engine)} is at schema {found}, which this program does not know: "
        "it was made by a newer version, use that one"
    )
