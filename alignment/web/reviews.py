"""Review of a part, the scheme owner's check of facts, and what is said about a round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.domain.catalogue import Part
from alignment.domain.people import Do
from alignment.domain.review import Reviewed, Speech, Verdict
from alignment.queries.discussion import spoken
from alignment.queries.sheet import SHOW, Entry, Filters, sheet
from alignment.services import comments, reviews
from alignment.services.comments import Say
from alignment.services.reviews import Review
from alignment.services.sheets import Key
from alignment.web.forms import asked_text, asked_word
from alignment.web.places import must_see, place_at, round_at
from alignment.web.ratings import told_of
from alignment.web.register import TAKEN, Refused, Register
from alignment.web.rounds import page_of
from alignment.web.sessions import Posted, Visitor, needs, poster, visitor, working_page

Asked = Request[Any, Any, Any]


# --- review ----------------------------------------------------------------------------------------------


@get("/{assessment:str}/{part:str}/review", sync_to_thread=True)
def review_page(
    request: Asked, register: NamedDependency[Register], assessment: FromPath[str], part: FromPath[str]
) -> Response[Any]:
    """Every rating of a part, each to be accepted or returned by somebody else than its rater."""
    return _review_page(request, register, visitor(request, register), assessment, part)


SELECTIONS = {"sound": "those with a rationale and citations", "all": "all of others", "none": "none"}
"""Which ratings arrive selected, by the word of the address: the first where none is asked for."""


def _selected(entry: Entry, select: str) -> bool:
    """Whether a rating arrives selected: none that was judged already, and none that a reader will ask about."""
    open_still = entry.level is not None and entry.review not in (Reviewed.ACCEPTED, Reviewed.RETURNED)
    return open_still and (select == "all" or (select == "sound" and not entry.unsupported))


def _review_page(
    request: Asked,
    register: Register,
    who: Visitor,
    assessment: str,
    part: str,
    *,
    at: str = "",
    reason: str = "",
    refused: Refused = TAKEN,
    trouble: str = "",
) -> Response[Any]:
    someone = needs(who)
    query = request.query_params if request.method == "GET" else {}
    filters = Filters(asked_word(query, "show", SHOW), asked_text(query, "group")[:20])
    select = asked_word(query, "select", SELECTIONS) or "sound"
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
        must_see(someone, place)
        page = sheet(
            connection, place.round, place.part, who=someone, catalogue=place.catalogue, now=register.now,
            filters=filters,
        )  # fmt: skip
    why = {
        entry.code: who.why_not(Do.REVIEW, place.round.matter(place.part, done_by=entry.rated_by_id))
        for entry in page.shown
    }
    context = {
        "page": page,
        "told": told_of(register, place.catalogue, place.part),
        "why_not": who.why_not(Do.REVIEW, place.round.matter(place.part)),
        "why": why,
        "select": select,
        "selections": list(SELECTIONS.items()),
        "selected": {entry.code for entry in page.shown if _selected(entry, select)},
        "kept": "".join(f"{name}={quote(value)}&" for name in ("show", "group") if (value := query.get(name, ""))),
        "at": at,
        "reason": reason,
        "fault": refused.in_a_line,
        "trouble": trouble,
        "left": query.get("left", "")[:2000].split(",") if query.get("left") else [],
    }
    return working_page(
        request, register, who, "reviews/review.html", context, status=422 if trouble else refused.status
    )


@post("/{assessment:str}/{part:str}/review", sync_to_thread=True)
def accept_several(
    request: Asked,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    assessment: FromPath[str],
    part: FromPath[str],
) -> Response[Any]:
    """Accept the ratings that were selected, as they stood on the page."""
    who = poster(request, register, posted)
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
    picked = [_picked(each) for each in posted.every("picked")]
    codes = {criterion.code for criterion in place.catalogue.in_part[place.part]}
    chosen = [each for each in picked if each[0] in codes]
    if not chosen:
        trouble = "Nothing is selected. Select the ratings that you accept."
        return _review_page(request, register, who, assessment, part, trouble=trouble)
    with register.acting() as session:
        _, left = reviews.accept_many(
            session, actor=needs(who), assessment=assessment, part=place.part, picked=chosen, now=register.now
        )
    said = f"?left={','.join(code for code, _ in left)}" if left else ""
    return Redirect(f"{place.address}/review{said}", status_code=303)


def _picked(said: str) -> tuple[str, int]:
    code, _, version = said.partition(":")
    return code, int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0


@post("/{assessment:str}/{part:str}/review/{code:str}", sync_to_thread=True)
def judge(
    request: Asked,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    assessment: FromPath[str],
    part: FromPath[str],
    code: FromPath[str],
) -> Response[Any]:
    """Accept one rating, or return it with a reason."""
    who = poster(request, register, posted)
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
    place.criterion(code)
    _, version = _picked(f"{code}:{posted.get('version', '')}")
    verdict = Verdict.RETURNED if posted.get("verdict") == Verdict.RETURNED else Verdict.ACCEPTED
    reason = posted.get("reason", "")
    act = Review(Key(assessment, place.part, code), version, verdict, reason)
    refused = register.attempt(
        {}, lambda session: reviews.review(session, actor=needs(who), act=act, now=register.now), told_here=True
    )
    if refused:
        return _review_page(request, register, who, assessment, part, at=code, reason=reason, refused=refused)
    return Redirect(f"{place.address}/review#rating-{code}", status_code=303)


# --- check of facts ----------------------------------------------------------------------------------------


@get("/{assessment:str}/{part:str}/facts", sync_to_thread=True)
def facts(
    request: Asked, register: NamedDependency[Register], assessment: FromPath[str], part: FromPath[str]
) -> Response[Any]:
    """The ratings of a part for its scheme owner: points of fact, and the reply that stands beside the result."""
    return _facts(request, register, visitor(request, register), assessment, part)


def _facts(
    request: Asked,
    register: Register,
    who: Visitor,
    assessment: str,
    part: str,
    *,
    said: Mapping[str, str] | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    someone = needs(who)
    query = request.query_params if request.method == "GET" else {}
    filters = Filters(asked_word(query, "show", ("below",)), asked_text(query, "group")[:20])
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
        must_see(someone, place)
        page = sheet(
            connection, place.round, place.part, who=someone, catalogue=place.catalogue, now=register.now,
            filters=filters,
        )  # fmt: skip
        speeches = spoken(connection, place.round.id, place.part)
    matter = place.round.matter(place.part)
    context = {
        "page": page,
        "told": told_of(register, place.catalogue, place.part),
        "points": [each for each in speeches if each.kind is Speech.ACCURACY],
        "replies": [each for each in speeches if each.kind is Speech.REPLY],
        "why_not_check": who.why_not(Do.CHECK_FACTS, matter),
        "why_not_reply": who.why_not(Do.REPLY, matter),
        "why_not_answer": who.why_not(Do.ANSWER, place.round.matter()),
        "said": said or {},
        "fault": refused.in_a_line,
    }
    return working_page(request, register, who, "reviews/facts.html", context, status=refused.status)


# --- what is said --------------------------------------------------------------------------------------------


@post("/{assessment:str}/comments", sync_to_thread=True)
def speak(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], assessment: FromPath[str]
) -> Response[Any]:
    """Comment, raise a point of fact, reply, or answer. ``back`` says on which page the form stood."""
    who = poster(request, register, posted)
    with register.reading() as connection:
        found, catalogue = round_at(connection, register, assessment)
    part = Part(posted["part"]) if posted.get("part") in list(Part) else None
    kind = Speech(posted["kind"]) if posted.get("kind") in list(Speech) else Speech.COMMENT
    criterion = posted.get("criterion", "").strip()
    act = Say(found.id, kind, posted.get("text", ""), part, criterion, posted.get("answers", ""))
    on_facts = posted.get("back") == "facts" and part is not None
    refused = register.attempt(
        {},
        lambda session: comments.say(session, actor=needs(who), act=act, catalogue=catalogue, now=register.now),
        told_here=True,
    )
    if not refused:
        page = f"/rounds/{found.id}/{part.value}/facts" if on_facts and part else f"/rounds/{found.id}"
        return Redirect(f"{page}#said-{posted.get('answers') or refused.made}", status_code=303)
    if on_facts and part:
        return _facts(request, register, who, assessment, part.value, said=posted, refused=refused)
    return page_of(request, register, who, assessment, said=posted, refused=refused)


router = Router("/rounds", route_handlers=[review_page, accept_several, judge, facts, speak])
