"""Signing in and out, a second factor included."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import PermissionDeniedException
from litestar.response import Redirect

from alignment.demo import DEMONSTRATORS
from alignment.domain.people import is_demo_address
from alignment.queries.people import Account, account, half_session
from alignment.services import accounts, passwords
from alignment.web.register import Register
from alignment.web.sessions import COOKIE, Kept, Posted, Visitor, ours, poster, visitor, working_page

REFUSED = "The address and the password do not fit together, or the account is not active."
BUSY = "Many people are signing in at this moment. Wait a few seconds, then send the form again."


@get("/sign-in", sync_to_thread=True)
def sign_in_page(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[Any]:
    """The form to sign in; whoever is signed in already goes on."""
    back = _back(request.query_params.get("back", ""))
    if visitor(request, register).someone is not None:
        return Redirect(back, status_code=303)
    return _sign_in(request, register, Kept(), back=back)


@post("/sign-in", sync_to_thread=True)
def sign_in(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """Begin a session under a new cookie; with a second factor, half of one until the code came."""
    not_from_elsewhere(request)
    kept, back = Kept.carried(posted), _back(posted.get("back", ""))
    email, place = posted.get("email", ""), place_of(request)
    limited = _limited(request, register, email, place, kept, back)
    if limited is not None:
        return limited
    try:
        found = _fitting(register, email, posted.get("password", ""))
    except passwords.Busy:
        return _sign_in(request, register, kept, back=back, email=email, faults={"password": BUSY}, status=503, wait=5)
    if found is None:
        with register.noting() as session:
            accounts.note_try(session, email=email, person_id=None, place=place, outcome="refused", now=register.now)
        return _sign_in(request, register, kept, back=back, email=email, faults={"password": REFUSED}, status=422)
    with register.noting() as session:
        begun = accounts.sign_in(
            session,
            person_id=found.id,
            agent=request.headers.get("user-agent", ""),
            replaces=passwords.hashed(request.cookies.get(COOKIE, "")),
            now=register.now,
        )
        outcome = "code awaited" if begun.second_factor_due else "signed in"
        accounts.note_try(session, email=email, person_id=found.id, place=place, outcome=outcome, now=register.now)
    if begun.second_factor_due:
        return _with_cookie(register, _code(request, register, kept, back=back), begun.value)
    return _onwards(request, register, kept, back, begun.value)


@post("/sign-in/code", sync_to_thread=True)
def sign_in_code(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """The second factor: a code of the authenticator, or a recovery code."""
    not_from_elsewhere(request)
    kept, back = Kept.carried(posted), _back(posted.get("back", ""))
    half, place = passwords.hashed(request.cookies.get(COOKIE, "")), place_of(request)
    with register.reading() as connection:
        whose = half_session(connection, half, register.now)
    if whose is None:
        too_late = {"email": "The code was awaited for five minutes. Sign in once more."}
        return _sign_in(request, register, kept, back=back, faults=too_late, status=422)
    limited = _limited(request, register, whose.email, place, kept, back)
    if limited is not None:
        return limited
    with register.noting() as session:
        value = accounts.second_factor(
            session,
            secret_hash=half,
            code=posted.get("code", "")[:100],
            agent=request.headers.get("user-agent", ""),
            now=register.now,
        )
        outcome = "signed in" if value else "refused code"
        accounts.note_try(
            session, email=whose.email, person_id=whose.id, place=place, outcome=outcome, now=register.now
        )
    if value is None:
        wrong = "That code does not fit, or was used already. Wait for the next one, or use a recovery code."
        return _code(request, register, kept, back=back, faults={"code": wrong}, status=422)
    return _onwards(request, register, kept, back, value)


@post("/sign-out", sync_to_thread=True)
def sign_out(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """End this session; with ``everywhere``, every session of this person."""
    who = visitor(request, register)
    if who.someone is not None:
        who = poster(request, register, posted)
        assert who.someone is not None
        with register.noting() as session:
            if posted.get("everywhere"):
                accounts.end_sessions(session, person_id=who.someone.id)
            else:
                accounts.end_session(session, secret_hash=who.secret_hash)
    response = Redirect("/account/sign-in", status_code=303)
    response.delete_cookie(COOKIE, path="/")
    # What was typed and never saved is noted in the browser (static/sheet.js): it leaves with whoever typed it.
    response.headers["clear-site-data"] = '"storage"'
    return response


@post("/sign-in/again", sync_to_thread=True)
def sign_in_again(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """The form to sign in, with what a fragment kept when the session was over."""
    not_from_elsewhere(request)
    return _sign_in(request, register, Kept.carried(posted), back=_back(posted.get("back", "")), ended=True)


def _fitting(register: Register, email: str, password: str) -> Account | None:
    """The account that an address and a password fit, with the same work for one that does not exist."""
    found = None
    if register.settings.demo or not is_demo_address(email):
        with register.reading() as connection:
            found = account(connection, email=email)
    fits = passwords.password_fits(password, found.password_hash if found else "")
    return found if fits else None


def _limited(
    request: Request[Any, Any, Any], register: Register, email: str, place: str, kept: Kept, back: str
) -> Response[Any] | None:
    """The answer to too many tries; None where one more is counted and may be made."""
    with register.noting() as session:
        wait = accounts.begin_try(session, email=email, place=place, now=register.now)
    if wait is None:
        return None
    return _sign_in(
        request,
        register,
        kept,
        back=back,
        email=email,
        faults={"password": say_wait(wait.total_seconds())},
        status=429,
        wait=int(wait.total_seconds()) + 1,
    )


def _onwards(request: Request[Any, Any, Any], register: Register, kept: Kept, back: str, value: str) -> Response[Any]:
    """Back to the page that was asked for, or to what was being saved when the session ended."""
    if not kept.to:
        return _with_cookie(register, Redirect(back, status_code=303), value)
    request.cookies[COOKIE] = value
    who = visitor(request, register)
    return _with_cookie(register, working_page(request, register, who, "accounts/kept.html", {"kept": kept}), value)


def _with_cookie(register: Register, response: Response[Any], value: str) -> Response[Any]:
    response.set_cookie(
        COOKIE,
        value,
        httponly=True,
        samesite="lax",
        secure=urlsplit(register.settings.base_url).scheme == "https",
        path="/",
        max_age=int(accounts.SESSION_LASTS.total_seconds()),
    )
    return response


def _sign_in(
    request: Request[Any, Any, Any],
    register: Register,
    kept: Kept,
    *,
    back: str,
    email: str = "",
    faults: Mapping[str, str] | None = None,
    ended: bool = False,
    status: int = 200,
    wait: int = 0,
) -> Response[Any]:
    context = {
        "visitor": Visitor(),
        "kept": kept,
        "back": back,
        "email": email,
        "faults": faults or {},
        "ended": ended,
        "welcome": "welcome" in request.query_params,
        "demo": DEMONSTRATORS if register.settings.demo else (),
    }
    response = register.page(request, "accounts/sign_in.html", context, status=status, public=False)
    if wait:
        response.headers["retry-after"] = str(wait)
    return response


def _code(
    request: Request[Any, Any, Any],
    register: Register,
    kept: Kept,
    *,
    back: str,
    faults: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[Any]:
    context = {"visitor": Visitor(), "kept": kept, "back": back, "faults": faults or {}}
    return register.page(request, "accounts/code.html", context, status=status, public=False)


def _back(address: str) -> str:
    return address if ours(address) else "/work"


def not_from_elsewhere(request: Request[Any, Any, Any]) -> None:
    """Nobody is signed in by another site's form, as somebody they are not."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    if site not in ("same-origin", "none") or (origin and urlsplit(origin).netloc != request.headers.get("host")):
        raise PermissionDeniedException("Sign in from this register's own page: open it and enter your address there.")


def place_of(request: Request[Any, Any, Any]) -> str:
    """Where a request comes from, as far as tries are counted: an IPv4 address, or a network of IPv6."""
    host = request.client.host if request.client else ""
    try:
        found = ip_address(host)
    except ValueError:
        return host[:60]
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else host


def say_wait(seconds: float) -> str:
    """How long somebody has to wait who tried too often."""
    minutes = max(1, -(-int(seconds) // 60))
    return f"Too many tries. Wait {minutes} {'minute' if minutes == 1 else 'minutes'}, then try again."


router = Router("/account", route_handlers=[sign_in_page, sign_in, sign_in_code, sign_in_again, sign_out])
