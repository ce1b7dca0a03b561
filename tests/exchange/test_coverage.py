"""The coverage map as programs and terminals get it: JSON, CSV, table, and the command."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alignment.__main__ import main
from alignment.catalogue import load_all
from alignment.domain.catalogue import Part, Stage
from alignment.domain.coverage_facts import Inclusion, PartFacts, Programme
from alignment.domain.coverage_map import LIMITS, MOST_IN_SETS, CoverageMap, Metal, draw
from alignment.domain.decision import Approval
from alignment.domain.rating import Level
from alignment.exchange.coverage import TITLES, coverage_csv, coverage_json, coverage_table
from alignment.exchange.table import WIDTH
from alignment.web.files import as_json

CATALOGUES, TRACK_A = load_all()
KNOWN_AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WHOLE = PartFacts(result=Level.FULLY)
INSIDE = Inclusion(True)


def programme(name: str, approval: Approval = Approval.APPROVED, scope: Inclusion = INSIDE) -> Programme:
    return Programme(name, f"=Programme {name}", approval, scope, {Part.STANDARDS: WHOLE, Part.IMPLEMENTATION: WHOLE})


def mapped(*programmes: Programme, stage: Stage | None = None) -> CoverageMap:
    return draw(
        as_at=date(2024, 9, 30), metal=Metal("copper", "Copper", True), stage=stage, programmes=programmes,
        catalogue=CATALOGUES[TRACK_A.edition], track_a=TRACK_A,
    )  # fmt: skip


OUTSIDE = programme("outside", scope=Inclusion(False, "copper is excluded"))
STOPPED = programme("stopped", Approval.SUSPENDED)
MAP = mapped(programme("full"), STOPPED, OUTSIDE, stage=Stage.REFINER)


# --- JSON --------------------------------------------------------------------------------------------------


def test_the_json_has_the_promised_keys_and_words() -> None:
    found = coverage_json(MAP)
    promised = {"as_at", "metal", "stage", "programmes", "requirements", "open", "smallest_sets"}
    assert promised <= found.keys()
    assert (found["as_at"], found["metal"], found["stage"]) == ("2024-09-30", "copper", "refiner")
    assert {name: found["programmes"][0][name] for name in ("id", "name", "approval")} == {
        "id": "full", "name": "=Programme full", "approval": "approved",
    }  # fmt: skip
    first = found["requirements"][0]
    assert (first["code"], first["title"], first["asked"]) == ("OP", "Overarching principles", True)
    assert [(each["programme"], each["verdict"], each["resolution"]) for each in first["cells"]] == [
        ("full", "covered", "whole_part"), ("stopped", "not_approved", None), ("outside", "out_of_scope", None),
    ]  # fmt: skip
    assert (found["open"], found["smallest_sets"], found["limits"]) == ([], [["full"]], LIMITS)


def test_what_is_not_asked_has_no_cells_in_the_json_and_never_stands_in_open() -> None:
    found = coverage_json(MAP, declared=["stopped"])
    unasked = [each for each in found["requirements"] if not each["asked"]]
    assert [(each["code"], each["cells"]) for each in unasked] == [("2.D", []), ("3.E", [])]
    assert len(found["open"]) == 16
    assert not {"2.D", "3.E"} & set(found["open"])


def test_without_a_stage_the_json_says_null_and_asks_everything() -> None:
    found = coverage_json(mapped(STOPPED))
    assert found["stage"] is None
    assert all(each["asked"] for each in found["requirements"])
    assert len(found["open"]) == 18


def test_the_json_says_when_it_was_known_what_was_declared_and_why_it_is_empty() -> None:
    found = coverage_json(mapped(), declared=["full"], known_at=KNOWN_AT, empty_because="Nothing was known.")
    assert found["known_at"] == "2026-11-21T09:00:00.000000Z"
    assert (found["declared"], found["empty_because"]) == (["full"], "Nothing was known.")


def test_too_many_programmes_for_the_smallest_sets_are_null_in_the_json() -> None:
    many = mapped(*(programme(f"p{number}") for number in range(MOST_IN_SETS + 1)))
    assert coverage_json(many)["smallest_sets"] is None
    assert "not worked out for so many" in coverage_table(many)


# --- CSV ---------------------------------------------------------------------------------------------------


def test_the_csv_has_a_line_for_each_cell_and_one_for_what_is_not_asked() -> None:
    rows = list(csv.DictReader(io.StringIO(coverage_csv(MAP, known_at=KNOWN_AT), newline="")))
    assert tuple(rows[0]) == TITLES
    assert len(rows) == 16 * 3 + 2
    assert {row["Requirement"] for row in rows if row["Asked"] == "false"} == {"2.D", "3.E"}
    assert {row["Verdict"] for row in rows} == {"covered", "not_approved", "out_of_scope", ""}
    assert {row["Known at"] for row in rows} == {"2026-11-21T09:00:00.000000Z"}
    assert {(row["Metal"], row["Stage"], row["As at"]) for row in rows} == {("copper", "refiner", "2024-09-30")}


def test_no_cell_of_the_csv_is_taken_for_a_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(coverage_csv(MAP), newline="")))
    assert {row["Name"][:11] for row in rows if row["Name"]} == {"'=Programme"}


# --- terminal ----------------------------------------------------------------------------------------------


def test_the_terminal_table_says_verdicts_reasons_for_scope_what_is_open_sets_and_limits() -> None:
    said = " ".join(coverage_table(MAP).split())
    for words in (
        "Copper, smelter or refiner, as at 30 September 2024", "=Programme full [full]: approved",
        "Covered (whole part): OP, 1.A", "Not asked at this stage: 2.D, 3.E", "Not approved (suspended): OP",
        "Out of scope, copper is excluded: outside", "Nothing is open with all listed programmes",
        "best verdict: full.", LIMITS,
    ):  # fmt: skip
        assert words in said
    assert max(len(line) for line in coverage_table(MAP).splitlines()) <= WIDTH


def test_the_terminal_table_speaks_of_the_declared_programmes() -> None:
    assert "Open with stopped: OP, 1.A" in " ".join(coverage_table(MAP, declared=["stopped"]).split())


def test_where_nothing_is_in_scope_the_terminal_table_names_the_sets_of_the_json_and_that_they_cover_nothing() -> None:
    drawn = mapped(OUTSIDE, replace(OUTSIDE, id="beside"))
    assert coverage_json(drawn)["smallest_sets"] == [["beside"], ["outside"]]
    said = " ".join(coverage_table(drawn).split())
    assert "out of scope is the best verdict there is." in said
    assert "The smallest sets that give it cover nothing: beside; outside." in said


def test_an_empty_map_says_why_and_nothing_of_what_is_open() -> None:
    said = coverage_table(mapped(), empty_because="Nothing was known then.")
    assert "Nothing was known then." in said
    assert "Open" not in said


# --- the command -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def register(sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("command") / "register.sqlite3"
    path.write_bytes(sqlite_seeded.read_bytes())
    return f"sqlite:///{path}"


def command(register: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["coverage", *arguments], env={"ALIGNMENT_DATABASE_URL": register})


def test_the_command_prints_the_map_as_json(register: str) -> None:
    done = command(register, "--metal", "copper", "--as-at", "2024-09-30", "--format", "json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert len(found["programmes"]) == 10
    assert found["programmes"][2]["name"] == (
        "Joint Due Diligence Standard for Copper, Lead, Nickel and Zinc assessed with the Copper Mark Assurance Process"
    )
    assert (found["open"], found["smallest_sets"]) == ([], [["jdds-copper-mark"]])


def test_the_command_takes_a_stage_and_declared_programmes(register: str) -> None:
    done = command(
        register, "--metal", "Cobalt", "--stage", "refiner", "--programme", "rmi-cobalt",
        "--programme", "chinese-guidelines-2", "--as-at", "2024-09-30", "--format", "json",
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert (found["stage"], found["declared"]) == ("refiner", ["chinese-guidelines-2", "rmi-cobalt"])
    assert found["open"] == ["OP"]


def test_a_metal_that_the_lme_does_not_settle_ends_well_with_every_cell_out_of_scope(register: str) -> None:
    done = command(register, "--metal", "tungsten", "--format", "json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    cells = [each for requirement in found["requirements"] for each in requirement["cells"]]
    assert len(cells) == 18 * 10
    assert {each["verdict"] for each in cells} == {"out_of_scope"}


@pytest.mark.parametrize("form", ["table", "csv"])
def test_the_command_prints_a_table_and_csv(register: str, form: str) -> None:
    done = command(register, "--metal", "tin", "--as-at", "2024-09-30", "--format", form)
    assert done.exit_code == 0
    assert "ita-rmi-tin-code" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--metal", "unobtainium"], ["unobtainium", "copper", "tungsten"]),
        (["--metal", "copper", "--stage", "moon"], ["moon", "mine, refiner, downstream"]),
        (["--metal", "copper", "--programme", "nobody"], ["nobody", "jdds-copper-mark"]),
        (["--metal", "copper", "--as-at", "yesterday"], ["yesterday"]),
        ([], ["--metal"]),
    ],
)
def test_an_unknown_word_ends_the_command_with_2_and_one_sentence(
    register: str, arguments: list[str], names: list[str]
) -> None:
    done = command(register, *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert [name for name in names if name not in done.stderr] == []
    assert "Traceback" not in done.stderr


def test_before_the_register_learned_anything_the_command_says_so(register: str) -> None:
    done = command(register, "--metal", "copper", "--known-at", "2020-01-01", "--format", "json")
    assert done.exit_code == 0
    assert "learned its first fact" in done.stderr
    assert json.loads(done.stdout)["programmes"] == []


def test_cells_that_are_written_already_read_as_those_that_are_not() -> None:
    assert as_json(coverage_json(MAP, written=True)) == as_json(coverage_json(MAP))
    assert as_json(coverage_json(mapped(), written=True)) == as_json(coverage_json(mapped()))
