"""From nothing to a register that can be read: schema, seeds, market updates. Every step can be repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, select
from sqlmodel import col

from alignment import catalogue
from alignment.catalogue import load_all
from alignment.database import migrate, reading, unit_of_work
from alignment.domain.catalogue import Catalogue
from alignment.domain.frozen import dataclass
from alignment.domain.people import EXAMPLE_IMPORT, SEED_IMPORT
from alignment.domain.refusal import Faults, Refusal
from alignment.queries.changes import last_event
from alignment.queries.imported import held_beside
from alignment.queries.publications import content_for
from alignment.seeds import Seeds, read_example, read_seeds
from alignment.services import ledger, publications
from alignment.services import seeds as recording
from alignment.tables import EditionSeal


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a load did, and a sentence on what is held beside the seeds; empty where there is nothing."""

    loaded: recording.Loaded
    published: tuple[str, ...]
    beside: str = ""


def load_register(engine: Engine, *, now: datetime, root: Path | None = None) -> Prepared:
    """Record the seeds and freeze their market updates, all or nothing. Faults lists every mistake in all content."""
    try:
        catalogues, _ = load_all()
        seeds = read_seeds(catalogues, root)
    except Faults as found:
        raise Faults(mistakes(seeds=root)) from found
    return _record(engine, seeds, catalogues, now=now)


def mistakes(criteria: Path | None = None, seeds: Path | None = None) -> list[str]:
    """Every mistake in the criteria, in the seeds and in the worked example, with file and line."""
    faults = list(catalogue.check(criteria))
    try:
        catalogues = catalogue.load_sound(criteria)
    except Faults:
        return faults
    for read in (read_seeds, read_example):
        try:
            read(catalogues, seeds)
        except Faults as found:
            faults += found.faults
    return faults


def _record(engine: Engine, seeds: Seeds, catalogues: Mapping[str, Catalogue], *, now: datetime) -> Prepared:
    published, said = [], _subjects(seeds)  # before the load: a correction is given an id of its own
    with unit_of_work(engine) as session:
        loaded = recording.load(session, seeds, catalogues, actor=SEED_IMPORT, now=now)
        for update in seeds.updates:
            content = partial(content_for, session.connection(), update, policy_age=timedelta(days=365))
            if publications.record_update(session, update, content, actor=SEED_IMPORT, now=now):
                published.append(update.number)
        beside = _say_beside(held_beside(session.connection(), said, actor=SEED_IMPORT.id))
    return Prepared(loaded, tuple(published), beside)


def _subjects(seeds: Seeds) -> set[str]:
    """What the events of these records are about."""
    updates = {f"publication:{update.number}" for update in seeds.updates}
    return updates | {ledger.subject_of(entry.row) for entry in seeds.entries}


def beside_seeds(connection: Connection, root: Path | None = None) -> str:
    """A sentence on what is held of the seeds that they no longer have; empty where there is nothing."""
    catalogues, _ = load_all()
    said = _subjects(read_seeds(catalogues, root))
    return _say_beside(held_beside(connection, said, actor=SEED_IMPORT.id))


MOST_NAMED = 5
"""How many records are named one by one."""


def _say_beside(subjects: Sequence[str]) -> str:
    if not subjects:
        return ""
    number = "1 record is" if len(subjects) == 1 else f"{len(subjects):,} records are"
    more = f" and {len(subjects) - MOST_NAMED:,} more" if len(subjects) > MOST_NAMED else ""
    return (
        f"{number} held that the seeds no longer have: {', '.join(subjects[:MOST_NAMED])}{more}; what is taken out of "
        "a file stays held, so put it back under its id and correct it there (seeds/README.md says how)"
    )


def seals(connection: Connection) -> Iterator[tuple[str, str]]:
    """Each sealed edition, and what is wrong with its content; empty where it is as it was sealed."""
    catalogues, _ = load_all()
    for edition, digest in connection.execute(select(col(EditionSeal.edition), col(EditionSeal.digest))):
        if edition not in catalogues:
            yield edition, f"edition {edition} is referred to and its content is missing"
        elif catalogues[edition].digest != digest:
            yield edition, recording.changed_edition(edition, digest, catalogues[edition].digest)
        else:
            yield edition, ""


def require_sealed(engine: Engine) -> None:
    """Faults where the content of an edition is not what assessments were made against."""
    with reading(engine) as connection:
        faults = [fault for _, fault in seals(connection) if fault]
    if faults:
        raise Faults(faults)


def load_example(engine: Engine, *, now: datetime) -> recording.Loaded:
    """Record the fictional worked example, apart from every public table; Refusal in a register without seeds."""
    if is_empty(engine):
        raise Refusal("the register is empty, and the worked example uses its metals: run “alignment load-seeds” first")
    catalogues, _ = load_all()
    seeds = read_example(catalogues)
    with unit_of_work(engine) as session:
        return recording.load(session, seeds, catalogues, actor=EXAMPLE_IMPORT, now=now)


def is_empty(engine: Engine) -> bool:
    """Whether the register holds nothing yet."""
    with reading(engine) as connection:
        return last_event(connection) == 0


def make_ready(engine: Engine, *, now: datetime) -> Prepared | None:
    """Bring the schema up and, into an empty register, the seeds; None where it held something."""
    migrate(engine)
    return load_register(engine, now=now) if is_empty(engine) else None
