"""The market status: the front page and its files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency

from alignment.database import Connection
from alignment.domain.catalogue import Stage
from alignment.domain.decision import Approval
from alignment.exchange.schema_org import status_dataset
from alignment.queries.facts import ProgrammeRow, named_on
from alignment.queries.status import (
    KEPT,
    Filters,
    StatusFacts,
    StatusPage,
    extent,
    packed_facts,
    status_page,
)
from alignment.web.forms import asked_day, asked_moment, asked_word
from alignment.web.register import Register
from alignment.web.render import linked

T = TypeVar("T")

LONG = 500
"""More rows than these are sent while they are made."""

APPROVALS = (
    Approval.APPROVED,
    Approval.CONDITIONALLY_APPROVED,
    Approval.SUSPENDED,
    Approval.NOT_APPROVED,
    Approval.WITHDRAWN,
    Approval.NOT_KNOWN,
)


@get("/", sync_to_thread=True)
def home(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[Any]:
    """The status table as at a date."""
    page = asked_status(request, register)
    context = shown(register, page)
    if len(page.rows) > LONG:
        return register.long_page(request, "status/page.html", context)
    return register.page(request, "status/page.html", context)


@get("/example", sync_to_thread=True)
def example(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """The status table of the fictional worked example, apart from everything public."""
    as_at = asked_day(request.query_params, "as_at", register.today)
    known_at = asked_moment(request.query_params, "known_at")
    page = whole_status(register, as_at, known_at, example=True)
    return register.page(request, "status/example.html", {"page": page, "today": register.today})


def shown(register: Register, page: StatusPage) -> dict[str, object]:
    """What the front page is rendered from."""
    return {
        "page": page,
        "today": register.today,
        "approvals": [(approval.value, approval.label) for approval in APPROVALS],
        "stages": [(stage.value, stage.label) for stage in Stage],
        "policy_days": register.settings.policy_age_days,
        "linked": linked(
            status_dataset(base_url=register.settings.base_url, as_at=page.as_at, dated=page.dated(register.today))
        ),
    }


def prepare(register: Register) -> None:
    """Read what the front page shows and begin to render it, before a reader waits for that."""
    page = whole_status(register, register.today, None)
    next(register.pages.pieces("status/page.html", shown(register, page), here="/"))


def asked_status(request: Request[Any, Any, Any], register: Register) -> StatusPage:
    """The status page that an address asks for."""
    query = request.query_params
    as_at = asked_day(query, "as_at", register.today)
    known_at = asked_moment(query, "known_at")
    page = whole_status(register, as_at, known_at)
    filters = Filters(
        metal=asked_word(query, "metal", [metal for metal, _ in page.metals]),
        approval=asked_word(query, "approval", [approval.value for approval in APPROVALS]),
        stage=asked_word(query, "stage", [stage.value for stage in Stage]),
    )
    return page.asked(filters, known_at)


def whole_status(register: Register, as_at: date, known_at: datetime | None, *, example: bool = False) -> StatusPage:
    """The whole table on a date as known at a moment, from what is kept where it is kept.

    The facts of a very large register are not kept, its tables are.
    """
    number, known = _extent(register, known_at)
    if number <= KEPT:
        return facts_of(register, known, example=example).page(as_at, register.policy_age)

    def page() -> StatusPage:
        return _read(
            register,
            lambda connection: status_page(
                connection, as_at=as_at, known_at=known, policy_age=register.policy_age, example=example
            ),
        )

    return register.kept.get(("status", as_at, known, example), page, weigh=lambda made: 1 + made.in_all)


def all_facts(register: Register) -> StatusFacts | None:
    """All that the table is derived from, from what is kept; None where it is too much to be kept."""
    return facts_of(register, None) if _extent(register, None)[0] <= KEPT else None


def known_programmes(register: Register, as_at: date) -> list[ProgrammeRow]:
    """All programmes by the names of a day, from what is kept; none where they are too many to be kept."""
    facts = all_facts(register)
    return named_on(facts.named, as_at) if facts else []


def facts_of(register: Register, known_at: datetime | None, *, example: bool = False) -> StatusFacts:
    """The facts of the table, kept; those of a moment past make no room at the cost of those of now."""
    _, known = _extent(register, known_at)
    if known:
        register.kept.touch(("status facts", None, example))
    return register.kept.get(
        ("status facts", known, example),
        lambda: _read(register, lambda connection: packed_facts(connection, known, example=example)),
        weigh=lambda read: 4 * len(read.named),
    )


def _extent(register: Register, known_at: datetime | None) -> tuple[int, datetime | None]:
    """How many programmes there are, and the moment asked for: after the last fact was learned all that is known is
    known, which None says."""
    number, newest = register.kept.get("extent", lambda: _read(register, extent))
    return number, known_at if known_at and (newest is None or known_at < newest) else None


def _read(register: Register, query: Callable[[Connection], T]) -> T:
    with register.reading() as connection:
        return query(connection)


router = Router("/", route_handlers=[home, example])
