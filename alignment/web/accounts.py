"""What people set for themselves: password, keys, second factor, tokens, declarations; and taking an invitation up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.domain.refusal import Unfit
from alignment.queries.people import Account, account, declarations, invitation
from alignment.queries.people import account_page as read_account
from alignment.services import accounts, passwords, people
from alignment.web.reading import Fields
from alignment.web.register import TAKEN, Refused, Register
from alignment.web.sessions import Posted, Visitor, needs, poster, visitor, working_page
from alignment.web.signing_in import BUSY, REFUSED, not_from_elsewhere, place_of, say_wait

# --- one's own account ----------------------------------------------------------------------------


@get("/", sync_to_thread=True)
def account_page(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[Any]:
    """Name, roles, sessions, second factor, password, shortcuts, tokens."""
    return _account(request, register, visitor(request, register))


@post("/password", sync_to_thread=True)
def change_password(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """A new password, for whoever knows the old one; every other session ends. Both are judged at once: what is
    wanted of a new one is no secret.
    """
    who = poster(request, register, posted)
    someone, new = needs(who), posted.get("password", "")
    found, fault = _confirmed(request, register, who, posted.get("old_password", ""))
    faults = {**posted.faults, **_weak(new, name=found.name if found else "", email=found.email if found else "")}
    if found is None:
        faults = {"old_password": fault, **faults}
    if faults:
        return _account(request, register, who, faults=faults, status=422)
    try:
        stored = passwords.hash_password(new)
    except passwords.Busy:
        return _account(request, register, who, faults={"password": BUSY}, status=503)
    with register.acting() as session:
        accounts.change_password(session, actor=someone, stored=stored, keep=who.secret_hash, now=register.now)
    return Redirect("/account?done=password#password", status_code=303)


@post("/keys", sync_to_thread=True)
def set_keys(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """Keyboard shortcuts on or off."""
    someone = needs(poster(request, register, posted))
    with register.acting() as session:
        accounts.set_keys(session, actor=someone, on=posted.get("keys") == "on", now=register.now)
    return Redirect("/account#keys", status_code=303)


@post("/sessions/end", sync_to_thread=True)
def end_session(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """End one of one's own sessions."""
    someone = needs(poster(request, register, posted))
    with register.noting() as session:
        accounts.end_one_of(session, actor=someone, begins=posted.get("begins", ""))
    return Redirect("/account#sessions", status_code=303)


@get("/second-factor", sync_to_thread=True)
def second_factor_page(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[Any]:
    """A new secret for an authenticator, to be confirmed by its first code."""
    return _enrol(request, register, visitor(request, register), accounts.new_totp_secret())


@post("/second-factor", sync_to_thread=True)
def enrol_second_factor(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """Turn the second factor on; the recovery codes are shown once."""
    who = poster(request, register, posted)
    given = posted.get("totp_secret", "")
    try:
        with register.acting() as session:
            codes = accounts.enrol(
                session, actor=needs(who), totp_secret=given, code=posted.get("code", "")[:40], now=register.now
            )
    except Unfit as unfit:
        secret = given if accounts.is_totp_secret(given) else accounts.new_totp_secret()
        return _enrol(request, register, who, secret, faults=unfit.faults, status=422)
    return working_page(request, register, who, "accounts/codes.html", {"codes": codes})


@post("/second-factor/off", sync_to_thread=True)
def disable_second_factor(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """Turn the second factor off, for whoever knows the password."""
    who = poster(request, register, posted)
    found, fault = _confirmed(request, register, who, posted.get("off_password", ""))
    if found is None:
        return _account(request, register, who, faults={"off_password": fault}, status=422)
    with register.acting() as session:
        accounts.disable_second_factor(session, actor=needs(who), now=register.now)
    return Redirect("/account#second-factor", status_code=303)


@post("/recovery-codes", sync_to_thread=True)
def new_recovery_codes(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """New recovery codes in place of the old ones, for whoever knows the password."""
    who = poster(request, register, posted)
    found, fault = _confirmed(request, register, who, posted.get("codes_password", ""))
    if found is None or not found.second_factor:
        said = fault or "The second factor is off: there is nothing to recover."
        return _account(request, register, who, faults={"codes_password": said}, status=422)
    with register.acting() as session:
        codes = accounts.recovery_codes(session, person_id=found.id, now=register.now)
    return working_page(request, register, who, "accounts/codes.html", {"codes": codes})


@post("/tokens", sync_to_thread=True)
def make_token(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """A personal token for programs, shown once."""
    who = poster(request, register, posted)
    try:
        with register.acting() as session:
            value = accounts.make_token(session, actor=needs(who), label=posted.get("label", ""), now=register.now)
    except Unfit as unfit:
        return _account(request, register, who, faults=unfit.faults, posted=posted, status=422)
    return working_page(request, register, who, "accounts/token.html", {"value": value, "label": posted["label"]})


@post("/tokens/{token_id:str}/revoke", sync_to_thread=True)
def revoke_token(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    token_id: FromPath[str],
) -> Response[Any]:
    """A token that no program can use any more."""
    someone = needs(poster(request, register, posted))
    with register.acting() as session:
        accounts.revoke_token(session, actor=someone, token_id=token_id, now=register.now)
    return Redirect("/account#tokens", status_code=303)


def _account(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    *,
    faults: Mapping[str, str] | None = None,
    posted: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[Any]:
    someone = needs(who)
    with register.reading() as connection:
        page = read_account(connection, someone.id, who.secret_hash, register.now)
    context = {
        "page": page,
        "faults": faults or {},
        "typed": posted or {},
        "done": request.query_params.get("done", ""),
        "password_hint": passwords.PASSWORD_HINT,
    }
    return working_page(request, register, who, "accounts/page.html", context, status=status)


def _confirmed(
    request: Request[Any, Any, Any], register: Register, who: Visitor, password: str
) -> tuple[Account | None, str]:
    """The account whose password was entered once more, or why not; tries count as they do for signing in."""
    someone, place = needs(who), place_of(request)
    with register.reading() as connection:
        found = account(connection, person_id=someone.id)
    if found is None:
        return None, REFUSED
    with register.noting() as session:
        wait = accounts.begin_try(session, email=found.email, place=place, now=register.now)
    if wait is not None:
        return None, say_wait(wait.total_seconds())
    try:
        fits = passwords.password_fits(password, found.password_hash)
    except passwords.Busy:
        return None, BUSY
    with register.noting() as session:
        outcome = "confirmed" if fits else "refused"
        accounts.note_try(
            session, email=found.email, person_id=found.id, place=place, outcome=outcome, now=register.now
        )
    return (found, "") if fits else (None, "That is not your password.")


def _enrol(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    totp_secret: str,
    *,
    faults: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[Any]:
    someone = needs(who)
    with register.reading() as connection:
        found = account(connection, person_id=someone.id)
    if found is None or found.second_factor:
        return Redirect("/account#second-factor", status_code=303)
    link = accounts.totp_link(totp_secret, found.email, register.pages.frame.name)
    context = {
        "totp_secret": totp_secret,
        "groups": " ".join(totp_secret[i : i + 4] for i in range(0, len(totp_secret), 4)),
        "link": link,
        "qr": qr_path(link),
        "faults": faults or {},
    }
    return working_page(request, register, who, "accounts/second_factor.html", context, status=status)


def qr_path(text: str) -> tuple[str, int]:
    """A QR code as the path of an SVG image of one unit a module, and its width with the quiet zone."""
    import segno  # a MiB, for a page that a person sees once

    rows = segno.make(text, error="m", micro=False).matrix
    path = "".join(f"M{x + 4},{y + 4}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return path, len(rows) + 8


# --- declarations of interest ----------------------------------------------------------------------


@get("/declarations", sync_to_thread=True)
def declarations_page(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[Any]:
    """Every programme and what one declared about it last."""
    return _declarations(request, register, visitor(request, register))


@post("/declarations", sync_to_thread=True)
def declare(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """File a declaration; the newest counts."""
    who = poster(request, register, posted)
    someone = needs(who)
    fields = Fields(posted)
    programme = fields.text("programme")
    has = fields.word("interest", {"no": False, "yes": True}, "Say whether you have an interest: yes or no.")
    refused = register.attempt(
        fields.faults,
        lambda session: people.declare(
            session,
            actor=someone,
            person_id=someone.id,
            programme_id=programme,
            has_interest=has,
            statement=fields.text("statement"),
            now=register.now,
        ),
    )
    if refused:
        return _declarations(request, register, who, posted=posted, refused=refused)
    return Redirect(f"/account/declarations#{quote(programme)}", status_code=303)


def _declarations(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    *,
    posted: Mapping[str, str] | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    someone = needs(who)
    with register.reading() as connection:
        declared = declarations(connection, someone.id)
    typed = posted or {"programme": request.query_params.get("programme", "")}
    context = {"declared": declared, "faults": refused.faults, "typed": typed}
    return working_page(request, register, who, "accounts/declarations.html", context, status=refused.status)


# --- taking an invitation up --------------------------------------------------------------------------


@get("/invitation/{value:str}", sync_to_thread=True)
def invitation_page(
    request: Request[Any, Any, Any], register: NamedDependency[Register], value: FromPath[str]
) -> Response[Any]:
    """The form in which somebody invited chooses a password."""
    return _invitation(request, register, value)


@post("/invitation/{value:str}", sync_to_thread=True)
def accept_invitation(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    value: FromPath[str],
) -> Response[Any]:
    """Take an invitation up, once, and go to the sign-in page."""
    not_from_elsewhere(request)
    with register.reading() as connection:
        found = invitation(connection, passwords.hashed(value), register.now)
    if found is None:
        return _invitation(request, register, value)
    password = posted.get("password", "")
    name = posted.get("name", "").strip() or found.name
    try:
        _check_twice(posted, password, name=name, email=found.email)
        stored = passwords.hash_password(password)
        with register.acting() as session:
            people.accept(session, value=value, name=name, stored=stored, now=register.now)
    except Unfit as unfit:
        faults = unfit.faults
        return _invitation(request, register, value, faults=faults, typed=name, status=422)
    except passwords.Busy:
        return _invitation(request, register, value, faults={"password": BUSY}, typed=name, status=503)
    return Redirect("/account/sign-in?welcome=1", status_code=303)


def _check_twice(posted: Posted, password: str, *, name: str, email: str) -> None:
    """Unfit for a password that cannot be taken, and for one that was not entered twice alike: for both at once."""
    faults = {**posted.faults, **_weak(password, name=name, email=email)}
    if posted.get("password_again", "") != password:
        faults |= {"password_again": "The two passwords differ: enter the same one twice."}
    if faults:
        raise Unfit(faults)


def _weak(password: str, *, name: str, email: str) -> dict[str, str]:
    """Why a password cannot be taken, as the fault of its field."""
    try:
        passwords.check_password(password, name=name, email=email)
    except Unfit as unfit:
        return unfit.faults
    return {}


def _invitation(
    request: Request[Any, Any, Any],
    register: Register,
    value: str,
    *,
    faults: Mapping[str, str] | None = None,
    typed: str = "",
    status: int = 200,
) -> Response[Any]:
    with register.reading() as connection:
        found = invitation(connection, passwords.hashed(value), register.now)
    context = {
        "visitor": Visitor(),
        "invited": found,
        "faults": faults or {},
        "name": typed or (found.name if found else ""),
        "password_hint": passwords.PASSWORD_HINT,
    }
    # Whoever reads over a shoulder or in a history gets no further: the address works once.
    response = register.page(
        request, "accounts/invitation.html", context, status=status if found else 404, public=False
    )
    # No other site learns the address either. Our own form has to say where it comes from: with “no-referrer” a
    # browser sends it as from nowhere, and it would be refused as one of another site.
    response.headers["referrer-policy"] = "same-origin"
    return response


router = Router(
    "/account",
    route_handlers=[
        account_page, change_password, set_keys,
        end_session, second_factor_page, enrol_second_factor, disable_second_factor, new_recovery_codes, make_token,
        revoke_token, declarations_page, declare, invitation_page, accept_invitation,
    ],
)  # fmt: skip
