"""What others said, entered in their name by the LME's people and corrected by new entries."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.domain import keeping
from alignment.domain.keeping import Values
from alignment.domain.people import Do
from alignment.domain.statement import CORRECTION, STATEMENT, why_not_correct
from alignment.queries.register import choices
from alignment.queries.statements import kept_statement, kept_statements
from alignment.services import statements
from alignment.web.register import TAKEN, Refused, Register
from alignment.web.sessions import Posted, Visitor, allow, needs, poster, visitor, working_page

Asked = Request[Any, Any, Any]
HOME = "/keeping/statements"


@get("/", sync_to_thread=True)
def listed(request: Asked, register: NamedDependency[Register]) -> Response[Any]:
    """What is held in somebody's name, the newest said first."""
    who = visitor(request, register)
    allow(who, Do.KEEP_REGISTER)
    with register.reading() as connection:
        held = kept_statements(connection, example=needs(who).is_demonstration)
    return working_page(request, register, who, "keeping/statements.html", {"noun": STATEMENT, "held": held})


@get("/new", sync_to_thread=True)
def new(request: Asked, register: NamedDependency[Register]) -> Response[Any]:
    """The form of a new statement."""
    who = visitor(request, register)
    allow(who, Do.KEEP_REGISTER)
    return _new(request, register, who, {}, TAKEN)


@post("/", sync_to_thread=True)
def enter(request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted]) -> Response[Any]:
    """Enter a statement."""
    who = poster(request, register, posted)
    allow(who, Do.KEEP_REGISTER)
    values, unread = keeping.read(STATEMENT, posted, {})
    refused = register.attempt(
        {},
        lambda session: statements.enter(session, actor=needs(who), values=values, unread=unread, now=register.now),
    )
    if refused:
        return _new(request, register, who, values, refused)
    return Redirect(f"{HOME}/{refused.made}", status_code=303)


@get("/{id:str}", sync_to_thread=True)
def one(request: Asked, register: NamedDependency[Register], id: FromPath[str]) -> Response[Any]:
    """One statement: what it says, the form that corrects it, and every entry before."""
    who = visitor(request, register)
    allow(who, Do.KEEP_REGISTER)
    return _one(request, register, who, id)


@post("/{id:str}", sync_to_thread=True)
def correct(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], id: FromPath[str]
) -> Response[Any]:
    """Correct a statement by a new one; the old one stays."""
    who = poster(request, register, posted)
    allow(who, Do.KEEP_REGISTER)
    values, unread = keeping.read(CORRECTION, posted, {})
    refused = register.attempt(
        {},
        lambda session: statements.enter(
            session, actor=needs(who), values=values, unread=unread, corrects=id, now=register.now
        ),
    )
    if refused:
        return _one(request, register, who, id, values, refused)
    return Redirect(f"{HOME}/{quote(str(refused.made))}", status_code=303)


def _new(request: Asked, register: Register, who: Visitor, values: Values, refused: Refused) -> Response[Any]:
    with register.reading() as connection:
        every = choices(connection)
    context = {"noun": STATEMENT, "values": values, "faults": refused.faults, "choices": every}
    return working_page(request, register, who, "keeping/new_statement.html", context, status=refused.status)


def _one(
    request: Asked,
    register: Register,
    who: Visitor,
    id: str,
    values: Values | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    with register.reading() as connection:
        found = kept_statement(connection, id, example=needs(who).is_demonstration)
    if found is None:
        raise NotFoundException("There is no such statement: see the list under Statements.")
    context = {
        "noun": CORRECTION,
        "found": found,
        "values": found.values if values is None else values,
        "faults": refused.faults,
        "clash": refused.clash,
        "why": why_not_correct(found.corrected_by),
    }
    return working_page(request, register, who, "keeping/statement.html", context, status=refused.status)


router = Router(HOME, route_handlers=[listed, new, enter, one, correct])
