"""Demonstration people, one for each role, who act for the organisations of the worked example alone.

Their passwords are printed on the sign-in page, so they can sign in only while the setting ``demo`` is on,
and they are never made in a register that has people of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine

from alignment.catalogue import load_all
from alignment.database import Session, reading, unit_of_work
from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import DEMO_DOMAIN, EXAMPLE, EXAMPLE_IMPORT, Role, is_demo_address
from alignment.domain.refusal import Refusal
from alignment.domain.round import Planned
from alignment.prepare import load_example
from alignment.queries.people import account, everybody, someone
from alignment.services import passwords, people, register, reviews, rounds

EXCHANGE, AUTHORITY, PRODUCER = f"{EXAMPLE}exchange", f"{EXAMPLE}authority", f"{EXAMPLE}lodestar"
ASSESSOR, OWNER, OTHER_OWNER = f"{EXAMPLE}larkfield", f"{EXAMPLE}meridian-council", f"{EXAMPLE}delta-society"
PROGRAMME = f"{EXAMPLE}delta"

# What the worked example does without and its demonstration needs.
ORGANISATIONS = (
    (EXCHANGE, "Example: Exchange (fictional)", "exchange"),
    (AUTHORITY, "Example: Secretariat (fictional)", "authority"),
    (PRODUCER, "Example: Lodestar Metals (fictional)", "company"),
)


@dataclass(frozen=True, slots=True)
class Demonstrator:
    """Somebody to sign in as."""

    said: str
    id: str
    organisation: str
    role: Role
    declares: bool = False
    also: str = ""

    @property
    def email(self) -> str:
        return f"{self.id}@{DEMO_DOMAIN}"

    @property
    def password(self) -> str:
        return f"worked example {self.id}"


DEMONSTRATORS = (
    Demonstrator("Lead assessor", "lead", ASSESSOR, Role.ASSESSOR, declares=True),
    Demonstrator("Second assessor", "second", ASSESSOR, Role.ASSESSOR, declares=True),
    Demonstrator("Reviewer of the assessor", "reviewer", ASSESSOR, Role.ASSESSOR, declares=True),
    Demonstrator("Scheme owner", "owner", OWNER, Role.SCHEME_OWNER, also=OTHER_OWNER),
    Demonstrator("Observer of the Secretariat", "observer", AUTHORITY, Role.OBSERVER),
    Demonstrator("Decider of the exchange", "decider", EXCHANGE, Role.DECIDER, declares=True),
    Demonstrator("Publisher of the exchange", "publisher", EXCHANGE, Role.PUBLISHER),
    Demonstrator("Producer", "producer", PRODUCER, Role.PRODUCER),
    Demonstrator("Administrator", "administrator", EXCHANGE, Role.ADMINISTRATOR),
)


def prepare_demo(engine: Engine, *, now: datetime) -> int:
    """Load the worked example and make the demonstration people who are missing; how many there were.

    Refusal in a register where real people work: its passwords would lie open beside theirs.
    """
    with reading(engine) as connection:
        held = {each.email for each in everybody(connection)}
    if not all(is_demo_address(each) for each in held):
        raise Refusal(
            "this register has people of its own, so it is no place for a demonstration: "
            "unset ALIGNMENT_DEMO, or name another database by ALIGNMENT_DATABASE_URL"
        )
    missing = [each for each in DEMONSTRATORS if each.email not in held]
    if not missing:
        return 0
    load_example(engine, now=now)
    stored = {each.id: passwords.hash_password(each.password) for each in missing}
    with unit_of_work(engine) as session:
        register.prepare_example(session, ORGANISATIONS, assessor=ASSESSOR, now=now)
        for each in missing:
            people.add_demonstrator(
                session,
                name=f"{each.said} (demonstration)",
                email=each.email,
                stored=stored[each.id],
                organisation_id=each.organisation,
                role=each.role,
                also=each.also,
                declares=each.declares,
                actor=EXAMPLE_IMPORT,
                now=now,
            )
        if len(missing) == len(DEMONSTRATORS):
            _begin_a_round(session, now=now)
    return len(missing)


def _begin_a_round(session: Session, *, now: datetime) -> None:
    """A round of the programme that has none, its standards part ready to be rated and planned to close in a week."""
    catalogues, track_a = load_all()
    team = {}
    for each in DEMONSTRATORS:
        found = account(session.connection(), email=each.email)
        assert found is not None
        team[each.id] = someone(session.connection(), found.id, each.said, now)
    act = rounds.OpenRound(
        programme=PROGRAMME,
        assessor=ASSESSOR,
        lead=team["lead"].id,
        second=team["second"].id,
        planned={Part.STANDARDS: Planned(closes=now.date() + timedelta(days=7))},
    )
    opened = rounds.open_round(
        session, actor=team["lead"], act=act, catalogues=catalogues, edition=track_a.edition, now=now
    )
    reviews.move(
        session,
        actor=team["lead"],
        act=reviews.Move(opened.id, Part.STANDARDS, PartStage.SCOPING, PartStage.RATING),
        catalogue=catalogues[track_a.edition],
        now=now,
    )
