"""Nothing unpublished, confidential or personal is reached without the right: every route, walked as everybody.

Texts that only some may read are planted where they are kept, and no answer to anybody else may hold one. Routes
are taken from the application: one in an area, or with a parameter, that is not named here fails.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from alignment.database import make_engine, reading, unit_of_work
from alignment.domain.catalogue import Part
from alignment.domain.claim import KINDS
from alignment.domain.draft import Written
from alignment.domain.evidence import Described, EvidenceKind
from alignment.domain.people import Do, Matter, Role, Someone, why_not
from alignment.domain.review import Speech
from alignment.exchange.collections import BY_NAME
from alignment.queries.changes import last_event
from alignment.services import accounts, actions, comments, drafts, evidence, people, producer_records, teams
from alignment.services.actions import Plan
from alignment.services.comments import Say
from alignment.services.producer_records import Entry
from alignment.tables.undertaken import Undertaken, read_action
from alignment.web import app as wired
from alignment.web.frozen import Frozen
from tests.conftest import NOW
from tests.rounds import a_round, catalogue, catalogues, reread, save
from tests.undertakings import closed_round
from tests.working import LME, OWNER, PROGRAMME, Client, World, app_for, client_for, make_person

PART, CODE = Part.GOVERNANCE, "GV-LE-1"
LIMITS = evidence.Limits(1_000_000)

# The first word of every address, by who may open it at all.
PUBLIC = frozenset({
    "", ".well-known", "accessibility", "api", "brands", "changes", "compare", "compare.json", "coverage",
    "coverage.csv", "coverage.csv-metadata.json", "coverage.json", "criteria", "example", "feed.atom", "feed.json",
    "healthz", "method", "metrics", "producers", "programmes", "publications", "readyz", "report", "search",
    "sources", "static", "status.csv", "status.csv-metadata.json", "status.json", "status.md", "subscribe",
})  # fmt: skip
WORKING = frozenset({
    "account", "actions", "calendar", "decisions", "evidence", "following", "keeping", "log", "monitoring", "notices",
    "people", "publishing", "records", "reminders", "reports", "rounds", "work",
})  # fmt: skip
# Pages of public areas that only people who are signed in open.
WORKING_PAGES = frozenset({"/brands/import"})
# The ways in, which lie in a working area and are open to whoever is not in yet.
WAYS_IN = frozenset({
    "/account/sign-in", "/account/sign-in/code", "/account/sign-in/again", "/account/sign-out",
    "/account/invitation/{value:str}",
})  # fmt: skip

# Pages of a working area that everybody reads.
READ_BY_ALL = frozenset({"/decisions"})


NONE = "none"
"""What nothing is called: an address with it leads nowhere, and says so."""


def works(path: str) -> bool:
    """Whether an address is one for people who are signed in."""
    return path in WORKING_PAGES or (area(path) in WORKING and path not in WAYS_IN | READ_BY_ALL)


@dataclass(frozen=True)
class Secret:
    """A text that only some may read: who, and the text itself."""

    text: str
    readers: frozenset[str]


@dataclass(frozen=True)
class Planted:
    """An application in which secrets lie, everybody in it, and what the parameters of addresses stand for."""

    app: Frozen
    engine: Engine
    world: World
    secrets: tuple[Secret, ...]
    values: dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def planted(sqlite_empty: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    path = tmp_path_factory.mktemp("rights") / "rights.sqlite3"
    shutil.copyfile(sqlite_empty, path)
    url = f"sqlite:///{path}"
    engine = make_engine(url)
    with unit_of_work(engine) as session:
        world, closed = closed_round(session)
        world.people["biased"] = make_person(session, "Biased", OWNER, Role.SCHEME_OWNER)
        world.people["colleague"] = make_person(session, "Colleague", OWNER, Role.SCHEME_OWNER)
        found = a_round(session, world, rating=[PART])
        save(session, world.lead, found.id, PART, CODE, level="fully", rationale="A planted rationale.")
        teams.invite_observer(session, actor=world.lead, assessment=found.id, person=world.observer.id, now=NOW)
        found = reread(session, found)
        interview, whistle_blower = (
            evidence.add_evidence(
                session, actor=world.lead, assessment=found.id, said=described(word, confidential=confidential),
                files=[text_of(word)], limits=LIMITS, now=NOW,
            )
            for word, confidential in (("interview", False), ("whistle-blower", True))
        )  # fmt: skip
        evidence.link_evidence(
            session, actor=world.lead, assessment=found.id, part=PART, criterion=CODE,
            evidence=(interview, whistle_blower), shown=(), catalogue=catalogue(), now=NOW,
        )  # fmt: skip
        plant_comments(session, world, found.id)
        action, receipts = plant_action(session, world, closed)
        people.declare(
            session, actor=world.people["biased"], person_id=world.people["biased"].id, programme_id=PROGRAMME,
            has_interest=True, statement="A planted interest.", now=NOW,
        )  # fmt: skip
        people.invite(
            session, actor=world.administrator, email="planted@invited.example", name="Planted Invitee",
            organisation_id=LME, role=Role.PUBLISHER, now=NOW,
        )  # fmt: skip
        accounts.make_token(session, actor=world.lead, label="A planted token", now=NOW)
        written = Written("2026-11", "A planted title", NOW.date(), text="A planted text of a market update.")
        draft = drafts.begin(session, actor=world.publisher, written=written, now=NOW)
        drafts.tell(
            session,
            actor=world.publisher,
            draft=draft,
            told=[drafts.Told(OWNER, "A planted notice.")],
            embargo_until=NOW + timedelta(days=3),
            now=NOW,
        )
        claim = plant_claim(session, world)
    matter = replace(found.matter(PART), producer="a-producer")

    def those(act: Do, of: Matter = matter) -> frozenset[str]:
        return frozenset(name for name, who in world.people.items() if why_not(who, act, of) is None)

    secrets = (
        Secret("A planted rationale", those(Do.SEE_WORK)),
        Secret("A planted comment", those(Do.SEE_WORK)),
        Secret("A planted answer", those(Do.SEE_WORK)),
        *(Secret(text, those(Do.SEE_WORK)) for text in texts("interview")),
        *(Secret(text, those(Do.SEE_CONFIDENTIAL)) for text in texts("whistle-blower")),
        *(Secret(text, those(Do.SEE_CONFIDENTIAL, action.matter())) for text in texts("receipt")),
        Secret("A planted bill", those(Do.SEE_CONFIDENTIAL, action.matter())),
        Secret("A planted milestone", those(Do.SEE_ACTION, action.matter())),
        Secret("A planted interest", frozenset({"biased", "administrator"})),
        Secret("planted@invited.example", frozenset({"administrator"})),
        Secret("A planted token", frozenset({"lead"})),
        Secret("A planted title", frozenset({"publisher"})),
        Secret("A planted text of a market update", frozenset({"publisher"})),
        Secret("A planted notice", frozenset({"publisher", "owner", "biased", "colleague"})),
        Secret("A planted claim", those(Do.SEE_RECORD)),
        Secret("lead@people.example", frozenset({"lead", "administrator"})),
    )
    values = {
        "assessment": (found.id,),
        "part": (PART.value,),
        "code": (CODE,),
        "draft": (draft,),
        "edition": ("oecd-minerals-2018",),
        "producer": ("a-producer",),
        "programme": (PROGRAMME,),
        "slug": (PROGRAMME,),
        "name": (PROGRAMME, "1", "1.csv", "1.json"),
        "noun": ("organisations", "programmes", "claims", "certificates", "details"),
        "person_id": (world.lead.id, world.people["biased"].id),
        "id": (PROGRAMME, claim),
        "evidence/id": (interview, whistle_blower, *receipts),
        "sha256": tuple(sha256(text_of(word).content).hexdigest() for word in PLANTED),
        "action": (action.id,),
        "span": ("1..2", "2024-01-01..2026-01-01"),
        "collection": tuple(BY_NAME),
        "key": (PROGRAMME, f"{PROGRAMME}/1", f"{PROGRAMME}/1/{PART.value}/{CODE}", claim),
        **dict.fromkeys(
            ("value", "token_id", "invitation_id", "membership_id", "number", "source", "point", "change", "file",
             "secret"),
            (NONE,),
        ),
    }  # fmt: skip
    yield Planted(app_for(url), engine, world, secrets, values)
    engine.dispose()


PLANTED = ("interview", "whistle-blower", "receipt")
"""The pieces of evidence: one that is open, a confidential one, and one given with an action that became so."""


def described(word: str, *, confidential: bool) -> Described:
    return Described(EvidenceKind.EXPERT, f"A planted {word}", date(2026, 11, 2), confidential=confidential)


def text_of(word: str) -> evidence.Given:
    """A file whose name and text are planted too."""
    return evidence.Given(f"planted-{word}.txt", f"The planted words of the {word}.".encode())


def texts(word: str) -> tuple[str, ...]:
    """All that a piece of evidence says: its reference, the name of its file, the text of the file."""
    given = text_of(word)
    return f"A planted {word}", given.name, given.content.decode()


def plant_comments(session: Session, world: World, assessment: str) -> None:
    """A comment of an observer, and the answer."""
    said = Say(assessment, Speech.COMMENT, "A planted comment", PART, CODE)
    comment = comments.say(session, actor=world.observer, act=said, catalogue=catalogue(), now=NOW)
    answer = Say(assessment, Speech.ANSWER, "A planted answer", answers=comment)
    comments.say(session, actor=world.lead, act=answer, catalogue=catalogue(), now=NOW)


def plant_action(session: Session, world: World, closed: str) -> tuple[Undertaken, tuple[str, str]]:
    """A corrective action with a milestone and evidence of its owner, open to all before it became confidential."""
    plan = Plan("An action", "A cause", OWNER, None, None, frozenset({(PART, CODE)}))
    id = actions.undertake(session, actor=world.lead, assessment=closed, plan=plan, catalogues=catalogues(), now=NOW)
    actions.add_milestone(
        session, actor=world.owner, action=id, title="A planted milestone", due_on=NOW.date(), now=NOW
    )
    said = described("receipt", confidential=False)
    receipt = actions.give_evidence(
        session, actor=world.owner, action=id, said=said, files=[text_of("receipt")], limits=LIMITS, now=NOW
    )
    said = described("bill", confidential=True)
    bill = evidence.correct_evidence(session, actor=world.owner, evidence=receipt, said=said, now=NOW)
    found = read_action(session, id, NOW)
    assert found is not None
    return found, (receipt, bill)


def plant_claim(session: Session, world: World) -> str:
    """A claim of a producer that is not public."""
    actor, values = world.producer, {"name": "A producer", "country": "", "summary": ""}
    producer_records.begin_record(session, actor=actor, producer="a-producer", values=values, now=NOW)
    said = {
        "title": "A claim", "value": "A planted claim.", "effective": "2025", "shown_in": "", "gap": False,
        "public": False, "remark": "",
    }  # fmt: skip
    entry = Entry(KINDS["commitment"].noun, "a-producer", said, kind="commitment")
    return producer_records.state(session, actor=actor, entry=entry, items={}, now=NOW)


def routes() -> list[tuple[str, frozenset[str]]]:
    """Every address of the application as its template, with its methods."""
    found: dict[str, set[str]] = {}
    for router in wired.ROUTERS:
        for route in router.routes:
            found.setdefault(route.path, set()).update(getattr(route, "methods", ()))
    return [(path, frozenset(methods) - {"OPTIONS", "HEAD"}) for path, methods in sorted(found.items())]


def area(path: str) -> str:
    return path.split("/")[1]


def addresses(path: str, values: dict[str, tuple[str, ...]]) -> list[str]:
    """The template of an address with every value of its parameters, and once with what there is not.

    A parameter may have values of its own in an area, as ``evidence/id``.
    """
    names = re.findall(r"\{(\w+)(?::\w+)?\}", path)
    known = [values.get(f"{area(path)}/{name}", values[name]) for name in names]
    there = [[value for value in each if value != NONE] or [NONE] for each in known]
    found = []
    for chosen in dict.fromkeys([*product(*there), (NONE,) * len(names)]):
        filled = path
        for name, value in zip(names, chosen, strict=True):
            filled = re.sub(rf"\{{{name}(?::\w+)?\}}", value, filled)
        found.append(filled)
    return found


def everybody(world: World) -> list[tuple[str, Someone | None]]:
    return [("nobody", None), *world.people.items()]


def test_every_route_lies_in_an_area_that_is_named_here_and_has_parameters_with_values(planted: Planted) -> None:
    unlisted = [path for path, _ in routes() if area(path) not in PUBLIC | WORKING]
    assert unlisted == [], "say here who may open these"
    names = {name for path, _ in routes() for name in re.findall(r"\{(\w+)(?::\w+)?\}", path)}
    assert names - set(planted.values) == set(), "give these parameters a value"
    assert {path for path, _ in routes()} >= WAYS_IN | READ_BY_ALL


def test_every_secret_lies_open_to_somebody_and_closed_to_nobody_in_particular(planted: Planted) -> None:
    for secret in planted.secrets:
        assert secret.readers, secret.text
        assert "no role" not in secret.readers
        assert secret.readers < set(planted.world.people)


def test_no_page_shows_anybody_what_they_may_not_read(planted: Planted) -> None:
    seen: dict[str, set[str]] = {secret.text: set() for secret in planted.secrets}
    for name, who in everybody(planted.world):
        with client_for(planted.app, planted.engine, who) as client:
            for address in walked(planted):
                answer = client.get(address)
                assert answer.status_code < 500, (name, address)
                for secret in planted.secrets:
                    if secret.text in answer.text:
                        assert name in secret.readers, f"{name} reads “{secret.text}” at {address}"
                        seen[secret.text].add(name)
    missing = {text for text, readers in seen.items() if not readers}
    assert missing == set(), "these were planted where no page shows them: the walk proves nothing about them"


def walked(planted: Planted) -> list[str]:
    return [address for path, methods in routes() if "GET" in methods for address in addresses(path, planted.values)]


def test_nobody_opens_a_working_page_without_signing_in(planted: Planted) -> None:
    with client_for(planted.app, planted.engine) as nobody:
        for path, methods in routes():
            if "GET" not in methods or not works(path):
                continue
            for address in addresses(path, planted.values):
                answer = nobody.get(address)
                assert answer.status_code in (303, 404), address
                if answer.status_code == 303:
                    assert answer.headers["location"].startswith("/account/sign-in?back="), address


def test_working_pages_are_kept_by_no_cache(planted: Planted) -> None:
    with client_for(planted.app, planted.engine, planted.world.lead) as client:
        for path, methods in routes():
            if "GET" in methods and works(path):
                for address in addresses(path, planted.values):
                    answer = client.get(address)
                    if answer.status_code == 200:
                        assert "no-store" in answer.headers["cache-control"], address


def posted(planted: Planted) -> list[str]:
    return [
        address
        for path, methods in routes()
        if "POST" in methods and works(path)
        for address in addresses(path, planted.values)
    ]


def events(planted: Planted) -> int:
    with reading(planted.engine) as connection:
        return last_event(connection)


def test_nobody_posts_without_signing_in(planted: Planted) -> None:
    before = events(planted)
    with client_for(planted.app, planted.engine) as nobody:
        for address in posted(planted):
            answer = nobody.post(address, {"name": "x"})
            assert 400 <= answer.status_code < 500, (address, answer.status_code)
    assert events(planted) == before


@pytest.mark.parametrize("name", ["lead", "owner", "decider", "publisher", "administrator", "observer", "producer"])
def test_a_form_without_the_secret_of_its_session_does_nothing_for_anybody(planted: Planted, name: str) -> None:
    before = events(planted)
    with client_for(planted.app, planted.engine, planted.world.people[name]) as client:
        without = Client(client.client)
        for address in posted(planted):
            answer = without.post(address)
            assert 400 <= answer.status_code < 500, (address, answer.status_code)
    assert events(planted) == before


def test_somebody_without_a_role_changes_nothing_but_their_own_account(planted: Planted) -> None:
    before = events(planted)
    with client_for(planted.app, planted.engine, planted.world.no_role) as client:
        for address in posted(planted):
            if area(address) not in {"account", "calendar", "reminders"}:
                answer = client.post(address, {"version": "1", "level": "not", "at": "rating", "to": "review"})
                assert 400 <= answer.status_code < 500, (address, answer.status_code)
    assert events(planted) == before
