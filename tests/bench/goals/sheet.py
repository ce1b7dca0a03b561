"""Goals 4 and 5: the rating sheet of a part, with the forms of all its criteria, for the one who rates it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from alignment.web.sessions import COOKIE
from tests.bench.desks import CODES, seated
from tests.bench.limits import Found, Limit, each, ratio, said
from tests.bench.load import Load, get, quantile, request
from tests.bench.measuring import Sample, interleave
from tests.bench.serving import serving
from tests.bench.workshop import Workshop

# CISO Assistant's list of 140 requirements on another machine: printed beside our figures, never judged.
CISO_LIST = 320


def reading(shop: Workshop) -> Iterator[Found]:
    """The sheet against its own SQL and template with nothing between, and its slowest answers against the usual."""
    register = shop.copy()
    (desk,) = seated(f"sqlite:///{register}", rated=True)
    asked = shop.folder / "sheet"
    asked.write_text(f"{shop.copy(register)}\n{desk.sheet}\n{COOKIE}={desk.cookie}")
    loads: list[Load] = []
    with ExitStack() as servers:
        ours = servers.enter_context(serving("register", register))
        bare = servers.enter_context(serving("replayed-page", asked))
        size = len(get(ours.port, desk.sheet, ("cookie", f"{COOKIE}={desk.cookie}")).body)
        shop.load(ours, desk.read(), connections=1)

        def sheet() -> Sample:
            loads.append(shop.load(ours, desk.read(), connections=1))
            return loads[-1].each

        cases = {"sheet": sheet, "bare": lambda: shop.load(bare, request("/"), connections=1).each}
        rounds = interleave(cases, shop.effort.rounds)
    took = rounds.typical("sheet")
    yield ratio(
        "4",
        f"rating sheet of {len(CODES)} criteria, {size / 1000:.0f} kB / its SQL by sqlite3 and its template by Jinja",
        rounds.cost("sheet", over="bare"),
        Limit(3),
        each("sheet", took),
        each("SQL and Jinja", rounds.typical("bare")),
        f"CISO Assistant’s list of 140 elsewhere: CPU {CISO_LIST} ms, so 1/{CISO_LIST / took.cpu / 1000:.0f} of it"
        " (goal 1/50, not judged)",
    )
    waits = [wait for load in loads for wait in load.waits]
    cpus = [cpu for load in loads for cpu in load.cpus]
    yield Found(
        "5",
        f"the slowest in a hundred of {len(waits):,} sheets / the median, one connection",
        quantile(waits, 0.99) / quantile(waits, 0.5),
        quantile(cpus, 0.99) / quantile(cpus, 0.5),
        Limit(3),
        figures=(f"99 %: {said(quantile(waits, 0.99) * 1000)} ms, CPU {said(quantile(cpus, 0.99) * 1000)} ms",),
    )
