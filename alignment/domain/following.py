"""What somebody follows: a metal, a programme or a brand, as one word."""

from __future__ import annotations

from enum import StrEnum

from alignment.domain.frozen import dataclass


class Followed(StrEnum):
    """What can be followed."""

    METAL = "metal"
    PROGRAMME = "programme"
    BRAND = "brand"


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that is followed, ``programme:jdds-rmap``."""

    kind: Followed
    id: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"

    @property
    def address(self) -> str:
        """Its public page."""
        return {
            Followed.METAL: f"/coverage?metal={self.id}",
            Followed.PROGRAMME: f"/programmes/{self.id}",
            Followed.BRAND: f"/brands/{self.id}",
        }[self.kind]


def subject(said: str) -> Subject | None:
    """The subject that a word names; None for a word that names none."""
    kind, _, id = said.partition(":")
    return Subject(Followed(kind), id) if kind in set(Followed) and id else None
