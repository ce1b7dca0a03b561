"""What is kept of programmes is renewed after writes as it is read anew, and says what was known at any moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise, product
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, event
from sqlalchemy.sql import visitors
from sqlmodel import Session, SQLModel, col, delete, select

from alignment.catalogue import load_all
from alignment.database import reading, unit_of_work
from alignment.domain.keeping import PROGRAMMES
from alignment.domain.kept import changed_values
from alignment.domain.people import SEED_IMPORT
from alignment.domain.programme import State, state
from alignment.queries import touched
from alignment.queries.all_changes import AllChanges, all_changes
from alignment.queries.changes import reading_mark
from alignment.queries.coverage_packed import PackedCoverage, packed_coverage
from alignment.queries.facts import ProgrammeRow, programmes
from alignment.queries.held import held
from alignment.queries.programme_changes import AGE, Change, said_age, state_matters
from alignment.queries.status import packed_facts, renewed_facts, status_rows
from alignment.services import ledger
from alignment.services.keeping import keep_changes
from alignment.tables import (
    ActionCriterion,
    ActionStep,
    Assessment,
    AssuranceProcess,
    CorrectiveAction,
    Decision,
    Equivalence,
    Finding,
    Metal,
    Organisation,
    PartProgress,
    Programme,
    ProgrammeMetal,
    ProgrammeName,
    ProgrammeStage,
    Publication,
    RatingVersion,
    Recognition,
    Result,
    Source,
    Standard,
    kept,
)
from tests.queries.test_coverage import CATALOGUE, TRACK_A, YEAR, looked_up, page, told

FIRST = datetime(2026, 12, 1, tzinfo=UTC)
CODES = [each.code for each in load_all()[0][TRACK_A.edition].criteria]


def any_day(chance: Random) -> date:
    return date(2019, 1, 1) + timedelta(days=chance.randrange(2900))


@dataclass
class Writer:
    """Somebody who writes at random, and names in an event what was written, as services do."""

    session: Session
    chance: Random
    numbers: Iterator[int] = field(default_factory=count)

    def one(self, table: type[Any], *where: Any) -> Any:
        """Any row of a table, of the worked example where it has some there."""
        key = next(iter(table.__table__.primary_key.columns))  # type: ignore[attr-defined]
        rows = self.session.exec(select(table).where(*where).order_by(key)).all()
        return self.chance.choice([row for row in rows if getattr(row, key.name).startswith("example-")] or rows)

    @property
    def now(self) -> datetime:
        return FIRST + timedelta(hours=next(self.numbers))

    def day(self) -> date:
        return any_day(self.chance)

    def enter(self, table: type[Any], **given: Any) -> None:
        """A dated fact, sometimes one that corrects another of its kind."""
        now = self.now
        corrects = None
        if self.chance.random() < 0.3 and (
            owner := next(iter(given.keys() & {"programme_id", "assessment_id", "action_id"}))
        ):
            others = self.session.exec(select(table).where(getattr(table, owner) == given[owner])).all()
            corrects = min((each.id for each in others), default=None)
        row = table(
            id=f"written-{now:%m%d%H}", effective_on=self.day(), effective_precision=self.chance.choice(["day", "by"]),
            recorded_at=now, position=now.toordinal() * 24 + now.hour, corrects=corrects,
            source_id=self.one(Source).id, **given,
        )  # fmt: skip
        ledger.enter(self.session, row, actor=SEED_IMPORT, act="recorded", now=now)

    def change(self, row: SQLModel, **values: Any) -> None:
        ledger.change(self.session, row, values, actor=SEED_IMPORT, act="changed", now=self.now)

    def record(self, subject: str, *, before: object = None) -> None:
        ledger.record(
            self.session, actor=SEED_IMPORT, act="changed", subject=subject, before=before, after={}, now=self.now
        )


def decide(by: Writer) -> None:
    by.enter(Decision, programme_id=by.one(Programme).id, act=by.chance.choice(["approved", "suspended", "reinstated"]))


def declare_void(by: Writer) -> None:
    """A decision that nothing corrects yet never held."""
    corrected = select(Decision.corrects).where(col(Decision.corrects).is_not(None))
    held, now = by.one(Decision, col(Decision.id).not_in(corrected), Decision.act != "void"), by.now
    says = held.model_dump() | {"id": f"written-{now:%m%d%H}", "act": "void", "corrects": held.id, "recorded_at": now}
    ledger.enter(by.session, Decision(**says), actor=SEED_IMPORT, act="corrected", now=now)


def recognise(by: Writer) -> None:
    held = by.one(Recognition)
    by.enter(Recognition, programme_id=by.one(Programme).id, authority_id=held.authority_id, under="", act=held.act)


def progress(by: Writer) -> None:
    part = by.chance.choice(["standards", "implementation"])
    by.enter(PartProgress, assessment_id=by.one(Assessment).id, part=part,
             progress=by.chance.choice(["complete", "in_progress"]))  # fmt: skip


def result(by: Writer) -> None:
    level = by.chance.choice(["fully", "partially", "not"])
    by.enter(Result, assessment_id=by.one(Assessment).id, scope="standards", level=level)


def find(by: Writer) -> None:
    group = by.chance.choice(CATALOGUE.groups).code
    by.enter(Finding, assessment_id=by.one(Assessment).id, part="standards", group=group, level="not", number=1)


def step(by: Writer) -> None:
    by.enter(ActionStep, action_id=by.one(CorrectiveAction).id, state=by.chance.choice(["agreed", "verified"]))


def extend(by: Writer) -> None:
    by.change(by.one(CorrectiveAction), due_on=by.day())


def link(by: Writer) -> None:
    row = ActionCriterion(action_id=by.one(CorrectiveAction).id, part="standards", criterion=by.chance.choice(CODES))
    if by.session.get(ActionCriterion, (row.action_id, row.part, row.criterion)) is None:
        ledger.enter(by.session, row, actor=SEED_IMPORT, act="linked", now=by.now)


def unlink(by: Writer) -> None:
    row = by.one(ActionCriterion)
    by.session.delete(row)
    by.record(ledger.subject_of(row), before={})


def publish(by: Writer) -> None:
    row = by.one(Assessment)
    by.change(row, published=not row.published)


def rate(by: Writer) -> None:
    held = by.one(RatingVersion)
    versions = by.session.exec(
        select(RatingVersion.version).where(
            RatingVersion.assessment_id == held.assessment_id, RatingVersion.part == held.part,
            RatingVersion.criterion == held.criterion,
        )
    ).all()  # fmt: skip
    now = by.now
    row = RatingVersion(
        assessment_id=held.assessment_id, part=held.part, criterion=held.criterion, version=max(versions) + 1,
        level=by.chance.choice(["fully", "partially", "not"]), rated_by="", rated_at=now, effective_on=by.day(),
    )  # fmt: skip
    by.session.add(row)
    by.record(f"rating:{held.assessment_id}/{held.part}/{held.criterion}")


def rename(by: Writer) -> None:
    now = by.now
    row = ProgrammeName(id=f"written-{now:%m%d%H}", programme_id=by.one(Programme).id, name=f"At {now}", use="table",
                        since=by.day())  # fmt: skip
    ledger.enter(by.session, row, actor=SEED_IMPORT, act="named", now=now)


def widen(by: Writer) -> None:
    programme, metal = by.one(Programme).id, by.chance.choice(["copper", "tin"])
    where = (ProgrammeMetal.programme_id == programme, ProgrammeMetal.metal_id == metal)
    held = by.session.exec(select(ProgrammeMetal).where(*where)).first()
    if held:
        by.session.exec(delete(ProgrammeMetal).where(*where))  # type: ignore[arg-type]
    else:
        by.session.add(ProgrammeMetal(programme_id=programme, metal_id=metal))
    by.record(f"programme:{programme}", before={})


def rescope(by: Writer) -> None:
    """A scope and a short name that hold from a day, or always did."""
    row, now = by.one(Programme), by.now
    before = kept.dated_values(by.session.connection())[f"programme:{row.id}"][1]
    metals = dict(before["metals"])
    if not metals.pop("copper", None):
        metals["copper"] = {"excluded": by.chance.random() < 0.3, "condition": ""}
    stages = by.chance.choice([["mine"], ["refiner"], ["mine", "refiner"]])
    values = {**before, "metals": metals, "stages": stages, "short_name": f"At {now}"}
    since = by.day() if by.chance.random() < 0.7 else None
    keep_changes(by.session, f"programme:{row.id}", changed_values(PROGRAMMES, before, values), since=since, now=now)
    by.session.exec(delete(ProgrammeMetal).where(ProgrammeMetal.programme_id == row.id))  # type: ignore[arg-type]
    by.session.exec(delete(ProgrammeStage).where(ProgrammeStage.programme_id == row.id))  # type: ignore[arg-type]
    by.session.add_all(ProgrammeMetal(programme_id=row.id, metal_id=id, **said) for id, said in metals.items())
    by.session.add_all(ProgrammeStage(programme_id=row.id, stage=stage) for stage in stages)
    by.change(row, short_name=values["short_name"])


def rename_record(by: Writer) -> None:
    """An organisation, a standard or an assurance process that has another name from a day on, or always had."""
    row, now = by.one(by.chance.choice([Organisation, Standard, AssuranceProcess])), by.now
    changed = {"name": (row.name, f"At {now}")}
    since = by.day() if by.chance.random() < 0.7 else None
    keep_changes(by.session, ledger.subject_of(row), changed, since=since, now=now)
    by.change(row, name=f"At {now}")


def supersede(by: Writer) -> None:
    first, second = by.one(Programme), by.one(Programme)
    by.change(first, superseded_by=None if first.id == second.id else second.id)


def found(by: Writer) -> None:
    like, now = by.one(Programme), by.now
    row = Programme(**{**like.model_dump(), "id": f"written-{now:%m%d%H}", "number": 1000 + next(by.numbers)})
    ledger.enter(by.session, row, actor=SEED_IMPORT, act="added", now=now)
    name = ProgrammeName(id=f"{row.id}-name", programme_id=row.id, name="Founded", use="table")
    ledger.enter(by.session, name, actor=SEED_IMPORT, act="named", now=now)


def accept(by: Writer) -> None:
    by.enter(Equivalence, programme_id=by.one(Programme).id, kind="declaration", name="Written", stands_for="")


def tell(by: Writer) -> None:
    held, now = by.one(Publication), by.now
    row = Publication(**{**held.model_dump(), "number": f"{now:%Y-%m-%d-%H}", "recorded_at": now, "as_at": by.day()})
    ledger.enter(by.session, row, actor=SEED_IMPORT, act="published", now=now)


def document(by: Writer) -> None:
    row = Source(id=f"written-{by.now:%m%d%H}", title="A document", issuer="Somebody")
    ledger.enter(by.session, row, actor=SEED_IMPORT, act="added", now=by.now)


def redate(by: Writer) -> None:
    by.change(by.one(Source), issued_on=by.day(), issued_precision="day")


def settle(by: Writer) -> None:
    row = by.one(Metal, Metal.id == "mica")
    by.change(row, lme_settled=not row.lme_settled)


def elsewhere(by: Writer) -> None:
    by.record("person:somebody")


WRITES: tuple[Callable[[Writer], None], ...] = (
    decide, declare_void, recognise, progress, result, find, step, extend, link, unlink, publish, rate, rename, widen,
    rescope, rename_record, supersede, found, accept, tell, document, redate, settle, elsewhere,
)  # fmt: skip


def test_what_is_renewed_after_any_writes_is_what_is_read_anew(example_engine: Engine) -> None:
    chance, numbers = Random(5202), count()
    with reading(example_engine) as connection:
        facts = packed_facts(connection, example=True)
        drawn = packed_coverage(connection, facts, catalogue=CATALOGUE, metal="copper")
    for write in chance.sample(WRITES * 2, 2 * len(WRITES)):
        with unit_of_work(example_engine) as session:
            write(Writer(session, chance, numbers))
        if chance.random() < 0.4:
            continue
        day = any_day(chance)
        moment = FIRST + timedelta(hours=chance.randrange(90), minutes=-chance.randrange(2))
        with reading(example_engine) as connection:
            facts, anew = renewed_facts(connection, facts), packed_facts(connection, example=True)
            assert facts == anew, write
            rows = status_rows(connection, as_at=day, known_at=moment, policy_age=YEAR, example=True)
            assert facts.page(day, YEAR, moment).rows == rows, write
            drawn = packed_coverage(connection, facts, catalogue=CATALOGUE, metal="copper", before=drawn)
            other = packed_coverage(connection, anew, catalogue=CATALOGUE, metal="copper")
            assert packed(drawn) == packed(other), write
            for before, after in pairwise(sorted([day, any_day(chance), any_day(chance)])):
                found = all_changes(connection, facts, before, after, known_at=moment, policy_age=YEAR)
                said = {each.programme.id: each.changes for each in found.programmes}
                assert said == dict(otherwise(connection, found)), write
        for known_at, stage in product((moment, None), ("", "refiner")):
            asked: dict[str, Any] = {"as_at": day, "known_at": known_at, "stage": stage}
            assert told(looked_up(drawn, **asked)) == told(page(example_engine, "copper", example=True, **asked)), write


def otherwise(connection: Connection, found: AllChanges) -> Iterator[tuple[str, tuple[Change, ...]]]:
    """What is derived of each programme on two days from the facts read for a moment, where that differs."""
    rows = [*(each.programme for each in found.programmes), *found.unchanged]
    facts = held(connection, rows, found.known_at)
    days = (found.before, found.after)
    names = {
        day: {each.id: each.name for each in programmes(connection, example=True, as_at=day, known_at=found.known_at)}
        for day in days
    }
    for row in rows:
        was, now = (
            {"Printed name": names[day].get(row.id, row.name), **matters(row, state(facts[row.id], day), day)}
            for day in days
        )
        if was != now:
            yield row.id, tuple(Change(each, was[each], now[each]) for each in now if was[each] != now[each])


def matters(row: ProgrammeRow, stands: State, day: date) -> dict[str, str]:
    said = dict(state_matters(stands, row.route, recognised=True))
    return said | {AGE: said_age(stands.last_report, day, YEAR)}


def packed(found: PackedCoverage) -> dict[str, Any]:
    """The facts of each programme from each moment and day on."""
    return {
        id: (turns.moments, turns.days, [(each.parts, each.actions) for each in turns.facts])
        for id, turns in found.turns.items()
    }


def test_what_no_event_touched_is_not_read_again(example_engine: Engine) -> None:
    with reading(example_engine) as connection:
        before = packed_facts(connection, example=True)
        drawn = packed_coverage(connection, before, catalogue=CATALOGUE, metal="copper")
    with unit_of_work(example_engine) as session:
        by = Writer(session, Random(1))
        programme = by.one(Assessment, Assessment.published).programme_id
        by.enter(Decision, programme_id=programme, act="suspended")
        unpublished = Assessment(id="new", programme_id=programme, edition="", round=9, recorded_at=by.now)
        ledger.enter(session, unpublished, actor=SEED_IMPORT, act="opened", now=by.now)
    with reading(example_engine) as connection:
        after = renewed_facts(connection, before)
        again = packed_coverage(connection, after, catalogue=CATALOGUE, metal="copper", before=drawn)
    others = set(before.courses) - {programme}
    assert others
    assert all(after.courses[each] is before.courses[each] for each in others)
    assert all(again.turns[each] is drawn.turns[each] for each in others & set(drawn.turns))
    assert after.courses[programme] is not before.courses[programme]
    with unit_of_work(example_engine) as session:
        Writer(session, Random(1)).record("rating:new/standards/S1-A-1")
    with reading(example_engine) as connection:
        assert renewed_facts(connection, after).courses is after.courses


def test_of_every_table_it_is_said_what_its_rows_change() -> None:
    said = [
        touched.ITSELF, {each.__tablename__ for each in (*touched.BY_PROGRAMME, *touched.BY_ROUND)}, {"action_step"},
        touched.OF_ACTIONS, touched.OF_RATINGS, touched.AROUND, touched.SHARED, touched.BESIDE, touched.OF_ALL,
        touched.ELSEWHERE,
    ]  # fmt: skip
    assert sorted(name for names in said for name in names) == sorted(SQLModel.metadata.tables)


def test_what_is_kept_is_read_from_no_table_whose_events_pass_it_over(example_engine: Engine) -> None:
    asked: set[str] = set()
    with reading(example_engine) as connection:
        event.listen(connection, "before_execute", lambda *given: asked.update(tables_of(given[1])))
        facts = packed_facts(connection, example=True)
        packed_coverage(connection, facts, catalogue=CATALOGUE, metal="copper")
    assert {"kept_change", "decision", "rating_version", "programme_stage", "finding", "action_criterion"} <= asked
    assert asked & touched.ELSEWHERE == set()


def tables_of(statement: Any) -> set[str]:
    """The tables that a statement reads."""
    return {each.name for each in visitors.iterate(statement) if isinstance(each, Table)}


@pytest.mark.parametrize("mark", [(0, 0), (1, 1), (10**6, 0)])
def test_a_register_that_is_another_or_went_back_is_read_anew(example_engine: Engine, mark: tuple[int, int]) -> None:
    with reading(example_engine) as connection:
        assert touched.touched(connection, mark, (1000, 0)) is None


def test_what_an_event_names_and_nobody_can_tell_may_have_changed_everything(example_engine: Engine) -> None:
    for subject in ("rating:gone/standards/S1-A-1", "decision:gone", "strange:thing", "nothing"):
        with reading(example_engine) as connection:
            mark = reading_mark(connection)
        with unit_of_work(example_engine) as session:
            Writer(session, Random(1)).record(subject)
        with reading(example_engine) as connection:
            assert touched.touched(connection, mark, reading_mark(connection)) is None, subject


def test_after_very_many_events_everything_is_read_anew(example_engine: Engine) -> None:
    with reading(example_engine) as connection:
        last, copy = reading_mark(connection)
        assert last > touched.MOST + 1
        assert touched.touched(connection, (last - touched.MOST - 1, copy), (last, copy)) is None
