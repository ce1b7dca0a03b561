"""A producer's own record: begun, filled, corrected, withdrawn and verified.

A producer bears the id of its organisation, so a role for the organisation is a role for its record. What is kept
(the producer, its sites and brands) changes from version to version; what is stated (declarations, certificates,
answers, claims) is never changed: a correction is a new row that says what it corrects, and so are a withdrawal
and the word of somebody else who verified it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, func, select
from sqlmodel import Session, SQLModel, col, delete

from alignment.domain.entering import Known, faults_of
from alignment.domain.frozen import dataclass
from alignment.domain.keeping import Noun, Shape, Values
from alignment.domain.people import EXAMPLE, Actor, Do, Matter, Role, Someone, why_not
from alignment.domain.producer_record import BRAND, CERTIFICATE, DECLARATION, PRODUCER, slug
from alignment.domain.refusal import Missing, Refusal, Stale, Unfit, fit
from alignment.services import ledger
from alignment.services.clashes import check
from alignment.tables import Brand, BrandSite, Certificate, Event, Organisation, Producer, Site, entering
from alignment.tables.entering import known_to
from alignment.tables.owning import programme_matter


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody enters: the values of a form, for which record, and what it corrects."""

    noun: Noun
    producer: str
    values: Values
    brand: str = ""
    kind: str = ""
    corrects: str = ""


# --- what is kept -----------------------------------------------------------------------------------------


def begin_record(session: Session, *, actor: Someone, producer: str, values: Values, now: datetime) -> None:
    """Begin the record of an organisation, under the id that the organisation has."""
    _require(actor, Do.KEEP_BRAND, producer)
    ledger.take_turn(session)
    if session.get(Organisation, producer) is None:
        raise Missing(f"There is no organisation “{producer}”.")
    if session.get(Producer, producer) is not None:
        raise Refusal("This record has been begun already: open it and go on there.")
    row = Producer(id=producer, position=_next(session, Producer.position), **values)
    ledger.enter(session, row, actor=actor.actor, act="begun", now=now)


def add(session: Session, *, actor: Someone, entry: Entry, items: Mapping[str, str], now: datetime) -> str:
    """A site or a brand more; its id, which never changes. Unfit with a sentence for each field."""
    known = _judge(session, actor, entry, items, now)
    if entry.noun is BRAND:
        return add_brands(session, actor=actor.actor, entries=[entry], known={entry.producer: known}, now=now)[0]
    id = _free_id(Site, entry.producer, entry.values["name"], _ids(session, Site, entry.producer))
    row = Site(id=id, producer_id=entry.producer, **entry.values)
    ledger.enter(session, row, actor=actor.actor, act="added", now=now)
    return id


def add_brands(
    session: Session, *, actor: Actor, entries: Sequence[Entry], known: Mapping[str, Known], now: datetime
) -> list[str]:
    """Brands that were judged, each with the sites that make it; their ids. As few statements for many as for one."""
    taken = {producer: _ids(session, Brand, producer) for producer in {each.producer for each in entries}}
    position = _next(session, Brand.position)
    rows = []
    for at, each in enumerate(entries):
        id = _free_id(Brand, each.producer, each.values["name"], taken[each.producer])
        taken[each.producer].add(id)
        said = entering.columns(BRAND, each.values, known[each.producer])
        rows.append(Brand(id=id, producer_id=each.producer, position=position + at, **said))
    session.add_all(rows)
    session.flush()
    made = zip(rows, entries, strict=True)
    session.add_all(BrandSite(brand_id=row.id, site_id=site) for row, each in made for site in each.values["sites"])
    happened = [
        (f"brand:{row.id}", {"producer": each.producer, **each.values}) for row, each in zip(rows, entries, strict=True)
    ]
    ledger.record_all(session, happened, actor=actor, act="added", now=now)
    return [row.id for row in rows]


def change(
    session: Session, *, actor: Someone, entry: Entry, id: str, version: int, items: Mapping[str, str], now: datetime
) -> bool:
    """Store what a form says in place of what stood there; whether anything differed. Clash, Unfit as they say."""
    known = _judge(session, actor, entry, items, now, id=id)
    row: Any = session.get(entering.KEPT[entry.noun.id], id)
    if row is None or (row.id if entry.noun is PRODUCER else row.producer_id) != entry.producer:
        raise Missing(f"There is no {entry.noun.one} “{id[:60]}” in this record.")
    made_at = sorted(known.brands[id].sites) if entry.noun is BRAND else None
    before = entering.says(entry.noun, row, made_at)
    if before == entry.values:
        return False
    subject = f"{entry.noun.table}:{id}"
    if row.version != version:
        base = ledger.began_from(session, subject, row.version - version)
        check(base, before, entry.values, entry.noun.labels, row.version)
    for name, value in entering.columns(entry.noun, entry.values, known).items():
        setattr(row, name, value)
    row.version += 1
    session.add(row)
    session.flush()
    if entry.noun is BRAND:
        _made_at(session, id, entry.values["sites"])
    ledger.record(
        session, actor=actor.actor, act="changed", subject=subject, before=before, after=entry.values, now=now
    )
    return True


def _made_at(session: Session, brand: str, sites: Iterable[str]) -> None:
    session.exec(delete(BrandSite).where(col(BrandSite.brand_id) == brand))
    session.add_all(BrandSite(brand_id=brand, site_id=each) for each in sites)
    session.flush()


def _ids(session: Session, table: Any, producer: str) -> set[str]:
    """The ids that begin as those of a producer's rows do, whosever they are."""
    found = select(col(table.id)).where(col(table.id).startswith(f"{producer}-", autoescape=True))
    return set(session.execute(found).scalars())


def _free_id(table: Any, producer: str, name: str, taken: Collection[str]) -> str:
    """The producer and the name, as an address says them; with a number where that is taken."""
    begins = f"{producer}-{slug(name) or table.__tablename__}"
    id, at = begins, 1
    while id in taken:
        at += 1
        id = f"{begins}-{at}"
    return id


# --- what is stated ---------------------------------------------------------------------------------------


def state(session: Session, *, actor: Someone, entry: Entry, items: Mapping[str, str], now: datetime) -> str:
    """Enter a declaration, a certificate, an answer or a claim, or correct one; its id. Unfit by field."""
    known = _judge(session, actor, entry, items, now, id=entry.corrects)
    corrected = _standing(session, entry.noun, entry.corrects, entry.producer) if entry.corrects else None
    row = _row(entry, known, now, _next_place(session, entry))
    if corrected is not None and entry.noun.id == "claims":
        row.criteria = corrected.criteria  # a corrected claim keeps speaking to what it spoke to
    if entry.noun is DECLARATION:
        row.declared_by = actor.actor.id
    _store(session, [row], actor.actor, "corrected" if entry.corrects else "stated", now)
    return str(row.id)


def state_certificates(
    session: Session, *, actor: Actor, entries: Sequence[Entry], known: Mapping[str, Known], now: datetime
) -> list[str]:
    """Certificates that were judged; their ids. As few statements for many as for one."""
    brands = {each.brand for each in entries}
    last = (
        select(col(Certificate.brand_id), func.max(col(Certificate.position)).label("place"))
        .where(col(Certificate.brand_id).in_(brands))
        .group_by(col(Certificate.brand_id))
    )
    places = Counter({row.brand_id: row.place for row in session.execute(last)})
    rows = []
    for each in entries:
        places[each.brand] += 1
        rows.append(_row(each, known[each.producer], now, places[each.brand]))
    _store(session, rows, actor, "stated", now)
    return [row.id for row in rows]


def _row(entry: Entry, known: Known, now: datetime, position: int) -> Any:
    """An entry that was judged, as the row of its table."""
    return entering.STATED[entry.noun.id](
        id=token_hex(8),
        recorded_at=now,
        position=position,
        corrects=entry.corrects or None,
        **_whose(entry),
        **entering.columns(entry.noun, entry.values, known, entry.kind),
    )


def withdraw(
    session: Session, *, actor: Someone, noun: Noun, producer: str, id: str, reason: str, now: datetime
) -> None:
    """Take back what was stated. The row stays; a new one says that it no longer stands, and why."""
    _require(actor, Do.KEEP_BRAND, producer)
    ledger.take_turn(session)
    row = _standing(session, noun, id, producer)
    if not reason.strip():
        raise Unfit({"reason": "Say why it is withdrawn: the reason stays in the history."})
    if len(reason) > 500:
        raise Unfit({"reason": "The reason has at most 500 characters."})
    _store(session, [_after(row, now, withdrawn=True, remark=reason.strip())], actor.actor, "withdrawn", now)


def verify(session: Session, *, actor: Someone, noun: Noun, producer: str, id: str, seen: str, now: datetime) -> None:
    """Somebody outside the producer confirms what it states: a new row in their organisation's name."""
    row = _standing(session, noun, id, producer)
    reason = why_not(actor, Do.VERIFY_CLAIM, verifying(session, noun, row, producer))
    if reason:
        raise Refusal(reason)
    ledger.take_turn(session)
    if row.verified_by:
        raise Refusal(f"It is verified already, by {row.verified_by}.")
    if not seen.strip():
        raise Unfit(
            {"seen": "Say what you have seen that confirms it: the document, its date, the register looked up."}
        )
    if len(seen) > 500:
        raise Unfit({"seen": "What you have seen has at most 500 characters."})
    told = _after(row, now, verified_by=_in_the_name_of(session, actor), verified_on=now.date(), remark=seen.strip())
    _store(session, [told], actor.actor, "verified", now)


def verifying(session: Session | Connection, noun: Noun, row: Any, producer: str) -> Matter:
    """A statement as a matter to be verified: whose it is, who entered it, and, if public, who owns its programme."""
    owners: frozenset[str] = frozenset()
    if noun is CERTIFICATE and row.programme_id and row.public:
        matter = programme_matter(session, row.programme_id)
        owners = matter.owners if matter else owners
    subject = f"{noun.table}:{row.id}"
    entered = session.execute(select(col(Event.actor)).where(col(Event.subject) == subject).limit(1)).scalar()
    return Matter(producer=producer, owners=owners, done_by=entered or "")


def _after(row: Any, now: datetime, **values: Any) -> SQLModel:
    """A copy that corrects a row and says something more."""
    copied = row.model_dump() | {"id": token_hex(8), "corrects": row.id, "recorded_at": now} | values
    after: SQLModel = type(row)(**copied)
    return after


def _in_the_name_of(session: Session, actor: Someone) -> str:
    """The organisation for which somebody verifies: what a reader knows, and no name of a person."""
    roles = (Role.DECIDER, Role.PUBLISHER, Role.SCHEME_OWNER)
    organisation = next(where for role in roles for where, held in sorted(actor.roles) if held is role)
    return session.get_one(Organisation, organisation).name


def _store(session: Session, rows: Sequence[Any], actor: Actor, act: str, now: datetime) -> None:
    """Store statements, each with its event."""
    session.add_all(rows)
    happened = [(ledger.subject_of(row), _told(row)) for row in rows]
    ledger.record_all(session, happened, actor=actor, act=act, now=now)


def _told(row: Any) -> dict[str, Any]:
    """What the event of a statement tells: of what is not public only that it is there."""
    if getattr(row, "public", True):
        return ledger.values_of(row)
    return {name: getattr(row, name) for name in ("id", "corrects", "public", "withdrawn")}


def _whose(entry: Entry) -> dict[str, str]:
    return {"producer_id": entry.producer} if entry.noun.id == "claims" else {"brand_id": entry.brand}


def _next_place(session: Session, entry: Entry) -> int:
    table = entering.STATED[entry.noun.id]
    ((name, whose),) = _whose(entry).items()
    last = session.execute(select(func.max(table.position)).where(getattr(table, name) == whose)).scalar()
    return (last or 0) + 1


def _standing(session: Session, noun: Noun, id: str, producer: str) -> Any:
    """A statement of a record that nothing has corrected yet."""
    table = entering.STATED[noun.id]
    row = session.get(table, id)
    if row is None or _producer_of(session, noun, row) != producer:
        raise Missing(f"There is no {noun.one} “{id[:60]}” in this record.")
    later = session.execute(select(col(table.id)).where(col(table.corrects) == id).limit(1)).scalar()
    if later or row.withdrawn:
        raise Stale("This was corrected or withdrawn meanwhile: open it as it stands now, then go on from there.")
    return row


def _producer_of(session: Session, noun: Noun, row: Any) -> str:
    if noun.id == "claims":
        return str(row.producer_id)
    return session.get_one(Brand, row.brand_id).producer_id


# --- what every entry goes through -----------------------------------------------------------------------------


def _judge(
    session: Session, actor: Someone, entry: Entry, items: Mapping[str, str], now: datetime, *, id: str = ""
) -> Known:
    """What the register holds, once the actor may and the entry holds. Refusal, or Unfit by field."""
    _require(actor, Do.KEEP_BRAND, entry.producer)
    ledger.take_turn(session)
    if session.get(Producer, entry.producer) is None:
        raise Missing(f"There is no record of a producer “{entry.producer}” yet: begin it first.")
    known = known_by(session, entry.producer, items)
    faults = faults_of(entry.noun, entry.values, known, today=now.date(), brand=entry.brand, id=id)
    fit(faults)
    return known


def faults_as_far_as_read(entry: Entry, known: Known, unread: Mapping[str, str], today: date) -> dict[str, str]:
    """What would be refused besides the fields that could not be read, taking those as empty."""
    empty: dict[Shape, Any] = {Shape.MANY: [], Shape.FIGURES: {}, Shape.FLAG: False}
    blank = {field.name: empty.get(field.shape, "") for field in entry.noun.fields if field.name in unread}
    return faults_of(entry.noun, {**entry.values, **blank}, known, today=today, brand=entry.brand, id=entry.corrects)


def known_by(session: Session, producer: str, items: Mapping[str, str]) -> Known:
    """What the entries of a producer are judged by; a producer of the worked example knows its programmes alone."""
    return known_to(session.connection(), producer, example=producer.startswith(EXAMPLE), items=items)


def _require(actor: Someone, act: Do, producer: str) -> None:
    reason = why_not(actor, act, Matter(producer=producer))
    if reason:
        raise Refusal(reason)


def _next(session: Session, position: Any) -> int:
    return (session.execute(select(func.max(position))).scalar() or 0) + 1
