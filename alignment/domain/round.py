"""A round of assessment as the rules see it: what it judges, who does it, how far each part has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Matter


@dataclass(frozen=True, slots=True)
class Reached:
    """The stage that a part reached, when, by whom and why; ``position`` counts its steps."""

    stage: PartStage
    at: datetime
    by: str
    reason: str
    position: int


@dataclass(frozen=True, slots=True)
class Planned:
    """When work on a part is planned to begin and to be closed; None where nobody has said."""

    starts: date | None = None
    closes: date | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody by id and name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Round:
    """One round with its team: what it judges, who does it, how far each part has come."""

    id: str
    programme: str
    programme_name: str
    example: bool
    edition: str
    number: int
    label: str
    published: bool
    follows: str
    follows_number: int
    assessor: str
    assessor_name: str
    owners: frozenset[str]
    lead: Member
    second: Member | None
    blind: bool
    opened_on: date
    planned: Mapping[Part, Planned]
    version: int
    steps: Mapping[Part, tuple[Reached, ...]]
    observers: tuple[Member, ...]
    reconciled: frozenset[Part]

    @property
    def team(self) -> tuple[Member, ...]:
        """The lead and the second assessor: who rates, and who alone sees confidential evidence."""
        return (self.lead, self.second) if self.second else (self.lead,)

    def reached(self, part: Part) -> Reached:
        """The stage of a part now."""
        return self.steps[part][-1]

    def stage(self, part: Part) -> PartStage:
        return self.reached(part).stage

    def stage_at(self, part: Part, moment: datetime) -> PartStage | None:
        """The stage of a part at a moment; None before the round was opened."""
        return next((each.stage for each in reversed(self.steps[part]) if each.at <= moment), None)

    def rated_blind(self, part: Part) -> bool:
        """Whether each assessor rates the part without seeing the other's ratings."""
        return self.blind and part not in self.reconciled

    def matter(self, part: Part | None = None, done_by: str = "", *, returned: bool = False) -> Matter:
        """The round, one part of it, or one rating of that part, as the rules ask about it."""
        return Matter(
            programme=self.programme,
            owners=self.owners,
            assessor=self.assessor,
            lead=self.lead.id,
            second=self.second.id if self.second else "",
            observers=frozenset(each.id for each in self.observers),
            stage=self.stage(part) if part else None,
            done_by=done_by,
            returned=returned,
        )
