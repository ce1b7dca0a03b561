"""Why somebody can, or cannot, do what people do here: about nothing in particular, a programme, or a round."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, or_, select
from sqlmodel import col

from alignment.domain.catalogue import Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import ABOUT, EXAMPLE, NOTHING, RULES, Do, Matter, Role, Someone, Thing, at_best, why_not
from alignment.domain.round import Round
from alignment.queries.facts import Rows
from alignment.queries.sheet import why_not_see
from alignment.tables import (
    Assessment,
    AssessorApproval,
    AssuranceProcess,
    ObserverInvitation,
    Programme,
    RoundTeam,
    StandardOwner,
)
from alignment.tables.rounds import read_round


@dataclass(frozen=True, slots=True)
class Right:
    """One act, and why it cannot be done; None where it can. ``open`` is what has to be chosen before that is known."""

    act: Do
    said: str
    reason: str | None
    open: Thing | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A round that may be chosen: its id, how it is called, and its programme."""

    id: str
    name: str
    programme: str


@dataclass(frozen=True, slots=True)
class RightsPage:
    """Every act with its reason, for what was chosen; a round is of its own programme, whichever else was named."""

    rights: tuple[Right, ...]
    programme: str
    programmes: tuple[tuple[str, str], ...]
    rounds: tuple[Choice, ...]


def rights_page(
    connection: Connection, someone: Someone, *, programme: str, round_id: str, part: Part | None, now: datetime
) -> RightsPage | None:
    """Every act with its reason: five queries at most; None for a programme or round that cannot be chosen."""
    programmes = _programmes(connection)
    rounds = _rounds(connection, someone)
    if programme and programme not in dict(programmes):
        return None
    if round_id and round_id not in {each.id for each in rounds}:
        return None
    if round_id:
        found = read_round(connection, round_id, now)
        if found is None:
            return None
        rights = [_on_round(someone, act, found, part) for act in OFFERED]
        programme = found.programme
    else:
        matter = _of_programme(connection, someone, programme, now.date()) if programme else NOTHING
        known = Thing.PROGRAMME if programme else None
        rights = [_so_far(someone, act, matter, settled=ABOUT.get(act) is known) for act in OFFERED]
    return RightsPage(tuple(rights), programme, programmes, rounds)


OFFERED = tuple(act for act in RULES if act not in (Do.KEEP_BRAND, Do.SEE_RECORD))
"""Every act that can be answered here: of producers there is none to choose, and two other acts ask about any."""


STRANGE = Matter(programme=f"{EXAMPLE}of-strangers")
"""What is nobody's here and nobody declared anything about: whoever may act on it may act on any."""


def _so_far(someone: Someone, act: Do, matter: Matter, *, settled: bool) -> Right:
    """The answer where no round is chosen: open where it could be yes for one that is theirs."""
    if act not in ABOUT:
        return _of_nothing(someone, act)
    if settled or why_not(someone, act, STRANGE) is None:
        return Right(act, act.said, why_not(someone, act, matter))
    # The owner of a programme sees the work on a part from the stage on which it is theirs to answer.
    ways = (Do.SEE_WORK, Do.REPLY) if act is Do.SEE_WORK else (act,)
    reasons = [at_best(someone, way, matter) for way in ways]
    reason = None if None in reasons else reasons[0]
    return Right(act, act.said, reason, None if reason else ABOUT[act])


def _of_nothing(someone: Someone, act: Do) -> Right:
    """The answer for an act that is about no programme: whichever is chosen changes nothing in it."""
    return Right(act, act.said, why_not(someone, act))


def _on_round(someone: Someone, act: Do, found: Round, part: Part | None) -> Right:
    """The answer for a round: open where it could be yes for one of its parts and none is chosen."""
    if act not in ABOUT:
        return _of_nothing(someone, act)
    if ABOUT[act] is not Thing.PART:
        return Right(act, act.said, why_not(someone, act, found.matter()))
    reasons = [
        why_not_see(someone, found, each) if act is Do.SEE_WORK else why_not(someone, act, found.matter(each))
        for each in ([part] if part else Part)
    ]
    if None not in reasons:
        return Right(act, act.said, reasons[0])
    return Right(act, act.said, None, Thing.PART if any(reasons) else None)


def _programmes(connection: Connection) -> tuple[tuple[str, str], ...]:
    rows = connection.execute(
        select(col(Programme.id), col(Programme.short_name)).order_by(col(Programme.example), col(Programme.number))
    )
    return tuple((row.id, row.short_name) for row in rows)


def _rounds(connection: Connection, someone: Someone) -> tuple[Choice, ...]:
    """The rounds that somebody may know of: public ones, their own house's, those they are invited to or own."""
    houses = [where for where, role in someone.roles if role is Role.ASSESSOR]
    owned = [where for where, role in someone.roles if role is Role.SCHEME_OWNER]
    invited = select(col(ObserverInvitation.assessment_id)).where(
        col(ObserverInvitation.person_id) == someone.id, col(ObserverInvitation.until).is_(None)
    )
    rows: Rows = (
        select(col(Assessment.id), col(Programme.short_name), col(Assessment.round), col(Assessment.programme_id))
        .join(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .join(Programme, col(Programme.id) == Assessment.programme_id)
        .where(
            or_(
                col(Assessment.published).is_(True),
                col(Assessment.assessor_id).in_(houses),
                col(Programme.owner_id).in_(owned),
                col(Assessment.id).in_(invited),
            )
        )
        .order_by(col(Programme.short_name), col(Assessment.round))
    )
    return tuple(
        Choice(row.id, f"{row.short_name}, round {row.round}", row.programme_id) for row in connection.execute(rows)
    )


def _of_programme(connection: Connection, someone: Someone, programme: str, on: date) -> Matter:
    """A programme with no round: an assessor is asked about as if their own house were to assess it."""
    asked: Rows = (
        select(col(Programme.owner_id), col(AssuranceProcess.owner_id).label("process_owner"))
        .outerjoin(AssuranceProcess, col(AssuranceProcess.id) == Programme.assurance_process_id)
        .where(col(Programme.id) == programme)
    )
    row = connection.execute(asked).one()
    owners = connection.execute(
        select(col(StandardOwner.organisation_id))
        .join(Programme, col(Programme.standard_id) == StandardOwner.standard_id)
        .where(col(Programme.id) == programme)
    ).scalars()
    house = min((where for where, role in someone.roles if role is Role.ASSESSOR), default="")
    return Matter(
        programme=programme,
        owners=frozenset(each for each in (row.owner_id, row.process_owner, *owners) if each),
        assessor=house,
        assessor_approved=_approved(connection, house, on),
    )


def _approved(connection: Connection, house: str, on: date) -> bool:
    newest = connection.execute(
        select(col(AssessorApproval.approved))
        .where(col(AssessorApproval.organisation_id) == house, col(AssessorApproval.effective_on) <= on)
        .order_by(col(AssessorApproval.effective_on).desc(), col(AssessorApproval.recorded_at).desc())
        .limit(1)
    ).scalar()
    return bool(newest)
