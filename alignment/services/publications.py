"""Freezes market updates: numbered once, never changed, each with its event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime

from sqlmodel import Session, col, select

from alignment.domain.event import canonical
from alignment.domain.people import SYSTEM, Actor
from alignment.domain.publication import Content, Update, digest_of, is_public, rewritten, why_not_publish
from alignment.domain.refusal import Refusal
from alignment.domain.when import parse_when
from alignment.services import ledger
from alignment.tables import Publication, PublicationFile


def publish(session: Session, *, actor: Actor, content: Content, now: datetime, act: str = "published") -> bool:
    """Freeze a market update under its number; whether it was new.

    The same content again changes nothing. Refusal where the number holds other content, is no number,
    or the update corrects one that is not held. ``act`` is *recorded* for one published elsewhere.
    """
    held = session.get(Publication, content["number"])
    if reason := why_not_publish(content, held.digest if held else None):
        raise Refusal(reason)
    if held:
        return False
    corrects = content["corrects"]
    if corrects and session.get(Publication, corrects) is None:
        raise Refusal(
            f"market update {content['number']} corrects {corrects}, which this register does not hold: "
            "publish that first"
        )
    published = parse_when(content["published"])
    row = Publication(
        number=content["number"],
        title=content["title"],
        as_at=date.fromisoformat(content["as_at"]),
        published_on=published.on,
        published_precision=published.precision.value,
        recorded_at=now,
        corrects=corrects,
        content=canonical(content),
        digest=digest_of(content),
    )
    ledger.enter(session, row, actor=actor, act=act, now=now)
    return True


def record_update(
    session: Session, update: Update, content: Callable[[], Content], *, actor: Actor, now: datetime
) -> bool:
    """Freeze a market update that was published elsewhere, once; whether it was new.

    One that is held stays as it is, even where a fact beneath it was corrected since: that is what
    frozen means. Refusal where its own words were changed. ``content`` is asked only for a new one.
    """
    held = session.get(Publication, update.number)
    if held is None:
        return publish(session, actor=actor, content=content(), now=now, act="recorded")
    if reason := rewritten(json.loads(held.content), update):
        raise Refusal(reason)
    return False


def keep_file(session: Session, *, origin: str, path: str, number: str, content: bytes, now: datetime) -> bytes:
    """Keep a file of a market update, or what its page is drawn with, as it is first sent; what is kept from then on.

    Of two that make it at once the first one's bytes stand for both, and so they do under another public origin.
    """
    ledger.take_turn(session)
    rows = session.exec(
        select(PublicationFile)
        .where(col(PublicationFile.address).endswith(path, autoescape=True))
        .order_by(col(PublicationFile.made_at))
    )
    held = next((each for each in rows if is_public(each.address)), None)
    if held is not None:
        return held.content
    row = PublicationFile(
        address=f"{origin}{path}",
        publication=number,
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        made_at=now,
    )
    session.add(row)
    session.flush()
    said = {"sha256": row.sha256, "size": len(content)}
    subject = f"publication_file:{row.address}"
    ledger.record(session, actor=SYSTEM, act="rendered", subject=subject, before=None, after=said, now=now)
    return content
