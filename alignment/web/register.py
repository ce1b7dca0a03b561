"""What every handler is given: the store to read, the pages to answer with, the content, the clock."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import ServiceUnavailableException
from litestar.response import Stream

from alignment.database import Connection, Engine, Session, Unreachable, reading, unit_of_work
from alignment.domain.catalogue import Catalogue, TrackA
from alignment.domain.frozen import dataclass
from alignment.domain.merging import Clash
from alignment.domain.reached import layout
from alignment.domain.refusal import Missing, NoText, Refusal, Stale, Unfit
from alignment.queries.changes import reading_mark
from alignment.queries.reached import Reached
from alignment.settings import Settings
from alignment.web.kept import Kept
from alignment.web.render import Frame, Pages

log = logging.getLogger("alignment.web")

FROZEN = {"x-frozen": "yes"}


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a form comes back: a sentence for each field, that somebody else was quicker, or that a rule forbids it.

    False where it does not; ``made`` is then what the act gave back, such as the id of a new record. ``sides`` are
    what both wrote, where somebody was quicker at the same form.
    """

    faults: Mapping[str, str] = field(default_factory=dict)
    clash: str = ""
    trouble: str = ""
    made: Any = None
    sides: Clash | None = None

    def __bool__(self) -> bool:
        return bool(self.faults or self.said)

    @property
    def said(self) -> str:
        """What is about the form as a whole."""
        return self.clash or self.trouble

    def typed(self, posted: Mapping[str, str]) -> Mapping[str, str]:
        """What the form comes back with: what was sent, and what somebody quicker alone had changed."""
        return {**posted, **self.sides.kept} if self.sides else posted

    @property
    def in_a_line(self) -> str:
        """All of it, for a form that has one place for what is wrong."""
        return " ".join(filter(None, (*self.faults.values(), self.said)))

    @property
    def status(self) -> int:
        return 409 if self.clash else 403 if self.trouble else 422 if self.faults else 200


TAKEN = Refused()
"""Nothing was refused: the form was taken as it stands, or is seen for the first time."""

NO_HINGES: Mapping[str, Collection[str]] = {}
"""No field of the form is judged by what another one says."""


def together(
    faults: Mapping[str, str], further: Mapping[str, str], hinging: Mapping[str, Collection[str]] = NO_HINGES
) -> dict[str, str]:
    """What could not be read, with what the rules say of the fields that could.

    ``hinging`` names for a field the others that its rules look at: while one of those could not be read, nothing is
    said of it, since nobody knows.
    """
    known = {name: said for name, said in further.items() if faults.keys().isdisjoint(hinging.get(name, ()))}
    return known | dict(faults)


NO_TEXT: ContextVar[Mapping[str, str]] = ContextVar("no_text", default=MappingProxyType({}))
"""The fields of the form in hand that held a sign which is no text, each with its sentence.

Each request has a context of its own, so a handler need not know: no act on such a form is kept, and every form that
shows what an act refuses shows this too.
"""


@dataclass(frozen=True)
class Register:
    """The application's parts, put together once in ``app.py``."""

    settings: Settings
    engine: Engine
    pages: Pages
    catalogues: Mapping[str, Catalogue]
    track_a: TrackA
    clock: Callable[[], datetime]
    generation: Generation = field(init=False)
    kept: Kept = field(init=False)
    reached: Reached = field(init=False)

    def __post_init__(self) -> None:
        laid_out = layout(self.catalogue, self.track_a.requirements)
        object.__setattr__(self, "reached", Reached(laid_out))
        object.__setattr__(self, "generation", Generation(self.engine, lambda: self.today))
        object.__setattr__(self, "kept", Kept(self.generation))

    @property
    def now(self) -> datetime:
        return self.clock()

    @property
    def today(self) -> date:
        return self.clock().date()

    @property
    def policy_age(self) -> timedelta:
        return timedelta(days=self.settings.policy_age_days)

    @property
    def catalogue(self) -> Catalogue:
        """The edition that requirements and new assessments rest on."""
        return self.catalogues[self.track_a.edition]

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for queries."""
        with _available(), reading(self.engine) as connection:
            yield connection

    @contextmanager
    def acting(self) -> Iterator[Session]:
        """One act: returning commits, raising rolls back; afterwards public pages are made anew.

        NoText, and nothing is kept, where the form that is acted on holds a sign that is no text.
        """
        with _available(), unit_of_work(self.engine) as session:
            yield session
            if NO_TEXT.get():
                raise NoText(NO_TEXT.get())
        self.generation.moved()

    def attempt(
        self,
        faults: Mapping[str, str],
        act: Callable[[Session], object],
        *,
        hinging: Mapping[str, Collection[str]] = NO_HINGES,
        told_here: bool = False,
    ) -> Refused:
        """Act on a form of which ``faults`` could not be read: TAKEN once it is done, else what keeps it from being so.

        Where a field could not be read the act is tried all the same, for what the rules say of the other fields, and
        then undone: who makes three mistakes reads of all three ``together``.
        What nobody can put right on the form stays a Refusal, unless it is ``told_here``, on the page of the form.
        """
        faults = {**NO_TEXT.get(), **faults}
        told: Mapping[str, str] = {}
        clash = trouble = ""
        sides = None
        try:
            with self.acting() as session:
                made = act(session)
                if faults:
                    raise Unfit(faults)
            return Refused(made=made)
        except Unfit as unfit:
            told = unfit.faults
        except Stale as stale:
            clash, sides = str(stale), stale if isinstance(stale, Clash) else None
        except Refusal as refusal:
            missing = isinstance(refusal, Missing)  # of what could not be read there is nothing to be found
            if (missing and not faults) or (not missing and not told_here):
                raise
            trouble = "" if missing else str(refusal)
        return Refused(together(faults, told, hinging), clash, trouble, sides=sides)

    @contextmanager
    def noting(self) -> Iterator[Session]:
        """A write that no public page shows and no event records: sessions, tries, who is on a sheet."""
        with _available(), unit_of_work(self.engine) as session:
            yield session

    def page(
        self,
        request: Request[Any, Any, Any],
        template: str,
        context: Mapping[str, object],
        *,
        status: int = 200,
        public: bool = True,
        frame: Frame | None = None,
    ) -> Response[str]:
        """A whole page. A public one that succeeded may be kept and served again until a fact changes."""
        body = self.pages.render(template, context, here=request.url.path, frame=frame)
        headers = FROZEN if public and status == 200 else {"cache-control": "no-store"}
        return Response(body, status_code=status, media_type=MediaType.HTML, headers=headers)

    def long_page(self, request: Request[Any, Any, Any], template: str, context: Mapping[str, object]) -> Stream:
        """A public page that is sent while it is made: thousands of rows take no more memory than hundreds."""
        pieces = self.pages.pieces(template, context, here=request.url.path)
        return Stream(pieces, media_type=MediaType.HTML, headers=FROZEN)

    def page_underway(self, request: Request[Any, Any, Any], template: str, context: Mapping[str, object]) -> Stream:
        """A working page that is sent line by line while the work that it tells of goes on.

        Its status is 200 whatever comes of the work: the status goes out first, and nobody knows by then. The page
        itself says what came of it, in the words that another status would have brought.
        """
        pieces = self.pages.pieces(template, context, here=request.url.path, size=0)
        return Stream(pieces, status_code=200, media_type=MediaType.HTML, headers={"cache-control": "no-store"})

    def file(self, body: str | bytes, media_type: str, **headers: str) -> Response[str | bytes]:
        """A public file under an address of its own."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response(body, media_type=media_type, headers=FROZEN | named)


@contextmanager
def _available() -> Iterator[None]:
    """A database that does not answer is a 503; its address is for the log, not for readers."""
    try:
        yield
    except Unreachable as error:
        log.error("%s", error)
        raise ServiceUnavailableException from error


class Generation:
    """A value that changes whenever a public page may: with a write here, a write elsewhere, or a new day.

    Other processes' writes are noticed within a second, by the number of the last event; a restore by its own mark.
    """

    def __init__(self, engine: Engine, today: Callable[[], date]) -> None:
        self._engine = engine
        self._today = today
        self._looking = threading.Lock()
        self._local = 0
        self._value: tuple[int, tuple[int, int], date] = (0, (0, 0), today())
        self._next_look = 0.0

    def __call__(self) -> object:
        """The value now; never waits for the database longer than one small query a second."""
        if time.monotonic() >= self._next_look and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        return self._value

    def moved(self) -> None:
        """Something was written by this process."""
        self._local += 1
        self._value = (self._local, self._value[1], self._value[2])

    def _look(self) -> None:
        self._next_look = time.monotonic() + 1.0
        try:
            with reading(self._engine) as connection:
                last = reading_mark(connection)
        except Exception:
            return
        self._value = (self._local, last, self._today())
