"""The fields of a form, read one by one: what cannot be read leaves a sentence beside its field."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from alignment.domain.when import When, parse_when
from alignment.web.forms import EARLIEST, LATEST
from alignment.web.sessions import Posted

T = TypeVar("T")

NEVER = date.min
"""What stands for a day that could not be read; the form is refused because of it."""


def number(said: str) -> int:
    """A version as a form carries it; 0 for anything that is none."""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


class Fields:
    """A form that is being read; ``faults`` holds a sentence for each field that does not say what it takes."""

    def __init__(self, posted: Posted) -> None:
        self.posted = posted
        self.faults: dict[str, str] = dict(posted.faults)

    def text(self, name: str) -> str:
        return self.posted.get(name, "").strip()

    def number(self, name: str) -> int:
        """A version; 0 for anything that is none."""
        return number(self.text(name))

    def day(self, name: str) -> date:
        """A day that is needed."""
        said = self.text(name)
        if not said:
            self.faults[name] = "This day is needed: write it as 2026-12-01."
            return NEVER
        return self._day(name, said)

    def perhaps_day(self, name: str) -> date | None:
        """A day or none."""
        said = self.text(name)
        return self._day(name, said) if said else None

    def when(self, name: str) -> When:
        """A date as exactly as it is known; it is needed."""
        return self.perhaps_when(name) or self._missing(name)

    def perhaps_when(self, name: str) -> When | None:
        """A date as exactly as it is known, or none."""
        said = self.text(name)
        if not said:
            return None
        try:
            found = parse_when(said)
        except ValueError as error:
            self.faults[name] = f"{str(error)[:200]}."
            return When(NEVER)
        return When(self._within(name, found.on), found.precision)

    def word(self, name: str, words: dict[str, T], sentence: str) -> T:
        """One of the words; where it is none of them the first one stands in, and the form is refused."""
        said = self.text(name)
        if said not in words:
            self.faults[name] = sentence
        return words.get(said, next(iter(words.values())))

    def _missing(self, name: str) -> When:
        self.faults.setdefault(name, "This date is needed: write 2026-12-01, 2022-08, 2021 or by 2024-09-30.")
        return When(NEVER)

    def _day(self, name: str, said: str) -> date:
        try:
            return self._within(name, date.fromisoformat(said))
        except ValueError:
            self.faults[name] = f"“{said[:40]}” is no day: write it as 2026-12-01."
            return NEVER

    def _within(self, name: str, day: date) -> date:
        if not EARLIEST <= day <= LATEST:
            self.faults[name] = f"A day between {EARLIEST} and {LATEST} is wanted, not {day}."
            return NEVER
        return day
