"""The log: every event with filters, as a page and as an extract in a file, and its verification.

The extract tells what the page tells: the chain with all its words is the operator’s to export on the command line,
for it holds unpublished work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import ClientException
from litestar.response import Stream

from alignment.domain.event import Extract
from alignment.domain.people import Do
from alignment.exchange.chain import JSON_LINES, extract_line, extract_lines
from alignment.queries.log import Extent, Filters, extent, extract, log_page, verify
from alignment.web.forms import LATEST, asked_day, asked_text
from alignment.web.register import Register
from alignment.web.sessions import Visitor, allow, visitor, working_page

Asked = Request[Any, Any, Any]


@get("/log", sync_to_thread=True)
def listed(request: Asked, register: NamedDependency[Register]) -> Response[Any]:
    """A hundred events at a time, the newest first."""
    who = _reader(request, register)
    query = request.query_params
    filters = _filters(query)
    said = asked_text(query, "before")
    if said and (not said.isascii() or not said.isdigit() or len(said) > 15):
        raise ClientException(f"“{said[:40]}” is no place in the log: it takes the number of an event.")
    with register.reading() as connection:
        page = log_page(connection, filters, int(said or 0))
    kept = filters.asked
    context = {
        "page": page,
        "older": f"/log?{urlencode({**kept, 'before': page.before})}" if page.before else "",
        "newest": f"/log?{urlencode(kept)}" if kept else "/log",
        "export": f"/log/events.jsonl?{urlencode(kept)}" if kept else "/log/events.jsonl",
    }
    return working_page(request, register, who, "log/page.html", context)


def _filters(query: Mapping[str, str]) -> Filters:
    return Filters(
        asked_text(query, "actor")[:200],
        asked_text(query, "act")[:100],
        asked_text(query, "subject")[:200],
        asked_day(query, "since", LATEST) if asked_text(query, "since") else None,
        asked_day(query, "until", LATEST) if asked_text(query, "until") else None,
    )


@get("/log/events.jsonl", sync_to_thread=True)
def exported(request: Asked, register: NamedDependency[Register]) -> Stream:
    """The events that fit as a file that `alignment verify` checks without the register, sent while it is read."""
    _reader(request, register)
    filters = _filters(request.query_params)
    with register.reading() as connection:
        found = extent(connection, filters)
    head = extract_line(Extract(register.now.isoformat(), filters.asked, found.events, found.chain, found.last))
    headers = {"cache-control": "no-store", "content-disposition": 'attachment; filename="log.jsonl"'}
    return Stream(_lines(register, head, filters, found), media_type=JSON_LINES, headers=headers)


def _lines(register: Register, head: str, filters: Filters, found: Extent) -> Iterator[str]:
    yield head
    after = 0
    while after < found.chain:
        with register.reading() as connection:
            told = extract(connection, filters, after, found.chain)
        yield "".join(extract_lines(told))
        after = told[-1].seq if told else found.chain


@get("/log/verify", sync_to_thread=True)
def verified(request: Asked, register: NamedDependency[Register]) -> Response[Any]:
    """Walk the chain and say what was found."""
    who = _reader(request, register)
    with register.reading() as connection:
        found = verify(connection)
    return working_page(request, register, who, "log/verify.html", {"found": found})


def _reader(request: Asked, register: Register) -> Visitor:
    who = visitor(request, register)
    allow(who, Do.SEE_LOG)
    return who


router = Router("/", route_handlers=[listed, exported, verified])
