"""What a decider needs on one page, the list of those who decide, and what waits for them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.deciding import Advised, advised, also_supported, on_standing
from alignment.domain.decision import ALLOWED, Act, Approval
from alignment.domain.frozen import dataclass
from alignment.domain.people import Matter, Role
from alignment.domain.programme import State, state
from alignment.domain.when import say_day
from alignment.queries.decision_ledger import LedgerEntry, beside_of, entries
from alignment.queries.facts import ProgrammeRow, Rows, programmes
from alignment.queries.held import held
from alignment.queries.proposals import ProposalLine, proposals
from alignment.queries.record_rows import read_records
from alignment.queries.records import Records
from alignment.queries.triggers import Trigger, triggered
from alignment.queries.work import SECTIONS, Asked, Item, Waiting, branch, shaped
from alignment.tables import Appeal, Condition, ConditionMet, Person, Programme, Proposal, Vote
from alignment.tables import Decision as DecisionRow
from alignment.tables.owning import programme_matter


@dataclass(frozen=True, slots=True)
class Owned:
    """A programme as it is printed, and whose it is: for forms about it."""

    programme: ProgrammeRow
    matter: Matter


def owned(connection: Connection, programme: str, *, today: date) -> Owned | None:
    """A programme and whose it is, None where there is none: three queries."""
    rows = programmes(connection, only=programme, as_at=today)
    matter = programme_matter(connection, programme)
    return Owned(rows[0], matter) if rows and matter else None


@dataclass(frozen=True, slots=True)
class DecidingPage:
    """What a decider needs to decide on a programme, on one page."""

    records: Records
    state: State
    advice: tuple[Advised, ...]
    ledger: tuple[LedgerEntry, ...]
    proposals: tuple[ProposalLine, ...]
    triggers: tuple[Trigger, ...]

    @property
    def programme(self) -> ProgrammeRow:
        return self.records.programme

    @property
    def matter(self) -> Matter:
        return Matter(programme=self.programme.id, owners=self.records.owners)

    @property
    def approval(self) -> Approval:
        return self.state.standing.approval

    @property
    def standing(self) -> Advised | None:
        """What the facts say of the decision that stands."""
        return on_standing(self.programme.route, self.state)

    @property
    def open(self) -> ProposalLine | None:
        return next((each for each in self.proposals if each.waits), None)

    @property
    def newest(self) -> str:
        """The entry that joined the ledger last."""
        return max(self.ledger, key=lambda each: each.recorded_at).id if self.ledger else ""


def deciding_page(connection: Connection, programme: str, *, today: date) -> DecidingPage | None:
    """One programme for its deciders, None where there is none: seven queries."""
    records = read_records(connection, programme, None, as_at=today)
    if records is None:
        return None
    found = state(records.held, today)
    beside = beside_of(connection, programme)
    return DecidingPage(
        records=records,
        state=found,
        advice=tuple(
            advised(act, records.programme.route, found) for act in Act if act in ALLOWED[found.standing.approval]
        ),
        ledger=entries(connection, beside, programme=programme),
        proposals=proposals(connection, programme),
        triggers=tuple(beside.triggers),
    )


@dataclass(frozen=True, slots=True)
class Overviewed:
    """One programme in the list of those who decide: what the facts say of what stands, and what they support too."""

    programme: ProgrammeRow
    state: State
    standing: Advised | None
    also: tuple[Advised, ...]
    waits: ProposalLine | None
    upheld: bool


def overview(connection: Connection, *, today: date, example: bool) -> tuple[Overviewed, ...]:
    """Every programme with its state and what the facts support: eight queries."""
    rows = programmes(connection, example=example, as_at=today)
    facts = held(connection, rows, None)
    waiting = {each.programme_id: each for each in proposals(connection) if each.waits}
    upheld = set(connection.execute(_upheld(col(Programme.id))).scalars())
    found = []
    for row in rows:
        derived = state(facts[row.id], today)
        stands, also = on_standing(row.route, derived), also_supported(row.route, derived)
        found.append(Overviewed(row, derived, stands, also, waiting.get(row.id), row.id in upheld))
    return tuple(found)


# --- what waits ------------------------------------------------------------------------------------------

SOON = timedelta(days=30)


def put_to_deciders(connection: Connection, asked: Asked) -> list[Item]:
    """Proposals that want a voice, what bad reviews put to the deciders, conditions due, appeals that want an outcome
    or, upheld, a decision."""
    items = [
        Item(
            f"{row.name}: vote on “{Act(row.word).label}”", f"/decisions/{row.id}#proposal",
            f"put by {row.said}; {1 + row.many} of {row.number} voices", urgent=True,
        )
        for row in asked.rows["proposal"]
    ]  # fmt: skip
    for row in asked.rows["trigger"]:
        if row.word != "round":
            act = "suspended" if row.word == "suspension" else "conditionally_approved"
            title = f"{row.name}: a {row.word} is put to the deciders"
            items.append(
                Item(title, f"/decisions/{row.id}?act={act}", f"by the review of {say_day(row.on)}", urgent=True)
            )
    items += [
        Item(
            f"{row.name}: condition “{row.said[:80]}”", f"/decisions/{row.id}#set-conditions",
            f"{'was due' if row.on < asked.today else 'due'} {say_day(row.on)}", urgent=row.on < asked.today,
        )
        for row in asked.rows["condition"]
    ]  # fmt: skip
    items += [
        Item(
            f"{row.name}: decision due, the appeal of {row.said} was upheld", f"/decisions/{row.id}#appeals",
            f"since {say_day(row.on)}", urgent=True,
        )
        for row in asked.rows["upheld"]
    ]  # fmt: skip
    return items + [
        Item(f"{row.name}: appeal of {row.said}", f"/decisions/{row.id}#appeals", f"filed {say_day(row.on)}")
        for row in asked.rows["appeal"]
    ]


def _unvoted(asked: Asked) -> Rows:
    """Proposals that wait for a voice, and somebody's own among those that are missing."""
    votes = select(func.count()).where(col(Vote.proposal_id) == Proposal.id)
    ended = col(Vote.word) != "for"
    own = col(Vote.person_id) == asked.someone.id
    return (
        branch(
            "proposal", order=(col(Proposal.at).desc(), col(Proposal.id)), id=col(Proposal.programme_id),
            name=col(Programme.short_name), word=col(Proposal.act), said=col(Person.name),
            number=col(Proposal.quorum), many=votes.scalar_subquery(),
        )
        .select_from(Proposal)
        .join(Programme, col(Programme.id) == Proposal.programme_id)
        .join(Person, col(Person.id) == Proposal.proposed_by)
        .where(
            col(Programme.example).is_(asked.someone.is_demonstration),
            col(Proposal.proposed_by) != asked.someone.id,
            ~exists().where(col(DecisionRow.id) == Proposal.id),
            ~exists().where(col(Vote.proposal_id) == Proposal.id, or_(ended, own)),
        )
    )  # fmt: skip


def _conditions_due(asked: Asked) -> Rows:
    """Conditions of entries in force that are due within a month or were due."""
    later = aliased(DecisionRow)
    newest = (
        select(col(ConditionMet.met_on))
        .where(col(ConditionMet.condition_id) == Condition.id)
        .order_by(col(ConditionMet.number).desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        branch(
            "condition", order=(col(Condition.due_on),), id=col(Programme.id), name=col(Programme.short_name),
            said=col(Condition.text), on=col(Condition.due_on),
        )
        .select_from(Condition)
        .join(DecisionRow, col(DecisionRow.id) == Condition.decision_id)
        .join(Programme, col(Programme.id) == DecisionRow.programme_id)
        .where(
            newest.is_(None),
            col(Condition.due_on) <= asked.today + SOON,
            col(Programme.example).is_(asked.someone.is_demonstration),
            ~exists().where(col(later.corrects) == DecisionRow.id),
        )
    )  # fmt: skip


def _open_appeals(asked: Asked) -> Rows:
    return (
        branch(
            "appeal", order=(col(Appeal.filed_on),), id=col(Programme.id), name=col(Programme.short_name),
            said=col(Appeal.by_organisation), on=col(Appeal.filed_on),
        )
        .select_from(Appeal)
        .join(DecisionRow, col(DecisionRow.id) == Appeal.decision_id)
        .join(Programme, col(Programme.id) == DecisionRow.programme_id)
        .where(col(Appeal.outcome) == "", col(Programme.example).is_(asked.someone.is_demonstration))
    )  # fmt: skip


def _upheld(*told: Any) -> Rows:
    """Appeals that were upheld, as long as nothing was decided because of it."""
    later, again = aliased(DecisionRow), aliased(DecisionRow)
    anew = (
        (col(later.programme_id) == DecisionRow.programme_id)
        & (col(later.recorded_at) > Appeal.outcome_recorded_at)
        & (col(later.act) != Act.VOID.value)
        & ~exists().where(col(again.corrects) == later.id)
    )
    return (
        select(*told)
        .select_from(Appeal)
        .join(DecisionRow, col(DecisionRow.id) == Appeal.decision_id)
        .join(Programme, col(Programme.id) == DecisionRow.programme_id)
        .where(
            col(Appeal.outcome) == "upheld",
            ~exists().where((col(later.corrects) == DecisionRow.id) | anew),
        )
    )


def _upheld_appeals(asked: Asked) -> Rows:
    return _upheld(
        *shaped(
            "upheld", order=(col(Appeal.outcome_on),), id=col(Programme.id), name=col(Programme.short_name),
            said=col(Appeal.by_organisation), on=col(Appeal.outcome_on),
        )
    ).where(col(Programme.example).is_(asked.someone.is_demonstration))  # fmt: skip


SECTIONS.append(
    Waiting(
        "deciding",
        "Put to the deciders",
        frozenset({Role.DECIDER}),
        put_to_deciders,
        "No proposal wants your voice, no review puts anything to you, no condition is due and no appeal is open.",
        (_unvoted, triggered, _conditions_due, _upheld_appeals, _open_appeals),
    )
)
