"""No public address vanishes silently, nothing is public unlisted, and no link leads nowhere."""

from __future__ import annotations

import re
from collections import deque
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
import pytest

from alignment.web import app
from tests.web.routes import listed
from tests.web.site import Site, site_on_copy

# The working areas: nothing in them answers 200 to somebody who has not signed in, but what is open.
WORKING = (
    "account", "actions", "calendar", "decisions", "evidence", "following", "keeping", "log", "monitoring", "notices",
    "people", "publishing", "records", "reminders", "report", "reports", "rounds", "work",
)  # fmt: skip
WORKING_PAGES = {"/brands/import"}
OPEN = {
    "/account/sign-in", "/account/invitation/{value:str}", "/decisions", "/report", "/report/{number:str}",
    "/static/{name:str}", "/subscribe/confirm/{value:str}", "/subscribe/leave/{value:str}",
}  # fmt: skip


@pytest.fixture(scope="module")
def site(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The register with the worked example beside it."""
    return site_on_copy(sqlite_example, tmp_path_factory)


def get_routes() -> list[str]:
    """The templates of every address that can be read."""
    return sorted(
        {route.path for router in app.ROUTERS for route in router.routes if "GET" in getattr(route, "methods", ())}
    )


def working(path: str) -> bool:
    return path in WORKING_PAGES or (path.split("/")[1] in WORKING and path not in OPEN)


# --- the list --------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", listed("pages", "files", "operators"))
def test_a_listed_address_answers(site: Site, address: str) -> None:
    answer = site.get(address)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers or address.startswith("/account")
    assert answer.content


@pytest.mark.parametrize("address", listed("pages"))
def test_a_listed_page_is_a_page(site: Site, address: str) -> None:
    answer = site.get(address)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<!doctype html>")
    assert answer.text.count("<h1") == 1
    assert len(re.findall(r'\bid="([^"]+)"', answer.text)) == len(set(re.findall(r'\bid="([^"]+)"', answer.text)))


@pytest.mark.parametrize("address", [each for each in listed("files") if "." in each and "icon" not in each])
def test_a_listed_file_is_no_page(site: Site, address: str) -> None:
    assert "html" not in site.get(address).headers["content-type"]


@pytest.mark.parametrize("address", listed("moved"))
def test_what_has_moved_leads_to_a_listed_page(site: Site, address: str) -> None:
    answer = site.get(address)
    assert answer.status_code == 301
    assert answer.headers["location"] in listed("pages")


def test_the_list_is_sorted_into_sections_and_names_nothing_twice() -> None:
    assert sorted(listed()) == sorted(set(listed()))
    assert len(listed("pages", "files", "moved", "operators")) == len(listed())


def test_every_address_that_is_not_for_work_stands_in_the_list() -> None:
    paths = {urlsplit(address).path for address in listed()}
    unlisted = [
        route
        for route in get_routes()
        if not working(route)
        and route not in OPEN
        and not any(re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", route).replace(".", r"\."), path) for path in paths)
    ]
    assert unlisted == []


def test_nothing_in_the_working_areas_is_public(site: Site) -> None:
    routes = [route for route in get_routes() if working(route)]
    assert len(routes) > 5
    shown = [route for route in routes if site.get(re.sub(r"\{[^}]*\}", "x", route)).status_code == 200]
    assert shown == []


# --- links -----------------------------------------------------------------------------------------


_TAG = re.compile(r'<(a|link|area|script|img|form)\b((?:[^">]|"[^"]*")*)>')
_GIVEN = re.compile(r'\s([\w:-]+)="([^"]*)"')
_ID = re.compile(r'<[^<>]*\sid="([^"]*)"')


class Links:
    """Where a page leads, what it loads, and what on it can be led to."""

    def __init__(self, page: str) -> None:
        self.ids = set(map(unescape, _ID.findall(page)))
        self.addresses: set[str] = set()
        for tag, said in _TAG.findall(page):
            given = {name: unescape(value) for name, value in _GIVEN.findall(said)}
            if tag in ("a", "link", "area") and "href" in given and given.get("rel") != "canonical":
                self.addresses.add(given["href"])
            if tag in ("script", "img") and "src" in given:
                self.addresses.add(given["src"])
            if tag == "form" and given.get("method", "get") == "get":
                self.addresses.add(given.get("action", ""))


def internal(found: str, here: str) -> str | None:
    """The address on this site that a link leads to, as seen from a page; None for another site."""
    there = urljoin(f"http://register.example{here}", found)
    split = urlsplit(there)
    if split.scheme not in ("http", "https") or split.netloc != "register.example":
        return None
    return there.removeprefix("http://register.example") or "/"


class Crawl:
    """Follows every link once, with its query and without."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.answers: dict[str, httpx.Response] = {}
        self.links: dict[str, Links] = {}
        self._read: dict[bytes, Links] = {}
        self.faults: list[str] = []

    def ask(self, address: str) -> httpx.Response:
        if address not in self.answers:
            self.answers[address] = self._site.get(address)
        return self.answers[address]

    def follow(self, start: list[str], *, whole: int) -> None:
        """From these pages on to ``whole`` pages in all."""
        waiting = deque(start)
        while waiting and len(self.links) < whole:
            here = waiting.popleft()
            answer = self.ask(here)
            if here in self.links or not answer.headers["content-type"].startswith("text/html"):
                continue
            links = self.links[here] = self.read(answer)
            for found in sorted(links.addresses):
                if (there := internal(found, here)) is not None:
                    self.judge(there, here)
                    path = urlsplit(there).path
                    if path not in self.links:
                        waiting.append(path)

    def read(self, page: httpx.Response) -> Links:
        """The links of a page; many lead to the same one, which is read once."""
        address = page.request.url.raw_path
        if address not in self._read:
            self._read[address] = Links(page.text)
        return self._read[address]

    def judge(self, there: str, here: str) -> None:
        address, _ = urldefrag(there)
        for asked in dict.fromkeys((address, urlsplit(address).path)):
            if self.ask(asked).status_code != 200:
                self.faults.append(f"{here} leads to {asked}, which answers {self.ask(asked).status_code}")

    def fragments(self) -> list[str]:
        """Links to a place on a page that has no such place."""
        return [
            f"{here} leads to {there}"
            for here, links in self.links.items()
            for found in sorted(links.addresses)
            if (there := internal(found, here)) and (place := urldefrag(there)[1])
            if (page := self.answers.get(urldefrag(there)[0])) and "html" in page.headers["content-type"]
            if place not in self.read(page).ids
        ]


@pytest.fixture(scope="module")
def crawl(site: Site) -> Crawl:
    crawl = Crawl(site)
    crawl.follow(listed("pages"), whole=250)
    return crawl


def test_no_link_leads_nowhere_with_its_query_and_without(crawl: Crawl) -> None:
    assert crawl.faults == []
    assert len(crawl.links) > 100


def test_no_link_leads_to_a_place_that_its_page_does_not_have(crawl: Crawl) -> None:
    assert crawl.fragments() == []


def test_every_page_that_is_linked_and_every_file_it_loads_is_found_without_a_cookie(crawl: Crawl) -> None:
    cookies = [
        address
        for address, answer in crawl.answers.items()
        if "set-cookie" in answer.headers and not address.startswith("/account")
    ]
    assert cookies == []


def test_no_page_links_to_a_working_area_but_the_way_in(crawl: Crawl) -> None:
    assert [address for address in crawl.answers if working(urlsplit(address).path)] == []


def test_the_crawler_sees_a_dead_link(site: Site) -> None:
    crawl = Crawl(site)
    crawl.judge("/programmes/no-such-programme?as_at=2024-09-30", "/")
    assert crawl.faults == [
        "/ leads to /programmes/no-such-programme?as_at=2024-09-30, which answers 404",
        "/ leads to /programmes/no-such-programme, which answers 404",
    ]


def test_other_sites_are_left_alone() -> None:
    assert internal("https://www.lme.com/x", "/") is None
    assert internal("mailto:register@scheme.example", "/") is None
    assert internal("#main", "/sources") == "/sources#main"
    assert internal("?q=x", "/search") == "/search?q=x"
    assert internal("", "/coverage") == "/coverage"
