"""The register as the LME's people keep it: records with their history, printed names, approved assessors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.domain import keeping
from alignment.domain.keeping import NAME, NOUNS, PROGRAMMES, Noun, Values
from alignment.domain.people import Do
from alignment.domain.statement import STATEMENT
from alignment.queries.register import assessors, choices, counts, in_words, record
from alignment.services import register as keep
from alignment.web.clashes import sides
from alignment.web.forms import asked_day
from alignment.web.reading import Fields
from alignment.web.register import TAKEN, Refused, Register
from alignment.web.sessions import Posted, Visitor, allow, needs, poster, visitor, working_page


@get("/", sync_to_thread=True)
def overview(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[Any]:
    """What is kept, and how much of it."""
    who = _keeper(request, register)
    with register.reading() as connection:
        held = counts(connection)
    return working_page(
        request, register, who, "keeping/page.html", {"nouns": NOUNS, "held": held, "statements": STATEMENT}
    )


@get("/{noun:str}", sync_to_thread=True)
def listed(request: Request[Any, Any, Any], register: NamedDependency[Register], noun: FromPath[str]) -> Response[Any]:
    """The records of one noun."""
    who = _keeper(request, register)
    kind = _noun(noun)
    with register.reading() as connection:
        lines = choices(connection)[kind.id]
    return working_page(request, register, who, "keeping/list.html", {"noun": kind, "lines": lines})


@get("/{noun:str}/new", sync_to_thread=True)
def new(request: Request[Any, Any, Any], register: NamedDependency[Register], noun: FromPath[str]) -> Response[Any]:
    """The form of a new record."""
    return _new(request, register, _keeper(request, register), _noun(noun))


@post("/{noun:str}", sync_to_thread=True)
def add(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    noun: FromPath[str],
) -> Response[Any]:
    """Enter a new record under an id that never changes."""
    who = _poster(request, register, posted)
    kind = _noun(noun)
    id = posted.get("id", "").strip()
    values, unread = _read(register, kind, posted)
    refused = register.attempt(
        {},
        lambda session: keep.add(
            session, actor=needs(who), noun=kind, id=id, values=values, unread=unread, now=register.now
        ),
    )
    if refused:
        return _new(request, register, who, kind, id=id, values=values, refused=refused)
    return Redirect(f"/keeping/{kind.id}/{id}", status_code=303)


@get("/{noun:str}/{id:str}", sync_to_thread=True)
def one(
    request: Request[Any, Any, Any], register: NamedDependency[Register], noun: FromPath[str], id: FromPath[str]
) -> Response[Any]:
    """One record: its form and how it came to this."""
    return _one(request, register, _keeper(request, register), _noun(noun), id)


@post("/{noun:str}/{id:str}", sync_to_thread=True)
def change(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    noun: FromPath[str],
    id: FromPath[str],
) -> Response[Any]:
    """Change a record, from the version that its form showed."""
    who = _poster(request, register, posted)
    kind = _noun(noun)
    values, unread = _read(register, kind, posted)
    fields = Fields(posted)
    version, since = fields.number("version"), _since(fields, kind, register.today)
    refused = register.attempt(
        {},
        lambda session: keep.change(
            session, actor=needs(who), noun=kind, id=id, values=values, version=version, since=since,
            unread=unread | fields.faults, now=register.now,
        ),
    )  # fmt: skip
    if refused.sides:
        values, version = refused.sides.kept, refused.sides.version
    if refused:
        return _one(request, register, who, kind, id, values=values, version=version, refused=refused, typed=posted)
    return Redirect(f"/keeping/{kind.id}/{quote(id)}", status_code=303)


@post("/{noun:str}/{id:str}/names", sync_to_thread=True)
def print_name(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    noun: FromPath[str],
    id: FromPath[str],
) -> Response[Any]:
    """Enter a further printed name of a programme; the old ones stay."""
    who = _poster(request, register, posted)
    if noun != PROGRAMMES.id:
        raise NotFoundException("Only programmes keep the names under which they were printed.")
    values, unread = _read(register, NAME, posted)
    refused = register.attempt(
        {},
        lambda session: keep.print_name(
            session, actor=needs(who), programme_id=id, values=values, unread=unread, now=register.now
        ),
    )
    if refused:
        return _one(request, register, who, PROGRAMMES, id, naming=values, refused=refused)
    return Redirect(f"/keeping/programmes/{quote(id)}#names", status_code=303)


@get("/assessors", sync_to_thread=True)
def assessors_page(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[Any]:
    """The dated list of assessors that the LME approves."""
    return _assessors(request, register, _keeper(request, register))


@post("/assessors", sync_to_thread=True)
def approve_assessor(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """The LME approves an assessor from a day on, or no longer does."""
    who = poster(request, register, posted)
    allow(who, Do.APPROVE_ASSESSOR)
    fields = Fields(posted)
    day = fields.day("effective_on")
    approved = fields.word(
        "approved", {"yes": True, "no": False}, "Say whether the organisation is approved or no longer approved."
    )
    refused = register.attempt(
        fields.faults,
        lambda session: keep.approve_assessor(
            session,
            actor=needs(who),
            organisation_id=fields.text("organisation"),
            approved=approved,
            effective_on=day,
            reason=fields.text("reason"),
            now=register.now,
        ),
    )
    if refused:
        return _assessors(request, register, who, typed=posted, refused=refused)
    return Redirect("/keeping/assessors", status_code=303)


def _keeper(request: Request[Any, Any, Any], register: Register) -> Visitor:
    who = visitor(request, register)
    allow(who, Do.KEEP_REGISTER)
    return who


def _poster(request: Request[Any, Any, Any], register: Register, posted: Posted) -> Visitor:
    who = poster(request, register, posted)
    allow(who, Do.KEEP_REGISTER)
    return who


def _noun(id: str) -> Noun:
    found = keeping.noun(id)
    if found is None:
        raise NotFoundException(f"“{id[:40]}” is not kept here: see the list under Register.")
    return found


def _since(fields: Fields, noun: Noun, today: date) -> date | None:
    """From which day what is new holds: today where nothing is said of it, None where it was always so."""
    if not noun.dated or fields.text("holds") == "always":
        return None
    return fields.day("since") if fields.text("holds") else today


def _read(register: Register, noun: Noun, posted: Posted) -> tuple[Values, dict[str, str]]:
    with register.reading() as connection:
        metals = dict(choices(connection)["metals"])
    return keeping.read(noun, posted, metals)


def _new(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    noun: Noun,
    *,
    id: str = "",
    values: Values | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    with register.reading() as connection:
        every = choices(connection)
    context = {"noun": noun, "id": id, "values": values or {}, "faults": refused.faults, "choices": every}
    return working_page(request, register, who, "keeping/new.html", context, status=refused.status)


def _one(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    noun: Noun,
    id: str,
    *,
    values: Values | None = None,
    version: int | None = None,
    naming: Values | None = None,
    typed: Mapping[str, str] | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    with register.reading() as connection:
        found = record(connection, noun, id)
    if found is None:
        raise NotFoundException(f"There is no {noun.one} “{id[:60]}”: see the list under {noun.many}.")
    context = {
        "noun": noun,
        "record": found,
        "values": found.values if values is None else values,
        "version": found.version if version is None else version,
        "typed": typed or {"holds": "since", "since": register.today.isoformat()},
        "faults": {} if naming else refused.faults,
        "sides": sides(refused.sides, lambda name, value: in_words(noun.field(name), value, found.choices)),
        "name_noun": NAME,
        "naming": naming or {},
        "name_faults": refused.faults if naming else {},
        "why": keeping.why_not_world(needs(who).is_demonstration, id),
    }
    return working_page(request, register, who, "keeping/record.html", context, status=refused.status)


def _assessors(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    *,
    typed: Mapping[str, str] | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    as_at = asked_day(request.query_params, "as_at", register.today)
    with register.reading() as connection:
        houses = assessors(connection, as_at)
    context = {
        "houses": houses,
        "as_at": as_at,
        "faults": refused.faults,
        "typed": typed or {"effective_on": register.today.isoformat()},
        "why": who.why_not(Do.APPROVE_ASSESSOR),
    }
    return working_page(request, register, who, "keeping/assessors.html", context, status=refused.status)


router = Router(
    "/keeping",
    route_handlers=[overview, listed, new, add, one, change, print_name, assessors_page, approve_assessor],
)
