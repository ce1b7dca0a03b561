"""What two market updates say differently: by programme with the grounds, in their statements, in their text."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alignment.domain.frozen import dataclass
from alignment.domain.insertion import Insert, sections
from alignment.domain.publication import Content
from alignment.domain.when import parse_when

COMPARED = (
    "standard", "status", "approval_printed", "approval_address", "effective_since", "announced_on",
    "assurance_process", "metals", "stages", "route", "standards_part", "implementation_part", "governance_part",
    "decision_due",
)  # fmt: skip
"""The columns of the table that are compared: all but where a row stands and which document reports it."""

DATES = ("effective_since", "announced_on")
"""Those that hold a date as data, which is printed in words."""

STATUS = ("status", "approval_printed")
"""The columns whose change concerns those who rely on a programme."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A column that a row says otherwise; None where it says nothing."""

    name: str
    title: str
    before: Any
    after: Any

    @property
    def said(self) -> dict[str, str]:
        """A date in words, before and after; nothing for what is printed as it is."""
        if self.name not in DATES:
            return {}
        both = {"before": self.before, "after": self.after}
        return {name: str(parse_when(value)) for name, value in both.items() if value}


@dataclass(frozen=True, slots=True)
class Row:
    """A programme whose row differs, came or went; ``grounds`` are the facts behind it, as they were frozen."""

    programme: str
    standard: str
    kind: str
    cells: tuple[Cell, ...]
    grounds: tuple[Mapping[str, Any], ...] = ()

    @property
    def said(self) -> str:
        """The kind of change in words."""
        return {"changed": "changed", "added": "new in the table", "removed": "no longer in the table"}[self.kind]


@dataclass(frozen=True, slots=True)
class Said:
    """An attributed statement that came, went or says something else."""

    id: str
    said_by: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A section of the text: its heading, and paragraphs that went (−), came (+) or stayed beside them (blank)."""

    heading: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Between:
    """Everything that the later update says differently from the earlier one."""

    before: str
    after: str
    rows: tuple[Row, ...]
    unchanged: int
    statements: tuple[Said, ...]
    passages: tuple[Passage, ...]

    @property
    def nothing(self) -> bool:
        return not (self.rows or self.statements or self.passages)


def between(before: Content, after: Content, grounds: Mapping[str, Sequence[Mapping[str, Any]]]) -> Between:
    """The differences; ``grounds`` by programme."""
    rows = compare_rows(before, after, grounds)
    return Between(
        before=before["number"],
        after=after["number"],
        rows=rows,
        unchanged=len({row["programme"] for each in (before, after) for row in each["table"]["rows"]}) - len(rows),
        statements=tuple(_statements(before, after)),
        passages=tuple(_passages(before["text"], after["text"])),
    )


def compare_rows(
    before: Content, after: Content, grounds: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[Row, ...]:
    """The rows that differ, in the order of the later table; those that went come last."""
    titles = {each["name"]: each["title"] for copy in (before, after) for each in copy["table"]["columns"]}
    was = {row["programme"]: row for row in before["table"]["rows"]}
    now = {row["programme"]: row for row in after["table"]["rows"]}
    found = []
    for programme in dict.fromkeys((*now, *was)):
        one, other = was.get(programme), now.get(programme)
        cells = tuple(
            Cell(name, titles[name], (one or {}).get(name), (other or {}).get(name))
            for name in COMPARED
            if name in titles and (one or {}).get(name) != (other or {}).get(name)
        )
        if cells:
            kind = "added" if one is None else "removed" if other is None else "changed"
            said = (other or one or {})["standard"]
            found.append(Row(programme, said, kind, cells, tuple(grounds.get(programme, ()))))
    return tuple(found)


def _statements(before: Content, after: Content) -> Iterator[Said]:
    was = {each["id"]: each for each in before["statements"]}
    now = {each["id"]: each for each in after["statements"]}
    for id in dict.fromkeys((*now, *was)):
        one, other = was.get(id), now.get(id)
        texts = ((one or {}).get("text", ""), (other or {}).get("text", ""))
        if texts[0] != texts[1]:
            held = other or one or {}
            yield Said(id, held["said_by"], held["title"], *texts)


def _passages(before: str, after: str) -> Iterator[Passage]:
    """Section by section, paragraph by paragraph; what is inserted stands as its marker."""
    was, now = _by_heading(before), _by_heading(after)
    for heading in dict.fromkeys((*now, *was)):
        one, other = was.get(heading, []), now.get(heading, [])
        if one != other:
            yield Passage(heading, tuple(_lines(one, other)))


def _by_heading(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for section in sections(text):
        said = found.setdefault(section.heading, [])
        for block in section.blocks:
            if block.insert is Insert.PROSE:
                said += [each.strip() for each in block.text.split("\n\n") if each.strip()]
            else:
                said.append(f"[{INSERTED[block.insert]}]")
    return found


INSERTED = {
    Insert.TABLE: "the status table",
    Insert.STATEMENTS: "statements",
    Insert.CHANGES: "what changed since the last publication",
    Insert.ACTIONS: "open corrective actions",
}


def _lines(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    matched = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for act, low, high, begin, end in matched.get_opcodes():
        if act != "equal":
            yield from (("−", line) for line in before[low:high])
            yield from (("+", line) for line in after[begin:end])


def changes_of(before: Content | None, rows: Sequence[Row]) -> Content | None:
    """What a publication freezes of the changes since the last one; None for a first publication."""
    if before is None:
        return None
    return {
        "since": before["number"],
        "as_at": before["as_at"],
        "programmes": [
            {
                "programme": row.programme,
                "standard": row.standard,
                "kind": row.kind,
                "columns": [
                    # A copy that was frozen without the words goes on without them: it stays as it was printed.
                    {"name": cell.name, "title": cell.title, "before": cell.before, "after": cell.after}
                    | ({"said": cell.said} if cell.said else {})
                    for cell in row.cells
                ],
                "grounds": [dict(each) for each in row.grounds],
            }
            for row in rows
        ],
    }


def frozen_grounds(contents: Sequence[Content]) -> dict[str, list[Mapping[str, Any]]]:
    """The grounds that publications froze, by programme, in their order; one printed twice is told once."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for content in contents:
        for each in (content.get("changes") or {"programmes": ()})["programmes"]:
            told = found.setdefault(each["programme"], [])
            told += [ground for ground in each["grounds"] if ground not in told]
    return found
