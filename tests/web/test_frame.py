"""The frame of every page, its components, its errors and its files, as a reader's browser gets them."""

from __future__ import annotations

import re
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
import uvicorn
from jinja2 import FileSystemLoader, UndefinedError
from litestar import Litestar, MediaType, get, post
from litestar.exceptions import HTTPException, NotAuthorizedException, NotFoundException, TooManyRequestsException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from playwright.sync_api import Browser, Page, Playwright

from alignment.domain.catalogue import Part
from alignment.domain.decision import Approval
from alignment.domain.rating import Level
from alignment.domain.refusal import Faults, Refusal
from alignment.domain.when import Precision, When
from alignment.web import errors
from alignment.web.frozen import Frozen
from alignment.web.render import PUBLIC, Feed, Frame, Pages, Place, age, day, md, mdline, moment, since, when
from alignment.web.static import FOLDER, Assets
from tests.browser.conftest import FLAGS, assert_accessible, chromium_here

HERE = Path(__file__).parent
TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 14, 6, tzinfo=UTC)
BY = When(date(2024, 9, 30), Precision.BY)


@dataclass(frozen=True)
class Look:
    """A word with its tone and mark, as the enums of the domain carry them."""

    label: str
    tone: str
    mark: str


DONE = Look("Complete", "open", "m-done")
UNDER_WAY = Look("In progress", "open", "m-open")
UNPUBLISHED = Look("Not published", "unknown", "m-unknown")
FULLY = Look("Fully", "full", "m-full")
PARTIALLY = Look("Partially", "part", "m-part")

COVERED = Look("Covered", "full", "v-yes")
ON_CONDITION = Look("Covered, conditionally", "full", "v-cond")
PARTLY = Look("Partly covered", "part", "v-part")
NOT_COVERED = Look("Not covered", "not", "v-no")
NOT_KNOWN = Look("Not known", "unknown", "v-unknown")
OUT = Look("Out of scope", "na", "m-na")


def parts(standards: Look, implementation: Look) -> list[tuple[Part, Look]]:
    return list(zip(Part, (standards, implementation, UNPUBLISHED), strict=True))


def counts(*numbers: int | None) -> list[tuple[str, int | None]]:
    return list(zip(("full", "part", "not", "na", "unknown"), numbers, strict=True))


def demo() -> SimpleNamespace:
    """Fictional facts for every component."""
    span = SimpleNamespace
    source = span(title="Example memo", place="section 3.2", date=BY, certainty="found", href="#so", own=False)
    return span(
        today=TODAY,
        now=NOW,
        by=BY,
        start=date(2020, 1, 1),
        end=date(2026, 12, 31),
        levels=list(Level),
        source=source,
        rows=[
            span(
                name="Example Standard for Aluminium", process="assessed with the Example Process",
                metals="aluminium", parts=parts(DONE, UNDER_WAY), approval=Approval.CONDITIONALLY_APPROVED,
                since=When(date(2022, 8, 1), Precision.MONTH),
                sentence="Standard assessment complete; implementation assessment in progress",
            ),
            span(
                name="Example Standard for Copper and Nickel", process="assessed with the Example Process",
                metals="copper, nickel", parts=parts(FULLY, PARTIALLY), approval=Approval.APPROVED, since=BY,
                sentence="Alignment assessment complete; Standard rating is 'Fully Aligned' and "
                "Implementation rating is 'Partially Aligned' with corrective actions underway",
            ),
            span(
                name="Example Guidance for Gold", process="by recognition of another authority",
                metals="gold, at refineries of several metals", parts=[], approval=Approval.SUSPENDED,
                since=When(date(2023, 1, 1)),
                sentence="Awaiting outcome of the Recognition of Equivalence",
            ),
        ],
        sections=[
            ("A Overarching principles", counts(3, 8, 1, 0, 0)),
            ("B Step 1 Management systems", counts(14, 2, 0, 3, 0)),
            ("C Programme’s own responsibilities", counts(None, None, None, None, 16)),
        ],
        verdicts=[COVERED, ON_CONDITION, PARTLY, NOT_COVERED, NOT_KNOWN, OUT],
        coverage=[
            ("1.A", "Supply chain policy", [COVERED, ON_CONDITION, OUT]),
            ("1.B", "Management and resources", [PARTLY, NOT_KNOWN, OUT]),
            ("1.C", "Controls and transparency over the chain", [NOT_COVERED, ON_CONDITION, OUT]),
        ],
        heat=[("full", "1.A: covered")] * 8 + [("part", "2.A: partly")] * 4 + [("not", "3.A: not")] * 2
        + [("unknown", "4.A: not known")] * 2,
        actions=[
            ("Shorter assessment cycles", "Implemented, as reported", 4, None),
            ("Stronger technical assistance", "Under way", 3, date(2027, 3, 31)),
            ("Repeat findings at one site", "Proposed", 1, None),
        ],
        series=[("open", "Proposed"), ("part", "Under way"), ("full", "Verified")],
        quarters=[
            ("2025 Q1", [4, 2, 0]), ("2025 Q2", [3, 3, 0]), ("2025 Q3", [1, 4, 1]), ("2025 Q4", [1, 3, 2]),
            ("2026 Q1", [0, 3, 3]), ("2026 Q2", [0, 2, 4]), ("2026 Q3", [0, 1, 5]),
        ],
        lanes=[
            span(label="LME approval: conditional", spans=[
                span(tone="unknown", since=date(2020, 1, 1), until=date(2024, 9, 30), stale=False),
                span(tone="part", since=date(2024, 9, 30), until=date(2025, 9, 30), stale=False),
                span(tone="part", since=date(2025, 9, 30), until=TODAY, stale=True),
            ]),
            span(label="Standards part: fully aligned", spans=[
                span(tone="open", since=date(2021, 3, 1), until=date(2023, 1, 1), stale=False),
                span(tone="full", since=date(2023, 1, 1), until=TODAY, stale=False),
            ]),
        ],
        events=[
            span(when=When(date(2025, 10, 16)), who="European Commission", mark="e-dot", tone="",
                 title="Recognised", text="An LME decision is due; the approval is unchanged."),
            span(when=None, who="Alignment assessor", mark="m-part", tone="part",
                 title="Overall result", text="Partially aligned."),
        ],
        faults={"due": "The 31st of February is no day: enter a date or leave it empty.",
                "cause": "Say what the root cause is, in at least one sentence."},
        problem=errors.problem_of(Refusal("An assessor never decides.")),
        markdown="Some **prose**, a [link](/sources).\n\n- one\n- two\n\n| a | b |\n|---|--:|\n| x | 1 |\n",
    )  # fmt: skip


def made_pages() -> Pages:
    frame = Frame(
        origin="https://register.example",
        nav=PUBLIC,
        foot=(Place("Sources and their age", "/sources"),),
        feeds=(Feed("Changes", "/feed.atom"),),
        sign_in="/account/sign-in",
    )
    pages = Pages(frame=frame)
    pages.env.loader = FileSystemLoader([pages.folder, HERE])
    return pages


@pytest.fixture(scope="module")
def pages() -> Pages:
    return made_pages()


class Clash(Refusal):
    """A refusal that says it is about a newer version."""

    status = 409


def routes(pages: Pages) -> list[HTTPRouteHandler]:
    """An application that fails in every way, and shows every component."""

    @get("/demo", media_type=MediaType.HTML, sync_to_thread=False)
    def shown() -> str:
        return pages.render("demo.html", {"demo": demo()}, here="/demo")

    @get(["/fail/{status:int}", "/api/v1/fail/{status:int}"], sync_to_thread=False)
    def fail(status: FromPath[int]) -> None:
        raise HTTPException(status_code=status)

    @get(["/refused", "/refused.json"], sync_to_thread=False)
    def refused() -> None:
        raise Refusal("An assessor never decides.")

    @get(["/clash"], sync_to_thread=False)
    def clash() -> None:
        raise Clash("The rating was changed at 14:06.")

    @post(["/faults", "/api/v1/faults"], sync_to_thread=False)
    def faults() -> None:
        raise Faults(["line 3: “9” is no level", "line 7: <b>bold</b> is no level"])

    @get(["/broken", "/api/v1/broken", "/private/{secret:str}"], sync_to_thread=False)
    def broken() -> None:
        raise ZeroDivisionError("the secret of the house")

    @get(["/dated", "/api/v1/dated"], sync_to_thread=False)
    def dated(as_at: FromQuery[date]) -> str:
        return as_at.isoformat()

    @get("/api/v1/private", sync_to_thread=False)
    def private() -> None:
        raise NotAuthorizedException()

    @get("/busy", sync_to_thread=False)
    def busy() -> None:
        raise TooManyRequestsException(headers={"retry-after": "60"})

    return [shown, fail, refused, clash, faults, broken, dated, private, busy]


@pytest.fixture(scope="module")
def address(pages: Pages) -> Iterator[str]:
    """A running server with these routes, behind the layer that every answer passes."""
    app = Litestar(
        [*routes(pages), pages.assets.handler()],
        exception_handlers=errors.handlers(pages),
        openapi_config=None,
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(Frozen(app, lambda: 0), loop="asyncio", ws="none", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until = time.monotonic() + 20
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        assert server.started
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address) as client:
        yield client


class Outline(HTMLParser):
    """Tags, attributes and ids of a page, as a browser's parser would meet them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def outline(pages: Pages) -> Outline:
    return Outline(pages.render("demo.html", {"demo": demo()}, here="/demo"))


# --- the frame ------------------------------------------------------------------------------------


def test_every_template_compiles(pages: Pages) -> None:
    names = pages.env.list_templates(extensions=["html"])
    assert len([pages.env.get_template(name) for name in names]) >= 15


def test_pages_are_made_without_a_place_for_compiled_templates_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise OSError("no temporary folder")

    monkeypatch.setattr(tempfile, "gettempdir", refuse)
    assert "There is no such page" in Pages().render("error.html", {"problem": errors.problem_of(NotFoundException())})


def test_a_page_names_itself_its_language_and_its_canonical_address(pages: Pages) -> None:
    page = pages.render("demo.html", {"demo": demo()}, here="/demo?as_at=2024-09-30&x=1")
    assert page.startswith('<!doctype html>\n<html lang="en-GB">')
    assert "<title>Every component · Track A alignment register</title>" in page
    assert '<link rel="canonical" href="https://register.example/demo?as_at=2024-09-30&amp;x=1">' in page
    assert '<link rel="alternate" type="application/atom+xml" title="Changes" href="/feed.atom">' in page


def test_a_page_links_to_nothing_in_its_frame_but_what_the_frame_lists(pages: Pages) -> None:
    bare = pages.render("error.html", {"problem": errors.problem_of(HTTPException(status_code=404))}, frame=Frame())
    links = {attributes["href"] for attributes in Outline(bare).all("a")}
    assert links == {"#main", "/"}


@pytest.mark.parametrize(
    ("here", "marked"),
    [
        ("/", {"/": "page"}),
        ("/?as_at=2024-09-30", {"/": "page"}),
        ("/programmes/example", {"/": "true"}),
        ("/criteria/example-2018/OP-01", {"/criteria": "true"}),
        ("/coverage", {"/coverage": "page"}),
        ("/coverage-of-something-else", {}),
    ],
)
def test_the_navigation_marks_where_the_reader_is(pages: Pages, here: str, marked: dict[str, str]) -> None:
    page = pages.render("demo.html", {"demo": demo()}, here=here)
    nav = page[page.index('<ul class="nav">') : page.index("</ul></nav>")]
    assert dict(re.findall(r'<a href="([^"]+)" aria-current="([^"]+)"', nav)) == marked


def test_a_page_holds_no_script_and_no_style_of_its_own(outline: Outline) -> None:
    assert [attributes for attributes in outline.all("script") if not attributes.get("src")] == []
    assert outline.all("style") == []
    for _, attributes in outline.tags:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_every_id_is_used_once_and_everything_referred_to_exists(outline: Outline) -> None:
    ids = [str(attributes["id"]) for _, attributes in outline.tags if "id" in attributes]
    assert sorted(ids) == sorted(set(ids))
    for _, attributes in outline.tags:
        for name in ("aria-labelledby", "aria-describedby", "for", "hx-target"):
            for id_ in (attributes.get(name) or "").removeprefix("#").split():
                assert id_ in ids, f"{name} refers to {id_}"
        if (attributes.get("href") or "").startswith("#"):
            assert str(attributes["href"])[1:] in ids


def test_what_people_wrote_is_shown_and_not_obeyed(pages: Pages) -> None:
    facts = demo()
    facts.rows[0].name = "<script>alert(1)</script>"
    page = pages.render("demo.html", {"demo": facts})
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_name_that_the_page_was_not_given_is_a_mistake_and_no_blank(pages: Pages) -> None:
    with pytest.raises(UndefinedError):
        pages.render("error.html", {})


# --- words for dates ------------------------------------------------------------------------------


def test_dates_are_printed_as_exactly_as_they_are_known() -> None:
    assert when(When(date(2025, 10, 16))) == '<time datetime="2025-10-16">16 October 2025</time>'
    assert when(When(date(2022, 8, 1), Precision.MONTH)) == '<time datetime="2022-08">August 2022</time>'
    assert when(When(date(2021, 1, 1), Precision.YEAR)) == '<time datetime="2021">2021</time>'
    assert when(BY) == 'by <time datetime="2024-09">September 2024</time>'
    assert since(BY) == 'By <time datetime="2024-09">September 2024</time>'
    assert since(When(date(2023, 1, 1))) == 'Since <time datetime="2023-01-01">1 January 2023</time>'
    assert day(TODAY) == '<time datetime="2026-11-21">21 November 2026</time>'
    assert moment(NOW) == '<time datetime="2026-11-21T14:06:00Z">21 November 2026, 14:06 UTC</time>'
    assert moment(NOW.replace(tzinfo=None)) == moment(NOW)


def test_what_is_not_known_is_printed_as_not_known() -> None:
    assert {day(None), when(None), moment(None)} == {'<span class="dim">not known</span>'}
    assert "Start not known" in since(None)
    assert age(None, TODAY) == "not known"


def test_an_age_since_an_unknown_beginning_is_at_least_that() -> None:
    assert age(BY, TODAY) == "at least 2 years, 1 month"
    assert age(When(date(2022, 8, 1), Precision.MONTH), date(2024, 9, 30)) == "2 years, 1 month"
    assert age(date(2026, 11, 21), TODAY) == "today"


def test_markdown_becomes_html_and_raw_html_in_it_does_not() -> None:
    assert "<strong>bold</strong>" in md("**bold**")
    assert "<script>" not in md("<script>alert(1)</script>")
    assert mdline("one *line*") == "one <em>line</em>"


# --- what the browser makes of it -----------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium_here(), args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def opened(chromium: Browser, address: str) -> Iterator[Page]:
    """The page of all components; anything its security policy refuses fails the test."""
    page = chromium.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{address}/demo")
    yield page
    page.close()
    assert faults == []


def test_every_component_is_accessible_in_both_schemes_wide_and_narrow(opened: Page) -> None:
    assert_accessible(opened)


def test_an_error_is_as_accessible_as_any_page(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/fail/500")
    assert_accessible(page)
    page.close()


@pytest.mark.parametrize("width", [1280, 640, 320])
def test_the_page_never_scrolls_sideways(chromium: Browser, address: str, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 700})
    page.goto(f"{address}/demo")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_every_mark_and_pattern_that_is_used_is_in_the_sprite(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/demo")
    missing = page.evaluate(
        """[...document.querySelectorAll("use")].map(e => e.getAttribute("href"))
           .filter(h => !document.querySelector(h))"""
    )
    unpainted = page.evaluate(
        """[...document.querySelectorAll("svg:not(.sprite) rect")]
           .map(e => getComputedStyle(e).fill.match(/url\\("?(#[a-z]+)/))
           .filter(m => m && !document.querySelector(m[1]))"""
    )
    page.close()
    assert (missing, unpainted) == ([], [])


def test_the_skip_link_is_the_first_thing_that_the_keyboard_reaches(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/demo")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.close()


def test_on_paper_the_page_is_light_and_without_controls(chromium: Browser, address: str) -> None:
    page = chromium.new_page(color_scheme="dark")
    page.goto(f"{address}/demo")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for selector in (".nav", ".filters", ".pager", ".links"):
        assert not page.locator(selector).first.is_visible(), selector
    page.close()


# --- saying no ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", sorted(errors.SAYINGS))
def test_every_error_is_a_page_that_says_what_happened_and_what_to_do_next(client: httpx.Client, status: int) -> None:
    answer = client.get(f"/fail/{status}")
    title, detail, then = errors.SAYINGS[status]
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    for words in (title, detail, then):
        assert words in answer.text


@pytest.mark.parametrize("status", sorted(errors.SAYINGS))
def test_every_error_of_the_api_is_a_problem(client: httpx.Client, status: int) -> None:
    answer = client.get(f"/api/v1/fail/{status}")
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert (problem["title"], problem["detail"], problem["next"]) == errors.SAYINGS[status]
    assert problem["instance"] == f"/api/v1/fail/{status}"


@pytest.mark.parametrize(("unusual", "shown"), [(418, 400), (410, 400), (507, 500)])
def test_an_unusual_status_is_answered_as_the_plainest_of_its_kind(
    client: httpx.Client, unusual: int, shown: int
) -> None:
    assert client.get(f"/fail/{unusual}").status_code == shown


@pytest.mark.parametrize("path", ["/nothing", "/static/app.000000000000.css", "/static/", "/programmes/<b>x</b>"])
def test_an_unknown_address_is_a_plain_page(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert "<b>x</b>" not in answer.text


@pytest.mark.parametrize("path", ["/nothing.json", "/api/v1/nothing", "/api"])
def test_an_unknown_address_for_programs_is_a_problem(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["title"]) == (404, "There is no such page")


def test_a_fault_of_ours_has_a_number_and_no_trace(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    page = client.get("/broken")
    problem = client.get("/api/v1/broken").json()
    assert page.status_code == problem["status"] == 500
    for text in (page.text, str(problem)):
        assert not re.search("secret|Traceback|ZeroDivision", text)
    numbers = re.findall(r"incident ([0-9a-f]{8}): GET", caplog.text)
    assert len(numbers) == 2
    assert numbers[0] in page.text
    assert numbers[1] == problem["incident"]


def test_the_log_of_a_fault_names_the_kind_of_address_and_no_secret_in_it(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get("/private/hunter2").status_code == 500
    logged = [record.getMessage() for record in caplog.records if record.name == "alignment.web"]
    assert len(logged) == 1
    assert logged[0].endswith(": GET /private/{secret}")


def test_a_refusal_is_answered_with_its_reason(client: httpx.Client) -> None:
    page = client.get("/refused")
    assert page.status_code == 403
    assert "An assessor never decides." in page.text
    assert client.get("/refused.json").json()["detail"] == "An assessor never decides."
    assert client.get("/clash").status_code == 409


def test_a_refusal_cannot_choose_a_status_that_is_no_refusal() -> None:
    class Odd(Refusal):
        status = 200

    assert errors.status_of(Odd("no")) == 403


def test_every_fault_of_what_was_sent_is_listed(client: httpx.Client) -> None:
    page = client.post("/faults")
    assert page.status_code == 422
    assert "line 3: “9” is no level" in page.text
    assert "&lt;b&gt;bold&lt;/b&gt;" in page.text
    assert client.post("/api/v1/faults").json()["faults"] == [
        "line 3: “9” is no level",
        "line 7: <b>bold</b> is no level",
    ]


def test_a_parameter_that_cannot_be_read_is_named(client: httpx.Client) -> None:
    page = client.get("/dated", params={"as_at": "yesterday"})
    assert page.status_code == 400
    assert "as_at: " in page.text
    problem = client.get("/api/v1/dated", params={"as_at": "yesterday"}).json()
    assert problem["status"] == 400
    assert problem["faults"][0].startswith("as_at: ")


def test_a_page_that_is_open_gets_a_fragment_and_no_second_page(client: httpx.Client) -> None:
    answer = client.post("/faults", headers={"hx-request": "true"})
    assert answer.status_code == 422
    assert answer.text.lstrip().startswith('<div class="note warn" role="alert">')
    assert "<html" not in answer.text
    assert "line 7" in answer.text


def test_headers_that_belong_to_an_error_go_with_it(client: httpx.Client) -> None:
    assert client.get("/busy").headers["retry-after"] == "60"
    assert client.delete("/demo").headers["allow"] == "GET, OPTIONS"
    assert client.get("/api/v1/private").headers["www-authenticate"] == "Bearer"


def test_who_is_not_signed_in_is_told_where_to(client: httpx.Client) -> None:
    assert '<a href="/account/sign-in">Sign in</a>' in client.get("/fail/401").text


# --- files ----------------------------------------------------------------------------------------


def test_a_file_is_served_for_ever_under_a_name_that_carries_its_hash(client: httpx.Client, pages: Pages) -> None:
    address = pages.assets.address("app.css")
    answer = client.get(address, headers={"accept-encoding": "gzip"})
    assert re.fullmatch(r"/static/app\.[0-9a-f]{12}\.css", address)
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == (FOLDER / "app.css").read_bytes()


def test_a_file_that_the_reader_holds_is_not_sent_again(client: httpx.Client, pages: Pages) -> None:
    address = pages.assets.address("htmx-4.0.1.min.js")
    for coding in ("identity", "gzip"):
        tag = client.get(address, headers={"accept-encoding": coding}).headers["etag"]
        again = client.get(address, headers={"accept-encoding": coding, "if-none-match": f'"x", W/{tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/favicon.ico", "image/x-icon"),
        ("/favicon.svg", "image/svg+xml; charset=utf-8"),
        ("/apple-touch-icon.png", "image/png"),
    ],
)
def test_icons_have_the_addresses_that_browsers_ask_for(client: httpx.Client, path: str, media_type: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["cache-control"] == "public, max-age=86400"


def test_a_file_cannot_be_written_to(client: httpx.Client, pages: Pages) -> None:
    answer = client.post(pages.assets.address("app.css"))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_the_address_of_a_file_changes_with_its_content(tmp_path: Path) -> None:
    (tmp_path / "app.css").write_text("a{}")
    (tmp_path / "notes.txt").write_text("not for readers")
    before = Assets(tmp_path).address("app.css")
    (tmp_path / "app.css").write_text("b{}")
    after = Assets(tmp_path)
    assert after.address("app.css") != before
    assert list(after.answers) == [after.address("app.css")]


def test_a_page_asks_for_the_file_of_today_though_its_template_was_compiled_before(tmp_path: Path) -> None:
    for content in ("a{}", "b{}"):
        (tmp_path / "app.css").write_text(content)
        (tmp_path / "htmx-4.0.1.min.js").write_text("")
        pages = Pages(assets=Assets(tmp_path))
        page = pages.render("error.html", {"problem": errors.problem_of(Refusal("No."))})
        assert pages.assets.address("app.css") in page


def test_asking_for_a_file_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "app.css").write_text("a{}")
    with pytest.raises(LookupError, match=r"no static file is called print\.css; there are app\.css"):
        Assets(tmp_path).address("print.css")


# --- headers of every answer ----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/demo", "/nothing", "/api/v1/broken", "/favicon.svg"])
def test_every_answer_tells_the_browser_to_be_careful(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'self'; ")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["permissions-policy"].startswith("camera=()")


def test_a_page_can_be_asked_for_its_head_alone(client: httpx.Client) -> None:
    head, whole = client.head("/demo"), client.get("/demo")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
