"""Brands and certificates from a table, judged cell by cell and stored in one act: all of them, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from alignment.domain.bringing_in import BROUGHT_IN, CellFault, Kind, Named, values_of
from alignment.domain.entering import MOST_NAMED, Faults, Known
from alignment.domain.people import Actor, Do, Matter, Someone, why_not
from alignment.domain.producer_record import BRAND
from alignment.domain.refusal import Refusal
from alignment.services import ledger
from alignment.services.producer_records import Entry, add_brands, faults_as_far_as_read, known_by, state_certificates
from alignment.tables import Producer

AT_ONCE = 250
"""Rows that are stored by the same statements, between two words on how far it is."""

MOST_FAULTS = 100
"""Faults that are told at once: a table with more is put right in the program that it came from."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A table as it was brought: where its columns lie, its rows, and the words by which people find a cell."""

    kind: Kind
    columns: Mapping[str, int]
    rows: Sequence[tuple[int, Sequence[str]]]
    sheet: str = ""
    heads: Callable[[int], str] = str

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Fields as their columns stand from left to right; one that has no column comes last."""
        return sorted(names, key=lambda name: (name not in self.columns, self.columns.get(name, 0)))

    def fault(self, row: int, name: str, said: str) -> CellFault:
        """What is wrong in a row: at its column, or under the name of the field that has none."""
        if name in self.columns:
            return CellFault(self.sheet, row, self.heads(self.columns[name]), said)
        return CellFault(self.sheet, row, "", f"{self.kind.field(name).label}: {said}")


@dataclass(slots=True)
class Outcome:
    """What came of it: the entries that hold, and what is wrong with the others. Stored only where nothing is."""

    entries: list[tuple[int, Entry]] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Judging:
    """The rows judged one after the other: each by what the register holds and by the rows before it."""

    session: Session
    brought: Brought
    items: Mapping[str, str]
    now: datetime
    names: Mapping[str, str]
    producer: str
    known: dict[str, Known] = field(default_factory=dict)
    named: dict[str, Named] = field(default_factory=dict)
    seen: dict[tuple[str, ...], int] = field(default_factory=dict)

    def row(self, number: int, cells: Sequence[str], outcome: Outcome) -> None:
        said = {name: cells[at] for name, at in self.brought.columns.items()}
        producer = self._producer(said.get("producer", ""))
        if producer not in self.names.values():
            what = f"There is no record of “{producer[:60]}”" if producer else "No producer is named"
            outcome.faults.append(self.brought.fault(number, "producer", f"{what}: write its id or its name."))
            return
        entry, faults = self._entry(producer, said)
        faults |= self._twice(entry, number)
        outcome.faults += [self.brought.fault(number, name, faults[name]) for name in self.brought.in_order(faults)]
        if not faults:
            outcome.entries.append((number, entry))

    def _producer(self, cell: str) -> str:
        return self.names.get(cell.strip().casefold(), cell.strip()) or self.producer

    def _entry(self, producer: str, said: Mapping[str, str]) -> tuple[Entry, Faults]:
        kind, known = self.brought.kind, self._known(producer)
        values, faults = values_of(kind, said, self.named[producer])
        brand = "" if kind.noun is BRAND else self.named[producer].brand(said.get("brand", ""))
        entry = Entry(kind.noun, producer, values, brand)
        faults = faults_as_far_as_read(entry, known, faults, self.now.date()) | faults
        if kind.noun is not BRAND and brand not in known.brands:
            faults["brand"] = f"There is no brand “{brand[:60]}” in the record of {producer}: bring it in first."
        return entry, faults

    def _known(self, producer: str) -> Known:
        if producer not in self.known:
            self.known[producer] = known_by(self.session, producer, self.items)
            self.named[producer] = Named.by(self.known[producer])
        return self.known[producer]

    def _twice(self, entry: Entry, number: int) -> Faults:
        """An entry that stands in the table twice; a certificate without a number cannot be known again."""
        name = "name" if entry.noun is BRAND else "number"
        said = str(entry.values.get(name, "")).casefold()
        key = (entry.producer, entry.brand, str(entry.values.get("kind", "")), said)
        first = self.seen.setdefault(key, number)
        return {name: f"Row {first} says the same: keep one of the two."} if said and first != number else {}


def bring_in(
    session: Session,
    *,
    actor: Actor,
    who: Someone | None,
    brought: Brought,
    producer: str,
    items: Mapping[str, str],
    now: datetime,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Judge every row, and store all of them where none has a fault and it is no dry run.

    ``who`` is None for the command, which records what others published; a person brings into their own record
    alone. ``producer`` is whose record it is where no column says so. ``progress`` is told how many rows were
    judged, and then how many were stored.
    """
    ledger.take_turn(session)
    names = _names(session, who, producer)
    whose = names.get(producer.casefold(), producer)
    if producer and whose not in names.values():
        known = ", ".join(sorted(set(names.values()))[:MOST_NAMED]) or "none yet"
        raise Refusal(f"there is no record of “{producer[:60]}”; known are {known}")
    judging = _Judging(session, brought, items, now, names, whose)
    outcome = Outcome()
    for number, cells in brought.rows:
        judging.row(number, cells, outcome)
        progress(1)
        if len(outcome.faults) >= MOST_FAULTS:
            break
    if outcome.faults or dry_run:
        return outcome
    store = add_brands if brought.kind.noun is BRAND else state_certificates
    entries = [entry for _, entry in outcome.entries]
    for at in range(0, len(entries), AT_ONCE):
        some = entries[at : at + AT_ONCE]
        outcome.ids += store(session, actor=actor, entries=some, known=judging.known, now=now)
        progress(len(some))
    for id, rows in Counter(entry.producer for entry in entries).items():
        after = {"kind": brought.kind.id, "rows": rows}
        ledger.record(session, actor=actor, act=BROUGHT_IN, subject=f"producer:{id}", before=None, after=after, now=now)
    return outcome


def _names(session: Session, who: Someone | None, producer: str) -> dict[str, str]:
    """The producers into whose records may be brought, by name and by id."""
    if who is not None:
        reason = why_not(who, Do.KEEP_BRAND, Matter(producer=producer))
        if reason:
            raise Refusal(reason)
    rows = session.execute(select(col(Producer.id), col(Producer.name))).all()
    own = [row for row in rows if who is None or row.id == producer]
    return {word: row.id for row in own for word in (row.name.casefold(), row.id)}
