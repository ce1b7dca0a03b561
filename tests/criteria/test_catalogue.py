"""The criteria at hand: the 108 of the design list, each with guidance of its own."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest

from alignment.catalogue import check, editions, load_all, load_catalogue, load_track_a
from alignment.domain.catalogue import Catalogue, Criterion, Part, TrackA
from alignment.domain.refusal import Faults
from alignment.files import folder
from alignment.text import plain, render

EDITION = "oecd-minerals-2018"
PARTS = {
    "S": (Part.STANDARDS,),
    "I": (Part.IMPLEMENTATION,),
    "S+I": (Part.STANDARDS, Part.IMPLEMENTATION),
    "G": (Part.GOVERNANCE,),
}
GUIDANCE = ("look_in_text", "look_in_practice", "fully_or_partially")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(EDITION)


@pytest.fixture(scope="module")
def track_a(catalogue: Catalogue) -> TrackA:
    return load_track_a(catalogue)


def design() -> list[dict[str, str]]:
    with Path(__file__).with_name("expected.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def prose(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Every text of the catalogue, with the place it stands at."""
    yield "introduction", catalogue.introduction
    yield from ((f"level {level}", text) for level, text in catalogue.scale)
    for group in catalogue.groups:
        yield f"{group.code} intro", group.intro
    for criterion in catalogue.criteria:
        for name in ("text", *GUIDANCE):
            yield f"{criterion.code} {name}", getattr(criterion, name)


def sentences(text: str) -> list[str]:
    """The sentences of a text, lower case and without marks; table rows and links are none."""
    lines = [line for line in text.splitlines() if not line.startswith(("|", "[", "#"))]
    found = re.split(r"(?<=[.!?;])\s+", " ".join(lines))
    return [said for said in (" ".join(re.findall(r"\w+", each.lower())) for each in found) if said]


def test_the_content_has_no_mistakes() -> None:
    assert check() == []


def test_the_criteria_are_those_of_the_design_list_in_its_order(catalogue: Catalogue) -> None:
    given = [(c.code, c.title, c.parts, c.position.value, c.reference) for c in catalogue.criteria]
    assert given == [
        (
            row["code"],
            row["title"],
            PARTS[row["parts"]],
            row["supply_chain_position"],
            row["guidance_reference"],
        )
        for row in design()
    ]


def test_each_criterion_stands_in_the_section_and_step_of_the_design_list(catalogue: Catalogue) -> None:
    for criterion, row in zip(catalogue.criteria, design(), strict=True):
        step = re.match(r"B Step (\d) ", row["section"])
        assert (criterion.section, criterion.step) == (row["section"][0], int(step[1]) if step else None)


def test_88_criteria_are_judged_in_standards_89_in_implementation_and_18_in_governance(
    catalogue: Catalogue,
) -> None:
    counts = {part: len(criteria) for part, criteria in catalogue.in_part.items()}
    assert counts == {Part.STANDARDS: 88, Part.IMPLEMENTATION: 89, Part.GOVERNANCE: 18}
    assert {section.code: len(section.criteria) for section in catalogue.sections} == {
        "A": 12,
        "B": 61,
        "C": 17,
        "D": 18,
    }


def test_the_introduction_gives_the_same_counts_as_the_criteria(catalogue: Catalogue) -> None:
    for section in catalogue.sections:
        row = f"| {section.code} {section.title} | {len(section.criteria)} |"
        assert row in catalogue.introduction
    said = "{} criteria are judged in the standards part, {} in the implementation part and {} in the governance"
    counts = [len(catalogue.in_part[part]) for part in Part]
    assert said.format(*counts) in catalogue.introduction


def test_no_source_gave_an_external_code_so_none_is_held(catalogue: Catalogue) -> None:
    assert {criterion.external_code for criterion in catalogue.criteria} == {None}


def test_the_rule_is_the_one_of_the_model(catalogue: Catalogue) -> None:
    rule = catalogue.rule
    assert (rule.threshold, rule.floor, rule.partial_credit) == (
        Fraction(4, 5),
        Fraction(1, 2),
        Fraction(1, 2),
    )
    assert rule.gating == {criterion.code for criterion in catalogue.sections[0].criteria} | {"PR-AU-5"}
    assert rule.sensitivity == (Fraction(7, 10), Fraction(4, 5), Fraction(9, 10), Fraction(1))
    assert "No source at hand" in rule.provenance
    assert "assumptions" in rule.provenance


def test_the_scale_has_the_four_levels_from_best_to_worst(catalogue: Catalogue) -> None:
    assert [level for level, _ in catalogue.scale] == ["fully", "partially", "not", "not_applicable"]


def test_the_five_steps_have_titles(catalogue: Catalogue) -> None:
    assert list(catalogue.steps) == [1, 2, 3, 4, 5]
    assert catalogue.steps[4] == "Independent audit"
    assert {group.step for group in catalogue.sections[1].groups} == set(catalogue.steps)


def test_criteria_are_numbered_in_catalogue_order(catalogue: Catalogue) -> None:
    assert [criterion.order for criterion in catalogue.criteria] == list(range(108))


def test_every_source_is_cited_in_the_introduction_by_its_key(catalogue: Catalogue) -> None:
    front = (folder("criteria") / EDITION / "edition.md").read_text(encoding="utf-8").split("---\n")[1]
    keys = re.findall(r"(?m)^  ([a-z][a-z0-9-]+): .*(?:https?:|LME)", front)
    assert len(keys) == 12
    for key in keys:
        assert f"][{key}]" in catalogue.introduction
        assert f"\n[{key}]: " in catalogue.introduction


def test_every_address_in_the_introduction_is_that_of_its_source() -> None:
    _, front, body = (folder("criteria") / EDITION / "edition.md").read_text(encoding="utf-8").split("---\n", 2)
    links = re.findall(r"(?m)^\[([\w-]+)\]: (http\S+)$", body)
    assert len(links) == 11
    for key, address in links:
        assert f"\n  {key}: {address}\n" in front


def test_every_text_renders_with_no_mark_left_over(catalogue: Catalogue, track_a: TrackA) -> None:
    texts = [text for _, text in prose(catalogue)] + [catalogue.rule.provenance, track_a.provenance]
    texts += [item.text for item in (*track_a.requirements, *track_a.checklist)]
    left = [text for text in map(plain, texts) if re.search(r"[*_`|#]|\]\[|\]\(|&\w+;", text)]
    assert left == []
    assert render(catalogue.introduction).count("<table>") == 3


# The guidance


def test_every_criterion_has_three_guidances_of_two_sentences_at_least(catalogue: Catalogue) -> None:
    short = [
        f"{criterion.code} {name}"
        for criterion in catalogue.criteria
        for name in GUIDANCE
        if len(re.findall(r"[.!?](?=\s|$)", getattr(criterion, name))) < 2
    ]
    assert short == []


def test_no_sentence_stands_twice_in_the_catalogue(catalogue: Catalogue, track_a: TrackA) -> None:
    texts = [text for _, text in prose(catalogue)]
    texts += [requirement.text for requirement in track_a.requirements]
    texts += [text for item in track_a.checklist for text in (item.text, item.answered_by)]
    counted = Counter(sentence for text in texts for sentence in sentences(text))
    assert len(counted) > 900
    assert [sentence for sentence, times in counted.items() if times > 1] == []


def near_copies(texts: dict[str, str]) -> list[tuple[str, str, str, str]]:
    """Pairs of sentences that share more than nine tenths of their words."""
    said = [(place, one, frozenset(one.split())) for place, text in texts.items() for one in sentences(text)]
    return [
        (place, one, elsewhere, other)
        for (place, one, words), (elsewhere, other, others) in combinations(said, 2)
        if 10 * len(words & others) > 9 * len(words | others)
    ]


def test_no_sentence_is_a_near_copy_of_another(catalogue: Catalogue) -> None:
    assert near_copies(dict(prose(catalogue))) == []


def test_a_near_copy_would_be_seen() -> None:
    one = "A policy that is given out only on request to a buyer who asks for it is not published."
    other = "A policy that is given out on request only to a buyer who asks for it is not published!"
    third = "A register that nobody keeps is worth as little as a policy that nobody has read."
    assert len(near_copies({"one": one, "other": other, "third": third})) == 1


def test_the_text_of_a_criterion_is_no_part_of_its_own_guidance(catalogue: Catalogue) -> None:
    def repeats(criterion: Criterion) -> bool:
        return any(criterion.text.rstrip(".") in getattr(criterion, name) for name in GUIDANCE)

    assert [criterion.code for criterion in catalogue.criteria if repeats(criterion)] == []


# Track A


def test_training_that_the_assessor_reviewed_counts_and_audits_are_then_monitored(
    catalogue: Catalogue,
) -> None:
    said = catalogue.by_code["PR-AU-5"].fully_or_partially
    assert "once the assessor has reviewed the package" in said
    assert "a point to monitor, not a condition of the rating" in said


def test_every_criterion_of_sections_a_and_b_stands_behind_one_requirement(
    catalogue: Catalogue, track_a: TrackA
) -> None:
    behind = [code for requirement in track_a.requirements for code in requirement.criteria]
    assert behind == [c.code for section in catalogue.sections[:2] for c in section.criteria]


def test_the_requirements_are_the_principles_and_each_step_element(catalogue: Catalogue, track_a: TrackA) -> None:
    elements = [group.code[1:].replace("-", ".") for group in catalogue.sections[1].groups]
    assert [requirement.code for requirement in track_a.requirements] == ["OP", *elements]
    assert track_a.edition == EDITION


def test_the_checklist_runs_from_ta_01_to_ta_18(track_a: TrackA) -> None:
    assert [item.code for item in track_a.checklist] == [f"TA-{number:02}" for number in range(1, 19)]
    assert all(item.basis and item.text and item.answered_by for item in track_a.checklist)
    assert track_a.provenance
    assert track_a.checklist_provenance


# Loading


def test_the_edition_at_hand_is_listed_and_loaded() -> None:
    assert editions() == (EDITION,)
    catalogues, track_a = load_all()
    assert catalogues == {EDITION: load_catalogue(EDITION)}
    assert track_a == load_track_a(catalogues[EDITION])


@pytest.mark.parametrize("name", ["oecd-minerals-1999", "", "..", "../criteria", "lme-track-a"])
def test_an_edition_that_is_not_there_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(Faults) as refused:
        load_catalogue(name)
    assert refused.value.faults == [f"“{name}” is no edition of the criteria; known are {EDITION}"]
