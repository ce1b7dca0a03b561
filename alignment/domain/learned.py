"""What held on a day as known at a moment, packed: both times are looked up, nothing is derived again.

What is known of something changes at the moments at which a fact about it was recorded. Here a state of knowledge is
the number of those moments that have passed: 0 before the first, ``NOW`` after all there are.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from alignment.domain.frozen import dataclass

_NEVER = 2**31 - 1
NOW = _NEVER - 1
"""All that is known."""

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_UNIT = timedelta(microseconds=1)

V = TypeVar("V", bound=Hashable)


def tick(moment: datetime) -> int:
    """A moment as one number, to the microsecond."""
    return (moment - _FIRST) // _UNIT


@dataclass(frozen=True, slots=True)
class Layer:
    """Where to look for what holds: the days (as ordinals) from which things hold, in order.

    Each is known in the states of knowledge from ``since`` on and before ``until``, in which it was corrected, or
    from which on the same day begins something else.
    """

    days: array[int]
    since: array[int]
    until: array[int]

    def place(self, day: int, seen: int) -> int:
        """Where the last thing stands that holds by a day, in a state of knowledge; -1 where none does."""
        at = bisect_right(self.days, day) - 1
        while at >= 0 and not self.known(at, seen):
            at -= 1
        return at

    def turned(self, after: int, until: int, seen: int) -> bool:
        """Whether something else holds by a later day than by an earlier one."""
        at = self.place(until, seen)
        return at >= 0 and self.days[at] > after

    def known(self, at: int, seen: int) -> bool:
        """Whether what stands in a place is known in a state of knowledge."""
        return self.since[at] <= seen < self.until[at]

    def first(self, seen: int) -> int:
        """Where the first of all stands that is known; -1 where none is."""
        return next((at for at in range(len(self.days)) if self.known(at, seen)), -1)


def layered(known: Iterable[Sequence[tuple[Any, V]]]) -> tuple[Layer, tuple[V, ...]]:
    """What is known in each state of knowledge, one after the other, as a layer and the things that stand in it.

    Things come with what they are ordered by, which begins with the day. A state that is the same sequence as the one
    before costs nothing.
    """
    open_: dict[tuple[Any, V], int] = {}
    found: list[tuple[tuple[Any, V], int, int]] = []
    before: Sequence[tuple[Any, V]] | None = None
    for number, things in enumerate(known):
        if things is before:
            continue
        held = dict.fromkeys(things)
        gone = [thing for thing in open_ if thing not in held]
        found += [(thing, open_.pop(thing), number) for thing in gone]
        for thing in held:
            open_.setdefault(thing, number)
        before = things
    found += [(thing, since, _NEVER) for thing, since in open_.items()]
    found.sort(key=lambda each: each[0][0])
    return (
        Layer(
            array("i", (_ordinal(key) for (key, _), _, _ in found)),
            _states(tuple(since for _, since, _ in found)),
            _states(tuple(until for _, _, until in found)),
        ),
        tuple(value for (_, value), _, _ in found),
    )


@lru_cache(maxsize=512)
def _states(numbers: tuple[int, ...]) -> array[int]:
    """States of knowledge packed; what is learned fact by fact shares them with others. Nobody writes to it."""
    return array("i", numbers)


def _ordinal(key: Any) -> int:
    day: date = key[0]
    return day.toordinal()


def ticks(moments: Iterable[datetime]) -> array[int]:
    """Moments packed, for ``seen``."""
    return array("q", map(tick, moments))


def seen(moments: array[int], known_at: int | None) -> int:
    """The state of knowledge at a moment; None is all that is known."""
    return NOW if known_at is None else bisect_right(moments, known_at)
