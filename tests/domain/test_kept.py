"""What a field of a kept record said on a day, as known at a moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.keeping import METALS, ORGANISATIONS, PROGRAMMES
from alignment.domain.kept import KeptChange, changed_values, said_on, why_not_since

FIRST = datetime(2026, 1, 10, 12, tzinfo=UTC)
JUNE = date(2025, 6, 1)
CHANGED = KeptChange("old", "new", JUNE, FIRST)
PUT_RIGHT = KeptChange("nwe", "new", None, FIRST)


def later(days: int) -> datetime:
    return FIRST + timedelta(days=days)


@pytest.mark.parametrize(
    ("changes", "day", "known_at", "said"),
    [
        ([CHANGED], JUNE, None, "new"),
        ([CHANGED], date(2025, 5, 31), None, "old"),
        ([CHANGED], JUNE, FIRST, "new"),
        ([CHANGED], JUNE, later(-1), "old"),
        ([PUT_RIGHT], date.min, None, "new"),
        ([PUT_RIGHT], date.max, later(-1), "nwe"),
        # What is learned later takes, from its day on, the place of all before it.
        ([CHANGED, KeptChange("new", "newer", date(2025, 1, 1), later(1))], JUNE, None, "newer"),
        ([CHANGED, KeptChange("new", "newer", date(2025, 1, 1), later(1))], date(2024, 12, 31), None, "old"),
        ([CHANGED, KeptChange("new", "newer", date(2025, 1, 1), later(1))], JUNE, FIRST, "new"),
        ([CHANGED, KeptChange("new", "newer", date(2026, 1, 1), later(1))], date(2025, 12, 31), None, "new"),
        ([CHANGED, KeptChange("new", "other", None, later(1))], date(2025, 1, 1), None, "other"),
    ],
)
def test_a_field_says_what_held_on_the_day_as_known_at_the_moment(
    changes: list[KeptChange], day: date, known_at: datetime | None, said: str
) -> None:
    assert said_on(changes, day, known_at) == said


days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(st.lists(st.none() | days, min_size=1, max_size=8), days, st.integers(-1, 8))
def test_what_was_known_at_a_moment_is_what_would_be_said_if_nothing_had_been_learned_since(
    since: list[date | None], day: date, known: int
) -> None:
    changes = [KeptChange(at, at + 1, each, later(at)) for at, each in enumerate(since)]
    known_then = [each for each in changes if each.learned <= later(known)]
    assert said_on(changes, day, later(known)) == (said_on(known_then, day, None) if known_then else 0)
    assert said_on(changes, date.max, None) == len(changes), "today it is what the record says itself"


def test_of_fields_that_are_dated_alone_it_is_kept_what_they_said() -> None:
    said = {field.name: "" for field in ORGANISATIONS.fields}
    assert changed_values(ORGANISATIONS, said, {**said, "name": "New", "address": "https://new.example"}) == {
        "name": ("", "New")
    }
    assert changed_values(METALS, {"name": "Copper"}, {"name": "Kupfer"}) == {}


def test_a_form_says_of_which_fields_it_is_kept_what_they_said() -> None:
    assert ORGANISATIONS.dated_said == "Asked for name. Every other field shows the same on all days."
    assert PROGRAMMES.dated_said.startswith("Asked for short name; metals, as printed; metals, one by one;")


def test_a_change_does_not_hold_from_a_day_that_is_still_to_come() -> None:
    assert why_not_since(JUNE, JUNE) == ""
    assert why_not_since(None, JUNE) == ""
    assert "still to come" in why_not_since(JUNE + timedelta(days=1), JUNE)
