"""A condition is decided on a programme that is conditionally approved: by a conditional approval that renews it."""

from __future__ import annotations

from sqlalchemy import Engine

from alignment.domain.people import Someone
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
