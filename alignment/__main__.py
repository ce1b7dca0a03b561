"""The `alignment` command. Exit codes: 0 done, 1 a finding, 2 bad usage or input.

Errors are plain sentences on standard error. What a command needs is imported when it runs, so that help
and small commands are quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from alignment import __version__
from alignment.domain.refusal import Faults, Refusal
from alignment.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

F = TypeVar("F", bound=Callable[..., Any])


class Commands(click.Group):
    """A group whose commands turn refusals into sentences and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Faults as faults:
            say(faults.faults)
        except Refusal as refusal:
            say([str(refusal)])
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ctx.exit(2)


def say(sentences: Iterable[str]) -> None:
    """Sentences on standard error."""
    for sentence in sentences:
        click.echo(f"alignment: {sentence}", err=True)


def now() -> datetime:
    return datetime.now(UTC)


def settings() -> Settings:
    return Settings.from_environ(os.environ)


def open_register(*, ready: bool = True) -> Engine:
    """The engine of the register; with ``ready``, one at this program's schema.

    A register in an SQLite file that does not exist yet is made and filled from the seeds on the way.
    """
    from alignment.database import make_engine, require_newest
    from alignment.prepare import make_ready

    engine = make_engine(settings().database_url)
    file = engine.url.database
    if ready and engine.dialect.name == "sqlite" and file and not Path(file).exists():
        say([f"there is no register at {file} yet: making one and loading the seeds"])
        make_ready(engine, now=now())
    elif ready:
        require_newest(engine)
    return engine


class Day(click.ParamType[date]):
    """A day as 2024-09-30."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"“{value}” is no day: write 2024-09-30", param, ctx)


class Moment(click.ParamType[datetime]):
    """A moment as 2026-11-21T14:00:00Z; a day stands for its end, in UTC."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"“{value}” is no moment: write 2026-11-21T14:00:00Z or 2026-11-21", param, ctx)
        if len(value) == 10:
            found += timedelta(days=1, microseconds=-1)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def formats(*known: str) -> Callable[[F], F]:
    """The option --format with its values."""
    return click.option("--format", "form", type=click.Choice(known), default=known[0], show_default=True)


def show_json(value: object) -> None:
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="alignment")
def main() -> None:
    """Which responsible-sourcing standard is good enough for which Track A requirement, and why."""


@main.command()
@click.option("--host", default=None, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="The port to listen on.")
def serve(host: str | None, port: int | None) -> None:
    """Serve the pages; an empty register is set up and filled from the seeds first.

    Example: alignment serve --port 8080
    """
    import gc

    import uvicorn

    from alignment.database import make_engine, require_newest, revision
    from alignment.prepare import make_ready
    from alignment.web.app import create_app

    chosen = settings()
    if port is not None:
        chosen = Settings.from_environ({**os.environ, "PORT": str(port)})
    engine = make_engine(chosen.database_url)
    if engine.dialect.name == "sqlite" or revision(engine) is None:
        make_ready(engine, now=now())
    require_newest(engine)
    engine.dispose()
    click.echo(f"Track A alignment tracker {__version__}")
    for variable, value, says in chosen.described():
        click.echo(f"  {variable:<26} {value:<40} {says}")
    app = create_app(chosen)
    address = host or chosen.host
    click.echo(f"Serving http://{address}:{chosen.port} (stop with Ctrl+C)")
    # What was loaded at start stays: leaving it out of collections keeps the slowest pages quick.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    uvicorn.run(app, host=address, port=chosen.port, log_level="warning", lifespan="off", server_header=False)


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
    click.echo(f"{loaded.entered} records entered, {loaded.corrected} corrected, {loaded.unchanged} unchanged")
    for number in done.published:
        click.echo(f"market update {number} frozen")


@main.command("load-example")
def load_example() -> None:
    """Load the fictional worked example, apart from every public table.

    Example: alignment load-example, then open /example
    """
    from alignment.prepare import load_example as load

    loaded = load(open_register(), now=now())
    click.echo(f"{loaded.entered} records entered, {loaded.corrected} corrected, {loaded.unchanged} unchanged")
    click.echo("The worked example is fictional. It stands under /example and in no public table.")


@main.command()
@click.option("--as-at", type=Day(), help="The day whose status is asked for (default: today).")
@click.option("--known-at", type=Moment(), help="Only what the register had learned by then.")
@formats("table", "csv", "json", "markdown")
def status(as_at: date | None, known_at: datetime | None, form: str) -> None:
    """The market status of the Track A programmes.

    Example: alignment status --as-at 2024-09-30 --format csv
    """
    from alignment.database import reading
    from alignment.exchange import table
    from alignment.queries.status import status_page

    engine = open_register()
    with reading(engine) as connection:
        page = status_page(
            connection,
            as_at=as_at or now().date(),
            known_at=known_at,
            policy_age=timedelta(days=settings().policy_age_days),
        )
    if page.empty_because:
        say([page.empty_because])
    if form == "json":
        show_json(table.status_json(page))
        return
    said = {"table": table.status_table, "csv": table.status_csv, "markdown": table.status_markdown}[form](page)
    click.echo(said, nl=False)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--edition", default="oecd-minerals-2018", show_default=True, help="The edition of the criteria.")
@formats("table", "json")
def score(file: str, edition: str, form: str) -> None:
    """Results from ratings by the edition's rule; no database needed. FILE is CSV, - is standard input.

    The file has the columns part, criterion, level; the levels are fully, partially, not, not_applicable.

    Example: alignment score ratings.csv --edition oecd-minerals-2018 --format json
    """
    from alignment.catalogue import editions, load_catalogue
    from alignment.domain.result import judge
    from alignment.exchange import score as scoring

    if edition not in editions():
        raise Refusal(f"there is no edition “{edition}”: there are {', '.join(editions())}")
    catalogue = load_catalogue(edition)
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}") from error
    outcome = judge(catalogue, scoring.read_ratings(data, catalogue))
    if form == "json":
        show_json(scoring.score_json(outcome))
    else:
        click.echo(scoring.score_table(outcome, catalogue), nl=False)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.pass_context
def verify(ctx: click.Context, file: Path | None) -> None:
    """Check the event chain of the register, an exported chain, or a published market update.

    Example: alignment verify
    Example: alignment verify 2024-09.json
    """
    from alignment.checking import verify_database, verify_file

    broken = verify_file(file) if file else verify_database(open_register())
    if broken.fault:
        say([broken.fault])
        ctx.exit(1)
    click.echo(broken.said)


@main.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Check the content of criteria/ and seeds/: every mistake at once, with file and line.

    Example: alignment check
    """
    from alignment.checking import check_content

    faults = check_content()
    say(faults)
    if faults:
        ctx.exit(1)
    click.echo("criteria and seeds: no mistakes")


@main.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Examine the running system: database, schema, chain, content seals, stale facts.

    Example: alignment doctor
    """
    from alignment.checking import examine

    findings = examine(settings(), now=now())
    for finding in findings:
        click.echo(f"{'ok  ' if finding.good else 'FAIL' if finding.serious else 'note'}  {finding.said}")
    if any(finding.serious for finding in findings):
        ctx.exit(1)


@main.command()
@click.argument("edition")
@click.option("--reason", required=True, help="Why the content changed; it stands in the event chain.")
def seal(edition: str, reason: str) -> None:
    """Accept the changed content of an edition that assessments refer to, openly and with a reason.

    Example: alignment seal oecd-minerals-2018 --reason "misspelling in S1-A-2"
    """
    from alignment.catalogue import load_catalogue
    from alignment.database import unit_of_work
    from alignment.domain.people import SYSTEM
    from alignment.services.seeds import accept_edition

    if not reason.strip():
        raise Refusal("a reason is needed: say why the content changed")
    catalogue = load_catalogue(edition)
    with unit_of_work(open_register()) as session:
        accept_edition(session, catalogue, reason=reason.strip(), actor=SYSTEM, now=now())
    click.echo(f"{edition} sealed with content {catalogue.digest[:12]}…")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write a checked copy of the register to a new FILE, also while it is served.

    Example: alignment backup alignment-2026-11-21.sqlite3
    """
    from alignment.backup import back_up

    back_up(open_register(), file)
    click.echo(f"copied and checked: {file}")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put a copy made by backup in place of the register, after checking it.

    Example: alignment restore alignment-2026-11-21.sqlite3
    """
    from alignment.backup import restore as put_back

    put_back(open_register(ready=False), file)
    click.echo(f"restored from {file}")


@main.command()
@click.argument("what", type=click.Choice(["events"]))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(what: str, file: Path) -> None:
    """Write the event chain to FILE, one JSON object a line, to be checked without this program.

    Example: alignment export events chain.jsonl
    """
    from alignment.database import reading
    from alignment.exchange.chain import chain_lines
    from alignment.queries.events import events

    if file.exists():
        raise Refusal(f"{file} exists already: name a new file, nothing is overwritten")
    with reading(open_register()) as connection, file.open("w", encoding="utf-8") as out:
        number = 0
        for number, line in enumerate(chain_lines(events(connection)), 1):  # noqa: B007
            out.write(line)
    click.echo(f"{number} {what} written to {file}")


@main.command()
@click.argument("name", type=click.Choice(["decisions", "actions", "recognitions", "progress"]))
@formats("mermaid", "text")
def diagram(name: str, form: str) -> None:
    """The allowed transitions as a diagram, from the data that the program itself obeys.

    Example: alignment diagram actions
    """
    from alignment.domain.diagram import mermaid, plain

    click.echo(mermaid(name) if form == "mermaid" else plain(name), nl=False)


if __name__ == "__main__":
    main()
