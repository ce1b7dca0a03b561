"""A house of assessors at work, asked over HTTP: one application for a module of tests, a new round for each."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from alignment.database import make_engine, unit_of_work
from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.services import accounts, passwords
from alignment.tables import Person, SignedIn
from alignment.web.frozen import Frozen
from alignment.web.sessions import COOKIE
from tests.asking import done
from tests.conftest import NOW
from tests.rounds import a_round, accept_all, advance, rate_all
from tests.web.site import counted_queries
from tests.working import World, a_world, app_for

STAGES = list(PartStage)


@contextmanager
def counted_for_page() -> Iterator[list[str]]:
    """The SELECTs that a page takes; the look for other processes' writes, once a second, is no part of it."""
    found: list[str] = []
    with counted_queries() as asked:
        yield found
    found += [each for each in asked if "max(event.seq)" not in each]


@dataclass
class Asker:
    """Asks as somebody signed in, or as nobody; forms carry the CSRF secret of their session."""

    app: Any
    cookie: str = ""
    csrf: str = ""

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """A page."""
        return self._run("GET", path, headers=dict(headers or {}))

    def post(
        self, path: str, fields: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """A plain form, as a browser without scripts sends it."""
        return self._run("POST", path, data={"csrf": self.csrf, **(fields or {})}, headers=dict(headers or {}))

    def fragment(self, path: str, fields: Mapping[str, Any] | None = None) -> httpx.Response:
        """The same form as a script sends it."""
        return self.post(path, fields, {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"})

    def _run(self, method: str, path: str, **given: Any) -> httpx.Response:
        return done(self._ask(method, path, **given))

    async def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        cookies = {COOKIE: self.cookie} if self.cookie else {}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://register.example", cookies=cookies
        ) as client:
            return await client.request(method, path, **given)


@dataclass
class Shop:
    """The application, its people, and a client for each of them who asks."""

    app: Frozen
    engine: Engine
    world: World
    askers: dict[str, Asker] = field(default_factory=dict)

    def client(self, name: str) -> Asker:
        """Somebody of the world signed in; "" is nobody."""
        if name not in self.askers:
            self.askers[name] = self._signed_in(name) if name else Asker(self.app)
        return self.askers[name]

    def _signed_in(self, name: str) -> Asker:
        with unit_of_work(self.engine) as session:
            person = session.get_one(Person, self.world.people[name].id)
            value = accounts.begin_session(session, person=person, agent="a test", now=NOW)
            return Asker(self.app, value, session.get_one(SignedIn, passwords.hashed(value)).csrf)

    def round(
        self, *, at: PartStage = PartStage.RATING, parts: Iterable[Part] = (Part.GOVERNANCE,), **given: Any
    ) -> str:
        """A new round whose parts have reached a stage, rated and accepted as far as that takes; its id."""
        with unit_of_work(self.engine) as session:
            found = a_round(session, self.world, **given)
            for part in parts:
                self._take(session, found.id, part, at)
        return found.id

    def _take(self, session: Session, round_id: str, part: Part, at: PartStage) -> None:
        lead = self.world.lead
        for before, after in itertools.pairwise(STAGES):
            if STAGES.index(after) > STAGES.index(at):
                return
            if after is PartStage.REVIEW:
                rate_all(session, lead, round_id, part)
            if after is PartStage.ACCURACY_CHECK:
                accept_all(session, self.world.second, round_id, part)
            advance(session, lead, round_id, part, before, after)


def open_shop(template: Path, folders: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop on a copy of an empty register."""
    path = folders.mktemp("shop") / "shop.sqlite3"
    shutil.copyfile(template, path)
    url = f"sqlite:///{path}"
    engine = make_engine(url)
    with unit_of_work(engine) as session:
        world = a_world(session)
    yield Shop(app_for(url), engine, world)
    engine.dispose()
