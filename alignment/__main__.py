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
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from click.exceptions import NoArgsIsHelpError

from alignment import __version__
from alignment.domain.people import Role
from alignment.domain.refusal import Faults, Refusal
from alignment.domain.when import parse_moment
from alignment.settings import Settings

if TYPE_CHECKING:
    import socket

    from sqlalchemy import Engine
    from sqlmodel import Session

    from alignment.domain.people import Someone
    from alignment.services.seeds import Loaded

F = TypeVar("F", bound=Callable[..., Any])


class Commands(click.Group):
    """A group whose commands turn refusals and bad usage into sentences and exit code 2."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            stop(ctx, error)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.UsageError, Faults, Refusal, OSError) as error:
            stop(ctx, error)


def stop(ctx: click.Context, error: click.UsageError | Faults | Refusal | OSError) -> NoReturn:
    """End the command with sentences and exit code 2: what went wrong is something that people can put right."""
    if isinstance(error, NoArgsIsHelpError):
        raise error
    if isinstance(error, click.UsageError):
        place = error.ctx.command_path if error.ctx else ctx.command_path
        say([f"{' '.join(error.format_message().split()).rstrip('.')} (see “{place} --help”)"])
    elif isinstance(error, Faults):
        say(error.faults)
    elif isinstance(error, BrokenPipeError):  # whoever reads our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    elif isinstance(error, OSError):
        say([f"{error.filename or 'a file'} cannot be used: {error.strerror or error}"])
    else:
        say([str(error)])
    ctx.exit(2)


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
    click.get_current_context().call_on_close(engine.dispose)
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
            return parse_moment(value)
        except (ValueError, OverflowError):
            self.fail(f"“{value}” is no moment: write 2026-11-21T14:00:00Z or 2026-11-21", param, ctx)


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

    With the setting ``demo``, the worked example and its demonstration people are there too.
    """
    from alignment.database import make_engine, require_newest, revision
    from alignment.demo import prepare_demo
    from alignment.prepare import make_ready

    engine = make_engine(chosen.database_url)
    try:
        if engine.dialect.name == "sqlite" or revision(engine) is None:
            make_ready(engine, now=now())
        require_newest(engine)
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
@click.option("--metal", required=True, help="The metal of the brand, such as copper.")
@click.option("--stage", default="", help="mine, refiner or downstream (default: every requirement is asked).")
@click.option("--programme", "programmes", multiple=True, metavar="ID", help="Declared programmes; repeatable.")
@click.option("--as-at", type=Day(), help="The day whose coverage is asked for (default: today).")
@click.option("--known-at", type=Moment(), help="Only what the register had learned by then.")
@formats("table", "csv", "json")
def coverage(
    metal: str,
    stage: str,
    programmes: tuple[str, ...],
    as_at: date | None,
    known_at: datetime | None,
    form: str,
) -> None:
    """Which programme covers which Track A requirement for a metal, what stays open, the smallest sets.

    With --programme, what stays open is told for these programmes together.

    Example: alignment coverage --metal copper --stage refiner --programme jdds-rmap --format json
    """
    from alignment.catalogue import load_all
    from alignment.database import reading
    from alignment.exchange import coverage as written
    from alignment.queries.coverage import coverage_map

    catalogues, track_a = load_all()
    with reading(open_register()) as connection:
        page = coverage_map(
            connection,
            catalogue=catalogues[track_a.edition],
            track_a=track_a,
            metal=metal.strip().lower(),
            stage=stage.strip().lower(),
            as_at=as_at or now().date(),
            known_at=known_at,
            policy_age=timedelta(days=settings().policy_age_days),
            programmes=programmes,
        )
    if page.empty_because:
        say([page.empty_because])
    if form == "json":
        show_json(
            written.coverage_json(page.map, declared=page.declared, known_at=known_at, empty_because=page.empty_because)
        )
    elif form == "csv":
        click.echo(written.coverage_csv(page.map, known_at=known_at), nl=False)
    else:
        click.echo(written.coverage_table(page.map, declared=page.declared, empty_because=page.empty_because), nl=False)


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
@click.option("--signature", type=click.Path(dir_okay=False, path_type=Path), help="The detached JWS of FILE.")
@click.option("--key", "keys", type=click.Path(dir_okay=False, path_type=Path), help="The public keys, a JWK set.")
@click.pass_context
def verify(ctx: click.Context, file: Path | None, signature: Path | None, keys: Path | None) -> None:
    """Check the event chain of the register, an exported chain, or a published market update.

    With --signature and --key, also who published it: offline, by files that were downloaded.

    Example: alignment verify
    Example: alignment verify 2024-09.json --signature 2024-09.json.jws --key jwks.json
    """
    from alignment.checking import verify_database, verify_file, verify_signed

    if (signature or keys) and not (file and signature and keys):
        raise click.UsageError("A signature is checked with three files: FILE, --signature and --key")
    if file and signature and keys:
        broken = verify_signed(file, signature, keys)
    else:
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


@main.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(["brands", "certificates"]), required=True, help="What the file holds.")
@click.option("--producer", default="", metavar="ID", help="Whose they are, where no column says so.")
@click.option("--map", "columns", multiple=True, metavar="COLUMN=FIELD", help="Which field a column is; repeatable.")
@click.option("--sheet", default="", help="The sheet of a workbook (default: the first that holds something).")
@click.option("--dry-run", is_flag=True, help="Check every cell and store nothing.")
@click.pass_context
def bring(
    ctx: click.Context, file: Path, kind: str, producer: str, columns: tuple[str, ...], sheet: str, dry_run: bool
) -> None:
    """Bring in brands or certificates from CSV or XLSX: all of them in one act, or none.

    Each fault is told with its sheet, row and column. At most 5,000 rows at once.

    Example: alignment import brands.xlsx --kind brands --producer ls-mnm --map "Listed name=name" --dry-run
    """
    from alignment.bringing import bring_file

    done = bring_file(
        open_register(), file, kind=kind, producer=producer, columns=columns, sheet=sheet, dry_run=dry_run, now=now(),
        progress=lambda number: click.progressbar(length=number, label="rows", file=sys.stderr),
    )  # fmt: skip
    say(done.faults)
    if done.faults:
        ctx.exit(1)
    click.echo(f"{done.number} {kind} {'would be brought in: nothing is stored' if dry_run else 'brought in'}")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--draft", default="", metavar="ID", help="Publish a draft of the register instead of a file.")
@click.option("--as-at", type=Day(), help="The day whose status is printed (default: as the file or draft says).")
@click.option("--number", default="", metavar="N", help="Its number, as 2026-11 (default: as the file or draft says).")
@click.option("--waive", "waived", multiple=True, metavar="CHECK=REASON", help="Waive what a check finds; repeatable.")
@click.option("--as", "email", default="", metavar="EMAIL", help="Who publishes: a publisher's address, in the event.")
@click.option("--dry-run", is_flag=True, help="Say what the checks find and what the digest would be; publish nothing.")
@click.pass_context
def publish(
    ctx: click.Context,
    file: Path | None,
    draft: str,
    as_at: date | None,
    number: str,
    waived: tuple[str, ...],
    email: str,
    dry_run: bool,
) -> None:
    """Publish a market update from FILE, Markdown with front matter, or from a draft: frozen and numbered.

    The front matter has title, number and as_at, and may have corrects, remark and a list of statements. The
    standing checks are those of the pages: with one that fails nothing is published. What is waived is printed
    with its reason; CHECK:SUBJECT=REASON waives one finding alone. The event names whoever --as names, who has
    to be a publisher of the LME; without it, it names the register itself, run by its operator.

    Example: alignment publish update.md --as-at 2026-11-30 --number 2026-11 --waive "stale=no newer report"
    """
    from dataclasses import replace

    from alignment import publishing
    from alignment.database import unit_of_work
    from alignment.domain.checks import failing, waivers_of
    from alignment.domain.draft import faults_of
    from alignment.domain.people import SYSTEM
    from alignment.domain.publication import digest_of
    from alignment.queries.drafts import draft as stored_draft

    if bool(file) == bool(draft):
        raise Refusal("name a file of Markdown or a draft by --draft ID, one of them")
    at, chosen = now(), settings()
    written = publishing.read_written(file, number=number, as_at=as_at) if file else None
    with unit_of_work(open_register()) as session:
        connection = session.connection()
        actor = _publisher(session, email, at) if email else SYSTEM
        held = stored_draft(connection, draft) if draft else None
        if held is not None:
            written = replace(held.written, number=number or held.written.number, as_at=as_at or held.written.as_at)
        if written is None:
            raise Refusal(f"there is no draft “{draft}”: see the list under Publish")
        if faults := faults_of(written):
            raise Faults([f"{name}: {said}" for name, said in faults.items()])
        waivers = dict(held.waivers) if held else {}
        embargo = held.notice_at if held else None
        found = publishing.composed(connection, written, waivers=waivers, embargo=embargo, now=at, settings=chosen)
        if waived:
            waivers |= waivers_of(waived, found.faults)
            found = publishing.composed(connection, written, waivers=waivers, embargo=embargo, now=at, settings=chosen)
        if open_faults := failing(found.checks):
            say(f"{fault.code}: {fault.check.label}: {fault.said}" for fault in open_faults)
            ctx.exit(1)
        if dry_run and found.content is not None:
            click.echo(f"{written.number} would be published with digest {digest_of(found.content)}")
            return
        done = publishing.publish(session, actor=actor, found=found, draft=draft, now=at, settings=chosen)
    click.echo(f"{done.number} published with digest {done.digest}{f' by {actor.name}' if email else ''}")
    click.echo(f"{chosen.base_url}/publications/{done.number}")


def _publisher(session: Session, email: str, at: datetime) -> Someone:
    """Who publishes by an address. Refusal where nobody active has it, or whoever does may not publish."""
    from alignment.domain.people import Do, why_not
    from alignment.queries.people import account, someone

    found = account(session.connection(), email=email)
    if found is None:
        raise Refusal(f"nobody active has an account under {email}: “alignment user list” shows who has")
    who = someone(session.connection(), found.id, found.name, at)
    if reason := why_not(who, Do.PUBLISH):
        raise Refusal(f"--as {email}: {reason}")
    return who


@main.command()
@click.option("--dry-run", is_flag=True, help="Say who would be reminded of what; send and record nothing.")
@click.pass_context
def remind(ctx: click.Context, dry_run: bool) -> None:
    """Mail what is due 30, 7 and 1 days before and after, each reminder once, and digests; safe to run twice.

    Example: alignment remind --dry-run
    """
    from alignment.reminding import remind_all, send_digests

    engine, chosen, at = open_register(), settings(), now()
    runs = [run(engine, chosen, now=at, dry_run=dry_run) for run in (remind_all, send_digests)]
    for said in (said for run in runs for said in run.said):
        click.echo(said)
    faults = [fault for run in runs for fault in run.faults]
    say(faults)
    if faults:
        ctx.exit(1)


@main.command()
@click.argument("name", type=click.Choice(["decisions", "actions", "recognitions", "progress"]))
@formats("mermaid", "text")
def diagram(name: str, form: str) -> None:
    """The allowed transitions as a diagram, from the data that the program itself obeys.

    Example: alignment diagram actions
    """
    from alignment.domain.diagram import mermaid, plain

    click.echo(mermaid(name) if form == "mermaid" else plain(name), nl=False)


@main.group()
def user() -> None:
    """People who may sign in: the first administrator is made here, everybody else on the pages.

    Example: alignment user add --email ada@lme.example --name "Ada" --role administrator --organisation lme
    """


@user.command("add")
@click.option("--email", required=True, help="The address to sign in with.")
@click.option("--name", required=True, help="As others will see it.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="What they may be.")
@click.option("--organisation", required=True, metavar="ID", help="For which organisation, by its id: lme.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def user_add(email: str, name: str, role: str, organisation: str, password_stdin: bool) -> None:
    """Make an account with a role. Without a password, print a link by which the person chooses one.

    Example: alignment user add --email ada@lme.example --name "Ada" --role administrator --organisation lme
    """
    from alignment.database import unit_of_work
    from alignment.domain.people import SYSTEM
    from alignment.services import passwords, people

    at, given = now(), sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    if password_stdin:
        passwords.check_password(given, name=name, email=email)
    with unit_of_work(open_register()) as session:
        if not password_stdin:
            value = people.invite(
                session, actor=SYSTEM, email=email, name=name, organisation_id=organisation, role=Role(role), now=at
            )
        else:
            person = people.add_person(session, actor=SYSTEM, name=name, email=email, password=given, now=at)
            people.grant(
                session, actor=SYSTEM, person_id=person.id, organisation_id=organisation, role=Role(role), now=at
            )
    if password_stdin:
        click.echo(f"{email} may sign in at {settings().base_url}/account/sign-in")
    else:
        _show_link(email, value)


def _show_link(email: str, value: str) -> None:
    click.echo(f"{email} chooses a password here, once, within 14 days:")
    click.echo(f"{settings().base_url}/account/invitation/{value}")


@user.command("list")
@formats("table", "json")
def user_list(form: str) -> None:
    """Everybody with an account or an open invitation.

    Example: alignment user list --format json
    """
    from alignment.database import reading
    from alignment.queries.people import everybody, open_invitations

    at = now()
    with reading(open_register()) as connection:
        lines, invited = everybody(connection), open_invitations(connection, at)
    rows: list[dict[str, Any]] = [
        {
            "email": line.email,
            "name": line.name,
            "state": "active" if line.active else "not active",
            "roles": [f"{role.role.value} for {role.organisation}" for role in line.roles if role.holds(at)],
            "second_factor": line.second_factor,
        }
        for line in lines
    ]
    rows += [
        {
            "email": each.email,
            "name": each.name,
            "state": "invited",
            "roles": [f"{each.role.value} for {each.organisation}"],
            "second_factor": False,
        }
        for each in invited
        if each.role is not None
    ]
    if form == "json":
        show_json(rows)
        return
    for row in rows:
        click.echo(f"{row['email']:<32} {row['state']:<11} {row['name']:<24} {'; '.join(row['roles']) or 'no role'}")
    if not rows:
        say(["nobody has an account yet: make the first administrator with “alignment user add”"])


@user.command("deactivate")
@click.argument("email")
def user_deactivate(email: str) -> None:
    """Nobody signs in with EMAIL any more; sessions and tokens end at once.

    Example: alignment user deactivate ada@lme.example
    """
    from alignment.database import unit_of_work
    from alignment.domain.people import SYSTEM
    from alignment.services import people

    with unit_of_work(open_register()) as session:
        found = people.by_email(session, email)
        people.deactivate(session, actor=SYSTEM, person_id=found.id, now=now())
    click.echo(f"{email} is not active any more")


@user.command("reset")
@click.argument("email")
def user_reset(email: str) -> None:
    """Sign EMAIL out everywhere, forget password and second factor, and print a link to choose a new one.

    Example: alignment user reset ada@lme.example
    """
    from alignment.database import unit_of_work
    from alignment.domain.people import SYSTEM
    from alignment.services import people

    with unit_of_work(open_register()) as session:
        found = people.by_email(session, email)
        value = people.reset(session, actor=SYSTEM, person_id=found.id, now=now())
    _show_link(email, value)


if __name__ == "__main__":
    main()
