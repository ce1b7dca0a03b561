"""Composing and publishing market updates, as publishers and those who are told meet it."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alignment.database import make_engine, unit_of_work
from alignment.domain.assessment import Certainty
from alignment.domain.decision import Act
from alignment.domain.people import SYSTEM, Role, Someone
from alignment.domain.publication import check_file
from alignment.services import ledger
from alignment.tables import Decision, Declaration, Notice, Organisation, Statement
from alignment.web.frozen import Frozen
from tests.conftest import NOW
from tests.mailbox import mailbox
from tests.seeds.memo import TABLE_1, plain
from tests.web.site import counted_queries
from tests.working import Client, app_again, app_for, client_for, make_person


@dataclass
class Desk:
    """An application on the seeds, and a publisher at work in it."""

    app: Frozen
    engine: Engine
    people: dict[str, Someone] = field(default_factory=dict)

    def client(self, who: str = "publisher") -> Any:
        return client_for(self.app, self.engine, self.people.get(who))


@pytest.fixture(scope="module")
def desk(sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Where drafts are written and nothing is published."""
    file = tmp_path_factory.mktemp("publishing") / "desk.sqlite3"
    shutil.copyfile(sqlite_seeded, file)
    yield from a_desk(f"sqlite:///{file}")


@pytest.fixture
def fresh(seeded_sqlite_url: str) -> Iterator[Desk]:
    """Where something is published, told or recorded."""
    yield from a_desk(seeded_sqlite_url, app_again)


def a_desk(url: str, app: Callable[..., Frozen] = app_for) -> Iterator[Desk]:
    engine = make_engine(url)
    with unit_of_work(engine) as session:
        people = {
            "publisher": make_person(session, "Paula Publisher", "lme", Role.PUBLISHER),
            "colleague": make_person(session, "Carl Colleague", "lme", Role.PUBLISHER),
            "owner": make_person(session, "Olga Owner", "rmi", Role.SCHEME_OWNER),
            "other owner": make_person(session, "Otto Other", "asi", Role.SCHEME_OWNER),
            "decider": make_person(session, "Dora Decider", "lme", Role.DECIDER),
        }
    yield Desk(app(url, base_url="https://register.example"), engine, people)
    engine.dispose()


def words(page: str) -> str:
    """What a reader reads, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


FORM = {
    "number": "2026-11",
    "title": "Update of November 2026",
    "as_at": "2026-11-21",
    "corrects": "",
    "label": "",
    "text": "## 1 Status\n\n{table: status}\n\n## 2 Changes\n\n{table: changes}\n\n## 3 Actions\n\n{table: actions}\n",
}


def begin(client: Client, **changes: Any) -> str:
    """A draft; its address."""
    answer = client.post("/publishing/new", {**FORM, **changes})
    assert answer.status_code == 303, words(answer.text)
    return str(answer.headers["location"])


def waive_all(client: Client, address: str) -> None:
    for check in set(re.findall(r'name="check" value="([a-z-]+)"', client.get(address).text)):
        client.post(f"{address}/waive", {"check": check, "reason": f"Known, and named as {check}."})


def version(client: Client, address: str) -> str:
    [found] = set(re.findall(r'name="version" value="(\d+)"', client.get(address).text))
    return found


def send(client: Client, address: str) -> httpx.Response:
    return client.post(f"{address}/publish", {"version": version(client, address)})


# Drafts


def test_the_working_area_is_for_publishers_and_stands_in_their_navigation_alone(desk: Desk) -> None:
    with desk.client() as client:
        assert 'href="/publishing"' in client.get("/work").text
        address = begin(client)
        assert "2026-11: Update of November 2026" in words(client.get("/publishing").text)
    for who in ("decider", "owner"):
        with desk.client(who) as client:
            assert 'href="/publishing"' not in client.get("/work").text
            for refused in ("/publishing", "/publishing/new", address, f"{address}/preview", f"{address}/preview.pdf"):
                answer = client.get(refused)
                assert answer.status_code == 403
                assert "it takes the role of a publisher" in answer.text
            acts = ("waive", "notice", "publish", "set-aside", "take-up")
            for refused in ("/publishing/new", address, *(f"{address}/{act}" for act in acts)):
                assert client.post(refused, {**FORM, "version": "1"}).status_code == 403


def test_a_new_draft_proposes_the_next_number_today_and_a_text_with_its_tables(desk: Desk) -> None:
    with desk.client() as client:
        page = client.get("/publishing/new").text
    for value in ('value="2026-11"', 'value="2026-11-21"', "{table: status}", "{table: changes}", "{table: actions}"):
        assert value in page


def test_a_correction_begins_from_the_publication_that_it_corrects(desk: Desk) -> None:
    with desk.client() as client:
        page = client.get("/publishing/new?corrects=2024-09")
        assert '<option value="2024-09" selected>' in page.text
        assert 'value="2024-09-30"' in page.text
        assert "{{ statements: comment }}" in page.text
        assert client.get("/publishing/new?corrects=1999-01").status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "A title is needed"),
        ({"number": "November"}, "Write year and month as 2026-11"),
        ({"number": "2024-09"}, "Publication 2024-09 is frozen already: choose the next number."),
        ({"as_at": "soon"}, "“soon” is no day"),
        ({"as_at": ""}, "This day is needed"),
        ({"corrects": "1999-01"}, "No publication 1999-01 is held here to be corrected."),
    ],
)
def test_what_cannot_be_kept_is_told_beside_its_field_and_stays_as_it_was_typed(
    desk: Desk, changes: dict[str, str], sentence: str
) -> None:
    with desk.client() as client:
        address = begin(client)
        for where in ("/publishing/new", address):
            answer = client.post(where, {**FORM, "version": "1", "label": "Typed with care", **changes})
            assert answer.status_code == 422
            assert sentence in answer.text
            assert "Typed with care" in answer.text


def test_a_button_puts_a_marker_at_the_end_and_saves_nothing(desk: Desk) -> None:
    with desk.client() as client:
        for where in ("/publishing/new", begin(client)):
            answer = client.post(where, {**FORM, "text": "Words.", "insert": "statements", "version": "1"})
            assert answer.status_code == 200
            assert "Words.\n\n{table: statements}\n" in answer.text
            assert "Not saved yet." in answer.text
        assert "Words." not in client.get(where).text


def test_two_who_save_at_once_both_see_both_texts_and_nothing_is_lost(desk: Desk) -> None:
    with desk.client() as client, desk.client("colleague") as colleague:
        address = begin(client)
        mine = {**FORM, "version": "1", "title": "My title", "text": "My words.\n"}
        assert colleague.post(address, {**FORM, "version": "1", "text": "Their words.\n"}).status_code == 303
        answer = client.post(address, mine)
        assert answer.status_code == 409
        for said in ("Somebody else changed this", "My title", "My words.", "Their words.", 'name="version" value="2"'):
            assert said in answer.text
        assert client.post(address, {**mine, "version": "2"}).status_code == 303
        assert "My words." in colleague.get(address).text


def test_the_form_offers_what_was_said_the_comments_of_the_oecd_first(desk: Desk) -> None:
    with desk.client() as client:
        address = begin(client, text="{table: statements}", statements=["comment-no-complacency", "comment-uptake"])
        page = client.get(address).text
        assert page.index("<summary>OECD ") < page.index("<summary>ASI ")
        assert 'value="comment-uptake" checked' in page
        preview = words(client.get(f"{address}/preview").text)
        assert preview.index("Wider use of the methodology.") < preview.index("No complacency.")
        assert "OECD, as reported in “Track A standard alignment assessment update to market”, in our words:" in preview


# Setting aside


def test_a_draft_is_set_aside_with_a_reason_listed_apart_and_taken_up_again(fresh: Desk) -> None:
    with fresh.client() as client, fresh.client("colleague") as colleague:
        address = begin(client)
        refused = client.post(f"{address}/set-aside", {"version": "1", "aside": ""})
        assert refused.status_code == 422
        assert "Say why, in at most 1,000 characters" in refused.text
        late = client.post(f"{address}/set-aside", {"version": "0", "aside": "Typed with care"})
        assert late.status_code == 409
        assert "Typed with care" in late.text
        done = client.post(f"{address}/set-aside", {"version": "1", "aside": "The quarter brought nothing."})
        assert (done.status_code, done.headers["location"]) == (303, "/publishing")
        listed = words(colleague.get("/publishing").text)
        assert "Drafts 0 drafts" in listed
        assert "Paula Publisher: The quarter brought nothing." in listed[listed.index("Set aside 1 draft") :]
        assert address not in colleague.get("/work").text
        page = colleague.get(address).text
        assert "Set aside: The quarter brought nothing." in words(page)
        assert "{table: changes}" in page
        for act in ("", "/waive", "/notice", "/publish", "/set-aside"):
            answer = client.post(f"{address}{act}", {**FORM, "version": "2", "embargo_until": "2026-12-01T09:00"})
            assert answer.status_code in (403, 422), act
        assert colleague.post(f"{address}/take-up", {"version": "1"}).status_code == 409
        assert colleague.post(f"{address}/take-up", {"version": "2"}).headers["location"] == address
        assert address in client.get("/work").text
        assert "Set aside 1 draft" not in words(client.get("/publishing").text)


def test_those_who_were_told_of_a_draft_read_that_it_was_set_aside(fresh: Desk) -> None:
    with fresh.client() as client, fresh.client("owner") as owner:
        address = begin(client)
        assert announce(client, address).status_code == 303
        told = address.replace("/publishing/", "/notices/")
        client.post(f"{address}/set-aside", {"version": version(client, address), "aside": "Between ourselves."})
        page = owner.get(told)
        assert "This update was set aside and is not being prepared any more." in words(page.text)
        assert "Between ourselves." not in page.text
        assert "set aside: this update is not being prepared any more" in owner.get("/work").text


def test_what_is_said_in_the_worked_example_is_offered_for_no_market_update(
    sqlite_example: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "example.sqlite3"
    shutil.copyfile(sqlite_example, copy)
    for desk in a_desk(f"sqlite:///{copy}"):
        with desk.client() as client:
            page = client.get("/publishing/new").text
            assert "<summary>OECD " in page
            assert "(fictional)" not in page
            address = begin(client, text="{table: statements: comment}\n")
            assert "(fictional)" not in client.get(f"{address}/preview").text


# The preview


def test_the_preview_is_the_page_as_it_will_appear_and_nobody_else_sees_it(fresh: Desk) -> None:
    with fresh.client() as client:
        address = begin(client)
        waive_all(client, address)
        preview = client.get(f"{address}/preview")
        assert preview.headers["cache-control"] == "no-store"
        assert "Preview." in preview.text
        send(client, address)
        page = client.get("/publications/2026-11").text
    assert frozen(preview.text) == frozen(page)
    with fresh.client("nobody") as nobody:
        assert nobody.get(f"{address}/preview").status_code == 303


def frozen(page: str) -> str:
    return page[page.index('<header class="gazette">') : page.index('aria-labelledby="check"')]


def test_the_preview_as_pdf_is_that_of_the_publication(fresh: Desk) -> None:
    with fresh.client() as client:
        address = begin(client)
        waive_all(client, address)
        preview = client.get(f"{address}/preview.pdf")
        assert preview.headers["content-type"] == "application/pdf"
        send(client, address)
        assert client.get("/publications/2026-11.pdf").content == preview.content


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("> " * 500 + "Deep.", "Quotations and lists stand within one another more than 6 deep"),
        ("|a" * 200 + "|\n" + "|-" * 200 + "|", "The table that begins with “a” has 200 columns, and a page holds 8"),
    ],
)
def test_what_cannot_be_set_on_paper_is_a_finding_and_its_pdf_is_refused_in_plain_words(
    desk: Desk, text: str, sentence: str
) -> None:
    with desk.client() as client:
        address = begin(client, text=f"{FORM['text']}\n{text}\n", as_at="2024-12-31")
        page = client.get(address)
        assert page.status_code == 200
        assert "1 finding in the way" in words(page.text)
        assert sentence in page.text
        answer = client.get(f"{address}/preview.pdf")
        assert answer.status_code == 422
        assert sentence in answer.text
        assert client.get(f"{address}/preview").status_code == 200, "the page itself can be looked at"
        assert send(client, address).status_code == 422


def test_without_something_to_insert_there_is_no_preview_and_no_way_to_publish(fresh: Desk) -> None:
    with fresh.client() as client:
        address = begin(client, text="{table: tabel}\n")
        page = client.get(address)
        assert "“{table: tabel}” is no insertion" in page.text
        assert "Not while a check fails." in page.text
        for preview in ("preview", "preview.pdf"):
            led = client.get(f"{address}/{preview}")
            assert (led.status_code, led.headers["location"]) == (303, f"{address}#checks")
        answer = send(client, address)
        assert answer.status_code == 422
        assert "Insertion that does not work" in answer.text


def test_a_register_that_holds_no_exchange_issues_nothing(fresh: Desk) -> None:
    with unit_of_work(fresh.engine) as session:
        session.connection().exec_driver_sql("UPDATE organisation SET kind = 'authority' WHERE id = 'lme'")
    with fresh.client() as client:
        address = begin(client, as_at="2024-12-31")
        assert "No exchange is entered in whose name" in client.get(address).text
        answer = send(client, address)
    assert answer.status_code == 422
    assert "No exchange is entered in whose name" in answer.text


# Checks


def test_the_checks_of_the_seeds_name_each_fault_with_a_way_to_it(desk: Desk) -> None:
    with desk.client() as client:
        page = client.get(begin(client)).text
    assert "11 findings in the way" in words(page)
    assert page.count("nothing newer than 2 years, 1 month is held.") == 9
    assert 'href="/decisions/asi-v3/record">Put it right' in page
    assert 'href="/decisions/rmi-tin-tantalum">Put it right' in page
    assert page.count("nothing found") == 9


def test_every_kind_of_fault_is_found(fresh: Desk) -> None:
    with unit_of_work(fresh.engine) as session:
        common = {
            "effective_on": date(2026, 11, 1), "recorded_at": NOW, "position": 900, "certainty": Certainty.FOUND.value,
        }  # fmt: skip
        ledger.enter(
            session,
            Decision(id="bare", programme_id="asi-v3", act=Act.APPROVED.value, reason="A reason.", **common),
            actor=SYSTEM, act="recorded", now=NOW,
        )  # fmt: skip
        ledger.enter(
            session,
            Statement(id="bare-saying", subject="method", topic="comment", text="Somebody said so.", **common),
            actor=SYSTEM, act="recorded", now=NOW,
        )  # fmt: skip
    with fresh.client() as client:
        address = begin(client, text="{table: statements}", statements=["bare-saying"], as_at="2026-11-21")
        page = words(client.get(address).text)
        assert "Decision of the LME of 1 November 2026: Approved. A reason." in page
        assert "“Somebody said so.” does not say who said it or where it was said." in page
        gone = begin(client, number="2026-12", text="{table: statements}", statements=["gone"])
        assert "The statement “gone” is not held, or was corrected since." in client.get(gone).text
        early = words(client.get(begin(client, as_at="2022-01-01", number="2022-01")).text)
    assert "the approval of that day is not known." in early


def test_a_check_is_waived_with_a_reason_that_is_printed_and_can_be_taken_back(fresh: Desk) -> None:
    with fresh.client() as client:
        address = begin(client)
        refused = client.post(f"{address}/waive", {"check": "stale", "reason": "x" * 1001})
        assert refused.status_code == 422
        assert "The reason has at most 1,000 characters" in refused.text
        assert client.post(f"{address}/waive", {"check": "overdue", "reason": "Why not"}).status_code == 422
        empty = client.post(f"{address}/waive", {"check": "stale", "reason": " "})
        assert empty.status_code == 422
        assert "Say why this is waived" in empty.text
        client.post(f"{address}/waive", {"check": "stale", "reason": "No newer report is held."})
        page = words(client.get(address).text)
        assert "1 finding in the way" in page
        assert "Waived: No newer report is held." in page
        client.post(f"{address}/waive", {"check": "stale", "reason": "", "back": "yes"})
        assert "11 findings in the way" in words(client.get(address).text)
        waive_all(client, address)
        send(client, address)
        said = words(client.get("/publications/2026-11").text)
    assert "Checks waived" in said
    assert "Stale status Known, and named as stale. Aluminium Stewardship Initiative" in said


def test_a_waiver_does_not_cover_what_is_found_later(desk: Desk) -> None:
    with desk.client() as client:
        address = begin(client, as_at="2025-10-10")
        waive_all(client, address)
        assert "Every check passes or is waived" in words(client.get(address).text)
        client.post(address, {**FORM, "as_at": "2026-11-21", "version": version(client, address)})
        assert "1 finding in the way" in words(client.get(address).text)


# Publishing


def test_a_draft_with_a_failing_check_is_refused_with_every_reason(fresh: Desk) -> None:
    with fresh.client() as client:
        address = begin(client)
        answer = send(client, address)
        assert answer.status_code == 422
        assert "Decision due: RMI Tin and Tantalum Standard" in answer.text
        assert client.get("/publications/2026-11").status_code == 404


def test_a_day_that_lies_ahead_and_a_number_that_was_taken_meanwhile_are_refused(fresh: Desk) -> None:
    with fresh.client() as client:
        ahead = begin(client, as_at="2026-12-24")
        waive_all(client, ahead)
        page = words(client.get(ahead).text)
        assert "Every check passes or is waived" not in page
        assert "1 finding in the way" in page
        assert "as at 2026-12-24, which lies ahead" in send(client, ahead).text
        one, other = begin(client, as_at="2024-12-31"), begin(client, as_at="2024-12-31")
        assert send(client, one).status_code == 303
        answer = send(client, other)
        assert answer.status_code == 422
        assert "Publication 2026-11 is frozen already" in answer.text


def test_a_draft_that_was_saved_meanwhile_is_not_published_unseen(desk: Desk) -> None:
    with desk.client() as client:
        address = begin(client, as_at="2024-12-31")
        client.post(address, {**FORM, "as_at": "2024-12-31", "title": "Another", "version": "1"})
        answer = client.post(f"{address}/publish", {"version": "1"})
        assert answer.status_code == 409
        assert "saved again since you looked at it" in answer.text


def test_what_is_published_is_public_frozen_and_never_changes(fresh: Desk) -> None:
    forms = ("", ".json", ".csv", ".md", ".pdf")
    with fresh.client() as client, fresh.client("nobody") as nobody:
        address = begin(client)
        waive_all(client, address)
        assert nobody.get("/publications/2026-11").status_code == 404
        assert "/publications/2026-11" not in nobody.get("/publications").text
        assert send(client, address).headers["location"] == "/publications/2026-11"
        before = [nobody.get(f"/publications/2026-11{form}") for form in forms]
        assert [answer.status_code for answer in before] == [200] * 5
        for answer, form in zip(before, forms, strict=True):
            again = nobody.get(f"/publications/2026-11{form}", headers={"If-None-Match": answer.headers["etag"]})
            assert again.status_code == 304
            assert "immutable" in answer.headers["cache-control"]
        assert check_file(before[1].content) is None
        assert f'href="{"/publications/2026-11"}"' in nobody.get("/publications").text
        with unit_of_work(fresh.engine) as session:
            approve_all(session)
        assert [nobody.get(f"/publications/2026-11{form}").content for form in forms] == [
            answer.content for answer in before
        ]
        page = client.get(address)
        assert "Published as" in page.text
        answer = client.post(address, {**FORM, "version": "1"})
        assert answer.status_code == 403
        assert "stays as it was: begin a correction instead" in answer.text


def approve_all(session: Any) -> None:
    """The facts move on."""
    for programme in ("asi-v3", "lbma-rgg-9"):
        row = Decision(
            id=f"later-{programme}", programme_id=programme, act=Act.APPROVED.value, reason="So decided.",
            effective_on=date(2026, 11, 20), recorded_at=NOW, position=990, source_id="memo-2024-09", place="here",
        )  # fmt: skip
        ledger.enter(session, row, actor=SYSTEM, act="recorded", now=NOW)


def test_a_correction_points_at_the_old_one_which_says_so_and_stays(fresh: Desk) -> None:
    with fresh.client() as client:
        forms = ("", ".json")
        old = [client.get(f"/publications/2024-09{form}").content for form in forms]
        address = begin(client, corrects="2024-09", as_at="2024-09-30", label="Puts a word right.")
        page = client.get(address).text
        assert "which it corrects: 0 rows changed, 10 the same" in words(page)
        assert send(client, address).status_code == 303
        assert "This publication corrects" in client.get("/publications/2026-11").text
        corrected = client.get("/publications/2024-09/later").text
        assert '<b>Corrected.</b> <a href="/publications/2026-11">Publication 2026-11</a>' in corrected
        assert [client.get(f"/publications/2024-09{form}").content for form in forms] == old


# The journey: the memo of September 2024 anew, and what changed since


def test_the_update_of_september_2024_is_composed_anew_with_the_table_of_the_memo(fresh: Desk) -> None:
    with fresh.client() as client:
        written = client.get("/publications/2024-09.json").json()["content"]
        address = begin(client, title=written["title"], as_at="2024-09-30", text=written["text"])
        assert "Every check passes or is waived" in words(client.get(address).text)
        assert send(client, address).status_code == 303
        anew = client.get("/publications/2026-11.json").json()["content"]
        assert anew["table"] == written["table"]
        assert anew["statements"] == written["statements"]
        printed = [[row[name] for name in ("standard", "status", "approval_printed")] for row in anew["table"]["rows"]]
        assert [tuple(map(plain, row)) for row in printed] == [tuple(map(plain, row)) for row in TABLE_1]
        found = client.get("/publications/2024-09..2026-11").text
        assert "Nothing differs" in found


def test_an_update_as_at_today_says_by_its_differences_what_changed_since_the_memo(fresh: Desk) -> None:
    with fresh.client() as client:
        address = begin(client)
        waive_all(client, address)
        send(client, address)
        page = words(client.get("/publications/2024-09..2026-11").text)
        assert "1 changed, 9 the same" in page
        assert "16 October 2025 : Recognition. Recognised by European Commission" in page
        document = client.get("/publications/2024-09..2026-11.json").json()
    [row] = document["programmes"]
    assert row["programme"] == "rmi-tin-tantalum"
    assert [cell["name"] for cell in row["columns"]] == ["status", "decision_due"]
    assert [ground["effective"] for ground in row["grounds"]] == ["2025-10-16"]
    assert document["unchanged"] == 9
    assert len(document["statements"]) == 9
    with fresh.client("nobody") as nobody:
        reverse = words(nobody.get("/publications/2026-11..2024-09").text)
        assert "No grounds were frozen with these copies" in reverse


def test_two_publications_are_compared_by_one_query(desk: Desk) -> None:
    with desk.client("nobody") as nobody, counted_queries() as asked:
        assert nobody.get("/publications/2024-09..2024-09?never-asked").status_code == 200
    assert len([each for each in asked if "publication" in each]) == 1


def test_composing_takes_a_fixed_number_of_queries(desk: Desk) -> None:
    with desk.client() as client:
        address = begin(client)
        with counted_queries() as asked:
            client.get(address)
    assert len(asked) <= 32, len(asked)


# Advance notices


def announce(client: Client, address: str, until: str = "2026-12-01T09:00") -> httpx.Response:
    return client.post(f"{address}/notice", {"embargo_until": until})


def test_who_would_be_told_is_shown_before_with_the_words(desk: Desk) -> None:
    with desk.client() as client:
        page = words(client.get(begin(client)).text)
    assert "Responsible Minerals Initiative owner of RMI Tin and Tantalum Standard" in page
    assert "Status of alignment assessment: Awaiting outcome of the Recognition" in page
    assert "1 person reads it here" in page
    assert "a decision is public at once when it is recorded" in page
    assert "no mail server is set, so it stands in their work alone" in page


def test_a_notice_stands_under_embargo_in_the_work_of_those_whose_status_changes_alone(fresh: Desk) -> None:
    with fresh.client() as client:
        address = begin(client)
        assert announce(client, address).status_code == 303
        page = words(client.get(address).text)
        assert "0 organisations would be told now" in page
        assert "1 finding" in page
        assert "Notices went out under embargo until 1 December 2026, 09:00 UTC." in page
        notice = f"/notices/{address.rpartition('/')[2]}"
        assert client.get(notice).status_code == 200
    with fresh.client("owner") as owner:
        work = words(owner.get("/work").text)
        assert "Market update 2026-11: your status changes under embargo until 1 December 2026, 09:00 UTC" in work
        page = owner.get(notice).text
        assert "LME decision due" in page
        assert "Under embargo until 1 December 2026, 09:00 UTC." in page
    with fresh.client("other owner") as other:
        assert "your status changes" not in other.get("/work").text
        assert other.get(notice).status_code == 404
    with fresh.client("nobody") as nobody:
        assert nobody.get(notice).status_code == 303


def test_a_notice_says_that_the_update_is_published_once_it_is(fresh: Desk) -> None:
    with fresh.client() as client:
        address = begin(client)
        announce(client, address)
        waive_all(client, address)
        assert send(client, address).status_code == 303
        assert "Embargo still running" in client.get("/publications/2026-11").text
    with fresh.client("owner") as owner:
        assert "your status changes" not in owner.get("/work").text
        assert "This was published" in owner.get(f"/notices/{address.rpartition('/')[2]}").text


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        ("then", "Write the moment in UTC as 2026-12-01T09:00."),
        ("2026-11-20T09:00", "The embargo has to end later than now"),
    ],
)
def test_an_embargo_needs_a_moment_that_lies_ahead(fresh: Desk, until: str, sentence: str) -> None:
    with fresh.client() as client:
        answer = announce(client, begin(client), until)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert until in answer.text


def seen_within_moments(client: Client, address: str, wanted: str) -> str:
    """The page once it says something that was stored beside the server, which notices within a second."""
    for _ in range(100):
        if wanted in (said := words(client.get(address).text)):
            break
        time.sleep(0.1)
    return said


def test_what_was_told_otherwise_is_told_again_and_keeps_to_the_first_embargo(fresh: Desk) -> None:
    with fresh.client() as client:
        address = begin(client)
        announce(client, address)
        announce(client, address)
        with unit_of_work(fresh.engine) as session:
            approve_all(session)
        page = seen_within_moments(client, address, "2 organisations would be told now")
        assert "2 organisations would be told now" in page
        assert "Those told first were told" in announce(client, address, "2026-12-02T09:00").text
        announce(client, address)
        assert "3 notices sent" in words(client.get(address).text)
    with unit_of_work(fresh.engine) as session:
        told = session.exec(select(Notice.organisation_id)).all()
    assert sorted(told) == ["asi", "lbma", "rmi"]


def test_a_producer_whose_brand_declares_the_programme_is_told(fresh: Desk) -> None:
    stated: dict[str, Any] = {
        "brand_id": "ls-mnm-copper-cathode", "track": "A", "programmes": "rmi-tin-tantalum", "position": 900,
        "effective_on": date(2026, 1, 1), "recorded_at": NOW,
    }  # fmt: skip
    with unit_of_work(fresh.engine) as session:
        ledger.enter(session, Declaration(id="declares", **stated), actor=SYSTEM, act="recorded", now=NOW)
    with fresh.client() as client:
        address = begin(client)
        page = words(client.get(address).text)
        assert "LS MnM LS MnM copper cathode declares RMI Tin and Tantalum Standard" in page
        assert "cannot be told No organisation of this producer is entered." in page
        with unit_of_work(fresh.engine) as session:
            organisation = Organisation(id="ls-mnm", name="LS MnM", kind="producer", position=900)
            ledger.enter(session, organisation, actor=SYSTEM, act="entered", now=NOW)
            fresh.people["producer"] = make_person(session, "Petra Producer", "ls-mnm", Role.PRODUCER)
        announce(client, address)
        with unit_of_work(fresh.engine) as session:
            gone = Declaration(id="declares~2", corrects="declares", withdrawn=True, **stated)
            ledger.enter(session, gone, actor=SYSTEM, act="withdrawn", now=NOW)
        assert "declares RMI Tin and Tantalum" not in words(client.get(address).text)
    with fresh.client("producer") as producer:
        assert "your status changes" in producer.get("/work").text


def test_notices_go_out_by_mail_each_once_and_a_mail_that_fails_is_tried_again(seeded_sqlite_url: str) -> None:
    engine = make_engine(seeded_sqlite_url)
    with unit_of_work(engine) as session:
        publisher = make_person(session, "Paula Publisher", "lme", Role.PUBLISHER)
        make_person(session, "Olga Owner", "rmi", Role.SCHEME_OWNER)

    def app(port: int) -> Frozen:
        return app_for(
            seeded_sqlite_url, smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none", mail_from="r@scheme.example"
        )

    with mailbox(refuses=True) as server, client_for(app(server.server_address[1]), engine, publisher) as client:
        address = begin(client)
        answer = announce(client, address)
        assert answer.status_code == 200
        assert "Olga Owner: The mail server did not take a mail" in words(answer.text)
    with mailbox() as server, client_for(app(server.server_address[1]), engine, publisher) as client:
        assert announce(client, address).status_code == 303
        assert announce(client, address).status_code == 303
        [mail] = server.kept
    assert b"under embargo until 2026-12-01 09:00 UTC, please tell nobody before then." in mail
    assert b"LME decision due" in mail.replace(b"=\r\n", b"")
    with client_for(app(1), engine, publisher) as client:
        other = begin(client, number="2026-12")
        assert "cannot be used" in announce(client, other).text
    engine.dispose()
