"""What a draft would freeze and what its checks find, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine
from sqlmodel import Session

from alignment.database import reading, unit_of_work
from alignment.domain.checks import Check, failing
from alignment.domain.draft import Written
from alignment.domain.people import SYSTEM, Role
from alignment.prepare import load_example
from alignment.queries.drafts import Composed, draft, drafts, issuer, last_before, material, read_composed
from alignment.queries.grounds import ground_facts
from alignment.queries.notices import addressees, notices, recipients
from alignment.queries.publications import publication_changes
from alignment.services import drafts as acts
from alignment.services.drafts import Told
from alignment.tables import Rating, RatingVersion
from tests.conftest import NOW
from tests.web.site import counted_queries
from tests.working import make_person

YEAR = timedelta(days=365)
WRITTEN = Written("2026-11", "An update", date(2026, 11, 21), "{table: status}\n\n{table: changes}\n")


def composed(connection: Connection, written: Written = WRITTEN) -> Composed:
    return read_composed(connection, written, waivers={}, embargo=None, now=NOW, policy_age=YEAR)


@pytest.fixture
def connection(seeded_engine: Engine) -> Iterator[Connection]:
    with reading(seeded_engine) as connection:
        yield connection


def test_a_draft_is_composed_checked_and_compared_in_a_fixed_number_of_queries(connection: Connection) -> None:
    with counted_queries() as asked:
        found = composed(connection)
    assert len(asked) == 14
    assert [(fault.check, fault.subject) for fault in failing(found.checks)][-1] == (
        Check.DECISION_DUE,
        "rmi-tin-tantalum",
    )
    assert found.content is not None
    [programme] = found.content["changes"]["programmes"]
    assert programme["programme"] == "rmi-tin-tantalum"
    assert [ground["effective"] for ground in programme["grounds"]] == ["2025-10-16"]
    assert issuer(connection) == "London Metal Exchange"


def test_a_fact_learned_late_is_a_ground_though_it_holds_from_an_earlier_day(connection: Connection) -> None:
    facts = [each for each in ground_facts(connection) if each.programme in ("asi-v3", "rmi-cobalt")]
    assert {fact.programme for fact in facts} == {"asi-v3", "rmi-cobalt"}
    assert {fact.kind for fact in facts} == {"Corrective action", "Decision of the LME", "Part progress", "Result"}
    assert all(fact.grounded and fact.said for fact in facts)
    assert [fact.effective.on for fact in facts] == sorted(fact.effective.on for fact in facts)


def test_an_update_is_compared_with_the_one_it_corrects_or_the_last_before_it(seeded_engine: Engine) -> None:
    with unit_of_work(seeded_engine) as session:
        publish(session, Written("2026-10", "Newer", date(2026, 10, 1), "{table: status}\n"))
    with reading(seeded_engine) as connection:
        compared = [
            last_before(material(connection, NOW).published, written)
            for written in (
                WRITTEN,
                Written("2026-11", "A correction", date(2026, 11, 21), corrects="2024-09"),
                Written("2025-01", "In between", date(2025, 1, 1)),
                Written("2020-01", "Before all", date(2020, 1, 1)),
            )
        ]
    assert [each and each.content["number"] for each in compared] == ["2026-10", "2024-09", "2024-09", None]


def publish(session: Session, written: Written) -> None:
    content = composed(session.connection(), written).content
    assert content is not None
    acts.publish(session, actor=SYSTEM, content=content, failing=(), now=NOW)


def test_grounds_are_gathered_from_every_publication_in_between(seeded_engine: Engine) -> None:
    with unit_of_work(seeded_engine) as session:
        publish(session, Written("2025-11", "First", date(2025, 11, 1), "{table: status}\n"))
    with unit_of_work(seeded_engine) as session:
        publish(session, WRITTEN)
    with reading(seeded_engine) as connection:
        far, near = (publication_changes(connection, number, "2026-11") for number in ("2024-09", "2025-11"))
        none = publication_changes(connection, "2024-09", "1999-01")
    assert not isinstance(far, tuple)
    assert not isinstance(near, tuple)
    [row] = far.found.rows
    assert [ground["effective"] for ground in row.grounds] == ["2025-10-16"]
    assert (far.grounded, near.found.rows) == (True, ())
    assert none == ("1999-01",)


def test_ratings_without_citations_and_overdue_actions_are_found_with_a_way_to_them(seeded_engine: Engine) -> None:
    load_example(seeded_engine, now=NOW)
    with unit_of_work(seeded_engine) as session:
        connection = session.connection()
        # The worked example stands apart from every public table; here its programmes are taken for real ones.
        connection.exec_driver_sql("UPDATE programme SET example = false, number = number + 100 WHERE example")
        connection.exec_driver_sql("UPDATE corrective_action SET due_on = '2026-01-31'")
        key = {"assessment_id": "example-meridian-1", "part": "standards"}
        for criterion in ("OP-01", "OP-02"):
            standing = session.get_one(Rating, (*key.values(), criterion))
            without = {**key, "criterion": criterion, "level": "fully", "rated_by": "x", "rated_at": NOW}
            session.add(RatingVersion(**without, version=standing.version + 1, effective_on=NOW.date()))
            standing.version += 1
            session.add(standing)
    with reading(seeded_engine) as connection:
        found = composed(connection)
    by_check = {check: [each for each in found.faults if each.check is check] for check in Check}
    cited = by_check[Check.NO_CITATIONS]
    [fault] = cited
    assert fault.said.endswith(", round 1, standards part: 2 cite nothing, first OP-01.")
    assert fault.address == "/programmes/example-meridian/assessments/1"
    overdue = by_check[Check.OVERDUE]
    assert overdue
    assert all("due on 31 January 2026, with no extension." in fault.said for fault in overdue)
    assert found.content is not None
    assert {each["timing"] for each in found.content["actions"]} == {None, "overdue"}


def test_drafts_notices_and_those_who_read_them(seeded_engine: Engine) -> None:
    with unit_of_work(seeded_engine) as session:
        paula = make_person(session, "Paula", "lme", Role.PUBLISHER)
        olga = make_person(session, "Olga", "rmi", Role.SCHEME_OWNER)
        id = acts.begin(session, actor=paula, written=WRITTEN, now=NOW)
    with reading(seeded_engine) as connection:
        found = composed(connection)
        assert found.between is not None
        with counted_queries() as asked:
            [would] = recipients(connection, WRITTEN, found.between.rows, (), NOW)
        assert len(asked) == 4
        assert recipients(connection, WRITTEN, (), (), NOW) == ()
    assert (would.organisation, would.people, would.new, would.told) == ("rmi", 1, True, "")
    with unit_of_work(seeded_engine) as session:
        told = [Told(would.organisation, would.text)]
        acts.tell(session, actor=paula, draft=id, told=told, embargo_until=NOW + timedelta(days=2), now=NOW)
    with reading(seeded_engine) as connection:
        [line], page = drafts(connection), draft(connection, id)
        [held], [(person, name, _, notice)] = notices(connection, draft=id), addressees(connection, id, NOW)
        assert notices(connection, organisations=["asi"]) == ()
        assert draft(connection, "none") is None
    assert page is not None
    assert (line.number, line.by, line.published, page.written) == ("2026-11", "Paula", "", WRITTEN)
    assert (person, name, notice.text) == (olga.id, "Olga", would.text)
    assert held.said(NOW) == "under embargo until 23 November 2026, 09:00 UTC"
    assert held.said(NOW + timedelta(days=3)) == "embargo ended 23 November 2026, 09:00 UTC, not published"
