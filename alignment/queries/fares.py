"""How every programme fares on one criterion: what is published of it, and how closely that speaks of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, literal, select, union_all
from sqlmodel import col

from alignment import tables
from alignment.domain.assessment import Certainty, Progress, ResultKind, Route
from alignment.domain.catalogue import Catalogue, Criterion, Part
from alignment.domain.coverage import Resolution
from alignment.domain.decision import Approval
from alignment.domain.frozen import dataclass
from alignment.domain.programme import State, state
from alignment.domain.rating import Level
from alignment.domain.when import When
from alignment.queries.facts import ProgrammeRow, Rows, made_public, programmes, public_at, public_on, sure_when
from alignment.queries.held import held
from alignment.queries.source_rows import standing_on
from alignment.queries.sources import Cited, cited


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


def fares(
    connection: Connection,
    catalogue: Catalogue,
    criterion: Criterion,
    *,
    as_at: date,
    known_at: datetime | None = None,
) -> tuple[Fares, ...]:
    """How each programme that had a row in the status table fares, in its order."""
    rows = programmes(connection, as_at=as_at, known_at=known_at)
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
    says = f"No result of the part is held. The published findings are filed in {_groups(findings)}."
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
            f"The part as a whole is {level}. The published findings are filed in {_groups(findings)}; none is filed "
            "on this criterion, though what is done about them may be."
        )
    return f"The part as a whole is {level}; no criterion result is published."


def _groups(findings: Sequence[Published]) -> str:
    """The groups of findings, with whose filing that is where the source names none."""
    groups = ", ".join(sorted({f"group {each.group}" for each in findings}))
    ours = any(each.cited and each.cited.sure is Certainty.OUR_READING for each in findings)
    return f"{groups} by this register’s reading" if ours else groups


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
            public_on() <= as_at,
            made_public(version),
            col(assessment.edition) == catalogue.edition,
        )
        .order_by(col(version.version))
    )  # fmt: skip
    if known_at:
        statement = statement.where(public_at() <= known_at)
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
