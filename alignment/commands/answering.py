"""What the register says: status, coverage, results, transitions."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from alignment.commands import Day, Moment, formats, main, now, open_register, say, settings, show_json
from alignment.domain.refusal import Refusal


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
    from alignment.queries.coverage_packed import packed_coverage
    from alignment.queries.status import packed_facts

    catalogues, track_a = load_all()
    catalogue, metal = catalogues[track_a.edition], metal.strip().lower()
    with reading(open_register()) as connection:
        packed = packed_coverage(connection, packed_facts(connection), catalogue=catalogue, metal=metal)
    page = packed.page(
        catalogue=catalogue,
        track_a=track_a,
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
@click.argument("name", type=click.Choice(["decisions", "actions", "recognitions", "progress"]))
@formats("mermaid", "text")
def diagram(name: str, form: str) -> None:
    """The allowed transitions as a diagram, from the data that the program itself obeys.

    Example: alignment diagram actions
    """
    from alignment.domain.diagram import mermaid, plain

    click.echo(mermaid(name) if form == "mermaid" else plain(name), nl=False)
