"""The coverage map as JSON, as CSV, and for a terminal."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from alignment.domain.coverage_facts import Inclusion, Programme
from alignment.domain.coverage_map import LIMITS, CoverageMap, Judged, Row
from alignment.domain.decision import Approval
from alignment.domain.table import Column, Kind
from alignment.domain.when import say_day
from alignment.exchange.csvw import description
from alignment.exchange.table import GUARD_SAID, WIDTH, Written, csv_line

COLUMNS = (
    Column("requirement", "Requirement", "The code of what Track A asks of a brand.", required=True),
    Column("title", "Title", "What is asked, in words.", required=True),
    Column("asked", "Asked", "Whether it is asked at the stage; if not, there is no verdict.", Kind.YES_NO, True),
    Column("programme", "Programme", "Stable identifier of the programme; empty where nothing is asked."),
    Column("name", "Name", "The programme in words."),
    Column("approval", "Approval", "The approval as a code, which stands beside the verdict in any case."),
    Column("verdict", "Verdict", "What the programme does for the requirement, as a code. Not known is not covered."),
    Column("resolution", "Resolution", "What the verdict rests on: a criterion, a group, or the whole part."),
    Column("why", "Why", "The ground of the verdict in a sentence."),
    Column("open_actions", "Open actions", "Identifiers of the corrective actions that are open, with blanks between."),
    Column("metal", "Metal", "The metal that the map is drawn for.", required=True),
    Column("stage", "Stage", "The stage of the supply chain; empty for any."),
    Column("as_at", "As at", "The date that the row holds for.", Kind.DAY, required=True),
    Column(
        "known_at", "Known at",
        "The row as the register knew it at this moment (UTC); empty for all that it has learned.", Kind.MOMENT,
    ),
)  # fmt: skip
TITLES = tuple(column.title for column in COLUMNS)


def coverage_json(
    drawn: CoverageMap,
    *,
    declared: Sequence[str] = (),
    known_at: datetime | None = None,
    empty_because: str = "",
    written: bool = False,
) -> dict[str, Any]:
    """The map; ``open`` speaks of the declared programmes, or of all listed ones where none is.

    ``written``: programmes and cells are the text that they are in an indented file. Thousands are written sooner so,
    because programmes that are alike share all of it but the name.
    """
    cells: Callable[[Row], object] = _cells
    if written:
        heads = [f'{{\n     "programme": {_text(each.id)}' for each in drawn.programmes]
        cells = partial(_cells_text, heads)
    sets = drawn.smallest_sets
    return {
        "as_at": drawn.as_at.isoformat(),
        "known_at": _moment(known_at),
        "metal": drawn.metal.id,
        "metal_settled_by_the_lme": drawn.metal.settled,
        "stage": drawn.stage.value if drawn.stage else None,
        "declared": list(declared),
        "programmes": _programmes_text(drawn.programmes) if written else list(map(_programme, drawn.programmes)),
        "requirements": [_requirement(row) | {"cells": cells(row)} for row in drawn.rows],
        "open": list(drawn.open(declared)),
        "smallest_sets": None if sets is None else [list(each) for each in sets],
        "empty_because": empty_because or None,
        "limits": LIMITS,
    }


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None


def _programme(programme: Programme) -> dict[str, Any]:
    return {"id": programme.id, "name": programme.name, **_stands(programme.approval, programme.scope)}


def _stands(approval: Approval, scope: Inclusion) -> dict[str, Any]:
    return {
        "approval": approval.value,
        "in_scope": scope.inside,
        "out_of_scope_because": scope.reason or None,
        "condition": scope.condition or None,
    }


def _programmes_text(programmes: Sequence[Programme]) -> Written:
    said = [
        f'{{\n   "id": {_text(each.id)},\n   "name": {_text(each.name)}{_stands_text(each.approval, each.scope)}'
        for each in programmes
    ]
    return Written("[\n  {}\n ]".format(",\n  ".join(said)) if said else "[]")


@lru_cache(maxsize=256)
def _stands_text(approval: Approval, scope: Inclusion) -> str:
    """All of a programme after its name."""
    text = json.dumps(_stands(approval, scope), ensure_ascii=False, indent=1).replace("\n", "\n  ")
    return f",{text[1:]}"


_text = json.JSONEncoder(ensure_ascii=False).encode


def _requirement(row: Row) -> dict[str, Any]:
    return {"code": row.code, "title": row.requirement.title, "asked": row.asked}


def _cells(row: Row) -> list[dict[str, Any]]:
    return [{"programme": programme.id} | _cell(judged) for programme, judged in row.pairs]


def _cell(judged: Judged) -> dict[str, Any]:
    return {
        "verdict": judged.verdict.value,
        "resolution": judged.resolution.value if judged.resolution else None,
        "why": judged.why,
        "open_actions": list(judged.actions),
    }


def _cells_text(heads: Sequence[str], row: Row) -> Written:
    alike = {id(judged): judged for judged in row.judged}
    said = {id: _cell_text(judged) for id, judged in alike.items()}
    cells = [head + said[id(judged)] for head, judged in zip(heads, row.judged, strict=False)]
    return Written("[\n    {}\n   ]".format(",\n    ".join(cells)) if cells else "[]")


@lru_cache(maxsize=1024)
def _cell_text(judged: Judged) -> str:
    """All of a cell after the name of its programme."""
    text = json.dumps(_cell(judged), ensure_ascii=False, indent=1).replace("\n", "\n    ")
    return f",{text[1:]}"


def coverage_csv(drawn: CoverageMap, *, known_at: datetime | None = None) -> str:
    """One line for each cell, and one for each requirement that the stage does not ask."""
    asked_for = [
        drawn.metal.id, drawn.stage.value if drawn.stage else None, drawn.as_at.isoformat(), _moment(known_at),
    ]  # fmt: skip
    heads = [csv_line((each.id, each.name, each.approval.value)) for each in drawn.programmes]
    lines = [f"{csv_line(TITLES)}\r\n"]
    for row in drawn.rows:
        named, ending = csv_line((row.code, row.requirement.title, row.asked)), csv_line(asked_for)
        alike = {id(judged): judged for judged in row.judged}
        said = {id: f"{_values(judged)},{ending}\r\n" for id, judged in alike.items()}
        lines += [f"{named},{head},{said[id(judged)]}" for head, judged in zip(heads, row.judged, strict=False)]
        if not row.judged:
            lines.append(f"{named},{csv_line([None] * 7)},{ending}\r\n")
    return "".join(lines)


def coverage_csvw(query: str = "") -> dict[str, Any]:
    """What the columns of ``coverage.csv`` mean; ``query`` is that of the CSV’s own address."""
    return description(
        f"coverage.csv{'?' if query else ''}{query}",
        "Which programme covers which Track A requirement",
        COLUMNS,
        says=f"{LIMITS} {GUARD_SAID}",
    )


def _values(judged: Judged) -> str:
    resolution = judged.resolution.value if judged.resolution else None
    return csv_line((judged.verdict.value, resolution, judged.why, " ".join(judged.actions) or None))


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
    at = drawn.programmes.index(programme)
    for row in drawn.rows:
        read = (row.judged[at].verdict.label, row.judged[at].small) if row.asked else ("Not asked at this stage", "")
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
    listed = "; ".join(" with ".join(each) for each in sets)
    if not any(programme.scope.inside for programme in drawn.programmes):
        return (
            "No programme has this metal and stage in its scope, so out of scope is the best verdict there is. "
            f"The smallest sets that give it cover nothing: {listed}."
        )
    return f"Smallest sets of programmes that give every requirement its best verdict: {listed}."


def _wrapped(said: str, indent: str = "") -> list[str]:
    more = f"{indent}  " if indent else ""
    return textwrap.wrap(said, WIDTH, initial_indent=indent, subsequent_indent=more, break_on_hyphens=False)
