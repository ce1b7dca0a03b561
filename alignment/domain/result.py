"""From ratings to results: the two-gate rule of an edition (model, section 4).

Gate 1: every gating criterion that applies in the part is fully aligned. Gate 2: the part's other
criteria together hold the threshold share of their points. Both: fully aligned; otherwise partially
aligned from the floor over all the part's criteria up, not aligned below it. A fully aligned criterion
gives one point, a partially aligned one the rule's partial credit, a not aligned one none; what is not
applicable leaves numerator and denominator, what is not yet rated is counted as none of them.

The numbers are the edition's (``Catalogue.rule``), and ``Rule.provenance`` says where they come from. Inside,
points are whole numbers of the credit's denominator (half points) and are compared as integers; fractions
appear only in what is handed out, and no number is ever a float. A rule is taken to be in order:
0 <= partial credit <= 1 and 0 <= floor <= threshold <= 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from math import comb

from alignment.domain.catalogue import Catalogue, Criterion, Part, Rule
from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level, worse

LISTED = 20  # how many of the smallest sets are written out; the others are only counted

NEXT: dict[Level | None, Level] = {Level.NOT: Level.PARTIALLY, Level.PARTIALLY: Level.FULLY}
BELOW_FULLY = (Level.PARTIALLY, Level.NOT)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many criteria are rated at each level, and how many are not yet rated."""

    fully: int
    partially: int
    not_aligned: int
    not_applicable: int
    unrated: int

    @property
    def judged(self) -> int:
        """Those that are rated and apply: the denominator of every share."""
        return self.fully + self.partially + self.not_aligned

    @property
    def total(self) -> int:
        return self.judged + self.not_applicable + self.unrated

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.fully + other.fully,
            self.partially + other.partially,
            self.not_aligned + other.not_aligned,
            self.not_applicable + other.not_applicable,
            self.unrated + other.unrated,
        )

    def at_best(self) -> Counts:
        """The counts if everything not yet rated were fully aligned."""
        return Counts(self.fully + self.unrated, self.partially, self.not_aligned, self.not_applicable, 0)

    def at_worst(self) -> Counts:
        """The counts if everything not yet rated were not aligned."""
        return Counts(self.fully, self.partially, self.not_aligned + self.unrated, self.not_applicable, 0)


@dataclass(frozen=True, slots=True)
class Points:
    """Points of the gate 2 criteria, for a progress bar; one point for each criterion fully aligned.

    ``possible`` counts every criterion that applies or is not yet rated. ``held`` is what the ratings give,
    ``reachable`` that and one point for each criterion not yet rated, ``needed`` the threshold's share of
    ``possible``.
    """

    held: Fraction
    reachable: Fraction
    needed: Fraction
    possible: int


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of one section of the catalogue, or of one of its steps, in one part."""

    section: str
    step: int | None
    counts: Counts


@dataclass(frozen=True, slots=True)
class Outlook:
    """How one part stands while it is rated: what of its outcome the progress bar shows, named as there."""

    counts: Counts
    failing: tuple[str, ...]
    best: Level | None
    worst: Level | None
    provisional: Level | None
    points: Points


@dataclass(frozen=True, slots=True)
class PartOutcome:
    """What the rule says about one part; every tuple of codes is in catalogue order.

    - ``complete``: nothing is left unrated. ``result``, ``sensitivity`` and ``strict`` are None until then,
      and where nothing in the part applies.
    - ``gate_passed``: gate 1; False if any gating criterion fails, None while none fails and one is not
      yet rated, else True. ``failing``: the rated gating criteria below fully.
    - ``score``: share of the points of the rated, applicable, non-gating criteria, 0 to 1, which gate 2
      compares with the threshold. ``pooled``: the same over all of them, which the floor is compared with.
      None where there are none.
    - ``best``, ``worst``: the result if everything not yet rated were fully, or not aligned; None if
      nothing applies. ``provisional``: the result over what is rated; None if nothing is.
    - ``next_level``: the one above ``provisional``. ``holding_back``: the smallest sets of criteria whose
      rise to fully aligned reaches it, the first twenty in catalogue order; ``holding_back_count``: how
      many there are in all. Empty for what is already fully aligned and where nothing is rated.
    - ``sensitivity``: the result at other thresholds. ``strict``: the result if any criterion below fully
      makes the part partially aligned; the floor still applies.
    """

    part: Part
    complete: bool
    counts: Counts
    gate_passed: bool | None
    failing: tuple[str, ...]
    score: Fraction | None
    pooled: Fraction | None
    result: Level | None
    best: Level | None
    worst: Level | None
    provisional: Level | None
    next_level: Level | None
    holding_back: tuple[tuple[str, ...], ...]
    holding_back_count: int
    sensitivity: tuple[tuple[Fraction, Level | None], ...]
    strict: Level | None
    points: Points
    by_section: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The results of an assessment by its edition's rule, beside which the published ones stand.

    ``overall`` is the worse of standards and implementation, None while either has no result. Governance
    never enters it; ``governance_warning`` says that its complete ratings lie below the threshold.
    """

    edition: str
    parts: dict[Part, PartOutcome]
    overall: Level | None
    governance_warning: bool


def judge(catalogue: Catalogue, ratings: Mapping[tuple[Part, str], Level]) -> Outcome:
    """The outcome of all parts; ``ratings`` maps (part, criterion code) to its level.

    What is not yet rated is absent. Raises ValueError for a criterion that its part does not judge.
    """
    sorted_out: dict[Part, dict[str, Level]] = {part: {} for part in Part}
    for (part, code), level in ratings.items():
        sorted_out[part][code] = level
    parts = {part: judge_part(catalogue, part, sorted_out[part]) for part in Part}
    governance = parts[Part.GOVERNANCE]
    return Outcome(
        edition=catalogue.edition,
        parts=parts,
        overall=worse(parts[Part.STANDARDS].result, parts[Part.IMPLEMENTATION].result),
        governance_warning=governance.result is not None
        and governance.score is not None
        and governance.score < catalogue.rule.threshold,
    )


def judge_part(catalogue: Catalogue, part: Part, ratings: Mapping[str, Level]) -> PartOutcome:
    """The outcome of one part; ``ratings`` maps criterion codes to levels, the unrated left out.

    Raises ValueError for a criterion that the part does not judge.
    """
    sheet = _sheet(catalogue, part, ratings)
    gates, rule, seen = sheet.gates, catalogue.rule, _outlook(sheet)
    counts, failing, provisional = seen.counts, seen.failing, seen.provisional
    complete = counts.unrated == 0
    sets, number = _holding_back(sheet, provisional)
    return PartOutcome(
        part=part,
        complete=complete,
        counts=counts,
        gate_passed=False if failing else None if gates.first.unrated else True,
        failing=failing,
        score=_share(rule, gates.second),
        pooled=_share(rule, counts),
        result=provisional if complete else None,
        best=seen.best,
        worst=seen.worst,
        provisional=provisional,
        next_level=NEXT.get(provisional),
        holding_back=sets,
        holding_back_count=number,
        sensitivity=tuple((at, gates.result(at) if complete else None) for at in rule.sensitivity),
        strict=gates.strict_result() if complete else None,
        points=seen.points,
        by_section=_by_section(catalogue.in_part[part], sheet.levels),
    )


def outlook(catalogue: Catalogue, part: Part, ratings: Mapping[str, Level]) -> Outlook:
    """How one part stands, in half the time of its whole outcome: each save asks for it.

    Raises ValueError for a criterion that the part does not judge.
    """
    return _outlook(_sheet(catalogue, part, ratings))


def _outlook(sheet: _Sheet) -> Outlook:
    gates, rule = sheet.gates, sheet.gates.rule
    return Outlook(
        counts=gates.first + gates.second,
        failing=tuple(sheet.codes[at] for at in sheet.below_fully(gating=True)),
        best=_Gates(rule, gates.first.at_best(), gates.second.at_best()).result(rule.threshold),
        worst=_Gates(rule, gates.first.at_worst(), gates.second.at_worst()).result(rule.threshold),
        provisional=gates.result(rule.threshold),
        points=_progress(rule, gates.second),
    )


@dataclass(frozen=True, slots=True)
class _Gates:
    """The counts of the gating criteria (first) and of the others (second): all that a result needs."""

    rule: Rule
    first: Counts
    second: Counts

    def result(self, threshold: Fraction) -> Level | None:
        """The result over what is rated, at a threshold; None where nothing rated applies."""
        passes_first = self.first.fully == self.first.judged
        return self._from(passes_first and _lack(self.rule, self.second, threshold) <= 0)

    def strict_result(self) -> Level | None:
        """The result if every criterion were gating."""
        return self._from(self.first.fully == self.first.judged and self.second.fully == self.second.judged)

    def _from(self, fully: bool) -> Level | None:
        both = self.first + self.second
        if not both.judged:
            return None
        if fully:
            return Level.FULLY
        return Level.PARTIALLY if _lack(self.rule, both, self.rule.floor) <= 0 else Level.NOT


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One part with its ratings: parallel sequences in catalogue order, and the counts by gate."""

    codes: Sequence[str]
    levels: Sequence[Level | None]
    gating: Sequence[bool]
    gates: _Gates

    def below_fully(self, *, gating: bool) -> list[int]:
        """Where the rated criteria of one gate lie that are partially or not aligned."""
        return [at for at, level in enumerate(self.levels) if level in BELOW_FULLY and self.gating[at] is gating]


def _sheet(catalogue: Catalogue, part: Part, ratings: Mapping[str, Level]) -> _Sheet:
    codes = [criterion.code for criterion in catalogue.in_part[part]]
    levels = [ratings.get(code) for code in codes]
    if len(ratings) > len(levels) - levels.count(None):
        strangers = ", ".join(sorted(ratings.keys() - set(codes)))
        raise ValueError(f"{catalogue.edition} does not judge {strangers} in {part.value}")
    gating = [code in catalogue.rule.gating for code in codes]
    first = _count(level for level, gates in zip(levels, gating, strict=True) if gates)
    second = _count(level for level, gates in zip(levels, gating, strict=True) if not gates)
    return _Sheet(codes, levels, gating, _Gates(catalogue.rule, first, second))


def _count(levels: Iterable[Level | None]) -> Counts:
    of = Counter(levels).get
    return Counts(
        fully=of(Level.FULLY, 0),
        partially=of(Level.PARTIALLY, 0),
        not_aligned=of(Level.NOT, 0),
        not_applicable=of(Level.NOT_APPLICABLE, 0),
        unrated=of(None, 0),
    )


def _units(rule: Rule, counts: Counts) -> int:
    """Points held, in units of one over the credit's denominator: half points for a credit of a half."""
    return counts.fully * rule.partial_credit.denominator + counts.partially * rule.partial_credit.numerator


def _lack(rule: Rule, counts: Counts, share: Fraction) -> int:
    """How many units are missing to a share of the points; zero or less where it is reached."""
    full = counts.judged * rule.partial_credit.denominator
    return -(-share.numerator * full // share.denominator) - _units(rule, counts)


def _share(rule: Rule, counts: Counts) -> Fraction | None:
    if not counts.judged:
        return None
    return Fraction(_units(rule, counts), counts.judged * rule.partial_credit.denominator)


def _progress(rule: Rule, second: Counts) -> Points:
    held = Fraction(_units(rule, second), rule.partial_credit.denominator)
    possible = second.judged + second.unrated
    return Points(held, held + second.unrated, rule.threshold * possible, possible)


def _by_section(criteria: Sequence[Criterion], levels: Sequence[Level | None]) -> tuple[Tally, ...]:
    found: dict[tuple[str, int | None], list[Level | None]] = {}
    for criterion, level in zip(criteria, levels, strict=True):
        found.setdefault((criterion.section, criterion.step), []).append(level)
    return tuple(Tally(section, step, _count(held)) for (section, step), held in found.items())


def _holding_back(sheet: _Sheet, provisional: Level | None) -> tuple[tuple[tuple[str, ...], ...], int]:
    """The first of the smallest sets that reach the result above the provisional one, and their number.

    For fully aligned each failing gating criterion has to rise, and with them as few others as fill gate 2;
    for partially aligned as few of any kind as fill the floor. A threshold is no lower than the floor, so
    nothing reaches fully aligned without filling the floor too.
    """
    if provisional not in NEXT:
        return (), 0
    gates, rule = sheet.gates, sheet.gates.rule
    gating, others = sheet.below_fully(gating=True), sheet.below_fully(gating=False)
    if provisional is Level.PARTIALLY:
        forced, pool, counts, share = gating, others, gates.second, rule.threshold
    else:
        forced, pool, counts, share = [], sorted(gating + others), gates.first + gates.second, rule.floor
    size, least = _smallest(rule, counts, _lack(rule, counts, share))
    low = [sheet.levels[at] == Level.NOT for at in pool]
    sets = tuple(
        tuple(map(sheet.codes.__getitem__, sorted([*forced, *map(pool.__getitem__, places)])))
        for places in islice(_choices(low, size, least), LISTED)
    )
    return sets, _ways(counts, size, least)


def _smallest(rule: Rule, counts: Counts, lack: int) -> tuple[int, int]:
    """How many criteria have to rise to fill a lack of units, and how many of them at least from not aligned.

    A rise from not aligned gains a full point, one from partially aligned what its credit leaves, so the
    fewest are those that take from not aligned first.
    """
    full, credit = rule.partial_credit.denominator, rule.partial_credit.numerator
    if lack <= 0:
        return 0, 0
    if lack <= counts.not_aligned * full:
        size = -(-lack // full)
    else:
        size = counts.not_aligned - (-(lack - counts.not_aligned * full) // (full - credit))
    short = lack - size * (full - credit)
    return size, -(-short // credit) if short > 0 else 0


def _ways(counts: Counts, size: int, least: int) -> int:
    """How many sets of ``size`` have at least ``least`` not aligned criteria, the rest partially aligned."""
    return sum(comb(counts.not_aligned, low) * comb(counts.partially, size - low) for low in range(least, size + 1))


def _choices(low: Sequence[bool], size: int, least: int) -> Iterator[tuple[int, ...]]:
    """All sets of ``size`` places with at least ``least`` low ones, in lexicographic order.

    A place is taken only where enough places and enough low ones remain to complete a set, so the first
    sets cost about their own length, however many there are and however many just miss.
    """
    ahead, next_low = [0], [len(low)]  # from each place on: how many are low, and where the first is
    for place in range(len(low) - 1, -1, -1):
        ahead.append(ahead[-1] + low[place])
        next_low.append(place if low[place] else next_low[-1])
    ahead.reverse()
    next_low.reverse()
    chosen: list[int] = []
    at, left, lacking = 0, size, least
    while True:
        if left and lacking == left:
            at = next_low[at]
        if left and len(low) - at >= left and ahead[at] >= lacking:
            chosen.append(at)
            at, left, lacking = at + 1, left - 1, lacking - low[at]
            continue
        if not left:
            yield tuple(chosen)
        if not chosen:
            return
        at = chosen.pop()
        at, left, lacking = at + 1, left + 1, lacking + low[at]
