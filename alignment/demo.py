"""Demonstration people, one for each role, who act for the organisations of the worked example alone.

Their passwords are printed on the sign-in page, so they can sign in only while the setting ``demo`` is on,
and they are never made in a register that has people of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from alignment.database import reading, unit_of_work
from alignment.domain.people import DEMO_DOMAIN, EXAMPLE, EXAMPLE_IMPORT, Role, is_demo_address
from alignment.domain.refusal import Refusal
from alignment.prepare import load_example
from alignment.queries.people import everybody
from alignment.services import people, register

EXCHANGE, AUTHORITY, PRODUCER = f"{EXAMPLE}exchange", f"{EXAMPLE}authority", f"{EXAMPLE}lodestar"
ASSESSOR, OWNER = f"{EXAMPLE}larkfield", f"{EXAMPLE}meridian-council"

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
    Demonstrator("Scheme owner", "owner", OWNER, Role.SCHEME_OWNER),
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
    stored = {each.id: people.hash_password(each.password) for each in missing}
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
                declares=each.declares,
                actor=EXAMPLE_IMPORT,
                now=now,
            )
    return len(missing)
