"""Every public page, file and feed takes the two dates of the register, or says in words that it does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.web.routes import listed
from tests.web.site import Site, site_on_copy

TIMELESS = {
    "/.well-known/jwks.json": "the key of signatures as it is",
    "/accessibility": "about the pages themselves",
    "/api": "how programs ask",
    "/api/schema": "how programs ask",
    "/api/v1": "what programs can ask for",
    "/account/sign-in": "a form",
    "/apple-touch-icon.png": "a picture",
    "/favicon.ico": "a picture",
    "/favicon.svg": "a picture",
    "/report": "a form",
    "/subscribe": "a form",
}
"""The public addresses that show no facts, each with what it shows instead."""
ALIKE = {"/api/v1/brands/ls-mnm-copper-cathode": "a name and whose it is, on any day alike"}
"""What takes a day and says the same on each, with the reason."""
BEFORE = "2021-06-01"


@pytest.fixture(scope="module")
def site(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_example, tmp_path_factory)


def dated(address: str, name: str, said: str) -> str:
    """The address, asking for a date."""
    plain = re.sub(rf"(?<=[?&]){name}=[^&]*&?", "", address).rstrip("?&")
    return f"{plain}{'&' if '?' in plain else '?'}{name}={said}"


def addresses() -> list[str]:
    """The public addresses that show facts, each once, whatever else they ask for."""
    return [each for each in listed("pages", "files") if each.partition("?")[0] not in TIMELESS]


def test_what_shows_no_facts_is_public_and_named_with_the_reason() -> None:
    assert set(TIMELESS) <= {each.partition("?")[0] for each in listed()}


@pytest.mark.parametrize("name", ["as_at", "known_at"])
@pytest.mark.parametrize("address", addresses())
def test_a_date_is_obeyed_or_refused_in_words_and_never_passed_over(site: Site, address: str, name: str) -> None:
    wrong = site.get(dated(address, name, "soon"))
    assert wrong.status_code == 400, "a date that is none was passed over"
    assert name in wrong.text
    twice = site.get(f"{dated(address, name, BEFORE)}&{name}=2024-09-30")
    assert (twice.status_code, name in twice.text) == (400, True), "one of two dates was passed over"
    asked = site.get(dated(address, name, BEFORE))
    if "is not taken here" in wrong.text:
        assert asked.status_code == 400
        assert f"{name} is not taken here: " in asked.text
    else:
        later = asked.status_code == 400 and "is not known as programme; known are none." in asked.text
        assert later or asked.status_code in (200, 404)  # what was learned later is not there
        if name != "as_at" or address not in ALIKE:
            assert asked.content != site.get(dated(address, name, "")).content


@pytest.mark.parametrize("address", [each for each in listed("pages") if "known_at" not in each])
def test_a_form_for_another_day_keeps_what_was_known(site: Site, address: str) -> None:
    page = site.get(dated(address, "known_at", "2026-11-21T12:00:00Z")).text
    forms = re.findall(r"<form[^>]*method=\"get\".*?</form>", page, re.DOTALL)
    asking = [form for form in forms if 'name="as_at"' in form]
    assert [form for form in asking if 'name="known_at"' not in form] == []


def test_of_two_things_where_one_is_taken_neither_is_passed_over(site: Site) -> None:
    for address in ("/?as_at=2024-09-30&as_at=2023-01-01", "/status.csv?as_at=2024-09-30&as_at=2023-01-01"):
        refused = site.get(address)
        assert refused.status_code == 400
        assert "as_at stands in the address as “2024-09-30” and as “2023-01-01”: it takes one" in refused.text
    for address in ("/coverage?metal=copper&metal=tin", "/search?q=a&q=b", "/api/v1/programmes?limit=1&limit=2"):
        assert site.get(address).status_code == 400
    for address in ("/?as_at=2024-09-30&as_at=2024-09-30", "/?as_at=&as_at=2024-09-30"):
        assert site.get(address).status_code == 200
