"""Ratings: each save under the version it began from, its history kept, a clash handed back with both texts.

A round that is rated blind keeps each assessor's ratings apart until they are opened to each other; the
same acts then work on one's own. A clash is an answer and not an error: what was refused is kept as an event,
so that nothing anybody sent is ever lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlmodel import Session

from alignment.domain.assessment import PartStage
from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.frozen import dataclass
from alignment.domain.merging import Merge, merge
from alignment.domain.people import Do, Someone
from alignment.domain.rating import Judgement, Level, faults_of
from alignment.domain.refusal import Refusal, Stale, Unfit, fit
from alignment.domain.round import Round
from alignment.services import ledger
from alignment.services.sheets import SHARED, Held, Key, Sheet, sheet_of
from alignment.services.stages import require, the_round_to_rate

Catalogues = Mapping[str, Catalogue]
"""The editions whose content is held: a round says which of them it is judged against."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What somebody says about a criterion, and the version that they began from; 0 where there was none."""

    key: Key
    version: int
    says: Judgement


@dataclass(frozen=True, slots=True)
class Saved:
    """The rating now; ``new`` says whether this act made a version of it."""

    held: Held
    new: bool
    round: Round


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody else was faster: theirs is stored, yours is not, and both are here to be merged."""

    held: Held
    yours: Judgement
    began_from: int
    merge: Merge
    round: Round


@dataclass(frozen=True, slots=True)
class Many:
    """What became of several ratings: saved with their new version, left alone with the reason."""

    saved: tuple[tuple[str, int], ...]
    left: tuple[tuple[str, str], ...]


def rate(session: Session, *, actor: Someone, act: Rate, catalogues: Catalogues, now: datetime) -> Saved | Clash:
    """Store what somebody says about a criterion, unless somebody else said more meanwhile.

    Saying the same again makes no new version, except where it confirms a rating that was carried over or
    stands by one that was returned.
    """
    found = _allowed(session, actor, act.key, catalogues, now)
    faults = faults_of(act.says)
    fit(faults)
    sheet = sheet_of(found, act.key.part, actor)
    held = sheet.held(session, act.key)
    if held.version != act.version:
        return _clash(session, found, sheet, act, held, actor=actor, now=now)
    if held.says == act.says and not (held.to_confirm or sheet.returned(session, act.key, held)):
        return Saved(held, False, found)
    carried = held.carried_from if held.says == act.says else None
    later = replace(held, says=act.says, carried_from=carried, to_confirm=False)
    return Saved(sheet.put(session, act.key, held, later, actor=actor, act="rated", now=now), True, found)


def undo(
    session: Session,
    *,
    actor: Someone,
    key: Key,
    version: int,
    typed: Judgement | None = None,
    catalogues: Catalogues,
    now: datetime,
) -> Saved:
    """Take back the last save, if it was one's own: the rating says again what it said before, as a new version.

    What was ``typed`` and not saved yet is a version first and is what is taken back, so that it stays in the history.
    """
    found = _allowed(session, actor, key, catalogues, now)
    sheet = sheet_of(found, key.part, actor)
    held = sheet.held(session, key)
    if not held.version:
        raise Refusal(f"There is nothing to take back: {key.criterion} has not been rated.")
    if held.version != version or held.rated_by != actor.actor.id:
        raise Refusal(
            f"The last change of {key.criterion} is not yours, so it is not taken back. "
            "Its history shows every version, and any of them can be brought back there."
        )
    if typed is not None and typed != held.says:
        fit(faults_of(typed))
        later = replace(held, says=typed, carried_from=None, to_confirm=False)
        held = sheet.put(session, key, held, later, actor=actor, act="rated", now=now)
    before = sheet.version(session, key, held.version - 1)
    return Saved(sheet.put(session, key, held, before, actor=actor, act="undid", now=now), True, found)


def restore(
    session: Session, *, actor: Someone, key: Key, version: int, to: int, catalogues: Catalogues, now: datetime
) -> Saved:
    """Bring back what an earlier version said, as a new version. Stale where a newer one was saved meanwhile."""
    found = _allowed(session, actor, key, catalogues, now)
    sheet = sheet_of(found, key.part, actor)
    held = sheet.held(session, key)
    if not 0 < to <= held.version:
        named = f"{key.criterion} has no version {to}" if to > 0 else "No version is named"
        raise Unfit({"to": f"{named}: choose one of those that are listed."})
    if held.version != version:
        raise Stale(
            f"Somebody saved version {held.version} of {key.criterion} meanwhile: look at it, then decide again."
        )
    earlier = sheet.version(session, key, to)
    if held.says == earlier.says:
        return Saved(held, False, found)
    later = replace(earlier, to_confirm=False)
    return Saved(sheet.put(session, key, held, later, actor=actor, act="restored", now=now), True, found)


def rate_many(
    session: Session,
    *,
    actor: Someone,
    assessment: str,
    part: Part,
    picked: Sequence[tuple[str, int]],
    level: Level,
    reason: str,
    catalogues: Catalogues,
    now: datetime,
) -> Many:
    """Give several criteria one level; texts stay as they are, an empty rationale takes the reason.

    What somebody changed meanwhile, or what would lack its reason, is left alone and said.
    """
    found = _allowed_part(session, actor, assessment, part, now)
    catalogue, sheet = _edition(found, catalogues), sheet_of(found, part, actor)
    saved, left = [], []
    for code, version in picked:
        key = _judged(Key(assessment, part, code), catalogue)
        held = sheet.held(session, key)
        says = replace(held.says, level=level, rationale=held.says.rationale if held.says.rationale.strip() else reason)
        faults = faults_of(says)
        if held.version != version:
            left.append((code, "was changed meanwhile"))
        elif faults:
            left.append((code, "needs a reason why it does not apply"))
        elif says != held.says or held.to_confirm:
            later = replace(held, says=says, carried_from=None, to_confirm=False)
            saved.append((code, sheet.put(session, key, held, later, actor=actor, act="rated", now=now).version))
    return Many(tuple(saved), tuple(left))


def confirm_many(
    session: Session,
    *,
    actor: Someone,
    assessment: str,
    part: Part,
    picked: Sequence[tuple[str, int]],
    catalogues: Catalogues,
    now: datetime,
) -> Many:
    """Stand by several ratings that were carried over, each as it is; what is not to be confirmed is left and said."""
    found = _allowed_part(session, actor, assessment, part, now)
    catalogue, sheet = _edition(found, catalogues), sheet_of(found, part, actor)
    saved, left = [], []
    for code, version in picked:
        key = _judged(Key(assessment, part, code), catalogue)
        held = sheet.held(session, key)
        if held.version != version:
            left.append((code, "was changed meanwhile"))
        elif not held.to_confirm:
            left.append((code, "has nothing to confirm"))
        else:
            later = replace(held, to_confirm=False)
            saved.append((code, sheet.put(session, key, held, later, actor=actor, act="rated", now=now).version))
    return Many(tuple(saved), tuple(left))


def undo_many(
    session: Session,
    *,
    actor: Someone,
    assessment: str,
    part: Part,
    picked: Sequence[tuple[str, int]],
    catalogues: Catalogues,
    now: datetime,
) -> Many:
    """Take back what was saved for several criteria, where nobody changed it since."""
    found = _allowed_part(session, actor, assessment, part, now)
    catalogue, sheet = _edition(found, catalogues), sheet_of(found, part, actor)
    saved, left = [], []
    for code, version in picked:
        key = _judged(Key(assessment, part, code), catalogue)
        held = sheet.held(session, key)
        if held.version != version or held.rated_by != actor.actor.id or not version:
            left.append((code, "was changed meanwhile"))
            continue
        before = sheet.version(session, key, version - 1)
        saved.append((code, sheet.put(session, key, held, before, actor=actor, act="undid", now=now).version))
    return Many(tuple(saved), tuple(left))


def _allowed(session: Session, actor: Someone, key: Key, catalogues: Catalogues, now: datetime) -> Round:
    found = the_round_to_rate(session, key.assessment, now)
    returned = found.stage(key.part) is not PartStage.RATING and SHARED.sent_back(session, key)
    require(actor, Do.RATE, found.matter(key.part, returned=returned))
    _judged(key, _edition(found, catalogues))
    return found


def _allowed_part(session: Session, actor: Someone, assessment: str, part: Part, now: datetime) -> Round:
    found = the_round_to_rate(session, assessment, now)
    require(actor, Do.RATE, found.matter(part))
    return found


def _edition(found: Round, catalogues: Catalogues) -> Catalogue:
    held = catalogues.get(found.edition)
    if held is None:
        raise Refusal(f"The content of edition {found.edition} is not held here, so nothing can be judged against it.")
    return held


def _judged(key: Key, catalogue: Catalogue) -> Key:
    criterion = catalogue.by_code.get(key.criterion)
    if criterion is None or key.part not in criterion.parts:
        raise Refusal(f"{key.criterion} is not judged in this part.")
    return key


def _clash(
    session: Session, found: Round, sheet: Sheet, act: Rate, held: Held, *, actor: Someone, now: datetime
) -> Saved | Clash:
    """Both sides of a stale save; what was refused is kept as an event. Nothing of it new: theirs stands."""
    if act.version > held.version:
        raise Refusal(f"{act.key.criterion} has no version {act.version}: open the sheet again.")
    base = sheet.version(session, act.key, act.version).says
    merged = merge(base, held.says, act.says)
    if not merged.yours_says_more:
        return Saved(held, False, found)
    said = {"began_from": act.version, "stands": held.version, **asdict(act.says)}
    ledger.record(
        session, actor=actor.actor, act="set_aside", subject=sheet.subject(act.key), before=None, after=said, now=now
    )
    return Clash(held, act.says, act.version, merged, found)
