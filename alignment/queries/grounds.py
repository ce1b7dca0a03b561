"""The dated facts behind the status table, each in words with its document: one query for all programmes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, String, case, cast, exists, func, literal, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment import tables
from alignment.domain.action import ActionState
from alignment.domain.assessment import Progress, ResultKind, Scope
from alignment.domain.catalogue import Part
from alignment.domain.decision import Act
from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.table import Value
from alignment.domain.when import When
from alignment.queries.facts import Rows, in_force, sure_when

# Read as they are in SQL, where every attribute is a column.
_T: Any = tables


@dataclass(frozen=True, slots=True)
class GroundFact:
    """A fact behind a row of the table. ``acted`` says that somebody entered it as their own act."""

    id: str
    programme: str
    kind: str
    said: str
    effective: When
    recorded_at: datetime
    source_title: str
    place: str
    acted: bool

    @property
    def grounded(self) -> bool:
        """Whether it rests on a document or on an act of somebody who is held to it."""
        return bool(self.source_title) or self.acted

    def plain(self) -> dict[str, Value]:
        """As it is frozen with a publication."""
        return {
            "kind": self.kind,
            "said": self.said,
            "effective": self.effective.iso(),
            "source_title": self.source_title or None,
            "place": self.place or None,
        }


def ground_facts(connection: Connection) -> list[GroundFact]:
    """Every fact behind the table that stands uncorrected, whenever it holds, in order of time: one query."""
    rows = connection.execute(union_all(*_PARTS)).all()
    found = [_fact(row) for row in in_force(rows)]
    return sorted(found, key=lambda each: (each.effective.on, each.kind, each.id))


def since(facts: Iterable[GroundFact], *, after: date, learned: datetime | None) -> dict[str, list[dict[str, Value]]]:
    """What newly holds, by programme: facts that began after a day, and older ones learned after a moment."""
    found: dict[str, list[dict[str, Value]]] = defaultdict(list)
    for fact in facts:
        if fact.effective.on > after or (learned is not None and fact.recorded_at > learned):
            found[fact.programme].append(fact.plain())
    return dict(found)


def _fact(row: Row[Any]) -> GroundFact:
    return GroundFact(
        id=row.id,
        programme=row.programme,
        kind=_KINDS[row.kind][0],
        said=" ".join(_KINDS[row.kind][1](row).split()),
        effective=sure_when(row.effective_on, row.effective_precision),
        recorded_at=row.recorded_at,
        source_title=row.source_title or "",
        place=row.place,
        acted=bool(row.acted),
    )


def _decision(row: Row[Any]) -> str:
    return f"{Act(row.word).label}. {row.said}"


def _recognition(row: Row[Any]) -> str:
    return f"{RecognitionAct(row.word).label} by {row.head}, under {row.more}. {row.said}"


def _result(row: Row[Any]) -> str:
    kind = "" if row.more == ResultKind.PUBLISHED.value else " (computed)"
    return f"{Scope(row.head).label}: {Level(row.word).label.lower()}{kind}. {row.said}"


def _progress(row: Row[Any]) -> str:
    return f"{Part(row.head).label}: {Progress(row.word).label.lower()}"


def _step(row: Row[Any]) -> str:
    return f"{row.head}: {ActionState(row.word).label.lower()}. {row.said}"


_KINDS: Mapping[str, tuple[str, Callable[[Row[Any]], str]]] = {
    "decision": ("Decision of the LME", _decision),
    "recognition": ("Recognition", _recognition),
    "result": ("Result", _result),
    "part_progress": ("Part progress", _progress),
    "action_step": ("Corrective action", _step),
}


def _part(table: Any, programme: Any, *, word: Any, head: Any = "", more: Any = "", said: Any = "") -> Rows:
    by = aliased(_T.Event)
    name = table.__tablename__
    act = exists().where(by.subject == literal(f"{name}:").concat(table.id), by.actor.like("person:%"))
    statement: Rows = (
        select(
            literal(name).label("kind"),
            table.id.label("id"),
            table.corrects.label("corrects"),
            programme.label("programme"),
            _text(word).label("word"),
            _text(head).label("head"),
            _text(more).label("more"),
            _text(said).label("said"),
            table.effective_on.label("effective_on"),
            table.effective_precision.label("effective_precision"),
            table.recorded_at.label("recorded_at"),
            _T.Source.title.label("source_title"),
            table.place.label("place"),
            # Only of the few facts with no document is it asked who entered them.
            case((table.source_id.is_not(None), literal(False)), else_=act).label("acted"),
        )
        .select_from(table)
        .outerjoin(_T.Source, _T.Source.id == table.source_id)
    )
    return statement


def _text(given: Any) -> Any:
    return literal(given) if isinstance(given, str) else func.coalesce(cast(given, String), "")


def _parts() -> tuple[Rows, ...]:
    t = _T
    assessed = col(tables.Assessment.programme_id)
    return (
        _part(t.Decision, t.Decision.programme_id, word=t.Decision.act, said=t.Decision.reason),
        _part(
            t.Recognition, t.Recognition.programme_id, word=t.Recognition.act, head=t.Organisation.name,
            more=t.Recognition.under, said=t.Recognition.statement,
        ).join(t.Organisation, t.Organisation.id == t.Recognition.authority_id),
        _part(
            t.Result, assessed, word=t.Result.level, head=t.Result.scope, more=t.Result.kind, said=t.Result.statement
        )
        .join(t.Assessment, t.Assessment.id == t.Result.assessment_id)
        .where(t.Assessment.published.is_(True)),  # a result is told with its round, not before
        _part(t.PartProgress, assessed, word=t.PartProgress.progress, head=t.PartProgress.part).join(
            t.Assessment, t.Assessment.id == t.PartProgress.assessment_id
        ),
        _part(
            t.ActionStep, assessed, word=t.ActionStep.state, head=t.CorrectiveAction.title, said=t.ActionStep.statement
        )
        .join(t.CorrectiveAction, t.CorrectiveAction.id == t.ActionStep.action_id)
        .join(t.Assessment, t.Assessment.id == t.CorrectiveAction.assessment_id),
    )  # fmt: skip


_PARTS = _parts()
