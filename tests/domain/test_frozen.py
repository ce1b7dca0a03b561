"""A frozen dataclass with shared methods behaves as the standard library's own."""

from __future__ import annotations

import dataclasses
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.frozen import dataclass

WRITTEN: dict[str, Any] = {
    "__annotations__": {"code": str, "count": int, "note": str, "aside": tuple[int, ...]},
    "count": 0,
    "note": field(default="", compare=False),
    "aside": field(default=(), repr=False),
}


def both(**options: Any) -> tuple[Any, ...]:
    """The same class by the library and by ours."""
    return tuple(
        make(frozen=True, slots=True, **options)(type("Named", (), dict(WRITTEN)))
        for make in (dataclasses.dataclass, dataclass)
    )


THEIRS, OURS = both()
given_values = st.tuples(st.sampled_from("ab"), st.integers(0, 1), st.sampled_from("xy"), st.sampled_from([(), (1,)]))


@given(given_values, given_values)
def test_equality_hash_and_words_are_those_of_the_library(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert (OURS(*one) == OURS(*other)) == (THEIRS(*one) == THEIRS(*other))
    assert (OURS(*one) != OURS(*other)) == (THEIRS(*one) != THEIRS(*other))
    assert hash(OURS(*one)) == hash(OURS(*other)) or OURS(*one) != OURS(*other)
    assert repr(OURS(*one)) == repr(THEIRS(*one))


def test_it_is_a_dataclass_to_everything_that_asks() -> None:
    assert [each.name for each in dataclasses.fields(OURS)] == [each.name for each in dataclasses.fields(THEIRS)]
    assert dataclasses.replace(OURS("a"), count=1) == OURS("a", 1)
    assert dataclasses.asdict(OURS("a")) == dataclasses.asdict(THEIRS("a"))
    assert OURS.__match_args__ == THEIRS.__match_args__
    assert not hasattr(OURS("a"), "__dict__")


def test_nothing_in_it_can_be_changed() -> None:
    one = OURS("a")
    with pytest.raises(FrozenInstanceError):
        one.code = "b"
    with pytest.raises(FrozenInstanceError):
        del one.code


def test_objects_of_another_class_are_never_equal() -> None:
    assert OURS("a") != both()[1]("a")
    assert OURS("a") != "a"


def test_a_class_without_fields_equals_its_own_kind() -> None:
    @dataclass(frozen=True, slots=True)
    class Nothing:
        pass

    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing()}) == 1
    assert repr(Nothing()).endswith("Nothing()")


def test_what_a_class_says_of_itself_holds() -> None:
    @dataclass(frozen=True, slots=True)
    class Loud:
        word: str

        def __repr__(self) -> str:
            return self.word.upper()

    assert repr(Loud("a")) == "A"
    assert Loud("a") == Loud("a")


def test_order_and_identity_are_left_to_the_library() -> None:
    _, ordered = both(order=True)
    assert ordered("a") < ordered("b")
    _, itself = both(eq=False)
    assert itself("a") != itself("a")
