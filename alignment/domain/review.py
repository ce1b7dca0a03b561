"""From a complete sheet to a closed part: what a reviewer said, what is still missing, and the rule's working."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do
from alignment.domain.rating import Level
from alignment.domain.result import PartOutcome


class Verdict(StrEnum):
    """A reviewer's word on one version of a rating."""

    ACCEPTED = "accepted"
    RETURNED = "returned"


class Speech(StrEnum):
    """What somebody says about a round: none of it changes a rating by itself."""

    COMMENT = "comment"
    ACCURACY = "accuracy"
    REPLY = "reply"
    ANSWER = "answer"

    @property
    def label(self) -> str:
        return {
            "comment": "Comment",
            "accuracy": "Point of fact",
            "reply": "Reply of the programme",
            "answer": "Answer",
        }[self.value]

    def holds_up(self, about: Part | None, part: Part) -> bool:
        """Whether a part is not closed until this is answered: said of the part, or of the round as a whole."""
        return self in (Speech.COMMENT, Speech.ACCURACY) and about in (None, part)


def waiting(kinds: Iterable[Speech]) -> str:
    """What waits for an answer before a part is closed, as one sentence; empty where nothing does."""
    counts = Counter(kinds)
    number = counts.total()
    counted = [
        f"{counts[kind]} {one if counts[kind] == 1 else many}"
        for kind, one, many in (
            (Speech.COMMENT, "comment", "comments"),
            (Speech.ACCURACY, "point of fact", "points of fact"),
        )
        if counts[kind]
    ]
    return f"{' and '.join(counted)} {'waits' if number == 1 else 'wait'} for an answer." if number else ""


class Reviewed(StrEnum):
    """Where a rating stands in review. A review is of a version: a change reopens it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    CHANGED = "changed"
    RETURNED = "returned"
    ANSWERED = "answered"

    @property
    def label(self) -> str:
        return {
            "open": "Not yet reviewed",
            "accepted": "Accepted",
            "changed": "Changed since it was accepted",
            "returned": "Returned",
            "answered": "Returned, and answered since",
        }[self.value]


def reviewed(version: int, verdict: Verdict | None, of_version: int) -> Reviewed:
    """Where a rating of this version stands, by the newest review and the version that it was of."""
    if verdict is None:
        return Reviewed.OPEN
    if verdict is Verdict.ACCEPTED:
        return Reviewed.ACCEPTED if of_version == version else Reviewed.CHANGED
    return Reviewed.RETURNED if of_version == version else Reviewed.ANSWERED


@dataclass(frozen=True, slots=True)
class Stands:
    """One rating as far as the stages of work ask about it."""

    level: Level | None
    version: int
    to_confirm: bool = False
    review: Reviewed = Reviewed.OPEN


@dataclass(frozen=True, slots=True)
class Missing:
    """A criterion that holds a part up, and why."""

    code: str
    why: str


UNRATED = "not yet rated"
TO_CONFIRM = "carried over and not yet confirmed"
RETURNED = "returned and not yet answered"
NOT_ACCEPTED = "not yet accepted"


def missing_to_submit(codes: Iterable[str], rated: Mapping[str, Stands]) -> tuple[Missing, ...]:
    """What keeps a part from review, in the order of the codes: it is submitted whole or not at all."""
    found = []
    for code in codes:
        stands = rated.get(code)
        if stands is None or stands.level is None:
            found.append(Missing(code, UNRATED))
        elif stands.to_confirm:
            found.append(Missing(code, TO_CONFIRM))
        elif stands.review is Reviewed.RETURNED:
            found.append(Missing(code, RETURNED))
    return tuple(found)


def missing_to_accept(codes: Iterable[str], rated: Mapping[str, Stands]) -> tuple[Missing, ...]:
    """What keeps a part from its check of facts and from being closed: every rating is accepted as it stands."""
    codes = list(codes)
    incomplete = missing_to_submit(codes, rated)
    held_up = {each.code for each in incomplete}
    unaccepted = [
        Missing(code, NOT_ACCEPTED)
        for code in codes
        if code not in held_up and rated[code].review is not Reviewed.ACCEPTED
    ]
    found = {each.code: each for each in (*incomplete, *unaccepted)}
    return tuple(found[code] for code in codes if code in found)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of work on a part: from which stages, to which, who may, what its control says."""

    to: PartStage
    act: Do
    label: str
    needs_reason: bool = False
    complete: bool = False
    accepted: bool = False


BEGIN = Step(PartStage.RATING, Do.SCOPE, "Begin rating")
SUBMIT = Step(PartStage.REVIEW, Do.SUBMIT, "Submit for review", complete=True)
SEND_BACK = Step(PartStage.RATING, Do.REVIEW, "Send back to rating", needs_reason=True)
CHECK = Step(PartStage.ACCURACY_CHECK, Do.START_ACCURACY_CHECK, "Send to the scheme owner", accepted=True)
CLOSE = Step(PartStage.CLOSED, Do.CLOSE, "Close the part", accepted=True)

# What can come next at each stage, the usual way first.
NEXT: dict[PartStage, tuple[Step, ...]] = {
    PartStage.SCOPING: (BEGIN,),
    PartStage.RATING: (SUBMIT,),
    PartStage.REVIEW: (CHECK, SEND_BACK),
    PartStage.ACCURACY_CHECK: (CLOSE, SEND_BACK),
    PartStage.CLOSED: (),
}


def step_to(stage: PartStage, to: PartStage) -> Step | None:
    """The step from one stage to another; None where there is none."""
    return next((step for step in NEXT[stage] if step.to is to), None)


def working(catalogue: Catalogue, outcome: PartOutcome, rated: Mapping[str, tuple[Level, int]]) -> dict[str, Any]:
    """The rule worked through for a part as it is closed: enough to reach the result again from this alone.

    ``rated`` has the level and the version of every criterion. Fractions stand in lowest terms as "n/d".
    """
    rule, counts, points = catalogue.rule, outcome.counts, outcome.points
    return {
        "edition": {"id": catalogue.edition, "digest": catalogue.digest},
        "rule": {
            "threshold": _exact(rule.threshold),
            "floor": _exact(rule.floor),
            "partial_credit": _exact(rule.partial_credit),
            "gating": sorted(catalogue.gating_in(outcome.part)),
            "provenance": rule.provenance,
        },
        "part": outcome.part.value,
        "counts": {
            "fully": counts.fully,
            "partially": counts.partially,
            "not": counts.not_aligned,
            "not_applicable": counts.not_applicable,
        },
        "gate_1": {"passed": outcome.gate_passed, "failing": list(outcome.failing)},
        "gate_2": {
            "score": _exact(outcome.score),
            "held": _exact(points.held),
            "needed": _exact(points.needed),
            "possible": points.possible,
        },
        "pooled": _exact(outcome.pooled),
        "result": outcome.result.value if outcome.result else None,
        "holding_back": [list(codes) for codes in outcome.holding_back],
        "holding_back_count": outcome.holding_back_count,
        "sensitivity": {_exact(at): level.value if level else None for at, level in outcome.sensitivity},
        "strict": outcome.strict.value if outcome.strict else None,
        "ratings": {code: {"level": level.value, "version": version} for code, (level, version) in rated.items()},
    }


def _exact(share: Fraction | None) -> str | None:
    return None if share is None else f"{share.numerator}/{share.denominator}"
