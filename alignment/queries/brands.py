"""Brands: what each declares and holds, what the checklist says of it, and what stays unknown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, false, func, literal, select, union_all
from sqlmodel import col

from alignment.domain.brand import Track
from alignment.domain.catalogue import ChecklistItem, Stage, TrackA
from alignment.domain.checklist import (
    NAMED,
    NORMS,
    WAYS,
    Answer,
    BrandFacts,
    Certificate,
    Declared,
    OnRecord,
    Point,
    ProgrammeFacts,
    Said,
    Way,
    checklist,
)
from alignment.domain.decision import Act, Ahead, Approval, ahead, standing, taken_ahead
from alignment.domain.decision import Decision as DecisionFact
from alignment.domain.frozen import dataclass
from alignment.domain.people import EXAMPLE
from alignment.domain.when import When
from alignment.queries.claims import ANSWERED_IN, ClaimLine, claim_lines, read_claims
from alignment.queries.declarations import DeclarationLine, Standing, declaration_lines, tracks_on
from alignment.queries.facts import Named, ProgrammeRow, in_force, named_on, named_programmes, replaces
from alignment.queries.records import Ground
from alignment.queries.stated import (
    begun,
    effective_of,
    ground_of,
    in_register,
    moment,
    names_in_register,
    said_of,
    sourced,
    standing_rows,
)
from alignment.tables import (
    Brand,
    BrandSite,
    ChecklistAnswer,
    Decision,
    Declaration,
    Equivalence,
    Metal,
    Producer,
    Site,
    Source,
)
from alignment.tables import Certificate as CertificateRow


@dataclass(frozen=True, slots=True)
class BrandLine:
    """A brand in a list. ``track`` is None where no declaration is held."""

    id: str
    name: str
    producer: str
    producer_name: str
    metal: str
    metal_name: str
    settled: bool
    product: str
    stage: Stage | None
    listing: str
    by_product: bool
    track: Track | None
    track_since: When | None
    ground: Ground | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A certification programme that the LME accepts in place of norms, with the document that says so."""

    name: str
    stands_for: str
    ground: Ground | None


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One certificate as stated. ``counts_as`` says in place of what the LME accepts it, and where that stands."""

    id: str
    what: str
    issuer: str
    number: str
    edition: str
    sites: str
    metals: str
    conformance: str
    effective: When
    expires_on: date | None
    statement: str
    public: bool
    said: Said
    ground: Ground | None
    counts_as: Accepted | None


@dataclass(frozen=True, slots=True)
class Answered:
    """A point of the checklist with its answer, and what the producer states or leaves open on the matter.

    ``given`` is the id of the answer on record, if there is one; ``accepted`` is what meets it as the norm does.
    """

    item: ChecklistItem
    point: Point
    claims: tuple[ClaimLine, ...]
    given: str
    accepted: tuple[Accepted, ...]

    @property
    def ways(self) -> tuple[Way, ...]:
        """What the producer can enter so that a fact answers it."""
        return WAYS.get(self.item.code, ())


@dataclass(frozen=True, slots=True)
class InScope:
    """A programme whose scope has the brand's metal and stage, with its approval on the day."""

    id: str
    name: str
    short_name: str
    approval: Approval
    since: When | None
    declared: bool
    ahead: tuple[Ahead, ...]


@dataclass(frozen=True, slots=True)
class BrandPage:
    """The public part of a brand on a date. ``sites`` are the names of those that make it, as far as recorded."""

    brand: BrandLine
    sites: tuple[str, ...]
    example: bool
    as_at: date
    known_at: datetime | None
    declarations: tuple[DeclarationLine, ...]
    declared: DeclarationLine | None
    certificates: tuple[CertificateLine, ...]
    stated: tuple[ClaimLine, ...]
    track_claims: tuple[ClaimLine, ...]
    programmes: tuple[InScope, ...]
    checklist: tuple[Answered, ...]

    @property
    def counts(self) -> tuple[tuple[Answer, int], ...]:
        found = Counter(each.point.answer for each in self.checklist)
        return tuple((each, found[each]) for each in Answer)


def brands(connection: Connection, *, as_at: date, known_at: datetime | None = None) -> tuple[BrandLine, ...]:
    """The brands of the register, by producer: two queries."""
    rows = connection.execute(in_register(brand_rows(), Brand)).all()
    tracks = tracks_on(connection, as_at, known_at=known_at)
    return tuple(brand_line(row, tracks.get(row.id)) for row in rows)


def brand_names(connection: Connection) -> tuple[tuple[str, str], ...]:
    """The brands of the register, to choose from."""
    return names_in_register(connection, Brand)


@dataclass(frozen=True, slots=True)
class Declarable:
    """The programmes that a brand can declare on a day, how each is approved and since when, and what is decided ahead.

    ``accepted`` are, by id, the certification programmes that count in place of a norm by then.
    """

    listed: tuple[ProgrammeRow, ...]
    standings: Mapping[str, tuple[Approval, When | None]]
    ahead: Mapping[str, tuple[Ahead, ...]]
    accepted: Mapping[str, Accepted]


@dataclass(frozen=True, slots=True)
class DeclarableFacts:
    """What brands can declare on any day, as known at any moment: no day that is asked for costs a query."""

    named: tuple[Named, ...]
    acts: Sequence[Row[Any]]

    def on(self, as_at: date, known_at: datetime | None = None) -> Declarable:
        """The programmes with their approvals, and what counts in place of a certificate, on a day."""
        listed = tuple(named_on(self.named, as_at, known_at))
        acts = in_force([row for row in self.acts if row.recorded_at <= moment(known_at)])
        decided = _by_programme(acts)
        found = {each.id: standing(decided[each.id], as_at) for each in listed}
        return Declarable(
            listed,
            {each: (stands.approval, stands.since) for each, stands in found.items()},
            {each.id: ahead(decided[each.id], as_at) for each in listed},
            _accepted(acts, as_at),
        )


def declarable_facts(connection: Connection, *, example: bool = False) -> DeclarableFacts:
    """The programmes under all their names, the LME's decisions and what it accepts instead: three queries."""
    decided = _act("decision", Decision, Decision.act, Decision.programme_id, replaces())
    accepted = _act("accepted", Equivalence, Equivalence.name, Equivalence.stands_for, false())
    acts = union_all(decided, accepted.where(col(Equivalence.kind) == "certification")).order_by("position")
    return DeclarableFacts(named_programmes(connection, example=example), connection.execute(acts).all())


def _act(kind: str, table: Any, word: Any, about: Any, replaced: Any) -> Any:
    """What the LME decided or accepts, with the document that says so."""
    names = ("id", "corrects", "effective_on", "effective_precision", "announced_on", "recorded_at", "position")
    own = (getattr(table, name).label(name) for name in (*names, "place", "certainty", "remark", "source_id"))
    return select(
        literal(kind).label("kind"), word.label("word"), about.label("about"), replaced.label("replaces"), *own,
        col(Source.title).label("source_title"), col(Source.issuer).label("source_issuer"),
        col(Source.issued_on).label("source_issued_on"), col(Source.issued_precision).label("source_issued_precision"),
        col(Source.remark).label("source_remark"),
    ).outerjoin(Source, col(Source.id) == table.source_id)  # fmt: skip


def _accepted(rows: Iterable[Row[Any]], as_at: date) -> dict[str, Accepted]:
    """What the LME accepts in place of a certificate by the day, by the id under which it was first entered."""
    return {
        _entered_as(row.id): Accepted(row.word, row.about, ground_of(row))
        for row in begun(rows, as_at)
        if row.kind == "accepted"
    }


def brand_page(
    connection: Connection,
    brand: str,
    offered: Declarable,
    *,
    track_a: TrackA,
    as_at: date,
    known_at: datetime | None = None,
    private: bool = False,
) -> BrandPage | None:
    """One brand with its checklist: five queries; None where there is none of that name."""
    row = connection.execute(brand_rows().where(col(Brand.id) == brand)).first()
    if row is None:
        return None
    example = row.id.startswith(EXAMPLE)
    claims = claim_lines(begun(read_claims(connection, row.producer_id, known_at, private), as_at), track_a)
    listed = offered.listed
    facts = {
        each.id: ProgrammeFacts(
            each.id, each.name, *offered.standings[each.id], each.covers_metal(row.metal), each.standard_edition,
            each.condition_for(row.metal),
        )
        for each in listed
    }  # fmt: skip
    declarations = declaration_lines(_of_brand(connection, Declaration, brand, known_at), facts)
    current = next((each for each in declarations if each.effective.on <= as_at), None)
    certificates = begun(_of_brand(connection, CertificateRow, brand, known_at, private), as_at)
    answers = begun(_of_brand(connection, ChecklistAnswer, brand, known_at, private), as_at)
    held = BrandFacts(
        metal=row.metal_name.lower(), metal_settled=bool(row.lme_settled), listing=_listing(row),
        declared=_declared(current), programmes=facts,
        certificates=[_certificate(each, offered.accepted) for each in certificates],
        answers={each.item: _on_record(each) for each in answers}, sites=_made_at(row),
    )  # fmt: skip
    line = brand_line(row, current)
    given = {each.item: each.id for each in answers}
    points = checklist([item.code for item in track_a.checklist], held, as_at)
    return BrandPage(
        brand=line, sites=tuple(sorted(held.sites.values())), example=example, as_at=as_at, known_at=known_at,
        declarations=declarations, declared=current,
        certificates=tuple(_certificate_line(each, facts, row, offered.accepted) for each in certificates),
        stated=tuple(each for each in claims if each.field == "certificate"),
        track_claims=tuple(each for each in claims if each.field in ("scope", "commitment") and not each.gap),
        programmes=_in_scope(offered, facts, line, current),
        checklist=tuple(
            Answered(
                item, points[item.code], tuple(c for c in claims if c.field in ANSWERED_IN.get(item.code, ())),
                given.get(item.code, ""), _meeting(item.code, offered.accepted),
            )
            for item in track_a.checklist
        ),
    )  # fmt: skip


def _by_programme(acts: Iterable[Row[Any]]) -> Mapping[str, Sequence[DecisionFact]]:
    """The decisions on each programme."""
    ledger: dict[str, list[DecisionFact]] = defaultdict(list)
    for row in acts:
        if row.kind == "decision":
            effective = effective_of(row)
            taken = taken_ahead(effective, row.recorded_at.date(), row.announced_on)
            fact = DecisionFact(row.id, Act(row.word), effective, row.position, taken, bool(row.replaces))
            ledger[row.about].append(fact)
    return ledger


def _in_scope(
    offered: Declarable,
    facts: Mapping[str, ProgrammeFacts],
    brand: BrandLine,
    declared: DeclarationLine | None,
) -> tuple[InScope, ...]:
    """The programmes for the brand's metal and stage; none for a metal that the LME does not settle."""
    if not brand.settled:
        return ()
    own = {each for each, _ in declared.programmes} if declared else set()
    return tuple(
        InScope(
            each.id, each.name, each.short_name, facts[each.id].approval, facts[each.id].since, each.id in own,
            offered.ahead[each.id],
        )
        for each in offered.listed
        if each.covers_metal(brand.metal) and (brand.stage is None or not each.stages or brand.stage in each.stages)
    )  # fmt: skip


def _declared(line: DeclarationLine | None) -> Declared | None:
    if line is None:
        return None
    return Declared(line.track, tuple(each for each, _ in line.programmes), line.effective, line.said)


def _entered_as(id: str | None) -> str:
    """The id under which a record was first entered: corrections are numbered after a ~."""
    return (id or "").partition("~")[0]


def _meeting(code: str, accepted: Mapping[str, Accepted]) -> tuple[Accepted, ...]:
    """What meets a point of the checklist in place of the norm that it asks for."""
    number = NORMS[code].number if code in NORMS else ""
    return tuple(each for each in accepted.values() if number and number in each.stands_for)


def _certificate(row: Row[Any], accepted: Mapping[str, Accepted]) -> Certificate:
    equal = accepted.get(_entered_as(row.equivalence_id))
    return Certificate(
        kind=row.kind, effective=effective_of(row), expires_on=row.expires_on, conformance=row.conformance,
        sites=frozenset(row.sites.split()), stands_for=equal.stands_for if equal else "",
        edition=row.edition, programme=row.programme_id or "", said=said_of(row),
    )  # fmt: skip


def _made_at(brand: Row[Any]) -> dict[str, str]:
    """The sites that make a brand, by id with their names."""
    names = site_names(brand)
    return {each: names[each] for each in (brand.made_at or "").split()}


def site_names(brand: Row[Any]) -> dict[str, str]:
    """The names of the producer's sites by their ids."""
    return dict(line.split("=", 1) for line in (brand.site_names or "").splitlines())


def _certificate_line(
    row: Row[Any], facts: Mapping[str, ProgrammeFacts], brand: Row[Any], accepted: Mapping[str, Accepted]
) -> CertificateLine:
    programme = facts.get(row.programme_id or "")
    sites = site_names(brand)
    return CertificateLine(
        id=row.id,
        what=NAMED.get(row.kind) or (programme.name if programme else "") or row.equivalence_name or "not stated",
        issuer=row.issuer, number=row.number, edition=row.edition,
        sites=", ".join(sites.get(each, each) for each in row.sites.split()), metals=", ".join(row.metals.split()),
        conformance=row.conformance.replace("_", " "), effective=effective_of(row), expires_on=row.expires_on,
        statement=row.statement, public=row.public, said=said_of(row), ground=ground_of(row),
        counts_as=accepted.get(_entered_as(row.equivalence_id)),
    )  # fmt: skip


def _on_record(row: Row[Any]) -> OnRecord:
    return OnRecord(Answer(row.answer), row.evidence, effective_of(row), said_of(row))


def brand_rows() -> Any:
    made_at = _joined(BrandSite.site_id, " ", col(BrandSite.brand_id) == col(Brand.id))
    return (
        sourced(
            Brand, col(Metal.id).label("metal"), col(Metal.name).label("metal_name"), col(Metal.lme_settled),
            col(Producer.name).label("producer_name"), made_at.label("made_at"), names_of_sites().label("site_names"),
        )
        .join(Metal, col(Metal.id) == col(Brand.metal_id))
        .join(Producer, col(Producer.id) == col(Brand.producer_id))
        .order_by(col(Producer.position), col(Producer.name), col(Brand.position))
    )  # fmt: skip


def names_of_sites() -> Any:
    """The ids and names of the sites of a brand's producer in one text, which ``site_names`` reads."""
    return _joined(col(Site.id) + "=" + col(Site.name), "\n", col(Site.producer_id) == col(Brand.producer_id))


def _joined(value: Any, between: str, of: Any) -> Any:
    """Values of several rows as one text."""
    return select(func.aggregate_strings(value, between)).where(of).scalar_subquery()


def brand_line(row: Row[Any], declared: DeclarationLine | Standing | None) -> BrandLine:
    return BrandLine(
        id=row.id, name=row.name, producer=row.producer_id, producer_name=row.producer_name, metal=row.metal,
        metal_name=row.metal_name, settled=bool(row.lme_settled), product=row.product,
        stage=Stage(row.stage) if row.stage else None, listing=_listing(row), by_product=row.by_product,
        track=declared.track if declared else None, track_since=declared.effective if declared else None,
        ground=ground_of(row),
    )  # fmt: skip


def _listing(row: Row[Any]) -> str:
    """The listing as the producer claims it; empty where the text states none."""
    return "" if row.listing == "none stated" else str(row.listing)


def _of_brand(
    connection: Connection, table: Any, brand: str, known_at: datetime | None, private: bool = False
) -> list[Row[Any]]:
    """The records of a brand that were known at a moment, in their order."""
    more: list[Any] = []
    if table is not ChecklistAnswer:
        more.append(col(Equivalence.name).label("equivalence_name"))
    statement = sourced(table, *more)
    if table is Declaration:
        statement = statement.outerjoin(Equivalence, col(Equivalence.id) == col(Declaration.by_equivalence))
    if table is CertificateRow:
        statement = statement.outerjoin(Equivalence, col(Equivalence.id) == col(CertificateRow.equivalence_id))
    asked = statement.where(col(table.brand_id) == brand, col(table.recorded_at) <= moment(known_at))
    return standing_rows(
        connection.execute(asked.order_by(col(table.effective_on), col(table.position))).all(), private
    )
