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
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise, repeat

from tests.bench.measuring import Sample, cpu_of

_SIZE = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding: *chunked")
_LAST_CHUNK = b"0\r\n\r\n"
_ROOM = 1 << 18


@dataclass(frozen=True, slots=True)
class Load:
    """What a load came to: answers, seconds, the server's seconds of the processor, each answer's wait.

    Over one connection ``cpus`` are the server's seconds of the processor for each answer; over more they are mixed.
    """

    answers: int
    seconds: float
    cpu: float
    waits: Sequence[float]
    cpus: Sequence[float] = ()

    @property
    def sample(self) -> Sample:
        """Seconds between answers, and of the server's processor for each."""
        return Sample(self.seconds / self.answers, self.cpu / self.answers)

    @property
    def each(self) -> Sample:
        """The median wait for an answer, and what each took of the server's processor."""
        return Sample(sorted(self.waits)[len(self.waits) // 2], self.cpu / self.answers)


def quantile(numbers: Sequence[float], share: float) -> float:
    """The number that the given share of all numbers does not pass."""
    return sorted(numbers)[min(int(len(numbers) * share), len(numbers) - 1)]


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
    """One kept connection: sends a request, hears the answer. What is heard goes into one room for all."""

    def __init__(self, port: int, room: bytearray) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._room = room
        self.head = b""
        self._missing: int | None = 0
        self._tail = b""
        self.sent_at = 0.0

    def ask(self, request: bytes) -> None:
        self.head = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def hear(self) -> tuple[int, int, bool]:
        """Take what has come: where in the room the body lies in it, and whether the answer is whole.

        A head comes in one piece, as servers send it.
        """
        size = self.socket.recv_into(self._room)
        if not size:
            raise ConnectionError("the server closed the connection in the middle of an answer")
        body = 0
        if not self.head:
            body = self._room.find(b"\r\n\r\n", 0, size) + 4
            if body < 4:
                raise ValueError("the head of an answer came in pieces")
            self.head = bytes(self._room[: body - 2])
            self._missing = self._size()
            self._tail = b""
        if self._missing is not None:
            self._missing -= size - body
            return body, size, self._missing <= 0
        self._tail = (self._tail + self._room[max(body, size - len(_LAST_CHUNK)) : size])[-len(_LAST_CHUNK) :]
        return body, size, self._tail == _LAST_CHUNK

    def _size(self) -> int | None:
        """How many bytes of body come; None where they come in chunks."""
        if self.head[9:12] in (b"304", b"204"):
            return 0
        if found := _SIZE.search(self.head):
            return int(found[1])
        if _CHUNKED.search(self.head):
            return None
        raise ValueError(f"the answer does not say where it ends: {self.head!r}")


def request(path: str, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """The bytes that ask for an address."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{lines}\r\n".encode()


def sending(method: str, path: str, kind: str, body: bytes, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """The bytes that send a body of some content type to an address."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{lines}content-type: {kind}\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def get(port: int, path: str, *headers: tuple[str, str]) -> Got:
    """One answer on a connection of its own."""
    room, body, whole = bytearray(_ROOM), bytearray(), False
    asker = _Asker(port, room)
    with asker.socket:
        asker.ask(request(path, headers))
        while not whole:
            begins, ends, whole = asker.hear()
            body += room[begins:ends]
    return Got(asker.head, bytes(body))


def load(
    server: tuple[int, int], requests: bytes | Iterator[bytes], *, connections: int, seconds: float, status: int = 200
) -> Load:
    """Ask a server (port, pid) over so many connections at once, for a while; at least once on each.

    ``requests`` are one request, repeated, or requests in turn, which end the load where they end.
    """
    port, pid = server
    ahead = repeat(requests) if isinstance(requests, bytes) else requests
    room, expected = bytearray(_ROOM), str(status).encode()
    waits: list[float] = []
    marks: list[float] = []
    with ExitStack() as opened:
        ready = opened.enter_context(selectors.DefaultSelector())
        askers = [_Asker(port, room) for _ in range(connections)]
        for asker in askers:
            opened.enter_context(asker.socket)
            ready.register(asker.socket, selectors.EVENT_READ, asker)
        began_cpu, began = cpu_of(pid), time.perf_counter()
        for asker in askers:
            asker.ask(next(ahead))
        busy, now, end = connections, began, began + seconds
        while busy:
            for key, _ in ready.select():
                asker = key.data
                if not asker.hear()[2]:
                    continue
                now = time.perf_counter()
                waits.append(now - asker.sent_at)
                if connections == 1:
                    marks.append(cpu_of(pid))
                if asker.head[9:12] != expected:
                    raise ValueError(f"{status} was expected, the server answered {asker.head.decode('latin-1')}")
                one = next(ahead, None) if now < end else None
                if one is None:  # no longer listened to: a server closes what is idle
                    ready.unregister(asker.socket)
                    busy -= 1
                else:
                    asker.ask(one)
        took = cpu_of(pid) - began_cpu
    cpus = [after - before for before, after in pairwise([began_cpu, *marks])]
    return Load(len(waits), now - began, took, waits, cpus)
