"""Markdown from anybody: the HTML is harmless, the plain text has the words, time is bounded."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.refusal import Refusal
from alignment.text import LONGEST, REMEMBERED, broken_links, plain, render, render_inline, why_no_address

REL = 'rel="nofollow noopener"'
MAY_HAVE = {
    "a": {"href", "title", "rel"},
    "ol": {"start"},
    "code": {"class"},
    "th": {"class"},
    "td": {"class"},
}
TAGS = {*MAY_HAVE, "blockquote", "br", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "p", "pre"}
TAGS |= {"strong", "table", "tbody", "thead", "tr", "ul"}


class Judge(HTMLParser):
    """Reads HTML as a browser does and keeps whatever is not on the lists above."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.links = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.faults.append(f"<{tag}>")
        self.faults += [f"<{tag} {name}>" for name, _ in attrs if name not in MAY_HAVE.get(tag, set())]
        if tag == "a":
            self.links += 1
            given = dict(attrs)
            if given.get("rel") != "nofollow noopener" or not leads_somewhere_harmless(given["href"] or ""):
                self.faults.append(f"<a {attrs}>")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"<!{decl}>")


def leads_somewhere_harmless(href: str) -> bool:
    """What a browser makes of an address: it drops blanks and controls, and reads \\ as /."""
    seen = re.sub(r"[\x00-\x20]", "", href).replace("\\", "/").lower()
    if seen.startswith("//"):
        return False
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", seen)
    return scheme is None or scheme[1] in {"http", "https", "mailto"}


def faults(html: str) -> list[str]:
    judge = Judge()
    judge.feed(html)
    judge.close()
    return judge.faults


# What it makes of good prose


def test_prose_becomes_html_with_headings_lists_emphasis_and_code() -> None:
    html = render("## Scope\n\n1. *first*\n2. **second** `code`\n\n> said\n")
    assert html == (
        "<h2>Scope</h2>\n<ol>\n<li><em>first</em></li>\n<li><strong>second</strong> <code>code</code></li>\n"
        "</ol>\n<blockquote>\n<p>said</p>\n</blockquote>\n"
    )


def test_headings_of_people_stand_below_the_one_of_the_page() -> None:
    assert render("# One\n\n### Two\n", 2) == "<h3>One</h3>\n<h4>Two</h4>\n"
    assert render("One\n===\n", 3) == "<h4>One</h4>\n"
    assert render("### Low enough\n", 2) == "<h3>Low enough</h3>\n"
    assert render("".join(f"{'#' * each} {each}\n" for each in range(1, 7)), 4).count("<h6>") == 5


def test_a_table_sets_its_columns_of_numbers_right_without_an_inline_style() -> None:
    html = render("| part | points |\n| :-- | --: |\n| standards | 88 |\n")
    assert '<th>part</th>\n<th class="num">points</th>' in html
    assert '<td>standards</td>\n<td class="num">88</td>' in html
    assert "style" not in html


def test_a_line_is_rendered_without_a_paragraph_around_it() -> None:
    assert render_inline("Step *1*") == "Step <em>1</em>"


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a?b=c#d",
        "http://example.org",
        "mailto:a@example.org",
        "/sources",
        "#e3",
        "?q=a:b",
        "./a:b",
    ],
)
def test_links_to_the_web_to_mail_and_within_the_site_are_kept_and_not_vouched_for(address: str) -> None:
    assert render(f"[here]({address})") == f'<p><a href="{address}" {REL}>here</a></p>\n'


def test_an_image_is_linked_and_not_fetched() -> None:
    assert render("![A *map*](https://example.org/m.png)") == (
        f'<p><a href="https://example.org/m.png" {REL}>A map</a></p>\n'
    )
    assert render("![](m.png)") == f'<p><a href="m.png" {REL}>m.png</a></p>\n'


def test_an_image_within_a_link_leaves_its_description_as_the_text_of_the_link() -> None:
    assert render("[![A map](m.png) now](/map)") == f'<p><a href="/map" {REL}>A map now</a></p>\n'


def test_an_image_in_the_description_of_an_image_leaves_its_words() -> None:
    assert render(r"![one \& ![two](b.png)](a.png)") == f'<p><a href="a.png" {REL}>one &amp; two</a></p>\n'


# The words alone


def test_plain_text_has_the_words_without_the_marks() -> None:
    assert plain("# A *title*\n\nTwo lines\nof [prose](https://example.org), `code` &amp; ![a map](m.png).") == (
        "A title\nTwo lines of prose, code & a map."
    )


def test_plain_text_has_a_line_for_each_item_row_and_line_of_code() -> None:
    source = "- one\n- two\n  break  \n  here\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n```\nx = 1\ny = 2\n```\n"
    assert plain(source) == "one\ntwo break\nhere\na b\n1 2\nx = 1\ny = 2"


def test_nothing_gives_nothing() -> None:
    assert (render(""), render_inline(""), plain(" \n ")) == ("", "", "")


# Hostile input


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "&#106;avascript:alert(1)",
        "java&#x0A;script:alert(1)",
        "<java\tscript:alert(1)>",
        "<\x01javascript:alert(1)>",
        "vbscript:x",
        "data:text/html;base64,PHNjcmlwdD4=",
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        "//example.org",
        "<\\\\example.org>",
        "</\\example.org>",
        "ftp://example.org",
        "javascript&colon;alert(1)",
    ],
)
@pytest.mark.parametrize("form", ["[x]({})", "![x]({})", "[x][y]\n\n[y]: {}"])
def test_no_address_of_another_kind_becomes_a_link_to_it(address: str, form: str) -> None:
    assert faults(render(form.format(address))) == []


@pytest.mark.parametrize("source", ["<javascript:alert(1)>", "<data:text/html,x>", "<ftp://example.org>"])
def test_an_address_in_angle_brackets_is_held_to_the_same(source: str) -> None:
    assert "<a" not in render(source)


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick=x>b</b>",
        "<!-- x --> <!DOCTYPE x> <?php ?> <![CDATA[x]]>",
        '[x](/a "title\\" onclick=alert(1)")',
        '```x" onclick="alert(1)\n```',
        "![x\" onerror=\"y](z)",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ],
)  # fmt: skip
def test_markup_of_any_kind_is_printed_and_never_obeyed(source: str) -> None:
    assert faults(render(source)) == []
    assert faults(render_inline(source)) == []


marks = st.sampled_from(list("[]()!<>*_`~#-+|\\&:;\"'= \n\t/ax1.@%\x00\r\ud800\u2028"))
snippets = st.sampled_from(
    ["javascript:", "<script>", "](", "![", "[a]: ", "&#x6a;", "data:", "//", "|-|\n", "```", "<a href="]
)


@given(st.lists(marks | snippets | st.text(max_size=5), max_size=60).map("".join))
def test_whatever_is_written_the_html_is_harmless_and_can_be_sent(source: str) -> None:
    for html in (render(source), render_inline(source)):
        assert faults(html) == []
        html.encode()
    plain(source).encode()


def test_half_a_character_is_replaced_so_that_the_page_can_be_sent() -> None:
    assert (render_inline("a\ud800b"), plain("a\udfffb")) == ("a\ufffdb", "a\ufffdb")


@pytest.mark.parametrize("make", [render, render_inline, plain])
def test_a_text_that_is_too_long_is_refused_with_both_lengths(make: Callable[[str], str]) -> None:
    with pytest.raises(Refusal, match="1,000,000 characters; shorten it to 200,000"):
        make("[" * 1_000_000)
    assert make("a" * LONGEST)


@pytest.mark.parametrize("unit", ["[", "![", "![x](", "> ", "- ", "- a\n", "*a_", "`", "|", "<", "&#", "\\", "[a]: "])
def test_the_worst_text_takes_time_in_proportion_to_its_length(unit: str) -> None:
    began = time.process_time()
    render(unit * (LONGEST // 4 // len(unit)))
    assert time.process_time() - began < 5  # half a second at most as a rule; quadratic would be minutes


def test_deep_nesting_ends_at_a_bound() -> None:
    assert render("> " * 1000 + "x").count("<blockquote>") < 25


# The cache


def test_a_text_rendered_again_comes_from_memory_and_a_long_one_does_not() -> None:
    short, long = "*a* " * 10, "*a* " * (REMEMBERED // 4 + 1)
    assert render(short) is render(short)
    assert render(long) == render(long)
    assert render(long) is not render(long)


def test_many_threads_get_the_same_html() -> None:
    sources = [f"| n | m |\n| - | - |\n| {number} | [x](/{number}) |\n" for number in range(200)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(render, sources)) == [render(source) for source in sources]


# --- links that lead nowhere ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "sound",
    [
        "No link at all: [sic], a[1] and [words].",
        "[words][a-1] and [a-1].\n\n[a-1]: https://example.org/page",
        "[page](/sources), [mail](mailto:a@example.org), [place](#here), `[x][y]` and ![x](https://example.org/x.png)",
        "<https://example.org> and \\[not one][b]\n\n[b]: http://example.org",
    ],
)
def test_a_text_whose_links_lead_somewhere_has_no_fault(sound: str) -> None:
    assert list(broken_links(sound)) == []


LEADS_NOWHERE = "leads nowhere and would be printed as it stands: give its address, or correct its key"


@pytest.mark.parametrize(
    ("broken", "line", "sentence"),
    [
        ("One.\n\nTwo\n[words][key].", 3, f"“[words][key]” {LEADS_NOWHERE}"),
        ("| a |\n| - |\n| [words][key] |", 2, f"“[words][key]” {LEADS_NOWHERE}"),
        ("[words][]", 0, f"“[words][]” {LEADS_NOWHERE}"),
        ("See [key-1].", 0, f"“[key-1]” {LEADS_NOWHERE}"),
        ("[words](javascript:alert)", 0, f"“[words](javascript:alert)” {LEADS_NOWHERE}"),
        ("One\n[*words*][key]", 0, f"“[words][key]” {LEADS_NOWHERE}"),
        (
            "One\n[words](htps//broken)", 1,
            "“htps//broken” is no address: write https://example.org/page, or /page for one of this site",
        ),
        (
            "[words][a]\n\n[a]: htps//broken", 2,
            "“htps//broken” is no address: write https://example.org/page, or /page for one of this site",
        ),
        ("One.\n\n[a]: /b", 2, "nothing in the text leads to “a”: cite it as [words][a], or take it out"),
        ("[a]\n\n[a]: /b\n[A]: /c", 3, "“a” has an address already: keep one"),
    ],
)  # fmt: skip
def test_a_link_that_leads_nowhere_is_told_with_its_line(broken: str, line: int, sentence: str) -> None:
    assert list(broken_links(broken)) == [(line, sentence)]


@pytest.mark.parametrize("said", ["", "LME, update of 2024: a text", "001_a.txt", "https://example.org/a?b#c"])
def test_an_address_or_the_name_of_a_document_is_right(said: str) -> None:
    assert why_no_address(said) == ""


@pytest.mark.parametrize("said", ["htps//broken", "https:/example.org", "https://example", "www:example.org"])
def test_what_is_written_as_an_address_and_is_none_is_told(said: str) -> None:
    assert why_no_address(said) == f"“{said}” is no address: write https://example.org/page"
