"""Goals 9 and 10: the coverage of a thousand brands at a stroke, and the coverage of one."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from tests.bench.apps import DATASETTE_BRAND
from tests.bench.limits import Found, Limit, each, rate, ratio
from tests.bench.load import request
from tests.bench.measuring import Rounds, Sample, interleave
from tests.bench.serving import serving
from tests.bench.stores import branded
from tests.bench.workshop import Workshop

BARE = "SELECT criterion, part, level, count(*) FROM rating GROUP BY criterion, part, level"
COVERING = "CREATE INDEX IF NOT EXISTS measured_covering ON rating (criterion, part, level)"
ONE_BRAND = "/coverage.json?metal=copper&stage=refiner&p=measured-1"
ONE_PAGE = "/coverage?metal=copper&stage=refiner&p=measured-1"


def covering(shop: Workshop) -> Iterator[Found]:
    """A thousand brands over many programmes, and one brand as a reader meets it."""
    rounds = compared(shop, shop.effort.programmes)
    yield from all_brands(rounds, shop.effort.programmes, shop.effort.brands, judged=False)
    yield from one_brand(shop)


def covering_more(shop: Workshop) -> Iterator[Found]:
    """A thousand brands over up to 10,000 programmes with 2,000,000 ratings."""
    found = {size: compared(shop, size) for size in shop.effort.sizes[-2:]}
    yield from all_brands(found[shop.effort.sizes[-1]], shop.effort.sizes[-1], shop.effort.brands)
    sizes = {f"{size:,}": size for size in found}
    together = Rounds({name: found[size].samples["changed"] for name, size in sizes.items()})
    growth = together.exponent(sizes)
    yield Found("9", "exponent after one rating changed, over programmes", growth.time, growth.cpu, Limit(0.5, ""))


def compared(shop: Workshop, programmes: int) -> Rounds:
    """Everything read anew, read again after one rating changed, and the bare GROUP BY, taking turns."""
    from alignment.catalogue import load_all
    from alignment.database import make_engine, reading
    from alignment.domain.reached import layout
    from alignment.queries.reached import Reached

    path = branded(shop.copy(shop.grown(programmes)), shop.effort.brands)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(COVERING)
    catalogues, track_a = load_all()
    laid_out = layout(catalogues[track_a.edition], track_a.requirements)
    engine = make_engine(f"sqlite:///{path}")
    kept = Reached(laid_out)

    def read(by: Callable[[], Reached]) -> Sample:
        with reading(engine) as connection:
            began, began_cpu = time.perf_counter(), time.process_time()
            found = by().brands(connection)
            taken = Sample(time.perf_counter() - began, time.process_time() - began_cpu)
        assert len(found) >= shop.effort.brands
        return taken

    def changed() -> Sample:
        change_one(path)
        return read(lambda: kept)

    read(lambda: kept)
    rounds = interleave(
        {"anew": lambda: read(lambda: Reached(laid_out)), "changed": changed, "bare": lambda: bare(path)},
        shop.effort.rounds,
    )
    engine.dispose()
    return rounds


def bare(path: Path) -> Sample:
    """The bare driver over all ratings, by an index that has all that is asked for."""
    with closing(sqlite3.connect(path)) as connection:
        began, began_cpu = time.perf_counter(), time.process_time()
        connection.execute(BARE).fetchall()
        return Sample(time.perf_counter() - began, time.process_time() - began_cpu)


def change_one(path: Path) -> None:
    """One rating is changed, as the register's own services leave it: the row, and an event that names it."""
    with closing(sqlite3.connect(path)) as connection, connection:
        ((assessment, part, criterion),) = connection.execute(
            "SELECT assessment_id, part, criterion FROM rating WHERE assessment_id = 'measured-1-1' LIMIT 1"
        )
        connection.execute(
            "UPDATE rating SET level = CASE level WHEN 'not' THEN 'fully' ELSE 'not' END "
            "WHERE assessment_id = ? AND part = ? AND criterion = ?",
            (assessment, part, criterion),
        )
        connection.execute(
            'INSERT INTO event (seq, at, actor, act, subject, "before", "after", previous, hash) '
            "SELECT max(seq) + 1, '', '', '', ?, '', '', '', hex(max(seq) + 1) FROM event",
            (f"rating:{assessment}/{part}/{criterion}",),
        )


def all_brands(rounds: Rounds, programmes: int, brands: int, *, judged: bool = True) -> Iterator[Found]:
    """What is read anew, and what after a change, against the bare GROUP BY; judged over 10,000 programmes alone.

    Over fewer the thousand brands weigh more than the ratings, which are all that the GROUP BY reads.
    """
    says = f"{brands:,} brands over {programmes:,} programmes"
    figures = (each("bare GROUP BY", rounds.typical("bare")), each("all read anew", rounds.typical("anew")))
    yield ratio(
        "9", f"{says}, nothing kept / bare covering GROUP BY criterion, part, level", rounds.cost("anew", over="bare"),
        Limit(2) if judged else None, *figures,
    )  # fmt: skip
    yield ratio(
        "9", f"{says}, after one rating changed / the same", rounds.cost("changed", over="bare"),
        Limit(0.1) if judged else None,
        each("after one changed", rounds.typical("changed")),
    )  # fmt: skip


def one_brand(shop: Workshop) -> Iterator[Found]:
    """One brand's coverage as it is kept until a fact changes, as JSON and as a page, against Datasette's JSON."""
    register = branded(shop.copy(shop.grown(3)), 3)
    with ExitStack() as servers:
        ours = servers.enter_context(serving("register", shop.copy(register)))
        datasette = servers.enter_context(serving("datasette", shop.copy(register), path=DATASETTE_BRAND))
        rounds = interleave(
            {
                "json": shop.loading(ours, request(ONE_BRAND)),
                "page": shop.loading(ours, request(ONE_PAGE)),
                "anew": shop.loading(ours, shop.fresh(ONE_BRAND)),
                "datasette": shop.loading(datasette, request(DATASETTE_BRAND)),
            },
            max(1, shop.effort.rounds - 2),  # the ratios are so far from their limits that fewer rounds do
        )
    told = (rate("ours", rounds.typical("json")), rate("Datasette", rounds.typical("datasette")))
    cost = rounds.cost("json", over="datasette")
    yield ratio("10", "one brand’s coverage as JSON / Datasette’s JSON of its ratings", cost, Limit(1), *told)
    cost = rounds.cost("page", over="datasette")
    yield ratio("10", "one brand’s coverage as a page / Datasette’s JSON of its ratings", cost, Limit(2))
    anew = rounds.cost("anew", over="datasette")
    yield Found("10", "the same JSON made anew / Datasette’s", anew.time, anew.cpu, unit="x")
