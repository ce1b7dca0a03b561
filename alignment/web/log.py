"""The log: every event with filters, and its verification.

The whole chain as a file is the operator’s to export on the command line: it holds unpublished work.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import ClientException

from alignment.domain.people import Do
from alignment.queries.log import Filters, log_page, verify
from alignment.web.forms import LATEST, asked_day
from alignment.web.register import Register
from alignment.web.sessions import Visitor, allow, visitor, working_page

Asked = Request[Any, Any, Any]


@get("/log", sync_to_thread=True)
def listed(request: Asked, register: NamedDependency[Register]) -> Response[Any]:
    """A hundred events at a time, the newest first."""
    who = _reader(request, register)
    query = request.query_params
    filters = Filters(
        query.get("actor", "").strip()[:200],
        query.get("act", "").strip()[:100],
        query.get("subject", "").strip()[:200],
        asked_day(query, "since", LATEST) if query.get("since", "").strip() else None,
        asked_day(query, "until", LATEST) if query.get("until", "").strip() else None,
    )
    said = query.get("before", "").strip()
    if said and (not said.isascii() or not said.isdigit() or len(said) > 15):
        raise ClientException(f"“{said[:40]}” is no place in the log: it takes the number of an event.")
    with register.reading() as connection:
        page = log_page(connection, filters, int(said or 0))
    kept = {name: value for name in ("actor", "act", "subject", "since", "until") if (value := query.get(name))}
    context = {
        "page": page,
        "older": f"/log?{urlencode({**kept, 'before': page.before})}" if page.before else "",
        "newest": f"/log?{urlencode(kept)}" if kept else "/log",
    }
    return working_page(request, register, who, "log/page.html", context)


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


router = Router("/", route_handlers=[listed, verified])
