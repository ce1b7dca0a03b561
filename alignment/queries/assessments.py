"""One round of assessment as at a date: results, every published rating, evidence, and the rule worked through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import Connection

from alignment.domain.assessment import ResultKind, Scope
from alignment.domain.catalogue import Catalogue, Criterion, Part
from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level
from alignment.domain.result import Counts, Outcome, PartOutcome
from alignment.queries.discussion import Reply
from alignment.queries.facts import ProgrammeRow
from alignment.queries.programmes import RoundCell, round_cell
from alignment.queries.reasons import ActionView, action_views
from alignment.queries.record_rows import beside_ratings, read_records
from alignment.queries.records import EvidenceEntry, FindingEntry, RatingRecord, Records, ResultEntry, Round
from alignment.queries.results import (
    PartResults,
    outcome_of,
    overall_differs,
    part_results,
    percent,
    result_in,
    section_label,
)

UNRATED = "unrated"
LEVELS = (*(level.value for level in Level), UNRATED)


@dataclass(frozen=True, slots=True)
class RatingFilters:
    """What the reader asked to see of the ratings; empty means everything."""

    part: str = ""
    section: str = ""
    level: str = ""

    @property
    def chosen(self) -> bool:
        return bool(self.part or self.section or self.level)


@dataclass(frozen=True, slots=True)
class RatingView:
    """The rating of one criterion in one part, with what it rests on; no level while it is not yet rated."""

    part: Part
    criterion: str
    title: str
    gating: bool
    level: Level | None
    rationale: str
    cites_standard: str
    cites_guidance: str
    carried_from: int
    rated_on: date | None
    revised: bool
    evidence: tuple[EvidenceEntry, ...]
    confidential: int

    @property
    def anchor(self) -> str:
        """The id of its place on the page."""
        return f"{self.part.value}-{self.criterion}"


@dataclass(frozen=True, slots=True)
class RatingGroup:
    """The ratings of one section, or step, in one part."""

    part: Part
    label: str
    ratings: tuple[RatingView, ...]


@dataclass(frozen=True, slots=True)
class EvidenceTotal:
    """How many pieces of one kind a round rests on; confidential ones are counted and not shown."""

    kind: str
    public: int
    confidential: int

    @property
    def together(self) -> int:
        return self.public + self.confidential


@dataclass(frozen=True, slots=True)
class Working:
    """The rule worked through for one part: what each gate counts, exactly."""

    part: Part
    outcome: PartOutcome
    gating: Counts
    others: Counts
    points: Fraction
    pooled_points: Fraction
    reached: bool

    @property
    def points_said(self) -> str:
        """The points behind gate 2: 72½."""
        return _mixed(self.points)

    @property
    def pooled_said(self) -> str:
        """The points that the floor looks at."""
        return _mixed(self.pooled_points)

    @property
    def gate_two(self) -> str:
        """The share behind gate 2, exact and rounded: 63/67, 94 %."""
        return _exact(self.outcome.score)

    @property
    def pooled(self) -> str:
        """The share that the floor is compared with, exact and rounded."""
        return _exact(self.outcome.pooled)


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """The numbers of the edition's rule, and where they come from."""

    threshold: str
    floor: str
    credit: str
    sensitivity: tuple[str, ...]
    provenance: str


@dataclass(frozen=True, slots=True)
class RoundPage:
    """All that the page of a round says, as at a date and as known at a moment."""

    as_at: date
    known_at: datetime | None
    programme: ProgrammeRow
    round: Round
    edition_title: str
    cells: tuple[RoundCell, ...]
    overall: ResultEntry | None
    results: tuple[PartResults, ...]
    computed_overall: Level | None
    overall_differs: str
    governance_warning: bool
    working: tuple[Working, ...]
    rule: RuleSaid | None
    findings: tuple[FindingEntry, ...]
    actions: tuple[ActionView, ...]
    groups: tuple[RatingGroup, ...]
    shown: int
    rated: int
    in_all: int
    filters: RatingFilters
    sections: tuple[tuple[str, str], ...]
    evidence: tuple[EvidenceEntry, ...]
    evidence_totals: tuple[EvidenceTotal, ...]
    other_rounds: tuple[int, ...]
    replies: tuple[Reply, ...] = ()

    @property
    def id(self) -> str:
        return self.programme.id

    @property
    def address(self) -> str:
        return f"/programmes/{self.programme.id}/assessments/{self.round.number}"


@dataclass(frozen=True, slots=True)
class NoRound:
    """A programme that has no published round of the number asked for, with those it has."""

    programme: str
    rounds: tuple[int, ...]


def round_page(
    connection: Connection,
    slug: str,
    number: int,
    *,
    as_at: date,
    known_at: datetime | None,
    filters: RatingFilters,
    catalogues: Mapping[str, Catalogue],
) -> RoundPage | NoRound | None:
    """The page of a published round; None where there is no such programme. Five queries."""
    records = read_records(connection, slug, known_at, as_at=as_at, texts_of=number)
    if records is None:
        return None
    found = records.round(number)
    if found is None or not found.published:
        return NoRound(records.programme.short_name, tuple(each.number for each in records.rounds if each.published))
    links, replies = beside_ratings(connection, slug, number, as_at, known_at)
    return replace(_page(records, found, links, as_at, filters, catalogues), replies=replies)


def _page(
    records: Records,
    found: Round,
    links: Mapping[tuple[Part, str], Sequence[str]],
    as_at: date,
    filters: RatingFilters,
    catalogues: Mapping[str, Catalogue],
) -> RoundPage:
    number = found.number
    catalogue = catalogues.get(found.edition)
    outcome = outcome_of(records, catalogues, number, as_at)
    results = tuple(part_results(records, catalogues, number, part, outcome, as_at) for part in Part)
    overall = result_in(records.results, number, Scope.OVERALL, ResultKind.PUBLISHED, as_at)
    held = tuple(each for each in records.evidence if each.effective.on <= as_at)
    evidence = tuple(each for each in held if each.round == number)
    views = list(_views(records, catalogue, found, links, held, as_at)) if catalogue and outcome else []
    groups = tuple(_grouped(views, catalogue, filters)) if catalogue else ()
    return RoundPage(
        as_at=as_at,
        known_at=records.known_at,
        programme=records.programme,
        round=found,
        edition_title=catalogue.title if catalogue else "",
        cells=tuple(round_cell(records, number, scope, as_at) for scope in Scope),
        overall=overall,
        results=results,
        computed_overall=outcome.overall if outcome else None,
        overall_differs=overall_differs(overall, results),
        governance_warning=bool(outcome and outcome.governance_warning),
        working=tuple(_working(records, catalogue, number, outcome, as_at)) if catalogue and outcome else (),
        rule=_rule(catalogue) if catalogue else None,
        findings=tuple(each for each in records.findings if each.round == number and each.effective.on <= as_at),
        actions=action_views(records, as_at, number=number),
        groups=groups,
        shown=sum(len(group.ratings) for group in groups),
        rated=sum(view.level is not None for view in views),
        in_all=len(views),
        filters=filters,
        sections=tuple((each.code, f"{each.code} {each.title}") for each in catalogue.sections) if catalogue else (),
        evidence=tuple(each for each in evidence if not each.confidential),
        evidence_totals=tuple(_totals(evidence)),
        other_rounds=tuple(each.number for each in records.rounds if each.published and each.number != number),
    )


# --- ratings -----------------------------------------------------------------------------------------


def _views(
    records: Records,
    catalogue: Catalogue,
    found: Round,
    links: Mapping[tuple[Part, str], Sequence[str]],
    evidence: Iterable[EvidenceEntry],
    as_at: date,
) -> Iterator[RatingView]:
    """Every criterion in every part of which a rating is published, in the order of the catalogue.

    The ``evidence`` is that of every round: a rating that was carried over rests on that of an earlier one.
    """
    ratings = records.standing_ratings(found.number, as_at)
    held = {each.id: each for each in evidence}
    numbers = {each.id: each.number for each in records.rounds}
    begun = {part for part, _ in ratings}
    for part in Part:
        for criterion in catalogue.in_part[part] if part in begun else ():
            key = (part, criterion.code)
            rests_on = [held[each] for each in links.get(key, ()) if each in held]
            yield _view(criterion, part, ratings.get(key), rests_on, numbers, criterion.code in catalogue.rule.gating)


def _view(
    criterion: Criterion,
    part: Part,
    rating: RatingRecord | None,
    evidence: Sequence[EvidenceEntry],
    numbers: Mapping[str, int],
    gating: bool,
) -> RatingView:
    return RatingView(
        part=part,
        criterion=criterion.code,
        title=criterion.title,
        gating=gating,
        level=rating.level if rating else None,
        rationale=rating.rationale if rating else "",
        cites_standard=rating.cites_standard if rating else "",
        cites_guidance=rating.cites_guidance if rating else "",
        carried_from=numbers.get(rating.carried_from, 0) if rating else 0,
        rated_on=rating.effective_on if rating else None,
        revised=bool(rating and rating.version > 1),
        evidence=tuple(each for each in evidence if not each.confidential) if rating else (),
        confidential=sum(each.confidential for each in evidence) if rating else 0,
    )


def _grouped(views: Sequence[RatingView], catalogue: Catalogue, filters: RatingFilters) -> Iterator[RatingGroup]:
    """The ratings that were asked for, under their section or step."""
    groups: dict[tuple[Part, str, int | None], list[RatingView]] = {}
    for view in views:
        criterion = catalogue.by_code[view.criterion]
        if _fits(view, criterion.section, filters):
            groups.setdefault((view.part, criterion.section, criterion.step), []).append(view)
    for (part, section, step), ratings in groups.items():
        yield RatingGroup(part, section_label(catalogue, section, step), tuple(ratings))


def _fits(view: RatingView, section: str, filters: RatingFilters) -> bool:
    level = view.level.value if view.level else UNRATED
    return filters.part in ("", view.part.value) and filters.section in ("", section) and filters.level in ("", level)


# --- evidence ----------------------------------------------------------------------------------------

KINDS = {
    "document": "Documents",
    "interview": "Interviews",
    "shadow_assessment": "Shadow assessments",
    "site_visit": "Site visits",
    "expert": "Experts",
}


def _totals(evidence: Iterable[EvidenceEntry]) -> Iterator[EvidenceTotal]:
    counts = Counter((each.kind, each.confidential) for each in evidence)
    for kind, label in KINDS.items():
        if counts[kind, False] or counts[kind, True]:
            yield EvidenceTotal(label, counts[kind, False], counts[kind, True])


# --- the rule worked through -------------------------------------------------------------------------


def _working(records: Records, catalogue: Catalogue, number: int, outcome: Outcome, as_at: date) -> Iterator[Working]:
    levels = records.levels(number, as_at)
    for part, found in outcome.parts.items():
        if found.counts.unrated == found.counts.total:
            continue
        gating = catalogue.gating_in(part)
        first = _counts(levels.get((part, each.code)) for each in catalogue.in_part[part] if each.code in gating)
        second = _counts(levels.get((part, each.code)) for each in catalogue.in_part[part] if each.code not in gating)
        credit = catalogue.rule.partial_credit
        reached = found.score is None or found.score >= catalogue.rule.threshold
        yield Working(part, found, first, second, _points(second, credit), _points(found.counts, credit), reached)


def _counts(levels: Iterable[Level | None]) -> Counts:
    of = Counter(levels)
    return Counts(of[Level.FULLY], of[Level.PARTIALLY], of[Level.NOT], of[Level.NOT_APPLICABLE], of[None])


def _points(counts: Counts, credit: Fraction) -> Fraction:
    return counts.fully + counts.partially * credit


def _mixed(points: Fraction) -> str:
    whole, rest = divmod(points, 1)
    if not rest:
        return str(whole)
    part = "½" if rest == Fraction(1, 2) else f" {rest.numerator}/{rest.denominator}"
    return f"{whole}{part}" if whole else part.strip()


def _exact(share: Fraction | None) -> str:
    if share is None:
        return "nothing to count"
    return percent(share) if share.denominator == 1 else f"{share.numerator}/{share.denominator}, {percent(share)}"


def _rule(catalogue: Catalogue) -> RuleSaid:
    rule = catalogue.rule
    return RuleSaid(
        percent(rule.threshold), percent(rule.floor), str(rule.partial_credit),
        tuple(percent(each) for each in rule.sensitivity), rule.provenance,
    )  # fmt: skip
