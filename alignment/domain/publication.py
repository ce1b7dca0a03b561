"""A market update as it is frozen: plain JSON values, one digest, and a check that needs no register.

The content holds nothing of the moment at which a register stored it, so every register that freezes
the same facts gets the same digest. The digest is the SHA-256 of the content as canonical JSON (sorted
keys, no blanks, UTF-8); the exported document carries it, with short digests of the pieces so that a
check can say which of them differs.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol
from urllib.parse import urlsplit

from alignment.domain.event import canonical, digest
from alignment.domain.insertion import topics
from alignment.domain.refusal import Refusal
from alignment.domain.table import COLUMNS, Value
from alignment.domain.when import say_day

FORMAT = "track-a-publication-1"
MEMBERS = frozenset({"format", "number", "digest", "pieces", "content"})

Content = dict[str, Any]


class Update(Protocol):
    """A market update as it is written: front matter and text."""

    @property
    def number(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def original_title(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def as_at(self) -> date: ...
    @property
    def published(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def text(self) -> str: ...


def content_of(
    update: Update,
    rows: Iterable[Mapping[str, Value]],
    statements: Sequence[Mapping[str, Value]],
    source: Mapping[str, Value],
    *,
    corrects: str | None = None,
) -> Content:
    """What is frozen of a market update.

    ``rows`` are made by ``table.printed``; each statement has a ``topic``. Refusal where the text asks for
    something that is not there: what is frozen with a gap cannot be mended.
    """
    asked = _asked(update)
    held = {str(each["topic"]) for each in statements}
    if missing := [topic for topic in asked if topic not in held]:
        raise Refusal(
            f"market update {update.number} asks for statements on “{missing[0]}”, and none is held on "
            f"{update.as_at}: enter them first, or take the insertion out of the text"
        )
    return {
        **_authored(update),
        "corrects": corrects,
        "source": dict(source),
        "table": {
            "caption": f"Table 1. Status of alignment assessments and of LME approval, as at {say_day(update.as_at)}",
            "columns": [{"name": column.name, "title": column.title} for column in COLUMNS],
            "rows": [dict(row) for row in rows],
        },
        "statements": [dict(each) for each in statements if each["topic"] in asked],
    }


def _asked(update: Update) -> tuple[str, ...]:
    try:
        return topics(update.text)
    except Refusal as refusal:
        raise Refusal(f"market update {update.number}: {refusal}") from None


def _authored(update: Update) -> Content:
    return {
        "number": update.number,
        "title": update.title,
        "original_title": update.original_title,
        "label": update.label,
        "as_at": update.as_at.isoformat(),
        "published": update.published,
        "text": update.text,
    }


def issuer_of(content: Content) -> str:
    """In whose name a market update stands: that of the document it records, or its own."""
    source = content["source"]
    return str(source["issuer"] if source else content["issuer"])


def rewritten(content: Content, update: Update) -> str | None:
    """None where a frozen update still says what its author wrote, else which words were changed since."""
    now = {**_authored(update), "source": update.source}
    then = {**content, "source": (content["source"] or {}).get("id")}
    changed = [name for name, said in now.items() if then[name] != said]
    if not changed:
        return None
    return (
        f"market update {update.number} is frozen and its {_listed(changed)} changed since: bring the words back, "
        "or publish a correction under a new number"
    )


NUMBER = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])(-([2-9]|[1-9][0-9]))?")


def is_public(address: str) -> bool:
    """Whether others can open an address of the register; none but this machine can where it is its own."""
    host = urlsplit(address).hostname or ""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host.rpartition(".")[2] not in ("", "localhost")
    return not (number.is_loopback or number.is_unspecified)


def why_not_publish(content: Content, held_digest: str | None) -> str | None:
    """None where a market update may be published under its number, else the reason."""
    number = content["number"]
    if not NUMBER.fullmatch(number):
        return f"“{number}” is no number for a market update: write year and month as 2024-09, a second one 2024-09-2"
    if held_digest is None and not content["table"]["rows"]:
        return f"market update {number} has no row in its table, and what is frozen never gains one: record facts first"
    found = digest_of(content)
    if held_digest not in (None, found):
        return (
            f"market update {number} is published with digest {held_digest[:12]}… and cannot become {found[:12]}…: "
            "publish a correction under a new number"
        )  # fmt: skip
    return None


def digest_of(content: Any) -> str:
    """SHA-256 of the content in canonical JSON, whatever the order of its keys."""
    return digest(canonical(content))


# --- the exported document -----------------------------------------------------------------------------


def document_of(content: Content) -> dict[str, Any]:
    """What is exported: the content with its digest, and short digests of its pieces."""
    return {
        "format": FORMAT,
        "number": content["number"],
        "digest": digest_of(content),
        "pieces": pieces_of(content),
        "content": content,
    }


def exported(content: Content) -> str:
    """The one form in which a market update is exported as JSON: sorted keys, a line a value."""
    return json.dumps(document_of(content), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def pieces_of(content: Any) -> dict[str, str]:
    """The first sixteen digits of the digest of each piece, by a name that a reader understands."""
    return {name: digest_of(value)[:16] for name, value in _pieces(content)}


def _pieces(content: Any) -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if name == "table" and isinstance(value, dict):
            for part, inner in value.items():
                yield from _numbered("row", inner) if part == "rows" else [(f"table {part}", inner)]
        elif name == "statements":
            yield from _numbered("statement", value)
        else:
            yield name.replace("_", " "), value


def _numbered(noun: str, values: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(values, list):
        yield f"{noun}s", values
        return
    yield f"number of {noun}s", len(values)
    for number, value in enumerate(values, 1):
        yield f"{noun} {number}", value


def check(document: Any) -> str | None:
    """None where an exported market update is as it was published, else a sentence that says what differs."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return f"this is no market update exported by this register: its “format” is not {FORMAT}"
    if fault := _misshapen(document):
        return fault
    content = document["content"]
    try:
        found = digest_of(content)
        pieces = pieces_of(content)
    except (ValueError, RecursionError):
        return "the content holds what cannot be written as UTF-8 JSON: it was changed"
    if found == document["digest"]:
        return _beside(document, pieces)
    changed = _differing(document["pieces"], pieces)
    if not changed:
        return f"the digest was changed: the content gives {found}, the document says {document['digest']}"
    return f"the content was changed ({_listed(changed)}): it gives {found}, the document says {document['digest']}"


def _misshapen(document: dict[str, Any]) -> str | None:
    if missing := sorted(MEMBERS - document.keys()):
        return f"the document lacks its {_listed(missing)}: it was cut or changed"
    if added := sorted(document.keys() - MEMBERS):
        return f"the document holds more than was published: {_listed([str(each)[:40] for each in added])}"
    if not isinstance(document["content"], dict) or not isinstance(document["pieces"], dict):
        return "the document’s “content” or “pieces” is no JSON object: it was changed"
    return None


def _beside(document: dict[str, Any], pieces: dict[str, str]) -> str | None:
    """What stands beside a content that fits its digest."""
    number = document["content"].get("number")
    if document["number"] != number:
        return f"the content fits its digest and is market update {number}, but the document calls it another number"
    if changed := _differing(document["pieces"], pieces):
        return f"the content fits its digest, but the digests beside it were changed: {_listed(changed)}"
    return None


def _differing(said: dict[str, Any], found: dict[str, str]) -> list[str]:
    return [name for name in dict.fromkeys((*found, *said)) if said.get(name) != found.get(name)]


def check_file(data: bytes) -> str | None:
    """The same for a file, byte for byte: what a reader of JSON would pass over is found as well."""
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_each_once)
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} is no UTF-8 text: the file was changed"
    except (ValueError, RecursionError) as error:
        return f"the file cannot be read as JSON: {str(error)[:80]}"
    if fault := check(document):
        return fault
    if data != exported(document["content"]).encode():
        return (
            "the content fits its digest, but the file was written anew since its export: blanks, escapes or "
            "the order differ; download it again for a copy that is the same byte for byte"
        )
    return None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose names stand once: of two, programs would read different ones."""
    value = dict(pairs)
    if len(value) != len(pairs):
        twice = next(name for at, (name, _) in enumerate(pairs) if name in dict(pairs[:at]))
        raise ValueError(f"the name “{twice[:40]}” stands twice in one object")
    return value


def _listed(names: Sequence[str]) -> str:
    named = ", ".join(names[:5])
    return f"{named} and {len(names) - 5} more" if len(names) > 5 else named
