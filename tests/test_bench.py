"""That the measuring runs, that it prints every goal with its limit, and that it judges as it should.

No test asserts a time: how fast this machine is says nothing about the program.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import pytest

from tests.bench.limits import Found, Limit
from tests.bench.load import get, load, quantile, request, sending
from tests.bench.measuring import Rounds, Sample, cpu_of, interleave, pss_of, slope
from tests.bench.serving import Server, serving
from tests.bench.stores import FIRST, grown

ROOT = Path(__file__).parent.parent
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-type: text/plain\r\ndate: never\r\n\r\nhello"


def run_bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench", "--tiny", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)


# Which limits a run has to print, by goal, in the order of print.
LIMITS = {
    "rule": ["at most 1 ms"] * 3,
    "13": ["at most 1.2x", "at most 0.1 ms"],
    "1": ["at least 0.85x", "at least 1x"],
    "2": ["at least 50x"],
    "3": ["at most 1x", "at most 2x"],
    "9": ["", ""],
    "10": ["at most 1x", "at most 2x", ""],
    "4": ["at most 3x"],
    "5": ["at most 3x"],
    "6": ["at most 8x", "at most 3x", "at most 13x", "at most 250 ms", "at most 250 ms"],
    "17": ["at most 2x"] * 2,
    "14": ["at most 2x", "at most 5x"],
    "15": [""],
    "16": ["at most 2.25x"],
}
LIMITS_OF_GROWTH = {
    "7": ["at most 0.1"],
    "8": ["at most 0.1"] * 3 + ["at most 1.05"] * 2 + ["at most 1.3x"] * 2,
    "9": ["at most 2x", "at most 0.1x", "at most 0.5"],
    "16": ["at most 1.02x", "at most 25 MiB"],
}
_LINE = re.compile(r"(?m)^ *(\S+)  \S.*: [-\d.,]+\D*?(?:, CPU [-\d.,]+\D*?)?(?: \((at .*)\))?: (met|MISSED|not gated)$")


def printed(output: str) -> dict[str, list[str]]:
    """The limits in a printout, by goal, in the order of print."""
    limits: dict[str, list[str]] = {}
    for goal, limit, verdict in _LINE.findall(output):
        assert bool(limit) == (verdict != "not gated")
        limits.setdefault(goal, []).append(limit)
    return limits


@pytest.mark.parametrize(
    ("arguments", "limits"), [((), LIMITS), (("--long",), LIMITS_OF_GROWTH)], ids=["short", "long"]
)
def test_every_goal_is_measured_and_printed_with_its_limit(
    arguments: tuple[str, ...], limits: dict[str, list[str]]
) -> None:
    done = run_bench(*arguments)
    assert printed(done.stdout) == limits, done.stdout + done.stderr
    assert done.returncode == (1 if "MISSED" in done.stdout else 0)


def test_a_family_of_goals_can_be_measured_alone() -> None:
    assert set(printed(run_bench("--only", "prose").stdout)) == {"13"}


# --- judging -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "cpu", "missed"),
    [(0.9, 0.9, False), (1.1, 0.9, False), (0.9, 1.1, False), (1.1, 1.1, True), (1.1, None, True), (0.9, None, False)],
)
def test_a_goal_is_missed_only_where_every_measure_misses_it(time: float, cpu: float | None, missed: bool) -> None:
    assert Found("0", "something", time, cpu, Limit(1)).missed is missed


def test_a_figure_with_no_limit_is_printed_and_not_judged() -> None:
    found = Found("0", "something", 1e9, unit=" s")
    assert not found.missed
    assert list(found.lines()) == ["   0  something: 1,000,000,000 s: not gated"]


def test_a_finding_prints_its_limit_its_verdict_and_what_it_was_made_from() -> None:
    found = Found("7", "ours / theirs", 0.5, 0.6, Limit(0.85, at_least=True), figures=("ours: 1", "theirs: 2"))
    assert list(found.lines()) == [
        "   7  ours / theirs: 0.5x, CPU 0.6x (at least 0.85x): MISSED",
        "      ours: 1",
        "      theirs: 2",
    ]


def test_a_ratio_is_the_median_of_the_ratios_of_each_round() -> None:
    ours = [Sample(1, 2), Sample(90, 2), Sample(4, 2)]
    theirs = [Sample(1, 1), Sample(30, 1), Sample(2, 1)]
    rounds = Rounds({"ours": ours, "theirs": theirs})
    assert rounds.cost("ours", over="theirs").time == 2
    assert rounds.cost("ours", over="theirs").cpu == 2
    assert rounds.speed("ours", over="theirs").time == 0.5


def test_the_things_compared_take_turns() -> None:
    turns: list[str] = []

    def take(name: str) -> Sample:
        turns.append(name)
        return Sample(1, 1)

    interleave({"a": lambda: take("a"), "b": lambda: take("b")}, 3)
    assert "".join(turns) == "ababab"


@pytest.mark.parametrize("power", [0, 0.5, 1, 2])
def test_an_exponent_says_how_cost_grows_with_size(power: float) -> None:
    sizes = {"small": 10, "large": 10_000}
    assert slope([(size, 3 * size**power) for size in sizes.values()]) == pytest.approx(power)
    rounds = Rounds({name: [Sample(5 * size**power, size**power)] for name, size in sizes.items()})
    assert rounds.exponent(sizes).time == pytest.approx(power)
    assert rounds.exponent(sizes).cpu == pytest.approx(power)


# --- measuring -----------------------------------------------------------------------------------------


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "answer").write_bytes(ANSWER)
    with serving("raw", tmp_path / "answer") as server:
        yield server


def test_a_recorded_answer_is_sent_again_with_its_headers_and_its_body(raw: Server) -> None:
    got = get(raw.port, "/")
    assert (got.status, got.body, got.header("content-type")) == (200, b"hello", "text/plain")
    assert got.header("date") != "never"
    assert got.header("etag") == ""


def test_a_load_asks_until_its_requests_end_and_counts_what_the_server_took(raw: Server) -> None:
    before = cpu_of(raw.pid)
    done = load(raw.place, repeat(request("/"), 25), connections=3, seconds=60)
    assert (done.answers, len(done.waits)) == (25, 25)
    assert 0 < done.cpu <= cpu_of(raw.pid) - before
    assert done.sample == Sample(done.seconds / 25, done.cpu / 25)


def test_a_load_stops_at_an_answer_that_was_not_expected(raw: Server) -> None:
    with pytest.raises(ValueError, match=r"304 was expected, the server answered HTTP/1\.1 200"):
        load(raw.place, request("/"), connections=1, seconds=0.01, status=304)


def test_a_load_does_not_mind_that_a_connection_it_is_done_with_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor() as threads:
        load_of_two = threads.submit(
            load, (listening.getsockname()[1], os.getpid()), request("/"), connections=2, seconds=0
        )
        quick, slow = (listening.accept()[0] for _ in range(2))
        with slow:
            with quick:
                quick.sendall(ANSWER)
            time.sleep(0.1)
            slow.sendall(ANSWER)
        assert load_of_two.result().answers == 2


def test_a_server_that_does_not_start_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match=r"-m tests.bench.serving raw .* does not serve"),
        serving("raw", tmp_path / "no"),
    ):
        pass


def test_the_memory_of_a_process_is_known(raw: Server) -> None:
    assert pss_of(raw.pid) > 1


# --- registers to measure on -----------------------------------------------------------------------------


def test_a_grown_register_holds_whole_programmes_beside_those_of_the_seeds(sqlite_seeded: Path, tmp_path: Path) -> None:
    with sqlite3.connect(grown(sqlite_seeded, tmp_path / "grown.sqlite3", 4)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("SELECT count(*) FROM programme WHERE NOT example").fetchone() == (14,)
        ratings = "SELECT assessment_id, count(*) FROM {} GROUP BY assessment_id"
        counts = dict(connection.execute(ratings.format("rating")))
        assert counts == dict(connection.execute(ratings.format("rating_version")))
        assert set(counts) == {f"measured-{at}-1" for at in (1, 2, 3, 4)}
        assert set(counts.values()) == {195}
        assert FIRST in {name for (name,) in connection.execute("SELECT id FROM programme")}


def test_a_load_over_one_connection_knows_what_each_answer_took_and_a_body_is_sent_whole(raw: Server) -> None:
    asked = sending("POST", "/", "text/plain", b"hello", [("x-said", "yes")])
    done = load(raw.place, repeat(asked, 5), connections=1, seconds=60)
    assert len(done.cpus) == 5
    assert sum(done.cpus) == pytest.approx(done.cpu, abs=0.01)
    assert not load(raw.place, repeat(asked, 5), connections=2, seconds=60).cpus
    assert asked.endswith(b"x-said: yes\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello")
    assert [quantile([3, 1, 2, 4], share) for share in (0, 0.5, 0.99, 1)] == [1, 3, 4, 4]


def test_growing_a_register_leaves_the_one_it_came_from_alone(sqlite_seeded: Path, tmp_path: Path) -> None:
    original = shutil.copyfile(sqlite_seeded, tmp_path / "original.sqlite3")
    grown(sqlite_seeded, tmp_path / "grown.sqlite3", 2)
    assert Path(original).read_bytes() == sqlite_seeded.read_bytes()
