"""The records of one programme, read in one wide query and one for its ratings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Integer,
    Row,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlmodel import col

from alignment.domain.action import ActionState
from alignment.domain.assessment import Progress, ResultKind, Scope
from alignment.domain.catalogue import Part
from alignment.domain.decision import Act
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.queries.discussion import Reply, public_reply_rows, replies_of
from alignment.queries.facts import (
    alone,
    in_force,
    made_public,
    name_learned,
    named_on,
    named_programmes,
    public_at,
    public_on,
    replaces,
    round_told,
    said_moment,
    sure_when,
    when,
)
from alignment.queries.records import (
    Action,
    Answer,
    AppealLine,
    DecisionEntry,
    Document,
    EquivalenceEntry,
    EvidenceEntry,
    FindingEntry,
    MonitoringEntry,
    PrintedName,
    ProgressEntry,
    PublicChange,
    RatingRecord,
    RecognitionEntry,
    Records,
    ResultEntry,
    Round,
    Sibling,
    StatementEntry,
    StepEntry,
)
from alignment.queries.said import said
from alignment.queries.stated import ground_of, own_ground
from alignment.queries.wordings import kept_secret, own_evidence
from alignment.tables import (
    ActionCriterion,
    ActionStep,
    Appeal,
    Assessment,
    AssuranceProcess,
    Comment,
    CorrectiveAction,
    Decision,
    Equivalence,
    Evidence,
    Finding,
    MonitoringPoint,
    Organisation,
    PartProgress,
    Programme,
    ProgrammeName,
    RatingEvidence,
    RatingVersion,
    Recognition,
    Result,
    SignificantChange,
    Source,
    Standard,
    StandardOwner,
    Statement,
)
from alignment.tables.base import Utc


def read_records(
    connection: Connection, slug: str, known_at: datetime | None, *, as_at: date = date.max, texts_of: int | None = None
) -> Records | None:
    """The records of a programme, or None where there is no such programme: four queries.

    It has the name of the day as known at the moment, or its first where none was known by then.
    With ``texts_of`` the ratings are those of that round alone, with their texts.
    """
    named = named_programmes(connection, span=alone(slug))
    if not named:
        return None
    programme = next(iter(named_on(named, as_at, known_at)), named[0].row)
    asked = {"slug": slug, "as_at": as_at, "known_at": known_at, "round": texts_of}
    asked["known_by"] = said_moment(known_at) if known_at else ""
    rows = _by_kind(connection.execute(_everything(known_at is not None), asked))
    return Records(
        programme=programme,
        known_at=known_at,
        ground=ground_of(rows["programme"][0]),
        standard=_document(rows["standard"][0]),
        process=_document(rows["process"][0]) if rows["process"] else None,
        standard_owners=tuple(row.title for row in rows["owner"]),
        owners=frozenset(_owners(rows)),
        names=tuple(
            PrintedName(row.title, row.word == "table", ground_of(row), row.on)
            for row in rows["name"]
            if row.on is None or row.on <= as_at
        ),
        siblings=tuple(Sibling(row.id, row.title, row.about or "") for row in rows["sibling"]),
        changes=tuple(
            PublicChange(row.title, row.said, row.on, row.until_on, row.recorded_at)
            for row in sorted(rows["change"], key=lambda row: row.on)
        ),
        rounds=tuple(_round(row) for row in rows["round"]),
        progress=tuple(
            ProgressEntry(**_dated(row), round=row.round, part=Part(row.about), progress=Progress(row.word))
            for row in rows["progress"]
        ),
        results=tuple(_result(row) for row in rows["result"]),
        findings=tuple(_finding(row) for row in rows["finding"]),
        decisions=tuple(_decision(row) for row in rows["decision"]),
        recognitions=tuple(_recognition(row) for row in rows["recognition"]),
        appeals=_appeals(rows["appeal"]),
        actions=tuple(_actions(rows)),
        monitoring=tuple(
            MonitoringEntry(
                **_dated(row), for_all=bool(row.flag), recommended_by=row.title, owner=row.about, statement=row.said
            )
            for row in rows["monitoring"]
        ),
        statements=tuple(_statement(row) for row in rows["statement"]),
        equivalences=tuple(
            EquivalenceEntry(
                **_dated(row), kind=row.word, name=row.title, stands_for=row.about, statement=row.said
            )
            for row in rows["equivalence"]
        ),
        evidence=tuple(_evidence(row) for row in rows["evidence"]),
        ratings=tuple(
            _rating(row) for row in connection.execute(_ratings(known_at is not None, texts_of is not None), asked)
        ),
    )  # fmt: skip


# --- rows to records ---------------------------------------------------------------------------------

Rows = Mapping[str, list[Row[Any]]]


def _by_kind(found: Iterable[Row[Any]]) -> Rows:
    """The rows of each kind in their order, corrected ones left out."""
    kinds: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in found:
        kinds[row.kind].append(row)
    ordered = {kind: sorted(in_force(rows), key=lambda row: (row.round, row.position)) for kind, rows in kinds.items()}
    return defaultdict(list, ordered)


def _owners(rows: Rows) -> Iterator[str]:
    """Who owns a piece of the programme, by id."""
    yield from (row.id for row in rows["owner"])
    yield from (row.about for kind in ("programme", "process") for row in rows[kind] if row.about)


def _dated(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id, "effective": sure_when(row.on, row.precision), "announced_on": row.announced_on,
        "recorded_at": row.recorded_at, "order": row.position, "corrects": row.corrects or "",
        "ground": ground_of(row),
    }  # fmt: skip


def _document(row: Row[Any]) -> Document:
    issued = when(row.on, row.precision or None)
    return Document(row.title, row.word, issued, row.said, row.by or "", ground_of(row))


def _round(row: Row[Any]) -> Round:
    return Round(row.id, row.round, row.title, row.about, row.by or "", row.number or 0, bool(row.flag), ground_of(row))


def _result(row: Row[Any]) -> ResultEntry:
    return ResultEntry(
        **_dated(row), round=row.round, scope=Scope(row.about), kind=ResultKind(row.title),
        level=Level(row.word), statement=row.said, rests_on=row.more,
    )  # fmt: skip


def _finding(row: Row[Any]) -> FindingEntry:
    return FindingEntry(
        **_dated(row), round=row.round, part=Part(row.about), group=row.title, level=Level(row.word),
        number=row.number, criterion=row.more or "", statement=row.said,
    )  # fmt: skip


def _decision(row: Row[Any]) -> DecisionEntry:
    told = _dated(row) | {"ground": ground_of(row) or own_ground(row.id)}
    return DecisionEntry(
        **told, act=Act(row.word), reason=row.said, conditions=row.more, against_advice=row.about,
        published_note=row.title, published_link=row.link, replaces=bool(row.flag),
    )  # fmt: skip


def _recognition(row: Row[Any]) -> RecognitionEntry:
    return RecognitionEntry(
        **_dated(row), authority=row.by, under=row.about, act=RecognitionAct(row.word), reference=row.title,
        statement=row.said,
    )  # fmt: skip


def _appeals(rows: Iterable[Row[Any]]) -> Mapping[str, Sequence[AppealLine]]:
    found: dict[str, list[AppealLine]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.on, row.recorded_at)):
        line = AppealLine(
            row.id, row.title, row.said, row.on, row.word, row.until_on, row.more, row.ended_at, row.number
        )
        found[row.about].append(line)
    return found


def _statement(row: Row[Any]) -> StatementEntry:
    return StatementEntry(
        **_dated(row), subject=row.about, topic=row.word, said_by=row.by, title=row.title, text=row.said,
        until_on=row.until_on,
    )  # fmt: skip


def _evidence(row: Row[Any]) -> EvidenceEntry:
    secret = bool(row.flag)
    told = _dated(row) | ({"ground": None} if secret else {})
    return EvidenceEntry(
        **told, round=row.round, kind=row.word, reference="" if secret else row.title,
        link="" if secret else row.link, collected_on=None if secret else row.until_on, confidential=secret,
    )  # fmt: skip


def _rating(row: Row[Any]) -> RatingRecord:
    told = row._mapping
    return RatingRecord(
        row.round, Part(row.part), row.criterion, row.version, Level(row.level) if row.level else None,
        row.effective_on, row.public_on, row.carried_from or "",
        **{name: told[name] for name in _TEXTS if name in told},
    )  # fmt: skip


def _actions(rows: Rows) -> Iterable[Action]:
    steps: dict[str, list[StepEntry]] = defaultdict(list)
    for row in rows["step"]:
        steps[row.about].append(
            StepEntry(
                **_dated(row), action=row.about, state=ActionState(row.word), as_reported=bool(row.flag),
                by=row.by or "", statement=row.said,
            )
        )  # fmt: skip
    answers = {
        action: tuple(Answer(Part(row.word), row.title, bool(row.flag)) for row in of_action)
        for action, of_action in groupby(sorted(rows["answer"], key=_by_criterion), key=lambda row: row.about)
    }
    for row in rows["action"]:
        yield Action(
            id=row.id, round=row.round, title=row.title, root_cause=row.said, owner=row.by or "",
            due_on=row.on, expected_on=row.until_on, number_known=bool(row.flag),
            criteria=answers.get(row.id, ()), steps=tuple(steps[row.id]), ground=ground_of(row),
        )  # fmt: skip


def _by_criterion(row: Row[Any]) -> tuple[str, str, str]:
    return (row.about, row.title, row.word)


# --- the wide query -----------------------------------------------------------------------------------

# The columns of every branch, with what stands where a branch has nothing to say. The types are written
# out because a union takes them from its first branch, and PostgreSQL insists that all agree.
_USUAL: dict[str, ColumnElement[Any]] = {
    "id": literal(""), "corrects": cast(null(), String), "recorded_at": cast(null(), Utc),
    "on": cast(null(), Date), "precision": literal(""), "announced_on": cast(null(), Date),
    "until_on": cast(null(), Date), "position": literal(0), "round": literal(0), "number": literal(0),
    "about": literal(""), "word": literal(""), "title": literal(""), "said": literal(""),
    "more": literal(""), "link": literal(""), "by": literal(""), "flag": literal(False),
    "ended_at": cast(null(), Utc),
    "source_id": cast(null(), String), "place": literal(""), "certainty": literal(""), "remark": literal(""),
}  # fmt: skip


def _branch(kind: str, given: Mapping[str, Any]) -> Select[Any]:
    return select(literal(kind).label("kind"), *(given.get(name, usual).label(name) for name, usual in _USUAL.items()))


def _sourced(table: Any) -> dict[str, Any]:
    return {name: col(getattr(table, name)) for name in ("source_id", "place", "certainty", "remark")}


def _recorded(kind: str, table: Any, **own: Any) -> Select[Any]:
    """A branch of dated facts."""
    same = {name: col(getattr(table, name)) for name in ("id", "corrects", "recorded_at", "announced_on", "position")}
    dated = {"on": col(table.effective_on), "precision": col(table.effective_precision)}
    return _branch(kind, same | dated | _sourced(table) | own)


@lru_cache
def _everything(known: bool) -> Select[Any]:
    """All rows about the programme ``:slug``, learned by ``:known_at`` where that is asked."""
    learned = (_learned(statement, table.recorded_at, known) for statement, table in _dated_facts(known))
    changes = _learned(_changes(), SignificantChange.accepted_at, known)
    appeals = _learned(_appealed(known), Appeal.recorded_at, known)
    every = union_all(*_undated(known), *learned, changes, appeals).subquery()
    return select(
        every, col(Source.title).label("source_title"), col(Source.issuer).label("source_issuer"),
        col(Source.issued_on).label("source_issued_on"),
        col(Source.issued_precision).label("source_issued_precision"), col(Source.remark).label("source_remark"),
    ).outerjoin(Source, col(Source.id) == every.c.source_id)  # fmt: skip


_SLUG = bindparam("slug", type_=String)


def _said(table: Any, name: str, known: bool) -> ColumnElement[str]:
    """A text of a kept record as it stood on the day, as known at the moment where one is asked for."""
    return said(table, name, bindparam("as_at", type_=Date), bindparam("known_at", type_=Utc) if known else None)


def _learned(statement: Select[Any], at: Any, known: bool) -> Select[Any]:
    return statement.where(at <= bindparam("known_at", type_=Utc)) if known else statement


def _appealed(known: bool) -> Select[Any]:
    """The appeals against decisions on the programme, each with its outcome where that was learned by then."""
    out = col(Appeal.outcome_recorded_at) <= bindparam("known_at", type_=Utc) if known else true()
    return (
        _branch(
            "appeal",
            {
                "id": col(Appeal.id), "about": col(Appeal.decision_id), "title": col(Appeal.by_organisation),
                "said": col(Appeal.text), "on": col(Appeal.filed_on), "recorded_at": col(Appeal.recorded_at),
                "word": case((out, col(Appeal.outcome)), else_=""), "more": col(Appeal.outcome_text),
                "until_on": col(Appeal.outcome_on), "ended_at": col(Appeal.outcome_recorded_at),
                "number": col(Appeal.version),
            },
        )
        .join(Decision, col(Decision.id) == Appeal.decision_id)
        .where(col(Decision.programme_id) == _SLUG)
    )  # fmt: skip


def _dated_facts(known: bool) -> list[tuple[Select[Any], Any]]:
    """The branches that the register learned at a moment, each with the table that says when."""
    of_round = {"round": col(Assessment.round)}
    by = _said(Organisation, "name", known)
    progress = _recorded(
        "progress", PartProgress, about=col(PartProgress.part), word=col(PartProgress.progress), **of_round
    )
    results = _recorded(
        "result", Result, about=col(Result.scope), title=col(Result.kind), word=col(Result.level),
        said=col(Result.statement), more=col(Result.rests_on), **of_round,
    )  # fmt: skip
    findings = _recorded(
        "finding", Finding, about=col(Finding.part), title=col(Finding.group), word=col(Finding.level),
        said=col(Finding.statement), more=col(Finding.criterion), number=col(Finding.number), **of_round,
    )  # fmt: skip
    evidence = _recorded(
        "evidence", Evidence, word=col(Evidence.kind), title=col(Evidence.reference), link=col(Evidence.link),
        until_on=col(Evidence.collected_on), flag=kept_secret(), **of_round,
    )  # fmt: skip
    steps = _recorded(
        "step", ActionStep, about=col(ActionStep.action_id), word=col(ActionStep.state),
        said=col(ActionStep.statement), flag=col(ActionStep.as_reported), by=by,
    )  # fmt: skip
    return [
        (_of_assessment(progress, PartProgress), PartProgress),
        (_of_assessment(results, Result), Result),
        (_of_assessment(findings, Finding).where(col(Assessment.published).is_(True)), Finding),
        (_of_assessment(evidence, Evidence).where(col(Assessment.published).is_(True), own_evidence()), Evidence),
        (
            steps.join(CorrectiveAction, col(CorrectiveAction.id) == ActionStep.action_id)
            .join(Assessment, col(Assessment.id) == CorrectiveAction.assessment_id)
            .outerjoin(Organisation, col(Organisation.id) == ActionStep.by_id)
            .where(col(Assessment.programme_id) == _SLUG),
            ActionStep,
        ),
        *_acts(known),
        *_rounds(known),
    ]


def _of_assessment(statement: Select[Any], table: Any) -> Select[Any]:
    return statement.join(Assessment, col(Assessment.id) == table.assessment_id).where(
        col(Assessment.programme_id) == _SLUG
    )


def _acts(known: bool) -> list[tuple[Select[Any], Any]]:
    """What others did and said about the programme, its standard and its assurance process."""
    decisions = _recorded(
        "decision", Decision, word=col(Decision.act), said=col(Decision.reason), more=col(Decision.conditions),
        about=col(Decision.against_advice), title=col(Decision.published_note), link=col(Decision.published_link),
        flag=replaces(),
    )  # fmt: skip
    recognitions = _recorded(
        "recognition", Recognition, word=col(Recognition.act), about=col(Recognition.under),
        title=col(Recognition.reference), said=col(Recognition.statement),
        by=_said(Organisation, "name", known),
    ).join(Organisation, col(Organisation.id) == Recognition.authority_id)  # fmt: skip
    monitoring = _recorded(
        "monitoring", MonitoringPoint, title=col(MonitoringPoint.recommended_by), about=col(MonitoringPoint.owner),
        said=col(MonitoringPoint.statement), flag=col(MonitoringPoint.programme_id).is_(None),
    )  # fmt: skip
    equivalences = _recorded(
        "equivalence", Equivalence, word=col(Equivalence.kind), title=col(Equivalence.name),
        about=col(Equivalence.stands_for), said=col(Equivalence.statement),
    )  # fmt: skip
    statements = _recorded(
        "statement", Statement, about=col(Statement.subject), word=col(Statement.topic), by=col(Statement.said_by),
        title=col(Statement.title), said=col(Statement.text), until_on=col(Statement.until_on),
    )  # fmt: skip
    subjects = union_all(
        select(literal("programme:", String) + _SLUG),
        select(literal("standard:", String) + col(Programme.standard_id)).where(col(Programme.id) == _SLUG),
        select(literal("process:", String) + col(Programme.assurance_process_id)).where(
            col(Programme.id) == _SLUG, col(Programme.assurance_process_id).is_not(None)
        ),
    )
    real = select(col(Programme.id)).where(col(Programme.id) == _SLUG, col(Programme.example).is_(False))
    for_all = col(MonitoringPoint.programme_id).is_(None) & real.exists()
    return [
        (decisions.where(col(Decision.programme_id) == _SLUG), Decision),
        (recognitions.where(col(Recognition.programme_id) == _SLUG), Recognition),
        (monitoring.where((col(MonitoringPoint.programme_id) == _SLUG) | for_all), MonitoringPoint),
        (equivalences.where(col(Equivalence.programme_id) == _SLUG), Equivalence),
        (statements.where(col(Statement.subject).in_(subjects)), Statement),
    ]


def _rounds(known: bool) -> list[tuple[Select[Any], Any]]:
    """The rounds of assessment, and the actions that answer them. One not public by the moment has no page then."""
    public: ColumnElement[bool] = col(Assessment.published).is_(True)
    if known:
        public = and_(public, round_told(bindparam("known_by", type_=String)))
    earlier = (
        select(Assessment.round.label("round"), Assessment.id.label("id"))  # type: ignore[attr-defined]
        .where(col(Assessment.programme_id) == _SLUG)
        .subquery()
    )
    rounds = (
        _branch(
            "round",
            _sourced(Assessment)
            | {
                "id": col(Assessment.id), "round": col(Assessment.round), "title": col(Assessment.label),
                "about": col(Assessment.edition), "by": _said(Organisation, "name", known), "number": earlier.c.round,
                "flag": public,
            },
        )
        .outerjoin(Organisation, col(Organisation.id) == Assessment.assessor_id)
        .outerjoin(earlier, earlier.c.id == Assessment.follows)
        .where(col(Assessment.programme_id) == _SLUG)
    )  # fmt: skip
    actions = _branch(
        "action",
        _sourced(CorrectiveAction)
        | {
            "id": col(CorrectiveAction.id), "round": col(Assessment.round), "title": col(CorrectiveAction.title),
            "said": col(CorrectiveAction.root_cause), "on": col(CorrectiveAction.due_on),
            "until_on": col(CorrectiveAction.expected_on), "flag": col(CorrectiveAction.number_known),
            "position": col(CorrectiveAction.position), "by": _said(Organisation, "name", known),
        },
    ).outerjoin(Organisation, col(Organisation.id) == CorrectiveAction.owner_id)  # fmt: skip
    answers = _branch(
        "answer",
        {
            "id": literal(""), "about": col(ActionCriterion.action_id), "word": col(ActionCriterion.part),
            "title": col(ActionCriterion.criterion), "flag": col(ActionCriterion.our_reading),
        },
    ).join(CorrectiveAction, col(CorrectiveAction.id) == ActionCriterion.action_id)  # fmt: skip
    return [
        (rounds, Assessment),
        (_of_assessment(actions, CorrectiveAction), CorrectiveAction),
        (_of_assessment(answers, CorrectiveAction), CorrectiveAction),
    ]


def _changes() -> Select[Any]:
    """Significant changes: the public reads one from when its wording is accepted."""
    told = {
        "recorded_at": col(SignificantChange.accepted_at), "on": col(SignificantChange.effective_on),
        "until_on": col(SignificantChange.transition_until), "title": col(SignificantChange.title),
        "said": col(SignificantChange.public_wording), "id": col(SignificantChange.id),
    }  # fmt: skip
    return _branch("change", told).where(
        col(SignificantChange.programme_id) == _SLUG, col(SignificantChange.accepted_at).is_not(None)
    )


def _undated(known: bool) -> list[Select[Any]]:
    """What the register says of the programme whatever the date. The first branch sets the types of the union."""
    this = _branch(
        "programme", _sourced(Programme) | {"id": col(Programme.id), "about": col(Programme.owner_id)}
    ).where(col(Programme.id) == _SLUG)
    names = _branch(
        "name",
        _sourced(ProgrammeName)
        | {
            "id": col(ProgrammeName.id), "title": col(ProgrammeName.name), "word": col(ProgrammeName.use),
            "position": col(ProgrammeName.position), "on": col(ProgrammeName.since),
        },
    ).where(col(ProgrammeName.programme_id) == _SLUG)  # fmt: skip
    if known:
        names = names.where(name_learned() <= bindparam("known_by"))
    mine = select(col(Programme.standard_id), col(Programme.assurance_process_id), col(Programme.example)).where(
        col(Programme.id) == _SLUG
    )
    own = mine.subquery()
    standard = _branch(
        "standard",
        _sourced(Standard)
        | {
            "id": col(Standard.id), "title": _said(Standard, "name", known),
            "word": _said(Standard, "edition", known),
            "said": col(Standard.summary), "on": col(Standard.issued_on), "precision": col(Standard.issued_precision),
        },
    ).join(own, own.c.standard_id == Standard.id)  # fmt: skip
    process = (
        _branch(
            "process",
            _sourced(AssuranceProcess)
            | {
                "id": col(AssuranceProcess.id), "title": _said(AssuranceProcess, "name", known),
                "said": col(AssuranceProcess.summary), "by": _said(Organisation, "name", known),
                "about": col(AssuranceProcess.owner_id),
            },
        )
        .join(own, own.c.assurance_process_id == AssuranceProcess.id)
        .outerjoin(Organisation, col(Organisation.id) == AssuranceProcess.owner_id)
    )  # fmt: skip
    owners = (
        _branch(
            "owner",
            {
                "id": col(Organisation.id),
                "title": _said(Organisation, "name", known),
                "position": col(StandardOwner.position),
            },
        )
        .join(StandardOwner, col(StandardOwner.organisation_id) == Organisation.id)
        .join(own, own.c.standard_id == StandardOwner.standard_id)
    )
    siblings = (
        _branch(
            "sibling",
            {
                "id": col(Programme.id), "title": _said(Programme, "short_name", known),
                "about": _said(AssuranceProcess, "name", known),
                "position": col(Programme.number),
            },
        )
        .join(own, (own.c.standard_id == Programme.standard_id) & (own.c.example == Programme.example))
        .outerjoin(AssuranceProcess, col(AssuranceProcess.id) == Programme.assurance_process_id)
        .where(col(Programme.id) != _SLUG)
    )  # fmt: skip
    return [this, names, standard, process, owners, siblings]


_TEXTS = ("rationale", "cites_standard", "cites_guidance")


@lru_cache
def _ratings(known: bool, texts: bool) -> Select[Any]:
    """Every version of every rating in the published rounds, or in ``:round`` with texts, in their order."""
    told: list[Any] = [
        Assessment.round, RatingVersion.part, RatingVersion.criterion, RatingVersion.version, RatingVersion.level,
        RatingVersion.effective_on, RatingVersion.carried_from, public_on().label("public_on"),
    ]  # fmt: skip
    told += [getattr(RatingVersion, name) for name in _TEXTS] if texts else []
    statement = (
        select(*told)
        .join(Assessment, col(Assessment.id) == RatingVersion.assessment_id)
        .where(col(Assessment.programme_id) == _SLUG, made_public(RatingVersion))
        .order_by(col(RatingVersion.version))
    )
    if texts:
        statement = statement.where(col(Assessment.round) == bindparam("round", type_=Integer))
    if known:
        statement = statement.where(public_at() <= bindparam("known_at", type_=Utc))
    return statement


def beside_ratings(
    connection: Connection, slug: str, number: int, as_at: date, known_at: datetime | None
) -> tuple[dict[tuple[Part, str], list[str]], tuple[Reply, ...]]:
    """What stands beside the ratings of a published round: the evidence of each, by part and criterion, and the
    owner's replies to closed parts. One query."""
    here = (col(Assessment.programme_id) == slug, col(Assessment.round) == number)
    replied: Any = (
        public_reply_rows(as_at, known_at).join(Assessment, col(Assessment.id) == Comment.assessment_id).where(*here)
    )
    linked: Any = (
        select(
            col(RatingEvidence.part), col(RatingEvidence.evidence_id), null(), col(RatingEvidence.criterion), null(),
            literal(0),
        )
        .join(Assessment, col(Assessment.id) == RatingEvidence.assessment_id)
        .where(*here, made_public(RatingEvidence))
    )  # fmt: skip
    rows = connection.execute(union_all(replied, linked)).all()
    links: dict[tuple[Part, str], list[str]] = defaultdict(list)
    for row in sorted((each for each in rows if each.at is None), key=lambda row: row.text):
        links[Part(row.part), row.name].append(row.text)
    return links, replies_of((each for each in rows if each.at is not None), as_at, known_at)
