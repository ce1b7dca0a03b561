"""The register as its keepers meet it on pages: forms, errors beside fields, clashes, history, assessors."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Engine

from alignment.database import make_engine, reading, unit_of_work
from alignment.domain.keeping import METALS, NOUNS, STANDARDS
from alignment.domain.people import Role, Someone
from alignment.tables import kept
from alignment.web.frozen import Frozen
from tests.conftest import NOW
from tests.web.site import counted_queries
from tests.working import Client, app_again, client_for, make_person


@pytest.fixture
def engine(seeded_sqlite_url: str) -> Iterator[Engine]:
    engine = make_engine(seeded_sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def people(engine: Engine) -> dict[str, Someone]:
    with unit_of_work(engine) as session:
        return {
            "decider": make_person(session, "Dee Decider", "lme", Role.DECIDER),
            "publisher": make_person(session, "Pau Publisher", "lme", Role.PUBLISHER),
            "owner": make_person(session, "Oona Owner", "rmi", Role.SCHEME_OWNER),
        }


@pytest.fixture
def app(seeded_sqlite_url: str, people: dict[str, Someone]) -> Frozen:
    return app_again(seeded_sqlite_url, clock=lambda: NOW + timedelta(minutes=1))  # the facts were learned before


@pytest.fixture
def keeper(app: Frozen, engine: Engine, people: dict[str, Someone]) -> Iterator[Client]:
    with client_for(app, engine, people["decider"]) as client:
        yield client


def form(page: str, action: str) -> dict[str, Any]:
    """What a browser would send for a form as it stands on a page."""
    inside = page.split(f'method="post" action="{action}"')[1].split("</form>")[0]
    sent: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", inside):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name is None or (('type="radio"' in tag or 'type="checkbox"' in tag) and " checked" not in tag):
            continue
        typed = html.unescape(value[1] if value else "")
        if 'type="checkbox"' in tag:
            sent.setdefault(name[1], []).append(typed)
        else:
            sent[html.unescape(name[1])] = typed
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', inside, re.DOTALL):
        sent[name] = html.unescape(text)
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', inside, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        sent[html.unescape(name)] = chosen[1] if chosen else ""
    return sent


def stored(engine: Engine, noun: Any, id: str) -> tuple[dict[str, Any], int]:
    with reading(engine) as connection:
        found = kept.told(connection, noun, id)
    assert found is not None
    return found


def test_the_overview_leads_to_everything_that_is_kept(keeper: Client) -> None:
    page = keeper.get("/keeping").text
    for noun in NOUNS:
        assert f'href="/keeping/{noun.id}"' in page
        listed = keeper.get(f"/keeping/{noun.id}")
        assert listed.status_code == 200
    assert "10 programmes" in page


@pytest.mark.parametrize("noun", [noun.id for noun in NOUNS])
def test_every_record_has_a_page_that_sent_as_it_stands_changes_nothing(
    keeper: Client, engine: Engine, noun: str
) -> None:
    listed = keeper.get(f"/keeping/{noun}").text
    addresses = re.findall(rf'href="(/keeping/{noun}/(?!new)[^"]+)"', listed)
    assert addresses
    for address in addresses[:: max(1, len(addresses) // 4)]:
        with counted_queries() as queries:
            page = keeper.get(address)
        assert page.status_code == 200, address
        assert len(queries) <= 9, "\n".join(queries)
        assert "Seed import" in page.text
        sent = form(page.text, address)
        assert keeper.post(address, sent).status_code == 303, address
        assert "version 1<" in keeper.get(address).text, "nothing was stored"


def test_a_change_is_stored_and_stands_in_the_history(keeper: Client, engine: Engine) -> None:
    sent = form(keeper.get("/keeping/metals/tin").text, "/keeping/metals/tin")
    assert keeper.post("/keeping/metals/tin", {**sent, "remark": "Seen again <b>today</b>."}).status_code == 303
    assert stored(engine, METALS, "tin")[0]["remark"] == "Seen again <b>today</b>."
    page = keeper.get("/keeping/metals/tin").text
    assert "version 2" in page
    history = page.split('id="history"')[1]
    assert "Dee Decider" in history
    assert "<ins>Seen again &lt;b&gt;today&lt;/b&gt;.</ins>" in history


def test_a_scope_holds_from_the_day_that_is_said_and_every_view_obeys_it(keeper: Client) -> None:
    address = "/keeping/programmes/jdds-copper-mark"
    sent = form(keeper.get(address).text, address)
    assert (sent["holds"], sent["since"]) == ("since", NOW.date().isoformat())
    changed = {**sent, "metal:copper": "excluded", "condition:copper": "", "short_name": "Mark of 2025",
               "since": "2025-06-01"}  # fmt: skip
    assert keeper.post(address, changed).status_code == 303
    history = keeper.get(address).text.split('id="history"')[1]
    assert "holds from 1 June 2025" in history

    def shown(path: str, more: str) -> tuple[bool, bool]:
        found = keeper.get(f"{path}{more}")
        assert found.status_code == 200
        return ("Mark of 2025" in found.text, "copper is excluded" in found.text)

    day_before, then, known = "as_at=2025-05-31", "as_at=2025-06-01", f"known_at={quote(NOW.isoformat())}"
    assert shown("/coverage?metal=copper&", day_before) == (False, False)
    assert shown("/coverage?metal=copper&", then) == (True, True)
    assert shown("/coverage?metal=copper&", f"{then}&{known}") == (False, False)
    for path in ("/compare?p=jdds-copper-mark&p=jdds-rmap&", "/programmes/jdds-copper-mark?"):
        assert [shown(path, each)[0] for each in (day_before, then, f"{then}&{known}")] == [False, True, False], path

    for asked, among in ((day_before, True), (then, False), (f"{then}&{known}", True)):
        rows = keeper.get(f"/status.json?metal=copper&{asked}").json()["rows"]
        assert ("jdds-copper-mark" in {each["programme"] for each in rows}) is among, asked


def test_a_mistake_that_is_put_right_is_told_from_a_change(keeper: Client) -> None:
    address = "/keeping/organisations/rmi"
    sent = form(keeper.get(address).text, address)
    changed = {**sent, "name": "The Initiative", "holds": "always", "since": ""}
    assert keeper.post(address, changed).status_code == 303
    assert "a mistake put right: it was always so" in keeper.get(address).text
    programme = "/programmes/rmi-cobalt"
    assert "The Initiative" in keeper.get(f"{programme}?as_at=2024-09-30").text
    assert "The Initiative" not in keeper.get(f"{programme}?known_at={quote(NOW.isoformat())}").text


@pytest.mark.parametrize(
    ("address", "name", "views"),
    [
        ("organisations/rmi", "Initiative by another name",
         ("/programmes/rmi-cobalt", "/api/v1/actions")),
        ("organisations/ec", "The Commission by another name",
         ("/programmes/rmi-tin-tantalum", "/api/v1/recognitions", "/api/v1/events")),
        ("programmes/rmi-cobalt", "Cobalt by another name",
         ("/compare?p=rmi-cobalt&p=rmi-all-minerals", "/sources/memo-2024-09", "/api/v1/events", "/search?q=cobalt")),
        ("standards/asi-performance-standard-v3", "Standard by another name", ("/programmes/asi-v3",)),
        ("processes/rmap", "Process by another name", ("/programmes/rmi-cobalt",)),
    ],
)  # fmt: skip
def test_every_view_has_the_names_of_its_day_as_known_at_its_moment(
    keeper: Client, address: str, name: str, views: Sequence[str]
) -> None:
    field = "short_name" if address.startswith("programmes") else "name"
    sent = form(keeper.get(f"/keeping/{address}").text, f"/keeping/{address}")
    assert keeper.post(f"/keeping/{address}", {**sent, field: name, "since": "2026-11-20"}).status_code == 303
    before, then = "as_at=2026-11-19", "as_at=2026-11-20"
    for view in views:
        asked = f"{view}{'&' if '?' in view else '?'}"
        for dates, new in ((before, False), (then, True), (f"{then}&known_at={quote(NOW.isoformat())}", False)):
            answer = keeper.get(f"{asked}{dates}")
            assert answer.status_code == 200, view
            assert (name in answer.text) is new, (view, dates)


@pytest.mark.parametrize(
    ("since", "said"),
    [("", "This day is needed"), ("soon", "“soon” is no day"), ("2026-12-01", "that day is still to come")],
)
def test_a_day_from_which_a_change_cannot_hold_is_said_beside_its_field(keeper: Client, since: str, said: str) -> None:
    address = "/keeping/organisations/rmi"
    sent = form(keeper.get(address).text, address)
    answer = keeper.post(address, {**sent, "name": "Another name", "since": since})
    assert answer.status_code == 422
    assert said in answer.text.split('id="since-error"')[1][:200]
    again = form(answer.text, address)
    assert (again["name"], again["since"], again["holds"]) == ("Another name", since, "since")


def test_a_record_whose_fields_have_no_days_asks_for_none(keeper: Client) -> None:
    assert 'name="holds"' not in keeper.get("/keeping/metals/tin").text


def test_a_clash_shows_both_and_the_form_keeps_ones_own(keeper: Client, engine: Engine) -> None:
    address = "/keeping/metals/tin"
    sent = form(keeper.get(address).text, address)
    keeper.post(address, {**sent, "remark": "Theirs."})
    clash = keeper.post(address, {**sent, "remark": "Mine.", "place": "page 9"})
    assert clash.status_code == 409
    assert "Somebody else changed this while you were writing" in clash.text
    for said in ("Theirs.", "Mine.", "page 9"):
        assert said in clash.text
    again = form(clash.text, address)
    assert (again["remark"], again["version"]) == ("Mine.", "2")
    taken = form(keeper.post(address, {**sent, "place": "page 9"}).text, address)
    assert (taken["remark"], taken["place"]) == ("Theirs.", "page 9")
    assert stored(engine, METALS, "tin")[0]["remark"] == "Theirs."
    assert keeper.post(address, {**again, "remark": "Theirs. Mine."}).status_code == 303
    assert stored(engine, METALS, "tin")[0]["remark"] == "Theirs. Mine."


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Name is needed."),
        ({"name": "x" * 301}, "at most 300 characters"),
        ({"issued": "soon"}, "is no date"),
        ({"source": "nowhere"}, "there is no record"),
        ({"certainty": "certainly"}, "none of the choices"),
        ({"owners": []}, "Owned by is needed."),
        ({"owners": [], "supersedes": "nowhere"}, "Owned by is needed.|there is no record “nowhere”"),
        ({"supersedes": "asi-performance-standard-v3"}, None),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_what_was_typed_stays(
    keeper: Client, engine: Engine, wrong: dict[str, Any], said: str | None
) -> None:
    listed = keeper.get("/keeping/standards").text
    address = re.findall(r'href="(/keeping/standards/(?!new)[^"]+)"', listed)[0]
    id = address.rpartition("/")[2]
    before = stored(engine, STANDARDS, id)
    if said is None:
        wrong, said = {"supersedes": id}, "circle"
    answer = keeper.post(address, {**form(keeper.get(address).text, address), "summary": "Kept words.", **wrong})
    assert answer.status_code == 422
    assert [each for each in said.split("|") if each not in html.unescape(answer.text)] == []
    assert "Kept words." in answer.text
    assert stored(engine, STANDARDS, id) == before


def test_a_record_is_entered_under_an_id_that_never_changes(keeper: Client, engine: Engine) -> None:
    page = keeper.get("/keeping/metals/new")
    assert page.status_code == 200
    source = re.search(r'<option value="([a-z0-9-]+)"', page.text.split('name="source"')[1])
    assert source is not None
    fields = {"id": "antimony", "name": "Antimony", "lme_settled": "no", "source": source[1], "certainty": "found"}
    wrong = keeper.post("/keeping/metals", {**fields, "id": "Anti mony"})
    assert wrong.status_code == 422
    assert 'value="Anti mony"' in wrong.text
    assert keeper.post("/keeping/metals", {**fields, "name": ""}).status_code == 422
    odd = keeper.post("/keeping/metals", {**fields, "name": "Gall\0ium"})
    assert odd.status_code == 422
    assert "U+0000" in odd.text[odd.text.index('id="name-error"') :]
    assert 'value="Gallium"' in odd.text
    made = keeper.post("/keeping/metals", fields)
    assert (made.status_code, made.headers["location"]) == (303, "/keeping/metals/antimony")
    assert stored(engine, METALS, "antimony")[0]["name"] == "Antimony"
    assert keeper.post("/keeping/metals", fields).status_code == 422


def test_another_printed_name_is_entered_and_the_old_one_stays(keeper: Client) -> None:
    listed = keeper.get("/keeping/programmes").text
    address = re.findall(r'href="(/keeping/programmes/(?!new)[^"]+)"', listed)[0]
    page = keeper.get(address).text
    source = re.search(r'<option value="([a-z0-9-]+)"', page.split('id="name-source"')[1])
    assert source is not None
    named = {"name": "A New Name", "use": "table", "since": "2026-11-02", "source": source[1], "certainty": "found"}
    wrong = keeper.post(f"{address}/names", {**named, "since": ""})
    assert wrong.status_code == 422
    assert "From which day" in wrong.text or "from which day" in wrong.text
    assert 'value="A New Name"' in wrong.text
    assert keeper.post(f"{address}/names", {**named, "use": "moon"}).status_code == 422
    before = re.search(r"In the table</span><span>([^<]+)<", page)
    assert before is not None
    assert keeper.post(f"{address}/names", named).status_code == 303
    after = keeper.get(address).text
    assert "A New Name" in after
    assert before[1] in after
    assert "A New Name" in keeper.get("/").text
    assert "A New Name" not in keeper.get("/?as_at=2024-09-30").text
    slug = address.rpartition("/")[2]
    then = "known_at=2026-11-21T09:00:00Z"
    for path in ("/", "/status.csv", "/api/v1/programmes", f"/programmes/{slug}"):
        assert "A New Name" in keeper.get(path).text, path
        assert "A New Name" not in keeper.get(f"{path}?{then}").text, path
    found = "/search?q=A+New+Name"
    assert f'href="/programmes/{slug}' in keeper.get(found).text
    assert f'href="/programmes/{slug}' not in keeper.get(f"{found}&{then}").text
    drawn = keeper.get("/coverage.json?metal=aluminium&as_at=2026-11-01").text
    assert before[1] in drawn
    assert "A New Name" not in drawn


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/keeping/moons"),
        ("get", "/keeping/moons/new"),
        ("get", "/keeping/metals/unobtainium"),
        ("post", "/keeping/moons"),
        ("post", "/keeping/metals/tin/names"),
        ("post", "/keeping/programmes/none/names"),
    ],
)
def test_what_is_not_kept_is_not_found(keeper: Client, method: str, path: str) -> None:
    given = {"name": "X", "use": "also", "source": "memo", "certainty": "found"} if method == "post" else None
    answer = keeper.post(path, given) if method == "post" else keeper.get(path)
    assert answer.status_code == 404


def test_a_record_that_went_missing_is_not_found_when_it_is_sent(keeper: Client) -> None:
    sent = form(keeper.get("/keeping/metals/tin").text, "/keeping/metals/tin")
    assert keeper.post("/keeping/metals/unobtainium", sent).status_code == 404


def test_only_the_people_of_the_exchange_open_these_pages(
    app: Frozen, engine: Engine, people: dict[str, Someone]
) -> None:
    with client_for(app, engine, people["owner"]) as owner:
        for path in ("/keeping", "/keeping/metals", "/keeping/metals/tin", "/keeping/metals/new", "/keeping/assessors"):
            assert owner.get(path).status_code == 403
        assert owner.post("/keeping/metals/tin", {"name": "Mine"}).status_code == 403
        assert owner.post("/keeping/assessors", {}).status_code == 403
    with client_for(app, engine) as nobody:
        assert nobody.get("/keeping/metals/tin").status_code == 303


# --- approved assessors ------------------------------------------------------------------------------

KUMI = {"organisation": "kumi", "approved": "yes", "effective_on": "2026-11-01", "reason": "Reviewed by the desk."}


def test_an_assessor_is_approved_from_a_day_on(keeper: Client) -> None:
    assert "never decided" in keeper.get("/keeping/assessors").text
    assert keeper.post("/keeping/assessors", KUMI).status_code == 303
    page = keeper.get("/keeping/assessors").text
    assert "Reviewed by the desk." in page
    assert "Dee Decider" in page
    assert "never decided" in keeper.get("/keeping/assessors?as_at=2026-10-31").text
    assert keeper.get("/keeping/assessors?as_at=soon").status_code == 400


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"effective_on": "soon", "reason": "", "organisation": "rmi"}, "is no day|Say why|is no assessor"),
        ({"effective_on": ""}, "This day is needed"),
        ({"approved": ""}, "Say whether"),
        ({"reason": " "}, "Say why"),
        ({"organisation": "rmi"}, "is no assessor"),
    ],
)
def test_an_approval_that_cannot_be_entered_keeps_what_was_typed(
    keeper: Client, wrong: dict[str, str], said: str
) -> None:
    answer = keeper.post("/keeping/assessors", {**KUMI, **wrong})
    assert answer.status_code == 422
    assert [each for each in said.split("|") if each not in answer.text] == []
    if "reason" not in wrong:
        assert "Reviewed by the desk." in answer.text


def test_a_publisher_sees_the_list_and_why_the_decision_is_not_theirs(
    app: Frozen, engine: Engine, people: dict[str, Someone]
) -> None:
    with client_for(app, engine, people["publisher"]) as publisher:
        page = publisher.get("/keeping/assessors").text
        assert 'aria-disabled="true"' in page
        assert "You cannot approve an assessor: it takes the role of a decider." in page
        refused = publisher.post("/keeping/assessors", KUMI)
        assert refused.status_code == 403
        assert "it takes the role of a decider" in refused.text
