"""The text of a market update: Markdown in sections, and what the register inserts into it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from alignment.domain.refusal import Refusal


class Insert(StrEnum):
    """What a block of the text is: prose, or something that the register puts in."""

    PROSE = "prose"
    TABLE = "status_table"
    STATEMENTS = "statements"


@dataclass(frozen=True, slots=True)
class Block:
    """Prose in Markdown, the table, or the statements on a topic (its name is the text)."""

    insert: Insert
    text: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the text under its second-level heading; the first may have none."""

    heading: str
    blocks: tuple[Block, ...]


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_INSERTION = re.compile(r"\s*\{\{\s*(?:(status_table)|statements:\s*([a-z][a-z0-9-]*))\s*\}\}\s*")
_INSERTIONS_ARE = "write {{ status_table }} or {{ statements: TOPIC }} on a line of its own"


def sections(text: str) -> tuple[Section, ...]:
    """The text by its headings ``##``, insertions apart. Refusal names the line of one that is unknown."""
    found: list[Section] = []
    heading, blocks, prose = "", list[Block](), list[str]()

    def close_prose() -> None:
        if said := "\n".join(prose).strip("\n"):
            blocks.append(Block(Insert.PROSE, said))
        prose.clear()

    def close_section() -> None:
        close_prose()
        if heading or blocks:
            found.append(Section(heading, tuple(blocks)))
        blocks.clear()

    for number, line, code in _lines(text):
        inserted = None if code else _insertion(number, line)
        if inserted:
            close_prose()
            blocks.append(inserted)
        elif line.startswith("## ") and not code:
            close_section()
            heading = line[3:].strip().rstrip("#").strip()
        else:
            prose.append(line)
    close_section()
    return tuple(found)


def _lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """Each line with its number, and whether it lies in a block of code, where nothing is inserted."""
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        mark = _FENCE.match(line)
        opens = bool(mark) and not fence
        yield number, line, bool(fence) or opens
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
            fence = ""


def _insertion(number: int, line: str) -> Block | None:
    if found := _INSERTION.fullmatch(line):
        return Block(Insert.TABLE) if found[1] else Block(Insert.STATEMENTS, found[2])
    if "{{" in line:
        raise Refusal(f"line {number} of the text: “{line.strip()[:60]}” is no insertion: {_INSERTIONS_ARE}")
    return None


def topics(text: str) -> tuple[str, ...]:
    """The topics whose statements the text asks for, in its order."""
    blocks = (block for section in sections(text) for block in section.blocks)
    return tuple(dict.fromkeys(block.text for block in blocks if block.insert is Insert.STATEMENTS))
