"""Enters what others said, in their name, and corrects it by a new entry: the old one stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from secrets import token_hex

from sqlmodel import Session, col, func, select

from alignment.domain.keeping import Values, why_not_world
from alignment.domain.people import Do, Someone, why_not
from alignment.domain.refusal import Missing, Refusal, Stale, fit
from alignment.domain.statement import COMMENT, faults_of, why_not_correct, worded
from alignment.domain.when import parse_when
from alignment.services import ledger
from alignment.tables import Source, Statement


def enter(
    session: Session, *, actor: Someone, values: Values, unread: Mapping[str, str], corrects: str = "", now: datetime
) -> str:
    """A new statement, or one that corrects another; its id. Unfit by field.

    Missing where there is nothing to correct, Stale where another correction was entered meanwhile.
    """
    if reason := why_not(actor, Do.KEEP_REGISTER):
        raise Refusal(reason)
    ledger.take_turn(session)
    old = _to_correct(session, actor, corrects) if corrects else None
    fit(_faults(session, actor, values, unread, now))
    when = parse_when(values["effective"])
    row = Statement(
        id=f"said-{token_hex(5)}",
        subject=old.subject if old else values["about"],
        topic=old.topic if old else COMMENT,
        said_by=values["said_by"],
        title=values["title"],
        text=worded(values),
        until_on=old.until_on if old else None,
        effective_on=when.on,
        effective_precision=when.precision.value,
        recorded_at=now,
        position=old.position if old else (session.exec(select(func.max(col(Statement.position)))).one() or 0) + 1,
        corrects=corrects or None,
        source_id=values["source"],
        place=values["place"],
        certainty=values["certainty"],
        remark=values["remark"],
    )
    ledger.enter(session, row, actor=actor.actor, act="corrected" if old else "entered", now=now)
    return row.id


def _to_correct(session: Session, actor: Someone, id: str) -> Statement:
    row = session.get(Statement, id)
    if row is None or why_not_world(actor.is_demonstration, row.source_id or ""):
        raise Missing("There is no such statement: see the list under Statements.")
    by = session.exec(select(Statement.id).where(Statement.corrects == id)).first()
    if reason := why_not_correct(by):
        raise Stale(reason)
    return row


def _faults(
    session: Session, actor: Someone, values: Values, unread: Mapping[str, str], now: datetime
) -> dict[str, str]:
    """What could not be read, what does not hold, and what only the store knows: whether there is such a source."""
    faults = dict(unread)
    if unread.keys().isdisjoint(("effective", "wording", "text")):
        faults |= faults_of(values, now.date())
    if "source" not in faults:
        if session.get(Source, values["source"]) is None:
            faults["source"] = "There is no such source: choose one from the list, or enter it first."
        elif reason := why_not_world(actor.is_demonstration, values["source"]):
            faults["source"] = reason
    return faults
