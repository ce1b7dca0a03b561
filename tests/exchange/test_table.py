"""The status table as files and for a terminal: complete, exact, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from csvw import CSVW
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.decision import Act
from alignment.domain.when import Precision
from alignment.exchange.table import (
    ALL_COLUMNS,
    LIMITS,
    WIDTH,
    csv_text,
    csvw_metadata,
    guarded,
    markdown_table,
    markdown_text,
    status_csv,
    status_json,
    status_markdown,
    status_table,
    unguarded,
)
from alignment.text import plain, render
from tests.domain.update import AS_AT, Programme, Row, Source, decided, row


@dataclass(frozen=True)
class Chosen:
    """What the reader asked to see."""

    metal: str = ""
    approval: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Page:
    """The status table as exchange is given it."""

    rows: Sequence[Row]
    in_all: int = 2
    as_at: date = AS_AT
    known_at: datetime | None = None
    filters: Chosen = Chosen()
    empty_because: str = ""


OTHER = row(
    programme=Programme("beta", 2, "Beta | Standard, *second* edition", "", "all minerals", ""),
    state=decided(Act.APPROVED, date(2024, 9, 30), Precision.BY),
    approval_printed="Approved (published here)",
    source=Source("notice", "[A notice]", "An association", None, ""),
    stale=True,
)
PAGE = Page([row(), OTHER])
EMPTY = Page([], 0, empty_because="This register holds nothing yet: run “alignment load-seeds”.")
LATE = datetime(2026, 11, 21, 23, 59, 59, 999_999, tzinfo=UTC)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


# CSV


def test_the_csv_begins_with_the_lmes_three_columns_as_printed() -> None:
    first, second = read(status_csv(PAGE))
    assert list(first)[:3] == ["Standard", "Status of alignment assessment", "Status of LME approval"]
    assert list(second.values())[:4] == [
        "Beta | Standard, *second* edition",
        "Standard assessment complete; implementation assessment not known",
        "Approved (published here)",
        "",
    ]


def test_the_csv_says_age_staleness_and_dates_in_forms_for_programs() -> None:
    second = read(status_csv(Page([row(), OTHER], known_at=LATE)))[1]
    assert {title: second[title] for title in list(second)[-6:]} == {
        "Last report": "2024-09-01",
        "Age in days": "29",
        "Stale": "true",
        "As at": "2024-09-30",
        "Known at": "2026-11-21T23:59:59.999999Z",
        "Decided ahead": "",
    }
    assert (second["Effective since"], second["Decision due"], second["Source date"]) == ("by 2024-09-30", "false", "")


def test_every_line_of_the_csv_ends_with_crlf() -> None:
    assert status_csv(PAGE).count("\r\n") == status_csv(PAGE).count("\n") == 3


def test_an_empty_table_is_a_header_alone() -> None:
    assert status_csv(EMPTY).split("\r\n") == [",".join(column.title for column in ALL_COLUMNS), ""]


cells = st.text(max_size=30) | st.text("=+-@'\t\r\n\",;＝ a1", max_size=6)


@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=5))
def test_any_text_comes_back_from_csv_as_it_went_in(rows: list[list[str]]) -> None:
    text = csv_text(["a", "b", "c"], rows)
    header, *back = csv.reader(io.StringIO(text, newline=""))
    assert header == ["a", "b", "c"]
    assert [[unguarded(cell) for cell in each] for each in back] == rows


@given(cells)
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    [_, [cell]] = csv.reader(io.StringIO(csv_text(["a"], [[text or "x"]]), newline=""))
    assert cell[0] not in "=+-@＝＋－＠\t\r\n"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
        ("'=1", "''=1"), ("＝1", "'＝1"), ("'tis", "'tis"), ("a=1", "a=1"), ("", ""),
    ],
)  # fmt: skip
def test_only_what_looks_like_a_formula_gets_an_apostrophe(text: str, cell: str) -> None:
    assert (guarded(text), unguarded(cell)) == (cell, text)


def test_numbers_truth_and_nothing_are_written_plainly() -> None:
    assert csv_text(["a", "b", "c", "d"], [[-3, True, False, None]]) == "a,b,c,d\r\n-3,true,false,\r\n"


# CSVW


def files(folder: Path, page: Page) -> Path:
    """The table and its description side by side, as somebody keeps them."""
    (folder / "status.csv").write_text(status_csv(page), encoding="utf-8", newline="")
    description = folder / "status.csv-metadata.json"
    description.write_text(json.dumps(csvw_metadata("https://register.example")), encoding="utf-8")
    return description


@pytest.mark.parametrize("page", [PAGE, Page([row(), OTHER], known_at=LATE), EMPTY], ids=["all", "known at", "empty"])
def test_the_csv_fits_its_description(tmp_path: Path, page: Page) -> None:
    described = CSVW(str(files(tmp_path, page)), validate=True)
    assert (described.is_valid, described.warnings) == (True, [])


def test_a_csv_that_breaks_its_description_is_found_so_the_check_can_fail(tmp_path: Path) -> None:
    description = files(tmp_path, PAGE)
    table = tmp_path / "status.csv"
    table.write_text(table.read_text().replace(",conditionally_approved,", ",perhaps,"), newline="")
    with pytest.raises(UserWarning, match="Invalid column value: perhaps"):
        assert CSVW(str(description), validate=True).is_valid


def test_a_reader_of_csvw_gets_typed_values_with_the_address_of_each_row(tmp_path: Path) -> None:
    read_back = CSVW(str(files(tmp_path, PAGE))).to_json()
    [table] = read_back["tables"]
    first = table["row"][0]["describes"][0]
    assert first["@id"] == "https://register.example/programmes/alpha"
    assert (first["number"], first["stale"], first["as_at"]) == (1, False, "2024-09-30")


def test_every_column_is_described_in_a_sentence() -> None:
    columns = csvw_metadata("https://register.example")["tableSchema"]["columns"]
    assert [each["titles"] for each in columns] == next(csv.reader([status_csv(PAGE).splitlines()[0]]))
    assert all(each["dc:description"].endswith(".") for each in columns)


def test_the_description_tells_how_formulas_are_guarded() -> None:
    assert "take one apostrophe away" in csvw_metadata("")["dc:description"]


def test_a_description_names_the_address_that_it_describes() -> None:
    assert csvw_metadata("", "as_at=2024-09-30")["url"] == "status.csv?as_at=2024-09-30"


# JSON


def test_the_json_says_its_date_its_rows_its_sources_and_its_limits() -> None:
    said: dict[str, Any] = json.loads(json.dumps(status_json(PAGE)))
    assert list(said) == [
        "as_at", "known_at", "filters", "count", "count_without_filters", "empty_because", "rows", "sources", "limits",
    ]  # fmt: skip
    assert (said["as_at"], said["known_at"], said["count"]) == ("2024-09-30", None, 2)
    assert said["limits"] == LIMITS
    assert list(said["rows"][0]) == [column.name for column in ALL_COLUMNS]
    assert said["sources"] == [
        {"id": "memo", "title": "A memo", "issuer": "An exchange", "issued": "2024-09"},
        {"id": "notice", "title": "[A notice]", "issuer": "An association", "issued": None},
    ]


def test_the_json_names_the_filters_that_were_asked_for() -> None:
    said = status_json(Page([OTHER], filters=Chosen(metal="copper", approval="approved")))
    assert (said["filters"], said["count"], said["count_without_filters"]) == (
        {"metal": "copper", "approval": "approved"},
        1,
        2,
    )


def test_an_empty_table_says_why_in_json() -> None:
    assert status_json(EMPTY)["empty_because"] == EMPTY.empty_because
    assert status_json(Page([]))["empty_because"] is None


# Markdown


def test_the_markdown_is_a_table_that_a_reader_of_markdown_understands() -> None:
    html = render(status_markdown(PAGE))
    assert html.count("<tr>") == 3
    assert "<td>Beta | Standard, *second* edition</td>" in html
    assert "<td>Approved (published here)</td>\n<td>by September 2024</td>\n<td>29 days, stale</td>" in html


def test_the_markdown_says_its_date_its_sources_and_its_limits() -> None:
    said = status_markdown(Page([row(), OTHER], known_at=LATE))
    assert "As at 30 September 2024, known at 2026-11-21 23:59 UTC." in said
    assert "- Alpha Standard: An exchange, “A memo”, Table 1, row 1, September 2024" in said
    assert "An association, “\\[A notice\\]”, undated" in said
    assert said.endswith(f"{LIMITS}\n")


def test_the_markdown_says_when_filters_left_rows_out() -> None:
    assert "1 of 2 programmes, by the filters asked for." in status_markdown(Page([OTHER]))


def test_an_empty_table_says_why_in_markdown() -> None:
    assert "This register holds nothing yet" in status_markdown(EMPTY)
    assert "No programme has all that was asked for." in status_markdown(Page([]))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), min_size=1, max_size=20))
def test_a_markdown_cell_prints_exactly_its_words(text: str) -> None:
    words = " ".join(text.split())
    printed = plain(markdown_table(["head"], [[f"a{text}z"]]))
    assert printed.split("\n")[-1] == " ".join(f"a{text}z".split())
    assert "\n" not in markdown_text(words)


# Terminal


def test_the_terminal_table_aligns_its_columns_and_keeps_its_width() -> None:
    lines = status_table(PAGE).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert lines[0].split("  ")[-1].strip() == "Age"
    head = next(line for line in lines if "Standard" in line)
    body = next(line for line in lines if "Alpha Standard" in line)
    assert head.index("Standard") == body.index("Alpha Standard")
    assert head.index("Since") == body.index("August 2022")


@pytest.mark.parametrize("width", [72, 100, 160])
def test_the_terminal_table_keeps_any_sensible_width_and_loses_no_word(width: int) -> None:
    long = row(programme=Programme(name="A very long name of a standard " * 6))
    said = status_table(Page([long, OTHER]), width=width)
    assert max(map(len, said.splitlines())) <= width
    assert said.split().count("very") == 6


def test_the_terminal_table_marks_what_is_stale_and_what_is_not_known() -> None:
    unknown = row(state=decided(Act.APPROVED, date(2025, 1, 1), Precision.BY), approval_printed="Not known")
    said = " ".join(status_table(Page([unknown, OTHER])).split())
    assert "not known" in said
    assert "stale" in said


def test_an_empty_terminal_table_says_why() -> None:
    assert status_table(EMPTY).startswith("This register holds nothing yet")
    assert "As at 30 September 2024, with all that is known." in status_table(EMPTY)


def test_a_programme_with_no_report_yet_says_so() -> None:
    unreported = row(state=replace(decided(Act.APPROVED, date(2025, 1, 1), Precision.BY), last_report=None))
    assert "no report" in status_table(Page([unreported]))
    assert status_json(Page([unreported]))["rows"][0]["age_days"] is None
