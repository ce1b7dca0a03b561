"""Pages described in the words of schema.org: what stands in them is true, whole, and can end no element."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.exchange.schema_org import publication_report, script_text
from tests.domain.update import content
from tests.web.site import Site, site_on_copy

FOUND = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def site(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_example, tmp_path_factory)


def described(site: Site, address: str) -> list[Any]:
    return [json.loads(each) for each in FOUND.findall(site.get(address).text)]


def addresses(said: Any) -> list[str]:
    """Every address of ours that a description names."""
    if isinstance(said, dict):
        return [each for value in said.values() for each in addresses(value)]
    if isinstance(said, list):
        return [each for value in said for each in addresses(value)]
    ours = isinstance(said, str) and said.startswith("https://register.example")
    return [said.removeprefix("https://register.example").partition("#")[0]] if ours else []


@pytest.mark.parametrize(
    ("address", "type_"),
    [
        ("/", "Dataset"),
        ("/?as_at=2024-09-30", "Dataset"),
        ("/programmes/jdds-copper-mark", "Dataset"),
        ("/publications/2024-09", "Report"),
    ],
)
def test_a_page_is_described_once_and_every_address_in_it_answers(site: Site, address: str, type_: str) -> None:
    (said,) = described(site, address)
    assert (said["@context"], said["@type"]) == ("https://schema.org", type_)
    assert said["name"]
    assert all(site.get(each or "/").status_code == 200 for each in addresses(said))


def test_a_data_set_says_of_which_day_it_is_and_offers_the_files_of_that_day(site: Site) -> None:
    (said,) = described(site, "/?as_at=2024-09-30")
    assert said["temporalCoverage"] == "2024-09-30"
    assert said["distribution"][0] == {
        "@type": "DataDownload",
        "contentUrl": "https://register.example/status.csv?as_at=2024-09-30",
        "encodingFormat": "text/csv",
    }


def test_a_programme_is_described_with_the_standard_and_its_owners(site: Site) -> None:
    (said,) = described(site, "/programmes/asi-v3")
    assert said["about"]["@type"] == "CreativeWork"
    assert said["about"]["publisher"] == [{"@type": "Organization", "name": "Aluminium Stewardship Initiative"}]
    assert "status as at 2026-11-21" in said["description"].lower()


def test_a_rebuilt_market_update_is_said_to_be_based_on_the_document_and_not_published_by_its_issuer(
    site: Site,
) -> None:
    (said,) = described(site, "/publications/2024-09")
    assert said["isBasedOn"]["publisher"]["name"] == "London Metal Exchange"
    assert "publisher" not in said
    assert "reconstruction" in said["abstract"]
    assert said["identifier"]["value"] == site.get("/publications/2024-09.json").json()["digest"]
    assert said["datePublished"] == "2024-09"


def test_what_is_not_known_is_left_out() -> None:
    said = publication_report(
        {**content(), "published": "by 2024-09-30", "label": "", "source": None, "issuer": "The LME"},
        base_url="https://r.example", digest="d",
    )  # fmt: skip
    assert "datePublished" not in said
    assert "abstract" not in said
    assert said["publisher"] == {"@type": "Organization", "name": "The LME"}


def test_the_worked_example_is_not_described(site: Site) -> None:
    slug = re.findall(r'href="/programmes/([^"/?]+)"', site.get("/example").text)[0]
    assert described(site, f"/programmes/{slug}") == []
    assert described(site, "/example") == []


@given(st.text())
def test_no_text_ends_the_element_it_stands_in(text: str) -> None:
    written = script_text({"name": f"{text}</script><!--"})
    assert "<" not in written
    assert json.loads(written)["name"].startswith(text)
