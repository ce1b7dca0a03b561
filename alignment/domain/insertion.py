"""The text of a market update: Markdown in sections, and what the register inserts into it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from alignment.domain.frozen import dataclass
from alignment.domain.refusal import Refusal


class Insert(StrEnum):
    """What a block of the text is: prose, or something that the register puts in."""

    PROSE = "prose"
    TABLE = "status_table"
    STATEMENTS = "statements"
    CHANGES = "changes"
    ACTIONS = "actions"


@dataclass(frozen=True, slots=True)
class Block:
    """Prose in Markdown, a table, or statements: those on a topic (its name is the text), without one all chosen."""

    insert: Insert
    text: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the text under its second-level heading; the first may have none."""

    heading: str
    blocks: tuple[Block, ...]


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_INSERTION = re.compile(r"\s*\{\{\s*(?:(status_table)|statements:\s*([a-z][a-z0-9-]*))\s*\}\}\s*")
_MARKER = re.compile(r"\s*\{\s*table\s*:\s*([a-z]+)\s*\}\s*")
_LIKE_A_MARKER = re.compile(r"\{\s*table\s*:", re.IGNORECASE)

MARKERS = {
    "status": (Insert.TABLE, "the status table of the LME, as at the date of the update"),
    "statements": (Insert.STATEMENTS, "the attributed statements that are chosen"),
    "changes": (Insert.CHANGES, "what the table says differently since the last publication, with the grounds"),
    "actions": (Insert.ACTIONS, "the corrective actions that are open"),
}
"""What can be inserted by a line ``{table: NAME}``: the insertion, and what it is in words."""

_INSERTIONS_ARE = f"write {', '.join(f'{{table: {name}}}' for name in MARKERS)} on a line of its own"


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
    marker = _MARKER.fullmatch(line)
    if marker and marker[1] in MARKERS:
        return Block(MARKERS[marker[1]][0])
    if "{{" in line or _LIKE_A_MARKER.search(line):
        raise Refusal(f"line {number} of the text: “{line.strip()[:60]}” is no insertion: {_INSERTIONS_ARE}")
    return None


def unknown(text: str) -> tuple[str, ...]:
    """Every line that asks for an insertion that there is none of, each as a sentence."""
    found = []
    for number, line, code in _lines(text):
        try:
            if not code:
                _insertion(number, line)
        except Refusal as refusal:
            found.append(str(refusal))
    return tuple(found)


def asked(text: str) -> frozenset[Insert]:
    """What the text asks to be inserted."""
    return frozenset(block.insert for block in _blocks(text)) - {Insert.PROSE}


def asks_for_chosen(text: str) -> bool:
    """Whether the statements that are chosen have a place in the text."""
    return Block(Insert.STATEMENTS) in _blocks(text)


def topics(text: str) -> tuple[str, ...]:
    """The topics whose statements the text asks for, in its order; the chosen ones have none."""
    return tuple(dict.fromkeys(each.text for each in _blocks(text) if each.insert is Insert.STATEMENTS and each.text))


def _blocks(text: str) -> list[Block]:
    return [block for section in sections(text) for block in section.blocks]
