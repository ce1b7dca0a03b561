"""Market updates: the list, and each one as a page and as files, from its frozen copy alone."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from alignment.domain.decision import Approval
from alignment.exchange import publication as files
from alignment.queries.publications import PublicationPage, publication, publications
from alignment.web.files import CSV, JSON, MARKDOWN
from alignment.web.forms import asked_day, asked_moment
from alignment.web.register import Register

FORMATS = {
    "json": (files.publication_json, JSON, "inline"),
    "csv": (files.publication_csv, CSV, "attachment"),
    "md": (files.publication_markdown, MARKDOWN, "inline"),
}
APPROVALS = {approval.value: approval for approval in Approval}


@get("/", sync_to_thread=True)
def listed(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """All market updates, newest first."""
    query = request.query_params
    as_at = asked_day(query, "as_at", register.today)
    known_at = asked_moment(query, "known_at")
    with register.reading() as connection:
        lines = publications(connection, as_at=as_at, known_at=known_at)
    context = {"lines": lines, "as_at": as_at, "known_at": known_at, "today": register.today}
    return register.page(request, "publications/list.html", context)


@get("/{name:str}", sync_to_thread=True)
def one(
    request: Request[Any, Any, Any], register: NamedDependency[Register], name: FromPath[str]
) -> Response[str] | Response[str | bytes]:
    """One market update; the suffix of its address says in which form."""
    number, dot, suffix = name.partition(".")
    if dot and suffix not in FORMATS:
        raise NotFoundException(
            f"A market update is not kept as “.{suffix[:20]}”: add .json, .csv or .md to its number, "
            "or nothing for the page."
        )
    with register.reading() as connection:
        page = publication(connection, number)
    if page is None:
        raise NotFoundException(f"No market update has the number “{number[:40]}”: see the list under Publications.")
    return _file(register, page, suffix) if dot else _page(request, register, page)


def _page(request: Request[Any, Any, Any], register: Register, page: PublicationPage) -> Response[str]:
    return register.page(
        request, "publications/page.html", {"page": page, "copy": page.content, "approvals": APPROVALS}
    )


def _file(register: Register, page: PublicationPage, suffix: str) -> Response[str | bytes]:
    write, media_type, how = FORMATS[suffix]
    disposition = f'{how}; filename="{page.number}.{suffix}"'
    return register.file(write(page.content), media_type, content_disposition=disposition)


router = Router("/publications", route_handlers=[listed, one])
