"""The pages of corrective actions: list, board, one action, and forms that keep what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.documents import pdf
from tests.undertakings import CODE, PART, Desk, desk_on
from tests.web.site import counted_queries

ON = "2026-11-21"
PAIR = f"{PART.value}/{CODE}"


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    with desk_on(sqlite_url) as made:
        yield made


def test_an_empty_list_says_how_an_action_comes_about(desk: Desk) -> None:
    with desk.act(desk.world.owner) as client:
        page = client.get("/actions")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "No corrective action yet" in page.text
    assert f"/actions/new?round={desk.round}" in page.text


def test_list_and_board_show_the_same_actions_in_few_queries(desk: Desk) -> None:
    for number in range(5):
        desk.undertake(f"Action {number}")
    for view in ("list", "board"):
        with desk.act(desk.world.lead) as client, counted_queries() as asked:
            page = client.get(f"/actions?view={view}")
        assert len(asked) <= 8
        assert all(f"Action {number}" in page.text for number in range(5))


def test_the_list_is_filtered_by_its_address(desk: Desk) -> None:
    desk.undertake("With a date")
    desk.undertake("Without a date", due_on=None)
    with desk.act(desk.world.lead) as client:
        assert "Without a date" not in client.get("/actions?due=soon").text
        assert "With a date" not in client.get("/actions?due=none").text
        assert "No action fits" in client.get("/actions?state=verified").text
        assert client.get("/actions?state=forgotten").status_code == 400


@pytest.mark.parametrize(
    ("who", "status"),
    [("lead", 200), ("owner", 200), ("decider", 200), ("publisher", 200), ("other owner", 403),
     ("other assessor", 403), ("other observer", 403), ("administrator", 403), ("producer", 403)],
)  # fmt: skip
def test_only_those_it_concerns_see_an_action(desk: Desk, who: str, status: int) -> None:
    action = desk.undertake()
    with desk.act(desk.world.people[who]) as client:
        assert client.get(f"/actions/{action}").status_code == status
        assert ("Train the auditors" in client.get("/actions").text) is (status == 200)


def test_an_owner_proposes_an_action_by_a_plain_form(desk: Desk) -> None:
    fields = {"round": desk.round, "title": "Train the auditors", "criteria": PAIR, "owner": "the-owner"}
    with desk.act(desk.world.owner) as client:
        assert PAIR in client.get(f"/actions/new?round={desk.round}").text
        answer = client.post("/actions/new", fields)
        assert answer.status_code == 303
        page = client.get(answer.headers["location"])
    assert "Proposed" in page.text
    assert "You cannot agree a corrective action" in page.text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"title": ""}, "Say in one line"),
        ({"due_on": "soon"}, "“soon” is no day"),
        ({"title": "", "due_on": "soon", "criteria": "", "owner": "moon"},
         "Say in one line|“soon” is no day|at least one|that owns the programme"),
    ],
)  # fmt: skip
def test_every_mistake_in_a_new_action_is_told_and_what_was_typed_kept(
    desk: Desk, fields: dict[str, str], says: str
) -> None:
    given = {"round": desk.round, "title": "Kept title", "criteria": PAIR, "root_cause": "Kept cause", **fields}
    with desk.act(desk.world.owner) as client:
        answer = client.post("/actions/new", given)
    assert answer.status_code == 422
    assert [each for each in says.split("|") if each not in answer.text] == []
    assert "Kept cause" in answer.text


def test_an_action_is_walked_to_its_verification_in_the_browser(desk: Desk) -> None:
    path = f"/actions/{desk.undertake()}"
    with desk.act(desk.world.owner) as client:
        for at, to, said in (("agreed", "under_way", ""), ("under_way", "implemented", "All are trained.")):
            answer = client.post(f"{path}/steps", {"at": at, "to": to, "on": ON, "statement": said})
            assert answer.status_code == 303
        refused = client.post(f"{path}/steps", {"at": "implemented", "to": "verified", "on": ON, "statement": "x"})
        assert refused.status_code == 403
        assert "You cannot verify a corrective action" in refused.text
    with desk.act(desk.world.lead) as client, counted_queries() as asked:
        client.get(path)
        assert len(asked) <= 8
        empty = client.post(f"{path}/steps", {"at": "implemented", "to": "verified", "on": "then"})
        assert empty.status_code == 422
        assert "Say what you saw" in empty.text
        assert "“then” is no day" in empty.text
        done = client.post(f"{path}/steps", {"at": "implemented", "to": "verified", "on": ON, "statement": "Seen."})
        assert done.status_code == 303
        again = client.post(f"{path}/steps", {"at": "implemented", "to": "verified", "on": ON, "statement": "Seen."})
        assert again.status_code == 409
        assert f"/rounds/new?programme={desk.world.programme}&amp;follows={desk.round}" in client.get(path).text
        worked = client.post(f"{path}/checks", {"effective": "no", "checked_on": ON, "statement": "Not used."})
        assert worked.status_code == 303
        assert "reopened 1 time" in client.get(path).text


def test_what_becomes_of_the_status_is_said_beforehand(desk: Desk) -> None:
    with desk.act(desk.world.decider) as client:
        page = client.get(f"/actions/{desk.undertake()}").text
    assert "Nothing is reported by 26 November 2026" in page
    assert "the action is shown as overdue" in page
    assert "It follows from no date and no action" in page


def test_dates_milestones_evidence_and_text_are_changed_by_their_forms(desk: Desk) -> None:
    path = f"/actions/{desk.undertake()}"
    with desk.act(desk.world.lead) as client:
        late = {"version": "1", "to_on": "2027-01-10", "reason": "Two auditors left."}
        assert client.post(f"{path}/extensions", late).status_code == 303
        assert client.post(f"{path}/extensions", {**late, "to_on": "2027-02-10"}).status_code == 409
        bad = client.post(f"{path}/extensions", {**late, "version": "2", "to_on": "x", "reason": ""})
        assert bad.status_code == 422
        assert "“x” is no day" in bad.text
        assert "Say why the date is set." in bad.text
        text = {"version": "2", "title": "Train them all", "criteria": PAIR, "owner": "the-owner"}
        assert client.post(f"{path}/plan", text).status_code == 303
    with desk.act(desk.world.owner) as client:
        assert client.post(f"{path}/milestones", {"milestone": "Course written"}).status_code == 303
        given = {"kind": "document", "reference": "Certificates"}
        files = [("files", ("a.pdf", pdf()))]
        assert client.post(f"{path}/evidence", given, files=files).status_code == 303
        bad = client.post(f"{path}/evidence", given, files=[("files", ("a.exe", b"MZ\x90\x00"))])
        assert bad.status_code == 422
        assert "program or script" in bad.text
        page = client.get(path).text
    assert 'instead of <time datetime="2026-11-26">26 November 2026</time>' in page
    for said in ("Train them all", "Two auditors left.", "Course written", "a.pdf"):
        assert said in page


def test_bytes_that_are_no_text_are_told_beside_their_field_of_the_form_of_evidence(desk: Desk) -> None:
    action = desk.undertake()
    given = {"kind": "document", "reference": b"Register of \xff training", "collected_on": "2026-11-02"}
    with desk.act(desk.world.owner) as client:
        answer = client.in_parts(f"/actions/{action}/evidence", given, (b"\xff.pdf", pdf()))
        assert answer.status_code == 422
        for said in ("A byte that is no UTF-8 was left out", 'value="Register of  training"', "“�.pdf” has a sign"):
            assert said in answer.text
        assert "None yet" in client.get(f"/actions/{action}").text


def test_what_is_not_there_is_said_to_be_not_there(desk: Desk) -> None:
    action = desk.undertake()
    with desk.act(desk.world.lead) as client:
        assert client.get("/actions/none").status_code == 404
        assert client.get("/actions/new?round=none").status_code == 404
        assert client.post(f"/actions/{action}/steps", {"at": "agreed", "to": "forgotten"}).status_code == 404
    with desk.act(None) as client:
        assert client.get("/actions").status_code == 303


def test_an_action_is_work_for_those_whose_step_comes_next(desk: Desk) -> None:
    fields = {"round": desk.round, "title": "Train the auditors", "criteria": PAIR, "owner": "the-owner"}

    def waits(who: str) -> str:
        with desk.act(desk.world.people[who]) as client:
            text = client.get("/work").text
        found = re.search(rf'<li[^>]*><a href="/actions/{action}">([^<]*)</a> <span[^>]*>([^<]*)</span>', text)
        return f"{found[1]} | {found[2]}" if found else ""

    with desk.act(desk.world.owner) as client:
        action = client.post("/actions/new", fields).headers["location"].rsplit("/", 1)[1]
    for at, to, who, waiting, said in (
        ("proposed", "agreed", "lead", "reviewer", "Agree: Train the auditors | The programme, round 1; proposed"),
        ("agreed", "under_way", "owner", "owner", "Train the auditors | The programme, round 1; agreed"),
        ("under_way", "implemented", "owner", "owner", "Train the auditors | The programme, round 1; under way"),
        ("implemented", "ineffective", "lead", "lead", "reported as implemented"),
        ("ineffective", "under_way", "owner", "owner", "Train the auditors | The programme, round 1; ineffective"),
    ):
        assert said in waits(waiting)
        assert not waits("owner" if waiting != "owner" else "lead")
        assert not waits("other owner")
        assert not waits("other assessor")
        with desk.act(desk.world.people[who]) as client:
            step = {"at": at, "to": to, "on": ON, "statement": "So it is."}
            assert client.post(f"/actions/{action}/steps", step).status_code == 303


# --- two at once ----------------------------------------------------------------------------------------


def test_the_form_of_the_second_of_two_holds_what_the_first_one_changed(desk: Desk) -> None:
    path = f"/actions/{desk.undertake()}"
    plan = {"title": "Train the auditors", "root_cause": "None was taught.", "owner": "the-owner", "criteria": PAIR}
    with desk.act(desk.world.second) as client:
        theirs = {**plan, "version": "1", "root_cause": "Nobody had the time.", "expected_on": "2027-01-05"}
        assert client.post(f"{path}/plan", theirs).status_code == 303
    with desk.act(desk.world.lead) as client:
        clash = client.post(f"{path}/plan", {**plan, "version": "1", "title": "Train all"})
        assert clash.status_code == 409
        for said in ("Somebody else changed this", "theirs, taken over", "5 January 2027", 'value="Train all"'):
            assert said in clash.text
        form = clash.text.split('id="plan"')[-1]
        assert "Nobody had the time.</textarea>" in form
        assert 'name="version" value="2"' in form
        again = {**plan, "version": "2", "title": "Train all", "root_cause": "Nobody had the time."}
        assert client.post(f"{path}/plan", {**again, "expected_on": "2027-01-05"}).status_code == 303
        assert "Nobody had the time." in client.get(path).text
