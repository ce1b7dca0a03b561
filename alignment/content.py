"""A content file: Markdown with YAML front matter, taken apart with its line numbers.

This module knows the form of such a file and nothing of its meaning: front matter between two lines
of three dashes, entries under headings of level 2 (``## CODE Title``) that open with a list of fields
(``- name: value``), prose under headings of level 3. Every mistake is noted in ``Mistakes`` with file
and line and reading goes on, so that one run shows all of them; what is missing reads as empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import takewhile
from pathlib import Path
from typing import TypeAlias

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from alignment.domain.frozen import dataclass
from alignment.domain.refusal import Faults

CODE = re.compile(r"[A-Z0-9]+([.-][A-Z0-9]+)*")
"""How the code of an entry is written; it stands in addresses too."""

_NEWLINE = re.compile(r"\r\n?|\n")
_FRONT_BEGINS = 2
"""The line on which the fields of a front matter begin, after its three dashes."""


class Mistakes:
    """The mistakes found so far, each with its place, and the files that could not be read for one of them."""

    def __init__(self) -> None:
        self._found: list[tuple[str, int, str]] = []
        self.unread: set[str] = set()

    def note(self, file: str, line: int, sentence: str) -> None:
        """Add one mistake; line 0 stands for the file as a whole."""
        self._found.append((file, line, sentence))

    def sentences(self) -> list[str]:
        """All of them, by file and line: ``criteria/x/edition.md:7: what is wrong and what to do``."""
        return [f"{file}:{line}: {said}" if line else f"{file}: {said}" for file, line, said in sorted(self._found)]

    def settle(self) -> None:
        """Raises Faults where anything was noted."""
        if self._found:
            raise Faults(self.sentences())


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text and the line it stands on."""

    text: str
    line: int


Note = Callable[[int, str], None]
Value: TypeAlias = "Piece | Pieces | Fields"


@dataclass(frozen=True, slots=True)
class Pieces:
    """A list in a front matter."""

    items: tuple[Piece, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Fields:
    """Named values at one place of a front matter. Asking for one that is missing notes the mistake.

    ``held`` is false where the place itself is missing: that was noted, so no more is said.
    """

    values: Mapping[str, Value]
    line: int
    note: Note = field(repr=False)
    held: bool = True

    def only(self, *names: str) -> None:
        """Note every field that has another name."""
        for name, value in self.values.items():
            if name not in names:
                self.note(value.line, f"“{name}” is no field here; known are {listed(names)}")

    def text(self, name: str) -> Piece:
        """The text of a field; empty where it is missing."""
        value = self.values.get(name)
        if isinstance(value, Piece) and value.text:
            return value
        self._miss(name, "a text", value)
        return Piece("", self.line)

    def texts(self, name: str) -> tuple[Piece, ...]:
        """The entries of a field that is a list; none where it is missing."""
        value = self.values.get(name)
        if isinstance(value, Pieces):
            return value.items
        self._miss(name, "a list", value)
        return ()

    def inner(self, name: str) -> Fields:
        """The fields within a field."""
        value = self.values.get(name)
        if isinstance(value, Fields):
            return value
        self._miss(name, "fields of its own", value)
        return Fields({}, self.line, self.note, held=False)

    def _miss(self, name: str, kind: str, value: Value | None) -> None:
        if value is not None:
            wrong = "is empty" if value == Piece("", value.line) else "has another form"
            self.note(value.line, f"the field “{name}” {wrong}: it needs {kind}")
        elif self.held:
            self.note(self.line, f"the field “{name}” is missing: add it")


@dataclass(frozen=True, slots=True)
class Passage:
    """A heading and what stands under it as far as the next heading, as Markdown source from its line on.

    ``items`` is the bullet list directly under the heading, ``rest`` what follows that list. The
    passage before the first heading has level 0 and no title.
    """

    level: int
    title: str
    line: int
    source: Piece
    items: tuple[Piece, ...]
    rest: str

    @property
    def body(self) -> str:
        return self.source.text.strip()


@dataclass(frozen=True, slots=True)
class Form:
    """What an entry consists of: fields it needs, fields it may have, headings of level 3 it needs."""

    fields: tuple[str, ...]
    optional: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A heading of level 2: code and title, fields, text, and the prose under its headings of level 3.

    Every field and heading of the form is there, empty where the file lacks it.
    """

    code: str
    title: str
    line: int
    fields: Mapping[str, Piece]
    text: str
    prose: Mapping[str, Piece]


@dataclass(frozen=True, slots=True)
class Page:
    """One content file: its bytes, its front matter, all of its Markdown, and its passages, of which
    the first is what stands before any heading. ``note`` notes a mistake on one of its lines."""

    raw: bytes
    front: Fields
    source: Piece
    passages: tuple[Passage, ...]
    note: Note = field(repr=False)

    @property
    def body(self) -> str:
        return self.source.text.strip()

    @property
    def introduction(self) -> str:
        return self.passages[0].body if self.passages else ""

    def entries(self, form: Form) -> list[Entry]:
        """Every entry of the file, held against the form."""
        found: list[tuple[Passage, list[Passage]]] = []
        for passage in self.passages[1:]:
            if passage.level == 2:
                found.append((passage, []))
            elif passage.level == 3 and found:
                found[-1][1].append(passage)
            else:
                said = f"the heading “{passage.title}” belongs to no entry: entries begin with ## CODE Title"
                self.note(passage.line, said)
        if not found and self.front.held:
            self.note(0, "there is no entry: add one that begins with ## CODE Title")
        return [self._entry(head, below, form) for head, below in found]

    def _entry(self, head: Passage, below: list[Passage], form: Form) -> Entry:
        code, _, title = head.title.partition(" ")
        if not CODE.fullmatch(code) or not title.strip():
            said = f"“{head.title}” is no heading of an entry: write ## CODE Title, the code in capitals"
            self.note(head.line, said)
        if not head.rest:
            self.note(head.line, f"{code} has no text: write a paragraph under its fields")
        prose = [(passage.title, Piece(passage.body, passage.line)) for passage in below]
        return Entry(
            code=code,
            title=title.strip(),
            line=head.line,
            fields=self._named(head, _FIELD, self._pairs(head), form.fields, form.optional),
            text=head.rest,
            prose=self._named(head, _HEADING, prose, form.headings),
        )

    def _pairs(self, head: Passage) -> Iterator[tuple[str, Piece]]:
        for item in head.items:
            name, colon, value = item.text.partition(":")
            if colon:
                yield name.strip(), Piece(value.strip(), item.line)
            else:
                self.note(item.line, f"“{item.text}” is no field: write - name: value")

    def _named(
        self,
        head: Passage,
        kind: _Kind,
        found: Iterable[tuple[str, Piece]],
        needed: tuple[str, ...],
        optional: tuple[str, ...] = (),
    ) -> dict[str, Piece]:
        """What was found by name, one for each name that is known."""
        code, known = head.title.partition(" ")[0], (*needed, *optional)
        given: dict[str, Piece] = {}
        for name, piece in found:
            if name not in known:
                self.note(piece.line, f"“{name}” is no {kind.word} of {code}; known are {listed(known)}")
            elif name in given:
                first = given[name].line
                self.note(piece.line, f"{code} has the {kind.word} “{name}” on line {first} already: keep one")
            else:
                given[name] = piece
                if not piece.text:
                    self.note(piece.line, f"the {kind.word} “{name}” of {code} is empty: fill it in")
        for name in needed:
            if name not in given:
                self.note(head.line, f"{code} has no {kind.word} “{name}”: add {kind.written.format(name)}")
        return {name: given.get(name, Piece("", head.line)) for name in known}


@dataclass(frozen=True, slots=True)
class _Kind:
    word: str
    written: str


_FIELD = _Kind("field", "- {}: … under its heading")
_HEADING = _Kind("heading", "### {} and its text")


def listed(names: Sequence[str]) -> str:
    """Names as people list them: parts, position and guidance."""
    *others, last = names or ("none",)
    return f"{', '.join(others)} and {last}" if others else last


def read_page(path: Path, file: str, mistakes: Mistakes) -> Page:
    """Read a file that is called ``file`` in mistakes; one that can not be read is an empty page."""

    def note(line: int, sentence: str) -> None:
        mistakes.note(file, line, sentence)

    try:
        raw = path.read_bytes()
        page = _page(raw.decode("utf-8-sig"), raw, note)
        if page is not None:
            return page
        note(1, "the front matter is missing or not closed: begin with its fields between two lines of ---")
    except FileNotFoundError:
        note(0, "the file is missing: write it")
    except OSError as error:
        note(0, f"the file can not be read ({error.strerror}): check what it is and who may read it")
    except UnicodeDecodeError as error:
        note(raw.count(b"\n", 0, error.start) + 1, "the file is not UTF-8 from here on: save it as UTF-8")
    mistakes.unread.add(file)
    return Page(b"", Fields({}, 0, note, held=False), Piece("", 0), (), note)


def _page(source: str, raw: bytes, note: Note) -> Page | None:
    """None without a front matter that ends: where the text begins is not known then."""
    tokens = [token for token in _READER.parse(source) if token.map]
    lines = _NEWLINE.split(source)
    if not tokens or tokens[0].type != "front_matter":
        return None
    start = _span(tokens[0])[1]
    return Page(
        raw=raw,
        front=_front(tokens[0].content, note),
        source=_source(lines, start, len(lines)),
        passages=tuple(_passages(tokens, lines, start)),
        note=note,
    )


# Front matter


def _front(source: str, note: Note) -> Fields:
    nothing = Fields({}, 1, note, held=False)
    try:
        node = yaml.compose(source, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + _FRONT_BEGINS if mark else 1
        why = getattr(error, "problem", None) or "it can not be read"
        note(line, f"the front matter is no YAML here ({why}): mind the indent and quote a text with a colon")
        return nothing
    if not isinstance(node, yaml.MappingNode):
        note(1, "the front matter holds no fields: write them as name: value, one to a line")
        return nothing
    return _fields(node, note, set())


def _fields(node: yaml.MappingNode, note: Note, met: set[int]) -> Fields:
    values: dict[str, Value] = {}
    for key, value in node.value:
        line = _line(key)
        if not isinstance(key, yaml.ScalarNode):
            note(line, "the name of a field is a word: write name: value")
        elif key.value in values:
            note(line, f"the field “{key.value}” stands here twice: keep one")
        else:
            values[key.value] = _value(value, line, note, met)
    return Fields(values, _line(node), note)


def _value(node: yaml.Node, line: int, note: Note, met: set[int]) -> Value:
    """A value; ``line`` is that of its field, which is where people look for an empty one."""
    if id(node) in met:
        note(line, "this value refers to another one (*name): write it out")
        return Piece("written elsewhere", line)
    met.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return Fields(_fields(node, note, met).values, line, note)
    if isinstance(node, yaml.SequenceNode):
        return Pieces(tuple(_item(item, note) for item in node.value), line)
    return Piece(str(node.value).strip(), line)


def _item(node: yaml.Node, note: Note) -> Piece:
    if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
        note(_line(node), "an entry of this list is no text: write one text for each")
        return Piece("", _line(node))
    return Piece(node.value.strip(), _line(node))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + _FRONT_BEGINS


# Outline


def _passages(tokens: list[Token], lines: list[str], start: int) -> Iterator[Passage]:
    """What stands before the first heading of level 1 to 3, then each such heading with its text."""
    heads = [
        index
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and int(token.tag[1]) <= 3
    ]
    ends = [*(_span(tokens[index])[0] for index in heads), len(lines)]
    yield Passage(0, "", start + 1, _source(lines, start, ends[0]), (), "")
    for index, end in zip(heads, ends[1:], strict=True):
        yield _passage(tokens, index, lines, end)


def _passage(tokens: list[Token], index: int, lines: list[str], end: int) -> Passage:
    """The passage of the heading at ``index``; the token after it has the words of the heading."""
    head, words = tokens[index], tokens[index + 1]
    begin, below = _span(head)
    after = tokens[index + 2 : index + 3]
    rest = _span(after[0])[1] if after and after[0].type == "bullet_list_open" else below
    items = tuple(
        Piece(" ".join(token.content.split()), _span(token)[0] + 1)
        for token in takewhile(lambda token: _span(token)[0] < rest, tokens[index + 2 :])
        if token.type == "inline" and token.level == 3
    )
    level, title = int(head.tag[1]), words.content
    return Passage(level, title, begin + 1, _source(lines, below, end), items, _source(lines, rest, end).text.strip())


def _span(token: Token) -> tuple[int, int]:
    """First line, and line after the last, counted from 0."""
    assert token.map is not None
    return token.map[0], token.map[1]


def _source(lines: list[str], begin: int, end: int) -> Piece:
    return Piece("\n".join(lines[begin:end]), begin + 1)


def _reader() -> MarkdownIt:
    """A reader of blocks alone: what stands within a line is left as it is written."""
    reader = MarkdownIt("commonmark").enable("table").use(front_matter_plugin)
    reader.core.ruler.enableOnly(["normalize", "block"])
    return reader


_READER = _reader()
