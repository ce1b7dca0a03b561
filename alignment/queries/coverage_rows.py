"""What stands behind coverage, for all programmes at once: one wide query, and one for the ratings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Row,
    Select,
    String,
    Subquery,
    bindparam,
    cast,
    literal,
    null,
    select,
    union_all,
)
from sqlmodel import col

from alignment.domain.assessment import Certainty
from alignment.domain.catalogue import Part
from alignment.domain.rating import Level
from alignment.queries.facts import Chosen, Width, asked_of, in_force, when, width, within
from alignment.queries.records import Ground
from alignment.tables import (
    ActionCriterion,
    Assessment,
    CorrectiveAction,
    Decision,
    Equivalence,
    Finding,
    Metal,
    Organisation,
    PartProgress,
    Programme,
    RatingVersion,
    Result,
    Source,
)
from alignment.tables.base import Utc

Rows = Mapping[str, list[Row[Any]]]
"""Rows by kind: round, progress, result, finding, decision, action, answer, equivalence."""

# The columns of every branch, with what stands where a branch has nothing to say. The types are written
# out because a union takes them from its first branch, and PostgreSQL insists that all agree.
_USUAL: dict[str, ColumnElement[Any]] = {
    "id": literal(""), "programme": literal(""), "corrects": cast(null(), String), "on": cast(null(), Date),
    "precision": literal(""), "until_on": cast(null(), Date), "position": literal(0), "round": literal(0),
    "number": literal(0), "about": literal(""), "word": literal(""), "title": literal(""), "said": literal(""),
    "more": literal(""), "flag": literal(False), "source_id": cast(null(), String), "place": literal(""),
    "certainty": literal(""), "remark": literal(""), "recorded_at": cast(null(), Utc),
}  # fmt: skip


def read_rows(
    connection: Connection, *, known_at: datetime | None, example: bool, chosen: Chosen | None = None
) -> Rows:
    """What was learned by a moment about every programme of the register, of the worked example, or about a few."""
    asked = {"known_at": known_at, **asked_of(chosen)}
    kinds: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_everything(known_at is not None, example, width(chosen)), asked):
        kinds[row.kind].append(row)
    return defaultdict(list, {kind: sorted(in_force(rows), key=_in_order) for kind, rows in kinds.items()})


def _in_order(row: Row[Any]) -> tuple[int, int]:
    return row.round, row.position


def read_learned(connection: Connection, chosen: Chosen) -> Mapping[str, Rows]:
    """All that was ever learned about the rounds of a few programmes, by programme: what was corrected later is among
    it, and no document. Every row says when it was recorded.
    """
    found: dict[str, dict[str, list[Row[Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(connection.execute(_learned(), asked_of(chosen)), key=_in_order):
        found[row.programme][row.kind].append(row)
    return found


def read_equivalences(connection: Connection, *, example: bool) -> Sequence[Row[Any]]:
    """What the LME ever accepted in place of any programme of the register, or of the worked example."""
    return connection.execute(_equivalences(example)).all()


def ground(row: Row[Any] | None) -> Ground | None:
    """The document that a row rests on."""
    if row is None or not row.source_id:
        return None
    return Ground(
        source=row.source_id, title=row.source_title, issuer=row.source_issuer,
        date=when(row.source_issued_on, row.source_issued_precision), place=row.place,
        how_sure=Certainty(row.certainty), remark=row.remark, about_source=row.source_remark,
    )  # fmt: skip


Levels = Mapping[tuple[str, Part], Mapping[str, Level]]
"""Ratings by assessment and part, each by criterion."""


def read_levels(
    connection: Connection, assessments: Iterable[str], *, as_at: date, known_at: datetime | None
) -> Levels:
    """The ratings of these assessments as they stood on a date, as known at a moment."""
    return levels_of(read_versions(connection, assessments, known_at=known_at, until=as_at))


def read_versions(
    connection: Connection, assessments: Iterable[str], *, known_at: datetime | None, until: date = date.max
) -> Sequence[Row[Any]]:
    """Every rating of these assessments that began to hold by a day, in the order in which they were given."""
    wanted = list(assessments)
    if not wanted:
        return ()
    version = RatingVersion
    statement: Select[*tuple[Any, ...]] = (
        select(
            col(version.assessment_id), col(version.part), col(version.criterion), col(version.level),
            col(version.effective_on), col(version.rated_at),
        )
        .where(col(version.assessment_id).in_(wanted), col(version.effective_on) <= until)
        .order_by(col(version.version))
    )  # fmt: skip
    if known_at is not None:
        statement = statement.where(col(version.rated_at) <= known_at)
    return connection.execute(statement).all()


def levels_of(versions: Iterable[Row[Any]]) -> Levels:
    """The ratings that stand after these."""
    newest = {(row.assessment_id, row.part, row.criterion): row.level for row in versions}
    found: dict[tuple[str, Part], dict[str, Level]] = defaultdict(dict)
    for (assessment, part, criterion), level in newest.items():
        if level:  # a version without one took the rating back
            found[assessment, _PARTS[part]][criterion] = _LEVELS[level]
    return found


_PARTS = {part.value: part for part in Part}
_LEVELS = {level.value: level for level in Level}


def read_metals(connection: Connection) -> list[Row[Any]]:
    """All metals in their order, each with the source on its settlement."""
    return list(
        connection.execute(
            select(
                col(Metal.id), col(Metal.name), col(Metal.lme_settled), col(Metal.source_id), col(Metal.place),
                col(Metal.certainty), col(Metal.remark), *_source(),
            )
            .outerjoin(Source, col(Source.id) == Metal.source_id)
            .order_by(col(Metal.position), col(Metal.name))
        )
    )  # fmt: skip


def _source() -> tuple[ColumnElement[Any], ...]:
    return (
        col(Source.title).label("source_title"), col(Source.issuer).label("source_issuer"),
        col(Source.issued_on).label("source_issued_on"),
        col(Source.issued_precision).label("source_issued_precision"), col(Source.remark).label("source_remark"),
    )  # fmt: skip


def _branch(kind: str, given: Mapping[str, Any]) -> Select[Any]:
    return select(literal(kind).label("kind"), *(given.get(name, usual).label(name) for name, usual in _USUAL.items()))


def _sourced(table: Any) -> dict[str, Any]:
    return {name: col(getattr(table, name)) for name in ("id", "source_id", "place", "certainty", "remark")}


def _recorded(kind: str, table: Any, **own: Any) -> Select[Any]:
    """A branch of dated facts."""
    dated = {
        "recorded_at": col(table.recorded_at),
        "corrects": col(table.corrects), "position": col(table.position), "on": col(table.effective_on),
        "precision": col(table.effective_precision),
    }  # fmt: skip
    return _branch(kind, _sourced(table) | dated | own)


@lru_cache
def _everything(known: bool, example: bool, width: Width) -> Select[Any]:
    learned = [
        statement.where(table.recorded_at <= bindparam("known_at", type_=Utc)) if known else statement
        for statement, table in (*_of_rounds(), *_of_programmes())
    ]
    every = union_all(*learned).subquery()
    return within(_with_source(every, example), every.c.programme, width)


@cache
def _learned() -> Select[Any]:
    every = union_all(*(statement for statement, _ in _of_rounds())).subquery()
    return within(select(every), every.c.programme, Width.CHOSEN)


@lru_cache
def _equivalences(example: bool) -> Select[Any]:
    return _with_source(_of_programmes()[-1][0].subquery(), example)


def _with_source(facts: Subquery, example: bool) -> Select[Any]:
    return (
        select(facts, *_source())
        .join(Programme, col(Programme.id) == facts.c.programme)
        .outerjoin(Source, col(Source.id) == facts.c.source_id)
        .where(col(Programme.example).is_(example))
    )


def _of_rounds() -> list[tuple[Select[Any], Any]]:
    """Rounds with their results and findings, and the actions that answer them."""
    of_round = {"round": col(Assessment.round), "programme": col(Assessment.programme_id)}
    rounds = _branch(
        "round",
        _sourced(Assessment)
        | of_round
        | {
            "about": col(Assessment.edition),
            "title": col(Assessment.label),
            "flag": col(Assessment.published),
            "recorded_at": col(Assessment.recorded_at),
        },
    )
    results = _recorded(
        "result", Result, about=col(Result.scope), title=col(Result.kind), word=col(Result.level),
        said=col(Result.statement), more=col(Result.rests_on), **of_round,
    ).join(Assessment, col(Assessment.id) == Result.assessment_id)  # fmt: skip
    findings = _recorded(
        "finding", Finding, about=col(Finding.part), title=col(Finding.group), word=col(Finding.level),
        said=col(Finding.statement), more=col(Finding.criterion), number=col(Finding.number), **of_round,
    ).join(Assessment, col(Assessment.id) == Finding.assessment_id)  # fmt: skip
    progress = _recorded(
        "progress", PartProgress, about=col(PartProgress.part), word=col(PartProgress.progress), **of_round
    ).join(Assessment, col(Assessment.id) == PartProgress.assessment_id)
    actions = _branch(
        "action",
        _sourced(CorrectiveAction)
        | of_round
        | {
            "title": col(CorrectiveAction.title), "said": col(CorrectiveAction.root_cause),
            "on": col(CorrectiveAction.due_on), "until_on": col(CorrectiveAction.expected_on),
            "flag": col(CorrectiveAction.number_known), "position": col(CorrectiveAction.position),
            "more": col(Organisation.name), "recorded_at": col(CorrectiveAction.recorded_at),
        },
    )  # fmt: skip
    answers = _branch(
        "answer",
        of_round
        | {
            "about": col(ActionCriterion.action_id), "word": col(ActionCriterion.part),
            "title": col(ActionCriterion.criterion), "flag": col(ActionCriterion.our_reading),
            "recorded_at": col(CorrectiveAction.recorded_at),
        },
    ).join(CorrectiveAction, col(CorrectiveAction.id) == ActionCriterion.action_id)  # fmt: skip
    of_action = col(Assessment.id) == CorrectiveAction.assessment_id
    return [
        (rounds, Assessment),
        (results, Result),
        (progress, PartProgress),
        (findings.where(col(Assessment.published).is_(True)), Finding),
        (
            actions.join(Assessment, of_action).outerjoin(
                Organisation, col(Organisation.id) == CorrectiveAction.owner_id
            ),
            CorrectiveAction,
        ),
        (answers.join(Assessment, of_action), CorrectiveAction),
    ]


def _of_programmes() -> list[tuple[Select[Any], Any]]:
    """The LME's decisions, and what it accepts in place of a programme."""
    decisions = _recorded(
        "decision", Decision, programme=col(Decision.programme_id), word=col(Decision.act),
        said=col(Decision.reason), more=col(Decision.conditions),
    )  # fmt: skip
    equivalences = _recorded(
        "equivalence", Equivalence, programme=col(Equivalence.programme_id), title=col(Equivalence.name),
        about=col(Equivalence.stands_for), said=col(Equivalence.statement),
    ).where(col(Equivalence.kind) == "declaration")  # fmt: skip
    return [(decisions, Decision), (equivalences, Equivalence)]
