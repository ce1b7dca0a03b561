"""Evidence of a round: entered, corrected, withdrawn, filed and linked to the ratings that rest on it.

Events tell of confidential evidence only that it is there: the chain is kept for ever and handed on, and what
is confidential stays with the team of the round.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlmodel import Session, col

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.evidence import Accepted, Described, EvidenceKind, accept, faults_of, typed
from alignment.domain.frozen import dataclass
from alignment.domain.merging import Clash, Field, compare
from alignment.domain.people import Actor, Do, Matter, Someone
from alignment.domain.refusal import Refusal, Stale, Unfit, fit
from alignment.domain.round import Round
from alignment.domain.undertaking import why_not_confide, why_not_see_confidential, why_not_work
from alignment.services import ledger
from alignment.services.stages import require, the_round
from alignment.tables import (
    ActionEvidence,
    Evidence,
    EvidenceFile,
    EvidenceWithdrawal,
    RatingEvidence,
    StoredFile,
)
from alignment.tables.undertaken import Undertaken, read_action

MOST_FILES = 20
"""Files that one piece of evidence may have; each may have any number of versions."""


@dataclass(frozen=True, slots=True)
class Given:
    """A file as somebody sent it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator allows: bytes a file may have."""

    file: int


# --- evidence -----------------------------------------------------------------------------------------


def add_evidence(
    session: Session,
    *,
    actor: Someone,
    assessment: str,
    said: Described,
    files: Sequence[Given] = (),
    limits: Limits,
    now: datetime,
) -> str:
    """Enter a piece of evidence of a round with its files, all or nothing; its id.

    Unfit names the field of a mistake, ``files`` for a file that cannot be kept. Refusal once every part of
    the round is closed: what was concluded then rests on what was there.
    """
    found = the_round(session, assessment, now)
    require(actor, Do.ADD_EVIDENCE, whole(found))
    return enter_with_files(
        session, actor=actor.actor, assessment=assessment, said=said, files=files, limits=limits, now=now
    ).id


def whole(found: Round) -> Matter:
    """The round as a matter of evidence: closed once each of its parts is."""
    stages = {found.stage(part) for part in Part}
    closed = stages == {PartStage.CLOSED}
    return found.matter(Part.STANDARDS) if closed else found.matter()


def enter_with_files(
    session: Session,
    *,
    actor: Actor,
    assessment: str,
    said: Described,
    files: Sequence[Given],
    limits: Limits,
    now: datetime,
) -> Evidence:
    """Store a piece of evidence with its files. Whether the actor may is decided before.

    Unfit for all that is wrong with what is said, and with its files.
    """
    faults, kept = faults_of(said, now.date()), list[Accepted]()
    try:
        kept = [accept(each.name, each.content, limits.file) for each in files]
    except Refusal as refused:
        faults["files"] = str(refused)
    fit(faults)
    row = _enter_evidence(session, actor=actor, assessment=assessment, said=said, now=now)
    for file, each in zip(kept, files, strict=True):
        _file(session, row, file, each.content, actor=actor, now=now)
    return row


def _enter_evidence(
    session: Session, *, actor: Actor, assessment: str, said: Described, now: datetime, corrects: str | None = None
) -> Evidence:
    row = Evidence(
        id=token_hex(8),
        assessment_id=assessment,
        kind=said.kind.value,
        reference=said.reference.strip(),
        collected_on=said.collected_on,
        expires_on=said.expires_on,
        confidential=said.confidential,
        link=said.link.strip(),
        effective_on=said.collected_on or now.date(),
        recorded_at=now,
        position=_next_position(session, assessment),
        corrects=corrects,
    )
    session.add(row)
    session.flush()
    _note(session, row, "corrected" if corrects else "recorded", actor=actor, after=told(row), now=now)
    return row


def _next_position(session: Session, assessment: str) -> int:
    last = session.execute(
        select(func.max(col(Evidence.position))).where(col(Evidence.assessment_id) == assessment)
    ).scalar()
    return (last or 0) + 1


def told(row: Evidence) -> dict[str, Any]:
    """The evidence as an event tells it: of confidential evidence nothing that says what it is."""
    values = ledger.values_of(row)
    hidden = ("reference", "link", "place", "remark", "collected_on", "effective_on", "expires_on")
    return {name: value for name, value in values.items() if not (row.confidential and name in hidden)}


def _note(session: Session, row: Evidence, act: str, *, actor: Actor, after: object, now: datetime) -> None:
    ledger.record(session, actor=actor, act=act, subject=ledger.subject_of(row), before=None, after=after, now=now)


def correct_evidence(session: Session, *, actor: Someone, evidence: str, said: Described, now: datetime) -> str:
    """Say anew what a piece of evidence is, under a new id; the old words stay in the record.

    Files and links to ratings go with it. Stale where somebody corrected or withdrew it meanwhile.
    """
    _unless_corrected(session, actor, evidence, said, now)
    old, _ = _changeable(session, actor, evidence, now, said)
    if said == described(old):
        return old.id
    faults = faults_of(said, now.date())
    fit(faults)
    row = _enter_evidence(session, actor=actor.actor, assessment=old.assessment_id, said=said, now=now, corrects=old.id)
    _move(session, old.id, row.id)
    return row.id


SAID = {
    "kind": "Kind",
    "reference": "Reference",
    "collected_on": "Collected on",
    "expires_on": "Holds until",
    "link": "Link",
    "confidential": "Who may see it",
}
"""The fields of the form that says what evidence is."""


def _unless_corrected(session: Session, actor: Someone, evidence: str, said: Described, now: datetime) -> None:
    """Clash where somebody corrected it meanwhile, with the newest wording: for who may change that one."""
    began = session.get(Evidence, evidence)
    if began is None:
        return
    newest = began
    while later := session.execute(select(Evidence).where(col(Evidence.corrects) == newest.id)).scalar():
        newest = later
    if newest is not began:
        _changeable(session, actor, newest.id, now, said)
        fields = compare(typed(described(began)), typed(described(newest)), typed(_trimmed(said)), SAID)
        raise Corrected(fields, newest.id)


def _trimmed(said: Described) -> Described:
    return replace(said, reference=said.reference.strip(), link=said.link.strip())


class Corrected(Clash):
    """Somebody corrected the evidence meanwhile: ``newest`` is its id by now."""

    def __init__(self, fields: Sequence[Field], newest: str) -> None:
        super().__init__(fields, 0)
        self.newest = newest


def described(row: Evidence) -> Described:
    """What is said of a piece of evidence."""
    kind = EvidenceKind(row.kind)
    return Described(kind, row.reference, row.collected_on, row.expires_on, row.confidential, row.link)


def _changeable(
    session: Session, actor: Someone, evidence: str, now: datetime, later: Described | None = None
) -> tuple[Evidence, Round | None]:
    """A piece of evidence that stands and that somebody may change, and its round where it is one of a round.

    What was given with a corrective action is changed by those who work on it; what is confidential by those who may
    see it, and what becomes so by what is said ``later`` by those who may confide it. Stale for one that was replaced.
    """
    row = session.get(Evidence, evidence)
    if row is None:
        raise Refusal("There is no such evidence.")
    ledger.take_turn(session)
    require_standing(session, row)
    given = session.execute(
        select(col(ActionEvidence.action_id)).where(
            col(ActionEvidence.evidence_id) == evidence, col(ActionEvidence.given).is_(True)
        )
    ).scalar()
    action = read_action(session, given, now) if given else None
    if action is not None:
        require_work(actor, action, later)
        if row.confidential:
            _permitted(why_not_see_confidential(actor, action))
        return row, None
    found = the_round(session, row.assessment_id, now)
    require(actor, Do.ADD_EVIDENCE, whole(found))
    return row, found


def require_work(actor: Someone, action: Undertaken, said: Described | None) -> None:
    """Refusal for who may not give or change evidence of an action, or not as confidential where it is said to be."""
    _permitted(why_not_work(actor, action))
    if said is not None and said.confidential:
        _permitted(why_not_confide(actor, action))


def _permitted(reason: str | None) -> None:
    if reason:
        raise Refusal(reason)


def require_standing(session: Session, row: Evidence) -> None:
    """Stale where a piece of evidence was corrected or withdrawn."""
    later = session.execute(select(col(Evidence.id)).where(col(Evidence.corrects) == row.id)).first()
    if later is not None:
        raise Stale("Somebody corrected this evidence meanwhile: look at it as it is now, then decide again.")
    if session.get(EvidenceWithdrawal, row.id) is not None:
        raise Stale("This evidence was withdrawn: it can no longer be changed.")


def _move(session: Session, old: str, new: str) -> None:
    """Give files and links to the corrected evidence. Its own event tells of it."""
    for table in (RatingEvidence, ActionEvidence, EvidenceFile):
        rows = session.execute(select(table).where(col(table.evidence_id) == old)).scalars().all()
        if rows:
            session.execute(insert(table), [{**row.model_dump(), "evidence_id": new} for row in rows])
        if table is not EvidenceFile:
            session.execute(delete(table).where(col(table.evidence_id) == old))


def withdraw_evidence(session: Session, *, actor: Someone, evidence: str, reason: str, now: datetime) -> None:
    """Take back what was entered by mistake, with the reason: it is no longer shown, counted or linked."""
    row, found = _changeable(session, actor, evidence, now)
    if found is not None:
        _require_open(session, found, evidence)
    said = reason.strip()
    if not said:
        raise Unfit({"reason": "Say why it is withdrawn."})
    if len(said) > 1000:
        raise Unfit({"reason": "Shorten the reason to 1,000 characters at most."})
    withdrawn = EvidenceWithdrawal(evidence_id=evidence, reason=said, by_id=actor.id, at=now)
    session.add(withdrawn)
    for table in (RatingEvidence, ActionEvidence):
        session.execute(delete(table).where(col(table.evidence_id) == evidence))
    after = {"withdrawn": True} if row.confidential else {"withdrawn": True, "reason": said}
    _note(session, row, "withdrew", actor=actor.actor, after=after, now=now)


def _require_open(session: Session, found: Round, evidence: str) -> None:
    """What a closed part rests on stays; it can be corrected, with its old words kept."""
    parts = session.execute(
        select(col(RatingEvidence.part)).where(col(RatingEvidence.evidence_id) == evidence).distinct()
    ).scalars()
    closed = [part for part in map(Part, parts) if found.stage(part) is PartStage.CLOSED]
    if closed:
        raise Refusal(
            f"The {closed[0].value} part is closed, and a rating of it rests on this evidence: correct it instead."
        )


# --- files ----------------------------------------------------------------------------------------------


def add_file(
    session: Session, *, actor: Someone, evidence: str, given: Given, limits: Limits, now: datetime
) -> EvidenceFile:
    """Add a file to a piece of evidence, or a new version of the file of that name. Unfit where it cannot be kept."""
    row, _ = _changeable(session, actor, evidence, now)
    try:
        kept = accept(given.name, given.content, limits.file)
    except Refusal as refused:
        raise Unfit({"files": str(refused)}) from refused
    return _file(session, row, kept, given.content, actor=actor.actor, now=now)


def _file(
    session: Session, row: Evidence, kept: Accepted, content: bytes, *, actor: Actor, now: datetime
) -> EvidenceFile:
    """Keep a file under its SHA-256."""
    digest = hashlib.sha256(content).hexdigest()
    version = _next_version(session, row, kept.name, digest)
    if session.get(StoredFile, digest) is None:
        session.add(
            StoredFile(
                sha256=digest,
                size=len(content),
                media_type=kept.media_type,
                content=content,
                added_at=now,
            )
        )
        session.flush()
    filed = EvidenceFile(
        evidence_id=row.id, name=kept.name, version=version, sha256=digest, added_by=actor.id, added_at=now
    )
    session.add(filed)
    after: dict[str, Any] = {"sha256": digest, "size": len(content), "version": version}
    if not row.confidential:
        after["name"] = kept.name
    _note(session, row, "filed", actor=actor, after=after, now=now)
    return filed


def _next_version(session: Session, row: Evidence, name: str, digest: str) -> int:
    rows = session.execute(
        select(col(EvidenceFile.name), col(EvidenceFile.version), col(EvidenceFile.sha256))
        .where(col(EvidenceFile.evidence_id) == row.id)
        .order_by(col(EvidenceFile.version))
    ).all()
    if any(each.sha256 == digest for each in rows if each.name == name):
        raise Unfit({"files": f"“{name}” is here already with exactly this content: nothing was added."})
    names = {each.name for each in rows}
    if name not in names and len(names) >= MOST_FILES:
        raise Unfit({"files": f"This evidence has {MOST_FILES} files already: enter others as evidence of their own."})
    return len([each for each in rows if each.name == name]) + 1


# --- links to ratings -----------------------------------------------------------------------------------


def link_evidence(
    session: Session,
    *,
    actor: Someone,
    assessment: str,
    part: Part,
    criterion: str,
    evidence: Collection[str],
    shown: Collection[str],
    catalogue: Catalogue,
    now: datetime,
) -> tuple[int, int]:
    """Say which of the evidence that was ``shown`` a rating rests on; how many links were made and unmade.

    What was not shown keeps its link: somebody may have added it meanwhile. Evidence of an earlier round comes with
    a carried rating alone.
    """
    held = _links(session, actor, assessment, part, criterion, catalogue, now)
    wanted = set(evidence) | (held - set(shown))
    if wanted - held - _standing(session, assessment):
        raise Stale("Some of this evidence was corrected or withdrawn meanwhile: look at the list as it is now.")
    if wanted == held:
        return 0, 0
    for each in sorted(wanted - held):
        session.add(RatingEvidence(assessment_id=assessment, part=part.value, criterion=criterion, evidence_id=each))
    for each in sorted(held - wanted):
        session.delete(session.get_one(RatingEvidence, (assessment, part.value, criterion, each)))
    ledger.record(
        session,
        actor=actor.actor,
        act="linked",
        subject=f"rating:{assessment}/{part.value}/{criterion}",
        before={"evidence": sorted(held)},
        after={"evidence": sorted(wanted)},
        now=now,
    )
    return len(wanted - held), len(held - wanted)


def link_also(
    session: Session,
    *,
    actor: Someone,
    assessment: str,
    part: Part,
    criterion: str,
    evidence: str,
    catalogue: Catalogue,
    now: datetime,
) -> None:
    """Say that a rating rests on one more piece of evidence."""
    link_evidence(
        session, actor=actor, assessment=assessment, part=part, criterion=criterion, evidence=[evidence],
        shown=[evidence], catalogue=catalogue, now=now,
    )  # fmt: skip


def _links(
    session: Session, actor: Someone, assessment: str, part: Part, criterion: str, catalogue: Catalogue, now: datetime
) -> set[str]:
    """What a rating rests on now, for somebody who may change that."""
    found = the_round(session, assessment, now)
    require(actor, Do.ADD_EVIDENCE, found.matter(part))
    if criterion not in {each.code for each in catalogue.in_part[part]}:
        raise Refusal(f"{criterion} is not judged in this part.")
    return set(
        session.execute(
            select(col(RatingEvidence.evidence_id)).where(
                col(RatingEvidence.assessment_id) == assessment,
                col(RatingEvidence.part) == part.value,
                col(RatingEvidence.criterion) == criterion,
            )
        ).scalars()
    )


def _standing(session: Session, assessment: str) -> set[str]:
    """The evidence of a round that was neither corrected nor withdrawn."""
    rows = session.execute(
        select(col(Evidence.id), col(Evidence.corrects)).where(col(Evidence.assessment_id) == assessment)
    ).all()
    gone = set(
        session.execute(
            select(col(EvidenceWithdrawal.evidence_id))
            .join(Evidence, col(Evidence.id) == EvidenceWithdrawal.evidence_id)
            .where(col(Evidence.assessment_id) == assessment)
        ).scalars()
    )
    corrected = {each.corrects for each in rows}
    return {each.id for each in rows} - gone - corrected
