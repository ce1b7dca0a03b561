"""Real Chromium on a real server: ``page`` is open on it, ``axe`` judges accessibility."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from alignment.database import make_engine
from alignment.demo import prepare_demo
from tests.browser.house import House
from tests.conftest import sqlite_file
from tests.postgres import free_port

SECONDS_TO_START = 60

# Quiet, and nothing asked of any other machine.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]

# WCAG 2.2 at level AA holds all that came before it.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What another colour scheme, or a narrow window, can change: the rest is the same document.
OF_COLOUR = ["color-contrast", "link-in-text-block"]
OF_LAYOUT = ["target-size", "scrollable-region-focusable"]
NARROWEST = 320


def chromium_here() -> str:
    """Debian’s Chromium, not one of Playwright’s own; the one without windows takes a third of the time."""
    found = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)
    assert found, "there is no Chromium here: “make test” installs Debian's"
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium_here(), "args": FLAGS}


@pytest.fixture(scope="session")
def live_register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the seeds, to copy. Servers have the real time, so nothing in it is of the tests' future."""
    return sqlite_file(tmp_path_factory.mktemp("live") / "live.sqlite3", seeds_at=datetime.now(UTC))


@pytest.fixture(scope="session")
def live_server(live_register: Path) -> Iterator[str]:
    """The address of a running server with the seeds loaded, one per process of the test run."""
    with serving(live_register) as address:
        yield address


@contextmanager
def serving(database: Path, **settings: str) -> Iterator[str]:
    """The address of a server on an SQLite file, with its settings in their own words: ALIGNMENT_DEMO="1"."""
    port = free_port()
    # Nothing but what is said here: whoever runs the tests may have settings of their own.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ALIGNMENT_")}
    log = database.with_name("log")
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "alignment", "serve", "--port", str(port)],
            cwd=database.parent,
            env={**inherited, "ALIGNMENT_DATABASE_URL": f"sqlite:///{database}", **settings},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_ready(process, address, log)
        yield address
    finally:
        process.terminate()
        process.wait(15)


def wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Return once ``/readyz`` answers 200; fail with the server's own words if it ends or stays silent."""
    until = time.monotonic() + SECONDS_TO_START
    last = "nothing"
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return
        except urllib.error.HTTPError as refusal:
            last = f"{refusal.code} {refusal.read(500).decode(errors='replace')}"
            refusal.close()
        except OSError:
            pass
        time.sleep(0.05)
    said = log.read_text(errors="replace")
    pytest.fail(f"{address}/readyz did not become ready; its last answer: {last}\n{said}", pytrace=False)


@pytest.fixture(scope="session")
def base_url(live_server: str) -> str:
    """``page.goto("/status.csv")`` goes to the running server."""
    return live_server


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A new page; a fault in its scripts, or something its security policy refused, fails the test."""
    page = context.new_page()
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A page that answers 404 or 422 on purpose is no fault of its scripts.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            faults.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert not faults, f"the browser reports faults at {page.url}: {faults}"


@pytest.fixture
def plain_page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page in a browser with JavaScript off."""
    return new_context(java_script_enabled=False).new_page()


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """``axe(page)`` fails, saying what and where, unless the page keeps WCAG 2.2 AA and best practice.

    In both colour schemes, and at the smallest width, where nothing may be wider than the window.
    """
    return assert_accessible


def assert_accessible(page: Page) -> None:
    before = page.viewport_size or {"width": 1280, "height": 720}
    page.emulate_media(color_scheme="light")
    judge(page, {"type": "tag", "values": RULES})
    page.emulate_media(color_scheme="dark")
    judge(page, {"type": "rule", "values": OF_COLOUR})
    page.set_viewport_size({"width": NARROWEST, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, f"{page.url} is wider than the window"
    judge(page, {"type": "rule", "values": OF_LAYOUT})
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(before)


def judge(page: Page, only: dict[str, Any]) -> None:
    found = Axe().run(
        page,
        options={
            "resultTypes": ["violations"],
            "runOnly": only,
            "rules": {"target-size": {"enabled": True}},  # off unless asked for, and part of 2.2 AA
        }
        if only["type"] == "tag"
        else {"resultTypes": ["violations"], "runOnly": only},
    )
    violations = found.response["violations"]
    if violations:
        told = "\n".join(line for each in violations for line in tell(each))
        pytest.fail(f"{page.url} breaks {len(violations)} accessibility rules:\n{told}", pytrace=False)


def tell(violation: dict[str, Any]) -> Iterator[str]:
    """A violation for people: the rule, then each place with what to do there."""
    yield f"- {violation['id']} ({violation['impact']}): {violation['help']}"
    for node in violation["nodes"]:
        yield f"    at {' > '.join(map(str, node['target']))}"
        yield f"       {node['html'][:160]}"
        yield from (f"       {line.strip()}" for line in node["failureSummary"].splitlines())


@pytest.fixture(scope="module")
def house(live_register: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One server with the worked example and its demonstration people."""
    path = tmp_path_factory.mktemp("house") / "house.sqlite3"
    shutil.copyfile(live_register, path)
    engine = make_engine(f"sqlite:///{path}")
    prepare_demo(engine, now=datetime.now(UTC))
    with serving(path, ALIGNMENT_DEMO="1") as address:
        yield House(address, engine)
    engine.dispose()
