"""Coverage: which programme covers which Track A requirement, as a page, as CSV and as JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
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
from alignment.domain.frozen import dataclass
from alignment.domain.refusal import Refusal
from alignment.exchange import coverage as written
from alignment.exchange import csvw
from alignment.queries.coverage import COLUMNS, TOGETHER, CoveragePage, coverage_facts, coverage_map
from alignment.queries.coverage_packed import PackedCoverage, packed_coverage
from alignment.queries.status import KEPT
from alignment.web.files import CSV, JSON, as_json
from alignment.web.following import button
from alignment.web.forms import asked_day, asked_moment, asked_number, asked_text, asked_word
from alignment.web.home import all_facts, facts_of
from alignment.web.register import Register

DEFAULT_METAL = "copper"
TOO_MUCH = 1_000_000
"""What is heavier than all that is kept together."""

ASKED = ("metal", "stage", "as_at", "known_at", "p", "programme")
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
    asked = replace(asked, first=page.first)
    context = {
        "page": page,
        "map": page.map,
        "asked": asked,
        "first_visit": not asked_text(request.query_params, "metal"),
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
    query = _query(request)
    described = csvw.link(f"/coverage.{csvw.SUFFIX}{'?' if query else ''}{query}")
    return register.file(body, CSV, link=described, content_disposition=_named("attachment", asked, "csv"))


@get(f"/coverage.{csvw.SUFFIX}", sync_to_thread=True)
def coverage_csv_metadata(
    request: Request[Any, Any, Any], register: NamedDependency[Register]
) -> Response[str | bytes]:
    """What the columns of the CSV mean; with the same query it describes the CSV under that query."""
    read(request, register)  # a query that the CSV refuses has no description either
    return register.file(as_json(written.coverage_csvw(_query(request))), csvw.MEDIA_TYPE)


def _query(request: Request[Any, Any, Any]) -> str:
    """What was asked for, written again: only names that the map knows, in one order."""
    asked = ((name, said.strip()) for name in ASKED for said in request.query_params.getall(name, []))
    return urlencode([(name, said) for name, said in asked if said])


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
        metal=asked_text(query, "metal") or DEFAULT_METAL,
        stage=asked_text(query, "stage"),
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
        packed = kept_coverage(register, asked.metal, example=example)
        return asked, packed.page(
            catalogue=register.catalogue, track_a=register.track_a, stage=asked.stage, as_at=asked.as_at,
            known_at=asked.known_at, policy_age=register.policy_age, programmes=asked.programmes, first=asked.first,
        )  # fmt: skip
    except Refusal as refusal:
        raise ClientException(str(refusal)) from None


def kept_coverage(register: Register, metal: str, *, example: bool) -> PackedCoverage:
    """What is known of a metal, kept: after a write, only the programmes that it touched are read again.

    Ask with no connection in hand. Refusal, naming what is known, for an unknown metal.
    """

    def packed(before: PackedCoverage | None = None) -> PackedCoverage:
        status = facts_of(register, example=example)
        with register.reading() as connection:
            return packed_coverage(connection, status, catalogue=register.catalogue, metal=metal, before=before)

    return register.kept.get(("coverage", metal, example), packed, weigh=_weight, renew=packed)


def _weight(packed: PackedCoverage) -> int:
    """Of more programmes than are kept for the table, this holds all their facts: they outweigh the room there is."""
    programmes = len(packed.status.courses)
    return 1 + 4 * len(packed.turns) if programmes <= KEPT else TOO_MUCH


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
    said = asked_text(request.query_params, "cell")
    if not said or page.empty_because:
        return None
    code, _, programme = said.partition(":")
    requirements = {row.code: row.requirement for row in page.map.rows}
    if code not in requirements or programme not in page.named:
        raise ClientException(
            f"“{said[:60]}” names no cell: write a requirement and a programme as in 1.A:jdds-copper-mark. "
            f"Requirements are {', '.join(requirements)}; programmes are {_few(page.named) or 'none'}."
        )
    behind = _behind(register, asked, programme)
    return requirements[code], behind.cell(code, programme), behind


def _behind(register: Register, asked: Asked, programme: str) -> CoveragePage:
    """The map of one programme, with the facts that its cells rest on."""
    status = all_facts(register, example=asked.example)
    with register.reading() as connection:
        facts = coverage_facts(
            connection, [programme], catalogue=register.catalogue, as_at=asked.as_at, known_at=asked.known_at,
            example=asked.example, named=status.named if status else (),
        )  # fmt: skip
    return coverage_map(
        facts, track_a=register.track_a, metal=asked.metal, stage=asked.stage, policy_age=register.policy_age
    )


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


router = Router("/", route_handlers=[coverage, coverage_csv, coverage_csv_metadata, coverage_json])
