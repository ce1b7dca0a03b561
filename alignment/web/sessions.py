"""Who is asking: the session behind the cookie, and the CSRF secret that its forms carry."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.exceptions import PermissionDeniedException
from litestar.response import Redirect

from alignment.domain.people import NOTHING, Do, Matter, Someone, why_not
from alignment.domain.refusal import Refusal
from alignment.queries.people import visit
from alignment.services.people import hashed
from alignment.web.register import Register

COOKIE = "alignment_session"
CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: somebody signed in, or nobody."""

    someone: Someone | None = None
    csrf: str = ""
    secret_hash: str = ""
    keys_on: bool = True

    def why_not(self, act: Do, matter: Matter = NOTHING) -> str | None:
        """Why this visitor may not do something, for a disabled control; None where they may."""
        return why_not(self.someone, act, matter)


class SignInFirst(Exception):  # noqa: N818  (it is no error of the program)
    """The page needs somebody who is signed in."""


def visitor(request: Request[Any, Any, Any], register: Register) -> Visitor:
    """The visitor behind a request; two small queries where there is a cookie, none where there is not."""
    value = request.cookies.get(COOKIE)
    if not value:
        return Visitor()
    with register.reading() as connection:
        found = visit(connection, hashed(value), register.now)
    if found is None:
        return Visitor()
    return Visitor(found.someone, found.csrf, hashed(value), found.keys_on)


def needs(who: Visitor) -> Someone:
    """The one who is signed in; otherwise the way to the sign-in page."""
    if who.someone is None:
        raise SignInFirst
    return who.someone


def allow(who: Visitor, act: Do, matter: Matter = NOTHING) -> Someone:
    """The one who may do this; a refusal with its reason otherwise."""
    someone = needs(who)
    reason = why_not(someone, act, matter)
    if reason:
        raise Refusal(reason)
    return someone


def check_csrf(who: Visitor, request: Request[Any, Any, Any], fields: Mapping[str, str]) -> None:
    """A form has to carry the secret of its own session: as a field, or as a header set by a script."""
    given = fields.get(CSRF_FIELD) or request.headers.get(CSRF_HEADER) or ""
    if not who.csrf or not hmac.compare_digest(given.encode(), who.csrf.encode()):
        raise PermissionDeniedException(
            "This form was made for another session. Open the page again and enter it once more."
        )


def to_sign_in(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Nobody is signed in: to the sign-in page, and back afterwards."""
    back = request.url.path if request.method == "GET" else request.headers.get("referer", "/work")
    return Redirect(f"/account/sign-in?back={quote(back)}", status_code=303)
