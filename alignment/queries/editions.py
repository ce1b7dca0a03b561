"""What one edition of the criteria says differently from another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alignment.domain.catalogue import Catalogue, Criterion
from alignment.domain.frozen import dataclass
from alignment.queries.criteria import POSITIONS, percent


@dataclass(frozen=True, slots=True)
class Change:
    """One thing as it was and as it is."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A criterion that stands in both editions under one code and is not the same."""

    criterion: Criterion
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class EditionChanges:
    """The differences of two editions; criteria are told apart by their codes, in catalogue order."""

    before: Catalogue
    after: Catalogue
    added: tuple[Criterion, ...]
    removed: tuple[Criterion, ...]
    changed: tuple[Changed, ...]
    rule: tuple[Change, ...]
    same: int

    @property
    def number(self) -> int:
        return len(self.added) + len(self.removed) + len(self.changed) + len(self.rule)


def edition_changes(before: Catalogue, after: Catalogue) -> EditionChanges:
    """What is new, gone or different in the later edition. No query: editions are content."""
    both = [(before.by_code[each.code], each) for each in after.criteria if each.code in before.by_code]
    compared = [Changed(now, _compared(_CRITERION, (before, was), (after, now))) for was, now in both]
    changed = tuple(each for each in compared if each.changes)
    return EditionChanges(
        before=before,
        after=after,
        added=tuple(each for each in after.criteria if each.code not in before.by_code),
        removed=tuple(each for each in before.criteria if each.code not in after.by_code),
        changed=changed,
        rule=_compared(_RULE, (before,), (after,)),
        same=len(both) - len(changed),
    )


Tellers = Sequence[tuple[str, Callable[..., str]]]


def _compared(tellers: Tellers, was: tuple[object, ...], now: tuple[object, ...]) -> tuple[Change, ...]:
    told = (Change(what, say(*was), say(*now)) for what, say in tellers)
    return tuple(change for change in told if change.before != change.after)


def _parts(_: Catalogue, criterion: Criterion) -> str:
    return ", ".join(part.label for part in criterion.parts)


def _weight(catalogue: Catalogue, criterion: Criterion) -> str:
    return "gating" if criterion.code in catalogue.rule.gating else "not gating"


def _shares(catalogue: Catalogue) -> str:
    return ", ".join(map(percent, catalogue.rule.sensitivity))


_CRITERION: Tellers = (
    ("Title", lambda _, criterion: criterion.title),
    ("Text", lambda _, criterion: criterion.text),
    ("In the text", lambda _, criterion: criterion.look_in_text),
    ("In practice", lambda _, criterion: criterion.look_in_practice),
    ("Fully or partially", lambda _, criterion: criterion.fully_or_partially),
    ("Judged in", _parts),
    ("Position", lambda _, criterion: POSITIONS[criterion.position]),
    ("Guidance", lambda _, criterion: criterion.reference),
    ("External code", lambda _, criterion: criterion.external_code or "none held"),
    ("Group", lambda _, criterion: criterion.group),
    ("Weight", _weight),
)

_RULE: Tellers = (
    ("Threshold", lambda catalogue: percent(catalogue.rule.threshold)),
    ("Floor", lambda catalogue: percent(catalogue.rule.floor)),
    ("Credit for partially aligned", lambda catalogue: str(catalogue.rule.partial_credit)),
    ("Also shown at", _shares),
    ("Where the rule comes from", lambda catalogue: catalogue.rule.provenance),
)
