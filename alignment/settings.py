"""Settings, read once from the environment and handed on; there is no global."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import Field, field, fields

from alignment.domain.frozen import dataclass
from alignment.domain.refusal import Faults

DEFAULT_DATABASE = "sqlite:///alignment.sqlite3"

# The last port there is; nor does anybody wait longer than 65535 days.
MOST = 65535


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can set. Each field names its environment variable and what it does."""

    database_url: str = field(
        default=DEFAULT_DATABASE,
        metadata={"env": "ALIGNMENT_DATABASE_URL", "says": "where the register is kept, in SQLAlchemy form"},
    )
    host: str = field(
        default="127.0.0.1", metadata={"env": "ALIGNMENT_HOST", "says": "the address that serve listens on"}
    )
    port: int = field(default=8000, metadata={"env": "PORT", "says": "the port that serve listens on"})
    base_url: str = field(
        default="http://127.0.0.1:8000",
        metadata={"env": "ALIGNMENT_BASE_URL", "says": "the public address, for feeds and permanent links"},
    )
    policy_age_days: int = field(
        default=365,
        metadata={"env": "ALIGNMENT_POLICY_AGE_DAYS", "says": "after how many days a status is shown as stale"},
    )
    demo: bool = field(
        default=False,
        metadata={
            "env": "ALIGNMENT_DEMO",
            "says": "1 offers demonstration people, with passwords that anybody can read, on the worked example",
        },
    )
    quorum: int = field(
        default=1,
        metadata={"env": "ALIGNMENT_QUORUM", "says": "how many deciders a decision takes"},
    )
    report_answer_days: int = field(
        default=20,
        metadata={
            "env": "ALIGNMENT_REPORT_ANSWER_DAYS",
            "says": "within how many days a report from the public is answered",
        },
    )
    evidence_mb: int = field(
        default=20,
        metadata={"env": "ALIGNMENT_EVIDENCE_MB", "says": "how many megabytes a file of evidence may have"},
    )
    smtp_host: str = field(
        default="",
        metadata={"env": "ALIGNMENT_SMTP_HOST", "says": "the mail server; with none, no mail is sent"},
    )
    smtp_port: int = field(default=587, metadata={"env": "ALIGNMENT_SMTP_PORT", "says": "the port of the mail server"})
    smtp_tls: str = field(
        default="starttls",
        metadata={
            "env": "ALIGNMENT_SMTP_TLS",
            "says": "how mail is encrypted on its way: starttls, tls from the first byte, or none",
        },
    )
    smtp_user: str = field(
        default="", metadata={"env": "ALIGNMENT_SMTP_USER", "says": "the name to sign in with at the mail server"}
    )
    smtp_password: str = field(
        default="",
        metadata={"env": "ALIGNMENT_SMTP_PASSWORD", "says": "the password that goes with it", "secret": True},
    )
    signing_key: str = field(
        default="",
        metadata={
            "env": "ALIGNMENT_SIGNING_KEY",
            "says": "path of the Ed25519 private key (PEM) that signs market updates; with none, nothing is signed",
        },
    )
    mail_from: str = field(
        default="", metadata={"env": "ALIGNMENT_MAIL_FROM", "says": "the address that mail comes from"}
    )

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Settings from environment variables; Faults lists every variable that cannot be read."""
        values: dict[str, object] = {}
        faults: list[str] = []
        for each in fields(cls):
            said = environ.get(each.metadata["env"], "").strip()
            read = OWN.get(each.name) or READ.get(str(each.type), str)
            try:
                values |= {each.name: read(said)} if said else {}
            except ValueError as error:
                faults.append(f"{each.metadata['env']} is “{hide_password(said)}”: it takes {error}")
        if values.get("smtp_host") and not values.get("mail_from"):
            faults.append("ALIGNMENT_SMTP_HOST needs ALIGNMENT_MAIL_FROM beside it: the address that mail comes from")
        if faults:
            raise Faults(faults)
        if "base_url" not in values and "port" in values:
            values["base_url"] = f"http://127.0.0.1:{values['port']}"
        return cls(**values)  # type: ignore[arg-type]

    def described(self) -> list[tuple[str, str, str]]:
        """Variable, value and meaning of each setting; a password, alone or in an address, is hidden."""
        return [(each.metadata["env"], self._shown(each), each.metadata["says"]) for each in fields(self)]

    def _shown(self, setting: Field[object]) -> str:
        held = getattr(self, setting.name)
        value = str(int(held) if isinstance(held, bool) else held)  # as it is written: 1 or 0
        return "***" if setting.metadata.get("secret") and value else hide_password(value)


def _whole_number(said: str) -> int:
    if not said.isascii() or not said.isdigit() or len(said) > 5 or not 0 < int(said) <= MOST:
        raise ValueError(f"a whole number from 1 to {MOST}")
    return int(said)


def _yes_or_no(said: str) -> bool:
    if said not in ("0", "1"):
        raise ValueError("1 for yes or 0 for no")
    return said == "1"


READ: Mapping[str, Callable[[str], object]] = {"int": _whole_number, "bool": _yes_or_no}


def _address(said: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", said):
        raise ValueError("an address like https://register.example")
    return said.rstrip("/")


def _mail_address(said: str) -> str:
    if not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+|[^@<>\r\n]+ <[^\s@<>]+@[^\s@<>]+>", said):
        raise ValueError("an address like register@scheme.example or Register <register@scheme.example>")
    return said


def _encryption(said: str) -> str:
    if said.lower() not in ("starttls", "tls", "none"):
        raise ValueError("starttls, tls or none")
    return said.lower()


# How the settings are read that are no mere text, number or yes.
OWN: Mapping[str, Callable[[str], object]] = {
    "base_url": _address,
    "mail_from": _mail_address,
    "smtp_tls": _encryption,
}


def hide_password(url: str) -> str:
    """The address with its password replaced by ***, whether it stands before the host or in the query."""
    scheme, mark, rest = url.partition("://")
    credentials, at, place = rest.rpartition("@")
    if mark and at and ":" in credentials:
        url = f"{scheme}://{credentials.split(':')[0]}:***@{place}"
    return re.sub(r"(?i)((?:\?|&)[^=&]*password=)[^&]*", r"\1***", url)
