"""My work: what waits for the one who is signed in."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException

from alignment.domain.catalogue import Part
from alignment.domain.people import Thing
from alignment.queries.rights import rights_page
from alignment.queries.work import reads_status, sections
from alignment.web.forms import asked_word
from alignment.web.home import whole_status
from alignment.web.register import Register
from alignment.web.sessions import needs, visitor, working_page

CHOOSE = {
    Thing.PROGRAMME: "It depends on the programme: choose one above.",
    Thing.ROUND: "It depends on the round: choose one above.",
    Thing.PART: "It depends on the stage of the part: choose the round and its part above.",
}


@get("/", sync_to_thread=True)
def my_work(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """The first page after sign-in."""
    who = visitor(request, register)
    someone = needs(who)
    example = someone.is_demonstration
    status = whole_status(register, register.today, None, example=example).rows if reads_status(someone) else ()
    with register.reading() as connection:
        waiting = sections(connection, someone, register.now, status)
    return working_page(request, register, who, "work/page.html", {"sections": waiting})


@get("/why", sync_to_thread=True)
def why(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """Why the one who asks can, or cannot, do each act: here, on a programme, or on a round and its part."""
    who = visitor(request, register)
    someone = needs(who)
    query = request.query_params
    programme, chosen = query.get("programme", "")[:200], query.get("round", "")[:200]
    part = asked_word(query, "part", [each.value for each in Part])
    with register.reading() as connection:
        page = rights_page(
            connection,
            someone,
            programme=programme,
            round_id=chosen,
            part=Part(part) if part else None,
            now=register.now,
        )
    if page is None:
        raise NotFoundException("There is no such programme, or no such round that you may know of.")
    context = {
        "page": page,
        "programme": page.programme,
        "round": chosen,
        "part": part,
        "parts": [(each.value, each.label) for each in Part],
        "said": CHOOSE,
    }
    return working_page(request, register, who, "work/why.html", context)


router = Router("/work", route_handlers=[my_work, why])
