"""Feeds as bytes: Atom by a reader of feeds, JSON Feed field by field, and whatever text is put into them."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import feedparser
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.news import News, NewsKind, identity, newest_first
from alignment.domain.when import Precision, When
from alignment.exchange.feed import ATOM, Head, atom, json_feed

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HEAD = Head("all", "The register", "What it learns", "https://register.example", "/", "/feed.atom")
NEWS = News(
    NewsKind.DECISION, "decision:a", "A & B <approved>", "“Because” ]]> it is.", "a",
    "/programmes/a?as_at=2024-09-30&x=1",
    When(date(2024, 9, 30), Precision.BY), AT, "LME, “Memo”",
)  # fmt: skip


def entry(record: str = "decision:a", *, title: str = "t", text: str = "x", days: int = 0) -> News:
    day = When(date(2024, 9, 30))
    return News(NewsKind.STATUS, record, title, text, "a", "/programmes/a", day, AT + timedelta(days=days))


def test_a_reader_of_feeds_finds_in_atom_what_was_put_in() -> None:
    read = feedparser.parse(atom(HEAD, [NEWS, entry("result:b", days=3)]))
    assert not read.bozo
    assert read.version == "atom10"
    assert (read.feed.title, read.feed.subtitle) == ("The register", "What it learns")
    assert read.feed.id == identity("feed:all")
    assert read.feed.updated == "2026-11-24T09:00:00Z"
    assert {(link.rel, link.href) for link in read.feed.links} == {
        ("self", "https://register.example/feed.atom"),
        ("alternate", "https://register.example/"),
    }
    found = read.entries[0]
    assert (found.id, found.title, found.updated) == (NEWS.identity, "A & B <approved>", "2026-11-21T09:00:00Z")
    assert found.link == "https://register.example/programmes/a?as_at=2024-09-30&x=1"
    assert found.content[0].type == "text/plain"
    assert found.content[0].value == "“Because” ]]> it is.\n\nHolds by September 2024.\n\nSource: LME, “Memo”."
    assert [(tag.term, tag.label) for tag in found.tags] == [("decision", "Decision of the LME")]


def test_atom_has_what_its_rfc_requires_once_each() -> None:
    feed = ElementTree.fromstring(atom(HEAD, [NEWS]))
    assert feed.tag == f"{{{ATOM}}}feed"
    for parent in (feed, feed.find(f"{{{ATOM}}}entry")):
        assert parent is not None
        for name in ("id", "title", "updated"):
            found = parent.findall(f"{{{ATOM}}}{name}")
            assert len(found) == 1
            assert found[0].text
    assert feed.find(f"{{{ATOM}}}author/{{{ATOM}}}name") is not None
    assert len(feed.findall(f"{{{ATOM}}}link[@rel='self']")) == 1


MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def test_json_feed_keeps_every_rule_of_its_version_field_by_field() -> None:
    said = json.loads(json_feed(HEAD, [NEWS, entry("result:b")]))
    assert said["version"] == "https://jsonfeed.org/version/1.1"
    assert set(said) == {
        "version", "title", "description", "home_page_url", "feed_url", "language", "authors", "items",
    }  # fmt: skip
    assert all(isinstance(said[name], str) and said[name] for name in ("title", "description", "language"))
    assert all(urlsplit(said[name]).scheme == "https" for name in ("home_page_url", "feed_url"))
    assert said["authors"] == [{"name": "Track A alignment register", "url": "https://register.example/"}]
    assert len({each["id"] for each in said["items"]}) == 2
    for each in said["items"]:
        assert set(each) == {
            "id",
            "url",
            "title",
            "content_text",
            "date_published",
            "date_modified",
            "tags",
            "_alignment",
        }
        assert set(each["_alignment"]) == {"kind", "programme", "act", "effective", "correction", "source"}
        assert isinstance(each["id"], str)
        assert urlsplit(each["url"]).scheme == "https"
        assert each["content_text"]
        assert MOMENT.fullmatch(each["date_published"])
        assert MOMENT.fullmatch(each["date_modified"])
        assert all(isinstance(tag, str) for tag in each["tags"])


@given(st.text(), st.text())
def test_whatever_is_written_gives_a_feed_that_can_be_read(title: str, text: str) -> None:
    news = [entry(title=title, text=text)]
    feed = ElementTree.fromstring(atom(HEAD, news))
    kept = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", title)
    found = feed.findtext(f"{{{ATOM}}}entry/{{{ATOM}}}title")
    assert (found or "") == kept.replace("\r\n", "\n").replace("\r", "\n")
    assert json.loads(json_feed(HEAD, news))["items"][0]["title"] == title


def test_the_same_entries_give_the_same_bytes_and_an_empty_feed_is_one() -> None:
    assert atom(HEAD, [NEWS]) == atom(HEAD, [NEWS])
    assert feedparser.parse(atom(HEAD, [])).feed.updated == "1970-01-01T00:00:00Z"
    assert json.loads(json_feed(HEAD, []))["items"] == []


def test_an_identity_comes_from_the_record_alone_and_never_changes() -> None:
    assert entry(title="A").identity == entry(title="B", days=5).identity
    assert entry("decision:a").identity != entry("result:a").identity
    assert identity("decision:rmi-cobalt-conditional") == "urn:uuid:5cf38cb2-a354-51b8-a71c-54f62508c417"


def test_the_newest_comes_first_and_no_more_than_asked() -> None:
    news = [entry("a"), entry("b", days=2), entry("c", days=1)]
    assert [each.record for each in newest_first(news)] == ["b", "c", "a"]
    assert [each.record for each in newest_first(news, 1)] == ["b"]


def test_an_entry_says_what_it_is() -> None:
    update = News(NewsKind.PUBLICATION, "publication:1", "Update", "", "", "/p", When(date(2024, 9, 30)), AT)
    assert update.paragraphs == ("Published 30 September 2024.",)
    assert entry().paragraphs == ("x", "Holds from 30 September 2024.")
    correction = News(NewsKind.STATUS, "r", "T", "", "a", "/p", When(date(2024, 9, 30)), AT, correction=True)
    assert correction.heading == "Correction: T"
    assert len({each.label for each in NewsKind}) == len(NewsKind)
