"""A real PostgreSQL server for the tests: in a folder and on a port of its own, gone at the end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

USER = "postgres"
SECONDS_TO_START = 30
SECONDS_TO_STOP = 15
ROOM = 4 * 2**30
"""Bytes that must be free in memory before a server is put there: a run takes a tenth of it."""

# What a crash would destroy need not be safe: the folder is deleted at the end.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``pid`` is its first process."""

    port: int
    pid: int
    folder: str

    def url(self, name: str) -> str:
        """The address of a database on this server, in SQLAlchemy form."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, template: str = "template0") -> str:
        """Create a database as a copy of another, to which nobody may be connected; its address."""
        # Copied file by file: quicker than through the log where little is written between two copies.
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _run(self, statement: str, *names: str) -> None:
        with connect(self.port) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def connect(port: int) -> psycopg.Connection:
    """A connection to the server's own database, each statement a transaction."""
    return psycopg.connect(
        host="127.0.0.1", port=port, user=USER, dbname="postgres", autocommit=True, connect_timeout=5
    )


@contextmanager
def running() -> Iterator[Server]:
    """Start a new server and end it when the block is left; RuntimeError with its log if it fails to."""
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="alignment-postgresql-", dir=in_memory()))
    try:
        _give_to_server(folder)
        data = folder / "data"
        _initialise(programs, data)
        process, port = _start(programs, data)
        try:
            yield Server(port=port, pid=process.pid, folder=str(folder))
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder)


def in_memory() -> Path | None:
    """A folder in memory with room for many small databases, where this system has one."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > ROOM else None


def find_programs() -> Path:
    """The folder of the newest server's programs: Debian's, else the one on the path."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]), reverse=True
    )
    on_path = shutil.which("initdb")
    found = debian or ([Path(on_path).resolve()] if on_path else [])
    if not found:
        raise RuntimeError("there is no PostgreSQL server here: “make test” installs Debian's")
    return found[0].parent


def _account() -> str | None:
    """The server refuses to run as root: as root, Debian's user for it is taken; else oneself."""
    return USER if os.geteuid() == 0 else None


def _give_to_server(folder: Path) -> None:
    if account := _account():
        shutil.chown(folder, account, account)


def _initialise(programs: Path, data: Path) -> None:
    # Bytes order text on SQLite too: a query that forgets its ORDER BY fails on neither by luck of locale.
    done = subprocess.run(
        [programs / "initdb", "--pgdata", data, "--username", USER, "--auth=trust", "--no-sync",
         "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"],
        cwd=data.parent, user=_account(), group=_account(), extra_groups=_no_groups(),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"initdb could not make a PostgreSQL folder: {done.stdout}")


def _start(programs: Path, data: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start on a free port; another program may take the port first, so try three times."""
    log = data.parent / "log"
    for _ in range(3):
        port = free_port()
        with log.open("wb") as written:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, "-p", str(port),
                 *(f"--{name}={value}" for name, value in OPTIONS.items())],
                cwd=data.parent, user=_account(), group=_account(), extra_groups=_no_groups(),
                stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT,
            )  # fmt: skip
        if _answers(process, port):
            return process, port
        _stop(process)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether the server takes a connection before it ends or its time is up."""
    until = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < until:
        try:
            connect(port).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return True
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server at once, connections or not, and its children with it."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)  # “fast shutdown”
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)  # “immediate shutdown”: ends the children too
        process.wait(SECONDS_TO_STOP)


def _no_groups() -> list[str] | None:
    return [] if _account() else None


def free_port() -> int:
    """A port of this machine that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
