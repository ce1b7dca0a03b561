"""How results are reached, in our words and with the edition's numbers; and what was done for accessibility."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency

from alignment.domain.action import Actions
from alignment.domain.assessment import Progress, Route
from alignment.domain.catalogue import Part
from alignment.domain.coverage import Verdict
from alignment.domain.decision import Approval
from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.status import Facts, PartState, sentence
from alignment.domain.when import Precision, When
from alignment.queries.criteria import illustrations, percent
from alignment.queries.source_facts import topic_name
from alignment.queries.sources import Said, statements
from alignment.web.forms import asked_day, asked_moment
from alignment.web.register import Register
from alignment.web.render import Place


@get("/method", sync_to_thread=True)
def method(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """The method from ratings to the printed status, with what was said about it and its history."""
    as_at = asked_day(request.query_params, "as_at", register.today)
    known_at = asked_moment(request.query_params, "known_at")
    edition = register.catalogue
    evidence = f"edition:{edition.edition}"
    with register.reading() as connection:
        said = statements(connection, ("method", "pilots", "policy", evidence), as_at=as_at, known_at=known_at)
    context = {
        "as_at": as_at,
        "known_at": known_at,
        "edition": edition,
        "parts": [(part, edition.in_part[part], sorted(edition.gating_in(part))) for part in Part],
        "levels": list(Level),
        "worked": illustrations(edition),
        "percent": percent,
        "sentences": SENTENCES,
        "dates": DATES,
        "verdicts": VERDICTS,
        "policy_days": register.settings.policy_age_days,
        "method": topics(said, "method"),
        "pilots": topics(said, "pilots"),
        "policy": topics(said, "policy"),
        "evidence": [each for each in said if each.subject == evidence],
    }
    return register.page(request, "method/page.html", context)


@get("/accessibility", sync_to_thread=True)
def accessibility(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """What was checked so that everybody can use the register, and what is not."""
    return register.page(request, "method/accessibility.html", {})


@dataclass(frozen=True, slots=True)
class Topic:
    """Statements of one topic, in their order."""

    id: str
    name: str
    said: tuple[Said, ...]


def topics(said: Sequence[Said], subject: str) -> dict[str, Topic]:
    """The statements about a subject by topic, in the order in which the topics first come up."""
    about = [each for each in said if each.subject == subject]
    first = {each.topic: place for place, each in reversed(list(enumerate(about)))}
    ordered = sorted(about, key=lambda each: first[each.topic])
    return {
        topic: Topic(f"{subject}-{topic}", topic_name(topic), tuple(those))
        for topic, those in groupby(ordered, key=lambda each: each.topic)
    }


def _facts(
    standards: PartState | None = None,
    implementation: PartState | None = None,
    *,
    route: Route = Route.OECD,
    actions: Actions = Actions.NONE,
    recognition: RecognitionAct | None = None,
    recognised_on: When | None = None,
    approval: Approval = Approval.CONDITIONALLY_APPROVED,
) -> Facts:
    none = PartState(Progress.NOT_KNOWN)
    return Facts(
        route=route,
        standards=standards or none,
        implementation=implementation or none,
        overall=None,
        actions=actions,
        recognition=recognition,
        recognised_on=recognised_on,
        decided_since=False,
        approval=approval,
    )


_FULLY = PartState(Progress.COMPLETE, Level.FULLY)
_PARTIALLY = PartState(Progress.COMPLETE, Level.PARTIALLY)
_UNDER_WAY = PartState(Progress.IN_PROGRESS)

# Made by the function that prints the status table, so that this page cannot say anything else.
SENTENCES = tuple(
    (facts, sentence(given))
    for facts, given in (
        ("Standards complete, implementation in progress", _facts(PartState(Progress.COMPLETE), _UNDER_WAY)),
        ("Both complete, both fully aligned", _facts(_FULLY, _FULLY)),
        (
            "Both complete, implementation partially aligned, actions open",
            _facts(_FULLY, _PARTIALLY, actions=Actions.OPEN),
        ),
        ("The same, all actions verified", _facts(_FULLY, _PARTIALLY, actions=Actions.VERIFIED)),
        ("The same, no action agreed", _facts(_FULLY, _PARTIALLY)),
        (
            "Equivalence route, no outcome yet",
            _facts(route=Route.EQUIVALENCE, recognition=RecognitionAct.AWAITED),
        ),
        (
            "Equivalence route, recognised, the LME has not decided since",
            _facts(
                route=Route.EQUIVALENCE,
                recognition=RecognitionAct.RECOGNISED,
                recognised_on=When(date(2025, 10, 16)),
            ),
        ),
        (
            "Approval suspended by the LME",
            _facts(_FULLY, _FULLY, approval=Approval.SUSPENDED),
        ),
    )
)

DATES = (
    (When(date(2025, 10, 16)), "day", "Holds from that day."),
    (When(date(2022, 8, 1), Precision.MONTH), "month", "Holds from the first day of the month; the day is not known."),
    (When(date(2021, 1, 1), Precision.YEAR), "year", "Holds from the first day of the year; no more is known."),
    (
        When(date(2024, 9, 30), Precision.BY),
        "by a day",
        "Seen to hold on that day, begun at an unknown earlier one. Before it the last known fact stands; "
        "where there is none, the matter is not known, never absent.",
    ),
)

# In the order in which they are tried; the words are those of the coverage map.
VERDICTS = (
    (Verdict.OUT_OF_SCOPE, "The metal, stage or edition is not covered, or the LME does not settle the metal."),
    (Verdict.NOT_APPROVED, "Known not to be decided yet, or decided as not approved, suspended or withdrawn."),
    (
        Verdict.NOT_KNOWN,
        "The approval is not known on the date, or no standards result of any kind is held for the criteria behind "
        "the requirement.",
    ),
    (Verdict.NOT_COVERED, "All criteria behind it are not aligned in a part that they are judged in."),
    (
        Verdict.PARTLY_COVERED,
        "Some criterion behind it is partially or not aligned in a part that it is judged in; open corrective actions "
        "are named.",
    ),
    (
        Verdict.COVERED_CONDITIONALLY,
        "The standards part is fully aligned for it, but its implementation is not complete, or the approval is "
        "conditional.",
    ),
    (Verdict.COVERED, "Approved, and fully aligned in every part that its criteria are judged in."),
)

FOOT = (Place("How results are reached", "/method"), Place("Accessibility", "/accessibility"))
"""The links to these pages in the foot of every other."""

router = Router("/", route_handlers=[method, accessibility])
