"""Reminders in the register itself, and a private calendar address for programs outside it."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.exchange.calendar import calendar
from alignment.queries.reminders import WAITING, calendar_owner, dues, has_calendar, reminders
from alignment.queries.work import SECTIONS
from alignment.services.passwords import hashed
from alignment.services.reminders import end_calendar, renew_calendar, see
from alignment.web.register import Register
from alignment.web.sessions import Posted, Visitor, needs, poster, visitor, working_page

Asked = Request[Any, Any, Any]

SECTIONS.append(WAITING)


@get("/", sync_to_thread=True)
def listed(request: Asked, register: NamedDependency[Register]) -> Response[Any]:
    """What somebody is reminded of today."""
    who = visitor(request, register)
    someone = needs(who)
    with register.reading() as connection:
        found = reminders(connection, someone, register.now)
        has = has_calendar(connection, someone.id)
    return working_page(request, register, who, "reminders/page.html", {"reminders": found, "has_calendar": has})


@post("/seen", sync_to_thread=True)
def seen(request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted]) -> Response[Any]:
    """Mark reminders as seen: those named, as far as they stand."""
    who = poster(request, register, posted)
    someone = needs(who)
    named = set(posted.every("subject"))
    with register.reading() as connection:
        found = [each.reminder for each in reminders(connection, someone, register.now)]
    with register.noting() as session:
        for each in found:
            if each.due.subject in named:
                see(session, actor=someone, reminder=each, now=register.now)
    return Redirect("/reminders", status_code=303)


router = Router("/reminders", route_handlers=[listed, seen])


# --- the private calendar ---------------------------------------------------------------------------------


@get("/", sync_to_thread=True)
def explained(request: Asked, register: NamedDependency[Register]) -> Response[Any]:
    """What the calendar holds, and the way to an address for it."""
    return _explained(request, register, visitor(request, register))


def _explained(
    request: Asked, register: Register, who: Visitor, address: str = "", *, renewed: bool = False
) -> Response[Any]:
    """The page of the calendar: with an address just made, and whether it took the place of another."""
    someone = needs(who)
    with register.reading() as connection:
        has = has_calendar(connection, someone.id)
        number = len(dues(connection, someone, register.now))
    context = {"address": address, "renewed": renewed, "has_calendar": has, "number": number}
    return working_page(request, register, who, "reminders/calendar.html", context)


@post("/renew", sync_to_thread=True)
def renew(request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted]) -> Response[Any]:
    """A new private address, shown once."""
    who = poster(request, register, posted)
    with register.acting() as session:
        renewed = has_calendar(session.connection(), needs(who).id)
        value = renew_calendar(session, actor=needs(who), now=register.now)
    address = f"{register.settings.base_url}/calendar/{value}.ics"
    return _explained(request, register, who, address, renewed=renewed)


@post("/end", sync_to_thread=True)
def end(request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted]) -> Response[Any]:
    """End the private address."""
    who = poster(request, register, posted)
    with register.acting() as session:
        end_calendar(session, actor=needs(who), now=register.now)
    return Redirect("/calendar", status_code=303)


@get("/{file:str}", sync_to_thread=True)
def feed(request: Asked, register: NamedDependency[Register], file: FromPath[str]) -> Response[Any]:
    """The calendar behind a private address: its owner's matters alone, and no sign-in."""
    value = file.removesuffix(".ics")
    with register.reading() as connection:
        whose = calendar_owner(connection, hashed(value), register.now) if value != file else None
        if whose is None:
            raise NotFoundException("There is no calendar at this address: it was renewed or ended.")
        matters = dues(connection, whose, register.now)
    body = calendar(matters, name="Track A due dates", base_url=register.settings.base_url, now=register.now)
    headers = {"cache-control": "private, no-store", "x-robots-tag": "noindex", "referrer-policy": "no-referrer"}
    return Response(body, media_type="text/calendar", headers=headers)


calendar_router = Router("/calendar", route_handlers=[explained, renew, end, feed])
