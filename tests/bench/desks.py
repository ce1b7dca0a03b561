"""Assessors at their desks: signed in, each with a round of their own at the stage of rating, made by the services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import urlencode

from sqlalchemy import Engine
from sqlmodel import Session

from alignment.catalogue import load_all
from alignment.database import make_engine, unit_of_work
from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.people import SYSTEM, Role, Someone
from alignment.domain.rating import Judgement, Level
from alignment.queries.people import someone
from alignment.services import accounts, ledger, passwords, people, ratings, reviews, rounds
from alignment.services.sheets import Key
from alignment.tables import AssessorApproval, Organisation, SignedIn
from alignment.web.sessions import COOKIE
from tests.bench.load import request, sending
from tests.bench.stores import EDITION

PART = Part.STANDARDS
CODES = [one.code for one in load_all()[0][EDITION].in_part[PART]]
_ASSESSOR, _PROGRAMME = "bench-assessor", "rmi-cobalt"
_RATIONALE = "Section 4 of the standard asks for it, and two audits saw it done at three sites in the last two years."


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody signed in, and the round that they lead."""

    cookie: str
    csrf: str
    round: str

    @property
    def sheet(self) -> str:
        """The path of the rating sheet."""
        return f"/rounds/{self.round}/{PART.value}"

    def read(self) -> bytes:
        """The request for the sheet."""
        return request(self.sheet, [("cookie", f"{COOKIE}={self.cookie}")])

    def save(self, code: str, version: int) -> bytes:
        """The request that saves a criterion, as the sheet's script sends it; each version has words of its own."""
        said = {
            "csrf": self.csrf, "version": version, "level": "partially", "rationale": f"{version}: {_RATIONALE}",
            "cites_standard": "section 4.2", "cites_guidance": "Annex I, Step 2", "act": "save",
        }  # fmt: skip
        headers = [("cookie", f"{COOKIE}={self.cookie}"), ("hx-request", "true"), ("sec-fetch-site", "same-origin")]
        body = urlencode(said).encode()
        return sending("POST", f"{self.sheet}/{code}", "application/x-www-form-urlencoded", body, headers)


def saves(desks: Sequence[Desk]) -> Iterator[bytes]:
    """Saves without end: every criterion at every desk, then again from the version that this made."""
    for version in count():
        for code in CODES:
            for desk in desks:
                yield desk.save(code, version)


def seated(url: str, number: int = 1, *, rated: bool = False) -> list[Desk]:
    """So many assessors in a register with the seeds; with ``rated`` every criterion of their part has a rating."""
    engine = make_engine(url)
    try:
        with unit_of_work(engine) as session:
            _house(session, now())
        return [_seat(engine, at, rated, now()) for at in range(number)]
    finally:
        engine.dispose()


def now() -> datetime:
    """The time of the machine, by which the servers run too."""
    return datetime.now(UTC)


def _house(session: Session, now: datetime) -> None:
    """An organisation that the LME approves as an assessor."""
    house = Organisation(id=_ASSESSOR, name="An assessor", kind="assessor", position=1_000_000)
    ledger.enter(session, house, actor=SYSTEM, act="entered", now=now)
    approval = AssessorApproval(
        id="bench-approval", organisation_id=_ASSESSOR, approved=True, effective_on=now.date() - timedelta(days=1),
        recorded_at=now, recorded_by=SYSTEM.id,
    )  # fmt: skip
    ledger.enter(session, approval, actor=SYSTEM, act="approved", now=now)


def _seat(engine: Engine, at: int, rated: bool, now: datetime) -> Desk:
    catalogues = load_all()[0]
    with unit_of_work(engine) as session:
        name, email = f"Assessor {at}", f"assessor-{at}@bench.example"
        row = people.add_person(session, actor=SYSTEM, name=name, email=email, password="", now=now)
        role = Role.ASSESSOR
        people.grant(session, actor=SYSTEM, person_id=row.id, organisation_id=_ASSESSOR, role=role, now=now)
        people.declare(
            session, actor=SYSTEM, person_id=row.id, programme_id=_PROGRAMME, has_interest=False, statement="", now=now
        )
        lead: Someone = someone(session.connection(), row.id, name, now)
        act = rounds.OpenRound(_PROGRAMME, _ASSESSOR, lead.id)
        found = rounds.open_round(session, actor=lead, act=act, catalogues=catalogues, edition=EDITION, now=now)
        move = reviews.Move(found.id, PART, PartStage.SCOPING, PartStage.RATING)
        reviews.move(session, actor=lead, act=move, catalogue=catalogues[EDITION], now=now)
        for code in CODES if rated else ():
            says = Judgement(Level.FULLY, _RATIONALE, "section 4.2", "Annex I, Step 2")
            save = ratings.Rate(Key(found.id, PART, code), 0, says)
            ratings.rate(session, actor=lead, act=save, catalogues=catalogues, now=now)
        secret = accounts.begin_session(session, person=row, agent="bench", now=now)
        return Desk(secret, session.get_one(SignedIn, passwords.hashed(secret)).csrf, found.id)
