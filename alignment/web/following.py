"""What one follows: a button on public pages for people who are signed in, and the list of it."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from alignment.domain.frozen import dataclass
from alignment.queries.brand_work import WAITING
from alignment.queries.relied_on import followed, follows
from alignment.queries.work import SECTIONS
from alignment.services import following as services
from alignment.web.register import Register
from alignment.web.sessions import Posted, Visitor, needs, ours, poster, visitor, working_page

Sent = Request[Any, Any, Any]

SECTIONS.extend(WAITING)


@dataclass(frozen=True, slots=True)
class Button:
    """A button for somebody who is signed in: what it is about, whether it is followed, where to come back to."""

    visitor: Visitor
    subject: str
    following: bool
    back: str


def button(request: Sent, register: Register, subject: str) -> Button | None:
    """The button of a public page; None for a reader who is not signed in."""
    who = visitor(request, register)
    if who.someone is None:
        return None
    with register.reading() as connection:
        held = {str(each) for each in follows(connection, who.someone.id)}
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Button(who, subject, subject in held, back)


@get("/", sync_to_thread=True)
def listed(request: Sent, register: NamedDependency[Register]) -> Response[Any]:
    """What somebody follows."""
    who = visitor(request, register)
    someone = needs(who)
    with register.reading() as connection:
        lines = followed(connection, someone.id)
    return working_page(request, register, who, "following/page.html", {"lines": lines})


@post("/", sync_to_thread=True)
def change(request: Sent, register: NamedDependency[Register], posted: NamedDependency[Posted]) -> Response[Any]:
    """Begin or end to follow something, then go back to where the button stood."""
    who = poster(request, register, posted)
    said, back = posted.get("subject", "")[:200], posted.get("back", "")
    with register.noting() as session:
        if posted.get("act") == "unfollow":
            services.unfollow(session, actor=needs(who), said=said)
        else:
            services.follow(session, actor=needs(who), said=said, now=register.now)
    return Redirect(back if ours(back) else "/following", status_code=303)


router = Router("/following", route_handlers=[listed, change])
