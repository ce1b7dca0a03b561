"""Reminders: what falls due for somebody, and which of the reminders about it is the one to give on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from alignment.domain.frozen import dataclass
from alignment.domain.when import Precision, When, say_day

STAGES = (30, 7, 1, -1, -7, -30)
"""Days before the day that something is due; below zero: days after it."""


NEWS_DAYS = 30
"""For so many days a change is news."""


class DueKind(StrEnum):
    """What falls due."""

    ACTION = "action"
    MILESTONE = "milestone"
    PART = "part"
    EVIDENCE = "evidence"
    NOTICE = "notice"
    CERTIFICATE = "certificate"
    REPORT = "report"
    CHANGE = "change"

    @property
    def label(self) -> str:
        return {
            "action": "Corrective action",
            "milestone": "Milestone",
            "part": "Planned work on a part",
            "evidence": "Evidence that expires",
            "notice": "Advance notice under embargo",
            "certificate": "Certificate that expires",
            "report": "Yearly report",
            "change": "A change in what you rely on",
        }[self.value]

    @property
    def expires(self) -> bool:
        """Whether it ends by itself on its day, and is not something to be done by then."""
        return self in (DueKind.EVIDENCE, DueKind.CERTIFICATE)


@dataclass(frozen=True, slots=True)
class Due:
    """Something that falls due on a day, or a change that takes effect on it. ``subject`` names it for ever.

    ``address`` is the path of its page; ``about`` says whose or which it is. Of a change, ``recorded`` is the day on
    which the register learned of it, where that is another, and ``precision`` how exactly its own day is known.
    """

    kind: DueKind
    subject: str
    title: str
    on: date
    address: str
    about: str = ""
    recorded: date | None = None
    precision: Precision = Precision.DAY

    @property
    def learned(self) -> date:
        """From which day it can be told."""
        return self.recorded or self.on

    @property
    def late(self) -> str:
        """When it was recorded, in words, where that is not the day on which it takes effect; else nothing."""
        return "" if self.learned == self.on else f"recorded on {say_day(self.learned)}"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder to be given: what is due, and which of the six it is."""

    due: Due
    stage: int


def stage(due_on: date, today: date) -> int | None:
    """Which reminder stands on a day: the newest that was reached; None more than thirty days before.

    So a day on which none went out costs nothing: the next run gives the one that stands then, and only that.
    """
    left = (due_on - today).days
    return min((each for each in STAGES if left <= each), default=None)


def news(learned_on: date, today: date) -> int | None:
    """A change is told once, at any time within thirty days of the day it was learned; None before and after."""
    return 0 if 0 <= (today - learned_on).days <= NEWS_DAYS else None


def standing(matters: Iterable[Due], today: date) -> list[Reminder]:
    """The reminders that stand on a day, what is due first at the top."""
    stages = (
        (due, news(due.learned, today) if due.kind is DueKind.CHANGE else stage(due.on, today)) for due in matters
    )
    found = [Reminder(due, at) for due, at in stages if at is not None]
    return sorted(found, key=lambda each: (each.due.on, each.due.kind, each.due.title, each.due.subject))


def say_left(due_on: date, today: date) -> str:
    """How far away a day is: in 7 days, tomorrow, today, 3 days ago."""
    left = (due_on - today).days
    match left:
        case 0:
            return "today"
        case 1:
            return "tomorrow"
        case -1:
            return "yesterday"
    return f"in {left} days" if left > 0 else f"{-left} days ago"


def say(due: Due, today: date) -> str:
    """When something is due, in words: due in 7 days, on 21 November 2026; or from when a change holds."""
    if due.kind is DueKind.CHANGE:
        holds = When(due.on, due.precision)
        begins = str(holds) if holds.is_by else f"{'from' if due.on > today else 'since'} {holds}"
        return f"{begins}, {due.late}" if due.late else begins
    verb = "expires" if due.kind.expires else "due"
    if due.on < today:
        verb = "expired" if due.kind.expires else "was due"
    return f"{verb} {say_left(due.on, today)}, on {say_day(due.on)}"
