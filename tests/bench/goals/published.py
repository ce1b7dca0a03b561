"""Goals 1 and 2: a published page, answered from memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from tests.bench.apps import DATASETTE_STATUS
from tests.bench.limits import Found, Limit, rate, ratio
from tests.bench.load import get, request
from tests.bench.measuring import interleave
from tests.bench.serving import serving
from tests.bench.workshop import Workshop


def answering(shop: Workshop) -> Iterator[Found]:
    """The status page against the same bytes from raw ASGI, and against Datasette's page of its rows."""
    with ExitStack() as servers:
        ours = servers.enter_context(serving("register", shop.copy()))
        answer = get(ours.port, "/")
        recorded = shop.folder / "answer"
        recorded.write_bytes(answer.head + b"\r\n" + answer.body)
        raw = servers.enter_context(serving("raw", recorded))
        if get(raw.port, "/").body != answer.body:
            raise RuntimeError("the two servers that are compared do not send the same bytes")
        datasette = servers.enter_context(serving("datasette", shop.copy(), path=DATASETTE_STATUS))
        revalidation = request("/", [("if-none-match", answer.header("etag"))])
        rounds = interleave(
            {
                "raw": shop.loading(raw, request("/")),
                "published": shop.loading(ours, request("/")),
                "unchanged": shop.loading(ours, revalidation, status=304),
                "datasette": shop.loading(datasette, request(DATASETTE_STATUS)),
            },
            shop.effort.rounds,
        )
    size = f"{len(answer.body) / 1000:.0f} kB"
    yield ratio(
        "1",
        f"speed of the published page, {size} / raw ASGI of the same bytes",
        rounds.speed("published", over="raw"),
        Limit(0.85, at_least=True),
        rate("raw ASGI", rounds.typical("raw")),
        rate("published page", rounds.typical("published")),
    )
    yield ratio(
        "1",
        "speed of a 304 / the 200 of the same page",
        rounds.speed("unchanged", over="published"),
        Limit(1, at_least=True),
        rate("304", rounds.typical("unchanged")),
    )
    yield ratio(
        "2",
        "speed of the published page / Datasette’s HTML page of the same rows",
        rounds.speed("published", over="datasette"),
        Limit(50, at_least=True),
        rate("Datasette", rounds.typical("datasette")),
    )
