"""Recording what was published elsewhere: once, whole or not at all, corrected and never overwritten."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from alignment.catalogue import load_all
from alignment.checking import check_content, verify_database
from alignment.database import reading, unit_of_work
from alignment.domain.catalogue import Catalogue
from alignment.domain.event import canonical
from alignment.domain.keeping import ORGANISATIONS, PROGRAMMES, Noun
from alignment.domain.people import SYSTEM, Role
from alignment.domain.refusal import Faults, Refusal
from alignment.files import folder
from alignment.prepare import beside_seeds, is_empty, load_example, load_register, make_ready
from alignment.queries.events import events
from alignment.queries.facts import programmes
from alignment.queries.status import status_rows
from alignment.services import ledger, register
from alignment.services.seeds import Loaded, accept_edition, seal_edition
from alignment.tables import APPEND_ONLY, KEPT, Decision, kept
from tests.conftest import NOW, connected
from tests.seeds.small import FACT, FILES, SOURCED, put, write
from tests.working import LME, make_person

LATER = NOW + timedelta(days=30)


def load(engine: Engine, root: Path, now: datetime = NOW) -> Loaded:
    return load_register(engine, now=now, root=root).loaded


def counts(engine: Engine) -> dict[str, int]:
    """Rows by table, events among them."""
    with reading(engine) as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in (*APPEND_ONLY, *KEPT, "programme_metal", "programme_stage", "rating_evidence")
        }


def rows(engine: Engine, asked: str) -> list[tuple[object, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(text(asked))]


def last_events(engine: Engine, since: int) -> list[tuple[str, str, str]]:
    with reading(engine) as connection:
        return [(event.actor, event.act, event.subject) for event in events(connection) if event.seq > since]


# --- once ------------------------------------------------------------------------------------------


def test_a_load_records_everything_as_a_named_import(engine: Engine, tmp_path: Path) -> None:
    loaded = load(engine, write(tmp_path))
    assert (loaded.corrected, loaded.unchanged) == (0, 0)
    found = last_events(engine, 0)
    assert loaded.entered == sum(act == "recorded" for _, act, _ in found)
    assert {actor for actor, _, _ in found} == {"import:seeds"}
    assert Counter(act for _, act, _ in found) == {"recorded": loaded.entered, "sealed": 1}


def test_a_load_that_is_refused_lists_all_mistakes_as_check_does(engine: Engine, tmp_path: Path) -> None:
    shutil.copytree(folder("seeds"), tmp_path / "seeds")
    shutil.copytree(folder("criteria"), tmp_path / "criteria")
    put(tmp_path / "seeds", "decisions.yaml", "act: conditionally_approved", "act: perhaps")
    put(tmp_path / "seeds/example", "decisions.yaml", "act: ", "act: maybe_")
    with pytest.raises(Faults) as refused:
        load(engine, tmp_path / "seeds")
    assert refused.value.faults == check_content(tmp_path)
    assert len(refused.value.faults) == 2


def test_what_was_taken_out_of_the_seeds_is_held_and_told(engine: Engine, tmp_path: Path) -> None:
    more = f"- {{id: decision-2, programme: programme-1, act: approved, {FACT}}}\n"
    root = write(tmp_path, decisions=FILES["decisions.yaml"] + more)
    assert load_register(engine, now=NOW, root=root).beside == ""
    put(root, "decisions.yaml", more, "")
    put(root, "programmes.yaml", "[copper]", "[]")
    told = load_register(engine, now=LATER, root=root).beside
    assert told == (
        "2 records are held that the seeds no longer have: decision:decision-2, programme_metal:programme-1/copper; "
        "what is taken out of a file stays held, so put it back under its id and correct it there "
        "(seeds/README.md says how)"
    )
    with reading(engine) as connection:
        assert beside_seeds(connection, root) == told


def test_a_decision_declared_void_may_be_taken_out_of_the_seeds(engine: Engine, tmp_path: Path) -> None:
    more = f"- {{id: decision-2, programme: programme-1, act: approved, {FACT}}}\n"
    root = write(tmp_path, decisions=FILES["decisions.yaml"] + more)
    load(engine, root)
    put(root, "decisions.yaml", "act: approved", "act: void, reason: Never made.")
    load(engine, root)
    put(root, "decisions.yaml", more.replace("approved", "void, reason: Never made."), "")
    assert load_register(engine, now=LATER, root=root).beside == ""


def test_the_first_few_records_beside_the_seeds_are_named(engine: Engine, tmp_path: Path) -> None:
    extra = "".join(f"- {{id: extra-{n}, title: Extra, issuer: Us}}\n" for n in range(1, 8))
    root = write(tmp_path, sources=FILES["sources.yaml"] + extra)
    load(engine, root)
    put(root, "sources.yaml", extra, "")
    told = load_register(engine, now=LATER, root=root).beside
    assert told.startswith("7 records are held that the seeds no longer have: source:extra-1, ")
    assert "source:extra-5 and 2 more; what is taken out of a file stays held" in told


def test_a_second_load_of_the_register_changes_nothing(seeded_engine: Engine) -> None:
    before = counts(seeded_engine)
    again = load_register(seeded_engine, now=LATER)
    assert (again.loaded.entered, again.loaded.corrected, again.published) == (0, 0, ())
    assert again.loaded.unchanged > 500
    assert counts(seeded_engine) == before


def test_a_second_load_of_ratings_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load(engine, root)
    before = counts(engine)
    assert before["rating"] == before["rating_version"] == 2
    assert load(engine, root, LATER).entered == 0
    assert counts(engine) == before


def test_an_empty_register_is_made_ready_once(engine: Engine) -> None:
    assert is_empty(engine)
    prepared = make_ready(engine, now=NOW)
    assert prepared
    assert prepared.published == ("2024-09",)
    assert not is_empty(engine)
    assert make_ready(engine, now=LATER) is None


def test_two_starts_at_once_record_everything_once(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    done: list[Loaded | BaseException] = []

    def start() -> None:
        try:
            done.append(load(engine, root))
        except BaseException as fault:
            done.append(fault)

    starts = [threading.Thread(target=start) for _ in range(3)]
    for each in starts:
        each.start()
    for each in starts:
        each.join(60)
    entered = sorted(each.entered if isinstance(each, Loaded) else -1 for each in done)
    assert entered[:2] == [0, 0]
    assert entered[2] > 20
    assert verify_database(engine).fault is None


# --- corrected -------------------------------------------------------------------------------------


def test_a_changed_fact_is_a_correction_beside_the_one_it_corrects(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load(engine, root)
    seen = len(last_events(engine, 0))
    put(root, "decisions.yaml", "effective: 2024-09-30", "effective: by 2024-09-30")
    assert replace(load(engine, root, LATER), unchanged=0) == Loaded(entered=0, corrected=1, unchanged=0)
    assert rows(engine, "SELECT id, corrects, effective_precision FROM decision ORDER BY id") == [
        ("decision-1", None, "day"),
        ("decision-1~2", "decision-1", "by"),
    ]
    assert last_events(engine, seen) == [("import:seeds", "corrected", "decision:decision-1~2")]


def test_a_correction_is_corrected_in_its_turn_and_only_once(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load(engine, root)
    for effective in ("2024-09-01", "2024-09-02", "2024-09-03"):
        put(root, "decisions.yaml", "effective: 2024-09-", f"effective: {effective} # ")
        (root / "decisions.yaml").write_text(FILES["decisions.yaml"].replace("2024-09-30", effective))
        assert load(engine, root).corrected == 1  # at the very same moment as the one before
        assert load(engine, root).corrected == 0
    assert rows(engine, "SELECT id, corrects FROM decision ORDER BY id") == [
        ("decision-1", None),
        ("decision-1~2", "decision-1"),
        ("decision-1~3", "decision-1~2"),
        ("decision-1~4", "decision-1~3"),
    ]
    assert since(engine) == "3 September 2024"


def since(engine: Engine, known_at: datetime | None = None) -> str:
    with reading(engine) as connection:
        (row,) = status_rows(
            connection, as_at=date(2026, 1, 1), known_at=known_at, policy_age=timedelta(days=365)
        )  # fmt: skip
        return str(row.since)


def test_what_was_known_before_a_correction_is_still_answered(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load(engine, root)
    put(root, "decisions.yaml", "effective: 2024-09-30", "effective: 2024-08-15")
    load(engine, root, LATER)
    assert since(engine) == "15 August 2024"
    assert since(engine, LATER) == "15 August 2024"
    assert since(engine, LATER - timedelta(microseconds=1)) == "30 September 2024"


def test_what_is_kept_rather_than_appended_says_in_its_event_what_it_was(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load(engine, root)
    seen = len(last_events(engine, 0))
    put(root, "organisations.yaml", "Owner of Standards", "Owners of Standards")
    assert load(engine, root, LATER).corrected == 1
    assert rows(engine, "SELECT name, version FROM organisation") == [("Owners of Standards", 2)]
    assert last_events(engine, seen) == [("import:seeds", "corrected", "organisation:owner")]


def test_what_seeds_correct_was_always_so_and_known_from_the_load(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load(engine, root)
    assert rows(engine, "SELECT * FROM kept_change") == []
    put(root, "organisations.yaml", "Owner of Standards", "Owners of Standards")
    put(root, "programmes.yaml", "  metals: [copper]\n", "  metals: [copper]\n  excluded: [tungsten]\n")
    tungsten = f"- {{id: tungsten, name: Tungsten, lme_settled: no, {SOURCED}}}\n"
    put(root, "metals.yaml", "- {id: tin", f"{tungsten}- {{id: tin")
    load(engine, root, LATER)
    told = "SELECT subject, field, number, before, after, effective_on FROM kept_change ORDER BY subject"
    metals = {
        "copper": {"excluded": False, "condition": ""},
        "tin": {"excluded": False, "condition": "only with copper"},
    }
    more = {**metals, "tungsten": {"excluded": True, "condition": ""}}
    assert rows(engine, told) == [
        ("organisation:owner", "name", 1, "Owner of Standards", "Owners of Standards", None),
        ("programme:programme-1", "metals", 1, canonical(metals), canonical(more), None),
    ]
    with reading(engine) as connection:
        (before,), (after,) = (programmes(connection, known_at=moment) for moment in (NOW, LATER))
    assert [each.id for each in before.metals] == ["copper", "tin"]
    assert [each.id for each in after.metals] == ["copper", "tin", "tungsten"]


def test_the_name_in_the_table_is_corrected_and_other_names_come_and_stay(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load(engine, root)
    names = f"""\
    - {{name: An earlier name, use: also, {SOURCED}}}
    - {{name: Standard 1 assessed with the Process, use: also, {SOURCED}}}
    - {{name: Standard 1 with its Process, use: table, {SOURCED}}}
    - {{name: The Standard, use: also, {SOURCED}}}
"""
    text_ = FILES["programmes.yaml"]
    kept = text_[: text_.index("    - {name")] + names + text_[text_.index("  source: memo\n") :]
    (root / "programmes.yaml").write_text(kept)
    loaded = load(engine, root, LATER)
    assert (loaded.entered, loaded.corrected) == (2, 1)
    assert rows(engine, "SELECT name, use FROM programme_name ORDER BY name") == [
        ("An earlier name", "also"),
        ("Standard 1 assessed with the Process", "also"),
        ("Standard 1 with its Process", "table"),
        ("The Standard", "also"),
    ]


@pytest.fixture
def by_hand(sqlite_url: str) -> Iterator[Engine]:
    yield from connected(sqlite_url)


def keep(engine: Engine, noun: Noun, id: str, **said: Any) -> None:
    """A keeper changes a record on its page."""
    with unit_of_work(engine) as session:
        keeper = make_person(session, f"Keeper {len(last_events(engine, 0))}", LME, Role.DECIDER)
        found = kept.told(session.connection(), noun, id)
        assert found is not None
        values, version = found
        register.change(
            session, actor=keeper, noun=noun, id=id, values={**values, **said}, version=version, now=LATER
        )  # fmt: skip


def test_what_somebody_changed_by_hand_stays_and_is_said(by_hand: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load(by_hand, root)
    keep(by_hand, ORGANISATIONS, "owner", name="Owner renamed")
    keep(by_hand, PROGRAMMES, "programme-1", metals={"copper": {"excluded": False, "condition": ""}})
    done = load(by_hand, root, LATER)
    assert (done.entered, done.corrected) == (0, 0)
    assert [each.split(" here by ")[0] for each in done.left] == [
        "organisation:owner was changed", "programme:programme-1 was changed",
    ]  # fmt: skip
    assert all(each.endswith("and the file says something else") for each in done.left)
    assert rows(by_hand, "SELECT name FROM organisation WHERE id = 'owner'") == [("Owner renamed",)]
    assert rows(by_hand, "SELECT metal_id FROM programme_metal") == [("copper",)]
    put(root, "organisations.yaml", "Owner of Standards", "Owner renamed")
    assert [each.split(" was ")[0] for each in load(by_hand, root, LATER).left] == ["programme:programme-1"]
    put(root, "organisations.yaml", "Owner renamed", "Owner once more")
    assert len(load(by_hand, root, LATER).left) == 2


def test_a_fact_that_somebody_corrected_by_hand_is_not_corrected_past_them(by_hand: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load(by_hand, root)
    with unit_of_work(by_hand) as session:
        lead = make_person(session, "Dora", LME, Role.DECIDER)
        held = session.get_one(Decision, "decision-1")
        mine = Decision(**{**held.model_dump(), "id": "by-hand", "corrects": held.id, "effective_on": date(2024, 9, 1)})
        ledger.enter(session, mine, actor=lead.actor, act="recorded", now=LATER)
    put(root, "decisions.yaml", "effective: 2024-09-30", "effective: 2024-08-15")
    (left,) = load(by_hand, root, LATER).left
    assert left == "decision:decision-1 was recorded here by Dora on 2026-12-21, and the file says something else"
    assert rows(by_hand, "SELECT count(*) FROM decision") == [(2,)]


def test_a_record_that_is_gone_from_the_files_stays_in_the_register(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load(engine, root)
    before = counts(engine)
    (root / "actions.yaml").write_text("")
    loaded = load(engine, root, LATER)
    assert (loaded.entered, loaded.corrected) == (0, 0)
    assert counts(engine) == before


def test_a_record_that_only_moved_in_its_file_is_unchanged(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load(engine, root)
    first = f"- {{id: decision-0, programme: programme-1, act: conditionally_approved, {FACT}}}\n"
    (root / "decisions.yaml").write_text(first.replace("2024-09-30", "2023-01-01") + FILES["decisions.yaml"])
    loaded = load(engine, root, LATER)
    assert (loaded.entered, loaded.corrected) == (1, 0)


def test_a_recorded_rating_is_not_corrected_behind_the_rating_sheet(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load(engine, root)
    before = counts(engine)
    put(root, "ratings/programme-1-1.csv", "Said in clause 1.", "Said in clause 2.")
    put(root, "decisions.yaml", "effective: 2024-09-30", "effective: 2024-08-15")
    with pytest.raises(Refusal, match="rating_version:programme-1-1/standards/OP-01/1 is held with other content"):
        load(engine, root, LATER)
    assert counts(engine) == before


def test_a_correction_leaves_a_frozen_market_update_as_it_was(seeded_engine: Engine, tmp_path: Path) -> None:
    frozen = rows(seeded_engine, "SELECT content, digest FROM publication")
    root = copied(tmp_path)
    put(root, "decisions.yaml", "effective: 2022-08,", "effective: 2022-07,")
    done = load_register(seeded_engine, now=LATER, root=root)
    assert (done.loaded.corrected, done.published) == (1, ())
    assert rows(seeded_engine, "SELECT content, digest FROM publication") == frozen


def copied(tmp_path: Path) -> Path:
    """The register's own seeds, to change something in."""
    shutil.copytree(folder("seeds"), tmp_path / "seeds")
    return tmp_path / "seeds"


# --- whole or not at all ---------------------------------------------------------------------------


def test_of_seeds_with_mistakes_nothing_is_stored(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    put(root, "decisions.yaml", "memo", "letter")
    with pytest.raises(Faults):
        load(engine, root)
    assert set(counts(engine).values()) == {0}


def test_of_changes_with_mistakes_nothing_is_stored(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path)
    load(engine, root)
    before = counts(engine)
    put(root, "organisations.yaml", "Owner of Standards", "Owners of Standards")
    put(root, "decisions.yaml", "memo", "letter")
    with pytest.raises(Faults):
        load(engine, root, LATER)
    assert counts(engine) == before
    assert rows(engine, "SELECT name FROM organisation") == [("Owner of Standards",)]


def test_a_record_may_refer_to_one_that_stands_below_it(engine: Engine, tmp_path: Path) -> None:
    newer = FILES["programmes.yaml"].replace("programme-1", "programme-2").replace("number: 1", "number: 2")
    older = FILES["programmes.yaml"].replace("  route:", "  superseded_by: programme-2\n  route:")
    load(engine, write(tmp_path, programmes=older + newer))
    assert rows(engine, "SELECT id, superseded_by FROM programme ORDER BY number") == [
        ("programme-1", "programme-2"),
        ("programme-2", None),
    ]


# --- sealed editions -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_all()[0]["oecd-minerals-2018"]


def test_an_edition_that_assessments_refer_to_is_sealed_with_its_content(
    engine: Engine, tmp_path: Path, catalogue: Catalogue
) -> None:
    load(engine, write(tmp_path))
    assert rows(engine, "SELECT edition, digest FROM edition_seal") == [(catalogue.edition, catalogue.digest)]
    assert last_events(engine, 0)[-1] == ("import:seeds", "sealed", "edition_seal:oecd-minerals-2018")


def sealing(engine: Engine, act: Callable[..., None], catalogue: Catalogue, **more: str) -> None:
    with unit_of_work(engine) as session:
        act(session, catalogue, actor=SYSTEM, now=LATER, **more)


def test_a_sealed_edition_does_not_change_silently(engine: Engine, tmp_path: Path, catalogue: Catalogue) -> None:
    load(engine, write(tmp_path))
    changed = replace(catalogue, digest="f" * 64)
    with pytest.raises(
        Refusal, match=r"changed since assessments referred to it .* “alignment seal oecd-minerals-2018"
    ):
        sealing(engine, seal_edition, changed)
    assert rows(engine, "SELECT digest FROM edition_seal") == [(catalogue.digest,)]


def test_changed_content_is_accepted_openly_with_a_reason(engine: Engine, tmp_path: Path, catalogue: Catalogue) -> None:
    load(engine, write(tmp_path))
    changed = replace(catalogue, digest="f" * 64)
    sealing(engine, accept_edition, changed, reason="misspelling in S1-A-2")
    sealing(engine, seal_edition, changed)
    with reading(engine) as connection:
        last = list(events(connection))[-1]
    assert (last.act, last.subject) == ("resealed", "edition_seal:oecd-minerals-2018")
    assert "misspelling in S1-A-2" in last.after
    assert catalogue.digest in last.before
    assert rows(engine, "SELECT digest FROM edition_seal") == [("f" * 64,)]


def test_there_is_nothing_to_accept_where_nothing_changed(engine: Engine, tmp_path: Path, catalogue: Catalogue) -> None:
    with pytest.raises(Refusal, match="no assessment refers to edition oecd-minerals-2018 yet"):
        sealing(engine, accept_edition, catalogue, reason="none")
    load(engine, write(tmp_path))
    before = len(last_events(engine, 0))
    with pytest.raises(Refusal, match="oecd-minerals-2018 is as it was sealed: there is nothing to accept"):
        sealing(engine, accept_edition, catalogue, reason="none")
    assert len(last_events(engine, 0)) == before


# --- the worked example ----------------------------------------------------------------------------


def public(engine: Engine) -> list[tuple[str, str, str]]:
    with reading(engine) as connection:
        found = status_rows(connection, as_at=date(2026, 11, 21), policy_age=timedelta(days=365))
        return [(row.id, row.sentence, row.approval_printed) for row in found]


def test_no_public_table_shows_the_example(example_engine: Engine, seeded_sqlite_url: str) -> None:
    for without in connected(seeded_sqlite_url):
        assert public(example_engine) == public(without)


def test_the_example_is_recorded_by_an_import_of_its_own(example_engine: Engine) -> None:
    actors = [actor for actor, _, _ in last_events(example_engine, 0)]
    example = actors.index("import:example")
    assert set(actors[:example]) == {"import:seeds"}
    assert set(actors[example:]) == {"import:example"}


def test_a_second_load_of_the_example_changes_nothing(example_engine: Engine) -> None:
    before = counts(example_engine)
    again = load_example(example_engine, now=LATER)
    assert (again.entered, again.corrected) == (0, 0)
    assert counts(example_engine) == before


def test_every_rating_of_the_example_has_its_version_and_its_event(example_engine: Engine) -> None:
    subjects = {subject for _, _, subject in last_events(example_engine, 0)}
    ratings = rows(example_engine, "SELECT assessment_id, part, criterion, version FROM rating")
    assert len(ratings) > 500
    assert {f"rating_version:{'/'.join(map(str, key))}" for key in ratings} <= subjects
    assert verify_database(example_engine).fault is None


def test_everything_of_the_example_says_that_it_is_fictional(example_engine: Engine) -> None:
    named = rows(example_engine, "SELECT short_name FROM programme WHERE id LIKE 'example-%'")
    assert named
    assert all("Example" in str(name) for (name,) in named)
    assert rows(example_engine, "SELECT count(*) FROM programme WHERE example <> (id LIKE 'example-%')") == [(0,)]
