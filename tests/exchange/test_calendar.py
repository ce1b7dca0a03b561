"""The calendar file: what RFC 5545 asks of its lines, and that a matter keeps its identity when its day moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.reminder import Due, DueKind
from alignment.exchange.calendar import calendar

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DUE = Due(DueKind.ACTION, "action:a/1", "Train the auditors", date(2026, 12, 31), "/actions/1", "Example, round 2")


def lines(*matters: Due, now: datetime = NOW) -> list[str]:
    """The lines of a calendar as a program reads them: unfolded."""
    made = calendar(matters, name="Ann, lead", base_url="https://register.example", now=now)
    assert made.endswith("END:VCALENDAR\r\n")
    assert "\n" not in made.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in made.split("\r\n"))
    return made.replace("\r\n ", "").split("\r\n")[:-1]


def value(of: list[str], name: str) -> str:
    (found,) = [line.partition(":")[2] for line in of if line.partition(":")[0].partition(";")[0] == name]
    return found


def test_a_matter_is_a_whole_day_with_its_page_and_whose_it_is() -> None:
    made = lines(DUE)
    assert made[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Track A alignment register//Due dates//EN"]
    assert "DTSTART;VALUE=DATE:20261231" in made
    assert "DTEND;VALUE=DATE:20270101" in made
    assert value(made, "URL") == "https://register.example/actions/1"
    assert value(made, "SUMMARY") == "Corrective action: Train the auditors"
    assert value(made, "DESCRIPTION") == "Example\\, round 2"
    assert value(made, "X-WR-CALNAME") == "Ann\\, lead"
    change = replace(DUE, kind=DueKind.CHANGE, recorded=NOW.date())
    assert "DTSTART;VALUE=DATE:20261231" in lines(change)
    assert value(lines(change), "DESCRIPTION") == "Example\\, round 2\\; recorded on 21 November 2026"


def test_a_matter_keeps_its_identity_when_its_day_moves() -> None:
    moved = replace(DUE, on=DUE.on + timedelta(days=30), title="Train them all")
    assert value(lines(DUE), "UID") == value(lines(moved), "UID") == "action-a-1@register.example"


def test_matters_stand_in_the_order_of_their_days_and_an_empty_calendar_is_one() -> None:
    earlier = replace(DUE, subject="action:0", on=DUE.on - timedelta(days=1))
    days = [line for line in lines(DUE, earlier) if line.startswith("DTSTART")]
    assert days == ["DTSTART;VALUE=DATE:20261230", "DTSTART;VALUE=DATE:20261231"]
    assert "BEGIN:VEVENT" not in lines()


def test_the_moment_of_making_is_utc() -> None:
    there = timezone(timedelta(hours=-5))
    assert value(lines(DUE, now=NOW.astimezone(there)), "DTSTAMP") == "20261121T090000Z"


@given(title=st.text(max_size=120), about=st.text(max_size=120))
def test_whatever_people_write_stays_within_its_line_and_comes_back(title: str, about: str) -> None:
    made = lines(replace(DUE, title=title, about=about))
    assert made.count("BEGIN:VEVENT") == made.count("END:VEVENT") == 1
    said = value(made, "SUMMARY").removeprefix("Corrective action: ")
    plain = said.replace("\\\\", "\0").replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\0", "\\")
    ends = title.replace("\r\n", "\n").replace("\r", "\n")
    assert plain == "".join(sign for sign in ends if sign == "\n" or (sign >= " " and sign != "\x7f"))
