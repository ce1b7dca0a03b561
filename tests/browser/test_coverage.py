"""Coverage in a real browser: accessible in both schemes, never too wide, and a producer's way without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

ADDRESSES = (
    "/coverage?metal=copper&stage=refiner&as_at=2024-09-30&p=jdds-rmap&lose=jdds-rmap&cell=1.A:jdds-rmap",
    "/coverage?metal=cobalt&as_at=2024-09-30&cell=OP:rmi-cobalt",
    "/coverage?metal=tungsten",
    "/coverage?example=yes",
    "/coverage?metal=unobtainium",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_accessible_and_never_wider_than_the_window(
    page: Page, axe: Callable[[Page], None], address: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    axe(page)


def test_a_producer_finds_open_requirements_and_what_closes_them_without_javascript(plain_page: Page) -> None:
    plain_page.goto("/")
    plain_page.get_by_role("navigation", name="Register").get_by_role("link", name="Coverage").click()
    plain_page.get_by_label("Metal", exact=True).select_option("Cobalt")
    plain_page.get_by_label("Stage", exact=True).select_option("Smelter or refiner")
    plain_page.get_by_label("As at", exact=True).fill("2024-09-30")
    plain_page.get_by_role("button", name="Show coverage").click()
    plain_page.get_by_label("RMI Cobalt Refiner Standard").check()
    plain_page.get_by_role("button", name="Show what stays open").click()
    assert (
        plain_page.get_by_role("status")
        .inner_text()
        .startswith("With RMI Cobalt Refiner Standard, 1 of 16 requirements stays open.")
    )
    row = plain_page.get_by_role("table", name="What would close what is open").get_by_role("row").nth(1)
    assert "5 open corrective actions verified" in row.inner_text()


def test_a_cell_opens_its_grounds_and_comes_into_view(page: Page) -> None:
    page.goto("/coverage?metal=cobalt&as_at=2024-09-30")
    page.get_by_role("link", name="Partly covered").first.click()
    heading = page.get_by_role("heading", name="Grounds")
    assert heading.is_visible()
    assert page.evaluate("document.getElementById('grounds').getBoundingClientRect().top") < 900
    page.get_by_role("link", name="Close the grounds").click()
    assert page.get_by_role("heading", name="Grounds").count() == 0
