"""What two market updates say differently: rows with their grounds, statements, text."""

from __future__ import annotations

from typing import Any

import pytest

from alignment.domain.differing import between, changes_of, compare_rows, frozen_grounds
from alignment.domain.publication import Content
from tests.domain.update import content

GROUND = {"kind": "Decision of the LME", "said": "Approved.", "effective": "2026-11-01", "source_title": None}


def later(**changes: Any) -> Content:
    return content(number="2026-11", **changes)


def with_row(made: Content, at: int, **changes: Any) -> Content:
    made["table"]["rows"][at] |= changes
    return made


def test_a_copy_compared_with_itself_says_nothing_else() -> None:
    found = between(content(), content(), {})
    assert found.nothing
    assert (found.rows, found.unchanged, found.statements, found.passages) == ((), 2, (), ())


def test_a_row_that_says_something_else_is_told_column_by_column_with_its_grounds() -> None:
    found = between(content(), with_row(later(), 0, approval_printed="Approved", source="another"), {"alpha": [GROUND]})
    [row] = found.rows
    assert (row.programme, row.kind, row.said, found.unchanged) == ("alpha", "changed", "changed", 1)
    [cell] = row.cells
    assert (cell.name, cell.title) == ("approval_printed", "Status of LME approval")
    assert (cell.before, cell.after) == ("Conditionally approved", "Approved")
    assert row.grounds == (GROUND,)


def test_where_a_row_stands_and_which_document_reports_it_is_no_change() -> None:
    moved = with_row(later(), 0, number=7, source="another", source_title="Another", source_date="2026")
    assert between(content(), moved, {}).rows == ()


def test_rows_that_came_and_went_are_told_the_ones_that_went_last() -> None:
    before, after = content(), later()
    del before["table"]["rows"][1]
    del after["table"]["rows"][0]
    found = between(before, after, {})
    assert [(row.programme, row.kind, row.said) for row in found.rows] == [
        ("beta", "added", "new in the table"),
        ("alpha", "removed", "no longer in the table"),
    ]
    assert found.rows[1].standard == "Alpha Standard"
    assert found.unchanged == 0


def test_a_column_that_one_copy_never_had_is_compared_where_one_has_it() -> None:
    before = content()
    before["table"]["columns"] = before["table"]["columns"][:3]
    assert compare_rows(before, later(), {}) == ()


def test_statements_that_came_went_or_changed_are_told_in_the_name_of_who_made_them() -> None:
    before, after = content(), later()
    before["statements"][0] |= {"id": "old"}
    after["statements"][0] |= {"id": "new"}
    after["statements"][1] |= {"text": "They said more."}
    found = between(before, after, {}).statements
    assert [(each.id, each.before, each.after) for each in found] == [
        ("new", "", "They said so."),
        ("no-rest", "They said so.", "They said more."),
        ("old", "They said so.", ""),
    ]
    assert {each.said_by for each in found} == {"Somebody"}


def test_the_text_is_compared_section_by_section_and_paragraph_by_paragraph() -> None:
    before = content(text="Head.\n\n## A\n\nOne.\n\nTwo.\n\n{{ status_table }}\n\n## B\n\nSame.\n")
    after = later(
        text="Head.\n\n## A\n\nOne.\n\nTwo, and more.\n\n{table: status}\n\n{table: changes}\n\n## B\n\nSame.\n"
    )
    [passage] = between(before, after, {}).passages
    assert passage.heading == "A"
    assert passage.lines == (
        ("−", "Two."),
        ("+", "Two, and more."),
        ("+", "[what changed since the last publication]"),
    )


def test_a_section_that_came_and_one_that_went_are_told() -> None:
    found = between(content(text="## A\n\nOne.\n"), later(text="## B\n\nOne.\n"), {}).passages
    assert [(each.heading, each.lines) for each in found] == [("B", (("+", "One."),)), ("A", (("−", "One."),))]


# What is frozen of it


def test_a_first_publication_freezes_no_changes() -> None:
    assert changes_of(None, ()) is None


def test_what_is_frozen_names_the_last_publication_and_each_change_with_its_grounds() -> None:
    rows = compare_rows(content(), with_row(later(), 0, approval_printed="Approved"), {"alpha": [GROUND]})
    frozen = changes_of(content(), rows)
    assert frozen is not None
    assert (frozen["since"], frozen["as_at"]) == ("2024-09", "2024-09-30")
    [programme] = frozen["programmes"]
    assert (programme["programme"], programme["kind"], programme["grounds"]) == ("alpha", "changed", [GROUND])
    assert programme["columns"] == [
        {
            "name": "approval_printed",
            "title": "Status of LME approval",
            "before": "Conditionally approved",
            "after": "Approved",
        }
    ]


def test_a_date_is_frozen_with_its_words_and_nothing_else_is() -> None:
    dates = {"effective_since": "by 2023-04-18", "announced_on": None, "approval_printed": "Approved"}
    before = with_row(content(), 0, **{**dates, "announced_on": "2024-09-30"})
    after = with_row(later(), 0, **{**dates, "effective_since": "2026-11-22", "approval_printed": "Suspended"})
    frozen = changes_of(before, compare_rows(before, after, {}))
    assert frozen is not None
    said = {each["name"]: each.get("said") for each in frozen["programmes"][0]["columns"]}
    assert said == {
        "approval_printed": None,
        "effective_since": {"before": "by April 2023", "after": "22 November 2026"},
        "announced_on": {"before": "30 September 2024"},
    }


@pytest.mark.parametrize("times", [1, 2])
def test_grounds_are_gathered_from_all_copies_in_between_each_once(times: int) -> None:
    one = {**later(), "changes": {"programmes": [{"programme": "alpha", "grounds": [GROUND]}]}}
    other = {"said": "Another."}
    two = {**later(), "changes": {"programmes": [{"programme": "alpha", "grounds": [GROUND, other]}]}}
    without = {**later(), "changes": None}
    assert frozen_grounds([content(), without, *[one] * times, two]) == {"alpha": [GROUND, other]}
