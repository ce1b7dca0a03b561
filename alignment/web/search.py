"""Finding criteria, programmes, decisions, publications, producers, statements and sources."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency

from alignment.queries.search import EACH, LONGEST, search_page
from alignment.web.forms import no_dates
from alignment.web.register import Register

TODAY = "the search finds what stands today. The pages that it finds take a day: /?as_at=2024-09-30."


@get("/", sync_to_thread=True)
def search(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """What is found for ``?q=``; without it, what can be searched.

    Answers to queries are made each time and not kept: anybody may ask for any words, and what is
    kept is for the pages that many read.
    """
    no_dates(request.query_params, TODAY)
    asked = request.query_params.get("q", "").encode(errors="replace").decode()
    with register.reading() as connection:
        page = search_page(connection, asked, register.catalogues, register.track_a)
    context = {"page": page, "edition": register.catalogue, "each": EACH, "longest": LONGEST}
    return register.page(request, "search/page.html", context, public=not asked)


router = Router("/search", route_handlers=[search])
