"""The status table as it is printed and filed: its columns, and a row as plain values."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Protocol

from alignment.domain.assessment import Route
from alignment.domain.decision import Approval
from alignment.domain.frozen import dataclass
from alignment.domain.programme import State
from alignment.domain.status import PartState
from alignment.domain.when import When

Value = str | int | bool | None


class Kind(StrEnum):
    """What a column holds, in the words of XML Schema, which CSVW uses."""

    TEXT = "string"
    NUMBER = "integer"
    YES_NO = "boolean"
    DAY = "date"
    MOMENT = "dateTime"
    ADDRESS = "anyURI"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the status table: its name in JSON, its title in print, and what it says."""

    name: str
    title: str
    says: str
    kind: Kind = Kind.TEXT
    required: bool = False
    form: str = ""


DATE_FORM = r"^(by )?\d{4}(-\d{2}(-\d{2})?)?$"
_PART = (
    "{} part: its published result (fully, partially, not) where one is held, otherwise how far it has come "
    "(complete, in_progress, not_started, not_known). Empty on the equivalence route, which has no parts."
)

COLUMNS = (
    Column("standard", "Standard", "The programme as the LME prints it.", required=True),
    Column(
        "status", "Status of alignment assessment",
        "Derived from dated facts, in the LME’s printed form.", required=True,
    ),
    Column(
        "approval_printed", "Status of LME approval",
        "As printed; “(published here)” where the LME printed a link beside it.", required=True,
    ),
    Column(
        "approval_address", "Address behind the approval",
        "Where the link beside the approval leads; empty where no source gives an address.", Kind.ADDRESS,
    ),
    Column(
        "programme", "Programme",
        "Stable identifier: one standard edition with one assurance process.", required=True,
    ),
    Column("number", "Number", "Place in the LME’s order of print.", Kind.NUMBER, required=True),
    Column(
        "approval", "Approval", "The approval as a code.", required=True,
        form="|".join(each.value for each in Approval),
    ),
    Column(
        "effective_since", "Effective since",
        "First day, month or year of the approval; “by” a day where it began on an unknown earlier day; empty "
        "where the approval is not known or not decided.", form=DATE_FORM,
    ),
    Column("announced_on", "Announced on", "When the approval was announced, where that is another day.", Kind.DAY),
    Column("assurance_process", "Assurance process", "How companies are checked; empty where no source names it."),
    Column("metals", "Metals", "Metals in scope, in words.", required=True),
    Column("stages", "Stages", "Stages of the supply chain in scope, in words; empty where not stated."),
    Column(
        "route", "Route", "oecd: by an alignment assessment; equivalence: by another authority’s recognition.",
        required=True, form="|".join(each.value for each in Route),
    ),
    Column("standards_part", "Standards part", _PART.format("Standards")),
    Column("implementation_part", "Implementation part", _PART.format("Implementation")),
    Column("governance_part", "Governance part", _PART.format("Governance")),
    Column(
        "decision_due", "Decision due",
        "Whether a recognition that was awaited has come and the LME has not decided since.",
        Kind.YES_NO, required=True,
    ),
    Column("source", "Source", "Identifier of the document that reports the approval."),
    Column("source_title", "Source title", "Title of that document; square brackets round a title of our own."),
    Column("source_date", "Source date", "When it was issued; empty where it bears no date.", form=DATE_FORM),
    Column("source_place", "Source place", "Where in that document."),
)  # fmt: skip
"""The columns that a market update freezes. The first three are the LME’s own."""

PRINTED = COLUMNS[:3]


class PrintedProgramme(Protocol):
    """What a row says of its programme."""

    @property
    def id(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def process(self) -> str: ...
    @property
    def metals_said(self) -> str: ...
    @property
    def stages_said(self) -> str: ...
    @property
    def route(self) -> Route: ...


class PrintedSource(Protocol):
    """What a row says of the document that it rests on."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def issued(self) -> When | None: ...
    @property
    def place(self) -> str: ...


class PrintedRow(Protocol):
    """One programme of the status table."""

    @property
    def programme(self) -> PrintedProgramme: ...
    @property
    def state(self) -> State: ...
    @property
    def approval_printed(self) -> str: ...
    @property
    def published_link(self) -> str: ...
    @property
    def announced_on(self) -> date | None: ...
    @property
    def source(self) -> PrintedSource | None: ...


def printed(row: PrintedRow) -> dict[str, Value]:
    """A row of the status table as plain values, in the order of ``COLUMNS``."""
    programme, state, source = row.programme, row.state, row.source
    known = state.standing.approval not in (Approval.NOT_KNOWN, Approval.NONE)
    values: tuple[Value, ...] = (
        programme.name,
        state.sentence,
        row.approval_printed,
        row.published_link or None,
        programme.id,
        programme.number,
        state.standing.approval.value,
        state.standing.since.iso() if known and state.standing.since else None,
        row.announced_on.isoformat() if row.announced_on else None,
        programme.process or None,
        programme.metals_said,
        programme.stages_said or None,
        programme.route.value,
        *(part_word(programme.route, found) for found in state.parts.values()),
        state.decision_due,
        source.id if source else None,
        source.title if source else None,
        source.issued.iso() if source and source.issued else None,
        (source.place or None) if source else None,
    )
    return {column.name: value for column, value in zip(COLUMNS, values, strict=True)}


def part_word(route: Route, found: PartState) -> str | None:
    """A part in one code: its result, or how far it has come; None where the route has no parts."""
    if route is Route.EQUIVALENCE:
        return None
    return found.result.value if found.result else found.progress.value
