"""What is wrong with an entry in a producer's record: a sentence at the field, and nothing where it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from alignment.catalogue import load_all
from alignment.domain.claim import KINDS, claim_of, values_of
from alignment.domain.entering import BrandKnown, EquivalentKnown, Known, ProgrammeKnown, faults_of
from alignment.domain.keeping import Noun, Values, read
from alignment.domain.producer_record import (
    ANSWER,
    BRAND,
    CERTIFICATE,
    DECLARATION,
    PRODUCER,
    SITE,
    noun_of,
    slug,
)

TODAY = date(2026, 11, 21)
KNOWN = Known(
    metals={"copper": "Copper", "tin": "Tin", "tungsten": "Tungsten"},
    settled=frozenset({"copper", "tin"}),
    programmes={
        "joint": ProgrammeKnown("joint", "Joint Standard", {"copper": True}),
        "tin": ProgrammeKnown("tin", "Tin Standard", {"tin": True}),
        "all": ProgrammeKnown("all", "All Minerals", {"tin": False}, all_minerals=True),
    },
    declared_by={"fuller": EquivalentKnown("fuller", "Fuller Criteria", "joint")},
    certifications={"esg": EquivalentKnown("esg", "ESG standard")},
    items={"TA-13": "TA-13 Yearly report"},
    sites={"north": "North works", "south": "South works"},
    brands={
        "cu": BrandKnown("cu", "CU-1", "copper", frozenset({"north"})),
        "w": BrandKnown("w", "W-1", "tungsten"),
    },
    certificates=frozenset({("cu", "programme", "x-1")}),
)
DECLARED: Values = {
    "track": "A", "effective": "2025-01-01", "programmes": ["joint"], "by_equivalence": "", "statement": "",
    "remark": "",
}  # fmt: skip
CERTIFIED: Values = {
    "kind": "programme", "programme": "joint", "equivalent": "", "edition": "", "issuer": "An auditor", "number": "X-2",
    "metals": ["copper"], "sites": ["north"], "effective": "2025-01-01", "expires_on": "2028-01-01",
    "conformance": "conformant", "statement": "", "public": True, "remark": "",
}  # fmt: skip
ANSWERED: Values = {
    "item": "TA-13", "answer": "met", "effective": "2026-01-01", "evidence": "The report", "public": True, "remark": "",
}  # fmt: skip
BRANDED: Values = {
    "name": "CU-2", "metal": "copper", "product": "", "stage": "refiner", "listing": "", "by_product": False,
    "sites": ["north"],
}  # fmt: skip


def faults(noun: Noun, values: Values, brand: str = "cu", id: str = "", **changed: Any) -> dict[str, str]:
    of_brand = noun in (DECLARATION, CERTIFICATE, ANSWER)
    return faults_of(noun, {**values, **changed}, KNOWN, today=TODAY, brand=brand if of_brand else "", id=id)


@pytest.mark.parametrize(
    ("noun", "values"), [(DECLARATION, DECLARED), (CERTIFICATE, CERTIFIED), (ANSWER, ANSWERED), (BRAND, BRANDED)]
)
def test_an_entry_that_holds_has_no_fault(noun: Noun, values: Values) -> None:
    assert faults(noun, values) == {}


@pytest.mark.parametrize(
    ("changed", "where", "says"),
    [
        ({"programmes": []}, "programmes", "Track A goes by a programme"),
        ({"programmes": ["tin"]}, "programmes", "Tin Standard does not have copper in its scope"),
        ({"programmes": ["none-such"]}, "programmes", "“none-such” is not known here"),
        ({"track": "B"}, "programmes", "Track B goes by no programme"),
        (
            {"track": "C", "programmes": [], "by_equivalence": "fuller"},
            "by_equivalence",
            "Track C goes by no programme",
        ),
        ({"track": "D", "programmes": []}, "statement", "say that the material is secondary"),
        ({"effective": "2028-01-01"}, "effective", "more than a year ahead"),
    ],
)
def test_what_is_wrong_with_a_declaration_stands_at_its_field(changed: Values, where: str, says: str) -> None:
    assert says in faults(DECLARATION, DECLARED, **changed)[where]


def test_a_fuller_standard_declares_the_programme_that_it_stands_for() -> None:
    assert faults(DECLARATION, DECLARED, programmes=[], by_equivalence="fuller") == {}
    assert faults(DECLARATION, DECLARED, effective="2027-01-01") == {}


def test_no_track_is_asked_of_a_metal_that_the_lme_does_not_settle() -> None:
    found = faults(DECLARATION, DECLARED, brand="w", programmes=["all"])
    assert found == {"track": "The LME settles no contract in tungsten: its policy asks for no track of this brand."}


@pytest.mark.parametrize(
    ("changed", "where", "says"),
    [
        ({"expires_on": "2024-12-31"}, "expires_on", "It would end before it begins: it is issued on 1 January 2025."),
        ({"sites": ["south"]}, "sites", "South works: out of scope, for none of these makes CU-1."),
        ({"sites": ["east"]}, "sites", "“east” is not known here"),
        ({"metals": ["tin"]}, "metals", "CU-1 is copper, which is not among these"),
        ({"metals": ["copper", "tin"]}, "metals", "Joint Standard never had tin in its scope"),
        ({"metals": ["mithril"]}, "metals", "“mithril” is not known here"),
        ({"programme": "tin"}, "programme", "Tin Standard does not have copper in its scope"),
        ({"programme": ""}, "programme", "Choose the programme"),
        ({"kind": "iso_14001"}, "programme", "A programme goes with conformance under it"),
        ({"kind": "equivalent", "programme": ""}, "equivalent", "Choose which programme the LME accepts"),
        ({"equivalent": "esg"}, "equivalent", "Leave the equivalent out"),
        ({"effective": "2026-11-22", "expires_on": ""}, "effective", "22 November 2026 is still to come"),
        ({"conformance": "corrective_plan"}, "statement", "Say what the corrective plan asks for"),
        ({"number": "X-1"}, "number", "has a certificate X-1 already"),
    ],
)
def test_what_is_wrong_with_a_certificate_stands_at_its_field(changed: Values, where: str, says: str) -> None:
    assert says in faults(CERTIFICATE, CERTIFIED, **changed)[where]


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "iso_45001", "programme": ""}, {"kind": "equivalent", "programme": "", "equivalent": "esg"},
        {"sites": []}, {"sites": ["north", "south"]}, {"metals": []}, {"expires_on": ""}, {"number": ""},
        {"expires_on": "2025-01-01"}, {"conformance": "corrective_plan", "statement": "Lots by March 2027"},
    ],
)  # fmt: skip
def test_what_a_certificate_need_not_say(changed: Values) -> None:
    assert faults(CERTIFICATE, CERTIFIED, **changed) == {}


def test_a_correction_of_a_certificate_may_keep_its_number() -> None:
    assert faults(CERTIFICATE, CERTIFIED, id="c", number="X-1") == {}


def test_a_brand_of_another_record_is_none_of_this_one() -> None:
    assert "no such brand" in faults(CERTIFICATE, CERTIFIED, brand="none")["brand"]


@pytest.mark.parametrize("answer", ["met", "not_met"])
def test_an_answer_with_nothing_behind_it_is_refused(answer: str) -> None:
    assert "what shows it" in faults(ANSWER, ANSWERED, answer=answer, evidence="")["evidence"]
    assert faults(ANSWER, ANSWERED, answer="unknown", evidence="") == {}
    assert "still to come" in faults(ANSWER, ANSWERED, effective="2027-01-01")["effective"]


def test_a_name_that_is_taken_and_a_metal_that_is_not_known_are_said() -> None:
    found = faults(BRAND, BRANDED, name="cu-1", metal="mithril")
    assert "has a brand “cu-1” already" in found["name"]
    assert "“mithril” is not known here" in found["metal"]
    assert faults(BRAND, BRANDED, id="cu", name="CU-1") == {}
    assert "has a site" in faults(SITE, {"name": "north Works", "country": "", "kind": ""})["name"]
    assert faults(SITE, {"name": "North works", "country": "", "kind": ""}, id="north") == {}
    assert faults(PRODUCER, {"name": "Us", "country": "", "summary": ""}) == {}


def test_a_day_that_could_not_be_read_has_one_fault_of_its_own() -> None:
    assert faults(CERTIFICATE, CERTIFIED, effective="", expires_on="") == {}
    assert faults(DECLARATION, DECLARED, effective="soon") == {}


# --- claims ------------------------------------------------------------------------------------------------


@dataclass
class Form:
    """What a browser sends."""

    fields: dict[str, str] = field(default_factory=dict)

    def get(self, name: str, default: str, /) -> str:
        return self.fields.get(name, default)

    def every(self, name: str, /) -> list[str]:
        return [self.fields[name]] if name in self.fields else []


def typed(kind: str, **fields: str) -> tuple[Values, dict[str, str]]:
    given = {"title": "Something", "value": "As we do it.", "effective": "2025", "material": "concentrate", **fields}
    return read(KINDS[kind].noun, Form({"role": "Director", **given}), {})


def judged(kind: str, **fields: str) -> dict[str, str]:
    values, unread = typed(kind, **fields)
    assert unread == {}
    return faults_of(KINDS[kind].noun, values, KNOWN, today=TODAY)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_the_record_has_a_form_that_says_again_what_was_stored(kind: str) -> None:
    values, unread = typed(
        kind, figures="Chile 28\nPeru: 12,5 %", years="10", open="1", suppliers="3", next="2027-06-30"
    )
    assert unread == {}
    title, figures = claim_of(KINDS[kind], values)
    assert title
    again = values_of(KINDS[kind], title, figures)
    assert again == {name: value for name, value in values.items() if name in again}


def test_the_form_of_an_audit_asks_for_its_standard_edition_scope_and_assurer() -> None:
    values, _ = typed("audit", standard="Joint Standard", edition="V1", scope="The works", assurer="An assurer")
    _, figures = claim_of(KINDS["audit"], values)
    assert figures == {
        "Standard": "Joint Standard", "Edition": "V1", "Scope": "The works", "Carried out by": "An assurer",
    }  # fmt: skip


def test_every_field_of_the_record_speaks_to_criteria_of_the_catalogue() -> None:
    catalogues, track_a = load_all()
    held = catalogues[track_a.edition].by_code
    assert [code for kind in KINDS.values() for code in kind.criteria if code not in held] == []
    assert [kind.id for kind in KINDS.values() if not kind.criteria] == ["iso"]  # it speaks to the checklist alone


def test_shares_may_leave_something_open_but_never_exceed_the_whole() -> None:
    assert judged("sourcing_origin", figures="Chile 28\nPeru 12") == {}
    assert "add up to 128 %" in judged("sourcing_origin", figures="Chile 100\nPeru 28")["figures"]


def test_the_regions_of_a_list_add_up_to_its_areas() -> None:
    assert judged("area_list", areas="42", figures="Africa 24\nAsia 18") == {}
    assert "add up to 25, and 42 areas" in judged("area_list", areas="42", figures="Africa 24\nAsia 1")["figures"]
    assert judged("area_list", areas="42") == {}


def test_no_more_suppliers_answer_than_were_asked() -> None:
    assert "More suppliers answered" in judged("survey", asked="3", answered="4")["answered"]
    assert judged("survey", asked="4", answered="4") == {}


def test_what_is_still_to_come_is_no_fact() -> None:
    assert "still to come" in judged("policy", effective="2027")["effective"]
    assert judged("policy", effective="by 2024-09-30") == {}


@pytest.mark.parametrize(
    ("kind", "name", "said", "says"),
    [
        ("sourcing_origin", "figures", "Chile", "line 1: “Chile” is no label and figure"),
        ("sourcing_origin", "figures", "Chile 2\n\nchile 3", "“chile” stands there twice"),
        ("sourcing_origin", "figures", "\n".join(f"A{n} 1" for n in range(61)), "at most 60 lines; this has 61"),
        ("retention", "years", "ten", "“ten” is no number for Years"),
        ("policy", "effective", "lately", "“lately” is no date"),
        ("policy", "value", "", "What you state is needed."),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(kind: str, name: str, said: str, says: str) -> None:
    assert says in typed(kind, **{name: said})[1][name]


def test_a_noun_is_found_by_its_address() -> None:
    assert noun_of("sites") is SITE
    assert noun_of("claims", "policy") == KINDS["policy"].noun
    assert noun_of("claims", "none") is None
    assert noun_of("none") is None


@pytest.mark.parametrize(("name", "said"), [("Zürich Œuvre 1", "zurich-uvre-1"), ("铜", ""), ("A" * 60, "a" * 48)])
def test_a_name_becomes_the_end_of_an_address(name: str, said: str) -> None:
    assert slug(name) == said
