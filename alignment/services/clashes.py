"""Two people at one form: a save from an older version takes back nothing that somebody else changed since."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlmodel import Session, SQLModel

from alignment.domain.event import canonical
from alignment.domain.merging import Clash, compare, undoes
from alignment.services import ledger


def stand_clear(
    session: Session,
    row: SQLModel,
    version: int,
    *,
    yours: Mapping[str, str],
    typed: Callable[[Mapping[str, Any]], Mapping[str, str]],
    labels: Mapping[str, str],
) -> None:
    """Clash where a form of this version would take back, or write over, what somebody changed of the row since.

    ``typed`` says what a form shows of the row's values, and ``labels`` which of its fields count.
    """
    values = ledger.values_of(row)
    held = int(values["version"])
    if held != version:
        check(
            typed(began) if (began := ledger.began_from(session, ledger.subject_of(row), held - version)) else {},
            typed(values),
            yours,
            labels,
            held,
        )


Values = Mapping[str, Any]


def check(base: Values, theirs: Values, yours: Values, labels: Mapping[str, str], version: int) -> None:
    """Clash where yours would undo anything of theirs since the base, all three as an event tells values."""
    began, stands, wanted = (json.loads(canonical(each)) for each in (base, theirs, yours))
    fields = compare(began, stands, wanted, labels)
    if undoes(fields):
        raise Clash(fields, version)
