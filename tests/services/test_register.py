"""Keeping the register: records, their versions and history, printed names, approved assessors; on both databases."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from alignment.database import reading, unit_of_work
from alignment.domain import keeping
from alignment.domain.catalogue import Stage
from alignment.domain.event import FIRST
from alignment.domain.keeping import METALS, NOUNS, ORGANISATIONS, PROCESSES, PROGRAMMES, SOURCES, STANDARDS, Noun
from alignment.domain.merging import Clash
from alignment.domain.people import SYSTEM, Role, Someone
from alignment.domain.refusal import Missing, Refusal, Unfit
from alignment.queries import register as asked
from alignment.queries.facts import programmes
from alignment.queries.people import person_page
from alignment.services import people
from alignment.services import register as keep
from alignment.tables import AssessorApproval, Event, KeptChange, Organisation, Programme, ProgrammeName, kept
from tests.conftest import NOW
from tests.working import ASSESSOR, LME, OWNER, again, make_organisation, make_person

LATER = NOW + timedelta(hours=1)
TODAY = NOW.date()
SOURCED = {"source": "memo", "place": "Table 1", "certainty": "found", "remark": ""}

SAYS: dict[str, dict[str, Any]] = {
    "sources": {
        "title": "The memo", "issuer": "LME", "address": "", "issued": "2024-09", "seen_on": "2026-11-20", "remark": "",
    },
    "organisations": {"name": "The Owner", "short_name": "TO", "kind": "scheme_owner", "country": "", "address": ""},
    "metals": {"name": "Copper", "lme_settled": True, **SOURCED},
    "standards": {
        "name": "The Standard", "edition": "V1", "issued": "by 2024-09-30", "owners": ["own"], "supersedes": "",
        "summary": "", **SOURCED,
    },
    "processes": {"name": "The Process", "owner": "own", "summary": "", **SOURCED},
    "programmes": {
        "number": 1, "short_name": "The Programme", "standard": "std", "assurance_process": "proc", "owner": "own",
        "route": "oecd", "metals_said": "copper", "metals": {"cu": {"excluded": False, "condition": "cathode"}},
        "all_minerals": False, "stages_said": "", "stages": ["refiner"], "superseded_by": "", **SOURCED,
    },
}  # fmt: skip
IDS = {"sources": "memo", "organisations": "own", "metals": "cu", "standards": "std", "processes": "proc",
       "programmes": "prog"}  # fmt: skip
IN_ORDER = (SOURCES, ORGANISATIONS, METALS, STANDARDS, PROCESSES, PROGRAMMES)


@pytest.fixture
def keeper(session: Session) -> Someone:
    return make_person(session, "Kim Keeper", LME, Role.DECIDER)


@pytest.fixture
def filled(session: Session, keeper: Someone) -> Session:
    """A register with one record of each noun."""
    for noun in IN_ORDER:
        keep.add(session, actor=keeper, noun=noun, id=IDS[noun.id], values=SAYS[noun.id], now=NOW)
    return session


def told(session: Session, noun: Noun) -> tuple[dict[str, Any], int]:
    found = kept.told(session.connection(), noun, IDS[noun.id])
    assert found is not None
    return found


def last_event(session: Session) -> Event:
    event = session.exec(select(Event).order_by(Event.seq.desc())).first()  # type: ignore[attr-defined]
    assert event is not None
    return event


def change(
    session: Session, actor: Someone, noun: Noun, version: int, *, since: date | None = None, **values: Any
) -> bool:
    said = {**SAYS[noun.id], **values}
    return keep.change(
        session, actor=actor, noun=noun, id=IDS[noun.id], values=said, version=version, since=since, now=LATER
    )


# --- records -------------------------------------------------------------------------------------


@pytest.mark.parametrize("noun", IN_ORDER, ids=lambda noun: noun.id)
def test_a_record_says_what_its_form_said(filled: Session, noun: Noun) -> None:
    assert told(filled, noun) == (SAYS[noun.id], 1)


@pytest.mark.parametrize("noun", IN_ORDER, ids=lambda noun: noun.id)
def test_a_record_that_is_entered_leaves_an_event_with_all_that_it_says(filled: Session, noun: Noun) -> None:
    subject = f"{noun.table}:{IDS[noun.id]}"
    (event,) = filled.exec(select(Event).where(Event.subject == subject)).all()
    assert (event.act, event.before) == ("added", "null")
    for value in SAYS[noun.id].values():
        if isinstance(value, str):
            assert value in event.after


def test_a_change_counts_the_version_and_keeps_before_and_after(filled: Session, keeper: Someone) -> None:
    assert change(filled, keeper, METALS, 1, name="Kupfer", lme_settled=False)
    values, version = told(filled, METALS)
    assert (values["name"], values["lme_settled"], version) == ("Kupfer", False, 2)
    event = last_event(filled)
    assert (event.act, event.actor, event.subject) == ("changed", f"person:{keeper.id}", "metal:cu")
    assert '"name":"Copper"' in event.before
    assert '"name":"Kupfer"' in event.after


@pytest.mark.parametrize("noun", IN_ORDER, ids=lambda noun: noun.id)
def test_a_change_that_changes_nothing_stores_nothing(filled: Session, keeper: Someone, noun: Noun) -> None:
    before = last_event(filled).seq
    assert not change(filled, keeper, noun, 1)
    assert last_event(filled).seq == before
    assert told(filled, noun)[1] == 1


def test_what_lies_in_tables_beside_changes_with_the_record(filled: Session, keeper: Someone) -> None:
    keep.add(filled, actor=keeper, noun=ORGANISATIONS, id="own-2", values=SAYS["organisations"], now=NOW)
    assert change(filled, keeper, STANDARDS, 1, owners=["own", "own-2"])
    assert told(filled, STANDARDS)[0]["owners"] == ["own", "own-2"]
    left_out = {"cu": {"excluded": True, "condition": ""}}
    assert change(filled, keeper, PROGRAMMES, 1, metals=left_out, stages=["mine", "refiner"])
    values, version = told(filled, PROGRAMMES)
    assert (values["metals"], values["stages"], version) == (left_out, ["mine", "refiner"], 2)
    event = last_event(filled)
    assert '"cathode"' in event.before
    assert '"mine"' in event.after


def test_a_change_from_an_old_version_is_a_clash_that_shows_both(filled: Session, keeper: Someone) -> None:
    other = make_person(filled, "Otto Other", LME, Role.PUBLISHER)
    assert change(filled, other, METALS, 1, name="Cuivre")
    with pytest.raises(Clash) as clash:
        change(filled, keeper, METALS, 1, name="Kupfer", place="Table 2")
    assert clash.value.version == 2
    assert [(each.name, each.theirs, each.yours) for each in clash.value.fields if each.differs] == [
        ("name", "Cuivre", "Kupfer"),
        ("place", "Table 1", "Table 2"),
    ]
    assert told(filled, METALS)[0]["name"] == "Cuivre"
    with pytest.raises(Clash) as clash:
        change(filled, keeper, METALS, 1, place="Table 2")
    assert (clash.value.kept["name"], clash.value.kept["place"]) == ("Cuivre", "Table 2")
    assert change(filled, keeper, METALS, clash.value.version, name="Kupfer", place="Table 2")


def test_a_refused_change_leaves_nothing_behind(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        keeper = make_person(session, "Kim Keeper", LME, Role.DECIDER)
        for noun in IN_ORDER:
            keep.add(session, actor=keeper, noun=noun, id=IDS[noun.id], values=SAYS[noun.id], now=NOW)
    with pytest.raises(Unfit), unit_of_work(engine) as session:
        change(session, keeper, STANDARDS, 1, name="New", owners=["own", "nobody"])
    with reading(engine) as connection:
        assert kept.told(connection, STANDARDS, "std") == (SAYS["standards"], 1)


@pytest.mark.parametrize(
    ("noun", "values", "field", "said"),
    [
        (METALS, {"source": "nowhere"}, "source", "there is no record “nowhere”"),
        (STANDARDS, {"owners": ["nobody"]}, "owners", "there is no record “nobody”"),
        (STANDARDS, {"supersedes": "std"}, "supersedes", "circle"),
        (PROGRAMMES, {"superseded_by": "prog"}, "superseded_by", "circle"),
        (PROGRAMMES, {"metals": {"au": {"excluded": False, "condition": ""}}}, "metals", "there is no record “au”"),
        (PROGRAMMES, {"standard": "cu"}, "standard", "there is no record “cu”"),
    ],
)
def test_a_field_that_points_nowhere_or_round_is_refused(
    filled: Session, keeper: Someone, noun: Noun, values: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(Unfit) as refused:
        change(filled, keeper, noun, 1, **values)
    assert said in refused.value.faults[field]
    assert told(filled, noun) == (SAYS[noun.id], 1)


def test_a_number_is_one_programmes_own(filled: Session, keeper: Someone) -> None:
    with pytest.raises(Unfit, match="Number 1 is another programme’s"):
        keep.add(filled, actor=keeper, noun=PROGRAMMES, id="prog-2", values=SAYS["programmes"], now=NOW)


@pytest.mark.parametrize(
    ("id", "said"), [("Prog", "small letters"), ("cu", "a record “cu” already"), ("example-x", "worked example")]
)
def test_an_id_that_cannot_be_given_says_why(filled: Session, keeper: Someone, id: str, said: str) -> None:
    with pytest.raises(Unfit) as refused:
        keep.add(filled, actor=keeper, noun=METALS, id=id, values=SAYS["metals"], now=NOW)
    assert said in refused.value.faults["id"]


@pytest.mark.parametrize("role", [Role.ASSESSOR, Role.SCHEME_OWNER, Role.ADMINISTRATOR, Role.OBSERVER, Role.PRODUCER])
def test_only_the_people_of_the_exchange_keep_the_register(filled: Session, role: Role) -> None:
    other = make_person(filled, "Somebody Else", OWNER, role)
    before = last_event(filled).seq
    acts: list[Any] = [
        lambda: change(filled, other, METALS, 1, name="Mine now"),
        lambda: keep.add(filled, actor=other, noun=METALS, id="zn", values=SAYS["metals"], now=NOW),
        lambda: keep.print_name(filled, actor=other, programme_id="prog", values=named("X"), now=NOW),
    ]
    for act in acts:
        with pytest.raises(Refusal, match="You cannot keep the register"):
            act()
    assert last_event(filled).seq == before


def test_a_record_that_does_not_exist_is_missing(session: Session, keeper: Someone) -> None:
    with pytest.raises(Missing):
        change(session, keeper, METALS, 1)
    with pytest.raises(Missing):
        keep.print_name(session, actor=keeper, programme_id="prog", values=named("X"), now=NOW)


def test_demonstration_people_keep_the_worked_example_alone(filled: Session, keeper: Someone) -> None:
    make_organisation(filled, "example-exchange", "exchange")
    demo = make_person(filled, "Demo", "example-exchange", Role.DECIDER)
    with pytest.raises(Refusal, match="worked example alone"):
        change(filled, demo, METALS, 1, name="Mine now")
    with pytest.raises(Unfit, match="worked example alone"):
        keep.add(filled, actor=demo, noun=METALS, id="zn", values=SAYS["metals"], now=NOW)
    with pytest.raises(Refusal, match="worked example alone"):
        keep.print_name(filled, actor=demo, programme_id="prog", values=named("X"), now=NOW)
    keep.add(filled, actor=demo, noun=PROGRAMMES, id="example-one", values=SAYS["programmes"], now=NOW)
    row = filled.get(Programme, "example-one")
    assert row is not None
    assert row.example, "and it stands in no public table; its number is its own there"


# --- what was said before ---------------------------------------------------------------------------

BEFORE, FROM = date(2025, 5, 31), date(2025, 6, 1)


def said(session: Session, as_at: date | None = None, known_at: datetime | None = None) -> Any:
    """The programme as its pages show it."""
    (row,) = programmes(session.connection(), as_at=as_at, known_at=known_at)
    return row


def test_a_scope_that_changed_from_a_day_stands_as_it_was_on_earlier_days(filled: Session, keeper: Someone) -> None:
    keep.add(filled, actor=keeper, noun=METALS, id="ni", values={**SAYS["metals"], "name": "Nickel"}, now=NOW)
    metals = {"cu": {"excluded": True, "condition": ""}, "ni": {"excluded": False, "condition": "class 1"}}
    new = {"metals": metals, "metals_said": "nickel", "stages": ["mine"], "stages_said": "mines", "all_minerals": True}
    assert change(filled, keeper, PROGRAMMES, 1, since=FROM, **new)
    for row in (said(filled, BEFORE), said(filled, known_at=NOW), said(filled, FROM, NOW)):
        assert (row.covers_metal("cu"), row.covers_metal("ni"), row.covers_metal("tin")) == (True, False, False)
        assert (row.condition_for("cu"), row.metals_said, row.stages_said) == ("cathode", "copper", "")
        assert row.stages == (Stage.REFINER,)
    for row in (said(filled, FROM), said(filled), said(filled, FROM, LATER)):
        assert (row.covers_metal("cu"), row.covers_metal("ni"), row.covers_metal("tin")) == (False, True, True)
        assert (row.condition_for("ni"), row.metals_said, row.stages_said) == ("class 1", "nickel", "mines")
        assert row.stages == (Stage.MINE,)
    assert [(each.id, each.name) for each in said(filled).metals] == [("cu", "Copper"), ("ni", "Nickel")]


def test_names_of_a_programme_and_of_what_it_is_made_of_are_those_of_the_day(filled: Session, keeper: Someone) -> None:
    assert change(filled, keeper, PROGRAMMES, 1, since=FROM, short_name="New programme")
    assert change(filled, keeper, STANDARDS, 1, since=FROM, name="New standard", edition="V2")
    assert change(filled, keeper, PROCESSES, 1, since=FROM, name="New process")
    assert change(filled, keeper, ORGANISATIONS, 1, since=FROM, name="New owner", country="Chile")

    def names(row: Any) -> list[str]:
        return [row.short_name, row.standard, row.standard_edition, row.process, row.owner]

    old = ["The Programme", "The Standard", "V1", "The Process", "The Owner"]
    assert names(said(filled, BEFORE)) == names(said(filled, FROM, NOW)) == old
    new = ["New programme", "New standard", "V2", "New process", "New owner"]
    assert names(said(filled, FROM)) == names(said(filled, FROM, LATER)) == new


def test_a_mistake_that_is_put_right_never_was_but_was_known(filled: Session, keeper: Someone) -> None:
    assert change(filled, keeper, PROGRAMMES, 1, short_name="Put right")
    assert said(filled, date(2000, 1, 1)).short_name == said(filled).short_name == "Put right"
    assert said(filled, date(2000, 1, 1), NOW).short_name == said(filled, known_at=NOW).short_name == "The Programme"


def test_changes_of_different_fields_do_not_touch_one_another(filled: Session, keeper: Someone) -> None:
    assert change(filled, keeper, PROGRAMMES, 1, since=date(2026, 1, 1), short_name="Of this year")
    assert change(filled, keeper, PROGRAMMES, 2, since=FROM, short_name="Of this year", metals_said="any")
    assert (said(filled, FROM).short_name, said(filled, FROM).metals_said) == ("The Programme", "any")
    assert (said(filled).short_name, said(filled).metals_said) == ("Of this year", "any")


def test_every_change_keeps_a_row_of_its_own_and_its_event_says_from_when_it_holds(
    filled: Session, keeper: Someone
) -> None:
    change(filled, keeper, ORGANISATIONS, 1, since=FROM, name="Second")
    change(filled, keeper, ORGANISATIONS, 2, name="Third", country="Peru")
    rows = filled.exec(select(KeptChange).order_by(KeptChange.number)).all()  # type: ignore[arg-type]
    assert [(row.subject, row.field, row.number, row.before, row.after, row.effective_on) for row in rows] == [
        ("organisation:own", "name", 1, "The Owner", "Second", FROM),
        ("organisation:own", "name", 2, "Second", "Third", None),
    ]
    assert {row.recorded_at for row in rows} == {LATER}
    assert '"holds_from":""' in last_event(filled).after
    change(filled, keeper, ORGANISATIONS, 3, name="Third", country="Chile")
    assert "holds_from" not in last_event(filled).after
    record = asked.record(filled.connection(), ORGANISATIONS, "own")
    assert record is not None
    assert [past.holds for past in record.history] == [
        "", "a mistake put right: it was always so", "holds from 1 June 2025", "",
    ]  # fmt: skip


def test_a_change_does_not_hold_from_a_day_to_come(filled: Session, keeper: Someone) -> None:
    with pytest.raises(Unfit) as refused:
        change(filled, keeper, PROGRAMMES, 1, since=TODAY + timedelta(days=1), short_name="New")
    assert "still to come" in refused.value.faults["since"]
    assert filled.exec(select(KeptChange)).all() == []


# --- printed names ---------------------------------------------------------------------------------


def named(name: str, *, use: str = "table", since: str = "2026-11-01") -> dict[str, Any]:
    return {"name": name, "use": use, "since": since if use == "table" else "", **SOURCED}


def enter(session: Session, keeper: Someone, name: str, **more: str) -> None:
    keep.print_name(session, actor=keeper, programme_id="prog", values=named(name, **more), now=NOW)


def test_a_programme_is_printed_under_its_short_name_until_another_is_entered(filled: Session) -> None:
    (row,) = filled.exec(select(ProgrammeName)).all()
    assert (row.name, row.use, row.since, row.source_id) == ("The Programme", "table", None, "memo")


def test_a_new_name_in_the_table_holds_from_its_day_and_earlier_dates_keep_the_old(
    filled: Session, keeper: Someone
) -> None:
    enter(filled, keeper, "Renamed", since="2026-11-01")
    enter(filled, keeper, "Once more", since="2026-11-10")
    connection = filled.connection()

    def printed(as_at: date | None) -> list[str]:
        return [row.name for row in programmes(connection, as_at=as_at)]

    assert printed(date(2024, 9, 30)) == ["The Programme"]
    assert printed(date(2026, 10, 31)) == ["The Programme"]
    assert printed(date(2026, 11, 1)) == ["Renamed"]
    assert printed(date(2026, 11, 9)) == ["Renamed"]
    assert printed(TODAY) == printed(None) == ["Once more"]
    later = NOW + timedelta(hours=1)
    more = named("Learned later", since="2026-11-12")
    keep.print_name(filled, actor=keeper, programme_id="prog", values=more, now=later)
    told = [[row.name for row in programmes(connection, known_at=moment)] for moment in (NOW, later)]
    assert told == [["Once more"], ["Learned later"]]
    event = last_event(filled)
    assert (event.act, event.subject.partition(":")[0]) == ("named", "programme_name")


def test_a_name_printed_elsewhere_changes_nothing_in_the_table(filled: Session, keeper: Someone) -> None:
    enter(filled, keeper, "Also called this", use="also")
    assert [row.name for row in programmes(filled.connection())] == ["The Programme"]
    enter(filled, keeper, "Also called this", since="2026-11-02")
    assert [row.name for row in programmes(filled.connection())] == ["Also called this"]


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        (named("The Programme", use="also"), "name", "has this name already"),
        (named("The Programme"), "name", "under this name already"),
        (named("New", since=""), "since", "from which day"),
        (named("New", since="2026-11-22"), "since", "still to come"),
        ({**named("New"), "source": "nowhere"}, "source", "there is no record"),
    ],
)
def test_a_name_that_cannot_be_entered_says_why(
    filled: Session, keeper: Someone, values: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(Unfit) as refused:
        keep.print_name(filled, actor=keeper, programme_id="prog", values=values, now=NOW)
    assert said in refused.value.faults[field]


def test_names_in_the_table_follow_one_another(filled: Session, keeper: Someone) -> None:
    enter(filled, keeper, "Second", since="2026-11-10")
    with pytest.raises(Unfit, match="a newer one begins later"):
        enter(filled, keeper, "Between", since="2026-11-10")


# --- history ----------------------------------------------------------------------------------------


def test_the_history_says_who_changed_what_in_the_words_of_the_form(filled: Session, keeper: Someone) -> None:
    change(filled, keeper, PROGRAMMES, 1, owner="", route="equivalence", metals={}, stages=[], all_minerals=True)
    enter(filled, keeper, "Renamed")
    record = asked.record(filled.connection(), PROGRAMMES, "prog")
    assert record is not None
    assert [past.act for past in record.history] == ["named", "changed", "named", "added"]
    changed = record.history[1]
    assert changed.who == "Kim Keeper"
    assert [(each.label, each.before, each.after) for each in changed.changes] == [
        ("Owner", "The Owner", ""),
        ("Route", "OECD alignment assessment", "Recognition by another authority"),
        ("Metals, one by one", "Copper (cathode)", ""),
        ("Takes any mineral but those left out", "no", "yes"),
        ("Stages, one by one", "Smelter or refiner", ""),
    ]
    assert [name.name for name in record.names] == ["Renamed", "The Programme"]


def test_what_an_import_recorded_reads_like_what_people_entered(seeded_engine: Engine) -> None:
    with reading(seeded_engine) as connection:
        every = asked.choices(connection)
        first = {noun.id: asked.record(connection, noun, every[noun.id][0][0]) for noun in NOUNS}
    for noun, record in first.items():
        assert record is not None, noun
        past = record.history[-1]
        assert (past.who, past.act) == ("Seed import", "recorded")
        assert past.changes


def test_left_out_metals_are_said_to_be_left_out() -> None:
    field = PROGRAMMES.field("metals")
    every = {"metals": [("tin", "Tin")]}
    assert asked.in_words(field, {"tin": {"excluded": True, "condition": "dredged"}}, every) == "Tin left out (dredged)"
    assert asked.in_words(field, {"au": {"excluded": False, "condition": ""}}, every) == "au"
    assert asked.in_words(keeping.STANDARDS.field("owners"), ["a"], {"organisations": []}) == "a"
    assert asked.in_words(METALS.field("lme_settled"), True, {}) == "yes"


def test_a_record_that_does_not_exist_has_no_page(session: Session) -> None:
    assert asked.record(session.connection(), METALS, "cu") is None


def test_everything_kept_is_counted(filled: Session) -> None:
    counted = asked.counts(filled.connection())
    assert counted == {"sources": 1, "organisations": 2, "metals": 1, "standards": 1, "processes": 1, "programmes": 1}


# --- approved assessors -------------------------------------------------------------------------------


def approve(session: Session, actor: Someone, *, approved: bool = True, on: date = TODAY, **more: Any) -> None:
    said: dict[str, Any] = {"organisation_id": ASSESSOR, "reason": "Reviewed.", **more}
    keep.approve_assessor(session, actor=actor, approved=approved, effective_on=on, now=NOW, **said)


def test_the_list_of_assessors_is_dated(session: Session, keeper: Someone) -> None:
    make_organisation(session, ASSESSOR)
    approve(session, keeper, on=date(2026, 1, 1))
    approve(session, keeper, approved=False, on=date(2026, 6, 1), reason="Lapsed.")

    def approved(on: date) -> bool | None:
        (house,) = asked.assessors(session.connection(), on)
        return house.approved

    assert [approved(date(2025, 12, 31)), approved(date(2026, 1, 1)), approved(date(2026, 6, 1))] == [None, True, False]
    (house,) = asked.assessors(session.connection(), TODAY)
    assert [(each.approved, each.reason, each.recorded_by) for each in house.entries] == [
        (False, "Lapsed.", "Kim Keeper"),
        (True, "Reviewed.", "Kim Keeper"),
    ]
    event = last_event(session)
    assert (event.act, event.subject.partition(":")[0]) == ("no longer approved", "assessor_approval")


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ({"organisation_id": "nowhere"}, "organisation", "no such organisation"),
        ({"organisation_id": ""}, "organisation", "Choose an organisation"),
        ({"organisation_id": OWNER}, "organisation", "is no assessor"),
        ({"organisation_id": "example-larkfield"}, "organisation", "worked example"),
        ({"reason": "  "}, "reason", "Say why"),
        ({"reason": "x" * 2001}, "reason", "at most 2,000"),
    ],
)
def test_an_approval_that_cannot_be_entered_says_why(
    session: Session, keeper: Someone, more: dict[str, Any], field: str, said: str
) -> None:
    for id in (ASSESSOR, OWNER):
        make_organisation(session, id)
    make_organisation(session, "example-larkfield", "assessor")
    with pytest.raises(Unfit) as refused:
        approve(session, keeper, **more)
    assert said in refused.value.faults[field]
    assert session.exec(select(AssessorApproval)).all() == []


def test_only_deciders_approve_assessors(session: Session) -> None:
    make_organisation(session, ASSESSOR)
    publisher = make_person(session, "Paula", LME, Role.PUBLISHER)
    with pytest.raises(Refusal, match="it takes the role of a decider"):
        approve(session, publisher)


# --- the demonstration ---------------------------------------------------------------------------------


def test_what_the_demonstration_needs_is_made_once(session: Session) -> None:
    make_organisation(session, "example-larkfield", "assessor")
    for _ in range(2):
        keep.prepare_example(
            session, [("example-exchange", "Example: Exchange", "exchange")], assessor="example-larkfield", now=NOW
        )
    assert session.get(Organisation, "example-exchange") is not None
    assert len(session.exec(select(AssessorApproval)).all()) == 1


def test_keepers_and_their_records_stand_in_one_unbroken_chain(filled: Session) -> None:
    events = filled.exec(select(Event).order_by("seq")).all()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.previous for event in events] == [FIRST, *(event.hash for event in events[:-1])]


def test_who_lost_the_role_keeps_nothing_any_more(filled: Session, keeper: Someone) -> None:
    page = person_page(filled.connection(), keeper.id)
    assert page is not None
    (role,) = (each.id for each in page.person.roles)
    make_person(filled, "Ann", LME, Role.ADMINISTRATOR)
    people.end_role(filled, actor=SYSTEM, membership_id=role, now=LATER)
    with pytest.raises(Refusal, match="You cannot keep the register"):
        change(filled, again(filled, keeper.id, now=LATER), METALS, 1, name="Still mine")
