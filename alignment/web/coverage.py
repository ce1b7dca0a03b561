"""Coverage: which programme covers which Track A requirement, as a page, as CSV and as JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import ClientException

from alignment.domain import coverage_words
from alignment.domain.catalogue import Requirement, Stage
from alignment.domain.coverage import Cell, Verdict
from alignment.domain.coverage_map import LIMITS, Change, tally
from alignment.domain.refusal import Refusal
from alignment.exchange import coverage as written
from alignment.queries.coverage import COLUMNS, TOGETHER, CoverageFacts, CoveragePage, coverage_facts, coverage_map
from alignment.queries.coverage_packed import PackedCoverage, packed_coverage
from alignment.web.files import CSV, JSON, as_json
from alignment.web.following import button
from alignment.web.forms import asked_day, asked_moment, asked_number, asked_word
from alignment.web.home import all_facts
from alignment.web.register import Register

DEFAULT_METAL = "copper"
PLACES = {Stage.MINE: "mine", Stage.REFINER: "smelter or refiner", Stage.DOWNSTREAM: "downstream company"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for. ``programmes`` are those that a brand declares, as they were written."""

    metal: str
    stage: str
    as_at: date
    known_at: datetime | None
    programmes: tuple[str, ...]
    example: bool
    today: date
    page: str = ""
    first: int = 1

    def __call__(self, path: str = "/coverage", **also: str) -> str:
        """An address that asks for the same, and for more; what is changed is asked of a page of its own, if any."""
        if self.page and path == "/coverage":
            return self._own(**also)
        pairs = [("metal", self.metal), ("stage", self.stage)]
        pairs += [("as_at", self.as_at.isoformat())] if self.as_at != self.today else []
        pairs += [("known_at", self.known_at.isoformat())] if self.known_at else []
        pairs += [("p", each) for each in also.pop("p", " ".join(self.programmes)).split()]
        pairs += [("example", "yes")] if self.example else []
        pairs += [("from", str(self.first))] if self.first > 1 and path == "/coverage" and "from" not in also else []
        return f"{path}?{urlencode([(name, said) for name, said in (*pairs, *also.items()) if said])}"

    def _own(self, **also: str) -> str:
        pairs = [("p", each) for each in also.pop("p", " ".join(self.programmes)).split()]
        return f"{self.page}?{urlencode([*pairs, *also.items()])}" if pairs or also else self.page

    @property
    def dated(self) -> str:
        """The query by which other pages show the same date."""
        pairs = [("as_at", self.as_at.isoformat())] if self.as_at != self.today else []
        pairs += [("known_at", self.known_at.isoformat())] if self.known_at else []
        return f"?{urlencode(pairs)}" if pairs else ""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A change that is asked about, and what it does."""

    programme: str
    lost: bool
    changes: tuple[Change, ...]


@get("/coverage", sync_to_thread=True)
def coverage(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """The map, what stays open, and the grounds of one cell if the address names it."""
    asked, page = read(request, register, example=asked_word(request.query_params, "example", ["yes"]) == "yes")
    opened = _opened(request, register, asked, page)
    page = page.columns(asked.first)
    asked = replace(asked, first=page.first)
    context = {
        "page": page,
        "map": page.map,
        "asked": asked,
        "first_visit": not request.query_params.get("metal", "").strip(),
        "today": register.today,
        "policy_days": register.settings.policy_age_days,
        "stages": [(stage.value, stage.label) for stage in Stage],
        "verdicts": list(Verdict),
        "bands": list(_bands(register, page)),
        "named": page.named,
        "options": list(options(page)),
        "most_columns": COLUMNS,
        "places": PLACES,
        "opened": opened,
        "what_if": what_if(request, page),
        "limits": LIMITS,
        "edition": register.catalogue.edition,
        "words": coverage_words,
        "tally": tally,
        "follow": (follow := button(request, register, f"metal:{page.map.metal.id}")),
    }
    return register.page(request, "coverage/page.html", context, public=follow is None)


@get("/coverage.csv", sync_to_thread=True)
def coverage_csv(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str | bytes]:
    """The cells of the map as CSV."""
    asked, page = read(request, register)
    body = written.coverage_csv(page.map, known_at=asked.known_at)
    return register.file(body, CSV, content_disposition=_named("attachment", asked, "csv"))


@get("/coverage.json", sync_to_thread=True)
def coverage_json(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str | bytes]:
    """The map as JSON; ``p=`` or ``programme=`` limits what ``open`` speaks of."""
    asked, page = read(request, register)
    body = written.coverage_json(
        page.map, declared=page.declared, known_at=asked.known_at, empty_because=page.empty_because, written=True
    )
    return register.file(as_json(body), JSON, content_disposition=_named("inline", asked, "json"))


def read(
    request: Request[Any, Any, Any],
    register: Register,
    *,
    example: bool = False,
    declared: Sequence[str] = ("p", "programme"),
) -> tuple[Asked, CoveragePage]:
    """The map that an address asks for; a 400 that names the known words for any other.

    ``declared`` are the parameters that name the programmes that a brand would declare.
    """
    query = request.query_params
    if not example and query.get("example"):
        raise ClientException("The worked example is fictional and stands in no file: open /coverage?example=yes.")
    asked = Asked(
        metal=query.get("metal", "").strip() or DEFAULT_METAL,
        stage=query.get("stage", "").strip(),
        as_at=asked_day(query, "as_at", register.today),
        known_at=asked_moment(query, "known_at"),
        programmes=tuple(
            dict.fromkeys(each.strip() for name in declared for each in query.getall(name, []) if each.strip())
        ),
        example=example,
        today=register.today,
        first=asked_number(query, "from"),
    )
    try:
        return asked, _looked_up(register, asked) or _read(register, asked)
    except Refusal as refusal:
        raise ClientException(str(refusal)) from None


def _read(register: Register, asked: Asked, *, only: str = "") -> CoveragePage:
    """The map read and derived; ``only`` that of one programme."""
    status = all_facts(register) if only else None
    facts = None if only else facts_for_maps(register, asked.known_at, example=asked.example)
    with register.reading() as connection:
        return coverage_map(
            connection, catalogue=register.catalogue, track_a=register.track_a, metal=asked.metal,
            stage=asked.stage, as_at=asked.as_at, known_at=asked.known_at, policy_age=register.policy_age,
            programmes=() if only else asked.programmes, example=asked.example, facts=facts, only=only,
            named=status.named if status else (),
        )  # fmt: skip


def _looked_up(register: Register, asked: Asked) -> CoveragePage | None:
    """The map from what is kept of its metal; None for a past knowledge, the worked example, and too much to keep."""
    if asked.known_at or asked.example:
        return None
    packed = register.kept.get(
        ("coverage", asked.metal),
        lambda: _packed(register, asked.metal),
        weigh=_weight,
        renew=lambda before: _packed(register, asked.metal, before),
    )
    if packed is None:
        return None
    return packed.page(
        catalogue=register.catalogue, track_a=register.track_a, stage=asked.stage, as_at=asked.as_at,
        policy_age=register.policy_age, programmes=asked.programmes, first=asked.first,
    )  # fmt: skip


def _packed(register: Register, metal: str, before: PackedCoverage | None = None) -> PackedCoverage | None:
    status = all_facts(register)
    if status is None:
        return None
    with register.reading() as connection:
        return packed_coverage(connection, status, catalogue=register.catalogue, metal=metal, before=before)


def _weight(packed: PackedCoverage | None) -> int:
    return 1 + 4 * len(packed.turns) if packed else 1


def facts_for_maps(register: Register, known_at: datetime | None, *, example: bool) -> CoverageFacts:
    """What maps are drawn from, read once until a fact changes. Ask with no connection in hand."""

    def facts() -> CoverageFacts:
        with register.reading() as connection:
            return coverage_facts(connection, known_at=known_at, example=example)

    return register.kept.get(("coverage facts", known_at, example), facts, weigh=lambda read: 20 * len(read.named))


def _bands(register: Register, page: CoveragePage) -> Iterator[tuple[str, list[Any]]]:
    """The rows by step, each step with its title; the overarching principles first, without one."""
    steps: dict[int | None, list[Any]] = {}
    for row in page.map.rows:
        steps.setdefault(row.requirement.step, []).append(row)
    for step, rows in steps.items():
        yield (f"Step {step}: {register.catalogue.steps.get(step, '').lower()}" if step else "", rows)


def options(page: CoveragePage) -> Iterator[tuple[str, str, str]]:
    """What a brand can declare: the programmes in scope, and what the LME accepts in their place."""
    for line in page.inside:
        yield line.id, line.row.short_name, line.programme.approval.label.lower()
    inside = {line.id for line in page.inside}
    for each in page.equivalents:
        if each.programme in inside:
            yield each.id, each.name, f"counts as {page.named[each.programme]}"


def _opened(
    request: Request[Any, Any, Any], register: Register, asked: Asked, page: CoveragePage
) -> tuple[Requirement, Cell | None, CoveragePage] | None:
    """The cell whose grounds are asked for: ``1.A:jdds-copper-mark``, with the page of its programme alone.

    The cell is None where it is not asked.
    """
    said = request.query_params.get("cell", "").strip()
    if not said or page.empty_because:
        return None
    code, _, programme = said.partition(":")
    requirements = {row.code: row.requirement for row in page.map.rows}
    if code not in requirements or programme not in page.named:
        raise ClientException(
            f"“{said[:60]}” names no cell: write a requirement and a programme as in 1.A:jdds-copper-mark. "
            f"Requirements are {', '.join(requirements)}; programmes are {_few(page.named) or 'none'}."
        )
    behind = _read(register, asked, only=programme) if page.bare else page
    return requirements[code], behind.cell(code, programme), behind


def _few(words: Collection[str]) -> str:
    said = ", ".join(islice(words, TOGETHER))
    return f"{said} and {len(words) - TOGETHER} more" if len(words) > TOGETHER else said


def what_if(request: Request[Any, Any, Any], page: CoveragePage) -> WhatIf | None:
    """A loss or an addition that the address asks about."""
    if page.empty_because:
        return None
    listed = list(page.map.offers)
    lose = asked_word(request.query_params, "lose", page.declared or listed)
    if lose:
        return WhatIf(lose, True, page.map.if_lost(lose, page.declared))
    add = asked_word(request.query_params, "add", listed)
    return WhatIf(add, False, page.map.if_added(add, page.declared)) if add else None


def _named(how: str, asked: Asked, suffix: str) -> str:
    parts = ["track-a-coverage", asked.metal, asked.stage, asked.as_at.isoformat()]
    return f'{how}; filename="{"-".join(part for part in parts if part)}.{suffix}"'


router = Router("/", route_handlers=[coverage, coverage_csv, coverage_json])
