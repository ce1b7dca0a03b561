"""What changed since the last market update, against comparing the two whole tables."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from alignment.database import Engine, reading
from alignment.domain.programme import differences
from alignment.queries.status import status_page, status_rows

AGE = timedelta(days=365)


@pytest.mark.parametrize("day", ["2024-09-30", "2024-10-01", "2025-10-15", "2025-10-16", "2026-11-21"])
def test_what_changed_is_what_differs_between_the_two_tables(seeded_engine: Engine, day: str) -> None:
    as_at = date.fromisoformat(day)
    with reading(seeded_engine) as connection:
        page = status_page(connection, as_at=as_at, policy_age=AGE)
        assert page.last is not None
        before = status_rows(connection, as_at=page.last.as_at, policy_age=AGE)
        after = status_rows(connection, as_at=as_at, policy_age=AGE)
    expected = differences([(row.id, row.state) for row in before], [(row.id, row.state) for row in after])
    told = [(row.id, each.what, each.before, each.after) for row, changes in page.changes for each in changes]
    assert told == [(each.programme, each.what, each.before, each.after) for each in expected]


def test_the_recognition_of_october_2025_is_a_change(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        page = status_page(connection, as_at=date(2025, 10, 16), policy_age=AGE)
    assert len(page.changes) == 1
