"""The documents relied on, and which facts rest on each."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from alignment.queries.source_facts import Kind
from alignment.queries.sources import source_page, sources_page
from alignment.web.forms import asked_day, asked_moment
from alignment.web.register import Register


@get("/", sync_to_thread=True)
def sources(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """Every document relied on, with its date and age, and how many facts rest on it."""
    as_at = asked_day(request.query_params, "as_at", register.today)
    known_at = asked_moment(request.query_params, "known_at")
    with register.reading() as connection:
        page = sources_page(connection, as_at=as_at, known_at=known_at)
    context = {"page": page, "today": register.today, "catalogue": register.catalogue}
    return register.page(request, "sources/list.html", context)


@get("/{source:str}", sync_to_thread=True)
def source(
    request: Request[Any, Any, Any], register: NamedDependency[Register], source: FromPath[str]
) -> Response[str]:
    """One document and every fact that rests on it, statements in full."""
    as_at = asked_day(request.query_params, "as_at", register.today)
    known_at = asked_moment(request.query_params, "known_at")
    with register.reading() as connection:
        page = source_page(connection, source, as_at=as_at, known_at=known_at)
    if page is None:
        raise NotFoundException(f"No document is kept under “{source[:40]}”. All documents are listed at /sources.")
    context = {"page": page, "today": register.today, "catalogue": register.catalogue, "kinds": Kind}
    return register.page(request, "sources/document.html", context)


router = Router("/sources", route_handlers=[sources, source])
