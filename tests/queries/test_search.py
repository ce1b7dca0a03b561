"""Finding by words and codes: one ranking for content and records, and nothing that breaks it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from alignment import tables
from alignment.catalogue import load_all
from alignment.database import reading, unit_of_work
from alignment.domain.people import SEED_IMPORT
from alignment.queries.search import (
    EACH,
    LONGEST,
    MOST_WORDS,
    Dates,
    Entry,
    Kind,
    SearchPage,
    extract,
    find,
    fold,
    marked,
    phrases,
    search_page,
)
from alignment.services import ledger
from tests.web.site import counted_queries

LATER = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def entry(title: str, text: str = "", code: str = "", kind: Kind = Kind.STATEMENT) -> Entry:
    return Entry(kind, code, title, text, "/somewhere")


# Words


@pytest.mark.parametrize(
    ("said", "folded"),
    [
        ("Due diligence", " due diligence"),
        ("ÉVALUATION, Größe", " evaluation grosse"),
        ("S1-A-2", " s1 a 2"),
        ("LME’s (2024)", " lme s 2024"),
        ("Conﬂict ＡＢＣ", " conflict abc"),
        ("__ -- ", ""),
    ],
)
def test_a_text_is_folded_to_plain_words(said: str, folded: str) -> None:
    assert fold(said) == folded


def test_a_query_is_taken_word_by_word_each_once_and_not_too_many() -> None:
    assert phrases("  tin Tin third-party “—” ") == (("tin",), ("third", "party"))
    assert len(phrases(" ".join(f"word{number}" for number in range(99)))) == MOST_WORDS


def test_all_words_have_to_be_found_each_as_the_beginning_of_a_word() -> None:
    entries = [entry("Audit quality"), entry("Audits"), entry("Quality"), entry("Inaudible quality audit")]
    _, found = find(entries, phrases("audit qual"))
    assert [each.title for each in found[Kind.STATEMENT]] == ["Audit quality", "Inaudible quality audit"]


def test_a_title_ranks_before_a_code_and_a_code_before_a_text() -> None:
    entries = [entry("a", text="Cobalt"), entry("b", code="cobalt-1"), entry("Cobalt")]
    _, found = find(entries, phrases("cobalt"))
    assert [each.title for each in found[Kind.STATEMENT]] == ["Cobalt", "b", "a"]


def test_kinds_follow_by_their_best_hit_and_keep_their_order_within_a_rank() -> None:
    entries = [
        entry("x", text="tin", kind=Kind.CRITERION), entry("Tin one", kind=Kind.SOURCE),
        entry("Tin two", kind=Kind.SOURCE),
    ]  # fmt: skip
    _, found = find(entries, phrases("tin"))
    assert list(found) == [Kind.SOURCE, Kind.CRITERION]
    assert [each.title for each in found[Kind.SOURCE]] == ["Tin one", "Tin two"]


@pytest.mark.parametrize("typed", ["S1-A-2", "s1-a-2", " S1 A 2 ", "S1–A–2", "s1.a.2"])
def test_a_code_is_found_however_it_is_typed(typed: str) -> None:
    entries = [entry("Policy", code="S1-A-2"), entry("Another", code="S1-A-20"), entry("x", text="as in S1-A-2")]
    exact, _ = find(entries, phrases(typed))
    assert [each.title for each in exact] == ["Policy"]


def test_a_short_end_of_a_code_stands_for_itself_alone() -> None:
    _, found = find([entry("Step 1 as such"), entry("Step 1.A")], phrases("1.A"))
    assert [each.title for each in found[Kind.STATEMENT]] == ["Step 1.A"]


# Marks


def test_words_are_marked_whole_and_codes_in_one_piece() -> None:
    pieces = marked("Grievances under S1-E-1, the grievance", phrases("griev S1-E-1"))
    assert [piece.text for piece in pieces if piece.hit] == ["Grievances", "S1-E-1", "grievance"]


words = st.text(max_size=300)


@given(said=words, typed=words)
def test_the_pieces_of_a_text_are_the_text(said: str, typed: str) -> None:
    assert "".join(piece.text for piece in marked(said, phrases(typed))) == said


@given(said=st.text(max_size=1200), typed=st.text(max_size=40))
def test_an_extract_is_a_short_piece_of_the_text(said: str, typed: str) -> None:
    line = "".join(piece.text for piece in extract(said, phrases(typed))).removeprefix("… ").removesuffix(" …")
    assert line in " ".join(said.split()) or not said.strip()
    longest_word = max((len(word) for word in said.split()), default=0)
    assert len(line) <= 4 * 90 + 2 * longest_word


@given(st.sampled_from(["a b", "due diligence of the smelter", "x"]), words)
def test_what_is_found_shows_a_mark(title: str, typed: str) -> None:
    asked = phrases(typed)
    exact, found = find([entry(title)], asked) if asked else ([], {})
    for each in (*exact, *found.get(Kind.STATEMENT, ())):
        assert any(piece.hit for piece in marked(each.title, asked))


# The register


@pytest.fixture
def search(seeded_engine: Engine) -> Any:
    return searching(seeded_engine)


def searching(engine: Engine) -> Any:
    catalogues, track_a = load_all()

    def asked(query: str, **dates: Any) -> SearchPage:
        with reading(engine) as connection:
            return search_page(connection, query, catalogues, track_a, Dates(**dates))

    return asked


def kinds(page: SearchPage) -> dict[Kind, list[str]]:
    return {group.kind: [hit.entry.address for hit in group.hits] for group in page.groups}


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("PR-AU-5", "/criteria/oecd-minerals-2018/PR-AU-5"),
        ("ta-04", "/criteria/lme-track-a#TA-04"),
        ("3.B", "/criteria/lme-track-a#3.B"),
        ("S4-A", "/criteria/oecd-minerals-2018#S4-A"),
        ("2024-09", "/publications/2024-09"),
        ("rmi-cobalt", "/programmes/rmi-cobalt"),
    ],
)
def test_a_code_leads_straight_to_its_page(search: Any, typed: str, address: str) -> None:
    assert [hit.entry.address for hit in search(typed).exact] == [address]


@pytest.mark.parametrize(
    ("typed", "kind", "address"),
    [
        ("grievance channel", Kind.CRITERION, "/criteria/oecd-minerals-2018/S1-E-1"),
        ("molybdenum", Kind.PROGRAMME, "/programmes/jdds-copper-mark"),
        ("Joint Standard approved", Kind.DECISION, "/programmes/jdds-copper-mark"),
        ("update to the market", Kind.PUBLICATION, "/publications/2024-09"),
        ("A.L.M.T.", Kind.PRODUCER, "/producers/almt"),
        ("copper cathode", Kind.PRODUCER, "/producers/ls-mnm"),
        ("no complacency", Kind.STATEMENT, "/sources/memo-2024-09#statement-comment-no-complacency"),
        ("Linklaters", Kind.SOURCE, "/sources/eu-link"),
        ("equivalent certification", Kind.EQUIVALENCE, "/sources/memo-2024-09#equivalence-rmi-esg-iso"),
        ("approved partners", Kind.PLACE, "/sources/memo-2024-09#place-lme-approved-partners"),
        ("reconstruction", Kind.PUBLICATION, "/publications/2024-09"),
        ("no complacency", Kind.PUBLICATION, "/publications/2024-09"),
    ],
)
def test_every_kind_is_found_by_its_words(search: Any, typed: str, kind: Kind, address: str) -> None:
    assert address in kinds(search(typed))[kind]


def test_hits_are_capped_by_kind_and_counted_in_full(search: Any) -> None:
    page = search("the")
    most = max(page.groups, key=lambda group: group.number)
    assert most.number > EACH
    assert all(len(group.hits) == min(EACH, group.number) for group in page.groups)
    assert page.number >= sum(group.number for group in page.groups)


def test_nothing_to_search_for_finds_nothing_and_asks_nothing_of_the_store(search: Any) -> None:
    for empty in ("", "   ", "“” — !?"):
        with counted_queries() as asked:
            assert search(empty).number == 0
        assert asked == []


def test_words_that_stand_nowhere_together_are_counted_alone(search: Any) -> None:
    page = search("cobalt xyzzy third-party")
    assert page.number == 0
    alone = dict(page.alone)
    assert alone["xyzzy"] == 0
    assert alone["cobalt"] > 0
    assert alone["third-party"] > 0
    assert search("xyzzy").alone == ()


@pytest.mark.parametrize(
    "hostile",
    ["'; DROP TABLE source; --", '"', "%", "_", "\\", "\x00", "\ud800", "*:^()", "NEAR(a b)", "a" * 5000, "🦄" * 300],
)
def test_whatever_is_typed_is_taken_for_words(search: Any, hostile: str) -> None:
    page = search(hostile)
    assert len(page.query) <= LONGEST
    assert page.cut == (len(hostile) > LONGEST)


def test_the_worked_example_is_not_found(example_engine: Engine) -> None:
    search = searching(example_engine)
    for typed in ("meridian", "fictional", "lodestar", "worked example"):
        assert search(typed).number == 0, typed


def test_a_corrected_statement_is_not_found(seeded_engine: Engine, search: Any) -> None:
    with unit_of_work(seeded_engine) as session:
        held = session.get(tables.Statement, "comment-no-complacency")
        assert held is not None
        values = held.model_dump() | {
            "id": f"{held.id}~2", "corrects": held.id, "title": "Vigilance", "text": "Corrected.",
            "recorded_at": LATER, "effective_on": date(2024, 9, 1),
        }  # fmt: skip
        ledger.enter(session, tables.Statement(**values), actor=SEED_IMPORT, act="corrected", now=LATER)
    assert "comment-no-complacency" not in str(kinds(search("complacency")))
    assert len(kinds(search("vigilance"))[Kind.STATEMENT]) == 1
    then = kinds(search("complacency", known_at=LATER - timedelta(seconds=1)))
    assert "comment-no-complacency" in str(then)


@pytest.mark.parametrize(
    ("typed", "kind", "day"),
    [
        ("Joint Standard approved", Kind.DECISION, date(2019, 1, 1)),
        ("update to the market", Kind.PUBLICATION, date(2024, 8, 31)),
        ("no complacency", Kind.STATEMENT, date(2024, 8, 31)),
        ("assessment update to market", Kind.SOURCE, date(2024, 8, 31)),
    ],
)
def test_a_record_is_found_from_its_day_and_the_moment_it_was_learned_on(
    search: Any, typed: str, kind: Kind, day: date
) -> None:
    assert kind in kinds(search(typed, as_at=date(2026, 11, 1), known_at=LATER))
    assert kind not in kinds(search(typed, as_at=day))
    assert kind not in kinds(search(typed, known_at=datetime(2020, 1, 1, tzinfo=UTC)))


def test_before_the_register_knew_anything_the_criteria_alone_are_found(search: Any) -> None:
    page = search("policy", known_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert set(kinds(page)) <= {Kind.CRITERION, Kind.GROUP, Kind.REQUIREMENT, Kind.CHECK}
    assert page.number
    for typed in ("molybdenum", "A.L.M.T."):
        assert search(typed).number
        assert not search(typed, known_at=datetime(2020, 1, 1, tzinfo=UTC)).number


def test_a_hit_leads_to_its_page_as_at_the_dates_where_the_page_takes_them(search: Any) -> None:
    dates = Dates(as_at=date(2026, 11, 1))
    found = {hit.entry.kind: hit.entry.address_on(dates) for typed in ("S4-A", "rmi-cobalt", "PR-AU-5")
             for hit in search(typed, as_at=dates.as_at).exact}  # fmt: skip
    assert found == {
        Kind.GROUP: "/criteria/oecd-minerals-2018#S4-A",
        Kind.PROGRAMME: "/programmes/rmi-cobalt?as_at=2026-11-01",
        Kind.CRITERION: "/criteria/oecd-minerals-2018/PR-AU-5?as_at=2026-11-01",
    }
    [said] = next(group.hits for group in search("no complacency").groups if group.kind is Kind.STATEMENT)
    assert said.entry.address_on(dates) == "/sources/memo-2024-09?as_at=2026-11-01#statement-comment-no-complacency"


def test_a_search_takes_six_queries_whatever_is_asked(search: Any) -> None:
    for typed in ("tin", "PR-AU-5", "nothing of this is there"):
        with counted_queries() as asked:
            search(typed)
        assert len(asked) == 6
