"""Dates with a precision, ages in words, and which fact holds on a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.when import (
    NotKnown,
    Precision,
    When,
    apart,
    holding,
    parse_moment,
    parse_when,
    say_age,
    say_day,
    why_not_then,
)


def test_what_began_is_told_apart_from_what_was_first_seen() -> None:
    days = [parse_when(said) for said in ("by 2024-09-30", "2024-10", "2024-09-29", "by 2023-04-18")]
    began, seen = apart(days, lambda day: day)
    assert [day.iso() for day in began] == ["2024-09-29", "2024-10"]
    assert [day.iso() for day in seen] == ["by 2023-04-18", "by 2024-09-30"]


@dataclass(frozen=True)
class Fact:
    effective: When
    order: int = 0
    name: str = ""


@pytest.mark.parametrize(
    ("text", "on", "precision", "said"),
    [
        ("2025-10-16", date(2025, 10, 16), Precision.DAY, "16 October 2025"),
        ("2022-08", date(2022, 8, 1), Precision.MONTH, "August 2022"),
        ("2021", date(2021, 1, 1), Precision.YEAR, "2021"),
        ("by 2024-09-30", date(2024, 9, 30), Precision.BY, "by September 2024"),
    ],
)
def test_a_date_is_read_and_said_with_its_precision(text: str, on: date, precision: Precision, said: str) -> None:
    when = parse_when(text)
    assert (when.on, when.precision) == (on, precision)
    assert str(when) == said
    assert when.iso() == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no date"),
        ("soon", "no date"),
        ("2024-9-1", "no date"),
        ("2024-02-30", "no day of the calendar"),
        ("2024-13", "no day of the calendar"),
        ("by 2024-09", "needs a day"),
    ],
)
def test_what_is_no_date_is_refused_with_a_sentence(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_when(text)


@given(st.dates(min_value=date(1990, 1, 1)), st.sampled_from(Precision))
def test_what_is_written_is_read_back(on: date, precision: Precision) -> None:
    written = When(on, precision).iso()
    assert parse_when(written).iso() == written


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (date(2024, 9, 30), date(2024, 9, 30), "today"),
        (date(2024, 9, 29), date(2024, 9, 30), "1 day"),
        (date(2024, 9, 1), date(2024, 9, 30), "29 days"),
        (date(2024, 9, 30), date(2024, 10, 30), "1 month"),
        (date(2022, 8, 1), date(2024, 9, 30), "2 years, 1 month"),
        (date(2023, 9, 30), date(2024, 9, 30), "1 year"),
        (date(2024, 10, 1), date(2024, 9, 30), "not yet begun"),
    ],
)
def test_ages_are_said_in_whole_years_and_months(since: date, until: date, said: str) -> None:
    assert say_age(since, until) == said


def test_a_day_is_said_in_words() -> None:
    assert say_day(date(2026, 11, 21)) == "21 November 2026"


def test_the_last_fact_that_has_begun_holds() -> None:
    facts = [Fact(parse_when("2021-12-16"), name="first"), Fact(parse_when("2023-01"), name="second")]
    assert holding(facts, date(2022, 6, 1)) is facts[0]
    assert holding(facts, date(2023, 1, 1)) is facts[1]


def test_facts_of_one_day_hold_in_their_order() -> None:
    facts = [Fact(parse_when("by 2024-09-30"), 2), Fact(parse_when("by 2024-09-30"), 1)]
    assert holding(facts, date(2024, 9, 30)) is facts[0]


def test_before_a_by_date_with_nothing_earlier_the_matter_is_not_known() -> None:
    by = parse_when("by 2024-09-30")
    assert holding([Fact(by)], date(2024, 9, 29)) == NotKnown(by)


def test_before_a_by_date_the_last_known_fact_stands() -> None:
    facts = [Fact(parse_when("2021-12-16")), Fact(parse_when("by 2024-09-30"))]
    assert holding(facts, date(2023, 1, 1)) is facts[0]


def test_before_an_exact_date_the_matter_is_known_not_to_have_begun() -> None:
    assert holding([Fact(parse_when("2023-04-18"))], date(2023, 1, 1)) is None
    assert holding([], date(2023, 1, 1)) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T14:00:00Z", datetime(2026, 11, 21, 14, tzinfo=UTC)),
        ("2026-11-21 14:00", datetime(2026, 11, 21, 14, tzinfo=UTC)),
        ("2026-11-21T14:00+09:00", datetime(2026, 11, 21, 5, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 21, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("20261121", datetime(2026, 11, 21, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("9999-12-31", datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_a_moment_is_in_utc_and_a_day_stands_for_its_end(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize("text", ["", "noon", "2026-11-31", "2026-11-21T25:00", "0001-01-01T00:00+14:00"])
def test_a_moment_that_is_none_is_refused(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        parse_moment(text)


# --- what a source can tell ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ("2024-02-03", date(2024, 2, 3)),
        ("2024-02", date(2024, 2, 29)),
        ("2024-12", date(2024, 12, 31)),
        ("2024", date(2024, 12, 31)),
        ("by 2024-09-30", date(2024, 9, 30)),
    ],
)
def test_the_last_day_that_a_date_can_mean(said: str, last: date) -> None:
    assert parse_when(said).last == last


@pytest.mark.parametrize(
    ("effective", "announced", "source", "fault"),
    [
        ("2022-08", None, "2022-08", ""),
        ("2022-08-31", None, "2022-08", ""),
        ("by 2024-09-30", None, "2024", ""),
        ("2025-01-01", date(2024, 9, 2), "2024-09", ""),
        ("2032-08", None, "2022-08", "effective: 2032-08 lies after the day of its source (2022-08): "),
        ("2024-09-02", None, "2024-09-01", "effective: 2024-09-02 lies after the day of its source (2024-09-01): "),
        ("2024-09", date(2031, 1, 1), "2024-09", "announced: 2031-01-01 lies after the day of its source (2024-09): "),
    ],
)
def test_a_source_tells_of_nothing_that_is_later_than_itself(
    effective: str, announced: date | None, source: str, fault: str
) -> None:
    said = why_not_then(parse_when(effective), announced, parse_when(source))
    assert said.startswith(fault)
    assert bool(said) == bool(fault)
