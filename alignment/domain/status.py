"""From facts to the printed status: one sentence for every state a programme can be in (model, section 5)."""

from __future__ import annotations

from dataclasses import replace

from alignment.domain.action import Actions
from alignment.domain.assessment import Progress, Route
from alignment.domain.decision import Approval
from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level, worse
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import When

AWAITING = (
    "Awaiting outcome of the Recognition of Equivalence of Supply Chain Due Diligence Schemes "
    "under the Regulation (EU) 2017/821 (Conflict Minerals)"
)
REGULATION = "Regulation (EU) 2017/821"


@dataclass(frozen=True, slots=True)
class PartState:
    """How far a part has come and, once complete, its published result where one is held."""

    progress: Progress
    result: Level | None = None

    @property
    def complete(self) -> bool:
        return self.progress is Progress.COMPLETE


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the sentence depends on, on one date; ``awaited`` says whether a recognition was awaited before the
    act of an authority that stands, ``recognition_known`` whether, where no act stands, none had been asked for.
    """

    route: Route
    standards: PartState
    implementation: PartState
    overall: Level | None
    actions: Actions
    recognition: RecognitionAct | None
    recognised_on: When | None
    decided_since: bool
    approval: Approval
    superseded: bool = False
    awaited: bool = False
    recognition_known: bool = False


def sentence(facts: Facts) -> str:
    """The status of alignment assessment, in the LME's own printed form where the LME has printed one."""
    if facts.superseded:
        return f"Edition superseded; last status: {_lower(sentence(replace(facts, superseded=False)))}"
    said = _equivalence(facts) if facts.route is Route.EQUIVALENCE else _assessment(facts)
    if facts.approval is Approval.SUSPENDED:
        return f"Approval suspended; {_lower(said)}"
    if facts.approval is Approval.WITHDRAWN:
        return f"Approval withdrawn; {_lower(said)}"
    return said


def decision_due(facts: Facts) -> bool:
    """Whether a recognition has come that was awaited, and the LME has not decided since.

    On the equivalence route the approval waits for one even where no fact says that it is awaited.
    """
    settled = facts.recognition in (RecognitionAct.RECOGNISED, RecognitionAct.REFUSED, RecognitionAct.WITHDRAWN)
    waited = facts.awaited or facts.route is Route.EQUIVALENCE
    return waited and settled and not facts.decided_since


def due_said(facts: Facts) -> str:
    """The sentence that puts a decision before the deciders; empty where none is due.

    On the equivalence route the sentence of the table says so itself.
    """
    if not decision_due(facts):
        return ""
    if facts.route is Route.EQUIVALENCE:
        return sentence(facts)
    given = f"outcome of the recognition that was awaited: {facts.recognised_on}"
    return f"{sentence(facts)}; {given}; LME decision due"


def _equivalence(facts: Facts) -> str:
    if facts.recognition is RecognitionAct.AWAITED:
        return AWAITING
    if facts.recognition is None:
        if facts.recognition_known:
            return f"Recognition under {REGULATION} not asked for yet"
        return f"State of the recognition under {REGULATION} not known"
    did = {
        RecognitionAct.RECOGNISED: f"Recognised under {REGULATION}",
        RecognitionAct.REFUSED: f"Recognition under {REGULATION} refused",
        RecognitionAct.WITHDRAWN: f"Recognition under {REGULATION} withdrawn",
    }[facts.recognition]
    dated = f"{did} {facts.recognised_on.said_on}" if facts.recognised_on else did
    return f"{dated}; {'LME has decided since' if facts.decided_since else 'LME decision due'}"


def _assessment(facts: Facts) -> str:
    standards, implementation = facts.standards, facts.implementation
    if standards.complete and implementation.complete:
        return _complete(facts)
    first = _PROGRESS[standards.progress]
    if standards.result in (Level.PARTIALLY, Level.NOT):
        first = f"{first} with {_quoted(standards.result)} rating"
    if standards.progress is implementation.progress is Progress.NOT_KNOWN:
        return "State of the alignment assessment not known"
    if standards.progress is implementation.progress is Progress.NOT_STARTED:
        return "Applied; alignment assessment not started"
    return f"Standard assessment {first}; implementation assessment {_PROGRESS[implementation.progress]}"


_PROGRESS = {
    Progress.NOT_KNOWN: "not known",
    Progress.NOT_STARTED: "not started",
    Progress.IN_PROGRESS: "in progress",
    Progress.COMPLETE: "complete",
}


def _complete(facts: Facts) -> str:
    overall = facts.overall or worse(facts.standards.result, facts.implementation.result)
    if overall is Level.FULLY:
        return f"Alignment assessment complete; {_quoted(Level.FULLY)} rating"
    ending = {
        Actions.OPEN: "with corrective actions underway to address findings",
        Actions.VERIFIED: "with all corrective actions verified, awaiting re-rating",
        Actions.NONE: "with no corrective action agreed",
    }[facts.actions]
    results = (facts.standards.result, facts.implementation.result)
    if None not in results:
        standards, implementation = (f"'{level.quoted}'" for level in results if level)
        return (
            f"Alignment assessment complete; Standard rating is {standards} "
            f"and Implementation rating is {implementation} {ending}"
        )
    if overall is None:
        return "Alignment assessment complete; rating not known"
    return f"Alignment assessment complete; {_quoted(overall)} rating {ending}"


def _quoted(level: Level) -> str:
    return f"‘{level.quoted}’"


def _lower(said: str) -> str:
    """The sentence as a clause, its first letter small unless it begins a name."""
    return said if said.startswith("LME") else said[0].lower() + said[1:]
