"""The Track A checklist: what held facts settle, what an answer on record fills, and what stays unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from alignment.domain.brand import Track
from alignment.domain.checklist import (
    Answer,
    Basis,
    BrandFacts,
    Certificate,
    Declared,
    OnRecord,
    Point,
    ProgrammeFacts,
    Said,
    answer,
    checklist,
)
from alignment.domain.decision import Approval
from alignment.domain.when import When

DAY = date(2025, 6, 30)
SINCE = When(date(2024, 1, 1))
ALL = [f"TA-{number:02}" for number in range(1, 19)]
AUDITOR = Said("an auditor", date(2025, 1, 31))
NOTHING = BrandFacts("copper", metal_settled=True)
APPROVED = ProgrammeFacts("joint", "Joint Standard", Approval.APPROVED, SINCE, covers_metal=True)
CERTIFICATE = Certificate(
    "programme", SINCE, date(2026, 12, 31), "conformant", frozenset({"north"}), programme="joint", said=AUDITOR
)
NORTH = {"north": "North works"}
BOTH = {**NORTH, "south": "South works"}


def declaring(*programmes: ProgrammeFacts, track: Track = Track.A) -> BrandFacts:
    """A copper brand that declares these programmes."""
    ids = tuple(each.id for each in programmes)
    return replace(NOTHING, declared=Declared(track, ids, SINCE), programmes={each.id: each for each in programmes})


def with_certificates(*certificates: Certificate) -> BrandFacts:
    """A brand of the north works that declares the joint standard, with what it holds."""
    return replace(declaring(APPROVED), certificates=certificates, sites=NORTH)


def test_where_nothing_is_held_every_point_is_unknown_and_says_why() -> None:
    found = checklist(ALL, NOTHING, DAY)
    assert list(found) == ALL
    assert {each.answer for each in found.values()} == {Answer.UNKNOWN}
    assert {each.basis for each in found.values()} == {Basis.NOTHING}
    assert all(each.reason.endswith(".") for each in found.values())


# --- the metal, the track, the programmes ----------------------------------------------------------------------


def test_a_metal_that_the_lme_does_not_settle_is_not_met_by_the_register_itself() -> None:
    found = answer("TA-01", BrandFacts("tungsten", metal_settled=False, listing="Grade A"), DAY)
    assert (found.answer, found.basis) == (Answer.NOT_MET, Basis.REGISTER)
    assert "tungsten" in found.reason


def test_a_listing_in_the_producers_own_words_alone_leaves_the_point_unknown() -> None:
    found = answer("TA-01", replace(NOTHING, listing="Grade A status"), DAY)
    assert found.answer is Answer.UNKNOWN
    assert "Only the producer says so: Grade A status." in found.reason


@pytest.mark.parametrize("track", list(Track))
def test_only_track_a_meets_the_second_point(track: Track) -> None:
    found = answer("TA-02", declaring(APPROVED, track=track), DAY)
    assert (found.answer is Answer.MET) is (track is Track.A)
    assert (found.basis, found.on) == (Basis.CLAIMED, SINCE)


def test_a_declaration_of_another_track_names_no_programme_for_track_a() -> None:
    found = checklist(ALL, declaring(APPROVED, track=Track.B), DAY)
    assert {found[code].answer for code in ("TA-03", "TA-04", "TA-06")} == {Answer.UNKNOWN}


def test_a_declaration_of_no_known_programme_leaves_the_third_point_unknown() -> None:
    held = replace(NOTHING, declared=Declared(Track.A, ("unheard-of",), SINCE))
    assert answer("TA-03", held, DAY).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("approval", "expected", "at_risk"),
    [
        (Approval.APPROVED, Answer.MET, False),
        (Approval.CONDITIONALLY_APPROVED, Answer.MET, True),
        (Approval.SUSPENDED, Answer.NOT_MET, False),
        (Approval.WITHDRAWN, Answer.NOT_MET, False),
        (Approval.NOT_APPROVED, Answer.NOT_MET, False),
        (Approval.NONE, Answer.NOT_MET, False),
        (Approval.NOT_KNOWN, Answer.UNKNOWN, False),
    ],
)
def test_the_approval_on_the_day_settles_the_fourth_point(approval: Approval, expected: Answer, at_risk: bool) -> None:
    found = answer("TA-04", declaring(replace(APPROVED, approval=approval)), DAY)
    assert (found.answer, found.at_risk) == (expected, at_risk)


def test_a_second_approved_programme_takes_the_risk_away() -> None:
    risky = replace(APPROVED, id="other", approval=Approval.CONDITIONALLY_APPROVED)
    assert not answer("TA-04", declaring(risky, APPROVED), DAY).at_risk


def test_one_programme_whose_approval_is_not_known_keeps_the_point_open() -> None:
    refused = replace(APPROVED, id="a", approval=Approval.SUSPENDED)
    open_one = replace(APPROVED, id="b", approval=Approval.NOT_KNOWN)
    assert answer("TA-04", declaring(refused, open_one), DAY).answer is Answer.UNKNOWN


@pytest.mark.parametrize(("covers", "expected"), [(True, Answer.MET), (False, Answer.NOT_MET), (None, Answer.UNKNOWN)])
def test_the_scope_of_the_declared_programme_settles_the_metal(covers: bool | None, expected: Answer) -> None:
    assert answer("TA-06", declaring(replace(APPROVED, covers_metal=covers)), DAY).answer is expected


@pytest.mark.parametrize(
    ("condition", "because"),
    [
        ("only beside gold", "Joint Standard on copper: only beside gold. Nothing that shows it is held."),
        ("", "No special condition of a declared programme is on record; that does not show that there is none."),
    ],
)
def test_a_special_condition_is_named_and_none_on_record_is_not_taken_for_none(condition: str, because: str) -> None:
    held = declaring(replace(APPROVED, condition=condition))
    assert answer("TA-11", held, DAY) == Point(Answer.UNKNOWN, because)
    given = OnRecord(Answer.MET, "The audit report shows each of them.", SINCE)
    assert answer("TA-11", replace(held, answers={"TA-11": given}), DAY).answer is Answer.MET


# --- certificates ----------------------------------------------------------------------------------------------


NAMED = [({"north"}, Answer.MET), ({"south"}, Answer.NOT_MET), (set(), Answer.UNKNOWN)]


@pytest.mark.parametrize(("sites", "expected"), NAMED)
def test_the_site_on_the_certificate_settles_the_scope(sites: set[str], expected: Answer) -> None:
    held = with_certificates(replace(CERTIFICATE, sites=frozenset(sites)))
    assert answer("TA-07", held, DAY).answer is expected
    nowhere = answer("TA-07", replace(held, sites={}), DAY)
    assert nowhere.answer is Answer.UNKNOWN
    assert nowhere.reason.endswith("which site makes the brand is not recorded." if sites else "names no site.")


@pytest.mark.parametrize("code", ["TA-08", "TA-09"])
@pytest.mark.parametrize(
    ("made_at", "sites", "expected"),
    [
        (NORTH, {"north"}, Answer.MET),
        (NORTH, set(), Answer.MET),  # a brand of one site: there is no other that it could be of
        (NORTH, {"south"}, Answer.UNKNOWN),
        (BOTH, {"north", "south"}, Answer.MET),
        (BOTH, {"north"}, Answer.UNKNOWN),
        (BOTH, set(), Answer.UNKNOWN),
        ({}, {"north"}, Answer.MET),
    ],
)
def test_a_certificate_answers_for_the_sites_that_it_names(
    code: str, made_at: dict[str, str], sites: set[str], expected: Answer
) -> None:
    given = replace(CERTIFICATE, sites=frozenset(sites))
    assert answer(code, replace(with_certificates(given), sites=made_at), DAY).answer is expected


@pytest.mark.parametrize("code", ["TA-05", "TA-07", "TA-08", "TA-09", "TA-14"])
def test_a_brand_of_several_sites_is_told_at_which_a_point_is_met_and_at_which_it_stays_open(code: str) -> None:
    kind = "iso_14001" if code == "TA-14" else "programme"
    north = replace(CERTIFICATE, kind=kind, edition="V3")
    held = replace(with_certificates(north), programmes={"joint": replace(APPROVED, edition="V3")}, sites=BOTH)
    found = answer(code, held, DAY)
    assert found.answer is not Answer.MET
    assert found.reason.startswith("Met at North works; ")
    assert found.reason.endswith(" at South works.")
    assert [(site, point.answer is Answer.MET) for site, point in found.sites] == [
        ("North works", True), ("South works", False),
    ]  # fmt: skip
    south = replace(north, sites=frozenset({"south"}), effective=When(date(2025, 2, 1)))
    both = answer(code, replace(held, certificates=[north, south]), DAY)
    assert (both.answer, both.on, both.reason) == (Answer.MET, south.effective, "Met at North works, South works.")


def test_a_point_that_is_not_met_at_one_site_is_not_met_for_the_brand() -> None:
    expired = replace(CERTIFICATE, sites=frozenset({"south"}), expires_on=date(2025, 2, 2))
    found = answer("TA-09", replace(with_certificates(CERTIFICATE, expired), sites=BOTH), DAY)
    assert (found.answer, found.reason) == (Answer.NOT_MET, "Met at North works; not met at South works.")


def test_what_is_the_same_at_every_site_is_said_once() -> None:
    everywhere = replace(CERTIFICATE, sites=frozenset(BOTH))
    for certificates, reason in (([], "No assessment report"), ([everywhere], "Assessed as conformant.")):
        found = answer("TA-08", replace(with_certificates(*certificates), sites=BOTH), DAY)
        assert found.reason.startswith(reason)
        assert found.sites == ()


@pytest.mark.parametrize(
    ("conformance", "verified", "expected"),
    [
        ("conformant", True, Answer.MET),
        ("corrective_plan", True, Answer.MET),
        ("conformant", False, Answer.UNKNOWN),
        ("not_known", True, Answer.UNKNOWN),
        ("not_conformant", False, Answer.NOT_MET),
    ],
)
def test_an_outcome_that_only_the_producer_states_meets_nothing(
    conformance: str, verified: bool, expected: Answer
) -> None:
    given = replace(CERTIFICATE, conformance=conformance, said=AUDITOR if verified else Said())
    assert answer("TA-08", with_certificates(given), DAY).answer is expected


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        (DAY, Answer.MET),
        (date(2025, 6, 29), Answer.NOT_MET),
        (None, Answer.UNKNOWN),
    ],
)
def test_the_day_of_expiry_is_the_last_day_in_force(expires: date | None, expected: Answer) -> None:
    assert answer("TA-09", with_certificates(replace(CERTIFICATE, expires_on=expires)), DAY).answer is expected


@pytest.mark.parametrize(
    ("kind", "code"), [("programme", "TA-08"), ("programme", "TA-09"), ("iso_14001", "TA-14"), ("iso_45001", "TA-15")]
)
def test_a_certificate_of_what_is_not_conformant_meets_nothing(kind: str, code: str) -> None:
    failed = replace(CERTIFICATE, kind=kind, conformance="not_conformant")
    assert answer(code, with_certificates(failed), DAY).answer is Answer.NOT_MET


@pytest.mark.parametrize(
    ("kind", "code"), [("programme", "TA-08"), ("programme", "TA-09"), ("iso_14001", "TA-14"), ("iso_45001", "TA-15")]
)
def test_not_conformant_ends_what_was_certified_before_it_at_the_same_site_under_the_same(kind: str, code: str) -> None:
    good = replace(CERTIFICATE, kind=kind)
    failed = replace(good, conformance="not_conformant", effective=When(date(2025, 3, 1)))
    again = replace(good, effective=When(date(2025, 6, 1)))
    assert answer(code, with_certificates(failed, good), DAY).answer is Answer.NOT_MET
    assert answer(code, with_certificates(failed, good, again), DAY).answer is Answer.MET
    elsewhere = replace(with_certificates(good, replace(failed, sites=frozenset({"south"}))), sites=BOTH)
    assert [point.answer for _, point in answer(code, elsewhere, DAY).sites] == [Answer.MET, Answer.NOT_MET]
    both = replace(declaring(APPROVED, replace(APPROVED, id="other")), sites=NORTH)
    other = replace(failed, programme="other", stands_for="another norm")
    assert answer(code, replace(both, certificates=[good, other]), DAY).answer is Answer.MET


@pytest.mark.parametrize("code", ["TA-05", "TA-07", "TA-08", "TA-09"])
def test_a_certificate_of_a_programme_that_is_not_declared_leaves_the_point_unknown(code: str) -> None:
    brand = declaring(replace(APPROVED, edition="V3"))
    other = replace(APPROVED, id="other", edition="V3")
    held = replace(brand, programmes={**brand.programmes, "other": other}, sites=NORTH)
    own = replace(CERTIFICATE, edition="V3")
    for programme, expected in (("joint", Answer.MET), ("other", Answer.UNKNOWN), ("", Answer.UNKNOWN)):
        certificates = (replace(own, programme=programme),)
        assert answer(code, replace(held, certificates=certificates), DAY).answer is expected
    undeclared = replace(held, declared=None, certificates=(own,))
    assert answer(code, undeclared, DAY).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("sites", "expected", "late"),
    [
        ({"north"}, Answer.MET, Answer.NOT_MET),
        ({"south"}, Answer.UNKNOWN, Answer.UNKNOWN),
        (set(), Answer.UNKNOWN, Answer.NOT_MET),
    ],
)
@pytest.mark.parametrize(("kind", "code"), [("iso_14001", "TA-14"), ("iso_45001", "TA-15"), ("equivalent", "TA-15")])
def test_a_management_certificate_counts_for_the_site_that_it_names_and_says_nothing_of_another(
    kind: str, code: str, sites: set[str], expected: Answer, late: Answer
) -> None:
    given = replace(CERTIFICATE, kind=kind, sites=frozenset(sites), stands_for="ISO 45001")
    assert answer(code, with_certificates(given), DAY).answer is expected
    expired = replace(given, expires_on=date(2025, 1, 1))
    assert answer(code, with_certificates(expired), DAY).answer is late


def test_the_newer_certificate_counts_where_an_older_one_has_expired() -> None:
    expired = replace(CERTIFICATE, expires_on=date(2025, 1, 1))
    assert answer("TA-09", with_certificates(expired, CERTIFICATE), DAY).answer is Answer.MET


def test_a_management_certificate_that_is_merely_claimed_leaves_the_point_unknown() -> None:
    claimed = replace(CERTIFICATE, kind="iso_14001", said=Said())
    assert answer("TA-14", with_certificates(claimed), DAY).answer is Answer.UNKNOWN
    assert answer("TA-14", with_certificates(replace(claimed, said=AUDITOR)), DAY).answer is Answer.MET
    assert answer("TA-15", with_certificates(replace(claimed, said=AUDITOR)), DAY).answer is Answer.UNKNOWN


def test_an_accepted_equivalent_stands_for_both_norms() -> None:
    equal = replace(CERTIFICATE, kind="equivalent", stands_for="ISO 14001 and ISO 45001")
    found = checklist(ALL, with_certificates(equal), DAY)
    assert found["TA-14"].answer is found["TA-15"].answer is Answer.MET
    assert found["TA-14"].said == AUDITOR


# --- answers on record -----------------------------------------------------------------------------------------


def test_an_answer_on_record_fills_what_no_fact_settles_and_keeps_whose_word_it_is() -> None:
    given = OnRecord(Answer.MET, "Report for 2024, with the summary of the audit.", SINCE)
    found = answer("TA-13", replace(NOTHING, answers={"TA-13": given}), DAY)
    assert (found.answer, found.reason, found.basis) == (Answer.MET, given.evidence, Basis.CLAIMED)
    verified = replace(given, said=AUDITOR)
    assert answer("TA-13", replace(NOTHING, answers={"TA-13": verified}), DAY).basis is Basis.VERIFIED


def test_no_answer_on_record_overrides_what_held_facts_show() -> None:
    given = OnRecord(Answer.MET, "Approved, we believe.", SINCE)
    held = replace(declaring(replace(APPROVED, approval=Approval.SUSPENDED)), answers={"TA-04": given})
    assert answer("TA-04", held, DAY).answer is Answer.NOT_MET


# --- the edition ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on_it", "stands_on", "said", "because"),
    [
        ("Version 2", "Version 2", Answer.MET, "names the edition of the programme: Version 2"),
        ("Version 1", "Version 2", Answer.NOT_MET, "names edition Version 1; the programme stands on Version 2"),
        ("", "Version 2", Answer.UNKNOWN, "gives no edition"),
        ("Version 2", "", Answer.UNKNOWN, "edition of the programme’s standard is not recorded"),
    ],
)
def test_the_edition_on_the_certificate_is_compared_with_that_of_the_programme(
    on_it: str, stands_on: str, said: Answer, because: str
) -> None:
    brand = declaring(replace(APPROVED, edition=stands_on))
    certificate = replace(CERTIFICATE, edition=on_it, programme=APPROVED.id)
    found = answer("TA-05", replace(brand, certificates=(certificate,)), DAY)
    assert found.answer is said
    assert because in found.reason
