"""The two-gate rule: the known cases, its truth tables, and agreement with an independent rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import FrozenInstanceError, fields
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alignment.domain.catalogue import Catalogue, Group, Part, Rule, Section
from alignment.domain.rating import RANK, RESULTS, Level
from alignment.domain.result import LISTED, Counts, Outcome, PartOutcome, Points, Tally, judge, judge_part, outlook
from tests.domain.catalogue_108 import catalogue_108, make_catalogue, make_criterion, make_rule
from tests.domain.oracle import Oracle, worse

FULL, PARTIAL, NOT, NA = Level.FULLY, Level.PARTIALLY, Level.NOT, Level.NOT_APPLICABLE
STANDARDS, IMPLEMENTATION, GOVERNANCE = Part.STANDARDS, Part.IMPLEMENTATION, Part.GOVERNANCE
CATALOGUE = catalogue_108()
SHORT = {"f": FULL, "p": PARTIAL, "n": NOT, "-": NA}

Ratings = dict[tuple[Part, str], Level]


def codes_of(part: Part, *sections: str) -> list[str]:
    return [c.code for c in CATALOGUE.in_part[part] if not sections or c.section in sections]


def all_fully() -> Ratings:
    return {(part, code): FULL for part in Part for code in codes_of(part)}


def rate(ratings: Ratings, part: Part, codes: Iterable[str], level: Level) -> None:
    ratings.update({(part, code): level for code in codes})


def percent(part: PartOutcome, *sections: str) -> int:
    """The share of the points of some sections in percent, rounded as it is published."""
    tallies = [tally.counts for tally in part.by_section if tally.section in sections]
    points = sum((Fraction(c.fully) + Fraction(c.partially, 2) for c in tallies), Fraction(0))
    return round(points * 100 / sum(c.judged for c in tallies))


def small(gates: int, others: int, rule: Rule | None = None) -> Catalogue:
    """A catalogue of G1, G2 … that gate and O1, O2 … that do not, all judged in implementation alone."""
    codes = [f"G{n}" for n in range(1, gates + 1)] + [f"O{n}" for n in range(1, others + 1)]
    criteria = tuple(
        make_criterion(
            code, parts=[IMPLEMENTATION], section=code[0], group=code[0], step=None, order=at
        )
        for at, code in enumerate(codes)
    )  # fmt: skip
    group = Group(code="X", title="", section="X", step=None, intro="", criteria=criteria)
    return make_catalogue(
        [Section(code="X", title="", groups=(group,))], rule or make_rule(c for c in codes if c[0] == "G")
    )


def shorthand(gates: str, others: str) -> tuple[Catalogue, dict[str, Level]]:
    """Ratings by letter: f, p, n, - not applicable, ? not yet rated."""
    catalogue = small(len(gates), len(others))
    letters = zip(catalogue.criteria, gates + others, strict=True)
    return catalogue, {c.code: SHORT[letter] for c, letter in letters if letter != "?"}


def judge_short(gates: str, others: str) -> PartOutcome:
    catalogue, ratings = shorthand(gates, others)
    return judge_part(catalogue, IMPLEMENTATION, ratings)


# The known cases of the model, section 4


def test_itsci_2023_is_fully_aligned_with_implementation_at_88_and_governance_at_81_percent() -> None:
    ratings = all_fully()
    rate(ratings, IMPLEMENTATION, codes_of(IMPLEMENTATION, "B")[:15], PARTIAL)
    rate(ratings, GOVERNANCE, codes_of(GOVERNANCE)[:7], PARTIAL)
    outcome = judge(CATALOGUE, ratings)
    standards, implementation, governance = (outcome.parts[part] for part in Part)
    assert [percent(standards, s) for s in "ABC"] == [100, 100, 100]
    assert [percent(implementation, s) for s in "ABC"] == [100, 88, 100]
    assert percent(governance, "D") == 81
    assert outcome.overall is FULL
    assert not outcome.governance_warning


def test_itsci_2018_is_not_fully_aligned_with_overarching_principles_at_75_percent() -> None:
    ratings = all_fully()
    rate(ratings, IMPLEMENTATION, codes_of(IMPLEMENTATION, "A")[:6], PARTIAL)
    rate(ratings, IMPLEMENTATION, codes_of(IMPLEMENTATION, "B")[20:45], PARTIAL)
    outcome = judge(CATALOGUE, ratings)
    implementation = outcome.parts[IMPLEMENTATION]
    assert [percent(outcome.parts[STANDARDS], s) for s in "AB"] == [100, 100]
    assert [percent(implementation, s) for s in "AB"] == [75, 80]
    assert outcome.parts[STANDARDS].result is FULL
    assert implementation.score is not None
    assert implementation.score >= CATALOGUE.rule.threshold, "gate 2 is passed: it is the principles that gate"
    assert implementation.gate_passed is False
    assert outcome.overall is PARTIAL


def test_the_copper_mark_is_partially_then_fully_aligned_by_one_criterion_on_auditors() -> None:
    ratings = all_fully()
    rate(ratings, IMPLEMENTATION, ["PR-AU-5"], PARTIAL)
    before = judge(CATALOGUE, ratings)
    implementation = before.parts[IMPLEMENTATION]
    assert before.overall is PARTIAL
    assert before.parts[STANDARDS].result is FULL
    assert implementation.failing == ("PR-AU-5",)
    assert implementation.next_level is FULL
    assert implementation.holding_back == (("PR-AU-5",),)
    assert implementation.holding_back_count == 1

    rate(ratings, IMPLEMENTATION, ["PR-AU-5"], FULL)
    after = judge(CATALOGUE, ratings)
    assert after.overall is FULL
    assert after.parts[IMPLEMENTATION].holding_back == ()
    assert after.parts[IMPLEMENTATION].holding_back_count == 0


def test_rmi_cobalt_is_held_back_by_its_eight_overarching_criteria_together() -> None:
    ratings = all_fully()
    eight = tuple(codes_of(IMPLEMENTATION, "A")[2:10])
    rate(ratings, IMPLEMENTATION, eight, PARTIAL)
    outcome = judge(CATALOGUE, ratings)
    assert outcome.parts[STANDARDS].result is FULL
    assert outcome.parts[IMPLEMENTATION].result is PARTIAL
    assert outcome.overall is PARTIAL
    assert outcome.parts[IMPLEMENTATION].holding_back == (eight,)
    assert outcome.parts[IMPLEMENTATION].holding_back_count == 1


# The numbers of one part, worked by hand


def test_a_part_worked_by_hand_has_exact_points_shares_and_tallies() -> None:
    outcome = judge_short("f-?", "fpn-?")
    assert outcome.counts == Counts(fully=2, partially=1, not_aligned=1, not_applicable=2, unrated=2)
    assert outcome.counts.total == 8
    assert outcome.score == Fraction(1, 2)
    assert outcome.pooled == Fraction(5, 8)
    assert outcome.points == Points(held=Fraction(3, 2), reachable=Fraction(5, 2), needed=Fraction(16, 5), possible=4)
    assert outcome.by_section == (
        Tally("G", None, Counts(1, 0, 0, 1, 1)),
        Tally("O", None, Counts(1, 1, 1, 1, 1)),
    )


def test_the_tallies_follow_sections_and_steps_in_catalogue_order() -> None:
    outcome = judge(CATALOGUE, all_fully())
    seen = [(t.section, t.step, t.counts.fully) for t in outcome.parts[IMPLEMENTATION].by_section]
    assert seen == [
        ("A", None, 12), ("B", 1, 19), ("B", 2, 15), ("B", 3, 12), ("B", 4, 8), ("B", 5, 7), ("C", None, 16),
    ]  # fmt: skip


def test_the_catalogue_judges_88_89_and_18_criteria() -> None:
    outcome = judge(CATALOGUE, {})
    assert [outcome.parts[part].counts.unrated for part in Part] == [88, 89, 18]
    assert outcome.edition == "oecd-minerals-2018"


# Truth tables


@pytest.mark.parametrize(
    ("gates", "others", "result"),
    [
        ("f", "f", FULL),
        ("f", "ffffn", FULL),  # exactly 80 %
        ("f", "fffpp", FULL),  # exactly 80 %
        ("f", "ffffppn", PARTIAL),  # 5/7
        ("f", "fffpn", PARTIAL),  # 70 %
        ("p", "fffff", PARTIAL),
        ("n", "fffff", PARTIAL),
        ("fp", "fffff", PARTIAL),
        ("-p", "fffff", PARTIAL),
        ("-f", "fffff", FULL),
        ("-", "fffff", FULL),  # no gating criterion applies: gate 1 is passed
        ("", "fffff", FULL),
        ("ff", "", FULL),  # nothing but gating criteria: gate 2 is passed
        ("ff", "--", FULL),
        ("fp", "", PARTIAL),
        ("pp", "", PARTIAL),  # exactly on the floor
        ("pn", "", NOT),
        ("f", "n", PARTIAL),  # exactly on the floor
        ("f", "nn", NOT),
        ("n", "f", PARTIAL),
        ("n", "fp", PARTIAL),  # exactly on the floor
        ("n", "pp", NOT),
        ("n", "n", NOT),
        ("", "p", PARTIAL),
        ("", "n", NOT),
        ("-", "-", None),  # nothing applies
        ("", "", None),
        ("f", "?", None),  # incomplete
        ("?", "f", None),
    ],
)
def test_the_result_of_a_part(gates: str, others: str, result: Level | None) -> None:
    assert judge_short(gates, others).result is result


@pytest.mark.parametrize(
    ("gates", "passed", "failing"),
    [
        ("", True, ()),
        ("-", True, ()),
        ("f", True, ()),
        ("f-", True, ()),
        ("p", False, ("G1",)),
        ("n", False, ("G1",)),
        ("fnp", False, ("G2", "G3")),
        ("?", None, ()),
        ("f?", None, ()),
        ("-?", None, ()),
        ("?n", False, ("G2",)),
    ],
)
def test_gate_1_fails_on_any_failing_criterion_and_waits_for_unrated_ones(
    gates: str, passed: bool | None, failing: tuple[str, ...]
) -> None:
    outcome = judge_short(gates, "f")
    assert outcome.gate_passed is passed
    assert outcome.failing == failing


@pytest.mark.parametrize(
    ("gates", "others", "provisional", "worst", "best"),
    [
        ("?", "???", None, NOT, FULL),
        ("f", "f???", FULL, NOT, FULL),
        ("p", "????", PARTIAL, NOT, PARTIAL),
        ("f", "ffff?", FULL, FULL, FULL),
        ("f", "fff?", FULL, PARTIAL, FULL),
        ("", "nnn?", NOT, NOT, NOT),
        ("", "nn??", NOT, NOT, PARTIAL),
        ("", "--?", None, NOT, FULL),
        ("-", "--", None, None, None),
        ("f", "f", FULL, FULL, FULL),
        ("f", "p", PARTIAL, PARTIAL, PARTIAL),
    ],
)
def test_an_unfinished_part_has_a_provisional_a_worst_and_a_best_result(
    gates: str, others: str, provisional: Level | None, worst: Level | None, best: Level | None
) -> None:
    outcome = judge_short(gates, others)
    assert (outcome.provisional, outcome.worst, outcome.best) == (provisional, worst, best)
    assert outcome.complete is ("?" not in gates + others)


@pytest.mark.parametrize(
    ("gates", "others", "at", "strict"),
    [
        ("f", "ffff", [FULL, FULL, FULL, FULL], FULL),
        ("f", "fffff" "ffffp", [FULL, FULL, FULL, PARTIAL], PARTIAL),
        ("f", "ffffn", [FULL, FULL, PARTIAL, PARTIAL], PARTIAL),
        ("f", "fffffffnnn", [FULL, PARTIAL, PARTIAL, PARTIAL], PARTIAL),
        ("p", "ffff", [PARTIAL] * 4, PARTIAL),
        ("", "nnp", [NOT] * 4, NOT),
        ("-", "-", [None] * 4, None),
        ("f", "?", [None] * 4, None),
        ("f", "-", [FULL] * 4, FULL),
    ],
)  # fmt: skip
def test_the_result_at_other_thresholds_and_under_the_strict_rule(
    gates: str, others: str, at: list[Level | None], strict: Level | None
) -> None:
    outcome = judge_short(gates, others)
    assert [share for share, _ in outcome.sensitivity] == list(CATALOGUE.rule.sensitivity)
    assert [level for _, level in outcome.sensitivity] == at
    assert outcome.strict is strict


@pytest.mark.parametrize(
    ("gates", "others", "next_level", "sets", "count"),
    [
        ("f", "f", None, [], 0),
        ("?", "?", None, [], 0),
        ("-", "-", None, [], 0),
        ("p", "f", FULL, ["G1"], 1),
        ("pn", "ffff", FULL, ["G1 G2"], 1),
        ("p?", "ffff?", FULL, ["G1"], 1),  # what is unrated is left out
        ("f", "fffpn", FULL, ["O4", "O5"], 2),  # half a point is missing
        ("f", "ffnpp", FULL, ["O3"], 1),  # a whole point is missing: only one criterion gives it
        ("p", "ffnpp", FULL, ["G1 O3"], 1),
        ("p", "ffnnp", FULL, ["G1 O3 O4", "G1 O3 O5", "G1 O4 O5"], 3),
        ("n", "n", PARTIAL, ["G1", "O1"], 2),
        ("n", "pp", PARTIAL, ["G1", "O1", "O2"], 3),
        ("nn", "np", PARTIAL, ["G1 G2", "G1 O1", "G1 O2", "G2 O1", "G2 O2", "O1 O2"], 6),
        ("", "n", PARTIAL, ["O1"], 1),  # its rise passes partially and reaches fully
    ],
)
def test_what_holds_a_part_back(gates: str, others: str, next_level: Level | None, sets: list[str], count: int) -> None:
    outcome = judge_short(gates, others)
    assert outcome.next_level is next_level
    assert [" ".join(codes) for codes in outcome.holding_back] == sets
    assert outcome.holding_back_count == count


def test_gating_criteria_stand_among_the_others_in_catalogue_order() -> None:
    ratings = dict.fromkeys(codes_of(IMPLEMENTATION), FULL)
    ratings |= dict.fromkeys(codes_of(IMPLEMENTATION, "B")[:31], PARTIAL)
    ratings |= {"OP-07": NOT, "PR-AU-5": PARTIAL, "PR-AU-6": PARTIAL}
    outcome = judge_part(CATALOGUE, IMPLEMENTATION, ratings)
    assert outcome.score == Fraction(60, 76)
    assert outcome.holding_back[0] == ("OP-07", "S1-A-1", "S1-A-2", "PR-AU-5")
    assert outcome.holding_back_count == 32 * 31 // 2
    ratings["S1-A-1"] = ratings["S1-A-2"] = FULL
    assert judge_part(CATALOGUE, IMPLEMENTATION, ratings).holding_back == (("OP-07", "PR-AU-5"),)


def test_astronomic_numbers_of_sets_are_counted_exactly_and_listed_to_twenty() -> None:
    ratings = dict.fromkeys(codes_of(STANDARDS), NOT)
    outcome = judge_part(CATALOGUE, STANDARDS, ratings)
    assert outcome.holding_back_count == 26248505381684851188961800  # 88 over 44
    assert len(outcome.holding_back) == LISTED == 20
    assert outcome.holding_back[0] == tuple(codes_of(STANDARDS)[:44])


def test_the_search_for_sets_ends_at_once_where_near_misses_are_without_number() -> None:
    """All forty criteria not aligned have to rise, and one of nineteen others: 2 to the 40 sets just miss."""
    letters = "n" * 40 + "p" * 19 + "f" * 6  # 15½ points of 65, and 40½ are missing to 56
    catalogue = small(0, 65, make_rule([], threshold=Fraction(56, 65), floor=Fraction(56, 65)))
    ratings = {f"O{at}": SHORT[letter] for at, letter in enumerate(letters, start=1)}
    outcome = judge_part(catalogue, IMPLEMENTATION, ratings)
    forty = tuple(f"O{at}" for at in range(1, 41))
    assert outcome.holding_back == tuple((*forty, f"O{at}") for at in range(41, 60))
    assert outcome.holding_back_count == 19


@pytest.mark.parametrize("credit", [Fraction(0), Fraction(1, 3), Fraction(1)])
def test_the_credit_of_partially_aligned_is_the_editions(credit: Fraction) -> None:
    catalogue = small(0, 4, make_rule([], partial_credit=credit))
    outcome = judge_part(catalogue, IMPLEMENTATION, {"O1": FULL, "O2": PARTIAL, "O3": PARTIAL, "O4": NOT})
    assert outcome.score == (1 + 2 * credit) / 4


# Overall and governance


@pytest.mark.parametrize("one", [*RESULTS, None])
@pytest.mark.parametrize("other", [*RESULTS, None])
def test_overall_is_the_worse_of_standards_and_implementation(one: Level | None, other: Level | None) -> None:
    ratings: Ratings = {}
    for part, level in ((STANDARDS, one), (IMPLEMENTATION, other)):
        rate(ratings, part, codes_of(part), level or NA)
    outcome = judge(CATALOGUE, ratings)
    assert outcome.parts[STANDARDS].result is one
    assert outcome.overall == worse(one, other)


@pytest.mark.parametrize(
    ("levels", "warns"),
    [
        ([FULL] * 18, False),
        ([FULL] * 11 + [PARTIAL] * 7, False),  # 80.6 %
        ([FULL] * 10 + [PARTIAL] * 8, True),  # 77.8 %
        ([NOT] * 18, True),
        ([NOT] * 17, False),  # incomplete: nothing to warn of yet
        ([NA] * 18, False),
        ([FULL] * 8 + [NOT] * 2 + [NA] * 8, False),  # exactly 80 %
    ],
)
def test_governance_warns_below_the_threshold_and_never_enters_the_overall_result(
    levels: list[Level], warns: bool
) -> None:
    ratings = all_fully()
    for code in codes_of(GOVERNANCE):
        del ratings[GOVERNANCE, code]
    ratings |= {(GOVERNANCE, c): level for c, level in zip(codes_of(GOVERNANCE), levels, strict=False)}
    outcome = judge(CATALOGUE, ratings)
    assert outcome.governance_warning is warns
    assert outcome.overall is FULL


def test_an_assessment_without_ratings_has_no_result_and_can_still_become_anything() -> None:
    outcome = judge(CATALOGUE, {})
    assert outcome.overall is None
    assert not outcome.governance_warning
    for part in outcome.parts.values():
        assert (part.result, part.provisional, part.score, part.pooled) == (None, None, None, None)
        assert (part.worst, part.best) == (NOT, FULL)
        assert (part.holding_back, part.holding_back_count) == ((), 0)


def test_a_rating_that_its_part_does_not_judge_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="does not judge PR-AU-5 in standards"):
        judge(CATALOGUE, {**all_fully(), (STANDARDS, "PR-AU-5"): FULL})
    with pytest.raises(ValueError, match="does not judge XX-1, XX-2 in governance"):
        judge_part(CATALOGUE, GOVERNANCE, {"XX-2": FULL, "GV-AS-1": FULL, "XX-1": FULL})


def test_an_outcome_cannot_be_changed() -> None:
    outcome = judge(CATALOGUE, {})
    with pytest.raises(FrozenInstanceError):
        outcome.overall = FULL  # type: ignore[misc]


# Properties, against the independent rule


def oracle_for(catalogue: Catalogue, part: Part) -> Oracle:
    codes, rule = [c.code for c in catalogue.in_part[part]], catalogue.rule
    gating = frozenset(rule.gating & set(codes))
    return Oracle(codes, gating, rule.threshold, rule.floor, rule.partial_credit)


def agrees(catalogue: Catalogue, part: Part, ratings: Mapping[str, Level]) -> PartOutcome:
    """Everything but the sets that hold it back; returns the outcome."""
    ours, oracle = judge_part(catalogue, part, ratings), oracle_for(catalogue, part)
    words = {code: level.value for code, level in ratings.items()}
    assert ours.complete is oracle.complete(words)
    assert ours.gate_passed is oracle.gate_passed(words)
    assert list(ours.failing) == oracle.failing(words)
    assert ours.score == oracle.score(words)
    assert ours.pooled == oracle.share(words.values())
    assert ours.result == oracle.result(words)
    assert ours.provisional == oracle.rated_result(words)
    assert ours.best == oracle.rated_result(oracle.filled(words, "fully"))
    assert ours.worst == oracle.rated_result(oracle.filled(words, "not"))
    assert ours.next_level == oracle.next_level(words)
    assert ours.strict == oracle.strict(words)
    for threshold, level in ours.sensitivity:
        assert level == oracle.result(words, threshold)
    return ours


@st.composite
def small_cases(draw: st.DrawFn) -> tuple[Catalogue, dict[str, Level]]:
    """Catalogues of up to eight criteria under any orderly rule, rated in full or in part."""
    number = draw(st.integers(0, 8))
    codes = [f"X{n}" for n in range(number)]
    gating = draw(st.sets(st.sampled_from(codes))) if codes else set()
    shares = st.fractions(min_value=Fraction(1, 20), max_value=1, max_denominator=20)
    floor, threshold = sorted((draw(shares), draw(shares)))
    credit = draw(st.fractions(min_value=0, max_value=1, max_denominator=6))
    criteria = tuple(
        make_criterion(code, parts=[STANDARDS], section="X", group="X", step=None, order=at)
        for at, code in enumerate(codes)
    )
    group = Group(code="X", title="", section="X", step=None, intro="", criteria=criteria)
    rule = make_rule(gating, threshold=threshold, floor=floor, partial_credit=credit)
    catalogue = make_catalogue([Section(code="X", title="", groups=(group,))], rule)
    choices: list[Level | None] = [*Level, None]
    levels = draw(st.lists(st.sampled_from(choices), min_size=number, max_size=number))
    return catalogue, {code: level for code, level in zip(codes, levels, strict=True) if level}


def part_ratings(part: Part, weights: st.SearchStrategy[list[Level | None]]) -> st.SearchStrategy[dict[str, Level]]:
    """Ratings of a whole part, drawn from a bag of levels that is drawn first; None is not yet rated."""
    codes = codes_of(part)

    def rated(bag: list[Level | None]) -> st.SearchStrategy[dict[str, Level]]:
        levels = st.lists(st.sampled_from(bag), min_size=len(codes), max_size=len(codes))
        return levels.map(lambda drawn: {c: lv for c, lv in zip(codes, drawn, strict=True) if lv})

    return weights.flatmap(rated)


BAGS: st.SearchStrategy[list[Level | None]] = st.lists(
    st.sampled_from([FULL, FULL, FULL, PARTIAL, NOT, NA, None]), min_size=1, max_size=12
)
COMPLETE_BAGS: st.SearchStrategy[list[Level | None]] = st.lists(
    st.sampled_from([FULL, FULL, FULL, PARTIAL, NOT, NA]), min_size=1, max_size=12
)


@settings(max_examples=400)
@given(small_cases())
def test_a_small_part_agrees_with_the_independent_rule_to_the_last_set(
    case: tuple[Catalogue, dict[str, Level]],
) -> None:
    catalogue, ratings = case
    outcome = agrees(catalogue, STANDARDS, ratings)
    words = {code: level.value for code, level in ratings.items()}
    sets = oracle_for(catalogue, STANDARDS).holding_back(words)
    assert list(outcome.holding_back) == sets[:20]
    assert outcome.holding_back_count == len(sets)


@settings(max_examples=100)
@given(st.sampled_from(list(Part)), st.data())
def test_a_part_of_the_edition_agrees_with_the_independent_rule(part: Part, data: st.DataObject) -> None:
    ratings = data.draw(part_ratings(part, BAGS | COMPLETE_BAGS))
    outcome = agrees(CATALOGUE, part, ratings)
    seen = outlook(CATALOGUE, part, ratings)
    assert all(getattr(seen, each.name) == getattr(outcome, each.name) for each in fields(seen))
    oracle = oracle_for(CATALOGUE, part)
    words = {code: level.value for code, level in ratings.items()}
    order = {code: at for at, code in enumerate(oracle.criteria)}
    sets = [[order[code] for code in codes] for codes in outcome.holding_back]
    assert sets == sorted(sets)
    assert len({tuple(places) for places in sets}) == len(sets) == min(LISTED, outcome.holding_back_count)
    for codes in outcome.holding_back:
        assert list(codes) == sorted(codes, key=order.__getitem__)
        assert outcome.next_level is not None
        assert oracle.reaches(words, codes, outcome.next_level)
    for codes in outcome.holding_back[-1:]:
        assert outcome.next_level is not None
        for at in range(len(codes)):
            assert not oracle.reaches(words, codes[:at] + codes[at + 1 :], outcome.next_level)


@settings(max_examples=25)
@given(st.sampled_from(list(Part)), st.lists(st.sampled_from([PARTIAL, NOT]), max_size=32), st.integers(0, 40))
def test_size_and_number_of_the_sets_agree_with_counting_them_one_by_one(
    part: Part, below: list[Level], fully: int
) -> None:
    levels = [*below, *[FULL] * fully]
    codes = codes_of(part)[:: -1 if fully % 2 else 1]
    ratings = dict(zip(codes, levels, strict=False))
    outcome = judge_part(CATALOGUE, part, ratings)
    words = {code: level.value for code, level in ratings.items()}
    size, number = oracle_for(CATALOGUE, part).smallest(words)
    assert outcome.holding_back_count == number
    assert {len(codes) for codes in outcome.holding_back} == ({size} if number else set())


@settings(max_examples=50)
@given(st.sampled_from(list(Part)), st.data())
def test_the_tallies_add_up_and_the_order_of_the_ratings_does_not_matter(part: Part, data: st.DataObject) -> None:
    ratings = data.draw(part_ratings(part, BAGS))
    outcome = judge_part(CATALOGUE, part, ratings)
    summed = sum((tally.counts for tally in outcome.by_section), Counts(0, 0, 0, 0, 0))
    assert summed == outcome.counts
    assert outcome.counts.total == len(CATALOGUE.in_part[part])
    assert outcome.counts.total - outcome.counts.unrated == len(ratings)
    assert outcome.points.held <= outcome.points.reachable <= outcome.points.possible
    shuffled = data.draw(st.permutations(list(ratings.items())))
    assert judge_part(CATALOGUE, part, dict(shuffled)) == outcome


def rank(level: Level | None) -> int:
    return -1 if level is None else RANK[level]


@settings(max_examples=200)
@given(small_cases(), st.data())
def test_raising_a_rating_never_lowers_a_result(case: tuple[Catalogue, dict[str, Level]], data: st.DataObject) -> None:
    catalogue, ratings = case
    before = judge_part(catalogue, STANDARDS, ratings)
    higher = {NOT: [PARTIAL, FULL], PARTIAL: [FULL]}
    raised = {code: data.draw(st.sampled_from([lv, *higher.get(lv, [])])) for code, lv in ratings.items()}
    after = judge_part(catalogue, STANDARDS, raised)
    for field in ("result", "provisional", "best", "worst", "strict"):
        assert rank(getattr(after, field)) >= rank(getattr(before, field)), field
    for (_, low), (_, high) in zip(before.sensitivity, after.sensitivity, strict=True):
        assert rank(high) >= rank(low)


@settings(max_examples=200)
@given(small_cases(), st.data())
def test_the_final_result_lies_between_the_worst_and_the_best_reachable_one(
    case: tuple[Catalogue, dict[str, Level]], data: st.DataObject
) -> None:
    catalogue, ratings = case
    early = judge_part(catalogue, STANDARDS, ratings)
    codes = [c.code for c in catalogue.in_part[STANDARDS]]
    late = judge_part(
        catalogue, STANDARDS, {c: ratings.get(c) or data.draw(st.sampled_from(list(Level))) for c in codes}
    )
    assert late.complete
    assert rank(early.worst) <= rank(early.best)
    if late.result is not None:  # everything left may also turn out not to apply
        assert rank(early.worst) <= rank(late.result) <= rank(early.best)
    assert late.best == late.worst == late.result == late.provisional


@st.composite
def assessments(draw: st.DrawFn) -> Ratings:
    drawn = {part: draw(part_ratings(part, BAGS | COMPLETE_BAGS)) for part in Part}
    return {(part, code): level for part, levels in drawn.items() for code, level in levels.items()}


@settings(max_examples=50)
@given(assessments())
@example(all_fully())
def test_an_assessment_is_its_parts_and_the_worse_of_two(ratings: Ratings) -> None:
    outcome: Outcome = judge(CATALOGUE, ratings)
    for part in Part:
        own = {code: level for (where, code), level in ratings.items() if where is part}
        assert outcome.parts[part] == judge_part(CATALOGUE, part, own)
    assert outcome.overall == worse(outcome.parts[STANDARDS].result, outcome.parts[IMPLEMENTATION].result)
