"""Programmes: the page of each, the same as JSON, and what changed between two dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from alignment.domain.when import say_day
from alignment.exchange.plain import plain
from alignment.exchange.schema_org import programme_dataset
from alignment.queries.programme_changes import DayChanges, RoundChanges, day_changes, round_changes
from alignment.queries.programmes import ProgrammePage, programme_names, programme_page
from alignment.web.files import JSON
from alignment.web.files import as_json as json_text
from alignment.web.following import button
from alignment.web.forms import EARLIEST, LATEST, TWO_DAYS, asked_day, asked_moment, no_dates
from alignment.web.register import Register
from alignment.web.render import linked

# Tone and mark of each entry of the ledger: the LME's acts have squares, other authorities' acts circles.
MARKS = {
    "conditionally_approved": ("part", "a-cond"),
    "approved": ("full", "a-yes"),
    "not_approved": ("not", "a-no"),
    "suspended": ("not", "a-susp"),
    "reinstated": ("full", "a-yes"),
    "withdrawn": ("not", "a-no"),
    "void": ("na", "m-na"),
    "awaited": ("open", "m-open"),
    "recognised": ("full", "m-full"),
    "refused": ("not", "m-not"),
}


@get("/", sync_to_thread=False)
def listed() -> Redirect:
    """The list of programmes is the front page."""
    return Redirect("/", status_code=301)


@get("/{name:str}", sync_to_thread=True)
def one(
    request: Request[Any, Any, Any], register: NamedDependency[Register], name: FromPath[str]
) -> Response[str] | Response[str | bytes]:
    """One programme as at a date; with .json after its address, the same for programs."""
    slug = name.removesuffix(".json")
    as_at = asked_day(request.query_params, "as_at", register.today)
    known_at = asked_moment(request.query_params, "known_at")
    with register.reading() as connection:
        page = programme_page(
            connection, slug, as_at=as_at, known_at=known_at, policy_age=register.policy_age,
            catalogues=register.catalogues,
        )  # fmt: skip
        names = () if page else programme_names(connection)
    if page is None:
        return missing(request, register, name, names)
    if name != slug:
        return as_json(register, page, f"/programmes/{slug}")
    context = {
        **_described(register, page),
        "page": page,
        "asked": asked(register, page.as_at, page.known_at),
        "today": register.today,
        "policy_days": register.settings.policy_age_days,
        "marks": MARKS,
        "ready_dates": ready_dates(page, register.today),
        "changes": change_links(page, register.today),
        "round_changes": _last_rounds(page),
        "follow": (follow := button(request, register, f"programme:{slug}")),
    }
    return register.page(request, "programmes/page.html", context, public=follow is None)


def _described(register: Register, page: ProgrammePage) -> dict[str, object]:
    """The page in the words of schema.org; a programme of the worked example does not exist and is not described."""
    if page.programme.example:
        return {}
    said = programme_dataset(
        page.programme,
        base_url=register.settings.base_url,
        as_at=page.as_at,
        dated=asked(register, page.as_at, page.known_at),
        sentence=page.state.sentence,
        owners=page.standard_owners,
    )
    return {"linked": linked(said)}


@get("/{slug:str}/changes/{span:str}", sync_to_thread=True)
def changes(
    request: Request[Any, Any, Any], register: NamedDependency[Register], slug: FromPath[str], span: FromPath[str]
) -> Response[str] | Response[str | bytes]:
    """What changed between two days (2024-09-30..2026-11-21) or two rounds (round-1..round-2)."""
    said = span.removesuffix(".json")
    read = _read_changes(request, register, slug, said)
    with register.reading() as connection:
        page = read(connection)
        names = () if page is not None else programme_names(connection)
    if page is None:
        return missing(request, register, slug, names)
    if isinstance(page, tuple):
        has = f"its published rounds are {', '.join(map(str, page))}" if page else "it has no published round"
        raise NotFoundException(f"{slug} has no such two published rounds of assessment: {has}.")
    if said != span:
        return as_json(register, page, f"/programmes/{slug}/changes/{said}")
    context = {
        "page": page,
        "by_rounds": isinstance(page, RoundChanges),
        "span": _between(page),
        "file": f"{request.url.path}.json",
    }
    return register.page(request, "programmes/changes.html", context)


Changes = DayChanges | RoundChanges | tuple[int, ...] | None


def _read_changes(
    request: Request[Any, Any, Any], register: Register, slug: str, said: str
) -> Callable[[Any], Changes]:
    """How to read the changes that an address asks for; 400 where it names neither two days nor two rounds."""
    known_at = asked_moment(request.query_params, "known_at")
    first, _, last = said.partition("..")
    before, after = _round_number(first), _round_number(last)
    if before and after:
        as_at = asked_day(request.query_params, "as_at", register.today)
        return lambda connection: round_changes(
            connection, slug, before, after, as_at=as_at, known_at=known_at, catalogues=register.catalogues
        )
    found = days(first, last)
    if found is None:
        raise ClientException(_SPAN.format(said[:40]))
    no_dates(request.query_params, TWO_DAYS, "as_at")
    return lambda connection: day_changes(connection, slug, *found, known_at=known_at, policy_age=register.policy_age)


_SPAN = (
    "“{}” names no two days or rounds: write two days, the earlier first, as 2024-09-30..2026-11-21, "
    "or two rounds as round-1..round-2."
)


def _round_number(said: str) -> int:
    """The number in round-2, 0 for anything else."""
    number = said.removeprefix("round-")
    return int(number) if number != said and number.isascii() and number.isdigit() and len(number) < 6 else 0


def days(first: str, last: str) -> tuple[date, date] | None:
    """Two days in their order, or None."""
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    return days if EARLIEST <= days[0] <= days[1] <= LATEST else None


def _between(page: DayChanges | RoundChanges) -> str:
    if isinstance(page, RoundChanges):
        return f"from round {page.before.number} to round {page.after.number}"
    return f"from {say_day(page.before)} to {say_day(page.after)}"


def missing(
    request: Request[Any, Any, Any], register: Register, name: str, names: tuple[tuple[str, str], ...]
) -> Response[str]:
    """A 404 that names the programmes there are."""
    if request.url.path.endswith(".json"):
        listed = ", ".join(each for each, _ in names) or "none yet"
        raise NotFoundException(
            f"No programme has the address “{name.removesuffix('.json')[:40]}”. There are: {listed}."
        )
    context = {"slug": name[:80], "names": names}
    return register.page(request, "programmes/missing.html", context, status=404)


def as_json(register: Register, page: object, address: str) -> Response[str | bytes]:
    """The data of a page as a file, with the address of the page for people."""
    return register.file(json_text({"address": f"{register.settings.base_url}{address}", "says": plain(page)}), JSON)


def asked(register: Register, as_at: date, known_at: datetime | None) -> str:
    """The dates of a page as a query, for links that keep them; empty for today as known now."""
    query = asked_dates(register, as_at, known_at)
    return f"?{urlencode(query)}" if query else ""


def asked_dates(register: Register, as_at: date, known_at: datetime | None) -> dict[str, str]:
    """The dates of a page by their names in the address, without those that go without saying."""
    query = {"as_at": as_at.isoformat()} if as_at != register.today else {}
    return query | ({"known_at": known_at.isoformat()} if known_at else {})


def change_links(page: ProgrammePage, today: date) -> list[tuple[str, str]]:
    """What changed since the last report, where that lies before today."""
    if page.last_report is None or page.last_report >= today:
        return []
    span = f"{page.last_report}..{today}"
    return [(f"/programmes/{page.id}/changes/{span}", f"What changed since {say_day(page.last_report)}")]


def _last_rounds(page: ProgrammePage) -> str:
    """The span between the two newest published rounds, empty where there are none to compare."""
    numbers = [line.round.number for line in page.rounds if line.round.published][:2]
    return f"round-{numbers[1]}..round-{numbers[0]}" if len(numbers) == 2 else ""


def ready_dates(page: ProgrammePage, today: date) -> list[tuple[str, str]]:
    """Days on which something about this programme changed, and today."""
    days = sorted({entry.began.on for entry in page.timeline.rows if entry.began}, reverse=True)[:4]
    address = f"/programmes/{page.id}"
    return [(address, "Today"), *((f"{address}?as_at={day}", say_day(day)) for day in days if day != today)]


router = Router("/programmes", route_handlers=[listed, one, changes])
