"""A public way to report an error or to complain, without sign-in; and the page of those who answer."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.domain.people import Do
from alignment.domain.refusal import Unfit
from alignment.queries.reports import answered_in_public, receipt, to_answer
from alignment.replying import reply
from alignment.services import reports
from alignment.services.reports import KINDS, Given
from alignment.web.clashes import in_words, sides
from alignment.web.reading import Fields
from alignment.web.register import TAKEN, Refused, Register
from alignment.web.render import Place
from alignment.web.sessions import Posted, Visitor, allow, needs, poster, visitor, working_page
from alignment.web.signing_in import place_of

log = logging.getLogger("alignment.web")

FOOT = (Place("Report an error", "/report"),)
TRAP = "website"
"""A field that no person sees: whoever fills it in is a program, is thanked and not heard."""


class Patience:
    """How many reports come from one place in a short time; kept in memory alone, so no address is stored."""

    def __init__(self, most: int = 5, within: timedelta = timedelta(minutes=10)) -> None:
        self._most, self._within = most, within
        self._lock = threading.Lock()
        self._seen: dict[str, deque[datetime]] = {}

    def wait(self, place: str, now: datetime) -> int:
        """Count a report; the seconds to wait where there were too many, else 0."""
        with self._lock:
            if len(self._seen) > 10_000:
                self._seen = {each: times for each, times in self._seen.items() if times[-1] > now - self._within}
            times = self._seen.setdefault(place, deque(maxlen=self._most))
            if len(times) == self._most and times[0] > now - self._within:
                return int((times[0] + self._within - now).total_seconds()) + 1
            times.append(now)
            return 0


def _patience(request: Request[Any, Any, Any]) -> Patience:
    """That of this application."""
    state = request.app.state
    if "patience" not in state:
        state["patience"] = Patience()
    found: Patience = state["patience"]
    return found


@get("/", sync_to_thread=True)
def form(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """How to report an error or complain about a listing, and what was answered in public."""
    typed = {"about": request.query_params.get("about", "")[:300], "kind": "error"}
    return _form(request, register, typed=typed, public=not request.query_params)


@post("/", sync_to_thread=True)
def send(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """Take a report and give its receipt number."""
    if posted.get(TRAP, ""):
        return Redirect("/report", status_code=303)
    wait = _patience(request).wait(place_of(request), register.now)
    if wait:
        raise HTTPException(
            status_code=429,
            detail=f"More reports came from your address than can be taken: send yours in {wait // 60 + 1} minutes.",
            headers={"retry-after": str(wait)},
        )
    given = Given(
        kind=posted.get("kind", ""),
        about=posted.get("about", ""),
        text=posted.get("text", ""),
        email=posted.get("email", "").strip(),
    )
    try:
        posted.check()
        with register.noting() as session:
            number = reports.receive(
                session, given=given, answer_days=register.settings.report_answer_days, now=register.now
            )
    except Unfit as unfit:
        return _form(request, register, typed=posted, faults=unfit.faults, status=422)
    except reports.TooMany as many:
        raise HTTPException(status_code=429, detail=str(many), headers={"retry-after": "3600"}) from None
    return Redirect(f"/report/{number}", status_code=303)


@get("/{number:str}", sync_to_thread=True)
def one(request: Request[Any, Any, Any], register: NamedDependency[Register], number: FromPath[str]) -> Response[str]:
    """A report by its receipt number: what was sent, until when it is answered, and the answer."""
    with register.reading() as connection:
        found = receipt(connection, number)
    if found is None:
        raise NotFoundException("There is no report of this number: check it letter by letter.")
    context = {"receipt": found, "kinds": KINDS, "today": register.today}
    return register.page(request, "reports/receipt.html", context, public=False)


def _form(
    request: Request[Any, Any, Any],
    register: Register,
    *,
    typed: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
    public: bool = False,
    status: int = 200,
) -> Response[str]:
    with register.reading() as connection:
        answered = answered_in_public(connection)
    context = {
        "typed": typed,
        "faults": faults or {},
        "kinds": list(KINDS.items()),
        "said": KINDS,
        "days": register.settings.report_answer_days,
        "answered": answered,
        "trap": TRAP,
        "mails": bool(register.settings.smtp_host),
    }
    return register.page(request, "reports/form.html", context, status=status, public=public)


# --- those who answer -----------------------------------------------------------------------------------


@get("/", sync_to_thread=True)
def waiting(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """Every report, those without an answer first."""
    return _waiting(request, register, visitor(request, register))


@post("/{number:str}", sync_to_thread=True)
def answer(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    number: FromPath[str],
) -> Response[Any]:
    """Answer a report, for its sender alone or for everybody."""
    who = poster(request, register, posted)
    refused = register.attempt(
        {},
        lambda session: reports.answer(
            session,
            actor=needs(who),
            number=number,
            text=posted.get("answer", ""),
            public=posted.get("public") == "yes",
            version=Fields(posted).number("version"),
            now=register.now,
        ),
    )
    if refused:
        return _waiting(request, register, who, number=number, typed=refused.typed(posted), refused=refused)
    if register.settings.smtp_host:
        _mail(register)
    return Redirect(f"/reports#{number}", status_code=303)


def _mail(register: Register) -> None:
    """Mail what was answered; what the server does not take now goes out with the next “alignment remind”."""
    for fault in reply(register.engine, register.settings, now=register.now).faults:
        log.warning("%s", fault)


def _waiting(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    *,
    number: str = "",
    typed: Mapping[str, str] | None = None,
    refused: Refused = TAKEN,
) -> Response[str]:
    allow(who, Do.ANSWER_REPORTS)
    with register.reading() as connection:
        found = to_answer(connection)
    context = {
        "reports": found,
        "kinds": KINDS,
        "number": number,
        "typed": typed or {},
        "faults": refused.faults,
        "clash": "" if refused.sides else refused.clash,
        "sides": sides(refused.sides, in_words({"public": (("yes", "yes"), ("", "no"))})),
        "mails": bool(register.settings.smtp_host),
    }
    return working_page(request, register, who, "reports/waiting.html", context, status=refused.status)


router = Router("/report", route_handlers=[form, send, one])
work_router = Router("/reports", route_handlers=[waiting, answer])
