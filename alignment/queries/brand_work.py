"""What waits for producers and for those who may verify what producers claim, on *My work*."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlmodel import col

from alignment.domain.people import Role, Someone
from alignment.queries.facts import Rows
from alignment.queries.relied_on import declarations, own_producers, standing_rows
from alignment.queries.work import Asked, Item, Waiting
from alignment.tables import Brand, Certificate, Metal, Programme


@dataclass(frozen=True, slots=True)
class OwnBrand:
    """A brand of one's own company, and what it declares."""

    id: str
    name: str
    producer: str
    metal: str
    settled: bool
    track: str


def own_brands(connection: Connection, whose: Someone, today: date) -> list[OwnBrand]:
    """The brands of somebody's own companies: two queries."""
    own = own_producers(whose)
    tracks = {row.brand_id: row.programmes for row in declarations(connection, own, [], today)}
    statement: Rows = (
        select(
            col(Brand.id),
            col(Brand.name),
            col(Brand.producer_id),
            col(Metal.name).label("metal"),
            col(Metal.lme_settled),
        )
        .join(Metal, col(Metal.id) == Brand.metal_id)
        .where(col(Brand.producer_id).in_(own))
        .order_by(col(Brand.position))
    )
    return [
        OwnBrand(row.id, row.name, row.producer_id, row.metal, row.lme_settled, "Track A" if row.id in tracks else "")
        for row in connection.execute(statement)
    ]


def to_verify(connection: Connection, whose: Someone) -> list[Row[Any]]:
    """Public certificates under somebody's own programmes that nobody has verified: one query, newest first."""
    own = sorted(where for where, role in whose.roles if role is Role.SCHEME_OWNER)
    statement: Rows = (
        select(
            col(Certificate.id), col(Certificate.corrects), col(Certificate.withdrawn), col(Certificate.verified_by),
            col(Certificate.number), col(Certificate.public), col(Programme.short_name), col(Brand.name),
            col(Brand.producer_id),
        )
        .join(Programme, col(Programme.id) == Certificate.programme_id)
        .join(Brand, col(Brand.id) == Certificate.brand_id)
        .where(col(Programme.owner_id).in_(own))
        .order_by(col(Certificate.recorded_at).desc())
    )  # fmt: skip
    return [row for row in standing_rows(connection.execute(statement)) if row.public and not row.verified_by]


def brands_of_mine(connection: Connection, asked: Asked) -> list[Item]:
    """The brands of one's own company, each with the one thing to do next; a record that is to be begun first."""
    found = own_brands(connection, asked.someone, asked.now.date())
    kept = {each.producer for each in found}
    begin = [
        Item("Begin your company’s record", f"/records/{where}", "brands, track, certificates: ten minutes")
        for where, role in sorted(asked.someone.roles)
        if role is Role.PRODUCER and where not in kept
    ]
    return begin + [
        Item(
            f"{each.name}, {each.metal.lower()}", f"/records/{each.producer}/brands/{each.id}",
            each.track or ("no declaration entered yet" if each.settled else "outside LME scope"),
        )
        for each in found
    ]  # fmt: skip


def certificates_to_verify(connection: Connection, asked: Asked) -> list[Item]:
    """Certificates that producers claim under one's own programmes."""
    return [
        Item(
            f"{row.short_name}{f', {row.number}' if row.number else ''}",
            f"/records/{row.producer_id}/certificates/{row.id}", f"claimed for {row.name}",
        )
        for row in to_verify(connection, asked.someone)
    ]  # fmt: skip


WAITING = [
    Waiting("brands", "Your brands", frozenset({Role.PRODUCER}), brands_of_mine, "Your company has no brand here yet."),
    Waiting(
        "certificates",
        "Certificates to verify",
        frozenset({Role.SCHEME_OWNER}),
        certificates_to_verify,
        "No producer claims a certificate under your programmes that nobody has verified.",
    ),
]
"""For the page that adds them to the sections of *My work*."""
