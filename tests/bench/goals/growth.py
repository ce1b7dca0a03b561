"""Goal 8: how pages grow with what the register holds."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from tests.bench.limits import Found, Limit, each, ratio
from tests.bench.measuring import Rounds, Sample, interleave
from tests.bench.pages import EVERY_PROGRAMME, EVERY_PROGRAMME_FILE, FIXED
from tests.bench.serving import Server, serving
from tests.bench.workshop import Workshop

BARE = """
SELECT assessment.programme_id, rating.part, count(*), sum(rating.level = 'fully')
FROM rating JOIN assessment ON assessment.id = rating.assessment_id
GROUP BY assessment.programme_id, rating.part
"""


def growing(shop: Workshop) -> Iterator[Found]:
    """Pages of a fixed size stay as they are; the table of all programmes grows with them and no faster."""
    sizes = {f"{size:,}": size for size in shop.effort.sizes}
    registers = {name: shop.copy(shop.grown(size)) for name, size in sizes.items()}
    beside = {name: size + 10 for name, size in sizes.items()}  # the ten of the seeds
    with ExitStack() as stack:
        servers = {name: stack.enter_context(serving("register", file)) for name, file in registers.items()}
        for says, path in FIXED.items():
            rounds = interleave(anew(shop, servers, path), shop.effort.rounds)
            yield exponent(f"exponent of the page: {says}", rounds, beside, Limit(0.1, ""))
        for says, path in (("file", EVERY_PROGRAMME_FILE), ("page", EVERY_PROGRAMME)):
            rounds = interleave(anew(shop, servers, path), shop.effort.rounds)
            yield exponent(f"exponent of the status {says} of all programmes", rounds, beside, Limit(1.05, ""))
        last = list(sizes)[-1]
        cases = {
            "bare": lambda: grouped(registers[last]),
            "file": anew(shop, {last: servers[last]}, EVERY_PROGRAMME_FILE)[last],
            "page": anew(shop, {last: servers[last]}, EVERY_PROGRAMME)[last],
        }
        rounds = interleave(cases, shop.effort.rounds)
        for name in ("file", "page"):
            yield ratio(
                "8",
                f"status {name} of {last} programmes / bare GROUP BY programme, part of all their ratings",
                rounds.cost(name, over="bare"),
                Limit(1.3),
                each("bare GROUP BY", rounds.typical("bare")),
                each(f"status {name}", rounds.typical(name)),
            )


def anew(shop: Workshop, servers: dict[str, Server], path: str) -> dict[str, Callable[[], Sample]]:
    """Cases, one a server: the median wait over one connection for a page made anew each time."""

    def case(server: Server) -> Callable[[], Sample]:
        return lambda: shop.load(server, shop.fresh(path), connections=1).each

    return {name: case(server) for name, server in servers.items()}


def exponent(says: str, rounds: Rounds, sizes: dict[str, int], limit: Limit) -> Found:
    """A finding whose figure is the exponent of growth."""
    found = rounds.exponent(sizes)
    figures = tuple(each(f"{name} programmes", rounds.typical(name)) for name in sizes)
    return Found("8", says, found.time, found.cpu, limit, figures=figures)


def grouped(register: Path) -> Sample:
    """The bare driver over all ratings of a register."""
    with closing(sqlite3.connect(register)) as connection:
        began, began_cpu = time.perf_counter(), time.process_time()
        connection.execute(BARE).fetchall()
        return Sample(time.perf_counter() - began, time.process_time() - began_cpu)
