"""Saying no: one exception that carries a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):  # noqa: N818  (it is no error of the program)
    """An act that the rules do not allow; ``str()`` is the reason, in one plain sentence."""


class Missing(Refusal):
    """What somebody wants to act on does not exist."""


class Unfit(Refusal):
    """What was entered cannot be taken as it stands: a sentence for each field."""

    status = 422

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)

    @property
    def field(self) -> str:
        """The first field that is named."""
        return next(iter(self.faults))


def fit(faults: Mapping[str, str]) -> None:
    """Unfit where there is any fault."""
    if faults:
        raise Unfit(faults)


class NoText(Unfit):
    """Fields that hold a sign which no text has. ``str()`` names them, for a page that does not show their form."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(faults)
        self.args = (" ".join(f"“{name.replace('_', ' ')[:60]}”: {said}" for name, said in faults.items()),)


class Stale(Refusal):
    """What somebody changes was changed meanwhile: a clash, with the newer version still to be seen."""

    status = 409


class Faults(Exception):  # noqa: N818  (nor are these)
    """Input with mistakes: every one of them, each a sentence that says where and what to do."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
