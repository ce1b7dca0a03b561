"""A producer's record as its own people and the LME see it: what is stated, what is open, and how it came to this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, literal, or_, select
from sqlmodel import col

from alignment.domain.catalogue import TrackA
from alignment.domain.checklist import NAMED, Said
from alignment.domain.claim import KINDS
from alignment.domain.entering import Known
from alignment.domain.frozen import dataclass
from alignment.domain.keeping import Noun, Values
from alignment.domain.people import EXAMPLE, Matter, Role, Someone
from alignment.domain.producer_record import BRAND, CERTIFICATE, PRODUCER, noun_of
from alignment.queries.facts import Rows
from alignment.queries.producers import ProducerPage, producer_page
from alignment.queries.register import Past, history, in_words, said_actor
from alignment.queries.stated import standing_rows
from alignment.tables import (
    Brand,
    BrandSite,
    Certificate,
    Equivalence,
    Event,
    Organisation,
    Person,
    Producer,
    Programme,
    Site,
    entering,
)
from alignment.tables.entering import known_to
from alignment.tables.owning import programme_matter


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A producer's record in a list. It has a name even where it has not been begun."""

    id: str
    name: str
    begun: bool
    own: bool
    brands: int


def records(connection: Connection, who: Someone) -> tuple[RecordLine, ...]:
    """The records that somebody may open: those of their own organisations, and for the LME every one. Two queries."""
    own = {where for where, role in who.roles if role is Role.PRODUCER}
    named: Rows = select(col(Organisation.id), col(Organisation.name)).where(col(Organisation.id).in_(sorted(own)))
    found = {row.id: RecordLine(row.id, row.name, False, True, 0) for row in connection.execute(named)}
    made = select(func.count()).where(col(Brand.producer_id) == col(Producer.id)).scalar_subquery()
    begun: Rows = select(col(Producer.id), col(Producer.name), made.label("brands")).order_by(
        col(Producer.position), col(Producer.name)
    )
    if not (who.is_a(Role.DECIDER) or who.is_a(Role.PUBLISHER)):
        begun = begun.where(col(Producer.id).in_(sorted(own)))
    for row in connection.execute(begun):
        if row.id in own or row.id.startswith(EXAMPLE) == who.is_demonstration:
            found[row.id] = RecordLine(row.id, row.name, True, row.id in own, row.brands)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class SiteLine:
    """A place that makes metal, and which brands."""

    id: str
    name: str
    country: str
    kind: str
    brands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """The record of one producer, whole."""

    page: ProducerPage
    sites: tuple[SiteLine, ...]
    kinds: tuple[tuple[str, str, int], ...]

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """The fields of the record of which nothing is said, as id and label."""
        return tuple((id, label) for id, label, number in self.kinds if not number)


def record_page(connection: Connection, producer: str, *, track_a: TrackA, as_at: date) -> RecordPage | None:
    """A producer's record with what is not public: five queries; None where it has not been begun."""
    page = producer_page(connection, producer, track_a=track_a, as_at=as_at, private=True)
    if page is None:
        return None
    counted: dict[str, int] = {}
    for field, _, claims in page.fields:
        counted[field] = len(claims)
    for gap in page.gaps:
        counted[gap.field] = counted.get(gap.field, 0) + 1
    return RecordPage(
        page=page,
        sites=_sites(connection, producer),
        kinds=tuple((kind.id, kind.label, counted.get(kind.id, 0)) for kind in KINDS.values()),
    )


def _sites(connection: Connection, producer: str) -> tuple[SiteLine, ...]:
    rows: Any = connection.execute(
        select(col(Site.id), col(Site.name), col(Site.country), col(Site.kind), col(Brand.name).label("brand"))
        .outerjoin(BrandSite, col(BrandSite.site_id) == Site.id)
        .outerjoin(Brand, col(Brand.id) == BrandSite.brand_id)
        .where(col(Site.producer_id) == producer)
        .order_by(col(Site.name), col(Brand.position))
    )
    found: dict[str, SiteLine] = {}
    for row in rows:
        before = found.get(row.id)
        brands = (*(before.brands if before else ()), *([row.brand] if row.brand else []))
        found[row.id] = SiteLine(row.id, row.name, row.country, row.kind, brands)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A certificate that is entered for another brand of the producer, and not for this one."""

    id: str
    title: str


def certificates_elsewhere(connection: Connection, producer: str, brand: str) -> tuple[Elsewhere, ...]:
    """The certificates of a producer's other brands that a brand has not, as far as their numbers tell. One query."""
    statement: Rows = (
        select(
            col(Certificate.id), col(Certificate.corrects), col(Certificate.withdrawn), col(Certificate.kind),
            col(Certificate.number), col(Certificate.brand_id), col(Certificate.public), col(Brand.name),
            col(Programme.short_name), col(Equivalence.name).label("equivalent"),
        )
        .join(Brand, col(Brand.id) == Certificate.brand_id)
        .outerjoin(Programme, col(Programme.id) == Certificate.programme_id)
        .outerjoin(Equivalence, col(Equivalence.id) == Certificate.equivalence_id)
        .where(col(Brand.producer_id) == producer)
        .order_by(col(Brand.position), col(Certificate.position))
    )  # fmt: skip
    rows = standing_rows(connection.execute(statement).all(), private=True)
    own = {(row.kind, row.number.casefold()) for row in rows if row.brand_id == brand and row.number}
    return tuple(
        Elsewhere(row.id, f"{_certified(row)}{f', {row.number}' if row.number else ''}: {row.name}")
        for row in rows
        if row.brand_id != brand and (row.kind, row.number.casefold()) not in own
    )


def _certified(row: Row[Any]) -> str:
    return NAMED.get(row.kind) or row.short_name or row.equivalent or "Certificate"


# --- one entry ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Version:
    """One state of what was stated: who entered it when, by which act, and what it said."""

    id: str
    act: str
    who: str
    at: datetime
    said: tuple[tuple[str, str], ...]
    remark: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One entry of a record as it stands, for its form; the versions before it, newest first.

    ``matter`` is what verifying it is about; ``newer`` the id of what has taken its place.
    """

    noun: Noun
    kind: str
    id: str
    title: str
    brand: str
    values: Values
    version: int
    said: Said
    withdrawn: bool
    newer: str
    matter: Matter
    versions: tuple[Version, ...]
    history: tuple[Past, ...]
    stands: bool = True


def known(connection: Connection, producer: str, items: Mapping[str, str]) -> Known:
    """What forms of the record offer and are judged by."""
    return known_to(connection, producer, example=producer.startswith(EXAMPLE), items=items)


def entry_page(connection: Connection, producer: str, noun_id: str, id: str, known: Known) -> EntryPage | None:
    """One entry of a record: at most four queries; None where the record has none of that id."""
    if noun_id in entering.KEPT:
        return _kept(connection, producer, noun_id, id, known)
    return _stated(connection, producer, noun_id, id, known) if noun_id in entering.STATED else None


def _kept(connection: Connection, producer: str, noun_id: str, id: str, known: Known) -> EntryPage | None:
    noun = noun_of(noun_id)
    table = entering.KEPT[noun_id]
    assert noun is not None, "every table of the record has its noun"
    row = connection.execute(select(table.__table__).where(col(table.id) == id)).first()
    if row is None or (row.id if noun is PRODUCER else row.producer_id) != producer:
        return None
    made_at = sorted(known.brands[id].sites) if noun is BRAND else None
    return EntryPage(
        noun=noun, kind="", id=id, title=row.name, brand=id if noun is BRAND else "",
        values=entering.says(noun, row, made_at), version=row.version, said=Said(), withdrawn=False, newer="",
        matter=Matter(producer=producer), versions=(), history=history(connection, noun, id, known.choices()),
    )  # fmt: skip


def _stated(connection: Connection, producer: str, noun_id: str, id: str, known: Known) -> EntryPage | None:
    table = entering.STATED[noun_id]
    row = connection.execute(select(table.__table__).where(col(table.id) == id)).first()
    if row is None or (row.producer_id if noun_id == "claims" else producer) != producer:
        return None
    brand = "" if noun_id == "claims" else row.brand_id
    if brand and brand not in known.brands:
        return None
    kind = row.field if noun_id == "claims" else ""
    noun = noun_of(noun_id, kind)
    if noun is None:
        return None
    whose = table.producer_id == producer if noun_id == "claims" else table.brand_id == brand
    rows = {each.id: each for each in connection.execute(select(table.__table__).where(whose))}
    newer = next((each.id for each in rows.values() if each.corrects == id), "")
    line = _line(rows, row)
    entered = _entered(connection, noun, line)
    return EntryPage(
        noun=noun, kind=kind, id=id, title=_title(noun, row, known), brand=brand,
        values=entering.says(noun, row), version=0, said=Said(row.verified_by, row.verified_on),
        withdrawn=row.withdrawn, newer=newer, matter=_matter(connection, noun, row, producer, entered),
        versions=tuple(_version(noun, each, entered, known) for each in line), history=(),
        stands=not (newer or row.withdrawn),
    )  # fmt: skip


def _line(rows: Mapping[str, Row[Any]], row: Row[Any]) -> list[Row[Any]]:
    """A row and what it corrects, back to the first."""
    line = [row]
    while line[-1].corrects in rows:
        line.append(rows[line[-1].corrects])
    return line


def _entered(connection: Connection, noun: Noun, line: Sequence[Row[Any]]) -> dict[str, Row[Any]]:
    """The event by which each row was entered, with the name behind it."""
    subjects = [f"{noun.table}:{each.id}" for each in line]
    rows: Rows = (
        select(col(Event.subject), col(Event.act), col(Event.actor), col(Event.at), col(Person.name))
        .outerjoin(Person, literal("person:").concat(col(Person.id)) == col(Event.actor))
        .where(col(Event.subject).in_(subjects))
        .order_by(col(Event.seq).desc())
    )
    return {row.subject.partition(":")[2]: row for row in connection.execute(rows)}


def _version(noun: Noun, row: Row[Any], entered: Mapping[str, Row[Any]], known: Known) -> Version:
    event = entered.get(row.id)
    values, every = entering.says(noun, row), known.choices()
    said = [(field.label, in_words(field, values[field.name], every)) for field in noun.fields]
    return Version(
        id=row.id, act=event.act if event else "recorded",
        who=(event.name or said_actor(event.actor)) if event else "not known", at=row.recorded_at,
        said=tuple((label, words) for label, words in said if words), remark=row.remark, withdrawn=row.withdrawn,
    )  # fmt: skip


def _matter(
    connection: Connection, noun: Noun, row: Row[Any], producer: str, entered: Mapping[str, Row[Any]]
) -> Matter:
    """A statement as a matter to be verified: whose it is, who entered it, and, if public, who owns its programme."""
    owned = noun is CERTIFICATE and row.programme_id and row.public
    found = programme_matter(connection, row.programme_id) if owned else None
    event = entered.get(row.id)
    return Matter(
        producer=producer, owners=found.owners if found else frozenset(), done_by=event.actor if event else ""
    )


def _title(noun: Noun, row: Row[Any], known: Known) -> str:
    if noun.id == "claims":
        return str(row.title)
    if noun.id == "answers":
        return known.items.get(row.item, row.item)
    if noun.id == "declarations":
        return f"Track {row.track}, {known.brands[row.brand_id].name}"
    what = NAMED.get(row.kind, "")
    if row.programme_id in known.programmes:
        what = known.programmes[row.programme_id].name
    return f"{what or 'Certificate'}{f', {row.number}' if row.number else ''}"


@dataclass(frozen=True, slots=True)
class Done:
    """One thing done in a record: when, by whom, what, and where it can be looked at."""

    at: datetime
    who: str
    act: str
    what: str


def latest(connection: Connection, producer: str, most: int = 10) -> tuple[Done, ...]:
    """What people did in a record lately, newest first: one query."""
    of_brands = select(col(Brand.id)).where(col(Brand.producer_id) == producer)
    parts: list[Any] = [col(Event.subject) == f"producer:{producer}"]
    for table, whose in ((Brand, col(Brand.producer_id) == producer), (Site, col(Site.producer_id) == producer)):
        parts.append(_subjects(table, whose))
    for table in entering.STATED.values():
        whose = table.producer_id == producer if table.__tablename__ == "claim" else col(table.brand_id).in_(of_brands)
        parts.append(_subjects(table, whose))
    rows: Rows = (
        select(col(Event.at), col(Event.actor), col(Event.act), col(Event.subject), col(Person.name))
        .outerjoin(Person, literal("person:").concat(col(Person.id)) == col(Event.actor))
        .where(or_(*parts), col(Event.actor).startswith("person:"))
        .order_by(col(Event.seq).desc())
        .limit(most)
    )
    return tuple(
        Done(
            datetime.fromisoformat(row.at), row.name or said_actor(row.actor), row.act,
            row.subject.partition(":")[0].replace("_", " "),
        )
        for row in connection.execute(rows)
    )  # fmt: skip


def _subjects(table: Any, whose: Any) -> Any:
    subjects: Any = select(literal(f"{table.__tablename__}:").concat(col(table.id))).where(whose)
    return col(Event.subject).in_(subjects)
