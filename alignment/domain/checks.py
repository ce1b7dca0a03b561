"""The standing checks of a market update: what should not go out unless somebody says why it does.

Each fault has a code, the check with what it is about, as ``stale:rmi-cobalt``. A reason waives the faults that it
was given for and no later one; what is waived, and why, is printed in the publication.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from alignment.domain.frozen import dataclass
from alignment.domain.refusal import Faults

LONGEST_REASON = 1000
"""Characters that the reason of a waiver may have."""


class Check(StrEnum):
    """What is looked for."""

    REFUSED = "refused"
    PRINT = "print"
    NO_SOURCE = "no-source"
    STALE = "stale"
    NO_CITATIONS = "no-citations"
    OVERDUE = "overdue"
    DECISION_DUE = "decision-due"
    NOT_KNOWN = "not-known"
    UNATTRIBUTED = "unattributed"
    EMBARGO = "embargo"
    MARKER = "marker"

    @property
    def label(self) -> str:
        """The fault in words, as it is printed."""
        return _LOOKS[self][0]

    @property
    def says(self) -> str:
        """What is looked for, and what to do."""
        return _LOOKS[self][1]

    @property
    def waivable(self) -> bool:
        """Whether a reason helps: with what cannot be published, set or inserted there is nothing that could go out."""
        return self not in (Check.REFUSED, Check.PRINT, Check.MARKER)


_LOOKS = {
    Check.REFUSED: (
        "Cannot be published",
        "Its day, its number, what it corrects, its table or its issuer does not allow it: put it right. No reason "
        "waives this.",
    ),
    Check.PRINT: (
        "Cannot be printed",
        "The text cannot be set on a page of paper: put it right. No reason waives this.",
    ),
    Check.NO_SOURCE: (
        "Facts with no source",
        "A fact behind the table rests on no document, and nobody entered it as their own act: enter its source.",
    ),
    Check.STALE: (
        "Stale status",
        "Nothing newer than the policy age is held about a programme: look for a newer report, or say that none is.",
    ),
    Check.NO_CITATIONS: (
        "Fully aligned with no citations",
        "A public rating of fully aligned cites neither the standard nor the Guidance: its assessor cites them.",
    ),
    Check.OVERDUE: (
        "Overdue action with no extension",
        "A corrective action is past its due date and no extension holds: have it reported, or extended with a reason.",
    ),
    Check.DECISION_DUE: (
        "Decision due",
        "A recognition that was awaited has come, and the LME has not decided since: decide, or say why not yet.",
    ),
    Check.NOT_KNOWN: (
        "Status not known",
        "What the table says of a programme is not known on that day: enter what a source says.",
    ),
    Check.UNATTRIBUTED: (
        "Statement without attribution",
        "A chosen statement does not say who said it, or where: leave it out, or enter it again with both.",
    ),
    Check.EMBARGO: (
        "Embargo still running",
        "Those whose status changes were told that this stays under embargo until later: wait, or say why not.",
    ),
    Check.MARKER: (
        "Insertion that does not work",
        "The text asks for what cannot be inserted: put the line right. No reason waives this.",
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that a check found: what it is about, in a sentence, and where to put it right."""

    check: Check
    subject: str
    said: str
    address: str = ""

    @property
    def code(self) -> str:
        return f"{self.check.value}:{self.subject}"


Waivers = Mapping[str, str]
"""Reasons by the code of the fault that each waives."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One check with what it found: the faults that fail, and those waived with their reasons."""

    check: Check
    failing: tuple[Fault, ...]
    waived: tuple[tuple[Fault, str], ...]

    @property
    def passes(self) -> bool:
        return not self.failing


def judge(faults: Iterable[Fault], waivers: Waivers) -> tuple[Checked, ...]:
    """Every check, in order, with its faults sorted into failing and waived."""
    found = list(faults)
    return tuple(
        Checked(
            check,
            tuple(each for each in found if each.check is check and not _waives(each, waivers)),
            tuple((each, waivers[each.code]) for each in found if each.check is check and _waives(each, waivers)),
        )
        for check in Check
    )


def _waives(fault: Fault, waivers: Waivers) -> bool:
    return fault.check.waivable and bool(waivers.get(fault.code, "").strip())


def failing(checked: Iterable[Checked]) -> tuple[Fault, ...]:
    """Every fault that stands in the way."""
    return tuple(fault for each in checked for fault in each.failing)


def printed(checked: Iterable[Checked]) -> list[dict[str, object]]:
    """What a publication says of the checks that were waived: one entry a reason, with the faults it was given for."""
    found: list[dict[str, object]] = []
    for each in checked:
        for reason in dict.fromkeys(reason for _, reason in each.waived):
            said = [fault.said for fault, given in each.waived if given == reason]
            found.append({"check": each.check.value, "title": each.check.label, "faults": said, "reason": reason})
    return found


def why_not_waive(reason: str) -> str | None:
    """Why a reason cannot be taken, or None."""
    if not reason.strip():
        return "A reason is needed: it is printed in the publication."
    if len(reason) > LONGEST_REASON:
        return f"The reason has at most {LONGEST_REASON:,} characters; it has {len(reason):,}."
    return None


def waivers_of(asked: Sequence[str], faults: Sequence[Fault]) -> dict[str, str]:
    """Waivers from ``CHECK=REASON`` or ``CHECK:SUBJECT=REASON``, for faults that are there.

    Faults lists everything that is no check, fits no fault or gives no reason.
    """
    given: dict[str, str] = {}
    wrong: list[str] = []
    for said in asked:
        name, equals, reason = said.partition("=")
        check, _, subject = name.strip().partition(":")
        fitting = [each for each in faults if each.check.value == check and subject in ("", each.subject)]
        if not equals or check not in list(Check):
            wrong.append(f"“{said[:60]}” waives nothing: write CHECK=REASON, with one of {', '.join(_waivable())}")
        elif not Check(check).waivable:
            wrong.append(f"“{check}” cannot be waived: put right what it names")
        elif not fitting:
            wrong.append(f"“{name.strip()[:60]}” finds nothing wrong, so there is nothing to waive: take it out")
        elif refused := why_not_waive(reason):
            wrong.append(f"--waive {name.strip()[:60]}: {refused}")
        else:
            given |= {each.code: reason.strip() for each in fitting}
    if wrong:
        raise Faults(wrong)
    return given


def _waivable() -> list[str]:
    return [each.value for each in Check if each.waivable]
