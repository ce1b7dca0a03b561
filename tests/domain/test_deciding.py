"""What the facts advise, and why an entry cannot join the ledger of a programme."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.assessment import Progress, ResultKind, Route, Scope
from alignment.domain.catalogue import Part
from alignment.domain.deciding import (
    Wanted,
    advised,
    advised_on,
    also_supported,
    last_day,
    ledger_with,
    on_standing,
    say_conditions,
    why_not_enter,
    why_not_precede,
    why_not_recognise,
)
from alignment.domain.decision import ALLOWED, Act, Approval, Decision, standing
from alignment.domain.programme import Held, ProgressFact, RecognitionFact, ResultFact, state
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import When, parse_when

TODAY = date(2026, 11, 21)
COMPLETE = tuple(
    ProgressFact(part, Progress.COMPLETE, parse_when("2024-03-01"), at, 1)
    for at, part in enumerate((Part.STANDARDS, Part.IMPLEMENTATION), 1)
)


def results(standards: Level, implementation: Level) -> tuple[ResultFact, ...]:
    pairs = ((Scope.STANDARDS, standards), (Scope.IMPLEMENTATION, implementation))
    return tuple(
        ResultFact(scope, ResultKind.PUBLISHED, level, parse_when("2024-03-01"), at, 1)
        for at, (scope, level) in enumerate(pairs, 1)
    )


def entries(*said: tuple[Act, str]) -> tuple[Decision, ...]:
    return tuple(Decision(f"d{at}", act, parse_when(when), at) for at, (act, when) in enumerate(said, 1))


def assessed(*said: tuple[Act, str], level: Level = Level.FULLY) -> Held:
    return Held(Route.OECD, progress=COMPLETE, results=results(Level.FULLY, level), decisions=entries(*said))


def want(act: Act, when: str = "2026-11-21", corrects: str = "") -> Wanted:
    return Wanted(act, parse_when(when), corrects)


# --- advice --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "level", "supported"),
    [
        (Act.CONDITIONALLY_APPROVED, Level.PARTIALLY, True),
        (Act.APPROVED, Level.FULLY, True),
        (Act.APPROVED, Level.PARTIALLY, False),
        (Act.NOT_APPROVED, Level.PARTIALLY, True),
        (Act.NOT_APPROVED, Level.FULLY, False),
        (Act.SUSPENDED, Level.FULLY, None),
        (Act.WITHDRAWN, Level.NOT, None),
    ],
)
def test_advice_follows_from_the_results_of_the_day(act: Act, level: Level, supported: bool | None) -> None:
    told = advised_on(act, assessed(level=level), parse_when("2026-11-21"), TODAY)
    assert told.supported is supported
    assert told.sentence == f"{told.said}: {told.reason}."


def test_advice_on_a_past_decision_knows_only_what_held_then() -> None:
    told = advised_on(Act.APPROVED, assessed(), parse_when("2024-02-01"), TODAY)
    said = "nothing held shows an assessment or a recognition by 1 February 2024"
    assert (told.supported, told.reason) == (False, said)
    assert advised_on(Act.APPROVED, assessed(), parse_when("2024-03"), TODAY).supported is True


def test_a_recognition_that_was_given_supports_a_conditional_approval_and_says_nothing_of_a_full_one() -> None:
    given_on = RecognitionFact(RecognitionAct.RECOGNISED, parse_when("2025-10-16"), 1)
    held = Held(Route.EQUIVALENCE, recognitions=(given_on,))
    assert advised_on(Act.CONDITIONALLY_APPROVED, held, When(TODAY), TODAY).supported is True
    assert advised_on(Act.APPROVED, held, When(TODAY), TODAY).supported is None


@pytest.mark.parametrize(
    ("act", "on", "level", "reason"),
    [
        (
            RecognitionAct.AWAITED, "by 2024-09-30", None,
            "no result of the standards part is held and whether a recognition is under way is not known",
        ),
        (
            RecognitionAct.AWAITED, "by 2024-09-30", Level.PARTIALLY,
            "the standards part is partially aligned and whether a recognition is under way is not known",
        ),
        (
            RecognitionAct.AWAITED, "2024-09-30", None,
            "no result of the standards part is held and no recognition is under way",
        ),
        (
            RecognitionAct.REFUSED, "2023-01-01", None,
            "no result of the standards part is held and no recognition is under way",
        ),
    ],
)  # fmt: skip
def test_advice_tells_no_recognition_apart_from_one_that_is_not_known(
    act: RecognitionAct, on: str, level: Level | None, reason: str
) -> None:
    results = (ResultFact(Scope.STANDARDS, ResultKind.PUBLISHED, level, parse_when("2022"), 1, 1),) if level else ()
    done = (ProgressFact(Part.STANDARDS, Progress.COMPLETE, parse_when("2022"), 1, 1),)
    held = Held(Route.OECD, progress=done, results=results, recognitions=(RecognitionFact(act, parse_when(on), 1),))
    told = advised(Act.CONDITIONALLY_APPROVED, Route.OECD, state(held, date(2023, 2, 1)))
    assert (told.supported, told.reason) == (None, reason)


def test_an_approval_while_a_part_is_in_progress_goes_against_the_facts() -> None:
    under_way = ProgressFact(Part.IMPLEMENTATION, Progress.IN_PROGRESS, parse_when("by 2024-09-30"), 2, 1)
    held = Held(Route.OECD, progress=(COMPLETE[0], under_way))
    told = advised_on(Act.APPROVED, held, When(TODAY), TODAY)
    said = "the implementation assessment is in progress, so there is no overall result yet"
    assert (told.supported, told.reason) == (False, said)
    assert advised_on(Act.NOT_APPROVED, held, When(TODAY), TODAY).supported is None


# --- dates ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "last"),
    [("2024", "2024-12-31"), ("2024-02", "2024-02-29"), ("2024-02-03", "2024-02-03"), ("by 2024-09-30", "2024-09-30")],
)
def test_the_last_day_that_a_date_can_mean(when: str, last: str) -> None:
    assert last_day(parse_when(when)).isoformat() == last


def test_a_decision_dated_before_its_assessment_is_refused() -> None:
    faults = why_not_enter(assessed(), want(Act.APPROVED, "2024-02-29"), TODAY)
    assert "before its assessment: the first fact held of one is of 1 March 2024" in faults["effective"]


@pytest.mark.parametrize(
    ("when", "taken"), [("1995-01-01", False), ("2019-09-30", False), ("2019", True), ("2022", True)]
)
def test_an_assessment_that_began_nobody_knows_when_is_decided_on_since_there_is_a_policy(
    when: str, taken: bool
) -> None:
    held = Held(
        Route.OECD, progress=(ProgressFact(Part.STANDARDS, Progress.COMPLETE, parse_when("by 2024-09-30"), 1, 1),)
    )
    faults = why_not_enter(held, want(Act.CONDITIONALLY_APPROVED, when), TODAY)
    assert (faults == {}) is taken, faults
    if not taken:
        assert "published in October 2019" in faults["effective"]


@pytest.mark.parametrize("when", ["2024-03-01", "2024-03", "2024"])
def test_a_decision_of_the_time_of_its_assessment_is_taken(when: str) -> None:
    assert why_not_enter(assessed(), want(Act.APPROVED, when), TODAY) == {}


def test_an_assessment_that_began_on_an_unknown_earlier_day_bars_no_date() -> None:
    seen = ProgressFact(Part.STANDARDS, Progress.COMPLETE, parse_when("by 2024-09-30"), 1, 1)
    held = Held(Route.OECD, progress=(seen,))
    assert why_not_enter(held, want(Act.CONDITIONALLY_APPROVED, "2022-08"), TODAY) == {}
    told = advised_on(Act.CONDITIONALLY_APPROVED, held, parse_when("2022-08"), TODAY)
    said = "Not supported: nothing held shows an assessment or a recognition by 31 August 2022."
    assert told.sentence == said


def test_a_decision_on_what_was_seen_not_to_have_begun_is_refused() -> None:
    idle = ProgressFact(Part.STANDARDS, Progress.NOT_STARTED, parse_when("2022-08-31"), 1, 1)
    seen = ProgressFact(Part.STANDARDS, Progress.COMPLETE, parse_when("by 2024-09-30"), 2, 1)
    held = Held(Route.OECD, progress=(idle, seen))
    faults = why_not_enter(held, want(Act.CONDITIONALLY_APPROVED, "2022-08"), TODAY)
    assert "before its assessment, which was not started on 31 August 2022" in faults["effective"]
    assert why_not_enter(held, want(Act.CONDITIONALLY_APPROVED, "2022-09"), TODAY) == {}


def test_without_assessment_or_recognition_there_is_nothing_to_decide_on() -> None:
    idle = ProgressFact(Part.STANDARDS, Progress.NOT_STARTED, parse_when("2024-01-01"), 1, 1)
    for held in (Held(Route.OECD), Held(Route.OECD, progress=(idle,))):
        assert "nothing to decide on" in why_not_enter(held, want(Act.APPROVED), TODAY)["effective"]


def test_by_a_day_that_lies_ahead_is_refused() -> None:
    assert "cannot lie ahead" in why_not_enter(assessed(), want(Act.APPROVED, "by 2027-01-01"), TODAY)["effective"]


def test_a_decision_may_take_effect_later() -> None:
    assert why_not_enter(assessed(), want(Act.APPROVED, "2027-01-01"), TODAY) == {}


# --- what follows what ----------------------------------------------------------------------------------


@pytest.mark.parametrize("act", Act)
def test_exactly_the_acts_that_follow_are_taken(act: Act) -> None:
    held = assessed((Act.APPROVED, "2024-05-01"))
    assert (why_not_enter(held, want(act), TODAY) == {}) is (act in ALLOWED[Approval.APPROVED])


def test_what_can_follow_is_named() -> None:
    sentence = why_not_enter(assessed(), want(Act.SUSPENDED), TODAY)["act"]
    assert sentence == (
        "“Suspended” does not follow: on 21 November 2026 the programme has not been decided on yet; "
        "what can follow is conditionally approved or approved or not approved."
    )


def test_before_an_approval_first_seen_by_a_day_anything_can_become_known() -> None:
    held = Held(Route.OECD, progress=COMPLETE, decisions=entries((Act.CONDITIONALLY_APPROVED, "by 2024-09-30")))
    assert why_not_enter(held, want(Act.APPROVED, "2024-05-01"), TODAY) == {}


def test_a_correction_takes_the_place_of_what_it_corrects() -> None:
    held = assessed((Act.CONDITIONALLY_APPROVED, "2024-05-01"))
    wanted = want(Act.CONDITIONALLY_APPROVED, "2024-06-01", "d1")
    assert why_not_enter(held, wanted, TODAY) == {}
    assert standing(ledger_with(held, wanted), date(2024, 5, 15)).approval is Approval.NONE


def test_an_entry_made_by_mistake_is_taken_back_by_saying_what_stood_before_it() -> None:
    held = assessed((Act.CONDITIONALLY_APPROVED, "by 2024-09-30"), (Act.SUSPENDED, "2026-11-01"))
    wanted = want(Act.CONDITIONALLY_APPROVED, "2026-11-01", "d2")
    assert why_not_enter(held, wanted, TODAY) == {}
    assert standing(ledger_with(held, wanted), TODAY) == standing(held.decisions[:1], TODAY)
    later = assessed_with((*held.decisions, Decision("d3", Act.REINSTATED, parse_when("2026-11-11"), 3)))
    assert "the later entry “Reinstated” of 11 November 2026" in why_not_enter(later, wanted, TODAY)["act"]
    sentence = why_not_enter(held, want(Act.REINSTATED, "2026-11-01", "d2"), TODAY)["act"]
    assert "what can follow is conditionally approved or approved or not approved or suspended" in sentence
    assert "does not follow" in why_not_enter(held, want(Act.SUSPENDED), TODAY)["act"]


@pytest.mark.parametrize("when", ["2024-05-01", "by 2024-09-30", "2027-01-01"])
def test_the_first_entry_is_declared_void_whatever_its_day_and_then_nothing_was_decided(when: str) -> None:
    held = assessed((Act.APPROVED, when))
    wanted = want(Act.VOID, when, "d1")
    assert why_not_enter(held, wanted, TODAY) == {}
    after = ledger_with(held, wanted)
    assert standing(after, date(2028, 1, 1)) == standing(after, date(2020, 1, 1)) == standing((), TODAY)
    told = advised_on(Act.VOID, held, wanted.effective, TODAY)
    assert told.sentence == "No advice: whether an entry was made by mistake is known to the LME alone."


@pytest.mark.parametrize(
    ("wanted", "field", "sentence"),
    [
        (want(Act.VOID), "corrects", "Say which entry was made by mistake."),
        (want(Act.VOID, "2024-05-01", "elsewhere"), "corrects", "no such entry in force"),
        (want(Act.VOID, "2024-05-02", "d1"), "effective", "void from its own day, which is 1 May 2024."),
        (want(Act.VOID, "2024-05-01", "d1"), "act", "the later entry “Suspended” of 1 May 2025 without ground"),
        (want(Act.VOID, "2026-05-01", "d3"), "corrects", "correct it by entering what was decided"),
    ],
)
def test_what_cannot_be_declared_void_is_refused_with_the_reason(wanted: Wanted, field: str, sentence: str) -> None:
    held = assessed((Act.APPROVED, "2024-05-01"), (Act.SUSPENDED, "2025-05-01"), (Act.VOID, "2026-05-01"))
    faults = why_not_enter(held, wanted, TODAY)
    assert list(faults) == [field]
    assert sentence in faults[field]


def test_what_was_declared_void_by_mistake_is_entered_again_as_a_correction() -> None:
    held = assessed((Act.VOID, "2024-05-01"))
    wanted = want(Act.APPROVED, "2024-05-01", "d1")
    assert why_not_enter(held, wanted, TODAY) == {}
    assert standing(ledger_with(held, wanted), TODAY).approval is Approval.APPROVED
    assert why_not_enter(held, want(Act.CONDITIONALLY_APPROVED, "2024-04-01"), TODAY) == {}
    assert set(why_not_enter(held, want(Act.SUSPENDED, "2024-05-01", "d1"), TODAY)) == {"act"}


def test_only_an_entry_in_force_can_be_corrected() -> None:
    assert set(why_not_enter(assessed(), want(Act.APPROVED, corrects="elsewhere"), TODAY)) == {"corrects"}


def test_no_entry_leaves_a_later_one_without_ground() -> None:
    held = assessed((Act.APPROVED, "2024-05-01"), (Act.SUSPENDED, "2025-05-01"))
    sentence = why_not_enter(held, want(Act.WITHDRAWN, "2024-08-01"), TODAY)["act"]
    assert "would leave the later entry “Suspended” of 1 May 2025 without ground" in sentence
    assert "withdrawn" in sentence


def test_history_that_never_followed_bars_no_new_entry() -> None:
    held = assessed((Act.REINSTATED, "2024-05-01"), (Act.APPROVED, "2024-06-01"))
    assert why_not_enter(held, want(Act.SUSPENDED), TODAY) == {}


DAYS = st.dates(date(2024, 3, 1), date(2026, 11, 21))


@given(st.lists(st.tuples(st.sampled_from(Act), DAYS), max_size=8))
def test_whatever_is_entered_every_entry_follows_from_the_one_before(said: list[tuple[Act, date]]) -> None:
    held = assessed()
    for number, (act, day) in enumerate(said):
        wanted = Wanted(act, When(day))
        if not why_not_enter(held, wanted, TODAY):
            held = assessed_with(ledger_with(held, wanted, f"d{number}"))
    ordered = sorted(held.decisions, key=lambda each: (each.effective.on, each.order))
    for at, each in enumerate(ordered):
        assert each.act in ALLOWED[standing(ordered[:at], each.effective.on).approval]


def assessed_with(decisions: tuple[Decision, ...]) -> Held:
    return Held(Route.OECD, progress=COMPLETE, results=results(Level.FULLY, Level.FULLY), decisions=decisions)


# --- recognitions and conditions -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("newest", "act", "fits"),
    [
        (None, RecognitionAct.AWAITED, True),
        (None, RecognitionAct.WITHDRAWN, False),
        (RecognitionAct.AWAITED, RecognitionAct.RECOGNISED, True),
        (RecognitionAct.AWAITED, RecognitionAct.AWAITED, False),
        (RecognitionAct.RECOGNISED, RecognitionAct.WITHDRAWN, True),
        (RecognitionAct.RECOGNISED, RecognitionAct.REFUSED, False),
    ],
)
def test_an_authoritys_act_follows_its_last_one(newest: RecognitionAct | None, act: RecognitionAct, fits: bool) -> None:
    sentence = why_not_recognise(newest, act)
    assert (sentence == "") is fits
    assert fits or f"“{act.label}” does not follow" in sentence


@pytest.mark.parametrize(
    ("approval", "levels", "stands", "also"),
    [
        (Act.APPROVED, (Level.FULLY, Level.FULLY), ("Approved", True), ["Conditionally approved"]),
        (
            Act.CONDITIONALLY_APPROVED,
            (Level.FULLY, Level.PARTIALLY),
            ("Conditionally approved", True),
            ["Not approved"],
        ),
        (Act.CONDITIONALLY_APPROVED, (Level.FULLY, Level.FULLY), ("Conditionally approved", True), ["Approved"]),
        (Act.APPROVED, (Level.FULLY, Level.PARTIALLY), ("Approved", False), ["Conditionally approved"]),
        (Act.SUSPENDED, (Level.FULLY, Level.PARTIALLY), None, ["Not approved"]),
    ],
)
def test_the_decision_that_stands_is_judged_first_and_weaker_kinds_are_supported_too(
    approval: Act, levels: tuple[Level, Level], stands: tuple[str, bool] | None, also: list[str]
) -> None:
    decided = (Decision("d", approval, parse_when("2024-01-01"), 1),)
    found = state(Held(Route.OECD, progress=COMPLETE, results=results(*levels), decisions=decided), TODAY)
    told = on_standing(Route.OECD, found)
    assert (told and (told.act.label, told.supported)) == stands
    assert [each.act.label for each in also_supported(Route.OECD, found)] == also


def test_an_act_of_an_unknown_earlier_day_is_not_asked_what_it_followed() -> None:
    by = RecognitionFact(RecognitionAct.RECOGNISED, parse_when("by 2024-09-30"), 1)
    first = RecognitionFact(RecognitionAct.RECOGNISED, parse_when("2023-01-01"), 2)
    assert why_not_precede([by], [by, first]) == ""
    exact = RecognitionFact(RecognitionAct.RECOGNISED, parse_when("2024-09-30"), 1)
    assert "without ground" in why_not_precede([exact], [exact, first])


def test_conditions_are_said_with_their_days() -> None:
    said = say_conditions([("Repair the method.", date(2027, 3, 1)), ("Report each year", None)])
    assert said == "Repair the method, by 1 March 2027; Report each year."
    assert say_conditions([]) == ""
