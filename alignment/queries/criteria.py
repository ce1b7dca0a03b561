"""The criteria of an edition as pages: the catalogue, one criterion and how every programme fares on it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, literal, select, union_all
from sqlmodel import col

from alignment import tables
from alignment.domain.assessment import Progress, ResultKind, Route
from alignment.domain.catalogue import Catalogue, Criterion, Group, Part, Position, Requirement, Section, TrackA
from alignment.domain.decision import Approval
from alignment.domain.programme import State, state
from alignment.domain.rating import Level
from alignment.domain.result import PartOutcome, judge_part
from alignment.domain.when import When
from alignment.queries.facts import ProgrammeRow, Rows, held, programmes, sure_when
from alignment.queries.sources import Cited, cited, standing_on

POSITIONS: Mapping[Position, str] = {
    Position.ALL: "All",
    Position.GOLD: "All, gold explicitly",
    Position.UPSTREAM: "Upstream",
    Position.REFINER: "Upstream, smelter or refiner",
    Position.DOWNSTREAM: "Downstream",
    Position.SCHEME: "The programme itself",
}
"""Where in the supply chain a criterion is asked, in words."""

GATING = ("yes", "no")


# --- the catalogue -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filters:
    """Which criteria the reader asked to see; empty means all. ``position`` is the name of a Position."""

    section: str = ""
    part: str = ""
    position: str = ""
    gating: str = ""

    @property
    def chosen(self) -> bool:
        return bool(self.section or self.part or self.position or self.gating)

    def fits(self, criterion: Criterion, gating: frozenset[str]) -> bool:
        return (
            self.section in ("", criterion.section)
            and (not self.part or Part(self.part) in criterion.parts)
            and self.position in ("", position_word(criterion.position))
            and (not self.gating or (criterion.code in gating) == (self.gating == "yes"))
        )


@dataclass(frozen=True, slots=True)
class Block:
    """One group with those of its criteria that fit, under the title of its step."""

    group: Group
    step: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One section with its groups."""

    section: Section
    blocks: tuple[Block, ...]

    @property
    def number(self) -> int:
        return sum(len(block.criteria) for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an edition's introduction under its heading, in Markdown."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """One edition as the reader asked to see it."""

    catalogue: Catalogue
    filters: Filters
    sections: tuple[Shown, ...]
    lead: str
    passages: tuple[Passage, ...]

    @property
    def number(self) -> int:
        return sum(shown.number for shown in self.sections)


def catalogue_page(catalogue: Catalogue, filters: Filters = Filters()) -> CataloguePage:
    """The catalogue with the criteria that fit the filters. No query: an edition is content."""
    shown = (Shown(section, _blocks(catalogue, section, filters)) for section in catalogue.sections)
    lead, passages = introduction(catalogue.introduction)
    return CataloguePage(catalogue, filters, tuple(each for each in shown if each.blocks), lead, passages)


def _blocks(catalogue: Catalogue, section: Section, filters: Filters) -> tuple[Block, ...]:
    blocks = (
        Block(
            group,
            catalogue.steps.get(group.step, "") if group.step else "",
            tuple(each for each in group.criteria if filters.fits(each, catalogue.rule.gating)),
        )
        for group in section.groups
    )
    return tuple(block for block in blocks if block.criteria)


def position_word(position: Position) -> str:
    """A position as it stands in an address: refiner."""
    return position.name.lower()


def introduction(markdown: str) -> tuple[str, tuple[Passage, ...]]:
    """The opening of an introduction, and its passages by heading of level 2.

    The addresses of its links stand at its end and are given to each piece.
    """
    addresses = "\n".join(_ADDRESS.findall(markdown))
    lead, *rest = re.split(r"(?m)^## ", _ADDRESS.sub("", markdown))
    passages = []
    for piece in rest:
        title, _, text = piece.partition("\n")
        name = re.sub(r"\W+", "-", title.strip().lower()).strip("-")
        passages.append(Passage(name, title.strip(), f"{text.strip()}\n\n{addresses}"))
    return f"{lead.strip()}\n\n{addresses}", tuple(passages)


_ADDRESS = re.compile(r"(?m)^\[[^\]\n]+\]: \S+$")


# --- one criterion -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CriterionPage:
    """One criterion, its place in the catalogue, its weight in the rule, and how programmes fare on it."""

    catalogue: Catalogue
    criterion: Criterion
    group: Group
    section: Section
    weight: str
    requirement: Requirement | None
    before: Criterion | None
    after: Criterion | None
    as_at: date
    known_at: datetime | None
    fares: tuple[Fares, ...]

    @property
    def gating(self) -> bool:
        return self.criterion.code in self.catalogue.rule.gating

    @property
    def step(self) -> str:
        number = self.criterion.step
        return f"Step {number} {self.catalogue.steps.get(number, '')}".strip() if number else ""

    @property
    def by_resolution(self) -> tuple[tuple[str, int], ...]:
        """How many programmes are known at each resolution, by the finest that any part has."""
        finest = [fare.finest for fare in self.fares]
        return tuple((label, n) for each, label in _FINEST.items() if (n := finest.count(each)))


class Resolution(StrEnum):
    """How closely a published result speaks about one criterion (model, section 6)."""

    CRITERION = "criterion"
    GROUP = "group"
    WHOLE_PART = "whole_part"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


_FINEST: Mapping[Resolution | None, str] = {
    Resolution.CRITERION: "for the criterion itself",
    Resolution.GROUP: "for its group",
    Resolution.WHOLE_PART: "for the part as a whole only",
    None: "not known",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What is published about a criterion in one part. ``level`` is that of what the resolution names:
    the level of a group or a part is never one of the criterion."""

    part: Part
    resolution: Resolution | None
    level: Level | None
    says: str
    round: str = ""
    effective: When | None = None
    cited: Cited | None = None
    remark: str = ""
    earlier: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Fares:
    """How one programme fares on a criterion, in each part that it is judged in."""

    programme: ProgrammeRow
    approval: Approval
    told: tuple[Told, ...]

    @property
    def finest(self) -> Resolution | None:
        known = [each.resolution for each in self.told if each.resolution]
        return min(known, key=list(Resolution).index, default=None)


@dataclass(frozen=True, slots=True)
class Published:
    """A result of a part, a finding below it, or a rating: what one round says that bears on a criterion."""

    kind: str
    round: int
    label: str
    part: Part
    level: Level
    group: str
    criterion: str
    number: int
    says: str
    more: str
    effective: When
    order: int
    cited: Cited | None


def criterion_page(
    connection: Connection,
    catalogue: Catalogue,
    track_a: TrackA,
    criterion: Criterion,
    *,
    as_at: date,
    known_at: datetime | None = None,
) -> CriterionPage:
    """One criterion and how every programme fares on it. Seven queries, however many programmes."""
    order = catalogue.criteria.index(criterion)
    behind = track_a.requirements if track_a.edition == catalogue.edition else ()
    return CriterionPage(
        catalogue=catalogue,
        criterion=criterion,
        group=next(group for group in catalogue.groups if group.code == criterion.group),
        section=next(section for section in catalogue.sections if section.code == criterion.section),
        weight=weight(catalogue, criterion),
        requirement=next((each for each in behind if criterion.code in each.criteria), None),
        before=catalogue.criteria[order - 1] if order else None,
        after=next(iter(catalogue.criteria[order + 1 :]), None),
        as_at=as_at,
        known_at=known_at,
        fares=fares(connection, catalogue, criterion, as_at=as_at, known_at=known_at),
    )


def fares(
    connection: Connection,
    catalogue: Catalogue,
    criterion: Criterion,
    *,
    as_at: date,
    known_at: datetime | None = None,
) -> tuple[Fares, ...]:
    """How each programme that had a row in the status table fares, in its order."""
    rows = programmes(connection)
    facts = held(connection, rows, known_at)
    published = _published(connection, catalogue, criterion, as_at, known_at)
    size = {part: sum(each.group == criterion.group for each in catalogue.in_part[part]) for part in criterion.parts}
    found = []
    for row in rows:
        derived = state(facts[row.id], as_at)
        if derived.standing.approval is not Approval.NONE:
            told = tuple(
                tell(criterion, part, published[row.id], size[part]) or _unknown(part, row.route, derived)
                for part in criterion.parts
            )
            found.append(Fares(row, derived.standing.approval, told))
    return tuple(found)


def tell(criterion: Criterion, part: Part, published: Iterable[Published], group_size: int) -> Told | None:
    """What the newest round that says anything says, at the finest resolution it has.

    What earlier rounds said of the criterion or its group is kept beside it; their results of the whole
    part are not, since they say nothing about the criterion that the newest does not.
    """
    by_round: dict[int, list[Published]] = defaultdict(list)
    for each in published:
        if each.part is part:
            by_round[each.round].append(each)
    told = [_told(criterion, by_round[number], group_size) for number in sorted(by_round, reverse=True)]
    if not told:
        return None
    finer = tuple(each for each in told[1:] if each.resolution is not Resolution.WHOLE_PART)
    return replace(told[0], earlier=finer)


def _told(criterion: Criterion, said: Sequence[Published], group_size: int) -> Told:
    """One round on one part: a rating before a finding on the criterion, on its group, on the part."""
    ratings = [each for each in said if each.kind == "rating"]
    findings = [each for each in said if each.kind == "finding"]
    results = [each for each in said if each.kind == "result"]
    if ratings:
        return _as_told(ratings[0], Resolution.CRITERION, ratings[0].says)
    named = [each for each in findings if each.criterion == criterion.code]
    if named:
        return _as_told(named[0], Resolution.CRITERION, named[0].says)
    grouped = [each for each in findings if each.group == criterion.group]
    if grouped:
        return _as_told(grouped[0], Resolution.GROUP, _of_group(grouped[0], group_size))
    if results:
        newest = max(results, key=lambda each: (each.more == ResultKind.PUBLISHED, each.effective.on, each.order))
        return _as_told(newest, Resolution.WHOLE_PART, _of_part(newest, findings))
    elsewhere = findings[0]
    says = f"No result of the part is held. The published findings lie in {_groups(findings)}."
    return Told(elsewhere.part, None, None, says, elsewhere.label, elsewhere.effective, elsewhere.cited)


def _as_told(said: Published, resolution: Resolution, says: str) -> Told:
    remark = said.cited.remark if said.cited else ""
    return Told(said.part, resolution, said.level, says, said.label, said.effective, said.cited, remark)


def _of_group(finding: Published, size: int) -> str:
    level = finding.level.label.lower()
    if finding.number >= size:
        return f"All {size} criteria of group {finding.group} are {level}."
    which = "is" if finding.number == 1 else "are"
    return (
        f"{finding.number} of the {size} criteria of group {finding.group} {which} {level}; "
        f"which {'one it is' if finding.number == 1 else 'ones'} is not published."
    )


def _of_part(result: Published, findings: Sequence[Published]) -> str:
    level = result.level.label.lower()
    if result.more == ResultKind.COMPUTED:
        return f"By the edition’s rule the part as a whole is {level}; no rating of this criterion is published."
    if findings:
        return (
            f"The part as a whole is {level}. The published findings lie in {_groups(findings)}; "
            "none is published on this criterion."
        )
    return f"The part as a whole is {level}; no criterion result is published."


def _groups(findings: Iterable[Published]) -> str:
    return ", ".join(sorted({f"group {each.group}" for each in findings}))


def _unknown(part: Part, route: Route, derived: State) -> Told:
    if route is Route.EQUIVALENCE:
        says = "The programme is on the equivalence route; no result by part exists."
    else:
        says = _WHY_UNKNOWN[derived.parts[part].progress]
    return Told(part, None, None, says)


_WHY_UNKNOWN = {
    Progress.COMPLETE: "The part is complete; no result of it is held.",
    Progress.IN_PROGRESS: "The part is being assessed; no result is published.",
    Progress.NOT_STARTED: "The part has not been started.",
    Progress.NOT_KNOWN: "Nothing is published about this part.",
}


def weight(catalogue: Catalogue, criterion: Criterion) -> str:
    """What a rating of the criterion does in the rule, in a sentence."""
    rule = catalogue.rule
    if criterion.code in rule.gating:
        together = [each.code for each in catalogue.criteria if each.section == criterion.section]
        why = (
            f"as is every criterion of section {criterion.section}"
            if rule.gating.issuperset(together)
            else "chosen singly by this register’s reading of the published results"
        )
        return f"Gating, {why}: below fully aligned it alone keeps its part from being fully aligned."
    threshold = percent(rule.threshold)
    if criterion.parts == (Part.GOVERNANCE,):
        return (
            f"Not gating: governance stands apart and does not enter the overall result. With the others of "
            f"its part the criterion counts towards {threshold}, below which a warning is shown."
        )
    return f"Not gating: it counts with the others towards the threshold of {threshold}."


def percent(share: Fraction) -> str:
    """A share as a percentage, exact where it is whole, else to one place: 80 %, 79.6 %."""
    exact = share * 100
    said = str(exact.numerator) if exact.denominator == 1 else f"{round(exact * 10) / 10:.1f}"
    return f"{said}\u00a0%"


# --- SQL ---------------------------------------------------------------------------------------------


def _published(
    connection: Connection, catalogue: Catalogue, criterion: Criterion, as_at: date, known_at: datetime | None
) -> Mapping[str, list[Published]]:
    """What rounds under this edition say that bears on a criterion, by programme: two queries."""
    t: Any = tables
    parts = [part.value for part in criterion.parts]
    shared: tuple[Any, ...] = (
        t.Source.id.label("source"), t.Source.title.label("document"), t.Source.issued_on, t.Source.issued_precision,
    )  # fmt: skip
    forms: tuple[tuple[Any, str, dict[str, Any]], ...] = (
        (t.Result, "result", {"part": t.Result.scope, "more": t.Result.kind, "rests": t.Result.rests_on}),
        (t.Finding, "finding", {"part": t.Finding.part, "group": t.Finding.group,
                                "criterion": t.Finding.criterion, "number": t.Finding.number}),
    )  # fmt: skip
    otherwise = dict.fromkeys(("more", "rests", "group", "criterion"), literal("")) | {"number": literal(0)}
    found = []
    for table, kind, what in forms:
        statement: Rows = select(
            literal(kind).label("kind"), t.Assessment.programme_id.label("programme"), t.Assessment.round,
            t.Assessment.label.label("called"), table.level, table.statement, table.effective_on,
            table.effective_precision, table.position, table.place, table.certainty, table.remark,
            *(column.label(name) for name, column in sorted((otherwise | what).items())), *shared,
        )  # fmt: skip
        found.append(
            statement.join(t.Assessment, t.Assessment.id == table.assessment_id)
            .outerjoin(t.Source, t.Source.id == table.source_id)
            .where(
                t.Assessment.edition == catalogue.edition,
                what["part"].in_(parts),
                *standing_on(table, as_at, known_at),
            )
        )
    said: dict[str, list[Published]] = defaultdict(list)
    for row in connection.execute(union_all(*found)):
        said[row.programme].append(_as_published(row))
    for programme, rating in _ratings(connection, catalogue, criterion, as_at, known_at):
        said[programme].append(rating)
    return said


def _as_published(row: Any) -> Published:
    source = cited(row)
    if source and row.rests:
        source = replace(source, remark=f"Rests on: {row.rests} {source.remark}".strip())
    return Published(
        kind=row.kind, round=row.round, label=_called(row), part=Part(row.part), level=Level(row.level),
        group=row.group, criterion=row.criterion or "", number=row.number, says=row.statement, more=row.more,
        effective=sure_when(row.effective_on, row.effective_precision), order=row.position, cited=source,
    )  # fmt: skip


def _called(row: Any) -> str:
    return row.called or f"round {row.round}"


def _ratings(
    connection: Connection, catalogue: Catalogue, criterion: Criterion, as_at: date, known_at: datetime | None
) -> Iterable[tuple[str, Published]]:
    """The newest version of each published rating of the criterion, by programme."""
    version, assessment, source = tables.RatingVersion, tables.Assessment, tables.Source
    statement: Rows = (
        select(
            col(version.part), col(version.level), col(version.rationale), col(version.version),
            col(version.effective_on), col(assessment.programme_id).label("programme"), col(assessment.round),
            col(assessment.label).label("called"), col(assessment.id).label("assessment"),
            col(version.cites_standard).label("place"), col(assessment.certainty), literal("").label("remark"),
            col(source.id).label("source"), col(source.title).label("document"), col(source.issued_on),
            col(source.issued_precision),
        )
        .join(assessment, col(assessment.id) == version.assessment_id)
        .outerjoin(source, col(source.id) == assessment.source_id)
        .where(
            col(version.part).in_([part.value for part in criterion.parts]),
            col(version.criterion) == criterion.code,
            col(version.effective_on) <= as_at,
            col(assessment.published).is_(True),
            col(assessment.edition) == catalogue.edition,
        )
        .order_by(col(version.version))
    )  # fmt: skip
    if known_at:
        statement = statement.where(col(version.rated_at) <= known_at)
    newest = {(row.assessment, row.part): row for row in connection.execute(statement)}
    for row in newest.values():
        if row.level is not None:
            yield (
                row.programme,
                Published(
                    kind="rating", round=row.round, label=_called(row), part=Part(row.part), level=Level(row.level),
                    group=criterion.group, criterion=criterion.code, number=1, says=row.rationale, more="",
                    effective=When(row.effective_on), order=row.version, cited=cited(row),
                ),
            )  # fmt: skip


# --- the rule at work --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Illustration:
    """The rule run on made-up ratings of one part, to show what it does. Nobody's ratings."""

    title: str
    ratings: str
    outcome: PartOutcome


def illustrations(catalogue: Catalogue, part: Part = Part.IMPLEMENTATION) -> tuple[Illustration, ...]:
    """What the edition's rule makes of five sets of ratings of a part, made up from its own numbers."""
    codes = [each.code for each in catalogue.in_part[part]]
    gating = catalogue.gating_in(part)
    gates = [code for code in codes if code in gating]
    others = [code for code in codes if code not in gating]
    most = _most_partial(catalogue, len(others))
    sets: list[tuple[str, str, Sequence[str], Level]] = [
        ("One gate", f"{gates[-1]} partially aligned", gates[-1:], Level.PARTIALLY),
        ("Eight gates", f"{len(gates[:8])} gating criteria partially aligned", gates[:8], Level.PARTIALLY),
        (
            "Just enough",
            f"{most} of the {len(others)} others partially aligned",
            others[:most],
            Level.PARTIALLY,
        ),
        (
            "One too many",
            f"{most + 1} of the {len(others)} others partially aligned",
            others[: most + 1],
            Level.PARTIALLY,
        ),
        ("The floor", "every criterion partially aligned", codes, Level.PARTIALLY),
    ]
    return tuple(
        Illustration(
            title, said, judge_part(catalogue, part, dict.fromkeys(codes, Level.FULLY) | dict.fromkeys(below, level))
        )
        for title, said, below, level in sets
        if below
    )


def _most_partial(catalogue: Catalogue, number: int) -> int:
    """How many of so many criteria can be partial while together they still reach the threshold."""
    rule = catalogue.rule
    lost = 1 - rule.partial_credit
    return number if not lost else min(number, int(number * (1 - rule.threshold) / lost))
