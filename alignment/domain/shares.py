"""Figures that a producer states beside a sentence: shares of a whole, or plain numbers, and whether they add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from alignment.domain.frozen import dataclass

OF_A_WHOLE = frozenset({"sourcing_origin", "secondary_material"})
"""The fields of the producer record in which several percentages divide one whole."""

COUNTED_UP = frozenset({"area_list"})
"""The fields in which several numbers are parts of one count."""

BESIDE = frozenset({"Shown in", "Drawn from"})
"""Labels of what is said beside the figures."""

WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as stated: its label, its text, and its number where it is one."""

    label: str
    said: str
    number: Decimal | None

    @property
    def plain(self) -> str:
        """The number as people write it, or the text as stated."""
        return self.said if self.number is None else plain(self.number)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one claim. ``shares`` says that they are percentages, ``sum`` what they add up to.

    ``sum`` is None where adding them would mean nothing.
    """

    rows: tuple[Figure, ...]
    shares: bool
    sum: Decimal | None

    @property
    def sum_said(self) -> str:
        """The sum as people write it; empty where there is none."""
        return "" if self.sum is None else plain(self.sum)

    @property
    def missing(self) -> Decimal:
        """What the shares leave open of the whole; 0 where they fill it, and for figures that are no shares."""
        return max(WHOLE - self.sum, Decimal(0)) if self.shares and self.sum is not None else Decimal(0)

    @property
    def sentence(self) -> str:
        """That the shares do not add up, and by how much; empty where they do, and for other figures."""
        return does_not_add_up([row.number for row in self.rows if row.number is not None]) if self.shares else ""

    @property
    def counted(self) -> str:
        """The count with its parts, 24 + 12 + 4 + 2 = 42; empty for shares and where nothing is counted up."""
        if self.shares or self.sum is None:
            return ""
        return f"{' + '.join(row.said for row in self.rows if row.number is not None)} = {plain(self.sum)}"


def figures(field: str, stated: Mapping[str, object]) -> Figures:
    """The figures of a claim in this field of the producer record.

    Two numbers or more, none above 100, are shares where the field divides a whole; a tonnage never is. What
    says where it is shown or from what a list is drawn stands beside the numbers and counts with none of them.
    """
    rows = tuple(Figure(label, str(value), number(value)) for label, value in stated.items())
    numbers = [row.number for row in rows if row.number is not None]
    beside = sum(row.label in BESIDE for row in rows)
    several = len(numbers) > 1 and len(numbers) + beside == len(rows)
    shares = several and field in OF_A_WHOLE and all(0 <= each <= WHOLE for each in numbers)
    adds = shares or (several and field in COUNTED_UP)
    return Figures(rows, shares, sum(numbers, Decimal(0)) if adds else None)


def does_not_add_up(shares: Sequence[Decimal]) -> str:
    """The sentence for percentages that do not make up a whole; empty where they do."""
    total = sum(shares, Decimal(0))
    if total == WHOLE:
        return ""
    if total > WHOLE:
        return f"The shares add up to {plain(total)} %, {plain(total - WHOLE)} % more than the whole."
    return f"The shares add up to {plain(total)} %; nothing is stated of the other {plain(WHOLE - total)} %."


def number(value: object) -> Decimal | None:
    """The exact number that a text or figure states; None where it is no finite number."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def plain(value: Decimal) -> str:
    """A number as people write it: 92, 12.5, 1 640 000."""
    said = f"{value:,f}".replace(",", "\N{NO-BREAK SPACE}")
    return said.rstrip("0").rstrip(".") if "." in said else said
