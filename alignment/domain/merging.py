"""Two people at one rating or form: what each changed since the version both began from, field by field, by word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from alignment.domain.frozen import dataclass
from alignment.domain.rating import Judgement, Level, faults_of
from alignment.domain.refusal import Stale

FIELDS = ("level", "rationale", "cites_standard", "cites_guidance")
LABELS = {
    "level": "Level",
    "rationale": "Rationale",
    "cites_standard": "Citation from the standard",
    "cites_guidance": "Citation from the Guidance",
}

CHOOSE = "Choose one of the two, or another."

# Comparing costs up to the product of the lengths: longer texts are compared by line, then as a whole.
MOST = 1_000_000


class Changed(StrEnum):
    """Who changed a field since the common version."""

    NEITHER = "neither"
    THEIRS = "theirs"
    YOURS = "yours"
    ALIKE = "alike"
    BOTH = "both"


class Pick(StrEnum):
    """Whose value of a field is kept; both and third only of a text."""

    THEIRS = "theirs"
    YOURS = "yours"
    BOTH = "both"
    THIRD = "third"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a rating or a form in three versions: text in a rating, any plain value in a form.

    ``proposed`` is the choice to offer, None where nobody can tell.
    """

    name: str
    label: str
    base: Any
    theirs: Any
    yours: Any
    changed: Changed

    @property
    def differs(self) -> bool:
        """Whether there is anything to choose."""
        return bool(self.theirs != self.yours)

    @property
    def proposed(self) -> Pick | None:
        if self.changed is Changed.BOTH:
            return None
        return Pick.YOURS if self.changed is Changed.YOURS else Pick.THEIRS

    @property
    def kept(self) -> Any:
        """What a form holds that comes back: theirs where only they changed it, and else what you wrote."""
        return self.theirs if self.changed is Changed.THEIRS else self.yours

    @property
    def together(self) -> str:
        """Both texts in one: woven where the changes lie apart, else theirs and then yours."""
        return weave(self.base, self.theirs, self.yours)


@dataclass(frozen=True, slots=True)
class Merge:
    """A rating in three versions, field by field."""

    fields: tuple[Field, ...]

    @property
    def open(self) -> tuple[str, ...]:
        """The fields that both changed, each to something else: somebody has to choose."""
        return tuple(field.name for field in self.fields if field.changed is Changed.BOTH)

    @property
    def yours_says_more(self) -> bool:
        """Whether yours holds any change that theirs does not."""
        return any(field.changed in (Changed.YOURS, Changed.BOTH) for field in self.fields)

    def resolved(self, picks: Mapping[str, Pick], third: Mapping[str, str]) -> Judgement:
        """The rating that the choices give; KeyError for an open field without one."""
        return judgement({field.name: _picked(field, picks, third) for field in self.fields})

    def decided(self, picks: Mapping[str, Pick], third: Mapping[str, str]) -> tuple[Judgement, dict[str, str]]:
        """The rating that the choices give, empty where one is missing, and all that keeps it from being stored."""
        left = [field.name for field in self.fields if field.differs and field.name not in picks]
        said = {field.name: "" if field.name in left else _picked(field, picks, third) for field in self.fields}
        says = judgement(said)
        return says, faults_of(says) | dict.fromkeys(left, CHOOSE)


def merge(base: Judgement, theirs: Judgement, yours: Judgement) -> Merge:
    """Compare two later versions with the one that both began from."""
    return Merge(
        tuple(_field(name, LABELS[name], *(_text(each, name) for each in (base, theirs, yours))) for name in FIELDS)
    )


def judgement(said: Mapping[str, str]) -> Judgement:
    """A rating from its fields as text; an empty level is none."""
    level = Level(said["level"]) if said["level"] else None
    return Judgement(level, said["rationale"], said["cites_standard"], said["cites_guidance"])


class Clash(Stale):
    """Somebody changed meanwhile what a form changes: each of its fields in three versions, and the version by now."""

    def __init__(self, fields: Sequence[Field], version: int) -> None:
        super().__init__("Somebody else changed this while you were writing.")
        self.fields, self.version = tuple(fields), version

    @property
    def kept(self) -> dict[str, Any]:
        """The form that holds what both changed, and yours where both changed one field."""
        return {field.name: field.kept for field in self.fields}


def compare(
    base: Mapping[str, Any], theirs: Mapping[str, Any], yours: Mapping[str, Any], labels: Mapping[str, str]
) -> tuple[Field, ...]:
    """The fields that ``labels`` names in three versions; what the base does not tell counts as changed by both."""
    return tuple(
        _field(name, label, base.get(name, UNTOLD), theirs.get(name), yours.get(name)) for name, label in labels.items()
    )


def undoes(fields: Sequence[Field]) -> bool:
    """Whether they changed anything that yours would take back or write over."""
    return any(field.changed in (Changed.THEIRS, Changed.BOTH) for field in fields)


UNTOLD = object()
"""The value of a field that nobody knows."""


def _field(name: str, label: str, base: Any, theirs: Any, yours: Any) -> Field:
    if theirs == yours:
        changed = Changed.NEITHER if theirs == base else Changed.ALIKE
    elif theirs == base:
        changed = Changed.YOURS
    elif yours == base:
        changed = Changed.THEIRS
    else:
        changed = Changed.BOTH
    return Field(name, label, base, theirs, yours, changed)


def _text(said: Judgement, name: str) -> str:
    value = getattr(said, name)
    return value.value if isinstance(value, Level) else value or ""


def _picked(field: Field, picks: Mapping[str, Pick], third: Mapping[str, str]) -> str:
    pick = picks.get(field.name) or field.proposed
    if pick is None:
        raise KeyError(field.name)
    if pick is Pick.THIRD:
        return third[field.name]
    if pick is Pick.BOTH and field.name != "level":
        return field.together
    return str(field.yours if pick is Pick.YOURS else field.theirs)


# --- word by word ----------------------------------------------------------------------------------


class Kind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text and what became of it."""

    kind: Kind
    text: str


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """How one text became another: the pieces that are not added give the first, those not removed the second."""
    old, new = _tokens(before, after)
    found: list[Piece] = []
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece(Kind.SAME, "".join(old[a1:a2])))
            continue
        if a2 > a1:
            found.append(Piece(Kind.REMOVED, "".join(old[a1:a2])))
        if b2 > b1:
            found.append(Piece(Kind.ADDED, "".join(new[b1:b2])))
    return tuple(found)


def weave(base: str, theirs: str, yours: str) -> str:
    """One text with the changes of both; where they meet in one place, theirs and then yours in full."""
    if theirs == yours or yours == base:
        return theirs
    if theirs == base:
        return yours
    woven = _woven(base, theirs, yours)
    if woven is not None:
        return woven
    return "\n\n".join(each.strip("\n") for each in (theirs, yours) if each.strip())


def _woven(base: str, theirs: str, yours: str) -> str | None:
    """The base with the edits of both put in; None where two edits touch."""
    common, first, second = _tokens(base, theirs, yours)
    edits = sorted(
        (a1, a2, new[b1:b2])
        for new in (first, second)
        for tag, a1, a2, b1, b2 in SequenceMatcher(None, common, new, autojunk=False).get_opcodes()
        if tag != "equal"
    )
    out: list[str] = []
    at = -1
    for start, end, put in edits:
        if start <= at:
            return None
        out += [*common[max(at, 0) : start], *put]
        at = end
    return "".join([*out, *common[max(at, 0) :]])


def _tokens(*texts: str) -> list[Sequence[str]]:
    """The texts in pieces to compare: words, or lines of long ones, or each as a whole."""
    for pattern in (r"\s+|\w+|[^\w\s]", r"[^\n]*\n|[^\n]+"):
        split = [re.findall(pattern, text) for text in texts]
        longest = sorted(len(each) for each in split)[-2:]
        if longest[0] * longest[-1] <= MOST:
            return list(split)
    return [[text] if text else [] for text in texts]
