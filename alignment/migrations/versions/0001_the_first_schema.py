"""The first schema"""

import sqlalchemy as sa
from alembic import op

from alignment.migrations.guards import protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "action_step",
    "claim",
    "decision",
    "equivalence",
    "event",
    "evidence",
    "finding",
    "monitoring_point",
    "part_progress",
    "publication",
    "rating_version",
    "recognition",
    "result",
    "statement",
)
KEPT = (
    "assessment",
    "assurance_process",
    "brand",
    "corrective_action",
    "edition_seal",
    "metal",
    "organisation",
    "place_to_look",
    "producer",
    "programme",
    "programme_name",
    "rating",
    "source",
    "standard",
)


def upgrade() -> None:
    op.create_table(
        "edition_seal",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("edition", name=op.f("pk_edition_seal")),
    )
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
        sa.UniqueConstraint("hash", name=op.f("uq_event_hash")),
    )
    op.create_index("ix_event_subject_seq", "event", ["subject", "seq"], unique=False)

    op.create_table(
        "organisation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "publication",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("as_at", sa.Date(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("published_precision", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["corrects"], ["publication.number"], name=op.f("fk_publication_corrects_publication")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_publication")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issued_precision", sa.Text(), nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "issued_precision IS NULL OR issued_precision IN ('day', 'month', 'year', 'by')",
            name=op.f("ck_source_issued_precision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_table(
        "assurance_process",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_assurance_process_certainty")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["organisation.id"], name=op.f("fk_assurance_process_owner_id_organisation")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_assurance_process_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assurance_process")),
    )
    op.create_index(op.f("ix_assurance_process_source_id"), "assurance_process", ["source_id"], unique=False)

    op.create_table(
        "metal",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lme_settled", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_metal_certainty")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_metal_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metal")),
    )
    op.create_index(op.f("ix_metal_source_id"), "metal", ["source_id"], unique=False)

    op.create_table(
        "place_to_look",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_place_to_look_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_to_look")),
    )
    op.create_table(
        "producer",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_producer_certainty")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_producer_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_producer")),
    )
    op.create_index(op.f("ix_producer_source_id"), "producer", ["source_id"], unique=False)

    op.create_table(
        "standard",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issued_precision", sa.Text(), nullable=True),
        sa.Column("supersedes", sa.String(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_standard_certainty")),
        sa.CheckConstraint(
            "issued_precision IS NULL OR issued_precision IN ('day', 'month', 'year', 'by')",
            name=op.f("ck_standard_issued_precision"),
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_standard_source_id_source")),
        sa.ForeignKeyConstraint(["supersedes"], ["standard.id"], name=op.f("fk_standard_supersedes_standard")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard")),
    )
    op.create_index(op.f("ix_standard_source_id"), "standard", ["source_id"], unique=False)

    op.create_table(
        "statement",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("effective_precision", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_statement_certainty")),
        sa.CheckConstraint(
            "effective_precision IN ('day', 'month', 'year', 'by')",
            name=op.f("ck_statement_effective_precision"),
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_statement_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
    )
    op.create_index(op.f("ix_statement_source_id"), "statement", ["source_id"], unique=False)
    op.create_index("ix_statement_subject", "statement", ["subject"], unique=False)

    op.create_table(
        "brand",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("producer_id", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("metal_id", sa.String(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("by_product", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_brand_certainty")),
        sa.ForeignKeyConstraint(["metal_id"], ["metal.id"], name=op.f("fk_brand_metal_id_metal")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_brand_producer_id_producer")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_brand_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand")),
    )
    op.create_index(op.f("ix_brand_producer_id"), "brand", ["producer_id"], unique=False)
    op.create_index(op.f("ix_brand_source_id"), "brand", ["source_id"], unique=False)

    op.create_table(
        "claim",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("effective_precision", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("producer_id", sa.String(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("gap", sa.Boolean(), nullable=False),
        sa.Column("verified_by", sa.Text(), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_claim_certainty")),
        sa.CheckConstraint(
            "effective_precision IN ('day', 'month', 'year', 'by')", name=op.f("ck_claim_effective_precision")
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_claim_producer_id_producer")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_claim_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    op.create_index("ix_claim_producer_id", "claim", ["producer_id"], unique=False)
    op.create_index(op.f("ix_claim_source_id"), "claim", ["source_id"], unique=False)

    op.create_table(
        "programme",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("standard_id", sa.String(), nullable=False),
        sa.Column("assurance_process_id", sa.String(), nullable=True),
        sa.Column("owner_id", sa.String(), nullable=True),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("metals_said", sa.Text(), nullable=False),
        sa.Column("stages_said", sa.Text(), nullable=False),
        sa.Column("all_minerals", sa.Boolean(), nullable=False),
        sa.Column("superseded_by", sa.String(), nullable=True),
        sa.Column("example", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_programme_certainty")),
        sa.CheckConstraint("route IN ('oecd', 'equivalence')", name=op.f("ck_programme_route")),
        sa.CheckConstraint("number > 0", name=op.f("ck_programme_number")),
        sa.ForeignKeyConstraint(
            ["assurance_process_id"],
            ["assurance_process.id"],
            name=op.f("fk_programme_assurance_process_id_assurance_process"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_programme_owner_id_organisation")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_programme_source_id_source")),
        sa.ForeignKeyConstraint(["standard_id"], ["standard.id"], name=op.f("fk_programme_standard_id_standard")),
        sa.ForeignKeyConstraint(["superseded_by"], ["programme.id"], name=op.f("fk_programme_superseded_by_programme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("number", "example", name=op.f("uq_programme_number_example")),
    )
    op.create_index(op.f("ix_programme_assurance_process_id"), "programme", ["assurance_process_id"], unique=False)
    op.create_index(op.f("ix_programme_source_id"), "programme", ["source_id"], unique=False)
    op.create_index(op.f("ix_programme_standard_id"), "programme", ["standard_id"], unique=False)

    op.create_table(
        "standard_owner",
        sa.Column("standard_id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_standard_owner_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["standard_id"], ["standard.id"], name=op.f("fk_standard_owner_standard_id_standard")),
        sa.PrimaryKeyConstraint("standard_id", "organisation_id", name=op.f("pk_standard_owner")),
    )
    op.create_table(
        "assessment",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("assessor_id", sa.String(), nullable=True),
        sa.Column("follows", sa.String(), nullable=True),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_assessment_certainty")),
        sa.CheckConstraint("round > 0", name=op.f("ck_assessment_round")),
        sa.ForeignKeyConstraint(
            ["assessor_id"], ["organisation.id"], name=op.f("fk_assessment_assessor_id_organisation")
        ),
        sa.ForeignKeyConstraint(["follows"], ["assessment.id"], name=op.f("fk_assessment_follows_assessment")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_assessment_programme_id_programme")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_assessment_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("programme_id", "round", name=op.f("uq_assessment_programme_id_round")),
    )
    op.create_index(op.f("ix_assessment_programme_id"), "assessment", ["programme_id"], unique=False)
    op.create_index(op.f("ix_assessment_source_id"), "assessment", ["source_id"], unique=False)

    op.create_table(
        "decision",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("effective_precision", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("against_advice", sa.Text(), nullable=False),
        sa.Column("published_note", sa.Text(), nullable=False),
        sa.Column("published_link", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "act IN ('conditionally_approved', 'approved', 'not_approved', 'suspended', 'reinstated', 'withdrawn')",
            name=op.f("ck_decision_act"),
        ),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_decision_certainty")),
        sa.CheckConstraint(
            "effective_precision IN ('day', 'month', 'year', 'by')",
            name=op.f("ck_decision_effective_precision"),
        ),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_decision_programme_id_programme")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_decision_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index("ix_decision_programme_id", "decision", ["programme_id"], unique=False)
    op.create_index(op.f("ix_decision_source_id"), "decision", ["source_id"], unique=False)

    op.create_table(
        "equivalence",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("effective_precision", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stands_for", sa.Text(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_equivalence_certainty")),
        sa.CheckConstraint(
            "effective_precision IN ('day', 'month', 'year', 'by')",
            name=op.f("ck_equivalence_effective_precision"),
        ),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_equivalence_programme_id_programme")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_equivalence_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equivalence")),
    )
    op.create_index(op.f("ix_equivalence_source_id"), "equivalence", ["source_id"], unique=False)

    op.create_table(
        "monitoring_point",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("effective_precision", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("programme_id", sa.String(), nullable=True),
        sa.Column("recommended_by", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_monitoring_point_certainty")
        ),
        sa.CheckConstraint(
            "effective_precision IN ('day', 'month', 'year', 'by')",
            name=op.f("ck_monitoring_point_effective_precision"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_monitoring_point_programme_id_programme")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_monitoring_point_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monitoring_point")),
    )
    op.create_index("ix_monitoring_point_programme_id", "monitoring_point", ["programme_id"], unique=False)
    op.create_index(op.f("ix_monitoring_point_source_id"), "monitoring_point", ["source_id"], unique=False)

    op.create_table(
        "programme_metal",
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("metal_id", sa.String(), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["metal_id"], ["metal.id"], name=op.f("fk_programme_metal_metal_id_metal")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_programme_metal_programme_id_programme")
        ),
        sa.PrimaryKeyConstraint("programme_id", "metal_id", name=op.f("pk_programme_metal")),
    )
    op.create_table(
        "programme_name",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_programme_name_certainty")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_programme_name_programme_id_programme")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_programme_name_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_name")),
        sa.UniqueConstraint(
            "programme_id", "name", "use", "since", name=op.f("uq_programme_name_programme_id_name_use_since")
        ),
    )
    op.create_index(op.f("ix_programme_name_programme_id"), "programme_name", ["programme_id"], unique=False)
    op.create_index(op.f("ix_programme_name_source_id"), "programme_name", ["source_id"], unique=False)

    op.create_table(
        "programme_stage",
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.CheckConstraint("stage IN ('mine', 'refiner', 'downstream')", name=op.f("ck_programme_stage_stage")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_programme_stage_programme_id_programme")
        ),
        sa.PrimaryKeyConstraint("programme_id", "stage", name=op.f("pk_programme_stage")),
    )
    op.create_table(
        "recognition",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("effective_precision", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("authority_id", sa.String(), nullable=False),
        sa.Column("under", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.CheckConstraint("act IN ('awaited', 'recognised', 'refused', 'withdrawn')", name=op.f("ck_recognition_act")),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_recognition_certainty")),
        sa.CheckConstraint(
            "effective_precision IN ('day', 'month', 'year', 'by')",
            name=op.f("ck_recognition_effective_precision"),
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["organisation.id"], name=op.f("fk_recognition_authority_id_organisation")
        ),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_recognition_programme_id_programme")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_recognition_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognition")),
    )
    op.create_index("ix_recognition_programme_id", "recognition", ["programme_id"], unique=False)
    op.create_index(op.f("ix_recognition_source_id"), "recognition", ["source_id"], unique=False)

    op.create_table(
        "corrective_action",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("root_cause", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("number_known", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_corrective_action_certainty")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_corrective_action_assessment_id_assessment")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["organisation.id"], name=op.f("fk_corrective_action_owner_id_organisation")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_corrective_action_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrective_action")),
    )
    op.create_index(op.f("ix_corrective_action_assessment_id"), "corrective_action", ["assessment_id"], unique=False)
    op.create_index(op.f("ix_corrective_action_source_id"), "corrective_action", ["source_id"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("effective_precision", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("collected_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_evidence_certainty")),
        sa.CheckConstraint(
            "effective_precision IN ('day', 'month', 'year', 'by')",
            name=op.f("ck_evidence_effective_precision"),
        ),
        sa.CheckConstraint(
            "kind IN ('document', 'interview', 'shadow_assessment', 'site_visit', 'expert')",
            name=op.f("ck_evidence_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_evidence_assessment_id_assessment")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_evidence_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_assessment_id", "evidence", ["assessment_id"], unique=False)
    op.create_index(op.f("ix_evidence_source_id"), "evidence", ["source_id"], unique=False)

    op.create_table(
        "finding",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("effective_precision", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_finding_certainty")),
        sa.CheckConstraint(
            "effective_precision IN ('day', 'month', 'year', 'by')",
            name=op.f("ck_finding_effective_precision"),
        ),
        sa.CheckConstraint("level IN ('fully', 'partially', 'not', 'not_applicable')", name=op.f("ck_finding_level")),
        sa.CheckConstraint("part IN ('standards', 'implementation', 'governance')", name=op.f("ck_finding_part")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_finding_assessment_id_assessment")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_finding_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index("ix_finding_assessment_id_part", "finding", ["assessment_id", "part"], unique=False)
    op.create_index(op.f("ix_finding_source_id"), "finding", ["source_id"], unique=False)

    op.create_table(
        "part_progress",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("effective_precision", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_part_progress_certainty")
        ),
        sa.CheckConstraint(
            "effective_precision IN ('day', 'month', 'year', 'by')",
            name=op.f("ck_part_progress_effective_precision"),
        ),
        sa.CheckConstraint("part IN ('standards', 'implementation', 'governance')", name=op.f("ck_part_progress_part")),
        sa.CheckConstraint(
            "progress IN ('not_known', 'not_started', 'in_progress', 'complete')",
            name=op.f("ck_part_progress_progress"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_part_progress_assessment_id_assessment")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_part_progress_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part_progress")),
    )
    op.create_index("ix_part_progress_assessment_id_part", "part_progress", ["assessment_id", "part"], unique=False)
    op.create_index(op.f("ix_part_progress_source_id"), "part_progress", ["source_id"], unique=False)

    op.create_table(
        "rating",
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("cites_standard", sa.Text(), nullable=False),
        sa.Column("cites_guidance", sa.Text(), nullable=False),
        sa.Column("carried_from", sa.Text(), nullable=True),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.Column("rated_by", sa.Text(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "level IS NULL OR level IN ('fully', 'partially', 'not', 'not_applicable')",
            name=op.f("ck_rating_level"),
        ),
        sa.CheckConstraint("part IN ('standards', 'implementation', 'governance')", name=op.f("ck_rating_part")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_rating_assessment_id_assessment")),
        sa.PrimaryKeyConstraint("assessment_id", "part", "criterion", name=op.f("pk_rating")),
    )
    op.create_index(
        "ix_rating_programme_part_criterion_level",
        "rating",
        ["assessment_id", "part", "criterion", "level"],
        unique=False,
    )

    op.create_table(
        "rating_version",
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("cites_standard", sa.Text(), nullable=False),
        sa.Column("cites_guidance", sa.Text(), nullable=False),
        sa.Column("carried_from", sa.Text(), nullable=True),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.Column("rated_by", sa.Text(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "level IS NULL OR level IN ('fully', 'partially', 'not', 'not_applicable')",
            name=op.f("ck_rating_version_level"),
        ),
        sa.CheckConstraint(
            "part IN ('standards', 'implementation', 'governance')", name=op.f("ck_rating_version_part")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_rating_version_assessment_id_assessment")
        ),
        sa.PrimaryKeyConstraint("assessment_id", "part", "criterion", "version", name=op.f("pk_rating_version")),
    )
    op.create_table(
        "result",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("effective_precision", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("rests_on", sa.Text(), nullable=False),
        sa.Column("working", sa.Text(), nullable=False),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_result_certainty")),
        sa.CheckConstraint(
            "effective_precision IN ('day', 'month', 'year', 'by')",
            name=op.f("ck_result_effective_precision"),
        ),
        sa.CheckConstraint("kind IN ('published', 'computed')", name=op.f("ck_result_kind")),
        sa.CheckConstraint("level IN ('fully', 'partially', 'not')", name=op.f("ck_result_level")),
        sa.CheckConstraint(
            "scope IN ('standards', 'implementation', 'governance', 'overall')", name=op.f("ck_result_scope")
        ),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_result_assessment_id_assessment")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_result_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
    )
    op.create_index("ix_result_assessment_id_scope", "result", ["assessment_id", "scope"], unique=False)
    op.create_index(op.f("ix_result_source_id"), "result", ["source_id"], unique=False)

    op.create_table(
        "action_criterion",
        sa.Column("action_id", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("our_reading", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "part IN ('standards', 'implementation', 'governance')", name=op.f("ck_action_criterion_part")
        ),
        sa.ForeignKeyConstraint(
            ["action_id"],
            ["corrective_action.id"],
            name=op.f("fk_action_criterion_action_id_corrective_action"),
        ),
        sa.PrimaryKeyConstraint("action_id", "part", "criterion", name=op.f("pk_action_criterion")),
    )
    op.create_table(
        "action_step",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("effective_precision", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.Column("action_id", sa.String(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("as_reported", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.String(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.CheckConstraint("certainty IN ('found', 'our_reading', 'uncertain')", name=op.f("ck_action_step_certainty")),
        sa.CheckConstraint(
            "effective_precision IN ('day', 'month', 'year', 'by')",
            name=op.f("ck_action_step_effective_precision"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'agreed', 'under_way', 'implemented', 'verified', 'ineffective', 'withdrawn')",
            name=op.f("ck_action_step_state"),
        ),
        sa.ForeignKeyConstraint(
            ["action_id"], ["corrective_action.id"], name=op.f("fk_action_step_action_id_corrective_action")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["organisation.id"], name=op.f("fk_action_step_by_id_organisation")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_action_step_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_step")),
    )
    op.create_index("ix_action_step_action_id", "action_step", ["action_id"], unique=False)
    op.create_index(op.f("ix_action_step_source_id"), "action_step", ["source_id"], unique=False)

    op.create_table(
        "rating_evidence",
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("evidence_id", sa.String(), nullable=False),
        sa.CheckConstraint(
            "part IN ('standards', 'implementation', 'governance')", name=op.f("ck_rating_evidence_part")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_rating_evidence_assessment_id_assessment")
        ),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_rating_evidence_evidence_id_evidence")),
        sa.PrimaryKeyConstraint("assessment_id", "part", "criterion", "evidence_id", name=op.f("pk_rating_evidence")),
    )
    protect(APPEND_ONLY, KEPT)


def downgrade() -> None:
    raise RuntimeError("recorded history is not dropped: restore a backup instead")
