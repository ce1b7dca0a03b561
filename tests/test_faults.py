"""The server is killed while people save: what was acknowledged is there, nothing is half there, the chain verifies.

And twenty people who save at once lose nothing.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alignment.database import make_engine, reading, unit_of_work
from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.event import first_break
from alignment.domain.people import Role, Someone
from alignment.queries.events import events
from alignment.services import accounts, passwords, rounds
from alignment.services.rounds import OpenRound
from alignment.tables import Event, Person, Rating, RatingVersion, SignedIn
from alignment.web.sessions import COOKIE
from tests.rounds import EDITION, advance, catalogues, codes
from tests.working import ASSESSOR, World, a_world, approve_assessor, make_person

PART = Part.STANDARDS
WRITERS = 20


@dataclass(frozen=True)
class Seat:
    """Somebody signed in, with a round of their own to save in."""

    cookie: str
    csrf: str
    round: str


def seats(engine: Engine, number: int) -> list[Seat]:
    """People who each lead a round at the stage of rating, signed in through real sessions."""
    now = datetime.now(UTC)  # the server runs by the clock of the machine, so its people and sessions do too
    made = []
    with unit_of_work(engine) as session:
        world: World = a_world(session, now=now)
        approve_assessor(session, on=now.date() - timedelta(days=1), now=now)
        for place in range(number):
            lead = make_person(session, f"Lead {place}", ASSESSOR, Role.ASSESSOR, declares=[world.programme], now=now)
            act = OpenRound(world.programme, world.assessor, lead.id)
            found = rounds.open_round(
                session, actor=lead, act=act, catalogues=catalogues(), edition=EDITION, now=now
            )  # fmt: skip
            advance(session, lead, found.id, PART, PartStage.SCOPING, PartStage.RATING, now=now)
            made.append((lead, found.id))
        return [_seat(session, lead, assessment, now) for lead, assessment in made]


def _seat(session: Session, lead: Someone, assessment: str, now: datetime) -> Seat:
    person = session.get_one(Person, lead.id)
    value = accounts.begin_session(session, person=person, agent="a test", now=now)
    return Seat(value, session.get_one(SignedIn, passwords.hashed(value)).csrf, assessment)


@contextmanager
def server(url: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A real server process on a free port; it is killed, if it still lives, when the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "ALIGNMENT_DATABASE_URL": url, "PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "alignment", "serve"], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process)
        yield process, address
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(10)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended before it answered"
        try:
            if httpx.get(f"{address}/healthz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server never answered")


def save(client: httpx.Client, address: str, seat: Seat, code: str, rationale: str, version: int = 0) -> int:
    """One save through the form of the sheet; the status of its answer."""
    answer = client.post(
        f"{address}/rounds/{seat.round}/{PART.value}/{code}",
        data={"csrf": seat.csrf, "version": str(version), "level": "partially", "rationale": rationale},
        headers={"cookie": f"{COOKIE}={seat.cookie}", "sec-fetch-site": "same-origin"},
        follow_redirects=False,
    )
    return answer.status_code


def client() -> httpx.Client:
    return httpx.Client(timeout=20, cookies=CookieJar())


def check_whole(engine: Engine, acknowledged: set[tuple[str, str]]) -> int:
    """Every acknowledged save is there, whole, and the chain verifies; how many ratings there are."""
    with Session(engine) as session:
        held = {(each.assessment_id, each.criterion): each for each in session.exec(select(Rating))}
        versions = {(each.assessment_id, each.criterion): each for each in session.exec(select(RatingVersion))}
        told = set(session.exec(select(Event.subject).where(col(Event.act) == "rated")))
    assert acknowledged - set(held) == set(), "a save that was acknowledged is lost"
    assert set(held) == set(versions), "a rating without its version, or a version without its rating"
    assert {f"rating:{assessment}/{PART.value}/{code}" for assessment, code in held} == told
    for (assessment, code), row in held.items():
        assert row.rationale == versions[assessment, code].rationale == f"Why {code}."
    with reading(engine) as connection:
        assert first_break(events(connection)) is None
    return len(held)


@pytest.fixture
def faults_engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def test_a_killed_server_keeps_every_save_it_acknowledged_and_no_half_of_another(
    faults_engine: Engine, database_url: str
) -> None:
    chairs = seats(faults_engine, 3)
    acknowledged: set[tuple[str, str]] = set()
    enough = threading.Event()

    def write(seat: Seat, address: str) -> None:
        with client() as asking:
            for code in codes(PART):
                try:
                    status = save(asking, address, seat, code, f"Why {code}.")
                except httpx.TransportError:
                    return
                assert status in (200, 303), f"a save was refused with {status}"
                acknowledged.add((seat.round, code))
                if len(acknowledged) > 25:
                    enough.set()

    with server(database_url) as (process, address), ThreadPoolExecutor(len(chairs)) as threads:
        writing = [threads.submit(write, seat, address) for seat in chairs]
        assert enough.wait(60), "nothing was saved"
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        for each in writing:
            each.result(30)
    assert len(acknowledged) < len(chairs) * len(codes(PART)), "the server was killed too late to prove anything"
    before = check_whole(faults_engine, acknowledged)
    assert before - len(acknowledged) <= len(chairs), "more was stored than was asked for"

    with server(database_url) as (_, address), client() as asking:
        seat = chairs[0]
        code = next(each for each in reversed(codes(PART)) if (seat.round, each) not in acknowledged)
        assert save(asking, address, seat, code, f"Why {code}.") in (200, 303)
    assert check_whole(faults_engine, acknowledged | {(seat.round, code)}) == before + 1


def test_twenty_people_who_save_at_once_lose_nothing(
    faults_engine: Engine, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    chairs = seats(faults_engine, WRITERS)
    some = codes(PART)[:10]
    ready = threading.Barrier(WRITERS)
    took: list[float] = []

    def write(seat: Seat, address: str) -> list[int]:
        statuses = []
        with client() as asking:
            ready.wait(30)
            for code in some:
                began = time.monotonic()
                statuses.append(save(asking, address, seat, code, f"Why {code}."))
                took.append(time.monotonic() - began)
        return statuses

    with server(database_url) as (_, address), ThreadPoolExecutor(WRITERS) as threads:
        statuses = list(threads.map(lambda seat: write(seat, address), chairs))
    assert {status for each in statuses for status in each} <= {200, 303}
    asked = {(seat.round, code) for seat in chairs for code in some}
    assert check_whole(faults_engine, asked) == len(asked)
    took.sort()
    record_property("p99_ms", round(1000 * took[int(len(took) * 0.99)]))
