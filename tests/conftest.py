"""Fresh databases for the tests, made once and copied; and the gates of a whole run (``--gates``).

The program is imported inside the fixtures: tests of the domain need none of it.
"""

from __future__ import annotations

import fcntl
import gc
import itertools
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests import gates
from tests.postgres import Server, running

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

settings.register_profile("no deadlines", deadline=None)  # no test asserts a time
settings.load_profile("no deadlines")

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
"""When the tests take place, unless one says otherwise."""

ENGINES = ("sqlite", "postgresql")

Step = Callable[[str], None]
"""Adds something to the database at an address."""

_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def full_cost() -> dict[str, int]:
    """What a password costs where the register is served; the tests hash hundreds, and each at the least cost."""
    from alignment.services import passwords

    served = dict(passwords.COST)
    passwords.COST.update(time_cost=1, memory_cost=8, parallelism=1)
    return served


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A PostgreSQL server: one for the run, whatever the number of its processes."""
    if found := getattr(request.config, "workerinput", {}).get("postgres"):
        yield Server(*found)
        return
    with running() as server:
        yield server


@contextmanager
def made_once(folders: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A path that all processes of the run share, for whoever comes first to make what belongs there."""
    own = folders.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield shared / name


def sqlite_template(folders: pytest.TempPathFactory, name: str, template: Path | None, *steps: Step) -> Path:
    """An SQLite file to copy, itself a copy of a template that something was added to."""
    with made_once(folders, f"{name}.sqlite3") as path:
        if not path.exists():
            new = path.with_suffix(".new")
            if template is not None:
                shutil.copyfile(template, new)
            for step in steps:
                step(f"sqlite:///{new}")
            assert not new.with_name(f"{new.name}-wal").exists(), "somebody is still connected to the template"
            new.rename(path)
    return path


def postgresql_template(folders: pytest.TempPathFactory, server: Server, name: str, template: str, step: Step) -> str:
    """The name of a PostgreSQL database to copy, itself a copy of a template that something was added to."""
    with made_once(folders, f"{name}.postgresql") as mark:
        if not mark.exists():
            step(server.create(name, template=template))
            mark.touch()
    return name


@pytest.fixture(scope="session")
def sqlite_empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and no records, to copy."""
    return sqlite_template(tmp_path_factory, "empty", None, prepare)


@pytest.fixture(scope="session")
def sqlite_seeded(tmp_path_factory: pytest.TempPathFactory, sqlite_empty: Path) -> Path:
    """An SQLite file with the seeds loaded, to copy."""
    return sqlite_template(tmp_path_factory, "seeded", sqlite_empty, add_seeds)


@pytest.fixture(scope="session")
def sqlite_example(tmp_path_factory: pytest.TempPathFactory, sqlite_seeded: Path) -> Path:
    """An SQLite file with the seeds and the worked example loaded, to copy."""
    return sqlite_template(tmp_path_factory, "example", sqlite_seeded, add_example)


@pytest.fixture(scope="session")
def postgresql_empty(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> str:
    """A PostgreSQL database with all tables and no records, to copy."""
    return postgresql_template(tmp_path_factory, postgres, "empty", "template0", prepare)


@pytest.fixture(scope="session")
def postgresql_seeded(tmp_path_factory: pytest.TempPathFactory, postgres: Server, postgresql_empty: str) -> str:
    """A PostgreSQL database with the seeds loaded, to copy."""
    return postgresql_template(tmp_path_factory, postgres, "seeded", postgresql_empty, add_seeds)


@pytest.fixture(scope="session")
def postgresql_example(tmp_path_factory: pytest.TempPathFactory, postgres: Server, postgresql_seeded: str) -> str:
    """A PostgreSQL database with the seeds and the worked example loaded, to copy."""
    return postgresql_template(tmp_path_factory, postgres, "example", postgresql_seeded, add_example)


def add_seeds(url: str) -> None:
    """Load the seeds as if at the time of the tests."""
    prepare(url, seeds_at=NOW)


def add_example(url: str) -> None:
    """Load the worked example beside the seeds."""
    from alignment.database import make_engine
    from alignment.prepare import load_example

    engine = make_engine(url)
    try:
        load_example(engine, now=NOW)
    finally:
        engine.dispose()


def sqlite_file(path: Path, *, seeds_at: datetime | None = None) -> Path:
    """Prepare an SQLite file that is whole without its log, so that copying it is safe."""
    prepare(f"sqlite:///{path}", seeds_at=seeds_at)
    assert not path.with_name(f"{path.name}-wal").exists(), "somebody is still connected to the template"
    return path


def prepare(url: str, *, seeds_at: datetime | None = None) -> None:
    """Make all tables, and load the seeds as if at the time given."""
    from alignment.database import make_engine, migrate
    from alignment.prepare import load_register

    engine = make_engine(url)
    try:
        migrate(engine)
        if seeds_at is not None:
            load_register(engine, now=seeds_at)
    finally:
        engine.dispose()


def copied(request: pytest.FixtureRequest, engine: str, content: str) -> Iterator[str]:
    """The address of a copy of a template, removed after the test."""
    template = request.getfixturevalue(f"{engine}_{content}")
    if engine == "sqlite":
        path = request.getfixturevalue("tmp_path") / f"{content}.sqlite3"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres")
    name = f"{content}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_{next(_numbers)}"
    yield server.create(name, template=template)
    server.drop(name)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database with all tables and no records: the test runs once on each engine."""
    yield from copied(request, request.param, "empty")


@pytest.fixture(params=ENGINES)
def seeded_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database with the seeds loaded: the test runs once on each engine."""
    yield from copied(request, request.param, "seeded")


@pytest.fixture(params=ENGINES)
def example_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database with the seeds and the worked example: the test runs once on each engine."""
    yield from copied(request, request.param, "example")


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An SQLite file with all tables and no records, where the engine does not matter."""
    yield from copied(request, "sqlite", "empty")


@pytest.fixture
def seeded_sqlite_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An SQLite file with the seeds loaded, where the engine does not matter."""
    yield from copied(request, "sqlite", "seeded")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on an empty database; the test runs once on each kind."""
    yield from connected(database_url)


@pytest.fixture
def seeded_engine(seeded_url: str) -> Iterator[Engine]:
    """An engine on the seeds; the test runs once on each kind."""
    yield from connected(seeded_url)


@pytest.fixture
def example_engine(example_url: str) -> Iterator[Engine]:
    """An engine on the seeds and the worked example; the test runs once on each kind."""
    yield from connected(example_url)


def connected(url: str) -> Iterator[Engine]:
    """An engine whose connections are closed after the test."""
    from alignment.database import make_engine

    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """One unit of work on an empty database, committed when the test is over."""
    from alignment.database import unit_of_work

    with unit_of_work(engine) as session:
        yield session


# --- the gates of a whole run ----------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--gates", action="store_true", help="fail unless coverage suffices and every test ran")


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(50_000, 20, 50)  # as `alignment serve` has it: a third of the time of a new application
    if config.getoption("--gates"):
        from tests.reach import Reach

        config.pluginmanager.register(Reach(), "reach")


def pytest_collection_finish() -> None:
    gc.freeze()  # what was imported stays, so looking through it for rubbish is time lost


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The processes of a run share one PostgreSQL server, which the first process starts and ends."""
    held = node.config.stash.setdefault(_HELD, ExitStack())
    if _SERVER not in node.config.stash:
        node.config.stash[_SERVER] = held.enter_context(running())
    node.workerinput["postgres"] = astuple(node.config.stash[_SERVER])


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash.get(_HELD, ExitStack()).close()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """After the last test, judge the run as a whole."""
    result = yield
    config = session.config
    if config.getoption("--gates") and not hasattr(config, "workerinput") and not session.testsfailed:
        reporter = config.pluginmanager.getplugin("terminalreporter")
        unrun = [each.nodeid for kind in ("skipped", "xfailed") for each in reporter.stats.get(kind, [])]
        verdicts = [
            gates.judge_skipped(unrun),
            *gates.judge_coverage(config.pluginmanager.getplugin("reach").report(config.rootpath)),
        ]
        config.stash[_VERDICTS] = verdicts
        for verdict in verdicts:
            if not verdict.passed:
                config.hook.pytest_runtest_logreport(report=_as_failure(verdict))
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for verdict in config.stash.get(_VERDICTS, []):
        if verdict.passed:
            terminalreporter.write_line(verdict.sentence)


def _as_failure(verdict: gates.Verdict) -> pytest.TestReport:
    """A gate that the run does not pass counts and prints as one more failed test."""
    place = "tests/gates.py"
    return pytest.TestReport(
        nodeid=f"{place}::gate",
        location=(place, None, "gate"),
        keywords={},
        outcome="failed",
        longrepr=verdict.sentence,
        when="call",
    )


_HELD: pytest.StashKey[ExitStack] = pytest.StashKey()
_SERVER: pytest.StashKey[Server] = pytest.StashKey()
_VERDICTS: pytest.StashKey[list[gates.Verdict]] = pytest.StashKey()
