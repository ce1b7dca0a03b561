"""The seeds say what the sources say: the memo's Table 1 for ever, other days as found, unknown as unknown."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from alignment.catalogue import load_all
from alignment.database import reading
from alignment.domain.assessment import Certainty
from alignment.domain.decision import Approval
from alignment.exchange.table import status_csv, status_json, status_markdown
from alignment.queries.status import StatusPage, status_page
from alignment.seeds import Seeds, read_example, read_seeds
from tests.conftest import NOW
from tests.seeds.memo import PROGRAMMES, TABLE_1, VERBATIM, plain

POLICY_AGE = timedelta(days=365)
MEMO = date(2024, 9, 30)
APPROVED, CONDITIONAL, NOT_KNOWN = Approval.APPROVED, Approval.CONDITIONALLY_APPROVED, Approval.NOT_KNOWN


def page(engine: Engine, as_at: str, known_at: datetime | None = None) -> StatusPage:
    with reading(engine) as connection:
        return status_page(connection, as_at=date.fromisoformat(as_at), known_at=known_at, policy_age=POLICY_AGE)


def approvals(engine: Engine, as_at: str) -> dict[str, Approval]:
    return {row.id: row.approval for row in page(engine, as_at).rows}


def alike(rows: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    return [tuple(plain(cell) for cell in row) for row in rows]


# --- the memo's table ------------------------------------------------------------------------------


def test_the_table_as_at_the_memos_day_is_the_memos_table_1(seeded_engine: Engine) -> None:
    rows = page(seeded_engine, "2024-09-30").rows
    printed = [(row.programme.name, row.sentence, row.approval_printed) for row in rows]
    assert alike(printed) == alike(TABLE_1)
    assert tuple(row.id for row in rows) == PROGRAMMES


def test_the_csv_file_begins_with_the_memos_table_1(seeded_engine: Engine) -> None:
    rows = list(csv.reader(io.StringIO(status_csv(page(seeded_engine, "2024-09-30")))))
    assert rows[0][:3] == ["Standard", "Status of alignment assessment", "Status of LME approval"]
    assert alike([row[:3] for row in rows[1:]]) == alike(TABLE_1)


def test_the_other_files_hold_the_same_rows(seeded_engine: Engine) -> None:
    of_the_memo = page(seeded_engine, "2024-09-30")
    assert [row["programme"] for row in status_json(of_the_memo)["rows"]] == list(PROGRAMMES)
    markdown = plain(status_markdown(of_the_memo))
    for cells in alike(TABLE_1):
        assert all(cell in markdown for cell in cells)


def test_nothing_is_stale_on_the_day_of_the_memo(seeded_engine: Engine) -> None:
    assert [row.id for row in page(seeded_engine, "2024-09-30").rows if row.stale] == []


def test_a_day_within_the_memos_month_is_not_yet_its_table(seeded_engine: Engine) -> None:
    rows = {row.id: row for row in page(seeded_engine, "2024-09-29").rows}
    assert rows["jdds-copper-mark"].approval is CONDITIONAL
    assert rows["chinese-guidelines-2"].approval is NOT_KNOWN


# --- other days ------------------------------------------------------------------------------------


def test_at_the_beginning_of_2023_only_what_a_source_dates_is_known(seeded_engine: Engine) -> None:
    assert approvals(seeded_engine, "2023-01-01") == {
        "asi-v3": CONDITIONAL,
        "chinese-guidelines-2": NOT_KNOWN,
        "jdds-copper-mark": CONDITIONAL,
        "lbma-rgg-9": CONDITIONAL,
        "rmi-cobalt": NOT_KNOWN,
        "rmi-tin-tantalum": NOT_KNOWN,
        "jdds-rmap": CONDITIONAL,
        "ita-rmi-rmap": NOT_KNOWN,
        "ita-rmi-tin-code": CONDITIONAL,
    }


@pytest.mark.parametrize(
    ("programme", "begins"),
    [("asi-v3", "2022-08-01"), ("lbma-rgg-9", "2023-01-01"), ("jdds-copper-mark", "2021-12-16"),
     ("jdds-rmap", "2021-12-01"), ("ita-rmi-tin-code", "2021-09-01"), ("rmi-all-minerals", "2023-04-18")],
)  # fmt: skip
def test_a_dated_approval_begins_on_its_day_and_the_programme_has_no_row_before(
    seeded_engine: Engine, programme: str, begins: str
) -> None:
    day_before = date.fromisoformat(begins) - timedelta(days=1)
    assert programme not in approvals(seeded_engine, day_before.isoformat())
    assert approvals(seeded_engine, begins)[programme] is CONDITIONAL


@pytest.mark.parametrize(
    ("programme", "seen"),
    [("chinese-guidelines-2", "2024-09-30"), ("rmi-cobalt", "2024-09-30"), ("rmi-tin-tantalum", "2023-04-18"),
     ("ita-rmi-rmap", "2023-04-18")],
)  # fmt: skip
def test_an_approval_seen_by_a_day_is_not_known_before_and_never_absent(
    seeded_engine: Engine, programme: str, seen: str
) -> None:
    day_before = (date.fromisoformat(seen) - timedelta(days=1)).isoformat()
    assert approvals(seeded_engine, day_before)[programme] is NOT_KNOWN
    assert approvals(seeded_engine, "2010-01-01")[programme] is NOT_KNOWN
    assert approvals(seeded_engine, seen)[programme] is CONDITIONAL


def test_the_lbma_approval_was_announced_after_it_took_effect(seeded_engine: Engine) -> None:
    row = next(row for row in page(seeded_engine, "2023-01-01").rows if row.id == "lbma-rgg-9")
    assert (str(row.since), row.announced_on) == ("1 January 2023", date(2023, 1, 19))


def test_the_recognition_by_the_union_raises_a_decision_and_changes_no_approval(seeded_engine: Engine) -> None:
    before, after = (
        {row.id: row for row in page(seeded_engine, day).rows} for day in ("2025-10-15", "2025-10-16")
    )  # fmt: skip
    tin = after["rmi-tin-tantalum"]
    assert tin.sentence == "Recognised under Regulation (EU) 2017/821 on 16 October 2025; LME decision due"
    assert tin.approval is CONDITIONAL
    assert tin.state.decision_due
    assert before["rmi-tin-tantalum"].sentence.startswith("Awaiting outcome of the Recognition of Equivalence")
    others = [row for row in after.values() if row.id != "rmi-tin-tantalum"]
    assert [row.id for row in others if row.state.decision_due] == []
    assert [row.id for row in others if row.sentence != before[row.id].sentence] == []


def test_today_everything_is_stale_aged_and_no_approval_was_upgraded(seeded_engine: Engine) -> None:
    today = page(seeded_engine, "2026-11-21")
    expected = dict.fromkeys(PROGRAMMES, CONDITIONAL) | {"jdds-copper-mark": APPROVED}
    assert {row.id: row.approval for row in today.rows} == expected
    assert [row.id for row in today.rows if not row.stale] == []
    assert {row.id: row.status_age for row in today.rows} == (
        dict.fromkeys(PROGRAMMES, "2 years, 1 month") | {"rmi-tin-tantalum": "1 year, 1 month"}
    )
    ages = {row.id: row.approval_age for row in today.rows}
    assert ages["lbma-rgg-9"] == "3 years, 10 months"
    assert ages["jdds-copper-mark"] == "at least 2 years, 1 month"


def test_since_the_last_update_one_row_changed(seeded_engine: Engine) -> None:
    today = page(seeded_engine, "2026-11-21")
    assert today.last
    assert today.last.number == "2024-09"
    ((row, (difference,)),) = today.changes
    assert row.id == "rmi-tin-tantalum"
    assert difference.what == "Alignment assessment"
    assert difference.before.startswith("Awaiting outcome")


def test_expected_repairs_that_nobody_confirmed_are_unconfirmed_and_not_missed(seeded_engine: Engine) -> None:
    cobalt = next(row for row in page(seeded_engine, "2026-11-21").rows if row.id == "rmi-cobalt")
    assert (cobalt.state.overdue, cobalt.state.unconfirmed) == (0, 1)
    at_the_memo = next(row for row in page(seeded_engine, "2024-09-30").rows if row.id == "rmi-cobalt")
    assert (at_the_memo.state.overdue, at_the_memo.state.unconfirmed) == (0, 0)


def test_before_the_register_learned_anything_the_table_is_empty_and_says_why(seeded_engine: Engine) -> None:
    before = page(seeded_engine, "2024-09-30", NOW - timedelta(microseconds=1))
    assert before.rows == ()
    assert before.last is None
    assert before.empty_because == (
        "This register learned its first fact on 2026-11-21 at 09:00 UTC; before that it knew nothing."
    )
    assert len(page(seeded_engine, "2024-09-30", NOW).rows) == 10


def test_an_empty_register_says_what_to_run(engine: Engine) -> None:
    empty = page(engine, "2024-09-30")
    assert empty.rows == ()
    assert empty.empty_because == "This register holds nothing yet: run “alignment load-seeds”."


def test_long_before_track_a_what_is_not_known_is_not_shown_as_absent(seeded_engine: Engine) -> None:
    assert set(approvals(seeded_engine, "1990-01-01").values()) == {NOT_KNOWN}
    assert page(seeded_engine, "1990-01-01", datetime(1990, 1, 1, tzinfo=UTC)).rows == ()


# --- where it comes from ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seeds() -> Seeds:
    return read_seeds(load_all()[0])


@pytest.fixture(scope="module")
def example() -> Seeds:
    return read_example(load_all()[0])


@pytest.mark.parametrize("kind", ["seeds", "example"])
def test_every_fact_has_its_source_its_place_there_and_how_sure_it_is(
    request: pytest.FixtureRequest, kind: str
) -> None:
    read: Seeds = request.getfixturevalue(kind)
    sources = {entry.row.id for entry in read.entries if entry.row.__tablename__ == "source"}  # type: ignore[attr-defined]
    sourced = [entry for entry in read.entries if "certainty" in type(entry.row).model_fields]
    assert len(sourced) > 50
    faults = []
    for entry in sourced:
        said = entry.row.model_dump()
        if said["source_id"] not in sources or not said["place"] or said["certainty"] not in list(Certainty):
            faults.append(entry.where)
    assert faults == []


def test_every_source_has_a_title_an_issuer_and_is_used(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        unused = connection.execute(text("SELECT id FROM source WHERE title = '' OR issuer = ''")).all()
    assert unused == []


def test_the_three_documents_at_hand_are_named_by_their_own_file_names(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        addresses = {row.address for row in connection.execute(text("SELECT address FROM source"))}
    assert {"000_d4f9da8eeba40f8e.txt", "001_8ca899ff966ad26d.txt", "002_d2b38481c7f9b3d7.txt"} <= addresses


def words_of(connection: Connection) -> str:
    """Every text that the register holds about its facts."""
    asked = (
        "SELECT text FROM statement", "SELECT title FROM statement", "SELECT name FROM programme_name",
        "SELECT name FROM standard", "SELECT statement FROM equivalence", "SELECT name FROM equivalence",
        "SELECT content FROM publication", "SELECT title FROM source",
    )  # fmt: skip
    return "\n".join(row[0] for each in asked for row in connection.execute(text(each)))


@pytest.mark.parametrize("name", VERBATIM)
def test_names_are_printed_as_the_memo_prints_them(seeded_engine: Engine, name: str) -> None:
    with reading(seeded_engine) as connection:
        assert name in " ".join(words_of(connection).split())


def test_every_name_of_table_1_is_held_and_the_names_it_leaves_out_too(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        rows = connection.execute(text("SELECT programme_id, name, use FROM programme_name")).all()
    in_the_table = {row.programme_id: row.name for row in rows if row.use == "table"}
    assert [in_the_table[programme] for programme in PROGRAMMES] == [row[0] for row in TABLE_1]
    others = {row.name for row in rows if row.programme_id == "jdds-copper-mark" and row.use == "also"}
    assert "Joint Due Diligence Standard for Copper, Lead, Molybdenum, Nickel and Zinc" in others


def test_no_rating_is_held_that_no_source_gives(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM rating")).scalar() == 0
        computed = connection.execute(text("SELECT count(*) FROM result WHERE kind = 'computed'"))
        assert computed.scalar() == 0


@pytest.mark.parametrize("programme", ["asi-v3", "chinese-guidelines-2", "rmi-all-minerals"])
def test_where_no_source_gives_a_result_none_is_held(seeded_engine: Engine, programme: str) -> None:
    with reading(seeded_engine) as connection:
        held = connection.execute(
            text(
                "SELECT count(*) FROM result JOIN assessment ON assessment.id = assessment_id WHERE programme_id = :id"
            ),
            {"id": programme},
        )
        assert held.scalar() == 0


def test_what_was_reported_as_repaired_is_never_held_as_verified(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        states = connection.execute(
            text(
                "SELECT state, as_reported FROM action_step JOIN corrective_action ON corrective_action.id = action_id "
                "JOIN assessment ON assessment.id = assessment_id WHERE programme_id = 'rmi-cobalt'"
            )
        ).all()
        dues = connection.execute(text("SELECT count(*) FROM corrective_action WHERE due_on IS NOT NULL")).scalar()
    assert [state for state, _ in states].count("implemented") == 4
    assert all(as_reported for state, as_reported in states if state == "implemented")
    assert "verified" not in [state for state, _ in states]
    assert dues == 0
