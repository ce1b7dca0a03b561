"""Finding: the content's words and the register's records under one ranking.

The criteria are content and are searched in memory; of the records a bounded number of each kind is
read and searched in the same way. What is typed never reaches the database, so no sign in it can be
taken for an order. All words must be found, each as the beginning of a word; accents and case do not
matter. A hit in the title ranks before one in a code, and that before one in the text; whoever types
a code exactly gets it first.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, Date, and_, cast, literal, null, or_, select, true, union_all
from sqlmodel import col

from alignment import tables, text
from alignment.domain.catalogue import Catalogue, TrackA
from alignment.domain.decision import Act
from alignment.domain.frozen import dataclass
from alignment.domain.when import say_day
from alignment.queries.facts import Rows, in_force, sure_when
from alignment.queries.said import said
from alignment.queries.source_facts import topic_name
from alignment.queries.source_rows import learned_by
from alignment.queries.sources import example_sources

LONGEST = 200
"""Characters of a query that are read; the page says so where there were more."""
MOST_WORDS = 12
EACH = 20
"""Hits shown of each kind."""
READ = 5_000
"""Records read of each kind."""
AROUND = 90
"""Characters shown before and after the first hit in a text."""


class Kind(StrEnum):
    """What can be found, in the order of the page where nothing else decides."""

    CRITERION = "criterion"
    GROUP = "group"
    REQUIREMENT = "requirement"
    CHECK = "check"
    PROGRAMME = "programme"
    DECISION = "decision"
    PUBLICATION = "publication"
    PRODUCER = "producer"
    STATEMENT = "statement"
    EQUIVALENCE = "equivalence"
    PLACE = "place"
    SOURCE = "source"

    @property
    def label(self) -> str:
        return {
            Kind.CRITERION: "Criteria",
            Kind.GROUP: "Groups of criteria",
            Kind.REQUIREMENT: "Track A requirements",
            Kind.CHECK: "Track A checklist",
            Kind.PROGRAMME: "Programmes",
            Kind.DECISION: "Decisions",
            Kind.PUBLICATION: "Publications",
            Kind.PRODUCER: "Producers",
            Kind.STATEMENT: "Statements",
            Kind.EQUIVALENCE: "Accepted in place of something else",
            Kind.PLACE: "Places to look",
            Kind.SOURCE: "Sources",
        }[self]


# What is judged against and what is frozen is alike on any day: pages of these kinds take no dates.
ALIKE = frozenset({Kind.GROUP, Kind.REQUIREMENT, Kind.CHECK, Kind.PUBLICATION})


@dataclass(frozen=True, slots=True)
class Dates:
    """As at which day and as known at which moment is searched; without them all that is held is found.

    The words of the criteria are of their edition and found on any day.
    """

    as_at: date | None = None
    known_at: datetime | None = None

    def learned(self, table: Any) -> Any:
        """What the register had learned by the moment, in SQL."""
        return learned_by(table, self.known_at) if self.known_at else true()

    def said(self, table: Any, name: str) -> Any:
        """What a kept record said on the day, as known at the moment, in SQL."""
        return said(table, name, self.as_at, self.known_at)

    def begun(self, day: Any) -> Any:
        """What had begun by the day, in SQL; what has no day of its own had."""
        return or_(day.is_(None), day <= self.as_at) if self.as_at else true()

    def held(self, rows: Sequence[Any]) -> list[Any]:
        """The rows that nothing known then corrects, and that had begun."""
        return [
            row for row in in_force(rows) if not (self.as_at and row.effective_on and row.effective_on > self.as_at)
        ]

    @property
    def query(self) -> str:
        """The dates as they stand in an address; empty where none is asked for."""
        said = {"as_at": self.as_at, "known_at": self.known_at}
        return urlencode({name: each.isoformat() for name, each in said.items() if each})


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be found. ``note`` is printed beside it and not searched."""

    kind: Kind
    code: str
    title: str
    text: str
    address: str
    note: str = ""

    def address_on(self, dates: Dates) -> str:
        """Where it is shown as at the dates; a page that takes none is the same on any day."""
        if self.kind in ALIKE or not dates.query:
            return self.address
        page, place, anchor = self.address.partition("#")
        return f"{page}?{dates.query}{place}{anchor}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; ``hit`` says that it is what was searched for."""

    text: str
    hit: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found, its title and the place in its text in pieces, hits marked."""

    entry: Entry
    title: tuple[Piece, ...]
    extract: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one kind: those that are shown, and how many there are."""

    kind: Kind
    hits: tuple[Hit, ...]
    number: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What was found for a query; ``exact`` are the entries whose code it is.

    Where several words are found nowhere together, ``alone`` says how often each is found.
    """

    query: str
    cut: bool
    exact: tuple[Hit, ...]
    groups: tuple[Group, ...]
    alone: tuple[tuple[str, int], ...] = ()
    dates: Dates = Dates()

    @property
    def number(self) -> int:
        return len(self.exact) + sum(group.number for group in self.groups)


def search_page(
    connection: Connection, query: str, catalogues: Mapping[str, Catalogue], track_a: TrackA, dates: Dates = Dates()
) -> SearchPage:
    """What is found for a query. Six queries of the store, none where there is nothing to search for."""
    asked, cut = query[:LONGEST].strip(), len(query) > LONGEST
    words = phrases(asked)
    if not words:
        return SearchPage(asked, cut, (), (), dates=dates)
    entries = (*content(catalogues, track_a), *records(connection, dates))
    exact, found = find(entries, words)
    groups = (
        Group(kind, tuple(_hit(entry, words) for entry in hits[:EACH]), len(hits)) for kind, hits in found.items()
    )
    alone: tuple[tuple[str, int], ...] = ()
    if not exact and not found and len(words) > 1:
        alone = tuple(("-".join(word), _number(entries, word)) for word in words)
    return SearchPage(asked, cut, tuple(_hit(entry, words) for entry in exact[:EACH]), tuple(groups), alone, dates)


def _number(entries: Iterable[Entry], word: Phrase) -> int:
    exact, found = find(entries, [word])
    return len(exact) + sum(map(len, found.values()))


# --- matching ----------------------------------------------------------------------------------------

Phrase = tuple[str, ...]
"""What was typed without a space: its parts stand one after the other, as in S1-A-2 or third-party."""

_WORD = re.compile(r"[^\W_]+")


def phrases(query: str) -> tuple[Phrase, ...]:
    """The words of a query, each once and at most twelve."""
    typed = (tuple(fold(query_word).split()) for query_word in query.split())
    return tuple(dict.fromkeys(phrase for phrase in typed if phrase))[:MOST_WORDS]


@lru_cache(maxsize=16_384)
def fold(said: str) -> str:
    """The words of a text in small letters without accents, a blank before each: `` due diligence``."""
    return "".join(f" {_bare(word[0])}" for word in _WORD.finditer(said))


def _bare(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign) and not sign.isspace())


def find(entries: Iterable[Entry], words: Sequence[Phrase]) -> tuple[list[Entry], dict[Kind, list[Entry]]]:
    """The entries whose code was typed, and all others that have every word, best first, by kind.

    Kinds follow one another by their best hit.
    """
    code = "".join(f" {part}" for phrase in words for part in phrase)
    wanted = [f" {' '.join(phrase)}{' ' if _whole(phrase) else ''}" for phrase in words]
    exact: list[Entry] = []
    found: list[tuple[int, int, Entry]] = []
    for place, entry in enumerate(entries):
        if entry.code and fold(entry.code) == code:
            exact.append(entry)
        elif (rank := _rank(entry, wanted)) is not None:
            found.append((rank, place, entry))
    grouped: dict[Kind, list[Entry]] = {}
    for _, _, entry in sorted(found, key=lambda each: each[:2]):
        grouped.setdefault(entry.kind, []).append(entry)
    return exact, grouped


def _rank(entry: Entry, wanted: Iterable[str]) -> int | None:
    """None unless every word is found; else the sum of how far from the title each stands."""
    fields = (f"{fold(entry.title)} ", f"{fold(entry.code)} ", f"{fold(entry.text)} ")
    rank = 0
    for word in wanted:
        distance = next((number for number, field in enumerate(fields) if word in field), None)
        if distance is None:
            return None
        rank += distance
    return rank


def _hit(entry: Entry, words: Sequence[Phrase]) -> Hit:
    return Hit(entry, marked(entry.title, words), extract(entry.text, words))


def marked(said: str, words: Sequence[Phrase]) -> tuple[Piece, ...]:
    """A text in pieces, with the words that were searched for marked whole."""
    pieces: list[Piece] = []
    end = 0
    for start, stop in _spans(said, words):
        pieces += [Piece(said[end:start]), Piece(said[start:stop], hit=True)]
        end = stop
    pieces.append(Piece(said[end:]))
    return tuple(piece for piece in pieces if piece.text)


def _spans(said: str, words: Sequence[Phrase]) -> Iterator[tuple[int, int]]:
    """Where the words stand, in order and without overlap."""
    found = list(_WORD.finditer(said))
    folded = [_bare(word[0]) for word in found]
    end = 0
    for place, word in enumerate(found):
        longest = max((len(phrase) for phrase in words if _begins(folded, place, phrase)), default=0)
        if longest and word.start() >= end:
            end = found[place + longest - 1].end()
            yield word.start(), end


def _begins(folded: Sequence[str], place: int, phrase: Phrase) -> bool:
    there = tuple(folded[place : place + len(phrase)])
    if there == phrase:
        return True
    begun = len(there) == len(phrase) and there[:-1] == phrase[:-1] and there[-1].startswith(phrase[-1])
    return begun and not _whole(phrase)


def _whole(phrase: Phrase) -> bool:
    """Whether the last part of a phrase is too short to stand for a longer one: the A of S1-A."""
    return len(phrase) > 1 and len(phrase[-1]) == 1


def extract(said: str, words: Sequence[Phrase]) -> tuple[Piece, ...]:
    """A line of the text around the first hit, or its beginning where the hit lies elsewhere."""
    start, stop = next(_spans(said, words), (0, 0))
    begin = max(0, start - AROUND)
    last = max(stop, begin + AROUND) + AROUND
    if begin:
        begin = said.find(" ", begin, start) + 1 or start
    if last < len(said):
        last = max(said.rfind(" ", stop, last), stop)
    line = marked(" ".join(said[begin:last].split()), words)
    before, after = (Piece("… "),) if begin else (), (Piece(" …"),) if last < len(said) else ()
    return (*before, *line, *after)


# --- what can be found -------------------------------------------------------------------------------


def content(catalogues: Mapping[str, Catalogue], track_a: TrackA) -> Iterator[Entry]:
    """The criteria and groups of every edition, and what Track A asks."""
    for catalogue in catalogues.values():
        page = f"/criteria/{catalogue.edition}"
        for criterion in catalogue.criteria:
            yield Entry(
                Kind.CRITERION, criterion.code, criterion.title,
                _plain(
                    criterion.text, criterion.look_in_text, criterion.look_in_practice, criterion.fully_or_partially
                ),
                f"{page}/{criterion.code}", f"edition {catalogue.edition}" if len(catalogues) > 1 else "",
            )  # fmt: skip
        for group in catalogue.groups:
            yield Entry(Kind.GROUP, group.code, group.title, _plain(group.intro), f"{page}#{group.code}")
    for requirement in track_a.requirements:
        yield Entry(
            Kind.REQUIREMENT, requirement.code, requirement.title, _plain(requirement.text),
            f"/criteria/lme-track-a#{requirement.code}",
        )  # fmt: skip
    for item in track_a.checklist:
        yield Entry(
            Kind.CHECK, item.code, item.title, _plain(item.text, item.answered_by),
            f"/criteria/lme-track-a#{item.code}",
        )  # fmt: skip


def records(connection: Connection, dates: Dates) -> Iterator[Entry]:
    """The records of the register as at the dates, corrected ones and the worked example left out: six queries."""
    for read in (_programmes, _decisions, _publications, _producers, _statements, _sources):
        yield from read(connection, dates)


def _plain(*markdown: str) -> str:
    return " ".join(text.plain(each).replace("\n", " ") for each in markdown)


def _read(connection: Connection, statement: Rows) -> Sequence[Any]:
    return connection.execute(statement.limit(READ)).all()


def _programmes(connection: Connection, dates: Dates) -> Iterator[Entry]:
    programme, name, standard = tables.Programme, tables.ProgrammeName, tables.Standard
    process, owner = tables.AssuranceProcess, tables.Organisation
    statement: Rows = (
        select(
            col(programme.id), dates.said(programme, "short_name").label("short_name"),
            col(name.name).label("printed"), col(name.use), col(name.since),
            dates.said(standard, "name").label("standard"), dates.said(process, "name").label("process"),
            dates.said(owner, "name").label("owner"), dates.said(programme, "metals_said").label("metals_said"),
        )
        .join(name, col(name.programme_id) == programme.id)
        .join(standard, col(standard.id) == programme.standard_id)
        .outerjoin(process, col(process.id) == programme.assurance_process_id)
        .outerjoin(owner, col(owner.id) == programme.owner_id)
        .where(col(programme.example).is_(False), dates.begun(col(name.since)))
        .where(dates.learned(programme), dates.learned(name))
        .order_by(col(programme.number), col(name.position))
    )  # fmt: skip
    names: dict[str, list[Any]] = {}
    for row in _read(connection, statement):
        names.setdefault(row.id, []).append(row)
    for key, rows in names.items():
        of_table = sorted((row for row in rows if row.use == "table"), key=lambda row: row.since or date.min)
        printed = of_table[-1].printed if of_table else rows[0].printed
        others = [row.printed for row in rows if row.printed != printed]
        first = rows[0]
        also = [f"Metals: {first.metals_said}.", f"Standard: {first.standard}."]
        also += [f"Assurance process: {first.process}."] if first.process else []
        also += [f"Owner: {first.owner}."] if first.owner else []
        also += [f"Also printed as {', '.join(others)}."] if others else []
        yield Entry(Kind.PROGRAMME, key, printed, " ".join(also), f"/programmes/{key}", first.short_name)


def _decisions(connection: Connection, dates: Dates) -> Iterator[Entry]:
    decision, programme = tables.Decision, tables.Programme
    statement: Rows = (
        select(
            col(decision.id), col(decision.corrects), col(decision.act), col(decision.reason), col(decision.conditions),
            col(decision.effective_on), col(decision.effective_precision), col(decision.remark), col(decision.place),
            dates.said(programme, "short_name").label("short_name"), col(programme.id).label("programme"),
        )
        .join(programme, col(programme.id) == decision.programme_id)
        .where(col(programme.example).is_(False), dates.learned(decision))
        .order_by(col(decision.position))
    )  # fmt: skip
    for row in dates.held(_read(connection, statement)):
        yield Entry(
            Kind.DECISION, "", f"{row.short_name}: {Act(row.act).label.lower()}",
            _joined(row.reason, row.conditions, row.remark), f"/programmes/{row.programme}",
            str(sure_when(row.effective_on, row.effective_precision)),
        )  # fmt: skip


def _publications(connection: Connection, dates: Dates) -> Iterator[Entry]:
    table = tables.Publication
    statement: Rows = (
        select(col(table.number), col(table.title).label("head"), col(table.as_at), col(table.content))
        .where(dates.begun(col(table.published_on)), dates.learned(table))
        .order_by(col(table.number).desc())
    )
    for row in _read(connection, statement):
        yield Entry(
            Kind.PUBLICATION, row.number, row.head, _published(row.content), f"/publications/{row.number}",
            f"market update {row.number}, as at {say_day(row.as_at)}",
        )  # fmt: skip


@lru_cache(maxsize=128)
def _published(content: str) -> str:
    """The words of a frozen copy: what it is, its text, and what it quotes of others."""
    copy = json.loads(content)
    said = (_joined(each["title"], each["text"]) for each in copy["statements"])
    return _joined(copy["label"], _plain(copy["text"]), *said)


def _producers(connection: Connection, dates: Dates) -> Iterator[Entry]:
    producer, brand = tables.Producer, tables.Brand
    statement: Rows = (
        select(
            col(producer.id), col(producer.name), col(producer.summary), col(producer.country),
            col(brand.name).label("brand"), col(brand.product),
        )
        .outerjoin(brand, and_(col(brand.producer_id) == producer.id, dates.learned(brand)))
        .where(_not_example(producer), dates.learned(producer))
        .order_by(col(producer.position), col(brand.position))
    )  # fmt: skip
    brands: dict[str, list[Any]] = {}
    for row in _read(connection, statement):
        brands.setdefault(row.id, []).append(row)
    for key, rows in brands.items():
        first = rows[0]
        made = (f"{row.brand} ({row.product})" if row.product else row.brand for row in rows if row.brand)
        yield Entry(
            Kind.PRODUCER, key, first.name, _joined(first.summary, "; ".join(made)), f"/producers/{key}", first.country
        )


def _statements(connection: Connection, dates: Dates) -> Iterator[Entry]:
    """What documents say: statements, what is accepted in place of something else, and where else to look."""
    t = tables
    said: Any = union_all(
        _told(dates, Kind.STATEMENT, t.Statement, t.Statement.title, t.Statement.text, t.Statement.said_by),
        _told(dates, Kind.EQUIVALENCE, t.Equivalence, t.Equivalence.name, t.Equivalence.statement, literal("")),
        _told(dates, Kind.PLACE, t.Place, t.Place.name, t.Place.statement, t.Place.kept_by),
    ).order_by("kind", "position")
    for row in dates.held(_read(connection, said)):
        yield Entry(
            Kind(row.kind), "", row.head or topic_name(row.topic), _joined(row.text, row.remark),
            f"/sources/{row.source}#{row.kind}-{row.id}", _comma(row.said_by, row.document.strip("[]")),
        )  # fmt: skip


def _told(dates: Dates, kind: Kind, table: Any, head: Any, text: Any, said_by: Any) -> Rows:
    """What the rows of one table say and in which document; places to look have no date of their own."""

    def column(name: str, otherwise: Any) -> Any:
        return (getattr(table, name) if name in table.model_fields else otherwise).label(name)

    source = tables.Source
    statement: Rows = select(
        literal(kind.value).label("kind"), col(table.id).label("id"), column("corrects", null()),
        column("topic", literal("")), head.label("head"), text.label("text"), said_by.label("said_by"),
        column("remark", literal("")), column("effective_on", cast(null(), Date)),
        col(table.position).label("position"), col(source.id).label("source"), col(source.title).label("document"),
    )  # fmt: skip
    return statement.join(source, col(source.id) == table.source_id).where(_not_example(table), dates.learned(table))


def _sources(connection: Connection, dates: Dates) -> Iterator[Entry]:
    table = tables.Source
    statement: Rows = (
        select(col(table.id), col(table.title).label("head"), col(table.issuer), col(table.remark), col(table.address))
        .where(col(table.id).not_in(example_sources()))
        .where(dates.begun(col(table.issued_on)), dates.learned(table))
        .order_by(col(table.position))
    )
    for row in _read(connection, statement):
        yield Entry(
            Kind.SOURCE, row.id, row.head.strip("[]"), _joined(f"{row.issuer}.", row.remark, row.address),
            f"/sources/{row.id}", row.issuer,
        )  # fmt: skip


def _not_example(table: Any) -> Any:
    """Not from the worked example: what it says rests on its own documents."""
    return table.source_id.is_(None) | table.source_id.not_in(example_sources())


def _joined(*texts: str) -> str:
    return " ".join(filter(None, texts))


def _comma(*words: str) -> str:
    return ", ".join(filter(None, words))
