"""Saving on the sheet over a slow or broken network: no keystroke is lost, and nobody is in their own way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from alignment.database import unit_of_work
from alignment.services import accounts
from tests.browser.house import PASSWORDS, House, whole

CODE, OTHER = "GV-LE-1", "GV-AS-1"
SENTENCE = "The statutes name an owner, and the register of companies agrees with them."


@pytest.fixture
def sheet(house: House, page: Page) -> str:
    """The sheet of a new round, open before the lead, to whom nobody tells meanwhile what others save."""
    address = house.sheet()
    page.route("**/presence", lambda route: route.fulfill(status=204))
    house.signed_in(page.context, "lead")
    page.goto(address)
    return address


def slow(page: Page, milliseconds: int) -> None:
    """Every answer takes so long from now on."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    conditions = {"offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", conditions)


def section(page: Page, code: str = CODE) -> Locator:
    return page.locator(f"#rating-{code}")


def history(page: Page, sheet: str, code: str = CODE) -> Locator:
    page.goto(f"{sheet}/{code}/history")
    return page.locator(".moments")


def leave(page: Page) -> None:
    """Close the page as a crash does: nothing is asked."""
    page.close(run_before_unload=False)


# --- two at once -----------------------------------------------------------------------------------------


def of_the_second(house: House, new_context: Callable[..., BrowserContext], sheet: str) -> None:
    """Somebody else saves a rationale meanwhile."""
    other = new_context().new_page()
    house.signed_in(other.context, "second")
    other.goto(sheet)
    section(other).get_by_label("Rationale").fill("Of the second.")
    other.keyboard.press("Escape")
    expect(section(other)).to_contain_text("Saved by Second assessor")


def test_a_clash_shows_both_texts_at_once_where_the_fields_were_left_already(
    house: House, page: Page, new_context: Callable[..., BrowserContext], sheet: str
) -> None:
    of_the_second(house, new_context, sheet)
    slow(page, 400)
    section(page).get_by_label("Rationale").click()
    page.keyboard.type("Of the lead.", delay=20)
    page.keyboard.press("Tab")
    page.keyboard.type("§ 9.1", delay=20)
    for _ in range(3):
        page.keyboard.press("Tab")
    merge = section(page).locator(".merge")
    expect(merge).to_contain_text("Of the lead.")
    expect(merge).to_contain_text("Of the second.")
    merge.get_by_role("button", name="Save the merged rating").click()
    expect(merge.locator(".error")).to_contain_text("Choose one of the two")
    merge.get_by_role("group", name="Rationale").get_by_role("radio", name="yours, not saved").check()
    merge.get_by_role("button", name="Save the merged rating").click()
    expect(section(page).get_by_label("Rationale")).to_have_value("Of the lead.")
    expect(section(page).get_by_label("Citation from the standard")).to_have_value("§ 9.1")


def test_a_clash_waits_while_somebody_types_and_then_shows_every_word(
    house: House, page: Page, new_context: Callable[..., BrowserContext], sheet: str
) -> None:
    of_the_second(house, new_context, sheet)
    slow(page, 300)
    section(page).focus()
    page.keyboard.press("1")
    page.keyboard.press("r")
    page.keyboard.type(SENTENCE, delay=20)
    expect(section(page)).to_contain_text("Both are shown when you leave the fields of GV-LE-1.")
    page.keyboard.type(" And more.")
    expect(section(page).get_by_label("Rationale")).to_have_value(f"{SENTENCE} And more.")
    page.keyboard.press("Escape")
    expect(section(page).locator(".merge")).to_contain_text(f"{SENTENCE} And more.")


# --- one alone -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("latency", [150, 300, 400])
def test_nobody_clashes_with_themselves_who_chooses_another_level_and_says_why(
    page: Page, sheet: str, latency: int
) -> None:
    refused: list[int] = []
    page.on("response", lambda each: refused.append(each.status) if each.status >= 400 else None)
    section(page).focus()
    page.keyboard.press("1")
    expect(section(page)).to_contain_text("version 1")
    slow(page, latency)
    page.keyboard.press("3")
    page.wait_for_timeout(latency / 3)
    page.keyboard.press("4")
    page.wait_for_timeout(400)
    page.keyboard.type(SENTENCE, delay=30)
    page.keyboard.press("Escape")
    expect(section(page)).to_contain_text("version 3")
    expect(section(page).get_by_label("Rationale")).to_have_value(SENTENCE)
    assert section(page).locator("input[value=not_applicable]").is_checked()
    assert not refused
    moments = history(page, sheet)
    expect(moments.get_by_role("heading", level=3)).to_have_text(["Version 3 stands now", "Version 2", "Version 1"])


def test_that_something_does_not_apply_is_not_sent_before_it_is_said_why(page: Page, sheet: str) -> None:
    section(page).get_by_role("radio", name="Not applicable").check()
    expect(section(page)).to_contain_text("Not saved yet: say why it does not apply.")
    section(page).get_by_label("Citation from the standard").fill("Clause 4")
    page.keyboard.press("Escape")
    expect(section(page)).to_contain_text("Not saved yet: say why it does not apply.")
    section(page).get_by_role("button", name=f"Save {CODE}").click()
    expect(section(page).locator(".error")).to_contain_text("Say why the criterion does not apply")
    expect(section(page).get_by_label("Citation from the standard")).to_have_value("Clause 4")
    section(page).get_by_label("Rationale").fill("It has no agents.")
    page.keyboard.press("Escape")
    expect(section(page)).to_contain_text("version 1")
    expect(section(page).locator(".error")).to_have_count(0)


@pytest.mark.parametrize("latency", [100, 400])
def test_a_sentence_typed_over_a_slow_network_is_one_version(page: Page, sheet: str, latency: int) -> None:
    slow(page, latency)
    section(page).focus()
    page.keyboard.press("2")
    page.keyboard.press("r")
    page.keyboard.type(SENTENCE, delay=25)
    expect(section(page)).to_contain_text("Not saved yet.")
    page.keyboard.press("Escape")
    expect(section(page)).to_contain_text("version 2")
    slow(page, 0)
    page.reload()
    expect(section(page)).to_contain_text("version 2")
    expect(section(page).get_by_label("Rationale")).to_have_value(SENTENCE)


def test_an_undo_asked_for_during_a_save_follows_it(page: Page, sheet: str) -> None:
    slow(page, 400)
    section(page).focus()
    page.keyboard.press("1")
    page.wait_for_timeout(80)
    page.keyboard.press("u")
    expect(section(page)).to_contain_text("Taken back, as version 2.")
    expect(section(page).locator("input[type=radio]:checked")).to_have_count(0)


def test_an_undo_keeps_what_was_typed_in_the_history_and_brings_it_back(page: Page, sheet: str) -> None:
    section(page).focus()
    page.keyboard.press("2")
    expect(section(page)).to_contain_text("version 1")
    page.context.set_offline(True)
    section(page).get_by_label("Rationale").fill(SENTENCE)
    page.keyboard.press("Escape")
    expect(section(page)).to_contain_text("Not saved: no connection.")
    page.context.set_offline(False)
    page.keyboard.press("u")
    expect(section(page)).to_contain_text("Taken back, as version 3.")
    expect(section(page).get_by_label("Rationale")).to_have_value("")
    page.keyboard.press("u")
    expect(section(page).get_by_label("Rationale")).to_have_value(SENTENCE)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_without_the_register_is_tried_again_like_no_connection(page: Page, sheet: str, status: int) -> None:
    def no_gateway(route: Route) -> None:
        route.fulfill(status=status, body="<html><body>Bad gateway</body></html>", content_type="text/html")

    page.route(f"**/governance/{CODE}", no_gateway, times=1)
    section(page).get_by_label("Rationale").fill(SENTENCE)
    page.keyboard.press("Escape")
    expect(section(page)).to_contain_text("Not saved: no connection. It is tried again")
    expect(section(page)).to_contain_text("version 1", timeout=8000)


def test_a_save_whose_answer_was_lost_is_no_clash_with_oneself(page: Page, sheet: str) -> None:
    def lost(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(f"**/governance/{CODE}", lost, times=1)
    section(page).get_by_label("Rationale").fill("It was stored")
    page.keyboard.press("Escape")
    expect(section(page)).to_contain_text("Not saved: no connection.")
    section(page).get_by_label("Rationale").fill("It was stored, and more was typed.")
    page.keyboard.press("Escape")
    expect(section(page)).to_contain_text("version 2")
    expect(section(page).get_by_label("Rationale")).to_have_value("It was stored, and more was typed.")


# --- a crash, and a session that ends ------------------------------------------------------------------------


def test_what_was_typed_before_a_crash_is_offered_back_with_the_saved_text_beside_it(
    page: Page, sheet: str, axe: Callable[[Page], None]
) -> None:
    section(page).get_by_label("Rationale").fill("What is saved.")
    page.keyboard.press("Escape")
    expect(section(page)).to_contain_text("version 1")
    section(page).get_by_label("Rationale").fill(SENTENCE)
    expect(section(page)).to_contain_text("Not saved yet.")
    context = page.context
    leave(page)
    again = context.new_page()
    again.goto(sheet)
    expect(again.locator("#unsaved").get_by_role("link")).to_have_text([CODE])
    expect(section(again).get_by_label("Rationale")).to_have_value(SENTENCE)
    expect(section(again).locator("[data-offered]")).to_contain_text("What is saved.")
    expect(section(again)).to_contain_text("Not saved yet.")
    whole(again)
    axe(again)
    section(again).get_by_role("button", name="Save what I typed").click()
    expect(section(again)).to_contain_text("version 2")
    expect(again.locator("[data-offered], #unsaved:visible")).to_have_count(0)
    again.reload()
    expect(section(again).get_by_label("Rationale")).to_have_value(SENTENCE)
    expect(again.locator("[data-offered], #unsaved:visible")).to_have_count(0)


def test_what_was_typed_before_a_crash_clashes_with_what_somebody_else_saved_since(
    house: House, page: Page, new_context: Callable[..., BrowserContext], sheet: str
) -> None:
    section(page).get_by_label("Rationale").fill(SENTENCE)
    context = page.context
    leave(page)
    of_the_second(house, new_context, sheet)
    again = context.new_page()
    again.goto(sheet)
    expect(section(again).locator("[data-offered]")).to_contain_text("Of the second.")
    section(again).get_by_role("button", name="Save what I typed").click()
    expect(section(again).locator(".merge")).to_contain_text(SENTENCE)


def test_what_was_typed_can_be_given_up_and_is_forgotten_on_signing_out(page: Page, sheet: str) -> None:
    context = page.context
    context.set_offline(True)
    for code in (CODE, OTHER):
        section(page, code).get_by_label("Rationale").fill(SENTENCE)
    leave(page)
    context.set_offline(False)
    again = context.new_page()
    again.goto(sheet)
    section(again, CODE).get_by_role("button", name="Go back to what is saved").click()
    expect(section(again, CODE).get_by_label("Rationale")).to_have_value("")
    expect(section(again, CODE)).to_contain_text("Nothing entered yet.")
    assert again.evaluate("localStorage.length") == 1
    again.on("dialog", lambda each: each.accept())
    again.get_by_role("button", name="Sign out").click()
    expect(again.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert again.evaluate("localStorage.length") == 0


def test_a_session_that_ends_keeps_the_unsaved_words_of_every_criterion(house: House, page: Page, sheet: str) -> None:
    section(page).focus()
    page.keyboard.press("2")
    expect(section(page)).to_contain_text("version 1")
    with unit_of_work(house.engine) as session:
        accounts.end_sessions(session, person_id=house.person("lead").id)
    for code in (CODE, OTHER):
        section(page, code).get_by_label("Rationale").fill(f"{SENTENCE} {code}")
        page.keyboard.press("Escape")
        expect(section(page, code)).to_contain_text("Not saved: your session is over.")
    section(page).get_by_role("button", name="Sign in and send it again").click()
    email, password = PASSWORDS["lead"]
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Send it again").click()
    page.wait_for_url(f"{sheet}#rating-{CODE}")
    expect(section(page)).to_contain_text("version 2")
    for code in (CODE, OTHER):
        expect(section(page, code).get_by_label("Rationale")).to_have_value(f"{SENTENCE} {code}")
    expect(page.locator("#unsaved").get_by_role("link")).to_have_text([OTHER])
    section(page, OTHER).get_by_role("button", name="Save what I typed").click()
    expect(section(page, OTHER)).to_contain_text("version 1")


# --- without JavaScript ------------------------------------------------------------------------------------


def test_without_javascript_nothing_typed_anywhere_on_the_sheet_is_lost(house: House, plain_page: Page) -> None:
    page, address = plain_page, house.sheet()
    house.signed_in(page.context, "lead")
    page.goto(address)
    section(page, CODE).get_by_label("Rationale").fill("Typed in one.")
    section(page, OTHER).get_by_label("Rationale").fill("Typed in the other.")
    section(page, OTHER).get_by_role("button", name="Preview").click()
    expect(page).to_have_url(f"{address}/{OTHER}#rating-{OTHER}")
    expect(page.get_by_role("link", name=f"Preview of {OTHER}")).to_be_visible()
    expect(section(page, CODE).get_by_label("Rationale")).to_have_value("Typed in one.")
    section(page, "GV-AS-2").get_by_role("radio", name="Not applicable").check()
    section(page, OTHER).get_by_role("button", name=f"Save {OTHER}").click()
    expect(page).to_have_title(f"Error: {page.title().removeprefix('Error: ')}")
    summary = page.locator(".errors").first
    expect(summary).to_contain_text("1 criterion not saved")
    summary.get_by_role("link", name="GV-AS-2: Say why the criterion does not apply").click()
    expect(page).to_have_url(f"{address}/{OTHER}#rating-GV-AS-2")
    for code, words in ((CODE, "Typed in one."), (OTHER, "Typed in the other.")):
        expect(section(page, code).get_by_label("Rationale")).to_have_value(words)
        expect(section(page, code)).to_contain_text("version 1")
    section(page, CODE).get_by_label("Rationale").fill("Taken back.")
    section(page, "GV-AS-2").get_by_label("Rationale").fill("It has none.")
    section(page, CODE).get_by_role("button", name="Undo").click()
    expect(page).to_have_url(f"{address}#rating-{CODE}")
    expect(section(page, CODE).get_by_label("Rationale")).to_have_value("Typed in one.")
    expect(section(page, "GV-AS-2")).to_contain_text("version 1")
    section(page, CODE).get_by_role("button", name="Undo").click()
    expect(section(page, CODE).get_by_label("Rationale")).to_have_value("Taken back.")
