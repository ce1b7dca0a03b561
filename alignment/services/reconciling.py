"""Opens two blind ratings to each other, and takes over what both agree on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.merging import weave
from alignment.domain.people import Do, Someone
from alignment.domain.rating import Judgement, Level
from alignment.domain.refusal import Refusal, Unfit
from alignment.domain.round import Round
from alignment.services import ledger
from alignment.services.sheets import SHARED, Held, Key
from alignment.services.stages import require, the_round
from alignment.tables import BlindRating, Rating, Reconciliation


def reconcile(
    session: Session,
    *,
    actor: Someone,
    assessment: str,
    part: Part,
    reason: str,
    catalogue: Catalogue,
    now: datetime,
) -> None:
    """Open the two blind ratings of a part to each other, for good.

    Both may once both have rated everything; before that the lead alone, with a reason.
    """
    found = the_round(session, assessment, now)
    require(actor, Do.RATE, found.matter(part))
    if not found.rated_blind(part):
        raise Refusal("These ratings are open to both assessors already.")
    left = blind_left(session, found, part, catalogue)
    if any(left.values()):
        if actor.id != found.lead.id:
            said = " and ".join(f"{name} has {number} to rate" for name, number in left.items() if number)
            raise Refusal(f"Both rate everything first ({said}); before that only the lead can open the ratings.")
        if not reason.strip():
            raise Unfit({"reason": "Not everything is rated by both: say why the ratings are opened now."})
    row = Reconciliation(assessment_id=assessment, part=part.value, reason=reason.strip(), by_id=actor.actor.id, at=now)
    ledger.enter(session, row, actor=actor.actor, act="opened", now=now)


def blind_left(session: Session, found: Round, part: Part, catalogue: Catalogue) -> dict[str, int]:
    """How many criteria each assessor has yet to rate blind, by name; what is out of scope is not asked."""
    scoped_out = set(
        session.execute(
            select(col(Rating.criterion)).where(
                col(Rating.assessment_id) == found.id,
                col(Rating.part) == part.value,
                col(Rating.level) == Level.NOT_APPLICABLE.value,
            )
        ).scalars()
    )
    asked = {criterion.code for criterion in catalogue.in_part[part]} - scoped_out
    done = session.execute(
        select(col(BlindRating.person_id), col(BlindRating.criterion)).where(
            col(BlindRating.assessment_id) == found.id,
            col(BlindRating.part) == part.value,
            col(BlindRating.level).is_not(None),
        )
    ).all()
    team = [member for member in (found.lead, found.second) if member]
    return {
        member.name: len(asked - {each.criterion for each in done if each.person_id == member.id}) for member in team
    }


def take_agreed(
    session: Session, *, actor: Someone, assessment: str, part: Part, catalogue: Catalogue, now: datetime
) -> int:
    """Save as the round's rating what both gave the same level, with the words of both; how many.

    What is rated already stays as it is.
    """
    found = the_round(session, assessment, now)
    require(actor, Do.RATE, found.matter(part))
    if not found.blind or found.rated_blind(part) or found.second is None:
        raise Refusal("There are no two ratings to take over: this part was not rated blind, or is not open yet.")
    own = [_own(session, found, part, person) for person in (found.lead.id, found.second.id)]
    taken = 0
    for criterion in catalogue.in_part[part]:
        one, other = (each.get(criterion.code) for each in own)
        key = Key(assessment, part, criterion.code)
        if one is None or other is None or one.level is not other.level:
            continue
        held = SHARED.held(session, key)
        if held.says.level is None:
            later = Held(says=together(one, other))
            SHARED.put(session, key, held, later, actor=actor, act="agreed", now=now)
            taken += 1
    return taken


def together(one: Judgement, other: Judgement) -> Judgement:
    """What two say who give the same level: the words of both, the same words once."""
    return Judgement(
        one.level,
        weave("", one.rationale, other.rationale),
        _both(one.cites_standard, other.cites_standard),
        _both(one.cites_guidance, other.cites_guidance),
    )


def _both(one: str, other: str) -> str:
    return "; ".join(dict.fromkeys(each.strip() for each in (one, other) if each.strip()))


def _own(session: Session, found: Round, part: Part, person: str) -> dict[str, Judgement]:
    rows = session.execute(
        select(
            col(BlindRating.criterion), col(BlindRating.level), col(BlindRating.rationale),
            col(BlindRating.cites_standard), col(BlindRating.cites_guidance),
        ).where(
            col(BlindRating.assessment_id) == found.id,
            col(BlindRating.part) == part.value,
            col(BlindRating.person_id) == person,
            col(BlindRating.level).is_not(None),
        )
    )  # fmt: skip
    return {
        row.criterion: Judgement(Level(row.level), row.rationale, row.cites_standard, row.cites_guidance)
        for row in rows
    }
