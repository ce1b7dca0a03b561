"""One corrective action as its page shows it, with all that belongs to it and what may be done next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
    select,
    union_all,
)
from sqlmodel import col

from alignment.domain.action import ActionState, Timing, timing
from alignment.domain.assessment import Route
from alignment.domain.evidence import EvidenceKind, Expiry, expiry
from alignment.domain.frozen import dataclass
from alignment.domain.people import Someone
from alignment.domain.slipping import Case, cases
from alignment.domain.undertaking import (
    SAYS,
    next_steps,
    why_not_change,
    why_not_check,
    why_not_confide,
    why_not_extend,
    why_not_see_confidential,
    why_not_take,
    why_not_work,
)
from alignment.queries.held import held
from alignment.queries.undertaking import owning_organisations
from alignment.tables import (
    ActionEvidence,
    ActionExtension,
    ActionMilestone,
    ActionStep,
    Assessment,
    EffectivenessCheck,
    Event,
    Evidence,
    EvidenceFile,
    EvidenceWithdrawal,
    Organisation,
    Person,
    RoundTeam,
    StoredFile,
)
from alignment.tables.base import Utc
from alignment.tables.undertaken import Step, Undertaken, read_action


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
    entered: datetime
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
    why_not_confide: str | None
    why_not_see_confidential: str | None

    @property
    def address(self) -> str:
        return f"/actions/{self.action.id}"

    @property
    def hidden(self) -> int:
        """How many pieces of evidence the reader is told of and not shown."""
        return sum(each.hidden for each in self.evidence)


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
        timing=timing(state=found.state, due=found.due_on, expected=found.expected_on, as_at=today),
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
        why_not_extend=why_not_extend(someone, found),
        why_not_change=why_not_change(someone, found),
        why_not_work=why_not_work(someone, found),
        why_not_confide=why_not_confide(someone, found),
        why_not_see_confidential=why_not_see_confidential(someone, found),
    )


def _name(pair: tuple[str, str]) -> str:
    return pair[1]


def _step_lines(found: Undertaken, people: Sequence[Row[Any]]) -> tuple[StepLine, ...]:
    names = {f"person:{row.id}": row.said for row in people}
    return tuple(StepLine(step, names.get(step.actor, "")) for step in found.steps)


def _milestones(rows: Sequence[Row[Any]], found: Undertaken, today: date) -> tuple[Milestone, ...]:
    agreed = found.state.is_open and found.state is not ActionState.PROPOSED
    return tuple(
        Milestone(
            row.id, row.said, row.on, row.until, row.number,
            overdue=row.until is None and row.on is not None and row.on < today and agreed,
        )
        for row in sorted(rows, key=lambda row: row.size)
    )  # fmt: skip


def _evidence(
    rows: Mapping[str, Sequence[Row[Any]]], found: Undertaken, someone: Someone, today: date
) -> tuple[Shown, ...]:
    """What shows what was done. Confidential pieces are for the team of the round; others are told kind and day."""
    sees = why_not_see_confidential(someone, found) is None
    files: dict[str, dict[str, str]] = defaultdict(dict)
    for row in sorted(rows["file"], key=lambda row: row.number):
        files[row.id][row.said] = row.word  # the newest version of a name stands
    shown = []
    for row in sorted(rows["evidence"], key=lambda row: row.at):
        kind, secret = EvidenceKind(row.word), bool(row.flag)
        if secret and not sees:
            shown.append(Shown("", kind, "", None, Expiry.NONE, True, "", (), row.at, hidden=True))
            continue
        held_files = tuple(sorted(files[row.id].items()))
        days = expiry(row.until, today)
        shown.append(Shown(row.id, kind, row.said, row.on, days, secret, row.more, held_files, row.at, hidden=False))
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
            col(Organisation.id).in_(owning_organisations())
        ),
    )  # fmt: skip
