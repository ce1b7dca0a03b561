"""Passwords and other secrets: how they are made, what is kept of them, and how many are checked at once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore, Semaphore
from typing import TYPE_CHECKING, Any

from alignment.domain.refusal import Unfit

if TYPE_CHECKING:
    from pwdlib import PasswordHash

PASSWORD_LEAST, PASSWORD_MOST = 12, 200
_WORDS = "four or five words you can remember"
PASSWORD_HINT = f"At least {PASSWORD_LEAST} characters. Length beats signs: {_WORDS}."
"""What a form that asks for a new password says of it."""


class Busy(Exception):  # noqa: N818  (it is no error of the program)
    """More people sign in at once than this machine checks passwords for."""


COST: dict[str, Any] = {"time_cost": 3, "memory_cost": 64 * 1024, "parallelism": 4}
"""What one check takes, by the second choice of RFC 9106: three passes over 64 MiB, 0.1 s."""

# More than a few at once would let strangers use up the machine, and more than a few that wait would
# leave no thread for readers.
_hashing = Semaphore(2)
_waiting = BoundedSemaphore(8)


def secret() -> str:
    """A secret that nobody guesses, for a cookie, link or token."""
    return secrets.token_urlsafe(32)


def hashed(value: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(value.encode()).hexdigest()


@cache
def _hasher() -> PasswordHash:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    return PasswordHash((Argon2Hasher(**COST),))


@contextmanager
def _turn() -> Iterator[None]:
    if not _waiting.acquire(blocking=False):
        raise Busy
    try:
        with _hashing:
            yield
    finally:
        _waiting.release()


def hash_password(password: str) -> str:
    """Argon2id with its own salt. Busy where too many ask at once."""
    with _turn():
        return _hasher().hash(password)


def password_fits(password: str, stored: str) -> bool:
    """Whether a password is the stored one; takes as long for an account without one. Busy as above."""
    with _turn():
        return _hasher().verify(password[:PASSWORD_MOST], stored or _decoy()) and bool(stored)


@cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_hex(16))


def check_password(password: str, *, name: str, email: str) -> None:
    """Refusal for a password that is too short, too long, or the person's own name or address."""
    if len(password) < PASSWORD_LEAST:
        raise Unfit({"password": f"A password needs at least {PASSWORD_LEAST} characters: {_WORDS}."})
    if len(password) > PASSWORD_MOST:
        raise Unfit({"password": f"A password has at most {PASSWORD_MOST} characters."})
    if len(set(password)) < 5 or password.lower() in (name.lower(), email.lower()):
        raise Unfit({"password": "That password would be guessed at once: choose another."})
