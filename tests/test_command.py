"""The `alignment` command as people and programs use it: output, exit codes, and one sentence for what is wrong."""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from alignment import __version__
from alignment.__main__ import main
from alignment.database import newest_revision
from tests.conftest import connected
from tests.postgres import Server, free_port
from tests.seeds.memo import TABLE_1, plain

ROOT = Path(__file__).parents[1]
PROMISED = (
    "serve", "migrate", "load-seeds", "load-example", "status", "score", "verify", "check", "doctor", "backup",
    "restore", "export", "diagram", "seal", "publish",
)  # fmt: skip


def run(url: str, *arguments: str, **environ: str) -> Result:
    """The command in this process, on a database."""
    return CliRunner().invoke(
        main, arguments, prog_name="alignment", env={"ALIGNMENT_DATABASE_URL": url, "PORT": None, **environ}
    )


def told(result: Result) -> str:
    """The one sentence on standard error of a command that was refused."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("alignment: ")
    return line.removeprefix("alignment: ")


def environment(folder: Path, **environ: str) -> dict[str, str]:
    """Nothing but what a test says: whoever runs the tests may have settings of their own."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **environ}


def start(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own, in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "alignment", *arguments],
        cwd=folder, env=environment(folder, **environ), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=100, check=False,
    )  # fmt: skip


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command, those of groups too."""
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from walk(each, (*path, name))
    else:
        yield path


# --- help ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*walk(main)], ids=" ".join)
def test_every_command_has_help_with_an_example(path: Sequence[str]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    assert f"alignment {' '.join(path)}" in result.stdout.partition("Example:")[2]


def test_every_promised_command_is_there_and_listed() -> None:
    listed = CliRunner().invoke(main, ["--help"])
    assert listed.exit_code == 0
    assert [name for name in PROMISED if name not in main.commands or f"  {name} " not in listed.stdout] == []


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout == f"alignment, version {__version__}\n"


def test_without_a_command_the_help_is_shown() -> None:
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 2
    assert "Commands:" in result.stderr


# --- what is typed wrongly -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("stauts", "No such command 'stauts'"),
        ("--verbose", "No such option '--verbose'. Did you mean '--version'? (see “alignment --help”)"),
        ("status --verbose", "No such option '--verbose'"),
        ("status now", "Got unexpected extra argument (now) (see “alignment status --help”)"),
        ("status --as-at", "Option '--as-at' requires an argument."),
        ("status --as-at yesterday", "Invalid value for '--as-at': “yesterday” is no day: write 2024-09-30"),
        ("status --as-at 2024-02-30", "“2024-02-30” is no day: write 2024-09-30"),
        ("status --known-at noon", "“noon” is no moment: write 2026-11-21T14:00:00Z or 2026-11-21"),
        ("status --known-at 0001-01-01T00:00:00+14:00", "“0001-01-01T00:00:00+14:00” is no moment"),
        ("status --format xml", "'xml' is not one of 'table', 'csv', 'json', 'markdown'"),
        ("serve --port 0", "0 is not in the range 1<=x<=65535"),
        ("serve --port http", "'http' is not a valid integer range"),
        ("score", "Missing argument 'FILE'"),
        ("export events", "Missing argument 'FILE'"),
        ("diagram people", "'people' is not one of 'decisions', 'actions', 'recognitions', 'progress'"),
        ("seal oecd-minerals-2018", "Missing option '--reason'"),
    ],
)
def test_what_is_typed_wrongly_is_told_in_one_sentence(sqlite_url: str, arguments: str, said: str) -> None:
    assert said.rstrip(".") in told(run(sqlite_url, *arguments.split()))


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_told_with_its_variable(sqlite_url: str, port: str) -> None:
    assert told(run(sqlite_url, "serve", PORT=port)) == f"PORT is “{port}”: it takes a whole number from 1 to 65535"


def test_every_wrong_setting_is_told_at_once(sqlite_url: str) -> None:
    result = run(sqlite_url, "serve", PORT="x", ALIGNMENT_POLICY_AGE_DAYS="y")
    assert result.exit_code == 2
    assert [line.split()[1] for line in result.stderr.splitlines()] == ["PORT", "ALIGNMENT_POLICY_AGE_DAYS"]


# --- a database that cannot be used ----------------------------------------------------------------

ON_A_DATABASE = (
    "serve", "migrate", "load-seeds", "load-example", "status", "verify", "backup copy", "restore copy",
    "export events chain.jsonl", "seal oecd-minerals-2018 --reason x",
)  # fmt: skip


KINDS = ("closed port", "missing folder", "no database", "unknown kind", "no address")


@pytest.mark.parametrize(
    ("arguments", "kind"),
    # Before a restore reaches the database, it looks at the copy.
    [each for each in product(ON_A_DATABASE, KINDS) if each[0] != "restore copy" or each[1] in KINDS[3:]],
)
def test_a_database_that_cannot_be_used_is_told_with_what_to_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all, " * 500)
    url, named, advice = {
        "closed port": (
            f"postgresql://me:secret@127.0.0.1:{free_port()}/register",
            "me:***@127.0.0.1",
            "check host, port, user and database in ALIGNMENT_DATABASE_URL, and that the server runs",
        ),
        "missing folder": (f"sqlite:///{tmp_path}/no/register.sqlite3", f"{tmp_path}/no", "make it first"),
        "no database": (f"sqlite:///{letter}", str(letter), ""),
        "unknown kind": ("mysql://me:secret@host/register", "mysql", "write sqlite:///alignment.sqlite3 or"),
        "no address": ("register", "“register”", "write sqlite:///alignment.sqlite3 or"),
    }[kind]
    if arguments.startswith("serve"):
        arguments = f"serve --port {free_port()}"
    said = told(run(url, *arguments.split()))
    assert named in said
    assert advice in said
    assert "secret" not in said
    assert letter.read_text() == "Dear all, " * 500


def test_a_database_without_tables_is_told_what_to_run(tmp_path: Path, postgres: Server) -> None:
    (tmp_path / "new.sqlite3").touch()
    for url in (f"sqlite:///{tmp_path}/new.sqlite3", postgres.create("no_tables")):
        for arguments in ("status", "verify", "load-example", f"backup {tmp_path}/copy"):
            assert told(run(url, *arguments.split())).endswith("has no tables yet: run “alignment migrate”")


# --- the way to a register -------------------------------------------------------------------------


def test_migrate_says_where_it_came_from_and_where_it_is(tmp_path: Path, postgres: Server) -> None:
    for url in (f"sqlite:///{tmp_path}/new.sqlite3", postgres.create("to_migrate")):
        assert run(url, "migrate").stdout == f"schema none → {newest_revision()}\n"
        assert run(url, "migrate").stdout == f"schema {newest_revision()}, as before\n"


def test_load_seeds_makes_tables_and_records_and_then_changes_nothing(tmp_path: Path, postgres: Server) -> None:
    for url in (f"sqlite:///{tmp_path}/new.sqlite3", postgres.create("to_load")):
        first = run(url, "load-seeds")
        assert first.exit_code == 0
        assert first.stdout.splitlines()[0].endswith(" records entered, 0 corrected, 0 unchanged")
        assert first.stdout.splitlines()[1:] == ["market update 2024-09 frozen"]
        entered = first.stdout.split()[0]
        assert run(url, "load-seeds").stdout == f"0 records entered, 0 corrected, {entered} unchanged\n"


def test_a_register_that_is_not_there_yet_is_made_on_the_way(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/register.sqlite3"
    first = run(url, "status", "--as-at", "2024-09-30", "--format", "csv")
    assert first.exit_code == 0
    assert len(list(csv.reader(io.StringIO(first.stdout)))) == 11
    assert first.stderr == (
        f"alignment: there is no register at {tmp_path}/register.sqlite3 yet: making one and loading the seeds\n"
    )
    assert run(url, "status").stderr == ""


def test_the_example_is_not_loaded_before_the_seeds(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    assert run(url, "migrate").exit_code == 0
    assert told(run(url, "load-example")).startswith("the register is empty")


def test_the_example_is_loaded_and_stands_in_no_public_table(seeded_sqlite_url: str) -> None:
    before = run(seeded_sqlite_url, "status", "--format", "csv").stdout
    loaded = run(seeded_sqlite_url, "load-example")
    assert loaded.exit_code == 0
    assert "The worked example is fictional. It stands under /example and in no public table." in loaded.stdout
    assert run(seeded_sqlite_url, "status", "--format", "csv").stdout == before
    assert run(seeded_sqlite_url, "load-example").stdout.startswith("0 records entered, 0 corrected, ")
    assert run(seeded_sqlite_url, "verify").exit_code == 0


# --- status ----------------------------------------------------------------------------------------


def test_the_status_as_at_the_memos_day_is_its_table_1(tmp_path: Path) -> None:
    done = start(tmp_path, "status", "--as-at", "2024-09-30", "--format", "csv")
    assert done.returncode == 0, done.stderr
    header, *rows = csv.reader(io.StringIO(done.stdout))
    assert header[:3] == ["Standard", "Status of alignment assessment", "Status of LME approval"]
    assert [tuple(map(plain, row[:3])) for row in rows] == [tuple(map(plain, row)) for row in TABLE_1]


@pytest.mark.parametrize("form", ["table", "csv", "json", "markdown"])
def test_every_form_of_the_status_is_printed(seeded_url: str, form: str) -> None:
    result = run(seeded_url, "status", "--as-at", "2024-09-30", "--format", form)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Responsible Gold" in result.stdout
    assert result.stdout.endswith("\n")
    if form == "json":
        assert len(json.loads(result.stdout)["rows"]) == 10


@pytest.mark.parametrize("day", ["0001-01-01", "1990-01-01", "9999-12-31"])
def test_any_day_of_the_calendar_can_be_asked_for(seeded_url: str, day: str) -> None:
    assert run(seeded_url, "status", "--as-at", day).exit_code == 0


@pytest.mark.parametrize(
    ("known_at", "rows"),
    [("2026-11-20", 0), ("2026-11-21", 10), ("2026-11-21T08:59:59Z", 0), ("2026-11-21T09:00:00Z", 10),
     ("2026-11-21T18:00+09:00", 10), ("2026-11-21T17:59+09:00", 0), ("2026-11-21 09:00", 10), ("9999-12-31", 10)],
)  # fmt: skip
def test_only_what_was_known_by_then_is_shown(seeded_url: str, known_at: str, rows: int) -> None:
    result = run(seeded_url, "status", "--as-at", "2024-09-30", "--known-at", known_at, "--format", "json")
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["rows"]) == rows
    assert ("learned its first fact on 2026-11-21 at 09:00 UTC" in result.stderr) == (rows == 0)


def test_a_reader_that_has_seen_enough_is_no_accident(seeded_sqlite_url: str, tmp_path: Path) -> None:
    piped = subprocess.run(
        f"{sys.executable} -m alignment status --format csv | head -c 20",
        shell=True, cwd=tmp_path, env=environment(tmp_path, ALIGNMENT_DATABASE_URL=seeded_sqlite_url),
        capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    assert (piped.stdout, piped.stderr) == ("Standard,Status of a", "")


# --- score -----------------------------------------------------------------------------------------

RATINGS = "part,criterion,level\nstandards,OP-01,fully\nstandards,OP-03,partially\n"


def test_a_score_needs_no_database_and_reads_standard_input(tmp_path: Path) -> None:
    scored = CliRunner().invoke(
        main, ["score", "-", "--format", "json"], input=RATINGS, env={"ALIGNMENT_DATABASE_URL": "nothing of use"}
    )
    assert scored.exit_code == 0, scored.output
    outcome = json.loads(scored.stdout)
    assert outcome["edition"] == "oecd-minerals-2018"
    assert outcome["parts"]["standards"]["gate"] == {"passed": False, "failing": ["OP-03"]}
    (tmp_path / "ratings.csv").write_text(RATINGS)
    from_file = CliRunner().invoke(main, ["score", str(tmp_path / "ratings.csv"), "--format", "json"])
    assert json.loads(from_file.stdout) == outcome


@pytest.mark.parametrize(
    ("ratings", "said"),
    [
        (b"", "the file is empty"),
        (b"\x89PNG\xff\xfe", "UTF-8"),
        (b"part,criterion\nstandards,OP-01\n", "level"),
        (b"part,criterion,level\nstandards,OP-99,fully\n", "line 2 names an unknown criterion “OP-99”"),
        (b"part,criterion,level\nstandards,OP-01,good\n", "line 2 gives an unknown level “good”"),
    ],
)
def test_ratings_with_a_mistake_are_told_by_line(ratings: bytes, said: str) -> None:
    result = CliRunner().invoke(main, ["score", "-"], input=ratings)
    assert said in told(result)


def test_a_score_of_what_is_not_there_is_refused(tmp_path: Path) -> None:
    assert told(CliRunner().invoke(main, ["score", f"{tmp_path}/no.csv"])) == (
        f"{tmp_path}/no.csv cannot be read: No such file or directory"
    )
    result = CliRunner().invoke(main, ["score", "-", "--edition", "oecd-2031"], input=RATINGS)
    assert told(result) == "there is no edition “oecd-2031”: there are oecd-minerals-2018"


# --- verify, check, doctor, seal -------------------------------------------------------------------


def change(url: str, *statements: str) -> None:
    for engine in connected(url):
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))


def test_verify_passes_and_then_names_the_event_that_was_changed(seeded_url: str) -> None:
    whole = run(seeded_url, "verify")
    assert whole.exit_code == 0
    assert whole.stdout.startswith("the event chain is whole: ")
    on = " ON event" if seeded_url.startswith("postgresql") else ""
    change(seeded_url, f"DROP TRIGGER event_no_update{on}", "UPDATE event SET act = 'Recorded' WHERE seq = 200")
    broken = run(seeded_url, "verify")
    assert broken.exit_code == 1
    assert broken.stdout == ""
    assert broken.stderr.startswith("alignment: the event chain is broken: event 200 (Recorded ")


def test_an_exported_chain_is_verified_with_no_register(seeded_url: str, tmp_path: Path) -> None:
    file = tmp_path / "chain.jsonl"
    assert run(seeded_url, "export", "events", str(file)).stdout.endswith(f" events written to {file}\n")
    again = run(seeded_url, "export", "events", str(file))
    assert told(again) == f"{file} exists already: name a new file, nothing is overwritten"
    of_the_file, of_the_register = run("nothing of use", "verify", str(file)), run(seeded_url, "verify")
    assert of_the_file.exit_code == 0
    assert of_the_file.stdout == of_the_register.stdout
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:100] + lines[110:]))
    cut = run("nothing of use", "verify", str(file))
    assert cut.exit_code == 1
    assert cut.stderr == (
        "alignment: chain.jsonl: the event chain is broken: event 101 is missing: after 100 comes 111\n"
    )


def test_what_cannot_be_written_is_told(seeded_sqlite_url: str, tmp_path: Path) -> None:
    said = told(run(seeded_sqlite_url, "export", "events", f"{tmp_path}/no/chain.jsonl"))
    assert said == f"{tmp_path}/no/chain.jsonl cannot be used: No such file or directory"


def test_check_finds_no_mistake_in_the_content() -> None:
    result = CliRunner().invoke(main, ["check"])
    assert (result.exit_code, result.stdout, result.stderr) == (0, "criteria and seeds: no mistakes\n", "")


def test_the_doctor_finds_nothing_serious_and_notes_what_is_stale(seeded_url: str) -> None:
    result = run(seeded_url, "doctor")
    assert result.exit_code == 0
    assert {line[:4] for line in result.stdout.splitlines()} == {"ok  ", "note"}


def test_the_doctor_finds_a_missing_guard_and_a_broken_seal(seeded_url: str) -> None:
    on = " ON decision" if seeded_url.startswith("postgresql") else ""
    change(seeded_url, f"DROP TRIGGER decision_no_delete{on}", "UPDATE edition_seal SET digest = 'f00'")
    result = run(seeded_url, "doctor")
    assert result.exit_code == 1
    failed = [line for line in result.stdout.splitlines() if line.startswith("FAIL")]
    assert failed[0].startswith("FAIL  what is held is not what its events say: edition_seal:oecd-minerals-2018 ")
    assert failed[1] == "FAIL  guards are missing: decision_no_delete"
    assert failed[2].startswith("FAIL  the content of edition oecd-minerals-2018 changed")


def test_the_doctor_reports_a_register_that_is_not_there(tmp_path: Path) -> None:
    result = run(f"sqlite:///{tmp_path}/register.sqlite3", "doctor")
    assert result.exit_code == 1
    assert f"FAIL  there is no register at sqlite:///{tmp_path}/register.sqlite3" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_changed_content_is_sealed_with_a_reason_and_then_the_doctor_is_content(seeded_url: str) -> None:
    change(seeded_url, "UPDATE edition_seal SET digest = 'f00'")
    assert told(run(seeded_url, "seal", "oecd-minerals-2018", "--reason", "  ")) == (
        "a reason is needed: say why the content changed"
    )
    assert told(run(seeded_url, "load-seeds")).startswith("the content of edition oecd-minerals-2018 changed since")
    sealed = run(seeded_url, "seal", "oecd-minerals-2018", "--reason", "a misspelling")
    assert sealed.exit_code == 0
    assert sealed.stdout.startswith("oecd-minerals-2018 sealed with content ")
    assert run(seeded_url, "doctor").exit_code == 0
    assert run(seeded_url, "load-seeds").exit_code == 0
    assert "is as it was sealed" in told(run(seeded_url, "seal", "oecd-minerals-2018", "--reason", "again"))


def test_an_edition_that_is_not_known_cannot_be_sealed(seeded_sqlite_url: str) -> None:
    assert "oecd-2031" in told(run(seeded_sqlite_url, "seal", "oecd-2031", "--reason", "x"))


@pytest.mark.parametrize("name", ["decisions", "actions", "recognitions", "progress"])
def test_diagrams_are_printed_for_people_and_for_mermaid(name: str) -> None:
    drawn = CliRunner().invoke(main, ["diagram", name])
    assert drawn.exit_code == 0
    assert drawn.stdout.startswith("stateDiagram-v2\n")
    assert CliRunner().invoke(main, ["diagram", name, "--format", "text"]).stdout.count("\n") > 1


# --- serve -----------------------------------------------------------------------------------------


@contextmanager
def serving(folder: Path, *arguments: str, **environ: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `alignment serve` in a folder, and its address; ended at the end if it still runs."""
    port = free_port()
    with (folder / "said").open("w") as out, (folder / "complained").open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "alignment", "serve", "--port", str(port), *arguments],
            cwd=folder, env=environment(folder, **environ), stdin=subprocess.DEVNULL, stdout=out, stderr=err, text=True,
        )  # fmt: skip
    try:
        until = time.monotonic() + 90
        while time.monotonic() < until and process.poll() is None and not answers(port):
            time.sleep(0.05)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(30)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=60).status_code == 200
    except httpx.TransportError:
        return False


def test_in_an_empty_folder_with_nothing_set_a_register_is_served(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, address):
        page = httpx.get(f"{address}/")
        assert page.status_code == 200
        assert "Joint Due Diligence Standard for Copper" in page.text
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert (tmp_path / "complained").read_text() == ""
    said = (tmp_path / "said").read_text()
    assert said.startswith(f"Track A alignment tracker {__version__}\n")
    assert "  ALIGNMENT_DATABASE_URL       sqlite:///alignment.sqlite3 " in said
    assert f"Serving {address} (stop with Ctrl+C)" in said
    assert {file.name for file in tmp_path.iterdir()} == {"alignment.sqlite3", "said", "complained"}


def test_a_second_start_is_quick_and_ends_cleanly_with_ctrl_c(seeded_sqlite_url: str, tmp_path: Path) -> None:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with serving(tmp_path, ALIGNMENT_DATABASE_URL=seeded_sqlite_url) as (process, address):
        assert httpx.get(f"{address}/?as_at=2024-09-30").status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Time on the processor, not on the clock: the tests share the machine.
    assert now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime < 6
    assert (tmp_path / "complained").read_text() == ""


# Each takes longer to import than a page to make, and no page of a register at this program's schema needs it.
NOT_NEEDED_TO_START = {
    "alembic",
    "attr",
    "openpyxl",
    "numpy",
    "pydantic.v1",
    "psycopg",
    "segno",
    "smtplib",
    "typst",
    "websockets",
    "xlsxwriter",
}


def test_a_start_imports_nothing_that_no_page_needs(sqlite_seeded: Path) -> None:
    program = (
        "import sys; from alignment.settings import Settings; from alignment.web.app import create_app;"
        f"create_app(Settings(database_url='sqlite:///{sqlite_seeded}')); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert NOT_NEEDED_TO_START.isdisjoint(done.stdout.split())


def test_a_server_on_postgresql_needs_its_tables_or_makes_an_empty_database_ready(
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.create("to_serve")
    with serving(tmp_path, ALIGNMENT_DATABASE_URL=url) as (_, address):
        assert "Joint Due Diligence Standard for Copper" in httpx.get(f"{address}/").text


@pytest.mark.parametrize("seeded_url", ["postgresql"], indirect=True)
def test_a_server_on_postgresql_changes_no_schema_by_itself(seeded_url: str) -> None:
    change(seeded_url, "UPDATE alembic_version SET version_num = '0001'")
    said = told(run(seeded_url, "serve", "--port", str(free_port())))
    assert said.endswith(f"is at schema 0001, this program needs {newest_revision()}: run “alignment migrate”")


def test_no_server_starts_on_content_that_is_not_what_was_sealed(seeded_url: str) -> None:
    change(seeded_url, "UPDATE edition_seal SET digest = 'f00'")
    said = told(run(seeded_url, "serve", "--port", str(free_port())))
    assert said.startswith("the content of edition oecd-minerals-2018 changed since assessments referred to it")
    assert "“alignment seal oecd-minerals-2018 --reason …”" in said
    assert f"FAIL  {said}" in run(seeded_url, "doctor").stdout


def test_a_port_that_is_taken_is_told(sqlite_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert told(run(sqlite_url, "serve", "--port", str(port))) == (
            f"127.0.0.1 port {port} cannot be listened on (Address already in use): name another by --host, --port "
            "or PORT"
        )


def test_a_host_that_is_none_of_this_machine_is_told(sqlite_url: str) -> None:
    said = told(run(sqlite_url, "serve", "--host", "192.0.2.1", "--port", str(free_port())))
    assert said.startswith("192.0.2.1 port ")


def test_a_register_is_copied_while_it_is_served_and_put_back(seeded_sqlite_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    with serving(tmp_path, ALIGNMENT_DATABASE_URL=seeded_sqlite_url) as (_, address):
        assert run(seeded_sqlite_url, "backup", str(copy)).stdout == f"copied and checked: {copy}\n"
        assert run(seeded_sqlite_url, "load-example").exit_code == 0
        assert "The worked example is not loaded" not in soon(f"{address}/example", "Fictional.")
        assert run(seeded_sqlite_url, "restore", str(copy)).stdout == f"restored from {copy}\n"
        assert "The worked example is not loaded" in soon(f"{address}/example", "The worked example is not loaded")
        assert httpx.get(f"{address}/").status_code == 200
    assert run(seeded_sqlite_url, "verify").exit_code == 0


def soon(address: str, wanted: str) -> str:
    """The page once it says something; another process's writes are noticed within a second."""
    until = time.monotonic() + 20
    while True:
        page = httpx.get(address).text
        if wanted in page or time.monotonic() > until:
            return page
        time.sleep(0.2)


def test_a_damaged_copy_is_not_put_in_place(seeded_sqlite_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    run(seeded_sqlite_url, "backup", str(copy))
    copy.write_bytes(copy.read_bytes()[:-30_000])
    before = run(seeded_sqlite_url, "verify").stdout
    assert told(run(seeded_sqlite_url, "restore", str(copy))).startswith(f"{copy} was not put in place: ")
    assert run(seeded_sqlite_url, "verify").stdout == before
    assert "nothing is overwritten" in told(run(seeded_sqlite_url, "backup", str(copy)))
