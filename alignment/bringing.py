"""One file brought in by the command: read, its columns matched, judged, stored whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from alignment.database import unit_of_work
from alignment.domain.bringing_in import KINDS, match
from alignment.domain.people import FILE_IMPORT
from alignment.domain.refusal import Refusal
from alignment.exchange.incoming import read_table
from alignment.services.bringing_in import Brought, bring_in


@dataclass
class Done:
    """How many entries hold, and what is wrong with the others, a sentence a cell."""

    number: int = 0
    faults: list[str] = field(default_factory=list)


def bring_file(
    engine: Engine,
    file: Path,
    *,
    kind: str,
    producer: str,
    columns: Sequence[str],
    sheet: str,
    dry_run: bool,
    now: datetime,
    progress: Callable[[int], AbstractContextManager[Any]],
) -> Done:
    """Bring in a file, or only judge it. Refusal for what is no table, and for columns that fit nothing.

    ``progress`` makes a bar of so many steps; each row is two, one judged and one stored.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}") from error
    table = read_table(file.name, content, sheet)
    said = dict(_pair(each) for each in columns)
    try:
        taken = match(KINDS[kind], table.heads, said)
    except ValueError as error:
        raise Refusal(f"{file.name}: {error}") from error
    if not producer and "producer" not in taken:
        raise Refusal(
            f"{file.name}: no column says whose these {kind} are: add a column Producer, or give --producer ID"
        )
    brought = Brought(KINDS[kind], taken, table.rows, table.sheet, table.column)
    with progress(len(table.rows) * (1 if dry_run else 2)) as bar, unit_of_work(engine) as session:
        outcome = bring_in(
            session, actor=FILE_IMPORT, who=None, brought=brought, producer=producer, items={}, now=now,
            dry_run=dry_run, progress=bar.update,
        )  # fmt: skip
    return Done(len(outcome.entries), [f"{file.name}, {fault}" for fault in outcome.faults])


def _pair(said: str) -> tuple[str, str]:
    column, between, name = said.partition("=")
    if not between:
        raise Refusal(f'“{said}” says no field: write --map COLUMN=FIELD, as in --map "Listed name=name"')
    return column.strip(), name.strip()
