"""Producers and brands: the public part of each, claimed apart from verified."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from alignment.domain.coverage_map import LIMITS
from alignment.domain.people import EXAMPLE
from alignment.queries.brands import (
    Declarable,
    DeclarableFacts,
    brand_names,
    brand_page,
    brands,
    declarable_facts,
)
from alignment.queries.producers import producer_names, producer_page, producers
from alignment.web.following import button
from alignment.web.forms import asked_day, asked_moment
from alignment.web.register import Register

Asked = Request[Any, Any, Any]


@get("/producers", sync_to_thread=True)
def producer_list(request: Asked, register: NamedDependency[Register]) -> Response[str]:
    """The producers of the register."""
    as_at, known_at = dates(request, register)
    with register.reading() as connection:
        rows = producers(connection, as_at=as_at, known_at=known_at)
    context = shown(register, as_at, known_at) | {"rows": rows}
    return register.page(request, "producers/list.html", context)


@get("/producers/{slug:str}", sync_to_thread=True)
def producer(request: Asked, register: NamedDependency[Register], slug: FromPath[str]) -> Response[str]:
    """One producer: everything that it says of itself, and what it leaves out."""
    as_at, known_at = dates(request, register)
    with register.reading() as connection:
        page = producer_page(connection, slug, track_a=register.track_a, as_at=as_at, known_at=known_at)
        names = () if page else producer_names(connection)
    if page is None:
        return missing(request, register, "producer", slug, names)
    context = shown(register, page.as_at, page.known_at) | {"page": page}
    return register.page(request, "producers/page.html", context)


@get("/brands", sync_to_thread=True)
def brand_list(request: Asked, register: NamedDependency[Register]) -> Response[str]:
    """The brands of the register."""
    as_at, known_at = dates(request, register)
    with register.reading() as connection:
        rows = brands(connection, as_at=as_at, known_at=known_at)
    context = shown(register, as_at, known_at) | {"rows": rows}
    return register.page(request, "brands/list.html", context)


@get("/brands/{slug:str}", sync_to_thread=True)
def brand(request: Asked, register: NamedDependency[Register], slug: FromPath[str]) -> Response[str]:
    """One brand: what it declares and claims, and the Track A checklist."""
    as_at, known_at = dates(request, register)
    offered = declarable_on(register, as_at, known_at, example=slug.startswith(EXAMPLE))
    with register.reading() as connection:
        page = brand_page(connection, slug, offered, track_a=register.track_a, as_at=as_at, known_at=known_at)
        names = () if page else brand_names(connection)
    if page is None:
        return missing(request, register, "brand", slug, names)
    follow = button(request, register, f"brand:{slug}")
    context = shown(register, page.as_at, page.known_at) | {"page": page, "follow": follow}
    return register.page(request, "brands/page.html", context, public=follow is None)


def dates(request: Asked, register: Register) -> tuple[date, datetime | None]:
    """The day and the moment that an address asks for."""
    query = request.query_params
    return asked_day(query, "as_at", register.today), asked_moment(query, "known_at")


def missing(
    request: Asked, register: Register, noun: str, slug: str, names: tuple[tuple[str, str], ...]
) -> Response[str]:
    """A 404 that names what there is."""
    context = {"noun": noun, "slug": slug[:80], "names": names}
    return register.page(request, "brands/missing.html", context, status=404)


def shown(register: Register, as_at: date, known_at: datetime | None) -> dict[str, object]:
    """The dates, the edition and the statement of limits; ``dated`` adds the dates to an address."""
    kept = {"as_at": as_at.isoformat()} if as_at != register.today else {}
    kept |= {"known_at": known_at.isoformat()} if known_at else {}
    return {
        "as_at": as_at,
        "known_at": known_at,
        "today": register.today,
        "edition": register.track_a.edition,
        "limits": LIMITS,
        "dated": linker(kept),
    }


def linker(kept: dict[str, str]) -> Callable[..., str]:
    """Addresses of the register with the dates of this page kept."""

    def dated(address: str, **query: str) -> str:
        asked = {name: value for name, value in query.items() if value} | kept
        return f"{address}?{urlencode(asked)}" if asked else address

    return dated


def declarable_on(register: Register, as_at: date, known_at: datetime | None, *, example: bool) -> Declarable:
    """What brands can declare on a day, read once for all days until a fact changes. Ask with no connection in hand."""

    def read() -> DeclarableFacts:
        with register.reading() as connection:
            return declarable_facts(connection, example=example)

    def on_the_day() -> Declarable:
        facts = register.kept.get(("declarable", example), read, weigh=lambda facts: 3 * len(facts.named))
        return facts.on(as_at, known_at)

    key = ("declarable", as_at, known_at, example)
    return register.kept.get(key, on_the_day, weigh=lambda found: 2 * len(found.listed))


router = Router("/", route_handlers=[producer_list, producer, brand_list, brand])
