"""The market status: the front page and its files."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency

from alignment.domain.catalogue import Stage
from alignment.domain.decision import Approval
from alignment.queries.status import Filters, StatusPage, metal_names, status_page
from alignment.web.forms import asked_day, asked_moment, asked_word
from alignment.web.register import Register

APPROVALS = (
    Approval.APPROVED,
    Approval.CONDITIONALLY_APPROVED,
    Approval.SUSPENDED,
    Approval.NOT_APPROVED,
    Approval.WITHDRAWN,
    Approval.NOT_KNOWN,
)


@get("/", sync_to_thread=True)
def home(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """The status table as at a date."""
    page = asked_status(request, register)
    context = {
        "page": page,
        "today": register.today,
        "approvals": [(approval.value, approval.label) for approval in APPROVALS],
        "stages": [(stage.value, stage.label) for stage in Stage],
        "policy_days": register.settings.policy_age_days,
    }
    return register.page(request, "status/page.html", context)


@get("/example", sync_to_thread=True)
def example(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """The status table of the fictional worked example, apart from everything public."""
    with register.reading() as connection:
        page = status_page(connection, as_at=register.today, policy_age=register.policy_age, example=True)
    return register.page(request, "status/example.html", {"page": page, "today": register.today})


def asked_status(request: Request[Any, Any, Any], register: Register) -> StatusPage:
    """The status page that an address asks for."""
    query = request.query_params
    as_at = asked_day(query, "as_at", register.today)
    known_at = asked_moment(query, "known_at")
    with register.reading() as connection:
        metals = metal_names(connection)
        filters = Filters(
            metal=asked_word(query, "metal", [metal for metal, _ in metals]),
            approval=asked_word(query, "approval", [approval.value for approval in APPROVALS]),
            stage=asked_word(query, "stage", [stage.value for stage in Stage]),
        )
        return status_page(
            connection,
            as_at=as_at,
            known_at=known_at,
            filters=filters,
            policy_age=register.policy_age,
            metals=metals,
        )


router = Router("/", route_handlers=[home, example])
