"""People, organisations and programmes for tests of the working areas, made through the real services."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import httpx
from sqlalchemy import Engine
from sqlmodel import Session

from alignment.database import make_engine, unit_of_work
from alignment.domain.people import SYSTEM, Role, Someone
from alignment.queries.people import someone
from alignment.services import accounts, ledger, passwords, people
from alignment.settings import Settings
from alignment.tables import (
    AssessorApproval,
    Organisation,
    Person,
    Programme,
    ProgrammeName,
    SignedIn,
    Standard,
)
from alignment.web import home
from alignment.web.app import create_app
from alignment.web.frozen import Frozen
from alignment.web.register import Register
from alignment.web.sessions import COOKIE
from tests.asking import done
from tests.conftest import NOW
from tests.remembered import remembered

PASSWORD = "four words and a comma"
TODAY = NOW.date()

LME, OECD, ASSESSOR, OTHER_ASSESSOR, OWNER, OTHER_OWNER = (
    "the-exchange",
    "the-authority",
    "the-assessor",
    "another-assessor",
    "the-owner",
    "another-owner",
)
KINDS = {
    LME: "exchange",
    OECD: "authority",
    ASSESSOR: "assessor",
    OTHER_ASSESSOR: "assessor",
    OWNER: "scheme_owner",
    OTHER_OWNER: "scheme_owner",
}
PROGRAMME, OTHER_PROGRAMME = "the-programme", "another-programme"

_numbers = itertools.count(1001)  # after those of the seeds


def make_organisation(session: Session, id: str, kind: str = "scheme_owner", *, now: datetime = NOW) -> Organisation:
    """An organisation; the one that is there already where it is."""
    found = session.get(Organisation, id)
    if found is not None:
        return found
    row = Organisation(id=id, name=id.replace("-", " ").capitalize(), kind=KINDS.get(id, kind), position=next(_numbers))
    ledger.enter(session, row, actor=SYSTEM, act="entered", now=now)
    return row


def make_programme(
    session: Session, id: str = PROGRAMME, owner: str = OWNER, *, now: datetime = NOW, example: bool = False
) -> Programme:
    """A programme of an owner, with a standard of its own and a printed name."""
    found = session.get(Programme, id)
    if found is not None:
        return found
    make_organisation(session, owner, now=now)
    name = id.replace("-", " ").capitalize()
    standard = Standard(id=f"{id}-standard", name=f"Standard of {name}", edition="1", position=next(_numbers))
    ledger.enter(session, standard, actor=SYSTEM, act="entered", now=now)
    row = Programme(
        id=id, number=next(_numbers), short_name=name, standard_id=standard.id, owner_id=owner, metals_said="copper",
        example=example,
    )  # fmt: skip
    ledger.enter(session, row, actor=SYSTEM, act="entered", now=now)
    printed = ProgrammeName(id=f"{id}-name", programme_id=id, name=name, use="table")
    ledger.enter(session, printed, actor=SYSTEM, act="entered", now=now)
    return row


def make_person(
    session: Session,
    name: str,
    organisation: str = "",
    role: Role | None = None,
    *more: tuple[str, Role],
    declares: Sequence[str] = (),
    interest_in: Sequence[str] = (),
    password: str = "",
    now: datetime = NOW,
) -> Someone:
    """A person with their roles and declarations, as the rules see them. With no password nobody signs in as them."""
    email = f"{name.lower().replace(' ', '.')}@people.example"
    row = people.add_person(session, actor=SYSTEM, name=name, email=email, password=password, now=now)
    for where, what in [(organisation, role), *more] if role is not None else more:
        assert what is not None
        make_organisation(session, where, now=now)
        people.grant(session, actor=SYSTEM, person_id=row.id, organisation_id=where, role=what, now=now)
    for programme, has_interest in [*((each, False) for each in declares), *((each, True) for each in interest_in)]:
        make_programme(session, programme, now=now)
        people.declare(
            session, actor=SYSTEM, person_id=row.id, programme_id=programme, has_interest=has_interest,
            statement="I own shares." if has_interest else "", now=now,
        )  # fmt: skip
    return again(session, row.id, now=now)


def again(session: Session, person_id: str, *, now: datetime = NOW) -> Someone:
    """The same person as the rules see them now."""
    row = session.get(Person, person_id)
    assert row is not None
    return someone(session.connection(), row.id, row.name, now)


def approve_assessor(
    session: Session, organisation: str = ASSESSOR, *, on: date = TODAY, approved: bool = True, now: datetime = NOW
) -> None:
    """The LME approves an organisation as an assessor from a day on, or no longer does."""
    make_organisation(session, organisation, "assessor", now=now)
    row = AssessorApproval(
        id=f"approval-{next(_numbers)}", organisation_id=organisation, approved=approved, effective_on=on,
        recorded_at=now, recorded_by=SYSTEM.id,
    )  # fmt: skip
    ledger.enter(session, row, actor=SYSTEM, act="approved", now=now)


@dataclass
class World:
    """A programme, its owner, an approved assessor, and somebody in each relation to it."""

    people: dict[str, Someone] = field(default_factory=dict)
    programme: str = PROGRAMME
    assessor: str = ASSESSOR

    def __getattr__(self, name: str) -> Someone:
        try:
            return self.__dict__["people"][name.replace("_", " ")]
        except KeyError:
            raise AttributeError(name) from None


@remembered
def a_world(session: Session, *, now: datetime = NOW) -> World:
    """Everybody that a round takes: ``world.lead``, ``world.second``, ``world.owner``, ``world.decider`` …"""
    make_programme(session, PROGRAMME, OWNER, now=now)
    make_programme(session, OTHER_PROGRAMME, OTHER_OWNER, now=now)
    approve_assessor(session, ASSESSOR, now=now)
    who: dict[str, tuple[str, Role]] = {
        "lead": (ASSESSOR, Role.ASSESSOR),
        "second": (ASSESSOR, Role.ASSESSOR),
        "reviewer": (ASSESSOR, Role.ASSESSOR),
        "other assessor": (OTHER_ASSESSOR, Role.ASSESSOR),
        "owner": (OWNER, Role.SCHEME_OWNER),
        "other owner": (OTHER_OWNER, Role.SCHEME_OWNER),
        "observer": (OECD, Role.OBSERVER),
        "other observer": (OECD, Role.OBSERVER),
        "decider": (LME, Role.DECIDER),
        "publisher": (LME, Role.PUBLISHER),
        "administrator": (LME, Role.ADMINISTRATOR),
        "producer": ("a-producer", Role.PRODUCER),
    }
    declares = {Role.ASSESSOR: (PROGRAMME, OTHER_PROGRAMME), Role.DECIDER: (PROGRAMME, OTHER_PROGRAMME)}
    made = {
        name: make_person(session, name.capitalize(), where, role, declares=declares.get(role, ()), now=now)
        for name, (where, role) in who.items()
    }
    made["no role"] = make_person(session, "No role", now=now)
    return World(made)


# --- asking ----------------------------------------------------------------------------------------


class Browser:
    """A browser without scripts: cookies are kept from one request to the next, redirects are shown or followed."""

    def __init__(self, app: Frozen) -> None:
        self.app = app
        self.cookies = httpx.Cookies()
        self.headers: dict[str, str] = {}

    def request(self, method: str, path: str, *, follow_redirects: bool = True, **given: Any) -> httpx.Response:
        """One request."""
        return done(self._ask(method, path, follow_redirects=follow_redirects, **given))

    async def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {**self.headers, **given.pop("headers", {})}
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://register.test", cookies=self.cookies
        ) as client:
            answer = await client.request(method, path, headers=headers, **given)
            self.cookies = client.cookies
        return answer

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        return self.request("POST", path, **given)


class Client:
    """Asks the application as somebody signed in, or as nobody; forms carry their CSRF secret."""

    def __init__(self, client: Browser, csrf: str = "") -> None:
        self.client = client
        self.csrf = csrf

    def get(self, path: str, **given: Any) -> httpx.Response:
        """A page."""
        return self.client.get(path, follow_redirects=False, **given)

    def post(self, path: str, fields: Mapping[str, Any] | None = None, **given: Any) -> httpx.Response:
        """A plain form, as a browser without scripts sends it."""
        return self.client.post(path, data={"csrf": self.csrf, **(fields or {})}, follow_redirects=False, **given)

    def in_parts(
        self, path: str, fields: Mapping[str, str | bytes], *files: tuple[bytes, bytes], field: str = "files"
    ) -> httpx.Response:
        """A form with files, byte by byte: a text or the name of a file may be what no browser sends."""
        texts = {"csrf": self.csrf, **fields}
        heads = [
            (f'"{name}"'.encode(), said if isinstance(said, bytes) else said.encode()) for name, said in texts.items()
        ]
        heads += [(f'"{field}"; filename="'.encode() + name + b'"', content) for name, content in files]
        parts = (b"--x\r\nContent-Disposition: form-data; name=" + head + b"\r\n\r\n" + body for head, body in heads)
        headers = {"content-type": "multipart/form-data; boundary=x"}
        return self.client.post(
            path, content=b"\r\n".join([*parts, b"--x--\r\n"]), headers=headers, follow_redirects=False
        )

    def fragment(self, path: str, fields: Mapping[str, Any] | None = None, **given: Any) -> httpx.Response:
        """The same form as htmx sends it."""
        return self.post(path, fields, headers={"HX-Request": "true", "Sec-Fetch-Site": "same-origin"}, **given)


def app_for(url: str, *, now: datetime = NOW, clock: Callable[[], datetime] | None = None, **settings: Any) -> Frozen:
    """The application on a database, at a time that stands still unless there is a clock."""
    return create_app(Settings(database_url=url, **settings), clock=clock or (lambda: now))


def app_again(url: str, *, clock: Callable[[], datetime] = lambda: NOW, **settings: Any) -> Frozen:
    """The application as above, wired once in this process: that takes longer than most tests. One at a time.

    Whoever had it before finds it on the database of the one who has it now.
    """
    chosen = Settings(database_url=url, **settings)
    if chosen.base_url not in _WIRED:  # all else is read as it is needed
        _WIRED[chosen.base_url] = create_app(chosen, clock=clock)
    served: Any = _WIRED[chosen.base_url]._app
    served.state.clear()
    register = _register(served)
    register.engine.dispose()
    for name, value in {"settings": chosen, "engine": make_engine(url), "clock": clock}.items():
        object.__setattr__(register, name, value)
    register.__post_init__()
    home.prepare(register)
    return Frozen(served, register.generation)


_WIRED: dict[str, Frozen] = {}


def _register(served: Any) -> Register:
    """What the handlers of an application are given."""
    found: Register = served.dependencies["register"].dependency()
    return found


@contextmanager
def client_for(app: Frozen, engine: Engine, who: Someone | None = None, *, now: datetime = NOW) -> Iterator[Client]:
    """A client signed in as somebody, through a session of the real kind; nobody without ``who``."""
    browser, csrf = Browser(app), ""
    if who is not None:
        with unit_of_work(engine) as session:
            person = session.get(Person, who.id)
            assert person is not None
            value = accounts.begin_session(session, person=person, agent="a test", now=now)
            row = session.get(SignedIn, passwords.hashed(value))
            assert row is not None
            csrf = row.csrf
        browser.cookies.set(COOKIE, value)
    try:
        yield Client(browser, csrf)
    finally:
        close(app)


def close(app: Frozen) -> None:
    """What a server does when it ends: no connection to the database stays open."""
    _register(app._app).engine.dispose()
