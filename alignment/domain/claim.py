"""The elements of a producer's system: a form for each field of the producer record, and what each speaks to.

Claimed by the producer until somebody else verifies it. The fields are those of the domain dossier, section 6.3.
"""

from __future__ import annotations

from collections.abc import Mapping

from alignment.domain.frozen import dataclass
from alignment.domain.keeping import Field, Noun, Shape, Values

PUBLIC = Field(
    "public", "Shown to everybody", Shape.FLAG, hint="No: the LME sees it with you, and nobody else knows what it says"
)
WHY = Field("remark", "Why it is corrected", hint="For a correction: what was wrong before", most=500)


@dataclass(frozen=True, slots=True)
class Kind:
    """A field of the producer record: what its form asks for beside the statement, and what it speaks to.

    ``more`` are fields whose values stand with the claim as figures, each under its label.
    """

    id: str
    label: str
    asks: str
    criteria: tuple[str, ...]
    more: tuple[Field, ...] = ()
    named: str = ""

    @property
    def noun(self) -> Noun:
        """The fields of its form."""
        about = () if self.named else (Field("title", "In a few words", needed=True, most=120),)
        return Noun("claims", "claim", "element", self.label, self.asks, (*about, *self.more, *_EVERY))


_EVERY = (
    Field("value", "What you state", Shape.PROSE, needed=True, most=2000),
    Field("effective", "Holds from, or year", Shape.WHEN, needed=True, hint="2026-03-31, 2026-03 or 2025"),
    Field("shown_in", "Where it is shown", hint="A report with its page, or a public address", most=300),
    Field("gap", "This is a gap: we do not have it yet", Shape.FLAG),
    PUBLIC,
    WHY,
)


def _count(name: str, label: str, hint: str = "") -> Field:
    return Field(name, label, Shape.COUNT, hint=hint)


def _shares(label: str, hint: str) -> Field:
    return Field("figures", label, Shape.FIGURES, hint=hint, most=2000)


KINDS: dict[str, Kind] = {
    kind.id: kind
    for kind in (
        Kind(
            "sourcing_origin", "Origin of material", "Where primary material comes from, by country, a year at a time.",
            ("S1-C-2", "S2-A-2"),
            (
                Field("material", "Material", needed=True, hint="Concentrate, blister, bauxite", most=80),
                _shares("Shares by origin", "One a line, in per cent: Chile 28"),
            ),
            named="Origin of {material}",
        ),
        Kind(
            "secondary_material", "Secondary material", "How much of the feed is scrap or recycled, and where from.",
            ("S1-C-5",),
            (
                Field("material", "Material", needed=True, hint="Copper scrap, dross", most=80),
                _shares("Shares", "One a line, in per cent: domestic 25"),
            ),
            named="Secondary material: {material}",
        ),
        Kind(
            "transit_control", "Transit routes", "By which ways material travels, and how they are checked.",
            ("S1-C-1", "S2-A-2"), (Field("routes", "Routes", most=500),),
        ),
        Kind(
            "policy", "Policy", "The supply chain policy with the day on which it was adopted.",
            ("S1-A-1", "S1-A-2"), (Field("adopted", "Adopted on", Shape.DAY),),
        ),
        Kind("commitment", "Commitments", "What the company binds itself to.", ("S1-A-3",)),
        Kind(
            "accountable_role", "Accountable role", "Who answers for due diligence, by role and not by name.",
            ("S1-B-1",), (Field("role", "Role", needed=True, most=120),),
        ),
        Kind("organisation", "Organisation", "Who does what in due diligence.", ("S1-B-3",)),
        Kind("training", "Training", "Who is trained in what.", ("S1-B-2",)),
        Kind("traceability", "Traceability", "How material is followed from origin to product.", ("S1-C-1",)),
        Kind("material_control", "Control of material", "How lots are checked on arrival.", ("S1-C-4",)),
        Kind(
            "retention", "Record retention", "For how long records are kept.",
            ("S1-C-8",), (_count("years", "Years"),),
        ),
        Kind(
            "supplier_management", "Suppliers", "How suppliers are taken on, and how many there are.",
            ("S1-C-3", "S2-C-1"), (_count("suppliers", "Suppliers"),),
        ),
        Kind("code_of_conduct", "Code of conduct", "What suppliers sign.", ("S1-D-1",)),
        Kind(
            "survey", "Surveys", "What suppliers are asked, and how many answered.", ("S2-A-3", "S2-C-1"),
            (
                Field("survey", "Kind of survey", hint="CMRT, own questionnaire, Annex II questions", most=120),
                _count("asked", "Suppliers asked"), _count("answered", "Suppliers that answered"),
            ),
        ),
        Kind(
            "area_list", "High-risk areas", "The list of conflict-affected and high-risk areas in use.",
            ("S2-A-1", "OP-08"),
            (
                _count("areas", "Areas on the list"), _shares("Of them by region", "One a line: Africa 24"),
                Field("drawn_from", "Drawn from", hint="The sources of the list", most=300),
            ),
        ),
        Kind("risk_method", "Risk method", "How risks are found and judged.", ("S2-A-2", "S2-C-1")),
        Kind(
            "red_flags", "Red flags", "Red flags found, open and closed.", ("S2-A-4", "S2-A-5"),
            (_count("open", "Open"), _count("closed", "Closed")),
        ),
        Kind(
            "mitigation", "Mitigation", "What is done about a risk, and until when.", ("S3-B-1", "S3-B-5"),
            (Field("target", "Target date", Shape.DAY),),
        ),
        Kind("monitoring", "Monitoring", "How the chain is watched from year to year.", ("S2-E-1", "OP-02")),
        Kind(
            "grievance", "Grievance channel", "Where anybody can raise a concern.", ("S1-E-1", "S1-E-2"),
            (Field("channel", "Channel", hint="Its address", most=300), _count("concerns", "Concerns received")),
        ),
        Kind(
            "audit", "Audits", "Independent audits of due diligence, with standard, edition and scope.", ("S4-A-1",),
            (
                Field("standard", "Standard", most=200), Field("edition", "Edition", most=80),
                Field("scope", "Scope", hint="Which sites, metals and period it covered", most=300),
                Field("assurer", "Carried out by", most=200),
            ),
        ),
        Kind(
            "certificate", "Certificates", "What the company says of its certificates, beside those of each brand.",
            ("S4-A-1", "S4-A-3"), (_shares("Figures", "One a line: standards required 32"),),
        ),
        Kind(
            "iso", "ISO 14001 and ISO 45001", "Management of the environment and of safety, or what stands for it.", (),
        ),
        Kind(
            "reporting", "Reporting", "The yearly due diligence report and the summary of the audit.",
            ("S5-A-1", "S5-A-5"),
            (
                Field("address", "Public address", most=500),
                Field("next", "Next one due on", Shape.DAY, hint="You are reminded of it"),
            ),
        ),
        Kind("scope", "Scope", "What the record speaks of, and what it leaves out.", ("OP-09",)),
    )
}  # fmt: skip
"""In the order of a record that is filled in from the first time on."""


def claim_of(kind: Kind, values: Values) -> tuple[str, dict[str, str]]:
    """The title of a claim and its figures, each under its label."""
    title = kind.named.format(**values) if kind.named else str(values["title"])
    figures: dict[str, str] = {}
    for each in kind.more:
        said = values[each.name]
        if each.shape is Shape.FIGURES:
            figures |= said
        elif said and "{" + each.name + "}" not in kind.named and not (each.name == "areas" and values["figures"]):
            figures[each.label] = str(said)
    if values["shown_in"]:
        figures[SHOWN_IN] = values["shown_in"]
    return title, figures


def values_of(kind: Kind, title: str, figures: Mapping[str, str]) -> Values:
    """What the form said, from the title and the figures of a stored claim."""
    left = dict(figures)
    values: Values = {"shown_in": left.pop(SHOWN_IN, "")}
    head, _, tail = kind.named.partition("{")
    about = tail.partition("}")[0]
    for each in kind.more:
        if each.name == about:
            values[about] = title.removeprefix(head)
        elif each.shape is not Shape.FIGURES:
            values[each.name] = left.pop(each.label, "")
    if "figures" in {each.name for each in kind.more}:
        values["figures"] = left
    return values if kind.named else {"title": title, **values}


SHOWN_IN = "Shown in"
