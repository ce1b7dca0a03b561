"""What is kept of the facts: made once, dropped when one changes, within its room."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.web.kept import Kept


class Facts:
    """Facts with a generation, and a count of how often something was made from them."""

    def __init__(self) -> None:
        self.generation = 0
        self.made = 0

    def make(self) -> str:
        self.made += 1
        return f"made {self.made}"

    def change(self) -> str:
        """Made while somebody else writes."""
        self.generation += 1
        return self.make()


@pytest.fixture
def facts() -> Facts:
    return Facts()


def kept_of(facts: Facts, *, entries: int = 3, room: int = 10) -> Kept:
    return Kept(lambda: facts.generation, entries=entries, room=room)


def test_a_value_is_made_once_for_each_key(facts: Facts) -> None:
    kept = kept_of(facts)
    assert [kept.get(key, facts.make) for key in ("a", "b", "a", "b")] == ["made 1", "made 2", "made 1", "made 2"]


def test_everything_is_dropped_when_a_fact_changes(facts: Facts) -> None:
    kept = kept_of(facts)
    kept.get("a", facts.make)
    kept.get("b", facts.make)
    facts.generation += 1
    assert kept.get("a", facts.make) == "made 3"
    assert kept.held == (1, 1)


def test_what_was_made_while_a_fact_changed_is_handed_out_and_not_kept(facts: Facts) -> None:
    kept = kept_of(facts)
    assert kept.get("a", facts.change) == "made 1"
    assert kept.held == (0, 0)
    assert kept.get("a", facts.make) == "made 2"


def test_what_can_be_renewed_is_when_a_fact_changes_and_nothing_else_is_kept(facts: Facts) -> None:
    kept = kept_of(facts, room=100)

    def renewed() -> str:
        return kept.get("a", facts.make, weigh=len, renew=lambda old: f"{old}, renewed")

    assert [renewed(), renewed(), kept.get("b", facts.make)] == ["made 1", "made 1", "made 2"]
    facts.generation += 1
    assert kept.get("b", facts.make) == "made 3"
    assert kept.held == (2, 1 + len("made 1"))  # it waits until it is asked for
    assert [renewed(), renewed()] == ["made 1, renewed", "made 1, renewed"]
    facts.generation += 1
    assert renewed() == "made 1, renewed, renewed"
    assert facts.made == 3


def test_what_was_renewed_while_a_fact_changed_is_renewed_again(facts: Facts) -> None:
    kept = kept_of(facts, room=100)
    kept.get("a", facts.change, renew=lambda old: old)
    assert kept.get("a", facts.make, renew=lambda old: f"{old}, renewed") == "made 1, renewed"
    assert kept.get("a", facts.make, renew=lambda old: old) == "made 1, renewed"


def test_what_could_not_be_renewed_is_tried_again(facts: Facts) -> None:
    kept = kept_of(facts)
    kept.get("a", facts.make, renew=str)
    facts.generation += 1
    with pytest.raises(ZeroDivisionError):
        kept.get("a", facts.make, renew=lambda _: str(1 // 0))
    assert kept.get("a", facts.make, renew=str.upper) == "MADE 1"


def test_what_is_made_of_something_kept_keeps_both(facts: Facts) -> None:
    kept = kept_of(facts)
    assert kept.get("whole", lambda: kept.get("part", facts.make) + "!") == "made 1!"
    assert kept.held == (2, 2)


def test_those_least_recently_asked_for_go_first(facts: Facts) -> None:
    kept = kept_of(facts)
    for key in ("a", "b", "c", "a", "d"):
        kept.get(key, facts.make)
    assert facts.made == 4
    kept.get("a", facts.make)
    assert facts.made == 4
    kept.get("b", facts.make)
    assert facts.made == 5


def test_what_fails_is_not_kept(facts: Facts) -> None:
    kept = kept_of(facts)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", facts.make) == "made 1"


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 14)), max_size=40))
def test_neither_the_room_nor_the_number_is_ever_exceeded(asked: list[tuple[int, int]]) -> None:
    facts = Facts()
    kept = kept_of(facts)
    for key, weight in asked:
        kept.get(key, facts.make, weigh=lambda _, weight=weight: weight)  # type: ignore[misc]
        number, weight_held = kept.held
        assert number <= 3
        assert weight_held <= 10


def test_what_is_heavier_than_the_room_is_never_held_and_drops_nothing(facts: Facts) -> None:
    kept = kept_of(facts)
    kept.get("a", facts.make)
    kept.get("b", facts.make, weigh=lambda _: 11)
    assert kept.held == (1, 1)


def test_many_who_ask_at_once_have_it_made_once(facts: Facts) -> None:
    kept, together = kept_of(facts), Barrier(6)

    def ask(_: int) -> str:
        together.wait()
        return kept.get("a", facts.make)

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(ask, range(6))) == {"made 1"}
