"""A small market update to freeze, for tests of everything that handles one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from alignment.domain.assessment import Progress, Route
from alignment.domain.catalogue import Part
from alignment.domain.decision import Act, Decision
from alignment.domain.programme import Held, ProgressFact, State, state
from alignment.domain.publication import Content, content_of
from alignment.domain.table import printed
from alignment.domain.when import Precision, When

AS_AT = date(2024, 9, 30)
SEPTEMBER = When(date(2024, 9, 1), Precision.MONTH)


@dataclass(frozen=True)
class Written:
    """A market update as an author writes it."""

    number: str = "2024-09"
    title: str = "Update of September"
    original_title: str = "The original’s title"
    label: str = "A reconstruction. The original is authoritative."
    as_at: date = AS_AT
    published: str = "2024-09"
    source: str = "memo"
    text: str = "## 1 Begin\n\nWords.\n\n{{ status_table }}\n\n## 2 Said\n\n{{ statements: comment }}\n"


@dataclass(frozen=True)
class Programme:
    """What a row says of its programme."""

    id: str = "alpha"
    number: int = 1
    name: str = "Alpha Standard"
    process: str = "Alpha Process"
    metals_said: str = "copper"
    stages_said: str = "mine"
    route: Route = Route.OECD


@dataclass(frozen=True)
class Source:
    """The document that a row rests on."""

    id: str = "memo"
    title: str = "A memo"
    issuer: str = "An exchange"
    issued: When | None = SEPTEMBER
    place: str = "Table 1, row 1"


@dataclass(frozen=True)
class Row:
    """One programme of the status table."""

    state: State
    programme: Programme = Programme()
    approval_printed: str = "Conditionally approved"
    published_link: str = ""
    announced_on: date | None = None
    source: Source | None = Source()
    stale: bool = False


def decided(act: Act, on: date, precision: Precision = Precision.DAY) -> State:
    """A programme that was decided on, its standards part complete."""
    return state(
        Held(
            route=Route.OECD,
            progress=(ProgressFact(Part.STANDARDS, Progress.COMPLETE, When(date(2023, 1, 1)), 1, 1),),
            decisions=(Decision("d", act, When(on, precision), 1),),
            reported=(date(2024, 9, 1),),
        ),
        AS_AT,
    )


def row(**changes: Any) -> Row:
    """A conditionally approved programme, with changes."""
    return replace(Row(decided(Act.CONDITIONALLY_APPROVED, date(2022, 8, 1), Precision.MONTH)), **changes)


def statement(title: str = "Keep on", topic: str = "comment") -> dict[str, Any]:
    return {
        "id": title.lower().replace(" ", "-"), "topic": topic, "said_by": "Somebody", "title": title,
        "text": "They said so.", "effective": "2024-09", "source": "memo", "source_title": "A memo",
        "place": "section 5", "certainty": "found",
    }  # fmt: skip


SOURCE = {
    "id": "memo", "title": "A memo", "issuer": "An exchange", "address": "memo.txt", "issued": "2024-09",
    "remark": None,
}  # fmt: skip


def content(**changes: Any) -> Content:
    """The frozen content of the small update, with changes to what its author wrote."""
    other = row(
        programme=Programme("beta", 2, "Beta | Standard", ""),
        state=decided(Act.APPROVED, AS_AT, Precision.BY),
        approval_printed="Approved (published here)",
    )
    rows = [printed(row()), printed(other)]
    return content_of(Written(**changes), rows, [statement(), statement("No rest")], SOURCE)
