"""Where the goals are measured: how long to look, a folder to work in, and registers made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path

from tests.bench import stores
from tests.bench.load import Load, load, request
from tests.bench.measuring import Sample
from tests.bench.serving import Server
from tests.bench.stores import YEARS


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look. More rounds and seconds make steadier figures."""

    rounds: int = 5
    seconds: float = 0.8
    connections: int = 8
    writers: int = 20
    programmes: int = 1000
    brands: int = 1000
    sizes: tuple[int, ...] = (10, 100, 1_000, 10_000)
    requests: int = 100_000


def known_at(number: int) -> str:
    """A moment of a far day, as an address asks for it."""
    seconds, micro = divmod(number, 1_000_000)
    return f"known_at=2099-01-01T00:{seconds // 60:02}:{seconds % 60:02}.{micro:06}Z"


USUAL = Effort()
TINY = Effort(rounds=1, seconds=0.02, connections=2, writers=2, programmes=3, brands=4, sizes=(1, 4), requests=40)


@dataclass(frozen=True)
class Workshop:
    """What every goal is given."""

    folder: Path
    effort: Effort
    numbers: Iterator[int] = field(default_factory=count)

    @cached_property
    def register(self) -> Path:
        """A register with the seeds."""
        return stores.seeded(self.folder / "seeded.sqlite3")

    def copy(self, of: Path | None = None) -> Path:
        """A copy of a register for one server alone, in a folder of its own."""
        return stores.copied(of or self.register, self.folder / str(next(self.numbers)) / "register.sqlite3")

    def grown(self, programmes: int) -> Path:
        """A register with so many programmes beside those of the seeds, made once."""
        path = self.folder / f"grown-{programmes}.sqlite3"
        return path if path.exists() else stores.grown(self.register, path, programmes)

    def fresh(self, path: str) -> Iterator[bytes]:
        """Requests for an address that nobody asked for before: no answer to them is kept anywhere.

        Each asks for what is known at another moment of a far day, which is everything; a market update, which
        is frozen and takes no date, is asked for with a word that it does not read.
        """
        asked = path + ("&" if "?" in path else "?")
        frozen = path.startswith("/publications/")
        for number in self.numbers:
            yield request(f"{asked}n={number}" if frozen else f"{asked}{known_at(number)}")

    def days(self, path: str) -> Iterator[bytes]:
        """The same, and each for another day than the hundreds asked for before it, on which all seeds hold."""
        for number in self.numbers:
            day = date(2025, 10, 16) + timedelta(days=number % 400)
            yield request(f"{path}?as_at={day}&{known_at(number)}")

    def years(self, path: str) -> Iterator[bytes]:
        """Requests for an address on days of twenty years, none of them asked for by these requests before.

        ``{day}`` in the address is that day, ``{later}`` thirty days after it, ``{moment}`` asks for what is known at
        another moment of a far day, which is everything.
        """
        for number in self.numbers:
            day = date(YEARS[0], 1, 1) + timedelta(days=number * 37 % (len(YEARS) * 365))
            later = day + timedelta(days=30)
            yield request(path.format(day=day, later=later, moment=known_at(number)))

    def loading(self, server: Server, requests: bytes | Iterator[bytes], *, status: int = 200) -> Callable[[], Sample]:
        """A case: the usual load on a server."""
        return lambda: self.load(server, requests, status=status).sample

    def load(
        self, server: Server, requests: bytes | Iterator[bytes], *, status: int = 200, connections: int | None = None
    ) -> Load:
        """The usual load, over other connections where they are given."""
        return load(
            server.place,
            requests,
            connections=connections or self.effort.connections,
            seconds=self.effort.seconds,
            status=status,
        )
