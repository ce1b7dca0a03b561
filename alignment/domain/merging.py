"""Two people at one rating: what each changed since the version both began from, field by field, word by word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from alignment.domain.rating import Judgement, Level, faults_of

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
    """One field of a rating in three versions. ``proposed`` is the choice to offer, None where nobody can tell."""

    name: str
    base: str
    theirs: str
    yours: str
    changed: Changed

    @property
    def label(self) -> str:
        return LABELS[self.name]

    @property
    def differs(self) -> bool:
        """Whether there is anything to choose."""
        return self.theirs != self.yours

    @property
    def proposed(self) -> Pick | None:
        if self.changed is Changed.BOTH:
            return None
        return Pick.YOURS if self.changed is Changed.YOURS else Pick.THEIRS

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
    return Merge(tuple(_field(name, *(_text(each, name) for each in (base, theirs, yours))) for name in FIELDS))


def judgement(said: Mapping[str, str]) -> Judgement:
    """A rating from its fields as text; an empty level is none."""
    level = Level(said["level"]) if said["level"] else None
    return Judgement(level, said["rationale"], said["cites_standard"], said["cites_guidance"])


def _field(name: str, base: str, theirs: str, yours: str) -> Field:
    if theirs == yours:
        changed = Changed.NEITHER if theirs == base else Changed.ALIKE
    elif theirs == base:
        changed = Changed.YOURS
    elif yours == base:
        changed = Changed.THEIRS
    else:
        changed = Changed.BOTH
    return Field(name, base, theirs, yours, changed)


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
    return field.yours if pick is Pick.YOURS else field.theirs


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
