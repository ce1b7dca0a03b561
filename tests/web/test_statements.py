"""What others said is entered by the LME's people, chosen in the composer, and corrected by new entries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from alignment.database import make_engine, unit_of_work
from alignment.domain.people import Role, Someone
from tests.conftest import NOW
from tests.web.site import counted_queries
from tests.web.test_publishing import FORM, begin, send, waive_all, words
from tests.working import Client, app_for, client_for, make_person

HOME = "/keeping/statements"
SAID = {
    "said_by": "OECD", "about": "method", "title": "On the tracker", "wording": "quoted",
    "text": "We welcome “open” registers.", "effective": "2026-11", "source": "memo-2024-09",
    "place": "page 3", "certainty": "found", "remark": "",
}  # fmt: skip


@pytest.fixture
def engine(seeded_sqlite_url: str) -> Iterator[Engine]:
    engine = make_engine(seeded_sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def people(engine: Engine) -> dict[str, Someone]:
    with unit_of_work(engine) as session:
        return {
            "publisher": make_person(session, "Paula Publisher", "lme", Role.PUBLISHER),
            "owner": make_person(session, "Olga Owner", "rmi", Role.SCHEME_OWNER),
        }


@pytest.fixture
def client(seeded_sqlite_url: str, engine: Engine, people: dict[str, Someone]) -> Iterator[Client]:
    app = app_for(seeded_sqlite_url, base_url="https://register.example")
    with client_for(app, engine, people["publisher"]) as client:
        yield client


def enter(client: Client, **changes: str) -> str:
    answer = client.post(HOME, {**SAID, **changes})
    assert answer.status_code == 303, words(answer.text)
    return str(answer.headers["location"])


def test_a_statement_that_is_entered_is_chosen_in_the_composer_and_printed_word_for_word(client: Client) -> None:
    address = enter(client)
    id = address.rpartition("/")[2]
    page = words(client.get(address).text)
    assert "“We welcome ‘open’ registers.” OECD, word for word." in page
    assert "Paula Publisher" in page
    assert f'value="{id}"' in client.get("/publishing/new").text
    draft = begin(client, text=f"{FORM['text']}\n{{table: statements}}\n", statements=[id, "comment-uptake"])
    waive_all(client, draft)
    assert send(client, draft).status_code == 303
    for suffix in ("", ".md"):
        said = words(client.get(f"/publications/2026-11{suffix}").text)
        assert "“We welcome ‘open’ registers.”" in said
        assert "word for word" in said
        assert "in our words" in said
    assert "2026" in client.get("/publications/2026-11.json").json()["content"]["statements"][-1]["effective"]


def test_a_correction_is_a_new_entry_and_the_history_says_what_it_changed(client: Client) -> None:
    first = enter(client)
    answer = client.post(first, {**SAID, "wording": "ours", "text": "The OECD welcomes open registers."})
    assert answer.status_code == 303
    second = answer.headers["location"]
    assert second != first
    page = words(client.get(second).text)
    assert "The OECD welcomes open registers. OECD, in our words." in page
    assert page.count("“We welcome ‘open’ registers.”") == 2, "as it was entered, and as it was corrected"
    old = client.get(first).text
    assert f'href="{second}">what stands in its place' in old
    assert "corrected already" in old
    again = client.post(first, SAID)
    assert again.status_code == 409
    assert "correct the newer one" in again.text
    offered = client.get("/publishing/new").text
    assert second.rpartition("/")[2] in offered
    assert f'value="{first.rpartition("/")[2]}"' not in offered


def test_a_seeded_comment_is_corrected_in_the_same_way(client: Client) -> None:
    page = client.get(f"{HOME}/comment-uptake")
    assert page.status_code == 200
    assert "Seed import" in page.text
    assert client.post(f"{HOME}/comment-uptake", SAID).status_code == 303
    assert client.get(HOME).text.count("comment-uptake") == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"said_by": " "}, "Speaker is needed."),
        ({"place": ""}, "Place in it is needed."),
        ({"effective": "2026-11-23"}, "This day lies ahead"),
        ({"effective": "soon"}, "Said: "),
        ({"wording": "ours", "text": "“So.”"}, "say that it is a quotation"),
        ({"source": "nothing"}, "There is no such source"),
        ({"about": "weather"}, "is none of the choices of About"),
    ],
)
def test_what_cannot_be_entered_is_said_beside_its_field_and_stays_as_typed(
    client: Client, changes: dict[str, str], sentence: str
) -> None:
    typed = {**SAID, "title": "Kept <b>title</b>", **changes}
    for address in (HOME, f"{HOME}/comment-uptake"):
        if "about" in changes and address != HOME:
            continue  # what a statement is about stays
        answer = client.post(address, typed)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "Kept &lt;b&gt;title&lt;/b&gt;" in answer.text


def test_pages_take_few_queries_and_are_the_exchanges_own(
    seeded_sqlite_url: str, engine: Engine, people: dict[str, Someone], client: Client
) -> None:
    for address in (HOME, f"{HOME}/new", f"{HOME}/comment-uptake"):
        with counted_queries() as queries:
            assert client.get(address).status_code == 200
        assert len(queries) <= 8, "\n".join(queries)
    assert client.get(f"{HOME}/none").status_code == 404
    assert client.post(f"{HOME}/none", SAID).status_code == 404
    with client_for(app_for(seeded_sqlite_url), engine, people["owner"]) as other:
        assert other.get(HOME).status_code == 403
        assert other.post(HOME, SAID).status_code == 403


def test_an_entry_stands_in_the_chain(engine: Engine, client: Client) -> None:
    id = enter(client).rpartition("/")[2]
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT act, at FROM event ORDER BY seq DESC LIMIT 1").one()
        subject = connection.exec_driver_sql("SELECT subject FROM event ORDER BY seq DESC LIMIT 1").scalar_one()
    assert subject == f"statement:{id}"
    assert (found.act, found.at[:10]) == ("entered", NOW.date().isoformat())
