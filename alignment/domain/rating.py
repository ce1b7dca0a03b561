"""Levels of alignment, and a rating of one criterion in one part."""

from __future__ import annotations

from enum import StrEnum


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
