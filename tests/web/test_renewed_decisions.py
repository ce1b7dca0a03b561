"""A condition is decided on a programme that is conditionally approved: by a conditional approval that renews it."""

from __future__ import annotations

from sqlalchemy import Engine

from alignment.domain.people import Someone
from alignment.prepare import load_example
from tests.conftest import NOW
from tests.web.test_decisions import app, decider, engine, put
from tests.working import Frozen, client_for

__all__ = ["app", "decider", "engine"]

PROGRAMME = "rmi-cobalt"
RENEWAL = {
    "act": "conditionally_approved", "reason": "The audits were found thin.", "condition": "Send audits again",
    "condition_due": "2027-03-01",
}  # fmt: skip


def test_a_conditional_approval_is_renewed_with_a_new_condition_and_stands_since_its_first_day(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    with client_for(app, engine, decider) as client:
        before = client.get("/status.json").json()["rows"]
        form = client.get(f"/decisions/{PROGRAMME}").text
        assert '<option value="conditionally_approved">Conditionally approved</option>' in form
        assert "To set a further condition, approve conditionally again" in form
        assert client.post(f"/decisions/{PROGRAMME}", put(client, **RENEWAL)).status_code == 303
        page = client.get(f"/decisions/{PROGRAMME}").text
        assert "Send audits again" in page.split('id="set-conditions"')[1]
        (then, now) = (
            next(each for each in rows if each["programme"] == PROGRAMME)
            for rows in (before, client.get("/status.json").json()["rows"])
        )
        assert (now["approval"], now["effective_since"]) == (then["approval"], then["effective_since"])
        public = client.get(f"/programmes/{PROGRAMME}").text
        assert "The audits were found thin. Conditions: Send audits again, by 1 March 2027." in public


def test_an_approval_in_full_is_not_renewed(app: Frozen, engine: Engine, decider: Someone) -> None:
    with client_for(app, engine, decider) as client:
        full = put(client, act="approved", against_advice="It is enough.", reason="It is enough.")
        assert client.post(f"/decisions/{PROGRAMME}", full).status_code == 303
        answer = client.post(f"/decisions/{PROGRAMME}", put(client, act="approved", against_advice="Again."))
        assert answer.status_code == 422
        assert "“Approved” does not follow" in answer.text


def test_the_list_of_the_deciders_judges_first_what_stands(app: Frozen, engine: Engine, decider: Someone) -> None:
    with client_for(app, engine, decider) as client:
        page = client.get("/decisions/due").text
        copper = page.split('href="/decisions/jdds-copper-mark"')[1].split("</tr>")[0]
        assert "Approved, which stands: <b>supported</b>; the overall result is fully aligned" in copper
        assert "Also supported: Conditionally approved: the standards part is fully aligned" in copper
        cobalt = page.split('href="/decisions/rmi-cobalt"')[1].split("</tr>")[0]
        assert "Conditionally approved, which stands: <b>supported</b>; the standards part is fully aligned" in cobalt
        assert "Also supported: Not approved: the overall result is partially aligned" in cobalt
        assert "Conditionally approved, which stands" in client.get("/decisions/rmi-cobalt").text


def test_nothing_fictional_is_offered_for_what_is_real(app: Frozen, engine: Engine, decider: Someone) -> None:
    load_example(engine, now=NOW)
    with client_for(app, engine, decider) as client:
        for address in ("/decisions/rmi-cobalt/record", "/monitoring"):
            page = client.get(address).text
            assert '<option value="memo-2024-09"' in page
            assert '<option value="example-' not in page
