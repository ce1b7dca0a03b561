"""One programme on one date: what its facts say together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.action import Actions, ActionState, Timing
from alignment.domain.assessment import Progress, ResultKind, Route, Scope
from alignment.domain.catalogue import Part
from alignment.domain.decision import Act, Approval, Decision
from alignment.domain.learned import NOW, tick
from alignment.domain.programme import (
    ActionFact,
    Held,
    ProgressFact,
    RecognitionFact,
    ResultFact,
    StepFact,
    course,
    differences,
    state,
)
from alignment.domain.rating import Level, worse
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import parse_when

DAY = date(2024, 9, 30)
BY = parse_when("by 2024-09-30")


def progress(part: Part, reached: Progress, when: str = "by 2024-09-30", round: int = 1) -> ProgressFact:
    return ProgressFact(part, reached, parse_when(when), 1, round)


def result(
    scope: Scope, level: Level, when: str = "by 2024-09-30", round: int = 1, kind: ResultKind = ResultKind.PUBLISHED
) -> ResultFact:
    return ResultFact(scope, kind, level, parse_when(when), 1, round)


BOTH = (progress(Part.STANDARDS, Progress.COMPLETE), progress(Part.IMPLEMENTATION, Progress.COMPLETE))
PARTIAL = (
    result(Scope.STANDARDS, Level.FULLY),
    result(Scope.IMPLEMENTATION, Level.PARTIALLY),
    result(Scope.OVERALL, Level.PARTIALLY),
)


def test_the_newest_round_gives_the_result() -> None:
    held = Held(
        Route.OECD,
        progress=BOTH,
        results=(
            *PARTIAL,
            result(Scope.IMPLEMENTATION, Level.FULLY, round=2),
            result(Scope.OVERALL, Level.FULLY, round=2),
        ),
    )
    found = state(held, DAY)
    assert found.overall is Level.FULLY
    assert found.sentence == "Alignment assessment complete; ‘Fully Aligned’ rating"


def test_a_published_result_goes_before_a_computed_one_of_the_same_round() -> None:
    computed = result(Scope.IMPLEMENTATION, Level.FULLY, when="2024-09-30", kind=ResultKind.COMPUTED)
    found = state(Held(Route.OECD, progress=BOTH, results=(*PARTIAL, computed)), DAY)
    assert found.parts[Part.IMPLEMENTATION].result is Level.PARTIALLY


def test_without_a_published_overall_result_the_worse_part_stands() -> None:
    found = state(Held(Route.OECD, progress=BOTH, results=PARTIAL[:2]), DAY)
    assert found.overall is Level.PARTIALLY
    assert worse(None, Level.FULLY) is None


COPPER = (
    result(Scope.STANDARDS, Level.FULLY, round=2),
    result(Scope.IMPLEMENTATION, Level.FULLY, round=2),
    result(Scope.OVERALL, Level.FULLY, round=2),
)


def closed(part: Scope, level: Level, when: str) -> ResultFact:
    """A part as this register fixes it when it is closed, in a third round."""
    return result(part, level, when, round=3, kind=ResultKind.COMPUTED)


def test_a_published_overall_result_reigns_until_a_part_of_a_later_round_closes() -> None:
    later = (
        closed(Scope.STANDARDS, Level.FULLY, "2026-03-01"),
        closed(Scope.IMPLEMENTATION, Level.PARTIALLY, "2026-04-01"),
    )
    begun = progress(Part.IMPLEMENTATION, Progress.IN_PROGRESS, "2026-01-01", round=3)
    held = Held(Route.OECD, progress=(*BOTH, begun), results=(*COPPER, *later))
    seen = {
        day: state(held, date.fromisoformat(day)) for day in ("2024-09-30", "2026-02-01", "2026-03-31", "2026-04-01")
    }
    assert [each.overall for each in seen.values()] == [Level.FULLY, Level.FULLY, Level.FULLY, Level.PARTIALLY]
    assert seen["2026-04-01"].sentence == (
        "Alignment assessment complete; Standard rating is 'Fully Aligned' and Implementation rating is "
        "'Partially Aligned' with no corrective action agreed"
    )
    packed = course(held)
    assert all(packed.on(date.fromisoformat(day)) == each for day, each in seen.items())


def test_a_published_overall_result_goes_before_the_parts_of_its_own_and_of_earlier_rounds() -> None:
    said = result(Scope.OVERALL, Level.FULLY, round=3)
    parts = (
        closed(Scope.STANDARDS, Level.FULLY, "2024-09-01"),
        closed(Scope.IMPLEMENTATION, Level.PARTIALLY, "2024-09-01"),
    )
    assert state(Held(Route.OECD, progress=BOTH, results=(*parts, said)), DAY).overall is Level.FULLY
    assert state(Held(Route.OECD, progress=BOTH, results=(*PARTIAL[:2], said)), DAY).overall is Level.FULLY


def test_governance_alone_ends_no_reign_nor_does_a_part_beside_which_nothing_is_known() -> None:
    alone = closed(Scope.GOVERNANCE, Level.NOT, "2024-09-01")
    assert state(Held(Route.OECD, progress=BOTH, results=(*COPPER, alone)), DAY).overall is Level.FULLY
    one = closed(Scope.STANDARDS, Level.PARTIALLY, "2024-09-01")
    assert state(Held(Route.OECD, progress=BOTH, results=(COPPER[2], one)), DAY).overall is Level.FULLY


def test_what_was_verified_for_an_earlier_round_awaits_no_re_rating_that_has_come() -> None:
    verified = ActionFact("a", (StepFact(ActionState.VERIFIED, BY, 1),), None, None, 2)
    again = (
        closed(Scope.STANDARDS, Level.FULLY, "2026-03-01"),
        closed(Scope.IMPLEMENTATION, Level.PARTIALLY, "2026-03-01"),
    )
    held = Held(Route.OECD, progress=BOTH, results=(*COPPER, *again), actions=(verified,))
    assert state(held, DAY).actions is Actions.VERIFIED
    found = state(held, date(2026, 3, 1))
    assert found.actions is Actions.NONE
    assert found.sentence.endswith("with no corrective action agreed")
    newer = ActionFact("b", (StepFact(ActionState.VERIFIED, parse_when("2026-04-01"), 1),), None, None, 3)
    assert state(replace(held, actions=(verified, newer)), date(2026, 4, 1)).actions is Actions.VERIFIED


def test_a_follow_up_round_takes_nothing_back() -> None:
    held = Held(
        Route.OECD,
        progress=(*BOTH, progress(Part.IMPLEMENTATION, Progress.IN_PROGRESS, "2025-01-01", round=2)),
        results=PARTIAL,
    )
    assert state(held, date(2025, 6, 1)).parts[Part.IMPLEMENTATION].complete


@pytest.mark.parametrize(
    ("first", "before"),
    [
        (progress(Part.STANDARDS, Progress.COMPLETE, "2021-12-16"), Progress.NOT_KNOWN),
        (progress(Part.STANDARDS, Progress.COMPLETE, "by 2024-09-30"), Progress.NOT_KNOWN),
        (progress(Part.STANDARDS, Progress.IN_PROGRESS, "by 2024-09-30"), Progress.NOT_KNOWN),
        (progress(Part.STANDARDS, Progress.IN_PROGRESS, "2024-09-30"), Progress.NOT_STARTED),
        (progress(Part.STANDARDS, Progress.IN_PROGRESS, "2024-09-30", round=2), Progress.NOT_KNOWN),
        (progress(Part.STANDARDS, Progress.NOT_STARTED, "by 2024-09-30"), Progress.NOT_STARTED),
        (progress(Part.STANDARDS, Progress.NOT_KNOWN, "2024-09-30"), Progress.NOT_KNOWN),
    ],
)
def test_before_its_first_fact_a_part_is_not_known_unless_that_fact_is_a_beginning(
    first: ProgressFact, before: Progress
) -> None:
    found = state(Held(Route.OECD, progress=(first,)), date(2021, 12, 5))
    assert found.parts[Part.STANDARDS].progress is before
    assert found.parts[Part.GOVERNANCE].progress is Progress.NOT_KNOWN
    assert found.last_report is None


@pytest.mark.parametrize(
    ("route", "first", "said"),
    [
        (Route.EQUIVALENCE, None, "Not known"),
        (Route.OECD, None, "None held"),
        (Route.EQUIVALENCE, (RecognitionAct.AWAITED, "by 2024-09-30"), "Not known"),
        (Route.EQUIVALENCE, (RecognitionAct.AWAITED, "2024-09-30"), "None held"),
        (Route.OECD, (RecognitionAct.RECOGNISED, "2024-09-30"), "Not known"),
    ],
)
def test_no_recognition_is_told_apart_from_one_that_is_not_known(
    route: Route, first: tuple[RecognitionAct, str] | None, said: str
) -> None:
    acts = (RecognitionFact(first[0], parse_when(first[1]), 1),) if first else ()
    found = state(Held(route, recognitions=acts), date(2023, 2, 1))
    assert (found.recognition, found.recognition_said) == (None, said)
    assert found.recognition_known is (said == "None held")


def test_actions_are_counted_by_what_their_dates_say() -> None:
    step = StepFact(ActionState.UNDER_WAY, BY, 1)
    actions = (
        ActionFact("a", (step,), None, date(2024, 12, 31), 1),
        ActionFact("b", (step,), date(2024, 12, 31), None, 1),
        ActionFact("c", (StepFact(ActionState.VERIFIED, BY, 1),), None, None, 1),
    )
    held = Held(Route.OECD, progress=BOTH, results=PARTIAL, actions=actions)
    later = state(held, date(2025, 1, 1))
    assert (later.actions, later.unconfirmed, later.overdue) == (Actions.OPEN, 1, 1)
    assert actions[0].timing(date(2023, 1, 1)) is Timing.NONE
    assert actions[0].state(date(2023, 1, 1)) is None


@pytest.mark.parametrize("route", Route)
def test_an_awaited_recognition_raises_decision_due_and_changes_no_approval(route: Route) -> None:
    held = Held(
        route,
        recognitions=(
            RecognitionFact(RecognitionAct.AWAITED, BY, 1),
            RecognitionFact(RecognitionAct.RECOGNISED, parse_when("2025-10-16"), 2),
        ),
        decisions=(Decision("d", Act.CONDITIONALLY_APPROVED, parse_when("by 2023-04-18"), 1),),
        reported=(DAY, date(2025, 10, 16)),
    )
    before, after = state(held, date(2025, 10, 15)), state(held, date(2025, 10, 16))
    assert (before.decision_due, after.decision_due) == (False, True)
    assert after.standing.approval is before.standing.approval is Approval.CONDITIONALLY_APPROVED
    assert after.last_report == date(2025, 10, 16)
    decided = replace(held, decisions=(*held.decisions, Decision("e", Act.APPROVED, parse_when("2025-11-01"), 2)))
    assert not state(decided, date(2025, 11, 1)).decision_due
    unawaited = replace(held, recognitions=held.recognitions[1:])
    assert state(unawaited, date(2025, 10, 16)).decision_due is (route is Route.EQUIVALENCE)


def test_differences_name_what_changed_and_nothing_else() -> None:
    held = Held(
        Route.OECD,
        progress=(progress(Part.STANDARDS, Progress.COMPLETE), progress(Part.IMPLEMENTATION, Progress.IN_PROGRESS)),
        decisions=(
            Decision("d", Act.CONDITIONALLY_APPROVED, BY, 1), Decision("e", Act.APPROVED, parse_when("2025-01-01"), 2),
        ),
    )  # fmt: skip
    before, after = state(held, DAY), state(held, date(2025, 1, 1))
    (found,) = differences([("p", before)], [("p", after)])
    assert (found.what, found.before, found.after) == ("LME approval", "Conditionally approved", "Approved")
    assert differences([("p", before)], [("p", before)]) == ()
    assert {each.before for each in differences([], [("p", before)])} == {""}


FIRST = date(2024, 1, 1)
DAYS = st.integers(0, 40).map(lambda days: FIRST + timedelta(days=days))
WHEN = st.builds(lambda day, by: parse_when(f"by {day}" if by else str(day)), DAYS, st.booleans())
NUMBER = st.integers(1, 3)
STEPS = st.lists(st.builds(StepFact, st.sampled_from(ActionState), WHEN, NUMBER), max_size=4).map(tuple)
LIMIT = st.none() | DAYS | st.just(date.max)
HELD = st.builds(
    Held,
    route=st.sampled_from(Route),
    progress=st.lists(st.builds(ProgressFact, st.sampled_from(Part), st.sampled_from(Progress), WHEN, NUMBER, NUMBER))
    .map(tuple),
    results=st.lists(
        st.builds(
            ResultFact, st.sampled_from(Scope), st.sampled_from(ResultKind), st.sampled_from(list(Level)[:3]), WHEN,
            NUMBER, NUMBER,
        )
    ).map(tuple),
    actions=st.lists(st.builds(ActionFact, st.just("action"), STEPS, LIMIT, LIMIT), max_size=3).map(tuple),
    recognitions=st.lists(st.builds(RecognitionFact, st.sampled_from(RecognitionAct), WHEN, NUMBER)).map(tuple),
    decisions=st.lists(
        st.builds(
            Decision, st.uuids().map(str), st.sampled_from(Act), WHEN, NUMBER, st.none() | DAYS, st.booleans(),
        )
    ).map(tuple),
    reported=st.lists(DAYS, max_size=3).map(tuple),
)  # fmt: skip


MOMENTS = [datetime(2024, 2, day, 12, tzinfo=UTC) for day in (3, 4, 9)]


@st.composite
def learned(draw: st.DrawFn) -> list[Held]:
    """What was held before the first moment and from each on: facts are learned, and are corrected later on."""
    held, known = draw(HELD), []
    names = ("progress", "results", "actions", "recognitions", "decisions", "reported")
    spans = {
        name: [sorted(draw(st.tuples(st.integers(0, 3), st.integers(1, 4)))) for _ in getattr(held, name)]
        for name in names
    }
    for number in range(len(MOMENTS) + 1):
        stands = {
            name: tuple(
                fact for fact, (since, until) in zip(getattr(held, name), spans[name], strict=True)
                if since <= number < until
            )
            for name in names
        }  # fmt: skip
        known.append(replace(held, **stands))
    return known


@given(learned())
def test_a_course_says_of_any_day_as_known_at_any_moment_what_is_derived_from_the_facts_known_then(
    known: list[Held],
) -> None:
    packed = course(*known, moments=MOMENTS)
    for number, held in enumerate(known):
        moments = [*MOMENTS[number - 1 : number], *(each - timedelta.resolution for each in MOMENTS[number:][:1])]
        for seen in {packed.seen(tick(moment)) for moment in moments} | ({NOW} if held is known[-1] else set()):
            assert packed.held(seen) == any(
                (
                    held.progress,
                    held.results,
                    held.recognitions,
                    [each for each in held.decisions if each.act is not Act.VOID],
                    *(action.steps for action in held.actions),
                )
            )
            for number in range(-1, 45):
                day = FIRST + timedelta(days=number)
                found = state(held, day)
                assert packed.on(day, seen) == found
                assert packed.approval(day, seen) is found.standing.approval
                place = packed.place(day, seen)
                assert (packed.decisions[place] if place >= 0 else None) == found.standing.decision_id


def test_a_course_knows_since_when_a_renewed_approval_stands_by_what_was_known_then() -> None:
    acts = (Act.NOT_APPROVED, *[Act.CONDITIONALLY_APPROVED] * 3)
    every = tuple(Decision(f"d{at}", act, parse_when(f"202{at}-01-01"), at) for at, act in enumerate(acts))
    knew = Held(Route.OECD, decisions=(every[0], every[2], every[3]))  # the first approval was learned later
    packed = course(Held(Route.OECD), knew, replace(knew, decisions=every), moments=MOMENTS[:2])
    day = date(2024, 1, 1)
    for moment, since in zip(MOMENTS, ("1 January 2022", "1 January 2021"), strict=False):
        stands = packed.on(day, packed.seen(tick(moment))).standing
        assert (str(stands.since), stands.decision_id) == (since, "d3")


@given(HELD, DAYS, DAYS)
def test_a_course_knows_the_newest_fact_other_than_a_decision_that_began_between_two_days(
    held: Held, after: date, until: date
) -> None:
    steps = (step for action in held.actions for step in action.steps)
    facts = (*held.progress, *held.results, *held.recognitions, *steps)
    between = [fact.effective for fact in facts if after < fact.effective.on <= until]
    packed = course(Held(held.route), held, moments=MOMENTS[:1])
    assert packed.turned(after, until) == max(between, default=None)
    assert packed.turned(after, until, packed.seen(0)) is None


@given(learned(), DAYS, DAYS)
def test_a_course_that_does_not_differ_on_two_days_says_the_same_on_both_but_for_reports_and_what_lies_ahead(
    known: list[Held], one: date, other: date
) -> None:
    packed, (before, after) = course(*known, moments=MOMENTS), sorted([one, other])
    for number, held in enumerate(known):
        seen = number if held is not known[-1] else NOW
        was, now = state(held, before), state(held, after)
        assert (packed.last_report(before, seen), packed.last_report(after, seen)) == (was.last_report, now.last_report)
        assert packed.differs(before, after, seen) or replace(was, last_report=now.last_report, ahead=now.ahead) == now
    assert not packed.differs(after, after)
