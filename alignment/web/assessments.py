"""Rounds of assessment: the page of each published one, and the same as JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from alignment.domain.catalogue import Part
from alignment.domain.rating import Level
from alignment.queries.assessments import LEVELS, UNRATED, NoRound, RatingFilters, RoundPage, round_page
from alignment.queries.programmes import programme_names
from alignment.web.forms import asked_day, asked_moment, asked_word
from alignment.web.programmes import as_json, asked, asked_dates, missing
from alignment.web.register import Register

SECTIONS = ("A", "B", "C", "D")


@get("/{name:str}", sync_to_thread=True)
def one(
    request: Request[Any, Any, Any], register: NamedDependency[Register], slug: FromPath[str], name: FromPath[str]
) -> Response[str] | Response[str | bytes]:
    """One published round as at a date; with .json after its address, the same for programs."""
    said = name.removesuffix(".json")
    query = request.query_params
    filters = RatingFilters(
        part=asked_word(query, "part", [part.value for part in Part]),
        section=asked_word(query, "section", SECTIONS),
        level=asked_word(query, "level", LEVELS),
    )
    as_at, known_at = asked_day(query, "as_at", register.today), asked_moment(query, "known_at")
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0
    with register.reading() as connection:
        page = round_page(
            connection, slug, number, as_at=as_at, known_at=known_at, filters=filters,
            catalogues=register.catalogues,
        )  # fmt: skip
        names = () if page else programme_names(connection)
    if page is None:
        return missing(request, register, slug, names)
    if isinstance(page, NoRound):
        raise NotFoundException(_no_round(page, said))
    return as_json(register, page, page.address) if name != said else _page(request, register, page)


def _no_round(found: NoRound, said: str) -> str:
    numbers = ", ".join(map(str, found.rounds))
    has = f"Its published rounds are: {numbers}." if numbers else "It has no published round."
    return f"{found.programme} has no published round “{said[:20]}” of assessment. {has}"


def _page(request: Request[Any, Any, Any], register: Register, page: RoundPage) -> Response[str]:
    levels = [*((level.value, level.label) for level in Level), (UNRATED, "Not yet rated")]
    dates = asked_dates(register, page.as_at, page.known_at)
    context = {
        "page": page,
        "asked": asked(register, page.as_at, page.known_at),
        "today": register.today,
        "parts": [(part.value, part.label) for part in Part],
        "levels": levels,
        "shortcuts": [
            (f"{page.address}?{urlencode({'level': level.value, **dates})}#ra", f"Only {level.label.lower()}")
            for level in (Level.PARTIALLY, Level.NOT, Level.NOT_APPLICABLE)
        ],
    }
    return register.page(request, "assessments/page.html", context)


router = Router("/programmes/{slug:str}/assessments", route_handlers=[one])
