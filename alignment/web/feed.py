"""Feeds of what the register learned: of everything, of a metal, of a programme."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath

from alignment.domain.news import News
from alignment.domain.when import say_day
from alignment.exchange.feed import ATOM_TYPE, JSON_TYPE, Head, atom, json_feed
from alignment.queries.facts import named_on
from alignment.queries.feed import EVERYTHING, Topic, news, topics, topics_of
from alignment.web.forms import asked_day, asked_moment, asked_text
from alignment.web.home import all_facts
from alignment.web.register import Register
from alignment.web.render import Feed

FEEDS = (
    Feed("All that the register learns", "/feed.atom", ATOM_TYPE),
    Feed("All that the register learns, as JSON Feed", "/feed.json", JSON_TYPE),
)

File = Response[str | bytes]
Write = Callable[[Head, Sequence[News]], bytes]


@get("/feed.atom", sync_to_thread=True)
def all_atom(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> File:
    """Everything, or with ``metal=`` the programmes that cover it, as Atom."""
    return _feed(request, register, atom, ATOM_TYPE)


@get("/feed.json", sync_to_thread=True)
def all_json(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> File:
    """The same as JSON Feed."""
    return _feed(request, register, json_feed, JSON_TYPE)


@get("/programmes/{slug:str}/feed.atom", sync_to_thread=True)
def programme_atom(request: Request[Any, Any, Any], register: NamedDependency[Register], slug: FromPath[str]) -> File:
    """One programme as Atom."""
    return _feed(request, register, atom, ATOM_TYPE, slug)


@get("/programmes/{slug:str}/feed.json", sync_to_thread=True)
def programme_json(request: Request[Any, Any, Any], register: NamedDependency[Register], slug: FromPath[str]) -> File:
    """One programme as JSON Feed."""
    return _feed(request, register, json_feed, JSON_TYPE, slug)


def _feed(request: Request[Any, Any, Any], register: Register, write: Write, media_type: str, slug: str = "") -> File:
    query = request.query_params
    as_at = asked_day(query, "as_at", register.today) if asked_text(query, "as_at") else None
    known_at = learned.astimezone(UTC) if (learned := asked_moment(query, "known_at")) else None
    metal = asked_text(query, "metal")
    topic = _topic(_topics(register), slug, metal) if slug or metal else EVERYTHING
    with register.reading() as connection:
        found = news(connection, topic, as_at=as_at, known_at=known_at)
    dated = _given(as_at=as_at.isoformat() if as_at else "", known_at=known_at.isoformat() if known_at else "")
    of_metal = _given(metal="" if slug else metal)
    head = Head(
        key=topic.key + _query(dated),
        title=f"Track A alignment register: {topic.label}{_said(as_at, known_at)}",
        subtitle="Changes of status and of programmes, decisions, recognitions, corrective actions and market updates",
        base_url=register.settings.base_url,
        page=(f"/programmes/{slug}" if slug else "/") + _query(of_metal | dated),
        path=request.url.path + _query(of_metal | dated),
    )
    return register.file(write(head, found), f"{media_type}; charset=utf-8")


def _topics(register: Register) -> Sequence[Topic]:
    """What can be asked for, from what is kept of the programmes unless they are too many. Ask with no connection."""
    facts = all_facts(register)
    if facts is not None:
        return topics_of(named_on(facts.named, date.max))
    with register.reading() as connection:
        return topics(connection)


def _given(**words: str) -> dict[str, str]:
    """What the address asks for, in one spelling and order."""
    return {name: word for name, word in words.items() if word}


def _query(given: dict[str, str]) -> str:
    return f"?{urlencode(given)}" if given else ""


def _said(as_at: date | None, known_at: datetime | None) -> str:
    """The dates of a feed in words: asked for with a date it is another document, with a name of its own."""
    held = f", as at {say_day(as_at)}" if as_at else ""
    learned = f", as known at {say_day(known_at.date())}, {known_at:%H:%M:%S} UTC" if known_at else ""
    return held + learned


def _topic(known: Sequence[Topic], slug: str, metal: str) -> Topic:
    wanted = f"programme:{slug}" if slug else f"metal:{metal}"
    for each in known:
        if each.key == wanted:
            return each
    words = [each.key.partition(":")[2] for each in known if each.key.startswith("programme:" if slug else "metal:")]
    listed = ", ".join(words) or "none yet"
    if slug:
        raise NotFoundException(f"No programme of the register has the address “{slug[:40]}”. There are: {listed}.")
    raise ClientException(f"“{metal[:40]}” is not known as metal: it takes {listed}.")


router = Router("/", route_handlers=[all_atom, all_json, programme_atom, programme_json])
