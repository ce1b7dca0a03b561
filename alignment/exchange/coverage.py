"""The coverage map as JSON, as CSV, and for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from alignment.domain.coverage import Cell
from alignment.domain.coverage_facts import Programme
from alignment.domain.coverage_map import LIMITS, CoverageMap, Row
from alignment.domain.coverage_words import small, why
from alignment.domain.table import Value
from alignment.domain.when import say_day
from alignment.exchange.table import WIDTH, csv_text

TITLES = (
    "Requirement", "Title", "Asked", "Programme", "Name", "Approval", "Verdict", "Resolution", "Why", "Open actions",
    "Metal", "Stage", "As at", "Known at",
)  # fmt: skip


def coverage_json(
    drawn: CoverageMap, *, declared: Sequence[str] = (), known_at: datetime | None = None, empty_because: str = ""
) -> dict[str, Any]:
    """The map; ``open`` speaks of the declared programmes, or of all listed ones where none is."""
    sets = drawn.smallest_sets
    return {
        "as_at": drawn.as_at.isoformat(),
        "known_at": _moment(known_at),
        "metal": drawn.metal.id,
        "metal_settled_by_the_lme": drawn.metal.settled,
        "stage": drawn.stage.value if drawn.stage else None,
        "declared": list(declared),
        "programmes": [_programme(each) for each in drawn.programmes],
        "requirements": [_requirement(row) for row in drawn.rows],
        "open": list(drawn.open(declared)),
        "smallest_sets": None if sets is None else [list(each) for each in sets],
        "empty_because": empty_because or None,
        "limits": LIMITS,
    }


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None


def _programme(programme: Programme) -> dict[str, Any]:
    return {
        "id": programme.id,
        "name": programme.name,
        "approval": programme.approval.value,
        "in_scope": programme.scope.inside,
        "out_of_scope_because": programme.scope.reason or None,
        "condition": programme.scope.condition or None,
    }


def _requirement(row: Row) -> dict[str, Any]:
    return {
        "code": row.code,
        "title": row.requirement.title,
        "asked": row.asked,
        "cells": [_cell(cell) for cell in row.cells],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "programme": cell.programme.id,
        "verdict": cell.verdict.value,
        "resolution": cell.resolution.value if cell.resolution else None,
        "why": why(cell),
        "open_actions": [action.id for action in cell.actions],
    }


def coverage_csv(drawn: CoverageMap, *, known_at: datetime | None = None) -> str:
    """One line for each cell, and one for each requirement that the stage does not ask."""
    return csv_text(TITLES, _lines(drawn, known_at))


def _lines(drawn: CoverageMap, known_at: datetime | None) -> Iterable[list[Value]]:
    asked_for = [
        drawn.metal.id, drawn.stage.value if drawn.stage else None, drawn.as_at.isoformat(), _moment(known_at),
    ]  # fmt: skip
    for row in drawn.rows:
        named: list[Value] = [row.code, row.requirement.title, row.asked]
        if not row.cells:
            yield [*named, *[None] * 7, *asked_for]
        for cell in row.cells:
            yield [*named, *_values(cell), *asked_for]


def _values(cell: Cell) -> list[Value]:
    programme = cell.programme
    return [
        programme.id, programme.name, programme.approval.value, cell.verdict.value,
        cell.resolution.value if cell.resolution else None, why(cell),
        " ".join(action.id for action in cell.actions) or None,
    ]  # fmt: skip


# --- terminal ------------------------------------------------------------------------------------------


def coverage_table(drawn: CoverageMap, *, declared: Sequence[str] = (), empty_because: str = "") -> str:
    """The map for a terminal: a block for each programme in scope, then what stays open, then the limits."""
    stage = f", {drawn.stage.label.lower()}" if drawn.stage else ""
    lines = [f"Coverage of the Track A requirements: {drawn.metal.name}{stage}, as at {say_day(drawn.as_at)}", ""]
    if empty_because:
        return "\n".join([*lines, *_wrapped(empty_because), "", *_wrapped(LIMITS)]) + "\n"
    for programme in drawn.programmes:
        if programme.scope.inside:
            lines += [*_block(drawn, programme), ""]
    lines += _outside(drawn)
    lines += [*_wrapped(_said_open(drawn, declared)), "", *_wrapped(_said_sets(drawn)), "", *_wrapped(LIMITS)]
    return "\n".join(lines) + "\n"


def _block(drawn: CoverageMap, programme: Programme) -> list[str]:
    """The verdicts of one programme, requirements that read the same on one line."""
    alike: dict[tuple[str, str], list[str]] = {}
    for row in drawn.rows:
        cell = row.cell(programme.id)
        read = (cell.verdict.label, small(cell)) if cell else ("Not asked at this stage", "")
        alike.setdefault(read, []).append(row.code)
    lines = _wrapped(f"{programme.name} [{programme.id}]: {programme.approval.label.lower()}")
    for (label, more), codes in alike.items():
        said = f"{label} ({more}): {', '.join(codes)}" if more else f"{label}: {', '.join(codes)}"
        lines += _wrapped(said, indent="  ")
    return lines


def _outside(drawn: CoverageMap) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for programme in drawn.programmes:
        if not programme.scope.inside:
            reasons.setdefault(programme.scope.reason, []).append(programme.id)
    lines: list[str] = []
    for reason, ids in reasons.items():
        lines += _wrapped(f"Out of scope, {reason}: {', '.join(ids)}")
    return [*lines, ""] if lines else []


def _said_open(drawn: CoverageMap, declared: Sequence[str]) -> str:
    whose = f"with {', '.join(declared)}" if declared else "with all listed programmes"
    left = drawn.open(declared)
    return f"Open {whose}: {', '.join(left)}." if left else f"Nothing is open {whose}, at the resolution held."


def _said_sets(drawn: CoverageMap) -> str:
    sets = drawn.smallest_sets
    if sets is None:
        return "Smallest sets of programmes: not worked out for so many."
    if not any(programme.scope.inside for programme in drawn.programmes):
        return "No programme has this metal and stage in its scope, so no set of programmes covers anything."
    listed = "; ".join(" with ".join(each) for each in sets)
    return f"Smallest sets of programmes that give every requirement its best verdict: {listed}."


def _wrapped(said: str, indent: str = "") -> list[str]:
    more = f"{indent}  " if indent else ""
    return textwrap.wrap(said, WIDTH, initial_indent=indent, subsequent_indent=more, break_on_hyphens=False)
