"""Evidence as the working pages show it: of a round, of one criterion, one piece with its files and its past.

Whoever may not see confidential evidence is told that it is there and of which kind, and nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select
from sqlmodel import col

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.evidence import EvidenceKind, Expiry, expiry
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Matter, Someone, why_not
from alignment.domain.round import Round
from alignment.domain.undertaking import why_not_confide, why_not_see_confidential, why_not_work
from alignment.queries.facts import Rows
from alignment.queries.wordings import is_newest, own_evidence
from alignment.tables import (
    ActionEvidence,
    Assessment,
    Evidence,
    EvidenceFile,
    EvidenceWithdrawal,
    Person,
    RatingEvidence,
    RoundTeam,
    StoredFile,
)
from alignment.tables.rounds import read_round
from alignment.tables.undertaken import Undertaken, read_action


@dataclass(frozen=True, slots=True)
class File:
    """A version of a file: its name, what it is, who added it and when. Its bytes are read apart."""

    name: str
    version: int
    sha256: str
    size: int
    media_type: str
    added_by: str
    added_at: datetime
    newest: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of evidence. ``hidden`` where the reader may only know that it is there, and of which kind.

    ``rests`` are the ratings of the round that was asked for; ``round`` is the number of its own.
    """

    id: str
    kind: EvidenceKind
    reference: str
    collected_on: date | None
    expires_on: date | None
    expiry: Expiry
    confidential: bool
    link: str
    recorded_at: datetime
    files: tuple[File, ...]
    rests: tuple[tuple[Part, str], ...]
    address: str
    round: int
    hidden: bool = False

    @property
    def title(self) -> str:
        """What it is called, as far as the reader may know."""
        return f"Confidential: {self.kind.label.lower()}" if self.hidden else self.reference

    @property
    def newest_files(self) -> tuple[File, ...]:
        return tuple(file for file in self.files if file.newest)


@dataclass(frozen=True, slots=True)
class Total:
    """How many pieces of a kind there are, and how many of them are confidential."""

    kind: EvidenceKind
    all: int
    confidential: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked to see; empty means everything."""

    kind: str = ""
    part: str = ""
    expiry: str = ""
    linked: str = ""

    @property
    def chosen(self) -> bool:
        return bool(self.kind or self.part or self.expiry or self.linked)


EXPIRIES = {
    Expiry.EXPIRED.value: "Expired",
    Expiry.SOON.value: "Expires within 30 days",
    Expiry.LATER.value: "Expires later",
    Expiry.NONE.value: "Never expires",
}
LINKED = {"yes": "Behind a rating", "no": "Behind no rating yet"}


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """All evidence of a round, or what was asked for of it; and that of earlier rounds behind carried ratings."""

    round: Round
    items: tuple[Item, ...]
    carried: tuple[Item, ...]
    in_all: int
    totals: tuple[Total, ...]
    filters: Filters
    why_not_add: str | None

    @property
    def address(self) -> str:
        return f"/rounds/{self.round.id}/evidence"

    def offered(self, part: Part, criterion: str) -> tuple[Item, ...]:
        """What a rating can rest on: the evidence of the round, and what it was carried over with."""
        return (*self.items, *(each for each in self.carried if (part, criterion) in each.rests))


def evidence_page(
    connection: Connection, assessment: str, someone: Someone, filters: Filters, now: datetime
) -> EvidencePage | None:
    """The evidence of a round; None where there is no such round to work on. Six queries at most."""
    found = read_round(connection, assessment, now)
    if found is None:
        return None
    every = _of_round(connection, found, someone, now)
    items = [item for item in every if item.round == found.number]
    return EvidencePage(
        round=found,
        items=tuple(item for item in items if _fits(item, filters)),
        carried=tuple(item for item in every if item.round != found.number),
        in_all=len(items),
        totals=tuple(totals(items)),
        filters=filters,
        why_not_add=why_not(someone, Do.ADD_EVIDENCE, whole(found)),
    )


def whole(found: Round) -> Matter:
    """The round as a matter of evidence: closed once each of its parts is."""
    closed = all(found.stage(part) is PartStage.CLOSED for part in Part)
    return found.matter(Part.STANDARDS) if closed else found.matter()


def totals(items: Iterable[Item]) -> Iterable[Total]:
    """How many there are of each kind, in the order of the kinds."""
    counts = Counter((item.kind, item.confidential) for item in items)
    for kind in EvidenceKind:
        if counts[kind, False] or counts[kind, True]:
            yield Total(kind, counts[kind, False] + counts[kind, True], counts[kind, True])


def _fits(item: Item, filters: Filters) -> bool:
    parts = {part.value for part, _ in item.rests}
    return (
        filters.kind in ("", item.kind.value)
        and (not filters.part or filters.part in parts)
        and (not filters.expiry or (not item.hidden and filters.expiry == item.expiry.value))
        and filters.linked in ("", "yes" if item.rests else "no")
    )


def _of_round(connection: Connection, found: Round, someone: Someone, now: datetime) -> list[Item]:
    linked = select(col(RatingEvidence.evidence_id)).where(col(RatingEvidence.assessment_id) == found.id)
    rows = _standing(connection, or_(col(Evidence.assessment_id) == found.id, col(Evidence.id).in_(linked)))
    of = origins(connection, found, {row.assessment_id for row in rows})
    items = _items(connection, rows, found.id, now.date())
    return [_shown(item, of[row.assessment_id], someone) for item, row in zip(items, rows, strict=True)]


@dataclass(frozen=True, slots=True)
class Origin:
    """The round that a piece of evidence is of, as far as it says who sees what and where that stands."""

    number: int
    matter: Matter

    def hides(self, someone: Someone) -> bool:
        """Whether somebody is told of its confidential evidence only that it is there."""
        return why_not(someone, Do.SEE_CONFIDENTIAL, self.matter) is not None

    def address(self, evidence: str, someone: Someone) -> str:
        """Where somebody reads a piece of its evidence: among the work on it, or on its public page."""
        if why_not(someone, Do.SEE_WORK, self.matter) is None:
            return f"/evidence/{evidence}"
        return f"/programmes/{self.matter.programme}/assessments/{self.number}#{evidence}"


def origins(connection: Connection, found: Round, rounds: Collection[str]) -> dict[str, Origin]:
    """A round and the earlier ones of its programme that its evidence is of: a query where there are such."""
    of = {found.id: Origin(found.number, found.matter())}
    earlier = sorted(set(rounds) - {found.id})
    if not earlier:
        return of
    rows = connection.execute(
        select(
            col(Assessment.id), col(Assessment.round), col(Assessment.assessor_id), col(RoundTeam.lead_id),
            col(RoundTeam.second_id),
        )
        .outerjoin(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .where(col(Assessment.id).in_(earlier))
    )  # fmt: skip
    for row in rows:
        worked_on = {"assessor": row.assessor_id, "lead": row.lead_id, "second": row.second_id or ""}
        matter = Matter(found.programme, found.owners, **(worked_on if row.lead_id else {}))
        of[row.id] = Origin(row.round, matter)
    return of


_TOLD: list[Any] = [
    Evidence.id, Evidence.corrects, Evidence.assessment_id, Evidence.kind, Evidence.reference, Evidence.collected_on,
    Evidence.expires_on, Evidence.confidential, Evidence.link, Evidence.recorded_at,
]  # fmt: skip


def _standing(connection: Connection, which: Any) -> list[Row[Any]]:
    """The evidence of rounds that was neither corrected nor withdrawn, in the order of its entry."""
    statement: Rows = (
        select(*_TOLD).where(which, is_newest(), own_evidence()).order_by(col(Evidence.position), col(Evidence.id))
    )
    return list(connection.execute(statement))


def _items(connection: Connection, rows: Sequence[Row[Any]], assessment: str, today: date) -> list[Item]:
    """Pieces of evidence with their files and the ratings of a round that rest on them: two queries."""
    ids = [row.id for row in rows]
    files = files_of(connection, ids)
    rests: dict[str, list[tuple[Part, str]]] = defaultdict(list)
    statement: Rows = (
        select(col(RatingEvidence.evidence_id), col(RatingEvidence.part), col(RatingEvidence.criterion))
        .where(col(RatingEvidence.evidence_id).in_(ids), col(RatingEvidence.assessment_id) == assessment)
        .order_by(col(RatingEvidence.criterion))
    )
    for each in connection.execute(statement):
        rests[each.evidence_id].append((Part(each.part), each.criterion))
    return [_item(row, today, files.get(row.id, ()), rests[row.id]) for row in rows]


def _item(row: Row[Any], today: date, files: Sequence[File] = (), rests: Sequence[tuple[Part, str]] = ()) -> Item:
    return Item(
        id=row.id,
        kind=EvidenceKind(row.kind),
        reference=row.reference,
        collected_on=row.collected_on,
        expires_on=row.expires_on,
        expiry=expiry(row.expires_on, today),
        confidential=bool(row.confidential),
        link=row.link,
        recorded_at=row.recorded_at,
        files=tuple(files),
        rests=tuple(rests),
        address=f"/evidence/{row.id}",
        round=0,
    )


def _shown(item: Item, origin: Origin, someone: Someone) -> Item:
    """A piece of evidence of a round as somebody may see it."""
    if item.confidential and origin.hides(someone):
        return replace(_hidden(item), round=origin.number)
    return replace(item, address=origin.address(item.id, someone), round=origin.number)


def _hidden(item: Item) -> Item:
    """What of a confidential piece is told to everybody."""
    return replace(
        item, id="", reference="", collected_on=None, expires_on=None, expiry=Expiry.NONE, link="", files=(),
        address="", hidden=True,
    )  # fmt: skip


def files_of(connection: Connection, evidence: Sequence[str]) -> Mapping[str, tuple[File, ...]]:
    """The files of pieces of evidence with all their versions, the newest of each name first: one query."""
    statement: Rows = (
        select(
            col(EvidenceFile.evidence_id), col(EvidenceFile.name), col(EvidenceFile.version), col(EvidenceFile.sha256),
            col(StoredFile.size), col(StoredFile.media_type), col(EvidenceFile.added_by), col(EvidenceFile.added_at),
            col(Person.name).label("person"),
        )
        .join(StoredFile, col(StoredFile.sha256) == EvidenceFile.sha256)
        .outerjoin(Person, "person:" + col(Person.id) == col(EvidenceFile.added_by))
        .where(col(EvidenceFile.evidence_id).in_(evidence))
        .order_by(col(EvidenceFile.evidence_id), col(EvidenceFile.name), col(EvidenceFile.version).desc())
    )  # fmt: skip
    found: dict[str, list[File]] = defaultdict(list)
    for row in connection.execute(statement):
        held = found[row.evidence_id]
        newest = not any(file.name == row.name for file in held)
        held.append(
            File(
                row.name, row.version, row.sha256, row.size, row.media_type, row.person or row.added_by, row.added_at,
                newest,
            )
        )  # fmt: skip
    return {id: tuple(files) for id, files in found.items()}


# --- one piece of evidence ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """That it was withdrawn: why, by whom, when."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One piece of evidence with its files and every wording it had, newest first."""

    item: Item
    round: Round | None
    action: Undertaken | None
    earlier: tuple[Item, ...]
    corrected_by: str
    withdrawn: Withdrawn | None
    why_not_see: str | None
    why_not_see_confidential: str | None
    why_not_change: str | None
    why_not_confide: str | None

    @property
    def address(self) -> str:
        return f"/evidence/{self.item.id}"

    @property
    def home(self) -> str:
        """The page that lists it: its action, or its round."""
        return (
            f"/actions/{self.action.id}" if self.action else f"/rounds/{self.round.id}/evidence" if self.round else "/"
        )


def item_page(connection: Connection, evidence: str, someone: Someone, now: datetime) -> ItemPage | None:
    """One piece of evidence and why somebody may not see or change it; None where there is none. Six queries."""
    wordings = {row.id: row for row in connection.execute(_with_its_past(evidence))}
    row = wordings.get(evidence)
    if row is None:
        return None
    later = {each.corrects: each for each in wordings.values() if each.corrects}
    since = list(_since(row, later))
    given = next((each.action_id for each in since if each.action_id), None)
    action = read_action(connection, given, now) if given else None
    found = None if action else read_round(connection, row.assessment_id, now)
    rights = _rights(someone, found, action)
    return ItemPage(
        item=_items(connection, [row], row.assessment_id, now.date())[0],
        round=found,
        action=action,
        earlier=tuple(_earlier(wordings, row, rights.confidential is None, now.date())),
        corrected_by=later[evidence].id if evidence in later else "",
        withdrawn=Withdrawn(row.reason, row.name or "", row.at) if row.at else None,
        why_not_see=rights.confidential if any(each.confidential for each in since) else rights.see,
        why_not_see_confidential=rights.confidential,
        why_not_change=rights.change,
        why_not_confide=rights.confide,
    )


def _with_its_past(evidence: str) -> Rows:
    """All wordings of the evidence of the same round, each with what became of it."""
    of = select(col(Evidence.assessment_id)).where(col(Evidence.id) == evidence).scalar_subquery()
    told: list[Any] = [
        *_TOLD, ActionEvidence.action_id, EvidenceWithdrawal.reason, EvidenceWithdrawal.at, Person.name,
    ]  # fmt: skip
    return (
        select(*told)
        .outerjoin(ActionEvidence, (col(ActionEvidence.evidence_id) == Evidence.id) & col(ActionEvidence.given))
        .outerjoin(EvidenceWithdrawal, col(EvidenceWithdrawal.evidence_id) == Evidence.id)
        .outerjoin(Person, col(Person.id) == EvidenceWithdrawal.by_id)
        .where(col(Evidence.assessment_id) == of)
    )


@dataclass(frozen=True, slots=True)
class _Rights:
    """Why somebody may not see a piece of evidence, one that is confidential, and may not change or confide it."""

    see: str | None
    confidential: str | None
    change: str | None
    confide: str | None = None


def _rights(someone: Someone, found: Round | None, action: Undertaken | None) -> _Rights:
    if action is not None:
        see = why_not(someone, Do.SEE_ACTION, action.matter())
        secret = see or why_not_see_confidential(someone, action)
        return _Rights(see, secret, why_not_work(someone, action), why_not_confide(someone, action))
    if found is None:
        elsewhere = "This evidence was recorded with its round from elsewhere: it stands on the public page."
        return _Rights(elsewhere, elsewhere, None)
    see = why_not(someone, Do.SEE_WORK, found.matter())
    secret = why_not(someone, Do.SEE_CONFIDENTIAL, found.matter())
    return _Rights(see, see or secret, why_not(someone, Do.ADD_EVIDENCE, whole(found)))


def _since(row: Row[Any], later: Mapping[str, Row[Any]]) -> Iterator[Row[Any]]:
    """A wording and every one that came after it: what became of one of them holds for it as well."""
    yield row
    while row.id in later:
        row = later[row.id]
        yield row


def _earlier(wordings: Mapping[str, Row[Any]], row: Row[Any], sees: bool, today: date) -> Iterable[Item]:
    while row.corrects in wordings:
        row = wordings[row.corrects]
        item = _item(row, today)
        yield _hidden(item) if item.confidential and not sees else item


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file, to be handed out under its name."""

    name: str
    media_type: str
    content: bytes


def content(connection: Connection, evidence: str, sha256: str) -> Content | None:
    """A file of a piece of evidence; None where it has none of that content. Whether one may is asked before."""
    row = connection.execute(
        select(col(EvidenceFile.name), col(StoredFile.media_type), col(StoredFile.content))
        .join(StoredFile, col(StoredFile.sha256) == EvidenceFile.sha256)
        .where(col(EvidenceFile.evidence_id) == evidence, col(EvidenceFile.sha256) == sha256)
        .order_by(col(EvidenceFile.version).desc())
        .limit(1)
    ).first()
    return Content(row.name, row.media_type, bytes(row.content)) if row else None
