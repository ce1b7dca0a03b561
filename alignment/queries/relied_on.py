"""What falls due, and what changes, in what somebody relies on: their brands, and what they follow."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select
from sqlmodel import col

from alignment.domain.brand import Track
from alignment.domain.decision import Act
from alignment.domain.following import Followed, Subject, subject
from alignment.domain.people import Role, Someone
from alignment.domain.reminder import NEWS_DAYS, Due, DueKind
from alignment.queries.facts import Rows, in_force
from alignment.tables import (
    Brand,
    Certificate,
    Claim,
    Decision,
    Declaration,
    Equivalence,
    Follow,
    Metal,
    Producer,
    Programme,
    ProgrammeMetal,
)
from alignment.tables.undertaken import Undertaken, read_actions

LONG_PAST = timedelta(days=180)
"""What took effect longer than this before the register learned of it is history, and no news."""


@dataclass(frozen=True, slots=True)
class FollowLine:
    """One thing that somebody follows, by its name."""

    subject: Subject
    name: str
    since: datetime


def follows(connection: Connection, person_id: str) -> tuple[Subject, ...]:
    """What somebody follows: one query."""
    rows = connection.execute(select(col(Follow.subject)).where(col(Follow.person_id) == person_id)).scalars()
    return tuple(found for each in rows if (found := subject(each)) is not None)


def followed(connection: Connection, person_id: str) -> tuple[FollowLine, ...]:
    """What somebody follows, with names, newest first: four queries."""
    rows = connection.execute(
        select(col(Follow.subject), col(Follow.since))
        .where(col(Follow.person_id) == person_id)
        .order_by(col(Follow.since).desc())
    ).all()
    tables: dict[Followed, Any] = {Followed.METAL: Metal, Followed.BRAND: Brand, Followed.PROGRAMME: Programme}
    names: dict[str, str] = {}
    for kind, table in tables.items():
        words = table.short_name if kind is Followed.PROGRAMME else table.name
        wanted = [row.subject.partition(":")[2] for row in rows if row.subject.startswith(f"{kind.value}:")]
        known = connection.execute(select(table.id, words.label("name")).where(table.id.in_(wanted)))
        names |= {f"{kind.value}:{row.id}": row.name for row in known}
    return tuple(
        FollowLine(found, names[row.subject], row.since)
        for row in rows
        if row.subject in names and (found := subject(row.subject)) is not None
    )


# --- the brands of somebody, and what they rely on ---------------------------------------------------------


def own_producers(whose: Someone) -> list[str]:
    return sorted(where for where, role in whose.roles if role is Role.PRODUCER)


def standing_rows(rows: Iterable[Row[Any]]) -> list[Row[Any]]:
    return [row for row in in_force(list(rows)) if not row.withdrawn]


def _certificates(connection: Connection, whose: Someone, now: datetime) -> list[Due]:
    """The last expiry of each kind of certificate of somebody's own brands; one that was renewed does not nag."""
    own = own_producers(whose)
    if not own:
        return []
    statement: Rows = (
        select(
            col(Certificate.id), col(Certificate.corrects), col(Certificate.withdrawn), col(Certificate.kind),
            col(Certificate.number), col(Certificate.expires_on), col(Certificate.brand_id), col(Brand.producer_id),
            col(Brand.name).label("brand"), col(Programme.short_name), col(Equivalence.name).label("equivalent"),
        )
        .join(Brand, col(Brand.id) == Certificate.brand_id)
        .outerjoin(Programme, col(Programme.id) == Certificate.programme_id)
        .outerjoin(Equivalence, col(Equivalence.id) == Certificate.equivalence_id)
        .where(col(Brand.producer_id).in_(own))
    )  # fmt: skip
    last: dict[tuple[Any, ...], Row[Any]] = {}
    for row in standing_rows(connection.execute(statement)):
        key = (row.brand_id, row.kind, row.short_name, row.equivalent)
        if row.expires_on is not None and (key not in last or last[key].expires_on < row.expires_on):
            last[key] = row
    norms = {"iso_14001": "ISO 14001", "iso_45001": "ISO 45001"}
    return [
        Due(
            DueKind.CERTIFICATE, f"certificate:{row.id}",
            f"{norms.get(row.kind) or row.short_name or row.equivalent}{f', {row.number}' if row.number else ''}",
            row.expires_on, f"/records/{row.producer_id}/certificates/{row.id}", row.brand,
        )
        for row in last.values()
    ]  # fmt: skip


def _reports(connection: Connection, whose: Someone, now: datetime) -> list[Due]:
    """The next yearly report of somebody's own company, on the day that the last one set; none where none did."""
    own = own_producers(whose)
    if not own:
        return []
    statement: Rows = (
        select(
            col(Claim.id), col(Claim.corrects), col(Claim.withdrawn), col(Claim.data), col(Claim.producer_id),
            col(Claim.effective_on), col(Producer.name),
        )
        .join(Producer, col(Producer.id) == Claim.producer_id)
        .where(col(Claim.producer_id).in_(own), col(Claim.field) == "reporting")
        .order_by(col(Claim.effective_on), col(Claim.position))
    )  # fmt: skip
    newest = {row.producer_id: row for row in standing_rows(connection.execute(statement)) if NEXT_REPORT in row.data}
    return [
        Due(
            DueKind.REPORT, f"report:{row.producer_id}", "Due diligence report and summary of the audit",
            date.fromisoformat(json.loads(row.data)[NEXT_REPORT]), f"/records/{row.producer_id}#f-reporting", row.name,
        )
        for row in newest.values()
    ]  # fmt: skip


NEXT_REPORT = "Next one due on"


def _changes(connection: Connection, whose: Someone, now: datetime) -> list[Due]:
    """Decisions on programmes that somebody relies on, and corrective actions of theirs that slipped, lately."""
    relied = relied_on(connection, whose, now.date())
    if not relied:
        return []
    begins = now - timedelta(days=NEWS_DAYS + 1)
    statement: Rows = (
        select(
            col(Decision.id), col(Decision.corrects), col(Decision.act), col(Decision.effective_on),
            col(Decision.recorded_at), col(Decision.programme_id), col(Programme.short_name),
        )
        .join(Programme, col(Programme.id) == Decision.programme_id)
        .where(col(Decision.programme_id).in_(sorted(relied)), col(Decision.recorded_at) >= begins)
    )  # fmt: skip
    decided = [
        Due(
            DueKind.CHANGE, f"decision:{row.id}", f"{row.short_name}: {Act(row.act).label.lower()}",
            row.recorded_at.date(), f"/programmes/{row.programme_id}", relied[row.programme_id],
        )
        for row in in_force(connection.execute(statement).all())
        if row.recorded_at.date() - row.effective_on < LONG_PAST
    ]  # fmt: skip
    slipped = [
        Due(
            DueKind.CHANGE, f"slipped:{each.id}", f"{each.programme_name}: “{each.title}” is past its date",
            each.due_on + timedelta(days=1), f"/programmes/{each.programme}", relied[each.programme],
        )
        for each in read_actions(connection, now)
        if each.programme in relied and each.due_on is not None and _slipped(each, now.date())
    ]  # fmt: skip
    return decided + slipped


def _slipped(action: Undertaken, today: date) -> bool:
    return action.published and action.state.is_open and action.due_on is not None and action.due_on < today


def relied_on(connection: Connection, whose: Someone, today: date) -> dict[str, str]:
    """The programmes that somebody relies on, and by what: their brands, or what they follow. Three queries."""
    subjects = follows(connection, whose.id)
    brands = [each.id for each in subjects if each.kind is Followed.BRAND]
    found: dict[str, list[str]] = defaultdict(list)
    for row in declarations(connection, own_producers(whose), brands, today):
        for programme in row.programmes.split():
            found[programme].append(row.name)
    for each in subjects:
        if each.kind is Followed.PROGRAMME:
            found[each.id].append("you follow it")
    metals = [each.id for each in subjects if each.kind is Followed.METAL]
    for programme, metal in _with_metals(connection, metals, example=whose.is_demonstration):
        found[programme].append(f"you follow {metal.lower()}")
    return {programme: ", ".join(dict.fromkeys(by)) for programme, by in found.items()}


def declarations(connection: Connection, producers: list[str], brands: list[str], today: date) -> list[Row[Any]]:
    """The declaration of Track A in force for each of these brands."""
    if not (producers or brands):
        return []
    statement: Rows = (
        select(
            col(Declaration.id), col(Declaration.corrects), col(Declaration.withdrawn), col(Declaration.track),
            col(Declaration.brand_id), col(Declaration.programmes), col(Declaration.effective_on), col(Brand.name),
        )
        .join(Brand, col(Brand.id) == Declaration.brand_id)
        .where(or_(col(Brand.producer_id).in_(producers), col(Brand.id).in_(brands)))
        .order_by(col(Declaration.effective_on), col(Declaration.position))
    )  # fmt: skip
    rows = standing_rows(connection.execute(statement))
    newest = {row.brand_id: row for row in rows if row.effective_on <= today}
    return [row for row in newest.values() if row.track == Track.A.value]


def _with_metals(connection: Connection, metals: list[str], *, example: bool) -> list[tuple[str, str]]:
    """The programmes whose scope has one of these metals, each with the metal."""
    if not metals:
        return []
    named = (col(ProgrammeMetal.programme_id) == Programme.id) & (col(ProgrammeMetal.metal_id) == Metal.id)
    statement: Rows = (
        select(col(Programme.id).label("programme_id"), col(Metal.name))
        .join(Metal, col(Metal.id).in_(metals))
        .outerjoin(ProgrammeMetal, named)
        .where(
            or_(
                col(ProgrammeMetal.excluded).is_(False),
                and_(col(ProgrammeMetal.excluded).is_(None), col(Programme.all_minerals)),
            ),
            col(Programme.example).is_(example),
        )
    )
    return [(row.programme_id, row.name) for row in connection.execute(statement)]


SOURCES: list[Callable[[Connection, Someone, datetime], list[Due]]] = [_certificates, _reports, _changes]
