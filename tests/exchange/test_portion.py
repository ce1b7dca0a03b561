"""Cursors and addresses of records: what we wrote is read back, anything else is refused."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.exchange.collections import BY_NAME, COLLECTIONS, TIMES, fields_of
from alignment.exchange.portion import cursor, keeps, key_of, path_key

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1).filter(keeps)


@given(TEXT, st.integers(0, 2**31 - 1), TEXT, TEXT)
def test_a_cursor_gives_back_the_key_that_it_was_made_of(a: str, number: int, b: str, c: str) -> None:
    ratings = BY_NAME["ratings"]
    assert key_of(ratings, cursor(ratings, (a, number, b, c))) == (a, number, b, c)


@given(st.text())
def test_no_made_up_cursor_does_more_than_be_refused(said: str) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        key_of(BY_NAME["decisions"], said)


def made_up(*said: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode()


@pytest.mark.parametrize(
    "said",
    [
        cursor(BY_NAME["results"], ("an-id",)),
        made_up(),
        made_up("decisions"),
        made_up("decisions", 1),
        made_up("decisions", "a", "b"),
        made_up("decisions", "a\0b"),
        made_up("decisions", "\ud800"),
        made_up(["decisions"], "a"),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        base64.urlsafe_b64encode(b'{"a": 1}').decode(),
    ],
)
def test_a_cursor_of_another_kind_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        key_of(BY_NAME["decisions"], said)


@pytest.mark.parametrize("number", [-1, 2**31, 1.5, True])
def test_a_number_that_no_database_takes_is_no_cursor(number: object) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        key_of(BY_NAME["assessments"], made_up("assessments", "a", number))


@pytest.mark.parametrize(
    ("collection", "said", "key"),
    [
        ("decisions", "asi-v3-conditional", ("asi-v3-conditional",)),
        ("assessments", "jdds-copper-mark/2", ("jdds-copper-mark", 2)),
        ("ratings", "a/1/standards/OP-01", ("a", 1, "standards", "OP-01")),
    ],
)
def test_the_address_of_a_record_is_its_key(collection: str, said: str, key: tuple[object, ...]) -> None:
    assert path_key(BY_NAME[collection], said) == key


@pytest.mark.parametrize(
    ("collection", "said"),
    [
        ("decisions", ""), ("decisions", "a/b"), ("decisions", "a\0"), ("assessments", "a"), ("assessments", "a/"),
        ("assessments", "a/x"), ("assessments", "a/01"), ("assessments", "a/²"), ("assessments", "a/99999999999"),
        ("assessments", "a/-1"), ("ratings", "a/1/b"),
    ],
)  # fmt: skip
def test_an_address_of_another_form_is_refused(collection: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"no address|no number"):
        path_key(BY_NAME[collection], said)


def test_no_record_says_two_things_under_one_name() -> None:
    for collection in COLLECTIONS:
        names = [field.name for field in fields_of(collection)]
        assert len(names) == len(set(names)), collection.name
        assert not {each.name for each in collection.fields} & {each.name for each in TIMES}


def test_every_parameter_and_field_is_explained() -> None:
    for collection in COLLECTIONS:
        for each in (*fields_of(collection), *collection.filters):
            assert each.says.endswith((".", "”.")), (collection.name, each.name)
