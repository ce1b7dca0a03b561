"""Goals 14 and 15: from nothing to the first page."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import islice
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from subprocess import run

from tests.bench.limits import Found, Limit, each, ratio
from tests.bench.load import load
from tests.bench.measuring import Ratio, Sample, interleave
from tests.bench.serving import commanded, environ
from tests.bench.workshop import Workshop

# What CISO Assistant took on another machine: printed beside our figures, never judged.
CISO_START = 2.6
CISO_MIGRATE = 224


def starting(shop: Workshop) -> Iterator[Found]:
    """``alignment serve`` to its first 200: on a register that is there, and on one that it has to make."""
    register = shop.copy()

    def start() -> Sample:
        with commanded(register) as server:
            return server.started

    def first_and_tenth() -> Ratio:
        with commanded(register, path="/healthz") as server:
            asked = [load(server.place, one, connections=1, seconds=0).sample for one in islice(shop.fresh("/"), 10)]
            return Ratio(asked[0].time / asked[9].time, asked[0].cpu / asked[9].cpu)

    def start_anew() -> Sample:
        with commanded(shop.folder / f"new-{next(shop.numbers)}.sqlite3") as server:
            return server.started

    imported()
    start()  # once each, so that all bytecode is there
    rounds = interleave({"import": imported, "start": start}, shop.effort.rounds)
    took = rounds.typical("start")
    yield ratio(
        "14",
        "start to the first 200 / import of litestar, sqlmodel and jinja2",
        rounds.cost("start", over="import"),
        Limit(2),
        each("import", rounds.typical("import")),
        each("start", took),
        f"CISO Assistant elsewhere: {CISO_START} s, so {took.time / CISO_START:.2f} of it (goal 0.4, not judged)",
    )
    firsts = [first_and_tenth() for _ in range(shop.effort.rounds)]
    first = Ratio(median(found.time for found in firsts), median(found.cpu for found in firsts))
    yield ratio("14", "the first page / the tenth, each made anew", first, Limit(5))
    new = interleave({"new": start_anew}, (shop.effort.rounds + 1) // 2).typical("new")
    yield Found(
        "15",
        "new database to its first 200: schema, seeds, market update",
        new.time,
        new.cpu,
        unit=" s",
        figures=(f"CISO Assistant’s migrate elsewhere: {CISO_MIGRATE} s, 1/{CISO_MIGRATE / new.time:.0f} (goal 1/40)",),
    )


def imported() -> Sample:
    """The import of the bare stack in a new process."""
    began, before = time.perf_counter(), getrusage(RUSAGE_CHILDREN)
    run([sys.executable, "-c", "import litestar, sqlmodel, jinja2"], env=environ(), check=True)
    took, after = time.perf_counter() - began, getrusage(RUSAGE_CHILDREN)
    return Sample(took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
