"""The LME decides: proposals, votes, the entry in the ledger, its conditions, appeals against it.

A proposal is an act of one decider and counts as the first voice for it. With the last voice it needs it becomes
an entry of the ledger under the same id. Nothing is changed afterwards: a correction is a new entry, and so is the
one that declares another void, which was made by mistake.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session, col, func, select

from alignment.domain.deciding import Wanted, advised_on, say_conditions, why_not_enter
from alignment.domain.decision import Act
from alignment.domain.frozen import dataclass
from alignment.domain.people import Actor, Do, Matter, Someone, why_not
from alignment.domain.refusal import Missing, Refusal, Stale, Unfit, fit
from alignment.domain.when import Precision, When, say_day
from alignment.services import ledger
from alignment.services.holding import held_of, in_force, newest_entry
from alignment.tables import (
    Appeal,
    Condition,
    ConditionMet,
    ConflictDeclaration,
    Decision,
    Organisation,
    Person,
    Programme,
    Proposal,
    Vote,
)
from alignment.tables.owning import programme_matter

MOST_TEXT = 4000
MOST_CONDITIONS = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition that a decision asks of a programme, with the day it is due or none."""

    text: str
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Decide:
    """A decision as somebody puts it; ``based_on`` is the newest entry of the ledger that they saw."""

    programme: str
    act: Act
    effective: When
    reason: str
    against_advice: str = ""
    conditions: tuple[Asked, ...] = ()
    published_note: str = ""
    published_link: str = ""
    corrects: str = ""
    based_on: str = ""

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.act, self.effective, self.corrects)


def propose(session: Session, *, actor: Someone, act: Decide, quorum: int, now: datetime) -> tuple[str, bool]:
    """Put a decision: its id, and whether it is taken already because one voice is enough.

    Refusal where the rules do not allow it, Stale where the ledger has moved on or a proposal waits already,
    Unfit with a sentence for each field that does not hold.
    """
    ledger.take_turn(session)
    programme = _programme(session, act.programme)
    require(actor, Do.DECIDE, matter_of(session, act.programme))
    waiting = open_proposal(session, act.programme)
    if waiting is not None:
        raise Stale(
            f"A proposal for this programme waits already: “{Act(waiting.act).label}”, of {waiting.at:%d %B %Y}. "
            "Vote on it, or have it withdrawn, before you put another."
        )
    if newest_entry(session, act.programme) != (act.based_on or None):
        raise Stale(
            "Another decision on this programme was entered while you were writing. Look at the ledger as it "
            "stands now, and put yours anew if it still holds. What you wrote is kept below."
        )
    faults = _faults(session, programme, act, now)
    fit(faults)
    row = Proposal(
        id=f"{act.programme}-{act.act.value.replace('_', '-')}-{token_hex(4)}",
        programme_id=act.programme,
        act=act.act.value,
        reason=act.reason.strip(),
        against_advice=act.against_advice.strip(),
        advice=advised_on(act.act, held_of(session, programme), act.effective, now.date()).sentence,
        published_note=" ".join(act.published_note.split()),
        published_link=act.published_link.strip(),
        effective_on=act.effective.on,
        effective_precision=act.effective.precision.value,
        corrects=act.corrects or None,
        based_on=act.based_on or None,
        quorum=quorum,
        conditions=write_conditions(act.conditions),
        proposed_by=actor.id,
        at=now,
    )
    ledger.enter(session, row, actor=actor.actor, act="proposed", now=now)
    if quorum > 1:
        return row.id, False
    _enter(session, row, actor=actor.actor, now=now)
    return row.id, True


def vote(session: Session, *, actor: Someone, proposal: str, word: str, reason: str = "", now: datetime) -> bool:
    """A decider's word on a proposal, ``for``, ``against`` or ``withdrawn``; whether it became a decision by it.

    One against ends it, with a reason; whoever put it may withdraw it and has no second voice for it. With the
    last voice needed, all that had to hold when it was put has to hold again.
    """
    ledger.take_turn(session)
    row = session.get(Proposal, proposal)
    if row is None:
        raise Missing("There is no such proposal.")
    if word != "withdrawn" or row.proposed_by != actor.id:  # what is one's own is taken back whatever has changed since
        require(actor, Do.DECIDE, matter_of(session, row.programme_id))
    _why_not_vote(session, row, actor, word)
    if word != "for" and not reason.strip():
        raise Unfit({"vote_reason": "Say why: the reason stands beside the proposal."})
    if len(reason) > MOST_TEXT:
        raise Unfit({"vote_reason": f"The reason has at most {MOST_TEXT:,} characters."})
    voices = [row.proposed_by, actor.id, *voters(session, row.id)]
    taken = word == "for" and len(voices) >= row.quorum
    said = Vote(proposal_id=row.id, person_id=actor.id, word=word, reason=reason.strip(), at=now)
    if taken:
        _check_again(session, row, voices, now)
    ledger.enter(session, said, actor=actor.actor, act="voted" if word != "withdrawn" else "withdrew", now=now)
    if taken:
        _enter(session, row, actor=actor.actor, now=now)
    return taken


def _why_not_vote(session: Session, row: Proposal, actor: Someone, word: str) -> None:
    if word not in ("for", "against", "withdrawn"):
        raise Unfit({"vote": "Choose whether you are for the proposal or against it."})
    if session.get(Decision, row.id) is not None or _ended(session, row.id):
        raise Stale("This proposal is decided or ended already: see the ledger.")
    if (word == "withdrawn") != (row.proposed_by == actor.id):
        own = "You put this proposal: it has your voice already; you may withdraw it."
        raise Refusal(own if row.proposed_by == actor.id else "Only who put a proposal withdraws it: vote against it.")
    if session.get(Vote, (row.id, actor.id)) is not None:
        raise Stale("You have voted on this proposal already.")


def _check_again(session: Session, row: Proposal, voices: list[str], now: datetime) -> None:
    """Between proposal and last voice the world may have moved."""
    if newest_entry(session, row.programme_id) != row.based_on:
        raise Stale(
            "Another decision on this programme was entered since this was proposed: have it withdrawn, look at "
            "the ledger as it stands now and put it anew."
        )
    for person in voices:
        newest = session.exec(
            select(ConflictDeclaration)
            .where(
                col(ConflictDeclaration.person_id) == person,
                col(ConflictDeclaration.programme_id) == row.programme_id,
            )
            .order_by(col(ConflictDeclaration.filed_at).desc())
            .limit(1)
        ).first()
        if newest is None or newest.has_interest:
            named = session.get(Person, person)
            raise Refusal(
                f"{named.name if named else 'Somebody'} has declared an interest in this programme since: the "
                "proposal cannot count that voice, so have it withdrawn and put it anew."
            )
    faults = _faults(session, _programme(session, row.programme_id), decide_of(row), now)
    fit(faults)


def _enter(session: Session, row: Proposal, *, actor: Actor, now: datetime) -> None:
    """The proposal becomes an entry of the ledger, with its conditions."""
    entry = _entry(session, decide_of(row), row.id, now)
    ledger.enter(session, entry, actor=actor, act="corrected" if row.corrects else "decided", now=now)
    for position, each in enumerate(read_conditions(row.conditions), 1):
        condition = Condition(
            id=f"{row.id}-{position}", decision_id=row.id, text=each.text, due_on=each.due, position=position
        )
        ledger.enter(session, condition, actor=actor, act="set", now=now)


def _entry(session: Session, act: Decide, id: str, now: datetime) -> Decision:
    return Decision(
        id=id,
        programme_id=act.programme,
        act=act.act.value,
        reason=act.reason.strip(),
        conditions=say_conditions([(each.text, each.due) for each in act.conditions]),
        against_advice=act.against_advice.strip(),
        published_note=" ".join(act.published_note.split()),
        published_link=act.published_link.strip(),
        effective_on=act.effective.on,
        effective_precision=act.effective.precision.value,
        recorded_at=now,
        position=(session.exec(select(func.max(Decision.position))).one() or 0) + 1,
        corrects=act.corrects or None,
        remark="Decided in this register.",
    )


@contextmanager
def supposed(session: Session, *, act: Decide, now: datetime) -> Iterator[Connection]:
    """The store as it would be with this decision, to look at; nothing of it is kept afterwards."""
    undo = session.begin_nested()
    try:
        session.add(_entry(session, act, f"{act.programme}-supposed", now))
        session.flush()
        yield session.connection()
    finally:
        undo.rollback()


def faults_of(session: Session, *, act: Decide, now: datetime) -> dict[str, str]:
    """Why this decision could not be entered now, by field; empty where it could."""
    return _faults(session, _programme(session, act.programme), act, now)


def _faults(session: Session, programme: Programme, act: Decide, now: datetime) -> dict[str, str]:
    held = held_of(session, programme)
    faults = why_not_enter(held, act.wanted, now.date())
    follows = not faults
    if not act.reason.strip():
        faults["reason"] = "A decision needs its reason: it stands in the public ledger."
    advice = advised_on(act.act, held, act.effective, now.date())
    if follows and advice.supported is False and not act.against_advice.strip():
        faults["against_advice"] = (
            f"This goes against the advice of the facts ({advice.reason}): say why. The ledger shows both."
        )
    if follows and advice.supported is not False and act.against_advice.strip():
        faults["against_advice"] = (
            f"The facts do not advise against this ({advice.said}: {advice.reason}): leave this empty, and say under "
            "Reason what you decided on."
        )
    texts = {"reason": act.reason, "against_advice": act.against_advice, "published_link": act.published_link}
    faults |= {
        name: f"At most {MOST_TEXT:,} characters; this has {len(text):,}."
        for name, text in texts.items()
        if len(text) > MOST_TEXT
    }
    if len(act.published_note) > 200:
        faults["published_note"] = "The note stands in a cell of the table: at most 200 characters."
    if act.published_link and not act.published_link.strip().startswith(("https://", "http://")):
        faults["published_link"] = "Write the whole address of the notice: https://…"
    if len(act.conditions) > MOST_CONDITIONS or any(len(each.text) > MOST_TEXT for each in act.conditions):
        faults["conditions"] = f"At most {MOST_CONDITIONS} conditions, each of at most {MOST_TEXT:,} characters."
    if act.act is Act.VOID and act.conditions:
        faults["conditions"] = "Declaring an entry void decides nothing, so it sets no condition."
    early = next((each for each in act.conditions if each.due and each.due < act.effective.on), None)
    if early is not None:
        faults["conditions"] = f"“{early.text[:60]}” is due before the decision takes effect: choose a later day."
    return faults


# --- conditions and appeals ------------------------------------------------------------------------------


def meet_condition(
    session: Session,
    *,
    actor: Someone,
    condition: str,
    met_on: date | None,
    statement: str,
    version: int,
    now: datetime,
) -> str:
    """A condition is met on a day, and what shows it; the programme it belongs to.

    A later word puts an earlier one right: with another day, or with none where it is not met after all.
    ``version`` is how many words somebody saw; Stale where another was entered since.
    """
    ledger.take_turn(session)
    row = session.get(Condition, condition)
    entry = session.get(Decision, row.decision_id) if row else None
    if row is None or entry is None:
        raise Missing("There is no such condition.")
    require(actor, Do.DECIDE, matter_of(session, entry.programme_id))
    if session.exec(select(Decision.id).where(col(Decision.corrects) == entry.id)).first() is not None:
        raise Stale("The entry that set this condition was corrected or declared void, and the condition fell with it.")
    words = session.exec(
        select(ConditionMet).where(col(ConditionMet.condition_id) == condition).order_by(col(ConditionMet.number))
    ).all()
    if len(words) != version:
        raise Stale("Somebody has entered something on this condition meanwhile: see it as it stands now.")
    faults = _faults_of_word(met_on, statement, words[-1].met_on if words else None, now.date())
    fit(faults)
    word = ConditionMet(
        condition_id=condition,
        number=len(words) + 1,
        met_on=met_on,
        statement=statement.strip(),
        recorded_by=actor.actor.id,
        recorded_at=now,
    )
    ledger.enter(session, word, actor=actor.actor, act="corrected" if words else "met", now=now)
    return entry.programme_id


def _faults_of_word(met_on: date | None, statement: str, before: date | None, today: date) -> dict[str, str]:
    faults = {}
    if met_on is not None and met_on > today:
        faults["met_on"] = "That day lies ahead: a condition is met on a day that has come."
    if met_on is None and before is None:
        faults["met_on"] = "Say on which day it was met."
    if not statement.strip() or len(statement) > MOST_TEXT:
        faults["met_statement"] = f"Say what shows that it is met, in at most {MOST_TEXT:,} characters."
        if met_on is None and before is not None:
            faults["met_statement"] = f"Say why it is not met after all, in at most {MOST_TEXT:,} characters."
    return faults


def why_not_appeal(who: Someone | None, matter: Matter) -> str | None:
    """Why somebody may not enter an appeal: the owner of a programme appeals, or the LME enters what it was sent."""
    reasons = (why_not(who, Do.REPLY, matter), why_not(who, Do.KEEP_REGISTER, matter))
    if None in reasons:
        return None
    return "An appeal is entered by the owner of the programme, or by the LME as it was received."


def appeal(
    session: Session,
    *,
    actor: Someone,
    programme: str,
    decision: str,
    text: str,
    filed_on: date,
    by_organisation: str = "",
    now: datetime,
) -> str:
    """Enter an appeal against an entry in force; the id of the appeal. An owner appeals in its own name."""
    ledger.take_turn(session)
    _programme(session, programme)
    matter = matter_of(session, programme)
    reason = why_not_appeal(actor, matter)
    if reason:
        raise Refusal(reason)
    rows = session.exec(select(Decision).where(col(Decision.programme_id) == programme)).all()
    entry = next((row for row in in_force(rows) if row.id == decision), None)
    if why_not(actor, Do.KEEP_REGISTER, matter) is not None:
        names = [session.get(Organisation, each) for each in sorted(actor.organisations & matter.owners)]
        by_organisation = ", ".join(each.name for each in names if each)
    faults = {}
    if entry is None:
        faults["decision"] = "Choose an entry of the ledger that is in force."
    elif waiting := _open_appeal(session, decision):
        faults["decision"] = (
            f"An appeal against this entry is open already: of {waiting.by_organisation}, filed on "
            f"{say_day(waiting.filed_on)}. It has its outcome first."
        )
    if not by_organisation.strip() or len(by_organisation) > 300:
        faults["by_organisation"] = "Say who appeals, in at most 300 characters."
    if not text.strip() or len(text) > MOST_TEXT:
        faults["appeal_text"] = f"Say what the appeal says, in at most {MOST_TEXT:,} characters."
    if filed_on > now.date():
        faults["filed_on"] = "That day lies ahead."
    elif entry is not None and filed_on < min(entry.effective_on, entry.recorded_at.date()):
        faults["filed_on"] = "The appeal is dated before the decision that it is against."
    fit(faults)
    row = Appeal(
        id=token_hex(6),
        decision_id=decision,
        by_organisation=by_organisation.strip(),
        text=text.strip(),
        filed_on=filed_on,
        recorded_by=actor.actor.id,
        recorded_at=now,
    )
    ledger.enter(session, row, actor=actor.actor, act="appealed", now=now)
    return row.id


def _open_appeal(session: Session, decision: str) -> Appeal | None:
    """The appeal against an entry that has no outcome yet."""
    return session.exec(select(Appeal).where(col(Appeal.decision_id) == decision, col(Appeal.outcome) == "")).first()


OUTCOMES: Mapping[str, str] = {"upheld": "Upheld", "rejected": "Rejected", "withdrawn": "Withdrawn by the appellant"}


def settle_appeal(
    session: Session,
    *,
    actor: Someone,
    appeal: str,
    outcome: str,
    outcome_on: date,
    text: str,
    version: int,
    now: datetime,
) -> str:
    """The outcome of an appeal; its programme. One that is upheld changes nothing by itself: it makes a decision due,
    until its entry is corrected or declared void, or another decision is entered."""
    ledger.take_turn(session)
    row = session.get(Appeal, appeal)
    entry = session.get(Decision, row.decision_id) if row else None
    if row is None or entry is None:
        raise Missing("There is no such appeal.")
    require(actor, Do.DECIDE, matter_of(session, entry.programme_id))
    if row.version != version or row.outcome:
        raise Stale("This appeal has its outcome already: see it as it stands now.")
    faults = {}
    if outcome not in OUTCOMES:
        faults["outcome"] = "Choose the outcome."
    if not row.filed_on <= outcome_on <= now.date():
        faults["outcome_on"] = "The outcome is of a day between the appeal and today."
    if not text.strip() or len(text) > MOST_TEXT:
        faults["outcome_text"] = f"Give the reason of the outcome, in at most {MOST_TEXT:,} characters."
    fit(faults)
    settled = {"outcome": outcome, "outcome_on": outcome_on, "outcome_text": text.strip()}
    settled["outcome_recorded_at"] = now
    ledger.change(session, row, settled, actor=actor.actor, act="settled", now=now)
    return entry.programme_id


# --- what every act begins with -------------------------------------------------------------------------


def require(who: Someone, act: Do, matter: Matter) -> None:
    """Refuse what the rules do not allow, with their reason."""
    reason = why_not(who, act, matter)
    if reason:
        raise Refusal(reason)


def matter_of(session: Session, programme: str) -> Matter:
    """The programme as the rules ask about it. Missing where there is none."""
    found = programme_matter(session, programme)
    if found is None:
        raise Missing(f"There is no programme “{programme[:60]}”.")
    return found


def _programme(session: Session, id: str) -> Programme:
    found = session.get(Programme, id)
    if found is None:
        raise Missing(f"There is no programme “{id[:60]}”.")
    return found


def open_proposal(session: Session, programme: str) -> Proposal | None:
    """The proposal that waits for voices; a programme has at most one."""
    ended = select(Vote.proposal_id).where(col(Vote.word) != "for")
    taken = select(Decision.id).where(col(Decision.programme_id) == programme)
    return session.exec(
        select(Proposal).where(
            col(Proposal.programme_id) == programme, col(Proposal.id).not_in(ended), col(Proposal.id).not_in(taken)
        )
    ).first()


def voters(session: Session, proposal: str) -> list[str]:
    """Who has voted for a proposal, besides the one who put it."""
    return list(session.exec(select(Vote.person_id).where(col(Vote.proposal_id) == proposal, col(Vote.word) == "for")))


def _ended(session: Session, proposal: str) -> bool:
    return (
        session.exec(select(Vote.word).where(col(Vote.proposal_id) == proposal, col(Vote.word) != "for")).first()
        is not None
    )


def decide_of(row: Proposal) -> Decide:
    """The decision that a proposal is about."""
    return Decide(
        programme=row.programme_id,
        act=Act(row.act),
        effective=When(row.effective_on, Precision(row.effective_precision)),
        reason=row.reason,
        against_advice=row.against_advice,
        conditions=read_conditions(row.conditions),
        published_note=row.published_note,
        published_link=row.published_link,
        corrects=row.corrects or "",
        based_on=row.based_on or "",
    )


def write_conditions(conditions: tuple[Asked, ...]) -> str:
    said: list[dict[str, Any]] = [
        {"text": each.text, "due": each.due.isoformat() if each.due else None} for each in conditions
    ]
    return json.dumps(said, ensure_ascii=False)


def read_conditions(text: str) -> tuple[Asked, ...]:
    return tuple(
        Asked(each["text"], date.fromisoformat(each["due"]) if each["due"] else None) for each in json.loads(text)
    )
