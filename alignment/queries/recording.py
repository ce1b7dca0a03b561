"""What the forms offer by which facts are recorded that were published elsewhere."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, func, select, true
from sqlmodel import col

from alignment.domain.frozen import dataclass
from alignment.domain.people import EXAMPLE
from alignment.domain.recognition import RecognitionAct
from alignment.queries.facts import Rows, in_force, sure_when
from alignment.tables import Assessment, Organisation, Recognition, RoundTeam, Source


@dataclass(frozen=True, slots=True)
class RecordForm:
    """What the forms offer: organisations and sources, rounds recorded from elsewhere, recognitions held."""

    organisations: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    rounds: tuple[tuple[str, str], ...]
    recognitions: tuple[tuple[str, str], ...]


def source_choices(connection: Connection, *, example: bool = False) -> tuple[tuple[str, str], ...]:
    """Every document by id, with its title, issuer and year: one query. The worked example’s are its own alone."""
    sources = connection.execute(
        select(col(Source.id), col(Source.title), col(Source.issuer), col(Source.issued_on))
        .where(_real(Source.id, example))
        .order_by(func.lower(col(Source.title)), col(Source.id))
    )
    return tuple(
        (row.id, f"{row.title}, {row.issuer}" + (f", {row.issued_on.year}" if row.issued_on else "")) for row in sources
    )


def _real(id: str, example: bool) -> ColumnElement[bool]:
    """What may be chosen: nothing fictional for what is real."""
    return true() if example else ~col(id).startswith(EXAMPLE, autoescape=True)


def record_form(connection: Connection, programme: str, *, example: bool = False) -> RecordForm:
    """The choices for a programme: four queries."""
    organisations = connection.execute(
        select(col(Organisation.id), col(Organisation.name))
        .where(_real(Organisation.id, example))
        .order_by(col(Organisation.name))
    )
    rounds = connection.execute(
        select(col(Assessment.id), col(Assessment.round), col(Assessment.label))
        .outerjoin(RoundTeam, col(RoundTeam.assessment_id) == Assessment.id)
        .where(col(Assessment.programme_id) == programme, col(RoundTeam.assessment_id).is_(None))
        .order_by(col(Assessment.round))
    )
    held_acts: Rows = (
        select(
            col(Recognition.id), col(Recognition.corrects), col(Recognition.act), col(Recognition.effective_on),
            col(Recognition.effective_precision),
        )
        .where(col(Recognition.programme_id) == programme)
        .order_by(col(Recognition.effective_on))
    )  # fmt: skip
    acts = connection.execute(held_acts)
    return RecordForm(
        tuple((row.id, row.name) for row in organisations),
        source_choices(connection, example=example),
        tuple((row.id, f"Round {row.round}" + (f", {row.label}" if row.label else "")) for row in rounds),
        tuple(
            (row.id, f"{RecognitionAct(row.act).label}, {sure_when(row.effective_on, row.effective_precision)}")
            for row in in_force(acts.all())
        ),
    )
