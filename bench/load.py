"""Requests from this process to a server in another: closed loop, keep-alive, one thread.

It speaks just enough HTTP/1.1 to know where an answer ends, so that the server, not the asker, is
what is measured.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

from bench.measuring import Sample, cpu_of

_SIZE = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding: *chunked")
_LAST_CHUNK = b"0\r\n\r\n"
_PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class Load:
    """What a load came to: answers, seconds, the server's seconds of the processor, each answer's wait."""

    answers: int
    seconds: float
    cpu: float
    waits: Sequence[float]

    @property
    def sample(self) -> Sample:
        """Seconds between answers, and of the server's processor for each."""
        return Sample(self.seconds / self.answers, self.cpu / self.answers)

    @property
    def each(self) -> Sample:
        """The median wait for an answer, and what each took of the server's processor."""
        return Sample(sorted(self.waits)[len(self.waits) // 2], self.cpu / self.answers)


@dataclass(frozen=True, slots=True)
class Got:
    """One answer as it came: status line and headers, and body."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        return int(self.head[9:12])

    def header(self, name: str) -> str:
        """The value of a header; empty where there is none."""
        found = re.search(rf"(?i)\r\n{name}: *([^\r]*)".encode(), self.head)
        return found[1].decode() if found else ""


class _Asker:
    """One kept connection: sends a request, gathers the answer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = b""
        self._pieces: list[bytes] = []
        self._missing: int | None = 0
        self.sent_at = 0.0

    def ask(self, request: bytes) -> None:
        self._head, self._pieces, self._missing = b"", [], 0
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def hear(self) -> Got | None:
        """Take what has come; the answer, once it is whole."""
        piece = self.socket.recv(_PIECE)
        if not piece:
            raise ConnectionError("the server closed the connection in the middle of an answer")
        if not self._head:
            self._pieces.append(piece)
            whole = b"".join(self._pieces)
            end = whole.find(b"\r\n\r\n")
            if end < 0:
                return None
            self._head, piece = whole[: end + 2], whole[end + 4 :]
            self._pieces = []
            self._missing = self._size()
        self._pieces.append(piece)
        if self._missing is None:
            done = b"".join(self._pieces[-2:]).endswith(_LAST_CHUNK)
        else:
            self._missing -= len(piece)
            done = self._missing <= 0
        return Got(self._head, b"".join(self._pieces)) if done else None

    def _size(self) -> int | None:
        """How many bytes of body come; None where they come in chunks."""
        if self._head[9:12] in (b"304", b"204"):
            return 0
        if found := _SIZE.search(self._head):
            return int(found[1])
        if _CHUNKED.search(self._head):
            return None
        raise ValueError(f"the answer does not say where it ends: {self._head!r}")


def request(path: str, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """The bytes that ask for an address."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{lines}\r\n".encode()


def get(port: int, path: str, *headers: tuple[str, str]) -> Got:
    """One answer on a connection of its own."""
    asker = _Asker(port)
    with asker.socket:
        asker.ask(request(path, headers))
        while (got := asker.hear()) is None:
            pass
    return got


def load(
    server: tuple[int, int], requests: bytes | Iterator[bytes], *, connections: int, seconds: float, status: int = 200
) -> Load:
    """Ask a server (port, pid) over so many connections at once, for a while; at least once on each."""
    port, pid = server
    ahead = repeat(requests) if isinstance(requests, bytes) else requests
    with selectors.DefaultSelector() as ready:
        askers = [_Asker(port) for _ in range(connections)]
        for asker in askers:
            ready.register(asker.socket, selectors.EVENT_READ, asker)
        began_cpu, began = cpu_of(pid), time.perf_counter()
        for asker in askers:
            asker.ask(next(ahead))
        waits: list[float] = []
        busy, now, end = connections, began, began + seconds
        expected = str(status).encode()
        while busy:
            for key, _ in ready.select():
                asker = key.data
                got = asker.hear()
                if got is None:
                    continue
                now = time.perf_counter()
                waits.append(now - asker.sent_at)
                if got.head[9:12] != expected:
                    raise ValueError(f"the server answered {got.status} where {status} was expected: {got.body[:200]!r}")
                if now < end:
                    asker.ask(next(ahead))
                else:
                    busy -= 1
        took = cpu_of(pid) - began_cpu
        for asker in askers:
            asker.socket.close()
    return Load(len(waits), now - began, took, waits)
