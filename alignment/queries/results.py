"""Results part by part at the resolution that is held: by criterion, by group, or for the part as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from fractions import Fraction

from alignment.domain.assessment import Progress, ResultKind, Scope
from alignment.domain.catalogue import PRIMARY, Catalogue, Criterion, Part
from alignment.domain.coverage import Resolution
from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level, worse
from alignment.domain.result import Counts, Outcome, PartOutcome, judge
from alignment.domain.when import holding
from alignment.queries.records import FindingEntry, ProgressEntry, Records, ResultEntry

TONES = {Level.FULLY: "full", Level.PARTIALLY: "part", Level.NOT: "not", Level.NOT_APPLICABLE: "na"}


@dataclass(frozen=True, slots=True)
class SectionRow:
    """One section, or one step, in a part. A count of None is one that nobody has published, never a zero."""

    label: str
    total: int
    fully: int | None
    partially: int | None
    not_aligned: int | None
    not_applicable: int | None
    unknown: int
    bar: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class PartResults:
    """What is held of one part on a date, of one round: the published result beside the computed one."""

    part: Part
    round: int
    progress: Progress | None
    resolution: Resolution | None
    published: ResultEntry | None
    computed: Level | None
    differs: str
    judged: int
    rated: int
    sections: str
    rows: tuple[SectionRow, ...]
    findings: tuple[FindingEntry, ...]
    outcome: PartOutcome | None

    @property
    def level(self) -> Level | None:
        """The result that stands: the published one before the computed one."""
        return self.published.level if self.published else self.computed


class Basis(StrEnum):
    """On what can be said what holds a part back."""

    NOTHING = "nothing"
    RATINGS = "ratings"
    FINDINGS = "findings"
    UNPUBLISHED = "unpublished"
    NO_RESULT = "no_result"


@dataclass(frozen=True, slots=True)
class HoldingBack:
    """What keeps a part from the next result, as far as anybody has published it.

    ``gate_one`` are the findings that certainly lie in gating criteria, ``others`` those below fully
    aligned that need not; ``gating`` is how many gating criteria the part has.
    """

    part: Part
    basis: Basis
    level: Level | None
    gate_one: tuple[FindingEntry, ...]
    others: tuple[FindingEntry, ...]
    gating: int
    outcome: PartOutcome | None

    @property
    def failing(self) -> int:
        """How many gating criteria are published as below fully aligned."""
        return sum(finding.number for finding in self.gate_one)


def outcome_of(records: Records, catalogues: Mapping[str, Catalogue], number: int, as_at: date) -> Outcome | None:
    """The outcome of a round by its edition's rule, None where none of its ratings is published."""
    found = records.round(number)
    catalogue = catalogues.get(found.edition) if found else None
    if catalogue is None:
        return None
    judged = {(part, criterion.code) for part in Part for criterion in catalogue.in_part[part]}
    levels = {key: level for key, level in records.levels(number, as_at).items() if key in judged}
    return judge(catalogue, levels) if levels else None


def newest_results(records: Records, catalogues: Mapping[str, Catalogue], as_at: date) -> tuple[PartResults, ...]:
    """Each part of the newest round that has a result for it, or else ratings or findings of it."""
    numbers = [each.number for each in records.rounds]
    outcomes = {number: outcome_of(records, catalogues, number, as_at) for number in numbers}
    found = []
    for part in Part:
        every = [part_results(records, catalogues, number, part, outcomes[number], as_at) for number in numbers]
        if every:
            found.append(max(every, key=_standing))
    return tuple(found)


def _standing(results: PartResults) -> tuple[bool, bool, int]:
    return (results.level is not None, results.resolution is not None, results.round)


def part_results(
    records: Records,
    catalogues: Mapping[str, Catalogue],
    number: int,
    part: Part,
    outcome: Outcome | None,
    as_at: date,
) -> PartResults:
    """What a round says of a part on a date."""
    found = records.round(number)
    catalogue = catalogues.get(found.edition) if found else None
    criteria = catalogue.in_part[part] if catalogue else ()
    of_part = outcome.parts[part] if outcome else None
    if of_part is not None and of_part.counts.unrated == of_part.counts.total:
        of_part = None
    published = result_in(records.results, number, Scope(part.value), ResultKind.PUBLISHED, as_at)
    stored = result_in(records.results, number, Scope(part.value), ResultKind.COMPUTED, as_at)
    findings = tuple(
        each for each in records.findings if each.round == number and each.part is part and each.effective.on <= as_at
    )
    computed = of_part.result if of_part else stored.level if stored else None
    resolution = _resolution(of_part, findings, published.level if published else computed)
    rows: tuple[SectionRow, ...] = ()
    if catalogue and of_part:
        rows = _rated_rows(catalogue, of_part)
    elif catalogue and findings:
        rows = _finding_rows(catalogue, criteria, findings)
    return PartResults(
        part=part,
        round=number,
        progress=progress_in(records, number, part, as_at),
        resolution=resolution,
        published=published,
        computed=computed,
        differs=_differs(published, of_part, catalogue) if published and of_part and catalogue else "",
        judged=len(criteria),
        rated=len(criteria) - of_part.counts.unrated if of_part else 0,
        sections=_letters(criteria),
        rows=rows,
        findings=findings,
        outcome=of_part,
    )


def result_in(
    results: Iterable[ResultEntry], number: int, scope: Scope, kind: ResultKind, as_at: date
) -> ResultEntry | None:
    """The newest result of a kind that a round has on a date."""
    held = [
        each
        for each in results
        if (each.round, each.scope, each.kind) == (number, scope, kind) and each.effective.on <= as_at
    ]
    return max(held, key=lambda each: (each.effective.on, each.order), default=None)


def progress_in(records: Records, number: int, part: Part, as_at: date) -> Progress | None:
    """How far a part had come in a round on a date, None where nothing is held of it."""
    stands = holding([each for each in records.progress if (each.round, each.part) == (number, part)], as_at)
    return stands.progress if isinstance(stands, ProgressEntry) else None


def _resolution(
    outcome: PartOutcome | None, findings: Sequence[FindingEntry], level: Level | None
) -> Resolution | None:
    if outcome is not None:
        return Resolution.CRITERION
    if findings:
        return Resolution.GROUP
    return Resolution.WHOLE_PART if level is not None else None


def _letters(criteria: Sequence[Criterion]) -> str:
    """The sections that a part has: A to C, or D."""
    letters = sorted({criterion.section for criterion in criteria})
    return f"{letters[0]} to {letters[-1]}" if len(letters) > 1 else "".join(letters)


def _rated_rows(catalogue: Catalogue, outcome: PartOutcome) -> tuple[SectionRow, ...]:
    return tuple(
        _row(section_label(catalogue, tally.section, tally.step), tally.counts) for tally in outcome.by_section
    )


def _row(label: str, counts: Counts) -> SectionRow:
    held = {
        "full": counts.fully,
        "part": counts.partially,
        "not": counts.not_aligned,
        "na": counts.not_applicable,
        "open": counts.unrated,
    }
    return SectionRow(
        label, counts.total, counts.fully, counts.partially, counts.not_aligned, counts.not_applicable,
        counts.unrated, tuple(held.items()),
    )  # fmt: skip


def _finding_rows(
    catalogue: Catalogue, criteria: Sequence[Criterion], findings: Sequence[FindingEntry]
) -> tuple[SectionRow, ...]:
    """A row a section and step, with what the findings say of it; whatever they leave open is not known."""
    place = {group.code: (group.section, group.step) for group in catalogue.groups}
    said: dict[tuple[str, int | None], dict[Level, int]] = {}
    for finding in findings:
        levels = said.setdefault(place[finding.group], {})
        levels[finding.level] = levels.get(finding.level, 0) + finding.number
    totals: dict[tuple[str, int | None], int] = {}
    for criterion in criteria:
        key = (criterion.section, criterion.step)
        totals[key] = totals.get(key, 0) + 1
    rows = []
    for (section, step), total in totals.items():
        levels = said.get((section, step), {})
        unknown = max(0, total - sum(levels.values()))
        bar = tuple((TONES[level], levels[level]) for level in TONES if level in levels)
        rows.append(
            SectionRow(
                section_label(catalogue, section, step), total, levels.get(Level.FULLY), levels.get(Level.PARTIALLY),
                levels.get(Level.NOT), levels.get(Level.NOT_APPLICABLE), unknown, (*bar, ("unknown", unknown)),
            )
        )  # fmt: skip
    return tuple(rows)


def section_label(catalogue: Catalogue, section: str, step: int | None) -> str:
    if step is not None:
        return f"{section} Step {step} {catalogue.steps.get(step, '')}".rstrip()
    return next(f"{each.code} {each.title}" for each in catalogue.sections if each.code == section)


def _differs(published: ResultEntry, outcome: PartOutcome, catalogue: Catalogue) -> str:
    """Why the computed result is another one than the published; empty where they agree or none is computed."""
    if outcome.result is None or outcome.result is published.level:
        return ""
    return (
        f"By the edition’s rule the published ratings give {outcome.result.label.lower()}: "
        f"{_why(outcome, catalogue)}. {_STANDS}"
    )


def _why(outcome: PartOutcome, catalogue: Catalogue) -> str:
    rule = catalogue.rule
    if outcome.result is Level.FULLY:
        return "both of its gates are passed"
    if outcome.result is Level.NOT:
        return f"all criteria together stay below its floor of {percent(rule.floor)}"
    if outcome.failing:
        verb = "is" if len(outcome.failing) == 1 else "are"
        return f"gate 1 is not passed, because {', '.join(outcome.failing)} {verb} below fully aligned"
    return f"the criteria behind gate 2 stay below its threshold of {percent(rule.threshold)}"


def percent(share: Fraction) -> str:
    """An exact share, rounded half up to a tenth for display: 83.3 %, 80 %."""
    whole, tenth = divmod((share.numerator * 2000 + share.denominator) // (2 * share.denominator), 10)
    return f"{whole}.{tenth} %" if tenth else f"{whole} %"


# --- what holds a result back --------------------------------------------------------------------------


def holding_back(
    results: Sequence[PartResults], records: Records, catalogues: Mapping[str, Catalogue]
) -> tuple[HoldingBack, ...]:
    """What keeps standards and implementation from the next result; governance does not enter the overall one."""
    return tuple(_holding(each, records, catalogues) for each in results if each.part in PRIMARY)


def _holding(results: PartResults, records: Records, catalogues: Mapping[str, Catalogue]) -> HoldingBack:
    found = records.round(results.round)
    catalogue = catalogues.get(found.edition) if found else None
    gating = catalogue.gating_in(results.part) if catalogue else frozenset()
    below = [each for each in results.findings if each.level in (Level.PARTIALLY, Level.NOT)]
    certain = tuple(each for each in below if catalogue and _lies_in(each, results.part, catalogue, gating))
    return HoldingBack(
        part=results.part,
        basis=_basis(results, below),
        level=results.level,
        gate_one=certain,
        others=tuple(each for each in below if each not in certain),
        gating=len(gating),
        outcome=results.outcome,
    )


def _basis(results: PartResults, below: Sequence[FindingEntry]) -> Basis:
    if results.level is Level.FULLY:
        return Basis.NOTHING
    if results.outcome is not None:
        return Basis.NOTHING if results.outcome.provisional is Level.FULLY else Basis.RATINGS
    if below:
        return Basis.FINDINGS
    return Basis.UNPUBLISHED if results.level is not None else Basis.NO_RESULT


def _lies_in(finding: FindingEntry, part: Part, catalogue: Catalogue, gating: frozenset[str]) -> bool:
    """Whether a finding is certainly about gating criteria: its own, or its whole group."""
    if finding.criterion:
        return finding.criterion in gating
    group = [each.code for each in catalogue.in_part[part] if each.group == finding.group]
    return bool(group) and gating.issuperset(group)


def computed_overall(results: Sequence[PartResults]) -> Level | None:
    """The worse of the two primary parts as computed from ratings; None while either has none."""
    computed = {each.part: each.computed for each in results}
    return worse(*(computed.get(part) for part in PRIMARY))


def overall_differs(published: ResultEntry | None, results: Sequence[PartResults]) -> str:
    """Why the parts of a round give another overall result than the one published for it; empty where they do not."""
    computed = computed_overall(results)
    of_one_round = published and all(each.round == published.round for each in results if each.part in PRIMARY)
    if not published or not of_one_round or computed is None or computed is published.level:
        return ""
    made_it = " and ".join(each.part.value for each in results if each.part in PRIMARY and each.computed is computed)
    return (
        f"The one published for round {published.round} is another, {published.level.label.lower()}: by the edition’s "
        f"rule the ratings make {made_it} {computed.label.lower()}. {_STANDS}"
    )


_STANDS = (
    "The assessor’s published result stands; the rule is this project’s reading of how results are reached, and an "
    "assessor may weigh what it does not know."
)
