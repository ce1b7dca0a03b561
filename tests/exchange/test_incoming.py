"""Tables that people bring: read as text with their rows and columns, refused in a sentence where they are none."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime

import pytest

from alignment.domain.refusal import Refusal
from alignment.exchange.incoming import MOST_BYTES, MOST_ROWS, _said, letters, read_table

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(*sheets: tuple[str, Sequence[Sequence[str]]], more: str = "") -> bytes:
    """A workbook with these sheets, each cell a text; ``more`` is put into the last sheet as it is."""
    listed = "".join(f'<sheet name="{name}" sheetId="{at}" r:id="r{at}"/>' for at, (name, _) in enumerate(sheets, 1))
    tied = "".join(
        f'<Relationship Id="r{at}" Type="{OFFICE}/worksheet" Target="worksheets/s{at}.xml"/>'
        for at in range(1, len(sheets) + 1)
    )
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="w" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}">{tied}</Relationships>')
        for at, (_, rows) in enumerate(sheets, 1):
            archive.writestr(f"xl/worksheets/s{at}.xml", sheet_of(rows, more if at == len(sheets) else ""))
    return held.getvalue()


def sheet_of(rows: Sequence[Sequence[str]], more: str) -> str:
    said = ""
    for number, cells in enumerate(rows, 1):
        filled = "".join(
            f'<c r="{letters(at)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
            for at, cell in enumerate(cells)
            if cell
        )
        said += f'<row r="{number}">{filled}</row>'
    return f'<worksheet xmlns="{MAIN}"><sheetData>{said}{more}</sheetData></worksheet>'


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_a_csv_is_read_with_the_numbers_that_people_see(between: str) -> None:
    text = 'Name|Metal|\n\nA|copper|x\n"B\nb"|tin\nC|zinc\n'.replace("|", between)
    table = read_table("brands.csv", b"\xef\xbb\xbf" + text.encode())
    assert table.heads == ("Name", "Metal")
    assert table.rows == ((3, ("A", "copper")), (4, ("B\nb", "tin")), (6, ("C", "zinc")))
    assert (table.sheet, table.column(1)) == ("", "B (Metal)")


def test_a_workbook_is_read_from_the_first_sheet_that_holds_something() -> None:
    book = workbook(("Notes", []), ("Brands", [["Name", "", "Metal"], [], ["A", "x", "copper"]]))
    table = read_table("brands.XLSX", book)
    assert (table.sheet, table.heads) == ("Brands", ("Name", "", "Metal"))
    assert table.rows == ((3, ("A", "x", "copper")),)
    assert table.column(1) == "B"
    assert read_table("brands.xlsx", book, "Brands") == table
    with pytest.raises(Refusal, match="has no sheet “None”: it has Notes, Brands"):
        read_table("brands.xlsx", book, "None")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("brands.csv", b"", "is empty"),
        ("brands.csv", b"\n \n", "The table is empty"),
        ("brands.csv", b"Name,Metal\n", "nothing below them"),
        ("brands.csv", b'Name\n"A\n', "line 2: a quotation mark does not close"),
        ("brands.csv", "Name\nÄ\n".encode("latin-1"), "its content is something else"),
        ("brands.csv", b"Name\n" + b"A\n" * (MOST_ROWS + 1), "5,001 rows; 5,000 at most"),
        ("brands.csv", b"Name\n" + b"A\n" * (2 * MOST_ROWS), "more than 5,000 rows"),
        ("brands.csv", b",".join([b"A"] * 61) + b"\nx\n", "61 columns; 60 at most"),
        ("brands.csv", b"x" * (MOST_BYTES + 1), "is larger than 10 MB"),
        ("brands.csv", workbook(("A", [["Name"], ["x"]])), "its content is something else"),
        ("brands.pdf", b"%PDF-1.7", "is no table: bring CSV"),
        ("brands.xlsx", b"Name,Metal\nA,copper\n", "its content is something else"),
        ("brands.xlsx", workbook(("A", [])), "The table is empty"),
        ("brands.xlsx", workbook(("A", [["Name"], ["x"]]))[:-40], "damaged or encrypted"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_a_sentence(name: str, content: bytes, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        read_table(name, content)


@pytest.mark.parametrize("place", ["XFD1048576", "A900000", "AAA3"])
def test_a_cell_far_from_the_others_is_refused_before_the_table_is_laid_out(place: str) -> None:
    far = f'<row><c r="{place}" t="inlineStr"><is><t>x</t></is></c></row>'
    with pytest.raises(Refusal, match=f"has a cell at {place}, far from the others"):
        read_table("brands.xlsx", workbook(("A", [["Name"], ["x"]]), more=far))


def test_an_archive_that_unpacks_to_far_too_much_is_not_opened() -> None:
    with pytest.raises(Refusal, match="unpacks to far more than a document does"):
        read_table("brands.xlsx", workbook(("A", [["Name"], ["x"]]), more=" " * 60_000_000))


def test_a_workbook_that_is_none_inside_is_refused() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(("A", [["Name"], ["x"]])))) as whole:
        content = broken_bytes(whole)
    with pytest.raises(Refusal, match="cannot be read as a workbook"):
        read_table("brands.xlsx", content)


def broken_bytes(whole: zipfile.ZipFile) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as broken:
        for each in whole.namelist():
            broken.writestr(each, b"<workbook" if each == "xl/workbook.xml" else whole.read(each))
    return held.getvalue()


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (None, ""), (True, "yes"), (False, "no"), (28.0, "28"), (12.5, "12.5"), (date(2025, 1, 2), "2025-01-02"),
        (datetime.fromisoformat("2025-01-02"), "2025-01-02"),
        (datetime.fromisoformat("2025-01-02T03:04"), "2025-01-02 03:04:00"), (" A\0 ", "A"),
    ],
)  # fmt: skip
def test_a_cell_says_what_people_would_type(cell: object, said: str) -> None:
    assert _said(cell) == said


@pytest.mark.parametrize(("at", "said"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (702, "AAA")])
def test_a_column_has_its_letters(at: int, said: str) -> None:
    assert letters(at) == said
