"""A publisher composes and publishes a market update in a real browser, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from alignment.database import make_engine, unit_of_work
from alignment.domain.people import SYSTEM, Role
from alignment.services import people
from tests.browser.conftest import serving
from tests.conftest import sqlite_file
from tests.working import PASSWORD, make_person


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with the seeds."""
    return sqlite_file(tmp_path_factory.mktemp("desk") / "desk.sqlite3", seeds_at=datetime.now(UTC))


@pytest.fixture(scope="module")
def desk(database: Path) -> Iterator[str]:
    """The address of a server where a publisher may sign in."""
    now = datetime.now(UTC)
    engine = make_engine(f"sqlite:///{database}")
    with unit_of_work(engine) as session:
        make_person(session, "Paula", "lme", Role.PUBLISHER, password=PASSWORD, now=now)
    engine.dispose()
    with serving(database) as address:
        yield address


def sign_in(page: Page, desk: str) -> None:
    page.goto(f"{desk}/account/sign-in")
    page.locator("[name=email]").fill("paula@people.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()


def waive(page: Page, check: str) -> None:
    form = page.locator(f"form:has(input[name=check][value={check}])")
    page.locator("details", has=form).locator("summary").click()
    form.get_by_label("Reason").fill("Known, and said so.")
    form.get_by_role("button").click()


def test_an_update_is_composed_checked_previewed_and_published(
    page: Page, desk: str, axe: Callable[[Page], None]
) -> None:
    sign_in(page, desk)
    page.goto(f"{desk}/publishing")
    axe(page)
    page.get_by_role("link", name="Begin a market update").first.click()
    text = page.get_by_label("Text", exact=True)
    text.fill("Before.\n\nAfter.\n")
    text.evaluate("field => field.setSelectionRange(7, 7)")
    page.get_by_role("button", name="Insert {table: status}").click()
    expect(text).to_have_value("Before.\n\n{table: status}\n\nAfter.\n")
    page.get_by_role("button", name="Begin the draft").last.click()
    draft = page.url
    axe(page)
    for check in ("stale", "decision-due"):
        waive(page, check)
    page.goto(f"{draft}/preview")
    expect(page.get_by_text("Nothing is published yet")).to_be_visible()
    page.goto(draft)
    page.get_by_role("button", name="Publish ").click()
    expect(page.get_by_text("Checks waived")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="What it says differently from 2024-09").click()
    axe(page)


def test_without_scripts_the_server_inserts_and_nothing_is_missing(plain_page: Page, desk: str) -> None:
    sign_in(plain_page, desk)
    plain_page.goto(f"{desk}/publishing/new")
    plain_page.get_by_label("Number", exact=True).fill("2024-09-2")
    plain_page.get_by_label("Table as at", exact=True).fill("2024-09-30")
    plain_page.get_by_label("Text", exact=True).fill("Words.")
    plain_page.get_by_role("button", name="Insert {table: actions}").click()
    expect(plain_page.get_by_label("Text", exact=True)).to_have_value("Words.\n\n{table: actions}\n")
    plain_page.get_by_role("button", name="Begin the draft").last.click()
    plain_page.get_by_role("button", name="Publish 2024-09-2").click()
    expect(plain_page.get_by_role("heading", level=1)).to_contain_text("Track A standard alignment assessments")
    assert plain_page.url.endswith("/publications/2024-09-2")


def test_whoever_is_invited_chooses_a_password_and_signs_in(page: Page, desk: str, database: Path) -> None:
    engine = make_engine(f"sqlite:///{database}")
    with unit_of_work(engine) as session:
        secret = people.invite(
            session, actor=SYSTEM, email="ivo@people.example", name="Ivo", organisation_id="lme", role=Role.PUBLISHER,
            now=datetime.now(UTC),
        )  # fmt: skip
    engine.dispose()
    page.goto(f"{desk}/account/invitation/{secret}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    page.get_by_label("E-mail address").fill("ivo@people.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My work")
