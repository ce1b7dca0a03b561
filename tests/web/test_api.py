"""The API as programs meet it: described as it answers, paged, refused in words, and public to every origin."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from alignment.database import make_engine, unit_of_work
from alignment.domain.people import SEED_IMPORT
from alignment.exchange.collections import BY_NAME, COLLECTIONS, ROOT, fields_of
from alignment.services import ledger
from alignment.tables import Certificate, Evidence, RatingEvidence, RatingVersion
from tests.conftest import NOW
from tests.web.site import Site, counted_queries, site_on

NAMES = tuple(BY_NAME)


@pytest.fixture(scope="module")
def site(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The register with a rating and a certificate, of which the sources publish none, and the worked example."""
    path = tmp_path_factory.mktemp("api") / "api.sqlite3"
    shutil.copyfile(sqlite_example, path)
    engine = make_engine(f"sqlite:///{path}")
    rows = [
        RatingVersion(
            assessment_id="rmi-cobalt-1", part="standards", criterion="OP-01", version=1, level="fully",
            rationale="Because.", rated_by="import:seeds", rated_at=NOW, effective_on=NOW.date(),
        ),
        Evidence(
            id="a-report", assessment_id="rmi-cobalt-1", kind="document", reference="A report", recorded_at=NOW,
            effective_on=NOW.date(), position=1, collected_on=NOW.date(), source_id="memo-2024-09",
        ),
        RatingEvidence(assessment_id="rmi-cobalt-1", part="standards", criterion="OP-01", evidence_id="a-report"),
        Certificate(
            id="a-certificate", brand_id="ls-mnm-copper-cathode", kind="iso_14001", effective_on=NOW.date(),
            recorded_at=NOW, position=1, expires_on=NOW.date(),
        ),
    ]  # fmt: skip
    with unit_of_work(engine) as session:
        for row in rows:
            ledger.enter(session, row, actor=SEED_IMPORT, act="recorded", now=NOW)
    engine.dispose()
    return site_on(f"sqlite:///{path}")


@pytest.fixture(scope="module")
def described(site: Site) -> dict[str, Any]:
    answer = site.get("/api/schema")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def items(site: Site, address: str) -> list[dict[str, Any]]:
    answer = site.get(address)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def followed(site: Site, address: str) -> Iterator[dict[str, Any]]:
    """All records of a collection, portion by portion by the addresses that are given."""
    following: str | None = address
    while following:
        body = site.get(following.removeprefix("https://register.example")).json()
        yield from body["items"]
        following = body["next"]


# --- the description -------------------------------------------------------------------------------


def test_the_description_is_openapi(site: Site, described: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(described).validate()
    assert described["openapi"] == "3.1.0"
    assert site.get("/api/schema").headers["content-type"].startswith("application/vnd.oai.openapi+json")


def judge(described: dict[str, Any], schema: dict[str, Any], body: Any) -> list[str]:
    """What in an answer is not as described."""
    formats = FormatChecker(formats=["date", "date-time"])
    whole = {"components": described["components"], **schema}  # where its references lead
    validator = Draft202012Validator(whole, format_checker=formats)
    return [f"{each.json_path}: {each.message}" for each in validator.iter_errors(body)]


def schema_of(described: dict[str, Any], path: str) -> dict[str, Any]:
    answers = described["paths"][path]["get"]["responses"]
    found: dict[str, Any] = answers["200"]["content"]["application/json"]["schema"]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_as_described(site: Site, described: dict[str, Any], name: str) -> None:
    collection = BY_NAME[name]
    assert list(followed(site, f"{collection.address}?limit=7"))
    for query in ("", "?as_at=2022-01-01", "?known_at=2020-01-01", "?limit=200"):
        body = site.get(f"{collection.address}{query}").json()
        assert judge(described, schema_of(described, collection.address), body) == []
    for record in items(site, collection.address)[:5]:
        answer = site.get(f"{collection.address}/{record['id']}")
        assert judge(described, schema_of(described, collection.template), answer.json()) == []
        assert answer.json() == record


def test_the_judge_finds_what_is_not_as_described(site: Site, described: dict[str, Any]) -> None:
    [record, *_] = items(site, f"{ROOT}/decisions")
    schema = schema_of(described, BY_NAME["decisions"].template)
    assert judge(described, schema, record) == []
    for wrong in ({"act": "liked"}, {"effective_on": "soon"}, {"more": 1}, {"source": {}}, {"programme": None}):
        assert judge(described, schema, record | wrong) != []
    assert judge(described, schema, {name: said for name, said in record.items() if name != "href"}) != []


@pytest.mark.parametrize("query", ["", "?metal=cobalt", "?metal=copper&stage=refiner&programme=jdds-copper-mark"])
def test_coverage_is_the_file_of_the_page_and_as_described(site: Site, described: dict[str, Any], query: str) -> None:
    body = site.get(f"{ROOT}/coverage{query}").json()
    assert body == site.get(f"/coverage.json{query.replace('programme', 'p')}").json()
    assert judge(described, schema_of(described, f"{ROOT}/coverage"), body) == []


def test_the_index_leads_to_everything_that_is_described(site: Site, described: dict[str, Any]) -> None:
    body = site.get(f"{ROOT}/").json()
    assert judge(described, schema_of(described, ROOT), body) == []
    addresses = [*(each["href"] for each in body["collections"]), body["coverage"], body["schema"], body["explained"]]
    for address in addresses:
        assert site.get(address.removeprefix("https://register.example")).status_code == 200, address
    templates = {urlsplit(each["one"]).path.replace("%7B", "{") for each in body["collections"]}
    assert {ROOT, f"{ROOT}/coverage"} | {each.address for each in COLLECTIONS} | templates == set(described["paths"])


@pytest.mark.parametrize("name", NAMES)
def test_a_described_filter_is_taken_and_narrows(site: Site, described: dict[str, Any], name: str) -> None:
    collection = BY_NAME[name]
    for narrow in collection.filters:
        for word in narrow.words or (_id(site, collection.name, narrow.name),):
            found = items(site, f"{collection.address}?{narrow.name}={word}&limit=200")
            if narrow.name in {field.name for field in collection.fields}:
                assert all(each[narrow.name] == word for each in found)
    assert site.get(f"{collection.address}?nonsense=1").status_code == 400


def _id(site: Site, collection: str, name: str) -> str:
    usual = {"metal": "copper", "criterion": "OP-01", "programme": "rmi-cobalt", "assessment": "rmi-cobalt/1"}
    return usual.get(name) or str(items(site, f"{ROOT}/{collection}")[0][name])


# --- records ---------------------------------------------------------------------------------------


def test_programmes_are_the_rows_of_the_status_file(site: Site) -> None:
    for query in ("", "?as_at=2023-06-30", "?metal=cobalt", "?approval=approved"):
        rows = site.get(f"/status.json{query}").json()["rows"]
        found = items(site, f"{ROOT}/programmes{query}")
        assert [each["id"] for each in found] == [each["programme"] for each in rows]
        for record, row in zip(found, rows, strict=True):
            shared = {name: said for name, said in row.items() if not name.startswith("source")}
            assert {name: record[name] for name in shared} == shared
            assert (record["source"] or {"id": None})["id"] == row["source"]
    [cobalt] = items(site, f"{ROOT}/programmes?metal=cobalt&approval=conditionally_approved&limit=1")
    assert cobalt["recorded_at"] == "2026-11-21T09:00:00.000000Z"
    assert cobalt["source"]["certainty"] == "found"


def test_a_programme_whose_approval_is_not_known_has_no_time_of_its_own(site: Site) -> None:
    unknown = [each for each in items(site, f"{ROOT}/programmes?as_at=2023-06-30") if each["approval"] == "not_known"]
    assert unknown
    assert {(each["effective"], each["recorded_at"], each["source"]) for each in unknown} == {(None, None, None)}


def test_every_record_has_the_fields_of_its_collection_in_their_order(site: Site) -> None:
    for collection in COLLECTIONS:
        for record in items(site, f"{collection.address}?limit=3"):
            assert list(record) == [field.name for field in fields_of(collection)]


def test_every_record_leads_to_a_page_that_shows_it(site: Site) -> None:
    for collection in COLLECTIONS:
        for address in {record["href"] for record in items(site, f"{collection.address}?limit=10")}:
            path, _, place = address.removeprefix("https://register.example").partition("#")
            page = site.get(path)
            assert page.status_code == 200, address
            assert not place or f'id="{place}"' in page.text, address


def test_every_source_leads_to_its_page(site: Site) -> None:
    sources = {
        record["source"]["href"]
        for name in NAMES
        for record in items(site, f"{ROOT}/{name}?limit=200")
        if record["source"]
    }
    assert len(sources) > 5
    for address in sources:
        assert site.get(address.removeprefix("https://register.example")).status_code == 200, address


def test_nothing_of_the_worked_example_is_here(site: Site) -> None:
    slugs = re.findall(r'href="/programmes/([^"/?]+)"', site.get("/example").text)
    assert slugs
    for name in NAMES:
        assert not any(slug in site.get(f"{ROOT}/{name}?limit=200").text for slug in slugs)
    for slug in slugs:
        assert site.get(f"{ROOT}/programmes/{slug}").status_code == 404
        assert site.get(f"{ROOT}/results?programme={slug}").status_code == 400


# --- portions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("limit", [1, 3])
def test_the_address_of_the_next_portion_leads_through_the_whole(site: Site, name: str, limit: int) -> None:
    whole = list(followed(site, f"{ROOT}/{name}?limit=200"))
    assert list(followed(site, f"{ROOT}/{name}?limit={limit}")) == whole


def test_the_next_portion_asks_for_the_same_and_stands_in_the_header_too(site: Site) -> None:
    answer = site.get(f"{ROOT}/programmes?metal=copper&known_at=2026-11-21T10:00:00%2B00:00&limit=1")
    following = answer.json()["next"]
    assert answer.headers["link"] == f'<{following}>; rel="next"'
    for said in ("as_at=2026-11-21", "known_at=2026-11-21T10", "metal=copper", "limit=1", "cursor="):
        assert said in following
    last = site.get(f"{ROOT}/programmes?limit=200")
    assert last.json()["next"] is None
    assert "link" not in last.headers


def test_a_portion_of_every_collection_takes_at_most_eight_queries(site: Site) -> None:
    for name in NAMES:
        narrowed = "&programme=rmi-cobalt" if any(each.name == "programme" for each in BY_NAME[name].filters) else ""
        with counted_queries() as asked:
            items(site, f"{ROOT}/{name}?known_at=2026-11-21T11:00:00Z{narrowed}")
        assert len([each for each in asked if "max(event.seq)" not in each]) <= 8, name


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/api/v1/nothing", 404, "“nothing” is no collection of this API: there are actions, assessments, brands"),
        ("/api/nothing", 404, "Nothing is published at this address."),
        ("/api/v1/decisions/none", 404, "No public decision has the id “none” as at 2026-11-21: /api/v1/decisions"),
        ("/api/v1/decisions/a/b", 404, "No public decision has the id “a/b”"),
        ("/api/v1/decisions/a%00b", 404, "No public decision has the id"),
        ("/api/v1/assessments/rmi-cobalt/x", 404, "No public assessment has the id “rmi-cobalt/x”"),
        ("/api/v1/assessments/rmi-cobalt/99999999999999999999", 404, "No public assessment"),
        ("/api/v1/programmes/asi-v3?as_at=2001-01-01", 404, "“asi-v3” as at 2001-01-01"),
        ("/api/v1/events/none", 404, "No public event has the id “none”:"),
        ("/api/v1?x=1", 400, "“x” is no parameter of this address: it takes none."),
        ("/api/v1/brands?colour=red", 400, "it takes as_at, known_at, limit, cursor."),
        ("/api/v1/brands/almt-tungsten?limit=1", 400, "“limit” is no parameter of this address"),
        ("/api/v1/coverage?p=asi-v3", 400, "“p” is no parameter of this address: it takes metal, stage, programme"),
        ("/api/v1/coverage?metal=unobtainium", 400, "“unobtainium” is not known as metal"),
        ("/api/v1/decisions?as_at=soon", 400, "“soon” is no day for as_at: write it as 2024-09-30."),
        ("/api/v1/decisions?known_at=soon", 400, "“soon” is no moment for known_at"),
        ("/api/v1/decisions?limit=0", 400, "“0” is no limit: it takes a number from 1 to 200."),
        ("/api/v1/decisions?limit=201", 400, "“201” is no limit"),
        ("/api/v1/decisions?limit=²", 400, "“²” is no limit"),
        ("/api/v1/decisions?cursor=made-up", 400, "“made-up” is no cursor of decisions: open the address in “next”"),
        ("/api/v1/decisions?programme=nobody", 400, "“nobody” is not known as programme: /api/v1/programmes lists"),
        ("/api/v1/decisions?programme=%00", 400, "is not known as programme"),
        ("/api/v1/ratings?assessment=rmi-cobalt", 400, "write it as in jdds-copper-mark/2"),
        ("/api/v1/ratings?criterion=XX-1", 400, "“XX-1” is not known as criterion: write a code as in OP-01"),
        ("/api/v1/ratings?part=middle", 400, "it takes standards, implementation, governance."),
        ("/api/v1/programmes?metal=unobtainium", 400, "“unobtainium” is not known as metal: it takes aluminium"),
        ("/api/v1/certificates?brand=none", 400, "“none” is not known as brand"),
    ],
)
def test_what_is_not_known_is_refused_in_words_as_described(
    site: Site, described: dict[str, Any], address: str, status: int, sentence: str
) -> None:
    answer = site.get(address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert sentence in answer.json()["detail"]
    assert answer.json()["next"]
    assert judge(described, described["components"]["schemas"]["Problem"], answer.json()) == []


def test_an_address_takes_no_other_method_and_says_which_it_takes(site: Site) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = site._run(method, f"{ROOT}/decisions", {})
        assert answer.status_code == 405
        assert answer.headers["content-type"] == "application/problem+json"
        assert "GET" in answer.headers["allow"]


# --- as bytes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/api/schema", ROOT, f"{ROOT}/coverage", *(each.address for each in COLLECTIONS)])
def test_who_has_an_answer_already_is_told_so_without_a_body(site: Site, address: str) -> None:
    first = site.get(address)
    again = site.get(address, if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert "x-frozen" not in first.headers
    assert site.head(address).headers["etag"] == first.headers["etag"]
    assert "set-cookie" not in first.headers


def test_a_page_of_any_other_site_may_read_the_api_and_nothing_else(site: Site) -> None:
    for address in (ROOT, f"{ROOT}/decisions", f"{ROOT}/nothing", f"{ROOT}/decisions?limit=0", "/api/schema"):
        answer = site.get(address)
        assert answer.headers["access-control-allow-origin"] == "*", address
        assert "access-control-allow-credentials" not in answer.headers
    for address in ("/api", "/status.json", "/coverage.json", "/", "/api/nothing", "/nothing.json"):
        assert "access-control-allow-origin" not in site.get(address).headers, address


def test_a_register_that_is_empty_answers_with_nothing(sqlite_url: str) -> None:
    site = site_on(sqlite_url)
    for name in NAMES:
        assert site.get(f"{ROOT}/{name}").json() == {
            "as_at": None if name == "events" else "2026-11-21", "known_at": None, "items": [], "next": None,
        }  # fmt: skip
