"""A brand's side of Track A: the track it declares."""

from __future__ import annotations

from enum import StrEnum


class Track(StrEnum):
    """How a brand shows that it implements the OECD Minerals Guidance."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"

    @property
    def label(self) -> str:
        return f"Track {self.value}"
