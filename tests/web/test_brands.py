"""Producers and brands as readers meet them: claimed apart from verified, gaps as gaps, every refusal."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from alignment.catalogue import load_all
from alignment.database import make_engine, reading, unit_of_work
from alignment.domain.checklist import Answer
from alignment.domain.people import SEED_IMPORT
from alignment.queries.brands import brand_page, brands, declarable_facts
from alignment.queries.declarations import declared_on
from alignment.queries.facts import programmes
from alignment.queries.preview import look
from alignment.queries.producers import producer_page, producers
from alignment.seeds import read_seeds
from alignment.services import ledger
from alignment.tables import Certificate, ChecklistAnswer, Claim, Declaration
from alignment.text import plain
from tests.conftest import NOW
from tests.web.site import Site, counted_queries, site_on, site_on_copy

TODAY = NOW.date()
PAGES = (
    "/producers", "/producers/ls-mnm", "/producers/almt", "/producers/example-lodestar",
    "/brands", "/brands/ls-mnm-copper-cathode", "/brands/ls-mnm-gold", "/brands/ls-mnm-silver",
    "/brands/almt-tungsten", "/brands/example-lodestar-north",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The register with the worked example beside it."""
    return site_on_copy(sqlite_example, tmp_path_factory)


def words(page: str) -> str:
    """What a reader reads, on one line."""
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ").split())
    return re.sub(r" ([,.;)])", r"\1", text).replace("( ", "(")


def section(page: str, heading: str) -> str:
    """The words of one section of a page, by the id of its heading."""
    found = re.search(rf'<section class="entry[^>]*aria-labelledby="{heading}">(.*?)</section>', page, re.DOTALL)
    assert found, f"the page has no section {heading}"
    return words(found[1])


def row(page: str, element: str) -> str:
    """The words of one claim or one point of the checklist, by its id."""
    found = re.search(rf'<(li|tr)[^>]* id="{element}">(.*?)</\1>', page, re.DOTALL)
    assert found, f"the page has no {element}"
    return words(found[2])


# --- every page ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", PAGES)
def test_every_page_answers_with_at_most_eight_queries(site: Site, address: str) -> None:
    site.get(f"{address}?as_at=2026-01-02")  # whoever comes first reads what all pages share until a fact changes
    with counted_queries() as asked:
        page = site.get(f"{address}?as_at=2026-01-02")
    assert page.status_code == 200, page.text
    assert len([each for each in asked if "max(event.seq)" not in each]) <= 8


@pytest.mark.parametrize("noun", ["producers", "brands"])
def test_an_unknown_name_is_a_page_that_names_what_there_is(site: Site, noun: str) -> None:
    answer = site.get(f"/{noun}/nobody")
    assert answer.status_code == 404
    assert f'href="/{noun}/' in answer.text
    assert "example-" not in answer.text


@pytest.mark.parametrize("address", PAGES)
def test_a_day_that_is_none_is_refused_with_a_sentence(site: Site, address: str) -> None:
    answer = site.get(f"{address}?as_at=tomorrow")
    assert answer.status_code == 400
    assert "“tomorrow” is no day for as_at" in answer.text


def test_every_address_that_a_page_links_to_answers_and_every_fragment_is_there(site: Site) -> None:
    links: set[str] = set()
    for page in PAGES:
        main = site.get(page).text.partition("<main")[2].partition("</main>")[0]
        found = {unescape(each) for each in re.findall(r'<a [^>]*href="([^"]+)"', main)}
        assert {each for each in found if each.startswith("#") and f'id="{each[1:]}"' not in main} == set()
        links |= {each for each in found if each.startswith("/")}
    texts = {each.partition("#")[0]: "" for each in links}
    for address in texts:
        answer = site.get(address)
        assert answer.status_code == 200, address
        texts[address] = answer.text
    broken = {
        each for each in links if "#" in each and f'id="{each.partition("#")[2]}"' not in texts[each.partition("#")[0]]
    }
    assert broken == set()


def test_the_worked_example_stands_in_no_list_and_says_that_it_is_fictional(site: Site) -> None:
    for address in ("/producers", "/brands"):
        assert "example-" not in site.get(address).text
    for address in ("/producers/example-lodestar", "/brands/example-lodestar-north"):
        page = site.get(address).text
        assert "Worked example, fictional." in page
        assert '<meta name="robots" content="noindex">' in page
    assert "noindex" not in site.get("/producers/ls-mnm").text


def test_an_empty_register_says_what_to_do(sqlite_url: str) -> None:
    empty = site_on(sqlite_url)
    for address in ("/producers", "/brands"):
        assert "alignment load-seeds" in empty.get(address).text
    assert empty.get("/producers/ls-mnm").status_code == 404


# --- producers -------------------------------------------------------------------------------------------------


def test_both_producers_are_there_whole_with_every_claim_and_every_gap(site: Site) -> None:
    catalogues, _ = load_all()
    claims = [entry.row for entry in read_seeds(catalogues).entries if isinstance(entry.row, Claim)]
    assert len(claims) > 80
    pages = {each: site.get(f"/producers/{each}").text for each in ("ls-mnm", "almt")}
    for claim in claims:
        said = row(pages[claim.producer_id], claim.id)
        assert " ".join(claim.value.split()) in said
        assert (" gap " in f"{said} ") if claim.gap else ("claimed" in said)
        for code in claim.criteria.split():
            assert code in said


def test_a_claim_shows_its_requirement_date_source_place_certainty_and_remark(site: Site) -> None:
    said = row(site.get("/producers/ls-mnm").text, "ls-mnm-concentrate-origins")
    assert "Speaks to 1.C Controls and transparency over the chain, 2.A High-risk areas and red flags" in said
    assert "2022. Source:" in said
    assert "Supply Chain" in said
    assert "found in the source" in said
    assert "does not say where the other 8 % come from" in said


def test_the_shares_of_the_concentrate_are_said_not_to_add_up(site: Site) -> None:
    page = site.get("/producers/ls-mnm").text
    sentence = "The shares add up to 92 %; nothing is stated of the other 8 %."
    said = row(page, "ls-mnm-concentrate-origins")
    assert "Chile 28 % Indonesia 18 % Australia 16 % Peru 12 % Canada 11 % Panama 7 % Sum as stated 92 %" in said
    assert sentence in said
    assert section(page, "sum").count("The shares add up") == 1
    assert "add up to" not in row(page, "ls-mnm-scrap")
    assert "1 640 000" in row(page, "ls-mnm-concentrate-imports")
    assert "24 + 12 + 4 + 2 = 42." in section(page, "f-area_list")


def test_gaps_stand_in_a_list_of_their_own(site: Site) -> None:
    page = site.get("/producers/ls-mnm").text
    gaps = section(page, "gaps")
    assert "That something is not shown does not prove that it is absent." in gaps
    assert "ISO 14001 and ISO 45001 not shown" in gaps
    assert "f-iso" not in page


def test_a_producer_of_tungsten_lies_outside_the_scope_of_the_lme(site: Site) -> None:
    page = words(site.get("/producers/almt").text)
    assert "Outside LME scope. The LME settles no contract in tungsten" in page
    assert "Outside LME scope." not in words(site.get("/producers/ls-mnm").text)
    assert "outside LME scope" in words(site.get("/producers").text)


def test_before_the_claims_were_made_or_learned_the_page_shows_none_of_them(site: Site) -> None:
    early = site.get("/producers/ls-mnm?as_at=2020-01-01").text
    assert "Nothing that this producer says is held for this date" in early
    assert "elements of later date are not shown" in words(early)
    assert "Nothing that this producer says is held" in site.get("/producers/ls-mnm?known_at=2020-01-01").text


def test_links_keep_the_date_of_the_page(site: Site) -> None:
    assert 'href="/brands/ls-mnm-gold?as_at=2025-05-01"' in site.get("/producers/ls-mnm?as_at=2025-05-01").text


# --- brands ----------------------------------------------------------------------------------------------------


def test_a_brand_with_no_declaration_is_unknown_and_no_track_is_guessed(site: Site) -> None:
    page = site.get("/brands/ls-mnm-copper-cathode").text
    assert "Not known No declaration is held." in section(page, "tr")
    assert "it names no track" in section(page, "tr")
    assert "Grade A on the London Metal Exchange, as the company states claimed" in section(page, "br")
    assert "Not known No certificate is held." in section(page, "ce")
    assert "Received the Copper Mark in December 2021" in section(page, "ce")


def test_the_programmes_that_would_cover_the_brand_are_named_with_their_approval(site: Site) -> None:
    page = site.get("/brands/ls-mnm-copper-cathode?as_at=2024-09-30").text
    said = section(page, "co")
    assert "The brand declares none of them as far as is known" in said
    assert re.search(r"Copper Mark Assurance Process.* Approved", said)
    assert 'href="/coverage?metal=copper&amp;stage=refiner&amp;as_at=2024-09-30"' in page


def test_every_point_of_the_checklist_is_answered_with_what_would_answer_it(site: Site) -> None:
    _, track_a = load_all()
    page = site.get("/brands/ls-mnm-copper-cathode").text
    for item in track_a.checklist:
        said = row(page, item.code)
        assert "Unknown" in said, item.code
        assert " ".join(plain(item.answered_by).split()) in said
    assert "Only the producer says so" in row(page, "TA-01")
    assert "Met 0 · Not met 0 · Unknown 18" in section(page, "cl").replace("  ", " ")


def test_a_brand_of_tungsten_fails_the_first_point_and_gets_no_verdict(site: Site) -> None:
    page = site.get("/brands/almt-tungsten").text
    assert "Not met" in row(page, "TA-01")
    assert "From the register’s own facts." in row(page, "TA-01")
    assert "Out of scope: no verdict" in section(page, "co")


def test_the_example_declares_on_record_and_that_stays_claimed(site: Site) -> None:
    page = site.get("/brands/example-lodestar-north").text
    assert re.match(r"Track and programmes Track A, by .* claimed", section(page, "tr"))
    assert "Lodestar, published report" in section(page, "tr")
    assert "claimed" in row(page, "TA-02")
    assert "From the register’s own facts." in row(page, "TA-04")


def test_a_decision_on_the_programme_of_the_example_meets_every_brand_that_declares_it(sqlite_example: Path) -> None:
    catalogues, track_a = load_all()
    both = {"example-lodestar-north", "example-lodestar-south"}
    with reading(make_engine(f"sqlite:///{sqlite_example}")) as connection:
        assert {each.brand for each in declared_on(connection, TODAY) if each.uses("example-meridian")} == both
        assert declared_on(connection, date(2024, 1, 14)) == ()
        assert declared_on(connection, TODAY, known_at=NOW - timedelta(days=1)) == ()
        listed = programmes(connection, example=True, as_at=TODAY)
        meridian = next(each for each in listed if each.id == "example-meridian")
        seen = look(
            connection, meridian, as_at=TODAY, catalogue=catalogues[track_a.edition], track_a=track_a,
            policy_age=timedelta(days=365),
        )  # fmt: skip
    assert {brand.brand for brand, _ in seen.brands} == both


def test_every_view_of_a_brand_states_the_limits(site: Site) -> None:
    for address in PAGES:
        assert "judges a programme, never a company" in section(site.get(address).text, "li")


def test_a_declaration_certificate_and_answer_on_record_are_shown_with_whose_word_they_are(
    sqlite_seeded: Path, tmp_path: Path
) -> None:
    path = tmp_path / "declared.sqlite3"
    path.write_bytes(sqlite_seeded.read_bytes())
    engine = make_engine(f"sqlite:///{path}")
    brand, day = "ls-mnm-copper-cathode", date(2025, 1, 1)
    common: dict[str, Any] = {"brand_id": brand, "effective_on": day, "recorded_at": NOW, "position": 1}
    rows = (
        Declaration(id="d", track="A", programmes="jdds-rmap", **common),
        Certificate(
            id="c", kind="programme", programme_id="jdds-rmap", issuer="An auditor", conformance="conformant",
            expires_on=date(2026, 1, 31), **common,
        ),
        Certificate(
            id="e", kind="equivalent", equivalence_id="rmi-esg-iso", issuer="An auditor", **common,
        ),
        ChecklistAnswer(
            id="a", item="TA-13", answer="met", evidence="Report for 2025.", verified_by="the LME", verified_on=day,
            **common,
        ),
    )  # fmt: skip
    with unit_of_work(engine) as session:
        for each in rows:
            ledger.enter(session, each, actor=SEED_IMPORT, act="recorded", now=NOW)
    engine.dispose()
    page = site_on(f"sqlite:///{path}").get(f"/brands/{brand}").text
    assert "Track A" in section(page, "tr")
    assert "recognition risk" in row(page, "TA-04")
    assert "conditionally approved" in row(page, "TA-04")
    assert "Not met Expired on 31 January 2026. Since 1 January 2025. claimed" in row(page, "TA-09")
    assert "Only the producer states the outcome" in row(page, "TA-08")
    assert "verified by the LME on 1 January 2025" in row(page, "TA-13")
    assert "expired" in section(page, "ce")
    memo = 'href="/sources/memo-2024-09'
    found = re.search(r'<tr role="row" id="e">.*?</tr>', page, re.DOTALL)
    assert found
    assert "RMI ESG standard Counts as ISO 14001 and ISO 45001. Source: " in words(found[0])
    assert memo in found[0]
    for point in ("TA-14", "TA-15"):
        assert "The certificate states no expiry" in row(page, point)
        assert "Accepted in its place: RMI ESG standard (source: " in row(page, point)
    earlier = site_on(f"sqlite:///{path}").get(f"/brands/{brand}?as_at=2024-06-30").text
    assert "Accepted in its place" not in earlier
    assert "Track A" in words(site_on(f"sqlite:///{path}").get("/brands").text)


def test_both_databases_say_the_same(seeded_engine: Engine) -> None:
    _, track_a = load_all()
    with reading(seeded_engine) as connection:
        assert [each.id for each in producers(connection, as_at=TODAY)] == ["almt", "ls-mnm"]
        assert len(brands(connection, as_at=TODAY)) == 4
        told = producer_page(connection, "ls-mnm", track_a=track_a, as_at=TODAY, known_at=NOW)
        assert told is not None
        assert [each.id for each in told.not_adding_up] == ["ls-mnm-concentrate-origins"]
        offered = declarable_facts(connection).on(TODAY, NOW)
        page = brand_page(connection, "ls-mnm-copper-cathode", offered, track_a=track_a, as_at=TODAY, known_at=NOW)
        assert page is not None
        assert dict(page.counts)[Answer.UNKNOWN] == 18


def test_a_brand_takes_eight_queries_of_a_new_server_and_fewer_on_any_further_day(sqlite_seeded: Path) -> None:
    fresh = site_on(f"sqlite:///{sqlite_seeded}")
    for day, most in (("2024-10-03", 8), ("2024-10-04", 5), ("2023-01-02", 5)):
        with counted_queries() as asked:
            fresh.get(f"/brands/ls-mnm-copper-cathode?as_at={day}")
        assert len([each for each in asked if "max(event.seq)" not in each]) <= most
