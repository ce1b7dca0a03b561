"""The goals, family by family. Each function takes a ``Workshop`` and yields what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.bench.goals import as_at, brands, growth, live, memory, prose, published, rule, saving, sheet, start
from tests.bench.limits import Found
from tests.bench.workshop import Workshop

Family = Callable[[Workshop], Iterator[Found]]

QUICK: dict[str, Family] = {
    "rule": rule.judging,
    "prose": prose.rendering,
    "published": published.answering,
    "live": live.answering,
    "as_at": as_at.looking,
    "brands": brands.covering,
    "sheet": sheet.reading,
    "saving": saving.keeping,
    "start": start.starting,
    "memory": memory.taking,
}
LONG: dict[str, Family] = {
    "growth": growth.growing,
    "saving": saving.growing,
    "brands": brands.covering_more,
    "memory": memory.staying,
}
