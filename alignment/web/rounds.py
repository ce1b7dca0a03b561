"""Rounds of assessment: open one, its page, its team and plan, its scope, its stages, and reconciling two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.database import Session
from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.merging import FIELDS, Pick, judgement, merge
from alignment.domain.people import Do, Someone
from alignment.domain.rating import NOTHING_SAID, Judgement, Level
from alignment.domain.refusal import Faults, Refusal
from alignment.domain.round import Planned
from alignment.queries.opening import opening
from alignment.queries.reconciling import reconcile_page
from alignment.queries.round_work import WAITING
from alignment.queries.rounds import RoundPage, round_page, rounds_for
from alignment.queries.sheet import sheet, why_not_see
from alignment.queries.work import SECTIONS
from alignment.services import ratings, reconciling, reviews, rounds, scopes, teams
from alignment.services.ratings import Clash, Rate
from alignment.services.reviews import Move
from alignment.services.rounds import OpenRound
from alignment.services.scopes import Scope
from alignment.services.sheets import Key
from alignment.services.teams import Team
from alignment.web.clashes import in_words, sides
from alignment.web.places import Place, must_see, place_at, round_at
from alignment.web.reading import Fields, number
from alignment.web.register import TAKEN, Refused, Register
from alignment.web.sessions import Posted, Visitor, needs, poster, visitor, working_page

Asked = Request[Any, Any, Any]

SECTIONS.extend(WAITING)

DAYS = {f"{part.value}_closes": {f"{part.value}_starts"} for part in Part}
"""The day on which a part is to be closed is judged by the one on which its work begins."""


# --- list and opening --------------------------------------------------------------------------------


@get("/", sync_to_thread=True)
def listed(request: Asked, register: NamedDependency[Register]) -> Response[Any]:
    """The rounds that somebody may look into."""
    who = visitor(request, register)
    someone = needs(who)
    with register.reading() as connection:
        lines = rounds_for(connection, someone)
        offered = opening(connection, someone, register.today, register.now)
    context = {"lines": lines, "why_not_open": offered.why_not, "decides": who.why_not(Do.KEEP_REGISTER) is None}
    return working_page(request, register, who, "rounds/list.html", context)


@get("/new", sync_to_thread=True)
def new(request: Asked, register: NamedDependency[Register]) -> Response[Any]:
    """The form of a new round."""
    return _new(request, register, visitor(request, register), dict(request.query_params))


@post("/new", sync_to_thread=True)
def open_one(request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted]) -> Response[Any]:
    """Open a round."""
    who = poster(request, register, posted)
    fields = Fields(posted)
    act = OpenRound(
        programme=posted.get("programme", ""),
        assessor=posted.get("assessor", ""),
        lead=posted.get("lead", ""),
        second=posted.get("second", ""),
        blind=posted.get("blind") == "yes",
        label=posted.get("label", "").strip()[:200],
        follows=posted.get("follows", ""),
        planned=_planned(fields),
    )
    refused = register.attempt(
        fields.faults,
        lambda session: rounds.open_round(
            session, actor=needs(who), act=act, catalogues=register.catalogues,
            edition=register.catalogue.edition, now=register.now,
        ),
        hinging=DAYS,
        told_here=True,
    )  # fmt: skip
    if refused:
        return _new(request, register, who, posted, refused)
    return Redirect(f"/rounds/{refused.made.id}", status_code=303)


def _new(
    request: Asked,
    register: Register,
    who: Visitor,
    said: Mapping[str, str],
    refused: Refused = TAKEN,
) -> Response[Any]:
    someone = needs(who)
    with register.reading() as connection:
        offered = opening(connection, someone, register.today, register.now)
    context = {
        "offered": offered,
        "said": said,
        "faults": refused.faults,
        "trouble": refused.said,
        "edition": register.catalogue,
        "parts": list(Part),
    }
    return working_page(request, register, who, "rounds/new.html", context, status=refused.status)


def _planned(fields: Fields) -> dict[Part, Planned]:
    """The planned days of each part."""
    return {
        part: Planned(fields.perhaps_day(f"{part.value}_starts"), fields.perhaps_day(f"{part.value}_closes"))
        for part in Part
    }


# --- one round -----------------------------------------------------------------------------------------


@get("/{assessment:str}", sync_to_thread=True)
def one(request: Asked, register: NamedDependency[Register], assessment: FromPath[str]) -> Response[Any]:
    """A round: where each part stands, what holds it up, what comes next, who works on it, what was said."""
    return page_of(request, register, visitor(request, register), assessment)


def page_of(
    request: Asked,
    register: Register,
    who: Visitor,
    assessment: str,
    *,
    said: Mapping[str, str] | None = None,
    refused: Refused = TAKEN,
    missing: Sequence[str] = (),
) -> Response[Any]:
    """The page of a round, with what was typed and what is wrong with it where a form on it was refused.

    ``missing`` is what a part still lacks to go on.
    """
    someone = needs(who)
    with register.reading() as connection:
        found, catalogue = round_at(connection, register, assessment)
        reasons = [why_not_see(someone, found, part) for part in Part]
        if None not in reasons:
            raise Refusal(reasons[0] or "")
        page = round_page(connection, found, who=someone, catalogue=catalogue, now=register.now)
    context = {
        "page": page, "said": said or {}, "faults": refused.faults, "missing": missing,
        "trouble": "" if refused.sides else refused.said,
        "sides": sides(refused.sides, _in_words(page)),
    }  # fmt: skip
    status = 422 if missing else refused.status
    return working_page(request, register, who, "rounds/page.html", context, status=status)


def _in_words(page: RoundPage) -> Callable[[str, Any], str]:
    """The team and its way of rating as people read them."""
    people = [(each.id, each.name) for each in (*page.house, page.round.lead, page.round.second) if each]
    rating = (("", "Together"), ("yes", "Blind"))
    return in_words({"lead": people, "second": people, "blind": rating})


def _changed(
    request: Asked,
    register: Register,
    fields: Fields,
    assessment: str,
    do: Callable[[Session, Someone], object],
    anchor: str = "",
) -> Response[Any]:
    """Do something to a round, then show its page; refused, the page says why and keeps what was typed."""
    who = poster(request, register, fields.posted)
    someone = needs(who)
    with register.reading() as connection:
        round_at(connection, register, assessment)
    try:
        refused = register.attempt(
            fields.faults, lambda session: do(session, someone), hinging=DAYS, told_here=True
        )  # fmt: skip
    except Faults as faults:
        return page_of(request, register, who, assessment, said=fields.posted, missing=faults.faults)
    if refused:
        return page_of(request, register, who, assessment, said=refused.typed(fields.posted), refused=refused)
    return Redirect(f"/rounds/{assessment}{anchor}", status_code=303)


@post("/{assessment:str}/team", sync_to_thread=True)
def change_team(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], assessment: FromPath[str]
) -> Response[Any]:
    """Change who works on a round."""
    act = Team(
        assessment=assessment,
        version=Fields(posted).number("version"),
        lead=posted.get("lead", ""),
        second=posted.get("second", ""),
        blind=posted.get("blind") == "yes",
    )
    return _changed(
        request, register, Fields(posted), assessment,
        lambda session, who: teams.change_team(session, actor=who, act=act, now=register.now), "#team",
    )  # fmt: skip


@post("/{assessment:str}/plan", sync_to_thread=True)
def plan(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], assessment: FromPath[str]
) -> Response[Any]:
    """Say when work on the parts is planned."""
    fields = Fields(posted)
    planned, version = _planned(fields), fields.number("version")
    return _changed(
        request, register, fields, assessment,
        lambda session, who: teams.plan(
            session, actor=who, assessment=assessment, version=version, planned=planned, now=register.now
        ),
        "#plan",
    )  # fmt: skip


@post("/{assessment:str}/observers", sync_to_thread=True)
def observers(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], assessment: FromPath[str]
) -> Response[Any]:
    """Invite an observer, or end an invitation."""
    change = teams.end_observer if posted.get("act") == "end" else teams.invite_observer
    person = posted.get("observer", "")
    return _changed(
        request, register, Fields(posted), assessment,
        lambda session, who: change(session, actor=who, assessment=assessment, person=person, now=register.now),
        "#observers",
    )  # fmt: skip


@post("/{assessment:str}/{part:str}/stage", sync_to_thread=True)
def move(
    request: Asked,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    assessment: FromPath[str],
    part: FromPath[str],
) -> Response[Any]:
    """Take a part to its next stage, or back to rating."""
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
    stages = list(PartStage)
    at, to = posted.get("at", ""), posted.get("to", "")
    if at not in stages or to not in stages:
        raise NotFoundException("A part has no such stage.")
    act = Move(assessment, place.part, PartStage(at), PartStage(to), posted.get("reason", ""))
    return _changed(
        request, register, Fields(posted), assessment,
        lambda session, who: reviews.move(session, actor=who, act=act, catalogue=place.catalogue, now=register.now),
        f"#{place.part.value}",
    )  # fmt: skip


# --- scope ---------------------------------------------------------------------------------------------


@get("/{assessment:str}/{part:str}/scope", sync_to_thread=True)
def scope_page(
    request: Asked, register: NamedDependency[Register], assessment: FromPath[str], part: FromPath[str]
) -> Response[Any]:
    """Which criteria of a part do not apply, and why."""
    return _scope_page(request, register, visitor(request, register), assessment, part)


@post("/{assessment:str}/{part:str}/scope", sync_to_thread=True)
def set_scope(
    request: Asked,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    assessment: FromPath[str],
    part: FromPath[str],
) -> Response[Any]:
    """Set the scope of a part, all of it or nothing."""
    who = poster(request, register, posted)
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
    codes = [criterion.code for criterion in place.catalogue.in_part[place.part]]
    out = {code: posted.get(f"reason-{code}", "") for code in posted.every("out") if code in codes}
    act = Scope(
        assessment=assessment,
        part=place.part,
        out=out,
        back=frozenset(code for code in posted.every("was") if code in codes and code not in out),
        versions={code: number(posted.get(f"version-{code}", "")) for code in codes},
    )
    refused = register.attempt(
        {},
        lambda session: scopes.set_scope(
            session, actor=needs(who), act=act, catalogue=place.catalogue, now=register.now
        ),
        told_here=True,
    )  # fmt: skip
    if refused:
        return _scope_page(request, register, who, assessment, part, out=out, refused=refused)
    return Redirect(f"{place.address}/scope", status_code=303)


def _scope_page(
    request: Asked,
    register: Register,
    who: Visitor,
    assessment: str,
    part: str,
    *,
    out: Mapping[str, str] | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    someone = needs(who)
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
        must_see(someone, place)
        page = sheet(connection, place.round, place.part, who=someone, catalogue=place.catalogue, now=register.now)
    context = {
        "page": page,
        "out": out,
        "faults": refused.faults,
        "trouble": refused.said,
        "why_not": who.why_not(Do.SCOPE, place.round.matter(place.part)),
        "not_applicable": Level.NOT_APPLICABLE,
    }
    return working_page(request, register, who, "rounds/scope.html", context, status=refused.status)


# --- reconciling -----------------------------------------------------------------------------------------


@get("/{assessment:str}/{part:str}/reconcile", sync_to_thread=True)
def reconcile(
    request: Asked, register: NamedDependency[Register], assessment: FromPath[str], part: FromPath[str]
) -> Response[Any]:
    """Two blind ratings of a part side by side."""
    return _reconcile(request, register, visitor(request, register), assessment, part)


@post("/{assessment:str}/{part:str}/reconcile", sync_to_thread=True)
def open_or_take(
    request: Asked,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    assessment: FromPath[str],
    part: FromPath[str],
) -> Response[Any]:
    """Open the blind ratings of a part to each other, or take over what both gave alike."""
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
    about: dict[str, Any] = {
        "assessment": assessment, "part": place.part, "catalogue": place.catalogue, "now": register.now,
    }  # fmt: skip

    def do(session: Session, who: Someone) -> None:
        if posted.get("act") == "take":
            reconciling.take_agreed(session, actor=who, **about)
        else:
            reconciling.reconcile(session, actor=who, reason=posted.get("reason", ""), **about)

    answer = _changed(request, register, Fields(posted), assessment, do)
    return Redirect(f"{place.address}/reconcile", status_code=303) if answer.status_code == 303 else answer


@post("/{assessment:str}/{part:str}/reconcile/{code:str}", sync_to_thread=True)
def settle(
    request: Asked,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    assessment: FromPath[str],
    part: FromPath[str],
    code: FromPath[str],
) -> Response[Any]:
    """Save as the round's rating what was chosen of two blind ones, field by field."""
    who = poster(request, register, posted)
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
    place.criterion(code)
    says, faults = _chosen(posted)
    act = Rate(Key(assessment, place.part, code), number(posted.get("version", "")), says)

    refused = register.attempt(
        faults,
        lambda session: ratings.rate(
            session, actor=needs(who), act=act, catalogues=register.catalogues, now=register.now
        ),
        told_here=True,
    )
    if isinstance(refused.made, Clash):
        refused = Refused(clash=f"{code} was saved by somebody else meanwhile: it is shown as it is now.")
    if refused:
        return _reconcile(request, register, who, assessment, part, at=code, said=posted, refused=refused)
    return Redirect(f"{place.address}/reconcile#pair-{code}", status_code=303)


def _chosen(posted: Posted) -> tuple[Judgement, dict[str, str]]:
    """The rating that the choices between two blind ones give, and all that keeps it from being stored."""
    sides = [{name: posted.get(f"{side}-{name}", "") for name in FIELDS} for side in ("theirs", "yours")]
    for each in sides:
        each["level"] = each["level"] if each["level"] in list(Level) else ""
    found = merge(NOTHING_SAID, judgement(sides[0]), judgement(sides[1]))
    third = {name: posted.get(f"third-{name}", "") for name in FIELDS}
    third["level"] = third["level"] if third["level"] in list(Level) else ""
    picks = {name: Pick(said) for name in FIELDS if (said := posted.get(f"pick-{name}", "")) in list(Pick)}
    says, faults = found.decided(picks, third)
    if says.level is None:
        faults.setdefault("level", "Choose a level.")
    return says, faults | {name.removeprefix("third-"): said for name, said in posted.faults.items()}


def _reconcile(
    request: Asked,
    register: Register,
    who: Visitor,
    assessment: str,
    part: str,
    *,
    at: str = "",
    said: Mapping[str, str] | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    someone = needs(who)
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
        must_see(someone, place)
        _opened(place)
        page = reconcile_page(connection, place.round, place.part, someone, place.catalogue)
    context = {
        "page": page,
        "levels": list(Level),
        "at": at,
        "said": said or {},
        "faults": refused.faults,
        "trouble": refused.said,
    }
    return working_page(request, register, who, "rounds/reconcile.html", context, status=refused.status)


def _opened(place: Place) -> None:
    if not place.round.blind or place.round.second is None:
        raise NotFoundException("This part was not rated blind: there is nothing to reconcile.")
    if place.round.rated_blind(place.part):
        raise Refusal(
            "You cannot see both ratings yet: they are opened to each other on the page of the round, "
            "once both assessors have rated everything."
        )


router = Router(
    "/rounds",
    route_handlers=[
        listed, new, open_one, one, change_team, plan, observers, move, scope_page, set_scope, reconcile, open_or_take,
        settle,
    ],
)  # fmt: skip
