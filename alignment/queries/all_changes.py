"""What changed between two days in all programmes, and the facts that took effect in between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from alignment.domain.frozen import dataclass
from alignment.domain.learned import tick
from alignment.domain.news import News
from alignment.domain.programme import Course
from alignment.domain.when import apart
from alignment.queries.facts import ProgrammeRow, named_on
from alignment.queries.feed import news
from alignment.queries.programme_changes import AGE, Change, renamed, said_age, state_matters
from alignment.queries.status import StatusFacts


@dataclass(frozen=True, slots=True)
class ProgrammeChanges:
    """What one programme's status says differently, and the facts behind it, in order of time.

    ``first_seen`` are those that began on an unknown earlier day.
    """

    programme: ProgrammeRow
    changes: tuple[Change, ...]
    facts: tuple[News, ...]
    first_seen: tuple[News, ...]

    @property
    def only_aged(self) -> bool:
        """Whether nothing changed but the age of the status."""
        return not (self.facts or self.first_seen) and [each.matter for each in self.changes] == [AGE]

    @property
    def nothing(self) -> bool:
        return not (self.changes or self.facts or self.first_seen)


@dataclass(frozen=True, slots=True)
class AllChanges:
    """The programmes that changed between two days, in the order of print, and the market updates in between."""

    before: date
    after: date
    known_at: datetime | None
    programmes: tuple[ProgrammeChanges, ...]
    unchanged: tuple[ProgrammeRow, ...]
    publications: tuple[News, ...]


def all_changes(
    connection: Connection,
    read: StatusFacts,
    before: date,
    after: date,
    *,
    known_at: datetime | None,
    policy_age: timedelta,
) -> AllChanges:
    """The changes of every programme of the register between two days: six queries."""
    rows = named_on(read.named, after, known_at)
    printed = {row.id: row.name for row in named_on(read.named, before, known_at)}
    known = tick(known_at) if known_at else None
    facts: dict[str, list[News]] = defaultdict(list)
    for each in reversed(news(connection, after=before, as_at=after, known_at=known_at, most=None)):
        facts[each.programme].append(each)
    found = [
        ProgrammeChanges(
            row,
            (
                *renamed(printed.get(row.id, row.name), row.name),
                *_changes(row, read.courses[row.id], before, after, known, policy_age),
            ),
            *apart(facts[row.id], lambda each: each.effective),
        )
        for row in rows
    ]
    return AllChanges(
        before=before,
        after=after,
        known_at=known_at,
        programmes=tuple(each for each in found if not each.nothing),
        unchanged=tuple(each.programme for each in found if each.nothing),
        publications=tuple(facts[""]),
    )


def _changes(
    row: ProgrammeRow, course: Course, before: date, after: date, known: int | None, policy_age: timedelta
) -> Iterator[Change]:
    """What is said otherwise on the second day; most programmes hold no fact between the two."""
    seen = course.seen(known)
    if course.differs(before, after, seen):
        # Where no recognition was ever held, both days say so: there is no change to tell.
        was, now = (dict(state_matters(course.on(day, seen), row.route, recognised=True)) for day in (before, after))
        yield from (Change(matter, was[matter], said) for matter, said in now.items() if was[matter] != said)
    last = course.last_report(after, seen)
    earlier = course.last_report(before, seen) if last and last > before else last
    ages = said_age(earlier, before, policy_age), said_age(last, after, policy_age)
    if ages[0] != ages[1]:
        yield Change(AGE, *ages)
