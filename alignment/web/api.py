"""The register for programs: its public records as JSON under /api/v1, described at /api/schema, explained at /api."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath

from alignment.domain.frozen import dataclass
from alignment.exchange import coverage as written
from alignment.exchange.collections import (
    BY_NAME,
    COLLECTIONS,
    MOST,
    ROOT,
    USUAL,
    Collection,
    Filter,
)
from alignment.exchange.portion import Key, cursor, index_json, keeps, key_of, path_key, portion_json, record_json
from alignment.exchange.table import status_values
from alignment.queries.collection_rows import Asked, unheld
from alignment.queries.collections import Portion, accepted_changes, portion, programme_records
from alignment.queries.status import Filters
from alignment.web.coverage import read as read_coverage
from alignment.web.errors import ANY_ORIGIN
from alignment.web.files import JSON, as_json
from alignment.web.forms import asked_day, asked_moment, asked_text, asked_word
from alignment.web.home import whole_status
from alignment.web.register import Register
from alignment.web.render import Place

File = Response[str | bytes]
Query = Mapping[str, Any]

DATED = ("as_at", "known_at")
PAGED = ("limit", "cursor")
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"


@get("/", sync_to_thread=True)
def explained(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> Response[str]:
    """How to read the register with a program, for people."""
    context = {"collections": COLLECTIONS, "root": ROOT, "most": MOST, "usual": USUAL}
    return register.page(request, "api/page.html", context)


@get("/schema", sync_to_thread=True)
def schema(register: NamedDependency[Register]) -> File:
    """The description of the API in OpenAPI 3.1."""
    from alignment.exchange.openapi import openapi

    return _open(register, openapi(register.settings.base_url), OPENAPI)


@get("/v1", sync_to_thread=True)
def index(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> File:
    """Every collection with its address."""
    _refuse_unknown(request.query_params, ())
    return _open(register, index_json(register.settings.base_url))


@get("/v1/coverage", sync_to_thread=True)
def coverage(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> File:
    """The coverage map in the very shape of /coverage.json; ``programme`` limits what ``open`` speaks of."""
    _refuse_unknown(request.query_params, ("metal", "stage", "programme", *DATED))
    asked, page = read_coverage(request, register, declared=("programme",))
    body = written.coverage_json(
        page.map, declared=page.declared, known_at=asked.known_at, empty_because=page.empty_because
    )
    return _open(register, body)


@get("/v1/{collection:str}", sync_to_thread=True)
def records(request: Request[Any, Any, Any], register: NamedDependency[Register], collection: FromPath[str]) -> File:
    """A portion of a collection, with the address of the next."""
    of = _collection(collection)
    _refuse_unknown(request.query_params, (*(each.name for each in of.filters), *DATED, *PAGED))
    asked = _Reading(register, of, request.query_params)
    found = asked.read()
    following = asked.following(found.last) if found.last else None
    body = portion_json(
        of, found.records, register.settings.base_url, as_at=asked.as_at, known_at=asked.known_at, following=following
    )
    return _open(register, body, **({"link": f'<{following}>; rel="next"'} if following else {}))


@get("/v1/{collection:str}/{key:path}", sync_to_thread=True)
def record(
    request: Request[Any, Any, Any], register: NamedDependency[Register], collection: FromPath[str], key: FromPath[str]
) -> File:
    """One record by its id."""
    of, said = _collection(collection), str(key).removeprefix("/")
    _refuse_unknown(request.query_params, DATED)
    asked = _Reading(register, of, request.query_params)
    try:
        found = asked.read(exactly=path_key(of, said)).records
    except ValueError:
        found = ()
    if not found:
        when = f" as at {asked.as_at}" if asked.as_at else ""
        raise NotFoundException(
            f"No public {of.one} has the id “{said[:80]}”{when}: {of.address} lists those that there are."
        )
    return _open(register, record_json(of, found[0], register.settings.base_url))


def _collection(name: str) -> Collection:
    if name not in BY_NAME:
        known = ", ".join(sorted((*BY_NAME, "coverage")))
        raise NotFoundException(f"“{name[:40]}” is no collection of this API: there are {known}.")
    return BY_NAME[name]


def _refuse_unknown(query: Query, known: Iterable[str]) -> None:
    """A parameter that is not known would be left out in silence, and the answer taken for another."""
    words = tuple(known)
    for name in query:
        if name not in words:
            takes = f"it takes {', '.join(words)}" if words else "it takes none"
            raise ClientException(f"“{name[:40]}” is no parameter of this address: {takes}.")


def _open(register: Register, body: object, media_type: str = JSON, **headers: str) -> File:
    """A public answer that a page of any site may read."""
    return register.file(as_json(body), media_type, **ANY_ORIGIN, **headers)


# --- what a request asks for -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Reading:
    """What an address asks of a collection; a 400 that says what is wrong with it, as soon as it is read."""

    register: Register
    collection: Collection
    query: Query

    @property
    def as_at(self) -> date | None:
        """The day asked for, or today; of events there is no day where none is asked, as in the feeds."""
        if self.collection.name == "events" and not asked_text(self.query, "as_at"):
            return None
        return asked_day(self.query, "as_at", self.register.today)

    @property
    def known_at(self) -> datetime | None:
        return asked_moment(self.query, "known_at")

    @property
    def limit(self) -> int:
        said = asked_text(self.query, "limit")
        if not said:
            return USUAL
        if not (said.isascii() and said.isdigit() and len(said) < 4 and 1 <= int(said) <= MOST):
            raise ClientException(f"“{said[:40]}” is no limit: it takes a number from 1 to {MOST}.")
        return int(said)

    @property
    def after(self) -> Key:
        said = asked_text(self.query, "cursor")
        try:
            return key_of(self.collection, said) if said else ()
        except ValueError:
            raise ClientException(
                f"“{said[:40]}” is no cursor of {self.collection.name}: open the address in “next” as it stands, or "
                "begin without a cursor."
            ) from None

    @property
    def only(self) -> dict[str, str]:
        """What narrows the collection, each by a word or an id that is known."""
        found = ((each.name, self._word(each)) for each in self.collection.filters)
        return {name: said for name, said in found if said}

    def _word(self, narrow: Filter) -> str:
        if narrow.words:
            return asked_word(self.query, narrow.name, narrow.words)
        said: str = asked_text(self.query, narrow.name)
        known = keeps(said) and (narrow.name != "criterion" or self._criterion(said))
        if said and not known:
            raise _unknown(narrow.name, said)
        return said

    def _criterion(self, code: str) -> bool:
        return any(code in each.by_code for each in self.register.catalogues.values())

    def read(self, exactly: Key = ()) -> Portion:
        """The records that are asked for: a portion, or one."""
        asked = Asked(
            as_at=self.as_at or date.max, known_at=self.known_at, most=self.limit, after=self.after, exactly=exactly,
            only={} if exactly else self.only,
        )  # fmt: skip
        if self.collection.name == "programmes":
            return self._programmes(asked)
        with self.register.reading() as connection:
            if unknown := unheld(connection, asked.only):
                raise _unknown(min(unknown), asked.only[min(unknown)])
            return portion(connection, self.collection.name, asked)

    def _programmes(self, asked: Asked) -> Portion:
        """Rows of the status table, which is kept as the front page keeps it."""
        page = whole_status(self.register, asked.as_at, asked.known_at)
        metals = [metal for metal, _ in page.metals]
        chosen = Filters(
            metal="" if asked.exactly else asked_word(self.query, "metal", metals),
            approval=asked.only.get("approval", ""), stage=asked.only.get("stage", ""),
        )  # fmt: skip
        page = page.asked(chosen, asked.known_at)
        rows = [row for row in page.rows if asked.exactly in ((), (row.id,)) and (row.programme.number,) > asked.after]
        page = replace(page, rows=tuple(rows[: asked.most]))
        with self.register.reading() as connection:
            read = programme_records(connection, page.rows)
            changes = accepted_changes(connection, [row.id for row in page.rows], asked.known_at)
        told = zip(read, status_values(page), strict=True)
        records = tuple(replace(each, says={**values, "changes": changes[each.id]}) for each, values in told)
        return Portion(records, records[-1].key if len(rows) > asked.most else None)

    def following(self, last: Key) -> str:
        """The address of the next portion, with the day written out: at midnight it stays the same."""
        pairs = [("as_at", self.as_at.isoformat())] if self.as_at else []
        pairs += [("known_at", self.known_at.isoformat())] if self.known_at else []
        pairs += [(name, said) for name, said in self.query.items() if said and name not in (*DATED, "cursor")]
        pairs += [("cursor", cursor(self.collection, last))]
        return f"{self.register.settings.base_url}{self.collection.address}?{urlencode(pairs)}"


def _unknown(name: str, said: str) -> ClientException:
    return ClientException(f"“{said[:40]}” is not known as {name}: {_WHERE[name]}.")


_WHERE = {
    "programme": f"{ROOT}/programmes lists them",
    "assessment": f"write it as in jdds-copper-mark/2; {ROOT}/assessments lists them",
    "brand": f"{ROOT}/brands lists them",
    "criterion": "write a code as in OP-01; /criteria lists them",
    "metal": "write it as in copper",
}

FOOT = (Place("Data for programs", "/api"),)

router = Router("/api", route_handlers=[explained, schema, index, coverage, records, record])
