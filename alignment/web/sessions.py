"""Who is asking: the session behind the cookie, the CSRF secret of its forms, and what they sent."""

from __future__ import annotations

import hmac
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from litestar import MediaType, Request, Response
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException, NotAuthorizedException, PermissionDeniedException
from litestar.response import Redirect, Stream
from litestar.types import ExceptionHandlersMap

from alignment.domain.frozen import dataclass
from alignment.domain.people import NOTHING, Do, Matter, Role, Someone, why_not
from alignment.domain.refusal import NoText, Refusal
from alignment.queries.people import bearer, visit
from alignment.services.accounts import seen, token_seen
from alignment.services.passwords import hashed
from alignment.web.parts import close, read_parts
from alignment.web.register import NO_TEXT, Register
from alignment.web.render import Frame, Place

COOKIE = "alignment_session"
CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf"
SEEN_EVERY = timedelta(minutes=5)
MOST_FIELDS = 5000
"""A form has no more fields than this; a whole part in one form has under a thousand."""


# --- what was sent ------------------------------------------------------------------------------


# What a keyboard does not write, a PDF may hold and no database or file of ours keeps; an escaped byte is no UTF-8.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\udc80-\udcff]")


class Posted(Mapping[str, str]):
    """The fields of a form: one text by name, ``every`` text of a repeated one, and files.

    A sign that is no text is left out of them, so that the rest can be shown again; ``faults`` says in which fields.
    """

    def __init__(self, fields: list[tuple[str, str]], files: list[tuple[str, UploadFile]]) -> None:
        self.fields = [(_NO_TEXT.sub("", name), _NO_TEXT.sub("", value)) for name, value in fields]
        self.faults = {
            _NO_TEXT.sub("", name): _no_text(found[0])
            for name, value in reversed(fields)
            if (found := _NO_TEXT.search(name + value))
        }
        self._first = dict(reversed(self.fields))
        self._files = files

    def check(self) -> None:
        """NoText where a field holds a sign that is no text."""
        if self.faults:
            raise NoText(self.faults)

    def __getitem__(self, name: str) -> str:
        return self._first[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def every(self, name: str) -> list[str]:
        """All values of a field that may stand several times."""
        return [value for each, value in self.fields if each == name]

    @property
    def rows(self) -> set[str]:
        """The names of the rows of a form that has several: OP-01 of ``OP-01.rationale``."""
        return {name.partition(".")[0] for name in self._first if "." in name}

    def row(self, name: str) -> Posted:
        """The fields of one row alone, named as if it were the whole form; a form with no such row is one itself."""
        if name not in self.rows:
            return self
        mark = f"{name}."
        found = Posted([(each.removeprefix(mark), value) for each, value in self.fields if each.startswith(mark)], [])
        found.faults = {each.removeprefix(mark): why for each, why in self.faults.items() if each.startswith(mark)}
        return found

    def files(self, name: str) -> list[UploadFile]:
        """The files chosen in a field; a field left empty has none."""
        return [file for each, file in self._files if each == name and file.filename]


def _no_text(sign: str) -> str:
    named = "byte that is no UTF-8" if sign >= "\udc80" else f"control character (U+{ord(sign):04X})"
    return f"A {named} was left out of this field, since it is no text: read what is left, then send it again."


async def posted(request: Request[Any, Any, Any]) -> AsyncIterator[Posted]:
    """The dependency of every handler that takes a form: ``posted: NamedDependency[Posted]``.

    It is read here and not by the framework, which keeps the last thousand bodies, passwords and all,
    and drops fields left empty. What was sent is kept with the request: a session that ended must not lose it.
    """
    files: list[tuple[str, UploadFile]] = []
    try:
        encoding, options = request.content_type
        if encoding == RequestEncodingType.MULTI_PART:
            room = None if request.cookies.get(COOKIE) else ROOM_OF_STRANGERS
            fields, files = await read_parts(request.stream(), options.get("boundary", ""), MOST_FIELDS, room)
        else:
            body = (await request.body()).decode(errors="surrogateescape")
            fields = parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="surrogateescape")
    except ValueError:
        raise ClientException(
            f"What was sent is no form of ours: it did not arrive whole, or has more than {MOST_FIELDS} fields."
        ) from None
    # Every text as it was typed, the browser's line ends made ours.
    found = request.state["posted"] = Posted([(name, value.replace("\r\n", "\n")) for name, value in fields], files)
    try:
        yield found
    finally:
        await close(files)


# --- who sent it ----------------------------------------------------------------------------------


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

    @property
    def frame(self) -> Frame:
        """What stands round a working page: its navigation holds what this visitor can open."""
        if self.someone is None:
            return Frame(nav=(PUBLIC_REGISTER,), area="Working area")
        nav = tuple(place for place, act in WORKING if act is None or self.why_not(act) is None)
        return Frame(nav=nav, area="Working area", tagline=f"Working area · {self.said_roles}")

    @property
    def said_roles(self) -> str:
        """The roles held, in words."""
        held = {role for _, role in self.someone.roles} if self.someone else set()
        return ", ".join(role.label for role in Role if role in held) or "no role yet"


PUBLIC_REGISTER = Place("Public register", "/")

# The navigation of the working areas, and the act without which a link has no use.
# A place is listed once its address exists.
WORKING: tuple[tuple[Place, Do | None], ...] = (
    (Place("My work", "/work"), None),
    (Place("My brands", "/records", covers=("/brands/import",)), Do.KEEP_RECORDS),
    (Place("Rounds", "/rounds"), None),
    (Place("Decide", "/decisions/due", covers=("/decisions",)), Do.KEEP_REGISTER),
    (Place("Publish", "/publishing"), Do.COMPOSE),
    (Place("Monitoring", "/monitoring"), Do.KEEP_REGISTER),
    (Place("Reports", "/reports"), Do.ANSWER_REPORTS),
    (Place("Keep the register", "/keeping"), Do.KEEP_REGISTER),
    (Place("Producers", "/records"), Do.SEE_RECORDS),
    (Place("People", "/people"), Do.MANAGE_PEOPLE),
    (Place("Actions", "/actions"), None),
    (Place("Reminders", "/reminders", covers=("/calendar", "/following")), None),
    (Place("Log", "/log"), Do.SEE_LOG),
    (Place("Account", "/account"), None),
    (PUBLIC_REGISTER, None),
)


class SignInFirst(Exception):  # noqa: N818  (it is no error of the program)
    """The page needs somebody who is signed in."""


class OldForm(Exception):  # noqa: N818  (nor is this)
    """A form of this site that was made for a session that is over; somebody is signed in anew."""

    def __init__(self, who: Visitor) -> None:
        super().__init__("the form was made for another session")
        self.who = who


def visitor(request: Request[Any, Any, Any], register: Register) -> Visitor:
    """The visitor behind a request; one small query where there is a cookie, none where there is not.

    It is noted with the request: a page that says no stands in the frame of the one to whom it is said.
    """
    found = request.state["visitor"] = _visitor(request, register)
    return found


def _visitor(request: Request[Any, Any, Any], register: Register) -> Visitor:
    value = request.cookies.get(COOKIE)
    if not value:
        return program(request, register)
    with register.reading() as connection:
        found = visit(connection, hashed(value), register.now)
    if found is None:
        return Visitor()
    if register.now - found.seen_at > SEEN_EVERY:
        with register.noting() as session:
            seen(session, secret_hash=hashed(value), now=register.now)
    return Visitor(found.someone, found.csrf, hashed(value), found.keys_on)


def program(request: Request[Any, Any, Any], register: Register) -> Visitor:
    """The person for whom a program asks with a token: it reads what they read, but nothing of their account.

    401 for a token that does not work, 403 where it is used for anything else than reading.
    """
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        return Visitor()
    with register.reading() as connection:
        found = bearer(connection, hashed(value.strip()), register.now)
    if found is None:
        raise NotAuthorizedException(
            "This token does not work: it has ended, was revoked, or was not copied whole. "
            "Make a new one under Account."
        )
    if request.method not in ("GET", "HEAD") or request.url.path.startswith("/account"):
        raise PermissionDeniedException(
            "A token reads pages and files of the working areas. For anything else, sign in."
        )
    if found.used_at is None or register.now - found.used_at > SEEN_EVERY:
        with register.noting() as session:
            token_seen(session, token_id=found.token_id, now=register.now)
    return Visitor(found.someone)


def poster(request: Request[Any, Any, Any], register: Register, posted: Posted) -> Visitor:
    """Who sends a form: somebody signed in, with a form of their own session. Every POST begins with this.

    What the form holds that is no text is told by whatever acts on it (``Register.acting``).
    """
    who = visitor(request, register)
    needs(who)
    check_csrf(who, request, posted)
    NO_TEXT.set(posted.faults)
    return who


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
    if who.csrf and hmac.compare_digest(given.encode(), who.csrf.encode()):
        return
    if given and same_origin(request):
        raise OldForm(who)
    raise PermissionDeniedException(
        "This form was made for another session. Open the page again and enter it once more."
    )


def same_origin(request: Request[Any, Any, Any]) -> bool:
    """Whether a browser says that one of our own pages sent this; false where it says nothing."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


# --- a session that ended ---------------------------------------------------------------------------

KEPT_BYTES = 1024 * 1024
ROOM_OF_STRANGERS = 2 * KEPT_BYTES
"""So many bytes of a form with files are read of somebody who brings no session: what they wrote, and no file."""

_PREFIX = "kept:"
_SECRET = re.compile("password|secret|token|^(?:recovery_)?code$", re.IGNORECASE)
_OURS = re.compile(r"/(?![/\\])[^\x00-\x20\\]{0,2000}")


@dataclass(frozen=True, slots=True)
class Kept:
    """What somebody sent when their session was over: where to, and every field but secrets.

    ``files`` is the field in which files were chosen: they are not kept, and chosen again.
    """

    to: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    lost: str = ""
    files: str = ""

    @classmethod
    def of(cls, to: str, posted: Posted | None) -> Kept:
        """What can be kept of a form; ``lost`` says what cannot."""
        if posted is None or not ours(to):
            return cls()
        fields = tuple(
            (name, value) for name, value in posted.fields if name != CSRF_FIELD and not _SECRET.search(name)
        )
        if sum(len(name) + len(value) for name, value in fields) > KEPT_BYTES:
            return cls(
                lost="What you sent is too long to be kept while you sign in: go back in your browser and copy it."
            )
        chosen = next((name for name, file in posted._files if file.filename), "")
        return cls(to, fields, "Choose your files again." if chosen else "", chosen)

    @classmethod
    def carried(cls, posted: Posted) -> Kept:
        """What the sign-in page carried in hidden fields."""
        to = posted.get("kept_to", "")
        if not ours(to):
            return cls()
        fields = tuple((n.removeprefix(_PREFIX), v) for n, v in posted.fields if n.startswith(_PREFIX))
        return cls(to, fields, posted.get("kept_lost", ""), posted.get("kept_files", ""))

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The hidden fields that carry it through the sign-in page."""
        if not self.to:
            return []
        about = [("kept_to", self.to), ("kept_lost", self.lost), ("kept_files", self.files)]
        return [*about, *((_PREFIX + n, v) for n, v in self.fields)]

    @property
    def texts(self) -> list[tuple[str, str]]:
        """What a person wrote, to be shown: not the short values that forms carry for themselves."""
        return [(name, value) for name, value in self.fields if " " in value.strip()]


def ours(address: str) -> bool:
    """Whether an address is a path of this site, and no way to leave it or to sign in again."""
    return bool(_OURS.fullmatch(address)) and not address.startswith("/account/sign-")


def ended(register: Register) -> ExceptionHandlersMap:
    """What is answered where a session is needed and there is none, or a form is of an older one."""

    def to_sign_in(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        fragment = request.headers.get("hx-request") == "true"
        if request.method in ("GET", "HEAD"):
            back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            if fragment:
                return _fragment(register, Kept(), back=page_behind(request))
            return Redirect(f"/account/sign-in?back={quote(back, safe='/')}", status_code=303)
        kept = Kept.of(request.url.path, _sent(request) if same_origin(request) else None)
        if fragment:
            return _fragment(register, kept, back=page_behind(request))
        context = {
            "visitor": Visitor(),
            "kept": kept,
            "back": "",
            "email": "",
            "faults": {},
            "ended": True,
            "welcome": False,
            "demo": (),
        }
        return register.page(request, "accounts/sign_in.html", context, status=401, public=False)

    def once_more(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        assert isinstance(error, OldForm)
        kept = Kept.of(request.url.path, _sent(request))
        if request.headers.get("hx-request") == "true":
            return _fragment(register, kept, back=page_behind(request), who=error.who)
        context = {"visitor": error.who, "kept": kept}
        return register.page(request, "accounts/kept.html", context, status=403, public=False)

    return {SignInFirst: to_sign_in, OldForm: once_more}


def _sent(request: Request[Any, Any, Any]) -> Posted | None:
    found = request.state.get("posted")
    return found if isinstance(found, Posted) else None


def page_behind(request: Request[Any, Any, Any], otherwise: str = "/work") -> str:
    """The page that a fragment was asked for from, or a form was sent from."""
    address = urlsplit(str(request.headers.get("hx-current-url") or request.headers.get("referer") or ""))
    path = address.path + (f"?{address.query}" if address.query else "")
    return path if ours(path) else otherwise


def _fragment(register: Register, kept: Kept, *, back: str, who: Visitor | None = None) -> Response[str]:
    body = register.pages.macro("accounts/_ended.html", "ended", kept, back, who)
    status = 401 if who is None else 403
    return Response(body, status_code=status, media_type=MediaType.HTML, headers={"cache-control": "no-store"})


# --- pages -------------------------------------------------------------------------------------------


def working_page(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    template: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
) -> Response[str]:
    """A page of the working areas: never kept, and it knows who looks at it (``visitor``) and when (``now``)."""
    told = {"visitor": who, "now": register.now, "today": register.today, **context}
    return register.page(request, template, told, status=status, public=False)


def working_page_underway(
    request: Request[Any, Any, Any], register: Register, who: Visitor, template: str, context: Mapping[str, object]
) -> Stream:
    """A page of the working areas that is sent while the work that it tells of goes on."""
    return register.page_underway(
        request, template, {"visitor": who, "now": register.now, "today": register.today, **context}
    )
