"""Evidence of a round: the list, what a criterion rests on, one piece with its files, and files sent and fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.database import Session
from alignment.domain.catalogue import Part
from alignment.domain.evidence import ENDINGS, TYPES_SAID, Described, EvidenceKind, typed
from alignment.domain.people import Do
from alignment.domain.refusal import Refusal
from alignment.queries.evidence import (
    EXPIRIES,
    LINKED,
    EvidencePage,
    Filters,
    ItemPage,
    content,
    evidence_page,
    item_page,
)
from alignment.services import evidence
from alignment.services.evidence import Given, Limits
from alignment.web.clashes import in_words, sides
from alignment.web.forms import asked_word
from alignment.web.places import Place, place_at
from alignment.web.reading import Fields
from alignment.web.register import TAKEN, Refused, Register
from alignment.web.sessions import Posted, Visitor, needs, poster, visitor, working_page

Asked = Request[Any, Any, Any]

MOST_AT_ONCE = 10
LARGEST_FORM = 120_000_000
"""Bytes of one form with its files; each file has its own, smaller limit."""

KINDS = {kind.value: kind for kind in EvidenceKind}
KIND_CHOICES = [(kind.value, kind.label) for kind in EvidenceKind]


def limits(register: Register) -> Limits:
    """What a file may have, as the operator set it."""
    return Limits(register.settings.evidence_mb * 1_000_000)


SAY = in_words({"kind": KIND_CHOICES, "confidential": (("yes", "Confidential"), ("", "Not confidential"))})
"""What is said of evidence, as people read it."""


def files_sent(fields: Fields, register: Register) -> list[Given]:
    """The files of a form, none read further than one may be kept; none of too many at once."""
    sent = fields.posted.files("files")
    if len(sent) > MOST_AT_ONCE:
        fields.faults["files"] = f"Send at most {MOST_AT_ONCE} files at once; add the others afterwards."
        return []
    most = limits(register).file + 1
    return [Given(each.filename, each.file.read(most)) for each in sent]


def read_described(fields: Fields) -> Described:
    """What a form says of a piece of evidence."""
    return Described(
        kind=fields.word("kind", KINDS, "Choose how it was learned."),
        reference=fields.text("reference"),
        collected_on=fields.perhaps_day("collected_on"),
        expires_on=fields.perhaps_day("expires_on"),
        confidential=fields.text("confidential") == "yes",
        link=fields.text("link"),
    )


# --- of a round ----------------------------------------------------------------------------------------


@get("/", sync_to_thread=True)
def listed(request: Asked, register: NamedDependency[Register], assessment: FromPath[str]) -> Response[Any]:
    """The evidence of a round; for one criterion, which of it the rating rests on."""
    return _list(request, register, visitor(request, register), assessment, request.query_params)


def _list(
    request: Asked,
    register: Register,
    who: Visitor,
    assessment: str,
    asked: Mapping[str, str],
    *,
    said: Mapping[str, str] | None = None,
    chosen: Sequence[str] | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    someone = needs(who)
    place = _criterion(register, assessment, asked)
    filters = Filters(
        asked_word(asked, "kind", KINDS),
        "" if place else asked_word(asked, "part", [part.value for part in Part]),
        asked_word(asked, "expiry", EXPIRIES),
        asked_word(asked, "linked", LINKED),
    )
    with register.reading() as connection:
        page = evidence_page(connection, assessment, someone, filters, register.now)
    if page is None:
        raise NotFoundException("There is no such round to work on: it was never opened here, or only recorded.")
    reason = who.why_not(Do.SEE_WORK, page.round.matter())
    if reason:
        raise Refusal(reason)
    context: dict[str, Any] = {
        "page": page,
        "kinds": KIND_CHOICES,
        "expiries": list(EXPIRIES.items()),
        "linked": list(LINKED.items()),
        "parts": [(each.value, each.label) for each in Part],
        "endings": ENDINGS,
        "types": TYPES_SAID,
        "most": register.settings.evidence_mb,
        "said": said or {},
        "faults": refused.faults,
        "trouble": refused.said,
        "criterion": place.criterion(asked["criterion"]) if place else None,
        "part": place.part if place else None,
        "sheet": place.address if place else "",
        "chosen": _chosen(page, place, asked) if chosen is None else set(chosen),
        "why_not_link": who.why_not(Do.ADD_EVIDENCE, place.round.matter(place.part)) if place else None,
    }
    return working_page(request, register, who, "evidence/list.html", context, status=refused.status)


def _criterion(register: Register, assessment: str, asked: Mapping[str, str]) -> Place | None:
    """The criterion that evidence is looked for, where the address names one; a 404 for one that is not judged."""
    code = asked.get("criterion", "").strip()
    if not code:
        return None
    with register.reading() as connection:
        place = place_at(connection, register, assessment, asked.get("part", ""))
    place.criterion(code)
    return place


def _chosen(page: EvidencePage, place: Place | None, asked: Mapping[str, str]) -> set[str]:
    if place is None:
        return set()
    return {
        item.id
        for item in page.offered(place.part, asked["criterion"])
        if (place.part, asked["criterion"]) in item.rests
    }


@post("/", sync_to_thread=True, request_max_body_size=LARGEST_FORM)
def add(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], assessment: FromPath[str]
) -> Response[Any]:
    """Enter a piece of evidence with its files; from a criterion, its rating rests on it at once."""
    who = poster(request, register, posted)
    someone = needs(who)
    asked = {name: posted[name] for name in ("part", "criterion") if posted.get(name)}
    place = _criterion(register, assessment, asked)
    fields = Fields(posted)
    said, files = read_described(fields), files_sent(fields, register)

    def act(session: Session) -> str:
        id = evidence.add_evidence(
            session, actor=someone, assessment=assessment, said=said, files=files, limits=limits(register),
            now=register.now,
        )  # fmt: skip
        if place:
            evidence.link_also(
                session, actor=someone, assessment=assessment, part=place.part, criterion=posted["criterion"],
                evidence=id, catalogue=place.catalogue, now=register.now,
            )  # fmt: skip
        return id

    refused = register.attempt(fields.faults, act, told_here=True)
    if refused:
        return _list(request, register, who, assessment, asked, said=posted, refused=refused)
    return Redirect(_back(assessment, asked, refused.made), status_code=303)


def _back(assessment: str, asked: Mapping[str, str], id: str) -> str:
    query = f"?{urlencode(asked)}" if "criterion" in asked else ""
    return f"/rounds/{quote(assessment)}/evidence{query}#evidence-{id}"


@post("/links", sync_to_thread=True)
def link(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], assessment: FromPath[str]
) -> Response[Any]:
    """Say which evidence the rating of a criterion rests on, then go back to the sheet."""
    who = poster(request, register, posted)
    asked = {name: posted.get(name, "") for name in ("part", "criterion")}
    place = _criterion(register, assessment, asked)
    if place is None:
        raise NotFoundException("Evidence is linked to a criterion: open it from the sheet.")
    chosen, part, catalogue = posted.every("evidence"), place.part, place.catalogue
    refused = register.attempt(
        {},
        lambda session: evidence.link_evidence(
            session, actor=needs(who), assessment=assessment, part=part, criterion=posted["criterion"],
            evidence=chosen, shown=posted.every("shown"), catalogue=catalogue, now=register.now,
        ),
        told_here=True,
    )  # fmt: skip
    if refused:
        return _list(request, register, who, assessment, asked, chosen=chosen, refused=refused)
    return Redirect(f"{place.address}#rating-{posted['criterion']}", status_code=303)


of_round = Router("/rounds/{assessment:str}/evidence", route_handlers=[listed, add, link])


# --- one piece ---------------------------------------------------------------------------------------------


@get("/{id:str}", sync_to_thread=True)
def one(request: Asked, register: NamedDependency[Register], id: FromPath[str]) -> Response[Any]:
    """One piece of evidence: what it is, its files and their versions, what rests on it, every wording it had."""
    return _one(request, register, visitor(request, register), id)


def _seen(register: Register, who: Visitor, id: str) -> ItemPage:
    """The page of a piece of evidence for somebody who may see it."""
    someone = needs(who)
    with register.reading() as connection:
        page = item_page(connection, id, someone, register.now)
    if page is None:
        raise NotFoundException("There is no such evidence.")
    if page.why_not_see:
        raise Refusal(page.why_not_see)
    return page


def _one(
    request: Asked,
    register: Register,
    who: Visitor,
    id: str,
    *,
    said: Mapping[str, str] | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    page = _seen(register, who, id)
    item = page.item
    now = Described(item.kind, item.reference, item.collected_on, item.expires_on, item.confidential, item.link)
    context = {
        "page": page,
        "kinds": KIND_CHOICES,
        "endings": ENDINGS,
        "types": TYPES_SAID,
        "most": register.settings.evidence_mb,
        "said": said or typed(now),
        "faults": refused.faults,
        "trouble": "" if refused.sides else refused.said,
        "sides": sides(refused.sides, SAY),
    }
    return working_page(request, register, who, "evidence/page.html", context, status=refused.status)


@post("/{id:str}", sync_to_thread=True)
def correct(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], id: FromPath[str]
) -> Response[Any]:
    """Say anew what a piece of evidence is; the old words are kept."""
    who = poster(request, register, posted)
    page = _seen(register, who, id)
    fields = Fields(posted)
    said = read_described(fields)
    refused = register.attempt(
        fields.faults,
        lambda session: evidence.correct_evidence(
            session, actor=needs(who), evidence=id, said=said, now=register.now
        ),
        told_here=True,
    )  # fmt: skip
    if refused:
        newest = refused.sides.newest if isinstance(refused.sides, evidence.Corrected) else id
        return _one(request, register, who, newest, said=refused.typed(posted), refused=refused)
    confided = said.confidential and page.why_not_see_confidential  # whoever said it can no longer open it
    return Redirect(f"{page.home}#evidence" if confided else f"/evidence/{refused.made}", status_code=303)


@post("/{id:str}/withdraw", sync_to_thread=True)
def withdraw(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], id: FromPath[str]
) -> Response[Any]:
    """Take back what was entered by mistake."""
    who = poster(request, register, posted)
    page = _seen(register, who, id)
    reason = posted.get("reason", "")
    refused = register.attempt(
        {},
        lambda session: evidence.withdraw_evidence(
            session, actor=needs(who), evidence=id, reason=reason, now=register.now
        ),
        told_here=True,
    )  # fmt: skip
    if refused:
        return _one(request, register, who, id, refused=refused)
    return Redirect(page.home, status_code=303)


@post("/{id:str}/files", sync_to_thread=True, request_max_body_size=LARGEST_FORM)
def send_files(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], id: FromPath[str]
) -> Response[Any]:
    """Add files, or new versions of those that are there, all or nothing."""
    who = poster(request, register, posted)
    _seen(register, who, id)
    fields = Fields(posted)
    sent = files_sent(fields, register)
    if not sent:
        fields.faults.setdefault("files", "Choose at least one file.")

    def act(session: Session) -> None:
        for each in sent:
            evidence.add_file(
                session, actor=needs(who), evidence=id, given=each, limits=limits(register), now=register.now
            )

    refused = register.attempt(fields.faults, act, told_here=True)
    if refused:
        return _one(request, register, who, id, refused=refused)
    return Redirect(f"/evidence/{id}#files", status_code=303)


@get("/{id:str}/files/{sha256:str}", sync_to_thread=True)
def fetch(
    request: Asked, register: NamedDependency[Register], id: FromPath[str], sha256: FromPath[str]
) -> Response[Any]:
    """A file, to be saved and never shown within the site."""
    who = visitor(request, register)
    _seen(register, who, id)
    with register.reading() as connection:
        found = content(connection, id, sha256)
    if found is None:
        raise NotFoundException("This evidence has no such file.")
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "cache-control": "private, no-store",
        "x-robots-tag": "noindex",
    }
    return Response(found.content, media_type=found.media_type, headers=headers)


router = Router("/evidence", route_handlers=[one, correct, withdraw, send_files, fetch])
