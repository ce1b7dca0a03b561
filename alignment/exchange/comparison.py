"""A comparison of programmes as JSON: every cell with its resolution, unknown said as null."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol

from alignment.domain.comparison import Cell, Grain, PartTable, Row
from alignment.domain.coverage import Said
from alignment.exchange.plain import plain


class Compared(Protocol):
    """A comparison as its page holds it."""

    @property
    def as_at(self) -> date: ...
    @property
    def known_at(self) -> datetime | None: ...
    @property
    def metal(self) -> str: ...
    @property
    def grain(self) -> Grain: ...
    @property
    def columns(self) -> Sequence[Any]: ...
    @property
    def tables(self) -> Sequence[PartTable]: ...
    @property
    def watched(self) -> object: ...
    @property
    def empty_because(self) -> str: ...


def comparison_json(page: Compared) -> dict[str, Any]:
    """The programmes, and per part every row with a cell for each of them in the same order."""
    return {
        "as_at": page.as_at.isoformat(),
        "known_at": plain(page.known_at),
        "metal": page.metal or None,
        "by": page.grain.value,
        "empty_because": page.empty_because or None,
        "programmes": [_programme(column) for column in page.columns],
        "parts": [
            {
                "part": table.part.value,
                "whole": _row(table.whole, page.columns),
                "rows": [_row(row, page.columns) for row in table.rows],
            }
            for table in page.tables
        ],
        "says_the_oecd": plain(page.watched),
    }


def _programme(column: Any) -> dict[str, Any]:
    return {
        "id": column.id,
        "name": column.row.name,
        "short_name": column.row.short_name,
        "approval": column.programme.approval.value,
        "ahead": [each.said for each in column.state.ahead],
        "status": column.state.sentence,
        "metals": column.row.metals_said,
        "stages": column.row.stages_said or None,
        "condition_for_the_metal": (column.scope.condition or None) if column.scope else None,
        "last_report": plain(column.state.last_report),
        "stale": column.stale,
    }


def _row(row: Row, columns: Sequence[Any]) -> dict[str, Any]:
    pairs = zip(columns, row.cells, strict=True)
    return {
        "code": row.code,
        "title": row.title,
        "agreement": row.agreement.value,
        "cells": [{"programme": column.id} | _cell(cell, row.grain) for column, cell in pairs],
    }


def _cell(cell: Cell, grain: Grain) -> dict[str, Any]:
    """``says`` only at the grain of the row; what is held of the whole part stands apart."""
    if grain is Grain.PART:
        return {
            "says": cell.result.value if cell.result else None,
            "resolution": "whole_part" if cell.result else None,
            "progress": cell.ground.facts.progress.value,
        }
    known = cell.says is not Said.UNKNOWN
    return {
        "says": cell.says.value if known else None,
        "resolution": cell.resolution.value if known and cell.resolution else None,
        "counts": {level.value if level else "not_rated": number for level, number in cell.ground.counts}
        if cell.ground.facts.ratings.rated & cell.ground.mask
        else None,
        "whole_part": cell.result.value if cell.result else None,
    }
