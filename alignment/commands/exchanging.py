"""What goes out and comes in: files, market updates, reminders."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alignment.commands import Day, main, now, open_register, say, settings
from alignment.domain.refusal import Faults, Refusal

if TYPE_CHECKING:
    from sqlmodel import Session

    from alignment.domain.people import Someone


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
    if done.faults:
        say([*done.faults, f"{file.name}: nothing is stored; put this right and bring the file in again"])
        ctx.exit(1)
    what = kind if done.number != 1 else kind.removesuffix("s")
    click.echo(f"{done.number} {what} {'would be brought in: nothing is stored' if dry_run else 'brought in'}")


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
    from alignment.domain.checks import Check, failing, waivers_of
    from alignment.domain.draft import faults_of
    from alignment.domain.people import SYSTEM
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
            ctx.exit(2 if any(fault.check is Check.REFUSED for fault in open_faults) else 1)
        done = publishing.publish(session, actor=actor, found=found, draft=draft, now=at, settings=chosen)
        if dry_run:  # it is done and undone: what the act would refuse is refused here
            session.rollback()
            click.echo(f"{done.number} would be published with digest {done.digest}")
            return
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
    """Mail what is due 30, 7 and 1 days before and after, each once, digests and answers; safe to run twice.

    Example: alignment remind --dry-run
    """
    from alignment.reminding import remind_all, send_answers, send_digests

    engine, chosen, at = open_register(), settings(), now()
    runs = [run(engine, chosen, now=at, dry_run=dry_run) for run in (remind_all, send_digests, send_answers)]
    for said in (said for run in runs for said in run.said):
        click.echo(said)
    faults = [fault for run in runs for fault in run.faults]
    say(faults)
    if faults:
        ctx.exit(1)
