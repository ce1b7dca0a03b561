"""What changed since the last market update, against comparing the two whole tables."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from alignment.database import Engine, reading
from alignment.domain.programme import differences
from alignment.queries.feed import news
from alignment.queries.status import status_page, status_rows
from alignment.tables import Decision
from tests.conftest import NOW
from tests.queries.test_coverage import MEMO, add, fact

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


def test_a_fact_is_told_of_its_own_days_until_the_moment_at_which_one_of_another_day_corrects_it(
    seeded_engine: Engine,
) -> None:
    corrected = NOW + timedelta(hours=1)
    entered = Decision(id="one", programme_id="jdds-rmap", act="suspended", **fact(effective_on=date(2020, 5, 1)))
    later = fact(effective_on=date(2022, 5, 1), corrects="one", recorded_at=corrected)
    add(seeded_engine, entered, Decision(id="two", programme_id="jdds-rmap", act="suspended", **later))
    with reading(seeded_engine) as connection:
        for days in ((date(2020, 4, 30), date(2020, 5, 1)), (date(2022, 4, 30), date(2022, 5, 1)), (date.min, MEMO)):
            for known_at in (NOW, corrected, None):
                told = news(connection, after=days[0], as_at=days[1], known_at=known_at, most=None)
                every = news(connection, known_at=known_at, most=None)
                assert told == tuple(each for each in every if days[0] < each.effective.on <= days[1])
                wanted = "decision:one" if known_at == NOW else "decision:two"
                assert [each.record for each in every if each.record in ("decision:one", "decision:two")] == [wanted]
