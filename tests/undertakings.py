"""A round with a closed part and a criterion to repair, for tests of actions, reminders and calendars."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from alignment.database import make_engine, unit_of_work
from alignment.domain.catalogue import Part
from alignment.domain.people import Someone
from alignment.services import actions
from alignment.services.actions import Plan
from alignment.web.frozen import Frozen
from tests.conftest import NOW
from tests.remembered import remembered
from tests.rounds import a_round, catalogues, close, codes, save
from tests.working import OWNER, World, a_world, app_again, app_for, client_for

PART, CODE = Part.GOVERNANCE, "GV-LE-1"
TODAY = NOW.date()
SOON = TODAY + timedelta(days=5)


@dataclass
class Desk:
    """An application with a round to act on, and a way to sit down at it as anybody."""

    engine: Engine
    url: str
    world: World
    round: str
    apps: dict[datetime, Frozen] = field(default_factory=dict)

    def act(self, who: Someone | None, *, now: datetime = NOW) -> Any:
        if now not in self.apps:
            self.apps[now] = app_again(self.url) if now == NOW else app_for(self.url, now=now)
        return client_for(self.apps[now], self.engine, who, now=now)

    def undertake(self, title: str = "Train the auditors", due_on: date | None = SOON) -> str:
        """An agreed action that answers the criterion below fully aligned."""
        plan = Plan(title, "None was taught.", OWNER, due_on, None, frozenset({(PART, CODE)}))
        with unit_of_work(self.engine) as session:
            return actions.undertake(
                session, actor=self.world.lead, assessment=self.round, plan=plan, catalogues=catalogues(), now=NOW
            )


@remembered
def closed_round(session: Session, **given: Any) -> tuple[World, str]:
    """A round whose governance part is closed with one criterion partially aligned."""
    world = a_world(session)
    found = a_round(session, world, rating=[PART], **given)
    for code in codes(PART):
        level = "partially" if code == CODE else "fully"
        save(session, world.lead, found.id, PART, code, level=level, rationale="So it is.")
    close(session, world, found.id, PART)
    return world, found.id


@contextmanager
def desk_on(url: str) -> Iterator[Desk]:
    """A desk on an empty database."""
    engine = make_engine(url)
    with unit_of_work(engine) as session:
        world, found = closed_round(session)
    yield Desk(engine, url, world, found)
    engine.dispose()
