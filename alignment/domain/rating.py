"""Levels of alignment, and a rating of one criterion in one part."""

from __future__ import annotations

from enum import StrEnum

from alignment.domain.frozen import dataclass


class Level(StrEnum):
    """Fully, partially, not aligned, or not applicable. Not yet rated is the absence of a rating."""

    FULLY = "fully"
    PARTIALLY = "partially"
    NOT = "not"
    NOT_APPLICABLE = "not_applicable"

    @property
    def label(self) -> str:
        """As printed: Fully aligned."""
        return "Not applicable" if self is Level.NOT_APPLICABLE else f"{self.value.capitalize()} aligned"

    @property
    def short(self) -> str:
        """As printed in narrow places: Fully."""
        return "Not applicable" if self is Level.NOT_APPLICABLE else self.value.capitalize()

    @property
    def quoted(self) -> str:
        """As the LME prints a result: Fully Aligned."""
        return f"{self.value.capitalize()} Aligned"

    @property
    def tone(self) -> str:
        """The class of its mark and colour."""
        return {"fully": "full", "partially": "part", "not": "not", "not_applicable": "na"}[self.value]


RESULTS = (Level.FULLY, Level.PARTIALLY, Level.NOT)
RANK = {Level.FULLY: 2, Level.PARTIALLY: 1, Level.NOT: 0}


def worse(one: Level | None, other: Level | None) -> Level | None:
    """The worse of two results; None while either is missing (model, section 4)."""
    if one is None or other is None:
        return None
    return min(one, other, key=RANK.__getitem__)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rating says: level, rationale in Markdown, and what it cites. Whose it is stands elsewhere."""

    level: Level | None = None
    rationale: str = ""
    cites_standard: str = ""
    cites_guidance: str = ""

    @property
    def says_nothing(self) -> bool:
        return self == NOTHING_SAID


NOTHING_SAID = Judgement()

LONGEST = {"rationale": 20_000, "cites_standard": 2_000, "cites_guidance": 2_000}
"""Characters that each text of a rating may have."""


def faults_of(judgement: Judgement) -> dict[str, str]:
    """What keeps a rating from being stored: for each field a sentence that says what to do."""
    found = {}
    for name, most in LONGEST.items():
        length = len(getattr(judgement, name))
        if length > most:
            found[name] = f"This text has {length:,} characters; shorten it to {most:,} at most."
    if judgement.level is Level.NOT_APPLICABLE and not judgement.rationale.strip():
        found.setdefault("rationale", "Say why the criterion does not apply: not applicable needs a reason.")
    return found


def unsupported(judgement: Judgement) -> tuple[str, ...]:
    """What a reader will miss in a rating that may be stored all the same: the standing checks list it."""
    missed = []
    if judgement.level in (Level.FULLY, Level.PARTIALLY):
        if not judgement.cites_standard.strip():
            missed.append("no citation from the standard")
        if not judgement.cites_guidance.strip():
            missed.append("no citation from the Guidance")
    if judgement.level is not None and not judgement.rationale.strip():
        missed.append("no rationale")
    return tuple(missed)
