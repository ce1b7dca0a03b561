"""What others published: acts of other authorities, and results of parts, entered with source and both times.

These facts are recorded, not acted: the LME's people enter what a document says, and who decided it there is
no question of our rules.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from sqlmodel import Session, SQLModel, col, func, select

from alignment.domain.assessment import Certainty, Progress, ResultKind, Scope
from alignment.domain.catalogue import Part
from alignment.domain.deciding import why_not_precede, why_not_recognise
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Someone
from alignment.domain.programme import RecognitionFact
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.refusal import Missing, fit
from alignment.domain.when import When, holding, say_day
from alignment.services import ledger
from alignment.services.decisions import matter_of, require
from alignment.services.holding import held_of
from alignment.tables import Assessment, Organisation, PartProgress, Programme, Recognition, Result, RoundTeam, Source

MOST_TEXT = 4000
OUTCOMES = ("in_progress", "complete", "fully", "partially", "not")
"""What can be published of a part: that it is under way, that it is complete, or its result."""


@dataclass(frozen=True, slots=True)
class From:
    """Where a fact stands: a document of the register, or a new one; the place in it, and how sure that is."""

    source: str = ""
    title: str = ""
    issuer: str = ""
    issued: When | None = None
    address: str = ""
    place: str = ""
    certainty: Certainty = Certainty.FOUND
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Recognise:
    """An act of another authority on a programme."""

    programme: str
    authority: str
    under: str
    act: RecognitionAct
    effective: When
    source: From
    announced: date | None = None
    reference: str = ""
    statement: str = ""
    corrects: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    """What was published of a part, or of the whole, of an assessment.

    ``round`` is one that was recorded from elsewhere, or empty for a further one, judged against ``edition``.
    """

    programme: str
    scope: Scope
    outcome: str
    effective: When
    source: From
    round: str = ""
    edition: str = ""
    assessor: str = ""
    statement: str = ""
    rests_on: str = ""


def recognise(session: Session, *, actor: Someone, act: Recognise, now: datetime) -> str:
    """Enter what an authority did; the id. Unfit, by field, where it does not follow or something is missing."""
    ledger.take_turn(session)
    programme = _kept(session, actor, act.programme)
    faults = _source_faults(session, act.source)
    if session.get(Organisation, act.authority) is None:
        faults["authority"] = "Choose the authority; enter it under Organisations first where it is missing."
    if not act.under.strip() or len(act.under) > 300:
        faults["under"] = "Say under which rules, in at most 300 characters: Regulation (EU) 2017/821."
    faults |= _too_long({"reference": act.reference, "statement": act.statement})
    facts = held_of(session, programme).recognitions
    rows = {row.id for row in session.exec(select(Recognition).where(col(Recognition.programme_id) == programme.id))}
    corrected = session.get(Recognition, act.corrects) if act.corrects else None
    if act.corrects and (act.corrects not in rows or corrected is None):
        faults["corrects"] = "There is no such recognition of this programme."
    others = tuple(each for each in facts if corrected is None or each.order != corrected.position)
    newest = holding(others, act.effective.on)
    sentence = why_not_recognise(newest.act if isinstance(newest, RecognitionFact) else None, act.act)
    # Where the beginning of what is held is not known, any act can have come before it.
    if sentence and not any(each.effective.is_by and each.effective.on > act.effective.on for each in others):
        faults["recognition_act"] = sentence
    order = corrected.position if corrected else max((each.order for each in facts), default=0) + 1
    if not sentence and (left := why_not_precede(facts, (*others, RecognitionFact(act.act, act.effective, order)))):
        faults["recognition_act"] = left
    if act.effective.is_by and act.effective.on > now.date():
        faults["effective"] = "“By” a day says that it was seen to hold then: that day cannot lie ahead."
    fit(faults)
    row = Recognition(
        id=f"{act.programme}-{act.act.value}-{token_hex(4)}",
        programme_id=act.programme,
        authority_id=act.authority,
        under=" ".join(act.under.split()),
        act=act.act.value,
        reference=act.reference.strip(),
        statement=act.statement.strip(),
        announced_on=act.announced,
        position=_next(session, Recognition),
        corrects=act.corrects or None,
        recorded_at=now,
        **_dated(act.effective),
        **_sourced(session, actor, act.source, now),
    )
    ledger.enter(session, row, actor=actor.actor, act="recorded", now=now)
    return row.id


def tell(session: Session, *, actor: Someone, act: Tell, editions: frozenset[str], now: datetime) -> str:
    """Enter what was published of an assessment; its round. A result says that its part is complete, too."""
    ledger.take_turn(session)
    programme = _kept(session, actor, act.programme)
    faults = _source_faults(session, act.source)
    if act.outcome not in OUTCOMES:
        faults["outcome"] = "Choose what was published."
    elif act.scope is Scope.OVERALL and act.outcome in ("in_progress", "complete"):
        faults["outcome"] = "The whole has a result or none: how far it has come is said part by part."
    if act.effective.on > now.date():
        faults["effective"] = f"{say_day(act.effective.on)} lies ahead: what was published holds already."
    faults |= _too_long({"statement": act.statement, "rests_on": act.rests_on})
    row = _round(session, act, editions, faults)
    fit(faults)
    sourced = _sourced(session, actor, act.source, now)
    if row is None:
        row = _new_round(session, actor, programme, act, sourced, now)
    elif not row.published:
        ledger.change(session, row, {"published": True}, actor=actor.actor, act="published", now=now)
    progress = Progress.IN_PROGRESS if act.outcome == "in_progress" else Progress.COMPLETE
    if act.scope is not Scope.OVERALL and not _already(session, row.id, act, progress):
        told = PartProgress(
            id=f"{row.id}-{act.scope.value}-{token_hex(4)}",
            assessment_id=row.id,
            part=Part(act.scope.value).value,
            progress=progress.value,
            position=_next(session, PartProgress),
            recorded_at=now,
            **_dated(act.effective),
            **sourced,
        )
        ledger.enter(session, told, actor=actor.actor, act="recorded", now=now)
    if act.outcome not in ("in_progress", "complete"):
        result = Result(
            id=f"{row.id}-{act.scope.value}-result-{token_hex(4)}",
            assessment_id=row.id,
            scope=act.scope.value,
            kind=ResultKind.PUBLISHED.value,
            level=Level(act.outcome).value,
            statement=act.statement.strip(),
            rests_on=act.rests_on.strip(),
            position=_next(session, Result),
            recorded_at=now,
            **_dated(act.effective),
            **sourced,
        )
        ledger.enter(session, result, actor=actor.actor, act="recorded", now=now)
    return row.id


def _round(session: Session, act: Tell, editions: frozenset[str], faults: dict[str, str]) -> Assessment | None:
    if act.assessor and session.get(Organisation, act.assessor) is None:
        faults["assessor"] = "There is no such organisation: choose one from the list, or none where it is not known."
    if not act.round:
        if act.edition not in editions:
            faults["edition"] = "Choose the edition of the criteria that it was judged against."
        return None
    row = session.get(Assessment, act.round)
    if row is None or row.programme_id != act.programme:
        faults["round"] = "There is no such round of this programme: choose one from the list."
    elif session.get(RoundTeam, row.id) is not None:
        faults["round"] = "This round is worked on in this register: its results come from its own closing."
    return row


def _new_round(
    session: Session, actor: Someone, programme: Programme, act: Tell, sourced: dict[str, Any], now: datetime
) -> Assessment:
    last = session.exec(select(func.max(Assessment.round)).where(col(Assessment.programme_id) == programme.id)).one()
    number = (last or 0) + 1
    wanted = f"{programme.id}-{number}"
    row = Assessment(
        id=wanted if session.get(Assessment, wanted) is None else f"{wanted}-{token_hex(3)}",
        programme_id=programme.id,
        edition=act.edition,
        round=number,
        assessor_id=act.assessor or None,
        published=True,
        recorded_at=now,
        **sourced,
    )
    ledger.enter(session, row, actor=actor.actor, act="recorded", now=now)
    return row


def _already(session: Session, round: str, act: Tell, progress: Progress) -> bool:
    """Whether the part is told to be so far by then."""
    return (
        session.exec(
            select(PartProgress.id).where(
                col(PartProgress.assessment_id) == round,
                col(PartProgress.part) == act.scope.value,
                col(PartProgress.progress) == progress.value,
                col(PartProgress.effective_on) <= act.effective.on,
            )
        ).first()
        is not None
    )


def _kept(session: Session, actor: Someone, id: str) -> Programme:
    programme = session.get(Programme, id)
    if programme is None:
        raise Missing(f"There is no programme “{id[:60]}”.")
    require(actor, Do.KEEP_REGISTER, matter_of(session, id))
    return programme


# --- sources --------------------------------------------------------------------------------------------


def _source_faults(session: Session, given: From) -> dict[str, str]:
    """Nothing invented: a fact rests on a document, chosen or entered with it."""
    faults = {}
    if given.source:
        if session.get(Source, given.source) is None:
            faults["source"] = "There is no such source: choose one from the list, or enter a new one."
    elif not given.title.strip() or not given.issuer.strip():
        faults["source"] = "Choose the document that says so, or enter a new one with its title and who issued it."
    if given.address and not given.address.startswith(("https://", "http://")):
        faults["source_address"] = "Write the whole address: https://…"
    lengths = {"source_title": given.title, "source_issuer": given.issuer, "source_address": given.address}
    faults |= {name: "At most 500 characters." for name, text in lengths.items() if len(text) > 500}
    return faults | _too_long({"place": given.place, "remark": given.remark})


def _sourced(session: Session, actor: Someone, given: From, now: datetime) -> dict[str, Any]:
    source = given.source or _new_source(session, actor, given, now)
    return {
        "source_id": source,
        "place": " ".join(given.place.split()),
        "certainty": given.certainty.value,
        "remark": given.remark.strip(),
    }


def _new_source(session: Session, actor: Someone, given: From, now: datetime) -> str:
    words = re.sub("[^a-z0-9]+", "-", given.title.lower()).strip("-")[:40].strip("-") or "source"
    row = Source(
        id=words if session.get(Source, words) is None else f"{words}-{token_hex(3)}",
        title=" ".join(given.title.split()),
        issuer=" ".join(given.issuer.split()),
        address=given.address.strip(),
        issued_on=given.issued.on if given.issued else None,
        issued_precision=given.issued.precision.value if given.issued else None,
        seen_on=now.date(),
        position=_next(session, Source),
    )
    ledger.enter(session, row, actor=actor.actor, act="recorded", now=now)
    return row.id


def _dated(effective: When) -> dict[str, Any]:
    return {"effective_on": effective.on, "effective_precision": effective.precision.value}


def _too_long(texts: dict[str, str]) -> dict[str, str]:
    return {
        name: f"At most {MOST_TEXT:,} characters; this has {len(text):,}."
        for name, text in texts.items()
        if len(text) > MOST_TEXT
    }


def _next(session: Session, table: type[SQLModel]) -> int:
    return (session.exec(select(func.max(table.position))).one() or 0) + 1  # type: ignore[attr-defined]
