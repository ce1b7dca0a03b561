"""What operators ask: a register that was spoilt while it is served says so, and answers nobody with a fault."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from alignment.database import newest_revision
from tests.postgres import Server
from tests.web.site import Site, site_on

UNUSABLE = "the database cannot be used: “alignment doctor” says why\n"


def overwrite(file: Path) -> None:
    with file.open("r+b") as held:
        held.seek(4096)
        held.write(b"Dear all, " * (file.stat().st_size // 10 - 500))


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 4096)


def empty(file: Path) -> None:
    os.truncate(file, 0)


def replace(file: Path) -> None:
    shutil.copyfile(file, file.with_suffix(".other")).replace(file)


def check_told(site: Site, spoil: Callable[[], object], said: str = UNUSABLE) -> None:
    """Ready before and not after; a page that was made before is still given, a new one is refused in words."""
    assert site.get("/readyz").text == "ready\n"
    kept = site.get("/")
    spoil()
    answer = site.get("/readyz")
    assert (answer.status_code, answer.text, answer.headers["cache-control"]) == (503, said, "no-store")
    for address in ("/sources", "/search?q=tin", "/api/v1/events"):
        answer = site.get(address)
        assert answer.status_code == 503
        assert "The register cannot use its database at the moment." in answer.text
        assert "sqlite" not in answer.text
        assert "postgresql" not in answer.text
    assert site.get("/").content == kept.content


@pytest.mark.parametrize("spoil", [overwrite, cut, empty, replace, Path.unlink])
def test_a_file_that_is_spoilt_while_it_is_served_is_not_ready(
    spoil: Callable[[Path], object], seeded_sqlite_url: str
) -> None:
    check_told(site_on(seeded_sqlite_url), lambda: spoil(Path(seeded_sqlite_url.removeprefix("sqlite:///"))))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP TABLE event, source CASCADE", UNUSABLE),
        ("DROP SCHEMA public CASCADE", f"schema none, needed {newest_revision()}: run “alignment migrate”\n"),
        ("", UNUSABLE),
    ],
)
def test_a_database_that_lost_its_tables_or_is_gone_itself_is_not_ready(
    statement: str, said: str, postgres: Server, postgresql_seeded: str
) -> None:
    site = site_on(postgres.create("to_lose", template=postgresql_seeded))

    def lose() -> None:
        if statement:
            with psycopg.connect(postgres.url("to_lose").replace("+psycopg", "")) as connection:
                connection.execute(statement)
        else:
            postgres.drop("to_lose")

    check_told(site, lose, said)
    site.end()
    if statement:
        postgres.drop("to_lose")


def test_a_user_from_whom_its_rights_were_taken_is_not_ready(postgres: Server, postgresql_seeded: str) -> None:
    url = postgres.create("to_revoke", template=postgresql_seeded)
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as owner:
        owner.execute("CREATE ROLE served LOGIN")
        owner.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO served")

    def revoke() -> None:
        with psycopg.connect(plain, autocommit=True) as owner:
            owner.execute("REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM served")

    site = site_on(url.replace("postgres@", "served@"))
    check_told(site, revoke)
    assert site.get("/metrics").status_code == 503
    site.end()
