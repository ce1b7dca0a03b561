"""Brands and certificates from a table: which column is which field, and what a cell says."""

from __future__ import annotations

import pytest

from alignment.domain.bringing_in import KINDS, CellFault, Named, UnmatchedError, match, values_of
from tests.domain.test_entering import KNOWN

BRANDS, CERTIFICATES = KINDS["brands"], KINDS["certificates"]
NAMED = Named.by(KNOWN)


def test_columns_are_known_by_their_words_their_labels_and_what_people_write_besides() -> None:
    heads = ["Brand Name", "METAL", "Stage", "Company", "made at", "Remarks"]
    assert match(BRANDS, heads, {}) == {"name": 0, "metal": 1, "stage": 2, "producer": 3, "sites": 4}
    heads = ["Brand", "Type", "Issuer", "Issue date", "Valid_until", "Result"]
    assert match(CERTIFICATES, heads, {}) == {
        "brand": 0, "kind": 1, "issuer": 2, "effective": 3, "expires_on": 4, "conformance": 5,
    }  # fmt: skip


def test_somebody_says_which_column_is_which_or_leaves_one_out() -> None:
    said = {"Listed": "name", "Name": ""}
    assert match(BRANDS, ["Name", "Listed", "Metal", "Stage"], said) == {"name": 1, "metal": 2, "stage": 3}


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"Other": "name"}, "There is no column “Other”: the table has Name, Metal, Stage, Extra"),
        ({"Extra": "colour"}, "“colour” is no field"),
        ({"Extra": "metal"}, "Two columns are taken for Metal"),
        ({"Metal": ""}, "No column is taken for Metal"),
    ],
)
def test_columns_that_fit_nothing_are_said(said: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        match(BRANDS, ["Name", "Metal", "Stage", "Extra"], said)


def test_columns_that_fit_are_handed_back_with_what_is_wrong_with_the_others() -> None:
    with pytest.raises(UnmatchedError, match="No column is taken for Brand") as caught:
        match(BRANDS, ["Listed", "Metal", "Stage"], {})
    assert caught.value.found == {"metal": 1, "stage": 2}
    with pytest.raises(UnmatchedError, match="Two columns are taken for Metal") as caught:
        match(BRANDS, ["Name", "Metal", "Extra", "Stage"], {"Extra": "metal"})
    assert caught.value.found == {"name": 0, "metal": 1, "stage": 3}


def test_a_cell_says_an_id_or_the_words_that_people_read() -> None:
    cells = {"name": "CU-9", "metal": "COPPER", "stage": "Smelter or refiner", "by_product": "Yes"}
    cells["sites"] = "north works; south"
    values, faults = values_of(BRANDS, cells, NAMED)
    assert faults == {}
    assert (values["metal"], values["stage"], values["by_product"]) == ("copper", "refiner", True)
    assert values["sites"] == ["north", "south"]


def test_what_is_left_out_of_a_certificate_is_not_stated_and_it_is_public() -> None:
    cells = {"kind": "ISO 14001", "issuer": "An auditor", "effective": "2025-01-01"}
    values, faults = values_of(CERTIFICATES, cells, NAMED)
    assert faults == {}
    assert (values["kind"], values["conformance"], values["public"]) == ("iso_14001", "not_known", True)
    assert not values_of(CERTIFICATES, {**cells, "public": "no"}, NAMED)[0]["public"]


def test_a_cell_that_cannot_be_read_is_said_by_its_field() -> None:
    cells = {"kind": "A medal", "issuer": "", "effective": "January"}
    faults = values_of(CERTIFICATES, cells, NAMED)[1]
    assert "“A medal” is none of the choices" in faults["kind"]
    assert faults["issuer"] == "Issued by is needed."
    assert "“January” is no day" in faults["effective"]


def test_a_brand_is_named_by_name_or_id() -> None:
    assert [NAMED.brand(each) for each in ("cu-1", "cu", "none")] == ["cu", "cu", "none"]


@pytest.mark.parametrize(
    ("sheet", "column", "said"),
    [("Brands", "B (Metal)", "sheet Brands, row 3, column B (Metal): no."), ("", "", "row 3: no.")],
)
def test_a_fault_says_where_it_is(sheet: str, column: str, said: str) -> None:
    assert str(CellFault(sheet, 3, column, "no.")) == said
