"""The applications that are served: the register, and the bare ones that it is compared with."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
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

    return create_app(Settings(database_url=f"sqlite:///{database}", base_url="https://register.example"))


def register_at(said: Path) -> App:
    """The register on the database whose address stands in a file."""
    from alignment.settings import Settings
    from alignment.web.app import create_app

    return create_app(Settings(database_url=said.read_text(), base_url="https://register.example"))


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
    """Litestar with one route, and loaded beside it, as for goal 14, the libraries that the register is built with."""
    import jinja2  # noqa: F401
    import sqlmodel  # noqa: F401
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
    return _again(database, _statements(database), asyncio.run(_rendering(register(database), "/", "")))


def replayed_page(said: Path) -> App:
    """The same of a page that somebody signed in sees; the file says register, path and cookie, a line each."""
    database, path, cookie = said.read_text().splitlines()
    app = register(Path(database))
    asyncio.run(ask(app, path, cookie))  # what is made once and kept is no part of a page
    statements: list[tuple[str, Any]] = []
    with _watching(None, statements):
        rendering = asyncio.run(_rendering(app, path, cookie))
    return _again(Path(database), statements, rendering)


def _again(database: Path, statements: list[tuple[str, Any]], rendering: Callable[[], str]) -> App:
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


def patching(database: Path) -> App:
    """Litestar with one PATCH that updates a row of an SQLite file and commits, as safely as the register does."""
    from threading import Lock

    from litestar import Litestar, get, patch

    connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
    connection.execute("CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, level TEXT, rationale TEXT)")
    connection.execute("INSERT OR IGNORE INTO kept VALUES (1, '', '')")
    one_at_a_time = Lock()

    @get("/", sync_to_thread=False)
    def home() -> str:
        return "It answers."

    @patch("/", sync_to_thread=True)
    def keep(data: dict[str, str]) -> dict[str, str]:
        with one_at_a_time:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE kept SET level = :level, rationale = :rationale WHERE id = 1", data)
            connection.execute("COMMIT")
        return data

    return Litestar([home, keep], openapi_config=None)


def _statements(database: Path) -> list[tuple[str, Any]]:
    """What the status table is read by: each statement with its parameters."""
    from alignment.database import make_engine, reading
    from alignment.queries.status import status_facts

    statements: list[tuple[str, Any]] = []
    engine = make_engine(f"sqlite:///{database}")
    with _watching(engine, statements), reading(engine) as connection:
        status_facts(connection)
    engine.dispose()
    return statements


@contextmanager
def _watching(engine: Any, statements: list[tuple[str, Any]]) -> Iterator[None]:
    """Note what is read on an engine, or on any, with its parameters."""
    from sqlalchemy import Engine, event

    def watch(_: Any, __: Any, sql: str, parameters: Any, *___: Any) -> None:
        if sql.lstrip().upper().startswith(("SELECT", "WITH")):
            statements.append((sql, parameters))

    event.listen(engine or Engine, "before_cursor_execute", watch)
    try:
        yield
    finally:
        event.remove(engine or Engine, "before_cursor_execute", watch)


async def _rendering(app: App, path: str, cookie: str) -> Callable[[], str]:
    """The rendering of a page, to be done again."""
    from jinja2 import Template

    renderings: list[Callable[[], str]] = []
    render = Template.render

    def keep(template: Template, *arguments: Any, **named: Any) -> str:
        renderings.append(lambda: render(template, *arguments, **named))
        return render(template, *arguments, **named)

    Template.render = keep  # type: ignore[method-assign, assignment]
    try:
        await ask(app, path, cookie)
    finally:
        Template.render = render  # type: ignore[method-assign]
    (rendering,) = renderings
    return rendering


async def ask(app: App, path: str, cookie: str = "") -> bytes:
    """The body that an application answers an address with, no server in between."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"cookie", cookie.encode())] if cookie else [],
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
    "register-at": register_at,
    "raw": raw,
    "litestar": litestar,
    "datasette": datasette,
    "replayed": replayed,
    "replayed-page": replayed_page,
    "patching": patching,
}
