"""Rounds of assessment: the list, the page of one round, what opening one needs, and what waits in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, literal, or_, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.agreement import Agreement, agreement
from alignment.domain.assessment import PartStage, ResultKind
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Role, Someone, why_not
from alignment.domain.rating import Judgement, Level, unsupported
from alignment.domain.review import (
    NEXT,
    Missing,
    Reviewed,
    Speech,
    Stands,
    Step,
    Verdict,
    missing_to_accept,
    missing_to_submit,
    reviewed,
    waiting,
)
from alignment.domain.round import Member, Planned, Reached, Round
from alignment.queries.discussion import Speaking, spoken
from alignment.queries.progress import Progress, progress
from alignment.queries.sheet import why_not_see
from alignment.tables import (
    Assessment,
    BlindRating,
    ConflictDeclaration,
    Membership,
    ObserverInvitation,
    Organisation,
    PartStageStep,
    Person,
    Programme,
    Rating,
    RatingReview,
    Result,
    RoundTeam,
    StandardOwner,
)
from alignment.tables.rounds import read_round

MOST = 200
"""Rounds that a list shows."""


# --- the list ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round in a list, with the stage of each part."""

    id: str
    programme: str
    number: int
    label: str
    assessor: str
    lead: str
    opened_on: date
    stages: tuple[tuple[Part, PartStage], ...]
    mine: bool

    @property
    def title(self) -> str:
        """As it is called: Meridian, round 2."""
        return f"{self.programme}, round {self.number}"


def rounds_for(connection: Connection, who: Someone) -> tuple[RoundLine, ...]:
    """The rounds that somebody may look into, their own first, then the newest: two queries."""
    rows = connection.execute(_visible(who)).all()
    stages = _stages(connection, [row.id for row in rows])
    lines = [
        RoundLine(
            id=row.id,
            programme=row.short_name,
            number=row.round,
            label=row.label,
            assessor=row.assessor,
            lead=row.lead,
            opened_on=row.opened_on,
            stages=tuple((part, stages[row.id][part]) for part in Part),
            mine=who.id in (row.lead_id, row.second_id),
        )
        for row in rows
        if _visible_line(row, stages[row.id], who)
    ]
    return tuple(sorted(lines, key=lambda each: (not each.mine, -each.opened_on.toordinal(), each.id)))


def _visible(who: Someone) -> Any:
    """The rounds of one's house, those one is invited to, and those of one's programmes."""
    houses = [where for where, role in who.roles if role is Role.ASSESSOR]
    owned = [where for where, role in who.roles if role is Role.SCHEME_OWNER]
    lead = aliased(Person)
    invited = exists().where(
        col(ObserverInvitation.assessment_id) == Assessment.id,
        col(ObserverInvitation.person_id) == who.id,
        col(ObserverInvitation.until).is_(None),
    )
    owner = exists().where(
        col(StandardOwner.standard_id) == Programme.standard_id, col(StandardOwner.organisation_id).in_(owned)
    )
    told: list[Any] = [
        Assessment.id, Programme.short_name, Assessment.round, Assessment.label, RoundTeam.opened_on,
        RoundTeam.lead_id, RoundTeam.second_id, Assessment.assessor_id,
        col(Organisation.name).label("assessor"), col(lead.name).label("lead"),
    ]  # fmt: skip
    return (
        select(*told)
        .join(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .join(Organisation, col(Organisation.id) == Assessment.assessor_id)
        .join(lead, col(lead.id) == RoundTeam.lead_id)
        .where(or_(col(Assessment.assessor_id).in_(houses), invited, owner, col(Programme.owner_id).in_(owned)))
        .order_by(col(RoundTeam.opened_on).desc(), col(Assessment.id))
        .limit(MOST)
    )


def _visible_line(row: Row[Any], stages: Mapping[Part, PartStage], who: Someone) -> bool:
    """An owner sees a round once one of its parts is theirs to check."""
    if who.is_for(Role.ASSESSOR, frozenset({row.assessor_id})) or who.is_a(Role.OBSERVER):
        return True
    return any(stage in (PartStage.ACCURACY_CHECK, PartStage.CLOSED) for stage in stages.values())


def _stages(connection: Connection, ids: list[str]) -> Mapping[str, dict[Part, PartStage]]:
    found: dict[str, dict[Part, PartStage]] = defaultdict(lambda: dict.fromkeys(Part, PartStage.SCOPING))
    rows = connection.execute(
        select(col(PartStageStep.assessment_id), col(PartStageStep.part), col(PartStageStep.stage))
        .where(col(PartStageStep.assessment_id).in_(ids))
        .order_by(col(PartStageStep.position))
    )
    for row in rows:
        found[row.assessment_id][Part(row.part)] = PartStage(row.stage)
    return found


# --- one round -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Move:
    """A step that could come next: its control, why this reader may not, and what holds it up."""

    step: Step
    why_not: str | None
    missing: tuple[Missing, ...]
    unanswered: tuple[Speaking, ...]

    @property
    def ready(self) -> bool:
        return not self.missing and not self.unanswered

    @property
    def waiting(self) -> str:
        """What waits for an answer, as one sentence."""
        return waiting(each.kind for each in self.unanswered)


@dataclass(frozen=True, slots=True)
class Check:
    """A standing check: a rating that may stand but that a reader will ask about."""

    code: str
    what: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """The result of a closed part."""

    level: Level
    on: date


@dataclass(frozen=True, slots=True)
class Blind:
    """Blind rating of a part: how much each has to rate yet, and once opened how far the two agree."""

    open: bool
    left: tuple[tuple[str, int], ...]
    agreement: Agreement | None
    unreconciled: int

    @property
    def done(self) -> bool:
        """Whether both have rated everything."""
        return not any(number for _, number in self.left)


@dataclass(frozen=True, slots=True)
class PartView:
    """One part of a round: its stage, since when, what is planned, how far it is, what can come next."""

    part: Part
    stage: PartStage
    steps: tuple[Reached, ...]
    days: int
    planned: Planned
    late: bool
    progress: Progress | None
    moves: tuple[Move, ...]
    checks: tuple[Check, ...]
    result: Fixed | None
    blind: Blind | None
    hidden: str | None


@dataclass(frozen=True, slots=True)
class RoundPage:
    """All that the page of a round says to one reader."""

    round: Round
    parts: tuple[PartView, ...]
    said: tuple[Speaking, ...]
    why_not_set_up: str | None
    why_not_comment: str | None
    why_not_answer: str | None
    house: tuple[Member, ...]
    observers: tuple[Member, ...]
    interested: tuple[Member, ...]

    @property
    def address(self) -> str:
        return f"/rounds/{self.round.id}"

    @property
    def whole(self) -> bool:
        """Whether this reader sees the work, and not only parts that are theirs to check."""
        return not any(part.hidden for part in self.parts)


def round_page(connection: Connection, found: Round, *, who: Someone, catalogue: Catalogue, now: datetime) -> RoundPage:
    """The page of a round for a reader who may see at least one of its parts: five queries."""
    words = _words(connection, found.id)
    ratings = _ratings(connection, found.id, [row for row in words if row.kind == "review"])
    said = spoken(connection, found.id)
    results = _results(connection, found.id)
    blind = _blind_ratings(row for row in words if row.kind == "blind")
    house, observers, interested = _people(connection, found, now)
    if why_not(who, Do.SEE_WORK, found.matter()):
        said = tuple(each for each in said if _for_owner(each, who, found))
    return RoundPage(
        round=found,
        parts=tuple(
            _part(found, part, ratings[part], said, results.get(part), blind.get(part), who, catalogue, now)
            for part in Part
        ),
        said=said,
        why_not_set_up=why_not(who, Do.SET_UP_ROUND, found.matter()),
        why_not_comment=why_not(who, Do.COMMENT, found.matter()),
        why_not_answer=why_not(who, Do.ANSWER, found.matter()),
        house=house,
        observers=observers,
        interested=tuple(each for each in found.team if each.id in interested),
    )


def _for_owner(said: Speaking, who: Someone, found: Round) -> bool:
    """A scheme owner reads their own points and replies with the answers, and no comment of others."""
    mine = said.kind in (Speech.ACCURACY, Speech.REPLY)
    return mine and said.part is not None and why_not_see(who, found, said.part) is None


RatedRows = Mapping[str, tuple[Stands, Judgement]]


def _part(
    found: Round,
    part: Part,
    rated: RatedRows,
    said: Iterable[Speaking],
    result: Fixed | None,
    blind: Mapping[str, Mapping[str, Level]] | None,
    who: Someone,
    catalogue: Catalogue,
    now: datetime,
) -> PartView:
    reached = found.reached(part)
    hidden = why_not_see(who, found, part)
    stands = {code: each for code, (each, _) in rated.items()}
    planned = found.planned[part]
    codes = [criterion.code for criterion in catalogue.in_part[part]]
    unanswered = tuple(each for each in said if each.kind.holds_up(each.part, part) and not each.answers)
    return PartView(
        part=part,
        stage=reached.stage,
        steps=found.steps[part],
        days=(now.date() - reached.at.date()).days,
        planned=planned,
        late=planned.closes is not None and planned.closes < now.date() and reached.stage is not PartStage.CLOSED,
        progress=progress(catalogue, part, stands) if not hidden and not found.rated_blind(part) else None,
        moves=tuple(_move(found, part, step, codes, stands, unanswered, who) for step in NEXT[reached.stage]),
        checks=() if hidden else tuple(_checks(codes, rated)),
        result=result,
        blind=_blind(found, part, codes, stands, blind or {}) if found.blind and not hidden else None,
        hidden=hidden,
    )


def _move(
    found: Round,
    part: Part,
    step: Step,
    codes: list[str],
    stands: Mapping[str, Stands],
    unanswered: tuple[Speaking, ...],
    who: Someone,
) -> Move:
    missing: tuple[Missing, ...] = ()
    if step.accepted:
        missing = missing_to_accept(codes, stands)
    elif step.complete:
        missing = missing_to_submit(codes, stands)
    closing = step.to is PartStage.CLOSED
    return Move(step, why_not(who, step.act, found.matter(part)), missing, unanswered if closing else ())


def _checks(codes: Iterable[str], rated: RatedRows) -> Iterator[Check]:
    for code in codes:
        if code in rated and (missed := unsupported(rated[code][1])):
            yield Check(code, ", ".join(missed))


def _blind(
    found: Round,
    part: Part,
    codes: Iterable[str],
    stands: Mapping[str, Stands],
    own: Mapping[str, Mapping[str, Level]],
) -> Blind:
    asked = [code for code in codes if code not in stands or stands[code].level is not Level.NOT_APPLICABLE]
    left = tuple((member.name, sum(code not in own.get(member.id, {}) for code in asked)) for member in found.team)
    if found.rated_blind(part) or found.second is None:
        return Blind(False, left, None, 0)
    one, other = own.get(found.lead.id, {}), own.get(found.second.id, {})
    pairs = [(one[code], other[code]) for code in codes if code in one and code in other]
    unrated = sum(code not in stands or stands[code].level is None for code in codes)
    return Blind(True, left, agreement(pairs), unrated)


def _words(connection: Connection, assessment: str) -> Sequence[Row[Any]]:
    """What reviewers said of ratings, in its order, and what each assessor rated blind: in one shape."""
    reviews: Any = select(
        literal("review").label("kind"), col(RatingReview.part).label("part"),
        col(RatingReview.criterion).label("criterion"), col(RatingReview.verdict).label("word"),
        col(RatingReview.of_version).label("of_version"), literal("").label("person_id"),
        col(RatingReview.position).label("position"),
    ).where(col(RatingReview.assessment_id) == assessment)  # fmt: skip
    blind: Any = select(
        literal("blind"), col(BlindRating.part), col(BlindRating.criterion), col(BlindRating.level), literal(0),
        col(BlindRating.person_id), literal(0),
    ).where(col(BlindRating.assessment_id) == assessment, col(BlindRating.level).is_not(None))  # fmt: skip
    return connection.execute(union_all(reviews, blind).order_by("position")).all()


def _ratings(
    connection: Connection, assessment: str, reviews: Iterable[Row[Any]]
) -> Mapping[Part, dict[str, tuple[Stands, Judgement]]]:
    newest = {(each.part, each.criterion): each for each in reviews}  # in their order, so that the last one stands
    found: dict[Part, dict[str, tuple[Stands, Judgement]]] = {part: {} for part in Part}
    for row in connection.execute(
        select(
            col(Rating.part), col(Rating.criterion), col(Rating.level), col(Rating.version), col(Rating.to_confirm),
            col(Rating.rationale), col(Rating.cites_standard), col(Rating.cites_guidance),
        ).where(col(Rating.assessment_id) == assessment)
    ):  # fmt: skip
        word = newest.get((row.part, row.criterion))
        review = reviewed(row.version, Verdict(word.word), word.of_version) if word else Reviewed.OPEN
        level = Level(row.level) if row.level else None
        found[Part(row.part)][row.criterion] = (
            Stands(level, row.version, bool(row.to_confirm), review),
            Judgement(level, row.rationale, row.cites_standard, row.cites_guidance),
        )
    return found


def _results(connection: Connection, assessment: str) -> dict[Part, Fixed]:
    rows = connection.execute(
        select(col(Result.scope), col(Result.level), col(Result.effective_on))
        .where(col(Result.assessment_id) == assessment, col(Result.kind) == ResultKind.COMPUTED.value)
        .order_by(col(Result.recorded_at))
    )
    parts = {part.value for part in Part}
    return {Part(row.scope): Fixed(Level(row.level), row.effective_on) for row in rows if row.scope in parts}


def _blind_ratings(rows: Iterable[Row[Any]]) -> Mapping[Part, Mapping[str, Mapping[str, Level]]]:
    levels: dict[Part, dict[str, dict[str, Level]]] = {part: defaultdict(dict) for part in Part}
    for row in rows:
        levels[Part(row.part)][row.person_id][row.criterion] = Level(row.word)
    return levels


def _people(
    connection: Connection, found: Round, now: datetime
) -> tuple[tuple[Member, ...], tuple[Member, ...], frozenset[str]]:
    """The assessors of the house, everybody who could be invited as an observer, and who declared an interest."""
    declared = (
        select(col(ConflictDeclaration.has_interest))
        .where(
            col(ConflictDeclaration.person_id) == Person.id, col(ConflictDeclaration.programme_id) == found.programme
        )
        .order_by(col(ConflictDeclaration.filed_at).desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            col(Person.id),
            col(Person.name),
            col(Membership.role),
            col(Membership.organisation_id),
            declared.label("interest"),
        )
        .join(Membership, col(Membership.person_id) == Person.id)
        .where(
            col(Person.active).is_(True),
            or_(col(Membership.until).is_(None), col(Membership.until) > now),
            or_(
                (col(Membership.role) == Role.ASSESSOR.value) & (col(Membership.organisation_id) == found.assessor),
                col(Membership.role) == Role.OBSERVER.value,
            ),
        )
        .order_by(col(Person.name), col(Person.id))
    ).all()
    invited = {each.id for each in found.observers}
    house = {row.id: row.name for row in rows if row.role == Role.ASSESSOR.value}
    observers = {row.id: row.name for row in rows if row.role == Role.OBSERVER.value and row.id not in invited}
    return (
        tuple(Member(id, name) for id, name in house.items()),
        tuple(Member(id, name) for id, name in observers.items()),
        frozenset(row.id for row in rows if row.interest),
    )


def find_round(connection: Connection, assessment: str, now: datetime) -> Round | None:
    """The round of an assessment; None where there is none to work on: two queries."""
    return read_round(connection, assessment, now)
