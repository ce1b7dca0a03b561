"""What was read and derived from the facts is kept until one of them changes, or renewed then, within a fixed room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from alignment.domain.frozen import dataclass

T = TypeVar("T")


class Kept:
    """Values by key, made once for each generation of the facts.

    ``generation`` is as in ``frozen.py``: while it stays equal, what was made is handed out; when it
    differs, everything is dropped but what can be renewed. A value that was being made meanwhile is handed to who
    asked for it and not kept. At most ``entries`` values are held, which weigh ``room`` together; those least
    recently asked for go first, and one that is heavier alone is never held.

    One value is made at a time, in whichever thread asks first, so that ten who ask at once cost no
    more than one. Ask with no connection in hand: the one who makes it needs one.
    """

    def __init__(self, generation: Callable[[], object], *, entries: int = 64, room: int = 12_000) -> None:
        self._generation = generation
        self._entries = entries
        self._room = room
        self._values: OrderedDict[Hashable, _Value] = OrderedDict()
        self._weight = 0
        self._seen = generation()
        self._one_at_a_time = threading.RLock()

    @property
    def held(self) -> tuple[int, int]:
        """How many values are held, and what they weigh."""
        return len(self._values), self._weight

    def get(
        self,
        key: Hashable,
        make: Callable[[], T],
        weigh: Callable[[T], int] = lambda _: 1,
        renew: Callable[[T], T] | None = None,
    ) -> T:
        """The value of a key, made anew where none is held; the same key is always made in the same way.

        With ``renew``, a value of an earlier generation is made into one of this. Such a value has to know itself how
        far the facts were read for it, as facts may change while it is made: it is kept all the same, and renewed
        when it is next asked for.
        """
        with self._one_at_a_time:
            now = self._generation()
            if now != self._seen:
                self._drop()
                self._seen = now
            held = self._values.get(key)
            if held and held.generation == now:
                self._values.move_to_end(key)
                found: T = held.value
                return found
            value = renew(held.value) if held and renew else make()
            if renew or (now == self._seen and now == self._generation()):
                self._keep(key, _Value(value, weigh(value), now, renew is not None))
            return value

    def _drop(self) -> None:
        for key in [key for key, held in self._values.items() if not held.lasts]:
            self._take(key)

    def _take(self, key: Hashable) -> None:
        held = self._values.pop(key, None)
        self._weight -= held.weight if held else 0

    def _keep(self, key: Hashable, value: _Value) -> None:
        self._take(key)
        if value.weight > self._room:
            return
        self._values[key] = value
        self._weight += value.weight
        while len(self._values) > self._entries or self._weight > self._room:
            self._take(next(iter(self._values)))


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of a generation. It lasts where it can be renewed in another."""

    value: Any
    weight: int
    generation: object
    lasts: bool
