"""Corrective actions as the working pages show them: a list and a board."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from alignment.domain.action import ActionState, Timing, timing
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Someone, why_not
from alignment.domain.when import holding
from alignment.tables.undertaken import Undertaken, read_actions


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked to see; empty means everything."""

    programme: str = ""
    owner: str = ""
    state: str = ""
    due: str = ""

    @property
    def chosen(self) -> bool:
        return bool(self.programme or self.owner or self.state or self.due)


DUE = {
    "overdue": "Overdue",
    "soon": "Due within 30 days",
    "unconfirmed": "Unconfirmed",
    "none": "No due date set",
}
OPEN = "open"
STATES = {OPEN: "Open, in any state", **{state.value: state.label for state in ActionState}}


@dataclass(frozen=True, slots=True)
class Line:
    """An action in a list: where it stands, and what its dates say."""

    action: Undertaken
    timing: Timing
    since: date

    @property
    def state(self) -> ActionState:
        return self.action.state

    @property
    def address(self) -> str:
        return f"/actions/{self.action.id}"


@dataclass(frozen=True, slots=True)
class Column:
    """One state of the board with the actions in it, what is due first at the top."""

    state: ActionState
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ActionsPage:
    """The actions that somebody may see, those that were asked for, and how many were open over time."""

    lines: tuple[Line, ...]
    in_all: int
    overdue: int
    filters: Filters
    programmes: tuple[tuple[str, str], ...]
    owners: tuple[tuple[str, str], ...]
    quarters: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def board(self) -> tuple[Column, ...]:
        """The actions by state, in the order in which states follow one another."""
        return tuple(
            Column(state, tuple(sorted((line for line in self.lines if line.state is state), key=_by_due)))
            for state in ActionState
        )


def actions_page(connection: Connection, someone: Someone, filters: Filters, now: datetime) -> ActionsPage:
    """Every action that somebody may see, narrowed to what they asked for: two queries."""
    today = now.date()
    seen = [
        action for action in read_actions(connection, now) if why_not(someone, Do.SEE_ACTION, action.matter()) is None
    ]
    lines = [_line(action, today) for action in seen]
    shown = [each for each in lines if _fits(each, filters, today)]
    return ActionsPage(
        lines=tuple(shown),
        in_all=len(lines),
        overdue=sum(each.timing is Timing.OVERDUE for each in lines),
        filters=filters,
        programmes=tuple({each.programme: each.programme_name for each in seen}.items()),
        owners=tuple(sorted({each.owner: each.owner_name for each in seen if each.owner}.items())),
        quarters=tuple(quarters([each.action for each in shown], today)),
    )


def _line(action: Undertaken, today: date) -> Line:
    """An action as a list shows it on a day."""
    says = timing(state=action.state, due=action.due_on, expected=action.expected_on, as_at=today)
    return Line(action, says, action.steps[-1].effective.on)


def _by_due(line: Line) -> tuple[bool, date, str]:
    return (line.action.due_on is None, line.action.due_on or date.max, line.action.id)


def _fits(line: Line, filters: Filters, today: date) -> bool:
    action = line.action
    left = (action.due_on - today).days if action.due_on else None
    due = {
        "": True,
        "overdue": line.timing is Timing.OVERDUE,
        "unconfirmed": line.timing is Timing.UNCONFIRMED,
        "none": action.due_on is None,
        "soon": left is not None and 0 <= left <= 30 and line.state.is_open,
    }
    state = line.state.is_open if filters.state == OPEN else filters.state in ("", line.state.value)
    return (
        filters.programme in ("", action.programme)
        and filters.owner in ("", action.owner)
        and state
        and due[filters.due]
    )


QUARTERS = 8


def quarters(actions: Sequence[Undertaken], today: date) -> Iterable[tuple[str, tuple[int, ...]]]:
    """How many actions were proposed or agreed, under way, implemented and verified at the end of each quarter.

    The last one is today. Nothing where no action had begun.
    """
    ends = _quarter_ends(today)
    for label, on in ends:
        counts = Counter(_bucket(action, on) for action in actions)
        yield label, tuple(counts[number] for number in range(4))


def _quarter_ends(today: date) -> list[tuple[str, date]]:
    first = (today.month - 1) // 3
    ends = [(f"{today.year} Q{first + 1}", today)]
    year, quarter = today.year, first
    while len(ends) < QUARTERS:
        if quarter == 0:
            year, quarter = year - 1, 4
        end = date(year, quarter * 3, {1: 31, 2: 30, 3: 30, 4: 31}[quarter])
        ends.append((f"{year} Q{quarter}", end))
        quarter -= 1
    return ends[::-1]


_BUCKETS = {
    ActionState.PROPOSED: 0,
    ActionState.AGREED: 0,
    ActionState.UNDER_WAY: 1,
    ActionState.INEFFECTIVE: 1,
    ActionState.IMPLEMENTED: 2,
    ActionState.VERIFIED: 3,
}


def _bucket(action: Undertaken, on: date) -> int | None:
    step = holding(action.fact().steps, on)
    state = getattr(step, "state", None)
    return _BUCKETS.get(state) if state else None
