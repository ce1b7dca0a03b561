"""Keeping the register: records that everything else hangs on, their printed names, and approved assessors.

Every change starts from a version: where the record was changed meanwhile, both are shown and nothing is lost.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, delete, func, select

from alignment.domain.keeping import (
    NAME,
    NOUNS,
    Field,
    Noun,
    Shape,
    Values,
    goes_round,
    why_no_id,
    why_not_world,
)
from alignment.domain.kept import changed_values, why_not_since
from alignment.domain.people import EXAMPLE_IMPORT, NOTHING, Do, Someone, why_not
from alignment.domain.refusal import Missing, Refusal, fit
from alignment.services import ledger
from alignment.services.clashes import check
from alignment.services.keeping import keep_changes
from alignment.tables import (
    AssessorApproval,
    Organisation,
    Programme,
    ProgrammeMetal,
    ProgrammeName,
    ProgrammeStage,
    Standard,
    StandardOwner,
    kept,
)

READ: Mapping[str, str] = {}
"""Every field of the form could be read."""


def add(
    session: Session,
    *,
    actor: Someone,
    noun: Noun,
    id: str,
    values: Values,
    unread: Mapping[str, str] = READ,
    now: datetime,
) -> None:
    """A new record under an id that never changes. Unfit where the id is taken or a field does not hold.

    With a sentence for each field that could not be read (``unread``) nothing is stored: Unfit tells these, too.
    """
    _allowed(actor, Do.KEEP_REGISTER)
    ledger.take_turn(session)
    faults = {}
    table = kept.TABLES[noun.table]
    if reason := why_no_id(id) or why_not_world(actor.is_demonstration, id):
        faults["id"] = reason
    elif session.get(table, id) is not None:
        faults["id"] = f"There is a record “{id}” already: open it under {noun.many}, or choose another id."
    faults |= _check(session, noun, id, values, unread)
    fit(faults)
    more: dict[str, Any] = {"id": id}
    if "position" in table.model_fields:
        more["position"] = _next_position(session, table)
    if noun.table == "programme":
        more["example"] = actor.is_demonstration
    session.add(table(**more, **kept.columns(noun, values)))
    session.flush()
    _beside(session, noun, id, values)
    ledger.record(
        session, actor=actor.actor, act="added", subject=f"{noun.table}:{id}", before=None, after=values, now=now
    )
    if noun.table == "programme":
        _first_name(session, actor, id, values, now)


def change(
    session: Session,
    *,
    actor: Someone,
    noun: Noun,
    id: str,
    values: Values,
    version: int,
    since: date | None = None,
    unread: Mapping[str, str] = READ,
    now: datetime,
) -> bool:
    """Store what a form says in place of what stood there; whether anything differed. Clash, Unfit as they say.

    ``since`` is the day from which the dated fields say what is new: before it they say what they said. With none it
    was always so, and a mistake is put right.
    """
    _allowed(actor, Do.KEEP_REGISTER)
    _world(actor, id)
    ledger.take_turn(session)
    found = kept.told(session.connection(), noun, id)
    if found is None:
        raise Missing(f"There is no {noun.one} “{id}”.")
    before, held = found
    if before == values:
        return False
    if held != version and not unread:
        check(ledger.began_from(session, f"{noun.table}:{id}", held - version), before, values, noun.labels, held)
    faults = _check(session, noun, id, values, unread)
    changed = changed_values(noun, before, values)
    if changed and "since" not in faults and (reason := why_not_since(since, now.date())):
        faults["since"] = reason
    fit(faults)
    row: Any = session.get(kept.TABLES[noun.table], id)
    for name, value in kept.columns(noun, values).items():
        setattr(row, name, value)
    row.version += 1
    session.flush()
    _beside(session, noun, id, values)
    subject, after = f"{noun.table}:{id}", dict(values)
    if changed:
        keep_changes(session, subject, changed, since=since, now=now)
        after["holds_from"] = since.isoformat() if since else ""
    ledger.record(session, actor=actor.actor, act="changed", subject=subject, before=before, after=after, now=now)
    return True


def _allowed(actor: Someone, act: Do) -> None:
    reason = why_not(actor, act, NOTHING)
    if reason:
        raise Refusal(reason)


def _world(actor: Someone, id: str) -> None:
    reason = why_not_world(actor.is_demonstration, id)
    if reason:
        raise Refusal(reason)


def _check(session: Session, noun: Noun, id: str, values: Values, unread: Mapping[str, str] = READ) -> dict[str, str]:
    """What could not be read, and what only the store knows of the rest.

    That what is pointed at exists, that nothing goes round, that a number is free.
    """
    faults = dict(unread)
    for field in noun.fields:
        if field.name in unread:
            continue
        table = next((each.table for each in NOUNS if each.id == field.of), "")
        for each in _pointed_at(field, values[field.name]):
            if session.get(kept.TABLES[table], each) is None:
                faults[field.name] = f"{field.label}: there is no record “{each[:60]}”: choose one from the list."
    for name, table_of in (("supersedes", Standard), ("superseded_by", Programme)):
        if name in values and name not in faults and goes_round(id, values[name], _pointing(session, table_of, name)):
            faults[name] = f"{noun.field(name).label}: that would go round in a circle."
    if noun.table == "programme" and "number" not in faults and _number_taken(session, id, values["number"]):
        faults["number"] = f"Number {values['number']} is another programme’s: each has a place of its own."
    return faults


def _pointed_at(field: Field, value: Any) -> list[str]:
    """The ids of other records that a field says."""
    if field.shape is Shape.ONE:
        return [value] if value else []
    return list(value) if field.shape in (Shape.MANY, Shape.METALS) else []


def _pointing(session: Session, table: Any, name: str) -> dict[str, str]:
    column = getattr(table, name)
    return dict(session.exec(select(table.id, column).where(col(column).is_not(None))).all())


def _number_taken(session: Session, id: str, number: int) -> bool:
    example = why_not_world(True, id) is None
    return (
        session.exec(
            select(Programme.id).where(
                col(Programme.number) == number, col(Programme.example).is_(example), col(Programme.id) != id
            )
        ).first()
        is not None
    )


def _next_position(session: Session, table: Any) -> int:
    return (session.exec(select(func.max(table.position))).one() or 0) + 1


def _beside(session: Session, noun: Noun, id: str, values: Values) -> None:
    """The rows of the tables beside the record's own, as the form says them."""
    if noun.table == "standard":
        session.exec(delete(StandardOwner).where(col(StandardOwner.standard_id) == id))
        for position, owner in enumerate(values["owners"]):
            session.add(StandardOwner(standard_id=id, organisation_id=owner, position=position))
    if noun.table == "programme":
        session.exec(delete(ProgrammeMetal).where(col(ProgrammeMetal.programme_id) == id))
        session.exec(delete(ProgrammeStage).where(col(ProgrammeStage.programme_id) == id))
        for metal, said in values["metals"].items():
            session.add(ProgrammeMetal(programme_id=id, metal_id=metal, **said))
        for stage in values["stages"]:
            session.add(ProgrammeStage(programme_id=id, stage=stage))
    session.flush()


# --- printed names ---------------------------------------------------------------------------------


def _first_name(session: Session, actor: Someone, programme_id: str, values: Values, now: datetime) -> None:
    """A programme is printed under its short name until another name is entered."""
    said = {name: values[name] for name in ("source", "place", "certainty", "remark")}
    _enter_name(session, actor, programme_id, {"name": values["short_name"], "use": "table", "since": "", **said}, now)


def print_name(
    session: Session,
    *,
    actor: Someone,
    programme_id: str,
    values: Values,
    unread: Mapping[str, str] = READ,
    now: datetime,
) -> None:
    """A further name of a programme. One in the table holds from its day on; those before it stay as they are."""
    _allowed(actor, Do.KEEP_REGISTER)
    _world(actor, programme_id)
    ledger.take_turn(session)
    if session.get(Programme, programme_id) is None:
        raise Missing(f"There is no programme “{programme_id}”.")
    names = session.exec(select(ProgrammeName).where(col(ProgrammeName.programme_id) == programme_id)).all()
    faults = _check(session, NAME, programme_id, values, unread)
    if faults.keys().isdisjoint(("name", "use", "since")):
        faults |= _why_no_name(names, values, now.date())
    fit(faults)
    _enter_name(session, actor, programme_id, values, now, position=len(names))


def _why_no_name(names: Sequence[ProgrammeName], values: Values, today: date) -> dict[str, str]:
    if values["use"] != "table":
        taken = any(each.name == values["name"] for each in names)
        return {"name": "The programme has this name already."} if taken else {}
    if not values["since"]:
        return {"since": "Say from which day the new name stands in the table: earlier dates keep the old one."}
    newest = max((each for each in names if each.use == "table"), key=lambda each: each.since or date.min)
    since = date.fromisoformat(values["since"])
    if newest.name == values["name"]:
        return {"name": "The programme stands in the table under this name already."}
    if since > today:
        return {"since": "A name stands in the table from the day it is printed: that day is still to come."}
    if newest.since and since <= newest.since:
        return {"since": f"The name before holds from {newest.since.isoformat()}: a newer one begins later."}
    return {}


def _enter_name(
    session: Session, actor: Someone, programme_id: str, values: Values, now: datetime, position: int = 0
) -> None:
    row = ProgrammeName(
        id=f"{programme_id}-{secrets.token_hex(4)}",
        programme_id=programme_id,
        position=position,
        **kept.columns(NAME, values),
    )
    ledger.enter(session, row, actor=actor.actor, act="named", now=now)


# --- approved assessors ---------------------------------------------------------------------------------


def approve_assessor(
    session: Session,
    *,
    actor: Someone,
    organisation_id: str,
    approved: bool,
    effective_on: date,
    reason: str,
    now: datetime,
) -> None:
    """The LME approves an organisation as an assessor from a day on, or no longer does; the reason is needed."""
    _allowed(actor, Do.APPROVE_ASSESSOR)
    faults = {}
    organisation = session.get(Organisation, organisation_id)
    if not organisation_id:
        faults["organisation"] = "Choose an organisation."
    elif organisation is None:
        faults["organisation"] = "There is no such organisation: choose one from the list."
    elif organisation.kind != "assessor":
        faults["organisation"] = f"{organisation.name} is no assessor: change its kind under Organisations first."
    elif world := why_not_world(actor.is_demonstration, organisation_id):
        faults["organisation"] = world
    if not reason.strip():
        faults["reason"] = "Say why: the reason stands in the list of assessors and in the log."
    elif len(reason) > 2000:
        faults["reason"] = "The reason has at most 2,000 characters."
    fit(faults)
    row = AssessorApproval(
        id=secrets.token_hex(8),
        organisation_id=organisation_id,
        approved=approved,
        effective_on=effective_on,
        reason=reason.strip(),
        recorded_at=now,
        recorded_by=actor.actor.id,
    )
    ledger.enter(session, row, actor=actor.actor, act="approved" if approved else "no longer approved", now=now)


def prepare_example(
    session: Session, organisations: Iterable[tuple[str, str, str]], *, assessor: str, now: datetime
) -> None:
    """What a demonstration on the worked example needs besides it: further organisations, an approved assessor."""
    for id, name, kind in organisations:
        if session.get(Organisation, id) is None:
            row = Organisation(id=id, name=name, kind=kind, position=_next_position(session, Organisation))
            ledger.enter(session, row, actor=EXAMPLE_IMPORT, act="recorded", now=now)
    held = session.exec(select(AssessorApproval).where(col(AssessorApproval.organisation_id) == assessor)).first()
    if held is None:
        approval = AssessorApproval(
            id=secrets.token_hex(8),
            organisation_id=assessor,
            approved=True,
            effective_on=now.date(),
            reason="For the demonstration on the worked example.",
            recorded_at=now,
            recorded_by=EXAMPLE_IMPORT.id,
        )
        ledger.enter(session, approval, actor=EXAMPLE_IMPORT, act="approved", now=now)
