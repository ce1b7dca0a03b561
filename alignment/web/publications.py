"""Market updates: the list, each one as a page and as files, and what two say differently; from frozen copies alone.

A market update's page and its PDF are kept as they were first sent, and so are the style and script that the page
names: every later release sends the same bytes. The register's address stands in them, so this begins with a public
one: under this machine's own nobody else received them. What is published afterwards stands at an address of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from alignment.domain.decision import Approval
from alignment.domain.publication import is_public
from alignment.exchange import csvw
from alignment.exchange import publication as files
from alignment.exchange.pdf import publication_pdf
from alignment.exchange.schema_org import publication_report
from alignment.exchange.signature import JOSE, JWKS, key_set, read_key, sign
from alignment.queries.publications import (
    PublicationPage,
    afterwards,
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
from alignment.web.static import TYPES

FORMATS = {
    "json": (files.publication_json, JSON, "inline"),
    "csv": (files.publication_csv, CSV, "attachment"),
    "md": (files.publication_markdown, MARKDOWN, "inline"),
}
HTML = "text/html"
PDF = "application/pdf"
SIGNATURE = "json.jws"
IMMUTABLE = "public, max-age=31536000, immutable"
"""How the page and the files of a market update may be kept: they never change."""
FROZEN = "a publication is frozen and says for ever what it said. The status of any day stands at /?as_at=2024-09-30."
NAMED = re.compile(r'"(/static/[^"]+)"')
"""How a page names what it is drawn with."""
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
    if dot and suffix not in (*FORMATS, "pdf", csvw.SUFFIX, SIGNATURE):
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
    if suffix == csvw.SUFFIX:
        return register.file(as_json(files.publication_csvw(page.content, register.settings.base_url)), csvw.MEDIA_TYPE)
    return _file(register, page, suffix) if dot else _page(request, register, page)


def _no_such(*numbers: str) -> NotFoundException:
    said = " or ".join(f"“{number[:40]}”" for number in numbers)
    return NotFoundException(f"No market update has the number {said}: see the list under Publications.")


def _page(request: Request[Any, Any, Any], register: Register, page: PublicationPage) -> Response[str | bytes]:
    """The page as it was first sent, whatever was published since and whatever release this is."""
    path = f"/publications/{page.number}"
    with register.reading() as connection:
        held = publication_file(connection, path)
    if held is None:
        held = _first_sent(register, page, path)
    return register.file(held, HTML, **_lasting(is_public(register.settings.base_url)))


def _first_sent(register: Register, page: PublicationPage, path: str) -> bytes:
    """Make the page and keep it, with the style and script that it names."""
    described = publication_report(page.content, base_url=register.settings.base_url, digest=page.digest)
    context = page_context(page) | {"linked": linked(described)}
    made = register.pages.render("publications/page.html", context, here=path)
    assets = register.pages.assets
    drawn = {address: assets.content(address) for address in NAMED.findall(made)}
    return _keep(register, page, {**drawn, path: made.encode()})


def _keep(register: Register, page: PublicationPage, made: Mapping[str, bytes]) -> bytes:
    """Keep files under their paths, if the address that they speak of is public; the bytes of the last one to send."""
    origin, sent = register.settings.base_url, list(made.values())
    if is_public(origin):
        with register.noting() as session:
            sent = [
                keep_file(session, origin=origin, path=path, number=page.number, content=content, now=register.now)
                for path, content in made.items()
            ]
    return sent[-1]


def page_context(page: PublicationPage) -> dict[str, object]:
    """What the page of a market update is rendered from: its frozen copy, and how its codes look."""
    return {"page": page, "copy": page.content, "approvals": APPROVALS, "preview": False}


@get("/{number:str}/later", sync_to_thread=True)
def later(request: Request[Any, Any, Any], register: NamedDependency[Register], number: FromPath[str]) -> Response[str]:
    """What corrects a market update and what was published after it; its own page shows the head of this one."""
    query = request.query_params
    as_at = asked_day(query, "as_at", register.today)
    known_at = asked_moment(query, "known_at")
    with register.reading() as connection:
        found = afterwards(connection, number, as_at=as_at, known_at=known_at)
    if found is None:
        raise _no_such(number)
    signed = bool(register.settings.signing_key)
    context = {"found": found, "line": found.line, "as_at": as_at, "known_at": known_at, "signed": signed}
    return register.page(request, "publications/later.html", context)


@get("/static/{name:str}", sync_to_thread=True)
def drawn_with(register: NamedDependency[Register], name: FromPath[str]) -> Response[str | bytes]:
    """A style or script of an earlier release that a market update's page names."""
    media_type = TYPES.get(PurePath(name).suffix)
    with register.reading() as connection:
        held = publication_file(connection, f"/static/{name}") if media_type else None
    if held is None or media_type is None:
        raise NotFoundException("Nothing of this name belongs to the pages of this register.")
    plain = media_type.decode().partition(";")[0]  # the framework adds the charset to texts
    return register.file(held, plain, cache_control=IMMUTABLE)


def _file(register: Register, page: PublicationPage, suffix: str) -> Response[str | bytes]:
    write, media_type, how = FORMATS[suffix]
    answer = _sent(register, page.number, suffix, write(page.content), media_type, how)
    if suffix == "csv":
        answer.headers["link"] = csvw.link(f"/publications/{page.number}.{csvw.SUFFIX}")
    return answer


def _sent(
    register: Register, number: str, suffix: str, body: str | bytes, media_type: str, how: str, *, lasting: bool = True
) -> Response[str | bytes]:
    disposition = f'{how}; filename="{number}.{suffix}"'
    return register.file(body, media_type, content_disposition=disposition, **_lasting(lasting))


def _lasting(lasting: bool) -> dict[str, str]:
    return {"cache_control": IMMUTABLE} if lasting else {}


def _pdf(register: Register, page: PublicationPage) -> Response[str | bytes]:
    """The PDF as it was first made: a newer typesetter would make other bytes."""
    path = f"/publications/{page.number}"
    with register.reading() as connection:
        held = publication_file(connection, f"{path}.pdf")
    if held is None:
        made = publication_pdf(page.content, f"{register.settings.base_url}{path}")
        held = _keep(register, page, {f"{path}.pdf": made})
    return _sent(register, page.number, "pdf", held, PDF, "inline", lasting=is_public(register.settings.base_url))


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
        disposition = f'inline; filename="{before}..{after}.json"'
        return register.file(written, JSON, content_disposition=disposition)
    return register.page(request, "publications/changes.html", {"page": page, "found": page.found})


router = Router("/publications", route_handlers=[listed, one, later])
keys_router = Router("/", route_handlers=[keys, drawn_with])
