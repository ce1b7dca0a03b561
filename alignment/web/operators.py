"""For operators: is the process alive, can it answer, and a few numbers."""

from __future__ import annotations

from litestar import MediaType, Response, Router, get
from litestar.di import NamedDependency

from alignment.database import newest_revision, reading, revision
from alignment.domain.refusal import Refusal
from alignment.queries.changes import last_event
from alignment.queries.readiness import touch_tables
from alignment.web.register import Register, log

NO_STORE = {"cache-control": "no-store"}


@get("/healthz", sync_to_thread=False)
def healthz() -> Response[str]:
    """The process answers."""
    return Response("ok\n", media_type=MediaType.TEXT, headers=NO_STORE)


@get("/readyz", sync_to_thread=True)
def readyz(register: NamedDependency[Register]) -> Response[str]:
    """The database is at this program's schema and each of its tables answers; 503 with the reason otherwise."""
    try:
        found = revision(register.engine)
        if found != newest_revision():
            return _unready(f"schema {found or 'none'}, needed {newest_revision()}: run “alignment migrate”")
        with reading(register.engine) as connection:
            touch_tables(connection)
    except Refusal as refusal:  # its sentence names the database's address: it is for the log, not for readers
        log.error("%s", refusal)
        return _unready("the database cannot be used: “alignment doctor” says why")
    return Response("ready\n", media_type=MediaType.TEXT, headers=NO_STORE)


def _unready(why: str) -> Response[str]:
    return Response(f"{why}\n", status_code=503, media_type=MediaType.TEXT, headers=NO_STORE)


@get("/metrics", sync_to_thread=True)
def metrics(register: NamedDependency[Register]) -> Response[str]:
    """Numbers in the Prometheus text format."""
    with register.reading() as connection:
        events = last_event(connection)
    said = (
        "# HELP alignment_events_total Events in the chain.\n"
        "# TYPE alignment_events_total counter\n"
        f"alignment_events_total {events}\n"
    )
    return Response(said, media_type="text/plain; version=0.0.4; charset=utf-8", headers=NO_STORE)


router = Router("/", route_handlers=[healthz, readyz, metrics])
