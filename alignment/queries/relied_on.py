"""What falls due, and what changes, in what somebody relies on: their brands, what they own, and what they follow."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Date, Row, String, and_, cast, literal, null, or_, select, union_all
from sqlmodel import col

from alignment.domain.brand import Track
from alignment.domain.checklist import NAMED
from alignment.domain.decision import Act
from alignment.domain.following import Followed, Subject, subject
from alignment.domain.people import Role, Someone
from alignment.domain.reminder import NEWS_DAYS, Due, DueKind
from alignment.domain.when import Precision
from alignment.queries.facts import Rows, in_force
from alignment.queries.stated import standing_rows
from alignment.tables import (
    Appeal,
    AssuranceProcess,
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
    StandardOwner,
)
from alignment.tables.base import Utc
from alignment.tables.undertaken import Undertaken, read_actions

LONG_PAST = timedelta(days=180)
"""What took effect longer than this before the register learned of it is history, and no news."""


@dataclass(frozen=True, slots=True)
class FollowLine:
    """One thing that somebody follows, by its name."""

    subject: Subject
    name: str
    since: datetime


def owned_by(someone: Someone, *told: Any) -> Rows:
    """A row for each piece of a programme that somebody's organisation owns, and for which they speak."""
    mine = sorted(organisation for organisation, role in someone.roles if role is Role.SCHEME_OWNER)
    return (
        select(*told)
        .select_from(Programme)
        .outerjoin(StandardOwner, col(StandardOwner.standard_id) == Programme.standard_id)
        .outerjoin(AssuranceProcess, col(AssuranceProcess.id) == Programme.assurance_process_id)
        .where(
            col(Programme.owner_id).in_(mine)
            | col(StandardOwner.organisation_id).in_(mine)
            | col(AssuranceProcess.owner_id).in_(mine)
        )
    )


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


@dataclass
class Owing:
    """For whom days are asked, and when; the corrective actions are read once, by whoever asks for them first."""

    connection: Connection
    whose: Someone
    now: datetime

    @cached_property
    def actions(self) -> Sequence[Undertaken]:
        return read_actions(self.connection, self.now)


# --- the brands of somebody, and what they rely on ---------------------------------------------------------


def own_producers(whose: Someone) -> list[str]:
    return sorted(where for where, role in whose.roles if role is Role.PRODUCER)


def _certificates(asked: Owing) -> list[Due]:
    """The last expiry of each kind of certificate of somebody's own brands, site by site.

    One that was renewed for every site that it names does not nag.
    """
    own = own_producers(asked.whose)
    if not own:
        return []
    statement: Rows = (
        select(
            col(Certificate.id), col(Certificate.corrects), col(Certificate.withdrawn), col(Certificate.kind),
            col(Certificate.number), col(Certificate.expires_on), col(Certificate.brand_id), col(Certificate.sites),
            col(Brand.producer_id), col(Brand.name).label("brand"), col(Programme.short_name),
            col(Equivalence.name).label("equivalent"),
        )
        .join(Brand, col(Brand.id) == Certificate.brand_id)
        .outerjoin(Programme, col(Programme.id) == Certificate.programme_id)
        .outerjoin(Equivalence, col(Equivalence.id) == Certificate.equivalence_id)
        .where(col(Brand.producer_id).in_(own))
    )  # fmt: skip
    last: dict[tuple[Any, ...], Row[Any]] = {}
    for row in standing_rows(asked.connection.execute(statement).all(), private=True):
        for site in row.sites.split() or [""]:
            key = (row.brand_id, row.kind, row.short_name, row.equivalent, site)
            if row.expires_on is not None and (key not in last or last[key].expires_on < row.expires_on):
                last[key] = row
    return [
        Due(
            DueKind.CERTIFICATE, f"certificate:{row.id}",
            f"{NAMED.get(row.kind) or row.short_name or row.equivalent}{f', {row.number}' if row.number else ''}",
            row.expires_on, f"/records/{row.producer_id}/certificates/{row.id}", row.brand,
        )
        for row in {row.id: row for row in last.values()}.values()
    ]  # fmt: skip


def _reports(asked: Owing) -> list[Due]:
    """The next yearly report of somebody's own company, on the day that the last one set; none where none did."""
    own = own_producers(asked.whose)
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
    newest = {
        row.producer_id: row
        for row in standing_rows(asked.connection.execute(statement).all(), private=True)
        if NEXT_REPORT in row.data
    }
    return [
        Due(
            DueKind.REPORT, f"report:{row.producer_id}", "Due diligence report and summary of the audit",
            date.fromisoformat(json.loads(row.data)[NEXT_REPORT]), f"/records/{row.producer_id}#f-reporting", row.name,
        )
        for row in newest.values()
    ]  # fmt: skip


NEXT_REPORT = "Next one due on"


def _changes(asked: Owing) -> list[Due]:
    """Decisions on programmes that somebody relies on, outcomes of appeals, and corrective actions that slipped."""
    relied, decisions, appeals = relied_on(asked)
    if not relied:
        return []
    decided = [
        Due(
            DueKind.CHANGE, f"decision:{row.id}", f"{row.name}: {Act(row.word).label.lower()}",
            on, f"/programmes/{row.programme}", relied[row.programme], row.at.date(), precision,
        )
        for row in decisions
        for on, precision in [_told_of(row)]
        if row.programme in relied and row.at.date() - on < LONG_PAST
    ]  # fmt: skip
    settled = [
        Due(
            DueKind.CHANGE, f"appeal:{row.id}",
            f"{row.name}: the appeal against “{Act(row.said).label}” was {row.word}", row.on,
            f"/programmes/{row.programme}#{row.of}", relied[row.programme], row.at.date(),
        )
        for row in appeals
        if row.programme in relied
    ]  # fmt: skip
    slipped = [
        Due(
            DueKind.CHANGE, f"slipped:{each.id}", f"{each.programme_name}: “{each.title}” is past its date",
            each.due_on + timedelta(days=1), f"/programmes/{each.programme}", relied[each.programme],
        )
        for each in asked.actions
        if relied.get(each.programme, OWN) != OWN and each.due_on is not None and _slipped(each, asked.now.date())
    ]  # fmt: skip
    return decided + settled + slipped


OWN = "your programme"
"""By what somebody relies on a programme that is theirs; of its own actions its owner is reminded apart."""


def _told_of(row: Row[Any]) -> tuple[date, Precision]:
    """The day of which a decision is told. That something never held, however long past, is news of its own day."""
    return (row.at.date(), Precision.DAY) if row.word == Act.VOID else (row.on, Precision(row.precision))


def _slipped(action: Undertaken, today: date) -> bool:
    return action.published and action.state.is_open and action.due_on is not None and action.due_on < today


def relied_on(asked: Owing) -> tuple[dict[str, str], list[Row[Any]], list[Row[Any]]]:
    """The programmes that somebody relies on, and by what: their brands, what they own, or what they follow; with the
    decisions, and the outcomes of appeals, that the register learned lately, on whatever programme. One query."""
    kinds: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in asked.connection.execute(union_all(*_relying(asked)).order_by("on", "position")):
        kinds[row.kind].append(row)
    found: dict[str, list[str]] = defaultdict(list)
    newest = {row.of: row for row in standing_rows(kinds["declared"], private=True)}
    for row in newest.values():
        for programme in row.said.split() if row.word == Track.A.value else ():
            found[programme].append(row.name)
    for row in kinds["owned"]:
        found[row.programme].append(OWN)
    for row in kinds["followed"]:
        found[row.programme].append("you follow it")
    for row in kinds["metal"]:
        found[row.programme].append(f"you follow {row.name.lower()}")
    by_what = {programme: ", ".join(dict.fromkeys(by)) for programme, by in found.items()}
    return by_what, in_force(kinds["decided"]), kinds["settled"]


def _relying(asked: Owing) -> list[Rows]:
    """Declarations in force by the day, programmes and metals that are followed, programmes that are owned, decisions
    and outcomes of appeals: in one shape."""
    follows = col(Follow.person_id) == asked.whose.id
    brands = select(col(Follow.subject)).where(follows, col(Follow.subject).like("brand:%"))
    declared: Rows = (
        select(
            literal("declared").label("kind"), col(Declaration.id).label("id"),
            col(Declaration.corrects).label("corrects"), col(Declaration.withdrawn).label("withdrawn"),
            col(Declaration.brand_id).label("of"), col(Declaration.track).label("word"), col(Brand.name).label("name"),
            col(Declaration.programmes).label("said"), literal("").label("programme"),
            col(Declaration.effective_on).label("on"), col(Declaration.position).label("position"),
            cast(null(), Utc).label("at"), literal("").label("precision"),
        )
        .join(Brand, col(Brand.id) == Declaration.brand_id)
        .where(
            or_(
                col(Brand.producer_id).in_(own_producers(asked.whose)),
                (literal("brand:") + col(Brand.id)).in_(brands),
            ),
            col(Declaration.effective_on) <= asked.now.date(),
        )
    )  # fmt: skip
    none, no, day, time = cast(null(), String), literal(False), cast(null(), Date), cast(null(), Utc)
    empty, zero = literal(""), literal(0)
    followed: Rows = (
        select(
            literal("followed"), empty, none, no, empty, empty, empty, empty, col(Programme.id), day, zero, time,
            empty,
        )
        .select_from(Programme)
        .join(Follow, follows & (col(Follow.subject) == literal("programme:") + col(Programme.id)))
    )  # fmt: skip
    named = (col(ProgrammeMetal.programme_id) == Programme.id) & (col(ProgrammeMetal.metal_id) == Metal.id)
    metals: Rows = (
        select(
            literal("metal"), empty, none, no, empty, empty, col(Metal.name), empty, col(Programme.id), day, zero,
            time, empty,
        )
        .select_from(Follow)
        .join(Metal, col(Follow.subject) == literal("metal:") + col(Metal.id))
        .join(Programme, col(Programme.example).is_(asked.whose.is_demonstration))
        .outerjoin(ProgrammeMetal, named)
        .where(
            follows,
            or_(
                col(ProgrammeMetal.excluded).is_(False),
                and_(col(ProgrammeMetal.excluded).is_(None), col(Programme.all_minerals)),
            ),
        )
    )  # fmt: skip
    decided: Rows = (
        select(
            literal("decided"), col(Decision.id), col(Decision.corrects), no, empty, col(Decision.act),
            col(Programme.short_name), empty, col(Decision.programme_id), col(Decision.effective_on), zero,
            col(Decision.recorded_at), col(Decision.effective_precision),
        )
        .join(Programme, col(Programme.id) == Decision.programme_id)
        .where(col(Decision.recorded_at) >= asked.now - timedelta(days=NEWS_DAYS + 1))
    )  # fmt: skip
    settled: Rows = (
        select(
            literal("settled"), col(Appeal.id), none, no, col(Decision.id), col(Appeal.outcome),
            col(Programme.short_name), col(Decision.act), col(Programme.id), col(Appeal.outcome_on), zero,
            col(Appeal.outcome_recorded_at), empty,
        )
        .select_from(Appeal)
        .join(Decision, col(Decision.id) == Appeal.decision_id)
        .join(Programme, col(Programme.id) == Decision.programme_id)
        .where(col(Appeal.outcome_recorded_at) >= asked.now - timedelta(days=NEWS_DAYS + 1))
    )  # fmt: skip
    owned = owned_by(
        asked.whose, literal("owned"), empty, none, no, empty, empty, empty, empty, col(Programme.id), day, zero, time,
        empty,
    )  # fmt: skip
    return [declared, followed, metals, decided, settled, owned]


SOURCES: list[Callable[[Owing], list[Due]]] = [_certificates, _reports, _changes]
