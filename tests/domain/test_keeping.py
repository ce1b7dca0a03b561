"""What is typed into the forms of the register, read into values; ids, the worked example, clashes, circles."""

from __future__ import annotations

from typing import Any

import pytest

from alignment.domain import keeping
from alignment.domain.keeping import (
    METALS,
    NAME,
    NOUNS,
    ORGANISATIONS,
    PROGRAMMES,
    SOURCES,
    STANDARDS,
    Field,
    Noun,
    Shape,
    goes_round,
    read,
    why_no_id,
    why_not_world,
)

COPPER_AND_TIN = {"copper": "Copper", "tin": "Tin"}


class Typed:
    """A form as somebody filled it in."""

    def __init__(self, **fields: str | list[str]) -> None:
        self.fields = {name.replace("__", ":"): value for name, value in fields.items()}

    def get(self, name: str, default: str, /) -> str:
        value = self.fields.get(name, default)
        return value if isinstance(value, str) else value[0]

    def every(self, name: str, /) -> list[str]:
        value = self.fields.get(name, [])
        return [value] if isinstance(value, str) else value


def one(shape: Shape, **more: Any) -> Noun:
    """A noun with a single field ``it``."""
    return Noun("x", "x", "x", "X", "", (Field("it", "It", shape, **more),))


def value_of(shape: Shape, typed: str | list[str], **more: Any) -> Any:
    values, faults = read(one(shape, **more), Typed(it=typed), COPPER_AND_TIN)
    assert faults == {}
    return values["it"]


def fault_of(shape: Shape, typed: str | list[str], **more: Any) -> str:
    values, faults = read(one(shape, **more), Typed(it=typed), COPPER_AND_TIN)
    assert values["it"] == (typed if isinstance(typed, str) else typed[0]), "what was typed is kept"
    return faults["it"]


@pytest.mark.parametrize(
    ("shape", "typed", "value"),
    [
        (Shape.TEXT, "  The   Copper Mark ", "The Copper Mark"),
        (Shape.TEXT, "", ""),
        (Shape.PROSE, "One line.\n\nAnother. ", "One line.\n\nAnother."),
        (Shape.NUMBER, "12", 12),
        (Shape.NUMBER, "", ""),
        (Shape.FLAG, "yes", True),
        (Shape.FLAG, "no", False),
        (Shape.FLAG, "", False),
        (Shape.WHEN, "2022-08", "2022-08"),
        (Shape.WHEN, "by 2024-09-30", "by 2024-09-30"),
        (Shape.WHEN, "", ""),
        (Shape.DAY, "2024-09-30", "2024-09-30"),
        (Shape.DAY, "", ""),
        (Shape.ONE, "some-id", "some-id"),
        (Shape.MANY, ["b", "a", "b", ""], ["a", "b"]),
    ],
)
def test_each_shape_reads_what_is_typed(shape: Shape, typed: str | list[str], value: object) -> None:
    assert value_of(shape, typed) == value


def test_words_are_read_in_the_order_of_the_form() -> None:
    words = (("mine", "Mine"), ("refiner", "Refiner"))
    assert value_of(Shape.WORD, "mine", words=words) == "mine"
    assert value_of(Shape.WORD, "", words=words) == ""
    assert value_of(Shape.WORDS, ["refiner", "mine"], words=words) == ["mine", "refiner"]


@pytest.mark.parametrize(
    ("shape", "typed", "said"),
    [
        (Shape.TEXT, "x" * 301, "at most 300 characters; this has 301"),
        (Shape.NUMBER, "0", "no number"),
        (Shape.NUMBER, "twelve", "no number"),
        (Shape.NUMBER, "１２", "no number"),
        (Shape.WHEN, "soon", "is no date"),
        (Shape.WHEN, "2024-02-30", "no day of the calendar"),
        (Shape.DAY, "30.9.2024", "write it as 2024-09-30"),
        (Shape.WORD, "moon", "none of the choices"),
        (Shape.WORDS, ["moon"], "none of the choices"),
    ],
)
def test_a_field_that_cannot_be_read_says_what_and_how(shape: Shape, typed: str | list[str], said: str) -> None:
    assert said in fault_of(shape, typed)


@pytest.mark.parametrize("shape", [Shape.TEXT, Shape.NUMBER, Shape.ONE, Shape.MANY, Shape.WHEN])
def test_a_needed_field_that_is_empty_is_asked_for(shape: Shape) -> None:
    _, faults = read(one(shape, needed=True), Typed(), COPPER_AND_TIN)
    assert faults == {"it": "It is needed."}


def test_metals_are_covered_left_out_or_not_named() -> None:
    typed = Typed(metal__copper="covered", metal__tin="excluded", condition__tin=" from  dredging ")
    values, faults = read(one(Shape.METALS), typed, COPPER_AND_TIN)
    assert faults == {}
    assert values["it"] == {
        "copper": {"excluded": False, "condition": ""},
        "tin": {"excluded": True, "condition": "from dredging"},
    }
    assert read(one(Shape.METALS), Typed(), COPPER_AND_TIN)[0]["it"] == {}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (Typed(metal__copper="perhaps"), "none of the choices for Copper"),
        (Typed(condition__copper="cathode only"), "not whether the metal is covered"),
        (Typed(metal__copper="covered", condition__copper="x" * 301), "at most 300"),
    ],
)
def test_a_metal_that_cannot_be_read_is_named(typed: Typed, said: str) -> None:
    _, faults = read(one(Shape.METALS), typed, COPPER_AND_TIN)
    assert said in faults["it"]


@pytest.mark.parametrize("noun", [*NOUNS, NAME])
def test_every_noun_reads_an_empty_form_into_a_sentence_for_each_needed_field(noun: Noun) -> None:
    values, faults = read(noun, Typed(), COPPER_AND_TIN)
    assert set(values) == {field.name for field in noun.fields}
    assert set(faults) == {field.name for field in noun.fields if field.needed}


@pytest.mark.parametrize("noun", [each for each in (*NOUNS, NAME) if each not in (ORGANISATIONS, SOURCES)])
def test_every_fact_needs_its_source_and_how_sure_it_is(noun: Noun) -> None:
    assert noun.field("source").needed
    assert noun.field("certainty").needed


def test_nouns_are_found_by_their_address() -> None:
    assert keeping.noun("metals") is METALS
    assert keeping.noun("people") is None
    assert len({noun.id for noun in NOUNS}) == len(NOUNS)


def test_fields_point_at_nouns_that_exist() -> None:
    for noun in (*NOUNS, NAME):
        for field in noun.fields:
            assert field.of == "" or keeping.noun(field.of) is not None, (noun.id, field.name)


@pytest.mark.parametrize(
    ("id", "fits"),
    [("asi-v3", True), ("a", True), ("9", True), ("", False), ("new", False), ("ASI", False), ("a--b", False),
     ("-a", False), ("a b", False), ("../x", False), ("x" * 60, True), ("x" * 61, False), ("ä", False)],
)  # fmt: skip
def test_an_id_is_small_letters_digits_and_hyphens(id: str, fits: bool) -> None:
    assert (why_no_id(id) is None) == fits


@pytest.mark.parametrize(
    ("demonstration", "id", "may"),
    [(False, "asi-v3", True), (False, "example-x", False), (True, "example-x", True), (True, "asi-v3", False)],
)
def test_the_worked_example_and_the_register_are_kept_apart(demonstration: bool, id: str, may: bool) -> None:
    assert (why_not_world(demonstration, id) is None) == may


def test_a_noun_names_its_fields_in_the_order_of_the_form() -> None:
    assert list(METALS.labels.items())[:2] == [("name", "Name"), ("lme_settled", "Settled physically on the LME")]


@pytest.mark.parametrize(
    ("id", "after", "follows", "circle"),
    [
        ("c", "b", {"b": "a"}, False),
        ("a", "a", {}, True),
        ("a", "c", {"c": "b", "b": "a"}, True),
        ("d", "c", {"c": "b", "b": "c"}, True),
        ("a", "", {}, False),
    ],
)
def test_nothing_comes_to_supersede_itself(id: str, after: str, follows: dict[str, str], circle: bool) -> None:
    assert goes_round(id, after, follows) is circle


def test_a_standard_has_owners_and_a_programme_its_metals_and_stages() -> None:
    assert STANDARDS.field("owners").shape is Shape.MANY
    assert PROGRAMMES.field("metals").shape is Shape.METALS
    assert PROGRAMMES.field("stages").shape is Shape.WORDS
