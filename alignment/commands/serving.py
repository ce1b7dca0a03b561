"""Make the register ready and serve it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from alignment import __version__
from alignment.commands import main, now, open_register, say, settings
from alignment.domain.refusal import Refusal
from alignment.settings import Settings

if TYPE_CHECKING:
    import socket

    from alignment.services.seeds import Loaded


@main.command()
@click.option("--host", default=None, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="The port to listen on.")
def serve(host: str | None, port: int | None) -> None:
    """Serve the pages; an empty register is set up and filled from the seeds first.

    Example: alignment serve --port 8080
    """
    import gc
    import signal

    gc.disable()  # nearly all that is made at start stays, so looking through it for rubbish is time lost
    keep_heaps_small()

    import uvicorn

    from alignment.web.app import create_app

    chosen = settings()
    if port is not None:
        chosen = Settings.from_environ({**os.environ, "PORT": str(port)})
    address = host or chosen.host
    with listen(address, chosen.port) as listening:
        ready_to_serve(chosen)
        click.echo(f"Track A alignment tracker {__version__}")
        for variable, value, says in chosen.described():
            click.echo(f"  {variable:<28} {value:<36} {says}")
        app = create_app(chosen)
        click.echo(f"Serving http://{f'[{address}]' if ':' in address else address}:{chosen.port} (stop with Ctrl+C)")
        # What was loaded at start stays: leaving it out of collections keeps the slowest pages quick.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        gc.enable()
        # Being told to stop is no failure; the server first finishes what it is answering.
        for asked in (signal.SIGINT, signal.SIGTERM):
            signal.signal(asked, lambda *_: sys.exit(0))
        config = uvicorn.Config(app, log_level="warning", lifespan="on", ws="none", server_header=False)
        uvicorn.Server(config).run(sockets=[listening])


def keep_heaps_small() -> None:
    """Under glibc, what a large page took is given back once it is sent, instead of staying with the process.

    Threads share two heaps, as each with one of its own would keep what its largest page once took. What is large
    never comes from a heap: by itself, glibc puts it there once it has seen it often, and what lies beyond it stays.
    """
    import ctypes

    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(_M_ARENA_MAX, 2)
        mallopt(_M_MMAP_THRESHOLD, 128 * 1024)


_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3  # as malloc.h has them


def ready_to_serve(chosen: Settings) -> None:
    """Set up what is empty and, in an SQLite file, bring older tables up; Refusal where somebody else has to.

    Faults where the content of an edition is not what was sealed: results would be shown against other words.
    With the setting ``demo``, the worked example and its demonstration people are there too.
    """
    from alignment.database import make_engine, require_newest, revision
    from alignment.demo import prepare_demo
    from alignment.prepare import make_ready, require_sealed

    engine = make_engine(chosen.database_url)
    try:
        if engine.dialect.name == "sqlite" or revision(engine) is None:
            make_ready(engine, now=now())
        require_newest(engine)
        require_sealed(engine)
        if chosen.demo and prepare_demo(engine, now=now()):
            say(["demonstration people were made: their passwords stand on the sign-in page"])
    finally:
        engine.dispose()


def listen(address: str, port: int) -> socket.socket:
    """A socket that takes connections there; Refusal where that cannot be."""
    import socket

    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=2048)
    except OSError as error:
        raise Refusal(
            f"{address} port {port} cannot be listened on ({str(error.strerror).partition(' (while')[0]}): "
            "name another by --host, --port or PORT"
        ) from error


@main.command()
def migrate() -> None:
    """Bring the database to this program's schema.

    Example: ALIGNMENT_DATABASE_URL=postgresql://… alignment migrate
    """
    from alignment import database

    engine = open_register(ready=False)
    before = database.revision(engine)
    database.migrate(engine)
    after = database.revision(engine)
    click.echo(f"schema {after}, as before" if before == after else f"schema {before or 'none'} → {after}")


@main.command("load-seeds")
def load_seeds() -> None:
    """Record the facts of seeds/; a second load changes nothing.

    Example: alignment load-seeds
    """
    from alignment.database import migrate
    from alignment.prepare import load_register

    engine = open_register(ready=False)
    migrate(engine)
    done = load_register(engine, now=now())
    loaded = done.loaded
    say_loaded(loaded)
    for number in done.published:
        click.echo(f"market update {number} frozen")
    if done.beside:
        click.echo(done.beside)


def say_loaded(loaded: Loaded) -> None:
    """What a load did, and what it left alone because somebody changed it here."""
    left = f", {len(loaded.left)} left as changed by hand" if loaded.left else ""
    click.echo(f"{loaded.entered} records entered, {loaded.corrected} corrected, {loaded.unchanged} unchanged{left}")
    for sentence in loaded.left:
        click.echo(f"  {sentence}")
    if loaded.left:
        click.echo("To take what a file says, change the record to it under “Keep the register”.")


@main.command("load-example")
def load_example() -> None:
    """Load the fictional worked example, apart from every public table.

    Example: alignment load-example, then open /example
    """
    from alignment.prepare import load_example as load

    loaded = load(open_register(), now=now())
    say_loaded(loaded)
    click.echo("The worked example is fictional. It stands under /example and in no public table.")
