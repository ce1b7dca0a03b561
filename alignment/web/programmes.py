"""Programmes: the page of each, the same as JSON, and what changed between two dates."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.domain.when import say_day
from alignment.exchange.plain import plain
from alignment.queries.programmes import ProgrammePage, programme_names, programme_page
from alignment.web.files import JSON
from alignment.web.files import as_json as json_text
from alignment.web.forms import asked_day, asked_moment
from alignment.web.register import Register

# Tone and mark of each entry of the ledger: the LME's acts have squares, other authorities' acts circles.
MARKS = {
    "conditionally_approved": ("part", "a-cond"),
    "approved": ("full", "a-yes"),
    "not_approved": ("not", "a-no"),
    "suspended": ("not", "a-susp"),
    "reinstated": ("full", "a-yes"),
    "withdrawn": ("not", "a-no"),
    "awaited": ("open", "m-open"),
    "recognised": ("full", "m-full"),
    "refused": ("not", "m-not"),
}


@get("/", sync_to_thread=False)
def listed() -> Redirect:
    """The list of programmes is the front page."""
    return Redirect("/", status_code=301)


@get("/{name:str}", sync_to_thread=True)
def one(
    request: Request[Any, Any, Any], register: NamedDependency[Register], name: FromPath[str]
) -> Response[str] | Response[str | bytes]:
    """One programme as at a date; with .json after its address, the same for programs."""
    slug = name.removesuffix(".json")
    as_at = asked_day(request.query_params, "as_at", register.today)
    known_at = asked_moment(request.query_params, "known_at")
    with register.reading() as connection:
        page = programme_page(
            connection, slug, as_at=as_at, known_at=known_at, policy_age=register.policy_age,
            catalogues=register.catalogues,
        )  # fmt: skip
        names = () if page else programme_names(connection)
    if page is None:
        return missing(request, register, name, names)
    if name != slug:
        return as_json(register, page, f"/programmes/{slug}")
    context = {
        "page": page,
        "asked": asked(register, page),
        "today": register.today,
        "policy_days": register.settings.policy_age_days,
        "marks": MARKS,
        "ready_dates": ready_dates(page, register.today),
        "changes": [],
        "round_changes": "",
    }
    return register.page(request, "programmes/page.html", context)


def missing(
    request: Request[Any, Any, Any], register: Register, name: str, names: tuple[tuple[str, str], ...]
) -> Response[str]:
    """A 404 that names the programmes there are."""
    if name.endswith(".json"):
        listed = ", ".join(each for each, _ in names) or "none yet"
        raise NotFoundException(
            f"No programme has the address “{name.removesuffix('.json')[:40]}”. There are: {listed}."
        )
    context = {"slug": name[:80], "names": names}
    return register.page(request, "programmes/missing.html", context, status=404)


def as_json(register: Register, page: object, address: str) -> Response[str | bytes]:
    """The data of a page as a file, with the address of the page for people."""
    return register.file(json_text({"address": f"{register.settings.base_url}{address}", "says": plain(page)}), JSON)


def asked(register: Register, page: ProgrammePage) -> str:
    """The dates of this page as a query, for links that keep them; empty for today as known now."""
    query = {"as_at": page.as_at.isoformat()} if page.as_at != register.today else {}
    if page.known_at:
        query["known_at"] = page.known_at.isoformat()
    return f"?{urlencode(query)}" if query else ""


def ready_dates(page: ProgrammePage, today: date) -> list[tuple[str, str]]:
    """Days on which something about this programme changed, and today."""
    days = sorted({entry.began.on for entry in page.timeline.rows if entry.began}, reverse=True)[:4]
    address = f"/programmes/{page.id}"
    return [(address, "Today"), *((f"{address}?as_at={day}", say_day(day)) for day in days if day != today)]


router = Router("/programmes", route_handlers=[listed, one])
