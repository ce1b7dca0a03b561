"""The event chain: canonical JSON, one hash after the other, checkable without the application."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from alignment.domain.frozen import dataclass

FIRST = "0" * 64


def canonical(value: Any) -> str:
    """JSON with sorted keys, no blanks, no escapes of letters: one text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """SHA-256 of the UTF-8 text, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def moment(now: datetime) -> str:
    """A moment as events carry it: UTC, microseconds, one fixed width."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(value: Any) -> Any:
    """A value as events carry it: dates and moments as ISO text, anything else as it is."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def differing(held: Mapping[str, Any], told: Mapping[str, Any]) -> str | None:
    """The first field, in alphabetical order, that a record holds otherwise than its event told; None where it is so.

    Only what both have is compared: an event leaves out what is confidential, and a form has fields of its own.
    Nothing and an empty text are the same, for a form knows no other nothing.
    """
    for name in sorted(held.keys() & told.keys()):
        ours, theirs = plain(held[name]), told[name]
        if ours != theirs and (ours, theirs) not in ((None, ""), ("", None)):
            return name
    return None


@dataclass(frozen=True, slots=True)
class Event:
    """Somebody did something. ``at`` is ISO 8601 in UTC; before and after are canonical JSON as text.

    The hash covers the stored text itself, so that a change of any byte shows.
    """

    seq: int
    at: str
    actor: str
    act: str
    subject: str
    before: str
    after: str
    previous: str
    hash: str


def seal(*, seq: int, at: str, actor: str, act: str, subject: str, before: str, after: str, previous: str) -> str:
    """The hash that binds an event to all events before it."""
    return digest(
        canonical(
            {"seq": seq, "at": at, "actor": actor, "act": act, "subject": subject,
             "before": before, "after": after, "previous": previous}
        )
    )  # fmt: skip


def first_break(events: Iterable[Event]) -> str | None:
    """None for an unbroken chain, else a sentence that names the first event that does not fit."""
    previous, expected = FIRST, 1
    for event in events:
        if event.seq != expected:
            return f"event {expected} is missing: after {expected - 1} comes {event.seq}"
        if event.previous != previous:
            return f"event {event.seq} does not follow event {event.seq - 1}: its previous hash differs"
        if fault := _unsealed(event):
            return fault
        previous, expected = event.hash, expected + 1
    return None


def _unsealed(event: Event) -> str | None:
    """A sentence where what an event says does not give its hash."""
    sealed = seal(
        seq=event.seq, at=event.at, actor=event.actor, act=event.act, subject=event.subject,
        before=event.before, after=event.after, previous=event.previous,
    )  # fmt: skip
    if sealed == event.hash:
        return None
    return f"event {event.seq} ({event.act} {event.subject}) was changed: its content does not give its hash"


# --- extracts: events for readers who may not read them all ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Withheld:
    """An event told without what it changed: that it stands in its place is checked, and what it says is not."""

    seq: int
    at: str
    actor: str
    act: str
    subject: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Extract:
    """What an extract of the log says of itself: when it was taken, by which filters, how much is in it, of what."""

    taken_at: str
    filters: Mapping[str, str]
    events: int
    chain: int
    last: str


def extract_break(extract: Extract, told: Iterable[Event | Withheld]) -> str | None:
    """None where nothing in an extract contradicts itself, else a sentence that names the first event that does.

    Neighbours have to follow each other, what is told whole has to give its hash, and all that is announced has to
    be there; an extract that is not narrowed has every event of the chain.
    """
    number, at, before = 0, 0, FIRST
    for event in told:
        if event.seq <= at:
            return f"event {event.seq} stands after event {at}: the events are in another order"
        if event.seq > at + 1 and not extract.filters:
            return f"event {at + 1} is missing: after {at} comes {event.seq}"
        if event.seq == at + 1 and event.previous != before:
            return f"event {event.seq} does not follow event {at}: its previous hash differs"
        if isinstance(event, Event) and (fault := _unsealed(event)):
            return fault
        number, at, before = number + 1, event.seq, event.hash
    if number != extract.events:
        return f"{number} events are there where it announces {extract.events}: it was cut or added to"
    if at > extract.chain or (at == extract.chain and at and before != extract.last):
        return f"event {at} is not the one with which its chain of {extract.chain} events is said to end"
    return None
