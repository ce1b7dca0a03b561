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
    newest_fact,
    packed_facts,
    renewed_facts,
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
    if kept_whole(register):
        return facts_of(register, example=example).page(as_at, register.policy_age, known_at)
    known = _known(register, known_at)

    def page() -> StatusPage:
        return _read(
            register,
            lambda connection: status_page(
                connection, as_at=as_at, known_at=known, policy_age=register.policy_age, example=example
            ),
        )

    return register.kept.get(("status", as_at, known, example), page, weigh=lambda made: 1 + made.in_all)


def kept_whole(register: Register) -> bool:
    """Whether the facts of all programmes are kept: not where they are too many."""
    return register.kept.get("extent", lambda: _read(register, extent)) <= KEPT


def all_facts(register: Register, *, example: bool = False) -> StatusFacts | None:
    """All that the table is derived from, from what is kept; None where it is too much to be kept."""
    return facts_of(register, example=example) if kept_whole(register) else None


def known_programmes(register: Register, as_at: date, known_at: datetime | None) -> list[ProgrammeRow]:
    """All programmes by the names of a day as known at a moment, from what is kept; none where that is too many."""
    facts = all_facts(register)
    return named_on(facts.named, as_at, known_at) if facts else []


def facts_of(register: Register, *, example: bool = False) -> StatusFacts:
    """The facts of the table, kept: after a write, only the programmes that it touched are read again."""
    return register.kept.get(
        ("status facts", example),
        lambda: _read(register, lambda connection: packed_facts(connection, example=example)),
        weigh=lambda read: 4 * len(read.named),
        renew=lambda read: _read(register, lambda connection: renewed_facts(connection, read)),
    )


def _known(register: Register, known_at: datetime | None) -> datetime | None:
    """The moment asked for; None after the last fact was learned, when all that is known is known."""
    newest = register.kept.get("newest fact", lambda: _read(register, newest_fact))
    return known_at if known_at and (newest is None or known_at < newest) else None


def _read(register: Register, query: Callable[[Connection], T]) -> T:
    with register.reading() as connection:
        return query(connection)


router = Router("/", route_handlers=[home, example])
