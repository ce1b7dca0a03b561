"""The rules of the house, so that nobody has to remember them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import pytest

from alignment.settings import Settings

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "alignment"

MAY_READ_THE_CLOCK = {"alignment/web/app.py", "alignment/commands/__init__.py"}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "core", "common", "helpers", "helper", "misc"}


def python_files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*.py") if "__pycache__" not in each.parts)


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tracked() -> list[Path]:
    """What a commit holds or would hold: nothing that git ignores."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in sorted(filter(None, listed.split("\0"))) if (ROOT / name).is_file()]


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of every module that is imported, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{each.name}") for each in node.names)


def within(module: str, *packages: str) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in packages)


def faults_of_imports(folder: Path, *forbidden: str) -> list[str]:
    return [
        f"{place(path)}:{line} imports {module}"
        for path in python_files(folder)
        for line, module in imports(ast.parse(path.read_text()))
        if within(module, *forbidden)
    ]


# --- who may import whom ---------------------------------------------------------------------------


def test_every_import_contract_holds() -> None:
    # In a process of its own: it turns off the log of all that is imported here.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout


def test_the_domain_imports_the_standard_library_and_itself_alone() -> None:
    faults = [
        f"{place(path)}:{line} imports {module}"
        for path in python_files(PACKAGE / "domain")
        for line, module in imports(ast.parse(path.read_text()))
        if not within(module, "alignment.domain", *sys.stdlib_module_names)
    ]
    assert faults == []


def test_no_module_of_the_web_imports_tables_or_sql() -> None:
    assert faults_of_imports(PACKAGE / "web", "alignment.tables", "sqlalchemy", "sqlmodel") == []


def test_every_import_is_written_in_full_from_the_package() -> None:
    faults = [
        f"{place(path)}:{node.lineno}"
        for path in python_files(PACKAGE)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert faults == []


def test_modules_whose_dataclasses_are_all_frozen_take_the_one_that_is_quicker_to_make() -> None:
    slow = [
        place(path)
        for path in python_files(PACKAGE)
        if (made := re.findall(r"^@dataclass.*$", path.read_text(), re.MULTILINE))
        and all("frozen=True" in each for each in made)
        and "alignment.domain.frozen" not in {module for _, module in imports(ast.parse(path.read_text()))}
    ]
    assert slow == []


# --- who may read the clock ------------------------------------------------------------------------


def clock_readings(source: str) -> list[tuple[int, str]]:
    """Line and words of every place that asks what time it is, called or only named."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            words = ast.unparse(node)
            if re.search(r"\b(datetime|date|func)\.(now|utcnow|today|current_\w+)$", words) or re.search(
                r"\btime\.(time|time_ns|localtime|gmtime|ctime|strftime)$", words
            ):
                found.append((node.lineno, words))
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [(node.lineno, f"time.{each.name}") for each in node.names if each.name.startswith("time")]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and is_sql_clock(node.value):
            found.append((node.lineno, "the database's clock"))
    return found


def is_sql_clock(text: str) -> bool:
    return bool(re.search(r"\bCURRENT_(TIMESTAMP|DATE|TIME)\b|\bnow\(\)|'now'", text))


@pytest.mark.parametrize(
    "source",
    [
        "x = datetime.now(UTC)",
        "x = datetime.datetime.now(UTC)",
        "x = date.today()",
        "x = field(default_factory=datetime.utcnow)",
        "x = time.time()",
        "from time import time",
        "x = func.now()",
        "x = text('CURRENT_TIMESTAMP')",
        "x = \"date('now')\"",
    ],
)
def test_a_reading_of_the_clock_is_seen(source: str) -> None:
    assert len(clock_readings(source)) == 1


@pytest.mark.parametrize(
    "source",
    ["x = facts.now", "x = time.monotonic()", "def f(now, today): return now", "x = 'what is known now'"],
)
def test_being_told_the_time_is_no_reading_of_the_clock(source: str) -> None:
    assert clock_readings(source) == []


def test_nothing_but_the_application_and_the_command_reads_the_clock() -> None:
    faults = [
        f"{place(path)}:{line} has {words}"
        for path in python_files(PACKAGE)
        if place(path) not in MAY_READ_THE_CLOCK
        for line, words in clock_readings(path.read_text())
    ]
    assert faults == []


# --- names, and what is committed ------------------------------------------------------------------


def test_every_file_and_folder_says_by_its_name_what_is_in_it() -> None:
    faults = [
        place(path)
        for path in tracked()
        if NAMES_THAT_SAY_NOTHING & {part.split(".")[0].lstrip("_").lower() for part in path.relative_to(ROOT).parts}
    ]
    assert faults == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_with_hashes_and_hold_no_host_and_no_path(name: str) -> None:
    text = (ROOT / name).read_text()
    assert [line for line in text.splitlines() if "/" in line or line.lstrip().startswith("--find")] == []
    pins = re.findall(r"(?m)^[a-z0-9]\S*==\S+.*\\\n    --hash=sha256:[0-9a-f]{64}", text)
    assert len(pins) == len(re.findall(r"(?m)^[^\s#]", text)) > 20


def test_the_tests_install_what_people_run() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"(?m)^[a-z0-9]\S*==\S+", (ROOT / name).read_text()))

    assert pins("requirements.txt") - pins("requirements-dev.txt") == set()


def test_no_file_names_a_package_host_or_a_path_of_somebodys_machine() -> None:
    # The brackets keep this pattern from finding itself.
    forbidden = re.compile(r"py[p]i\.org|pythonhoste[d]|/simpl[e]/|(?<![\w.])/(?:roo[t]|wor[k]/mai[n]|hom[e])/\w")
    faults = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # a picture or another binary file
        faults += [
            f"{place(path)}:{text.count(chr(10), 0, hit.start()) + 1} {hit[0]}" for hit in forbidden.finditer(text)
        ]
    assert faults == []


# --- what an operator can set ----------------------------------------------------------------------


def test_the_table_of_the_readme_holds_every_setting_with_its_default_and_the_readme_names_no_other() -> None:
    readme = (ROOT / "README.md").read_text()
    table = re.findall(r"^\| `([A-Z_]+)` \| (\S+) \| \S.* \|$", readme, re.MULTILINE)
    assert sorted(table) == sorted((each.metadata["env"], default_in_words(each)) for each in fields(Settings))
    assert set(re.findall(r"\bALIGNMENT_[A-Z_]+\b", readme)) - {name for name, _ in table} == set()


def default_in_words(setting: Field[Any]) -> str:
    """As an operator would write it: yes and no are 1 and 0."""
    value = int(setting.default) if isinstance(setting.default, bool) else setting.default
    return "none" if value == "" else f"`{value}`"


def test_every_setting_says_what_it_does_and_has_a_name_of_its_own() -> None:
    names = [each.metadata["env"] for each in fields(Settings)]
    assert len(names) == len(set(names)) > 0
    assert [each.name for each in fields(Settings) if not each.metadata["says"].strip()] == []


def test_only_the_command_and_the_settings_look_into_the_environment() -> None:
    faults = [
        f"{place(path)}:{node.lineno}"
        for path in python_files(PACKAGE)
        if not place(path).startswith("alignment/commands/")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv")
    ]
    assert faults == []


# --- the house itself ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", python_files(PACKAGE), ids=place)
def test_every_module_begins_with_what_it_is(path: Path) -> None:
    source = path.read_text()
    assert not source.strip() or ast.get_docstring(ast.parse(source))


def test_make_alone_lists_every_target_that_people_use() -> None:
    printed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in ("run", "test", "lint", "types", "format", "migrate", "bench", "bench-long", "lock", "clean"):
        assert f"make {name} " in printed


def test_the_checks_of_a_change_are_those_that_people_run() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    lines = [line for line in script.read_text().splitlines() if line and not line.startswith("#")]
    assert lines[-1].split()[:3] == ["exec", "make", "test"]
