"""What the LME's people keep in the register: each noun with its fields, and how what is typed is read.

A kept record says plain values: text, true or false, ids of other records, dates as ``2022-08`` or
``by 2024-09-30``, and for a programme its metals. The same values stand in the form, in the store's
events as before and after, and side by side where two people changed one record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from alignment.domain.assessment import Certainty, Route
from alignment.domain.catalogue import Stage
from alignment.domain.frozen import dataclass
from alignment.domain.people import EXAMPLE
from alignment.domain.when import parse_when

Values = dict[str, Any]


MOST_FIGURES = 60
"""Lines that a field of labelled figures may have."""


class Shape(StrEnum):
    """What a field takes."""

    TEXT = "text"
    PROSE = "prose"
    NUMBER = "number"
    FLAG = "flag"
    WHEN = "when"
    DAY = "day"
    WORD = "word"
    WORDS = "words"
    ONE = "one"
    MANY = "many"
    METALS = "metals"
    COUNT = "count"
    FIGURES = "figures"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kept record. ``of`` names the nouns it points at; ``words`` are value and label.

    Of a ``dated`` one it is kept what it said before each change, and from which day on it says something else.
    """

    name: str
    label: str
    shape: Shape = Shape.TEXT
    hint: str = ""
    needed: bool = False
    of: str = ""
    words: tuple[tuple[str, str], ...] = ()
    most: int = 300
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Noun:
    """A kind of kept record. ``table`` is its table and the beginning of its subject in events."""

    id: str
    table: str
    one: str
    many: str
    says: str
    fields: tuple[Field, ...]

    @property
    def labels(self) -> dict[str, str]:
        """What each field is called, in the order of the form."""
        return {field.name: field.label for field in self.fields}

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)

    @property
    def dated(self) -> tuple[Field, ...]:
        """The fields of which it is kept what they said on any day."""
        return tuple(field for field in self.fields if field.dated)

    @property
    def dated_said(self) -> str:
        """Which fields those are, in a sentence."""
        listed = "; ".join(field.label[0].lower() + field.label[1:] for field in self.dated)
        return f"Asked for {listed}. Every other field shows the same on all days."


KINDS = (
    ("scheme_owner", "Scheme owner"),
    ("assessor", "Assessor"),
    ("authority", "Authority"),
    ("exchange", "Exchange"),
    ("company", "Company"),
)
STAGES = tuple((stage.value, stage.label) for stage in Stage)
ROUTES = (
    (Route.OECD.value, "OECD alignment assessment"),
    (Route.EQUIVALENCE.value, "Recognition by another authority"),
)
CERTAINTIES = tuple((each.value, each.label) for each in Certainty)

# Nothing invented: what the register says rests on a document, a place in it, and how sure that is.
SOURCED = (
    Field("source", "Source", Shape.ONE, of="sources", needed=True, hint="The document that says so"),
    Field("place", "Place in it", hint="A section, a table, a page"),
    Field("certainty", "How sure", Shape.WORD, words=CERTAINTIES, needed=True),
    Field("remark", "Remark", Shape.PROSE, hint="What a reader should know about how the source was read", most=4000),
)

ORGANISATIONS = Noun(
    "organisations",
    "organisation",
    "organisation",
    "Organisations",
    "Owners of standards, assessors, authorities, exchanges and companies.",
    (
        Field("name", "Name", needed=True, hint="In full, as the organisation writes it", dated=True),
        Field("short_name", "Short name", most=80),
        Field("kind", "Kind", Shape.WORD, words=KINDS, needed=True),
        Field("country", "Country", most=80),
        Field("address", "Public address", hint="Where its own pages begin: https://…", most=500),
    ),
)
SOURCES = Noun(
    "sources",
    "source",
    "source",
    "Sources",
    "The documents that every other fact rests on.",
    (
        Field("title", "Title", needed=True, hint="As the document prints it", most=500),
        Field("issuer", "Issued by", needed=True),
        Field("address", "Address", hint="Its public address, or the name of its file", most=500),
        Field("issued", "Issued", Shape.WHEN, hint="2024-09-30, 2024-09, 2024, or by 2024-09-30"),
        Field("seen_on", "Last looked at", Shape.DAY),
        Field("remark", "Remark", Shape.PROSE, most=4000),
    ),
)
METALS = Noun(
    "metals",
    "metal",
    "metal",
    "Metals",
    "Metals and minerals, and whether the London Metal Exchange settles them physically.",
    (
        Field("name", "Name", needed=True, most=80),
        Field("lme_settled", "Settled physically on the LME", Shape.FLAG),
        *SOURCED,
    ),
)
STANDARDS = Noun(
    "standards",
    "standard",
    "standard",
    "Standards",
    "Each edition of a standard is a record of its own and says which it supersedes.",
    (
        Field("name", "Name", needed=True, hint="As printed on the standard", dated=True),
        Field("edition", "Edition", hint="V3, version 2.0, 2022", most=80, dated=True),
        Field("issued", "Issued", Shape.WHEN, hint="2024-09-30, 2024-09, 2024, or by 2024-09-30"),
        Field("owners", "Owned by", Shape.MANY, of="organisations", needed=True),
        Field(
            "supersedes", "Supersedes", Shape.ONE, of="standards", hint="The edition that this one takes the place of"
        ),
        Field("summary", "What it is", Shape.PROSE, most=4000),
        *SOURCED,
    ),
)
PROCESSES = Noun(
    "processes",
    "assurance_process",
    "assurance process",
    "Assurance processes",
    "How companies are checked against a standard.",
    (
        Field("name", "Name", needed=True, dated=True),
        Field("owner", "Run by", Shape.ONE, of="organisations"),
        Field("summary", "How it works", Shape.PROSE, most=4000),
        *SOURCED,
    ),
)
PROGRAMMES = Noun(
    "programmes",
    "programme",
    "programme",
    "Programmes",
    "One edition of a standard with one assurance process: what is assessed, decided on and printed as a row.",
    (
        Field("number", "Number", Shape.NUMBER, needed=True, hint="Its place in the printed table"),
        Field("short_name", "Short name", needed=True, most=120, dated=True),
        Field("standard", "Standard", Shape.ONE, of="standards", needed=True),
        Field("assurance_process", "Assurance process", Shape.ONE, of="processes"),
        Field("owner", "Owner", Shape.ONE, of="organisations", needed=True),
        Field("route", "Route", Shape.WORD, words=ROUTES, needed=True),
        Field(
            "metals_said",
            "Metals, as printed",
            needed=True,
            hint="The words of the source: copper, lead, nickel",
            most=500,
            dated=True,
        ),
        Field(
            "metals",
            "Metals, one by one",
            Shape.METALS,
            of="metals",
            hint="What is left out is said to be left out",
            dated=True,
        ),
        Field("all_minerals", "Takes any mineral but those left out", Shape.FLAG, dated=True),
        Field(
            "stages_said",
            "Stages, as printed",
            hint="The words of the source: mine to refined metal",
            most=500,
            dated=True,
        ),
        Field("stages", "Stages, one by one", Shape.WORDS, words=STAGES, dated=True),
        Field("superseded_by", "Superseded by", Shape.ONE, of="programmes"),
        *SOURCED,
    ),
)
NOUNS = (ORGANISATIONS, SOURCES, METALS, STANDARDS, PROCESSES, PROGRAMMES)

NAME = Noun(
    "names",
    "programme_name",
    "printed name",
    "Printed names",
    "Every name under which the programme was printed; none is ever taken away.",
    (
        Field("name", "Name", needed=True, hint="Letter for letter as printed", most=500),
        Field(
            "use",
            "Used",
            Shape.WORD,
            needed=True,
            words=(
                ("table", "In the status table, from the day below"),
                ("also", "Elsewhere, beside the name in the table"),
            ),
        ),
        Field(
            "since", "In the table from", Shape.DAY, hint="For a new name in the table: earlier dates keep the old one"
        ),
        *SOURCED,
    ),
)


def noun(id: str) -> Noun | None:
    """The noun of an address."""
    return next((each for each in NOUNS if each.id == id), None)


# --- reading what was typed -----------------------------------------------------------------------


class Form(Protocol):
    """What was sent: one text by name, or every text of a repeated field."""

    def get(self, name: str, default: str, /) -> str: ...
    def every(self, name: str, /) -> list[str]: ...


def read(noun: Noun, form: Form, metals: Mapping[str, str]) -> tuple[Values, dict[str, str]]:
    """The values that a form says, and a sentence for each field that cannot be read."""
    values: Values = {}
    faults: dict[str, str] = {}
    for field in noun.fields:
        try:
            values[field.name] = _read(field, form, metals)
        except ValueError as error:
            values[field.name] = form.get(field.name, "")
            faults[field.name] = str(error)
            continue
        if field.needed and values[field.name] in ("", [], None):
            faults[field.name] = f"{field.label} is needed."
    return values, faults


def _read(field: Field, form: Form, metals: Mapping[str, str]) -> Any:
    if field.shape is Shape.METALS:
        return _metals(form, metals)
    if field.shape is Shape.MANY:
        return sorted({each for each in form.every(field.name) if each})
    if field.shape is Shape.WORDS:
        chosen = form.every(field.name)
        unknown = next((each for each in chosen if each not in dict(field.words)), None)
        if unknown is not None:
            raise ValueError(_none_of(field, unknown))
        return [word for word, _ in field.words if word in chosen]
    said = form.get(field.name, "").strip()
    return _READ[field.shape](field, said)


def _text(field: Field, said: str) -> str:
    if len(said) > field.most:
        raise ValueError(f"{field.label} has at most {field.most:,} characters; this has {len(said):,}.")
    return said if field.shape is Shape.PROSE else " ".join(said.split())


def _number(field: Field, said: str) -> int | str:
    if not said:
        return ""
    if not re.fullmatch("[1-9][0-9]{0,3}", said):
        raise ValueError(f"“{said[:40]}” is no number for {field.label}: write a whole number from 1 to 9999.")
    return int(said)


def _count(field: Field, said: str) -> str:
    if said and not re.fullmatch("[0-9]{1,9}", said):
        raise ValueError(f"“{said[:40]}” is no number for {field.label}: write a whole number, 0 or more.")
    return str(int(said)) if said else ""


def _figures(field: Field, said: str) -> dict[str, str]:
    """Lines of a label and a figure, ``Chile 28``; a blank line is none, and a comma may stand for the point."""
    found: dict[str, str] = {}
    for at, line in enumerate(said.splitlines(), 1):
        if not line.strip():
            continue
        label, figure = _labelled(field, at, line)
        if label.casefold() in {each.casefold() for each in found}:
            raise ValueError(f"{field.label}: “{label[:40]}” stands there twice: put the two together.")
        found[label] = figure
    if len(found) > MOST_FIGURES:
        raise ValueError(f"{field.label} has at most {MOST_FIGURES} lines; this has {len(found)}.")
    return found


def _labelled(field: Field, at: int, line: str) -> tuple[str, str]:
    read = re.fullmatch(r"(.*?\S)[\s:;=]+([0-9]{1,9}(?:[.,][0-9]{1,6})?)\s*%?", line.strip())
    label = " ".join(read[1].strip(" :;=\t").split()) if read else ""
    if read is None or not label or len(label) > 80:
        raise ValueError(f"{field.label}, line {at}: “{line.strip()[:40]}” is no label and figure: write Chile 28.")
    return label, read[2].replace(",", ".")


def _flag(field: Field, said: str) -> bool:
    return said == "yes"


def _when(field: Field, said: str) -> str:
    try:
        return parse_when(said).iso() if said else ""
    except ValueError as error:
        raise ValueError(f"{field.label}: {str(error)[:200]}.") from None


def _day(field: Field, said: str) -> str:
    try:
        return date.fromisoformat(said).isoformat() if said else ""
    except ValueError:
        raise ValueError(f"{field.label}: “{said[:40]}” is no day: write it as 2024-09-30.") from None


def _word(field: Field, said: str) -> str:
    if said and said not in dict(field.words):
        raise ValueError(_none_of(field, said))
    return said


def _none_of(field: Field, said: str) -> str:
    return f"“{said[:40]}” is none of the choices of {field.label}: {'; '.join(words for _, words in field.words)}."


def _one(field: Field, said: str) -> str:
    return said


_READ: dict[Shape, Callable[[Field, str], Any]] = {
    Shape.TEXT: _text,
    Shape.PROSE: _text,
    Shape.NUMBER: _number,
    Shape.FLAG: _flag,
    Shape.WHEN: _when,
    Shape.DAY: _day,
    Shape.WORD: _word,
    Shape.ONE: _one,
    Shape.COUNT: _count,
    Shape.FIGURES: _figures,
}


def _metals(form: Form, metals: Mapping[str, str]) -> dict[str, Values]:
    """What a programme says about each metal that it names: covered or left out, and on which condition."""
    found: dict[str, Values] = {}
    for metal, name in metals.items():
        said, condition = form.get(f"metal:{metal}", ""), " ".join(form.get(f"condition:{metal}", "").split())
        if said not in ("", "covered", "excluded"):
            raise ValueError(f"“{said[:40]}” is none of the choices for {name}.")
        if condition and not said:
            raise ValueError(f"{name}: a condition is given, but not whether the metal is covered or left out.")
        if len(condition) > 300:
            raise ValueError(f"{name}: a condition has at most 300 characters.")
        if said:
            found[metal] = {"excluded": said == "excluded", "condition": condition}
    return found


# --- ids, and the worked example ------------------------------------------------------------------------


def why_no_id(id: str) -> str | None:
    """Why an id cannot be given to a record; None where it can. Ids stand in addresses and never change."""
    if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", id) or len(id) > 60 or id == "new":
        return "An id is small letters, digits and single hyphens, at most 60: joint-standard-2025. It never changes."
    return None


def why_not_world(demonstration: bool, id: str) -> str | None:
    """Why somebody may not touch a record: demonstration people keep to the worked example, others keep off it."""
    if id.startswith(EXAMPLE) == demonstration:
        return None
    if demonstration:
        return f"Demonstration people keep the worked example alone: its ids begin with “{EXAMPLE}”."
    return "This belongs to the worked example, which comes with the program and is not kept here."


# --- circles --------------------------------------------------------------------------------------------


def goes_round(id: str, after: str, follows: Mapping[str, str]) -> bool:
    """Whether a record would come to supersede itself, through others: ``follows`` says what each points at."""
    seen = {id}
    while after:
        if after in seen:
            return True
        seen.add(after)
        after = follows.get(after, "")
    return False
