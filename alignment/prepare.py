"""From nothing to a register that can be read: schema, seeds, market updates. Every step can be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from alignment.catalogue import load_all
from alignment.database import migrate, reading, unit_of_work
from alignment.domain.catalogue import Catalogue
from alignment.domain.people import EXAMPLE_IMPORT, SEED_IMPORT
from alignment.queries.changes import last_event
from alignment.queries.publications import content_for
from alignment.seeds import Seeds, read_example, read_seeds
from alignment.services import publications
from alignment.services import seeds as recording


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a load did."""

    loaded: recording.Loaded
    published: tuple[str, ...]


def load_register(engine: Engine, *, now: datetime, root: Path | None = None) -> Prepared:
    """Record the seeds and freeze their market updates, all or nothing. Faults lists every mistake."""
    catalogues, _ = load_all()
    return _record(engine, read_seeds(catalogues, root), catalogues, now=now)


def _record(engine: Engine, seeds: Seeds, catalogues: Mapping[str, Catalogue], *, now: datetime) -> Prepared:
    published = []
    with unit_of_work(engine) as session:
        loaded = recording.load(session, seeds, catalogues, actor=SEED_IMPORT, now=now)
        for update in seeds.updates:
            content = partial(content_for, session.connection(), update, policy_age=timedelta(days=365))
            if publications.record_update(session, update, content, actor=SEED_IMPORT, now=now):
                published.append(update.number)
    return Prepared(loaded, tuple(published))


def load_example(engine: Engine, *, now: datetime) -> recording.Loaded:
    """Record the fictional worked example, apart from every public table."""
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
