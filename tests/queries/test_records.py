"""What is read of one programme with its texts says the same as what is read of all for the table."""

from __future__ import annotations

from dataclasses import astuple
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from alignment.database import reading
from alignment.domain.programme import Held
from alignment.queries.facts import programmes
from alignment.queries.held import held
from alignment.queries.record_rows import read_records
from tests.conftest import NOW


def said(facts: Held) -> tuple[object, ...]:
    """The facts whatever their order."""
    return tuple(sorted(map(repr, each)) if isinstance(each, tuple) else each for each in astuple(facts))


@pytest.mark.parametrize("known_at", [None, NOW, NOW - timedelta(days=1)])
@pytest.mark.parametrize("example", [False, True])
def test_the_records_of_a_programme_hold_the_facts_that_the_table_is_derived_from(
    example_engine: Engine, example: bool, known_at: datetime | None
) -> None:
    with reading(example_engine) as connection:
        rows = programmes(connection, example=example)
        facts = held(connection, rows, known_at)
        assert any(each.decisions for each in facts.values()) is (known_at is None or known_at >= NOW)
        for row in rows:
            records = read_records(connection, row.id, known_at)
            assert records is not None
            assert said(records.held) == said(facts[row.id]), row.id
