"""The event chain as a file: one JSON object a line, checkable without this application.

Each line has seq, at, actor, act, subject, before, after, previous and hash. The hash is the SHA-256 of
the canonical JSON (sorted keys, no blanks, UTF-8) of all the others; previous is the hash of the line
before, or 64 zeros on the first line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields

from alignment.domain.event import Event, canonical
from alignment.domain.refusal import Faults

NAMES = tuple(field.name for field in fields(Event))


def chain_lines(events: Iterable[Event]) -> Iterator[str]:
    """One line an event, in order."""
    for event in events:
        yield canonical(asdict(event)) + "\n"


def read_chain(lines: Iterable[str]) -> Iterator[Event]:
    """The events of an exported file; Faults names the first line that is none."""
    for number, line in enumerate(lines, 1):
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            raise Faults([f"line {number} is no JSON object: the file was cut or changed"]) from None
        if not isinstance(said, dict) or set(said) != set(NAMES):
            raise Faults([f"line {number} is no event: it needs exactly {', '.join(NAMES)}"])
        if canonical(said) != line.removesuffix("\n"):
            raise Faults([f"line {number} is not written as it was exported: the file was changed"])
        yield Event(**said)
