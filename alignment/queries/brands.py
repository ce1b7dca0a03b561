"""Producers and brands: what they say of themselves, claimed apart from verified, and what stays unknown."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlmodel import col

from alignment.domain.assessment import Certainty
from alignment.domain.brand import Track
from alignment.domain.catalogue import ChecklistItem, Requirement, Stage, TrackA
from alignment.domain.checklist import (
    Answer,
    BrandFacts,
    Certificate,
    Declared,
    OnRecord,
    Point,
    ProgrammeFacts,
    Said,
    checklist,
)
from alignment.domain.decision import Act, Approval, standing
from alignment.domain.decision import Decision as DecisionFact
from alignment.domain.shares import Figures, figures
from alignment.domain.when import When
from alignment.queries.facts import ProgrammeRow, Rows, in_force, programmes, sure_when, when
from alignment.queries.records import Ground
from alignment.tables import (
    Brand,
    BrandSite,
    ChecklistAnswer,
    Claim,
    Decision,
    Declaration,
    Equivalence,
    Metal,
    Producer,
    Site,
    Source,
)
from alignment.tables import Certificate as CertificateRow

EXAMPLE = "example-"
"""How the ids of the worked example begin."""

FIELDS = {
    "scope": "Scope",
    "sourcing_origin": "Origin of material",
    "secondary_material": "Secondary material",
    "transit_control": "Transit routes",
    "policy": "Policy",
    "commitment": "Commitments",
    "accountable_role": "Accountable role",
    "organisation": "Organisation",
    "training": "Training",
    "traceability": "Traceability",
    "material_control": "Control of material",
    "retention": "Record retention",
    "supplier_management": "Suppliers",
    "code_of_conduct": "Code of conduct",
    "survey": "Surveys",
    "area_list": "High-risk areas",
    "risk_method": "Risk method",
    "red_flags": "Red flags",
    "mitigation": "Mitigation",
    "monitoring": "Monitoring",
    "grievance": "Grievance channel",
    "audit": "Audits",
    "certificate": "Certificates",
    "iso": "ISO 14001 and ISO 45001",
    "reporting": "Reporting",
}
"""The fields of a producer record in the order in which they are shown."""

ANSWERED_IN = {
    "TA-08": ("audit", "certificate"),
    "TA-09": ("certificate",),
    "TA-12": ("red_flags", "area_list"),
    "TA-13": ("reporting",),
    "TA-14": ("iso",),
    "TA-15": ("iso",),
    "TA-18": ("grievance",),
}
"""The fields of the producer record that speak to a point of the checklist, without answering it."""


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One element of a producer's system as stated, with what it speaks to and on what it rests."""

    id: str
    field: str
    title: str
    value: str
    criteria: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    figures: Figures
    gap: bool
    effective: When
    said: Said
    ground: Ground | None
    public: bool = True


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
    ground: Ground | None


@dataclass(frozen=True, slots=True)
class ProducerLine:
    """A producer in the list, with how much of it is held."""

    id: str
    name: str
    country: str
    metals: tuple[tuple[str, bool], ...]
    brands: int
    claims: int
    verified: int
    gaps: int

    @property
    def outside(self) -> bool:
        """Whether it makes nothing that the LME settles."""
        return not any(settled for _, settled in self.metals)


@dataclass(frozen=True, slots=True)
class ProducerPage:
    """One producer: its brands, its claims by field, its gaps, and both by requirement."""

    id: str
    name: str
    country: str
    summary: str
    example: bool
    as_at: date
    known_at: datetime | None
    ground: Ground | None
    brands: tuple[BrandLine, ...]
    fields: tuple[tuple[str, str, tuple[ClaimLine, ...]], ...]
    gaps: tuple[ClaimLine, ...]
    requirements: tuple[tuple[Requirement, tuple[ClaimLine, ...], tuple[ClaimLine, ...]], ...]
    verified: int
    stated: int
    later: int

    @property
    def outside(self) -> bool:
        """Whether it makes nothing that the LME settles; a producer with no brand is not judged."""
        return bool(self.brands) and not any(brand.settled for brand in self.brands)

    @property
    def not_adding_up(self) -> tuple[ClaimLine, ...]:
        return tuple(claim for _, _, claims in self.fields for claim in claims if claim.figures.sentence)


@dataclass(frozen=True, slots=True)
class DeclarationLine:
    """One declaration with its programmes by name, in the brand's history."""

    id: str
    track: Track
    programmes: tuple[tuple[str, str], ...]
    equivalent: str
    statement: str
    effective: When
    said: Said
    ground: Ground | None


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One certificate as stated."""

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


@dataclass(frozen=True, slots=True)
class Answered:
    """A point of the checklist with its answer, and what the producer states or leaves open on the matter.

    ``given`` is the id of the answer on record, if there is one.
    """

    item: ChecklistItem
    point: Point
    claims: tuple[ClaimLine, ...]
    given: str = ""


@dataclass(frozen=True, slots=True)
class InScope:
    """A programme whose scope has the brand's metal and stage, with its approval on the day."""

    id: str
    name: str
    short_name: str
    approval: Approval
    since: When | None
    declared: bool


@dataclass(frozen=True, slots=True)
class BrandPage:
    """The public part of a brand on a date."""

    brand: BrandLine
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


# --- lists -----------------------------------------------------------------------------------------------------


def producers(connection: Connection, *, as_at: date, known_at: datetime | None = None) -> tuple[ProducerLine, ...]:
    """The producers of the register in their order: three queries."""
    rows = connection.execute(in_register(select(Producer.__table__), Producer).order_by(col(Producer.position)))  # type: ignore[attr-defined]
    made: dict[str, list[Any]] = defaultdict(list)
    brand_rows = select(col(Brand.producer_id), col(Metal.name), col(Metal.lme_settled)).join(
        Metal, col(Metal.id) == col(Brand.metal_id)
    )
    for row in connection.execute(brand_rows.order_by(col(Brand.position))):
        made[row.producer_id].append(row)
    claims: dict[str, list[Row[Any]]] = defaultdict(list)
    for claim in _begun(_read_claims(connection, None, known_at), as_at):
        claims[claim.producer_id].append(claim)
    return tuple(
        ProducerLine(
            id=row.id, name=row.name, country=row.country,
            metals=tuple(dict.fromkeys((each.name, each.lme_settled) for each in made[row.id])),
            brands=len(made[row.id]),
            claims=sum(not each.gap for each in claims[row.id]),
            verified=sum(bool(each.verified_by) for each in claims[row.id]),
            gaps=sum(each.gap for each in claims[row.id]),
        )
        for row in rows
    )  # fmt: skip


def brands(connection: Connection, *, as_at: date, known_at: datetime | None = None) -> tuple[BrandLine, ...]:
    """The brands of the register, by producer: two queries."""
    rows = connection.execute(in_register(_brands(), Brand)).all()
    tracks = _tracks(connection, known_at, as_at)
    return tuple(_brand(row, tracks.get(row.id)) for row in rows)


def producer_names(connection: Connection) -> tuple[tuple[str, str], ...]:
    """The producers of the register, to choose from."""
    return _names(connection, Producer)


def brand_names(connection: Connection) -> tuple[tuple[str, str], ...]:
    """The brands of the register, to choose from."""
    return _names(connection, Brand)


def _names(connection: Connection, table: Any) -> tuple[tuple[str, str], ...]:
    statement = in_register(select(col(table.id), col(table.name)), table).order_by(col(table.position))
    return tuple((row.id, row.name) for row in connection.execute(statement))


def in_register(statement: Any, table: Any) -> Any:
    """A statement about brands or producers without the worked example."""
    return statement.where(col(table.id).not_like(f"{EXAMPLE}%"))


# --- one producer ----------------------------------------------------------------------------------------------


def producer_page(
    connection: Connection,
    producer: str,
    *,
    track_a: TrackA,
    as_at: date,
    known_at: datetime | None = None,
    private: bool = False,
) -> ProducerPage | None:
    """One producer with all that it states: four queries; None where there is none of that name.

    What is not public is left out but for those who may read it (``private``), here and for a brand.
    """
    row = connection.execute(_sourced(Producer).where(col(Producer.id) == producer)).first()
    if row is None:
        return None
    made = connection.execute(_brands().where(col(Brand.producer_id) == producer)).all()
    tracks = _tracks(connection, known_at, as_at)
    learned = _read_claims(connection, producer, known_at, private)
    lines = _claims(_begun(learned, as_at), track_a)
    stated = [claim for claim in lines if not claim.gap]
    gaps = tuple(claim for claim in lines if claim.gap)
    return ProducerPage(
        id=row.id, name=row.name, country=row.country, summary=row.summary, example=row.id.startswith(EXAMPLE),
        as_at=as_at, known_at=known_at, ground=_ground(row),
        brands=tuple(_brand(each, tracks.get(each.id)) for each in made),
        fields=_by_field(stated),
        gaps=gaps,
        requirements=tuple(
            (each, _speaking_to(each, stated), _speaking_to(each, gaps)) for each in track_a.requirements
        ),
        verified=sum(claim.said.verified for claim in stated),
        stated=len(stated),
        later=len(learned) - len(lines),
    )  # fmt: skip


def _by_field(claims: Sequence[ClaimLine]) -> tuple[tuple[str, str, tuple[ClaimLine, ...]], ...]:
    """The claims under the headings of the producer record; a field that it does not name comes last."""
    found: dict[str, list[ClaimLine]] = defaultdict(list)
    for claim in claims:
        found[claim.field].append(claim)
    order = [*(each for each in FIELDS if each in found), *sorted(set(found) - set(FIELDS))]
    return tuple((each, field_name(each), tuple(found[each])) for each in order)


def field_name(field: str) -> str:
    """The heading of a field."""
    return FIELDS.get(field, field.replace("_", " ").capitalize())


def _speaking_to(requirement: Requirement, claims: Iterable[ClaimLine]) -> tuple[ClaimLine, ...]:
    return tuple(claim for claim in claims if requirement in claim.requirements)


# --- one brand -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Declarable:
    """The programmes that a brand can declare on a day, and how each is approved and since when."""

    listed: tuple[ProgrammeRow, ...]
    standings: Mapping[str, tuple[Approval, When | None]]


def declarable(
    connection: Connection, *, as_at: date, known_at: datetime | None = None, example: bool = False
) -> Declarable:
    """The programmes with their approvals: three queries."""
    listed = tuple(programmes(connection, example=example, as_at=as_at))
    return Declarable(listed, _standings(connection, listed, known_at, as_at))


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
    row = connection.execute(_brands().where(col(Brand.id) == brand)).first()
    if row is None:
        return None
    example = row.id.startswith(EXAMPLE)
    claims = _claims(_begun(_read_claims(connection, row.producer_id, known_at, private), as_at), track_a)
    listed = offered.listed
    facts = {
        each.id: ProgrammeFacts(
            each.id, each.name, *offered.standings[each.id], each.covers_metal(row.metal), each.standard_edition
        )
        for each in listed
    }
    filed = _declarations(_of_brand(connection, Declaration, brand, known_at), facts)
    declarations = filed or _declared_in(claims, facts)
    current = next((each for each in declarations if each.effective.on <= as_at), None)
    certificates = _begun(_of_brand(connection, CertificateRow, brand, known_at, private), as_at)
    answers = _begun(_of_brand(connection, ChecklistAnswer, brand, known_at, private), as_at)
    held = BrandFacts(
        metal=row.metal_name.lower(), metal_settled=bool(row.lme_settled), listing=_listing(row),
        declared=_declared(current), programmes=facts,
        certificates=[_certificate(each, row) for each in certificates],
        answers={each.item: _on_record(each) for each in answers},
    )  # fmt: skip
    line = _brand(row, current.track if current else None)
    given = {each.item: each.id for each in answers}
    points = checklist([item.code for item in track_a.checklist], held, as_at)
    return BrandPage(
        brand=line, example=example, as_at=as_at, known_at=known_at,
        declarations=declarations, declared=current,
        certificates=tuple(_certificate_line(each, facts, row) for each in certificates),
        stated=tuple(each for each in claims if each.field == "certificate"),
        track_claims=tuple(each for each in claims if each.field in ("scope", "commitment") and not each.gap),
        programmes=_in_scope(listed, facts, line, current),
        checklist=tuple(
            Answered(
                item, points[item.code], tuple(c for c in claims if c.field in ANSWERED_IN.get(item.code, ())),
                given.get(item.code, ""),
            )
            for item in track_a.checklist
        ),
    )  # fmt: skip


def _standings(
    connection: Connection, listed: Sequence[ProgrammeRow], known_at: datetime | None, as_at: date
) -> dict[str, tuple[Approval, When | None]]:
    """The approval of each programme on the day, and since when."""
    statement: Rows = select(
        col(Decision.id), col(Decision.corrects), col(Decision.programme_id), col(Decision.act),
        col(Decision.effective_on), col(Decision.effective_precision), col(Decision.position),
    ).where(col(Decision.recorded_at) <= _moment(known_at))  # fmt: skip
    ledger: dict[str, list[DecisionFact]] = defaultdict(list)
    for row in in_force(connection.execute(statement).all()):
        fact = DecisionFact(row.id, Act(row.act), _effective(row), row.position)
        ledger[row.programme_id].append(fact)
    found = {each.id: standing(ledger[each.id], as_at) for each in listed}
    return {each: (stands.approval, stands.since) for each, stands in found.items()}


def _in_scope(
    listed: Sequence[ProgrammeRow],
    facts: Mapping[str, ProgrammeFacts],
    brand: BrandLine,
    declared: DeclarationLine | None,
) -> tuple[InScope, ...]:
    """The programmes for the brand's metal and stage; none for a metal that the LME does not settle."""
    if not brand.settled:
        return ()
    own = {each for each, _ in declared.programmes} if declared else set()
    return tuple(
        InScope(each.id, each.name, each.short_name, facts[each.id].approval, facts[each.id].since, each.id in own)
        for each in listed
        if each.covers_metal(brand.metal) and (brand.stage is None or not each.stages or brand.stage in each.stages)
    )


def _declarations(rows: Sequence[Row[Any]], facts: Mapping[str, ProgrammeFacts]) -> tuple[DeclarationLine, ...]:
    """The declarations of a brand, newest first."""
    newest = sorted(rows, key=lambda row: (row.effective_on, row.position), reverse=True)
    return tuple(
        DeclarationLine(
            id=row.id, track=Track(row.track),
            programmes=tuple((each, facts[each].name if each in facts else each) for each in row.programmes.split()),
            equivalent=row.equivalence_name or "", statement=row.statement, effective=_effective(row),
            said=_said(row), ground=_ground(row),
        )
        for row in newest
    )  # fmt: skip


def _declared_in(claims: Sequence[ClaimLine], facts: Mapping[str, ProgrammeFacts]) -> tuple[DeclarationLine, ...]:
    """The tracks that the producer's own text names for its brands, where no declaration is on record."""
    found = []
    for claim in claims:
        stated = {row.label: row.said for row in claim.figures.rows}
        if stated.get("track") in set(Track):
            ids = stated.get("programme", "").split()
            named = tuple((each, facts[each].name if each in facts else each) for each in ids)
            line = DeclarationLine(
                claim.id, Track(stated["track"]), named, "", claim.value, claim.effective, claim.said, claim.ground
            )
            found.append(line)
    return tuple(sorted(found, key=lambda line: line.effective, reverse=True))


def _declared(line: DeclarationLine | None) -> Declared | None:
    if line is None:
        return None
    return Declared(line.track, tuple(each for each, _ in line.programmes), line.effective, line.said)


def _certificate(row: Row[Any], brand: Row[Any]) -> Certificate:
    named, made_at = set(row.sites.split()), set((brand.made_at or "").split())
    return Certificate(
        kind=row.kind, effective=_effective(row), expires_on=row.expires_on, conformance=row.conformance,
        of_site=bool(named & made_at) if named and made_at else None, stands_for=row.stands_for or "",
        edition=row.edition, programme=row.programme_id or "", said=_said(row),
    )  # fmt: skip


def site_names(brand: Row[Any]) -> dict[str, str]:
    """The names of the producer's sites by their ids."""
    return dict(line.split("=", 1) for line in (brand.site_names or "").splitlines())


def _certificate_line(row: Row[Any], facts: Mapping[str, ProgrammeFacts], brand: Row[Any]) -> CertificateLine:
    programme = facts.get(row.programme_id or "")
    sites = site_names(brand)
    norm = {"iso_14001": "ISO 14001", "iso_45001": "ISO 45001"}.get(row.kind, "")
    return CertificateLine(
        id=row.id, what=norm or (programme.name if programme else "") or row.equivalence_name or "not stated",
        issuer=row.issuer, number=row.number, edition=row.edition,
        sites=", ".join(sites.get(each, each) for each in row.sites.split()), metals=", ".join(row.metals.split()),
        conformance=row.conformance.replace("_", " "), effective=_effective(row), expires_on=row.expires_on,
        statement=row.statement, public=row.public, said=_said(row), ground=_ground(row),
    )  # fmt: skip


def _on_record(row: Row[Any]) -> OnRecord:
    return OnRecord(Answer(row.answer), row.evidence, _effective(row), _said(row))


# --- rows ------------------------------------------------------------------------------------------------------


def _sourced(table: Any, *more: Any) -> Any:
    """All columns of a table and of the document that each row rests on."""
    return select(
        *table.__table__.columns, col(Source.title).label("source_title"), col(Source.issuer).label("source_issuer"),
        col(Source.issued_on).label("source_issued_on"), col(Source.issued_precision).label("source_issued_precision"),
        col(Source.remark).label("source_remark"), *more,
    ).outerjoin(Source, col(Source.id) == table.source_id)  # fmt: skip


def _ground(row: Row[Any]) -> Ground | None:
    if not row.source_id:
        return None
    return Ground(
        source=row.source_id, title=row.source_title, issuer=row.source_issuer,
        date=when(row.source_issued_on, row.source_issued_precision), place=row.place,
        how_sure=Certainty(row.certainty), remark=row.remark, about_source=row.source_remark,
    )  # fmt: skip


def _brands() -> Any:
    made_at = _joined(BrandSite.site_id, " ", col(BrandSite.brand_id) == col(Brand.id))
    return (
        _sourced(
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


def _brand(row: Row[Any], track: Track | None) -> BrandLine:
    return BrandLine(
        id=row.id, name=row.name, producer=row.producer_id, producer_name=row.producer_name, metal=row.metal,
        metal_name=row.metal_name, settled=bool(row.lme_settled), product=row.product,
        stage=Stage(row.stage) if row.stage else None, listing=_listing(row), by_product=row.by_product,
        track=track, ground=_ground(row),
    )  # fmt: skip


def _listing(row: Row[Any]) -> str:
    """The listing as the producer claims it; empty where the text states none."""
    return "" if row.listing == "none stated" else str(row.listing)


def _read_claims(
    connection: Connection, producer: str | None, known_at: datetime | None, private: bool = False
) -> list[Row[Any]]:
    statement = _sourced(Claim).where(col(Claim.recorded_at) <= _moment(known_at)).order_by(col(Claim.position))
    if producer is not None:
        statement = statement.where(col(Claim.producer_id) == producer)
    return standing_rows(connection.execute(statement).all(), private)


def _of_brand(
    connection: Connection, table: Any, brand: str, known_at: datetime | None, private: bool = False
) -> list[Row[Any]]:
    """The records of a brand that were known at a moment, in their order."""
    more: list[Any] = []
    if table is not ChecklistAnswer:
        more += [col(Equivalence.name).label("equivalence_name"), col(Equivalence.stands_for)]
    statement = _sourced(table, *more)
    if table is Declaration:
        statement = statement.outerjoin(Equivalence, col(Equivalence.id) == col(Declaration.by_equivalence))
    if table is CertificateRow:
        statement = statement.outerjoin(Equivalence, col(Equivalence.id) == col(CertificateRow.equivalence_id))
    asked = statement.where(col(table.brand_id) == brand, col(table.recorded_at) <= _moment(known_at))
    return standing_rows(
        connection.execute(asked.order_by(col(table.effective_on), col(table.position))).all(), private
    )


def standing_rows(rows: Sequence[Row[Any]], private: bool) -> list[Row[Any]]:
    """The rows in force that nobody withdrew; those that are not public only for who may read them."""
    return [row for row in in_force(rows) if not row.withdrawn and (private or getattr(row, "public", True))]


def shown(table: Any) -> tuple[Any, Any]:
    """The same of public rows in SQL: what is public and was not withdrawn."""
    return col(table.public).is_(True), col(table.withdrawn).is_(False)


def _tracks(connection: Connection, known_at: datetime | None, as_at: date) -> dict[str, Track]:
    """The track that each brand declares on the day."""
    statement: Rows = (
        select(
            col(Declaration.id), col(Declaration.corrects), col(Declaration.brand_id), col(Declaration.track),
            col(Declaration.effective_on), col(Declaration.withdrawn),
        )
        .where(col(Declaration.recorded_at) <= _moment(known_at))
        .order_by(col(Declaration.effective_on), col(Declaration.position))
    )  # fmt: skip
    found = standing_rows(connection.execute(statement).all(), private=True)
    return {row.brand_id: Track(row.track) for row in _begun(found, as_at)}


def _claims(rows: Iterable[Row[Any]], track_a: TrackA) -> list[ClaimLine]:
    behind: dict[str, Requirement] = {code: each for each in track_a.requirements for code in each.criteria}
    return [_claim(row, behind) for row in rows]


def _claim(row: Row[Any], behind: Mapping[str, Requirement]) -> ClaimLine:
    codes = tuple(row.criteria.split())
    return ClaimLine(
        id=row.id, field=row.field, title=row.title, value=row.value, criteria=codes,
        requirements=tuple(dict.fromkeys(behind[code] for code in codes if code in behind)),
        figures=figures(row.field, json.loads(row.data) if row.data else {}),
        gap=row.gap, effective=_effective(row), said=_said(row), ground=_ground(row), public=row.public,
    )  # fmt: skip


def _begun(rows: Iterable[Row[Any]], as_at: date) -> list[Row[Any]]:
    """The facts that hold by the day."""
    return [row for row in rows if row.effective_on <= as_at]


def _said(row: Row[Any]) -> Said:
    return Said(row.verified_by, row.verified_on)


def _effective(row: Row[Any]) -> When:
    return sure_when(row.effective_on, row.effective_precision)


def _moment(known_at: datetime | None) -> datetime:
    return known_at or _ALWAYS


_ALWAYS = datetime.max.replace(tzinfo=UTC)
