"""A new producer keeps its record in a real browser: from signing in to what stays open, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from alignment.database import make_engine, unit_of_work
from alignment.domain.people import Role
from alignment.web.bringing_in import MANY_ROWS
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


def bring_in_many(page: Page, works: str, judge: Callable[[Page], None]) -> None:
    """Hundreds of brands from a file: how far it is, then what came of it."""
    rows = "".join(f"Many {at},copper,refiner\n" for at in range(MANY_ROWS + 1))
    page.goto(f"{works}/brands/import")
    page.locator("#file-field").set_input_files(
        {"name": "many.csv", "mimeType": "text/csv", "buffer": f"Brand,Metal,Stage\n{rows}".encode()}
    )
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("heading", name="Checked")).to_be_visible()
    expect(page.locator(".underway progress:visible")).to_have_count(1)
    expect(page.locator(".underway p:visible")).to_have_text("501 of 501 rows checked")
    judge(page)
    page.get_by_role("button", name="Bring in 501 rows").click()
    expect(page.get_by_role("heading", name="Brought in")).to_be_visible()
    expect(page.locator(".underway p:visible")).to_have_text("501 of 501 rows checked, 501 stored")
    judge(page)
    page.goto(f"{works}/brands/import")
    expect(page.get_by_text("The newest file that was stored: 501 brands")).to_be_visible()


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
    bring_in_many(page, works, axe)


def test_a_visitor_comes_from_the_first_page_to_what_stays_open_in_three_steps(plain_page: Page, works: str) -> None:
    plain_page.goto(works)
    plain_page.get_by_role("link", name="What stays open for your brand").click()
    plain_page.get_by_label("Your metal", exact=True).select_option("cobalt")
    plain_page.get_by_role("button", name="My open requirements").click()
    plain_page.get_by_label("RMI Cobalt Refiner Standard").check()
    plain_page.get_by_role("button", name="Show what stays open").click()
    stays_open = plain_page.get_by_role("region", name="What stays open")
    expect(stays_open).to_contain_text("For a brand of cobalt, smelter or refiner")
    expect(stays_open).to_contain_text("1 of 16 requirements stays open.")
    expect(stays_open.get_by_role("row", name="Overarching principles")).to_contain_text("5 open corrective actions")


def test_without_scripts_nothing_of_it_is_missing(plain_page: Page, works: str) -> None:
    sign_in(plain_page, works, "nils")
    begin(plain_page)
    expect(plain_page.get_by_role("heading", name="What stays open")).to_be_visible()
    plain_page.goto(f"{works}/coverage?metal=copper")
    plain_page.get_by_role("button", name="Follow copper").click()
    expect(plain_page.get_by_role("button", name="Unfollow copper")).to_be_visible()
    bring_in_many(plain_page, works, lambda _: None)
