"""The public addresses of ``tests/routes.txt``, by section."""

from __future__ import annotations

from pathlib import Path


def listed(*sections: str) -> list[str]:
    """The addresses of these sections, in their order; of all, where none is named."""
    addresses: list[str] = []
    section = ""
    for line in (Path(__file__).parents[1] / "routes.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#") and (not sections or section in sections):
            addresses.append(line)
    return addresses
