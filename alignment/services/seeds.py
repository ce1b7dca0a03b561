"""Records facts published elsewhere: once, as events of a named import, corrected and never overwritten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlmodel import Session, SQLModel, col, select

from alignment import tables
from alignment.domain.catalogue import Catalogue
from alignment.domain.decision import Act
from alignment.domain.frozen import dataclass
from alignment.domain.people import Actor
from alignment.domain.refusal import Refusal
from alignment.seeds import Entry, Seeds
from alignment.services import ledger
from alignment.services.keeping import keep_corrections
from alignment.tables import kept

# What a record says about itself, against what the store adds.
OURS = frozenset({"recorded_at", "rated_at", "position", "corrects", "version", "id"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: records entered, corrected, and found unchanged; and a sentence for each that it left alone."""

    entered: int
    corrected: int
    unchanged: int
    left: tuple[str, ...] = ()


def load(session: Session, seeds: Seeds, catalogues: Mapping[str, Catalogue], *, actor: Actor, now: datetime) -> Loaded:
    """Bring the store up to what the seeds say, in one transaction. A second load changes nothing.

    What somebody changed by hand since the last load stays as they left it, and is said.
    """
    ledger.take_turn(session)
    held = _held(session, seeds.entries)
    before = kept.dated_values(session.connection())
    count = {"entered": 0, "corrected": 0, "unchanged": 0}
    left: dict[str, None] = {}
    for entry in seeds.entries:
        if by_hand := _by_hand(session, entry.row, held):
            left[by_hand] = None
        else:
            count[_store(session, entry.row, held, actor=actor, now=now)] += 1
    if before and (count["entered"] or count["corrected"]):
        keep_corrections(session, before, now=now)
    for edition in dict.fromkeys(row.edition for row in _rows(seeds.entries, tables.Assessment)):
        seal_edition(session, catalogues[edition], actor=actor, now=now)
    return Loaded(**count, left=tuple(left))


Key = tuple[str, ...]
Held = Mapping[type[SQLModel], Mapping[Key, SQLModel]]


def _held(session: Session, entries: Iterable[Entry]) -> Held:
    """What is stored already, by table and key: one query a table, the newest correction standing last."""
    held: dict[type[SQLModel], dict[Key, SQLModel]] = defaultdict(dict)
    for table in dict.fromkeys(type(entry.row) for entry in entries):
        rows = session.exec(select(table)).all()
        for row in sorted(rows, key=_correction):
            held[table][_root(row)] = row
    return held


def _key(row: SQLModel) -> Key:
    return tuple(str(getattr(row, column.name)) for column in row.__table__.primary_key)  # type: ignore[attr-defined]


def _root(row: SQLModel) -> Key:
    """The key under which a record was first entered: corrections are numbered after a ~."""
    return tuple(part.partition("~")[0] for part in _key(row))


def _correction(row: SQLModel) -> int:
    """1 for a record as it was first entered, 2 for its first correction, and so on."""
    return max(int(part.partition("~")[2] or 1) for part in _key(row))


def _store(session: Session, row: SQLModel, held: Held, *, actor: Actor, now: datetime) -> str:
    table = type(row)
    for column in ("recorded_at", "rated_at"):
        if column in table.model_fields:
            setattr(row, column, now)
    found = held[table].get(_key(row))
    if found is None and getattr(row, "act", "") == Act.VOID:
        return "unchanged"  # what was never entered here never held anyway
    if found is None:
        _enter(session, row, actor=actor, now=now)
        return "entered"
    says = _says(row)
    if ledger.unchanged(found, says):
        return "unchanged"
    if "corrects" in table.model_fields:
        row.corrects, row.id = found.id, f"{_root(found)[0]}~{_correction(found) + 1}"  # type: ignore[attr-defined]
        ledger.enter(session, row, actor=actor, act="corrected", now=now)
    elif table is tables.RatingVersion:
        raise Refusal(f"{ledger.subject_of(found)} is held with other content: correct it on the rating sheet")
    else:
        ledger.change(session, found, says, actor=actor, act="corrected", now=now)
    return "corrected"


def _says(row: SQLModel) -> dict[str, object]:
    return {name: getattr(row, name) for name in type(row).model_fields if name not in OURS}


# Rows beside a record, which are changed with it: the table of the record, and the column that names it.
_BESIDE: Mapping[type[SQLModel], tuple[type[SQLModel], str]] = {
    tables.StandardOwner: (tables.Standard, "standard_id"),
    tables.ProgrammeMetal: (tables.Programme, "programme_id"),
    tables.ProgrammeStage: (tables.Programme, "programme_id"),
}


def _by_hand(session: Session, row: SQLModel, held: Held) -> str:
    """The sentence for a record that says something else here because somebody changed it; empty for any other."""
    found = held[type(row)].get(_key(row))
    if found is not None and ledger.unchanged(found, _says(row)):
        return ""
    beside, name = _BESIDE.get(type(row), (None, ""))
    whose = held[beside].get((getattr(row, name),)) if beside else found
    if whose is None:
        return ""
    subject = ledger.subject_of(whose)
    correction = _correction_by_hand(session, whose)
    newest = session.exec(
        select(tables.Event)
        .where(col(tables.Event.subject) == (ledger.subject_of(correction) if correction else subject))
        .order_by(col(tables.Event.seq).desc())
        .limit(1)
    ).first()
    kind, _, id = newest.actor.partition(":") if newest else ("", "", "")
    if newest is None or kind != "person":
        return ""
    person = session.get(tables.Person, id)
    who = person.name if person else "somebody"
    return f"{subject} was {newest.act} here by {who} on {newest.at[:10]}, and the file says something else"


def _correction_by_hand(session: Session, found: SQLModel) -> SQLModel | None:
    """The record by which somebody corrected one of ours."""
    table = type(found)
    if "corrects" not in table.model_fields:
        return None
    corrects, id = table.corrects, found.id  # type: ignore[attr-defined]
    return session.exec(select(table).where(col(corrects) == id)).first()


def _enter(session: Session, row: SQLModel, *, actor: Actor, now: datetime) -> None:
    if isinstance(row, tables.RatingVersion):
        says = row.model_dump(exclude={"effective_on", "version"})
        session.add(tables.Rating(**says, version=1))
    ledger.enter(session, row, actor=actor, act="recorded", now=now)


def _rows(entries: Iterable[Entry], table: type[tables.Assessment]) -> Iterable[tables.Assessment]:
    return (entry.row for entry in entries if isinstance(entry.row, table))


def seal_edition(session: Session, catalogue: Catalogue, *, actor: Actor, now: datetime) -> None:
    """Keep the content hash of an edition that assessments refer to. Refusal where it changed since."""
    held = session.get(tables.EditionSeal, catalogue.edition)
    if held is None:
        row = tables.EditionSeal(edition=catalogue.edition, digest=catalogue.digest, sealed_at=ledger.moment(now))
        ledger.enter(session, row, actor=actor, act="sealed", now=now)
    elif held.digest != catalogue.digest:
        raise Refusal(changed_edition(catalogue.edition, held.digest, catalogue.digest))


def changed_edition(edition: str, sealed: str, found: str) -> str:
    """The sentence for an edition whose content is not what assessments were made against."""
    return (
        f"the content of edition {edition} changed since assessments referred to it (sealed {sealed[:12]}…, "
        f"found {found[:12]}…): bring it back, make a new edition, or accept the change with a reason by "
        f"“alignment seal {edition} --reason …”"
    )


def accept_edition(session: Session, catalogue: Catalogue, *, reason: str, actor: Actor, now: datetime) -> None:
    """Seal an edition's new content, openly: the reason and both hashes stand in the event chain.

    Refusal where there is nothing to accept.
    """
    held = session.get(tables.EditionSeal, catalogue.edition)
    if held is None:
        raise Refusal(f"no assessment refers to edition {catalogue.edition} yet: its content may change freely")
    if held.digest == catalogue.digest:
        raise Refusal(f"edition {catalogue.edition} is as it was sealed: there is nothing to accept")
    before = held.digest
    held.digest, held.sealed_at = catalogue.digest, ledger.moment(now)
    session.add(held)
    after = {"digest": catalogue.digest, "reason": reason}
    subject = ledger.subject_of(held)
    ledger.record(session, actor=actor, act="resealed", subject=subject, before=before, after=after, now=now)
