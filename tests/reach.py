"""Which lines and branches of the package the tests reach, in every process of a run (``--gates``).

The package is instrumented while it is imported, and pays for that only where a line of it runs. A tracer, which is
called at every line of every library as well, doubles the time of the whole run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from slipcover import Slipcover, merge_coverage
from slipcover.importer import SlipcoverLoader

PACKAGE = "alignment"
REPORT = Path("build/coverage.json")
# Alembic loads the steps of the schema by itself; every database of the tests has gone through them.
BEYOND = ["*/migrations/*"]
NEVER = [
    r"^\s*if TYPE_CHECKING:",  # read by the type checker alone
    r"^ *\.\.\.$",  # the body of a protocol's method
    r"assert_never\(",  # reached by no value, which mypy checks
]


class Instrumenting(MetaPathFinder):
    """Finds the modules of the package, and lets them note where they have been."""

    def __init__(self, notes: Slipcover) -> None:
        self._notes = notes

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] != PACKAGE:
            return None
        if name.startswith(f"{PACKAGE}.migrations"):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader) and spec.origin is not None:
            spec.loader = SlipcoverLoader(self._notes, spec.loader, spec.origin)
        return spec


class Reach:
    """The notes of this process, and in the first one those of its workers; the report is written at the end."""

    def __init__(self) -> None:
        assert PACKAGE not in sys.modules, "what was imported before can not be instrumented"
        # Taking the notes back out of code that ran often would swap functions under the tests' hands.
        self._notes = Slipcover(branch=True, d_miss_threshold=-1, source=[PACKAGE], omit=BEYOND, exclude_also=NEVER)
        self._found: list[dict[str, Any]] = []
        sys.meta_path.insert(0, Instrumenting(self._notes))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A worker hands its notes over."""
        if hasattr(session.config, "workerinput"):
            session.config.workeroutput["reach"] = json.dumps(self._notes.get_coverage())  # type: ignore[attr-defined]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """The first process takes a worker's notes; one that died has none, and its tests have failed."""
        if told := getattr(node, "workeroutput", {}).get("reach"):
            self._found.append(json.loads(told))

    def report(self, root: Path) -> Path:
        """Write what all processes reached; the file."""
        whole = self._notes.get_coverage()
        for each in self._found:
            whole = merge_coverage(whole, each)
        file = root / REPORT
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(whole), encoding="utf-8")
        return file
