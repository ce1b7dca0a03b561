"""Which round, part and criterion an address of the working areas names, and who may look there."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from litestar.exceptions import NotFoundException

from alignment.database import Connection
from alignment.domain.catalogue import Catalogue, Criterion, Part
from alignment.domain.people import Someone
from alignment.domain.refusal import Refusal
from alignment.domain.round import Round
from alignment.queries.rounds import find_round
from alignment.queries.sheet import why_not_see
from alignment.web.register import Register


class Place(NamedTuple):
    """A part of a round that an address names, and the edition that it is judged against."""

    round: Round
    part: Part
    catalogue: Catalogue

    @property
    def address(self) -> str:
        return f"/rounds/{quote(self.round.id)}/{self.part.value}"

    def criterion(self, code: str) -> Criterion:
        """A criterion of this part by its code; a 404 for any other."""
        found = self.catalogue.by_code.get(code)
        if found is None or self.part not in found.parts:
            raise NotFoundException(f"“{code[:20]}” is not judged in the {self.part.value} part.")
        return found


def round_at(connection: Connection, register: Register, assessment: str) -> tuple[Round, Catalogue]:
    """The round of an address with its edition; a 404 that says why there is none."""
    found = find_round(connection, assessment, register.now)
    if found is None:
        raise NotFoundException("There is no such round to work on: it was never opened here, or only recorded.")
    catalogue = register.catalogues.get(found.edition)
    if catalogue is None:
        raise NotFoundException(f"The content of edition {found.edition} is not held here.")
    return found, catalogue


def place_at(connection: Connection, register: Register, assessment: str, part: str) -> Place:
    """The part of a round that an address names; a 404 where there is none."""
    judged = part_at(part)
    found, catalogue = round_at(connection, register, assessment)
    return Place(found, judged, catalogue)


def part_at(part: str) -> Part:
    """The part that an address names; a 404 for any other word."""
    if part not in list(Part):
        raise NotFoundException(f"A round has the parts {', '.join(Part)}, and no “{part[:20]}”.")
    return Part(part)


def must_see(who: Someone, place: Place) -> None:
    """Refuse, with the reason, who may not look at this part."""
    reason = why_not_see(who, place.round, place.part)
    if reason:
        raise Refusal(reason)
