"""Rounds of assessment for tests, walked through the real services from opening to closing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlmodel import Session, col, select

from alignment.catalogue import load_all
from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.people import Someone
from alignment.domain.rating import Judgement, Level
from alignment.domain.round import Round
from alignment.services import ratings, reviews, rounds
from alignment.services.ratings import Rate, Saved
from alignment.services.reviews import Move
from alignment.services.sheets import Key
from alignment.tables import Event
from alignment.tables.rounds import read_round
from tests.conftest import NOW
from tests.working import World

EDITION = "oecd-minerals-2018"


@cache
def catalogues() -> Mapping[str, Catalogue]:
    """The real content, read once."""
    return load_all()[0]


def catalogue() -> Catalogue:
    """The edition that rounds are opened against."""
    return catalogues()[EDITION]


def codes(part: Part) -> list[str]:
    """The criteria of a part in the order of the sheet."""
    return [criterion.code for criterion in catalogue().in_part[part]]


def a_round(session: Session, world: World, *, rating: Iterable[Part] = (), now: datetime = NOW, **given: Any) -> Round:
    """A round of the world's programme by its lead; the parts in ``rating`` are at that stage."""
    asked = {"programme": world.programme, "assessor": world.assessor, "lead": world.lead.id, "second": world.second.id}
    act = rounds.OpenRound(**{**asked, **given})
    found = rounds.open_round(session, actor=world.lead, act=act, catalogues=catalogues(), edition=EDITION, now=now)
    for part in rating:
        advance(session, world.lead, found.id, part, PartStage.SCOPING, PartStage.RATING, now=now)
    return reread(session, found, now=now)


def reread(session: Session, found: Round, *, now: datetime = NOW) -> Round:
    """The round as it is now."""
    again = read_round(session, found.id, now)
    assert again is not None
    return again


def save(
    session: Session,
    actor: Someone,
    round_id: str,
    part: Part,
    code: str,
    version: int = 0,
    *,
    now: datetime = NOW,
    **says: Any,
) -> ratings.Saved | ratings.Clash:
    """Save what somebody says; ``level`` may be given as a word."""
    if says.get("level"):
        says["level"] = Level(says["level"])
    act = Rate(Key(round_id, part, code), version, Judgement(**says))
    return ratings.rate(session, actor=actor, act=act, catalogues=catalogues(), now=now)


def rate_all(
    session: Session, actor: Someone, round_id: str, part: Part, level: Level = Level.FULLY, *, now: datetime = NOW
) -> None:
    """Rate every criterion of a part that has no rating yet."""
    for code in codes(part):
        done = save(
            session, actor, round_id, part, code, now=now, level=level, rationale=f"Why {code}.",
            cites_standard="Clause 1", cites_guidance="Step 1",
        )  # fmt: skip
        assert isinstance(done, Saved)


def accept_all(session: Session, reviewer: Someone, round_id: str, part: Part, *, now: datetime = NOW) -> None:
    """Accept every rating of a part as it stands."""
    picked = [(code, each.version) for code, each in reviews.standing(session, round_id, part).items()]
    _, left = reviews.accept_many(session, actor=reviewer, assessment=round_id, part=part, picked=picked, now=now)
    assert left == ()


def advance(
    session: Session, actor: Someone, round_id: str, part: Part, at: PartStage, to: PartStage, *, reason: str = "",
    now: datetime = NOW,
) -> None:  # fmt: skip
    """Take a part from one stage to the next."""
    reviews.move(session, actor=actor, act=Move(round_id, part, at, to, reason), catalogue=catalogue(), now=now)


def close(session: Session, world: World, round_id: str, part: Part, *, now: datetime = NOW) -> None:
    """Take a part that is fully rated from rating to its closing."""
    advance(session, world.lead, round_id, part, PartStage.RATING, PartStage.REVIEW, now=now)
    accept_all(session, world.reviewer, round_id, part, now=now)
    advance(session, world.lead, round_id, part, PartStage.REVIEW, PartStage.ACCURACY_CHECK, now=now)
    advance(session, world.lead, round_id, part, PartStage.ACCURACY_CHECK, PartStage.CLOSED, now=now)


def events(session: Session, subject: str) -> list[Event]:
    """What the chain says about something, oldest first."""
    return list(session.exec(select(Event).where(col(Event.subject) == subject).order_by(col(Event.seq))))
