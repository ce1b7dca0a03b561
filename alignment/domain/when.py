"""When a fact holds: a day, a month, a year, or *by* a day (model, section 3)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Protocol, TypeVar

from alignment.domain.frozen import dataclass

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class Precision(StrEnum):
    """How exactly a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    BY = "by"


@dataclass(frozen=True, slots=True, order=True)
class When:
    """A date with its precision.

    ``on`` is the first day on which the fact is known to hold: the day itself, the first day of a
    month or year, or, for *by*, the day on which it was seen to hold after an unknown beginning.
    """

    on: date
    precision: Precision = Precision.DAY

    @property
    def is_by(self) -> bool:
        """Whether the beginning lies at an unknown earlier day."""
        return self.precision is Precision.BY

    @property
    def last(self) -> date:
        """The last day that it can mean: that of the month or the year, else the day itself."""
        match self.precision:
            case Precision.MONTH:
                return date(self.on.year, self.on.month, monthrange(self.on.year, self.on.month)[1])
            case Precision.YEAR:
                return date(self.on.year, 12, 31)
        return self.on

    def __str__(self) -> str:
        """The date as people read it: 16 October 2025, August 2022, 2021, by September 2024."""
        month_year = f"{MONTHS[self.on.month - 1]} {self.on.year}"
        match self.precision:
            case Precision.DAY:
                return f"{self.on.day} {month_year}"
            case Precision.MONTH:
                return month_year
            case Precision.YEAR:
                return str(self.on.year)
            case Precision.BY:
                return f"by {month_year}"

    @property
    def said_on(self) -> str:
        """The date within a sentence: on 16 October 2025, in August 2022, by September 2024."""
        return str(self) if self.is_by else f"{'on' if self.precision is Precision.DAY else 'in'} {self}"

    def iso(self) -> str:
        """The date for programs and files: 2025-10-16, 2022-08, 2021, by 2024-09-30."""
        match self.precision:
            case Precision.DAY:
                return self.on.isoformat()
            case Precision.MONTH:
                return self.on.isoformat()[:7]
            case Precision.YEAR:
                return self.on.isoformat()[:4]
            case Precision.BY:
                return f"by {self.on.isoformat()}"


def why_not_then(effective: When, announced: date | None, source: When) -> str:
    """A sentence where a source could not say this yet, as it is older; empty where it could.

    What holds later than its source has to be announced beforehand, and is dated so.
    """
    if announced and announced > source.last:
        return (
            f"announced: {announced.isoformat()} lies after the day of its source ({source.iso()}): correct it, or "
            "name another source"
        )
    if not announced and effective.on > source.last:
        return (
            f"effective: {effective.iso()} lies after the day of its source ({source.iso()}): correct it, name "
            "another source, or say by “announced” when it was announced beforehand"
        )
    return ""


_FORM = re.compile(r"(by )?(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def parse_when(text: str) -> When:
    """Read ``2025-10-16``, ``2022-08``, ``2021`` or ``by 2024-09-30``.

    Raises ValueError with a sentence where the text is none of these or no such day exists.
    """
    found = _FORM.fullmatch(text.strip())
    if not found:
        raise ValueError(f"“{text}” is no date: write 2025-10-16, 2022-08, 2021 or by 2024-09-30")
    by, year, month, day = found.groups()
    if by and not day:
        raise ValueError(f"“{text}” needs a day after “by”: by 2024-09-30")
    try:
        on = date(int(year), int(month or 1), int(day or 1))
    except ValueError as error:
        raise ValueError(f"“{text}” is no day of the calendar") from error
    if by:
        return When(on, Precision.BY)
    return When(on, Precision.DAY if day else Precision.MONTH if month else Precision.YEAR)


def parse_moment(text: str) -> datetime:
    """A moment in UTC, unless it names another zone; a day stands for its end.

    Raises ValueError where the text is neither, and OverflowError beyond the calendar.
    """
    try:
        moment = datetime.combine(date.fromisoformat(text), time.max)
    except ValueError:
        moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def say_day(day: date) -> str:
    """A day in words: 21 November 2026."""
    return str(When(day))


def say_age(since: date, until: date) -> str:
    """An age in words, in whole years and months, or days under a month: ``2 years, 1 month``."""
    if until < since:
        return "not yet begun"
    months = (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day)
    if months < 1:
        days = (until - since).days
        return "today" if days == 0 else _count(days, "day")
    years, rest = divmod(months, 12)
    said = [_count(years, "year")] if years else []
    if rest:
        said.append(_count(rest, "month"))
    return ", ".join(said)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


F = TypeVar("F")


def apart(facts: Iterable[F], effective: Callable[[F], When]) -> tuple[tuple[F, ...], tuple[F, ...]]:
    """The facts that began on their day, and those that were first seen by it and began on an unknown earlier one.

    Each in order of time.
    """
    in_order = sorted(facts, key=lambda fact: effective(fact).on)
    began = tuple(fact for fact in in_order if not effective(fact).is_by)
    return began, tuple(fact for fact in in_order if effective(fact).is_by)


class Dated(Protocol):
    """Anything that begins to hold at a time; ``order`` settles facts of one day."""

    @property
    def effective(self) -> When: ...
    @property
    def order(self) -> int: ...


T = TypeVar("T", bound=Dated)


@dataclass(frozen=True, slots=True)
class NotKnown:
    """The state on a date lies before a *by* date and no earlier fact is held."""

    until: When


def holding(facts: Iterable[T], as_at: date) -> T | NotKnown | None:
    """The fact that holds on a date; NotKnown before a *by* date with nothing earlier; else None.

    Before a *by* date the last known fact stands (model, section 3). None means that the matter is
    known not to have begun.
    """
    begun = [fact for fact in facts if fact.effective.on <= as_at]
    if begun:
        return max(begun, key=lambda fact: (fact.effective.on, fact.order))
    later = [fact.effective for fact in facts if fact.effective.on > as_at]
    first = min(later, default=None)
    return NotKnown(first) if first is not None and first.is_by else None
