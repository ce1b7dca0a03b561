"""The text of a market update, cut at its headings and insertions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.insertion import Block, Insert, Section, sections, topics
from alignment.domain.refusal import Refusal

TABLE = Block(Insert.TABLE)


def prose(text: str) -> Block:
    return Block(Insert.PROSE, text)


def said(topic: str) -> Block:
    return Block(Insert.STATEMENTS, topic)


def test_a_text_is_cut_at_its_second_level_headings() -> None:
    assert sections("## 1 One\n\nWords.\n\n### 1.1 Deeper\n\nMore.\n\n## 2 Two ##\n\nLast.\n") == (
        Section("1 One", (prose("Words.\n\n### 1.1 Deeper\n\nMore."),)),
        Section("2 Two", (prose("Last."),)),
    )


def test_words_before_the_first_heading_stand_in_a_section_without_one() -> None:
    assert sections("Before.\n\n## One\n") == (Section("", (prose("Before."),)), Section("One", ()))


def test_an_empty_text_has_no_section() -> None:
    assert sections("") == sections("\n\n") == ()


def test_insertions_stand_between_the_prose_around_them() -> None:
    assert sections("Before.\n\n{{ status_table }}\n\nAfter.\n{{statements:comment}}\n") == (
        Section("", (prose("Before."), TABLE, prose("After."), said("comment"))),
    )


def test_topics_are_listed_once_in_their_order() -> None:
    text = "{{ statements: b }}\n## X\n{{ statements: a-1 }}\n{{ statements: b }}\n{{ status_table }}"
    assert topics(text) == ("b", "a-1")


@pytest.mark.parametrize("fence", ["```", "~~~", "````", "  ```python"])
def test_nothing_is_cut_within_a_block_of_code(fence: str) -> None:
    mark = fence.strip().rstrip("python")
    text = f"{fence}\n## no heading\n{{{{ status_table }}}}\n{{{{ nothing }}}}\n{mark}\n## Heading"
    assert [section.heading for section in sections(text)] == ["", "Heading"]


def test_a_block_of_code_ends_only_with_its_own_mark() -> None:
    text = "````\n```\n~~~~\n```` not yet\n## no heading\n````\n## Heading\n"
    assert [section.heading for section in sections(text)] == ["", "Heading"]


@pytest.mark.parametrize(
    "line",
    [
        "{{ tabel }}",
        "see {{ status_table }}",
        "{{ statements }}",
        "{{ statements: Two Words }}",
        "{{ status_table }} {{",
    ],
)
def test_an_unknown_insertion_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(Refusal, match=r"line 3 of the text: .* is no insertion: write {table: status}, "):
        sections(f"One.\n\n{line}\n")


@given(st.lists(st.sampled_from(["word", "", "### deeper", "- point", "> quoted", "a { b } c"]), max_size=12))
def test_prose_without_headings_or_insertions_stays_as_it_is(lines: list[str]) -> None:
    text = "\n".join(lines)
    kept = text.strip("\n")
    assert sections(text) == ((Section("", (prose(kept),)),) if kept else ())
