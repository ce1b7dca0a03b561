"""The wheel alone is enough: every command works from a folder that has no checkout."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).parents[1]

# Where each folder of the checkout lies in the wheel.
CONTENT = {
    "alignment": "alignment",
    "templates": "alignment/_bundled/templates",
    "criteria": "alignment/_bundled/criteria",
    "seeds": "alignment/_bundled/seeds",
}


@dataclass(frozen=True)
class Installed:
    """A Python that has the wheel and the libraries, and an empty folder to stand in."""

    programs: Path
    folder: Path

    def run(self, program: str, *arguments: str) -> str:
        """What the program prints; it must succeed, and knows nothing of this test's environment."""
        done = subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.folder,
            env={
                "PATH": os.defpath,
                "HOME": str(self.folder),
                "LANG": "C.UTF-8",
                "ALIGNMENT_DATABASE_URL": f"sqlite:///{self.folder / 'register.sqlite3'}",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{program} {' '.join(arguments)} ended with {done.returncode}: {done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    uv(
        "build",
        "--wheel",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "--out-dir",
        str(folder),
        str(ROOT),
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """A new environment with the wheel in it; the libraries are those of the tests."""
    environment = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    uv("pip", "install", "--no-deps", "--no-index", "--python", str(python), str(wheel))
    (packages,) = environment.glob("lib/python*/site-packages")
    # A folder that is named in a .pth file is searched, and .pth files in it are not read: the
    # checkout that the tests' own environment points to stays out of reach.
    (packages / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    return Installed(environment / "bin", tmp_path_factory.mktemp("empty"))


def uv(*arguments: str) -> None:
    done = subprocess.run(
        [find_uv_bin(), *arguments, "--offline"],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def files_below(folder: Path) -> set[str]:
    """What git keeps of a folder: no bytecode."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=folder, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return {name for name in filter(None, listed.split("\0")) if (folder / name).is_file()}


def test_the_wheel_holds_every_file_that_the_program_reads_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if ".dist-info/" not in name}
    asked = {f"{there}/{name}" for here, there in CONTENT.items() for name in files_below(ROOT / here)}
    assert held == asked


def test_the_installed_program_is_the_wheel_and_not_the_checkout(installed: Installed) -> None:
    where = json.loads(
        installed.run("python", "-c", "import alignment, json, sys; print(json.dumps([alignment.__file__, *sys.path]))")
    )
    assert Path(where[0]).is_relative_to(installed.programs.parent)
    assert str(ROOT) not in where[1:]


def test_the_command_explains_itself(installed: Installed) -> None:
    text = installed.run("alignment", "--help")
    for command in ("serve", "migrate", "load-seeds", "status", "check"):
        assert command in text


def test_the_content_of_the_wheel_has_no_mistake(installed: Installed) -> None:
    installed.run("alignment", "check")


def test_a_new_database_gives_the_ten_programmes_of_september_2024(installed: Installed) -> None:
    installed.run("alignment", "migrate")
    installed.run("alignment", "load-seeds")
    printed = installed.run("alignment", "status", "--as-at", "2024-09-30", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert len(rows) == 10
    assert all(row["Standard"] for row in rows)
    assert list(rows[0])[:3] == ["Standard", "Status of alignment assessment", "Status of LME approval"]
