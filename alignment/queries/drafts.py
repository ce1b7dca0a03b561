"""Market updates being composed: the drafts, what they can say, what the checks find, and what would be frozen."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.action import ActionState, Timing
from alignment.domain.checks import Check, Checked, Fault, Waivers, judge
from alignment.domain.checks import printed as waived_said
from alignment.domain.decision import Approval
from alignment.domain.differing import Between, between, changes_of, compare_rows
from alignment.domain.draft import Written, content_of_draft, marker_faults, refusals
from alignment.domain.frozen import dataclass
from alignment.domain.insertion import topics
from alignment.domain.people import DEMO_DOMAIN, EXAMPLE, Do, is_demo_address
from alignment.domain.publication import Content
from alignment.domain.rating import Level
from alignment.domain.table import Value, printed
from alignment.domain.when import say_day
from alignment.queries.facts import Rows, in_force, made_public
from alignment.queries.grounds import GroundFact, ground_facts, since
from alignment.queries.publications import StatementRow, frozen_statement, newest_first, read_statement, statement_rows
from alignment.queries.status import StatusRow, status_rows
from alignment.queries.work import Asked, Item, Waiting, branch
from alignment.tables import (
    ActionExtension,
    Assessment,
    Draft,
    Organisation,
    Person,
    Programme,
    Publication,
    Rating,
    RatingVersion,
)
from alignment.tables.undertaken import Undertaken, read_actions

EXCHANGE = "exchange"
"""The kind of the organisation in whose name market updates are issued."""
FICTIONAL = "Fictional: composed from the worked example, as a demonstration. It is published nowhere."
"""What stands at the head of a market update that demonstration people compose."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in the list; ``published`` is the number that it became, ``aside`` why it was set aside."""

    id: str
    number: str
    title: str
    as_at: date
    published: str
    notice_at: datetime | None
    by: str
    at: datetime
    version: int
    aside: str


@dataclass(frozen=True, slots=True)
class DraftPage:
    """A draft as it is stored. ``example`` says that demonstration people compose it, from the worked example alone."""

    id: str
    written: Written
    waivers: Mapping[str, str]
    notice_at: datetime | None
    published: str
    by: str
    at: datetime
    version: int
    aside: str
    example: bool


def drafts(connection: Connection, *, example: bool = False) -> tuple[DraftLine, ...]:
    """All drafts, those that wait first, the newest at the top; or those of demonstration people. One query."""
    rows = connection.execute(
        _drafts().where(_of_demonstration(example)).order_by(col(Draft.at).desc(), col(Draft.id))
    ).all()
    found = [
        DraftLine(
            row.id,
            row.number,
            row.title,
            row.as_at,
            row.published or "",
            row.notice_at,
            row.by,
            row.at,
            row.version,
            row.aside,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda each: bool(each.published)))


def draft(connection: Connection, id: str) -> DraftPage | None:
    """One draft; None where there is none. One query."""
    row = connection.execute(_drafts().where(col(Draft.id) == id)).first()
    if row is None:
        return None
    return DraftPage(
        id=row.id,
        written=Written(
            number=row.number,
            title=row.title,
            as_at=row.as_at,
            text=row.text,
            label=row.label,
            corrects=row.corrects or "",
            statements=tuple(json.loads(row.statements)),
        ),
        waivers=json.loads(row.waivers),
        notice_at=row.notice_at,
        published=row.published or "",
        by=row.by,
        at=row.at,
        version=row.version,
        aside=row.aside,
        example=is_demo_address(row.email),
    )


def _of_demonstration(example: bool) -> Any:
    """Whether demonstration people work on a draft: they and others never see each other's."""
    return col(Person.email).endswith(f"@{DEMO_DOMAIN}", autoescape=True).is_(example)


def _drafts() -> Rows:
    return select(
        col(Draft.id), col(Draft.number), col(Draft.title), col(Draft.as_at), col(Draft.text), col(Draft.label),
        col(Draft.corrects), col(Draft.waivers), col(Draft.statements), col(Draft.notice_at), col(Draft.published),
        col(Draft.at), col(Draft.version), col(Draft.aside), col(Person.name).label("by"),
        col(Person.email),
    ).join(Person, col(Person.id) == Draft.by_id)  # fmt: skip


def issuer(connection: Connection, *, example: bool = False) -> str:
    """In whose name market updates are issued: the exchange that the register holds, or nothing."""
    found = connection.execute(
        select(col(Organisation.name))
        .where(col(Organisation.kind) == EXCHANGE)
        .where(col(Organisation.id).startswith(EXAMPLE, autoescape=True).is_(example))
        .order_by(col(Organisation.position))
    ).first()
    return found.name if found else ""


def sayings(rows: Iterable[Row[Any]], *, as_at: date, chosen: Sequence[str] = ()) -> tuple[StatementRow, ...]:
    """The statements that can be chosen: what somebody said by a day, and what is chosen already."""
    return tuple(
        read_statement(row)
        for row in rows
        if row.id in chosen or (row.effective_on <= as_at and (row.said_by or row.topic == "comment"))
    )


# --- what would be frozen ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LastPublication:
    """The publication that a draft is compared with."""

    content: Content
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Composed:
    """A draft with all that the register adds on a day: its checks, and the content where there is nothing to mend.

    ``content`` is None while an insertion does not work or nobody issues market updates.
    """

    content: Content | None
    checks: tuple[Checked, ...]
    faults: tuple[Fault, ...]
    last: Content | None
    between: Between | None


def last_before(published: Iterable[Row[Any]], written: Written) -> LastPublication | None:
    """What a draft is compared with: the one it corrects, or else the newest as at a day that is not later."""
    others = [row for row in published if row.number != written.number]
    if written.corrects:
        fit = [row for row in others if row.number == written.corrects]
    else:
        fit = [row for row in others if row.as_at <= written.as_at]
    row = max(fit, key=lambda row: (row.as_at, row.number), default=None)
    return LastPublication(json.loads(row.content), row.recorded_at) if row else None


@dataclass(frozen=True, slots=True)
class Material:
    """What any market update is composed from beside its table: it changes only when a fact does.

    ``example`` says that it is the worked example's, with which no publication is compared.
    """

    grounds: Sequence[GroundFact]
    actions: Sequence[Undertaken]
    extended: frozenset[str]
    statements: Sequence[Row[Any]]
    uncited: Sequence[Row[Any]]
    published: Sequence[Row[Any]]
    issuer: str
    example: bool = False


def material(connection: Connection, now: datetime, *, example: bool = False) -> Material:
    """What market updates are composed from: eight queries."""
    return Material(
        grounds=ground_facts(connection),
        actions=[each for each in read_actions(connection, now) if each.example == example],
        extended=frozenset(connection.execute(select(col(ActionExtension.action_id))).scalars()),
        statements=in_force(connection.execute(statement_rows(example=example)).all()),
        uncited=connection.execute(_uncited()).all(),
        published=[] if example else connection.execute(_published()).all(),
        issuer=issuer(connection, example=example),
        example=example,
    )


def _published() -> Rows:
    """Every publication, newest first: there are a few a year."""
    return select(
        col(Publication.number), col(Publication.title), col(Publication.as_at), col(Publication.content),
        col(Publication.recorded_at),
    ).order_by(*newest_first())  # fmt: skip


def read_composed(
    connection: Connection, written: Written, *, waivers: Waivers, embargo: datetime | None, now: datetime,
    policy_age: timedelta, example: bool = False,
) -> Composed:  # fmt: skip
    """A draft composed from what the store says now: fourteen queries, whatever it holds."""
    return compose(
        written,
        status_rows(connection, as_at=written.as_at, policy_age=policy_age, example=example),
        material(connection, now, example=example),
        waivers=waivers,
        embargo=embargo,
        now=now,
    )


def compose(
    written: Written, rows: Sequence[StatusRow], held: Material, *, waivers: Waivers,
    embargo: datetime | None, now: datetime,
) -> Composed:  # fmt: skip
    """A draft with its checks, its content and what it says differently from the last one. No query."""
    written = replace(written, label=FICTIONAL) if held.example else written
    in_table = {row.id for row in rows}
    facts = [each for each in held.grounds if each.programme in in_table and each.effective.on <= written.as_at]
    actions, statements = held.actions, held.statements
    name, last = held.issuer, last_before(held.published, written)
    found = [
        *refusals(
            number=written.number,
            as_at=written.as_at,
            corrects=written.corrects,
            rows=len(rows),
            issuer=name,
            held=[row.number for row in held.published],
            today=now.date(),
        ),
        *_row_faults(rows),
        *_source_faults(facts),
        *_citation_faults(each for each in held.uncited if each.programme_id in in_table),
        *_overdue_faults(held, in_table, written.as_at),
        *_statement_faults(statements, written),
        *_embargo_faults(embargo, now),
        *marker_faults(written, [row.topic for row in statements if row.effective_on <= written.as_at]),
    ]
    checks = judge(found, waivers)
    if not name or any(fault.check is Check.MARKER for fault in found):
        return Composed(None, checks, tuple(found), last.content if last else None, None)
    content = content_of_draft(
        written,
        published=now.date(),
        issuer=name,
        rows=[printed(row) for row in rows],
        statements=list(_chosen(statements, written)),
        changes=None,
        actions=list(_open_actions(rows, actions, written.as_at)),
        waived=waived_said(checks),
        ahead=list(_ahead(rows)),
    )
    if last is None:
        return Composed(content, checks, tuple(found), None, None)
    after = date.fromisoformat(last.content["as_at"])
    grounds = since(facts, after=after, learned=last.recorded_at)
    content["changes"] = changes_of(last.content, compare_rows(last.content, content, grounds))
    return Composed(content, checks, tuple(found), last.content, between(last.content, content, grounds))


def _chosen(statements: Iterable[Row[Any]], written: Written) -> Iterator[Mapping[str, Value]]:
    """The statements to freeze: the chosen ones, and those on a topic that the text asks for."""
    named = topics(written.text)
    for row in statements:
        if row.id in written.statements or (row.topic in named and row.effective_on <= written.as_at):
            yield frozen_statement(read_statement(row))


def _open_actions(
    rows: Sequence[StatusRow], actions: Iterable[Undertaken], as_at: date
) -> Iterator[Mapping[str, Value]]:
    """The actions that are open on the day, in the order of the table."""
    at = {row.id: place for place, row in enumerate(rows)}
    owed = [each for each in actions if each.programme in at]
    for each in sorted(owed, key=lambda action: (at[action.programme], action.round, action.position)):
        fact = each.fact()
        state, timing = fact.state(as_at), fact.timing(as_at)
        if state is not None and state.is_open:
            yield {
                "id": each.id,
                "programme": each.programme,
                "standard": rows[at[each.programme]].programme.name,
                "title": each.title,
                "owner": each.owner_name or None,
                "state": f"{state.label}, as reported" if _as_reported(each, state, as_at) else state.label,
                "due": each.due_on.isoformat() if each.due_on else None,
                "expected": each.expected_on.isoformat() if each.expected_on else None,
                "timing": timing.value if timing is not Timing.NONE else None,
            }


def _ahead(rows: Iterable[StatusRow]) -> Iterator[Mapping[str, Value]]:
    """What is decided by the day and takes effect later, in the order of the table."""
    for row in rows:
        for each in row.state.ahead:
            yield {
                "programme": row.id,
                "approval": each.approval.value,
                "effective": each.effective.iso(),
                "said": each.said,
            }


def _as_reported(action: Undertaken, state: ActionState, as_at: date) -> bool:
    """Whether a state rests on its owner's word: what is reported is not verified."""
    told = [step for step in action.steps if step.state is state and step.effective.on <= as_at]
    return bool(told) and told[-1].as_reported


# --- what the checks find ------------------------------------------------------------------------------------


def _row_faults(rows: Iterable[StatusRow]) -> Iterator[Fault]:
    for row in rows:
        name, address = row.programme.name, f"/decisions/{row.id}/record"
        if row.stale:
            yield Fault(Check.STALE, row.id, f"{name}: nothing newer than {row.status_age} is held.", address)
        if row.state.decision_due:
            yield Fault(Check.DECISION_DUE, row.id, f"{name}: {row.state.due_said}.", f"/decisions/{row.id}")
        if row.approval is Approval.NOT_KNOWN:
            yield Fault(Check.NOT_KNOWN, row.id, f"{name}: the approval of that day is not known.", address)
        elif "not known" in row.sentence:
            yield Fault(Check.NOT_KNOWN, row.id, f"{name}: {row.sentence}.", address)


def _source_faults(facts: Iterable[GroundFact]) -> Iterator[Fault]:
    for fact in facts:
        if not fact.grounded:
            said = f"{fact.kind} of {fact.effective}: {fact.said[:200]}"
            yield Fault(Check.NO_SOURCE, fact.id, said, f"/programmes/{fact.programme}")


def _citation_faults(uncited: Iterable[Row[Any]]) -> Iterator[Fault]:
    for row in uncited:
        said = f"{row.short_name}, round {row.round}, {row.part} part: {row.number} cite nothing, first {row.first}."
        address = f"/programmes/{row.programme_id}/assessments/{row.round}"
        yield Fault(Check.NO_CITATIONS, f"{row.assessment_id}/{row.part}", said, address)


def _uncited() -> Rows:
    """The parts of public rounds in which criteria are fully aligned with nothing cited."""
    standing = aliased(Rating)
    return (
        select(
            col(RatingVersion.assessment_id), col(RatingVersion.part), col(Assessment.programme_id),
            col(Assessment.round), col(Programme.short_name),
            func.count().label("number"), func.min(col(RatingVersion.criterion)).label("first"),
        )
        .join(Assessment, col(Assessment.id) == RatingVersion.assessment_id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .join(  # the version that stands: what was put right since is no fault
            standing,
            (col(standing.assessment_id) == RatingVersion.assessment_id)
            & (col(standing.part) == RatingVersion.part)
            & (col(standing.criterion) == RatingVersion.criterion)
            & (col(standing.version) == RatingVersion.version),
        )
        .where(
            made_public(RatingVersion),
            col(RatingVersion.level) == Level.FULLY.value,
            col(RatingVersion.cites_standard) == "",
            col(RatingVersion.cites_guidance) == "",
        )
        .group_by(
            col(RatingVersion.assessment_id), col(RatingVersion.part), col(Assessment.programme_id),
            col(Assessment.round), col(Programme.short_name),
        )
        .order_by(col(Programme.short_name), col(Assessment.round), col(RatingVersion.part))
    )  # fmt: skip


def _overdue_faults(held: Material, in_table: Container[str], as_at: date) -> Iterator[Fault]:
    extended = held.extended
    for each in held.actions:
        if each.programme in in_table and each.due_on and each.fact().timing(as_at) is Timing.OVERDUE:
            how = "extended to" if each.id in extended else "due on"
            more = ", which has passed as well" if each.id in extended else ", with no extension"
            said = f"{each.programme_name}: {each.title}, {how} {say_day(each.due_on)}{more}."
            yield Fault(Check.OVERDUE, each.id, said, f"/actions/{each.id}")


def _statement_faults(statements: Sequence[Row[Any]], written: Written) -> Iterator[Fault]:
    held = {row.id: row for row in statements}
    for id in written.statements:
        if id not in held:
            yield Fault(Check.MARKER, id, f"The statement “{id}” is not held, or was corrected since.", "#statements")
        elif lacks := _lacks(held[id]):
            title = held[id].title or held[id].text[:80]
            address = f"/sources/{held[id].source}" if held[id].source else "#statements"
            yield Fault(Check.UNATTRIBUTED, id, f"“{title}” does not say {lacks}.", address)


def _lacks(statement: Row[Any]) -> str:
    """What a statement does not say about itself; nothing where it is attributed."""
    lacking = [] if statement.said_by.strip() else ["who said it"]
    lacking += [] if statement.source and statement.place.strip() else ["where it was said"]
    return " or ".join(lacking)


def _embargo_faults(embargo: datetime | None, now: datetime) -> Iterator[Fault]:
    if embargo is not None and embargo > now:
        said = f"Notices went out under embargo until {say_day(embargo.date())}, {embargo:%H:%M} UTC."
        yield Fault(Check.EMBARGO, "notice", said, "#notice")


# --- my work -------------------------------------------------------------------------------------------------


def _composed(asked: Asked) -> Rows:
    return (
        branch(
            "draft", order=(col(Draft.at).desc(), col(Draft.id)), id=col(Draft.id), name=col(Draft.number),
            word=col(Draft.title), said=col(Person.name),
        )
        .select_from(Draft)
        .join(Person, col(Person.id) == Draft.by_id)
        .where(or_(col(Draft.published).is_(None), col(Draft.published) == ""), col(Draft.aside) == "")
        .where(_of_demonstration(asked.someone.is_demonstration))
    )  # fmt: skip


def waiting(connection: Connection, asked: Asked) -> list[Item]:
    """The drafts that somebody works on, for publishers: neither published nor set aside."""
    return [
        Item(f"{row.name}: {row.word}", f"/publishing/{row.id}", f"last saved by {row.said}")
        for row in asked.rows["draft"]
    ]


WAITING = (
    Waiting(
        "drafts",
        "Market updates being composed",
        frozenset(),
        waiting,
        "No market update is being composed. One is begun under Publish.",
        (_composed,),
        Do.COMPOSE,
    ),
)
