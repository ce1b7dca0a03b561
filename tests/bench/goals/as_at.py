"""Views over all programmes and twenty years of decisions, on days that nobody asked for before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.bench.limits import Found, Limit, each
from tests.bench.measuring import Sample, interleave
from tests.bench.serving import serving
from tests.bench.stores import FIRST, decided
from tests.bench.workshop import Workshop

MOST = Limit(50, " ms")
VIEWS = {
    "status page": "/",
    "status page of one metal": "/?metal=copper",
    "status file, CSV": "/status.csv",
    "status file, JSON": "/status.json",
    "status file, Markdown": "/status.md",
    "programme": f"/programmes/{FIRST}",
    "comparison of two": f"/compare?p={FIRST}&p=measured-2",
    "status page as known that day": "/?known_at={day}",
    "coverage of copper": "/coverage",
    "coverage of copper, CSV": "/coverage.csv",
    "coverage of copper, JSON": "/coverage.json",
}


def looking(shop: Workshop) -> Iterator[Found]:
    """Any view as at a day, over a thousand programmes with twenty years of decisions: the process is warm."""
    with serving("register", decided(shop.copy(shop.grown(shop.effort.programmes)))) as ours:

        def case(path: str) -> Callable[[], Sample]:
            return lambda: shop.load(ours, shop.years(path), connections=1).each

        cases = {name: case(path) for name, path in VIEWS.items()}
        for warm in cases.values():
            warm()
        rounds = interleave(cases, shop.effort.rounds)
    for name in VIEWS:
        took = rounds.typical(name)
        says = f"{name} on a new day, {shop.effort.programmes:,} programmes"
        yield Found("as at", says, took.time * 1000, took.cpu * 1000, MOST, figures=(each("view", took),))
