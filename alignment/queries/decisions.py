"""The ledger of the LME's decisions, what a decider needs on one page, and what waits for the deciders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Date, Row, cast, exists, func, literal, null, or_, select, true, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.deciding import Advised, advised
from alignment.domain.decision import ALLOWED, Act, Approval
from alignment.domain.people import Matter, Role
from alignment.domain.programme import State, state
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import When, say_day
from alignment.queries.facts import ProgrammeRow, Rows, SourceRef, held, in_force, programmes, sure_when, when
from alignment.queries.programmes import programme_names
from alignment.queries.record_rows import read_records
from alignment.queries.records import Records
from alignment.queries.work import SECTIONS, Asked, Item, Waiting, branch, shaped
from alignment.tables import (
    Appeal,
    Assessment,
    Condition,
    ConditionMet,
    MonitoringPoint,
    MonitoringReview,
    Organisation,
    Person,
    Programme,
    Proposal,
    Recognition,
    RoundTeam,
    Source,
    Vote,
)
from alignment.tables import Decision as DecisionRow
from alignment.tables.base import Utc
from alignment.tables.owning import programme_matter


@dataclass(frozen=True, slots=True)
class MetLine:
    """A word on a condition: met on a day, or not after all where it has none; recorded when and by whom."""

    met_on: date | None
    statement: str
    recorded_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """A condition of an entry: until when, and every word on whether it is met, the newest last."""

    id: str
    text: str
    due: date | None
    words: tuple[MetLine, ...]

    @property
    def version(self) -> int:
        return len(self.words)

    def said(self, as_at: date) -> tuple[MetLine, ...]:
        """Every word on it, from the first day on which one of them says that it was met."""
        days = [word.met_on for word in self.words if word.met_on is not None]
        return self.words if any(day <= as_at for day in days) else ()

    def met(self, as_at: date) -> MetLine | None:
        """What says that it is met on a day, by what is known; None where it is open."""
        last = self.words[-1] if self.words else None
        return last if last and last.met_on is not None and last.met_on <= as_at else None

    def overdue(self, as_at: date) -> bool:
        return self.due is not None and self.due < as_at and self.met(as_at) is None


@dataclass(frozen=True, slots=True)
class AppealLine:
    """An appeal against an entry, and its outcome or none yet."""

    id: str
    by_organisation: str
    text: str
    filed_on: date
    outcome: str
    outcome_on: date | None
    outcome_text: str
    outcome_recorded_at: datetime | None
    version: int

    def settled(self, as_at: date) -> bool:
        """Whether its outcome was out on a day, by what is known."""
        return bool(self.outcome) and self.outcome_on is not None and self.outcome_on <= as_at


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry of the ledger. ``advice`` is what the facts advised when it was put, where it was put here."""

    id: str
    programme_id: str
    programme: str
    example: bool
    act: Act
    effective: When
    announced_on: date | None
    recorded_at: datetime
    reason: str
    conditions_said: str
    against_advice: str
    advice: str
    voices: int
    published_note: str
    published_link: str
    corrects: str
    corrected_by: str
    source: SourceRef | None
    remark: str
    conditions: tuple[ConditionLine, ...]
    appeals: tuple[AppealLine, ...]

    @property
    def in_force(self) -> bool:
        return not self.corrected_by


def _entries(
    connection: Connection, beside: _Beside, *, programme: str = "", known_at: datetime | None = None
) -> tuple[LedgerEntry, ...]:
    """The entries of the register or of one programme, newest first, corrected ones included: one query."""
    statement: Rows = (
        select(
            col(DecisionRow.id), col(DecisionRow.programme_id), col(Programme.short_name), col(Programme.example),
            col(DecisionRow.act), col(DecisionRow.effective_on), col(DecisionRow.effective_precision),
            col(DecisionRow.announced_on), col(DecisionRow.recorded_at), col(DecisionRow.reason),
            col(DecisionRow.conditions), col(DecisionRow.against_advice), col(DecisionRow.published_note),
            col(DecisionRow.published_link), col(DecisionRow.corrects), col(DecisionRow.place),
            col(DecisionRow.remark), col(DecisionRow.position), col(Proposal.advice), col(Proposal.quorum),
            col(Source.id).label("source"), col(Source.title), col(Source.issuer), col(Source.issued_on),
            col(Source.issued_precision),
        )
        .join(Programme, col(Programme.id) == DecisionRow.programme_id)
        .outerjoin(Proposal, col(Proposal.id) == DecisionRow.id)
        .outerjoin(Source, col(Source.id) == DecisionRow.source_id)
        .order_by(col(DecisionRow.effective_on).desc(), col(DecisionRow.position).desc())
    )  # fmt: skip
    if programme:
        statement = statement.where(col(DecisionRow.programme_id) == programme)
    else:
        statement = statement.where(col(Programme.example).is_(False))
    if known_at is not None:
        statement = statement.where(col(DecisionRow.recorded_at) <= known_at)
    rows = connection.execute(statement).all()
    corrected = {row.corrects: row.id for row in rows if row.corrects}
    return tuple(_entry(row, corrected, beside) for row in rows)


def _entry(row: Row[Any], corrected: Mapping[str, str], beside: _Beside) -> LedgerEntry:
    ref = None
    if row.source:
        ref = SourceRef(row.source, row.title, row.issuer, when(row.issued_on, row.issued_precision), row.place)
    return LedgerEntry(
        id=row.id, programme_id=row.programme_id, programme=row.short_name, example=bool(row.example),
        act=Act(row.act), effective=sure_when(row.effective_on, row.effective_precision),
        announced_on=row.announced_on, recorded_at=row.recorded_at, reason=row.reason,
        conditions_said=row.conditions, against_advice=row.against_advice, advice=row.advice or "",
        voices=row.quorum or 0, published_note=row.published_note, published_link=row.published_link,
        corrects=row.corrects or "", corrected_by=corrected.get(row.id, ""), source=ref, remark=row.remark,
        conditions=tuple(beside.conditions[row.id]), appeals=tuple(beside.appeals[row.id]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands beside the entries of a ledger, by the entry; and what reviews put to somebody."""

    conditions: dict[str, list[ConditionLine]] = field(default_factory=lambda: defaultdict(list))
    appeals: dict[str, list[AppealLine]] = field(default_factory=lambda: defaultdict(list))
    triggers: list[Trigger] = field(default_factory=list)


def _beside(connection: Connection, programme: str = "", known_at: datetime | None = None) -> _Beside:
    """Conditions and appeals of all programmes; of one, what reviews put to somebody too. One query."""
    by_then = col(ConditionMet.recorded_at) <= known_at if known_at is not None else true()
    conditions: Rows = (
        select(
            literal("condition").label("kind"), col(Condition.decision_id).label("of"), col(Condition.id).label("id"),
            col(Condition.text).label("text"), col(Condition.due_on).label("begins"),
            col(ConditionMet.met_on).label("ends"), func.coalesce(col(ConditionMet.statement), "").label("said"),
            func.coalesce(col(ConditionMet.number), 0).label("version"), col(Condition.position).label("position"),
            func.coalesce(col(Person.name), col(ConditionMet.recorded_by), "").label("by"), literal("").label("word"),
            col(ConditionMet.recorded_at).label("at"), cast(null(), Utc).label("ended_at"),
            literal(False).label("flag"),
        )
        .outerjoin(ConditionMet, (col(ConditionMet.condition_id) == Condition.id) & by_then)
        .outerjoin(Person, literal("person:").concat(col(Person.id)) == ConditionMet.recorded_by)
    )  # fmt: skip
    appeals: Rows = select(
        literal("appeal"), col(Appeal.decision_id), col(Appeal.id), col(Appeal.text), col(Appeal.filed_on),
        col(Appeal.outcome_on), col(Appeal.outcome_text), col(Appeal.version), literal(0),
        col(Appeal.by_organisation), col(Appeal.outcome), col(Appeal.recorded_at), col(Appeal.outcome_recorded_at),
        literal(False),
    )  # fmt: skip
    if known_at is not None:
        appeals = appeals.where(col(Appeal.recorded_at) <= known_at)
    branches = [conditions, appeals]
    if programme:
        of_it = col(DecisionRow.programme_id) == programme
        put = _put(
            literal("trigger"), col(Programme.id), literal(""), col(MonitoringReview.statement), cast(null(), Date),
            col(MonitoringReview.reviewed_on), literal(""), literal(0), literal(0), col(Programme.short_name),
            col(MonitoringReview.triggers), col(MonitoringReview.at), cast(null(), Utc), col(Programme.example),
        )  # fmt: skip
        branches = [
            conditions.join(DecisionRow, col(DecisionRow.id) == Condition.decision_id).where(of_it),
            appeals.join(DecisionRow, col(DecisionRow.id) == Appeal.decision_id).where(of_it),
            put.where(col(Programme.id) == programme),
        ]
    beside = _Beside()
    for row in connection.execute(union_all(*branches).order_by("position", "begins", "at", "version")):
        if row.kind == "condition":
            _add_word(beside.conditions[row.of], row)
        elif row.kind == "appeal":
            settled = row.word and (known_at is None or row.ended_at <= known_at)
            word, ended_at = (row.word, row.ended_at) if settled else ("", None)
            appeal = AppealLine(row.id, row.by, row.text, row.begins, word, row.ends, row.said, ended_at, row.version)
            beside.appeals[row.of].append(appeal)
        else:
            beside.triggers.append(Trigger(row.of, row.by, bool(row.flag), row.word, row.text, row.ends))
    return beside


def _add_word(lines: list[ConditionLine], row: Row[Any]) -> None:
    """The rows of a condition follow each other, a row for each word on it; one without a word has number 0."""
    before = lines.pop().words if lines and lines[-1].id == row.id else ()
    word = (MetLine(row.ends, row.said, row.at, row.by),) if row.version else ()
    lines.append(ConditionLine(row.id, row.text, row.begins, (*before, *word)))


@dataclass(frozen=True, slots=True)
class Ledger:
    """The public ledger: what was decided by a day, as known at a moment; what takes effect later stands apart."""

    as_at: date
    known_at: datetime | None
    entries: tuple[LedgerEntry, ...]
    ahead: tuple[LedgerEntry, ...]
    in_all: int
    programmes: tuple[tuple[str, str], ...]


def public_ledger(
    connection: Connection, *, as_at: date, known_at: datetime | None, act: str = "", programme: str = ""
) -> Ledger:
    """The ledger of the register with its filters: three queries."""
    every = _entries(connection, _beside(connection, known_at=known_at), known_at=known_at)
    fits = [
        each for each in every if (not act or each.act == act) and (not programme or each.programme_id == programme)
    ]
    return Ledger(
        as_at=as_at,
        known_at=known_at,
        entries=tuple(each for each in fits if each.effective.on <= as_at),
        ahead=tuple(each for each in fits if each.effective.on > as_at),
        in_all=len(every),
        programmes=programme_names(connection),
    )


# --- the page of a decider --------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Trigger:
    """A bad review that puts something to somebody, and nothing has been done about it since."""

    programme_id: str
    programme: str
    example: bool
    triggers: str
    statement: str
    reviewed_on: date


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


def ledger_of(connection: Connection, programme: str) -> tuple[LedgerEntry, ...]:
    """The ledger of one programme: two queries."""
    return _entries(connection, _beside(connection, programme), programme=programme)


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
    def open(self) -> ProposalLine | None:
        return next((each for each in self.proposals if each.waits), None)

    @property
    def newest(self) -> str:
        """The entry that joined the ledger last."""
        return max(self.ledger, key=lambda each: each.recorded_at).id if self.ledger else ""


def deciding_page(connection: Connection, programme: str, *, today: date) -> DecidingPage | None:
    """One programme for its deciders, None where there is none: seven queries."""
    records = read_records(connection, programme, None)
    if records is None:
        return None
    found = state(records.held, today)
    beside = _beside(connection, programme)
    return DecidingPage(
        records=records,
        state=found,
        advice=tuple(
            advised(act, records.programme.route, found) for act in Act if act in ALLOWED[found.standing.approval]
        ),
        ledger=_entries(connection, beside, programme=programme),
        proposals=proposals(connection, programme),
        triggers=tuple(beside.triggers),
    )


@dataclass(frozen=True, slots=True)
class Overviewed:
    """One programme in the list of those who decide."""

    programme: ProgrammeRow
    state: State
    advice: tuple[Advised, ...]
    waits: ProposalLine | None


def overview(connection: Connection, *, today: date, example: bool) -> tuple[Overviewed, ...]:
    """Every programme with its state and what the facts support: seven queries."""
    rows = programmes(connection, example=example, as_at=today)
    facts = held(connection, rows, None)
    waiting = {each.programme_id: each for each in proposals(connection) if each.waits}
    found = []
    for row in rows:
        derived = state(facts[row.id], today)
        supported = tuple(
            told
            for act in (Act.CONDITIONALLY_APPROVED, Act.APPROVED, Act.NOT_APPROVED)
            if act in ALLOWED[derived.standing.approval]
            and act.value != derived.standing.approval.value
            and (told := advised(act, row.route, derived)).supported
        )
        found.append(Overviewed(row, derived, supported, waiting.get(row.id)))
    return tuple(found)


def triggers(connection: Connection) -> tuple[Trigger, ...]:
    """What bad reviews have put to somebody, until a decision, or a round, was entered after them: one query."""
    statement = _put(
        col(Programme.id), col(Programme.short_name), col(Programme.example), col(MonitoringReview.triggers),
        col(MonitoringReview.statement), col(MonitoringReview.reviewed_on),
    ).order_by(col(MonitoringReview.at))  # fmt: skip
    return tuple(
        Trigger(row.id, row.short_name, bool(row.example), row.triggers, row.statement, row.reviewed_on)
        for row in connection.execute(statement)
    )


def _put(*told: Any) -> Rows:
    """Reviews that put something to somebody, as long as nothing was done about it."""
    decided = (
        select(col(DecisionRow.id))
        .where(col(DecisionRow.programme_id) == Programme.id, col(DecisionRow.recorded_at) > MonitoringReview.at)
        .exists()
    )
    opened = (
        select(col(Assessment.id))
        .where(col(Assessment.programme_id) == Programme.id, col(Assessment.recorded_at) > MonitoringReview.at)
        .exists()
    )
    return (
        select(*told)
        .select_from(MonitoringReview)
        .join(MonitoringPoint, col(MonitoringPoint.id) == MonitoringReview.point_id)
        .join(Programme, col(Programme.id) == MonitoringPoint.programme_id)
        .where(
            ((col(MonitoringReview.triggers) == "round") & ~opened)
            | (col(MonitoringReview.triggers).in_(("condition", "suspension")) & ~decided)
        )
    )


# --- entering what was published elsewhere ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordForm:
    """What the forms offer: organisations and sources, rounds recorded from elsewhere, recognitions held."""

    organisations: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    rounds: tuple[tuple[str, str], ...]
    recognitions: tuple[tuple[str, str], ...]


def source_choices(connection: Connection) -> tuple[tuple[str, str], ...]:
    """Every document by id, with its title, issuer and year: one query."""
    sources = connection.execute(
        select(col(Source.id), col(Source.title), col(Source.issuer), col(Source.issued_on)).order_by(
            func.lower(col(Source.title)), col(Source.id)
        )
    )
    return tuple(
        (row.id, f"{row.title}, {row.issuer}" + (f", {row.issued_on.year}" if row.issued_on else "")) for row in sources
    )


def record_form(connection: Connection, programme: str) -> RecordForm:
    """The choices for a programme: four queries."""
    organisations = connection.execute(
        select(col(Organisation.id), col(Organisation.name)).order_by(col(Organisation.name))
    )
    rounds = connection.execute(
        select(col(Assessment.id), col(Assessment.round), col(Assessment.label))
        .outerjoin(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .where(col(Assessment.programme_id) == programme, col(RoundTeam.assessment_id).is_(None))
        .order_by(col(Assessment.round))
    )
    held_acts: Rows = (
        select(
            col(Recognition.id), col(Recognition.corrects), col(Recognition.act), col(Recognition.effective_on),
            col(Recognition.effective_precision),
        )
        .where(col(Recognition.programme_id) == programme)
        .order_by(col(Recognition.effective_on))
    )  # fmt: skip
    acts = connection.execute(held_acts)
    return RecordForm(
        tuple((row.id, row.name) for row in organisations),
        source_choices(connection),
        tuple((row.id, f"Round {row.round}" + (f", {row.label}" if row.label else "")) for row in rounds),
        tuple(
            (row.id, f"{RecognitionAct(row.act).label}, {sure_when(row.effective_on, row.effective_precision)}")
            for row in in_force(acts.all())
        ),
    )


# --- what waits ------------------------------------------------------------------------------------------

SOON = timedelta(days=30)


def put_to_deciders(connection: Connection, asked: Asked) -> list[Item]:
    """Proposals that want a voice, what bad reviews put to the deciders, conditions due, appeals without outcome."""
    items = [
        Item(
            f"{row.name}: vote on “{Act(row.word).label}”", f"/decisions/{row.id}#proposal",
            f"put by {row.said}; {1 + row.many} of {row.number} voices", urgent=True,
        )
        for row in asked.rows["proposal"]
    ]  # fmt: skip
    for row in asked.rows["trigger"]:
        if row.word != "round":
            act = "?act=suspended" if row.word == "suspension" else ""
            title = f"{row.name}: a {row.word} is put to the deciders"
            items.append(Item(title, f"/decisions/{row.id}{act}", f"by the review of {say_day(row.on)}", urgent=True))
    items += [
        Item(
            f"{row.name}: condition “{row.said[:80]}”", f"/decisions/{row.id}#set-conditions",
            f"{'was due' if row.on < asked.today else 'due'} {say_day(row.on)}", urgent=row.on < asked.today,
        )
        for row in asked.rows["condition"]
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


def triggered(asked: Asked) -> Rows:
    """What bad reviews have put to somebody."""
    return _put(
        *shaped(
            "trigger", order=(col(MonitoringReview.at),), id=col(Programme.id), name=col(Programme.short_name),
            word=col(MonitoringReview.triggers), on=col(MonitoringReview.reviewed_on),
        )
    ).where(col(Programme.example).is_(asked.someone.is_demonstration))  # fmt: skip


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


SECTIONS.append(
    Waiting(
        "deciding",
        "Put to the deciders",
        frozenset({Role.DECIDER}),
        put_to_deciders,
        "No proposal wants your voice, no review puts anything to you, no condition is due and no appeal is open.",
        (_unvoted, triggered, _conditions_due, _open_appeals),
    )
)
