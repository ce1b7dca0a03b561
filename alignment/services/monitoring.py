"""After a decision: points to keep watching and their reviews, and changes that scheme owners report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from sqlmodel import Session, func, select

from alignment.domain.assessment import Certainty
from alignment.domain.frozen import dataclass
from alignment.domain.people import NOTHING, Do, Matter, Someone, why_not
from alignment.domain.refusal import Missing, Refusal, Stale, fit
from alignment.domain.when import When
from alignment.services import ledger
from alignment.services.clashes import stand_clear
from alignment.services.decisions import matter_of, require
from alignment.tables import MonitoringPoint, MonitoringReview, SignificantChange, Source

MOST_TEXT = 4000
TRIGGERS = {
    "": "Nothing more than watching on",
    "round": "A new round of assessment",
    "condition": "A condition, put to the deciders",
    "suspension": "A suspension, put to the deciders",
}


@dataclass(frozen=True, slots=True)
class Watch:
    """Something to keep watching, of one programme or, with none, of all."""

    statement: str
    recommended_by: str
    effective: When
    source: str
    programme: str = ""
    owner: str = ""
    place: str = ""
    certainty: Certainty = Certainty.FOUND


def add_point(session: Session, *, actor: Someone, act: Watch, now: datetime) -> str:
    """Enter a monitoring point; its id."""
    ledger.take_turn(session)
    require(actor, Do.KEEP_REGISTER, matter_of(session, act.programme) if act.programme else NOTHING)
    faults = _needed({"statement": (act.statement, MOST_TEXT), "recommended_by": (act.recommended_by, 300)})
    if len(act.owner) > 300:
        faults["owner"] = "At most 300 characters."
    if session.get(Source, act.source) is None:
        faults["source"] = "Choose the document that recommends it."
    if act.effective.on > now.date():
        faults["effective"] = "That day lies ahead: enter the point once it holds."
    fit(faults)
    row = MonitoringPoint(
        id=f"point-{token_hex(5)}",
        programme_id=act.programme or None,
        recommended_by=" ".join(act.recommended_by.split()),
        owner=" ".join(act.owner.split()),
        statement=act.statement.strip(),
        source_id=act.source,
        place=" ".join(act.place.split()),
        certainty=act.certainty.value,
        effective_on=act.effective.on,
        effective_precision=act.effective.precision.value,
        recorded_at=now,
        position=(session.exec(select(func.max(MonitoringPoint.position))).one() or 0) + 1,
    )
    ledger.enter(session, row, actor=actor.actor, act="recorded", now=now)
    return row.id


def review(
    session: Session,
    *,
    actor: Someone,
    point: str,
    reviewed_on: date,
    outcome: str,
    statement: str,
    triggers: str,
    now: datetime,
) -> str:
    """A look at a monitoring point; its id. A bad one says what it triggers, which then waits for those who act."""
    ledger.take_turn(session)
    row = session.get(MonitoringPoint, point)
    if row is None:
        raise Missing("There is no such monitoring point.")
    require(actor, Do.KEEP_REGISTER, matter_of(session, row.programme_id) if row.programme_id else NOTHING)
    faults = _needed({"review_statement": (statement, MOST_TEXT)})
    if outcome not in ("good", "bad"):
        faults["outcome"] = "Say whether the review was good or bad."
    if triggers not in TRIGGERS:
        faults["triggers"] = "Choose what the review triggers."
    elif triggers and outcome == "good":
        faults["triggers"] = "A good review triggers nothing: choose “bad”, or nothing more than watching on."
    elif triggers and row.programme_id is None:
        faults["triggers"] = "This point is about all programmes: enter one for the programme that the review is about."
    if reviewed_on > now.date():
        faults["reviewed_on"] = "That day lies ahead."
    elif reviewed_on < row.effective_on:
        faults["reviewed_on"] = f"The point is watched only since {row.effective}."
    fit(faults)
    done = MonitoringReview(
        id=token_hex(6),
        point_id=point,
        reviewed_on=reviewed_on,
        outcome=outcome,
        statement=statement.strip(),
        triggers=triggers,
        by_id=actor.id,
        at=now,
    )
    ledger.enter(session, done, actor=actor.actor, act="reviewed", now=now)
    return done.id


# --- significant changes ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """A change of its programme as the scheme owner reports it, with the wording it suggests for the public."""

    programme: str
    title: str
    text: str
    effective_on: date
    transition_until: date | None = None
    public_wording: str = ""


def why_not_report(who: Someone | None, matter: Matter) -> str | None:
    """Why somebody may not report a change of a programme: its owner does."""
    return "Only an owner of the programme reports its changes." if why_not(who, Do.REPLY, matter) else None


def report_change(session: Session, *, actor: Someone, act: Report, now: datetime) -> str:
    """A scheme owner reports a change; its id. It is public once the LME has accepted its wording."""
    ledger.take_turn(session)
    reason = why_not_report(actor, matter_of(session, act.programme))
    if reason:
        raise Refusal(reason)
    faults = _needed({"title": (act.title, 200), "text": (act.text, MOST_TEXT)})
    faults |= _wording_faults(act.public_wording, act.effective_on, act.transition_until, needed=False)
    fit(faults)
    row = SignificantChange(
        id=token_hex(6),
        programme_id=act.programme,
        title=" ".join(act.title.split()),
        text=act.text.strip(),
        effective_on=act.effective_on,
        transition_until=act.transition_until,
        public_wording=act.public_wording.strip(),
        reported_by=actor.id,
        at=now,
    )
    ledger.enter(session, row, actor=actor.actor, act="reported", now=now)
    return row.id


def accept_change(
    session: Session,
    *,
    actor: Someone,
    change: str,
    public_wording: str,
    transition_until: date | None,
    version: int,
    now: datetime,
) -> None:
    """The LME settles the transition and the public wording of a change; from then on it stands in public."""
    ledger.take_turn(session)
    row = session.get(SignificantChange, change)
    if row is None:
        raise Missing("There is no such change.")
    require(actor, Do.KEEP_REGISTER, matter_of(session, row.programme_id))
    if row.ended:
        raise Stale("Somebody settled this meanwhile: see it as it stands now, and change it from there.")
    yours = {
        "public_wording": public_wording.strip(),
        "transition_until": transition_until.isoformat() if transition_until else "",
    }
    stand_clear(session, row, version, yours=yours, typed=_settled, labels=SETTLED)
    faults = _wording_faults(public_wording, row.effective_on, transition_until, needed=True)
    fit(faults)
    settled = {
        "public_wording": public_wording.strip(),
        "transition_until": transition_until,
        "accepted_at": row.accepted_at or now,
    }
    if not ledger.unchanged(row, settled):
        ledger.change(session, row, settled, actor=actor.actor, act="accepted", now=now)


SETTLED = {"public_wording": "Wording for the public", "transition_until": "Transition until"}
"""The fields of the form that settles a change."""


def _settled(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: values[name] or "" for name in SETTLED}


def end_change(session: Session, *, actor: Someone, change: str, reason: str, version: int, now: datetime) -> None:
    """A change that was reported by mistake is returned by the LME, or withdrawn by its owner, before it is public."""
    ledger.take_turn(session)
    row = session.get(SignificantChange, change)
    if row is None:
        raise Missing("There is no such change.")
    matter = matter_of(session, row.programme_id)
    for_lme = why_not(actor, Do.KEEP_REGISTER, matter) is None
    if not for_lme and (refused := why_not_report(actor, matter)):
        raise Refusal(refused)
    if row.version != version or row.ended or row.accepted_at:
        raise Stale("Somebody settled this meanwhile: see it as it stands now. What is public is put right by wording.")
    fit(_needed({"ended_reason": (reason, 1000)}))
    ended = "returned" if for_lme else "withdrawn"
    settled = {"ended": ended, "ended_reason": reason.strip()}
    ledger.change(session, row, settled, actor=actor.actor, act=ended, now=now)


def _wording_faults(wording: str, effective: date, until: date | None, *, needed: bool) -> dict[str, str]:
    faults = _needed({"public_wording": (wording, 1000)}) if needed or wording else {}
    if until is not None and until < effective:
        faults["transition_until"] = "The transition ends before the change takes effect: choose a later day."
    return faults


def _needed(texts: dict[str, tuple[str, int]]) -> dict[str, str]:
    """A sentence for each text that is missing or too long."""
    faults = {}
    for name, (text, most) in texts.items():
        if not text.strip():
            faults[name] = "This is needed."
        elif len(text) > most:
            faults[name] = f"At most {most:,} characters; this has {len(text):,}."
    return faults
