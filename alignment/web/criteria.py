"""The criteria: editions, the catalogue, one criterion and how programmes fare on it, and Track A."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.catalogue import TRACK_A
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.rating import Level
from alignment.queries.criteria import (
    GATING,
    POSITIONS,
    Filters,
    catalogue_page,
    criterion_page,
    percent,
    position_word,
    requirements_by_step,
)
from alignment.queries.editions import edition_changes
from alignment.web.forms import asked_day, asked_moment, asked_word, no_dates
from alignment.web.register import Register

EDITIONS = "the criteria are those of their edition. What was published on one of them by a day stands on its page."


@get("/", sync_to_thread=True)
def editions(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """The editions of the criteria, and what Track A asks with them."""
    no_dates(request.query_params, EDITIONS)
    context = {"editions": list(register.catalogues.values()), "track_a": register.track_a}
    return register.page(request, "criteria/editions.html", context)


@get("/lme-track-a", sync_to_thread=True)
def track_a(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """The requirements of the coverage map with the criteria behind them, and the checklist."""
    no_dates(request.query_params, EDITIONS)
    context = {
        "track_a": register.track_a,
        "catalogue": register.catalogue,
        "steps": requirements_by_step(register.track_a, register.catalogue),
    }
    return register.page(request, "criteria/track_a.html", context)


@get("/{edition:str}", sync_to_thread=True)
def catalogue(
    request: Request[Any, Any, Any], register: NamedDependency[Register], edition: FromPath[str]
) -> Response[str]:
    """One edition: its criteria, its scale, its rule and where the rule comes from; or what two differ in."""
    no_dates(request.query_params, EDITIONS)
    if ".." in edition:
        return changes(request, register, edition)
    found = asked_edition(register, edition)
    query = request.query_params
    filters = Filters(
        section=asked_word(query, "section", [section.code for section in found.sections]),
        part=asked_word(query, "part", [part.value for part in Part]),
        position=asked_word(query, "position", [position_word(position) for position in POSITIONS]),
        gating=asked_word(query, "gating", GATING),
    )
    context = {
        "page": catalogue_page(found, filters),
        "section_choices": [(section.code, f"{section.code} {section.title}") for section in found.sections],
        "part_choices": [(part.value, part.label) for part in Part],
        "asked_positions": [(position_word(position), label) for position, label in POSITIONS.items()],
        "positions": POSITIONS,
        "levels": {level.value: level for level in Level},
        "percent": percent,
    }
    return register.page(request, "criteria/catalogue.html", context)


@get("/{edition:str}/{code:str}", sync_to_thread=True)
def criterion(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    edition: FromPath[str],
    code: FromPath[str],
) -> Response[Any]:
    """One criterion, its guidance and its weight, and what is published on it of every programme."""
    found = asked_edition(register, edition)
    if code not in found.by_code and code.upper() in found.by_code:  # people write op-03, and it has one address
        query = f"?{request.url.query}" if request.url.query else ""
        return Redirect(f"/criteria/{edition}/{code.upper()}{query}", status_code=301)
    if code not in found.by_code:
        raise NotFoundException(
            f"Edition {edition} has no criterion “{code[:40]}”. Its codes look like {found.criteria[0].code}; "
            f"all of them stand at /criteria/{edition}."
        )
    as_at = asked_day(request.query_params, "as_at", register.today)
    known_at = asked_moment(request.query_params, "known_at")
    with register.reading() as connection:
        page = criterion_page(connection, found, register.track_a, found.by_code[code], as_at=as_at, known_at=known_at)
    context = {"page": page, "today": register.today, "positions": POSITIONS, "percent": percent}
    return register.page(request, "criteria/criterion.html", context)


def changes(request: Request[Any, Any, Any], register: Register, editions: str) -> Response[str]:
    """What the later of two editions says differently: ``a..b``."""
    earlier, _, later = editions.partition("..")
    page = edition_changes(asked_edition(register, earlier), asked_edition(register, later))
    return register.page(request, "criteria/changes.html", {"page": page})


def asked_edition(register: Register, edition: str) -> Catalogue:
    """The edition that an address names; 404 with the known ones for any other."""
    if edition not in register.catalogues:
        known = ", ".join(f"/criteria/{each}" for each in (*register.catalogues, TRACK_A))
        raise NotFoundException(f"There is no edition “{edition[:40]}” of the criteria; there are {known}.")
    return register.catalogues[edition]


router = Router("/criteria", route_handlers=[editions, track_a, catalogue, criterion])
