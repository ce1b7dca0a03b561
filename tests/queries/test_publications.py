"""Market updates as read: the list, one frozen copy, and the facts that a new one is frozen from."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, event
from sqlmodel import col, select

from alignment.database import reading, unit_of_work
from alignment.domain.people import SEED_IMPORT
from alignment.domain.publication import Content, digest_of
from alignment.domain.refusal import Refusal
from alignment.queries.publications import afterwards, content_for, publication, publications, statements
from alignment.services import ledger
from alignment.services.publications import publish
from alignment.tables import Decision, Source, Statement
from tests.domain.update import Written, content

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
MEMO = Written(source="memo-2024-09", text="{{ status_table }}\n\n{{ statements: comment }}\n")

TABLE_1 = """\
Aluminium Stewardship Initiative (ASI) Performance Standard V3|Standard assessment complete; implementation assessment in progress|Conditionally approved
Chinese Due Diligence Guidelines for Mineral Supply Chains (Second Edition)|Standard assessment complete; implementation assessment in progress|Conditionally approved
Joint Due Diligence Standard for Copper, Lead, Nickel and Zinc assessed with the Copper Mark Assurance Process|Alignment assessment complete; ‘Fully Aligned’ rating|Approved (published here)
London Bullion Market Association (LBMA) Responsible Gold Guidance version 9, including additions required by LBMA - LME Guide version 2, 10 May 2023|Awaiting outcome of the Recognition of Equivalence of Supply Chain Due Diligence Schemes under the Regulation (EU) 2017/821 (Conflict Minerals)|Conditionally approved
Responsible Minerals Initiative (RMI) Cobalt Refiner Supply Chain Due Diligence Standard|Alignment assessment complete; Standard rating is 'Fully Aligned' and Implementation rating is 'Partially Aligned' with corrective actions underway to address findings|Conditionally approved (published here)
RMI Global Responsible Sourcing Due Diligence Standard for Mineral Supply Chains All Minerals|Standard assessment complete; implementation assessment in progress|Conditionally approved
RMI Tin and Tantalum Standard|Awaiting outcome of the Recognition of Equivalence of Supply Chain Due Diligence Schemes under the Regulation (EU) 2017/821 (Conflict Minerals)|Conditionally approved
Joint Due Diligence Standard for Copper, Lead, Nickel and Zinc assessed with the Responsible Minerals Assurance Process|Standard assessment complete; implementation assessment in progress|Conditionally approved
ITA-RMI Assessment Criteria assessed with the Responsible Minerals Assurance Process|Standard assessment complete; implementation assessment in progress|Conditionally approved
ITA-RMI Assessment Criteria assessed with the Tin Code (Standard 7.3 Responsible Sourcing)|Standard assessment complete; implementation assessment in progress|Conditionally approved
"""  # noqa: E501


def frozen(engine: Engine, *contents: Content) -> None:
    with unit_of_work(engine) as session:
        for number, each in enumerate(contents):
            publish(session, actor=SEED_IMPORT, content=each, now=NOW + timedelta(days=number))


def three() -> Sequence[Content]:
    return (
        content(number="2023-03", as_at=date(2023, 3, 31), published="2023-04-02"),
        content(),
        {**content(number="2024-10", as_at=date(2024, 10, 31), published="2024-11"), "corrects": "2024-09"},
    )


# The list and one copy


def test_market_updates_are_listed_newest_first(engine: Engine) -> None:
    frozen(engine, *three())
    with reading(engine) as connection:
        lines = publications(connection)
    assert [line.number for line in lines] == ["2024-10", "2024-09", "2023-03"]
    line = lines[1]
    assert (line.title, line.issuer, str(line.published)) == ("Update of September", "An exchange", "September 2024")
    assert (line.programmes, line.digest) == (2, digest_of(content()))
    assert (line.corrected_by, lines[0].corrects) == ("2024-10", "2024-09")
    assert line.recorded_at == NOW + timedelta(days=1)


def test_the_list_as_at_a_day_has_what_was_published_by_then(engine: Engine) -> None:
    frozen(engine, *three())
    with reading(engine) as connection:
        assert [line.number for line in publications(connection, as_at=date(2023, 4, 1))] == []
        assert [line.number for line in publications(connection, as_at=date(2024, 10, 31))] == ["2024-09", "2023-03"]


def test_the_list_known_at_a_moment_has_what_was_frozen_by_then(engine: Engine) -> None:
    frozen(engine, *three())
    with reading(engine) as connection:
        assert [line.number for line in publications(connection, known_at=NOW)] == ["2023-03"]
        assert publications(connection, known_at=NOW - timedelta(seconds=1)) == ()


def test_what_followed_a_copy_is_read_as_at_and_as_known_at(engine: Engine) -> None:
    frozen(engine, *three())
    with reading(engine) as connection:
        found = [afterwards(connection, number) for number in ("2023-03", "2024-09", "2024-10")]
        before = afterwards(connection, "2024-09", as_at=date(2024, 10, 31))
        learned = afterwards(connection, "2024-09", known_at=NOW)
    assert [
        (each.earlier, [line.number for line in each.later], [line.number for line in each.corrections])
        for each in (*found, before)
        if each
    ] == [
        ("", ["2024-10", "2024-09"], []),
        ("2023-03", [], ["2024-10"]),
        ("2024-09", [], []),
        ("2023-03", [], []),
    ]
    assert learned is None


def test_a_copy_is_read_as_it_was_frozen(engine: Engine) -> None:
    frozen(engine, content())
    with reading(engine) as connection:
        page = publication(connection, "2024-09")
    assert page is not None
    assert (page.content, page.digest, page.number) == (content(), digest_of(content()), "2024-09")
    assert [section.heading for section in page.sections] == ["1 Begin", "2 Said"]
    assert (str(page.published), str(page.source_issued)) == ("September 2024", "September 2024")


def test_a_number_that_nothing_has_gives_nothing(engine: Engine) -> None:
    with reading(engine) as connection:
        assert publication(connection, "2024-09") is None
        assert publications(connection) == ()


def test_reading_takes_the_same_few_queries_however_many_there_are(engine: Engine) -> None:
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    counts = []
    for contents in (three()[:2], three()):
        frozen(engine, *contents)
        with reading(engine) as connection:
            asked.clear()
            publications(connection)
            publication(connection, "2024-09")
            counts.append(sum(each.startswith("SELECT") for each in asked))
    assert counts == [2, 2]


# The facts of a new one


def test_the_seeds_freeze_table_1_of_the_memo_row_by_row(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        page = publication(connection, "2024-09")
    assert page is not None
    printed = csv.reader(io.StringIO(TABLE_1), delimiter="|", quoting=csv.QUOTE_NONE)
    names = ("standard", "status", "approval_printed")
    assert [[row[name] for name in names] for row in page.content["table"]["rows"]] == list(printed)
    assert {row["approval_address"] for row in page.content["table"]["rows"]} == {None}


def test_every_register_freezes_the_same_digest_from_the_same_seeds(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        page = publication(connection, "2024-09")
        assert page is not None
        update = replace(
            MEMO, **{name: page.content[name] for name in ("title", "original_title", "label", "published", "text")}
        )
        again = content_for(connection, update, policy_age=timedelta(days=1))
    assert digest_of(again) == page.digest


def test_comments_are_read_in_order_with_speaker_source_and_place(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        said = statements(connection, topic="comment", as_at=date(2024, 9, 30))
    assert {each.said_by for each in said} == {"OECD"}
    assert {each.source.id for each in said} == {"memo-2024-09"}
    places = [f"section 5, {nth} paragraph" for nth in ("first", "second", "third")]
    assert list(dict.fromkeys(each.source.place for each in said)) == places


def test_statements_of_a_later_day_or_learned_later_are_left_out(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        assert statements(connection, topic="comment", as_at=date(2024, 8, 31)) == ()
        assert statements(connection, topic="comment", known_at=datetime(2020, 1, 1, tzinfo=UTC)) == ()


def test_a_statement_that_was_corrected_is_read_in_its_new_words(seeded_engine: Engine) -> None:
    with unit_of_work(seeded_engine) as session:
        old = session.exec(
            select(Statement).where(col(Statement.topic) == "comment").order_by(Statement.position)
        ).first()
        assert old is not None
        values = {**old.model_dump(), "id": f"{old.id}~2", "corrects": old.id, "text": "In other words."}
        new = Statement(**{**values, "recorded_at": NOW + timedelta(days=1)})
        ledger.enter(session, new, actor=SEED_IMPORT, act="corrected", now=NOW + timedelta(days=1))
    with reading(seeded_engine) as connection:
        now = statements(connection, topic="comment")
        then = statements(connection, topic="comment", known_at=NOW)
    assert (now[0].text, len(now)) == ("In other words.", len(then))
    assert then[0].text != "In other words."


def test_a_correction_of_a_fact_leaves_what_was_frozen_as_it_is(seeded_engine: Engine) -> None:
    with unit_of_work(seeded_engine) as session:
        old = session.exec(select(Decision).where(Decision.programme_id == "asi-v3")).one()
        values = {**old.model_dump(), "id": f"{old.id}~2", "corrects": old.id, "act": "approved"}
        new = Decision(**{**values, "recorded_at": NOW + timedelta(days=1)})
        ledger.enter(session, new, actor=SEED_IMPORT, act="corrected", now=NOW + timedelta(days=1))
    with reading(seeded_engine) as connection:
        page = publication(connection, "2024-09")
        fresh = content_for(connection, MEMO, policy_age=YEAR)
    assert page is not None
    assert page.content["table"]["rows"][0]["approval"] == "conditionally_approved"
    assert fresh["table"]["rows"][0]["approval"] == "approved"


def test_a_market_update_on_an_unknown_source_is_refused(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection, pytest.raises(Refusal, match="holds no source “nowhere”"):
        content_for(connection, replace(MEMO, source="nowhere"), policy_age=YEAR)


def test_an_undated_source_is_frozen_without_a_date(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        undated = connection.execute(
            select(col(Source.id)).where(col(Source.issued_on).is_(None)).limit(1)
        ).scalar_one()
        made = content_for(connection, replace(MEMO, source=undated), policy_age=YEAR)
    assert made["source"]["issued"] is None
