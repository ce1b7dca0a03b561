"""A decision that is taken and takes effect later is told wherever people and programs look at an approval."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from alignment.database import reading
from alignment.domain.draft import Written
from alignment.domain.people import Role, Someone
from alignment.exchange.pdf import publication_pdf
from alignment.exchange.publication import publication_csv, publication_markdown
from alignment.queries.drafts import read_composed
from tests.conftest import NOW
from tests.web.test_decisions import app, decider, engine, person, put
from tests.working import Client, Frozen, client_for

__all__ = ["app", "decider", "engine"]

PROGRAMME = "rmi-cobalt"
SAID = "ecided, takes effect on 15 December 2026: suspended"


def decide(client: Client) -> str:
    """A suspension from 15 December 2026, decided today; the id of its entry."""
    assert client.post(f"/decisions/{PROGRAMME}", put(client, effective="2026-12-15")).status_code == 303
    (entry,) = (
        each["id"]
        for each in client.get(f"/api/v1/decisions?programme={PROGRAMME}").json()["items"]
        if each["act"] == "suspended"
    )
    return str(entry)


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/status.csv",
        "/status.json",
        "/status.md",
        f"/programmes/{PROGRAMME}",
        "/coverage?metal=cobalt&stage=refiner",
        "/compare?p=rmi-cobalt&p=asi-v3",
        "/compare.json?p=rmi-cobalt&p=asi-v3",
        f"/api/v1/programmes/{PROGRAMME}",
    ],
)
def test_it_stands_beside_the_approval(app: Frozen, engine: Engine, decider: Someone, address: str) -> None:
    with client_for(app, engine, decider) as client:
        assert SAID not in client.get(address).text
        decide(client)
        assert SAID in client.get(address).text
        # On a day before it was decided, and on the one from which it holds, nothing lies ahead.
        for day in ("2026-11-20", "2026-12-15"):
            dated = f"{address}{'&' if '?' in address else '?'}as_at={day}"
            assert SAID not in client.get(dated).text
        assert SAID in client.get(f"{address}{'&' if '?' in address else '?'}as_at=2026-12-14").text


def test_it_stands_beside_the_approval_on_the_page_of_a_brand(app: Frozen, engine: Engine) -> None:
    other = person(engine, "Ben Decider", Role.DECIDER, declares=("jdds-copper-mark",))
    with client_for(app, engine, other) as client:
        asked = put(client, "jdds-copper-mark", effective="2026-12-15")
        assert client.post("/decisions/jdds-copper-mark", asked).status_code == 303
        assert SAID in client.get("/brands/ls-mnm-copper-cathode").text
        assert SAID not in client.get("/brands/ls-mnm-copper-cathode?as_at=2026-12-15").text


def test_the_page_of_its_programme_has_its_entry_and_the_feed_leads_there(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    with client_for(app, engine, decider) as client:
        entry = decide(client)
        assert f'id="{entry}"' in client.get(f"/programmes/{PROGRAMME}").text
        (ahead,) = client.get(f"/programmes/{PROGRAMME}.json").json()["says"]["state"]["ahead"]
        assert ahead == {"approval": "suspended", "effective": "2026-12-15", "decision_id": entry}
        told = client.get("/feed.json").json()["items"][0]
        assert told["title"] == (
            "RMI Cobalt Refiner Standard: to be suspended from 15 December 2026 by the London Metal Exchange"
        )
        assert told["url"].endswith(f"/programmes/{PROGRAMME}#{entry}")
        row = next(each for each in client.get("/status.json").json()["rows"] if each["programme"] == PROGRAMME)
        assert row["approval_printed"] == "Conditionally approved (published here)"


def test_programs_and_the_ledger_are_told_of_the_same_entries(app: Frozen, engine: Engine, decider: Someone) -> None:
    with client_for(app, engine, decider) as client:
        entry = decide(client)
        one = client.get(f"/api/v1/decisions/{entry}").json()
        assert (one["effective"], one["in_effect"]) == ("2026-12-15", False)
        assert client.get(f"/api/v1/decisions/{entry}?as_at=2026-12-15").json()["in_effect"] is True
        assert "Taking effect later" in client.get("/decisions").text
        assert client.get(f"/api/v1/decisions/{entry}?as_at=2026-11-20").status_code == 404
        before = client.get("/decisions?as_at=2026-11-20").text
        assert f'id="{entry}"' not in before
        assert "11 entries of 12; 1 is of later days" in before


def test_a_market_update_prints_it_with_the_row_and_keeps_the_columns_of_the_lme(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    with client_for(app, engine, decider) as client:
        decide(client)
    written = Written("2026-11", "An update", date(2026, 11, 21), "{table: status}\n")
    with reading(engine) as connection:
        found = read_composed(
            connection, written, waivers={}, embargo=None, now=NOW, policy_age=timedelta(days=365)
        )  # fmt: skip
    content = found.content
    assert content is not None
    assert [each["said"] for each in content["ahead"]] == [f"d{SAID}"]
    assert f"(published here) (d{SAID})" in publication_markdown(content)
    assert SAID not in publication_csv(content)
    assert publication_pdf(content, "https://register.example/publications/2026-11").startswith(b"%PDF")
