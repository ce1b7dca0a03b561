"""What is published is answered here, from memory, before the router is asked.

Readers of public pages are the many, and those pages change only when a fact does. This layer
stands in front of the application, keeps the bytes of each public page, and drops them all when the
caller's *generation* changes. It knows nothing but bytes: the application marks what may be kept
with the header ``x-frozen: yes``, and that mark never leaves the house.

It also writes the security headers on every answer, and answers HEAD wherever there is a GET.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from alignment.domain.frozen import dataclass

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]
Header = tuple[bytes, bytes]

MARK: Header = (b"x-frozen", b"yes")

SECURITY: tuple[Header, ...] = (
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)

REVALIDATE = b"public, no-cache"
_VARY = b"accept-encoding, cookie, authorization"
# A page that depends on any other request header cannot be kept under its address alone.
_MAY_VARY_BY = frozenset({b"", b"accept-encoding", b"cookie", b"authorization"})
_REPLACED = frozenset({MARK[0], b"content-length", b"etag", b"vary", b"cache-control"})
_REFUSED = frozenset({b"set-cookie", b"content-encoding"})
# A body is packed where it is longer than this and becomes that much smaller.
_SMALL = 512
_WORTHWHILE = 0.9
_NOTHING: Message = {"type": "http.response.body", "body": b""}


@dataclass(frozen=True, slots=True)
class Variant:
    """One form of a body, plain or gzip: its strong ETag and the ASGI messages that carry it."""

    etag: bytes
    start: Message
    body: Message
    unchanged: Message


class Answer:
    """A 200 response whose messages are made once and sent as often as somebody asks.

    Its gzip form is made for the first who takes it, so that a page that is asked for once, by one who
    does not, costs nothing more.
    """

    __slots__ = ("_body", "_described", "_packed", "_packed_etag", "_shared", "plain", "size")

    def __init__(self, body: bytes, described: list[Header], shared: list[Header]) -> None:
        tag = hashlib.sha256(body).hexdigest()[:32].encode()
        self._body: bytes | None = body if len(body) > _SMALL else None
        self._described = described
        self._shared = shared
        self._packed: Variant | None = None
        self._packed_etag = b'"%s-gz"' % tag
        self.plain = _variant(body, b'"%s"' % tag, described, shared)
        self.size = len(body) if self._body is None else len(body) + int(len(body) * _WORTHWHILE)

    @classmethod
    def of(
        cls,
        body: bytes,
        headers: Iterable[Header],
        *,
        cache_control: bytes = REVALIDATE,
        vary: bytes = _VARY,
        always: Sequence[Header] = (),
    ) -> Answer:
        """An answer with this body; ``headers`` describe it, ``always`` are repeated on a 304 too."""
        described = [header for header in headers if header[0] not in _REPLACED]
        return cls(body, described, [(b"cache-control", cache_control), (b"vary", vary), *always])

    @property
    def packed(self) -> Variant | None:
        """The gzip form; None where it would save next to nothing. ``size`` has room for it from the start."""
        if self._body is not None:
            small = gzip.compress(self._body, 6, mtime=0)
            if len(small) < _WORTHWHILE * len(self._body):
                described = [*self._described, (b"content-encoding", b"gzip")]
                self._packed = _variant(small, self._packed_etag, described, self._shared)
            self._body = None
        return self._packed

    async def send(self, method: str, match: bytes | None, gzipped: bool, send: Send) -> None:
        """Send the whole of it, its head alone, or a 304 if the asker holds it already."""
        variant = (gzipped and self.packed) or self.plain
        if match is not None and (match == variant.etag or self._held(match)):
            await send(variant.unchanged)
            await send(_NOTHING)
            return
        await send(variant.start)
        await send(_NOTHING if method == "HEAD" else variant.body)

    def _held(self, match: bytes) -> bool:
        """Whether an If-None-Match field names this answer in either form (weak comparison)."""
        tags = {tag.strip().removeprefix(b"W/") for tag in match.split(b",")}
        return b"*" in tags or not tags.isdisjoint((self.plain.etag, self._packed_etag))


def _variant(body: bytes, etag: bytes, described: list[Header], shared: list[Header]) -> Variant:
    told = [(b"etag", etag), *shared]
    size = (b"content-length", str(len(body)).encode())
    return Variant(
        etag=etag,
        start={"type": "http.response.start", "status": 200, "headers": [*described, size, *told]},
        body={"type": "http.response.body", "body": body},
        unchanged={"type": "http.response.start", "status": 304, "headers": told},
    )


class Asked(NamedTuple):
    """What the headers of a request say about how it may be answered."""

    anonymous: bool
    match: bytes | None
    gzipped: bool

    @classmethod
    def by(cls, headers: Iterable[Header]) -> Asked:
        """Read the request's headers once."""
        anonymous, match, gzipped = True, None, False
        for name, value in headers:
            if name == b"if-none-match":
                match = value if match is None else match + b"," + value
            elif name == b"accept-encoding":
                gzipped = takes_gzip(value)
            elif name in (b"cookie", b"authorization"):
                anonymous = False
        return cls(anonymous, match, gzipped)


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: bytes) -> bool:
    """Whether an Accept-Encoding field allows gzip: ``gzip, br`` does, ``gzip;q=0`` does not."""
    for offer in accept_encoding.lower().split(b","):
        coding, _, weight = offer.replace(b" ", b"").partition(b";q=")
        if coding == b"gzip":
            return weight.strip(b"0.") != b"" if weight else True
    return False


class Frozen:
    """The application, with its public pages answered from memory.

    ``generation`` is asked on every request, so it must be cheap and must not raise or wait: a
    counter that a commit raises *after* it is durable, or a number that the database keeps. While it
    stays equal, what was kept is served; when it differs, everything is dropped. An answer that was
    being made meanwhile is sent but not kept.

    At most ``entries`` answers of ``room`` bytes together are held; the least recently asked for go
    first. An answer of more than ``largest`` bytes is passed on and never held.
    """

    def __init__(
        self,
        app: App,
        generation: Callable[[], object],
        *,
        headers: Sequence[Header] = SECURITY,
        entries: int = 2048,
        room: int = 8 * 1024 * 1024,
        largest: int = 1024 * 1024,
    ) -> None:
        self._app = app
        self._generation = generation
        self._headers = tuple(headers)
        self._entries = entries
        self._room = room
        self.largest = largest
        self._kept: OrderedDict[tuple[str, bytes], Answer] = OrderedDict()
        self._size = 0
        self._seen = generation()

    @property
    def held(self) -> tuple[int, int]:
        """How many answers are held, and how many bytes they take."""
        return len(self._kept), self._size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory if the page is held and the request is anonymous; else ask the application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if (now := self._generation()) != self._seen:
            self._drop(now)
        key = (scope["path"], scope["query_string"])
        answer = self._kept.get(key)
        if answer is not None and (method := scope["method"]) in ("GET", "HEAD"):
            asked = Asked.by(scope["headers"])
            if asked.anonymous:
                self._kept.move_to_end(key)
                await answer.send(method, asked.match, asked.gzipped, send)
                return
        await self._ask(scope, receive, send)

    async def _ask(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and keep the answer if it may be kept."""
        exchange = _Exchange(self, scope, send)
        if scope["method"] == "HEAD":  # a GET without its body, so that no route has to say so
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, exchange.forward)

    def dressed(self, headers: Iterable[Header]) -> list[Header]:
        """Response headers with the security headers, less those that the application wrote itself."""
        own = [(name.lower(), value) for name, value in headers]
        names = {name for name, _ in own}
        return [*own, *(header for header in self._headers if header[0] not in names)]

    def answer(self, body: bytes, headers: list[Header]) -> Answer:
        """The application's 200 as an answer that can be sent again."""
        written = dict(headers)
        cache_control = written.get(b"cache-control", REVALIDATE)
        security = {name for name, _ in self._headers}
        return Answer.of(
            body,
            [header for header in headers if header[0] not in security],
            cache_control=cache_control,
            always=[header for header in headers if header[0] in security],
        )

    def keep(self, key: tuple[str, bytes], answer: Answer, generation: object) -> None:
        """Hold an answer that was made from facts of this generation, unless they changed meanwhile."""
        if generation != self._seen or generation != self._generation():
            return
        if (old := self._kept.pop(key, None)) is not None:
            self._size -= old.size
        self._kept[key] = answer
        self._size += answer.size
        while len(self._kept) > self._entries or self._size > self._room:
            self._size -= self._kept.popitem(last=False)[1].size

    @property
    def seen(self) -> object:
        """The generation that what is held was made from."""
        return self._seen

    def _drop(self, now: object) -> None:
        self._kept.clear()
        self._size = 0
        self._seen = now


class _Exchange:
    """One request on its way through the application, and what becomes of the answer."""

    __slots__ = (
        "_asked",
        "_body",
        "_frozen",
        "_generation",
        "_head",
        "_held",
        "_key",
        "_method",
        "_send",
        "_size",
    )

    def __init__(self, frozen: Frozen, scope: Scope, send: Send) -> None:
        self._frozen = frozen
        self._send = send
        self._method: str = scope["method"]
        self._head = self._method == "HEAD"
        # The router rewrites the path of the scope, so the key is taken before it runs.
        self._key: tuple[str, bytes] = (scope["path"], scope["query_string"])
        self._asked = Asked.by(scope["headers"])
        self._generation = frozen.seen
        self._held: list[Header] | None = None
        self._body: list[bytes] = []
        self._size = 0

    async def forward(self, message: Message) -> None:
        """Pass one message of the application on, held back while its answer may still be kept."""
        if message["type"] == "http.response.start":
            await self._start(message)
        elif message["type"] != "http.response.body":
            await self._send(message)
        elif self._held is not None:
            await self._collect(message, self._held)
        else:
            await self._send({**message, "body": b""} if self._head else message)

    async def _start(self, message: Message) -> None:
        headers = self._frozen.dressed(message.get("headers", ()))
        if MARK in headers:
            headers.remove(MARK)
            if message["status"] == 200 and self._may_be_kept(headers):
                self._held = headers
                return
        await self._send({**message, "headers": headers})

    def _may_be_kept(self, headers: list[Header]) -> bool:
        if self._method not in ("GET", "HEAD") or not self._asked.anonymous:
            return False
        if any(name in _REFUSED for name, _ in headers):
            return False
        varies = b",".join(value for name, value in headers if name == b"vary").lower().split(b",")
        return _MAY_VARY_BY.issuperset(part.strip() for part in varies)

    async def _collect(self, message: Message, headers: list[Header]) -> None:
        self._body.append(message.get("body", b""))
        self._size += len(self._body[-1])
        too_large = self._size > self._frozen.largest
        if message.get("more_body", False) and not too_large:
            return
        body = b"".join(self._body)
        self._held = None
        if too_large:  # from here on it flows through
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
            await self._send({**message, "body": b"" if self._head else body})
            return
        answer = self._frozen.answer(body, headers)
        self._frozen.keep(self._key, answer, self._generation)
        await answer.send(self._method, self._asked.match, self._asked.gzipped, self._send)
