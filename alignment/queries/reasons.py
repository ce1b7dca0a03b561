"""Why a programme's status is what it is: each ground with its source, advice from the facts, and what comes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from alignment.domain.action import ActionState, Timing
from alignment.domain.assessment import Progress, ResultKind, Route, Scope
from alignment.domain.catalogue import PRIMARY, Part
from alignment.domain.deciding import Advised, advised
from alignment.domain.decision import ALLOWED, Act, Approval, restates
from alignment.domain.frozen import dataclass
from alignment.domain.programme import State, reigning_overall, standing_result
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import When, holding
from alignment.queries.facts import ProgrammeRow
from alignment.queries.records import Action, Ground, RecognitionEntry, Records, ResultEntry, StepEntry, begun
from alignment.queries.results import PartResults
from alignment.queries.status import part_cell


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that the status depends on: what holds, since when, resting on what, on what ground."""

    term: str
    word: str
    tone: str
    mark: str
    more: str
    rests_on: str
    effective: When | None
    ground: Ground | None


@dataclass(frozen=True, slots=True)
class ActionView:
    """A corrective action as it stands on a date."""

    action: Action
    state: ActionState
    as_reported: bool
    timing: Timing
    steps: tuple[StepEntry, ...]
    verified: StepEntry | None

    @property
    def said(self) -> str:
        """The state with what is derived from dates: *Under way, as reported, unconfirmed*."""
        said = [self.state.label]
        said += ["as reported"] if self.as_reported else []
        said += [self.timing.value] if self.timing is not Timing.NONE else []
        return ", ".join(said)


# --- actions -------------------------------------------------------------------------------------------


def action_views(records: Records, as_at: date, *, number: int | None = None) -> tuple[ActionView, ...]:
    """The actions whose state is known on a date, of one round or of all."""
    views = (action_view(action, as_at) for action in records.actions if number in (None, action.round))
    return tuple(view for view in views if view is not None)


def action_view(action: Action, as_at: date) -> ActionView | None:
    """An action as it stands on a date, None where no state of it is known."""
    step = holding(action.steps, as_at)
    if not isinstance(step, StepEntry):
        return None
    steps = tuple(sorted(begun(action.steps, as_at), key=lambda each: (each.effective.on, each.order)))
    verified = next((each for each in reversed(steps) if each.state is ActionState.VERIFIED), None)
    stands_verified = verified if step.state is ActionState.VERIFIED else None
    timing = action.fact().timing(as_at)
    return ActionView(action, step.state, step.as_reported, timing, steps, stands_verified)


# --- reasons -----------------------------------------------------------------------------------------


def reasons(
    records: Records, found: State, results: Sequence[PartResults], actions: Sequence[ActionView], as_at: date
) -> Iterator[Reason]:
    if records.programme.route is Route.OECD:
        for part in Part:
            computed = next((each.computed for each in results if each.part is part), None)
            yield _part_reason(records, found, part, computed, as_at)
        yield _overall_reason(records, found, as_at)
        yield _action_reason(actions)
    if records.recognitions:
        yield _recognition_reason(records, found, as_at)
    yield _approval_reason(records, found)


def _part_reason(records: Records, found: State, part: Part, computed: Level | None, as_at: date) -> Reason:
    cell = part_cell(part, found.parts[part])
    result = standing_result(records.results, Scope(part.value), as_at) if found.parts[part].result else None
    if result is not None:
        return _result_reason(part.label, result)
    if computed is not None:
        more = "Computed from the published ratings by the edition’s rule; no published result is held."
        return Reason(part.label, computed.label, computed.tone, f"m-{computed.tone}", more, "", None, None)
    told = [entry for entry in records.progress if entry.part is part and entry.effective.on <= as_at]
    complete = [entry for entry in told if entry.progress is Progress.COMPLETE]
    stands = max(complete or told, key=lambda entry: (entry.effective.on, entry.order), default=None)
    if stands is None:
        more = "It would not enter the overall result." if part is Part.GOVERNANCE else ""
        return Reason(part.label, cell.label, cell.tone, cell.mark, _nothing_yet(records, part) or more, "", None, None)
    more = "No result of it is held." if complete else ""
    return Reason(part.label, cell.label, cell.tone, cell.mark, more, "", stands.effective, stands.ground)


def _nothing_yet(records: Records, part: Part) -> str:
    """When a part is first heard of, where that is later than the date."""
    first = min((entry.effective for entry in records.progress if entry.part is part), default=None)
    return f"First reported {_told(first)}; for the time before nothing is held." if first else ""


def _told(when: When) -> str:
    return str(when) if when.is_by else f"for {when}"


def _result_reason(term: str, result: ResultEntry) -> Reason:
    computed = "Computed by the edition’s rule; no published result is held. "
    more = (computed if result.kind is ResultKind.COMPUTED else "") + result.statement
    tone = result.level.tone
    return Reason(term, result.level.label, tone, f"m-{tone}", more, result.rests_on, result.effective, result.ground)


def _overall_reason(records: Records, found: State, as_at: date) -> Reason:
    if found.overall is not None:
        reigns = reigning_overall(records.results, as_at)
        return _result_reason("Overall", reigns) if reigns else _derived(records, found.overall, as_at)
    if found.parts[Part.STANDARDS].complete and found.parts[Part.IMPLEMENTATION].complete:
        return Reason("Overall", "Not known", "unknown", "m-unknown", "Both parts are complete.", "", None, None)
    if Progress.NOT_KNOWN in (found.parts[Part.STANDARDS].progress, found.parts[Part.IMPLEMENTATION].progress):
        return Reason("Overall", "Not known", "unknown", "m-unknown", "", "", None, None)
    more = "There is none before both standards and implementation are complete."
    return Reason("Overall", "No result yet", "open", "m-open", more, "", None, None)


def _derived(records: Records, overall: Level, as_at: date) -> Reason:
    """An overall result that nobody published: since when the parts give it, and what was published before."""
    parts = [standing_result(records.results, Scope(part.value), as_at) for part in PRIMARY]
    since = max((part.effective for part in parts if part), key=lambda when: when.on, default=None)
    more = "Derived by this register: the worse of standards and implementation."
    earlier = standing_result(records.results, Scope.OVERALL, as_at)
    if earlier:
        more += (
            f" No overall result of it is published; the one published for round {earlier.round}, "
            f"{earlier.level.label.lower()}, stood until a part of a later one was closed."
        )
    return Reason("Overall", overall.label, overall.tone, f"m-{overall.tone}", more, "", since, None)


def _action_reason(actions: Sequence[ActionView]) -> Reason:
    if not actions:
        return Reason("Actions", "None held", "na", "m-na", "", "", None, None)
    states = Counter(view.said.lower() for view in actions)
    said = "; ".join(f"{number} {state}" for state, number in states.items())
    verified = sum(view.verified is not None for view in actions)
    more = f"{said}. {_VERIFIED[min(verified, 1)] if verified < len(actions) else ''}".strip()
    is_open = any(view.state.is_open for view in actions)
    newest = max((step for view in actions for step in view.steps), key=lambda step: (step.effective.on, step.order))
    return Reason(
        "Actions", "Open" if is_open else "All verified", "part" if is_open else "full",
        "m-part" if is_open else "m-full", more, "", newest.effective, newest.ground,
    )  # fmt: skip


_VERIFIED = ("None is held as verified by the assessor.", "The others are not held as verified by the assessor.")


def _recognition_reason(records: Records, found: State, as_at: date) -> Reason:
    entry = holding(records.recognitions, as_at)
    if not isinstance(entry, RecognitionEntry):
        tone = "na" if found.recognition_known else "unknown"
        return Reason("Recognition", found.recognition_said, tone, f"m-{tone}", "", "", None, None)
    tone, mark = _RECOGNISED[entry.act]
    under = f"{entry.authority}, under {entry.under}{f', {entry.reference}' if entry.reference else ''}."
    due = "A decision of the LME is due; until then its approval is unchanged." if found.decision_due else ""
    more = " ".join(filter(None, (under, entry.statement, due)))
    return Reason("Recognition", entry.act.label, tone, mark, more, "", entry.effective, entry.ground)


_RECOGNISED = {
    RecognitionAct.AWAITED: ("open", "m-open"),
    RecognitionAct.RECOGNISED: ("full", "m-full"),
    RecognitionAct.REFUSED: ("not", "m-not"),
    RecognitionAct.WITHDRAWN: ("not", "m-not"),
}


def _approval_reason(records: Records, found: State) -> Reason:
    stands = found.standing
    entry = next((each for each in records.decisions if each.id == stands.decision_id), None)
    tone, mark, label = stands.approval.tone, stands.approval.mark, stands.approval.label
    if entry is None:
        more = (
            f"A decision is first seen {stands.since}; for the time before none is held." if stands.since
            else "No decision of the LME is held for this date."
        )  # fmt: skip
        return Reason("Approval", label, tone, mark, more, "", None, None)
    given = (entry.reason, f"Conditions: {entry.conditions}" if entry.conditions else "")
    return Reason("Approval", label, tone, mark, " ".join(filter(None, given)), "", entry.effective, entry.ground)


# --- advice ------------------------------------------------------------------------------------------


def advice(route: Route, found: State) -> tuple[Advised, ...]:
    """Advice on the decisions that would raise the approval; all others lie in the LME's discretion."""
    raising = (Act.CONDITIONALLY_APPROVED, Act.APPROVED, Act.REINSTATED)
    approval = found.standing.approval
    if approval is Approval.APPROVED:
        return ()
    following = [act for act in raising if act in ALLOWED[approval] and not restates(act, approval)]
    if approval is Approval.NOT_KNOWN:
        following.remove(Act.REINSTATED)
    return tuple(advised(act, route, found) for act in following)


# --- what next ---------------------------------------------------------------------------------------


def next_step(programme: ProgrammeRow, found: State, actions: Sequence[ActionView], *, stale: bool) -> str:
    """The one thing that has to happen next, by the facts held."""
    owner = programme.owner or "the scheme owner"
    if found.decision_due:
        return f"The LME decides: its decision is due since the recognition of {found.recognised_on}"
    if found.overdue:
        return f"{owner} owes what is overdue, or an extension"
    if found.unconfirmed:
        return f"Ask {owner} for the state of its corrective actions: the expected date has passed"
    if found.recognition is RecognitionAct.AWAITED:
        return "The outcome of the recognition" + _ask(owner, stale)
    if any(view.state.is_open for view in actions):
        return "Verification of the corrective actions by the assessor" + _ask(owner, stale)
    if found.parts[Part.IMPLEMENTATION].progress in (Progress.IN_PROGRESS, Progress.NOT_STARTED):
        return "The result of the implementation part" + _ask(owner, stale)
    if stale:
        return f"A newer report: none is held, ask {owner}"
    return "Nothing is due by the facts held"


def _ask(owner: str, stale: bool) -> str:
    return f"; no newer report is held, ask {owner}" if stale else ""
