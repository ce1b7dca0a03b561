"""A market update that is being composed, and what is frozen of it on the day it is published."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from alignment.domain.checks import Check, Fault
from alignment.domain.frozen import dataclass
from alignment.domain.insertion import asks_for_chosen, topics, unknown
from alignment.domain.publication import NUMBER, Content
from alignment.domain.table import COLUMNS, Value
from alignment.domain.when import say_day

LONGEST_TITLE = 300
LONGEST_LABEL = 2000
LONGEST_TEXT = 200_000
"""Characters; the reader of Markdown takes no more."""

LABELS = {
    "number": "Number",
    "title": "Title",
    "as_at": "Table as at",
    "corrects": "Corrects",
    "label": "Remark at its head",
    "text": "Text",
    "statements": "Statements",
}
"""What a draft says, in the order of its form."""


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody has written of a market update: ``label`` is a remark at its head, or nothing.

    ``statements`` are the ids of the attributed statements that are chosen.
    """

    number: str
    title: str
    as_at: date
    text: str = ""
    label: str = ""
    corrects: str = ""
    statements: tuple[str, ...] = ()


def faults_of(written: Written) -> dict[str, str]:
    """A sentence for each field that cannot be kept as it is."""
    faults = {}
    if not NUMBER.fullmatch(written.number):
        faults["number"] = "Write year and month as 2026-11; a second one in that month is 2026-11-2."
    if not written.title.strip():
        faults["title"] = "A title is needed: it stands at the head of the publication."
    for name, most in (("title", LONGEST_TITLE), ("label", LONGEST_LABEL), ("text", LONGEST_TEXT)):
        if len(getattr(written, name)) > most:
            faults[name] = f"At most {most:,} characters; this has {len(getattr(written, name)):,}."
    if written.corrects and written.corrects == written.number:
        faults["corrects"] = "A correction has a number of its own: it points at the one that it corrects."
    return faults


def refusals(
    *, number: str, as_at: date, corrects: str, rows: int, issuer: str, held: Collection[str], today: date
) -> list[Fault]:
    """Why no reason lets a market update out as it stands: the same for its page, its dry run and the act itself.

    ``rows`` is how many its table has, ``held`` are the numbers that are taken.
    """
    said = {}
    if number in held:
        said["number"] = f"Publication {number} is frozen already: choose the next number."
    if as_at > today:
        said["as_at"] = f"The update is as at {as_at}, which lies ahead: publish it on that day or later."
    if corrects and corrects not in held:
        said["corrects"] = f"It corrects publication {corrects}, which this register does not hold: publish that first."
    if not rows:
        said["table"] = "Its table has no row on that day, and what is frozen never gains one: record facts first."
    if not issuer:
        said["issuer"] = "No exchange is entered in whose name an update is issued: enter that organisation first."
    return [Fault(Check.REFUSED, field, sentence, _MENDED.get(field, f"#{field}")) for field, sentence in said.items()]


_MENDED = {"table": "/keeping", "issuer": "/keeping/organisations"}
"""Where to put right what is no field of the draft."""


def marker_faults(written: Written, held: Sequence[str]) -> list[Fault]:
    """What the text asks for and cannot get: unknown insertions, statements without a choice or a place.

    ``held`` are the topics on which statements are held.
    """
    found = [Fault(Check.MARKER, str(at), said, "#text") for at, said in enumerate(unknown(written.text), 1)]
    if found:
        return found
    chosen_place = asks_for_chosen(written.text)
    if chosen_place and not written.statements:
        found.append(
            Fault(Check.MARKER, "statements", "The text asks for statements and none is chosen.", "#statements")
        )
    if written.statements and not chosen_place:
        found.append(
            Fault(
                Check.MARKER,
                "statements",
                "Statements are chosen and the text has no line {table: statements} where they would stand.",
                "#text",
            )
        )
    found += [
        Fault(Check.MARKER, topic, f"The text asks for statements on “{topic}”, and none is held.", "#text")
        for topic in topics(written.text)
        if topic not in held
    ]
    return found


def content_of_draft(
    written: Written,
    *,
    published: date,
    issuer: str,
    rows: Sequence[Mapping[str, Value]],
    statements: Sequence[Mapping[str, Value]],
    changes: Content | None,
    actions: Sequence[Mapping[str, Value]],
    waived: Sequence[Mapping[str, object]],
    ahead: Sequence[Mapping[str, Value]] = (),
) -> Content:
    """What is frozen of an update that is published here: it is its own source, issued by ``issuer``.

    ``ahead`` is what was decided by the day of the table and takes effect later: it is printed with the row.
    Of what changed, with its grounds, all is frozen whether the text prints it or not: later comparisons read it.
    """
    content: dict[str, Any] = {
        "number": written.number,
        "title": written.title.strip(),
        "original_title": "",
        "label": written.label.strip(),
        "as_at": written.as_at.isoformat(),
        "published": published.isoformat(),
        "text": written.text,
        "corrects": written.corrects or None,
        "issuer": issuer,
        "source": None,
        "table": {
            "caption": f"Table 1. Status of alignment assessments and of LME approval, as at {say_day(written.as_at)}",
            "columns": [{"name": column.name, "title": column.title} for column in COLUMNS],
            "rows": [dict(row) for row in rows],
        },
        "statements": [dict(each) for each in statements],
        "changes": changes,
        "actions": [dict(each) for each in actions],
        "waived": [dict(each) for each in waived],
        "ahead": [dict(each) for each in ahead],
    }
    return content


def next_number(taken: Collection[str], day: date) -> str:
    """The number to propose on a day: its year and month, counted on where that is taken."""
    first = f"{day:%Y-%m}"
    return next(each for each in (first, *(f"{first}-{n}" for n in range(2, len(taken) + 3))) if each not in taken)


BEGINNING = """## 1 Status of alignment assessments

{table: status}

## 2 What changed since the last update

{table: changes}

## 3 Corrective actions

{table: actions}
"""
"""What a new draft begins with."""
