"""Prose in Markdown: to safe HTML, or to its words alone.

Prose comes from people we may not know, so the HTML is made to be harmless: raw HTML is printed as
text, links lead only to the web, to mail or within the site, images are not fetched but linked,
nesting is bounded, and a text over ``LONGEST`` characters is refused. CommonMark with tables; work
grows in proportion to length (about 2 seconds at worst for the longest text on a common machine).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from alignment.domain.refusal import Refusal

LONGEST = 200_000
"""Characters that a text may have."""

REMEMBERED = 16_000
"""A longer text is rendered anew each time, so that the cache stays small whatever people write."""

_SCHEME = re.compile(r"[^/?#]*?:")
_ALLOWED = ("http:", "https:", "mailto:")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WEB = re.compile(r"https?://[^\s/.]+(\.[^\s/.]+)+(/\S*)?")

# What is left of a link that was never closed by an address: [words][key], [words](address), or a lone [key-1].
_LEFT = re.compile(r"\[[^\[\]]+\](?:\[[^\[\]]*\]|\([^()\s]*\))|\[[a-z][a-z0-9]*[0-9-][a-z0-9-]*\]")


def render(markdown: str, under: int = 0) -> str:
    """Safe HTML of a whole text. Raises Refusal for one that is too long.

    What people write stands ``under`` a heading of that level on its page: their own headings are set below it.
    """
    return _remembered_html(markdown, under) if len(markdown) <= REMEMBERED else _html(markdown, under)


def render_inline(markdown: str) -> str:
    """Safe HTML of one line, with no paragraph around it: titles, cells, labels.

    Raises Refusal for one that is too long.
    """
    return _remembered_line(markdown) if len(markdown) <= REMEMBERED else _line(markdown)


def plain(markdown: str) -> str:
    """The words alone, a line for each block or row, for search and CSV.

    Raises Refusal for a text that is too long.
    """
    return _remembered_words(markdown) if len(markdown) <= REMEMBERED else _words(markdown)


def tree(markdown: str) -> SyntaxTreeNode:
    """A whole text as a tree of blocks, for print. Raises Refusal for one that is too long."""
    return SyntaxTreeNode(_PROSE.parse(_checked(markdown)))


def tree_inline(markdown: str) -> SyntaxTreeNode:
    """One line as a tree."""
    return SyntaxTreeNode(_PROSE.parseInline(_checked(markdown)))


def why_no_address(said: str) -> str:
    """A sentence where something that is written as an address is none; a name or a title of a document is none."""
    if " " in said or not ("//" in said or ":" in said) or _WEB.fullmatch(said):
        return ""
    return f"“{said}” is no address: write https://example.org/page"


def broken_links(markdown: str) -> Iterator[tuple[int, str]]:
    """The links of a text that lead nowhere, and the addresses that nothing leads to: line, from 0, and sentence."""
    if "[" not in markdown:  # most texts have no link, and each start of the program reads them all
        return
    found: dict[str, Any] = {}
    tokens = [token for token in _PROSE.parse(_checked(markdown), found) if token.type == "inline"]
    for token in tokens:
        yield from ((_line_of(said, markdown, token), why) for said, why in _broken_in(token))
    used = {child.meta.get("label") for token in tokens for child in token.children or ()}
    for label, said in found.get("references", {}).items():
        if fault := _why_not_there(said["href"]) if label in used else _uncited(label.lower()):
            yield said["map"][0], fault
    for said in found.get("duplicate_refs", ()):
        yield said["map"][0], f"“{said['label'].lower()}” has an address already: keep one"


def _broken_in(token: Token) -> Iterator[tuple[str, str]]:
    """What is wrong with the links of a block: what stands there, and the sentence."""
    children = token.children or []
    for child in children:
        if child.type == "link_open" and "label" not in child.meta:
            address = str(child.attrs["href"])
            if fault := _why_not_there(address):
                yield address, fault
    for left in _LEFT.findall("".join(child.content for child in children if child.type == "text")):
        yield left, f"“{left}” leads nowhere and would be printed as it stands: give its address, or correct its key"


def _uncited(key: str) -> str:
    return f"nothing in the text leads to “{key}”: cite it as [words][{key}], or take it out"


def _why_not_there(address: str) -> str:
    """A sentence where an address leads neither to the web, nor to mail, nor to a place within the site."""
    if _WEB.fullmatch(address) or address.startswith(("/", "#", "mailto:")):
        return ""
    return f"“{address}” is no address: write https://example.org/page, or /page for one of this site"


def _line_of(said: str, markdown: str, token: Token) -> int:
    """The line of a block that something stands on; its first where that is written otherwise."""
    first, end = token.map or (0, 0)
    lines = markdown.split("\n")[first:end]
    return next((first + at for at, line in enumerate(lines) if said in line), first)


def targets(markdown: str) -> dict[str, tuple[str, int]]:
    """The addresses that a text gives under keys, each with its line from 0; keys in small letters."""
    found: dict[str, Any] = {}
    _PROSE.parse(_checked(markdown), found)
    return {key.lower(): (said["href"], said["map"][0]) for key, said in found.get("references", {}).items()}


def _html(markdown: str, under: int = 0) -> str:
    tokens = _PROSE.parse(_checked(markdown))
    _set_below(under, tokens)
    return str(_PROSE.renderer.render(tokens, _PROSE.options, {}))


def _set_below(level: int, tokens: Iterable[Token]) -> None:
    """Headings of a text that would stand at this level or above it go below, in their own order and skipping none."""
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    tags = sorted({token.tag for token in headings})
    if tags and tags[0] <= f"h{level}":
        for token in headings:
            token.tag = f"h{min(level + 1 + tags.index(token.tag), 6)}"


def _line(markdown: str) -> str:
    return str(_PROSE.renderInline(_checked(markdown)))


def _words(markdown: str) -> str:
    said = "".join(_said(_PROSE.parse(_checked(markdown))))
    lines = (" ".join(line.split()) for line in said.split("\n"))
    return "\n".join(line for line in lines if line)


_remembered_html = lru_cache(maxsize=2048)(_html)
_remembered_line = lru_cache(maxsize=2048)(_line)
_remembered_words = lru_cache(maxsize=2048)(_words)


def _checked(markdown: str) -> str:
    if len(markdown) > LONGEST:
        raise Refusal(f"This text has {len(markdown):,} characters; shorten it to {LONGEST:,} at most.")
    return _SURROGATE.sub("\ufffd", markdown)  # half a character could not be sent as UTF-8


def _said(tokens: Iterable[Token]) -> Iterator[str]:
    """The text of tokens; a block ends its line, the cells of a row share one."""
    for token in tokens:
        match token.type:
            case "inline":
                yield from _said(token.children or ())
            case "image":
                yield from _said(token.children or ())
            case "text" | "text_special" | "code_inline":
                yield token.content
            case "softbreak" | "td_close" | "th_close":
                yield " "
            case "fence" | "code_block":
                yield f"{token.content}\n"
            case "hardbreak" | "paragraph_close" | "heading_close" | "tr_close":
                yield "\n"


class _Prose(MarkdownIt):
    """The reader of prose: what it lets through is decided here and nowhere else."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "store_labels": True})
        self.enable("table")
        self.core.ruler.push("harmless", _harmless)
        self.render("x")  # compiles its rules now: doing that in two threads at once would lose some

    def validateLink(self, url: str) -> bool:  # noqa: N802  (the library asks by this name)
        """Whether a link may lead there: the web, mail, or a place within this site."""
        scheme = _SCHEME.match(url)
        if scheme:
            return scheme[0].lower() in _ALLOWED
        return not url.startswith("//")


def _harmless(state: StateCore) -> None:
    """Mark links as not vouched for, link images rather than load them, set numbers right by class."""
    for token in state.tokens:
        if token.type == "inline":
            token.children = list(_linked(token.children or ()))
        elif "style" in token.attrs:  # the alignment of a column; a strict policy forbids inline styles
            token.attrs = {"class": "num"} if token.attrs["style"] == "text-align:right" else {}


def _linked(children: Iterable[Token]) -> Iterator[Token]:
    inside = False
    for token in children:
        if token.type in {"link_open", "link_close"}:
            inside = token.type == "link_open"
            if inside:
                token.attrSet("rel", "nofollow noopener")
            yield token
        elif token.type == "image":
            yield from _image(token, within_link=inside)
        else:
            yield token


def _image(token: Token, *, within_link: bool) -> Iterator[Token]:
    """An image as a link with its description as text; only the text where a link is open already."""
    source = str(token.attrs["src"])
    text = Token("text", "", 0, content="".join(_said(token.children or ())) or source)
    if within_link:
        yield text
        return
    attributes: dict[str, str | int | float] = {"href": source, "rel": "nofollow noopener"}
    yield Token("link_open", "a", 1, attrs=attributes)
    yield text
    yield Token("link_close", "a", -1)


_PROSE = _Prose()
