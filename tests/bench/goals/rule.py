"""The rule over one full assessment, what holds it back included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alignment.catalogue import load_all
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.rating import Level
from alignment.domain.result import judge
from tests.bench.limits import Found, Limit
from tests.bench.measuring import interleave, timed
from tests.bench.stores import EDITION
from tests.bench.workshop import Workshop

Ratings = Mapping[tuple[Part, str], Level]


def judging(shop: Workshop) -> Iterator[Found]:
    """Three full assessments: nearly all fully, a mixture, and one far from its next result."""
    catalogue = load_all()[0][EDITION]
    cases = {
        "nearly all fully": rated(catalogue, [*[Level.FULLY] * 12, Level.PARTIALLY]),
        "a mixture": rated(catalogue, [Level.FULLY, Level.PARTIALLY, Level.FULLY, Level.NOT, Level.NOT_APPLICABLE]),
        "hardly any": rated(catalogue, [Level.NOT, Level.NOT, Level.PARTIALLY]),
    }

    def work(ratings: Ratings) -> object:
        return judge(catalogue, ratings)

    rounds = interleave(
        {
            name: lambda ratings=ratings: timed(lambda: work(ratings), seconds=shop.effort.seconds / 8)  # type: ignore[misc]
            for name, ratings in cases.items()
        },
        shop.effort.rounds,
    )
    for name, ratings in cases.items():
        took = rounds.typical(name)
        yield Found(
            "rule",
            f"{len(ratings)} ratings judged, {name}",
            took.time * 1000,
            took.cpu * 1000,
            Limit(1, " ms"),
        )


def rated(catalogue: Catalogue, turns: list[Level]) -> Ratings:
    """Every criterion in each of its parts, the levels taking turns."""
    pairs = [(part, one.code) for part, judged in catalogue.in_part.items() for one in judged]
    return {pair: turns[at % len(turns)] for at, pair in enumerate(pairs)}
