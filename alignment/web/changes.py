"""What changed between any two days, in all programmes, as a page and as JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import ClientException
from litestar.params import FromPath

from alignment.exchange.plain import plain
from alignment.exchange.table import Written
from alignment.queries.all_changes import AllChanges, all_changes
from alignment.queries.facts import ProgrammeRow
from alignment.queries.publications import publications
from alignment.queries.status import KEPT
from alignment.web.files import JSON, written
from alignment.web.files import as_json as json_text
from alignment.web.forms import TWO_DAYS, asked_day, asked_moment, no_dates
from alignment.web.home import facts_of
from alignment.web.programmes import days
from alignment.web.register import Register

_SPAN = "“{}” names no two days: write two days, the earlier first, as 2024-09-30..2026-11-21."


@get("/", sync_to_thread=True)
def asked(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """Between two days that a form asks for: usually since the last market update."""
    query = request.query_params
    after = asked_day(query, "to", register.today)
    with register.reading() as connection:
        held = publications(connection, as_at=after)
    last = next((each.as_at for each in held if each.as_at < after), after)
    before = asked_day(query, "from", last)
    if before > after:
        raise ClientException(_SPAN.format(f"{before}..{after}"))
    return _page(request, register, before, after)


@get("/{span:str}", sync_to_thread=True)
def between(
    request: Request[Any, Any, Any], register: NamedDependency[Register], span: FromPath[str]
) -> Response[str] | Response[str | bytes]:
    """Between two days in the address; with .json after it, the same for programs."""
    said = span.removesuffix(".json")
    first, _, last = said.partition("..")
    found = days(first, last)
    if found is None:
        raise ClientException(_SPAN.format(said[:40]))
    if said == span:
        return _page(request, register, *found)
    page = _read(request, register, *found)
    address = f"{register.settings.base_url}/changes/{said}"
    return register.file(json_text({"address": address, "says": _says(page)}), JSON)


def _says(page: AllChanges) -> Any:
    says: Any = plain(replace(page, unchanged=()))
    says["unchanged"] = [_unchanged(row) for row in page.unchanged]
    return says


@lru_cache(maxsize=KEPT)
def _unchanged(row: ProgrammeRow) -> Written:
    """A programme as it stands in each file that has nothing to tell of it: most of a file is these."""
    return written(plain(row), 3)


def _read(request: Request[Any, Any, Any], register: Register, before: date, after: date) -> AllChanges:
    no_dates(request.query_params, TWO_DAYS, "as_at")
    known_at = asked_moment(request.query_params, "known_at")
    facts = facts_of(register)
    with register.reading() as connection:
        return all_changes(connection, facts, before, after, known_at=known_at, policy_age=register.policy_age)


def _page(request: Request[Any, Any, Any], register: Register, before: date, after: date) -> Response[str]:
    page = _read(request, register, before, after)
    known = f"?{urlencode({'known_at': page.known_at.isoformat()})}" if page.known_at else ""
    context = {"page": page, "address": f"/changes/{before}..{after}", "known": known, "today": register.today}
    return register.page(request, "changes/page.html", context)


router = Router("/changes", route_handlers=[asked, between])
