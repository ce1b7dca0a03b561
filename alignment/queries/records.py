"""What is held about one programme: every dated fact with its ground, as frozen data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar

from alignment.domain.action import ActionState
from alignment.domain.assessment import Certainty, Progress, ResultKind, Scope
from alignment.domain.catalogue import Part
from alignment.domain.decision import Act, Decision, taken_ahead
from alignment.domain.frozen import dataclass
from alignment.domain.programme import ActionFact, Held, ProgressFact, RecognitionFact, ResultFact, StepFact
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.when import When
from alignment.queries.facts import LEDGER, ProgrammeRow


@dataclass(frozen=True, slots=True)
class Ground:
    """What a fact rests on: a document, the place in it, its date, and how sure the register is."""

    source: str
    title: str
    issuer: str
    date: When | None
    place: str
    how_sure: Certainty
    remark: str
    about_source: str

    @property
    def href(self) -> str:
        """Where the register lists the document, or where the entry stands."""
        return self.place if self.own else f"/sources/{self.source}"

    @property
    def own(self) -> bool:
        """Whether it is no document but the ledger of this register itself."""
        return self.source == LEDGER

    @property
    def certainty(self) -> str:
        """How sure, in words that go on a sentence."""
        return self.how_sure.label[0].lower() + self.how_sure.label[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A dated fact: when it holds, when it was announced, when the register learned it, on what ground."""

    id: str
    effective: When
    announced_on: date | None
    recorded_at: datetime
    order: int
    corrects: str
    ground: Ground | None

    @property
    def reported_on(self) -> date:
        """The day up to which the fact was reported: its own, or that of its source where that is later."""
        issued = self.ground.date if self.ground else None
        return max(self.effective.on, issued.on) if issued else self.effective.on


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressEntry(Entry):
    """How far a part had come in a round."""

    round: int
    part: Part
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultEntry(Entry):
    """The outcome of a part or of the whole in a round."""

    round: int
    scope: Scope
    kind: ResultKind
    level: Level
    statement: str
    rests_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingEntry(Entry):
    """So many criteria of a group at a level; ``criterion`` only where it is one that is known."""

    round: int
    part: Part
    group: str
    level: Level
    number: int
    criterion: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionEntry(Entry):
    """The LME's own act."""

    act: Act
    reason: str
    conditions: str
    against_advice: str
    published_note: str
    published_link: str
    replaces: bool

    @property
    def taken_on(self) -> date | None:
        """The day on which it was taken, where it takes effect later than that."""
        return taken_ahead(self.effective, self.recorded_at.date(), self.announced_on)

    def fact(self) -> Decision:
        """The decision as the domain judges it."""
        return Decision(self.id, self.act, self.effective, self.order, self.taken_on, self.replaces)

    @property
    def voids(self) -> bool:
        """Whether it declares another entry void, and so reports nothing that held."""
        return self.act is Act.VOID


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionEntry(Entry):
    """Another authority's act."""

    authority: str
    under: str
    act: RecognitionAct
    reference: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEntry(Entry):
    """A state that an action reached, and who says so."""

    action: str
    state: ActionState
    as_reported: bool
    by: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringEntry(Entry):
    """What somebody recommends to keep watching; ``for_all`` where it names no programme."""

    for_all: bool
    recommended_by: str
    owner: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry(Entry):
    """Something said in somebody's name, or a dated fact of history."""

    subject: str
    topic: str
    said_by: str
    title: str
    text: str
    until_on: date | None

    @property
    def about(self) -> str:
        """What kind of thing it is about: programme, standard or process."""
        return self.subject.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class EquivalenceEntry(Entry):
    """What counts in place of something else."""

    kind: str
    name: str
    stands_for: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceEntry(Entry):
    """What a rating rests on. A confidential one has lost its reference and link: it is only counted."""

    round: int
    kind: str
    reference: str
    link: str
    collected_on: date | None
    confidential: bool


@dataclass(frozen=True, slots=True)
class AppealLine:
    """An appeal against an entry, and its outcome or none yet."""

    id: str
    by_organisation: str
    text: str
    filed_on: date
    outcome: str
    outcome_on: date | None
    outcome_text: str
    outcome_recorded_at: datetime | None
    version: int

    def on(self, as_at: date) -> AppealLine:
        """The appeal as it stood on a day: its outcome may come later."""
        if self.settled(as_at):
            return self
        return replace(self, outcome="", outcome_on=None, outcome_text="", outcome_recorded_at=None)

    def settled(self, as_at: date) -> bool:
        """Whether its outcome was out on a day, by what is known."""
        return bool(self.outcome) and self.outcome_on is not None and self.outcome_on <= as_at


@dataclass(frozen=True, slots=True)
class PrintedName:
    """A name under which the programme was printed, and where; ``since`` is when it took the place of another."""

    name: str
    in_table: bool
    ground: Ground | None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The standard or the assurance process behind a programme."""

    name: str
    edition: str
    issued: When | None
    summary: str
    owner: str
    ground: Ground | None


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another programme of the same standard."""

    id: str
    short_name: str
    process: str


@dataclass(frozen=True, slots=True)
class Round:
    """One round of assessment. ``published`` says whether it has a public page."""

    id: str
    number: int
    label: str
    edition: str
    assessor: str
    follows: int
    published: bool
    ground: Ground | None


@dataclass(frozen=True, slots=True)
class PublicChange:
    """A change of a programme that its owner reported, in the wording that the LME accepted."""

    title: str
    wording: str
    effective_on: date
    transition_until: date | None
    accepted_at: datetime

    def in_transition(self, day: date) -> bool:
        """Whether both the old and the new hold on a day."""
        return self.transition_until is not None and self.effective_on <= day <= self.transition_until


@dataclass(frozen=True, slots=True)
class Answer:
    """A criterion that an action answers; ``our_reading`` where the source names none."""

    part: Part
    criterion: str
    our_reading: bool


@dataclass(frozen=True, slots=True)
class Action:
    """A corrective action with the states it reached, in their order."""

    id: str
    round: int
    title: str
    root_cause: str
    owner: str
    due_on: date | None
    expected_on: date | None
    number_known: bool
    criteria: tuple[Answer, ...]
    steps: tuple[StepEntry, ...]
    ground: Ground | None

    def fact(self) -> ActionFact:
        """The action as the domain judges it."""
        steps = tuple(StepFact(step.state, step.effective, step.order) for step in self.steps)
        return ActionFact(self.id, steps, self.due_on, self.expected_on, self.round)


@dataclass(frozen=True, slots=True)
class RatingRecord:
    """One version of the rating of one criterion in one part of a round; no level where it was taken back.

    The texts are read only where a page shows them. ``carried_from`` is the id of an earlier round; ``public_on`` the
    day from which everybody can see it, which is that of its part's closing where the round is worked on here.
    """

    round: int
    part: Part
    criterion: str
    version: int
    level: Level | None
    effective_on: date
    public_on: date
    carried_from: str
    rationale: str = ""
    cites_standard: str = ""
    cites_guidance: str = ""


@dataclass(frozen=True)
class Records:
    """One programme as known at a moment, whatever the dates of its facts; corrected facts left out.

    ``appeals`` are those against each decision, by its id. ``owners`` are the ids of all who own a piece of it: itself,
    its standard, its assurance process.
    """

    programme: ProgrammeRow
    known_at: datetime | None
    ground: Ground | None
    standard: Document
    process: Document | None
    standard_owners: tuple[str, ...]
    owners: frozenset[str]
    names: tuple[PrintedName, ...]
    siblings: tuple[Sibling, ...]
    changes: tuple[PublicChange, ...]
    rounds: tuple[Round, ...]
    progress: tuple[ProgressEntry, ...]
    results: tuple[ResultEntry, ...]
    findings: tuple[FindingEntry, ...]
    decisions: tuple[DecisionEntry, ...]
    recognitions: tuple[RecognitionEntry, ...]
    appeals: Mapping[str, Sequence[AppealLine]]
    actions: tuple[Action, ...]
    monitoring: tuple[MonitoringEntry, ...]
    statements: tuple[StatementEntry, ...]
    equivalences: tuple[EquivalenceEntry, ...]
    evidence: tuple[EvidenceEntry, ...]
    ratings: tuple[RatingRecord, ...]

    @cached_property
    def held(self) -> Held:
        """The facts as the domain judges them; a result is told with its round, not before."""
        told = {each.number for each in self.rounds if each.published}
        results = [each for each in self.results if each.round in told]
        return Held(
            route=self.programme.route,
            superseded=bool(self.programme.superseded_by),
            progress=tuple(
                ProgressFact(each.part, each.progress, each.effective, each.order, each.round) for each in self.progress
            ),
            results=tuple(
                ResultFact(each.scope, each.kind, each.level, each.effective, each.order, each.round)
                for each in results
            ),
            actions=tuple(each.fact() for each in self.actions if each.steps),
            recognitions=tuple(RecognitionFact(each.act, each.effective, each.order) for each in self.recognitions),
            decisions=tuple(each.fact() for each in self.decisions),
            reported=tuple(
                day
                for each in (*self.progress, *results, *self.decided, *self.recognitions)
                for day in dict.fromkeys((each.effective.on, each.reported_on))
            ),
        )

    @property
    def decided(self) -> tuple[DecisionEntry, ...]:
        """The decisions without the entries that declare another void."""
        return tuple(each for each in self.decisions if not each.voids)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every dated fact but evidence."""
        steps = tuple(step for action in self.actions for step in action.steps)
        return (
            *self.progress, *self.results, *self.findings, *self.decisions, *self.recognitions, *steps,
            *self.monitoring, *self.statements, *self.equivalences,
        )  # fmt: skip

    @property
    def learned(self) -> bool:
        """Whether the register had learned any dated fact of the programme by then."""
        return bool(self.entries)

    def round(self, number: int) -> Round | None:
        """The round of a number."""
        return next((each for each in self.rounds if each.number == number), None)

    def standing_ratings(self, number: int, as_at: date) -> dict[tuple[Part, str], RatingRecord]:
        """The ratings of a round that stand on a date; what is not yet rated is absent."""
        newest: dict[tuple[Part, str], RatingRecord] = {}
        for rating in self.ratings:  # in the order of versions
            if rating.round == number and rating.public_on <= as_at:
                newest[rating.part, rating.criterion] = rating
        return {key: rating for key, rating in newest.items() if rating.level is not None}

    def levels(self, number: int, as_at: date) -> dict[tuple[Part, str], Level]:
        """The levels of a round that stand on a date."""
        ratings = self.standing_ratings(number, as_at)
        return {key: rating.level for key, rating in ratings.items() if rating.level is not None}


E = TypeVar("E", bound=Entry)


def begun(entries: Iterable[E], as_at: date) -> tuple[E, ...]:
    """Those that hold by a date, in the order of the files."""
    return tuple(entry for entry in entries if entry.effective.on <= as_at)
