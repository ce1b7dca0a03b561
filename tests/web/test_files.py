"""The status files: the same rows as the front page, described, dated, and refused in plain words."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from urllib.parse import urljoin

import pytest
from csvw import CSVW
from hypothesis import given
from hypothesis import strategies as st

from alignment.exchange.publication import publication_csvw
from alignment.exchange.table import ALL_COLUMNS, LIMITS
from alignment.web.files import as_json
from tests.domain.update import content
from tests.web.site import Site, counted_queries, site_on, site_on_copy

FILES = ("/status.csv", "/status.csv-metadata.json", "/status.json", "/status.md")
TABLE_1 = ("2024-09-30", 10)


@pytest.fixture(scope="module")
def site(sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_seeded, tmp_path_factory)


@pytest.fixture
def empty_site(sqlite_url: str) -> Site:
    return site_on(sqlite_url)


def rows(site: Site, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(site.get(f"/status.csv{query}").text, newline="")))


@pytest.mark.parametrize(
    ("address", "media_type"),
    [
        ("/status.csv", "text/csv; header=present; charset=utf-8"),
        ("/status.csv-metadata.json", "application/csvm+json"),
        ("/status.json", "application/json"),
        ("/status.md", "text/markdown; charset=utf-8"),
    ],
)
def test_each_file_has_its_media_type_and_may_be_asked_for_again_by_etag(
    site: Site, address: str, media_type: str
) -> None:
    answer = site.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert "x-frozen" not in answer.headers
    assert site.get(address, if_none_match=answer.headers["etag"]).status_code == 304
    assert site.head(address).headers["etag"] == answer.headers["etag"]


def test_as_at_the_memo_the_csv_has_table_1_with_its_two_printed_links(site: Site) -> None:
    table = rows(site, "?as_at=2024-09-30")
    assert len(table) == 10
    assert list(table[0])[:3] == ["Standard", "Status of alignment assessment", "Status of LME approval"]
    linked = [row["Programme"] for row in table if row["Status of LME approval"].endswith("(published here)")]
    assert linked == ["jdds-copper-mark", "rmi-cobalt"]
    assert {row["Address behind the approval"] for row in table} == {""}


def test_the_csv_names_its_description_and_the_description_names_the_csv(site: Site) -> None:
    for query in ("", "?as_at=2024-09-30", "?as_at=2024-09-30&metal=copper"):
        link = site.get(f"/status.csv{query}").headers["link"]
        address, rel, kind = link.split("; ")
        assert (rel, kind) == ('rel="describedby"', 'type="application/csvm+json"')
        assert address == f"</status.csv-metadata.json{query}>"
        assert site.get(address.strip("<>")).json()["url"] == f"status.csv{query}"


@pytest.mark.parametrize("query", ["", "?as_at=2024-09-30", "?known_at=2026-11-21", "?as_at=2000-01-01"])
def test_the_csv_as_served_fits_the_description_as_served(site: Site, tmp_path: Path, query: str) -> None:
    description = site.get("/status.csv-metadata.json").json()
    (tmp_path / "status.csv").write_bytes(site.get(f"/status.csv{query}").content)
    (tmp_path / "m.json").write_text(json.dumps(description))
    assert CSVW(str(tmp_path / "m.json"), validate=True).is_valid
    assert description["tableSchema"]["aboutUrl"] == "https://register.example/programmes/{programme}"


@pytest.mark.parametrize(
    "address",
    [
        "/publications/2024-09.csv",
        "/coverage.csv",
        "/coverage.csv?metal=copper&stage=refiner&as_at=2024-09-30",
        "/coverage.csv?metal=tungsten&known_at=2026-11-21",
        "/coverage.csv?metal=copper&stage=mine&p=rmi-cobalt",
    ],
)
def test_every_csv_names_a_description_that_it_fits(site: Site, tmp_path: Path, address: str) -> None:
    sent = site.get(address)
    link, rel, kind = sent.headers["link"].split("; ")
    assert (rel, kind) == ('rel="describedby"', 'type="application/csvm+json"')
    described = site.get(link.strip("<>"))
    assert described.headers["content-type"].startswith("application/csvm+json")
    description = described.json()
    named = urljoin(link.strip("<>"), description["url"])
    assert site.get(named).content == sent.content, "it describes what was sent"
    assert all(each["dc:description"].endswith(".") for each in description["tableSchema"]["columns"])
    (tmp_path / "table.csv").write_bytes(sent.content)
    (tmp_path / "m.json").write_text(json.dumps(description | {"url": "table.csv"}))
    read = CSVW(str(tmp_path / "m.json"), validate=True)
    assert (read.is_valid, read.warnings) == (True, [])
    described_titles = [each["titles"] for each in description["tableSchema"]["columns"]]
    assert described_titles == next(csv.reader(io.StringIO(sent.text)))


def test_a_frozen_csv_is_described_from_its_copy_alone() -> None:
    frozen = content()
    frozen["table"]["columns"] = [{"name": "programme", "title": "Scheme"}, {"name": "gone", "title": "Gone since"}]
    described = publication_csvw(frozen, "https://register.example")["tableSchema"]["columns"]
    assert [each["titles"] for each in described] == ["Scheme", "Gone since"]
    assert described[1]["datatype"] == "string"


def test_what_was_not_known_on_a_date_says_so_in_every_file(site: Site) -> None:
    table = {row["Programme"]: row for row in rows(site, "?as_at=2023-01-01")}
    assert "rmi-all-minerals" not in table
    assert (table["rmi-cobalt"]["Approval"], table["rmi-cobalt"]["Effective since"]) == ("not_known", "")
    assert table["lbma-rgg-9"]["Announced on"] == "2023-01-19"
    said = {row["programme"]: row for row in site.get("/status.json?as_at=2023-01-01").json()["rows"]}
    assert (said["rmi-cobalt"]["approval"], said["rmi-cobalt"]["effective_since"]) == ("not_known", None)


def test_a_part_of_which_nothing_was_heard_yet_is_not_known_in_every_file(site: Site) -> None:
    day = "?as_at=2021-12-05"
    table = {row["Programme"]: row for row in rows(site, day)}
    assert {row["Standards part"] for row in table.values()} <= {"not_known", "fully", ""}
    assert table["jdds-rmap"]["Standards part"] == "not_known"
    assert table["jdds-rmap"]["Status of alignment assessment"] == "State of the alignment assessment not known"
    assert "not_started" not in site.get(f"/status.json{day}").text
    assert "not started" not in site.get(f"/status.md{day}").text
    assert "not started" not in site.get(f"/coverage.json{day}&metal=copper").text


def test_today_the_recognition_of_2025_makes_a_decision_due_and_upgrades_nothing(site: Site) -> None:
    today = {row["programme"]: row for row in site.get("/status.json").json()["rows"]}
    row = today["rmi-tin-tantalum"]
    assert (row["decision_due"], row["approval"]) == (True, "conditionally_approved")
    assert (row["as_at"], row["stale"]) == ("2026-11-21", True)
    assert isinstance(row["age_days"], int)


def test_the_json_has_every_column_its_sources_and_its_limits(site: Site) -> None:
    said = site.get("/status.json?as_at=2024-09-30").json()
    assert (said["as_at"], said["count"], said["limits"]) == ("2024-09-30", 10, LIMITS)
    assert list(said["rows"][0]) == [column.name for column in ALL_COLUMNS]
    assert {row["source"] for row in said["rows"]} == {source["id"] for source in said["sources"]}


@pytest.mark.parametrize("query", ["metal=copper", "approval=approved", "stage=mine", "metal=tin&stage=downstream"])
def test_filters_leave_the_same_rows_in_every_file_as_on_the_front_page(site: Site, query: str) -> None:
    said = site.get(f"/status.json?as_at=2024-09-30&{query}").json()
    found = [row["programme"] for row in said["rows"]]
    assert 0 < len(found) < said["count_without_filters"]
    assert said["filters"] == dict(each.split("=") for each in query.split("&"))
    assert [row["Programme"] for row in rows(site, f"?as_at=2024-09-30&{query}")] == found
    page = site.get(f"/?as_at=2024-09-30&{query}").text
    assert [each for each in _programmes(page) if each in found] == found


def _programmes(page: str) -> list[str]:
    table = page.partition('id="table"')[2].partition("</table>")[0]
    return [each.partition("?")[0].partition('"')[0] for each in table.split('href="/programmes/')[1:]]


def test_before_the_register_knew_anything_every_file_is_empty_and_says_why(site: Site) -> None:
    query = "?known_at=2020-01-01T00:00:00Z"
    assert rows(site, query) == []
    said = site.get(f"/status.json{query}").json()
    assert (said["rows"], said["known_at"]) == ([], "2020-01-01T00:00:00.000000Z")
    assert "learned its first fact on 2026-11-21" in said["empty_because"]
    assert "learned its first fact on 2026-11-21" in site.get(f"/status.md{query}").text


def test_an_empty_register_serves_its_files_all_the_same(empty_site: Site) -> None:
    assert rows(empty_site) == []
    assert "holds nothing yet" in empty_site.get("/status.json").json()["empty_because"]
    assert "holds nothing yet" in empty_site.get("/status.md").text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("as_at=2024-13-01", "is no day for as_at: write it as 2024-09-30"),
        ("as_at=0001-01-01", "as_at takes a day between"),
        ("known_at=yesterday", "is no moment for known_at"),
        ("metal=unobtainium", "is not known as metal: it takes"),
        ("approval=yes", "is not known as approval"),
        ("stage=shop", "is not known as stage"),
    ],
)
@pytest.mark.parametrize("address", FILES)
def test_a_bad_parameter_is_a_sentence_in_the_form_of_the_file(
    site: Site, address: str, query: str, sentence: str
) -> None:
    answer = site.get(f"{address}?{query}")
    assert answer.status_code == 400
    assert sentence in (answer.json()["detail"] if address.endswith(".json") else answer.text)


@pytest.mark.parametrize("address", ["/status.xlsx", "/status", "/status.csv.csv"])
def test_a_form_that_is_not_kept_is_a_page_that_says_so(site: Site, address: str) -> None:
    assert site.get(address).status_code == 404


def test_the_files_carry_names_to_save_them_under(site: Site) -> None:
    named = [site.get(f"{address}?as_at=2024-09-30").headers.get("content-disposition", "") for address in FILES]
    assert named == [
        'attachment; filename="track-a-status-2024-09-30.csv"',
        "",
        'inline; filename="track-a-status-2024-09-30.json"',
        'inline; filename="track-a-status-2024-09-30.md"',
    ]


def test_a_name_that_the_table_does_not_know_is_left_out_of_the_link(site: Site) -> None:
    link = site.get('/status.csv?x=">,<evil&as_at=2024-09-30').headers["link"]
    assert link.startswith("</status.csv-metadata.json?as_at=2024-09-30>;")


@pytest.mark.parametrize("address", FILES)
@pytest.mark.parametrize("query", ["", "?as_at=2024-09-30", "?as_at=2024-09-30&metal=copper&approval=approved"])
def test_a_file_takes_eight_queries_at_most_and_none_the_second_time(site: Site, address: str, query: str) -> None:
    with counted_queries() as asked:
        site.get(address + query)
    assert len([each for each in asked if "max(event.seq)" not in each]) <= 8
    with counted_queries() as again:
        site.get(address + query)
    assert [each for each in again if "max(event.seq)" not in each] == []


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(SCALARS, lambda each: st.lists(each) | st.dictionaries(st.text(), each))


@given(VALUES)
def test_json_for_people_is_that_of_the_standard_library_with_an_indent_of_one(value: object) -> None:
    assert as_json(value) == json.dumps(value, ensure_ascii=False, indent=1) + "\n"
