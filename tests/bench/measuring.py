"""Samples, rounds in which the things compared take turns, and what a process took of the machine."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, median


@dataclass(frozen=True, slots=True)
class Sample:
    """What one unit of work took: seconds by the clock, and seconds of the processor."""

    time: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """One thing over another, by the clock and by the processor. The latter is the steadier figure."""

    time: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Rounds:
    """The samples of several things that took turns: one of each a round."""

    samples: Mapping[str, Sequence[Sample]]

    def cost(self, of: str, *, over: str) -> Ratio:
        """How many times the cost of one thing another has: the median of the rounds' ratios."""
        pairs = list(zip(self.samples[of], self.samples[over], strict=True))
        return Ratio(
            median(mine.time / theirs.time for mine, theirs in pairs),
            median(mine.cpu / theirs.cpu for mine, theirs in pairs),
        )

    def speed(self, of: str, *, over: str) -> Ratio:
        """How many times the speed of one thing another has."""
        return self.cost(over, over=of)

    def typical(self, of: str) -> Sample:
        """The medians of one thing."""
        return Sample(median(each.time for each in self.samples[of]), median(each.cpu for each in self.samples[of]))

    def exponent(self, sizes: Mapping[str, int]) -> Ratio:
        """How cost grows with size: 0 not at all, 1 in proportion; the median of the rounds' slopes."""
        number = len(next(iter(self.samples.values())))
        rows = [{name: self.samples[name][at] for name in sizes} for at in range(number)]
        return Ratio(
            median(slope([(sizes[name], row[name].time) for name in sizes]) for row in rows),
            median(slope([(sizes[name], row[name].cpu) for name in sizes]) for row in rows),
        )


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The exponent of the power of the first number that the second one follows."""
    return linear_regression([math.log(size) for size, _ in points], [math.log(cost) for _, cost in points]).slope


def interleave(cases: Mapping[str, Callable[[], Sample]], rounds: int) -> Rounds:
    """Sample every case once a round, A B A B, so that a slow moment of the machine meets them all."""
    samples: dict[str, list[Sample]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, take in cases.items():
            samples[name].append(take())
    return Rounds(samples)


def timed(work: Callable[[], object], *, seconds: float) -> Sample:
    """Do some work in this process for a while; what it took each time."""
    times, began, began_cpu = 0, time.perf_counter(), time.process_time()
    while True:
        work()
        times += 1
        took = time.perf_counter() - began
        if took >= seconds:
            return Sample(took / times, (time.process_time() - began_cpu) / times)


def cpu_of(pid: int) -> float:
    """Seconds of the processor that a process has taken, with all its threads, to the nanosecond.

    The kernel keeps a clock for every process; its number is made from the process's own. The fields
    of /proc/PID/stat say the same in hundredths of a second, too coarse for short rounds.
    """
    return time.clock_gettime(~pid << 3 | 2)


def pss_of(pid: int) -> float:
    """MiB of memory that a process answers for: its own, and its share of what it shares."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"the kernel says nothing of the memory of process {pid}")


def supported() -> bool:
    """Whether this system says what a process took: Linux does."""
    return os.path.exists("/proc/self/smaps_rollup")
