"""Before the LME decides: what the facts advise, and why an entry cannot join the ledger of a programme.

Advice is never a lock; what is refused here is what cannot be true: a decision that nothing could have been
based on, one that does not follow, one that would leave a later one without ground.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from alignment.domain.assessment import Progress, Route
from alignment.domain.catalogue import Part
from alignment.domain.decision import ALLOWED, DECIDING, Act, Approval, Decision, advise, restates, standing
from alignment.domain.frozen import dataclass
from alignment.domain.programme import Held, RecognitionFact, State, state
from alignment.domain.rating import Level
from alignment.domain.recognition import ALLOWED as MAY_FOLLOW
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import Precision, When, say_day

POLICY_BEGAN = date(2019, 10, 1)
"""The LME published the policy under which it decides on programmes in October 2019: nothing was decided by it before
(“Overview of LME responsible sourcing”, October 2019)."""

RAISING = (Act.CONDITIONALLY_APPROVED, Act.APPROVED, Act.NOT_APPROVED)
"""The acts that judge what an assessment or a recognition has shown."""


# --- advice -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Advised:
    """What the facts say about an act; ``supported`` is None where they are not held or it lies in discretion."""

    act: Act
    supported: bool | None
    reason: str

    @property
    def said(self) -> str:
        """The advice in a word: Supported, Not supported, or No advice."""
        return {True: "Supported", False: "Not supported", None: "No advice"}[self.supported]

    @property
    def sentence(self) -> str:
        return f"{self.said}: {self.reason}."


def advised(act: Act, route: Route, found: State) -> Advised:
    """Advice on an act from the state of a programme, and none where the facts it would rest on are not held."""
    standards = found.parts[Part.STANDARDS].result
    under_way = found.recognition in (RecognitionAct.AWAITED, RecognitionAct.RECOGNISED)
    asked = found.recognition is not None or found.recognition_known
    if act is Act.VOID:
        return Advised(act, None, "whether an entry was made by mistake is known to the LME alone")
    if act not in RAISING:
        return Advised(act, None, "this lies in the LME’s discretion")
    if route is Route.EQUIVALENCE and act is Act.APPROVED:
        return Advised(act, None, "this route has no OECD result; the LME weighs the recognition and what it covers")
    if route is Route.EQUIVALENCE and act is Act.CONDITIONALLY_APPROVED and found.recognition in _GIVEN:
        return Advised(act, True, "the recognition that was awaited has been given")
    if act is Act.CONDITIONALLY_APPROVED and standards is not Level.FULLY and not asked:
        result = f"the standards part is {standards.label.lower()}" if standards else _NO_RESULT
        return Advised(act, None, f"{result} and whether a recognition is under way is not known")
    if act is Act.CONDITIONALLY_APPROVED and standards is None and not under_way:
        return Advised(act, None, f"{_NO_RESULT} and no recognition is under way")
    if act is Act.APPROVED and found.overall is None and (part := _unfinished(found)):
        return Advised(act, False, f"the {part.value} assessment is in progress, so there is no overall result yet")
    if act is not Act.CONDITIONALLY_APPROVED and found.overall is None:
        return Advised(act, None, "no overall result is held")
    # Whether the act may follow is another question, so it is asked as if the approval were not known.
    told = advise(
        act, standards=standards, overall=found.overall, recognition_under_way=under_way, approval=Approval.NOT_KNOWN
    )
    return Advised(act, told.supported, told.reason)


def on_standing(route: Route, found: State) -> Advised | None:
    """What the facts say of the decision that stands; None where none of those that judge does."""
    act = next((each for each in RAISING if restates(each, found.standing.approval)), None)
    return advised(act, route, found) if act else None


def also_supported(route: Route, found: State) -> tuple[Advised, ...]:
    """The other decisions that could follow and that the facts support, what says most for the programme first."""
    stands = found.standing.approval
    others = (act for act in STRONGEST_FIRST if act in ALLOWED[stands] and not restates(act, stands))
    return tuple(told for act in others if (told := advised(act, route, found)).supported)


STRONGEST_FIRST = (Act.APPROVED, Act.CONDITIONALLY_APPROVED, Act.NOT_APPROVED)


def _unfinished(found: State) -> Part | None:
    """The first part that is known to be still assessed, of the two whose results make the overall one."""
    both = (Part.STANDARDS, Part.IMPLEMENTATION)
    return next((part for part in both if found.parts[part].progress is Progress.IN_PROGRESS), None)


_GIVEN = (RecognitionAct.RECOGNISED,)
_NO_RESULT = "no result of the standards part is held"


def advised_on(act: Act, held: Held, effective: When, today: date) -> Advised:
    """Advice from the facts of the day on which a decision takes effect; of today where that lies ahead."""
    begun = _begun(held)
    if act in RAISING and begun and last_day(effective) < min(when.on for when in begun):
        by = say_day(last_day(effective))
        return Advised(act, False, f"nothing held shows an assessment or a recognition by {by}")
    return advised(act, held.route, state(held, min(effective.on, today)))


# --- why an entry cannot join the ledger -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """A decision that somebody wants to take; ``corrects`` names the entry it takes the place of, or is empty."""

    act: Act
    effective: When
    corrects: str = ""


def ledger_with(held: Held, wanted: Wanted, id: str = "wanted") -> tuple[Decision, ...]:
    """The decisions in force once this one has joined them."""
    kept = tuple(each for each in held.decisions if each.id != wanted.corrects)
    order = max((each.order for each in held.decisions), default=0) + 1
    replaces = any(each.id == wanted.corrects and each.act is not wanted.act for each in held.decisions)
    return (*kept, Decision(id, wanted.act, wanted.effective, order, replaces=replaces))


def why_not_enter(held: Held, wanted: Wanted, today: date) -> dict[str, str]:
    """Why a decision cannot join the ledger: a sentence for each field; empty where it can."""
    corrected = next((each for each in held.decisions if each.id == wanted.corrects), None)
    if wanted.corrects and corrected is None:
        return {"corrects": "There is no such entry in force in the ledger of this programme: choose one that is."}
    if wanted.act is Act.VOID and (faults := _not_void(wanted, corrected)):
        return faults
    if wanted.effective.is_by and wanted.effective.on > today:
        return {"effective": "“By” a day says that it was seen to hold then: that day cannot lie ahead."}
    sentence = _too_early(held, wanted)
    if sentence:
        return {"effective": sentence}
    sentence = _does_not_follow(held, wanted)
    return {"act": sentence} if sentence else {}


def _not_void(wanted: Wanted, corrected: Decision | None) -> dict[str, str]:
    """Why an entry cannot be declared void."""
    if corrected is None:
        return {"corrects": "Say which entry was made by mistake."}
    if corrected.act is Act.VOID:
        return {
            "corrects": "This entry declares another void and decides nothing itself. If that was a mistake, correct "
            "it by entering what was decided."
        }
    if wanted.effective != corrected.effective:
        return {"effective": f"An entry is void from its own day, which is {corrected.effective}."}
    return {}


def _too_early(held: Held, wanted: Wanted) -> str:
    """Nothing can have been judged before there was an assessment or a recognition to judge."""
    if wanted.act not in RAISING:
        return ""
    begun = _begun(held)
    if not begun:
        return (
            "No assessment and no recognition of this programme is held, so there is nothing to decide on: "
            "enter first what was published elsewhere."
        )
    first = min(begun, key=lambda when: when.on)
    if first.is_by:  # it may have begun at any time before, but no decision is older than the policy
        if last_day(wanted.effective) < POLICY_BEGAN:
            return _BEFORE_THE_POLICY
        idle = max((day for day in _idle(held) if last_day(wanted.effective) <= day < first.on), default=None)
        return _not_yet_begun(wanted.effective, idle) if idle else ""
    if last_day(wanted.effective) >= first.on:
        return ""
    return (
        f"The decision is dated {wanted.effective}, before its assessment: the first fact held of one is of "
        f"{first}. Choose a later day, or enter first what was known before."
    )


def _begun(held: Held) -> list[When]:
    """Since when facts show that something was assessed or asked of another authority."""
    started = [fact.effective for fact in held.progress if fact.progress in (Progress.IN_PROGRESS, Progress.COMPLETE)]
    return [*started, *(fact.effective for fact in held.results), *(fact.effective for fact in held.recognitions)]


def _idle(held: Held) -> Iterator[date]:
    """The days on which the first part of the first round was seen not to have begun."""
    for fact in held.progress:
        if fact.part is Part.STANDARDS and fact.round == 1 and fact.progress is Progress.NOT_STARTED:
            yield fact.effective.on


def _not_yet_begun(effective: When, idle: date) -> str:
    return (
        f"The decision is dated {effective}, before its assessment, which was not started on {say_day(idle)}: choose "
        "a later day, or correct that fact first."
    )


_BEFORE_THE_POLICY = (
    "The decision is dated before the LME had a policy to decide by, which it published in October 2019: choose a "
    "later day."
)


def last_day(when: When) -> date:
    """The last day that a date of its precision can mean."""
    if when.precision is Precision.YEAR:
        return date(when.on.year, 12, 31)
    if when.precision is Precision.MONTH:
        return when.on.replace(day=monthrange(when.on.year, when.on.month)[1])
    return when.on


def _does_not_follow(held: Held, wanted: Wanted) -> str:
    after = ledger_with(held, wanted)
    new = after[-1]
    broken = dict(_broken(after))
    if new.id in broken and not _takes_back(wanted, broken[new.id]):
        return _what_can_follow(wanted, broken[new.id])
    was_broken = dict(_broken(held.decisions))
    left = next((each for each in after[:-1] if each.id in broken and each.id not in was_broken), None)
    if left is None:
        return ""
    return (
        f"This would leave the later entry “{left.act.label}” of {left.effective} without ground: on that day the "
        f"programme would be {broken[left.id].label.lower()}. Correct that entry first."
    )


def _takes_back(wanted: Wanted, before: Approval) -> bool:
    """Whether a correction says that the entry was a mistake: what stood before it stands on."""
    return bool(wanted.corrects) and restates(wanted.act, before)


def _what_can_follow(wanted: Wanted, before: Approval) -> str:
    acts = [act for act in DECIDING if act in ALLOWED[before] or _takes_back(replace(wanted, act=act), before)]
    ways = " or ".join(act.label.lower() for act in acts)
    stands = f"is {before.label.lower()}" if before is not Approval.NONE else "has not been decided on yet"
    return (
        f"“{wanted.act.label}” does not follow: on {wanted.effective} the programme {stands}; "
        f"what can follow is {ways}."
    )


def _broken(decisions: Sequence[Decision]) -> Iterator[tuple[str, Approval]]:
    """The decisions that do not follow from what stood before them, and what stood."""
    deciding = (each for each in decisions if each.act is not Act.VOID)
    ordered = sorted(deciding, key=lambda each: (each.effective.on, each.order))
    for at, each in enumerate(ordered):
        stood = standing(ordered[:at], each.effective.on).approval
        if at == 0 and any(other.effective.is_by for other in ordered[:2]):
            stood = Approval.NOT_KNOWN
        if each.act not in ALLOWED[stood]:
            yield each.id, stood


def why_not_recognise(newest: RecognitionAct | None, act: RecognitionAct) -> str:
    """Why an authority's act cannot follow its last one; empty where it can."""
    if act in MAY_FOLLOW[newest]:
        return ""
    stands = f"the last act held is “{newest.label}”" if newest else "no act of an authority is held yet"
    ways = " or ".join(f"“{each.label}”" for each in RecognitionAct if each in MAY_FOLLOW[newest])
    return f"“{act.label}” does not follow: {stands}; what can follow is {ways}."


def why_not_precede(before: Sequence[RecognitionFact], after: Sequence[RecognitionFact]) -> str:
    """Why an authority's acts cannot be as they would be afterwards: one that followed no longer would. Else empty.

    An act of an unknown earlier day may have come at any time before, so it is not asked what it followed.
    """
    was = {fact for fact, _ in _unfounded(before)}
    left = next(((fact, stood) for fact, stood in _unfounded(after) if fact in before and fact not in was), None)
    if left is None:
        return ""
    fact, stood = left
    return (
        f"This would leave the later act “{fact.act.label}” of {fact.effective} without ground. "
        f"{why_not_recognise(stood, fact.act)} Correct that entry first."
    )


def _unfounded(facts: Sequence[RecognitionFact]) -> Iterator[tuple[RecognitionFact, RecognitionAct | None]]:
    """The acts that do not follow from the one before them, and that one."""
    stood: RecognitionAct | None = None
    for fact in sorted(facts, key=lambda fact: (fact.effective.on, fact.order)):
        if fact.act not in MAY_FOLLOW[stood] and not fact.effective.is_by:
            yield fact, stood
        stood = fact.act


# --- conditions and what a review triggers ----------------------------------------------------------------


def say_conditions(conditions: Sequence[tuple[str, date | None]]) -> str:
    """The conditions of a decision as one text, each with its day."""
    said = [f"{text.rstrip('.')}, by {say_day(due)}" if due else text.rstrip(".") for text, due in conditions]
    return f"{'; '.join(said)}." if said else ""
