"""People as an administrator manages them on pages, my work, and why somebody can or cannot."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from alignment.database import make_engine, reading, unit_of_work
from alignment.domain.people import ABOUT, RULES, Do, Role, Someone, why_not
from alignment.queries import people as asked
from alignment.services import accounts
from alignment.web.frozen import Frozen
from tests.conftest import NOW
from tests.rounds import a_round
from tests.web.site import counted_queries
from tests.working import (
    ASSESSOR,
    LME,
    OTHER_PROGRAMME,
    OWNER,
    PROGRAMME,
    Client,
    World,
    a_world,
    app_again,
    app_for,
    client_for,
    make_organisation,
    make_person,
)


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    engine = make_engine(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def world(engine: Engine) -> World:
    with unit_of_work(engine) as session:
        return a_world(session)


@pytest.fixture
def app(sqlite_url: str, world: World) -> Frozen:
    return app_again(sqlite_url)


@pytest.fixture
def administrator(app: Frozen, engine: Engine, world: World) -> Iterator[Client]:
    with client_for(app, engine, world.administrator) as client:
        yield client


def page_of(who: Someone) -> str:
    return f"/people/{who.id}"


def action(page: str, ends: str) -> str:
    """The address of the first form whose action ends so."""
    found = re.search(rf'action="([^"]*{ends})"', page)
    assert found is not None, ends
    return html.unescape(found[1])


def version_in(page: str, after: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page.split(f'action="{after}"')[1])
    assert found is not None
    return found[1]


# --- the list --------------------------------------------------------------------------------------


def test_everybody_is_listed_with_roles_and_open_invitations(administrator: Client) -> None:
    page = administrator.get("/people")
    assert page.status_code == 200
    for said in ("Lead", "Assessor, The assessor", "lead@people.example", "No invitation is open"):
        assert said in page.text
    with counted_queries() as queries:
        administrator.get("/people")
    assert len(queries) <= 8, "\n".join(queries)


@pytest.mark.parametrize("path", ["/people", "/people/invite", "/people/sign-ins", "/people/{lead}"])
def test_people_are_the_administrators_business(app: Frozen, engine: Engine, world: World, path: str) -> None:
    path = path.replace("{lead}", world.lead.id)
    with client_for(app, engine, world.decider) as client:
        refused = client.get(path)
        assert refused.status_code == 403
        assert "it takes the role of an administrator" in refused.text
        assert "lead@people.example" not in refused.text


# --- invitations ------------------------------------------------------------------------------------

NORA = {"email": "nora@owner.example", "name": "Nora", "organisation": OWNER, "role": "scheme_owner"}


def test_an_invitation_is_shown_once_listed_and_withdrawn(administrator: Client) -> None:
    made = administrator.post("/people/invite", NORA)
    assert made.status_code == 200
    link = re.search(r"<code>http://127.0.0.1:8000(/account/invitation/[\w-]+)</code>", made.text)
    assert link is not None
    assert administrator.get(link[1]).status_code == 200
    page = administrator.get("/people").text
    assert "nora@owner.example" in page
    assert link[1] not in page
    withdraw = action(page, "/withdraw")
    assert administrator.post(withdraw, {"version": "9"}).status_code == 409
    assert administrator.post(withdraw, {"version": version_in(page, withdraw)}).status_code == 303
    assert administrator.get(link[1]).status_code == 404
    assert administrator.post(withdraw, {"version": "2"}).status_code == 403
    assert administrator.post("/people/invitations/none/withdraw", {"version": "1"}).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "nobody"}, "is no e-mail address"),
        ({"email": "lead@people.example"}, "has an account already"),
        ({"name": ""}, "A name is needed"),
        ({"role": "king"}, "Choose a role"),
        ({"role": "decider"}, "A decider acts for the exchange"),
        ({"organisation": "nowhere"}, "no such organisation"),
        ({"organisation": ""}, "Choose an organisation."),
        (
            {"email": "x", "name": "", "role": "king", "organisation": "nowhere"},
            "is no e-mail address|A name is needed|Choose a role|no such organisation",
        ),
    ],
)
def test_an_invitation_that_cannot_be_made_keeps_what_was_typed(
    administrator: Client, wrong: dict[str, str], said: str
) -> None:
    answer = administrator.post("/people/invite", {**NORA, **wrong})
    assert answer.status_code == 422
    assert [each for each in said.split("|") if each not in answer.text] == []
    assert f'value="{({**NORA, **wrong})["email"]}"' in answer.text


# --- one person -------------------------------------------------------------------------------------


def test_a_persons_page_shows_roles_declarations_and_sign_ins(
    administrator: Client, engine: Engine, world: World
) -> None:
    with unit_of_work(engine) as session:
        accounts.note_try(
            session, email="lead@people.example", person_id=world.lead.id, place="192.0.2.1", outcome="refused", now=NOW
        )
    with counted_queries() as queries:
        page = administrator.get(page_of(world.lead))
    assert len(queries) <= 10, "\n".join(queries)
    for said in ("Assessor", "The assessor", "The programme", "No interest", "Refused", "192.0.2.1"):
        assert said in page.text


def test_nobody_has_no_page(administrator: Client) -> None:
    assert administrator.get("/people/nobody").status_code == 404
    for act in ("roles", "deactivate", "reactivate", "reset"):
        fields = {"role": "observer", "organisation": LME, "version": "1"}
        assert administrator.post(f"/people/nobody/{act}", fields).status_code == 404
    assert administrator.post("/people/nobody/roles/none/end", {"version": "1"}).status_code == 404


def test_a_role_is_given_from_a_day_to_a_day_and_ended(administrator: Client, engine: Engine, world: World) -> None:
    fields = {"role": "observer", "organisation": LME, "since": "2026-11-21", "until": "2026-11-30"}
    assert administrator.post(f"{page_of(world.no_role)}/roles", fields).status_code == 303
    with reading(engine) as connection:
        page = asked.person_page(connection, world.no_role.id)
    assert page is not None
    (role,) = page.person.roles
    assert (role.since, role.until) == (NOW, NOW.replace(month=12, day=1, hour=0, minute=0))
    end = f"{page_of(world.no_role)}/roles/{role.id}/end"
    assert administrator.post(end, {"version": "7"}).status_code == 409
    assert administrator.post(end, {"version": "1"}).status_code == 303
    assert administrator.post(end, {"version": "2"}).status_code == 403


def test_a_role_may_begin_later(administrator: Client, engine: Engine, world: World) -> None:
    fields = {"role": "observer", "organisation": LME, "since": "2026-12-24"}
    administrator.post(f"{page_of(world.no_role)}/roles", fields)
    with reading(engine) as connection:
        for day, held in ((23, False), (24, True)):
            someone = asked.someone(connection, world.no_role.id, "", NOW.replace(month=12, day=day))
            assert someone.is_a(Role.OBSERVER) is held


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"since": "2026-11-20"}, "A role begins today or later"),
        ({"since": "soon"}, "is no day"),
        ({"until": "9999-12-31"}, "between 1990-01-01"),
        ({"since": "2026-12-24", "until": "2026-12-01"}, "ends after it begins"),
        ({"role": ""}, "Choose a role"),
        ({"role": "assessor", "organisation": LME}, "cannot be made an assessor"),
    ],
)
def test_a_role_that_cannot_be_given_says_why(
    administrator: Client, world: World, wrong: dict[str, str], said: str
) -> None:
    fields = {"role": "publisher", "organisation": LME, **wrong}
    answer = administrator.post(f"{page_of(world.decider)}/roles", fields)
    assert answer.status_code == 422
    assert said in answer.text


def test_an_account_is_deactivated_and_reactivated(
    administrator: Client, app: Frozen, engine: Engine, world: World
) -> None:
    page = administrator.get(page_of(world.lead)).text
    act = f"{page_of(world.lead)}/deactivate"
    with client_for(app, engine, world.lead) as lead:
        assert administrator.post(act, {"version": "0"}).status_code == 409
        assert lead.get("/work").status_code == 200
        assert administrator.post(act, {"version": version_in(page, act)}).status_code == 303
        assert lead.get("/work").status_code == 303
    assert "Nobody can sign in as this person" in administrator.get(page_of(world.lead)).text
    assert administrator.post(f"{page_of(world.lead)}/reactivate").status_code == 303


def test_the_last_administrator_cannot_be_deactivated(administrator: Client, world: World) -> None:
    page = administrator.get(page_of(world.administrator)).text
    act = f"{page_of(world.administrator)}/deactivate"
    refused = administrator.post(act, {"version": version_in(page, act)})
    assert refused.status_code == 403
    assert "last administrator" in refused.text


def test_a_reset_shows_a_link_once(administrator: Client, world: World) -> None:
    answer = administrator.post(f"{page_of(world.lead)}/reset")
    assert "Signed out everywhere" in answer.text
    assert "/account/invitation/" in answer.text
    assert "A new password" in administrator.get("/people").text


# --- the sign-in log ----------------------------------------------------------------------------------


def test_the_sign_in_log_is_paged_and_filtered(administrator: Client, engine: Engine) -> None:
    assert "No sign-in is recorded yet" in administrator.get("/people/sign-ins").text
    with unit_of_work(engine) as session:
        for number in range(60):
            accounts.note_try(
                session, email=f"{number % 2}@x.example", person_id=None, place=f"192.0.2.{number}",
                outcome="refused", now=NOW + timedelta(seconds=number),
            )  # fmt: skip
    first = administrator.get("/people/sign-ins").text
    assert first.count("x.example") == 50
    older = re.search(r'href="([^"]*)" rel="next"', first)
    assert older is not None
    second = administrator.get(html.unescape(older[1])).text
    assert second.count("@x.example") == 10
    assert "192.0.2.9<" in second
    one = administrator.get("/people/sign-ins?email=1@x.example").text
    assert one.count("1@x.example</") == 30
    assert "0@x.example" not in one
    assert "No such try" in administrator.get("/people/sign-ins?email=nobody@x.example").text


# --- my work ----------------------------------------------------------------------------------------------


def work_of(app: Frozen, engine: Engine, who: Someone) -> str:
    with client_for(app, engine, who) as client, counted_queries() as queries:
        page = client.get("/work")
        assert page.status_code == 200
        assert len(queries) <= 17, "\n".join(queries)
    return page.text


def test_my_work_shows_the_sections_of_ones_roles(app: Frozen, engine: Engine, world: World) -> None:
    assert "Your rounds" in work_of(app, engine, world.lead)
    decider = work_of(app, engine, world.decider)
    assert "Decisions due" in decider
    assert "Your rounds" not in decider
    administrator = work_of(app, engine, world.administrator)
    assert "Open invitations" in administrator
    assert "Nobody has an invitation" in administrator


def test_my_work_says_what_to_do_without_a_role(app: Frozen, engine: Engine, world: World) -> None:
    page = work_of(app, engine, world.no_role)
    assert "ask an administrator" in page


def test_my_work_lists_declarations_that_are_missing(app: Frozen, engine: Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        new = make_person(session, "New", ASSESSOR, Role.ASSESSOR, declares=[PROGRAMME])
    page = work_of(app, engine, new)
    assert f"/account/declarations?programme={OTHER_PROGRAMME}" in page
    assert f"/account/declarations?programme={PROGRAMME}" not in page
    assert "You have declared your interests for every programme" in work_of(app, engine, world.lead)


def test_my_work_lists_open_invitations(administrator: Client) -> None:
    administrator.post("/people/invite", NORA)
    assert "Nora, nora@owner.example" in administrator.get("/work").text


def test_my_work_lists_what_is_due_and_what_grows_old(seeded_sqlite_url: str) -> None:
    engine = make_engine(seeded_sqlite_url)
    with unit_of_work(engine) as session:
        decider = make_person(session, "Dee", "lme", Role.DECIDER)
    page = work_of(app_for(seeded_sqlite_url), engine, decider)
    engine.dispose()
    assert "RMI Tin and Tantalum" in page.split("Declarations to file")[0]
    assert "Facts that grow old" in page
    assert "nothing newer than" in page


# --- why can I not ---------------------------------------------------------------------------------------


def test_every_act_is_answered_with_its_reason(app: Frozen, engine: Engine, world: World) -> None:
    with client_for(app, engine, world.lead) as client:
        page = client.get("/work/why")
        assert page.status_code == 200
        for act in RULES.keys() - {Do.KEEP_BRAND, Do.SEE_RECORD}:  # of producers there is none to choose
            assert act.said.capitalize() in html.unescape(page.text)
        assert "an assessor never does this" in page.text
        told = html.unescape(page.text).split("What depends on your choice above")[1].split("What you cannot do")[0]
        assert "Open a round</span><span>It depends on the programme: choose one above." in told
        assert "Rate a criterion</span><span>It depends on the stage of the part: choose the round and its part" in told
    with client_for(app, engine, world.owner) as client:
        told = client.get("/work/why").text.split("What you cannot do")
        assert "See the work on a round" in told[0]
        assert "Rate a criterion" in told[1]


def test_the_reasons_are_those_for_the_chosen_programme(app: Frozen, engine: Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        biased = make_person(session, "Biased", ASSESSOR, Role.ASSESSOR, interest_in=[PROGRAMME])
    with client_for(app, engine, biased) as client, counted_queries() as queries:
        page = client.get(f"/work/why?programme={PROGRAMME}")
        assert "You cannot open a round: you declared an interest in this programme." in page.text
    assert len(queries) <= 8, "\n".join(queries)
    with client_for(app, engine, world.lead) as client:
        page = client.get(f"/work/why?programme={PROGRAMME}")
        assert "Open a round" in page.text.split("What you cannot do")[0]
    with client_for(app, engine, world.other_assessor) as client:
        page = client.get(f"/work/why?programme={PROGRAMME}")
        assert "the LME has not approved this organisation as an assessor" in page.text


def test_what_is_about_no_programme_is_the_same_whichever_is_chosen(app: Frozen, engine: Engine, world: World) -> None:
    for role in (Role.ADMINISTRATOR, Role.DECIDER, Role.PUBLISHER, Role.ASSESSOR):
        with unit_of_work(engine) as session:
            make_organisation(session, "example-lme", "exchange")
            house = "example-house" if role is Role.ASSESSOR else "example-lme"
            demonstrator = make_person(session, f"Demo {role.value}", house, role)
        with client_for(app, engine, demonstrator) as client:
            pages = [html.unescape(client.get(f"/work/why{query}").text) for query in ("", f"?programme={PROGRAMME}")]
            log = client.get("/log").status_code
        able = [set(re.findall(r"</svg> ([^<]+)</span><span>Yes", page)) for page in pages]
        of_nothing = RULES.keys() - ABOUT.keys() - {Do.KEEP_BRAND, Do.SEE_RECORD}
        assert able[1] == {act.said.capitalize() for act in of_nothing if why_not(demonstrator, act) is None}
        assert able[1] <= able[0]
        assert ("Read the log" in able[1]) == (log == 200)
        assert "ask an administrator for a role" not in pages[1]
        assert "You cannot open a round: demonstration people act on the worked example alone." in pages[1]
    with client_for(app, engine, world.people["no role"]) as client:
        assert "ask an administrator for a role" in client.get(f"/work/why?programme={PROGRAMME}").text


def test_a_round_is_of_its_own_programme_whichever_else_is_named(app: Frozen, engine: Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        found = a_round(session, world)
    with client_for(app, engine, world.lead) as client:
        page = client.get(f"/work/why?programme={OTHER_PROGRAMME}&round={found.id}").text
        assert page == client.get(f"/work/why?programme={PROGRAMME}&round={found.id}").text
    assert f'<option value="{PROGRAMME}" selected>' in page
    assert f'<option value="{OTHER_PROGRAMME}" selected>' not in page


@pytest.mark.parametrize(
    ("query", "status"),
    [("programme=nowhere", 404), ("round=nowhere", 404), ("part=moon", 400), ("part=standards", 200)],
)
def test_what_cannot_be_chosen_is_said(app: Frozen, engine: Engine, world: World, query: str, status: int) -> None:
    with client_for(app, engine, world.lead) as client:
        assert client.get(f"/work/why?{query}").status_code == status


@pytest.mark.parametrize("path", ["/work", "/work/why", "/account", "/people"])
def test_working_pages_are_never_kept_and_in_no_search_engine(administrator: Client, path: str) -> None:
    page = administrator.get(path)
    assert page.headers["cache-control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in page.text
    assert 'aria-current="page"' in page.text or path == "/work/why"


def test_the_navigation_holds_what_the_visitor_can_open(app: Frozen, engine: Engine, world: World) -> None:
    for name, who in world.people.items():
        with client_for(app, engine, who) as client:
            page = client.get("/work").text
            nav: Any = re.search(r'<nav aria-label="Working area">(.*?)</nav>', page, re.DOTALL)
            for address in re.findall(r'href="([^"]+)"', nav[1]):
                assert client.get(address).status_code == 200, (name, address)
