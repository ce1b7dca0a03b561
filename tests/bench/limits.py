"""A limit, what was found, and whether it is met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.bench.measuring import Ratio, Sample


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that a figure may not pass: at most it, or at least it. ``unit`` is printed after it."""

    number: float
    unit: str = "x"
    at_least: bool = False

    def fits(self, figure: float) -> bool:
        return figure >= self.number if self.at_least else figure <= self.number

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {said(self.number)}{self.unit}"


@dataclass(frozen=True, slots=True)
class Found:
    """One goal's figure by the clock and by the processor beside its limit, and what it was made from.

    A figure with no ``cpu`` has one measure alone (memory). Without a ``limit`` it is printed and not judged.
    """

    goal: str
    says: str
    time: float
    cpu: float | None = None
    limit: Limit | None = None
    unit: str = "x"
    figures: tuple[str, ...] = ()

    @property
    def missed(self) -> bool:
        """Whether every measure passes the limit: one alone may be the machine's doing."""
        if self.limit is None:
            return False
        return not any(self.limit.fits(each) for each in (self.time, self.cpu) if each is not None)

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return "not gated"
        return "MISSED" if self.missed else "met"

    def lines(self) -> Iterable[str]:
        """The finding as printed: the goal with its verdict, and beneath it the figures."""
        unit = self.limit.unit if self.limit else self.unit
        cpu = "" if self.cpu is None else f", CPU {said(self.cpu)}{unit}"
        limit = f" ({self.limit})" if self.limit else ""
        yield f"{self.goal:>4}  {self.says}: {said(self.time)}{unit}{cpu}{limit}: {self.verdict}"
        for figure in self.figures:
            yield f"      {figure}"


def ratio(goal: str, says: str, found: Ratio, limit: Limit | None, *figures: str) -> Found:
    """A finding whose figure is a ratio."""
    return Found(goal, says, found.time, found.cpu, limit, figures=figures)


def each(name: str, sample: Sample) -> str:
    """What one unit of work took, for print, in milliseconds."""
    return f"{name}: {said(sample.time * 1000)} ms, CPU {said(sample.cpu * 1000)} ms"


def rate(name: str, sample: Sample) -> str:
    """How many units of work a second, and what each took of the processor, for print."""
    return f"{name}: {1 / sample.time:,.0f} a second, CPU {said(sample.cpu * 1000)} ms each"


def said(number: float) -> str:
    """A number with three figures that count: 0.0123, 1.23, 123, 12,345."""
    if number == 0:
        return "0"
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"
