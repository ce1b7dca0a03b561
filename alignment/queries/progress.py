"""How far a part of a round has come, what result can still be reached, and what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level
from alignment.domain.result import Outlook, outlook
from alignment.domain.review import Reviewed, Stands
from alignment.queries.results import percent

LISTED = 4
"""Codes that a sentence names; how many more there are is said."""

_VULGAR = {
    Fraction(1, 2): "½", Fraction(1, 4): "¼", Fraction(3, 4): "¾", Fraction(1, 3): "⅓", Fraction(2, 3): "⅔",
    Fraction(1, 5): "⅕", Fraction(2, 5): "⅖", Fraction(3, 5): "⅗", Fraction(4, 5): "⅘",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of a part for the bar that is always in view, and for the round's own page.

    ``saves`` counts all saves behind it, so that of two answers that overtake each other the newer is known.
    """

    part: Part
    rated: int
    in_all: int
    to_confirm: int
    returned: int
    accepted: int
    saves: int
    gating: int
    gating_fully: int
    outcome: Outlook
    threshold: str
    conditions: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether everything is rated, confirmed, and what was returned is answered."""
        return self.rated == self.in_all and not self.to_confirm and not self.returned

    @property
    def now(self) -> Level | None:
        """The result over what is rated so far."""
        return self.outcome.provisional

    @property
    def held(self) -> str:
        return mixed(self.outcome.points.held)

    @property
    def reachable(self) -> str:
        return mixed(self.outcome.points.reachable)

    @property
    def needed(self) -> str:
        return mixed(self.outcome.points.needed)

    @property
    def possible(self) -> int:
        return self.outcome.points.possible

    @property
    def held_share(self) -> str:
        """The width of the bar for what is held, in percent."""
        return self._share(self.outcome.points.held)

    @property
    def open_share(self) -> str:
        """The width of the bar for what can still be reached."""
        return self._share(self.outcome.points.reachable - self.outcome.points.held)

    @property
    def needed_share(self) -> str:
        """Where the threshold lies on the bar."""
        return self._share(self.outcome.points.needed)

    @property
    def takes(self) -> str:
        """What the next result takes, in one sentence’s end."""
        first, last = self.conditions[:-1], self.conditions[-1:]
        return " and ".join(filter(None, (", ".join(first), *last)))

    @property
    def sure(self) -> bool:
        """Whether what is not yet rated can change nothing any more."""
        return self.outcome.best is not None and self.outcome.best is self.outcome.worst

    def _share(self, points: Fraction) -> str:
        possible = self.outcome.points.possible
        return f"{float(points * 100 / possible):.2f}%" if possible else "0%"


def progress(catalogue: Catalogue, part: Part, rated: Mapping[str, Stands]) -> Progress:
    """The progress of a part from where its ratings stand."""
    levels = {code: each.level for code, each in rated.items() if each.level is not None}
    outcome = outlook(catalogue, part, levels)
    gates = catalogue.gating_in(part)
    apply = [code for code in gates if levels.get(code) is not Level.NOT_APPLICABLE]
    fully = sum(levels.get(code) is Level.FULLY for code in apply)
    stands = rated.values()
    return Progress(
        part=part,
        rated=len(levels),
        in_all=outcome.counts.total,
        to_confirm=sum(each.to_confirm and each.level is not None for each in stands),
        returned=sum(each.review is Reviewed.RETURNED for each in stands),
        accepted=sum(each.review is Reviewed.ACCEPTED and each.level is not None for each in stands),
        saves=sum(each.version for each in stands),
        gating=len(apply),
        gating_fully=fully,
        outcome=outcome,
        threshold=percent(catalogue.rule.threshold),
        conditions=_conditions(outcome, len(apply) - fully - len(outcome.failing), catalogue),
    )


def _conditions(outcome: Outlook, gating_unrated: int, catalogue: Catalogue) -> tuple[str, ...]:
    """What has to happen for the part to be fully aligned; nothing where it is, whatever comes."""
    found = []
    if outcome.failing:
        found.append(f"{listed(outcome.failing)} {'rises' if len(outcome.failing) == 1 else 'rise'}")
    if gating_unrated:
        if gating_unrated == 1:
            found.append("the gating criterion not yet rated is fully aligned")
        else:
            found.append(f"the {gating_unrated} gating criteria not yet rated are fully aligned")
    lack = outcome.points.needed - outcome.points.held
    if lack > 0:
        least = min(catalogue.rule.partial_credit or Fraction(1), 1 - catalogue.rule.partial_credit or Fraction(1))
        steps = -(-lack // least)
        points = steps * least
        found.append(f"{mixed(points)} {'point is' if points == 1 else 'points are'} added")
    return tuple(found)


def listed(codes: tuple[str, ...]) -> str:
    """A few codes by name, the others counted: OP-01, OP-02 and 5 more."""
    named, more = codes[:LISTED], len(codes) - LISTED
    if more > 0:
        return f"{', '.join(named)} and {more} more"
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1]))) if named else ""


def mixed(points: Fraction) -> str:
    """Points as people write them: 57, 57½, 59⅕, or 3 2/7."""
    whole, rest = divmod(points, 1)
    if not rest:
        return str(whole)
    part = _VULGAR.get(rest) or f"{' ' if whole else ''}{rest.numerator}/{rest.denominator}"
    return f"{whole or ''}{part}"
