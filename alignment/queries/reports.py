"""Reports from the public: for the one who holds the receipt, for everybody, and for those who answer."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, select
from sqlmodel import col

from alignment.domain.frozen import dataclass
from alignment.domain.people import Do
from alignment.domain.when import say_day
from alignment.queries.facts import Rows
from alignment.queries.work import SECTIONS, Asked, Item, Waiting, branch
from alignment.tables import Report


@dataclass(frozen=True, slots=True)
class Receipt:
    """A report as its receipt shows it: never who sent it."""

    number: str
    kind: str
    about: str
    text: str
    received_at: datetime
    answer_due_on: date
    answer: str
    answered_at: datetime | None
    answer_public: bool


@dataclass(frozen=True, slots=True)
class ToAnswer:
    """A report as those who answer it see it."""

    receipt: Receipt
    email: str
    version: int

    def overdue(self, today: date) -> bool:
        return self.receipt.answered_at is None and self.receipt.answer_due_on < today


def receipt(connection: Connection, number: str) -> Receipt | None:
    """The report of a receipt number: one query."""
    row = connection.execute(_public().where(col(Report.id) == number)).first()
    return Receipt(*row) if row else None


def answered_in_public(connection: Connection, most: int = 20) -> tuple[Receipt, ...]:
    """What was answered for everybody to read, newest first: one query."""
    rows = connection.execute(
        _public()
        .where(col(Report.answer_public).is_(True), col(Report.answered_at).is_not(None))
        .order_by(col(Report.answered_at).desc())
        .limit(most)
    )
    return tuple(Receipt(*row) for row in rows)


def to_answer(connection: Connection) -> tuple[ToAnswer, ...]:
    """Every report, those without an answer first and by their day: one query."""
    rows = connection.execute(
        _public()
        .add_columns(col(Report.email), col(Report.version))
        .order_by(col(Report.answered_at).is_not(None), col(Report.answer_due_on), col(Report.received_at))
        .limit(500)
    )
    return tuple(ToAnswer(Receipt(*row[:9]), row[9], row[10]) for row in rows)


def to_mail(connection: Connection, since: datetime) -> tuple[str, ...]:
    """The numbers of those answered since a moment whose sender left an address: one query."""
    statement = (
        select(col(Report.id))
        .where(col(Report.email) != "", col(Report.answered_at) > since)
        .order_by(col(Report.answered_at), col(Report.id))
    )
    return tuple(connection.execute(statement).scalars())


def _public() -> Rows:
    return select(
        col(Report.id), col(Report.kind), col(Report.about), col(Report.text), col(Report.received_at),
        col(Report.answer_due_on), col(Report.answer), col(Report.answered_at), col(Report.answer_public),
    )  # fmt: skip


def _unanswered(asked: Asked) -> Rows:
    return branch(
        "report", order=(col(Report.answer_due_on), col(Report.received_at)), id=col(Report.id),
        word=col(Report.kind), said=col(Report.about), on=col(Report.answer_due_on),
    ).where(col(Report.answered_at).is_(None))  # fmt: skip


def unanswered(connection: Connection, asked: Asked) -> list[Item]:
    """Reports that wait for an answer."""
    return [
        Item(
            f"{row.word.capitalize()} about {row.said[:80]}",
            f"/reports#{row.id}",
            f"answer {'was due' if row.on < asked.today else 'due'} {say_day(row.on)}",
            urgent=row.on < asked.today,
        )
        for row in asked.rows["report"]
    ]


SECTIONS.append(
    Waiting(
        "reports",
        "Reports to answer",
        frozenset(),
        unanswered,
        "Every report from the public is answered.",
        (_unanswered,),
        Do.ANSWER_REPORTS,
    )
)
