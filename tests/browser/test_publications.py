"""Market updates in a real browser: accessible in both schemes, never wider than the window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page


@pytest.mark.parametrize("address", ["/publications", "/publications/2024-09"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_a_page_is_accessible_and_never_wider_than_the_window(
    page: Page, axe: Callable[[Page], None], color_scheme: str, address: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    axe(page)


def test_a_reader_without_javascript_finds_the_update_and_its_json(plain_page: Page) -> None:
    plain_page.goto("/publications")
    plain_page.get_by_role("link", name="2024-09: Track A standard alignment assessments").click()
    assert plain_page.get_by_role("row").count() == 11
    with plain_page.expect_response("**/publications/2024-09.json") as answered:
        plain_page.get_by_role("link", name="JSON", exact=True).click()
    assert answered.value.json()["number"] == "2024-09"
