"""What a field of a kept record said on a day, as known at a moment: its value, and the changes that led to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from alignment.domain.frozen import dataclass
from alignment.domain.keeping import Noun, Values


@dataclass(frozen=True, slots=True)
class KeptChange:
    """A field said one thing and was changed to say another, as the register learned at a moment.

    ``since`` is the day from which the new value holds; None where it was always so, and a mistake was put right.
    """

    before: Any
    after: Any
    since: date | None
    learned: datetime

    def holds(self, day: date, known_at: datetime | None) -> bool:
        """Whether the new value holds on a day, as known at a moment; None is all that is known."""
        return (known_at is None or self.learned <= known_at) and (self.since is None or self.since <= day)


def said_on(changes: Sequence[KeptChange], day: date, known_at: datetime | None) -> Any:
    """What a field said on a day: the newest change that holds says it, and before all of them the first one.

    ``changes`` are those of one field in the order in which they were learned, one at least. One that is learned later
    takes, from its day on, the place of all before it.
    """
    newest = next((each for each in reversed(changes) if each.holds(day, known_at)), None)
    return newest.after if newest else changes[0].before


def changed_values(noun: Noun, before: Values, after: Values) -> Mapping[str, tuple[Any, Any]]:
    """What fields said and say now, of those whose earlier values are kept with their days."""
    return {
        field.name: (before[field.name], after[field.name])
        for field in noun.dated
        if before[field.name] != after[field.name]
    }


def why_not_since(since: date | None, today: date) -> str:
    """Why a change cannot hold from a day; empty where it can."""
    if since is not None and since > today:
        return "A change is entered from the day on which it holds: that day is still to come."
    return ""
