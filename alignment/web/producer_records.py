"""A producer's own record: begun, filled by forms, corrected, withdrawn, verified; and what each brand leaves open."""

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
from alignment.domain import keeping
from alignment.domain.claim import KINDS
from alignment.domain.coverage_map import LIMITS, tally
from alignment.domain.entering import BrandKnown, Known
from alignment.domain.keeping import Noun, Values
from alignment.domain.people import EXAMPLE, Do, Matter
from alignment.domain.producer_record import BRAND, PRODUCER, noun_of
from alignment.domain.refusal import Refusal
from alignment.queries.brands import BrandPage, brand_page
from alignment.queries.coverage import CoveragePage
from alignment.queries.producer_records import (
    Elsewhere,
    EntryPage,
    certificates_elsewhere,
    entry_page,
    known,
    latest,
    record_page,
    records,
)
from alignment.queries.register import in_words
from alignment.services import producer_records as keep
from alignment.services.producer_records import Entry
from alignment.web.brands import declarable_on
from alignment.web.clashes import sides
from alignment.web.coverage import Asked, kept_coverage, options, what_if
from alignment.web.forms import asked_word
from alignment.web.reading import Fields
from alignment.web.register import TAKEN, Refused, Register
from alignment.web.sessions import Posted, Visitor, allow, needs, poster, visitor, working_page

Sent = Request[Any, Any, Any]
Faults = Mapping[str, str]

OF_A_BRAND = ("declarations", "certificates", "answers")
ORDER = ("declarations", "certificates", "answers", "sites", "brands", "claims")


@get("/", sync_to_thread=True)
def listed(request: Sent, register: NamedDependency[Register]) -> Response[Any]:
    """The records that somebody may open; whoever keeps one alone is led to it."""
    who = visitor(request, register)
    someone = needs(who)
    reads_all, example = not who.why_not(Do.SEE_RECORDS), someone.is_demonstration
    offered = declarable_on(register, register.today, None, example=example).listed if reads_all else ()
    named = {each.id: each.short_name for each in offered}
    with register.reading() as connection:
        lines = records(connection, someone)
        brands = register.reached.brands(connection, example=example) if reads_all else ()
    context = {
        "lines": lines,
        "brands": brands,
        "named": named,
        "asked": len(register.track_a.requirements),
        "limits": LIMITS,
    }
    return working_page(request, register, who, "producer_records/list.html", context)


@get("/{producer:str}", sync_to_thread=True)
def record(request: Sent, register: NamedDependency[Register], producer: FromPath[str]) -> Response[Any]:
    """One record, whole; the form to begin it where that has not been done."""
    return _record(request, register, _reader(request, register, producer), producer)


def _record(
    request: Sent,
    register: Register,
    who: Visitor,
    producer: str,
    *,
    values: Values | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    with register.reading() as connection:
        page = record_page(connection, producer, track_a=register.track_a, as_at=register.today)
        done = latest(connection, producer) if page else ()
        names = {line.id: line.name for line in records(connection, needs(who))} if page is None else {}
    why = who.why_not(Do.KEEP_BRAND, Matter(producer=producer))
    if page is None:
        if producer not in names:
            raise NotFoundException("There is no such record, or none that you may open.")
        context = {
            "producer": producer, "noun": PRODUCER, "values": values or {"name": names[producer]},
            "faults": refused.faults, "why": why,
        }  # fmt: skip
        return working_page(request, register, who, "producer_records/begin.html", context, status=refused.status)
    context = {
        "record": page, "page": page.page, "done": done, "why": why, "kinds": KINDS,
        "edition": register.track_a.edition, "limits": LIMITS,
    }  # fmt: skip
    return working_page(request, register, who, "producer_records/record.html", context)


@post("/{producer:str}", sync_to_thread=True)
def begin(
    request: Sent, register: NamedDependency[Register], posted: NamedDependency[Posted], producer: FromPath[str]
) -> Response[Any]:
    """Begin the record of one's own organisation."""
    who = _keeper(request, register, posted, producer)
    values, faults = keeping.read(PRODUCER, posted, {})
    if faults:  # nothing else of its form is judged
        return _record(request, register, who, producer, values=values, refused=Refused(faults))
    with register.acting() as session:
        keep.begin_record(session, actor=needs(who), producer=producer, values=values, now=register.now)
    return Redirect(f"/records/{quote(producer)}", status_code=303)


# --- a new entry -----------------------------------------------------------------------------------------


@get("/{producer:str}/{noun:str}/new", sync_to_thread=True)
def new(
    request: Sent, register: NamedDependency[Register], producer: FromPath[str], noun: FromPath[str]
) -> Response[Any]:
    """The form of a new entry: of a brand with ``?brand=``, of a claim with ``?kind=``.

    ``?like=`` begins it with what a certificate of another brand of the record says.
    """
    who = _reader(request, register, producer)
    like = request.query_params.get("like", "")[:120] if noun == "certificates" else ""
    values = {**_entry(register, producer, noun, like)[1].values, "remark": ""} if like else None
    return _new(request, register, who, producer, noun, request.query_params, values=values)


def _started(register: Register, asked: Mapping[str, str], brand: BrandKnown | None) -> Values:
    """What a new form begins with: shown to everybody, from today, the metal and the sites of its brand."""
    started: Values = {"public": True, "effective": register.today.isoformat(), "item": asked.get("item", "")[:20]}
    if brand is not None:
        started |= {"metals": [brand.metal], "sites": sorted(brand.sites)}
    return started


def _offered(held: Known, brand: BrandKnown | None, values: Values) -> dict[str, list[tuple[str, str]]]:
    """What a form offers; of a brand only the programmes that have its metal in scope, and what was chosen."""
    found = held.choices()
    if brand is not None:
        chosen = {values.get("programme", ""), *values.get("programmes", [])}
        scope = [each for each, known in held.programmes.items() if known.covers(brand.metal) or each in chosen]
        found["programmes"] = [pair for pair in found["programmes"] if pair[0] in scope]
    return found


def _new(
    request: Sent,
    register: Register,
    who: Visitor,
    producer: str,
    noun_id: str,
    asked: Mapping[str, str],
    *,
    values: Values | None = None,
    refused: Refused = TAKEN,
) -> Response[Any]:
    noun, brand, kind = _noun(noun_id, asked)
    held = _known(register, producer)
    _of_the_record(held, noun_id, brand)
    about = held.brands.get(brand)
    elsewhere: tuple[Elsewhere, ...] = ()
    if noun_id == "certificates" and values is None:
        with register.reading() as connection:
            elsewhere = certificates_elsewhere(connection, producer, brand)
    values = _started(register, asked, about) if values is None else values
    context = {
        "producer": producer, "noun": noun, "brand": about, "kind": KINDS.get(kind),
        "values": values, "faults": refused.faults, "choices": _offered(held, about, values),
        "why": who.why_not(Do.KEEP_BRAND, Matter(producer=producer)), "edition": register.track_a.edition,
        "elsewhere": [(each.id, each.title) for each in elsewhere],
    }  # fmt: skip
    return working_page(request, register, who, "producer_records/new.html", context, status=refused.status)


@post("/{producer:str}/{noun:str}", sync_to_thread=True)
def add(
    request: Sent,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    producer: FromPath[str],
    noun: FromPath[str],
) -> Response[Any]:
    """Enter a site, a brand, a declaration, a certificate, an answer or a claim."""
    who = _keeper(request, register, posted, producer)
    kind_of, brand, kind = _noun(noun, posted)
    values, faults = keeping.read(kind_of, posted, {})
    entry = Entry(kind_of, producer, values, brand, kind)
    enter = keep.add if noun in ("sites", "brands") else keep.state
    refused = _attempt(
        register, entry, faults,
        lambda session: enter(session, actor=needs(who), entry=entry, items=_items(register), now=register.now),
    )  # fmt: skip
    if refused:
        return _new(request, register, who, producer, noun, posted, values=values, refused=refused)
    return Redirect(_after(producer, noun, brand, refused.made), status_code=303)


def _attempt(register: Register, entry: Entry, faults: Faults, act: Callable[[Session], object]) -> Refused:
    """Act on an entry. Where something of it could not be read, that is told with what the register would refuse."""
    if not faults:
        return register.attempt({}, act)
    held = _known(register, entry.producer)
    every = {**keep.faults_as_far_as_read(entry, held, faults, register.today), **faults}
    return Refused({field.name: every[field.name] for field in entry.noun.fields if field.name in every})


def _after(producer: str, noun: str, brand: str, id: str) -> str:
    """Where somebody goes on: at the brand that an entry is about, or at the record."""
    here = f"/records/{quote(producer)}"
    if noun == "brands":
        return f"{here}/brands/{quote(id)}"
    if noun in OF_A_BRAND:
        return f"{here}/brands/{quote(brand)}#{noun}"
    return f"{here}#{'sites' if noun == 'sites' else f'entry-{id}'}"


# --- one brand: what it declares, what stays open ------------------------------------------------------------


def _brand(request: Sent, register: Register, who: Visitor, producer: str, id: str) -> Response[Any]:
    """One brand in one place: what stays open and what closes it, what-ifs, track, certificates, checklist."""
    example = id.startswith(EXAMPLE)
    offered = declarable_on(register, register.today, None, example=example)
    why = who.why_not(Do.KEEP_BRAND, Matter(producer=producer))
    with register.reading() as connection:
        page = brand_page(connection, id, offered, track_a=register.track_a, as_at=register.today, private=True)
        if page is None or page.brand.producer != producer:
            raise NotFoundException("There is no such brand in this record.")
        elsewhere = () if why else certificates_elsewhere(connection, producer, id)
        asked = _asked(request, register, page)
    coverage = _coverage(register, asked) if page.brand.settled else None
    context = {
        "producer": producer, "page": page, "brand": page.brand, "coverage": coverage, "limits": LIMITS,
        "why": why, "edition": register.track_a.edition, "elsewhere": len(elsewhere),
        **(_open(request, asked, coverage) if coverage else {}),
    }  # fmt: skip
    return working_page(request, register, who, "producer_records/brand.html", context)


def _coverage(register: Register, asked: Asked) -> CoveragePage:
    return kept_coverage(register, asked.metal, example=asked.example).page(
        catalogue=register.catalogue, track_a=register.track_a, stage=asked.stage, as_at=asked.as_at,
        policy_age=register.policy_age, programmes=asked.programmes, first=None,
    )  # fmt: skip


def _asked(request: Sent, register: Register, page: BrandPage) -> Asked:
    """The programmes that the brand declares, or those that somebody tries out in the address (``?p=``)."""
    declared = [each for each, _ in page.declared.programmes] if page.declared else []
    in_scope = [each.id for each in page.programmes]
    tried = [asked_word({"p": each}, "p", in_scope) for each in request.query_params.getall("p", []) if each.strip()]
    return Asked(
        metal=page.brand.metal, stage=page.brand.stage.value if page.brand.stage else "", as_at=register.today,
        known_at=None, programmes=tuple(tried or [each for each in declared if each in in_scope]),
        example=page.example, today=register.today, page=f"/records/{page.brand.producer}/brands/{page.brand.id}",
    )  # fmt: skip


def _open(request: Sent, asked: Asked, coverage: CoveragePage) -> dict[str, Any]:
    return {
        "asked": asked, "named": {line.id: line.row.short_name for line in coverage.lines},
        "options": list(options(coverage)), "what_if": what_if(request, coverage), "tally": tally,
    }  # fmt: skip


# --- one entry ---------------------------------------------------------------------------------------------


@get("/{producer:str}/{noun:str}/{id:str}", sync_to_thread=True)
def one(
    request: Sent,
    register: NamedDependency[Register],
    producer: FromPath[str],
    noun: FromPath[str],
    id: FromPath[str],
) -> Response[Any]:
    """One entry: its form to correct it, whose word it is, and how it came to this. A brand has a page of its own."""
    if noun == "brands":
        return _brand(request, register, _reader(request, register, producer), producer, id)
    who = visitor(request, register)
    needs(who)
    if who.why_not(Do.SEE_RECORD, Matter(producer=producer)) and noun == "certificates":
        allow(who, Do.VERIFY_CLAIM, _entry(register, producer, noun, id)[1].matter)
        return _one(request, register, who, producer, noun, id)
    return _one(request, register, _reader(request, register, producer), producer, noun, id)


@get("/{producer:str}/{noun:str}/{id:str}/edit", sync_to_thread=True)
def edit(
    request: Sent,
    register: NamedDependency[Register],
    producer: FromPath[str],
    noun: FromPath[str],
    id: FromPath[str],
) -> Response[Any]:
    """The form of a brand: its metal, stage, sites and listing."""
    return _one(request, register, _reader(request, register, producer), producer, noun, id)


def _one(
    request: Sent,
    register: Register,
    who: Visitor,
    producer: str,
    noun: str,
    id: str,
    refused: Refused = TAKEN,
    **told: Any,
) -> Response[Any]:
    held, found = _entry(register, producer, noun, id)
    why = who.why_not(Do.KEEP_BRAND, Matter(producer=producer))
    about = held.brands.get(found.brand) if found.noun is not BRAND else None
    offered = _offered(held, about, found.values)
    context: dict[str, Any] = {
        "producer": producer, "entry": found, "noun": found.noun, "brand": held.brands.get(found.brand),
        "values": found.values, "version": found.version, "reason": "", "seen": "",
        "faults": refused.faults, "trouble": "" if refused.sides else refused.said,
        "choices": offered, "why": why,
        "sides": sides(refused.sides, lambda name, value: in_words(found.noun.field(name), value, offered)),
        "why_not_verify": who.why_not(Do.VERIFY_CLAIM, found.matter),
        "can_verify": noun in ("claims", *OF_A_BRAND) and found.stands and not found.said.verified,
        "edition": register.track_a.edition, "others": _not_held_by(held, found) if noun == "certificates" else (),
    }  # fmt: skip
    return working_page(request, register, who, "producer_records/entry.html", context | told, status=refused.status)


def _not_held_by(held: Known, found: EntryPage) -> tuple[tuple[str, str], ...]:
    """The other brands of the record, for which this certificate has not been entered as far as its number tells."""
    what = (found.values["kind"], found.values["number"].casefold())
    return tuple(
        (each.id, each.name)
        for each in held.brands.values()
        if each.id != found.brand and (each.id, *what) not in held.certificates
    )


@post("/{producer:str}/{noun:str}/{id:str}", sync_to_thread=True)
def change(
    request: Sent,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    producer: FromPath[str],
    noun: FromPath[str],
    id: FromPath[str],
) -> Response[Any]:
    """Change what is kept, from the version of its form; correct what was stated, by a new entry."""
    who = _keeper(request, register, posted, producer)
    _, found = _entry(register, producer, noun, id)
    values, faults = keeping.read(found.noun, posted, {})
    stated = noun in ("claims", *OF_A_BRAND)
    entry = Entry(found.noun, producer, values, found.brand if stated else "", found.kind, id if stated else "")

    def act(session: Session) -> str:
        if stated:
            return keep.state(session, actor=needs(who), entry=entry, items=_items(register), now=register.now)
        keep.change(
            session, actor=needs(who), entry=entry, id=id, version=Fields(posted).number("version"),
            items=_items(register), now=register.now,
        )  # fmt: skip
        return id

    refused = _attempt(register, entry, faults, act)
    if refused.sides:
        merged, version = refused.sides.kept, refused.sides.version
        return _one(request, register, who, producer, noun, id, refused, values=merged, version=version)
    if refused:
        return _one(request, register, who, producer, noun, id, refused, values=values)
    return Redirect(_after(producer, noun, found.brand, refused.made), status_code=303)


@post("/{producer:str}/{noun:str}/{id:str}/withdraw", sync_to_thread=True)
def withdraw(
    request: Sent,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    producer: FromPath[str],
    noun: FromPath[str],
    id: FromPath[str],
) -> Response[Any]:
    """Take back what was stated; it stays in the history with the reason."""
    who = _keeper(request, register, posted, producer)
    found = _stated(register, producer, noun, id)
    reason = posted.get("reason", "")
    refused = register.attempt(
        {},
        lambda session: keep.withdraw(
            session, actor=needs(who), noun=found.noun, producer=producer, id=id, reason=reason, now=register.now
        ),
    )
    if refused:
        return _one(request, register, who, producer, noun, id, refused, reason=reason)
    return Redirect(_after(producer, noun, found.brand, id).partition("#")[0], status_code=303)


@post("/{producer:str}/{noun:str}/{id:str}/verify", sync_to_thread=True)
def verify(
    request: Sent,
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    producer: FromPath[str],
    noun: FromPath[str],
    id: FromPath[str],
) -> Response[Any]:
    """Somebody outside the producer confirms what it states."""
    who = poster(request, register, posted)
    found = _stated(register, producer, noun, id)
    allow(who, Do.VERIFY_CLAIM, found.matter)
    seen = posted.get("seen", "")
    refused = register.attempt(
        {},
        lambda session: keep.verify(
            session, actor=needs(who), noun=found.noun, producer=producer, id=id, seen=seen, now=register.now
        ),
    )
    if refused:
        return _one(request, register, who, producer, noun, id, refused, seen=seen)
    return Redirect(_after(producer, noun, found.brand, id).partition("#")[0], status_code=303)


# --- what all of them need ------------------------------------------------------------------------------------


def _reader(request: Sent, register: Register, producer: str) -> Visitor:
    who = visitor(request, register)
    allow(who, Do.SEE_RECORD, Matter(producer=producer))
    _same_world(who, producer)
    return who


def _keeper(request: Sent, register: Register, posted: Posted, producer: str) -> Visitor:
    who = poster(request, register, posted)
    allow(who, Do.KEEP_BRAND, Matter(producer=producer))
    return who


def _same_world(who: Visitor, producer: str) -> None:
    """Demonstration people look at the worked example, everybody else at the register."""
    if not who.why_not(Do.KEEP_BRAND, Matter(producer=producer)):
        return
    if needs(who).is_demonstration != producer.startswith(EXAMPLE):
        raise Refusal("Demonstration people read the worked example alone, and nobody else reads it here.")


def _items(register: Register) -> dict[str, str]:
    return {item.code: f"{item.code} {item.title}" for item in register.track_a.checklist}


def _known(register: Register, producer: str) -> Known:
    with register.reading() as connection:
        return known(connection, producer, _items(register))


def _noun(id: str, asked: Mapping[str, str]) -> tuple[Noun, str, str]:
    """The noun of an address, with the brand and the kind of claim that it is about."""
    kind = asked.get("kind", "")[:60]
    found = noun_of(id, kind) if id in ORDER else None
    if found is None:
        raise NotFoundException("That is no part of a producer’s record: go on from the record itself.")
    return found, asked.get("brand", "")[:120] if id in OF_A_BRAND else "", kind if id == "claims" else ""


def _of_the_record(held: Known, noun: str, brand: str) -> None:
    if noun in OF_A_BRAND and brand not in held.brands:
        raise NotFoundException("There is no such brand in this record: open one from the list of brands.")


def _entry(register: Register, producer: str, noun: str, id: str) -> tuple[Known, EntryPage]:
    with register.reading() as connection:
        held = known(connection, producer, _items(register))
        found = entry_page(connection, producer, noun, id, held)
    if found is None:
        raise NotFoundException("There is no such entry in this record.")
    return held, found


def _stated(register: Register, producer: str, noun: str, id: str) -> EntryPage:
    _, found = _entry(register, producer, noun, id)
    if found.noun in (PRODUCER, BRAND) or noun not in ("claims", *OF_A_BRAND):
        raise NotFoundException("This is kept from version to version: change it, and its history keeps what it was.")
    return found


router = Router("/records", route_handlers=[listed, record, begin, new, add, one, edit, change, withdraw, verify])
