"""The log: who may read it, its filters and cursor, the chain as a file, and its verification."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.undertakings import Desk, desk_on
from tests.web.site import counted_queries


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    with desk_on(sqlite_url) as made:
        yield made


@pytest.mark.parametrize("who", ["lead", "owner", "observer", "producer", "no role"])
@pytest.mark.parametrize("path", ["/log", "/log/verify"])
def test_only_the_lme_and_administrators_read_the_log(desk: Desk, who: str, path: str) -> None:
    with desk.act(desk.world.people[who]) as client:
        assert client.get(path).status_code == 403


@pytest.mark.parametrize("who", ["administrator", "decider", "publisher"])
def test_the_log_shows_who_did_what_in_few_queries(desk: Desk, who: str) -> None:
    desk.undertake()
    with desk.act(desk.world.people[who]) as client, counted_queries() as asked:
        page = client.get("/log")
    assert len(asked) <= 8
    assert "corrective_action:" in page.text
    assert "Lead" in page.text


def test_the_log_is_filtered_and_read_from_a_cursor(desk: Desk) -> None:
    desk.undertake()
    with desk.act(desk.world.administrator) as client:
        assert "corrective_action:" not in client.get("/log?act=rated").text
        assert "corrective_action:" in client.get("/log?subject=corrective_action:&actor=lead").text
        assert "No event fits" in client.get("/log?since=2026-11-22").text
        assert 'id="event-1"' not in client.get("/log").text
        assert 'id="event-1"' in client.get("/log?before=50").text
        assert client.get("/log?before=x").status_code == 400
        assert client.get("/log?since=yesterday").status_code == 400


def test_the_chain_is_verified_on_the_page(desk: Desk) -> None:
    with desk.act(desk.world.administrator) as client:
        assert "The chain is whole" in client.get("/log/verify").text
