"""What was proposed to the deciders, with every voice on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.decision import Act
from alignment.domain.frozen import dataclass
from alignment.domain.when import When
from alignment.queries.facts import Rows, sure_when
from alignment.tables import Decision as DecisionRow
from alignment.tables import Person, Proposal, Vote


@dataclass(frozen=True, slots=True)
class VoteLine:
    """A voice for or against a proposal, or its withdrawal."""

    name: str
    person_id: str
    word: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A proposal with its voices: the first is that of whoever put it."""

    id: str
    programme_id: str
    act: Act
    effective: When
    reason: str
    against_advice: str
    advice: str
    conditions: str
    published_note: str
    published_link: str
    corrects: str
    quorum: int
    by_id: str
    by: str
    at: datetime
    taken: bool
    votes: tuple[VoteLine, ...]

    @property
    def ended(self) -> bool:
        return any(vote.word != "for" for vote in self.votes)

    @property
    def waits(self) -> bool:
        return not self.taken and not self.ended

    @property
    def voices(self) -> int:
        """How many are for it so far."""
        return 1 + sum(vote.word == "for" for vote in self.votes)


def proposals(connection: Connection, programme: str = "") -> tuple[ProposalLine, ...]:
    """Every proposal for a programme, or for all, newest first: one query, a row for each of its votes."""
    proposer, voter = aliased(Person), aliased(Person)
    statement: Rows = (
        select(
            col(Proposal.id), col(Proposal.programme_id), col(Proposal.act), col(Proposal.effective_on),
            col(Proposal.effective_precision), col(Proposal.reason), col(Proposal.against_advice),
            col(Proposal.advice), col(Proposal.conditions), col(Proposal.published_note),
            col(Proposal.published_link), col(Proposal.corrects), col(Proposal.quorum), col(Proposal.proposed_by),
            col(proposer.name), col(Proposal.at), col(DecisionRow.id).label("decision"),
            col(voter.name).label("voter"), col(Vote.person_id), col(Vote.word).label("vote"),
            col(Vote.reason).label("vote_reason"), col(Vote.at).label("voted_at"),
        )
        .join(proposer, col(proposer.id) == Proposal.proposed_by)
        .outerjoin(DecisionRow, col(DecisionRow.id) == Proposal.id)
        .outerjoin(Vote, col(Vote.proposal_id) == Proposal.id)
        .outerjoin(voter, col(voter.id) == Vote.person_id)
        .order_by(col(Proposal.at).desc(), col(Proposal.id), col(Vote.at))
    )  # fmt: skip
    if programme:
        statement = statement.where(col(Proposal.programme_id) == programme)
    by_proposal = groupby(connection.execute(statement), key=lambda row: row.id)
    return tuple(_proposal(list(rows)) for _, rows in by_proposal)


def _proposal(rows: Sequence[Row[Any]]) -> ProposalLine:
    row = rows[0]
    return ProposalLine(
        id=row.id, programme_id=row.programme_id, act=Act(row.act),
        effective=sure_when(row.effective_on, row.effective_precision), reason=row.reason,
        against_advice=row.against_advice, advice=row.advice, conditions=row.conditions,
        published_note=row.published_note, published_link=row.published_link, corrects=row.corrects or "",
        quorum=row.quorum, by_id=row.proposed_by, by=row.name, at=row.at, taken=row.decision is not None,
        votes=tuple(
            VoteLine(each.voter, each.person_id, each.vote, each.vote_reason, each.voted_at)
            for each in rows
            if each.vote
        ),
    )  # fmt: skip
