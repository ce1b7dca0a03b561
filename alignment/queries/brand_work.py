"""What waits for producers and for those who may verify what producers claim, on *My work*."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, exists, func, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from alignment.domain.brand import Track
from alignment.domain.people import Role
from alignment.queries.facts import Rows
from alignment.queries.relied_on import own_producers
from alignment.queries.work import Asked, Item, Waiting, branch
from alignment.tables import Brand, Certificate, Declaration, Metal, Programme


def _brands(asked: Asked) -> Rows:
    """The brands of somebody's own companies, each with its newest declaration in force, if any."""
    correction = aliased(Declaration)
    begun = (
        col(Declaration.withdrawn).is_(False),
        col(Declaration.effective_on) <= asked.today,
        ~exists().where(col(correction.corrects) == Declaration.id),
    )
    track = (
        select(col(Declaration.track))
        .where(col(Declaration.brand_id) == Brand.id, *begun)
        .order_by(col(Declaration.effective_on).desc(), col(Declaration.position).desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        branch(
            "brand", order=(col(Brand.position),), id=col(Brand.id), of=col(Brand.producer_id), name=col(Brand.name),
            said=col(Metal.name), flag=col(Metal.lme_settled), word=func.coalesce(track, ""),
        )
        .select_from(Brand)
        .join(Metal, col(Metal.id) == Brand.metal_id)
        .where(col(Brand.producer_id).in_(own_producers(asked.someone)))
    )  # fmt: skip


def brands_of_mine(connection: Connection, asked: Asked) -> list[Item]:
    """The brands of one's own company, each with the one thing to do next; a record that is to be begun first."""
    found = asked.rows["brand"]
    kept = {row.of for row in found}
    begin = [
        Item("Begin your company’s record", f"/records/{where}", "brands, track, certificates: ten minutes")
        for where, role in sorted(asked.someone.roles)
        if role is Role.PRODUCER and where not in kept
    ]
    return begin + [
        Item(f"{row.name}, {row.said.lower()}", f"/records/{row.of}/brands/{row.id}", _track(row)) for row in found
    ]


def _track(row: Row[Any]) -> str:
    if row.word == Track.A.value:
        return "Track A"
    return "no declaration entered yet" if row.flag else "outside LME scope"


def _to_verify(asked: Asked) -> Rows:
    """Public certificates under somebody's own programmes that nobody has verified, newest first."""
    own = sorted(where for where, role in asked.someone.roles if role is Role.SCHEME_OWNER)
    correction = aliased(Certificate)
    return (
        branch(
            "certificate", order=(col(Certificate.recorded_at).desc(),), id=col(Certificate.id),
            of=col(Brand.producer_id), name=col(Programme.short_name), word=col(Certificate.number),
            said=col(Brand.name),
        )
        .select_from(Certificate)
        .join(Programme, col(Programme.id) == Certificate.programme_id)
        .join(Brand, col(Brand.id) == Certificate.brand_id)
        .where(
            col(Programme.owner_id).in_(own),
            col(Certificate.public).is_(True),
            col(Certificate.withdrawn).is_(False),
            func.coalesce(col(Certificate.verified_by), "") == "",
            ~exists().where(col(correction.corrects) == Certificate.id),
        )
    )  # fmt: skip


def certificates_to_verify(connection: Connection, asked: Asked) -> list[Item]:
    """Certificates that producers claim under one's own programmes."""
    return [
        Item(
            f"{row.name}{f', {row.word}' if row.word else ''}", f"/records/{row.of}/certificates/{row.id}",
            f"claimed for {row.said}",
        )
        for row in asked.rows["certificate"]
    ]  # fmt: skip


WAITING = [
    Waiting(
        "brands",
        "Your brands",
        frozenset({Role.PRODUCER}),
        brands_of_mine,
        "Your company has no brand here yet.",
        (_brands,),
    ),
    Waiting(
        "certificates",
        "Certificates to verify",
        frozenset({Role.SCHEME_OWNER}),
        certificates_to_verify,
        "No producer claims a certificate under your programmes that nobody has verified.",
        (_to_verify,),
    ),
]
"""For the page that adds them to the sections of *My work*."""
