"""Goal 16: the memory of one worker that has been at work for a while."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, cycle, islice

from tests.bench.limits import Found, Limit, said
from tests.bench.load import load, request
from tests.bench.measuring import pss_of
from tests.bench.pages import EVERY_PROGRAMME, FIXED
from tests.bench.serving import Server, commanded, serving
from tests.bench.workshop import Workshop

# CISO Assistant warm, three workers, on another machine: printed beside our figures, never judged.
CISO_WARM = 1014


def taking(shop: Workshop) -> Iterator[Found]:
    """The register with many programmes against one route of Litestar, SQLModel and Jinja2 loaded beside it."""
    with serving("litestar", shop.folder) as bare:
        shop.load(bare, request("/"))
        least = pss_of(bare.pid)
    with commanded(shop.copy(shop.grown(shop.effort.programmes))) as ours:
        warm(shop, ours)
        most = pss_of(ours.pid)
    yield Found(
        "16",
        f"memory with {shop.effort.programmes:,} programmes, warm / Litestar with SQLModel and Jinja2 and one route",
        most / least,
        limit=Limit(2.25),
        figures=(
            f"Litestar with both: {least:.0f} MiB; register: {most:.0f} MiB",
            f"CISO Assistant elsewhere: {CISO_WARM:,} MiB, so 1/{CISO_WARM / most:.0f} of it (goal 1/8, not judged)",
        ),
    )


def staying(shop: Workshop) -> Iterator[Found]:
    """What a great many requests add, and what more programmes add."""
    few, many = shop.effort.sizes[-2:]
    with commanded(shop.copy(shop.grown(few))) as ours:
        warm(shop, ours)
        least = pss_of(ours.pid)
        ask(shop, ours, shop.effort.requests // 5)
        before = pss_of(ours.pid)
        ask(shop, ours, shop.effort.requests)
        after = pss_of(ours.pid)
    yield Found(
        "16",
        f"memory after {shop.effort.requests:,} requests more, one in ten of a page made anew / before them",
        after / before,
        limit=Limit(1.02),
        figures=(f"before {said(before)} MiB, after {said(after)} MiB",),
    )
    with commanded(shop.copy(shop.grown(many))) as ours:
        warm(shop, ours)
        most = pss_of(ours.pid)
    yield Found(
        "16",
        f"memory added from {few:,} to {many:,} programmes",
        most - least,
        limit=Limit(25, " MiB"),
        figures=(f"{few:,}: {least:.0f} MiB; {many:,}: {most:.0f} MiB",),
    )


def warm(shop: Workshop, server: Server) -> None:
    """Ask for every kind of page, kept and made anew, as readers and crawlers would."""
    for path in (*FIXED.values(), EVERY_PROGRAMME):
        shop.load(server, request(path))
        shop.load(server, shop.fresh(path))


def ask(shop: Workshop, server: Server, number: int) -> None:
    """So many requests over the usual connections, one in ten of a page that nobody asked for before."""
    kept = cycle(map(request, FIXED.values()))
    mixed = chain.from_iterable([*islice(kept, 9), one] for one in shop.fresh(FIXED["programme"]))
    load(server.place, islice(mixed, number), connections=shop.effort.connections, seconds=float("inf"))
