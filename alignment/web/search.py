"""Finding criteria, programmes, decisions, publications, producers, statements and sources."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency

from alignment.queries.search import EACH, LONGEST, Dates, search_page
from alignment.web.forms import asked_day, asked_moment, asked_text
from alignment.web.register import Register


@get("/", sync_to_thread=True)
def search(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """What is found for ``?q=``, as at a day and as known at a moment; without words, what can be searched.

    Answers to queries are made each time and not kept: anybody may ask for any words, and what is
    kept is for the pages that many read.
    """
    query = request.query_params
    as_at = asked_day(query, "as_at", register.today) if asked_text(query, "as_at") else None
    dates = Dates(as_at, asked_moment(query, "known_at"))
    asked = asked_text(query, "q").encode(errors="replace").decode()
    with register.reading() as connection:
        page = search_page(connection, asked, register.catalogues, register.track_a, dates)
    context = {"page": page, "edition": register.catalogue, "each": EACH, "longest": LONGEST}
    return register.page(request, "search/page.html", context, public=not asked)


router = Router("/search", route_handlers=[search])
