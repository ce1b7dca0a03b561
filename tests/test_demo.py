"""The demonstration: one person a role, on the worked example alone, and only where it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from alignment.database import make_engine, reading, unit_of_work
from alignment.demo import DEMONSTRATORS, PRODUCER, prepare_demo
from alignment.domain.people import SYSTEM, Role
from alignment.domain.refusal import Refusal
from alignment.domain.when import say_day
from alignment.queries.people import account, everybody, someone
from alignment.queries.status import status_rows
from alignment.queries.work import Item, sections
from alignment.services import ledger, passwords
from alignment.tables import Brand, Certificate
from tests.conftest import NOW
from tests.web.site import counted_queries
from tests.working import Browser, app_for, client_for, make_person


@pytest.fixture
def engine(seeded_sqlite_url: str) -> Iterator[Engine]:
    engine = make_engine(seeded_sqlite_url)
    yield engine
    engine.dispose()


def sign_in(browser: Browser, email: str, password: str) -> int:
    fields = {"email": email, "password": password}
    return browser.post("/account/sign-in", data=fields, follow_redirects=False).status_code


def test_there_is_one_demonstration_person_for_every_role_made_once(engine: Engine) -> None:
    assert {each.role for each in DEMONSTRATORS} == set(Role)
    assert prepare_demo(engine, now=NOW) == len(DEMONSTRATORS)
    assert prepare_demo(engine, now=NOW) == 0
    with reading(engine) as connection:
        lines = everybody(connection)
        assert {line.email for line in lines} == {each.email for each in DEMONSTRATORS}
        for line in lines:
            assert someone(connection, line.id, line.name, NOW).is_demonstration
            assert "(demonstration)" in line.name
        deciding = account(connection, email="decider@demo.invalid")
        assert deciding is not None
        interests = someone(connection, deciding.id, "", NOW).interests
        lead = account(connection, email="lead@demo.invalid")
        assert lead is not None
        (waits, *_) = sections(connection, someone(connection, lead.id, "", NOW), NOW)
        assert waits.items[0].address == "/rounds/example-delta-1/standards"
    assert interests
    assert all(programme.startswith("example-") for programme in interests)


def test_what_waits_leads_to_where_it_is_done_and_costs_no_query_that_a_role_does_not_need(engine: Engine) -> None:
    prepare_demo(engine, now=NOW)
    expires = NOW.date() + timedelta(days=60)
    with unit_of_work(engine) as session:
        brand = session.exec(select(Brand).where(col(Brand.producer_id) == PRODUCER)).first()
        assert brand is not None
        brand_id = brand.id
        said: dict[str, Any] = {"brand_id": brand_id, "kind": "iso_14001", "effective_on": NOW.date()}
        for id, on in (("old", expires - timedelta(days=9)), ("new", expires)):
            row = Certificate(id=id, position=1, number=id, expires_on=on, recorded_at=NOW, **said)
            ledger.enter(session, row, actor=SYSTEM, act="recorded", now=NOW)

    def waits(id: str, now: datetime = NOW) -> tuple[dict[str, list[Item]], int]:
        with reading(engine) as connection:
            found = account(connection, email=f"{id}@demo.invalid")
            assert found is not None
            who = someone(connection, found.id, "", now)
            status = status_rows(connection, as_at=now.date(), policy_age=timedelta(days=365), example=True)
            with counted_queries() as asked:
                shown = sections(connection, who, now, status)
        return {each.id: list(each.items) for each in shown}, len(asked)

    due = [each.address for each in waits("decider")[0]["decisions"]]
    assert due == [address for address in due if address.startswith("/decisions/example-")]
    (certificate,) = waits("producer", NOW + timedelta(days=53))[0]["reminders"]
    assert certificate.address == f"/records/{PRODUCER}/certificates/new"
    assert say_day(expires) in certificate.remark
    assert not waits("producer", NOW + timedelta(days=20))[0]["reminders"]
    late = NOW + timedelta(days=4000)
    assert {each.address for each in waits("owner", late)[0]["own-stale"]} <= {
        f"/monitoring/changes?programme=example-{id}" for id in ("meridian", "delta")
    }
    assert [waits(id)[1] for id in ("observer", "administrator")] == [2, 2]  # what is followed, and who waits


def test_their_passwords_stand_on_the_sign_in_page_with_a_warning_and_work(
    engine: Engine, seeded_sqlite_url: str
) -> None:
    prepare_demo(engine, now=NOW)
    with client_for(app_for(seeded_sqlite_url, demo=True), engine) as nobody:
        page = nobody.get("/account/sign-in").text
        assert "This register runs as a demonstration" in page
        for each in DEMONSTRATORS:
            assert each.email in page
            assert each.password in page
        assert sign_in(nobody.client, "lead@demo.invalid", "worked example lead") == 303


def test_without_the_setting_nobody_signs_in_as_one_of_them(engine: Engine, seeded_sqlite_url: str) -> None:
    prepare_demo(engine, now=NOW)
    with client_for(app_for(seeded_sqlite_url), engine) as nobody:
        assert "demonstration" not in nobody.get("/account/sign-in").text.lower()
        assert sign_in(nobody.client, "lead@demo.invalid", "worked example lead") == 422


def test_the_publisher_composes_from_the_worked_example_up_to_the_preview_and_publishes_nothing(
    engine: Engine, seeded_sqlite_url: str
) -> None:
    prepare_demo(engine, now=NOW)
    with reading(engine) as connection:
        held = account(connection, email="publisher@demo.invalid")
        assert held is not None
        guest = someone(connection, held.id, held.name, NOW)
    with client_for(app_for(seeded_sqlite_url, demo=True), engine, guest) as publisher:
        assert "A demonstration." in publisher.get("/publishing").text
        page = publisher.get("/publishing/new").text
        assert 'name="statements"' in page
        written = {"number": "2026-11", "title": "An update", "as_at": "2026-11-21", "text": "{table: status}"}
        address = publisher.post("/publishing/new", written).headers["location"]
        draft = publisher.get(address).text
        assert "You cannot publish a market update: demonstration people act on the worked example alone." in draft
        preview = publisher.get(f"{address}/preview").text
        assert "Fictional: composed from the worked example" in preview
        assert 'href="/programmes/example-' in preview
        assert 'href="/programmes/asi-v3' not in preview.partition("<main")[2]
        assert publisher.get(f"{address}/preview.pdf").content.startswith(b"%PDF")
        for act in ("publish", "notice"):
            refused = publisher.post(f"{address}/{act}", {"version": "1", "embargo_until": "2026-12-01T09:00"})
            assert (refused.status_code, "demonstration people" in refused.text) == (403, True)
        assert address in publisher.get("/work").text
        assert publisher.get("/publications/2026-11").status_code == 404
    with unit_of_work(engine) as session:
        other = make_person(session, "Somebody Real", "lme", Role.PUBLISHER)
    with client_for(app_for(seeded_sqlite_url, demo=True), engine, other) as real:
        assert address not in real.get("/publishing").text + real.get("/work").text
        for asked in (real.get(address), real.post(f"{address}/set-aside", {"version": "1", "aside": "No."})):
            assert asked.status_code == 404


def test_a_register_with_people_of_its_own_is_no_demonstration(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        make_person(session, "Somebody Real", "lme", Role.DECIDER)
    with pytest.raises(Refusal, match="has people of its own"):
        prepare_demo(engine, now=NOW)
    with reading(engine) as connection:
        assert [line.name for line in everybody(connection)] == ["Somebody Real"]


def test_a_demonstration_password_is_stored_like_any_other(engine: Engine) -> None:
    prepare_demo(engine, now=NOW)
    with reading(engine) as connection:
        found = account(connection, email="lead@demo.invalid")
    assert found is not None
    assert found.password_hash.startswith("$argon2id$")
    assert passwords.password_fits("worked example lead", found.password_hash)
