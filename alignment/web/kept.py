"""What was read and derived from the facts is kept until one of them changes, within a fixed room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Kept:
    """Values by key, made once for each generation of the facts.

    ``generation`` is as in ``frozen.py``: while it stays equal, what was made is handed out; when it
    differs, everything is dropped. A value that was being made meanwhile is handed to who asked for it
    and not kept. At most ``entries`` values are held, which weigh ``room`` together; those least
    recently asked for go first, and one that is heavier alone is never held.

    One value is made at a time, in whichever thread asks first, so that ten who ask at once cost no
    more than one. Ask with no connection in hand: the one who makes it needs one.
    """

    def __init__(self, generation: Callable[[], object], *, entries: int = 64, room: int = 12_000) -> None:
        self._generation = generation
        self._entries = entries
        self._room = room
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._weight = 0
        self._seen = generation()
        self._one_at_a_time = threading.RLock()

    @property
    def held(self) -> tuple[int, int]:
        """How many values are held, and what they weigh."""
        return len(self._values), self._weight

    def get(self, key: Hashable, make: Callable[[], T], weigh: Callable[[T], int] = lambda _: 1) -> T:
        """The value of a key, made anew where none is held; the same key is always made in the same way."""
        with self._one_at_a_time:
            now = self._generation()
            if now != self._seen:
                self._values.clear()
                self._weight, self._seen = 0, now
            if key in self._values:
                self._values.move_to_end(key)
                found: T = self._values[key][0]
                return found
            value = make()
            if now == self._seen and now == self._generation():
                self._keep(key, value, weigh(value))
            return value

    def touch(self, key: Hashable) -> None:
        """Count a value as asked for just now, where it is held: others make room before it does."""
        with self._one_at_a_time:
            if key in self._values:
                self._values.move_to_end(key)

    def _keep(self, key: Hashable, value: object, weight: int) -> None:
        if weight > self._room:
            return
        self._values[key] = value, weight
        self._weight += weight
        while len(self._values) > self._entries or self._weight > self._room:
            self._weight -= self._values.popitem(last=False)[1][1]
