"""Brands and certificates from a file on both databases: cell by cell, in one act, all of them or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from alignment.__main__ import main
from alignment.bringing import Done, bring_file
from alignment.database import make_engine, unit_of_work
from alignment.domain.bringing_in import KINDS, match
from alignment.domain.people import Role
from alignment.domain.refusal import Refusal
from alignment.exchange.incoming import read_table
from alignment.services.bringing_in import AT_ONCE, MOST_FAULTS, Brought, bring_in
from alignment.tables import Brand, Certificate, Event
from tests.conftest import NOW
from tests.web.site import counted_queries
from tests.working import make_person

BRANDS = "Brand;Metal;Stage;Producer\nLM-1;Copper;smelter or refiner;LS MnM\nLM-2;zinc;refiner;ls-mnm\n"
CERTIFICATES = (
    "Brand,Type,Programme,Issuer,Number,Issue date,Expiry,Result,Metals\n"
    "LM-1,Conformance under a programme,jdds-copper-mark,An auditor,N-1,2025-01-01,2027-12-31,Conformant,Copper\n"
    "LM-1,iso 14001,,A register,N-2,2025-01-01,2028-01-01,,\n"
)


class Bar:
    """Counts what a bar of progress is told."""

    def __init__(self) -> None:
        self.length = self.told = 0

    def __call__(self, length: int) -> Bar:
        self.length = length
        return self

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *ended: object) -> None:
        assert self.told <= self.length

    def update(self, number: int) -> None:
        self.told += number


def bring(
    engine: Engine, folder: Path, text: str, *, kind: str = "brands", bar: Bar | None = None, **given: str
) -> Done:
    file = folder / "table.csv"
    file.write_text(text, encoding="utf-8")
    columns = tuple(given.pop("columns", "").split())
    return bring_file(
        engine, file, kind=kind, producer=given.get("producer", ""), columns=columns, sheet="",
        dry_run=bool(given.get("dry_run")), now=NOW, progress=bar or Bar(),
    )  # fmt: skip


def held(engine: Engine) -> tuple[int, int, int]:
    """How many brands, certificates and events there are."""
    with Session(engine) as session:
        brands, certificates, events = (
            session.exec(select(func.count()).select_from(table)).one() for table in (Brand, Certificate, Event)
        )
    return brands, certificates, events


def test_a_file_is_brought_in_whole_after_a_dry_run_that_stores_nothing(seeded_engine: Engine, tmp_path: Path) -> None:
    before = held(seeded_engine)
    bar = Bar()
    assert bring(seeded_engine, tmp_path, BRANDS, bar=bar, dry_run="yes").number == 2
    assert (bar.told, bar.length) == (2, 2)
    assert held(seeded_engine) == before
    bar = Bar()
    assert bring(seeded_engine, tmp_path, BRANDS, bar=bar).faults == []
    assert (bar.told, bar.length) == (4, 4)
    assert held(seeded_engine) == (before[0] + 2, before[1], before[2] + 3)
    assert bring(seeded_engine, tmp_path, CERTIFICATES, kind="certificates", producer="ls-mnm").faults == []
    with Session(seeded_engine) as session:
        rows = session.exec(select(Certificate).order_by(col(Certificate.number))).all()
        assert [(row.kind, row.conformance, row.verified_by) for row in rows] == [
            ("programme", "conformant", ""), ("iso_14001", "not_known", ""),
        ]  # fmt: skip
        event = session.exec(select(Event).where(Event.subject == f"certificate:{rows[0].id}")).one()
        assert (event.actor, event.act) == ("import:file", "stated")


def test_one_fault_and_nothing_is_stored(seeded_engine: Engine, tmp_path: Path) -> None:
    before = held(seeded_engine)
    bad = BRANDS + "LM-2;tin;refiner;ls-mnm\nLM-3;mithril;refiner;ls-mnm\nLM-4;tin;refiner;nobody\nLM-5;tin;;ls-mnm\n"
    assert bring(seeded_engine, tmp_path, bad).faults == [
        "table.csv, row 4, column A (Brand): Row 3 says the same: keep one of the two.",
        "table.csv, row 5, column B (Metal): “mithril” is not known here; known are Aluminium; Cobalt; Copper; Gold; "
        "Lead; Mica; Molybdenum; Nickel; Silver; Tantalum; Tin; Tungsten; Zinc.",
        "table.csv, row 6, column D (Producer): There is no record of “nobody”: write its id or its name.",
        "table.csv, row 7, column C (Stage): Stage is needed.",
    ]
    assert "No producer is named" in bring(seeded_engine, tmp_path, f"{BRANDS}LM-3;tin;mine;\n").faults[0]
    for producer, said in (("", "add a column Producer, or give --producer ID"), ("none", "known are almt, ls-mnm")):
        with pytest.raises(Refusal, match=said):
            bring(seeded_engine, tmp_path, "Name,Metal,Stage\nA,tin,mine\n", producer=producer)
    unsure = "Name,Metal,Stage,Made at,By-product\nA,tin,smelter,Onsan,maybe\n"
    assert [each.partition("): ")[2] for each in bring(seeded_engine, tmp_path, unsure, producer="LS MnM").faults] == [
        "“smelter” is none of the choices of Stage: Mine; Smelter or refiner; Downstream.",
        "“Onsan” is not known here: none is entered yet, so enter it first.",
        "“maybe” is neither yes nor no.",
    ]
    no_brand = bring(seeded_engine, tmp_path, CERTIFICATES, kind="certificates", producer="ls-mnm").faults
    assert "There is no brand “LM-1” in the record of ls-mnm: bring it in first." in no_brand[0]
    for expiry in ("soon", "2024-12-31"):
        both = f"{CERTIFICATES.splitlines()[0]}\nLM-1,iso 14001,,A register,N-2,2025-01-01,{expiry},,\n"
        told = bring(seeded_engine, tmp_path, both, kind="certificates", producer="ls-mnm").faults
        assert [each.partition(":")[0] for each in told] == [
            "table.csv, row 2, column A (Brand)", "table.csv, row 2, column G (Expiry)",
        ]  # fmt: skip
    nameless = f"{CERTIFICATES.splitlines()[0]}\n,iso 14001,,A register,N-2,2025-01-01,,,\n"
    (fault,) = bring(seeded_engine, tmp_path, nameless, kind="certificates", producer="ls-mnm").faults
    assert "There is no brand “” in the record" in fault
    assert held(seeded_engine) == before


def test_a_table_full_of_faults_is_told_in_part(seeded_sqlite_url: str, tmp_path: Path) -> None:
    engine = make_engine(seeded_sqlite_url)
    rows = "".join(f"A{at};none;mine;ls-mnm\n" for at in range(MOST_FAULTS + 20))
    assert len(bring(engine, tmp_path, f"Brand;Metal;Stage;Producer\n{rows}").faults) == MOST_FAULTS
    engine.dispose()


def test_many_rows_take_as_many_statements_as_one(seeded_engine: Engine, tmp_path: Path) -> None:
    def statements(kind: str, head: str, rows: list[str]) -> int:
        with counted_queries() as asked:
            assert bring(seeded_engine, tmp_path, "\n".join([head, *rows]), kind=kind, producer="ls-mnm").faults == []
        return len(asked)

    brands = [f"N {at},zinc,refiner" for at in range(AT_ONCE + 1)]
    first = statements("brands", "Name,Metal,Stage", brands[:1])
    assert statements("brands", "Name,Metal,Stage", brands[1:]) == first
    assert statements("brands", "Name,Metal,Stage", ["N-1,zinc,refiner", "N.1,zinc,refiner"]) == first
    rows = [f"N {at},iso_14001,A register,{at},2025-01-01" for at in range(AT_ONCE + 1)]
    head = "Brand,Type,Issuer,Number,Issue date"
    assert statements("certificates", head, rows[:1]) == statements("certificates", head, rows[1:])
    with Session(seeded_engine) as session:
        alike = select(Brand.id).where(col(Brand.name).in_(["N 1", "N-1", "N.1"])).order_by(col(Brand.position))
        assert session.exec(alike).all() == ["ls-mnm-n-1", "ls-mnm-n-1-2", "ls-mnm-n-1-3"]
        places = session.exec(select(Certificate.position).join(Brand).where(Brand.name == "N 1")).all()
        assert places == [1]


def test_a_person_brings_into_their_own_record_alone(seeded_engine: Engine, tmp_path: Path) -> None:
    table = read_table("t.csv", BRANDS.encode())
    brought = Brought(KINDS["brands"], match(KINDS["brands"], table.heads, {}), table.rows, "", table.column)
    with unit_of_work(seeded_engine) as session:
        us = make_person(session, "Petra Producer", "almt", Role.PRODUCER)
        told = {"actor": us.actor, "who": us, "brought": brought, "items": {}, "now": NOW}
        with pytest.raises(Refusal, match="it takes the role of a producer"):
            bring_in(session, producer="ls-mnm", **told)
        assert "There is no record of “LS MnM”" in str(bring_in(session, producer="almt", **told).faults[0])


def test_the_command_says_each_cell_and_what_it_did(seeded_sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "brands.csv"
    file.write_text("Listed;Metal;Stage\nLM-1;copper;refiner\n")
    told = {"ALIGNMENT_DATABASE_URL": seeded_sqlite_url}

    def run(*given: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["import", str(file), "--kind", "brands", *given], env=told)
        return done.exit_code, done.output

    mapped = ("--map", "Listed=name", "--producer", "ls-mnm")
    assert run("--producer", "ls-mnm")[0] == 2
    assert "write --map COLUMN=FIELD" in run("--map", "Listed")[1]
    assert "1 brand would be brought in: nothing is stored" in run(*mapped, "--dry-run")[1]
    assert run(*mapped)[0] == 0
    code, said = run(*mapped)
    assert code == 1
    assert "row 2, column A (Listed): The record has a brand “LM-1” already" in said
    assert "brands.csv: nothing is stored; put this right and bring the file in again" in said
    file.unlink()
    assert "cannot be read" in run(*mapped)[1]
