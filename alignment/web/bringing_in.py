"""Brands and certificates from a file: read, its columns matched, every cell judged, then all of it or nothing.

A file of many rows is judged and stored in a thread of its own, while its page is sent and tells how far that is.
Who does not wait for the end changes nothing: it is stored whole, or not at all, and the next page says which.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency

from alignment.domain.bringing_in import KINDS, Kind, UnmatchedError, match
from alignment.domain.evidence import clean_name
from alignment.domain.people import Do, Matter
from alignment.domain.refusal import Refusal
from alignment.exchange.incoming import MOST_BYTES, MOST_ROWS, Incoming, read_table
from alignment.queries.bringing_in import last_brought
from alignment.queries.producer_records import RecordLine, records
from alignment.services.bringing_in import Brought, Outcome, bring_in
from alignment.web.register import Register
from alignment.web.sessions import (
    Posted,
    Visitor,
    allow,
    needs,
    poster,
    visitor,
    working_page,
    working_page_underway,
)
from alignment.web.underway import Underway

Sent = Request[Any, Any, Any]

PAGE = "producer_records/import.html"

MANY_ROWS = 500
"""A file with more rows takes so long that its page tells how far it is."""

LARGEST_FORM = 2 * MOST_BYTES
"""Bytes of a form with its file, which a check hands on as text, a third longer than it is."""


@get("/brands/import", sync_to_thread=True)
def form(request: Sent, register: NamedDependency[Register]) -> Response[Any]:
    """What a file holds, and where to choose it."""
    who = visitor(request, register)
    allow(who, Do.KEEP_RECORDS)
    asked = request.query_params
    return _page(request, register, who, {"kind": asked.get("kind", ""), "producer": asked.get("producer", "")})


@post("/brands/import", sync_to_thread=True, request_max_body_size=LARGEST_FORM)
def bring(request: Sent, register: NamedDependency[Register], posted: NamedDependency[Posted]) -> Response[Any]:
    """Check a file and store nothing, or bring in one that was checked."""
    who = poster(request, register, posted)
    allow(who, Do.KEEP_RECORDS)
    kind, producer = KINDS.get(posted.get("kind", "")), posted.get("producer", "")
    told: dict[str, Any] = {}
    try:
        posted.check()
        if kind is None:
            raise Refusal("Say what the file holds: brands or certificates.")
        allow(who, Do.KEEP_BRAND, Matter(producer=producer))
        name, content = _file(posted)
        table = read_table(name, content)
        told = {"table": table, "file": name, "content": base64.b64encode(content).decode(), "chosen": kind}
        told["columns"], wrong = _columns(kind, table, posted)
        if wrong:
            raise Refusal(wrong)
        brought = Brought(kind, told["columns"], table.rows, table.sheet, table.column)
        dry_run, now = posted.get("act") != "import", register.now

        def act(progress: Callable[[int], None]) -> Outcome:
            with register.acting() as session:
                return bring_in(
                    session, actor=needs(who).actor, who=needs(who), brought=brought, producer=producer, items={},
                    now=now, dry_run=dry_run, progress=progress,
                )  # fmt: skip

        if len(table.rows) > MANY_ROWS:
            told["work"] = Underway("bringing in a file", act, of=len(table.rows) * (1 if dry_run else 2))
            return _page(request, register, who, posted, **told)
        told["outcome"] = act(lambda _: None)
    except Refusal as refusal:
        told["trouble"] = str(refusal)
    found: Outcome | None = told.get("outcome")
    good = found is not None and not found.faults
    return _page(request, register, who, posted, status=200 if good else 422, **told)


def _file(posted: Posted) -> tuple[str, bytes]:
    """The file that was chosen, or the one that an earlier check handed on."""
    files = posted.files("file")
    if files:
        return clean_name(files[0].filename), files[0].file.read(MOST_BYTES + 1)
    if not posted.get("content"):
        raise Refusal("Choose a file: CSV (UTF-8) or XLSX.")
    try:
        return posted.get("name", ""), base64.b64decode(posted["content"], validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("The file did not arrive whole: choose it again.") from None


def _columns(kind: Kind, table: Incoming, posted: Posted) -> tuple[Mapping[str, int], str]:
    """The columns, as somebody said in the form or as their heads say; with what is wrong where not all fit."""
    said = {head: posted[f"column:{at}"] for at, head in enumerate(table.heads) if f"column:{at}" in posted}
    try:
        return match(kind, table.heads, said), ""
    except UnmatchedError as error:
        return error.found, str(error)


def _page(
    request: Sent, register: Register, who: Visitor, typed: Mapping[str, str], *, status: int = 200, **told: Any
) -> Response[Any]:
    with register.reading() as connection:
        own: list[RecordLine] = [line for line in records(connection, needs(who)) if line.own and line.begun]
        last = last_brought(connection, (line.id for line in own))
    context = {
        "own": own, "typed": typed, "kinds": KINDS, "most_rows": MOST_ROWS, "most": MOST_BYTES // 1_000_000,
        "table": None, "outcome": None, "trouble": "", "columns": {}, "chosen": None, "file": "", "content": "",
        "work": None, "last": last,
    }  # fmt: skip
    if "work" in told:
        return working_page_underway(request, register, who, PAGE, context | told)
    return working_page(request, register, who, PAGE, context | told, status=status)


router = Router("/", route_handlers=[form, bring])
