"""Corrective actions: proposed by those who repair, agreed and verified by those who judge, never the same person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from alignment.domain.action import ActionState
from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.evidence import Described
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Matter, Role, Someone, why_not
from alignment.domain.rating import Level
from alignment.domain.refusal import Refusal, Stale, Unfit, fit
from alignment.domain.undertaking import (
    SAYS,
    next_steps,
    why_not_change,
    why_not_check,
    why_not_extend,
    why_not_take,
    why_not_undertake,
    why_not_work,
)
from alignment.domain.when import say_day
from alignment.services import ledger
from alignment.services.clashes import stand_clear
from alignment.services.evidence import Given, Limits, enter_with_files, require_work
from alignment.tables import (
    ActionCriterion,
    ActionEvidence,
    ActionExtension,
    ActionMilestone,
    ActionStep,
    Assessment,
    AssuranceProcess,
    CorrectiveAction,
    EffectivenessCheck,
    PartStageStep,
    Programme,
    Rating,
    RoundTeam,
    StandardOwner,
)
from alignment.tables.undertaken import Answers, Undertaken, read_action

LONGEST = {"title": 200, "root_cause": 5_000, "statement": 5_000, "reason": 2_000}
MOST_MILESTONES = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody undertakes to do, and why it is needed. A due date only where somebody sets one."""

    title: str
    root_cause: str = ""
    owner: str = ""
    due_on: date | None = None
    expected_on: date | None = None
    criteria: frozenset[tuple[Part, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Take:
    """A step of an action to another state, from the state that was on the page.

    ``due_on`` is for the agreement alone: the day that is agreed, or none.
    """

    action: str
    at: ActionState
    to: ActionState
    on: date
    statement: str = ""
    due_on: date | None = None


def _require(reason: str | None) -> None:
    if reason:
        raise Refusal(reason)


def the_action(session: Session, action: str, now: datetime) -> Undertaken:
    """The action as it is, and as it stays until this act is over. Refusal where there is none."""
    ledger.take_turn(session)
    found = read_action(session, action, now)
    if found is None:
        raise Refusal("There is no such corrective action.")
    return found


# --- undertaking --------------------------------------------------------------------------------------


def undertake(
    session: Session,
    *,
    actor: Someone,
    assessment: str,
    plan: Plan,
    statement: str = "",
    catalogues: Mapping[str, Catalogue],
    now: datetime,
) -> str:
    """Propose an action for a round, or enter one that is agreed where an assessor of the round does; its id.

    Unfit names the field of a mistake. Refusal where the rules do not allow it.
    """
    ledger.take_turn(session)
    row = session.get(Assessment, assessment)
    if row is None:
        raise Refusal("There is no such round of assessment.")
    matter = matter_of(session, row)
    _require(why_not_undertake(actor, matter))
    agreed = why_not(actor, Do.AGREE_ACTION, matter) is None
    faults = _faults_of_plan(session, row, plan, matter, catalogues.get(row.edition)) | _too_long(statement=statement)
    if plan.due_on is not None and plan.due_on < now.date():
        faults["due_on"] = "This day is over: give a day that is still to come, or none."
    fit(faults)
    action = CorrectiveAction(
        id=_new_id(session, row),
        assessment_id=assessment,
        title=plan.title.strip(),
        root_cause=plan.root_cause.strip(),
        owner_id=plan.owner or None,
        due_on=plan.due_on,
        expected_on=plan.expected_on,
        position=_next_position(session, row),
        recorded_at=now,
    )
    ledger.enter(session, action, actor=actor.actor, act="agreed" if agreed else "proposed", now=now)
    for part, code in sorted(plan.criteria, key=lambda each: (each[1], each[0].value)):
        link = ActionCriterion(action_id=action.id, part=part.value, criterion=code)
        ledger.enter(session, link, actor=actor.actor, act="linked", now=now)
    first = ActionState.AGREED if agreed else ActionState.PROPOSED
    _reach(session, action.id, first, 1, now.date(), statement, matter, actor=actor, now=now)
    return action.id


def matter_of(session: Session, row: Assessment) -> Matter:
    """A round, opened here or recorded from elsewhere, as the rules ask about its actions."""
    programme = session.get_one(Programme, row.programme_id)
    owners = set(
        session.execute(
            select(col(StandardOwner.organisation_id)).where(col(StandardOwner.standard_id) == programme.standard_id)
        ).scalars()
    )
    process = session.get(AssuranceProcess, programme.assurance_process_id) if programme.assurance_process_id else None
    owners |= {each for each in (programme.owner_id, process.owner_id if process else None) if each}
    team = session.get(RoundTeam, row.id)
    return Matter(
        programme=programme.id,
        owners=frozenset(owners),
        assessor=row.assessor_id or "",
        lead=team.lead_id if team else "",
        second=(team.second_id or "") if team else "",
    )


def _faults_of_plan(
    session: Session, row: Assessment, plan: Plan, matter: Matter, catalogue: Catalogue | None
) -> dict[str, str]:
    faults = _too_long(title=plan.title, root_cause=plan.root_cause)
    if not plan.title.strip():
        faults["title"] = "Say in one line what will be done."
    if plan.owner and plan.owner not in matter.owners:
        faults["owner"] = "Choose an organisation that owns the programme."
    sentence = _why_not_answer(session, row, plan, catalogue)
    return faults | ({"criteria": sentence} if sentence else {})


def _why_not_answer(session: Session, row: Assessment, plan: Plan, catalogue: Catalogue | None) -> str:
    """Why the action cannot answer the criteria that were chosen; empty where it can."""
    if not plan.criteria:
        return "Choose at least one criterion that the action answers."
    judged = {(part, each.code) for part in Part for each in catalogue.in_part[part]} if catalogue else set()
    strangers = sorted(code for part, code in plan.criteria if catalogue and (part, code) not in judged)
    if strangers:
        return f"{strangers[0]} is not judged in that part of this round."
    return _why_still_open(session, row, plan) or _why_no_gap(session, row, plan)


def _why_still_open(session: Session, row: Assessment, plan: Plan) -> str:
    """An action answers a rating that stands: what is still being judged is nobody's to repair, or to hear of."""
    if session.get(RoundTeam, row.id) is None:
        return ""
    closed = set(
        session.execute(
            select(col(PartStageStep.part)).where(
                col(PartStageStep.assessment_id) == row.id, col(PartStageStep.stage) == PartStage.CLOSED.value
            )
        ).scalars()
    )
    still_open = sorted({part.value for part, _ in plan.criteria} - closed)
    return f"The {still_open[0]} part is not closed yet: an action answers a rating that stands." if still_open else ""


def _why_no_gap(session: Session, row: Assessment, plan: Plan) -> str:
    """An action answers what is below fully aligned, as far as ratings are held."""
    rated = {
        (each.part, each.criterion): each.level
        for each in session.execute(
            select(col(Rating.part), col(Rating.criterion), col(Rating.level)).where(
                col(Rating.assessment_id) == row.id, col(Rating.criterion).in_([code for _, code in plan.criteria])
            )
        )
    }
    repaired = (Level.FULLY.value, Level.NOT_APPLICABLE.value)
    for part, code in sorted(plan.criteria, key=lambda each: each[1]):
        if rated.get((part.value, code)) in repaired:
            level = Level(str(rated[part.value, code])).label.lower()
            return f"{code} is {level} in the {part.value} part: it needs no action."
    return ""


def _too_long(**texts: str) -> dict[str, str]:
    """A sentence for each field whose text is longer than it may be."""
    return {
        field: f"This text has {len(said):,} characters; shorten it to {LONGEST[field]:,} at most."
        for field, said in texts.items()
        if len(said) > LONGEST[field]
    }


def _new_id(session: Session, row: Assessment) -> str:
    wanted = f"{row.id}-action-{_next_position(session, row)}"
    return wanted if session.get(CorrectiveAction, wanted) is None else f"{wanted}-{token_hex(3)}"


def _next_position(session: Session, row: Assessment) -> int:
    last = session.execute(
        select(func.max(col(CorrectiveAction.position))).where(col(CorrectiveAction.assessment_id) == row.id)
    ).scalar()
    return (last or 0) + 1


def _reach(
    session: Session,
    action: str,
    state: ActionState,
    position: int,
    on: date,
    statement: str,
    matter: Matter,
    *,
    actor: Someone,
    now: datetime,
) -> None:
    """Record that a state was reached. What the owner says of its own work is shown as reported."""
    own = [organisation for organisation, role in sorted(actor.roles) if role is Role.SCHEME_OWNER]
    owner = next((each for each in own if each in matter.owners), None)
    row = ActionStep(
        id=token_hex(8),
        action_id=action,
        state=state.value,
        as_reported=owner is not None and state in (ActionState.UNDER_WAY, ActionState.IMPLEMENTED),
        by_id=owner or matter.assessor or None,
        statement=statement.strip(),
        effective_on=on,
        recorded_at=now,
        position=position,
    )
    ledger.enter(session, row, actor=actor.actor, act=state.value, now=now)


# --- steps ----------------------------------------------------------------------------------------------


def take(session: Session, *, actor: Someone, act: Take, now: datetime) -> None:
    """Take an action to another state. Stale where somebody took it elsewhere meanwhile.

    Its agreement sets the due date, or none.
    """
    found = the_action(session, act.action, now)
    if found.state is not act.at:
        raise Stale(f"This action is {found.state.label.lower()} by now: look at it again, then decide.")
    if act.to not in next_steps(found.state):
        raise Refusal(f"An action that is {found.state.label.lower()} cannot become {act.to.label.lower()}.")
    _require(why_not_take(actor, found, act.to))
    faults = _faults_of_day("on", act.on, found, now) | _too_long(statement=act.statement)
    words = SAYS[act.to][1]
    if words and not act.statement.strip():
        faults["statement"] = words
    if act.to is ActionState.AGREED and act.due_on is not None and act.due_on < act.on:
        faults["due_on"] = "It cannot be due before it is agreed: put one day right."
    fit(faults)
    if act.to is ActionState.AGREED:
        row = session.get_one(CorrectiveAction, act.action)
        if row.due_on != act.due_on:
            ledger.change(session, row, {"due_on": act.due_on}, actor=actor.actor, act="changed", now=now)
    position = max(step.position for step in found.steps) + 1
    _reach(session, found.id, act.to, position, act.on, act.statement, found.matter(), actor=actor, now=now)


def _faults_of_day(field: str, on: date, found: Undertaken, now: datetime) -> dict[str, str]:
    if on > now.date():
        return {field: "This day is still to come: give the day on which it happened."}
    last = found.steps[-1].effective.on
    if on < last:
        return {field: f"It was {found.state.label.lower()} on {say_day(last)}: this cannot have happened before."}
    return {}


def check_effect(
    session: Session, *, actor: Someone, action: str, effective: bool, on: date, statement: str, now: datetime
) -> None:
    """Whether a verified action still works later on. One that does not is open again."""
    found = the_action(session, action, now)
    if found.state is not ActionState.VERIFIED:
        raise Refusal(f"Only a verified action is checked for its effect; this one is {found.state.label.lower()}.")
    _require(why_not_check(actor, found))
    faults = _faults_of_day("checked_on", on, found, now) | _too_long(statement=statement)
    if not statement.strip():
        faults["statement"] = "Say what was looked at, and what it shows."
    fit(faults)
    row = EffectivenessCheck(
        id=token_hex(8), action_id=action, effective=effective, checked_on=on, statement=statement.strip(),
        by_id=actor.id, at=now,
    )  # fmt: skip
    ledger.enter(session, row, actor=actor.actor, act="checked", now=now)
    if not effective:
        position = max(step.position for step in found.steps) + 1
        state = ActionState.INEFFECTIVE
        _reach(session, action, state, position, on, statement, found.matter(), actor=actor, now=now)


# --- due dates --------------------------------------------------------------------------------------------


def extend(
    session: Session, *, actor: Someone, action: str, version: int, to_on: date, reason: str, now: datetime
) -> None:
    """Grant a later due date, or set the first one, with the reason; every date it had is kept."""
    found = the_action(session, action, now)
    _require(why_not_extend(actor, found))
    row = session.get_one(CorrectiveAction, found.id)
    _require_date(session, row, version)
    said = reason.strip()
    faults = _too_long(reason=said) if said else {"reason": "Say why the date is set."}
    if found.due_on is not None and to_on <= found.due_on:
        faults["to_on"] = f"It is due on {say_day(found.due_on)}: an extension leads to a later day."
    elif to_on <= now.date():
        faults["to_on"] = "Give a day that is still to come."
    fit(faults)
    extension = ActionExtension(
        id=token_hex(8), action_id=action, from_on=found.due_on, to_on=to_on, reason=said, granted_by=actor.id, at=now
    )
    ledger.enter(session, extension, actor=actor.actor, act="extended" if found.due_on else "set", now=now)
    ledger.change(session, row, {"due_on": to_on}, actor=actor.actor, act="changed", now=now)


def _require_open(found: Undertaken) -> None:
    if not found.state.is_open:
        raise Refusal(f"This action is {found.state.label.lower()}: nothing of it is owed any more.")


def _require_date(session: Session, row: CorrectiveAction, version: int) -> None:
    """Stale where the due date is another than the form showed; what else was changed is not touched by a date."""
    if row.version == version:
        return
    began = ledger.began_from(session, ledger.subject_of(row), row.version - version)
    if began.get("due_on", "") != ledger.values_of(row)["due_on"]:
        by_now = f"is due on {say_day(row.due_on)}" if row.due_on else "has no due date"
        raise Stale(f"Somebody changed the date meanwhile: the action {by_now} by now. Look at it, then decide again.")


# --- what it says -------------------------------------------------------------------------------------------


def change_plan(
    session: Session,
    *,
    actor: Someone,
    action: str,
    version: int,
    plan: Plan,
    catalogues: Mapping[str, Catalogue],
    now: datetime,
) -> None:
    """Change what an open action says and which criteria it answers; its due date has its own ways."""
    found = the_action(session, action, now)
    _require(why_not_change(actor, found))
    row = session.get_one(CorrectiveAction, found.id)
    assessment = session.get_one(Assessment, found.assessment)
    kept = {(each.part, each.criterion) for each in found.criteria}
    _stand_clear(session, row, version, plan, kept)
    fit(_faults_of_plan(session, assessment, plan, found.matter(), catalogues.get(found.edition)))
    values = {
        "title": plan.title.strip(),
        "root_cause": plan.root_cause.strip(),
        "owner_id": plan.owner or None,
        "expected_on": plan.expected_on,
    }
    if not ledger.unchanged(row, values) or plan.criteria != kept:
        ledger.change(session, row, values, actor=actor.actor, act="changed", now=now)
    _relink(session, found, plan.criteria, actor=actor, now=now)


PLAN = {
    "title": "What will be done",
    "root_cause": "Root cause",
    "owner": "Who owns it",
    "expected_on": "Expected by",
    "criteria": "Criteria it answers",
}
"""The fields of the form that changes what an action says."""


def _stand_clear(
    session: Session, row: CorrectiveAction, version: int, plan: Plan, held: Collection[tuple[Part, str]]
) -> None:
    """Clash where somebody changed the text, the owner or the criteria of the action since the form was read."""
    yours = {
        "title": plan.title.strip(),
        "root_cause": plan.root_cause.strip(),
        "owner": plan.owner,
        "expected_on": plan.expected_on.isoformat() if plan.expected_on else "",
        "criteria": _codes(plan.criteria),
    }

    def typed(values: Mapping[str, Any]) -> dict[str, str]:
        # Links have events of their own: where they differ from what the form showed, somebody changed them.
        criteria = _codes(held) if values["version"] == row.version else yours["criteria"]
        said = {"owner": values["owner_id"] or "", "expected_on": values["expected_on"] or "", "criteria": criteria}
        return {"title": values["title"], "root_cause": values["root_cause"], **said}

    stand_clear(session, row, version, yours=yours, typed=typed, labels=PLAN)


def _codes(criteria: Collection[tuple[Part, str]]) -> str:
    return ", ".join(sorted(f"{code} ({part.value})" for part, code in criteria))


def _relink(
    session: Session, found: Undertaken, wanted: Collection[tuple[Part, str]], *, actor: Someone, now: datetime
) -> None:
    held: dict[tuple[Part, str], Answers] = {(each.part, each.criterion): each for each in found.criteria}
    for part, code in sorted(set(held) - set(wanted), key=lambda each: each[1]):
        row = session.get_one(ActionCriterion, (found.id, part.value, code))
        before = ledger.values_of(row)
        session.delete(row)
        subject = ledger.subject_of(row)
        ledger.record(session, actor=actor.actor, act="unlinked", subject=subject, before=before, after=None, now=now)
    for part, code in sorted(set(wanted) - set(held), key=lambda each: each[1]):
        row = ActionCriterion(action_id=found.id, part=part.value, criterion=code)
        ledger.enter(session, row, actor=actor.actor, act="linked", now=now)


# --- milestones and evidence ----------------------------------------------------------------------------


def add_milestone(
    session: Session, *, actor: Someone, action: str, title: str, due_on: date | None, now: datetime
) -> str:
    """A step on the way, with the day it is due where somebody sets one; its id."""
    found = the_action(session, action, now)
    _require(why_not_work(actor, found))
    _require_open(found)
    said = title.strip()
    if not said:
        raise Unfit({"milestone": "Say what will have been reached."})
    if len(said) > LONGEST["title"]:
        raise Unfit({"milestone": f"Shorten it to {LONGEST['title']} characters at most."})
    held = session.execute(
        select(func.max(col(ActionMilestone.position))).where(col(ActionMilestone.action_id) == action)
    ).scalar()
    if (held or 0) >= MOST_MILESTONES:
        raise Unfit({"milestone": f"An action has {MOST_MILESTONES} milestones at most."})
    row = ActionMilestone(id=token_hex(8), action_id=action, title=said, due_on=due_on, position=(held or 0) + 1)
    ledger.enter(session, row, actor=actor.actor, act="set", now=now)
    return row.id


def reach_milestone(
    session: Session,
    *,
    actor: Someone,
    action: str,
    milestone: str,
    version: int,
    on: date | None,
    now: datetime,
) -> None:
    """Say on which day a milestone of an action was reached, or that it was not after all."""
    row = session.get(ActionMilestone, milestone)
    if row is None or row.action_id != action:
        raise Refusal("This action has no such milestone.")
    found = the_action(session, action, now)
    _require(why_not_work(actor, found))
    if row.version != version:
        raise Stale("Somebody changed this milestone meanwhile: look at it as it is now.")
    if on is not None and on > now.date():
        raise Unfit({f"done-{milestone}": "This day is still to come: give the day on which it was reached."})
    if row.done_on != on:
        act = "reached" if on else "reopened"
        ledger.change(session, row, {"done_on": on}, actor=actor.actor, act=act, now=now)


def give_evidence(
    session: Session,
    *,
    actor: Someone,
    action: str,
    said: Described,
    files: Sequence[Given] = (),
    limits: Limits,
    now: datetime,
) -> str:
    """Enter evidence of what was done, with its files, all or nothing; its id.

    It comes from those who carry the action out or judge it, and is not counted with the assessment's own. What is
    confidential is from then on open to the team of the round alone, and no longer to who gave it.
    """
    found = the_action(session, action, now)
    require_work(actor, found, said)
    row = enter_with_files(
        session, actor=actor.actor, assessment=found.assessment, said=said, files=files, limits=limits, now=now
    )
    link = ActionEvidence(action_id=action, evidence_id=row.id, given=True)
    ledger.enter(session, link, actor=actor.actor, act="given", now=now)
    return row.id
