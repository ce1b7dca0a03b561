"""Market updates in a real browser. That their pages are accessible, test_public.py asks of every page."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def test_a_reader_without_javascript_finds_the_update_and_its_json(plain_page: Page) -> None:
    plain_page.goto("/publications")
    plain_page.get_by_role("link", name="2024-09: Track A standard alignment assessments").click()
    assert plain_page.get_by_role("row").count() == 11
    with plain_page.expect_response("**/publications/2024-09.json") as answered:
        plain_page.get_by_role("link", name="JSON", exact=True).click()
    assert answered.value.json()["number"] == "2024-09"
    plain_page.go_back()
    plain_page.get_by_role("link", name="Corrections and later market updates").click()
    assert plain_page.get_by_text("No correction was published by").is_visible()


def test_the_frozen_page_shows_in_place_whether_it_was_corrected_since(page: Page) -> None:
    page.goto("/publications/2024-09")
    expect(page.get_by_text("No correction was published by")).to_be_visible()
