"""The status sentence: the memo's own printed forms, and exactly one sentence for every state."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from alignment.domain.action import Actions
from alignment.domain.assessment import Progress, Route
from alignment.domain.decision import Approval
from alignment.domain.rating import RESULTS, Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.status import AWAITING, Facts, PartState, decision_due, sentence
from alignment.domain.when import parse_when

COMPLETE, IN_PROGRESS = Progress.COMPLETE, Progress.IN_PROGRESS
FACTS = Facts(
    route=Route.OECD,
    standards=PartState(COMPLETE),
    implementation=PartState(IN_PROGRESS),
    overall=None,
    actions=Actions.NONE,
    recognition=None,
    recognised_on=None,
    decided_since=False,
    approval=Approval.CONDITIONALLY_APPROVED,
)
EQUIVALENCE = replace(FACTS, route=Route.EQUIVALENCE, recognition=RecognitionAct.AWAITED)


def test_a_complete_standards_part_is_printed_as_in_the_memo() -> None:
    assert sentence(FACTS) == "Standard assessment complete; implementation assessment in progress"


def test_a_held_standards_result_does_not_change_the_printed_form() -> None:
    assert sentence(replace(FACTS, standards=PartState(COMPLETE, Level.FULLY))) == sentence(FACTS)


def test_fully_aligned_is_printed_as_in_the_memo() -> None:
    done = replace(
        FACTS,
        standards=PartState(COMPLETE, Level.FULLY),
        implementation=PartState(COMPLETE, Level.FULLY),
        overall=Level.FULLY,
    )
    assert sentence(done) == "Alignment assessment complete; ‘Fully Aligned’ rating"


def test_open_corrective_actions_are_printed_as_in_the_memo() -> None:
    done = replace(
        FACTS,
        standards=PartState(COMPLETE, Level.FULLY),
        implementation=PartState(COMPLETE, Level.PARTIALLY),
        overall=Level.PARTIALLY,
        actions=Actions.OPEN,
    )
    assert sentence(done) == (
        "Alignment assessment complete; Standard rating is 'Fully Aligned' and Implementation rating is "
        "'Partially Aligned' with corrective actions underway to address findings"
    )


def test_an_awaited_recognition_is_printed_as_in_the_memo() -> None:
    assert sentence(EQUIVALENCE) == AWAITING


def test_a_recognition_is_said_with_its_day_and_raises_decision_due() -> None:
    given = replace(EQUIVALENCE, recognition=RecognitionAct.RECOGNISED, recognised_on=parse_when("2025-10-16"))
    assert sentence(given) == "Recognised under Regulation (EU) 2017/821 on 16 October 2025; LME decision due"
    assert decision_due(given)
    decided = replace(given, decided_since=True)
    assert sentence(decided).endswith("LME has decided since")
    assert not decision_due(decided)


@pytest.mark.parametrize("act", [RecognitionAct.RECOGNISED, RecognitionAct.REFUSED, RecognitionAct.WITHDRAWN])
def test_on_any_other_route_only_a_recognition_that_was_awaited_raises_decision_due(act: RecognitionAct) -> None:
    given = replace(FACTS, recognition=act, recognised_on=parse_when("2025-10-16"))
    assert not decision_due(given)
    assert decision_due(replace(given, awaited=True))
    assert not decision_due(replace(given, awaited=True, decided_since=True))
    assert not decision_due(replace(given, recognition=RecognitionAct.AWAITED, awaited=True))


@pytest.mark.parametrize(
    ("date", "said"), [("2025-10", "in October 2025"), ("2025", "in 2025"), ("by 2025-10-16", "by October 2025")]
)
def test_a_recognition_is_dated_as_exactly_as_it_is_known(date: str, said: str) -> None:
    given = replace(EQUIVALENCE, recognition=RecognitionAct.REFUSED, recognised_on=parse_when(date))
    assert sentence(given) == f"Recognition under Regulation (EU) 2017/821 refused {said}; LME decision due"


def every_state() -> itertools.product[tuple[object, ...]]:
    parts = [PartState(progress) for progress in Progress]
    parts += [PartState(COMPLETE, level) for level in RESULTS]
    return itertools.product(
        Route, parts, parts, [None, *RESULTS], Actions, [None, *RecognitionAct], [True, False], [True, False], Approval,
        [True, False],
    )  # fmt: skip


def test_every_state_has_one_sentence_that_ends_well() -> None:
    said: dict[str, int] = {}
    number = 0
    for state in every_state():
        route, standards, implementation, overall, actions, recognition, known, since, approval, superseded = state
        facts = Facts(
            route=route,  # type: ignore[arg-type]
            standards=standards,  # type: ignore[arg-type]
            implementation=implementation,  # type: ignore[arg-type]
            overall=overall,  # type: ignore[arg-type]
            actions=actions,  # type: ignore[arg-type]
            recognition=recognition,  # type: ignore[arg-type]
            recognised_on=parse_when("2025-10-16") if recognition else None,
            recognition_known=known,  # type: ignore[arg-type]
            decided_since=since,  # type: ignore[arg-type]
            approval=approval,  # type: ignore[arg-type]
            superseded=superseded,  # type: ignore[arg-type]
        )
        text = sentence(facts)
        said[text] = said.get(text, 0) + 1
        number += 1
        assert text, facts
        assert text[0].isupper(), text
        assert "None" not in text, text
        assert not text.endswith((" ", ";", ".")), text
        assert "  " not in text, text
    assert number == 2 * 7 * 7 * 4 * 3 * 5 * 2 * 2 * 7 * 2
    assert len(said) > 100


def test_states_that_differ_for_a_reader_have_sentences_of_their_own() -> None:
    def part(progress: Progress, level: Level | None = None) -> PartState:
        return PartState(progress, level)

    whole = replace(FACTS, standards=part(COMPLETE, Level.FULLY), implementation=part(COMPLETE, Level.PARTIALLY))
    given = replace(EQUIVALENCE, recognition=RecognitionAct.RECOGNISED, recognised_on=parse_when("2025-10-16"))
    states = [
        replace(FACTS, standards=part(Progress.NOT_STARTED), implementation=part(Progress.NOT_STARTED)),
        replace(FACTS, standards=part(IN_PROGRESS), implementation=part(Progress.NOT_STARTED)),
        replace(FACTS, standards=part(Progress.NOT_KNOWN), implementation=part(Progress.NOT_KNOWN)),
        FACTS,
        replace(FACTS, standards=part(COMPLETE, Level.PARTIALLY)),
        replace(FACTS, implementation=part(Progress.NOT_KNOWN)),
        replace(whole, actions=Actions.NONE),
        replace(whole, actions=Actions.OPEN),
        replace(whole, actions=Actions.VERIFIED),
        replace(whole, overall=Level.FULLY),
        replace(FACTS, implementation=part(COMPLETE)),
        replace(FACTS, implementation=part(COMPLETE), overall=Level.NOT),
        replace(FACTS, approval=Approval.SUSPENDED),
        replace(FACTS, approval=Approval.WITHDRAWN),
        replace(FACTS, superseded=True),
        EQUIVALENCE,
        replace(EQUIVALENCE, recognition=None),
        replace(EQUIVALENCE, recognition=None, recognition_known=True),
        given,
        replace(given, decided_since=True),
        replace(given, recognition=RecognitionAct.REFUSED),
        replace(given, recognition=RecognitionAct.WITHDRAWN),
    ]
    assert len({sentence(facts) for facts in states}) == len(states)
