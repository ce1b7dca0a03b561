"""Portions of the collections of the API: records as JSON by the table of their fields, and cursors."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Protocol, TypeAlias

from alignment.domain.assessment import Certainty
from alignment.domain.table import Kind, PrintedSource
from alignment.domain.when import When
from alignment.exchange.collections import COLLECTIONS, ROOT, TIMES, Collection, Field
from alignment.exchange.plain import Plain, plain

Key: TypeAlias = tuple[str | int, ...]


class Document(PrintedSource, Protocol):
    """The document behind a record, and how sure the record is that rests on it."""

    @property
    def certainty(self) -> Certainty | None: ...
    @property
    def remark(self) -> str: ...
    @property
    def href(self) -> str: ...


class Told(Protocol):
    """A record as it is read."""

    @property
    def id(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def effective(self) -> When | None: ...
    @property
    def recorded_at(self) -> datetime | None: ...
    @property
    def origin(self) -> Document | None: ...
    @property
    def says(self) -> Mapping[str, object]: ...


def record_json(collection: Collection, record: Told, base_url: str) -> dict[str, Plain]:
    """A record with exactly the fields of its collection; unknown is null. KeyError where one is missing."""
    said = {each.name: _value(each, record.says[each.name], base_url) for each in collection.fields}
    return {"id": record.id, **said, **_times(record, base_url), "href": f"{base_url}{record.address}"}


def _times(record: Told, base_url: str) -> dict[str, Plain]:
    effective = record.effective
    return {
        "effective": effective.iso() if effective else None,
        "effective_on": effective.on.isoformat() if effective else None,
        "precision": effective.precision.value if effective else None,
        "recorded_at": moment(record.recorded_at),
        "source": _source(record.origin, base_url) if record.origin else None,
    }


def _source(document: Document, base_url: str) -> dict[str, Plain]:
    return {
        "id": document.id,
        "title": document.title,
        "issuer": document.issuer,
        "issued": document.issued.iso() if document.issued else None,
        "place": document.place or None,
        "certainty": document.certainty.value if document.certainty else None,
        "remark": document.remark or None,
        "href": f"{base_url}{document.href}",
    }


def _value(field: Field, value: Any, base_url: str) -> Plain:
    if field.many and field.of:
        return [_object(field, each, base_url) for each in value]
    if field.kind is Kind.YES_NO:
        return bool(value)
    said = plain(value)
    return None if said == "" else said


def _object(field: Field, value: Any, base_url: str) -> dict[str, Plain]:
    """A part of a record: a record of its own with its times, or no more than its fields."""
    if TIMES[0] not in field.of:
        return {each.name: _value(each, getattr(value, each.name), base_url) for each in field.of}
    own = {each.name: _value(each, value.says[each.name], base_url) for each in field.of if each not in TIMES}
    return own | _times(value, base_url)


def moment(at: datetime | None) -> str | None:
    """A time as the files write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None


def portion_json(
    collection: Collection, records: Sequence[Told], base_url: str, *, as_at: date | None, known_at: datetime | None,
    following: str | None,
) -> dict[str, Any]:  # fmt: skip
    """A portion of a collection; ``next`` is the address of the one that follows."""
    return {
        "as_at": as_at.isoformat() if as_at else None,
        "known_at": moment(known_at),
        "items": [record_json(collection, each, base_url) for each in records],
        "next": following,
    }


def index_json(base_url: str) -> dict[str, Any]:
    """Where everything is."""
    told = [
        {"name": each.name, "says": each.says, "href": f"{base_url}{each.address}", "one": f"{base_url}{each.template}"}
        for each in COLLECTIONS
    ]
    return {
        "collections": told,
        "coverage": f"{base_url}{ROOT}/coverage",
        "schema": f"{base_url}/api/schema",
        "explained": f"{base_url}/api",
    }


# --- cursors -----------------------------------------------------------------------------------------------

_LARGEST = 2**31 - 1


def cursor(collection: Collection, key: Key) -> str:
    """Where a portion ended, as one opaque word."""
    said = json.dumps([collection.name, *key], ensure_ascii=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def key_of(collection: Collection, said: str) -> Key:
    """The key in a cursor of this collection. ValueError for anything else, whoever made it."""
    try:
        name, *key = json.loads(base64.b64decode(said + "=" * (-len(said) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, TypeError, ValueError, RecursionError):
        raise ValueError("no cursor of ours") from None
    if name != collection.name or [type(each) for each in key] != list(collection.key) or not all(map(_fits, key)):
        raise ValueError(f"no cursor of {collection.name}")
    return tuple(key)


def path_key(collection: Collection, said: str) -> Key:
    """The key in the address of one record. ValueError where its parts are not those of such an address."""
    parts = said.split("/")
    if len(parts) != len(collection.path) or not all(parts):
        raise ValueError(f"no address of a {collection.one}")
    key = tuple(_number(part) if name == "round" else part for name, part in zip(collection.path, parts, strict=True))
    if not all(map(_fits, key)):
        raise ValueError(f"no address of a {collection.one}")
    return key


def _number(said: str) -> int:
    if said.isascii() and said.isdigit() and said == str(int(said[:9])):
        return int(said)
    raise ValueError(f"“{said[:20]}” is no number")


def _fits(part: object) -> bool:
    """Whether a database takes it: no number beyond its range, no character that it does not keep."""
    if isinstance(part, int):
        return 0 <= part <= _LARGEST
    return keeps(str(part))


def keeps(text: str) -> bool:
    """Whether a text holds only what a database keeps."""
    return "\0" not in text and text.isprintable() and not any("\ud800" <= each <= "\udfff" for each in text)
