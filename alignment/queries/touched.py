"""Which programmes the events after another may have changed: so that what is kept of the others may be kept on.

Every write leaves an event, and its subject is a table and a key. Here stands of each table what its rows can change
of what the register keeps of programmes; whatever does not stand here may have changed everything.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Executable, Select, bindparam, literal, select, union_all
from sqlmodel import col

from alignment.domain.frozen import dataclass
from alignment.tables import (
    ActionStep,
    Assessment,
    CorrectiveAction,
    Decision,
    Equivalence,
    Event,
    Finding,
    PartProgress,
    ProgrammeName,
    Recognition,
    Result,
)

Mark: TypeAlias = tuple[int, int]
"""The last event, and which copy of the register holds it: ``changes.reading_mark``."""

MOST = 500
"""After more events than these everything is read anew, which takes no longer."""

ITSELF = frozenset({"programme", "programme_metal", "programme_stage"})
"""Their keys begin with the programme."""

BY_PROGRAMME: tuple[Any, ...] = (Assessment, Decision, Equivalence, ProgrammeName, Recognition)
"""Their rows name the programme."""

BY_ROUND: tuple[Any, ...] = (CorrectiveAction, Finding, PartProgress, Result)
"""Their rows name a round, which names the programme."""

OF_ACTIONS = frozenset({"action_criterion"})
"""Their keys begin with a corrective action."""

OF_RATINGS = frozenset({"rating", "rating_version"})
"""Their keys begin with a round. Of one that is not published nothing public rests on them."""

AROUND = frozenset({"publication"})
"""Of no programme, and told beside them."""

SHARED = frozenset({"assurance_process", "organisation", "source", "standard"})
"""Many programmes may name the same row. A new one is named by none, but by rows with an event of their own."""

BESIDE = frozenset({"kept_change"})
"""Their rows have no event of their own, but come with that of the record that they are about."""

OF_ALL = frozenset({"event", "metal"})
"""What changes them changes everything: a metal is written beside every programme, and no event is ever changed."""

ELSEWHERE = frozenset(
    {
        "action_evidence", "action_extension", "action_milestone", "advance_notice", "appeal", "assessor_approval",
        "blind_rating", "brand", "brand_site", "certificate", "checklist_answer", "claim", "comment", "condition_met",
        "conflict_declaration", "decision_condition", "declaration", "edition_seal", "effectiveness_check", "evidence",
        "evidence_file", "evidence_withdrawal", "follow", "invitation", "membership", "monitoring_point",
        "monitoring_review", "observer_invitation", "part_stage_step", "person", "place_to_look", "presence",
        "producer", "proposal", "public_report", "publication_draft", "publication_file", "rating_evidence",
        "rating_review", "reconciliation", "recovery_code", "reminder_sent", "round_team", "sign_in_attempt",
        "signed_in", "significant_change", "site", "standard_owner", "statement", "stored_file", "subscription",
        "token", "vote",
    }
)  # fmt: skip
"""Nothing that is kept of programmes rests on them."""


@dataclass(frozen=True, slots=True)
class Touched:
    """The programmes that may be others now, and whether anything that is kept may be."""

    programmes: frozenset[str] = frozenset()
    around: bool = False


def touched(connection: Connection, since: Mark, until: Mark) -> Touched | None:
    """What the events after one mark and up to another touched: two queries. None for everything.

    Events that came later than ``until`` may be among them: they will be told again.
    """
    if until[1] != since[1] or until[0] < since[0] or not since[0]:
        return None
    found = connection.execute(_events(), {"since": since[0]}).all()
    if len(found) > MOST:
        return None
    keys: dict[str, set[str]] = defaultdict(set)
    around = False
    for subject, new in found:
        table, _, key = subject.partition(":")
        if table in ELSEWHERE or (table in SHARED and new):
            continue
        if table in AROUND:
            around = True
        elif table in _KINDS:
            keys[table].add(key.partition("/")[0] if table in _LED else key)
        else:
            return None
    programmes = {key for table in ITSELF for key in keys.pop(table, ())}
    if keys:
        rows = connection.execute(_programmes(), {table: sorted(keys.get(table, ())) for table in _TOLD}).all()
        if len(rows) < sum(map(len, keys.values())):
            return None  # a row is gone: what it belonged to cannot be told
        programmes |= {row.programme for row in rows if row.public and row.programme}
    return Touched(frozenset(programmes), around or bool(programmes))


@cache
def _events() -> Executable:
    after = col(Event.seq) > bindparam("since")
    new = col(Event.before) == "null"
    return select(col(Event.subject), new.label("new")).where(after).limit(MOST + 1)


def _name(table: Any) -> str:
    name: str = table.__tablename__
    return name


_LED = OF_ACTIONS | OF_RATINGS | ITSELF
_TOLD = (*map(_name, (*BY_PROGRAMME, *BY_ROUND, ActionStep)), *OF_ACTIONS, *OF_RATINGS)
_KINDS = ITSELF | frozenset(_TOLD)


_YES: ColumnElement[bool] = literal(True)


@cache
def _programmes() -> Executable:
    """The programmes of rows, by the table and their key, and whether anything public may rest on them."""
    of_round, public = col(Assessment.programme_id), col(Assessment.published)
    action = col(CorrectiveAction.assessment_id) == Assessment.id
    return union_all(
        *(_told(_name(table), table.id, table.programme_id) for table in BY_PROGRAMME),
        *(_told(_name(table), table.id, of_round, table.assessment_id == Assessment.id) for table in BY_ROUND),
        _told("action_step", ActionStep.id, of_round, col(ActionStep.action_id) == CorrectiveAction.id, action),
        *(_told(kind, CorrectiveAction.id, of_round, action) for kind in OF_ACTIONS),
        *(_told(kind, Assessment.id, of_round, public=public) for kind in OF_RATINGS),
    )


def _told(kind: str, key: Any, programme: Any, *joined: Any, public: Any = _YES) -> Select[Any]:
    return select(
        literal(kind).label("kind"), col(key).label("key"), col(programme).label("programme"), public.label("public")
    ).where(col(key).in_(bindparam(kind, expanding=True)), *joined)  # fmt: skip
