"""The LME's own acts on a programme, the approval that follows from them, and advice with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum

from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level
from alignment.domain.when import When


class Act(StrEnum):
    """What the LME can decide on a programme."""

    CONDITIONALLY_APPROVED = "conditionally_approved"
    APPROVED = "approved"
    NOT_APPROVED = "not_approved"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"
    VOID = "void"
    """What an earlier entry says never held: it was entered by mistake. A correction, which decides nothing."""

    @property
    def label(self) -> str:
        return "Entry declared void" if self is Act.VOID else self.value.replace("_", " ").capitalize()


DECIDING: tuple[Act, ...] = tuple(act for act in Act if act is not Act.VOID)
"""The acts that leave an approval."""


class Approval(StrEnum):
    """What stands on a date because of the decisions; never computed from ratings."""

    APPROVED = "approved"
    CONDITIONALLY_APPROVED = "conditionally_approved"
    SUSPENDED = "suspended"
    NOT_APPROVED = "not_approved"
    WITHDRAWN = "withdrawn"
    NOT_KNOWN = "not_known"
    NONE = "none"

    @property
    def label(self) -> str:
        """As printed: Conditionally approved."""
        return _LABELS[self]

    @property
    def tone(self) -> str:
        """The class of its colour."""
        return _LOOK[self][0]

    @property
    def mark(self) -> str:
        """The name of its square."""
        return _LOOK[self][1]

    @property
    def stands(self) -> bool:
        """Whether a brand may rely on the programme for Track A on that date."""
        return self in (Approval.APPROVED, Approval.CONDITIONALLY_APPROVED)


_LABELS = {each: each.value.replace("_", " ").capitalize() for each in Approval} | {
    Approval.NONE: "Not decided yet",
    Approval.NOT_KNOWN: "Not known",
}
_LOOK = {
    Approval.APPROVED: ("full", "a-yes"),
    Approval.CONDITIONALLY_APPROVED: ("part", "a-cond"),
    Approval.SUSPENDED: ("not", "a-susp"),
    Approval.NOT_APPROVED: ("not", "a-no"),
    Approval.WITHDRAWN: ("not", "a-no"),
    Approval.NOT_KNOWN: ("unknown", "m-unknown"),
    Approval.NONE: ("na", "m-na"),
}

# Which decisions can follow while an approval stands. A first decision follows "none"; where the
# approval is not known, any decision can become known. A conditional approval can be renewed by another one, with
# new conditions. Declaring an entry void is no step of an approval.
ALLOWED: dict[Approval, frozenset[Act]] = {
    Approval.NONE: frozenset({Act.CONDITIONALLY_APPROVED, Act.APPROVED, Act.NOT_APPROVED}),
    Approval.NOT_KNOWN: frozenset(DECIDING),
    Approval.CONDITIONALLY_APPROVED: frozenset(
        {Act.CONDITIONALLY_APPROVED, Act.APPROVED, Act.NOT_APPROVED, Act.SUSPENDED, Act.WITHDRAWN}
    ),
    Approval.APPROVED: frozenset({Act.CONDITIONALLY_APPROVED, Act.SUSPENDED, Act.WITHDRAWN}),
    Approval.SUSPENDED: frozenset({Act.REINSTATED, Act.WITHDRAWN, Act.NOT_APPROVED}),
    Approval.NOT_APPROVED: frozenset({Act.CONDITIONALLY_APPROVED, Act.APPROVED}),
    Approval.WITHDRAWN: frozenset({Act.CONDITIONALLY_APPROVED, Act.APPROVED}),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One entry of the ledger. ``order`` settles decisions of one day.

    ``taken_on`` is the day on which it was taken where it takes effect later than that; see ``taken_ahead``.
    ``replaces``: it takes the place of an entry that decided something else.
    """

    id: str
    act: Act
    effective: When
    order: int
    taken_on: date | None = None
    replaces: bool = False


def taken_ahead(effective: When, recorded_on: date, announced_on: date | None = None) -> date | None:
    """The day from which it is known that a decision will take effect; None where it lay behind by then."""
    taken = min(announced_on or recorded_on, recorded_on)
    return taken if taken < effective.on and not effective.is_by else None


@dataclass(frozen=True, slots=True)
class Standing:
    """The approval on a date: since when, and by which decision. One that is renewed stands since its first day."""

    approval: Approval
    since: When | None = None
    decision_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """A decision that is taken on a date and takes effect later: the approval that it will leave, and from when."""

    approval: Approval
    effective: When
    decision_id: str

    @property
    def said(self) -> str:
        """The line that stands beside the approval until then."""
        return f"decided, takes effect {self.effective.said_on}: {self.approval.label.lower()}"


def ahead(decisions: Iterable[Decision], as_at: date) -> tuple[Ahead, ...]:
    """What was decided by a date and takes effect after it, in the order in which it will."""
    return tuple(
        Ahead(approval, each.effective, each.id)
        for each, approval in in_order(decisions)
        if each.taken_on is not None and each.taken_on <= as_at < each.effective.on
    )


def standing(decisions: Sequence[Decision], as_at: date) -> Standing:
    """What the decisions say about a date (model, section 3).

    Before a *by* date with no earlier decision the approval is not known.
    """
    now = None
    for decision, approval in in_order(decisions):
        if decision.effective.on > as_at:
            if decision.effective.is_by and now is None:
                return Standing(Approval.NOT_KNOWN, decision.effective)
            break
        since = now.since if now and now.approval is approval else decision.effective
        now = Standing(approval, since, decision.id)
    return now or Standing(Approval.NONE)


# What each act leaves; a reinstatement is not here.
_LEAVES: dict[Act, Approval] = {act: Approval(act.value) for act in DECIDING if act is not Act.REINSTATED}


def put_right(was: tuple[Act, When], now: tuple[Act, When]) -> str:
    """What an entry said before its correction, as far as act or date were others; empty where its words alone were."""
    act, effective = was
    return ", ".join((act.label,) * (act is not now[0]) + (str(effective),) * (effective != now[1]))


def restates(act: Act, approval: Approval) -> bool:
    """Whether an act would leave what stands already."""
    return _LEAVES.get(act) is approval


def in_order(decisions: Iterable[Decision]) -> Iterator[tuple[Decision, Approval]]:
    """The decisions in the order in which they take effect, each with the approval that it leaves.

    A reinstatement brings back the approval that the suspension interrupted, or leaves it not known where that is
    not held. One that says again what stands, and renews nothing, is left out: it takes back what was entered by
    mistake and decides nothing, so the earlier decision stands on. So is one that declares another void.
    """
    approval, interrupted = Approval.NONE, Approval.NOT_KNOWN
    for decision in sorted(
        (each for each in decisions if each.act is not Act.VOID),
        key=lambda decision: (decision.effective.on, decision.order, decision.id),
    ):
        if decision.act is Act.SUSPENDED and approval.stands:
            interrupted = approval
        if restates(decision.act, approval) and (decision.replaces or decision.act not in ALLOWED[approval]):
            continue
        approval = _LEAVES.get(decision.act, interrupted)
        yield decision, approval


@dataclass(frozen=True, slots=True)
class Advice:
    """What the facts say about a possible decision: supported or not, and why. Never a lock."""

    act: Act
    supported: bool
    reason: str


def advise(
    act: Act, *, standards: Level | None, overall: Level | None, recognition_under_way: bool, approval: Approval
) -> Advice:
    """Advice on a decision (model, section 5): conditional approval rests on the standards part or on
    an accepted recognition under way, approval on the overall result."""
    if act not in ALLOWED[approval]:
        return Advice(act, False, f"does not follow while the programme is {approval.label.lower()}")
    if act is Act.CONDITIONALLY_APPROVED:
        if standards is Level.FULLY:
            return Advice(act, True, "the standards part is fully aligned")
        if recognition_under_way:
            return Advice(act, True, "an accepted recognition is under way")
        return Advice(act, False, f"the standards part is {_said(standards)} and no recognition is under way")
    if act is Act.APPROVED:
        return Advice(act, overall is Level.FULLY, f"the overall result is {_said(overall)}")
    if act is Act.NOT_APPROVED:
        return Advice(act, overall in (Level.PARTIALLY, Level.NOT), f"the overall result is {_said(overall)}")
    return Advice(act, True, "lies in the LME’s discretion")


def _said(level: Level | None) -> str:
    return level.label.lower() if level else "not held"
