"""What is due as an iCalendar feed (RFC 5545): one day a matter, under an identity that outlives its day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from alignment.domain.reminder import Due

LONGEST_LINE = 75
"""Bytes that a line may have before it is folded."""


def calendar(matters: Iterable[Due], *, name: str, base_url: str, now: datetime) -> str:
    """The calendar of one person: an all-day event for each matter, in the order of days."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Track A alignment register//Due dates//EN",
        "CALSCALE:GREGORIAN",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
    ]
    for due in sorted(matters, key=lambda each: (each.on, each.subject)):
        lines += _event(due, base_url, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(due: Due, base_url: str, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_identity(due.subject)}@{urlsplit(base_url).hostname or 'register'}"
    yield f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{due.on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{due.on + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_text(f'{due.kind.label}: {due.title}')}"
    if said := "; ".join(each for each in (due.about, due.late) if each):
        yield f"DESCRIPTION:{_text(said)}"
    yield f"URL:{base_url}{due.address}"
    yield f"CATEGORIES:{_text(due.kind.label)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _identity(subject: str) -> str:
    """The subject in signs that every calendar program keeps as they are."""
    return subject.replace(":", "-").replace("/", "-")


def _text(said: str) -> str:
    """A text value: commas, semicolons, backslashes and line ends escaped, control signs left out."""
    escaped = said.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    lines = escaped.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\\n".join("".join(sign for sign in line if sign >= " " and sign != "\x7f") for line in lines)


def _folded(line: str) -> Iterator[str]:
    """A line in parts of at most 75 bytes, no letter cut in two; what follows the first begins with a blank."""
    part, size = "", 0
    for sign in line:
        width = len(sign.encode())
        if size + width > LONGEST_LINE:
            yield part
            part, size = " ", 1
        part += sign
        size += width
    yield part
