"""Goal 3: the status table made for the reader, on a day that nobody asked for lately."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from tests.bench.apps import DATASETTE_STATUS
from tests.bench.limits import Found, Limit, rate, ratio
from tests.bench.load import request
from tests.bench.measuring import interleave
from tests.bench.serving import serving
from tests.bench.workshop import Workshop


def answering(shop: Workshop) -> Iterator[Found]:
    """The live table against Datasette's page of its rows, and against its own SQL and template alone."""
    with ExitStack() as servers:
        ours = servers.enter_context(serving("register", shop.copy()))
        datasette = servers.enter_context(serving("datasette", shop.copy(), path=DATASETTE_STATUS))
        replayed = servers.enter_context(serving("replayed", shop.copy()))
        rounds = interleave(
            {
                "live": shop.loading(ours, shop.days("/")),
                "datasette": shop.loading(datasette, request(DATASETTE_STATUS)),
                "bare": shop.loading(replayed, request("/")),
            },
            shop.effort.rounds,
        )
    yield ratio(
        "3",
        "live status table / Datasette’s HTML page of the same rows",
        rounds.cost("live", over="datasette"),
        Limit(1),
        rate("live table", rounds.typical("live")),
        rate("Datasette", rounds.typical("datasette")),
    )
    yield ratio(
        "3",
        "live status table / its SQL by sqlite3 and its template by Jinja, nothing between",
        rounds.cost("live", over="bare"),
        Limit(2),
        rate("SQL and Jinja", rounds.typical("bare")),
    )
