"""Public records for programs, one portion at a time in the order of their keys.

A record is shown from when the public pages show it, by the predicates that those pages ask: of published rounds, of
closed parts where people rate here, of producers what is public and not withdrawn, of the worked example nothing.
A portion begins after a key and not at a number, so that it stays right when records are added.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, func, literal, select
from sqlmodel import col

from alignment.domain.action import ActionState
from alignment.domain.assessment import Certainty
from alignment.domain.catalogue import Part
from alignment.domain.frozen import dataclass
from alignment.domain.news import News
from alignment.domain.when import When
from alignment.queries.brands import brands, site_names
from alignment.queries.collection_rows import Asked, Key, criteria_of, evidence_of, kept, sourced, steps_of
from alignment.queries.decision_ledger import ConditionLine, beside_of
from alignment.queries.facts import LEDGER, SourceRef, own_entry, sure_when, when
from alignment.queries.feed import EVERYTHING, Topic, news
from alignment.queries.publications import publications
from alignment.queries.reasons import ActionView, action_view
from alignment.queries.records import Action, Answer, Ground, PublicChange, StepEntry
from alignment.queries.status import StatusRow
from alignment.tables import Brand, Decision, Event, SignificantChange, Source


@dataclass(frozen=True, slots=True)
class Origin:
    """The document that a record rests on and the place in it; how sure the register is, where that is said."""

    id: str
    title: str
    issuer: str
    issued: When | None
    place: str
    certainty: Certainty | None = None
    remark: str = ""

    @property
    def href(self) -> str:
        """The page that shows it; of what was decided here, the entry in the ledger."""
        return self.place if self.id == LEDGER else f"/sources/{self.id}"


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its key, its id, the page that shows it, both of its times, its source, and what it says by name."""

    key: Key
    id: str
    address: str
    effective: When | None = None
    recorded_at: datetime | None = None
    origin: Origin | None = None
    says: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Portion:
    """Some records in their order. ``last`` is the key after which more follow, None where none do."""

    records: tuple[Record, ...]
    last: Key | None = None


def portion(connection: Connection, collection: str, asked: Asked) -> Portion:
    """The next records of a collection; at most seven queries. KeyError for one that is not read here."""
    found = _READERS[collection](connection, collection, asked)  # one more than asked for, where there is one
    return Portion(tuple(found[: asked.most]), found[asked.most - 1].key if len(found) > asked.most else None)


# --- kept in the order of their keys by the database -------------------------------------------------------


def _read(connection: Connection, collection: str, asked: Asked) -> list[Record]:
    return [_record(collection, row) for row in kept()[collection].rows(connection, asked)]


def _record(collection: str, row: Row[Any], **also: object) -> Record:
    read = kept()[collection]
    key = read.key_in(row)
    return Record(
        key=key,
        id="/".join(map(str, key)),
        address=read.address(row),
        effective=when(row.effective_on, row.effective_precision),
        recorded_at=row.recorded_at,
        origin=_origin(row),
        says=dict(row._mapping) | also,
    )


@dataclass(frozen=True, slots=True)
class ConditionTold:
    """A condition of a decision as it stands on a day: when it was met, and what shows it."""

    id: str
    text: str
    due_on: date | None
    met_on: date | None
    shown_by: str


def _read_decisions(connection: Connection, collection: str, asked: Asked) -> list[Record]:
    """Decisions with all that the public ledger says of them; one taken here rests on its own entry there."""
    rows = kept()[collection].rows(connection, asked)
    beside = beside_of(connection, known_at=asked.known_at)
    found = []
    for row in rows:
        record = _record(
            collection, row,
            conditions_set=[_condition(each, asked.as_at) for each in beside.conditions[row.key_0]],
            appeals=[each.on(asked.as_at) for each in beside.appeals[row.key_0] if each.filed_on <= asked.as_at],
        )  # fmt: skip
        found.append(record if record.origin else replace(record, origin=_origin_of(own_entry(record.id))))
    return found


def _condition(line: ConditionLine, as_at: date) -> ConditionTold:
    met = line.met(as_at)
    return ConditionTold(line.id, line.text, line.due, met.met_on if met else None, met.statement if met else "")


def _origin(row: Row[Any]) -> Origin | None:
    return _origin_of(_ground(row))


def _read_certificates(connection: Connection, collection: str, asked: Asked) -> list[Record]:
    return [_record(collection, row, **_scope(row)) for row in kept()[collection].rows(connection, asked)]


def _scope(row: Row[Any]) -> dict[str, object]:
    """What a certificate covers in words, and whether somebody else has verified it."""
    sites = site_names(row)
    return {
        "sites": [sites.get(each, each) for each in row.sites.split()],
        "metals": row.metals.split(),
        "standing": "verified" if row.verified_by else "claimed",
    }


# --- ratings, which rest on evidence -----------------------------------------------------------------------


def _read_ratings(connection: Connection, collection: str, asked: Asked) -> list[Record]:
    """Ratings with the evidence that their page shows; what is confidential is counted and not told."""
    rows = kept()[collection].rows(connection, asked)
    keys = [(row.assessment_id, row.part, row.criterion) for row in rows]
    told: dict[Any, list[Record]] = defaultdict(list)
    secret: Counter[Any] = Counter()
    for each in connection.execute(evidence_of(keys, asked)):
        key = (each.assessment_id, each.part, each.criterion)
        if each.secret:
            secret[key] += 1
        else:
            told[key].append(_evidence(each))
    return [
        _record(collection, row, evidence=told[key], confidential=secret[key])
        for row, key in zip(rows, keys, strict=True)
    ]


def _evidence(row: Row[Any]) -> Record:
    effective = sure_when(row.effective_on, row.effective_precision)
    return Record((row.id,), row.id, "", effective, row.recorded_at, _origin(row), dict(row._mapping))


# --- actions, which have steps and criteria ----------------------------------------------------------------


def _read_actions(connection: Connection, collection: str, asked: Asked) -> list[Record]:
    rows = kept()[collection].rows(connection, asked)
    ids = [row.key_0 for row in rows]
    steps: dict[str, list[StepEntry]] = defaultdict(list)
    for row in connection.execute(steps_of(ids, asked)):
        steps[row.action].append(_step(row))
    criteria: dict[str, list[Answer]] = defaultdict(list)
    for row in connection.execute(criteria_of(ids)):
        criteria[row.action_id].append(Answer(Part(row.part), row.criterion, bool(row.our_reading)))
    return [_action(collection, row, steps[row.key_0], criteria[row.key_0], asked) for row in rows]


def _action(
    collection: str, row: Row[Any], steps: Sequence[StepEntry], criteria: Sequence[Answer], asked: Asked
) -> Record:
    """An action as its page shows it; it holds from the step that it reached last."""
    action = Action(
        id=row.key_0, round=row.round, title=row.title, root_cause=row.root_cause, owner=row.owner or "",
        due_on=row.due_on, expected_on=row.expected_on, number_known=bool(row.number_known),
        criteria=tuple(criteria), steps=tuple(steps), ground=None,
    )  # fmt: skip
    view = action_view(action, asked.as_at)
    assert view is not None, "only actions of which a step holds are read"
    record = _record(collection, row, **_state(view))
    return replace(record, effective=view.steps[-1].effective)


def _state(view: ActionView) -> dict[str, object]:
    return {
        "state": view.state, "as_reported": view.as_reported, "timing": view.timing,
        "criteria": view.action.criteria, "steps": [_step_record(each) for each in view.steps],
    }  # fmt: skip


def _step(row: Row[Any]) -> StepEntry:
    return StepEntry(
        id=row.id, effective=sure_when(row.effective_on, row.effective_precision), announced_on=row.announced_on,
        recorded_at=row.recorded_at, order=row.position, corrects=row.corrects or "", ground=_ground(row),
        action=row.action, state=ActionState(row.state), as_reported=bool(row.as_reported), by=row.by or "",
        statement=row.statement,
    )  # fmt: skip


def _ground(row: Row[Any]) -> Ground | None:
    if not row.source_id:
        return None
    return Ground(
        source=row.source_id, title=row.source_title, issuer=row.source_issuer,
        date=when(row.source_issued_on, row.source_issued_precision), place=row.source_place,
        how_sure=Certainty(row.source_certainty), remark=row.source_remark, about_source="",
    )  # fmt: skip


def _step_record(entry: StepEntry) -> Record:
    said = {
        "id": entry.id, "state": entry.state, "as_reported": entry.as_reported, "by": entry.by,
        "statement": entry.statement,
    }  # fmt: skip
    return Record((entry.id,), entry.id, "", entry.effective, entry.recorded_at, _origin_of(entry.ground), said)


# --- read as a whole by the pages, and cut here ------------------------------------------------------------


def _origin_of(ground: Ground | SourceRef | None) -> Origin | None:
    """What a page says of a document, as the origin of a record."""
    match ground:
        case None:
            return None
        case SourceRef():
            return Origin(ground.id, ground.title, ground.issuer, ground.issued, ground.place)
        case Ground():
            return Origin(
                ground.source, ground.title, ground.issuer, ground.date, ground.place, ground.how_sure, ground.remark
            )


def _in_order(records: Iterable[Record], asked: Asked, *, newest_first: bool = False) -> list[Record]:
    """Of a whole collection those that are asked for, in the order of their keys."""
    if asked.exactly:
        return [each for each in records if (each.id,) == asked.exactly]
    ordered = sorted(records, key=lambda each: each.key, reverse=newest_first)
    if not asked.after:
        return ordered
    return [each for each in ordered if (each.key < asked.after if newest_first else each.key > asked.after)]


def programme_records(connection: Connection, rows: Sequence[StatusRow]) -> tuple[Record, ...]:
    """Rows of the status table as records that hold, and were recorded, with the decision that stands. One query.

    What they say is written where the table is (exchange/table.py).
    """
    standing = [row.state.standing.decision_id for row in rows if row.state.standing.decision_id]
    read = {
        row.id: row
        for row in connection.execute(sourced(Decision, id=col(Decision.id)).where(col(Decision.id).in_(standing)))
    }
    return tuple(_programme(row, read.get(row.state.standing.decision_id or "")) for row in rows)


def accepted_changes(
    connection: Connection, ids: Sequence[str], known_at: datetime | None
) -> dict[str, list[PublicChange]]:
    """What owners reported of the programmes in the wording that the LME accepted, the earliest first: one query."""
    learned = col(SignificantChange.accepted_at)
    statement: Any = select(
        col(SignificantChange.programme_id), col(SignificantChange.title), col(SignificantChange.public_wording),
        col(SignificantChange.effective_on), col(SignificantChange.transition_until), learned,
    ).where(learned.is_not(None), col(SignificantChange.programme_id).in_(ids))  # fmt: skip
    if known_at is not None:
        statement = statement.where(learned <= known_at)
    found: dict[str, list[PublicChange]] = {id: [] for id in ids}
    for row in connection.execute(statement.order_by(col(SignificantChange.effective_on), learned)):
        found[row.programme_id].append(
            PublicChange(row.title, row.public_wording, row.effective_on, row.transition_until, row.accepted_at)
        )
    return found


def _programme(row: StatusRow, decision: Row[Any] | None) -> Record:
    bare = Record((row.programme.number,), row.id, f"/programmes/{row.id}")
    if decision is None:
        return bare
    origin = _origin(decision) or _origin_of(own_entry(decision.id))
    return replace(bare, effective=row.since, recorded_at=decision.recorded_at, origin=origin)


def _read_brands(connection: Connection, collection: str, asked: Asked) -> list[Record]:
    """The brands of the register with the track declared on the day; one was learned with the event that entered it."""
    lines = brands(connection, as_at=asked.as_at, known_at=asked.known_at)
    entered = (
        select(col(Brand.id), func.min(col(Event.at)).label("at"))
        .join(Event, col(Event.subject) == literal("brand:") + col(Brand.id))
        .group_by(col(Brand.id))
    )
    learned = {row.id: datetime.fromisoformat(row.at) for row in connection.execute(entered)}
    records = (
        Record(
            key=(line.id,), id=line.id, address=f"/brands/{line.id}", recorded_at=learned.get(line.id),
            origin=_origin_of(line.ground),
            says={
                "name": line.name, "producer": line.producer, "producer_name": line.producer_name,
                "metal": line.metal, "settled_by_the_lme": line.settled, "product": line.product,
                "stage": line.stage, "listing": line.listing, "by_product": line.by_product, "track": line.track,
                "track_since": line.track_since.iso() if line.track_since else None,
            },
        )
        for line in lines
        if asked.known_at is None or (line.id in learned and learned[line.id] <= asked.known_at)
    )  # fmt: skip
    return _in_order(records, asked)


def _read_publications(connection: Connection, collection: str, asked: Asked) -> list[Record]:
    lines = publications(connection, as_at=asked.as_at, known_at=asked.known_at)
    records = (
        Record(
            key=(line.as_at.isoformat(), line.number), id=line.number, address=f"/publications/{line.number}",
            effective=line.published, recorded_at=line.recorded_at, origin=_origin_of(line.source),
            says={
                "title": line.title, "label": line.label, "issuer": line.issuer, "as_at": line.as_at,
                "programmes": line.programmes, "digest": line.digest, "corrects": line.corrects,
                "corrected_by": line.corrected_by,
            },
        )
        for line in lines
    )  # fmt: skip
    return _in_order(records, asked, newest_first=True)


def _read_events(connection: Connection, collection: str, asked: Asked) -> list[Record]:
    """What the register learned, as the feeds tell it. The chain behind it names people and is not public."""
    programme, kind = asked.only.get("programme", ""), asked.only.get("kind", "")
    topic = Topic(f"programme:{programme}", "", (programme,)) if programme else EVERYTHING
    told = news(connection, topic, as_at=asked.as_at, known_at=asked.known_at, most=None)
    wanted = (
        each
        for each in told  # the newest first, as their keys are
        if kind in ("", each.kind)
        and asked.exactly in ((), (each.identity,))
        and (not asked.after or _event_key(each) < asked.after)
    )
    read: Any = select(
        col(Source.id), col(Source.title), col(Source.issuer), col(Source.issued_on), col(Source.issued_precision)
    )
    documents = {row.id: row for row in connection.execute(read)}
    return [_event(each, documents.get(each.source_id)) for each in islice(wanted, asked.most + 1)]


def _event_key(news: News) -> Key:
    return (news.recorded_at.isoformat(), news.effective.on.isoformat(), news.record)


def _event(news: News, document: Row[Any] | None) -> Record:
    issued = when(document.issued_on, document.issued_precision) if document else None
    origin = document and Origin(document.id, document.title, document.issuer, issued, news.place)
    if news.source_id == LEDGER:
        origin = _origin_of(own_entry(news.record.partition(":")[2]))
    return Record(
        key=_event_key(news), id=news.identity, address=news.address, effective=news.effective,
        recorded_at=news.recorded_at,
        origin=origin,
        says={
            "kind": news.kind, "title": news.title, "text": news.text, "programme": news.programme,
            "correction": news.correction,
        },
    )  # fmt: skip


_READERS: Mapping[str, Callable[[Connection, str, Asked], list[Record]]] = {
    **dict.fromkeys(("assessments", "results", "recognitions"), _read),
    "decisions": _read_decisions,
    "ratings": _read_ratings,
    "actions": _read_actions,
    "certificates": _read_certificates,
    "brands": _read_brands,
    "publications": _read_publications,
    "events": _read_events,
}
