"""Saving ratings: versions, clashes, undo, bulk, blind; and that no interleaving of people loses anything."""

from __future__ import annotations

import itertools
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from alignment.database import unit_of_work
from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Part
from alignment.domain.event import Event as Link
from alignment.domain.event import first_break
from alignment.domain.merging import FIELDS, Pick
from alignment.domain.people import Someone
from alignment.domain.rating import Judgement, Level
from alignment.domain.refusal import Refusal, Stale, Unfit
from alignment.domain.review import Verdict
from alignment.services import ratings, reviews
from alignment.services.ratings import Clash, Rate, Saved
from alignment.services.reviews import Review
from alignment.services.sheets import Key
from alignment.tables import BlindRating, Event, Rating, RatingVersion
from tests.conftest import NOW
from tests.rounds import a_round, accept_all, advance, catalogues, codes, events, rate_all, save
from tests.working import a_world

PART = Part.GOVERNANCE
CODE = "GV-LE-1"
ASKED: dict[str, Any] = {"catalogues": catalogues(), "now": NOW}


def stored(session: Session, key: Key) -> list[RatingVersion]:
    """Every version of a rating in its order."""
    return list(
        session.exec(
            select(RatingVersion)
            .where(
                col(RatingVersion.assessment_id) == key.assessment,
                col(RatingVersion.part) == key.part.value,
                col(RatingVersion.criterion) == key.criterion,
            )
            .order_by(col(RatingVersion.version))
        )
    )


def says(row: RatingVersion | Rating | BlindRating) -> Judgement:
    return Judgement(Level(row.level) if row.level else None, row.rationale, row.cites_standard, row.cites_guidance)


# --- one after the other -----------------------------------------------------------------------------


def test_a_save_stores_the_rating_its_version_and_its_event_together(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    done = save(session, world.lead, found.id, PART, CODE, level="fully", rationale="It is one.", cites_standard="2")
    assert isinstance(done, Saved)
    assert (done.new, done.held.version, done.held.rated_by) == (True, 1, f"person:{world.lead.id}")
    row = session.get(Rating, (found.id, "governance", CODE))
    assert row is not None
    assert (says(row), row.version, row.rated_at) == (done.held.says, 1, NOW)
    (version,) = stored(session, Key(found.id, PART, CODE))
    assert (says(version), version.effective_on) == (done.held.says, NOW.date())
    (event,) = events(session, f"rating:{found.id}/governance/{CODE}")
    after = json.loads(event.after)
    assert (event.act, event.before, after["level"], after["rated_at"]) == (
        "rated", "null", "fully", "2026-11-21T09:00:00.000000Z",
    )  # fmt: skip


def test_saying_the_same_again_makes_no_version(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    save(session, world.lead, found.id, PART, CODE, level="fully")
    again = save(session, world.second, found.id, PART, CODE, 1, level="fully")
    assert isinstance(again, Saved)
    assert (again.new, again.held.version) == (False, 1)
    assert again.held.rated_by == f"person:{world.lead.id}"


def test_a_rationale_can_be_drafted_before_the_level_is_chosen(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    done = save(session, world.lead, found.id, PART, CODE, rationale="To be looked into.")
    assert isinstance(done, Saved)
    row = session.get(Rating, (found.id, "governance", CODE))
    assert row is not None
    assert (row.level, row.rationale) == (None, "To be looked into.")


@pytest.mark.parametrize(
    ("given", "field"),
    [({"level": "not_applicable"}, "rationale"), ({"level": "fully", "cites_guidance": "x" * 2_001}, "cites_guidance")],
)
def test_what_a_rating_may_not_say_is_refused_at_its_field(session: Session, given: dict[str, str], field: str) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    with pytest.raises(Unfit) as refused:
        save(session, world.lead, found.id, PART, CODE, **given)
    assert refused.value.field == field
    assert stored(session, Key(found.id, PART, CODE)) == []


def test_only_the_team_rates_and_only_while_the_part_is_rated(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    for someone in (world.reviewer, world.owner, world.observer, world.decider, world.administrator):
        with pytest.raises(Refusal, match="You cannot rate a criterion"):
            save(session, someone, found.id, PART, CODE, level="fully")
    with pytest.raises(Refusal, match="at the stage scoping"):
        save(session, world.lead, found.id, Part.STANDARDS, "OP-01", level="fully")
    with pytest.raises(Refusal, match="is not judged in this part"):
        save(session, world.lead, found.id, PART, "OP-01", level="fully")
    with pytest.raises(Refusal, match="is not judged in this part"):
        save(session, world.lead, found.id, PART, "nothing", level="fully")
    with pytest.raises(Refusal, match="no such round"):
        save(session, world.lead, "nothing", PART, CODE, level="fully")


# --- two at once -------------------------------------------------------------------------------------


def test_a_stale_save_is_answered_with_both_texts_and_what_was_refused_is_kept(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    key = Key(found.id, PART, CODE)
    save(session, world.lead, found.id, PART, CODE, level="partially", rationale="Common.")
    save(session, world.second, found.id, PART, CODE, 1, level="partially", rationale="Theirs.")
    clash = save(session, world.lead, found.id, PART, CODE, 1, level="fully", rationale="Mine.")
    assert isinstance(clash, Clash)
    assert clash.merge.open == ("rationale",)
    assert (clash.held.version, clash.held.says.rationale, clash.yours.rationale) == (2, "Theirs.", "Mine.")
    assert [each.rationale for each in stored(session, key)] == ["Common.", "Theirs."]
    aside = events(session, f"rating:{found.id}/governance/{CODE}")[-1]
    assert (aside.act, aside.actor) == ("set_aside", f"person:{world.lead.id}")
    assert json.loads(aside.after) == {
        "began_from": 1, "stands": 2, "level": "fully", "rationale": "Mine.", "cites_standard": "",
        "cites_guidance": "",
    }  # fmt: skip
    merged = clash.merge.resolved({"rationale": Pick.BOTH}, {})
    done = ratings.rate(session, actor=world.lead, act=Rate(key, 2, merged), **ASKED)
    assert isinstance(done, Saved)
    assert done.held.says == Judgement(Level.FULLY, "Theirs.\n\nMine.")


def test_the_same_save_sent_twice_or_with_nothing_of_its_own_is_no_clash(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    save(session, world.lead, found.id, PART, CODE, level="fully")
    twice = save(session, world.lead, found.id, PART, CODE, 0, level="fully")
    assert isinstance(twice, Saved)
    assert not twice.new
    save(session, world.second, found.id, PART, CODE, 1, level="fully", rationale="More.")
    nothing = save(session, world.lead, found.id, PART, CODE, 1, level="fully")
    assert isinstance(nothing, Saved)
    assert (nothing.new, nothing.held.says.rationale) == (False, "More.")


def test_a_version_that_never_was_is_refused(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    with pytest.raises(Refusal, match="has no version 7"):
        save(session, world.lead, found.id, PART, CODE, 7, level="fully")


# --- undo, restore, bulk -----------------------------------------------------------------------------


def test_an_edition_whose_content_is_gone_takes_no_rating(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    act = Rate(Key(found.id, PART, CODE), 0, Judgement(Level.FULLY))
    with pytest.raises(Refusal, match=f"The content of edition {found.edition} is not held here"):
        ratings.rate(session, actor=world.lead, act=act, catalogues={}, now=NOW)


def test_undo_takes_back_ones_own_last_save_and_undo_again_brings_it_back(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    key = Key(found.id, PART, CODE)
    save(session, world.lead, found.id, PART, CODE, level="fully", rationale="First.")
    save(session, world.lead, found.id, PART, CODE, 1, level="not", rationale="Second.")
    ratings.undo(session, actor=world.lead, key=key, version=2, **ASKED)
    ratings.undo(session, actor=world.lead, key=key, version=3, **ASKED)
    assert [each.rationale for each in stored(session, key)] == ["First.", "Second.", "First.", "Second."]
    assert [each.act for each in events(session, f"rating:{found.id}/governance/{CODE}")] == [
        "rated", "rated", "undid", "undid",
    ]  # fmt: skip


def test_undo_of_the_first_save_leaves_the_criterion_unrated(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    key = Key(found.id, PART, CODE)
    with pytest.raises(Refusal, match="nothing to take back"):
        ratings.undo(session, actor=world.lead, key=key, version=0, **ASKED)
    save(session, world.lead, found.id, PART, CODE, level="fully")
    ratings.undo(session, actor=world.lead, key=key, version=1, **ASKED)
    assert [each.level for each in stored(session, key)] == ["fully", None]


def test_nobody_takes_back_what_somebody_else_saved(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    key = Key(found.id, PART, CODE)
    save(session, world.lead, found.id, PART, CODE, level="fully")
    with pytest.raises(Refusal, match="The last change of GV-LE-1 is not yours"):
        ratings.undo(session, actor=world.second, key=key, version=1, **ASKED)
    save(session, world.second, found.id, PART, CODE, 1, level="not")
    with pytest.raises(Refusal, match="is not yours"):
        ratings.undo(session, actor=world.lead, key=key, version=1, **ASKED)


def test_any_earlier_version_can_be_brought_back_as_a_new_one(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    key = Key(found.id, PART, CODE)
    for version, level in enumerate(("fully", "not", "partially")):
        save(session, world.lead, found.id, PART, CODE, version, level=level)
    back = ratings.restore(session, actor=world.second, key=key, version=3, to=1, **ASKED)
    assert (back.held.version, back.held.says.level) == (4, Level.FULLY)
    same = ratings.restore(session, actor=world.second, key=key, version=4, to=1, **ASKED)
    assert not same.new
    with pytest.raises(Stale, match="saved version 4 of GV-LE-1 meanwhile"):
        ratings.restore(session, actor=world.lead, key=key, version=3, to=2, **ASKED)
    with pytest.raises(Refusal, match="has no version 9"):
        ratings.restore(session, actor=world.lead, key=key, version=4, to=9, **ASKED)


def test_several_criteria_get_a_level_at_once_and_go_back_at_once(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    one, two, three, four = codes(PART)[:4]
    save(session, world.second, found.id, PART, two, level="not", rationale="Kept.")
    given: dict[str, Any] = {"assessment": found.id, "part": PART, **ASKED}
    done = ratings.rate_many(
        session, actor=world.lead, picked=[(one, 0), (two, 1), (three, 5), (four, 0)], level=Level.FULLY, reason="",
        **given,
    )  # fmt: skip
    assert done.saved == ((one, 1), (two, 2), (four, 1))
    assert done.left == ((three, "was changed meanwhile"),)
    row = session.get(Rating, (found.id, "governance", two))
    assert row is not None
    assert (row.level, row.rationale) == ("fully", "Kept.")
    save(session, world.second, found.id, PART, four, 1, level="not")
    undone = ratings.undo_many(session, actor=world.lead, picked=done.saved, **given)
    assert undone.saved == ((one, 2), (two, 3))
    assert undone.left == ((four, "was changed meanwhile"),)
    session.expire_all()
    assert (row.level, row.rationale, row.version) == ("not", "Kept.", 3)


def test_not_applicable_for_several_takes_one_reason_for_those_without(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    one, two = codes(PART)[:2]
    given: dict[str, Any] = {"assessment": found.id, "part": PART, "level": Level.NOT_APPLICABLE, **ASKED}
    refused = ratings.rate_many(session, actor=world.lead, picked=[(one, 0)], reason=" ", **given)
    assert refused.left == ((one, "needs a reason why it does not apply"),)
    save(session, world.lead, found.id, PART, two, rationale="Its own.")
    ratings.rate_many(session, actor=world.lead, picked=[(one, 0), (two, 1)], reason="No role.", **given)
    rows = [session.get(Rating, (found.id, "governance", code)) for code in (one, two)]
    assert [row.rationale for row in rows if row] == ["No role.", "Its own."]


# --- carried, returned -------------------------------------------------------------------------------


def test_a_carried_rating_is_confirmed_by_saying_it_again_and_undo_asks_anew(session: Session) -> None:
    world = a_world(session)
    first = a_round(session, world, rating=[PART])
    rate_all(session, world.lead, first.id, PART)
    advance(session, world.lead, first.id, PART, PartStage.RATING, PartStage.REVIEW)
    accept_all(session, world.reviewer, first.id, PART)
    advance(session, world.lead, first.id, PART, PartStage.REVIEW, PartStage.ACCURACY_CHECK)
    advance(session, world.lead, first.id, PART, PartStage.ACCURACY_CHECK, PartStage.CLOSED)
    second = a_round(session, world, follows=first.id, rating=[PART])
    key = Key(second.id, PART, CODE)
    same = {"level": "fully", "rationale": f"Why {CODE}.", "cites_standard": "Clause 1", "cites_guidance": "Step 1"}
    confirmed = save(session, world.second, second.id, PART, CODE, 1, **same)
    assert isinstance(confirmed, Saved)
    assert (confirmed.new, confirmed.held.to_confirm, confirmed.held.carried_from) == (True, False, first.id)
    ratings.undo(session, actor=world.second, key=key, version=2, **ASKED)
    changed = save(session, world.second, second.id, PART, CODE, 3, **{**same, "level": "partially"})
    assert isinstance(changed, Saved)
    assert (changed.held.to_confirm, changed.held.carried_from) == (False, None)
    assert [(each.to_confirm, each.carried_from) for each in stored(session, key)] == [
        (True, first.id), (False, first.id), (True, first.id), (False, None),
    ]  # fmt: skip
    with pytest.raises(Refusal, match="You cannot rate a criterion"):
        save(session, world.lead, first.id, PART, CODE, 1, level="not")


def test_who_stands_by_a_returned_rating_says_it_again_as_a_new_version(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[PART])
    rate_all(session, world.lead, found.id, PART)
    advance(session, world.lead, found.id, PART, PartStage.RATING, PartStage.REVIEW)
    returned = Review(Key(found.id, PART, CODE), 1, Verdict.RETURNED, "How many?")
    reviews.review(session, actor=world.second, act=returned, now=NOW)
    advance(session, world.lead, found.id, PART, PartStage.REVIEW, PartStage.RATING, reason="One was returned.")
    same = {"level": "fully", "rationale": f"Why {CODE}.", "cites_standard": "Clause 1", "cites_guidance": "Step 1"}
    stands = save(session, world.lead, found.id, PART, CODE, 1, **same)
    assert isinstance(stands, Saved)
    assert (stands.new, stands.held.version) == (True, 2)


# --- blind -------------------------------------------------------------------------------------------


def test_two_who_rate_blind_never_touch_each_others_ratings(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, blind=True, rating=[PART])
    save(session, world.lead, found.id, PART, CODE, level="fully", rationale="Lead.")
    save(session, world.second, found.id, PART, CODE, level="not", rationale="Second.")
    save(session, world.second, found.id, PART, CODE, 1, level="partially", rationale="Second.")
    rows = {row.person_id: row for row in session.exec(select(BlindRating))}
    assert says(rows[world.lead.id]) == Judgement(Level.FULLY, "Lead.")
    assert says(rows[world.second.id]) == Judgement(Level.PARTIALLY, "Second.")
    assert session.exec(select(RatingVersion)).all() == []
    said = events(session, f"blind_rating:{found.id}/governance/{CODE}/{world.second.id}")
    assert [json.loads(each.after)["version"] for each in said] == [1, 2]


def test_blind_ratings_clash_with_ones_own_other_window_and_can_be_undone(session: Session) -> None:
    world = a_world(session)
    found = a_round(session, world, blind=True, rating=[PART])
    key = Key(found.id, PART, CODE)
    save(session, world.lead, found.id, PART, CODE, level="fully", rationale="One.")
    save(session, world.lead, found.id, PART, CODE, 1, level="fully", rationale="Two.")
    clash = save(session, world.lead, found.id, PART, CODE, 1, level="fully", rationale="Three.")
    assert isinstance(clash, Clash)
    assert clash.merge.fields[1].base == "One."
    undone = ratings.undo(session, actor=world.lead, key=key, version=2, **ASKED)
    assert undone.held.says.rationale == "One."
    same = save(session, world.lead, found.id, PART, CODE, 3, level="fully", rationale="One.")
    assert isinstance(same, Saved)
    assert not same.new


# --- any interleaving ----------------------------------------------------------------------------------


@dataclass
class Window:
    """One browser window of somebody: what it shows, and what its reader typed since."""

    who: Someone
    version: int = 0
    shown: Judgement = field(default_factory=Judgement)
    typed: dict[str, Any] = field(default_factory=dict)

    def look(self, session: Session, key: Key) -> None:
        row = session.get(Rating, (key.assessment, key.part.value, key.criterion), populate_existing=True)
        self.version, self.shown, self.typed = (row.version, says(row), {}) if row else (0, Judgement(), {})

    def yours(self) -> Judgement:
        held = {name: getattr(self.shown, name) for name in FIELDS}
        return Judgement(**{**held, **self.typed})


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("look"), st.integers(0, 3)),
        st.tuples(st.just("type"), st.integers(0, 3), st.sampled_from(FIELDS), st.integers(0, 5)),
        st.tuples(st.just("save"), st.integers(0, 3), st.sampled_from(list(Pick))),
        st.tuples(st.just("undo"), st.integers(0, 3)),
    ),
    min_size=4,
    max_size=30,
)
WORDS = ["", "alpha", "beta", "alpha beta", "gamma.", "alpha, beta and gamma."]
_numbers = itertools.count()


@pytest.fixture
def shared(engine: Engine) -> tuple[Engine, list[Someone], str]:
    with unit_of_work(engine) as session:
        world = a_world(session)
        found = a_round(session, world, rating=list(Part))
    return engine, [world.lead, world.second, world.lead, world.second], found.id


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_interleaving_of_several_windows_loses_an_acknowledged_change(
    shared: tuple[Engine, list[Someone], str], steps: list[tuple[Any, ...]]
) -> None:
    engine, people, round_id = shared
    part, code = [(part, code) for part in Part for code in codes(part)][next(_numbers) % 195]
    key = Key(round_id, part, code)
    windows = [Window(who) for who in people]
    acknowledged: list[tuple[int, Judgement]] = []
    aside: list[Judgement] = []
    with unit_of_work(engine) as session:
        start = len(stored(session, key))
        for window in windows:
            window.look(session, key)
    for step in steps:
        window = windows[step[1]]
        if step[0] == "type":
            value: Any = WORDS[step[3]] if step[2] != "level" else [None, *Level][step[3] % 4]
            window.typed[step[2]] = value
            continue
        with unit_of_work(engine) as session:
            if step[0] == "look":
                window.look(session, key)
            elif step[0] == "save":
                save_window(session, key, window, step[2], acknowledged, aside)
            elif window.version:
                try:
                    done = ratings.undo(session, actor=window.who, key=key, version=window.version, **ASKED)
                except Refusal:
                    continue
                acknowledged.append((done.held.version, done.held.says))
                window.look(session, key)
    with unit_of_work(engine) as session:
        check_history(session, key, start, acknowledged, aside)


def save_window(
    session: Session, key: Key, window: Window, pick: Pick, acknowledged: list[Any], aside: list[Judgement]
) -> None:
    """Save as a person would: after a clash, choose field by field and save again."""
    yours = window.yours()
    if yours.level is Level.NOT_APPLICABLE and not yours.rationale:
        return
    done = ratings.rate(session, actor=window.who, act=Rate(key, window.version, yours), **ASKED)
    if isinstance(done, Clash):
        aside.append(yours)
        picks = dict.fromkeys(done.merge.open, pick)
        third = {name: "level" if name == "level" else f"third of {name}" for name in FIELDS} | {"level": "partially"}
        merged = done.merge.resolved(picks, third)
        if merged.level is Level.NOT_APPLICABLE and not merged.rationale:
            return
        done = ratings.rate(session, actor=window.who, act=Rate(key, done.held.version, merged), **ASKED)
        assert isinstance(done, Saved)
    if done.new:
        acknowledged.append((done.held.version, done.held.says))
    window.look(session, key)


def check_history(
    session: Session, key: Key, start: int, acknowledged: list[tuple[int, Judgement]], aside: list[Judgement]
) -> None:
    """Every acknowledged save is a version of its own, none is missing, and what was refused is kept too."""
    versions = stored(session, key)
    assert [each.version for each in versions] == list(range(1, len(versions) + 1))
    assert [(each.version, says(each)) for each in versions[start:]] == acknowledged
    row = session.get(Rating, (key.assessment, key.part.value, key.criterion))
    assert (row is None) is (not versions)
    if row is not None:
        assert (says(row), row.version) == (says(versions[-1]), versions[-1].version)
    said = events(session, f"rating:{key.assessment}/{key.part.value}/{key.criterion}")
    kept = [json.loads(each.after) for each in said if each.act == "set_aside"]
    held = [Judgement(Level(each["level"]) if each["level"] else None, each["rationale"], each["cites_standard"],
                      each["cites_guidance"]) for each in kept]  # fmt: skip
    assert held[len(held) - len(aside) :] == aside


def test_rounds_rated_at_once_leave_one_unbroken_chain(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        world = a_world(session)
        rounds = [a_round(session, world, rating=[PART]).id for _ in range(3)]

    def rate_twice(round_id: str) -> None:
        for version in range(2):
            for code in codes(PART):
                says = Judgement(Level.FULLY, f"Said {version}.")
                with unit_of_work(engine) as session:
                    act = Rate(Key(round_id, PART, code), version, says)
                    assert isinstance(ratings.rate(session, actor=world.lead, act=act, **ASKED), Saved)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(rate_twice, rounds))
    with unit_of_work(engine) as session:
        for round_id in rounds:
            for code in codes(PART):
                assert [each.version for each in stored(session, Key(round_id, PART, code))] == [1, 2]
        chain = session.exec(select(Event).order_by(col(Event.seq))).all()
        assert first_break(Link(**each.model_dump()) for each in chain) is None


def test_several_people_saving_at_once_lose_nothing(shared: tuple[Engine, list[Someone], str]) -> None:
    engine, people, round_id = shared
    key = Key(round_id, Part.STANDARDS, "OP-01")

    def keep_saving(number: int) -> list[str]:
        """Twelve sentences, each added to what the rationale said when it was last seen."""
        added = []
        who = people[number % 4]
        for at in range(12):
            sentence = f"Sentence {at} of {number}."
            while True:
                with unit_of_work(engine) as session:
                    window = Window(who)
                    window.look(session, key)
                with unit_of_work(engine) as session:
                    text = f"{window.shown.rationale} {sentence}".strip()
                    act = Rate(key, window.version, Judgement(Level.FULLY, text))
                    now = NOW + timedelta(seconds=at)
                    done = ratings.rate(session, actor=who, act=act, catalogues=catalogues(), now=now)
                if isinstance(done, Saved):
                    break
            added.append(sentence)
        return added

    with ThreadPoolExecutor(6) as pool:
        added = list(itertools.chain.from_iterable(pool.map(keep_saving, range(6))))
    with unit_of_work(engine) as session:
        versions = stored(session, key)
        assert [each.version for each in versions] == list(range(1, len(added) + 1))
        assert sorted(re.findall(r"Sentence \d+ of \d\.", versions[-1].rationale)) == sorted(added)
        chain = session.exec(select(Event).order_by(col(Event.seq))).all()
        assert first_break(Link(**each.model_dump()) for each in chain) is None
