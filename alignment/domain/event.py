"""The event chain: canonical JSON, one hash after the other, checkable without the application."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

FIRST = "0" * 64


def canonical(value: Any) -> str:
    """JSON with sorted keys, no blanks, no escapes of letters: one text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """SHA-256 of the UTF-8 text, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


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
        sealed = seal(
            seq=event.seq, at=event.at, actor=event.actor, act=event.act, subject=event.subject,
            before=event.before, after=event.after, previous=event.previous,
        )  # fmt: skip
        if sealed != event.hash:
            return f"event {event.seq} ({event.act} {event.subject}) was changed: its content does not give its hash"
        previous, expected = event.hash, expected + 1
    return None
