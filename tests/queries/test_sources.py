"""Documents and what rests on them, on either database: nothing that the seeds say of one is lost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from alignment import tables
from alignment.catalogue import load_all
from alignment.database import reading, unit_of_work
from alignment.domain.assessment import Certainty
from alignment.domain.people import SEED_IMPORT
from alignment.queries.source_facts import Fact, Kind, topic_name
from alignment.queries.sources import Cited, Document, SourcePage, source_page, sources_page, statements
from alignment.seeds import read_seeds
from alignment.services import ledger
from tests.conftest import NOW
from tests.web.site import counted_queries

TODAY = date(2026, 11, 21)
LATER = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def seeded() -> dict[str, list[Any]]:
    """Every record of the seeds that names a source, by the id of the source."""
    catalogues, _ = load_all()
    found: dict[str, list[Any]] = defaultdict(list)
    for entry in read_seeds(catalogues).entries:
        if getattr(entry.row, "source_id", None):
            found[entry.row.source_id].append(entry.row)  # type: ignore[attr-defined]
    return found


def page(engine: Engine, source: str, *, as_at: date = TODAY, known_at: datetime | None = None) -> SourcePage:
    with reading(engine) as connection:
        found = source_page(connection, source, as_at=as_at, known_at=known_at)
    assert found is not None
    return found


def facts(found: SourcePage) -> dict[str, Fact]:
    told = [fact for topic in found.topics for fact in topic.facts]
    return {f"{fact.kind}:{fact.id}": fact for fact in (*told, *(fact for _, those in found.facts for fact in those))}


KIND_OF = {
    "statement": Kind.STATEMENT, "decision": Kind.DECISION, "recognition": Kind.RECOGNITION,
    "result": Kind.RESULT, "finding": Kind.FINDING, "part_progress": Kind.PROGRESS,
    "corrective_action": Kind.ACTION, "action_step": Kind.STEP, "monitoring_point": Kind.MONITORING,
    "evidence": Kind.EVIDENCE, "programme": Kind.PROGRAMME, "programme_name": Kind.NAME,
    "assessment": Kind.ASSESSMENT, "standard": Kind.STANDARD, "assurance_process": Kind.PROCESS,
    "metal": Kind.METAL, "equivalence": Kind.EQUIVALENCE, "place_to_look": Kind.PLACE,
    "producer": Kind.PRODUCER, "brand": Kind.BRAND, "claim": Kind.CLAIM, "declaration": Kind.DECLARATION,
    "certificate": Kind.CERTIFICATE, "checklist_answer": Kind.ANSWER,
}  # fmt: skip


def test_every_table_that_names_a_source_is_read() -> None:
    with_a_source = {
        name for name, table in tables.metadata.tables.items() if "source_id" in table.columns
    }  # fmt: skip
    assert with_a_source == set(KIND_OF)
    assert set(KIND_OF.values()) == set(Kind)


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_every_record_of_the_seeds_is_on_the_page_of_its_source(
    seeded_engine: Engine, seeded: dict[str, list[Any]]
) -> None:
    missing = []
    for source, rows in seeded.items():
        held = facts(page(seeded_engine, source))
        for row in rows:
            key = f"{KIND_OF[row.__tablename__]}:{row.id}"
            fact = held.pop(key, None)
            if fact is None or (fact.place, fact.remark) != (row.place, getattr(row, "remark", "")):
                missing.append(key)
        assert held == {}, f"{source} has facts that the seeds do not name"
    assert missing == []


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_every_statement_is_told_in_full_in_the_order_of_its_file(
    seeded_engine: Engine, seeded: dict[str, list[Any]]
) -> None:
    for source, rows in seeded.items():
        written = [row for row in rows if isinstance(row, tables.Statement)]
        topics = page(seeded_engine, source).topics
        assert len({(topic.name, topic.subject) for topic in topics}) == len(topics)
        by_id = {fact.id: fact for topic in topics for fact in topic.facts}
        assert [(row.text, row.title, row.said_by) for row in written] == [
            (by_id[row.id].says, by_id[row.id].head, by_id[row.id].by) for row in written
        ]
        place = {row.id: number for number, row in enumerate(written)}
        for topic in topics:
            order = [place[fact.id] for fact in topic.facts]
            assert order == sorted(order)


def test_what_each_kind_says_is_put_together_from_its_record(seeded_engine: Engine) -> None:
    memo = facts(page(seeded_engine, "memo-2024-09"))
    said = {key: (fact.head, fact.subject.label) for key, fact in memo.items()}
    assert said["decision:jdds-copper-mark-approved"] == ("Approved", "Joint Standard, Copper Mark")
    assert memo["decision:jdds-copper-mark-approved"].says.endswith("Printed with “published here”.")
    assert said["result:jdds-copper-mark-1-overall-partially"][0] == "Overall: partially aligned, first report"
    assert memo["result:jdds-copper-mark-2-standards-fully"].says.endswith("Rests on: The result of the first report.")
    finding = memo["finding:rmi-cobalt-1-overarching"]
    assert finding.head == "Implementation: 8 criteria of OP partially aligned"
    others = memo["action:rmi-cobalt-others"].says
    assert others == "No due date was set. Expected by 31 December 2024, which binds nobody."
    assert memo["step:jdds-copper-mark-auditor-training-verified"].head.endswith(": verified")
    assert memo["equivalence:rmi-esg-iso"].head == "RMI ESG standard stands for ISO 14001 and ISO 45001"
    claim = facts(page(seeded_engine, "almt"))["claim:almt-policy-dates"]
    assert (claim.subject.address, claim.criteria, claim.standing) == ("/producers/almt", ("S1-A-1",), "claimed")
    assert facts(page(seeded_engine, "ls-mnm"))["claim:ls-mnm-gap-iso"].standing == "gap"


def test_the_list_counts_what_the_pages_show(seeded_engine: Engine, seeded: dict[str, list[Any]]) -> None:
    with reading(seeded_engine) as connection:
        found = sources_page(connection, as_at=TODAY)
    assert {each.document.id: each.number for each in found.relied} == {
        source: len(rows) for source, rows in seeded.items()
    }
    assert {each.document.id for each in found.unused} == {"cm-alignment-report", "rmi-cobalt-alignment-report"}
    assert found.number == sum(map(len, seeded.values()))
    memo = found.relied[0]
    assert memo.document.id == "memo-2024-09"
    assert len(memo.subjects) == 12
    assert memo.more > 0


def test_a_document_has_an_address_or_the_name_of_its_file_and_never_both() -> None:
    at_hand = Document("x", "A title", "Somebody", "001_x.txt", None, None, "", False)
    on_the_web = Document("y", "[What it is]", "Somebody", "https://www.example.org/a", None, None, "", False)
    script = Document("z", "A title", "Somebody", "javascript:alert(1)", None, None, "", False)
    assert (at_hand.link, at_hand.file, at_hand.described) == ("", "001_x.txt", False)
    assert (on_the_web.link, on_the_web.host) == ("https://www.example.org/a", "www.example.org")
    assert (on_the_web.name, on_the_web.described, on_the_web.file) == ("What it is", True, "")
    assert (script.link, script.host) == ("", "")
    assert at_hand.age(TODAY) == "not known"


@pytest.mark.parametrize(
    ("sure", "said"),
    [
        (Certainty.FOUND, ""),
        (None, ""),
        (Certainty.OUR_READING, "This register’s reading of the source"),
        (Certainty.UNCERTAIN, "Sources differ or are unclear"),
    ],
)
def test_how_sure_a_fact_is_is_said_where_the_source_does_not_say_it(sure: Certainty | None, said: str) -> None:
    assert Cited("memo", "Memo", "section 1", None, sure).certainty == said


def test_a_topic_is_a_heading_whether_known_or_new() -> None:
    assert (topic_name("part"), topic_name("evidence-for-the-rule")) == (
        "Parts of an assessment", "Evidence for the rule",
    )  # fmt: skip


def test_what_a_brand_declares_and_answers_is_a_fact_like_any_other(seeded_engine: Engine) -> None:
    shared = {"brand_id": "almt-tungsten", "effective_on": TODAY, "recorded_at": LATER, "source_id": "almt"}
    with unit_of_work(seeded_engine) as session:
        for row in (
            tables.Declaration(id="d", track="A", position=1, verified_by="the LME", **shared),
            tables.Certificate(id="c", kind="iso_14001", number="77", position=1, issuer="Somebody", **shared),
            tables.ChecklistAnswer(id="t", item="TA-02", answer="not_met", position=1, **shared),
        ):
            ledger.enter(session, row, actor=SEED_IMPORT, act="recorded", now=LATER)
    said = facts(page(seeded_engine, "almt"))
    assert (said["declaration:d"].head, said["declaration:d"].standing) == ("Track A declared", "verified by the LME")
    assert (said["certificate:c"].head, said["certificate:c"].by) == ("ISO 14001, 77", "Somebody")
    assert said["answer:t"].head == "TA-02: not met"
    assert said["answer:t"].subject.address == "/brands/almt-tungsten"


# Time


def test_a_fact_is_there_from_its_day_on_and_once_it_was_learned(seeded_engine: Engine) -> None:
    memo = "memo-2024-09"
    assert "decision:jdds-copper-mark-approved" not in facts(page(seeded_engine, memo, as_at=date(2024, 9, 29)))
    assert "decision:jdds-copper-mark-approved" in facts(page(seeded_engine, memo, as_at=date(2024, 9, 30)))
    assert page(seeded_engine, memo, known_at=LONG_AGO).number == 0
    assert page(seeded_engine, memo, known_at=NOW) == replace(page(seeded_engine, memo), known_at=NOW)
    with reading(seeded_engine) as connection:
        assert statements(connection, ["pilots"], as_at=TODAY, known_at=LONG_AGO) == ()
        assert len(statements(connection, ["pilots"], as_at=TODAY, known_at=NOW)) == 11
        assert sources_page(connection, as_at=date(2019, 1, 1)).number < sources_page(connection, as_at=TODAY).number


def test_a_correction_takes_the_place_of_what_it_corrects_even_with_another_source(seeded_engine: Engine) -> None:
    with unit_of_work(seeded_engine) as session:
        held = session.get(tables.Statement, "pilots-period")
        assert held is not None
        values = held.model_dump() | {
            "id": f"{held.id}~2", "corrects": held.id, "text": "Corrected.", "source_id": "lme-rs",
            "recorded_at": LATER,
        }  # fmt: skip
        ledger.enter(session, tables.Statement(**values), actor=SEED_IMPORT, act="corrected", now=LATER)
    assert "statement:pilots-period" not in facts(page(seeded_engine, "memo-2024-09"))
    assert facts(page(seeded_engine, "lme-rs"))["statement:pilots-period~2"].says == "Corrected."
    assert "statement:pilots-period" in facts(page(seeded_engine, "memo-2024-09", known_at=NOW))


# What is not shown


def test_confidential_evidence_and_evidence_of_a_draft_are_not_shown(seeded_engine: Engine) -> None:
    with unit_of_work(seeded_engine) as session:
        draft = tables.Assessment(
            id="draft", programme_id="asi-v3", edition="oecd-minerals-2018", round=2, recorded_at=LATER
        )
        ledger.enter(session, draft, actor=SEED_IMPORT, act="opened", now=LATER)
        for name, assessment, confidential in (
            ("shown", "asi-v3-1", False), ("secret", "asi-v3-1", True), ("early", "draft", False),
        ):  # fmt: skip
            row = tables.Evidence(
                id=name, assessment_id=assessment, kind="site_visit", reference=name, confidential=confidential,
                effective_on=TODAY, recorded_at=LATER, position=1, source_id="lme-rs",
            )  # fmt: skip
            ledger.enter(session, row, actor=SEED_IMPORT, act="added", now=LATER)
    shown = facts(page(seeded_engine, "lme-rs"))
    assert [key for key in shown if key.startswith("evidence:")] == ["evidence:shown"]
    assert shown["evidence:shown"].head == "Site visit: shown"


def test_the_worked_example_is_in_no_list_and_marked_on_its_own_page(example_engine: Engine) -> None:
    with reading(example_engine) as connection:
        listed = sources_page(connection, as_at=TODAY)
    assert "example-source" not in {each.document.id for each in (*listed.relied, *listed.unused)}
    example = page(example_engine, "example-source")
    assert example.document.example
    assert example.number > 0
    assert not page(example_engine, "memo-2024-09").document.example


def test_an_unknown_document_has_no_page(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        assert source_page(connection, "nothing", as_at=TODAY) is None


def test_the_pages_take_three_queries_and_a_statement_list_one(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection, counted_queries() as asked:
        sources_page(connection, as_at=TODAY)
        assert len(asked) == 3
        source_page(connection, "memo-2024-09", as_at=TODAY)
        assert len(asked) == 6
        statements(connection, ["method", "policy"], as_at=TODAY)
        assert len(asked) == 7
