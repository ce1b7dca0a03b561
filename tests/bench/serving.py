"""A server in a process of its own, on a free port of this machine, with one worker.

``python -m tests.bench.serving APP ARGUMENT`` serves one of ``tests.bench.apps`` and prints its port. Every
application gets the same server with the same settings, those of ``alignment serve``.
"""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.load import get
from tests.bench.measuring import Sample, cpu_of

PATIENCE = 60
_SETTINGS = ("ALIGNMENT_", "PORT", "PYTHONDONTWRITEBYTECODE", "PYTHONOPTIMIZE")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers. ``started`` is what it took from the start of its process to its first 200."""

    port: int
    pid: int
    started: Sample

    @property
    def place(self) -> tuple[int, int]:
        return self.port, self.pid


@contextmanager
def running(
    command: Sequence[str], *, port: int = 0, path: str = "/", database: Path | None = None
) -> Iterator[Server]:
    """A Python command that serves on a port, or prints the one it chose; ended on the way out."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, env=environ(database), text=True)
    try:
        assert process.stdout is not None
        chosen = port or int(process.stdout.readline() or "0")
        while True:
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise RuntimeError(f"python {' '.join(command)} does not serve; what it said is above")
            try:
                answer = get(chosen, path)
            except ConnectionError:
                time.sleep(0.002)
                continue
            started = Sample(time.perf_counter() - began, cpu_of(process.pid))
            if answer.status != 200:
                raise RuntimeError(f"python {' '.join(command)} answers {path} with {answer.status}")
            yield Server(chosen, process.pid, started)
            return
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@contextmanager
def serving(app: str, argument: Path, *, path: str = "/") -> Iterator[Server]:
    """One of ``tests.bench.apps``, made from a file, once it answers an address."""
    with running(["-m", "tests.bench.serving", app, str(argument)], path=path) as server:
        yield server


@contextmanager
def commanded(database: Path, *, path: str = "/") -> Iterator[Server]:
    """The register as people start it: ``alignment serve``."""
    port = free_port()
    with running(["-m", "alignment", "serve", "--port", str(port)], port=port, path=path, database=database) as server:
        yield server


def environ(database: Path | None = None) -> dict[str, str]:
    """The environment less every setting of the register and of bytecode, and with a database where one is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
    return kept if database is None else kept | {"ALIGNMENT_DATABASE_URL": f"sqlite:///{database}"}


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def main() -> None:
    import uvicorn

    from tests.bench.apps import APPS

    made = APPS[sys.argv[1]](Path(sys.argv[2]))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    config = uvicorn.Config(made, log_level="warning", lifespan="auto", server_header=False)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
