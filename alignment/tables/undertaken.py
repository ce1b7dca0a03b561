"""Corrective actions as the rules see them, read in two statements: by services before they write, by
queries before they show. One action or all of them, each with its programme, its round and its states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, Row, String, bindparam, cast, literal, null, select, union_all
from sqlmodel import Session, col

from alignment.domain.action import ActionState
from alignment.domain.assessment import Route
from alignment.domain.catalogue import Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Matter
from alignment.domain.programme import ActionFact, StepFact
from alignment.domain.when import Precision, When
from alignment.tables.base import Utc
from alignment.tables.facts import ActionCriterion, ActionStep, Assessment, CorrectiveAction, Event
from alignment.tables.register import AssuranceProcess, Organisation, Programme, StandardOwner
from alignment.tables.work import ObserverInvitation, RoundTeam


@dataclass(frozen=True, slots=True)
class Step:
    """A state that an action reached: when, by whom in whose name, and what they say.

    ``actor`` is the person or import behind it, as the event log names them.
    """

    id: str
    state: ActionState
    effective: When
    as_reported: bool
    organisation: str
    statement: str
    position: int
    recorded_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Answers:
    """A criterion in a part that an action answers."""

    part: Part
    criterion: str
    our_reading: bool = False


@dataclass(frozen=True, slots=True)
class Undertaken:
    """A corrective action with all that the rules ask about it."""

    id: str
    title: str
    root_cause: str
    owner: str
    owner_name: str
    due_on: date | None
    expected_on: date | None
    number_known: bool
    position: int
    version: int
    recorded_at: datetime
    assessment: str
    round: int
    edition: str
    published: bool
    programme: str
    programme_name: str
    example: bool
    route: Route
    superseded_by: str
    owners: frozenset[str]
    assessor: str
    assessor_name: str
    lead: str
    second: str
    observers: frozenset[str]
    steps: tuple[Step, ...]
    criteria: tuple[Answers, ...]

    @property
    def state(self) -> ActionState:
        """The state that was reached last."""
        return self.steps[-1].state

    @property
    def reopened(self) -> int:
        """How often it was found ineffective after it had been reported or verified."""
        return sum(step.state is ActionState.INEFFECTIVE for step in self.steps)

    @property
    def carried_out_by(self) -> tuple[str, ...]:
        """The people who reported what was done, as the event log names them: they judge none of it."""
        done = (ActionState.UNDER_WAY, ActionState.IMPLEMENTED)
        return tuple(dict.fromkeys(step.actor for step in self.steps if step.state in done and step.actor))

    def matter(self, done_by: str = "") -> Matter:
        """The action as the rules ask about it."""
        return Matter(
            programme=self.programme,
            owners=self.owners,
            assessor=self.assessor,
            lead=self.lead,
            second=self.second,
            observers=self.observers,
            done_by=done_by,
        )

    def fact(self) -> ActionFact:
        """The action as the status of its programme is derived from it."""
        steps = tuple(StepFact(step.state, step.effective, step.position) for step in self.steps)
        return ActionFact(self.id, steps, self.due_on, self.expected_on, self.round)


def read_action(connection: Connection | Session, action: str, now: datetime) -> Undertaken | None:
    """One corrective action; None where there is none."""
    return next(iter(read_actions(connection, now, action=action)), None)


def read_actions(connection: Connection | Session, now: datetime, *, action: str = "") -> list[Undertaken]:
    """Every corrective action, or the one named, in the order of programmes, rounds and entry."""
    asked = {"action": action}
    rows = _run(connection, _one_a_row(bool(action)), asked)
    if not rows:
        return []
    several = _grouped(_run(connection, _several(bool(action)), asked))
    return [
        _undertaken(row, several[row.id], now) for row in rows if any(each.kind == "step" for each in several[row.id])
    ]


def _run(connection: Connection | Session, statement: Executable, asked: Mapping[str, Any]) -> list[Row[Any]]:
    return list(connection.execute(statement, asked))


def _grouped(rows: Sequence[Row[Any]]) -> dict[str, list[Row[Any]]]:
    grouped: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.of].append(row)
    return grouped


def _undertaken(row: Row[Any], several: list[Row[Any]], now: datetime) -> Undertaken:
    owners = {each.word for each in several if each.kind == "owner"} | {row.programme_owner, row.process_owner}
    observers = {each.word for each in several if each.kind == "observer" and (each.at is None or each.at > now)}
    return Undertaken(
        id=row.id,
        title=row.title,
        root_cause=row.root_cause,
        owner=row.owner_id or "",
        owner_name=row.owner_name or "",
        due_on=row.due_on,
        expected_on=row.expected_on,
        number_known=bool(row.number_known),
        position=row.position,
        version=row.version,
        recorded_at=row.recorded_at,
        assessment=row.assessment_id,
        round=row.round,
        edition=row.edition,
        published=bool(row.published),
        programme=row.programme_id,
        programme_name=row.short_name,
        example=bool(row.example),
        route=Route(row.route),
        superseded_by=row.superseded_by or "",
        owners=frozenset(owner for owner in owners if owner),
        assessor=row.assessor_id or "",
        assessor_name=row.assessor_name or "",
        lead=row.lead_id or "",
        second=row.second_id or "",
        observers=frozenset(observers),
        steps=_steps(several),
        criteria=tuple(
            Answers(Part(each.word), each.said, bool(each.flag))
            for each in sorted(several, key=lambda each: (each.said, each.word))
            if each.kind == "criterion"
        ),
    )


def _steps(several: list[Row[Any]]) -> tuple[Step, ...]:
    """The states in the order in which they held; what a later record corrects is left out."""
    rows = [each for each in several if each.kind == "step"]
    corrected = {each.corrects for each in rows if each.corrects}
    steps = [
        Step(
            each.id, ActionState(each.word), When(each.on, Precision(each.precision)), bool(each.flag),
            each.organisation or "", each.said, each.number, each.at, each.actor or "",
        )
        for each in rows
        if each.id not in corrected
    ]  # fmt: skip
    return tuple(sorted(steps, key=lambda step: (step.effective.on, step.position)))


@lru_cache
def _one_a_row(one: bool) -> Executable:
    owner, assessor = Organisation.__table__.alias(), Organisation.__table__.alias()  # type: ignore[attr-defined]
    told: list[Any] = [
        CorrectiveAction.id, CorrectiveAction.title, CorrectiveAction.root_cause, CorrectiveAction.owner_id,
        owner.c.name.label("owner_name"), CorrectiveAction.due_on, CorrectiveAction.expected_on,
        CorrectiveAction.number_known, CorrectiveAction.position, CorrectiveAction.version,
        CorrectiveAction.recorded_at, CorrectiveAction.assessment_id, Assessment.round, Assessment.edition,
        Assessment.published, Assessment.programme_id, Programme.short_name, Programme.example, Programme.route,
        Programme.superseded_by,
        col(Programme.owner_id).label("programme_owner"), col(AssuranceProcess.owner_id).label("process_owner"),
        Assessment.assessor_id, assessor.c.name.label("assessor_name"), RoundTeam.lead_id, RoundTeam.second_id,
    ]  # fmt: skip
    statement = (
        select(*told)
        .join(Assessment, col(Assessment.id) == CorrectiveAction.assessment_id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .outerjoin(AssuranceProcess, col(AssuranceProcess.id) == Programme.assurance_process_id)
        .outerjoin(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .outerjoin(owner, owner.c.id == CorrectiveAction.owner_id)
        .outerjoin(assessor, assessor.c.id == Assessment.assessor_id)
        .order_by(col(Programme.example), col(Programme.number), col(Assessment.round), col(CorrectiveAction.position))
    )
    return statement.where(col(CorrectiveAction.id) == bindparam("action")) if one else statement


@lru_cache
def _several(one: bool) -> Executable:
    """What an action has several of, in one shape; the first branch gives the columns their types."""
    actor = (
        select(col(Event.actor))
        .where(col(Event.subject) == literal("action_step:") + col(ActionStep.id))
        .limit(1)
        .scalar_subquery()
    )
    steps: Any = select(
        literal("step").label("kind"), col(ActionStep.action_id).label("of"), col(ActionStep.id).label("id"),
        col(ActionStep.corrects).label("corrects"), col(ActionStep.state).label("word"),
        col(ActionStep.effective_on).label("on"), col(ActionStep.effective_precision).label("precision"),
        col(ActionStep.as_reported).label("flag"), col(Organisation.name).label("organisation"),
        col(ActionStep.statement).label("said"), col(ActionStep.position).label("number"),
        col(ActionStep.recorded_at).label("at"), actor.label("actor"),
    ).outerjoin(Organisation, col(Organisation.id) == ActionStep.by_id)  # fmt: skip
    text, number, at = cast(null(), String), literal(0), cast(null(), Utc)
    day = cast(null(), ActionStep.__table__.c.effective_on.type)  # type: ignore[attr-defined]
    no = literal(False)
    criteria: Any = select(
        literal("criterion"), col(ActionCriterion.action_id), literal(""), text, col(ActionCriterion.part), day, text,
        col(ActionCriterion.our_reading), text, col(ActionCriterion.criterion), number, at, text,
    )  # fmt: skip
    owners: Any = (
        select(
            literal("owner"), col(CorrectiveAction.id), literal(""), text, col(StandardOwner.organisation_id), day,
            text, no, text, literal(""), number, at, text,
        )
        .join(Programme, col(Programme.standard_id) == StandardOwner.standard_id)
        .join(Assessment, col(Assessment.programme_id) == Programme.id)
        .join(CorrectiveAction, col(CorrectiveAction.assessment_id) == Assessment.id)
    )  # fmt: skip
    observers: Any = select(
        literal("observer"), col(CorrectiveAction.id), literal(""), text, col(ObserverInvitation.person_id), day, text,
        no, text, literal(""), number, col(ObserverInvitation.until), text,
    ).join(CorrectiveAction, col(CorrectiveAction.assessment_id) == ObserverInvitation.assessment_id)  # fmt: skip
    if one:
        steps = steps.where(col(ActionStep.action_id) == bindparam("action"))
        criteria = criteria.where(col(ActionCriterion.action_id) == bindparam("action"))
        owners = owners.where(col(CorrectiveAction.id) == bindparam("action"))
        observers = observers.where(col(CorrectiveAction.id) == bindparam("action"))
    return union_all(steps, criteria, owners, observers)
