"""The standard library's dataclass for what never changes, made in two thirds of its time.

``dataclasses`` writes and compiles ``__repr__``, ``__eq__`` and ``__hash__`` anew for every class; for the four
hundred and more of this program that is a sixteenth of the start. Here they are shared. All else is the library's
own: ``fields``, ``replace``, ``asdict`` and type checkers meet a dataclass and nothing else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, order: bool = False, eq: bool = True, **options: Any) -> Callable[[type[T]], type[T]]:
        """As ``dataclasses.dataclass``, of which it takes every option."""
        if order or not eq:
            return dataclasses.dataclass(order=order, eq=eq, **options)

        def made(written: type[T]) -> type[T]:
            kind = dataclasses.dataclass(repr=False, eq=False, **options)(written)
            kind._compared = attrgetter("__class__", *(each.name for each in dataclasses.fields(kind) if each.compare))
            for name, shared in _SHARED.items():
                if name not in vars(written):  # what a class says of itself holds
                    setattr(kind, name, shared)
            return kind

        return made


def _repr(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: Any) -> bool:
    return self._compared(self) == self._compared(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(self._compared(self))


_SHARED: dict[str, Callable[..., Any]] = {"__repr__": _repr, "__eq__": _eq, "__hash__": _hash}
