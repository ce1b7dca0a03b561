"""The log: who may read it, its filters and cursor, its extract as a file, and its verification."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alignment.checking import Verdict, verify_file
from alignment.database import unit_of_work
from alignment.services import ledger
from tests.conftest import NOW
from tests.undertakings import CODE, Desk, desk_on
from tests.web.site import counted_queries


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    with desk_on(sqlite_url) as made:
        yield made


@pytest.mark.parametrize("who", ["lead", "owner", "observer", "producer", "no role"])
@pytest.mark.parametrize("path", ["/log", "/log/verify", "/log/events.jsonl"])
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


RATING = f"rating:the-programme-1/governance/{CODE}"


def noted(desk: Desk, before: Any, after: Any) -> None:
    """A later event of a rating, as a save leaves it."""
    with unit_of_work(desk.engine) as session:
        ledger.record(
            session, actor=desk.world.lead.actor, act="rated", subject=RATING, before=before, after=after, now=NOW
        )


def test_of_a_rating_the_log_tells_what_its_closed_part_made_public_and_no_draft(desk: Desk) -> None:
    noted(desk, {"rationale": "A draft."}, {"rationale": "So it is.", "version": 1})
    noted(desk, {"rationale": "So it is."}, {"rationale": "Not public.", "version": 2})
    noted(desk, None, {"rationale": "Set aside."})
    with desk.act(desk.world.decider) as client:
        page = client.get(f"/log?subject={RATING}").text
        lines = client.get(f"/log/events.jsonl?subject={RATING}").text
        results = client.get("/log?subject=result:").text
    assert page.count("<ins>So it is.</ins>") == 2
    assert page.count("not shown: of a rating the words that stand when its part is closed") == 2
    assert "So it is." in lines
    for hidden in ("A draft.", "Not public.", "Set aside."):
        assert hidden not in page + lines
    assert "<dt>level</dt><dd><ins>fully</ins>" in results
    assert "not shown:" not in results


def test_the_extract_tells_what_the_page_tells_and_is_verified_without_the_register(desk: Desk, tmp_path: Path) -> None:
    (file := tmp_path / "log.jsonl").touch()

    def check(said: str) -> Verdict:
        file.write_text(said)
        return verify_file(file)

    with desk.act(desk.world.administrator) as client:
        whole, some, none = (
            client.get(f"/log/events.jsonl{query}") for query in ("", "?act=rated&actor=Lead", "?act=x")
        )
        assert "/log/events.jsonl?act=rated" in client.get("/log?act=rated").text
    assert whole.headers["content-disposition"] == 'attachment; filename="log.jsonl"'
    assert whole.headers["cache-control"] == "no-store"
    assert "@people.example" not in whole.text
    number = whole.text.count("\n") - 1
    withheld = sum('"after"' not in line for line in whole.text.splitlines()[1:])
    assert 0 < withheld < number
    said = check(whole.text)
    assert said.fault is None
    assert f"{number} of {number} events, every event of the chain is there" in said.said
    assert f"{number - withheld} are told whole and give their hash; {withheld} are told without" in said.said
    assert f"of {number} events, narrowed by act rated, actor Lead: " in check(some.text).said
    assert f"0 of {number} events" in check(none.text).said
    first, *lines = some.text.splitlines(keepends=True)
    for cut, fault in (
        ([first, *lines[:-1]], "it was cut or added to"),
        ([first, lines[0].replace('"act":"rated"', '"act":"Rated"'), *lines[1:]], "its content does not give its hash"),
        ([first, lines[0].replace('"act"', ' "act"')], "line 2 is not written as it was exported"),
        ([first, '{"seq":1}\n'], "line 2 is no event: it needs seq, at, actor, act, subject, previous, hash"),
        ([first, "cut"], "line 2 is no JSON object"),
        (['{"extract":{"events":1}}'], "line 1 does not say what the extract is"),
        ([json.dumps({"extract": 1}, separators=(",", ":"))], "line 1 does not say what the extract is"),
    ):
        assert fault in (check("".join(cut)).fault or "")
