"""Advance notices: who would be told that a status changes, what they were told, and what waits under embargo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, exists, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.differing import STATUS, Row
from alignment.domain.draft import Written
from alignment.domain.frozen import dataclass
from alignment.domain.people import Role, Someone
from alignment.domain.when import say_day
from alignment.queries.declarations import declared_on
from alignment.queries.facts import Rows
from alignment.queries.work import Asked, Item, Waiting, branch
from alignment.tables import (
    AssuranceProcess,
    Draft,
    Membership,
    Notice,
    Organisation,
    Person,
    Programme,
    StandardOwner,
)

SET_ASIDE = "set aside: this update is not being prepared any more"
READERS = (Role.SCHEME_OWNER, Role.PRODUCER)
"""Who reads a notice to their organisation."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """An organisation that would be told: why, what, who reads it there, and what it was told last.

    ``organisation`` is empty where a producer has no organisation in this register and so cannot be told.
    """

    organisation: str
    name: str
    because: tuple[str, ...]
    text: str
    people: int
    told: str
    told_at: datetime | None

    @property
    def new(self) -> bool:
        """Whether a sending now would tell it anything."""
        return bool(self.organisation) and self.text != self.told


def recipients(
    connection: Connection, written: Written, rows: Sequence[Row], sent: Iterable[Held], now: datetime
) -> tuple[Recipient, ...]:
    """Those whose status would change by a draft: owners, and producers whose brands declare it. Four queries.

    ``sent`` are the notices of the draft that went out.
    """
    changed = {row.programme: row for row in rows if any(cell.name in STATUS for cell in row.cells)}
    if not changed:
        return ()
    because: dict[str, dict[str, str]] = defaultdict(dict)
    for organisation, programme in _owners(connection, changed):
        because[organisation][programme] = f"owner of {changed[programme].standard}"
    names: dict[str, str] = {}
    for each in declared_on(connection, written.as_at):
        for programme in filter(each.uses, changed):
            names[each.producer] = each.producer_name
            because[each.producer][programme] = f"{each.name} declares {changed[programme].standard}"
    known = {
        row.id: row.name
        for row in connection.execute(
            select(col(Organisation.id), col(Organisation.name)).where(col(Organisation.id).in_(sorted(because)))
        )
    }
    readers, told = _readers(connection, sorted(because), now), {each.organisation: each for each in sent}
    return tuple(
        Recipient(
            organisation=id if id in known else "",
            name=known.get(id) or names.get(id, id),
            because=tuple(reasons.values()),
            text=notice_text(written, [changed[programme] for programme in changed if programme in reasons]),
            people=readers.get(id, 0),
            told=told[id].text if id in told else "",
            told_at=told[id].at if id in told else None,
        )
        for id, reasons in sorted(because.items(), key=lambda each: known.get(each[0]) or each[0])
    )


def notice_text(written: Written, rows: Iterable[Row]) -> str:
    """What an organisation is told: each of its programmes, as it stood and as it will be printed."""
    lines = [f"Market update {written.number}, table as at {say_day(written.as_at)}:"]
    for row in rows:
        lines += ["", row.standard]
        for cell in row.cells:
            if cell.name in STATUS:
                lines.append(f"{cell.title}: {cell.before or 'no row'} → {cell.after or 'no row'}")
    return "\n".join(lines)


def _owners(connection: Connection, programmes: Iterable[str]) -> list[tuple[str, str]]:
    statement: Rows = (
        select(
            col(Programme.id), col(Programme.owner_id).label("runs"),
            col(StandardOwner.organisation_id).label("wrote"), col(AssuranceProcess.owner_id).label("checks"),
        )
        .outerjoin(StandardOwner, col(StandardOwner.standard_id) == Programme.standard_id)
        .outerjoin(AssuranceProcess, col(AssuranceProcess.id) == Programme.assurance_process_id)
        .where(col(Programme.id).in_(list(programmes)))
        .order_by(col(Programme.number))
    )  # fmt: skip
    found = [
        (each, row.id) for row in connection.execute(statement) for each in (row.runs, row.wrote, row.checks) if each
    ]
    return list(dict.fromkeys(found))


def _readers(connection: Connection, organisations: Sequence[str], now: datetime) -> dict[str, int]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in connection.execute(_holders(now).where(col(Membership.organisation_id).in_(organisations))):
        found[row.organisation_id].add(row.id)
    return {organisation: len(people) for organisation, people in found.items()}


def _holders(now: datetime) -> Rows:
    """The people who read notices, by organisation."""
    return (
        select(col(Person.id), col(Person.name), col(Person.email), col(Membership.organisation_id))
        .join(Membership, col(Membership.person_id) == Person.id)
        .where(
            col(Person.active).is_(True),
            col(Membership.role).in_([role.value for role in READERS]),
            col(Membership.since) <= now,
            or_(col(Membership.until).is_(None), col(Membership.until) > now),
        )
        .order_by(col(Person.name), col(Person.id))
    )


@dataclass(frozen=True, slots=True)
class Held:
    """A notice as it went out: the newest of its organisation for a draft."""

    draft: str
    number: str
    organisation: str
    name: str
    text: str
    embargo_until: datetime
    at: datetime
    published: str
    aside: bool

    def said(self, now: datetime) -> str:
        """How it stands: under embargo, published, or set aside."""
        if self.published:
            return f"published as {self.published}"
        if self.aside:
            return SET_ASIDE
        return say_embargo(self.embargo_until, now)


def say_embargo(embargo_until: datetime, now: datetime) -> str:
    """How a notice stands while its market update is not published."""
    until = f"{say_day(embargo_until.date())}, {embargo_until:%H:%M} UTC"
    return f"under embargo until {until}" if embargo_until > now else f"embargo ended {until}, not published"


def notices(connection: Connection, *, draft: str = "", organisations: Iterable[str] | None = None) -> tuple[Held, ...]:
    """The newest notice of each organisation, of one draft or to some organisations: one query."""
    statement: Rows = (
        select(
            col(Notice.draft_id), col(Notice.organisation_id), col(Notice.text), col(Notice.embargo_until),
            col(Notice.at), col(Draft.number), col(Draft.published), col(Draft.aside),
            col(Organisation.name),
        )
        .join(Draft, col(Draft.id) == Notice.draft_id)
        .join(Organisation, col(Organisation.id) == Notice.organisation_id)
        .order_by(col(Organisation.name), col(Notice.number))
    )  # fmt: skip
    if draft:
        statement = statement.where(col(Notice.draft_id) == draft)
    if organisations is not None:
        statement = statement.where(col(Notice.organisation_id).in_(sorted(organisations)))
    newest = {(row.draft_id, row.organisation_id): row for row in connection.execute(statement)}
    return tuple(
        Held(
            row.draft_id, row.number, row.organisation_id, row.name, row.text, row.embargo_until, row.at,
            row.published or "", bool(row.aside),
        )
        for row in newest.values()
    )  # fmt: skip


def _told(connection: Connection, draft: str) -> Mapping[str, Held]:
    return {each.organisation: each for each in notices(connection, draft=draft)}


def addressees(connection: Connection, draft: str, now: datetime) -> list[tuple[str, str, str, Held]]:
    """Everybody to whom notices of a draft are mailed: id, name, address and notice. Two queries."""
    told = _told(connection, draft)
    rows = connection.execute(_holders(now).where(col(Membership.organisation_id).in_(sorted(told))))
    found = {(row.id, row.organisation_id): (row.id, row.name, row.email, told[row.organisation_id]) for row in rows}
    return list(found.values())


def reads(someone: Someone) -> frozenset[str]:
    """The organisations whose notices somebody reads."""
    return frozenset(organisation for organisation, role in someone.roles if role in READERS)


def _announced(asked: Asked) -> Rows:
    """The newest notice to each of somebody's organisations of every draft that is not published.

    Of one that was set aside it stands until its embargo ends.
    """
    later = aliased(Notice)
    return (
        branch(
            "notice", order=(col(Organisation.name), col(Notice.draft_id)), id=col(Notice.draft_id),
            name=col(Draft.number), word=col(Draft.aside), at=col(Notice.embargo_until),
        )
        .select_from(Notice)
        .join(Draft, col(Draft.id) == Notice.draft_id)
        .join(Organisation, col(Organisation.id) == Notice.organisation_id)
        .where(
            col(Notice.organisation_id).in_(sorted(reads(asked.someone))),
            or_(col(Draft.published).is_(None), col(Draft.published) == ""),
            or_(col(Draft.aside) == "", col(Notice.embargo_until) > asked.now),
            ~exists().where(
                col(later.draft_id) == Notice.draft_id,
                col(later.organisation_id) == Notice.organisation_id,
                col(later.number) > Notice.number,
            ),
        )
    )  # fmt: skip


def waiting(connection: Connection, asked: Asked) -> list[Item]:
    """Notices to somebody's organisations, until the update is published, or the embargo of one set aside ends."""
    return [
        Item(
            f"Market update {row.name}: your status changes", f"/notices/{row.id}",
            SET_ASIDE if row.word else say_embargo(row.at, asked.now), urgent=True,
        )
        for row in asked.rows["notice"]
    ]  # fmt: skip


WAITING = Waiting(
    "notices",
    "Advance notices",
    frozenset(READERS),
    waiting,
    "No market update that changes the status of a programme of yours is announced.",
    (_announced,),
)
