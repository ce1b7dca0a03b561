"""What is held of a programme when somebody decides on it: read inside the act, so that it stays true."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from alignment.domain.assessment import Progress, ResultKind, Route, Scope
from alignment.domain.catalogue import Part
from alignment.domain.decision import Act
from alignment.domain.decision import Decision as Entry
from alignment.domain.programme import Held, ProgressFact, RecognitionFact, ResultFact
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.tables import Assessment, Decision, PartProgress, Programme, Recognition, Result

T = TypeVar("T", bound=Any)


def held_of(session: Session, programme: Programme) -> Held:
    """The dated facts that a decision and its advice rest on: four queries. Corrective actions bear on neither."""
    progress = session.exec(
        select(PartProgress, Assessment.round)
        .join(Assessment, col(Assessment.id) == PartProgress.assessment_id)
        .where(col(Assessment.programme_id) == programme.id)
    ).all()
    results = session.exec(
        select(Result, Assessment.round)
        .join(Assessment, col(Assessment.id) == Result.assessment_id)
        .where(col(Assessment.programme_id) == programme.id, col(Assessment.published).is_(True))
    ).all()
    rounds = {row.id: number for row, number in (*progress, *results)}
    return Held(
        route=Route(programme.route),
        superseded=bool(programme.superseded_by),
        progress=tuple(
            ProgressFact(Part(row.part), Progress(row.progress), row.effective, row.position, rounds[row.id])
            for row in in_force([row for row, _ in progress])
        ),
        results=tuple(
            ResultFact(
                Scope(row.scope), ResultKind(row.kind), Level(row.level), row.effective, row.position, rounds[row.id]
            )
            for row in in_force([row for row, _ in results])
        ),
        recognitions=tuple(
            RecognitionFact(RecognitionAct(row.act), row.effective, row.position)
            for row in in_force(_of(session, Recognition, programme.id))
        ),
        decisions=_decisions(_of(session, Decision, programme.id)),
    )


def _decisions(rows: Iterable[Decision]) -> tuple[Entry, ...]:
    every = list(rows)
    acts = {row.id: row.act for row in every}
    return tuple(
        Entry(
            row.id, Act(row.act), row.effective, row.position,
            replaces=row.corrects is not None and acts[row.corrects] != row.act,
        )
        for row in in_force(every)
    )  # fmt: skip


def in_force(rows: Iterable[T]) -> list[T]:
    """The rows that no later row corrects."""
    rows = list(rows)
    corrected = {row.corrects for row in rows if row.corrects}
    return [row for row in rows if row.id not in corrected]


def newest_entry(session: Session, programme: str) -> str | None:
    """The id of the entry that joined a programme's ledger last; None for an empty ledger."""
    return session.exec(
        select(Decision.id)
        .where(col(Decision.programme_id) == programme)
        .order_by(col(Decision.recorded_at).desc(), col(Decision.position).desc())
        .limit(1)
    ).first()


def _of(session: Session, table: type[T], programme: str) -> Iterable[T]:
    return session.exec(select(table).where(col(table.programme_id) == programme)).all()
