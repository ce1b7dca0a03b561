"""What waits in corrective actions, for everybody's first page: to agree or verify, and to carry out."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, or_, select
from sqlmodel import col

from alignment.domain.action import ActionState, Timing, timing
from alignment.domain.people import Role
from alignment.domain.undertaking import TO_CARRY_OUT, TO_JUDGE
from alignment.domain.when import say_day
from alignment.queries.facts import Rows
from alignment.queries.work import Asked, Item, Waiting, branch
from alignment.tables import ActionStep, Assessment, AssuranceProcess, CorrectiveAction, Programme, StandardOwner


def _in_states(kind: str, states: frozenset[ActionState]) -> Rows:
    """The actions that stand in one of the states now, those due first at the top."""
    corrected = select(col(ActionStep.corrects)).where(col(ActionStep.corrects).is_not(None))
    newest = (
        select(
            col(ActionStep.action_id), col(ActionStep.state),
            func.row_number()
            .over(
                partition_by=col(ActionStep.action_id),
                order_by=[col(ActionStep.effective_on).desc(), col(ActionStep.position).desc()],
            )
            .label("back"),
        )
        .where(col(ActionStep.id).not_in(corrected))
        .subquery()
    )  # fmt: skip
    return (
        branch(
            kind,
            order=(col(CorrectiveAction.due_on).is_(None), col(CorrectiveAction.due_on), col(CorrectiveAction.id)),
            id=col(CorrectiveAction.id), name=col(Programme.short_name), number=col(Assessment.round),
            word=newest.c.state, said=col(CorrectiveAction.title), on=col(CorrectiveAction.due_on),
        )
        .select_from(CorrectiveAction)
        .join(newest, (newest.c.action_id == CorrectiveAction.id) & (newest.c.back == 1))
        .join(Assessment, col(Assessment.id) == CorrectiveAction.assessment_id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .where(newest.c.state.in_(sorted(state.value for state in states)))
    )  # fmt: skip


def _to_judge(asked: Asked) -> Rows:
    """The actions of rounds of one's house that were proposed, or reported as implemented."""
    houses = [where for where, role in asked.someone.roles if role is Role.ASSESSOR]
    return _in_states("to judge", TO_JUDGE).where(col(Assessment.assessor_id).in_(houses))


def to_judge(connection: Connection, asked: Asked) -> list[Item]:
    """Actions that an assessor is to agree or verify."""
    return [
        Item(
            f"{'Agree' if row.word == ActionState.PROPOSED else 'Verify'}: {row.said}",
            f"/actions/{row.id}",
            f"{_about(row)}; {'proposed' if row.word == ActionState.PROPOSED else 'reported as implemented'}",
        )
        for row in asked.rows["to judge"]
    ]


def _to_carry_out(asked: Asked) -> Rows:
    """The actions that one's organisation owes: those it owns, and those of its programmes that name no owner."""
    owned = [where for where, role in asked.someone.roles if role is Role.SCHEME_OWNER]
    owners = select(col(StandardOwner.standard_id)).where(col(StandardOwner.organisation_id).in_(owned))
    processes = select(col(AssuranceProcess.id)).where(col(AssuranceProcess.owner_id).in_(owned))
    programmes = or_(
        col(Programme.owner_id).in_(owned),
        col(Programme.standard_id).in_(owners),
        col(Programme.assurance_process_id).in_(processes),
    )
    return _in_states("to carry out", TO_CARRY_OUT).where(
        or_(col(CorrectiveAction.owner_id).in_(owned), col(CorrectiveAction.owner_id).is_(None) & programmes)
    )


def to_carry_out(connection: Connection, asked: Asked) -> list[Item]:
    """Actions that a scheme owner is to carry out."""
    return [_owed(row, asked) for row in asked.rows["to carry out"]]


def _owed(row: Row[Any], asked: Asked) -> Item:
    state = ActionState(row.word)
    overdue = timing(state=state, due=row.on, expected=None, as_at=asked.today) is Timing.OVERDUE
    due = f", {'was due' if overdue else 'due'} {say_day(row.on)}" if row.on else ""
    return Item(row.said, f"/actions/{row.id}", f"{_about(row)}; {state.label.lower()}{due}", urgent=overdue)


def _about(row: Row[Any]) -> str:
    return f"{row.name}, round {row.number}"


WAITING = (
    Waiting(
        "to-judge",
        "Actions to agree or verify",
        frozenset({Role.ASSESSOR}),
        to_judge,
        "No corrective action waits to be agreed or verified by your house.",
        (_to_judge,),
    ),
    Waiting(
        "to-carry-out",
        "Actions to carry out",
        frozenset({Role.SCHEME_OWNER}),
        to_carry_out,
        "No corrective action waits for you.",
        (_to_carry_out,),
    ),
)
"""The sections that corrective actions add to everybody's first page."""
