"""People who may sign in."""

from __future__ import annotations

import sys
from typing import Any

import click

from alignment.commands import formats, main, now, open_register, say, settings, show_json
from alignment.domain.people import Role


@main.group()
def user() -> None:
    """People who may sign in: the first administrator is made here, everybody else on the pages.

    Example: alignment user add --email ada@lme.example --name "Ada" --role administrator --organisation lme
    """


@user.command("add")
@click.option("--email", required=True, help="The address to sign in with.")
@click.option("--name", required=True, help="As others will see it.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="What they may be.")
@click.option("--organisation", required=True, metavar="ID", help="For which organisation, by its id: lme.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def user_add(email: str, name: str, role: str, organisation: str, password_stdin: bool) -> None:
    """Make an account with a role. Without a password, print a link by which the person chooses one.

    Example: alignment user add --email ada@lme.example --name "Ada" --role administrator --organisation lme
    """
    from alignment.database import unit_of_work
    from alignment.domain.people import SYSTEM
    from alignment.services import passwords, people

    at, given = now(), sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    if password_stdin:
        passwords.check_password(given, name=name, email=email)
    with unit_of_work(open_register()) as session:
        if not password_stdin:
            value = people.invite(
                session, actor=SYSTEM, email=email, name=name, organisation_id=organisation, role=Role(role), now=at
            )
        else:
            person = people.add_person(session, actor=SYSTEM, name=name, email=email, password=given, now=at)
            people.grant(
                session, actor=SYSTEM, person_id=person.id, organisation_id=organisation, role=Role(role), now=at
            )
    if password_stdin:
        click.echo(f"{email} may sign in at {settings().base_url}/account/sign-in")
    else:
        _show_link(email, value)


def _show_link(email: str, value: str) -> None:
    click.echo(f"{email} chooses a password here, once, within 14 days:")
    click.echo(f"{settings().base_url}/account/invitation/{value}")


@user.command("list")
@formats("table", "json")
def user_list(form: str) -> None:
    """Everybody with an account or an open invitation.

    Example: alignment user list --format json
    """
    from alignment.database import reading
    from alignment.queries.people import everybody, open_invitations

    at = now()
    with reading(open_register()) as connection:
        lines, invited = everybody(connection), open_invitations(connection, at)
    rows: list[dict[str, Any]] = [
        {
            "email": line.email,
            "name": line.name,
            "state": "active" if line.active else "not active",
            "roles": [f"{role.role.value} for {role.organisation}" for role in line.roles if role.holds(at)],
            "second_factor": line.second_factor,
        }
        for line in lines
    ]
    rows += [
        {
            "email": each.email,
            "name": each.name,
            "state": "invited",
            "roles": [f"{each.role.value} for {each.organisation}"],
            "second_factor": False,
        }
        for each in invited
        if each.role is not None
    ]
    if form == "json":
        show_json(rows)
        return
    for row in rows:
        click.echo(f"{row['email']:<32} {row['state']:<11} {row['name']:<24} {'; '.join(row['roles']) or 'no role'}")
    if not rows:
        say(["nobody has an account yet: make the first administrator with “alignment user add”"])


@user.command("deactivate")
@click.argument("email")
def user_deactivate(email: str) -> None:
    """Nobody signs in with EMAIL any more; sessions and tokens end at once.

    Example: alignment user deactivate ada@lme.example
    """
    from alignment.database import unit_of_work
    from alignment.domain.people import SYSTEM
    from alignment.services import people

    with unit_of_work(open_register()) as session:
        found = people.by_email(session, email)
        people.deactivate(session, actor=SYSTEM, person_id=found.id, now=now())
    click.echo(f"{email} is not active any more")


@user.command("reset")
@click.argument("email")
def user_reset(email: str) -> None:
    """Sign EMAIL out everywhere, forget password and second factor, and print a link to choose a new one.

    Example: alignment user reset ada@lme.example
    """
    from alignment.database import unit_of_work
    from alignment.domain.people import SYSTEM
    from alignment.services import people

    with unit_of_work(open_register()) as session:
        found = people.by_email(session, email)
        value = people.reset(session, actor=SYSTEM, person_id=found.id, now=now())
    _show_link(email, value)
