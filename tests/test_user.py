"""``alignment user``: the first administrator, and the way back in, from the command line."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner, Result

from alignment.__main__ import main
from alignment.database import make_engine, reading
from alignment.domain.people import Role
from alignment.queries.people import account, everybody, invitation, someone
from alignment.services import passwords
from tests.conftest import NOW
from tests.working import PASSWORD


@pytest.fixture
def url(seeded_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ALIGNMENT_DATABASE_URL", seeded_sqlite_url)
    monkeypatch.setenv("ALIGNMENT_BASE_URL", "https://register.example")
    return seeded_sqlite_url


def run(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(main, ["user", *arguments], input=given)


ADD = ("add", "--email", "Ada@lme.example", "--name", "Ada", "--role", "administrator", "--organisation", "lme")


def test_the_first_administrator_gets_a_link(url: str) -> None:
    done = run(*ADD)
    assert done.exit_code == 0
    link = re.search(r"https://register\.example/account/invitation/([\w-]+)", done.output)
    assert link is not None
    engine = make_engine(url)
    with reading(engine) as connection:
        found = invitation(connection, passwords.hashed(link[1]), NOW)
    engine.dispose()
    assert found is not None
    assert (found.email, found.role) == ("ada@lme.example", Role.ADMINISTRATOR)


def test_or_a_password_from_standard_input(url: str) -> None:
    done = run(*ADD, "--password-stdin", given=f"{PASSWORD}\n")
    assert done.exit_code == 0
    engine = make_engine(url)
    with reading(engine) as connection:
        found = account(connection, email="ada@lme.example")
        assert found is not None
        (line,) = everybody(connection)
        roles = someone(connection, found.id, found.name, line.roles[0].since).roles
    engine.dispose()
    assert passwords.password_fits(PASSWORD, found.password_hash)
    assert roles == {("lme", Role.ADMINISTRATOR)}
    assert PASSWORD not in done.output


@pytest.mark.parametrize(
    ("change", "given", "said"),
    [
        (("--password-stdin",), "short\n", "at least 12"),
        (("--organisation", "nowhere"), "", "no such organisation"),
        (("--role", "decider", "--organisation", "rmi"), "", "acts for the exchange"),
        (("--email", "nobody"), "", "no e-mail address"),
    ],
)
def test_what_cannot_be_made_is_said_in_a_sentence(url: str, change: tuple[str, ...], given: str, said: str) -> None:
    done = run(*ADD, *change, given=given)
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


def test_people_and_invitations_are_listed(url: str) -> None:
    assert "make the first administrator" in run("list").output
    run(*ADD)
    run("add", "--email", "dee@lme.example", "--name", "Dee", "--role", "decider", "--organisation", "lme",
        "--password-stdin", given=f"{PASSWORD}\n")  # fmt: skip
    told = run("list").output
    assert re.search(r"dee@lme\.example +active +Dee +decider for London Metal Exchange", told)
    assert re.search(r"ada@lme\.example +invited +Ada +administrator for London Metal Exchange", told)
    assert [(row["email"], row["state"]) for row in json.loads(run("list", "--format", "json").output)] == [
        ("dee@lme.example", "active"),
        ("ada@lme.example", "invited"),
    ]


def test_an_account_is_reset_and_deactivated(url: str) -> None:
    run("add", "--email", "dee@lme.example", "--name", "Dee", "--role", "decider", "--organisation", "lme",
        "--password-stdin", given=f"{PASSWORD}\n")  # fmt: skip
    assert "/account/invitation/" in run("reset", "DEE@lme.example").output
    assert run("deactivate", "dee@lme.example").exit_code == 0
    assert "not active" in run("list").output
    again = run("deactivate", "dee@lme.example")
    assert (again.exit_code, "not active already" in again.output) == (2, True)
    assert run("reset", "nobody@lme.example").exit_code == 2
