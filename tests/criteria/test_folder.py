"""Where content lies: in the checkout, and inside an installed package."""

from __future__ import annotations

from pathlib import Path

import pytest

from alignment.files import Name, folder


@pytest.mark.parametrize("name", ["templates", "criteria", "seeds"])
def test_in_a_checkout_content_lies_beside_the_package(name: Name) -> None:
    assert folder(name) == Path(__file__).parents[2] / name


@pytest.mark.parametrize("name", ["templates", "criteria", "seeds"])
def test_in_an_installed_package_content_lies_within_it(tmp_path: Path, name: Name) -> None:
    package = tmp_path / "alignment"
    bundled = package / "_bundled" / name
    bundled.mkdir(parents=True)
    (tmp_path / name).mkdir()
    assert folder(name, package) == bundled
