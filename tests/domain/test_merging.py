"""Three-way merging of ratings: nobody's change disappears, and what nobody can decide is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain import merging
from alignment.domain.merging import (
    CHOOSE,
    FIELDS,
    LABELS,
    Changed,
    Clash,
    Kind,
    Pick,
    compare,
    judgement,
    merge,
    pieces,
    undoes,
    weave,
)
from alignment.domain.rating import NOTHING_SAID, Judgement, Level

BASE = Judgement(Level.PARTIALLY, "Two of five reports were seen.", "Manual, 6.4", "")
WORDS = st.sampled_from(["alpha", "beta", "gamma", " ", "\n", ".", "Überprüfung", "矿", "x"])
TEXT = st.lists(WORDS, max_size=24).map("".join)
JUDGEMENTS = st.builds(Judgement, st.sampled_from([None, *Level]), TEXT, TEXT, TEXT)


def changed(**values: object) -> Judgement:
    said = {"level": BASE.level, "rationale": BASE.rationale, "cites_standard": BASE.cites_standard,
            "cites_guidance": BASE.cites_guidance} | values  # fmt: skip
    return Judgement(**said)  # type: ignore[arg-type]


def by_name(found: merging.Merge) -> dict[str, merging.Field]:
    return {field.name: field for field in found.fields}


def test_changes_of_different_fields_need_no_choice_and_both_are_kept() -> None:
    theirs, yours = changed(level=Level.FULLY), changed(cites_guidance="Step 4.A")
    found = merge(BASE, theirs, yours)
    assert found.open == ()
    assert found.resolved({}, {}) == changed(level=Level.FULLY, cites_guidance="Step 4.A")
    assert by_name(found)["level"].changed is Changed.THEIRS
    assert by_name(found)["cites_guidance"].changed is Changed.YOURS
    assert by_name(found)["rationale"].changed is Changed.NEITHER


def test_the_same_field_changed_by_both_is_open_and_never_decided_for_them() -> None:
    found = merge(BASE, changed(rationale="Three of five."), changed(rationale="Four of five."))
    assert found.open == ("rationale",)
    assert by_name(found)["rationale"].proposed is None
    with pytest.raises(KeyError):
        found.resolved({}, {})


@pytest.mark.parametrize(
    ("pick", "kept"),
    [
        (Pick.THEIRS, "Three of five."),
        (Pick.YOURS, "Four of five."),
        (Pick.BOTH, "Three of five.\n\nFour of five."),
        (Pick.THIRD, "All were seen."),
    ],
)
def test_a_choice_gives_theirs_yours_both_or_a_third_text(pick: Pick, kept: str) -> None:
    found = merge(changed(rationale="None."), changed(rationale="Three of five."), changed(rationale="Four of five."))
    assert found.resolved({"rationale": pick}, {"rationale": "All were seen."}).rationale == kept


def test_a_third_level_can_be_chosen_too() -> None:
    found = merge(BASE, changed(level=Level.FULLY), changed(level=Level.NOT))
    assert found.resolved({"level": Pick.THIRD}, {"level": "partially"}).level is Level.PARTIALLY
    assert found.resolved({"level": Pick.THIRD}, {"level": ""}).level is None


@pytest.mark.parametrize(
    ("picks", "third", "faults"),
    [
        ({}, {}, {"level": CHOOSE, "rationale": CHOOSE}),
        (
            {"rationale": Pick.THIRD},
            {"rationale": "x" * 20_001},
            {"level": CHOOSE, "rationale": "This text has 20,001"},
        ),
        ({"level": Pick.THIRD}, {"level": "not_applicable"}, {"rationale": CHOOSE}),
        (
            {"level": Pick.THIRD, "rationale": Pick.THIRD},
            {"level": "not_applicable", "rationale": " "},
            {"rationale": "Say why the criterion does not apply"},
        ),
        ({"level": Pick.YOURS, "rationale": Pick.BOTH}, {}, {}),
    ],
)
def test_what_is_left_open_is_told_together_with_what_is_wrong_in_the_rest(
    picks: dict[str, Pick], third: dict[str, str], faults: dict[str, str]
) -> None:
    theirs, yours = changed(level=Level.FULLY, rationale="Three."), changed(level=Level.NOT, rationale="Four.")
    says, found = merge(NOTHING_SAID, theirs, yours).decided(picks, third)
    assert {name: said[: len(faults.get(name, ""))] for name, said in found.items()} == faults
    assert says.cites_standard == BASE.cites_standard
    assert faults or says == merge(NOTHING_SAID, theirs, yours).resolved(picks, third)


def test_the_same_change_by_both_is_no_clash() -> None:
    found = merge(BASE, changed(level=Level.FULLY), changed(level=Level.FULLY))
    assert by_name(found)["level"].changed is Changed.ALIKE
    assert found.open == ()
    assert not found.yours_says_more


def test_taking_a_level_back_is_a_change_like_any_other() -> None:
    found = merge(BASE, changed(level=None), changed(rationale="More."))
    assert found.resolved({}, {}) == changed(level=None, rationale="More.")


def test_every_field_has_a_label_of_its_own() -> None:
    assert set(LABELS) == set(FIELDS) == {field.name for field in merge(BASE, BASE, BASE).fields}
    assert all(field.label for field in merge(BASE, BASE, BASE).fields)


@given(JUDGEMENTS, JUDGEMENTS, JUDGEMENTS)
def test_no_field_that_somebody_changed_goes_back_to_what_it_was(
    base: Judgement, theirs: Judgement, yours: Judgement
) -> None:
    found = merge(base, theirs, yours)
    kept = found.resolved(dict.fromkeys(found.open, Pick.BOTH), {})
    for field in merge(base, theirs, kept).fields:
        assert field.changed is not Changed.THEIRS or by_name(found)[field.name].changed is Changed.YOURS
    assert found.yours_says_more is any(field.yours not in (field.base, field.theirs) for field in found.fields)


@given(JUDGEMENTS, JUDGEMENTS)
def test_who_changed_nothing_loses_nothing(base: Judgement, theirs: Judgement) -> None:
    assert merge(base, theirs, base).resolved({}, {}) == theirs
    assert merge(base, base, theirs).resolved({}, {}) == theirs


@given(JUDGEMENTS)
def test_a_rating_and_its_fields_as_text_are_the_same(said: Judgement) -> None:
    fields = {field.name: field.theirs for field in merge(said, said, said).fields}
    assert judgement(fields) == said


# --- word by word ----------------------------------------------------------------------------------


def test_a_changed_word_shows_as_one_removed_and_one_added() -> None:
    found = pieces("Five of seven reports.", "Six of seven reports.")
    assert [(each.kind, each.text) for each in found] == [
        (Kind.REMOVED, "Five"), (Kind.ADDED, "Six"), (Kind.SAME, " of seven reports."),
    ]  # fmt: skip


@given(TEXT, TEXT)
def test_the_pieces_give_back_both_texts(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(each.text for each in found if each.kind is not Kind.ADDED) == before
    assert "".join(each.text for each in found if each.kind is not Kind.REMOVED) == after


def test_changes_in_different_places_are_woven_into_one_text() -> None:
    base = "One report was seen. Nobody was asked."
    theirs = "Two reports were seen. Nobody was asked."
    yours = "One report was seen. Nobody was asked, as the office was closed."
    assert weave(base, theirs, yours) == "Two reports were seen. Nobody was asked, as the office was closed."


def test_changes_in_one_place_leave_both_texts_whole() -> None:
    assert weave("One.", "Two.", "Three.") == "Two.\n\nThree."
    assert weave("", "Theirs.", "Yours.") == "Theirs.\n\nYours."


@given(TEXT, TEXT)
def test_weaving_keeps_the_one_side_that_changed(base: str, other: str) -> None:
    assert weave(base, base, other) == other
    assert weave(base, other, base) == other
    assert weave(base, other, other) == other


@pytest.mark.parametrize("size", [5_000, 200_000])
def test_long_texts_are_compared_without_making_anybody_wait(size: int) -> None:
    before, after = "a " * size, "a " * size + "b"
    found = pieces(before, after)
    assert "".join(each.text for each in found if each.kind is not Kind.REMOVED) == after
    assert len(found) <= 3


def test_long_texts_of_many_lines_are_compared_line_by_line() -> None:
    lines = [f"line {number} of many words in a row" for number in range(400)]
    after = [*lines[:200], "one more line", *lines[200:]]
    found = pieces("\n".join(lines), "\n".join(after))
    assert [each.text for each in found if each.kind is Kind.ADDED] == ["one more line\n"]


# --- forms -------------------------------------------------------------------------------------------


FORM = {"title": "Title", "cause": "Root cause", "due": "Due"}


def test_a_form_comes_back_with_what_they_alone_changed_and_with_ones_own_words() -> None:
    base = {"title": "Train", "cause": "None was taught.", "due": ""}
    theirs = {**base, "cause": "Nobody had the time.", "due": "2027-01-01"}
    clash = Clash(compare(base, theirs, {**base, "title": "Train all", "due": "2027-02-01"}, FORM), 7)
    assert clash.kept == {"title": "Train all", "cause": "Nobody had the time.", "due": "2027-02-01"}
    assert [(each.label, each.changed) for each in clash.fields] == [
        ("Title", Changed.YOURS), ("Root cause", Changed.THEIRS), ("Due", Changed.BOTH),
    ]  # fmt: skip
    assert (clash.version, clash.status) == (7, 409)


@pytest.mark.parametrize(
    ("theirs", "yours", "undone"),
    [("a", "a", False), ("a", "b", False), ("b", "b", False), ("b", "a", True), ("b", "c", True)],
)
def test_a_save_undoes_what_it_would_take_back_or_write_over(theirs: str, yours: str, undone: bool) -> None:
    assert undoes(compare({"due": "a"}, {"due": theirs}, {"due": yours}, {"due": "Due"})) is undone


def test_where_nobody_knows_what_a_form_began_from_every_difference_is_shown() -> None:
    [field] = compare({}, {"due": "a"}, {"due": "b"}, {"due": "Due"})
    assert field.changed is Changed.BOTH
    assert not undoes(compare({}, {"due": "a"}, {"due": "a"}, {"due": "Due"}))
