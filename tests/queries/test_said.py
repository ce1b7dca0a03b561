"""What texts of kept records said on a day, in SQL as in the domain; on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

from sqlmodel import Session, select

from alignment.domain.kept import KeptChange, said_on
from alignment.queries.said import said
from alignment.tables import KeptChange as Row
from alignment.tables import Organisation

FIRST = datetime(2026, 1, 10, 12, tzinfo=UTC)


def test_sql_says_what_the_domain_says_of_any_day_and_moment(session: Session) -> None:
    chance = Random(52)
    for number in range(12):
        changes = []
        for at in range(chance.randrange(5)):
            since = date(2025, 1, 1 + chance.randrange(9)) if chance.random() < 0.7 else None
            changes.append(KeptChange(f"{at}", f"{at + 1}", since, FIRST + timedelta(hours=at)))
            session.add(
                Row(subject=f"organisation:o-{number}", field="name", number=at + 1, before=f"{at}", after=f"{at + 1}",
                    effective_on=since, recorded_at=changes[-1].learned)
            )  # fmt: skip
        session.add(Organisation(id=f"o-{number}", name=f"{len(changes)}", kind="company"))
        session.flush()
        for day in (None, *(date(2025, 1, 1) + timedelta(days=by) for by in range(-1, 10))):
            for moment in (None, *(FIRST + timedelta(hours=by) for by in range(-1, 5))):
                column = said(Organisation, "name", day, moment)
                told = session.exec(select(column).where(Organisation.id == f"o-{number}")).one()
                assert told == (said_on(changes, day or date.max, moment) if changes else "0"), (number, day, moment)
