"""A row of the status table as plain values."""

from __future__ import annotations

from datetime import date

import pytest

from alignment.domain.assessment import Progress, Route
from alignment.domain.decision import Act
from alignment.domain.rating import Level
from alignment.domain.status import PartState
from alignment.domain.table import COLUMNS, part_word, printed
from alignment.domain.when import Precision
from tests.domain.update import Programme, Source, decided, row


def test_the_first_three_columns_are_the_lmes_own() -> None:
    assert [column.title for column in COLUMNS[:3]] == [
        "Standard",
        "Status of alignment assessment",
        "Status of LME approval",
    ]


def test_names_and_titles_of_columns_stand_once() -> None:
    assert len({column.name for column in COLUMNS}) == len({column.title for column in COLUMNS}) == len(COLUMNS)
    assert all(column.says.endswith(".") for column in COLUMNS)


def test_a_row_says_everything_under_stable_names() -> None:
    assert printed(row(published_link="https://example.org/a", announced_on=date(2022, 8, 9))) == {
        "standard": "Alpha Standard",
        "status": "Standard assessment complete; implementation assessment not known",
        "approval_printed": "Conditionally approved",
        "approval_address": "https://example.org/a",
        "programme": "alpha",
        "number": 1,
        "approval": "conditionally_approved",
        "effective_since": "2022-08",
        "announced_on": "2022-08-09",
        "assurance_process": "Alpha Process",
        "metals": "copper",
        "stages": "mine",
        "route": "oecd",
        "standards_part": "complete",
        "implementation_part": "not_known",
        "governance_part": "not_known",
        "decision_due": False,
        "source": "memo",
        "source_title": "A memo",
        "source_date": "2024-09",
        "source_place": "Table 1, row 1",
    }


def test_what_is_not_known_is_none() -> None:
    plain = printed(row(programme=Programme(process="", stages_said=""), source=None))
    absent = {
        "approval_address", "announced_on", "assurance_process", "stages",
        "source", "source_title", "source_date", "source_place",
    }  # fmt: skip
    assert {name for name, value in plain.items() if value is None} == absent


def test_a_source_without_date_or_place_leaves_them_open() -> None:
    plain = printed(row(source=Source(issued=None, place="")))
    assert (plain["source"], plain["source_date"], plain["source_place"]) == ("memo", None, None)


def test_an_approval_that_is_not_known_yet_has_no_beginning() -> None:
    plain = printed(row(state=decided(Act.APPROVED, date(2025, 1, 1), Precision.BY)))
    assert (plain["approval"], plain["effective_since"]) == ("not_known", None)


def test_an_approval_seen_to_hold_says_by_when() -> None:
    plain = printed(row(state=decided(Act.APPROVED, date(2024, 9, 30), Precision.BY)))
    assert (plain["approval"], plain["effective_since"]) == ("approved", "by 2024-09-30")


@pytest.mark.parametrize(
    ("route", "found", "word"),
    [
        (Route.OECD, PartState(Progress.COMPLETE, Level.PARTIALLY), "partially"),
        (Route.OECD, PartState(Progress.COMPLETE), "complete"),
        (Route.OECD, PartState(Progress.IN_PROGRESS), "in_progress"),
        (Route.EQUIVALENCE, PartState(Progress.COMPLETE, Level.FULLY), None),
    ],
)
def test_a_part_is_its_result_or_how_far_it_has_come(route: Route, found: PartState, word: str | None) -> None:
    assert part_word(route, found) == word
