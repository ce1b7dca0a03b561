"""The ledger of the LME's decisions: every entry with its conditions, its appeals and what is known of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Date, Row, cast, func, literal, null, select, true, union_all
from sqlmodel import col

from alignment.domain.decision import Act, put_right, taken_ahead
from alignment.domain.frozen import dataclass
from alignment.domain.when import When
from alignment.queries.facts import Rows, SourceRef, sure_when, when
from alignment.queries.programmes import programme_names
from alignment.queries.records import AppealLine
from alignment.queries.triggers import Trigger, put_by_reviews
from alignment.tables import Appeal, Condition, ConditionMet, MonitoringReview, Person, Programme, Proposal, Source
from alignment.tables import Decision as DecisionRow
from alignment.tables.base import Utc


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
class DeclaredVoid:
    """That an entry was made by mistake and never held: said when, by whom, and why. ``id`` is the entry that says it;
    ``by`` is the person who put it, empty where it was recorded."""

    id: str
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry of the ledger. ``advice`` is what the facts advised when it was put, where it was put here.

    ``void`` is what declares it void, ``voids`` the act of the entry that it declares void itself.
    ``before`` is what the entry that it corrects said otherwise.
    """

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
    before: str
    void: DeclaredVoid | None
    voids: Act | None
    source: SourceRef | None
    remark: str
    conditions: tuple[ConditionLine, ...]
    appeals: tuple[AppealLine, ...]

    @property
    def in_force(self) -> bool:
        return not self.corrected_by

    def ahead(self, as_at: date) -> bool:
        """Whether it was decided by a day and takes effect after it."""
        taken = taken_ahead(self.effective, self.recorded_at.date(), self.announced_on)
        return taken is not None and taken <= as_at < self.effective.on


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the entries of a ledger, by the entry; and what reviews put to somebody."""

    conditions: dict[str, list[ConditionLine]] = field(default_factory=lambda: defaultdict(list))
    appeals: dict[str, list[AppealLine]] = field(default_factory=lambda: defaultdict(list))
    triggers: list[Trigger] = field(default_factory=list)


def beside_of(connection: Connection, programme: str = "", known_at: datetime | None = None) -> Beside:
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
        put = put_by_reviews(
            literal("trigger"), col(Programme.id), literal(""), col(MonitoringReview.statement), cast(null(), Date),
            col(MonitoringReview.reviewed_on), literal(""), literal(0), literal(0), col(Programme.short_name),
            col(MonitoringReview.triggers), col(MonitoringReview.at), cast(null(), Utc), col(Programme.example),
        )  # fmt: skip
        branches = [
            conditions.join(DecisionRow, col(DecisionRow.id) == Condition.decision_id).where(of_it),
            appeals.join(DecisionRow, col(DecisionRow.id) == Appeal.decision_id).where(of_it),
            put.where(col(Programme.id) == programme),
        ]
    beside = Beside()
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


def entries(
    connection: Connection, beside: Beside, *, programme: str = "", known_at: datetime | None = None
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
            col(Source.issued_precision), func.coalesce(col(Person.name), "").label("by"),
        )
        .join(Programme, col(Programme.id) == DecisionRow.programme_id)
        .outerjoin(Proposal, col(Proposal.id) == DecisionRow.id)
        .outerjoin(Person, col(Person.id) == Proposal.proposed_by)
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
    corrections = {row.corrects: row for row in rows if row.corrects}
    known = {row.id: row for row in rows}
    return tuple(_entry(row, known.get(row.corrects), corrections.get(row.id), beside) for row in rows)


def _entry(row: Row[Any], earlier: Row[Any] | None, later: Row[Any] | None, beside: Beside) -> LedgerEntry:
    """An entry with the one that it corrects and the one that corrects it."""
    ref = void = None
    if later is not None and later.act == Act.VOID:
        void = DeclaredVoid(later.id, later.recorded_at, later.by, later.reason)
    if row.source:
        ref = SourceRef(row.source, row.title, row.issuer, when(row.issued_on, row.issued_precision), row.place)
    return LedgerEntry(
        id=row.id, programme_id=row.programme_id, programme=row.short_name, example=bool(row.example),
        act=Act(row.act), effective=sure_when(row.effective_on, row.effective_precision),
        announced_on=row.announced_on, recorded_at=row.recorded_at, reason=row.reason,
        conditions_said=row.conditions, against_advice=row.against_advice, advice=row.advice or "",
        voices=row.quorum or 0, published_note=row.published_note, published_link=row.published_link,
        corrects=row.corrects or "", corrected_by=later.id if later else "", void=void,
        before=put_right(_said(earlier), _said(row)) if earlier else "",
        voids=Act(earlier.act) if earlier and row.act == Act.VOID else None, source=ref, remark=row.remark,
        conditions=tuple(beside.conditions[row.id]), appeals=tuple(beside.appeals[row.id]),
    )  # fmt: skip


def _said(row: Row[Any]) -> tuple[Act, When]:
    return Act(row.act), sure_when(row.effective_on, row.effective_precision)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The public ledger: what was decided by a day, as known at a moment; what takes effect later stands apart.

    ``later`` entries were decided after the day.
    """

    as_at: date
    known_at: datetime | None
    entries: tuple[LedgerEntry, ...]
    ahead: tuple[LedgerEntry, ...]
    later: int
    in_all: int
    programmes: tuple[tuple[str, str], ...]


def public_ledger(
    connection: Connection, *, as_at: date, known_at: datetime | None, act: str = "", programme: str = ""
) -> Ledger:
    """The ledger of the register with its filters: three queries."""
    every = entries(connection, beside_of(connection, known_at=known_at), known_at=known_at)
    fits = [
        each for each in every if (not act or each.act == act) and (not programme or each.programme_id == programme)
    ]
    held = tuple(each for each in fits if each.effective.on <= as_at)
    ahead = tuple(each for each in fits if each.ahead(as_at))
    return Ledger(
        as_at=as_at,
        known_at=known_at,
        entries=held,
        ahead=ahead,
        later=len(fits) - len(held) - len(ahead),
        in_all=len(every),
        programmes=programme_names(connection),
    )


def ledger_of(connection: Connection, programme: str) -> tuple[LedgerEntry, ...]:
    """The ledger of one programme: two queries."""
    return entries(connection, beside_of(connection, programme), programme=programme)
