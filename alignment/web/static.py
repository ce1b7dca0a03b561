"""Style, script and icons, read once and answered from memory under names that carry their hash."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import cast

from litestar import asgi
from litestar.exceptions import MethodNotAllowedException
from litestar.handlers import ASGIRouteHandler
from litestar.types import HTTPScope, Receive, Scope, Send

from alignment.web.frozen import Answer, Asked
from alignment.web.frozen import Send as RawSend

FOLDER = Path(__file__).resolve().parent.parent / "static"

# Said in full so that no table of the operating system decides what a browser is told.
TYPES = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml; charset=utf-8",
    ".png": b"image/png",
    ".ico": b"image/x-icon",
    ".webmanifest": b"application/manifest+json",
}
IMMUTABLE = b"public, max-age=31536000, immutable"
FOR_A_DAY = b"public, max-age=86400"
# Browsers and phones ask for these by name, whatever the page says.
FIXED = ("favicon.ico", "favicon.svg", "apple-touch-icon.png")


class Assets:
    """The files of one folder: their public addresses and their answers."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._addresses: dict[str, str] = {}
        self.answers: dict[str, Answer] = {}
        for file in sorted(folder.iterdir()):
            if file.suffix in TYPES:
                self._add(file)

    def _add(self, file: Path) -> None:
        body = file.read_bytes()
        address = f"/static/{file.stem}.{hashlib.sha256(body).hexdigest()[:12]}{file.suffix}"
        described = [(b"content-type", TYPES[file.suffix])]
        self._addresses[file.name] = address
        self.answers[address] = Answer.of(body, described, cache_control=IMMUTABLE, vary=b"accept-encoding")
        if file.name in FIXED:
            self.answers[f"/{file.name}"] = Answer.of(body, described, cache_control=FOR_A_DAY, vary=b"accept-encoding")

    def address(self, name: str) -> str:
        """The address of a file, which changes with its content: ``/static/app.3f0c….css``."""
        try:
            return self._addresses[name]
        except KeyError:
            raise LookupError(f"no static file is called {name}; there are {', '.join(self._addresses)}") from None

    def content(self, address: str) -> bytes:
        """The file that stands at an address, as it is."""
        return bytes(self.answers[address].plain.body["body"])

    def handler(self) -> ASGIRouteHandler:
        """The route that answers every address here, 304 and gzip included.

        Each address is a route of its own, so an unknown one gets the same page as any other.
        """
        answers = self.answers

        @asgi(sorted(answers), copy_scope=False)
        async def static(scope: Scope, receive: Receive, send: Send) -> None:
            method = cast(HTTPScope, scope)["method"]
            if method not in ("GET", "HEAD"):
                raise MethodNotAllowedException(headers={"allow": "GET, HEAD"})
            asked = Asked.by(scope["headers"])
            await answers[scope["path"]].send(method, asked.match, asked.gzipped, cast(RawSend, send))

        return static
