"""Submissions, attempts and holds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the three tables."""
    _make_submissions()
    _make_attempts()
    _make_holds()


def _make_submissions() -> None:
    op.create_table(
        "order_submissions",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("delivery", sa.Text),
        sa.Column("recipients", JSONB, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("notification", JSONB, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text, nullable=False),
        sa.Column("due_at", _MOMENT),
        sa.Column("lease_owner", sa.Text),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("diagnosis", sa.Text),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("sent_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_order_submissions"),
        sa.UniqueConstraint(
            "source", "idempotency_key", name="uq_order_submissions_source_idempotency_key"
        ),
    )
    op.create_index(
        "ix_order_submissions_source_due_at",
        "order_submissions",
        ["source", "due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    for columns in (["source", "id"], ["source", "status", "id"], ["reference"]):
        op.create_index(f"ix_order_submissions_{'_'.join(columns)}", "order_submissions", columns)


def _make_attempts() -> None:
    op.create_table(
        "delivery_attempts",
        sa.Column("number", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("submission_id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("stage", sa.Text),
        sa.Column("code", sa.Integer),
        sa.Column("enhanced_code", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("diagnosis", sa.Text),
        sa.Column("provider_message_id", sa.Text),
        sa.Column("accepted", JSONB, nullable=False),
        sa.Column("refused", JSONB, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.PrimaryKeyConstraint("number", name="pk_delivery_attempts"),
        sa.UniqueConstraint("id", name="uq_delivery_attempts_id"),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["order_submissions.id"],
            name="fk_delivery_attempts_submission_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_delivery_attempts_submission_id", "delivery_attempts", ["submission_id"])


def _make_holds() -> None:
    op.create_table(
        "provider_holds",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("diagnosis", sa.Text),
        sa.Column("until", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("source", "provider", name="pk_provider_holds"),
    )
