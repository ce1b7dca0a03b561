"""Tables that people bring, as CSV or XLSX: judged before they are opened, read as text, each row with its number."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date, datetime, time
from typing import Any

from alignment.domain.evidence import accept
from alignment.domain.frozen import dataclass
from alignment.domain.refusal import Refusal

MOST_BYTES = 10_000_000
MOST_ROWS = 5_000
MOST_COLUMNS = 60
LONGEST_CELL = 4_000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A table as text: the sheet it stood in, its heads, and its rows with the numbers that people see."""

    sheet: str
    heads: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def column(self, at: int) -> str:
        """The letters of a column, with its head: C, Metal."""
        return f"{letters(at)} ({self.heads[at]})" if self.heads[at] else letters(at)


def letters(at: int) -> str:
    """A column by its place, as programs name it: 0 is A, 26 is AA."""
    said = ""
    while at >= 0:
        at, rest = divmod(at, 26)
        said = chr(65 + rest) + said
        at -= 1
    return said


def read_table(name: str, content: bytes, sheet: str = "") -> Incoming:
    """The first sheet that holds something, or the one that is named. Refusal, in a sentence, for what is no table."""
    if not name.lower().endswith((".csv", ".xlsx")):
        raise Refusal(f"“{name[:80]}” is no table: bring CSV (UTF-8) or XLSX.")
    kind = accept(name, content, MOST_BYTES).media_type
    return _whole(*_from_workbook(name, content, sheet)) if kind == _XLSX else _whole("", _from_csv(name, content))


def _whole(sheet: str, rows: list[tuple[int, list[str]]]) -> Incoming:
    """The heads and the rows that are not blank, all of one width."""
    filled = [(number, cells) for number, cells in rows if any(cell.strip() for cell in cells)]
    if not filled:
        raise Refusal("The table is empty: its first row has to name the columns, and the others hold one entry each.")
    heads = [" ".join(cell.split()) for cell in filled[0][1]]
    while heads and not heads[-1]:
        heads.pop()
    if len(filled) == 1:
        raise Refusal("The table has the names of its columns and nothing below them: add a row for each entry.")
    if len(filled) - 1 > MOST_ROWS:
        raise Refusal(
            f"The table has {len(filled) - 1:,} rows; {MOST_ROWS:,} at most are brought in at once: split it."
        )
    if len(heads) > MOST_COLUMNS:
        raise Refusal(f"The table has {len(heads)} columns; {MOST_COLUMNS} at most are read: leave out the others.")
    wide = len(heads)
    body = tuple((number, tuple((cells + [""] * wide)[:wide])) for number, cells in filled[1:])
    return Incoming(sheet, tuple(heads), body)


# --- CSV ---------------------------------------------------------------------------------------------------


def _from_csv(name: str, content: bytes) -> list[tuple[int, list[str]]]:
    text = content.decode("utf-8-sig")
    first = text.partition("\n")[0]
    between = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    rows: list[tuple[int, list[str]]] = []
    number = 1
    try:
        for cells in reader:
            rows.append((number, [_short(cell) for cell in cells]))
            number = reader.line_num + 1
            if len(rows) > 2 * MOST_ROWS:
                raise Refusal(f"“{name}” has more than {MOST_ROWS:,} rows: split it.")
    except csv.Error as error:
        raise Refusal(
            f"“{name}”, line {number}: a quotation mark does not close its cell: write each mark in a cell twice."
        ) from error
    return rows


# --- XLSX --------------------------------------------------------------------------------------------------


def _from_workbook(name: str, content: bytes, wanted: str) -> tuple[str, list[tuple[int, list[str]]]]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    _refuse_what_spreads_out(name, content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [each.name for each in book.sheets_metadata if each.typ is SheetTypeEnum.WorkSheet]
        if wanted and wanted not in names:
            raise Refusal(f"“{name}” has no sheet “{wanted[:60]}”: it has {', '.join(names)}.")
        for sheet in [wanted] if wanted else names:
            read = book.get_sheet_by_name(sheet)
            rows = read.to_python(skip_empty_area=False)
            if any(cell not in ("", None) for cells in rows for cell in cells):
                return sheet, [(at, [_said(cell) for cell in cells]) for at, cells in enumerate(rows, 1)]
    except CalamineError as error:
        raise Refusal(f"“{name}” cannot be read as a workbook: save it anew as XLSX and choose it again.") from error
    return "", []


_PLACE = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,4})([0-9]{1,9})"')


def _refuse_what_spreads_out(name: str, content: bytes) -> None:
    """Two cells far apart make a table as large as all between them: refused before anything is laid out."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.namelist():
            if entry.startswith("xl/worksheets/") and entry.endswith(".xml"):
                for column, row in _PLACE.findall(archive.read(entry)):
                    if len(column) > 2 or int(row) > 2 * MOST_ROWS:
                        place = f"{column.decode()}{row.decode()}"
                        raise Refusal(
                            f"“{name}” has a cell at {place}, far from the others: {MOST_ROWS:,} rows and "
                            f"{MOST_COLUMNS} columns at most are read. Delete what stands there, or split the table."
                        )


def _said(cell: Any) -> str:
    """A cell as people would type it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return _short(str(cell))


def _short(cell: str) -> str:
    """A cell with no character that no database keeps, and no more of it than any field takes."""
    return cell.replace("\0", "").replace("\r\n", "\n").strip()[:LONGEST_CELL]
