"""What people send, read into values: each mistake a sentence beside its field, what was typed kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from litestar.datastructures import MultiDict
from litestar.exceptions import ClientException

from alignment.domain.when import parse_moment

EARLIEST = date(1990, 1, 1)
LATEST = date(2199, 12, 31)
TWO_DAYS = "the address names the two days that are compared. known_at is taken: what the register had learned by then."


def asked_text(query: Mapping[str, str], name: str) -> str:
    """What an address says under a name that takes one thing, empty for nothing; a 400 where it says two things."""
    every = query.getall(name, []) if isinstance(query, MultiDict) else [query.get(name, "")]
    said = list(dict.fromkeys(each.strip() for each in every if each.strip()))
    if len(said) > 1:
        first, second = (each[:40] for each in said[:2])
        raise ClientException(
            f"{name} stands in the address as “{first}” and as “{second}”: it takes one, so keep one."
        )
    return said[0] if said else ""


def asked_day(query: Mapping[str, str], name: str, default: date) -> date:
    """A day from the address; a 400 with a sentence for anything else."""
    said = asked_text(query, name)
    if not said:
        return default
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise ClientException(f"“{said[:40]}” is no day for {name}: write it as 2024-09-30.") from None
    if not EARLIEST <= day <= LATEST:
        raise ClientException(f"{name} takes a day between {EARLIEST} and {LATEST}, not {day}.")
    return day


def asked_moment(query: Mapping[str, str], name: str) -> datetime | None:
    """A moment from the address, in UTC where it names no zone; None where it is not asked for."""
    said = asked_text(query, name)
    if not said:
        return None
    # The + of a zone arrives as a blank; the first blank may stand between day and time.
    plain = said[:11].replace(" ", "T") + said[11:].replace(" ", "+")
    try:
        return parse_moment(plain)
    except (ValueError, OverflowError):
        raise ClientException(
            f"“{said[:40]}” is no moment for {name}: write it as 2026-11-21T14:00:00Z or as a day."
        ) from None


def no_dates(query: Mapping[str, str], because: str, *names: str) -> None:
    """Refuse the dates that an address asks for where they would change nothing: a 400 that says why."""
    for name in names or ("as_at", "known_at"):
        if asked_text(query, name):
            raise ClientException(f"{name} is not taken here: {because}")


def asked_number(query: Mapping[str, str], name: str) -> int:
    """A place in a list from the address, the first where none is asked for; a 400 for anything else."""
    said = asked_text(query, name) or "1"
    if not (said.isascii() and said.isdigit() and len(said) < 8 and int(said)):
        raise ClientException(f"“{said[:40]}” is no place in a list for {name}: write a number from 1 on.")
    return int(said)


def asked_word(query: Mapping[str, str], name: str, known: Iterable[str]) -> str:
    """One of the known words from the address, or nothing; a 400 that names them for any other."""
    said = asked_text(query, name)
    words = list(known)
    if said and said not in words:
        raise ClientException(f"“{said[:40]}” is not known as {name}: it takes {', '.join(words)}.")
    return said
