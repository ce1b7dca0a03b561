"""The only place where things are wired: settings to engine, content, pages, routes and the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import ServiceUnavailableException
from litestar.plugins import PluginProtocol

from alignment.catalogue import load_all
from alignment.database import make_engine, require_newest
from alignment.domain.refusal import Refusal
from alignment.exchange.signature import read_key
from alignment.settings import Settings
from alignment.web import (
    accounts,
    actions,
    api,
    assessments,
    brands,
    bringing_in,
    calendar,
    changes,
    compare,
    coverage,
    criteria,
    decisions,
    evidence,
    feed,
    files,
    following,
    home,
    keeping,
    log,
    method,
    monitoring,
    operators,
    people,
    producer_records,
    programmes,
    publications,
    publishing,
    ratings,
    reports,
    reviews,
    rounds,
    search,
    signing_in,
    sources,
    statements,
    subscribing,
    work,
)
from alignment.web.errors import handlers
from alignment.web.frozen import Frozen
from alignment.web.register import Register
from alignment.web.render import PUBLIC, Frame, Pages, Place
from alignment.web.sessions import ended, posted

# One router a noun; a page that the navigation names appears there as soon as its router stands here.
ROUTERS = (
    home.router,
    files.router,
    feed.router,
    programmes.router,
    assessments.router,
    publications.router,
    publications.keys_router,
    coverage.router,
    compare.router,
    changes.router,
    brands.router,
    criteria.router,
    sources.router,
    subscribing.router,
    search.router,
    api.router,
    method.router,
    operators.router,
    work.router,
    accounts.router,
    signing_in.router,
    keeping.router,
    statements.router,
    people.router,
    decisions.router,
    monitoring.router,
    publishing.router,
    publishing.notices_router,
    reports.router,
    reports.work_router,
    rounds.router,
    ratings.router,
    evidence.of_round,
    evidence.router,
    actions.router,
    calendar.router,
    calendar.calendar_router,
    log.router,
    reviews.router,
    producer_records.router,
    bringing_in.router,
    following.router,
)


def utc_now() -> datetime:
    """The clock, read here and in the command and nowhere else."""
    return datetime.now(UTC)


class Application(Litestar):
    """The framework less its readers of pydantic and attrs classes: forms are judged in ``forms.py``."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return plugins  # they import two libraries that nothing here uses, which takes a tenth of the start


def create_app(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> Frozen:
    """The register as an ASGI application. Refusal where the database is not at this program's schema."""
    engine = make_engine(settings.database_url)
    require_newest(engine)
    if settings.signing_key:
        read_key(settings.signing_key)  # a key that cannot sign stops the start, not a reader
    catalogues, track_a = load_all()
    served = {route.path for router in ROUTERS for route in router.routes}
    nav = tuple(place for place in PUBLIC if place.address in served)
    sign_in = Place("Sign in", "/account/sign-in")
    foot = (*decisions.FOOT, *method.FOOT, *reports.FOOT, *subscribing.FOOT, *api.FOOT, sign_in)
    pages = Pages(frame=Frame(origin=settings.base_url, nav=nav, foot=foot, feeds=feed.FEEDS, sign_in=sign_in.address))
    register = Register(settings, engine, pages, catalogues, track_a, clock)
    try:
        home.prepare(register)
    except ServiceUnavailableException as error:  # nobody is served yet: this stops the start, with the reason
        raise Refusal(str(error.__cause__)) from error
    app = Application(
        route_handlers=[*ROUTERS, pages.assets.handler()],
        dependencies={
            "register": Provide(lambda: register, sync_to_thread=False, use_cache=True),
            "posted": Provide(posted),
        },
        exception_handlers={**handlers(pages), **ended(register)},
        on_shutdown=[engine.dispose],
        openapi_config=None,
        logging_config=None,  # faults go to standard error, as Python does it; nothing else is logged
    )
    return Frozen(app, register.generation)
