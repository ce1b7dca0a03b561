"""The wordings of evidence: a correction is a new one, and what became of the newest holds for all before it.

What is confidential by now was so all along, as far as anybody is told; what was withdrawn is gone in every wording;
and what came with a corrective action is no evidence of the assessment in any of them.
"""

from __future__ import annotations

from sqlalchemy import CTE, ColumnElement, ScalarSelect, Table, or_, select, union
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.queries.facts import Rows
from alignment.tables import ActionEvidence, Evidence, EvidenceWithdrawal


def _corrections() -> CTE:
    """Each wording that was corrected, with every one that came after it."""
    evidence: Table = Evidence.__table__  # type: ignore[attr-defined]
    columns, after = evidence.c, evidence.alias()
    next_ = (
        select(columns.corrects.label("wording"), columns.id.label("later"), columns.confidential)
        .where(columns.corrects.is_not(None))
        .cte("corrections", recursive=True)
    )
    further = select(next_.c.wording, after.c.id, after.c.confidential).join(after, after.c.corrects == next_.c.later)
    return next_.union_all(further)


_CORRECTED = _corrections()
"""Made once, before anybody asks: in one statement it has to be the very same, whoever puts that together first."""


def kept_secret() -> ColumnElement[bool]:
    """Confidential now or since a correction: what was once public is then not shown of an earlier day either."""
    since = _CORRECTED
    hidden = select(since.c.wording).where(since.c.confidential.is_(True))
    return or_(col(Evidence.confidential).is_(True), col(Evidence.id).in_(hidden))


def is_newest() -> ColumnElement[bool]:
    """No other wording came after it."""
    later = aliased(Evidence)
    return col(Evidence.id).not_in(select(col(later.corrects)).where(col(later.corrects).is_not(None)))


def own_evidence() -> ColumnElement[bool]:
    """Evidence of the assessment itself: none that was withdrawn, or that came with a corrective action."""
    return col(Evidence.id).not_in(_gone_or_given())


def _gone_or_given() -> ScalarSelect[str]:
    gone: Rows = select(col(EvidenceWithdrawal.evidence_id).label("id"))
    given = select(col(ActionEvidence.evidence_id)).where(col(ActionEvidence.given).is_(True))
    last, since = union(gone, given).subquery(), _CORRECTED
    before = select(since.c.wording).where(since.c.later.in_(select(last.c.id)))
    return union(select(last.c.id), before).scalar_subquery()
