"""A programme over the years: what was in force from when to when, derived day by day as the domain derives it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise

from alignment.domain.action import Actions
from alignment.domain.assessment import Route
from alignment.domain.catalogue import PRIMARY, Part
from alignment.domain.frozen import dataclass
from alignment.domain.programme import Held, State, state
from alignment.domain.when import NotKnown, When, holding
from alignment.queries.status import part_cell

YEARS = 4  # how far a timeline reaches back at least
DAY = timedelta(days=1)
UNFADED = ("unknown", "na")  # what is not known cannot grow old


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a lane in one tone; ``stale`` where the last report had passed the policy age."""

    tone: str
    since: date
    until: date
    stale: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """One matter over time, with the word that holds at its end."""

    matter: str
    now: str
    spans: tuple[Span, ...]

    @property
    def label(self) -> str:
        """What stands over the lane: *LME approval: conditionally approved*."""
        return f"{self.matter}: {self.now[0].lower()}{self.now[1:]}"


@dataclass(frozen=True, slots=True)
class StaleTime:
    """A time without a newer report: from a day on, until the next report came or, with None, to the end."""

    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The same in words, for the table beside: ``began`` is as exact as it is known, None before the first fact."""

    matter: str
    word: str
    tone: str
    began: When | None
    ended: When | None
    stale: tuple[StaleTime, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The lanes, their bounds, and the same content as rows."""

    start: date
    end: date
    lanes: tuple[Lane, ...]
    rows: tuple[Stretch, ...]


Say = Callable[[State, date], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Matter:
    """What a lane is about: how a state is said in word and tone, and the dates of its facts."""

    name: str
    say: Say
    dates: tuple[When, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    word: str
    tone: str
    stale: bool
    since: date
    until: date


def timeline(held: Held, as_at: date, policy_age: timedelta) -> Timeline:
    """The years up to a date. What a fact changes on a day is seen by asking the domain for the state on it."""
    matters = _matters(held)
    begun = [when.on for matter in matters for when in matter.dates if when.on <= as_at]
    start = date(min([as_at.year - YEARS, *(day.year for day in begun)]), 1, 1)
    days = [*_turning_days(held, matters, start, as_at, policy_age), as_at + DAY]
    states = {day: state(held, day) for day in days[:-1]}
    lanes, rows = [], []
    for matter in matters:
        pieces = [_piece(matter, states[day], day, until, policy_age) for day, until in pairwise(days)]
        lanes.append(Lane(matter.name, pieces[-1].word, tuple(_spans(pieces))))
        rows += _stretches(matter, pieces)
    return Timeline(start, date(as_at.year + 1, 1, 1), tuple(lanes), tuple(rows))


def _turning_days(
    held: Held, matters: Sequence[_Matter], start: date, as_at: date, policy_age: timedelta
) -> list[date]:
    """The days on which something can begin to be otherwise."""
    turning = {start}
    turning |= {when.on for matter in matters for when in matter.dates}
    turning |= {day + DAY for action in held.actions for day in (action.due, action.expected) if day}
    turning |= {day + policy_age + DAY for day in held.reported} | set(held.reported)
    return sorted(day for day in turning if start <= day <= as_at)


def _matters(held: Held) -> list[_Matter]:
    matters = [_Matter("LME approval", _approval, tuple(each.effective for each in held.decisions))]
    if held.route is Route.EQUIVALENCE or held.recognitions:
        matters.append(_Matter("Recognition", _recognition(held), tuple(e.effective for e in held.recognitions)))
    if held.route is Route.OECD:
        matters += [_Matter(f"{part.label} part", _part(part), _part_dates(held, part)) for part in PRIMARY]
    if held.actions:
        steps = tuple(step.effective for action in held.actions for step in action.steps)
        matters.append(_Matter("Corrective actions", _actions(held), steps))
    return matters


def _part_dates(held: Held, part: Part) -> tuple[When, ...]:
    told = [each.effective for each in held.progress if each.part is part]
    return (*told, *(each.effective for each in held.results if each.scope.value == part.value))


def _approval(found: State, on: date) -> tuple[str, str]:
    return found.standing.approval.label, found.standing.approval.tone


def _part(part: Part) -> Say:
    def say(found: State, on: date) -> tuple[str, str]:
        cell = part_cell(part, found.parts[part])
        result = found.parts[part].result
        return (result.label if result else cell.label), cell.tone

    return say


def _recognition(held: Held) -> Say:
    tones = {"awaited": "open", "recognised": "full", "refused": "not", "withdrawn": "not"}

    def say(found: State, on: date) -> tuple[str, str]:
        if found.recognition is None:
            return found.recognition_said, "na" if found.recognition_known else "unknown"
        return found.recognition_said, tones[found.recognition.value]

    return say


def _actions(held: Held) -> Say:
    def say(found: State, on: date) -> tuple[str, str]:
        if found.overdue:
            return "Overdue", "not"
        if found.unconfirmed:
            return "Unconfirmed", "unknown"
        if found.actions is Actions.OPEN:
            return "Open", "part"
        if found.actions is Actions.VERIFIED:
            return "All verified", "full"
        unknown = any(isinstance(holding(action.steps, on), NotKnown) for action in held.actions)
        return ("Not known", "unknown") if unknown else ("None agreed", "na")

    return say


def _piece(matter: _Matter, found: State, day: date, until: date, policy_age: timedelta) -> _Piece:
    word, tone = matter.say(found, day)
    old = found.last_report is not None and day > found.last_report + policy_age
    return _Piece(word, tone, old and tone not in UNFADED, day, until)


def _spans(pieces: Iterable[_Piece]) -> Iterable[Span]:
    for (tone, stale), run in groupby(pieces, key=lambda piece: (piece.tone, piece.stale)):
        same = list(run)
        yield Span(tone, same[0].since, same[-1].until, stale)


def _stretches(matter: _Matter, pieces: Sequence[_Piece]) -> list[Stretch]:
    """The pieces of one word each, with their beginnings as exactly as the facts have them."""
    exact: dict[date, When] = {}
    for when in matter.dates:
        if when.on not in exact or not when.is_by:
            exact[when.on] = when
    runs = [list(run) for _, run in groupby(pieces, key=lambda piece: (piece.word, piece.tone))]
    begins = [exact.get(run[0].since) or (When(run[0].since) if nth else None) for nth, run in enumerate(runs)]
    ends = [*begins[1:], None]
    return [
        Stretch(matter.name, run[0].word, run[0].tone, began, ended, tuple(_stale_times(run, pieces[-1])))
        for run, began, ended in zip(runs, begins, ends, strict=True)
    ]


def _stale_times(run: Sequence[_Piece], last: _Piece) -> Iterable[StaleTime]:
    for stale, pieces in groupby(run, key=lambda piece: piece.stale):
        same = list(pieces)
        if stale:
            yield StaleTime(same[0].since, None if same[-1] is last else same[-1].until)
