"""Says which criteria of a part do not apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime

from sqlmodel import Session

from alignment.domain.catalogue import Catalogue, Part
from alignment.domain.frozen import dataclass
from alignment.domain.people import Do, Someone
from alignment.domain.rating import LONGEST, Level
from alignment.domain.refusal import Refusal, Stale, fit
from alignment.services.sheets import SHARED, Key
from alignment.services.stages import require, the_round


@dataclass(frozen=True, slots=True)
class Scope:
    """Criteria of a part that do not apply, each with its reason, from the versions that were on the page.

    ``back`` are criteria that were out of scope and apply after all.
    """

    assessment: str
    part: Part
    out: Mapping[str, str]
    back: frozenset[str] = frozenset()
    versions: Mapping[str, int] = field(default_factory=dict)


def set_scope(session: Session, *, actor: Someone, act: Scope, catalogue: Catalogue, now: datetime) -> int:
    """Say which criteria of a part do not apply, each with its reason; the number of ratings changed.

    Stored as ratings *not applicable*. All or nothing: Unfit names each criterion without a reason,
    Stale one that somebody rated meanwhile.
    """
    found = the_round(session, act.assessment, now)
    require(actor, Do.SCOPE, found.matter(act.part))
    judged = {criterion.code for criterion in catalogue.in_part[act.part]}
    strangers = sorted((set(act.out) | act.back) - judged)
    if strangers:
        raise Refusal(f"{strangers[0]} is not judged in this part.")
    reasons = {code: act.out.get(code, "").strip() for code in sorted(set(act.out) | act.back)}
    faults = {f"reason-{code}": said for code in sorted(act.out) if (said := _why_no_reason(code, reasons[code]))}
    fit(faults)
    return sum(_scope(session, act, code, reason, actor=actor, now=now) for code, reason in reasons.items())


def _why_no_reason(code: str, reason: str) -> str:
    if not reason:
        return f"Say why {code} does not apply."
    most = LONGEST["rationale"]
    return f"Shorten the reason to {most:,} characters at most." if len(reason) > most else ""


def _scope(session: Session, act: Scope, code: str, reason: str, *, actor: Someone, now: datetime) -> bool:
    """Put one criterion out of scope or back; whether that changed anything."""
    key = Key(act.assessment, act.part, code)
    held = SHARED.held(session, key)
    if held.version != act.versions.get(code, 0):
        raise Stale(f"{code} was rated by somebody else meanwhile: look at it as it is now, then decide again.")
    out = code in act.out
    if out and (held.says.level, held.says.rationale) == (Level.NOT_APPLICABLE, reason):
        return False
    if not out and held.says.level is not Level.NOT_APPLICABLE:
        return False
    says = replace(held.says, level=Level.NOT_APPLICABLE if out else None, rationale=reason)
    later = replace(held, says=says, carried_from=None, to_confirm=False)
    SHARED.put(session, key, held, later, actor=actor, act="scoped", now=now)
    return True
