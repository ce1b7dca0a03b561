"""Settings, read once from the environment and handed on; there is no global."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

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

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Settings from environment variables; Faults lists every variable that cannot be read."""
        values: dict[str, object] = {}
        faults: list[str] = []
        for each in fields(cls):
            said = environ.get(each.metadata["env"], "").strip()
            read = _address if each.name == "base_url" else _whole_number if each.type == "int" else str
            try:
                values |= {each.name: read(said)} if said else {}
            except ValueError as error:
                faults.append(f"{each.metadata['env']} is “{hide_password(said)}”: it takes {error}")
        if faults:
            raise Faults(faults)
        if "base_url" not in values and "port" in values:
            values["base_url"] = f"http://127.0.0.1:{values['port']}"
        return cls(**values)  # type: ignore[arg-type]

    def described(self) -> list[tuple[str, str, str]]:
        """Variable, value and meaning of each setting, a password in an address hidden."""
        return [
            (each.metadata["env"], hide_password(str(getattr(self, each.name))), each.metadata["says"])
            for each in fields(self)
        ]


def _whole_number(said: str) -> int:
    if not said.isascii() or not said.isdigit() or len(said) > 5 or not 0 < int(said) <= MOST:
        raise ValueError(f"a whole number from 1 to {MOST}")
    return int(said)


def _address(said: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", said):
        raise ValueError("an address like https://register.example")
    return said.rstrip("/")


def hide_password(url: str) -> str:
    """The address with its password replaced by ***, whether it stands before the host or in the query."""
    scheme, mark, rest = url.partition("://")
    credentials, at, place = rest.rpartition("@")
    if mark and at and ":" in credentials:
        url = f"{scheme}://{credentials.split(':')[0]}:***@{place}"
    return re.sub(r"(?i)((?:\?|&)[^=&]*password=)[^&]*", r"\1***", url)
