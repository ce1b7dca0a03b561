"""Market updates: the list, each one as a page and as files, and what two say differently; from frozen copies alone."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from alignment.domain.decision import Approval
from alignment.exchange import publication as files
from alignment.exchange.pdf import publication_pdf
from alignment.exchange.schema_org import publication_report
from alignment.exchange.signature import JOSE, JWKS, key_set, read_key, sign
from alignment.queries.publications import (
    PublicationPage,
    publication,
    publication_changes,
    publication_file,
    publications,
)
from alignment.services.publications import keep_file
from alignment.web.files import CSV, JSON, MARKDOWN, as_json
from alignment.web.forms import asked_day, asked_moment, no_dates
from alignment.web.register import Register
from alignment.web.render import linked

FORMATS = {
    "json": (files.publication_json, JSON, "inline"),
    "csv": (files.publication_csv, CSV, "attachment"),
    "md": (files.publication_markdown, MARKDOWN, "inline"),
}
PDF = "application/pdf"
SIGNATURE = "json.jws"
IMMUTABLE = "public, max-age=31536000, immutable"
"""How files of a market update may be kept: they never change."""
FROZEN = "a publication is frozen and says for ever what it said. The status of any day stands at /?as_at=2024-09-30."
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
    """One market update, the suffix of its address says in which form; or, as A..B, what two say differently."""
    no_dates(request.query_params, FROZEN)
    number, dots, later = name.partition("..")
    if dots:
        return _changes(request, register, number, later)
    number, dot, suffix = name.partition(".")
    if dot and suffix not in (*FORMATS, "pdf", SIGNATURE):
        raise NotFoundException(
            f"A market update is not kept as “.{suffix[:20]}”: add .json, .csv, .md or .pdf to its number, "
            "or nothing for the page."
        )
    with register.reading() as connection:
        page = publication(connection, number)
    if page is None:
        raise _no_such(number)
    if suffix == "pdf":
        return _pdf(register, page)
    if suffix == SIGNATURE:
        return _signature(register, page)
    return _file(register, page, suffix) if dot else _page(request, register, page)


def _no_such(*numbers: str) -> NotFoundException:
    said = " or ".join(f"“{number[:40]}”" for number in numbers)
    return NotFoundException(f"No market update has the number {said}: see the list under Publications.")


def _page(request: Request[Any, Any, Any], register: Register, page: PublicationPage) -> Response[str]:
    context = page_context(page, signed=bool(register.settings.signing_key))
    described = publication_report(
        page.content, base_url=register.settings.base_url, digest=page.digest, corrected_by=page.corrected_by
    )
    context["linked"] = linked(described)
    return register.page(request, "publications/page.html", context)


def page_context(page: PublicationPage, *, signed: bool = False) -> dict[str, object]:
    """What the page of a market update is rendered from; ``signed`` where its file has a signature."""
    return {"page": page, "copy": page.content, "approvals": APPROVALS, "preview": False, "signed": signed}


def _file(register: Register, page: PublicationPage, suffix: str) -> Response[str | bytes]:
    write, media_type, how = FORMATS[suffix]
    return _sent(register, page.number, suffix, write(page.content), media_type, how)


def _sent(
    register: Register, number: str, suffix: str, body: str | bytes, media_type: str, how: str
) -> Response[str | bytes]:
    disposition = f'{how}; filename="{number}.{suffix}"'
    return register.file(body, media_type, content_disposition=disposition, cache_control=IMMUTABLE)


def _pdf(register: Register, page: PublicationPage) -> Response[str | bytes]:
    """The PDF as it was first made: a newer typesetter would make other bytes."""
    with register.reading() as connection:
        held = publication_file(connection, page.number)
    if held is None:
        address = f"{register.settings.base_url}/publications/{page.number}"
        made = publication_pdf(page.content, address)
        with register.noting() as session:
            held = keep_file(session, address=f"{address}.pdf", number=page.number, content=made, now=register.now)
    return _sent(register, page.number, "pdf", held, PDF, "inline")


def _signature(register: Register, page: PublicationPage) -> Response[str | bytes]:
    """The signature of the JSON file, by the key that is set now."""
    path = register.settings.signing_key
    if not path:
        raise NotFoundException(
            "This register signs no market update: no key is set. Its digest stands in the JSON file itself."
        )
    signed = sign(read_key(path), files.publication_json(page.content).encode())
    disposition = f'attachment; filename="{page.number}.{SIGNATURE}"'
    return register.file(signed.encode(), JOSE, content_disposition=disposition)


@get("/.well-known/jwks.json", sync_to_thread=True)
def keys(register: NamedDependency[Register]) -> Response[str | bytes]:
    """The public key of signatures, as a JWK set; an empty one where nothing is signed."""
    path = register.settings.signing_key
    return register.file(as_json(key_set(read_key(path) if path else None)).encode(), JWKS)


def _changes(
    request: Request[Any, Any, Any], register: Register, before: str, after: str
) -> Response[str] | Response[str | bytes]:
    after, dot, suffix = after.partition(".")
    if dot and suffix != "json":
        raise NotFoundException(f"Changes are not kept as “.{suffix[:20]}”: add .json, or nothing for the page.")
    with register.reading() as connection:
        page = publication_changes(connection, before, after)
    if isinstance(page, tuple):
        raise _no_such(*page)
    if dot:
        written = files.publication_changes(page.found, page.before, page.after)
        return _sent(register, f"{before}..{after}", "json", written, JSON, "inline")
    return register.page(request, "publications/changes.html", {"page": page, "found": page.found})


router = Router("/publications", route_handlers=[listed, one])
keys_router = Router("/", route_handlers=[keys])
