"""A market update being written: what cannot be kept, what cannot be inserted, what would be frozen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from alignment.domain.draft import (
    BEGINNING,
    Written,
    content_of_draft,
    faults_of,
    marker_faults,
    next_number,
    refusals,
)
from alignment.domain.insertion import Block, Insert, asked, sections
from alignment.domain.publication import issuer_of, rewritten, why_not_publish
from alignment.domain.table import printed
from tests.domain.update import Written as Recorded
from tests.domain.update import row, statement

DRAFT = Written("2026-11", "An update", date(2026, 11, 21), "## 1 Status\n\n{table: status}\n")


def test_a_draft_that_can_be_kept_has_no_fault() -> None:
    assert faults_of(DRAFT) == {}


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"number": "November"}, "number", "Write year and month as 2026-11"),
        ({"title": " "}, "title", "A title is needed"),
        ({"title": "x" * 301}, "title", "At most 300 characters; this has 301."),
        ({"label": "x" * 2001}, "label", "At most 2,000 characters"),
        ({"text": "x" * 200_001}, "text", "At most 200,000 characters"),
        ({"corrects": "2026-11"}, "corrects", "has a number of its own"),
    ],
)
def test_each_field_that_cannot_be_kept_has_a_sentence(changes: dict[str, str], field: str, sentence: str) -> None:
    faults = faults_of(replace(DRAFT, **changes))  # type: ignore[arg-type]
    assert list(faults) == [field]
    assert sentence in faults[field]


# What the text asks for


def said(text: str, *statements: str, held: tuple[str, ...] = ("comment",)) -> list[str]:
    written = replace(DRAFT, text=text, statements=statements)
    return [fault.said for fault in marker_faults(written, held)]


FIT = {
    "number": "2026-11", "as_at": date(2026, 11, 21), "corrects": "2024-09", "rows": 1, "issuer": "An exchange",
    "held": ["2024-09"], "today": date(2026, 11, 21),
}  # fmt: skip


def test_an_update_that_can_be_published_is_refused_for_nothing() -> None:
    assert refusals(**FIT) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "address", "sentence"),
    [
        ({"number": "2024-09"}, "#number", "Publication 2024-09 is frozen already"),
        ({"as_at": date(2026, 11, 22)}, "#as_at", "as at 2026-11-22, which lies ahead"),
        ({"corrects": "2019-01"}, "#corrects", "corrects publication 2019-01, which this register does not hold"),
        ({"rows": 0}, "/keeping", "Its table has no row on that day"),
        ({"issuer": ""}, "/keeping/organisations", "No exchange is entered in whose name an update is issued"),
    ],
)
def test_what_no_reason_lets_out_is_refused_with_the_place_where_it_is_mended(
    changes: dict[str, object], address: str, sentence: str
) -> None:
    [fault] = refusals(**FIT | changes)  # type: ignore[arg-type]
    assert sentence in fault.said
    assert fault.address == address
    assert not fault.check.waivable


def test_every_marker_is_an_insertion() -> None:
    text = "{table: status}\n{table:changes}\n  { table : actions }  \n{table: statements}\n"
    assert asked(text) == {Insert.TABLE, Insert.CHANGES, Insert.ACTIONS, Insert.STATEMENTS}
    [section] = sections(text)
    assert section.blocks[-1] == Block(Insert.STATEMENTS)
    assert said(text, "a") == []


def test_a_marker_in_code_is_shown_as_it_is() -> None:
    text = "```\n{table: nothing}\n```\n"
    assert asked(text) == set()
    assert said(text) == []


@pytest.mark.parametrize("line", ["{table: tabel}", "see {table: status}", "{Table: status}", "{{ nothing }}"])
def test_a_marker_that_is_unknown_is_told_with_its_line(line: str) -> None:
    [fault] = said(f"One.\n\n{line}\n")
    assert fault.startswith(f"line 3 of the text: “{line}” is no insertion: write {{table: status}}")


def test_every_unknown_marker_is_told() -> None:
    assert len(said("{table: a}\n\n{table: b}\n")) == 2


def test_statements_need_a_choice_and_a_place() -> None:
    assert said("{table: statements}") == ["The text asks for statements and none is chosen."]
    assert "no line {table: statements}" in said("{table: status}", "a")[0]
    assert said("{table: statements}", "a") == []


def test_a_topic_needs_statements_that_are_held() -> None:
    assert said("{{ statements: comment }}") == []
    assert said("{{ statements: other }}") == ["The text asks for statements on “other”, and none is held."]


def test_what_a_draft_begins_with_can_be_inserted() -> None:
    assert said(BEGINNING) == []


@pytest.mark.parametrize(
    ("taken", "number"),
    [((), "2026-11"), (("2026-10",), "2026-11"), (("2026-11",), "2026-11-2"), (("2026-11", "2026-11-2"), "2026-11-3")],
)
def test_the_number_that_is_proposed_is_free(taken: tuple[str, ...], number: str) -> None:
    assert next_number(taken, date(2026, 11, 21)) == number


# What would be frozen


def test_an_update_that_is_published_here_is_its_own_source() -> None:
    content = content_of_draft(
        DRAFT, published=date(2026, 11, 22), issuer="An exchange", rows=[printed(row())], statements=[statement()],
        changes=None, actions=[], waived=[],
    )  # fmt: skip
    assert (content["source"], issuer_of(content), content["published"]) == (None, "An exchange", "2026-11-22")
    assert content["table"]["caption"].endswith("as at 21 November 2026")
    assert why_not_publish(content, None) is None
    assert "is frozen and its title, original_title, label, as_at, published" in str(
        rewritten(content, Recorded(number="2026-11"))
    )
