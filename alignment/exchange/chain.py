"""The event chain as a file: one JSON object a line, checkable without this application.

Each line has seq, at, actor, act, subject, before, after, previous and hash. The hash is the SHA-256 of
the canonical JSON (sorted keys, no blanks, UTF-8) of all the others; previous is the hash of the line
before, or 64 zeros on the first line.

An extract, for readers who may not read everything, begins with a line that says what it is; an event of which
they may not read what it changed stands in it without before and after.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any

from alignment.domain.event import Event, Extract, Withheld, canonical
from alignment.domain.refusal import Faults

NAMES = tuple(field.name for field in fields(Event))
PLACES = tuple(field.name for field in fields(Withheld))
JSON_LINES = "application/jsonl"


def chain_lines(events: Iterable[Event]) -> Iterator[str]:
    """One line an event, in order."""
    for event in events:
        yield canonical(asdict(event)) + "\n"


def read_chain(lines: Iterable[str]) -> Iterator[Event]:
    """The events of an exported file; Faults names the first line that is none."""
    for number, line in enumerate(lines, 1):
        said = _object(number, line)
        if set(said) != set(NAMES):
            raise Faults([f"line {number} is no event: it needs exactly {', '.join(NAMES)}"])
        yield Event(**_as_exported(number, line, said))


def _object(number: int, line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Faults([f"line {number} is no JSON object: the file was cut or changed"])
    return said


def _as_exported(number: int, line: str, said: dict[str, Any]) -> dict[str, Any]:
    if canonical(said) != line.removesuffix("\n"):
        raise Faults([f"line {number} is not written as it was exported: the file was changed"])
    return said


# --- extracts ------------------------------------------------------------------------------------------------


def extract_line(extract: Extract) -> str:
    """The first line of an extract: what it is."""
    return canonical({"extract": asdict(extract)}) + "\n"


def extract_lines(told: Iterable[Event | Withheld]) -> Iterator[str]:
    """One line an event, in order; what is withheld has neither before nor after."""
    for event in told:
        yield canonical(asdict(event)) + "\n"


def is_extract(line: str) -> bool:
    """Whether a first line announces an extract."""
    return line.startswith('{"extract":')


def read_extract(lines: Iterable[str]) -> tuple[Extract, Iterator[Event | Withheld]]:
    """What an extract says of itself, and its events; Faults names the first line that is none."""
    numbered = enumerate(lines, 1)
    number, line = next(numbered)
    said = _as_exported(number, line, _object(number, line))["extract"]
    if not _has(said, {"taken_at": str, "filters": dict, "events": int, "chain": int, "last": str}):
        raise Faults([f"line {number} does not say what the extract is: the file was changed"])
    return Extract(**said), _told(numbered)


def _told(numbered: Iterable[tuple[int, str]]) -> Iterator[Event | Withheld]:
    place = {name: int if name == "seq" else str for name in PLACES}
    for number, line in numbered:
        said = _as_exported(number, line, _object(number, line))
        if _has(said, place):
            yield Withheld(**said)
        elif _has(said, place | {"before": str, "after": str}):
            yield Event(**said)
        else:
            raise Faults(
                [f"line {number} is no event: it needs {', '.join(PLACES)}, and both before and after or none"]
            )


def _has(said: object, types: Mapping[str, type]) -> bool:
    """Whether this is an object with exactly these names, each with a value of its type."""
    return (
        isinstance(said, dict)
        and said.keys() == types.keys()
        and all(type(said[name]) is wanted for name, wanted in types.items())
    )
