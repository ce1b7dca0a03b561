"""The tables of allowed transitions as diagrams, printed in the documentation from the same data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from alignment.domain import action, assessment, decision, recognition

Transitions = Mapping[StrEnum | None, frozenset[StrEnum]]

TABLES: dict[str, Transitions] = {
    "decisions": decision.ALLOWED,  # type: ignore[dict-item]
    "actions": action.ALLOWED,  # type: ignore[dict-item]
    "recognitions": recognition.ALLOWED,  # type: ignore[dict-item]
    "progress": assessment.ALLOWED,  # type: ignore[dict-item]
}


def mermaid(name: str) -> str:
    """A state diagram in Mermaid's notation."""
    lines = ["stateDiagram-v2"]
    for before, steps in TABLES[name].items():
        lines += [f"    {_said(before)} --> {_said(after)}" for after in _ordered(steps)]
    return "\n".join(lines) + "\n"


def plain(name: str) -> str:
    """One line a state, with what can follow."""
    lines = []
    for before, steps in TABLES[name].items():
        after = ", ".join(step.value for step in _ordered(steps)) or "nothing"
        lines.append(f"{before.value if before is not None else '(first)'} -> {after}")
    return "\n".join(lines) + "\n"


def _said(state: StrEnum | None) -> str:
    return "[*]" if state is None else state.value


def _ordered(steps: frozenset[StrEnum]) -> list[StrEnum]:
    known = list(next(iter(steps)).__class__) if steps else []
    return [step for step in known if step in steps]
