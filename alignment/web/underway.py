"""Long work that goes on in a thread of its own while its page is sent, and tells how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

from alignment.web.errors import Problem, noted

STEPS = 20
"""A page is told so often, at most, how far its work is."""


class Underway:
    """Work with a number of steps known beforehand, begun at once; it ends whether or not anybody still waits.

    Who reads ``steps`` to their end finds the result, or the problem that kept it from one.
    """

    def __init__(self, name: str, work: Callable[[Callable[[int], None]], Any], *, of: int) -> None:
        self.name = name
        self.of = of
        self.result: Any = None
        self.problem: Problem | None = None
        self._done = self._said = 0
        self._told: SimpleQueue[int | None] = SimpleQueue()
        threading.Thread(target=self._run, args=(work,), name=name).start()

    def steps(self) -> Iterator[int]:
        """How many steps are done, each time that it is worth saying; waits for them."""
        yield 0
        while (done := self._told.get()) is not None:
            yield done

    def _run(self, work: Callable[[Callable[[int], None]], Any]) -> None:
        try:
            self.result = work(self._progress)
        except Exception as error:
            self.problem = noted(error, f"{self.name}, in a thread of its own")
        finally:
            self._told.put(None)

    def _progress(self, number: int) -> None:
        self._done += number
        if self._done - self._said >= self.of / STEPS or self._done == self.of:
            self._said = self._done
            self._told.put(self._done)
