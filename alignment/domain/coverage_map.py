"""What several programmes do together: the map, what stays open, the smallest sets, what a change would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import date
from functools import cached_property, lru_cache
from typing import TypeAlias

from alignment.domain.catalogue import Catalogue, Requirement, Stage, TrackA
from alignment.domain.coverage import RANK, Cell, Resolution, Verdict, cover
from alignment.domain.coverage_facts import Programme, Question, asked
from alignment.domain.coverage_words import needs, small, why
from alignment.domain.decision import Approval
from alignment.domain.frozen import dataclass

MOST_IN_SETS = 20
"""Up to this many programmes the smallest sets are worked out, and then exactly."""

LIMITS = (
    "A verdict says what a programme expects of a brand and how well that was found to work; it judges a programme, "
    "never a company, a site or a shipment. The OECD certifies nobody: conclusions are the assessor’s, and approval "
    "is decided by the London Metal Exchange. What is not known never counts as covered, and a result of a whole part "
    "is no result by criterion. Whatever is covered here, every company keeps the responsibility for its own due "
    "diligence."
)
"""The standing statement beside every view of coverage."""

Offer: TypeAlias = tuple[Verdict, ...]
"""The verdicts of one programme on the requirements that are asked, in their order."""

Offers: TypeAlias = Mapping[str, Sequence[Verdict]]
"""The verdicts of each programme."""


@dataclass(frozen=True, slots=True)
class Metal:
    """A metal, and whether the LME settles it physically."""

    id: str
    name: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict in words, with the ids of the open actions that answer it: programmes that are alike share these."""

    verdict: Verdict
    resolution: Resolution | None
    small: str
    why: str
    needs: str
    actions: tuple[str, ...]


Column: TypeAlias = tuple[Judged, ...]
"""What one programme does for each requirement that is asked, in their order."""


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement, judged for each programme; without a question and unjudged where the stage does not ask it."""

    requirement: Requirement
    question: Question | None
    programmes: Mapping[str, Programme]
    judged: Column

    @property
    def code(self) -> str:
        return self.requirement.code

    @property
    def asked(self) -> bool:
        return self.question is not None

    @property
    def pairs(self) -> Iterator[tuple[Programme, Judged]]:
        """Every programme with its verdict; none where the requirement is not asked."""
        return zip(self.programmes.values(), self.judged, strict=True) if self.asked else iter(())

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells with their grounds, in the order of the programmes."""
        question = self.question
        return tuple(cover(question, programme) for programme in self.programmes.values()) if question else ()

    def cell(self, programme: str) -> Cell | None:
        """The cell of a programme; None where the requirement is not asked or the programme not listed."""
        found = self.programmes.get(programme)
        return cover(self.question, found) if self.question and found else None


@dataclass(frozen=True, slots=True)
class Change:
    """A requirement whose best verdict changes; None stands for no programme at all."""

    requirement: Requirement
    before: Verdict | None
    after: Verdict | None


def tally(changes: Iterable[Change]) -> tuple[tuple[Verdict | None, Verdict | None, int], ...]:
    """The changes counted: how many requirements go from which verdict to which."""
    return tuple((*pair, number) for pair, number in Counter((each.before, each.after) for each in changes).items())


@dataclass(frozen=True, slots=True)
class Impact:
    """What changes if a programme that counts lost its approval, or if one that does not were declared too."""

    programme: str
    counts: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """Requirements with the same best verdict that the same would better.

    ``by`` are other programmes that do better already, ``needs`` what each programme that counts lacks.
    """

    requirements: tuple[Requirement, ...]
    best: Verdict | None
    by: tuple[str, ...]
    needs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CoverageMap:
    """Requirement by programme, for a metal and a stage on a date; programmes in the order of the status table.

    Where a method takes ids, they are the programmes that a brand declares; none stands for all listed.
    """

    as_at: date
    metal: Metal
    stage: Stage | None
    programmes: tuple[Programme, ...]
    rows: tuple[Row, ...]

    @cached_property
    def asked(self) -> tuple[Row, ...]:
        """The requirements that are asked at the stage."""
        return tuple(row for row in self.rows if row.asked)

    @cached_property
    def offers(self) -> dict[str, tuple[Verdict, ...]]:
        """The verdicts of each programme on what is asked."""
        return {
            programme.id: tuple(row.judged[at].verdict for row in self.asked)
            for at, programme in enumerate(self.programmes)
        }

    def best(self, ids: Iterable[str] = ()) -> dict[str, Verdict | None]:
        """The union: the best verdict on each asked requirement, by its code."""
        verdicts = union(self._counting(ids), len(self.asked))
        return {row.code: verdict for row, verdict in zip(self.asked, verdicts, strict=True)}

    def open(self, ids: Iterable[str] = ()) -> tuple[str, ...]:
        """The requirements whose best verdict is neither covered nor covered conditionally."""
        return tuple(code for code, verdict in self.best(ids).items() if verdict is None or verdict.leaves_open)

    @cached_property
    def smallest_sets(self) -> tuple[tuple[str, ...], ...] | None:
        """Of all listed programmes; None where there are too many to work it out."""
        return smallest_sets(self.offers)

    def if_lost(self, programme: str, ids: Iterable[str] = ()) -> tuple[Change, ...]:
        """What would change if one of the programmes lost its approval."""
        return self._if_lost(self.offers[programme], Counter(self._counting(ids).values()))

    def if_added(self, programme: str, ids: Iterable[str]) -> tuple[Change, ...]:
        """What would change if another programme were declared as well."""
        return self._if_added(self.offers[programme], Counter(self._counting(ids).values()))

    def impacts(self, ids: Sequence[str] = (), of: Collection[str] | None = None) -> tuple[Impact, ...]:
        """Every loss and every addition of a programme whose scope has the metal and stage, or only ``of`` these.

        One that is known to have no approval has none to lose.
        """
        counting = self._counting(ids)
        counted = Counter(counting.values())
        inside = (
            programme.id
            for programme in self.programmes
            if programme.scope.inside
            and (programme.id not in counting or programme.approval.stands or programme.approval is Approval.NOT_KNOWN)
        )
        return tuple(
            Impact(each, True, self._if_lost(self.offers[each], counted)) if each in counting
            else Impact(each, False, self._if_added(self.offers[each], counted))
            for each in inside
            if of is None or each in of
        )  # fmt: skip

    def _if_lost(self, offered: Offer, counted: Counter[Offer]) -> tuple[Change, ...]:
        """Whoever offers the same stays, so that only what one programme alone offers can be missed."""
        if counted[offered] > 1:
            return ()
        return self._changes(counted, [*(each for each in counted if each != offered), lost(offered)])

    def _if_added(self, offered: Offer, counted: Counter[Offer]) -> tuple[Change, ...]:
        return self._changes(counted, [*counted, offered])

    def closings(self, ids: Sequence[str] = ()) -> tuple[Closing, ...]:
        """What would close the open requirements, those that need the same taken together."""
        return self._bettered(ids, lambda best: best is None or best.leaves_open)

    def conditions(self, ids: Sequence[str] = ()) -> tuple[Closing, ...]:
        """What would lift the condition from the requirements that are covered conditionally."""
        return self._bettered(ids, lambda best: best is Verdict.COVERED_CONDITIONALLY)

    def _bettered(self, ids: Sequence[str], wanted: Callable[[Verdict | None], bool]) -> tuple[Closing, ...]:
        counting = self._counting(ids)
        best = self.best(ids)
        together: dict[tuple[Verdict | None, tuple[str, ...], tuple[tuple[str, str], ...]], list[Requirement]] = {}
        for row in self.asked:
            if wanted(best[row.code]):
                key = (best[row.code], *_closing(row, counting, best[row.code]))
                together.setdefault(key, []).append(row.requirement)
        return tuple(Closing(tuple(rows), *key) for key, rows in together.items())

    def _counting(self, ids: Iterable[str]) -> dict[str, Offer]:
        wanted = set(ids)
        return {each: verdicts for each, verdicts in self.offers.items() if not wanted or each in wanted}

    def _changes(self, before: Collection[Offer], after: Collection[Offer]) -> tuple[Change, ...]:
        pairs = zip(self.asked, _best(before, len(self.asked)), _best(after, len(self.asked)), strict=True)
        return tuple(Change(row.requirement, was, is_now) for row, was, is_now in pairs if was is not is_now)


def _closing(row: Row, counting: Offers, best: Verdict | None) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Who does better already, and what each programme that counts lacks: where it is covered, only the best."""
    closed = best is not None and not best.leaves_open
    others, lacking = [], []
    for programme, judged in row.pairs:
        name, verdict = programme.id, judged.verdict
        if name in counting:
            lacking += [(name, judged.needs)] if (not closed or verdict is best) and judged.needs else []
        elif verdict is Verdict.COVERED or not (closed or verdict.leaves_open):
            others.append(name)
    return tuple(others), tuple(lacking)


Known: TypeAlias = MutableMapping[Hashable, tuple[Column, Programme]]
"""What was judged before, by kind of programme, of the same requirements at the same stage.

With the programme of which it was judged: what is held about it tells its kind, and may not go before this does.
"""


def draw(
    *,
    as_at: date,
    metal: Metal,
    stage: Stage | None,
    programmes: Sequence[Programme],
    catalogue: Catalogue,
    track_a: TrackA,
    known: Known | None = None,
) -> CoverageMap:
    """The map of these programmes; without a stage every requirement is asked.

    Programmes of one kind are judged once. ``known`` holds what was judged before and takes what is judged now.
    """
    judged: Known = {} if known is None else known
    questions = [asked(requirement, catalogue, stage) for requirement in track_a.requirements]
    columns = [_column(programme, questions, judged) for programme in programmes]
    across = zip(*columns, strict=True)
    listed = {programme.id: programme for programme in programmes}
    rows = tuple(
        Row(requirement, question, listed, next(across, ()) if question else ())
        for requirement, question in zip(track_a.requirements, questions, strict=True)
    )
    return CoverageMap(as_at, metal, stage, tuple(programmes), rows)


def _column(programme: Programme, questions: Iterable[Question | None], judged: Known) -> Column:
    kind = _kind(programme)
    found = judged.get(kind)
    if found is None:
        column = tuple(_judged(cover(question, programme)) for question in questions if question)
        found = judged[kind] = column, programme
    return found[0]


def _kind(programme: Programme) -> Hashable:
    """What all verdicts on a programme follow from. What is held is compared by identity, which is soon done."""
    if not programme.scope.inside:
        return programme.scope
    if not (programme.approval.stands or programme.approval is Approval.NOT_KNOWN):
        return programme.approval, programme.scope
    return programme.approval, programme.scope, id(programme.parts), id(programme.actions)


def _judged(cell: Cell) -> Judged:
    actions = tuple(action.id for action in cell.actions)
    return _shared(Judged(cell.verdict, cell.resolution, small(cell), why(cell), needs(cell), actions))


@lru_cache(maxsize=1024)
def _shared(judged: Judged) -> Judged:
    """Most verdicts are in the words of others: those are kept once."""
    return judged


def union(offers: Offers, requirements: int) -> Sequence[Verdict | None]:
    """The best verdict on each requirement; None for all of them where no programme counts."""
    return _best(set(map(tuple, offers.values())), requirements)


def _best(offered: Collection[Offer], requirements: int) -> Sequence[Verdict | None]:
    columns: Iterable[Iterable[Verdict]] = zip(*offered, strict=True) if offered else ((),) * requirements
    return tuple(min(verdicts, key=RANK.__getitem__, default=None) for verdicts in columns)


def lost(verdicts: Iterable[Verdict]) -> Offer:
    """The verdicts of a programme if it lost its approval: what lies outside its scope stays there."""
    outside = Verdict.OUT_OF_SCOPE
    return tuple(outside if verdict is outside else Verdict.NOT_APPROVED for verdict in verdicts)


def smallest_sets(offers: Offers) -> tuple[tuple[str, ...], ...] | None:
    """The sets of least number in which every requirement gets the best verdict that any programme offers for it.

    Exact, all of them, in order of programme id. None where more than twenty programmes offer a best verdict.
    """
    best = union(offers, 0)
    goal = (1 << len(best)) - 1
    reached = {offered: _reached(offered, best) for offered in set(map(tuple, offers.values()))}
    gives = {each: reached[tuple(offers[each])] for each in sorted(offers)}
    useful = [each for each, mask in gives.items() if mask]
    if len(useful) > MOST_IN_SETS:
        return None
    for size in range(1, len(useful) + 1):
        found = tuple(_sets([(each, gives[each]) for each in useful], goal, size))
        if found:
            return found
    return ()


def _reached(verdicts: Sequence[Verdict], best: Sequence[Verdict | None]) -> int:
    pairs = enumerate(zip(verdicts, best, strict=True))
    return sum(1 << at for at, (verdict, wanted) in pairs if verdict is wanted)


def _sets(gives: Sequence[tuple[str, int]], goal: int, size: int) -> Iterator[tuple[str, ...]]:
    """All sets of a size that together reach the goal, leaving early where the rest cannot."""
    reach = [0] * (len(gives) + 1)
    for at in range(len(gives) - 1, -1, -1):
        reach[at] = reach[at + 1] | gives[at][1]

    def extend(start: int, held: int, left: int) -> Iterator[tuple[str, ...]]:
        if not left:
            if held == goal:
                yield ()
            return
        for at in range(start, len(gives) - left + 1):
            if held | reach[at] != goal:
                return
            for rest in extend(at + 1, held | gives[at][1], left - 1):
                yield (gives[at][0], *rest)

    yield from extend(0, 0, size)
