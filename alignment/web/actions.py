"""Corrective actions: a list and a board, one action with its steps, dates, milestones and evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.database import Session
from alignment.domain.action import ActionState
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.evidence import ENDINGS, TYPES_SAID
from alignment.domain.people import Do, Someone
from alignment.domain.refusal import Refusal
from alignment.queries.action import ActionPage, action_page
from alignment.queries.action_work import WAITING
from alignment.queries.actions import DUE, STATES, Filters, actions_page
from alignment.queries.undertaking import NewPage, new_page, rounds_to_act_on
from alignment.queries.work import SECTIONS
from alignment.services import actions
from alignment.services.actions import Plan, Take
from alignment.web.clashes import in_words, sides
from alignment.web.evidence import KIND_CHOICES, LARGEST_FORM, files_sent, limits, read_described
from alignment.web.forms import asked_text, asked_word
from alignment.web.reading import Fields
from alignment.web.register import TAKEN, Refused, Register
from alignment.web.sessions import Posted, Visitor, needs, poster, visitor, working_page

Asked = Request[Any, Any, Any]

SECTIONS.extend(WAITING)

VIEWS = {"list": "List", "board": "Board"}
SERIES = [("open", "Proposed or agreed"), ("part", "Under way"), ("unknown", "Implemented"), ("full", "Verified")]


# --- list and board ---------------------------------------------------------------------------------------


@get("/", sync_to_thread=True)
def listed(request: Asked, register: NamedDependency[Register]) -> Response[Any]:
    """The corrective actions that somebody may see, as a list or a board."""
    who = visitor(request, register)
    someone = needs(who)
    query = request.query_params
    filters = Filters(
        asked_text(query, "programme"),
        asked_text(query, "owner"),
        asked_word(query, "state", STATES),
        asked_word(query, "due", DUE),
    )
    with register.reading() as connection:
        page = actions_page(connection, someone, filters, register.now)
        offered = rounds_to_act_on(connection, someone)
    context = {
        "page": page,
        "view": asked_word(query, "view", VIEWS) or "list",
        "states": list(STATES.items()),
        "due_choices": list(DUE.items()),
        "series": SERIES,
        "offered": offered,
    }
    return working_page(request, register, who, "actions/list.html", context)


# --- a new one --------------------------------------------------------------------------------------------


@get("/new", sync_to_thread=True)
def new(request: Asked, register: NamedDependency[Register]) -> Response[Any]:
    """The form of a new action of a round, which the address names."""
    return _new(request, register, visitor(request, register), request.query_params.get("round", ""))


def _new(
    request: Asked,
    register: Register,
    who: Visitor,
    assessment: str,
    *,
    said: Mapping[str, str] | None = None,
    chosen: list[str] | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    someone = needs(who)
    with register.reading() as connection:
        page = new_page(connection, assessment, someone)
    if page is None:
        raise NotFoundException("There is no such round: choose one on the page of corrective actions.")
    if page.why_not and not refused.said:
        raise Refusal(page.why_not)
    asked = request.query_params.get("criterion", "")
    context = {
        "page": page,
        "offered": _offered(page, register.catalogues.get(page.round.edition)),
        "chosen": chosen if chosen is not None else [asked] if asked else [],
        "said": said or {},
        "faults": refused.faults,
        "trouble": refused.said,
    }
    return working_page(request, register, who, "actions/new.html", context, status=refused.status)


def _offered(page: NewPage, catalogue: Catalogue | None) -> list[tuple[str, str, str]]:
    """The criteria below fully aligned as choices; every criterion where no rating of the round is held."""
    titles = {code: each.title for code, each in catalogue.by_code.items()} if catalogue else {}
    if page.round.below:
        return [
            (f"{part.value}/{code}", f"{code} {titles.get(code, '')}", f"{level.label}, {part.label.lower()} part")
            for part, code, level in page.round.below
        ]
    if catalogue is None or page.round.worked_on:
        return []
    return [
        (f"{part.value}/{each.code}", f"{each.code} {each.title}", f"{part.label} part")
        for part in Part
        for each in catalogue.in_part[part]
    ]


@post("/new", sync_to_thread=True)
def undertake(request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted]) -> Response[Any]:
    """Propose an action, or enter one that is agreed."""
    who = poster(request, register, posted)
    fields = Fields(posted)
    assessment, plan = fields.text("round"), _plan(fields)
    refused = register.attempt(
        fields.faults,
        lambda session: actions.undertake(
            session, actor=needs(who), assessment=assessment, plan=plan, statement=fields.text("statement"),
            catalogues=register.catalogues, now=register.now,
        ),
        told_here=True,
    )  # fmt: skip
    if refused:
        return _new(request, register, who, assessment, said=posted, chosen=posted.every("criteria"), refused=refused)
    return Redirect(f"/actions/{quote(refused.made)}", status_code=303)


def _plan(fields: Fields) -> Plan:
    return Plan(
        title=fields.text("title"),
        root_cause=fields.text("root_cause"),
        owner=fields.text("owner"),
        due_on=fields.perhaps_day("due_on"),
        expected_on=fields.perhaps_day("expected_on"),
        criteria=frozenset(pair for each in fields.posted.every("criteria") if (pair := _pair(each))),
    )


def _pair(said: str) -> tuple[Part, str] | None:
    part, _, code = said.partition("/")
    return (Part(part), code) if part in list(Part) and code else None


# --- one action ---------------------------------------------------------------------------------------------


@get("/{action:str}", sync_to_thread=True)
def one(request: Asked, register: NamedDependency[Register], action: FromPath[str]) -> Response[Any]:
    """One action: what it says, where it stands, who may do what next, and what becomes of the status."""
    return _one(request, register, visitor(request, register), action)


def _one(
    request: Asked,
    register: Register,
    who: Visitor,
    action: str,
    *,
    form: str = "",
    said: Mapping[str, str] | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    """The page of an action; ``form`` names the one that was refused, which keeps what was typed."""
    page = _seen(register, who, action)
    catalogue = register.catalogues.get(page.action.edition)
    context = {
        "page": page,
        "titles": {code: each.title for code, each in catalogue.by_code.items()} if catalogue else {},
        "kinds": KIND_CHOICES,
        "endings": ENDINGS,
        "types": TYPES_SAID,
        "most": register.settings.evidence_mb,
        "form": form,
        "said": said or {},
        "faults": refused.faults,
        "trouble": "" if refused.sides else refused.said,
        "sides": sides(refused.sides, in_words({"owner": page.owners})),
    }
    return working_page(request, register, who, "actions/page.html", context, status=refused.status)


def _seen(register: Register, who: Visitor, action: str) -> ActionPage:
    someone = needs(who)
    with register.reading() as connection:
        page = action_page(connection, action, someone, register.now)
    if page is None:
        raise NotFoundException("There is no such corrective action.")
    reason = who.why_not(Do.SEE_ACTION, page.action.matter())
    if reason:
        raise Refusal(reason)
    return page


def _changed(
    request: Asked,
    register: Register,
    fields: Fields,
    action: str,
    form: str,
    do: Callable[[Session, Someone], object],
) -> Response[Any]:
    """Do something to an action, then show it; refused, its page says why and keeps what was typed."""
    who = poster(request, register, fields.posted)
    _seen(register, who, action)
    refused = register.attempt(fields.faults, lambda session: do(session, needs(who)), told_here=True)
    if refused:
        said = refused.typed(fields.posted)
        return _one(request, register, who, action, form=form, said=said, refused=refused)
    return Redirect(f"/actions/{quote(action)}#{form}", status_code=303)


@post("/{action:str}/steps", sync_to_thread=True)
def take(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], action: FromPath[str]
) -> Response[Any]:
    """Take an action to another state."""
    fields = Fields(posted)
    at, to = fields.text("at"), fields.text("to")
    if at not in list(ActionState) or to not in list(ActionState):
        raise NotFoundException("An action has no such state.")
    act = Take(
        action=action,
        at=ActionState(at),
        to=ActionState(to),
        on=fields.day("on"),
        statement=fields.text("statement"),
        due_on=fields.perhaps_day("due_on"),
    )
    return _changed(
        request, register, fields, action, f"step-{to}",
        lambda session, who: actions.take(session, actor=who, act=act, now=register.now),
    )  # fmt: skip


@post("/{action:str}/extensions", sync_to_thread=True)
def extend(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], action: FromPath[str]
) -> Response[Any]:
    """Grant a later due date, or set the first one."""
    fields = Fields(posted)
    to_on = fields.day("to_on")
    return _changed(
        request, register, fields, action, "dates",
        lambda session, who: actions.extend(
            session, actor=who, action=action, version=fields.number("version"), to_on=to_on,
            reason=fields.text("reason"), now=register.now,
        ),
    )  # fmt: skip


@post("/{action:str}/checks", sync_to_thread=True)
def check(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], action: FromPath[str]
) -> Response[Any]:
    """Record whether a verified action still works."""
    fields = Fields(posted)
    effective = fields.word("effective", {"yes": True, "no": False}, "Say whether it still works.")
    on = fields.day("checked_on")
    return _changed(
        request, register, fields, action, "checks",
        lambda session, who: actions.check_effect(
            session, actor=who, action=action, effective=effective, on=on, statement=fields.text("statement"),
            now=register.now,
        ),
    )  # fmt: skip


@post("/{action:str}/plan", sync_to_thread=True)
def change(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], action: FromPath[str]
) -> Response[Any]:
    """Change what an action says; its criteria stay as they are."""
    fields = Fields(posted)
    plan = _plan(fields)
    return _changed(
        request, register, fields, action, "plan",
        lambda session, who: actions.change_plan(
            session, actor=who, action=action, version=fields.number("version"), plan=plan,
            catalogues=register.catalogues, now=register.now,
        ),
    )  # fmt: skip


@post("/{action:str}/milestones", sync_to_thread=True)
def add_milestone(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], action: FromPath[str]
) -> Response[Any]:
    """Set a milestone, or say that one was reached."""
    fields = Fields(posted)
    reached = fields.text("reached")
    on = fields.perhaps_day(f"done-{reached}" if reached else "milestone_due")

    def do(session: Session, who: Someone) -> None:
        if reached:
            actions.reach_milestone(
                session, actor=who, action=action, milestone=reached, version=fields.number("version"), on=on,
                now=register.now,
            )  # fmt: skip
        else:
            actions.add_milestone(
                session, actor=who, action=action, title=fields.text("milestone"), due_on=on, now=register.now
            )

    return _changed(request, register, fields, action, "milestones", do)


@post("/{action:str}/evidence", sync_to_thread=True, request_max_body_size=LARGEST_FORM)
def give(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], action: FromPath[str]
) -> Response[Any]:
    """Give evidence of what was done."""
    fields = Fields(posted)
    said, files = read_described(fields), files_sent(fields, register)
    return _changed(
        request, register, fields, action, "evidence",
        lambda session, who: actions.give_evidence(
            session, actor=who, action=action, said=said, files=files, limits=limits(register), now=register.now
        ),
    )  # fmt: skip


router = Router(
    "/actions",
    route_handlers=[listed, new, undertake, one, take, extend, check, change, add_milestone, give],
)
