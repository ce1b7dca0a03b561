"""Work that goes on while its page is sent: how far it is, that it ends by itself, and what kept it from ending."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from alignment.domain.refusal import Refusal
from alignment.web.underway import STEPS, Underway


def test_it_tells_how_far_it_is_a_few_times_and_then_what_came_of_it() -> None:
    def work(progress: Callable[[int], None]) -> str:
        for _ in range(1000):
            progress(1)
        return "done"

    underway = Underway("counting", work, of=1000)
    told = list(underway.steps())
    assert told == list(range(0, 1001, 1000 // STEPS))
    assert (underway.result, underway.problem) == ("done", None)


def test_it_ends_although_nobody_waits() -> None:
    ended = threading.Event()
    Underway("waiting for nobody", lambda progress: ended.set(), of=1)
    assert ended.wait(10)


def test_a_refusal_in_the_middle_is_said_in_its_own_words() -> None:
    def work(progress: Callable[[int], None]) -> None:
        progress(1)
        raise Refusal("The record was closed meanwhile.")

    underway = Underway("refused", work, of=2)
    assert list(underway.steps()) == [0, 1]
    assert underway.problem is not None
    assert underway.problem.detail == "The record was closed meanwhile."


def test_a_fault_of_our_own_is_a_number_for_the_reader_and_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "alignment.web"):
        underway = Underway("dividing", lambda progress: 1 // 0, of=1)
        assert list(underway.steps()) == [0]
    assert underway.problem is not None
    assert underway.problem.status == 500
    assert "division" not in underway.problem.detail
    assert underway.problem.incident in caplog.text
    assert "ZeroDivisionError" in caplog.text
