"""The layer in front of the application: what it keeps, for whom, how long, and what it never keeps."""

from __future__ import annotations

import gzip
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.web.frozen import SECURITY, Answer, Asked, Frozen, Header, Message, takes_gzip

PAGE = b"<p>One row of a table that says the same as the row before it.</p>" * 60
HTML = (b"content-type", b"text/html; charset=utf-8")
KEPT = (b"x-frozen", b"yes")


def finish(call: Awaitable[None]) -> None:
    """Run a coroutine that never has to wait, with no event loop."""
    with pytest.raises(StopIteration):
        call.__await__().__next__()


@dataclass
class Response:
    """What was sent, as a server would have written it."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes
    messages: list[Message]

    def __getitem__(self, name: str) -> str | None:
        value = self.headers.get(name.encode())
        return None if value is None else value.decode()


@dataclass
class Origin:
    """An application that counts how often it is asked, and can do something meanwhile."""

    body: bytes = PAGE
    headers: Sequence[Header] = (HTML, KEPT)
    status: int = 200
    pieces: int = 1
    meanwhile: Callable[[], None] = lambda: None
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append((scope["method"], scope["path"], scope["query_string"]))
        scope["path"] = "/rewritten/by/a/router"
        self.meanwhile()
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        size = -(-len(self.body) // self.pieces) or 1
        for nth in range(self.pieces):
            piece = self.body[nth * size : (nth + 1) * size]
            await send({"type": "http.response.body", "body": piece, "more_body": nth < self.pieces - 1})


@dataclass
class Counter:
    """A generation that the test raises."""

    now: int = 0

    def __call__(self) -> int:
        return self.now

    def rise(self) -> None:
        self.now += 1


def ask(frozen: Frozen, path: str = "/", *headers: Header, query: bytes = b"", method: str = "GET") -> Response:
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        raise AssertionError("nobody here sends a body")

    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": list(headers)}
    finish(frozen(scope, receive, send))
    start, *rest = messages
    assert start["type"] == "http.response.start"
    assert [message.get("more_body", False) for message in rest] == [True] * (len(rest) - 1) + [False]
    body = b"".join(message["body"] for message in rest)
    return Response(start["status"], dict(start["headers"]), body, messages)


# --- what is kept ---------------------------------------------------------------------------------


def test_a_page_is_made_once_and_then_answered_from_memory() -> None:
    origin = Origin()
    frozen = Frozen(origin, Counter())
    first, second = ask(frozen, "/status", query=b"as_at=2024-09-30"), ask(frozen, "/status", query=b"as_at=2024-09-30")
    assert origin.asked == [("GET", "/status", b"as_at=2024-09-30")]
    assert (first.status, first.body, first.headers) == (second.status, second.body, second.headers)
    assert second.body == PAGE
    assert frozen.held[0] == 1


def test_another_query_is_another_page() -> None:
    origin = Origin()
    frozen = Frozen(origin, Counter())
    ask(frozen, query=b"metal=copper")
    ask(frozen, query=b"metal=nickel")
    assert len(origin.asked) == 2


def test_what_is_kept_says_how_long_it_holds_and_what_it_depends_on() -> None:
    answer = ask(Frozen(Origin(), Counter()))
    assert answer["cache-control"] == "public, no-cache"
    assert answer["vary"] == "accept-encoding, cookie, authorization"
    assert answer["content-length"] == str(len(PAGE))
    assert answer["content-type"] == "text/html; charset=utf-8"
    assert answer["x-frozen"] is None


def test_the_application_may_say_how_long_an_answer_holds() -> None:
    origin = Origin(headers=(HTML, KEPT, (b"cache-control", b"public, max-age=31536000, immutable")))
    assert ask(Frozen(origin, Counter()))["cache-control"] == "public, max-age=31536000, immutable"


def test_a_page_that_comes_in_pieces_is_kept_whole() -> None:
    origin = Origin(pieces=7)
    frozen = Frozen(origin, Counter())
    assert ask(frozen).body == ask(frozen).body == PAGE
    assert len(origin.asked) == 1


# --- what is never kept ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    [
        Origin(headers=(HTML,)),
        Origin(headers=(HTML, (b"x-frozen", b"no"))),
        Origin(status=404),
        Origin(headers=(HTML, KEPT, (b"set-cookie", b"session=1"))),
        Origin(headers=(HTML, KEPT, (b"content-encoding", b"br"))),
        Origin(headers=(HTML, KEPT, (b"vary", b"HX-Request"))),
        Origin(headers=(HTML, KEPT, (b"vary", b"*"))),
    ],
    ids=["unmarked", "marked no", "an error", "sets a cookie", "compressed", "varies", "varies by anything"],
)
def test_an_answer_that_is_not_everybodys_is_asked_for_each_time(origin: Origin) -> None:
    frozen = Frozen(origin, Counter())
    answers = [ask(frozen), ask(frozen)]
    assert len(origin.asked) == 2
    assert [answer.body for answer in answers] == [PAGE, PAGE]
    assert frozen.held == (0, 0)


@pytest.mark.parametrize("secret", [(b"cookie", b"session=1"), (b"authorization", b"Bearer 1")])
def test_who_is_signed_in_is_never_answered_from_memory_and_leaves_nothing_there(secret: Header) -> None:
    origin = Origin()
    frozen = Frozen(origin, Counter())
    assert ask(frozen, "/", secret)["x-frozen"] is None
    assert frozen.held == (0, 0)
    ask(frozen)
    ask(frozen, "/", secret)
    assert len(origin.asked) == 3


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_only_reading_is_answered_from_memory(method: str) -> None:
    origin = Origin()
    frozen = Frozen(origin, Counter())
    ask(frozen, method=method)
    assert frozen.held == (0, 0)
    ask(frozen)
    ask(frozen, method=method)
    assert [asked[0] for asked in origin.asked] == [method, "GET", method]


def test_the_mark_of_the_house_never_leaves_it() -> None:
    for origin in (Origin(), Origin(status=404), Origin(headers=(KEPT, (b"set-cookie", b"a=b")))):
        assert ask(Frozen(origin, Counter()))["x-frozen"] is None


def test_a_page_too_large_to_keep_flows_through_unharmed() -> None:
    origin = Origin(pieces=5)
    frozen = Frozen(origin, Counter(), largest=1000)
    assert ask(frozen).body == ask(frozen).body == PAGE
    assert ask(frozen, method="HEAD").body == b""
    assert frozen.held == (0, 0)


# --- when facts change ----------------------------------------------------------------------------


def test_everything_is_dropped_when_the_generation_changes() -> None:
    origin, generation = Origin(), Counter()
    frozen = Frozen(origin, generation)
    ask(frozen, "/a")
    ask(frozen, "/b")
    generation.rise()
    origin.body = b"new facts"
    assert ask(frozen, "/a").body == b"new facts"
    assert frozen.held[0] == 1


def test_an_answer_made_while_facts_changed_is_sent_but_not_kept() -> None:
    generation = Counter()
    origin = Origin(meanwhile=generation.rise)
    frozen = Frozen(origin, generation)
    assert ask(frozen).body == PAGE
    assert frozen.held == (0, 0)


def test_an_answer_from_before_a_change_that_others_have_seen_is_not_kept_either() -> None:
    generation = Counter()
    origin = Origin()
    frozen = Frozen(origin, generation)

    def change_and_let_another_reader_notice() -> None:
        origin.meanwhile = lambda: None
        generation.rise()
        ask(frozen, "/other")

    origin.meanwhile = change_and_let_another_reader_notice
    ask(frozen, "/slow")
    ask(frozen, "/slow")
    assert [path for _, path, _ in origin.asked] == ["/slow", "/other", "/slow"]


def test_two_readers_who_ask_at_once_for_a_page_that_is_not_held_leave_it_there_once() -> None:
    origin = Origin()
    frozen = Frozen(origin, Counter())

    def let_another_reader_ask() -> None:
        origin.meanwhile = lambda: None
        ask(frozen)

    origin.meanwhile = let_another_reader_ask
    ask(frozen)
    assert len(origin.asked) == 2
    entries, size = frozen.held
    ask(frozen, "/other")
    assert (entries, frozen.held) == (1, (2, 2 * size))


# --- bounds ---------------------------------------------------------------------------------------


def test_no_more_entries_are_held_than_allowed_and_the_least_wanted_go_first() -> None:
    origin = Origin()
    frozen = Frozen(origin, Counter(), entries=3)
    for path in ("/1", "/2", "/3", "/1", "/4"):
        ask(frozen, path)
    assert frozen.held[0] == 3
    before = len(origin.asked)
    ask(frozen, "/1")
    assert len(origin.asked) == before
    ask(frozen, "/2")
    assert len(origin.asked) == before + 1


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 900)), max_size=30))
def test_the_room_is_never_exceeded_and_the_account_of_it_is_right(asked: list[tuple[str, int]]) -> None:
    generation = Counter()
    origin = Origin()
    frozen = Frozen(origin, generation, room=1500, entries=4)
    for path, size in asked:
        origin.body = bytes(size)
        ask(frozen, path)
        held, used = frozen.held
        assert held <= 4
        assert used <= 1500
    generation.rise()
    origin.headers = (HTML,)
    ask(frozen)
    assert frozen.held == (0, 0)


# --- conditional requests, heads and gzip ---------------------------------------------------------


def test_a_reader_who_holds_the_page_gets_a_304_and_no_body() -> None:
    frozen = Frozen(Origin(), Counter())
    tag = ask(frozen).headers[b"etag"]
    again = ask(frozen, "/", (b"if-none-match", tag))
    assert (again.status, again.body) == (304, b"")
    assert again.headers[b"etag"] == tag
    assert again["content-length"] is None
    assert again["cache-control"] == "public, no-cache"


@pytest.mark.parametrize("form", [b"W/%s", b'"other", %s', b'%s , "other"', b"*"])
def test_if_none_match_is_read_in_every_form(form: bytes) -> None:
    frozen = Frozen(Origin(), Counter())
    tag = ask(frozen).headers[b"etag"]
    assert ask(frozen, "/", (b"if-none-match", form.replace(b"%s", tag))).status == 304


def test_a_reader_who_holds_another_page_gets_the_whole_of_this_one() -> None:
    frozen = Frozen(Origin(), Counter())
    ask(frozen)
    assert ask(frozen, "/", (b"if-none-match", b'"other"'), (b"if-none-match", b'"third"')).body == PAGE


def test_a_reader_who_revalidates_what_was_dropped_is_told_that_it_is_unchanged() -> None:
    generation = Counter()
    frozen = Frozen(Origin(), generation)
    tag = ask(frozen).headers[b"etag"]
    generation.rise()
    assert ask(frozen, "/", (b"if-none-match", tag)).status == 304


def test_a_changed_page_has_another_tag() -> None:
    origin, generation = Origin(), Counter()
    frozen = Frozen(origin, generation)
    before = ask(frozen)["etag"]
    origin.body += b"!"
    generation.rise()
    assert ask(frozen)["etag"] != before


def test_a_head_is_a_get_without_its_body_held_or_not() -> None:
    origin = Origin()
    frozen = Frozen(origin, Counter())
    first, held = ask(frozen, method="HEAD"), ask(frozen, method="HEAD")
    assert (first.status, first.body, first["content-length"]) == (200, b"", str(len(PAGE)))
    assert first.headers == held.headers
    assert origin.asked == [("GET", "/", b"")]
    assert ask(frozen).body == PAGE


def test_a_head_of_what_is_not_kept_has_no_body_either() -> None:
    origin = Origin(headers=(HTML,), status=404, pieces=3)
    answer = ask(Frozen(origin, Counter()), method="HEAD")
    assert (answer.status, answer.body) == (404, b"")


def test_who_takes_gzip_gets_it_with_a_tag_of_its_own() -> None:
    frozen = Frozen(Origin(), Counter())
    plain = ask(frozen)
    packed = ask(frozen, "/", (b"accept-encoding", b"gzip, br"))
    assert packed["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == PAGE
    assert packed["content-length"] == str(len(packed.body))
    assert packed["etag"] != plain["etag"]
    for tag in (packed.headers[b"etag"], plain.headers[b"etag"]):
        again = ask(frozen, "/", (b"accept-encoding", b"gzip"), (b"if-none-match", tag))
        assert again.status == 304


def test_what_does_not_shrink_is_sent_as_it_is() -> None:
    for body in (b"short", random.Random(1).randbytes(2000)):
        answer = ask(Frozen(Origin(body=body), Counter()), "/", (b"accept-encoding", b"gzip"))
        assert (answer.body, answer["content-encoding"]) == (body, None)


@pytest.mark.parametrize(
    ("field", "takes"),
    [
        (b"gzip", True), (b"br, GZIP", True), (b"gzip;q=0.5", True), (b"gzip; q=1.0", True), (b"gzip;q=0", False),
        (b"gzip; q=0.000", False), (b"br", False), (b"", False), (b"x-gzip", False), (b"identity", False),
    ],
)  # fmt: skip
def test_accept_encoding_is_read_as_it_is_meant(field: bytes, takes: bool) -> None:
    assert takes_gzip(field) is takes


@given(st.binary(max_size=60))
def test_no_accept_encoding_whatever_it_holds_is_a_fault(field: bytes) -> None:
    assert takes_gzip(field) in (True, False)


@given(st.binary(max_size=2000))
def test_both_forms_of_an_answer_hold_the_same_bytes(body: bytes) -> None:
    answer = Answer.of(body, [HTML])
    assert answer.plain.body["body"] == body
    if answer.packed:
        assert gzip.decompress(answer.packed.body["body"]) == body
        assert len(answer.packed.body["body"]) < len(body)
    assert Asked.by([]) == Asked(anonymous=True, match=None, gzipped=False)


# --- headers of every answer ----------------------------------------------------------------------


@pytest.mark.parametrize("headers", [(HTML, KEPT), (HTML,)], ids=["kept", "not kept"])
def test_security_headers_stand_on_every_answer_once(headers: Sequence[Header]) -> None:
    frozen = Frozen(Origin(headers=headers), Counter())
    tag = ask(frozen).headers.get(b"etag", b'"none"')
    for answer in (ask(frozen), ask(frozen, "/", (b"if-none-match", tag)), ask(frozen, method="HEAD")):
        sent = answer.messages[0]["headers"]
        assert [header for header in sent if header in SECURITY] == list(SECURITY)
        assert len({name for name, _ in sent}) == len(sent)


def test_a_policy_that_the_application_wrote_itself_is_left_alone() -> None:
    own = (b"content-security-policy", b"default-src 'none'")
    for headers in ((HTML, own), (HTML, KEPT, own)):
        frozen = Frozen(Origin(headers=headers), Counter())
        for answer in (ask(frozen), ask(frozen)):
            assert answer["content-security-policy"] == "default-src 'none'"


# --- everything else ------------------------------------------------------------------------------


def test_what_is_not_http_goes_straight_to_the_application() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        raise AssertionError("not called")

    frozen = Frozen(app, Counter())
    for kind in ("lifespan", "websocket"):
        finish(frozen({"type": kind}, nothing, nothing))
    assert seen == ["lifespan", "websocket"]


def test_messages_of_other_kinds_pass_through() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.debug"})

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("nobody here sends a body")

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    finish(Frozen(app, Counter())(scope, receive, send))
    assert sent == [{"type": "http.response.debug"}]


def test_an_application_that_fails_half_way_leaves_nothing_behind() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [HTML, KEPT]})
        raise ZeroDivisionError

    frozen = Frozen(app, Counter())
    with pytest.raises(ZeroDivisionError):
        ask(frozen)
    assert frozen.held == (0, 0)
