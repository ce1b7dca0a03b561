"""What one programme does for one requirement on a date: a verdict, its resolution, its grounds (model, section 6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from alignment.domain.catalogue import Part
from alignment.domain.coverage_facts import Finding, OpenAction, PartAsked, PartFacts, Programme, Question, Ratings
from alignment.domain.decision import Approval
from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level
from alignment.domain.result import BELOW_FULLY


class Verdict(StrEnum):
    """What a programme does for a requirement, from best to worst."""

    COVERED = "covered"
    COVERED_CONDITIONALLY = "covered_conditionally"
    PARTLY_COVERED = "partly_covered"
    NOT_KNOWN = "not_known"
    NOT_COVERED = "not_covered"
    NOT_APPROVED = "not_approved"
    OUT_OF_SCOPE = "out_of_scope"

    @property
    def label(self) -> str:
        """As printed: Covered, conditionally."""
        if self is Verdict.COVERED_CONDITIONALLY:
            return "Covered, conditionally"
        return self.value.replace("_", " ").capitalize()

    @property
    def tone(self) -> str:
        """The class of its colour."""
        return _LOOK[self][0]

    @property
    def mark(self) -> str:
        """The name of its diamond."""
        return _LOOK[self][1]

    @property
    def leaves_open(self) -> bool:
        """Whether a requirement with no better verdict remains open."""
        return self not in (Verdict.COVERED, Verdict.COVERED_CONDITIONALLY)


_LOOK = {
    Verdict.COVERED: ("full", "v-yes"),
    Verdict.COVERED_CONDITIONALLY: ("full", "v-cond"),
    Verdict.PARTLY_COVERED: ("part", "v-part"),
    Verdict.NOT_KNOWN: ("unknown", "v-unknown"),
    Verdict.NOT_COVERED: ("not", "v-no"),
    Verdict.NOT_APPROVED: ("not", "a-no"),
    Verdict.OUT_OF_SCOPE: ("na", "m-na"),
}

RANK = {verdict: rank for rank, verdict in enumerate(Verdict)}


class Resolution(StrEnum):
    """How finely what a verdict rests on is held, from fine to coarse. A coarse one never poses as a fine one."""

    CRITERION = "criterion"
    GROUP = "group"
    WHOLE_PART = "whole_part"

    @property
    def label(self) -> str:
        return {"criterion": "by criterion", "group": "group of criteria", "whole_part": "whole part"}[self.value]

    @property
    def says(self) -> str:
        """What that means, for a reader."""
        return {
            "criterion": "ratings of the single criteria are held",
            "group": "only the group in which published findings lie is known, not the criteria",
            "whole_part": "only the result of the part as a whole is held; no criterion result is published",
        }[self.value]


class Said(StrEnum):
    """What is held of one part for the criteria behind a requirement."""

    FULLY = "fully"
    NOT_APPLICABLE = "not_applicable"
    NO_FINDING = "no_finding"
    BELOW = "below"
    NONE_ALIGNED = "none_aligned"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        return {
            "fully": "Fully aligned",
            "not_applicable": "Not applicable",
            "no_finding": "No finding published",
            "below": "Below fully aligned",
            "none_aligned": "Not aligned",
            "unknown": "No result held",
        }[self.value]

    @property
    def tone(self) -> str:
        """The class of its mark and colour."""
        return {
            "fully": "full", "not_applicable": "na", "no_finding": "unknown", "below": "part",
            "none_aligned": "not", "unknown": "unknown",
        }[self.value]  # fmt: skip


MET = (Said.FULLY, Said.NOT_APPLICABLE)


# --- what one part says ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ground:
    """What one part says about a requirement, and what that rests on. ``findings`` are those that bear on it."""

    part: Part
    said: Said
    resolution: Resolution | None
    mask: int
    facts: PartFacts
    findings: tuple[Finding, ...]

    @property
    def unrated(self) -> int:
        return self.mask & ~self.facts.ratings.rated

    @property
    def counts(self) -> tuple[tuple[Level | None, int], ...]:
        """How many of the criteria are rated at each level; None stands for not rated."""
        held = self.facts.ratings
        masks = (held.fully, held.partially, held.not_aligned, held.not_applicable)
        counted = [(level, (self.mask & mask).bit_count()) for level, mask in zip(Level, masks, strict=True)]
        return tuple(each for each in (*counted, (None, self.unrated.bit_count())) if each[1])


def read(part: PartAsked, facts: PartFacts) -> Ground:
    """What is held of a part for the criteria that are asked.

    Where all are rated, the ratings alone speak. Otherwise the published result speaks for those that are
    not: fully aligned for all of them; below that for all of them too, unless the part's findings name the
    groups in which they lie. A published finding counts even where the part as a whole is fully aligned.
    """
    unrated = part.mask & ~facts.ratings.rated
    if not unrated:
        return Ground(part.part, _rated(part.mask, facts.ratings), Resolution.CRITERION, part.mask, facts, ())
    published = [finding for finding in facts.findings if finding.level in BELOW_FULLY]
    bearing = tuple(finding for finding in published if _bears(finding, part, unrated))
    throughout = facts.result in BELOW_FULLY and not published
    not_aligned = facts.ratings.not_aligned | (unrated & _found_not_aligned(part, published))
    if throughout and facts.result is Level.NOT:
        not_aligned |= unrated
    if not part.mask & ~facts.ratings.not_applicable & ~not_aligned:
        none = Resolution.WHOLE_PART if throughout else Resolution.GROUP
        return Ground(part.part, Said.NONE_ALIGNED, none, part.mask, facts, bearing)
    said, resolution = _published(part, facts, bearing, throughout=throughout)
    return Ground(part.part, said, resolution, part.mask, facts, bearing)


def _rated(mask: int, held: Ratings) -> Said:
    applicable = mask & ~held.not_applicable
    if not applicable:
        return Said.NOT_APPLICABLE
    if not applicable & ~held.not_aligned:
        return Said.NONE_ALIGNED
    return Said.BELOW if applicable & held.below else Said.FULLY


def _bears(finding: Finding, part: PartAsked, unrated: int) -> bool:
    if finding.bit:
        return bool(finding.bit & unrated)
    return any(group.code == finding.group and group.mask & unrated for group in part.groups)


def _published(
    part: PartAsked, facts: PartFacts, bearing: Sequence[Finding], *, throughout: bool
) -> tuple[Said, Resolution | None]:
    """The same where some criteria are not rated; ``throughout``: a result below fully applies to all of them."""
    if part.mask & facts.ratings.below:
        return Said.BELOW, Resolution.CRITERION
    if bearing or throughout:
        return Said.BELOW, Resolution.GROUP if bearing else Resolution.WHOLE_PART
    if facts.result is None:
        return Said.UNKNOWN, None
    if facts.result is Level.FULLY:
        return Said.FULLY, Resolution.WHOLE_PART
    return Said.NO_FINDING, Resolution.GROUP


def _found_not_aligned(part: PartAsked, published: Iterable[Finding]) -> int:
    """The criteria that findings show as not aligned: those named, and groups of which none is left out."""
    found = [finding for finding in published if finding.level is Level.NOT]
    mask = 0
    for finding in found:
        mask |= finding.bit
    for group in part.groups:
        if sum(finding.number for finding in found if finding.group == group.code) >= group.size:
            mask |= group.mask
    return mask


# --- the verdict -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """What a programme does for a requirement, with all that the verdict rests on."""

    question: Question
    programme: Programme
    verdict: Verdict
    resolution: Resolution | None
    grounds: tuple[Ground, ...]
    actions: tuple[OpenAction, ...] = ()


def cover(asked: Question, programme: Programme) -> Cell:
    """The verdict of a programme on a requirement: the first line of the model’s table that fits."""
    grounds = tuple(read(part, programme.part(part.part)) for part in asked.parts)
    verdict, resolution = judge(programme, grounds)
    return Cell(asked, programme, verdict, resolution, grounds, _answering(asked, programme, verdict, resolution))


def judge(programme: Programme, grounds: Sequence[Ground]) -> tuple[Verdict, Resolution | None]:
    """The verdict and its resolution from what the parts say.

    A verdict below covered rests on the part that shows it most finely, any other on all that it needs and so
    on the coarsest of them. A metal served only under a condition is at best covered conditionally: whether
    the condition holds at a brand’s site is not known here.
    """
    if not programme.scope.inside:
        return Verdict.OUT_OF_SCOPE, None
    if not (programme.approval.stands or programme.approval is Approval.NOT_KNOWN):
        return Verdict.NOT_APPROVED, None
    first = grounds[0]  # standards, in which every criterion about a company is judged
    if programme.approval is Approval.NOT_KNOWN or (first.said is Said.UNKNOWN and first.unrated == first.mask):
        return Verdict.NOT_KNOWN, None
    for said, verdict in ((Said.NONE_ALIGNED, Verdict.NOT_COVERED), (Said.BELOW, Verdict.PARTLY_COVERED)):
        shown = [ground.resolution for ground in grounds if ground.said is said]
        if shown:
            return verdict, min(shown, key=_COARSENESS.index)
    if first.said is Said.UNKNOWN:  # rated in part, nothing below fully among it
        return Verdict.NOT_KNOWN, None
    coarsest = max((each.resolution for each in grounds if each is first or each.said in MET), key=_COARSENESS.index)
    every_part = all(ground.said in MET for ground in grounds)
    if every_part and programme.approval is Approval.APPROVED and not programme.scope.condition:
        return Verdict.COVERED, coarsest
    return Verdict.COVERED_CONDITIONALLY, coarsest


_COARSENESS: tuple[Resolution | None, ...] = (*Resolution, None)


def _answering(
    asked: Question, programme: Programme, verdict: Verdict, resolution: Resolution | None
) -> tuple[OpenAction, ...]:
    """The open actions that answer what keeps a requirement from being covered.

    Where the criteria below fully are not published, an action whose source names none may answer any of them.
    """
    if verdict not in (Verdict.PARTLY_COVERED, Verdict.NOT_COVERED):
        return ()
    return tuple(
        action
        for action in programme.actions
        if action.criteria & asked.mask or (resolution is not Resolution.CRITERION and not action.certain)
    )
