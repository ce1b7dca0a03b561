"""Evidence of a round: entered, corrected, withdrawn, filed, linked; state and event, and what events leave out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import Session, col, select

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.evidence import Described, EvidenceKind
from alignment.domain.people import Someone
from alignment.domain.refusal import Refusal, Stale, Unfit
from alignment.domain.round import Round
from alignment.services import evidence
from alignment.services.evidence import MOST_FILES, Given, Limits
from alignment.tables import Event, Evidence, EvidenceFile, EvidenceWithdrawal, RatingEvidence, StoredFile
from tests.conftest import NOW
from tests.documents import docx, pdf
from tests.remembered import remembered
from tests.rounds import a_round, advance, catalogue, close, codes, events, rate_all
from tests.working import World, a_world

PART = Part.GOVERNANCE
CODE = "GV-LE-1"
LIMITS = Limits(20_000_000)
LATER = NOW + timedelta(hours=1)
INTERVIEW = Described(EvidenceKind.INTERVIEW, "Head of audit", date(2026, 11, 2), date(2027, 11, 2))
SECRET = Described(
    EvidenceKind.EXPERT, "Whistle-blower at the smelter", date(2026, 11, 3), confidential=True, link="https://x.example"
)


@remembered
def opened(session: Session) -> tuple[World, Round]:
    world = a_world(session)
    return world, a_round(session, world, rating=[PART])


def add(session: Session, who: Someone, found: Round, said: Described = INTERVIEW, *files: Given) -> str:
    return evidence.add_evidence(
        session, actor=who, assessment=found.id, said=said, files=files, limits=LIMITS, now=NOW
    )


def link(session: Session, who: Someone, found: Round, *held: str, criterion: str = CODE) -> tuple[int, int]:
    return evidence.link_evidence(
        session,
        actor=who,
        assessment=found.id,
        part=PART,
        criterion=criterion,
        evidence=held,
        shown={each.evidence_id for each in session.exec(select(RatingEvidence))} | set(held),
        catalogue=catalogue(),
        now=NOW,
    )


def linked(session: Session) -> list[tuple[str, str]]:
    return [(each.criterion, each.evidence_id) for each in session.exec(select(RatingEvidence))]


# --- entering -----------------------------------------------------------------------------------------


def test_evidence_is_entered_with_its_days_its_files_and_its_events(session: Session) -> None:
    world, found = opened(session)
    id = add(session, world.second, found, INTERVIEW, Given("notes.pdf", pdf()), Given("notes.docx", docx()))
    row = session.get(Evidence, id)
    assert row is not None
    assert (row.kind, row.reference, row.collected_on, row.expires_on) == (
        "interview", "Head of audit", date(2026, 11, 2), date(2027, 11, 2),
    )  # fmt: skip
    assert (row.effective_on, row.recorded_at, row.confidential) == (date(2026, 11, 2), NOW, False)
    files = session.exec(select(EvidenceFile).where(col(EvidenceFile.evidence_id) == id)).all()
    assert {(each.name, each.version, each.sha256, each.added_by) for each in files} == {
        ("notes.pdf", 1, hashlib.sha256(pdf()).hexdigest(), f"person:{world.second.id}"),
        ("notes.docx", 1, hashlib.sha256(docx()).hexdigest(), f"person:{world.second.id}"),
    }
    stored = session.get_one(StoredFile, hashlib.sha256(pdf()).hexdigest())
    assert (stored.content, stored.size, stored.media_type) == (pdf(), len(pdf()), "application/pdf")
    told = events(session, f"evidence:{id}")
    assert [each.act for each in told] == ["recorded", "filed", "filed"]
    assert json.loads(told[0].after)["reference"] == "Head of audit"
    assert json.loads(told[1].after) == {
        "name": "notes.pdf", "sha256": hashlib.sha256(pdf()).hexdigest(), "size": len(pdf()), "version": 1,
    }  # fmt: skip


def test_nothing_that_says_what_confidential_evidence_is_enters_the_chain(session: Session) -> None:
    world, found = opened(session)
    id = add(session, world.lead, found, SECRET, Given("whistle-blower.pdf", pdf("name and address")))
    evidence.correct_evidence(
        session, actor=world.lead, evidence=id, said=replace(SECRET, reference="A second whistle-blower"), now=LATER
    )
    chain = " ".join(f"{each.subject} {each.before} {each.after}" for each in session.exec(select(Event)))
    assert "histle" not in chain
    assert "x.example" not in chain
    assert "2026-11-03" not in chain
    assert '"confidential":true' in chain


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (replace(INTERVIEW, reference=""), "reference"),
        (replace(INTERVIEW, collected_on=NOW.date() + timedelta(days=1)), "collected_on"),
        (replace(INTERVIEW, expires_on=date(2026, 1, 1)), "expires_on"),
        (replace(INTERVIEW, link="file:///etc/passwd"), "link"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nothing_is_stored(session: Session, said: Described, field: str) -> None:
    world, found = opened(session)
    with pytest.raises(Unfit) as refused:
        add(session, world.lead, found, said)
    assert refused.value.field == field
    assert session.exec(select(Evidence)).all() == []


def test_all_mistakes_are_told_at_once_each_at_its_field(session: Session) -> None:
    world, found = opened(session)
    said = replace(INTERVIEW, reference=" ", expires_on=date(2026, 1, 1), link="file:///etc/passwd")
    with pytest.raises(Unfit) as refused:
        add(session, world.lead, found, said)
    assert set(refused.value.faults) == {"reference", "expires_on", "link"}


def test_only_the_team_of_the_round_enters_evidence(session: Session) -> None:
    world, found = opened(session)
    for someone in (world.reviewer, world.owner, world.observer, world.decider, world.other_assessor, world.no_role):
        with pytest.raises(Refusal, match="You cannot add evidence: "):
            add(session, someone, found)
    assert session.exec(select(Evidence)).all() == []


def test_a_round_that_was_only_recorded_takes_no_evidence(session: Session) -> None:
    world = a_world(session)
    with pytest.raises(Refusal, match="no such round to work on"):
        evidence.add_evidence(session, actor=world.lead, assessment="elsewhere", said=INTERVIEW, limits=LIMITS, now=NOW)


def test_what_was_concluded_rests_on_what_was_there(session: Session) -> None:
    world, found = opened(session)
    held = add(session, world.lead, found)
    spare = add(session, world.lead, found, replace(INTERVIEW, reference="Another"))
    link(session, world.lead, found, held)
    rate_all(session, world.lead, found.id, PART)
    close(session, world, found.id, PART)
    with pytest.raises(Refusal, match="the part is at the stage closed"):
        link(session, world.lead, found, held, spare)
    with pytest.raises(Refusal, match="governance part is closed, and a rating of it rests on this evidence"):
        evidence.withdraw_evidence(session, actor=world.lead, evidence=held, reason="Not needed", now=LATER)
    add(session, world.lead, found, replace(INTERVIEW, reference="For the open parts"))
    for part in (Part.STANDARDS, Part.IMPLEMENTATION):
        advance(session, world.lead, found.id, part, PartStage.SCOPING, PartStage.RATING)
        rate_all(session, world.lead, found.id, part)
        close(session, world, found.id, part)
    with pytest.raises(Refusal, match="the part is at the stage closed"):
        add(session, world.lead, found)


# --- correcting and withdrawing -------------------------------------------------------------------------


def test_a_correction_is_a_new_record_that_takes_files_and_links_along(session: Session) -> None:
    world, found = opened(session)
    old = add(session, world.lead, found, INTERVIEW, Given("notes.pdf", pdf()))
    link(session, world.lead, found, old)
    said = replace(INTERVIEW, reference="Head of audit and her deputy", confidential=True)
    new = evidence.correct_evidence(session, actor=world.second, evidence=old, said=said, now=LATER)
    row = session.get_one(Evidence, new)
    assert (row.corrects, row.reference, row.confidential) == (old, "Head of audit and her deputy", True)
    assert session.get_one(Evidence, old).reference == "Head of audit"
    assert linked(session) == [(CODE, new)]
    moved = session.exec(select(EvidenceFile).where(col(EvidenceFile.evidence_id) == new)).one()
    assert (moved.name, moved.added_by) == ("notes.pdf", f"person:{world.lead.id}")
    assert [each.act for each in events(session, f"evidence:{new}")] == ["corrected"]


def test_a_correction_that_says_the_same_makes_no_record(session: Session) -> None:
    world, found = opened(session)
    old = add(session, world.lead, found)
    assert evidence.correct_evidence(session, actor=world.lead, evidence=old, said=INTERVIEW, now=LATER) == old
    assert len(events(session, f"evidence:{old}")) == 1


def test_two_corrections_of_one_record_clash(session: Session) -> None:
    world, found = opened(session)
    old = add(session, world.lead, found)
    said = replace(INTERVIEW, reference="First")
    evidence.correct_evidence(session, actor=world.lead, evidence=old, said=said, now=LATER)
    for act in (
        lambda: evidence.correct_evidence(
            session, actor=world.second, evidence=old, said=replace(INTERVIEW, reference="Second"), now=LATER
        ),
        lambda: evidence.withdraw_evidence(session, actor=world.second, evidence=old, reason="Wrong", now=LATER),
        lambda: evidence.add_file(
            session, actor=world.second, evidence=old, given=Given("a.pdf", pdf()), limits=LIMITS, now=LATER
        ),
        lambda: link(session, world.second, found, old),
    ):
        with pytest.raises(Stale, match=r"meanwhile|while you were writing"):
            act()


def test_who_corrects_an_older_wording_reads_the_newest_one_beside_their_own(session: Session) -> None:
    world, found = opened(session)
    old = add(session, world.lead, found)
    first = replace(INTERVIEW, reference="First", link="https://example.org/first")
    new = evidence.correct_evidence(session, actor=world.lead, evidence=old, said=first, now=LATER)
    newest = evidence.correct_evidence(
        session, actor=world.lead, evidence=new, said=replace(first, reference="Second"), now=LATER
    )
    mine = replace(INTERVIEW, reference="Mine")
    with pytest.raises(evidence.Corrected) as clash:
        evidence.correct_evidence(session, actor=world.second, evidence=old, said=mine, now=LATER)
    assert clash.value.newest == newest
    assert (clash.value.kept["reference"], clash.value.kept["link"]) == ("Mine", "https://example.org/first")
    with pytest.raises(Refusal, match="no such evidence"):
        evidence.correct_evidence(session, actor=world.second, evidence="nothing", said=mine, now=LATER)


def test_what_was_entered_by_mistake_is_withdrawn_with_its_reason(session: Session) -> None:
    world, found = opened(session)
    held = add(session, world.lead, found)
    link(session, world.lead, found, held)
    with pytest.raises(Unfit, match="Say why"):
        evidence.withdraw_evidence(session, actor=world.lead, evidence=held, reason=" ", now=LATER)
    with pytest.raises(Unfit, match="1,000 characters"):
        evidence.withdraw_evidence(session, actor=world.lead, evidence=held, reason="x" * 1001, now=LATER)
    evidence.withdraw_evidence(session, actor=world.second, evidence=held, reason="Of another scheme", now=LATER)
    row = session.get_one(EvidenceWithdrawal, held)
    assert (row.reason, row.by_id, row.at) == ("Of another scheme", world.second.id, LATER)
    assert linked(session) == []
    last = events(session, f"evidence:{held}")[-1]
    assert (last.act, json.loads(last.after)) == ("withdrew", {"withdrawn": True, "reason": "Of another scheme"})
    with pytest.raises(Stale, match="withdrawn"):
        evidence.correct_evidence(session, actor=world.lead, evidence=held, said=SECRET, now=LATER)


def test_the_reason_for_withdrawing_confidential_evidence_stays_out_of_the_chain(session: Session) -> None:
    world, found = opened(session)
    held = add(session, world.lead, found, SECRET)
    evidence.withdraw_evidence(session, actor=world.lead, evidence=held, reason="She fears for her post", now=LATER)
    assert json.loads(events(session, f"evidence:{held}")[-1].after) == {"withdrawn": True}


def test_what_is_not_there_is_not_changed(session: Session) -> None:
    world, _ = opened(session)
    with pytest.raises(Refusal, match="no such evidence"):
        evidence.withdraw_evidence(session, actor=world.lead, evidence="nothing", reason="Wrong", now=NOW)


# --- files --------------------------------------------------------------------------------------------


def test_a_file_of_the_same_name_is_a_new_version_and_the_old_one_stays(session: Session) -> None:
    world, found = opened(session)
    held = add(session, world.lead, found, INTERVIEW, Given("notes.pdf", pdf("first")))
    given = Given("notes.pdf", pdf("second"))
    filed = evidence.add_file(session, actor=world.second, evidence=held, given=given, limits=LIMITS, now=LATER)
    assert (filed.version, filed.added_by, filed.added_at) == (2, f"person:{world.second.id}", LATER)
    versions = session.exec(select(EvidenceFile.version, EvidenceFile.sha256).order_by(col(EvidenceFile.version)))
    assert versions.all() == [
        (1, hashlib.sha256(pdf("first")).hexdigest()),
        (2, hashlib.sha256(pdf("second")).hexdigest()),
    ]


def test_the_same_bytes_are_kept_once_and_never_twice_under_one_name(session: Session) -> None:
    world, found = opened(session)
    add(session, world.lead, found, INTERVIEW, Given("a.pdf", pdf()))
    held = add(session, world.lead, found, replace(INTERVIEW, reference="Another"), Given("b.pdf", pdf()))
    assert len(session.exec(select(StoredFile)).all()) == 1
    with pytest.raises(Unfit, match=r"“b\.pdf” is here already with exactly this content") as refused:
        evidence.add_file(
            session, actor=world.lead, evidence=held, given=Given("b.pdf", pdf()), limits=LIMITS, now=LATER
        )
    assert refused.value.field == "files"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (Given("../notes.pdf", pdf()), "is a path"),
        (Given("notes.pdf", b""), "is empty"),
        (Given("notes.exe", b"MZ\x90\x00"), "program or script"),
        (Given("notes.pdf", docx()), "is called a PDF but"),
        (Given("bomb.docx", docx({"word/zeros": b"\0" * 5_000_000})), "unpacks to far more"),
        (Given("long.txt", b"x" * 1001), "is larger than 1 kB"),
    ],
)
def test_a_file_that_cannot_be_kept_is_refused(session: Session, given: Given, says: str) -> None:
    world, found = opened(session)
    held = add(session, world.lead, found)
    limits = Limits(1000 if given.name == "long.txt" else 20_000_000)
    with pytest.raises(Unfit, match=says) as refused:
        evidence.add_file(session, actor=world.lead, evidence=held, given=given, limits=limits, now=LATER)
    assert refused.value.field == "files"
    assert session.exec(select(StoredFile)).all() == []


def test_a_piece_of_evidence_has_a_bounded_number_of_files(session: Session) -> None:
    world, found = opened(session)
    files = [Given(f"{number}.pdf", pdf(str(number))) for number in range(MOST_FILES)]
    held = add(session, world.lead, found, INTERVIEW, *files)
    with pytest.raises(Unfit, match=f"has {MOST_FILES} files already"):
        evidence.add_file(
            session, actor=world.lead, evidence=held, given=Given("one more.pdf", pdf()), limits=LIMITS, now=LATER
        )
    new = Given("0.pdf", pdf("again"))
    assert evidence.add_file(
        session, actor=world.lead, evidence=held, given=new, limits=LIMITS, now=LATER
    ).version == 2  # fmt: skip


# --- links to ratings -----------------------------------------------------------------------------------


def test_a_rating_rests_on_what_is_linked_to_it_and_each_change_is_an_event(session: Session) -> None:
    world, found = opened(session)
    one, other = (add(session, world.lead, found, replace(INTERVIEW, reference=name)) for name in ("One", "Other"))
    assert link(session, world.lead, found, one) == (1, 0)
    assert link(session, world.second, found, other) == (1, 1)
    assert link(session, world.second, found, other) == (0, 0)
    assert linked(session) == [(CODE, other)]
    told = events(session, f"rating:{found.id}/governance/{CODE}")
    assert [(each.act, json.loads(each.before), json.loads(each.after)) for each in told] == [
        ("linked", {"evidence": []}, {"evidence": [one]}),
        ("linked", {"evidence": [one]}, {"evidence": [other]}),
    ]


def test_nothing_is_linked_that_is_not_judged_or_not_of_this_round(session: Session) -> None:
    world, found = opened(session)
    held = add(session, world.lead, found)
    standards_only = next(code for code in codes(Part.STANDARDS) if code not in codes(PART))
    with pytest.raises(Refusal, match="is not judged in this part"):
        link(session, world.lead, found, held, criterion=standards_only)
    other = a_round(session, world, rating=[PART])
    with pytest.raises(Stale, match="meanwhile"):
        link(session, world.lead, other, held)
    with pytest.raises(Refusal, match="You cannot add evidence"):
        link(session, world.reviewer, found, held)


def test_what_was_not_shown_keeps_its_link(session: Session) -> None:
    world, found = opened(session)
    one, other = (add(session, world.lead, found, replace(INTERVIEW, reference=name)) for name in ("One", "Other"))
    link(session, world.lead, found, one)
    asked = {"assessment": found.id, "part": PART, "criterion": CODE, "catalogue": catalogue(), "now": NOW}
    evidence.link_also(session, actor=world.second, evidence=other, **asked)
    assert sorted(linked(session)) == sorted([(CODE, one), (CODE, other)])
    evidence.link_evidence(session, actor=world.lead, evidence=[], shown=[one], **asked)
    assert linked(session) == [(CODE, other)]
