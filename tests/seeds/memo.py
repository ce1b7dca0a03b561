"""What the memo of September 2024 prints, copied by hand and not from the seeds."""

from __future__ import annotations

IN_PROGRESS = "Standard assessment complete; implementation assessment in progress"
AWAITING = (
    "Awaiting outcome of the Recognition of Equivalence of Supply Chain Due Diligence Schemes under the "
    "Regulation (EU) 2017/821 (Conflict Minerals)"
)
CONDITIONAL = "Conditionally approved"

# Standard, status of alignment assessment, status of LME approval; a link is printed in brackets.
TABLE_1 = [
    ("Aluminium Stewardship Initiative (ASI) Performance Standard V3", IN_PROGRESS, CONDITIONAL),
    ("Chinese Due Diligence Guidelines for Mineral Supply Chains (Second Edition)", IN_PROGRESS, CONDITIONAL),
    (
        "Joint Due Diligence Standard for Copper, Lead, Nickel and Zinc assessed with the Copper Mark "
        "Assurance Process",
        "Alignment assessment complete; ‘Fully Aligned’ rating",
        "Approved (published here)",
    ),
    (
        "London Bullion Market Association (LBMA) Responsible Gold Guidance version 9, including additions required "
        "by LBMA - LME Guide version 2, 10 May 2023",
        AWAITING,
        CONDITIONAL,
    ),
    (
        "Responsible Minerals Initiative (RMI) Cobalt Refiner Supply Chain Due Diligence Standard",
        "Alignment assessment complete; Standard rating is 'Fully Aligned' and Implementation rating is 'Partially "
        "Aligned' with corrective actions underway to address findings",
        "Conditionally approved (published here)",
    ),
    (
        "RMI Global Responsible Sourcing Due Diligence Standard for Mineral Supply Chains All Minerals",
        IN_PROGRESS,
        CONDITIONAL,
    ),
    ("RMI Tin and Tantalum Standard", AWAITING, CONDITIONAL),
    (
        "Joint Due Diligence Standard for Copper, Lead, Nickel and Zinc assessed with the Responsible Minerals "
        "Assurance Process",
        IN_PROGRESS,
        CONDITIONAL,
    ),
    (
        "ITA-RMI Assessment Criteria assessed with the Responsible Minerals Assurance Process",
        IN_PROGRESS,
        CONDITIONAL,
    ),
    (
        "ITA-RMI Assessment Criteria assessed with the Tin Code (Standard 7.3 Responsible Sourcing)",
        IN_PROGRESS,
        CONDITIONAL,
    ),
]

PROGRAMMES = (
    "asi-v3", "chinese-guidelines-2", "jdds-copper-mark", "lbma-rgg-9", "rmi-cobalt", "rmi-all-minerals",
    "rmi-tin-tantalum", "jdds-rmap", "ita-rmi-rmap", "ita-rmi-tin-code",
)  # fmt: skip
"""The slugs of its rows, in its order."""

# Names that are printed letter by letter, and the programme or matter that they name.
VERBATIM = (
    "LME Policy on Responsible Sourcing of LME-Listed Brands",
    "section 5.2",
    "Equivalent Certification Programme",
    "Methodology for OECD alignment assessments of multi-stakeholder, government and industry initiatives",
    "Copper Mark Criteria for Responsible Production",
    "OECD Methodology for the Alignment Assessment of Industry Programmes with the OECD Minerals Guidance",
    "Joint Due Diligence Standard for Copper, Lead, Molybdenum, Nickel and Zinc",
    "Cobalt Refiner Due Diligence Standard",
)


def plain(text: str) -> str:
    """Text with its quotation marks all alike: the memo uses both kinds, and so do we."""
    return text.translate(str.maketrans("‘’“”", "''\"\""))
