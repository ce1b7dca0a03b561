"""A new producer keeps its record in a real browser: from signing in to what stays open, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from alignment.database import make_engine, unit_of_work
from alignment.domain.people import Role
from tests.browser.conftest import serving
from tests.conftest import sqlite_file
from tests.working import PASSWORD, make_person


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server where two producers may sign in, neither of which has begun its record."""
    folder = tmp_path_factory.mktemp("works")
    now = datetime.now(UTC)
    database = sqlite_file(folder / "works.sqlite3", seeds_at=now)
    engine = make_engine(f"sqlite:///{database}")
    with unit_of_work(engine) as session:
        for name in ("Petra", "Nils"):
            make_person(session, name, f"{name.lower()}-metals", Role.PRODUCER, password=PASSWORD, now=now)
    engine.dispose()
    with serving(database) as address:
        yield address


def sign_in(page: Page, works: str, name: str) -> None:
    page.goto(f"{works}/account/sign-in")
    page.locator("[name=email]").fill(f"{name}@people.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()


def begin(page: Page) -> None:
    """From My work to a brand with its open requirements."""
    page.get_by_role("link", name="Begin your company’s record").click()
    page.get_by_role("button", name="Begin", exact=True).click()
    page.get_by_role("link", name="Add a site").click()
    page.get_by_label("Name", exact=True).fill("North works")
    page.get_by_role("button", name="Enter it").click()
    page.get_by_role("link", name="Add a brand").click()
    page.get_by_label("Brand", exact=True).fill("PM-1")
    page.get_by_label("Metal", exact=True).select_option("copper")
    page.get_by_label("Stage", exact=True).select_option("refiner")
    page.get_by_label("North works").check()
    page.get_by_role("button", name="Enter it").click()


def test_a_new_producer_comes_to_what_stays_open_and_keeps_a_certificate(
    page: Page, works: str, axe: Callable[[Page], None]
) -> None:
    sign_in(page, works, "petra")
    begin(page)
    expect(page.get_by_role("heading", name="What stays open")).to_be_visible()
    page.get_by_role("link", name="Declare the track").first.click()
    page.get_by_label("Track", exact=True).select_option("A")
    page.get_by_label("Joint Standard, RMAP").check()
    page.get_by_role("button", name="Enter it").click()
    page.get_by_role("link", name="it were declared too").first.click()
    expect(page.locator("#whatif")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Add a certificate").first.click()
    page.get_by_label("What it certifies").select_option("programme")
    page.get_by_label("Issued by").fill("An auditor")
    page.get_by_label("Issued on").fill("2025-01-01")
    page.get_by_label("Expires on").fill("2024-01-01")
    page.get_by_label("Outcome").select_option("conformant")
    page.get_by_role("button", name="Enter it").click()
    expect(page.get_by_role("alert")).to_contain_text("It would end before it begins")
    axe(page)
    page.get_by_label("Expires on").fill("2028-01-01")
    page.locator("[name=programme]").select_option("jdds-rmap")
    page.get_by_role("button", name="Enter it").click()
    page.locator("#certificates").get_by_role("link", name="Joint", exact=False).first.click()
    axe(page)
    for address in ("/records", "/records/petra-metals", "/brands/import", "/following"):
        page.goto(f"{works}{address}")
        axe(page)


def test_without_scripts_nothing_of_it_is_missing(plain_page: Page, works: str) -> None:
    sign_in(plain_page, works, "nils")
    begin(plain_page)
    expect(plain_page.get_by_role("heading", name="What stays open")).to_be_visible()
    plain_page.goto(f"{works}/coverage?metal=copper")
    plain_page.get_by_role("button", name="Follow copper").click()
    expect(plain_page.get_by_role("button", name="Unfollow copper")).to_be_visible()
