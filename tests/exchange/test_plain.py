"""Page data as plain JSON values: exact, ordered, and nothing invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction

import pytest

from alignment.domain.catalogue import Part
from alignment.domain.rating import Level
from alignment.domain.when import parse_when
from alignment.exchange.plain import plain


@dataclass(frozen=True)
class Told:
    """A page of one line."""

    level: Level | None
    counts: dict[Part, int]


def test_a_frozen_page_becomes_an_object_under_its_own_names() -> None:
    page = Told(Level.NOT_APPLICABLE, {Part.STANDARDS: 88})
    assert plain((page, Told(None, {}))) == [
        {"level": "not_applicable", "counts": {"standards": 88}},
        {"level": None, "counts": {}},
    ]


@pytest.mark.parametrize("said", ["2025-10-16", "2022-08", "2021", "by 2024-09-30"])
def test_a_date_is_written_as_exactly_as_it_is_known(said: str) -> None:
    assert plain(parse_when(said)) == said


def test_days_moments_and_shares_are_exact() -> None:
    noon = datetime(2026, 11, 21, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    assert plain([date(2024, 9, 30), noon, Fraction(10, 12), Fraction(2), True, 0]) == [
        "2024-09-30", "2026-11-21T12:00:00Z", "5/6", "2/1", True, 0,
    ]  # fmt: skip
    assert plain(noon.astimezone(UTC)) == plain(noon)


def test_a_set_has_one_order() -> None:
    assert plain(frozenset({"tin", "copper", "zinc"})) == ["copper", "tin", "zinc"]


@pytest.mark.parametrize("value", [0.5, b"bytes", object()])
def test_what_no_page_holds_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="has no form in JSON"):
        plain(value)
