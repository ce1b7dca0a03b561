"""Whole journeys of assessors in a browser: by keyboard alone, without JavaScript, two at once, over a lost session.

One server with the worked example and its demonstration people; every journey takes a part of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from alignment.database import unit_of_work
from alignment.domain.catalogue import Part
from alignment.services import accounts
from tests.browser.house import PASSWORDS, House, whole
from tests.rounds import codes

# --- by keyboard alone ---------------------------------------------------------------------------------

ACTIVE = "(document.activeElement.labels?.[0] ?? document.activeElement).innerText"


def tab_to(page: Page, name: str, *, within: int = 40) -> None:
    """Press Tab until what has the focus is called so; that many presses are borne."""
    for _ in range(within):
        page.keyboard.press("Tab")
        if page.evaluate(ACTIVE).strip().startswith(name):
            return
    pytest.fail(f"{within} presses of Tab at {page.url} do not reach “{name}”", pytrace=False)


def follow(page: Page, name: str, *, within: int = 40) -> None:
    """Reach a link or a button by Tab and use it; wait for the page that it leads to."""
    tab_to(page, name, within=within)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Page, rationale: str, standard: str, guidance: str) -> None:
    """Rationale and citations of the criterion at hand; Escape leaves the last field."""
    page.keyboard.press("r")
    page.keyboard.insert_text(rationale)
    for citation in (standard, guidance):
        page.keyboard.press("Tab")
        page.keyboard.insert_text(citation)
    page.keyboard.press("Escape")


def sign_in(page: Page, house: House, id: str) -> None:
    page.goto(f"{house.address}/account/sign-in")
    email, password = PASSWORDS[id]
    tab_to(page, "E-mail address")
    page.keyboard.insert_text(email)
    tab_to(page, "Password", within=1)
    page.keyboard.insert_text(password)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_new_assessor_rates_and_closes_a_part_with_the_keyboard_alone(house: House, page: Page) -> None:
    sign_in(page, house, "lead")
    expect(page.get_by_role("heading", level=1)).to_have_text("My work")
    follow(page, "Rate: Example: Delta (fictional), round 1, standards part")
    every = codes(Part.STANDARDS)
    expect(page.get_by_role("list", name="Keyboard")).to_be_visible()
    for at, code in enumerate(every):
        page.keyboard.press("j")
        page.keyboard.press("2" if at % 10 == 9 else "1")
        if at % 10 == 9:
            write(page, f"Clause {at} leaves it to the auditor.", f"Clause {at}", "Step 1")
            assert page.evaluate("document.activeElement.dataset.code") == code
    expect(page.locator("#progress")).to_contain_text(f"{len(every)} of {len(every)} rated")
    expect(page.locator(".save output", has_text="Saved by")).to_have_count(len(every))
    follow(page, "The round, and what comes next", within=15)
    expect(page.locator("#standards ~ div")).to_contain_text("80 ratings that a reader will ask about")
    follow(page, "Submit for review")
    expect(page.locator("section", has=page.locator("#standards"))).to_contain_text("Review for 0 days")
    follow(page, "Sign out")

    sign_in(page, house, "second")
    follow(page, "Example: Delta (fictional), round 1: standards")
    follow(page, "all of others")
    follow(page, "Accept those selected below")
    expect(page.locator("h1")).to_contain_text(f"{len(every)} of {len(every)} accepted")
    follow(page, "Sign out")

    sign_in(page, house, "lead")
    follow(page, "Example: Delta (fictional), round 1, standards part")
    follow(page, "Send to the scheme owner", within=60)
    follow(page, "Close the part", within=60)
    today = datetime.now(UTC)
    expect(page.locator("section", has=page.locator("#standards"))).to_contain_text(
        f"Result by the rule: Partially, fixed on {today:%-d %B %Y}."
    )


# --- without JavaScript ----------------------------------------------------------------------------------


def test_a_part_is_rated_and_closed_without_javascript(house: House, plain_page: Page) -> None:
    page = plain_page
    house.signed_in(page.context, "lead")
    sheet = house.sheet(Part.STANDARDS)
    page.goto(f"{house.address}/work")
    page.locator(f'a[href="{sheet.removeprefix(house.address)}"]').click()
    first = page.locator("#rating-OP-01")
    expect(page.locator("kbd:visible")).to_have_count(0)  # nothing listens to keys
    first.get_by_role("radio", name="Partially").check()
    first.get_by_label("Rationale").fill("The clause leaves the depth of checks open.")
    first.get_by_label("Citation from the standard").fill("Clause 4.2")
    first.get_by_label("Citation from the Guidance").fill("Annex II")
    first.get_by_role("button", name="Save OP-01").click()
    assert page.url == f"{sheet}#rating-OP-01"
    expect(first).to_contain_text("Saved by Lead assessor (demonstration)")
    expect(first.get_by_label("Citation from the standard")).to_have_value("Clause 4.2")

    page.get_by_text("Several at once", exact=True).click()
    page.get_by_label("All not yet rated, 87").check()
    page.get_by_label("Level", exact=True).select_option("Fully aligned")
    page.get_by_role("button", name="Set the level").click()
    expect(page.get_by_role("button", name="Undo these 87")).to_be_visible()
    expect(page.locator("#progress")).to_contain_text("88 of 88 rated")

    page.get_by_role("link", name="The round, and what comes next").click()
    page.get_by_role("button", name="Submit for review").click()
    house.signed_in(page.context, "second")
    page.goto(f"{sheet}/review")
    page.get_by_role("link", name="all of others").click()
    page.get_by_role("button", name="Accept those selected below").click()
    house.signed_in(page.context, "lead")
    page.goto(sheet.removesuffix("/standards"))
    page.get_by_role("button", name="Send to the scheme owner").click()
    page.get_by_role("button", name="Close the part").click()
    expect(page.locator("#standards ~ div")).to_contain_text("Result by the rule: Partially, fixed on")


# --- two at once, and a session that ends ------------------------------------------------------------------


def test_two_who_edit_one_criterion_see_both_texts_and_merge_them(
    house: House, page: Page, new_context: Callable[..., BrowserContext], axe: Callable[[Page], None]
) -> None:
    sheet, code = house.sheet(), "GV-LE-1"
    other = new_context().new_page()
    for whose, id in ((page, "lead"), (other, "second")):
        house.signed_in(whose.context, id)
        whose.goto(f"{sheet}#rating-{code}")
    yours, theirs = page.locator(f"#rating-{code}"), other.locator(f"#rating-{code}")
    yours.get_by_label("Rationale").fill("The charter names an owner.")

    theirs.get_by_role("radio", name="Fully").check()
    theirs.get_by_label("Rationale").fill("The statutes name an owner.")
    theirs.get_by_label("Citation from the standard").fill("Statutes, 3")
    theirs.get_by_role("button", name=f"Save {code}").click()
    expect(theirs).to_contain_text("Saved by Second assessor")

    yours.get_by_label("Rationale").press("Escape")
    expect(yours.get_by_role("heading", level=3)).to_have_text(
        f"Second assessor (demonstration) saved {code} while you were writing"
    )
    rationale = yours.get_by_role("group", name="Rationale")
    expect(rationale.locator("label").first).to_contain_text("The statutes name an owner.")
    expect(rationale.locator("label").nth(1)).to_contain_text("The charter names an owner.")
    whole(page)
    axe(page)
    rationale.get_by_role("radio", name="A third text").check()
    rationale.get_by_role("textbox").fill("The charter and the statutes name an owner.")
    yours.get_by_role("button", name="Save the merged rating").click()
    expect(yours).to_contain_text("Saved by Lead assessor")
    expect(yours.get_by_label("Rationale")).to_have_value("The charter and the statutes name an owner.")
    expect(yours.get_by_label("Citation from the standard")).to_have_value("Statutes, 3")
    expect(yours.get_by_label("Fully")).to_be_checked()

    page.goto(f"{sheet}/{code}/history")
    expect(page.locator(".moments")).to_contain_text("The statutes name an owner.")
    aside = page.get_by_role("listitem").filter(has_text="Set aside in a clash")
    expect(aside).to_contain_text("The charter names an owner.")


def test_a_session_that_ends_during_a_save_keeps_the_text_and_comes_back_to_it(house: House, page: Page) -> None:
    sheet, code, text = house.sheet(), "GV-AS-1", "The board approves the policy each year."
    house.signed_in(page.context, "lead")
    page.goto(sheet)
    section = page.locator(f"#rating-{code}")
    section.get_by_role("radio", name="Partially").check()
    expect(section).to_contain_text("version 1")
    section.get_by_label("Rationale").fill(text)
    with unit_of_work(house.engine) as session:
        accounts.end_sessions(session, person_id=house.person("lead").id)
    section.get_by_label("Rationale").press("Escape")
    expect(section).to_contain_text("Not saved: your session is over.")
    expect(section.get_by_label("Rationale")).to_have_value(text)
    section.get_by_role("button", name="Sign in and send it again").click()

    expect(page.locator("main")).to_contain_text("What you wrote is kept")
    email, password = PASSWORDS["lead"]
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Send it again").click()
    page.wait_for_url(f"{sheet}#rating-{code}")
    expect(section.get_by_label("Rationale")).to_have_value(text)
    expect(section).to_contain_text("version 2")


# --- every template of the work ------------------------------------------------------------------------------


def test_progress_stays_in_view_in_one_line_of_a_small_window(house: House, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    house.signed_in(page.context, "lead")
    page.goto(house.sheet())
    line = page.locator("#progress .row > span").last
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate("window.scrollTo(0, document.body.scrollHeight / 2)")
        box = line.bounding_box()
        assert box is not None
        assert -1 <= box["y"] <= 1
        assert box["height"] < 50


def test_the_working_pages_of_assessors_are_accessible_in_both_schemes(
    house: House, page: Page, axe: Callable[[Page], None]
) -> None:
    sheet = house.sheet()
    blind = house.reconciling()
    for id, address in (
        ("lead", "/work"),
        ("lead", sheet.removeprefix(house.address)),
        ("lead", blind),
        ("owner", "/actions"),
        ("administrator", "/log"),
        ("second", house.at_review()),
    ):
        house.signed_in(page.context, id)
        page.goto(f"{house.address}{address}")
        assert page.locator("h1").count() == 1
        whole(page)
        axe(page)
