"""A producer's record as its people, the LME and others meet it: forms, errors beside fields, what stays open."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from alignment.database import make_engine, unit_of_work
from alignment.domain.claim import KINDS
from alignment.domain.people import Role, Someone
from alignment.web.bringing_in import MANY_ROWS
from alignment.web.frozen import Frozen
from tests.web.site import counted_queries
from tests.working import Client, app_for, client_for, make_organisation, make_person

US = "northern-copper"
HERE = f"/records/{US}"
CU = f"{US}-nc-1"


@dataclass
class House:
    """An application on the seeds, and the people of a producer, of the LME, of a scheme and of a rival."""

    app: Frozen
    engine: Engine
    people: dict[str, Someone]
    clients: dict[str, Client] = field(default_factory=dict)

    def asks(self, name: str) -> Client:
        if name not in self.clients:
            with client_for(self.app, self.engine, self.people[name]) as client:
                self.clients[name] = client
        return self.clients[name]

    def get(self, path: str, who: str = "us") -> httpx.Response:
        return self.asks(who).get(path)

    def post(self, path: str, who: str = "us", **fields: Any) -> httpx.Response:
        return self.asks(who).post(path, fields)


@pytest.fixture(scope="module")
def house(sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    path = tmp_path_factory.mktemp("records") / "register.sqlite3"
    shutil.copyfile(sqlite_seeded, path)
    engine = make_engine(f"sqlite:///{path}")
    with unit_of_work(engine) as session:
        make_organisation(session, "tungsten-works", "company")
        people = {
            "us": make_person(session, "Petra Producer", US, Role.PRODUCER),
            "rival": make_person(session, "Ria Rival", "rival-metals", Role.PRODUCER),
            "lme": make_person(session, "Dee Decider", "lme", Role.DECIDER),
            "owner": make_person(session, "Cora Copper", "copper-mark", Role.SCHEME_OWNER),
            "lead": make_person(session, "Lea Lead", "kumi", Role.ASSESSOR),
            "almt": make_person(session, "Tara Tungsten", "almt", Role.PRODUCER),
        }
    found = House(app_for(f"sqlite:///{path}"), engine, people)
    begin(found)
    yield found
    engine.dispose()


def begin(house: House) -> None:
    """The first ten minutes of a producer: record, site, brand."""
    assert "Begin the record" in house.get("/records").text
    assert 'value="Northern copper"' in house.get(HERE).text
    assert house.post(HERE, name="").status_code == 422
    assert house.post(HERE, name="Northern Copper", country="Chile").headers["location"] == HERE
    assert house.post(f"{HERE}/sites", name="North works", kind="Refinery").headers["location"] == f"{HERE}#sites"
    sent = {"name": "NC-1", "metal": "copper", "stage": "refiner", "sites": [f"{US}-north-works"], "by_product": "no"}
    assert house.post(f"{HERE}/brands", **sent).headers["location"] == f"{HERE}/brands/{CU}"


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ").split())


def faults(answer: httpx.Response) -> dict[str, str]:
    """The sentences beside the fields of a form."""
    assert answer.status_code == 422, answer.text
    return {name: unescape(said) for name, said in re.findall(r'id="([\w-]+)-error">([^<]*)<', answer.text)}


def entry(house: House, noun: str) -> str:
    """The address of the newest entry of a noun on the page of the brand or the record."""
    pages = house.get(f"{HERE}/brands/{CU}").text + house.get(HERE).text
    return re.findall(rf'href="({HERE}/{noun}/[0-9a-f]{{16}})"', pages)[0]


CERTIFICATE = {
    "kind": "programme", "programme": "jdds-copper-mark", "issuer": "An auditor", "metals": ["copper"],
    "effective": "2025-01-01", "expires_on": "2027-12-31", "conformance": "conformant", "public": "yes",
    "brand": CU, "sites": [f"{US}-north-works"],
}  # fmt: skip


def test_what_stays_open_and_what_closes_it_stands_first_with_what_ifs(house: House) -> None:
    page = words(house.get(f"{HERE}/brands/{CU}").text)
    assert "No track is declared, so this speaks of all programmes that have copper in scope" in page
    sent = {"track": "A", "effective": "2025-01-01", "programmes": ["jdds-rmap"], "brand": CU}
    assert house.post(f"{HERE}/declarations", **sent).status_code == 303
    page = house.get(f"{HERE}/brands/{CU}").text
    assert "covered only on condition" in words(page)
    assert f'href="{HERE}/brands/{CU}?p=jdds-rmap&amp;add=jdds-copper-mark#whatif"' in page
    added = words(house.get(f"{HERE}/brands/{CU}?p=jdds-rmap&add=jdds-copper-mark").text)
    assert re.search(r"What if .* were declared too\? \d+ requirements from covered, conditionally to covered", added)
    lost = words(house.get(f"{HERE}/brands/{CU}?lose=jdds-rmap").text)
    assert re.search(r"lost its approval\? \d+ requirements from covered, conditionally to not approved", lost)
    assert "recognition risk" in page
    assert "judges a programme, never a company" in words(page)
    strange = house.get(f"{HERE}/brands/{CU}?p=zzz")
    assert strange.status_code == 400
    assert re.search("“zzz” is not known as p: it takes [^<]*jdds-copper-mark", strange.text)
    assert "Joint Standard, RMAP" in words(house.get("/records", "lme").text).partition("rely on")[2]
    told = house.get(f"/api/v1/brands/{CU}").json()
    assert (told["track"], told["track_since"]) == ("A", "2025-01-01")
    sent |= {"effective": "2024-03-01", "programmes": [], "by_equivalence": "copper-mark-criteria"}
    assert house.post(f"{HERE}/declarations", **sent).status_code == 303
    headline = house.get(f"/brands/{CU}?as_at=2024-06-30").text.partition("<b>Track A</b>")[2].partition("</p>")[0]
    assert ", declared by Copper Mark Criteria for Responsible Production" in headline


def test_the_page_of_a_brand_takes_as_many_queries_whatever_it_holds(house: House) -> None:
    house.get(f"{HERE}/brands/{CU}")  # whoever comes first reads what all pages share until a fact changes
    with counted_queries() as asked:
        house.get(f"{HERE}/brands/{CU}")
    assert len(asked) == 7


def test_errors_stand_beside_their_fields_and_keep_what_was_typed(house: House) -> None:
    answer = house.post(
        f"{HERE}/certificates", **{**CERTIFICATE, "issuer": "", "expires_on": "2024-01-01", "metals": ["tin"]}
    )
    assert faults(answer) == {
        "issuer": "Issued by is needed.",
        "metals": "NC-1 is copper, which is not among these: add it, or open another brand.",
        "expires_on": "It would end before it begins: it is issued on 1 January 2025.",
    }
    assert 'value="2024-01-01"' in answer.text
    assert faults(house.post(f"{HERE}/brands", name="nc-1", metal="mithril", stage="refiner")).keys() == {
        "name", "metal",
    }  # fmt: skip
    assert "sum" not in words(house.get(f"{HERE}/brands/{CU}").text).lower().split()


def brands_offered(page: str) -> set[str]:
    """The brands that the page of a certificate offers to enter it for."""
    return set(re.findall(r'<option value="([^"]+)"', page.partition('id="others"')[2].partition("</section>")[0]))


def test_a_certificate_that_covers_a_second_brand_is_entered_there_from_what_it_says(house: House) -> None:
    second = {"name": "NC-2", "metal": "copper", "stage": "refiner", "sites": [f"{US}-north-works"]}
    assert house.post(f"{HERE}/brands", **second).status_code == 303
    assert house.post(f"{HERE}/certificates", **{**CERTIFICATE, "number": "CM-7"}).status_code == 303
    address = entry(house, "certificates")
    page = house.get(address)
    assert "Enter it for this brand" in page.text
    offered = brands_offered(page.text)
    assert f"{US}-nc-2" in offered
    assert CU not in offered
    beside = f"{HERE}/certificates/new?brand={US}-nc-2"
    assert f'href="{beside}#elsewhere"' in house.get(f"{HERE}/brands/{US}-nc-2").text
    assert f'<option value="{address.rpartition("/")[2]}"' in house.get(beside).text
    assert "It covers this brand too" not in house.get(f"{HERE}/certificates/new?brand={CU}").text
    like = f"{HERE}/certificates/new?brand={US}-nc-2&like={address.rpartition('/')[2]}"
    begun = house.get(like).text
    for said in ('value="CM-7"', 'value="An auditor"', 'value="2027-12-31"', 'value="jdds-copper-mark" selected'):
        assert said in begun
    assert house.get(f"{like}x").status_code == 404
    assert house.get(like, "rival").status_code == 403
    answer = house.post(f"{HERE}/certificates", **{**CERTIFICATE, "number": "CM-7", "brand": f"{US}-nc-2"})
    assert answer.headers["location"] == f"{HERE}/brands/{US}-nc-2#certificates"
    assert "It covers this brand too" not in house.get(beside).text
    page = house.get(address)
    assert brands_offered(page.text) == offered - {f"{US}-nc-2"}
    assert ("Enter it for this brand" in page.text) == (len(offered) > 1)
    assert house.post(f"{address}/withdraw", reason="A trial.").status_code == 303


def test_a_certificate_is_entered_verified_by_its_scheme_and_read_by_everybody(house: House) -> None:
    assert house.post(f"{HERE}/certificates", number="CM-1", **CERTIFICATE).status_code == 303
    address = entry(house, "certificates")
    assert "You cannot verify" in words(house.get(address).text)
    assert "claimed" in words(house.get(f"/brands/{CU}").text)
    assert house.get(address, "lead").status_code == 403
    assert house.get(HERE, "owner").status_code == 403
    assert "What you have seen" in house.get(address, "owner").text
    assert faults(house.post(f"{address}/verify", "owner", seen="")).keys() == {"seen"}
    assert house.post(f"{address}/verify", seen="Ours").status_code == 403
    assert house.post(f"{address}/verify", "owner", seen="Our list").status_code == 303
    assert "verified by The Copper Mark" in words(house.get(f"/brands/{CU}").text)
    assert "Something newer has taken its place" in house.get(address).text
    newest = entry(house, "certificates")
    page = words(house.get(newest).text)
    assert "Verified : Our list" in page
    assert "Stated" in page
    assert house.post(f"{newest}/withdraw", reason="").status_code == 422
    assert house.post(f"{newest}/withdraw", reason="Another brand’s.").headers["location"] == f"{HERE}/brands/{CU}"
    assert "No certificate is held" in house.get(f"{HERE}/brands/{CU}").text


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_the_record_has_a_page_to_enter_and_to_correct_it(house: House, kind: str) -> None:
    assert house.get(f"{HERE}/claims/new?kind={kind}").status_code == 200
    sent = {
        "kind": kind, "title": "In short", "material": "concentrate", "role": "Director", "value": f"We do {kind}.",
        "effective": "2025", "figures": "Chile 60\nPeru 30", "public": "yes", "gap": "no",
    }  # fmt: skip
    answer = house.post(f"{HERE}/claims", **sent)
    assert answer.status_code == 303
    address = f"{HERE}/claims/{answer.headers['location'].rpartition('-')[2]}"
    assert f"We do {kind}." in house.get(address).text
    again = house.post(address, **{**sent, "value": "Better said.", "remark": "A slip."})
    assert again.status_code == 303
    newest = house.get(f"{HERE}/claims/{again.headers['location'].rpartition('-')[2]}").text
    assert "Corrected</b>: A slip." in newest
    assert f"We do {kind}." in newest


def test_what_the_seeds_state_of_certificates_stands_in_the_record_to_be_corrected(house: House) -> None:
    record = house.get("/records/almt", "almt").text
    for id, kind in (("almt-gap-certificate", "certificate"), ("almt-gap-iso", "iso")):
        assert f"/records/almt/claims/{id}" in record
        page = house.get(f"/records/almt/claims/{id}", "almt")
        assert (page.status_code, KINDS[kind].label in page.text) == (200, True)


def test_shares_that_leave_something_open_are_stored_and_said(house: House) -> None:
    sent = {
        "kind": "sourcing_origin", "material": "blister", "value": "By country.", "effective": "2024", "public": "yes",
    }  # fmt: skip
    assert house.post(f"{HERE}/claims", figures="Chile 60\nPeru 30", **sent).status_code == 303
    said = "The shares add up to 90 %; nothing is stated of the other 10 %."
    assert said in words(house.get(HERE).text)
    assert said in words(house.get(f"/producers/{US}").text)
    assert "add up to 110 %" in faults(house.post(f"{HERE}/claims", figures="Chile 60\nPeru 50", **sent))["figures"]


def test_a_point_of_the_checklist_is_answered_from_the_page_of_the_brand(house: House) -> None:
    page = house.get(f"{HERE}/brands/{CU}").text
    assert f"{HERE}/answers/new?brand={CU}&amp;item=TA-17" in page
    assert 'value="TA-17" selected' in house.get(f"{HERE}/answers/new?brand={CU}&item=TA-17").text
    sent = {"brand": CU, "item": "TA-17", "answer": "met", "effective": "2026-06-30", "public": "yes"}
    assert faults(house.post(f"{HERE}/answers", **sent)).keys() == {"evidence"}
    assert house.post(f"{HERE}/answers", evidence="Filed.", **sent).status_code == 303
    assert "Filed." in words(house.get(f"/brands/{CU}").text)
    assert "TA-17 Annual confirmation" in house.get(entry(house, "answers")).text


def test_a_brand_is_changed_and_two_at_once_are_told(house: House) -> None:
    form = house.get(f"{HERE}/brands/{CU}/edit").text
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version is not None
    sent = {"name": "NC-1", "metal": "copper", "stage": "refiner", "sites": [f"{US}-north-works"], "by_product": "no"}
    assert house.post(f"{HERE}/brands/{CU}", product="Cathode", version=version[1], **sent).status_code == 303
    clash = house.post(f"{HERE}/brands/{CU}", product="Wire", version=version[1], **sent)
    assert clash.status_code == 409
    assert "Product Cathode Wire yours; both of you changed it" in words(clash.text)
    assert "<ins>Cathode</ins>" in house.get(f"{HERE}/brands/{CU}/edit").text
    assert house.get(f"{HERE}/details/{US}").status_code == 200
    assert house.post(f"{HERE}/details/{US}/withdraw", reason="x").status_code == 404


def test_only_its_own_people_write_a_record_and_the_lme_reads_it(house: House) -> None:
    assert house.get(HERE, "rival").status_code == 403
    assert house.post(f"{HERE}/sites", "lme", name="West").status_code == 403
    page = house.get(HERE, "lme").text
    assert "it takes the role of a producer for this producer" in page
    assert "Add a brand" not in page
    assert "LS MnM" in house.get("/records", "lme").text
    assert "LS MnM" not in house.get("/records").text
    assert house.get("/records", "lead").text.count("No record is open to you") == 1


def test_a_metal_outside_the_lme_has_no_track_to_declare(house: House) -> None:
    page = house.get("/records/almt/brands/almt-tungsten", "almt").text
    assert "Track A asks nothing of this brand" in words(page)
    assert "Declare a track" not in page
    answer = house.post(
        "/records/almt/declarations", "almt", brand="almt-tungsten", track="A", effective="2025-01-01",
        programmes=["jdds-rmap"],
    )  # fmt: skip
    assert "settles no contract in tungsten" in faults(answer)["track"]


@pytest.mark.parametrize(
    "path", [
        "/records/none", f"{HERE}/none/new", f"{HERE}/claims/new", f"{HERE}/certificates/new?brand=none",
        f"{HERE}/brands/none", f"{HERE}/claims/none", f"{HERE}/sites/none", f"{HERE}/brands/ls-mnm-gold",
        f"{HERE}/none/none",
    ]
)  # fmt: skip
def test_what_is_not_there_is_said(house: House, path: str) -> None:
    assert house.get(path).status_code in (403, 404)


# --- from a file -------------------------------------------------------------------------------------------


def test_a_file_is_checked_its_columns_matched_and_then_brought_in(house: House) -> None:
    assert "Check it, store nothing yet" in house.get("/brands/import").text
    assert house.get("/brands/import", "lme").status_code == 403
    about = {"producer": US, "kind": "brands"}
    first = upload(house, "Listed;Metal;Stage\nNC-8;copper;refiner\nNC-9;mithril;mine\n", **about)
    assert first.status_code == 422
    assert "No column is taken for Brand" in words(first.text)
    columns = first.text.partition('id="column-0"')[2].partition("</form>")[0]
    assert re.findall(r'<option value="(\w*)" selected', columns) == ["metal", "stage"]
    handed = {name: re.findall(rf'name="{name}" value="([^"]*)"', first.text)[0] for name in ("name", "content")}
    again = house.post("/brands/import", act="check", **about, **handed, **{"column:0": "name"})
    assert again.status_code == 422
    assert "B (Metal) “mithril” is not known here; known are Aluminium" in words(again.text)
    good = upload(house, "Brand;Metal;Stage\nNC-8;copper;refiner\n", **about)
    assert "1 row would be stored" in words(good.text)
    assert "NC-8" not in house.get(HERE).text
    handed = {name: re.findall(rf'name="{name}" value="([^"]*)"', good.text)[0] for name in ("name", "content")}
    done = house.post("/brands/import", act="import", **about, **handed)
    assert "1 row stored" in words(done.text)
    assert "NC-8" in house.get(HERE).text


def test_a_file_of_many_rows_tells_how_far_it_is_before_it_says_what_came_of_it(house: House) -> None:
    names = [f"Many {at}" for at in range(MANY_ROWS + 1)]
    about = {"producer": US, "kind": "brands"}
    table = "Brand;Metal;Stage\n" + "".join(f"{name};copper;refiner\n" for name in names)
    checked = upload(house, table, **about)
    assert (checked.status_code, checked.headers["cache-control"]) == (200, "no-store")
    assert checked.text.index("26 of 501 rows checked") < checked.text.index("501 of 501 rows checked")
    assert "501 rows would be stored" in words(checked.text)
    handed = {name: re.findall(rf'name="{name}" value="([^"]*)"', checked.text)[0] for name in ("name", "content")}
    done = house.post("/brands/import", act="import", **about, **handed)
    assert "501 of 501 rows checked, 250 stored" in words(done.text)
    assert done.text.index("501 stored") < done.text.index('id="stored"')
    assert "501 rows stored" in words(done.text)
    again = house.post("/brands/import", act="import", **about, **handed)
    assert "100 cells to put right" in words(again.text)
    assert "The record has a brand “Many 0” already" in words(again.text)
    assert "The newest file that was stored: 501 brands" in words(house.get("/brands/import").text)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"kind": "none", "producer": US}, "Say what the file holds"),
        ({"kind": "brands", "producer": "ls-mnm"}, "it takes the role of a producer"),
        ({"kind": "brands", "producer": US}, "Choose a file"),
        ({"kind": "brands", "producer": US, "content": "%", "name": "a.csv"}, "did not arrive whole"),
    ],
)
def test_a_file_that_cannot_be_brought_in_is_refused_with_a_sentence(
    house: House, fields: dict[str, str], says: str
) -> None:
    answer = house.post("/brands/import", **fields)
    assert answer.status_code == 422
    assert says in words(answer.text)


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [
        (b"brands", b"\xff.csv", "“�.csv” has a sign in its name that nobody can read"),
        (b"brands\xff", b"brands.csv", "“kind”: A byte that is no UTF-8 was left out"),
    ],
)
def test_bytes_that_are_no_text_in_the_form_of_a_file_are_told(
    house: House, kind: bytes, name: bytes, says: str
) -> None:
    sent = {"producer": US, "kind": kind, "act": "import"}
    table = b"Brand;Metal;Stage\nNC-77;copper;refiner\n"
    answer = house.asks("us").in_parts("/brands/import", sent, (name, table), field="file")
    assert answer.status_code == 422
    assert says in words(answer.text)
    assert "NC-77" not in house.get(HERE).text


def upload(house: House, text: str, **fields: str) -> httpx.Response:
    client = house.asks("us")
    sent = {"csrf": client.csrf, "act": "check", **fields}
    return client.client.post("/brands/import", data=sent, files={"file": ("brands.csv", text.encode(), "text/csv")})
