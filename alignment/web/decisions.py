"""Decisions: the public ledger; and, for the LME's people, one page a programme to propose, vote, correct."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.database import Connection
from alignment.domain.assessment import Certainty, Scope
from alignment.domain.coverage_map import LIMITS
from alignment.domain.decision import ALLOWED, DECIDING, Act, Approval
from alignment.domain.people import Do, lacks_declaration
from alignment.domain.recognition import RecognitionAct
from alignment.domain.refusal import Refusal
from alignment.queries.decision_ledger import ConditionLine, LedgerEntry, ledger_of, public_ledger
from alignment.queries.decisions import Owned, deciding_page, overview, owned
from alignment.queries.preview import Preview, compare, look
from alignment.queries.programmes import programme_as_at
from alignment.queries.recording import record_form
from alignment.queries.status import metal_names
from alignment.services import decisions, recognitions
from alignment.services.decisions import Asked, Decide
from alignment.services.recognitions import From, Recognise, Tell
from alignment.web.forms import asked_day, asked_moment, asked_text, asked_word
from alignment.web.programmes import MARKS
from alignment.web.reading import Fields
from alignment.web.register import TAKEN, Refused, Register, together
from alignment.web.render import Place
from alignment.web.sessions import Posted, Visitor, allow, needs, poster, visitor, working_page

FOOT = (Place("Decisions", "/decisions"),)
ACTS = {act.value: act for act in Act}
BLANK_CONDITIONS = 3
# What the rules judge by other fields: whether a decision follows depends on its day, and the other way round.
HINGING = {"act": {"effective"}, "effective": {"act"}, "against_advice": {"act", "effective"}}
RECOGNISING = {"recognition_act": {"effective"}}
EU = "Regulation (EU) 2017/821"
OUTCOMES = (
    ("in_progress", "It is in progress"),
    ("complete", "It is complete; the result is not published"),
    ("fully", "Result: fully aligned"),
    ("partially", "Result: partially aligned"),
    ("not", "Result: not aligned"),
)


# --- the public ledger ------------------------------------------------------------------------------


@get("/", sync_to_thread=True)
def ledger(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """Every decision, newest first, with its reason, conditions, appeals and corrections."""
    query = request.query_params
    as_at, known_at = asked_day(query, "as_at", register.today), asked_moment(query, "known_at")
    act, programme = asked_word(query, "act", ACTS), asked_text(query, "programme")
    with register.reading() as connection:
        page = public_ledger(connection, as_at=as_at, known_at=known_at, act=act, programme=programme)
    context = {
        "page": page,
        "act": act,
        "programme": asked_word(query, "programme", [id for id, _ in page.programmes]),
        "acts": [(each.value, each.label) for each in Act],
        "marks": MARKS,
        "today": register.today,
    }
    return register.page(request, "decisions/ledger.html", context)


# --- for those who decide -----------------------------------------------------------------------------


@get("/due", sync_to_thread=True)
def due(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """Every programme with its approval, what the facts support, and what waits."""
    who = visitor(request, register)
    someone = allow(who, Do.KEEP_REGISTER)
    with register.reading() as connection:
        rows = overview(connection, today=register.today, example=someone.is_demonstration)
    return working_page(request, register, who, "decisions/due.html", {"rows": rows})


@get("/{programme:str}", sync_to_thread=True)
def one(
    request: Request[Any, Any, Any], register: NamedDependency[Register], programme: FromPath[str]
) -> Response[str]:
    """One programme: facts and advice, the ledger, what waits, and the form of a decision."""
    who = visitor(request, register)
    query = request.query_params
    typed = {
        "act": asked_word(query, "act", ACTS),
        "corrects": query.get("corrects", ""),
        "effective": query.get("effective") or register.today.isoformat(),
    }
    preview = None
    if query.get("preview"):
        allow(who, Do.KEEP_REGISTER)
        with register.noting() as session:
            waiting = decisions.open_proposal(session, programme)
            proposed = decisions.decide_of(waiting) if waiting else None
        preview = _preview(register, proposed) if proposed else None
    return _page(request, register, who, programme, typed=typed, preview=preview)


@post("/{programme:str}", sync_to_thread=True)
def decide(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    programme: FromPath[str],
) -> Response[Any]:
    """Put a decision, or look first at what it would change."""
    who = poster(request, register, posted)
    act, faults = _read(posted, programme)
    looking = posted.get("do") == "preview"
    if looking:
        allow(who, Do.KEEP_REGISTER)
        with register.noting() as session:
            faults = together(faults, decisions.faults_of(session, act=act, now=register.now), HINGING)
        # A missing reason does not change the table: the preview is shown, and the sentence beside the field.
        shown = None if faults.keys() - {"reason", "against_advice"} else _preview(register, act)
        return _page(request, register, who, programme, typed=posted, refused=Refused(faults), preview=shown)
    refused = register.attempt(
        faults,
        lambda session: decisions.propose(
            session, actor=needs(who), act=act, quorum=register.settings.quorum, now=register.now
        ),
        hinging=HINGING,
    )
    if refused:
        return _page(request, register, who, programme, typed=posted, refused=refused)
    return Redirect(f"/decisions/{quote(programme)}#ledger", status_code=303)


@post("/{programme:str}/vote", sync_to_thread=True)
def vote(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    programme: FromPath[str],
) -> Response[Any]:
    """A decider's voice on the proposal that waits, or its withdrawal."""
    who = poster(request, register, posted)
    refused = register.attempt(
        {},
        lambda session: decisions.vote(
            session,
            actor=needs(who),
            proposal=posted.get("proposal", ""),
            word=posted.get("vote", ""),
            reason=posted.get("vote_reason", ""),
            now=register.now,
        ),
    )
    if refused:
        return _page(request, register, who, programme, voting=posted, refused=refused)
    return Redirect(f"/decisions/{quote(programme)}#ledger", status_code=303)


@post("/{programme:str}/conditions", sync_to_thread=True)
def meet(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    programme: FromPath[str],
) -> Response[Any]:
    """A condition is met, or what was said of it is put right."""
    who = poster(request, register, posted)
    fields = Fields(posted)
    met_on, condition = fields.perhaps_day("met_on"), posted.get("condition", "")
    refused = register.attempt(
        fields.faults,
        lambda session: decisions.meet_condition(
            session,
            actor=needs(who),
            condition=condition,
            met_on=met_on,
            statement=fields.text("met_statement"),
            version=fields.number("version"),
            now=register.now,
        ),
    )
    if refused:
        return _page(request, register, who, programme, meeting=posted, refused=refused)
    return Redirect(f"/decisions/{quote(programme)}#set-conditions", status_code=303)


@post("/{programme:str}/appeals", sync_to_thread=True)
def settle(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    programme: FromPath[str],
) -> Response[Any]:
    """The outcome of an appeal."""
    who = poster(request, register, posted)
    fields = Fields(posted)
    outcome_on = fields.day("outcome_on")
    refused = register.attempt(
        fields.faults,
        lambda session: decisions.settle_appeal(
            session,
            actor=needs(who),
            appeal=posted.get("appeal", ""),
            outcome=posted.get("outcome", ""),
            outcome_on=outcome_on,
            text=fields.text("outcome_text"),
            version=fields.number("version"),
            now=register.now,
        ),
    )
    if refused:
        return _page(request, register, who, programme, settling=posted, refused=refused)
    return Redirect(f"/decisions/{quote(programme)}#appeals", status_code=303)


# --- appeals ------------------------------------------------------------------------------------------


@get("/{programme:str}/appeal", sync_to_thread=True)
def appeal_form(
    request: Request[Any, Any, Any], register: NamedDependency[Register], programme: FromPath[str]
) -> Response[str]:
    """The form of an appeal: for the owner of the programme, and for the LME to enter what it was sent."""
    who = visitor(request, register)
    return _appeal(request, register, who, programme, typed={"filed_on": register.today.isoformat()})


@post("/{programme:str}/appeal", sync_to_thread=True)
def appeal(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    programme: FromPath[str],
) -> Response[Any]:
    """Enter an appeal against a decision."""
    who = poster(request, register, posted)
    fields = Fields(posted)
    filed_on = fields.day("filed_on")
    refused = register.attempt(
        fields.faults,
        lambda session: decisions.appeal(
            session,
            actor=needs(who),
            programme=programme,
            decision=posted.get("decision", ""),
            text=fields.text("appeal_text"),
            filed_on=filed_on,
            by_organisation=fields.text("by_organisation"),
            now=register.now,
        ),
    )
    if refused:
        return _appeal(request, register, who, programme, typed=posted, refused=refused)
    return Redirect(f"/decisions/{quote(programme)}/appeal#filed", status_code=303)


def _appeal(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    programme: str,
    *,
    typed: Mapping[str, str],
    refused: Refused = TAKEN,
) -> Response[str]:
    needs(who)
    with register.reading() as connection:
        page = _owned(connection, register, programme)
        reason = decisions.why_not_appeal(who.someone, page.matter)
        if reason:
            raise Refusal(reason)
        entries = ledger_of(connection, programme)
    context = {
        "page": page,
        "ledger": entries,
        "typed": typed,
        "faults": refused.faults,
        "for_lme": who.why_not(Do.KEEP_REGISTER, page.matter) is None,
        "outcomes": decisions.OUTCOMES,
    }
    return working_page(request, register, who, "decisions/appeal.html", context, status=refused.status)


# --- what was published elsewhere ------------------------------------------------------------------------


@get("/{programme:str}/record", sync_to_thread=True)
def record(
    request: Request[Any, Any, Any], register: NamedDependency[Register], programme: FromPath[str]
) -> Response[str]:
    """The forms for what others published about a programme."""
    return _record(request, register, visitor(request, register), programme)


@post("/{programme:str}/recognitions", sync_to_thread=True)
def recognise(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    programme: FromPath[str],
) -> Response[Any]:
    """Enter what another authority did."""
    who = poster(request, register, posted)
    fields = Fields(posted)
    acts = {each.value: each for each in RecognitionAct}
    act = Recognise(
        programme=programme,
        authority=fields.text("authority"),
        under=fields.text("under"),
        act=fields.word("recognition_act", acts, "Choose what the authority did."),
        effective=fields.when("effective"),
        announced=fields.perhaps_day("announced"),
        reference=fields.text("reference"),
        statement=fields.text("statement"),
        corrects=fields.text("corrects"),
        source=_source(fields),
    )
    refused = register.attempt(
        fields.faults,
        lambda session: recognitions.recognise(session, actor=needs(who), act=act, now=register.now),
        hinging=RECOGNISING,
    )
    if refused:
        return _record(request, register, who, programme, recognising=posted, recognition_refused=refused)
    return Redirect(f"/decisions/{quote(programme)}#facts", status_code=303)


@post("/{programme:str}/results", sync_to_thread=True)
def tell(
    request: Request[Any, Any, Any],
    register: NamedDependency[Register],
    posted: NamedDependency[Posted],
    programme: FromPath[str],
) -> Response[Any]:
    """Enter what was published of an assessment."""
    who = poster(request, register, posted)
    fields = Fields(posted)
    act = Tell(
        programme=programme,
        scope=fields.word("scope", {each.value: each for each in Scope}, "Choose a part, or the whole."),
        outcome=fields.text("outcome"),
        effective=fields.when("effective"),
        round=fields.text("round"),
        edition=fields.text("edition"),
        assessor=fields.text("assessor"),
        statement=fields.text("statement"),
        rests_on=fields.text("rests_on"),
        source=_source(fields),
    )
    refused = register.attempt(
        fields.faults,
        lambda session: recognitions.tell(
            session, actor=needs(who), act=act, editions=frozenset(register.catalogues), now=register.now
        ),
    )
    if refused:
        return _record(request, register, who, programme, telling=posted, result_refused=refused)
    return Redirect(f"/decisions/{quote(programme)}#facts", status_code=303)


def _source(fields: Fields) -> From:
    return From(
        source=fields.text("source"),
        title=fields.text("source_title"),
        issuer=fields.text("source_issuer"),
        issued=fields.perhaps_when("source_issued"),
        address=fields.text("source_address"),
        place=fields.text("place"),
        certainty=fields.word("certainty", {each.value: each for each in Certainty}, "Choose how sure this is."),
        remark=fields.text("remark"),
    )


def _record(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    programme: str,
    *,
    recognising: Mapping[str, str] | None = None,
    telling: Mapping[str, str] | None = None,
    recognition_refused: Refused = TAKEN,
    result_refused: Refused = TAKEN,
) -> Response[str]:
    needs(who)
    with register.reading() as connection:
        page = _owned(connection, register, programme)
        allow(who, Do.KEEP_REGISTER, page.matter)
        form = record_form(connection, programme, example=page.programme.example)
    context = {
        "page": page,
        "form": form,
        "recognising": recognising or {"under": EU},
        "telling": telling or {},
        "recognition_faults": recognition_refused.faults,
        "result_faults": result_refused.faults,
        "result_errors": {f"result-{name}": sentence for name, sentence in result_refused.faults.items()},
        "acts": [(each.value, each.label) for each in RecognitionAct],
        "scopes": [(each.value, each.label) for each in Scope],
        "outcomes": OUTCOMES,
        "editions": [(id, id) for id in register.catalogues],
        "certainties": [(each.value, each.label) for each in Certainty],
    }
    return working_page(
        request, register, who, "decisions/record.html", context, status=(recognition_refused or result_refused).status
    )


# --- the working page ---------------------------------------------------------------------------------


def _read(posted: Posted, programme: str) -> tuple[Decide, dict[str, str]]:
    """The decision that a form says."""
    fields = Fields(posted)
    conditions = []
    for text, due in zip(posted.every("condition"), posted.every("condition_due"), strict=False):
        if text.strip():
            one = Fields(Posted([("conditions", due)], []))
            conditions.append(Asked(text.strip(), one.perhaps_day("conditions")))
            fields.faults |= one.faults
        elif due.strip():
            fields.faults["conditions"] = "A day is given for a condition that says nothing."
    act = Decide(
        programme=programme,
        act=fields.word("act", ACTS, "Choose what is decided."),
        effective=fields.when("effective"),
        reason=fields.text("reason"),
        against_advice=fields.text("against_advice"),
        conditions=tuple(conditions),
        published_note=fields.text("published_note"),
        published_link=fields.text("published_link"),
        corrects=fields.text("corrects"),
        based_on=fields.text("based_on"),
    )
    return act, fields.faults


def _preview(register: Register, act: Decide) -> Preview:
    """The public pages of the day on which it holds, without the decision and with it. Nothing is kept."""
    as_at = max(register.today, act.effective.on)
    asked: dict[str, Any] = {
        "as_at": as_at,
        "catalogue": register.catalogue,
        "track_a": register.track_a,
        "policy_age": register.policy_age,
    }
    with register.reading() as connection:
        programme = _owned(connection, register, act.programme).programme
        metals = metal_names(connection)
        before = look(connection, programme, **asked)
    with register.noting() as session, decisions.supposed(session, act=act, now=register.now) as supposed:
        after = look(supposed, programme, **asked)
    return compare(before, after, act.programme, as_at=as_at, metals=metals)


def _owned(connection: Connection, register: Register, programme: str) -> Owned:
    """The programme of an address; a 404 where there is none."""
    found = owned(connection, programme, today=register.today)
    if found is None:
        raise _no_programme(programme)
    return found


def _no_programme(programme: str) -> NotFoundException:
    return NotFoundException(f"There is no programme “{programme[:60]}”: see the list under Decisions.")


def _page(
    request: Request[Any, Any, Any],
    register: Register,
    who: Visitor,
    programme: str,
    *,
    typed: Mapping[str, str] | None = None,
    voting: Mapping[str, str] | None = None,
    meeting: Mapping[str, str] | None = None,
    settling: Mapping[str, str] | None = None,
    preview: Preview | None = None,
    refused: Refused = TAKEN,
) -> Response[str]:
    needs(who)
    with register.reading() as connection:
        page = deciding_page(connection, programme, today=register.today)
    if page is None:
        raise _no_programme(programme)
    allow(who, Do.KEEP_REGISTER, page.matter)
    facts = programme_as_at(page.records, register.today, register.policy_age, register.catalogues)
    context = {
        "page": page,
        "facts": facts,
        "typed": typed or {"effective": register.today.isoformat()},
        "voiding": _voiding(page.ledger, typed or {}),
        "conditions": _conditions(typed or {}, page.ledger),
        "voting": voting or {},
        "meeting": meeting or {},
        "settling": settling or {},
        "faults": refused.faults,
        "clash": refused.clash,
        "preview": preview,
        "limits": LIMITS,
        "acts": _acts(page.approval, correcting=bool(typed and typed.get("corrects"))),
        "marks": MARKS,
        "outcomes": decisions.OUTCOMES,
        "quorum": register.settings.quorum,
        "why": who.why_not(Do.DECIDE, page.matter),
        "undeclared": lacks_declaration(needs(who), Do.DECIDE, page.matter),
    }
    return working_page(
        request, register, who, "decisions/page.html", context, status=200 if preview else refused.status
    )


def _acts(approval: Approval, *, correcting: bool) -> list[tuple[str, str, str]]:
    """The acts with what is to be known of each; what a correction can follow stood before the entry it corrects."""
    return [
        (
            act.value,
            act.label,
            "" if correcting or act in ALLOWED[approval] else "does not follow from today’s approval",
        )
        for act in DECIDING
    ]


def _voiding(ledger: Iterable[LedgerEntry], typed: Mapping[str, str]) -> LedgerEntry | None:
    """The entry that is to be declared void; None where a form asks for something else."""
    if typed.get("act") != Act.VOID:
        return None
    fit = (each for each in ledger if each.in_force and not each.voids)
    return next((each for each in fit if each.id == typed.get("corrects")), None)


def _conditions(typed: Mapping[str, str], ledger: Iterable[LedgerEntry]) -> list[tuple[str, str]]:
    """The rows of the form: those that were typed, or else those of what is corrected, and a few blank ones."""
    if isinstance(typed, Posted):
        pairs = zip(typed.every("condition"), typed.every("condition_due"), strict=False)
        rows = [(text, due) for text, due in pairs if text.strip() or due.strip()]
    else:
        rows = [(each.text, each.due.isoformat() if each.due else "") for each in _set_before(typed, ledger)]
    return rows + [("", "")] * (BLANK_CONDITIONS if not rows else 1)


def _set_before(typed: Mapping[str, str], ledger: Iterable[LedgerEntry]) -> tuple[ConditionLine, ...]:
    """The conditions of the entry to be corrected; of the one that it declares void, where it does."""
    entries = {each.id: each for each in ledger}
    entry = entries.get(typed.get("corrects", ""))
    if entry is not None and entry.voids:
        entry = entries[entry.corrects]
    return entry.conditions if entry else ()


router = Router(
    "/decisions",
    route_handlers=[
        ledger, due, one, decide, vote, meet, settle, appeal_form, appeal, record, recognise, tell,
    ],
)  # fmt: skip
