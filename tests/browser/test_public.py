"""Every public page in a real browser: accessible, narrow, by keyboard, without JavaScript; and the first page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_until_ready
from tests.postgres import free_port
from tests.web.routes import listed

PAGES = listed("pages")


# --- every page ------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_accessible_and_says_the_same_without_javascript(
    page: Page, plain_page: Page, axe: Callable[[Page], None], address: str
) -> None:
    page.goto(address)
    plain_page.goto(address)
    loaded = page.locator("[hx-trigger=load]")
    if loaded.count():  # the head of another page, to which the link before it leads without a script
        loaded.locator("#since").wait_for()
        axe(page)
        loaded.locator("#since").evaluate("piece => piece.remove()")
    assert plain_page.locator("main").inner_text() == page.locator("main").inner_text()
    assert plain_page.locator("h1").count() == 1
    axe(page)


@pytest.mark.parametrize("address", ["/", "/programmes/rmi-cobalt", "/search?q=cobalt"])
def test_everything_on_a_page_is_reached_by_keyboard_and_seen_where_it_is(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate(
        """() => { window.reached = new Set(); window.unseen = [];
        document.addEventListener('focusin', ({target}) => {
            window.reached.add(target);
            const style = getComputedStyle(target);
            if (style.outlineStyle === 'none' && style.boxShadow === 'none') window.unseen.push(target.outerHTML);
        }); }"""
    )
    wanted = page.locator("a[href]:visible, button:visible, input:visible:not([type=hidden]), select:visible").count()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    for _ in range(wanted * 3):  # a field for a date is several stops
        page.keyboard.press("Tab")
    missed = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select')]
        .filter(each => each.checkVisibility() && !each.disabled && !window.reached.has(each))
        .map(each => each.outerHTML.slice(0, 120))"""
    )
    assert missed == []
    assert page.evaluate("window.unseen") == []


def test_the_first_link_leads_past_the_navigation(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


# --- the front page --------------------------------------------------------------------------------


def test_a_reader_without_javascript_asks_for_a_date_and_a_metal(plain_page: Page) -> None:
    plain_page.goto("/")
    plain_page.get_by_label("As at", exact=True).fill("2023-01-01")
    plain_page.get_by_label("Metal", exact=True).select_option("Tin")
    plain_page.get_by_role("button", name="Show the table").click()
    assert "as_at=2023-01-01" in plain_page.url
    expect(plain_page.get_by_role("status")).to_contain_text("5 of 9 programmes fit the filters.")
    expect(plain_page.locator(".dateline")).to_contain_text("1 January 2023")
    plain_page.get_by_role("link", name="Show all").click()
    assert plain_page.url.endswith("/?as_at=2023-01-01")
    assert plain_page.get_by_role("row").count() == 10


def test_no_button_cuts_its_words_at_the_width_of_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/")
    for button in page.get_by_role("button").all():
        inside, needed = button.evaluate("each => [each.clientHeight, each.scrollHeight]")
        assert needed <= inside, button.inner_text()


def test_the_same_question_is_answered_in_place_and_everything_on_the_page_follows(page: Page) -> None:
    page.goto("/")
    page.evaluate("window.stayed = true")
    page.get_by_label("As at", exact=True).fill("2024-09-30")
    page.get_by_label("Metal", exact=True).select_option("Copper")
    page.get_by_role("button", name="Show the table").click()
    expect(page.get_by_role("status")).to_contain_text("fit the filters.")
    assert page.evaluate("window.stayed")
    assert "as_at=2024-09-30" in page.url
    expect(page.locator(".dateline")).to_contain_text("30 September 2024")
    expect(page.locator(".dateline")).to_contain_text("Table 1")
    expect(page.get_by_role("heading", name="What changed")).to_have_count(0)
    expect(page.get_by_role("link", name="CSV", exact=True)).to_have_attribute("href", "/status.csv?as_at=2024-09-30")
    asked = page.locator("main").inner_text()
    page.reload()
    assert page.locator("main").inner_text() == asked
    assert page.get_by_label("Metal", exact=True).input_value() == "copper"


def test_going_back_brings_the_table_before(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Approval", exact=True).select_option("Approved")
    page.get_by_role("button", name="Show the table").click()
    expect(page.get_by_role("status")).to_contain_text("1 of 10 programmes fit")
    page.go_back()
    expect(page.get_by_role("status")).to_contain_text("10 of 10 programmes")


def test_the_table_leads_to_a_programme_on_the_same_date(page: Page) -> None:
    page.goto("/?as_at=2024-09-30")
    page.get_by_role("table").get_by_role("link", name="RMI Tin and Tantalum Standard").click()
    assert page.url.endswith("/programmes/rmi-tin-tantalum?as_at=2024-09-30")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Tin and Tantalum")


def test_a_question_that_cannot_be_answered_is_a_page_with_a_way_back(page: Page, axe: Callable[[Page], None]) -> None:
    page.goto("/?as_at=yesterday")
    expect(page.locator("main")).to_contain_text("“yesterday” is no day for as_at: write it as 2024-09-30.")
    axe(page)
    page.get_by_role("link", name="First page of the register").click()
    assert page.get_by_role("row").count() == 11


def test_what_is_not_there_is_an_accessible_page(page: Page, axe: Callable[[Page], None]) -> None:
    page.goto("/no-such-page")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    axe(page)


def test_the_table_stands_on_paper_with_its_date_and_without_its_form(page: Page) -> None:
    page.goto("/?as_at=2024-09-30")
    page.emulate_media(media="print")
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.locator(".dateline")).to_be_visible()
    expect(page.get_by_role("button", name="Show the table")).to_be_hidden()


def test_in_an_empty_folder_a_browser_finds_the_ten_programmes(page: Page, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ALIGNMENT_")}
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "alignment", "serve", "--port", str(port)],
            cwd=tmp_path, env=inherited, stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        wait_until_ready(process, f"http://127.0.0.1:{port}", log)
        page.goto(f"http://127.0.0.1:{port}/")
        assert page.get_by_role("row").count() == 11
        page.get_by_role("link", name="The last market update, 2024-09").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    finally:
        process.terminate()
        assert process.wait(30) == 0
