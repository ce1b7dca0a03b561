"""Where the project's own content lies: templates, criteria and seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

PACKAGE = Path(__file__).parent

Name = Literal["templates", "criteria", "seeds"]


def folder(name: Name, package: Path = PACKAGE) -> Path:
    """The folder of that content: inside an installed package, else at the top of the checkout.

    An installed wheel carries its own copy in ``_bundled``; a checkout never has one, so what is
    edited there is what is used. ``package`` is the folder of the ``alignment`` package.
    """
    bundled = package / "_bundled" / name
    return bundled if bundled.is_dir() else package.parent / name
