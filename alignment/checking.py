"""Examines content and a running register, and says what it finds in sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Engine, select, text
from sqlmodel import col

from alignment.database import address, make_engine, newest_revision, reading, require_newest
from alignment.domain import publication
from alignment.domain.event import Event, Extract, Withheld, extract_break, first_break
from alignment.domain.frozen import dataclass
from alignment.domain.refusal import Faults, Refusal
from alignment.exchange.chain import is_extract, read_chain, read_extract
from alignment.exchange.signature import why_not_signed
from alignment.prepare import beside_seeds, mistakes, seals
from alignment.queries.entered import differences
from alignment.queries.events import events, stored_break
from alignment.queries.publications import kept_under
from alignment.queries.readiness import held_tables, lost_guards, lost_tables, triggers
from alignment.queries.status import status_rows
from alignment.settings import Settings
from alignment.tables import Publication


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: a fault, or a sentence that says what was sound."""

    fault: str | None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    said: str
    good: bool = True
    serious: bool = False


def check_content(root: Path | None = None) -> list[str]:
    """Every mistake in criteria/ and seeds/, with file and line."""
    return mistakes(root / "criteria" if root else None, root / "seeds" if root else None)


def verify_database(engine: Engine) -> Verdict:
    """The event chain of a register, each market update against its digest, and what is held against its events."""
    with reading(engine) as connection:
        if connection.dialect.name == "postgresql":  # one state for all that is read, whoever writes meanwhile
            connection.execution_options(isolation_level="REPEATABLE READ")
        if lost := lost_tables(held_tables(connection)):
            return Verdict(lost)
        with closing(events(connection)) as stored_events:
            counted = _Counted(stored_events)
            fault = stored_break(counted)
        if fault:
            return Verdict(f"the event chain is broken: {fault}")
        for number, stored, digest in connection.execute(
            select(col(Publication.number), col(Publication.content), col(Publication.digest))
        ):
            content = _document(stored)
            if content is None or publication.digest_of(content) != digest:
                return Verdict(f"market update {number} differs from its digest")
        if fault := _some_of(differences(connection)):
            return Verdict(f"what is held is not what its events say: {fault}")
    return Verdict(None, f"the event chain is whole: {counted.number} events, last hash {counted.hash}")


MOST_NAMED = 5
"""How many differences are told one by one."""


def _some_of(sentences: Iterator[str]) -> str:
    """The first few, and how many more there are."""
    named = list(islice(sentences, MOST_NAMED))
    more = sum(1 for _ in sentences)
    return "; ".join([*named, f"and {more:,} more"] if more else named)


_JSON_ALONE = (
    "{file} carries no digest: of a market update only its .json can be checked, from which every other form is "
    "made; download that and verify it"
)


def verify_file(file: Path) -> Verdict:
    """An exported chain or market update, without any register."""
    if file.suffix in (".csv", ".md", ".pdf"):
        raise Refusal(_JSON_ALONE.format(file=file))
    try:
        said = file.read_text(encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = _line_of_an_export(file.read_bytes(), error)
        if line is None:
            raise Refusal(f"{file} is not UTF-8 text, so it is neither an event chain nor a market update") from error
        return Verdict(f"{file.name}: line {line} cannot be read as text: the file was changed")
    document = _document(said)
    if document is not None and "digest" in document:
        fault = publication.check_file(file.read_bytes())
        name = document.get("number", file.name)
        return Verdict(f"{file.name}: {fault}") if fault else Verdict(None, f"market update {name} fits its digest")
    if not said.strip():
        raise Refusal(f"{file} is empty: there is nothing to verify")
    # Not splitlines(): a text in an event may hold other characters that end a line for some programs.
    lines = said.removesuffix("\n").split("\n")
    if is_extract(lines[0]):
        return _verify_extract(file, lines)
    counted = _Counted(read_chain(lines))
    try:
        fault = first_break(counted)
    except Faults as faults:
        return Verdict(f"{file.name}: {faults.faults[0]}")
    if fault:
        return Verdict(f"{file.name}: the event chain is broken: {fault}")
    return Verdict(None, f"the event chain is whole: {counted.number} events, last hash {counted.hash}")


def _verify_extract(file: Path, lines: list[str]) -> Verdict:
    """An extract of the log: what of it can be checked without the register, and what cannot."""
    told: list[Event | Withheld] = []
    try:
        extract, given = read_extract(lines)
        told += given
        fault = extract_break(extract, told)
    except Faults as faults:
        return Verdict(f"{file.name}: {faults.faults[0]}")
    if fault:
        return Verdict(f"{file.name}: the extract of the log is broken: {fault}")
    return Verdict(None, _of_extract(extract, told))


def _of_extract(extract: Extract, told: Sequence[Event | Withheld]) -> str:
    """What a sound extract proves, as sentences."""
    withheld = sum(isinstance(each, Withheld) for each in told)
    filters = ", ".join(f"{name} {value}" for name, value in extract.filters.items())
    whole = "every event of the chain is there, each bound to the one before it"
    narrowed = (
        f"narrowed by {filters}: the events that it announces are there, and those that are neighbours are bound to "
        "each other; whether more would fit is seen in the register alone"
    )
    return (
        f"the extract of the log taken at {extract.taken_at} is sound: {len(told)} of {extract.chain} events, "
        f"{narrowed if filters else whole}. {len(told) - withheld} are told whole and give their hash; {withheld} are "
        "told without what they changed, so that their place is proved and not who did what. "
        f"Last hash of the whole chain, to be compared with the register: {extract.last or 'none'}"
    )


def verify_signed(file: Path, signature: Path, keys: Path) -> Verdict:
    """A market update with its detached signature and the public keys, each a file; no register is needed."""
    verdict = verify_file(file)
    given = {}
    for each in (file, signature, keys):
        try:
            given[each] = each.read_bytes()
        except OSError as error:
            raise Refusal(f"{each} cannot be read: {error.strerror}") from error
    fault = why_not_signed(given[file], given[signature], given[keys])
    faults = [each for each in (verdict.fault, fault and f"{signature.name}: {fault}") if each]
    if fault and not verdict.fault:
        faults.append(f"{file.name} itself fits its digest")
    return Verdict("; ".join(faults)) if faults else Verdict(None, f"{verdict.said}, and its signature is good")


def _line_of_an_export(data: bytes, error: UnicodeDecodeError) -> int | None:
    """The line of the first byte that is no UTF-8; None in a file of another kind, as an export begins with “{”."""
    return data.count(b"\n", 0, error.start) + 1 if data.startswith(b"{") else None


def _document(said: str) -> dict[str, object] | None:
    try:
        value = json.loads(said)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class _Counted:
    """Counts events on their way through, and keeps the last hash."""

    def __init__(self, given: Iterator[Event]) -> None:
        self._given = given
        self.number = 0
        self.hash = "none"

    def __iter__(self) -> Iterator[Event]:
        for event in self._given:
            self.number, self.hash = self.number + 1, event.hash
            yield event


def examine(settings: Settings, *, now: datetime) -> list[Finding]:
    """The state of the running system; what is serious makes the command exit with 1."""
    faults = check_content()
    number = "1 mistake" if len(faults) == 1 else f"{len(faults)} mistakes"
    findings = [_bad(f"content: {number}, run “alignment check”") if faults else Finding("content has no mistake")]
    try:
        engine = make_engine(settings.database_url)
        with ExitStack() as afterwards:
            afterwards.callback(engine.dispose)
            for finding in _register(engine, settings, now, sound=not faults):
                findings.append(finding)  # noqa: PERF402  (what was found before a refusal is kept)
    except Refusal as refusal:
        findings.append(_bad(str(refusal)))
    return findings


def _register(engine: Engine, settings: Settings, now: datetime, *, sound: bool) -> Iterator[Finding]:
    place = address(engine)
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        yield _bad(f"there is no register at {place}: run “alignment load-seeds”")
        return
    require_newest(engine)
    yield Finding(f"the database at {place} answers, at schema {newest_revision()}")
    chain = verify_database(engine)
    yield _bad(chain.fault) if chain.fault else Finding(chain.said)
    with reading(engine) as connection:
        yield from _store(connection)
        if sound:
            yield from _seals(connection)
            if beside := beside_seeds(connection):
                yield Finding(beside, good=False)
        yield from _kept(connection, settings)
        yield from _stale(connection, settings, now)


def _bad(said: str) -> Finding:
    return Finding(said, good=False, serious=True)


def _store(connection: Connection) -> Iterator[Finding]:
    tables, guards = held_tables(connection), triggers(connection)
    lost = lost_guards(connection.dialect.name, tables, guards)
    yield _bad(lost) if lost else Finding("append-only guards are in place")
    if connection.dialect.name == "sqlite":
        said = connection.execute(text("PRAGMA integrity_check")).scalar()
        yield Finding("pages are sound") if said == "ok" else _bad(f"pages are damaged: {said}")
        broken = connection.execute(text("PRAGMA foreign_key_check")).first()
        yield (_bad(f"a row of {broken[0]} refers to a missing one") if broken else Finding("references are whole"))


def _seals(connection: Connection) -> Iterator[Finding]:
    for edition, fault in seals(connection):
        yield _bad(fault) if fault else Finding(f"edition {edition} is as it was sealed")


def _kept(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """Pages and PDFs of market updates that speak of another address than the register has now."""
    for origin, names in kept_under(connection).items():
        if origin == settings.base_url:
            continue
        then = (
            "what was sent under an earlier address stays as it was sent"
            if publication.is_public(origin)
            else "nobody else can have received them, so they are not sent any more"
        )
        said = f"pages and PDFs of market updates are kept that speak of {origin}, not of {settings.base_url}"
        yield Finding(f"{said} (ALIGNMENT_BASE_URL): {', '.join(names)}; {then}", good=False)


def _stale(connection: Connection, settings: Settings, now: datetime) -> Iterator[Finding]:
    age = timedelta(days=settings.policy_age_days)
    rows = status_rows(connection, as_at=now.date(), policy_age=age)
    stale = [row.programme.short_name for row in rows if row.stale]
    if stale:
        yield Finding(f"{len(stale)} of {len(rows)} statuses are stale: {', '.join(stale)}", good=False)
    due = [row.programme.short_name for row in rows if row.state.decision_due]
    if due:
        yield Finding(f"an LME decision is due for {', '.join(due)}", good=False)
