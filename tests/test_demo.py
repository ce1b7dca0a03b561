"""The demonstration: one person a role, on the worked example alone, and only where it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from alignment.database import make_engine, reading, unit_of_work
from alignment.demo import DEMONSTRATORS, prepare_demo
from alignment.domain.people import Role
from alignment.domain.refusal import Refusal
from alignment.queries.people import account, everybody, someone
from alignment.queries.work import sections
from alignment.services import people
from tests.conftest import NOW
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
        (waits, *_) = sections(connection, someone(connection, lead.id, "", NOW), NOW, timedelta(days=365))
        assert waits.items[0].address == "/rounds/example-delta-1/standards"
    assert interests
    assert all(programme.startswith("example-") for programme in interests)


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
    assert people.password_fits("worked example lead", found.password_hash)
