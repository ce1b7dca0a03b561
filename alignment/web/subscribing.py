"""The digest by mail: asked for on a page, confirmed by a link in a mail, ended by one click.

What the page answers is the same whether an address has the digest or not. Links in mails open a page with a
button, because programs that look through mails open links as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.domain.refusal import Unfit
from alignment.exchange.mail import NotSent, confirmation_mail, mail_server, send
from alignment.queries.feed import Topic, topics
from alignment.services import subscriptions
from alignment.web.register import Register
from alignment.web.render import Place
from alignment.web.reports import TRAP, Patience
from alignment.web.sessions import Posted
from alignment.web.signing_in import place_of

FOOT = (Place("Follow by feed or mail", "/subscribe"),)
NOT_OFFERED = "This register sends no digests by mail: follow it by its feeds, which tell the same."


@get("/", sync_to_thread=True)
def form(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """How to follow the register: feeds, and a digest by mail where the operator offers one."""
    return _form(request, register, typed={"topic": request.query_params.get("topic", "all")[:80]})


@post("/", sync_to_thread=True)
def ask(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """Send the mail by which somebody confirms; the answer tells nothing of who has the digest."""
    if not register.settings.smtp_host:
        raise NotFoundException(NOT_OFFERED)
    if posted.get(TRAP, ""):
        return Redirect("/subscribe", status_code=303)
    wait = _patience(request).wait(place_of(request), register.now)
    if wait:
        raise _later(f"More was asked for from your address than can be sent: try in {wait // 60 + 1} minutes.", wait)
    known = _topics(register)
    try:
        posted.check()
        with register.noting() as session:
            asked = subscriptions.ask(
                session,
                email=posted.get("email", ""),
                topic=posted.get("topic", ""),
                topics={each.key for each in known},
                now=register.now,
            )
    except Unfit as unfit:
        return _form(request, register, typed=posted, faults=unfit.faults, status=422)
    except subscriptions.TooMany as many:
        raise _later(str(many), 3600) from None
    if asked is not None:
        _send(register, asked, known)
    return register.page(request, "subscribing/asked.html", {"days": subscriptions.CONFIRM_WITHIN.days}, public=False)


def _send(register: Register, asked: subscriptions.Asked, known: tuple[Topic, ...]) -> None:
    about = next(each.label for each in known if each.key == asked.topic)
    settings, days = register.settings, subscriptions.CONFIRM_WITHIN.days
    try:
        message = confirmation_mail(
            settings, email=asked.email, about=about, confirm=asked.confirm, leave=asked.leave, days=days,
            now=register.now,
        )  # fmt: skip
        with mail_server(settings) as server:
            send(server, message)
    except NotSent:
        raise HTTPException(
            status_code=503, detail="No mail can be sent at the moment: try again in an hour, or follow the feeds."
        ) from None


def _later(said: str, seconds: int) -> HTTPException:
    return HTTPException(status_code=429, detail=said, headers={"retry-after": str(seconds)})


def _patience(request: Request[Any, Any, Any]) -> Patience:
    """How often one place may ask, counted apart from its reports."""
    state = request.app.state
    if "patience_to_subscribe" not in state:
        state["patience_to_subscribe"] = Patience()
    found: Patience = state["patience_to_subscribe"]
    return found


def _topics(register: Register) -> tuple[Topic, ...]:
    with register.reading() as connection:
        return topics(connection)


def _form(
    request: Request[Any, Any, Any],
    register: Register,
    *,
    typed: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    context = {
        "topics": _topics(register),
        "typed": typed,
        "faults": faults or {},
        "offered": bool(register.settings.smtp_host),
        "trap": TRAP,
    }
    return register.page(request, "subscribing/form.html", context, status=status, public=status == 200)


# --- the links in mails --------------------------------------------------------------------------------


@get("/confirm/{value:str}", sync_to_thread=True)
def confirming(
    request: Request[Any, Any, Any], register: NamedDependency[Register], value: FromPath[str]
) -> Response[str]:
    """The page with the button that confirms."""
    with register.noting() as session:
        row = subscriptions.to_confirm(session, value, register.now)
        topic, confirmed = row.topic, row.confirmed_at is not None
    return _link(request, register, "confirm", value, topic, done=confirmed)


@post("/confirm/{value:str}", sync_to_thread=True)
def confirm(register: NamedDependency[Register], value: FromPath[str]) -> Redirect:
    """Begin the digest."""
    with register.noting() as session:
        subscriptions.confirm(session, value=value, now=register.now)
    return Redirect(f"/subscribe/confirm/{value}", status_code=303)


@get("/leave/{value:str}", sync_to_thread=True)
def leaving(
    request: Request[Any, Any, Any], register: NamedDependency[Register], value: FromPath[str]
) -> Response[str]:
    """The page with the button that ends the digest."""
    with register.noting() as session:
        row = subscriptions.to_leave(session, value)
        topic, left = row.topic, row.left_at is not None
    return _link(request, register, "leave", value, topic, done=left)


@post("/leave/{value:str}", sync_to_thread=True)
def leave(request: Request[Any, Any, Any], register: NamedDependency[Register], value: FromPath[str]) -> Response[str]:
    """End the digest at once: by the button, or by a mail program's one click (RFC 8058)."""
    with register.noting() as session:
        subscriptions.leave(session, value=value, now=register.now)
        topic = subscriptions.to_leave(session, value).topic
    return _link(request, register, "leave", value, topic, done=True)


def _link(
    request: Request[Any, Any, Any], register: Register, act: str, value: str, topic: str, *, done: bool
) -> Response[str]:
    about = next((each.label for each in _topics(register) if each.key == topic), topic)
    context = {"act": act, "value": value, "about": about, "done": done}
    return register.page(request, "subscribing/link.html", context, public=False)


router = Router("/subscribe", route_handlers=[form, ask, confirming, confirm, leaving, leave])
