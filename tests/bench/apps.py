"""The applications that are served: the register, and the bare ones that it is compared with."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Any]

# What the server adds by itself.
_BY_SERVER = {b"date", b"server"}

# The status table as somebody would ask Datasette for it: what the register prints, less its sentences.
STATUS_SQL = """
SELECT programme.number, programme_name.name AS standard, programme.metals_said AS metals,
    (SELECT group_concat(part || ': ' || progress, '; ') FROM part_progress
        JOIN assessment ON assessment.id = part_progress.assessment_id
        WHERE assessment.programme_id = programme.id AND part_progress.effective_on <= :as_at) AS progress,
    (SELECT group_concat(scope || ': ' || level, '; ') FROM result
        JOIN assessment ON assessment.id = result.assessment_id
        WHERE assessment.programme_id = programme.id AND result.effective_on <= :as_at) AS results,
    decision.act AS approval, decision.effective_on AS since, source.title AS source
FROM programme
JOIN programme_name ON programme_name.programme_id = programme.id AND programme_name.use = 'table'
LEFT JOIN decision ON decision.id = (
    SELECT latest.id FROM decision AS latest
    WHERE latest.programme_id = programme.id AND latest.effective_on <= :as_at
        AND latest.id NOT IN (SELECT corrects FROM decision WHERE corrects IS NOT NULL)
    ORDER BY latest.effective_on DESC, latest.position DESC LIMIT 1)
LEFT JOIN source ON source.id = decision.source_id
WHERE NOT programme.example
ORDER BY programme.number
"""
DATASETTE_STATUS = "/register/status?as_at=2026-01-01"

# One brand's coverage as somebody would ask Datasette for it: how its declared programmes are rated.
BRAND_SQL = """
SELECT rating.criterion, rating.part, rating.level, count(*) AS programmes
FROM declaration
JOIN assessment ON ' ' || declaration.programmes || ' ' LIKE '% ' || assessment.programme_id || ' %'
JOIN rating ON rating.assessment_id = assessment.id
WHERE declaration.brand_id = :brand
GROUP BY rating.criterion, rating.part, rating.level
"""
DATASETTE_BRAND = "/register/brand.json?brand=measured-brand-1"


def register(database: Path) -> App:
    """The register on an SQLite file."""
    from alignment.settings import Settings
    from alignment.web.app import create_app

    return create_app(Settings(database_url=f"sqlite:///{database}"))


def raw(answer: Path) -> App:
    """An answer that was recorded, head and body, sent as it is: as little as ASGI allows."""
    head, _, body = answer.read_bytes().partition(b"\r\n\r\n")
    lines = [line.split(b": ", 1) for line in head.split(b"\r\n")[1:]]
    headers = [(name.lower(), value) for name, value in lines if name.lower() not in _BY_SERVER]
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    whole = {"type": "http.response.body", "body": body}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send(start)
            await send(whole)

    return app


def litestar(_: Path) -> App:
    """Litestar with one route and nothing else."""
    from litestar import Litestar, get

    @get("/", sync_to_thread=False)
    def home() -> str:
        return "It answers."

    return Litestar([home], openapi_config=None)


def datasette(database: Path) -> App:
    """Datasette on the same data, told that the file does not change, with the status table as a query."""
    from datasette.app import Datasette  # type: ignore[import-untyped]

    metadata = {"databases": {"register": {"queries": {"status": {"sql": STATUS_SQL}, "brand": {"sql": BRAND_SQL}}}}}
    made: App = Datasette(immutables=[str(database)], metadata=metadata).app()
    return made


def replayed(database: Path) -> App:
    """The front page's own SQL by the bare driver and its own template by bare Jinja: nothing in between.

    The statements that read what the page is derived from are watched, and its rendering; each request
    then runs those statements again and renders again.
    """
    statements, rendering = _statements(database), asyncio.run(_rendering(register(database)))
    connection = sqlite3.connect(database)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        for sql, parameters in statements:
            connection.execute(sql, parameters).fetchall()
        body = rendering().encode()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def _statements(database: Path) -> list[tuple[str, Any]]:
    """What the status table is read by: each statement with its parameters."""
    from sqlalchemy import event

    from alignment.database import make_engine, reading
    from alignment.queries.status import status_facts

    statements: list[tuple[str, Any]] = []

    def watch(_: Any, __: Any, sql: str, parameters: Any, *___: Any) -> None:
        if sql.lstrip().upper().startswith(("SELECT", "WITH")):
            statements.append((sql, parameters))

    engine = make_engine(f"sqlite:///{database}")
    event.listen(engine, "before_cursor_execute", watch)
    with reading(engine) as connection:
        status_facts(connection)
    engine.dispose()
    return statements


async def _rendering(app: App) -> Callable[[], str]:
    """The rendering of the front page, to be done again."""
    from jinja2 import Template

    renderings: list[Callable[[], str]] = []
    render = Template.render

    def keep(template: Template, *arguments: Any, **named: Any) -> str:
        renderings.append(lambda: render(template, *arguments, **named))
        return render(template, *arguments, **named)

    Template.render = keep  # type: ignore[method-assign, assignment]
    try:
        await ask(app, "/")
    finally:
        Template.render = render  # type: ignore[method-assign]
    (rendering,) = renderings
    return rendering


async def ask(app: App, path: str) -> bytes:
    """The body that an application answers an address with, no server in between."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": [],
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "state": {},
    }  # fmt: skip
    body: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        body.append(message.get("body", b""))

    await app(scope, receive, send)
    return b"".join(body)


APPS: dict[str, Callable[[Path], App]] = {
    "register": register,
    "raw": raw,
    "litestar": litestar,
    "datasette": datasette,
    "replayed": replayed,
}
