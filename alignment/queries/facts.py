"""The dated facts of programmes, read with few wide queries and handed to the domain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import CompoundSelect, Connection, Row, Select, literal, select, union_all
from sqlmodel import col

from alignment.domain.action import ActionState
from alignment.domain.assessment import Progress, ResultKind, Route, Scope
from alignment.domain.catalogue import Part, Stage
from alignment.domain.decision import Act, Decision
from alignment.domain.programme import ActionFact, Held, ProgressFact, RecognitionFact, ResultFact, StepFact
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import Precision, When
from alignment.tables import (
    ActionStep,
    Assessment,
    AssuranceProcess,
    CorrectiveAction,
    Metal,
    Organisation,
    PartProgress,
    Programme,
    ProgrammeMetal,
    ProgrammeName,
    ProgrammeStage,
    Recognition,
    Result,
    Source,
    Standard,
)
from alignment.tables import Decision as DecisionRow

Rows: TypeAlias = "Select[*tuple[Any, ...]]"


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A document a fact rests on, with the place in it."""

    id: str
    title: str
    issuer: str
    issued: When | None
    place: str = ""


@dataclass(frozen=True, slots=True)
class MetalScope:
    """A metal that a programme covers, leaves out, or serves under a condition."""

    id: str
    name: str
    excluded: bool
    condition: str


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """What the register says of a programme whatever the date."""

    id: str
    number: int
    name: str
    short_name: str
    standard: str
    standard_id: str
    standard_edition: str
    process: str
    process_id: str
    owner: str
    route: Route
    metals_said: str
    stages_said: str
    all_minerals: bool
    superseded_by: str
    example: bool
    remark: str
    metals: tuple[MetalScope, ...] = ()
    stages: tuple[Stage, ...] = ()

    def covers_metal(self, metal: str) -> bool:
        """Whether a metal is in scope, exclusions respected."""
        named = {scope.id: scope for scope in self.metals}
        if metal in named:
            return not named[metal].excluded
        return self.all_minerals


def when(on: date | None, precision: str | None) -> When | None:
    """The date of a row with its precision."""
    return When(on, Precision(precision)) if on is not None and precision else None


def sure_when(on: date, precision: str) -> When:
    """The date of a fact, which always has one."""
    return When(on, Precision(precision))


def in_force(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The rows that no later row corrects."""
    corrected = {row.corrects for row in rows if row.corrects}
    return [row for row in rows if row.id not in corrected]


def programmes(connection: Connection, *, example: bool = False, only: str | None = None) -> list[ProgrammeRow]:
    """The programmes in the order in which they are printed, with metals and stages: two queries."""
    statement: Rows = (
        select(
            col(Programme.id), col(Programme.number), col(ProgrammeName.name), col(Programme.short_name),
            col(Standard.name).label("standard"), col(Standard.id).label("standard_id"),
            col(Standard.edition).label("edition"), col(AssuranceProcess.name).label("process"),
            col(AssuranceProcess.id).label("process_id"), col(Organisation.name).label("owner"),
            col(Programme.route), col(Programme.metals_said), col(Programme.stages_said),
            col(Programme.all_minerals), col(Programme.superseded_by), col(Programme.example),
            col(Programme.remark),
        )
        .join(ProgrammeName, (col(ProgrammeName.programme_id) == Programme.id) & (col(ProgrammeName.use) == "table"))
        .join(Standard, col(Standard.id) == Programme.standard_id)
        .outerjoin(AssuranceProcess, col(AssuranceProcess.id) == Programme.assurance_process_id)
        .outerjoin(Organisation, col(Organisation.id) == Programme.owner_id)
        .order_by(col(Programme.number))
    )  # fmt: skip
    statement = (
        statement.where(col(Programme.id) == only) if only else statement.where(col(Programme.example).is_(example))
    )
    metals, stages = _scopes(connection, only)
    return [
        ProgrammeRow(
            id=row.id, number=row.number, name=row.name, short_name=row.short_name, standard=row.standard,
            standard_id=row.standard_id, standard_edition=row.edition, process=row.process or "",
            process_id=row.process_id or "", owner=row.owner or "", route=Route(row.route),
            metals_said=row.metals_said, stages_said=row.stages_said, all_minerals=row.all_minerals,
            superseded_by=row.superseded_by or "", example=row.example, remark=row.remark,
            metals=tuple(metals[row.id]), stages=tuple(stages[row.id]),
        )
        for row in connection.execute(statement)
    ]  # fmt: skip


def _scopes(
    connection: Connection, only: str | None
) -> tuple[Mapping[str, list[MetalScope]], Mapping[str, list[Stage]]]:
    of_metals: Rows = select(
        col(ProgrammeMetal.programme_id).label("programme"), literal("metal").label("kind"),
        col(Metal.id).label("word"), col(Metal.name).label("name"), col(ProgrammeMetal.excluded).label("excluded"),
        col(ProgrammeMetal.condition).label("condition"), col(Metal.position).label("position"),
    ).join(Metal, col(Metal.id) == ProgrammeMetal.metal_id)  # fmt: skip
    of_stages: Rows = select(
        col(ProgrammeStage.programme_id), literal("stage"), col(ProgrammeStage.stage), literal(""),
        literal(False), literal(""), literal(0),
    )  # fmt: skip
    if only:
        of_metals = of_metals.where(col(ProgrammeMetal.programme_id) == only)
        of_stages = of_stages.where(col(ProgrammeStage.programme_id) == only)
    metals: dict[str, list[MetalScope]] = defaultdict(list)
    stages: dict[str, list[Stage]] = defaultdict(list)
    for row in sorted(connection.execute(union_all(of_metals, of_stages)), key=lambda row: row.position):
        if row.kind == "metal":
            metals[row.programme].append(MetalScope(row.word, row.name, bool(row.excluded), row.condition))
        else:
            stages[row.programme].append(Stage(row.word))
    for each in stages.values():
        each.sort(key=list(Stage).index)
    return metals, stages


Grouped: TypeAlias = dict[str, list[Row[Any]]]


def held(connection: Connection, rows: Iterable[ProgrammeRow], known_at: datetime | None) -> dict[str, Held]:
    """The dated facts of the given programmes as known at a moment: three queries for any number of them."""
    rows = list(rows)
    only = rows[0].id if len(rows) == 1 else None
    states = _grouped(connection, _states(only, known_at))
    actions = _actions(connection, only, known_at)
    acts = _grouped(connection, _acts(only, known_at))
    return {row.id: _held(row, states.get(row.id, []), actions.get(row.id, []), acts.get(row.id, [])) for row in rows}


def _held(row: ProgrammeRow, states: list[Row[Any]], actions: list[ActionFact], acts: list[Row[Any]]) -> Held:
    return Held(
        route=row.route,
        superseded=bool(row.superseded_by),
        progress=tuple(
            ProgressFact(Part(each.what), Progress(each.word), _effective(each), each.position, each.round)
            for each in states
            if each.kind == "progress"
        ),
        results=tuple(
            ResultFact(
                Scope(each.what),
                ResultKind(each.kind),
                Level(each.word),
                _effective(each),
                each.position,
                each.round,
            )
            for each in states
            if each.kind != "progress"
        ),
        actions=tuple(actions),
        recognitions=tuple(
            RecognitionFact(RecognitionAct(each.word), _effective(each), each.position)
            for each in acts
            if each.kind == "recognition"
        ),
        decisions=tuple(
            Decision(each.id, Act(each.word), _effective(each), each.position)
            for each in acts
            if each.kind == "decision"
        ),
        reported=tuple(_reported(each) for each in (*states, *acts)),
    )


def _effective(row: Row[Any]) -> When:
    return sure_when(row.effective_on, row.effective_precision)


def _reported(row: Row[Any]) -> date:
    """The day up to which a fact was reported: its own day, or that of its source where that is later."""
    effective: date = row.effective_on
    return max(effective, row.issued_on or effective)


def _grouped(connection: Connection, statement: CompoundSelect[*tuple[Any, ...]]) -> Grouped:
    grouped: Grouped = defaultdict(list)
    for row in in_force(connection.execute(statement).all()):
        grouped[row.programme].append(row)
    return grouped


def known(statement: Rows, table: Any, known_at: datetime | None) -> Rows:
    """Only what the register had learned by a moment."""
    return statement.where(table.recorded_at <= known_at) if known_at else statement


def _states(only: str | None, known_at: datetime | None) -> CompoundSelect[*tuple[Any, ...]]:
    progress: Rows = (
        select(
            col(PartProgress.id).label("id"), col(PartProgress.corrects).label("corrects"),
            col(PartProgress.recorded_at).label("recorded_at"), col(Assessment.programme_id).label("programme"),
            col(Assessment.round).label("round"), literal("progress").label("kind"),
            col(PartProgress.part).label("what"), col(PartProgress.progress).label("word"),
            col(PartProgress.effective_on).label("effective_on"),
            col(PartProgress.effective_precision).label("effective_precision"),
            col(PartProgress.position).label("position"), col(Source.issued_on).label("issued_on"),
        )
        .join(Assessment, col(Assessment.id) == PartProgress.assessment_id)
        .outerjoin(Source, col(Source.id) == PartProgress.source_id)
    )  # fmt: skip
    results: Rows = (
        select(
            col(Result.id), col(Result.corrects), col(Result.recorded_at), col(Assessment.programme_id),
            col(Assessment.round), col(Result.kind), col(Result.scope), col(Result.level),
            col(Result.effective_on), col(Result.effective_precision), col(Result.position), col(Source.issued_on),
        )
        .join(Assessment, col(Assessment.id) == Result.assessment_id)
        .outerjoin(Source, col(Source.id) == Result.source_id)
    )  # fmt: skip
    if only:
        progress = progress.where(col(Assessment.programme_id) == only)
        results = results.where(col(Assessment.programme_id) == only)
    return union_all(known(progress, PartProgress, known_at), known(results, Result, known_at))


def _acts(only: str | None, known_at: datetime | None) -> CompoundSelect[*tuple[Any, ...]]:
    decisions: Rows = select(
        col(DecisionRow.id).label("id"), col(DecisionRow.corrects).label("corrects"),
        col(DecisionRow.recorded_at).label("recorded_at"), col(DecisionRow.programme_id).label("programme"),
        literal("decision").label("kind"), col(DecisionRow.act).label("word"),
        col(DecisionRow.effective_on).label("effective_on"),
        col(DecisionRow.effective_precision).label("effective_precision"),
        col(DecisionRow.position).label("position"), col(Source.issued_on).label("issued_on"),
    ).outerjoin(Source, col(Source.id) == DecisionRow.source_id)  # fmt: skip
    recognitions: Rows = select(
        col(Recognition.id), col(Recognition.corrects), col(Recognition.recorded_at),
        col(Recognition.programme_id), literal("recognition"), col(Recognition.act),
        col(Recognition.effective_on), col(Recognition.effective_precision), col(Recognition.position),
        col(Source.issued_on),
    ).outerjoin(Source, col(Source.id) == Recognition.source_id)  # fmt: skip
    if only:
        decisions = decisions.where(col(DecisionRow.programme_id) == only)
        recognitions = recognitions.where(col(Recognition.programme_id) == only)
    return union_all(known(decisions, DecisionRow, known_at), known(recognitions, Recognition, known_at))


def _actions(connection: Connection, only: str | None, known_at: datetime | None) -> dict[str, list[ActionFact]]:
    statement: Rows = (
        select(
            col(ActionStep.id), col(ActionStep.corrects), col(ActionStep.recorded_at), col(ActionStep.state),
            col(ActionStep.effective_on), col(ActionStep.effective_precision), col(ActionStep.position),
            col(CorrectiveAction.id).label("action"), col(CorrectiveAction.due_on),
            col(CorrectiveAction.expected_on), col(Assessment.programme_id).label("programme"),
        )
        .join(CorrectiveAction, col(CorrectiveAction.id) == ActionStep.action_id)
        .join(Assessment, col(Assessment.id) == CorrectiveAction.assessment_id)
        .order_by(col(CorrectiveAction.position), col(ActionStep.position))
    )  # fmt: skip
    if only:
        statement = statement.where(col(Assessment.programme_id) == only)
    steps: dict[tuple[str, str, date | None, date | None], list[StepFact]] = defaultdict(list)
    for row in in_force(connection.execute(known(statement, ActionStep, known_at)).all()):
        key = (row.programme, row.action, row.due_on, row.expected_on)
        steps[key].append(StepFact(ActionState(row.state), _effective(row), row.position))
    actions: dict[str, list[ActionFact]] = defaultdict(list)
    for (programme, action, due, expected), reached in steps.items():
        actions[programme].append(ActionFact(action, tuple(reached), due, expected))
    return actions
