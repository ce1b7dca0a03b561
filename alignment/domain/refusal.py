"""Saying no: one exception that carries a sentence for people."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818  (it is no error of the program)
    """An act that the rules do not allow; ``str()`` is the reason, in one plain sentence."""


class Missing(Refusal):
    """What somebody wants to act on does not exist."""


class Faults(Exception):  # noqa: N818  (nor are these)
    """Input with mistakes: every one of them, each a sentence that says where and what to do."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
