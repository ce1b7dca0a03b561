"""Accounts, invitations, roles, declarations, tokens, sessions and the second factor, on both databases."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Engine
from sqlmodel import Session, select

from alignment.database import reading, unit_of_work
from alignment.domain.people import EXAMPLE_IMPORT, SYSTEM, Role, Someone
from alignment.domain.refusal import Missing, Refusal, Stale, Unfit
from alignment.queries import people as asked
from alignment.services import accounts, passwords, people
from alignment.tables import Event, Invitation, Membership, Person, SignedIn, SignInAttempt, Token
from tests.conftest import NOW
from tests.working import (
    ASSESSOR,
    LME,
    OWNER,
    PASSWORD,
    PROGRAMME,
    again,
    make_organisation,
    make_person,
    make_programme,
)

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def administrator(session: Session) -> Someone:
    return make_person(session, "Ann Administrator", LME, Role.ADMINISTRATOR)


@pytest.fixture
def ada(session: Session) -> Someone:
    return make_person(session, "Ada", OWNER, Role.SCHEME_OWNER, password=PASSWORD)


def last_event(session: Session) -> Event:
    event = session.exec(select(Event).order_by(Event.seq.desc())).first()  # type: ignore[attr-defined]
    assert event is not None
    return event


def acts(session: Session) -> list[tuple[str, str]]:
    return [(event.act, event.subject.partition(":")[0]) for event in session.exec(select(Event).order_by("seq"))]


def row_of(session: Session, who: Someone) -> Person:
    person = session.get(Person, who.id)
    assert person is not None
    return person


# --- passwords ----------------------------------------------------------------------------------


def test_a_password_fits_its_own_hash_and_no_other() -> None:
    stored = passwords.hash_password(PASSWORD)
    assert stored.startswith("$argon2id$")
    assert passwords.password_fits(PASSWORD, stored)
    assert not passwords.password_fits(f"{PASSWORD}.", stored)


def test_a_password_of_a_served_register_is_dear_to_guess(full_cost: dict[str, int]) -> None:
    assert Argon2Hasher(**full_cost).hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_an_account_without_a_password_takes_none() -> None:
    assert not passwords.password_fits("", "")
    assert not passwords.password_fits(PASSWORD, "")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("elevenchars", "at least 12"),
        ("x" * 201, "at most 200"),
        ("abababababab", "guessed"),
        ("Ada Lovelace", "guessed"),
        ("ada@lme.example", "guessed"),
    ],
)
def test_a_password_that_would_be_guessed_is_refused(password: str, said: str) -> None:
    with pytest.raises(Unfit, match=said) as refused:
        passwords.check_password(password, name="Ada Lovelace", email="ada@lme.example")
    assert refused.value.field == "password"


def test_more_people_at_once_than_the_machine_can_take_are_told_so_and_do_not_queue() -> None:
    held = [passwords._waiting.acquire(blocking=False) for _ in range(8)]
    try:
        assert all(held)
        with pytest.raises(passwords.Busy):
            passwords.password_fits(PASSWORD, "")
    finally:
        for _ in held:
            passwords._waiting.release()
    assert not passwords.password_fits(PASSWORD, ""), "and afterwards it goes on"


# --- accounts -------------------------------------------------------------------------------------


def test_an_account_is_made_with_an_event_that_holds_nothing_personal(session: Session) -> None:
    row = people.add_person(
        session, actor=SYSTEM, name=" Ada  Lovelace ", email=" ADA@lme.example ", password=PASSWORD, now=NOW
    )
    assert (row.name, row.email, row.active) == ("Ada Lovelace", "ada@lme.example", True)
    assert passwords.password_fits(PASSWORD, row.password_hash)
    event = last_event(session)
    assert (event.actor, event.act, event.subject) == ("system", "added", f"person:{row.id}")
    assert event.after == '{"active":true}'


def test_the_chain_never_names_an_address_secret_or_statement(session: Session, administrator: Someone) -> None:
    make_programme(session)
    value = people.invite(
        session, actor=administrator, email="new@owner.example", name="Newcomer Nora", organisation_id=LME,
        role=Role.PUBLISHER, now=NOW,
    )  # fmt: skip
    person = people.accept(
        session, value=value, name="Newcomer Nora", stored=passwords.hash_password(PASSWORD), now=NOW
    )
    nora = again(session, person.id)
    people.declare(
        session, actor=nora, person_id=nora.id, programme_id=PROGRAMME, has_interest=True,
        statement="My brother works there.", now=NOW,
    )  # fmt: skip
    token = accounts.make_token(session, actor=nora, label="nightly", now=NOW)
    people.reset(session, actor=administrator, person_id=nora.id, now=NOW)
    said = "\n".join(f"{event.before}{event.after}" for event in session.exec(select(Event)))
    for private in ("new@owner.example", "Nora", "brother", value, token, passwords.hashed(value), "$argon2"):
        assert private not in said


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@lme", "a b@lme.example", "<ada@lme.example>", f"{'x' * 250}@a.example"]
)
def test_what_is_no_address_is_refused(session: Session, email: str) -> None:
    with pytest.raises(Unfit) as refused:
        people.add_person(session, actor=SYSTEM, name="Ada", email=email, password="", now=NOW)
    assert refused.value.field == "email"


@pytest.mark.parametrize("name", ["", "  ", "x" * 121])
def test_a_name_is_needed_and_has_an_end(session: Session, name: str) -> None:
    with pytest.raises(Unfit) as refused:
        people.add_person(session, actor=SYSTEM, name=name, email="a@b.example", password="", now=NOW)
    assert refused.value.field == "name"


def test_an_address_has_one_account(session: Session, ada: Someone) -> None:
    with pytest.raises(Unfit, match="has an account already"):
        people.add_person(session, actor=SYSTEM, name="Other", email="ADA@people.example", password="", now=NOW)


def test_only_administrators_manage_people(session: Session, ada: Someone) -> None:
    other = make_person(session, "Other")
    managing: list[Any] = [
        lambda: people.add_person(session, actor=ada, name="X", email="x@y.example", password="", now=NOW),
        lambda: people.invite(
            session, actor=ada, email="x@y.example", name="X", organisation_id=OWNER, role=Role.SCHEME_OWNER, now=NOW
        ),
        lambda: people.grant(
            session, actor=ada, person_id=ada.id, organisation_id=OWNER, role=Role.ADMINISTRATOR, now=NOW
        ),
        lambda: people.deactivate(session, actor=ada, person_id=other.id, now=NOW),
        lambda: people.reactivate(session, actor=ada, person_id=other.id, now=NOW),
        lambda: people.reset(session, actor=ada, person_id=other.id, now=NOW),
        lambda: people.end_role(session, actor=ada, membership_id="x", now=NOW),
        lambda: people.withdraw(session, actor=ada, invitation_id="x", now=NOW),
    ]
    before = acts(session)
    for act in managing:
        with pytest.raises(Refusal, match="it takes the role of an administrator"):
            act()
    assert acts(session) == before


def test_deactivating_ends_sessions_and_tokens_and_reactivating_brings_the_account_back(
    session: Session, administrator: Someone, ada: Someone
) -> None:
    cookie = accounts.begin_session(session, person=row_of(session, ada), agent="x", now=NOW)
    token = accounts.make_token(session, actor=ada, label="nightly", now=NOW)
    connection = session.connection()
    assert asked.visit(connection, passwords.hashed(cookie), LATER) is not None
    assert asked.bearer(connection, passwords.hashed(token), LATER) is not None

    people.deactivate(session, actor=administrator, person_id=ada.id, now=LATER, version=row_of(session, ada).version)
    session.flush()
    assert asked.visit(connection, passwords.hashed(cookie), LATER) is None
    assert asked.bearer(connection, passwords.hashed(token), LATER) is None
    assert asked.account(connection, email="ada@people.example") is None
    assert last_event(session).act == "deactivated"
    with pytest.raises(Refusal, match="not active already"):
        people.deactivate(session, actor=administrator, person_id=ada.id, now=LATER)

    people.reactivate(session, actor=administrator, person_id=ada.id, now=LATER)
    session.flush()
    assert asked.account(connection, email="ada@people.example") is not None
    assert last_event(session).act == "reactivated"
    with pytest.raises(Refusal, match="active already"):
        people.reactivate(session, actor=administrator, person_id=ada.id, now=LATER)


def test_the_last_administrator_stays(session: Session, administrator: Someone) -> None:
    with pytest.raises(Refusal, match="last administrator"):
        people.deactivate(session, actor=administrator, person_id=administrator.id, now=LATER)
    (role,) = session.exec(select(Membership).where(Membership.person_id == administrator.id)).all()
    with pytest.raises(Refusal, match="last administrator"):
        people.end_role(session, actor=administrator, membership_id=role.id, now=LATER)
    second = make_person(session, "Second", LME, Role.ADMINISTRATOR)
    people.end_role(session, actor=administrator, membership_id=role.id, now=LATER)
    with pytest.raises(Refusal, match="last administrator"):
        people.deactivate(session, actor=second, person_id=second.id, now=LATER + timedelta(hours=1))


def test_a_change_from_an_old_version_is_a_clash(session: Session, administrator: Someone, ada: Someone) -> None:
    with pytest.raises(Stale) as clash:
        people.deactivate(session, actor=administrator, person_id=ada.id, now=NOW, version=99)
    assert clash.value.status == 409


def test_who_does_not_exist_is_missing(session: Session, administrator: Someone) -> None:
    for act in (people.deactivate, people.reactivate, people.reset):
        with pytest.raises(Missing):
            act(session, actor=administrator, person_id="nobody", now=NOW)  # type: ignore[operator]
    with pytest.raises(Missing):
        people.end_role(session, actor=administrator, membership_id="none", now=NOW)
    with pytest.raises(Missing):
        people.withdraw(session, actor=administrator, invitation_id="none", now=NOW)
    with pytest.raises(Refusal, match="nobody has an account"):
        people.by_email(session, "nobody@x.example")


# --- roles ----------------------------------------------------------------------------------------


def test_a_role_is_held_from_its_beginning_to_its_end(session: Session, administrator: Someone, ada: Someone) -> None:
    make_organisation(session, ASSESSOR)
    people.grant(
        session, actor=administrator, person_id=ada.id, organisation_id=ASSESSOR, role=Role.ASSESSOR, now=NOW,
        since=NOW + timedelta(days=1), until=NOW + timedelta(days=3),
    )  # fmt: skip
    held = [again(session, ada.id, now=NOW + timedelta(days=day)).is_a(Role.ASSESSOR) for day in range(5)]
    assert held == [False, True, True, False, False]
    event = last_event(session)
    assert (event.act, event.actor) == ("granted", f"person:{administrator.id}")


def test_a_role_that_ends_stays_known(session: Session, administrator: Someone, ada: Someone) -> None:
    (role,) = session.exec(select(Membership).where(Membership.person_id == ada.id)).all()
    people.end_role(session, actor=administrator, membership_id=role.id, now=LATER, version=role.version)
    assert not again(session, ada.id, now=LATER).roles
    assert again(session, ada.id, now=NOW).is_a(Role.SCHEME_OWNER)
    assert last_event(session).act == "ended"
    with pytest.raises(Refusal, match="ended already"):
        people.end_role(session, actor=administrator, membership_id=role.id, now=LATER)
    with pytest.raises(Stale):
        people.end_role(session, actor=administrator, membership_id=role.id, now=LATER, version=1)


@pytest.mark.parametrize(
    ("organisation", "role", "field", "said"),
    [
        ("nowhere", Role.ASSESSOR, "organisation", "no such organisation"),
        ("", Role.ASSESSOR, "organisation", "Choose an organisation"),
        (OWNER, Role.DECIDER, "role", "A decider acts for the exchange"),
        (OWNER, Role.PUBLISHER, "role", "A publisher acts for the exchange"),
        (OWNER, Role.SCHEME_OWNER, "role", "holds this role for this organisation already"),
    ],
)
def test_a_role_that_cannot_be_given_says_why(
    session: Session, administrator: Someone, ada: Someone, organisation: str, role: Role, field: str, said: str
) -> None:
    with pytest.raises(Unfit, match=said) as refused:
        people.grant(session, actor=administrator, person_id=ada.id, organisation_id=organisation, role=role, now=NOW)
    assert refused.value.field == field


def test_nobody_assesses_and_decides(session: Session, administrator: Someone) -> None:
    decider = make_person(session, "Dee", LME, Role.DECIDER)
    make_organisation(session, ASSESSOR)
    with pytest.raises(Unfit, match="they are a decider, and nobody is both"):
        people.grant(
            session, actor=administrator, person_id=decider.id, organisation_id=ASSESSOR, role=Role.ASSESSOR, now=NOW
        )


def test_a_role_ends_after_it_begins(session: Session, administrator: Someone, ada: Someone) -> None:
    with pytest.raises(Unfit) as refused:
        people.grant(
            session, actor=administrator, person_id=ada.id, organisation_id=LME, role=Role.PUBLISHER, now=NOW, until=NOW
        )
    assert refused.value.field == "until"


# --- invitations -------------------------------------------------------------------------------------


def invited(session: Session, administrator: Someone, *, now: datetime = NOW) -> str:
    make_organisation(session, OWNER)
    return people.invite(
        session, actor=administrator, email="Nora@Owner.example", name="Nora", organisation_id=OWNER,
        role=Role.SCHEME_OWNER, now=now,
    )  # fmt: skip


def test_an_invitation_makes_an_account_with_its_role_once(session: Session, administrator: Someone) -> None:
    value = invited(session, administrator)
    found = asked.invitation(session.connection(), passwords.hashed(value), NOW)
    assert found is not None
    assert (found.email, found.role) == ("nora@owner.example", Role.SCHEME_OWNER)
    person = people.accept(session, value=value, name="Nora N.", stored="hash", now=LATER)
    assert (person.name, person.email, person.password_hash) == ("Nora N.", "nora@owner.example", "hash")
    assert again(session, person.id, now=LATER).roles == {(OWNER, Role.SCHEME_OWNER)}
    assert asked.invitation(session.connection(), passwords.hashed(value), LATER) is None
    with pytest.raises(Refusal, match="used, withdrawn or too old"):
        people.accept(session, value=value, name="Thief", stored="hash", now=LATER)


def test_an_invitation_is_too_old_after_fourteen_days(session: Session, administrator: Someone) -> None:
    value = invited(session, administrator)
    late = NOW + people.INVITATION_LASTS
    assert asked.invitation(session.connection(), passwords.hashed(value), late) is None
    with pytest.raises(Refusal, match="too old"):
        people.accept(session, value=value, name="Nora", stored="hash", now=late)


def test_an_invitation_that_is_withdrawn_works_no_more(session: Session, administrator: Someone) -> None:
    value = invited(session, administrator)
    (row,) = asked.open_invitations(session.connection(), NOW)
    people.withdraw(session, actor=administrator, invitation_id=row.id, now=NOW, version=row.version)
    session.flush()
    assert asked.open_invitations(session.connection(), NOW) == []
    with pytest.raises(Refusal, match="withdrawn"):
        people.accept(session, value=value, name="Nora", stored="hash", now=NOW)
    with pytest.raises(Refusal, match="used or withdrawn already"):
        people.withdraw(session, actor=administrator, invitation_id=row.id, now=NOW)


def test_a_second_invitation_takes_the_place_of_the_first(session: Session, administrator: Someone) -> None:
    first, second = invited(session, administrator), invited(session, administrator, now=LATER)
    with pytest.raises(Refusal, match="withdrawn"):
        people.accept(session, value=first, name="Nora", stored="hash", now=LATER)
    assert people.accept(session, value=second, name="Nora", stored="hash", now=LATER).active


def test_who_has_an_account_is_not_invited_again(session: Session, administrator: Someone, ada: Someone) -> None:
    with pytest.raises(Unfit, match="give that person a role"):
        people.invite(
            session, actor=administrator, email="ada@people.example", name="Ada", organisation_id=OWNER,
            role=Role.SCHEME_OWNER, now=NOW,
        )  # fmt: skip


def test_a_reset_signs_out_everywhere_and_makes_a_way_to_a_new_password(
    session: Session, administrator: Someone, ada: Someone
) -> None:
    cookie = accounts.begin_session(session, person=row_of(session, ada), agent="x", now=NOW)
    token = accounts.make_token(session, actor=ada, label="nightly", now=NOW)
    value = people.reset(session, actor=administrator, person_id=ada.id, now=LATER)
    session.flush()
    connection = session.connection()
    assert asked.visit(connection, passwords.hashed(cookie), LATER) is None
    assert asked.bearer(connection, passwords.hashed(token), LATER) is None
    assert row_of(session, ada).password_hash == ""
    person = people.accept(session, value=value, name="ignored", stored="a new hash", now=LATER)
    assert (person.id, person.name, person.password_hash) == (ada.id, "Ada", "a new hash")
    assert again(session, ada.id, now=LATER).is_a(Role.SCHEME_OWNER), "the roles are as they were"


def test_a_reset_of_an_account_that_is_not_active_is_refused_and_its_link_useless(
    session: Session, administrator: Someone, ada: Someone
) -> None:
    value = people.reset(session, actor=administrator, person_id=ada.id, now=NOW)
    people.deactivate(session, actor=administrator, person_id=ada.id, now=NOW)
    with pytest.raises(Refusal, match="reactivate the account first"):
        people.reset(session, actor=administrator, person_id=ada.id, now=NOW)
    with pytest.raises(Refusal, match="not active"):
        people.accept(session, value=value, name="", stored="hash", now=NOW)


# --- demonstration people ---------------------------------------------------------------------------------


def test_a_demonstration_administrator_reaches_no_further_than_the_demonstration(
    session: Session, ada: Someone
) -> None:
    make_organisation(session, "example-exchange", "exchange")
    people.add_demonstrator(
        session, actor=EXAMPLE_IMPORT, name="Demo", email="admin@demo.invalid", stored="hash",
        organisation_id="example-exchange", role=Role.ADMINISTRATOR, declares=False, now=NOW,
    )  # fmt: skip
    demo = again(session, people.by_email(session, "admin@demo.invalid").id)
    beyond: list[Any] = [
        lambda: people.invite(
            session, actor=demo, email="x@y.example", name="X", organisation_id="example-exchange",
            role=Role.ADMINISTRATOR, now=NOW,
        ),
        lambda: people.invite(
            session, actor=demo, email="x@demo.invalid", name="X", organisation_id=OWNER, role=Role.SCHEME_OWNER,
            now=NOW,
        ),
        lambda: people.grant(
            session, actor=demo, person_id=ada.id, organisation_id="example-exchange", role=Role.DECIDER, now=NOW
        ),
        lambda: people.reset(session, actor=demo, person_id=ada.id, now=NOW),
        lambda: people.deactivate(session, actor=demo, person_id=ada.id, now=NOW),
        lambda: people.reactivate(session, actor=demo, person_id=ada.id, now=NOW),
    ]  # fmt: skip
    for act in beyond:
        with pytest.raises(Unfit, match=r"demonstration|Demonstration"):
            act()
    value = people.invite(
        session, actor=demo, email="x@demo.invalid", name="X", organisation_id="example-exchange",
        role=Role.DECIDER, now=NOW,
    )  # fmt: skip
    assert people.accept(session, value=value, name="X", stored="hash", now=NOW).email == "x@demo.invalid"


# --- declarations -------------------------------------------------------------------------------------------


def test_the_newest_declaration_counts_and_the_earlier_ones_stay(session: Session, ada: Someone) -> None:
    make_programme(session)
    for hour, (interest, statement) in enumerate([(False, ""), (True, "I own shares."), (False, "Sold.")]):
        people.declare(
            session, actor=ada, person_id=ada.id, programme_id=PROGRAMME, has_interest=interest, statement=statement,
            now=NOW + timedelta(hours=hour),
        )  # fmt: skip
        assert again(session, ada.id).interests == {PROGRAMME: interest}
    (declared,) = asked.declarations(session.connection(), ada.id)
    assert (declared.has_interest, declared.statement, declared.earlier) == (False, "Sold.", 2)
    assert last_event(session).act == "declared"


@pytest.mark.parametrize(
    ("programme", "interest", "statement", "field"),
    [
        ("nowhere", False, "", "programme"),
        (PROGRAMME, True, " ", "statement"),
        (PROGRAMME, False, "x" * 4001, "statement"),
    ],
)
def test_a_declaration_that_says_too_little_or_too_much_is_refused(
    session: Session, ada: Someone, programme: str, interest: bool, statement: str, field: str
) -> None:
    make_programme(session)
    with pytest.raises(Unfit) as refused:
        people.declare(
            session, actor=ada, person_id=ada.id, programme_id=programme, has_interest=interest, statement=statement,
            now=NOW,
        )  # fmt: skip
    assert refused.value.field == field


def test_nobody_declares_for_somebody_else(session: Session, administrator: Someone, ada: Someone) -> None:
    make_programme(session)
    with pytest.raises(Refusal, match="their own interests"):
        people.declare(
            session, actor=administrator, person_id=ada.id, programme_id=PROGRAMME, has_interest=False, statement="",
            now=NOW,
        )  # fmt: skip


# --- one's own account ------------------------------------------------------------------------------------


def test_a_new_password_ends_every_session_but_this_one(session: Session, ada: Someone) -> None:
    here, there = (
        accounts.begin_session(session, person=row_of(session, ada), agent=agent, now=NOW)
        for agent in ("here", "there")
    )
    accounts.change_password(session, actor=ada, stored="new", keep=passwords.hashed(here), now=NOW)
    session.flush()
    assert row_of(session, ada).password_hash == "new"
    assert asked.visit(session.connection(), passwords.hashed(here), NOW) is not None
    assert asked.visit(session.connection(), passwords.hashed(there), NOW) is None
    assert last_event(session).after == "null", "the event says that it was changed, and nothing of it"


def test_shortcuts_are_turned_off_and_on_with_an_event_each(session: Session, ada: Someone) -> None:
    before = len(acts(session))
    for on in (True, False, False, True):
        accounts.set_keys(session, actor=ada, on=on, now=NOW)
        assert row_of(session, ada).keys_on is on
    assert len(acts(session)) == before + 2


def test_a_token_works_until_it_is_revoked_or_a_year_old(session: Session, ada: Someone) -> None:
    value = accounts.make_token(session, actor=ada, label=" nightly  export ", now=NOW)
    connection = session.connection()
    found = asked.bearer(connection, passwords.hashed(value), LATER)
    assert found is not None
    token_id = found.token_id
    assert found.someone.id == ada.id
    assert asked.bearer(connection, passwords.hashed(value), NOW + accounts.TOKEN_LASTS) is None
    other = make_person(session, "Other")
    with pytest.raises(Missing):
        accounts.revoke_token(session, actor=other, token_id=token_id, now=LATER)
    for _ in range(2):
        accounts.revoke_token(session, actor=ada, token_id=token_id, now=LATER)
    session.flush()
    assert asked.bearer(connection, passwords.hashed(value), LATER) is None
    row = session.get(Token, token_id)
    assert row is not None
    assert (row.label, row.revoked_at) == ("nightly export", LATER)


@pytest.mark.parametrize("label", ["", "  ", "x" * 81])
def test_a_token_says_what_it_is_for(session: Session, ada: Someone, label: str) -> None:
    with pytest.raises(Unfit):
        accounts.make_token(session, actor=ada, label=label, now=NOW)


# --- signing in ----------------------------------------------------------------------------------------------


def tried(
    session: Session, *, email: str = "ada@people.example", place: str = "192.0.2.1", now: datetime = NOW
) -> bool:
    """One try; whether it was let through."""
    return accounts.begin_try(session, email=email, place=place, now=now) is None


def test_after_five_wrong_tries_an_account_waits_until_the_first_is_a_quarter_of_an_hour_old(session: Session) -> None:
    let = [tried(session, place=f"192.0.2.{n}", now=NOW + timedelta(minutes=n)) for n in range(6)]
    assert let == [True] * 5 + [False]
    wait = accounts.begin_try(session, email="ADA@people.example ", place="192.0.2.9", now=NOW + timedelta(minutes=5))
    assert wait == timedelta(minutes=10)
    assert tried(session, email="other@people.example", now=NOW + timedelta(minutes=5)), "others may go on"
    assert tried(session, now=NOW + timedelta(minutes=15))


def test_a_place_waits_after_thirty_tries_for_any_accounts(session: Session) -> None:
    assert all(tried(session, email=f"{n}@x.example") for n in range(30))
    assert not tried(session, email="31@x.example")
    assert tried(session, email="31@x.example", place="192.0.2.2")


def test_somebody_who_got_in_begins_to_count_anew(session: Session) -> None:
    for _ in range(3):
        for _ in range(4):
            assert tried(session)
        accounts.note_try(
            session, email="ada@people.example", person_id=None, place="192.0.2.1", outcome="signed in", now=NOW
        )
    assert [tried(session) for _ in range(6)] == [True] * 5 + [False]


def test_tries_that_were_refused_for_their_number_do_not_prolong_the_wait(session: Session) -> None:
    for _ in range(5):
        tried(session)
    for minute in range(1, 15):
        assert not tried(session, now=NOW + timedelta(minutes=minute))
    assert tried(session, now=NOW + timedelta(minutes=15))


def test_tries_at_the_same_moment_are_no_more_than_one_after_another(engine: Engine) -> None:
    let = []

    def one() -> None:
        with unit_of_work(engine) as session:
            let.append(tried(session))

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(let) == [False] * 7 + [True] * 5


def test_signing_in_rotates_the_cookie_and_a_session_ends_after_twelve_hours(session: Session, ada: Someone) -> None:
    old = accounts.begin_session(session, person=row_of(session, ada), agent="x", now=NOW)
    begun = accounts.sign_in(session, person_id=ada.id, agent="a" * 500, replaces=passwords.hashed(old), now=NOW)
    connection = session.connection()
    assert asked.visit(connection, passwords.hashed(old), NOW) is None
    found = asked.visit(connection, passwords.hashed(begun.value), NOW)
    assert found is not None
    assert found.someone.id == ada.id
    assert not begun.second_factor_due
    almost = NOW + accounts.SESSION_LASTS - timedelta(seconds=1)
    assert asked.visit(connection, passwords.hashed(begun.value), almost) is not None
    assert asked.visit(connection, passwords.hashed(begun.value), NOW + accounts.SESSION_LASTS) is None
    row = session.get(SignedIn, passwords.hashed(begun.value))
    assert row is not None
    assert len(row.agent) == 200


def test_sessions_are_ended_one_by_one_or_all_at_once(session: Session, ada: Someone) -> None:
    other = make_person(session, "Other")
    mine = [accounts.begin_session(session, person=row_of(session, ada), agent="x", now=NOW) for _ in range(4)]
    theirs = accounts.begin_session(session, person=row_of(session, other), agent="x", now=NOW)

    def good() -> list[bool]:
        return [asked.visit(session.connection(), passwords.hashed(each), NOW) is not None for each in (*mine, theirs)]

    accounts.end_session(session, secret_hash=passwords.hashed(mine[0]))
    accounts.end_one_of(session, actor=ada, begins=passwords.hashed(mine[1])[:12])
    accounts.end_one_of(session, actor=ada, begins=passwords.hashed(theirs)[:12])
    accounts.end_one_of(session, actor=ada, begins="")
    assert good() == [False, False, True, True, True]
    accounts.end_sessions(session, person_id=ada.id)
    assert good() == [False, False, False, False, True]


def test_when_a_session_was_last_used_is_kept(session: Session, ada: Someone) -> None:
    value = accounts.begin_session(session, person=row_of(session, ada), agent="x", now=NOW)
    accounts.seen(session, secret_hash=passwords.hashed(value), now=LATER)
    accounts.seen(session, secret_hash="no such session", now=LATER)
    session.flush()
    page = asked.account_page(session.connection(), ada.id, passwords.hashed(value), LATER)
    assert [(each.seen_at, each.here) for each in page.sessions] == [(LATER, True)]


# --- the second factor -----------------------------------------------------------------------------------------


@pytest.fixture
def totp() -> pyotp.TOTP:
    return pyotp.TOTP(accounts.new_totp_secret())


@pytest.fixture
def codes(session: Session, ada: Someone, totp: pyotp.TOTP) -> list[str]:
    """The second factor of Ada is on; her recovery codes. The code of NOW is used up by that."""
    return accounts.enrol(session, actor=ada, totp_secret=totp.secret, code=totp.at(NOW), now=NOW)


def half_in(session: Session, ada: Someone, now: datetime) -> str:
    begun = accounts.sign_in(session, person_id=ada.id, agent="x", replaces="", now=now)
    assert begun.second_factor_due
    assert asked.visit(session.connection(), passwords.hashed(begun.value), now) is None, "half a session is none"
    return passwords.hashed(begun.value)


def test_the_second_factor_is_turned_on_by_its_first_code(session: Session, ada: Someone, codes: list[str]) -> None:
    assert row_of(session, ada).totp_secret
    assert len(set(codes)) == accounts.RECOVERY_CODES
    assert last_event(session).after == '{"second_factor":true}'
    with pytest.raises(Refusal, match="on already"):
        accounts.enrol(session, actor=ada, totp_secret=accounts.new_totp_secret(), code="000000", now=NOW)


@pytest.mark.parametrize("given", ["000000", "", "no digits", "é"])
def test_a_wrong_first_code_turns_nothing_on(engine: Engine, totp: pyotp.TOTP, given: str) -> None:
    with unit_of_work(engine) as session:
        ada = make_person(session, "Ada")
    with pytest.raises(Unfit, match="does not fit"), unit_of_work(engine) as session:
        accounts.enrol(session, actor=ada, totp_secret=totp.secret, code=given, now=NOW)
    with reading(engine) as connection:
        found = asked.account(connection, person_id=ada.id)
    assert found is not None
    assert not found.second_factor


@pytest.mark.parametrize("given", ["", "short", "A" * 33, "a" * 32])
def test_a_secret_that_is_none_of_ours_is_refused(session: Session, ada: Someone, given: str) -> None:
    with pytest.raises(Unfit, match="without its secret"):
        accounts.enrol(session, actor=ada, totp_secret=given, code="000000", now=NOW)


def test_a_code_signs_in_once(session: Session, ada: Someone, codes: list[str], totp: pyotp.TOTP) -> None:
    at = NOW + timedelta(minutes=2)
    code = f" {totp.at(at)[:3]} {totp.at(at)[3:]} "
    half = half_in(session, ada, at)
    value = accounts.second_factor(session, secret_hash=half, code=code, agent="x", now=at)
    assert value is not None
    assert asked.visit(session.connection(), passwords.hashed(value), at) is not None
    assert passwords.hashed(value) != half, "a new cookie"
    assert accounts.second_factor(session, secret_hash=half, code=code, agent="x", now=at) is None, "the half is over"
    again_half = half_in(session, ada, at)
    assert accounts.second_factor(session, secret_hash=again_half, code=code, agent="x", now=at) is None, "used once"


def test_a_code_of_the_step_before_or_after_is_taken_and_no_other(
    session: Session, ada: Someone, codes: list[str], totp: pyotp.TOTP
) -> None:
    at = NOW + timedelta(hours=1)
    taken = []
    for steps in (-2, -1, 0, 1, 2):
        half = half_in(session, ada, at)
        code = totp.at(at + timedelta(seconds=30 * steps))
        taken.append(accounts.second_factor(session, secret_hash=half, code=code, agent="x", now=at) is not None)
    assert taken == [False, True, True, True, False]


def test_the_code_is_awaited_for_five_minutes(
    session: Session, ada: Someone, codes: list[str], totp: pyotp.TOTP
) -> None:
    half = half_in(session, ada, LATER)
    late = LATER + accounts.SECOND_FACTOR_WITHIN
    assert asked.half_session(session.connection(), half, LATER) is not None
    assert asked.half_session(session.connection(), half, late) is None
    assert accounts.second_factor(session, secret_hash=half, code=totp.at(late), agent="x", now=late) is None


def test_a_recovery_code_signs_in_once_and_only_its_owner(session: Session, ada: Someone, codes: list[str]) -> None:
    other = make_person(session, "Other")
    their_totp = pyotp.TOTP(accounts.new_totp_secret())
    accounts.enrol(session, actor=other, totp_secret=their_totp.secret, code=their_totp.at(NOW), now=NOW)
    theirs = half_in(session, other, LATER)
    assert accounts.second_factor(session, secret_hash=theirs, code=codes[0], agent="x", now=LATER) is None
    written = codes[0].upper().replace("-", " ")
    first = half_in(session, ada, LATER)
    assert accounts.second_factor(session, secret_hash=first, code=written, agent="x", now=LATER) is not None
    second = half_in(session, ada, LATER)
    assert accounts.second_factor(session, secret_hash=second, code=codes[0], agent="x", now=LATER) is None
    session.flush()
    page = asked.account_page(session.connection(), ada.id, "", LATER)
    assert (page.second_factor, page.codes_left) == (True, accounts.RECOVERY_CODES - 1)


def test_new_recovery_codes_take_the_place_of_the_old(session: Session, ada: Someone, codes: list[str]) -> None:
    new = accounts.recovery_codes(session, person_id=ada.id, now=LATER)
    assert not set(new) & set(codes)
    half = half_in(session, ada, LATER)
    assert accounts.second_factor(session, secret_hash=half, code=codes[1], agent="x", now=LATER) is None
    assert accounts.second_factor(session, secret_hash=half, code=new[1], agent="x", now=LATER) is not None


def test_turned_off_the_password_alone_signs_in(session: Session, ada: Someone, codes: list[str]) -> None:
    for _ in range(2):
        accounts.disable_second_factor(session, actor=ada, now=LATER)
    assert last_event(session).after == '{"second_factor":false}'
    begun = accounts.sign_in(session, person_id=ada.id, agent="x", replaces="", now=LATER)
    assert not begun.second_factor_due
    session.flush()
    assert asked.account_page(session.connection(), ada.id, "", LATER).codes_left == 0


def test_the_link_for_an_authenticator_names_the_register_and_the_account() -> None:
    link = accounts.totp_link("A" * 32, "ada@lme.example", "Track A alignment register")
    assert link.startswith("otpauth://totp/Track%20A%20alignment%20register:ada%40lme.example?secret=")


# --- as pages read it ---------------------------------------------------------------------------------------------


def test_an_administrator_sees_everybody_with_their_roles_and_last_sign_in(
    session: Session, administrator: Someone, ada: Someone
) -> None:
    accounts.note_try(
        session, email="ada@people.example", person_id=ada.id, place="192.0.2.1", outcome="signed in", now=LATER
    )
    lines = {line.name: line for line in asked.everybody(session.connection())}
    assert list(lines) == ["Ada", "Ann Administrator"]
    assert (lines["Ada"].last_in, lines["Ada"].ready, lines["Ada"].roles[0].role) == (LATER, True, Role.SCHEME_OWNER)
    assert (lines["Ann Administrator"].last_in, lines["Ann Administrator"].ready) == (None, False)
    page = asked.person_page(session.connection(), ada.id)
    assert page is not None
    assert [each.outcome for each in page.tries] == ["signed in"]
    assert asked.person_page(session.connection(), "nobody") is None


def test_the_sign_in_log_is_read_backwards_in_portions(session: Session) -> None:
    for minute in range(5):
        accounts.note_try(
            session, email=f"{minute % 2}@x.example", person_id=None, place="192.0.2.1", outcome="refused",
            now=NOW + timedelta(minutes=minute),
        )  # fmt: skip
    tried(session, email="0@x.example")
    first = asked.tries(session.connection(), most=3)
    assert [each.at.minute for each in first] == [4, 3, 2], "and a try that only began is no line of its own"
    assert [each.at.minute for each in asked.tries(session.connection(), before=first[-1].id)] == [1, 0]
    assert [each.at.minute for each in asked.tries(session.connection(), email="1@x.example")] == [3, 1]


def test_tries_are_kept_for_the_log(session: Session) -> None:
    tried(session)
    (row,) = session.exec(select(SignInAttempt)).all()
    assert (row.email, row.place, row.outcome, row.at) == ("ada@people.example", "192.0.2.1", "tried", NOW)


def test_only_open_invitations_are_listed(session: Session, administrator: Someone) -> None:
    invited(session, administrator)
    assert [each.name for each in asked.open_invitations(session.connection(), NOW)] == ["Nora"]
    assert asked.open_invitations(session.connection(), NOW + people.INVITATION_LASTS) == []
    assert session.exec(select(Invitation)).one().used_at is None
