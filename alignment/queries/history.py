"""The history of one rating: every version with what changed, what was set aside in a clash, and what was said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select
from sqlmodel import col

from alignment.domain.catalogue import Criterion, Part
from alignment.domain.frozen import dataclass
from alignment.domain.merging import LABELS, Piece, pieces
from alignment.domain.people import Someone
from alignment.domain.rating import NOTHING_SAID, Judgement, Level
from alignment.domain.review import Speech, Verdict
from alignment.domain.round import Round
from alignment.tables import Comment, Event, Person, RatingReview, RatingVersion

# What the acts of the event chain mean for a reader of the history.
ACTS = {
    "rated": "saved",
    "undid": "took back a save",
    "restored": "brought back an earlier version",
    "scoped": "set the scope",
    "agreed": "took over what both gave alike",
    "recorded": "entered from elsewhere",
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """How one text of a rating changed, word by word."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened to a rating: when and by whom."""

    at: datetime
    who: str
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionMade(Moment):
    """A version: the level before and now, and the texts that changed."""

    version: int
    did: str
    before: Level | None
    level: Level | None
    says: Judgement
    changes: tuple[FieldChange, ...]
    confirmed: bool
    carried: bool
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside(Moment):
    """What somebody sent while a newer version stood: kept here, whatever became of the clash."""

    began_from: int
    stands: int
    says: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewMade(Moment):
    """A reviewer's word on a version."""

    verdict: Verdict
    of_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken(Moment):
    """A comment, a point of fact or an answer."""

    kind: Speech
    text: str


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """All of it, newest first."""

    round: Round
    part: Part
    criterion: Criterion
    version: int
    moments: tuple[Moment, ...]

    @property
    def address(self) -> str:
        return f"/rounds/{self.round.id}/{self.part.value}/{self.criterion.code}/history"

    @property
    def sent_back(self) -> bool:
        """Whether the newest word of a reviewer is a return."""
        newest = next((each for each in self.moments if isinstance(each, ReviewMade)), None)
        return newest is not None and newest.verdict is Verdict.RETURNED


def history(connection: Connection, found: Round, part: Part, criterion: Criterion, who: Someone) -> HistoryPage:
    """The history of a rating: four queries. While it is rated blind, that of the reader's own rating."""
    if found.rated_blind(part):
        subject = f"blind_rating:{found.id}/{part.value}/{criterion.code}/{who.id}"
        events = _events(connection, subject)
        versions = list(_own_versions(events))
        others: list[Moment] = []
    else:
        events = _events(connection, f"rating:{found.id}/{part.value}/{criterion.code}")
        versions = list(_versions(connection, found, part, criterion.code, events))
        others = [
            *_reviews(connection, found, part, criterion.code),
            *_spoken(connection, found, part, criterion.code),
        ]
    moments = [*versions, *_aside(events), *others]
    newest_first = sorted(moments, key=lambda each: (each.at, each.order), reverse=True)
    last = max((each.version for each in versions), default=0)
    return HistoryPage(found, part, criterion, last, tuple(newest_first))


Events = list[Mapping[str, Any]]


def _events(connection: Connection, subject: str) -> Events:
    rows = connection.execute(
        select(col(Event.seq), col(Event.at), col(Event.act), col(Event.after), col(Person.name))
        .outerjoin(Person, col(Person.id) == func.substr(col(Event.actor), len("person:") + 1))
        .where(col(Event.subject) == subject)
        .order_by(col(Event.seq))
    )
    return [
        {
            "seq": row.seq, "at": datetime.fromisoformat(row.at).astimezone(UTC), "act": row.act,
            "who": row.name or "an import", "after": json.loads(row.after) or {},
        }
        for row in rows
    ]  # fmt: skip


def _versions(connection: Connection, found: Round, part: Part, code: str, events: Events) -> Iterator[VersionMade]:
    rows = connection.execute(
        select(
            col(RatingVersion.version), col(RatingVersion.level), col(RatingVersion.rationale),
            col(RatingVersion.cites_standard), col(RatingVersion.cites_guidance), col(RatingVersion.to_confirm),
            col(RatingVersion.carried_from), col(RatingVersion.rated_at), col(Person.name),
        )
        .outerjoin(Person, col(Person.id) == func.substr(col(RatingVersion.rated_by), len("person:") + 1))
        .where(
            col(RatingVersion.assessment_id) == found.id,
            col(RatingVersion.part) == part.value,
            col(RatingVersion.criterion) == code,
        )
        .order_by(col(RatingVersion.version))
    ).all()  # fmt: skip
    acts = {each["after"]["version"]: each for each in events if "version" in each["after"]}
    before, to_confirm = NOTHING_SAID, False
    for row in rows:
        says = _judgement(row._mapping)
        did = acts.get(row.version)
        yield VersionMade(
            at=row.rated_at,
            who=row.name or "an import",
            order=did["seq"] if did else 0,
            version=row.version,
            did=_did(did, to_confirm=bool(row.to_confirm)),
            before=before.level,
            level=says.level,
            says=says,
            changes=tuple(_changes(before, says)),
            confirmed=to_confirm and not row.to_confirm and says == before,
            carried=bool(row.carried_from),
            current=row is rows[-1],
        )
        before, to_confirm = says, bool(row.to_confirm)


def _did(event: Mapping[str, Any] | None, *, to_confirm: bool) -> str:
    if event is None:
        return "carried over from the earlier round" if to_confirm else "entered"
    act: str = event["act"]
    return ACTS.get(act, act)


def _own_versions(events: Events) -> Iterator[VersionMade]:
    before = NOTHING_SAID
    made = [each for each in events if "version" in each["after"]]
    for each in made:
        says = _judgement(each["after"])
        yield VersionMade(
            at=each["at"],
            who=each["who"],
            order=each["seq"],
            version=each["after"]["version"],
            did=_did(each, to_confirm=False),
            before=before.level,
            level=says.level,
            says=says,
            changes=tuple(_changes(before, says)),
            confirmed=False,
            carried=False,
            current=each is made[-1],
        )
        before = says


def _judgement(said: Mapping[Any, Any]) -> Judgement:
    level = Level(said["level"]) if said["level"] else None
    return Judgement(level, said["rationale"], said["cites_standard"], said["cites_guidance"])


def _changes(before: Judgement, after: Judgement) -> Iterator[FieldChange]:
    for name in ("rationale", "cites_standard", "cites_guidance"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield FieldChange(LABELS[name], pieces(was, now))


def _aside(events: Iterable[Mapping[str, Any]]) -> Iterator[SetAside]:
    for each in events:
        if each["act"] == "set_aside":
            after = each["after"]
            yield SetAside(
                at=each["at"],
                who=each["who"],
                order=each["seq"],
                began_from=after["began_from"],
                stands=after["stands"],
                says=_judgement(after),
            )


def _reviews(connection: Connection, found: Round, part: Part, code: str) -> Iterator[ReviewMade]:
    rows = connection.execute(
        select(
            col(RatingReview.verdict), col(RatingReview.of_version), col(RatingReview.reason), col(RatingReview.at),
            col(RatingReview.position), col(Person.name),
        )
        .join(Person, col(Person.id) == RatingReview.by_id)
        .where(
            col(RatingReview.assessment_id) == found.id,
            col(RatingReview.part) == part.value,
            col(RatingReview.criterion) == code,
        )
    )  # fmt: skip
    for row in rows:
        yield ReviewMade(
            at=row.at,
            who=row.name,
            order=row.position,
            verdict=Verdict(row.verdict),
            of_version=row.of_version,
            reason=row.reason,
        )


def _spoken(connection: Connection, found: Round, part: Part, code: str) -> Iterator[Spoken]:
    rows = connection.execute(
        select(col(Comment.kind), col(Comment.text), col(Comment.at), col(Comment.position), col(Person.name))
        .join(Person, col(Person.id) == Comment.by_id)
        .where(
            col(Comment.assessment_id) == found.id,
            col(Comment.part) == part.value,
            col(Comment.criterion) == code,
        )
    )
    for row in rows:
        yield Spoken(at=row.at, who=row.name, order=row.position, kind=Speech(row.kind), text=row.text)
