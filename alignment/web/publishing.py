"""Market updates being composed: drafts, their checks, advance notices, and the act that publishes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment import publishing
from alignment.database import Connection, Session
from alignment.domain.checks import Check, Fault, failing
from alignment.domain.draft import BEGINNING, Written, faults_of, next_number
from alignment.domain.insertion import MARKERS
from alignment.domain.merging import Clash
from alignment.domain.people import Do
from alignment.domain.publication import Content, digest_of
from alignment.domain.refusal import Stale, Unfit, fit
from alignment.domain.reminder import Due, DueKind, Reminder
from alignment.exchange.mail import NotSent, mail, mail_server, send
from alignment.exchange.pdf import publication_pdf
from alignment.queries import drafts as stored
from alignment.queries import notices as told
from alignment.queries.drafts import Composed, DraftPage, Material
from alignment.queries.publications import PublicationPage, StatementRow, publication, publications
from alignment.queries.work import SECTIONS
from alignment.services import drafts
from alignment.services.drafts import Told
from alignment.services.reminders import claim, settle
from alignment.web.clashes import Side, in_words, sides
from alignment.web.home import facts_of
from alignment.web.publications import PDF, page_context
from alignment.web.reading import NEVER, Fields
from alignment.web.register import TAKEN, Refused, Register
from alignment.web.sessions import Posted, Visitor, allow, needs, poster, visitor, working_page

SECTIONS.insert(0, told.WAITING)  # what is under embargo is the first thing that its reader has to know
SECTIONS.extend(stored.WAITING)

Asked = Request[Any, Any, Any]
COMMENT = "comment"
"""The topic under which the comments of the OECD and others on the market stand."""


class Shown(NamedTuple):
    """What a form shows beside what is stored: what was typed, the faults, a clash."""

    written: Written
    faults: Mapping[str, str] = {}
    version: int = 0
    sides: Sequence[Side] = ()
    unsaved: bool = False


# --- the list, and a new draft ------------------------------------------------------------------------------


@get("/", sync_to_thread=True)
def listed(request: Asked, register: NamedDependency[Register]) -> Response[Any]:
    """The drafts, and the publications that can be corrected."""
    who = visitor(request, register)
    allow(who, Do.COMPOSE)
    with register.reading() as connection:
        lines, published = stored.drafts(connection, example=_example(who)), publications(connection)
    context = {"lines": lines, "published": published, "example": _example(who)}
    return working_page(request, register, who, "publishing/list.html", context)


def _example(who: Visitor) -> bool:
    """Whether somebody composes from the worked example, as demonstration people do, and publishes nothing."""
    return needs(who).is_demonstration


@get("/new", sync_to_thread=True)
def new(request: Asked, register: NamedDependency[Register]) -> Response[Any]:
    """The form of a new draft; with ``?corrects=2024-09`` it begins from that publication."""
    who = visitor(request, register)
    allow(who, Do.COMPOSE)
    with register.reading() as connection:
        written = _beginning(connection, register, "" if _example(who) else request.query_params.get("corrects", ""))
    return _form(request, register, who, Shown(written))


def _beginning(connection: Connection, register: Register, corrects: str) -> Written:
    number = next_number([line.number for line in publications(connection)], register.today)
    if not corrects:
        return Written(
            number, "Track A standard alignment assessments: update to the market", register.today, BEGINNING
        )
    page = publication(connection, corrects)
    if page is None:
        raise NotFoundException(f"No publication {corrects[:40]} is held here to be corrected.")
    old = page.content
    return Written(number, old["title"], page.as_at, old["text"], corrects=corrects, statements=_chosen(old))


def _chosen(old: Content) -> tuple[str, ...]:
    """The statements that a publication chose one by one; those on a topic come with the topic."""
    return tuple(each["id"] for each in old["statements"]) if "{table: statements}" in old["text"] else ()


@post("/new", sync_to_thread=True)
def begin(request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted]) -> Response[Any]:
    """Begin a draft."""
    who = poster(request, register, posted)
    allow(who, Do.COMPOSE)
    shown = _read(posted)
    if shown.unsaved or shown.faults:
        return _form(request, register, who, shown, status=422 if shown.faults else 200)
    try:
        with register.noting() as session:
            id = drafts.begin(session, actor=needs(who), written=shown.written, now=register.now)
    except Unfit as unfit:
        return _form(request, register, who, shown._replace(faults=unfit.faults), status=422)
    return Redirect(f"/publishing/{id}", status_code=303)


def _read(posted: Posted) -> Shown:
    """The form as it was typed; a button may ask for a marker to be put at the end of the text."""
    fields = Fields(posted)
    as_at = fields.day("as_at")
    text = posted.get("text", "").rstrip() + "\n"
    insert = posted.get("insert", "")
    if insert in MARKERS:
        text = f"{text.rstrip()}\n\n{{table: {insert}}}\n".lstrip()
    written = Written(
        number=fields.text("number"),
        title=" ".join(fields.text("title").split()),
        as_at=as_at,
        text=text,
        label=fields.text("label"),
        corrects=fields.text("corrects"),
        statements=tuple(dict.fromkeys(posted.every("statements"))),
    )
    return Shown(written, faults_of(written) | fields.faults, fields.number("version"), unsaved=insert in MARKERS)


def _form(request: Asked, register: Register, who: Visitor, shown: Shown, *, status: int = 200) -> Response[str]:
    context = _choices(_material(register, _example(who)), shown.written) | {"example": _example(who)}
    return working_page(request, register, who, "publishing/new.html", {"shown": shown, **context}, status=status)


def _choices(held: Material, written: Written) -> dict[str, object]:
    as_at = date.max if written.as_at == NEVER else written.as_at
    return {
        "numbers": [(row.number, f"{row.number}: {row.title}") for row in held.published],
        "sayings": _grouped(stored.sayings(held.statements, as_at=as_at, chosen=written.statements)),
        "markers": [(name, says) for name, (_, says) in MARKERS.items()],
    }


def _grouped(sayings: Sequence[StatementRow]) -> list[tuple[str, list[StatementRow]]]:
    """The statements by who made them; whoever comments comes first."""
    found: dict[str, list[StatementRow]] = {}
    for each in sorted(sayings, key=lambda each: (each.topic != COMMENT, each.said_by)):
        found.setdefault(each.said_by, []).append(each)
    return list(found.items())


# --- one draft ----------------------------------------------------------------------------------------------


@get("/{draft:str}", sync_to_thread=True)
def one(request: Asked, register: NamedDependency[Register], draft: FromPath[str]) -> Response[Any]:
    """A draft: its form, its checks, what it says differently, who would be told, and the way to publish it."""
    who = visitor(request, register)
    allow(who, Do.COMPOSE)
    return _page(request, register, who, draft)


@post("/{draft:str}", sync_to_thread=True)
def save(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], draft: FromPath[str]
) -> Response[Any]:
    """Save a draft over the version that its form showed."""
    who = poster(request, register, posted)
    allow(who, Do.COMPOSE)
    shown = _read(posted)
    if shown.unsaved or shown.faults:
        return _page(request, register, who, draft, shown, status=422 if shown.faults else 200)
    try:
        with register.noting() as session:
            drafts.save(
                session, actor=needs(who), draft=draft, written=shown.written, version=shown.version, now=register.now
            )
    except Unfit as unfit:
        return _page(request, register, who, draft, shown._replace(faults=unfit.faults), status=422)
    except Clash as clash:
        merged, beside = drafts.written_as(clash.kept), sides(clash, in_words({}))
        shown = shown._replace(written=merged, version=clash.version, sides=beside, unsaved=True)
        return _page(request, register, who, draft, shown, status=409)
    return Redirect(f"/publishing/{quote(draft)}", status_code=303)


def _page(
    request: Asked,
    register: Register,
    who: Visitor,
    draft: str,
    shown: Shown | None = None,
    *,
    refused: Refused = TAKEN,
    typed: Mapping[str, str] | None = None,
    mailed: Sequence[str] = (),
    status: int = 200,
) -> Response[str]:
    page, found = _kept_composed(register, who, draft)
    shown = shown or Shown(page.written, version=page.version)
    rows = found.between.rows if found.between else ()
    held = _material(register, page.example)
    with register.reading() as connection:
        sent = told.notices(connection, draft=draft)
        context = {
            **_choices(held, shown.written),
            "shown": shown,
            "page": page,
            "found": found,
            "failing": [fault for each in found.checks for fault in each.failing],
            "recipients": told.recipients(connection, page.written, rows, sent, register.now),
            "notices": sent,
            "faults": refused.faults,
            "typed": typed or {},
            "clash": refused.clash,
            "mailed": mailed,
            "digest": digest_of(found.content) if found.content else "",
            "smtp": bool(register.settings.smtp_host),
            "why_not_publish": who.why_not(Do.PUBLISH) or "",
        }
    return working_page(
        request, register, who, "publishing/draft.html", context, status=refused.status if refused else status
    )


def _material(register: Register, example: bool) -> Material:
    """What market updates are composed from, read once until a fact changes. Ask with no connection in hand."""

    def held() -> Material:
        with register.reading() as connection:
            return stored.material(connection, register.now, example=example)

    return register.kept.get(("material", example), held, weigh=lambda read: len(read.grounds) + 10 * len(read.actions))


def _kept_composed(register: Register, who: Visitor, draft: str) -> tuple[DraftPage, Composed]:
    """A draft to look at, composed from what is kept of the facts."""
    example = _example(who)
    facts, held = facts_of(register, example=example), _material(register, example)
    with register.reading() as connection:
        page = _draft(connection, who, draft)
    rows = facts.page(page.written.as_at, register.policy_age).rows
    found = stored.compose(page.written, rows, held, waivers=page.waivers, embargo=page.notice_at, now=register.now)
    return page, publishing.with_print(found, page.waivers, register.settings)


def _draft(connection: Connection, who: Visitor, draft: str) -> DraftPage:
    page = stored.draft(connection, draft)
    if page is None or page.example != _example(who):
        raise NotFoundException("There is no such draft: see the list under Publish.")
    return page


def _composed(connection: Connection, register: Register, who: Visitor, draft: str) -> tuple[DraftPage, Composed]:
    """A draft to act on, composed within the act from what the store says."""
    page = _draft(connection, who, draft)
    found = publishing.composed(
        connection, page.written, waivers=page.waivers, embargo=page.notice_at, now=register.now,
        settings=register.settings, example=page.example,
    )  # fmt: skip
    return page, found


@get("/{draft:str}/preview", sync_to_thread=True)
def preview(request: Asked, register: NamedDependency[Register], draft: FromPath[str]) -> Response[Any]:
    """The page exactly as it will appear, from what would be frozen now."""
    who = visitor(request, register)
    allow(who, Do.COMPOSE)
    page = _would_be(_kept_composed(register, who, draft)[1])
    if page is None:
        return _to_checks(draft)
    context = {**page_context(page), "preview": True, "draft": draft}
    return register.page(request, "publications/page.html", context, public=False)


@get("/{draft:str}/preview.pdf", sync_to_thread=True)
def preview_pdf(request: Asked, register: NamedDependency[Register], draft: FromPath[str]) -> Response[Any]:
    """The PDF as it would be. Unfit where the text cannot be set on paper."""
    who = visitor(request, register)
    allow(who, Do.COMPOSE)
    found = _kept_composed(register, who, draft)[1]
    fit({fault.code: fault.said for fault in failing(found.checks) if fault.check is Check.PRINT})
    page = _would_be(found)
    if page is None:
        return _to_checks(draft)
    body = publication_pdf(page.content, f"{register.settings.base_url}/publications/{page.number}")
    named = {"cache-control": "no-store", "content-disposition": f'inline; filename="{page.number}-preview.pdf"'}
    return Response(body, media_type=PDF, headers=named)


def _would_be(found: Composed) -> PublicationPage | None:
    """What would be frozen now; None while a marker of the text cannot be filled in, which its checks tell."""
    return PublicationPage(found.content, digest_of(found.content)) if found.content else None


def _to_checks(draft: str) -> Redirect:
    return Redirect(f"/publishing/{quote(draft)}#checks", status_code=303)


# --- checks -------------------------------------------------------------------------------------------------


@post("/{draft:str}/waive", sync_to_thread=True)
def waive(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], draft: FromPath[str]
) -> Response[Any]:
    """Waive what a check finds now, with a reason; an empty reason takes the waiver back."""
    who = poster(request, register, posted)
    allow(who, Do.COMPOSE)
    check, reason = posted.get("check", ""), posted.get("reason", "")

    def act(session: Session) -> None:
        _, found = _composed(session.connection(), register, who, draft)
        faults = _found_by(found, check, waived=posted.get("back", "") == "yes")
        drafts.waive(session, actor=needs(who), draft=draft, faults=faults, reason=reason, now=register.now)

    refused = register.attempt({}, act)
    if refused:
        named = Refused({f"reason-{check}": said for said in refused.faults.values()}, refused.clash)
        return _page(request, register, who, draft, refused=named, typed={f"reason-{check}": reason})
    return Redirect(f"/publishing/{quote(draft)}#checks", status_code=303)


def _found_by(found: Composed, check: str, *, waived: bool) -> list[Fault]:
    return [
        fault
        for each in found.checks
        if each.check.value == check
        for fault in ([given for given, _ in each.waived] if waived else each.failing)
    ]


# --- advance notices ----------------------------------------------------------------------------------------


@post("/{draft:str}/notice", sync_to_thread=True)
def tell(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], draft: FromPath[str]
) -> Response[Any]:
    """Tell those whose status would change, under embargo: in the register, and by mail where there is a server."""
    who = poster(request, register, posted)
    allow(who, Do.PUBLISH)
    fields = Fields(posted)
    until = _moment(fields)

    def act(session: Session) -> None:
        connection = session.connection()
        page, found = _composed(connection, register, who, draft)
        rows = found.between.rows if found.between else ()
        sent = told.notices(connection, draft=draft)
        known = told.recipients(connection, page.written, rows, sent, register.now)
        new = [Told(each.organisation, each.text) for each in known if each.new]
        drafts.tell(session, actor=needs(who), draft=draft, told=new, embargo_until=until, now=register.now)

    refused = register.attempt(fields.faults, act)
    if refused:
        return _page(request, register, who, draft, refused=refused, typed=posted)
    said = _mail(register, draft) if register.settings.smtp_host else []
    if said:
        return _page(request, register, who, draft, mailed=said)
    return Redirect(f"/publishing/{quote(draft)}#notice", status_code=303)


def _moment(fields: Fields) -> datetime:
    said = fields.text("embargo_until")
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        fields.faults["embargo_until"] = "Write the moment in UTC as 2026-12-01T09:00."
        return datetime.min.replace(tzinfo=UTC)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _mail(register: Register, draft: str) -> list[str]:
    """Mail every notice that was not mailed yet, each once; what went wrong, in sentences without addresses."""
    with register.reading() as connection:
        whom = told.addressees(connection, draft, register.now)
    said: list[str] = []
    try:
        with mail_server(register.settings) as server:
            for person, name, email, notice in whom:
                said += _mail_one(register, server, person, name, email, notice)
    except NotSent as refused:
        said.append(str(refused))
    return said


def _mail_one(register: Register, server: Any, person: str, name: str, email: str, notice: told.Held) -> list[str]:
    on = notice.embargo_until.date()
    subject = f"notice:{notice.draft}/{notice.organisation}/{digest_of(notice.text)[:12]}"
    title = f"Market update {notice.number}, under embargo until {notice.embargo_until:%Y-%m-%d %H:%M} UTC"
    due = Reminder(Due(DueKind.NOTICE, subject, title, on, f"/notices/{notice.draft}"), 0)
    with register.noting() as session:
        if not claim(session, person_id=person, reminders=[due], now=register.now):
            return []
    sent, said = False, list[str]()
    try:
        text = (
            f"{name},\n\nunder embargo until {notice.embargo_until:%Y-%m-%d %H:%M} UTC, please tell nobody before then."
            f"\n\n{notice.text}\n\n{register.settings.base_url}/notices/{notice.draft}\n"
        )
        send(server, mail(register.settings, name=name, email=email, subject=title, text=text, now=register.now))
        sent = True
    except NotSent as refused:
        said.append(f"{name}: {refused}")
    finally:
        with register.noting() as session:
            settle(session, person_id=person, reminders=[due], sent=sent, now=register.now)
    return said


@get("/{draft:str}", sync_to_thread=True)
def notice(request: Asked, register: NamedDependency[Register], draft: FromPath[str]) -> Response[Any]:
    """What the organisations of the one who asks were told in advance; a publisher reads every notice."""
    who = visitor(request, register)
    someone = needs(who)
    mine = None if who.why_not(Do.PUBLISH) is None else told.reads(someone)
    with register.reading() as connection:
        held = told.notices(connection, draft=draft, organisations=mine)
    if not held:
        raise NotFoundException("No notice of that number went to an organisation of yours.")
    return working_page(request, register, who, "publishing/notice.html", {"held": held})


# --- publishing ---------------------------------------------------------------------------------------------


@post("/{draft:str}/publish", sync_to_thread=True)
def publish(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], draft: FromPath[str]
) -> Response[Any]:
    """Freeze a draft under its number, set its PDF, and make it public."""
    who = poster(request, register, posted)
    allow(who, Do.PUBLISH)
    try:
        with register.acting() as session:
            _, found = _composed(session.connection(), register, who, draft)
            done = publishing.publish(
                session, actor=needs(who), found=found, draft=draft, version=Fields(posted).number("version"),
                now=register.now, settings=register.settings,
            )  # fmt: skip
    except Unfit as unfit:
        refused = Refused({"publish": " ".join(unfit.faults.values())})
        return _page(request, register, who, draft, refused=refused)
    except Stale as stale:
        return _page(request, register, who, draft, refused=Refused(clash=str(stale)))
    return Redirect(f"/publications/{done.number}", status_code=303)


# --- setting aside ------------------------------------------------------------------------------------------


@post("/{draft:str}/set-aside", sync_to_thread=True)
def set_aside(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], draft: FromPath[str]
) -> Response[Any]:
    """Set a draft aside, with the reason."""
    who = poster(request, register, posted)
    allow(who, Do.COMPOSE)
    reason, version = posted.get("aside", ""), Fields(posted).number("version")
    refused = register.attempt(
        {},
        lambda session: drafts.set_aside(
            session, actor=needs(who), draft=draft, reason=reason, version=version, now=register.now
        ),
    )
    if refused:
        return _page(request, register, who, draft, refused=refused, typed={"aside": reason})
    return Redirect("/publishing", status_code=303)


@post("/{draft:str}/take-up", sync_to_thread=True)
def take_up(
    request: Asked, register: NamedDependency[Register], posted: NamedDependency[Posted], draft: FromPath[str]
) -> Response[Any]:
    """Take a draft up again that was set aside."""
    who = poster(request, register, posted)
    allow(who, Do.COMPOSE)
    version = Fields(posted).number("version")
    refused = register.attempt(
        {},
        lambda session: drafts.take_up(session, actor=needs(who), draft=draft, version=version, now=register.now),
    )
    if refused:
        return _page(request, register, who, draft, refused=refused)
    return Redirect(f"/publishing/{quote(draft)}", status_code=303)


WORKED_ON = [listed, new, begin, one, save, preview, preview_pdf, waive, tell, publish, set_aside, take_up]
router = Router("/publishing", route_handlers=WORKED_ON)
notices_router = Router("/notices", route_handlers=[notice])
