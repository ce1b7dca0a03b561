"""Feeds: Atom (RFC 4287) and JSON Feed 1.1. Rows in, bytes out; the same rows give the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree

from alignment.domain.frozen import dataclass
from alignment.domain.news import News, identity

ATOM = "http://www.w3.org/2005/Atom"
ATOM_TYPE = "application/atom+xml"
JSON_TYPE = "application/feed+json"
JSON_FEED = "https://jsonfeed.org/version/1.1"
AUTHOR = "Track A alignment register"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed with no entry was updated."""

_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Head:
    """What a feed is: its topic and dates, by a key for ever; the public address; the paths of page and feed."""

    key: str
    title: str
    subtitle: str
    base_url: str
    page: str
    path: str


def atom(head: Head, news: Sequence[News]) -> bytes:
    """The feed in Atom."""
    ElementTree.register_namespace("", ATOM)
    feed = ElementTree.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "en-GB"})
    _add(feed, "id", identity(f"feed:{head.key}"))
    _add(feed, "title", head.title)
    _add(feed, "subtitle", head.subtitle)
    _add(feed, "updated", _moment(max((each.recorded_at for each in news), default=NEVER)))
    _add(_add(feed, "author"), "name", AUTHOR)
    _add(feed, "link", rel="self", type=ATOM_TYPE, href=f"{head.base_url}{head.path}")
    _add(feed, "link", rel="alternate", type="text/html", href=f"{head.base_url}{head.page}")
    for each in news:
        entry = _add(feed, "entry")
        _add(entry, "id", each.identity)
        _add(entry, "title", each.heading)
        _add(entry, "updated", _moment(each.recorded_at))
        _add(entry, "published", _moment(each.recorded_at))
        _add(entry, "link", rel="alternate", type="text/html", href=f"{head.base_url}{each.address}")
        _add(entry, "category", term=each.kind.value, label=each.kind.label)
        _add(entry, "content", "\n\n".join(each.paragraphs), type="text")
    ElementTree.indent(feed, " ")
    written: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def json_feed(head: Head, news: Sequence[News]) -> bytes:
    """The same as JSON Feed 1.1."""
    document = {
        "version": JSON_FEED,
        "title": head.title,
        "description": head.subtitle,
        "home_page_url": f"{head.base_url}{head.page}",
        "feed_url": f"{head.base_url}{head.path}",
        "language": "en-GB",
        "authors": [{"name": AUTHOR, "url": f"{head.base_url}/"}],
        "items": [
            {
                "id": each.identity,
                "url": f"{head.base_url}{each.address}",
                "title": each.heading,
                "content_text": "\n\n".join(each.paragraphs),
                "date_published": _moment(each.recorded_at),
                "date_modified": _moment(each.recorded_at),
                "tags": [each.kind.label],
                "_alignment": _codes(each),
            }
            for each in news
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _codes(news: News) -> dict[str, str | bool | None]:
    """What programs read without reading words, as JSON Feed’s extensions are named."""
    return {
        "kind": news.kind.value,
        "programme": news.programme or None,
        "act": news.act or None,
        "effective": news.effective.iso(),
        "correction": news.correction,
        "source": news.source_id or None,
    }


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    cleaned = {each: _clean(said) for each, said in attributes.items()}
    child = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", cleaned)
    if text:
        child.text = _clean(text)
    return child


def _clean(text: str) -> str:
    """Text without the characters that XML 1.0 has no way to write."""
    return _UNWRITABLE.sub("", text)


def _moment(at: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond where there is one."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
