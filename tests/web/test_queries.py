"""Every page takes a small, fixed number of statements: every route that is read, walked by those who may see it.

Addresses are found as people find them, by following links, in a register where something of everything lies. Each
is asked for twice and counted the second time: what the register keeps until a fact changes, and shares between
pages, is read by whoever comes first. Who is asking counts too.
"""

from __future__ import annotations

import itertools
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from alignment.database import make_engine, reading, unit_of_work
from alignment.demo import prepare_demo
from alignment.domain.assessment import PartStage
from alignment.domain.decision import Act
from alignment.domain.draft import Written
from alignment.domain.evidence import Described, EvidenceKind
from alignment.domain.people import DEMO_DOMAIN, Role, Someone
from alignment.domain.when import parse_when
from alignment.queries.people import account, someone
from alignment.services import actions, decisions, drafts, evidence, people
from alignment.services.decisions import Asked, Decide
from alignment.web.frozen import Frozen
from tests.conftest import NOW
from tests.documents import pdf
from tests.rounds import a_round, accept_all, advance, catalogues, rate_all
from tests.undertakings import CODE, PART, TODAY, closed_round
from tests.web.site import LOOK
from tests.web.test_rights import PUBLIC, area, plant_claim, routes
from tests.working import (
    LME,
    OTHER_PROGRAMME,
    OWNER,
    PROGRAMME,
    World,
    again,
    app_for,
    client_for,
    make_person,
    make_programme,
)

MOST = 8

# What no link leads to: with an address to ask for.
WITHOUT_LINK: dict[str, str] = {
    "/.well-known/jwks.json": "/.well-known/jwks.json",
    "/account/invitation/{value:str}": "/account/invitation/none",
    "/account/sign-in": "/account/sign-in",
    "/api/v1/{collection:str}/{key:path}": "/api/v1/programmes/asi-v3",
    "/calendar/{file:str}": "/calendar/none.ics",
    "/example": "/example",
    "/healthz": "/healthz",
    "/metrics": "/metrics",
    "/programmes": "/programmes",
    "/readyz": "/readyz",
    "/report/{number:str}": "/report/none",
    "/static/{name:str}": "/static/none.css",
    "/subscribe/confirm/{value:str}": "/subscribe/confirm/none",
    "/subscribe/leave/{value:str}": "/subscribe/leave/none",
}

UNASKED = (date(2023, 1, 2) + timedelta(days=day) for day in itertools.count())
"""Days that nobody asked for before: what is derived for a day is derived anew on each."""

EACH = 3
"""So many addresses of a route are asked for by each who walks; of public ones by the first."""


@dataclass
class Walk:
    """What was asked for: by route, the most statements with the address and who asked."""

    app: Frozen
    engine: Engine
    most: dict[str, tuple[int, str, str, list[str]]] = field(default_factory=dict)

    def count(self, client: Any, name: str, route: str, address: str) -> str:
        """Ask twice and count the second time, and what is public once more on its own day; the text of a page."""
        client.get(address)
        with counted() as asked:
            answer = client.get(address)
        self._note(name, route, address, asked, answer)
        if area(route) in PUBLIC:
            dated = f"{address}{'&' if '?' in address else '?'}as_at={next(UNASKED)}"
            with counted() as asked:
                self._note(name, route, dated, asked, client.get(dated))
        page = answer.status_code == 200 and "html" in answer.headers["content-type"]
        return answer.text if page else ""

    def _note(self, name: str, route: str, address: str, asked: list[str], answer: Any) -> None:
        assert answer.status_code < 500, (name, address)
        if len(asked) > self.most.get(route, (-1,))[0]:
            self.most[route] = (len(asked), address, name, asked)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that any engine runs meanwhile, whatever they do; the look for others' writes is no page's."""
    asked: list[str] = []

    def note(*given: Any) -> None:
        if not given[2].startswith("BEGIN") and not any(mark in given[2] for mark in LOOK):
            asked.append(given[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Every route that is read, with what its addresses look like; those with fewer parameters first."""
    found = [path for path, methods in routes() if "GET" in methods]
    found.sort(key=lambda path: path.count("{"))
    return [(path, re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)))) for path in found]


def links(text: str, here: str) -> Iterator[str]:
    """The addresses of this site that a page leads to."""
    for said in re.findall(r'(?:href|action|hx-get)="([^"]+)"', text):
        address = urlsplit(urljoin(here, unescape(said)))
        if not address.netloc:
            yield address.path + (f"?{address.query}" if address.query else "")


def walk_as(walk: Walk, name: str, who: Someone, begin: Sequence[str]) -> None:
    """Follow links from where people begin, a few addresses of each route."""
    known = patterns()
    asked = Counter({route: EACH for route in walk.most if area(route) in PUBLIC})
    with client_for(walk.app, walk.engine, who) as client:
        todo = [*begin]
        seen = set(todo)
        while todo:
            address = todo.pop(0)
            path = urlsplit(address).path
            route = next((each for each, like in known if like.fullmatch(path)), "")
            if not route or route.startswith("/account/sign-") or asked[route] >= EACH:
                continue
            asked[route] += 1
            for each in links(walk.count(client, name, route, address), address):
                if each not in seen:
                    seen.add(each)
                    todo.append(each)
        for route, address in WITHOUT_LINK.items():
            walk.count(client, name, route, address)


@pytest.fixture(scope="module")
def walk(sqlite_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """The register with its worked example and its demonstration, beside people of its own with all kinds of work."""
    path = tmp_path_factory.mktemp("queries") / "queries.sqlite3"
    shutil.copyfile(sqlite_example, path)
    url = f"sqlite:///{path}"
    engine = make_engine(url)
    prepare_demo(engine, now=NOW)
    with unit_of_work(engine) as session:
        world, _ = closed_round(session)
        begin = ["/work", "/", *work_on(session, world)]
        guests = [account(session.connection(), email=f"{each}@{DEMO_DOMAIN}") for each in ("lead", "decider")]
        guests_seen = [someone(session.connection(), each.id, each.name, NOW) for each in guests if each]
    walk = Walk(app_for(url, demo=True), engine)
    for who in (*(world.people[name] for name in WALKERS), *guests_seen):
        walk_as(walk, who.name, who, begin)
    yield walk
    engine.dispose()


WALKERS = ("lead", "second", "owner", "observer", "decider", "publisher", "administrator", "producer")


def work_on(session: Session, world: World) -> list[str]:
    """Something of everything that people work on; addresses that lie deep."""
    world.people["other decider"] = make_person(session, "Other decider", LME, Role.DECIDER, declares=[PROGRAMME])
    at_work = replace(world, programme=OTHER_PROGRAMME)
    found = a_round(session, at_work, rating=[PART])
    piece = evidence.add_evidence(
        session, actor=world.lead, assessment=found.id, limits=evidence.Limits(1_000_000), now=NOW,
        said=Described(EvidenceKind.EXPERT, "An interview", TODAY), files=[evidence.Given("notes.pdf", pdf())],
    )  # fmt: skip
    rate_all(session, world.lead, found.id, PART)
    advance(session, world.lead, found.id, PART, PartStage.RATING, PartStage.REVIEW)
    accept_all(session, world.second, found.id, PART)
    advance(session, world.lead, found.id, PART, PartStage.REVIEW, PartStage.ACCURACY_CHECK)
    closed = f"{PROGRAMME}-1"
    plan = actions.Plan("Train the auditors", "None was taught.", OWNER, TODAY, None, frozenset({(PART, CODE)}))
    action = actions.undertake(
        session, actor=world.lead, assessment=closed, plan=plan, catalogues=catalogues(), now=NOW
    )
    actions.add_milestone(session, actor=world.owner, action=action, title="A first course", due_on=TODAY, now=NOW)
    proposed = Decide(
        programme=PROGRAMME, act=Act.CONDITIONALLY_APPROVED, effective=parse_when("2026-11-21"), reason="So it is.",
        conditions=(Asked("Repair it", TODAY),),
    )  # fmt: skip
    decisions.propose(session, actor=world.decider, act=proposed, quorum=2, now=NOW)
    written = Written("2026-11", "An update", TODAY, text="{table: status}", statements=())
    draft = drafts.begin(session, actor=world.publisher, written=written, now=NOW)
    told = [drafts.Told(OWNER, "A notice.")]
    drafts.tell(session, actor=world.publisher, draft=draft, told=told, embargo_until=NOW + timedelta(days=3), now=NOW)
    plant_claim(session, world)
    for name in ("lead", "second"):
        world.people[name] = declares_for(session, world.people[name], "blind-programme")
    blind = a_round(session, replace(world, programme="blind-programme"), rating=[PART], blind=True)
    return [
        f"/evidence/{piece}",
        f"/rounds/{blind.id}/{PART.value}/reconcile",
        "/records/ls-mnm/brands/ls-mnm-copper-cathode/edit",
    ]


def declares_for(session: Session, who: Someone, programme: str) -> Someone:
    """Somebody who may act on a further programme."""
    make_programme(session, programme)
    people.declare(
        session, actor=who, person_id=who.id, programme_id=programme, has_interest=False, statement="", now=NOW
    )
    return again(session, who.id)


def test_every_route_that_is_read_is_walked(walk: Walk) -> None:
    assert {path for path, _ in patterns()} - set(walk.most) == set()


def test_no_page_takes_more_than_eight_statements_for_anybody_who_may_see_it(walk: Walk) -> None:
    above = {route: (number, address, name) for route, (number, address, name, _) in walk.most.items() if number > MOST}
    assert above == {}


def test_whoever_is_refused_stays_in_their_own_frame_at_the_cost_of_one_statement(walk: Walk) -> None:
    with reading(walk.engine) as connection:
        found = account(connection, email="observer@people.example")
        assert found is not None
        who = someone(connection, found.id, found.name, NOW)
    with client_for(walk.app, walk.engine, who) as client, counted() as asked:
        answer = client.get("/people")
    assert answer.status_code == 403
    assert len(asked) <= 3
    assert 'action="/account/sign-out"' in answer.text
    assert found.name in answer.text
    assert ">Sign in</a>" not in answer.text
    with client_for(walk.app, walk.engine) as nobody:
        assert ">Sign in</a>" in nobody.get("/programmes/none").text
