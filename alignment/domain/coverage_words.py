"""Verdicts of coverage in words: a few under the mark, the reason in a sentence, what would better it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from alignment.domain.assessment import Progress
from alignment.domain.coverage import MET, Cell, Ground, Resolution, Said, Verdict
from alignment.domain.coverage_facts import Finding, Question
from alignment.domain.decision import Approval
from alignment.domain.rating import Level


def small(cell: Cell) -> str:
    """The few words under the verdict: resolution, and what is not there."""
    return ", ".join(_small(cell))


def why(cell: Cell) -> str:
    """Why this verdict, in one sentence."""
    said = "; ".join(_why(cell))
    return f"{said[0].upper()}{said[1:]}."


def part_says(question: Question, ground: Ground) -> str:
    """What one part says about a requirement, in one sentence."""
    said = _shown(question, ground)
    return f"{said[0].upper()}{said[1:]}."


_REFUSED = {
    Approval.NONE: "the LME has not decided on it by this date",
    Approval.NOT_APPROVED: "the LME decided not to approve it",
    Approval.SUSPENDED: "its approval is suspended",
    Approval.WITHDRAWN: "its approval is withdrawn",
}


def _small(cell: Cell) -> Iterator[str]:
    match cell.verdict:
        case Verdict.OUT_OF_SCOPE:
            yield cell.programme.scope.reason
            return
        case Verdict.NOT_APPROVED:
            yield cell.programme.approval.label.lower()
            return
        case Verdict.NOT_KNOWN:
            yield from _unknown(cell)
    if cell.verdict is Verdict.COVERED_CONDITIONALLY:
        yield from _conditions(cell)
    elif cell.resolution:
        yield cell.resolution.label
    if all(ground.said is Said.NOT_APPLICABLE for ground in cell.grounds):
        yield "not applicable"
    if cell.programme.scope.condition:
        yield "under a condition"


def _unknown(cell: Cell) -> Iterator[str]:
    if cell.programme.approval is Approval.NOT_KNOWN:
        yield "approval not known"
    elif cell.grounds[0].unrated == cell.grounds[0].mask:
        yield "no standards result held"
    else:
        yield "standards rated in part"


def _conditions(cell: Cell) -> Iterator[str]:
    """The resolution, and what keeps the cover from being one without a condition."""
    label = cell.resolution.label if cell.resolution else ""
    met = [ground.part.value for ground in cell.grounds if ground.said in MET]
    yield label if len(met) in (0, len(cell.grounds)) else f"{label}: {' and '.join(met)}"
    if any(ground.said is Said.NO_FINDING for ground in cell.grounds):
        yield "no finding published"
    if len(met) == len(cell.grounds) and cell.programme.approval is not Approval.APPROVED:
        yield "approval conditional"


def _why(cell: Cell) -> Iterator[str]:
    programme = cell.programme
    match cell.verdict:
        case Verdict.OUT_OF_SCOPE:
            yield programme.scope.reason
        case Verdict.NOT_APPROVED:
            yield _REFUSED[programme.approval]
        case Verdict.NOT_KNOWN if programme.approval is Approval.NOT_KNOWN:
            yield "whether the LME approved it on this date is not known"
        case Verdict.NOT_KNOWN:
            yield _not_held(cell.grounds[0])
        case Verdict.NOT_COVERED | Verdict.PARTLY_COVERED:
            wanted = Said.NONE_ALIGNED if cell.verdict is Verdict.NOT_COVERED else Said.BELOW
            yield from (_shown(cell.question, ground) for ground in cell.grounds if ground.said is wanted)
        case _:
            yield from _met(cell.grounds)
            yield from (_shown(cell.question, ground) for ground in cell.grounds if ground.said not in MET)
            yield {
                Approval.APPROVED: "the programme is approved",
                Approval.CONDITIONALLY_APPROVED: "the programme is approved conditionally",
            }[programme.approval]
    if programme.scope.condition:
        yield f"its scope names a condition: {programme.scope.condition}"


def _not_held(standards: Ground) -> str:
    total, unrated = standards.mask.bit_count(), standards.unrated.bit_count()
    if unrated == total:
        return "no standards result of any resolution is held for the criteria behind it"
    return f"{unrated} of the {total} criteria behind it are not rated in standards, and no result of the part is held"


def _met(grounds: Iterable[Ground]) -> Iterator[str]:
    """The parts that are fully aligned for it, those of the same resolution together."""
    alike: dict[tuple[Said, Resolution | None], list[str]] = {}
    for ground in grounds:
        if ground.said in MET:
            alike.setdefault((ground.said, ground.resolution), []).append(ground.part.value)
    for (said, resolution), parts in alike.items():
        yield _fully(said, resolution, parts)


def _fully(said: Said, resolution: Resolution | None, parts: Sequence[str]) -> str:
    named = " and ".join(parts)
    if said is Said.NOT_APPLICABLE:
        return f"no criterion behind it applies in {named}"
    if resolution is Resolution.CRITERION:
        return f"every criterion behind it that applies is fully aligned in {named}"
    whole = f"{named} parts as a whole are" if len(parts) > 1 else f"{named} part as a whole is"
    return f"the {whole} fully aligned, and no criterion result is published"


def _shown(question: Question, ground: Ground) -> str:
    """What one part says, as a clause."""
    part, facts = ground.part.value, ground.facts
    if ground.said in MET:
        return _fully(ground.said, ground.resolution, [part])
    if ground.said is Said.UNKNOWN:
        return f"no result of {part} is held{_how_far(facts.progress)}"
    level = facts.result.label.lower() if facts.result else ""
    if ground.said is Said.NO_FINDING:
        return f"the {part} part is {level}, and no finding is published in its group"
    if ground.resolution is Resolution.WHOLE_PART:
        return f"the {part} part as a whole is {level}, and no published finding says where"
    found = [*_rated_below(question, ground), *(_found(question, finding) for finding in ground.findings)]
    return f"in {part}, {' and '.join(found)}"


def _how_far(progress: Progress) -> str:
    return {
        Progress.NOT_KNOWN: "",
        Progress.NOT_STARTED: ", it has not started",
        Progress.IN_PROGRESS: ", it is in progress",
        Progress.COMPLETE: ", though it is complete",
    }[progress]


def _found(question: Question, finding: Finding) -> str:
    level = finding.level.label.lower()
    if finding.bit:
        return f"{question.named(finding.bit)[0].code} {level}"
    if finding.number == 1:
        return f"one criterion of {finding.group} {level} (which one is not published)"
    return f"{finding.number} criteria of {finding.group} {level} (which ones is not published)"


def _rated_below(question: Question, ground: Ground) -> Iterator[str]:
    held = ground.facts.ratings
    for level, mask in ((Level.PARTIALLY, held.partially), (Level.NOT, held.not_aligned)):
        named = question.named(ground.mask & mask)
        if named:
            yield f"{', '.join(criterion.code for criterion in named)} {level.label.lower()}"


def needs(cell: Cell) -> str:
    """What would have to happen for a better verdict; empty where there is none or nothing can."""
    match cell.verdict:
        case Verdict.NOT_APPROVED:
            return "an approval by the LME"
        case Verdict.NOT_KNOWN if cell.programme.approval is Approval.NOT_KNOWN:
            return "a source for the approval on this date"
        case Verdict.NOT_KNOWN:
            return "a published standards result, or ratings of all the criteria behind it"
        case Verdict.NOT_COVERED | Verdict.PARTLY_COVERED:
            again = "the criteria rated again as fully aligned"
            several = len(cell.actions)
            if not several:
                return f"{again}; no open corrective action that answers them is held"
            return f"{several} open corrective action{'s' if several > 1 else ''} verified, and {again}"
        case Verdict.COVERED_CONDITIONALLY:
            return " and ".join(_to_be_covered(cell))
        case _:
            return ""


def _to_be_covered(cell: Cell) -> Iterator[str]:
    for ground in cell.grounds:
        if ground.said not in MET:
            yield f"a fully aligned {ground.part.value} result for it"
    if cell.programme.approval is not Approval.APPROVED:
        yield "full approval by the LME"
    if cell.programme.scope.condition:
        yield "evidence that the condition holds at the site"
