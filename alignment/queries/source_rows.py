"""Every table whose rows rest on a source, read as facts with the same columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Date, String, case, cast, exists, func, literal, null, select, union_all
from sqlalchemy.orm import aliased

from alignment import tables
from alignment.queries.facts import Rows, said_moment
from alignment.queries.said import said
from alignment.queries.source_facts import Kind

WORDS = ("topic", "head", "says", "word", "by", "more", "verified")
"""What a fact may say besides its subject; each kind puts them together in its own way."""

# Read as they are in SQL, where every attribute is a column.
_T: Any = tables
Say: TypeAlias = Callable[[Any, str], ColumnElement[str]]


@lru_cache(maxsize=8)
def facts_resting(as_at: date, known_at: datetime | None) -> Any:
    """All facts that rest on a source, hold on a date and were known at a moment, as one table in SQL.

    Statements come first: a union takes the types of its columns from its first part. To put it together takes
    longer than to ask it, and most who ask mean today.
    """
    t, read = _T, partial(_rows, as_at=as_at, known_at=known_at)
    say = partial(said, as_at=as_at, known_at=known_at)
    parts = (
        read(t.Statement, Kind.STATEMENT, t.Statement.subject, topic=t.Statement.topic,
            head=t.Statement.title, says=t.Statement.text, by=t.Statement.said_by),
        *_facts_of_decisions(read, say), *_facts_of_assessments(read), *_facts_of_actions(read, say),
        *_facts_of_the_register(read, say), *_facts_of_producers(read),
    )  # fmt: skip
    return union_all(*parts).subquery()


def _facts_of_decisions(read: Callable[..., Rows], say: Say) -> Iterable[Rows]:
    t = _T
    yield read(
        t.Decision, Kind.DECISION, _about("programme", t.Decision.programme_id), word=t.Decision.act,
        says=t.Decision.reason, more=t.Decision.published_note, by="London Metal Exchange",
    )  # fmt: skip
    yield read(
        t.Recognition, Kind.RECOGNITION, _about("programme", t.Recognition.programme_id), word=t.Recognition.act,
        topic=t.Recognition.under, says=t.Recognition.statement, more=t.Recognition.reference,
        by=say(t.Organisation, "name"),
    ).join(t.Organisation, t.Organisation.id == t.Recognition.authority_id)  # fmt: skip
    yield read(
        t.MonitoringPoint, Kind.MONITORING, _about("programme", t.MonitoringPoint.programme_id),
        says=t.MonitoringPoint.statement, by=t.MonitoringPoint.recommended_by, more=t.MonitoringPoint.owner,
    )  # fmt: skip
    yield read(
        t.Equivalence, Kind.EQUIVALENCE, _about("programme", t.Equivalence.programme_id), head=t.Equivalence.name,
        says=t.Equivalence.statement, more=t.Equivalence.stands_for,
    )  # fmt: skip


def _facts_of_assessments(read: Callable[..., Rows]) -> Iterable[Rows]:
    t = _T
    assessed = _about("programme", t.Assessment.programme_id)
    yield read(t.Assessment, Kind.ASSESSMENT, assessed, head=t.Assessment.label, word=_number(t.Assessment.round))
    facts = (
        (t.PartProgress, Kind.PROGRESS, {
            "topic": t.PartProgress.part, "word": t.PartProgress.progress, "head": t.Assessment.label}),
        (t.Result, Kind.RESULT, {
            "topic": t.Result.scope, "word": t.Result.level, "says": t.Result.statement,
            "head": t.Assessment.label, "by": t.Result.kind, "more": t.Result.rests_on}),
        (t.Finding, Kind.FINDING, {
            "topic": t.Finding.part, "word": t.Finding.level, "says": t.Finding.statement,
            "by": _number(t.Finding.number), "head": t.Finding.group,
            "more": func.coalesce(t.Finding.criterion, "")}),
        (t.CorrectiveAction, Kind.ACTION, {
            "head": t.CorrectiveAction.title, "says": t.CorrectiveAction.root_cause,
            "word": _day(t.CorrectiveAction.due_on), "more": _day(t.CorrectiveAction.expected_on)}),
    )  # fmt: skip
    for table, kind, words in facts:
        yield read(table, kind, assessed, **words).join(t.Assessment, t.Assessment.id == table.assessment_id)
    evidence = read(t.Evidence, Kind.EVIDENCE, assessed, head=t.Evidence.reference, word=t.Evidence.kind)
    yield evidence.join(t.Assessment, t.Assessment.id == t.Evidence.assessment_id).where(
        t.Evidence.confidential.is_(False), t.Assessment.published.is_(True)
    )


def _facts_of_actions(read: Callable[..., Rows], say: Say) -> Iterable[Rows]:
    t = _T
    steps = read(
        t.ActionStep, Kind.STEP, _about("programme", t.Assessment.programme_id), head=t.CorrectiveAction.title,
        word=t.ActionStep.state, says=t.ActionStep.statement, by=func.coalesce(say(t.Organisation, "name"), ""),
    )  # fmt: skip
    yield (
        steps.join(t.CorrectiveAction, t.CorrectiveAction.id == t.ActionStep.action_id)
        .join(t.Assessment, t.Assessment.id == t.CorrectiveAction.assessment_id)
        .outerjoin(t.Organisation, t.Organisation.id == t.ActionStep.by_id)
    )


def _facts_of_the_register(read: Callable[..., Rows], say: Say) -> Iterable[Rows]:
    t = _T
    yield read(
        t.Programme, Kind.PROGRAMME, _about("programme", t.Programme.id), head=say(t.Programme, "short_name"),
        says=say(t.Programme, "metals_said"), more=say(t.Programme, "stages_said"),
    )  # fmt: skip
    yield read(
        t.ProgrammeName, Kind.NAME, _about("programme", t.ProgrammeName.programme_id), head=t.ProgrammeName.name,
        word=t.ProgrammeName.use,
    )  # fmt: skip
    yield read(
        t.Standard, Kind.STANDARD, "", head=say(t.Standard, "name"), says=t.Standard.summary,
        more=say(t.Standard, "edition"),
    )  # fmt: skip
    yield read(
        t.AssuranceProcess, Kind.PROCESS, "", head=say(t.AssuranceProcess, "name"), says=t.AssuranceProcess.summary
    )
    yield read(t.Metal, Kind.METAL, "", head=t.Metal.name, word=_flag(t.Metal.lme_settled, "settled"))
    yield read(t.Place, Kind.PLACE, "", head=t.Place.name, says=t.Place.statement, by=t.Place.kept_by)


def _facts_of_producers(read: Callable[..., Rows]) -> Iterable[Rows]:
    t = _T
    yield read(
        t.Producer, Kind.PRODUCER, _about("producer", t.Producer.id), head=t.Producer.name, says=t.Producer.summary
    )
    yield read(
        t.Brand, Kind.BRAND, _about("producer", t.Brand.producer_id), head=t.Brand.name, says=t.Brand.product,
        more=t.Brand.listing,
    )  # fmt: skip
    yield read(
        t.Declaration, Kind.DECLARATION, _about("brand", t.Declaration.brand_id), word=t.Declaration.track,
        says=t.Declaration.statement, by=t.Declaration.declared_by, verified=t.Declaration.verified_by,
    )  # fmt: skip
    yield read(
        t.Certificate, Kind.CERTIFICATE, _about("brand", t.Certificate.brand_id), word=t.Certificate.kind,
        says=t.Certificate.statement, by=t.Certificate.issuer, more=t.Certificate.number,
        verified=t.Certificate.verified_by,
    )  # fmt: skip
    yield read(
        t.ChecklistAnswer, Kind.ANSWER, _about("brand", t.ChecklistAnswer.brand_id), head=t.ChecklistAnswer.item,
        word=t.ChecklistAnswer.answer, says=t.ChecklistAnswer.evidence, verified=t.ChecklistAnswer.verified_by,
    )  # fmt: skip
    yield read(
        t.Claim, Kind.CLAIM, _about("producer", t.Claim.producer_id), topic=t.Claim.field, head=t.Claim.title,
        says=t.Claim.value, more=t.Claim.criteria, word=_flag(t.Claim.gap, "gap"),
        verified=t.Claim.verified_by,
    )  # fmt: skip


def _rows(table: Any, kind: Kind, subject: Any, *, as_at: date, known_at: datetime | None, **words: Any) -> Rows:
    """The rows of one table as facts, all with the same columns; a word is a column or a fixed text."""
    has = table.model_fields

    def column(name: str, otherwise: Any) -> Any:
        return (getattr(table, name) if name in has else otherwise).label(name)

    nothing = cast(null(), Date)
    statement: Rows = select(
        literal(kind.value).label("kind"),
        table.id.label("id"),
        table.source_id.label("source"),
        _text(subject).label("subject"),
        *(_text(words.get(name, "")).label(name) for name in WORDS),
        column("effective_on", nothing),
        column("effective_precision", literal("")),
        column("announced_on", nothing),
        column("until_on", nothing),
        column("place", literal("")),
        column("certainty", literal("")),
        column("remark", literal("")),
        column("position", literal(0)),
    ).select_from(table)
    if "effective_on" in has:
        return statement.where(*standing_on(table, as_at, known_at))
    return statement.where(learned_by(table, known_at)) if known_at else statement


def learned_by(table: Any, known_at: datetime) -> ColumnElement[bool]:
    """Known by a moment: rows that carry no time of their own have it in the event that recorded them."""
    if "recorded_at" in table.model_fields:
        return table.recorded_at <= known_at  # type: ignore[no-any-return]
    subject = literal(f"{table.__tablename__}:").concat(table.id)
    return exists().where(_T.Event.subject == subject, _T.Event.at <= said_moment(known_at))


def standing_on(
    table: Any, as_at: date, known_at: datetime | None, *, begun: ColumnElement[bool] | None = None
) -> tuple[ColumnElement[bool], ...]:
    """Begun by the date, or by another rule, learned by the moment, and not corrected by then."""
    later = _later(table)
    corrections = select(later.corrects).where(later.corrects.is_not(None))
    conditions = [table.effective_on <= as_at if begun is None else begun]
    if known_at:
        conditions.append(table.recorded_at <= known_at)
        corrections = corrections.where(later.recorded_at <= known_at)
    return (*conditions, table.id.not_in(corrections))


@lru_cache
def _later(table: Any) -> Any:
    """The same table once more, where corrections of its rows lie."""
    return aliased(table)


def _text(given: Any) -> Any:
    return literal(given) if isinstance(given, str) else given


def _number(column: Any) -> ColumnElement[str]:
    return cast(column, String)


def _day(column: Any) -> ColumnElement[str]:
    return func.coalesce(cast(column, String), "")


def _flag(column: Any, word: str) -> ColumnElement[str]:
    return case((column, literal(word)), else_=literal(""))


def _about(kind: str, column: Any) -> ColumnElement[str]:
    """The subject of a fact, as ``programme:asi-v3``; empty where the column is."""
    return case((column.is_(None), literal("")), else_=literal(f"{kind}:").concat(column))
