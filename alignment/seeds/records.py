"""What a reading of the seeds gives: rows to store, each with its place, and market updates to freeze."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlmodel import SQLModel


@dataclass(frozen=True, slots=True)
class Entry:
    """A row to store, and the place in the seeds that says so."""

    row: SQLModel
    where: str


@dataclass(frozen=True, slots=True)
class MarketUpdate:
    """A market update to freeze: its front matter and its Markdown text."""

    number: str
    title: str
    original_title: str
    label: str
    as_at: date
    published: str
    source: str
    text: str


@dataclass
class Seeds:
    """All records in the order in which they can be stored."""

    entries: list[Entry] = field(default_factory=list)
    updates: list[MarketUpdate] = field(default_factory=list)
