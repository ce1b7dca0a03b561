"""Settings from the environment: defaults that work, faults that say which variable, passwords never shown."""

from __future__ import annotations

import pytest

from alignment.domain.refusal import Faults
from alignment.settings import Settings, hide_password


def faults_of(**environ: str) -> list[str]:
    with pytest.raises(Faults) as caught:
        Settings.from_environ(environ)
    return caught.value.faults


def test_with_nothing_set_there_is_a_register_on_this_machine() -> None:
    settings = Settings.from_environ({})
    assert settings == Settings()
    assert (settings.database_url, settings.host, settings.port) == (
        "sqlite:///alignment.sqlite3",
        "127.0.0.1",
        8000,
    )


def test_what_is_set_is_taken() -> None:
    settings = Settings.from_environ(
        {
            "ALIGNMENT_DATABASE_URL": " postgresql://host/register ",
            "ALIGNMENT_HOST": "0.0.0.0",
            "PORT": "9000",
            "ALIGNMENT_POLICY_AGE_DAYS": "180",
        }
    )
    assert settings.database_url == "postgresql://host/register"
    assert (settings.host, settings.port, settings.policy_age_days) == ("0.0.0.0", 9000, 180)


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert Settings.from_environ({"PORT": "", "ALIGNMENT_HOST": "  "}) == Settings()


def test_the_public_address_follows_the_port_unless_it_is_set() -> None:
    assert Settings.from_environ({"PORT": "9000"}).base_url == "http://127.0.0.1:9000"
    said = {"PORT": "9000", "ALIGNMENT_BASE_URL": "https://register.example/"}
    assert Settings.from_environ(said).base_url == "https://register.example"


@pytest.mark.parametrize("port", ["x", "-1", "0", "65536", "8000.0", "٨٠٠٠", "1e3", "9" * 5000])
def test_a_port_that_is_none_is_refused_with_the_variable_and_what_it_takes(port: str) -> None:
    assert faults_of(PORT=port) == [f"PORT is “{port}”: it takes a whole number from 1 to 65535"]


@pytest.mark.parametrize("address", ["register.example", "ftp://register.example", "https://", "https://a b"])
def test_a_public_address_that_is_none_is_refused(address: str) -> None:
    assert faults_of(ALIGNMENT_BASE_URL=address) == [
        f"ALIGNMENT_BASE_URL is “{address}”: it takes an address like https://register.example"
    ]


def test_every_fault_is_told_at_once() -> None:
    assert len(faults_of(PORT="x", ALIGNMENT_POLICY_AGE_DAYS="a year", ALIGNMENT_BASE_URL="here")) == 3


def test_each_setting_is_described_with_its_value_and_meaning() -> None:
    described = Settings.from_environ({"ALIGNMENT_DATABASE_URL": "postgresql://me:secret@host/register"}).described()
    assert ("ALIGNMENT_DATABASE_URL", "postgresql://me:***@host/register") in [each[:2] for each in described]
    assert ("PORT", "8000", "the port that serve listens on") in described


@pytest.mark.parametrize(("said", "shown"), [("1", "1"), ("0", "0"), ("", "0")])
def test_a_yes_or_no_is_shown_as_it_is_written(said: str, shown: str) -> None:
    described = Settings.from_environ({"ALIGNMENT_DEMO": said}).described()
    assert ("ALIGNMENT_DEMO", shown) in [each[:2] for each in described]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:secret@host/register", "postgresql://me:***@host/register"),
        ("postgresql://me:se:cr@et@host/register", "postgresql://me:***@host/register"),
        ("postgresql://host/register?user=me&password=secret", "postgresql://host/register?user=me&password=***"),
        ("postgresql://host/register?sslpassword=secret&x=1", "postgresql://host/register?sslpassword=***&x=1"),
        ("postgresql://me@host/register", "postgresql://me@host/register"),
        ("sqlite:///alignment.sqlite3", "sqlite:///alignment.sqlite3"),
        ("no address", "no address"),
    ],
)
def test_a_password_is_never_shown(address: str, shown: str) -> None:
    assert hide_password(address) == shown


def test_mail_is_off_until_a_server_is_named_and_then_needs_an_address_to_come_from() -> None:
    assert Settings.from_environ({}).smtp_host == ""
    assert faults_of(ALIGNMENT_SMTP_HOST="mail.example") == [
        "ALIGNMENT_SMTP_HOST needs ALIGNMENT_MAIL_FROM beside it: the address that mail comes from"
    ]
    mail = Settings.from_environ(
        {
            "ALIGNMENT_SMTP_HOST": "mail.example",
            "ALIGNMENT_MAIL_FROM": "Register <register@scheme.example>",
            "ALIGNMENT_SMTP_TLS": "TLS",
            "ALIGNMENT_SMTP_PORT": "465",
        }
    )
    assert (mail.smtp_tls, mail.smtp_port, mail.mail_from) == ("tls", 465, "Register <register@scheme.example>")


@pytest.mark.parametrize(
    ("variable", "value", "takes"),
    [
        ("ALIGNMENT_MAIL_FROM", "register", "an address like"),
        ("ALIGNMENT_MAIL_FROM", "a@b\nBcc: c@d", "an address like"),
        ("ALIGNMENT_SMTP_TLS", "ssl", "starttls, tls or none"),
    ],
)
def test_a_mail_setting_that_is_none_is_refused_with_what_it_takes(variable: str, value: str, takes: str) -> None:
    (fault,) = faults_of(**{variable: value})
    assert fault.startswith(f"{variable} is “")
    assert takes in fault


def test_the_password_of_the_mail_server_is_never_shown() -> None:
    described = Settings(smtp_password="open sesame").described()
    assert ("ALIGNMENT_SMTP_PASSWORD", "***") in [each[:2] for each in described]
    assert "open sesame" not in str(described)
    assert ("ALIGNMENT_SMTP_PASSWORD", "") in [each[:2] for each in Settings().described()]
