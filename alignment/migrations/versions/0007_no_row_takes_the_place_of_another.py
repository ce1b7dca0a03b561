"""No row takes the place of another: what was recorded is kept from INSERT OR REPLACE as well"""

from alignment.migrations.guards import refuse_replacing

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "action_extension",
    "action_step",
    "advance_notice",
    "assessor_approval",
    "certificate",
    "checklist_answer",
    "claim",
    "comment",
    "condition_met",
    "conflict_declaration",
    "decision",
    "decision_condition",
    "declaration",
    "effectiveness_check",
    "equivalence",
    "event",
    "evidence",
    "evidence_file",
    "evidence_withdrawal",
    "finding",
    "monitoring_point",
    "monitoring_review",
    "part_progress",
    "part_stage_step",
    "proposal",
    "publication",
    "publication_file",
    "rating_review",
    "rating_version",
    "recognition",
    "reconciliation",
    "result",
    "sign_in_attempt",
    "statement",
    "stored_file",
    "vote",
)
KEPT = (
    "action_milestone",
    "appeal",
    "assessment",
    "assurance_process",
    "blind_rating",
    "brand",
    "corrective_action",
    "edition_seal",
    "invitation",
    "membership",
    "metal",
    "observer_invitation",
    "organisation",
    "person",
    "place_to_look",
    "producer",
    "programme",
    "programme_name",
    "public_report",
    "publication_draft",
    "rating",
    "reminder_sent",
    "round_team",
    "significant_change",
    "site",
    "source",
    "standard",
    "subscription",
    "token",
)


def upgrade() -> None:
    refuse_replacing(APPEND_ONLY, KEPT)


def downgrade() -> None:
    raise RuntimeError("recorded history is not dropped: restore a backup instead")
