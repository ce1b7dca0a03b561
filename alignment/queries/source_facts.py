"""Facts that rest on a document, in words: each kind puts its record together in its own way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, literal, select, union_all
from sqlmodel import SQLModel, col

from alignment import tables
from alignment.domain.action import ActionState
from alignment.domain.assessment import Certainty, Progress, ResultKind, Scope
from alignment.domain.brand import Track
from alignment.domain.catalogue import Part
from alignment.domain.checklist import NAMED
from alignment.domain.decision import Act
from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import When, say_day
from alignment.queries.facts import when
from alignment.queries.said import said


class Kind(StrEnum):
    """What sort of fact rests on a document, in the order of the page."""

    STATEMENT = "statement"
    DECISION = "decision"
    RECOGNITION = "recognition"
    RESULT = "result"
    FINDING = "finding"
    PROGRESS = "progress"
    ACTION = "action"
    STEP = "step"
    MONITORING = "monitoring"
    EVIDENCE = "evidence"
    PROGRAMME = "programme"
    NAME = "name"
    ASSESSMENT = "assessment"
    STANDARD = "standard"
    PROCESS = "process"
    METAL = "metal"
    EQUIVALENCE = "equivalence"
    PLACE = "place"
    PRODUCER = "producer"
    BRAND = "brand"
    DECLARATION = "declaration"
    CERTIFICATE = "certificate"
    ANSWER = "answer"
    CLAIM = "claim"

    @property
    def label(self) -> str:
        """The kind as a heading."""
        return _KINDS[self][1]

    def counted(self, number: int) -> str:
        """So many of them: 1 decision, 11 decisions."""
        one, many = _KINDS[self]
        return f"{number} {one}" if number == 1 else f"{number} {many[0].lower()}{many[1:]}"


_KINDS = {
    Kind.STATEMENT: ("statement", "Statements"),
    Kind.DECISION: ("decision of the LME", "Decisions of the LME"),
    Kind.RECOGNITION: ("recognition", "Recognitions by other authorities"),
    Kind.RESULT: ("result", "Results"),
    Kind.FINDING: ("published finding", "Published findings"),
    Kind.PROGRESS: ("state of a part", "States of parts"),
    Kind.ACTION: ("corrective action", "Corrective actions"),
    Kind.STEP: ("step of an action", "Steps of actions"),
    Kind.MONITORING: ("monitoring point", "Monitoring points"),
    Kind.EVIDENCE: ("piece of evidence", "Pieces of evidence"),
    Kind.PROGRAMME: ("programme", "Programmes"),
    Kind.NAME: ("printed name", "Printed names"),
    Kind.ASSESSMENT: ("assessment", "Assessments"),
    Kind.STANDARD: ("standard", "Standards"),
    Kind.PROCESS: ("assurance process", "Assurance processes"),
    Kind.METAL: ("metal", "Metals"),
    Kind.EQUIVALENCE: ("equivalence", "Equivalences"),
    Kind.PLACE: ("place to look", "Places to look"),
    Kind.PRODUCER: ("producer", "Producers"),
    Kind.BRAND: ("brand", "Brands"),
    Kind.DECLARATION: ("declaration of a track", "Declarations of a track"),
    Kind.CERTIFICATE: ("certificate", "Certificates"),
    Kind.ANSWER: ("answer to the checklist", "Answers to the checklist"),
    Kind.CLAIM: ("claim of a producer", "Claims of producers"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a fact is about, with the page that shows it where there is one."""

    label: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact that rests on a document: what it says, when it holds, where it stands, how sure it is.

    ``standing`` is for what a producer says of itself: claimed, verified by somebody, or a gap.
    """

    kind: Kind
    id: str
    subject: Subject
    topic: str
    head: str
    says: str
    by: str
    effective: When | None
    announced: date | None
    until: date | None
    place: str
    certainty: Certainty | None
    remark: str
    criteria: tuple[str, ...] = ()
    standing: str = ""


_FIXED = {
    "": Subject(""),
    "method": Subject("the method", "/method#method"),
    "policy": Subject("the LME’s policy", "/method#policy"),
    "pilots": Subject("the pilots", "/method#pilots"),
}


_NAMED: Mapping[str, tuple[type[SQLModel], str, str]] = {
    "programme": (tables.Programme, "short_name", "/programmes/"),
    "producer": (tables.Producer, "name", "/producers/"),
    "brand": (tables.Brand, "name", "/brands/"),
    "standard": (tables.Standard, "name", ""),
    "process": (tables.AssuranceProcess, "name", ""),
    "organisation": (tables.Organisation, "name", ""),
}


def subjects(
    connection: Connection, asked: Iterable[str], as_at: date | None = None, known_at: datetime | None = None
) -> dict[str, Subject]:
    """The subjects by their keys, under the names of a day as known at a moment: one query for all of them."""
    keys: dict[str, list[str]] = defaultdict(list)
    for key in asked:
        kind, _, name = key.partition(":")
        keys[kind].append(name)
    found = {key: Subject(key.partition(":")[2] or key) for key in asked} | _FIXED
    for name in keys["edition"]:
        found[f"edition:{name}"] = Subject(f"criteria, edition {name}", f"/criteria/{name}")
    selects = [
        select(literal(f"{kind}:").concat(col(table.id)), said(table, column, as_at, known_at), literal(page))  # type: ignore[attr-defined]
        .where(col(table.id).in_(sorted(keys[kind])))  # type: ignore[attr-defined]
        for kind, (table, column, page) in _NAMED.items()
        if keys[kind]
    ]  # fmt: skip
    for key, label, page in connection.execute(union_all(*selects)) if selects else ():
        found[key] = Subject(label, f"{page}{key.partition(':')[2]}" if page else "")
    return found


def topic_name(topic: str) -> str:
    """A topic as a heading: Evidence for the rule."""
    words = topic.replace("-", " ")
    return _TOPICS.get(topic, words[:1].upper() + words[1:])


_TOPICS = {
    "part": "Parts of an assessment",
    "principle": "Principles",
    "edition": "Editions of the methodology",
    "pilot-2018": "The pilot of 2018",
    "other-use": "Other uses",
    "comment": "Comments",
    "concern": "Concerns",
    "condition": "Conditions",
    "option": "Options",
    "requirement": "Requirements",
    "track": "Tracks",
    "red-flag": "Red flags",
    "review": "Reviews",
    "lmepassport": "LMEpassport",
}


def as_fact(row: Row[Any], named: Mapping[str, Subject]) -> Fact:
    kind = Kind(row.kind)
    return Fact(
        kind=kind,
        id=row.id,
        subject=named[row.subject],
        topic=row.topic,
        head=_HEADS[kind](row) if kind in _HEADS else row.head,
        says=_says(kind, row),
        by=row.by if kind in _HAVE_A_SPEAKER else "",
        effective=when(row.effective_on, row.effective_precision),
        announced=row.announced_on,
        until=row.until_on,
        place=row.place,
        certainty=how_sure(row.certainty),
        remark=row.remark,
        criteria=tuple(row.more.split()) if kind is Kind.CLAIM else (),
        standing=_standing(kind, row),
    )


_OWN_WORD = frozenset({Kind.DECLARATION, Kind.CERTIFICATE, Kind.ANSWER, Kind.CLAIM})


def _standing(kind: Kind, row: Row[Any]) -> str:
    if kind not in _OWN_WORD:
        return ""
    if row.verified:
        return f"verified by {row.verified}"
    return "gap" if row.word == "gap" else "claimed"


def how_sure(word: str) -> Certainty | None:
    return Certainty(word) if word else None


_HAVE_A_SPEAKER = frozenset(
    {
        Kind.STATEMENT, Kind.DECISION, Kind.RECOGNITION, Kind.STEP, Kind.MONITORING, Kind.PLACE, Kind.DECLARATION,
        Kind.CERTIFICATE,
    }
)  # fmt: skip


_CERTIFIES = {
    "programme": "Under a programme",
    **NAMED,
    "equivalent": "Equivalent certification",
}


def _comma(*words: str) -> str:
    return ", ".join(filter(None, words))


def _of_round(row: Row[Any], said: str) -> str:
    return _comma(said, row.head)


def _result(row: Row[Any]) -> str:
    kind = "" if row.by == ResultKind.PUBLISHED else ", computed by the edition’s rule"
    return _of_round(row, f"{Scope(row.topic).label}: {Level(row.word).label.lower()}{kind}")


def _finding(row: Row[Any]) -> str:
    criteria = "criterion" if row.by == "1" else "criteria"
    where = f"{row.head}, filed under {row.more}" if row.more else row.head
    return f"{Part(row.topic).label}: {row.by} {criteria} of {where} {Level(row.word).label.lower()}"


def _standard(row: Row[Any]) -> str:
    return f"{row.head}, edition {row.more}" if row.more and row.more not in row.head else row.head


_HEADS: Mapping[Kind, Callable[[Row[Any]], str]] = {
    Kind.DECISION: lambda row: Act(row.word).label,
    Kind.RECOGNITION: lambda row: f"{RecognitionAct(row.word).label}, {row.topic}",
    Kind.RESULT: _result,
    Kind.FINDING: _finding,
    Kind.PROGRESS: lambda row: _of_round(row, f"{Part(row.topic).label}: {Progress(row.word).label.lower()}"),
    Kind.STEP: lambda row: f"{row.head}: {ActionState(row.word).label.lower()}",
    Kind.EVIDENCE: lambda row: f"{topic_name(row.word.replace('_', '-'))}: {row.head}",
    Kind.ASSESSMENT: lambda row: _of_round(row, f"Round {row.word}"),
    Kind.STANDARD: _standard,
    Kind.MONITORING: lambda row: f"To be watched by {row.more}" if row.more else "To be watched",
    Kind.DECLARATION: lambda row: f"{Track(row.word).label} declared",
    Kind.CERTIFICATE: lambda row: _comma(_CERTIFIES[row.word], row.more),
    Kind.ANSWER: lambda row: f"{row.head}: {row.word.replace('_', ' ')}",
    Kind.METAL: lambda row: f"{row.head}, {'settled' if row.word else 'not settled'} on the LME",
    Kind.EQUIVALENCE: lambda row: f"{row.head} stands for {row.more}",
}


def _says(kind: Kind, row: Row[Any]) -> str:
    """The words of a fact, with what belongs to them in its kind."""
    lead = f"Metals: {row.says}" if kind is Kind.PROGRAMME else row.says
    ending = _ENDINGS[kind](row) if kind in _ENDINGS else ""
    stop = "." if lead and ending and not lead.endswith(".") else ""
    return f"{lead}{stop} {ending}".strip()


def _dates(row: Row[Any]) -> str:
    due = f"Due on {say_day(date.fromisoformat(row.word))}." if row.word else "No due date was set."
    expected = row.more and f" Expected by {say_day(date.fromisoformat(row.more))}, which binds nobody."
    return f"{due}{expected}"


_ENDINGS: Mapping[Kind, Callable[[Row[Any]], str]] = {
    Kind.DECISION: lambda row: row.more and f"Printed with “{row.more}”.",
    Kind.RECOGNITION: lambda row: row.more and f"{row.more}.",
    Kind.RESULT: lambda row: row.more and f"Rests on: {row.more}",
    Kind.ACTION: _dates,
    Kind.PROGRAMME: lambda row: row.more and f"Stages: {row.more}.",
    Kind.NAME: lambda row: "The name in the status table." if row.word == "table" else "Also printed so.",
    Kind.BRAND: lambda row: row.more and f"Listing: {row.more}.",
}
