"""The public ledger, the page of the deciders, monitoring, changes and reports, as people meet them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from alignment.database import make_engine, unit_of_work
from alignment.domain.deciding import advised as advised_here
from alignment.domain.decision import Act, Approval
from alignment.domain.people import Role, Someone
from alignment.domain.programme import Held
from alignment.queries.reasons import advised as advised_there
from alignment.queries.status import status_rows
from alignment.services import ledger
from alignment.tables import Organisation
from alignment.web.frozen import Frozen
from tests.conftest import NOW, connected
from tests.domain.test_deciding import assessed, results
from tests.web.site import counted_queries
from tests.working import Client, app_again, app_for, client_for, make_organisation, make_person

PROGRAMME = "rmi-cobalt"
TIN = "rmi-tin-tantalum"


@pytest.fixture
def engine(seeded_sqlite_url: str) -> Iterator[Engine]:
    yield from connected(seeded_sqlite_url)


@pytest.fixture
def app(seeded_sqlite_url: str) -> Frozen:
    return app_again(seeded_sqlite_url)


def person(engine: Engine, name: str, role: Role, organisation: str = "lme", **given: object) -> Someone:
    with unit_of_work(engine) as session:
        return make_person(session, name, organisation, role, **given)  # type: ignore[arg-type]


@pytest.fixture
def decider(engine: Engine) -> Someone:
    return person(engine, "Ada Decider", Role.DECIDER, declares=(PROGRAMME, TIN))


def newest(page: str) -> str:
    return page.split('name="based_on" value="')[1].split('"')[0]


def put(client: Client, programme: str = PROGRAMME, **given: str) -> dict[str, str]:
    based_on = newest(client.get(f"/decisions/{programme}").text)
    asked = {"do": "propose", "act": "suspended", "effective": "2026-11-21", "reason": "Grave findings."}
    return {**asked, "based_on": based_on, **given}


# --- the ledger ------------------------------------------------------------------------------------------


def test_everybody_reads_the_ledger_with_its_filters_in_at_most_eight_queries(app: Frozen, engine: Engine) -> None:
    with client_for(app, engine) as client, counted_queries() as asked:
        page = client.get("/decisions")
        assert page.status_code == 200
        assert "11 entries of 11" in page.text
        assert len(asked) <= 8
        assert "1 entry of 11" in client.get("/decisions?act=approved").text
        assert "2 entries of 11" in client.get("/decisions?programme=jdds-copper-mark").text
        assert "3 entries of 11" in client.get("/decisions?as_at=2021-12-31").text
        assert "Nothing had been learned by then" in client.get("/decisions?known_at=2020-01-01").text


@pytest.mark.parametrize("query", ["as_at=never", "act=praised", "programme=nowhere", "known_at=x"])
def test_what_the_ledger_cannot_be_asked_is_said(app: Frozen, engine: Engine, query: str) -> None:
    with client_for(app, engine) as client:
        assert client.get(f"/decisions?{query}").status_code == 400


# --- deciding --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/decisions/due", f"/decisions/{PROGRAMME}", f"/decisions/{PROGRAMME}/record", "/monitoring", "/reports"]
)
def test_working_pages_are_for_the_lme_alone(app: Frozen, engine: Engine, decider: Someone, path: str) -> None:
    assessor = person(engine, "Leo Lead", Role.ASSESSOR, "kumi")
    with client_for(app, engine) as nobody:
        assert nobody.get(path).status_code == 303
    with client_for(app, engine, assessor) as client:
        assert client.get(path).status_code == 403
    with client_for(app, engine, decider) as client, counted_queries() as asked:
        page = client.get(path)
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert "noindex" in page.text
        assert len(asked) <= 24


def test_a_decider_who_has_declared_nothing_is_led_to_the_declaration(app: Frozen, engine: Engine) -> None:
    link = f'<a href="/account/declarations?programme={PROGRAMME}">File a declaration</a>'
    for name, role in (("Dora", Role.DECIDER), ("Paula", Role.PUBLISHER)):
        with client_for(app, engine, person(engine, name, role)) as client:
            page = client.get(f"/decisions/{PROGRAMME}").text
        assert "You cannot decide on a programme" in page
        assert (link in page) is (role is Role.DECIDER)


def test_a_programme_that_is_not_there_is_a_page_that_says_so(app: Frozen, engine: Engine, decider: Someone) -> None:
    with client_for(app, engine, decider) as client:
        for path in ("/decisions/nowhere", "/decisions/nowhere/record", "/decisions/nowhere/appeal"):
            assert client.get(path).status_code == 404


def test_a_preview_shows_the_table_and_the_coverage_and_keeps_nothing(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    with client_for(app, engine, decider) as client:
        page = client.post(f"/decisions/{PROGRAMME}", put(client, do="preview", effective="2026-12-01", reason=""))
        assert page.status_code == 200
        assert "What the public will read" in page.text
        assert "<td>Conditionally approved (published here)</td><td><b>Suspended</b></td>" in page.text
        assert "9 other rows stay as they are" in page.text
        assert "Not approved" in page.text
        assert "A decision needs its reason" in page.text
        assert "A decision is public at once when it is recorded" in page.text
        assert "11 entries of 11" in client.get("/decisions").text


def test_what_the_preview_shows_is_what_the_table_says_afterwards(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    with client_for(app, engine, decider) as client:
        answer = client.post(f"/decisions/{PROGRAMME}", put(client))
        assert answer.status_code == 303
        with make_engine(str(engine.url)).connect() as connection:
            rows = status_rows(connection, as_at=NOW.date(), policy_age=NOW - NOW)
        assert {row.id: row.approval for row in rows}[PROGRAMME] is Approval.SUSPENDED
        public = client.get("/decisions").text
        assert "12 entries" in public
        assert "Grave findings." in public
        assert "Approval suspended" in client.get(f"/programmes/{PROGRAMME}").text
        for page in ("", "/changes/2024-09-30..2026-12-31"):
            said = client.get(f"/programmes/{PROGRAMME}{page}").text
            own = rf'Source: <a href="/decisions#{PROGRAMME}-suspended-\w+">the ledger of this register itself</a>'
            assert re.search(own, said), page


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reason": ""}, "A decision needs its reason"),
        ({"act": ""}, "Choose what is decided"),
        ({"effective": "soon"}, "is no date"),
        ({"act": "reinstated"}, "does not follow"),
        ({"act": "approved"}, "goes against the advice"),
        ({"condition": "Repair", "condition_due": "x"}, "is no day"),
        ({"condition": "", "condition_due": "2027-01-01"}, "a condition that says nothing"),
        ({"act": "approved", "reason": ""}, "A decision needs its reason|goes against the advice"),
        (
            {"act": "", "reason": "", "condition": "Repair", "condition_due": "x", "published_link": "no"},
            "Choose what is decided|A decision needs its reason|is no day|Write the whole address",
        ),
    ],
)
def test_a_decision_that_does_not_hold_comes_back_with_what_was_typed(
    app: Frozen, engine: Engine, decider: Someone, given: dict[str, str], sentence: str
) -> None:
    with client_for(app, engine, decider) as client:
        page = client.post(f"/decisions/{PROGRAMME}", put(client, published_note="<b>typed</b>", **given))
        assert page.status_code == 422
        assert [each for each in sentence.split("|") if each not in page.text] == []
        assert "goes against the advice of the facts" not in page.text or given.get("act") == "approved"
        assert "&lt;b&gt;typed&lt;/b&gt;" in page.text


def test_the_second_of_two_forms_on_one_programme_is_a_clash_with_the_sentence(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    with client_for(app, engine, decider) as client:
        form = put(client)
        assert client.post(f"/decisions/{PROGRAMME}", form).status_code == 303
        page = client.post(f"/decisions/{PROGRAMME}", {**form, "act": "withdrawn"})
        assert page.status_code == 409
        assert "Another decision on this programme was entered while you were writing" in page.text
        assert "Grave findings." in page.text


def test_with_a_quorum_of_two_another_decider_is_asked_on_the_work_list_and_votes(
    engine: Engine, seeded_sqlite_url: str, decider: Someone
) -> None:
    app = app_for(seeded_sqlite_url, quorum=2)
    second = person(engine, "Ben Decider", Role.DECIDER, declares=(PROGRAMME,))
    with client_for(app, engine, decider) as client:
        assert "public as soon as the last voice that it takes is given" in client.get(f"/decisions/{PROGRAMME}").text
        client.post(f"/decisions/{PROGRAMME}", put(client))
        page = client.get(f"/decisions/{PROGRAMME}?preview=proposal").text
        assert "1 of 2 voices" in page
        assert "What the public will read" in page
        assert "11 entries of 11" in client.get("/decisions").text
    with client_for(app, engine, second) as client:
        assert "vote on “Suspended”" in client.get("/work").text
        proposal = client.get(f"/decisions/{PROGRAMME}").text.split('name="proposal" value="')[1].split('"')[0]
        bad = client.post(f"/decisions/{PROGRAMME}/vote", {"proposal": proposal, "vote": "against"})
        assert bad.status_code == 422
        done = client.post(f"/decisions/{PROGRAMME}/vote", {"proposal": proposal, "vote": "for"})
        assert done.status_code == 303
        assert client.post(f"/decisions/{PROGRAMME}/vote", {"proposal": proposal, "vote": "for"}).status_code == 409
        assert "with the voices of 2 deciders" in client.get("/decisions").text


def test_conditions_and_appeals_are_kept_beside_the_decision_in_public(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    with client_for(app, engine, decider) as client:
        client.post(f"/decisions/{PROGRAMME}", put(client, condition="Repair the method", condition_due="2027-03-01"))
        page = client.get(f"/decisions/{PROGRAMME}").text
        condition = page.split('name="condition" value="')[-1].split('"')[0]
        form = {"condition": condition, "version": "0", "met_on": "2026-11-21", "met_statement": ""}
        assert client.post(f"/decisions/{PROGRAMME}/conditions", form).status_code == 422
        done = client.post(f"/decisions/{PROGRAMME}/conditions", {**form, "met_statement": "Repaired."})
        assert done.status_code == 303
        assert client.post(f"/decisions/{PROGRAMME}/conditions", {**form, "met_statement": "x"}).status_code == 409
        appeal = {"decision": newest(client.get(f"/decisions/{PROGRAMME}").text), "filed_on": "2026-11-21"}
        assert client.post(f"/decisions/{PROGRAMME}/appeal", appeal).status_code == 422
        text = {"by_organisation": "RMI", "appeal_text": "Too strict."}
        assert client.post(f"/decisions/{PROGRAMME}/appeal", {**appeal, **text}).status_code == 303
        page = client.get(f"/decisions/{PROGRAMME}").text
        id = page.split('name="appeal" value="')[1].split('"')[0]
        end = {"appeal": id, "version": "1", "outcome": "rejected", "outcome_on": "2026-11-21"}
        assert client.post(f"/decisions/{PROGRAMME}/appeals", end).status_code == 422
        assert client.post(f"/decisions/{PROGRAMME}/appeals", {**end, "outcome_text": "As written."}).status_code == 303
        for address in (f"/programmes/{PROGRAMME}", f"/programmes/{PROGRAMME}.json", "/feed.json", "/feed.atom"):
            assert "Too strict." in client.get(address).text
            assert "As written." in client.get(address).text
        assert "Too strict." not in client.get(f"/programmes/{PROGRAMME}?known_at=2026-11-20").text
        told = [each["title"].partition(": ")[2] for each in client.get("/feed.json").json()["items"]]
        assert "appeal against “Suspended” rejected" in told
        assert "appeal against “Suspended”" in told
        one = client.get(f"/api/v1/decisions/{appeal['decision']}").json()
        (kept,) = one["conditions_set"]
        assert (kept["text"], kept["due_on"], kept["met_on"], kept["shown_by"]) == (
            "Repair the method", "2027-03-01", "2026-11-21", "Repaired.",
        )  # fmt: skip
        (told,) = one["appeals"]
        assert (told["outcome"], told["outcome_on"], told["outcome_text"]) == ("rejected", "2026-11-21", "As written.")
        assert one["conditions"] == "Repair the method, by 1 March 2027."
        assert one["advice"].startswith("No advice: ")
        assert one["voices"] == 1
        place = f"/decisions#{appeal['decision']}"
        assert (one["source"]["id"], one["source"]["place"]) == ("decision-ledger", place)
        assert one["source"]["href"].endswith(place)
        row = next(each for each in client.get("/status.json").json()["rows"] if each["programme"] == PROGRAMME)
        assert (row["source"], row["source_place"]) == ("decision-ledger", place)
        assert place in client.get("/status.csv").text
        page = client.get(f"/programmes/{PROGRAMME}").text
        assert "No source is held" not in page
        assert "No report is held" not in page
        assert f'<a href="{place}">the ledger of this register itself</a>' in page
        assert client.get(f"/api/v1/programmes/{PROGRAMME}").json()["source"]["place"] == place
        public = client.get("/decisions").text
        assert "Repaired." in public
        assert "Too strict." in public
        assert "As written." in public
        said = "09:00 UTC</time> by the London Metal Exchange"
        assert said in public
        for asked in ("as_at=2026-11-20", "known_at=2026-11-20"):
            before = client.get(f"/decisions?{asked}").text
            assert [word for word in ("Repaired.", "Too strict.", "As written.", said) if word in before] == []


def test_a_condition_said_to_be_met_is_put_right_and_both_words_stay_in_public(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    with client_for(app, engine, decider) as client:
        client.post(f"/decisions/{PROGRAMME}", put(client, condition="Repair the method", condition_due="2027-03-01"))
        page = client.get(f"/decisions/{PROGRAMME}").text
        condition = page.split('name="condition" value="')[-1].split('"')[0]
        form = {"condition": condition, "version": "0", "met_on": "2026-11-21", "met_statement": "Repaired."}
        assert client.post(f"/decisions/{PROGRAMME}/conditions", {**form, "met_on": ""}).status_code == 422
        assert client.post(f"/decisions/{PROGRAMME}/conditions", form).status_code == 303
        assert "by Ada Decider" in client.get(f"/decisions/{PROGRAMME}").text
        back = {**form, "version": "1", "met_on": "", "met_statement": "Another method."}
        assert client.post(f"/decisions/{PROGRAMME}/conditions", back).status_code == 303
        public = client.get("/decisions").text
        assert "Not met after all: Another method." in public
        assert re.search(r"<s>Met <time[^>]*>21 November 2026</time>: Repaired\.</s>", public)
        assert "Ada Decider" not in public


def test_an_owner_reads_no_working_page_but_appeals(app: Frozen, engine: Engine) -> None:
    owner = person(engine, "Oona Owner", Role.SCHEME_OWNER, "rmi")
    with client_for(app, engine, owner) as client:
        assert client.get(f"/decisions/{PROGRAMME}").status_code == 403
        assert client.get(f"/decisions/{PROGRAMME}/appeal").status_code == 200
        assert client.get("/decisions/asi-v3/appeal").status_code == 403


def test_a_recognition_and_a_result_are_entered_with_a_new_source(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    source = {"source_title": "Journal", "source_issuer": "Commission", "certainty": "found", "effective": "2026-11-01"}
    withdrawn = {**source, "authority": "european-commission", "under": "Regulation", "recognition_act": "withdrawn"}
    with client_for(app, engine, decider) as client:
        with unit_of_work(engine) as session:
            if session.get(Organisation, "european-commission") is None:
                row = Organisation(id="european-commission", name="European Commission", kind="authority", position=99)
                ledger.enter(session, row, actor=decider.actor, act="entered", now=NOW)
        bad = client.post(f"/decisions/{TIN}/recognitions", {**withdrawn, "recognition_act": "awaited"})
        assert bad.status_code == 422
        assert "does not follow" in bad.text
        assert client.post(f"/decisions/{TIN}/recognitions", withdrawn).status_code == 303
        assert "withdrawn on 1 November 2026; LME decision due" in client.get(f"/programmes/{TIN}").text
        told = {**source, "scope": "governance", "outcome": "fully", "round": "rmi-cobalt-1"}
        assert client.post(f"/decisions/{PROGRAMME}/results", {**told, "outcome": ""}).status_code == 422
        assert client.post(f"/decisions/{PROGRAMME}/results", told).status_code == 303


def test_advice_is_the_same_here_and_on_the_public_page() -> None:
    from alignment.domain.assessment import Route
    from alignment.domain.programme import RecognitionFact, state
    from alignment.domain.rating import Level
    from alignment.domain.recognition import RecognitionAct
    from alignment.domain.when import When

    for route in Route:
        for given in (None, *RecognitionAct):
            for level in (None, Level.FULLY, Level.PARTIALLY, Level.NOT):
                facts = (RecognitionFact(given, When(NOW.date()), 1),) if given else ()
                base = assessed()
                held = Held(
                    route, progress=base.progress, results=results(level, level) if level else (), recognitions=facts
                )
                found = state(held, NOW.date())
                for act in Act:
                    here, there = advised_here(act, route, found), advised_there(act, route, found)
                    assert (here.supported, here.reason) == (there.supported, there.reason)


# --- monitoring and changes ------------------------------------------------------------------------------


def test_a_point_is_entered_and_a_bad_review_puts_a_suspension_to_the_deciders(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    point = {"statement": "The audits", "programme": PROGRAMME, "recommended_by": "OECD", "effective": "2026-01",
             "source": "memo-2024-09", "certainty": "found"}  # fmt: skip
    with client_for(app, engine, decider) as client:
        assert client.post("/monitoring/points", {**point, "source": ""}).status_code == 422
        assert client.post("/monitoring/points", point).status_code == 303
        page = client.get("/monitoring").text
        id = next(
            each.split('"')[0] for each in page.split('action="/monitoring/points/')[1:] if each.startswith("point-")
        )
        review = {"reviewed_on": "2026-11-20", "outcome": "bad", "triggers": "suspension"}
        assert client.post(f"/monitoring/points/{id}", review).status_code == 422
        assert client.post(f"/monitoring/points/{id}", {**review, "review_statement": "Thin."}).status_code == 303
        assert client.post("/monitoring/points/nowhere", {**review, "review_statement": "x"}).status_code == 404
        assert "a suspension is put to the deciders" in client.get("/work").text
        assert "asks for a suspension" in client.get(f"/decisions/{PROGRAMME}").text


def test_an_owner_withdraws_a_report_that_was_a_mistake(app: Frozen, engine: Engine) -> None:
    owner = person(engine, "Oona Owner", Role.SCHEME_OWNER, "rmi")
    form = {"programme": PROGRAMME, "title": "New audits", "text": "By two.", "effective_on": "2026-11-01"}
    with client_for(app, engine, owner) as client:
        assert client.post("/monitoring/changes", form).status_code == 303
        id = client.get("/monitoring/changes").text.split('action="/monitoring/changes/')[1].split("/end")[0]
        ended = {"version": "1", "ended_reason": "Another programme."}
        assert client.post(f"/monitoring/changes/{id}/end", ended).status_code == 303
        page = client.get("/monitoring/changes").text
        assert "Withdrawn by its owner: Another programme." in page
        assert "It is a mistake" not in page
        assert client.post(f"/monitoring/changes/{id}/end", ended).status_code == 409


def test_a_change_is_reported_settled_and_read_on_the_public_page(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    owner = person(engine, "Oona Owner", Role.SCHEME_OWNER, "rmi")
    form = {"programme": PROGRAMME, "title": "New audits", "text": "By two.", "effective_on": "2026-11-01"}
    with client_for(app, engine, owner) as client:
        assert client.post("/monitoring/changes", {**form, "programme": ""}).status_code == 422
        assert client.post("/monitoring/changes", form).status_code == 303
        assert "report a change" in client.get("/work").text
    with client_for(app, engine, decider) as client:
        assert "New audits" not in client.get(f"/programmes/{PROGRAMME}").text
        page = client.get("/monitoring/changes").text
        id = page.split('action="/monitoring/changes/')[1].split('"')[0]
        bad = client.post(f"/monitoring/changes/{id}/end", {"version": "1", "ended_reason": ""})
        assert bad.status_code == 422
        assert "It is a mistake: return it" in bad.text
        wording = {"version": "1", "public_wording": "Two auditors.", "transition_until": "2027-03-01"}
        assert client.post(f"/monitoring/changes/{id}", {**wording, "public_wording": ""}).status_code == 422
        assert client.post(f"/monitoring/changes/{id}", wording).status_code == 303
        clash = client.post(f"/monitoring/changes/{id}", {**wording, "public_wording": "Three auditors."})
        assert clash.status_code == 409
        assert [each for each in ("Two auditors.", "Three auditors.", "both of you") if each not in clash.text] == []
        public = client.get(f"/programmes/{PROGRAMME}").text
        assert "Two auditors." in public
        assert "in transition" in public


# --- reports from the public -------------------------------------------------------------------------------


REPORT = {"kind": "error", "about": "RMI Cobalt", "text": "The day is <i>wrong</i>.", "email": "reader@place.example"}


def test_the_menu_leads_to_reports_those_alone_who_may_read_them(app: Frozen, engine: Engine, decider: Someone) -> None:
    with unit_of_work(engine) as session:
        make_organisation(session, "example-exchange", "exchange")
        demonstration = make_person(session, "Demo D", "example-exchange", Role.DECIDER)
    for who, may in ((decider, True), (demonstration, False)):
        with client_for(app, engine, who) as client:
            work = client.get("/work").text
            assert ('href="/reports"' in work) is ("Reports to answer" in work) is may
            assert client.get("/reports").status_code == (200 if may else 403)


def test_a_reader_reports_without_signing_in_and_reads_the_answer_under_the_number(
    app: Frozen, engine: Engine, decider: Someone
) -> None:
    with client_for(app, engine) as reader:
        sent = reader.client.post("/report", data=REPORT, follow_redirects=False)
        assert sent.status_code == 303
        receipt = sent.headers["location"]
        page = reader.get(receipt).text
        assert "Not answered yet" in page
        assert "11 December 2026" in page
        assert "&lt;i&gt;wrong" in page
        assert "place.example" not in page
        assert reader.get("/report/R-2026-NOTHING").status_code == 404
    number = receipt.rsplit("/", 1)[1]
    with client_for(app, engine, decider) as client:
        assert "Error about RMI Cobalt" in client.get("/work").text
        assert "reader@place.example" in client.get("/reports").text
        answer = {"version": "1", "answer": "Mended.", "public": "yes"}
        assert client.post(f"/reports/{number}", {**answer, "answer": ""}).status_code == 422
        assert client.post(f"/reports/{number}", answer).status_code == 303
        clash = client.post(f"/reports/{number}", {**answer, "answer": "Not so."})
        assert clash.status_code == 409
        assert [each for each in ("Mended.", "Not so.", "both of you") if each not in clash.text] == []
    with client_for(app, engine) as reader:
        public = reader.get("/report").text
        assert "Mended." in public
        assert "place.example" not in public
        assert "Mended." in reader.get(receipt).text


def test_what_a_reader_sends_wrong_comes_back_and_a_program_in_the_trap_is_not_heard(
    app: Frozen, engine: Engine
) -> None:
    with client_for(app, engine) as reader:
        page = reader.client.post("/report", data={**REPORT, "email": "no address"})
        assert page.status_code == 422
        assert "This is no mail address" in page.text
        assert "RMI Cobalt" in page.text
        trapped = reader.client.post("/report", data={**REPORT, "website": "x"}, follow_redirects=False)
        assert trapped.headers["location"] == "/report"


def test_one_place_that_sends_too_much_has_to_wait(app: Frozen, engine: Engine) -> None:
    with client_for(app, engine) as reader:
        answers = [reader.client.post("/report", data=REPORT, follow_redirects=False) for _ in range(6)]
        assert [each.status_code for each in answers] == [303] * 5 + [429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 601
