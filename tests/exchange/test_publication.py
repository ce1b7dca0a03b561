"""A market update as files, from its frozen content alone."""

from __future__ import annotations

import csv
import io
import json

from alignment.domain.publication import check_file, content_of, digest_of
from alignment.domain.table import COLUMNS, printed
from alignment.exchange.publication import publication_csv, publication_json, publication_markdown
from alignment.text import render
from tests.domain.update import SOURCE, Written, content, row, statement

CONTENT = content()


def test_the_json_file_passes_its_own_check_and_gives_the_content_back() -> None:
    said = publication_json(CONTENT)
    assert check_file(said.encode()) is None
    assert json.loads(said)["content"] == CONTENT


def test_the_csv_has_the_frozen_columns_and_rows() -> None:
    first, second = csv.DictReader(io.StringIO(publication_csv(CONTENT), newline=""))
    assert list(first) == [column.title for column in COLUMNS]
    assert (first["Standard"], second["Standard"]) == ("Alpha Standard", "Beta | Standard")
    assert second["Status of LME approval"] == "Approved (published here)"


def test_the_csv_keeps_the_columns_it_was_frozen_with_though_the_program_has_others_now() -> None:
    old = {**CONTENT, "table": {"columns": [{"name": "a", "title": "Old"}], "rows": [{"a": "=x"}]}}
    assert publication_csv(old) == "Old\r\n'=x\r\n"


def test_the_markdown_has_the_table_and_the_statements_in_their_places() -> None:
    lines = [line for line in publication_markdown(CONTENT).splitlines() if line]
    assert lines == [
        "# Update of September",
        "Publication 2024-09, published September 2024, table as at 30 September 2024.",
        "> A reconstruction. The original is authoritative.",
        "Original title: The original’s title.",
        "## 1 Begin",
        "Words.",
        "Table 1. Status of alignment assessments and of LME approval, as at 30 September 2024",
        "| Standard | Status of alignment assessment | Status of LME approval |",
        "| --- | --- | --- |",
        "| Alpha Standard | Standard assessment complete; implementation assessment not known "
        "| Conditionally approved |",
        "| Beta \\| Standard | Standard assessment complete; implementation assessment not known "
        "| Approved (published here) |",
        "## 2 Said",
        "- **Keep on.** They said so. (section 5)",
        "- **No rest.** They said so. (section 5)",
        "Somebody, as reported in “A memo”, in our words.",
        "---",
        "Source: An exchange, “A memo”, September 2024.",
        f"SHA-256 of the content in canonical JSON: `{digest_of(CONTENT)}`.",
    ]


def test_the_markdown_is_read_as_a_table_of_two_programmes() -> None:
    html = render(publication_markdown(CONTENT))
    assert html.count("<tr>") == 3
    assert "<td>Beta | Standard</td>" in html


def test_a_correction_says_what_it_corrects_and_an_undated_source_that_it_is_undated() -> None:
    untitled = {**statement(), "title": "", "said_by": ""}
    update = Written(original_title="", number="2024-10", text="Before.\n\n{{ statements: comment }}\n")
    source = {**SOURCE, "issued": None}
    said = publication_markdown(content_of(update, [printed(row())], [untitled], source, corrects="2024-09"))
    assert "This publication corrects 2024-09." in said
    assert "“A memo”, undated." in said
    assert "- They said so. (section 5)" in said
    assert "The source, as reported in “A memo”" in said
    assert "Original title" not in said
