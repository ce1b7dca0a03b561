"""The rating sheet of a part: every criterion with its rating, what surrounds it, and how far the part has come.

Six queries at most, whatever the size of the part, the one behind the visitor included.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, Row, bindparam, case, cast, func, literal, null, select, union_all
from sqlmodel import col

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Catalogue, Criterion, Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Someone, why_not
from alignment.domain.rating import NOTHING_SAID, Judgement, Level, unsupported
from alignment.domain.review import Reviewed, Stands, Verdict, reviewed
from alignment.domain.round import Round
from alignment.queries.evidence import origins
from alignment.queries.progress import Progress, progress
from alignment.tables import (
    BlindRating,
    Comment,
    Evidence,
    Person,
    Presence,
    Rating,
    RatingEvidence,
    RatingReview,
    RatingVersion,
)
from alignment.tables.base import ZERO, Utc, constant

HERE_FOR = timedelta(seconds=60)
"""Somebody is on a sheet until this long after they were last heard of."""
LATELY = timedelta(minutes=10)
"""Somebody may still be there until this long after: without a script they are heard of only when they save."""


# --- what a sheet shows --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chip:
    """A piece of evidence that a rating rests on; one that this reader may not see has no title.

    ``round`` is the number of the earlier round that a carried rating has it from, with its ``address`` there.
    """

    id: str
    kind: str
    title: str
    confidential: bool
    round: int = 0
    address: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """The newest review of a rating: whose, of which version, and why it was returned."""

    verdict: Verdict
    of_version: int
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One criterion on the sheet: its rating as it stands, and what the rater needs beside it."""

    criterion: Criterion
    gating: bool
    version: int
    says: Judgement
    to_confirm: bool
    carried: bool
    rated_by: str
    rated_by_id: str
    rated_at: datetime | None
    last: Level | None
    word: Word | None
    evidence: tuple[Chip, ...]
    comments: int

    @property
    def code(self) -> str:
        return self.criterion.code

    @property
    def level(self) -> Level | None:
        return self.says.level

    @property
    def review(self) -> Reviewed:
        """Where the rating stands in review."""
        return reviewed(self.version, self.word.verdict, self.word.of_version) if self.word else Reviewed.OPEN

    @property
    def sent_back(self) -> bool:
        """Whether the newest word on it is a return."""
        return self.word is not None and self.word.verdict is Verdict.RETURNED

    @property
    def stands(self) -> Stands:
        """The rating as the stages of work ask about it."""
        return Stands(self.level, self.version, self.to_confirm, self.review)

    @property
    def changed(self) -> bool:
        """Whether the level is another than in the round before."""
        return self.last is not None and self.level is not None and self.level is not self.last

    @property
    def unsupported(self) -> tuple[str, ...]:
        """What a reader will miss in it."""
        return unsupported(self.says)


@dataclass(frozen=True, slots=True)
class Filters:
    """What is shown of the sheet; empty means everything."""

    show: str = ""
    group: str = ""
    text: str = ""

    @property
    def chosen(self) -> bool:
        return bool(self.show or self.group or self.text)


# What can be shown, by name: its label and which entries it takes.
SHOW: Mapping[str, tuple[str, Callable[[Entry], bool]]] = {
    "missing": ("Not yet rated", lambda each: each.level is None),
    "carried": ("Carried, to confirm", lambda each: each.to_confirm),
    "returned": ("Returned", lambda each: each.review is Reviewed.RETURNED),
    "changed": ("Changed since the last round", lambda each: each.changed),
    "unsupported": ("Without citation or rationale", lambda each: bool(each.unsupported)),
    "unaccepted": ("Not accepted", lambda each: each.review is not Reviewed.ACCEPTED),
    "below": ("Below fully", lambda each: each.level in (Level.PARTIALLY, Level.NOT)),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a filter, with how many entries it takes."""

    value: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class SheetPage:
    """The sheet as one reader sees it now, or as it was at a moment."""

    round: Round
    part: Part
    stage: PartStage | None
    blind: bool
    hidden: bool
    as_at: datetime | None
    why_not_rate: str | None
    why_not_answer: str | None
    why_not_evidence: str | None
    entries: tuple[Entry, ...]
    shown: tuple[Entry, ...]
    filters: Filters
    show: tuple[Choice, ...]
    groups: tuple[Choice, ...]
    progress: Progress
    present: tuple[str, ...]
    last_number: int

    @property
    def address(self) -> str:
        return f"/rounds/{self.round.id}/{self.part.value}"

    @property
    def unopened(self) -> bool:
        """Whether the round was not open at the moment that is asked for."""
        return self.as_at is not None and self.stage is None

    @property
    def evidence_address(self) -> str:
        """Where the evidence of the round is kept, for those who may add to it."""
        return f"/rounds/{self.round.id}/evidence" if self.why_not_evidence is None else ""

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels in the order of their keys."""
        return tuple(Level)

    def takes(self, entry: Entry) -> bool:
        """Whether the reader may change a rating: any while the part is rated, later what was returned."""
        return self.why_not_rate is None or (entry.sent_back and self.why_not_answer is None)

    @property
    def answering(self) -> bool:
        """Whether the reader can change what was returned, and nothing else."""
        return self.why_not_rate is not None and any(map(self.takes, self.entries))

    def entry(self, code: str) -> Entry | None:
        """The entry of a criterion, shown or not."""
        return next((each for each in self.entries if each.code == code), None)


def why_not_see(who: Someone | None, found: Round, part: Part | None = None) -> str | None:
    """Why somebody may not look at the work on a round, or on one part of it; None where they may.

    The scheme owner sees a part once it is theirs to check, and after it is closed.
    """
    matter = found.matter(part)
    reason = why_not(who, Do.SEE_WORK, matter)
    if reason is None or part is None:
        return reason
    # Whoever owns the programme is told the stage from which it is open to them, and nobody else's role.
    owns = why_not(who, Do.REPLY, found.matter()) is None
    return why_not(who, Do.REPLY, matter, said=f"see the work on the {part.value} part") if owns else reason


def sheet(
    connection: Connection,
    found: Round,
    part: Part,
    *,
    who: Someone,
    catalogue: Catalogue,
    now: datetime,
    filters: Filters = Filters(),
    as_at: datetime | None = None,
    only: str = "",
) -> SheetPage:
    """The sheet of a part for a reader; with ``only`` the entry of that criterion alone, as a save answers it.

    While a part is rated blind each assessor sees their own ratings and nobody sees any other.
    """
    stage = found.stage_at(part, as_at) if as_at else found.stage(part)
    blind = found.rated_blind(part)
    own = who.id in found.matter().team
    rows = _ratings(connection, found, part, who, as_at, only) if own or not blind else {}
    last = _last(connection, found, part, only)
    around = _around(connection, found, part, who, as_at, only)
    entries = tuple(
        _entry(criterion, catalogue, rows.get(criterion.code), last, around)
        for criterion in catalogue.in_part[part]
        if only in ("", criterion.code)
    )
    past = "This is the sheet as it was." if as_at else None
    return SheetPage(
        round=found,
        part=part,
        stage=stage,
        blind=blind,
        hidden=blind and not own,
        as_at=as_at,
        why_not_rate=past or why_not(who, Do.RATE, found.matter(part)),
        why_not_answer=past or why_not(who, Do.RATE, found.matter(part, returned=True)),
        why_not_evidence=why_not(who, Do.ADD_EVIDENCE, found.matter(part)),
        entries=entries,
        shown=tuple(each for each in entries if _fits(each, filters)),
        filters=filters,
        show=tuple(Choice(name, label, sum(map(takes, entries))) for name, (label, takes) in SHOW.items()),
        groups=tuple(_groups(catalogue, entries)) if not only else (),
        progress=progress(catalogue, part, _stands(catalogue, part, rows, around)),
        present=tuple(_present(around.present, who, now)),
        last_number=found.follows_number,
    )


def _fits(entry: Entry, filters: Filters) -> bool:
    if filters.show and not SHOW[filters.show][1](entry):
        return False
    if filters.group and filters.group not in (entry.criterion.group, entry.criterion.section):
        return False
    if not filters.text:
        return True
    said = entry.says
    texts = (entry.code, entry.criterion.title, entry.criterion.text, said.rationale, said.cites_standard)
    return filters.text.casefold() in " ".join((*texts, said.cites_guidance)).casefold()


def _groups(catalogue: Catalogue, entries: Iterable[Entry]) -> Iterator[Choice]:
    """The sections and, in those of several groups, their groups, with how many criteria each has in this part."""
    of_group = Counter(each.criterion.group for each in entries)
    for section in catalogue.sections:
        number = sum(of_group[group.code] for group in section.groups)
        if not number:
            continue
        yield Choice(section.code, f"{section.code} {section.title}", number)
        if len(section.groups) > 1:
            for group in section.groups:
                if of_group[group.code]:
                    yield Choice(group.code, f"{group.code} {group.title}", of_group[group.code])


# --- rows to entries -----------------------------------------------------------------------------------

Ratings = Mapping[str, Row[Any]]


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands round the ratings: the newest reviews, how many comments, evidence, who is there."""

    words: Mapping[str, Word]
    comments: Mapping[str, int]
    chips: Mapping[str, list[Chip]]
    present: Sequence[Row[Any]]


def _entry(
    criterion: Criterion,
    catalogue: Catalogue,
    row: Row[Any] | None,
    last: Mapping[str, Level],
    around: _Around,
) -> Entry:
    code = criterion.code
    return Entry(
        criterion=criterion,
        gating=code in catalogue.rule.gating,
        version=row.version if row else 0,
        says=_says(row) if row else NOTHING_SAID,
        to_confirm=bool(row and row.to_confirm),
        carried=bool(row and row.carried_from),
        rated_by=(row.name or "an import") if row else "",
        rated_by_id=row.rated_by if row else "",
        rated_at=row.rated_at if row else None,
        last=last.get(code),
        word=around.words.get(code),
        evidence=tuple(around.chips.get(code, ())),
        comments=around.comments.get(code, 0),
    )


_LEVELS: Mapping[str | None, Level | None] = {None: None, **{level.value: level for level in Level}}


def _says(row: Row[Any]) -> Judgement:
    return Judgement(_LEVELS[row.level], row.rationale, row.cites_standard, row.cites_guidance)


def _stands(catalogue: Catalogue, part: Part, rows: Ratings, around: _Around) -> dict[str, Stands]:
    found = {}
    for criterion in catalogue.in_part[part]:
        row = rows.get(criterion.code)
        if row is not None:
            word = around.words.get(criterion.code)
            review = reviewed(row.version, word.verdict, word.of_version) if word else Reviewed.OPEN
            found[criterion.code] = Stands(_LEVELS[row.level], row.version, bool(row.to_confirm), review)
    return found


def _ratings(
    connection: Connection, found: Round, part: Part, who: Someone, as_at: datetime | None, only: str
) -> dict[str, Row[Any]]:
    """The ratings that stand: the round's, one's own while rating blind, or those of a moment.

    With ``only`` the texts of that criterion alone: the others are there to be counted.
    """
    asked: dict[str, Any] = {"assessment": found.id, "part": part.value}
    if as_at is not None:
        rows = connection.execute(_versions(), asked | {"as_at": as_at}).all()
        return {row.criterion: row for row in rows}  # in the order of versions, so that the last one stands
    shared = {row.criterion: row for row in connection.execute(_standing(bool(only)), asked | {"only": only}).all()}
    if not found.rated_blind(part):
        return shared
    scoped = {code: row for code, row in shared.items() if row.level == Level.NOT_APPLICABLE.value}
    own = {row.criterion: row for row in connection.execute(_own(), asked | {"person": who.id}).all()}
    return scoped | own


_PERSON = "person:"


def _named(table: Any) -> list[Any]:
    return [
        table.criterion, table.version, table.level, table.rationale, table.cites_standard, table.cites_guidance,
        table.carried_from, table.to_confirm, table.rated_by, table.rated_at, Person.name,
    ]  # fmt: skip


@lru_cache
def _standing(narrow: bool) -> Executable:
    told = _named(Rating)
    if narrow:
        wanted = col(Rating.criterion) == bindparam("only")
        told = [
            case((wanted, each), else_=_NARROW[each.key]).label(each.key) if each.key in _NARROW else each
            for each in told
        ]
    return (
        select(*told)
        .outerjoin(Person, col(Person.id) == func.substr(col(Rating.rated_by), len(_PERSON) + 1))
        .where(col(Rating.assessment_id) == bindparam("assessment"), col(Rating.part) == bindparam("part"))
    )


# What is read of the one criterion alone, and what stands there for the others.
_NARROW: Mapping[str, Any] = {"rationale": "", "cites_standard": "", "cites_guidance": "", "rated_at": null()}


@lru_cache
def _versions() -> Executable:
    return (
        select(*_named(RatingVersion))
        .outerjoin(Person, col(Person.id) == func.substr(col(RatingVersion.rated_by), len(_PERSON) + 1))
        .where(
            col(RatingVersion.assessment_id) == bindparam("assessment"),
            col(RatingVersion.part) == bindparam("part"),
            col(RatingVersion.rated_at) <= bindparam("as_at", type_=Utc),
        )
        .order_by(col(RatingVersion.version))
    )


@lru_cache
def _own() -> Executable:
    told: list[Any] = [
        BlindRating.criterion, BlindRating.version, BlindRating.level, BlindRating.rationale,
        BlindRating.cites_standard, BlindRating.cites_guidance, literal(None).label("carried_from"),
        literal(False).label("to_confirm"), (literal(_PERSON) + col(BlindRating.person_id)).label("rated_by"),
        BlindRating.rated_at, Person.name,
    ]  # fmt: skip
    return (
        select(*told)
        .join(Person, col(Person.id) == BlindRating.person_id)
        .where(
            col(BlindRating.assessment_id) == bindparam("assessment"),
            col(BlindRating.part) == bindparam("part"),
            col(BlindRating.person_id) == bindparam("person"),
        )
    )


def _last(connection: Connection, found: Round, part: Part, only: str) -> dict[str, Level]:
    """The levels of the round that this one follows."""
    if not found.follows:
        return {}
    asked = {"assessment": found.follows, "part": part.value, "only": only}
    rows = connection.execute(_levels_before(bool(only)), asked).all()
    return {row.criterion: Level(row.level) for row in rows}


@lru_cache
def _levels_before(narrow: bool) -> Executable:
    rated = select(col(Rating.criterion), col(Rating.level)).where(
        col(Rating.assessment_id) == bindparam("assessment"),
        col(Rating.part) == bindparam("part"),
        col(Rating.level).is_not(None),
    )
    return rated.where(col(Rating.criterion) == bindparam("only")) if narrow else rated


def _around(
    connection: Connection, found: Round, part: Part, who: Someone, as_at: datetime | None, only: str
) -> _Around:
    """What surrounds the ratings, less what came after a moment; with ``only`` the reviews of all, as they count."""
    words: dict[str, Word] = {}
    comments: Counter[str] = Counter()
    evidence = []
    present = []
    asked = {"assessment": found.id, "part": part.value, "only": only}
    rows = connection.execute(_surroundings(bool(only)), asked).all()
    for row in sorted(rows, key=lambda row: row.position):
        if as_at is not None and (row.at is None or row.at > as_at):
            continue
        if row.kind == "review":
            words[row.criterion] = Word(Verdict(row.word), row.number, row.said, row.name, row.at)
        elif row.kind == "comment":
            comments[row.criterion] += 1
        elif row.kind == "evidence":
            evidence.append(row)
        else:
            present.append(row)
    return _Around(words, comments, _chips(connection, found, evidence, who), present)


def _chips(connection: Connection, found: Round, rows: Sequence[Row[Any]], who: Someone) -> Mapping[str, list[Chip]]:
    """The evidence behind each rating, as its reader may see it: that of an earlier round by the rules of that one."""
    of = origins(connection, found, {row.name for row in rows})
    hides = {id: origin.hides(who) for id, origin in of.items()}
    chips: dict[str, list[Chip]] = defaultdict(list)
    for row in rows:
        secret, origin = bool(row.number), of[row.name]
        round = origin.number if row.name != found.id else 0
        if secret and hides[row.name]:
            chips[row.criterion].append(Chip("", row.word, "", True, round))
        else:
            address = origin.address(row.person, who) if round else ""
            chips[row.criterion].append(Chip(row.person, row.word, row.said, secret, round, address))
    return chips


@lru_cache
def _surroundings(narrow: bool) -> Executable:
    """Reviews, comments, evidence and presence in one shape; the first branch gives the columns their types.

    A narrow one has the comments and the evidence of one criterion, and nobody's presence.
    """
    reviews: Any = (
        select(
            constant("review").label("kind"), col(RatingReview.criterion).label("criterion"),
            col(RatingReview.verdict).label("word"), col(RatingReview.of_version).label("number"),
            col(RatingReview.reason).label("said"), col(RatingReview.at).label("at"),
            col(RatingReview.position).label("position"), col(Person.name).label("name"),
            col(Person.id).label("person"),
        )
        .join(Person, col(Person.id) == RatingReview.by_id)
        .where(col(RatingReview.assessment_id) == bindparam("assessment"), col(RatingReview.part) == bindparam("part"))
    )  # fmt: skip
    comments: Any = select(
        constant("comment"), col(Comment.criterion), constant(""), ZERO, constant(""), col(Comment.at),
        col(Comment.position), constant(""), constant(""),
    ).where(
        col(Comment.assessment_id) == bindparam("assessment"),
        col(Comment.part) == bindparam("part"),
        col(Comment.criterion) == bindparam("only") if narrow else col(Comment.criterion).is_not(None),
    )  # fmt: skip
    chips: Any = (
        select(
            constant("evidence"), col(RatingEvidence.criterion), col(Evidence.kind),
            case((col(Evidence.confidential), 1), else_=0), col(Evidence.reference), cast(null(), Utc),
            col(Evidence.position), col(Evidence.assessment_id), col(Evidence.id),
        )
        .join(Evidence, col(Evidence.id) == RatingEvidence.evidence_id)
        .where(
            col(RatingEvidence.assessment_id) == bindparam("assessment"),
            col(RatingEvidence.part) == bindparam("part"),
        )
    )  # fmt: skip
    if narrow:
        return union_all(reviews, comments, chips.where(col(RatingEvidence.criterion) == bindparam("only")))
    return union_all(reviews, comments, chips, _there())


@lru_cache
def _there() -> Any:
    """Who was on a sheet lately, in the same shape."""
    return (
        select(
            constant("present").label("kind"), col(Presence.criterion).label("criterion"), constant(""), ZERO,
            constant(""), col(Presence.at).label("at"), ZERO, col(Person.name).label("name"),
            col(Person.id).label("person"),
        )
        .join(Person, col(Person.id) == Presence.person_id)
        .where(col(Presence.assessment_id) == bindparam("assessment"), col(Presence.part) == bindparam("part"))
    )  # fmt: skip


def _present(there: Iterable[Row[Any]], who: Someone, now: datetime) -> Iterator[str]:
    """Who else is on the sheet, at which criterion, and how long ago that was known where it is not now."""
    for row in there:
        age = now - row.at
        if row.person != who.id and age <= LATELY:
            at = f", at {row.criterion}" if row.criterion else ""
            yield f"{row.name}{at}{_ago(age) if age > HERE_FOR else ''}"


def _ago(age: timedelta) -> str:
    minutes = age // timedelta(minutes=1)
    return f", {minutes} {'minute' if minutes == 1 else 'minutes'} ago"


def present_on(connection: Connection, found: Round, part: Part, who: Someone, now: datetime) -> tuple[str, ...]:
    """Who else is on a sheet now: one query."""
    rows = connection.execute(_there(), {"assessment": found.id, "part": part.value}).all()
    return tuple(_present(rows, who, now))


def versions(entries: Iterable[tuple[str, int]]) -> str:
    """The versions of a sheet's ratings in one word each, by which an open page notices what others saved."""
    return " ".join(f"{code}:{version}" for code, version in entries if version)


def versions_on(connection: Connection, found: Round, part: Part, who: Someone) -> str:
    """The versions that stand on a reader's sheet: one query."""
    if found.rated_blind(part):
        statement = select(col(BlindRating.criterion), col(BlindRating.version)).where(
            col(BlindRating.assessment_id) == found.id,
            col(BlindRating.part) == part.value,
            col(BlindRating.person_id) == who.id,
        )
    else:
        statement = select(col(Rating.criterion), col(Rating.version)).where(
            col(Rating.assessment_id) == found.id, col(Rating.part) == part.value
        )
    return versions((row.criterion, row.version) for row in connection.execute(statement))
