"""Review of versions, what holds a part up at each stage, and the working that closes it."""

from __future__ import annotations

import itertools
import json

import pytest

from alignment.domain.assessment import STAGES, PartStage
from alignment.domain.catalogue import Part
from alignment.domain.rating import Judgement, Level, faults_of, unsupported
from alignment.domain.result import judge_part
from alignment.domain.review import (
    CLOSE,
    NEXT,
    SUBMIT,
    Reviewed,
    Speech,
    Stands,
    Verdict,
    missing_to_accept,
    missing_to_submit,
    reviewed,
    step_to,
    working,
)
from tests.domain.catalogue_108 import catalogue_108

CATALOGUE = catalogue_108()
FULLY = Level.FULLY
ACCEPTED = Stands(FULLY, 2, review=Reviewed.ACCEPTED)


@pytest.mark.parametrize(
    ("version", "verdict", "of_version", "expected"),
    [
        (1, None, 0, Reviewed.OPEN),
        (3, Verdict.ACCEPTED, 3, Reviewed.ACCEPTED),
        (4, Verdict.ACCEPTED, 3, Reviewed.CHANGED),
        (3, Verdict.RETURNED, 3, Reviewed.RETURNED),
        (4, Verdict.RETURNED, 3, Reviewed.ANSWERED),
    ],
)
def test_a_review_is_of_a_version_and_a_change_reopens_it(
    version: int, verdict: Verdict | None, of_version: int, expected: Reviewed
) -> None:
    assert reviewed(version, verdict, of_version) is expected


def test_every_state_and_kind_of_speech_has_words_of_its_own() -> None:
    for words in (Reviewed, Speech):
        assert len({each.label for each in words}) == len(words)


def test_a_part_is_submitted_whole_or_says_what_is_missing_in_the_order_of_the_sheet() -> None:
    rated = {
        "a": Stands(FULLY, 1),
        "b": Stands(None, 2),
        "c": Stands(FULLY, 1, to_confirm=True),
        "d": Stands(FULLY, 3, review=Reviewed.RETURNED),
        "e": Stands(FULLY, 3, review=Reviewed.ANSWERED),
        "f": Stands(Level.NOT_APPLICABLE, 1, review=Reviewed.CHANGED),
    }
    found = missing_to_submit("abcdefg", rated)
    assert [(each.code, each.why) for each in found] == [
        ("b", "not yet rated"),
        ("c", "carried over and not yet confirmed"),
        ("d", "returned and not yet answered"),
        ("g", "not yet rated"),
    ]
    assert missing_to_submit("aef", rated) == ()


@pytest.mark.parametrize("review", [each for each in Reviewed if each is not Reviewed.ACCEPTED])
def test_nothing_goes_on_from_review_that_is_not_accepted_as_it_stands(review: Reviewed) -> None:
    rated = {"a": ACCEPTED, "b": Stands(FULLY, 1, review=review)}
    assert [each.code for each in missing_to_accept("ab", rated)] == ["b"]
    assert [each.code for each in missing_to_accept("cba", rated)] == ["c", "b"]
    assert missing_to_accept("a", rated) == ()


@pytest.mark.parametrize(("stage", "to"), list(itertools.product(PartStage, PartStage)))
def test_the_steps_are_those_that_the_stages_allow(stage: PartStage, to: PartStage) -> None:
    assert (step_to(stage, to) is not None) is (to in STAGES[stage])


def test_submitting_needs_a_complete_part_and_closing_an_accepted_one() -> None:
    assert SUBMIT.complete
    assert CLOSE.accepted
    assert set(NEXT) == set(PartStage)


def test_the_working_of_a_closed_part_is_enough_to_reach_its_result_again() -> None:
    codes = [each.code for each in CATALOGUE.in_part[Part.STANDARDS]]
    levels = {code: (Level.PARTIALLY if at % 7 == 3 else FULLY) for at, code in enumerate(codes)}
    outcome = judge_part(CATALOGUE, Part.STANDARDS, levels)
    said = json.loads(json.dumps(working(CATALOGUE, outcome, {code: (level, 2) for code, level in levels.items()})))
    again = {code: Level(each["level"]) for code, each in said["ratings"].items()}
    assert judge_part(CATALOGUE, Part.STANDARDS, again) == outcome
    assert said["result"] == (outcome.result.value if outcome.result else None)
    assert said["gate_1"]["failing"] == list(outcome.failing)
    assert said["edition"]["digest"] == CATALOGUE.digest


# --- what a rating may say -------------------------------------------------------------------------


def test_not_applicable_needs_a_reason() -> None:
    assert "needs a reason" in faults_of(Judgement(Level.NOT_APPLICABLE, "  "))["rationale"]
    assert faults_of(Judgement(Level.NOT_APPLICABLE, "There is no such role.")) == {}
    assert faults_of(Judgement(Level.FULLY)) == {}
    assert faults_of(Judgement()) == {}


def test_a_text_that_is_too_long_is_refused_with_its_length() -> None:
    found = faults_of(Judgement(FULLY, "x" * 20_001, "y" * 2_001))
    assert found["rationale"] == "This text has 20,001 characters; shorten it to 20,000 at most."
    assert set(found) == {"rationale", "cites_standard"}


@pytest.mark.parametrize(
    ("said", "missed"),
    [
        (Judgement(FULLY, "r", "s", "g"), ()),
        (Judgement(FULLY, "r", "s"), ("no citation from the Guidance",)),
        (Judgement(Level.PARTIALLY, "", "", "g"), ("no citation from the standard", "no rationale")),
        (Judgement(Level.NOT), ("no rationale",)),
        (Judgement(), ()),
    ],
)
def test_a_level_above_not_without_citations_is_noticed_and_not_refused(
    said: Judgement, missed: tuple[str, ...]
) -> None:
    assert unsupported(said) == missed
    assert faults_of(said) == {}
    assert said.says_nothing is (said == Judgement())
