"""What others said: in our words or as a marked quotation, never changed."""

from __future__ import annotations

from datetime import date

import pytest

from alignment.domain import keeping
from alignment.domain.statement import (
    CORRECTION,
    STATEMENT,
    as_entered,
    faults_of,
    is_quotation,
    why_not_correct,
    worded,
)

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("wording", "typed", "kept"),
    [
        ("ours", "The OECD\n welcomes  it.", "The OECD welcomes it."),
        ("quoted", "We welcome it.", "“We welcome it.”"),
        ("quoted", "“We welcome it.”", "“We welcome it.”"),
        ("quoted", '"We welcome it."', "“We welcome it.”"),
        ("quoted", "We call it “good enough”.", "“We call it ‘good enough’.”"),
    ],
)
def test_a_quotation_is_kept_between_its_marks_and_our_words_without(wording: str, typed: str, kept: str) -> None:
    found = worded({"wording": wording, "text": typed})
    assert found == kept
    assert is_quotation(found) == (wording == "quoted")
    again = as_entered({"text": found})
    assert again["wording"] == wording
    assert worded(again) == kept


@pytest.mark.parametrize("text", ["", "“", "He said “so”.", "“So”, he said, “it is.”", "“So.” It is"])
def test_what_only_holds_a_quotation_is_none(text: str) -> None:
    assert not is_quotation(text)


def test_a_day_ahead_and_a_quotation_that_is_called_our_words_do_not_hold() -> None:
    fit = {"wording": "ours", "text": "So.", "effective": "2026-11"}
    assert faults_of(fit, TODAY) == {}
    assert faults_of({**fit, "effective": ""}, TODAY) == {}
    assert set(faults_of({**fit, "effective": "2026-11-22", "text": "“So.”"}, TODAY)) == {"effective", "wording"}


def test_of_a_statement_there_is_one_that_can_be_corrected() -> None:
    assert why_not_correct(None) is None
    assert "corrected already" in str(why_not_correct("said-1"))


def test_an_empty_form_asks_for_the_speaker_the_source_and_the_place() -> None:
    class Nothing:
        def get(self, name: str, default: str) -> str:
            return default

        def every(self, name: str) -> list[str]:
            return []

    for noun in (STATEMENT, CORRECTION):
        values, faults = keeping.read(noun, Nothing(), {})
        assert set(values) == {field.name for field in noun.fields}
        assert {"said_by", "text", "source", "place", "effective", "certainty", "wording"} <= faults.keys()
    assert CORRECTION.fields == tuple(field for field in STATEMENT.fields if field.name != "about")
