"""Market updates being composed: begun, saved under a version, checks waived, notices sent, set aside, published."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from sqlmodel import Session, select

from alignment.domain.checks import Fault, why_not_waive
from alignment.domain.draft import LABELS, Written, faults_of, refusals
from alignment.domain.frozen import dataclass
from alignment.domain.people import Actor, Do, Someone, is_demo_address, why_not
from alignment.domain.publication import Content, issuer_of
from alignment.domain.refusal import Missing, Refusal, Stale, Unfit, fit
from alignment.services import ledger, publications
from alignment.services.clashes import stand_clear
from alignment.tables import Draft, Notice, Person, Publication

LONGEST_REASON = 1000
"""Characters of the reason why a draft is set aside."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an organisation is told in advance."""

    organisation: str
    text: str


def begin(session: Session, *, actor: Someone, written: Written, now: datetime) -> str:
    """A new draft; its id. Unfit where a field does not hold."""
    _allowed(actor)
    _check(session, written)
    row = Draft(id=f"draft-{token_hex(5)}", by_id=actor.id, at=now, **_columns(written))
    ledger.enter(session, row, actor=actor.actor, act="begun", now=now)
    return row.id


def save(session: Session, *, actor: Someone, draft: str, written: Written, version: int, now: datetime) -> None:
    """Save what somebody wrote over the version that they saw. Clash where it would undo what was saved since."""
    row = _open(session, actor, draft)
    stand_clear(session, row, version, yours=typed(written), typed=_shown, labels=LABELS)
    _check(session, written)
    if written_of(row) != written:
        ledger.change(session, row, {**_columns(written), **_by(actor, now)}, actor=actor.actor, act="saved", now=now)


def waive(session: Session, *, actor: Someone, draft: str, faults: Iterable[Fault], reason: str, now: datetime) -> None:
    """Waive faults with a reason; an empty reason takes the waiver back. Unfit for a reason that cannot be taken."""
    row = _open(session, actor, draft)
    faults = list(faults)
    if not faults:
        raise Unfit({"reason": "There is nothing to waive: the check passes, or finds something else by now."})
    if reason.strip() and (refused := why_not_waive(reason)):
        raise Unfit({"reason": refused})
    if not all(fault.check.waivable for fault in faults):
        raise Unfit({"reason": "This cannot be waived: put right what it names."})
    codes = {fault.code for fault in faults}
    before = json.loads(row.waivers)
    if not reason.strip() and codes.isdisjoint(before):
        raise Unfit({"reason": "Say why this is waived: the reason is printed with the market update."})
    waivers = {code: said for code, said in before.items() if code not in codes}
    if reason.strip():
        waivers |= dict.fromkeys(sorted(codes), reason.strip())
    ledger.change(
        session, row, {"waivers": _json(waivers), **_by(actor, now)}, actor=actor.actor, act="waived", now=now
    )  # fmt: skip


def tell(
    session: Session, *, actor: Someone, draft: str, told: Iterable[Told], embargo_until: datetime, now: datetime
) -> int:
    """Send advance notices under embargo; how many were new. What an organisation was told last is not told twice.

    The first sending sets the end of the embargo, later ones keep to it.
    """
    _allowed(actor, Do.PUBLISH)
    row = _open(session, actor, draft)
    until = row.notice_at or embargo_until
    if until <= now:
        raise Unfit({"embargo_until": "The embargo has to end later than now: choose a later time, in UTC."})
    if row.notice_at and row.notice_at != embargo_until:
        raise Unfit({"embargo_until": f"Those told first were told {row.notice_at:%Y-%m-%d %H:%M} UTC: keep to it."})
    sent = 0
    for each in told:
        last = session.exec(
            select(Notice)
            .where(Notice.draft_id == draft, Notice.organisation_id == each.organisation)
            .order_by(Notice.number.desc())  # type: ignore[attr-defined]
        ).first()
        if last is None or last.text != each.text:
            notice = Notice(
                draft_id=draft,
                organisation_id=each.organisation,
                number=last.number + 1 if last else 1,
                text=each.text,
                embargo_until=until,
                at=now,
            )
            ledger.enter(session, notice, actor=actor.actor, act="told", now=now)
            sent += 1
    if sent and row.notice_at is None:
        ledger.change(session, row, {"notice_at": until}, actor=actor.actor, act="embargoed", now=now)
    return sent


def set_aside(session: Session, *, actor: Someone, draft: str, reason: str, version: int, now: datetime) -> None:
    """Set a draft aside, with the reason: nothing of it is lost, and it is changed no more until it is taken up.

    Unfit without a reason, Stale where the draft was saved since the version that somebody saw.
    """
    row = _open(session, actor, draft)
    _unmoved(row, version)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Unfit({"aside": f"Say why, in at most {LONGEST_REASON:,} characters: whoever looks for it reads that."})
    aside = {"aside": reason.strip(), **_by(actor, now)}
    ledger.change(session, row, aside, actor=actor.actor, act="set aside", now=now)


def take_up(session: Session, *, actor: Someone, draft: str, version: int, now: datetime) -> None:
    """Take a draft up again that was set aside. Stale where somebody did so since."""
    row = _held(session, actor, draft)
    _unmoved(row, version)
    if not row.aside:
        raise Refusal("This draft is not set aside: it can be worked on as it is.")
    ledger.change(session, row, {"aside": "", **_by(actor, now)}, actor=actor.actor, act="taken up", now=now)


def publish(
    session: Session, *, actor: Someone | Actor, draft: str = "", version: int | None = None, content: Content,
    failing: Iterable[Fault], now: datetime,
) -> None:  # fmt: skip
    """Freeze a market update under its number, from a draft or, as an operator does, from what was written elsewhere.

    Unfit with every check that fails, Stale where the draft was saved since the version that its publisher saw.
    """
    _allowed(actor, Do.PUBLISH)
    who = actor.actor if isinstance(actor, Someone) else actor
    row = _open(session, actor, draft) if draft else None
    if row is not None and version is not None:
        _unmoved(row, version)
    _refuse(session, content, failing, today=now.date())
    publications.publish(session, actor=who, content=content, now=now)
    if row is not None:
        ledger.change(session, row, {"published": content["number"]}, actor=who, act="published", now=now)


def _refuse(session: Session, content: Content, failing: Iterable[Fault], *, today: date) -> None:
    """Unfit where a market update may not go out: the checks that failed, and what was taken since they were made."""
    number, corrects = content["number"], content["corrects"] or ""
    held = [each for each in (number, corrects) if each and session.get(Publication, each) is not None]
    refused = refusals(
        number=number, as_at=date.fromisoformat(content["as_at"]), corrects=corrects,
        rows=len(content["table"]["rows"]), issuer=issuer_of(content), held=held, today=today,
    )  # fmt: skip
    fit({fault.code: f"{fault.check.label}: {fault.said}" for fault in (*failing, *refused)})


def written_of(row: Draft) -> Written:
    """What a stored draft says."""
    return Written(
        number=row.number,
        title=row.title,
        as_at=row.as_at,
        text=row.text,
        label=row.label,
        corrects=row.corrects or "",
        statements=tuple(json.loads(row.statements)),
    )


def typed(written: Written) -> dict[str, str]:
    """A draft as its form shows it, the chosen statements in one text."""
    said = {**_columns(written), "as_at": written.as_at.isoformat(), "statements": ", ".join(written.statements)}
    return {name: str(said[name] or "") for name in LABELS}


def _shown(values: Mapping[str, Any]) -> dict[str, str]:
    """The same of a stored draft, from the values of its row."""
    return {name: values[name] or "" for name in LABELS} | {"statements": ", ".join(json.loads(values["statements"]))}


def written_as(shown: Mapping[str, str]) -> Written:
    """What a form says that was merged of two."""
    chosen = tuple(each for each in shown["statements"].split(", ") if each)
    day = date.fromisoformat(shown["as_at"])
    texts = {name: shown[name] for name in ("number", "title", "text", "label", "corrects")}
    return Written(as_at=day, statements=chosen, **texts)


def _columns(written: Written) -> dict[str, Any]:
    return {
        "number": written.number,
        "title": written.title.strip(),
        "as_at": written.as_at,
        "text": written.text,
        "label": written.label.strip(),
        "corrects": written.corrects or None,
        "statements": _json(list(written.statements)),
    }


def _json(value: Mapping[str, str] | list[str]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _by(actor: Someone, now: datetime) -> dict[str, object]:
    return {"by_id": actor.id, "at": now}


def _check(session: Session, written: Written) -> None:
    faults = faults_of(written)
    if "number" not in faults and session.get(Publication, written.number) is not None:
        faults["number"] = f"Publication {written.number} is frozen already: choose the next number."
    if written.corrects and session.get(Publication, written.corrects) is None:
        faults["corrects"] = f"No publication {written.corrects} is held here to be corrected."
    fit(faults)


def _open(session: Session, actor: Someone | Actor, draft: str) -> Draft:
    """A draft that can be worked on, with the turn taken."""
    row = _held(session, actor, draft)
    if row.aside:
        raise Refusal("This draft was set aside: take it up again first, then go on with it.")
    return row


def _unmoved(row: Draft, version: int) -> None:
    if row.version != version:
        raise Stale("This draft was saved again since you looked at it: look at it as it stands, then go on.")


def _held(session: Session, actor: Someone | Actor, draft: str) -> Draft:
    """A draft that is not published, set aside or not, with the turn taken."""
    _allowed(actor)
    ledger.take_turn(session)
    row = session.get(Draft, draft)
    if row is None or not _shared(session, actor, row):
        raise Missing("There is no such draft.")
    if row.published:
        raise Refusal(f"This draft was published as {row.published} and stays as it was: begin a correction instead.")
    return row


def _shared(session: Session, actor: Someone | Actor, row: Draft) -> bool:
    """Whether a draft is the actor's to work on: demonstration people and others never see each other's."""
    of_demonstration = is_demo_address(session.get_one(Person, row.by_id).email)
    return of_demonstration == (isinstance(actor, Someone) and actor.is_demonstration)


def _allowed(actor: Someone | Actor, act: Do = Do.COMPOSE) -> None:
    """A publisher, or whoever runs the register at its command line."""
    reason = why_not(actor, act) if isinstance(actor, Someone) else None
    if reason:
        raise Refusal(reason)
