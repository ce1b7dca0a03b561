"""The whole application as a reader meets it, with no socket between: ``site.get("/status.csv")``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event

from alignment.settings import Settings
from alignment.web.app import create_app
from tests.asking import done
from tests.conftest import NOW


@dataclass(frozen=True)
class Site:
    """A client of an application on a database of its own."""

    app: Any

    def get(self, address: str, **headers: str) -> httpx.Response:
        """One GET; an underscore in a header's name stands for a hyphen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._run("GET", address, named)

    def head(self, address: str) -> httpx.Response:
        return self._run("HEAD", address, {})

    def end(self) -> None:
        """Tell the application that its server has started and stops: its connections are closed."""
        done(self._live_and_end())

    def _run(self, method: str, address: str, headers: dict[str, str]) -> httpx.Response:
        return done(self._ask(method, address, headers))

    async def _ask(self, method: str, address: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://register.example") as client:
            return await client.request(method, address, headers=headers)

    async def _live_and_end(self) -> None:
        told = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive() -> dict[str, str]:
            return {"type": next(told)}

        async def send(message: dict[str, str]) -> None:
            assert message["type"].endswith(".complete"), message

        await self.app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)


def site_on(database_url: str) -> Site:
    """The application on a database, at the time of the tests."""
    settings = Settings(database_url=database_url, base_url="https://register.example")
    return Site(create_app(settings, clock=lambda: NOW))


def site_on_copy(template: Path, folders: pytest.TempPathFactory) -> Site:
    """The application on a copy of a database that only readers share."""
    copy = folders.mktemp("site") / template.name
    shutil.copyfile(template, copy)
    return site_on(f"sqlite:///{copy}")


LOOK = ("max(event.seq)", "pragma_user_version", "AS regclass")
"""What stands in the statements by which a server notices what others write."""


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The SELECTs that any engine runs meanwhile; the look for other processes' writes, once a second, is none."""
    asked: list[str] = []

    def note(*given: Any) -> None:
        if given[2].lstrip().startswith(("SELECT", "WITH")) and not any(mark in given[2] for mark in LOOK):
            asked.append(given[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)
