"""What is said about a round: comments, points of fact and answers; and the replies that are public."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.frozen import dataclass
from alignment.domain.review import Speech
from alignment.queries.said import said
from alignment.tables import Comment, Organisation, PartStageStep, Person


@dataclass(frozen=True, slots=True)
class Speaking:
    """Something said about a round, with its answers."""

    id: str
    kind: Speech
    part: Part | None
    criterion: str
    text: str
    who: str
    organisation: str
    at: datetime
    public: bool
    answers: tuple[Speaking, ...] = ()

    @property
    def about(self) -> str:
        """What it is about: the round, a part, or a criterion in it."""
        if self.part is None:
            return "the round"
        return f"{self.criterion}, {self.part.label.lower()}" if self.criterion else f"the {self.part.value} part"


def spoken(connection: Connection, assessment: str, part: Part | None = None) -> tuple[Speaking, ...]:
    """What is said about a round, or one part of it, oldest first, each with its answers: one query."""
    statement: Any = (
        select(
            col(Comment.id), col(Comment.kind), col(Comment.part), col(Comment.criterion), col(Comment.text),
            col(Comment.at), col(Comment.public), col(Comment.answers), col(Person.name).label("who"),
            col(Organisation.name).label("organisation"),
        )
        .join(Person, col(Person.id) == Comment.by_id)
        .outerjoin(Organisation, col(Organisation.id) == Comment.for_organisation)
        .where(col(Comment.assessment_id) == assessment)
        .order_by(col(Comment.position))
    )  # fmt: skip
    if part is not None:
        statement = statement.where(col(Comment.part) == part.value)
    rows = connection.execute(statement).all()
    answers: dict[str, list[Speaking]] = defaultdict(list)
    for row in rows:
        if row.answers:
            answers[row.answers].append(_speaking(row))
    return tuple(replace(_speaking(row), answers=tuple(answers[row.id])) for row in rows if not row.answers)


def _speaking(row: Row[Any]) -> Speaking:
    return Speaking(
        id=row.id,
        kind=Speech(row.kind),
        part=Part(row.part) if row.part else None,
        criterion=row.criterion or "",
        text=row.text,
        who=row.who,
        organisation=row.organisation or "",
        at=row.at,
        public=bool(row.public),
    )


@dataclass(frozen=True, slots=True)
class Reply:
    """The right of reply: what a programme's owner says beside the result of a closed part."""

    part: Part
    text: str
    organisation: str
    at: datetime


def public_reply_rows(as_at: date | None = None, known_at: datetime | None = None) -> Any:
    """The rows of public replies to closed parts, whatever the round, with names as on a day, known at a moment."""
    closed = aliased(PartStageStep)
    return (
        select(
            col(Comment.part).label("part"), col(Comment.text).label("text"), col(Comment.at).label("at"),
            said(Organisation, "name", as_at, known_at).label("name"), col(closed.at).label("closed_at"),
            col(Comment.position).label("position"),
        )
        .join(closed, (col(closed.assessment_id) == Comment.assessment_id) & (col(closed.part) == Comment.part))
        .outerjoin(Organisation, col(Organisation.id) == Comment.for_organisation)
        .where(
            col(Comment.kind) == Speech.REPLY.value,
            col(Comment.public).is_(True),
            col(closed.stage) == PartStage.CLOSED.value,
        )
    )  # fmt: skip


def replies_of(rows: Iterable[Any], as_at: date | None, known_at: datetime | None) -> tuple[Reply, ...]:
    """The replies that stood on a date, as known at a moment, oldest first."""
    return tuple(
        Reply(Part(row.part), row.text, row.name or "", row.at)
        for row in sorted(rows, key=lambda row: row.position)
        if (as_at is None or max(row.at, row.closed_at).date() <= as_at)
        and (known_at is None or max(row.at, row.closed_at) <= known_at)
    )
