"""The 108 criteria of oecd-minerals-2018 as bare codes, parts and steps, for tests of the rule alone."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from alignment.domain.catalogue import Catalogue, Criterion, Group, Part, Position, Rule, Section

# Group, section, step, and for each criterion of the group the first letters of the parts that judge it.
GROUPS = (
    ("OP", "A", None, "SI SI SI SI SI SI SI SI SI SI SI SI"),
    ("S1-A", "B", 1, "SI SI SI"),
    ("S1-B", "B", 1, "SI SI SI"),
    ("S1-C", "B", 1, "SI SI SI SI SI SI SI SI"),
    ("S1-D", "B", 1, "SI SI SI"),
    ("S1-E", "B", 1, "SI SI"),
    ("S2-A", "B", 2, "SI SI SI SI SI"),
    ("S2-B", "B", 2, "SI SI SI SI"),
    ("S2-C", "B", 2, "SI SI"),
    ("S2-D", "B", 2, "SI SI SI"),
    ("S2-E", "B", 2, "SI"),
    ("S3-A", "B", 3, "SI"),
    ("S3-B", "B", 3, "SI SI SI SI SI SI SI"),
    ("S3-C", "B", 3, "SI SI"),
    ("S3-D", "B", 3, "SI"),
    ("S3-E", "B", 3, "SI"),
    ("S4-A", "B", 4, "SI SI SI SI SI SI SI SI"),
    ("S5-A", "B", 5, "SI SI SI SI SI SI SI"),
    ("PR-AU", "C", None, "S SI SI SI I SI SI SI SI"),
    ("PR-CR", "C", None, "SI"),
    ("PR-GM", "C", None, "SI I"),
    ("PR-TR", "C", None, "SI"),
    ("PR-RA", "C", None, "SI"),
    ("PR-CB", "C", None, "SI"),
    ("PR-IC", "C", None, "SI"),
    ("PR-RP", "C", None, "SI"),
    ("GV-AS", "D", None, "G G G"),
    ("GV-CL", "D", None, "G G G"),
    ("GV-SE", "D", None, "G G G"),
    ("GV-TR", "D", None, "G G G"),
    ("GV-CI", "D", None, "G G"),
    ("GV-CO", "D", None, "G"),
    ("GV-SS", "D", None, "G"),
    ("GV-IM", "D", None, "G"),
    ("GV-LE", "D", None, "G"),
)

PART_OF = {"S": Part.STANDARDS, "I": Part.IMPLEMENTATION, "G": Part.GOVERNANCE}


def make_criterion(
    code: str, *, parts: Iterable[Part], section: str, group: str, step: int | None, order: int
) -> Criterion:
    return Criterion(
        code=code, title=f"Title of {code}", section=section, group=group, step=step, parts=tuple(parts),
        position=Position.ALL, reference="", external_code=None, text="", look_in_text="",
        look_in_practice="", fully_or_partially="", order=order,
    )  # fmt: skip


def make_rule(
    gating: Iterable[str],
    *,
    threshold: Fraction = Fraction(4, 5),
    floor: Fraction = Fraction(1, 2),
    partial_credit: Fraction = Fraction(1, 2),
) -> Rule:
    return Rule(
        threshold=threshold,
        floor=floor,
        partial_credit=partial_credit,
        gating=frozenset(gating),
        sensitivity=(Fraction(7, 10), Fraction(8, 10), Fraction(9, 10), Fraction(1)),
        provenance="A reading of published results; no source states the rule in words.",
    )


def make_catalogue(sections: Iterable[Section], rule: Rule) -> Catalogue:
    return Catalogue(
        edition="oecd-minerals-2018", title="", issued="2018", status="", introduction="", rule=rule,
        scale=(), sections=tuple(sections), digest="",
    )  # fmt: skip


def _groups() -> Iterable[Group]:
    order = 0
    for code, section, step, parts_of_each in GROUPS:
        criteria = []
        for number, letters in enumerate(parts_of_each.split(), start=1):
            name = f"OP-{number:02}" if code == "OP" else f"{code}-{number}"
            parts = [PART_OF[letter] for letter in letters]
            criteria.append(make_criterion(name, parts=parts, section=section, group=code, step=step, order=order))
            order += 1
        yield Group(code=code, title="", section=section, step=step, intro="", criteria=tuple(criteria))


def catalogue_108() -> Catalogue:
    """Gating are all of section A and PR-AU-5, as in the edition's rule."""
    groups = tuple(_groups())
    sections = tuple(
        Section(code=section, title="", groups=tuple(group for group in groups if group.section == section))
        for section in "ABCD"
    )
    gating = [criterion.code for criterion in sections[0].criteria]
    return make_catalogue(sections, make_rule([*gating, "PR-AU-5"]))
