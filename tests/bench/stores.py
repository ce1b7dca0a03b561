"""Registers to measure on: the seeds, and the seeds with many programmes and all their ratings beside them."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

from alignment.catalogue import load_all
from tests.bench.serving import environ

EDITION = "oecd-minerals-2018"
FIRST = "measured-1"  # the id of a programme that every grown register has

Value: TypeAlias = "str | int | None"

_METALS = ("aluminium", "cobalt", "copper", "lead", "nickel", "tin", "zinc")
# What a rating holds, column by column, in SQL over the assessments and what is judged in them.
_RATING = {
    "assessment_id": "assessment.id",
    "part": "judged.part",
    "criterion": "judged.criterion",
    "level": """
        CASE (programme.number * 31 + judged.number * 17) % 40
            WHEN 0 THEN 'partially' WHEN 1 THEN 'partially' WHEN 2 THEN 'not' WHEN 3 THEN 'not_applicable'
            ELSE 'fully' END""",
    "rationale": "'Section 4 of the standard asks for it, and two audits saw it done.'",
    "cites_standard": "'section 4.2'",
    "cites_guidance": "'Annex I, Step 2'",
    "rated_by": "'Assessor'",
    "rated_at": "'2026-01-01 00:00:00.000000'",
    "effective_on": "'2024-06-01'",
    "version": "1",
}


def seeded(path: Path) -> Path:
    """A new register with the seeds in it, made by the command that people use."""
    command = [sys.executable, "-m", "alignment", "load-seeds"]
    subprocess.run(command, env=environ(path), check=True, stdout=subprocess.DEVNULL)
    return path


def copied(register: Path, path: Path) -> Path:
    """A copy of a register that nobody writes to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(register, path))


def grown(register: Path, path: Path, programmes: int) -> Path:
    """A copy of a register with so many programmes more, each assessed in full: about 200 ratings each.

    They are written by bulk SQL, past the services: what is measured is reading.
    """
    copied(register, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("BEGIN")
        for table, rows in _facts(connection, programmes).items():
            _insert(connection, table, rows)
        _rate(connection, "rating")
        _rate(connection, "rating_version")
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    return path


YEARS = range(2006, 2026)
_ACTS = ("conditionally_approved", "approved", "suspended", "reinstated")


def decided(register: Path) -> Path:
    """The same register with a decision a year on each of its programmes, for twenty years, each known that noon.

    Every fifth programme had another scope before the middle of them.
    """
    with closing(sqlite3.connect(register)) as connection, connection:
        programmes = _column(connection, "SELECT id FROM programme WHERE id LIKE 'measured-%' ORDER BY number")
        sources = _column(connection, "SELECT id FROM source ORDER BY id")
        _insert(
            connection, "decision",
            (
                {
                    "id": f"{here}-of-{year}", "programme_id": here, "act": _ACTS[year % 4], "position": 10_000 + year,
                    "source_id": sources[(at + year) % len(sources)], "certainty": "found", "place": "section 1",
                    "effective_on": day, "effective_precision": "day", "recorded_at": f"{day} 12:00:00.000000",
                }
                for at, here in enumerate(programmes)
                for year in YEARS
                for day in [f"{year}-{1 + (at + year) % 12:02}-{1 + at % 28:02}"]
            ),
        )  # fmt: skip
        middle = YEARS[len(YEARS) // 2]
        _insert(
            connection, "kept_change",
            (
                {
                    "subject": f"programme:{here}", "field": "stages", "number": 1, "before": '["mine"]',
                    "after": '["refiner"]', "effective_on": f"{middle}-01-01",
                    "recorded_at": f"{middle}-01-01 12:00:00.000000",
                }
                for here in programmes[::5]
            ),
        )  # fmt: skip
    return register


def branded(register: Path, brands: int) -> Path:
    """The same register with so many brands, each of which declares three of its programmes, and is never changed."""
    with closing(sqlite3.connect(register)) as connection, connection:
        programmes = _column(connection, "SELECT id FROM programme WHERE id LIKE 'measured-%' ORDER BY number")
        maker: Mapping[str, Value] = {"id": "measured-producer", "name": "Measured Metals", "certainty": "found"}
        _insert(connection, "producer", [maker])
        _insert(
            connection, "brand",
            (
                {
                    "id": f"measured-brand-{at}", "producer_id": "measured-producer", "name": f"Brand {at}",
                    "metal_id": "copper", "stage": "refiner", "certainty": "found", "position": at, "version": 1,
                }
                for at in range(1, brands + 1)
            ),
        )  # fmt: skip
        _insert(
            connection, "declaration",
            (
                {
                    "id": f"measured-declaration-{at}", "brand_id": f"measured-brand-{at}", "track": "A",
                    "programmes": " ".join(sorted({programmes[at * each % len(programmes)] for each in (1, 7, 31)})),
                    "effective_on": "2025-01-01", "effective_precision": "day", "position": 1, "certainty": "found",
                    "recorded_at": "2026-01-01 00:00:00.000000",
                }
                for at in range(1, brands + 1)
            ),
        )  # fmt: skip
    return register


def _facts(connection: sqlite3.Connection, programmes: int) -> dict[str, list[Mapping[str, Value]]]:
    sources = _column(connection, "SELECT id FROM source ORDER BY id")
    metals = _column(connection, f"SELECT id FROM metal WHERE id IN {_METALS} ORDER BY id")
    (taken,) = connection.execute("SELECT max(number) FROM programme WHERE NOT example").fetchone()
    rows: dict[str, list[Mapping[str, Value]]] = {
        table: []
        for table in (
            "standard", "programme", "programme_name", "programme_metal", "programme_stage", "assessment",
            "part_progress", "result", "decision", "corrective_action", "action_step",
        )
    }  # fmt: skip
    for at in range(1, programmes + 1):
        here = f"measured-{at}"
        sourced: dict[str, Value] = {
            "source_id": sources[at % len(sources)], "certainty": "found", "place": "section 1",
            "recorded_at": "2026-01-01 00:00:00.000000",
        }  # fmt: skip
        dated = sourced | {"effective_on": f"{2018 + at % 7}-{1 + at % 12:02}-15", "effective_precision": "day"}
        name = f"Measured Due Diligence Standard {at}"
        standard = f"measured-standard-{(at + 1) // 2}"  # two programmes to a standard, as with the Joint Standard
        if at % 2:
            rows["standard"].append(sourced | {"id": standard, "name": name, "edition": "1", "version": 1})
        rows["programme"].append(
            sourced | {
                "id": here, "number": taken + at, "short_name": f"Measured {at}", "version": 1, "route": "oecd",
                "standard_id": standard, "metals_said": "copper and nickel",
                "stages_said": "refiner",
            }
        )  # fmt: skip
        rows["programme_name"].append(
            sourced | {"id": f"{here}-name", "programme_id": here, "name": name, "use": "table", "position": 1}
        )
        for metal in {metals[at % len(metals)], metals[(at + 1) % len(metals)]}:
            rows["programme_metal"].append({"programme_id": here, "metal_id": metal})
        rows["programme_stage"].append({"programme_id": here, "stage": "refiner"})
        rows["assessment"].append(
            sourced | {
                "id": f"{here}-1", "programme_id": here, "edition": EDITION, "round": 1, "published": 1, "version": 1,
            }
        )  # fmt: skip
        of_assessment = dated | {"assessment_id": f"{here}-1"}
        for place, part in enumerate(("standards", "implementation", "governance"), 1):
            rows["part_progress"].append(
                of_assessment | {"id": f"{here}-1-{part}", "part": part, "progress": "complete", "position": place}
            )
            level = "partially" if part == "implementation" and at % 3 == 0 else "fully"
            rows["result"].append(
                of_assessment
                | {
                    "id": f"{here}-1-{part}", "scope": part, "kind": "published", "level": level, "position": place,
                    "statement": "As published.",
                }
            )  # fmt: skip
        act = "conditionally_approved" if at % 3 == 0 else "approved"
        rows["decision"].append(dated | {"id": f"{here}-1", "programme_id": here, "act": act, "position": at})
        if at % 3 == 0:
            rows["corrective_action"].append(
                sourced
                | {
                    "id": f"{here}-a", "assessment_id": f"{here}-1", "title": "Training of auditors", "position": 1,
                    "number_known": 1, "version": 1, "due_on": "2026-06-30",
                }
            )  # fmt: skip
            rows["action_step"] += [
                dated | {"id": f"{here}-a-{state}", "action_id": f"{here}-a", "state": state, "position": place}
                for place, state in enumerate(("agreed", "under_way"), 1)
            ]
    return rows


def _column(connection: sqlite3.Connection, sql: str) -> list[str]:
    return [value for (value,) in connection.execute(sql)]


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[Mapping[str, Value]]) -> None:
    """Insert rows into a table, with nothing where they name nothing."""
    empty = _empty(connection, table)
    places = ", ".join(f":{name}" for name in empty)
    connection.executemany(
        f"INSERT INTO {table} ({', '.join(empty)}) VALUES ({places})",
        ({name: row.get(name, nothing) for name, nothing in empty.items()} for row in rows),
    )


def _empty(connection: sqlite3.Connection, table: str) -> dict[str, Value]:
    """The columns of a table, each with its nothing: NULL where it may be, else empty, zero or false."""
    return {
        name: None if not required else "" if kind.startswith(("TEXT", "VARCHAR")) else 0
        for _, name, kind, required, *_ in connection.execute(f"PRAGMA table_info({table})")
    }


def _rate(connection: sqlite3.Connection, table: str) -> None:
    """Rate every criterion of the edition in each of its parts, for every assessment that was added."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS judged (number INTEGER, part TEXT, criterion TEXT)")
    connection.execute("DELETE FROM judged")
    connection.executemany("INSERT INTO judged VALUES (?, ?, ?)", _judged())
    nothing = {None: "NULL", "": "''", 0: "0"}
    columns = {name: _RATING.get(name, nothing[empty]) for name, empty in _empty(connection, table).items()}
    connection.execute(
        f"""
        INSERT INTO {table} ({", ".join(columns)}) SELECT {", ".join(columns.values())}
        FROM assessment JOIN programme ON programme.id = assessment.programme_id JOIN judged
        WHERE programme.id LIKE 'measured-%'
        ORDER BY assessment.id, judged.part, judged.criterion
        """
    )


def _judged() -> Sequence[tuple[int, str, str]]:
    catalogues, _ = load_all()
    pairs = [(part.value, one.code) for part, judged in catalogues[EDITION].in_part.items() for one in judged]
    return [(number, part, code) for number, (part, code) in enumerate(pairs)]
