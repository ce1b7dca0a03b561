"""Page data as plain JSON values: what a page says to people, said to programs under the same names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from fractions import Fraction
from functools import cache
from types import NoneType
from typing import Any

from alignment.domain.when import When

Plain = None | bool | int | str | list["Plain"] | dict[str, "Plain"]


def plain(value: object) -> Plain:
    """Frozen page data as JSON values; nothing that the page does not hold, and no float.

    A date is written as exactly as it is known (``2025-10-16``, ``2022-08``, ``by 2024-09-30``), a moment in
    UTC, an exact share as ``"5/6"``, an enum by its value. TypeError for anything that no page holds.
    """
    kind: Any = type(value)
    if kind in _SCALARS:  # most are, so this is asked first
        return value  # type: ignore[return-value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (When, date, Fraction)):
        return _said(value)
    if isinstance(value, Mapping):
        return {str(plain(name)): plain(each) for name, each in value.items()}
    if isinstance(value, (tuple, list, set, frozenset)):
        return [plain(each) for each in _ordered(value)]
    if is_dataclass(value):
        return {name: plain(getattr(value, name)) for name in _names(kind)}
    raise TypeError(f"{type(value).__name__} has no form in JSON")


_SCALARS = frozenset({str, int, bool, NoneType})


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _said(value: When | date | Fraction) -> str:
    if isinstance(value, When):
        return value.iso()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else f"{value.numerator}/{value.denominator}"


def _ordered(values: Iterable[object]) -> Iterable[object]:
    """Sets have no order of their own; a file needs one."""
    return sorted(values, key=str) if isinstance(values, (set, frozenset)) else values
