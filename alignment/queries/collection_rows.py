"""Public records by SQL: what each collection reads, by the predicates that the public pages ask, in key order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Row,
    Select,
    String,
    cast,
    exists,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from alignment import tables
from alignment.domain.frozen import dataclass
from alignment.queries.brands import names_of_sites
from alignment.queries.facts import made_public, public_at, public_on, round_told, said_moment
from alignment.queries.said import said as said_in
from alignment.queries.source_rows import standing_on
from alignment.queries.stated import in_register, shown
from alignment.queries.wordings import kept_secret, own_evidence

Key: TypeAlias = tuple[str | int, ...]

# Read as they are in SQL, where every attribute is a column.
_T: Any = tables


@dataclass(frozen=True, slots=True)
class Asked:
    """Which records: that hold on a day, learned by a moment, ``most`` of them after a key, or ``exactly`` one."""

    as_at: date
    known_at: datetime | None = None
    most: int = 1
    after: Key = ()
    exactly: Key = ()
    only: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """A collection that the database reads in the order of a key, which is unique.

    ``narrowed`` are the columns of its filters, ``address`` the page that shows a record.
    """

    statement: Callable[[Asked], Select[Any]]
    key: tuple[Any, ...]
    narrowed: Mapping[str, Any]
    address: Callable[[Row[Any]], str]

    def rows(self, connection: Connection, asked: Asked) -> Sequence[Row[Any]]:
        """The rows asked for, and one more to tell whether there is one: one query."""
        statement = self.statement(asked).add_columns(*(each.label(f"key_{at}") for at, each in enumerate(self.key)))
        for name, said in asked.only.items():
            statement = statement.where(*self._only(name, said))
        if asked.exactly:
            statement = statement.where(*(each == said for each, said in zip(self.key, asked.exactly, strict=True)))
        if asked.after:  # the first column alone lets the database begin there; the whole key says where exactly
            after = tuple_(*(literal(each) for each in asked.after))
            statement = statement.where(self.key[0] >= asked.after[0], tuple_(*self.key) > after)
        return connection.execute(statement.order_by(*self.key).limit(asked.most + 1)).all()

    def _only(self, name: str, said: str) -> Iterable[ColumnElement[bool]]:
        if name == "assessment":
            return _is_round(said)
        return (self.narrowed[name] == said,)

    def key_in(self, row: Row[Any]) -> Key:
        """The key of a row."""
        return tuple(row._mapping[f"key_{at}"] for at in range(len(self.key)))


def unheld(connection: Connection, only: Mapping[str, str]) -> frozenset[str]:
    """Which of the ids that somebody asks for are none of the public register, by their names: one query."""
    asked = sorted({"programme", "assessment", "brand"} & only.keys())
    if not asked:
        return frozenset()
    t = _T
    rounds = select(literal("assessment")).select_from(t.Assessment)
    held: dict[str, Any] = {
        "programme": select(literal("programme")).where(t.Programme.id == only.get("programme"), _real()),
        "assessment": rounds.join(t.Programme, t.Programme.id == t.Assessment.programme_id).where(
            *_is_round(only.get("assessment", "")), _published()
        ),
        "brand": in_register(select(literal("brand")).where(t.Brand.id == only.get("brand")), t.Brand),
    }
    return frozenset(asked) - set(connection.execute(union_all(*(held[each] for each in asked))).scalars())


# --- what is public ----------------------------------------------------------------------------------------


def _real() -> ColumnElement[bool]:
    return _T.Programme.example.is_(False)  # type: ignore[no-any-return]


def _published() -> ColumnElement[bool]:
    return _T.Assessment.published.is_(True) & _real()  # type: ignore[no-any-return]


def _public_rating(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return (made_public(_T.RatingVersion), public_on() <= asked.as_at, *_learned(public_at(), asked))


def _learned(moment: Any, asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return (moment <= asked.known_at,) if asked.known_at else ()


def _standing(table: Any, asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return standing_on(table, asked.as_at, asked.known_at)


def _is_round(said: str) -> tuple[ColumnElement[bool], ...]:
    """That a round is the one of this id."""
    programme, _, number = said.rpartition("/")
    known = number.isascii() and number.isdigit() and len(number) < 6
    return (_T.Assessment.programme_id == programme, _T.Assessment.round == (int(number) if known else 0))


def _round_id(table: Any) -> ColumnElement[str]:
    """The id of a round: its programme and its number, as in the address of its page."""
    return table.programme_id + literal("/") + cast(table.round, String)  # type: ignore[no-any-return]


# --- statements --------------------------------------------------------------------------------------------

_TIMES = ("effective_on", "effective_precision", "recorded_at")
_UNDATED = {"effective_on": cast(null(), Date), "effective_precision": cast(null(), String)}


def sourced(table: Any, **said: Any) -> Select[Any]:
    """A select of a table with what its records say by name; its own times where none are given, and its source."""
    t = _T
    told = {name: getattr(table, name) for name in _TIMES if name not in said} | said
    document = {
        "source_id": t.Source.id, "source_title": t.Source.title, "source_issuer": t.Source.issuer,
        "source_issued_on": t.Source.issued_on, "source_issued_precision": t.Source.issued_precision,
        "source_place": table.place, "source_certainty": table.certainty, "source_remark": table.remark,
    }  # fmt: skip
    columns = (each.label(name) for name, each in (told | document).items())
    return select(*columns).select_from(table).outerjoin(t.Source, t.Source.id == table.source_id)


def _name(asked: Asked) -> ColumnElement[str]:
    """The name of an organisation on the day asked for, as known at the moment."""
    return said_in(_T.Organisation, "name", asked.as_at, asked.known_at)


def steps_of(actions: Sequence[str], asked: Asked) -> Select[Any]:
    """The steps of some actions that hold on the day, in their order."""
    t = _T
    names = ("id", "state", "as_reported", "statement", "announced_on", "position", "corrects")
    told = {name: getattr(t.ActionStep, name) for name in names}
    return (
        sourced(t.ActionStep, action=t.ActionStep.action_id, by=_name(asked), **told)
        .outerjoin(t.Organisation, t.Organisation.id == t.ActionStep.by_id)
        .where(t.ActionStep.action_id.in_(actions), *_standing(t.ActionStep, asked))
        .order_by(t.ActionStep.position)
    )


def criteria_of(actions: Sequence[str]) -> Select[Any]:
    """The criteria that some actions answer."""
    t = _T.ActionCriterion
    told = (t.action_id, t.part, t.criterion, t.our_reading)
    return select(*told).where(t.action_id.in_(actions)).order_by(t.part, t.criterion)


def evidence_of(ratings: Sequence[tuple[str, str, str]], asked: Asked) -> Select[Any]:
    """What some ratings rest on, by round, part and criterion, as the page of the round shows it."""
    t = _T
    rating = (t.RatingEvidence.assessment_id, t.RatingEvidence.part, t.RatingEvidence.criterion)
    said = {name: getattr(t.Evidence, name) for name in ("id", "kind", "reference", "link", "collected_on")}
    of = dict(zip(("assessment_id", "part", "criterion"), rating, strict=True))
    return (
        sourced(t.Evidence, secret=kept_secret(), **of, **said)
        .join(t.RatingEvidence, t.RatingEvidence.evidence_id == t.Evidence.id)
        .join(t.Assessment, t.Assessment.id == t.RatingEvidence.assessment_id)
        .where(
            made_public(t.RatingEvidence), own_evidence(), *_standing(t.Evidence, asked), tuple_(*rating).in_(ratings)
        )
        .order_by(t.Evidence.id)
    )


def _of_round(statement: Select[Any], table: Any) -> Select[Any]:
    """Only what belongs to a published round."""
    t = _T
    return (
        statement.join(t.Assessment, t.Assessment.id == table.assessment_id)
        .join(t.Programme, t.Programme.id == t.Assessment.programme_id)
        .where(_published())
    )


def _in_round() -> dict[str, Any]:
    """What a record of a round says of it."""
    t = _T.Assessment
    return {"programme": t.programme_id, "assessment": _round_id(t), "round": t.round}


def _assessments(asked: Asked) -> Select[Any]:
    """Rounds of which something is held on the day, as the page of their programme lists them."""
    t = _T
    earlier = aliased(t.Assessment)
    statement = sourced(
        t.Assessment, **_UNDATED, **_in_round(), label=t.Assessment.label, edition=t.Assessment.edition,
        assessor=_name(asked), follows=_round_id(earlier),
    )  # fmt: skip
    held = (
        exists().where(table.assessment_id == t.Assessment.id, *_standing(table, asked))
        for table in (t.PartProgress, t.Result)
    )
    rated = exists().where(t.RatingVersion.assessment_id == t.Assessment.id, *_public_rating(asked))
    return (
        statement.join(t.Programme, t.Programme.id == t.Assessment.programme_id)
        .outerjoin(t.Organisation, t.Organisation.id == t.Assessment.assessor_id)
        .outerjoin(earlier, earlier.id == t.Assessment.follows)
        .where(_published(), or_(*held, rated), *_learned(t.Assessment.recorded_at, asked), *_told(asked))
    )


def _told(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return (round_told(said_moment(asked.known_at)),) if asked.known_at else ()


def _ratings(asked: Asked) -> Select[Any]:
    """The rating that stands on the day for each criterion of a part; one that was taken back is none.

    Of a round that people work on no version but the last is public; of any other, each is from its own day on, so
    that a later one replaces it by its own dates.
    """
    t = _T
    later, earlier = aliased(t.RatingVersion), aliased(t.Assessment)
    replaced = exists().where(
        later.assessment_id == t.RatingVersion.assessment_id, later.part == t.RatingVersion.part,
        later.criterion == t.RatingVersion.criterion, later.version > t.RatingVersion.version,
        later.effective_on <= asked.as_at, *_learned(later.rated_at, asked),
    )  # fmt: skip
    names = ("part", "criterion", "level", "rationale", "cites_standard", "cites_guidance", "version")
    said = {name: getattr(t.RatingVersion, name) for name in names}
    statement = sourced(
        t.Assessment, effective_on=public_on(), effective_precision=literal("day"), recorded_at=public_at(),
        **_in_round(), assessment_id=t.Assessment.id, carried_from=_round_id(earlier), **said,
    )  # fmt: skip
    return (
        statement.join(t.Programme, t.Programme.id == t.Assessment.programme_id)
        .join(t.RatingVersion, t.RatingVersion.assessment_id == t.Assessment.id)
        .outerjoin(earlier, earlier.id == t.RatingVersion.carried_from)
        .where(_real(), *_public_rating(asked), ~replaced, t.RatingVersion.level.is_not(None))
    )


def _results(asked: Asked) -> Select[Any]:
    names = ("scope", "level", "kind", "statement", "rests_on", "corrects")
    said = {name: getattr(_T.Result, name) for name in names}
    return _of_round(sourced(_T.Result, **_in_round(), **said), _T.Result).where(*_standing(_T.Result, asked))


def _actions(asked: Asked) -> Select[Any]:
    """Actions of which a step holds on the day."""
    t = _T
    begun = exists().where(t.ActionStep.action_id == t.CorrectiveAction.id, *_standing(t.ActionStep, asked))
    names = ("title", "root_cause", "due_on", "expected_on", "number_known")
    said = {name: getattr(t.CorrectiveAction, name) for name in names}
    statement = sourced(t.CorrectiveAction, **_UNDATED, **_in_round(), owner=_name(asked), **said)
    return (
        _of_round(statement, t.CorrectiveAction)
        .outerjoin(t.Organisation, t.Organisation.id == t.CorrectiveAction.owner_id)
        .where(begun, *_learned(t.CorrectiveAction.recorded_at, asked))
    )


def _decisions(asked: Asked) -> Select[Any]:
    names = (
        "act", "reason", "conditions", "against_advice", "published_note", "published_link", "announced_on", "corrects",
    )  # fmt: skip
    t, programme = _T.Decision, _T.Programme
    in_effect = t.effective_on <= asked.as_at
    day_ends = datetime.combine(asked.as_at, time.max, UTC)
    # What is decided by the day is told, also where it takes effect later, as the pages tell it.
    decided = in_effect | (t.recorded_at <= day_ends) | (t.announced_on <= asked.as_at)
    return (
        sourced(t, in_effect=in_effect, advice=_T.Proposal.advice, voices=_T.Proposal.quorum, **_said_by(t, names))
        .outerjoin(_T.Proposal, _T.Proposal.id == t.id)
        .join(programme, programme.id == t.programme_id)
        .where(_real(), *standing_on(t, asked.as_at, asked.known_at, begun=decided))
    )


def _recognitions(asked: Asked) -> Select[Any]:
    t = _T
    names = ("under", "act", "reference", "statement", "corrects")
    statement = sourced(t.Recognition, authority=_name(asked), **_said_by(t.Recognition, names))
    named = statement.join(t.Organisation, t.Organisation.id == t.Recognition.authority_id)
    return _of_programme(named, t.Recognition, asked)


def _said_by(table: Any, names: Iterable[str]) -> dict[str, Any]:
    return {"programme": table.programme_id} | {name: getattr(table, name) for name in names}


def _of_programme(statement: Select[Any], table: Any, asked: Asked) -> Select[Any]:
    programme = _T.Programme
    return statement.join(programme, programme.id == table.programme_id).where(_real(), *_standing(table, asked))


def _certificates(asked: Asked) -> Select[Any]:
    t = _T
    names = (
        "kind", "issuer", "number", "edition", "sites", "metals", "conformance", "expires_on", "statement",
        "verified_by", "verified_on", "corrects",
    )  # fmt: skip
    statement = sourced(
        t.Certificate, brand=t.Certificate.brand_id, producer=t.Brand.producer_id, equivalence=t.Equivalence.name,
        site_names=names_of_sites(), **_said_by(t.Certificate, names),
    )  # fmt: skip
    public = (
        statement.join(t.Brand, t.Brand.id == t.Certificate.brand_id)
        .outerjoin(t.Equivalence, t.Equivalence.id == t.Certificate.equivalence_id)
        .where(*_standing(t.Certificate, asked), *shown(t.Certificate))
    )
    return in_register(public, t.Brand)  # type: ignore[no-any-return]


# --- collections -------------------------------------------------------------------------------------------


def _round_page(row: Row[Any]) -> str:
    return f"/programmes/{row.programme}/assessments/{row.round}"


def _rating_place(row: Row[Any]) -> str:
    return f"{_round_page(row)}#{row.part}-{row.criterion}"


def _ledger_line(row: Row[Any]) -> str:
    return f"/programmes/{row.programme}#{row.key_0}"


def _actions_of(row: Row[Any]) -> str:
    return f"/programmes/{row.programme}#ca"


def _brand_page(row: Row[Any]) -> str:
    return f"/brands/{row.brand}"


@cache
def kept() -> Mapping[str, Kept]:
    """The collections by name; put together when the first program asks."""
    t = _T
    rounds = (t.Assessment.programme_id, t.Assessment.round)
    rating = (t.RatingVersion.part, t.RatingVersion.criterion)
    of = {"programme": t.Assessment.programme_id}
    narrowed = of | {"part": rating[0], "criterion": rating[1]}
    return {
        "assessments": Kept(_assessments, rounds, of, _round_page),
        "ratings": Kept(_ratings, (*rounds, *rating), narrowed, _rating_place),
        "results": Kept(_results, (t.Result.id,), of | {"kind": t.Result.kind}, _round_page),
        "actions": Kept(_actions, (t.CorrectiveAction.id,), of, _actions_of),
        "decisions": Kept(_decisions, (t.Decision.id,), {"programme": t.Decision.programme_id}, _ledger_line),
        "recognitions": Kept(
            _recognitions, (t.Recognition.id,), {"programme": t.Recognition.programme_id}, _ledger_line
        ),
        "certificates": Kept(
            _certificates, (t.Certificate.id,),
            {"brand": t.Certificate.brand_id, "programme": t.Certificate.programme_id}, _brand_page,
        ),
    }  # fmt: skip
