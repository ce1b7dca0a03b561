"""Whether it can be relied on: the chain, the content, the running system, copies."""

from __future__ import annotations

from pathlib import Path

import click

from alignment.commands import main, now, open_register, say, settings
from alignment.domain.refusal import Refusal


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--signature", type=click.Path(dir_okay=False, path_type=Path), help="The detached JWS of FILE.")
@click.option("--key", "keys", type=click.Path(dir_okay=False, path_type=Path), help="The public keys, a JWK set.")
@click.pass_context
def verify(ctx: click.Context, file: Path | None, signature: Path | None, keys: Path | None) -> None:
    """Check the register, an exported event chain, or a published market update.

    Of the register: the chain itself, each market update against its digest, and that everything held is what the
    events say, with nothing slipped in, altered or taken out.

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
