"""The only place where things are wired: settings to engine, content, pages, routes and the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from litestar import Litestar
from litestar.di import Provide

from alignment.catalogue import load_all
from alignment.database import make_engine, require_newest
from alignment.settings import Settings
from alignment.web import files, home, operators, programmes, publications
from alignment.web.errors import handlers
from alignment.web.frozen import Frozen
from alignment.web.register import Register
from alignment.web.render import PUBLIC, Frame, Pages

# One router a noun; a page that the navigation names appears there as soon as its router stands here.
ROUTERS = (
    home.router,
    files.router,
    programmes.router,
    publications.router,
    operators.router,
)


def utc_now() -> datetime:
    """The clock, read here and in the command and nowhere else."""
    return datetime.now(UTC)


def create_app(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> Frozen:
    """The register as an ASGI application. Refusal where the database is not at this program's schema."""
    engine = make_engine(settings.database_url)
    require_newest(engine)
    catalogues, track_a = load_all()
    served = {route.path for router in ROUTERS for route in router.routes}
    nav = tuple(place for place in PUBLIC if place.address in served)
    pages = Pages(frame=Frame(origin=settings.base_url, nav=nav))
    pages.warm()
    register = Register(settings, engine, pages, catalogues, track_a, clock)
    app = Litestar(
        route_handlers=[*ROUTERS, pages.assets.handler()],
        dependencies={"register": Provide(lambda: register, sync_to_thread=False, use_cache=True)},
        exception_handlers=handlers(pages),
        openapi_config=None,
    )
    return Frozen(app, register.generation)
