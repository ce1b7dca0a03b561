"""The pages of evidence: who sees what, forms that keep what was typed, files sent and fetched."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from alignment.database import make_engine, unit_of_work
from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.evidence import Described, EvidenceKind
from alignment.domain.people import Someone
from alignment.services import evidence, teams
from alignment.services.evidence import Given, Limits
from alignment.tables import Evidence, EvidenceFile, RatingEvidence
from tests.conftest import NOW
from tests.documents import docx, pdf
from tests.rounds import a_round, accept_all, advance, catalogue, close, codes, rate_all, save
from tests.web.site import counted_queries
from tests.working import Client, World, a_world, app_again, client_for

PART, CODE = Part.GOVERNANCE, "GV-LE-1"
INTERVIEW = Described(EvidenceKind.INTERVIEW, "Head of audit", date(2026, 11, 2), date(2026, 12, 2))
SECRET = Described(EvidenceKind.EXPERT, "Whistle-blower", date(2026, 11, 3), confidential=True)
FORM = {"kind": "interview", "reference": "Head of audit", "collected_on": "2026-11-02"}


@dataclass
class Desk:
    """An application with a round under way, and a way to sit down at it as anybody."""

    engine: Engine
    app: Any
    world: World
    round: str

    def act(self, who: Someone | None) -> Any:
        return client_for(self.app, self.engine, who)

    def add(self, said: Described = INTERVIEW, *files: Given) -> str:
        with unit_of_work(self.engine) as session:
            return evidence.add_evidence(
                session, actor=self.world.lead, assessment=self.round, said=said, files=files,
                limits=Limits(20_000_000), now=NOW,
            )  # fmt: skip

    def link(self, *held: str) -> None:
        with unit_of_work(self.engine) as session:
            evidence.link_evidence(
                session, actor=self.world.lead, assessment=self.round, part=PART, criterion=CODE, evidence=held,
                shown=held, catalogue=catalogue(), now=NOW,
            )  # fmt: skip

    def held(self, table: Any = Evidence) -> list[Any]:
        with Session(self.engine) as session:
            return list(session.exec(select(table)))


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    engine = make_engine(sqlite_url)
    with unit_of_work(engine) as session:
        world = a_world(session)
        found = a_round(session, world, rating=[PART])
    yield Desk(engine, app_again(sqlite_url, evidence_mb=1), world, found.id)
    engine.dispose()


def upload(client: Client, path: str, fields: dict[str, str], *files: tuple[str, bytes]) -> httpx.Response:
    return client.post(path, fields, files=[("files", (name, content)) for name, content in files])


# --- the list ------------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do(desk: Desk) -> None:
    with desk.act(desk.world.lead) as client:
        page = client.get(f"/rounds/{desk.round}/evidence")
    assert page.status_code == 200
    assert "No evidence yet" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in page.text


def test_the_list_shows_each_piece_with_its_days_files_and_ratings_in_few_queries(desk: Desk) -> None:
    held = desk.add(INTERVIEW, Given("notes.pdf", pdf()))
    desk.link(held)
    for number in range(10):
        desk.add(replace(INTERVIEW, reference=f"Interview {number}", kind=EvidenceKind.SITE_VISIT))
    with desk.act(desk.world.second) as client, counted_queries() as asked:
        page = client.get(f"/rounds/{desk.round}/evidence")
    assert len(asked) <= 8
    for said in ("Head of audit", "notes.pdf", "2 November 2026", "expires soon", CODE, "Site visits</dt><dd>10"):
        assert said in page.text
    assert f'id="evidence-{held}"' in page.text


def test_the_list_is_filtered_by_its_address(desk: Desk) -> None:
    desk.link(desk.add(INTERVIEW))
    desk.add(replace(INTERVIEW, reference="A visit", kind=EvidenceKind.SITE_VISIT, expires_on=None))
    with desk.act(desk.world.lead) as client:
        for query, there, gone in (
            ("kind=site_visit", "A visit", "Head of audit"),
            ("part=governance", "Head of audit", "A visit"),
            ("expiry=none", "A visit", "Head of audit"),
            ("linked=yes", "Head of audit", "A visit"),
        ):
            page = client.get(f"/rounds/{desk.round}/evidence?{query}").text
            assert there in page
            assert gone not in page
        assert "No evidence fits" in client.get(f"/rounds/{desk.round}/evidence?kind=document").text
        assert client.get(f"/rounds/{desk.round}/evidence?kind=rumour").status_code == 400


def test_confidential_evidence_is_told_only_to_the_team_of_its_round(desk: Desk) -> None:
    secret = desk.add(SECRET, Given("statement.pdf", pdf()))
    with unit_of_work(desk.engine) as session:
        teams.invite_observer(
            session, actor=desk.world.lead, assessment=desk.round, person=desk.world.observer.id, now=NOW
        )
    desk.link(secret)
    file = f"/evidence/{secret}/files/{hashlib.sha256(pdf()).hexdigest()}"
    pages = [f"/rounds/{desk.round}/{page}" for page in ("evidence", "governance", f"governance/{CODE}/history")]
    for who in (desk.world.lead, desk.world.second):
        with desk.act(who) as client:
            page = client.get(pages[0]).text
            assert "Whistle-blower" in page
            assert "Lead and Second of this round’s team see it" in page
            assert client.get(file).status_code == 200
    for who in (desk.world.reviewer, desk.world.observer):
        with desk.act(who) as client:
            assert "Confidential: expert" in client.get(pages[0]).text
            for path in pages:
                for said in ("Whistle-blower", "statement.pdf", "3 November 2026"):
                    assert said not in client.get(path).text
            for path in (f"/evidence/{secret}", file):
                answer = client.get(path)
                assert answer.status_code == 403
                assert "You cannot see confidential evidence" in answer.text


@pytest.mark.parametrize("opened", [True, False])
def test_what_was_or_became_confidential_by_a_correction_is_not_told_by_its_other_wording(
    desk: Desk, opened: bool
) -> None:
    old = desk.add(SECRET if opened else INTERVIEW)
    said = replace(INTERVIEW if opened else SECRET, reference="Said anew")
    with unit_of_work(desk.engine) as session:
        new = evidence.correct_evidence(session, actor=desk.world.lead, evidence=old, said=said, now=NOW)
    with desk.act(desk.world.reviewer) as client:
        pages = [client.get(f"/evidence/{id}") for id in (old, new)]
    assert [page.status_code for page in pages] == ([403, 200] if opened else [403, 403])
    for page in pages:
        assert "Whistle-blower" not in page.text
        assert "Head of audit" not in page.text or opened
    assert ("Confidential: expert" in pages[1].text) is opened


def test_carried_ratings_lead_to_the_evidence_of_their_own_round_as_its_readers_may_see_it(desk: Desk) -> None:
    held, secret = desk.add(INTERVIEW), desk.add(SECRET)
    desk.link(held, secret)
    reviewer, second = desk.world.reviewer, desk.world.second
    with unit_of_work(desk.engine) as session:
        rate_all(session, desk.world.lead, desk.round, PART)
        close(session, desk.world, desk.round, PART)
        later = a_round(
            session, desk.world, follows=desk.round, lead=reviewer.id, second=second.id, label="Updated report"
        ).id
    sheet, listed = f"/rounds/{later}/governance", f"/rounds/{later}/evidence"
    chip = f'<a class="chip" href="/evidence/{held}">Interview: Head of audit<span class="soft">of round 1</span></a>'
    with desk.act(reviewer) as client, counted_queries() as asked:
        page = client.get(sheet).text
        assert len(asked) <= 8
        assert chip in page
        assert '<span class="chip">Expert<span class="soft">of round 1, confidential</span></span>' in page
        shown = client.get(listed)
        choice = client.get(f"{listed}?part=governance&criterion={CODE}").text
    assert "0 pieces" in shown.text
    assert "2 pieces of evidence that carried ratings rest on" in shown.text
    assert "Only the team of round 1 sees what it is" in shown.text
    assert "of round 1, carried over with the rating: Interview" in choice
    for told in (page, shown.text, choice):
        assert "Whistle-blower" not in told
    with desk.act(second) as client:  # of both teams
        for address in (sheet, listed):
            assert f'href="/evidence/{secret}"' in client.get(address).text
    with unit_of_work(desk.engine) as session:
        teams.invite_observer(session, actor=reviewer, assessment=later, person=desk.world.observer.id, now=NOW)
        advance(session, reviewer, later, PART, PartStage.SCOPING, PartStage.RATING)
        for code in codes(PART):
            same = {"rationale": f"Why {code}.", "cites_standard": "Clause 1", "cites_guidance": "Step 1"}
            save(session, reviewer, later, PART, code, 1, level="fully", **same)
        advance(session, reviewer, later, PART, PartStage.RATING, PartStage.REVIEW)
        accept_all(session, second, later, PART)
        advance(session, reviewer, later, PART, PartStage.REVIEW, PartStage.ACCURACY_CHECK)
        advance(session, reviewer, later, PART, PartStage.ACCURACY_CHECK, PartStage.CLOSED)
    public = f"/programmes/the-programme/assessments/1#{held}"
    with desk.act(desk.world.observer) as client:
        assert f'<a class="chip" href="{public}">Interview: Head of audit' in client.get(sheet).text
    with desk.act(None) as client:
        page = client.get("/programmes/the-programme/assessments/2").text
        assert f'Evidence: <a href="{public}">Head of audit</a> (round 1) and 1 confidential piece.' in page
        assert f'id="{held}"' in client.get("/programmes/the-programme/assessments/1").text


@pytest.mark.parametrize("who", ["owner", "decider", "publisher", "administrator", "other assessor", "other observer"])
def test_who_is_not_of_the_round_sees_none_of_its_evidence(desk: Desk, who: str) -> None:
    held = desk.add(INTERVIEW, Given("notes.pdf", pdf()))
    with desk.act(desk.world.people[who]) as client:
        for path in (
            f"/rounds/{desk.round}/evidence", f"/evidence/{held}",
            f"/evidence/{held}/files/{hashlib.sha256(pdf()).hexdigest()}",
        ):  # fmt: skip
            answer = client.get(path)
            assert answer.status_code == 403
            assert "Head of audit" not in answer.text


def test_without_a_session_the_way_leads_to_sign_in(desk: Desk) -> None:
    held = desk.add()
    with desk.act(None) as client:
        for path in (f"/rounds/{desk.round}/evidence", f"/evidence/{held}"):
            answer = client.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/account/sign-in")
        sent = upload(client, f"/rounds/{desk.round}/evidence", FORM, ("a.pdf", pdf()))
        assert sent.status_code == 401


SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def test_what_was_typed_beside_files_is_kept_when_the_session_is_over(desk: Desk) -> None:
    path = f"/rounds/{desk.round}/evidence"
    fields = {**FORM, "reference": "Head of audit, for an hour", "csrf": "gone"}
    with desk.act(None) as client:
        sent = client.post(path, fields, files=[("files", ("a.pdf", pdf("x" * 6_000_000)))], headers=SAME_ORIGIN)
    assert sent.status_code == 401
    for said in ("What you wrote is kept", "Choose your files again.", 'value="Head of audit, for an hour"'):
        assert said in sent.text
    carried = dict(re.findall(r'name="((?:kept|back)[^"]*)" value="([^"]*)"', sent.text))
    assert (carried["kept_to"], carried["kept_files"]) == (path, "files")
    assert desk.held() == []


def test_a_text_beside_files_that_is_longer_than_is_kept_is_told_to_be_lost(desk: Desk) -> None:
    with desk.act(None) as client:
        fields = {**FORM, "reference": "x" * 3_000_000}
        sent = client.post(
            f"/rounds/{desk.round}/evidence", fields, files=[("files", ("a.pdf", pdf()))], headers=SAME_ORIGIN
        )
    assert sent.status_code == 401
    assert "too long to be kept" in sent.text


@pytest.mark.parametrize(
    "path", ["/rounds/none/evidence", "/evidence/none", "/rounds/{round}/evidence?part=governance&criterion=NO-1",
             "/rounds/{round}/evidence?part=nothing&criterion=GV-LE-1"],
)  # fmt: skip
def test_what_is_not_there_is_said_to_be_not_there(desk: Desk, path: str) -> None:
    with desk.act(desk.world.lead) as client:
        assert client.get(path.format(round=desk.round)).status_code == 404


# --- entering ------------------------------------------------------------------------------------------


def test_evidence_is_entered_with_files_by_a_plain_form(desk: Desk) -> None:
    with desk.act(desk.world.lead) as client:
        answer = upload(
            client,
            f"/rounds/{desk.round}/evidence",
            {**FORM, "confidential": "yes"},
            ("a.pdf", pdf()),
            ("b.docx", docx()),
        )
        (row,) = desk.held()
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/rounds/{desk.round}/evidence#evidence-{row.id}"
    assert (row.reference, row.collected_on, row.expires_on, row.confidential) == (
        "Head of audit", date(2026, 11, 2), None, True,
    )  # fmt: skip
    assert {each.name for each in desk.held(EvidenceFile)} == {"a.pdf", "b.docx"}


def test_evidence_entered_from_a_criterion_stands_behind_it_at_once(desk: Desk) -> None:
    with desk.act(desk.world.lead) as client:
        fields = {**FORM, "part": "governance", "criterion": CODE}
        answer = client.post(f"/rounds/{desk.round}/evidence", fields)
        assert answer.headers["location"].startswith(
            f"/rounds/{desk.round}/evidence?part=governance&criterion={CODE}#evidence-"
        )
        page = client.get(answer.headers["location"])
    assert f"Evidence for {CODE}" in page.text
    assert "checked" in page.text
    (link,) = desk.held(RatingEvidence)
    assert (link.part, link.criterion) == ("governance", CODE)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"reference": ""}, "Say what it is"),
        ({"kind": "rumour"}, "Choose how it was learned"),
        ({"collected_on": "yesterday"}, "“yesterday” is no day"),
        ({"collected_on": "2026-12-24"}, "This day is still to come"),
        ({"link": "javascript:alert(1)"}, "no address on the web"),
        ({"reference": "x" * 501}, "shorten it to 500"),
        ({"kind": "", "reference": "", "link": "no"}, "how it was learned|no address on the web|Say what it is"),
    ],
)
def test_a_mistake_stands_beside_its_field_and_what_was_typed_is_kept(
    desk: Desk, fields: dict[str, str], says: str
) -> None:
    with desk.act(desk.world.lead) as client:
        answer = client.post(f"/rounds/{desk.round}/evidence", {**FORM, "link": "https://kept.example", **fields})
    assert answer.status_code == 422
    assert [each for each in says.split("|") if each not in answer.text] == []
    assert "kept.example" in answer.text or "link" in fields
    assert desk.held() == []


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("../notes.pdf", pdf(), "is a path"),
        ("notes.exe", b"MZ\x90\x00", "program or script"),
        ("notes.pdf", b"", "is empty"),
        ("notes.pdf", docx(), "is called a PDF but"),
        ("bomb.docx", docx({"word/zeros": b"\0" * 5_000_000}), "unpacks to far more"),
        ("large.txt", b"x" * 1_000_001, "is larger than 1 MB"),
        ("<script>.txt", b"x", "has a sign that no file name has"),
    ],
)
def test_a_file_that_cannot_be_kept_is_refused_beside_its_field(
    desk: Desk, name: str, content: bytes, says: str
) -> None:
    with desk.act(desk.world.lead) as client:
        answer = upload(client, f"/rounds/{desk.round}/evidence", {**FORM, "link": "no"}, (name, content))
    assert answer.status_code == 422
    assert says in answer.text
    assert "no address on the web" in answer.text
    assert "<script>.txt" not in answer.text
    assert "Head of audit" in answer.text
    assert desk.held() == []
    assert desk.held(EvidenceFile) == []


def test_bytes_that_are_no_text_are_told_beside_their_field_with_all_that_was_typed(desk: Desk) -> None:
    sent = {**FORM, "reference": b"Head of \xe9 audit", "link": "https://kept.example"}
    with desk.act(desk.world.lead) as client:
        answer = client.in_parts(f"/rounds/{desk.round}/evidence", sent, ("Caf\xe9.pdf".encode("latin-1"), pdf()))
        held = desk.add()
        more = client.in_parts(f"/evidence/{held}/files", {}, ("Caf\xe9.pdf".encode("latin-1"), pdf()))
    assert answer.status_code == more.status_code == 422
    beside = answer.text[answer.text.index('id="reference-error"') :]
    assert "A byte that is no UTF-8 was left out of this field" in beside
    for said in ('value="Head of  audit"', 'value="https://kept.example"', 'value="2026-11-02"'):
        assert said in answer.text
    for page in (answer.text, more.text):
        beside = page[page.index('id="files-error"') :]
        assert "“Caf�.pdf” has a sign in its name that nobody can read: rename the file" in beside
    assert len(desk.held()) == 1
    assert desk.held(EvidenceFile) == []


def test_a_file_with_any_name_that_can_be_read_is_kept_under_it(desk: Desk) -> None:
    with desk.act(desk.world.lead) as client:
        answer = client.in_parts(
            f"/rounds/{desk.round}/evidence", FORM, ("Übersicht “α” %C3.pdf".encode(), pdf()), (b"", b""),
        )  # fmt: skip
    assert answer.status_code == 303
    (file,) = desk.held(EvidenceFile)
    assert file.name == "Übersicht “α” %C3.pdf"
    assert file.sha256 == hashlib.sha256(pdf()).hexdigest()


def test_too_many_files_at_once_are_refused(desk: Desk) -> None:
    with desk.act(desk.world.lead) as client:
        many = [(f"{number}.pdf", pdf(str(number))) for number in range(11)]
        answer = upload(client, f"/rounds/{desk.round}/evidence", FORM, *many)
    assert answer.status_code == 422
    assert "at most 10 files" in answer.text


def test_hostile_words_are_shown_and_not_obeyed(desk: Desk) -> None:
    with desk.act(desk.world.lead) as client:
        client.post(f"/rounds/{desk.round}/evidence", {**FORM, "reference": "<img src=x onerror=alert(1)>"})
        page = client.get(f"/rounds/{desk.round}/evidence").text
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_who_may_not_add_evidence_is_told_why_and_what_they_typed_is_kept(desk: Desk) -> None:
    with desk.act(desk.world.reviewer) as client:
        assert "You cannot add evidence: only the lead" in client.get(f"/rounds/{desk.round}/evidence").text
        answer = client.post(f"/rounds/{desk.round}/evidence", FORM)
        assert answer.status_code == 403
        assert "You cannot add evidence" in answer.text
    assert desk.held() == []


def test_a_form_without_the_secret_of_the_session_is_refused(desk: Desk) -> None:
    with desk.act(desk.world.lead) as client:
        assert client.client.post(f"/rounds/{desk.round}/evidence", data=FORM).status_code == 403
    assert desk.held() == []


# --- links ---------------------------------------------------------------------------------------------


def test_what_a_rating_rests_on_is_chosen_and_leads_back_to_the_sheet(desk: Desk) -> None:
    one, other = desk.add(INTERVIEW), desk.add(replace(INTERVIEW, reference="Another"))
    desk.link(one)
    path = f"/rounds/{desk.round}/evidence"
    fields = {"part": "governance", "criterion": CODE, "evidence": [other], "shown": [one, other]}
    with desk.act(desk.world.lead) as client:
        answer = client.post(f"{path}/links", fields)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/rounds/{desk.round}/governance#rating-{CODE}"
    assert [each.evidence_id for each in desk.held(RatingEvidence)] == [other]


def test_links_that_cannot_be_made_are_refused_on_the_same_page(desk: Desk) -> None:
    held = desk.add()
    path = f"/rounds/{desk.round}/evidence/links"
    with desk.act(desk.world.reviewer) as client:
        answer = client.post(path, {"part": "governance", "criterion": CODE, "evidence": held})
        assert answer.status_code == 403
        assert "You cannot add evidence" in answer.text
    with desk.act(desk.world.lead) as client:
        gone = client.post(path, {"part": "governance", "criterion": CODE, "evidence": "withdrawn"})
        assert gone.status_code == 409
        assert "meanwhile" in gone.text
        assert client.post(path, {"evidence": held}).status_code == 404


# --- one piece -----------------------------------------------------------------------------------------


def test_a_piece_shows_every_version_of_its_files_and_every_wording_in_few_queries(desk: Desk) -> None:
    old = desk.add(INTERVIEW, Given("notes.pdf", pdf("first")))
    with desk.act(desk.world.second) as client:
        assert upload(client, f"/evidence/{old}/files", {}, ("notes.pdf", pdf("second"))).status_code == 303
        answer = client.post(f"/evidence/{old}", {**FORM, "reference": "Head of audit and deputy"})
        new = answer.headers["location"].removeprefix("/evidence/")
        with counted_queries() as asked:
            page = client.get(f"/evidence/{new}")
        assert len(asked) <= 8
        for said in (
            "Head of audit and deputy", "Earlier wordings", "Interview: Head of audit", "Lead", "Second",
            hashlib.sha256(pdf("first")).hexdigest(), hashlib.sha256(pdf("second")).hexdigest(),
        ):  # fmt: skip
            assert said in page.text
        assert f'href="/evidence/{new}"' in client.get(f"/evidence/{old}").text
        clash = client.post(f"/evidence/{old}", {**FORM, "reference": "Something else"})
        assert clash.status_code == 409
        assert "Something else" not in page.text
        # The form of the newest wording comes back with what was written, and with both texts.
        assert "Somebody else changed this while you were writing" in clash.text
        assert f'action="/evidence/{new}"' in clash.text
        assert clash.text.count("Something else") >= 2


def test_a_correction_with_a_mistake_keeps_what_was_typed(desk: Desk) -> None:
    held = desk.add()
    with desk.act(desk.world.lead) as client:
        answer = client.post(f"/evidence/{held}", {**FORM, "reference": "", "link": "https://kept.example/x"})
        assert answer.status_code == 422
        assert "kept.example/x" in answer.text
        assert client.post(f"/evidence/{held}", {**FORM, "link": "no"}).status_code == 422


def test_a_piece_is_withdrawn_with_its_reason(desk: Desk) -> None:
    held = desk.add()
    with desk.act(desk.world.lead) as client:
        empty = client.post(f"/evidence/{held}/withdraw", {"reason": ""})
        assert empty.status_code == 422
        answer = client.post(f"/evidence/{held}/withdraw", {"reason": "Of another scheme"})
        assert answer.headers["location"] == f"/rounds/{desk.round}/evidence"
        assert "Head of audit" not in client.get(f"/rounds/{desk.round}/evidence").text
        assert "Withdrawn by Lead" in client.get(f"/evidence/{held}").text
        assert client.post(f"/evidence/{held}/withdraw", {"reason": "Again"}).status_code == 409


def test_files_are_added_all_or_none(desk: Desk) -> None:
    held = desk.add()
    with desk.act(desk.world.lead) as client:
        assert upload(client, f"/evidence/{held}/files", {}).status_code == 422
        bad = upload(client, f"/evidence/{held}/files", {}, ("a.pdf", pdf()), ("b.exe", b"MZ\x90\x00"))
        assert bad.status_code == 422
        assert "program or script" in bad.text
    assert desk.held(EvidenceFile) == []
    with desk.act(desk.world.reviewer) as client:
        assert upload(client, f"/evidence/{held}/files", {}, ("a.pdf", pdf())).status_code == 403


def test_a_file_is_handed_out_to_be_saved_and_cannot_act_within_the_site(desk: Desk) -> None:
    held = desk.add(INTERVIEW, Given("Übersicht 100 %.txt", b"Said: <script>alert(1)</script>"))
    digest = hashlib.sha256(b"Said: <script>alert(1)</script>").hexdigest()
    with desk.act(desk.world.lead) as client:
        answer = client.get(f"/evidence/{held}/files/{digest}")
        assert answer.status_code == 200
        assert answer.content == b"Said: <script>alert(1)</script>"
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["content-disposition"] == ("attachment; filename*=UTF-8''%C3%9Cbersicht%20100%20%25.txt")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["cache-control"] == "private, no-store"
        assert client.get(f"/evidence/{held}/files/{'0' * 64}").status_code == 404
