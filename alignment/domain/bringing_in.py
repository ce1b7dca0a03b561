"""Brands and certificates from a table: which column is which field, and each row as the values of a form.

A cell may say an id or the words that people read; what fits nothing is a fault with its row and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from alignment.domain.entering import Faults, Known
from alignment.domain.frozen import dataclass
from alignment.domain.keeping import Field, Noun, Shape, Values, read
from alignment.domain.producer_record import BRAND, CERTIFICATE

BROUGHT_IN = "brought_in"
"""The act of a file as a whole, in the record of each producer that it speaks of: after the event of every row."""

PRODUCER = Field("producer", "Producer", hint="Its id or its name; needed where several are brought in")
OF_BRAND = Field("brand", "Brand", needed=True, hint="Its name in the record, or its id")

# Other words that people write over a column.
_ALSO = {
    "brand": ("brand name", "listed brand"),
    "name": ("brand", "brand name"),
    "effective": ("issued", "issue date", "valid from", "date of issue"),
    "expires_on": ("expires", "expiry", "expiry date", "valid until", "valid to"),
    "issuer": ("issuer", "certifier", "certification body", "auditor"),
    "number": ("certificate number", "certificate no", "no"),
    "conformance": ("conformance", "result", "status"),
    "edition": ("edition", "version", "standard version"),
    "metals": ("metals", "metal"),
    "sites": ("sites", "site", "refinery", "smelter"),
    "kind": ("kind", "type", "certificate"),
    "stage": ("position",),
    "producer": ("company",),
    "public": ("public",),
}
_YES, _NO = ("yes", "true", "1", "y"), ("no", "false", "0", "n")
_DEFAULTS = {"public": "yes", "by_product": "no", "conformance": "not_known"}


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be brought in: the noun of each entry, and the fields that a column can be."""

    id: str
    noun: Noun
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        return next(each for each in self.fields if each.name == name)


def _fields(noun: Noun, *before: Field) -> tuple[Field, ...]:
    return (*before, *(each for each in noun.fields if each.name != "remark"))


KINDS = {
    "brands": Kind("brands", BRAND, _fields(BRAND, PRODUCER)),
    "certificates": Kind("certificates", CERTIFICATE, _fields(CERTIFICATE, PRODUCER, OF_BRAND)),
}


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with a cell: its sheet (empty for CSV), its row and column as people count them, and why."""

    sheet: str
    row: int
    column: str
    said: str

    def __str__(self) -> str:
        sheet = f"sheet {self.sheet}, " if self.sheet else ""
        column = f", column {self.column}" if self.column else ""
        return f"{sheet}row {self.row}{column}: {self.said}"


class UnmatchedError(ValueError):
    """Columns that fit nothing, said in a sentence; ``found`` are those that fit all the same."""

    def __init__(self, said: str, found: Mapping[str, int]) -> None:
        super().__init__(said)
        self.found = found


# --- columns ---------------------------------------------------------------------------------------------


def match(kind: Kind, heads: Sequence[str], said: Mapping[str, str]) -> dict[str, int]:
    """The column of each field: as somebody said (head to field, empty to leave it out), else by its words.

    UnmatchedError with a sentence where a head or field is not known, two columns are one field, or one is missing.
    """
    found: dict[str, int] = {}
    known = {each.name for each in kind.fields}
    given = {_key(head): name for head, name in said.items()}
    strange = next((head for head in said if _key(head) not in {_key(each) for each in heads}), None)
    wrong = [] if strange is None else [f"There is no column “{strange[:60]}”: the table has {', '.join(heads)}."]
    for at, head in enumerate(heads):
        name = given.get(_key(head), _by_words(kind, head, found))
        if name and name not in known:
            wrong.append(f"“{name[:40]}” is no field: a column is one of {', '.join(sorted(known))}, or left out.")
        elif name and name in found:
            wrong.append(f"Two columns are taken for {kind.field(name).label}: leave one of them out.")
        elif name:
            found[name] = at
    missing = [each.label for each in kind.fields if each.needed and each.name not in (*found, *_DEFAULTS)]
    if missing:
        wrong.append(f"No column is taken for {', '.join(missing)}: say which one it is.")
    if wrong:
        raise UnmatchedError(wrong[0], found)
    return found


def _by_words(kind: Kind, head: str, found: Iterable[str]) -> str:
    """The first field that is known by the words of a head and has no column yet; empty where none is."""
    key = _key(head)
    for each in kind.fields:
        if each.name not in found and key in {_key(each.name), _key(each.label)}:
            return each.name
    for each in kind.fields:
        if each.name not in found and key in {_key(word) for word in _ALSO.get(each.name, ())}:
            return each.name
    return ""


def _key(words: str) -> str:
    return re.sub(r"[\W_]+", " ", words.casefold()).strip()


# --- rows --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cells:
    """A row as a form: the cell of each field that has a column, else what it is where nothing is said."""

    cells: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str, default: str, /) -> str:
        return self.cells.get(name) or _DEFAULTS.get(name, default)

    def every(self, name: str, /) -> list[str]:
        return [each for each in re.split(r"\s*[;,\n]\s*", self.cells.get(name, "").strip()) if each]


@dataclass(frozen=True, slots=True)
class Named:
    """What the cells of one record's table may name, by the words that people write: for each list, words to id."""

    choices: Mapping[str, Mapping[str, str]]
    brands: Mapping[str, str]

    @classmethod
    def by(cls, known: Known) -> Named:
        return cls(
            {name: _by_word(pairs) for name, pairs in known.choices().items()},
            _by_word((each.id, each.name) for each in known.brands.values()),
        )

    def brand(self, cell: str) -> str:
        """The brand that a cell names, by name or id; the cell itself where there is none."""
        return self.brands.get(_key(cell), cell)


def _by_word(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The id of each choice by its id and by its words; the first of two that read alike."""
    found: dict[str, str] = {}
    for id, words in pairs:
        found.setdefault(_key(id), id)
        found.setdefault(_key(words), id)
    return found


def values_of(kind: Kind, cells: Mapping[str, str], named: Named) -> tuple[Values, Faults]:
    """What a row says, as the values of a form, and a sentence for each cell that cannot be read."""
    said: dict[str, str] = {}
    unread: Faults = {}
    for each in kind.noun.fields:
        cell = cells.get(each.name, "")
        choices = _by_word(each.words) or named.choices.get(each.of)
        if choices and cell:
            several = Cells({each.name: cell}).every(each.name) if each.shape is Shape.MANY else [cell]
            said[each.name] = ";".join(choices.get(_key(one), one) for one in several)
        elif each.shape is Shape.FLAG:
            key = _key(cell or _DEFAULTS.get(each.name, ""))
            said[each.name] = "yes" if key in _YES else "no"
            if key not in (*_YES, *_NO):
                unread[each.name] = f"“{cell[:40]}” is neither yes nor no."
        else:
            said[each.name] = cell
    values, faults = read(kind.noun, Cells(said), {})
    return values, faults | unread
