"""Frozen market updates: one digest for one content, and no change of an exported document goes unseen."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.publication import (
    FORMAT,
    check,
    check_file,
    content_of,
    digest_of,
    document_of,
    exported,
    pieces_of,
    rewritten,
    why_not_publish,
)
from alignment.domain.refusal import Refusal
from alignment.domain.table import COLUMNS, printed
from tests.domain.update import SOURCE, Written, content, row, statement

CONTENT = content()
DOCUMENT = document_of(CONTENT)
DATA = exported(CONTENT).encode()

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def shuffled(value: Any) -> Any:
    """The same JSON value with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(each) for each in value] if isinstance(value, list) else value


def changed(**members: Any) -> dict[str, Any]:
    return {**copy.deepcopy(DOCUMENT), **members}


# The content


def test_the_content_is_plain_json_with_all_that_the_author_wrote() -> None:
    assert json.loads(json.dumps(CONTENT)) == CONTENT
    assert {name: CONTENT[name] for name in ("number", "title", "original_title", "label", "published")} == {
        "number": "2024-09",
        "title": "Update of September",
        "original_title": "The original’s title",
        "label": "A reconstruction. The original is authoritative.",
        "published": "2024-09",
    }
    assert CONTENT["as_at"] == "2024-09-30"
    assert CONTENT["source"] == SOURCE
    assert CONTENT["corrects"] is None
    assert CONTENT["text"] == Written().text


def test_the_table_has_a_caption_the_columns_in_order_and_the_rows() -> None:
    table = CONTENT["table"]
    assert table["caption"] == "Table 1. Status of alignment assessments and of LME approval, as at 30 September 2024"
    assert [column["name"] for column in table["columns"]] == [column.name for column in COLUMNS]
    assert [each["programme"] for each in table["rows"]] == ["alpha", "beta"]


def test_only_statements_that_the_text_asks_for_are_frozen() -> None:
    frozen = content_of(Written(), [printed(row())], [statement(), statement("Other", "history")], SOURCE)
    assert [each["topic"] for each in frozen["statements"]] == ["comment"]


def test_a_text_that_asks_for_statements_nobody_made_is_refused() -> None:
    with pytest.raises(Refusal, match="2024-09 asks for statements on “comment”, and none is held on 2024-09-30"):
        content_of(Written(), [], [], SOURCE)


def test_a_text_with_an_unknown_insertion_is_refused_by_number_and_line() -> None:
    with pytest.raises(Refusal, match=r"market update 2024-09: line 3 of the text: “{{ tabel }}” is no insertion"):
        content_of(Written(text="Words.\n\n{{ tabel }}\n"), [], [], SOURCE)


# The digest


def test_the_digest_is_the_sha256_of_the_canonical_json_that_any_tool_can_make() -> None:
    canonical = json.dumps(CONTENT, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert digest_of(CONTENT) == hashlib.sha256(canonical.encode()).hexdigest()


@given(json_values)
def test_the_digest_does_not_depend_on_the_order_of_keys(value: Any) -> None:
    assert digest_of(shuffled(value)) == digest_of(value)


@given(json_values, json_values)
def test_different_values_have_different_digests(one: Any, other: Any) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (digest_of(one) == digest_of(other)) is same


def test_two_freezings_of_the_same_facts_give_the_same_bytes() -> None:
    assert exported(content()).encode() == DATA


def test_every_piece_of_the_content_has_a_digest_of_its_own() -> None:
    assert list(pieces_of(CONTENT)) == [
        "number", "title", "original title", "label", "as at", "published", "text", "corrects", "source",
        "table caption", "table columns", "number of rows", "row 1", "row 2",
        "number of statements", "statement 1", "statement 2",
    ]  # fmt: skip


# The check of a document


def test_a_document_as_exported_passes() -> None:
    assert check(DOCUMENT) is None
    assert check(shuffled(DOCUMENT)) is None
    assert check_file(DATA) is None


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every single value of a document."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [path for key, inner in items for path in paths(inner, (*here, key))]
    return [here]


@pytest.mark.parametrize("value", ["another", None, 7, [], {}], ids=repr)
def test_a_change_of_any_value_is_found(value: Any) -> None:
    for path in paths(DOCUMENT):
        document = copy.deepcopy(DOCUMENT)
        holder = document
        for key in path[:-1]:
            holder = holder[key]
        same = holder[path[-1]] is value
        holder[path[-1]] = value
        assert (check(document) is None) is same, path


def test_a_change_of_a_row_is_named() -> None:
    document = copy.deepcopy(DOCUMENT)
    document["content"]["table"]["rows"][1]["approval"] = "suspended"
    assert str(check(document)).startswith(
        f"the content was changed (row 2): it gives {digest_of(document['content'])}"
    )


def test_a_row_taken_out_is_named() -> None:
    document = copy.deepcopy(DOCUMENT)
    del document["content"]["table"]["rows"][0]
    assert "number of rows, row 1, row 2" in str(check(document))


def test_many_changes_are_named_in_part() -> None:
    document = copy.deepcopy(DOCUMENT)
    for name in ("number", "title", "original_title", "label", "as_at", "published", "text"):
        document["content"][name] = "x"
    assert "as at and 2 more" in str(check(document))


def test_a_digest_that_was_replaced_is_named() -> None:
    assert str(check(changed(digest="0" * 64))).startswith("the digest was changed: the content gives")


def test_another_number_beside_a_sound_content_is_named() -> None:
    assert "is market update 2024-09, but the document calls it another number" in str(check(changed(number="2024-10")))


def test_a_changed_digest_of_a_piece_beside_a_sound_content_is_named() -> None:
    pieces = {**DOCUMENT["pieces"], "row 1": "0" * 16}
    assert check(changed(pieces=pieces)) == (
        "the content fits its digest, but the digests beside it were changed: row 1"
    )


def test_content_with_lists_turned_into_something_else_is_found() -> None:
    table = {**CONTENT["table"], "rows": "none"}
    assert "rows" in str(check(changed(content={**CONTENT, "table": table, "statements": 3})))
    assert "table" in str(check(changed(content={**CONTENT, "table": None})))


@pytest.mark.parametrize("value", [None, [], "text", 3, {}, {"format": "another"}])
def test_what_is_no_market_update_is_said_to_be_none(value: Any) -> None:
    assert str(check(value)) == f"this is no market update exported by this register: its “format” is not {FORMAT}"


def test_a_document_with_a_member_missing_or_added_is_found() -> None:
    assert check({"format": FORMAT}) == "the document lacks its content, digest, number, pieces: it was cut or changed"
    assert check(changed(more=1)) == "the document holds more than was published: more"


@pytest.mark.parametrize("member", ["content", "pieces"])
def test_a_member_that_is_no_object_is_found(member: str) -> None:
    assert "is no JSON object" in str(check(changed(**{member: [1]})))


def test_half_a_character_is_found_and_not_raised() -> None:
    assert "cannot be written as UTF-8 JSON" in str(check(changed(content={**CONTENT, "title": "\ud800"})))


# The check of a file


@given(st.integers(0, len(DATA) - 1), st.integers(0, 255))
def test_a_change_of_any_byte_of_an_exported_file_is_found(at: int, byte: int) -> None:
    altered = DATA[:at] + bytes([byte]) + DATA[at + 1 :]
    assert (check_file(altered) is None) is (altered == DATA)


@given(st.integers(0, len(DATA)), st.integers(1, 40))
def test_bytes_taken_out_of_an_exported_file_are_found(at: int, number: int) -> None:
    altered = DATA[:at] + DATA[at + number :]
    assert (check_file(altered) is None) is (altered == DATA)


@given(st.integers(0, len(DATA)), st.binary(min_size=1, max_size=20))
def test_bytes_put_into_an_exported_file_are_found(at: int, more: bytes) -> None:
    assert check_file(DATA[:at] + more + DATA[at:])


@given(st.binary(max_size=60))
def test_any_bytes_get_a_sentence_and_never_an_error(data: bytes) -> None:
    assert check_file(data)


def test_a_file_that_is_no_text_names_the_byte() -> None:
    assert check_file(DATA[:10] + b"\xff") == "byte 11 is no UTF-8 text: the file was changed"


def test_a_file_that_is_nested_without_end_is_refused() -> None:
    assert "cannot be read as JSON" in str(check_file(b"[" * 100_000))


def test_a_name_that_stands_twice_is_found_though_the_last_one_is_sound() -> None:
    data = DATA.replace(b'"label":', b'"label": "Approved by all.",\n  "label":', 1)
    assert "the name “label” stands twice in one object" in str(check_file(data))


def test_a_sound_content_that_was_written_anew_is_told_apart_from_a_changed_one() -> None:
    data = json.dumps(DOCUMENT).encode()
    assert str(check_file(data)).startswith("the content fits its digest, but the file was written anew")


# May it be published?


def test_a_new_number_may_be_published_and_the_same_content_again() -> None:
    assert why_not_publish(CONTENT, None) is None
    assert why_not_publish(CONTENT, digest_of(CONTENT)) is None


def test_another_content_under_a_number_that_is_taken_is_refused() -> None:
    assert "2024-09 is published with digest 000000000000… and cannot become" in str(why_not_publish(CONTENT, "0" * 64))


@pytest.mark.parametrize("number", ["2024-09", "2024-12-2", "1999-01-10"])
def test_a_number_is_a_year_and_a_month_with_a_count(number: str) -> None:
    assert why_not_publish(content(number=number), None) is None


@pytest.mark.parametrize("number", ["", "2024", "2024-13", "2024-09-1", "2024-09.json", "../x", "٢٠٢٤-09", "2024-09\n"])
def test_anything_else_is_no_number(number: str) -> None:
    assert "is no number for a market update" in str(why_not_publish(content(number=number), None))


def test_words_that_stand_as_they_were_frozen_are_not_rewritten() -> None:
    assert rewritten(CONTENT, Written()) is None


def test_words_changed_after_the_freezing_are_named() -> None:
    said = str(rewritten(CONTENT, Written(title="Another", source="other", text=f"{Written().text} More.")))
    assert said.startswith("market update 2024-09 is frozen and its title, text, source changed since")
