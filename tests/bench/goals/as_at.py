"""Views over all programmes and twenty years of decisions, on days and at moments that nobody asked for before."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

from tests.bench.limits import Found, Limit, each
from tests.bench.load import load
from tests.bench.measuring import Sample, interleave
from tests.bench.serving import Server, serving
from tests.bench.stores import EDITION, FIRST, decided
from tests.bench.workshop import Workshop

MOST = Limit(50, " ms")
VIEWS = {
    "status page on a new day": "/?as_at={day}",
    "status page of one metal on a new day": "/?metal=copper&as_at={day}",
    "status file, CSV, on a new day": "/status.csv?as_at={day}",
    "status file, JSON, on a new day": "/status.json?as_at={day}",
    "status file, Markdown, on a new day": "/status.md?as_at={day}",
    "programme on a new day": f"/programmes/{FIRST}?as_at={{day}}",
    "comparison of two on a new day": f"/compare?p={FIRST}&p=measured-2&as_at={{day}}",
    "status page as known on that day": "/?as_at={day}&known_at={day}",
    "coverage of copper on a new day": "/coverage?as_at={day}",
    "coverage of copper, JSON, on a new day": "/coverage.json?as_at={day}",
    "coverage of copper as known on that day": "/coverage?as_at={day}&known_at={day}",
    "coverage of copper as known at a new moment": "/coverage?as_at={day}&{moment}",
    "coverage of copper, JSON, as known at a new moment": "/coverage.json?as_at={day}&{moment}",
    "changes in a month": "/changes/{day}..{later}",
    "changes in a month, JSON": "/changes/{day}..{later}.json",
    "changes in a month as known on its first day": "/changes/{day}..{later}?known_at={day}",
}


def looking(shop: Workshop) -> Iterator[Found]:
    """Any view as at a day, over a thousand programmes with twenty years of decisions: the process is warm."""
    path = decided(shop.copy(shop.grown(shop.effort.programmes)))
    with serving("register", path) as ours:

        def case(path: str) -> Callable[[], Sample]:
            return lambda: load(ours.place, shop.years(path), connections=1, seconds=shop.effort.seconds / 2).each

        cases = {name: case(path) for name, path in VIEWS.items()}
        for warm in cases.values():
            warm()
        rounds = interleave(cases | written(shop, ours, path), shop.effort.rounds)
    for name in rounds.samples:
        took = rounds.typical(name)
        says = f"{name}, {shop.effort.programmes:,} programmes"
        yield Found("as at", says, took.time * 1000, took.cpu * 1000, MOST, figures=(each("view", took),))


NOTICED = 1.1
"""Seconds after which a server has noticed what another process wrote."""


def written(shop: Workshop, ours: Server, path: Path) -> dict[str, Callable[[], Sample]]:
    """What the first reader waits for after a decision on one programme, and after a rating that is not published."""
    from alignment.database import make_engine, unit_of_work
    from alignment.domain.people import SEED_IMPORT
    from alignment.services import ledger
    from alignment.tables import Assessment, Decision

    engine, numbers, now = make_engine(f"sqlite:///{path}"), count(), datetime.now(UTC)
    round = Assessment(id="unpublished", programme_id=FIRST, edition=EDITION, round=9, recorded_at=now)
    with unit_of_work(engine) as session:
        ledger.enter(session, round, actor=SEED_IMPORT, act="opened", now=now)

    def ask(path: str) -> Sample:
        return load(ours.place, shop.years(path), connections=1, seconds=0).each

    def decide() -> Sample:
        row = Decision(
            id=f"written-{next(numbers)}", programme_id=FIRST, act="suspended", effective_on=date(2026, 1, 1),
            recorded_at=now, position=20_000,
        )  # fmt: skip
        with unit_of_work(engine) as session:
            ledger.enter(session, row, actor=SEED_IMPORT, act="decided", now=now)
        time.sleep(NOTICED)
        return ask("/?as_at={day}")

    def rate() -> Sample:
        subject = "rating:unpublished/standards/S1-A-1"
        with unit_of_work(engine) as session:
            ledger.record(session, actor=SEED_IMPORT, act="rated", subject=subject, before=None, after={}, now=now)
        time.sleep(NOTICED)
        return ask("/?as_at={day}")

    return {
        "status page to the first reader after a decision": decide,
        "coverage of copper to the first reader after it": lambda: ask("/coverage?as_at={day}"),
        "status page to the first reader after a rating that is not published": rate,
    }
