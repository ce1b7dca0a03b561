"""Following from public pages: a button for people who are signed in, and nothing of it for anybody else."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from alignment.database import make_engine, unit_of_work
from alignment.domain.people import Role
from tests.working import Client, app_for, client_for, make_person

PAGES = ("/coverage?metal=copper", "/programmes/jdds-rmap", "/brands/ls-mnm-gold")


@pytest.fixture(scope="module")
def clients(sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Client]]:
    path = tmp_path_factory.mktemp("following") / "register.sqlite3"
    shutil.copyfile(sqlite_seeded, path)
    engine = make_engine(f"sqlite:///{path}")
    with unit_of_work(engine) as session:
        us = make_person(session, "Petra Producer", "ls-mnm", Role.PRODUCER)
    app = app_for(f"sqlite:///{path}")
    with client_for(app, engine, us) as signed_in, client_for(app, engine) as nobody:
        yield signed_in, nobody
    engine.dispose()


@pytest.mark.parametrize("address", PAGES)
def test_a_button_follows_and_ends_it_and_comes_back_to_where_it_stood(
    clients: tuple[Client, Client], address: str
) -> None:
    us, nobody = clients
    assert "/following" not in nobody.get(address).text
    page = us.get(address)
    assert page.headers["cache-control"] == "no-store"
    sent = dict(re.findall(r'name="(subject|back)" value="([^"]*)"', page.text))
    assert sent["back"] == address
    done = us.post("/following", {**sent, "act": "follow"})
    assert (done.status_code, done.headers["location"]) == (303, address)
    assert "Unfollow" in us.get(address).text
    assert "/following" not in nobody.get(address).text
    assert address.replace("&", "&amp;") in us.get("/following").text
    us.post("/following", {**sent, "act": "unfollow"})
    assert "Unfollow" not in us.get(address).text


def test_what_is_not_there_cannot_be_followed_and_no_form_leads_away(clients: tuple[Client, Client]) -> None:
    us, _ = clients
    assert us.post("/following", {"subject": "metal:mithril"}).status_code == 404
    done = us.post("/following", {"subject": "metal:tin", "back": "https://elsewhere.example"})
    assert done.headers["location"] == "/following"
    assert "Tin" in us.get("/following").text


def test_my_work_leads_a_producer_to_each_brand(clients: tuple[Client, Client]) -> None:
    page = clients[0].get("/work").text
    assert 'href="/records/ls-mnm/brands/ls-mnm-copper-cathode"' in page
    assert "no declaration entered yet" in page


def test_the_front_page_leads_to_open_requirements_brands_and_producers(clients: tuple[Client, Client]) -> None:
    page = clients[1].get("/").text
    for leads in ('action="/coverage#open"', 'href="#make"', 'href="/brands"', 'href="/producers"'):
        assert leads in page
    assert 'id="open"' in clients[1].get("/coverage").text
    assert 'href="/producers"' in clients[1].get("/coverage").text
