"""A small mail server for tests: it keeps what it is given, or takes nothing."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Mailbox(socketserver.ThreadingTCPServer):
    """A small mail server that keeps what it is given, or takes nothing."""

    daemon_threads = True

    def __init__(self, *, refuses: bool = False) -> None:
        self.kept: list[bytes] = []
        self.refuses = refuses
        super().__init__(("127.0.0.1", 0), Conversation)


class Conversation(socketserver.StreamRequestHandler):
    """What a mail server says to each command."""

    server: Mailbox

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            command = line[:4].upper()
            if command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.kept.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            if command == b"RCPT" and self.server.refuses:
                self.wfile.write(b"550 no such mailbox\r\n")
                continue
            self.wfile.write(b"221 bye\r\n" if command == b"QUIT" else b"250 well\r\n")
            if command == b"QUIT":
                return


@contextmanager
def mailbox(*, refuses: bool = False) -> Iterator[Mailbox]:
    with Mailbox(refuses=refuses) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
