"""What the register learned, one matter an entry: for feeds and mails, in words that later facts do not change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from alignment.domain.frozen import dataclass
from alignment.domain.when import When

SPACE = UUID("3f1c2c0e-6a39-5d0b-9b46-7a5d3b8f2d10")
"""The name space of identities. It never changes: readers would take all that is old for new."""


class NewsKind(StrEnum):
    """What an entry is about."""

    STATUS = "status"
    DECISION = "decision"
    APPEAL = "appeal"
    RECOGNITION = "recognition"
    ACTION = "action"
    CHANGE = "change"
    NAME = "name"
    PUBLICATION = "publication"

    @property
    def label(self) -> str:
        return {
            "status": "Change of status", "decision": "Decision of the LME", "appeal": "Appeal against a decision",
            "recognition": "Recognition", "action": "Corrective action", "change": "Change of the programme",
            "name": "Printed name", "publication": "Market update",
        }[self.value]  # fmt: skip


@dataclass(frozen=True, slots=True)
class News:
    """One matter. ``record`` is its table and key, ``address`` the path of the page that shows it, ``act`` its code.

    ``within`` is the round with which it became public, empty where it is public by itself; ``void`` says that it takes
    away what was told, which never held.
    """

    kind: NewsKind
    record: str
    title: str
    text: str
    programme: str
    address: str
    effective: When
    recorded_at: datetime
    source: str = ""
    source_id: str = ""
    place: str = ""
    within: str = ""
    correction: bool = False
    void: bool = False
    act: str = ""

    @property
    def identity(self) -> str:
        """A URI for ever, made from the record and from nothing that can be renamed."""
        return identity(self.record)

    @property
    def heading(self) -> str:
        return f"Correction: {self.title}" if self.correction else self.title

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The matter in words: what was said, when it holds, by which source."""
        holds = f"Holds {'' if self.effective.is_by else 'from '}{self.effective}."
        if self.kind is NewsKind.PUBLICATION:
            holds = f"Published {self.effective}."
        elif self.kind is NewsKind.APPEAL:
            holds = f"Dated {self.effective}."
        elif self.void:
            holds = "It never held, and its conditions fell away with it."
        return tuple(each for each in (self.text, holds, self.source and f"Source: {self.source}.") if each)


def identity(record: str) -> str:
    """The URI of a record or feed."""
    return f"urn:uuid:{uuid5(SPACE, record)}"


def newest_first(news: Iterable[News], most: int | None = None) -> tuple[News, ...]:
    """What was learned last, then what took effect last, first."""
    ordered = sorted(news, key=lambda each: (each.recorded_at, each.effective.on, each.record), reverse=True)
    return tuple(ordered[:most])
