"""People as administrators manage them: invitations, roles, accounts, the sign-in log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.domain.people import Do, Role
from alignment.queries.people import everybody, open_invitations, organisation_choices, person_page, tries
from alignment.services import people
from alignment.web.reading import Fields
from alignment.web.register import TAKEN, Refused, Register
from alignment.web.sessions import Posted, Visitor, allow, needs, poster, visitor, working_page

LOG_PAGE = 50
ROLES = [(role.value, role.label) for role in Role]
GRANTING = {"role": {"since", "until"}, "until": {"since"}}
"""Which roles go together, and whether one ends before it begins, is judged by the days."""


@get("/", sync_to_thread=True)
def listed(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[Any]:
    """Everybody with an account, and open invitations."""
    who = _administrator(request, register)
    with register.reading() as connection:
        lines, invited = everybody(connection), open_invitations(connection, register.now)
    return working_page(request, register, who, "people/list.html", {"lines": lines, "invited": invited})


@get("/invite", sync_to_thread=True)
def invite_page(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[Any]:
    """The form of an invitation."""
    return _invite(request, register, _administrator(request, register))


@post("/invite", sync_to_thread=True)
def invite(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """Invite somebody to a role; the link is shown once."""
    who = _poster(request, register, posted)
    fields = Fields(posted)
    role = _role(fields)
    refused = register.attempt(
        fields.faults,
        lambda session: people.invite(
            session,
            actor=needs(who),
            email=fields.text("email"),
            name=fields.text("name"),
            organisation_id=fields.text("organisation"),
            role=role,
            now=register.now,
        ),
    )
    if refused:
        return _invite(request, register, who, typed=posted, refused=refused)
    return _link(request, register, who, refused.made, fields.text("email"), new=True)


@post("/invitations/{invitation_id:str}/withdraw", sync_to_thread=True)
def withdraw(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    invitation_id: FromPath[str],
) -> Response[Any]:
    """An invitation that nobody can use any more."""
    who = _poster(request, register, posted)
    with register.acting() as session:
        people.withdraw(
            session,
            actor=needs(who),
            invitation_id=invitation_id,
            now=register.now,
            version=Fields(posted).number("version"),
        )
    return Redirect("/people#invited", status_code=303)


@get("/sign-ins", sync_to_thread=True)
def sign_ins(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[Any]:
    """How every try to sign in ended, newest first."""
    who = _administrator(request, register)
    query = request.query_params
    email, before = query.get("email", "").strip().lower()[:254], query.get("before", "")[:40]
    with register.reading() as connection:
        found = tries(connection, email=email, before=before, most=LOG_PAGE + 1)
    context = {
        "tries": found[:LOG_PAGE],
        "older": found[LOG_PAGE - 1].id if len(found) > LOG_PAGE else "",
        "email": email,
        "before": before,
    }
    return working_page(request, register, who, "people/sign_ins.html", context)


@get("/{person_id:str}", sync_to_thread=True)
def one(
    request: Request[Any, Any, Any], register: NamedDependency[Register], person_id: FromPath[str]
) -> Response[Any]:
    """One person: roles, declarations, sign-ins, and what an administrator may do."""
    return _one(request, register, _administrator(request, register), person_id)


@post("/{person_id:str}/roles", sync_to_thread=True)
def grant(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    person_id: FromPath[str],
) -> Response[Any]:
    """Give a role for an organisation, from a day to a day."""
    who = _poster(request, register, posted)
    fields = Fields(posted)
    role = _role(fields)
    since, until = _span(fields, register.now)
    refused = register.attempt(
        fields.faults,
        lambda session: people.grant(
            session,
            actor=needs(who),
            person_id=person_id,
            organisation_id=fields.text("organisation"),
            role=role,
            now=register.now,
            since=since,
            until=until,
        ),
        hinging=GRANTING,
    )
    if refused:
        return _one(request, register, who, person_id, typed=posted, refused=refused)
    return Redirect(f"/people/{person_id}#roles", status_code=303)


@post("/{person_id:str}/roles/{membership_id:str}/end", sync_to_thread=True)
def end_role(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    person_id: FromPath[str],
    membership_id: FromPath[str],
) -> Response[Any]:
    """A role ends now."""
    who = _poster(request, register, posted)
    with register.acting() as session:
        people.end_role(
            session,
            actor=needs(who),
            membership_id=membership_id,
            now=register.now,
            version=Fields(posted).number("version"),
        )
    return Redirect(f"/people/{person_id}#roles", status_code=303)


@post("/{person_id:str}/deactivate", sync_to_thread=True)
def deactivate(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    person_id: FromPath[str],
) -> Response[Any]:
    """Nobody signs in as this person any more."""
    who = _poster(request, register, posted)
    with register.acting() as session:
        people.deactivate(
            session, actor=needs(who), person_id=person_id, now=register.now, version=Fields(posted).number("version")
        )
    return Redirect(f"/people/{person_id}", status_code=303)


@post("/{person_id:str}/reactivate", sync_to_thread=True)
def reactivate(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    person_id: FromPath[str],
) -> Response[Any]:
    """The person may sign in again."""
    who = _poster(request, register, posted)
    with register.acting() as session:
        people.reactivate(session, actor=needs(who), person_id=person_id, now=register.now)
    return Redirect(f"/people/{person_id}", status_code=303)


@post("/{person_id:str}/reset", sync_to_thread=True)
def reset(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    person_id: FromPath[str],
) -> Response[Any]:
    """Sign a person out everywhere and make a new link, shown once."""
    who = _poster(request, register, posted)
    with register.acting() as session:
        value = people.reset(session, actor=needs(who), person_id=person_id, now=register.now)
    with register.reading() as connection:
        found = person_page(connection, person_id)
    return _link(request, register, who, value, found.person.email if found else "", new=False)


def _administrator(request: Request[Any, Any, Any], register: Register) -> Visitor:
    who = visitor(request, register)
    allow(who, Do.MANAGE_PEOPLE)
    return who


def _poster(request: Request[Any, Any, Any], register: Register, posted: Posted) -> Visitor:
    who = poster(request, register, posted)
    allow(who, Do.MANAGE_PEOPLE)
    return who


def _role(fields: Fields) -> Role:
    return fields.word("role", {role.value: role for role in Role}, "Choose a role from the list.")


def _span(fields: Fields, now: datetime) -> tuple[datetime | None, datetime | None]:
    """From the beginning of one day to the end of another; from now on where the first is today or open."""
    first, last = fields.perhaps_day("since"), fields.perhaps_day("until")
    if first is not None and first < now.date():
        early = "A role begins today or later: what somebody did before they had it stays as it was."
        fields.faults.setdefault("since", early)
    since = None if first in (None, now.date()) else _midnight(first)
    return since, None if last is None else _midnight(last + timedelta(days=1))


def _midnight(day: date | None) -> datetime:
    assert day is not None
    return datetime.combine(day, time(), UTC)


def _invite(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    *,
    typed: Mapping[str, str] | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    with register.reading() as connection:
        organisations = [(id, name) for id, name, _ in organisation_choices(connection)]
    context = {"organisations": organisations, "roles": ROLES, "faults": refused.faults, "typed": typed or {}}
    return working_page(request, register, who, "people/invite.html", context, status=refused.status)


def _link(
    request: Request[Any, Any, Any], register: Register, who: Visitor, value: str, email: str, *, new: bool
) -> Response[Any]:
    link = f"{register.settings.base_url}/account/invitation/{value}"
    return working_page(request, register, who, "people/link.html", {"link": link, "email": email, "new": new})


def _one(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    person_id: str,
    *,
    typed: Mapping[str, str] | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    with register.reading() as connection:
        page = person_page(connection, person_id)
        organisations = [(id, name) for id, name, _ in organisation_choices(connection)]
    if page is None:
        raise NotFoundException("There is no such person: see the list under People.")
    context = {
        "page": page,
        "organisations": organisations,
        "roles": ROLES,
        "faults": refused.faults,
        "typed": typed or {},
    }
    return working_page(request, register, who, "people/person.html", context, status=refused.status)


router = Router(
    "/people",
    route_handlers=[
        listed, invite_page, invite, withdraw, sign_ins, one, grant, end_role, deactivate, reactivate, reset,
    ],
)  # fmt: skip
