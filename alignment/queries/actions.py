"""Corrective actions as the working pages show them: a list, a board, and one with all that belongs to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Row,
    String,
    bindparam,
    cast,
    exists,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlmodel import col

from alignment.domain.action import ActionState, Timing, timing
from alignment.domain.assessment import PartStage, Route
from alignment.domain.catalogue import Part
from alignment.domain.evidence import EvidenceKind, Expiry, expiry
from alignment.domain.people import Do, Matter, Someone, why_not
from alignment.domain.rating import Level
from alignment.domain.slipping import Case, cases
from alignment.domain.undertaking import (
    SAYS,
    next_steps,
    why_not_change,
    why_not_check,
    why_not_judge,
    why_not_see_confidential,
    why_not_take,
    why_not_undertake,
    why_not_work,
)
from alignment.domain.when import holding
from alignment.queries.facts import Rows, held
from alignment.tables import (
    ActionEvidence,
    ActionExtension,
    ActionMilestone,
    ActionStep,
    Assessment,
    AssuranceProcess,
    EffectivenessCheck,
    Event,
    Evidence,
    EvidenceFile,
    EvidenceWithdrawal,
    Organisation,
    PartStageStep,
    Person,
    Programme,
    Rating,
    RoundTeam,
    StandardOwner,
    StoredFile,
)
from alignment.tables.base import Utc
from alignment.tables.undertaken import Step, Undertaken, read_action, read_actions

# --- list and board -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked to see; empty means everything."""

    programme: str = ""
    owner: str = ""
    state: str = ""
    due: str = ""

    @property
    def chosen(self) -> bool:
        return bool(self.programme or self.owner or self.state or self.due)


DUE = {
    "overdue": "Overdue",
    "soon": "Due within 30 days",
    "unconfirmed": "Unconfirmed",
    "none": "No due date set",
}
OPEN = "open"
STATES = {OPEN: "Open, in any state", **{state.value: state.label for state in ActionState}}


@dataclass(frozen=True, slots=True)
class Line:
    """An action in a list: where it stands, and what its dates say."""

    action: Undertaken
    timing: Timing
    since: date

    @property
    def state(self) -> ActionState:
        return self.action.state

    @property
    def address(self) -> str:
        return f"/actions/{self.action.id}"


@dataclass(frozen=True, slots=True)
class Column:
    """One state of the board with the actions in it, what is due first at the top."""

    state: ActionState
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ActionsPage:
    """The actions that somebody may see, those that were asked for, and how many were open over time."""

    lines: tuple[Line, ...]
    in_all: int
    overdue: int
    filters: Filters
    programmes: tuple[tuple[str, str], ...]
    owners: tuple[tuple[str, str], ...]
    quarters: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def board(self) -> tuple[Column, ...]:
        """The actions by state, in the order in which states follow one another."""
        return tuple(
            Column(state, tuple(sorted((line for line in self.lines if line.state is state), key=_by_due)))
            for state in ActionState
        )


def actions_page(connection: Connection, someone: Someone, filters: Filters, now: datetime) -> ActionsPage:
    """Every action that somebody may see, narrowed to what they asked for: two queries."""
    today = now.date()
    seen = [
        action for action in read_actions(connection, now) if why_not(someone, Do.SEE_ACTION, action.matter()) is None
    ]
    lines = [line(action, today) for action in seen]
    shown = [each for each in lines if _fits(each, filters, today)]
    return ActionsPage(
        lines=tuple(shown),
        in_all=len(lines),
        overdue=sum(each.timing is Timing.OVERDUE for each in lines),
        filters=filters,
        programmes=tuple({each.programme: each.programme_name for each in seen}.items()),
        owners=tuple(sorted({each.owner: each.owner_name for each in seen if each.owner}.items())),
        quarters=tuple(quarters([each.action for each in shown], today)),
    )


def line(action: Undertaken, today: date) -> Line:
    """An action as a list shows it on a day."""
    says = timing(state=action.state, due=action.due_on, expected=action.expected_on, as_at=today)
    return Line(action, says, action.steps[-1].effective.on)


def _by_due(line: Line) -> tuple[bool, date, str]:
    return (line.action.due_on is None, line.action.due_on or date.max, line.action.id)


def _fits(line: Line, filters: Filters, today: date) -> bool:
    action = line.action
    left = (action.due_on - today).days if action.due_on else None
    due = {
        "": True,
        "overdue": line.timing is Timing.OVERDUE,
        "unconfirmed": line.timing is Timing.UNCONFIRMED,
        "none": action.due_on is None,
        "soon": left is not None and 0 <= left <= 30 and line.state.is_open,
    }
    state = line.state.is_open if filters.state == OPEN else filters.state in ("", line.state.value)
    return (
        filters.programme in ("", action.programme)
        and filters.owner in ("", action.owner)
        and state
        and due[filters.due]
    )


QUARTERS = 8


def quarters(actions: Sequence[Undertaken], today: date) -> Iterable[tuple[str, tuple[int, ...]]]:
    """How many actions were proposed or agreed, under way, implemented and verified at the end of each quarter.

    The last one is today. Nothing where no action had begun.
    """
    ends = _quarter_ends(today)
    for label, on in ends:
        counts = Counter(_bucket(action, on) for action in actions)
        yield label, tuple(counts[number] for number in range(4))


def _quarter_ends(today: date) -> list[tuple[str, date]]:
    first = (today.month - 1) // 3
    ends = [(f"{today.year} Q{first + 1}", today)]
    year, quarter = today.year, first
    while len(ends) < QUARTERS:
        if quarter == 0:
            year, quarter = year - 1, 4
        end = date(year, quarter * 3, {1: 31, 2: 30, 3: 30, 4: 31}[quarter])
        ends.append((f"{year} Q{quarter}", end))
        quarter -= 1
    return ends[::-1]


_BUCKETS = {
    ActionState.PROPOSED: 0,
    ActionState.AGREED: 0,
    ActionState.UNDER_WAY: 1,
    ActionState.INEFFECTIVE: 1,
    ActionState.IMPLEMENTED: 2,
    ActionState.VERIFIED: 3,
}


def _bucket(action: Undertaken, on: date) -> int | None:
    step = holding(action.fact().steps, on)
    state = getattr(step, "state", None)
    return _BUCKETS.get(state) if state else None


# --- one action -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Control:
    """A step that could come next: what its button says, what it asks for, and why it is off, if it is."""

    to: ActionState
    label: str
    words: str
    why_not: str | None


@dataclass(frozen=True, slots=True)
class StepLine:
    """A state that was reached, and the person behind it where that is known."""

    step: Step
    person: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step on the way."""

    id: str
    title: str
    due_on: date | None
    done_on: date | None
    version: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class Extension:
    """A due date that was set or moved: who granted it, when and why."""

    from_on: date | None
    to_on: date
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Check:
    """Whether it still worked on a day."""

    effective: bool
    checked_on: date
    statement: str
    by: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Evidence of what was done; ``hidden`` where the reader may only know that it is there."""

    id: str
    kind: EvidenceKind
    reference: str
    collected_on: date | None
    expiry: Expiry
    confidential: bool
    link: str
    files: tuple[tuple[str, str], ...]
    hidden: bool


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A later round of the programme in which the criteria can be rated anew."""

    id: str
    number: int
    follows: bool


@dataclass(frozen=True, slots=True)
class ActionPage:
    """One action: what it says, where it stands, who may do what next, and what becomes of the status."""

    action: Undertaken
    timing: Timing
    steps: tuple[StepLine, ...]
    controls: tuple[Control, ...]
    milestones: tuple[Milestone, ...]
    extensions: tuple[Extension, ...]
    checks: tuple[Check, ...]
    evidence: tuple[Shown, ...]
    rounds: tuple[FollowUp, ...]
    cases: tuple[Case, ...]
    owners: tuple[tuple[str, str], ...]
    why_not_check: str | None
    why_not_extend: str | None
    why_not_change: str | None
    why_not_work: str | None

    @property
    def address(self) -> str:
        return f"/actions/{self.action.id}"


@dataclass(frozen=True, slots=True)
class _Programme:
    id: str
    route: Route
    superseded_by: str


def action_page(connection: Connection, action: str, someone: Someone, now: datetime) -> ActionPage | None:
    """One action; None where there is none. Refused or not is for the reader's rights to say: six queries."""
    found = read_action(connection, action, now)
    if found is None:
        return None
    today = now.date()
    rows: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_belongings(), {"action": action, "programme": found.programme}):
        rows[row.kind].append(row)
    about = _Programme(found.programme, found.route, found.superseded_by)
    facts = held(connection, [about], None)[found.programme]
    return ActionPage(
        action=found,
        timing=line(found, today).timing,
        steps=_step_lines(found, rows["person"]),
        controls=tuple(Control(to, *SAYS[to], why_not_take(someone, found, to)) for to in next_steps(found.state)),
        milestones=_milestones(rows["milestone"], found, today),
        extensions=tuple(
            Extension(row.on, row.until, row.said, row.by or "", row.at)
            for row in sorted(rows["extension"], key=lambda row: row.at)
        ),
        checks=tuple(
            Check(bool(row.flag), row.on, row.said, row.by or "")
            for row in sorted(rows["check"], key=lambda row: row.at)
        ),
        evidence=_evidence(rows, found, someone, today),
        rounds=tuple(
            FollowUp(row.id, row.number, row.word == found.assessment)
            for row in sorted(rows["round"], key=lambda row: row.number)
            if row.number > found.round
        ),
        cases=cases(facts, action, today),
        owners=tuple(sorted(((row.id, row.said) for row in rows["owner"] if row.id in found.owners), key=_name)),
        why_not_check=why_not_check(someone, found),
        why_not_extend=why_not_judge(someone, found, Do.EXTEND_ACTION),
        why_not_change=why_not_change(someone, found),
        why_not_work=why_not_work(someone, found),
    )


def _name(pair: tuple[str, str]) -> str:
    return pair[1]


def _step_lines(found: Undertaken, people: Sequence[Row[Any]]) -> tuple[StepLine, ...]:
    names = {f"person:{row.id}": row.said for row in people}
    return tuple(StepLine(step, names.get(step.actor, "")) for step in found.steps)


def _milestones(rows: Sequence[Row[Any]], found: Undertaken, today: date) -> tuple[Milestone, ...]:
    return tuple(
        Milestone(
            row.id, row.said, row.on, row.until, row.number,
            overdue=row.until is None and row.on is not None and row.on < today and found.state.is_open,
        )
        for row in sorted(rows, key=lambda row: row.size)
    )  # fmt: skip


def _evidence(
    rows: Mapping[str, Sequence[Row[Any]]], found: Undertaken, someone: Someone, today: date
) -> tuple[Shown, ...]:
    """What shows what was done. Confidential pieces are for the action's owner and the team of the round."""
    sees = why_not_see_confidential(someone, found) is None
    files: dict[str, dict[str, str]] = defaultdict(dict)
    for row in sorted(rows["file"], key=lambda row: row.number):
        files[row.id][row.said] = row.word  # the newest version of a name stands
    shown = []
    for row in sorted(rows["evidence"], key=lambda row: row.at):
        kind, secret = EvidenceKind(row.word), bool(row.flag)
        if secret and not sees:
            shown.append(Shown("", kind, "", None, Expiry.NONE, True, "", (), hidden=True))
            continue
        held_files = tuple(sorted(files[row.id].items()))
        days = expiry(row.until, today)
        shown.append(Shown(row.id, kind, row.said, row.on, days, secret, row.more, held_files, hidden=False))
    return tuple(shown)


# The columns of every branch, with what stands where a branch has nothing to say.
_DAY = ActionMilestone.__table__.c.due_on.type  # type: ignore[attr-defined]
_USUAL: dict[str, ColumnElement[Any]] = {
    "id": literal(""), "word": literal(""), "said": literal(""), "more": literal(""), "on": cast(null(), _DAY),
    "until": cast(null(), _DAY), "flag": literal(False), "number": literal(0), "size": literal(0),
    "at": cast(null(), Utc), "by": cast(null(), String),
}  # fmt: skip


def _branch(kind: str, **columns: Any) -> Any:
    told = {**_USUAL, **columns}
    return select(literal(kind).label("kind"), *(column.label(name) for name, column in told.items()))


@cache
def _belongings() -> Executable:
    """All that belongs to an action, in one shape."""
    action, by = bindparam("action", type_=String), col(Person.name)
    acted = (
        select(col(Event.actor))
        .join(ActionStep, col(Event.subject) == literal("action_step:") + col(ActionStep.id))
        .where(col(ActionStep.action_id) == action)
    )
    withdrawn = exists().where(col(EvidenceWithdrawal.evidence_id) == Evidence.id)
    return union_all(
        _branch(
            "milestone", id=col(ActionMilestone.id), said=col(ActionMilestone.title), on=col(ActionMilestone.due_on),
            until=col(ActionMilestone.done_on), number=col(ActionMilestone.version),
            size=col(ActionMilestone.position),
        ).where(col(ActionMilestone.action_id) == action),
        _branch(
            "extension", id=col(ActionExtension.id), said=col(ActionExtension.reason),
            on=col(ActionExtension.from_on), until=col(ActionExtension.to_on), at=col(ActionExtension.at), by=by,
        )
        .join(Person, col(Person.id) == ActionExtension.granted_by)
        .where(col(ActionExtension.action_id) == action),
        _branch(
            "check", id=col(EffectivenessCheck.id), said=col(EffectivenessCheck.statement),
            on=col(EffectivenessCheck.checked_on), flag=col(EffectivenessCheck.effective),
            at=col(EffectivenessCheck.at), by=by,
        )
        .join(Person, col(Person.id) == EffectivenessCheck.by_id)
        .where(col(EffectivenessCheck.action_id) == action),
        _branch(
            "evidence", id=col(Evidence.id), word=col(Evidence.kind), said=col(Evidence.reference),
            more=col(Evidence.link), on=col(Evidence.collected_on), until=col(Evidence.expires_on),
            flag=col(Evidence.confidential), at=col(Evidence.recorded_at),
        )
        .join(ActionEvidence, col(ActionEvidence.evidence_id) == Evidence.id)
        .where(col(ActionEvidence.action_id) == action, ~withdrawn),
        _branch(
            "file", id=col(EvidenceFile.evidence_id), word=col(EvidenceFile.sha256), said=col(EvidenceFile.name),
            number=col(EvidenceFile.version), size=col(StoredFile.size),
        )
        .join(StoredFile, col(StoredFile.sha256) == EvidenceFile.sha256)
        .join(ActionEvidence, col(ActionEvidence.evidence_id) == EvidenceFile.evidence_id)
        .where(col(ActionEvidence.action_id) == action),
        _branch(
            "round", id=col(Assessment.id), word=col(Assessment.follows), number=col(Assessment.round)
        )
        .join(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .where(col(Assessment.programme_id) == bindparam("programme", type_=String)),
        _branch("person", id=col(Person.id), said=by).where((literal("person:") + col(Person.id)).in_(acted)),
        _branch("owner", id=col(Organisation.id), said=col(Organisation.name)).where(
            col(Organisation.id).in_(_owning())
        ),
    )  # fmt: skip


def _owning() -> Any:
    """The organisations that own a programme: of its standard, of its assurance process, its own."""
    programme = bindparam("programme", type_=String)
    return union_all(
        select(col(StandardOwner.organisation_id))
        .join(Programme, col(Programme.standard_id) == StandardOwner.standard_id)
        .where(col(Programme.id) == programme),
        select(col(Programme.owner_id)).where(col(Programme.id) == programme),
        select(col(AssuranceProcess.owner_id))
        .join(Programme, col(Programme.assurance_process_id) == AssuranceProcess.id)
        .where(col(Programme.id) == programme),
    )


# --- the form of a new one ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Round:
    """A round that an action can be undertaken for."""

    id: str
    number: int
    programme: str
    edition: str
    below: tuple[tuple[Part, str, Level], ...]
    worked_on: bool


@dataclass(frozen=True, slots=True)
class NewPage:
    """What the form of a new action offers: the round, its criteria below fully first, who may own it."""

    round: Round
    owners: tuple[tuple[str, str], ...]
    agrees: bool
    why_not: str | None


def new_page(connection: Connection, assessment: str, someone: Someone) -> NewPage | None:
    """The form of a new action of a round; None where there is no such round. Three queries."""
    row = connection.execute(
        select(
            col(Assessment.id), col(Assessment.round), col(Assessment.edition), col(Assessment.assessor_id),
            col(Assessment.programme_id), col(Programme.short_name), col(RoundTeam.lead_id), col(RoundTeam.second_id),
        )
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .outerjoin(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .where(col(Assessment.id) == assessment)
    ).first()  # fmt: skip
    if row is None:
        return None
    owners = connection.execute(
        select(col(Organisation.id), col(Organisation.name))
        .where(col(Organisation.id).in_(_owning()))
        .order_by(col(Organisation.name)),
        {"programme": row.programme_id},
    ).all()
    matter = Matter(
        programme=row.programme_id,
        owners=frozenset(each.id for each in owners),
        assessor=row.assessor_id or "",
        lead=row.lead_id or "",
        second=row.second_id or "",
    )
    closed = exists().where(
        col(PartStageStep.assessment_id) == Rating.assessment_id,
        col(PartStageStep.part) == Rating.part,
        col(PartStageStep.stage) == PartStage.CLOSED.value,
    )
    below: Rows = (
        select(col(Rating.part), col(Rating.criterion), col(Rating.level))
        .where(
            col(Rating.assessment_id) == assessment,
            col(Rating.level).in_([Level.PARTIALLY.value, Level.NOT.value]),
            closed if row.lead_id else literal(True),
        )
        .order_by(col(Rating.criterion), col(Rating.part))
    )
    return NewPage(
        round=Round(
            row.id,
            row.round,
            row.short_name,
            row.edition,
            tuple((Part(each.part), each.criterion, Level(each.level)) for each in connection.execute(below)),
            worked_on=row.lead_id is not None,
        ),
        owners=tuple((each.id, each.name) for each in owners),
        agrees=why_not(someone, Do.AGREE_ACTION, matter) is None,
        why_not=why_not_undertake(someone, matter),
    )


def rounds_to_act_on(connection: Connection, someone: Someone) -> list[tuple[str, str]]:
    """The rounds for which somebody may undertake an action, by id and name: two queries."""
    statement: Rows = (
        select(
            col(Assessment.id), col(Assessment.round), col(Assessment.assessor_id), col(Assessment.programme_id),
            col(Programme.short_name), col(Programme.owner_id), col(Programme.standard_id),
            col(AssuranceProcess.owner_id).label("process_owner"),
        )
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .outerjoin(AssuranceProcess, col(AssuranceProcess.id) == Programme.assurance_process_id)
        .outerjoin(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .where(or_(col(Assessment.published).is_(True), col(RoundTeam.lead_id).is_(None)))
        .order_by(col(Programme.example), col(Programme.number), col(Assessment.round).desc())
    )  # fmt: skip
    owning: dict[str, set[str]] = defaultdict(set)
    for each in connection.execute(select(col(StandardOwner.standard_id), col(StandardOwner.organisation_id))):
        owning[each.standard_id].add(each.organisation_id)
    found = []
    for row in connection.execute(statement):
        owners = owning[row.standard_id] | {each for each in (row.owner_id, row.process_owner) if each}
        matter = Matter(programme=row.programme_id, owners=frozenset(owners), assessor=row.assessor_id or "")
        if why_not_undertake(someone, matter) is None:
            found.append((row.id, f"{row.short_name}, round {row.round}"))
    return found
