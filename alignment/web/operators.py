"""For operators: is the process alive, can it answer, and a few numbers."""

from __future__ import annotations

from litestar import MediaType, Response, Router, get
from litestar.di import NamedDependency

from alignment.database import newest_revision, revision
from alignment.domain.refusal import Refusal
from alignment.queries.changes import last_event
from alignment.web.register import Register

NO_STORE = {"cache-control": "no-store"}


@get("/healthz", sync_to_thread=False)
def healthz() -> Response[str]:
    """The process answers."""
    return Response("ok\n", media_type=MediaType.TEXT, headers=NO_STORE)


@get("/readyz", sync_to_thread=True)
def readyz(register: NamedDependency[Register]) -> Response[str]:
    """The database answers and is at this program's schema; 503 with the reason otherwise."""
    try:
        found = revision(register.engine)
    except Refusal:  # its sentence names the database's address, which is nobody's business here
        said = "the database does not answer: “alignment doctor” says why\n"
        return Response(said, status_code=503, media_type=MediaType.TEXT, headers=NO_STORE)
    if found != newest_revision():
        said = f"schema {found or 'none'}, needed {newest_revision()}: run “alignment migrate”\n"
        return Response(said, status_code=503, media_type=MediaType.TEXT, headers=NO_STORE)
    return Response("ready\n", media_type=MediaType.TEXT, headers=NO_STORE)


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
