"""The status table as CSV with its CSVW description, as JSON, as Markdown, and for a terminal.

A CSV cell whose text a spreadsheet would take for a formula (it begins with = + - @, their full-width
forms, a tab or a line break) gets an apostrophe before it, and so does one that begins with an
apostrophe before such a character: taking one apostrophe away gives the exact text back.
"""

from __future__ import annotations

import csv
import io
import re
import textwrap
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Protocol

from alignment.domain.table import COLUMNS, Column, Kind, PrintedRow, Value, printed
from alignment.domain.when import say_age, say_day
from alignment.exchange.csvw import description

LIMITS = (
    "A rating judges a programme, never a company that takes part in it. The OECD certifies nobody. Alignment is "
    "concluded by the assessor and approval is decided by the London Metal Exchange. What no source says is "
    "empty, and a stale status is one that no newer report confirms."
)
GUARD_SAID = (
    "A text that a spreadsheet would take for a formula, beginning with = + - @ or a tab or line break, has an "
    "apostrophe before it; take one apostrophe away for the exact text."
)
MORE_COLUMNS = (
    Column(
        "last_report", "Last report",
        "The newest day, up to the date asked for, on which anything about the programme was reported.", Kind.DAY,
    ),
    Column("age_days", "Age in days", "Days from the last report to the date asked for.", Kind.NUMBER),
    Column(
        "stale", "Stale", "Whether the status is older than the policy age; it is neither hidden nor upgraded.",
        Kind.YES_NO, required=True,
    ),
    Column("as_at", "As at", "The date that the row holds for.", Kind.DAY, required=True),
    Column(
        "known_at", "Known at",
        "The row as the register knew it at this moment (UTC); empty for all that it has learned.", Kind.MOMENT,
    ),
    Column(
        "ahead", "Decided ahead",
        "What the LME has decided by then and takes effect later, with its day; empty where there is nothing.",
    ),
)  # fmt: skip
ALL_COLUMNS = (*COLUMNS, *MORE_COLUMNS)

WIDTH = 100
"""Characters in a line of the terminal table."""


class StatusRow(PrintedRow, Protocol):
    """A row with its age."""

    @property
    def stale(self) -> bool: ...


class Chosen(Protocol):
    """What the reader asked to see."""

    @property
    def metal(self) -> str: ...
    @property
    def approval(self) -> str: ...
    @property
    def stage(self) -> str: ...


class StatusTable(Protocol):
    """The status table as at a date, as known at a moment."""

    @property
    def as_at(self) -> date: ...
    @property
    def known_at(self) -> datetime | None: ...
    @property
    def rows(self) -> Sequence[StatusRow]: ...
    @property
    def in_all(self) -> int: ...
    @property
    def filters(self) -> Chosen: ...
    @property
    def empty_because(self) -> str: ...


def status_values(page: StatusTable) -> list[dict[str, Value]]:
    """The rows as plain values, in the order of ``ALL_COLUMNS``."""
    return [_values(row, page) for row in page.rows]


def _values(row: StatusRow, page: StatusTable) -> dict[str, Value]:
    last = row.state.last_report
    return {
        **printed(row),
        "last_report": last.isoformat() if last else None,
        "age_days": (page.as_at - last).days if last else None,
        "stale": row.stale,
        "as_at": page.as_at.isoformat(),
        "known_at": _moment(page.known_at),
        "ahead": _ahead(row) or None,
    }


def _ahead(row: StatusRow) -> str:
    return "; ".join(each.said for each in row.state.ahead)


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None


# --- CSV -----------------------------------------------------------------------------------------------

_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")
_SUSPECT = frozenset("'=+-@＝＋－＠\t\r\n")


def status_csv(page: StatusTable) -> str:
    """The table as CSV: a header, CRLF, the LME's three printed columns first."""
    titles = [column.title for column in ALL_COLUMNS]
    return csv_text(titles, ([*_values(row, page).values()] for row in page.rows))


class Written(str):
    """JSON that is written already, with the indent of the place at which it stands."""

    __slots__ = ()


def csv_text(titles: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """Rows as CSV with CRLF; None is empty, truth is true or false, a formula is guarded."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([guarded(title) for title in titles])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def csv_line(values: Sequence[Value]) -> str:
    """Two or more values of a row, as ``csv_text`` writes them, for lines that have some of their values in common."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="").writerow([_cell(value) for value in values])
    return out.getvalue()


def _cell(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return guarded(value)


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in _SUSPECT and _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """The exact text behind a cell."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def csvw_metadata(base_url: str, query: str = "") -> dict[str, Any]:
    """What the columns of ``status.csv`` mean, as CSVW.

    ``query`` is that of the CSV's own address: a description counts only for the address it names.
    """
    return description(
        f"status.csv{'?' if query else ''}{query}",
        "Status of alignment assessments and of LME approval under Track A",
        ALL_COLUMNS,
        says=f"{LIMITS} {GUARD_SAID}",
        key="programme",
        about=f"{base_url.rstrip('/')}/programmes/{{programme}}",
    )


# --- JSON ----------------------------------------------------------------------------------------------


def status_json(page: StatusTable) -> dict[str, Any]:
    """The table as JSON: the keys of a row are the names of the columns, unknown is null."""
    chosen = {"metal": page.filters.metal, "approval": page.filters.approval, "stage": page.filters.stage}
    return {
        "as_at": page.as_at.isoformat(),
        "known_at": _moment(page.known_at),
        "filters": {name: said for name, said in chosen.items() if said},
        "count": len(page.rows),
        "count_without_filters": page.in_all,
        "empty_because": page.empty_because or None,
        "rows": status_values(page),
        "sources": _sources(page.rows),
        "limits": LIMITS,
    }


def _sources(rows: Iterable[StatusRow]) -> list[dict[str, Value]]:
    """The documents that the approvals rest on, each once."""
    found = {row.source.id: row.source for row in rows if row.source}
    return [
        {
            "id": source.id,
            "title": source.title,
            "issuer": source.issuer,
            "issued": source.issued.iso() if source.issued else None,
        }
        for source in found.values()
    ]


# --- Markdown ------------------------------------------------------------------------------------------

_ACTIVE = re.compile(r"([\\`*_\[\]<>|{}#~&])")


def status_markdown(page: StatusTable) -> str:
    """The table as a Markdown document, with its date, what it rests on and its limits."""
    shown = [
        [*(str(printed(row)[column.name]) for column in COLUMNS[:3]), _since(row), _age(row, page.as_at)]
        for row in page.rows
    ]
    titles = [*(column.title for column in COLUMNS[:3]), "Since", "Age of the last report"]
    return "\n".join(
        [
            "# Status of alignment assessments",
            "",
            f"{_dated(page)}.",
            "",
            *_filtered(page),
            markdown_table(titles, shown) if shown else markdown_text(_empty(page)),
            "",
            *(f"- {markdown_text(each)}" for each in (*_said_ahead(page.rows), *_said_sources(page.rows))),
            *([""] if page.rows else []),
            LIMITS,
            "",
        ]
    )


def markdown_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells print as they are, whatever characters they hold."""
    lines = [titles, ["---"] * len(titles), *([markdown_text(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def markdown_text(text: str) -> str:
    """Text on one line that Markdown prints as it is."""
    return _ACTIVE.sub(r"\\\1", " ".join(text.split()))


def _filtered(page: StatusTable) -> list[str]:
    if len(page.rows) == page.in_all or not page.rows:
        return []
    return [f"{len(page.rows)} of {page.in_all} programmes, by the filters asked for.", ""]


def _dated(page: StatusTable) -> str:
    known = f"known at {page.known_at:%Y-%m-%d %H:%M} UTC" if page.known_at else "with all that is known"
    return f"As at {say_day(page.as_at)}, {known}"


def _empty(page: StatusTable) -> str:
    return page.empty_because or "No programme has all that was asked for."


def _said_ahead(rows: Iterable[StatusRow]) -> list[str]:
    """A line for each programme on which something is decided that takes effect later."""
    return [f"{row.programme.name}: {_ahead(row)}" for row in rows if row.state.ahead]


def _said_sources(rows: Sequence[StatusRow]) -> list[str]:
    """A line for each programme: which document reports its approval, where, and of when."""
    lines = []
    for row in rows:
        if row.source:
            undated = "" if row.source.place.startswith("/") else ", undated"  # a ledger bears no date
            issued = f", {row.source.issued}" if row.source.issued else undated
            place = f", {row.source.place}" if row.source.place else ""
            lines.append(f"{row.programme.name}: {row.source.issuer}, “{row.source.title}”{place}{issued}")
    return lines


def _since(row: StatusRow) -> str:
    since, decided = row.state.standing.since, row.state.standing.decision_id
    if since is None or not decided:
        return "not known"
    return str(since)


def _age(row: StatusRow, as_at: date) -> str:
    last = row.state.last_report
    if last is None:
        return "no report"
    said = say_age(last, as_at)
    return f"{said}, stale" if row.stale else said


# --- terminal ------------------------------------------------------------------------------------------

_GAP = 2


def status_table(page: StatusTable, *, width: int = WIDTH) -> str:
    """The table for a terminal: columns aligned, long cells wrapped, no line wider than ``width``."""
    heads = ("", "Standard", "Status of alignment assessment", "Status of LME approval", "Since", "Age")
    body = [
        (
            str(row.programme.number),
            row.programme.name,
            row.state.sentence,
            row.approval_printed,
            _since(row),
            _age(row, page.as_at),
        )
        for row in page.rows
    ]
    said = textwrap.fill(". ".join((_dated(page), *_said_ahead(page.rows), LIMITS)), width)
    if not body:
        return f"{textwrap.fill(_empty(page), width)}\n\n{said}\n"
    widths = _widths(body, width)
    rule = "-" * width
    blocks = [_block(heads, widths), rule, *_spaced([_block(row, widths) for row in body]), rule, said]
    return "\n".join(blocks) + "\n"


def _widths(body: Sequence[Sequence[str]], width: int) -> list[int]:
    """The short columns by what they hold; the two long ones share what is left."""
    number = max(len(row[0]) for row in body)
    fixed = [number, 0, 0, 14, 14, 12]
    left = max(width - sum(fixed) - _GAP * (len(fixed) - 1), 24)
    fixed[1], fixed[2] = left - left // 2, left // 2
    return fixed


def _block(cells: Sequence[str], widths: Sequence[int]) -> str:
    """One row over as many lines as its longest cell takes."""
    columns = [textwrap.wrap(cell, wide) or [""] for cell, wide in zip(cells, widths, strict=True)]
    lines = []
    for at in range(max(len(column) for column in columns)):
        pieces = [column[at] if at < len(column) else "" for column in columns]
        line = (" " * _GAP).join(piece.ljust(wide) for piece, wide in zip(pieces, widths, strict=True))
        lines.append(line.rstrip())
    return "\n".join(lines)


def _spaced(blocks: Iterable[str]) -> list[str]:
    return "\n\n".join(blocks).split("\n")
