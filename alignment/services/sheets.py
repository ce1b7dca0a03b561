"""Where ratings are kept: those of the round with all their versions, or one assessor's own while rating blind.

Rows are read and written by statements that are made once: a save is what assessors do two hundred times.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import Executable, Row, Select, Table, bindparam, select
from sqlmodel import Session, SQLModel, col

from alignment.domain.catalogue import Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Someone
from alignment.domain.rating import NOTHING_SAID, Judgement, Level
from alignment.domain.review import Verdict
from alignment.domain.round import Round
from alignment.services import ledger
from alignment.tables import BlindRating, Event, Rating, RatingReview, RatingVersion


@dataclass(frozen=True, slots=True)
class Key:
    """Which rating: a criterion in a part of a round."""

    assessment: str
    part: Part
    criterion: str

    @property
    def columns(self) -> dict[str, str]:
        return {"assessment_id": self.assessment, "part": self.part.value, "criterion": self.criterion}


@dataclass(frozen=True, slots=True)
class Held:
    """A rating as it is stored; version 0 is none."""

    version: int = 0
    says: Judgement = NOTHING_SAID
    carried_from: str | None = None
    to_confirm: bool = False
    rated_by: str = ""
    rated_at: datetime | None = None


class Sheet(Protocol):
    """The ratings of a part: those of the round, or one assessor's own."""

    def held(self, session: Session, key: Key) -> Held: ...
    def version(self, session: Session, key: Key, version: int) -> Held: ...
    def put(
        self, session: Session, key: Key, before: Held, later: Held, *, actor: Someone, act: str, now: datetime
    ) -> Held: ...
    def returned(self, session: Session, key: Key, held: Held) -> bool: ...
    def subject(self, key: Key) -> str: ...


def sheet_of(found: Round, part: Part, actor: Someone) -> Sheet:
    """The ratings that somebody works on now."""
    return Own(actor.id) if found.rated_blind(part) else SHARED


class Shared:
    """The ratings of the round, with every version of each."""

    def held(self, session: Session, key: Key) -> Held:
        """The rating that stands."""
        row = session.execute(_one_of(Rating), key.columns).first()
        return _shared(row) if row else Held()

    def version(self, session: Session, key: Key, version: int) -> Held:
        """What a version said; nothing before the first."""
        row = session.execute(_one_of(RatingVersion, "version"), {**key.columns, "version": version}).first()
        return _shared(row) if row else Held()

    def put(
        self, session: Session, key: Key, before: Held, later: Held, *, actor: Someone, act: str, now: datetime
    ) -> Held:
        """Store the next version, its history row and its event."""
        stored = replace(later, version=before.version + 1, rated_by=actor.actor.id, rated_at=now)
        _store(session, Rating, key.columns, before, _columns(stored))
        session.connection().execute(
            _insert(RatingVersion), {**key.columns, **_columns(stored), "effective_on": now.date()}
        )
        _record(session, self.subject(key), key.columns, before, stored, _columns, actor=actor, act=act, now=now)
        return stored

    def returned(self, session: Session, key: Key, held: Held) -> bool:
        """Whether this very version was returned: saying it again then stands by it."""
        row = session.execute(_last_review(), key.columns).first()
        return row is not None and row.verdict == Verdict.RETURNED.value and row.of_version == held.version

    def sent_back(self, session: Session, key: Key) -> bool:
        """Whether the newest word on a rating is a return: it is worked on until it is accepted."""
        row = session.execute(_last_review(), key.columns).first()
        return row is not None and row.verdict == Verdict.RETURNED.value

    def subject(self, key: Key) -> str:
        """What its events are about."""
        return "rating:" + "/".join(key.columns.values())


SHARED = Shared()


@dataclass(frozen=True, slots=True)
class Own:
    """One assessor's own ratings while the part is rated blind; what they said before is in the events."""

    person: str

    def held(self, session: Session, key: Key) -> Held:
        """The own rating as it stands."""
        row = session.execute(_one_of(BlindRating, "person_id"), self._where(key)).first()
        return self._held(row.version, _says(row._mapping), row.rated_at) if row else Held()

    def version(self, session: Session, key: Key, version: int) -> Held:
        """What a version said, from its event; nothing before the first."""
        events = session.execute(
            select(col(Event.after)).where(col(Event.subject) == self.subject(key)).order_by(col(Event.seq))
        ).scalars()
        for after in map(json.loads, events):
            if after.get("version") == version:
                return self._held(version, _says(after), None)
        return Held()

    def put(
        self, session: Session, key: Key, before: Held, later: Held, *, actor: Someone, act: str, now: datetime
    ) -> Held:
        """Store the next version and its event."""
        stored = Held(before.version + 1, later.says, rated_by=actor.actor.id, rated_at=now)
        _store(session, BlindRating, self._where(key), before, _said(stored))
        _record(session, self.subject(key), self._where(key), before, stored, _said, actor=actor, act=act, now=now)
        return stored

    def returned(self, session: Session, key: Key, held: Held) -> bool:
        """Nobody reviews what is not yet open to anybody."""
        return False

    def subject(self, key: Key) -> str:
        """What its events are about."""
        return "blind_rating:" + "/".join(self._where(key).values())

    def _where(self, key: Key) -> dict[str, str]:
        return {**key.columns, "person_id": self.person}

    def _held(self, version: int, says: Judgement, at: datetime | None) -> Held:
        return Held(version, says, rated_by=f"person:{self.person}", rated_at=at)


# --- rows ----------------------------------------------------------------------------------------------


def _shared(row: Row[Any]) -> Held:
    return Held(row.version, _says(row._mapping), row.carried_from, bool(row.to_confirm), row.rated_by, row.rated_at)


def _says(row: Mapping[Any, Any]) -> Judgement:
    level = Level(row["level"]) if row["level"] else None
    return Judgement(level, row["rationale"], row["cites_standard"], row["cites_guidance"])


def _said(held: Held) -> dict[str, Any]:
    says = held.says
    return {
        "level": says.level.value if says.level else None,
        "rationale": says.rationale,
        "cites_standard": says.cites_standard,
        "cites_guidance": says.cites_guidance,
        "rated_at": held.rated_at,
        "version": held.version,
    }


def _columns(held: Held) -> dict[str, Any]:
    return {
        **_said(held),
        "carried_from": held.carried_from,
        "to_confirm": held.to_confirm,
        "rated_by": held.rated_by,
    }


def _store(
    session: Session, model: type[SQLModel], key: Mapping[str, str], before: Held, values: Mapping[str, Any]
) -> None:
    """Put the row in, or in place of the version that was read: nobody writes between, and this would say so."""
    if not before.version:
        session.connection().execute(_insert(model), {**key, **values})
        return
    where = {f"at_{name}": value for name, value in key.items()}
    changed = session.connection().execute(
        _update(model, tuple(key)), {**where, "at_version": before.version, **values}
    )
    assert changed.rowcount == 1, "the version that was read is still the one that stands"


def _record(
    session: Session,
    subject: str,
    key: Mapping[str, str],
    before: Held,
    stored: Held,
    columns: Callable[[Held], dict[str, Any]],
    *,
    actor: Someone,
    act: str,
    now: datetime,
) -> None:
    def plain(held: Held) -> dict[str, Any]:
        return {**key, **columns(held), "rated_at": ledger.moment(held.rated_at) if held.rated_at else None}

    was = plain(before) if before.version else None
    ledger.record(session, actor=actor.actor, act=act, subject=subject, before=was, after=plain(stored), now=now)


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


@lru_cache
def _one_of(model: type[SQLModel], *more: str) -> Select[Any]:
    table = _table(model)
    named = ("assessment_id", "part", "criterion", *more)
    return select(table).where(*(table.c[name] == bindparam(name) for name in named))


@lru_cache
def _insert(model: type[SQLModel]) -> Executable:
    return _table(model).insert()


@lru_cache
def _update(model: type[SQLModel], key: tuple[str, ...]) -> Executable:
    table = _table(model)
    return table.update().where(*(table.c[name] == bindparam(f"at_{name}") for name in (*key, "version")))


@lru_cache
def _last_review() -> Select[Any]:
    newest: Any = (
        select(col(RatingReview.verdict), col(RatingReview.of_version))
        .where(
            col(RatingReview.assessment_id) == bindparam("assessment_id"),
            col(RatingReview.part) == bindparam("part"),
            col(RatingReview.criterion) == bindparam("criterion"),
        )
        .order_by(col(RatingReview.position).desc())
        .limit(1)
    )
    return newest  # type: ignore[no-any-return]
