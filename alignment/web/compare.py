"""Programmes side by side, as a page and as JSON."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import ClientException

from alignment.domain.comparison import MOST, Grain
from alignment.domain.frozen import dataclass
from alignment.domain.refusal import Refusal
from alignment.exchange.comparison import comparison_json
from alignment.queries.comparison import ComparisonPage, comparison
from alignment.web.files import JSON, as_json
from alignment.web.forms import asked_day, asked_moment, asked_text, asked_word
from alignment.web.home import known_programmes
from alignment.web.register import Register


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for, to be asked for again with something else."""

    programmes: tuple[str, ...]
    metal: str
    grain: Grain
    as_at: date
    known_at: datetime | None
    example: bool
    today: date

    def __call__(self, path: str = "/compare", **also: str) -> str:
        """An address that asks for the same, and for more."""
        said = {"metal": self.metal, "by": self.grain.value if self.grain is not Grain.GROUP else ""}
        pairs = [("p", each) for each in self.programmes]
        pairs += [(name, word) for name, word in (said | also).items() if word]
        pairs += [("example", "yes")] if self.example else []
        pairs += self._dates
        return f"{path}?{urlencode(pairs)}" if pairs else path

    @property
    def dated(self) -> str:
        """The query by which other pages show the same date."""
        return f"?{urlencode(self._dates)}" if self._dates else ""

    @property
    def _dates(self) -> list[tuple[str, str]]:
        pairs = [("as_at", self.as_at.isoformat())] if self.as_at != self.today else []
        return pairs + ([("known_at", self.known_at.isoformat())] if self.known_at else [])


@get("/compare", sync_to_thread=True)
def compare(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """Programmes side by side; without a choice, the page says how to choose."""
    example = asked_word(request.query_params, "example", ["yes"]) == "yes"
    asked, page = read(request, register, example=example)
    context = {
        "page": page,
        "asked": asked,
        "today": register.today,
        "most": MOST,
        "grains": [(grain.value, grain.label) for grain in Grain],
        "edition": register.catalogue.edition,
    }
    return register.page(request, "compare/page.html", context)


@get("/compare.json", sync_to_thread=True)
def compare_json(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str | bytes]:
    """The same for programs."""
    if request.query_params.get("example"):
        raise ClientException("The worked example is fictional and stands in no file: open /compare?example=yes.")
    _, page = read(request, register)
    return register.file(as_json(comparison_json(page)), JSON)


def read(request: Request[Any, Any, Any], register: Register, *, example: bool = False) -> tuple[Asked, ComparisonPage]:
    """The comparison that an address asks for; a 400 that names the known words for any other."""
    query = request.query_params
    asked = Asked(
        programmes=tuple(dict.fromkeys(each.strip() for each in query.getall("p", []) if each.strip())),
        metal=asked_text(query, "metal"),
        grain=Grain(asked_word(query, "by", [grain.value for grain in Grain]) or Grain.GROUP),
        as_at=asked_day(query, "as_at", register.today),
        known_at=asked_moment(query, "known_at"),
        example=example,
        today=register.today,
    )
    rows = () if example else known_programmes(register, asked.as_at, asked.known_at)
    try:
        with register.reading() as connection:
            page = comparison(
                connection, catalogue=register.catalogue, programmes=asked.programmes, metal=asked.metal,
                grain=asked.grain, as_at=asked.as_at, known_at=asked.known_at, policy_age=register.policy_age,
                example=example, rows=rows,
            )  # fmt: skip
    except Refusal as refusal:
        raise ClientException(str(refusal)) from None
    return asked, page


router = Router("/", route_handlers=[compare, compare_json])
