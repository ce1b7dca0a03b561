"""What the form for a new round offers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, or_, select
from sqlmodel import col

from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Role, Someone, why_not
from alignment.domain.round import Member
from alignment.tables import Assessment, AssessorApproval, Membership, Organisation, Person, Programme


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier round whose closed parts could be taken over."""

    id: str
    programme: str
    number: int
    label: str

    @property
    def title(self) -> str:
        return f"Round {self.number}{f', {self.label}' if self.label else ''}"


@dataclass(frozen=True, slots=True)
class Opening:
    """What the form for a new round offers."""

    programmes: tuple[Member, ...]
    assessors: tuple[Member, ...]
    people: tuple[Member, ...]
    earlier: tuple[Earlier, ...]
    why_not: str | None


def opening(connection: Connection, who: Someone, today: date, now: datetime) -> Opening:
    """Programmes, the houses that this person assesses for, their people, and earlier rounds: four queries."""
    houses = [where for where, role in who.roles if role is Role.ASSESSOR]
    programmes = connection.execute(
        select(col(Programme.id), col(Programme.short_name), col(Programme.example)).order_by(
            col(Programme.example), col(Programme.number)
        )
    ).all()
    approved = _approved(connection, houses, today)
    people = connection.execute(
        select(col(Person.id), col(Person.name))
        .join(Membership, col(Membership.person_id) == Person.id)
        .where(
            col(Membership.organisation_id).in_(houses),
            col(Membership.role) == Role.ASSESSOR.value,
            or_(col(Membership.until).is_(None), col(Membership.until) > now),
            col(Person.active).is_(True),
        )
        .distinct()
        .order_by(col(Person.name), col(Person.id))
    ).all()
    earlier = connection.execute(
        select(col(Assessment.id), col(Assessment.programme_id), col(Assessment.round), col(Assessment.label))
        .where(col(Assessment.published).is_(True))
        .order_by(col(Assessment.programme_id), col(Assessment.round).desc())
    ).all()
    return Opening(
        programmes=tuple(
            Member(row.id, f"{row.short_name} (worked example)" if row.example else row.short_name)
            for row in programmes
        ),
        assessors=tuple(
            Member(id, name if yes else f"{name} (not approved by the LME today)") for id, name, yes in approved
        ),
        people=tuple(Member(row.id, row.name) for row in people),
        earlier=tuple(Earlier(row.id, row.programme_id, row.round, row.label) for row in earlier),
        why_not=_why_not_open(who, houses, approved),
    )


def _approved(connection: Connection, houses: list[str], today: date) -> list[tuple[str, str, bool]]:
    newest: dict[str, tuple[str, bool]] = {}
    rows = connection.execute(
        select(
            col(Organisation.id), col(Organisation.name), col(AssessorApproval.approved),
            col(AssessorApproval.effective_on),
        )
        .outerjoin(AssessorApproval, col(AssessorApproval.organisation_id) == Organisation.id)
        .where(col(Organisation.id).in_(houses))
        .order_by(
            col(Organisation.name), col(AssessorApproval.effective_on), col(AssessorApproval.recorded_at)
        )
    )  # fmt: skip
    for row in rows:
        begun = row.effective_on is not None and row.effective_on <= today
        before = newest.get(row.id, (row.name, False))[1]
        newest[row.id] = (row.name, bool(row.approved) if begun else before)
    return [(id, name, yes) for id, (name, yes) in newest.items()]


def _why_not_open(who: Someone, houses: list[str], approved: list[tuple[str, str, bool]]) -> str | None:
    if not houses:
        return why_not(who, Do.OPEN_ROUND)
    if not any(yes for _, _, yes in approved):
        return "You cannot open a round: the LME has not approved your organisation as an assessor today."
    return None
