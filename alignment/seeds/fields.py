"""The fields of every kind of record, and how the text of each is read into a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from alignment.domain.action import ActionState
from alignment.domain.assessment import Certainty, Progress, ResultKind, Route, Scope
from alignment.domain.brand import Track
from alignment.domain.catalogue import Part, Stage
from alignment.domain.decision import Act
from alignment.domain.frozen import dataclass
from alignment.domain.rating import RESULTS, Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import parse_when
from alignment.text import broken_links, why_no_address

Reader = Callable[[str], Any]
"""Text in, value out; ValueError with a sentence."""


def _text(value: str) -> str:
    return " ".join(value.split())


def _prose(value: str) -> str:
    return _linked(value.strip())


def _line(value: str) -> str:
    return _linked(_text(value))


def _linked(markdown: str) -> str:
    for _, sentence in broken_links(markdown):
        raise ValueError(sentence)
    return markdown


def _address(value: str) -> str:
    if fault := why_no_address(_text(value)):
        raise ValueError(fault)
    return _text(value)


def _id(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value):
        raise ValueError(f"“{value}” is no id: write small letters, digits and single hyphens, as memo-2024-09")
    return value


def _day(value: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError(f"“{value}” is no day: write 2024-09-30")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"“{value}” is no day of the calendar") from error


def _yes_or_no(value: str) -> bool:
    if value not in ("yes", "no", "true", "false"):
        raise ValueError(f"“{value}” is neither yes nor no")
    return value in ("yes", "true")


def _number(value: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,5}", value):
        raise ValueError(f"“{value}” is no whole number from 1 on")
    return int(value)


def _word(words: type[StrEnum] | Sequence[StrEnum]) -> Reader:
    return _choice(*(word.value for word in words))


def _choice(*known: str) -> Reader:
    def read(value: str) -> str:
        if value not in known:
            raise ValueError(f"“{value}” is none of {', '.join(known)}")
        return value

    return read


@dataclass(frozen=True, slots=True)
class F:
    """One field of a record: how its text is read, and whether it must stand there."""

    read: Reader
    needed: bool = False
    refers: str = ""


def _ref(table: str, *, needed: bool = False) -> F:
    return F(_text, needed, table)


ID = F(_id, True)
NEEDED = F(_text, True)
TEXT = F(_text)
LINE = F(_line)
ADDRESS = F(_address)
PROSE = F(_prose, True)
SOURCED = {
    "source": _ref("source", needed=True),
    "place": NEEDED,
    "certainty": F(_word(Certainty), True),
    "remark": TEXT,
}
FACT = {"effective": F(parse_when, True), "announced": F(_day), **SOURCED}
EVIDENCE_KINDS = ("document", "interview", "shadow_assessment", "site_visit", "expert")

SOURCE = {
    "id": ID, "title": NEEDED, "issuer": NEEDED, "address": ADDRESS, "issued": F(parse_when),
    "seen": F(_day), "remark": TEXT,
}  # fmt: skip
ORGANISATION = {
    "id": ID, "name": NEEDED, "short_name": TEXT, "country": TEXT, "address": ADDRESS,
    "kind": F(_choice("exchange", "authority", "scheme_owner", "assessor", "producer", "other"), True),
}  # fmt: skip
METAL = {"id": ID, "name": NEEDED, "lme_settled": F(_yes_or_no, True), **SOURCED}
STANDARD = {
    "id": ID, "name": NEEDED, "edition": TEXT, "issued": F(parse_when), "supersedes": _ref("standard"),
    "summary": TEXT, **SOURCED,
}  # fmt: skip
PROCESS = {"id": ID, "name": NEEDED, "owner": _ref("organisation"), "summary": TEXT, **SOURCED}
PROGRAMME = {
    "id": ID, "number": F(_number, True), "short_name": NEEDED, "standard": _ref("standard", needed=True),
    "assurance_process": _ref("assurance_process"), "owner": _ref("organisation"),
    "route": F(_word(Route), True), "metals_said": NEEDED, "stages_said": TEXT,
    "all_minerals": F(_yes_or_no), "superseded_by": _ref("programme"), **SOURCED,
}  # fmt: skip
NAME = {"name": NEEDED, "use": F(_choice("table", "also"), True), "since": F(_day), **SOURCED}
ASSESSMENT = {
    "id": ID, "programme": _ref("programme", needed=True), "edition": _ref("edition", needed=True),
    "round": F(_number, True), "label": TEXT, "assessor": _ref("organisation"), "follows": _ref("assessment"),
    "published": F(_yes_or_no, True), **SOURCED,
}  # fmt: skip
PROGRESS = {"id": ID, "part": F(_word(Part), True), "progress": F(_word(Progress), True), **FACT}
RESULT = {
    "id": ID, "scope": F(_word(Scope), True), "kind": F(_word(ResultKind)),
    "level": F(_word(RESULTS), True), "statement": TEXT, "rests_on": TEXT, **FACT,
}  # fmt: skip
FINDING = {
    "id": ID, "part": F(_word(Part), True), "group": _ref("group", needed=True),
    "level": F(_word(Level), True), "number": F(_number, True), "criterion": _ref("criterion"),
    "statement": TEXT, **FACT,
}  # fmt: skip
EVIDENCE = {
    "id": ID, "kind": F(_choice(*EVIDENCE_KINDS), True), "reference": NEEDED, "collected": F(_day),
    "expires": F(_day), "confidential": F(_yes_or_no), "link": ADDRESS, **FACT,
}  # fmt: skip
ACTION = {
    "id": ID, "assessment": _ref("assessment", needed=True), "title": NEEDED, "root_cause": LINE,
    "owner": _ref("organisation"), "due": F(_day), "expected": F(_day), "number_known": F(_yes_or_no),
    **SOURCED,
}  # fmt: skip
ANSWERS = {
    "part": F(_word(Part), True), "criterion": _ref("criterion", needed=True), "our_reading": F(_yes_or_no),
}  # fmt: skip
STEP = {
    "id": ID, "state": F(_word(ActionState), True), "as_reported": F(_yes_or_no),
    "by": _ref("organisation"), "statement": LINE, **FACT,
}  # fmt: skip
DECISION = {
    "id": ID, "programme": _ref("programme", needed=True), "act": F(_word(Act), True), "reason": TEXT,
    "conditions": TEXT, "against_advice": TEXT, "published_note": TEXT, "published_link": ADDRESS, **FACT,
}  # fmt: skip
RECOGNITION = {
    "id": ID, "programme": _ref("programme", needed=True), "authority": _ref("organisation", needed=True),
    "under": NEEDED, "act": F(_word(RecognitionAct), True), "reference": TEXT, "statement": TEXT, **FACT,
}  # fmt: skip
MONITORING = {
    "id": ID, "programme": _ref("programme"), "recommended_by": NEEDED, "owner": TEXT,
    "statement": NEEDED, **FACT,
}  # fmt: skip
STATEMENT = {
    "id": ID, "subject": NEEDED, "topic": NEEDED, "said_by": TEXT, "title": TEXT, "text": PROSE,
    "until": F(_day), **FACT,
}  # fmt: skip
EQUIVALENCE = {
    "id": ID, "kind": F(_choice("certification", "declaration"), True), "name": NEEDED,
    "stands_for": NEEDED, "programme": _ref("programme"), "statement": TEXT, **FACT,
}  # fmt: skip
PLACE = {
    "id": ID, "name": NEEDED, "kept_by": NEEDED, "address": ADDRESS, "statement": TEXT,
    "source": _ref("source"), "place": TEXT,
}  # fmt: skip
PRODUCER = {"id": ID, "name": NEEDED, "country": TEXT, "summary": TEXT, **SOURCED}
BRAND = {
    "id": ID, "name": NEEDED, "metal": _ref("metal", needed=True), "product": TEXT,
    "stage": F(_word(Stage)), "listing": TEXT, "by_product": F(_yes_or_no), **SOURCED,
}  # fmt: skip
DECLARATION = {"id": ID, "brand": _ref("brand", needed=True), "track": F(_word(Track), True), "statement": TEXT, **FACT}
CLAIM = {"id": ID, "field": NEEDED, "title": NEEDED, "value": PROSE, "gap": F(_yes_or_no), **FACT}
UPDATE = {
    "number": NEEDED, "title": NEEDED, "original_title": TEXT, "label": NEEDED, "as_at": F(_day, True),
    "published": F(parse_when, True), "source": _ref("source", needed=True),
}  # fmt: skip
RATING = {
    "part": F(_word(Part), True), "criterion": _ref("criterion", needed=True), "level": F(_word(Level), True),
    "rationale": LINE, "cites_standard": TEXT, "cites_guidance": TEXT, "carried_from": _ref("assessment"),
    "evidence": TEXT, "rated_on": F(_day, True), "rated_by": NEEDED,
}  # fmt: skip

# How the words of the files map to columns, where they differ.
COLUMN = {
    "source": "source_id", "standard": "standard_id", "assurance_process": "assurance_process_id",
    "owner": "owner_id", "programme": "programme_id", "assessor": "assessor_id", "assessment": "assessment_id",
    "authority": "authority_id", "metal": "metal_id", "by": "by_id", "until": "until_on", "due": "due_on",
    "expected": "expected_on", "seen": "seen_on", "collected": "collected_on", "expires": "expires_on",
    "announced": "announced_on", "brand": "brand_id",
}  # fmt: skip
