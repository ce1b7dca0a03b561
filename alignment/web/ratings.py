"""The rating sheet: read it, save, merge, take back, several at once; who else is there; history of each rating."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from litestar import MediaType, Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from markupsafe import Markup

from alignment.database import Session
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.frozen import dataclass
from alignment.domain.merging import FIELDS, Kind, Merge, Pick, Piece, judgement, merge, pieces
from alignment.domain.people import Do, Someone
from alignment.domain.rating import Judgement, Level, faults_of
from alignment.domain.refusal import Refusal, Unfit
from alignment.domain.round import Round
from alignment.queries.history import history
from alignment.queries.sheet import SHOW, Filters, SheetPage, present_on, sheet, versions, versions_on
from alignment.services import presence, ratings
from alignment.services.ratings import Clash, Rate
from alignment.services.sheets import Key
from alignment.web.forms import asked_moment, asked_word
from alignment.web.places import Place, must_see, part_at, place_at
from alignment.web.reading import number
from alignment.web.register import NO_TEXT, Register
from alignment.web.sessions import Posted, Visitor, needs, poster, visitor, working_page

Asked = Request[Any, Any, Any]


# --- what a save that was not simply stored gives back ---------------------------------------------------


class Sides(NamedTuple):
    """Two texts compared word by word: theirs with what yours lacks, and yours with what theirs lacks."""

    theirs: tuple[Piece, ...]
    yours: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A clash for the page: whose version stands, since when, and both sides field by field."""

    version: int
    began_from: int
    who: str
    at: datetime | None
    merge: Merge


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one criterion as it goes back to who sent it: their words, and what is to be said about them."""

    code: str
    version: int
    says: Judgement
    faults: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""
    note: str = ""
    preview: str | None = None
    typed: bool = False
    clash: Shown | None = None
    picks: Mapping[str, str] = field(default_factory=dict)
    third: Mapping[str, str] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """Why nothing was saved, in one sentence; empty where that is no fault of anybody."""
        if self.preview is not None:
            return ""
        if self.clash and not self.faults:
            return "somebody else saved it while you were writing. Choose field by field."
        return self.trouble or next(iter(self.faults.values()), "")

    @property
    def status(self) -> int:
        """How the answer of an act is called."""
        if self.preview is not None or not self.why:
            return 200
        if self.faults:
            return 422
        return 409 if self.clash else 403

    @property
    def words(self) -> dict[str, Sides]:
        """The texts of a clash compared word by word."""
        return {each.name: _sides(each.theirs, each.yours) for each in self.clash.merge.fields} if self.clash else {}


def _sides(theirs: str, yours: str) -> Sides:
    compared = pieces(theirs, yours)
    return Sides(
        tuple(each for each in compared if each.kind is not Kind.ADDED),
        tuple(each for each in compared if each.kind is not Kind.REMOVED),
    )


class Done(NamedTuple):
    """What an act on several criteria did, as the address of the page says it."""

    codes: tuple[str, ...] = ()
    left: tuple[tuple[str, str], ...] = ()


# --- the sheet -----------------------------------------------------------------------------------------------


@get("/{assessment:str}/{part:str}", sync_to_thread=True)
def sheet_page(
    request: Asked, register: NamedDependency[Register], assessment: FromPath[str], part: FromPath[str]
) -> Response[Any]:
    """All criteria of a part, as they stand or as they were at a moment."""
    who = visitor(request, register)
    return _page(request, register, who, assessment, part)


def _page(
    request: Asked,
    register: Register,
    who: Visitor,
    assessment: str,
    part: str,
    *,
    forms: Sequence[Form] = (),
    trouble: str = "",
    status: int = 200,
) -> Response[Any]:
    someone = needs(who)
    query = request.query_params if not forms else {}
    filters = Filters(
        asked_word(query, "show", SHOW), query.get("group", "").strip()[:20], query.get("q", "").strip()[:200]
    )
    asked = asked_moment(query, "as_at")
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
        must_see(someone, place)
        for form in forms:
            place.criterion(form.code)
        page = sheet(
            connection, place.round, place.part, who=someone, catalogue=place.catalogue, now=register.now,
            filters=filters, as_at=asked if asked and asked < register.now else None,
        )  # fmt: skip
    context = {
        "page": page,
        "forms": {form.code: form for form in forms},
        "trouble": trouble,
        "told": told_of(register, place.catalogue, place.part),
        "versions": versions((each.code, each.version) for each in page.entries),
        "done": _done(query),
        "ahead": asked is not None and asked >= register.now,
    }
    return working_page(request, register, who, "ratings/sheet.html", context, status=status)


def _done(query: Mapping[str, str]) -> Done:
    """What an act on several did, from the address that it led to; anything else there is passed over."""
    codes = tuple(each for each in query.get("done", "").split(",") if _picked(each))
    left = (each.partition(":") for each in query.get("left", "").split(","))
    return Done(codes, tuple((code, WHY_LEFT[why]) for code, _, why in left if why in WHY_LEFT and code.isascii()))


WHY_LEFT = {
    "changed": "was changed meanwhile",
    "reason": "needs a reason why it does not apply",
    "stands": "has nothing to confirm",
}

_standing: dict[tuple[str, Part], dict[str, Markup]] = {}


def told_of(register: Register, catalogue: Catalogue, part: Part) -> dict[str, Markup]:
    """Text and guidance of every criterion as HTML: made once, for it depends on the edition alone."""
    key = (catalogue.digest, part)
    if key not in _standing:
        _standing[key] = {
            criterion.code: Markup(register.pages.macro("ratings/_rating.html", "told", criterion, part))  # noqa: S704
            for criterion in catalogue.in_part[part]
        }
    return _standing[key]


# --- one rating ----------------------------------------------------------------------------------------------


@get("/{assessment:str}/{part:str}/{code:str}", sync_to_thread=True)
def one(
    request: Asked,
    register: NamedDependency[Register],
    assessment: FromPath[str],
    part: FromPath[str],
    code: FromPath[str],
) -> Response[Any]:
    """One criterion: its section for a page that is open, or the sheet at its place."""
    who = visitor(request, register)
    someone = needs(who)
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
        place.criterion(code)
        must_see(someone, place)
        if request.headers.get("hx-request") != "true":
            return Redirect(f"{place.address}#rating-{code}", status_code=303)
        page = _one(connection, register, place.round, someone, Key(assessment, place.part, code))
    return _fragment(register, page)


@post("/{assessment:str}/{part:str}/{code:str}", sync_to_thread=True)
def rate(
    request: Asked,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    assessment: FromPath[str],
    part: FromPath[str],
    code: FromPath[str],
) -> Response[Any]:
    """Save what somebody says about a criterion, or do what else its form asks.

    The act itself reads the round that the address names; what it refuses is looked up once more, to be shown.
    """
    who = poster(request, register, posted)
    key, mine = Key(assessment, part_at(part), code), posted.row(code)
    asked = mine.get("act") or posted.get("act", "save")
    form, page = _act(register, needs(who), key, mine, asked)
    if request.headers.get("hx-request") == "true":
        return _fragment(register, page or _now(register, needs(who), key), form)
    rest = _rest(register, needs(who), key.assessment, key.part, posted, but=code, store=asked != "preview")
    if not rest and page is not None and (form is None or form.note):
        _seen(register, needs(who), key.assessment, key.part, code)
        return Redirect(f"{page.address}#rating-{code}", status_code=303)
    return _left(request, register, who, assessment, part, [form, *rest] if form else rest)


@post("/{assessment:str}/{part:str}", sync_to_thread=True)
def rate_all(
    request: Asked,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    assessment: FromPath[str],
    part: FromPath[str],
) -> Response[Any]:
    """Save all that was typed on the sheet, where it does not say which criterion was meant."""
    who = poster(request, register, posted)
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
        must_see(needs(who), place)
    left = _rest(register, needs(who), assessment, place.part, posted)
    if left:
        return _left(request, register, who, assessment, part, left)
    _seen(register, needs(who), assessment, place.part)
    return Redirect(place.address, status_code=303)


def _left(
    request: Asked, register: Register, who: Visitor, assessment: str, part: str, forms: Sequence[Form]
) -> Response[Any]:
    """The sheet with what could not be saved, or was not to be yet, as it was typed."""
    status = next((each.status for each in forms if each.why), 200)
    return _page(request, register, who, assessment, part, forms=forms, status=status)


def _rest(
    register: Register,
    who: Someone,
    assessment: str,
    part: Part,
    posted: Posted,
    *,
    but: str = "",
    store: bool = True,
) -> list[Form]:
    """Save what was typed in the other criteria of the sheet, each for itself; what is left to be shown again.

    Without a script a sheet comes back whole. What nobody changed is no act: it confirms and stores nothing.
    """
    if not posted.rows - {but}:
        return []
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part.value)
        must_see(who, place)
        page = sheet(connection, place.round, part, who=who, catalogue=place.catalogue, now=register.now)
    left: list[Form | None] = []
    for entry in page.entries:
        if entry.code == but or entry.code not in posted.rows:
            continue
        key, row = Key(assessment, part, entry.code), posted.row(entry.code)
        if row.get("act") == "merge":
            left.append(_asked_again(register, who, key, row, {})[0])
        elif _said(row) == entry.says and not row.faults and not _level_fault(row):
            continue
        elif store:
            left.append(_act(register, who, key, row, "save")[0])
        else:
            left.append(Form(entry.code, number(row.get("version", "")), _said(row), typed=True))
    return [form for form in left if form]


Answer = tuple[Form | None, SheetPage | None]
Act = Callable[[Register, Someone, Key, Posted], Answer]


def _act(register: Register, who: Someone, key: Key, posted: Posted, asked: str) -> Answer:
    """Do what was asked about one criterion. A sign that is no text stands in the way of its own criterion alone."""
    NO_TEXT.set(posted.faults)
    return ACTS.get(asked, _save)(register, who, key, posted)


def _save(register: Register, who: Someone, key: Key, posted: Posted) -> Answer:
    """Store the rating; what cannot be stored goes back with the reason."""
    says, version = _said(posted), number(posted.get("version", ""))
    faults = {**posted.faults, **faults_of(says), **_level_fault(posted)}
    if faults:
        return Form(key.criterion, version, says, faults=faults), None
    return _store(register, who, Rate(key, version, says))


def _store(register: Register, who: Someone, act: Rate) -> Answer:
    code = act.key.criterion
    try:
        with register.acting() as session:
            done = ratings.rate(session, actor=who, act=act, catalogues=register.catalogues, now=register.now)
            page = _one(session.connection(), register, done.round, who, act.key)
    except Unfit as unfit:
        return Form(code, act.version, act.says, faults=unfit.faults), None
    except Refusal as refusal:
        return Form(code, act.version, act.says, trouble=_refused(refusal)), None
    if isinstance(done, Clash):
        return Form(code, act.version, act.says, clash=_shown(done, page)), page
    return None, page


def _shown(clash: Clash, page: SheetPage) -> Shown:
    entry = page.entries[0]
    return Shown(clash.held.version, clash.began_from, entry.rated_by, clash.held.rated_at, clash.merge)


def _refused(refusal: Refusal) -> str:
    return f"{refusal} Your text is kept here; nothing of it was stored."


def _preview(register: Register, who: Someone, key: Key, posted: Posted) -> Answer:
    """Show the rationale as readers will see it; nothing is stored."""
    says = _said(posted)
    faults = {**posted.faults, **faults_of(says)}
    version = number(posted.get("version", ""))
    return Form(key.criterion, version, says, faults=faults, preview=says.rationale), None


def _undo(register: Register, who: Someone, key: Key, posted: Posted) -> Answer:
    """Take back one's own last save, or what was typed since; that is kept in the history."""
    says, version = _said(posted), number(posted.get("version", ""))
    try:
        with register.acting() as session:
            done = ratings.undo(
                session, actor=who, key=key, version=version, typed=says if "rationale" in posted else None,
                catalogues=register.catalogues, now=register.now,
            )  # fmt: skip
            page = _one(session.connection(), register, done.round, who, key)
    except Unfit as unfit:
        return Form(key.criterion, version, says, faults=unfit.faults), None
    except Refusal as refusal:
        return Form(key.criterion, version, says, trouble=_refused(refusal)), None
    entry = page.entries[0]
    typed = f" What you had typed is version {entry.version - 1} in its history." if entry.version > version + 1 else ""
    return Form(key.criterion, entry.version, entry.says, note=f"Taken back, as version {entry.version}.{typed}"), page


def _merge(register: Register, who: Someone, key: Key, posted: Posted) -> Answer:
    """Save what was chosen field by field after a clash, or leave theirs as it is."""
    if posted.get("keep") == "theirs":
        return None, _now(register, who, key)
    found, picks, third = _compared(posted)
    says, faults = found.decided(picks, third)
    faults |= {name.removeprefix("third-"): said for name, said in posted.faults.items()}
    if not faults:
        return _store(register, who, Rate(key, number(posted.get("version", "")), says))
    return _asked_again(register, who, key, posted, faults)


def _asked_again(
    register: Register, who: Someone, key: Key, posted: Posted, faults: Mapping[str, str]
) -> tuple[Form, SheetPage]:
    """The choice after a clash once more, with what was chosen and written so far."""
    page, version = _now(register, who, key), number(posted.get("version", ""))
    entry, (found, picks, third) = page.entries[0], _compared(posted)
    shown = Shown(version, number(posted.get("began_from", "")), entry.rated_by, entry.rated_at, found)
    yours = _side(posted, "yours")
    return Form(key.criterion, version, yours, faults=faults, clash=shown, picks=picks, third=third), page


def _compared(posted: Posted) -> tuple[Merge, dict[str, Pick], dict[str, str]]:
    """Both sides of a clash as the form carries them, what was chosen, and what was written as a third."""
    base, theirs, yours = (_side(posted, side) for side in ("base", "theirs", "yours"))
    picks = {name: posted.get(f"pick-{name}", "") for name in FIELDS}
    third = {name: posted.get(f"third-{name}", "") for name in FIELDS}
    chosen = {name: Pick(pick) for name, pick in picks.items() if pick in list(Pick)}
    return merge(base, theirs, yours), chosen, third | {"level": _level(third["level"])}


ACTS: Mapping[str, Act] = {"save": _save, "preview": _preview, "undo": _undo, "merge": _merge}


def _one(connection: Any, register: Register, found: Round, who: Someone, key: Key) -> SheetPage:
    catalogue = register.catalogues[found.edition]
    return sheet(connection, found, key.part, who=who, catalogue=catalogue, now=register.now, only=key.criterion)


def _now(register: Register, who: Someone, key: Key) -> SheetPage:
    """The criterion as it stands, for those who may see it; a 404 where the address names none."""
    with register.reading() as connection:
        place = place_at(connection, register, key.assessment, key.part)
        place.criterion(key.criterion)
        must_see(who, place)
        return _one(connection, register, place.round, who, key)


def _fragment(register: Register, page: SheetPage, form: Form | None = None) -> Response[str]:
    entry = page.entries[0]
    told = told_of(register, register.catalogues[page.round.edition], page.part)[entry.code]
    body = register.pages.macro("ratings/_answer.html", "answer", page, entry, told, form)
    status = form.status if form else 200
    return Response(body, status_code=status, media_type=MediaType.HTML, headers={"cache-control": "no-store"})


# --- what was sent -------------------------------------------------------------------------------------------


def _said(posted: Posted) -> Judgement:
    return judgement({name: posted.get(name, "") for name in FIELDS} | {"level": _level(posted.get("level", ""))})


def _side(posted: Posted, side: str) -> Judgement:
    said = {name: posted.get(f"{side}-{name}", "") for name in FIELDS}
    return judgement(said | {"level": _level(said["level"])})


def _level(word: str) -> str:
    return word if word in list(Level) else ""


def _level_fault(posted: Posted) -> dict[str, str]:
    word = posted.get("level", "")
    return {"level": f"“{word[:20]}” is no level of alignment."} if word and not _level(word) else {}


def _picked(said: str) -> tuple[str, int] | None:
    """A criterion and its version as a form carries them: OP-01:3."""
    code, mark, version = said.partition(":")
    return (code, number(version)) if mark and code.replace("-", "").isalnum() and len(code) < 20 else None


# --- several at once -------------------------------------------------------------------------------------------


@post("/{assessment:str}/{part:str}/bulk", sync_to_thread=True)
def bulk(
    request: Asked,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    assessment: FromPath[str],
    part: FromPath[str],
) -> Response[Any]:
    """Give several criteria one level, confirm them as they are, or take back what that did."""
    who = poster(request, register, posted)
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
    picked = _chosen(register, place, needs(who), posted)
    if not picked:
        trouble = (
            "Nothing is selected. Select criteria below, or all not yet rated; then set their level or confirm them."
        )
        return _page(request, register, who, assessment, part, trouble=trouble, status=422)
    for code, _ in picked:
        place.criterion(code)
    with register.acting() as session:
        done = _several(session, register, needs(who), place, picked, posted)
    _seen(register, needs(who), place.round.id, place.part)
    query = {
        "done": ",".join(f"{code}:{version}" for code, version in done.saved) if posted.get("act") != "undo" else "",
        "left": ",".join(f"{code}:{_why_left(why)}" for code, why in done.left),
    }
    return Redirect(f"{place.address}?{urlencode({k: v for k, v in query.items() if v})}", status_code=303)


def _chosen(register: Register, place: Place, who: Someone, posted: Posted) -> list[tuple[str, int]]:
    """The criteria that an act on several is about, each with the version that the reader saw."""
    if posted.get("which") != "unrated" or posted.get("act") == "confirm":
        return [found for each in posted.every("picked") if (found := _picked(each))]
    with register.reading() as connection:
        must_see(who, place)
        page = sheet(connection, place.round, place.part, who=who, catalogue=place.catalogue, now=register.now)
    return [(each.code, each.version) for each in page.entries if each.level is None]


def _several(
    session: Session, register: Register, who: Someone, place: Place, picked: list[tuple[str, int]], posted: Posted
) -> ratings.Many:
    about: dict[str, Any] = {
        "actor": who, "assessment": place.round.id, "part": place.part, "picked": picked,
        "catalogues": register.catalogues, "now": register.now,
    }  # fmt: skip
    if posted.get("act") == "undo":
        return ratings.undo_many(session, **about)
    if posted.get("act") == "confirm":
        return ratings.confirm_many(session, **about)
    level = _level(posted.get("level", ""))
    if not level:
        raise Unfit({"level": "Choose the level that the selected criteria get."})
    return ratings.rate_many(session, level=Level(level), reason=posted.get("reason", "")[:2000], **about)


def _why_left(why: str) -> str:
    return next(word for word, said in WHY_LEFT.items() if said == why)


# --- who else is there -----------------------------------------------------------------------------------------


@post("/{assessment:str}/{part:str}/presence", sync_to_thread=True)
def here(
    request: Asked,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    assessment: FromPath[str],
    part: FromPath[str],
) -> Response[Any]:
    """Note that somebody is on the sheet, and say who else is and what was saved meanwhile."""
    who = poster(request, register, posted)
    someone = needs(who)
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
        must_see(someone, place)
    criterion = posted.get("at", "") if posted.get("at", "") in place.catalogue.by_code else ""
    with register.noting() as session:
        presence.note(
            session, actor=someone, assessment=place.round.id, part=place.part, criterion=criterion, now=register.now
        )
        names = present_on(session.connection(), place.round, place.part, someone, register.now)
        held = versions_on(session.connection(), place.round, place.part, someone)
    body = register.pages.macro("ratings/_present.html", "present", place, names, held, who.csrf)
    return Response(body, media_type=MediaType.HTML, headers={"cache-control": "no-store"}, status_code=200)


def _seen(register: Register, who: Someone, assessment: str, part: Part, criterion: str = "") -> None:
    """Note that somebody is on the sheet who saved without a script, which would tell of them."""
    with register.noting() as session:
        presence.note(session, actor=who, assessment=assessment, part=part, criterion=criterion, now=register.now)


# --- history -----------------------------------------------------------------------------------------------------


@get("/{assessment:str}/{part:str}/{code:str}/history", sync_to_thread=True)
def history_page(
    request: Asked,
    register: NamedDependency[Register],
    assessment: FromPath[str],
    part: FromPath[str],
    code: FromPath[str],
) -> Response[Any]:
    """Every version of a rating, what was set aside, and what was said about it."""
    return _history(request, register, visitor(request, register), assessment, part, code)


@post("/{assessment:str}/{part:str}/{code:str}/history", sync_to_thread=True)
def bring_back(
    request: Asked,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    assessment: FromPath[str],
    part: FromPath[str],
    code: FromPath[str],
) -> Response[Any]:
    """Bring an earlier version back, as a new one."""
    who = poster(request, register, posted)
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
    place.criterion(code)
    try:
        with register.acting() as session:
            ratings.restore(
                session, actor=needs(who), key=Key(assessment, place.part, code),
                version=number(posted.get("version", "")), to=number(posted.get("to", "")),
                catalogues=register.catalogues, now=register.now,
            )  # fmt: skip
    except Refusal as refusal:
        status = getattr(refusal, "status", 403)
        return _history(request, register, who, assessment, part, code, trouble=str(refusal), status=status)
    return Redirect(f"{place.address}#rating-{code}", status_code=303)


def _history(
    request: Asked,
    register: Register,
    who: Visitor,
    assessment: str,
    part: str,
    code: str,
    *,
    trouble: str = "",
    status: int = 200,
) -> Response[Any]:
    someone = needs(who)
    with register.reading() as connection:
        place = place_at(connection, register, assessment, part)
        criterion = place.criterion(code)
        must_see(someone, place)
        page = history(connection, place.round, place.part, criterion, someone)
    why = who.why_not(Do.RATE, place.round.matter(place.part, returned=page.sent_back))
    context = {"page": page, "trouble": trouble, "why_not_rate": why}
    return working_page(request, register, who, "ratings/history.html", context, status=status)


router = Router("/rounds", route_handlers=[sheet_page, one, rate, rate_all, bulk, here, history_page, bring_back])
