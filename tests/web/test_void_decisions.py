"""A decider declares an entry void that was made by mistake, and every public page and format follows."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine

from alignment.domain.people import Role, Someone
from tests.web.test_decisions import app, decider, engine, person, put
from tests.working import Client, Frozen, app_for, client_for

__all__ = ["app", "decider", "engine"]

PROGRAMME = "rmi-cobalt"
FIRST = "rmi-cobalt-conditional"
MISTAKE = "It was meant for another programme."


def void(client: Client, entry: str = FIRST, **given: str) -> dict[str, str]:
    said = {"act": "void", "corrects": entry, "effective": "by 2024-09-30", "reason": MISTAKE}
    return put(client, **{**said, **given})


def test_the_ledger_leads_to_a_form_that_asks_for_the_reason_alone(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    with client_for(app, engine, decider) as client:
        assert f"?corrects={FIRST}&amp;act=void#decide" in client.get(f"/decisions/{PROGRAMME}").text
        page = client.get(f"/decisions/{PROGRAMME}?corrects={FIRST}&act=void").text
        assert "Declare it void if it was entered by mistake" in page
        assert 'name="effective" value="by 2024-09-30"' in page
        assert 'name="against_advice"' not in page
        again = client.get(f"/decisions/{PROGRAMME}?corrects={FIRST}&act=approved&effective=2024-10").text
        assert 'value="2024-10"' in again
        for asked in ("act=void", "act=void&corrects=nowhere"):
            assert 'name="against_advice"' in client.get(f"/decisions/{PROGRAMME}?{asked}").text


def test_a_preview_says_that_the_row_goes_and_keeps_what_was_typed(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    with client_for(app, engine, decider) as client:
        page = client.post(f"/decisions/{PROGRAMME}", void(client, do="preview", published_link="https://lme.example"))
        assert page.status_code == 200
        said = "has no row any more: Conditionally approved (published here) before, not decided yet afterwards"
        assert said in page.text
        assert '<span class="dim">empty</span>' not in page.text
        assert MISTAKE in page.text
        assert 'value="https://lme.example"' in page.text
        assert "11 entries of 11" in client.get("/decisions").text


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reason": ""}, "A decision needs its reason"),
        ({"effective": "2024-10-01"}, "void from its own day, which is by September 2024"),
        ({"corrects": "nowhere"}, "no such entry in force"),
        ({"condition": "Repair", "condition_due": ""}, "it sets no condition"),
    ],
)
def test_what_does_not_hold_is_said_and_what_was_typed_is_kept(
    app: Frozen, engine: Engine, decider: Someone, given: dict[str, str], sentence: str
) -> None:
    with client_for(app, engine, decider) as client:
        page = client.post(f"/decisions/{PROGRAMME}", void(client, published_link="https://typed.example", **given))
        assert page.status_code == 422
        assert page.text.count(sentence) == 2, "at the head of the page, and beside the field"
        assert "https://typed.example" in page.text
        assert "11 entries of 11" in client.get("/decisions").text


def test_every_page_and_format_says_that_it_never_held(app: Frozen, engine: Engine, decider: Someone) -> None:
    with client_for(app, engine, decider) as client:
        assert client.post(f"/decisions/{PROGRAMME}", void(client)).status_code == 303
        public = client.get("/decisions").text
        assert "12 entries" in public
        assert "<s><b>Conditionally approved.</b> Reason given: The LME continues to recognise" in public
        assert "declared void</a> on <time" in public
        assert f"by the London Metal Exchange. Reason given: {MISTAKE}" in public
        assert f'<b>Entry declared void: <a href="#{FIRST}">Conditionally approved,' in public
        assert "Ada Decider" not in public
        assert "Ada Decider" in client.get(f"/decisions/{PROGRAMME}").text
        page = client.get(f"/programmes/{PROGRAMME}").text
        assert f'href="/decisions?programme={PROGRAMME}#{FIRST}"' in page
        assert "Not decided yet" in page
        for path in ("/status.csv", "/status.json", "/status.md"):
            assert "Cobalt" not in client.get(path).text
        row = client.get(f"/api/v1/decisions?programme={PROGRAMME}").json()["items"][0]
        assert (row["act"], row["corrects"], row["reason"]) == ("void", FIRST, MISTAKE)
        assert "declared void by the London Metal Exchange" in client.get("/feed.atom").text
        assert "entry declared void" in client.get("/search?q=another+programme").text
        assert "Entry declared void" in client.get(f"/programmes/{PROGRAMME}/changes/2024-01-01..2026-12-31").text
        assert "declared void" in client.get("/changes/2024-01-01..2026-12-31").text


def test_what_was_declared_void_by_mistake_comes_back_with_its_conditions(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    with client_for(app, engine, decider) as client:
        client.post(f"/decisions/{PROGRAMME}", put(client, condition="Repair the method", condition_due="2027-03-01"))
        suspended = re.findall(rf"corrects=({PROGRAMME}-suspended-\w+)", client.get(f"/decisions/{PROGRAMME}").text)[0]
        client.post(f"/decisions/{PROGRAMME}", void(client, suspended, effective="2026-11-21"))
        page = client.get(f"/decisions/{PROGRAMME}").text
        assert "fell away" in page
        assert "No entry in force has a condition" in page
        ((entry, asked),) = re.findall(r'href="\?corrects=([^&]+)&amp;([^"#]+)#decide">It was no mistake', page)
        asked = asked.replace("&amp;", "&")
        form = client.get(f"/decisions/{PROGRAMME}?corrects={entry}&{asked}").text
        assert 'name="condition" value="Repair the method"' in form
        assert 'value="2027-03-01"' in form
        again = put(client, corrects=entry, condition="Repair the method", condition_due="2027-03-01")
        assert client.post(f"/decisions/{PROGRAMME}", again).status_code == 303
        assert "Approval suspended" in client.get(f"/programmes/{PROGRAMME}").text


def test_with_a_quorum_of_two_the_other_decider_reads_what_is_to_be_void(
    engine: Engine, seeded_sqlite_url: str, decider: Someone
) -> None:
    app = app_for(seeded_sqlite_url, quorum=2)
    other = person(engine, "Ben Decider", Role.DECIDER, declares=(PROGRAMME,))
    with client_for(app, engine, decider) as client:
        client.post(f"/decisions/{PROGRAMME}", void(client))
        assert "has no row any more" in client.get(f"/decisions/{PROGRAMME}?preview=proposal").text
    with client_for(app, engine, other) as client:
        assert "vote on “Entry declared void”" in client.get("/work").text
        page = client.get(f"/decisions/{PROGRAMME}").text
        assert "Entry declared void: Conditionally approved" in page
        proposal = page.split('name="proposal" value="')[1].split('"')[0]
        done = client.post(f"/decisions/{PROGRAMME}/vote", {"proposal": proposal, "vote": "for"})
        assert done.status_code == 303
        assert "12 entries" in client.get("/decisions").text
