"""What people say about a round without changing it: comments, points of fact, replies, and their answers."""

from __future__ import annotations

from datetime import datetime
from secrets import token_hex

from sqlalchemy import func, select
from sqlmodel import Session, col

from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Role, Someone
from alignment.domain.refusal import Refusal, fit
from alignment.domain.review import Speech
from alignment.domain.round import Round
from alignment.services import ledger
from alignment.services.stages import require, the_round
from alignment.tables import Comment

LONGEST = 10_000
ACTS = {
    Speech.COMMENT: Do.COMMENT,
    Speech.ACCURACY: Do.CHECK_FACTS,
    Speech.REPLY: Do.REPLY,
    Speech.ANSWER: Do.ANSWER,
}


@dataclass(frozen=True, slots=True)
class Say:
    """Something to say about a round, a part or a criterion; ``answers`` is the id of what it answers."""

    assessment: str
    kind: Speech
    text: str
    part: Part | None = None
    criterion: str = ""
    answers: str = ""


def say(session: Session, *, actor: Someone, act: Say, catalogue: Catalogue, now: datetime) -> str:
    """Keep what somebody says, for good; its id. A reply is public once its part is closed."""
    found = the_round(session, act.assessment, now)
    answered = _answered(session, act) if act.kind is Speech.ANSWER else None
    part = Part(answered.part) if answered and answered.part else act.part
    criterion = (answered.criterion or "") if answered else act.criterion
    if act.kind in (Speech.ACCURACY, Speech.REPLY) and part is None:
        raise Refusal("Say which part this is about.")
    require(actor, ACTS[act.kind], found.matter(part))
    text = act.text.strip()
    faults = {}
    if criterion and part is None:
        faults["criterion"] = f"Choose the part in which {criterion} is judged."
    elif criterion and part and criterion not in {each.code for each in catalogue.in_part[part]}:
        faults["criterion"] = f"{criterion} is not judged in the {part.value} part: give the code of a criterion."
    if not text:
        faults["text"] = "Write what you want to say."
    elif len(text) > LONGEST:
        faults["text"] = f"This text has {len(text):,} characters; shorten it to {LONGEST:,} at most."
    fit(faults)
    row = Comment(
        id=token_hex(8),
        assessment_id=act.assessment,
        part=part.value if part else None,
        criterion=criterion or None,
        position=_next(session, act.assessment),
        kind=act.kind.value,
        answers=answered.id if answered else None,
        text=text,
        public=act.kind is Speech.REPLY,
        by_id=actor.id,
        for_organisation=_speaks_for(actor, found, act.kind),
        at=now,
    )
    ledger.enter(session, row, actor=actor.actor, act="said", now=now)
    return row.id


def _answered(session: Session, act: Say) -> Comment:
    row = session.get(Comment, act.answers)
    if row is None or row.assessment_id != act.assessment or row.kind not in (Speech.COMMENT, Speech.ACCURACY):
        raise Refusal("What this answers is no comment and no point of fact of this round.")
    return row


def _next(session: Session, assessment: str) -> int:
    last = session.execute(
        select(func.max(col(Comment.position))).where(col(Comment.assessment_id) == assessment)
    ).scalar()
    return (last or 0) + 1


def _speaks_for(actor: Someone, found: Round, kind: Speech) -> str:
    """The organisation in whose name this is said."""
    if kind in (Speech.ACCURACY, Speech.REPLY):
        held = {where for where, role in actor.roles if role is Role.SCHEME_OWNER and where in found.owners}
    elif actor.is_for(Role.ASSESSOR, frozenset({found.assessor})):
        held = {found.assessor}
    else:
        held = {where for where, role in actor.roles if role is Role.OBSERVER}
    return min(held, default="")
