"""Two people at one form, on its page: what each of them says, side by side, and whose words the form holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from alignment.domain.frozen import dataclass
from alignment.domain.merging import Changed, Clash
from alignment.domain.when import say_day


@dataclass(frozen=True, slots=True)
class Side:
    """One field on which the two differ, in words, and whose words the form holds."""

    name: str
    label: str
    theirs: str
    yours: str
    held: str


def sides(clash: Clash | None, words: Callable[[str, Any], str]) -> tuple[Side, ...]:
    """The fields on which the two differ; ``words`` says the value of a field."""
    return tuple(
        Side(each.name, each.label, words(each.name, each.theirs), words(each.name, each.yours), HELD[each.changed])
        for each in (clash.fields if clash else ())
        if each.differs
    )


HELD = {
    Changed.THEIRS: "theirs, taken over",
    Changed.YOURS: "yours",
    Changed.BOTH: "yours; both of you changed it",
}
"""Whose words the form holds, by who changed a field."""


def in_words(choices: Mapping[str, Iterable[tuple[str, str]]]) -> Callable[[str, Any], str]:
    """Values as people read them: the label of a choice, a day in words, and else the text itself."""
    labels = {name: dict(pairs) for name, pairs in choices.items()}

    def say(name: str, value: Any) -> str:
        if name in labels:
            return labels[name].get(value, str(value))
        try:
            return say_day(date.fromisoformat(value))
        except ValueError:
            return str(value)

    return say
