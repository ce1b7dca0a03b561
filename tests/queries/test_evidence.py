"""The evidence of a round as its page lists it: the newest wording of each piece, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import Session

from alignment.domain.catalogue import Part
from alignment.domain.evidence import Described, EvidenceKind
from alignment.domain.people import Someone
from alignment.queries.evidence import Filters, evidence_page
from alignment.services import evidence
from tests.conftest import NOW
from tests.rounds import a_round
from tests.working import a_world

SAID = Described(EvidenceKind.DOCUMENT, "First wording", date(2026, 11, 2))


def listed(session: Session, assessment: str, who: Someone) -> list[str]:
    page = evidence_page(session.connection(), assessment, who, Filters(), NOW)
    assert page is not None
    assert page.in_all == len(page.items)
    return [item.title for item in page.items]


@pytest.mark.parametrize("confidential", [False, True])
def test_a_corrected_piece_stands_in_its_newest_wording_and_goes_with_it(session: Session, confidential: bool) -> None:
    world = a_world(session)
    found = a_round(session, world, rating=[Part.STANDARDS])
    first = evidence.add_evidence(
        session, actor=world.lead, assessment=found.id, said=SAID, limits=evidence.Limits(1_000_000), now=NOW
    )
    assert listed(session, found.id, world.lead) == ["First wording"]
    newest = first
    for wording in ("Second wording", "Third wording"):
        said = replace(SAID, reference=wording, confidential=confidential)
        newest = evidence.correct_evidence(session, actor=world.lead, evidence=newest, said=said, now=NOW)
        assert listed(session, found.id, world.lead) == [wording]
        told = "Confidential: document" if confidential else wording
        assert listed(session, found.id, world.reviewer) == [told]
    evidence.withdraw_evidence(session, actor=world.lead, evidence=newest, reason="By mistake", now=NOW)
    assert listed(session, found.id, world.lead) == []
