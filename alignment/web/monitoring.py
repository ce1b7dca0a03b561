"""What is watched after a result, and the changes of their programmes that scheme owners report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.domain.assessment import Certainty
from alignment.domain.people import Do, Role
from alignment.domain.refusal import Refusal
from alignment.queries.monitoring import changes, own_programmes, points
from alignment.queries.programmes import programme_names
from alignment.queries.recording import source_choices
from alignment.services import monitoring
from alignment.services.monitoring import Report, Watch
from alignment.web.clashes import in_words, sides
from alignment.web.reading import Fields
from alignment.web.register import TAKEN, Refused, Register
from alignment.web.sessions import Posted, Visitor, allow, needs, poster, visitor, working_page


@get("/", sync_to_thread=True)
def watched(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """Every monitoring point with its reviews."""
    return _points(request, register, visitor(request, register))


@post("/points", sync_to_thread=True)
def add_point(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """Enter something to keep watching."""
    who = poster(request, register, posted)
    fields = Fields(posted)
    act = Watch(
        statement=fields.text("statement"),
        recommended_by=fields.text("recommended_by"),
        effective=fields.when("effective"),
        source=fields.text("source"),
        programme=fields.text("programme"),
        owner=fields.text("owner"),
        place=fields.text("place"),
        certainty=fields.word("certainty", {each.value: each for each in Certainty}, "Choose how sure this is."),
    )
    refused = register.attempt(
        fields.faults,
        lambda session: monitoring.add_point(session, actor=needs(who), act=act, now=register.now),
    )
    if refused:
        return _points(request, register, who, typed=posted, refused=refused)
    return Redirect("/monitoring", status_code=303)


@post("/points/{point:str}", sync_to_thread=True)
def review(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    point: FromPath[str],
) -> Response[Any]:
    """A look at a point, and what it triggers."""
    who = poster(request, register, posted)
    fields = Fields(posted)
    reviewed_on = fields.day("reviewed_on")
    refused = register.attempt(
        fields.faults,
        lambda session: monitoring.review(
            session,
            actor=needs(who),
            point=point,
            reviewed_on=reviewed_on,
            outcome=fields.text("outcome"),
            statement=fields.text("review_statement"),
            triggers=fields.text("triggers"),
            now=register.now,
        ),
    )
    if refused:
        return _points(request, register, who, reviewing=posted, point=point, refused=refused)
    return Redirect(f"/monitoring#{point}", status_code=303)


def _points(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    *,
    typed: Mapping[str, str] | None = None,
    reviewing: Mapping[str, str] | None = None,
    point: str = "",
    refused: Refused = TAKEN,
) -> Response[str]:
    someone = allow(who, Do.KEEP_REGISTER)
    with register.reading() as connection:
        found = points(connection, example=someone.is_demonstration)
        programmes = programme_names(connection, example=someone.is_demonstration)
        sources = source_choices(connection, example=someone.is_demonstration)
    context = {
        "points": found,
        "programmes": programmes,
        "sources": sources,
        "certainties": [(each.value, each.label) for each in Certainty],
        "triggers": list(monitoring.TRIGGERS.items()),
        "typed": typed or {"effective": register.today.isoformat()},
        "reviewing": reviewing or {},
        "reviewed": point,
        "faults": refused.faults,
    }
    return working_page(request, register, who, "monitoring/page.html", context, status=refused.status)


# --- significant changes ------------------------------------------------------------------------------


@get("/changes", sync_to_thread=True)
def reported(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """The changes of one's own programmes; for the LME, of all."""
    programme = request.query_params.get("programme", "")
    return _changes(request, register, visitor(request, register), typed={"programme": programme})


@post("/changes", sync_to_thread=True)
def report(
    request: Request[Any, Any, Any], register: NamedDependency[Register], posted: NamedDependency[Posted]
) -> Response[Any]:
    """A scheme owner reports a change."""
    who = poster(request, register, posted)
    fields = Fields(posted)
    act = Report(
        programme=fields.text("programme"),
        title=fields.text("title"),
        text=fields.text("text"),
        effective_on=fields.day("effective_on"),
        transition_until=fields.perhaps_day("transition_until"),
        public_wording=fields.text("public_wording"),
    )
    faults = fields.faults
    if not act.programme:
        faults = {"programme": "Choose the programme that changes.", **faults}
    refused = register.attempt(
        faults,
        lambda session: monitoring.report_change(session, actor=needs(who), act=act, now=register.now),
    )
    if refused:
        return _changes(request, register, who, typed=posted, refused=refused)
    return Redirect("/monitoring/changes", status_code=303)


@post("/changes/{change:str}", sync_to_thread=True)
def accept(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    change: FromPath[str],
) -> Response[Any]:
    """The LME settles the transition and the public wording."""
    who = poster(request, register, posted)
    fields = Fields(posted)
    until = fields.perhaps_day("transition_until")
    refused = register.attempt(
        fields.faults,
        lambda session: monitoring.accept_change(
            session,
            actor=needs(who),
            change=change,
            public_wording=fields.text("public_wording"),
            transition_until=until,
            version=fields.number("version"),
            now=register.now,
        ),
    )
    if refused:
        return _changes(request, register, who, accepting=refused.typed(posted), change=change, refused=refused)
    return Redirect(f"/monitoring/changes#{change}", status_code=303)


@post("/changes/{change:str}/end", sync_to_thread=True)
def end(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    change: FromPath[str],
) -> Response[Any]:
    """A report that was a mistake is returned by the LME, or withdrawn by its owner."""
    who = poster(request, register, posted)
    fields = Fields(posted)
    refused = register.attempt(
        fields.faults,
        lambda session: monitoring.end_change(
            session,
            actor=needs(who),
            change=change,
            reason=fields.text("ended_reason"),
            version=fields.number("version"),
            now=register.now,
        ),
    )
    if refused:
        return _changes(request, register, who, accepting=posted, change=change, refused=refused)
    return Redirect(f"/monitoring/changes#{change}", status_code=303)


def _changes(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    *,
    typed: Mapping[str, str] | None = None,
    accepting: Mapping[str, str] | None = None,
    change: str = "",
    refused: Refused = TAKEN,
) -> Response[str]:
    someone = needs(who)
    for_lme = who.why_not(Do.KEEP_REGISTER) is None
    if not for_lme and not someone.is_a(Role.SCHEME_OWNER):
        raise Refusal("Changes of a programme are for its owner, who reports them, and for the LME.")
    with register.reading() as connection:
        mine = own_programmes(connection, someone)
        every = changes(connection, example=someone.is_demonstration)
    seen = every if for_lme else tuple(each for each in every if each.programme_id in dict(mine))
    context = {
        "changes": seen,
        "mine": mine,
        "for_lme": for_lme,
        "typed": typed or {},
        "accepting": accepting or {},
        "accepted": change,
        "faults": refused.faults,
        "clash": "" if refused.sides else refused.clash,
        "sides": sides(refused.sides, in_words({})),
    }
    return working_page(request, register, who, "monitoring/changes.html", context, status=refused.status)


router = Router("/monitoring", route_handlers=[watched, add_point, review, reported, report, accept, end])
