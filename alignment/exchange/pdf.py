"""A market update as PDF: tagged, PDF/UA-1 and PDF/A-2a, the same bytes from the same content.

Nothing that people wrote becomes markup of the typesetter: the content is read to a tree here and handed over as
JSON, of which the template sets every text as it stands. The typesetter is imported when it is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urljoin

from markdown_it.tree import SyntaxTreeNode

from alignment.domain.insertion import Block, Insert, Section, sections
from alignment.domain.publication import Content, digest_of, issuer_of
from alignment.domain.refusal import Unfit
from alignment.domain.when import parse_when
from alignment.exchange.publication import (
    actions_rows,
    attributed,
    changes_grounds,
    changes_rows,
    statements_on,
    status_rows,
)
from alignment.text import tree, tree_inline

STANDARDS: list[Literal["ua-1", "a-2a"]] = ["ua-1", "a-2a"]
NESTING = ("blockquote", "bullet_list", "ordered_list")
REGISTER = "Track A alignment register"
"""In whose name a market update stands that was published elsewhere and is only recorded here."""

MOST_COLUMNS = 8
"""What the width of a page holds of a table that people write: beyond it most words would be cut."""
MOST_NESTED = 6
"""How many quotations and lists may stand within one another: each takes of the width, and the page drops what is
deeper than twenty."""

Node = dict[str, Any]


def why_not_print(content: Content, address: str) -> list[str]:
    """What of a market update cannot be set on paper, a sentence for each; tried where nothing else is found."""
    trees = [
        tree(block.text)
        for section in sections(content["text"])
        for block in section.blocks
        if block.insert is Insert.PROSE
    ]
    found = [fault for each in trees for fault in (*_too_wide(each), *_too_deep(each))]
    if not found:
        try:
            publication_pdf(content, address)
        except Unfit as unfit:
            found.append(str(unfit))
    return found


def _too_wide(prose: SyntaxTreeNode) -> Iterator[str]:
    for table in prose.walk():
        if table.type == "table":
            heads = table.children[0].children[0].children
            if len(heads) > MOST_COLUMNS:
                first = "".join(each.content for each in heads[0].walk() if each.type == "inline")[:40]
                yield (
                    f"The table that begins with “{first}” has {len(heads)} columns, and a page holds "
                    f"{MOST_COLUMNS}: split it, or turn its rows and columns."
                )


def _too_deep(prose: SyntaxTreeNode) -> Iterator[str]:
    if _depth(prose) > MOST_NESTED:
        yield f"Quotations and lists stand within one another more than {MOST_NESTED} deep: take some of them out."


def _depth(node: SyntaxTreeNode) -> int:
    return (node.type in NESTING) + max((_depth(each) for each in node.children), default=0)


def publication_pdf(content: Content, address: str) -> bytes:
    """The whole update for print; ``address`` is its public page, which stands in the foot.

    A text with signs that the built-in fonts lack is set with the fonts of the machine: tagged as well, but then
    not declared as conforming. Unfit where even that cannot be set.
    """
    import typst

    data = {"content": json.dumps(_document(content, address), ensure_ascii=False)}
    at = int(_seconds(content))
    for conforming in (True, False):
        compiler = typst.Compiler(_template(), ignore_system_fonts=conforming, sys_inputs=data)
        try:
            made = compiler.compile(format="pdf", pdf_standards=[*STANDARDS] if conforming else [], timestamp=at)
        except typst.TypstError as error:
            reason = str(error.message)
            continue
        if isinstance(made, bytes):
            return made
    raise Unfit(
        {"text": f"The PDF of publication {content['number']} cannot be made; its typesetter says: {reason[:200]}."}
    )


@cache
def _template() -> bytes:
    return Path(__file__).with_name("publication.typ").read_bytes()


def _seconds(content: Content) -> float:
    """The moment that the file bears: the day of publication, so that the same content gives the same bytes."""
    return (parse_when(content["published"]).on - date(1970, 1, 1)).total_seconds()


def _document(content: Content, address: str) -> Node:
    source = content["source"]
    issued = parse_when(content["published"]).on
    return {
        "number": content["number"],
        "title": content["title"],
        "original_title": content["original_title"],
        "label": content["label"],
        "issuer": REGISTER if source else issuer_of(content),
        "published": str(parse_when(content["published"])),
        "as_at": str(parse_when(content["as_at"])),
        "date": [issued.year, issued.month, issued.day],
        "corrects": content["corrects"] or "",
        "sections": [_section(section, content, address) for section in sections(content["text"])],
        "source": _source(source, address) if source else None,
        "waived": content.get("waived") or [],
        "digest": digest_of(content),
        "address": address,
    }


def _source(source: Mapping[str, Any], address: str) -> Node:
    return {
        "issuer": source["issuer"],
        "title": source["title"],
        "issued": str(parse_when(source["issued"])) if source["issued"] else "undated",
        "remark": source["remark"] or "",
        "address": source["address"] if str(source["address"] or "").startswith("http") else "",
    }


def _section(section: Section, content: Content, address: str) -> Node:
    level = [1]
    return {
        "heading": _inline(tree_inline(section.heading), address) if section.heading else [],
        "blocks": [node for block in section.blocks for node in _block(block, content, address, level)],
    }


def _block(block: Block, content: Content, address: str, level: list[int]) -> Iterator[Node]:
    match block.insert:
        case Insert.PROSE:
            yield from _blocks(tree(block.text), address, level)
        case Insert.TABLE:
            yield _table(*status_rows(content), [4, 4, 2.4], "No programme was decided on by this date.")
        case Insert.CHANGES:
            yield _table(*changes_rows(content), [3, 2, 3, 3.4], "Nothing in the table changed.", together=True)
            grounds = [
                {"standard": standard, "said": said, "place": place}
                for standard, said, place in changes_grounds(content)
            ]
            yield {"kind": "grounds", "grounds": grounds}
        case Insert.ACTIONS:
            yield _table(*actions_rows(content), [3, 4, 1.7, 2.3], "No corrective action is open.", together=True)
        case Insert.STATEMENTS:
            yield from _statements(statements_on(content, block.text), address)


def _table(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], empty: str,
    *, together: bool = False,
) -> Node:  # fmt: skip
    """A table of the register; ``together`` prints what rows have in common in their first cell once."""
    counts = [len(list(group)) for _, group in groupby(rows, key=lambda row: row[0])] if together else [1] * len(rows)
    return {
        "kind": "register", "caption": caption, "heads": list(heads), "rows": [list(row) for row in rows],
        "widths": list(widths), "empty": empty,
        "spans": [span for count in counts for span in (count, *[0] * (count - 1))],
    }  # fmt: skip


def _statements(statements: Iterable[Mapping[str, Any]], address: str) -> Iterator[Node]:
    for (said_by, source, words), group in groupby(statements, key=attributed):
        yield {
            "kind": "statements",
            "lead": f"{said_by or 'The source'}, as reported in “{source}”, {words}:",
            "said": [
                {
                    "title": each["title"],
                    "text": _inline(tree_inline(each["text"]), address),
                    "place": each["place"],
                }
                for each in group
            ],
        }


# --- Markdown -----------------------------------------------------------------------------------------------


def _blocks(node: SyntaxTreeNode, address: str, level: list[int]) -> Iterator[Node]:
    for each in node.children:
        match each.type:
            case "paragraph":
                yield {"kind": "paragraph", "body": _inline(each, address)}
            case "heading":
                # No level is left out: those who listen to a document count on it.
                level[0] = min(max(int(each.tag[1]) - 1, 2), level[0] + 1)
                yield {"kind": "heading", "level": level[0], "body": _inline(each, address)}
            case "bullet_list" | "ordered_list":
                items = [list(_blocks(item, address, level)) for item in each.children]
                yield {"kind": each.type, "start": int(each.attrs.get("start", 1)), "items": items}
            case "blockquote":
                yield {"kind": "quote", "blocks": list(_blocks(each, address, level))}
            case "fence" | "code_block":
                yield {"kind": "code", "text": each.content.rstrip("\n")}
            case "table":
                yield _markdown_table(each, address)
            case "hr":
                yield {"kind": "rule"}


def _markdown_table(node: SyntaxTreeNode, address: str) -> Node:
    rows = [
        [_inline(cell, address) for cell in row.children] for part in node.children for row in part.children
    ]  # fmt: skip
    right = ["num" in str(cell.attrs.get("class", "")) for cell in node.children[0].children[0].children]
    return {"kind": "table", "heads": rows[0], "rows": rows[1:], "right": right}


def _inline(node: SyntaxTreeNode, address: str) -> list[Node]:
    found: list[Node] = []
    for each in node.children:
        match each.type:
            case "inline":
                found += _inline(each, address)
            case "text" | "text_special":
                found.append({"kind": "text", "text": each.content})
            case "code_inline":
                found.append({"kind": "code", "text": each.content})
            case "softbreak":
                found.append({"kind": "text", "text": " "})
            case "hardbreak":
                found.append({"kind": "break"})
            case "em" | "strong":
                found.append({"kind": each.type, "body": _inline(each, address)})
            case "link":
                to = urljoin(address, str(each.attrs["href"]))
                found.append({"kind": "link", "to": to, "body": _inline(each, address)})
    return found
