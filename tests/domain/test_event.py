"""The event chain: any change of any stored byte is found, and named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.event import (
    FIRST,
    Event,
    Extract,
    Withheld,
    canonical,
    differing,
    digest,
    extract_break,
    first_break,
    seal,
)


def chain(number: int) -> list[Event]:
    events: list[Event] = []
    for seq in range(1, number + 1):
        body = {
            "seq": seq, "at": f"2026-11-21T10:00:{seq:02d}.000000Z", "actor": "person:1", "act": "rated",
            "subject": f"rating:{seq}", "before": canonical(None), "after": canonical({"level": "fully", "n": seq}),
            "previous": events[-1].hash if events else FIRST,
        }  # fmt: skip
        events.append(Event(**body, hash=seal(**body)))  # type: ignore[arg-type]
    return events


def test_an_unbroken_chain_has_no_break() -> None:
    assert first_break(chain(5)) is None
    assert first_break([]) is None


@given(st.integers(0, 4), st.sampled_from(["at", "actor", "act", "subject", "before", "after", "hash"]), st.data())
def test_any_changed_byte_is_found_and_its_event_named(index: int, name: str, data: st.DataObject) -> None:
    events = chain(5)
    stored = getattr(events[index], name)
    at = data.draw(st.integers(0, len(stored) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda letter: letter != stored[at]))
    events[index] = replace(events[index], **{name: stored[:at] + other + stored[at + 1 :]})
    assert f"event {index + 1}" in (first_break(events) or "")


def test_a_changed_link_is_found() -> None:
    events = chain(3)
    events[1] = replace(events[1], previous="f" * 64)
    assert first_break(events) == "event 2 does not follow event 1: its previous hash differs"


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_missing_event_is_found(index: int) -> None:
    events = chain(4)
    del events[index]
    assert f"event {index + 1} is missing" in (first_break(events) or "")


# --- extracts ---------------------------------------------------------------------------------------------

CHAIN = chain(5)


def withheld(event: Event) -> Withheld:
    return Withheld(event.seq, event.at, event.actor, event.act, event.subject, event.previous, event.hash)


def announced(events: int, **filters: str) -> Extract:
    return Extract("2026-11-21T10:00:00+00:00", filters, events, len(CHAIN), CHAIN[-1].hash)


def test_an_extract_is_sound_whole_or_narrowed_and_with_words_withheld() -> None:
    assert extract_break(announced(5), CHAIN) is None
    assert extract_break(announced(5), [withheld(event) for event in CHAIN]) is None
    assert extract_break(announced(3, act="rated"), [CHAIN[0], withheld(CHAIN[1]), CHAIN[4]]) is None
    assert extract_break(announced(0, act="rated"), []) is None
    assert extract_break(Extract("", {}, 0, 0, ""), []) is None


@pytest.mark.parametrize(
    ("extract", "told", "said"),
    [
        (announced(4), CHAIN[:2] + CHAIN[3:], "event 3 is missing: after 2 comes 4"),
        (announced(4), CHAIN[1:], "event 1 is missing: after 0 comes 2"),
        (announced(5), CHAIN[:4], "4 events are there where it announces 5: it was cut or added to"),
        (announced(1, act="rated"), CHAIN[:2], "2 events are there where it announces 1: it was cut or added to"),
        (announced(2, act="rated"), [CHAIN[2], CHAIN[0]], "event 1 stands after event 3"),
        (announced(2, act="rated"), [CHAIN[2], CHAIN[2]], "event 3 stands after event 3"),
        (announced(1, act="rated"), [replace(CHAIN[2], after='"x"')], "event 3 (rated rating:3) was changed"),
        (announced(2, act="rated"), [CHAIN[2], withheld(replace(CHAIN[3], previous="f" * 64))], "does not follow"),
        (announced(5), [*CHAIN[:4], withheld(replace(CHAIN[4], hash="f" * 64))], "event 5 is not the one with which"),
        (announced(1, act="rated"), [withheld(replace(CHAIN[4], seq=6))], "event 6 is not the one with which"),
    ],
)
def test_what_contradicts_itself_in_an_extract_is_named(
    extract: Extract, told: list[Event | Withheld], said: str
) -> None:
    assert said in (extract_break(extract, told) or "")


def test_one_value_has_one_text() -> None:
    assert canonical({"b": [1, "ü"], "a": None}) == '{"a":null,"b":[1,"ü"]}'
    assert digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


# --- records as events tell them ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "told", "differs"),
    [
        ({"act": "approved", "on": date(2024, 9, 30)}, {"act": "approved", "on": "2024-09-30"}, None),
        ({"at": datetime(2024, 9, 30, 9, tzinfo=UTC)}, {"at": "2024-09-30T09:00:00.000000Z"}, None),
        ({"act": "approved", "reason": "x"}, {"act": "suspended", "reason": "y"}, "act"),
        ({"reference": "a name"}, {"confidential": True}, None),
        ({"since": None, "remark": ""}, {"since": "", "remark": None}, None),
        ({"published": False}, {"published": None}, "published"),
    ],
)
def test_a_record_is_as_its_event_tells_it(held: dict[str, Any], told: dict[str, Any], differs: str | None) -> None:
    assert differing(held, told) == differs
