"""What somebody else said, entered in their name: in our words, or as a quotation that is marked as one.

A statement is a fact like any other: it is never changed, and a correction is a new one that names the old.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from alignment.domain.keeping import SOURCED, Field, Noun, Shape, Values
from alignment.domain.when import parse_when

OURS, QUOTED = "ours", "quoted"
WORDINGS = ((OURS, "In our words"), (QUOTED, "A quotation, word for word"))
ABOUT = (
    ("method", "The methodology of alignment assessments"),
    ("policy", "The LME’s policy"),
    ("pilots", "The pilot assessments"),
)
COMMENT = "comment"
"""The topic under which comments on the market stand: what is said of Track A as a whole."""

_SOURCE, _PLACE, _CERTAINTY, _REMARK = SOURCED
STATEMENT = Noun(
    "statements",
    "statement",
    "statement",
    "Statements",
    "What the OECD and others said, in their name, with the document that says so. Market updates choose from these.",
    (
        Field("said_by", "Speaker", needed=True, hint="The organisation, as it is printed: OECD"),
        Field("about", "About", Shape.WORD, words=ABOUT, needed=True),
        Field("title", "Heading", needed=True, hint="A few words; it stands before what was said"),
        Field("wording", "Whose words", Shape.WORD, words=WORDINGS, needed=True),
        Field(
            "text", "What was said", Shape.PROSE, needed=True, most=4000,
            hint="A quotation without its quotation marks: the register sets them",
        ),
        Field("effective", "Said", Shape.WHEN, hint="2024-09-30, 2024-09, 2024, or by 2024-09-30", needed=True),
        _SOURCE,
        Field("place", "Place in it", hint="A section, a table, a page", needed=True),
        _CERTAINTY,
        _REMARK,
    ),
)  # fmt: skip
CORRECTION = replace(STATEMENT, fields=tuple(field for field in STATEMENT.fields if field.name != "about"))
"""The form of a correction: what a statement is about stays."""


def worded(values: Mapping[str, str]) -> str:
    """The text as it is kept: on one line, a quotation between its marks and with no other ones inside."""
    said = " ".join(values["text"].split())
    if values["wording"] != QUOTED:
        return said
    inside = said.removeprefix("“").removeprefix('"').removesuffix("”").removesuffix('"')
    return f"“{inside.replace('“', '‘').replace('”', '’')}”"


def is_quotation(text: str) -> bool:
    """Whether a text that is kept is a quotation from its first sign to its last."""
    return text.startswith("“") and text.find("”") == len(text) - 1 and text.count("“") == 1


def as_entered(kept: Mapping[str, str]) -> Values:
    """What the form of a correction begins with: the kept statement as it was entered."""
    quoted = is_quotation(kept["text"])
    text = kept["text"][1:-1] if quoted else kept["text"]
    return {**kept, "wording": QUOTED if quoted else OURS, "text": text}


def faults_of(values: Values, today: date) -> dict[str, str]:
    """A sentence for each field that was read and does not hold."""
    faults = {}
    if values["effective"] and parse_when(values["effective"]).on > today:
        faults["effective"] = "This day lies ahead: enter what was said once it is said."
    if values["wording"] == OURS and is_quotation(worded(values)):
        faults["wording"] = "The text stands between quotation marks: say that it is a quotation, or put it otherwise."
    return faults


def why_not_correct(corrected_by: str | None) -> str | None:
    """Why a statement cannot be corrected, or None: of each there is one that holds."""
    if corrected_by is None:
        return None
    return "This statement was corrected already: correct the newer one, which stands in its place."
